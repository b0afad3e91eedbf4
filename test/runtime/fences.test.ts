/**
 * Accesses with 64-bit addresses near each other have one comparison in common, and fault in the inaccessible pages
 * around the memory: as code with explicit bounds checks, which compares each.
 */
import { expect, it } from 'vitest';
import { FENCE } from '../../src-ts/abi/vmctx.js';
import { wamr } from '../support/built.js';
import { newWat } from '../support/new-wat.js';
import { amount } from '../support/quick.js';

const PAGE = 65536;
const NEAR = FENCE / 2;

/** Whole numbers below n, the same ones for each seed. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0;
    return (state >>> 4) % n;
  };
}

const LOADS: readonly [string, number][] = [
  ['i64.load', 8],
  ['i64.load32_u', 4],
  ['i64.load16_s', 2],
  ['i64.load8_u', 1],
];
const STORES: readonly [string, number][] = [
  ['i64.store', 8],
  ['i64.store32', 4],
  ['i64.store8', 1],
];

/** Functions of a pointer and a number, whose accesses lie around the pointer. */
function moduleOf(seed: number, memory: string, index: number, functions: number): string {
  const below = numbers(seed);
  const one = <T>(list: readonly T[]): T => list[below(list.length)];
  const constant = (): number =>
    one([0, 4, 8, -4, -8, 12, -1, 1, 100, -100, below(NEAR), -below(NEAR), NEAR, 3 * NEAR]);
  const offset = (): number => one([0, 0, 0, 1, 4, 8, 16, below(NEAR), NEAR, 70_000]);
  const address = (): string => {
    const c = constant();
    return `${index === 0 ? '' : index} offset=${offset()} ${c === 0 ? '(local.get $p)' : `(i64.add (local.get $p) (i64.const ${c}))`}`;
  };
  const load = (): string =>
    `(local.set $s (i64.add (i64.mul (local.get $s) (i64.const 31)) (${one(LOADS)[0]} ${address()})))`;
  const store = (): string => `(${one(STORES)[0]} ${address()} (i64.add (local.get $s) (local.get $x)))`;
  const body = (depth: number): string =>
    Array.from({ length: 2 + below(4) }, () => {
      if (depth > 0 && below(5) === 0)
        return `(if (i64.eqz (i64.and (local.get $x) (i64.const ${1 << below(4)}))) (then ${body(depth - 1)}) (else ${body(depth - 1)}))`;
      if (depth > 0 && below(8) === 0)
        return `(local.set $n (i32.const 3)) (loop $l${depth} ${body(0)} (local.set $p (i64.add (local.get $p) (i64.const ${one([8, 24, -16])}))) (br_if $l${depth} (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))`;
      return below(3) === 0 ? store() : load();
    }).join('\n');
  const list = Array.from(
    { length: functions },
    (_, k) =>
      `(func (export "f${k}") (param $p i64) (param $x i64) (result i64) (local $s i64) (local $n i32) ${body(2)} (local.get $s))`,
  );
  return `(module ${index === 0 ? '' : '(memory 1)'} (memory (export "m") i64 ${memory}) ${list.join('\n')}
    (func (export "grow") (result i64) (memory.grow ${index === 0 ? '' : index} (i64.const 1))))`;
}

/** What a call comes to, with all that a trap tells. */
function outcome(f: () => unknown): unknown {
  try {
    return f();
  } catch (e) {
    const { kind, address, memoryBytes, memory, frames } = e as any;
    return [kind, address, memoryBytes, memory, frames.map((x: any) => [x.func, x.offset])];
  }
}

function outcomes(bytes: Uint8Array, options: object, functions: number, pages: number): unknown[] {
  const e = new wamr.Instance(wamr.load(wamr.compileSync(bytes, options))).exports;
  const all: unknown[] = [];
  const sum = (): number => new Uint32Array(e.m.buffer).reduce((s, x) => (Math.imul(s, 31) + x) | 0, 7);
  for (const size of [pages, pages + 1]) {
    if (size > pages) all.push(outcome(() => e.grow()));
    const end = BigInt(size * PAGE);
    const pointers = [
      0n,
      3n,
      8n,
      100n,
      5000n,
      32_768n,
      end / 2n,
      end - 65_536n,
      end - 40_000n,
      end - 100n,
      end - 16n,
      end - 9n,
      end - 8n,
      end - 7n,
      end - 1n,
    ];
    pointers.push(
      end,
      end + 4n,
      end + 50n,
      end + 32_768n,
      end + 65_536n,
      end + 70_000n,
      1n << 32n,
      (1n << 40n) + 8n,
      -1n,
      -4n,
      -8n,
      -12n,
      -100n,
      -32_768n,
      -65_536n,
      -70_000n,
      1n << 63n,
    );
    for (let k = 0; k < functions; k++)
      for (const p of pointers) for (const x of [0n, 5n, 15n]) all.push(outcome(() => e[`f${k}`](p, x)));
    all.push(sum());
  }
  return all;
}

