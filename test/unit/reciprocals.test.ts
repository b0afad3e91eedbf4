/** Reciprocals of constants: every formula of codegen/reciprocals.ts against division, at the edges of its range. */
import { describe, expect, it } from 'vitest';
import {
  divisorOf,
  isPowerOfTwo,
  log2,
  longReciprocal,
  roundedDownReciprocal,
  signedReciprocal,
  unsignedReciprocal,
} from '../../src-ts/codegen/reciprocals.js';

/** Divisors: all small ones, and those beside powers of two and beside what divides 2^k + 1. */
function divisors(bits: number): bigint[] {
  const found = new Set<bigint>();
  for (let d = 3n; d < 300n; d++) found.add(d);
  for (let k = 2n; k <= BigInt(bits); k++) for (const e of [-3n, -1n, 1n, 3n]) found.add((1n << k) + e);
  for (const d of [641n, 6700417n, 0x55555555n, 0xcccccccdn, 274177n, 0x5555555555555555n]) found.add(d);
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
      const short = unsignedReciprocal(d, bits);
      const down = roundedDownReciprocal(d, bits);
      const long = longReciprocal(d, bits);
      for (const x of dividends(d, 0n, top)) {
        if (short !== null) {
          expect((x * short.m) >> (size + BigInt(short.shift))).toBe(x / d);
          continue;
        }
        expect(((x + 1n) * down.m) >> (size + BigInt(down.shift))).toBe(x / d);
        const t = (x * long.m) >> size;
        expect((((x - t) >> 1n) + t) >> BigInt(long.shift)).toBe(x / d);
      }
      if (short !== null) {
        expect(short.m).toBeLessThanOrEqual(top);
        exact++;
      } else others++;
      expect(down.m).toBeLessThanOrEqual(top);
      expect(long.m).toBeLessThanOrEqual(top);
    }
    expect(Math.min(exact, others)).toBeGreaterThan(20);
  });

  it('signed quotients are exact', () => {
    const half = 1n << (size - 1n);
    for (const d of divisors(bits - 1)) {
      const { m, shift } = signedReciprocal(d, bits);
      expect(m).toBeLessThanOrEqual(top);
      for (const x of dividends(d, -half, half - 1n))
        expect(((x * m) >> (size + BigInt(shift))) + (x < 0n ? 1n : 0n)).toBe(x / d);
    }
  });
});

it('divisors are read with or without sign', () => {
  expect(divisorOf(-7, 5, 32, true)).toBe(-7n);
  expect(divisorOf(-7, 5, 32, false)).toBe(0xfffffff9n);
  expect(divisorOf(-7, -1, 64, true)).toBe(-7n);
  expect(divisorOf(1, -1, 64, false)).toBe(0xffffffff00000001n);
  expect([1n, 2n, 3n, 4n, 1n << 63n].map(log2)).toEqual([0, 1, 1, 2, 63]);
});
