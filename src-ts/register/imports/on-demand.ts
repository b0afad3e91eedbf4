/**
 * Notices that a program is about to import a `.wasm` or `.aot` file, in the Nodes whose hooks cost a thread (before
 * 22.15): by the text of its sources. A file that is imported by a computed name, or by a name that does not end so, is
 * not noticed, unless another one is.
 */
import { files, inWorker, isPreloaded, nodeModule, nodeOptions } from '../../util/builtin.js';

/** `from './a.wasm'`, `import './a.wasm'`, `import('./a.wasm')`, `import(new URL('./a.wasm', …))`. */
const IMPORT =
  /\b(?:from|import)\b[\s(]*(?:\/\*[^]*?\*\/\s*)?(?:new\s+URL\(\s*)?(['"`])[^'"`\n]*\.(?:wasm|aot)(?:[?#][^'"`\n]*)?\1/g;

const DATA = 'data:application/wasm';

/** Whether a source imports such a file by its text. Most mention none, and are not decoded here. */
export function importsWasm(source: Buffer | string): boolean {
  // Two searches for most sources, of which some are long.
  if (!source.includes('wasm') && !source.includes('.aot')) return false;
  if (source.includes(DATA)) return true;
  const text = String(source);
  for (const { index } of text.matchAll(IMPORT)) if (!isInComment(text, index)) return true;
  return false;
}

/**
 * Whether a place is surely in a comment, as types of TypeScript in JavaScript are (`@import` of JSDoc): its line begins
 * with `//`, or it and all before it with `*` up to one that begins with a block comment.
 */
function isInComment(text: string, place: number): boolean {
  for (let end = place; end >= 0;) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const line = text.slice(start, end).trimStart();
    if (line.includes('*/')) return false;
    if (line.startsWith('/*') || (line.startsWith('//') && end === place)) return true;
    if (!line.startsWith('*') || start === 0) return false;
    end = start - 1;
  }
  return false;
}

/** Whether a script of CommonJS imports ES modules. */
const isDynamic = (text: string): boolean => text.includes('import(') || text.includes('import (');

/** With these, modules are loaded between this one and the program. */
const OTHERS = ['--import', '--loader', '--experimental-loader'];

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Calls `start` once, before the first import of such a file is resolved. */
export function whenImported(start: () => void): void {
  const { _eval: evaluated, argv } = process as typeof process & { _eval?: string };
  const cjs = nodeModule() as unknown as { prototype: { _compile: Method }; runMain: Method; _findPath: Method };
  const undo: (() => void)[] = [];
  const replace = <K extends string>(host: Record<K, Method>, name: K, by: (original: Method) => Method): void => {
    const original = host[name];
    const ours = (host[name] = by(original));
    undo.push(() => {
      if (host[name] === ours) host[name] = original;
    });
  };

  let started = false;
  function look(content: unknown): void {
    if (started || !importsWasm(Buffer.isBuffer(content) ? content : String(content))) return;
    started = true;
    for (const f of undo) f();
    start();
  }

  // What Node reads the sources of ES modules with takes a millisecond to load.
  let watching = false;
  function watchModules(): void {
    if (watching || started) return;
    watching = true;
    replace(
      files().promises as unknown as { readFile: Method },
      'readFile',
      (readFile) =>
        async function (file, ...rest) {
          const content = await Reflect.apply(readFile, this, [file, ...rest]);
          if (file instanceof URL) look(content);
          return content;
        },
    );
  }

  replace(
    cjs.prototype,
    '_compile',
    (compile) =>
      function (content, ...rest) {
        if (String(rest[0]).startsWith(__dirname)) return Reflect.apply(compile, this, [content, ...rest]);
        look(content);
        if (isDynamic(String(content))) watchModules();
        return Reflect.apply(compile, this, [content, ...rest]);
      },
  );
  // Other modules may be loaded before the program's.
  const options = nodeOptions();
  const isNext = isPreloaded() && !inWorker() && !OTHERS.some((option) => options.includes(option));
  if (isNext && evaluated === undefined && argv.length > 1)
    replace(
      cjs,
      'runMain',
      (runMain) =>
        function (...args) {
          const result = Reflect.apply(runMain, this, args);
          // An ES module: its text is being read now.
          if (process.mainModule === undefined) {
            watchModules();
            look(readText(String(cjs._findPath(argv[1], null, true))));
          }
          return result;
        },
    );
  else if (!isNext || evaluated === undefined || options.includes('--input-type') || isDynamic(evaluated))
    watchModules();
  if (evaluated !== undefined) look(evaluated);
  if (argv[1]?.endsWith('.wasm') || argv[1]?.endsWith('.aot')) look(`import '${argv[1]}'`);
}

function readText(file: string): string {
  try {
    return files().readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
