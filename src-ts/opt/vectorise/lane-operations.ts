/**
 * Which vector operation does to each lane what a scalar operation does: one table for each width of lanes, indexed by
 * `Op`. What is not in them has no exact counterpart, and its loop stays scalar.
 */
import { OP_LIMIT } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';

/** Tables by log2 of a lane's bytes. */
const tables = (): Uint16Array[] => [0, 1, 2, 3].map(() => new Uint16Array(OP_LIMIT));
const [LANES_8, LANES_16, LANES_32, LANES_64] = [0, 1, 2, 3];

/** Elementwise operations of one or two operands; 0: there is none. Of integers in lanes that are narrower than the
 * scalars those whose low bits depend on low bits only. */
export const LANE_OPERATION = tables();
/** Comparisons, whose result is a mask: all ones or all zeros in each lane. */
export const LANE_COMPARISON = tables();
/** Shifts by an amount that is the same for all lanes: b is a scalar. */
export const LANE_SHIFT = tables();
/** By comparison `x op y` of the conditions under which `select(x, y)` is one operation: the larger or smaller of both. */
export const LANE_CHOICE = tables();
/** Splat, lane selection by a mask; by log2 of a lane's bytes. */
export const INTEGER_SPLAT = [Op.I8X16_SPLAT, Op.I16X8_SPLAT, Op.I32X4_SPLAT, Op.I64X2_SPLAT];
export const LANE_SELECT = [
  Op.I8X16_RELAXED_LANESELECT,
  Op.I16X8_RELAXED_LANESELECT,
  Op.I32X4_RELAXED_LANESELECT,
  Op.I64X2_RELAXED_LANESELECT,
];
export const LANES_EQUAL = [Op.I8X16_EQ, Op.I16X8_EQ, Op.I32X4_EQ, Op.I64X2_EQ];

