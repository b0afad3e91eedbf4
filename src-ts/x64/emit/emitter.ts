/**
 * State and building blocks of emission: registers and memory operand of the current instruction, traps and cold code,
 * frame. `emit.ts` is the driver, `emit-*.ts` expand classes of operations with these.
 */
import { VmCtx } from '../../abi/vmctx.js';
import type { Func } from '../../ir/func.js';
import { Op } from '../../ir/ops.js';
import { Trap } from '../../abi/trap-codes.js';
import type { Enabled } from '../../util/switches.js';
import { IntVec } from '../../util/vec.js';
import { HW, HW_MEMBASE, HW_RSP, HW_VMCTX } from '../abi.js';
import {
  ADDR_INDEX,
  ADDR_KIND_MASK,
  ADDR_SCALE_SHIFT,
  AddrKind,
  Cls,
  type Allocation,
  type MachFunc,
} from '../../codegen/mach.js';
import { WRAP_FIELDS } from '../../codegen/code-buffer.js';
import type { Assembler } from '../asm/encode.js';
import { Cc } from '../asm/insts.js';
import { coldUnit, CodeKind, kindOfInstruction, Unit } from '../../codegen/kinds.js';
import { FloatCc } from '../machops.js';

/** Flag in a trap's code: raised before the prologue, so the frame has no size yet. */
export const TRAP_NO_FRAME = 0x80;

/** Bytes below rsp that no signal handler touches. */
export const RED_ZONE = 128;

/** Kinds of cold code. */
export const enum Cold {
  /** call [TRAP]; x = trap code, y = wasm offset. */
  TRAP = 0,
  /** Continuation of instruction x, in the frame if y; jumps back to `back`, if any. */
  INST = 1,
  /** Code of edge x, then a jump to its target. */
  EDGE = 2,
  /** Trap of the bounds check x, in the frame if y. */
  OUT_OF_BOUNDS = 3,
  /** Copy of the access of instruction x; `back` = row of `asm.wraps`, y = 1: the index lives on, or trap flags. */
  WRAP = 4,
}
const COLD_FIELDS = 5;

export class MachEmitter {
  asm!: Assembler;
  mf!: MachFunc;
  f!: Func;
  alloc!: Allocation;
  features = 0;
  frameBytes = 0;
  /** The code being emitted runs with the frame set up (codegen/frame-plan.ts): set by `setFrame`. */
  inFrame = true;
  /** Hardware numbers of the allocator's registers: callee-saved ones have other names in frameless code. */
  hw: Uint8Array = HW;
  private bareHw: Uint8Array = HW;
  /** The spill area from rsp on, in the frame. Negative: in the red zone. */
  slotBase = 0;

  // --- debug information ---
  /** Kinds and units of the code are recorded. */
  tracking = false;
  /** Each unit counts its executions. */
  counting = false;
  private unit: number = Unit.NONE;
  /** Units beyond those of the entry, the blocks and the edges, so far. */
  coldUnits = 0;
  /** In a counting build: pairs (wasm offset of an indirect call, its first vote unit). */
  readonly votes = new IntVec(16);

  // --- the current instruction ---
  i = 0;
  op = 0;
  form = 0;
  /** First and one past the last operand. */
  u0 = 0;
  u1 = 0;

  // --- flags left by the arithmetic just emitted: ZF and SF say what register `flagsReg` holds, as long as the next
  // byte goes to `flagsPos` ---
  flagsReg = -1;
  flagsPos = -1;
  /** Operand size, 0 or 1. */
  flagsWide = 0;
  /** CF = OF = 0 too, as after a test. */
  flagsLogical = false;

  /** Cold code to come: kind, label, back, x, y. */
  readonly cold = new IntVec(256);

  constructor(readonly enabled: Enabled) {}

  start(
    mf: MachFunc,
    alloc: Allocation,
    asm: Assembler,
    features: number,
    counting: boolean,
    bareHw: Uint8Array,
  ): void {
    this.mf = mf;
    this.f = mf.func;
    this.alloc = alloc;
    this.asm = asm;
    this.features = features;
    this.cold.clear();
    this.tracking = asm.wantDebug;
    this.counting = counting;
    this.bareHw = bareHw;
    this.coldUnits = 0;
    this.votes.clear();
    this.i = 0;
  }

  // ------------------------------------------------------------------ debug information

