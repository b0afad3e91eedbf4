/**
 * Size limits of single functions: nothing recurses over nesting, and nothing is quadratic in locals, branches, loops
 * or table entries.
 */
import { describe, expect, it } from 'vitest';
import { compileSync } from '../../src-ts/aot/compile.js';
import { buildFunc } from '../support/phases.js';
import { Func } from '../../src-ts/ir/func.js';
import { verifyFunc } from '../../src-ts/ir/verify.js';
import { analyseCfg } from '../support/phases.js';
import { orderBlocks } from '../support/phases.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { functionModule, leb, moduleOf, section, sleb, string } from '../support/wasm-build.js';

const I32 = 0x7f;
const N = 50_000;
/** local.get 0: an unknown condition. */
const COND = [0x20, 0];

const CASES: [string, number, (push: (...code: number[]) => void) => void][] = [
  [
    '50,000 locals and 10,000 branches',
    N - 1,
    (push) => {
      for (let i = 0; i < 10_000; i++)
        push(0x02, 0x40, ...COND, 0x0d, 0, ...COND, 0x41, ...sleb(BigInt(i)), 0x6a, 0x21, ...leb(i * 4 + 1), 0x0b);
    },
  ],
  [
    '50,000 locals and 10,000 branches to one label',
    N - 1,
    (push) => {
      push(0x02, 0x40);
      for (let i = 0; i < 10_000; i++) push(...COND, 0x0d, 0, ...COND, 0x41, ...sleb(BigInt(i)), 0x6a, 0x21, 1);
      push(0x0b);
    },
  ],
  [
    '100,000 branches to one label',
    1,
    (push) => {
      push(0x02, 0x40);
      for (let i = 0; i < 2 * N; i++) push(...COND, 0x0d, 0);
      push(0x0b);
    },
  ],
  [
    '50,000 nested blocks, left one by one and all at once',
    1,
    (push) => {
      for (let i = 0; i < N; i++) push(0x02, 0x40, ...COND, 0x0d, ...leb(i));
      for (let i = 0; i < N; i++) push(...COND, 0x0d, 0, 0x0b);
    },
  ],
  [
    '50,000 nested loops',
    1,
    (push) => {
      for (let i = 0; i < N; i++) push(0x03, 0x40, ...COND, 0x41, 1, 0x6a, 0x21, 1);
      for (let i = 0; i < N; i++) push(...COND, 0x0d, 0, 0x0b);
    },
  ],
  [
    '50,000 nested ifs with else',
    1,
    (push) => {
      for (let i = 0; i < N; i++) push(...COND, 0x04, 0x40);
      for (let i = 0; i < N; i++) push(...COND, 0x21, 1, 0x05, 0x0b);
    },
  ],
  [
    '50,000 unreachable nested constructs',
    1,
    (push) => {
      push(0x02, 0x40, 0x0c, 0);
      for (let i = 0; i < N; i++) push(i % 2 ? 0x03 : 0x02, 0x40);
      for (let i = 0; i < N; i++) push(0x0b);
      push(0x0b);
    },
  ],
  [
    'a br_table of 65,000 entries and 1,000 targets',
    1,
    (push) => {
      for (let i = 0; i < 1000; i++) push(0x02, 0x40);
      push(...COND, 0x0e, ...leb(65_000));
      for (let i = 0; i <= 65_000; i++) push(...leb(i % 1000));
      for (let i = 0; i < 1000; i++) push(0x0b);
    },
  ],
];

describe('large functions', () => {
  it.each(CASES)('%s', (_, locals, write) => {
    const code: number[] = [];
    write((...bytes) => void code.push(...bytes));
    const m = decodeModule(functionModule([I32], [I32], [1, ...leb(locals), I32, ...code, 0x20, 1, 0x0b]));
    const f = new Func();
    const start = performance.now();
    buildFunc(m, 0, f);
    const order = orderBlocks(f, analyseCfg(f));
    // Each takes under 0.3 s on an idle core; quadratic behaviour would take minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(order.length).toBe(f.nb);
    verifyFunc(f, m);
  });
});

/** Each is a function of few bytes whose operators pass on a thousand values each, thousands of times. */
const PASSING: [string, number[]][] = [
  ['calls whose results are dropped', [0x02, 0x40, 0x10, 0, 0x0c, 0, 0x0b]],
  ['branches out of the function', [0x02, 0x40, 0x10, 0, 0x20, 0, 0x0d, 1, 0x0c, 0, 0x0b]],
  ['loops with parameters', [0x02, 0x40, 0x10, 0, 0x03, 1, 0x0b, 0x0c, 0, 0x0b]],
];

describe('operators that pass on many values', () => {
  const i32s = (n: number): number[] => [...leb(n), ...Array<number>(n).fill(I32)];
  const module = (op: number[], n: number): Uint8Array => {
    const code = [0, ...Array.from({ length: n }, () => op).flat(), 0x00, 0x0b];
    return moduleOf(
      section(1, 3, 0x60, 0, i32s(1000), 0x60, i32s(1000), i32s(1000), 0x60, i32s(1), i32s(1000)),
      section(2, 1, string('m'), string('f'), 0, 0),
      section(3, 1, 2),
      section(10, 1, leb(code.length), code),
    );
  };
  it.each(PASSING)('%s: some hundred are compiled, more are refused, and take no memory', (_, op) => {
    compileSync(module(op, 100));
    const before = process.resourceUsage().maxRSS;
    expect(() => compileSync(module(op, 30_000))).toThrow('pass on too many values');
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(400_000);
  });
});
