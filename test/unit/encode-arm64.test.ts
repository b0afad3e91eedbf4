/** General and float instructions of the AArch64 assembler against Capstone. */
import { beforeAll, expect, test } from 'vitest';
import { bitCondition, zeroCondition } from '../../src-ts/arm64/asm/branches.js';
import { Assembler, reaches } from '../../src-ts/arm64/asm/encode.js';
import { floatImmediate, floatImmediate32, logicalImmediate } from '../../src-ts/arm64/asm/immediates.js';
import { IntVec } from '../../src-ts/util/vec.js';
import {
  Add,
  AddImm,
  CondCompare,
  Convert,
  DOUBLE,
  Exclusive,
  F2,
  F3,
  Field,
  FOther,
  Literal,
  Logic,
  LogicImm,
  Lse,
  Mem,
  Other,
  Pair,
  RR,
  RRR,
  RRRR,
  Select,
  Wide,
  WIDE,
} from '../../src-ts/arm64/asm/insts.js';
import { Expectations, imm, loadCapstone, reg, w, x } from '../support/arm64-oracle.js';

let disassemble: (code: Uint8Array) => string[];
beforeAll(async () => {
  disassemble = await loadCapstone();
}, 300_000);

const WIDTHS = [0, 1];
/** Registers d, n, m (and a): none of them means zero or the stack pointer. */
const TRIPLES = [
  [0, 1, 2, 3],
  [30, 29, 28, 27],
  [5, 16, 17, 30],
];
const CONDITIONS = ['eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'];

test('additions and logical operations: shifted, extended', () => {
  const e = new Expectations(disassemble);
  const rows: [number, string][] = [
    [Add.ADD, 'add'],
    [Add.ADDS, 'adds'],
    [Add.SUB, 'sub'],
    [Add.SUBS, 'subs'],
    [Logic.AND, 'and'],
    [Logic.BIC, 'bic'],
    [Logic.ORR, 'orr'],
    [Logic.ORN, 'orn'],
    [Logic.EOR, 'eor'],
    [Logic.EON, 'eon'],
    [Logic.ANDS, 'ands'],
  ];
  for (const [row, name] of rows)
    for (const wide of WIDTHS)
      for (const [d, n, m] of TRIPLES)
        for (const [shift, amount] of [
          [0, 0],
          [0, 1],
          [0, wide !== 0 ? 63 : 31],
          [1, 7],
          [2, 12],
          [3, 5],
        ]) {
          if (shift === 3 && row === (row & 0x6b000000) && (row & 0x1f000000) === 0x0b000000) continue;
          const text = amount === 0 ? '' : `, ${['lsl', 'lsr', 'asr', 'ror'][shift]} #${amount}`;
          e.add(
            (a) => a.shifted(row as Add, wide, d, n, m, shift, amount),
            `${name} ${reg(wide, d)}, ${reg(wide, n)}, ${reg(wide, m)}${text}`,
          );
        }
  for (const [row, name] of rows.slice(0, 4))
    for (const wide of WIDTHS)
      for (const [d, n, m] of TRIPLES)
        for (const [extend, amount] of [
          [0, 0],
          [1, 1],
          [2, 4],
          [4, 2],
          [5, 3],
          [6, 0],
        ]) {
          const kind = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw'][extend];
          e.add(
            (a) => a.extended(row as Add, wide, d, n, m, extend, amount),
            `${name} ${reg(wide, d)}, ${reg(wide, n)}, ${w(m)}, ${kind}${amount === 0 ? '' : ` ${imm(amount)}`}`,
          );
        }
  e.add((a) => a.extended(Add.ADD, 1, 31, 31, 16, 3, 0), 'add sp, sp, x16');
  e.add((a) => a.extended(Add.SUBS, 1, 31, 31, 16, 3, 0), 'cmp sp, x16');
  e.check();
});

