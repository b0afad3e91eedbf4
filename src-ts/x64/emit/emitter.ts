/**
 * Building blocks of emission for x86-64 (the machine-independent ones are in codegen/cold.ts): memory operand and flags
 * of the current instruction, jumps, traps. `emit.ts` is the driver, the other files here expand classes of operations
 * with these.
 */
import { VmCtx } from '../../abi/vmctx.js';
import { Op } from '../../ir/ops.js';
import { Trap, TRAP_NO_FRAME } from '../../abi/trap-codes.js';
import { HW_MEMBASE, HW_RSP, HW_VMCTX } from '../abi.js';
import { ADDR_INDEX, ADDR_KIND_MASK, ADDR_MEMORY, ADDR_SCALE_SHIFT, AddrKind, Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { WRAP_FIELDS } from '../../codegen/code-buffer.js';
import type { Assembler } from '../asm/encode.js';
import { Cc } from '../asm/insts.js';
import { Cold, Emission, kindOfInstruction } from '../../codegen/cold.js';
import { coldUnit, CodeKind, Unit } from '../../codegen/kinds.js';
import { FloatCc } from '../machops.js';
import { X64_OPERATIONS } from '../operations.js';

/** Bytes below rsp that no signal handler touches. */
export const RED_ZONE = 128;

export class MachEmitter extends Emission<Assembler> {
  features = 0;
  /** The spill area from rsp on, in the frame. Negative: in the red zone. */
  slotBase = 0;

  // --- flags left by the arithmetic just emitted: ZF and SF say what register `flagsReg` holds, as long as the next
  // byte goes to `flagsPos` ---
  flagsReg = -1;
  flagsPos = -1;
  /** Operand size, 0 or 1. */
  flagsWide = 0;
  /** CF = OF = 0 too, as after a test. */
  flagsLogical = false;

  // --- the compare of registers, or of one and a number, whose flags stand as long as the next byte goes to
  // `comparedPos` ---
  private comparedPos = -1;
  private comparedBy = 0;
  private comparedForm = Form.NONE;
  private comparedX = -1;
  private comparedY = -1;

  override startBlock(): void {
    this.flagsReg = -1;
    this.comparedPos = -1;
  }

  protected countUnit(unit: number): void {
    this.asm.countUnit(unit);
  }

  override jump(label: number): void {
    this.asm.jmp(label);
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
        if ((addr & ADDR_MEMORY) !== 0) {
          asm.trapHere(Trap.MEMORY_OUT_OF_BOUNDS | this.trapFlags(), mf.pos.a[i]);
          if (mf.wrap.a[i] !== 0) this.mayWrap(index);
        }
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
    const def = mf.def.a[i];
    asm.wrapHere(mf.wrap.a[i], index, (mf.addr.a[i] >> ADDR_SCALE_SHIFT) & 3);
    // The result is in the register of the index, which is dead then.
    const keep = def < 0 || mf.valueClass[def] !== Cls.GPR || this.hw[this.alloc.defReg[i]] !== index;
    this.defer(Cold.WRAP, -1, i, this.trapFlags() | (keep ? 1 : 0), asm.wrapCount - 1);
  }

  /** The cold copy of the access of row k of `asm.wraps`: it runs with a corrected index, which it puts back. */
  protected copyWrapped(k: number, i: number, flags: number): void {
    const { asm, mf } = this;
    const pos = mf.pos.a[i];
    if (this.tracking)
      asm.debugHere(pos, kindOfInstruction(X64_OPERATIONS, mf.op.a[i], mf.addr.a[i]) | (Unit.NONE << 8));
    asm.trapHere(Trap.MEMORY_OUT_OF_BOUNDS | (flags & TRAP_NO_FRAME), pos);
    const back = asm.copyWrapped(k);
    const place = asm.wraps.a[k * WRAP_FIELDS + 2];
    const index = place & 31;
    const scale = place >> 8;
    if ((flags & 1) !== 0) {
      if (scale === 0) asm.mov_rr(0, index, index);
      // The handler took 2^32 from the scaled index. Displacements are smaller, so in steps.
      for (let steps = scale === 0 ? 0 : 8 >> scale; steps > 0; steps--) {
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

  /** The compare `by` (Flags) of register x and y, a register or a number as `form` says, was just emitted. */
  leaveCompare(by: number, form: Form, x: number, y: number): void {
    this.comparedPos = this.asm.pos;
    this.comparedBy = by;
    this.comparedForm = form;
    this.comparedX = x;
    this.comparedY = y;
  }

  /** Whether the flags are still those of this compare. */
  isCompared(by: number, form: Form, x: number, y: number): boolean {
    return (
      this.comparedPos === this.asm.pos &&
      this.comparedBy === by &&
      this.comparedForm === form &&
      this.comparedX === x &&
      this.comparedY === y
    );
  }

  /**
   * A move from or to memory or between registers was emitted, starting at `from`; it wrote `reg` (hardware number of a
   * general register) or none (-1).
   */
  keepFlags(from: number, reg: number): void {
    const { pos } = this.asm;
    if (this.flagsPos === from && reg !== this.flagsReg) this.flagsPos = pos;
    if (this.comparedPos !== from || reg === this.comparedX) return;
    if (this.comparedForm !== Form.RR || reg !== this.comparedY) this.comparedPos = pos;
  }

  /** reg = 0. Keeps the flags of a compare, which may be asked for again. */
  zero(reg: number): void {
    const at = this.asm.pos;
    if (this.comparedPos !== at) {
      this.asm.zero(reg);
      return;
    }
    this.asm.mov_ri32(reg, 0);
    this.keepFlags(at, reg);
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
  override jumpIf(cc: number, label: number): void {
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

  /** call [r14 + TRAP], recorded for its return address. `code` includes flags. */
  trapNow(code: number, pos: number): void {
    const { asm } = this;
    asm.mem(HW_VMCTX, VmCtx.TRAP);
    asm.call_m();
    asm.trapAfter(code, pos);
    asm.noReturn();
  }

  /** The cold continuation of the current instruction starts. It may still look at flags. */
  protected enterColdUnit(): void {
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
    this.mark(kindOfInstruction(X64_OPERATIONS, this.op, this.mf.addr.a[this.i]));
  }
}
