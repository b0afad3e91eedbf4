/**
 * Functions in machine code by hand, for tests of the addon by itself; rig.ts makes modules of them. (No addon is loaded
 * here: programs that begin without one use this too.)
 */
import { Entry, TableView, VmCtx, type VmLayout } from '../../src-ts/abi/vmctx.js';
import { Trap, TRAP_NO_FRAME } from '../../src-ts/abi/trap-codes.js';
import { ValType } from '../../src-ts/wasm/types.js';
import type { Assembler } from '../../src-ts/x64/asm/encode.js';
import { Alu, Cc, Shift } from '../../src-ts/x64/asm/insts.js';

/** Hardware numbers. */
export const R = {
  AX: 0,
  CX: 1,
  DX: 2,
  BX: 3,
  SP: 4,
  BP: 5,
  SI: 6,
  DI: 7,
  R8: 8,
  R9: 9,
  R10: 10,
  R11: 11,
  R12: 12,
  R13: 13,
  VM: 14,
  MEM: 15,
};
export const I32 = ValType.I32;
export const I64 = ValType.I64;
export const F64 = ValType.F64;
export const EXTERNREF = ValType.EXTERNREF;
export const FUNCREF = ValType.FUNCREF;
/** Signatures. */
export const NONE = { params: [], results: [] };
export const UNARY = { params: [I32], results: [I32] };

export interface RigFunction {
  /** Index into the module's types. */
  type: number;
  /** rsp after the prologue → return address. */
  frame: number;
  emit(a: Assembler, layout: VmLayout): void;
}

// ------------------------------------------------------------------ parts of functions

/** rsp += bytes. */
export function moveStack(a: Assembler, bytes: number): void {
  a.mem(R.SP, bytes);
  a.lea(1, R.SP);
}
/** A frame of `bytes` is 16-aligned when bytes ≡ 8 (mod 16). */
export const enter = (a: Assembler, bytes: number): void => moveStack(a, -bytes);
export function leave(a: Assembler, bytes: number): void {
  moveStack(a, bytes);
  a.ret();
}

/** call [r14 - 8 * (helper + 1)]. */
export function callHelper(a: Assembler, helper: number): void {
  a.mem(R.VM, -8 * (helper + 1));
  a.call_m();
}

/** Calls through the entry whose address is `disp` from a register. */
function callEntry(a: Assembler): void {
  a.lea(1, R.AX);
  a.mem(R.AX, Entry.CODE);
  a.call_m();
}

export function callImport(a: Assembler, layout: { imports: number[] }, index = 0): void {
  a.mem(R.VM, layout.imports[index]);
  callEntry(a);
}

/** call [r14 + TRAP] with its row in the trap table. */
export function trap(a: Assembler, code: number, wasmOffset: number, flags = 0): void {
  a.mem(R.VM, VmCtx.TRAP);
  a.call_m();
  a.trapAfter(code, wasmOffset, flags);
  a.noReturn();
}

// ------------------------------------------------------------------ functions, by the index of their type

/** Reads the word at the address in its argument; traps at that wasm offset. */
export const load = (type: number, wasmOffset: number): RigFunction => ({
  type,
  frame: 0,
  emit(a) {
    a.memIndex(R.MEM, R.DI, 0, 0);
    a.trapHere(Trap.MEMORY_OUT_OF_BOUNDS, wasmOffset);
    a.mov_rm(0, R.AX);
    a.ret();
  },
});

/** Reads the word at memory address 0. */
export const peek: RigFunction = {
  type: 0,
  frame: 0,
  emit(a) {
    a.mem(R.MEM, 0);
    a.mov_rm(0, R.AX);
    a.ret();
  },
};

export const constant = (x: number): RigFunction => ({
  type: 0,
  frame: 0,
  emit(a) {
    a.mov_ri32(R.AX, x);
    a.ret();
  },
});

/** Calls the first import, then does what `after` writes. */
export const throughImport = (type: number, frame: number, after?: (a: Assembler) => void): RigFunction => ({
  type,
  frame,
  emit(a, l) {
    enter(a, frame);
    callImport(a, l);
    after?.(a);
    leave(a, frame);
  },
});

/** Calls a helper with its own arguments; `wasmOffset`: the call is in the trap table. */
export const helper = (type: number, number: number, wasmOffset?: number): RigFunction => ({
  type,
  frame: 8,
  emit(a) {
    enter(a, 8);
    callHelper(a, number);
    if (wasmOffset !== undefined) a.trapAfter(0, wasmOffset);
    leave(a, 8);
  },
});

/** Raises a trap in a frame. */
export const raise = (type: number, code: Trap, wasmOffset: number): RigFunction => ({
  type,
  frame: 8,
  emit(a) {
    enter(a, 8);
    trap(a, code, wasmOffset);
  },
});

/** call_indirect through the TableView of table t, index in edi, no checks; result in eax. */
export const indirect = (t: number): RigFunction => ({
  type: 0,
  frame: 8,
  emit(a, l) {
    enter(a, 8);
    a.shift_ri(Shift.SHL, 1, R.DI, Entry.SHIFT);
    a.mem(R.VM, l.tables[t] + TableView.BASE);
    a.mov_rm(1, R.AX);
    a.memIndex(R.AX, R.DI, 0, 0);
    callEntry(a);
    leave(a, 8);
  },
});

export const endlessLoop = (type: number): RigFunction => ({
  type,
  frame: 0,
  emit(a) {
    const l = a.newLabel();
    a.bind(l);
    a.inc_r(0, R.AX);
    a.jmp(l);
  },
});

/** Function `own` of the index space: calls itself as often as its argument says, counting down to 0, and returns 5. */
export const recursion = (type: number, own: number): RigFunction => ({
  type,
  frame: 24,
  emit(a) {
    const cold = a.newLabel();
    const end = a.newLabel();
    a.mem(R.VM, VmCtx.STACK_LIMIT);
    a.alu_rm(Alu.CMP, 1, R.SP);
    a.jcc(Cc.B, cold);
    enter(a, 24);
    a.alu_ri(Alu.SUB, 0, R.DI, 1);
    a.jcc(Cc.E, end);
    a.callFunc(own);
    a.trapAfter(0, 60);
    a.bind(end);
    a.mov_ri32(R.AX, 5);
    leave(a, 24);
    a.bind(cold);
    trap(a, Trap.STACK_OVERFLOW, 61, TRAP_NO_FRAME);
  },
});
