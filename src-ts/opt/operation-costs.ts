/**
 * What operations cost as most processors execute them: cycles, units, copies (opt/schedule.ts). One table each, indexed
 * by `Op`.
 */
import { ARITY, COMMUTES, Effect, EFFECTS, isLoad, OP_LIMIT, RESULT_TYPE } from '../ir/opinfo.js';
import { FIRST_ATOMIC, FIRST_SIMD, Op } from '../ir/ops.js';
import { ValType } from '../wasm/types.js';

/** Cycles until the result is there, as most processors have it: 1 unless it stands here. */
export const LATENCY = latencies();

function latencies(): Uint8Array {
  const table = new Uint8Array(OP_LIMIT).fill(1);
  const latency = (cycles: number, from: number, to = from): void => void table.fill(cycles, from, to + 1);
  for (let op = 0; op < OP_LIMIT; op++) if (isLoad(op)) latency(5, op);
  for (const op of [Op.PARAM, Op.ARG, Op.I32_WRAP_I64, Op.I64_EXTEND_I32_U, Op.RETYPE]) latency(0, op);
  for (const op of [Op.I32_MUL, Op.I64_MUL]) latency(3, op);
  for (const op of [Op.I32_DIV_S, Op.I64_DIV_S]) latency(12, op, op + 3);
  latency(3, Op.F32_ADD, Op.F32_MUL);
  latency(3, Op.F64_ADD, Op.F64_MUL);
  latency(4, Op.F32_CONVERT_I32_S, Op.F64_PROMOTE_F32);
  latency(4, Op.I32_TRUNC_F32_S, Op.I32_TRUNC_F64_U);
  latency(4, Op.I64_TRUNC_F32_S, Op.I64_TRUNC_F64_U);
  latency(4, Op.I32_TRUNC_SAT_F32_S, Op.I64_TRUNC_SAT_F64_U);
  for (const op of [Op.F32_DIV, Op.F32_SQRT, Op.F64_DIV, Op.F64_SQRT]) latency(13, op);
  for (const op of [Op.F32X4_DIV, Op.F32X4_SQRT, Op.F64X2_DIV, Op.F64X2_SQRT]) latency(13, op);
  for (const op of [Op.I16X8_MUL, Op.I32X4_MUL]) latency(3, op);
  latency(3, Op.F32X4_ADD, Op.F32X4_MUL);
  latency(3, Op.F64X2_ADD, Op.F64X2_MUL);
  latency(4, Op.F32X4_RELAXED_MADD, Op.F64X2_RELAXED_NMADD);
  return table;
}

/** What executes an operation, and how many there are of each. */
export const enum Unit {
  INTEGER = 0,
  MULTIPLY = 1,
  LOAD = 2,
  VECTOR = 3,
  FLOAT_ADD = 4,
  FLOAT_MULTIPLY = 5,
  /** Between integers and floats. */
  CONVERT = 6,
  DIVIDE = 7,
}
/** By `Unit`; the last takes several cycles each time. */
export const UNITS = Float64Array.of(4, 1, 3, 4, 2, 2, 1, 0.2);
/** `Unit` by operation. */
export const UNIT = units();

function units(): Uint8Array {
  const table = new Uint8Array(OP_LIMIT);
  for (let op = 0; op < OP_LIMIT; op++) {
    const type = RESULT_TYPE[op];
    if (isLoad(op)) table[op] = Unit.LOAD;
    else if (type === ValType.F32 || type === ValType.F64 || type === ValType.V128) table[op] = Unit.VECTOR;
  }
  table[Op.I32_MUL] = table[Op.I64_MUL] = Unit.MULTIPLY;
  table.fill(Unit.CONVERT, Op.I32_TRUNC_F32_S, Op.I32_TRUNC_F64_U + 1);
  table.fill(Unit.CONVERT, Op.I64_TRUNC_F32_S, Op.F64_PROMOTE_F32 + 1);
  table.fill(Unit.CONVERT, Op.I32_TRUNC_SAT_F32_S, Op.I64_TRUNC_SAT_F64_U + 1);
  for (const op of [Op.F32_ADD, Op.F64_ADD, Op.F32X4_ADD, Op.F64X2_ADD]) {
    table[op] = table[op + 1] = Unit.FLOAT_ADD;
    table[op + 2] = Unit.FLOAT_MULTIPLY;
    table[op + 3] = Unit.DIVIDE;
  }
  table.fill(Unit.DIVIDE, Op.I32_DIV_S, Op.I32_REM_U + 1);
  table.fill(Unit.DIVIDE, Op.I64_DIV_S, Op.I64_REM_U + 1);
  for (const op of [Op.F32_SQRT, Op.F64_SQRT, Op.F32X4_SQRT, Op.F64X2_SQRT]) table[op] = Unit.DIVIDE;
  return table;
}

/**
 * Operations that overwrite an operand on machines with two operands: the first, or one of two. While the value in it is
 * wanted elsewhere, that costs a copy.
 */
export const enum Overwrites {
  NOTHING = 0,
  FIRST = 1,
  EITHER = 2,
}
export const OVERWRITES = overwritten();

function overwritten(): Uint8Array {
  const table = new Uint8Array(OP_LIMIT);
  table.fill(Overwrites.FIRST, Op.I32_SUB, Op.I32_ROTR + 1);
  table.fill(Overwrites.FIRST, Op.I64_SUB, Op.I64_ROTR + 1);
  table.fill(Overwrites.FIRST, Op.F32_ADD, Op.F32_COPYSIGN + 1);
  table.fill(Overwrites.FIRST, Op.F64_ADD, Op.F64_COPYSIGN + 1);
  for (let op = FIRST_SIMD; op < FIRST_ATOMIC; op++)
    if (EFFECTS[op] === Effect.NONE && ARITY[op] === 2) table[op] = Overwrites.FIRST;
  for (let op = 0; op < OP_LIMIT; op++)
    if (table[op] === Overwrites.FIRST && COMMUTES[op] !== 0) table[op] = Overwrites.EITHER;
  for (const op of [
    Op.F32_ADD,
    Op.F32_MUL,
    Op.F64_ADD,
    Op.F64_MUL,
    Op.F32X4_ADD,
    Op.F32X4_MUL,
    Op.F64X2_ADD,
    Op.F64X2_MUL,
  ])
    table[op] = Overwrites.EITHER;
  return table;
}
