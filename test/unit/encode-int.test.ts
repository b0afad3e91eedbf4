/** Integer instructions of the assembler against iced-x86. */
import { expect, test } from 'vitest';
import { Assembler } from '../../src-ts/x64/asm/encode.js';
import { Alu, Bmi, Cc, Gpr, Shift, Unary } from '../../src-ts/x64/asm/insts.js';
import { BITS, decode, Expectations, imm, MEM_CASES, num, PTR, REGS, SAMPLE } from './encode-oracle.js';

const ALU = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'test'];
const CCS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];
const WIDTHS = [0, 1, 2, 3];
/** Bytes of prefixes for two register operands in size w. */
const prefixes = (w: number, a: number, b: number): number =>
  (w === 2 ? 1 : 0) + (w === 1 || a > 7 || b > 7 || (w === 3 && (a > 3 || b > 3)) ? 1 : 0);

test('alu register, register', () => {
  const x = new Expectations();
  for (let op = 0; op <= Alu.TEST; op++)
    for (const w of WIDTHS)
      for (const d of SAMPLE)
        for (const s of SAMPLE)
          x.add(`${ALU[op]} ${REGS[w][d]}, ${REGS[w][s]}`, (a) => a.alu_rr(op, w, d, s), 2 + prefixes(w, d, s));
  x.check();
});

test('alu register, immediate: the shortest form', () => {
  const x = new Expectations();
  for (let op = 0; op < Alu.TEST; op++)
    for (const w of WIDTHS)
      for (const d of SAMPLE)
        for (const k of [0, 1, -1, 127, -128, 128, -129, 0x7fff, 0x12345678, -0x80000000]) {
          if ((w === 3 && (k > 127 || k < -128)) || (w === 2 && (k > 0x7fff || k < -0x8000))) continue;
          const short = k >= -128 && k <= 127;
          if (op === Alu.CMP && k === 0) {
            x.add(`test ${REGS[w][d]}, ${REGS[w][d]}`, (a) => a.alu_ri(op, w, d, k), 2 + prefixes(w, d, d));
            continue;
          }
          const narrow = op === Alu.AND && w === 1 && k >= 0 ? 0 : w;
          const immBytes = narrow === 3 || short ? 1 : narrow === 2 ? 2 : 4;
          const opcode = d === 0 && (narrow === 3 || !short) ? 1 : 2;
          x.add(
            `${ALU[op]} ${REGS[narrow][d]}, ${imm(k, BITS[narrow])}`,
            (a) => a.alu_ri(op, w, d, k),
            opcode + immBytes + prefixes(narrow, d, 0),
          );
        }
  x.check();
});

test('test register, immediate narrows where the flags stay the same', () => {
  const x = new Expectations();
  for (const d of SAMPLE) {
    x.add(`test ${REGS[3][d]}, 1`, (a) => a.alu_ri(Alu.TEST, 1, d, 1));
    x.add(`test ${REGS[3][d]}, 0x7f`, (a) => a.alu_ri(Alu.TEST, 0, d, 0x7f));
    x.add(`test ${REGS[0][d]}, 0x80`, (a) => a.alu_ri(Alu.TEST, 1, d, 0x80));
    x.add(`test ${REGS[1][d]}, 0xffffffffffffff00`, (a) => a.alu_ri(Alu.TEST, 1, d, -256));
    x.add(`test ${REGS[0][d]}, 0xffffff00`, (a) => a.alu_ri(Alu.TEST, 0, d, -256));
    x.add(`test ${REGS[2][d]}, 0x1234`, (a) => a.alu_ri(Alu.TEST, 2, d, 0x1234));
    x.add(`test ${REGS[3][d]}, 0x80`, (a) => a.alu_ri(Alu.TEST, 3, d, 0x80));
  }
  x.check();
});

test('alu and moves with memory: every addressing form', () => {
  const x = new Expectations();
  for (const m of MEM_CASES) {
    for (const r of [0, 7, 12]) {
      const rex = (w: number): number => (w === 2 ? 1 : 0) + (w === 1 || r > 7 || m.high || (w === 3 && r > 3) ? 1 : 0);
      x.add(`mov ${REGS[1][r]}, qword ptr ${m.text}`, (a) => (m.set(a), a.mov_rm(1, r)), 1 + m.bytes + rex(1));
      x.add(`mov ${REGS[0][r]}, dword ptr ${m.text}`, (a) => (m.set(a), a.mov_rm(0, r)), 1 + m.bytes + rex(0));
      x.add(`mov byte ptr ${m.text}, ${REGS[3][r]}`, (a) => (m.set(a), a.mov_mr(3, r)), 1 + m.bytes + rex(3));
      x.add(`lea ${REGS[1][r]}, ${m.text}`, (a) => (m.set(a), a.lea(1, r)), 1 + m.bytes + rex(1));
    }
  }
  x.check();
});

