/**
 * Tests of whole vectors: any bit set, all lanes other than zero. ptest x, y sets ZF if x & y is zero and CF if ~x & y
 * is, so bitwise operations and comparisons that only the test reads are part of it.
 */
import { Op } from '../../ir/ops.js';
import { Cc, Sse } from '../asm/insts.js';
import { Form } from '../../codegen/mach.js';
import { Flags } from '../machops.js';
import { VOp } from '../machops-simd.js';
import { binary, fresh, operand, registers, uniform } from './simd-parts.js';
import type { Selector } from './selector.js';

export const isVectorTest = (o: number): boolean =>
  o === Op.V128_ANY_TRUE ||
  o === Op.I8X16_ALL_TRUE ||
  o === Op.I16X8_ALL_TRUE ||
  o === Op.I32X4_ALL_TRUE ||
  o === Op.I64X2_ALL_TRUE;

/** Comparison of each lane with zero, by the lanes of ALL_TRUE. */
const laneIsZero = (o: number): Sse =>
  o === Op.I8X16_ALL_TRUE
    ? Sse.PCMPEQB
    : o === Op.I16X8_ALL_TRUE
      ? Sse.PCMPEQW
      : o === Op.I32X4_ALL_TRUE
        ? Sse.PCMPEQD
        : Sse.PCMPEQQ;

/** Bytes of the lanes that a comparison makes ones or zeros of; 0 for other operations. */
function maskBytes(o: number): number {
  if (o < Op.I8X16_EQ || o > Op.I64X2_GE_S || (o > Op.F64X2_GE && o < Op.I64X2_EQ)) return 0;
  return o <= Op.I8X16_GE_U
    ? 1
    : o <= Op.I16X8_GE_U
      ? 2
      : o <= Op.I32X4_GE_U || (o >= Op.F32X4_EQ && o <= Op.F32X4_GE)
        ? 4
        : 8;
}

const laneBytes = (o: number): number =>
  o === Op.I8X16_ALL_TRUE ? 1 : o === Op.I16X8_ALL_TRUE ? 2 : o === Op.I32X4_ALL_TRUE ? 4 : 8;

const isIntegerEq = (o: number): boolean =>
  o === Op.I8X16_EQ || o === Op.I16X8_EQ || o === Op.I32X4_EQ || o === Op.I64X2_EQ;
const isIntegerNe = (o: number): boolean =>
  o === Op.I8X16_NE || o === Op.I16X8_NE || o === Op.I32X4_NE || o === Op.I64X2_NE;

/** Opens an instruction of `family` for the test x, as `emitCondition` does. */
export function vectorTest(s: Selector, family: number, x: number, negate: number, a: number, b: number): void {
  const { f } = s;
  const o = f.op[x];
  const v = s.alias[f.a[x]];
  const from = s.isOwn(v) ? f.op[v] : Op.NOP;
  if (o === Op.V128_ANY_TRUE) {
    if (isIntegerNe(from)) testDifference(s, family, v, Cc.NE ^ negate, a, b);
    else if (from === Op.V128_AND) test(s, family, take(s, v, f.a[v]), f.b[v], Cc.NE ^ negate, a, b);
    else if (from === Op.V128_ANDNOT) test(s, family, take(s, v, f.b[v]), f.a[v], Cc.AE ^ negate, a, b);
    else test(s, family, v, v, Cc.NE ^ negate, a, b);
    return;
  }
  // A lane of several that a comparison made is other than zero as soon as one of them is.
  const bytes = maskBytes(f.op[v]);
  if (bytes !== 0 && bytes >= laneBytes(o)) {
    if (isIntegerEq(from)) testDifference(s, family, v, Cc.E ^ negate, a, b);
    else test(s, family, v, uniform(s, VOp.ONES), Cc.B ^ negate, a, b);
    return;
  }
  const zeros = registers(s, fresh(s), laneIsZero(o), uniform(s, VOp.ZERO), v, true);
  test(s, family, zeros, zeros, Cc.E ^ negate, a, b);
}

/** v is done by its consumer, which uses x. */
function take(s: Selector, v: number, x: number): number {
  s.fused[v] = 1;
  return x;
}

/** Tests whether the operands of v are the same. */
function testDifference(s: Selector, family: number, v: number, cc: number, a: number, b: number): void {
  const x = take(s, v, s.f.a[v]);
  const difference = binary(s, fresh(s), Sse.PXOR, x, s.f.b[v], true);
  test(s, family, difference, difference, cc, a, b);
}

function test(s: Selector, family: number, x: number, y: number, cc: number, a: number, b: number): void {
  s.begin(family + Flags.PTEST, Form.RR);
  s.cond(cc);
  if (a >= 0) {
    s.use(a);
    s.use(b);
  }
  operand(s, x);
  operand(s, y);
}
