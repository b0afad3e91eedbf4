/**
 * Emission for AArch64: frames, slots, and which file expands an operation; `codegen/function-emission.ts` walks. Frame,
 * from sp upward: outgoing area, spill slots, saved registers, return address. sp is a multiple of 16 always.
 */
import { Trap, TRAP_NO_FRAME } from '../../abi/trap-codes.js';
import { VmCtx } from '../../abi/vmctx.js';
import type { EmitOptions, MachineEmitter } from '../../codegen/back-end.js';
import type { FinishedCode } from '../../codegen/code-buffer.js';
import { kindOfInstruction } from '../../codegen/cold.js';
import { FunctionEmission, UNCHECKED_FRAME } from '../../codegen/function-emission.js';
import { CodeKind } from '../../codegen/kinds.js';
import { type Allocation, type MachFunc, Rec } from '../../codegen/mach.js';
import { classOf, Cls } from '../../codegen/machine.js';
import { Op } from '../../ir/ops.js';
import type { Enabled } from '../../util/switches.js';
import { ValType } from '../../wasm/types.js';
import { CALLEE_SAVED, HW, HW_LINK, HW_SP, HW_VSCRATCH, HW_X16, HW_X17, HW_ZERO } from '../abi.js';
import { Assembler, reaches } from '../asm/encode.js';
import { Add, Cc, Mem, Other, Pair } from '../asm/insts.js';
import { Feature } from '../features.js';
import { MOp } from '../machops.js';
import { ARM64_OPERATIONS, COLD, Cold, EXPAND, Expand } from '../operations.js';
import { emitAtomic } from './atomic.js';
import { emitCall, emitTailCall, emitWrongType } from './call.js';
import { ControlEmitter } from './control.js';
import { MachEmitter, RETURN_SLOT } from './emitter.js';
import { emitSelect, emitSelectVector, emitSet, emitTrapOn } from './flags.js';
import { emitFloat, emitFloatCold } from './float.js';
import { emitObjectNew, emitObjectNewCold } from './heap.js';
import { emitBoundsNearEnd, emitConstant, emitInt, emitOutOfBounds } from './int.js';
import { emitSimd } from './simd.js';

/** Functions with more machine instructions than this may be larger than loads of constants reach (1 MiB). */
export const FAR_INSTRUCTIONS = 20_000;

/** Functions whose code is this large, all branches long, have jumps and calls that reach everything. */
export const HUGE = { from: 1 << 26 };

/** Frames up to this size have their registers within reach of a pair's displacement from sp. */
const MAX_PAIR_FRAME = 512;
/** What the function table has room for (aot/format.ts). */
const MAX_FRAME = 1 << 27;

/** Emits functions; keeps its arrays from function to function. */
export class FunctionEmitter extends FunctionEmission<MachEmitter> implements MachineEmitter {
  readonly buffer = new Assembler();
  protected override readonly control: ControlEmitter;
  /** Registers of the frame from the return address downwards, hardware numbers: pairs, the first with x30. */
  private readonly saved = new Uint8Array(CALLEE_SAVED.length + 3);
  private savedCount = 0;
  /** Of the last exchange: raw offset of its end, labels bound by then, the register that its last instruction wrote. */
  private exchangeEnd = -1;
  private exchangeLabels = 0;
  private exchangeLast = 0;
  /** All bytes of the frame; 0: there is none. */
  private frameSize = 0;

  constructor(
    enabled: Enabled,
    private readonly options: EmitOptions,
  ) {
    super(new MachEmitter(enabled));
    this.buffer.wantDebug = options.debugInfo === true;
    this.control = new ControlEmitter(this.e, this.plan, this, MOp.BR_TABLE);
  }

  run(mf: MachFunc, alloc: Allocation, order: Int32Array): number {
    const frameBytes = this.attempt(mf, alloc, order, false);
    return this.buffer.pos < HUGE.from ? frameBytes : this.attempt(mf, alloc, order, true);
  }

  private attempt(mf: MachFunc, alloc: Allocation, order: Int32Array, huge: boolean): number {
    this.buffer.reset();
    this.exchangeEnd = -1;
    this.buffer.far = huge || mf.nInst > FAR_INSTRUCTIONS;
    this.buffer.huge = huge;
    this.e.features = this.options.features;
    this.e.marksTargets = (this.options.features & Feature.BTI) !== 0;
    return this.emit(mf, alloc, order, this.buffer, this.options.count === true);
  }

  // ------------------------------------------------------------------ the frame

  finish(): FinishedCode {
    return this.buffer.finish();
  }

