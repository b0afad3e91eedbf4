/**
 * Machine operations that every machine has, by the same numbers: what the files of this folder emit. The lists of the
 * machines (`machops.ts` in their folders) say of each what its operands are.
 */
export const enum Common {
  ARG = 0,
  MOV32 = 2,
  IMM32 = 4,
  IMM64 = 5,
  LOAD32 = 8,
  LOAD64 = 9,
  LOAD8U = 10,
  LOAD16U = 11,
  LOAD8S32 = 12,
  LOAD16S32 = 14,
  STORE8 = 18,
  STORE16 = 19,
  STORE32 = 20,
  STORE64 = 21,
  BOUNDS = 100,
  CALL = 104,
  CALL_IMPORT = 105,
  CALL_CLOSED = 106,
  CALL_TABLE = 107,
  CALL_CLOSED_LONG = 108,
  CALL_TABLE_LONG = 109,
  CALL_HELPER = 110,
  CALL_REF = 111,
  BR = 112,
  BR_TABLE = 113,
  RET = 114,
  TRAP = 115,
  INVOKE = 116,
  LANDING = 117,
  NO_RETURN = 118,
  TAIL_CALL = 119,
  OBJECT_NEW = 127,
  BR_ON = 128,
  SELECT_ON = 160,
  XSELECT_ON = 176,
  XLOAD32 = 192,
  XLOAD64 = 193,
  XLOAD128 = 194,
  XSTORE32 = 195,
  XSTORE64 = 196,
  XSTORE128 = 197,
  COUNT = 255,
  TRAP_ON = 384,
}

/** `cond` of a bounds check. */
export const enum BoundsFlag {
  /** The index has 64 bits, so that the sum may pass 2^64. */
  WIDE = 1,
  /** The module has several memories: the trap tells which. */
  SEVERAL = 2,
  // 4: `CHECK_FENCED` of codegen/mach.ts.
}

/** How the size of a new object is known: its bytes are in imm2, for an array too, or log2 of an element's bytes. */
export const enum ObjectSize {
  STRUCTURE = 0,
  FIXED_ARRAY = 1,
  ARRAY = 2,
}

/** `cond` of a tail call that needs more room than its caller has: both areas in units of 16 bytes. */
export const tailAreas = (callee: number, own: number): number => (callee >> 4) | ((own >> 4) << 16);
export const calleeArea = (areas: number): number => (areas & 0xffff) << 4;
export const ownArea = (areas: number): number => (areas >> 16) << 4;
