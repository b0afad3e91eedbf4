/**
 * Every float operator against V8, over edge values, in every shape that instruction selection treats differently:
 * operands in registers, loaded, constant, equal; comparisons consumed by set, branch, select. Floats travel as
 * integers (reinterpreted inside), so that NaN bits survive the boundary. Where the specification leaves NaN payloads
 * open, any NaN equals any NaN.
 */
import { expect, test } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';

// ------------------------------------------------------------------ a tiny module writer

const uleb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...uleb(n >>> 7)]);
const section = (id: number, body: number[]): number[] => [id, ...uleb(body.length), ...body];
const vec = (items: number[][]): number[] => [...uleb(items.length), ...items.flat()];
const I32 = 0x7f,
  I64 = 0x7e,
  F32 = 0x7d,
  F64 = 0x7c;

interface Fn {
  name: string;
  params: number[];
  result: number;
  body: number[];
}

/** A module with one page of memory and these exported functions. */
function moduleOf(fns: Fn[]): Uint8Array<ArrayBuffer> {
  const types = fns.map((f) => [0x60, ...vec(f.params.map((p) => [p])), 1, f.result]);
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, vec(types)),
    ...section(3, vec(fns.map((_, i) => uleb(i)))),
    ...section(5, [1, 0, 1]),
    ...section(7, vec(fns.map((f, i) => [...uleb(f.name.length), ...Buffer.from(f.name), 0, ...uleb(i)]))),
    ...section(
      10,
      vec(
        fns.map((f) => {
          const code = [0, ...f.body, 0x0b];
          return [...uleb(code.length), ...code];
        }),
      ),
    ),
  ]);
}

// ------------------------------------------------------------------ values

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);
const f64 = new Float64Array(1);
const u64 = new BigUint64Array(f64.buffer);
const bits32 = (x: number): number => ((f32[0] = x), u32[0] | 0);
const bits64 = (x: number): bigint => ((f64[0] = x), BigInt.asIntN(64, u64[0]));

const NUMBERS = [
  0,
  1,
  2,
  3,
  0.5,
  1.5,
  2.5,
  0.49999999999999994,
  0.1,
  4503599627370496.5,
  8388607.5,
  16777217,
  9007199254740993,
  2 ** 31,
  2 ** 31 - 1,
  2 ** 31 + 1,
  2147483647.5,
  2147483648.9,
  2147483649,
  2147483904,
  2 ** 32,
  2 ** 32 - 1,
  4294967295.9,
  4294967296.5,
  2 ** 63,
  9223372036854774784,
  9223373136366403584,
  2 ** 64,
  18446744073709549568,
  1e10,
  1e300,
  5e-324,
  2.2250738585072014e-308,
  1.17549435e-38,
  1.4e-45,
  3.4028234e38,
  3.4028236e38,
  1.7976931348623157e308,
  Infinity,
];
const BITS32 = [
  ...new Set([
    ...NUMBERS.flatMap((x) => [bits32(x), bits32(-x)]),
    0x7fc00000,
    0xffc00000 | 0,
    0x7fa00000,
    0xffa12345 | 0,
    0x7f800001,
  ]),
];
const BITS64 = [
  ...new Set([
    ...NUMBERS.flatMap((x) => [bits64(x), bits64(-x)]),
    0x7ff8000000000000n,
    -0x8000000000000n,
    0x7ff4000000000000n,
    -0xbedcba9876543n,
    0x7ff0000000000001n,
  ]),
];
const INTS32 = [0, 1, -1, 2, 7, 16777217, 33554433, 0x7fffffff, -0x80000000, -0x7fffffff, 0x40000001, 0x7fffff80, -129];
const INTS64 = [
  0n,
  1n,
  -1n,
  3n,
  (1n << 53n) + 1n,
  (1n << 24n) + 1n,
  (1n << 63n) - 1n,
  -(1n << 63n),
  -(1n << 63n) + 1n,
  -(1n << 63n) + 1025n,
  -(1n << 63n) + 1024n,
  0x7ffffffffffffdffn,
  0x8000008000000001n - (1n << 64n),
  -1024n,
  -1025n,
  0x4000004000000001n,
  0xfffffffffffffbffn - (1n << 64n),
  0x100000000n,
  -2n,
];

