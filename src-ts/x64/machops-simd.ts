/**
 * Vector machine operations (see machops.ts for the conventions). Each is one instruction whose encoding row (`Sse`, `SseShift`) stands in `imm`, with its immediate byte in `imm2`: what the hundreds of vector
 * instructions have in common is their shape, and only that is an operation here. Sequences are made by selection (select-simd.ts), so the allocator sees every step.
 *
 * "tied" holds for legacy SSE only; with AVX the same operation has three operands and is not tied. Memory operands of 16 bytes must be aligned without AVX: constants are, linear memory is not.
 */
import { addMachOpRows } from './machops.js';
import { Sse, SseShift } from './insts.js';

export const enum VOp {
  /** def = 0, def = all ones. No operand. */
  ZERO = 320, ONES = 321,
  /** def = x, tied: no code. The low lane of a vector as a float, and the like. */
  SAME = 322,
  // --- the row in `imm` from here on ---
  /** R or M; def may be a general register (sign masks). */
  UNARY = 323, UNARY_I = 324,
  /** RR or RM, tied to the first operand. The second may be a general register (insertions). */
  BINARY = 325, BINARY_I = 326,
  /** R, tied: `SseShift`, count in imm2. */
  SHIFT_I = 327,
  /** R: def = a general register, from the lane imm2. */
  EXTRACT = 328,
  /** MR: lane imm2 of the value; the upper half of the value (no byte). */
  STORE_LANE = 329, STORE_HIGH = 330,
}

/** Whether the operation has an immediate byte. */
export const hasByte = (op: number): boolean => op === VOp.UNARY_I || op === VOp.BINARY_I || op === VOp.SHIFT_I || op === VOp.EXTRACT || op === VOp.STORE_LANE;

addMachOpRows([[VOp.ZERO, 'vzero', ''], [VOp.ONES, 'vones', ''], [VOp.SAME, 'vsame', 'x']]);

