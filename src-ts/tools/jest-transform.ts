/** Jest's transformer of `.wasm` files (jest.ts): compiles ahead, through the cache. */
import fs from 'node:fs';
import { hostReason } from '../host/engine.js';
import { compileIfMissing } from '../register/compile-wanted.js';
import { VERSION } from '../version.js';
import { commonJsModule, linksOf } from './stand-in.js';

export default {
  /** Jest reads files as text; a module is bytes. */
  process(_: string, file: string): { code: string } {
    const wasm = fs.readFileSync(file);
    if (hostReason() === null) compileIfMissing(wasm);
    const make = `new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(${JSON.stringify(file)})), imports)`;
    return { code: commonJsModule(linksOf(file, wasm), `const fs = require('fs');`, make) };
  },

  /** The file's text is not its bytes, so its time counts beside. */
  getCacheKey(_: string, file: string): string {
    const { mtimeMs, size } = fs.statSync(file);
    return [VERSION, file, mtimeMs, size].join(' ').replaceAll(/[^\w.-]/g, '_');
  },
};
