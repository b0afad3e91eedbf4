/**
 * Several memories, 64-bit addresses, pages of one byte: every access at both ends of each kind of memory and what its
 * trap tells, aliases, growth, bulk operations between memories, and the JavaScript interface beside V8 of Node 24.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { outcomes } from '../support/memory64-programs.js';
import { newWat } from '../support/new-wat.js';
import { runUnderNode24 } from '../support/newer-v8.js';
import { thrownBy } from '../support/thrown.js';
import { ACCESSES } from './children/bounds.mjs';

interface Kind {
  name: string;
  /** Declaration of the memory, and of others before it. */
  before: string;
  memory: string;
  index: number;
  wide: boolean;
  bytes: number;
}

const KINDS: Kind[] = [
  { name: 'memory64', before: '', memory: 'i64 1', index: 0, wide: true, bytes: 65536 },
  { name: 'second', before: '(memory 3)', memory: '1', index: 1, wide: false, bytes: 65536 },
  { name: 'third, 64-bit', before: '(memory 3) (memory i64 0)', memory: 'i64 2', index: 2, wide: true, bytes: 131072 },
  { name: 'small pages', before: '', memory: '100 (pagesize 1)', index: 0, wide: false, bytes: 100 },
  {
    name: 'second, small pages',
    before: '(memory 1)',
    memory: 'i64 70000 (pagesize 1)',
    index: 1,
    wide: true,
    bytes: 70000,
  },
];

function hostHasMemory64(): boolean {
  try {
    return new WebAssembly.Memory({ address: 'i64', initial: 1n } as never).buffer.byteLength > 0;
  } catch {
    return false;
  }
}

const VECTORS = [
  { op: 'v128.load', size: 16, store: false },
  { op: 'v128.load8x8_u', size: 8, store: false },
  { op: 'v128.load32_splat', size: 4, store: false },
  { op: 'v128.store', size: 16, store: true },
  { op: 'v128.store64_lane', size: 8, store: true, lane: 1 },
];
const ALL = [...ACCESSES, ...VECTORS] as { op: string; size: number; store: boolean; lane?: number }[];
const OFFSETS32 = [0n, 1n, 8n, 65535n, 0x7ffffff0n, 0x80000000n, 0xffffffffn];
const OFFSETS64 = [...OFFSETS32, 0x7fff0000n, 0x100000000n, 0x7fffffffffffffffn, 0xffffffffffffffffn];

const offsetsOf = (kind: Kind): bigint[] => (kind.wide ? OFFSETS64 : OFFSETS32);

function moduleOf(kind: Kind): Uint8Array {
  const address = kind.wide ? 'i64' : 'i32';
  const functions = ALL.flatMap(({ op, store, lane }, k) =>
    offsetsOf(kind).map((offset, o) => {
      const type = op.slice(0, op.indexOf('.'));
      const value = type === 'v128' ? '(v128.const i64x2 0 0)' : `(${type}.const 0)`;
      const access = `${op} $m offset=${offset}${lane === undefined ? '' : ` ${lane}`} (local.get 0)`;
      const body = store ? `(${access} ${value})` : `(drop (${access}))`;
      return `(func (export "${k}_${o}") (param ${address}) ${body})`;
    }),
  );
  return newWat(`(module ${kind.before} (memory $m (export "m") ${kind.memory}) ${functions.join('\n')})`);
}

