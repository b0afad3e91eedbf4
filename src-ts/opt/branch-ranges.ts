/**
 * What is known of integers at a program point because of the branches before it. x ≠ 0 is
 * [1, max], x ≠ -1 is [0, max - 1], a condition that holds is [1, 1], so ranges say what the checks of compilers ask
 * for.
 *
 * Facts form a tree: a *place* is a fact together with all those that it follows, so a place costs nothing to remember
 * and branches share what they have in common. Walks are bounded, which may only lose facts.
 */
import { inverseCompare } from '../ir/fold.js';
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';
import { isConstant, Ranges, U32, U64 } from './ranges.js';

/** How many facts a question looks at. */
const MAX_WALK = 32;
const MEET_DEPTH = 2;
const NEVER = 0x7fffffff;

/** Facts about the integers of one function. Reused from function to function. */
export class BranchRanges extends Ranges {
  // --- by fact: the value, its range, the fact before ---
  private factValue = new Int32Array(256);
  private factLow = new Float64Array(256);
  private factHigh = new Float64Array(256);
  private factBefore = new Int32Array(256);
  private count = 0;

  /**
   * By value: the first fact about it, or NEVER. Facts come after those that they follow, so no walk goes further back.
   */
  private oldest = new Int32Array(0);
  /** By value: what stands for it on the path that is looked at, or -1. */
  standIn = new Int32Array(0);
  /** What `assumeBranch` found out: the places behind the branch, where the condition holds and where it does not. */
  placeIf = 0;
  placeElse = 0;

  // ------------------------------------------------------------------ where ways meet

  private meetLow = 0;
  private meetHigh = 0;

  /** Forgets everything: for a function with `nv` values. */
  startFacts(nv: number): void {
    this.count = 0;
    if (this.oldest.length < nv) {
      this.oldest = new Int32Array(nv * 2);
      this.standIn = new Int32Array(nv * 2);
    }
    this.oldest.fill(NEVER, 0, nv);
    this.standIn.fill(-1, 0, nv);
  }

  factBeforeOf(place: number): number {
    return this.factBefore[place];
  }

  factValueOf(place: number): number {
    return this.factValue[place];
  }

  /** The place where besides v is in [l, h]. */
  private add(v: number, l: number, h: number, place: number): number {
    if (this.count === this.factValue.length) {
      const n = this.count * 2;
      const [values, lows, highs, befores] = [this.factValue, this.factLow, this.factHigh, this.factBefore];
      this.factValue = new Int32Array(n);
      this.factLow = new Float64Array(n);
      this.factHigh = new Float64Array(n);
      this.factBefore = new Int32Array(n);
      this.factValue.set(values);
      this.factLow.set(lows);
      this.factHigh.set(highs);
      this.factBefore.set(befores);
    }
    this.factValue[this.count] = v;
    this.factLow[this.count] = l;
    this.factHigh[this.count] = h;
    this.factBefore[this.count] = place;
    if (this.oldest[v] === NEVER) this.oldest[v] = this.count;
    return this.count++;
  }

  /** The place where besides v is in [l, h], as far as that says anything new. */
  private narrow(f: Func, v: number, l: number, h: number, place: number): number {
    this.rangeOf(f, v, place, 1);
    return this.keep(f, v, l, h, this.low, this.high, place);
  }

  /** The same for a v that is known to be in [l0, h0]. */
  private keep(f: Func, v: number, l: number, h: number, l0: number, h0: number, place: number): number {
    if ((l <= l0 && h >= h0) || isConstant(f.op[v])) return place;
    l = Math.max(l, l0);
    h = Math.min(h, h0);
    return l > h ? place : this.add(v, l, h, place);
  }

  protected override rangeOf(f: Func, v: number, place: number, depth: number): void {
    while (this.standIn[v] >= 0) v = this.standIn[v];
    super.rangeOf(f, v, place, depth);
    for (let p = place, first = this.oldest[v], n = 0; p >= first && n < MAX_WALK; p = this.factBefore[p], n++) {
      if (this.factValue[p] !== v) continue;
      this.low = Math.max(this.low, this.factLow[p]);
      this.high = Math.min(this.high, this.factHigh[p]);
      break;
    }
  }

  /** Where ways meet, facts about parameters are collected one by one (`meet`). */
  protected override maxOfParam(f: Func, x: number): number {
    return f.type[x] === ValType.I64 ? U64 : U32;
  }

  /** Sets the places behind a branch on x, which is not decided at `place`. */
  assumeBranch(f: Func, x: number, place: number): void {
    const { op, a, b } = f;
    let swapped = false;
    for (; op[x] === Op.I32_EQZ; x = a[x]) swapped = !swapped;
    const o = op[x];
    const isComparison = o > Op.I32_EQZ && o <= Op.F64_GE;
    this.placeIf = this.add(x, 1, isComparison ? 1 : U32, place);
    this.placeElse = this.add(x, 0, 0, place);
    if (o === Op.I64_EQZ) {
      this.placeIf = this.narrow(f, a[x], 0, 0, this.placeIf);
      this.placeElse = this.narrow(f, a[x], 1, U64, this.placeElse);
    } else if (isComparison && o < Op.F32_EQ) {
      this.rangeOf(f, a[x], place, 1);
      const l = this.low;
      const h = this.high;
      this.rangeOf(f, b[x], place, 1);
      const l2 = this.low;
      const h2 = this.high;
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
    if (this.oldest[x] === NEVER && o >= Op.PARAM) return false;
    this.rangeOf(f, x, place, MEET_DEPTH);
    this.meetLow = Math.min(this.meetLow, this.low);
    this.meetHigh = Math.max(this.meetHigh, this.high);
    return this.meetLow > 0 || this.meetHigh < (f.type[x] === ValType.I64 ? U64 : U32);
  }

  /** The place behind `place` where v is what was collected. */
  endMeet(f: Func, v: number, place: number): number {
    return this.narrow(f, v, this.meetLow, this.meetHigh, place);
  }
}
