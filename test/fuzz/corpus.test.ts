/** The corpus of ../shared/fuzz (1,500 modules made by wasm-smith) against Wasmtime's recorded answers. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { engineUnderTest, profiledEngine } from '../support/engine.js';
import { compareRecords, type FuncRecord, runFuzzModule } from '../support/fuzz-runner.js';
import { SHARED } from '../support/peers.js';
import { amount } from '../support/quick.js';

const folder = path.join(SHARED, 'fuzz');
const oracleFile = path.join(folder, 'oracle-wasmtime.jsonl');
/** `npm test -- --quick` takes one module in eight. */
const STRIDE = amount(1, 8);

// The corpus belongs to ../shared; without it, the fresh modules of smith.test.ts are the fuzzing.
describe('fuzz corpus against Wasmtime', () => {
  if (!fs.existsSync(oracleFile)) return it.skip('NOT RUN: ../shared is absent', () => {});
  const engine = engineUnderTest();
  const oracle = new Map<string, FuncRecord[]>();
  for (const line of fs.readFileSync(oracleFile, 'utf8').split('\n')) {
    if (line === '') continue;
    const { m, r } = JSON.parse(line) as { m: string; r: FuncRecord[] };
    oracle.set(m, r);
  }
  const names = [...oracle.keys()].filter((_, i) => i % STRIDE === 0);

  it.each(names)('%s', (name) => {
    const records = runFuzzModule(engine, name, fs.readFileSync(path.join(folder, name)));
    expect(compareRecords(records, oracle.get(name)!)).toBeUndefined();
  });

  describe.skipIf(process.env.WAMR_TEST_ENGINE === 'v8')('whatever a profile says', () => {
    it.each(names.filter((_, i) => i % 3 === 0))('%s', (name) => {
      const records = runFuzzModule(
        profiledEngine(names.indexOf(name)),
        name,
        fs.readFileSync(path.join(folder, name)),
      );
      expect(compareRecords(records, oracle.get(name)!)).toBeUndefined();
    });
  });
});