describe.each(KINDS)('$name', (kind) => {
  let bytes: Uint8Array;
  beforeAll(() => void (bytes = moduleOf(kind)));

  it.each(['guard', 'explicit'] as const)(`${ALL.length} accesses at both ends, %s`, (bounds) => {
    const { exports } = wamr.instantiate(wamr.load(wamr.compileSync(bytes, { bounds, verify: true })), {});
    const most = kind.wide ? 0xffffffffffffffffn : 0xffffffffn;
    const failures: string[] = [];
    const size = BigInt(kind.bytes);
    ALL.forEach((access, k) =>
      offsetsOf(kind).forEach((offset, o) => {
        const last = size - BigInt(access.size) - offset;
        for (const index of [
          0n,
          1n,
          last,
          last + 1n,
          size - offset,
          1n << 31n,
          1n << 32n,
          most - offset,
          most - 1n,
          most,
        ]) {
          if (index < 0n || index > most) continue;
          const address = index + offset;
          const valid = address + BigInt(access.size) <= size;
          const what = `${access.op} offset=${offset} at ${index}`;
          try {
            exports[`${k}_${o}`](kind.wide ? BigInt.asIntN(64, index) : Number(index) | 0);
            if (!valid) failures.push(`${what}: no trap`);
          } catch (e: any) {
            const told = address < 1n << 63n ? Math.max(Number(address), kind.bytes) : undefined;
            if (valid || e.kind !== 'memory-out-of-bounds') failures.push(`${what}: ${e.message}`);
            else if (e.memoryBytes !== kind.bytes || e.address !== told || (e.memory ?? 0) !== kind.index)
              failures.push(`${what}: memory ${e.memory}, ${e.memoryBytes} bytes, address ${e.address}, not ${told}`);
          }
        }
      }),
    );
    expect(failures.slice(0, 20)).toEqual([]);
  });
});

