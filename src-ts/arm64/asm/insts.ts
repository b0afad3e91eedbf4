/**
 * Instructions of AArch64 as numbers: the encoding with all registers and immediates zero, by the shapes in which
 * `encode.ts` fills them in (Arm Architecture Reference Manual for A-profile, chapter C4). Bit 31 makes a general
 * instruction one of 64 bits (`WIDE`) where both exist.
 */

/** Or-ed to a general instruction: 64 bits. */
export const WIDE = 0x80000000 | 0;
/** Of float instructions: double precision. */
export const DOUBLE = 1 << 22;

/** Conditions; the lowest bit negates. */
export const enum Cc {
  EQ = 0,
  NE = 1,
  /** Carry set: unsigned higher or same. */
  HS = 2,
  LO = 3,
  MI = 4,
  PL = 5,
  VS = 6,
  VC = 7,
  HI = 8,
  LS = 9,
  GE = 10,
  LT = 11,
  GT = 12,
  LE = 13,
}

/** What happens to the last operand of an instruction that shifts or extends it. */
export const enum Shift {
  LSL = 0,
  LSR = 1,
  ASR = 2,
  ROR = 3,
}
export const enum Extend {
  UXTB = 0,
  UXTH = 1,
  UXTW = 2,
  UXTX = 3,
  SXTB = 4,
  SXTH = 5,
  SXTW = 6,
}

/** d = n op (m shifted); with `EXTENDED` m is extended; the immediate forms are `AddImm`. */
export const enum Add {
  ADD = 0x0b000000,
  ADDS = 0x2b000000,
  SUB = 0x4b000000,
  SUBS = 0x6b000000,
}
export const EXTENDED = 0x00200000;

/** d = n op immediate: 12 bits, shifted by 12 or not. */
export const enum AddImm {
  ADD = 0x11000000,
  ADDS = 0x31000000,
  SUB = 0x51000000,
  SUBS = 0x71000000,
}

/** d = n op (m shifted). */
export const enum Logic {
  AND = 0x0a000000,
  BIC = 0x0a200000,
  ORR = 0x2a000000,
  ORN = 0x2a200000,
  EOR = 0x4a000000,
  EON = 0x4a200000,
  ANDS = 0x6a000000,
}

/** d = n op logical immediate. */
export const enum LogicImm {
  AND = 0x12000000,
  ORR = 0x32000000,
  EOR = 0x52000000,
  ANDS = 0x72000000,
}

/** d = sixteen bits at a multiple of sixteen. */
export const enum Wide {
  MOVN = 0x12800000,
  MOVZ = 0x52800000,
  MOVK = 0x72800000,
}

/** d, n, two bit numbers. */
export const enum Field {
  SBFM = 0x13000000,
  BFM = 0x33000000,
  UBFM = 0x53000000,
}

/** d = n op m. */
export const enum RRR {
  ADC = 0x1a000000,
  SBC = 0x5a000000,
  UDIV = 0x1ac00800,
  SDIV = 0x1ac00c00,
  LSL = 0x1ac02000,
  LSR = 0x1ac02400,
  ASR = 0x1ac02800,
  ROR = 0x1ac02c00,
  MUL = 0x1b007c00,
  MNEG = 0x1b00fc00,
  SMULL = 0x9b207c00 | 0,
  UMULL = 0x9ba07c00 | 0,
  SMULH = 0x9b407c00 | 0,
  UMULH = 0x9bc07c00 | 0,
}

/** d = a ± n * m. */
export const enum RRRR {
  MADD = 0x1b000000,
  MSUB = 0x1b008000,
}

/** d = op n. */
export const enum RR {
  RBIT = 0x5ac00000,
  REV16 = 0x5ac00400,
  /** Of 32 bits; 64 bits: REV_64. */
  REV = 0x5ac00800,
  REV_64 = 0xdac00c00 | 0,
  CLZ = 0x5ac01000,
}

/** d = condition ? n : op m. */
export const enum Select {
  CSEL = 0x1a800000,
  CSINC = 0x1a800400,
  CSINV = 0x5a800000,
  CSNEG = 0x5a800400,
}

/** Compares under a condition, else sets NZCV to an immediate; `+ 0x800` for a second operand of five bits. */
export const enum CondCompare {
  CCMN = 0x3a400000,
  CCMP = 0x7a400000,
}
export const CONDITIONAL_IMMEDIATE = 0x800;

/**
 * Loads and stores with an unsigned offset that is scaled by their size. `encode.ts` makes the other addressing modes of
 * them. Bits 31–30: log2 of the size, but of 16 bytes.
 */
export const enum Mem {
  STRB = 0x39000000,
  LDRB = 0x39400000,
  /** Sign-extended to 64 and to 32 bits. */
  LDRSB_X = 0x39800000,
  LDRSB_W = 0x39c00000,
  STRH = 0x79000000,
  LDRH = 0x79400000,
  LDRSH_X = 0x79800000,
  LDRSH_W = 0x79c00000,
  STR_W = 0xb9000000 | 0,
  LDR_W = 0xb9400000 | 0,
  LDRSW = 0xb9800000 | 0,
  STR_X = 0xf9000000 | 0,
  LDR_X = 0xf9400000 | 0,
  STR_B = 0x3d000000,
  LDR_B = 0x3d400000,
  STR_H = 0x7d000000,
  LDR_H = 0x7d400000,
  STR_S = 0xbd000000 | 0,
  LDR_S = 0xbd400000 | 0,
  STR_D = 0xfd000000 | 0,
  LDR_D = 0xfd400000 | 0,
  STR_Q = 0x3d800000,
  LDR_Q = 0x3dc00000,
}

