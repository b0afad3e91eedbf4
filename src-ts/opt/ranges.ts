/**
 * What is known of integers at a place because of the branches before it: ranges of unsigned numbers. x ≠ 0 is [1,
 * max], x ≠ -1 is [0, max - 1], a condition that holds is [1, 1], so ranges say what the checks of compilers ask for.
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

// --- by fact: the value, its range, the fact before ---
let factValue = new Int32Array(256);
let factLow = new Float64Array(256);
let factHigh = new Float64Array(256);
let factBefore = new Int32Array(256);
let count = 0;
/**
 * By value: the first fact about it, or NEVER. Facts come after those that they follow, so no walk goes further back.
 */
let oldest = new Int32Array(0);
const NEVER = 0x7fffffff;
/** By value: what stands for it on the way that is looked at, or -1. */
export let standIn = new Int32Array(0);

/** The answer of `rangeOf`. */
let low = 0;
let high = 0;

/** Forgets everything: for a function with `nv` values. */
export function startFacts(nv: number): void {
  count = 0;
  if (oldest.length < nv) {
    oldest = new Int32Array(nv * 2);
    standIn = new Int32Array(nv * 2);
  }
  oldest.fill(NEVER, 0, nv);
  standIn.fill(-1, 0, nv);
}

export const factBeforeOf = (place: number): number => factBefore[place];
export const factValueOf = (place: number): number => factValue[place];

/** The place where besides v is in [l, h]. */
function add(v: number, l: number, h: number, place: number): number {
  if (count === factValue.length) {
    const n = count * 2;
    const [values, lows, highs, befores] = [factValue, factLow, factHigh, factBefore];
    factValue = new Int32Array(n);
    factLow = new Float64Array(n);
    factHigh = new Float64Array(n);
    factBefore = new Int32Array(n);
    factValue.set(values);
    factLow.set(lows);
    factHigh.set(highs);
    factBefore.set(befores);
  }
  factValue[count] = v;
  factLow[count] = l;
  factHigh[count] = h;
  factBefore[count] = place;
  if (oldest[v] === NEVER) oldest[v] = count;
  return count++;
}

const isConstant = (o: number): boolean => o === Op.I32_CONST || o === Op.I64_CONST;

/** The place where besides v is in [l, h], as far as that says anything new. */
function narrow(f: Func, v: number, l: number, h: number, place: number): number {
  rangeOf(f, v, place, 1);
  return keep(f, v, l, h, low, high, place);
}

/** The same for a v that is known to be in [l0, h0]. */
function keep(f: Func, v: number, l: number, h: number, l0: number, h0: number, place: number): number {
  if ((l <= l0 && h >= h0) || isConstant(f.op[v])) return place;
  l = Math.max(l, l0);
  h = Math.min(h, h0);
  return l > h ? place : add(v, l, h, place);
}

