/**
 * State and building blocks of selection for AArch64 on top of `codegen/selection.ts`: immediates and addresses.
 * `select.ts` is the dispatch, the other files lower classes of operations with these.
 */
import { ADDR_INDEX, ADDR_MEMORY, ADDR_SCALE_SHIFT, AddrKind, Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import type { ConstantDivision } from '../../codegen/select/divide.js';
import { MachineSelection } from '../../codegen/select/machine-selection.js';
import { memoryOf, Op } from '../../ir/ops.js';
import { trailingZeros } from '../../opt/ranges.js';
import type { Enabled } from '../../util/switches.js';
import { isAddImmediate, logicalImmediate } from '../asm/immediates.js';
import { ARM64 } from '../facts.js';
import { ADDR_UXTW, MOp } from '../machops.js';
import { Compared } from './comparisons.js';

/** Displacements below this need no instruction, whatever is accessed, beyond the sum of base and index. */
const NEAR = 4096;

/** Where the condition in hand goes (cond.ts). */
export interface ConditionConsumer {
  family: number;
  set(family: number, a: number, b: number): void;
  open(s: Selector, flags: number, form: Form, cc: number): void;
}

export abstract class Selector extends MachineSelection {
  abstract readonly consumer: ConditionConsumer;
  abstract readonly division: ConstantDivision<Selector>;
  /** Of the shuffle in hand: the bytes that it takes, of the second operand from 16 on (shuffle.ts). */
  readonly shuffled = new Uint8Array(16);
  /** The comparisons of the chain in hand. */
  readonly first = new Compared();
  readonly second = new Compared();

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
    return isAddImmediate(Math.abs(lo) | 0);
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

  /** There is no such operator, or a table forgot it. Throws. */
  unknown(op: number): never {
    throw new Error(`internal error: operator 0x${op.toString(16)} is not selected`);
  }

  // ------------------------------------------------------------------ addresses

  /** Accesses that are not compared with anything extend their index themselves. */
  protected override extendsAddress(v: number): boolean {
    return !this.isChecked(v);
  }

  /**
   * Sets the address to `size` bytes of linear memory at the address of access v + offset (unsigned). May emit a bounds
   * check, so it comes before `begin`. Additions fold into the displacement and shifts into the scale where they
   * provably lose no bits; the index extends itself from 32 bits. `aligned`: an atomic access, whose address is checked
   * for alignment first.
   */
  override setMemory(v: number, offset: number, size: number, aligned = false): void {
    const { f, alias } = this;
    offset = offset >>> 0;
    let x = alias[f.a[v]];
    const checked = this.isChecked(v);
    const memory = memoryOf(f.imm2[v]);
    const base = memory === 0 ? -1 : this.baseOf(v, memory);
    if (checked && !aligned && this.isFenced(v, offset + size)) {
      this.setFenced(v, x, base, offset, size);
      return;
    }
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
        if (aligned) this.checkAlignment(-1, end, size);
        if (checked && end + size > this.m.memoryLeastBytes[memory]) this.beginCheck(MOp.BOUNDS, v, -1, end, size);
        this.setMemoryPlace(kind, base, -1, end | 0);
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
      this.setMemoryPlace(kind | ADDR_INDEX, base, index, offset | 0);
    } else {
      const index = this.asOperand(this.lowPart(x, 32));
      this.setMemoryPlace(kind | ADDR_INDEX | ADDR_UXTW | (scale << ADDR_SCALE_SHIFT), base, index, offset | 0);
    }
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

  /** The address set is that of x, a load that the current value takes over: so are its traps. */
  takeOver(x: number): void {
    this.adrPos = this.f.pos[x];
  }
}