  /** Code from here on belongs to this unit. Flags must be dead. */
  enterUnit(unit: number): void {
    if (!this.tracking) return;
    this.unit = unit;
    if (!this.counting) return;
    this.mark(CodeKind.COUNTER);
    this.asm.countUnit(unit);
  }

  /**
   * Code from here on is a copy of this unit: it adds to the unit's counter, and its instructions count where the
   * unit's own are.
   */
  enterCopy(unit: number): void {
    if (!this.tracking) return;
    this.enterUnit(unit);
    this.unit = Unit.NONE;
  }

  /**
   * In a counting build: notes which element of a table the indirect call at the current instruction goes to; it is in
   * rax. Flags must be dead.
   */
  vote(): void {
    if (!this.counting || this.pos < 0) return;
    const unit = coldUnit(this.f.nb, this.f.ne, this.coldUnits);
    this.coldUnits += 2;
    this.votes.push(this.pos);
    this.votes.push(unit);
    this.mark(CodeKind.COUNTER);
    this.asm.voteRax(unit);
    this.mark(CodeKind.CALL_INDIRECT);
  }

  /** Code from here on is of this kind and comes from the current instruction. */
  mark(kind: CodeKind): void {
    if (this.tracking) this.asm.debugHere(this.pos, kind | (this.unit << 8));
  }

  /** The code that follows runs with the frame or without. */
  setFrame(exists: boolean): void {
    this.inFrame = exists;
    this.hw = exists ? HW : this.bareHw;
  }

  at(i: number): void {
    const { mf } = this;
    this.i = i;
    this.op = mf.op.a[i];
    this.form = mf.form.a[i];
    this.u0 = mf.useAt.a[i];
    this.u1 = mf.useAt.a[i + 1];
  }

  // ------------------------------------------------------------------ operands (hardware registers)

  use(k: number): number {
    return this.hw[this.alloc.useReg[this.u0 + k]];
  }

  def(): number {
    return this.hw[this.alloc.defReg[this.i]];
  }

  temp(k: number): number {
    return this.hw[this.alloc.temps[this.alloc.tempAt[this.i] + k]];
  }

  get imm(): number {
    return this.mf.imm.a[this.i];
  }

  get imm2(): number {
    return this.mf.imm2.a[this.i];
  }

  get cond(): number {
    return this.mf.cond.a[this.i];
  }

  get disp(): number {
    return this.mf.disp.a[this.i];
  }

  /** Wasm offset of the instruction. */
  get pos(): number {
    return this.mf.pos.a[this.i];
  }

  /** Whether one of the operands from number k on is in this register. */
  usesRegister(k: number, reg: number): boolean {
    for (let u = this.u0 + k; u < this.u1; u++) if (this.hw[this.alloc.useReg[u]] === reg) return true;
    return false;
  }

  /**
   * Sets the assembler's memory operand; the machine instruction that uses it must be the next one emitted (the trap
   * table is keyed by its place).
   */
  memory(): void {
    const { asm, mf, i } = this;
    const addr = mf.addr.a[i];
    const disp = mf.disp.a[i];
    let u = this.u1;
    let index = -1;
    if ((addr & ADDR_INDEX) !== 0) index = this.hw[this.alloc.useReg[--u]];
    let base: number;
    let d = disp;
    switch (addr & ADDR_KIND_MASK) {
      case AddrKind.MEMORY:
        base = HW_MEMBASE;
        asm.trapHere(Trap.MEMORY_OUT_OF_BOUNDS | this.trapFlags(), mf.pos.a[i]);
        if (mf.wrap.a[i] !== 0) this.mayWrap(index);
        break;
      case AddrKind.VMCTX:
        base = HW_VMCTX;
        break;
      case AddrKind.OUTGOING:
        base = HW_RSP;
        break;
      case AddrKind.INCOMING:
        base = HW_RSP;
        d += (this.inFrame ? this.frameBytes : 0) + 8;
        break;
      case AddrKind.VALUE:
        base = this.hw[this.alloc.useReg[u - 1]];
        break;
      case AddrKind.CONST:
        this.constantOperand(disp);
        return;
      case AddrKind.WORDS:
        this.wordsOperand(disp);
        return;
      default:
        throw new Error('internal error: instruction without a memory operand');
    }
    if (index >= 0) asm.memIndex(base, index, (addr >> ADDR_SCALE_SHIFT) & 3, d);
    else asm.mem(base, d);
  }

