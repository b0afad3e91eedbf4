/**
 * Vector float operations that are sequences: minimum, maximum, and conversions that saturate or are unsigned. NaNs
 * come out canonical from minimum and maximum, as from the scalar ones.
 */
import { Op } from '../../ir/ops.js';
import { Cmp, Round, Sse, SseShift } from '../asm/insts.js';
import { VOp } from '../machops-simd.js';
import {
  blend,
  fresh,
  hasAvx,
  loadWords,
  pairs,
  registers,
  sameWords,
  shift,
  unary,
  uniform,
  withWords,
} from './simd-parts.js';
import type { Selector } from './selector.js';

/**
 * The hardware's minimum and maximum give the second operand for NaNs and for zeros of either sign. In both orders they
 * differ just there: min unites their bits (−0 wins, a NaN stays one), max subtracts the difference. Then lanes that
 * are NaN lose their payload.
 */
export function lowerMinMax(s: Selector, to: number, o: Op, x: number, y: number): void {
  const wide = o >= Op.F64X2_MIN;
  const isMin = o === Op.F32X4_MIN || o === Op.F64X2_MIN;
  const row = isMin ? (wide ? Sse.MINPD : Sse.MINPS) : wide ? Sse.MAXPD : Sse.MAXPS;
  const compare = wide ? Sse.CMPPD : Sse.CMPPS;
  const a = registers(s, fresh(s), row, x, y);
  const b = registers(s, fresh(s), row, y, x);
  if (isMin) {
    const either = registers(s, fresh(s), Sse.ORPS, a, b, true);
    const isNaN = registers(s, fresh(s), compare, b, either, true, Cmp.UNORD);
    const full = registers(s, fresh(s), Sse.ORPS, either, isNaN, true);
    registers(s, to, Sse.ANDNPS, payload(s, isNaN, wide), full);
  } else {
    const difference = registers(s, fresh(s), Sse.XORPS, b, a, true);
    const either = registers(s, fresh(s), Sse.ORPS, a, difference, true);
    const sum = registers(s, fresh(s), wide ? Sse.SUBPD : Sse.SUBPS, either, difference);
    const isNaN = registers(s, fresh(s), compare, difference, sum, true, Cmp.UNORD);
    registers(s, to, Sse.ANDNPS, payload(s, isNaN, wide), sum);
  }
}

/** What goes of lanes of ones: of a NaN the sign, the exponent and the first bit of the fraction stay. */
function payload(s: Selector, v: number, wide: boolean): number {
  return shift(s, fresh(s), wide ? SseShift.PSRLQ : SseShift.PSRLD, v, wide ? 13 : 10);
}

/** to = x with the canonical NaN in every lane that is NaN. */
export function lowerCanonical(s: Selector, to: number, wide: boolean, x: number): void {
  const isNaN = registers(s, fresh(s), wide ? Sse.CMPPD : Sse.CMPPS, x, x, true, Cmp.UNORD);
  const nan = wide ? pairs(s, 0, 0x7ff80000) : sameWords(s, 0x7fc00000);
  if (hasAvx(s)) {
    blend(s, to, wide ? Sse.VBLENDVPD : Sse.VBLENDVPS, x, loadWords(s, fresh(s), nan), isNaN);
    return;
  }
  const bits = withWords(s, fresh(s), Sse.ANDPS, isNaN, nan);
  registers(s, to, Sse.ORPS, registers(s, fresh(s), Sse.ANDNPS, isNaN, x), bits, true);
}

