/**
 * Integer operators against V8: every operator over edge values in every shape that instruction selection treats
 * differently (registers, constants on either side, memory operands, equal operands, comparisons consumed by set,
 * branch and select, operations in memory), and seeded random functions made of what selection folds: masks, wraps,
 * shifts, addresses with constants, narrow loads and stores. WAMR_TEST_RANDOM=n makes n random modules instead of a
 * few.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { sample } from '../support/quick.js';
import { wat } from '../support/wat.js';

type Value = number | bigint | string | undefined;
type Exports = Record<string, (...a: (number | bigint)[]) => Value> & { m: { buffer: ArrayBuffer } };

const CONFIGURATIONS = sample(
  [{ target: 'x86-64-v3' }, { target: 'x86-64-v2' }, { target: 'x86-64-v2', bounds: 'explicit' }] as const,
  2,
);

const EDGES32 = [
  0, 1, 2, 3, 5, 7, 8, 10, 31, 32, 33, 100, 127, 128, 255, 256, 641, 1000, 32767, 32768, 65535, 65536, 1000000007,
  0x7fffffff, -0x80000000, -0x7fffffff, -1, -2, -3, -7, -8, -10, -128, -129, -255, -256, -32769, -65536,
];
const EDGES64 = [
  ...EDGES32.map(BigInt),
  0xffffffffn,
  0x100000000n,
  0x1ffffffffn,
  0x80000000n,
  -0x80000001n,
  0x7fffffffffffffffn,
  -0x8000000000000000n,
  -0x7fffffffffffffffn,
  0x123456789abcdefn,
  -0x123456789abcdefn,
  0xff00000000n,
  -0x100000000n,
  0xffffff8300000000n - (1n << 64n),
  0xffffff8300000007n - (1n << 64n),
  0xffffff82ffffffffn - (1n << 64n),
  0x7ffffffffn,
  0x500000001n,
  6148914691236517205n,
  10000000000n,
];

const call = (f: Exports[string], args: (number | bigint)[]): Value => {
  try {
    return f(...args);
  } catch (e) {
    return `trap: ${(e as Error).message}`;
  }
};

/** Runs `calls` on V8 and on every configuration of ours; returns the differences. */
function differences(text: string, calls: readonly [string, (number | bigint)[]][], memory: boolean): string[] {
  const bytes = wat(text);
  const run = (e: Exports): Value[] => calls.map(([name, args]) => call(e[name], args));
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;
  const expected = run(v8);
  const wrong: string[] = [];
  for (const options of CONFIGURATIONS) {
    const ours = new Instance(new Module(compileSync(bytes, { ...options, verify: true })))
      .exports as unknown as Exports;
    run(ours).forEach((got, i) => {
      if (got !== expected[i])
        wrong.push(`${JSON.stringify(options)} ${calls[i][0]}(${calls[i][1].join(', ')}) = ${got}, V8: ${expected[i]}`);
    });
    if (memory && Buffer.compare(new Uint8Array(ours.m.buffer), new Uint8Array(v8.m.buffer)) !== 0)
      wrong.push(`${JSON.stringify(options)} memory differs`);
  }
  return wrong;
}

const BINARY = [
  'add',
  'sub',
  'mul',
  'div_s',
  'div_u',
  'rem_s',
  'rem_u',
  'and',
  'or',
  'xor',
  'shl',
  'shr_s',
  'shr_u',
  'rotl',
  'rotr',
];
const COMPARE = ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];

/** A module with functions of these bodies, exported by number, and memory filled with a pattern. */
function moduleText(functions: string[]): string {
  return `(module (memory (export "m") 1) (global $g32 (mut i32) (i32.const -5)) (global $g64 (mut i64) (i64.const 0xfedcba9876543210))
    (data (i32.const 0) "\\ff\\80\\7f\\00\\01\\fe\\81\\55\\aa\\12\\34\\56\\78\\9a\\bc\\de\\f0\\00\\00\\00\\80\\ff\\ff\\ff\\ff")
    ${functions.map((f, i) => `(func (export "${i}") ${f})`).join('\n')})`;
}

