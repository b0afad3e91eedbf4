/** A module as a program gives it. */
import type { CompileTimeImports } from '../wasm/compile-time-imports.js';

export interface Source {
  wasm: Uint8Array;
  /** The imports that it is compiled with. */
  resolved: CompileTimeImports;
}