export function lowerConversion(s: Selector, to: number, o: Op, x: number): void {
  switch (o) {
    case Op.I32X4_TRUNC_SAT_F32X4_S:
      truncateSigned(s, to, x);
      break;
    case Op.I32X4_TRUNC_SAT_F32X4_U:
      truncateUnsigned(s, to, x);
      break;
    case Op.I32X4_TRUNC_SAT_F64X2_S_ZERO: {
      // min gives its second operand for a NaN: the bound, or 0 there. Below the range the marker is the answer.
      const ordered = registers(s, fresh(s), Sse.CMPPD, x, x, true, Cmp.EQ);
      const bound = withWords(s, fresh(s), Sse.ANDPS, ordered, pairs(s, 0xffc00000 | 0, 0x41dfffff));
      unary(s, to, Sse.CVTTPD2DQ, registers(s, fresh(s), Sse.MINPD, x, bound));
      break;
    }
    case Op.I32X4_TRUNC_SAT_F64X2_U_ZERO: {
      // Added to 2^52, a whole number stands in the low half.
      const zero = uniform(s, VOp.ZERO);
      const positive = registers(s, fresh(s), Sse.MAXPD, x, zero);
      const bounded = withWords(s, fresh(s), Sse.MINPD, positive, pairs(s, 0xffe00000 | 0, 0x41efffff));
      const whole = unary(s, fresh(s), Sse.ROUNDPD, bounded, Round.TRUNC);
      const number = withWords(s, fresh(s), Sse.ADDPD, whole, pairs(s, 0, 0x43300000));
      registers(s, to, Sse.SHUFPS, number, zero, false, 0x88);
      break;
    }
    case Op.F32X4_CONVERT_I32X4_U: {
      // Halves as fractions of 2^23 and 2^39, whose sum is rounded once.
      const low = withWords(s, fresh(s), Sse.PBLENDW, x, sameWords(s, 0x4b000000), 0xaa);
      const high = withWords(
        s,
        fresh(s),
        Sse.PBLENDW,
        shift(s, fresh(s), SseShift.PSRLD, x, 16),
        sameWords(s, 0x53000000),
        0xaa,
      );
      registers(s, to, Sse.ADDPS, withWords(s, fresh(s), Sse.SUBPS, high, sameWords(s, 0x53000080)), low, true);
      break;
    }
    default: {
      // f64x2.convert_low_i32x4_u: as the fraction of 2^52.
      const number = withWords(s, fresh(s), Sse.UNPCKLPS, x, sameWords(s, 0x43300000));
      withWords(s, to, Sse.SUBPD, number, pairs(s, 0, 0x43300000));
    }
  }
}

/** NaNs become 0; at 2^31 and above the marker 0x80000000 flips to 0x7fffffff. */
function truncateSigned(s: Selector, to: number, x: number): void {
  const ordered = registers(s, fresh(s), Sse.CMPPS, x, x, true, Cmp.EQ);
  const number = registers(s, fresh(s), Sse.ANDPS, ordered, x, true);
  const whole = unary(s, fresh(s), Sse.CVTTPS2DQ, number);
  const above = withWords(s, fresh(s), Sse.CMPPS, number, sameWords(s, 0x4f000000), Cmp.NLT);
  registers(s, to, Sse.PXOR, whole, above, true);
}

/** What is above 2^31 comes from a second conversion of the rest, which is 0 below and 0x7fffffff from 2^32 on. */
function truncateUnsigned(s: Selector, to: number, x: number): void {
  const zero = uniform(s, VOp.ZERO);
  const positive = registers(s, fresh(s), Sse.MAXPS, x, zero);
  const half = sameWords(s, 0x4f000000);
  const rest = withWords(s, fresh(s), Sse.SUBPS, positive, half);
  const above = registers(s, fresh(s), Sse.CMPPS, loadWords(s, fresh(s), half), rest, false, Cmp.LE);
  const marked = registers(s, fresh(s), Sse.PXOR, unary(s, fresh(s), Sse.CVTTPS2DQ, rest), above, true);
  const upper = registers(s, fresh(s), Sse.PMAXSD, marked, zero, true);
  registers(s, to, Sse.PADDD, unary(s, fresh(s), Sse.CVTTPS2DQ, positive), upper, true);
}
