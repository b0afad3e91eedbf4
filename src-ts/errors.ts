/**
 * Errors that the package throws on purpose. They extend the WebAssembly errors of the realm that this file was loaded
 * in, because an error of another realm (or one made in C++) fails `instanceof` in the test pools of Jest and Vitest;
 * so errors are made here and in `runtime/trap.ts` and nowhere else.
 */
import { v8WebAssembly } from './util/v8-wasm.js';

interface NativeErrors {
  CompileError: ErrorConstructor;
  LinkError: ErrorConstructor;
  RuntimeError: ErrorConstructor;
  SuspendError?: ErrorConstructor;
}

/** The realm's own WebAssembly error classes; stand-ins of the same names where the host has none (`--jitless`). */
const realm: NativeErrors = (v8WebAssembly as NativeErrors | undefined) ?? {
  CompileError: standIn('CompileError'),
  LinkError: standIn('LinkError'),
  RuntimeError: standIn('RuntimeError'),
};

function standIn(name: string): ErrorConstructor {
  const made = { [name]: class extends Error {} }[name];
  Object.defineProperty(made.prototype, 'name', { value: name, writable: true, configurable: true });
  return made as ErrorConstructor;
}

/**
 * Instances of `made`, a subclass of one of the realm's errors, name that one as their constructor, as the interface
 * wants it and consoles print it.
 */
export function presentAsBase(made: { prototype: object }): void {
  delete (made.prototype as { constructor?: unknown }).constructor;
}

/** The remedies in errors of a system that has no address space, mappings or memory left. */
export const MORE_ROOM =
  "raise ulimit -v, vm.max_map_count or the container's memory, or dispose of modules and instances";

/** `code` of the error for guard code whose memory has no guard. */
export const NO_GUARD = 'ERR_WAMR_NO_GUARD';

/** `WebAssembly.LinkError` of this realm: an import is missing or of another type. */
export const LinkError = realm.LinkError;
/** `WebAssembly.RuntimeError` of this realm: the class of traps. */
export const RuntimeError = realm.RuntimeError;
/** `WebAssembly.SuspendError`: the realm's, where its WebAssembly has one. */
export const SuspendError = realm.SuspendError ?? standIn('SuspendError');
/** `WebAssembly.CompileError` of this realm: the base of ours. */
export const RealmCompileError = realm.CompileError;

/**
 * The bytes are not a module that this compiler accepts. `message` is `reason @+offset`, with `(function N)` when the
 * fault lies in the body of function N of the function index space (imports count first).
 */
export class CompileError extends realm.CompileError {
  /** What is wrong, without the place. */
  readonly reason: string;
  /** Byte offset in the module, or -1. */
  readonly offset: number;
  /** Function index, or -1 outside of function bodies. */
  readonly functionIndex: number;
  /** The proposal that the module needs and that is not supported or turned off, if that is the reason. */
  declare readonly proposal?: string;

  constructor(reason: string, offset: number, functionIndex = -1, proposal?: string) {
    super(reason + (offset < 0 ? '' : ` @+${offset}`) + (functionIndex < 0 ? '' : ` (function ${functionIndex})`));
    this.reason = reason;
    this.offset = offset;
    this.functionIndex = functionIndex;
    if (proposal !== undefined) this.proposal = proposal;
  }
}
presentAsBase(CompileError);

/**
 * An artefact that cannot be loaded: damaged, of another version, or for another machine. The message says what mends
 * it.
 */
export class AotError extends Error {
  /** `AotError`. */
  override readonly name = 'AotError';
  /** For programs. */
  readonly code = 'ERR_WAMR_ARTEFACT';
  /** The proposal that the artefact's module uses and this engine does not have, if that is the reason. */
  declare readonly proposal?: string;

  constructor(message: string, proposal?: string) {
    super(message);
    if (proposal !== undefined) this.proposal = proposal;
  }
}

/** A stored profile that cannot be used for compiling: not one, damaged, or of another version. */
export class ProfileError extends Error {
  /** `ProfileError`. */
  override readonly name = 'ProfileError';
  /** For programs. */
  readonly code = 'ERR_WAMR_PROFILE';
}

/** What an InternalError is made of. */
export interface InternalFault {
  /** Phase of the compilation (aot/pipeline.ts). */
  phase: string;
  /** The phase itself ended well, but what it left does not verify. */
  verifying: boolean;
  /** Function of the module. */
  functionIndex: number;
  /** From the module's name section. */
  functionName: string | undefined;
  /** A command that leads to the same fault. */
  reproduce: string;
  /** What was thrown. */
  cause: unknown;
}

/**
 * A fault of the compiler, not of the module: please report it. The message says in which function and phase, and how
 * to get there again; `cause` is the error itself, with its stack.
 */
export class InternalError extends Error {
  /** `InternalError`. */
  override readonly name = 'InternalError';
  /** For programs. */
  readonly code = 'ERR_WAMR_INTERNAL';
  /** Phase of the compilation. */
  readonly phase: string;
  /** Function of the module. */
  readonly functionIndex: number;
  /** From the module's name section. */
  readonly functionName: string | undefined;

  /** @param fault all that is known of it */
  constructor(
    /** All that is known of it. */
    readonly fault: InternalFault,
  ) {
    const { phase, verifying, functionIndex, functionName, reproduce, cause } = fault;
    const where = `function ${functionIndex}${functionName === undefined ? '' : ` ($${functionName})`}`;
    const what = cause instanceof Error ? cause.message : String(cause);
    super(
      `fault in the compiler, ${verifying ? 'after' : 'in'} phase ${phase} of ${where}: ${what}\n` +
        `  This is a bug in wamr-native. To reproduce it: ${reproduce}`,
      { cause },
    );
    this.phase = phase;
    this.functionIndex = functionIndex;
    this.functionName = functionName;
  }
}