test('additions of constants', () => {
  const e = new Expectations(disassemble);
  for (const [row, name] of [
    [AddImm.ADD, 'add'],
    [AddImm.ADDS, 'adds'],
    [AddImm.SUB, 'sub'],
    [AddImm.SUBS, 'subs'],
  ] as [AddImm, string][])
    for (const wide of WIDTHS)
      for (const n of [1, 8, 9, 10, 4095, 4096, 0xfff000]) {
        const text = n > 4095 ? `${imm(n >> 12)}, lsl #12` : imm(n);
        e.add((a) => a.addImmediate(row, wide, 3, 4, n), `${name} ${reg(wide, 3)}, ${reg(wide, 4)}, ${text}`);
      }
  e.add((a) => a.addImmediate(AddImm.ADD, 1, 29, 31, 0), 'mov x29, sp');
  e.add((a) => a.addConstant(31, 31, -32, 16), 'sub sp, sp, #0x20');
  e.add((a) => a.addConstant(31, 31, -0x12340, 16), 'sub sp, sp, #0x12, lsl #12', 'sub sp, sp, #0x340');
  e.add(
    (a) => a.addConstant(1, 2, 0x1234567, 16),
    'mov w16, #0x4567',
    'movk w16, #0x123, lsl #16',
    'add x1, x2, x16, uxtx',
  );
  e.add((a) => a.addConstant(1, 1, 0, 16));
  e.add((a) => expect(a.cmpImmediate(0, 5, -7)).toBe(true), 'cmn w5, #7');
  e.add((a) => expect(a.cmpImmediate(1, 5, 7)).toBe(true), 'cmp x5, #7');
  e.add((a) => expect(a.cmpImmediate(1, 5, 4097)).toBe(false));
  e.check();
});

/** Value of the immediate with these fields, as the manual's pseudocode decodes it (DecodeBitMasks). */
function decodeLogical(fields: number): bigint {
  const n = (fields >> 12) & 1;
  const immr = (fields >> 6) & 63;
  const imms = fields & 63;
  const length = 31 - Math.clz32((n << 6) | (~imms & 63));
  const size = 1 << length;
  const ones = (imms & (size - 1)) + 1;
  const rotate = immr & (size - 1);
  let element = (1n << BigInt(ones)) - 1n;
  element = ((element >> BigInt(rotate)) | (element << BigInt(size - rotate))) & ((1n << BigInt(size)) - 1n);
  let value = 0n;
  for (let at = 0; at < 64; at += size) value |= element << BigInt(at);
  return value;
}

test('logical immediates: every one there is, and none else', () => {
  const valid = new Set<bigint>();
  for (let n = 0; n < 2; n++)
    for (let imms = 0; imms < 64; imms++) {
      const length = 31 - Math.clz32((n << 6) | (~imms & 63));
      if (length < 1 || (imms & ((1 << length) - 1)) === (1 << length) - 1) continue;
      for (let immr = 0; immr < 1 << length; immr++) valid.add(decodeLogical((n << 12) | (immr << 6) | imms));
    }
  expect(valid.size).toBe(5334);
  const halves = (v: bigint): [number, number] => [Number(BigInt.asIntN(32, v)), Number(BigInt.asIntN(32, v >> 32n))];
  for (const v of valid) {
    const fields = logicalImmediate(...halves(v));
    expect(fields, v.toString(16)).toBeGreaterThanOrEqual(0);
    expect(decodeLogical(fields)).toBe(v);
    // A bit more or less is hardly ever one.
    for (const bit of [0n, 17n, 63n]) {
      const other = v ^ (1n << bit);
      expect(logicalImmediate(...halves(other)) >= 0, other.toString(16)).toBe(valid.has(other));
    }
  }
  expect(logicalImmediate(0, 0)).toBe(-1);
  expect(logicalImmediate(-1, -1)).toBe(-1);
  const e = new Expectations(disassemble);
  for (const [row, name] of [
    [LogicImm.AND, 'and'],
    [LogicImm.ORR, 'orr'],
    [LogicImm.EOR, 'eor'],
    [LogicImm.ANDS, 'ands'],
  ] as [LogicImm, string][]) {
    e.add((a) => a.logic(row, 0, 1, 2, logicalImmediate(0xff, 0xff)), `${name} w1, w2, #0xff`);
    e.add((a) => a.logic(row, 1, 1, 2, logicalImmediate(0, 0xff)), `${name} x1, x2, #0xff00000000`);
  }
  e.check();
});

