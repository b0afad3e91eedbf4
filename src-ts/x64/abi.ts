/**
 * Registers and the calling convention of generated code. `docs/architecture.md` explains them.
 *
 * Allocator numbering: 0–12 the allocatable general registers, 13–27 xmm0–xmm14. rsp, r14 (vmctx), r15 (base of memory
 * 0) are pinned and xmm15 is the emitter's scratch (slot-to-slot copies, constants); none of those has an allocator
 * number. So a set of registers is one 28-bit mask.
 */
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
  XMM0 = 13,
}
export const NGPR = 13;
export const NXMM = 15;
export const NREG = NGPR + NXMM;

/** Hardware numbers of the allocator's registers (the 4-bit number that encodings use). */
export const HW = Uint8Array.of(
  0,
  1,
  2,
  3,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
);
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
export const CALLEE_SAVED_MASK = (1 << Reg.RBX) | (1 << Reg.RBP) | (1 << Reg.R12) | (1 << Reg.R13);
export const ALL_REGS_MASK = (1 << NREG) - 1;

import { type FuncType, ValType } from '../wasm/types.js';

export const isXmmType = (t: number): boolean => t === ValType.F32 || t === ValType.F64 || t === ValType.V128;

/**
 * Where one argument or result lives: `reg` >= 0 an allocator register, else `stack` = byte offset in the outgoing
 * area.
 */
export interface Location {
  type: ValType;
  reg: number;
  stack: number;
}

/** The places of a signature's arguments and results and the size of the outgoing area, all in bytes. */
export interface CallLayout {
  args: Location[];
  results: Location[];
  /** Bytes of the outgoing area: stack arguments first, then the memory results; a multiple of 16. */
  outBytes: number;
}

/**
 * Assigns arguments and results. Before the `call` instruction the outgoing area starts at [rsp]; the callee finds it
 * at [rsp + 8] on entry, that is [rsp + frameBytes + 8] after its prologue. Result 0 is in rax or xmm0; results 1, 2, …
 * are stored by the callee into the outgoing area, after the stack arguments, and read by the caller right after the
 * call.
 */
export function layoutCall(type: FuncType): CallLayout {
  let ints = 0;
  let xmms = 0;
  let stack = 0;
  const onStack = (t: ValType): number => {
    const size = t === ValType.V128 ? 16 : 8;
    const at = (stack + size - 1) & -size;
    stack = at + size;
    return at;
  };
  const args = type.params.map((t): Location => {
    if (isXmmType(t))
      return xmms < MAX_XMM_ARGS
        ? { type: t, reg: Reg.XMM0 + xmms++, stack: -1 }
        : { type: t, reg: -1, stack: onStack(t) };
    return ints < INT_ARGS.length
      ? { type: t, reg: INT_ARGS[ints++], stack: -1 }
      : { type: t, reg: -1, stack: onStack(t) };
  });
  const results = type.results.map((t, i): Location =>
    i === 0 ? { type: t, reg: isXmmType(t) ? Reg.XMM0 : Reg.RAX, stack: -1 } : { type: t, reg: -1, stack: onStack(t) },
  );
  return { args, results, outBytes: (stack + 15) & -16 };
}
