/**
 * Vector instructions of AArch64 (NEON) as numbers, all 128 bits unless it says so. Where lanes come in several sizes the
 * row is that of bytes: `lanes(row, log2 of the lane's bytes)`. Of float instructions the row is that of f32x4; `| DOUBLE`
 * makes it f64x2.
 */

/** A row of integer lanes with lanes of 1 << size bytes. */
export const lanes = (row: number, size: number): number => row | (size << 22);
/** The same instruction on the upper half of its operand, or into the upper half of its result. */
export const HALF = 0x40000000;

/** d = n op m, integer lanes. */
export const enum V3 {
  ADD = 0x4e208400,
  SUB = 0x6e208400,
  MUL = 0x4e209c00,
  SQADD = 0x4e200c00,
  UQADD = 0x6e200c00,
  SQSUB = 0x4e202c00,
  UQSUB = 0x6e202c00,
  SMAX = 0x4e206400,
  UMAX = 0x6e206400,
  SMIN = 0x4e206c00,
  UMIN = 0x6e206c00,
  URHADD = 0x6e201400,
  SQRDMULH = 0x6e20b400,
  ADDP = 0x4e20bc00,
  UMAXP = 0x6e20a400,
  CMEQ = 0x6e208c00,
  CMGT = 0x4e203400,
  CMHI = 0x6e203400,
  CMGE = 0x4e203c00,
  CMHS = 0x6e203c00,
  SSHL = 0x4e204400,
  USHL = 0x6e204400,
  ZIP1 = 0x4e003800,
  ZIP2 = 0x4e007800,
  UZP1 = 0x4e001800,
  UZP2 = 0x4e005800,
  TRN1 = 0x4e002800,
  TRN2 = 0x4e006800,
  // --- no lanes ---
  AND = 0x4e201c00,
  BIC = 0x4e601c00,
  ORR = 0x4ea01c00,
  EOR = 0x6e201c00,
  /** d = (d & n) | (~d & m). */
  BSL = 0x6e601c00,
  TBL = 0x4e000000,
  /** Bytes that the index does not reach stay. */
  TBX = 0x4e001000,
  EXT = 0x6e000000,
  // --- twice as wide: of the lower halves; `| HALF` of the upper ones ---
  SMULL = 0x0e20c000,
  UMULL = 0x2e20c000,
  /** d += n * m, 64 bits. */
  UMLAL = 0x2e208000,
  // --- floats ---
  FADD = 0x4e20d400,
  FSUB = 0x4ea0d400,
  FMUL = 0x6e20dc00,
  FDIV = 0x6e20fc00,
  FMAX = 0x4e20f400,
  FMIN = 0x4ea0f400,
  FCMEQ = 0x4e20e400,
  FCMGE = 0x6e20e400,
  FCMGT = 0x6ea0e400,
  /** d += n * m, d -= n * m. */
  FMLA = 0x4e20cc00,
  FMLS = 0x4ea0cc00,
}

/** d = op n. */
export const enum V2 {
  ABS = 0x4e20b800,
  NEG = 0x6e20b800,
  CNT = 0x4e205800,
  NOT = 0x6e205800,
  CMEQ_ZERO = 0x4e209800,
  CMLT_ZERO = 0x4e20a800,
  SADDLP = 0x4e202800,
  UADDLP = 0x6e202800,
  REV16 = 0x4e201800,
  REV32 = 0x6e200800,
  REV64 = 0x4e200800,
  /** To half the width, into the lower half (the upper is cleared); `| HALF` into the upper one. Lanes: of the result. */
  XTN = 0x0e212800,
  SQXTN = 0x0e214800,
  UQXTN = 0x2e214800,
  SQXTUN = 0x2e212800,
  // --- to the lowest lane ---
  UMAXV = 0x6e30a800,
  UMINV = 0x6e31a800,
  ADDV = 0x4e31b800,
  /** Of f64x2 lanes as integers. */
  ADDP_D = 0x5ef1b800,
  // --- floats ---
  FABS = 0x4ea0f800,
  FNEG = 0x6ea0f800,
  FSQRT = 0x6ea1f800,
  FRINTN = 0x4e218800,
  FRINTM = 0x4e219800,
  FRINTP = 0x4ea18800,
  FRINTZ = 0x4ea19800,
  FCVTZS = 0x4ea1b800,
  FCVTZU = 0x6ea1b800,
  SCVTF = 0x4e21d800,
  UCVTF = 0x6e21d800,
  /** Two f32 to f64x2, and back (the upper half is cleared). */
  FCVTL = 0x0e617800,
  FCVTN = 0x0e616800,
}

/** d = n shifted by a constant: `shiftLeft`, `shiftRight`; extensions to twice the width by `extension`. */
export const enum VShift {
  SHL = 0x4f005400,
  SSHR = 0x4f000400,
  USHR = 0x6f000400,
  SSHLL = 0x0f00a400,
  USHLL = 0x2f00a400,
}
export const shiftLeft = (row: VShift, size: number, count: number): number => row | (((8 << size) + count) << 16);
export const shiftRight = (row: VShift, size: number, count: number): number => row | (((16 << size) - count) << 16);
/** Lanes of 1 << size bytes become twice as wide. */
export const extension = (row: VShift, size: number): number => row | ((8 << size) << 16);

/** Lanes: `element` has the number and size of one. */
export const enum VLane {
  /** Every lane = general register, lane of n. */
  DUP_GENERAL = 0x4e000c00,
  DUP = 0x4e000400,
  /** Lowest lane = lane of n, zeros above. */
  TAKE = 0x5e000400,
  /** Lane = general register. */
  INS_GENERAL = 0x4e001c00,
  /** General register = lane, with zeros or its sign; of 8 bytes UMOV | HALF. */
  UMOV = 0x0e003c00,
  SMOV = 0x0e002c00,
  /** Lane of d = lowest lane of n, or another (`from`). */
  INS = 0x6e000400,
}
export const element = (row: VLane, size: number, lane: number): number =>
  row | ((((lane << 1) | 1) << size) << 16) | (row === VLane.UMOV && size === 3 ? HALF : 0);
/** INS: the lane of n. */
export const from = (size: number, lane: number): number => (lane << size) << 11;
