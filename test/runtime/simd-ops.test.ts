/**
 * Every SIMD operator against V8, over edge values, in every shape that instruction selection treats differently:
 * operands in registers, loaded, constant, equal; tests of vectors consumed by set, branch, select. Vectors travel
 * through memory. Where the specification leaves NaN payloads open, any quiet NaN equals any other.
 */
import { describe, expect, test } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { Imm } from '../../src-ts/wasm/opcodes.js';
import { OP_IMM, OP_N } from '../../src-ts/wasm/op-tables.js';
import { SIMD_ROWS as ALL_ROWS } from '../../src-ts/wasm/simd-opcodes.js';
import { functionModules } from '../support/simd-build.js';
import { thrownBy } from '../support/thrown.js';
import { leb, sleb } from '../support/wasm-build.js';

/** Those of relaxed SIMD have a test of their own. */
const SIMD_ROWS = ALL_ROWS.filter(([op]) => op < 0x300);

const V128 = 0x7b;
const TYPE: Record<string, number> = { i: 0x7f, I: 0x7e, f: 0x7d, F: 0x7c, v: V128 };
/** Where operands lie, results go, and lane loads read. */
const RESULT = 0x8000;
const LOADED = 0x4000;

const TARGETS = [
  { target: 'x86-64-v2' },
  { target: 'x86-64-v3' },
  { target: 'x86-64-v2', bounds: 'explicit' },
] as const;

// ------------------------------------------------------------------ values

/** xorshift32. */
let state = 0x9e3779b9;
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

const bytes = (fill: (view: DataView) => void): Uint8Array => {
  const view = new DataView(new ArrayBuffer(16));
  fill(view);
  return new Uint8Array(view.buffer);
};
const lanes8 = (...x: number[]): Uint8Array => Uint8Array.from({ length: 16 }, (_, k) => x[k % x.length]);
const lanes16 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 8; k++) v.setUint16(2 * k, x[k % x.length] & 0xffff, true);
  });
const lanes32 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 4; k++) v.setUint32(4 * k, x[k % x.length] >>> 0, true);
  });
const lanes64 = (...x: bigint[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 2; k++) v.setBigUint64(8 * k, BigInt.asUintN(64, x[k % x.length]), true);
  });
const floats32 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 4; k++) v.setFloat32(4 * k, x[k % x.length], true);
  });
const floats64 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 2; k++) v.setFloat64(8 * k, x[k % x.length], true);
  });

const VALUES: readonly Uint8Array[] = [
  lanes8(0),
  lanes8(0xff),
  lanes8(0x80),
  lanes8(0x7f),
  lanes8(1, 0xff, 0x80, 0x7f, 0, 2, 0xfe, 0x81),
  lanes8(...Array(16).keys()),
  lanes8(...Array.from({ length: 16 }, (_, k) => 31 - 2 * k)),
  lanes16(0x8000),
  lanes16(0x7fff, 0x8000, 0xffff, 1, 0, 0x0100, 0x00ff, 0x8001),
  lanes32(0x80000000),
  lanes32(0x7fffffff, 0x80000000, 0xffffffff, 1),
  lanes32(0, 0x01000001, 0xffffff80, 0x40000000),
  lanes64(1n << 63n, (1n << 63n) - 1n),
  lanes64(-1n, 1n),
  lanes64(0x100000000n, 0xffffffffn),
  floats32(0, -0, 1, -1),
  floats32(-0, 0, NaN, 1),
  floats32(Infinity, -Infinity, NaN, -0),
  floats32(0.5, 1.5, 2.5, -0.5),
  floats32(2 ** 31, -(2 ** 31), 2 ** 32, 2147483520),
  floats32(4294967040, 3e9, -1.5, 1e-40),
  lanes32(0x7fa00000, 0xffa12345, 0x7f800001, 0xffc00000),
  lanes32(0x4f000000, 0xcf000001, 0x4f800000, 0x00000001),
  floats64(0, -0),
  floats64(NaN, 1),
  floats64(-0, 0),
  floats64(Infinity, -Infinity),
  floats64(2147483647.5, -2147483648.9),
  floats64(4294967295.9, -0.9),
  floats64(2.5, 1e300),
  lanes64(0x7ff4000000000001n, 0xfff8000000000000n),
  ...Array.from({ length: 5 }, () => lanes32(random(), random(), random(), random())),
];
/** Second and third operands of what takes three. */
const FEW = VALUES.filter((_, k) => k % 5 === 4);
const INTS = [0, 1, -1, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 0x7fffffff, -0x80000000, 0x12345678, 200];
const LONGS = [0n, 1n, -1n, 1n << 63n, 0x123456789abcdefn];
const FLOATS = [0, -0, 1.5, NaN, Infinity, 1e-40, 3.4e38];

