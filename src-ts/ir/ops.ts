/**
 * Operations of the SSA IR. Numeric, load and store operators keep their wasm opcode as number (0x28–0xC4; saturating conversions are 0x200 + sub-opcode), so the
 * tables of the specification are the tables here; everything else has a number of its own from 0x100. SIMD operators are 0x300 + sub-opcode.
 *
 * Operands a, b, c are value numbers or -1; imm and imm2 as listed.
 */
export const enum Op {
  // --- pseudo ---
  /** Block parameter; imm = its place in the block's parameter list. */
  PARAM = 0x100,
  /** Function parameter; imm = its index. */
  ARG = 0x101,
  /** Result number imm (1, 2, …) of a call with several results; a = the call, whose own value is result 0. Follows its call directly. */
  RESULT = 0x102,
  /** Forwarded or removed. */
  NOP = 0x103,
  // --- terminators: the last instruction of each block; edges are in the function's CFG in order ---
  /** One successor. */
  BR = 0x110,
  /** a = condition (i32); successor 0 taken when non-zero, successor 1 otherwise. */
  BR_IF = 0x111,
  /** a = index; imm = start in the pool of the table of successor ordinals (deduplicated edges), imm2 = entries incl. the default, which is last. */
  BR_TABLE = 0x112,
  /** Results in pool[imm .. imm+imm2). */
  RETURN = 0x113,
  /** Unconditional trap; imm = Trap code. */
  TRAP = 0x114,
  // --- calls: arguments in pool[imm+1 .. imm+1+n), pool[imm] = n ---
  /** imm2 = function index. */
  CALL = 0x120,
  /** a = table element index; imm2 = type index; b = table index (plain number, not a value). */
  CALL_INDIRECT = 0x121,
  // --- state ---
  /** imm = global index. */
  GLOBAL_GET = 0x23,
  /** a = value, imm = global index. */
  GLOBAL_SET = 0x24,
  MEMORY_SIZE = 0x3f,
  /** a = pages. */
  MEMORY_GROW = 0x40,
  /** a, b, c = dst, src, n; imm = data segment. */
  MEMORY_INIT = 0x208,
  /** imm = data segment. */
  DATA_DROP = 0x209,
  /** a, b, c = dst, src, n. */
  MEMORY_COPY = 0x20a,
  /** a, b, c = dst, value, n. */
  MEMORY_FILL = 0x20b,
  /** a, b, c = dst, src, n; imm = element segment, imm2 = table. */
  TABLE_INIT = 0x20c,
  /** imm = element segment. */
  ELEM_DROP = 0x20d,
  /** a, b, c = dst, src, n; imm = destination table, imm2 = source table. */
  TABLE_COPY = 0x20e,
  /** a = initial value, b = delta; imm = table. */
  TABLE_GROW = 0x20f,
  /** imm = table. */
  TABLE_SIZE = 0x210,
  /** a, b, c = index, value, n; imm = table. */
  TABLE_FILL = 0x211,
  /** a = index; imm = table. */
  TABLE_GET = 0x25,
  /** a = index, b = value; imm = table. */
  TABLE_SET = 0x26,
  // --- constants: imm = low 32 bits, imm2 = high 32 bits (floats by their bits); V128 uses the pool: imm = start of 4 words ---
  I32_CONST = 0x41,
  I64_CONST = 0x42,
  F32_CONST = 0x43,
  F64_CONST = 0x44,
  REF_NULL = 0xd0,
  /** imm = function index. An ordinary pure value, not one of the rematerialised constants: making a funcref calls the runtime. */
  REF_FUNC = 0xd2,
  /** a, b = values if c (i32) is non-zero / zero. */
  SELECT = 0x1b,
  // --- loads: a = address, imm = offset (unsigned 32 bits) ---
  I32_LOAD = 0x28, I64_LOAD = 0x29, F32_LOAD = 0x2a, F64_LOAD = 0x2b,
  I32_LOAD8_S = 0x2c, I32_LOAD8_U = 0x2d, I32_LOAD16_S = 0x2e, I32_LOAD16_U = 0x2f,
  I64_LOAD8_S = 0x30, I64_LOAD8_U = 0x31, I64_LOAD16_S = 0x32, I64_LOAD16_U = 0x33, I64_LOAD32_S = 0x34, I64_LOAD32_U = 0x35,
  // --- stores: a = address, b = value, imm = offset ---
  I32_STORE = 0x36, I64_STORE = 0x37, F32_STORE = 0x38, F64_STORE = 0x39,
  I32_STORE8 = 0x3a, I32_STORE16 = 0x3b, I64_STORE8 = 0x3c, I64_STORE16 = 0x3d, I64_STORE32 = 0x3e,
  // --- i32 comparisons (results are i32 0 or 1). ref.is_null is I32_EQZ of the reference: the operand of I32_EQZ, I32_NE with 0, BR_IF and SELECT's c may be a reference ---
  I32_EQZ = 0x45, I32_EQ = 0x46, I32_NE = 0x47, I32_LT_S = 0x48, I32_LT_U = 0x49, I32_GT_S = 0x4a, I32_GT_U = 0x4b, I32_LE_S = 0x4c, I32_LE_U = 0x4d, I32_GE_S = 0x4e, I32_GE_U = 0x4f,
  I64_EQZ = 0x50, I64_EQ = 0x51, I64_NE = 0x52, I64_LT_S = 0x53, I64_LT_U = 0x54, I64_GT_S = 0x55, I64_GT_U = 0x56, I64_LE_S = 0x57, I64_LE_U = 0x58, I64_GE_S = 0x59, I64_GE_U = 0x5a,
  F32_EQ = 0x5b, F32_NE = 0x5c, F32_LT = 0x5d, F32_GT = 0x5e, F32_LE = 0x5f, F32_GE = 0x60,
  F64_EQ = 0x61, F64_NE = 0x62, F64_LT = 0x63, F64_GT = 0x64, F64_LE = 0x65, F64_GE = 0x66,
  I32_CLZ = 0x67, I32_CTZ = 0x68, I32_POPCNT = 0x69,
  I32_ADD = 0x6a, I32_SUB = 0x6b, I32_MUL = 0x6c, I32_DIV_S = 0x6d, I32_DIV_U = 0x6e, I32_REM_S = 0x6f, I32_REM_U = 0x70,
  I32_AND = 0x71, I32_OR = 0x72, I32_XOR = 0x73, I32_SHL = 0x74, I32_SHR_S = 0x75, I32_SHR_U = 0x76, I32_ROTL = 0x77, I32_ROTR = 0x78,
  I64_CLZ = 0x79, I64_CTZ = 0x7a, I64_POPCNT = 0x7b,
  I64_ADD = 0x7c, I64_SUB = 0x7d, I64_MUL = 0x7e, I64_DIV_S = 0x7f, I64_DIV_U = 0x80, I64_REM_S = 0x81, I64_REM_U = 0x82,
  I64_AND = 0x83, I64_OR = 0x84, I64_XOR = 0x85, I64_SHL = 0x86, I64_SHR_S = 0x87, I64_SHR_U = 0x88, I64_ROTL = 0x89, I64_ROTR = 0x8a,
  F32_ABS = 0x8b, F32_NEG = 0x8c, F32_CEIL = 0x8d, F32_FLOOR = 0x8e, F32_TRUNC = 0x8f, F32_NEAREST = 0x90, F32_SQRT = 0x91,
  F32_ADD = 0x92, F32_SUB = 0x93, F32_MUL = 0x94, F32_DIV = 0x95, F32_MIN = 0x96, F32_MAX = 0x97, F32_COPYSIGN = 0x98,
  F64_ABS = 0x99, F64_NEG = 0x9a, F64_CEIL = 0x9b, F64_FLOOR = 0x9c, F64_TRUNC = 0x9d, F64_NEAREST = 0x9e, F64_SQRT = 0x9f,
  F64_ADD = 0xa0, F64_SUB = 0xa1, F64_MUL = 0xa2, F64_DIV = 0xa3, F64_MIN = 0xa4, F64_MAX = 0xa5, F64_COPYSIGN = 0xa6,
  I32_WRAP_I64 = 0xa7, I32_TRUNC_F32_S = 0xa8, I32_TRUNC_F32_U = 0xa9, I32_TRUNC_F64_S = 0xaa, I32_TRUNC_F64_U = 0xab,
  I64_EXTEND_I32_S = 0xac, I64_EXTEND_I32_U = 0xad, I64_TRUNC_F32_S = 0xae, I64_TRUNC_F32_U = 0xaf, I64_TRUNC_F64_S = 0xb0, I64_TRUNC_F64_U = 0xb1,
  F32_CONVERT_I32_S = 0xb2, F32_CONVERT_I32_U = 0xb3, F32_CONVERT_I64_S = 0xb4, F32_CONVERT_I64_U = 0xb5, F32_DEMOTE_F64 = 0xb6,
  F64_CONVERT_I32_S = 0xb7, F64_CONVERT_I32_U = 0xb8, F64_CONVERT_I64_S = 0xb9, F64_CONVERT_I64_U = 0xba, F64_PROMOTE_F32 = 0xbb,
  I32_REINTERPRET_F32 = 0xbc, I64_REINTERPRET_F64 = 0xbd, F32_REINTERPRET_I32 = 0xbe, F64_REINTERPRET_I64 = 0xbf,
  I32_EXTEND8_S = 0xc0, I32_EXTEND16_S = 0xc1, I64_EXTEND8_S = 0xc2, I64_EXTEND16_S = 0xc3, I64_EXTEND32_S = 0xc4,
  I32_TRUNC_SAT_F32_S = 0x200, I32_TRUNC_SAT_F32_U = 0x201, I32_TRUNC_SAT_F64_S = 0x202, I32_TRUNC_SAT_F64_U = 0x203,
  I64_TRUNC_SAT_F32_S = 0x204, I64_TRUNC_SAT_F32_U = 0x205, I64_TRUNC_SAT_F64_S = 0x206, I64_TRUNC_SAT_F64_U = 0x207,
  // --- SIMD, as 0x300 + sub-opcode. Loads and stores have the fields of the scalar ones; load_lane has the vector in b, and imm2 of a lane access is the lane. imm of extract_lane and replace_lane is the
  // lane. The lanes of a shuffle are its operand c, a V128_CONST. ---
  V128_LOAD = 0x300, V128_LOAD8X8_S = 0x301, V128_LOAD8X8_U = 0x302, V128_LOAD16X4_S = 0x303, V128_LOAD16X4_U = 0x304, V128_LOAD32X2_S = 0x305, V128_LOAD32X2_U = 0x306,
  V128_LOAD8_SPLAT = 0x307, V128_LOAD16_SPLAT = 0x308, V128_LOAD32_SPLAT = 0x309, V128_LOAD64_SPLAT = 0x30a, V128_STORE = 0x30b, I8X16_SHUFFLE = 0x30d, I8X16_SWIZZLE = 0x30e,
  I8X16_SPLAT = 0x30f, I16X8_SPLAT = 0x310, I32X4_SPLAT = 0x311, I64X2_SPLAT = 0x312, F32X4_SPLAT = 0x313, F64X2_SPLAT = 0x314, I8X16_EXTRACT_LANE_S = 0x315, I8X16_EXTRACT_LANE_U = 0x316,
  I8X16_REPLACE_LANE = 0x317, I16X8_EXTRACT_LANE_S = 0x318, I16X8_EXTRACT_LANE_U = 0x319, I16X8_REPLACE_LANE = 0x31a, I32X4_EXTRACT_LANE = 0x31b, I32X4_REPLACE_LANE = 0x31c,
  I64X2_EXTRACT_LANE = 0x31d, I64X2_REPLACE_LANE = 0x31e, F32X4_EXTRACT_LANE = 0x31f, F32X4_REPLACE_LANE = 0x320, F64X2_EXTRACT_LANE = 0x321, F64X2_REPLACE_LANE = 0x322, I8X16_EQ = 0x323,
  I8X16_NE = 0x324, I8X16_LT_S = 0x325, I8X16_LT_U = 0x326, I8X16_GT_S = 0x327, I8X16_GT_U = 0x328, I8X16_LE_S = 0x329, I8X16_LE_U = 0x32a, I8X16_GE_S = 0x32b, I8X16_GE_U = 0x32c,
  I16X8_EQ = 0x32d, I16X8_NE = 0x32e, I16X8_LT_S = 0x32f, I16X8_LT_U = 0x330, I16X8_GT_S = 0x331, I16X8_GT_U = 0x332, I16X8_LE_S = 0x333, I16X8_LE_U = 0x334, I16X8_GE_S = 0x335,
  I16X8_GE_U = 0x336, I32X4_EQ = 0x337, I32X4_NE = 0x338, I32X4_LT_S = 0x339, I32X4_LT_U = 0x33a, I32X4_GT_S = 0x33b, I32X4_GT_U = 0x33c, I32X4_LE_S = 0x33d, I32X4_LE_U = 0x33e,
  I32X4_GE_S = 0x33f, I32X4_GE_U = 0x340, F32X4_EQ = 0x341, F32X4_NE = 0x342, F32X4_LT = 0x343, F32X4_GT = 0x344, F32X4_LE = 0x345, F32X4_GE = 0x346, F64X2_EQ = 0x347, F64X2_NE = 0x348,
  F64X2_LT = 0x349, F64X2_GT = 0x34a, F64X2_LE = 0x34b, F64X2_GE = 0x34c, V128_NOT = 0x34d, V128_AND = 0x34e, V128_ANDNOT = 0x34f, V128_OR = 0x350, V128_XOR = 0x351, V128_BITSELECT = 0x352,
  V128_ANY_TRUE = 0x353, V128_LOAD8_LANE = 0x354, V128_LOAD16_LANE = 0x355, V128_LOAD32_LANE = 0x356, V128_LOAD64_LANE = 0x357, V128_STORE8_LANE = 0x358, V128_STORE16_LANE = 0x359,
  V128_STORE32_LANE = 0x35a, V128_STORE64_LANE = 0x35b, V128_LOAD32_ZERO = 0x35c, V128_LOAD64_ZERO = 0x35d, F32X4_DEMOTE_F64X2_ZERO = 0x35e, F64X2_PROMOTE_LOW_F32X4 = 0x35f,
  I8X16_ABS = 0x360, I8X16_NEG = 0x361, I8X16_POPCNT = 0x362, I8X16_ALL_TRUE = 0x363, I8X16_BITMASK = 0x364, I8X16_NARROW_I16X8_S = 0x365, I8X16_NARROW_I16X8_U = 0x366, F32X4_CEIL = 0x367,
  F32X4_FLOOR = 0x368, F32X4_TRUNC = 0x369, F32X4_NEAREST = 0x36a, I8X16_SHL = 0x36b, I8X16_SHR_S = 0x36c, I8X16_SHR_U = 0x36d, I8X16_ADD = 0x36e, I8X16_ADD_SAT_S = 0x36f,
  I8X16_ADD_SAT_U = 0x370, I8X16_SUB = 0x371, I8X16_SUB_SAT_S = 0x372, I8X16_SUB_SAT_U = 0x373, F64X2_CEIL = 0x374, F64X2_FLOOR = 0x375, I8X16_MIN_S = 0x376, I8X16_MIN_U = 0x377,
  I8X16_MAX_S = 0x378, I8X16_MAX_U = 0x379, F64X2_TRUNC = 0x37a, I8X16_AVGR_U = 0x37b, I16X8_EXTADD_PAIRWISE_I8X16_S = 0x37c, I16X8_EXTADD_PAIRWISE_I8X16_U = 0x37d,
  I32X4_EXTADD_PAIRWISE_I16X8_S = 0x37e, I32X4_EXTADD_PAIRWISE_I16X8_U = 0x37f, I16X8_ABS = 0x380, I16X8_NEG = 0x381, I16X8_Q15MULR_SAT_S = 0x382, I16X8_ALL_TRUE = 0x383,
  I16X8_BITMASK = 0x384, I16X8_NARROW_I32X4_S = 0x385, I16X8_NARROW_I32X4_U = 0x386, I16X8_EXTEND_LOW_I8X16_S = 0x387, I16X8_EXTEND_HIGH_I8X16_S = 0x388, I16X8_EXTEND_LOW_I8X16_U = 0x389,
  I16X8_EXTEND_HIGH_I8X16_U = 0x38a, I16X8_SHL = 0x38b, I16X8_SHR_S = 0x38c, I16X8_SHR_U = 0x38d, I16X8_ADD = 0x38e, I16X8_ADD_SAT_S = 0x38f, I16X8_ADD_SAT_U = 0x390, I16X8_SUB = 0x391,
  I16X8_SUB_SAT_S = 0x392, I16X8_SUB_SAT_U = 0x393, F64X2_NEAREST = 0x394, I16X8_MUL = 0x395, I16X8_MIN_S = 0x396, I16X8_MIN_U = 0x397, I16X8_MAX_S = 0x398, I16X8_MAX_U = 0x399,
  I16X8_AVGR_U = 0x39b, I16X8_EXTMUL_LOW_I8X16_S = 0x39c, I16X8_EXTMUL_HIGH_I8X16_S = 0x39d, I16X8_EXTMUL_LOW_I8X16_U = 0x39e, I16X8_EXTMUL_HIGH_I8X16_U = 0x39f, I32X4_ABS = 0x3a0,
  I32X4_NEG = 0x3a1, I32X4_ALL_TRUE = 0x3a3, I32X4_BITMASK = 0x3a4, I32X4_EXTEND_LOW_I16X8_S = 0x3a7, I32X4_EXTEND_HIGH_I16X8_S = 0x3a8, I32X4_EXTEND_LOW_I16X8_U = 0x3a9,
  I32X4_EXTEND_HIGH_I16X8_U = 0x3aa, I32X4_SHL = 0x3ab, I32X4_SHR_S = 0x3ac, I32X4_SHR_U = 0x3ad, I32X4_ADD = 0x3ae, I32X4_SUB = 0x3b1, I32X4_MUL = 0x3b5, I32X4_MIN_S = 0x3b6,
  I32X4_MIN_U = 0x3b7, I32X4_MAX_S = 0x3b8, I32X4_MAX_U = 0x3b9, I32X4_DOT_I16X8_S = 0x3ba, I32X4_EXTMUL_LOW_I16X8_S = 0x3bc, I32X4_EXTMUL_HIGH_I16X8_S = 0x3bd,
  I32X4_EXTMUL_LOW_I16X8_U = 0x3be, I32X4_EXTMUL_HIGH_I16X8_U = 0x3bf, I64X2_ABS = 0x3c0, I64X2_NEG = 0x3c1, I64X2_ALL_TRUE = 0x3c3, I64X2_BITMASK = 0x3c4, I64X2_EXTEND_LOW_I32X4_S = 0x3c7,
  I64X2_EXTEND_HIGH_I32X4_S = 0x3c8, I64X2_EXTEND_LOW_I32X4_U = 0x3c9, I64X2_EXTEND_HIGH_I32X4_U = 0x3ca, I64X2_SHL = 0x3cb, I64X2_SHR_S = 0x3cc, I64X2_SHR_U = 0x3cd, I64X2_ADD = 0x3ce,
  I64X2_SUB = 0x3d1, I64X2_MUL = 0x3d5, I64X2_EQ = 0x3d6, I64X2_NE = 0x3d7, I64X2_LT_S = 0x3d8, I64X2_GT_S = 0x3d9, I64X2_LE_S = 0x3da, I64X2_GE_S = 0x3db, I64X2_EXTMUL_LOW_I32X4_S = 0x3dc,
  I64X2_EXTMUL_HIGH_I32X4_S = 0x3dd, I64X2_EXTMUL_LOW_I32X4_U = 0x3de, I64X2_EXTMUL_HIGH_I32X4_U = 0x3df, F32X4_ABS = 0x3e0, F32X4_NEG = 0x3e1, F32X4_SQRT = 0x3e3, F32X4_ADD = 0x3e4,
  F32X4_SUB = 0x3e5, F32X4_MUL = 0x3e6, F32X4_DIV = 0x3e7, F32X4_MIN = 0x3e8, F32X4_MAX = 0x3e9, F32X4_PMIN = 0x3ea, F32X4_PMAX = 0x3eb, F64X2_ABS = 0x3ec, F64X2_NEG = 0x3ed,
  F64X2_SQRT = 0x3ef, F64X2_ADD = 0x3f0, F64X2_SUB = 0x3f1, F64X2_MUL = 0x3f2, F64X2_DIV = 0x3f3, F64X2_MIN = 0x3f4, F64X2_MAX = 0x3f5, F64X2_PMIN = 0x3f6, F64X2_PMAX = 0x3f7,
  I32X4_TRUNC_SAT_F32X4_S = 0x3f8, I32X4_TRUNC_SAT_F32X4_U = 0x3f9, F32X4_CONVERT_I32X4_S = 0x3fa, F32X4_CONVERT_I32X4_U = 0x3fb, I32X4_TRUNC_SAT_F64X2_S_ZERO = 0x3fc,
  I32X4_TRUNC_SAT_F64X2_U_ZERO = 0x3fd, F64X2_CONVERT_LOW_I32X4_S = 0x3fe, F64X2_CONVERT_LOW_I32X4_U = 0x3ff,
  V128_CONST = 0x30c,
}

/** The first SIMD operator; all others are below. */
export const FIRST_SIMD: number = Op.V128_LOAD;
