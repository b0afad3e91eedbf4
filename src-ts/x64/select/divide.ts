/** Division and remainder by constants: shifts for powers of two, else multiplication by a reciprocal. */
import { Op } from '../../ir/ops.js';
import { Reg, X64Clobber } from '../abi.js';
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
import { MOp } from '../machops.js';
import type { Selector } from './selector.js';

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

/** Emits the instructions of one division. Operands are machine values, except x, an SSA value. */
class Divider {
  constructor(
    private readonly s: Selector,
    private readonly x: number,
    private readonly wide: number,
  ) {}

  unsigned(v: number, c: bigint, rem: boolean): void {
    const { wide } = this;
    if (isPowerOfTwo(c)) {
      if (rem) this.maskX(v, c - 1n);
      else this.shift(MOp.SHR32 + wide, this.fromX(), log2(c), v);
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
    const x = exact !== null ? this.fromX() : this.binaryImm(MOp.ADD64, this.fromX(), 1, this.fresh(), false);
    const p = this.binary(MOp.IMUL64, x, this.constant(m), this.fresh());
    this.shift(MOp.SHR64, p, 32 + shift, q);
  }

  private unsigned64(q: number, c: bigint): void {
    const exact = unsignedReciprocal(c, 64);
    if (exact !== null) {
      this.shift(MOp.SHR64, this.high(MOp.MULH_U64, exact.m), exact.shift, q);
      return;
    }
    const { m, shift } = longReciprocal(c, 64);
    const t = this.high(MOp.MULH_U64, m);
    const half = this.shift(MOp.SHR64, this.binary(MOp.SUB64, this.fromX(), t, this.fresh()), 1, this.fresh());
    this.shift(MOp.SHR64, this.binary(MOp.ADD64, half, t, this.fresh()), shift, q);
  }

  signed(v: number, c: bigint, rem: boolean): void {
    const { wide } = this;
    const bits = wide !== 0 ? 64 : 32;
    const abs = c < 0n ? -c : c;
    if (abs === 1n) {
      if (rem) this.maskX(v, 0n);
      else this.move(v);
      return;
    }
    const q = rem ? this.fresh() : v;
    // For a remainder the sign of the divisor does not matter.
    const negate = c < 0n && !rem;
    const positive = negate ? this.fresh() : q;
    if (isPowerOfTwo(abs)) {
      // Rounding towards zero: negative numbers get 2^k - 1 first.
      const k = log2(abs);
      const sign = this.shift(MOp.SAR32 + wide, this.fromX(), bits - 1, this.fresh());
      const bias = this.shift(MOp.SHR32 + wide, sign, bits - k, this.fresh());
      this.shift(MOp.SAR32 + wide, this.binary(MOp.ADD32 + wide, bias, this.fromX(), this.fresh()), k, positive);
    } else {
      this.signedQuotient(positive, abs, bits);
    }
    if (negate) this.unary(MOp.NEG32 + wide, positive, q);
    if (rem) this.remainder(v, q, abs);
  }

  /** q = (x * m >> (bits + shift)) + (x < 0). */
  private signedQuotient(q: number, abs: bigint, bits: number): void {
    const { wide } = this;
    const { m, shift } = signedReciprocal(abs, bits);
    let p: number;
    if (wide === 0) {
      const x = this.unary(MOp.MOVSXD, this.fromX(), this.fresh(), false);
      p = this.shift(MOp.SAR64, this.binary(MOp.IMUL64, x, this.constant(m), this.fresh()), 32 + shift, this.fresh());
    } else {
      p = this.high(MOp.MULH_S64, m);
      // As a signed number m is 2^64 too small.
      if (m >= 1n << 63n) p = this.binary(MOp.ADD64, p, this.fromX(), this.fresh());
      if (shift > 0) p = this.shift(MOp.SAR64, p, shift, this.fresh());
    }
    const sign = this.shift(MOp.SHR32 + wide, this.fromX(), bits - 1, this.fresh());
    this.binary(MOp.ADD32 + wide, p, sign, q);
  }

  /** v = x - q * c. */
  private remainder(v: number, q: number, c: bigint): void {
    const { wide } = this;
    let p: number;
    if (isPowerOfTwo(c)) p = this.shift(MOp.SHL32 + wide, q, log2(c), this.fresh());
    else if (c < 1n << 31n) p = this.binaryImm(MOp.IMUL32 + wide, q, Number(c), this.fresh(), false);
    else p = this.binary(MOp.IMUL32 + wide, q, this.constant(c), this.fresh());
    this.binary(MOp.SUB32 + wide, this.fromX(), p, v);
  }

  // --- building blocks; each returns its result ---

  private fresh(): number {
    return this.s.newValue(Cls.GPR);
  }

  /** -1 stands for x in the operand positions below. */
  private fromX(): number {
    return -1;
  }

  private operand(y: number): void {
    if (y < 0) this.s.use(this.x);
    else this.s.useTemp(y);
  }

  private constant(c: bigint): number {
    const { s } = this;
    const v = this.fresh();
    s.begin(c < 1n << 32n ? MOp.IMM32 : MOp.IMM64, Form.I);
    s.imm(Number(BigInt.asIntN(32, c)));
    s.imm2(Number(BigInt.asIntN(32, c >> 32n)));
    s.def(v);
    return v;
  }

  private binary(op: number, x: number, y: number, to: number): number {
    const { s } = this;
    s.begin(op, Form.RR);
    this.operand(x);
    this.operand(y);
    const add = (op & ~1) === MOp.ADD32;
    if (!add) s.tie((op & ~1) !== MOp.SUB32);
    s.def(to);
    return to;
  }

  private binaryImm(op: number, x: number, imm: number, to: number, tied: boolean): number {
    const { s } = this;
    s.begin(op, Form.RI);
    this.operand(x);
    s.imm(imm);
    if (tied) s.tie();
    s.def(to);
    return to;
  }

  private unary(op: number, x: number, to: number, tied = true): number {
    const { s } = this;
    s.begin(op, Form.R);
    this.operand(x);
    if (tied) s.tie();
    s.def(to);
    return to;
  }

  private shift(op: number, x: number, count: number, to: number): number {
    if (count === 0) return this.unary(MOp.MOV32 + (op & 1), x, to, false);
    return this.binaryImm(op, x, count, to, (op & ~1) !== MOp.SHL32 || count > 3);
  }

  private move(v: number): void {
    this.unary(MOp.MOV32 + this.wide, -1, v, false);
  }

  /** v = x & mask, where mask + 1 is a power of two. */
  private maskX(v: number, mask: bigint): void {
    const { wide } = this;
    if (mask <= 0xffffffffn) this.binaryImm(MOp.AND32, -1, Number(BigInt.asIntN(32, mask)), v, true);
    else this.binary(MOp.AND32 + wide, -1, this.constant(mask), v);
  }

  /** High 64 bits of x * m. */
  private high(op: MOp, m: bigint): number {
    const { s } = this;
    const c = this.constant(m);
    const to = this.fresh();
    s.begin(op, Form.RR);
    s.useIn(this.x, Reg.RAX);
    s.useTemp(c);
    s.clobber(X64Clobber.RAX | X64Clobber.RDX);
    s.def(to, Reg.RDX);
    return to;
  }
}