const valuesOf = (letter: string, few: boolean, vectors = VALUES): readonly (number | bigint | Uint8Array)[] =>
  letter === 'v' ? (few ? FEW : vectors) : letter === 'i' ? INTS : letter === 'I' ? LONGS : FLOATS;

// ------------------------------------------------------------------ code

const get = (k: number): number[] => [0x20, k];
const v128Load = (offset = 0): number[] => [0xfd, 0, 0, ...leb(offset)];
const v128Const = (x: Uint8Array): number[] => [0xfd, 12, ...x];
const opcode = (op: number): number[] => [0xfd, ...leb(op - 0x200)];
const store = (letter: string): number[] =>
  ({ v: [0xfd, 11, 0, 0], i: [0x36, 0, 0], I: [0x37, 0, 0], f: [0x38, 0, 0], F: [0x39, 0, 0] })[letter]!;
const constant = (letter: string, x: number | bigint | Uint8Array): number[] => {
  if (letter === 'v') return v128Const(x as Uint8Array);
  const buffer = Buffer.alloc(8);
  if (letter === 'f') return (buffer.writeFloatLE(x as number), [0x43, ...buffer.subarray(0, 4)]);
  if (letter === 'F') return (buffer.writeDoubleLE(x as number), [0x44, ...buffer]);
  return [letter === 'i' ? 0x41 : 0x42, ...sleb(BigInt.asIntN(64, BigInt(x as number | bigint)))];
};
interface Case {
  name: string;
  /** Operand letters, result letter. */
  params: string;
  result: string;
  /** Opcode and immediates. */
  code: number[];
}

const SHUFFLES: number[][] = [
  [...Array(16).keys()],
  Array.from({ length: 16 }, (_, k) => 16 + k),
  Array(16).fill(3),
  Array(16).fill(20),
  Array.from({ length: 16 }, (_, k) => 15 - k),
  // pshufd, pshuflw, pshufhw, interleavings, pblendw, shufps, palignr
  [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11],
  [2, 3, 0, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 1, 2, 3, 4, 5, 6, 7, 14, 15, 12, 13, 10, 11, 8, 9],
  ...[1, 2, 4, 8].flatMap((w) =>
    [
      [0, 16],
      [16, 0],
      [8, 24],
      [24, 8],
    ].map(([a, b]) =>
      Array.from({ length: 16 }, (_, k) => ((k / w) & 1 ? b : a) + ((k >> 1) & ~(w - 1)) + (k & (w - 1))),
    ),
  ),
  Array.from({ length: 16 }, (_, k) => k + ((k >> 1) % 3 === 0 ? 16 : 0)),
  Array.from({ length: 16 }, (_, k) => k + ((k >> 1) % 3 === 0 ? 0 : 16)),
  Array.from({ length: 16 }, (_, k) => k + (k % 3 === 0 ? 0 : 16)),
  [8, 9, 10, 11, 0, 1, 2, 3, 28, 29, 30, 31, 16, 17, 18, 19],
  [24, 25, 26, 27, 24, 25, 26, 27, 4, 5, 6, 7, 0, 1, 2, 3],
  ...[1, 5, 15, 17, 23, 31].map((n) => Array.from({ length: 16 }, (_, k) => (k + n) & 31)),
  ...[1, 7].map((n) => Array.from({ length: 16 }, (_, k) => (k + n) & 15)),
  ...Array.from({ length: 12 }, () => Array.from({ length: 16 }, () => random() & 31)),
];

