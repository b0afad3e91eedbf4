/** A module as a program gives it. */
import type { StoredProfile } from '../profile/stored.js';
import type { CompileTimeImports } from '../wasm/compile-time-imports.js';

export interface Source {
  wasm: Uint8Array;
  /** The bytes are the program's, not a copy: they may change, or go, when it runs again. */
  borrowed?: boolean;
  /** The imports that it is compiled with. */
  resolved: CompileTimeImports;
  /** In a build that counts what is executed (record.ts). */
  count?: boolean;
  /** Compile by this. */
  profile?: StoredProfile;
}
