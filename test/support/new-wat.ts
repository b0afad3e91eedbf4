/** Wasm text with whatever proposals `wasm-tools` knows; slower than `wat`, which knows fewer. */
import { runWasmTools } from './peers.js';

export const newWat = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(runWasmTools(['parse', '-'], new TextEncoder().encode(text)));