test('alu with memory: every operation and size', () => {
  const x = new Expectations();
  for (let op = 0; op <= Alu.TEST; op++)
    for (const w of WIDTHS)
      for (const r of SAMPLE) {
        const mem = `${PTR[w]}[r13+rsi*4+0x40]`;
        const set = (a: Assembler): void => a.memIndex(13, 6, 2, 0x40);
        x.add(
          op === Alu.TEST ? `test ${mem}, ${REGS[w][r]}` : `${ALU[op]} ${REGS[w][r]}, ${mem}`,
          (a) => (set(a), a.alu_rm(op, w, r)),
        );
        x.add(`${ALU[op]} ${mem}, ${REGS[w][r]}`, (a) => (set(a), a.alu_mr(op, w, r)));
        for (const k of [0, 127, -128, 0x1234, -0x12345678]) {
          if ((w === 3 && Math.abs(k) > 128) || (w === 2 && k < -0x8000)) continue;
          const immBytes = w === 3 || (op !== Alu.TEST && k >= -128 && k < 128) ? 1 : w === 2 ? 2 : 4;
          x.add(
            `${ALU[op]} ${mem}, ${imm(k, BITS[w])}`,
            (a) => (set(a), a.alu_mi(op, w, k)),
            (w === 2 ? 1 : 0) + 1 + 4 - 1 + immBytes + 1,
          );
        }
      }
  x.check();
});

test('moves', () => {
  const x = new Expectations();
  for (const d of SAMPLE) {
    for (const s of SAMPLE) {
      for (const w of WIDTHS)
        x.add(`mov ${REGS[w][d]}, ${REGS[w][s]}`, (a) => a.mov_rr(w, d, s), 2 + prefixes(w, d, s));
      x.add(`movzx ${REGS[0][d]}, ${REGS[3][s]}`, (a) => a.movzx_rr(3, d, s), 3 + (d > 7 || s > 3 ? 1 : 0));
      x.add(`movzx ${REGS[0][d]}, ${REGS[2][s]}`, (a) => a.movzx_rr(2, d, s), 3 + (d > 7 || s > 7 ? 1 : 0));
      for (const w of [0, 1]) {
        x.add(`movsx ${REGS[w][d]}, ${REGS[3][s]}`, (a) => a.movsx_rr(w, 3, d, s));
        x.add(`movsx ${REGS[w][d]}, ${REGS[2][s]}`, (a) => a.movsx_rr(w, 2, d, s));
      }
      x.add(`movsxd ${REGS[1][d]}, ${REGS[0][s]}`, (a) => a.movsx_rr(1, 0, d, s));
    }
    x.add(`movzx ${REGS[0][d]}, byte ptr [r8]`, (a) => (a.mem(8, 0), a.movzx_rm(3, d)));
    x.add(`movzx ${REGS[0][d]}, word ptr [r8]`, (a) => (a.mem(8, 0), a.movzx_rm(2, d)));
    x.add(`movsx ${REGS[0][d]}, byte ptr [r8]`, (a) => (a.mem(8, 0), a.movsx_rm(0, 3, d)));
    x.add(`movsx ${REGS[1][d]}, word ptr [r8]`, (a) => (a.mem(8, 0), a.movsx_rm(1, 2, d)));
    x.add(`movsxd ${REGS[1][d]}, dword ptr [r8]`, (a) => (a.mem(8, 0), a.movsx_rm(1, 0, d)));
    for (const w of WIDTHS) {
      x.add(`mov ${PTR[w]}[rsp], ${REGS[w][d]}`, (a) => (a.mem(4, 0), a.mov_mr(w, d)));
      x.add(`mov ${PTR[w]}[rbp+rax], ${imm(-2, BITS[w])}`, (a) => (a.memIndex(5, 0, 0, 0), a.mov_mi(w, -2)));
    }
    const high = d > 7 ? 1 : 0;
    x.add(`mov ${REGS[0][d]}, 0xfffffffe`, (a) => a.mov_ri32(d, -2), 5 + high);
    x.add(`mov ${REGS[0][d]}, 0xfffffffe`, (a) => a.mov_ri64(d, -2, 0), 5 + high);
    x.add(`mov ${REGS[1][d]}, 0xfffffffffffffffe`, (a) => a.mov_ri64(d, -2, -1), 7);
    x.add(`mov ${REGS[1][d]}, 0xffffffff12345678`, (a) => a.mov_ri64(d, 0x12345678, -1), 10);
    x.add(`mov ${REGS[1][d]}, 0x8765432112345678`, (a) => a.mov_ri64(d, 0x12345678, 0x87654321 | 0), 10);
    x.add(`xor ${REGS[0][d]}, ${REGS[0][d]}`, (a) => a.zero(d));
  }
  x.check();
});

