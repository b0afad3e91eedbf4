/** How often loops run, by counting. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Op } from '../../src-ts/ir/ops.js';
import { iterations } from '../../src-ts/opt/induction.js';

const HOLDS: [Op, (x: number, limit: number) => boolean][] = [
  [Op.I32_NE, (x, y) => x !== y],
  [Op.I32_EQ, (x, y) => x === y],
  [Op.I32_LT_U, (x, y) => x < y],
  [Op.I32_LE_U, (x, y) => x <= y],
  [Op.I32_GT_U, (x, y) => x > y],
  [Op.I32_GE_U, (x, y) => x >= y],
  [Op.I32_LT_S, (x, y) => (x | 0) < (y | 0)],
  [Op.I32_LE_S, (x, y) => (x | 0) <= (y | 0)],
  [Op.I32_GT_S, (x, y) => (x | 0) > (y | 0)],
  [Op.I32_GE_S, (x, y) => (x | 0) >= (y | 0)],
];
const MOST = 300;

/** As the loop does it; -1 after MOST rounds. */
function counted(holds: (x: number, limit: number) => boolean, first: number, step: number, limit: number): number {
  for (let n = 1, x = first; n <= MOST; n++, x = (x + step) >>> 0) if (!holds(x, limit)) return n;
  return -1;
}

it('iterations are what a loop makes', () => {
  const near = fc
    .tuple(fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff, 1000), fc.integer({ min: -120, max: 120 }))
    .map(([x, y]) => (x + y) >>> 0);
  const step = fc.integer({ min: -9, max: 9 }).filter((x) => x !== 0);
  let known = 0;
  fc.assert(
    fc.property(fc.constantFrom(...HOLDS), near, step, near, ([op, holds], first, by, limit) => {
      const n = iterations(op, first, by, limit);
      if (n < 0 || n > MOST) return;
      known++;
      expect(n).toBe(counted(holds, first, by, limit));
    }),
    { numRuns: 20_000 },
  );
  expect(known).toBeGreaterThan(3000);
});
