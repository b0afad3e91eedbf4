/**
 * Fresh modules made by wasm-smith from seeds, executed on our engine and on V8 in this process, compared bit by bit.
 * WAMR_FUZZ_COUNT sets how many (default 250, quick 40), WAMR_FUZZ_SEED where they start: `WAMR_FUZZ_SEED=1000000
 * WAMR_FUZZ_COUNT=5000 npx vitest run --project fuzz smith`. As many as WAMR_FUZZ_THREADS says (a fifth)
 * are made with atomics and shared memories.
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
import { wasmTools } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { smith } from '../support/smith.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(250, 40));
const THREADS = Number(process.env.WAMR_FUZZ_THREADS ?? Math.ceil(COUNT / 5));
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