function casesOf([op, name, signature]: (typeof SIMD_ROWS)[number]): Case[] {
  const [params, result] = signature.split(':');
  const one = (suffix: string, ...immediates: number[]): Case => ({
    name: name + suffix,
    params,
    result,
    code: [...opcode(op), ...immediates],
  });
  switch (OP_IMM[op] as Imm) {
    case Imm.LANE:
      return [0, OP_N[op] >> 1, OP_N[op] - 1].filter((l, k, a) => a.indexOf(l) === k).map((l) => one(` ${l}`, l));
    case Imm.SHUFFLE:
      return SHUFFLES.map((s) => one(` ${s}`, ...s));
    case Imm.NONE:
      return [one('')];
    default:
      return [];
  }
}

interface Fn {
  name: string;
  /** Operands that the caller places; the others are constants or the same again. */
  operands: string;
  result: string;
  float: 0 | 32 | 64;
  /** Address of each operand → []. */
  body: number[];
  /** Other functions that it calls come first. */
  inner?: { params: number[]; results: number[]; body: number[] };
}

/** Loads operand k, whose address is parameter k. */
const loadOperand = (letter: string, k: number): number[] => [
  ...get(k),
  ...{ v: v128Load(), i: [0x28, 0, 0], I: [0x29, 0, 0], f: [0x2a, 0, 0], F: [0x2b, 0, 0] }[letter]!,
];

/** Results whose NaN payload is open: 32- or 64-bit lanes. */
function floatLanes(name: string): 0 | 32 | 64 {
  if (!/^f(32x4|64x2)\.(ceil|floor|trunc|nearest|sqrt|add|sub|mul|div|min|max|demote|promote)/.test(name)) return 0;
  return name.startsWith('f32') ? 32 : 64;
}

function shapesOf(c: Case): Fn[] {
  const letters = [...c.params];
  const float = floatLanes(c.name);
  const put = (operands: number[][]): number[] => [
    0x41,
    ...sleb(BigInt(RESULT)),
    ...operands.flat(),
    ...c.code,
    ...store(c.result),
  ];
  const fns: Fn[] = [
    { name: `${c.name} loaded`, operands: c.params, result: c.result, float, body: put(letters.map(loadOperand)) },
  ];
  // In registers: parameters of a function of its own.
  fns.push({
    name: `${c.name} registers`,
    operands: c.params,
    result: c.result,
    float,
    inner: {
      params: letters.map((l) => TYPE[l]),
      results: [TYPE[c.result]],
      body: [...letters.flatMap((_, k) => get(k)), ...c.code],
    },
    body: [0x41, ...sleb(BigInt(RESULT)), ...letters.flatMap(loadOperand), 0x10, -1, ...store(c.result)],
  });
  if (c.params.startsWith('vv')) {
    // The third operand stays what it is.
    const rest = letters.slice(2).map((l, k) => loadOperand(l, k + 1));
    fns.push({
      name: `${c.name} equal`,
      operands: `v${c.params.slice(2)}`,
      result: c.result,
      float,
      body: put([loadOperand('v', 0), loadOperand('v', 0), ...rest]),
    });
  }
  if (/^i(8x16|16x8)\.(splat|replace)/.test(c.name)) {
    // Narrow loads are lanes in memory; masks above a lane don't matter.
    const wide = letters.length - 1;
    const operands = letters.slice(0, wide).map(loadOperand).flat();
    for (const [text, code] of [
      ['load8_s', [0x2c, 0, 0]],
      ['load8_u', [0x2d, 0, 0]],
      ['load16_s', [0x2e, 0, 0]],
      ['load16_u', [0x2f, 0, 0]],
      ['masked', [0x28, 0, 0, 0x41, 0xff, 0xff, 3, 0x71]],
    ] as [string, number[]][])
      fns.push({
        name: `${c.name} ${text}`,
        operands: c.params,
        result: c.result,
        float,
        body: put([operands, [...get(wide), ...code]]),
      });
  }
  for (let k = 0; k < letters.length; k++) {
    const constants =
      c.code.length > 4
        ? [VALUES[0], VALUES[5]]
        : letters[k] === 'v'
          ? [VALUES[0], VALUES[1], VALUES[4], VALUES[10], VALUES[16], VALUES[31]]
          : valuesOf(letters[k], true);
    constants.forEach((x, n) => {
      let at = 0;
      const operands = letters.map((l, j) => (j === k ? constant(l, x) : loadOperand(l, at++)));
      fns.push({
        name: `${c.name} constant ${k}.${n}`,
        operands: letters.filter((_, j) => j !== k).join(''),
        result: c.result,
        float,
        body: put(operands),
      });
    });
  }
  return fns;
}

