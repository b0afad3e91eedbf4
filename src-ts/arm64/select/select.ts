/** Instruction selection for AArch64: which file lowers what `codegen/select/` leaves to the machine. */
import { Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';
import { Form } from '../../codegen/mach.js';
import { lowerParameters } from '../../codegen/select/calls.js';
import { lower } from '../../codegen/select/dispatch.js';
import { Cc } from '../asm/insts.js';
import { Flags, MOp } from '../machops.js';
import { lowerAtomic } from './atomic.js';
import { Consumer, emitComparison, emitCondition } from './cond.js';
import { Division } from './divide.js';
import { lowerFloat } from './float.js';
import { lowerExtension, lowerHighProduct, lowerIntArithmetic } from './int.js';
import { lowerLoad, lowerStore } from './memory.js';
import {
  addressOfElement,
  addressOfObject,
  lowerElementAddress,
  lowerFuncType,
  lowerTypeField,
  offsetOfElement,
} from './objects.js';
import { lowerSimd } from './simd.js';
import { Selector } from './selector.js';

/** Selection for AArch64. */
export class InstructionSelection extends Selector {
  override readonly division = new Division();
  override readonly consumer = new Consumer();

  protected override loadConstant(v: number, x: number, words: number): void {
    if (x < 0 || !this.isInt(x)) {
      super.loadConstant(v, x, words);
      return;
    }
    this.begin(MOp.IMM64, Form.I);
    this.imm(this.low(x));
    this.imm2(this.high(x));
    this.def(v);
  }

  protected override lower(v: number): void {
    lower(this, v);
  }

  protected override lowerParameters(): void {
    lowerParameters(this);
  }

  override lowerLoad(v: number): void {
    lowerLoad(this, v);
  }

  override lowerStore(v: number): void {
    lowerStore(this, v);
  }

  override lowerComparison(v: number): void {
    emitComparison(this, v);
  }

  override lowerArithmetic(v: number): void {
    lowerIntArithmetic(this, v);
  }

  override lowerExtension(v: number): void {
    lowerExtension(this, v);
  }

  override lowerHighProduct(v: number): void {
    lowerHighProduct(this, v);
  }

  override lowerSelect(v: number): void {
    lowerSelect(this, v);
  }

  override lowerFloat(v: number): void {
    lowerFloat(this, v);
  }

  override lowerSimd(v: number): void {
    lowerSimd(this, v);
  }

  override lowerCanonical(v: number): void {
    lowerSimd(this, v);
  }

  override lowerAtomic(v: number): void {
    lowerAtomic(this, v);
  }

  override lowerTypeField(v: number): void {
    lowerTypeField(this, v);
  }

  override lowerFuncType(v: number): void {
    lowerFuncType(this, v);
  }

  override lowerElementAddress(v: number): void {
    lowerElementAddress(this, v);
  }

  override condition(family: number, x: number, a: number, b: number, negate: number): void {
    emitCondition(this, family, x, a, b, negate);
  }

  override trapUnlessBelow(x: number, y: number, trap: number): void {
    this.begin(MOp.TRAP_ON + Flags.CMP32, Form.RR);
    this.cond(Cc.HS);
    this.use(x);
    this.use(y);
    this.imm2(trap);
  }

  /** Of zero, which is in a register. */
  override storeConstant(store: number, x: number): boolean {
    if (this.f.op[x] !== Op.REF_NULL && (this.f.imm[x] !== 0 || this.highBits(x) !== 0)) return false;
    this.begin(store === MOp.XSTORE32 ? MOp.STORE32 : store === MOp.XSTORE64 ? MOp.STORE64 : store, Form.MI);
    this.address();
    return true;
  }

  override shiftRight(wide: 0 | 1, x: number, count: number, to: number): void {
    this.begin(MOp.LSR32 + wide, Form.RI);
    this.useTemp(x);
    this.imm(count);
    this.def(to);
  }

  override objectOperands(v: number, length: number): void {
    this.useTemp(this.heapBase());
    if (length >= 0) this.use(length);
    this.temps(1, 0);
    this.def(v);
  }

  override addressOfObject(reference: number): number {
    return addressOfObject(this, reference);
  }

  override addressOfElement(base: number, index: number, shift: number): number {
    return addressOfElement(this, base, index, shift);
  }

  override offsetOfElement(array: number, index: number): number {
    return offsetOfElement(this, array, index);
  }

  override callTemporaries(): number {
    return 0;
  }

  override switchTemporaries(): number {
    return 0;
  }

  override checkTemporaries(): number {
    return 0;
  }
}

function lowerSelect(s: Selector, v: number): void {
  const { f } = s;
  const t = f.type[v];
  const vector = t === ValType.F32 || t === ValType.F64 || t === ValType.V128;
  emitCondition(s, vector ? MOp.XSELECT_ON : MOp.SELECT_ON, f.c[v], f.a[v], f.b[v]);
  if (t === ValType.V128) s.tie(true);
  s.def(v);
}
