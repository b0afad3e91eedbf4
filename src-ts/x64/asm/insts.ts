/**
 * Encoding facts: one row per instruction form, packed into a number, so that a row costs nothing at run time and a new
 * instruction is a new row.
 *
 * Bits of a row: 0–7 opcode byte, 8–9 map (0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A), 10–11 mandatory prefix (0: none, 1:
 * 66, 2: F3, 3: F2; numbered as VEX.pp), 12 REX.W / VEX.W, 13 the reg operand is a byte register, 14 the r/m operand is
 * a byte register (spl, bpl, sil, dil need a REX prefix then), 15 VEX.L (256 bits). Mnemonics and operands are as in
 * the vendor's manual; `test/unit/encode-simd.test.ts` compares every row with iced-x86.
 */

/** Condition codes (the low four bits of Jcc, SETcc, CMOVcc); `cc ^ 1` is the opposite. */
export const enum Cc {
  O = 0,
  NO = 1,
  B = 2,
  AE = 3,
  E = 4,
  NE = 5,
  BE = 6,
  A = 7,
  S = 8,
  NS = 9,
  P = 10,
  NP = 11,
  L = 12,
  GE = 13,
  LE = 14,
  G = 15,
}

/** Operand size of integer instructions. The first two are the usual `w` of 0 and 1. */
export const enum Size {
  D = 0,
  Q = 1,
  W = 2,
  B = 3,
}

/**
 * The eight classic ALU operations (opcode = 8 * op + form) and TEST, which shares their methods but not their
 * encoding.
 */
export const enum Alu {
  ADD = 0,
  OR = 1,
  ADC = 2,
  SBB = 3,
  AND = 4,
  SUB = 5,
  XOR = 6,
  CMP = 7,
  TEST = 8,
}

/** Shifts and rotates: the /digit of C1, D1, D3. */
export const enum Shift {
  ROL = 0,
  ROR = 1,
  SHL = 4,
  SHR = 5,
  SAR = 7,
}

/** One-operand arithmetic: the /digit of F7. */
export const enum Unary {
  NOT = 2,
  NEG = 3,
  MUL = 4,
  IMUL = 5,
  DIV = 6,
  IDIV = 7,
}

export const MAP_SHIFT = 8;
export const PP_SHIFT = 10;
export const ROW_66 = 0x400;
export const ROW_F3 = 0x800;
export const ROW_F2 = 0xc00;
export const ROW_W = 0x1000;
export const ROW_BYTE_REG = 0x2000;
export const ROW_BYTE_RM = 0x4000;
export const ROW_L = 0x8000;

/** General-purpose rows, `reg, r/m` unless said otherwise; OR ROW_W into them for 64 bits. */
export const enum Gpr {
  MOVSXD = 0x63,
  IMUL_I32 = 0x69,
  IMUL_I8 = 0x6b,
  LEA = 0x8d,
  IMUL = 0x1af,
  MOVZX8 = 0x41b6,
  MOVZX16 = 0x1b7,
  MOVSX8 = 0x41be,
  MOVSX16 = 0x1bf,
  /** r/m, reg. */
  BT = 0x1a3,
  BSF = 0x1bc,
  BSR = 0x1bd,
  POPCNT = 0x9b8,
  TZCNT = 0x9bc,
  LZCNT = 0x9bd,
  /** + Cc. */
  CMOVCC = 0x140,
}

/** VEX-encoded integer rows (BMI1, BMI2). */
export const enum Bmi {
  /** reg, r/m, vvvv = shift count. */
  SHLX = 0x6f7,
  SARX = 0xaf7,
  SHRX = 0xef7,
  /** reg, r/m, imm8. */
  RORX = 0xff0,
  /** reg, vvvv, r/m: ~vvvv & r/m. */
  ANDN = 0x2f2,
}

/**
 * SSE rows. The same row serves the legacy form (`xmm, xmm/m`) and the VEX form (`xmm, xmm, xmm/m`, or `xmm, xmm/m` for
 * moves, conversions to integer, roots of packed values).
 */