for (const type of ['i32', 'i64'] as const) {
  const edges = sample<number | bigint>(type === 'i32' ? EDGES32 : EDGES64, 2);
  const pair = `(param ${type} ${type})`;
  const [x, y] = ['(local.get 0)', '(local.get 1)'];

  test(`${type}: operators in registers, in memory, on equal operands`, () => {
    const functions: string[] = [];
    const calls: [string, (number | bigint)[]][] = [];
    const add = (text: string, two: boolean): void => {
      const name = String(functions.length);
      functions.push(text);
      for (const a of edges) for (const b of two ? edges : [edges[1]]) calls.push([name, [a, b]]);
    };
    for (const op of [...BINARY, ...COMPARE]) {
      const result = COMPARE.includes(op) ? 'i32' : type;
      add(`${pair} (result ${result}) (${type}.${op} ${x} ${y})`, true);
      add(`${pair} (result ${result}) (${type}.${op} ${x} ${x})`, false);
      add(`${pair} (result ${result}) (${type}.${op} ${x} (${type}.load (i32.const 4)))`, false);
      add(`${pair} (result ${result}) (${type}.${op} (${type}.load (i32.const 4)) ${x})`, false);
      add(`${pair} (result ${result}) (${type}.${op} ${x} (global.get $g${type.slice(1)}))`, false);
    }
    for (const op of ['clz', 'ctz', 'popcnt', 'extend8_s', 'extend16_s', ...(type === 'i64' ? ['extend32_s'] : [])])
      add(`${pair} (result ${type}) (${type}.${op} ${x})`, false);
    expect(differences(moduleText(functions), calls, false).slice(0, 20)).toEqual([]);
  });

  test(`${type}: comparisons in branches, selects, negated`, () => {
    const functions: string[] = [];
    const calls: [string, (number | bigint)[]][] = [];
    const conditions = [
      ...COMPARE.map((op) => `(${type}.${op} ${x} ${y})`),
      ...COMPARE.flatMap((op) => [0, 1, -3, 200].map((c) => `(${type}.${op} ${x} (${type}.const ${c}))`)),
      ...COMPARE.flatMap((op) =>
        ['8_u', '8_s', '16_u', '16_s', ''].map(
          (w) => `(${type}.${op} (${type}.load${w} (i32.const 5)) (${type}.const ${w.startsWith('8') ? 0x80 : -2}))`,
        ),
      ),
      `(${type}.eqz (${type}.and ${x} ${y}))`,
      `(${type}.ne (${type}.and ${x} (${type}.const 16)) (${type}.const 0))`,
      `(${type}.lt_s (${type}.and ${x} (${type}.const -256)) (${type}.const 0))`,
      `(${type}.eqz (${type}.and ${x} (${type}.const 0x80)))`,
      `(${type}.eqz (${type}.and ${x} (${type}.const 0x80000000)))`,
      `(${type}.eqz ${x})`,
      `(${type}.eqz (${type}.and (${type}.load8_u (i32.const 1)) (${type}.const 128)))`,
      ...COMPARE.flatMap((op) =>
        [0, 1, 127, 128, 255, 256, -1].map(
          (c) => `(${type}.${op} (${type}.and ${x} (${type}.const 255)) (${type}.const ${c}))`,
        ),
      ),
      ...['shr_u', 'shr_s'].flatMap((shift) =>
        [
          [2, 3],
          [30, 2],
          [30, 4],
          [4, -16],
          [31, 1],
        ].map(
          ([k, m]) => `(${type}.eqz (${type}.and (${type}.${shift} ${x} (${type}.const ${k})) (${type}.const ${m})))`,
        ),
      ),
      ...(type === 'i64'
        ? ['eq', 'ne'].flatMap((op) =>
            ['0xffffffff00000000', '0xffff00000000'].flatMap((m) =>
              ['0xffffff8300000000', '0xff8300000000', '0x500000000'].map(
                (c) => `(i64.${op} (i64.and ${x} (i64.const ${m})) (i64.const ${c}))`,
              ),
            ),
          )
        : []),
      `(${type}.eqz (${type}.and ${x} (${type}.shl (${type}.const 1) ${y})))`,
      `(${type}.ne (${type}.and (${type}.shl (${type}.const 1) ${y}) ${x}) (${type}.const 0))`,
      `(${type}.eqz (${type}.and (${type}.shr_s ${x} ${y}) (${type}.const 1)))`,
      `(${type}.gt_s (${type}.and (${type}.shl (${type}.const 1) ${y}) ${x}) (${type}.const 0))`,
      ...(type === 'i64'
        ? COMPARE.flatMap((op) =>
            ['0xffffff8300000000', '0xffffff82ffffffff', '0x7ffffffff', '0x500000000'].map(
              (c) => `(i64.${op} ${x} (i64.const ${c}))`,
            ),
          )
        : []),
      ...(type === 'i64'
        ? [
            `(i64.eqz (i64.and ${x} (i64.const 0x100000000000)))`,
            `(i64.ne (i64.and ${x} (i64.const 0xf0000000)) (i64.const 0))`,
            `(i32.wrap_i64 ${x})`,
          ]
        : [`(i32.and ${x} ${y})`, x]),
    ];
    for (const c of conditions) {
      for (const cond of [c, `(i32.eqz ${c})`, `(i32.eqz (i32.eqz ${c}))`]) {
        functions.push(`${pair} (result i32) (if (result i32) ${cond} (then (i32.const 11)) (else (i32.const 22)))`);
        functions.push(`${pair} (result ${type}) (select ${x} ${y} ${cond})`);
        functions.push(`${pair} (result i32) ${cond}`);
        // used twice
        functions.push(
          `${pair} (result i32) (local $c i32) (local.set $c ${cond}) (i32.add (select (i32.const 3) (i32.const 5) (local.get $c)) (local.get $c))`,
        );
      }
    }
    functions.forEach((_, i) =>
      edges.forEach((a, k) => calls.push([String(i), [a, edges[(k * 7 + i) % edges.length]]])),
    );
    expect(differences(moduleText(functions), calls, false).slice(0, 20)).toEqual([]);
  });

  test(`${type}: constant operands`, () => {
    const functions: string[] = [];
    const calls: [string, (number | bigint)[]][] = [];
    for (const op of [...BINARY, ...COMPARE]) {
      const result = COMPARE.includes(op) ? 'i32' : type;
      for (const c of edges) {
        functions.push(
          `(param ${type}) (result ${result}) (${type}.${op} ${x} (${type}.const ${c}))`,
          `(param ${type}) (result ${result}) (${type}.${op} (${type}.const ${c}) ${x})`,
        );
      }
    }
    functions.forEach((_, i) => edges.forEach((a) => calls.push([String(i), [a]])));
    expect(differences(moduleText(functions), calls, false).slice(0, 20)).toEqual([]);
  });

  test(`${type}: operations in memory`, () => {
    const functions: string[] = [];
    const widths =
      type === 'i32'
        ? [
            ['', ''],
            ['8_u', '8'],
            ['8_s', '8'],
            ['16_u', '16'],
          ]
        : [
            ['', ''],
            ['8_u', '8'],
            ['16_s', '16'],
            ['32_u', '32'],
            ['32_s', '32'],
          ];
    for (const op of ['add', 'sub', 'and', 'or', 'xor', 'mul']) {
      for (const [load, store] of widths) {
        for (const operand of [x, `(${type}.const 1)`, `(${type}.const -129)`, `(${type}.const 0x80)`]) {
          const place = '(i32.const 3)';
          functions.push(
            `(param ${type}) (result ${type}) (${type}.store${store} offset=4 ${place} (${type}.${op} (${type}.load${load} offset=4 ${place}) ${operand})) (${type}.load offset=4 ${place})`,
          );
          functions.push(
            `(param ${type}) (result ${type}) (${type}.store${store} offset=4 ${place} (${type}.${op} ${operand} (${type}.load${load} offset=4 ${place}))) (${type}.load offset=4 ${place})`,
          );
        }
      }
    }
    const calls = functions.flatMap((_, i) =>
      edges.slice(i % 3, 20).map((a): [string, (number | bigint)[]] => [String(i), [a]]),
    );
    expect(differences(moduleText(functions), calls, true).slice(0, 20)).toEqual([]);
  });
}

