/**
 * What is known of integers at a program point because of the branches before it. x ≠ 0 is
 * [1, max], x ≠ -1 is [0, max - 1], a condition that holds is [1, 1], so ranges say what the checks of compilers ask
 * for.
 */
import { inverseCompare } from '../ir/fold.js';
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';
import { Facts } from './facts.js';
import { isConstant, Ranges, U32, U64 } from './ranges.js';

const MEET_DEPTH = 2;

/** The ranges of one function with the facts of its branches. Reused from function to function. */
export class BranchRanges {
  readonly facts = new Facts();
  private readonly ranges = new Ranges(this.facts);
  /** What `assumeBranch` found out: the places behind the branch, where the condition holds and where it does not. */
  placeIf = 0;
  placeElse = 0;

  // ------------------------------------------------------------------ where ways meet

  private meetLow = 0;
  private meetHigh = 0;

  /** As `Ranges.decide`. */
  decide(f: Func, x: number, place: number): number {
    return this.ranges.decide(f, x, place);
  }

  /** The place where besides v is in [l, h], as far as that says anything new. */
  private narrow(f: Func, v: number, l: number, h: number, place: number): number {
    this.ranges.rangeOf(f, v, place, 1);
    return this.keep(f, v, l, h, this.ranges.low, this.ranges.high, place);
  }

  /** The same for a v that is known to be in [l0, h0]. */
  private keep(f: Func, v: number, l: number, h: number, l0: number, h0: number, place: number): number {
    if ((l <= l0 && h >= h0) || isConstant(f.op[v])) return place;
    l = Math.max(l, l0);
    h = Math.min(h, h0);
    return l > h ? place : this.facts.add(v, l, h, place);
  }

  /** Sets the places behind a branch on x, which is not decided at `place`. */
  assumeBranch(f: Func, x: number, place: number): void {
    const { op, a, b } = f;
    let swapped = false;
    for (; op[x] === Op.I32_EQZ; x = a[x]) swapped = !swapped;
    const o = op[x];
    const isComparison = o > Op.I32_EQZ && o <= Op.F64_GE;
    this.placeIf = this.facts.add(x, 1, isComparison ? 1 : U32, place);
    this.placeElse = this.facts.add(x, 0, 0, place);
    if (o === Op.I64_EQZ) {
      this.placeIf = this.narrow(f, a[x], 0, 0, this.placeIf);
      this.placeElse = this.narrow(f, a[x], 1, U64, this.placeElse);
    } else if (isComparison && o < Op.F32_EQ) {
      this.ranges.rangeOf(f, a[x], place, 1);
      const l = this.ranges.low;
      const h = this.ranges.high;
      this.ranges.rangeOf(f, b[x], place, 1);
      const l2 = this.ranges.low;
      const h2 = this.ranges.high;
      this.placeIf = this.relate(f, x, true, l, h, l2, h2, this.placeIf);
      this.placeElse = this.relate(f, x, false, l, h, l2, h2, this.placeElse);
    } else if (o === Op.I32_AND) {
      this.placeIf = this.narrow(f, a[x], 1, U32, this.placeIf);
      this.placeIf = this.narrow(f, b[x], 1, U32, this.placeIf);
    } else if (o === Op.I32_OR) {
      this.placeElse = this.narrow(f, a[x], 0, 0, this.placeElse);
      this.placeElse = this.narrow(f, b[x], 0, 0, this.placeElse);
    }
    if (!swapped) return;
    const t = this.placeIf;
    this.placeIf = this.placeElse;
    this.placeElse = t;
  }

  /** What the comparison x says of its operands, in [l, h] and [l2, h2], if it holds (or does not). */
  private relate(
    f: Func,
    x: number,
    holds: boolean,
    l: number,
    h: number,
    l2: number,
    h2: number,
    place: number,
  ): number {
    const o = f.op[x];
    const p = f.a[x];
    const q = f.b[x];
    const wide = o >= Op.I64_EQ;
    let k = wide ? o - (Op.I64_EQ - Op.I32_EQ) : o;
    // Equalities and unsigned comparisons that hold are all that is left.
    if (!holds) k = inverseCompare(k);
    switch (k) {
      case Op.I32_LT_S:
      case Op.I32_LE_S:
      case Op.I32_GT_S:
      case Op.I32_GE_S: {
        const half = 2 ** 31;
        if (wide || h2 >= half) return place;
        if (h >= half) {
          // At least some number from 0: then it is not negative.
          if (k === Op.I32_GE_S) return this.keep(f, p, l2, half - 1, l, h, place);
          return k === Op.I32_GT_S ? this.keep(f, p, l2 + 1, half - 1, l, h, place) : place;
        }
        k++; // the unsigned one
      }
    }
    switch (k) {
      case Op.I32_EQ:
        place = this.keep(f, p, l2, h2, l, h, place);
        return this.keep(f, q, l, h, l2, h2, place);
      case Op.I32_NE:
        if (l2 === h2 && l === l2) return this.keep(f, p, l + 1, U64, l, h, place);
        return l2 === h2 && h === l2 ? this.keep(f, p, 0, h - 1, l, h, place) : place;
      case Op.I32_LT_U:
        place = this.keep(f, p, 0, h2 - 1, l, h, place);
        return this.keep(f, q, l + 1, U64, l2, h2, place);
      case Op.I32_LE_U:
        place = this.keep(f, p, 0, h2, l, h, place);
        return this.keep(f, q, l, U64, l2, h2, place);
      case Op.I32_GT_U:
        place = this.keep(f, p, l2 + 1, U64, l, h, place);
        return this.keep(f, q, 0, h - 1, l2, h2, place);
      case Op.I32_GE_U:
        place = this.keep(f, p, l2, U64, l, h, place);
        return this.keep(f, q, 0, h, l2, h2, place);
    }
    return place;
  }

  /** Begins to collect what a value can be on several ways. */
  startMeet(): void {
    this.meetLow = U64;
    this.meetHigh = 0;
  }

  /** On the way that comes from `place`, x is the value. Returns whether that still says anything. */
  meet(f: Func, x: number, place: number): boolean {
    const o = f.op[x];
    // Most values: nothing to ask.
    if (!this.facts.has(x) && o >= Op.PARAM) return false;
    this.ranges.rangeOf(f, x, place, MEET_DEPTH);
    this.meetLow = Math.min(this.meetLow, this.ranges.low);
    this.meetHigh = Math.max(this.meetHigh, this.ranges.high);
    return this.meetLow > 0 || this.meetHigh < (f.type[x] === ValType.I64 ? U64 : U32);
  }

  /** The place behind `place` where v is what was collected. */
  endMeet(f: Func, v: number, place: number): number {
    return this.narrow(f, v, this.meetLow, this.meetHigh, place);
  }
}
