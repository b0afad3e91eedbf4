/**
 * Machine operations: what instruction selection emits and the emitter expands. An operation is a macro: one x86-64
 * instruction or a short fixed sequence. Their facts are in operations.ts.
 *
 * Integer operations come in pairs: the 32-bit one is even, the 64-bit one is that + 1 (`op & 1` = wide). 32-bit forms
 * read the low halves of their operands and zero-extend their result.
 *
 * Expansion rules that keep register allocation simple:
 * - A result may share a register with any operand that dies here; a macro that writes its result before it has read
 *   everything asks for a temporary instead.
 * - An operand without a fixed register is never in a register of the instruction's RAX / RDX / RCX clobbers.
 * - Flags never live from one operation to the next; a producer of flags is fused with its consumer (`Cond` families
 *   below).
 */
import type { Enabled } from '../util/switches.js';

/**
 * The two float comparisons that need two flags; the others are hardware condition codes (`Cc`). The lowest bit negates
 * in both.
 */
export const enum FloatCc {
  /** ZF and not PF: equal. */
  EQ = 16,
  /** not ZF or PF: not equal or unordered. */
  NE = 17,
}

/**
 * What sets the flags in a fused operation; added to BR_ON, SET_ON, SELECT_ON, XSELECT_ON, ADC_ON, SBB_ON. Operands of the producer
 * (after `a` and `b` of a select), by form: RR: x, y · RI: x, imm · RM: x, [memory] · MR: [memory], x · MI: [memory],
 * imm. The condition code is in `cond`.
 */
export const enum Flags {
  CMP32 = 0,
  CMP64 = 1,
  TEST32 = 2,
  TEST64 = 3,
  /**
   * Compare of a byte or 16 bits of memory with an immediate (MI); test of a byte of memory (MI) or the low byte of a
   * register (RI).
   */
  CMP8 = 4,
  CMP16 = 5,
  TEST8 = 6,
  /** Bit test: RI (imm = bit) or RR (bit number in y, modulo the width); the condition is B (set) or AE (clear). */
  BT32 = 8,
  BT64 = 9,
  /** ucomiss / ucomisd: RR or RM. */
  UCOMISS = 10,
  UCOMISD = 11,
  /** ptest: RR. */
  PTEST = 12,
}

/**
 * Switches with this many entries before the default or more jump through addresses in the vmctx; smaller ones through
 * offsets in the code, which cost no memory in each instance.
 */
const MIN_DISPATCH = 16;

