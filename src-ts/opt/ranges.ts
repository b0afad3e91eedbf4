/**
 * Ranges of integers (as unsigned numbers) that follow from operations alone, so hold in every execution. Address
 * folding and checks of alignment rely on them. What branches add to them: branch-ranges.ts.
 */
import type { Func } from '../ir/func.js';
import { OP_LIMIT } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';
import type { Facts } from './facts.js';

/** The program point where nothing is known but what holds everywhere. */
export const NOWHERE = -1;
/** How many operations up a question looks. */
export const DEPTH = 3;

export const U32 = 0xffffffff;
/** Bound of an i64 that nothing is known of (2^64 rounded: only compared with). */
export const U64 = 2 ** 64;

export const isConstant = (o: number): boolean => o === Op.I32_CONST || o === Op.I64_CONST;

/** Blocks with more predecessors than this are not looked through. */
const MAX_PREDECESSORS = 512;

/** What is known of an induction variable; or-ed. */
export const enum BoundKind {
  NONE = 0,
  /** It is in [Func.least, Func.most]. */
  RANGE = 1,
  /** It walks over data, as far as can be told: sums with it are not expected to wrap, but may. */
  POINTER = 2,
  /** Each iteration changes it by a cache line or more. */
  STRIDED = 4,
}

/** Constants from here on are addresses of data (linkers place it there). */
export const FIRST_DATA = 1024;

/** x is an address that sums are not expected to wrap with: a variable, or one that `SharedAddresses` left. */
export const isPointer = (f: Func, x: number): boolean =>
  f.op[x] === Op.PARAM
    ? f.bounded && (f.boundKind[x] & BoundKind.POINTER) !== 0
    : f.op[x] === Op.I32_ADD && f.op[f.b[x]] === Op.I32_CONST && f.imm[f.b[x]] >= FIRST_DATA;

/** Whether x is a sum with a variable of the loop with header h that steps over cache lines. */
export function stepsOverLines(f: Func, x: number, h: number, depth = 3): boolean {
  if (!f.bounded) return false;
  if (f.op[x] === Op.PARAM) return f.block[x] === h && (f.boundKind[x] & BoundKind.STRIDED) !== 0;
  if (f.op[x] !== Op.I32_ADD || depth === 0) return false;
  return stepsOverLines(f, f.a[x], h, depth - 1) || stepsOverLines(f, f.b[x], h, depth - 1);
}

/** Whether parameter x has known bounds. */
const hasRange = (f: Func, x: number): boolean => f.bounded && (f.boundKind[x] & BoundKind.RANGE) !== 0;

/** By operation: the largest result, whatever the operands; 0: any. */
const MOST = new Float64Array(OP_LIMIT);
for (let o: number = Op.I32_EQZ; o <= Op.F64_GE; o++) MOST[o] = 1;
for (const [most, ops] of [
  [0xff, [Op.I32_LOAD8_U, Op.I64_LOAD8_U, Op.I8X16_EXTRACT_LANE_U, Op.I16X8_BITMASK]],
  [0xffff, [Op.I32_LOAD16_U, Op.I64_LOAD16_U, Op.I16X8_EXTRACT_LANE_U, Op.I8X16_BITMASK]],
  [U32, [Op.I64_LOAD32_U, Op.I64_EXTEND_I32_U]],
  [15, [Op.I32X4_BITMASK]],
  [3, [Op.I64X2_BITMASK]],
  [1, [Op.V128_ANY_TRUE, Op.I8X16_ALL_TRUE, Op.I16X8_ALL_TRUE, Op.I32X4_ALL_TRUE, Op.I64X2_ALL_TRUE]],
  [64, [Op.I32_CLZ, Op.I32_CTZ, Op.I32_POPCNT, Op.I64_CLZ, Op.I64_CTZ, Op.I64_POPCNT]],
] as const)
  for (const op of ops) MOST[op] = most;

