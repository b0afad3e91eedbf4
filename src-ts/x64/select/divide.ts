/** The instructions of divisions by constants (codegen/select/divide.ts). */
import { Form } from '../../codegen/mach.js';
import { ConstantDivision, X } from '../../codegen/select/divide.js';
import { Reg, X64Clobber } from '../abi.js';
import { MOp } from '../machops.js';
import type { Selector } from './selector.js';

export class Division extends ConstantDivision<Selector> {
  protected override product(y: number): number {
    return this.binary(MOp.IMUL64, y, this.factor(), this.fresh());
  }

  protected override highProduct(signed: boolean): number {
    const { s } = this;
    const factor = this.factor();
    const to = this.fresh();
    s.begin(signed ? MOp.MULH_S64 : MOp.MULH_U64, Form.RR);
    s.useIn(this.x, Reg.RAX);
    s.useTemp(factor);
    s.clobber(X64Clobber.RAX | X64Clobber.RDX);
    s.def(to, Reg.RDX);
    return to;
  }

  protected override plusOne(): number {
    return this.binaryImm(MOp.ADD64, X, 1, this.fresh(), false);
  }

  protected override extended(): number {
    return this.unary(MOp.MOVSXD, X, this.fresh(), false);
  }

  protected override shiftRight(wide: number, signed: boolean, y: number, count: number, to: number): number {
    if (count === 0) return this.unary(MOp.MOV32 + wide, y, to, false);
    return this.binaryImm((signed ? MOp.SAR32 : MOp.SHR32) + wide, y, count, to, true);
  }

  protected override sum(y: number, z: number): number {
    return this.binary(MOp.ADD64, y, z, this.fresh());
  }

  protected override difference(y: number, z: number): number {
    return this.binary(MOp.SUB64, y, z, this.fresh());
  }

  protected override sumWithShifted(y: number, z: number, count: number, to: number): number {
    const shifted = this.shiftRight(this.wide, false, z, count, this.fresh());
    return this.binary(MOp.ADD32 + this.wide, y, shifted, to);
  }

  protected override negate(y: number, to: number): void {
    this.unary(MOp.NEG32 + this.wide, y, to, true);
  }

  protected override lowBits(v: number, k: number): void {
    if (k <= 32) this.binaryImm(MOp.AND32, X, k === 32 ? -1 : ~(-1 << k), v, true);
    else this.binary(MOp.AND64, X, this.constant(-1, (1 << (k - 32)) - 1), v);
  }

  protected override remainder(v: number, q: number): void {
    const { divisor, wide } = this;
    const { low, high } = divisor;
    let p: number;
    if (divisor.isPower) p = this.binaryImm(MOp.SHL32 + wide, q, divisor.log2, this.fresh(), divisor.log2 > 3);
    else if (high === 0 && low > 0) p = this.binaryImm(MOp.IMUL32 + wide, q, low, this.fresh(), false);
    else p = this.binary(MOp.IMUL32 + wide, q, this.constant(low, high), this.fresh());
    this.binary(MOp.SUB32 + wide, X, p, v);
  }

  // ------------------------------------------------------------------ building blocks

  private operand(y: number): void {
    if (y < 0) this.s.use(this.x);
    else this.s.useTemp(y);
  }

  private factor(): number {
    return this.constant(this.divisor.factorLow, this.divisor.factorHigh);
  }

  private constant(low: number, high: number): number {
    const { s } = this;
    const v = this.fresh();
    s.begin(high === 0 ? MOp.IMM32 : MOp.IMM64, Form.I);
    s.imm(low);
    s.imm2(high);
    s.def(v);
    return v;
  }

  private binary(op: number, y: number, z: number, to: number): number {
    const { s } = this;
    s.begin(op, Form.RR);
    this.operand(y);
    this.operand(z);
    if ((op & ~1) !== MOp.ADD32) s.tie((op & ~1) !== MOp.SUB32);
    s.def(to);
    return to;
  }

  private binaryImm(op: number, y: number, imm: number, to: number, tied: boolean): number {
    const { s } = this;
    s.begin(op, Form.RI);
    this.operand(y);
    s.imm(imm);
    if (tied) s.tie();
    s.def(to);
    return to;
  }

  private unary(op: number, y: number, to: number, tied: boolean): number {
    const { s } = this;
    s.begin(op, Form.R);
    this.operand(y);
    if (tied) s.tie();
    s.def(to);
    return to;
  }
}
