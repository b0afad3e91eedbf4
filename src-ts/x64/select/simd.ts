/**
 * Selection of vector operations (docs/architecture.md). Most are one instruction: `PLAIN` says which. The others are
 * short sequences, here and in simd-*.ts; loads and stores of lanes are in simd-memory.ts, shuffles in
 * shuffle.ts, tests of vectors in vector-test.ts.
 */
import { OP_LIMIT } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { Cmp, Round, Sse } from '../asm/insts.js';
import { MOp } from '../machops.js';
import { VOp } from '../machops-simd.js';
import { vectorTest } from './vector-test.js';
import { lowerExtendLow } from './simd-extend.js';
import { lowerConversion, lowerMinMax } from './simd-float.js';
import { lowerRelaxed } from './simd-relaxed.js';
import { lowerExtmul, lowerMul64, lowerPopcnt } from './simd-int.js';
import { lowerExtract, lowerReplace, lowerSplat, lowerVectorAccess } from './simd-memory.js';
import { lowerVectorShift } from './simd-shift.js';
import {
  andNot,
  binary,
  bitSelect,
  foldSecond,
  fresh,
  isConstant,
  needsLow,
  pairs,
  registers,
  sameWords,
  tryMemory,
  unary,
  unaryMemory,
  unaryVector,
  uniform,
  withMemory,
  withWords,
  wordOf,
  words,
} from './simd-parts.js';
import type { Selector } from './selector.js';

/** LOW_HALF: reads eight bytes of its operand; MASK: has no memory form. */
const enum Shape {
  NONE = 0,
  BINARY = 1,
  COMMUTES = 2,
  SWAPPED = 3,
  UNARY = 4,
  LOW_HALF = 5,
  MASK = 6,
}