const isNaN32 = (b: number): boolean => (b & 0x7fffffff) > 0x7f800000;
const isNaN64 = (b: bigint): boolean => BigInt.asUintN(63, b) > 0x7ff0000000000000n;

type Value = number | bigint | string;
/** Calls and gives the result, or the text of the trap. */
function outcome(f: (...a: (number | bigint)[]) => Value, ...args: (number | bigint)[]): Value {
  try {
    return f(...args);
  } catch (e) {
    return `trap: ${(e as Error).message}`;
  }
}

function sameUpToNaN(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number' && isNaN32(a) && isNaN32(b)) return true;
  if (typeof a === 'bigint' && typeof b === 'bigint' && isNaN64(a) && isNaN64(b)) return true;
  return a === b;
}

/** Runs every function of the module on both engines over the product of the values of its parameters. */
function compare(fns: Fn[], exact: boolean, values: (type: number) => readonly (number | bigint)[]): void {
  const bytes = moduleOf(fns);
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<
    string,
    (...a: (number | bigint)[]) => Value
  >;
  for (const options of [{ target: 'x86-64-v2' }, { target: 'x86-64-v3' }] as const) {
    const ours = new Instance(new Module(compileSync(bytes, { ...options, verify: true }))).exports as typeof v8;
    const wrong: string[] = [];
    for (const { name, params } of fns) {
      const [f, g] = [v8[name], ours[name]];
      for (const a of values(params[0]))
        for (const b of params.length > 1 ? values(params[1]) : [0]) {
          const args = params.length > 1 ? [a, b] : [a];
          const [x, y] = [outcome(f, ...args), outcome(g, ...args)];
          if (!(exact ? x === y : sameUpToNaN(x, y)))
            wrong.push(`${options.target} ${name}(${args.map(hex).join(', ')}) = ${hex(y)}, V8: ${hex(x)}`);
        }
    }
    expect(wrong).toEqual([]);
  }
}
const hex = (x: Value): string =>
  typeof x === 'string'
    ? x
    : typeof x === 'number'
      ? `0x${(x >>> 0).toString(16)}`
      : `0x${BigInt.asUintN(64, x).toString(16)}n`;
const floats = (t: number): readonly (number | bigint)[] => (t === I32 ? BITS32 : BITS64);
const ints = (t: number): readonly (number | bigint)[] => (t === I32 ? INTS32 : INTS64);

// ------------------------------------------------------------------ shapes

interface Kind {
  f: number;
  i: number;
  toFloat: number;
  toInt: number;
  load: number;
  store: number;
  konst: number;
  bytes(x: number): number[];
}
const K32: Kind = {
  f: F32,
  i: I32,
  toFloat: 0xbe,
  toInt: 0xbc,
  load: 0x2a,
  store: 0x38,
  konst: 0x43,
  bytes: (x) => [...new Uint8Array(new Float32Array([x]).buffer)],
};
const K64: Kind = {
  f: F64,
  i: I64,
  toFloat: 0xbf,
  toInt: 0xbd,
  load: 0x2b,
  store: 0x39,
  konst: 0x44,
  bytes: (x) => [...new Uint8Array(new Float64Array([x]).buffer)],
};
const KINDS = [K32, K64];
const get = (k: Kind, i: number): number[] => [0x20, i, k.toFloat];
/** Parameter i by way of memory. */
const putInMemory = (k: Kind, i: number): number[] => [0x41, i * 8 + 16, ...get(k, i), k.store, 0, 0];
const fromMemory = (k: Kind, i: number): number[] => [0x41, i * 8, k.load, 0, 16];

/** The operator with its two operands in every shape; `wrap` makes the result an integer. */
function binaryShapes(k: Kind, name: string, op: number[], result: number, wrap: number[]): Fn[] {
  const p = [k.i, k.i];
  const fn = (shape: string, params: number[], body: number[]): Fn => ({
    name: `${name} ${shape}`,
    params,
    result,
    body: [...body, ...wrap],
  });
  const constants = [0, -0, 1.5, NaN, -Infinity].flatMap((c) => [
    fn(`x, ${Object.is(c, -0) ? '-0' : c}`, [k.i], [...get(k, 0), k.konst, ...k.bytes(c), ...op]),
    fn(`${Object.is(c, -0) ? '-0' : c}, x`, [k.i], [k.konst, ...k.bytes(c), ...get(k, 0), ...op]),
  ]);
  return [
    fn('x, y', p, [...get(k, 0), ...get(k, 1), ...op]),
    fn('x, load', p, [...putInMemory(k, 1), ...get(k, 0), ...fromMemory(k, 1), ...op]),
    fn('load, y', p, [...putInMemory(k, 0), ...fromMemory(k, 0), ...get(k, 1), ...op]),
    fn('load, load', p, [...putInMemory(k, 0), ...putInMemory(k, 1), ...fromMemory(k, 0), ...fromMemory(k, 1), ...op]),
    fn('x, x', [k.i], [...get(k, 0), ...get(k, 0), ...op]),
    ...constants,
  ];
}

