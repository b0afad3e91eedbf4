/**
 * Fresh modules made by wasm-smith from seeds, executed on our engine and on V8 in this process, compared bit by bit.
 * WAMR_FUZZ_COUNT sets how many (default 250, quick 40), WAMR_FUZZ_SEED where they start: `WAMR_FUZZ_SEED=1000000
 * WAMR_FUZZ_COUNT=5000 npx vitest run --project fuzz smith`. As many as WAMR_FUZZ_THREADS says (a fifth)
 * are made with atomics and shared memories, as many as WAMR_FUZZ_GC says with garbage collection, exceptions and tail
 * calls.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { skipImmediates } from '../../src-ts/ir/scan.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import {
  type Engine,
  engineUnderTest,
  explicitEngine,
  nativeEngine,
  modestEngine,
  v8Engine,
} from '../support/engine.js';
import { compareRecords, runFuzzModule } from '../support/fuzz-runner.js';
import { addon } from '../support/addon.js';
import { wasmTools } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { smith } from '../support/smith.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(250, 40));
const THREADS = Number(process.env.WAMR_FUZZ_THREADS ?? Math.ceil(COUNT / 5));
const GC = Number(process.env.WAMR_FUZZ_GC ?? Math.ceil(COUNT / 5));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);

/** Beside the engine as it comes, every other module runs with other options. */
function others(seed: number): Engine[] {
  if (process.env.WAMR_TEST_ENGINE === 'v8' || (seed & 1) === 0) return [];
  const makers = [
    nativeEngine,
    explicitEngine,
    () => modestEngine(['long-lives']),
    () => modestEngine(['register-locals', 'long-lives']),
    () => modestEngine(['register-locals']),
  ];
  return [makers[(seed >> 1) % makers.length]()];
}

let missing: string | undefined;
try {
  wasmTools();
} catch (e) {
  missing = String(e);
}

describe('fresh modules against V8', () => {
  it('has wasm-smith', () => {
    expect(missing).toBeUndefined();
  });

  const compare = (seed: number, bytes: Uint8Array): void => {
    const name = `smith-${seed}`;
    const theirs = runFuzzModule(v8Engine, name, bytes);
    for (const engine of [engineUnderTest(), ...others(seed)])
      expect(compareRecords(runFuzzModule(engine, name, bytes), theirs), engine.name).toBeUndefined();
  };
  const seeds = missing ? [] : Array.from({ length: COUNT }, (_, i) => SEED + i);

  it.each(seeds)('seed %i', (seed) => {
    const bytes = smith(seed);
    if (bytes) compare(seed, bytes);
  });

  // Node 20 to 22 have it in part or not at all; `npm run test:nodes` runs these in newer ones.
  const gc = { compared: 0, functions: 0, calls: 0, traps: 0, made: 0 };
  it
    .skipIf(!hasGc() || !engineUnderTest().features.has('gc'))
    .each(missing ? [] : Array.from({ length: GC }, (_, i) => SEED + i))('gc: seed %i', (seed) => {
    const bytes = smith(seed, ['gc', 'exceptions', 'tail-call']);
    if (!bytes) return;
    const name = `gc-${seed}`;
    const theirs = runFuzzModule(v8Engine, name, bytes, true);
    const ours = runFuzzModule(engineUnderTest(), name, bytes, true, bytesMade);
    expect(compareRecords(ours, theirs)).toBeUndefined();
    for (const engine of others(seed))
      expect(compareRecords(runFuzzModule(engine, name, bytes, true), theirs), engine.name).toBeUndefined();
    gc.compared++;
    gc.functions += ours.length;
    for (const { calls, made } of ours) {
      gc.calls += calls.length;
      gc.traps += calls.filter((c) => c.startsWith('!')).length;
      gc.made += made ?? 0;
    }
  });
  afterAll(() => {
    console.log(`gc: ${JSON.stringify(gc)}`);
    // A comparison of modules that do nothing proves nothing.
    if (gc.compared >= 20 && process.env.WAMR_TEST_ENGINE !== 'v8') expect(gc.made).toBeGreaterThan(gc.compared);
  });

  const threads = { compared: 0, atomic: 0, shared: 0, waiting: 0 };
  it.each(missing ? [] : Array.from({ length: THREADS }, (_, i) => SEED + i))('threads: seed %i', (seed) => {
    const bytes = smith(seed, ['threads']);
    if (!bytes) return;
    const shared = decodeModule(bytes).memories[0]?.shared === true;
    const { atomics, waits } = findAtomics(bytes);
    if (shared && waits) {
      // Nobody would wake them.
      threads.waiting++;
      return;
    }
    compare(seed, bytes);
    threads.compared++;
    if (shared) threads.shared++;
    if (atomics) threads.atomic++;
  });
  afterAll(() => console.log(`threads: ${JSON.stringify(threads)}`));
});

/** Bytes of all objects that our engine has made in this thread. */
function bytesMade(): number {
  return process.env.WAMR_TEST_ENGINE === 'v8' ? 0 : (addon() as { heapMade(): number }).heapMade();
}

/** Whether V8 has structures. */
function hasGc(): boolean {
  return WebAssembly.validate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 3, 1, 0x5f, 0));
}

/** Whether the module has atomic operators, and waits anywhere. */
function findAtomics(bytes: Uint8Array): { atomics: boolean; waits: boolean } {
  const found = { atomics: false, waits: false };
  const m = decodeModule(bytes);
  for (let d = 0; d < m.bodyStart.length; d++) {
    let p = m.bodyStart[d];
    const leb = (): number => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[p++];
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    for (let groups = leb(); groups > 0; groups--) {
      leb();
      p++;
    }
    while (p < m.bodyEnd[d]) {
      const op = bytes[p++];
      if (op === 0xfe) {
        found.atomics = true;
        if (bytes[p] === 1 || bytes[p] === 2) found.waits = true;
      }
      p = skipImmediates(bytes, p, op);
    }
  }
  return found;
}
