/**
 * Meaning of the numeric operations of the IR on raw bits, written from the specification with BigInt and independent
 * of the compiler's constant folding. Tests only.
 */
import { Op } from '../../src-ts/ir/ops.js';
import { Trap } from '../../src-ts/abi/trap-codes.js';

export class InterpTrap extends Error {
  constructor(readonly code: Trap) {
    super(`trap ${code}`);
  }
}

const scratch = new DataView(new ArrayBuffer(8));
const M32 = 0xffffffffn;
const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);
const s64 = (x: bigint): bigint => BigInt.asIntN(64, x);
const u32 = (x: bigint): number => Number(x & M32);
const s32 = (x: bigint): number => Number(x & M32) | 0;
const of32 = (x: number): bigint => BigInt(x >>> 0);
const bool = (x: boolean): bigint => (x ? 1n : 0n);

const f32 = (x: bigint): number => {
  scratch.setUint32(0, u32(x));
  return scratch.getFloat32(0);
};
const f64 = (x: bigint): number => {
  scratch.setBigUint64(0, u64(x));
  return scratch.getFloat64(0);
};
const ofF32 = (x: number): bigint => {
  if (Number.isNaN(x)) return 0x7fc00000n;
  scratch.setFloat32(0, x);
  return BigInt(scratch.getUint32(0));
};
const ofF64 = (x: number): bigint => {
  if (Number.isNaN(x)) return 0x7ff8000000000000n;
  scratch.setFloat64(0, x);
  return scratch.getBigUint64(0);
};

const nearest = (x: number): number => {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52 || x === 0) return x;
  const floor = Math.floor(x);
  const rest = x - floor;
  const even = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
  return even === 0 && (x < 0 || Object.is(x, -0)) ? -0 : even;
};

const clz = (x: bigint, bits: number): bigint => BigInt(bits - (x === 0n ? 0 : x.toString(2).length));
const ctz = (x: bigint, bits: number): bigint => {
  if (x === 0n) return BigInt(bits);
  let n = 0n;
  while (((x >> n) & 1n) === 0n) n++;
  return n;
};
const popcnt = (x: bigint): bigint => BigInt(x.toString(2).replaceAll('0', '').length);

/** Float to integer; `bits` of the result, saturating or trapping. */
function truncate(x: number, bits: number, signed: boolean, saturate: boolean): bigint {
  const low = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const high = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  const mask = (1n << BigInt(bits)) - 1n;
  if (Number.isNaN(x)) {
    if (saturate) return 0n;
    throw new InterpTrap(Trap.INVALID_CONVERSION);
  }
  const whole = Math.trunc(x);
  const value = whole === Infinity ? high + 1n : whole === -Infinity ? low - 1n : BigInt(whole);
  if (value >= low && value <= high) return value & mask;
  if (!saturate) throw new InterpTrap(Trap.INTEGER_OVERFLOW);
  return (value < low ? low : high) & mask;
}

/** Integer to f32 with one rounding: i64 values that need more than 53 bits must not be rounded twice. */
function toF32(x: bigint): number {
  const d = Number(x);
  if (BigInt(d) === x) return Math.fround(d);
  // Round to odd on 53 bits first, so that the second rounding sees that bits were lost.
  scratch.setFloat64(0, d);
  let bits = scratch.getBigUint64(0);
  const magnitude = x < 0n ? -x : x;
  const of = (b: bigint): bigint => {
    scratch.setBigUint64(0, b & 0x7fffffffffffffffn);
    return BigInt(scratch.getFloat64(0));
  };
  if (of(bits) > magnitude) bits -= 1n;
  bits |= 1n;
  scratch.setBigUint64(0, bits);
  return Math.fround(scratch.getFloat64(0));
}

const CANONICAL_F32 = 0x7fc00000n;
const CANONICAL_F64 = 0x7ff8000000000000n;

