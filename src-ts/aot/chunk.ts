/**
 * Code of some functions, as one worker makes it: flat arrays that travel between threads without copying. Function k
 * of the chunk is row k of `funcs`; its code, relocations and traps are the ranges up to the next row's.
 */
import { IntVec } from '../util/vec.js';
import type { FinishedCode } from '../codegen/code-buffer.js';

/** Columns of a row in `Chunk.funcs`. */
export const enum Row {
  /** Function index. */
  FUNC = 0,
  /** Start of the code in `code`, and its bytes (constants and jump tables included). */
  CODE = 1,
  BYTES = 2,
  /** `frameWord` (abi/artefact.ts). */
  FRAME = 3,
  /** First entry in `relocs` and `traps`. */
  RELOC = 4,
  TRAP = 5,
  /** Start and bytes of the debug record. */
  DEBUG = 6,
  DEBUG_BYTES = 7,
  /** Counters of its units. */
  UNITS = 8,
  /** First entry in `dispatch`. */
  DISPATCH = 9,
  /** First row in `inlined`. */
  INLINED = 10,
  /** First entry in `wraps`. */
  WRAP = 11,
  /** First entry in `handlers`. */
  HANDLER = 12,
  /** What its place is a multiple of. */
  ALIGNMENT = 13,
  /** 1: `LEAF_FUNCTION` (abi/artefact.ts). */
  LEAF = 14,
  COLUMNS = 15,
}

export interface Chunk {
  funcs: Int32Array;
  code: Uint8Array;
  /**
   * Pairs: offset of a rel32 field from the start of its function, function index called; or offset of a disp32 field
   * and -1 − unit, for the unit's counter; or offset of a disp32 field and DISPATCH_RELOC − entry, for a dispatch entry
   * of the function.
   */
  relocs: Int32Array;
  /** Dispatch entries: offsets from the start of their function. */
  dispatch: Int32Array;
  /**
   * Triples: pc offset from the start of its function, trap code (bit 7: no frame yet), wasm offset or INLINED
   * (ir/func.ts) + row of the function's part of `inlined`.
   */
  traps: Int32Array;
  /** Landing pads: pairs of offsets from the start of their function, return address and pad. */
  handlers: Int32Array;
  /** As `FinishedCode.wraps`: offsets from the start of their function. */
  wraps: Int32Array;
  /** As `Func.inlined`, without rows that have no use. */
  inlined: Int32Array;
  /** Debug records (aot/debug-info.ts), if wanted. */
  debug: Uint8Array;
}

/** Collects functions into a chunk. */
export class ChunkBuilder {
  private readonly funcs = new IntVec(1024);
  private readonly relocs = new IntVec(4096);
  private readonly traps = new IntVec(16384);
  private readonly wraps = new IntVec(1024);
  private readonly dispatch = new IntVec(1024);
  private readonly inlined = new IntVec(64);
  private readonly handlers = new IntVec(64);
  private readonly code = new ByteVec(1 << 20);
  private readonly debug = new ByteVec(16);

  /**
   * Appends a function; the arrays are copied. `inlined`: rows as in `Chunk`. `isLeaf`: `LEAF_FUNCTION`. `debug` and `units`:
   * its debug record and how many units that has.
   */
  add(
    func: number,
    { code, alignment, relocs, traps, wraps, dispatch, handlers }: FinishedCode,
    frame: number,
    inlined: Int32Array,
    isLeaf: boolean,
    debug = NO_BYTES,
    units = 0,
  ): void {
    const { funcs } = this;
    this.code.align(16);
    funcs.reserve(Row.COLUMNS);
    funcs.push(func);
    funcs.push(this.code.n);
    funcs.push(code.length);
    funcs.push(frame);
    funcs.push(this.relocs.n);
    funcs.push(this.traps.n);
    funcs.push(this.debug.n);
    funcs.push(debug.length);
    funcs.push(units);
    funcs.push(this.dispatch.n);
    funcs.push(this.inlined.n / 3);
    funcs.push(this.wraps.n);
    funcs.push(this.handlers.n);
    funcs.push(alignment);
    funcs.push(isLeaf ? 1 : 0);
    this.code.append(code);
    this.debug.append(debug);
    append(this.relocs, relocs);
    append(this.traps, traps);
    append(this.wraps, wraps);
    append(this.dispatch, dispatch);
    append(this.inlined, inlined);
    append(this.handlers, handlers);
  }

  get codeBytes(): number {
    return this.code.n;
  }

  /** The chunk so far; the builder is empty afterwards. */
  take(): Chunk {
    const chunk = {
      funcs: this.funcs.toArray(),
      code: this.code.take(),
      relocs: this.relocs.toArray(),
      traps: this.traps.toArray(),
      wraps: this.wraps.toArray(),
      dispatch: this.dispatch.toArray(),
      inlined: this.inlined.toArray(),
      handlers: this.handlers.toArray(),
      debug: this.debug.take(),
    };
    this.funcs.clear();
    this.relocs.clear();
    this.traps.clear();
    this.wraps.clear();
    this.dispatch.clear();
    this.inlined.clear();
    this.handlers.clear();
    return chunk;
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A growing array of bytes. */
class ByteVec {
  n = 0;
  private a: Uint8Array;

  constructor(capacity: number) {
    this.a = new Uint8Array(capacity);
  }

  align(to: number): void {
    this.n = (this.n + to - 1) & -to;
  }

  append(bytes: Uint8Array): void {
    this.reserve(this.n + bytes.length);
    this.a.set(bytes, this.n);
    this.n += bytes.length;
  }

  /** A copy of the contents; empty afterwards. */
  take(): Uint8Array {
    const copy = this.a.slice(0, this.n);
    this.n = 0;
    return copy;
  }

  private reserve(bytes: number): void {
    if (bytes <= this.a.length) return;
    let capacity = this.a.length;
    while (capacity < bytes) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.a.subarray(0, this.n));
    this.a = grown;
  }
}

function append(to: IntVec, from: Int32Array): void {
  to.reserve(from.length);
  to.a.set(from, to.n);
  to.n += from.length;
}
