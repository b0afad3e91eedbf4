/**
 * Numeric operations on their way into SSA: constant folding of every integer operation (and of the bit casts), and a
 * small set of algebraic rules. A rule must earn its place on real code: each costs compile time on every operation,
 * and clever canonical forms can cost more than they save further down.
 *
 * Canonical forms that later phases rely on: the constant operand of a commutative operation is the second; `x - k` is
 * `x + (-k)`; `(x + k) + l` is `x + (k + l)`.
 */
import { ValType } from '../wasm/types.js';
import type { SsaEmitter } from './emitter.js';
import { clz64, ctz32, ctz64, ltS64, ltU64, popcnt32 } from './i64.js';
import { Op } from './ops.js';
import { COMMUTES, RESULT_TYPE } from './opinfo.js';

/** The value of `op x`. */
export function unary(e: SsaEmitter, op: number, x: number): number {
  const from = e.op[x];
  if (from === Op.I32_CONST) {
    const v = unary32(e, op, e.imm[x]);
    if (v >= 0) return v;
  } else if (from === Op.I64_CONST) {
    const v = unary64(e, op, e.imm[x], e.imm2[x]);
    if (v >= 0) return v;
  } else if (op === Op.I32_REINTERPRET_F32) {
    if (from === Op.F32_CONST) return e.i32(e.imm[x]);
    if (from === Op.F32_REINTERPRET_I32) return e.a[x];
  } else if (op === Op.I64_REINTERPRET_F64) {
    if (from === Op.F64_CONST) return e.i64(e.imm[x], e.imm2[x]);
    if (from === Op.F64_REINTERPRET_I64) return e.a[x];
  } else if (op === Op.I32_EQZ) {
    if (from === Op.I32_EQZ) return e.pure(Op.I32_NE, ValType.I32, e.a[x], e.i32(0), -1, 0, 0);
    const inverse = inverseCompare(from);
    if (inverse !== 0) return binary(e, inverse, e.a[x], e.b[x]);
  } else if (op === Op.I64_EQZ) {
    const masked = compareUpperHalf(e, Op.I32_EQ, x, 0, 0);
    if (masked >= 0) return masked;
  } else if (op === Op.I32_WRAP_I64) {
    if (from === Op.I64_EXTEND_I32_U || from === Op.I64_EXTEND_I32_S) return e.a[x];
  } else if (op === Op.F32_REINTERPRET_I32) {
    if (from === Op.I32_REINTERPRET_F32) return e.a[x];
  } else if (op === Op.F64_REINTERPRET_I64) {
    if (from === Op.I64_REINTERPRET_F64) return e.a[x];
  }
  // Conversions that may trap are shared like pure ones: where the dominating one did not trap, the same operand does
  // not trap either. So are divisions, below.
  return e.pure(op, RESULT_TYPE[op], x, -1, -1, 0, 0);
}

/**
 * The integer comparison that is true when `op` is false; 0 for everything else (float comparisons have no such inverse
 * because of NaN).
 */
export function inverseCompare(op: number): number {
  switch (op) {
    case Op.I32_EQ:
      return Op.I32_NE;
    case Op.I32_NE:
      return Op.I32_EQ;
    case Op.I32_LT_S:
      return Op.I32_GE_S;
    case Op.I32_LT_U:
      return Op.I32_GE_U;
    case Op.I32_GT_S:
      return Op.I32_LE_S;
    case Op.I32_GT_U:
      return Op.I32_LE_U;
    case Op.I32_LE_S:
      return Op.I32_GT_S;
    case Op.I32_LE_U:
      return Op.I32_GT_U;
    case Op.I32_GE_S:
      return Op.I32_LT_S;
    case Op.I32_GE_U:
      return Op.I32_LT_U;
    case Op.I64_EQ:
      return Op.I64_NE;
    case Op.I64_NE:
      return Op.I64_EQ;
    case Op.I64_LT_S:
      return Op.I64_GE_S;
    case Op.I64_LT_U:
      return Op.I64_GE_U;
    case Op.I64_GT_S:
      return Op.I64_LE_S;
    case Op.I64_GT_U:
      return Op.I64_LE_U;
    case Op.I64_LE_S:
      return Op.I64_GT_S;
    case Op.I64_LE_U:
      return Op.I64_GT_U;
    case Op.I64_GE_S:
      return Op.I64_LT_S;
    case Op.I64_GE_U:
      return Op.I64_LT_U;
    default:
      return 0;
  }
}

