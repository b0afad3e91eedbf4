/** Emission of vector operations (machops-simd.ts). */
import type { MachEmitter } from './emitter.js';

/** Expands the current instruction, a `VOp`. */
export function emitSimd(e: MachEmitter): void {
  throw new Error(`internal error: vector operation ${e.op}`);
}
