/**
 * Machine operations of AArch64: what instruction selection emits and the emitter expands, one instruction each or a
 * short fixed sequence. `operations.ts` has a row of facts for each.
 *
 * Integer operations come in pairs: the 32-bit one is even, the 64-bit one is that + 1 (`op & 1` = wide). 32-bit forms
 * read the low halves of their operands and zero-extend their result. Nothing is tied but where it says so, and no
 * operation wants a fixed register but calls. Flags never live from one operation to the next: what sets them is fused
 * with what reads them (`Flags` below). Sequences use x16, x17 and v31 and write their result last, or after the operands
 * that they still read.
 */

/** What happens to operand 1 of a binary operation (its `imm` in form RR): kind << 6 | amount, or 0. */
export const enum Modifier {
  LSL = 0,
  LSR = 1,
  ASR = 2,
  ROR = 3,
  /** Extended, then shifted left by the amount. Additions and compares only. */
  UXTB = 4,
  UXTH = 5,
  UXTW = 6,
  SXTB = 8,
  SXTH = 9,
  SXTW = 10,
}
export const modifier = (kind: Modifier, amount: number): number => (kind << 6) | amount;

/** In `MachFunc.addr`: the index is 32 bits, the access extends it with zeros. */
export const ADDR_UXTW = 128;

/**
 * What sets the flags in a fused operation; added to BR_ON, SET_ON, SELECT_ON, XSELECT_ON and TRAP_ON. Operands of the
 * producer (after `a` and `b` of a select): RR: x, y (`imm`: Modifier) · RI: x, imm. The condition is in `cond`.
 */
export const enum Flags {
  CMP32 = 0,
  CMP64 = 1,
  /** x & y. RI: the mask is imm2:imm. */
  TST32 = 2,
  TST64 = 3,
  /** x compared with zero, for EQ and NE (R). */
  ZERO32 = 4,
  ZERO64 = 5,
  /** Bit `imm` of x, for EQ (clear) and NE (R). */
  BIT = 6,
  FCMP32 = 8,
  FCMP64 = 9,
  /** Two comparisons, the second under a condition: x, y of the first, x, y of the second; `imm`, Chain in imm2. */
  CHAIN32 = 10,
  CHAIN64 = 11,
}
export const FLAGS_MASK = 15;

/** `imm2` of a chain. Constants stand in place of y: the first's is `imm`. */
export const enum Chain {
  /** The second's constant, without its sign. */
  CONSTANT = 31,
  /** The constant is negative. */
  NEGATIVE = 1 << 5,
  FIRST_REGISTER = 1 << 6,
  SECOND_REGISTER = 1 << 7,
  /** NZCV where the second is not made. */
  FLAGS_SHIFT = 8,
  /** The condition under which it is. */
  CONDITION_SHIFT = 12,
}

