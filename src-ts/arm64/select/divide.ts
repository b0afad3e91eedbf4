/** Division and remainder by constants: shifts for powers of two, else multiplication by a reciprocal. */
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import {
  divisorOf,
  isPowerOfTwo,
  log2,
  longReciprocal,
  roundedDownReciprocal,
  signedReciprocal,
  unsignedReciprocal,
} from '../../codegen/reciprocals.js';
import { Op } from '../../ir/ops.js';
import { Modifier, modifier, MOp } from '../machops.js';
import type { Selector } from './selector.js';

/** Stands for the dividend in operand positions; the second for its whole register, which extends an i32 with zeros. */
const X = -1;
const X_EXTENDED = -2;

/**
 * Emits v = x / c or x % c without a division, if c is a constant other than 0, -1 (signed) and the smallest number.
 * `k` is the operation's i32 opcode.
 */
export function lowerDivByConstant(s: Selector, v: number, k: number, wide: number): boolean {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  const signed = k === Op.I32_DIV_S || k === Op.I32_REM_S;
  const rem = k === Op.I32_REM_S || k === Op.I32_REM_U;
  const bits = wide !== 0 ? 64 : 32;
  const c = divisorOf(f.imm[y], f.imm2[y], bits, signed);
  if (c === 0n || (signed && (c === -1n || c === -(1n << BigInt(bits - 1))))) return false;
  // The result is unused and the division cannot trap: emit nothing.
  if (s.need[v] === 0) return true;
  const d = new Divider(s, x, wide);
  if (signed) d.signed(v, c, rem);
  else d.unsigned(v, c, rem);
  return true;
}

/** Emits the instructions of one division. Operands are machine values, or X. */
class Divider {
  constructor(
    private readonly s: Selector,
    private readonly x: number,
    private readonly wide: number,
  ) {}

  unsigned(v: number, c: bigint, rem: boolean): void {
    const { wide } = this;
    if (isPowerOfTwo(c)) {
      const k = log2(c);
      if (!rem) this.shift(MOp.LSR32 + wide, X, k, v);
      else if (k === 0) this.constantTo(v, 0n);
      else this.fieldOf(v, k);
      return;
    }
    const q = rem ? this.fresh() : v;
    if (wide !== 0) this.unsigned64(q, c);
    else this.unsigned32(q, c);
    if (rem) this.remainder(v, q, c);
  }

  /** Exact in 64 bits. */
  private unsigned32(q: number, c: bigint): void {
    const exact = unsignedReciprocal(c, 32);
    const { m, shift } = exact ?? roundedDownReciprocal(c, 32);
    const x = exact === null ? this.addNumber(X_EXTENDED, 1) : X_EXTENDED;
    this.shift(MOp.LSR64, this.binary(MOp.MUL64, x, this.constant(m), this.fresh()), 32 + shift, q);
  }

  private unsigned64(q: number, c: bigint): void {
    const exact = unsignedReciprocal(c, 64);
    if (exact !== null) {
      this.shift(MOp.LSR64, this.binary(MOp.MULH_U64, X, this.constant(exact.m), this.fresh()), exact.shift, q);
      return;
    }
    const { m, shift } = longReciprocal(c, 64);
    const t = this.binary(MOp.MULH_U64, X, this.constant(m), this.fresh());
    const rest = this.binary(MOp.SUB64, X, t, this.fresh());
    this.shift(MOp.LSR64, this.binary(MOp.ADD64, t, rest, this.fresh(), modifier(Modifier.LSR, 1)), shift, q);
  }

  signed(v: number, c: bigint, rem: boolean): void {
    const { wide } = this;
    const bits = wide !== 0 ? 64 : 32;
    const abs = c < 0n ? -c : c;
    if (abs === 1n) {
      if (rem) this.constantTo(v, 0n);
      else this.shift(MOp.LSL32 + wide, X, 0, v);
      return;
    }
    const q = rem ? this.fresh() : v;
    // For a remainder the sign of the divisor does not matter.
    const negate = c < 0n && !rem;
    const positive = negate ? this.fresh() : q;
    if (isPowerOfTwo(abs)) {
      // Rounding towards zero: negative numbers get 2^k - 1 first.
      const k = log2(abs);
      const sign = k === 1 ? X : this.shift(MOp.ASR32 + wide, X, bits - 1, this.fresh());
      const sum = this.binary(MOp.ADD32 + wide, X, sign, this.fresh(), modifier(Modifier.LSR, bits - k));
      this.shift(MOp.ASR32 + wide, sum, k, positive);
    } else this.signedQuotient(positive, abs, bits);
    if (negate) this.unary(MOp.NEG32 + wide, positive, q);
    if (rem) this.remainder(v, q, abs);
  }

