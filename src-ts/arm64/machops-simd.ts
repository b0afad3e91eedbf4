/**
 * Vector machine operations of AArch64, one for each *shape*: the instruction itself, with its immediates, is `imm`
 * (asm/insts-simd.ts). A machine operation is one instruction.
 */
export const enum VOp {
  /** def = op x. Either may be a general register. */
  RR = 320,
  /** def = x op y. */
  RRR = 321,
  /** def = op(d, x), tied to d. x may be a general register. */
  RR_TIED = 322,
  /** def = op(d, x, y), tied to d. */
  RRR_TIED = 323,
  /** Loads and stores of 1 and 2 bytes of a vector register; a load clears the rest. */
  LOAD8 = 324,
  LOAD16 = 325,
  STORE8 = 326,
  STORE16 = 327,
}
