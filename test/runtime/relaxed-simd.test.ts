/**
 * Relaxed SIMD on every target, with operands in registers, in memory and constant. Each lane is what V8 gives, what the
 * strict operators give (which is what deterministic code has: test/fuzz/deterministic.test.ts), or for minimum and
 * maximum one of the operands.
 */
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { SIMD_ROWS } from '../../src-ts/wasm/simd-opcodes.js';
import { wamr } from '../support/built.js';
import { functionModules, type SmallFunction } from '../support/simd-build.js';
import { leb } from '../support/wasm-build.js';

// Node 20 has it behind a flag; later ones have it, and no flag.
if (Number.parseInt(process.versions.v8) < 12) setFlagsFromString('--experimental-wasm-relaxed-simd');

const V128 = 0x7b;
const ROWS = SIMD_ROWS.filter(([op]) => op >= 0x300);
const RESULT = 0x8000;

const words = (...w: number[]): Uint8Array =>
  new Uint8Array(Uint32Array.from({ length: 4 }, (_, k) => w[k % w.length]).buffer);
const floats = (...x: number[]): Uint8Array =>
  new Uint8Array(Float32Array.from({ length: 4 }, (_, k) => x[k % x.length]).buffer);
const doubles = (...x: number[]): Uint8Array =>
  new Uint8Array(Float64Array.from({ length: 2 }, (_, k) => x[k % x.length]).buffer);
const VALUES = [
  words(0),
  words(0xffffffff),
  words(0x80808080, 0x7f7f7f7f, 0x80007fff, 0x00ff0180),
  words(0x03020100, 0x0f0e0d0c, 0x1f100810, 0x8f80ff10),
  words(0x12345678, 0x9abcdef0, 0x0fedcba9, 0x87654321),
  floats(1.1, -2.7, NaN, Infinity),
  floats(-0, 0, 3e9, -3e9),
  floats(1.0000001, 16777217, 1e-40, 3.4e38),
  floats(5e9, -0.5, 2147483648, 4294967040),
  doubles(1.1, NaN),
  doubles(-0, 3e9),
  doubles(1 + 2 ** -30, -(1 + 2 ** -29)),
  doubles(1e300, 4294967295.9),
  doubles(-2147483649, Infinity),
];

const get = (k: number): number[] => [0x20, k];
const load = (k: number): number[] => [...get(k), 0xfd, 0, 0, 0];
const constant = (x: Uint8Array): number[] => [0xfd, 12, ...x];
const opcode = (op: number): number[] => [0xfd, ...leb(op - 0x200)];
const toResult = (code: number[]): number[] => [0x41, ...[0x80, 0x80, 2], ...code, 0xfd, 11, 0, 0];

/** Address of each operand → []; also with operands in registers, and with each one a constant. */
function shapesOf([op, name, signature]: (typeof ROWS)[number]): (SmallFunction & {
  constant?: [number, Uint8Array];
})[] {
  const n = signature.split(':')[0].length;
  const params = Array<number>(n).fill(0x7f);
  const all = [...params.keys()];
  const common = { params, results: [] };
  return [
    { ...common, name: `${name} loaded`, body: toResult([...all.flatMap(load), ...opcode(op)]) },
    {
      ...common,
      name: `${name} registers`,
      inner: { params: Array<number>(n).fill(V128), results: [V128], body: [...all.flatMap(get), ...opcode(op)] },
      body: toResult([...all.flatMap(load), 0x10, -1]),
    },
    ...all.flatMap((k) =>
      [VALUES[2], VALUES[5]].map((x, i) => ({
        ...common,
        name: `${name} constant ${k}.${i}`,
        constant: [k, x] as [number, Uint8Array],
        body: toResult([...all.flatMap((j) => (j === k ? constant(x) : load(j))), ...opcode(op)]),
      })),
    ),
  ];
}

/** Bytes of a lane, and whether lanes are floats. */
function lanesOf(name: string): [number, boolean] {
  const [, kind, bits] = /^([if])(\d+)x/.exec(name)!;
  return [Number(bits) / 8, kind === 'f'];
}

const isNaNLane = (lane: Uint8Array): boolean =>
  Number.isNaN(
    lane.length === 4
      ? new DataView(lane.slice().buffer).getFloat32(0, true)
      : new DataView(lane.slice().buffer).getFloat64(0, true),
  );

