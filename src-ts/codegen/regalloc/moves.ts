/**
 * Parallel register moves: a set of "destination := source" that all read the state before, brought into an order.
 * Cycles of general registers become exchanges; those of xmm registers go through xmm15 (SAVE_XMM, RESTORE_XMM).
 * O(moves).
 */
import { NGPR, NREG } from '../../x64/abi.js';
import { Rec } from '../mach.js';
import { IntVec } from '../../util/vec.js';

/** A parallel move that is being collected. */
export class ParallelMove {
  private readonly sourceOf = new Int8Array(NREG);
  private readonly readers = new Int8Array(NREG);
  private pending = 0;

  /**
   * Adds one move to the set; each register may be a destination once. A move to itself keeps the register from being
   * anything else's destination.
   */
  add(to: number, from: number): void {
    if (to === from) return;
    this.pending |= 1 << to;
    this.sourceOf[to] = from;
    this.readers[from]++;
  }

  /** Emits the set and leaves it empty; returns the number of instructions. */
  emit(out: IntVec): number {
    let n = 0;
    let ready = 0;
    for (let m = this.pending; m !== 0; m &= m - 1) {
      const r = 31 - Math.clz32(m & -m);
      if (this.readers[r] === 0) ready |= 1 << r;
    }
    while (ready !== 0) {
      const r = 31 - Math.clz32(ready);
      ready &= ~(1 << r);
      this.pending &= ~(1 << r);
      const from = this.sourceOf[r];
      record(out, Rec.MOVE, r, from);
      n++;
      if (--this.readers[from] === 0 && (this.pending >> from) & 1) ready |= 1 << from;
    }
    // What is left are cycles: each register is read once.
    while (this.pending !== 0) {
      const start = 31 - Math.clz32(this.pending);
      const gpr = start < NGPR;
      if (!gpr) record(out, Rec.SAVE_XMM, -1, start);
      let x = start;
      while (this.sourceOf[x] !== start) {
        const from = this.sourceOf[x];
        record(out, gpr ? Rec.XCHG : Rec.MOVE, x, from);
        n++;
        this.pending &= ~(1 << x);
        this.readers[x] = 0;
        x = from;
      }
      this.pending &= ~(1 << x);
      this.readers[x] = 0;
      if (!gpr) {
        record(out, Rec.RESTORE_XMM, x, -1);
        n += 2;
      }
    }
    return n;
  }
}

function record(out: IntVec, kind: Rec, x: number, y: number): void {
  out.push(kind);
  out.push(x);
  out.push(y);
}
