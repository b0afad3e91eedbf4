/**
 * Native memory that JavaScript reads and writes without a call: cells of tables and globals (native/cells.h), and the
 * globals inside of an instance.
 */
import { CELL_BYTES, CELLS_PER_BLOCK } from '../abi/objects.js';
import type { NativeBinding } from '../binding.js';

/** The elements of a buffer as values of each type. */
export class Views {
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;

  constructor(buffer: ArrayBuffer) {
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
  }
}

export class Cells {
  private readonly blocks: (Views | undefined)[] = [];

  constructor(private readonly native: NativeBinding) {}

  /** Where a cell is. */
  block(cell: number): Views {
    const block = Math.floor(cell / CELLS_PER_BLOCK);
    return (this.blocks[block] ??= new Views(this.native.cellBlock(block)));
  }

  /** Bytes from the start of its block. */
  static offset(cell: number): number {
    return (cell % CELLS_PER_BLOCK) * CELL_BYTES;
  }
}
