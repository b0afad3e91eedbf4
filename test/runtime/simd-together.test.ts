/** SIMD operators that instruction selection takes together: chains, splats with replaced lanes, tests in branches. */
import { expect, test } from 'vitest';
import { functionModules } from '../support/simd-build.js';
import { SIMD_ROWS, RESULT, get, v128Load, v128Const, opcode, store, named } from '../support/simd-code.js';
import { TARGETS, compare, here, inV8 } from '../support/simd-compare.js';
import { SHUFFLES } from '../support/simd-shuffles.js';
import { VALUES, FEW } from '../support/simd-values.js';
import { sleb } from '../support/wasm-build.js';

test('operators that are selected together', () => {
  const x = [...get(0), ...v128Load()];
  const y = [...get(1), ...v128Load()];
  const bodies: [string, number[]][] = [];
  // Chains of extensions, of vectors, of loads that end where memory does, of shuffles.
  const extensions = ['i16x8.extend_low_i8x16', 'i32x4.extend_low_i16x8', 'i64x2.extend_low_i32x4'];
  const signs = (n: number): string[][] =>
    n === 0
      ? [[]]
      : signs(n - 1).flatMap((list) => [
          [...list, '_s'],
          [...list, '_u'],
        ]);
  const sources: [string, number[]][] = [
    ['vector', x],
    ['load32_zero', [...get(0), ...named('v128.load32_zero', 0, 4)]],
    ['load64_zero', [...get(0), ...named('v128.load64_zero', 0, 8)]],
    ...[
      SHUFFLES[4],
      SHUFFLES[10],
      [0, 4, 8, 12, 1, 5, 9, 13, 16, 20, 24, 28, 17, 21, 25, 29],
      [16, 20, 24, 28, 17, 21, 25, 29, 0, 4, 8, 12, 1, 5, 9, 13],
      [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11],
    ].flatMap((l, k): [string, number[]][] => [
      [`shuffle ${k}`, [...x, ...y, ...named('i8x16.shuffle', ...l)]],
      [`shuffle of zeros ${k}`, [...v128Const(VALUES[0]), ...y, ...named('i8x16.shuffle', ...l)]],
    ]),
  ];
  for (const [what, code] of sources)
    for (let from = 0; from < 3; from++)
      for (let n = 1; from + n <= 3; n++)
        for (const list of signs(n))
          bodies.push([
            `${what} ${from} ${list}`,
            [...code, ...list.flatMap((sign, k) => named(extensions[from + k] + sign))],
          ]);
  for (const name of ['f64x2.convert_low_i32x4_s', 'f64x2.promote_low_f32x4'])
    for (const [what, code] of sources) bodies.push([`${name} of ${what}`, [...code, ...named(name)]]);
  // A splat and replaced lanes: all others, in any order, all but one; read as a whole or only below.
  const scalars: [string, number, (k: number) => number[]][] = [
    ['i8x16', 16, (k) => [...get(0), 0x2d, 0, k]],
    ['i16x8', 8, (k) => [...get(0), 0x2f, 0, k]],
    ['i32x4', 4, (k) => [...get(0), 0x28, 0, k]],
    ['i64x2', 2, (k) => [...get(0), 0x29, 0, k]],
    ['f32x4', 4, (k) => [...get(0), 0x2a, 0, k]],
    ['f64x2', 2, (k) => [...get(0), 0x2b, 0, k]],
  ];
  for (const [shape, n, scalar] of scalars) {
    const chain = (lanes: number[]): number[] => [
      ...scalar(3),
      ...named(`${shape}.splat`),
      ...lanes.flatMap((l) => [...scalar(l % 9), ...named(`${shape}.replace_lane`, l)]),
    ];
    const all = Array.from({ length: n }, (_, k) => k);
    for (const lanes of [
      all.slice(1),
      all.slice(1).reverse(),
      all,
      all.slice(2),
      all.slice(0, -1),
      [...all.slice(1), 1],
      all.slice(1, n / 2),
      all.slice(1, Math.max(n / 4, 2)),
      all.slice(1).filter((l) => l !== 2),
    ]) {
      bodies.push([`${shape} ${lanes}`, chain(lanes)]);
      for (const below of ['i32x4.extend_low_i16x8_u', 'i16x8.extend_low_i8x16_s', 'f64x2.promote_low_f32x4'])
        bodies.push([`${below} of ${shape} ${lanes}`, [...chain(lanes), ...named(below)]]);
      for (const bits of [32, 64])
        bodies.push([
          `store${bits} of ${shape} ${lanes}`,
          [
            ...v128Const(VALUES[0]),
            ...store('v'),
            0x41,
            ...sleb(BigInt(RESULT)),
            ...chain(lanes),
            ...named(`v128.store${bits}_lane`, 0, 0, 0),
            0x41,
            ...sleb(BigInt(RESULT)),
            0x41,
            ...sleb(BigInt(RESULT)),
            ...v128Load(),
          ],
        ]);
    }
  }
  compare(
    bodies.map(([name, code], k) => ({
      name: `${k}: ${name}`,
      operands: 'vv',
      result: 'v',
      float: 0,
      body: [0x41, ...sleb(BigInt(RESULT)), ...code, ...store('v')],
    })),
    FEW,
  );
});