test('float immediates: every one there is, and none else', () => {
  const view = new DataView(new ArrayBuffer(8));
  const found = new Set<number>();
  const e = new Expectations(disassemble);
  for (let sign = 0; sign < 2; sign++)
    for (let exponent = -3; exponent <= 4; exponent++)
      for (let fraction = 16; fraction < 32; fraction++) {
        const value = (sign === 0 ? 1 : -1) * (fraction / 16) * 2 ** exponent;
        view.setFloat64(0, value, true);
        const bits = floatImmediate(view.getInt32(0, true), view.getInt32(4, true));
        view.setFloat32(0, value, true);
        expect(floatImmediate32(view.getInt32(0, true))).toBe(bits);
        found.add(bits);
        e.add((a) => a.word(FOther.FMOV_IMM | DOUBLE | (bits << 13) | 7), `fmov d7, #${value.toFixed(8)}`);
      }
  expect(found.size).toBe(256);
  expect(found.has(-1)).toBe(false);
  e.check();
  for (const value of [0, -0, 33, 0.1, 0.12, NaN, Infinity, 2 ** -4, 1 + 1 / 32]) {
    view.setFloat64(0, value, true);
    expect(floatImmediate(view.getInt32(0, true), view.getInt32(4, true)), `${value}`).toBe(-1);
    view.setFloat32(0, value, true);
    expect(floatImmediate32(view.getInt32(0, true)), `${value}`).toBe(-1);
  }
});

test('constants in as few instructions as there are', () => {
  const e = new Expectations(disassemble);
  e.add((a) => a.constant32(1, 0), 'mov w1, #0');
  e.add((a) => a.constant32(1, 0x12340000), 'mov w1, #0x12340000');
  e.add((a) => a.constant32(1, -2), 'mov w1, #-2');
  e.add((a) => a.constant32(1, 0x1234ffff), 'mov w1, #0x1234ffff');
  e.add((a) => a.constant32(1, 0x0ff00ff0), 'mov w1, #0xff00ff0');
  e.add((a) => a.constant32(1, 0x12345678), 'mov w1, #0x5678', 'movk w1, #0x1234, lsl #16');
  e.add((a) => a.constant64(1, -1, -1), 'mov x1, #-1');
  e.add((a) => a.constant64(1, -1, 0), 'mov x1, #0xffffffff');
  e.add((a) => a.constant64(1, 0, 0x10000), 'mov x1, #0x1000000000000');
  e.add((a) => a.constant64(1, 0x55555555, 0x55555555), 'mov x1, #0x5555555555555555');
  e.add((a) => a.constant64(1, -2, 0x1234ffff), 'mov x1, #-2', 'movk x1, #0x1234, lsl #48');
  e.add(
    (a) => a.constant64(1, 0x33334444, 0x11112222),
    'mov x1, #0x4444',
    'movk x1, #0x3333, lsl #16',
    'movk x1, #0x2222, lsl #32',
    'movk x1, #0x1111, lsl #48',
  );
  e.add((a) => a.moveWide(Wide.MOVK, 1, 9, 0xffff, 2), 'movk x9, #0xffff, lsl #32');
  e.check();
});

