/**
 * What is known of integers at a place because of the branches before it: ranges of unsigned numbers. x ≠ 0 is [1, max], x ≠ -1 is [0, max - 1], a condition that holds is [1, 1], so ranges say what the checks of
 * compilers ask for.
 *
 * Facts form a tree: a *place* is a fact together with all those that it follows, so a place costs nothing to remember and branches share what they have in common. Walks are bounded, which may only lose facts.
 */
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';

/** The place where nothing is known. */
export const NOWHERE = -1;
/** How many facts a question looks at, and how many operations up. */
const MAX_WALK = 40;
const DEPTH = 3;

const U32 = 0xffffffff;
const U64 = 2 ** 64;

// --- by fact: the value, its range, the fact before ---
let factValue = new Int32Array(256);
let factLow = new Float64Array(256);
let factHigh = new Float64Array(256);
let factBefore = new Int32Array(256);
let count = 0;
/** By value: there is a fact about it. */
let mentioned = new Uint8Array(0);
/** By value: what stands for it on the way that is looked at, or -1. */
export let standIn = new Int32Array(0);

/** The answer of `rangeOf`. */
let low = 0;
let high = 0;

/** Forgets everything: for a function with `nv` values. */
export function startFacts(nv: number): void {
  count = 0;
  if (mentioned.length < nv) {
    mentioned = new Uint8Array(nv * 2);
    standIn = new Int32Array(nv * 2);
  }
  mentioned.fill(0, 0, nv);
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
  mentioned[v] = 1;
  return count++;
}

const isConstant = (o: number): boolean => o === Op.I32_CONST || o === Op.I64_CONST;

/** The place where besides v is in [l, h], as far as that says anything new. */
function narrow(f: Func, v: number, l: number, h: number, place: number): number {
  if (isConstant(f.op[v])) return place;
  rangeOf(f, v, place, 1);
  if (l <= low && h >= high) return place;
  l = Math.max(l, low);
  h = Math.min(h, high);
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
      // Numbers that a float64 does not hold are nothing to compare with.
      low = imm2[v] >>> 21 === 0 ? imm2[v] * 2 ** 32 + (imm[v] >>> 0) : 0;
      high = imm2[v] >>> 21 === 0 ? low : U64;
      return;
    case Op.I32_LOAD8_U: case Op.I64_LOAD8_U: h = 0xff; break;
    case Op.I32_LOAD16_U: case Op.I64_LOAD16_U: h = 0xffff; break;
    case Op.I64_LOAD32_U: case Op.I64_EXTEND_I32_U: h = U32; break;
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
  if (mentioned[v] !== 0) {
    for (let p = place, n = 0; p >= 0 && n < MAX_WALK; p = factBefore[p], n++) {
      if (factValue[p] !== v) continue;
      l = Math.max(l, factLow[p]);
      h = Math.min(h, factHigh[p]);
      break;
    }
  }
  low = l;
  high = h;
}

/** Range of x, an arm of a select that is taken when the condition c holds (or does not): c is often a test of x itself. */
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
    case Op.I32_EQ: return l > high || h < low ? 0 : l === h && low === high && l === low ? 1 : -1;
    case Op.I32_NE: return l > high || h < low ? 1 : l === h && low === high && l === low ? 0 : -1;
    case Op.I32_LT_U: case Op.I32_LT_S: return h < low ? 1 : l >= high ? 0 : -1;
    case Op.I32_LE_U: case Op.I32_LE_S: return h <= low ? 1 : l > high ? 0 : -1;
    case Op.I32_GT_U: case Op.I32_GT_S: return l > high ? 1 : h <= low ? 0 : -1;
    case Op.I32_GE_U: case Op.I32_GE_S: return l >= high ? 1 : h < low ? 0 : -1;
  }
  return -1;
}

