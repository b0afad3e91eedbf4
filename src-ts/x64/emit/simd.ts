/** Emission of vector operations (machops-simd.ts): one instruction each. */
import { ofItself } from './int.js';
import type { MachEmitter } from './emitter.js';
import { Sse } from '../asm/insts.js';
import { Form } from '../../codegen/mach.js';
import { VOp } from '../machops-simd.js';

/** Expands the current instruction, a `VOp`. */
export function emitSimd(e: MachEmitter): void {
  const { asm, op } = e;
  const row = e.imm;
  switch (op as VOp) {
    case VOp.ZERO:
      ofItself(asm, Sse.PXOR, e.def());
      break;
    case VOp.ONES:
      ofItself(asm, Sse.PCMPEQD, e.def());
      break;
    case VOp.SAME:
      break;
    case VOp.UNARY:
      if (e.form === Form.M) {
        e.memory();
        if (asm.avx) asm.vex_rrm(row, e.def(), 0);
        else asm.sse_rm(row, e.def());
      } else if (asm.avx) asm.vex_rrr(row, e.def(), 0, e.use(0));
      else asm.sse_rr(row, e.def(), e.use(0));
      break;
    case VOp.UNARY_I:
      if (e.form === Form.M) {
        e.memory();
        if (asm.avx) asm.vex_rrmi(row, e.def(), 0, e.imm2);
        else asm.sse_rmi(row, e.def(), e.imm2);
      } else if (asm.avx) asm.vex_rrri(row, e.def(), 0, e.use(0), e.imm2);
      else asm.sse_rri(row, e.def(), e.use(0), e.imm2);
      break;
    case VOp.BINARY:
      if (e.form === Form.RM) {
        e.memory();
        if (asm.avx) asm.vex_rrm(row, e.def(), e.use(0));
        else asm.sse_rm(row, e.def());
      } else if (asm.avx) asm.vex_rrr(row, e.def(), e.use(0), e.use(1));
      else asm.sse_rr(row, e.def(), second(e));
      break;
    case VOp.BINARY_I:
      if (e.form === Form.RM) {
        e.memory();
        if (asm.avx) asm.vex_rrmi(row, e.def(), e.use(0), e.imm2);
        else asm.sse_rmi(row, e.def(), e.imm2);
      } else if (asm.avx) asm.vex_rrri(row, e.def(), e.use(0), e.use(1), e.imm2);
      else asm.sse_rri(row, e.def(), second(e), e.imm2);
      break;
    case VOp.FUSED:
      if (e.form === Form.RM) {
        e.memory();
        asm.vex_rrm(row, e.def(), e.use(1));
      } else asm.vex_rrr(row, e.def(), e.use(1), e.use(2));
      break;
    case VOp.BLEND:
      asm.vex_rrri(row, e.def(), e.use(0), e.use(1), e.use(2) << 4);
      break;
    case VOp.SHIFT_I:
      if (asm.avx) asm.vex_shift_ri(row, e.def(), e.use(0), e.imm2);
      else asm.sse_shift_ri(row, e.def(), e.imm2);
      break;
    case VOp.EXTRACT:
      if (asm.avx) asm.vex_rrri(row, e.use(0), 0, e.def(), e.imm2);
      else asm.sse_rri(row, e.use(0), e.def(), e.imm2);
      break;
    case VOp.STORE_LANE:
      e.memory();
      if (asm.avx) asm.vex_rrmi(row, e.use(0), 0, e.imm2);
      else asm.sse_rmi(row, e.use(0), e.imm2);
      break;
    case VOp.STORE_HIGH:
      e.memory();
      if (asm.avx) asm.vex_rrm(row, e.use(0), 0);
      else asm.sse_rm(row, e.use(0));
      break;
  }
}

/** The operand that the result is not tied to: of a commuting pair it may be the first. */
function second(e: MachEmitter): number {
  return e.def() === e.use(0) ? e.use(1) : e.use(0);
}
