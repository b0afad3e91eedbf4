/**
 * Notices that a program is about to import a `.wasm` or `.aot` file, in the Nodes whose hooks cost a thread (before
 * 22.15): by the text of its sources. A file that is imported by a computed name, or by a name that does not end so, is
 * not noticed, unless another one is.
 */
import fs from 'node:fs';
import { Module } from 'node:module';

/** `from './a.wasm'`, `import './a.wasm'`, `import('./a.wasm')`, `import(new URL('./a.wasm', …))`. */
const IMPORT =
  /\b(?:from|import)\b[\s(]*(?:\/\*[^]*?\*\/\s*)?(?:new\s+URL\(\s*)?(['"`])[^'"`\n]*\.(?:wasm|aot)(?:[?#][^'"`\n]*)?\1/;

const mentions = (text: string): boolean =>
  ((text.includes('.wasm') || text.includes('.aot')) && IMPORT.test(text)) || text.includes('data:application/wasm');

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
    if (started || !mentions(String(content))) return;
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