export const enum MOp {
  /** Function parameter in its register (defFixed): no code. */
  ARG = 0,
  /** Moves of a general register: the 32-bit one zero-extends. */
  MOV32 = 2,
  MOV64 = 3,
  /** def = imm (zero-extended 32 bits) / imm2:imm. For numbers that are no SSA constant. */
  IMM32 = 4,
  IMM64 = 5,

  // --- loads: def = [memory]; S = sign-extended to 32 or 64 bits ---
  LOAD32 = 8,
  LOAD64 = 9,
  LOAD8U = 10,
  LOAD16U = 11,
  LOAD8S32 = 12,
  LOAD8S64 = 13,
  LOAD16S32 = 14,
  LOAD16S64 = 15,
  LOAD32S64 = 16,
  // --- stores: MR (value, memory), or MI: zero ---
  STORE8 = 18,
  STORE16 = 19,
  STORE32 = 20,
  STORE64 = 21,

  // --- RR (imm: Modifier) or RI; of the logical ones the immediate is imm2:imm ---
  ADD32 = 24,
  ADD64 = 25,
  SUB32 = 26,
  SUB64 = 27,
  AND32 = 28,
  AND64 = 29,
  OR32 = 30,
  OR64 = 31,
  XOR32 = 32,
  XOR64 = 33,
  /** x & ~y, x | ~y, x ^ ~y. RR. */
  BIC32 = 34,
  BIC64 = 35,
  ORN32 = 36,
  ORN64 = 37,
  EON32 = 38,
  EON64 = 39,
  MUL32 = 40,
  MUL64 = 41,
  /** Operand 2 ± x * y. */
  MADD32 = 42,
  MADD64 = 43,
  MSUB32 = 44,
  MSUB64 = 45,
  /** -y, ~y: R (imm: Modifier). */
  NEG32 = 46,
  NEG64 = 47,
  NOT32 = 48,
  NOT64 = 49,
  // --- shifts: RI (imm = count) or RR ---
  LSL32 = 50,
  LSL64 = 51,
  LSR32 = 52,
  LSR64 = 53,
  ASR32 = 54,
  ASR64 = 55,
  ROR32 = 56,
  ROR64 = 57,
  /** Rotation to the left by y. RR. */
  ROL32 = 58,
  ROL64 = 59,
  /** imm2 bits of x from bit imm on, extended with zeros or the sign. R. */
  UBFX32 = 60,
  UBFX64 = 61,
  SBFX32 = 62,
  SBFX64 = 63,
  /** The low imm2 bits of x at bit imm, zeros elsewhere. R. */
  UBFIZ32 = 64,
  UBFIZ64 = 65,
  SBFIZ32 = 66,
  SBFIZ64 = 67,
  CLZ32 = 68,
  CLZ64 = 69,
  CTZ32 = 70,
  CTZ64 = 71,
  POPCNT32 = 72,
  POPCNT64 = 73,
  /** RR; `cond`: DivCheck bits. */
  DIV_S32 = 74,
  DIV_S64 = 75,
  DIV_U32 = 76,
  DIV_U64 = 77,
  REM_S32 = 78,
  REM_S64 = 79,
  REM_U32 = 80,
  REM_U64 = 81,
  /** High half of the product. */
  MULH_U64 = 83,
  MULH_S64 = 85,
  /** The product of two 32-bit numbers, 64 bits. */
  SMULL64 = 87,
  UMULL64 = 89,
  /** Byte order reversed, R. */
  REV32 = 90,
  REV64 = 91,
  /** operand 0 + operand 1 + (x < y), unsigned, 64 bits; imm2 = 1: there is no operand 1. Compare of 32 or 64 bits. */
  ADC32 = 92,
  ADC64 = 93,
  /** operand 0 - operand 1 - (x < y). */
  SBC32 = 94,
  SBC64 = 95,

  // --- memory outside the guard ---
  /**
   * Traps unless index + imm (unsigned) + imm2 bytes <= the size of the memory. Operand: the index, if any (form R, else
   * NONE). disp: the memory's view in the vmctx, 0 for memory 0; cond: `BoundsFlag`.
   */
  BOUNDS = 100,
  /** The same, and def = index + imm as a 64-bit offset from the base of memory. */
  BOUNDS_EA = 101,

  // --- calls; cond = 1: what they throw goes to the block's last successor, a landing pad ---
  /** imm = function index. Operands: arguments in their registers. */
  CALL = 104,
  /** disp = offset of the call entry in the vmctx. */
  CALL_IMPORT = 105,
  /** Last operand: the index, in x8. imm = expected type id, imm2 = table length, disp = offset of the entries. */
  CALL_CLOSED = 106,
  /** Last operand: the index, in x8. imm = expected type id, disp = offset of the TableView. */
  CALL_TABLE = 107,
  /** The same two with a type id of the vmctx: imm = its offset. */
  CALL_CLOSED_LONG = 108,
  CALL_TABLE_LONG = 109,
  /** imm = Helper. */
  CALL_HELPER = 110,
  /** Last operand: a funcref that is not null, in x8. */
  CALL_REF = 111,

  // --- control ---
  BR = 112,
  /**
   * Operand: index. imm, imm2 as in Op.BR_TABLE (imm = start in func.pool, imm2 = entries incl. the default). cond = 1:
   * the index is provably below imm2 - 1.
   */
  BR_TABLE = 113,
  RET = 114,
  /** imm = Trap code. */
  TRAP = 115,
  /** After the call that it follows: goes on in successor 0. */
  INVOKE = 116,
  /** Start of a landing pad: result in x0, every other register is lost. No code. */
  LANDING = 117,
  /** The helper call before does not return. No code. */
  NO_RETURN = 118,
  /**
   * def = a new object; one temporary. imm = where the type's id is in the vmctx, disp = type index, imm2 and cond as
   * `ObjectSize` says. Operands: the base of the heap, of an array its length.
   */
  OBJECT_NEW = 127,
  /**
   * The calls above in the same order, in the place of this function. `cond`: 0 where the incoming area has room for the
   * callee's, and its stack arguments are there; else `tailAreas`, and they are in the outgoing one.
   */
  TAIL_CALL = 119,
  TAIL_CALL_IMPORT = 120,
  TAIL_CALL_CLOSED = 121,
  TAIL_CALL_TABLE = 122,
  TAIL_CALL_CLOSED_LONG = 123,
  TAIL_CALL_TABLE_LONG = 124,
  TAIL_CALL_REF = 126,

  // --- fused with a producer of flags: family + Flags ---
  BR_ON = 128,
  /** def = condition ? 1 : 0. */
  SET_ON = 144,
  /** def = condition ? operand 0 : operand 1 (general registers). The producer's operands follow. */
  SELECT_ON = 160,
  /** The same for vector registers; of v128 (imm2 = 16) a jump around a move, tied to operand 0. */
  XSELECT_ON = 176,
  /** Traps if the condition holds. imm2 = Trap code. */
  TRAP_ON = 384,

  // --- vector loads and stores (low 4, 8 or all 16 bytes) ---
  XLOAD32 = 192,
  XLOAD64 = 193,
  XLOAD128 = 194,
  XSTORE32 = 195,
  XSTORE64 = 196,
  XSTORE128 = 197,

  // --- atomic accesses, four operations each: 8, 16, 32, 64 bits. Their address is in a register (select/atomic.ts) ---
  /** def = [address]. */
  ATOMIC_LOAD = 216,
  /** Value, address. */
  ATOMIC_STORE = 220,
  /** def = what was there; value, address; two temporaries without LSE. */
  FETCH_ADD = 224,
  FETCH_SUB = 228,
  FETCH_AND = 232,
  FETCH_OR = 236,
  FETCH_XOR = 240,
  EXCHANGE = 244,
  /** def = what was there; expected, replacement, address; one temporary without LSE. */
  COMPARE_EXCHANGE = 248,
  /** Traps unless index + imm is a multiple of imm2 bytes. R; NONE: it is not. */
  ALIGNED = 252,
  /** Nothing passes it. */
  FENCE = 253,
  /** def = address of the memory operand (MEMORY and others), faulting nowhere. */
  ADDRESS = 254,
  /** Counts that execution comes to wasm offset imm (`Op.COUNT`). */
  COUNT = 255,

  /** Float operations: `FOp` in machops-float.ts. */
  FLOAT = 256,
  /** Vector operations: `VOp` in machops-simd.ts. */
  VECTOR = 320,
}

/** `cond` of a division: checks that are needed. */
export const enum DivCheck {
  ZERO = 1,
  OVERFLOW = 2,
}
