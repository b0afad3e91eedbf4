/**
 * Modules that throw, catch and call in the place of their functions all the time, on our engine and on V8, compared bit
 * by bit: from a generator of our own with either form of `try`, and from wasm-smith with exceptions and tail calls on.
 * The oracle is V8 of Node 24, in a process of its own, and of this process for what it knows. WAMR_FUZZ_EXCEPTIONS sets
 * how many of each (default 60, quick 12), WAMR_FUZZ_SEED where they start.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, explicitEngine, modestEngine, profiledEngine, type Engine } from '../support/engine.js';
import { exceptionModule } from '../support/exception-modules.js';
import { compareRecords, runFuzzModule } from '../support/fuzz-runner.js';
import { runWasmTools } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { smith } from '../support/smith.js';
import { V8Oracle } from '../support/v8-oracle.js';

const COUNT = Number(process.env.WAMR_FUZZ_EXCEPTIONS ?? amount(60, 12));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);
const seeds = Array.from({ length: COUNT }, (_, i) => SEED + i);

/** Beside the engine as it comes: other options in turn. */
const others = (seed: number): Engine[] => [
  [
    explicitEngine,
    () => profiledEngine(seed),
    () => modestEngine(['register-locals', 'long-lives']),
    () => modestEngine(['lazy-frames', 'tail-loops']),
  ][seed % 4](),
];

describe('exceptions and tail calls against V8', () => {
  let oracle: V8Oracle;
  beforeAll(() => void (oracle = new V8Oracle()));
  afterAll(() => oracle.close());
  const seen = { modules: 0, calls: 0, thrown: 0, refused: 0 };
  afterAll(() => console.log(`exceptions and tail calls: ${JSON.stringify(seen)}`));

  const compare = async (name: string, seed: number, bytes: Uint8Array): Promise<void> => {
    const theirs = await oracle.records(name, bytes);
    if (theirs === null) {
      seen.refused++;
      return;
    }
    for (const engine of [engineUnderTest(), ...others(seed)])
      expect(compareRecords(runFuzzModule(engine, name, bytes), theirs), engine.name).toBeUndefined();
    seen.modules++;
    const calls = theirs.flatMap((r) => r.calls);
    seen.calls += calls.length;
    seen.thrown += calls.filter((c) => c.startsWith('!exception')).length;
  };

  for (const form of ['try_table', 'try'] as const) {
    it.each(seeds)(`${form}: seed %i`, async (seed) => {
      const text = exceptionModule(seed, form, seed % 3 > 0);
      await compare(`${form}-${seed}`, seed, runWasmTools(['parse', '-'], Buffer.from(text)));
    });
  }

  it.each(seeds)('wasm-smith: seed %i', async (seed) => {
    const bytes = smith(seed, ['exceptions', 'tail-call']);
    if (bytes) await compare(`smith-calls-${seed}`, seed, bytes);
  });

  it('made exceptions', () => expect(seen.thrown).toBeGreaterThan(COUNT));
});