export const enum Sse {
  // --- moves: the register is the destination; *_STORE: the register is the source ---
  MOVUPS = 0x110,
  MOVUPS_STORE = 0x111,
  MOVAPS = 0x128,
  MOVAPS_STORE = 0x129,
  /** Between registers these two merge into the destination; loads clear the rest. */
  MOVSS = 0x910,
  MOVSD = 0xd10,
  MOVSS_STORE = 0x911,
  MOVSD_STORE = 0xd11,
  MOVDQU = 0x96f,
  MOVDQU_STORE = 0x97f,
  MOVDQA = 0x56f,
  MOVDQA_STORE = 0x57f,
  /** xmm, r/m32 and xmm, r/m64. */
  MOVD = 0x56e,
  MOVQ = 0x156e,
  /** r/m32, xmm and r/m64, xmm: the register operand is the xmm. */
  MOVD_STORE = 0x57e,
  MOVQ_STORE = 0x157e,
  /** xmm, xmm/m64: clears the upper half. */
  MOVQ_XMM = 0x97e,
  MOVHLPS = 0x112,
  MOVLHPS = 0x116,
  // --- scalar arithmetic ---
  ADDSS = 0x958,
  MULSS = 0x959,
  SUBSS = 0x95c,
  MINSS = 0x95d,
  DIVSS = 0x95e,
  MAXSS = 0x95f,
  SQRTSS = 0x951,
  ADDSD = 0xd58,
  MULSD = 0xd59,
  SUBSD = 0xd5c,
  MINSD = 0xd5d,
  DIVSD = 0xd5e,
  MAXSD = 0xd5f,
  SQRTSD = 0xd51,
  UCOMISS = 0x12e,
  UCOMISD = 0x52e,
  /** With an imm8: the predicate. */
  CMPSS = 0x9c2,
  CMPSD = 0xdc2,
  /** With an imm8: the rounding mode. */
  ROUNDSS = 0x70a,
  ROUNDSD = 0x70b,
  // --- conversions ---
  CVTSS2SD = 0x95a,
  CVTSD2SS = 0xd5a,
  /** xmm, r/m32 (r/m64). */
  CVTSI2SS = 0x92a,
  CVTSI2SD = 0xd2a,
  CVTSI2SS_Q = 0x192a,
  CVTSI2SD_Q = 0x1d2a,
  /** r32 (r64), xmm/m. */
  CVTTSS2SI = 0x92c,
  CVTTSD2SI = 0xd2c,
  CVTTSS2SI_Q = 0x192c,
  CVTTSD2SI_Q = 0x1d2c,
  // --- bitwise, packed ---
  ANDPS = 0x154,
  ANDNPS = 0x155,
  ORPS = 0x156,
  XORPS = 0x157,
  ANDPD = 0x554,
  ANDNPD = 0x555,
  ORPD = 0x556,
  XORPD = 0x557,
  PAND = 0x5db,
  PANDN = 0x5df,
  POR = 0x5eb,
  PXOR = 0x5ef,
  /** Flags: ZF = no common bit. */
  PTEST = 0x617,
  // --- packed float arithmetic ---
  ADDPS = 0x158,
  MULPS = 0x159,
  SUBPS = 0x15c,
  MINPS = 0x15d,
  DIVPS = 0x15e,
  MAXPS = 0x15f,
  SQRTPS = 0x151,
  ADDPD = 0x558,
  MULPD = 0x559,
  SUBPD = 0x55c,
  MINPD = 0x55d,
  DIVPD = 0x55e,
  MAXPD = 0x55f,
  SQRTPD = 0x551,
  /** With an imm8: the predicate (`Cmp`), the rounding mode. */
  CMPPS = 0x1c2,
  CMPPD = 0x5c2,
  ROUNDPS = 0x708,
  ROUNDPD = 0x709,
  CVTDQ2PS = 0x15b,
  CVTTPS2DQ = 0x95b,
  CVTDQ2PD = 0x9e6,
  CVTTPD2DQ = 0x5e6,
  CVTPD2PS = 0x55a,
  CVTPS2PD = 0x15a,
  // --- packed integer arithmetic ---
  PADDB = 0x5fc,
  PADDW = 0x5fd,
  PADDD = 0x5fe,
  PADDQ = 0x5d4,
  PADDSB = 0x5ec,
  PADDSW = 0x5ed,
  PADDUSB = 0x5dc,
  PADDUSW = 0x5dd,
  PSUBB = 0x5f8,
  PSUBW = 0x5f9,
  PSUBD = 0x5fa,
  PSUBQ = 0x5fb,
  PSUBSB = 0x5e8,
  PSUBSW = 0x5e9,
  PSUBUSB = 0x5d8,
  PSUBUSW = 0x5d9,
  PMINSB = 0x638,
  PMINSW = 0x5ea,
  PMINSD = 0x639,
  PMINUB = 0x5da,
  PMINUW = 0x63a,
  PMINUD = 0x63b,
  PMAXSB = 0x63c,
  PMAXSW = 0x5ee,
  PMAXSD = 0x63d,
  PMAXUB = 0x5de,
  PMAXUW = 0x63e,
  PMAXUD = 0x63f,
  PAVGB = 0x5e0,
  PAVGW = 0x5e3,
  PABSB = 0x61c,
  PABSW = 0x61d,
  PABSD = 0x61e,
  PMULLW = 0x5d5,
  PMULHW = 0x5e5,
  PMULHUW = 0x5e4,
  PMULLD = 0x640,
  PMULUDQ = 0x5f4,
  PMULDQ = 0x628,
  PMULHRSW = 0x60b,
  PMADDUBSW = 0x604,
  PMADDWD = 0x5f5,
  PCMPEQB = 0x574,
  PCMPEQW = 0x575,
  PCMPEQD = 0x576,
  PCMPEQQ = 0x629,
  PCMPGTB = 0x564,
  PCMPGTW = 0x565,
  PCMPGTD = 0x566,
  PCMPGTQ = 0x637,
  /** Count in the low quadword of the second operand. */
  PSLLW = 0x5f1,
  PSLLD = 0x5f2,
  PSLLQ = 0x5f3,
  PSRLW = 0x5d1,
  PSRLD = 0x5d2,
  PSRLQ = 0x5d3,
  PSRAW = 0x5e1,
  PSRAD = 0x5e2,
  // --- lanes ---
  PACKSSWB = 0x563,
  PACKSSDW = 0x56b,
  PACKUSWB = 0x567,
  PACKUSDW = 0x62b,
  PUNPCKLBW = 0x560,
  PUNPCKLWD = 0x561,
  PUNPCKLDQ = 0x562,
  PUNPCKLQDQ = 0x56c,
  PUNPCKHBW = 0x568,
  PUNPCKHWD = 0x569,
  PUNPCKHDQ = 0x56a,
  PUNPCKHQDQ = 0x56d,
  UNPCKLPS = 0x114,
  PSHUFB = 0x600,
  /** With an imm8. */
  PSHUFD = 0x570,
  PSHUFLW = 0xd70,
  PSHUFHW = 0x970,
  SHUFPS = 0x1c6,
  PALIGNR = 0x70f,
  PBLENDW = 0x70e,
  INSERTPS = 0x721,
  PMOVSXBW = 0x620,
  PMOVSXBD = 0x621,
  PMOVSXBQ = 0x622,
  PMOVSXWD = 0x623,
  PMOVSXWQ = 0x624,
  PMOVSXDQ = 0x625,
  PMOVZXBW = 0x630,
  PMOVZXBD = 0x631,
  PMOVZXBQ = 0x632,
  PMOVZXWD = 0x633,
  PMOVZXWQ = 0x634,
  PMOVZXDQ = 0x635,
  /** xmm, xmm/m64. */
  MOVDDUP = 0xd12,
  /** Memory forms of MOVHLPS and MOVLHPS: load and store of one half. */
  MOVLPS = 0x112,
  MOVHPS = 0x116,
  MOVHPS_STORE = 0x117,
  /** xmm, r32/m, imm8 and (Q) xmm, r64/m64, imm8. */
  PINSRB = 0x720,
  PINSRW = 0x5c4,
  PINSRD = 0x722,
  PINSRQ = 0x1722,
  /** r32/m, xmm, imm8 and (Q) r64/m64, xmm, imm8: the register operand is the xmm. */
  PEXTRB = 0x714,
  PEXTRW = 0x715,
  PEXTRD = 0x716,
  PEXTRQ = 0x1716,
  /** r32, xmm: sign bits. */
  PMOVMSKB = 0x5d7,
  MOVMSKPS = 0x150,
  MOVMSKPD = 0x550,
  // --- FMA only: xmm, xmm, xmm/m. 231: dst = a * b + dst, 213: dst = a * dst + b; N: minus the product ---
  VFMADD213PS = 0x6a8,
  VFMADD213PD = 0x16a8,
  VFNMADD213PS = 0x6ac,
  VFNMADD213PD = 0x16ac,
  VFMADD231PS = 0x6b8,
  VFMADD231PD = 0x16b8,
  VFNMADD231PS = 0x6bc,
  VFNMADD231PD = 0x16bc,
  // --- AVX only: xmm, xmm, xmm, xmm (in bits 4–7 of the immediate): lanes of the third where the fourth's sign is set ---
  VBLENDVPS = 0x74a,
  VBLENDVPD = 0x74b,
  VPBLENDVB = 0x74c,
  // --- AVX, AVX2 only: xmm, xmm/m ---
  VBROADCASTSS = 0x618,
  VPBROADCASTB = 0x678,
  VPBROADCASTW = 0x679,
}

/** Shifts of lanes by an immediate: opcode row and /digit (`sse_shift_ri`); the digit is in bits 16–18. */
export const enum SseShift {
  PSRLW = 0x20571,
  PSRAW = 0x40571,
  PSLLW = 0x60571,
  PSRLD = 0x20572,
  PSRAD = 0x40572,
  PSLLD = 0x60572,
  PSRLQ = 0x20573,
  PSLLQ = 0x60573,
}

/** Predicates of CMPPS and CMPPD. */
export const enum Cmp {
  EQ = 0,
  LT = 1,
  LE = 2,
  UNORD = 3,
  NEQ = 4,
  NLT = 5,
}

/** Rounding modes of ROUNDSS and the like with the precision exception suppressed. */
export const enum Round {
  NEAREST = 8,
  FLOOR = 9,
  CEIL = 10,
  TRUNC = 11,
}
