/**
 * Selection of vector operators. Most are one instruction: a table of rows and shapes. The others, here and in the files
 * beside this one, are short sequences.
 */
import { FIRST_SIMD, Op } from '../../ir/ops.js';
import { DOUBLE } from '../asm/insts.js';
import { extension, HALF, lanes, shiftLeft, V2, V3, VShift } from '../asm/insts-simd.js';
import { MOp } from '../machops.js';
import { lowerLanes, lowerVectorAccess } from './simd-memory.js';
import { lowerBitmask, lowerShift } from './simd-shift.js';
import { lowerShuffle } from './shuffle.js';
import { accumulate, binary, into, unary, vector, words } from './simd-parts.js';
import type { Selector } from './selector.js';
import { isVectorTest, vectorTest } from './vector-test.js';

/** How an operator uses its row; or-ed. */
const enum Shape {
  NONE = 0,
  UNARY = 1,
  BINARY = 2,
  /** b op a. */
  SWAPPED = 4,
  /** The complement of the result. */
  NOT = 8,
  /** (c, a, b): c is changed. */
  ACCUMULATE = 16,
}

const COUNT = 0x120;
const ROWS = new Int32Array(COUNT);
const SHAPES = new Uint8Array(COUNT);
function row(op: number, shape: number, instruction: number): void {
  ROWS[op - FIRST_SIMD] = instruction;
  SHAPES[op - FIRST_SIMD] = shape;
}
/** Distance of the operators on lanes of 1 << size bytes from those on bytes, where there is a block for each size. */
const block = (size: number): number => 0x20 * size;

// Comparisons: EQ, NE, then LT, GT, LE, GE signed and unsigned.
for (let size = 0; size < 3; size++) {
  const first = Op.I8X16_EQ + 10 * size;
  row(first, Shape.BINARY, lanes(V3.CMEQ, size));
  row(first + 1, Shape.BINARY | Shape.NOT, lanes(V3.CMEQ, size));
  for (const [k, signed, unsigned] of [
    [2, V3.CMGT, V3.CMHI],
    [6, V3.CMGE, V3.CMHS],
  ]) {
    row(first + k, Shape.BINARY | Shape.SWAPPED, lanes(signed, size));
    row(first + k + 1, Shape.BINARY | Shape.SWAPPED, lanes(unsigned, size));
    row(first + k + 2, Shape.BINARY, lanes(signed, size));
    row(first + k + 3, Shape.BINARY, lanes(unsigned, size));
  }
}
row(Op.I64X2_EQ, Shape.BINARY, lanes(V3.CMEQ, 3));
row(Op.I64X2_NE, Shape.BINARY | Shape.NOT, lanes(V3.CMEQ, 3));
row(Op.I64X2_LT_S, Shape.BINARY | Shape.SWAPPED, lanes(V3.CMGT, 3));
row(Op.I64X2_GT_S, Shape.BINARY, lanes(V3.CMGT, 3));
row(Op.I64X2_LE_S, Shape.BINARY | Shape.SWAPPED, lanes(V3.CMGE, 3));
row(Op.I64X2_GE_S, Shape.BINARY, lanes(V3.CMGE, 3));
for (const [first, double] of [
  [Op.F32X4_EQ, 0],
  [Op.F64X2_EQ, DOUBLE],
]) {
  row(first, Shape.BINARY, V3.FCMEQ | double);
  row(first + 1, Shape.BINARY | Shape.NOT, V3.FCMEQ | double);
  row(first + 2, Shape.BINARY | Shape.SWAPPED, V3.FCMGT | double);
  row(first + 3, Shape.BINARY, V3.FCMGT | double);
  row(first + 4, Shape.BINARY | Shape.SWAPPED, V3.FCMGE | double);
  row(first + 5, Shape.BINARY, V3.FCMGE | double);
}

row(Op.V128_NOT, Shape.UNARY, V2.NOT);
row(Op.V128_AND, Shape.BINARY, V3.AND);
row(Op.V128_ANDNOT, Shape.BINARY, V3.BIC);
row(Op.V128_OR, Shape.BINARY, V3.ORR);
row(Op.V128_XOR, Shape.BINARY, V3.EOR);
row(Op.V128_BITSELECT, Shape.ACCUMULATE, V3.BSL);