/** The place behind `place` where the condition x holds (or does not). */
export function assume(f: Func, x: number, holds: boolean, place: number, depth = DEPTH): number {
  const { op, a, b } = f;
  const o = op[x];
  place = narrow(f, x, holds ? 1 : 0, holds ? U64 : 0, place);
  if (depth === 0) return place;
  if (o === Op.I32_EQZ) return assume(f, a[x], !holds, place, depth - 1);
  if (o === Op.I64_EQZ) return narrow(f, a[x], holds ? 0 : 1, holds ? 0 : U64, place);
  if (o === Op.I32_AND && holds) {
    // Of two conditions both hold; of other numbers neither is zero.
    place = narrow(f, a[x], 1, U32, place);
    return narrow(f, b[x], 1, U32, place);
  }
  if (o === Op.I32_OR && !holds) {
    place = assume(f, a[x], false, place, depth - 1);
    return assume(f, b[x], false, place, depth - 1);
  }
  if (o < Op.I32_EQ || o > Op.I64_GE_U || o === Op.I64_EQZ) return place;
  return relate(f, x, holds, place);
}

/** What the comparison x says of its operands if it holds (or does not). */
function relate(f: Func, x: number, holds: boolean, place: number): number {
  const o = f.op[x];
  const p = f.a[x];
  const q = f.b[x];
  const wide = o >= Op.I64_EQ;
  let k = wide ? o - (Op.I64_EQ - Op.I32_EQ) : o;
  rangeOf(f, p, place, 1);
  const l = low;
  const h = high;
  rangeOf(f, q, place, 1);
  const l2 = low;
  const h2 = high;
  switch (k) {
    case Op.I32_LT_S: case Op.I32_LE_S: case Op.I32_GT_S: case Op.I32_GE_S: {
      // p at least some number from 0: then it is not negative.
      const half = wide ? 2 ** 52 : 2 ** 31;
      if (wide || h2 >= half) return place;
      if (h >= half) {
        if (k === Op.I32_LT_S && !holds) return narrow(f, p, l2, half - 1, place);
        if (k === Op.I32_GE_S && holds) return narrow(f, p, l2, half - 1, place);
        if (k === Op.I32_GT_S && holds) return narrow(f, p, l2 + 1, half - 1, place);
        if (k === Op.I32_LE_S && !holds) return narrow(f, p, l2 + 1, half - 1, place);
        return place;
      }
      k++;
    }
  }
  // Now k is an equality or an unsigned comparison, which stand behind the signed ones.
  if (!holds) {
    switch (k) {
      case Op.I32_EQ: k = Op.I32_NE; break;
      case Op.I32_NE: k = Op.I32_EQ; break;
      case Op.I32_LT_U: k = Op.I32_GE_U; break;
      case Op.I32_LE_U: k = Op.I32_GT_U; break;
      case Op.I32_GT_U: k = Op.I32_LE_U; break;
      case Op.I32_GE_U: k = Op.I32_LT_U; break;
    }
  }
  switch (k) {
    case Op.I32_EQ:
      place = narrow(f, p, l2, h2, place);
      return narrow(f, q, l, h, place);
    case Op.I32_NE:
      if (l2 === h2 && l === l2) return narrow(f, p, l + 1, U64, place);
      if (l2 === h2 && h === l2) return narrow(f, p, 0, h - 1, place);
      return place;
    case Op.I32_LT_U:
      place = narrow(f, p, 0, h2 - 1, place);
      return narrow(f, q, l + 1, U64, place);
    case Op.I32_LE_U:
      place = narrow(f, p, 0, h2, place);
      return narrow(f, q, l, U64, place);
    case Op.I32_GT_U:
      place = narrow(f, p, l2 + 1, U64, place);
      return narrow(f, q, 0, h - 1, place);
    case Op.I32_GE_U:
      place = narrow(f, p, l2, U64, place);
      return narrow(f, q, 0, h, place);
  }
  return place;
}

// ------------------------------------------------------------------ where ways meet

let meetLow = 0;
let meetHigh = 0;

/** Begins to collect what a value can be on several ways. */
export function startMeet(): void {
  meetLow = U64;
  meetHigh = 0;
}

/** On the way that comes from `place`, x is the value. */
export function meet(f: Func, x: number, place: number): void {
  rangeOf(f, x, place, DEPTH);
  meetLow = Math.min(meetLow, low);
  meetHigh = Math.max(meetHigh, high);
}

/** The place behind `place` where v is what was collected. */
export const endMeet = (f: Func, v: number, place: number): number => narrow(f, v, meetLow, meetHigh, place);