function unaryShapes(k: Kind, name: string, op: number[], result: number, wrap: number[]): Fn[] {
  return [
    { name: `${name} x`, params: [k.i], result, body: [...get(k, 0), ...op, ...wrap] },
    { name: `${name} load`, params: [k.i], result, body: [...putInMemory(k, 0), ...fromMemory(k, 0), ...op, ...wrap] },
  ];
}

// ------------------------------------------------------------------ tests

const UNARY = ['abs', 'neg', 'ceil', 'floor', 'trunc', 'nearest', 'sqrt'];
const BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max', 'copysign'];

test.each(BINARY.map((name, i) => [name, i] as const))('%s', (name, i) => {
  for (const k of KINDS)
    compare(binaryShapes(k, name, [(k === K32 ? 0x92 : 0xa0) + i], k.i, [k.toInt]), name === 'copysign', floats);
});

test.each(UNARY.map((name, i) => [name, i] as const))('%s', (name, i) => {
  for (const k of KINDS) compare(unaryShapes(k, name, [(k === K32 ? 0x8b : 0x99) + i], k.i, [k.toInt]), i < 2, floats);
});

const COMPARISONS = ['eq', 'ne', 'lt', 'gt', 'le', 'ge'];
/** What follows a comparison: tail of the body after its i32. Local 0 and 1 are the parameters. */
const CONSUMERS: [string, number[]][] = [
  ['set', []],
  ['eqz', [0x45]],
  ['if', [0x04, I32, 0x41, 5, 0x05, 0x41, 9, 0x0b]],
  ['if not', [0x45, 0x04, I32, 0x41, 5, 0x05, 0x41, 9, 0x0b]],
];

test.each(COMPARISONS.map((name, i) => [name, i] as const))('comparison %s', (name, i) => {
  for (const k of KINDS) {
    const op = (k === K32 ? 0x5b : 0x61) + i;
    for (const [consumer, tail] of CONSUMERS)
      compare(binaryShapes(k, `${name} ${consumer}`, [op], I32, tail), true, floats);
    // select of integers and of floats: the condition comes last.
    const cond = [...get(k, 0), ...get(k, 1), op];
    const negated = [...cond, 0x45];
    compare(
      [
        { name: 'select i32', params: [k.i, k.i], result: I32, body: [0x41, 11, 0x41, 22, ...cond, 0x1b] },
        { name: 'select i32, not', params: [k.i, k.i], result: I32, body: [0x41, 11, 0x41, 22, ...negated, 0x1b] },
        {
          name: 'select of operands',
          params: [k.i, k.i],
          result: k.i,
          body: [...get(k, 0), ...get(k, 1), ...cond, 0x1b, k.toInt],
        },
        {
          name: 'select of operands, not',
          params: [k.i, k.i],
          result: k.i,
          body: [...get(k, 0), ...get(k, 1), ...negated, 0x1b, k.toInt],
        },
        { name: 'select of bits', params: [k.i, k.i], result: k.i, body: [0x20, 0, 0x20, 1, ...cond, 0x1b] },
      ],
      true,
      floats,
    );
  }
});

test('truncations, trapping and saturating', () => {
  const ops: [string, Kind, number, number[]][] = [
    ['i32_f32_s', K32, I32, [0xa8]],
    ['i32_f32_u', K32, I32, [0xa9]],
    ['i32_f64_s', K64, I32, [0xaa]],
    ['i32_f64_u', K64, I32, [0xab]],
    ['i64_f32_s', K32, I64, [0xae]],
    ['i64_f32_u', K32, I64, [0xaf]],
    ['i64_f64_s', K64, I64, [0xb0]],
    ['i64_f64_u', K64, I64, [0xb1]],
  ];
  ops.forEach(([name, k, result, op], i) => {
    compare(unaryShapes(k, `trunc_${name}`, op, result, []), true, floats);
    compare(unaryShapes(k, `trunc_sat_${name}`, [0xfc, i], result, []), true, floats);
  });
});