describe.each(['guard', 'explicit'] as const)('%s', (bounds) => {
  const make = (text: string, imports: object = {}, options: object = {}): any =>
    wamr.instantiate(wamr.load(wamr.compileSync(newWat(text), { bounds, verify: true })), imports, options).exports;

  it('two imports may be one memory, memories of its own are apart', () => {
    const body = `(func (export "f") (param i32) (result i32)
      (i32.store $a (local.get 0) (i32.const 1))
      (i32.store $b (local.get 0) (i32.const 2))
      (i32.load $a (local.get 0)))
      (func (export "g") (param i32) (result i32)
        (i32.store $a (local.get 0) (i32.const 1))
        (i32.store $b offset=4 (local.get 0) (i32.const 2))
        (i32.load $a (local.get 0)))`;
    const imported = `(module (import "" "a" (memory $a 1)) (import "" "b" (memory $b 1)) ${body})`;
    const memory = (): object => new wamr.WebAssembly.Memory({ initial: 1 });
    const one = memory();
    expect(make(imported, { '': { a: one, b: one } }).f(8)).toBe(2);
    expect(make(imported, { '': { a: one, b: one } }).g(8)).toBe(1);
    expect(make(imported, { '': { a: one, b: memory() } }).f(8)).toBe(1);
    expect(make(`(module (memory $a 1) (memory $b 1) ${body})`).f(8)).toBe(1);
  });

  it.each(['native', 'v8'] as const)('a loop in which the memory that it writes grows, %s', (memory) => {
    const { f, sum } = make(
      `(module (memory 1) (memory $b 1)
        (func $grow (drop (memory.grow $b (i32.const 1))))
        (func (export "f") (param $n i32) (local $i i32)
          (loop $l
            (i32.store $b (i32.mul (local.get $i) (i32.const 65536)) (i32.add (local.get $i) (i32.const 1)))
            (if (i32.and (local.get $i) (i32.const 1)) (then (call $grow)) (else (drop (memory.grow $b (i32.const 1)))))
            (i32.store $b offset=4 (i32.mul (local.get $i) (i32.const 65536)) (i32.const 1000))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
        (func (export "sum") (param $n i32) (result i32) (local $s i32)
          (loop $l
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (local.set $s (i32.add (local.get $s) (i32.add
              (i32.load $b (i32.mul (local.get $n) (i32.const 65536))) (i32.load $b offset=4 (i32.mul (local.get $n) (i32.const 65536))))))
            (br_if $l (local.get $n)))
          (local.get $s)))`,
      {},
      { memory },
    );
    f(40);
    expect(sum(40)).toBe((40 * 41) / 2 + 40_000);
  });

  it('memories of the host', () => {
    const host = WebAssembly as unknown as typeof wamr.WebAssembly;
    const own = `(module (memory $s 1) (memory $m (export "m") i64 1 5)
      (func (export "grow") (param i64) (result i64) (memory.grow $m (local.get 0)))
      (func (export "store") (param i64 i64) (i64.store $m offset=8 (local.get 0) (local.get 1))))`;
    if (!hostHasMemory64()) {
      expect(thrownBy(() => make(own, {}, { memory: 'v8' })).message).toMatch(/host has no memories with 64-bit/);
      return;
    }
    // Code for guard pages relies on a fence, which V8's memories have not.
    const options = { memory: 'v8' } as const;
    if (bounds === 'guard') expect(() => make(own, {}, options)).toThrow('compile it with bounds: "explicit"');
    const made: any = bounds === 'guard' ? wamr.instantiate(newWat(own), {}, options).exports : make(own, {}, options);
    expect(made.m).toBeInstanceOf(host.Memory);
    made.store(0n, 5n);
    expect([made.grow(2n), made.m.grow(1n)]).toEqual([1n, 3n]);
    made.store(BigInt(4 * 65536 - 16), 6n);
    expect(thrownBy(() => made.store(BigInt(4 * 65536 - 15), 6n))).toMatchObject({ memory: 1, memoryBytes: 4 * 65536 });
    const words = new BigInt64Array(made.m.buffer);
    expect([words[1], words[words.length - 1]]).toEqual([5n, 6n]);
    // Handed in, and twice.
    const given = new host.Memory({ address: 'i64', initial: 1n, maximum: 4n });
    const body =
      '(func (export "f") (result i64) (i64.store 1 (i64.const 0) (i64.const 9)) (i64.load 0 (i64.const 0)))';
    const twice = `(module (import "" "m" (memory i64 1 4)) (import "" "m" (memory i64 0)) ${body})`;
    expect(make(twice, { '': { m: given } }).f()).toBe(9n);
  });

  it('copies, fills and segments between memories of both widths', () => {
    const m = make(`(module (memory (export "a") 1) (memory $b (export "b") i64 1) (data $d "hello")
      (func (export "init") (param i64 i32 i32) (memory.init $b $d (local.get 0) (local.get 1) (local.get 2)))
      (func (export "fill") (param i64 i32 i64) (memory.fill $b (local.get 0) (local.get 1) (local.get 2)))
      (func (export "there") (param i64 i32 i32) (memory.copy $b 0 (local.get 0) (local.get 1) (local.get 2)))
      (func (export "back") (param i32 i64 i32) (memory.copy 0 $b (local.get 0) (local.get 1) (local.get 2)))
      (func (export "within") (param i64 i64 i64) (memory.copy $b $b (local.get 0) (local.get 1) (local.get 2))))`);
    const text = (memory: any, at: number, n: number): string => Buffer.from(memory.buffer, at, n).toString();
    m.init(100n, 1, 4);
    expect(text(m.b, 100, 4)).toBe('ello');
    m.back(8, 100n, 4);
    m.there(65532n, 8, 4);
    m.within(101n, 100n, 4n);
    expect([text(m.a, 8, 4), text(m.b, 65532, 4), text(m.b, 100, 5)]).toEqual(['ello', 'ello', 'eello']);
    m.fill(0n, 0x41, 65536n);
    expect(text(m.b, 65530, 6)).toBe('AAAAAA');
    const fails: [string, unknown[], object][] = [
      ['fill', [1n, 0, 65536n], { memory: 1, address: 65536 }],
      ['fill', [-1n, 0, 2n], { memory: 1 }],
      ['fill', [0n, 0, -1n], { memory: 1, address: 65536 }],
      ['there', [65533n, 8, 4], { memory: 1, address: 65536 }],
      ['there', [0n, 65533, 4], { address: 65536 }],
      ['back', [0, -4n, 4], { memory: 1 }],
      ['back', [-1, 0n, 4], { address: 0xffffffff }],
      ['init', [0n, 3, 3], { kind: 'memory-out-of-bounds' }],
      ['within', [1n << 40n, 0n, 0n], { memory: 1, address: 2 ** 40 }],
    ];
    for (const [name, args, told] of fails)
      expect(
        thrownBy(() => m[name](...args)),
        name,
      ).toMatchObject(told);
  });

  it('growth', () => {
    const m = make(`(module (memory (export "a") i64 1 3) (memory $b 5 (pagesize 1)) (memory $c i64 5 10 (pagesize 1))
      (table $t i64 2 4 funcref)
      (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
      (func (export "size") (result i64) (memory.size))
      (func (export "growB") (param i32) (result i32) (memory.grow $b (local.get 0)))
      (func (export "sizeB") (result i32) (memory.size $b))
      (func (export "growC") (param i64) (result i64) (memory.grow $c (local.get 0)))
      (func (export "sizeC") (result i64) (memory.size $c))
      (func (export "lastC") (param i64) (i32.store8 $c (local.get 0) (i32.const 7)))
      (func (export "growT") (param i64) (result i64) (table.grow $t (ref.null func) (local.get 0)))
      (func (export "sizeT") (result i64) (table.size $t))
      (func (export "getT") (param i64) (result i32) (ref.is_null (table.get $t (local.get 0)))))`);
    expect([m.grow(1n), m.size(), m.grow(2n), m.grow(1n << 32n), m.grow(-1n), m.grow(1n), m.size()]).toEqual([
      1n,
      2n,
      -1n,
      -1n,
      -1n,
      2n,
      3n,
    ]);
    expect([m.growB(60_000), m.sizeB(), m.growB(0), m.growB(-1)]).toEqual([5, 60_005, 60_005, -1]);
    expect([m.growC(4n), m.growC(2n), m.growC(1n), m.sizeC()]).toEqual([5n, -1n, 9n, 10n]);
    m.lastC(9n);
    expect(thrownBy(() => m.lastC(10n))).toMatchObject({ memory: 2, address: 10, memoryBytes: 10 });
    expect([m.growT(1n), m.growT(1n << 33n), m.sizeT(), m.getT(2n)]).toEqual([2n, -1n, 3n, 1]);
    for (const i of [3n, 1n << 32n, -1n]) expect(thrownBy(() => m.getT(i)).kind).toBe('table-out-of-bounds');
    const old = m.a.buffer;
    expect(m.a.grow(0n)).toBe(3n);
    expect([old.byteLength, m.a.buffer.byteLength]).toEqual([0, 3 * 65536]);
  });

  it.each(['$b', '$c', '$d'])('atomic accesses of memory %s', (name) => {
    const address = name === '$b' ? 'i32' : 'i64';
    const index = { $b: 1, $c: 2, $d: 3 }[name];
    const m = make(`(module (memory 1) (memory $b 1) (memory $c i64 1) (memory $d i64 65536 (pagesize 1))
      (func (export "add") (param ${address} i32) (result i32) (i32.atomic.rmw.add ${name} offset=8 (local.get 0) (local.get 1)))
      (func (export "or") (param ${address} i32) (result i32) (i32.atomic.rmw8.or_u ${name} offset=8 (local.get 0) (local.get 1)))
      (func (export "swap") (param ${address} i64 i64) (result i64) (i64.atomic.rmw.cmpxchg ${name} (local.get 0) (local.get 1) (local.get 2)))
      (func (export "store") (param ${address} i64) (i64.atomic.store ${name} (local.get 0) (local.get 1)))
      (func (export "load") (param ${address}) (result i64) (i64.atomic.load ${name} offset=0x80000000 (local.get 0)))
      (func (export "plain") (param ${address}) (result i64) (i64.load ${name} (local.get 0)))
      (func (export "notify") (param ${address}) (result i32) (memory.atomic.notify ${name} offset=4 (local.get 0) (i32.const 1)))
      (func (export "wait") (param ${address}) (result i32) (memory.atomic.wait32 ${name} (local.get 0) (i32.const 0) (i64.const 0)))
      (func (export "zero") (result i64) (i64.load (i32.const 8))))`);
    const at = (n: number): number | bigint => (address === 'i64' ? BigInt(n) : n);
    expect([m.add(at(0), 5), m.add(at(0), 6), m.or(at(0), 0x100 | 4), m.plain(at(8))]).toEqual([0, 5, 11, 15n]);
    expect([m.swap(at(8), 15n, 7n), m.swap(at(8), 15n, 9n), m.plain(at(8))]).toEqual([15n, 7n, 7n]);
    m.store(at(65528), 3n);
    expect([m.plain(at(65528)), m.notify(at(65528)), m.zero()]).toEqual([3n, 0, 0n]);
    const told = { memory: index, memoryBytes: 65536 };
    expect(thrownBy(() => m.add(at(65528), 1))).toMatchObject({ ...told, address: 65536 });
    expect(thrownBy(() => m.store(at(65536), 1n))).toMatchObject({ ...told, address: 65536 });
    expect(thrownBy(() => m.load(at(8)))).toMatchObject({ ...told, address: 0x80000008 });
    expect(thrownBy(() => m.notify(at(65532)))).toMatchObject({ ...told, address: 65536 });
    expect(thrownBy(() => m.wait(at(65536)))).toMatchObject({ ...told, address: 65536 });
    expect(thrownBy(() => m.wait(at(0))).kind).toBe('wait-on-unshared-memory');
    expect(thrownBy(() => m.add(at(1), 1)).kind).toBe('unaligned-atomic');
    if (address === 'i64') {
      expect(thrownBy(() => m.add(-8n, 1)).kind).toBe('memory-out-of-bounds');
      expect(thrownBy(() => m.notify(-4n)).kind).toBe('memory-out-of-bounds');
      expect(thrownBy(() => m.load(-8n)).kind).toBe('memory-out-of-bounds');
    }
  });

  it('calls through tables with 64-bit indices', () => {
    const { call, open } =
      make(`(module (type $t (func (result i32))) (table $c i64 2 2 funcref) (table $o (export "t") i64 2 funcref)
      (elem (table $c) (i64.const 0) func $f $g) (elem (table $o) (i64.const 1) func $g)
      (func $f (result i32) (i32.const 10)) (func $g (result i32) (i32.const 20))
      (func (export "call") (param i64) (result i32) (call_indirect $c (type $t) (local.get 0)))
      (func (export "open") (param i64) (result i32) (call_indirect $o (type $t) (local.get 0))))`);
    expect([call(0n), call(1n), open(1n)]).toEqual([10, 20, 20]);
    for (const i of [2n, 1n << 32n, (1n << 32n) + 1n, -1n])
      for (const f of [call, open]) expect(thrownBy(() => f(i)).kind).toBe('undefined-element');
    expect(thrownBy(() => open(0n)).kind).toBe('uninitialized-element');
  });

  it('memories beyond 4 GiB', () => {
    const m = make(`(module (memory i64 0 70000)
      (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
      (func (export "store") (param i64 i32) (i32.store (local.get 0) (local.get 1)))
      (func (export "load") (param i64) (result i32) (i32.load offset=0x100000000 (local.get 0))))`);
    expect(m.grow(66_000n)).toBe(0n);
    m.store((1n << 32n) + 64n, 77);
    expect([m.load(64n), m.load(0n)]).toEqual([77, 0]);
    const bytes = 66_000 * 65536;
    expect(thrownBy(() => m.store(BigInt(bytes) - 3n, 0))).toMatchObject({ address: bytes, memoryBytes: bytes });
    expect(thrownBy(() => m.load(BigInt(bytes) - (1n << 32n)))).toMatchObject({ address: bytes });
  });
});

