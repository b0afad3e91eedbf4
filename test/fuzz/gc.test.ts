/**
 * Fresh modules that wasm-smith makes with garbage collection, exceptions and tail calls, on our engine and on V8 of
 * Node 24 in another process, compared bit by bit. WAMR_FUZZ_GC sets how many (default 100, quick 20), WAMR_FUZZ_SEED
 * where they start; WAMR_NATIVE_GC_STRESS=1 collects before every object that is made.
 */
import { describe, expect, it } from 'vitest';
import { addon } from '../support/addon.js';
import {
  type Engine,
  engineUnderTest,
  explicitEngine,
  modestEngine,
  nativeEngine,
  profiledEngine,
} from '../support/engine.js';
import { compareRecords, type FuncRecord, runFuzzModule } from '../support/fuzz-runner.js';
import { recordsOfNode24 } from '../support/newer-v8.js';
import { amount } from '../support/quick.js';
import { smith } from '../support/smith.js';

const COUNT = Number(process.env.WAMR_FUZZ_GC ?? amount(100, 20));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);
/** Of one process of V8. */
const BATCH = 250;

// Made once: an engine keeps the wrappers that it has compiled.
const OTHERS: readonly Engine[] = [
  nativeEngine(),
  explicitEngine(),
  modestEngine(['long-lives']),
  modestEngine(['register-locals', 'long-lives']),
  modestEngine(['register-locals']),
  profiledEngine(SEED),
];

/** Beside the engine as it comes, every other module runs with other options. */
const others = (seed: number): Engine[] => ((seed & 1) === 0 ? [] : [OTHERS[(seed >> 1) % OTHERS.length]]);

/** Bytes of all objects that our engine has made in this thread. */
const bytesMade = (): number => (addon() as { heapMade(): number }).heapMade();

describe('garbage collection, exceptions and tail calls against V8 of Node 24', () => {
  const seen = { modules: 0, functions: 0, calls: 0, traps: 0, made: 0 };
  const batches = Array.from({ length: Math.ceil(COUNT / BATCH) }, (_, i) => SEED + i * BATCH);

  it.each(batches)('seeds from %i on', (first) => {
    const modules = [];
    const ours: FuncRecord[][] = [];
    const different: string[] = [];
    for (let seed = first; seed < Math.min(first + BATCH, SEED + COUNT); seed++) {
      const bytes = smith(seed, ['gc', 'exceptions', 'tail-call']);
      if (bytes === undefined) continue;
      const name = `gc-${seed}`;
      const records = runFuzzModule(engineUnderTest(), name, bytes, { references: true, bytesMade });
      ours.push(records);
      modules.push({ seed, name, bytes, options: { references: true, functions: records.length } });
    }
    const oracle = recordsOfNode24(modules, ['--experimental-wasm-exnref']);
    expect(oracle.length).toBe(modules.length);
    modules.forEach(({ seed, name, bytes, options }, i) => {
      const theirs = oracle[i];
      if (typeof theirs === 'string') throw new Error(`V8 refuses ${name}: ${theirs}`);
      for (const [engine, records] of [
        [engineUnderTest(), ours[i]] as const,
        ...others(seed).map((e) => [e, runFuzzModule(e, name, bytes, options)] as const),
      ]) {
        const difference = compareRecords(records, theirs);
        if (difference !== undefined) different.push(`${name}, ${engine.name}: ${difference}`);
      }
      seen.modules++;
      seen.functions += ours[i].length;
      for (const { calls, made } of ours[i]) {
        seen.calls += calls.length;
        seen.traps += calls.filter((c) => c.startsWith('!')).length;
        seen.made += made ?? 0;
      }
    });
    expect(different).toEqual([]);
  });

  it('had what they are about', () => {
    console.log(`gc: ${JSON.stringify(seen)}`);
    // A comparison of modules that do nothing proves nothing.
    expect(seen.modules).toBeGreaterThan(COUNT / 2);
    expect(seen.made).toBeGreaterThan(seen.modules);
  });
});