// Integer arithmetic.
for (let size = 0; size < 4; size++) {
  row(Op.I8X16_ABS + block(size), Shape.UNARY, lanes(V2.ABS, size));
  row(Op.I8X16_NEG + block(size), Shape.UNARY, lanes(V2.NEG, size));
  row(Op.I8X16_ADD + block(size), Shape.BINARY, lanes(V3.ADD, size));
  row(Op.I8X16_SUB + block(size), Shape.BINARY, lanes(V3.SUB, size));
}
for (let size = 0; size < 3; size++)
  for (const [op, instruction] of [
    [Op.I8X16_MIN_S, V3.SMIN],
    [Op.I8X16_MIN_U, V3.UMIN],
    [Op.I8X16_MAX_S, V3.SMAX],
    [Op.I8X16_MAX_U, V3.UMAX],
  ])
    row(op + block(size), Shape.BINARY, lanes(instruction, size));
for (let size = 0; size < 2; size++)
  for (const [op, instruction] of [
    [Op.I8X16_ADD_SAT_S, V3.SQADD],
    [Op.I8X16_ADD_SAT_U, V3.UQADD],
    [Op.I8X16_SUB_SAT_S, V3.SQSUB],
    [Op.I8X16_SUB_SAT_U, V3.UQSUB],
    [Op.I8X16_AVGR_U, V3.URHADD],
  ])
    row(op + block(size), Shape.BINARY, lanes(instruction, size));
row(Op.I8X16_POPCNT, Shape.UNARY, V2.CNT);
row(Op.I16X8_MUL, Shape.BINARY, lanes(V3.MUL, 1));
row(Op.I32X4_MUL, Shape.BINARY, lanes(V3.MUL, 2));
row(Op.I16X8_Q15MULR_SAT_S, Shape.BINARY, lanes(V3.SQRDMULH, 1));
row(Op.I16X8_RELAXED_Q15MULR_S, Shape.BINARY, lanes(V3.SQRDMULH, 1));

// To twice the width: from lanes of 1 << size bytes.
for (let size = 0; size < 3; size++) {
  const at = block(size);
  row(Op.I16X8_EXTEND_LOW_I8X16_S + at, Shape.UNARY, extension(VShift.SSHLL, size));
  row(Op.I16X8_EXTEND_HIGH_I8X16_S + at, Shape.UNARY, extension(VShift.SSHLL, size) | HALF);
  row(Op.I16X8_EXTEND_LOW_I8X16_U + at, Shape.UNARY, extension(VShift.USHLL, size));
  row(Op.I16X8_EXTEND_HIGH_I8X16_U + at, Shape.UNARY, extension(VShift.USHLL, size) | HALF);
  row(Op.I16X8_EXTMUL_LOW_I8X16_S + at, Shape.BINARY, lanes(V3.SMULL, size));
  row(Op.I16X8_EXTMUL_HIGH_I8X16_S + at, Shape.BINARY, lanes(V3.SMULL, size) | HALF);
  row(Op.I16X8_EXTMUL_LOW_I8X16_U + at, Shape.BINARY, lanes(V3.UMULL, size));
  row(Op.I16X8_EXTMUL_HIGH_I8X16_U + at, Shape.BINARY, lanes(V3.UMULL, size) | HALF);
}
row(Op.I16X8_EXTADD_PAIRWISE_I8X16_S, Shape.UNARY, V2.SADDLP);
row(Op.I16X8_EXTADD_PAIRWISE_I8X16_U, Shape.UNARY, V2.UADDLP);
row(Op.I32X4_EXTADD_PAIRWISE_I16X8_S, Shape.UNARY, lanes(V2.SADDLP, 1));
row(Op.I32X4_EXTADD_PAIRWISE_I16X8_U, Shape.UNARY, lanes(V2.UADDLP, 1));

