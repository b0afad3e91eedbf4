/** Emission of vector operations (machops-simd.ts): each is the instruction that it names. */
import { Mem } from '../asm/insts.js';
import { VOp } from '../machops-simd.js';
import type { MachEmitter } from './emitter.js';

/** Expands the current instruction, a `VOp`. */
export function emitSimd(e: MachEmitter): void {
  const { asm } = e;
  switch (e.op as VOp) {
    case VOp.RR:
      asm.rr(e.imm, e.def(), e.use(0));
      break;
    case VOp.RRR:
      asm.rrr(e.imm, e.def(), e.use(0), e.use(1));
      break;
    case VOp.RR_TIED:
      asm.rr(e.imm, e.def(), e.use(1));
      break;
    case VOp.RRR_TIED:
      asm.rrr(e.imm, e.def(), e.use(1), e.use(2));
      break;
    case VOp.LOAD8:
      e.memory(Mem.LDR_B, e.def());
      break;
    case VOp.LOAD16:
      e.memory(Mem.LDR_H, e.def());
      break;
    case VOp.STORE8:
      e.memory(Mem.STR_B, e.use(0));
      break;
    case VOp.STORE16:
      e.memory(Mem.STR_H, e.use(0));
      break;
  }
}
