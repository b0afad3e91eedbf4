/**
 * Selection with the operations that every machine has (`Common`): the files of this folder lower with it what is the
 * same on all machines, `dispatch.ts` finds the function. A machine extends `MachineSelection` by what is not.
 */
import { FENCE, MemoryView } from '../../abi/vmctx.js';
import { accessBytes } from '../../ir/memory.js';
import { Effect, EFFECTS, isConst } from '../../ir/opinfo.js';
import { memoryOf, Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { NO_POS } from '../instruction-list.js';
import { ADDR_INDEX, ADDR_MEMORY, AddrKind, CHECK_FENCED, Form } from '../mach.js';
import { type CallingConvention, Cls } from '../machine.js';
import { MemoryFlag } from '../module-facts.js';
import { Selection } from '../selection.js';
import { BoundsFlag, Common } from './operations.js';

/** Of two accesses that are no farther from the same index than this, one is in the fence if the other is in bounds. */
const MAX_FENCED = FENCE / 2;

export abstract class MachineSelection extends Selection {
  // ------------------------------------------------------------------ operations of the machine's own

  abstract lowerLoad(v: number): void;
  abstract lowerStore(v: number): void;
  /** Comparisons whose results are values. */
  abstract lowerComparison(v: number): void;
  /** Integer operations from I32_CLZ to I64_ROTR. */
  abstract lowerArithmetic(v: number): void;
  abstract lowerExtension(v: number): void;
  abstract lowerHighProduct(v: number): void;
  abstract lowerSelect(v: number): void;
  abstract lowerFloat(v: number): void;
  abstract lowerSimd(v: number): void;
  abstract lowerCanonical(v: number): void;
  abstract lowerAtomic(v: number): void;
  /** TYPE_FIELD: a type's id is where its record is below the base of the heap. */
  abstract lowerTypeField(v: number): void;
  /** FUNC_TYPE: null is the first record, which is zero. */
  abstract lowerFuncType(v: number): void;
  /** GC_ADDRESS. */
  abstract lowerElementAddress(v: number): void;

  // ------------------------------------------------------------------ parts of operations

  /**
   * Opens an instruction of `family` (BR_ON, …) for the i32 condition x. `a`, `b` ≥ 0 are operands that come before the
   * producer's (of a select). `negate` 1: for the opposite condition.
   */
  abstract condition(family: number, x: number, a: number, b: number, negate: number): void;
  /** Traps unless x < y, unsigned. */
  abstract trapUnlessBelow(x: number, y: number, trap: number): void;
  /**
   * Stores the constant x, which is no v128, to the place set before, if `store` or the integer operation for it can do
   * so without a register; else false.
   */
  abstract storeConstant(store: number, x: number): boolean;
  /** to = machine value x shifted right by a constant, zeros from above; `wide` 1: all 64 bits. */
  abstract shiftRight(wide: 0 | 1, x: number, count: number, to: number): void;
  /** Sets operands, temporaries and result of OBJECT_NEW, whose instruction is open; `length` -1: it is no array. */
  abstract objectOperands(v: number, length: number): void;
  /** Address of an object, in a machine value. */
  abstract addressOfObject(reference: number): number;
  /** base + index << shift, in a machine value; the shift is more than an address has. */
  abstract addressOfElement(base: number, index: number, shift: number): number;
  /** Offset from the heap's base of an element of four bytes, in a machine value. */
  abstract offsetOfElement(array: number, index: number): number;
  /**
   * General registers that are needed beside the operands: by a call, a switch with n entries before the default, a
   * bounds check.
   */
  abstract callTemporaries(op: number): number;
  abstract switchTemporaries(n: number): number;
  abstract checkTemporaries(): number;
  /**
   * … or `size` bytes of linear memory at the address of access v + offset (unsigned). May emit a bounds check, so it
   * comes before `begin`. `aligned`: an atomic access, whose address is checked for alignment first.
   */
  abstract setMemory(v: number, offset: number, size: number, aligned?: boolean): void;

  // ------------------------------------------------------------------ what is the same

  protected override loadConstant(v: number, x: number, words: number): void {
    this.setPlace(x < 0 ? AddrKind.WORDS : AddrKind.CONST, x < 0 ? words : x);
    this.begin(x < 0 ? Common.XLOAD128 : this.f.type[x] === ValType.F64 ? Common.XLOAD64 : Common.XLOAD32, Form.M);
    this.address();
    this.def(v);
  }

  get convention(): CallingConvention {
    return this.machine.convention;
  }

  /** The machine value that an SSA value is as an operand. */
  operand(x: number): number {
    return this.asOperand(this.alias[x]);
  }

  /** LANDING: the current block is a landing pad. */
  beginLandingPad(v: number): void {
    this.out.landingPads.push(this.curBlock);
    this.begin(Common.LANDING, Form.NONE);
    this.def(v, this.convention.generalResult);
  }

  /** def = a number that is no SSA constant. Returns the new value. */
  number(x: number): number {
    const v = this.newValue(Cls.GPR);
    this.begin(Common.IMM32, Form.I);
    this.imm(x);
    this.def(v);
    return v;
  }

  /** The base of another memory than memory 0: an operand, but of atomic accesses, which load it. */
  protected baseOf(v: number, memory: number): number {
    const { f } = this;
    if ((EFFECTS[f.op[v]] & Effect.ACCESS) !== 0) return this.operand(f.c[v]);
    const base = this.newValue(Cls.GPR);
    this.setVmctx(this.m.memoryViews[memory] + MemoryView.BASE);
    this.begin(Common.LOAD64, Form.M);
    this.address();
    this.def(base);
    return base;
  }

  /** Whether access v is compared with the size of its memory. */
  isChecked(v: number): boolean {
    const { f } = this;
    return (
      this.explicitBounds ||
      f.type[f.a[v]] === ValType.I64 ||
      (this.m.memoryFlags[memoryOf(f.imm2[v])] & MemoryFlag.NAMED_PAGES) !== 0
    );
  }

  protected setMemoryPlace(adr: number, base: number, index: number, disp: number): void {
    this.adr = adr;
    this.adrBase = base;
    this.adrIndex = index;
    this.adrDisp = disp;
    this.adrWrap = 0;
    this.adrPos = NO_POS;
  }

  /**
   * Whether FENCE bytes on either side of the memory that v accesses are inaccessible, its addresses have 64 bits, and
   * what it accesses ends so near its address.
   */
  protected isFenced(v: number, bytes: number): boolean {
    const { f, m } = this;
    return (
      !this.explicitBounds &&
      bytes <= MAX_FENCED &&
      this.enabled['fenced-checks'] &&
      f.op[this.alias[f.a[v]]] !== Op.I64_CONST &&
      (m.memoryFlags[memoryOf(f.imm2[v])] & MemoryFlag.FENCED) !== 0
    );
  }

  /**
   * Sets the address x + offset of access v to a fenced memory. Constants that wasm adds to the address fold into the
   * displacement, so that accesses near each other have their check in common (codegen/merge-bounds.ts): it compares
   * what is left, and an access that is out of bounds all the same faults in the fence. A negative constant folds only
   * without an offset, which could lead back into the memory.
   */
  protected setFenced(v: number, x: number, base: number, offset: number, size: number): void {
    const { f, alias } = this;
    let c = 0;
    for (; f.op[x] === Op.I64_ADD && f.op[f.b[x]] === Op.I64_CONST; x = alias[f.a[x]]) {
      const more = f.imm[f.b[x]];
      if (more <= -MAX_FENCED || more >= MAX_FENCED) break;
      const sum = c + more;
      if (Math.abs(sum) + offset + size > MAX_FENCED || f.imm2[f.b[x]] !== more >> 31 || (sum < 0 && offset > 0)) break;
      if (this.need[x] !== 0 || this.addressUses[x] < this.uses[x] || isConst(f.op[alias[f.a[x]]])) break;
      c = sum;
    }
    const kind = memoryOf(f.imm2[v]) === 0 ? AddrKind.MEMORY : AddrKind.VALUE | ADDR_MEMORY;
    this.setMemoryPlace(kind | ADDR_INDEX, base, this.asOperand(x), (offset + c) | 0);
    this.beginCheck(Common.BOUNDS, v, this.adrIndex, offset, size, CHECK_FENCED);
    this.added(c);
  }

  /** A check for access v; `index` -1: it is at a constant address, `offset`. `flags`: more of `cond`. */
  protected beginCheck(op: number, v: number, index: number, offset: number, size: number, flags = 0): void {
    const { f, m } = this;
    const memory = memoryOf(f.imm2[v]);
    this.begin(op, index < 0 ? Form.NONE : Form.R);
    // A load may be the operand of another operator.
    this.place(f.pos[v]);
    if (index >= 0) this.useTemp(index);
    this.imm(offset | 0);
    this.imm2(size);
    if (memory > 0) this.disp(m.memoryViews[memory]);
    this.cond(
      (f.type[f.a[v]] === ValType.I64 ? BoundsFlag.WIDE : 0) | (m.memories > 1 ? BoundsFlag.SEVERAL : 0) | flags,
    );
    this.temps(this.checkTemporaries(), 0);
  }

  /** Sets the address of a load or of a defined global's slot. */
  setLoad(x: number): void {
    const { f } = this;
    if (f.op[x] === Op.GLOBAL_GET) this.setVmctx(this.m.globals[f.imm[x]]);
    else this.setMemory(x, f.imm[x], accessBytes(f.op[x]));
  }
}