describe('pages of one byte', () => {
  it.each(['guard', 'explicit'] as const)('are never more than a number of 32 bits can be: %s', (bounds) => {
    const text = (b: string): string => `(module (memory 1) (memory $b ${b} (pagesize 1))
      (func (export "grow") (param i64) (result i64) (memory.grow $b (local.get 0)))
      (func (export "size") (result i64) (memory.size $b))
      (func (export "peek") (result i32) (i32.load (i32.wrap_i64 (memory.size $b)))))`;
    const instance = (b: string): any =>
      wamr.instantiate(wamr.load(wamr.compileSync(newWat(text(b)), { bounds, verify: true } as object)), {}).exports;
    expect(() => instance('i64 0x190000000')).toThrow(/RangeError|6710886400 pages are more than the 4294967294/);
    const m = instance('i64 1');
    expect([m.grow(0xfffffffen), m.grow(0x100000001n), m.grow(-1n)]).toEqual([-1n, -1n, -1n]);
    expect(m.grow(0xfffffffdn)).toBe(1n);
    expect([m.size(), m.grow(1n)]).toEqual([0xfffffffen, -1n]);
    expect(thrownBy(() => m.peek())).toMatchObject({ kind: 'memory-out-of-bounds', memoryBytes: 65536 });
    const four = newWat('(module (memory 0xffffffff (pagesize 1)) (func (export "f") (result i32) memory.size))');
    expect(() => wamr.instantiate(wamr.load(wamr.compileSync(four, { bounds })), {})).toThrow(RangeError);
  });
});

