/**
 * A loop with one way in and one way back, and what it counts with: parameters of its header that each iteration changes
 * by a constant, and the test that is made in every iteration.
 */
import { inverseCompare } from '../ir/fold.js';
import type { Func } from '../ir/func.js';
import { isConst } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';

/** By comparison from I32_EQ: the same with exchanged operands. */
const SWAPPED = Uint8Array.of(
  Op.I32_EQ,
  Op.I32_NE,
  Op.I32_GT_S,
  Op.I32_GT_U,
  Op.I32_LT_S,
  Op.I32_LT_U,
  Op.I32_GE_S,
  Op.I32_GE_U,
  Op.I32_LE_S,
  Op.I32_LE_U,
);

export const isComparison = (o: number): boolean => o >= Op.I32_EQ && o <= Op.I32_GE_U;

/** The loop in hand. */
export class CountedLoop {
  entry = -1;
  back = -1;
  latch = -1;
  /** The branch that is executed in every iteration; its condition, negated or not, means to go on. */
  branch = -1;
  /** That condition as a comparison, NE of zero if it is none: `tested` compared with `limit` (-1: with 0). */
  condition = -1;
  kind = 0;
  tested = -1;
  limit = -1;
  /** The variable behind `tested`, and whether that is its next value. */
  variable = -1;
  testsNext = false;

  /** Whether the block is the header of a loop with one way in and one way back: sets the fields of the loop in hand. */
  findLoop(f: Func, h: number): boolean {
    this.entry = this.back = -1;
    for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) {
      const e = f.predEdge[k];
      if (f.edgeFrom[e] < h) {
        if (this.entry >= 0) return false;
        this.entry = e;
      } else {
        if (this.back >= 0) return false;
        this.back = e;
      }
    }
    if (this.entry < 0 || this.back < 0) return false;
    this.latch = f.edgeFrom[this.back];
    this.findTest(f, h);
    return true;
  }

  /** Finds the test that is made in every iteration: at the end of the loop or of its header. */
  findTest(f: Func, h: number): void {
    this.branch = this.variable = -1;
    let goesOn = -1;
    for (let b = this.latch; this.branch < 0; b = h) {
      const last = f.order[f.blockStart[b + 1] - 1];
      if (f.op[last] === Op.BR_IF)
        for (let k = 0; k < 2; k++) {
          const e = f.succEdge[f.succAt[b] + k];
          const other = f.succEdge[f.succAt[b] + 1 - k];
          // The loop's blocks are those from the header to the one that leads back.
          if (f.edgeTo[other] <= this.latch || (b === this.latch ? e !== this.back : f.edgeTo[e] > this.latch))
            continue;
          this.branch = last;
          goesOn = k;
        }
      if (b === h) break;
    }
    if (this.branch < 0) return;
    let x = f.a[this.branch];
    let negated = goesOn === 1;
    for (; f.op[x] === Op.I32_EQZ; x = f.a[x]) negated = !negated;
    this.condition = x;
    if (isComparison(f.op[x])) {
      const swapped =
        isConst(f.op[f.a[x]]) || (this.variableOf(f, h, f.a[x]) < 0 && this.variableOf(f, h, f.b[x]) >= 0);
      this.kind = swapped ? SWAPPED[f.op[x] - Op.I32_EQ] : f.op[x];
      this.tested = swapped ? f.b[x] : f.a[x];
      this.limit = swapped ? f.a[x] : f.b[x];
    } else {
      this.kind = Op.I32_NE;
      this.tested = x;
      this.limit = -1;
    }
    if (negated) this.kind = inverseCompare(this.kind);
    this.variable = this.variableOf(f, h, this.tested);
    this.testsNext = this.variable !== this.tested;
  }

  /** The variable of the loop that x is, or is the next value of; -1 if it is none. */
  variableOf(f: Func, h: number, x: number): number {
    if (this.stepOf(f, h, x) !== 0) return x;
    const p = f.op[x] === Op.I32_ADD ? f.a[x] : -1;
    return p >= 0 && this.stepOf(f, h, p) !== 0 && this.argument(f, this.back, p) === x ? p : -1;
  }

  argument(f: Func, e: number, p: number): number {
    return f.args[f.argAt[e] + f.imm[p]];
  }

  /** What each iteration adds to x, as a signed number; 0 if x is no such variable of the loop with header h. */
  stepOf(f: Func, h: number, x: number): number {
    if (f.op[x] !== Op.PARAM || f.block[x] !== h || f.type[x] !== ValType.I32) return 0;
    const next = this.argument(f, this.back, x);
    return f.op[next] === Op.I32_ADD && f.a[next] === x && f.op[f.b[next]] === Op.I32_CONST ? f.imm[f.b[next]] : 0;
  }
}
