/** The instructions of divisions by constants (codegen/select/divide.ts). */
import { Form } from '../../codegen/mach.js';
import { ConstantDivision, X, X_EXTENDED } from '../../codegen/select/divide.js';
import { Modifier, modifier, MOp } from '../machops.js';
import type { Selector } from './selector.js';

export class Division extends ConstantDivision<Selector> {
  protected override product(y: number): number {
    return this.binary(MOp.MUL64, y, this.factor(), this.fresh());
  }

  protected override highProduct(signed: boolean): number {
    return this.binary(signed ? MOp.MULH_S64 : MOp.MULH_U64, X, this.factor(), this.fresh());
  }

  protected override plusOne(): number {
    const { s } = this;
    const v = this.fresh();
    s.begin(MOp.ADD64, Form.RI);
    this.operand(X_EXTENDED);
    s.imm(1);
    s.def(v);
    return v;
  }

  protected override extended(): number {
    const { s } = this;
    const v = this.fresh();
    s.begin(MOp.SBFX64, Form.R);
    s.useLow(this.x);
    s.imm2(32);
    s.def(v);
    return v;
  }

  protected override shiftRight(wide: number, signed: boolean, y: number, count: number, to: number): number {
    const { s } = this;
    if (count === 0) return this.unary(MOp.MOV32 + wide, y, to);
    s.begin((signed ? MOp.ASR32 : MOp.LSR32) + wide, Form.RI);
    this.operand(y);
    s.imm(count);
    s.def(to);
    return to;
  }

  protected override sum(y: number, z: number): number {
    return this.binary(MOp.ADD64, y, z, this.fresh());
  }

  protected override difference(y: number, z: number): number {
    return this.binary(MOp.SUB64, y, z, this.fresh());
  }

  protected override sumWithShifted(y: number, z: number, count: number, to: number): number {
    return this.binary(MOp.ADD32 + this.wide, y, z, to, modifier(Modifier.LSR, count));
  }

  protected override negate(y: number, to: number): void {
    this.unary(MOp.NEG32 + this.wide, y, to);
  }

  protected override lowBits(v: number, k: number): void {
    const { s } = this;
    if (k === 0) {
      this.constantTo(v, 0, 0);
      return;
    }
    s.begin(MOp.UBFX32 + this.wide, Form.R);
    this.operand(X);
    s.imm2(k);
    s.def(v);
  }

  protected override remainder(v: number, q: number): void {
    const { s, divisor, wide } = this;
    if (divisor.isPower) {
      this.binary(MOp.SUB32 + wide, X, q, v, modifier(Modifier.LSL, divisor.log2));
      return;
    }
    const factor = this.constant(divisor.low, divisor.high);
    s.begin(MOp.MSUB32 + wide, Form.RR);
    s.useTemp(q);
    s.useTemp(factor);
    this.operand(X);
    s.def(v);
  }

  // ------------------------------------------------------------------ building blocks

  private operand(y: number): void {
    if (y >= 0) this.s.useTemp(y);
    else if (y === X_EXTENDED) this.s.use(this.x);
    else this.s.useOf(this.x, this.wide);
  }

  private factor(): number {
    return this.constant(this.divisor.factorLow, this.divisor.factorHigh);
  }

  private constant(low: number, high: number): number {
    const v = this.fresh();
    this.constantTo(v, low, high);
    return v;
  }

  private constantTo(v: number, low: number, high: number): void {
    const { s } = this;
    s.begin(MOp.IMM64, Form.I);
    s.imm(low);
    s.imm2(high);
    s.def(v);
  }

  private binary(op: number, y: number, z: number, to: number, mod = 0): number {
    const { s } = this;
    s.begin(op, Form.RR);
    this.operand(y);
    this.operand(z);
    s.imm(mod);
    s.def(to);
    return to;
  }

  private unary(op: number, y: number, to: number): number {
    const { s } = this;
    s.begin(op, Form.R);
    this.operand(y);
    s.def(to);
    return to;
  }
}
