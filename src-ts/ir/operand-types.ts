/**
 * Types of the operands a, b and c of each operation, 0 where they are not fixed: for the verifier. A table of its own,
 * not derived from what the builder uses, so that the verifier sees a mistake there.
 */
import { OP_POP } from '../wasm/op-tables.js';
import { ValType } from '../wasm/types.js';
import { FIRST_SIMD, Op } from './ops.js';
import { OP_LIMIT } from './opinfo.js';

const { I32, I64, F32, F64 } = { I32: ValType.I32, I64: ValType.I64, F32: ValType.F32, F64: ValType.F64 };
export const OPERAND_A = new Uint8Array(OP_LIMIT);
export const OPERAND_B = new Uint8Array(OP_LIMIT);
export const OPERAND_C = new Uint8Array(OP_LIMIT);
{
  const each = (from: number, to: number, a: number, b = 0, c = 0): void => {
    for (let op = from; op <= to; op++) {
      OPERAND_A[op] = a;
      OPERAND_B[op] = b;
      OPERAND_C[op] = c;
    }
  };
  each(Op.EXN_FIELD, Op.EXN_FIELD, I64);
  each(Op.THROW_REF, Op.THROW_REF, ValType.EXNREF);
  each(Op.CALL_REF, Op.CALL_REF, ValType.FUNCREF);
  each(Op.GC_NEW_ARRAY, Op.GC_NEW_ARRAY, I32);
  each(Op.GC_TYPE, Op.GC_TYPE, ValType.ANYREF);
  each(Op.TYPE_FIELD, Op.TYPE_FIELD, I32);
  each(Op.GC_ADDRESS, Op.GC_ADDRESS, ValType.ANYREF, I32);
  each(Op.FUNC_TYPE, Op.FUNC_TYPE, ValType.FUNCREF);
  each(Op.GC_LOAD, Op.GC_STORE, ValType.ANYREF);
  each(Op.GC_LOAD_AT, Op.GC_STORE_AT, ValType.ANYREF, I32);
  each(Op.ARRAY_LENGTH, Op.ARRAY_LENGTH, ValType.ANYREF);
  each(Op.ARRAY_BOUNDS, Op.ARRAY_BOUNDS, I32, I32);
  each(Op.TAIL_CALL_REF, Op.TAIL_CALL_REF, ValType.FUNCREF);
  each(Op.CANONICAL_F32, Op.CANONICAL_F32, F32);
  each(Op.CANONICAL_F64, Op.CANONICAL_F64, F64);
  each(Op.CANONICAL_F32X4, Op.CANONICAL_F64X2, ValType.V128);
  each(Op.I32_LOAD, Op.I64_LOAD32_U, I32);
  each(Op.I32_STORE, Op.I32_STORE, I32, I32);
  each(Op.I64_STORE, Op.I64_STORE, I32, I64);
  each(Op.F32_STORE, Op.F32_STORE, I32, F32);
  each(Op.F64_STORE, Op.F64_STORE, I32, F64);
  each(Op.I32_STORE8, Op.I32_STORE16, I32, I32);
  each(Op.I64_STORE8, Op.I64_STORE32, I32, I64);
  each(Op.I32_EQZ, Op.I32_EQZ, I32);
  each(Op.I32_EQ, Op.I32_GE_U, I32, I32);
  each(Op.I64_EQZ, Op.I64_EQZ, I64);
  each(Op.I64_EQ, Op.I64_GE_U, I64, I64);
  each(Op.F32_EQ, Op.F32_GE, F32, F32);
  each(Op.F64_EQ, Op.F64_GE, F64, F64);
  each(Op.I32_CLZ, Op.I32_POPCNT, I32);
  each(Op.I32_ADD, Op.I32_ROTR, I32, I32);
  each(Op.I64_CLZ, Op.I64_POPCNT, I64);
  each(Op.I64_ADD, Op.I64_ROTR, I64, I64);
  each(Op.I64_MULH_S, Op.I64_MULH_U, I64, I64);
  each(Op.F32_ABS, Op.F32_SQRT, F32);
  each(Op.F32_ADD, Op.F32_COPYSIGN, F32, F32);
  each(Op.F64_ABS, Op.F64_SQRT, F64);
  each(Op.F64_ADD, Op.F64_COPYSIGN, F64, F64);
  const conversions: [number[], number][] = [
    [
      [
        Op.I64_EXTEND_I32_S,
        Op.I64_EXTEND_I32_U,
        Op.F32_CONVERT_I32_S,
        Op.F32_CONVERT_I32_U,
        Op.F64_CONVERT_I32_S,
        Op.F64_CONVERT_I32_U,
        Op.F32_REINTERPRET_I32,
        Op.I32_EXTEND8_S,
        Op.I32_EXTEND16_S,
      ],
      I32,
    ],
    [
      [
        Op.I32_WRAP_I64,
        Op.F32_CONVERT_I64_S,
        Op.F32_CONVERT_I64_U,
        Op.F64_CONVERT_I64_S,
        Op.F64_CONVERT_I64_U,
        Op.F64_REINTERPRET_I64,
        Op.I64_EXTEND8_S,
        Op.I64_EXTEND16_S,
        Op.I64_EXTEND32_S,
      ],
      I64,
    ],
    [
      [
        Op.I32_TRUNC_F32_S,
        Op.I32_TRUNC_F32_U,
        Op.I64_TRUNC_F32_S,
        Op.I64_TRUNC_F32_U,
        Op.F64_PROMOTE_F32,
        Op.I32_REINTERPRET_F32,
        Op.I32_TRUNC_SAT_F32_S,
        Op.I32_TRUNC_SAT_F32_U,
        Op.I64_TRUNC_SAT_F32_S,
        Op.I64_TRUNC_SAT_F32_U,
      ],
      F32,
    ],
    [
      [
        Op.I32_TRUNC_F64_S,
        Op.I32_TRUNC_F64_U,
        Op.I64_TRUNC_F64_S,
        Op.I64_TRUNC_F64_U,
        Op.F32_DEMOTE_F64,
        Op.I64_REINTERPRET_F64,
        Op.I32_TRUNC_SAT_F64_S,
        Op.I32_TRUNC_SAT_F64_U,
        Op.I64_TRUNC_SAT_F64_S,
        Op.I64_TRUNC_SAT_F64_U,
      ],
      F64,
    ],
  ];
  for (const [ops, type] of conversions) for (const op of ops) OPERAND_A[op] = type;
  for (const op of [
    Op.BR_IF,
    Op.BR_TABLE,
    Op.CALL_INDIRECT,
    Op.TAIL_CALL_INDIRECT,
    Op.MEMORY_GROW,
    Op.TABLE_GET,
    Op.TABLE_SET,
  ])
    OPERAND_A[op] = I32;
  for (const op of [Op.TABLE_INIT, Op.TABLE_COPY]) each(op, op, I32, I32, I32);
  // Addresses and lengths of memories are i32 or i64: `checkOperandType`.
  each(Op.MEMORY_INIT, Op.MEMORY_INIT, 0, I32, I32);
  each(Op.MEMORY_FILL, Op.MEMORY_FILL, 0, I32, 0);
  each(Op.TABLE_FILL, Op.TABLE_FILL, I32, 0, I32);
  OPERAND_B[Op.TABLE_GROW] = I32;
  OPERAND_C[Op.SELECT] = I32;
  for (let op = FIRST_SIMD; op < OP_LIMIT; op++) {
    const at = 4 * (op - 0x100);
    each(op, op, OP_POP[at], OP_POP[at + 1], OP_POP[at + 2]);
  }
  OPERAND_C[Op.I8X16_SHUFFLE] = ValType.V128;
}