describe('wide arithmetic', () => {
  const OPS = ['i64.add128', 'i64.sub128', 'i64.mul_wide_s', 'i64.mul_wide_u'];
  const EDGES = [0n, 1n, 2n, -1n, -2n, 1n << 63n, (1n << 63n) - 1n, 0x123456789abcdef0n, 1n << 32n];
  const wide = (hi: bigint, lo: bigint): bigint => (hi << 64n) | BigInt.asUintN(64, lo);
  const halves = (x: bigint): bigint[] => [BigInt.asIntN(64, x), BigInt.asIntN(64, x >> 64n)];
  const u = (x: bigint): bigint => BigInt.asUintN(64, x);

  it.each(['x86-64-v2', 'native'])('%s', (target) => {
    const text = OPS.map((op, k) => {
      const n = k < 2 ? 4 : 2;
      const args = Array.from({ length: n }, (_, i) => `(local.get ${i})`).join(' ');
      const high = Array.from({ length: n - 1 }, (_, i) => `(local.get ${i})`).join(' ');
      return `(func (export "${k}") (param ${'i64 '.repeat(n)}) (result i64 i64) (${op} ${args}))
        (func (export "${k}_high") (param ${'i64 '.repeat(n)}) (result i64) (local $l i64) (${op} ${args}) (return (local.tee $l)) )
        (func (export "${k}_const") (param ${'i64 '.repeat(n)}) (result i64 i64) (${op} ${high} (i64.const 5)))`;
    });
    const module = wamr.load(
      wamr.compileSync(newWat(`(module ${text.join('\n')})`), { target, verify: true } as object),
    );
    const { exports } = wamr.instantiate(module, {});
    const both = (k: number, args: bigint[]): bigint[] => {
      const [a, b, c, d] = args;
      switch (k) {
        case 0:
          return halves(wide(b, a) + wide(d, c));
        case 1:
          return halves(wide(b, a) - wide(d, c));
        case 2:
          return halves(a * b);
        default:
          return halves(u(a) * u(b));
      }
    };
    for (let k = 0; k < OPS.length; k++)
      for (const a of EDGES)
        for (const b of EDGES)
          for (const c of k < 2 ? EDGES : [0n])
            for (const d of k < 2 ? EDGES : [0n]) {
              const args = (k < 2 ? [a, b, c, d] : [a, b]).map((x) => BigInt.asIntN(64, x));
              expect(exports[k](...args)).toEqual(both(k, args));
              expect(exports[`${k}_high`](...args)).toBe(both(k, args)[1]);
              expect(exports[`${k}_const`](...args)).toEqual(both(k, [...args.slice(0, -1), 5n]));
            }
  });

  it('carries that programs compute themselves', () => {
    const cases = [
      ['i64.add', 'i64.lt_u', 'i64'],
      ['i64.add', 'i64.gt_u', 'i64'],
      ['i64.sub', 'i64.lt_u', 'i64'],
      ['i64.add', 'i32.lt_u', 'i32'],
      ['i64.sub', 'i32.gt_u', 'i32'],
    ];
    const functions = cases.flatMap(([op, compare, type], k) =>
      [`(local.get 2)`, `(${type}.const 7)`].map(
        (y, c) => `(func (export "${k}_${c}") (param i64 ${type} ${type} i64) (result i64)
          (${op} (${op} (local.get 0) (local.get 3)) (i64.extend_i32_u (${compare} (local.get 1) ${y}))))
          (func (export "${k}_${c}_plain") (param i64 ${type} ${type} i64) (result i64)
          (${op} (local.get 0) (i64.extend_i32_u (${compare} (local.get 1) ${y}))))`,
      ),
    );
    const { exports } = wamr.instantiate(
      wamr.load(wamr.compileSync(newWat(`(module ${functions.join('\n')})`), { verify: true })),
      {},
    );
    cases.forEach(([op, compare, type], k) => {
      for (const c of [0, 1])
        for (const x of [0n, 6n, 7n, 8n, -1n])
          for (const y of [0n, 7n, -1n])
            for (const base of [0n, -1n, 5n]) {
              const bits = type === 'i64' ? 64 : 32;
              const [p, q] = [BigInt.asUintN(bits, x), c === 1 ? 7n : BigInt.asUintN(bits, y)];
              const carry = (compare.endsWith('lt_u') ? p < q : p > q) ? 1n : 0n;
              const sign = op === 'i64.add' ? 1n : -1n;
              const arg = (v: bigint): unknown => (type === 'i64' ? v : Number(BigInt.asIntN(32, v)));
              expect(exports[`${k}_${c}`](base, arg(x), arg(y), 3n)).toBe(
                BigInt.asIntN(64, base + sign * (3n + carry)),
              );
              expect(exports[`${k}_${c}_plain`](base, arg(x), arg(y), 3n)).toBe(BigInt.asIntN(64, base + sign * carry));
            }
    });
  });
});