  /** The address of the next instruction may have wrapped: a cold copy of it follows. */
  private mayWrap(index: number): void {
    const { asm, mf, i } = this;
    const defReg = this.alloc.defReg[i];
    asm.wrapHere(mf.wrap.a[i], index, (mf.addr.a[i] >> ADDR_SCALE_SHIFT) & 3);
    // The result is in the register of the index, which is dead then.
    const keep = defReg < 0 || mf.valueClass[mf.def.a[i]] !== Cls.GPR || this.hw[defReg] !== index;
    this.defer(Cold.WRAP, asm.wrapCount - 1, i, this.trapFlags() | (keep ? 1 : 0));
  }

  /** The cold copy of the access of row k of `asm.wraps`: it runs with a corrected index, which it puts back. */
  private copyWrapped(k: number, i: number, flags: number): void {
    const { asm, mf } = this;
    const pos = mf.pos.a[i];
    if (this.tracking) asm.debugHere(pos, kindOfInstruction(mf.op.a[i], mf.addr.a[i]) | (Unit.NONE << 8));
    asm.trapHere(Trap.MEMORY_OUT_OF_BOUNDS | (flags & TRAP_NO_FRAME), pos);
    const back = asm.copyWrapped(k);
    const place = asm.wraps.a[k * WRAP_FIELDS + 2];
    const index = place & 31;
    const scale = place >> 8;
    if ((flags & 1) !== 0) {
      if (scale === 0) asm.mov_rr(0, index, index);
      // The handler took 2^32 from the scaled index. Displacements are smaller, so in steps.
      for (let left = scale === 0 ? 0 : 2 ** (32 - scale); left > 0; left -= 2 ** 29) {
        asm.mem(index, 2 ** 29);
        asm.lea(1, index);
      }
    }
    asm.jmp(back);
  }

  /** The SSA constant c as memory operand. */
  constantOperand(c: number): void {
    const { asm, f } = this;
    switch (f.op[c]) {
      case Op.V128_CONST:
        this.wordsOperand(f.imm[c]);
        break;
      case Op.F32_CONST:
      case Op.I32_CONST:
        asm.memConst(4, f.imm[c]);
        break;
      default:
        asm.memConst(8, f.imm[c], f.imm2[c]);
    }
  }

  /** Four words of the function's pool as memory operand. */
  private wordsOperand(k: number): void {
    const p = this.f.pool.a;
    this.asm.memConst(16, p[k], p[k + 1], p[k + 2], p[k + 3]);
  }

  // ------------------------------------------------------------------ flags

  /** The instruction just emitted has put a result into `reg` and set ZF and SF by it. */
  leaveFlags(reg: number, wide: number, logical: boolean): void {
    this.flagsReg = reg;
    this.flagsPos = this.asm.pos;
    this.flagsWide = wide;
    this.flagsLogical = logical;
  }

  /**
   * A move from or to memory or between registers was emitted, starting at `from`; it wrote `reg` (hardware number of a
   * general register) or none (-1).
   */
  keepFlags(from: number, reg: number): void {
    if (this.flagsPos === from && reg !== this.flagsReg) this.flagsPos = this.asm.pos;
  }

  /**
   * Condition that means the same as `cc` after `test reg, reg`, if the flags are still those of that register; else
   * -1.
   */
  ccFromFlags(reg: number, wide: number, cc: number): number {
    if (this.flagsReg !== reg || this.flagsPos !== this.asm.pos) return -1;
    if (cc === Cc.E || cc === Cc.NE) return this.flagsWide === wide || wide !== 0 ? cc : -1;
    if (this.flagsWide !== wide) return -1;
    if (this.flagsLogical || cc === Cc.S || cc === Cc.NS) return cc;
    return cc === Cc.L ? Cc.S : cc === Cc.GE ? Cc.NS : -1;
  }

  // ------------------------------------------------------------------ jumps and traps

  /** Jump on a condition code or `FloatCc`. */
  jumpIf(cc: number, label: number): void {
    const { asm } = this;
    if (cc === FloatCc.EQ) {
      const over = asm.newLabel();
      asm.jcc(Cc.P, over);
      asm.jcc(Cc.E, label);
      asm.bind(over);
    } else if (cc === FloatCc.NE) {
      asm.jcc(Cc.NE, label);
      asm.jcc(Cc.P, label);
    } else {
      asm.jcc(cc, label);
    }
  }