  /** q = (x * m >> (bits + shift)) + (x < 0). */
  private signedQuotient(q: number, abs: bigint, bits: number): void {
    const { wide } = this;
    const { m, shift } = signedReciprocal(abs, bits);
    let p: number;
    if (wide === 0) {
      const x = this.fieldSigned();
      p = this.shift(MOp.ASR64, this.binary(MOp.MUL64, x, this.constant(m), this.fresh()), 32 + shift, this.fresh());
    } else {
      p = this.binary(MOp.MULH_S64, X, this.constant(m), this.fresh());
      // As a signed number m is 2^64 too small.
      if (m >= 1n << 63n) p = this.binary(MOp.ADD64, p, X, this.fresh());
      if (shift > 0) p = this.shift(MOp.ASR64, p, shift, this.fresh());
    }
    this.binary(MOp.ADD32 + wide, p, X, q, modifier(Modifier.LSR, bits - 1));
  }

  /** v = x - q * c. */
  private remainder(v: number, q: number, c: bigint): void {
    const { s, wide } = this;
    if (isPowerOfTwo(c)) {
      this.binary(MOp.SUB32 + wide, X, q, v, modifier(Modifier.LSL, log2(c)));
      return;
    }
    const factor = this.constant(c);
    s.begin(MOp.MSUB32 + wide, Form.RR);
    s.useTemp(q);
    s.useTemp(factor);
    this.operand(X);
    s.def(v);
  }

  // --- building blocks; each returns its result ---

  private fresh(): number {
    return this.s.newValue(Cls.GPR);
  }

  private operand(y: number): void {
    if (y >= 0) this.s.useTemp(y);
    else if (y === X_EXTENDED) this.s.use(this.x);
    else this.s.useOf(this.x, this.wide);
  }

  private fieldSigned(): number {
    const { s } = this;
    const v = this.fresh();
    s.begin(MOp.SBFX64, Form.R);
    s.useLow(this.x);
    s.imm2(32);
    s.def(v);
    return v;
  }

  /** v = the low k bits of x. */
  private fieldOf(v: number, k: number): void {
    const { s } = this;
    s.begin(MOp.UBFX32 + this.wide, Form.R);
    this.operand(X);
    s.imm2(k);
    s.def(v);
  }

  private constant(c: bigint): number {
    const v = this.fresh();
    this.constantTo(v, c);
    return v;
  }

  private constantTo(v: number, c: bigint): void {
    const { s } = this;
    s.begin(MOp.IMM64, Form.I);
    s.imm(Number(BigInt.asIntN(32, c)));
    s.imm2(Number(BigInt.asIntN(32, c >> 32n)));
    s.def(v);
  }

  private addNumber(x: number, c: number): number {
    const { s } = this;
    const v = this.fresh();
    s.begin(MOp.ADD64, Form.RI);
    this.operand(x);
    s.imm(c);
    s.def(v);
    return v;
  }

  private binary(op: number, x: number, y: number, to: number, mod = 0): number {
    const { s } = this;
    s.begin(op, Form.RR);
    this.operand(x);
    this.operand(y);
    s.imm(mod);
    s.def(to);
    return to;
  }

  private unary(op: number, x: number, to: number): number {
    const { s } = this;
    s.begin(op, Form.R);
    this.operand(x);
    s.def(to);
    return to;
  }

  private shift(op: number, x: number, count: number, to: number): number {
    const { s } = this;
    if (count === 0) return this.unary(MOp.MOV32 + (op & 1), x, to);
    s.begin(op, Form.RI);
    this.operand(x);
    s.imm(count);
    s.def(to);
    return to;
  }
}