/** Sets `low` and `high` to bounds of v at the place. */
function rangeOf(f: Func, v: number, place: number, depth: number): void {
  while (standIn[v] >= 0) v = standIn[v];
  const { op, a, b, c, imm, imm2 } = f;
  const o = op[v];
  let l = 0;
  let h = f.type[v] === ValType.I64 ? U64 : U32;
  switch (o) {
    case Op.I32_CONST:
      low = high = imm[v] >>> 0;
      return;
    case Op.I64_CONST:
      // Constants above 2^53 are not exact as doubles, so treat them as unknown.
      low = imm2[v] >>> 21 === 0 ? imm2[v] * 2 ** 32 + (imm[v] >>> 0) : 0;
      high = imm2[v] >>> 21 === 0 ? low : U64;
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
      const known = compare(f, v, place, depth - 1);
      if (known >= 0) l = h = known;
    }
  } else if (depth > 0) {
    switch (o) {
      case Op.I32_AND:
      case Op.I64_AND:
        rangeOf(f, a[v], place, depth - 1);
        h = high;
        rangeOf(f, b[v], place, depth - 1);
        h = Math.min(h, high);
        break;
      case Op.I32_OR:
        rangeOf(f, a[v], place, depth - 1);
        l = low;
        rangeOf(f, b[v], place, depth - 1);
        l = Math.max(l, low);
        break;
      case Op.I32_ADD:
        if (op[b[v]] === Op.I32_CONST) {
          rangeOf(f, a[v], place, depth - 1);
          const step = imm[b[v]] >>> 0;
          const wraps = low + step > U32 ? 2 ** 32 : 0;
          if (high + step - wraps <= U32) {
            l = low + step - wraps;
            h = high + step - wraps;
          }
        }
        break;
      case Op.I32_SHR_U:
        if (op[b[v]] === Op.I32_CONST) {
          rangeOf(f, a[v], place, depth - 1);
          l = Math.floor(low / 2 ** (imm[b[v]] & 31));
          h = Math.floor(high / 2 ** (imm[b[v]] & 31));
        }
        break;
      case Op.I64_EXTEND_I32_U:
        rangeOf(f, a[v], place, depth - 1);
        l = low;
        h = high;
        break;
      case Op.SELECT: {
        if (f.type[v] !== ValType.I32 && f.type[v] !== ValType.I64) break;
        const known = decide(f, c[v], place, depth - 1);
        l = U64;
        h = 0;
        if (known !== 0) arm(f, a[v], c[v], true, place, depth - 1);
        if (known !== 0) l = low;
        if (known !== 0) h = high;
        if (known !== 1) {
          arm(f, b[v], c[v], false, place, depth - 1);
          l = Math.min(l, low);
          h = Math.max(h, high);
        }
        break;
      }
    }
  }
  for (let p = place, first = oldest[v], n = 0; p >= first && n < MAX_WALK; p = factBefore[p], n++) {
    if (factValue[p] !== v) continue;
    l = Math.max(l, factLow[p]);
    h = Math.min(h, factHigh[p]);
    break;
  }
  low = l;
  high = h;
}

/**
 * Range of x, an arm of a select that is taken when the condition c holds (or does not): c is often a test of x itself.
 */
function arm(f: Func, x: number, c: number, holds: boolean, place: number, depth: number): void {
  rangeOf(f, x, place, depth);
  for (; f.op[c] === Op.I32_EQZ; c = f.a[c]) holds = !holds;
  if (c === x) {
    if (holds) low = Math.max(low, 1);
    else high = 0;
  } else if ((f.op[c] === Op.I32_EQ || f.op[c] === Op.I32_NE) && f.a[c] === x && f.op[f.b[c]] === Op.I32_CONST) {
    const k = f.imm[f.b[c]] >>> 0;
    if ((f.op[c] === Op.I32_EQ) === holds) low = high = k;
    else if (low === k) low++;
    else if (high === k) high--;
  }
}

/** 1 or 0 if the condition x holds, or doesn't, whenever the place is reached; else -1. */
export function decide(f: Func, x: number, place: number, depth = DEPTH): number {
  rangeOf(f, x, place, depth);
  return low > 0 ? 1 : high === 0 ? 0 : -1;
}

/** The same for the comparison v. */
function compare(f: Func, v: number, place: number, depth: number): number {
  const o = f.op[v];
  if (o >= Op.F32_EQ) return -1;
  rangeOf(f, f.a[v], place, depth);
  const l = low;
  const h = high;
  if (o === Op.I32_EQZ || o === Op.I64_EQZ) return l > 0 ? 0 : h === 0 ? 1 : -1;
  rangeOf(f, f.b[v], place, depth);
  const wide = o >= Op.I64_EQ;
  const k = wide ? o - (Op.I64_EQ - Op.I32_EQ) : o;
  const isSigned = k === Op.I32_LT_S || k === Op.I32_LE_S || k === Op.I32_GT_S || k === Op.I32_GE_S;
  // As unsigned numbers if neither can be negative.
  if (isSigned && Math.max(h, high) >= (wide ? 2 ** 52 : 2 ** 31)) return -1;
  switch (k) {
    case Op.I32_EQ:
      return l > high || h < low ? 0 : l === h && low === high && l === low ? 1 : -1;
    case Op.I32_NE:
      return l > high || h < low ? 1 : l === h && low === high && l === low ? 0 : -1;
    case Op.I32_LT_U:
    case Op.I32_LT_S:
      return h < low ? 1 : l >= high ? 0 : -1;
    case Op.I32_LE_U:
    case Op.I32_LE_S:
      return h <= low ? 1 : l > high ? 0 : -1;
    case Op.I32_GT_U:
    case Op.I32_GT_S:
      return l > high ? 1 : h <= low ? 0 : -1;
    case Op.I32_GE_U:
    case Op.I32_GE_S:
      return l >= high ? 1 : h < low ? 0 : -1;
  }
  return -1;
}