function unary32(e: SsaEmitter, op: number, x: number): number {
  switch (op) {
    case Op.I32_EQZ:
      return e.i32(x === 0 ? 1 : 0);
    case Op.I32_CLZ:
      return e.i32(Math.clz32(x));
    case Op.I32_CTZ:
      return e.i32(ctz32(x));
    case Op.I32_POPCNT:
      return e.i32(popcnt32(x));
    case Op.I32_EXTEND8_S:
      return e.i32((x << 24) >> 24);
    case Op.I32_EXTEND16_S:
      return e.i32((x << 16) >> 16);
    case Op.I64_EXTEND_I32_S:
      return e.i64(x, x >> 31);
    case Op.I64_EXTEND_I32_U:
      return e.i64(x, 0);
    case Op.F32_REINTERPRET_I32:
      return e.constant(Op.F32_CONST, ValType.F32, x, 0);
    default:
      return -1;
  }
}

function unary64(e: SsaEmitter, op: number, lo: number, hi: number): number {
  switch (op) {
    case Op.I64_EQZ:
      return e.i32((lo | hi) === 0 ? 1 : 0);
    case Op.I64_CLZ:
      return e.i64(clz64(lo, hi), 0);
    case Op.I64_CTZ:
      return e.i64(ctz64(lo, hi), 0);
    case Op.I64_POPCNT:
      return e.i64(popcnt32(lo) + popcnt32(hi), 0);
    case Op.I64_EXTEND8_S:
      return e.i64((lo << 24) >> 24, (lo << 24) >> 31);
    case Op.I64_EXTEND16_S:
      return e.i64((lo << 16) >> 16, (lo << 16) >> 31);
    case Op.I64_EXTEND32_S:
      return e.i64(lo, lo >> 31);
    case Op.I32_WRAP_I64:
      return e.i32(lo);
    case Op.F64_REINTERPRET_I64:
      return e.constant(Op.F64_CONST, ValType.F64, lo, hi);
    default:
      return -1;
  }
}

/** The value of `x op y`. */
export function binary(e: SsaEmitter, op: number, x: number, y: number): number {
  const ox = e.op[x];
  const oy = e.op[y];
  if (oy === Op.I32_CONST) {
    const v = ox === Op.I32_CONST ? binary32(e, op, e.imm[x], e.imm[y]) : withConstant32(e, op, x, e.imm[y]);
    if (v >= 0) return v;
  } else if (oy === Op.I64_CONST) {
    const v =
      ox === Op.I64_CONST
        ? binary64(e, op, e.imm[x], e.imm2[x], e.imm[y], e.imm2[y])
        : withConstant64(e, op, x, e.imm[y], e.imm2[y]);
    if (v >= 0) return v;
  } else if (COMMUTES[op] === 1 && (ox === Op.I32_CONST || ox === Op.I64_CONST)) {
    return binary(e, op, y, x);
  }
  return e.pure(op, RESULT_TYPE[op], x, y, -1, 0, 0);
}

