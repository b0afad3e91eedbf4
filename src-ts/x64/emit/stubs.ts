/**
 * Stubs between generated code and the rest of the world, one per signature (docs/architecture.md): **entry stubs** and
 * **leaf stubs** (C → generated code), **host stubs** (generated code → host function) and, per imported function in a closed table,
 * **import stubs**. Arguments and results cross in a buffer of 8-byte slots, results from slot 0 on. v128 and exnref do
 * not cross: no entry or leaf stub, and a host stub that carries nothing, since the call throws a TypeError.
 *
 * Both kinds keep an rbp frame: a stack walker in the addon finds the caller of a host stub at [rbp + 8] (rbp as on
 * entry to `Helper.HOST_CALL`), its rsp after the return is rbp + 16.
 */
import { Entry, Helper, VmCtx } from '../../abi/vmctx.js';
import { type FuncType, ValType } from '../../wasm/types.js';
import { HW, HW_RSP, HW_VMCTX, Reg, layoutCall } from '../abi.js';
import { isVectorType } from '../../codegen/machine.js';
import { Assembler } from '../asm/encode.js';
import { Alu, Sse } from '../asm/insts.js';

const RAX = HW[Reg.RAX];
const RBX = HW[Reg.RBX];
const RBP = HW[Reg.RBP];
const RDX = HW[Reg.RDX];
const RSI = HW[Reg.RSI];
const RDI = HW[Reg.RDI];
const R10 = HW[Reg.R10];
const R11 = HW[Reg.R11];

/** JavaScript can't have all of the signature's values. */
const cannotCross = ({ params, results }: FuncType): boolean =>
  [...params, ...results].some((t) => t === ValType.V128 || t === ValType.EXNREF);

/** Operand size of a value outside registers: 64 bits for i64 and f64, else 32. */
const sizeOf = (t: ValType): number => (t === ValType.I64 || t === ValType.F64 ? 1 : 0);

/** Makes stubs. */
export class StubEmitter {
  private readonly asm = new Assembler();

  /** Register (hardware number) ← [base + disp]; 32-bit values are zero-extended. */
  private load(t: ValType, reg: number, base: number, disp: number): void {
    this.asm.mem(base, disp);
    if (isVectorType(t)) this.asm.sse_rm(t === ValType.F32 ? Sse.MOVSS : Sse.MOVSD, reg);
    else this.asm.mov_rm(sizeOf(t), reg);
  }

  /** [base + disp] ← register; integers as a whole slot. */
  private store(t: ValType, reg: number, base: number, disp: number): void {
    this.asm.mem(base, disp);
    if (isVectorType(t)) this.asm.sse_rm(t === ValType.F32 ? Sse.MOVSS_STORE : Sse.MOVSD_STORE, reg);
    else this.asm.mov_mr(1, reg);
  }

  /** Slot ← slot through a scratch register; 32-bit values are zero-extended to the whole slot. */
  private copy(t: ValType, toBase: number, to: number, fromBase: number, from: number, scratch: number): void {
    this.asm.mem(fromBase, from);
    this.asm.mov_rm(sizeOf(t), scratch);
    this.asm.mem(toBase, to);
    this.asm.mov_mr(1, scratch);
  }

  private finish(): Uint8Array {
    return this.asm.finish().code.slice();
  }

  /**
   * Called by `wn_enter` (native/x64/thunks.cc) on the wasm stack, rsp 16-byte aligned after the call: r11 = code, rbx =
   * buffer, r14 and r15 set. Calls, puts the results into the buffer, returns. Preserves rbx and rbp, which is how wn_enter
   * finds its way back. Null if the signature has a v128 or exnref.
   */
  entry(type: FuncType): Uint8Array | null {
    if (cannotCross(type)) return null;
    const { args, results, outBytes } = layoutCall(type);
    this.asm.reset();
    if (outBytes > 0) this.asm.alu_ri(Alu.SUB, 1, HW_RSP, outBytes);
    args.forEach((a, i) => {
      if (a.reg < 0) this.copy(a.type, HW_RSP, a.stack, RBX, 8 * i, RAX);
      else this.load(a.type, HW[a.reg], RBX, 8 * i);
    });
    this.asm.call_r(R11);
    results.forEach((r, i) => {
      if (r.reg < 0) this.copy(r.type, RBX, 8 * i, HW_RSP, r.stack, RAX);
      else this.store(r.type, HW[r.reg], RBX, 8 * i);
    });
    if (outBytes > 0) this.asm.alu_ri(Alu.ADD, 1, HW_RSP, outBytes);
    this.asm.ret();
    return this.finish();
  }

