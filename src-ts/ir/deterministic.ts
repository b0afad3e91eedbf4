/**
 * The option `deterministic`: the same module gives the same bits on every machine. Two things are open in the
 * specification, and closed here: the bits of a NaN that arithmetic makes, and the answers of relaxed SIMD. Both are
 * what the specification's deterministic profile has (core specification 3.0, section "profiles"): canonical NaNs
 * without a sign, products that are rounded before they are added, lanes out of range as in the strict operators.
 *
 * An operation whose result may be a NaN is followed by a CANONICAL operation. Operations that only look at the number
 * take what was there before: a chain of arithmetic is canonical at its end, and dead CANONICAL operations go as dead
 * code.
 */
import type { CallFlow } from './call-flow.js';
import type { SsaEmitter } from './emitter.js';
import { Op } from './ops.js';
import { OP_LIMIT, RESULT_TYPE } from './opinfo.js';

/** By operation: the CANONICAL that follows it, or 0; and the one that its operands need not have been through, or 0. */
const MAKES = new Uint16Array(OP_LIMIT);
const READS = new Uint16Array(OP_LIMIT);
{
  const each = (from: number, to: number, makes: number, reads: number): void => {
    for (let op = from; op <= to; op++) {
      MAKES[op] = makes;
      READS[op] = reads;
    }
  };
  const { F32, F64, F32X4, F64X2 } = {
    F32: Op.CANONICAL_F32,
    F64: Op.CANONICAL_F64,
    F32X4: Op.CANONICAL_F32X4,
    F64X2: Op.CANONICAL_F64X2,
  };
  each(Op.F32_EQ, Op.F32_GE, 0, F32);
  each(Op.F64_EQ, Op.F64_GE, 0, F64);
  each(Op.F32_CEIL, Op.F32_MAX, F32, F32);
  each(Op.F64_CEIL, Op.F64_MAX, F64, F64);
  each(Op.F32_DEMOTE_F64, Op.F32_DEMOTE_F64, F32, F64);
  each(Op.F64_PROMOTE_F32, Op.F64_PROMOTE_F32, F64, F32);
  for (const [op, reads] of [
    [Op.I32_TRUNC_F32_S, F32],
    [Op.I32_TRUNC_F32_U, F32],
    [Op.I32_TRUNC_F64_S, F64],
    [Op.I32_TRUNC_F64_U, F64],
    [Op.I64_TRUNC_F32_S, F32],
    [Op.I64_TRUNC_F32_U, F32],
    [Op.I64_TRUNC_F64_S, F64],
    [Op.I64_TRUNC_F64_U, F64],
  ])
    READS[op] = reads;
  each(Op.F32X4_EQ, Op.F32X4_GE, 0, F32X4);
  each(Op.F64X2_EQ, Op.F64X2_GE, 0, F64X2);
  for (const op of [Op.F32X4_CEIL, Op.F32X4_FLOOR, Op.F32X4_TRUNC, Op.F32X4_NEAREST]) each(op, op, F32X4, F32X4);
  for (const op of [Op.F64X2_CEIL, Op.F64X2_FLOOR, Op.F64X2_TRUNC, Op.F64X2_NEAREST]) each(op, op, F64X2, F64X2);
  each(Op.F32X4_SQRT, Op.F32X4_MAX, F32X4, F32X4);
  each(Op.F64X2_SQRT, Op.F64X2_MAX, F64X2, F64X2);
  each(Op.F32X4_DEMOTE_F64X2_ZERO, Op.F32X4_DEMOTE_F64X2_ZERO, F32X4, F64X2);
  each(Op.F64X2_PROMOTE_LOW_F32X4, Op.F64X2_PROMOTE_LOW_F32X4, F64X2, F32X4);
}

/** The operand x of `op` as far as its number goes. */
export function numberOf(e: SsaEmitter, op: number, x: number): number {
  return READS[op] !== 0 && e.op[x] === READS[op] ? e.a[x] : x;
}

/** v, the result of `op`, with canonical NaNs. */
export function canonical(e: SsaEmitter, op: number, v: number): number {
  const makes = MAKES[op];
  return makes === 0 ? v : e.pure(makes, RESULT_TYPE[makes], v, -1, -1, 0, 0);
}