test('conversions from integers', () => {
  const ops: [number, number, number, number][] = [
    [0xb2, I32, 0xbc, I32],
    [0xb3, I32, 0xbc, I32],
    [0xb4, I64, 0xbc, I32],
    [0xb5, I64, 0xbc, I32],
    [0xb7, I32, 0xbd, I64],
    [0xb8, I32, 0xbd, I64],
    [0xb9, I64, 0xbd, I64],
    [0xba, I64, 0xbd, I64],
  ];
  const fns = ops.flatMap(([op, from, toInt, result]): Fn[] => [
    { name: `${op} x`, params: [from], result, body: [0x20, 0, op, toInt] },
    {
      name: `${op} load`,
      params: [from],
      result,
      body: [
        0x41,
        32,
        0x20,
        0,
        from === I32 ? 0x36 : 0x37,
        0,
        0,
        0x41,
        32,
        from === I32 ? 0x28 : 0x29,
        0,
        0,
        op,
        toInt,
      ],
    },
    // Upper halves that are not zero must not leak into the conversion of an i32.
    ...(from === I32 ? [{ name: `${op} wrap`, params: [I64], result, body: [0x20, 0, 0xa7, op, toInt] }] : []),
  ]);
  compare(fns, true, ints);
});

test('promotion, demotion, reinterpretation', () => {
  compare(unaryShapes(K32, 'promote', [0xbb], I64, [0xbd]), false, floats);
  compare(unaryShapes(K64, 'demote', [0xb6], I32, [0xbc]), false, floats);
  for (const k of KINDS) {
    compare(
      [
        { name: 'there and back', params: [k.i], result: k.i, body: [...get(k, 0), k.toInt] },
        {
          name: 'stored as float, loaded as integer',
          params: [k.i],
          result: k.i,
          body: [...putInMemory(k, 0), 0x41, 0, k.i === I32 ? 0x28 : 0x29, 0, 16],
        },
        {
          name: 'integer load as float',
          params: [k.i],
          result: k.i,
          body: [
            0x41,
            16,
            0x20,
            0,
            k.i === I32 ? 0x36 : 0x37,
            0,
            0,
            0x41,
            0,
            k.i === I32 ? 0x28 : 0x29,
            0,
            16,
            k.toFloat,
            k.toInt,
          ],
        },
        {
          name: 'float load as integer',
          params: [k.i],
          result: k.i,
          body: [...putInMemory(k, 0), ...fromMemory(k, 0), k.toInt],
        },
      ],
      true,
      floats,
    );
  }
});

test('constants keep their bits', () => {
  const fns: Fn[] = [];
  BITS32.forEach((b, i) =>
    fns.push({
      name: `f32 ${i}`,
      params: [I32],
      result: I32,
      body: [0x43, b & 255, (b >> 8) & 255, (b >> 16) & 255, b >>> 24, 0xbc],
    }),
  );
  BITS64.forEach((b, i) =>
    fns.push({
      name: `f64 ${i}`,
      params: [I32],
      result: I64,
      body: [0x44, ...new Uint8Array(new BigInt64Array([b]).buffer), 0xbd],
    }),
  );
  compare(fns, true, () => [0]);
});

test('many live floats and calls: spills keep their bits', () => {
  for (const k of KINDS) {
    // Twenty products of the parameters, all live until the end, around a call.
    const n = 20;
    const body: number[] = [];
    for (let i = 0; i < n; i++) body.push(...get(k, 0), k.konst, ...k.bytes(i + 1), k === K32 ? 0x94 : 0xa2);
    body.push(...get(k, 1), 0x10, 1);
    for (let i = 0; i < n; i++) body.push(k === K32 ? 0x93 : 0xa1);
    body.push(k.toInt);
    // Function 1 is the callee.
    compare(
      [
        { name: 'sum', params: [k.i, k.i], result: k.i, body },
        { name: 'callee', params: [k.f], result: k.f, body: [0x20, 0, 0x20, 0, k === K32 ? 0x92 : 0xa0] },
      ],
      false,
      (t) => (t === k.i ? floats(t) : [1]),
    );
  }
});
