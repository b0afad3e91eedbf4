/**
 * Notices that a program is about to import a `.wasm` or `.aot` file, in the Nodes whose hooks cost a thread (before
 * 22.15): by the text of its sources. A file that is imported by a computed name, or by a name that does not end so, is
 * not noticed, unless another one is.
 */
import fs from 'node:fs';
import { Module } from 'node:module';

/** `from './a.wasm'`, `import './a.wasm'`, `import('./a.wasm')`, `import(new URL('./a.wasm', …))`. */
const IMPORT =
  /\b(?:from|import)\b[\s(]*(?:\/\*[^]*?\*\/\s*)?(?:new\s+URL\(\s*)?(['"`])[^'"`\n]*\.(?:wasm|aot)(?:[?#][^'"`\n]*)?\1/g;

const DATA = 'data:application/wasm';

/** Whether a source imports such a file by its text. Most mention none, and are not decoded here. */
export function importsWasm(source: Buffer | string): boolean {
  if (source.includes(DATA)) return true;
  if (!source.includes('.wasm') && !source.includes('.aot')) return false;
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

type Compile = (this: object, content: unknown, ...rest: unknown[]) => unknown;

/** Calls `start` once, before the first import of such a file is resolved. */
export function whenImported(start: () => void): void {
  const { promises } = fs;
  const { readFile } = promises;
  const cjs = Module.prototype as unknown as { _compile: Compile };
  const { _compile: compile } = cjs;

  const watched = {
    // What Node reads the source of an ES module with.
    async readFile(this: unknown, file: unknown, ...rest: unknown[]): Promise<unknown> {
      const content = await (Reflect.apply(readFile, this, [file, ...rest]) as Promise<Buffer | string>);
      if (file instanceof URL) look(content);
      return content;
    },
    _compile(this: object, content: unknown, ...rest: unknown[]): unknown {
      look(content);
      return Reflect.apply(compile, this, [content, ...rest]);
    },
  };
  let started = false;
  function look(content: unknown): void {
    if (started || !importsWasm(Buffer.isBuffer(content) ? content : String(content))) return;
    started = true;
    if (promises.readFile === (watched.readFile as unknown)) promises.readFile = readFile;
    if (cjs._compile === watched._compile) cjs._compile = compile;
    start();
  }

  promises.readFile = watched.readFile as typeof readFile;
  cjs._compile = watched._compile;
  const { _eval: evaluated } = process as { _eval?: string };
  look(evaluated ?? '');
  look(`import '${process.argv[1] ?? ''}'`);
}