// Floats.
for (const [op32, op64, shape, instruction] of [
  [Op.F32X4_ABS, Op.F64X2_ABS, Shape.UNARY, V2.FABS],
  [Op.F32X4_NEG, Op.F64X2_NEG, Shape.UNARY, V2.FNEG],
  [Op.F32X4_SQRT, Op.F64X2_SQRT, Shape.UNARY, V2.FSQRT],
  [Op.F32X4_CEIL, Op.F64X2_CEIL, Shape.UNARY, V2.FRINTP],
  [Op.F32X4_FLOOR, Op.F64X2_FLOOR, Shape.UNARY, V2.FRINTM],
  [Op.F32X4_TRUNC, Op.F64X2_TRUNC, Shape.UNARY, V2.FRINTZ],
  [Op.F32X4_NEAREST, Op.F64X2_NEAREST, Shape.UNARY, V2.FRINTN],
  [Op.F32X4_ADD, Op.F64X2_ADD, Shape.BINARY, V3.FADD],
  [Op.F32X4_SUB, Op.F64X2_SUB, Shape.BINARY, V3.FSUB],
  [Op.F32X4_MUL, Op.F64X2_MUL, Shape.BINARY, V3.FMUL],
  [Op.F32X4_DIV, Op.F64X2_DIV, Shape.BINARY, V3.FDIV],
  [Op.F32X4_MIN, Op.F64X2_MIN, Shape.BINARY, V3.FMIN],
  [Op.F32X4_MAX, Op.F64X2_MAX, Shape.BINARY, V3.FMAX],
  [Op.F32X4_RELAXED_MIN, Op.F64X2_RELAXED_MIN, Shape.BINARY, V3.FMIN],
  [Op.F32X4_RELAXED_MAX, Op.F64X2_RELAXED_MAX, Shape.BINARY, V3.FMAX],
  [Op.F32X4_RELAXED_MADD, Op.F64X2_RELAXED_MADD, Shape.ACCUMULATE, V3.FMLA],
  [Op.F32X4_RELAXED_NMADD, Op.F64X2_RELAXED_NMADD, Shape.ACCUMULATE, V3.FMLS],
]) {
  row(op32, shape, instruction);
  row(op64, shape, instruction | DOUBLE);
}
row(Op.I32X4_TRUNC_SAT_F32X4_S, Shape.UNARY, V2.FCVTZS);
row(Op.I32X4_TRUNC_SAT_F32X4_U, Shape.UNARY, V2.FCVTZU);
row(Op.I32X4_RELAXED_TRUNC_F32X4_S, Shape.UNARY, V2.FCVTZS);
row(Op.I32X4_RELAXED_TRUNC_F32X4_U, Shape.UNARY, V2.FCVTZU);
row(Op.F32X4_CONVERT_I32X4_S, Shape.UNARY, V2.SCVTF);
row(Op.F32X4_CONVERT_I32X4_U, Shape.UNARY, V2.UCVTF);
row(Op.F32X4_DEMOTE_F64X2_ZERO, Shape.UNARY, V2.FCVTN);
row(Op.F64X2_PROMOTE_LOW_F32X4, Shape.UNARY, V2.FCVTL);
for (let op: number = Op.I8X16_RELAXED_LANESELECT; op <= Op.I64X2_RELAXED_LANESELECT; op++)
  row(op, Shape.ACCUMULATE, V3.BSL);
row(Op.I8X16_SWIZZLE, Shape.BINARY, V3.TBL);
row(Op.I8X16_RELAXED_SWIZZLE, Shape.BINARY, V3.TBL);

export function lowerSimd(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  if (o === Op.CANONICAL_F32X4 || o === Op.CANONICAL_F64X2) {
    lowerCanonical(s, v, o === Op.CANONICAL_F64X2);
    return;
  }
  const shape = SHAPES[o - FIRST_SIMD];
  const instruction = ROWS[o - FIRST_SIMD];
  if (shape === (Shape.UNARY as number)) unary(s, v, instruction, f.a[v]);
  else if (shape === (Shape.ACCUMULATE as number)) accumulate(s, v, instruction, f.c[v], f.a[v], f.b[v]);
  else if (shape !== 0) {
    const swapped = (shape & Shape.SWAPPED) !== 0;
    const to = (shape & Shape.NOT) !== 0 ? vector(s) : v;
    binary(s, to, instruction, swapped ? f.b[v] : f.a[v], swapped ? f.a[v] : f.b[v]);
    if (to !== v) unary(s, v, V2.NOT, to);
  } else if (isAccess(o)) lowerVectorAccess(s, v);
  else if (isVectorTest(o)) {
    s.consumer.set(MOp.SET_ON, -1, -1);
    vectorTest(s, v, 0);
    s.def(v);
  } else lowerSequence(s, v, o);
}

const isAccess = (o: number): boolean => o <= Op.V128_STORE || (o >= Op.V128_LOAD8_LANE && o <= Op.V128_LOAD64_ZERO);