/** Operations that are one instruction: its shape, row, and immediate byte. */
const PLAIN: readonly (readonly [Op, Shape, Sse, number?])[] = [
  [Op.I8X16_EQ, Shape.COMMUTES, Sse.PCMPEQB],
  [Op.I16X8_EQ, Shape.COMMUTES, Sse.PCMPEQW],
  [Op.I32X4_EQ, Shape.COMMUTES, Sse.PCMPEQD],
  [Op.I64X2_EQ, Shape.COMMUTES, Sse.PCMPEQQ],
  [Op.I8X16_GT_S, Shape.BINARY, Sse.PCMPGTB],
  [Op.I16X8_GT_S, Shape.BINARY, Sse.PCMPGTW],
  [Op.I32X4_GT_S, Shape.BINARY, Sse.PCMPGTD],
  [Op.I64X2_GT_S, Shape.BINARY, Sse.PCMPGTQ],
  [Op.I8X16_LT_S, Shape.SWAPPED, Sse.PCMPGTB],
  [Op.I16X8_LT_S, Shape.SWAPPED, Sse.PCMPGTW],
  [Op.I32X4_LT_S, Shape.SWAPPED, Sse.PCMPGTD],
  [Op.I64X2_LT_S, Shape.SWAPPED, Sse.PCMPGTQ],
  [Op.F32X4_EQ, Shape.COMMUTES, Sse.CMPPS, Cmp.EQ],
  [Op.F32X4_NE, Shape.COMMUTES, Sse.CMPPS, Cmp.NEQ],
  [Op.F32X4_LT, Shape.BINARY, Sse.CMPPS, Cmp.LT],
  [Op.F32X4_LE, Shape.BINARY, Sse.CMPPS, Cmp.LE],
  [Op.F32X4_GT, Shape.SWAPPED, Sse.CMPPS, Cmp.LT],
  [Op.F32X4_GE, Shape.SWAPPED, Sse.CMPPS, Cmp.LE],
  [Op.F64X2_EQ, Shape.COMMUTES, Sse.CMPPD, Cmp.EQ],
  [Op.F64X2_NE, Shape.COMMUTES, Sse.CMPPD, Cmp.NEQ],
  [Op.F64X2_LT, Shape.BINARY, Sse.CMPPD, Cmp.LT],
  [Op.F64X2_LE, Shape.BINARY, Sse.CMPPD, Cmp.LE],
  [Op.F64X2_GT, Shape.SWAPPED, Sse.CMPPD, Cmp.LT],
  [Op.F64X2_GE, Shape.SWAPPED, Sse.CMPPD, Cmp.LE],
  [Op.V128_AND, Shape.COMMUTES, Sse.PAND],
  [Op.V128_OR, Shape.COMMUTES, Sse.POR],
  [Op.V128_XOR, Shape.COMMUTES, Sse.PXOR],
  [Op.I8X16_ABS, Shape.UNARY, Sse.PABSB],
  [Op.I16X8_ABS, Shape.UNARY, Sse.PABSW],
  [Op.I32X4_ABS, Shape.UNARY, Sse.PABSD],
  [Op.I8X16_BITMASK, Shape.MASK, Sse.PMOVMSKB],
  [Op.I32X4_BITMASK, Shape.MASK, Sse.MOVMSKPS],
  [Op.I64X2_BITMASK, Shape.MASK, Sse.MOVMSKPD],
  [Op.I8X16_NARROW_I16X8_S, Shape.BINARY, Sse.PACKSSWB],
  [Op.I8X16_NARROW_I16X8_U, Shape.BINARY, Sse.PACKUSWB],
  [Op.I16X8_NARROW_I32X4_S, Shape.BINARY, Sse.PACKSSDW],
  [Op.I16X8_NARROW_I32X4_U, Shape.BINARY, Sse.PACKUSDW],
  [Op.F32X4_CEIL, Shape.UNARY, Sse.ROUNDPS, Round.CEIL],
  [Op.F32X4_FLOOR, Shape.UNARY, Sse.ROUNDPS, Round.FLOOR],
  [Op.F32X4_TRUNC, Shape.UNARY, Sse.ROUNDPS, Round.TRUNC],
  [Op.F32X4_NEAREST, Shape.UNARY, Sse.ROUNDPS, Round.NEAREST],
  [Op.F64X2_CEIL, Shape.UNARY, Sse.ROUNDPD, Round.CEIL],
  [Op.F64X2_FLOOR, Shape.UNARY, Sse.ROUNDPD, Round.FLOOR],
  [Op.F64X2_TRUNC, Shape.UNARY, Sse.ROUNDPD, Round.TRUNC],
  [Op.F64X2_NEAREST, Shape.UNARY, Sse.ROUNDPD, Round.NEAREST],
  [Op.I8X16_ADD, Shape.COMMUTES, Sse.PADDB],
  [Op.I8X16_ADD_SAT_S, Shape.COMMUTES, Sse.PADDSB],
  [Op.I8X16_ADD_SAT_U, Shape.COMMUTES, Sse.PADDUSB],
  [Op.I8X16_SUB, Shape.BINARY, Sse.PSUBB],
  [Op.I8X16_SUB_SAT_S, Shape.BINARY, Sse.PSUBSB],
  [Op.I8X16_SUB_SAT_U, Shape.BINARY, Sse.PSUBUSB],
  [Op.I8X16_MIN_S, Shape.COMMUTES, Sse.PMINSB],
  [Op.I8X16_MIN_U, Shape.COMMUTES, Sse.PMINUB],
  [Op.I8X16_MAX_S, Shape.COMMUTES, Sse.PMAXSB],
  [Op.I8X16_MAX_U, Shape.COMMUTES, Sse.PMAXUB],
  [Op.I8X16_AVGR_U, Shape.COMMUTES, Sse.PAVGB],
  [Op.I16X8_ADD, Shape.COMMUTES, Sse.PADDW],
  [Op.I16X8_ADD_SAT_S, Shape.COMMUTES, Sse.PADDSW],
  [Op.I16X8_ADD_SAT_U, Shape.COMMUTES, Sse.PADDUSW],
  [Op.I16X8_SUB, Shape.BINARY, Sse.PSUBW],
  [Op.I16X8_SUB_SAT_S, Shape.BINARY, Sse.PSUBSW],
  [Op.I16X8_SUB_SAT_U, Shape.BINARY, Sse.PSUBUSW],
  [Op.I16X8_MUL, Shape.COMMUTES, Sse.PMULLW],
  [Op.I16X8_MIN_S, Shape.COMMUTES, Sse.PMINSW],
  [Op.I16X8_MIN_U, Shape.COMMUTES, Sse.PMINUW],
  [Op.I16X8_MAX_S, Shape.COMMUTES, Sse.PMAXSW],
  [Op.I16X8_MAX_U, Shape.COMMUTES, Sse.PMAXUW],
  [Op.I16X8_AVGR_U, Shape.COMMUTES, Sse.PAVGW],
  [Op.I32X4_ADD, Shape.COMMUTES, Sse.PADDD],
  [Op.I32X4_SUB, Shape.BINARY, Sse.PSUBD],
  [Op.I32X4_MUL, Shape.COMMUTES, Sse.PMULLD],
  [Op.I32X4_MIN_S, Shape.COMMUTES, Sse.PMINSD],
  [Op.I32X4_MIN_U, Shape.COMMUTES, Sse.PMINUD],
  [Op.I32X4_MAX_S, Shape.COMMUTES, Sse.PMAXSD],
  [Op.I32X4_MAX_U, Shape.COMMUTES, Sse.PMAXUD],
  [Op.I32X4_DOT_I16X8_S, Shape.COMMUTES, Sse.PMADDWD],
  [Op.I64X2_ADD, Shape.COMMUTES, Sse.PADDQ],
  [Op.I64X2_SUB, Shape.BINARY, Sse.PSUBQ],
  [Op.F32X4_SQRT, Shape.UNARY, Sse.SQRTPS],
  [Op.F32X4_ADD, Shape.COMMUTES, Sse.ADDPS],
  [Op.F32X4_SUB, Shape.BINARY, Sse.SUBPS],
  [Op.F32X4_MUL, Shape.COMMUTES, Sse.MULPS],
  [Op.F32X4_DIV, Shape.BINARY, Sse.DIVPS],
  [Op.F64X2_SQRT, Shape.UNARY, Sse.SQRTPD],
  [Op.F64X2_ADD, Shape.COMMUTES, Sse.ADDPD],
  [Op.F64X2_SUB, Shape.BINARY, Sse.SUBPD],
  [Op.F64X2_MUL, Shape.COMMUTES, Sse.MULPD],
  [Op.F64X2_DIV, Shape.BINARY, Sse.DIVPD],
  // pmin is y < x ? y : x, pmax x < y ? y : x: what the hardware does with (y, x).
  [Op.F32X4_PMIN, Shape.SWAPPED, Sse.MINPS],
  [Op.F32X4_PMAX, Shape.SWAPPED, Sse.MAXPS],
  [Op.F64X2_PMIN, Shape.SWAPPED, Sse.MINPD],
  [Op.F64X2_PMAX, Shape.SWAPPED, Sse.MAXPD],
  [Op.F32X4_CONVERT_I32X4_S, Shape.UNARY, Sse.CVTDQ2PS],
  [Op.F64X2_CONVERT_LOW_I32X4_S, Shape.LOW_HALF, Sse.CVTDQ2PD],
  [Op.F32X4_DEMOTE_F64X2_ZERO, Shape.UNARY, Sse.CVTPD2PS],
  [Op.F64X2_PROMOTE_LOW_F32X4, Shape.LOW_HALF, Sse.CVTPS2PD],
  // Relaxed: what the instruction gives beyond the common range is among the answers that the specification allows.
  [Op.I8X16_RELAXED_SWIZZLE, Shape.BINARY, Sse.PSHUFB],
  [Op.I32X4_RELAXED_TRUNC_F32X4_S, Shape.UNARY, Sse.CVTTPS2DQ],
  [Op.I32X4_RELAXED_TRUNC_F64X2_S_ZERO, Shape.UNARY, Sse.CVTTPD2DQ],
  [Op.F32X4_RELAXED_MIN, Shape.BINARY, Sse.MINPS],
  [Op.F32X4_RELAXED_MAX, Shape.BINARY, Sse.MAXPS],
  [Op.F64X2_RELAXED_MIN, Shape.BINARY, Sse.MINPD],
  [Op.F64X2_RELAXED_MAX, Shape.BINARY, Sse.MAXPD],
  [Op.I16X8_RELAXED_Q15MULR_S, Shape.COMMUTES, Sse.PMULHRSW],
  // The operand whose bytes have seven bits is the unsigned one.
  [Op.I16X8_RELAXED_DOT_I8X16_I7X16_S, Shape.SWAPPED, Sse.PMADDUBSW],
];
const SHAPE = new Uint8Array(OP_LIMIT);
const ROW = new Int32Array(OP_LIMIT);
const BYTE = new Int8Array(OP_LIMIT);
for (const [op, shape, row, byte = -1] of PLAIN) {
  SHAPE[op] = shape;
  ROW[op] = row;
  BYTE[op] = byte;
}