/** All ones up to the highest bit of m. */
const allOnes = (m: number): number => (m > U32 >>> 1 ? U32 : 2 ** (32 - Math.clz32(m)) - 1);

/** What is known of the integers of a function. */
export class Ranges {
  /** The answer of `rangeOf`. */
  low = 0;
  high = 0;

  /** `facts`: what is known beyond the operations, if anything is. */
  constructor(private readonly facts: Facts | null = null) {}

  /** The largest value that x can have. */
  maxOf(f: Func, x: number): number {
    this.rangeOf(f, x, NOWHERE, DEPTH);
    return this.high;
  }

  /** The smallest value that x can have. */
  leastOf(f: Func, x: number): number {
    this.rangeOf(f, x, NOWHERE, DEPTH);
    return this.low;
  }

  /** Sets `low` and `high` to bounds of v at the program point. Looks at most `depth` operations up. */
  rangeOf(f: Func, v: number, place: number, depth: number): void {
    const { facts } = this;
    if (facts === null) return this.byOperation(f, v, place, depth);
    v = facts.standsFor(v);
    this.byOperation(f, v, place, depth);
    const p = facts.find(v, place);
    if (p < 0) return;
    this.low = Math.max(this.low, facts.low[p]);
    this.high = Math.min(this.high, facts.high[p]);
  }

  private byOperation(f: Func, v: number, place: number, depth: number): void {
    const { op, a, b, c, imm, imm2 } = f;
    const o = op[v];
    const y = b[v];
    let l = 0;
    let h = MOST[o] || (f.type[v] === ValType.I64 ? U64 : U32);
    switch (o) {
      case Op.I32_CONST:
        l = h = imm[v] >>> 0;
        break;
      case Op.I64_CONST:
        // Constants above 2^53 are not exact as doubles, so treat them as unknown.
        if (imm2[v] >>> 21 === 0) l = h = imm2[v] * 2 ** 32 + (imm[v] >>> 0);
        break;
      case Op.REF_NULL:
        h = 0;
        break;
      case Op.PARAM:
        if (hasRange(f, v)) {
          l = f.least[v];
          h = f.most[v];
        } else if (depth > 0) h = this.maxOfParam(f, v, depth - 1);
        break;
      case Op.I64_EXTEND_I32_U:
        if (depth === 0) break;
        this.rangeOf(f, a[v], place, depth - 1);
        l = this.low;
        h = this.high;
        break;
      case Op.I32_WRAP_I64:
        if (depth === 0) break;
        this.rangeOf(f, a[v], place, depth - 1);
        if (this.high > U32) break;
        l = this.low;
        h = this.high;
        break;
      case Op.I32_SHR_U:
        if (op[y] !== Op.I32_CONST) break;
        if (depth > 0) this.rangeOf(f, a[v], place, depth - 1);
        l = depth > 0 ? Math.floor(this.low / 2 ** (imm[y] & 31)) : 0;
        h = Math.floor((depth > 0 ? this.high : U32) / 2 ** (imm[y] & 31));
        break;
      case Op.I64_SHR_U:
        if (op[y] === Op.I64_CONST && (imm[y] & 63) !== 0) h = Math.floor(U64 / 2 ** (imm[y] & 63)) - 1;
        break;
      case Op.I32_AND:
      case Op.I64_AND:
      case Op.I32_OR:
      case Op.I32_XOR:
      case Op.I32_ADD:
      case Op.I32_MUL:
        if (depth > 0) return this.combine(f, v, place, depth - 1);
        break;
      case Op.I32_SHL: {
        if (depth === 0 || op[y] !== Op.I32_CONST) break;
        this.rangeOf(f, a[v], place, depth - 1);
        const factor = 2 ** (imm[y] & 31);
        if (this.high * factor > U32) break;
        l = this.low * factor;
        h = this.high * factor;
        break;
      }
      case Op.I32_REM_U:
      case Op.I32_DIV_U:
        if (depth === 0) break;
        this.rangeOf(f, a[v], place, depth - 1);
        h = this.high;
        if (o === Op.I32_REM_U && op[y] === Op.I32_CONST && imm[y] !== 0) h = Math.min(h, (imm[y] >>> 0) - 1);
        break;
      case Op.SELECT: {
        if (depth === 0 || (f.type[v] !== ValType.I32 && f.type[v] !== ValType.I64)) break;
        const known = this.decide(f, c[v], place, depth - 1);
        l = U64;
        h = 0;
        if (known !== 0) this.arm(f, a[v], c[v], true, place, depth - 1);
        if (known !== 0) l = this.low;
        if (known !== 0) h = this.high;
        if (known !== 1) {
          this.arm(f, y, c[v], false, place, depth - 1);
          l = Math.min(l, this.low);
          h = Math.max(h, this.high);
        }
        break;
      }
      default: {
        if (o < Op.I32_EQZ || o > Op.F64_GE || depth === 0) break;
        const known = this.compare(f, v, place, depth - 1);
        if (known >= 0) l = h = known;
      }
    }
    this.low = l;
    this.high = h;
  }

