/**
 * SSE rows that scalar code uses, legacy and VEX, register and memory, against iced-x86. Those of vectors are in
 * encode-simd.test.ts.
 */
import { expect, test } from 'vitest';
import { Assembler } from '../../src-ts/x64/asm/encode.js';
import { Sse } from '../../src-ts/x64/asm/insts.js';
import { checkRows, Expectations, MEM_CASES, REGS, type Row, RX, xmm } from './encode-oracle.js';

const ROWS: Row[] = [
  [Sse.MOVUPS, 'movups', 16, 'load'],
  [Sse.MOVUPS_STORE, 'movups', 16, 'store'],
  [Sse.MOVAPS, 'movaps', 16, 'load'],
  [Sse.MOVAPS_STORE, 'movaps', 16, 'store'],
  [Sse.MOVDQU, 'movdqu', 16, 'load'],
  [Sse.MOVDQU_STORE, 'movdqu', 16, 'store'],
  [Sse.MOVDQA, 'movdqa', 16, 'load'],
  [Sse.MOVDQA_STORE, 'movdqa', 16, 'store'],
  [Sse.MOVQ_XMM, 'movq', 8, 'load'],
  [Sse.MOVD, 'movd', 4, 'fromGpr', { w: 0 }],
  [Sse.MOVQ, 'movq', 8, 'fromGpr', { w: 1 }],
  [Sse.MOVD_STORE, 'movd', 4, 'storeGpr', { w: 0 }],
  [Sse.MOVQ_STORE, 'movq', 8, 'storeGpr', { w: 1 }],
  [Sse.MOVHLPS, 'movhlps', 0, 'regOnly3'],
  [Sse.MOVLHPS, 'movlhps', 0, 'regOnly3'],
  [Sse.ADDSS, 'addss', 4, 'arith'],
  [Sse.MULSS, 'mulss', 4, 'arith'],
  [Sse.SUBSS, 'subss', 4, 'arith'],
  [Sse.MINSS, 'minss', 4, 'arith'],
  [Sse.DIVSS, 'divss', 4, 'arith'],
  [Sse.MAXSS, 'maxss', 4, 'arith'],
  [Sse.SQRTSS, 'sqrtss', 4, 'arith'],
  [Sse.ADDSD, 'addsd', 8, 'arith'],
  [Sse.MULSD, 'mulsd', 8, 'arith'],
  [Sse.SUBSD, 'subsd', 8, 'arith'],
  [Sse.MINSD, 'minsd', 8, 'arith'],
  [Sse.DIVSD, 'divsd', 8, 'arith'],
  [Sse.MAXSD, 'maxsd', 8, 'arith'],
  [Sse.SQRTSD, 'sqrtsd', 8, 'arith'],
  [Sse.UCOMISS, 'ucomiss', 4, 'unary'],
  [Sse.UCOMISD, 'ucomisd', 8, 'unary'],
  [Sse.CMPSS, 'cmpss', 4, 'arith', { imm: true }],
  [Sse.CMPSD, 'cmpsd', 8, 'arith', { imm: true }],
  [Sse.ROUNDSS, 'roundss', 4, 'arith', { imm: true }],
  [Sse.ROUNDSD, 'roundsd', 8, 'arith', { imm: true }],
  [Sse.CVTSS2SD, 'cvtss2sd', 4, 'arith'],
  [Sse.CVTSD2SS, 'cvtsd2ss', 8, 'arith'],
  [Sse.CVTSI2SS, 'cvtsi2ss', 4, 'fromGpr', { w: 0 }],
  [Sse.CVTSI2SD, 'cvtsi2sd', 4, 'fromGpr', { w: 0 }],
  [Sse.CVTSI2SS_Q, 'cvtsi2ss', 8, 'fromGpr', { w: 1 }],
  [Sse.CVTSI2SD_Q, 'cvtsi2sd', 8, 'fromGpr', { w: 1 }],
  [Sse.CVTTSS2SI, 'cvttss2si', 4, 'toGpr', { w: 0 }],
  [Sse.CVTTSD2SI, 'cvttsd2si', 8, 'toGpr', { w: 0 }],
  [Sse.CVTTSS2SI_Q, 'cvttss2si', 4, 'toGpr', { w: 1 }],
  [Sse.CVTTSD2SI_Q, 'cvttsd2si', 8, 'toGpr', { w: 1 }],
  [Sse.ANDPS, 'andps', 16, 'arith'],
  [Sse.ANDNPS, 'andnps', 16, 'arith'],
  [Sse.ORPS, 'orps', 16, 'arith'],
  [Sse.XORPS, 'xorps', 16, 'arith'],
  [Sse.ANDPD, 'andpd', 16, 'arith'],
  [Sse.ANDNPD, 'andnpd', 16, 'arith'],
  [Sse.ORPD, 'orpd', 16, 'arith'],
  [Sse.XORPD, 'xorpd', 16, 'arith'],
];
for (const vex of [false, true]) test(`every row, ${vex ? 'VEX' : 'legacy'}`, () => checkRows(ROWS, vex));