/** Lowers a SIMD operator. */
export function lowerSimd(s: Selector, v: number): void {
  const { f } = s;
  const o = f.op[v];
  const x = f.a[v];
  const y = f.b[v];
  const row = ROW[o];
  const byte = BYTE[o];
  switch (SHAPE[o] as Shape) {
    case Shape.BINARY:
      binary(s, v, row, x, y, false, byte);
      break;
    case Shape.COMMUTES:
      binary(s, v, row, x, y, true, byte);
      break;
    case Shape.SWAPPED:
      binary(s, v, row, y, x, false, byte);
      break;
    case Shape.UNARY:
      unaryVector(s, v, row, x, byte);
      break;
    case Shape.LOW_HALF:
      if (s.tryLoad(x, Op.V128_LOAD64_ZERO)) unaryMemory(s, v, row);
      else {
        needsLow(s, x, 8);
        unary(s, v, row, x);
      }
      break;
    case Shape.MASK:
      unary(s, v, row, x);
      break;
    default:
      lowerSequence(s, v, o, x, y);
  }
}

function lowerSequence(s: Selector, v: number, o: Op, x: number, y: number): void {
  if (o <= Op.V128_STORE || (o >= Op.V128_LOAD8_LANE && o <= Op.V128_LOAD64_ZERO)) {
    lowerVectorAccess(s, v);
    return;
  }
  if (o >= Op.I8X16_SPLAT && o <= Op.F64X2_REPLACE_LANE) {
    if (o <= Op.F64X2_SPLAT) lowerSplat(s, v);
    else if (s.f.b[v] < 0) lowerExtract(s, v);
    else lowerReplace(s, v);
    return;
  }
  switch (o) {
    case Op.I8X16_SHUFFLE:
      s.shuffles.lowerShuffle(s, v);
      break;
    case Op.I8X16_SWIZZLE:
      s.shuffles.lowerSwizzle(s, v, x, y);
      break;

    case Op.I8X16_NE:
      not(s, v, binary(s, fresh(s), Sse.PCMPEQB, x, y, true));
      break;
    case Op.I16X8_NE:
      not(s, v, binary(s, fresh(s), Sse.PCMPEQW, x, y, true));
      break;
    case Op.I32X4_NE:
      not(s, v, binary(s, fresh(s), Sse.PCMPEQD, x, y, true));
      break;
    case Op.I64X2_NE:
      not(s, v, binary(s, fresh(s), Sse.PCMPEQQ, x, y, true));
      break;
    case Op.I64X2_LE_S:
      not(s, v, binary(s, fresh(s), Sse.PCMPGTQ, x, y, false));
      break;
    case Op.I64X2_GE_S:
      not(s, v, binary(s, fresh(s), Sse.PCMPGTQ, y, x, false));
      break;
    case Op.I8X16_LE_S:
      isExtreme(s, v, Sse.PMINSB, Sse.PCMPEQB, y, x);
      break;
    case Op.I8X16_GE_S:
      isExtreme(s, v, Sse.PMAXSB, Sse.PCMPEQB, y, x);
      break;
    case Op.I8X16_LE_U:
      isExtreme(s, v, Sse.PMINUB, Sse.PCMPEQB, y, x);
      break;
    case Op.I8X16_GE_U:
      isExtreme(s, v, Sse.PMAXUB, Sse.PCMPEQB, y, x);
      break;
    case Op.I16X8_LE_S:
      isExtreme(s, v, Sse.PMINSW, Sse.PCMPEQW, y, x);
      break;
    case Op.I16X8_GE_S:
      isExtreme(s, v, Sse.PMAXSW, Sse.PCMPEQW, y, x);
      break;
    case Op.I16X8_LE_U:
      isExtreme(s, v, Sse.PMINUW, Sse.PCMPEQW, y, x);
      break;
    case Op.I16X8_GE_U:
      isExtreme(s, v, Sse.PMAXUW, Sse.PCMPEQW, y, x);
      break;
    case Op.I32X4_LE_S:
      isExtreme(s, v, Sse.PMINSD, Sse.PCMPEQD, y, x);
      break;
    case Op.I32X4_GE_S:
      isExtreme(s, v, Sse.PMAXSD, Sse.PCMPEQD, y, x);
      break;
    case Op.I32X4_LE_U:
      isExtreme(s, v, Sse.PMINUD, Sse.PCMPEQD, y, x);
      break;
    case Op.I32X4_GE_U:
      isExtreme(s, v, Sse.PMAXUD, Sse.PCMPEQD, y, x);
      break;
    case Op.I8X16_LT_U:
      lessUnsigned(s, v, 1, Sse.PMINUB, Sse.PMAXUB, Sse.PCMPEQB, x, y);
      break;
    case Op.I8X16_GT_U:
      lessUnsigned(s, v, 1, Sse.PMINUB, Sse.PMAXUB, Sse.PCMPEQB, y, x);
      break;
    case Op.I16X8_LT_U:
      lessUnsigned(s, v, 2, Sse.PMINUW, Sse.PMAXUW, Sse.PCMPEQW, x, y);
      break;
    case Op.I16X8_GT_U:
      lessUnsigned(s, v, 2, Sse.PMINUW, Sse.PMAXUW, Sse.PCMPEQW, y, x);
      break;
    case Op.I32X4_LT_U:
      lessUnsigned(s, v, 4, Sse.PMINUD, Sse.PMAXUD, Sse.PCMPEQD, x, y);
      break;
    case Op.I32X4_GT_U:
      lessUnsigned(s, v, 4, Sse.PMINUD, Sse.PMAXUD, Sse.PCMPEQD, y, x);
      break;

    case Op.V128_NOT:
      not(s, v, x);
      break;
    case Op.V128_ANDNOT:
      andNot(s, v, x, y);
      break;
    case Op.V128_BITSELECT:
      bitSelect(s, v, x, y, s.f.c[v]);
      break;

    case Op.V128_ANY_TRUE:
    case Op.I8X16_ALL_TRUE:
    case Op.I16X8_ALL_TRUE:
    case Op.I32X4_ALL_TRUE:
    case Op.I64X2_ALL_TRUE:
      vectorTest(s, MOp.SET_ON, v, 0, -1, -1);
      s.def(v);
      break;
    case Op.I16X8_BITMASK: {
      // Zeros in the upper half leave nothing to mask.
      const bytes = fresh(s);
      const zero = uniform(s, VOp.ZERO);
      unary(s, v, Sse.PMOVMSKB, registers(s, bytes, Sse.PACKSSWB, x, zero));
      break;
    }

    case Op.I8X16_NEG:
      negate(s, v, Sse.PSUBB, x);
      break;
    case Op.I16X8_NEG:
      negate(s, v, Sse.PSUBW, x);
      break;
    case Op.I32X4_NEG:
      negate(s, v, Sse.PSUBD, x);
      break;
    case Op.I64X2_NEG:
      negate(s, v, Sse.PSUBQ, x);
      break;
    case Op.I64X2_ABS: {
      const sign = registers(s, fresh(s), Sse.PCMPGTQ, uniform(s, VOp.ZERO), x);
      registers(s, v, Sse.PSUBQ, registers(s, fresh(s), Sse.PXOR, x, sign, true), sign);
      break;
    }
    case Op.I8X16_POPCNT:
      lowerPopcnt(s, v, x);
      break;

    case Op.I16X8_EXTADD_PAIRWISE_I8X16_S:
      registers(s, v, Sse.PMADDUBSW, ones8(s), x);
      break;
    case Op.I16X8_EXTADD_PAIRWISE_I8X16_U:
      withWords(s, v, Sse.PMADDUBSW, x, sameWords(s, 0x01010101));
      break;
    case Op.I32X4_EXTADD_PAIRWISE_I16X8_S:
      withWords(s, v, Sse.PMADDWD, x, sameWords(s, 0x00010001));
      break;
    case Op.I32X4_EXTADD_PAIRWISE_I16X8_U: {
      // The multiplication is signed: with 2^15 less in each lane, and 2^16 more in the sum.
      const less = withWords(s, fresh(s), Sse.PXOR, x, sameWords(s, 0x80008000 | 0));
      const sum = withWords(s, fresh(s), Sse.PMADDWD, less, sameWords(s, 0x00010001));
      withWords(s, v, Sse.PADDD, sum, sameWords(s, 0x00010000));
      break;
    }
    case Op.I16X8_Q15MULR_SAT_S: {
      // Only -1 * -1 overflows, and only it gives 0x8000.
      const product = binary(s, fresh(s), Sse.PMULHRSW, x, y, true);
      const overflow = withWords(s, fresh(s), Sse.PCMPEQW, product, sameWords(s, 0x80008000 | 0));
      registers(s, v, Sse.PXOR, overflow, product, true);
      break;
    }

    case Op.I16X8_EXTEND_LOW_I8X16_S:
    case Op.I16X8_EXTEND_LOW_I8X16_U:
    case Op.I32X4_EXTEND_LOW_I16X8_S:
    case Op.I32X4_EXTEND_LOW_I16X8_U:
    case Op.I64X2_EXTEND_LOW_I32X4_S:
    case Op.I64X2_EXTEND_LOW_I32X4_U:
      lowerExtendLow(s, v);
      break;
    case Op.I16X8_EXTEND_HIGH_I8X16_S:
      extendHigh(s, v, Sse.PMOVSXBW, x);
      break;
    case Op.I32X4_EXTEND_HIGH_I16X8_S:
      extendHigh(s, v, Sse.PMOVSXWD, x);
      break;
    case Op.I64X2_EXTEND_HIGH_I32X4_S:
      extendHigh(s, v, Sse.PMOVSXDQ, x);
      break;
    case Op.I16X8_EXTEND_HIGH_I8X16_U:
      registers(s, v, Sse.PUNPCKHBW, x, uniform(s, VOp.ZERO));
      break;
    case Op.I32X4_EXTEND_HIGH_I16X8_U:
      registers(s, v, Sse.PUNPCKHWD, x, uniform(s, VOp.ZERO));
      break;
    case Op.I64X2_EXTEND_HIGH_I32X4_U:
      registers(s, v, Sse.PUNPCKHDQ, x, uniform(s, VOp.ZERO));
      break;

    case Op.I8X16_SHL:
    case Op.I8X16_SHR_S:
    case Op.I8X16_SHR_U:
    case Op.I16X8_SHL:
    case Op.I16X8_SHR_S:
    case Op.I16X8_SHR_U:
    case Op.I32X4_SHL:
    case Op.I32X4_SHR_S:
    case Op.I32X4_SHR_U:
    case Op.I64X2_SHL:
    case Op.I64X2_SHR_S:
    case Op.I64X2_SHR_U:
      lowerVectorShift(s, v, o, x, y);
      break;
    case Op.I64X2_MUL:
      lowerMul64(s, v, x, y);
      break;

    case Op.F32X4_ABS:
      withWords(s, v, Sse.ANDPS, x, sameWords(s, 0x7fffffff));
      break;
    case Op.F32X4_NEG:
      withWords(s, v, Sse.XORPS, x, sameWords(s, 0x80000000 | 0));
      break;
    case Op.F64X2_ABS:
      withWords(s, v, Sse.ANDPS, x, pairs(s, -1, 0x7fffffff));
      break;
    case Op.F64X2_NEG:
      withWords(s, v, Sse.XORPS, x, pairs(s, 0, 0x80000000 | 0));
      break;
    case Op.F32X4_MIN:
    case Op.F32X4_MAX:
    case Op.F64X2_MIN:
    case Op.F64X2_MAX:
      lowerMinMax(s, v, o, x, y);
      break;

    case Op.I32X4_TRUNC_SAT_F32X4_S:
    case Op.I32X4_TRUNC_SAT_F32X4_U:
    case Op.I32X4_TRUNC_SAT_F64X2_S_ZERO:
    case Op.I32X4_TRUNC_SAT_F64X2_U_ZERO:
    case Op.F32X4_CONVERT_I32X4_U:
    case Op.F64X2_CONVERT_LOW_I32X4_U:
      lowerConversion(s, v, o, x);
      break;
    default:
      if (o >= Op.I8X16_RELAXED_SWIZZLE) lowerRelaxed(s, v, o, x, y);
      else lowerExtmul(s, v, o, x, y);
  }
}

