/**
 * Division by constants as multiplication by a reciprocal (Granlund & Montgomery, PLDI 1994; Warren, Hacker's Delight,
 * chapter 10): the numbers, without the instructions. BigInt, because divisions by constants are rare.
 *
 * In all of them d is the divisor as a positive number that is no power of two, and m / 2^(bits + shift) is slightly
 * more than 1 / d, so that the product rounded down is the quotient for every x of that many bits.
 */

/** Largest k with 2^k <= c, for c > 0. */
export const log2 = (c: bigint): number => c.toString(2).length - 1;

/** Whether c > 0 is a power of two. */
export const isPowerOfTwo = (c: bigint): boolean => (c & (c - 1n)) === 0n;

export interface Reciprocal {
  m: bigint;
  shift: number;
}

/** What the divisor c (not 0) divides by, for one operation: its bits as a number with or without sign. */
export function divisorOf(low: number, high: number, bits: 32 | 64, signed: boolean): bigint {
  const raw = bits === 64 ? (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0) : BigInt(low >>> 0);
  return signed ? BigInt.asIntN(bits, raw) : raw;
}

/** Unsigned: `m` has at most `bits` bits, or null if none that short is exact (then it takes the functions below). */
export function unsignedReciprocal(d: bigint, bits: number): Reciprocal | null {
  const shift = log2(d);
  const power = 1n << BigInt(bits + shift);
  const m = power / d + 1n;
  return m * d - power <= 1n << BigInt(shift) ? { m, shift } : null;
}

/** Unsigned, where the above is null: x / d = (x + 1) * m >> (bits + shift), with a product of 2 * bits bits. */
export function roundedDownReciprocal(d: bigint, bits: number): Reciprocal {
  const shift = log2(d);
  return { m: (1n << BigInt(bits + shift)) / d, shift };
}

/**
 * Unsigned, where the first is null: `m` is the low `bits` bits of a reciprocal with one bit more. With t = x * m >>
 * bits, the quotient is (((x - t) >> 1) + t) >> shift, which does not overflow.
 */
export function longReciprocal(d: bigint, bits: number): Reciprocal {
  const shift = log2(d);
  return { m: BigInt.asUintN(bits, (1n << BigInt(bits + shift + 1)) / d + 1n), shift };
}

/** Signed: the quotient is (x * m >> (bits + shift)) + (x < 0), with `m` below 2^bits. */
export function signedReciprocal(d: bigint, bits: number): Reciprocal {
  for (let shift = 0; ; shift++) {
    const power = 1n << BigInt(bits + shift);
    const m = power / d + 1n;
    if (m * d - power <= 1n << BigInt(shift + 1)) return { m, shift };
  }
}