test('branches on joined conditions, on halves of loads, on conditions of other blocks', () => {
  const parts = [
    '(i32.eq (local.get 0) (i32.const 3))',
    '(i32.lt_s (local.get 0) (local.get 1))',
    '(i32.eqz (local.get 1))',
    '(i32.eqz (i32.and (i32.load (i32.and (local.get 0) (i32.const 15))) (i32.const 4)))',
    '(local.get 2)',
  ];
  const joints = (p: string, q: string, r: string): string[] => [
    `(i32.and ${p} ${q})`,
    `(i32.or ${p} ${q})`,
    `(select ${p} ${q} ${r})`,
    `(select ${p} (i32.const 0) ${r})`,
    `(select (i32.const 1) ${q} ${r})`,
    `(i32.and (i32.or ${p} ${q}) ${r})`,
    `(i32.or ${p} (i32.eqz (i32.and ${q} ${r})))`,
    `(i32.eq (select ${p} ${q} (i32.add (local.get 1) (i32.const 8))) (i32.const 1))`,
    `(select (i32.and ${p} ${r}) (i32.or ${q} ${r}) ${p})`,
  ];
  const functions: string[] = [];
  for (const p of parts)
    for (const q of parts)
      for (const c of joints(p, q, parts[(functions.length >> 2) % parts.length])) {
        const head =
          '(param i32 i32) (result i32) (local i32 i32) (local.set 2 (i32.gt_u (local.get 0) (i32.const 7)))';
        functions.push(`${head} (if (result i32) ${c} (then (i32.const 11)) (else (i32.const 22)))`);
        functions.push(
          `${head} (loop $l (local.set 1 (i32.sub (local.get 1) (i32.const 3))) (local.set 3 (i32.add (local.get 3) (i32.const 1))) (br_if $l (i32.and (i32.lt_u (local.get 3) (i32.const 5)) (i32.eqz ${c})))) (i32.add (local.get 3) (local.get 2))`,
        );
      }
  for (const c of [
    '(i32.wrap_i64 (i64.shr_u (local.get 2) (i64.const 32)))',
    '(i64.lt_u (local.get 2) (i64.const 0xfedcba9800000000))',
    '(i32.and (i32.wrap_i64 (i64.shr_u (local.get 2) (i64.const 32))) (i32.const 6))',
    '(i64.eq (i64.and (local.get 2) (i64.const 0xffffffff00000000)) (i64.const 0x5601fe00000000))',
    '(i64.eqz (i64.shr_u (local.get 2) (i64.const 32)))',
  ]) {
    const head =
      '(param i32 i32) (result i64) (local i64) (local.set 2 (i64.load offset=1 (local.tee 0 (i32.and (local.get 0) (i32.const 31)))))';
    functions.push(`${head} (if (result i64) ${c} (then (local.get 2)) (else (i64.extend_i32_u (local.get 1))))`);
    functions.push(
      `${head} (i32.store offset=4 (local.get 0) (local.get 1)) (if (result i64) ${c} (then (local.get 2)) (else (i64.const 5)))`,
    );
    functions.push(
      `${head} (i64.add (i64.shr_u (local.get 2) (i64.const 32)) (select (local.get 2) (i64.const 5) ${c}))`,
    );
  }
  const calls = functions.flatMap((_, i) =>
    EDGES32.map((a, k): [string, number[]] => [String(i), [a, EDGES32[(k * 5 + i) % EDGES32.length]]]),
  );
  expect(differences(moduleText(functions), calls, true).slice(0, 20)).toEqual([]);
});