  /** What the trap table must know of a trap raised here beside its code. */
  trapFlags(): number {
    return this.inFrame ? 0 : TRAP_NO_FRAME;
  }

  /** call [r14 + TRAP], recorded for its return address. `code` includes flags. */
  trapNow(code: number, pos: number): void {
    const { asm } = this;
    asm.mem(HW_VMCTX, VmCtx.TRAP);
    asm.call_m();
    asm.trapAfter(code, pos);
    asm.noReturn();
  }

  /** Label of cold code that raises this trap for the current instruction. Stubs of one instruction are shared. */
  trapLabel(code: number): number {
    code |= this.trapFlags();
    const c = this.cold.a;
    const pos = this.pos;
    for (let k = this.cold.n - COLD_FIELDS, tries = 3; k >= 0 && tries > 0; k -= COLD_FIELDS, tries--) {
      if (c[k] === Cold.TRAP && c[k + 3] === code && c[k + 4] === pos) return c[k + 1];
    }
    return this.defer(Cold.TRAP, -1, code, pos);
  }

  /** Label of cold code that raises a trap at a place other than the current instruction. */
  deferTrap(code: number, pos: number): number {
    return this.defer(Cold.TRAP, -1, code, pos);
  }

  /** Label of cold code that raises the trap of the current bounds check. */
  outOfBoundsLabel(): number {
    return this.defer(Cold.OUT_OF_BOUNDS, -1, this.i, this.inFrame ? 1 : 0);
  }

  /**
   * Label of a cold continuation of the current instruction, which ends with a jump to `back` (-1: it does not come
   * back).
   */
  coldLabel(back: number): number {
    return this.defer(Cold.INST, back, this.i, this.inFrame ? 1 : 0);
  }

  defer(kind: Cold, back: number, x: number, y: number): number {
    const label = this.asm.newLabel();
    const { cold } = this;
    cold.push(kind);
    cold.push(label);
    cold.push(back);
    cold.push(x);
    cold.push(y);
    return label;
  }

  /** The cold continuation of the current instruction starts. It may still look at flags. */
  private enterColdUnit(): void {
    const unit = coldUnit(this.f.nb, this.f.ne, this.coldUnits++);
    if (!this.tracking) return;
    const { asm } = this;
    if (this.counting) {
      asm.debugHere(this.pos, CodeKind.COUNTER | (unit << 8));
      // Slots may lie in the red zone.
      asm.mem(HW_RSP, -RED_ZONE);
      asm.lea(1, HW_RSP);
      asm.pushf();
    }
    this.enterUnit(unit);
    if (this.counting) {
      asm.popf();
      asm.mem(HW_RSP, RED_ZONE);
      asm.lea(1, HW_RSP);
    }
    this.mark(kindOfInstruction(this.op, this.mf.addr.a[this.i]));
  }

  /**
   * Emits what was deferred; `inst`, `edge` and `outOfBounds` expand the kinds that need to know operations. Deferred
   * code may defer more.
   */
  flushCold(inst: (e: MachEmitter) => void, edge: (edge: number) => void, outOfBounds: (e: MachEmitter) => void): void {
    const { asm, cold } = this;
    for (let k = 0; k < cold.n; k += COLD_FIELDS) {
      const kind = cold.a[k];
      const label = cold.a[k + 1];
      const back = cold.a[k + 2];
      const x = cold.a[k + 3];
      const y = cold.a[k + 4];
      asm.bind(label);
      if (kind === Cold.TRAP) {
        asm.debugHere(y, CodeKind.TRAP | (Unit.NONE << 8));
        this.trapNow(x, y);
      } else if (kind === Cold.EDGE) edge(x);
      else if (kind === Cold.WRAP) this.copyWrapped(back, x, y);
      else {
        this.at(x);
        this.setFrame(y !== 0);
        if (kind === Cold.OUT_OF_BOUNDS) {
          asm.debugHere(this.pos, CodeKind.TRAP | (Unit.NONE << 8));
          outOfBounds(this);
          continue;
        }
        this.enterColdUnit();
        inst(this);
        if (back >= 0) asm.jmp(back);
      }
    }
  }
}
