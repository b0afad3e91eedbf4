/** `memories-main WRAPS.wasm GROWS.wasm HEAP.wasm FOREIGN.aot`: outcomes, and how an artefact that is not for Windows is refused. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { outcomes } from './memories.js';

const bundle = createRequire(import.meta.url)('../../dist/index.js') as typeof import('../../src-ts/index.js');
const [wraps, grows, heap, foreign] = process.argv.slice(2).map((file) => new Uint8Array(fs.readFileSync(file)));
let refusal = 'none';
try {
  bundle.load(foreign);
} catch (e) {
  refusal = `${(e as Error).name}: ${(e as Error).message}`;
}
console.log(JSON.stringify({ lines: outcomes(bundle, { wraps, grows, heap }), refusal }));