test('three and four registers, two registers', () => {
  const e = new Expectations(disassemble);
  for (const wide of WIDTHS)
    for (const [d, n, m, a4] of TRIPLES) {
      const [D, N, M, A] = [d, n, m, a4].map((r) => reg(wide, r));
      for (const [row, name] of [
        [RRR.ADC, 'adc'],
        [RRR.SBC, 'sbc'],
        [RRR.UDIV, 'udiv'],
        [RRR.SDIV, 'sdiv'],
        [RRR.LSL, 'lsl'],
        [RRR.LSR, 'lsr'],
        [RRR.ASR, 'asr'],
        [RRR.ROR, 'ror'],
        [RRR.MUL, 'mul'],
        [RRR.MNEG, 'mneg'],
      ] as [RRR, string][])
        e.add((a) => a.rrr(row | (wide << 31), d, n, m), `${name} ${D}, ${N}, ${M}`);
      for (const [row, name] of [
        [RRRR.MADD, 'madd'],
        [RRRR.MSUB, 'msub'],
      ] as [RRRR, string][])
        e.add((a) => a.rrrr(row | (wide << 31), d, n, m, a4), `${name} ${D}, ${N}, ${M}, ${A}`);
      for (const [row, name] of [
        [RR.RBIT, 'rbit'],
        [RR.REV16, 'rev16'],
        [RR.CLZ, 'clz'],
      ] as [RR, string][])
        e.add((a) => a.rr(row | (wide << 31), d, n), `${name} ${D}, ${N}`);
      e.add((a) => a.rr(wide !== 0 ? RR.REV_64 : RR.REV, d, n), `rev ${D}, ${N}`);
      for (const [row, name] of [
        [Select.CSEL, 'csel'],
        [Select.CSINC, 'csinc'],
        [Select.CSINV, 'csinv'],
        [Select.CSNEG, 'csneg'],
      ] as [Select, string][])
        CONDITIONS.forEach((cc, k) => e.add((a) => a.select(row, wide, d, n, m, k), `${name} ${D}, ${N}, ${M}, ${cc}`));
      e.add((a) => a.conditionalCompare(CondCompare.CCMP, wide, n, m, 5, 1), `ccmp ${N}, ${M}, #5, ne`);
      e.add((a) => a.conditionalCompareImmediate(CondCompare.CCMN, wide, n, 31, 0, 0), `ccmn ${N}, #0x1f, #0, eq`);
      e.add((a) => a.extr(wide, d, n, m, 9), `extr ${D}, ${N}, ${M}, #9`);
    }
  for (const [d, n, m] of TRIPLES) {
    e.add((a) => a.rrr(RRR.SMULL, d, n, m), `smull ${x(d)}, ${w(n)}, ${w(m)}`);
    e.add((a) => a.rrr(RRR.UMULL, d, n, m), `umull ${x(d)}, ${w(n)}, ${w(m)}`);
    e.add((a) => a.rrr(RRR.SMULH, d, n, m), `smulh ${x(d)}, ${x(n)}, ${x(m)}`);
    e.add((a) => a.rrr(RRR.UMULH, d, n, m), `umulh ${x(d)}, ${x(n)}, ${x(m)}`);
  }
  CONDITIONS.forEach((cc, k) => e.add((a) => a.cset(4, k), `cset w4, ${cc}`));
  e.check();
});

test('bit fields and shifts by constants', () => {
  const e = new Expectations(disassemble);
  for (const wide of WIDTHS) {
    const top = wide !== 0 ? 63 : 31;
    const [D, N] = [reg(wide, 3), reg(wide, 4)];
    for (const n of [1, 5, top]) {
      e.add((a) => a.lslImmediate(wide, 3, 4, n), `lsl ${D}, ${N}, ${imm(n)}`);
      e.add((a) => a.lsrImmediate(wide, 3, 4, n), `lsr ${D}, ${N}, ${imm(n)}`);
      e.add((a) => a.asrImmediate(wide, 3, 4, n), `asr ${D}, ${N}, ${imm(n)}`);
    }
    e.add((a) => a.field(Field.UBFM, wide, 3, 4, 4, 9), `ubfx ${D}, ${N}, #4, #6`);
    e.add((a) => a.field(Field.SBFM, wide, 3, 4, 4, 9), `sbfx ${D}, ${N}, #4, #6`);
    e.add((a) => a.field(Field.UBFM, wide, 3, 4, -4 & top, 9), `ubfiz ${D}, ${N}, #4, #0xa`);
    e.add((a) => a.field(Field.BFM, wide, 3, 4, 4, 9), `bfxil ${D}, ${N}, #4, #6`);
    e.add((a) => a.field(Field.SBFM, wide, 3, 4, 0, 7), `sxtb ${D}, w4`);
  }
  e.add((a) => a.field(Field.SBFM, 1, 3, 4, 0, 31), 'sxtw x3, w4');
  e.check();
});

