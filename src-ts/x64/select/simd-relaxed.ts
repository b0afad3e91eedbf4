/**
 * Relaxed SIMD operators that are more than one instruction on some target, by the fastest of the answers that the
 * specification allows. Deterministic code has none of them (ir/deterministic.ts).
 */
import { Op } from '../../ir/ops.js';
import { Form } from '../../codegen/mach.js';
import { Sse } from '../asm/insts.js';
import { Feature } from '../features.js';
import { VOp } from '../machops-simd.js';
import { lowerConversion } from './simd-float.js';
import {
  binary,
  bitSelect,
  blend,
  fresh,
  hasAvx,
  isConstant,
  operand,
  registers,
  sameWords,
  tryMemory,
  withWords,
} from './simd-parts.js';
import type { Selector } from './selector.js';

export function lowerRelaxed(s: Selector, v: number, o: Op, x: number, y: number): void {
  const z = s.f.c[v];
  switch (o) {
    case Op.I32X4_RELAXED_TRUNC_F32X4_U:
      lowerConversion(s, v, Op.I32X4_TRUNC_SAT_F32X4_U, x);
      break;
    case Op.I32X4_RELAXED_TRUNC_F64X2_U_ZERO:
      lowerConversion(s, v, Op.I32X4_TRUNC_SAT_F64X2_U_ZERO, x);
      break;
    case Op.F32X4_RELAXED_MADD:
      multiplyAdd(s, v, x, y, z, Sse.VFMADD213PS, Sse.VFMADD231PS, Sse.MULPS, Sse.ADDPS);
      break;
    case Op.F32X4_RELAXED_NMADD:
      multiplyAdd(s, v, x, y, z, Sse.VFNMADD213PS, Sse.VFNMADD231PS, Sse.MULPS, Sse.SUBPS);
      break;
    case Op.F64X2_RELAXED_MADD:
      multiplyAdd(s, v, x, y, z, Sse.VFMADD213PD, Sse.VFMADD231PD, Sse.MULPD, Sse.ADDPD);
      break;
    case Op.F64X2_RELAXED_NMADD:
      multiplyAdd(s, v, x, y, z, Sse.VFNMADD213PD, Sse.VFNMADD231PD, Sse.MULPD, Sse.SUBPD);
      break;
    case Op.I8X16_RELAXED_LANESELECT:
      laneSelect(s, v, Sse.VPBLENDVB, x, y, z);
      break;
    case Op.I32X4_RELAXED_LANESELECT:
      laneSelect(s, v, Sse.VBLENDVPS, x, y, z);
      break;
    case Op.I64X2_RELAXED_LANESELECT:
      laneSelect(s, v, Sse.VBLENDVPD, x, y, z);
      break;
    case Op.I16X8_RELAXED_LANESELECT:
      // There is no blend by the signs of words, and one by those of bytes may take halves of a lane from both.
      bitSelect(s, v, x, y, z);
      break;
    default: {
      // i32x4.relaxed_dot_i8x16_i7x16_add_s
      const pairs = binary(s, fresh(s), Sse.PMADDUBSW, y, x, false);
      const sums = withWords(s, fresh(s), Sse.PMADDWD, pairs, sameWords(s, 0x00010001));
      registers(s, v, Sse.PADDD, sums, z, true);
    }
  }
}

/** to = z + x * y, or z - x * y: rounded once with FMA, else twice. */
function multiplyAdd(
  s: Selector,
  to: number,
  x: number,
  y: number,
  z: number,
  row213: Sse,
  row231: Sse,
  multiply: Sse,
  add: Sse,
): void {
  if ((s.features & Feature.FMA) === 0) {
    const product = binary(s, fresh(s), multiply, x, y, true);
    registers(s, to, add, z, product, add === Sse.ADDPS || add === Sse.ADDPD);
    return;
  }
  if (tryMemory(s, y)) fusedWithMemory(s, to, row231, z, x);
  else if (tryMemory(s, x)) fusedWithMemory(s, to, row231, z, y);
  else if (tryMemory(s, z)) fusedWithMemory(s, to, row213, x, y);
  else {
    // What is summed up stays in its register.
    s.begin(VOp.FUSED, Form.RR);
    s.imm(row231);
    operand(s, z);
    operand(s, x);
    operand(s, y);
    s.tie();
    s.def(to);
  }
}

/** The third operand is in memory, at the address set before. */
function fusedWithMemory(s: Selector, to: number, row: Sse, first: number, second: number): void {
  s.begin(VOp.FUSED, Form.RM);
  s.imm(row);
  operand(s, first);
  operand(s, second);
  s.address();
  s.tie();
  s.def(to);
}

function laneSelect(s: Selector, to: number, row: Sse, x: number, y: number, mask: number): void {
  if (!hasAvx(s) || isConstant(s, mask)) {
    bitSelect(s, to, x, y, mask);
    return;
  }
  blend(s, to, row, y, x, mask);
}
