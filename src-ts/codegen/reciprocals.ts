/**
 * Division by constants as multiplication by a reciprocal (Granlund & Montgomery, PLDI 1994; Warren, Hacker's Delight,
 * chapter 10): the numbers, without the instructions (select/divide.ts). Numbers of 64 bits are two words.
 *
 * In all of it the divisor d is a positive number that is no power of two, and m / 2^(bits + shift) is slightly more
 * than 1 / d, so that the product rounded down is the quotient for every x of that many bits.
 */

/** Largest k with 2^k <= high:low, an unsigned number other than 0. */
const log2Of = (low: number, high: number): number => (high !== 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(low));

const isPowerOfTwo = (low: number, high: number): boolean =>
  high === 0 ? (low & (low - 1)) === 0 : low === 0 && (high & (high - 1)) === 0;

/** A constant divisor and its reciprocal. */
export class Divisor {
  /** The divisor without its sign. */
  low = 0;
  high = 0;
  isNegative = false;
  /** Largest k with 2^k <= d. */
  log2 = 0;
  isPower = false;
  /** m, and how far the product's upper half is shifted. */
  factorLow = 0;
  factorHigh = 0;
  shift = 0;
  private bits = 0;
  /** What is left of the power of two that was divided by d: factor * d + rest. */
  private restLow = 0;
  private restHigh = 0;

  /**
   * Takes up the constant high:low of an operation of 32 or 64 bits (of 32, `high` is not looked at). False where the
   * division has to stay one: by 0, and by the signed -1 and the smallest number.
   */
  take(low: number, high: number, bits: number, signed: boolean): boolean {
    const wide = bits === 64;
    if (!wide) high = 0;
    this.bits = bits;
    this.isNegative = signed && (wide ? high : low) < 0;
    if (this.isNegative) {
      if (wide) high = (~high + (low === 0 ? 1 : 0)) | 0;
      low = -low | 0;
    }
    this.low = low;
    this.high = high;
    if ((low | high) === 0) return false;
    this.log2 = log2Of(low, high);
    this.isPower = isPowerOfTwo(low, high);
    return !this.isNegative || (this.log2 !== 0 && this.log2 !== bits - 1);
  }

  /**
   * Unsigned: whether there is an m of at most `bits` bits. Else x / d = (x + 1) * m >> (bits + shift) with the m that
   * this leaves (rounded down), by a product of 2 * bits bits, or what `lengthen` makes of it.
   */
  unsigned(): boolean {
    this.divide(this.bits);
    this.shift = this.log2;
    if (!this.isWithin(this.shift)) return false;
    this.roundUp();
    return true;
  }

  /**
   * After `unsigned` was false: m becomes the low `bits` bits of a reciprocal with one bit more. With t = x * m >> bits
   * the quotient is (((x - t) >> 1) + t) >> shift, which does not overflow.
   */
  lengthen(): void {
    this.divideOn();
    this.roundUp();
    if (this.bits === 32) this.factorHigh = 0;
  }

  /** Signed: the quotient is (x * m >> (bits + shift)) + (x < 0), with m below 2^bits. */
  signed(): void {
    this.divide(this.bits - this.log2);
    this.shift = 0;
    while (!this.isWithin(this.shift + 1)) {
      this.divideOn();
      this.shift++;
    }
    this.roundUp();
  }

  /** factor = 2^(log2 + n) / d, rounded down. */
  private divide(n: number): void {
    this.factorLow = this.factorHigh = 0;
    this.restLow = this.log2 < 32 ? 1 << this.log2 : 0;
    this.restHigh = this.log2 < 32 ? 0 : 1 << (this.log2 - 32);
    for (let k = 0; k < n; k++) this.divideOn();
  }

  /** One bit more of the quotient: of twice the number divided. */
  private divideOn(): void {
    const carry = this.restHigh < 0;
    let low = this.restLow << 1;
    let high = (this.restHigh << 1) | (this.restLow >>> 31);
    const goes = carry || high >>> 0 > this.high >>> 0 || (high === this.high && low >>> 0 >= this.low >>> 0);
    if (goes) {
      const borrow = low >>> 0 < this.low >>> 0 ? 1 : 0;
      low = (low - this.low) | 0;
      high = (((high - this.high) | 0) - borrow) | 0;
    }
    this.restLow = low;
    this.restHigh = high;
    this.factorHigh = (this.factorHigh << 1) | (this.factorLow >>> 31);
    this.factorLow = (this.factorLow << 1) | (goes ? 1 : 0);
  }

  /** Whether (factor + 1) * d is at most 2^k above the power of two that was divided. */
  private isWithin(k: number): boolean {
    const borrow = this.low >>> 0 < this.restLow >>> 0 ? 1 : 0;
    const low = (this.low - this.restLow) | 0;
    const high = (((this.high - this.restHigh) | 0) - borrow) | 0;
    const top = log2Of(low, high);
    return top < k || (top === k && isPowerOfTwo(low, high));
  }

  private roundUp(): void {
    this.factorLow = (this.factorLow + 1) | 0;
    if (this.factorLow === 0) this.factorHigh = (this.factorHigh + 1) | 0;
  }
}
