/**
 * Fresh modules with several memories, some with 64-bit addresses, and tables with 64-bit indices, on our engine and on
 * V8 of Node 24, compared bit by bit. WAMR_FUZZ_COUNT and WAMR_FUZZ_SEED as in smith.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { explicitEngine, modestEngine, nativeEngine, wamrEngine } from '../support/engine.js';
import { compareRecords, runFuzzModule } from '../support/fuzz-runner.js';
import { recordsOfNode24 } from '../support/newer-v8.js';
import { amount } from '../support/quick.js';
import { smith } from '../support/smith.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(100, 20));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);
const BATCH = 50;

/** Every module runs with explicit checks too, every fourth with other options instead. */
const other = (seed: number): typeof explicitEngine =>
  seed % 8 === 0
    ? nativeEngine
    : seed % 4 === 0
      ? () => modestEngine(['register-locals', 'long-lives'])
      : explicitEngine;

describe('memories against V8 of Node 24', () => {
  const seen = { modules: 0, several: 0, memory64: 0, table64: 0 };
  const batches = Array.from({ length: Math.ceil(COUNT / BATCH) }, (_, i) => SEED + i * BATCH);

  it.each(batches)('seeds from %i on', (first) => {
    const modules = [];
    for (let seed = first; seed < Math.min(first + BATCH, SEED + COUNT); seed++) {
      const bytes = smith(seed, ['memory64'], 4);
      if (bytes !== undefined) modules.push({ seed, name: `memories-${seed}`, bytes });
    }
    const oracle = recordsOfNode24(modules);
    expect(oracle.length).toBe(modules.length);
    modules.forEach(({ seed, name, bytes }, i) => {
      const theirs = oracle[i];
      if (typeof theirs === 'string') throw new Error(`V8 refuses ${name}: ${theirs}`);
      for (const engine of [wamrEngine(), other(seed)()])
        expect(compareRecords(runFuzzModule(engine, name, bytes), theirs), `${name}, ${engine.name}`).toBeUndefined();
      const m = decodeModule(bytes);
      seen.modules++;
      if (m.memories.length > 1) seen.several++;
      if (m.memories.some((memory) => memory.address64)) seen.memory64++;
      if (m.tables.some((table) => table.address64)) seen.table64++;
    });
  });

  it('had what they are about', () => {
    console.log(`memories: ${JSON.stringify(seen)}`);
    for (const n of Object.values(seen)) expect(n).toBeGreaterThan(COUNT / 20);
  });
});