test('multiplication, division, shifts', () => {
  const x = new Expectations();
  const unary: [string, Unary][] = [
    ['not', Unary.NOT],
    ['neg', Unary.NEG],
    ['mul', Unary.MUL],
    ['imul', Unary.IMUL],
    ['div', Unary.DIV],
    ['idiv', Unary.IDIV],
  ];
  const shifts: [string, Shift][] = [
    ['rol', Shift.ROL],
    ['ror', Shift.ROR],
    ['shl', Shift.SHL],
    ['shr', Shift.SHR],
    ['sar', Shift.SAR],
  ];
  for (const d of SAMPLE) {
    for (const w of WIDTHS) {
      for (const [name, op] of unary) {
        x.add(`${name} ${REGS[w][d]}`, (a) => a.unary_r(op, w, d));
        x.add(`${name} ${PTR[w]}[rdi]`, (a) => (a.mem(7, 0), a.unary_m(op, w)));
      }
      x.add(`inc ${REGS[w][d]}`, (a) => a.inc_r(w, d));
      x.add(`dec ${REGS[w][d]}`, (a) => a.dec_r(w, d));
      for (const [name, op] of shifts) {
        for (const k of [1, 2, 7]) {
          x.add(
            `${name} ${REGS[w][d]}, ${k}`,
            (a) => a.shift_ri(op, w, d, k),
            2 + (k === 1 ? 0 : 1) + prefixes(w, d, 0),
          );
          x.add(`${name} ${PTR[w]}[rbx], ${k}`, (a) => (a.mem(3, 0), a.shift_mi(op, w, k)));
        }
        x.add(`${name} ${REGS[w][d]}, cl`, (a) => a.shift_rcl(op, w, d));
      }
    }
    for (const w of [0, 1])
      for (const s of SAMPLE) {
        x.add(`imul ${REGS[w][d]}, ${REGS[w][s]}`, (a) => a.imul_rr(w, d, s));
        x.add(
          `imul ${REGS[w][d]}, ${REGS[w][s]}, ${imm(-7, BITS[w])}`,
          (a) => a.imul_rri(w, d, s, -7),
          3 + prefixes(w, d, s),
        );
        x.add(`imul ${REGS[w][d]}, ${REGS[w][s]}, 0x3e8`, (a) => a.imul_rri(w, d, s, 1000), 6 + prefixes(w, d, s));
        x.add(`imul ${REGS[w][d]}, ${PTR[w]}[${REGS[1][s]}+1], 0x64`, (a) => (a.mem(s, 1), a.imul_rmi(w, d, 100)));
        x.add(`imul ${REGS[w][d]}, ${PTR[w]}[${REGS[1][s]}+1]`, (a) => (a.mem(s, 1), a.imul_rm(w, d)));
      }
  }
  x.add('cdq', (a) => a.cdq(0));
  x.add('cqo', (a) => a.cdq(1));
  x.add('bswap ecx', (a) => a.bswap_r(0, 1));
  x.add('bswap r9d', (a) => a.bswap_r(0, 9));
  x.add('bswap r12', (a) => a.bswap_r(1, 12));
  x.check();
});

