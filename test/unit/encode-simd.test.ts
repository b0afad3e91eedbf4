/** SSE rows of vector code, legacy and VEX, register and memory, against iced-x86. */
import { expect, test } from 'vitest';
import { Sse, SseShift } from '../../src-ts/x64/asm/insts.js';
import { rowName } from '../../src-ts/x64/machops-simd.js';
import { checkRows, Expectations, type Row, RX, xmm } from './encode-oracle.js';

const ROWS: Row[] = [
  [Sse.PAND, 'pand', 16, 'arith'],
  [Sse.PANDN, 'pandn', 16, 'arith'],
  [Sse.POR, 'por', 16, 'arith'],
  [Sse.PXOR, 'pxor', 16, 'arith'],
  [Sse.PTEST, 'ptest', 16, 'unary'],
  [Sse.ADDPS, 'addps', 16, 'arith'],
  [Sse.MULPS, 'mulps', 16, 'arith'],
  [Sse.SUBPS, 'subps', 16, 'arith'],
  [Sse.MINPS, 'minps', 16, 'arith'],
  [Sse.DIVPS, 'divps', 16, 'arith'],
  [Sse.MAXPS, 'maxps', 16, 'arith'],
  [Sse.SQRTPS, 'sqrtps', 16, 'unary'],
  [Sse.ADDPD, 'addpd', 16, 'arith'],
  [Sse.MULPD, 'mulpd', 16, 'arith'],
  [Sse.SUBPD, 'subpd', 16, 'arith'],
  [Sse.MINPD, 'minpd', 16, 'arith'],
  [Sse.DIVPD, 'divpd', 16, 'arith'],
  [Sse.MAXPD, 'maxpd', 16, 'arith'],
  [Sse.SQRTPD, 'sqrtpd', 16, 'unary'],
  [Sse.CMPPS, 'cmpps', 16, 'arith', { imm: true }],
  [Sse.CMPPD, 'cmppd', 16, 'arith', { imm: true }],
  [Sse.ROUNDPS, 'roundps', 16, 'unary', { imm: true }],
  [Sse.ROUNDPD, 'roundpd', 16, 'unary', { imm: true }],
  [Sse.CVTDQ2PS, 'cvtdq2ps', 16, 'unary'],
  [Sse.CVTTPS2DQ, 'cvttps2dq', 16, 'unary'],
  [Sse.CVTDQ2PD, 'cvtdq2pd', 8, 'unary'],
  [Sse.CVTTPD2DQ, 'cvttpd2dq', 16, 'unary'],
  [Sse.CVTPD2PS, 'cvtpd2ps', 16, 'unary'],
  [Sse.CVTPS2PD, 'cvtps2pd', 8, 'unary'],
  [Sse.PADDB, 'paddb', 16, 'arith'],
  [Sse.PADDW, 'paddw', 16, 'arith'],
  [Sse.PADDD, 'paddd', 16, 'arith'],
  [Sse.PADDQ, 'paddq', 16, 'arith'],
  [Sse.PADDSB, 'paddsb', 16, 'arith'],
  [Sse.PADDSW, 'paddsw', 16, 'arith'],
  [Sse.PADDUSB, 'paddusb', 16, 'arith'],
  [Sse.PADDUSW, 'paddusw', 16, 'arith'],
  [Sse.PSUBB, 'psubb', 16, 'arith'],
  [Sse.PSUBW, 'psubw', 16, 'arith'],
  [Sse.PSUBD, 'psubd', 16, 'arith'],
  [Sse.PSUBQ, 'psubq', 16, 'arith'],
  [Sse.PSUBSB, 'psubsb', 16, 'arith'],
  [Sse.PSUBSW, 'psubsw', 16, 'arith'],
  [Sse.PSUBUSB, 'psubusb', 16, 'arith'],
  [Sse.PSUBUSW, 'psubusw', 16, 'arith'],
  [Sse.PMINSB, 'pminsb', 16, 'arith'],
  [Sse.PMINSW, 'pminsw', 16, 'arith'],
  [Sse.PMINSD, 'pminsd', 16, 'arith'],
  [Sse.PMINUB, 'pminub', 16, 'arith'],
  [Sse.PMINUW, 'pminuw', 16, 'arith'],
  [Sse.PMINUD, 'pminud', 16, 'arith'],
  [Sse.PMAXSB, 'pmaxsb', 16, 'arith'],
  [Sse.PMAXSW, 'pmaxsw', 16, 'arith'],
  [Sse.PMAXSD, 'pmaxsd', 16, 'arith'],
  [Sse.PMAXUB, 'pmaxub', 16, 'arith'],
  [Sse.PMAXUW, 'pmaxuw', 16, 'arith'],
  [Sse.PMAXUD, 'pmaxud', 16, 'arith'],
  [Sse.PAVGB, 'pavgb', 16, 'arith'],
  [Sse.PAVGW, 'pavgw', 16, 'arith'],
  [Sse.PABSB, 'pabsb', 16, 'unary'],
  [Sse.PABSW, 'pabsw', 16, 'unary'],
  [Sse.PABSD, 'pabsd', 16, 'unary'],
  [Sse.PMULLW, 'pmullw', 16, 'arith'],
  [Sse.PMULHW, 'pmulhw', 16, 'arith'],
  [Sse.PMULHUW, 'pmulhuw', 16, 'arith'],
  [Sse.PMULLD, 'pmulld', 16, 'arith'],
  [Sse.PMULUDQ, 'pmuludq', 16, 'arith'],
  [Sse.PMULDQ, 'pmuldq', 16, 'arith'],
  [Sse.PMULHRSW, 'pmulhrsw', 16, 'arith'],
  [Sse.PMADDUBSW, 'pmaddubsw', 16, 'arith'],
  [Sse.PMADDWD, 'pmaddwd', 16, 'arith'],
  [Sse.PCMPEQB, 'pcmpeqb', 16, 'arith'],
  [Sse.PCMPEQW, 'pcmpeqw', 16, 'arith'],
  [Sse.PCMPEQD, 'pcmpeqd', 16, 'arith'],
  [Sse.PCMPEQQ, 'pcmpeqq', 16, 'arith'],
  [Sse.PCMPGTB, 'pcmpgtb', 16, 'arith'],
  [Sse.PCMPGTW, 'pcmpgtw', 16, 'arith'],
  [Sse.PCMPGTD, 'pcmpgtd', 16, 'arith'],
  [Sse.PCMPGTQ, 'pcmpgtq', 16, 'arith'],
  [Sse.PSLLW, 'psllw', 16, 'arith'],
  [Sse.PSLLD, 'pslld', 16, 'arith'],
  [Sse.PSLLQ, 'psllq', 16, 'arith'],
  [Sse.PSRLW, 'psrlw', 16, 'arith'],
  [Sse.PSRLD, 'psrld', 16, 'arith'],
  [Sse.PSRLQ, 'psrlq', 16, 'arith'],
  [Sse.PSRAW, 'psraw', 16, 'arith'],
  [Sse.PSRAD, 'psrad', 16, 'arith'],
  [Sse.PACKSSWB, 'packsswb', 16, 'arith'],
  [Sse.PACKSSDW, 'packssdw', 16, 'arith'],
  [Sse.PACKUSWB, 'packuswb', 16, 'arith'],
  [Sse.PACKUSDW, 'packusdw', 16, 'arith'],
  [Sse.PUNPCKLBW, 'punpcklbw', 16, 'arith'],
  [Sse.PUNPCKLWD, 'punpcklwd', 16, 'arith'],
  [Sse.PUNPCKLDQ, 'punpckldq', 16, 'arith'],
  [Sse.PUNPCKLQDQ, 'punpcklqdq', 16, 'arith'],
  [Sse.PUNPCKHBW, 'punpckhbw', 16, 'arith'],
  [Sse.PUNPCKHWD, 'punpckhwd', 16, 'arith'],
  [Sse.PUNPCKHDQ, 'punpckhdq', 16, 'arith'],
  [Sse.PUNPCKHQDQ, 'punpckhqdq', 16, 'arith'],
  [Sse.UNPCKLPS, 'unpcklps', 16, 'arith'],
  [Sse.PSHUFB, 'pshufb', 16, 'arith'],
  [Sse.PSHUFD, 'pshufd', 16, 'unary', { imm: true }],
  [Sse.PSHUFLW, 'pshuflw', 16, 'unary', { imm: true }],
  [Sse.PSHUFHW, 'pshufhw', 16, 'unary', { imm: true }],
  [Sse.SHUFPS, 'shufps', 16, 'arith', { imm: true }],
  [Sse.PALIGNR, 'palignr', 16, 'arith', { imm: true }],
  [Sse.PBLENDW, 'pblendw', 16, 'arith', { imm: true }],
  [Sse.INSERTPS, 'insertps', 4, 'arith', { imm: true }],
  [Sse.PMOVSXBW, 'pmovsxbw', 8, 'unary'],
  [Sse.PMOVSXBD, 'pmovsxbd', 4, 'unary'],
  [Sse.PMOVSXBQ, 'pmovsxbq', 2, 'unary'],
  [Sse.PMOVSXWQ, 'pmovsxwq', 4, 'unary'],
  [Sse.PMOVZXBD, 'pmovzxbd', 4, 'unary'],
  [Sse.PMOVZXBQ, 'pmovzxbq', 2, 'unary'],
  [Sse.PMOVZXWQ, 'pmovzxwq', 4, 'unary'],
  [Sse.PMOVSXWD, 'pmovsxwd', 8, 'unary'],
  [Sse.PMOVSXDQ, 'pmovsxdq', 8, 'unary'],
  [Sse.PMOVZXBW, 'pmovzxbw', 8, 'unary'],
  [Sse.PMOVZXWD, 'pmovzxwd', 8, 'unary'],
  [Sse.PMOVZXDQ, 'pmovzxdq', 8, 'unary'],
  [Sse.MOVDDUP, 'movddup', 8, 'unary'],
  [Sse.MOVLPS, 'movlps', 8, 'loadHalf'],
  [Sse.MOVHPS, 'movhps', 8, 'loadHalf'],
  [Sse.MOVHPS_STORE, 'movhps', 8, 'storeHalf'],
  [Sse.PINSRB, 'pinsrb', 1, 'insert', { w: 0 }],
  [Sse.PINSRW, 'pinsrw', 2, 'insert', { w: 0 }],
  [Sse.PINSRD, 'pinsrd', 4, 'insert', { w: 0 }],
  [Sse.PINSRQ, 'pinsrq', 8, 'insert', { w: 1 }],
  [Sse.PEXTRB, 'pextrb', 1, 'extract', { w: 0 }],
  [Sse.PEXTRW, 'pextrw', 2, 'extract', { w: 0 }],
  [Sse.PEXTRD, 'pextrd', 4, 'extract', { w: 0 }],
  [Sse.PEXTRQ, 'pextrq', 8, 'extract', { w: 1 }],
  [Sse.PMOVMSKB, 'pmovmskb', 0, 'mask'],
  [Sse.MOVMSKPS, 'movmskps', 0, 'mask'],
  [Sse.MOVMSKPD, 'movmskpd', 0, 'mask'],
  [Sse.VFMADD213PS, 'fmadd213ps', 16, 'arith', { vexOnly: true }],
  [Sse.VFMADD213PD, 'fmadd213pd', 16, 'arith', { vexOnly: true, w: 1 }],
  [Sse.VFNMADD213PS, 'fnmadd213ps', 16, 'arith', { vexOnly: true }],
  [Sse.VFNMADD213PD, 'fnmadd213pd', 16, 'arith', { vexOnly: true, w: 1 }],
  [Sse.VFMADD231PS, 'fmadd231ps', 16, 'arith', { vexOnly: true }],
  [Sse.VFMADD231PD, 'fmadd231pd', 16, 'arith', { vexOnly: true, w: 1 }],
  [Sse.VFNMADD231PS, 'fnmadd231ps', 16, 'arith', { vexOnly: true }],
  [Sse.VFNMADD231PD, 'fnmadd231pd', 16, 'arith', { vexOnly: true, w: 1 }],
  [Sse.VBROADCASTSS, 'broadcastss', 4, 'unary', { vexOnly: true }],
  [Sse.VPBROADCASTB, 'pbroadcastb', 1, 'unary', { vexOnly: true }],
  [Sse.VPBROADCASTW, 'pbroadcastw', 2, 'unary', { vexOnly: true }],
];

