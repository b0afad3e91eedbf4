/**
 * Random programs about objects: structures, arrays, casts, globals with constant expressions, tables, segments,
 * exceptions that carry references, calls that suspend. What each call gives and leaves behind is what a model in
 * JavaScript says (gc-model.ts), on this engine in several configurations, with a collection before every object, and
 * on V8 of Node 24, which proves the model. WAMR_FUZZ_GC_PROGRAMS sets how many (default 20, quick 4), WAMR_FUZZ_SEED
 * where they start.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Case, Counts } from '../support/gc-acts.js';
import { gcProgram } from '../support/gc-programs/program.js';
import { type ChildOptions, runBundled } from '../support/newer-v8.js';
import { runWasmTools } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { nodeOf } from '../support/registry.js';

const COUNT = Number(process.env.WAMR_FUZZ_GC_PROGRAMS ?? amount(20, 4));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);
const ACTS = 30;

describe('programs about objects', () => {
  let cases: Case[];
  beforeAll(() => {
    cases = Array.from({ length: COUNT }, (_, i) => {
      const seed = SEED + i;
      const bytes = runWasmTools(['parse', '-'], Buffer.from(gcProgram(seed).text)).toString('base64');
      return { seed, bytes, acts: ACTS };
    });
  });

  /** Nothing was different; what happened, in all. */
  function run(node: string, engine: string, some: readonly Case[], options: ChildOptions = {}): void {
    const input = some.map((c) => `${JSON.stringify(c)}\n`).join('');
    const lines = runBundled(node, 'gc-acts.ts', input, { ...options, args: [engine] })
      .trimEnd()
      .split('\n');
    const results = lines.map((line) => JSON.parse(line) as string | Counts);
    expect(results.length).toBe(some.length);
    expect(results.flatMap((r, i) => (typeof r === 'string' ? [`seed ${some[i].seed}: ${r}`] : []))).toEqual([]);
    const total = (what: keyof Counts): number => results.reduce((n, r) => n + (r as Counts)[what], 0);
    const counts = (['calls', 'traps', 'exceptions', 'suspensions', 'objects'] as const).map(
      (w) => [w, total(w)] as const,
    );
    console.log(`${engine}: ${counts.map(([what, n]) => `${n} ${what}`).join(', ')}`);
    // Few programs may be without any of these.
    if (some.length >= 20)
      for (const [what, n] of counts) if (what !== 'traps') expect(n, what).toBeGreaterThan(some.length);
  }

  it('on V8 of Node 24', () =>
    run(nodeOf(24), 'v8', cases, { flags: ['--experimental-wasm-exnref', '--experimental-wasm-jspi'] }));

  it.each(['wamr', 'explicit', 'native', 'modest'])('on this engine: %s', (engine) =>
    run(process.execPath, engine, engine === 'wamr' ? cases : cases.slice(0, COUNT / 2)),
  );

  it('with a collection before every object', () =>
    run(process.execPath, 'wamr', cases.slice(0, COUNT / 2), { env: { WAMR_NATIVE_GC_STRESS: '1' } }));
});