test('accesses at the end of memory and beyond, by every form of address', () => {
  const accesses = ['i32.load', 'i64.load', 'i32.load8_u', 'i32.load16_s', 'i64.load32_u'];
  const addresses = [
    ...[0, 1, 65528, 65532, 65535, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff].map(
      (o) => `offset=${o} (local.get 0)`,
    ),
    ...[4, 8, -4, -8, 65528, 0x7fffffff, -0x80000000].map((c) => `(i32.add (local.get 0) (i32.const ${c}))`),
    ...[4, -4, 65000].map((c) => `offset=500 (i32.add (i32.and (local.get 0) (i32.const 0xffff)) (i32.const ${c}))`),
    ...[1, 2, 3].map((k) => `(i32.shl (local.get 0) (i32.const ${k}))`),
    ...[1, 2, 3].map((k) => `offset=12 (i32.shl (i32.and (local.get 0) (i32.const 0x1fffffff)) (i32.const ${k}))`),
    '(i32.wrap_i64 (i64.or (i64.extend_i32_u (local.get 0)) (i64.const 0xffffffff00000000)))',
    '(i32.wrap_i64 (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 1)))',
    '(i32.wrap_i64 (i64.shr_u (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 33)) (i64.const 32)))',
    '(i32.sub (local.get 0) (i32.const 4))',
  ];
  const functions = accesses.flatMap((op) =>
    addresses.map((a) => `(param i32) (result ${op.slice(0, 3)}) (${op} ${a})`),
  );
  const pointers = [
    0, 1, 3, 4, 8, 500, 8191, 8192, 16383, 32764, 32768, 65020, 65027, 65524, 65527, 65528, 65531, 65532, 65533, 65534,
    65535, 65536, 0x1fffffff, 0x20000000, 0x3fffffff, 0x40000000, 0x7fff7ffc, 0x7ffffffc, 0x7fffffff, -0x80000000,
    -65536, -65535, -8, -5, -4, -3, -1,
  ];
  const calls = functions.flatMap((_, i) => pointers.map((p): [string, number[]] => [String(i), [p]]));
  expect(differences(moduleText(functions), calls, false).slice(0, 20)).toEqual([]);
});

