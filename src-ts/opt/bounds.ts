/**
 * Upper bounds and trailing zeros of integer values, from their operations alone. Address folding and checks of
 * alignment rely on them: they may only say what holds in every execution.
 */
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';

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

const U32 = 0xffffffff;
/** Bound of an i64 that nothing is known of (2^64 rounded: only compared with). */
const U64 = 2 ** 64;

/** The largest value (unsigned) that x can have. Looks at most `depth` operations up. */
export function maxOf(f: Func, x: number, depth = 3): number {
  const { op, a, b, imm, imm2 } = f;
  const o = op[x];
  const y = b[x];
  switch (o) {
    case Op.I32_CONST:
      return imm[x] >>> 0;
    case Op.I64_CONST:
      return imm2[x] === 0 ? imm[x] >>> 0 : U64;
    case Op.REF_NULL:
      return 0;
    case Op.PARAM:
      if (hasRange(f, x)) return f.most[x];
      return depth > 0 ? maxOfParam(f, x, depth - 1) : f.type[x] === ValType.I64 ? U64 : U32;
    case Op.I32_LOAD8_U:
    case Op.I64_LOAD8_U:
    case Op.I8X16_EXTRACT_LANE_U:
    case Op.I16X8_BITMASK:
      return 255;
    case Op.I32_LOAD16_U:
    case Op.I64_LOAD16_U:
    case Op.I16X8_EXTRACT_LANE_U:
    case Op.I8X16_BITMASK:
      return 65535;
    case Op.I64_LOAD32_U:
      return U32;
    case Op.I32X4_BITMASK:
      return 15;
    case Op.I64X2_BITMASK:
      return 3;
    case Op.V128_ANY_TRUE:
    case Op.I8X16_ALL_TRUE:
    case Op.I16X8_ALL_TRUE:
    case Op.I32X4_ALL_TRUE:
    case Op.I64X2_ALL_TRUE:
      return 1;
    case Op.I32_CLZ:
    case Op.I32_CTZ:
    case Op.I32_POPCNT:
    case Op.I64_CLZ:
    case Op.I64_CTZ:
    case Op.I64_POPCNT:
      return 64;
    case Op.I64_EXTEND_I32_U:
      return depth > 0 ? maxOf(f, a[x], depth - 1) : U32;
    case Op.I32_WRAP_I64:
      return depth > 0 ? Math.min(U32, maxOf(f, a[x], depth - 1)) : U32;
    case Op.I32_SHR_U:
      if (op[y] === Op.I32_CONST) return Math.floor((depth > 0 ? maxOf(f, a[x], depth - 1) : U32) / 2 ** (imm[y] & 31));
      return U32;
    case Op.I64_SHR_U:
      if (op[y] === Op.I64_CONST) return Math.floor(U64 / 2 ** (imm[y] & 63)) - 1 + ((imm[y] & 63) === 0 ? 1 : 0);
      return U64;
  }
  if (o >= Op.I32_EQZ && o <= Op.F64_GE) return 1;
  const top = f.type[x] === ValType.I64 ? U64 : U32;
  if (depth === 0) return top;
  switch (o) {
    case Op.I32_AND:
    case Op.I64_AND:
      return Math.min(maxOf(f, a[x], depth - 1), maxOf(f, y, depth - 1));
    case Op.I32_OR:
    case Op.I32_XOR: {
      const m = Math.max(maxOf(f, a[x], depth - 1), maxOf(f, y, depth - 1));
      return m > U32 >>> 1 ? U32 : 2 ** (32 - Math.clz32(m)) - 1;
    }
    case Op.I32_ADD:
    case Op.I32_MUL: {
      const p = maxOf(f, a[x], depth - 1);
      const q = maxOf(f, y, depth - 1);
      const m = o === Op.I32_ADD ? p + q : p * q;
      return m <= U32 ? m : U32;
    }
    case Op.I32_SHL: {
      if (op[y] !== Op.I32_CONST) return U32;
      const m = maxOf(f, a[x], depth - 1) * 2 ** (imm[y] & 31);
      return m <= U32 ? m : U32;
    }
    case Op.I32_REM_U:
      if (op[y] === Op.I32_CONST && imm[y] !== 0) return Math.min(maxOf(f, a[x], depth - 1), (imm[y] >>> 0) - 1);
      return maxOf(f, a[x], depth - 1);
    case Op.I32_DIV_U:
      return maxOf(f, a[x], depth - 1);
    case Op.SELECT:
      return Math.max(maxOf(f, a[x], depth - 1), maxOf(f, y, depth - 1));
    default:
      return top;
  }
}

/** Blocks with more predecessors than this are not looked through. */
const MAX_PREDECESSORS = 512;

/**
 * A block parameter is at most what its arguments are: the opcode of an interpreter's dispatch block is a byte wherever
 * it comes from.
 */
function maxOfParam(f: Func, x: number, depth: number): number {
  const b = f.block[x];
  const top = f.type[x] === ValType.I64 ? U64 : U32;
  const from = f.predAt[b];
  const to = f.predAt[b + 1];
  if (to - from > MAX_PREDECESSORS) return top;
  let max = 0;
  for (let k = from; k < to && max < top; k++) {
    const arg = f.args[f.argAt[f.predEdge[k]] + f.imm[x]];
    // A parameter of a parameter could be itself: a cycle.
    if (arg === x) continue;
    const isOpen = f.op[arg] === Op.PARAM && !hasRange(f, arg);
    max = Math.max(max, isOpen ? top : maxOf(f, arg, depth));
  }
  return max;
}

/** The smallest value (unsigned) that x, an i32, can have. */
export function leastOf(f: Func, x: number): number {
  switch (f.op[x]) {
    case Op.I32_CONST:
      return f.imm[x] >>> 0;
    case Op.PARAM:
      return hasRange(f, x) ? f.least[x] : 0;
    case Op.I32_ADD: {
      if (f.op[f.b[x]] !== Op.I32_CONST || f.op[f.a[x]] !== Op.PARAM) return 0;
      const c = f.imm[f.b[x]] >>> 0;
      return maxOf(f, f.a[x]) + c <= U32 ? leastOf(f, f.a[x]) + c : 0;
    }
    default:
      return 0;
  }
}

/** x is an address that sums are not expected to wrap with. */
export const isPointer = (f: Func, x: number): boolean =>
  f.bounded && f.op[x] === Op.PARAM && (f.boundKind[x] & BoundKind.POINTER) !== 0;

/** Whether x is a sum with a variable of the loop with header h that steps over cache lines. */
export function stepsOverLines(f: Func, x: number, h: number, depth = 2): boolean {
  if (!f.bounded) return false;
  if (f.op[x] === Op.PARAM) return f.block[x] === h && (f.boundKind[x] & BoundKind.STRIDED) !== 0;
  if (f.op[x] !== Op.I32_ADD || depth === 0) return false;
  return stepsOverLines(f, f.a[x], h, depth - 1) || stepsOverLines(f, f.b[x], h, depth - 1);
}

/** Whether parameter x has known bounds. */
const hasRange = (f: Func, x: number): boolean => f.bounded && (f.boundKind[x] & BoundKind.RANGE) !== 0;

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
