/**
 * Emission: a machine function and the allocator's answer to bytes. Frame, from rsp upward: outgoing area, spill slots,
 * saved registers, return address. Cold code (traps, rare continuations, unlikely edges) comes after all blocks. One
 * walk over the records, linear.
 */
import { VmCtx } from '../../abi/vmctx.js';
import { Op } from '../../ir/ops.js';
import type { Enabled } from '../../util/switches.js';
import { Trap, TRAP_NO_FRAME } from '../../abi/trap-codes.js';
import { ValType } from '../../wasm/types.js';
import { CALLEE_SAVED, HW, HW_RSP, HW_VMCTX, HW_XMM_SCRATCH, Reg } from '../abi.js';
import type { EmitOptions, MachineEmitter } from '../../codegen/back-end.js';
import type { FinishedCode } from '../../codegen/code-buffer.js';
import { Assembler } from '../asm/encode.js';
import { emitAtomic } from './atomic.js';
import { emitCall, emitTailCall, emitWrongType } from './call.js';
import { ControlEmitter } from './control.js';
import { emitCarry, emitSelect, emitSelectXmm, emitSet, emitTrapOn, moveXmm } from './flags.js';
import { emitFloat, emitFloatCold } from './float.js';
import { emitObjectNew, emitObjectNewCold } from './heap.js';
import { emitBoundsNearEnd, emitConstant, emitDivByMinusOne, emitInt, emitOutOfBounds } from './int.js';
import { emitSimd } from './simd.js';
import { FunctionEmission, UNCHECKED_FRAME } from '../../codegen/function-emission.js';
import { MachEmitter, RED_ZONE } from './emitter.js';
import { Feature } from '../features.js';
import { Alu, Cc, Sse } from '../asm/insts.js';
import { kindOfInstruction } from '../../codegen/cold.js';
import { CodeKind } from '../../codegen/kinds.js';
import { type Allocation, type MachFunc, Rec } from '../../codegen/mach.js';
import { classOf, Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { COLD, Cold, EXPAND, Expand, X64_OPERATIONS } from '../operations.js';

/** Emits functions; keeps its arrays from function to function. */
export class FunctionEmitter extends FunctionEmission<MachEmitter> implements MachineEmitter {
  readonly buffer: Assembler;
  protected override readonly control: ControlEmitter;
  /** Bytes that the prologue subtracts from rsp after the pushes. */
  private frameSub = 0;

  constructor(
    enabled: Enabled,
    private readonly options: EmitOptions,
  ) {
    super(new MachEmitter(enabled));
    this.buffer = new Assembler(options.features);
    this.buffer.wantDebug = options.debugInfo === true;
    this.control = new ControlEmitter(this.e, this.plan, this, MOp.BR_TABLE);
  }

  run(mf: MachFunc, alloc: Allocation, order: Int32Array): number {
    this.buffer.reset();
    this.e.features = this.options.features;
    return this.emit(mf, alloc, order, this.buffer, this.options.count === true);
  }

  finish(): FinishedCode {
    return this.buffer.finish();
  }

  protected override layOutFrame(): void {
    const { mf, alloc } = this.e;
    let saved = 0;
    for (const r of CALLEE_SAVED) if (((alloc.savedRegs >> r) & 1) !== 0) saved++;
    this.frameSub = (mf.outBytes + alloc.spillBytes + 7) & -8;
    this.e.slotBase = mf.outBytes;
    if (!mf.hasCalls && this.frameSub + 8 * saved <= RED_ZONE && this.e.enabled['red-zone']) {
      // Nothing is below a leaf.
      this.e.slotBase -= this.frameSub;
      this.frameSub = 0;
    }
    // At entry rsp is 8 below a multiple of 16.
    if (mf.hasCalls && (this.frameSub + 8 * saved) % 16 !== 8) this.frameSub += 8;
    this.e.frameBytes = this.frameSub + 8 * saved;
    this.shape.leaveCost = saved + (this.frameSub !== 0 ? 1 : 0);
    this.shape.enterCost = this.shape.leaveCost + (this.isChecked ? 2 : 0);
    this.shape.slotsInReach =
      alloc.spillBytes === 0 || (this.e.frameBytes - this.e.slotBase <= RED_ZONE && this.e.enabled['red-zone']);
  }

  /**
   * At the function's entry or on an edge (codegen/frame-plan.ts): every register may be live, except r11 where the frame
   * is large.
   */
  override prologue(): void {
    const { asm, alloc } = this.e;
    this.e.mark(CodeKind.STACK_CHECK);
    if (this.isChecked) this.emitStackCheck();
    this.e.mark(CodeKind.PROLOGUE);
    for (const r of CALLEE_SAVED) if (((alloc.savedRegs >> r) & 1) !== 0) asm.push_r(HW[r]);
    if (this.frameSub === 128) asm.alu_ri(Alu.ADD, 1, HW_RSP, -128);
    else if (this.frameSub !== 0) asm.alu_ri(Alu.SUB, 1, HW_RSP, this.frameSub);
    this.e.setFrame(true);
  }

  private emitStackCheck(): void {
    const { asm } = this.e;
    let reg = HW_RSP;
    if (this.e.frameBytes > UNCHECKED_FRAME) {
      // At the entry, and no argument is in r11.
      reg = HW[Reg.R11];
      asm.mem(HW_RSP, -this.e.frameBytes);
      asm.lea(1, reg);
    }
    asm.mem(HW_VMCTX, VmCtx.STACK_LIMIT);
    asm.alu_rm(Alu.CMP, 1, reg);
    const pos = this.e.f.blockPos[0];
    asm.jcc(Cc.B, this.e.deferTrap(Trap.STACK_OVERFLOW | TRAP_NO_FRAME, pos));
  }

  protected override return(): void {
    this.e.asm.ret();
  }

  override teardown(): void {
    const { asm, alloc } = this.e;
    if (this.frameSub === 128) asm.alu_ri(Alu.SUB, 1, HW_RSP, -128);
    else if (this.frameSub !== 0) asm.alu_ri(Alu.ADD, 1, HW_RSP, this.frameSub);
    for (let k = CALLEE_SAVED.length - 1; k >= 0; k--)
      if (((alloc.savedRegs >> CALLEE_SAVED[k]) & 1) !== 0) asm.pop_r(HW[CALLEE_SAVED[k]]);
  }

  // ------------------------------------------------------------------ records

  protected override record(kind: Rec, x: number, y: number): void {
    const { asm } = this.e;
    const at = asm.pos;
    switch (kind) {
      case Rec.MOVE:
        if (classOf(x) === Cls.GPR) asm.mov_rr(1, this.e.hw[x], this.e.hw[y]);
        else moveXmm(this.e, this.e.hw[x], this.e.hw[y]);
        this.e.keepFlags(at, classOf(x) === Cls.GPR ? this.e.hw[x] : -1);
        break;
      case Rec.XCHG:
        asm.xchg_rr(1, this.e.hw[x], this.e.hw[y]);
        break;
      case Rec.LOAD:
        this.loadSlot(x, y);
        this.e.keepFlags(at, classOf(y) === Cls.GPR ? this.e.hw[y] : -1);
        break;
      case Rec.STORE:
        this.slot(x);
        if (classOf(y) === Cls.GPR) asm.mov_mr(1, this.e.hw[y]);
        else this.xmmMemory(this.slotStore(x), this.e.hw[y]);
        this.e.keepFlags(at, -1);
        break;
      case Rec.REMAT:
        emitConstant(this.e, x, y);
        break;
      case Rec.STORE_CONST:
        this.storeConstant(x, y);
        break;
      case Rec.COPY_SLOT:
        this.slot(y);
        this.xmmMemory(this.e.mf.valueSize[y] === 16 ? Sse.MOVUPS : Sse.MOVSD, HW_XMM_SCRATCH);
        this.slot(x);
        this.xmmMemory(this.e.mf.valueSize[x] === 16 ? Sse.MOVUPS_STORE : Sse.MOVSD_STORE, HW_XMM_SCRATCH);
        break;
      case Rec.SAVE_VECTOR:
        moveXmm(this.e, HW_XMM_SCRATCH, this.e.hw[y]);
        break;
      case Rec.RESTORE_VECTOR:
        moveXmm(this.e, this.e.hw[x], HW_XMM_SCRATCH);
        break;
    }
  }

  /** Sets the memory operand to the slot of a value, `offset` bytes in. */
  private slot(v: number, offset = 0): void {
    this.e.asm.mem(
      HW_RSP,
      (this.e.inFrame ? this.e.slotBase : this.e.slotBase - this.e.frameBytes) + this.e.alloc.slotOf[v] + offset,
    );
  }

  private xmmMemory(row: Sse, reg: number): void {
    if ((this.e.features & Feature.AVX) !== 0) this.e.asm.vex_rm(row, reg, 0);
    else this.e.asm.sse_rm(row, reg);
  }

  private slotStore(v: number): Sse {
    return this.e.mf.valueSize[v] === 16 ? Sse.MOVUPS_STORE : Sse.MOVSD_STORE;
  }

  /**
   * Slots are written whole, so values of different types may share one; a 32-bit value is read by a 32-bit load, which
   * zero-extends.
   */
  private loadSlot(v: number, reg: number): void {
    const { asm, f, mf } = this.e;
    this.slot(v);
    if (classOf(reg) !== Cls.GPR) this.xmmMemory(mf.valueSize[v] === 16 ? Sse.MOVUPS : Sse.MOVSD, this.e.hw[reg]);
    else {
      const t = v < f.nv ? f.type[v] : ValType.I64;
      asm.mov_rm(t === ValType.I64 ? 1 : 0, this.e.hw[reg]);
    }
  }

  /** Slot of v := SSA constant c. */
  private storeConstant(v: number, c: number): void {
    const { asm, f } = this.e;
    const o = f.op[c];
    if (o === Op.V128_CONST) {
      const at = f.imm[c];
      for (let k = 0; k < 4; k++) {
        this.slot(v, 4 * k);
        asm.mov_mi(0, f.pool.a[at + k]);
      }
      return;
    }
    const lo = o === Op.REF_NULL ? 0 : f.imm[c];
    const hi = o === Op.I64_CONST || o === Op.F64_CONST ? f.imm2[c] : 0;
    this.slot(v);
    if (hi === lo >> 31) {
      asm.mov_mi(1, lo);
      return;
    }
    asm.mov_mi(0, lo);
    this.slot(v, 4);
    asm.mov_mi(0, hi);
  }

  // ------------------------------------------------------------------ instructions

  protected override instruction(i: number): void {
    this.e.at(i);
    const { op } = this.e;
    if (this.e.tracking) this.e.mark(kindOfInstruction(X64_OPERATIONS, op, this.e.mf.addr.a[i]));
    switch (EXPAND[op] as Expand) {
      case Expand.INT:
        emitInt(this.e);
        break;
      case Expand.ATOMIC:
        emitAtomic(this.e);
        break;
      case Expand.FLOAT:
        emitFloat(this.e);
        break;
      case Expand.SIMD:
        emitSimd(this.e);
        break;
      case Expand.CALL:
        emitCall(this.e);
        if (this.e.cond !== 0) this.control.landHere(this.block);
        break;
      case Expand.BR:
        this.control.emitBr(this.block);
        break;
      case Expand.BR_ON:
        this.control.emitBrOn(this.block);
        break;
      case Expand.BR_TABLE:
        this.control.emitBrTable(this.block);
        break;
      case Expand.RET:
        this.epilogue();
        break;
      case Expand.TAIL_CALL:
        emitTailCall(this.e, this);
        break;
      case Expand.TRAP:
        this.e.trapNow(this.e.imm | this.e.trapFlags(), this.e.pos);
        break;
      case Expand.COUNT:
        this.e.countPlace();
        break;
      case Expand.INVOKE:
        this.control.emitInvoke(this.block);
        break;
      case Expand.LANDING:
        break;
      case Expand.NO_RETURN:
        this.e.asm.noReturn();
        break;
      case Expand.SET:
        emitSet(this.e);
        break;
      case Expand.OBJECT_NEW:
        emitObjectNew(this.e);
        break;
      case Expand.TRAP_ON:
        emitTrapOn(this.e);
        break;
      case Expand.SELECT:
        emitSelect(this.e);
        break;
      case Expand.SELECT_XMM:
        emitSelectXmm(this.e);
        break;
      case Expand.CARRY:
        emitCarry(this.e);
        break;
    }
  }

  override outOfBounds(): void {
    emitOutOfBounds(this.e);
  }

  override coldInstruction(): void {
    const { e } = this;
    switch (COLD[e.op] as Cold) {
      case Cold.FLOAT:
        emitFloatCold(e);
        break;
      case Cold.WRONG_TYPE:
        emitWrongType(e);
        break;
      case Cold.BOUNDS:
        emitBoundsNearEnd(e);
        break;
      case Cold.OBJECT_NEW:
        emitObjectNewCold(e);
        break;
      case Cold.DIVISION:
        emitDivByMinusOne(e);
        break;
      case Cold.NONE:
        throw new Error(`internal error: operation ${e.op} has no cold code`);
    }
  }
}