/** Numeric operators: the range of the specification, the saturating conversions, and canonical NaNs. */
const isNumeric = (op: number): boolean =>
  op === Op.CANONICAL_F32 ||
  op === Op.CANONICAL_F64 ||
  (op >= Op.I32_EQZ && op <= Op.I64_EXTEND32_S) ||
  (op >= Op.I32_TRUNC_SAT_F32_S && op <= Op.I64_TRUNC_SAT_F64_U);

/** `op x` or `op x y` on raw bits (i32 and f32 zero-extended); undefined when `op` is not numeric. */
export function evaluate(op: number, x: bigint, y: bigint): bigint | undefined {
  if (!isNumeric(op)) return undefined;
  if (op === Op.CANONICAL_F32) return Number.isNaN(f32(x)) ? CANONICAL_F32 : x;
  if (op === Op.CANONICAL_F64) return Number.isNaN(f64(x)) ? CANONICAL_F64 : x;
  if (op >= 0x45 && op <= 0x4f) return compareInt(op - 0x45, BigInt(s32(x)), BigInt(s32(y)), x, y);
  if (op >= 0x50 && op <= 0x5a) return compareInt(op - 0x50, s64(x), s64(y), x, y);
  if (op >= 0x5b && op <= 0x60) return compareFloat(op - 0x5b, f32(x), f32(y));
  if (op >= 0x61 && op <= 0x66) return compareFloat(op - 0x61, f64(x), f64(y));
  if (op >= 0x67 && op <= 0x78) return arith(op - 0x67, x, y, 32);
  if (op >= 0x79 && op <= 0x8a) return arith(op - 0x79, x, y, 64);
  if (op >= 0x8b && op <= 0x98) return float(op - 0x8b, x, y, 32);
  if (op >= 0x99 && op <= 0xa6) return float(op - 0x99, x, y, 64);
  return convert(op, x);
}

function compareInt(k: number, x: bigint, y: bigint, ux: bigint, uy: bigint): bigint {
  return bool([ux === 0n, ux === uy, ux !== uy, x < y, ux < uy, x > y, ux > uy, x <= y, ux <= uy, x >= y, ux >= uy][k]);
}

function compareFloat(k: number, x: number, y: number): bigint {
  return bool([x === y, x !== y, x < y, x > y, x <= y, x >= y][k]);
}

function arith(k: number, x: bigint, y: bigint, bits: number): bigint {
  const n = BigInt(bits);
  const wrap = (v: bigint): bigint => BigInt.asUintN(bits, v);
  const sx = BigInt.asIntN(bits, x);
  const sy = BigInt.asIntN(bits, y);
  const shift = y % n;
  if (k >= 6 && k <= 9 && y === 0n) throw new InterpTrap(k <= 7 ? Trap.INTEGER_DIVIDE_BY_ZERO : Trap.REMAINDER_BY_ZERO);
  switch (k) {
    case 0:
      return clz(x, bits);
    case 1:
      return ctz(x, bits);
    case 2:
      return popcnt(x);
    case 3:
      return wrap(x + y);
    case 4:
      return wrap(x - y);
    case 5:
      return wrap(x * y);
    case 6:
      if (sy === -1n && sx === -(1n << (n - 1n))) throw new InterpTrap(Trap.INTEGER_OVERFLOW);
      return wrap(sx / sy);
    case 7:
      return x / y;
    case 8:
      return wrap(sx % sy);
    case 9:
      return x % y;
    case 10:
      return x & y;
    case 11:
      return x | y;
    case 12:
      return x ^ y;
    case 13:
      return wrap(x << shift);
    case 14:
      return wrap(sx >> shift);
    case 15:
      return x >> shift;
    case 16:
      return wrap((x << shift) | (x >> (n - shift)));
    default:
      return wrap((x >> shift) | (x << (n - shift)));
  }
}

function float(k: number, x: bigint, y: bigint, bits: 32 | 64): bigint {
  const sign = 1n << BigInt(bits - 1);
  if (k === 0) return x & ~sign;
  if (k === 1) return x ^ sign;
  if (k === 13) return (x & ~sign) | (y & sign);
  const get = bits === 32 ? f32 : f64;
  const a = get(x);
  const b = get(y);
  const results = [
    0,
    0,
    Math.ceil(a),
    Math.floor(a),
    Math.trunc(a),
    nearest(a),
    Math.sqrt(a),
    a + b,
    a - b,
    a * b,
    a / b,
    Math.min(a, b),
    Math.max(a, b),
  ];
  return bits === 32 ? ofF32(Math.fround(results[k])) : ofF64(results[k]);
}

