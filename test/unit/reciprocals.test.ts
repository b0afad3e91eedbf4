/**
 * Reciprocals of constants (codegen/reciprocals.ts), whose numbers are pairs of words: each against the same by BigInt,
 * and every formula against division, at the edges of its range.
 */
import { describe, expect, it } from 'vitest';
import { Divisor } from '../../src-ts/codegen/reciprocals.js';
import { Random } from '../support/random-loops.js';

const isPowerOfTwo = (d: bigint): boolean => (d & (d - 1n)) === 0n;
const word = (x: bigint): number => Number(BigInt.asIntN(32, x));
const number64 = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
const factor = (d: Divisor): bigint => number64(d.factorLow, d.factorHigh);

/** Divisors: all small ones, those beside powers of two and beside what divides 2^k + 1, and some of each length. */
function divisors(bits: number): bigint[] {
  const found = new Set<bigint>();
  for (let d = 3n; d < 300n; d++) found.add(d);
  for (let k = 2n; k <= BigInt(bits); k++) for (const e of [-3n, -1n, 1n, 3n]) found.add((1n << k) + e);
  for (const d of [641n, 6700417n, 0x55555555n, 0xcccccccdn, 274177n, 0x5555555555555555n]) found.add(d);
  const random = new Random(17);
  const next = (): number => random.below(2 ** 32) | 0;
  for (let k = 3; k <= bits; k++) for (let n = 0; n < 20; n++) found.add(BigInt.asUintN(k, number64(next(), next())));
  return [...found].filter((d) => d > 2n && d < 1n << BigInt(bits) && !isPowerOfTwo(d));
}

/** Numbers in [from, to] where a quotient by d changes, and the ends. */
function dividends(d: bigint, from: bigint, to: bigint): bigint[] {
  const near = [from, to, 0n, 1n, d, (to / d) * d, ((to / d) >> 1n) * d, (from / d) * d];
  return near.flatMap((x) => [x - 1n, x, x + 1n]).filter((x) => x >= from && x <= to);
}

describe.each([32, 64] as const)('of %i bits', (bits) => {
  const size = BigInt(bits);
  const top = (1n << size) - 1n;

  it('unsigned quotients are exact, by the reciprocal that has room or by the other two', () => {
    let exact = 0;
    let others = 0;
    for (const d of divisors(bits)) {
      const divisor = new Divisor();
      expect(divisor.take(word(d), word(d >> 32n), bits, false)).toBe(true);
      expect([number64(divisor.low, divisor.high), divisor.isNegative, divisor.isPower]).toEqual([d, false, false]);
      expect(BigInt(divisor.log2)).toBe(BigInt(d.toString(2).length - 1));
      const isShort = divisor.unsigned();
      const m = factor(divisor);
      const shift = BigInt(divisor.shift);
      expect(m).toBeLessThanOrEqual(top);
      // What is found is the smallest factor that is not too small, and it is refused only if no other is exact.
      const power = 1n << (size + shift);
      expect(m).toBe(power / d + (isShort ? 1n : 0n));
      expect(isShort).toBe((power / d + 1n) * d - power <= 1n << shift);
      if (isShort) {
        exact++;
        for (const x of dividends(d, 0n, top)) expect((x * m) >> (size + shift)).toBe(x / d);
        continue;
      }
      others++;
      divisor.lengthen();
      const long = factor(divisor);
      expect(long).toBe(BigInt.asUintN(bits, (1n << (size + shift + 1n)) / d + 1n));
      for (const x of dividends(d, 0n, top)) {
        expect(((x + 1n) * m) >> (size + shift)).toBe(x / d);
        const t = (x * long) >> size;
        expect((((x - t) >> 1n) + t) >> shift).toBe(x / d);
      }
    }
    expect(Math.min(exact, others)).toBeGreaterThan(20);
  });

  it('signed quotients are exact', () => {
    const half = 1n << (size - 1n);
    for (const d of divisors(bits - 1)) {
      for (const c of [d, -d]) {
        const divisor = new Divisor();
        expect(divisor.take(word(c), word(c >> 32n), bits, true)).toBe(true);
        expect([number64(divisor.low, divisor.high), divisor.isNegative]).toEqual([d, c < 0n]);
        divisor.signed();
        const m = factor(divisor);
        const shift = BigInt(divisor.shift);
        expect(m).toBeLessThanOrEqual(top);
        const power = 1n << (size + shift);
        expect(m).toBe(power / d + 1n);
        for (const x of dividends(d, -half, half - 1n))
          expect(((x * m) >> (size + shift)) + (x < 0n ? 1n : 0n)).toBe(x / d);
      }
    }
  });

  it('powers of two, with either sign', () => {
    for (let k = 0; k < bits; k++) {
      const c = 1n << BigInt(k);
      const divisor = new Divisor();
      expect(divisor.take(word(c), word(c >> 32n), bits, false)).toBe(true);
      expect([divisor.isPower, divisor.log2]).toEqual([true, k]);
      // -1, and the smallest number, whose sign cannot be taken away, stay divisions.
      expect(divisor.take(word(-c), word(-c >> 32n), bits, true)).toBe(k > 0 && k < bits - 1);
      if (k > 0 && k < bits - 1) expect([divisor.isPower, divisor.isNegative, divisor.log2]).toEqual([true, true, k]);
    }
  });
});

it('divisors are read with or without sign, and 0 is none', () => {
  const d = new Divisor();
  const taken = (low: number, high: number, bits: number, signed: boolean): unknown =>
    d.take(low, high, bits, signed) && [number64(d.low, d.high), d.isNegative];
  expect(taken(-7, 5, 32, true)).toEqual([7n, true]);
  expect(taken(-7, 5, 32, false)).toEqual([0xfffffff9n, false]);
  expect(taken(-7, -1, 64, true)).toEqual([7n, true]);
  expect(taken(1, -1, 64, false)).toEqual([0xffffffff00000001n, false]);
  expect(taken(0, -2, 64, true)).toEqual([2n << 32n, true]);
  expect(taken(0, 5, 32, true)).toBe(false);
  expect(taken(0, 0, 64, false)).toBe(false);
});
