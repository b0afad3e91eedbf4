/**
 * Building blocks of emission for AArch64 (the machine-independent ones are in codegen/cold.ts): the memory operand of
 * the current instruction, jumps, traps. `emit.ts` is the driver, the other files here expand classes of operations
 * with these.
 */
import { VmCtx } from '../../abi/vmctx.js';
import { Trap, TRAP_NO_FRAME } from '../../abi/trap-codes.js';
import { Emission, kindOfInstruction } from '../../codegen/cold.js';
import { CodeKind, coldUnit, Unit } from '../../codegen/kinds.js';
import { ADDR_INDEX, ADDR_KIND_MASK, ADDR_MEMORY, ADDR_SCALE_SHIFT, AddrKind } from '../../codegen/mach.js';
import { Op } from '../../ir/ops.js';
import { HW_LINK, HW_MEMBASE, HW_SP, HW_VMCTX, HW_X16, HW_X17, HW_ZERO } from '../abi.js';
import { type Assembler, LOADS, reaches, sizeOf } from '../asm/encode.js';
import { Add, Extend, Mem, Other } from '../asm/insts.js';
import { Feature } from '../features.js';
import { ADDR_UXTW } from '../machops.js';
import { ARM64_OPERATIONS } from '../operations.js';

/** Bytes of the slot of the return address, which `frameBytes` does not count. */
export const RETURN_SLOT = 8;

/** Bytes of code between two accesses that are looked through for what changes their common part. */
const MAX_KEPT = 128;

/** The largest number that one addition takes. */
const MOST_ADDED = 0xfff000;

/** Whether an instruction may write this general register; true where that is not plain to see. */
function mayWrite(w: number, register: number): boolean {
  // A branch whose form is not decided.
  if (w === 0) return false;
  // Loads and stores of one register: a store reads it, a vector register is another one.
  if ((w & 0x3a000000) === 0x38000000) return (w & 0x04000000) === 0 && (w & 0x00c00000) !== 0 && (w & 31) === register;
  // Pairs at an offset: so does a store of two, and vector registers are others.
  if ((w & 0x3b800000) === 0x29000000)
    return (w & 0x04000000) === 0 && (w & 0x00400000) !== 0 && ((w & 31) === register || ((w >> 10) & 31) === register);
  // Other pairs, exclusive accesses, calls.
  if ((w & 0x3a000000) === 0x28000000 || (w & 0x3f000000) === 0x08000000) return true;
  if (w >>> 26 === 0x25 || w >>> 25 === 0x6b) return true;
  return (w & 31) === register;
}

/** Whether an instruction is one of those few between two operations on the same flags: a branch, a select, a move. */
const keepsFlags = (w: number): boolean =>
  w === 0 || (w & 0x3fe00000) === 0x1a800000 || (w & 0xff200c00) === 0x1e200c00 || (w & 0x7fe0ffe0) === 0x2a0003e0;
/** Of such an instruction: whether it may change an operand of this comparison. */
const changes = (w: number, comparison: number): boolean =>
  w !== 0 &&
  isFloat(w) === isFloat(comparison) &&
  ((w & 31) === ((comparison >>> 5) & 31) || (w & 31) === ((comparison >>> 16) & 31));
const isFloat = (w: number): boolean => w >>> 24 === 0x1e;

/** The part of a displacement that is added to the base beforehand: the rest is one, in units of the access's size. */
function upperPart(row: Mem, disp: number): number {
  const unit = 1 << sizeOf(row);
  const low = disp & ((disp & (unit - 1)) === 0 ? 4096 * unit - 1 : 0xfff);
  if (disp <= 0 || !reaches(row, low)) return disp;
  // Static data often begins there.
  if (disp > MOST_ADDED && reaches(row, disp - MOST_ADDED)) return MOST_ADDED;
  return disp - low;
}

export class MachEmitter extends Emission<Assembler> {
  features = 0;
  /** The spill area from sp on. */
  slotBase = 0;

  // --- what x16 may still hold: a base + an extended index + a constant ---
  /** Hardware number of the base, -1: x16 holds something else; that of the index, 31: there is none. */
  private sumBase = -1;
  private sumIndex = HW_ZERO;
  /** Extension and scale of the index; the constant. */
  private sumKind = 0;
  private sumConstant = 0;
  /** Code up to here has changed none of them, and so many labels were bound. */
  private sumAt = 0;
  private sumLabels = 0;

  // --- the latest instruction that set flags for a fused operation ---
  private flagsWord = 0;
  /** Raw offset of its end, and labels that were bound by then. */
  private flagsEnd = -1;
  private flagsLabels = 0;

  override startBlock(): void {
    this.sumBase = -1;
    this.flagsEnd = -1;
  }

