/**
 * The builder and the passes against independent judges, without machine code: the IR of the fuzz corpus and of the
 * specification suite is interpreted. Each function is verified, printed, parsed and verified again on the way, so the
 * text form is tested on everything too.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFunc } from '../../src-ts/ir/parse.js';
import { printFunc } from '../../src-ts/ir/print.js';
import { compareRecords, type FuncRecord, runFuzzModule } from '../support/fuzz-runner.js';
import type { Func } from '../../src-ts/ir/func.js';
import { irEngine } from '../support/ir-interp.js';
import { runPasses } from '../support/phases.js';
import { SHARED } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';
import { runSpecScript } from '../support/spec-runner.js';
import { Feature } from '../../src-ts/wasm/proposals.js';

function optimised(f: Func): Func {
  runPasses(f);
  // Passes may leave numbers in any order, the parser counts: the second text is the one to keep.
  const text = printFunc(parseFunc(printFunc(f)));
  const parsed = parseFunc(text);
  expect(printFunc(parsed)).toBe(text);
  return parsed;
}
const engine = irEngine(optimised);

const STRIDE = amount(1, 8);
const oracleFile = path.join(SHARED, 'fuzz', 'oracle-wasmtime.jsonl');
const suite = path.join(SHARED, 'spec', 'spec-2.0');

describe('interpreted fuzz corpus', () => {
  if (!fs.existsSync(oracleFile)) return it.skip('NOT RUN: ../shared is absent', () => {});
  const records = fs
    .readFileSync(oracleFile, 'utf8')
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as { m: string; r: FuncRecord[] });
  const scalar = records.filter(({ m }) => !m.startsWith('simd')).filter((_, i) => i % STRIDE === 0);
  const groups = [...new Set(scalar.map(({ m }) => m.slice(0, m.indexOf('-'))))];
  it.each(groups)('%s', (group) => {
    for (const { m, r } of scalar.filter((record) => record.m.startsWith(`${group}-`)))
      expect(
        compareRecords(runFuzzModule(engine, m, fs.readFileSync(path.join(SHARED, 'fuzz', m))), r),
        m,
      ).toBeUndefined();
  });
});

describe('interpreted specification suite', () => {
  if (!fs.existsSync(suite)) return it.skip('NOT RUN: ../shared is absent', () => {});
  const scripts = fs
    .readdirSync(suite, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('test.json'))
    .sort()
    .filter((_, i) => i % STRIDE === 0);
  it('passes, but for what the linker decides', () => {
    let passed = 0;
    const failures: string[] = [];
    for (const script of scripts) {
      const r = runSpecScript(engine, path.join(suite, script));
      passed += r.passed;
      failures.push(
        ...r.failures.filter((f) => !f.includes(' assert_unlinkable ') && !f.includes(' assert_exhaustion ')),
      );
    }
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(1000);
  }, 120_000);
});

describe('interpreted atomics', () => {
  const folder = path.join(SHARED, 'spec', 'spec', 'threads');
  if (!fs.existsSync(folder)) return it.skip('NOT RUN: ../shared is absent', () => {});
  const threads = irEngine(optimised, Feature.THREADS | Feature.EXTENDED_CONST);
  it('the specification suite', () => {
    const r = runSpecScript(threads, path.join(folder, 'atomic', 'test.json'));
    expect(r.failures.filter((f) => !f.includes(' assert_unlinkable '))).toEqual([]);
    expect(r.passed).toBeGreaterThan(100);
  });
});

/** Against the machine code of the same option, whose bits are Wasmtime's (test/fuzz/deterministic.test.ts). */
describe('interpreted canonical NaNs', () => {
  const NANS32 = [0x7fc00000, 0xffc00000, 0x7fa00001, 0xff812345, 0x3f800000, 0, 0x7f800000];
  const NANS64 = NANS32.map((x) => (BigInt(x) << 32n) | 0x1234n);
  const both = (name: string): string => `
    (func (export "${name}32") (param i32 i32) (result i32)
      (i32.reinterpret_f32 (f32.${name} (f32.reinterpret_i32 (local.get 0)) (f32.reinterpret_i32 (local.get 1)))))
    (func (export "${name}64") (param i64 i64) (result i64)
      (i64.reinterpret_f64 (f64.${name} (f64.reinterpret_i64 (local.get 0)) (f64.reinterpret_i64 (local.get 1)))))`;
  const names = ['add', 'sub', 'mul', 'div', 'min', 'max', 'copysign'];
  const bytes = wat(`(module ${names.map(both).join('')}
    (func (export "chain") (param i32) (result i64) (i64.reinterpret_f64 (f64.promote_f32
      (f32.sqrt (f32.nearest (f32.neg (f32.reinterpret_i32 (local.get 0)))))))))`);

  it('bit by bit as machine code', () => {
    const interpreter = irEngine(optimised, 0, true);
    const { exports: theirs } = interpreter.instantiate(interpreter.compile(bytes), {});
    const { exports: ours } = wamr.instantiate(bytes, {}, { deterministic: true });
    let nans = 0;
    for (const name of names)
      for (const [x, i] of NANS32.map((word, k) => [word, k] as const))
        NANS32.forEach((y, k) => {
          const want = ours[`${name}32`](x, y);
          expect(theirs[`${name}32`](x, y), `${name} ${x} ${y}`).toBe(want);
          expect(theirs[`${name}64`](NANS64[i], NANS64[k]), name).toBe(ours[`${name}64`](NANS64[i], NANS64[k]));
          if (want === 0x7fc00000) nans++;
        });
    for (const x of NANS32) expect(theirs.chain(x)).toBe(ours.chain(x));
    expect(nans).toBeGreaterThan(100);
  });
});

describe('interpreted exceptions and tail calls', () => {
  const folder = path.join(SHARED, 'spec', 'spec');
  if (!fs.existsSync(folder)) return it.skip('NOT RUN: ../shared is absent', () => {});
  const newer = irEngine(optimised, Feature.EXTENDED_CONST | Feature.EXCEPTIONS | Feature.TAIL_CALL);
  it.each(['exceptions', 'tail-call'])('%s', (name) => {
    let passed = 0;
    for (const script of fs.readdirSync(path.join(folder, name))) {
      const r = runSpecScript(newer, path.join(folder, name, script, 'test.json'));
      expect(r.failures.filter((f) => !f.includes(' assert_unlinkable '))).toEqual([]);
      passed += r.passed;
    }
    expect(passed).toBeGreaterThan(20);
  });
});