// ------------------------------------------------------------------ comparison

type Exports = Record<string, (...a: number[]) => void> & { memory: { buffer: ArrayBuffer } };

function isQuietNaN(view: DataView, at: number, bits: 32 | 64): boolean {
  if (bits === 32) return (view.getUint32(at, true) & 0x7fc00000) === 0x7fc00000;
  return (view.getUint32(at + 4, true) & 0x7ff80000) === 0x7ff80000;
}

function sameResult(a: DataView, b: DataView, float: 0 | 32 | 64): boolean {
  if (float === 0)
    return (
      a.getBigUint64(RESULT, true) === b.getBigUint64(RESULT, true) &&
      a.getBigUint64(RESULT + 8, true) === b.getBigUint64(RESULT + 8, true)
    );
  for (let at = RESULT; at < RESULT + 16; at += float / 8) {
    const equal =
      a.getUint32(at, true) === b.getUint32(at, true) &&
      (float === 32 || a.getUint32(at + 4, true) === b.getUint32(at + 4, true));
    if (!equal && !(isQuietNaN(a, at, float) && isQuietNaN(b, at, float))) return false;
  }
  return true;
}

const textOf = (view: DataView, at: number): string => Buffer.from(view.buffer, at, 16).toString('hex');

function write(view: DataView, at: number, letter: string, x: number | bigint | Uint8Array): void {
  if (letter === 'v') new Uint8Array(view.buffer).set(x as Uint8Array, at);
  else if (letter === 'i') view.setInt32(at, x as number, true);
  else if (letter === 'I') view.setBigInt64(at, BigInt.asIntN(64, x as bigint), true);
  else if (letter === 'f') view.setFloat32(at, x as number, true);
  else view.setFloat64(at, x as number, true);
}

/** Runs every function on both engines over the product of its operands' values. */
function compare(fns: Fn[], vectors = VALUES): void {
  const module = functionModules(
    fns.map((f) => ({
      name: f.name,
      params: [...f.operands].map(() => 0x7f),
      results: [],
      body: f.body,
      inner: f.inner,
    })),
  );
  const theirs = new WebAssembly.Module(module as BufferSource);
  const wrong: string[] = [];
  for (const options of TARGETS) {
    const v8 = new WebAssembly.Instance(theirs).exports as unknown as Exports;
    const ours = new Instance(new Module(compileSync(module, { ...options, verify: true })))
      .exports as unknown as Exports;
    const a = new DataView(v8.memory.buffer);
    const b = new DataView(ours.memory.buffer);
    for (const f of fns) {
      const lists = [...f.operands].map((l, k) => valuesOf(l, k > 0 && f.operands.length > 2, vectors));
      const addresses = lists.map((_, k) => 16 * k);
      const run = (k: number): void => {
        if (k < lists.length) {
          for (const x of lists[k]) {
            write(a, addresses[k], f.operands[k], x);
            write(b, addresses[k], f.operands[k], x);
            run(k + 1);
          }
          return;
        }
        v8[f.name](...addresses);
        ours[f.name](...addresses);
        if (!sameResult(a, b, f.float) && wrong.length < 20)
          wrong.push(
            `${JSON.stringify(options)} ${f.name}(${addresses.map((at) => textOf(b, at))}) = ${textOf(b, RESULT)}, V8: ${textOf(a, RESULT)}`,
          );
      };
      run(0);
    }
  }
  expect(wrong).toEqual([]);
}

describe('operators', () => {
  const groups = new Map<string, Fn[]>();
  for (const row of SIMD_ROWS) {
    const group = row[1].replace(/\..*/, row[1].startsWith('i8x16.s') ? ' lanes' : '');
    for (const c of casesOf(row)) groups.set(group, [...(groups.get(group) ?? []), ...shapesOf(c)]);
  }
  test.each([...groups])('%s', (_, fns) => compare(fns), 120_000);
});