function binary32(e: SsaEmitter, op: number, x: number, y: number): number {
  switch (op) {
    case Op.I32_ADD:
      return e.i32((x + y) | 0);
    case Op.I32_SUB:
      return e.i32((x - y) | 0);
    case Op.I32_MUL:
      return e.i32(Math.imul(x, y));
    case Op.I32_DIV_S:
      return y === 0 || (x === -0x80000000 && y === -1) ? -1 : e.i32((x / y) | 0);
    case Op.I32_DIV_U:
      return y === 0 ? -1 : e.i32(((x >>> 0) / (y >>> 0)) | 0);
    case Op.I32_REM_S:
      return y === 0 ? -1 : e.i32((x % y) | 0);
    case Op.I32_REM_U:
      return y === 0 ? -1 : e.i32(((x >>> 0) % (y >>> 0)) | 0);
    case Op.I32_AND:
      return e.i32(x & y);
    case Op.I32_OR:
      return e.i32(x | y);
    case Op.I32_XOR:
      return e.i32(x ^ y);
    case Op.I32_SHL:
      return e.i32(x << y);
    case Op.I32_SHR_S:
      return e.i32(x >> y);
    case Op.I32_SHR_U:
      return e.i32((x >>> y) | 0);
    case Op.I32_ROTL:
      return e.i32((x << y) | (x >>> (32 - (y & 31))));
    case Op.I32_ROTR:
      return e.i32((x >>> y) | (x << (32 - (y & 31))));
    case Op.I32_EQ:
      return e.i32(x === y ? 1 : 0);
    case Op.I32_NE:
      return e.i32(x !== y ? 1 : 0);
    case Op.I32_LT_S:
      return e.i32(x < y ? 1 : 0);
    case Op.I32_LT_U:
      return e.i32(x >>> 0 < y >>> 0 ? 1 : 0);
    case Op.I32_GT_S:
      return e.i32(x > y ? 1 : 0);
    case Op.I32_GT_U:
      return e.i32(x >>> 0 > y >>> 0 ? 1 : 0);
    case Op.I32_LE_S:
      return e.i32(x <= y ? 1 : 0);
    case Op.I32_LE_U:
      return e.i32(x >>> 0 <= y >>> 0 ? 1 : 0);
    case Op.I32_GE_S:
      return e.i32(x >= y ? 1 : 0);
    case Op.I32_GE_U:
      return e.i32(x >>> 0 >= y >>> 0 ? 1 : 0);
    default:
      return -1;
  }
}

function binary64(e: SsaEmitter, op: number, xl: number, xh: number, yl: number, yh: number): number {
  switch (op) {
    case Op.I64_ADD:
      e.wide.add64(xl, xh, yl, yh);
      break;
    case Op.I64_SUB:
      e.wide.sub64(xl, xh, yl, yh);
      break;
    case Op.I64_MUL:
      e.wide.mul64(xl, xh, yl, yh);
      break;
    case Op.I64_DIV_S:
      if ((yl | yh) === 0 || ((yl & yh) === -1 && xl === 0 && xh === -0x80000000)) return -1;
      e.wide.divS64(xl, xh, yl, yh, false);
      break;
    case Op.I64_DIV_U:
      if ((yl | yh) === 0) return -1;
      e.wide.divU64(xl, xh, yl, yh, false);
      break;
    case Op.I64_REM_S:
      if ((yl | yh) === 0) return -1;
      e.wide.divS64(xl, xh, yl, yh, true);
      break;
    case Op.I64_REM_U:
      if ((yl | yh) === 0) return -1;
      e.wide.divU64(xl, xh, yl, yh, true);
      break;
    case Op.I64_AND:
      return e.i64(xl & yl, xh & yh);
    case Op.I64_OR:
      return e.i64(xl | yl, xh | yh);
    case Op.I64_XOR:
      return e.i64(xl ^ yl, xh ^ yh);
    case Op.I64_SHL:
      e.wide.shl64(xl, xh, yl);
      break;
    case Op.I64_SHR_S:
      e.wide.shrS64(xl, xh, yl);
      break;
    case Op.I64_SHR_U:
      e.wide.shrU64(xl, xh, yl);
      break;
    case Op.I64_ROTL:
      e.wide.rotl64(xl, xh, yl);
      break;
    case Op.I64_ROTR:
      e.wide.rotl64(xl, xh, -yl);
      break;
    case Op.I64_EQ:
      return e.i32(xl === yl && xh === yh ? 1 : 0);
    case Op.I64_NE:
      return e.i32(xl !== yl || xh !== yh ? 1 : 0);
    case Op.I64_LT_S:
      return e.i32(ltS64(xl, xh, yl, yh) ? 1 : 0);
    case Op.I64_LT_U:
      return e.i32(ltU64(xl, xh, yl, yh) ? 1 : 0);
    case Op.I64_GT_S:
      return e.i32(ltS64(yl, yh, xl, xh) ? 1 : 0);
    case Op.I64_GT_U:
      return e.i32(ltU64(yl, yh, xl, xh) ? 1 : 0);
    case Op.I64_LE_S:
      return e.i32(ltS64(yl, yh, xl, xh) ? 0 : 1);
    case Op.I64_LE_U:
      return e.i32(ltU64(yl, yh, xl, xh) ? 0 : 1);
    case Op.I64_GE_S:
      return e.i32(ltS64(xl, xh, yl, yh) ? 0 : 1);
    case Op.I64_GE_U:
      return e.i32(ltU64(xl, xh, yl, yh) ? 0 : 1);
    default:
      return -1;
  }
  return e.i64(e.wide.lo, e.wide.hi);
}

