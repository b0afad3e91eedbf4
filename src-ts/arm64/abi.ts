/**
 * Registers and the calling convention of generated code on AArch64.
 *
 * Allocator numbering: 0–15 are x0–x15, 16–23 x19–x26, 24 x29; 32–62 are v0–v30. x28 (vmctx) and x27 (base of memory 0)
 * are pinned. x16, x17 and v31 are the emitter's scratch, within one operation. x18 belongs to the platform. x30 is the
 * return address: in the register as long as there is no frame, and right below the caller's frame in one.
 */
import { type CallingConvention, REGISTERS, registerFile } from '../codegen/machine.js';

export const enum Reg {
  X0 = 0,
  X8 = 8,
  X19 = 16,
  X29 = 24,
  V0 = 32,
}

/** Hardware numbers that have no allocator number. */
export const HW_X16 = 16;
export const HW_X17 = 17;
export const HW_MEMBASE = 27;
export const HW_VMCTX = 28;
export const HW_LINK = 30;
/** The stack pointer or zero, by instruction. */
export const HW_SP = 31;
export const HW_ZERO = 31;
export const HW_VSCRATCH = 31;
/** Registers that calls destroy and no argument is in. */
export const HW_X8 = 8;
export const HW_X9 = 9;
export const HW_X10 = 10;

const GENERAL = 25;
const VECTOR = 31;

/** Hardware numbers of the allocator's registers. */
export const HW = new Uint8Array(REGISTERS);
for (let r = 0; r < 16; r++) HW[r] = r;
for (let r = 0; r < 8; r++) HW[Reg.X19 + r] = 19 + r;
HW[Reg.X29] = 29;
for (let r = 0; r < VECTOR; r++) HW[Reg.V0 + r] = r;

/** In the order of prologues. */
export const CALLEE_SAVED = Uint8Array.of(16, 17, 18, 19, 20, 21, 22, 23, Reg.X29);

/** Registers are saved in pairs: the first beside the return address, every other one beside the one before it. */
const SAVED_COSTS = Uint8Array.from(CALLEE_SAVED, (_, k) => (k % 2 === 0 ? 1 : 3));

export const ARM64_REGISTERS = registerFile(HW, [GENERAL, VECTOR], CALLEE_SAVED, SAVED_COSTS, []);

/** Eight general and eight vector registers take arguments; then 8-byte stack slots (v128: 16 bytes, aligned). */
export const ARM64_CONVENTION: CallingConvention = {
  general: Uint8Array.from({ length: 8 }, (_, k) => Reg.X0 + k),
  vector: Uint8Array.from({ length: 8 }, (_, k) => Reg.V0 + k),
  generalResult: Reg.X0,
  vectorResult: Reg.V0,
  indirect: Reg.X8,
};
