/** Every SSE row, legacy and VEX, register and memory, against iced-x86. */
import { expect, test } from 'vitest';
import { Assembler } from '../../src-ts/x64/encode.js';
import { Sse, SseShift } from '../../src-ts/x64/insts.js';
import { Expectations, MEM_CASES, REGS, SAMPLE, xmm } from './encode-oracle.js';

type Shape = 'arith' | 'unary' | 'load' | 'store' | 'fromGpr' | 'toGpr' | 'storeGpr' | 'regOnly2' | 'regOnly3' | 'mask';
/** Row, mnemonic, bytes of the memory operand, shape, immediate?, general register size. */
const ROWS: [Sse, string, number, Shape, { imm?: boolean; w?: number }?][] = [
  [Sse.MOVUPS, 'movups', 16, 'load'], [Sse.MOVUPS_STORE, 'movups', 16, 'store'], [Sse.MOVAPS, 'movaps', 16, 'load'], [Sse.MOVAPS_STORE, 'movaps', 16, 'store'],
  [Sse.MOVDQU, 'movdqu', 16, 'load'], [Sse.MOVDQU_STORE, 'movdqu', 16, 'store'], [Sse.MOVDQA, 'movdqa', 16, 'load'], [Sse.MOVDQA_STORE, 'movdqa', 16, 'store'],
  [Sse.MOVQ_XMM, 'movq', 8, 'load'],
  [Sse.MOVD, 'movd', 4, 'fromGpr', { w: 0 }], [Sse.MOVQ, 'movq', 8, 'fromGpr', { w: 1 }], [Sse.MOVD_STORE, 'movd', 4, 'storeGpr', { w: 0 }], [Sse.MOVQ_STORE, 'movq', 8, 'storeGpr', { w: 1 }],
  [Sse.MOVHLPS, 'movhlps', 0, 'regOnly3'], [Sse.MOVLHPS, 'movlhps', 0, 'regOnly3'],
  [Sse.ADDSS, 'addss', 4, 'arith'], [Sse.MULSS, 'mulss', 4, 'arith'], [Sse.SUBSS, 'subss', 4, 'arith'], [Sse.MINSS, 'minss', 4, 'arith'], [Sse.DIVSS, 'divss', 4, 'arith'],
  [Sse.MAXSS, 'maxss', 4, 'arith'], [Sse.SQRTSS, 'sqrtss', 4, 'arith'],
  [Sse.ADDSD, 'addsd', 8, 'arith'], [Sse.MULSD, 'mulsd', 8, 'arith'], [Sse.SUBSD, 'subsd', 8, 'arith'], [Sse.MINSD, 'minsd', 8, 'arith'], [Sse.DIVSD, 'divsd', 8, 'arith'],
  [Sse.MAXSD, 'maxsd', 8, 'arith'], [Sse.SQRTSD, 'sqrtsd', 8, 'arith'],
  [Sse.UCOMISS, 'ucomiss', 4, 'unary'], [Sse.UCOMISD, 'ucomisd', 8, 'unary'],
  [Sse.CMPSS, 'cmpss', 4, 'arith', { imm: true }], [Sse.CMPSD, 'cmpsd', 8, 'arith', { imm: true }],
  [Sse.ROUNDSS, 'roundss', 4, 'arith', { imm: true }], [Sse.ROUNDSD, 'roundsd', 8, 'arith', { imm: true }],
  [Sse.CVTSS2SD, 'cvtss2sd', 4, 'arith'], [Sse.CVTSD2SS, 'cvtsd2ss', 8, 'arith'],
  [Sse.CVTSI2SS, 'cvtsi2ss', 4, 'fromGpr', { w: 0 }], [Sse.CVTSI2SD, 'cvtsi2sd', 4, 'fromGpr', { w: 0 }],
  [Sse.CVTSI2SS_Q, 'cvtsi2ss', 8, 'fromGpr', { w: 1 }], [Sse.CVTSI2SD_Q, 'cvtsi2sd', 8, 'fromGpr', { w: 1 }],
  [Sse.CVTTSS2SI, 'cvttss2si', 4, 'toGpr', { w: 0 }], [Sse.CVTTSD2SI, 'cvttsd2si', 8, 'toGpr', { w: 0 }],
  [Sse.CVTTSS2SI_Q, 'cvttss2si', 4, 'toGpr', { w: 1 }], [Sse.CVTTSD2SI_Q, 'cvttsd2si', 8, 'toGpr', { w: 1 }],
  [Sse.ANDPS, 'andps', 16, 'arith'], [Sse.ANDNPS, 'andnps', 16, 'arith'], [Sse.ORPS, 'orps', 16, 'arith'], [Sse.XORPS, 'xorps', 16, 'arith'],
  [Sse.ANDPD, 'andpd', 16, 'arith'], [Sse.ANDNPD, 'andnpd', 16, 'arith'], [Sse.ORPD, 'orpd', 16, 'arith'], [Sse.XORPD, 'xorpd', 16, 'arith'],
  [Sse.PXOR, 'pxor', 16, 'arith'], [Sse.PAND, 'pand', 16, 'arith'], [Sse.POR, 'por', 16, 'arith'], [Sse.PCMPEQD, 'pcmpeqd', 16, 'arith'], [Sse.PCMPEQW, 'pcmpeqw', 16, 'arith'],
  [Sse.UNPCKLPS, 'unpcklps', 16, 'arith'], [Sse.UNPCKLPD, 'unpcklpd', 16, 'arith'], [Sse.PUNPCKLDQ, 'punpckldq', 16, 'arith'],
  [Sse.SUBPD, 'subpd', 16, 'arith'], [Sse.ADDPD, 'addpd', 16, 'arith'],
  [Sse.MOVMSKPS, 'movmskps', 0, 'mask'], [Sse.MOVMSKPD, 'movmskpd', 0, 'mask'],
];
const PTRS: Record<number, string> = { 4: 'dword ptr ', 8: 'qword ptr ', 16: 'xmmword ptr ' };
const RX = [0, 5, 7, 8, 13, 15];