test('byte swaps and what only looks like one', () => {
  const source = readFileSync(join(__dirname, '../filetests/isel/bswap.wat'), 'utf8').split('\n;;;')[0];
  const signatures = [...source.matchAll(/\(func ((?:\(param \$\w+ \w+\) ?)+)/g)].map((m) =>
    [...m[1].matchAll(/ (i32|i64)\)/g)].map((p) => p[1]),
  );
  let index = 0;
  const text = source
    .replace('(module', '(module (memory (export "m") 1)')
    .replace(/\(func /g, () => `(func (export "${index++}") `);
  expect(signatures.length).toBe(7);
  const values32 = [...EDGES32, 0x12345678, -0x6789abcd];
  const calls = signatures.flatMap((params, i) =>
    values32.map((_, k): [string, (number | bigint)[]] => [
      String(i),
      params.map((t, j) => (t === 'i32' ? values32[(k + j) % values32.length] : EDGES64[k])),
    ]),
  );
  expect(differences(text, calls, false)).toEqual([]);
});

// ------------------------------------------------------------------ random functions

/**
 * Random functions over two i32 and two i64 parameters, locals, memory and globals; straight code with branches, a
 * counted loop and calls.
 */
class Generator {
  constructor(private seed: number) {}

  private next(n: number): number {
    this.seed ^= this.seed << 13;
    this.seed ^= this.seed >>> 17;
    this.seed ^= this.seed << 5;
    return (this.seed >>> 0) % n;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.next(list.length)];
  }

  private i32(depth: number): string {
    if (depth === 0)
      return this.next(3) === 0 ? `(i32.const ${this.pick(EDGES32)})` : `(local.get ${this.pick([0, 1, 4, 5])})`;
    const d = depth - 1;
    switch (this.next(16)) {
      case 0:
        return `(i32.wrap_i64 ${this.i64(d)})`;
      case 1:
        return `(${this.pick(['i32.load', 'i32.load8_u', 'i32.load8_s', 'i32.load16_u', 'i32.load16_s'])} ${this.address(d)})`;
      case 2:
        return `(i32.${this.pick(COMPARE)} ${this.i32(d)} ${this.i32(d)})`;
      case 3:
        return `(i64.${this.pick(COMPARE)} ${this.i64(d)} ${this.i64(d)})`;
      case 4:
        return `(i32.eqz ${this.i32(d)})`;
      case 5:
        return `(select ${this.i32(d)} ${this.i32(d)} ${this.i32(d)})`;
      case 6:
        return `(i32.${this.pick(['extend8_s', 'extend16_s', 'clz', 'ctz', 'popcnt'])} ${this.i32(d)})`;
      case 7:
        return `(i32.and ${this.i32(d)} (i32.const ${this.pick([0xff, 0xffff, 31, 7, -8])}))`;
      case 8:
        return `(i32.${this.pick(['shl', 'shr_u', 'shr_s', 'rotl', 'mul', 'add', 'sub', 'div_u', 'rem_s'])} ${this.i32(d)} (i32.const ${this.pick([1, 2, 3, 4, 5, 9, 31, 16, 10])}))`;
      case 9:
        return `(i32.div_s ${this.i32(d)} (i32.or ${this.i32(d)} (i32.const 1)))`;
      case 10:
        return '(global.get $g32)';
      default:
        return `(i32.${this.pick(['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shr_u', 'add', 'rotr'])} ${this.i32(d)} ${this.i32(d)})`;
    }
  }

  private i64(depth: number): string {
    if (depth === 0)
      return this.next(3) === 0 ? `(i64.const ${this.pick(EDGES64)})` : `(local.get ${this.pick([2, 3, 6])})`;
    const d = depth - 1;
    switch (this.next(12)) {
      case 0:
        return `(i64.extend_i32_${this.pick(['u', 's'])} ${this.i32(d)})`;
      case 1:
        return `(${this.pick(['i64.load', 'i64.load8_u', 'i64.load8_s', 'i64.load16_u', 'i64.load32_u', 'i64.load32_s'])} ${this.address(d)})`;
      case 2:
        return `(select ${this.i64(d)} ${this.i64(d)} ${this.i32(d)})`;
      case 3:
        return `(i64.${this.pick(['extend8_s', 'extend16_s', 'extend32_s', 'clz', 'ctz', 'popcnt'])} ${this.i64(d)})`;
      case 4:
        return `(i64.and ${this.i64(d)} (i64.const ${this.pick([0xff, 0xffff, 0xffffffff, 0xfffffff0, -16])}))`;
      case 5:
        return `(i64.${this.pick(['shl', 'shr_u', 'shr_s', 'rotr', 'mul', 'add', 'sub', 'div_s', 'rem_u'])} ${this.i64(d)} (i64.const ${this.pick([1, 2, 3, 5, 32, 33, 63, 10])}))`;
      case 6:
        return '(global.get $g64)';
      case 7:
        return `(i64.rem_s ${this.i64(d)} (i64.or ${this.i64(d)} (i64.const 1)))`;
      default:
        return `(i64.${this.pick(['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shr_s', 'rotl'])} ${this.i64(d)} ${this.i64(d)})`;
    }
  }

  private address(d: number): string {
    const offset = this.pick(['', '', 'offset=4', 'offset=1', 'offset=65000']);
    const base = `(i32.and ${this.i32(d)} (i32.const ${this.pick([0x3f, 0xff, 0xfff])}))`;
    switch (this.next(5)) {
      case 0:
        return `${offset} (i32.add ${base} (i32.const ${this.pick([4, 8, 100])}))`;
      case 1:
        return `${offset} (i32.shl ${base} (i32.const ${this.next(4)}))`;
      case 2:
        return `${offset} (i32.const ${this.next(400)})`;
      default:
        return `${offset} ${base}`;
    }
  }

  private statement(depth: number): string {
    const e = 2 + this.next(2);
    switch (this.next(depth > 0 ? 11 : 7)) {
      case 0:
        return `(local.set ${this.pick([0, 1, 4, 5])} ${this.i32(e)})`;
      case 1:
        return `(local.set ${this.pick([2, 3, 6])} ${this.i64(e)})`;
      case 2:
        return `(${this.pick(['i32.store', 'i32.store8', 'i32.store16'])} ${this.address(1)} ${this.i32(e)})`;
      case 3:
        return `(${this.pick(['i64.store', 'i64.store8', 'i64.store16', 'i64.store32'])} ${this.address(1)} ${this.i64(e)})`;
      case 4: {
        const [t, w] = this.pick([
          ['i32', ''],
          ['i32', '8'],
          ['i32', '16'],
          ['i64', ''],
          ['i64', '32'],
        ] as const);
        const a = this.address(1);
        return `(${t}.store${w} ${a} (${t}.${this.pick(['add', 'sub', 'and', 'or', 'xor'])} (${t}.load${w === '' ? '' : `${w}_u`} ${a}) ${t === 'i32' ? this.i32(1) : this.i64(1)}))`;
      }
      case 5:
        return `(global.set $g32 ${this.i32(2)})`;
      case 6:
        return `(global.set $g64 ${this.i64(2)})`;
      case 7:
        return `(if ${this.i32(2)} (then ${this.statements(depth - 1)}) (else ${this.statements(depth - 1)}))`;
      case 8:
        return `(block (br_if 0 ${this.i32(2)}) ${this.statements(depth - 1)})`;
      case 9:
        return `(block (block (block (block (br_table 0 1 2 3 ${this.pick(['', '0 1 3 2'])} 1 ${this.i32(2)})) ${this.statements(0)}) ${this.statements(0)}) ${this.statements(0)})`;
      default:
        return `(local.set 7 (i32.const ${1 + this.next(4)})) (loop ${this.statements(0)} (br_if 0 (local.tee 7 (i32.sub (local.get 7) (i32.const 1)))))`;
    }
  }

  private statements(depth: number): string {
    return Array.from({ length: 1 + this.next(3) }, () => this.statement(depth)).join(' ');
  }

  body(): string {
    return `(param i32 i32 i64 i64) (result i64) (local i32 i32 i64 i32) ${this.statements(2)} ${this.statements(2)}
      (i64.add (i64.xor (i64.extend_i32_s (i32.xor (local.get 0) (i32.mul (local.get 1) (i32.const 31)))) (i64.mul (local.get 2) (i64.const 1000003)))
        (i64.add (local.get 3) (i64.xor (local.get 6) (i64.extend_i32_u (i32.add (local.get 4) (local.get 5))))))`;
  }
}