/** Two registers at [base + a multiple of their size]. */
export const enum Pair {
  STP = 0xa9000000 | 0,
  LDP = 0xa9400000 | 0,
  STP_PRE = 0xa9800000 | 0,
  LDP_POST = 0xa8c00000 | 0,
  STP_W = 0x29000000,
  LDP_W = 0x29400000,
  STP_S = 0x2d000000,
  LDP_S = 0x2d400000,
  STP_D = 0x6d000000,
  LDP_D = 0x6d400000,
  STP_Q = 0xad000000 | 0,
  LDP_Q = 0xad400000 | 0,
}

/** Loads from the constants behind the code. */
export const enum Literal {
  LDR_X = 0x58000000,
  LDR_S = 0x1c000000,
  LDR_D = 0x5c000000,
  LDR_Q = 0x9c000000 | 0,
  ADR = 0x10000000,
}

/** Acquire and release: t, [n]; the exclusive stores have their status register in m. */
export const enum Exclusive {
  LDARB = 0x08dffc00,
  LDARH = 0x48dffc00,
  LDAR_W = 0x88dffc00 | 0,
  LDAR_X = 0xc8dffc00 | 0,
  STLRB = 0x089ffc00,
  STLRH = 0x489ffc00,
  STLR_W = 0x889ffc00 | 0,
  STLR_X = 0xc89ffc00 | 0,
  LDAXRB = 0x085ffc00,
  LDAXRH = 0x485ffc00,
  LDAXR_W = 0x885ffc00 | 0,
  LDAXR_X = 0xc85ffc00 | 0,
  STLXRB = 0x0800fc00,
  STLXRH = 0x4800fc00,
  STLXR_W = 0x8800fc00 | 0,
  STLXR_X = 0xc800fc00 | 0,
}

/** One-instruction atomics of bytes with acquire and release (FEAT_LSE): operand in m, old value in t, [n]; size << 30. */
export const enum Lse {
  LDADDAL = 0x38e00000,
  LDCLRAL = 0x38e01000,
  LDEORAL = 0x38e02000,
  LDSETAL = 0x38e03000,
  SWPAL = 0x38e08000,
  /** Compared with and replaced by what was there: m; new value: t. */
  CASAL = 0x08e0fc00,
}

/** Whole instructions, or with a register in n. */
export const enum Other {
  B = 0x14000000,
  BL = 0x94000000 | 0,
  B_COND = 0x54000000,
  CBZ = 0x34000000,
  TBZ = 0x36000000,
  BR = 0xd61f0000 | 0,
  BLR = 0xd63f0000 | 0,
  RET = 0xd65f03c0 | 0,
  /** RET by a register in n. */
  RET_BY = 0xd65f0000 | 0,
  NOP = 0xd503201f | 0,
  /** Landing pads: of calls through registers and of jumps through x16 and x17; of jumps through any register. */
  BTI_C = 0xd503245f | 0,
  BTI_J = 0xd503249f | 0,
  /** Sign and authenticate x30, by the stack pointer; x17, by x16. */
  PACIASP = 0xd503233f | 0,
  AUTIASP = 0xd50323bf | 0,
  AUTIA1716 = 0xd503219f | 0,
  /** Data memory barrier, inner shareable. */
  DMB_ISH = 0xd5033bbf | 0,
}

/** Scalar floats, single precision; or-ed with DOUBLE. d = n op m. */
export const enum F3 {
  FMUL = 0x1e200800,
  FDIV = 0x1e201800,
  FADD = 0x1e202800,
  FSUB = 0x1e203800,
  FMAX = 0x1e204800,
  FMIN = 0x1e205800,
}

/** d = op n. */
export const enum F2 {
  FMOV = 0x1e204000,
  FABS = 0x1e20c000,
  FNEG = 0x1e214000,
  FSQRT = 0x1e21c000,
  FRINTN = 0x1e244000,
  FRINTP = 0x1e24c000,
  FRINTM = 0x1e254000,
  FRINTZ = 0x1e25c000,
  /** Between the two precisions. */
  FCVT_D_S = 0x1e22c000,
  FCVT_S_D = 0x1e624000,
}

/** Others of scalar floats. */
export const enum FOther {
  FCMP = 0x1e202000,
  FCMP_ZERO = 0x1e202008,
  FCSEL = 0x1e200c00,
  FMOV_IMM = 0x1e201000,
}

/** Between general and float registers: d, n; WIDE and DOUBLE. */
export const enum Convert {
  SCVTF = 0x1e220000,
  UCVTF = 0x1e230000,
  FCVTZS = 0x1e380000,
  FCVTZU = 0x1e390000,
  /** Bits, general ← float and back; 64 bits with WIDE | DOUBLE. */
  FMOV_TO_GENERAL = 0x1e260000,
  FMOV_TO_FLOAT = 0x1e270000,
}