/** Text of one row with a memory or register operand. */
function spell(name: string, shape: Shape, w: number | undefined, reg: number, rm: string, vvvv: number, vex: boolean, imm: string): string {
  const three = vex && (shape === 'arith' || shape === 'regOnly3' || (shape === 'fromGpr' && name.startsWith('cvt')));
  const first = shape === 'toGpr' || shape === 'mask' ? REGS[w ?? 0][reg] : xmm(reg);
  const head = `${vex ? 'v' : ''}${name} `;
  if (shape === 'store' || shape === 'storeGpr') return `${head}${rm}, ${first}`;
  return `${head}${first}, ${three ? `${xmm(vvvv)}, ` : ''}${rm}${imm}`;
}

for (const vex of [false, true]) {
  test(`every row, ${vex ? 'VEX' : 'legacy'}`, () => {
    const x = new Expectations();
    for (const [row, name, bytes, shape, o] of ROWS) {
      const imm = o?.imm ? ', 3' : '';
      for (const r of RX) {
        for (const s of RX) {
          const v = shape === 'arith' || shape === 'regOnly3' || (shape === 'fromGpr' && name.startsWith('cvt')) ? 15 - s : 0;
          const rm = shape === 'fromGpr' || shape === 'storeGpr' ? REGS[o!.w!][s] : xmm(s);
          const text = spell(name, shape, o?.w, r, rm, v, vex, imm);
          if (!vex) x.add(text, (a) => (o?.imm ? a.sse_rri(row, r, s, 3) : a.sse_rr(row, r, s)));
          else x.add(text, (a) => (o?.imm ? a.vex_rrri(row, r, v, s, 3) : a.vex_rrr(row, r, v, s)));
          if (bytes === 0) continue;
          const base = SAMPLE[s % SAMPLE.length];
          const memText = spell(name, shape, o?.w, r, `${PTRS[bytes]}[${REGS[1][base]}+r12*2+0x10]`, v, vex, imm);
          x.add(memText, (a) => {
            a.memIndex(base, 12, 1, 16);
            if (!vex) (o?.imm ? a.sse_rmi(row, r, 3) : a.sse_rm(row, r));
            else (o?.imm ? a.vex_rrmi(row, r, v, 3) : a.vex_rrm(row, r, v));
          });
        }
      }
    }
    x.check();
  });
}

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

test('lane shifts', () => {
  const x = new Expectations();
  const rows: [string, SseShift][] = [['psrld', SseShift.PSRLD], ['psrad', SseShift.PSRAD], ['pslld', SseShift.PSLLD], ['psrlq', SseShift.PSRLQ], ['psllq', SseShift.PSLLQ]];
  for (const [name, row] of rows)
    for (const r of RX)
      for (const s of RX) {
        x.add(`${name} ${xmm(r)}, 0x1f`, (a) => a.sse_shift_ri(row, r, 31));
        x.add(`v${name} ${xmm(r)}, ${xmm(s)}, 1`, (a) => a.vex_shift_ri(row, r, s, 1));
      }
  x.check();
});

test('every addressing form in both encodings', () => {
  const x = new Expectations();
  for (const m of MEM_CASES)
    for (const r of [2, 9]) {
      x.add(`addsd ${xmm(r)}, qword ptr ${m.text}`, (a) => (m.set(a), a.sse_rm(Sse.ADDSD, r)), 3 + m.bytes + (m.high || r > 7 ? 1 : 0));
      x.add(`vmulss ${xmm(r)}, xmm12, dword ptr ${m.text}`, (a) => (m.set(a), a.vex_rrm(Sse.MULSS, r, 12)), 3 + m.bytes + (m.high ? 1 : 0));
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