  protected override layOutFrame(): void {
    const { mf, alloc } = this.e;
    let n = 0;
    this.saved[n++] = HW_LINK;
    for (const r of CALLEE_SAVED) if (((alloc.savedRegs >> r) & 1) !== 0) this.saved[n++] = HW[r];
    this.savedCount = n;
    if ((n & 1) !== 0) this.saved[n] = HW_ZERO;
    const area = mf.outBytes + alloc.spillBytes;
    this.frameSize = mf.hasCalls || area > 0 || n > 1 ? (8 * n + area + 15) & -16 : 0;
    if (this.frameSize >= MAX_FRAME) throw new Error('the frame of a function is too large for aarch64');
    this.e.slotBase = mf.outBytes;
    this.e.frameBytes = Math.max(0, this.frameSize - RETURN_SLOT);
    this.shape.leaveCost = ((n + 1) >> 1) + (area > 0 ? 1 : 0);
    this.shape.enterCost = this.shape.leaveCost + (this.isChecked ? 3 : 0);
    // Nothing may be below sp.
    this.shape.slotsInReach = alloc.spillBytes === 0;
  }

  /** At the function's entry or on an edge (codegen/frame-plan.ts): every register may be live but the scratch ones. */
  override prologue(): void {
    this.e.mark(CodeKind.STACK_CHECK);
    if (this.isChecked) this.stackCheck();
    this.e.mark(CodeKind.PROLOGUE);
    this.enter();
    this.e.setFrame(true);
  }

  /** Bytes of the frame at whose end the first pair lies in reach of a pair's displacement. */
  private get isSmall(): boolean {
    return this.frameSize <= MAX_PAIR_FRAME && this.frameSize > this.pairBytes;
  }

  /** Bytes of the registers, with the one that fills the last pair. */
  private get pairBytes(): number {
    return 8 * (this.savedCount + (this.savedCount & 1));
  }

  /** Saves the registers and makes room: pair by pair, or all room first where there is an area below them. */
  private enter(): void {
    const { asm } = this.e;
    const { saved, savedCount, frameSize } = this;
    if (frameSize === 0) return;
    if (this.e.signs) asm.word(Other.PACIASP);
    if (this.isSmall) {
      asm.addConstant(HW_SP, HW_SP, -frameSize, HW_X16);
      for (let k = 0; k < savedCount; k += 2)
        if (k + 1 < savedCount) asm.pair(Pair.STP, saved[k + 1], saved[k], HW_SP, frameSize - 8 * k - 16);
        else asm.access(Mem.STR_X, saved[k], HW_SP, frameSize - 8 * k - 8);
      return;
    }
    for (let k = 0; k < savedCount; k += 2) asm.pair(Pair.STP_PRE, saved[k + 1], saved[k], HW_SP, -16);
    asm.addConstant(HW_SP, HW_SP, this.pairBytes - frameSize, HW_X16);
  }

  private stackCheck(): void {
    const { asm, frameBytes, f } = this.e;
    this.e.loadVmctx(HW_X16, VmCtx.STACK_LIMIT);
    if (frameBytes > UNCHECKED_FRAME) {
      asm.addConstant(HW_X17, HW_SP, -frameBytes, HW_X17);
      asm.cmp(1, HW_X17, HW_X16);
    } else asm.extended(Add.SUBS, 1, HW_ZERO, HW_SP, HW_X16, 3, 0);
    asm.branch(Cc.LO, this.e.deferTrap(Trap.STACK_OVERFLOW | TRAP_NO_FRAME, f.blockPos[0]));
  }

  override teardown(): void {
    if (this.frameSize === 0) return;
    this.restore();
    if (this.e.signs) this.e.asm.word(Other.AUTIASP);
  }

  private restore(): void {
    const { asm } = this.e;
    const { saved, savedCount, frameSize } = this;
    if (this.isSmall) {
      for (let k = 0; k < savedCount; k += 2)
        if (k + 1 < savedCount) asm.pair(Pair.LDP, saved[k + 1], saved[k], HW_SP, frameSize - 8 * k - 16);
        else asm.access(Mem.LDR_X, saved[k], HW_SP, frameSize - 8 * k - 8);
      asm.addConstant(HW_SP, HW_SP, frameSize, HW_X16);
      return;
    }
    asm.addConstant(HW_SP, HW_SP, frameSize - this.pairBytes, HW_X16);
    for (let k = (savedCount - 1) & ~1; k >= 0; k -= 2) asm.pair(Pair.LDP_POST, saved[k + 1], saved[k], HW_SP, 16);
  }

  protected override return(): void {
    this.e.asm.ret();
  }

  // ------------------------------------------------------------------ records

