// node examples/wasi.mjs program.wasm [arguments]: runs a WASI command; the second time its machine code comes from the cache.
import fs from 'node:fs';
import { loadCached } from 'wamr-native';
import { WasiHost } from 'wamr-native/wasi';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('usage: node examples/wasi.mjs program.wasm [arguments]');
  process.exit(2);
}
const { module, hit } = await loadCached(fs.readFileSync(file));
console.error(hit ? 'from the cache' : 'compiled');

// The guest sees this folder as /work, one variable, and the standard streams.
const host = new WasiHost({ args: [file, ...args], env: { LANG: 'C' }, dirs: { '/work': process.cwd() } });
process.exitCode = host.start(host.instantiate(module));