/** A vector operation of one to three operands. */
export function vectorOperation(b: CallFlow, op: number, x: number, y = -1, z = -1): number {
  if (op >= Op.I8X16_RELAXED_SWIZZLE) return strict(b, op, x, y, z);
  const v = b.pure(op, RESULT_TYPE[op], numberOf(b, op, x), y < 0 ? -1 : numberOf(b, op, y), z, 0, 0);
  return canonical(b, op, v);
}

/** A relaxed operator by strict ones. */
function strict(b: CallFlow, op: number, x: number, y: number, z: number): number {
  switch (op) {
    case Op.I8X16_RELAXED_SWIZZLE:
      return vectorOperation(b, Op.I8X16_SWIZZLE, x, y);
    case Op.I32X4_RELAXED_TRUNC_F32X4_S:
      return vectorOperation(b, Op.I32X4_TRUNC_SAT_F32X4_S, x);
    case Op.I32X4_RELAXED_TRUNC_F32X4_U:
      return vectorOperation(b, Op.I32X4_TRUNC_SAT_F32X4_U, x);
    case Op.I32X4_RELAXED_TRUNC_F64X2_S_ZERO:
      return vectorOperation(b, Op.I32X4_TRUNC_SAT_F64X2_S_ZERO, x);
    case Op.I32X4_RELAXED_TRUNC_F64X2_U_ZERO:
      return vectorOperation(b, Op.I32X4_TRUNC_SAT_F64X2_U_ZERO, x);
    case Op.F32X4_RELAXED_MADD:
      return vectorOperation(b, Op.F32X4_ADD, vectorOperation(b, Op.F32X4_MUL, x, y), z);
    case Op.F32X4_RELAXED_NMADD:
      return vectorOperation(b, Op.F32X4_SUB, z, vectorOperation(b, Op.F32X4_MUL, x, y));
    case Op.F64X2_RELAXED_MADD:
      return vectorOperation(b, Op.F64X2_ADD, vectorOperation(b, Op.F64X2_MUL, x, y), z);
    case Op.F64X2_RELAXED_NMADD:
      return vectorOperation(b, Op.F64X2_SUB, z, vectorOperation(b, Op.F64X2_MUL, x, y));
    case Op.F32X4_RELAXED_MIN:
      return vectorOperation(b, Op.F32X4_MIN, x, y);
    case Op.F32X4_RELAXED_MAX:
      return vectorOperation(b, Op.F32X4_MAX, x, y);
    case Op.F64X2_RELAXED_MIN:
      return vectorOperation(b, Op.F64X2_MIN, x, y);
    case Op.F64X2_RELAXED_MAX:
      return vectorOperation(b, Op.F64X2_MAX, x, y);
    case Op.I16X8_RELAXED_Q15MULR_S:
      return vectorOperation(b, Op.I16X8_Q15MULR_SAT_S, x, y);
    case Op.I16X8_RELAXED_DOT_I8X16_I7X16_S:
      return signedDot(b, x, y);
    case Op.I32X4_RELAXED_DOT_I8X16_I7X16_ADD_S:
      return vectorOperation(
        b,
        Op.I32X4_ADD,
        vectorOperation(b, Op.I32X4_EXTADD_PAIRWISE_I16X8_S, signedDot(b, x, y)),
        z,
      );
    default:
      // laneselect of all lanes
      return vectorOperation(b, Op.V128_BITSELECT, x, y, z);
  }
}

/** Both operands signed, sums of two products modulo 2^16: the low halves of sums of 32 bits. */
function signedDot(b: CallFlow, x: number, y: number): number {
  const lanes = b.v128(0x05040100, 0x0d0c0908, 0x15141110, 0x1d1c1918);
  return b.pure(
    Op.I8X16_SHUFFLE,
    RESULT_TYPE[Op.I8X16_SHUFFLE],
    dotOfHalves(b, Op.I16X8_EXTEND_LOW_I8X16_S, x, y),
    dotOfHalves(b, Op.I16X8_EXTEND_HIGH_I8X16_S, x, y),
    lanes,
    0,
    0,
  );
}

const dotOfHalves = (b: CallFlow, extend: Op, x: number, y: number): number =>
  vectorOperation(b, Op.I32X4_DOT_I16X8_S, vectorOperation(b, extend, x), vectorOperation(b, extend, y));