function lowerSequence(s: Selector, v: number, o: number): void {
  const { f } = s;
  const a = f.a[v];
  const b = f.b[v];
  switch (o) {
    case Op.I8X16_SHUFFLE:
      lowerShuffle(s, v);
      return;
    case Op.I8X16_NARROW_I16X8_S:
    case Op.I16X8_NARROW_I32X4_S:
      narrow(s, v, lanes(V2.SQXTN, o === Op.I8X16_NARROW_I16X8_S ? 0 : 1));
      return;
    case Op.I8X16_NARROW_I16X8_U:
    case Op.I16X8_NARROW_I32X4_U:
      narrow(s, v, lanes(V2.SQXTUN, o === Op.I8X16_NARROW_I16X8_U ? 0 : 1));
      return;
    case Op.I32X4_DOT_I16X8_S:
      dot(s, v, 1, v);
      return;
    case Op.I16X8_RELAXED_DOT_I8X16_I7X16_S:
      dot(s, v, 0, v);
      return;
    case Op.I32X4_RELAXED_DOT_I8X16_I7X16_ADD_S: {
      const sums = unary(s, vector(s), lanes(V2.SADDLP, 1), dot(s, vector(s), 0, v));
      binary(s, v, lanes(V3.ADD, 2), sums, f.c[v]);
      return;
    }
    case Op.I64X2_MUL:
      multiply64(s, v);
      return;
    case Op.F32X4_PMIN:
    case Op.F64X2_PMIN:
      // b < a ? b : a
      pseudo(s, v, o === Op.F64X2_PMIN, a, b);
      return;
    case Op.F32X4_PMAX:
    case Op.F64X2_PMAX:
      pseudo(s, v, o === Op.F64X2_PMAX, b, a);
      return;
    case Op.I32X4_TRUNC_SAT_F64X2_S_ZERO:
    case Op.I32X4_RELAXED_TRUNC_F64X2_S_ZERO:
      unary(s, v, lanes(V2.SQXTN, 2), unary(s, vector(s), V2.FCVTZS | DOUBLE, a));
      return;
    case Op.I32X4_TRUNC_SAT_F64X2_U_ZERO:
    case Op.I32X4_RELAXED_TRUNC_F64X2_U_ZERO:
      unary(s, v, lanes(V2.UQXTN, 2), unary(s, vector(s), V2.FCVTZU | DOUBLE, a));
      return;
    case Op.F64X2_CONVERT_LOW_I32X4_S:
      unary(s, v, V2.SCVTF | DOUBLE, unary(s, vector(s), extension(VShift.SSHLL, 2), a));
      return;
    case Op.F64X2_CONVERT_LOW_I32X4_U:
      unary(s, v, V2.UCVTF | DOUBLE, unary(s, vector(s), extension(VShift.USHLL, 2), a));
      return;
  }
  if (lowerShift(s, v) || lowerBitmask(s, v) || lowerLanes(s, v)) return;
  s.unknown(o);
}

/** Both vectors to half the width of their lanes. */
function narrow(s: Selector, v: number, instruction: number): void {
  const { f } = s;
  into(s, v, instruction | HALF, unary(s, vector(s), instruction, f.a[v]), f.b[v]);
}

/** to = sums of pairs of products, of the operands of v. */
function dot(s: Selector, to: number, size: number, v: number): number {
  const { f } = s;
  const low = binary(s, vector(s), lanes(V3.SMULL, size), f.a[v], f.b[v]);
  const high = binary(s, vector(s), lanes(V3.SMULL, size) | HALF, f.a[v], f.b[v]);
  return binary(s, to, lanes(V3.ADDP, size + 1), low, high);
}

/** low * low + ((low * high + high * low) << 32). */
function multiply64(s: Selector, v: number): void {
  const { f } = s;
  const lowA = unary(s, vector(s), lanes(V2.XTN, 2), f.a[v]);
  const lowB = unary(s, vector(s), lanes(V2.XTN, 2), f.b[v]);
  const swapped = unary(s, vector(s), lanes(V2.REV64, 2), f.b[v]);
  const crossed = binary(s, vector(s), lanes(V3.MUL, 2), swapped, f.a[v]);
  const sum = unary(s, vector(s), lanes(V2.UADDLP, 2), crossed);
  const high = unary(s, vector(s), shiftLeft(VShift.SHL, 3, 32), sum);
  accumulate(s, v, lanes(V3.UMLAL, 2), high, lowA, lowB);
}

/** v = x > y ? f.b : f.a, lane by lane. */
function pseudo(s: Selector, v: number, double: boolean, x: number, y: number): void {
  const { f } = s;
  const mask = binary(s, vector(s), V3.FCMGT | (double ? DOUBLE : 0), x, y);
  accumulate(s, v, V3.BSL, mask, f.b[v], f.a[v]);
}

/** The canonical NaN in lanes that are a NaN. */
function lowerCanonical(s: Selector, v: number, double: boolean): void {
  const x = s.f.a[v];
  const nan = double
    ? words(s, 0, 0x7ff80000, 0, 0x7ff80000)
    : words(s, 0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000);
  const number = binary(s, vector(s), V3.FCMEQ | (double ? DOUBLE : 0), x, x);
  accumulate(s, v, V3.BSL, number, x, nan);
}