const MEMORIES: readonly [string, string, number, number][] = [
  ['as large as it will be', '2 2', 0, 2],
  ['that grows', '1 5', 0, 1],
  ['without a maximum', '1', 0, 1],
  ['the second one', '1 2', 1, 1],
];
it.each(MEMORIES)(
  'a memory %s: every access as with explicit checks',
  (_, memory, index, pages) => {
    let smaller = 0;
    for (let seed = 1; seed <= amount(6, 1); seed++) {
      const functions = 12;
      const bytes = newWat(moduleOf(seed, memory, index, functions));
      const expected = outcomes(bytes, { bounds: 'explicit' }, functions, pages);
      expect(outcomes(bytes, {}, functions, pages)).toEqual(expected);
      expect(outcomes(bytes, { disable: ['fenced-checks'] }, functions, pages)).toEqual(expected);
      smaller += wamr.compileSync(bytes, { disable: ['fenced-checks'] }).length - wamr.compileSync(bytes).length;
    }
    expect(smaller).toBeGreaterThan(0);
  },
  240_000,
);

it('accesses on both sides of a pointer that was compared once', () => {
  const loads = [12, 8, 4, 0, -4].map((c) => `(i64.load32_u (i64.add (local.get 0) (i64.const ${c})))`);
  const body = loads.reduce((x, y) => `(i64.add ${x} ${y})`);
  const bytes = newWat(`(module (memory i64 1) (func (export "f") (param i64) (result i64)
    (i64.store32 (local.get 0) (i64.const 1)) ${body}))`);
  const f = new wamr.Instance(wamr.load(wamr.compileSync(bytes))).exports.f;
  expect([f(100n), outcome(() => f(0n)), outcome(() => f(65_528n))]).toEqual([
    1n,
    ['memory-out-of-bounds', undefined, 65_536, undefined, [[0, expect.any(Number)]]],
    ['memory-out-of-bounds', 65_540, 65_536, undefined, [[0, expect.any(Number)]]],
  ]);
});

it.each([-0x80000000, -0x7fffffff, 0x7fffffff, 0x80000000, -(2 ** 33)])(
  'a constant at the ends of 32 bits: %i',
  (c) => {
    const bytes = newWat(`(module (memory i64 1 2) (func (export "f") (param i64) (result i32)
    (i32.load (i64.add (local.get 0) (i64.const ${c})))))`);
    const f = new wamr.Instance(wamr.load(wamr.compileSync(bytes))).exports.f;
    const at = (address: number): unknown => outcome(() => f(BigInt(address - c)));
    expect([at(0), at(65_532)]).toEqual([0, 0]);
    for (const address of [-1, -8, -65_536, 65_533, 65_536, c, -c])
      expect([address, (at(address) as unknown[])[0]]).toEqual([address, 'memory-out-of-bounds']);
  },
);

it('a memory of V8’s has no fence: its module is compiled with explicit checks', () => {
  if (Number(process.versions.node.split('.')[0]) < 24) return;
  const bytes = newWat(
    '(module (memory (export "m") i64 1) (func (export "f") (param i64) (result i64) (i64.load offset=8 (local.get 0))))',
  );
  expect(() => new wamr.Instance(wamr.load(wamr.compileSync(bytes)), {}, { memory: 'v8' })).toThrow(
    'compile it with bounds: "explicit"',
  );
  const { exports } = wamr.instantiate(bytes, {}, { memory: 'v8' }) as any;
  expect([exports.f(0n), (outcome(() => exports.f(65_528n)) as unknown[])[0]]).toEqual([0n, 'memory-out-of-bounds']);
});
