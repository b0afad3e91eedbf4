/**
 * State and building blocks of selection for AArch64 on top of `codegen/selection.ts`: immediates and addresses.
 * `select.ts` is the dispatch, the other files lower classes of operations with these.
 */
import { MemoryView } from '../../abi/vmctx.js';
import { ADDR_INDEX, ADDR_MEMORY, ADDR_SCALE_SHIFT, AddrKind, Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { NO_POS } from '../../codegen/instruction-list.js';
import { Selection } from '../../codegen/selection.js';
import { accessBytes } from '../../ir/memory.js';
import { Effect, EFFECTS } from '../../ir/opinfo.js';
import { memoryOf, Op } from '../../ir/ops.js';
import { trailingZeros } from '../../opt/ranges.js';
import type { Enabled } from '../../util/switches.js';
import { pageShift, ValType } from '../../wasm/types.js';
import { isAddImmediate, logicalImmediate } from '../asm/immediates.js';
import { ARM64 } from '../facts.js';
import { ADDR_UXTW, BoundsFlag, MOp } from '../machops.js';

/** Displacements below this need no instruction, whatever is accessed, beyond the sum of base and index. */
const NEAR = 4096;

/** Where the condition in hand goes (cond.ts). */
export interface ConditionConsumer {
  family: number;
  set(family: number, a: number, b: number): void;
  open(s: Selector, flags: number, form: Form, cc: number): void;
}

export abstract class Selector extends Selection {
  abstract readonly consumer: ConditionConsumer;

  constructor(enabled: Enabled) {
    super(ARM64, enabled);
  }

  // ------------------------------------------------------------------ constants

  /** Whether x is an integer constant (or null). */
  isInt(x: number): boolean {
    const o = this.f.op[this.alias[x]];
    return o === Op.I32_CONST || o === Op.I64_CONST || o === Op.REF_NULL;
  }

  /** Low and high 32 bits of an integer constant; of an i32 the high ones are as `wide` makes them: none. */
  low(x: number): number {
    x = this.alias[x];
    return this.f.op[x] === Op.REF_NULL ? 0 : this.f.imm[x];
  }

  high(x: number): number {
    x = this.alias[x];
    return this.f.op[x] === Op.I64_CONST ? this.f.imm2[x] : 0;
  }

  /** High 32 bits of a constant of any type but v128. */
  highBits(x: number): number {
    const o = this.f.op[x];
    return o === Op.I64_CONST || o === Op.F64_CONST ? this.f.imm2[x] : 0;
  }

  /** Whether x is a constant whose value as a signed number of the operation's width is n. */
  isNumber(x: number, n: number): boolean {
    x = this.alias[x];
    const o = this.f.op[x];
    return (
      (o === Op.I32_CONST && this.f.imm[x] === n) ||
      (o === Op.I64_CONST && this.f.imm[x] === n && this.f.imm2[x] === n >> 31) ||
      (o === Op.REF_NULL && n === 0)
    );
  }

  /** Whether adding or subtracting x, or comparing with it, takes it as an immediate: `low` is its value then. */
  fitsAdd(x: number): boolean {
    if (!this.isInt(x)) return false;
    const lo = this.low(x);
    if (this.f.op[this.alias[x]] === Op.I64_CONST && this.high(x) !== lo >> 31) return false;
    return isAddImmediate(Math.abs(lo));
  }

  /** Whether a logical operation of this width takes x as an immediate. */
  fitsLogic(x: number, wide: number): boolean {
    return this.isInt(x) && logicalImmediate(this.low(x), wide !== 0 ? this.high(x) : this.low(x)) >= 0;
  }

  /** Sets a logical immediate. */
  logicImmediate(x: number): void {
    this.imm(this.low(x));
    this.imm2(this.high(x));
  }

  /** A register operand of an operation of this width. */
  useOf(x: number, wide: number): void {
    if (wide !== 0) this.use(x);
    else this.useLow(x);
  }

  /** LANDING: the current block is a landing pad, where the exception's record is in this register. */
  beginLandingPad(v: number, reg: number): void {
    this.out.landingPads.push(this.curBlock);
    this.begin(MOp.LANDING, Form.NONE);
    this.def(v, reg);
  }

  /** def = a number that is no SSA constant. Returns the new value. */
  number(x: number): number {
    const v = this.newValue(Cls.GPR);
    this.begin(MOp.IMM32, Form.I);
    this.imm(x);
    this.def(v);
    return v;
  }

  /** There is no such operation, or this file forgot one. Throws. */
  unknown(what: string): never {
    throw new Error(`internal error: ${what} is not selected`);
  }

  // ------------------------------------------------------------------ addresses

  /** The base of another memory than memory 0: an operand, but of atomic accesses, which load it. */
  private baseOf(v: number, memory: number): number {
    const { f } = this;
    if ((EFFECTS[f.op[v]] & Effect.ACCESS) !== 0) return this.asOperand(this.alias[f.c[v]]);
    const base = this.newValue(Cls.GPR);
    this.setVmctx(this.vm.memories[memory] + MemoryView.BASE);
    this.begin(MOp.LOAD64, Form.M);
    this.address();
    this.def(base);
    return base;
  }

  /** Accesses that are not compared with anything extend their index themselves. */
  protected override extendsAddress(v: number): boolean {
    return !this.isChecked(v);
  }

  /** Whether access v is compared with the size of its memory. */
  isChecked(v: number): boolean {
    const { f } = this;
    return (
      this.explicitBounds ||
      f.type[f.a[v]] === ValType.I64 ||
      this.m.memories[memoryOf(f.imm2[v])].pageShift !== undefined
    );
  }

  /**
   * Sets the address to `size` bytes of linear memory at the address of access v + offset (unsigned). May emit a bounds
   * check, so it comes before `begin`. Additions fold into the displacement and shifts into the scale where they
   * provably lose no bits; the index extends itself from 32 bits. `aligned`: an atomic access, whose address is checked
   * for alignment first.
   */
  setMemory(v: number, offset: number, size: number, aligned = false): void {
    const { f, alias } = this;
    offset >>>= 0;
    let x = alias[f.a[v]];
    const checked = this.isChecked(v);
    const memory = memoryOf(f.imm2[v]);
    const base = memory === 0 ? -1 : this.baseOf(v, memory);
    for (; f.op[x] === Op.I32_ADD && f.op[f.b[x]] === Op.I32_CONST; x = alias[f.a[x]]) {
      const c = f.imm[f.b[x]] >>> 0;
      if (c + offset >= 0x80000000 || this.maxOf(alias[f.a[x]]) + c > 0xffffffff) break;
      // A sum that several accesses share is made once where they do not have it as a displacement.
      if (c + offset >= NEAR && this.uses[x] > 1) break;
      offset += c;
    }
    let scale = 0;
    if (!aligned && !checked && f.op[x] === Op.I32_SHL && f.op[f.b[x]] === Op.I32_CONST && offset < 0x80000000) {
      const k = f.imm[f.b[x]] & 31;
      if (k >= 1 && k <= 3 && this.maxOf(alias[f.a[x]]) * (1 << k) <= 0xffffffff) {
        scale = k;
        x = alias[f.a[x]];
      }
    }
    const kind = memory === 0 ? AddrKind.MEMORY : AddrKind.VALUE | ADDR_MEMORY;
    if (f.op[x] === Op.I32_CONST || (f.op[x] === Op.I64_CONST && f.imm2[x] === 0)) {
      const end = (f.imm[x] >>> 0) * (1 << scale) + offset;
      if (end < 0x80000000) {
        const type = this.m.memories[memory];
        if (aligned) this.checkAlignment(-1, end, size);
        if (checked && end + size > type.min * 2 ** pageShift(type)) this.beginCheck(MOp.BOUNDS, v, -1, end, size);
        this.setMemoryPlace(kind, base, -1, end);
        return;
      }
    }
    if (aligned) this.checkAlignment(x, offset, size);
    if (offset >= 0x80000000) {
      const index = this.asOperand(x);
      const ea = this.newValue(Cls.GPR);
      this.beginCheck(MOp.BOUNDS_EA, v, index, offset, size);
      this.def(ea);
      this.setMemoryPlace(kind | ADDR_INDEX, base, ea, 0);
    } else if (checked) {
      const index = this.asOperand(x);
      this.beginCheck(MOp.BOUNDS, v, index, offset, size);
      this.setMemoryPlace(kind | ADDR_INDEX, base, index, offset);
    } else {
      const index = this.asOperand(this.lowPart(x, 32));
      this.setMemoryPlace(kind | ADDR_INDEX | ADDR_UXTW | (scale << ADDR_SCALE_SHIFT), base, index, offset);
    }
  }

  private setMemoryPlace(adr: number, base: number, index: number, disp: number): void {
    this.adr = adr;
    this.adrBase = base;
    this.adrIndex = index;
    this.adrDisp = disp;
    this.adrWrap = 0;
    this.adrPos = NO_POS;
  }

  /** Traps unless x (-1: nothing) + offset is a multiple of `size`, where that is not known. */
  private checkAlignment(x: number, offset: number, size: number): void {
    const rest = offset & (size - 1);
    if (rest === 0 && (x < 0 || 1 << trailingZeros(this.f, x) >= size)) return;
    this.begin(MOp.ALIGNED, x < 0 ? Form.NONE : Form.R);
    if (x >= 0) this.use(x);
    this.imm(rest);
    this.imm2(size);
  }

  /** A check for access v; `index` -1: it is at a constant address, `offset`. */
  private beginCheck(op: MOp, v: number, index: number, offset: number, size: number): void {
    const { f, m } = this;
    const memory = memoryOf(f.imm2[v]);
    this.begin(op, index < 0 ? Form.NONE : Form.R);
    // A load may be the operand of another operator.
    this.place(f.pos[v]);
    if (index >= 0) this.useTemp(index);
    this.imm(offset | 0);
    this.imm2(size);
    if (memory > 0) this.disp(this.vm.memories[memory]);
    this.cond(
      (f.type[f.a[v]] === ValType.I64 ? BoundsFlag.WIDE : 0) | (m.memories.length > 1 ? BoundsFlag.SEVERAL : 0),
    );
  }

  /** The address set is that of x, a load that the current value takes over: so are its traps. */
  takeOver(x: number): void {
    this.adrPos = this.f.pos[x];
  }

  /** Sets the address of a load or of a defined global's slot. */
  setLoad(x: number): void {
    const { f } = this;
    if (f.op[x] === Op.GLOBAL_GET) this.setVmctx(this.vm.globals[f.imm[x]]);
    else this.setMemory(x, f.imm[x], accessBytes(f.op[x]));
  }
}
