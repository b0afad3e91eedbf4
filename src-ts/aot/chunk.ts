/**
 * Code of some functions, as one worker makes it: flat arrays that travel between threads without copying. Function k of the chunk is row k of `funcs`; its code, relocations and traps are the
 * ranges up to the next row's.
 */
import { IntVec } from '../util/vec.js';

/** Columns of a row in `Chunk.funcs`. */
export const enum Row {
  /** Function index. */
  FUNC = 0,
  /** Start of the code in `code`, and its bytes (constants and jump tables included). */
  CODE = 1,
  BYTES = 2,
  FRAME = 3,
  /** First entry in `relocs` and `traps`. */
  RELOC = 4,
  TRAP = 5,
  COLUMNS = 6,
}

export interface Chunk {
  funcs: Int32Array;
  code: Uint8Array;
  /** Pairs: offset of a rel32 field from the start of its function, function index called. */
  relocs: Int32Array;
  /** Triples: pc offset from the start of its function, trap code (bit 7: no frame yet), wasm offset. */
  traps: Int32Array;
}

/** Collects functions into a chunk. */
export class ChunkBuilder {
  private readonly funcs = new IntVec(1024);
  private readonly relocs = new IntVec(4096);
  private readonly traps = new IntVec(16384);
  private code = new Uint8Array(1 << 20);
  private used = 0;

  /** Appends a function; the arrays are copied. */
  add(func: number, code: Uint8Array, relocs: Int32Array, traps: Int32Array, frameBytes: number): void {
    const at = (this.used + 15) & -16;
    this.reserve(at + code.length);
    this.code.set(code, at);
    this.funcs.reserve(Row.COLUMNS);
    this.funcs.push(func);
    this.funcs.push(at);
    this.funcs.push(code.length);
    this.funcs.push(frameBytes);
    this.funcs.push(this.relocs.n);
    this.funcs.push(this.traps.n);
    this.used = at + code.length;
    append(this.relocs, relocs);
    append(this.traps, traps);
  }

  /** The chunk so far; the builder is empty afterwards. */
  take(): Chunk {
    const chunk = { funcs: this.funcs.toArray(), code: this.code.slice(0, this.used), relocs: this.relocs.toArray(), traps: this.traps.toArray() };
    this.funcs.clear();
    this.relocs.clear();
    this.traps.clear();
    this.used = 0;
    return chunk;
  }

  private reserve(bytes: number): void {
    if (bytes <= this.code.length) return;
    let capacity = this.code.length;
    while (capacity < bytes) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.code.subarray(0, this.used));
    this.code = grown;
  }
}

function append(to: IntVec, from: Int32Array): void {
  to.reserve(from.length);
  to.a.set(from, to.n);
  to.n += from.length;
}