describe('memory', () => {
  const cases = SIMD_ROWS.filter(([op]) => OP_IMM[op] === Imm.MEMARG || OP_IMM[op] === Imm.MEMARG_LANE);
  /** The operator at address parameter 0 + offset, its vector (if any) from address 16. */
  const access = ([op, , signature]: (typeof SIMD_ROWS)[number], offset: number, lane: number): number[] => {
    const immediates = [0, ...leb(offset), ...(OP_IMM[op] === Imm.MEMARG_LANE ? [lane] : [])];
    const vector = signature.startsWith('iv') ? [0x41, 16, ...v128Load()] : [];
    const code = [...get(0), ...vector, ...opcode(op), ...immediates];
    return signature.endsWith('v') ? [0x41, ...sleb(BigInt(RESULT)), ...code, ...store('v')] : code;
  };

  test('what is read and written', () => {
    const names: string[] = [];
    const module = functionModules(
      cases.flatMap((row) =>
        (OP_IMM[row[0]] === Imm.MEMARG_LANE ? Array.from({ length: 16 >> OP_N[row[0]] }, (_, l) => l) : [0]).map(
          (lane) => {
            names.push(`${row[1]} ${lane}`);
            return { name: names.at(-1)!, params: [0x7f], results: [], body: access(row, 3, lane) };
          },
        ),
      ),
    );
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource)).exports as unknown as Exports;
    for (const options of TARGETS) {
      const ours = new Instance(new Module(compileSync(module, { ...options, verify: true })))
        .exports as unknown as Exports;
      for (const e of [v8, ours])
        for (let k = 0; k < 0x6000; k++) new Uint8Array(e.memory.buffer)[k] = k * 37 + (k >> 5);
      for (const name of names)
        for (const at of [LOADED, LOADED + 1, LOADED + 77]) {
          v8[name](at);
          ours[name](at);
          expect(Buffer.compare(Buffer.from(ours.memory.buffer), Buffer.from(v8.memory.buffer)), `${name} ${at}`).toBe(
            0,
          );
        }
    }
  });

  /** Where in the module the error came up. */
  const placeOf = (error: unknown): string | undefined =>
    /wasm-function\[\d+\]:0x[0-9a-f]+/.exec((error as Error).stack ?? '')?.[0];

  // The last place that an access fits in, and the first where it does not, by the address and by the offset.
  test.each(cases.map((row) => [row[1], row] as const))('%s at the end of memory', (_, row) => {
    const size = 1 << OP_N[row[0]];
    const offsets = [0, 1000, 65536 - size, 65536 - size + 1, 70000, 0x7fffffff, 0x80000000, 0xffffffff];
    const module = functionModules(
      offsets.map((offset) => ({
        name: `${offset}`,
        params: [0x7f],
        results: [],
        body: access(row, offset, (16 >> OP_N[row[0]]) - 1),
      })),
    );
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource)).exports as unknown as Exports;
    for (const options of TARGETS) {
      const ours = new Instance(new Module(compileSync(module, { ...options, verify: true })))
        .exports as unknown as Exports;
      const before = Buffer.from(ours.memory.buffer.slice(0));
      for (const offset of offsets) {
        for (const end of [65536, 65537, 65536 + size, 0x100000000 + size]) {
          const address = end - size - offset;
          if (address < 0 || address > 0xffffffff) continue;
          const text = `${row[1]} at ${address} + ${offset}, ${JSON.stringify(options)}`;
          if (end === 65536) {
            ours[`${offset}`](address | 0);
            continue;
          }
          const error = thrownBy(() => ours[`${offset}`](address | 0));
          expect(error.message, text).toBe('memory access out of bounds');
          expect(error.address, text).toBe(Math.max(65536, end - size));
          expect(error.memoryBytes, text).toBe(65536);
          expect(placeOf(error), text).toBe(placeOf(thrownBy(() => v8[`${offset}`](address | 0))));
        }
      }
      // A store that does not fit writes nothing (those that fit wrote zeros over zeros).
      expect(Buffer.compare(before, Buffer.from(ours.memory.buffer))).toBe(0);
    }
  });

  test('a load that became an operand traps where it stands', () => {
    const byName = new Map(SIMD_ROWS.map(([op, name]) => [name, op]));
    const op = (name: string, ...immediates: number[]): number[] => [...opcode(byName.get(name)!), ...immediates];
    const zero = v128Const(VALUES[0]);
    const load = [...get(0), ...v128Load()];
    const bodies = [
      [...zero, ...load, ...op('i32x4.add')],
      [...load, ...load, ...op('f32x4.mul')],
      [...load, ...op('f64x2.sqrt')],
      [...get(0), 0x2d, 0, 0, ...op('i8x16.splat')],
      [...get(0), 0x2a, 0, 0, ...op('f32x4.splat')],
      [...load, ...get(0), 0x2b, 0, 0, ...op('f64x2.replace_lane', 1)],
      [...zero, ...get(0), 0x28, 0, 0, ...op('i32x4.replace_lane', 2)],
      [...load, ...op('i8x16.neg'), ...load, ...op('i8x16.max_u')],
    ];
    const module = functionModules(
      bodies.map((body, k) => ({ name: `${k}`, params: [0x7f], results: [], body: [...body, 0x1a] })),
    );
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource)).exports as unknown as Exports;
    for (const options of TARGETS) {
      const ours = new Instance(new Module(compileSync(module, { ...options, verify: true })))
        .exports as unknown as Exports;
      for (let k = 0; k < bodies.length; k++)
        expect(placeOf(thrownBy(() => ours[`${k}`](65536)))).toBe(placeOf(thrownBy(() => v8[`${k}`](65536))));
    }
  });
});

