/** Runs a WASI command on Node's own engine: run-v8.cjs FILE.wasm [--dir HOST] [ARG…]. Compile time (seconds) goes to stderr as @compile_s=. */
const { readFileSync } = require('node:fs');
const { WASI } = require('node:wasi');
const [file, ...rest] = process.argv.slice(2);
const dir = rest[0] === '--dir' ? rest.splice(0, 2)[1] : null;
const wasi = new WASI({ version: 'preview1', args: [file, ...rest], preopens: dir ? { '.': dir } : {}, returnOnExit: true });
const start = process.hrtime.bigint();
const module_ = new WebAssembly.Module(readFileSync(file));
process.stderr.write(`@compile_s=${Number(process.hrtime.bigint() - start) / 1e9}\n`);
const instance = new WebAssembly.Instance(module_, wasi.getImportObject());
process.exitCode = wasi.start(instance);
