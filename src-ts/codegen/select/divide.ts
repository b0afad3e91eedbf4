/**
 * Division and remainder by constants: shifts for powers of two, else multiplication by a reciprocal. Which steps these
 * are is the same on all machines; a machine extends `ConstantDivision` by the instructions that make them.
 */
import { Op } from '../../ir/ops.js';
import { Cls } from '../machine.js';
import { Divisor } from '../reciprocals.js';
import type { MachineSelection } from './machine-selection.js';

/** Stands for the dividend in operand positions; the second for its whole register, which extends an i32 with zeros. */
export const X = -1;
export const X_EXTENDED = -2;

export abstract class ConstantDivision<S extends MachineSelection> {
  protected readonly divisor = new Divisor();
  protected s!: S;
  /** The dividend, an SSA value; all other operands are machine values. */
  protected x = 0;
  /** 1: of 64 bits. */
  protected wide = 0;

  /**
   * Emits v = x / c or x % c without a division, if c is a constant other than 0, -1 (signed) and the smallest number.
   * `k` is the operation's i32 opcode.
   */
  lower(s: S, v: number, k: number, wide: number): boolean {
    const { f, alias } = s;
    const y = alias[f.b[v]];
    const signed = k === Op.I32_DIV_S || k === Op.I32_REM_S;
    const rem = k === Op.I32_REM_S || k === Op.I32_REM_U;
    if (!this.divisor.take(f.imm[y], f.imm2[y], wide !== 0 ? 64 : 32, signed)) return false;
    // The result is unused and the division cannot trap: emit nothing.
    if (s.need[v] === 0) return true;
    this.s = s;
    this.x = alias[f.a[v]];
    this.wide = wide;
    if (signed) this.signed(v, rem);
    else this.unsigned(v, rem);
    return true;
  }

  // ------------------------------------------------------------------ the machine's instructions

  /** The low 64 bits of y times the reciprocal's factor, which has 32 bits. Returns the new value, as all that have no `to`. */
  protected abstract product(y: number): number;
  /** The high 64 bits of x times the factor, as signed numbers or not. */
  protected abstract highProduct(signed: boolean): number;
  /** x, an i32 extended with zeros, plus 1. */
  protected abstract plusOne(): number;
  /** x, an i32, extended by its sign. */
  protected abstract extended(): number;
  /** to = y >> count, of 64 bits if `wide`. */
  protected abstract shiftRight(wide: number, signed: boolean, y: number, count: number, to: number): number;
  /** y + z and y - z, of 64 bits. */
  protected abstract sum(y: number, z: number): number;
  protected abstract difference(y: number, z: number): number;
  /** to = y + (z >>> count). */
  protected abstract sumWithShifted(y: number, z: number, count: number, to: number): number;
  protected abstract negate(y: number, to: number): void;
  /** v = the low k bits of x. */
  protected abstract lowBits(v: number, k: number): void;
  /** v = x - q * |c|. */
  protected abstract remainder(v: number, q: number): void;

  protected fresh(): number {
    return this.s.newValue(Cls.GPR);
  }

  // ------------------------------------------------------------------ the steps

  private unsigned(v: number, rem: boolean): void {
    const { divisor, wide } = this;
    if (divisor.isPower) {
      if (rem) this.lowBits(v, divisor.log2);
      else this.shiftRight(wide, false, X, divisor.log2, v);
      return;
    }
    const q = rem ? this.fresh() : v;
    if (wide !== 0) this.unsigned64(q);
    else this.unsigned32(q);
    if (rem) this.remainder(v, q);
  }

  /** Exact in 64 bits. */
  private unsigned32(q: number): void {
    const { divisor } = this;
    const x = divisor.unsigned() ? X_EXTENDED : this.plusOne();
    this.shiftRight(1, false, this.product(x), 32 + divisor.shift, q);
  }

  private unsigned64(q: number): void {
    const { divisor } = this;
    if (divisor.unsigned()) {
      this.shiftRight(1, false, this.highProduct(false), divisor.shift, q);
      return;
    }
    divisor.lengthen();
    const t = this.highProduct(false);
    const sum = this.sumWithShifted(t, this.difference(X, t), 1, this.fresh());
    this.shiftRight(1, false, sum, divisor.shift, q);
  }

  private signed(v: number, rem: boolean): void {
    const { divisor, wide } = this;
    const bits = wide !== 0 ? 64 : 32;
    const k = divisor.log2;
    if (k === 0) {
      if (rem) this.lowBits(v, 0);
      else this.shiftRight(wide, false, X, 0, v);
      return;
    }
    const q = rem ? this.fresh() : v;
    // For a remainder the sign of the divisor does not matter.
    const negative = divisor.isNegative && !rem;
    const positive = negative ? this.fresh() : q;
    if (divisor.isPower) {
      // Rounding towards zero: negative numbers get 2^k - 1 first.
      const sign = k === 1 ? X : this.shiftRight(wide, true, X, bits - 1, this.fresh());
      const sum = this.sumWithShifted(X, sign, bits - k, this.fresh());
      this.shiftRight(wide, true, sum, k, positive);
    } else this.signedQuotient(positive, bits);
    if (negative) this.negate(positive, q);
    if (rem) this.remainder(v, q);
  }

  /** q = (x * m >> (bits + shift)) + (x < 0). */
  private signedQuotient(q: number, bits: number): void {
    const { divisor } = this;
    divisor.signed();
    let p: number;
    if (bits === 32) p = this.shiftRight(1, true, this.product(this.extended()), 32 + divisor.shift, this.fresh());
    else {
      p = this.highProduct(true);
      // As a signed number m is 2^64 too small.
      if (divisor.factorHigh < 0) p = this.sum(p, X);
      if (divisor.shift > 0) p = this.shiftRight(1, true, p, divisor.shift, this.fresh());
    }
    this.sumWithShifted(p, X, bits - 1, q);
  }
}