const MEMORY: [Mem, string, (r: number) => string][] = [
  [Mem.STRB, 'strb', w],
  [Mem.LDRB, 'ldrb', w],
  [Mem.LDRSB_X, 'ldrsb', x],
  [Mem.LDRSB_W, 'ldrsb', w],
  [Mem.STRH, 'strh', w],
  [Mem.LDRH, 'ldrh', w],
  [Mem.LDRSH_X, 'ldrsh', x],
  [Mem.LDRSH_W, 'ldrsh', w],
  [Mem.STR_W, 'str', w],
  [Mem.LDR_W, 'ldr', w],
  [Mem.LDRSW, 'ldrsw', x],
  [Mem.STR_X, 'str', x],
  [Mem.LDR_X, 'ldr', x],
  [Mem.STR_B, 'str', (r) => `b${r}`],
  [Mem.LDR_B, 'ldr', (r) => `b${r}`],
  [Mem.STR_H, 'str', (r) => `h${r}`],
  [Mem.LDR_H, 'ldr', (r) => `h${r}`],
  [Mem.STR_S, 'str', (r) => `s${r}`],
  [Mem.LDR_S, 'ldr', (r) => `s${r}`],
  [Mem.STR_D, 'str', (r) => `d${r}`],
  [Mem.LDR_D, 'ldr', (r) => `d${r}`],
  [Mem.STR_Q, 'str', (r) => `q${r}`],
  [Mem.LDR_Q, 'ldr', (r) => `q${r}`],
];
const BYTES: Record<string, number> = { b: 1, h: 2, s: 4, d: 8, q: 16 };
/** Bytes that a row accesses, by its name. */
function bytesOf(name: string, t: string): number {
  if (/b$/.test(name)) return 1;
  if (/h$/.test(name)) return 2;
  if (/sw$/.test(name)) return 4;
  return BYTES[t[0]] ?? (t.startsWith('x') ? 8 : 4);
}

