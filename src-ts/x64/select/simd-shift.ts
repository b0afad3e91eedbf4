/**
 * Vector shifts. There are none of bytes, and no arithmetic one of 64 bits. Counts are taken modulo the width of a
 * lane.
 */
import { Op } from '../../ir/ops.js';
import { Sse, SseShift } from '../asm/insts.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { FOp } from '../machops-float.js';
import { fresh, loadWords, operand, pairs, registers, same, sameWords, shift, withWords } from './simd-parts.js';
import type { Selector } from './selector.js';

/** Rows by width (16, 32, 64): by an immediate, by a register. */
const LEFT = Int32Array.of(SseShift.PSLLW, SseShift.PSLLD, SseShift.PSLLQ);
const LEFT_BY = Int32Array.of(Sse.PSLLW, Sse.PSLLD, Sse.PSLLQ);
const RIGHT = Int32Array.of(SseShift.PSRLW, SseShift.PSRLD, SseShift.PSRLQ);
const RIGHT_BY = Int32Array.of(Sse.PSRLW, Sse.PSRLD, Sse.PSRLQ);
const ARITHMETIC = Int32Array.of(SseShift.PSRAW, SseShift.PSRAD);
const ARITHMETIC_BY = Int32Array.of(Sse.PSRAW, Sse.PSRAD);

const enum ShiftKind {
  LEFT = 0,
  SIGNED = 1,
  UNSIGNED = 2,
}

/** The operators of one width follow one another; those of the next begin 0x20 later. */
export function lowerVectorShift(s: Selector, to: number, o: Op, x: number, count: number): void {
  const width = (o - Op.I8X16_SHL) >> 5;
  const kind: ShiftKind = (o - Op.I8X16_SHL) & 31;
  const bits = 8 << width;
  if (s.isConst(count)) {
    const n = s.immOf(count) & (bits - 1);
    if (n === 0) same(s, to, x);
    else byConstant(s, to, width, kind, x, n);
  } else byRegister(s, to, width, kind, x, count, bits);
}

function byConstant(s: Selector, to: number, width: number, kind: ShiftKind, x: number, n: number): void {
  if (width === 0) {
    bytesByConstant(s, to, kind, x, n);
    return;
  }
  const k = width - 1;
  if (kind === ShiftKind.LEFT) shift(s, to, LEFT[k], x, n);
  else if (kind === ShiftKind.UNSIGNED) shift(s, to, RIGHT[k], x, n);
  else if (width < 3) shift(s, to, ARITHMETIC[k], x, n);
  else {
    // The sign's new place m: (x ^ m) - m extends it.
    const sign = 63 - n;
    const m = pairs(s, sign < 32 ? 1 << sign : 0, sign < 32 ? 0 : 1 << (sign - 32));
    const shifted = shift(s, fresh(s), SseShift.PSRLQ, x, n);
    withWords(s, to, Sse.PSUBQ, withWords(s, fresh(s), Sse.PXOR, shifted, m), m);
  }
}

/**
 * Shifts of 16 bits, and what came from the neighbour masked out; with signs, of bytes in the upper halves of 16-bit
 * lanes.
 */
function bytesByConstant(s: Selector, to: number, kind: ShiftKind, x: number, n: number): void {
  if (kind === ShiftKind.SIGNED) {
    const low = shift(s, fresh(s), SseShift.PSRAW, registers(s, fresh(s), Sse.PUNPCKLBW, x, x), 8 + n);
    const high = shift(s, fresh(s), SseShift.PSRAW, registers(s, fresh(s), Sse.PUNPCKHBW, x, x), 8 + n);
    registers(s, to, Sse.PACKSSWB, low, high);
  } else if (kind === ShiftKind.LEFT && n === 1) {
    registers(s, to, Sse.PADDB, x, x, true);
  } else {
    const mask = kind === ShiftKind.LEFT ? (0xff << n) & 0xff : 0xff >> n;
    const shifted = shift(s, fresh(s), kind === ShiftKind.LEFT ? SseShift.PSLLW : SseShift.PSRLW, x, n);
    withWords(s, to, Sse.PAND, shifted, sameWords(s, Math.imul(mask, 0x01010101)));
  }
}

function byRegister(
  s: Selector,
  to: number,
  width: number,
  kind: ShiftKind,
  x: number,
  count: number,
  bits: number,
): void {
  const n = moduloCount(s, count, bits);
  const by = toVector(s, n);
  if (width === 0) {
    if (kind === ShiftKind.SIGNED) {
      const byMore = toVector(s, plusEight(s, n));
      const low = registers(s, fresh(s), Sse.PSRAW, registers(s, fresh(s), Sse.PUNPCKLBW, x, x), byMore);
      const high = registers(s, fresh(s), Sse.PSRAW, registers(s, fresh(s), Sse.PUNPCKHBW, x, x), byMore);
      registers(s, to, Sse.PACKSSWB, low, high);
      return;
    }
    // 0xff >> n in every byte: what is shifted out to the left and what comes in from the right is not in it.
    const mask16 = registers(s, fresh(s), Sse.PSRLW, loadWords(s, fresh(s), sameWords(s, 0x00ff00ff)), by);
    const mask = registers(s, fresh(s), Sse.PACKUSWB, mask16, mask16);
    if (kind === ShiftKind.LEFT) registers(s, to, Sse.PSLLW, registers(s, fresh(s), Sse.PAND, x, mask, true), by);
    else registers(s, to, Sse.PAND, registers(s, fresh(s), Sse.PSRLW, x, by), mask, true);
    return;
  }
  const k = width - 1;
  if (kind === ShiftKind.LEFT) registers(s, to, LEFT_BY[k], x, by);
  else if (kind === ShiftKind.UNSIGNED) registers(s, to, RIGHT_BY[k], x, by);
  else if (width < 3) registers(s, to, ARITHMETIC_BY[k], x, by);
  else {
    const m = registers(s, fresh(s), Sse.PSRLQ, loadWords(s, fresh(s), pairs(s, 0, 0x80000000 | 0)), by);
    const shifted = registers(s, fresh(s), Sse.PSRLQ, x, by);
    registers(s, to, Sse.PSUBQ, registers(s, fresh(s), Sse.PXOR, shifted, m, true), m);
  }
}

/** The count modulo the width of a lane, in a general register. */
function moduloCount(s: Selector, count: number, bits: number): number {
  const x = s.lowPart(count, 31 - Math.clz32(bits));
  if (s.maxOf(x) < bits) return x;
  const n = s.newValue(Cls.GPR);
  s.begin(MOp.AND32, Form.RI);
  s.use(x);
  s.imm(bits - 1);
  s.tie();
  s.def(n);
  return n;
}

function plusEight(s: Selector, n: number): number {
  const more = s.newValue(Cls.GPR);
  s.begin(MOp.ADD32, Form.RI);
  operand(s, n);
  s.imm(8);
  s.def(more);
  return more;
}

function toVector(s: Selector, n: number): number {
  const v = fresh(s);
  s.begin(FOp.BITS_TO_FLOAT32, Form.R);
  operand(s, n);
  s.def(v);
  return v;
}