test('lanes looked up by parts of bytes', () => {
  const x = [...get(0), ...v128Load()];
  const y = [...get(1), ...v128Load()];
  const shifted = (v: number[], n: number): number[] => [...v, 0x41, n, ...named('i8x16.shr_u')];
  const mask = (...m: number[]): number[] => v128Const(Uint8Array.from({ length: 16 }, (_, k) => m[k % m.length]));
  const indices: [string, number[]][] = [
    ...[1, 2, 3, 4, 5, 7, 12].map((n): [string, number[]] => [`shifted by ${n}`, shifted(y, n)]),
    ...[[0x0f], [0x8f], [0x80], [0x1f], [0x7f], [0x4f, 0x0f], [0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x0f, 0x2f]].map(
      (m): [string, number[]] => [`masked by ${m}`, [...mask(...m), ...y, ...named('v128.and')]],
    ),
    ['or', [...shifted(y, 5), ...mask(0x80, 0x08), ...named('v128.or')]],
    ['or of more', [...shifted(y, 5), ...mask(0x80, 0x18), ...named('v128.or')]],
    ['xor', [...shifted(y, 4), ...shifted(x, 5), ...named('v128.xor')]],
    ['xor of all', [...shifted(y, 4), ...x, ...named('v128.xor')]],
    ['and of halves', [...x, ...shifted(y, 4), ...named('v128.and')]],
    ['shuffle', [...shifted(y, 4), ...shifted(x, 6), ...named('i8x16.shuffle', ...SHUFFLES[10])]],
    ['shuffle of all', [...shifted(y, 4), ...x, ...named('i8x16.shuffle', ...SHUFFLES[10])]],
  ];
  compare(
    indices.map(([name, code]) => ({
      name,
      operands: 'vv',
      result: 'v',
      float: 0,
      body: [0x41, ...sleb(BigInt(RESULT)), ...x, ...code, ...named('i8x16.swizzle'), ...store('v')],
    })),
    Array.from({ length: 16 }, (_, k) => Uint8Array.from({ length: 16 }, (_, j) => 16 * k + j)),
  );
});

test('tests of vectors in branches and selections', () => {
  const tests = SIMD_ROWS.filter(([, name]) => /_true$/.test(name));
  const uses: [string, (test: number[]) => number[]][] = [
    ['if', (t) => [...t, 0x04, 0x7f, 0x41, 11, 0x05, 0x41, 22, 0x0b]],
    ['if not', (t) => [...t, 0x45, 0x04, 0x7f, 0x41, 11, 0x05, 0x41, 22, 0x0b]],
    ['select', (t) => [0x41, 11, 0x41, 22, ...t, 0x1b]],
    ['not', (t) => [...t, 0x45]],
    ['twice', (t) => [...t, 0x22, 1, 0x04, 0x7f, 0x41, 30, 0x05, 0x41, 40, 0x0b, 0x20, 1, 0x6a]],
    ['select a vector', (t) => [...v128Const(VALUES[5]), ...v128Const(VALUES[6]), ...t, 0x1b, 0xfd, 27, 2]],
    ['branch', (t) => [0x02, 0x7f, 0x41, 5, ...t, 0x0d, 0, 0x1a, 0x41, 6, 0x0b]],
  ];
  // What is tested: a vector as it is, and what the test may take over.
  const sources = [
    '',
    'v128.and',
    'v128.andnot',
    'i8x16.eq',
    'i16x8.eq',
    'i32x4.ne',
    'i64x2.ne',
    'i64x2.eq',
    'i16x8.gt_u',
    'i32x4.le_s',
    'f32x4.lt',
    'f64x2.ge',
    'f64x2.eq',
  ];
  const vector = (source: string): number[] => [
    ...get(0),
    ...v128Load(),
    ...(source === '' ? [] : [...get(0), ...v128Load(16), ...named(source)]),
  ];
  const fns = tests.flatMap(([op, name]) =>
    sources.flatMap((source) =>
      uses.map(([use, code]) => ({
        name: `${name} ${source} ${use}`,
        params: [0x7f],
        results: [0x7f],
        locals: [0x7f],
        body: code([...vector(source), ...opcode(op)]),
      })),
    ),
  );
  const module = functionModules(fns);
  const v8 = inV8(module);
  for (const options of TARGETS) {
    const ours = here(module, options);
    const wrong: string[] = [];
    for (const x of VALUES)
      for (const y of [x, ...FEW]) {
        for (const e of [v8, ours]) new Uint8Array(e.memory.buffer).set([...x, ...y], 64);
        for (const { name } of fns)
          if (ours[name](64) !== v8[name](64) && wrong.length < 10)
            wrong.push(`${name} ${Buffer.from([...x, ...y]).toString('hex')}`);
      }
    expect(wrong).toEqual([]);
  }
});