function not(s: Selector, to: number, x: number): void {
  registers(s, to, Sse.PXOR, x, uniform(s, VOp.ONES), true);
}

function negate(s: Selector, to: number, row: Sse, x: number): void {
  const zero = uniform(s, VOp.ZERO);
  if (tryMemory(s, x)) withMemory(s, to, row, zero);
  else registers(s, to, row, zero, x);
}

/** to = whether x is the smaller (or larger, as `choose` says) of both, or equal. */
function isExtreme(s: Selector, to: number, choose: Sse, equal: Sse, y: number, x: number): number {
  return binary(s, to, equal, foldSecond(s, fresh(s), choose, x, y), x, true);
}

/**
 * to = x < y, unsigned lanes of so many bytes. There is no such instruction: x is not the larger; with a constant, the
 * smaller of both or equal if that is one less or more.
 */
function lessUnsigned(
  s: Selector,
  to: number,
  bytes: number,
  min: Sse,
  max: Sse,
  equal: Sse,
  x: number,
  y: number,
): void {
  const less = isConstant(s, y) ? stepped(s, y, bytes, -1) : -1;
  const more = less < 0 && isConstant(s, x) ? stepped(s, x, bytes, 1) : -1;
  if (less >= 0) binary(s, to, equal, withWords(s, fresh(s), min, x, less), x, true);
  else if (more >= 0) binary(s, to, equal, withWords(s, fresh(s), max, y, more), y, true);
  else not(s, to, isExtreme(s, fresh(s), max, equal, y, x));
}

