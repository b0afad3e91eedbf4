/**
 * Addresses with a constant that was added at 32 bits (`MachFunc.wrap`): where the sum wraps, the access faults and is
 * done again with wasm's address. Every kind of access, with additions that wrap upwards and downwards, at both ends of
 * memories of several sizes; V8 is the oracle for results, traps and the contents of memory.
 */
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { thrownBy } from '../support/thrown.js';
import { wat } from '../support/wat.js';

/** Constants that are added to the index, and static offsets of the access. */
const CONSTANTS = [1, 8, 4096, 0x7ffffff0, -1, -8, -16, -4096, -65536, -65537, -0x80000000];
const OFFSETS = [0, 4, 40_000];

interface Kind {
  name: string;
  /** Signature behind the address; body over (local $p i32) and $x. */
  value: 'i32' | 'i64' | 'f32' | 'f64';
  body: (address: string, offset: string) => string;
}

const load = (op: string, value: Kind['value']): Kind => ({
  name: op,
  value,
  body: (a, o) => `(${op} ${o} ${a})`,
});
const store = (op: string, value: Kind['value'], read: string): Kind => ({
  name: op,
  value,
  body: (a, o) => `(${op} ${o} ${a} (local.get $x)) (${read} (i32.const 16))`,
});
const KINDS: Kind[] = [
  ...['i32.load', 'i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u'].map((op) => load(op, 'i32')),
  ...['i64.load', 'i64.load8_u', 'i64.load16_s', 'i64.load32_s', 'i64.load32_u'].map((op) => load(op, 'i64')),
  load('f32.load', 'f32'),
  load('f64.load', 'f64'),
  ...['i32.store', 'i32.store8', 'i32.store16'].map((op) => store(op, 'i32', 'i32.load')),
  ...['i64.store', 'i64.store32'].map((op) => store(op, 'i64', 'i64.load')),
  store('f64.store', 'f64', 'f64.load'),
  {
    name: 'add to memory',
    value: 'i32',
    body: (a, o) => `(i32.store ${o} ${a} (i32.add (i32.load ${o} ${a}) (local.get $x))) (local.get $p)`,
  },
  {
    name: 'add memory to its own index',
    value: 'i32',
    body: (a, o) => `(i32.add (local.get $p) (i32.load ${o} ${a}))`,
  },
  {
    name: 'add memory to its own wide index',
    value: 'i64',
    body: (a, o) => `(i64.add (i64.extend_i32_u (local.get $p)) (i64.load ${o} ${a}))`,
  },
  {
    name: 'store of the wide index',
    value: 'i64',
    body: (a, o) => `(i64.store ${o} ${a} (i64.extend_i32_u (local.get $p))) (i64.load (i32.const 8))`,
  },
  {
    name: 'compare with memory',
    value: 'i32',
    body: (a, o) =>
      `(if (result i32) (i32.lt_u (i32.load ${o} ${a}) (local.get $x)) (then (local.get $p)) (else (i32.const -3)))`,
  },
  {
    name: 'index used afterwards',
    value: 'i64',
    body: (a, o) => `(i64.add (i64.load ${o} ${a}) (i64.mul (i64.extend_i32_u (local.get $p)) (i64.const 3)))`,
  },
  {
    name: 'vector load and store',
    value: 'i32',
    body: (a, o) =>
      `(v128.store ${o} ${a} (i32x4.add (v128.load ${o} ${a}) (i32x4.splat (local.get $x)))) (local.get $p)`,
  },
  {
    name: 'vector lane',
    value: 'i32',
    body: (a, o) => `(i32x4.extract_lane 1 (v128.load32_lane ${o} 1 ${a} (i32x4.splat (local.get $x))))`,
  },
];