test('random functions', () => {
  const modules = Number(process.env.WAMR_TEST_RANDOM ?? 6);
  for (let seed = 1; seed <= modules; seed++) {
    const g = new Generator((seed * 2654435761) | 1);
    const text = moduleText(Array.from({ length: 40 }, () => g.body()));
    const calls = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 8 }, (_, k): [string, (number | bigint)[]] => {
        const n = i * 13 + k * 7;
        return [
          String(i),
          [
            EDGES32[n % EDGES32.length],
            EDGES32[(n * 5 + 3) % EDGES32.length],
            EDGES64[(n * 3 + 1) % EDGES64.length],
            EDGES64[(n * 11 + 2) % EDGES64.length],
          ],
        ];
      }),
    ).flat();
    expect(differences(text, calls, true).slice(0, 10), `seed ${seed}`).toEqual([]);
  }
});

test('i64: a masked upper half compared with a constant (boxed values)', () => {
  const functions: string[] = [];
  const calls: [string, (number | bigint)[]][] = [];
  const constants = [
    0n,
    1n,
    -0x100000000n,
    -0x7b00000000n,
    0x100000000n,
    0x7fffffff00000000n,
    -0x8000000000000000n,
    0xffffffffn,
    -1n,
  ];
  const values = constants.flatMap((k) => [k, k - 1n, k + 1n, k + 0x80000000n]).map((k) => BigInt.asIntN(64, k));
  for (const mask of [-0x100000000n, 0x7fffffff00000000n, -0x1000000000000n, -0xffffffffn])
    for (const op of COMPARE)
      for (const k of constants) {
        functions.push(
          `(param i64) (result i32) (i64.${op} (i64.and (local.get 0) (i64.const ${mask})) (i64.const ${k}))`,
        );
        for (const v of values) calls.push([String(functions.length - 1), [v]]);
      }
  expect(differences(moduleText(functions), calls, false)).toEqual([]);
});