  /**
   * The code from `from` on has set the flags: takes it back if it is one instruction, the same that did so before, and
   * neither the flags nor what it reads can have changed since.
   */
  shareFlags(from: number): void {
    const { asm } = this;
    if (asm.pos - from !== 4) {
      this.flagsEnd = -1;
      return;
    }
    const w = asm.wordAt(from);
    let same = this.flagsEnd >= 0 && this.flagsWord === w && this.flagsLabels === asm.boundOrder.n;
    for (let at = this.flagsEnd; same && at < from; at += 4) {
      const between = asm.wordAt(at);
      same = keepsFlags(between) && !changes(between, w);
    }
    if (same) {
      asm.pos = from;
      return;
    }
    this.flagsWord = w;
    this.flagsEnd = asm.pos;
    this.flagsLabels = asm.boundOrder.n;
  }

  /** A function that needs no frame has none anywhere: its return address stays in x30. */
  override setFrame(exists: boolean): void {
    super.setFrame(exists && this.frameBytes > 0);
  }

  protected override countUnit(unit: number): void {
    this.asm.countUnit(unit);
  }

  override jump(label: number): void {
    this.asm.b(label);
  }

  override jumpIf(cc: number, label: number): void {
    this.asm.branch(cc, label);
  }

  override markTarget(called: boolean, pos: number): void {
    if (this.tracking) this.asm.debugHere(pos, CodeKind.BRANCH | (Unit.NONE << 8));
    this.asm.word(called ? Other.BTI_C : Other.BTI_J);
  }

  /** Return addresses in frames are signed. */
  get signs(): boolean {
    return (this.features & Feature.PAC) !== 0;
  }

  // ------------------------------------------------------------------ memory

  /** Emits the load or store of `t` (hardware number) at the memory operand. Uses x16 and x17. */
  memory(row: Mem, t: number): void {
    const { asm, mf, i } = this;
    const kind = mf.addr.a[i] & ADDR_KIND_MASK;
    if (kind === AddrKind.CONST) {
      this.loadConstant(mf.disp.a[i], t);
      return;
    }
    if (kind === AddrKind.WORDS) {
      this.loadWords(mf.disp.a[i], t);
      return;
    }
    const addr = mf.addr.a[i];
    const faults = kind === AddrKind.MEMORY || (addr & ADDR_MEMORY) !== 0;
    let u = this.u1;
    const index = (addr & ADDR_INDEX) !== 0 ? this.hw[this.alloc.useReg[--u]] : -1;
    const base = this.baseOf(kind, u);
    const disp = this.dispOf(kind);
    const extend = (addr & ADDR_UXTW) !== 0 ? Extend.UXTW : Extend.UXTX;
    const scale = (addr >> ADDR_SCALE_SHIFT) & 3;
    if (index >= 0 && disp === 0 && (scale === 0 || scale === sizeOf(row))) {
      if (faults) this.mayFault();
      asm.accessIndex(row, t, base, index, extend, scale !== 0);
    } else if (index < 0 && (kind !== AddrKind.MEMORY || reaches(row, disp))) this.offset(row, t, base, disp, faults);
    else {
      const constant = this.makeSum(row, base, index < 0 ? HW_ZERO : index, extend | (scale << 3), disp);
      this.offset(row, t, HW_X16, disp - constant, faults);
    }
  }

  /**
   * x16 = base + index + a constant, from which `row` reaches the rest of the displacement; returns the constant. What an
   * access before has made is taken again if it will do.
   */
  private makeSum(row: Mem, base: number, index: number, kind: number, disp: number): number {
    const { asm } = this;
    if (!this.keepsSum(base, index, kind) || !reaches(row, disp - this.sumConstant)) {
      const constant = reaches(row, disp) ? 0 : upperPart(row, disp);
      if (index === HW_ZERO) asm.addConstant(HW_X16, base, constant, HW_X16);
      else {
        asm.extended(Add.ADD, 1, HW_X16, base, index, kind & 7, kind >> 3);
        asm.addConstant(HW_X16, HW_X16, constant, HW_X17);
      }
      this.sumBase = base;
      this.sumIndex = index;
      this.sumKind = kind;
      this.sumConstant = constant;
    }
    this.sumLabels = asm.boundOrder.n;
    this.sumAt = asm.pos;
    return this.sumConstant;
  }

  /** t, [base + disp]. */
  private offset(row: Mem, t: number, base: number, disp: number, faults: boolean): void {
    const { asm } = this;
    if (reaches(row, disp)) {
      // A store that faults has not been done, the one before it has.
      const pairs = !faults || (row & LOADS) !== 0;
      if (pairs && asm.join(row, t, base, disp)) {
        if (faults) asm.trapInPair(Trap.MEMORY_OUT_OF_BOUNDS | this.trapFlags(), this.pos);
        // What it loads is looked at by `keepsSum`.
        if (base === HW_X16) this.sumAt = asm.pos - 4;
        return;
      }
      if (faults) this.mayFault();
      if (pairs) asm.accessFirst(row, t, base, disp);
      else asm.access(row, t, base, disp);
      return;
    }
    // The upper part by an addition, the lower one in the access where it fits.
    const low = disp & 0xfff;
    if (disp > 0 && disp < 1 << 24 && reaches(row, low)) {
      asm.addConstant(HW_X17, base, disp - low, HW_X17);
      if (faults) this.mayFault();
      asm.access(row, t, HW_X17, low);
      return;
    }
    asm.addConstant(HW_X17, base, disp, HW_X17);
    if (faults) this.mayFault();
    asm.access(row, t, HW_X17, 0);
  }

