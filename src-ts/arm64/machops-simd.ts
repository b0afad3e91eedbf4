/**
 * Vector machine operations of AArch64, one for each *shape*: the instruction itself is its row (asm/insts-simd.ts) in
 * `imm`, an immediate is in `imm2`. A machine operation is one instruction.
 */
export const enum VOp {
  /** def = 0. */
  ZERO = 320,
  /** def = op x. */
  RR = 321,
  /** def = x op y. */
  RRR = 322,
  /** def = op(d, x, y), tied to d. With one operand beside d: RR form. */
  RRR_TIED = 323,
  /** def = op(x, imm2): shifts by constants, and the like; imm2 is the whole field immh:immb. */
  RR_IMMEDIATE = 324,
  /** def = general register in every lane, or in the lowest. */
  FROM_GENERAL = 325,
  /** general def = lane of x. */
  TO_GENERAL = 326,
  /** def = d with a lane replaced by general x. Tied to d. */
  INSERT_GENERAL = 327,
  /** def = d with a lane replaced by a lane of x (imm2). Tied to d. */
  INSERT = 328,
  /** def = bytes imm2 … of x:y. */
  EXT = 329,
  /** def = bytes of x that y says. */
  TABLE = 330,
  /** def = bytes of x and y that z says: the two go to v30… see emit/simd.ts. */
  TABLE_PAIR = 331,
  /** def = d with a lane loaded. Tied to d. Address in a register. */
  LOAD_LANE = 332,
  /** def = lanes all loaded from one place. Address in a register. */
  LOAD_SPLAT = 333,
  /** Value, address in a register. */
  STORE_LANE = 334,
}
