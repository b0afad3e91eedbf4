/**
 * Registers and the calling convention of generated code. `docs/architecture.md` explains them.
 *
 * Allocator numbering: 0–12 the allocatable general registers, 32–46 xmm0–xmm14. rsp, r14 (vmctx), r15 (base of memory
 * 0) are pinned and xmm15 is the emitter's scratch (slot-to-slot copies, constants); none of those has an allocator
 * number.
 */
import {
  type CallingConvention,
  type CallLayout,
  layoutCall as layoutByConvention,
  REGISTERS,
  registerFile,
} from '../codegen/machine.js';
import type { FuncType } from '../wasm/types.js';

export const enum Reg {
  RAX = 0,
  RCX = 1,
  RDX = 2,
  RBX = 3,
  RBP = 4,
  RSI = 5,
  RDI = 6,
  R8 = 7,
  R9 = 8,
  R10 = 9,
  R11 = 10,
  R12 = 11,
  R13 = 12,
  XMM0 = 32,
}

/** Hardware numbers of the allocator's registers (the 4-bit number that encodings use). */
export const HW = new Uint8Array(REGISTERS);
HW.set([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13], Reg.RAX);
HW.set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], Reg.XMM0);
export const HW_RSP = 4;
export const HW_VMCTX = 14;
export const HW_MEMBASE = 15;
export const HW_XMM_SCRATCH = 15;

/** Integer and reference arguments, in order; then 8-byte stack slots. */
export const INT_ARGS = Uint8Array.of(Reg.RDI, Reg.RSI, Reg.RDX, Reg.RCX, Reg.R8, Reg.R9);
/** Float and v128 arguments: xmm0–xmm7; then stack slots (v128: 16 bytes, 16-byte aligned). */
export const MAX_XMM_ARGS = 8;

/**
 * Registers that a callee preserves, cheapest first. Every other register is clobbered by a call.
 */
export const CALLEE_SAVED = Uint8Array.of(Reg.RBX, Reg.RBP, Reg.R12, Reg.R13);

/** Clobber bits of x86-64 instructions in addition to `Clobber.CALL`: those from `Clobber.FIXED` on, in order. */
export const enum X64Clobber {
  RDX = 2,
  RAX = 4,
  RCX = 8,
}

const SAVED_COSTS = Uint8Array.of(3, 3, 3, 3);

export const X64_REGISTERS = registerFile(HW, [13, 15], CALLEE_SAVED, SAVED_COSTS, [Reg.RDX, Reg.RAX, Reg.RCX]);

export const X64_CONVENTION: CallingConvention = {
  general: INT_ARGS,
  vector: Uint8Array.from({ length: MAX_XMM_ARGS }, (_, k) => Reg.XMM0 + k),
  generalResult: Reg.RAX,
  vectorResult: Reg.XMM0,
  indirect: Reg.RAX,
};

/** Where a signature's arguments and results are. */
export const layoutCall = (type: FuncType): CallLayout => layoutByConvention(X64_CONVENTION, type);