  /** Whether x16 is still the sum of these and a constant. */
  private keepsSum(base: number, index: number, kind: number): boolean {
    const { asm } = this;
    if (this.sumBase !== base || this.sumIndex !== index || this.sumKind !== kind) return false;
    if (this.sumLabels !== asm.boundOrder.n || asm.pos - this.sumAt > MAX_KEPT) return false;
    for (let at = this.sumAt; at < asm.pos; at += 4) {
      const w = asm.wordAt(at);
      if (mayWrite(w, HW_X16) || mayWrite(w, base) || (index !== HW_ZERO && mayWrite(w, index))) return false;
    }
    return true;
  }

  /** d = address of the memory operand. May use x17. */
  address(d: number): void {
    const { asm, mf, i } = this;
    const addr = mf.addr.a[i];
    const kind = addr & ADDR_KIND_MASK;
    let u = this.u1;
    const index = (addr & ADDR_INDEX) !== 0 ? this.hw[this.alloc.useReg[--u]] : -1;
    let base = this.baseOf(kind, u);
    const disp = this.dispOf(kind);
    if (index >= 0) {
      const extend = (addr & ADDR_UXTW) !== 0 ? Extend.UXTW : Extend.UXTX;
      asm.extended(Add.ADD, 1, d, base, index, extend, (addr >> ADDR_SCALE_SHIFT) & 3);
      base = d;
    }
    asm.addConstant(d, base, disp, HW_X17);
  }

  private baseOf(kind: AddrKind, u: number): number {
    switch (kind) {
      case AddrKind.MEMORY:
        return HW_MEMBASE;
      case AddrKind.VMCTX:
        return HW_VMCTX;
      case AddrKind.OUTGOING:
      case AddrKind.INCOMING:
        return HW_SP;
      case AddrKind.VALUE:
        return this.hw[this.alloc.useReg[u - 1]];
      default:
        throw new Error('internal error: instruction without a memory operand');
    }
  }

  private dispOf(kind: AddrKind): number {
    return kind === AddrKind.INCOMING && this.inFrame ? this.disp + this.frameBytes + RETURN_SLOT : this.disp;
  }

  /** The access emitted next may fault. */
  mayFault(): void {
    this.asm.trapHere(Trap.MEMORY_OUT_OF_BOUNDS | this.trapFlags(), this.pos);
  }

  /** Vector register ← SSA constant c. */
  private loadConstant(c: number, t: number): void {
    const { asm, f } = this;
    if (f.op[c] === Op.V128_CONST) this.loadWords(f.imm[c], t);
    else if (f.op[c] === Op.F32_CONST) asm.loadConstant(t, 4, f.imm[c]);
    else asm.loadConstant(t, 8, f.imm[c], f.imm2[c]);
  }

  /** Vector register ← four words of the function's pool. */
  loadWords(k: number, t: number): void {
    const p = this.f.pool.a;
    this.asm.loadConstant(t, 16, p[k], p[k + 1], p[k + 2], p[k + 3]);
  }

  /** General register t ← [vmctx + disp], 64 bits. */
  loadVmctx(t: number, disp: number): void {
    this.asm.accessFar(Mem.LDR_X, t, HW_VMCTX, disp, t);
  }

  /** The same, 32 bits. */
  loadVmctxWord(t: number, disp: number): void {
    this.asm.accessFar(Mem.LDR_W, t, HW_VMCTX, disp, t);
  }

  // ------------------------------------------------------------------ traps

  /** Calls the vmctx's TRAP, recorded for its return address. `code` includes flags. */
  trapNow(code: number, pos: number): void {
    const { asm } = this;
    // Without a frame the return address is nowhere else.
    if ((code & TRAP_NO_FRAME) !== 0) asm.mov(1, HW_X17, HW_LINK);
    this.loadVmctx(HW_X16, VmCtx.TRAP);
    asm.blr(HW_X16);
    asm.trapAfter(code, pos);
    asm.noReturn();
  }

  protected override copyWrapped(): void {
    throw new Error('internal error: addresses wrap by themselves on this machine');
  }

  /** The cold continuation of the current instruction starts. Counting changes no flags. */
  protected override enterColdUnit(): void {
    const unit = coldUnit(this.f.nb, this.f.ne, this.coldUnits++);
    if (!this.tracking) return;
    this.enterUnit(unit);
    this.mark(kindOfInstruction(ARM64_OPERATIONS, this.op, this.mf.addr.a[this.i]));
  }
}