test('scalar moves merge between registers, clear on load', () => {
  const x = new Expectations();
  for (const r of RX)
    for (const s of RX) {
      x.add(`movss ${xmm(r)}, ${xmm(s)}`, (a) => a.sse_rr(Sse.MOVSS, r, s));
      x.add(`vmovsd ${xmm(r)}, ${xmm(3)}, ${xmm(s)}`, (a) => a.vex_rrr(Sse.MOVSD, r, 3, s));
      x.add(`movss ${xmm(r)}, dword ptr [${REGS[1][s]}-1]`, (a) => (a.mem(s, -1), a.sse_rm(Sse.MOVSS, r)));
      x.add(`vmovsd ${xmm(r)}, qword ptr [${REGS[1][s]}-1]`, (a) => (a.mem(s, -1), a.vex_rrm(Sse.MOVSD, r, 0)));
      x.add(`movsd qword ptr [${REGS[1][s]}-1], ${xmm(r)}`, (a) => (a.mem(s, -1), a.sse_rm(Sse.MOVSD_STORE, r)));
      x.add(`vmovss dword ptr [${REGS[1][s]}-1], ${xmm(r)}`, (a) => (a.mem(s, -1), a.vex_rrm(Sse.MOVSS_STORE, r, 0)));
    }
  x.check();
});

test('every addressing form in both encodings', () => {
  const x = new Expectations();
  for (const m of MEM_CASES)
    for (const r of [2, 9]) {
      x.add(
        `addsd ${xmm(r)}, qword ptr ${m.text}`,
        (a) => (m.set(a), a.sse_rm(Sse.ADDSD, r)),
        3 + m.bytes + (m.high || r > 7 ? 1 : 0),
      );
      x.add(
        `vmulss ${xmm(r)}, xmm12, dword ptr ${m.text}`,
        (a) => (m.set(a), a.vex_rrm(Sse.MULSS, r, 12)),
        3 + m.bytes + (m.high ? 1 : 0),
      );
      x.add(`roundsd ${xmm(r)}, qword ptr ${m.text}, 9`, (a) => (m.set(a), a.sse_rmi(Sse.ROUNDSD, r, 9)));
    }
  x.check();
});

test('rip-relative operands count the immediate', () => {
  const a = new Assembler();
  a.memConst(8, 5, 6);
  a.sse_rmi(Sse.ROUNDSD, 1, 9);
  a.memConst(8, 5, 6);
  a.vex_rrm(Sse.ADDSD, 1, 2);
  const { code, codeBytes } = a.finish();
  const dv = new DataView(code.buffer, code.byteOffset);
  // roundsd: 66 0f 3a 0b modrm disp32 imm8 = 10 bytes; vaddsd: c5 .. 58 modrm disp32 = 8.
  expect(codeBytes).toBe(18);
  expect(10 + dv.getInt32(5, true)).toBe(24);
  expect(18 + dv.getInt32(14, true)).toBe(24);
});