/** Whether a switch with n entries before the default jumps through the vmctx. */
export const usesDispatch = (n: number, enabled: Enabled): boolean => n >= MIN_DISPATCH && enabled['vmctx-switches'];

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
  // --- stores: MR (value, memory) or MI ---
  STORE8 = 18,
  STORE16 = 19,
  STORE32 = 20,
  STORE64 = 21,

  /**
   * Sums and differences of 128 bits, RR, RI; def, tied to operand 0, is the upper half, behind which LOW_HALF takes the
   * lower. Operands: the upper halves, the second one not if imm2 = 1; the lower halves, the first in rax, the second not
   * in RI.
   */
  ADD_WIDE = 22,
  SUB_WIDE = 23,

  // --- two-operand arithmetic. RR, RI, RM: def tied to operand 0. MR, MI: read-modify-write of memory. ADD and SHL by
  // 1–3 in RR / RI form are untied (lea) ---
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
  /** Read-modify-write of one byte or two (MR, MI). */
  ADD8 = 34,
  ADD16 = 35,
  SUB8 = 36,
  SUB16 = 37,
  AND8 = 38,
  AND16 = 39,
  OR8 = 40,
  OR16 = 41,
  XOR8 = 42,
  XOR16 = 43,
  /** RR, RM tied; RRI (operand, imm) and its memory variant MI (def = [memory] * imm) untied. */
  IMUL32 = 44,
  IMUL64 = 45,
  /** def = x + y * 2^cond + imm (RR), def = y * 2^cond + imm (R). */
  LEA32 = 46,
  LEA64 = 47,
  NEG32 = 48,
  NEG64 = 49,
  NOT32 = 50,
  NOT64 = 51,
  // --- shifts: RI (imm = count) tied, RR with the count fixed in rcx, tied ---
  SHL32 = 52,
  SHL64 = 53,
  SHR32 = 54,
  SHR64 = 55,
  SAR32 = 56,
  SAR64 = 57,
  ROL32 = 58,
  ROL64 = 59,
  ROR32 = 60,
  ROR64 = 61,
  // --- BMI2, untied: def = x shifted by y (RR), RORX: RI ---
  SHLX32 = 62,
  SHLX64 = 63,
  SHRX32 = 64,
  SHRX64 = 65,
  SARX32 = 66,
  SARX64 = 67,
  RORX32 = 68,
  RORX64 = 69,
  // --- extensions of a register, untied ---
  MOVZX8 = 70,
  MOVZX16 = 71,
  MOVSX8_32 = 72,
  MOVSX8_64 = 73,
  MOVSX16_32 = 74,
  MOVSX16_64 = 75,
  MOVSXD = 76,
  // --- bit counts; RR: the answer for zero, to which the result is tied, and the operand ---
  CLZ32 = 78,
  CLZ64 = 79,
  CTZ32 = 80,
  CTZ64 = 81,
  POPCNT32 = 82,
  POPCNT64 = 83,
  /** Dividend in rax, divisor anywhere else; quotient in rax, remainder in rdx. `cond`: DivCheck bits. */
  DIV_S32 = 84,
  DIV_S64 = 85,
  DIV_U32 = 86,
  DIV_U64 = 87,
  REM_S32 = 88,
  REM_S64 = 89,
  REM_U32 = 90,
  REM_U64 = 91,
  /** The lower half of the result, in rax: behind MULH, ADD_WIDE and SUB_WIDE. */
  LOW_HALF = 92,
  /**
   * High half of the product: operand 0 in rax, operand 1 anywhere; result in rdx. MULH32 of a
   * 32-bit pair is done by a 64-bit IMUL instead.
   */
  MULH_U64 = 93,
  MULH_S64 = 95,
  /** BMI1: def = ~x & y, untied. */
  ANDN32 = 96,
  ANDN64 = 97,
  /** Byte order reversed, R, tied. */
  BSWAP32 = 98,
  BSWAP64 = 99,

  // --- memory outside the guard ---
  /**
   * Traps unless index + imm (unsigned) + imm2 bytes <= the size of the memory. One temporary. Operand: the index, if
   * any (form R, else NONE). disp: the memory's view in the vmctx, 0 for memory 0; cond: `BoundsFlag`; wrap: a constant
   * that is added to the index at 64 bits.
   */
  BOUNDS = 100,
  /** The same, and def = index + imm as a 64-bit offset from the base of memory. */
  BOUNDS_EA = 101,

  // --- calls; cond = 1: what they throw goes to the block's last successor, a landing pad ---
  /** imm = function index. Operands: arguments in their registers. */
  CALL = 104,
  /** disp = offset of the call entry in the vmctx. */
  CALL_IMPORT = 105,
  /** Last operand: the index, in rax. imm = expected type id, imm2 = table length, disp = offset of the entries. */
  CALL_CLOSED = 106,
  /** Last operand: the index, in rax. imm = expected type id, disp = offset of the TableView. */
  CALL_TABLE = 107,
  /** The same two with a type id of the vmctx: imm = its offset; one temporary. */
  CALL_CLOSED_LONG = 108,
  CALL_TABLE_LONG = 109,
  /** imm = Helper. */
  CALL_HELPER = 110,
  /** Last operand: a funcref that is not null, in rax. One temporary. */
  CALL_REF = 111,

  // --- control ---
  BR = 112,
  /**
   * Operand: index; two temporaries. imm, imm2 as in Op.BR_TABLE (imm = start in func.pool, imm2 = entries incl. the
   * default). cond = 1: the index is provably below imm2 - 1.
   */
  BR_TABLE = 113,
  RET = 114,
  /** imm = Trap code. */
  TRAP = 115,
  /** After the call that it follows: goes on in successor 0. */
  INVOKE = 116,
  /** Start of a landing pad: result in rax, every other register is lost. No code. */
  LANDING = 117,
  /** The helper call before does not return. No code. */
  NO_RETURN = 118,
  /**
   * def = a new object, in rax; two temporaries. imm = where the type's id is in the vmctx, disp = type index, imm2 and
   * cond as `ObjectSize` says. Operand of an array: its length, in rdx.
   */
  OBJECT_NEW = 127,
  /**
   * The calls above up to CALL_TABLE_LONG, in the same order, in the place of this function. `cond`: 0 where the incoming
   * area has room for the callee's, and its stack arguments are there; else `tailAreas`, and they are in the outgoing one.
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
  /** def = condition ? operand 0 : operand 1 (general registers), tied to either. The producer's operands follow. */
  SELECT_ON = 160,
  /** The same for xmm registers (a jump around a move). */
  XSELECT_ON = 176,

  /**
   * def = operand 0 + operand 1 + carry, operand 0 - operand 1 - carry (64 bits), tied to operand 0; the condition is B.
   * The producer's operands follow. imm2 = 1: there is no operand 1.
   */
  ADC_ON = 480,
  SBB_ON = 496,
  /** Traps if the condition holds. imm2 = Trap code. */
  TRAP_ON = 384,

  // --- xmm loads and stores (low 4, 8 or all 16 bytes); operands like the integer ones, stores are MR ---
  XLOAD32 = 192,
  XLOAD64 = 193,
  XLOAD128 = 194,
  XSTORE32 = 195,
  XSTORE64 = 196,
  XSTORE128 = 197,

  // --- atomic accesses, four operations each by `Size`: 32, 64, 16, 8 bits (select/atomic.ts, emit/atomic.ts) ---
  /** MR, tied: what was in memory changes places with the value. */
  XCHG = 200,
  /** MR, tied: memory += value, def = what was there. */
  XADD = 204,
  /** MR: operand 0, in rax, is expected, operand 1 replaces it; def = what was there, in rax. */
  CMPXCHG = 208,
  /** MR, MI: memory op= value. */
  LOCKED_ADD = 212,
  LOCKED_SUB = 216,
  LOCKED_AND = 220,
  LOCKED_OR = 224,
  LOCKED_XOR = 228,
  /** MR: the same, and def = what was there, in rax; one temporary. A loop around a CMPXCHG. */
  FETCH_AND = 232,
  FETCH_OR = 236,
  FETCH_XOR = 240,
  /** Traps unless index + imm is a multiple of imm2 bytes. R, one temporary; NONE: it is not. */
  ALIGNED = 244,
  /** Nothing passes it. */
  FENCE = 245,
  /** Counts that execution comes to wasm offset imm (`Op.COUNT`). Sets flags. */
  COUNT = 255,

  /**
   * Float operations proper start here: `FOp` in machops-float.ts, selected by select/float.ts, emitted by
   * emit/float.ts.
   */
  FLOAT = 256,
  /** Vector operations: `VOp` in machops-simd.ts, selected by select/simd.ts, emitted by emit/simd.ts. */
  VECTOR = 320,
}
export const FLAGS_MASK = 15;

/** `cond` of a division: checks that are needed. */
export const enum DivCheck {
  ZERO = 1,
  MINUS_ONE = 2,
}
