/**
 * Stubs between generated code and the rest of the world, one per signature (docs/architecture.md): **entry stubs** (C
 * → generated code), **host stubs** (generated code → host function) and, per imported function in a closed table,
 * **import stubs**. Arguments and results cross in a buffer of 8-byte slots, results from slot 0 on. v128 and exnref do
 * not cross: no entry stub, and a host stub that carries nothing, since the call throws a TypeError.
 *
 * Host stubs keep an x29 frame: a stack walker in the addon finds the caller of a host stub at [x29 + 8] (x29 as on
 * entry to `Helper.HOST_CALL`), its sp after the return is x29 + 16.
 */
import { Entry, Helper, VmCtx } from '../../abi/vmctx.js';
import { layoutCall } from '../../codegen/machine.js';
import { type FuncType, ValType } from '../../wasm/types.js';
import { ARM64_CONVENTION, HW, HW_LINK, HW_SP, HW_VMCTX, HW_X16, HW_X17, HW_X9 } from '../abi.js';
import { Assembler } from '../asm/encode.js';
import { AddImm, Mem, Other, Pair } from '../asm/insts.js';
import { Feature } from '../features.js';

const X19 = 19;
const X29 = 29;

/** JavaScript can't have all of the signature's values. */
const cannotCross = ({ params, results }: FuncType): boolean =>
  [...params, ...results].some((t) => t === ValType.V128 || t === ValType.EXNREF);

/** Loads of 32-bit values extend them with zeros. */
function loadRow(t: ValType): Mem {
  if (t === ValType.F32) return Mem.LDR_S;
  if (t === ValType.F64) return Mem.LDR_D;
  return t === ValType.I64 ? Mem.LDR_X : Mem.LDR_W;
}
const storeRow = (t: ValType): Mem => (t === ValType.F32 ? Mem.STR_S : t === ValType.F64 ? Mem.STR_D : Mem.STR_X);
/** Between slots: bits are enough. */
const copyRow = (t: ValType): Mem => (t === ValType.I64 || t === ValType.F64 ? Mem.LDR_X : Mem.LDR_W);

/** Makes stubs. */
export class StubEmitter {
  private readonly asm = new Assembler();

  /** `features`: of the target. */
  constructor(private readonly features: number) {}

  private start(): void {
    this.asm.reset();
    if ((this.features & Feature.BTI) !== 0) this.asm.word(Other.BTI_C);
  }

  /** [sp - 16] = t and the return address, which is signed where frames have it so; sp -= 16. */
  private enter(t: number): void {
    if ((this.features & Feature.PAC) !== 0) this.asm.word(Other.PACIASP);
    this.asm.pair(Pair.STP_PRE, t, HW_LINK, HW_SP, -16);
  }

  /** The reverse, and returns. */
  private leave(t: number): void {
    this.asm.pair(Pair.LDP_POST, t, HW_LINK, HW_SP, 16);
    if ((this.features & Feature.PAC) !== 0) this.asm.word(Other.AUTIASP);
    this.asm.ret();
  }

  /** Slot ← slot through x9; 32-bit values are zero-extended to the whole slot. */
  private copy(t: ValType, toBase: number, to: number, fromBase: number, from: number): void {
    this.asm.accessFar(copyRow(t), HW_X9, fromBase, from, HW_X17);
    this.asm.accessFar(Mem.STR_X, HW_X9, toBase, to, HW_X17);
  }

  private finish(): Uint8Array {
    return this.asm.finish().code.slice();
  }

  /**
   * Called by the addon's `wn_enter` on the wasm stack, sp a multiple of 16: x16 = code, x19 = buffer, x27 and
   * x28 set. Calls, puts the results into the buffer, returns. Preserves x19 and x29, which is how wn_enter finds its way
   * back. Null if the signature has a v128 or exnref.
   */
  entry(type: FuncType): Uint8Array | null {
    if (cannotCross(type)) return null;
    const { asm } = this;
    const { args, results, outBytes } = layoutCall(ARM64_CONVENTION, type);
    this.start();
    this.enter(HW_X16);
    asm.addConstant(HW_SP, HW_SP, -outBytes, HW_X17);
    // The registers of arguments last: stack arguments go through others.
    args.forEach((a, i) => {
      if (a.reg < 0) this.copy(a.type, HW_SP, a.stack, X19, 8 * i);
    });
    args.forEach((a, i) => {
      if (a.reg >= 0) asm.accessFar(loadRow(a.type), HW[a.reg], X19, 8 * i, HW_X17);
    });
    asm.blr(HW_X16);
    results.forEach((r, i) => {
      if (r.reg < 0) this.copy(r.type, X19, 8 * i, HW_SP, r.stack);
      else asm.accessFar(storeRow(r.type), HW[r.reg], X19, 8 * i, HW_X17);
    });
    asm.addConstant(HW_SP, HW_SP, outBytes, HW_X17);
    this.leave(HW_X16);
    return this.finish();
  }

  /**
   * Called by generated code with x17 = address of the call entry: arguments into the argument buffer,
   * `Helper.HOST_CALL`(−, funcref of the entry), results out of it. Where the signature has a v128 or exnref nothing
   * crosses: the handler throws before it looks.
   */
  host(type: FuncType): Uint8Array {
    const { asm } = this;
    const { args, results } = layoutCall(ARM64_CONVENTION, cannotCross(type) ? { params: [], results: [] } : type);
    this.start();
    this.enter(X29);
    asm.addImmediate(AddImm.ADD, 1, X29, HW_SP, 0);
    // What follows needs x17.
    asm.access(Mem.LDR_W, 10, HW_X17, Entry.FUNCREF);
    if (args.length > 0) asm.accessFar(Mem.LDR_X, HW_X16, HW_VMCTX, VmCtx.ARGUMENTS, HW_X16);
    args.forEach((a, i) => {
      if (a.reg < 0) this.copy(a.type, HW_X16, 8 * i, X29, 16 + a.stack);
      else asm.accessFar(storeRow(a.type), HW[a.reg], HW_X16, 8 * i, HW_X17);
    });
    asm.mov(1, 1, 10);
    // A call in effect. The helper comes back by a jump, with other calls in between: a call instruction would leave the
    // CPU's prediction of returns one entry off.
    const back = asm.newLabel();
    asm.adr(HW_LINK, back);
    asm.accessFar(Mem.LDR_X, HW_X16, HW_VMCTX, -8 * (Helper.HOST_CALL + 1), HW_X16);
    asm.br(HW_X16);
    asm.bind(back);
    if (results.length > 0) asm.accessFar(Mem.LDR_X, HW_X16, HW_VMCTX, VmCtx.ARGUMENTS, HW_X16);
    results.forEach((r, i) => {
      if (r.reg < 0) this.copy(r.type, X29, 16 + r.stack, HW_X16, 8 * i);
      else asm.accessFar(loadRow(r.type), HW[r.reg], HW_X16, 8 * i, HW_X17);
    });
    this.leave(X29);
    return this.finish();
  }

  leaf(): null {
    return null;
  }

  /** Jumps to the function in the call entry at `entryOffset` of the vmctx, as a direct call of the import would. */
  import(entryOffset: number): Uint8Array {
    const { asm } = this;
    this.start();
    asm.addConstant(HW_X17, HW_VMCTX, entryOffset, HW_X16);
    asm.access(Mem.LDR_X, HW_X16, HW_X17, Entry.CODE);
    asm.br(HW_X16);
    return this.finish();
  }
}