/** Further answers that the specification allows, worked out here. */
function allowed(name: string, [x, y, z]: Uint8Array[]): Uint8Array[] {
  if (/_m(in|ax)$/.test(name)) return [x, y];
  const [size] = lanesOf(name);
  // Whole lanes, by the mask's sign.
  if (name.includes('laneselect'))
    return [Uint8Array.from(x, (byte, k) => (z[k - (k % size) + size - 1] >= 0x80 ? byte : y[k]))];
  if (!name.includes('dot')) return [];
  // The second operand's bytes unsigned, sums of two products saturated.
  const a = new Int8Array(x.slice().buffer);
  const sums = Int16Array.from({ length: 8 }, (_, k) =>
    Math.max(-32768, Math.min(32767, a[2 * k] * y[2 * k] + a[2 * k + 1] * y[2 * k + 1])),
  );
  if (size === 2) return [new Uint8Array(sums.buffer)];
  const c = new Int32Array(z.slice().buffer);
  return [new Uint8Array(Int32Array.from({ length: 4 }, (_, k) => sums[2 * k] + sums[2 * k + 1] + c[k]).buffer)];
}

type Exports = Record<string, (...a: number[]) => void> & { memory: { buffer: ArrayBuffer } };

const TARGETS = [
  ['x86-64-v2', {}],
  ['x86-64-v3', { target: 'x86-64-v3' }],
  ['x86-64-v2, explicit bounds', { bounds: 'explicit' }],
] as const;

describe.each(ROWS.map(([op, name, signature]) => ({ op, name, signature })))('$name', ({ op, name, signature }) => {
  const n = signature.split(':')[0].length;
  const shapes = shapesOf([op, name, signature]);
  const bytes = functionModules(shapes);
  const exportsOf = (options: object): Exports =>
    new wamr.Instance(new wamr.Module(wamr.compileSync(bytes, { ...options, verify: true }))).exports as Exports;
  const strict = exportsOf({ deterministic: true, target: 'native' });
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports as Exports;
  const run = (e: Exports, shape: string, operands: Uint8Array[]): Uint8Array => {
    const memory = new Uint8Array(e.memory.buffer);
    operands.forEach((x, k) => memory.set(x, 16 * (k + 1)));
    e[shape](...operands.map((_, k) => 16 * (k + 1)));
    return memory.slice(RESULT, RESULT + 16);
  };

  test.each(TARGETS)('%s', (_, options) => {
    const ours = exportsOf(options);
    const [size, float] = lanesOf(name);
    const wrong: string[] = [];
    for (const shape of shapes)
      for (const x of VALUES)
        for (const y of n > 1 ? VALUES : [VALUES[0]])
          for (const z of n > 2 ? [VALUES[1], VALUES[4], VALUES[7], VALUES[11]] : [VALUES[0]]) {
            const given = [x, y, z].slice(0, n);
            if (shape.constant) given[shape.constant[0]] = shape.constant[1];
            const got = run(ours, shape.name, given);
            const answers = [run(v8, shape.name, given), run(strict, shape.name, given), ...allowed(name, given)];
            for (let at = 0; at < 16; at += size) {
              const lane = got.subarray(at, at + size);
              const fits = answers.some((a) => Buffer.compare(a.subarray(at, at + size), lane) === 0);
              const bothNaN = float && isNaNLane(lane) && answers.some((a) => isNaNLane(a.subarray(at, at + size)));
              if (!fits && !bothNaN)
                wrong.push(
                  `${shape.name}(${given.map((g) => Buffer.from(g).toString('hex')).join(', ')}) = ${Buffer.from(got).toString('hex')}`,
                );
            }
          }
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});

test('deterministic multiply-add rounds twice', () => {
  const fused: SmallFunction = {
    name: 'f',
    params: [0x7f, 0x7f, 0x7f],
    results: [],
    body: toResult([...load(0), ...load(1), ...load(2), ...opcode(0x307)]),
  };
  const e = new wamr.Instance(
    new wamr.Module(wamr.compileSync(functionModules([fused]), { deterministic: true, target: 'native' })),
  ).exports as Exports;
  const x = 1 + 2 ** -30;
  const view = new Float64Array(e.memory.buffer);
  view.set([x, x, x, x, -(1 + 2 ** -29), -(1 + 2 ** -29)], 2);
  e.f(16, 32, 48);
  expect([...view.subarray(RESULT / 8, RESULT / 8 + 2)]).toEqual([0, 0]);
});