/** The constant c with `step` (1 or −1) added to each lane, in the pool; -1 if a lane would wrap. */
function stepped(s: Selector, c: number, bytes: number, step: number): number {
  const mask = laneMask(bytes);
  const last = step < 0 ? 0 : mask;
  for (let k = 0; k < 16; k += bytes) if (((wordOf(s, c, k >> 2) >>> (8 * (k & 3))) & mask) === last) return -1;
  return words(
    s,
    steppedWord(wordOf(s, c, 0), bytes, step),
    steppedWord(wordOf(s, c, 1), bytes, step),
    steppedWord(wordOf(s, c, 2), bytes, step),
    steppedWord(wordOf(s, c, 3), bytes, step),
  );
}

const laneMask = (bytes: number): number => (bytes === 4 ? -1 : (1 << (8 * bytes)) - 1);

/** `step` added to each lane of a word. */
function steppedWord(word: number, bytes: number, step: number): number {
  const mask = laneMask(bytes);
  let w = 0;
  for (let shift = 0; shift < 32; shift += 8 * bytes) w |= (((word >>> shift) + step) & mask) << shift;
  return w;
}

function extendHigh(s: Selector, to: number, row: Sse, x: number): void {
  unary(s, to, row, unary(s, fresh(s), Sse.PSHUFD, x, 0xee));
}

function ones8(s: Selector): number {
  // abs of -1 is made without memory.
  return unary(s, fresh(s), Sse.PABSB, uniform(s, VOp.ONES));
}