function convert(op: number, x: bigint): bigint | undefined {
  switch (op) {
    case Op.I32_WRAP_I64:
      return x & M32;
    case Op.I64_EXTEND_I32_S:
      return u64(BigInt(s32(x)));
    case Op.I64_EXTEND_I32_U:
    case Op.I32_REINTERPRET_F32:
    case Op.I64_REINTERPRET_F64:
    case Op.F32_REINTERPRET_I32:
    case Op.F64_REINTERPRET_I64:
      return x;
    case Op.I32_TRUNC_F32_S:
    case Op.I32_TRUNC_SAT_F32_S:
      return truncate(f32(x), 32, true, op >= 0x200);
    case Op.I32_TRUNC_F32_U:
    case Op.I32_TRUNC_SAT_F32_U:
      return truncate(f32(x), 32, false, op >= 0x200);
    case Op.I32_TRUNC_F64_S:
    case Op.I32_TRUNC_SAT_F64_S:
      return truncate(f64(x), 32, true, op >= 0x200);
    case Op.I32_TRUNC_F64_U:
    case Op.I32_TRUNC_SAT_F64_U:
      return truncate(f64(x), 32, false, op >= 0x200);
    case Op.I64_TRUNC_F32_S:
    case Op.I64_TRUNC_SAT_F32_S:
      return truncate(f32(x), 64, true, op >= 0x200);
    case Op.I64_TRUNC_F32_U:
    case Op.I64_TRUNC_SAT_F32_U:
      return truncate(f32(x), 64, false, op >= 0x200);
    case Op.I64_TRUNC_F64_S:
    case Op.I64_TRUNC_SAT_F64_S:
      return truncate(f64(x), 64, true, op >= 0x200);
    case Op.I64_TRUNC_F64_U:
    case Op.I64_TRUNC_SAT_F64_U:
      return truncate(f64(x), 64, false, op >= 0x200);
    case Op.F32_CONVERT_I32_S:
      return ofF32(Math.fround(s32(x)));
    case Op.F32_CONVERT_I32_U:
      return ofF32(Math.fround(u32(x)));
    case Op.F32_CONVERT_I64_S:
      return ofF32(toF32(s64(x)));
    case Op.F32_CONVERT_I64_U:
      return ofF32(toF32(x));
    // NaN bits are the machine's choice; like x86, keep sign and payload and make it quiet.
    case Op.F32_DEMOTE_F64:
      return Number.isNaN(f64(x))
        ? ((x >> 32n) & 0x80000000n) | 0x7fc00000n | ((x >> 29n) & 0x7fffffn)
        : ofF32(Math.fround(f64(x)));
    case Op.F64_CONVERT_I32_S:
      return ofF64(s32(x));
    case Op.F64_CONVERT_I32_U:
      return ofF64(u32(x));
    case Op.F64_CONVERT_I64_S:
      return ofF64(Number(s64(x)));
    case Op.F64_CONVERT_I64_U:
      return ofF64(Number(x));
    case Op.F64_PROMOTE_F32:
      return Number.isNaN(f32(x))
        ? ((x & 0x80000000n) << 32n) | 0x7ff8000000000000n | ((x & 0x7fffffn) << 29n)
        : ofF64(f32(x));
    case Op.I32_EXTEND8_S:
      return of32((s32(x) << 24) >> 24);
    case Op.I32_EXTEND16_S:
      return of32((s32(x) << 16) >> 16);
    case Op.I64_EXTEND8_S:
      return u64(BigInt.asIntN(8, x));
    case Op.I64_EXTEND16_S:
      return u64(BigInt.asIntN(16, x));
    case Op.I64_EXTEND32_S:
      return u64(BigInt.asIntN(32, x));
    default:
      return undefined;
  }
}
