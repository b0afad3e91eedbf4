/**
 * A module on the emulated machine whose code says that it has landing pads, and has them (first argument `with`) or
 * not: prints what its functions return.
 */
import { createRequire } from 'node:module';
import { Header } from '../../src-ts/abi/artefact.js';
import { hashArtefact } from '../../src-ts/aot/format.js';
import { Feature } from '../../src-ts/arm64/features.js';
import { compileOutside } from '../support/arm64-guest.js';

const { Instance, load } = createRequire(import.meta.url)(
  '../../dist/index.js',
) as typeof import('../../src-ts/index.js');

// (func (export "f") (result i32) (i32.const 42))
const WASM = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0, 10, 6, 1, 4, 0, 0x41, 42, 11],
]);

const artefact = compileOutside(WASM, { target: process.argv[2] === 'with' ? 'aarch64-bti' : 'aarch64' });
new DataView(artefact.buffer, artefact.byteOffset).setUint32(Header.FEATURES, Feature.BTI, true);
artefact.set(hashArtefact(artefact), Header.HASH);
const { f } = new Instance(load(artefact)).exports as { f: () => number };
console.log(f());
