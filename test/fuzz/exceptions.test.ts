/**
 * Modules that throw, catch and call in the place of their functions all the time, on our engine and on V8, compared bit
 * by bit: from a generator of our own with either form of `try`, and from wasm-smith with exceptions and tail calls on.
 * The oracle is V8 of Node 24, in a process of its own. WAMR_FUZZ_EXCEPTIONS sets
 * how many of each (default 60, quick 12), WAMR_FUZZ_SEED where they start.
 */
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { engineUnderTest, explicitEngine, modestEngine, profiledEngine, type Engine } from '../support/engine.js';
import { exceptionModule, type TryForm } from '../support/exception-modules.js';
import { compareRecords, runFuzzModule } from '../support/fuzz-runner.js';
import { recordsOfNode24 } from '../support/newer-v8.js';
import { runWasmTools } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { smith } from '../support/smith.js';

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

interface Case {
  name: string;
  seed: number;
  bytes: Uint8Array;
}

/** All modules: those of both forms of `try` and of wasm-smith, which makes nothing of some seeds. */
const cases = (): Case[] =>
  seeds.flatMap((seed) => {
    const written = (form: TryForm): Case => ({
      name: `${form}-${seed}`,
      seed,
      bytes: runWasmTools(['parse', '-'], Buffer.from(exceptionModule(seed, form, seed % 3 > 0))),
    });
    const made = smith(seed, ['exceptions', 'tail-call']);
    return [
      written('try_table'),
      written('try'),
      ...(made === undefined ? [] : [{ name: `smith-calls-${seed}`, seed, bytes: made }]),
    ];
  });

describe('exceptions and tail calls against V8', () => {
  it('gives the same', () => {
    const modules = cases();
    const records = recordsOfNode24(modules, ['--experimental-wasm-exnref']);
    let calls = 0;
    let thrown = 0;
    modules.forEach(({ name, seed, bytes }, k) => {
      const theirs = records[k];
      if (typeof theirs === 'string') throw new Error(`${name}: ${theirs}`);
      for (const engine of [engineUnderTest(), ...others(seed)])
        expect(compareRecords(runFuzzModule(engine, name, bytes), theirs), `${name}, ${engine.name}`).toBeUndefined();
      const outcomes = theirs.flatMap((r) => r.calls);
      calls += outcomes.length;
      thrown += outcomes.filter((c) => c.startsWith('!exception')).length;
    });
    console.log(`exceptions and tail calls: ${modules.length} modules, ${calls} calls, ${thrown} of them threw`);
    expect(thrown).toBeGreaterThan(COUNT);
  });
});

/** Exits that never return (a rethrow) stand among the blocks of a loop that they do not belong to. */
describe('values that are used in such exits, in functions that are taken for enormous', () => {
  it.each([['try', 5_000_046] as const])('keep their slots: %s %i', (form, seed) => {
    const bytes = runWasmTools(['parse', '-'], Buffer.from(exceptionModule(seed, form, seed % 3 > 0)));
    expect(() => wamr.compileSync(bytes, { disable: ['long-lives'], verify: true })).not.toThrow();
  });
});
