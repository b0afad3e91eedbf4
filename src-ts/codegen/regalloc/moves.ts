/**
 * Parallel register moves: a set of "destination := source" that all read the state before, brought into an order.
 * Cycles of general registers become exchanges; those of xmm registers go through xmm15 (SAVE_XMM, RESTORE_XMM).
 * O(moves).
 */
import { NGPR, NREG } from '../../x64/abi.js';
import { Rec } from '../mach.js';
import { IntVec } from '../../util/vec.js';

const sourceOf = new Int8Array(NREG);
const readers = new Int8Array(NREG);
let pending = 0;

function record(out: IntVec, kind: Rec, x: number, y: number): void {
  out.push(kind);
  out.push(x);
  out.push(y);
}

/**
 * Adds one move to the set; each register may be a destination once. A move to itself keeps the register from being
 * anything else's destination.
 */
export function addMove(to: number, from: number): void {
  if (to === from) return;
  pending |= 1 << to;
  sourceOf[to] = from;
  readers[from]++;
}

/** Emits the set and leaves it empty; returns the number of instructions. */
export function emitMoves(out: IntVec): number {
  let n = 0;
  let ready = 0;
  for (let m = pending; m !== 0; m &= m - 1) {
    const r = 31 - Math.clz32(m & -m);
    if (readers[r] === 0) ready |= 1 << r;
  }
  while (ready !== 0) {
    const r = 31 - Math.clz32(ready);
    ready &= ~(1 << r);
    pending &= ~(1 << r);
    const from = sourceOf[r];
    record(out, Rec.MOVE, r, from);
    n++;
    if (--readers[from] === 0 && (pending >> from) & 1) ready |= 1 << from;
  }
  // What is left are cycles: each register is read once.
  while (pending !== 0) {
    const start = 31 - Math.clz32(pending);
    const gpr = start < NGPR;
    if (!gpr) record(out, Rec.SAVE_XMM, -1, start);
    let x = start;
    while (sourceOf[x] !== start) {
      const from = sourceOf[x];
      record(out, gpr ? Rec.XCHG : Rec.MOVE, x, from);
      n++;
      pending &= ~(1 << x);
      readers[x] = 0;
      x = from;
    }
    pending &= ~(1 << x);
    readers[x] = 0;
    if (!gpr) {
      record(out, Rec.RESTORE_XMM, x, -1);
      n += 2;
    }
  }
  return n;
}
