/**
 * A machine as a whole: what compiling a function and linking a module need. `aot/machines.ts` chooses one by the
 * architecture of the target; nothing else in aot/ knows which there are.
 */
import type { FuncType } from '../wasm/types.js';
import type { Enabled } from '../util/switches.js';
import type { FinishedCode } from './code-buffer.js';
import type { Allocation, MachFunc } from './mach.js';
import type { MachineFacts } from './machine.js';
import type { EmittedFrame } from './preserved.js';
import type { Selection } from './selection.js';

/** What emission needs to know of the target. */
export interface EmitOptions {
  /** CPU features, bits of the machine's. */
  features: number;
  /** Keep kinds and wasm offsets of the code. */
  debugInfo?: boolean;
  /** Count the executions of every unit (codegen/kinds.ts). Goes with `debugInfo`. */
  count?: boolean;
}

/** Makes machine code of functions, one after the other; its arrays are reused. */
export interface MachineEmitter extends EmittedFrame {
  /** Emits a function with its blocks in this order (block 0 first). Returns `frameBytes`. */
  run(mf: MachFunc, alloc: Allocation, order: Int32Array): number;
  /** The code of the last function. */
  finish(): FinishedCode;
  /** Of the last function: units beyond those of the entry, the blocks and the edges (codegen/kinds.ts). */
  coldUnitCount(): number;
  /**
   * Of the last function, in a counting build: pairs (wasm offset of an indirect call, unit of the table element that is
   * ahead; the next unit is by how much).
   */
  voteUnits(): Int32Array;
  /** The same in a build for coverage: pairs (wasm offset, unit that counts that execution comes there). */
  placeUnits(): Int32Array;
}

/** Makes the stubs between generated code and the rest of the world (docs/architecture.md). */
export interface MachineStubs {
  /** Calls a function of this type with arguments and results in a buffer. Null: no such call is possible. */
  entry(type: FuncType): Uint8Array | null;
  /**
   * The same for a `LEAF_FUNCTION` (abi/artefact.ts), called by the addon as a function of its own. Null: where the values do
   * not all fit into registers, and on machines that have no such stubs.
   */
  leaf(type: FuncType): Uint8Array | null;
  /** Is called by generated code as a function of this type, which the host is. */
  host(type: FuncType): Uint8Array;
  /** Jumps to the imported function whose call entry is at this offset of the vmctx. */
  import(entryOffset: number): Uint8Array;
}

/** A line of a listing: an instruction, or data behind the code. */
export interface DisasmLine {
  /** Offset in the given bytes. */
  offset: number;
  length: number;
  text: string;
}

export interface Machine extends MachineFacts {
  /** For dumps: see the machine's disassembler. */
  disassembleLines(code: Uint8Array): DisasmLine[];
  selection(enabled: Enabled): Selection;
  emitter(enabled: Enabled, options: EmitOptions): MachineEmitter;
  /** File of the package with what of the compiler is translated ahead of time (scripts/ahead), for this machine. */
  readonly translated: string;
  /** `features`: of the target. */
  stubs(features: number): MachineStubs;
  /** Direct calls reach less than so many bytes, forwards and backwards. */
  readonly callReach: number;
  /** A jump to any place, for calls that do not reach it; null: all code that there may be is in reach. */
  readonly veneer: {
    readonly bytes: number;
    /** Writes one at `at`, a multiple of four, that jumps to `target`. It changes no register that a call passes. */
    write(code: DataView, at: number, target: number): void;
  } | null;
  /** Bytes of code that nothing executes. */
  readonly filler: number;
  /** Fills the field of a direct call (`FinishedCode.relocs`) of what starts at `target`, in reach. */
  linkCall(code: DataView, field: number, target: number): void;
  /** Fills the field of an access to the vmctx at `offset`. */
  linkVmctx(code: DataView, field: number, offset: number): void;
}