  protected override record(kind: Rec, x: number, y: number): void {
    const { asm, hw, mf } = this.e;
    switch (kind) {
      case Rec.MOVE:
        if (classOf(x) === Cls.GPR) asm.mov(1, hw[x], hw[y]);
        else asm.movVector(hw[x], hw[y]);
        break;
      case Rec.XCHG:
        this.exchange(hw[x], hw[y]);
        break;
      case Rec.LOAD:
        if (classOf(y) === Cls.GPR) this.slot(Mem.LDR_X, hw[y], x);
        else this.slot(mf.valueSize[x] === 16 ? Mem.LDR_Q : Mem.LDR_D, hw[y], x);
        break;
      case Rec.STORE:
        if (classOf(y) === Cls.GPR) this.slot(Mem.STR_X, hw[y], x);
        else this.slot(mf.valueSize[x] === 16 ? Mem.STR_Q : Mem.STR_D, hw[y], x);
        break;
      case Rec.REMAT:
        emitConstant(this.e, x, y);
        break;
      case Rec.STORE_CONST:
        this.storeConstant(x, y);
        break;
      case Rec.COPY_SLOT:
        this.slot(mf.valueSize[y] === 16 ? Mem.LDR_Q : Mem.LDR_D, HW_VSCRATCH, y);
        this.slot(mf.valueSize[x] === 16 ? Mem.STR_Q : Mem.STR_D, HW_VSCRATCH, x);
        break;
      case Rec.SAVE_VECTOR:
        asm.movVector(HW_VSCRATCH, hw[y]);
        break;
      case Rec.RESTORE_VECTOR:
        asm.movVector(hw[x], HW_VSCRATCH);
        break;
    }
  }

  /** Exchanges two registers. A longer cycle comes as a chain of exchanges: then x16 keeps the first one to the end. */
  private exchange(x: number, y: number): void {
    const { asm } = this.e;
    const goesOn = this.exchangeEnd === asm.pos && this.exchangeLabels === asm.boundOrder.n && this.exchangeLast === x;
    if (goesOn) asm.pos -= 4;
    else asm.mov(1, HW_X16, x);
    asm.mov(1, x, y);
    asm.mov(1, y, HW_X16);
    this.exchangeEnd = asm.pos;
    this.exchangeLabels = asm.boundOrder.n;
    this.exchangeLast = y;
  }

  /** Load or store of the slot of a value. Slots are written and read whole: 32-bit values are zero-extended. */
  private slot(row: Mem, t: number, v: number): void {
    const { asm } = this.e;
    const disp = this.e.slotBase + this.e.alloc.slotOf[v];
    if (reaches(row, disp)) asm.accessNext(row, t, HW_SP, disp);
    else asm.accessFar(row, t, HW_SP, disp, HW_X16);
  }

  /** Slot of v := SSA constant c. */
  private storeConstant(v: number, c: number): void {
    const { asm, f } = this.e;
    const o = f.op[c];
    if (o === Op.V128_CONST) {
      this.e.loadWords(f.imm[c], HW_VSCRATCH);
      this.slot(Mem.STR_Q, HW_VSCRATCH, v);
      return;
    }
    const lo = o === Op.REF_NULL ? 0 : f.imm[c];
    const hi = f.type[c] === ValType.I64 || f.type[c] === ValType.F64 ? f.imm2[c] : 0;
    if (lo === 0 && hi === 0) {
      this.slot(Mem.STR_X, HW_ZERO, v);
      return;
    }
    asm.constant64(HW_X17, lo, hi);
    this.slot(Mem.STR_X, HW_X17, v);
  }

  // ------------------------------------------------------------------ instructions

  protected override instruction(i: number): void {
    this.e.at(i);
    const { op } = this.e;
    if (this.e.tracking) this.e.mark(kindOfInstruction(ARM64_OPERATIONS, op, this.e.mf.addr.a[i]));
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
      case Expand.TRAP_ON:
        emitTrapOn(this.e);
        break;
      case Expand.SELECT:
        emitSelect(this.e);
        break;
      case Expand.SELECT_VECTOR:
        emitSelectVector(this.e);
        break;
      case Expand.OBJECT_NEW:
        emitObjectNew(this.e);
        break;
    }
  }

  override outOfBounds(): void {
    emitOutOfBounds(this.e);
  }

  override coldInstruction(): void {
    const { e } = this;
    switch (COLD[e.op] as Cold) {
      case Cold.WRONG_TYPE:
        emitWrongType(e);
        break;
      case Cold.BOUNDS:
        emitBoundsNearEnd(e);
        break;
      case Cold.TRUNCATION:
        emitFloatCold(e);
        break;
      case Cold.OBJECT_NEW:
        emitObjectNewCold(e);
        break;
      case Cold.NONE:
        throw new Error(`internal error: operation ${e.op} has no cold code`);
    }
  }
}
