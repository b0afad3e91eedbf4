/** Vector instructions of the AArch64 assembler against Capstone. */
import { beforeAll, test } from 'vitest';
import { DOUBLE } from '../../src-ts/arm64/asm/insts.js';
import {
  element,
  extension,
  from,
  HALF,
  lanes,
  shiftLeft,
  shiftRight,
  V2,
  V3,
  VLane,
  VShift,
} from '../../src-ts/arm64/asm/insts-simd.js';
import { Expectations, imm, loadCapstone, w, x } from '../support/arm64-oracle.js';

let disassemble: (code: Uint8Array) => string[];
beforeAll(async () => {
  disassemble = await loadCapstone();
}, 300_000);

const LANES = ['16b', '8h', '4s', '2d'];
const HALVES = ['8b', '4h', '2s'];

test('three vectors', () => {
  const e = new Expectations(disassemble);
  const all = [0, 1, 2, 3];
  const rows: [V3, string, number[]][] = [
    [V3.ADD, 'add', all],
    [V3.SUB, 'sub', all],
    [V3.MUL, 'mul', [0, 1, 2]],
    [V3.SQADD, 'sqadd', all],
    [V3.UQADD, 'uqadd', all],
    [V3.SQSUB, 'sqsub', all],
    [V3.UQSUB, 'uqsub', all],
    [V3.SMAX, 'smax', [0, 1, 2]],
    [V3.UMAX, 'umax', [0, 1, 2]],
    [V3.SMIN, 'smin', [0, 1, 2]],
    [V3.UMIN, 'umin', [0, 1, 2]],
    [V3.URHADD, 'urhadd', [0, 1, 2]],
    [V3.SQRDMULH, 'sqrdmulh', [1, 2]],
    [V3.ADDP, 'addp', all],
    [V3.UMAXP, 'umaxp', [0, 1, 2]],
    [V3.CMEQ, 'cmeq', all],
    [V3.CMGT, 'cmgt', all],
    [V3.CMHI, 'cmhi', all],
    [V3.CMGE, 'cmge', all],
    [V3.CMHS, 'cmhs', all],
    [V3.SSHL, 'sshl', all],
    [V3.USHL, 'ushl', all],
    [V3.ZIP1, 'zip1', all],
    [V3.ZIP2, 'zip2', all],
    [V3.UZP1, 'uzp1', all],
    [V3.UZP2, 'uzp2', all],
    [V3.TRN1, 'trn1', all],
    [V3.TRN2, 'trn2', all],
  ];
  for (const [row, name, sizes] of rows)
    for (const size of sizes) {
      const t = LANES[size];
      e.add((a) => a.rrr(lanes(row, size), 1, 30, 17), `${name} v1.${t}, v30.${t}, v17.${t}`);
    }
  for (const [row, name] of [
    [V3.AND, 'and'],
    [V3.BIC, 'bic'],
    [V3.ORR, 'orr'],
    [V3.EOR, 'eor'],
    [V3.BSL, 'bsl'],
  ] as [V3, string][])
    e.add((a) => a.rrr(row, 1, 2, 3), `${name} v1.16b, v2.16b, v3.16b`);
  e.add((a) => a.rrr(V3.TBL, 1, 2, 3), 'tbl v1.16b, {v2.16b}, v3.16b');
  e.add((a) => a.rrr(V3.TBX, 1, 2, 3), 'tbx v1.16b, {v2.16b}, v3.16b');
  e.add((a) => a.rrr(V3.EXT | (11 << 11), 1, 2, 3), 'ext v1.16b, v2.16b, v3.16b, #0xb');
  for (const [row, name] of [
    [V3.FADD, 'fadd'],
    [V3.FSUB, 'fsub'],
    [V3.FMUL, 'fmul'],
    [V3.FDIV, 'fdiv'],
    [V3.FMAX, 'fmax'],
    [V3.FMIN, 'fmin'],
    [V3.FCMEQ, 'fcmeq'],
    [V3.FCMGE, 'fcmge'],
    [V3.FCMGT, 'fcmgt'],
    [V3.FMLA, 'fmla'],
    [V3.FMLS, 'fmls'],
  ] as [V3, string][]) {
    e.add((a) => a.rrr(row, 1, 2, 3), `${name} v1.4s, v2.4s, v3.4s`);
    e.add((a) => a.rrr(row | DOUBLE, 1, 2, 3), `${name} v1.2d, v2.2d, v3.2d`);
  }
  for (const [row, name] of [
    [V3.SMULL, 'smull'],
    [V3.UMULL, 'umull'],
    [V3.UMLAL, 'umlal'],
  ] as [V3, string][])
    for (let size = 0; size < 3; size++) {
      const to = LANES[size + 1];
      e.add((a) => a.rrr(lanes(row, size), 1, 2, 3), `${name} v1.${to}, v2.${HALVES[size]}, v3.${HALVES[size]}`);
      e.add((a) => a.rrr(lanes(row, size) | HALF, 1, 2, 3), `${name}2 v1.${to}, v2.${LANES[size]}, v3.${LANES[size]}`);
    }
  e.check();
});