test('operators that are selected together', () => {
  const byName = new Map(SIMD_ROWS.map(([op, name]) => [name, op]));
  const op = (name: string, ...immediates: number[]): number[] => [...opcode(byName.get(name)!), ...immediates];
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
    ['load32_zero', [...get(0), ...op('v128.load32_zero', 0, 4)]],
    ['load64_zero', [...get(0), ...op('v128.load64_zero', 0, 8)]],
    ...[
      SHUFFLES[4],
      SHUFFLES[10],
      [0, 4, 8, 12, 1, 5, 9, 13, 16, 20, 24, 28, 17, 21, 25, 29],
      [16, 20, 24, 28, 17, 21, 25, 29, 0, 4, 8, 12, 1, 5, 9, 13],
      [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11],
    ].flatMap((l, k): [string, number[]][] => [
      [`shuffle ${k}`, [...x, ...y, ...op('i8x16.shuffle', ...l)]],
      [`shuffle of zeros ${k}`, [...v128Const(VALUES[0]), ...y, ...op('i8x16.shuffle', ...l)]],
    ]),
  ];
  for (const [what, code] of sources)
    for (let from = 0; from < 3; from++)
      for (let n = 1; from + n <= 3; n++)
        for (const list of signs(n))
          bodies.push([
            `${what} ${from} ${list}`,
            [...code, ...list.flatMap((sign, k) => op(extensions[from + k] + sign))],
          ]);
  for (const name of ['f64x2.convert_low_i32x4_s', 'f64x2.promote_low_f32x4'])
    for (const [what, code] of sources) bodies.push([`${name} of ${what}`, [...code, ...op(name)]]);
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
      ...op(`${shape}.splat`),
      ...lanes.flatMap((l) => [...scalar(l % 9), ...op(`${shape}.replace_lane`, l)]),
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
        bodies.push([`${below} of ${shape} ${lanes}`, [...chain(lanes), ...op(below)]]);
      for (const bits of [32, 64])
        bodies.push([
          `store${bits} of ${shape} ${lanes}`,
          [
            ...v128Const(VALUES[0]),
            ...store('v'),
            0x41,
            ...sleb(BigInt(RESULT)),
            ...chain(lanes),
            ...op(`v128.store${bits}_lane`, 0, 0, 0),
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
  const byName = new Map(SIMD_ROWS.map(([op, name]) => [name, op]));
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
    ...(source === '' ? [] : [...get(0), ...v128Load(16), ...opcode(byName.get(source)!)]),
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
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(module as BufferSource)).exports as unknown as Exports;
  for (const options of TARGETS) {
    const ours = new Instance(new Module(compileSync(module, { ...options, verify: true })))
      .exports as unknown as Exports;
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
