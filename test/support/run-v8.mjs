/**
 * Runs a WASI command on V8, as the reference: `node --no-turbo-fast-api-calls run-v8.mjs FILE [HOST::GUEST]`; its
 * stdin, stdout and exit code are this process's. Without the flag, Node 20 aborts in its fast calls from optimised
 * wasm into node:wasi.
 */
import fs from 'node:fs';
import { WASI } from 'node:wasi';

const [file, dir] = process.argv.slice(2);
const [host, guest = host] = dir?.split('::') ?? [];
const wasi = new WASI({
  version: 'preview1',
  args: [file.replace(/.*\//, '')],
  preopens: host ? { [guest]: host } : {},
  returnOnExit: true,
});
const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(file)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
