/**
 * What is known of integers at a program point because of the branches before it: ranges of unsigned numbers. x ≠ 0 is
 * [1, max], x ≠ -1 is [0, max - 1], a condition that holds is [1, 1], so ranges say what the checks of compilers ask
 * for.
 *
 * Facts form a tree: a *place* is a fact together with all those that it follows, so a place costs nothing to remember
 * and branches share what they have in common. Walks are bounded, which may only lose facts.
 */
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';

/** The place where nothing is known. */
export const NOWHERE = -1;
/** How many facts a question looks at, and how many operations up. */
const MAX_WALK = 32;
const DEPTH = 3;
const MEET_DEPTH = 2;

const U32 = 0xffffffff;
const U64 = 2 ** 64;
const NEVER = 0x7fffffff;

const isConstant = (o: number): boolean => o === Op.I32_CONST || o === Op.I64_CONST;

/** By comparison from I32_EQ: the one that holds where it does not. */
const INVERSE = Uint8Array.of(
  Op.I32_NE,
  Op.I32_EQ,
  Op.I32_GE_S,
  Op.I32_GE_U,
  Op.I32_LE_S,
  Op.I32_LE_U,
  Op.I32_GT_S,
  Op.I32_GT_U,
  Op.I32_LT_S,
  Op.I32_LT_U,
);

/** Facts about the integers of one function. Reused from function to function. */
export class Ranges {
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
  /** The answer of `rangeOf`. */
  private low = 0;
  private high = 0;
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

  /** Sets `low` and `high` to bounds of v at the place. */
  private rangeOf(f: Func, v: number, place: number, depth: number): void {
    while (this.standIn[v] >= 0) v = this.standIn[v];
    const { op, a, b, c, imm, imm2 } = f;
    const o = op[v];
    let l = 0;
    let h = f.type[v] === ValType.I64 ? U64 : U32;
    switch (o) {
      case Op.I32_CONST:
        this.low = this.high = imm[v] >>> 0;
        return;
      case Op.I64_CONST:
        // Constants above 2^53 are not exact as doubles, so treat them as unknown.
        this.low = imm2[v] >>> 21 === 0 ? imm2[v] * 2 ** 32 + (imm[v] >>> 0) : 0;
        this.high = imm2[v] >>> 21 === 0 ? this.low : U64;
        return;
      case Op.I32_LOAD8_U:
      case Op.I64_LOAD8_U:
        h = 0xff;
        break;
      case Op.I32_LOAD16_U:
      case Op.I64_LOAD16_U:
        h = 0xffff;
        break;
      case Op.I64_LOAD32_U:
      case Op.I64_EXTEND_I32_U:
        h = U32;
        break;
    }
    if (o >= Op.I32_EQZ && o <= Op.F64_GE) {
      h = 1;
      if (depth > 0) {
        const known = this.compare(f, v, place, depth - 1);
        if (known >= 0) l = h = known;
      }
    } else if (depth > 0) {
      switch (o) {
        case Op.I32_AND:
        case Op.I64_AND:
          this.rangeOf(f, a[v], place, depth - 1);
          h = this.high;
          this.rangeOf(f, b[v], place, depth - 1);
          h = Math.min(h, this.high);
          break;
        case Op.I32_OR:
          this.rangeOf(f, a[v], place, depth - 1);
          l = this.low;
          this.rangeOf(f, b[v], place, depth - 1);
          l = Math.max(l, this.low);
          break;
        case Op.I32_ADD:
          if (op[b[v]] === Op.I32_CONST) {
            this.rangeOf(f, a[v], place, depth - 1);
            const step = imm[b[v]] >>> 0;
            const wraps = this.low + step > U32 ? 2 ** 32 : 0;
            if (this.high + step - wraps <= U32) {
              l = this.low + step - wraps;
              h = this.high + step - wraps;
            }
          }
          break;
        case Op.I32_SHR_U:
          if (op[b[v]] === Op.I32_CONST) {
            this.rangeOf(f, a[v], place, depth - 1);
            l = Math.floor(this.low / 2 ** (imm[b[v]] & 31));
            h = Math.floor(this.high / 2 ** (imm[b[v]] & 31));
          }
          break;
        case Op.I64_EXTEND_I32_U:
          this.rangeOf(f, a[v], place, depth - 1);
          l = this.low;
          h = this.high;
          break;
        case Op.SELECT: {
          if (f.type[v] !== ValType.I32 && f.type[v] !== ValType.I64) break;
          const known = this.decide(f, c[v], place, depth - 1);
          l = U64;
          h = 0;
          if (known !== 0) this.arm(f, a[v], c[v], true, place, depth - 1);
          if (known !== 0) l = this.low;
          if (known !== 0) h = this.high;
          if (known !== 1) {
            this.arm(f, b[v], c[v], false, place, depth - 1);
            l = Math.min(l, this.low);
            h = Math.max(h, this.high);
          }
          break;
        }
      }
    }
    for (let p = place, first = this.oldest[v], n = 0; p >= first && n < MAX_WALK; p = this.factBefore[p], n++) {
      if (this.factValue[p] !== v) continue;
      l = Math.max(l, this.factLow[p]);
      h = Math.min(h, this.factHigh[p]);
      break;
    }
    this.low = l;
    this.high = h;
  }