function fill(): void {
  const rows = (table: Uint16Array, pairs: readonly (readonly [Op, Op])[]): void => {
    for (const [scalar, lanes] of pairs) table[scalar] = lanes;
  };
  const bitwise = [
    [Op.I32_AND, Op.V128_AND],
    [Op.I32_OR, Op.V128_OR],
    [Op.I32_XOR, Op.V128_XOR],
  ] as const;
  rows(LANE_OPERATION[LANES_8], [...bitwise, [Op.I32_ADD, Op.I8X16_ADD], [Op.I32_SUB, Op.I8X16_SUB]]);
  rows(LANE_OPERATION[LANES_16], [
    ...bitwise,
    [Op.I32_ADD, Op.I16X8_ADD],
    [Op.I32_SUB, Op.I16X8_SUB],
    [Op.I32_MUL, Op.I16X8_MUL],
  ]);
  rows(LANE_OPERATION[LANES_32], [
    ...bitwise,
    [Op.I32_ADD, Op.I32X4_ADD],
    [Op.I32_SUB, Op.I32X4_SUB],
    [Op.I32_MUL, Op.I32X4_MUL],
    [Op.F32_ABS, Op.F32X4_ABS],
    [Op.F32_NEG, Op.F32X4_NEG],
    [Op.F32_CEIL, Op.F32X4_CEIL],
    [Op.F32_FLOOR, Op.F32X4_FLOOR],
    [Op.F32_TRUNC, Op.F32X4_TRUNC],
    [Op.F32_NEAREST, Op.F32X4_NEAREST],
    [Op.F32_SQRT, Op.F32X4_SQRT],
    [Op.F32_ADD, Op.F32X4_ADD],
    [Op.F32_SUB, Op.F32X4_SUB],
    [Op.F32_MUL, Op.F32X4_MUL],
    [Op.F32_DIV, Op.F32X4_DIV],
    [Op.F32_MIN, Op.F32X4_MIN],
    [Op.F32_MAX, Op.F32X4_MAX],
    [Op.F32_CONVERT_I32_S, Op.F32X4_CONVERT_I32X4_S],
    [Op.F32_CONVERT_I32_U, Op.F32X4_CONVERT_I32X4_U],
    [Op.I32_TRUNC_SAT_F32_S, Op.I32X4_TRUNC_SAT_F32X4_S],
    [Op.I32_TRUNC_SAT_F32_U, Op.I32X4_TRUNC_SAT_F32X4_U],
    // Lanes of 64 bits on one side: two of them.
    [Op.F32_DEMOTE_F64, Op.F32X4_DEMOTE_F64X2_ZERO],
    [Op.I32_TRUNC_SAT_F64_S, Op.I32X4_TRUNC_SAT_F64X2_S_ZERO],
    [Op.I32_TRUNC_SAT_F64_U, Op.I32X4_TRUNC_SAT_F64X2_U_ZERO],
    [Op.CANONICAL_F32, Op.CANONICAL_F32X4],
  ]);
  rows(LANE_OPERATION[LANES_64], [
    [Op.I64_AND, Op.V128_AND],
    [Op.I64_OR, Op.V128_OR],
    [Op.I64_XOR, Op.V128_XOR],
    [Op.I64_ADD, Op.I64X2_ADD],
    [Op.I64_SUB, Op.I64X2_SUB],
    [Op.I64_MUL, Op.I64X2_MUL],
    [Op.F64_ABS, Op.F64X2_ABS],
    [Op.F64_NEG, Op.F64X2_NEG],
    [Op.F64_CEIL, Op.F64X2_CEIL],
    [Op.F64_FLOOR, Op.F64X2_FLOOR],
    [Op.F64_TRUNC, Op.F64X2_TRUNC],
    [Op.F64_NEAREST, Op.F64X2_NEAREST],
    [Op.F64_SQRT, Op.F64X2_SQRT],
    [Op.F64_ADD, Op.F64X2_ADD],
    [Op.F64_SUB, Op.F64X2_SUB],
    [Op.F64_MUL, Op.F64X2_MUL],
    [Op.F64_DIV, Op.F64X2_DIV],
    [Op.F64_MIN, Op.F64X2_MIN],
    [Op.F64_MAX, Op.F64X2_MAX],
    [Op.F64_PROMOTE_F32, Op.F64X2_PROMOTE_LOW_F32X4],
    [Op.F64_CONVERT_I32_S, Op.F64X2_CONVERT_LOW_I32X4_S],
    [Op.F64_CONVERT_I32_U, Op.F64X2_CONVERT_LOW_I32X4_U],
    [Op.I64_EXTEND_I32_S, Op.I64X2_EXTEND_LOW_I32X4_S],
    [Op.I64_EXTEND_I32_U, Op.I64X2_EXTEND_LOW_I32X4_U],
    [Op.CANONICAL_F64, Op.CANONICAL_F64X2],
  ]);
  // Rows of comparisons stand in wasm's order in both, but for those of 64-bit integers.
  for (let k = 0; k <= Op.I32_GE_U - Op.I32_EQ; k++) {
    LANE_COMPARISON[LANES_8][Op.I32_EQ + k] = Op.I8X16_EQ + k;
    LANE_COMPARISON[LANES_16][Op.I32_EQ + k] = Op.I16X8_EQ + k;
    LANE_COMPARISON[LANES_32][Op.I32_EQ + k] = Op.I32X4_EQ + k;
  }
  for (let k = 0; k <= Op.F32_GE - Op.F32_EQ; k++) {
    LANE_COMPARISON[LANES_32][Op.F32_EQ + k] = Op.F32X4_EQ + k;
    LANE_COMPARISON[LANES_64][Op.F64_EQ + k] = Op.F64X2_EQ + k;
  }
  rows(LANE_COMPARISON[LANES_64], [
    [Op.I64_EQ, Op.I64X2_EQ],
    [Op.I64_NE, Op.I64X2_NE],
    [Op.I64_LT_S, Op.I64X2_LT_S],
    [Op.I64_GT_S, Op.I64X2_GT_S],
    [Op.I64_LE_S, Op.I64X2_LE_S],
    [Op.I64_GE_S, Op.I64X2_GE_S],
  ]);
  const shifts = (width: number, scalar: Op, lanes: Op): void => {
    for (let k = 0; k < 3; k++) LANE_SHIFT[width][scalar + k] = lanes + k;
  };
  shifts(LANES_8, Op.I32_SHL, Op.I8X16_SHL);
  shifts(LANES_16, Op.I32_SHL, Op.I16X8_SHL);
  shifts(LANES_32, Op.I32_SHL, Op.I32X4_SHL);
  shifts(LANES_64, Op.I64_SHL, Op.I64X2_SHL);
  const choices = (width: number, least: Op): void => {
    // MIN_S, MIN_U, MAX_S, MAX_U follow one another. Of equal numbers either is the right one.
    for (const op of [Op.I32_LT_S, Op.I32_LE_S]) {
      LANE_CHOICE[width][op] = least;
      LANE_CHOICE[width][op + 1] = least + 1;
    }
    for (const op of [Op.I32_GT_S, Op.I32_GE_S]) {
      LANE_CHOICE[width][op] = least + 2;
      LANE_CHOICE[width][op + 1] = least + 3;
    }
  };
  choices(LANES_8, Op.I8X16_MIN_S);
  choices(LANES_16, Op.I16X8_MIN_S);
  choices(LANES_32, Op.I32X4_MIN_S);
  // select(x, y, x < y) is pmin(y, x), bit for bit: with exchanged operands.
  rows(LANE_CHOICE[LANES_32], [
    [Op.F32_LT, Op.F32X4_PMIN],
    [Op.F32_GT, Op.F32X4_PMAX],
  ]);
  rows(LANE_CHOICE[LANES_64], [
    [Op.F64_LT, Op.F64X2_PMIN],
    [Op.F64_GT, Op.F64X2_PMAX],
  ]);
}

fill();

export const isFloatComparison = (o: number): boolean => o >= Op.F32_EQ && o <= Op.F64_GE;
export const isIntegerComparison = (o: number): boolean => o >= Op.I32_EQ && o <= Op.I32_GE_U;

/** log2 of the bytes of a scalar. */
export const widthOf = (type: number): number => (type === ValType.I64 || type === ValType.F64 ? 3 : 2);
