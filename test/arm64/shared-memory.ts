/**
 * A module with a shared memory, compiled on the emulated machine without a word about bounds, in both ways: what its
 * function gives within its memory and behind it.
 */
import { createRequire } from 'node:module';

const { WebAssembly, instantiate } = createRequire(import.meta.url)(
  '../../dist/index.js',
) as typeof import('../../src-ts/index.js');

// (memory 1 2 shared) (func (export "f") (param i32) (result i32) (i32.load (local.get 0)))
const WASM = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 4, 1, 3, 1, 2],
  ...[7, 5, 1, 1, 0x66, 0, 0, 10, 9, 1, 7, 0, 0x20, 0, 0x28, 2, 0, 11],
]);

for (const { exports } of [new WebAssembly.Instance(new WebAssembly.Module(WASM)), instantiate(WASM)]) {
  const { f } = exports as { f: (at: number) => number };
  const outcomes = [65532, 65533, -1].map((at) => {
    try {
      return f(at);
    } catch (e) {
      return (e as Error).message;
    }
  });
  console.log(outcomes.join(', '));
}
