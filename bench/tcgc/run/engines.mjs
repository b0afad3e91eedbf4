// The engines that can stand below the jco glue. Each gives the two functions that the glue asks for.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const jco = new URL('../jco/', import.meta.url);
const cores = ['tcgc.core.wasm', 'tcgc.core2.wasm', 'tcgc.core3.wasm', 'tcgc.core4.wasm'];
const read = (name) => readFileSync(new URL(name, jco));

/** Node's own WebAssembly, compiling as it always does. */
function v8() {
  return {
    getCoreModule: (name) => new WebAssembly.Module(read(name)),
    instantiateCore: (m, imports) => new WebAssembly.Instance(m, imports),
  };
}

/** Ours: all core modules are compiled ahead of time into the cache, where the next start finds them. */
async function wamr({ fresh }) {
  const require = createRequire(import.meta.url);
  const { instantiate, loadCached } = require('../../../dist/index.js');
  const modules = new Map();
  const t = performance.now();
  let compiled = 0;
  for (const name of cores) {
    const { module, hit } = await loadCached(read(name), {}, fresh);
    modules.set(name, module);
    if (!hit) compiled++;
  }
  if (compiled > 0)
    console.error(
      `compiled ${compiled} core modules in ${((performance.now() - t) / 1000).toFixed(1)} s; the next start finds them in the cache`,
    );
  return { getCoreModule: (name) => modules.get(name), instantiateCore: (m, imports) => instantiate(m, imports) };
}

/** Ours, with artefacts that were made on another machine: `artefacts` is their folder. */
function made({ artefacts }) {
  const { instantiate, load } = createRequire(import.meta.url)('../../../dist/index.js');
  return {
    getCoreModule: (name) => load(readFileSync(`${artefacts}/${name.replace('.wasm', '.aot')}`)),
    instantiateCore: (m, imports) => instantiate(m, imports),
  };
}

export const engines = { v8, wamr, made };