it('a debugger moves a memory whose base generated code holds: the call ends', () => {
  const text = `(module (memory 1) (memory $b (export "b") i64 1 60000)
    (func (export "spin") (param $n i64) (result i64) (local $i i64) (local $s i64)
      (loop $l
        (i64.store $b (i64.and (local.get $i) (i64.const 0xfff8)) (local.get $i))
        (local.set $s (i64.add (local.get $s) (i64.load $b (i64.and (i64.mul (local.get $i) (i64.const 7)) (i64.const 0xfff8)))))
        (br_if $l (i64.lt_u (local.tee $i (i64.add (local.get $i) (i64.const 1))) (local.get $n))))
      (local.get $s)))`;
  const child = path.join(import.meta.dirname, 'children/moved-base.cjs');
  const command = `ulimit -v 8000000; exec "${process.execPath}" "${child}" ${Buffer.from(newWat(text)).toString('base64')}`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 120_000 });
  const [call, next, bytes] = JSON.parse(stdout || JSON.stringify([stderr])) as string[];
  expect(call).toBe('interrupt');
  expect(next).toMatch(/^\d+$/);
  expect(Number(bytes)).toBe(901 * 65536);
});

it('the JavaScript interface of 64-bit memories and tables is that of Node 24', () => {
  const theirs = JSON.parse(runUnderNode24('memory64-outcomes.ts', '')) as [string, string][];
  expect(outcomes(wamr.WebAssembly)).toEqual(theirs);
});
