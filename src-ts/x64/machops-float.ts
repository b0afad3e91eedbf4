/**
 * Float machine operations (see machops.ts for the conventions). Pairs: the f32 one is even, the f64 one is that + 1.
 *
 * "tied" holds for legacy SSE only; with AVX the same operation has three operands and is not tied. No operation needs
 * an xmm temporary: xmm15 is the emitter's.
 */
export const enum FOp {
  // --- RR or RM, tied ---
  ADD32 = 256,
  ADD64 = 257,
  SUB32 = 258,
  SUB64 = 259,
  MUL32 = 260,
  MUL64 = 261,
  DIV32 = 262,
  DIV64 = 263,
  /** RR, tied. NaN if either is NaN; −0 < +0. */
  MIN32 = 264,
  MIN64 = 265,
  MAX32 = 266,
  MAX64 = 267,
  /** R, untied. */
  SQRT32 = 268,
  SQRT64 = 269,
  /** R, untied; cond = `Round`. */
  ROUND32 = 270,
  ROUND64 = 271,
  // --- bitwise with a constant. R, tied: all but the sign, flipped sign, only the sign ---
  ABS32 = 272,
  ABS64 = 273,
  NEG32 = 274,
  NEG64 = 275,
  SIGN32 = 276,
  SIGN64 = 277,
  /** Bitwise or of two registers, tied. */
  OR = 278,
  // --- integer to float. R or M, untied ---
  FROM_I32_32 = 280,
  FROM_I32_64 = 281,
  FROM_I64_32 = 282,
  FROM_I64_64 = 283,
  /** R; one general temporary. */
  FROM_U64_32 = 284,
  FROM_U64_64 = 285,
  /** R or M, untied. */
  DEMOTE = 286,
  PROMOTE = 287,
  // --- float to integer, R: eight trapping ones in the order of Op.I32_TRUNC_SAT_F32_S …, then the saturating ones ---
  TRUNC = 288,
  TRUNC_SAT = 296,
  // --- bits between register classes, R ---
  BITS_TO_FLOAT32 = 304,
  BITS_TO_FLOAT64 = 305,
  BITS_OF_FLOAT32 = 306,
  BITS_OF_FLOAT64 = 307,
  /** R, tied: the canonical NaN if it is a NaN. */
  CANONICAL32 = 308,
  CANONICAL64 = 309,
}