test('bit operations, conditional moves and sets', () => {
  const x = new Expectations();
  const rows: [string, Gpr][] = [
    ['bsf', Gpr.BSF],
    ['bsr', Gpr.BSR],
    ['popcnt', Gpr.POPCNT],
    ['tzcnt', Gpr.TZCNT],
    ['lzcnt', Gpr.LZCNT],
  ];
  for (const d of SAMPLE) {
    for (let cc = 0; cc < 16; cc++) {
      x.add(`set${CCS[cc]} ${REGS[3][d]}`, (a) => a.setcc_r(cc, d), 3 + (d > 3 ? 1 : 0));
      x.add(`set${CCS[cc]} byte ptr [${REGS[1][d]}+4]`, (a) => (a.mem(d, 4), a.setcc_m(cc)));
    }
    for (const w of [0, 1])
      for (const s of SAMPLE) {
        for (const [name, row] of rows) {
          x.add(`${name} ${REGS[w][d]}, ${REGS[w][s]}`, (a) => a.bits_rr(row, w, d, s));
          x.add(`${name} ${REGS[w][d]}, ${PTR[w]}[${REGS[1][s]}+4]`, (a) => (a.mem(s, 4), a.bits_rm(row, w, d)));
        }
        x.add(`bt ${REGS[w][d]}, ${REGS[w][s]}`, (a) => a.bt_rr(w, d, s));
        x.add(`cmovne ${REGS[w][d]}, ${REGS[w][s]}`, (a) => a.cmov_rr(Cc.NE, w, d, s));
        x.add(`cmovg ${REGS[w][d]}, ${PTR[w]}[${REGS[1][s]}+4]`, (a) => (a.mem(s, 4), a.cmov_rm(Cc.G, w, d)));
        x.add(`shlx ${REGS[w][d]}, ${REGS[w][s]}, ${REGS[w][9]}`, (a) => a.bmi_shift_rrr(Bmi.SHLX, w, d, s, 9));
        x.add(`shrx ${REGS[w][d]}, ${REGS[w][s]}, ${REGS[w][2]}`, (a) => a.bmi_shift_rrr(Bmi.SHRX, w, d, s, 2));
        x.add(
          `sarx ${REGS[w][9]}, ${PTR[w]}[${REGS[1][s]}+${REGS[1][12]}], ${REGS[w][d]}`,
          (a) => (a.memIndex(s, 12, 0, 0), a.bmi_shift_rmr(Bmi.SARX, w, 9, d)),
        );
        x.add(`rorx ${REGS[w][d]}, ${REGS[w][s]}, 0x1f`, (a) => a.rorx_rri(w, d, s, 31));
        x.add(`andn ${REGS[w][d]}, ${REGS[w][s]}, ${REGS[w][11]}`, (a) => a.andn_rrr(w, d, s, 11));
      }
    x.add(`bt ${REGS[1][d]}, ${num(37)}`, (a) => a.bt_ri(1, d, 37));
    x.add(`bt ${REGS[0][d]}, 3`, (a) => a.bt_ri(0, d, 3));
    x.add(`btc ${REGS[1][d]}, 0x3f`, (a) => a.btc_ri(1, d, 63));
  }
  x.check();
});

test('exchange, stack, control', () => {
  const x = new Expectations();
  for (const w of [0, 1]) {
    // xchg is symmetric; iced spells the accumulator last in the short form. 90 would be nop, so eax, eax takes the
    // long form.
    x.add(`xchg ${REGS[w][0]}, ${REGS[w][0]}`, (a) => a.xchg_rr(w, 0, 0), 2 + w);
    for (const s of SAMPLE.slice(1)) {
      x.add(`xchg ${REGS[w][s]}, ${REGS[w][0]}`, (a) => a.xchg_rr(w, 0, s), 1 + (w || s > 7 ? 1 : 0));
      x.add(`xchg ${REGS[w][s]}, ${REGS[w][0]}`, (a) => a.xchg_rr(w, s, 0));
      x.add(`xchg ${REGS[w][s]}, ${REGS[w][9]}`, (a) => a.xchg_rr(w, s, 9));
    }
  }
  for (const r of SAMPLE) {
    x.add(`push ${REGS[1][r]}`, (a) => a.push_r(r), r > 7 ? 2 : 1);
    x.add(`pop ${REGS[1][r]}`, (a) => a.pop_r(r), r > 7 ? 2 : 1);
    x.add(`push qword ptr [${REGS[1][r]}+8]`, (a) => (a.mem(r, 8), a.push_m()));
    x.add(`call ${REGS[1][r]}`, (a) => a.call_r(r));
    x.add(`call qword ptr [${REGS[1][r]}+8]`, (a) => (a.mem(r, 8), a.call_m()));
    x.add(`jmp ${REGS[1][r]}`, (a) => a.jmp_r(r));
    x.add(`jmp qword ptr [${REGS[1][r]}+8]`, (a) => (a.mem(r, 8), a.jmp_m()));
  }
  x.add('ret', (a) => a.ret());
  x.add('leave', (a) => a.leave());
  x.add('ud2', (a) => a.ud2());
  x.add('int3', (a) => a.int3());
  x.check();
});