test('loads and stores in every addressing form', () => {
  const e = new Expectations(disassemble);
  for (const [row, name, spell] of MEMORY) {
    const t = spell(7);
    const size = bytesOf(name, t);
    for (const disp of [0, size, 4095 * size, 255, -1, -256]) {
      const scaled = disp >= 0 && disp % size === 0;
      const mnemonic = scaled ? name : name.replace(/^(ld|st)/, '$1u');
      e.add((a) => a.access(row, 7, 20, disp), `${mnemonic} ${t}, [x20${disp === 0 ? '' : `, ${imm(disp)}`}]`);
      expect(reaches(row, disp)).toBe(true);
    }
    expect(reaches(row, 4096 * size)).toBe(false);
    expect(reaches(row, -257)).toBe(false);
    const shift = Math.log2(size);
    e.add((a) => a.accessIndex(row, 7, 27, 9, 2, false), `${name} ${t}, [x27, w9, uxtw]`);
    e.add((a) => a.accessIndex(row, 7, 27, 9, 3, false), `${name} ${t}, [x27, x9]`);
    if (size > 1) {
      e.add((a) => a.accessIndex(row, 7, 27, 9, 2, true), `${name} ${t}, [x27, w9, uxtw #${shift}]`);
      e.add((a) => a.accessIndex(row, 7, 31, 9, 3, true), `${name} ${t}, [sp, x9, lsl #${shift}]`);
    }
  }
  e.add((a) => a.pair(Pair.STP, 19, 30, 31, 504), 'stp x19, x30, [sp, #0x1f8]');
  e.add((a) => a.pair(Pair.LDP, 31, 30, 31, -512), 'ldp xzr, x30, [sp, #-0x200]');
  e.add((a) => a.pair(Pair.STP_PRE, 31, 30, 31, -16), 'stp xzr, x30, [sp, #-0x10]!');
  e.add((a) => a.pair(Pair.LDP_POST, 29, 30, 31, 16), 'ldp x29, x30, [sp], #0x10');
  for (const [row, r, size] of [
    [Pair.STP_W, 'w', 2],
    [Pair.STP_S, 's', 2],
    [Pair.STP_D, 'd', 3],
    [Pair.STP_Q, 'q', 4],
  ] as const) {
    e.add((a) => a.pair(row, 7, 9, 20, 63 << size, size), `stp ${r}7, ${r}9, [x20, ${imm(63 << size)}]`);
    const load = row | (1 << 22);
    e.add((a) => a.pair(load, 7, 9, 31, -64 << size, size), `ldp ${r}7, ${r}9, [sp, ${imm(-64 << size)}]`);
  }
  const join =
    (...accesses: [Mem, number, number, number][]) =>
    (a: Assembler) => {
      for (const [row, t, n, disp] of accesses) a.accessNext(row, t, n, disp);
    };
  e.add(join([Mem.LDR_X, 1, 31, 8], [Mem.LDR_X, 2, 31, 16]), 'ldp x1, x2, [sp, #8]');
  e.add(join([Mem.STR_X, 1, 31, 16], [Mem.STR_X, 2, 31, 8]), 'stp x2, x1, [sp, #8]');
  e.add(join([Mem.STR_X, 1, 31, 16], [Mem.STR_X, 1, 31, 8]), 'stp x1, x1, [sp, #8]');
  e.add(join([Mem.LDR_Q, 1, 3, -16], [Mem.LDR_Q, 0, 3, 0]), 'ldp q1, q0, [x3, #-0x10]');
  e.add(join([Mem.LDR_W, 1, 3, 4], [Mem.LDR_W, 3, 3, 0]), 'ldp w3, w1, [x3]');
  // A third one begins the next pair.
  e.add(
    join([Mem.STR_D, 1, 31, 0], [Mem.STR_D, 2, 31, 8], [Mem.STR_D, 3, 31, 16], [Mem.STR_D, 4, 31, 24]),
    'stp d1, d2, [sp]',
    'stp d3, d4, [sp, #0x10]',
  );
  // The same register twice, its base overwritten, not side by side, another size, not at a multiple, out of reach.
  e.add(join([Mem.LDR_X, 1, 31, 8], [Mem.LDR_X, 1, 31, 16]), 'ldr x1, [sp, #8]', 'ldr x1, [sp, #0x10]');
  e.add(join([Mem.LDR_X, 3, 3, 8], [Mem.LDR_X, 1, 3, 16]), 'ldr x3, [x3, #8]', 'ldr x1, [x3, #0x10]');
  e.add(join([Mem.LDR_X, 1, 31, 8], [Mem.LDR_X, 2, 31, 24]), 'ldr x1, [sp, #8]', 'ldr x2, [sp, #0x18]');
  e.add(join([Mem.LDR_X, 1, 31, 8], [Mem.LDR_W, 2, 31, 16]), 'ldr x1, [sp, #8]', 'ldr w2, [sp, #0x10]');
  e.add(join([Mem.LDR_X, 1, 3, 1], [Mem.LDR_X, 2, 3, 9]), 'ldur x1, [x3, #1]', 'ldur x2, [x3, #9]');
  e.add(join([Mem.LDR_X, 1, 31, 512], [Mem.LDR_X, 2, 31, 520]), 'ldr x1, [sp, #0x200]', 'ldr x2, [sp, #0x208]');
  e.add((a) => a.accessFar(Mem.LDR_X, 16, 28, -264, 16), 'sub x16, x28, #0x108', 'ldr x16, [x16]');
  e.check();
});

