import { describe, expect, it } from 'vitest';
import { Allocator } from '../../src-ts/codegen/regalloc/index.js';
import { Switches } from '../../src-ts/util/switches.js';
import { allocateRegisters } from '../support/phases.js';
import { amount } from '../support/quick.js';
import { randomMach } from './random-mach.js';

/** WAMR_TEST_REGALLOC_SEEDS=from,to widens the search. */
const [from, to] = (process.env.WAMR_TEST_REGALLOC_SEEDS ?? `1,${amount(700, 120)}`).split(',').map(Number);

describe('random machine functions', () => {
  it('allocates every one, and the checker agrees', () => {
    for (let seed = from; seed < to; seed++) {
      try {
        allocateRegisters(randomMach(seed), { verify: true });
      } catch (e) {
        throw new Error(`seed ${seed}: ${(e as Error).message}`);
      }
    }
  });
  it('with values that stay in memory between blocks', () => {
    const allocator = new Allocator(new Switches(['long-lives']).enabled);
    for (let seed = from; seed < to; seed++) {
      try {
        allocator.run(randomMach(seed), { verify: true });
      } catch (e) {
        throw new Error(`seed ${seed}: ${(e as Error).message}`);
      }
    }
  });
  for (const n of [0, 1, 2, 3, 4]) {
    it(`with ${n} callee-saved registers`, () => {
      for (let seed = from; seed < from + (to - from) / 3; seed++) {
        try {
          const ra = allocateRegisters(randomMach(seed), { verify: true, savedRegs: n });
          expect(ra.weights.saves).toBeLessThanOrEqual(n);
        } catch (e) {
          throw new Error(`seed ${seed}: ${(e as Error).message}`);
        }
      }
    });
  }
});