test('two vectors', () => {
  const e = new Expectations(disassemble);
  for (const [row, name, sizes] of [
    [V2.ABS, 'abs', 4],
    [V2.NEG, 'neg', 4],
    [V2.REV16, 'rev16', 1],
    [V2.REV32, 'rev32', 2],
    [V2.REV64, 'rev64', 3],
  ] as [V2, string, number][])
    for (let size = 0; size < sizes; size++)
      e.add((a) => a.rr(lanes(row, size), 1, 30), `${name} v1.${LANES[size]}, v30.${LANES[size]}`);
  e.add((a) => a.rr(V2.CNT, 1, 2), 'cnt v1.16b, v2.16b');
  e.add((a) => a.rr(V2.NOT, 1, 2), 'mvn v1.16b, v2.16b');
  for (let size = 0; size < 4; size++) {
    const t = LANES[size];
    e.add((a) => a.rr(lanes(V2.CMEQ_ZERO, size), 1, 2), `cmeq v1.${t}, v2.${t}, #0`);
    e.add((a) => a.rr(lanes(V2.CMLT_ZERO, size), 1, 2), `cmlt v1.${t}, v2.${t}, #0`);
  }
  for (let size = 0; size < 3; size++) {
    e.add((a) => a.rr(lanes(V2.SADDLP, size), 1, 2), `saddlp v1.${LANES[size + 1]}, v2.${LANES[size]}`);
    e.add((a) => a.rr(lanes(V2.UADDLP, size), 1, 2), `uaddlp v1.${LANES[size + 1]}, v2.${LANES[size]}`);
    for (const [row, name] of [
      [V2.XTN, 'xtn'],
      [V2.SQXTN, 'sqxtn'],
      [V2.UQXTN, 'uqxtn'],
      [V2.SQXTUN, 'sqxtun'],
    ] as [V2, string][]) {
      e.add((a) => a.rr(lanes(row, size), 1, 2), `${name} v1.${HALVES[size]}, v2.${LANES[size + 1]}`);
      e.add((a) => a.rr(lanes(row, size) | HALF, 1, 2), `${name}2 v1.${LANES[size]}, v2.${LANES[size + 1]}`);
    }
    for (const [row, name] of [
      [V2.UMAXV, 'umaxv'],
      [V2.UMINV, 'uminv'],
      [V2.ADDV, 'addv'],
    ] as [V2, string][])
      e.add((a) => a.rr(lanes(row, size), 1, 2), `${name} ${'bhs'[size]}1, v2.${LANES[size]}`);
  }
  e.add((a) => a.rr(V2.ADDP_D, 1, 2), 'addp d1, v2.2d');
  for (const [row, name] of [
    [V2.FABS, 'fabs'],
    [V2.FNEG, 'fneg'],
    [V2.FSQRT, 'fsqrt'],
    [V2.FRINTN, 'frintn'],
    [V2.FRINTM, 'frintm'],
    [V2.FRINTP, 'frintp'],
    [V2.FRINTZ, 'frintz'],
    [V2.FCVTZS, 'fcvtzs'],
    [V2.FCVTZU, 'fcvtzu'],
    [V2.SCVTF, 'scvtf'],
    [V2.UCVTF, 'ucvtf'],
  ] as [V2, string][]) {
    e.add((a) => a.rr(row, 1, 2), `${name} v1.4s, v2.4s`);
    e.add((a) => a.rr(row | DOUBLE, 1, 2), `${name} v1.2d, v2.2d`);
  }
  e.add((a) => a.rr(V2.FCVTL, 1, 2), 'fcvtl v1.2d, v2.2s');
  e.add((a) => a.rr(V2.FCVTN, 1, 2), 'fcvtn v1.2s, v2.2d');
  e.check();
});