/** Shapes of the index in front of the addition. */
const SHAPES = {
  plain: (c: number) => `(i32.add (local.get $p) (i32.const ${c}))`,
  twice: (c: number) => `(i32.add (i32.add (local.get $p) (i32.const ${c})) (i32.const 12))`,
  'scaled by 2': (c: number) =>
    `(i32.add (i32.shl (i32.and (local.get $p) (i32.const 0x7fffffff)) (i32.const 1)) (i32.const ${c}))`,
  'scaled by 8': (c: number) =>
    `(i32.add (i32.shl (i32.shr_u (local.get $p) (i32.const 3)) (i32.const 3)) (i32.const ${c}))`,
};

interface Case {
  name: string;
  constant: number;
  offset: number;
}

function build(kind: Kind, pages: number): { text: string; cases: Case[] } {
  const cases: Case[] = [];
  let text = `(module (memory (export "memory") ${pages} 65536)\n`;
  for (const [shape, address] of Object.entries(SHAPES))
    for (const constant of CONSTANTS)
      for (const offset of OFFSETS) {
        const name = `${shape} ${constant} ${offset}`;
        text += `(func (export "${name}") (param $p i32) (param $x ${kind.value}) (result ${kind.value}) ${kind.body(address(constant), `offset=${offset}`)})\n`;
        cases.push({ name, constant, offset });
      }
  return { text: `${text})`, cases };
}

/** Indices that bring the sum to both ends of memory and to 2^32. */
function indices({ constant, offset }: Case, bytes: number): number[] {
  const ends = [0, 1, 7, 16, bytes - 17 - offset, bytes - 16 - offset, bytes - 4 - offset, bytes - offset, bytes];
  const wanted = ends.flatMap((e) => [e - constant, (e - constant) >>> 1, (e - constant - 12) | 0]);
  return [...new Set([...wanted, 0, 1, 15, -1, -8, -16, -4096, 0x7fffffff].map((x) => x | 0))];
}

function outcome(f: (p: number, x: unknown) => unknown, p: number, x: unknown): unknown {
  try {
    return f(p, x);
  } catch (e) {
    if ((e as Error).name !== 'RuntimeError') throw e;
    return 'out of bounds';
  }
}

describe.each([
  ['x86-64-v2', 'native'],
  ['x86-64-v3', 'v8'],
] as const)('%s, memory: %s', (target, memory) => {
  it.each(KINDS.map((kind) => [kind.name, kind] as const))('%s', (_, kind) => {
    for (const pages of [1, 2]) {
      const { text, cases } = build(kind, pages);
      const bytes = wat(text);
      const ours = wamr.instantiate(wamr.load(wamr.compileSync(bytes, { target })), {}, { memory }).exports;
      const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports as any;
      const size = pages * 65536;
      const mine = new Uint32Array(ours.memory.buffer);
      const theirs = new Uint32Array(v8.memory.buffer);
      mine.forEach((_, i) => (mine[i] = theirs[i] = Math.imul(i, 0x9e3779b1)));
      const x = kind.value === 'i64' ? 0x1234_5678_9abc_def0n : kind.value === 'i32' ? 0x12345678 : 1.5;
      for (const c of cases)
        for (const p of indices(c, size)) {
          const want = outcome(v8[c.name], p, x);
          const got = outcome(ours[c.name], p, x);
          if (!Object.is(got, want)) expect({ ...c, p, got }).toEqual({ ...c, p, got: want });
        }
      expect(Buffer.compare(Buffer.from(mine.buffer), Buffer.from(theirs.buffer))).toBe(0);
    }
  });
});

describe('traps', () => {
  const text = `(module (memory 1)
    (func (export "up") (param $p i32) (result i32) (i32.load offset=4 (i32.add (local.get $p) (i32.const 100))))
    (func (export "down") (param $p i32) (result i32) (i32.load (i32.add (local.get $p) (i32.const -100)))))`;
  const { up, down } = wamr.instantiate(wat(text)).exports;

  it('tell the address that wasm sees', () => {
    expect(thrownBy(() => up(65536))).toMatchObject({ kind: 'memory-out-of-bounds', address: 65640 });
    expect(up(-100)).toBe(0);
    expect(up(-1)).toBe(0);
    expect(thrownBy(() => up(-101))).toMatchObject({ address: 0xffffffff + 4 });
    expect(thrownBy(() => down(0))).toMatchObject({ address: 0xffffff9c });
    expect(thrownBy(() => down(99))).toMatchObject({ address: 0xffffffff });
    expect(down(100)).toBe(0);
    expect(thrownBy(() => down(65636))).toMatchObject({ address: 65536 });
  });

  it('of a wrapped access have its wasm offset', () => {
    const bytes = wat(text);
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports as any;
    const place = (f: () => unknown): string | undefined =>
      /wasm-function\[\d+\]:0x[0-9a-f]+/.exec(thrownBy(f).stack)?.[0];
    expect(place(() => down(0))).toBe(place(() => v8.down(0)));
    expect(place(() => up(-101))).toBe(place(() => v8.up(-101)));
  });
});

