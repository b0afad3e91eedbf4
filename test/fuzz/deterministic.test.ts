/**
 * The option `deterministic` on random arithmetic full of NaNs: the same bits as Wasmtime with canonical NaNs, whatever the CPU that
 * code is for. Wasmtime runs a script of assertions that our answers are made into. WAMR_FUZZ_COUNT sets how many modules.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { peer } from '../../bench/harness/peers.js';
import { CORE_ROWS, Imm } from '../../src-ts/wasm/opcodes.js';
import { SIMD_ROWS } from '../../src-ts/wasm/simd-opcodes.js';
import { type Engine, deterministicEngine, wamrEngine } from '../support/engine.js';
import { amount } from '../support/quick.js';
import { wamr } from '../support/built.js';
import { leb, moduleOf, section, string } from '../support/wasm-build.js';
import { assertionsOf, quoted } from '../support/wast-assertions.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(60, 10));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);

const wasmtime = peer('wasmtime')?.wasmtime;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'deterministic-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** On the smallest CPU, with the code that everybody gets. */
const baseline: Engine = {
  ...wamrEngine(),
  name: 'wamr-native, deterministic, x86-64-v2',
  compile: (bytes) => new wamr.Module(wamr.compileSync(bytes, { deterministic: true, verify: true })),
};

/** Words that arguments are made of: NaNs of all kinds, numbers, infinities. */
const WORDS = [
  0x7fc00000, 0xffc00000, 0x7fa00001, 0xff812345, 0x7ff80000, 0xfff80000, 0x7ff40001, 0xfff01234, 0, 0x3f800000,
  0x40490fdb, 0x7f800000, 0xff800000, 0x80000000, 0xbff00000, 0xffffffff, 1, 0x4f000000,
];

/** By letter: the value type, and how many locals of it a function has, parameters first. */
const LETTERS: Record<string, { type: number; first: number }> = {
  i: { type: 0x7f, first: 0 },
  I: { type: 0x7e, first: 3 },
  f: { type: 0x7d, first: 6 },
  F: { type: 0x7c, first: 9 },
  v: { type: 0x7b, first: 12 },
};
const LOCALS = 3;
const COUNTER = 15;

/** Operators on numbers that cannot trap. Relaxed multiply-add is fused in Wasmtime, and rounded twice here. */
const OPERATORS = [...CORE_ROWS, ...SIMD_ROWS].filter(
  ([op, name, signature, imm = Imm.NONE]) =>
    imm === Imm.NONE &&
    /^[iIfFv]+:[iIfFv]$/.test(signature) &&
    !/\.(div_|rem_|trunc_f)/.test(name) &&
    !/relaxed_n?madd/.test(name) &&
    op !== 0x0b,
);
const FLOAT_OPERATORS = OPERATORS.filter(([, name]) => /^f|_f32|_f64/.test(name));

/**
 * A module of some functions, each of which changes locals of every type by random operators, in a loop, and returns
 * what they are then.
 */
function randomModule(seed: number): Uint8Array {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  const random = (n: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
  const local = (letter: string): number => LETTERS[letter].first + random(LOCALS);
  const opcode = (op: number): number[] =>
    op < 0x100 ? [op] : op < 0x200 ? [0xfc, ...leb(op - 0x100)] : [0xfd, ...leb(op - 0x200)];
  const all = Object.values(LETTERS).flatMap(({ type }) => Array<number>(LOCALS).fill(type));
  const bodies = Array.from({ length: 4 }, () => {
    const steps: number[] = [];
    for (let k = 0; k < 40; k++) {
      const from = random(3) === 0 ? OPERATORS : FLOAT_OPERATORS;
      const [op, , signature] = from[random(from.length)];
      const [params, result] = signature.split(':');
      for (const p of params) steps.push(0x20, local(p));
      steps.push(...opcode(op), 0x21, local(result));
    }
    return [
      ...[1, 1, 0x7f, 0x03, 0x40, ...steps],
      ...[0x20, COUNTER, 0x41, 1, 0x6a, 0x22, COUNTER, 0x41, 3, 0x48, 0x0d, 0, 0x0b],
      ...all.flatMap((_, k) => [0x20, k]),
      0x0b,
    ];
  });
  const list = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
  return moduleOf(
    section(1, 1, 0x60, ...list(all.map((t) => [t])), ...list(all.map((t) => [t]))),
    section(3, ...list(bodies.map(() => [0]))),
    section(7, ...list(bodies.map((_, k) => [...string(`f${k}`), 0, k]))),
    section(10, ...list(bodies.map((b) => [...leb(b.length), ...b]))),
  );
}

/** What the engine answers, as assertions. */
const assertions = (engine: Engine, bytes: Uint8Array): string[] =>
  assertionsOf(engine, bytes, engine.instantiate(engine.compile(bytes), {}).exports, WORDS);

describe('deterministic code', () => {
  it('has Wasmtime', () => expect(wasmtime).toBeDefined());

  const sum = { modules: 0, calls: 0, nans: 0 };
  afterAll(() => console.log(`deterministic: ${JSON.stringify(sum)}`));
  it.each(Array.from({ length: COUNT }, (_, i) => SEED + i))('seed %i', (seed) => {
    const bytes = randomModule(seed);
    const lines = assertions(baseline, bytes);
    expect(assertions(deterministicEngine(), bytes)).toEqual(lines);
    const file = path.join(folder, `${seed}.wast`);
    fs.writeFileSync(file, `(module binary ${quoted(bytes)})\n${lines.join('\n')}\n`);
    const r = spawnSync(wasmtime!, ['wast', '-W', 'nan-canonicalization=y,relaxed-simd-deterministic=y', file], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(r.stderr).toBe('');
    expect(r.status).toBe(0);
    sum.modules++;
    sum.calls += lines.length;
    sum.nans += lines.filter((l) => /^\(assert_return .*\) \(.*nan:/.test(l)).length;
  });
});