for (const vex of [false, true]) test(`every row, ${vex ? 'VEX' : 'legacy'}`, () => checkRows(ROWS, vex));

test('lane shifts', () => {
  const x = new Expectations();
  const rows: [string, SseShift][] = [
    ['psrlw', SseShift.PSRLW],
    ['psraw', SseShift.PSRAW],
    ['psllw', SseShift.PSLLW],
    ['psrld', SseShift.PSRLD],
    ['psrad', SseShift.PSRAD],
    ['pslld', SseShift.PSLLD],
    ['psrlq', SseShift.PSRLQ],
    ['psllq', SseShift.PSLLQ],
  ];
  for (const [name, row] of rows)
    for (const r of RX)
      for (const s of RX) {
        x.add(`${name} ${xmm(r)}, 0x1f`, (a) => a.sse_shift_ri(row, r, 31));
        x.add(`v${name} ${xmm(r)}, ${xmm(s)}, 1`, (a) => a.vex_shift_ri(row, r, s, 1));
      }
  x.check();
});

test('blends by signs', () => {
  const x = new Expectations();
  for (const [name, row] of [
    ['vblendvps', Sse.VBLENDVPS],
    ['vblendvpd', Sse.VBLENDVPD],
    ['vpblendvb', Sse.VPBLENDVB],
  ] as [string, Sse][])
    for (const r of RX)
      for (const s of RX)
        x.add(`${name} ${xmm(r)}, ${xmm(s)}, ${xmm(s)}, ${xmm(r)}`, (a) => a.vex_rrri(row, r, s, s, r << 4));
  x.check();
});

test('dumps call the rows by their names', () => {
  // A load of one half has the row of a move between registers; a test is part of what consumes its flags.
  for (const [row, name, , shape] of ROWS)
    if (shape !== 'loadHalf' && row !== Sse.PTEST) expect(rowName(row)).toBe(name);
  expect(rowName(Sse.PADDB)).toBe('paddb');
});