/** `x op k` for a constant k, or -1 when no rule fits. */
function withConstant32(e: SsaEmitter, op: number, x: number, k: number): number {
  switch (op) {
    case Op.I32_ADD:
      if (k === 0) return x;
      if (e.op[x] === Op.I32_ADD && e.op[e.b[x]] === Op.I32_CONST)
        return binary(e, Op.I32_ADD, e.a[x], e.i32((e.imm[e.b[x]] + k) | 0));
      return -1;
    case Op.I32_SUB:
      return binary(e, Op.I32_ADD, x, e.i32(-k | 0));
    case Op.I32_OR:
    case Op.I32_XOR:
      return k === 0 ? x : -1;
    case Op.I32_AND:
      return k === -1 ? x : k === 0 ? e.i32(0) : e.op[x] === Op.I32_SHR_U ? shiftedTwice(e, x, k) : -1;
    case Op.I32_SHL:
      if ((k & 31) === 0) return x;
      return e.op[x] === Op.I32_AND && e.op[e.b[x]] === Op.I32_CONST
        ? shiftedBack(e, e.a[x], e.imm[e.b[x]], k & 31)
        : -1;
    case Op.I32_SHR_S:
    case Op.I32_SHR_U:
    case Op.I32_ROTL:
    case Op.I32_ROTR:
      return (k & 31) === 0 ? x : -1;
    case Op.I32_MUL:
      return k === 1 ? x : k === 0 ? e.i32(0) : -1;
    case Op.I32_DIV_S:
    case Op.I32_DIV_U:
      return k === 1 ? x : -1;
    case Op.I32_EQ:
      return k === 0 ? unary(e, Op.I32_EQZ, x) : -1;
    default:
      return -1;
  }
}

/** `(x & m) << k` where x is a right shift by k: a bit field that stays in its place. Else -1. */
function shiftedBack(e: SsaEmitter, x: number, m: number, k: number): number {
  if (
    (e.op[x] !== Op.I32_SHR_U && e.op[x] !== Op.I32_SHR_S) ||
    e.op[e.b[x]] !== Op.I32_CONST ||
    (e.imm[e.b[x]] & 31) !== k
  )
    return -1;
  return binary(e, Op.I32_AND, e.a[x], e.i32(m << k));
}

/**
 * `x & k` where x is a right shift and k clears one to three low bits of it: the place of an element, as in `bits[i >> 5]`.
 * Shifted there and back, since addresses have a shift. Else -1.
 */
function shiftedTwice(e: SsaEmitter, x: number, k: number): number {
  if (e.op[e.b[x]] !== Op.I32_CONST) return -1;
  const right = e.imm[e.b[x]] & 31;
  const left = ctz32(k);
  if (left < 1 || left > 3 || right + left > 31 || k !== ((-1 >>> right) & (-1 << left))) return -1;
  return binary(e, Op.I32_SHL, binary(e, Op.I32_SHR_U, e.a[x], e.i32(right + left)), e.i32(left));
}