test('atomic accesses', () => {
  const e = new Expectations(disassemble);
  const sizes = ['b', 'h', '', ''];
  for (let size = 0; size < 4; size++) {
    const r = size === 3 ? x : w;
    const rows: [number, string][] = [
      [[Exclusive.LDARB, Exclusive.LDARH, Exclusive.LDAR_W, Exclusive.LDAR_X][size], 'ldar'],
      [[Exclusive.STLRB, Exclusive.STLRH, Exclusive.STLR_W, Exclusive.STLR_X][size], 'stlr'],
      [[Exclusive.LDAXRB, Exclusive.LDAXRH, Exclusive.LDAXR_W, Exclusive.LDAXR_X][size], 'ldaxr'],
    ];
    for (const [row, name] of rows) e.add((a) => a.rr(row, 5, 6), `${name}${sizes[size]} ${r(5)}, [x6]`);
    const store = [Exclusive.STLXRB, Exclusive.STLXRH, Exclusive.STLXR_W, Exclusive.STLXR_X][size];
    e.add((a) => a.rrr(store, 5, 6, 17), `stlxr${sizes[size]} w17, ${r(5)}, [x6]`);
    for (const [row, name] of [
      [Lse.LDADDAL, 'ldaddal'],
      [Lse.LDCLRAL, 'ldclral'],
      [Lse.LDEORAL, 'ldeoral'],
      [Lse.LDSETAL, 'ldsetal'],
      [Lse.SWPAL, 'swpal'],
      [Lse.CASAL, 'casal'],
    ] as [Lse, string][])
      e.add((a) => a.rrr(row | (size << 30), 5, 6, 7), `${name}${sizes[size]} ${r(7)}, ${r(5)}, [x6]`);
  }
  e.add((a) => a.word(Other.DMB_ISH), 'dmb ish');
  e.check();
});

test('scalar floats and conversions', () => {
  const e = new Expectations(disassemble);
  for (const double of [0, DOUBLE]) {
    const f = (r: number): string => `${double !== 0 ? 'd' : 's'}${r}`;
    for (const [row, name] of [
      [F3.FMUL, 'fmul'],
      [F3.FDIV, 'fdiv'],
      [F3.FADD, 'fadd'],
      [F3.FSUB, 'fsub'],
      [F3.FMAX, 'fmax'],
      [F3.FMIN, 'fmin'],
    ] as [F3, string][])
      e.add((a) => a.rrr(row | double, 1, 30, 31), `${name} ${f(1)}, ${f(30)}, ${f(31)}`);
    for (const [row, name] of [
      [F2.FMOV, 'fmov'],
      [F2.FABS, 'fabs'],
      [F2.FNEG, 'fneg'],
      [F2.FSQRT, 'fsqrt'],
      [F2.FRINTN, 'frintn'],
      [F2.FRINTP, 'frintp'],
      [F2.FRINTM, 'frintm'],
      [F2.FRINTZ, 'frintz'],
    ] as [F2, string][])
      e.add((a) => a.rr(row | double, 1, 30), `${name} ${f(1)}, ${f(30)}`);
    e.add((a) => a.fcmp(double, 3, 4), `fcmp ${f(3)}, ${f(4)}`);
    e.add((a) => a.fcsel(double, 3, 4, 5, 7), `fcsel ${f(3)}, ${f(4)}, ${f(5)}, vc`);
    for (const wide of [0, WIDE]) {
      const g = (r: number): string => reg(wide, r);
      e.add((a) => a.rr(Convert.SCVTF | wide | double, 1, 2), `scvtf ${f(1)}, ${g(2)}`);
      e.add((a) => a.rr(Convert.UCVTF | wide | double, 1, 2), `ucvtf ${f(1)}, ${g(2)}`);
      e.add((a) => a.rr(Convert.FCVTZS | wide | double, 1, 2), `fcvtzs ${g(1)}, ${f(2)}`);
      e.add((a) => a.rr(Convert.FCVTZU | wide | double, 1, 2), `fcvtzu ${g(1)}, ${f(2)}`);
    }
  }
  e.add((a) => a.rr(F2.FCVT_D_S, 1, 2), 'fcvt d1, s2');
  e.add((a) => a.rr(F2.FCVT_S_D, 1, 2), 'fcvt s1, d2');
  e.add((a) => a.rr(Convert.FMOV_TO_GENERAL, 1, 2), 'fmov w1, s2');
  e.add((a) => a.rr(Convert.FMOV_TO_GENERAL | WIDE | DOUBLE, 1, 2), 'fmov x1, d2');
  e.add((a) => a.rr(Convert.FMOV_TO_FLOAT, 1, 2), 'fmov s1, w2');
  e.add((a) => a.rr(Convert.FMOV_TO_FLOAT | WIDE | DOUBLE, 1, 2), 'fmov d1, x2');
  e.add((a) => a.movVector(30, 31), 'mov v30.16b, v31.16b');
  e.check();
});