/** Mnemonics by row, for readers of dumps. */
const NAMES: string[] = [];
const ROWS: readonly [Sse | SseShift, string][] = [
  [Sse.MOVSS, 'movss'], [Sse.MOVSD, 'movsd'], [Sse.MOVLHPS, 'movlhps'], [Sse.MOVLPS, 'movlps'], [Sse.MOVHPS_STORE, 'movhps'], [Sse.MOVDDUP, 'movddup'],
  [Sse.ANDPS, 'andps'], [Sse.ANDNPS, 'andnps'], [Sse.ORPS, 'orps'], [Sse.XORPS, 'xorps'], [Sse.ANDPD, 'andpd'], [Sse.PAND, 'pand'], [Sse.PANDN, 'pandn'], [Sse.POR, 'por'], [Sse.PXOR, 'pxor'],
  [Sse.ADDPS, 'addps'], [Sse.MULPS, 'mulps'], [Sse.SUBPS, 'subps'], [Sse.MINPS, 'minps'], [Sse.DIVPS, 'divps'], [Sse.MAXPS, 'maxps'], [Sse.SQRTPS, 'sqrtps'],
  [Sse.ADDPD, 'addpd'], [Sse.MULPD, 'mulpd'], [Sse.SUBPD, 'subpd'], [Sse.MINPD, 'minpd'], [Sse.DIVPD, 'divpd'], [Sse.MAXPD, 'maxpd'], [Sse.SQRTPD, 'sqrtpd'],
  [Sse.CMPPS, 'cmpps'], [Sse.CMPPD, 'cmppd'], [Sse.ROUNDPS, 'roundps'], [Sse.ROUNDPD, 'roundpd'],
  [Sse.CVTDQ2PS, 'cvtdq2ps'], [Sse.CVTTPS2DQ, 'cvttps2dq'], [Sse.CVTDQ2PD, 'cvtdq2pd'], [Sse.CVTTPD2DQ, 'cvttpd2dq'], [Sse.CVTPD2PS, 'cvtpd2ps'], [Sse.CVTPS2PD, 'cvtps2pd'],
  [Sse.PADDB, 'paddb'], [Sse.PADDW, 'paddw'], [Sse.PADDD, 'paddd'], [Sse.PADDQ, 'paddq'], [Sse.PADDSB, 'paddsb'], [Sse.PADDSW, 'paddsw'], [Sse.PADDUSB, 'paddusb'], [Sse.PADDUSW, 'paddusw'],
  [Sse.PSUBB, 'psubb'], [Sse.PSUBW, 'psubw'], [Sse.PSUBD, 'psubd'], [Sse.PSUBQ, 'psubq'], [Sse.PSUBSB, 'psubsb'], [Sse.PSUBSW, 'psubsw'], [Sse.PSUBUSB, 'psubusb'], [Sse.PSUBUSW, 'psubusw'],
  [Sse.PMINSB, 'pminsb'], [Sse.PMINSW, 'pminsw'], [Sse.PMINSD, 'pminsd'], [Sse.PMINUB, 'pminub'], [Sse.PMINUW, 'pminuw'], [Sse.PMINUD, 'pminud'],
  [Sse.PMAXSB, 'pmaxsb'], [Sse.PMAXSW, 'pmaxsw'], [Sse.PMAXSD, 'pmaxsd'], [Sse.PMAXUB, 'pmaxub'], [Sse.PMAXUW, 'pmaxuw'], [Sse.PMAXUD, 'pmaxud'],
  [Sse.PAVGB, 'pavgb'], [Sse.PAVGW, 'pavgw'], [Sse.PABSB, 'pabsb'], [Sse.PABSW, 'pabsw'], [Sse.PABSD, 'pabsd'],
  [Sse.PMULLW, 'pmullw'], [Sse.PMULHW, 'pmulhw'], [Sse.PMULHUW, 'pmulhuw'], [Sse.PMULLD, 'pmulld'], [Sse.PMULUDQ, 'pmuludq'], [Sse.PMULDQ, 'pmuldq'], [Sse.PMULHRSW, 'pmulhrsw'],
  [Sse.PMADDUBSW, 'pmaddubsw'], [Sse.PMADDWD, 'pmaddwd'],
  [Sse.PCMPEQB, 'pcmpeqb'], [Sse.PCMPEQW, 'pcmpeqw'], [Sse.PCMPEQD, 'pcmpeqd'], [Sse.PCMPEQQ, 'pcmpeqq'], [Sse.PCMPGTB, 'pcmpgtb'], [Sse.PCMPGTW, 'pcmpgtw'], [Sse.PCMPGTD, 'pcmpgtd'], [Sse.PCMPGTQ, 'pcmpgtq'],
  [Sse.PSLLW, 'psllw'], [Sse.PSLLD, 'pslld'], [Sse.PSLLQ, 'psllq'], [Sse.PSRLW, 'psrlw'], [Sse.PSRLD, 'psrld'], [Sse.PSRLQ, 'psrlq'], [Sse.PSRAW, 'psraw'], [Sse.PSRAD, 'psrad'],
  [SseShift.PSRLW, 'psrlw'], [SseShift.PSRAW, 'psraw'], [SseShift.PSLLW, 'psllw'], [SseShift.PSRLD, 'psrld'], [SseShift.PSRAD, 'psrad'], [SseShift.PSLLD, 'pslld'], [SseShift.PSRLQ, 'psrlq'], [SseShift.PSLLQ, 'psllq'],
  [Sse.PACKSSWB, 'packsswb'], [Sse.PACKSSDW, 'packssdw'], [Sse.PACKUSWB, 'packuswb'], [Sse.PACKUSDW, 'packusdw'],
  [Sse.PUNPCKLBW, 'punpcklbw'], [Sse.PUNPCKLWD, 'punpcklwd'], [Sse.PUNPCKLDQ, 'punpckldq'], [Sse.PUNPCKLQDQ, 'punpcklqdq'],
  [Sse.PUNPCKHBW, 'punpckhbw'], [Sse.PUNPCKHWD, 'punpckhwd'], [Sse.PUNPCKHDQ, 'punpckhdq'], [Sse.PUNPCKHQDQ, 'punpckhqdq'], [Sse.UNPCKLPS, 'unpcklps'],
  [Sse.PSHUFB, 'pshufb'], [Sse.PSHUFD, 'pshufd'], [Sse.PSHUFLW, 'pshuflw'], [Sse.PSHUFHW, 'pshufhw'], [Sse.SHUFPS, 'shufps'], [Sse.PALIGNR, 'palignr'], [Sse.PBLENDW, 'pblendw'], [Sse.INSERTPS, 'insertps'],
  [Sse.PMOVSXBW, 'pmovsxbw'], [Sse.PMOVSXBD, 'pmovsxbd'], [Sse.PMOVSXBQ, 'pmovsxbq'], [Sse.PMOVSXWD, 'pmovsxwd'], [Sse.PMOVSXWQ, 'pmovsxwq'], [Sse.PMOVSXDQ, 'pmovsxdq'],
  [Sse.PMOVZXBW, 'pmovzxbw'], [Sse.PMOVZXBD, 'pmovzxbd'], [Sse.PMOVZXBQ, 'pmovzxbq'], [Sse.PMOVZXWD, 'pmovzxwd'], [Sse.PMOVZXWQ, 'pmovzxwq'], [Sse.PMOVZXDQ, 'pmovzxdq'],
  [Sse.PINSRB, 'pinsrb'], [Sse.PINSRW, 'pinsrw'], [Sse.PINSRD, 'pinsrd'], [Sse.PINSRQ, 'pinsrq'], [Sse.PEXTRB, 'pextrb'], [Sse.PEXTRW, 'pextrw'], [Sse.PEXTRD, 'pextrd'], [Sse.PEXTRQ, 'pextrq'],
  [Sse.PMOVMSKB, 'pmovmskb'], [Sse.MOVMSKPS, 'movmskps'], [Sse.MOVMSKPD, 'movmskpd'], [Sse.VBROADCASTSS, 'broadcastss'], [Sse.VPBROADCASTB, 'pbroadcastb'], [Sse.VPBROADCASTW, 'pbroadcastw'],
];
for (const [row, name] of ROWS) NAMES[row] = name;

/** Mnemonic of a row of these operations. */
export const rowName = (row: number): string => NAMES[row] ?? `row${row.toString(16)}`;