function withConstant64(e: SsaEmitter, op: number, x: number, lo: number, hi: number): number {
  const zero = (lo | hi) === 0;
  switch (op) {
    case Op.I64_ADD:
      if (zero) return x;
      if (e.op[x] === Op.I64_ADD && e.op[e.b[x]] === Op.I64_CONST) {
        e.wide.add64(e.imm[e.b[x]], e.imm2[e.b[x]], lo, hi);
        return binary(e, Op.I64_ADD, e.a[x], e.i64(e.wide.lo, e.wide.hi));
      }
      return -1;
    case Op.I64_SUB:
      e.wide.sub64(0, 0, lo, hi);
      return binary(e, Op.I64_ADD, x, e.i64(e.wide.lo, e.wide.hi));
    case Op.I64_OR:
    case Op.I64_XOR:
      return zero ? x : -1;
    case Op.I64_AND:
      return (lo & hi) === -1 ? x : zero ? e.i64(0, 0) : -1;
    case Op.I64_SHL:
    case Op.I64_SHR_S:
    case Op.I64_SHR_U:
    case Op.I64_ROTL:
    case Op.I64_ROTR:
      return (lo & 63) === 0 ? x : -1;
    case Op.I64_MUL:
      return zero ? e.i64(0, 0) : lo === 1 && hi === 0 ? x : -1;
    case Op.I64_DIV_S:
    case Op.I64_DIV_U:
      return lo === 1 && hi === 0 ? x : -1;
    case Op.I64_EQ:
    case Op.I64_NE: {
      const masked = compareUpperHalf(e, op === Op.I64_EQ ? Op.I32_EQ : Op.I32_NE, x, lo, hi);
      if (masked >= 0) return masked;
      return op === Op.I64_EQ && zero ? unary(e, Op.I64_EQZ, x) : -1;
    }
    case Op.I64_LT_S:
    case Op.I64_LT_U:
    case Op.I64_GE_S:
    case Op.I64_GE_U:
      return lo === 0 && hi !== 0 && e.enabled['upper-half']
        ? binary(e, op - Op.I64_EQ + Op.I32_EQ, upperHalf(e, x), e.i32(hi))
        : -1;
    case Op.I64_GT_S:
    case Op.I64_GT_U:
    case Op.I64_LE_S:
    case Op.I64_LE_U:
      return lo === -1 && e.enabled['upper-half']
        ? binary(e, op - Op.I64_EQ + Op.I32_EQ, upperHalf(e, x), e.i32(hi))
        : -1;
    default:
      return -1;
  }
}

const upperHalf = (e: SsaEmitter, x: number): number =>
  unary(e, Op.I32_WRAP_I64, binary(e, Op.I64_SHR_U, x, e.i64(32, 0)));

/**
 * `(y & m) op k` where m keeps nothing of the lower half becomes a comparison of y's upper half: boxed values (a tag
 * above a payload) are tested so all the time, and neither m nor k fits an immediate of 64-bit code. -1 when x is not
 * of that form.
 */
function compareUpperHalf(e: SsaEmitter, op: Op.I32_EQ | Op.I32_NE, x: number, lo: number, hi: number): number {
  if (e.op[x] !== Op.I64_AND || !e.enabled['upper-half']) return -1;
  const m = e.b[x];
  if (e.op[m] !== Op.I64_CONST || e.imm[m] !== 0) return -1;
  if (lo !== 0) return e.i32(op === Op.I32_NE ? 1 : 0);
  return binary(e, op, binary(e, Op.I32_AND, upperHalf(e, e.a[x]), e.i32(e.imm2[m])), e.i32(hi));
}

/** `c ? x : y`. */
export function select(e: SsaEmitter, x: number, y: number, c: number): number {
  if (x === y) return x;
  c = condition(e, c);
  if (e.op[c] === Op.I32_CONST) return e.imm[c] !== 0 ? x : y;
  return e.pure(Op.SELECT, e.type[x], x, y, c, 0, 0);
}

/** A simpler value that is zero exactly when `c` is: `c != 0` and double negation say nothing more than c does. */
export function condition(e: SsaEmitter, c: number): number {
  while (e.op[c] === Op.I32_NE && e.op[e.b[c]] === Op.I32_CONST && e.imm[e.b[c]] === 0) c = e.a[c];
  return c;
}