test('branches reach as far as they say, and further around a jump', () => {
  const near = new Assembler();
  const label = near.newLabel();
  near.bind(label);
  CONDITIONS.forEach((_, k) => near.branch(k, label));
  near.branch(zeroCondition(5, 0), label);
  near.branch(zeroCondition(5, 1) | 1, label);
  near.branch(bitCondition(6, 3), label);
  near.branch(bitCondition(6, 40) | 1, label);
  near.b(label);
  near.br(16);
  near.blr(17);
  near.ret();
  expect(disassemble(near.finish().code).map((line) => line.replace(/#(0x)?0$/, '@'))).toEqual([
    ...CONDITIONS.map((cc) => `b.${cc} @`),
    'cbz w5, @',
    'cbnz x5, @',
    'tbz w6, #3, @',
    'tbnz x6, #0x28, @',
    'b @',
    'br x16',
    'blr x17',
    'ret',
  ]);
  for (const [cc, reach, text] of [
    [bitCondition(1, 0), 1 << 15, ['tbnz w1, #0, #8', 'b']],
    [zeroCondition(1, 0), 1 << 20, ['cbnz w1, #8', 'b']],
    [0, 1 << 20, ['b.ne #8', 'b']],
  ] as [number, number, string[]][])
    for (const words of [reach / 4 - 3, reach / 4 + 1]) {
      const a = new Assembler();
      const far = a.newLabel();
      a.branch(cc, far);
      for (let k = 0; k < words; k++) a.word(Other.NOP);
      a.bind(far);
      a.ret();
      const { code } = a.finish();
      const isNear = words < reach / 4;
      expect(code.length).toBe(4 * (words + 1) + (isNear ? 4 : 8));
      const lines = disassemble(code.slice(0, 8));
      if (!isNear) expect([lines[0], lines[1].split(' ')[0]]).toEqual(text);
    }
});

test('constants, tables and functions', () => {
  const a = new Assembler();
  a.loadConstant(3, 8, 1, 2);
  a.loadConstant(4, 16, 5, 6, 7, 8);
  a.loadConstant(5, 4, 9);
  a.literal(Literal.LDR_X, Mem.LDR_X, 6, a.constant(8, 1, 2));
  const here = a.newLabel();
  a.adr(7, a.jumpTable(IntVec.of(Int32Array.of(here, here))));
  a.bind(here);
  a.ret();
  const { code, codeBytes } = a.finish();
  // The largest first; each line is read at its own place.
  expect(disassemble(code.slice(0, codeBytes))).toEqual([
    'ldr d3, #0x30',
    'ldr q4, #0x20',
    'ldr s5, #0x38',
    'ldr x6, #0x30',
    'adr x7, #0x3c',
    'ret',
  ]);
  const view = new DataView(code.buffer, code.byteOffset);
  expect(view.getInt32(0x3c, true)).toBe(0x14 - 0x3c);
});
