/**
 * Parallel register moves: a set of "destination := source" that all read the state before, brought into an order.
 * Cycles of general registers become exchanges; those of vector registers go through the scratch one (SAVE_VECTOR, RESTORE_VECTOR).
 * O(moves).
 */
import { Rec } from '../mach.js';
import { classOf, CLASS_SHIFT, Cls, REGISTERS } from '../machine.js';
import { IntVec } from '../../util/vec.js';

/** A parallel move that is being collected. */
export class ParallelMove {
  private readonly sourceOf = new Int8Array(REGISTERS);
  private readonly readers = new Int8Array(REGISTERS);
  /** By class. */
  private readonly pending = new Int32Array(2);

  /**
   * Adds one move to the set; each register may be a destination once. A move to itself keeps the register from being
   * anything else's destination.
   */
  add(to: number, from: number): void {
    if (to === from) return;
    this.pending[classOf(to)] |= 1 << to;
    this.sourceOf[to] = from;
    this.readers[from]++;
  }

  /** Emits the set and leaves it empty; returns the number of instructions. */
  emit(out: IntVec): number {
    if ((this.pending[Cls.GPR] | this.pending[Cls.VECTOR]) === 0) return 0;
    let n = this.emitReady(out, Cls.VECTOR);
    n += this.emitReady(out, Cls.GPR);
    n += this.emitCycles(out, Cls.VECTOR);
    return n + this.emitCycles(out, Cls.GPR);
  }

  /** Moves to registers that nothing reads any more. */
  private emitReady(out: IntVec, cls: Cls): number {
    const { sourceOf, readers } = this;
    const first = cls << CLASS_SHIFT;
    let pending = this.pending[cls];
    let n = 0;
    let ready = 0;
    for (let m = pending; m !== 0; m &= m - 1) {
      const k = 31 - Math.clz32(m & -m);
      if (readers[first + k] === 0) ready |= 1 << k;
    }
    while (ready !== 0) {
      const k = 31 - Math.clz32(ready);
      ready &= ~(1 << k);
      pending &= ~(1 << k);
      const from = sourceOf[first + k];
      record(out, Rec.MOVE, first + k, from);
      n++;
      if (--readers[from] === 0 && (pending >> from) & 1) ready |= 1 << from;
    }
    this.pending[cls] = pending;
    return n;
  }

  /** What is left are cycles: each register is read once. */
  private emitCycles(out: IntVec, cls: Cls): number {
    const { sourceOf, readers } = this;
    const first = cls << CLASS_SHIFT;
    const general = cls === Cls.GPR;
    let pending = this.pending[cls];
    let n = 0;
    while (pending !== 0) {
      const start = first + 31 - Math.clz32(pending);
      if (!general) record(out, Rec.SAVE_VECTOR, -1, start);
      let x = start;
      while (sourceOf[x] !== start) {
        const from = sourceOf[x];
        record(out, general ? Rec.XCHG : Rec.MOVE, x, from);
        n++;
        pending &= ~(1 << x);
        readers[x] = 0;
        x = from;
      }
      pending &= ~(1 << x);
      readers[x] = 0;
      if (!general) {
        record(out, Rec.RESTORE_VECTOR, x, -1);
        n += 2;
      }
    }
    this.pending[cls] = 0;
    return n;
  }
}

function record(out: IntVec, kind: Rec, x: number, y: number): void {
  out.push(kind);
  out.push(x);
  out.push(y);
}