/** What `assumeBranch` found out: the places behind the branch, where the condition holds and where it does not. */
export let placeIf = 0;
export let placeElse = 0;

/** Sets the places behind a branch on x, which is not decided at `place`. */
export function assumeBranch(f: Func, x: number, place: number): void {
  const { op, a, b } = f;
  let swapped = false;
  for (; op[x] === Op.I32_EQZ; x = a[x]) swapped = !swapped;
  const o = op[x];
  const isComparison = o > Op.I32_EQZ && o <= Op.F64_GE;
  placeIf = add(x, 1, isComparison ? 1 : U32, place);
  placeElse = add(x, 0, 0, place);
  if (o === Op.I64_EQZ) {
    placeIf = narrow(f, a[x], 0, 0, placeIf);
    placeElse = narrow(f, a[x], 1, U64, placeElse);
  } else if (isComparison && o < Op.F32_EQ) {
    rangeOf(f, a[x], place, 1);
    const l = low;
    const h = high;
    rangeOf(f, b[x], place, 1);
    const l2 = low;
    const h2 = high;
    placeIf = relate(f, x, true, l, h, l2, h2, placeIf);
    placeElse = relate(f, x, false, l, h, l2, h2, placeElse);
  } else if (o === Op.I32_AND) {
    placeIf = narrow(f, a[x], 1, U32, placeIf);
    placeIf = narrow(f, b[x], 1, U32, placeIf);
  } else if (o === Op.I32_OR) {
    placeElse = narrow(f, a[x], 0, 0, placeElse);
    placeElse = narrow(f, b[x], 0, 0, placeElse);
  }
  if (!swapped) return;
  const t = placeIf;
  placeIf = placeElse;
  placeElse = t;
}

/** What the comparison x says of its operands, in [l, h] and [l2, h2], if it holds (or does not). */
function relate(
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
        if (k === Op.I32_GE_S) return keep(f, p, l2, half - 1, l, h, place);
        return k === Op.I32_GT_S ? keep(f, p, l2 + 1, half - 1, l, h, place) : place;
      }
      k++; // the unsigned one
    }
  }
  switch (k) {
    case Op.I32_EQ:
      place = keep(f, p, l2, h2, l, h, place);
      return keep(f, q, l, h, l2, h2, place);
    case Op.I32_NE:
      if (l2 === h2 && l === l2) return keep(f, p, l + 1, U64, l, h, place);
      return l2 === h2 && h === l2 ? keep(f, p, 0, h - 1, l, h, place) : place;
    case Op.I32_LT_U:
      place = keep(f, p, 0, h2 - 1, l, h, place);
      return keep(f, q, l + 1, U64, l2, h2, place);
    case Op.I32_LE_U:
      place = keep(f, p, 0, h2, l, h, place);
      return keep(f, q, l, U64, l2, h2, place);
    case Op.I32_GT_U:
      place = keep(f, p, l2 + 1, U64, l, h, place);
      return keep(f, q, 0, h - 1, l2, h2, place);
    case Op.I32_GE_U:
      place = keep(f, p, l2, U64, l, h, place);
      return keep(f, q, 0, h, l2, h2, place);
  }
  return place;
}

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

// ------------------------------------------------------------------ where ways meet

let meetLow = 0;
let meetHigh = 0;

/** Begins to collect what a value can be on several ways. */
export function startMeet(): void {
  meetLow = U64;
  meetHigh = 0;
}

/** On the way that comes from `place`, x is the value. Returns whether that still says anything. */
export function meet(f: Func, x: number, place: number): boolean {
  const o = f.op[x];
  // Most values: nothing to ask.
  if (oldest[x] === NEVER && o >= Op.PARAM) return false;
  rangeOf(f, x, place, MEET_DEPTH);
  meetLow = Math.min(meetLow, low);
  meetHigh = Math.max(meetHigh, high);
  return meetLow > 0 || meetHigh < (f.type[x] === ValType.I64 ? U64 : U32);
}

/** The place behind `place` where v is what was collected. */
export const endMeet = (f: Func, v: number, place: number): number => narrow(f, v, meetLow, meetHigh, place);
