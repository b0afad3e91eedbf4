/** A module as a program gives it. */
import type { StoredProfile } from '../profile/stored.js';
import type { CompileTimeImports } from '../wasm/compile-time-imports.js';

export interface Source {
  wasm: Uint8Array;
  /** The bytes are the program's, not a copy: they may change, or go, when it runs again. */
  borrowed?: boolean;
  /** They may have done so before they were hashed: only V8 has this module for sure. */
  unsure?: boolean;
  /** The imports that it is compiled with. */
  resolved: CompileTimeImports;
  /** In a build that counts what is executed (record.ts). */
  count?: boolean;
  /** Compile by this. */
  profile?: StoredProfile;
}

/** Imports as a program gives them. */
export type Imports = object | undefined;

/** What may stand for imports; V8 has the error for the rest. */
export const fits = (imports: unknown): imports is Imports =>
  imports === undefined || (typeof imports === 'object' && imports !== null) || typeof imports === 'function';

const bufferLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!;
const sharedLength = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength')!.get!;

/**
 * The bytes of a buffer source that may be a module: a copy, or where that is allowed and they are many the program's own,
 * which has V8 collect less. Null for anything else, also an empty one. (Not `viewBytes` of the runtime: what comes with it
 * would cost every start a millisecond.)
 */
export function bytesOf(source: unknown, mayBorrow: boolean): Pick<Source, 'wasm' | 'borrowed'> | null {
  if (typeof source !== 'object' || source === null) return null;
  try {
    const view = viewOf(source);
    if (view.length < MODULE_BYTES) return null;
    if (mayBorrow && view.length >= BORROWED_BYTES && view.buffer instanceof ArrayBuffer)
      return { wasm: view, borrowed: true };
    return { wasm: new Uint8Array(view) };
  } catch {
    return null;
  }
}

/** Bytes of a buffer source; 0 of anything else. */
export function sizeOf(source: unknown): number {
  if (typeof source !== 'object' || source === null) return 0;
  try {
    return viewOf(source).length;
  } catch {
    return 0;
  }
}

function viewOf(source: object): Uint8Array {
  if (!ArrayBuffer.isView(source)) return new Uint8Array(source as ArrayBuffer, 0, lengthOf(source));
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}

/** Length of a buffer, of whatever realm; throws for anything else. */
function lengthOf(source: object): number {
  try {
    return bufferLength.call(source) as number;
  } catch {
    return sharedLength.call(source) as number;
  }
}

/** The smallest module: magic and version. */
const MODULE_BYTES = 8;
/** Fewer are copied in no time. */
const BORROWED_BYTES = 65_536;
