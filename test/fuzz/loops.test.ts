/**
 * Random loops (test/support/random-reductions.ts) against V8: the same result and memory, whether they end or trap, in
 * both bounds modes and for both sets of instructions.
 */
import { expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { difference, outcomes } from '../support/random-loops.js';
import { randomReductions } from '../support/random-reductions.js';
import { wat } from '../support/wat.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(300, 60));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);

it.each([{}, { bounds: 'explicit' }, { target: 'x86-64-v3' }] as const)(
  'as V8: %o',
  { timeout: 600_000 },
  (options) => {
    let ended = 0;
    for (let seed = SEED; seed < SEED + COUNT; seed++) {
      const program = randomReductions(seed);
      const bytes = wat(program.text);
      const v8 = outcomes(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports, program, seed);
      const artefact = wamr.compileSync(bytes, { verify: true, ...options });
      const own = outcomes(new wamr.Instance(wamr.load(artefact)).exports, program, seed);
      expect(difference(own, v8), `seed ${seed}\n${program.text}\n${JSON.stringify(program.calls)}`).toBeUndefined();
      ended += v8.filter(({ result }) => result !== 'trap').length;
    }
    expect(ended).toBeGreaterThan(COUNT);
  },
);