  /**
   * A C function (buffer, vmctx, code): calls a function that needs no more than a vmctx and some stack, any will do. Null if
   * the signature has a v128 or exnref, or values that travel by the stack.
   */
  leaf(type: FuncType): Uint8Array | null {
    if (cannotCross(type)) return null;
    const { args, results, outBytes } = layoutCall(type);
    if (outBytes > 0) return null;
    this.asm.reset();
    this.asm.push_r(HW_VMCTX);
    this.asm.push_r(RDI);
    this.asm.alu_ri(Alu.SUB, 1, HW_RSP, 8);
    this.asm.mov_rr(1, HW_VMCTX, RSI);
    this.asm.mov_rr(1, R11, RDX);
    this.asm.mov_rr(1, R10, RDI);
    args.forEach((a, i) => this.load(a.type, HW[a.reg], R10, 8 * i));
    this.asm.call_r(R11);
    this.asm.alu_ri(Alu.ADD, 1, HW_RSP, 8);
    this.asm.pop_r(RDI);
    results.forEach((r, i) => this.store(r.type, HW[r.reg], RDI, 8 * i));
    this.asm.pop_r(HW_VMCTX);
    this.asm.ret();
    return this.finish();
  }

  /**
   * Called by generated code with rax = address of the call entry: arguments into the argument buffer,
   * `Helper.HOST_CALL`(−, funcref of the entry), results out of it. Where the signature has a v128 or exnref nothing crosses: the
   * handler throws before it looks.
   */
  host(type: FuncType): Uint8Array {
    const { args, results } = cannotCross(type) ? layoutCall({ params: [], results: [] }) : layoutCall(type);
    this.asm.reset();
    this.asm.push_r(RBP);
    this.asm.mov_rr(1, RBP, HW_RSP);
    if (args.length > 0) this.loadArguments(R10);
    args.forEach((a, i) => {
      if (a.reg < 0) this.copy(a.type, R10, 8 * i, RBP, 16 + a.stack, R11);
      else this.store(a.type, HW[a.reg], R10, 8 * i);
    });
    this.asm.mem(RAX, Entry.FUNCREF);
    this.asm.mov_rm(0, RSI);
    // A call in effect. The helper comes back by a jump, with other calls in between: a call instruction would leave the
    // CPU's prediction of returns one entry off.
    const back = this.asm.newLabel();
    this.asm.leaLabel(R10, back);
    this.asm.push_r(R10);
    this.asm.mem(HW_VMCTX, -8 * (Helper.HOST_CALL + 1));
    this.asm.jmp_m();
    this.asm.bind(back);
    if (results.length > 0) this.loadArguments(R10);
    results.forEach((r, i) => {
      if (r.reg < 0) this.copy(r.type, RBP, 16 + r.stack, R10, 8 * i, R11);
      else this.load(r.type, HW[r.reg], R10, 8 * i);
    });
    this.asm.leave();
    // Returns in effect, by a jump: the CPU expects the latest call's return, which is that of JavaScript into the addon.
    this.asm.pop_r(R11);
    this.asm.jmp_r(R11);
    return this.finish();
  }

  private loadArguments(reg: number): void {
    this.asm.mem(HW_VMCTX, VmCtx.ARGUMENTS);
    this.asm.mov_rm(1, reg);
  }

  /** Jumps to the function in the call entry at `entryOffset` of the vmctx, as a direct call of the import would. */
  import(entryOffset: number): Uint8Array {
    this.asm.reset();
    this.asm.mem(HW_VMCTX, entryOffset);
    this.asm.lea(1, RAX);
    this.asm.mem(RAX, Entry.CODE);
    this.asm.jmp_m();
    return this.finish();
  }
}