  /**
   * Range of x, an arm of a select that is taken when the condition c holds (or does not): c is often a test of x
   * itself.
   */
  private arm(f: Func, x: number, c: number, holds: boolean, place: number, depth: number): void {
    this.rangeOf(f, x, place, depth);
    for (; f.op[c] === Op.I32_EQZ; c = f.a[c]) holds = !holds;
    if (c === x) {
      if (holds) this.low = Math.max(this.low, 1);
      else this.high = 0;
    } else if ((f.op[c] === Op.I32_EQ || f.op[c] === Op.I32_NE) && f.a[c] === x && f.op[f.b[c]] === Op.I32_CONST) {
      const k = f.imm[f.b[c]] >>> 0;
      if ((f.op[c] === Op.I32_EQ) === holds) this.low = this.high = k;
      else if (this.low === k) this.low++;
      else if (this.high === k) this.high--;
    }
  }

  /** 1 or 0 if the condition x holds, or doesn't, whenever the place is reached; else -1. */
  decide(f: Func, x: number, place: number, depth = DEPTH): number {
    this.rangeOf(f, x, place, depth);
    return this.low > 0 ? 1 : this.high === 0 ? 0 : -1;
  }

  /** The same for the comparison v. */
  private compare(f: Func, v: number, place: number, depth: number): number {
    const o = f.op[v];
    if (o >= Op.F32_EQ) return -1;
    this.rangeOf(f, f.a[v], place, depth);
    const l = this.low;
    const h = this.high;
    if (o === Op.I32_EQZ || o === Op.I64_EQZ) return l > 0 ? 0 : h === 0 ? 1 : -1;
    this.rangeOf(f, f.b[v], place, depth);
    const wide = o >= Op.I64_EQ;
    const k = wide ? o - (Op.I64_EQ - Op.I32_EQ) : o;
    const isSigned = k === Op.I32_LT_S || k === Op.I32_LE_S || k === Op.I32_GT_S || k === Op.I32_GE_S;
    // As unsigned numbers if neither can be negative.
    if (isSigned && Math.max(h, this.high) >= (wide ? 2 ** 52 : 2 ** 31)) return -1;
    switch (k) {
      case Op.I32_EQ:
        return l > this.high || h < this.low ? 0 : l === h && this.low === this.high && l === this.low ? 1 : -1;
      case Op.I32_NE:
        return l > this.high || h < this.low ? 1 : l === h && this.low === this.high && l === this.low ? 0 : -1;
      case Op.I32_LT_U:
      case Op.I32_LT_S:
        return h < this.low ? 1 : l >= this.high ? 0 : -1;
      case Op.I32_LE_U:
      case Op.I32_LE_S:
        return h <= this.low ? 1 : l > this.high ? 0 : -1;
      case Op.I32_GT_U:
      case Op.I32_GT_S:
        return l > this.high ? 1 : h <= this.low ? 0 : -1;
      case Op.I32_GE_U:
      case Op.I32_GE_S:
        return l >= this.high ? 1 : h < this.low ? 0 : -1;
    }
    return -1;
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
    if (!holds) k = INVERSE[k - Op.I32_EQ];
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
