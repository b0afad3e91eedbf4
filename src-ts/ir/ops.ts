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
  V128_CONST = 0x30c,
}