it('a memory of 4 GiB: what wraps lies in it', () => {
  const { exports } = wamr.instantiate(
    wat(`(module (memory (export "memory") 65536)
      (func (export "put") (param $p i32) (param $x i32) (i32.store (local.get $p) (local.get $x)))
      (func (export "up") (param $p i32) (result i32) (i32.load (i32.add (local.get $p) (i32.const 100))))
      (func (export "down") (param $p i32) (result i32) (i32.load (i32.add (local.get $p) (i32.const -100))))
      (func (export "wide") (param $p i32) (result i64) (i64.load (i32.add (local.get $p) (i32.const -4)))))`),
  );
  exports.put(-96, 7);
  exports.put(-4, 9);
  exports.put(0, 11);
  expect([exports.down(4), exports.down(96), exports.down(100), exports.up(-100)]).toEqual([7, 9, 11, 11]);
  expect(exports.wide(8)).toBe(0n);
  expect(thrownBy(() => exports.wide(0))).toMatchObject({ address: 2 ** 32 });
});

it.each(['i32', 'i64'] as const)('the least constant that there is does not lead below the memory: %s', (type) => {
  const module = (t: 'i32' | 'i64'): Uint8Array<ArrayBuffer> => {
    const sum = `(${t}.add (local.get $p) (${t}.const -0x80000000))`;
    return wat(`(module (memory ${t} 2)
      (func (export "load") (param $p ${t}) (result i32) (i32.load8_u ${sum}))
      (func (export "minus") (param $p ${t}) (result i32) (i32.load (${t}.sub (local.get $p) (${t}.const ${t === 'i64' ? '' : '-'}0x80000000))))
      (func (export "store") (param $p ${t}) (result i32) (i32.store ${sum} (i32.const 7)) (i32.load ${sum}))
      (func (export "add") (param $p ${t}) (result i32)
        (i64.store ${sum} (i64.add (i64.load ${sum}) (i64.const 3))) (i32.load ${sum}))
      (func (export "far") (param $p ${t}) (result i32) (i32.load offset=0x7fffffff ${sum})))`);
  };
  const { exports } = wamr.instantiate(module(type)) as any;
  // These sums are out of bounds at 64 bits where they are at 32, and V8 of Node 20 has no addresses of 64 bits.
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(module('i32') as BufferSource)).exports as any;
  const run = (f: (p: unknown) => unknown, p: unknown): unknown => outcome(f, p as number, 0);
  for (const name of Object.keys(v8))
    for (const p of [0, 1, 8, 65536, 0x7fffffff, 0x80000000, 0x80000008, 0x8001fff8, 0x80020000, 0xffffffff])
      expect([name, p, run(exports[name], type === 'i64' ? BigInt(p) : p)]).toEqual([name, p, run(v8[name], p)]);
});

it('the optimisation can be turned off', () => {
  const bytes = wat(`(module (memory 1) (func (export "f") (param i32) (result i32)
    (i32.load (i32.add (local.get 0) (i32.const 8)))))`);
  const folded = wamr.compileSync(bytes);
  const exact = wamr.compileSync(bytes, { disable: ['folded-addresses'] });
  expect(Buffer.compare(Buffer.from(folded), Buffer.from(exact))).not.toBe(0);
  expect(wamr.instantiate(exact).exports.f(-8)).toBe(0);
});