  /** The same of an operation whose range follows from those of both operands. */
  private combine(f: Func, v: number, place: number, depth: number): void {
    const o = f.op[v];
    this.rangeOf(f, f.a[v], place, depth);
    const { low, high } = this;
    this.rangeOf(f, f.b[v], place, depth);
    switch (o) {
      case Op.I32_AND:
      case Op.I64_AND:
        this.low = 0;
        this.high = Math.min(high, this.high);
        return;
      case Op.I32_OR:
      case Op.I32_XOR:
        this.low = o === Op.I32_OR ? Math.max(low, this.low) : 0;
        this.high = allOnes(Math.max(high, this.high));
        return;
    }
    const least = o === Op.I32_ADD ? low + this.low : low * this.low;
    const most = o === Op.I32_ADD ? high + this.high : high * this.high;
    // All sums wrap, or none does.
    const wraps = o === Op.I32_ADD && least > U32 ? 2 ** 32 : 0;
    const known = most - wraps <= U32;
    this.low = known ? least - wraps : 0;
    this.high = known ? most - wraps : U32;
  }

  /**
   * A block parameter is at most what its arguments are: the opcode of an interpreter's dispatch block is a byte
   * wherever it comes from. Facts about parameters are collected where ways meet (`BranchRanges.meet`).
   */
  private maxOfParam(f: Func, x: number, depth: number): number {
    const b = f.block[x];
    const top = f.type[x] === ValType.I64 ? U64 : U32;
    if (this.facts !== null) return top;
    const from = f.predAt[b];
    const to = f.predAt[b + 1];
    if (to - from > MAX_PREDECESSORS) return top;
    let max = 0;
    for (let k = from; k < to && max < top; k++) {
      const arg = f.args[f.argAt[f.predEdge[k]] + f.imm[x]];
      // A parameter of a parameter could be itself: a cycle.
      if (arg === x) continue;
      if (f.op[arg] === Op.PARAM && !hasRange(f, arg)) return top;
      this.rangeOf(f, arg, NOWHERE, depth);
      max = Math.max(max, this.high);
    }
    return max;
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
}

/** So many low bits of x, an i32, are known to be 0: at most 3. */
export function trailingZeros(f: Func, x: number, depth = 0): number {
  const y = f.b[x];
  switch (f.op[x]) {
    case Op.I32_CONST:
      return f.imm[x] === 0 ? 3 : Math.min(3, 31 - Math.clz32(f.imm[x] & -f.imm[x]));
    case Op.I32_SHL:
      return f.op[y] === Op.I32_CONST ? Math.min(3, f.imm[y] & 31) : 0;
    case Op.I32_AND:
      return f.op[y] === Op.I32_CONST ? trailingZeros(f, y) : 0;
    case Op.I32_ADD:
      return depth < 3 ? Math.min(trailingZeros(f, f.a[x], depth + 1), trailingZeros(f, y, depth + 1)) : 0;
    default:
      return 0;
  }
}
