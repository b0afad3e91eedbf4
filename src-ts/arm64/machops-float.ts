/**
 * Float machine operations of AArch64 (machops.ts for the conventions). Pairs: the f32 one is even, the f64 one is that
 * + 1. Nothing is tied but COPYSIGN.
 */
export const enum FOp {
  // --- RR ---
  ADD32 = 256,
  ADD64 = 257,
  SUB32 = 258,
  SUB64 = 259,
  MUL32 = 260,
  MUL64 = 261,
  DIV32 = 262,
  DIV64 = 263,
  /** NaN if either is NaN; −0 < +0: the instructions are what wasm wants. */
  MIN32 = 264,
  MIN64 = 265,
  MAX32 = 266,
  MAX64 = 267,
  // --- R ---
  SQRT32 = 268,
  SQRT64 = 269,
  NEAREST32 = 270,
  NEAREST64 = 271,
  CEIL32 = 272,
  CEIL64 = 273,
  FLOOR32 = 274,
  FLOOR64 = 275,
  TRUNCATE32 = 276,
  TRUNCATE64 = 277,
  ABS32 = 278,
  ABS64 = 279,
  NEG32 = 280,
  NEG64 = 281,
  /** RR: the sign of y goes to x, tied. */
  COPYSIGN32 = 282,
  COPYSIGN64 = 283,
  // --- integer to float, R ---
  FROM_I32_32 = 284,
  FROM_I32_64 = 285,
  FROM_U32_32 = 286,
  FROM_U32_64 = 287,
  FROM_I64_32 = 288,
  FROM_I64_64 = 289,
  FROM_U64_32 = 290,
  FROM_U64_64 = 291,
  DEMOTE = 292,
  PROMOTE = 293,
  // --- float to integer, R: eight trapping ones in the order of Op.I32_TRUNC_SAT_F32_S …, then the saturating ones ---
  TRUNC = 296,
  TRUNC_SAT = 304,
  // --- bits between register classes, R ---
  BITS_TO_FLOAT32 = 312,
  BITS_TO_FLOAT64 = 313,
  BITS_OF_FLOAT32 = 314,
  BITS_OF_FLOAT64 = 315,
  /** R: the canonical NaN if it is a NaN. */
  CANONICAL32 = 316,
  CANONICAL64 = 317,
}