test('shifts, extensions and lanes', () => {
  const e = new Expectations(disassemble);
  for (let size = 0; size < 4; size++) {
    const t = LANES[size];
    const bits = 8 << size;
    for (const count of [0, 1, bits - 1])
      e.add((a) => a.rr(shiftLeft(VShift.SHL, size, count), 1, 2), `shl v1.${t}, v2.${t}, ${imm(count)}`);
    for (const count of [1, bits - 1]) {
      e.add((a) => a.rr(shiftRight(VShift.SSHR, size, count), 1, 2), `sshr v1.${t}, v2.${t}, ${imm(count)}`);
      e.add((a) => a.rr(shiftRight(VShift.USHR, size, count), 1, 2), `ushr v1.${t}, v2.${t}, ${imm(count)}`);
    }
    const letter = 'bhsd'[size];
    const general = size === 3 ? x : w;
    e.add((a) => a.rr(element(VLane.DUP_GENERAL, size, 0), 1, 2), `dup v1.${t}, ${general(2)}`);
    for (const lane of [0, 1, (16 >> size) - 1]) {
      const n = `v2.${letter}[${lane}]`;
      e.add((a) => a.rr(element(VLane.DUP, size, lane), 1, 2), `dup v1.${t}, ${n}`);
      e.add((a) => a.rr(element(VLane.TAKE, size, lane), 1, 2), `mov ${letter}1, ${n}`);
      e.add((a) => a.rr(element(VLane.INS_GENERAL, size, lane), 1, 2), `mov v1.${letter}[${lane}], ${general(2)}`);
      e.add((a) => a.rr(element(VLane.UMOV, size, lane), 1, 2), `${size < 2 ? 'umov' : 'mov'} ${general(1)}, ${n}`);
      if (size < 2) e.add((a) => a.rr(element(VLane.SMOV, size, lane), 1, 2), `smov w1, ${n}`);
      e.add((a) => a.rr(element(VLane.INS, size, lane), 1, 2), `mov v1.${letter}[${lane}], v2.${letter}[0]`);
      e.add((a) => a.rr(element(VLane.INS, size, 0) | from(size, lane), 1, 2), `mov v1.${letter}[0], ${n}`);
    }
  }
  for (let size = 0; size < 3; size++) {
    const to = LANES[size + 1];
    e.add((a) => a.rr(extension(VShift.SSHLL, size), 1, 2), `sshll v1.${to}, v2.${HALVES[size]}, #0`);
    e.add((a) => a.rr(extension(VShift.SSHLL, size) | HALF, 1, 2), `sshll2 v1.${to}, v2.${LANES[size]}, #0`);
    e.add((a) => a.rr(extension(VShift.USHLL, size), 1, 2), `ushll v1.${to}, v2.${HALVES[size]}, #0`);
    e.add((a) => a.rr(extension(VShift.USHLL, size) | HALF, 1, 2), `ushll2 v1.${to}, v2.${LANES[size]}, #0`);
  }
  e.check();
});
