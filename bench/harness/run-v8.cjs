/**
 * Runs a module on Node's own engine: run-v8.cjs FILE.wasm [--dir HOST] [--invoke EXPORT] [ARG…]. A WASI command, or
 * one exported function whose results are printed one a line. Compile time (seconds) goes to stderr as @compile_s=.
 */
const { readFileSync } = require('node:fs');
const { WASI } = require('node:wasi');
const [file, ...rest] = process.argv.slice(2);
const option = (name) => (rest[0] === name ? rest.splice(0, 2)[1] : null);
const dir = option('--dir');
const invoke = option('--invoke');
const wasi = new WASI({
  version: 'preview1',
  args: [file, ...rest],
  preopens: dir ? { '.': dir } : {},
  returnOnExit: true,
});
const start = process.hrtime.bigint();
const module_ = new WebAssembly.Module(readFileSync(file));
process.stderr.write(`@compile_s=${Number(process.hrtime.bigint() - start) / 1e9}\n`);
const imports = WebAssembly.Module.imports(module_).some((i) => i.module.startsWith('wasi_'))
  ? wasi.getImportObject()
  : {};
const instance = new WebAssembly.Instance(module_, imports);
if (invoke === null) process.exitCode = wasi.start(instance);
else {
  const f = instance.exports[invoke];
  if (typeof f !== 'function') throw new Error(`${file} exports no function ${invoke}`);
  if (Object.keys(imports).length > 0) wasi.initialize(instance);
  // The JavaScript interface does not tell types: an i64 parameter refuses a number.
  const call = () => {
    for (let mask = 0; mask < 1 << rest.length; mask++) {
      try {
        return f(...rest.map((x, i) => ((mask >> i) & 1 ? BigInt(x) : Number(x))));
      } catch (e) {
        if (!(e instanceof TypeError || e instanceof SyntaxError || e instanceof RangeError)) throw e;
      }
    }
    throw new Error(`${invoke} takes no such arguments`);
  };
  const result = call();
  for (const r of result === undefined ? [] : Array.isArray(result) ? result : [result]) console.log(String(r));
}