test('nops of every length', () => {
  for (let n = 1; n <= 40; n++) {
    const a = new Assembler();
    a.nop(n);
    const { code } = a.finish();
    expect(code.length).toBe(n);
    const lines = decode(code);
    expect(lines.every(([, text]) => /nop|xchg ax/.test(text))).toBe(true);
    expect(lines.length).toBe(Math.ceil(n / 9));
  }
});

test('constants: shared, aligned, in the tail', () => {
  const a = new Assembler();
  a.memConst(4, 0x3f800000);
  a.alu_rm(Alu.ADD, 0, 1);
  a.memConst(8, 1, 2);
  a.alu_mi(Alu.CMP, 1, 0x1234);
  a.memConst(16, 1, 2, 3, 4);
  a.sse_rm(0x128, 3);
  a.memConst(8, 1, 2);
  a.imul_rmi(1, 2, 5);
  for (let i = 0; i < 500; i++) {
    a.memConst(4, i & 127, 0, 0, 0);
    a.mov_rm(0, 0);
  }
  const { code, codeBytes } = a.finish();
  const dv = new DataView(code.buffer, code.byteOffset);
  const c16 = (codeBytes + 15) & -16;
  const c8 = c16 + 16;
  const c4 = c8 + 8;
  expect(code.length).toBe(c4 + 4 * 129);
  expect([0, 1, 2, 3].map((i) => dv.getInt32(c16 + 4 * i, true))).toEqual([1, 2, 3, 4]);
  expect(dv.getInt32(c4, true)).toBe(0x3f800000);
  const lines = decode(code.subarray(0, codeBytes)).map((l) => l[1]);
  const seen = lines.map((l) => /0x[0-9a-f]+\]|\[[0-9a-fx]+\]|rip/.exec(l)?.[0]);
  expect(seen[0]).toBeDefined();
  // Addresses as iced computes them (ip starts at 0).
  const target = (l: string): number => Number(/\[rip\+(0x[0-9a-f]+|\d+)\]/.exec(l)![1]);
  const offsets = decode(code.subarray(0, codeBytes)).map((l) => l[0]);
  const address = (i: number): number => target(lines[i]) + offsets[i + 1];
  expect([address(0), address(1), address(2), address(3)]).toEqual([c4, c8, c16, c8]);
  for (let i = 4; i < 503; i++) expect(dv.getInt32(address(i), true)).toBe((i - 4) & 127);
});

test('using a memory operand twice is an error', () => {
  const a = new Assembler();
  a.mem(0, 0);
  a.mov_rm(0, 0);
  expect(() => a.mov_rm(0, 0)).toThrow('no memory operand');
  expect(() => a.memIndex(4, 4, 0, 0)).toThrow('rsp');
});

test('atomic accesses', () => {
  const x = new Expectations();
  for (let w = 0; w < 4; w++)
    for (const r of SAMPLE) {
      const set = (a: Assembler): void => a.memIndex(13, 6, 2, 0x40);
      const mem = `${PTR[w]}[r13+rsi*4+0x40]`;
      x.add(`xchg ${mem}, ${REGS[w][r]}`, (a) => (set(a), a.xchg_mr(w, r)));
      x.add(`lock xadd ${mem}, ${REGS[w][r]}`, (a) => (set(a), a.lock(), a.xadd_mr(w, r)));
      x.add(`lock cmpxchg ${mem}, ${REGS[w][r]}`, (a) => (set(a), a.lock(), a.cmpxchg_mr(w, r)));
      x.add(`lock or ${mem}, ${REGS[w][r]}`, (a) => (set(a), a.lock(), a.alu_mr(Alu.OR, w, r)));
    }
  x.add('mfence', (a) => a.mfence());
  x.check();
});
