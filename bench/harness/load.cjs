/**
 * Load and instantiate times on one engine, in this process: load.cjs ours|v8 FILE (an artefact for ours, wasm for V8).
 * Prints JSON: milliseconds of the first load and instantiation and of later ones (median), and the file's path to
 * code: V8 compiles lazily here, which is what a Node program gets.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const [which, file] = process.argv.slice(2);
const own = which === 'ours' ? require(join(__dirname, '..', '..', 'dist', 'index.js')) : null;
const W = own ? own.WebAssembly : WebAssembly;
const load = own ? () => own.load(file) : () => new WebAssembly.Module(readFileSync(file));
const ms = (f) => {
  const t = process.hrtime.bigint();
  const value = f();
  return [Number(process.hrtime.bigint() - t) / 1e6, value];
};
/** Something of the right kind for every import. */
function imports(module_) {
  const out = {};
  for (const { module: m, name, kind } of W.Module.imports(module_)) {
    out[m] ??= {};
    out[m][name] =
      kind === 'function'
        ? () => 0
        : kind === 'memory'
          ? new W.Memory({ initial: 1, maximum: 65536 })
          : kind === 'table'
            ? new W.Table({ initial: 0, element: 'anyfunc' })
            : new W.Global({ value: 'i32', mutable: false }, 0);
  }
  return out;
}
if (own) own.load(Buffer.from(readFileSync(process.argv[4]))); // the engine's own start is not what is measured
const [firstLoad, module_] = ms(load);
const given = imports(module_);
const [firstInstance] = ms(() => new W.Instance(module_, given));
const again = (n, f) => {
  const all = [];
  for (let i = 0; i < n; i++) all.push(ms(f)[0]);
  return all.sort((x, y) => x - y)[n >> 1];
};
const laterLoad = again(7, load);
const laterInstance = again(25, () => new W.Instance(module_, given));
process.stdout.write(`${JSON.stringify({ firstLoad, firstInstance, laterLoad, laterInstance })}\n`);
