/**
 * Objects of WebAssembly's heap: who keeps them, what becomes of a heap that is full or too large, and that nothing leaks.
 * V8 before Node 22 has none, so what is expected stands here.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addon } from '../support/addon.js';
import { collectGarbage, wamr } from '../support/built.js';
import { WRITES } from '../support/gc-writes.js';
import { type ChildOptions, runBundled } from '../support/newer-v8.js';
import { runWasmTools } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { nodeOf } from '../support/registry.js';

type Exports = Record<string, any>;
interface Heap {
  heapCollect(): number;
  heapMade(): number;
}

const CHILDREN = path.join(import.meta.dirname, 'children');
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-gc-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const assemble = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(runWasmTools(['parse', '-'], Buffer.from(text)));
const instanceOf = (text: string, imports: object = {}): Exports =>
  new wamr.Instance(new wamr.Module(wamr.compileSync(assemble(text), { verify: true })), imports).exports;

beforeAll(() => {
  for (const name of ['gc-roots', 'gc-fails'])
    fs.writeFileSync(
      path.join(dir, `${name}.wasm`),
      assemble(fs.readFileSync(path.join(CHILDREN, `${name}.wat`), 'utf8')),
    );
});

const KEPT = `across a call of JavaScript: 44892
across calls of wasm, in many registers: 110
in the argument buffer, on its way to JavaScript and back: 10
held by JavaScript alone: 39800 true
in globals and tables of other instances, which are disposed of: 11 15
in tables and globals of JavaScript: 2 4
in an exception, through JavaScript: 19
in an exception that wasm keeps: 33
in segments and initialisers: 303 6 42
put in place by an instantiation that fails: unreachable 3003
in the frames of suspended calls: 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32
while a timer interrupts: true
after deadlines have ended calls in the middle: 40
in threads of their own: true DataCloneError
`;

describe('objects are kept wherever they are known', () => {
  it.each([
    ['now and then', '0'],
    ['before every object that is made', '1'],
  ])('with a collection %s', (_, stress) => {
    const r = spawnSync(
      process.execPath,
      [path.join(CHILDREN, 'gc-roots.cjs'), path.join(import.meta.dirname, '../..'), path.join(dir, 'gc-roots.wasm')],
      { encoding: 'utf8', env: { ...process.env, WAMR_NATIVE_GC_STRESS: stress } },
    );
    expect(r.stderr + r.stdout).toBe(KEPT);
  });
});

describe('young objects are kept by old ones', () => {
  const run = (node: string, engine: string, many: number, options: ChildOptions = {}): string[] => {
    const text = fs.readFileSync(path.join(import.meta.dirname, '../support/gc-writes.wat'), 'utf8');
    const input = Buffer.from(assemble(text)).toString('base64');
    return runBundled(node, 'gc-writes.ts', input, { ...options, args: [engine, String(many)] })
      .trimEnd()
      .split('\n');
  };
  it.each([
    ['now and then', 1_000_000, {}],
    ['before every object that is made', 3, { WAMR_NATIVE_GC_STRESS: '1' }],
    ['of all objects', 1_000_000, { WAMR_NATIVE_GC_GENERATIONS: '0' }],
  ])('with a collection %s', (_, many, env) => {
    expect(run(process.execPath, 'wamr', many, { env })).toEqual(WRITES);
  });
  it('on V8 of Node 24', () =>
    expect(run(nodeOf(24), 'v8', 3, { flags: ['--experimental-wasm-exnref'] })).toEqual(WRITES));
});

const LISTS = `(module
  (type $list (struct (field i32) (field (mut (ref null $list))) (field (mut externref))))
  (type $bytes (array (mut i8)))
  (global $kept (mut (ref null $list)) (ref.null $list))
  (global $array (mut (ref null $bytes)) (ref.null $bytes))
  (func (export "grow") (param $n i32)
    (loop $again
      (global.set $kept (struct.new $list (local.get $n) (global.get $kept) (ref.null extern)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "drop") (global.set $kept (ref.null $list)) (global.set $array (ref.null $bytes)))
  (func (export "garbage") (param $n i32)
    (loop $again
      (drop (struct.new $list (local.get $n) (ref.null $list) (ref.null extern)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "rings") (param $n i32) (local $a (ref null $list)) (local $b (ref null $list))
    (loop $again
      (local.set $a (struct.new $list (local.get $n) (ref.null $list) (ref.null extern)))
      (local.set $b (struct.new $list (local.get $n) (local.get $a) (ref.null extern)))
      (struct.set $list 1 (local.get $a) (local.get $b))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "arrays") (param $n i32) (param $bytes i32)
    (loop $again
      (global.set $array (array.new_default $bytes (local.get $bytes)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "one") (param externref) (result anyref) (struct.new $list (i32.const 1) (ref.null $list) (local.get 0)))
  (func (export "exhaust") (loop $again (global.set $kept (struct.new $list (i32.const 0) (global.get $kept) (ref.null extern))) (br $again)))
  (func (export "huge") (result i32) (array.len (array.new_default $bytes (i32.const -1))))
  (func (export "length") (result i32) (local $l (ref null $list)) (local $n i32)
    (local.set $l (global.get $kept))
    (loop $again
      (if (ref.is_null (local.get $l)) (then (return (local.get $n))))
      (local.set $l (struct.get $list 1 (local.get $l)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $again))
    (unreachable))
)`;

/** Resident megabytes. */
const resident = (): number => process.memoryUsage.rss() / 2 ** 20;

it('memory that a collection gave back is zero when it is used again', () => {
  // What stays alive is no multiple of a page.
  const e = instanceOf(`(module
    (type $list (struct (field (ref null $list))))
    (type $bytes (array (mut i8)))
    (table $arrays 64 (ref null $bytes))
    (global $kept (mut (ref null $list)) (ref.null $list))
    (func (export "keep") (param $n i32)
      (loop $again
        (global.set $kept (struct.new $list (global.get $kept)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "end") (global.set $kept (ref.null $list)))
    (func (export "ones") (param $k i32) (param $n i32)
      (table.set $arrays (local.get $k) (array.new $bytes (i32.const -1) (local.get $n))))
    (func (export "zeroes") (param $k i32) (param $n i32)
      (table.set $arrays (local.get $k) (array.new_default $bytes (local.get $n))))
    (func (export "drop") (param $k i32) (table.set $arrays (local.get $k) (ref.null $bytes)))
    (func (export "not zero") (param $k i32) (result i32) (local $a (ref null $bytes)) (local $i i32) (local $n i32)
      (local.set $a (table.get $arrays (local.get $k)))
      (loop $again
        (local.set $n (i32.add (local.get $n) (i32.ne (array.get_u $bytes (local.get $a) (local.get $i)) (i32.const 0))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (array.len (local.get $a)))))
      (local.get $n)))`);
  const ARRAYS = 40;
  e.keep(1_000_001);
  for (let k = 0; k < ARRAYS; k++) e.ones(k, 1_000_000);
  for (let k = 0; k < ARRAYS; k++) e.drop(k);
  (addon() as Heap).heapCollect();
  for (let k = 0; k < ARRAYS; k++) {
    e.zeroes(k, 1_000_000);
    expect(e['not zero'](k), `array ${k}`).toBe(0);
  }
  // The tests below count what is alive.
  for (let k = 0; k < ARRAYS; k++) e.drop(k);
  e.end();
});

describe('nothing leaks', () => {
  const MANY = amount(10_000_000, 1_000_000);

  it(`${MANY} objects, rings of two, arrays`, () => {
    const e = instanceOf(LISTS);
    const heap = addon() as Heap;
    e.garbage(100_000);
    const before = resident();
    const made = heap.heapMade();
    e.garbage(MANY);
    e.rings(MANY / 10);
    e.arrays(MANY / 10_000, 100_000);
    e.arrays(100, 3_000_000);
    expect(heap.heapMade() - made).toBeGreaterThan(MANY * 24);
    expect(heap.heapCollect()).toBeLessThan(4e6);
    expect(resident() - before).toBeLessThan(60);
  });

  it('memory is given back', () => {
    const e = instanceOf(LISTS);
    const heap = addon() as Heap;
    heap.heapCollect();
    const before = resident();
    e.grow(4_000_000);
    expect(resident() - before).toBeGreaterThan(40);
    expect(heap.heapCollect()).toBeGreaterThan(60e6);
    e.drop();
    heap.heapCollect();
    e.garbage(1_000_000);
    heap.heapCollect();
    expect(resident() - before).toBeLessThan(30);
  });

  it('new objects are zero where the memory of old ones was given back', () => {
    const e = instanceOf(`(module
      (type $node (struct (field $x (mut i32)) (field $next (mut (ref null $node)))))
      (global $few (mut (ref null $node)) (ref.null $node))
      (global $many (mut (ref null $node)) (ref.null $node))
      (func $list (param $n i32) (result (ref null $node)) (local $l (ref null $node))
        (loop $again
          (local.set $l (struct.new $node (i32.const -1) (local.get $l)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $l))
      (func (export "few") (param i32) (global.set $few (call $list (local.get 0))))
      (func (export "many") (param i32) (global.set $many (call $list (local.get 0))))
      (func (export "drop") (global.set $many (ref.null $node)))
      (func (export "fresh") (param $n i32) (result i32) (local $p (ref $node)) (local $seen i32)
        (loop $again
          (local.set $p (struct.new_default $node))
          (local.set $seen (i32.or (local.get $seen) (struct.get $node $x (local.get $p))))
          (local.set $seen (i32.or (local.get $seen) (i32.eqz (ref.is_null (struct.get $node $next (local.get $p))))))
          (struct.set $node $next (local.get $p) (global.get $many))
          (global.set $many (local.get $p))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $seen)))`);
    const heap = addon() as Heap;
    heap.heapCollect();
    e.few(300_001);
    for (const [many, fresh] of [
      [3_000_000, 1_500_000],
      [2_000_000, 2_500_000],
      [100_000, 3_000_000],
    ]) {
      e.many(many);
      heap.heapCollect();
      e.drop();
      heap.heapCollect();
      expect(e.fresh(fresh)).toBe(0);
    }
  });

  it('objects that JavaScript has had are let go in the middle of a turn', () => {
    const e = instanceOf(LISTS);
    const heap = addon() as Heap;
    heap.heapCollect();
    const before = resident();
    for (let i = 0; i < amount(300_000, 100_000); i++) e.one(null);
    expect(resident() - before).toBeLessThan(150);
  });

  it("what objects hold of JavaScript's is let go with them", async () => {
    const e = instanceOf(LISTS);
    let gone = 0;
    const registry = new FinalizationRegistry(() => gone++);
    const kept: unknown[] = [];
    (() => {
      for (let i = 0; i < 1000; i++) {
        const value = { i };
        registry.register(value, 0);
        const object = e.one(value);
        if (i % 2 === 0) kept.push(object);
      }
    })();
    for (let i = 0; i < 6; i++) await collectGarbage();
    expect(gone).toBeGreaterThan(450);
    expect(gone).toBeLessThanOrEqual(500);
    expect(kept.length).toBe(500);
  });
});

const OPAQUE = `(module
  (type $s (struct (field (mut i32))))
  (type $a (array (mut i32)))
  (func (export "struct") (result anyref) (struct.new $s (i32.const 5)))
  (func (export "array") (result eqref) (array.new $a (i32.const 5) (i32.const 3)))
  (func (export "i31") (param i32) (result anyref) (ref.i31 (local.get 0)))
  (func (export "any") (param anyref) (result anyref) (local.get 0))
  (func (export "eq") (param eqref) (result eqref) (local.get 0))
  (func (export "takeI31") (param i31ref) (result i31ref) (local.get 0))
  (func (export "takeStruct") (param structref) (result i32) (ref.test (ref $s) (local.get 0)))
  (func (export "isStruct") (param anyref) (result i32) (ref.test (ref struct) (local.get 0)))
  (func (export "isEq") (param externref) (result i32) (ref.test (ref eq) (any.convert_extern (local.get 0))))
  (func (export "none") (param nullref) (result i32) (ref.is_null (local.get 0)))
)`;

/** What V8 of Node 24 says of the same, but for `for in` and JSON, which proxies cannot do. */
describe('objects and small integers in JavaScript', () => {
  const told = (f: () => unknown): unknown => {
    try {
      return f();
    } catch (e) {
      return `${(e as Error).name}: ${(e as Error).message}`;
    }
  };
  const REFUSED = 'TypeError: WebAssembly objects are opaque';
  const UNFIT = 'TypeError: type incompatibility when transforming from/to JS';
  let e: Exports;
  beforeAll(() => {
    e = instanceOf(OPAQUE);
  });

  it.each(['struct', 'array'])('a %s is opaque', (kind) => {
    const x = e[kind]() as any;
    expect([typeof x, Object.getPrototypeOf(x), Object.isExtensible(x), Object.isFrozen(x)]).toEqual([
      'object',
      null,
      false,
      true,
    ]);
    expect([Reflect.ownKeys(x), x.foo, x[0], 'foo' in x]).toEqual([[], undefined, undefined, false]);
    expect(Object.prototype.toString.call(x)).toBe('[object Object]');
    for (const change of [
      () => (x.foo = 1),
      () => Reflect.set(x, 'foo', 1),
      () => delete x.foo,
      () => Reflect.defineProperty(x, 'foo', { value: 1 }),
      () => Object.setPrototypeOf(x, null),
      () => Object.preventExtensions(x),
      () => Object.freeze(x),
    ])
      expect(told(change)).toBe(REFUSED);
    expect(told(() => String(x))).toBe('TypeError: Cannot convert object to primitive value');
    expect(told(() => structuredClone(x))).toMatch(/^DataCloneError/);
    expect(e.any(x)).toBe(x);
    expect(new WeakMap([[x, 3]]).get(e.any(x))).toBe(3);
  });

  it('small integers are i31s, other numbers are not', () => {
    for (const n of [0, 1, -1, 2 ** 30 - 1, -(2 ** 30)])
      expect([e.any(n), e.eq(n), e.takeI31(n), e.isEq(n)]).toEqual([n, n, n, 1]);
    for (const n of [-0, 2 ** 30, -(2 ** 30) - 1, 1.5, NaN, 2 ** 31])
      expect([e.any(n), told(() => e.eq(n)), told(() => e.takeI31(n)), e.isEq(n)]).toEqual([n, UNFIT, UNFIT, 0]);
    expect([e.i31(2 ** 30), e.i31(-1), e.i31(2 ** 31 - 1)]).toEqual([-(2 ** 30), -1, -1]);
  });

  it('values of JavaScript pass as any, and as nothing else', () => {
    const values = ['x', undefined, {}, Symbol.iterator, 5n, true, () => 1, e.any];
    for (const v of values) {
      expect(e.any(v)).toBe(v);
      expect([e.isStruct(v), e.isEq(v)]).toEqual([0, 0]);
      for (const f of ['eq', 'takeI31', 'takeStruct', 'none']) expect(told(() => e[f](v))).toBe(UNFIT);
    }
    expect([e.takeStruct(e.struct()), told(() => e.takeStruct(e.array())), e.takeStruct(null), e.none(null)]).toEqual([
      1,
      UNFIT,
      0,
      1,
    ]);
  });

  it.each(['anyref', 'eqref', 'i31ref', 'structref', 'arrayref'] as const)('globals and tables of %s', (type) => {
    const W = wamr.WebAssembly;
    const global = new W.Global({ value: type, mutable: true });
    const table = new W.Table({ element: type, initial: 2 });
    expect([global.value, table.get(0), new W.Tag({ parameters: [type] }) instanceof W.Tag]).toEqual([
      null,
      null,
      true,
    ]);
    const fit = type === 'i31ref' ? 7 : type === 'arrayref' ? e.array() : e.struct();
    global.value = fit;
    table.set(1, fit);
    expect([global.value, table.get(1)]).toEqual([fit, fit]);
    if (type === 'anyref') return;
    expect(told(() => (global.value = {}))).toMatch(/^TypeError/);
    expect(told(() => table.set(0, 'x'))).toMatch(/^TypeError/);
  });
});

describe('initialisers', () => {
  it('make long arrays in no time', () => {
    const e = instanceOf(`(module (type $a (array (mut i16)))
      (global $g (ref $a) (array.new $a (i32.const 7) (i32.const 50000000)))
      (func (export "at") (param i32) (result i32) (array.get_u $a (global.get $g) (local.get 0))))`);
    expect([e.at(0), e.at(49_999_999), e.at(31_234_567)]).toEqual([7, 7, 7]);
    expect(() => e.at(50_000_000)).toThrow(expect.objectContaining({ kind: 'array-out-of-bounds' }));
  });
});

/**
 * A module whose instances keep four arrays of 1 MB, or four large exceptions. `sum` gives 4 when they are all there, and
 * makes objects in loops with values in registers meanwhile.
 */
const LEAVES = (start: string, more: string): string => `(module
  (type $bytes (array (mut i8))) (type $pair (struct (field i32) (field i32)))
  (import "js" "last" (global $last externref))
  (tag $t (param ${'i64 '.repeat(900)}))
  (data $d "${'0123456789abcdef'.repeat(4096)}")
  (table $kept 4 anyref) (table $thrown 100000 exnref)
  ${more === 'begins' ? '(global $g (ref $bytes) (array.new $bytes (i32.const 1) (i32.const 1000000)))' : ''}
  (global $count (mut i32) (i32.const 0))
  (func $fills (local $i i32) (loop $l
    (table.set $kept (local.get $i) (array.new $bytes (i32.const 1) (i32.const 1000000)))
    (global.set $count (local.tee $i (i32.add (local.get $i) (i32.const 1))))
    (br_if $l (i32.lt_u (local.get $i) (i32.const 4)))))
  (func $copies (local $i i32) (loop $l
    (table.set $kept (i32.and (local.get $i) (i32.const 3)) (array.new_data $bytes $d (i32.const 0) (i32.const 65536)))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100))))
    (call $fills))
  (func $throws (local $i i32) (loop $l
    (table.set $thrown (local.get $i) (block $c (result exnref)
      (try_table (catch_all_ref $c) (throw $t ${'(i64.const 1) '.repeat(900)})) unreachable))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3000))))
    (global.set $count (i32.const 4)))
  (func $gives (global.set $count (i32.const 4)))
  (func (export "one") (result anyref) (array.new $bytes (i32.const 1) (i32.const 1000000)))
  (func (export "sum") (result i32) (local $i i32) (local $a i32) (local $b f64) (local $p (ref null $pair))
    (local.set $a (global.get $count)) (local.set $b (f64.const 0.5))
    (loop $l
      (local.set $p (struct.new $pair (local.get $a) (local.get $i)))
      (if (i32.ne (struct.get $pair 0 (local.get $p)) (local.get $a)) (then unreachable))
      (local.set $b (f64.add (local.get $b) (f64.convert_i32_u (struct.get $pair 1 (local.get $p)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1000))))
    (if (f64.ne (local.get $b) (f64.const 499500.5)) (then unreachable))
    (local.get $a))
  (start $${start}))`;

describe('a full heap', () => {
  const limited = (kilobytes: number, script: string): string => {
    fs.writeFileSync(path.join(dir, 'lists.wasm'), assemble(LISTS));
    const r = spawnSync(
      'bash',
      [
        '-c',
        `ulimit -v ${kilobytes}; exec "$0" -e "$1"`,
        process.execPath,
        `
        const w = require(${JSON.stringify(path.join(import.meta.dirname, '../..'))});
        const bytes = require('fs').readFileSync(${JSON.stringify(path.join(dir, 'lists.wasm'))});
        ${script}`,
      ],
      { encoding: 'utf8' },
    );
    return r.stdout + r.stderr;
  };

  it('is a trap, and what is let go afterwards can be had again', () => {
    const out = limited(
      1_800_000,
      `
      const e = w.instantiate(bytes, {}, { cache: false }).exports;
      for (let i = 0; i < 2; i++) {
        try { e.exhaust(); } catch (error) { console.log(error instanceof w.Trap, error.kind, e.length() > 100000); }
        try { e.arrays(1, 900000000); } catch (error) { console.log(error.kind); }
        e.drop();
        e.garbage(1000);
      }`,
    );
    expect(out).toBe('true heap-exhausted true\nheap-exhausted\n'.repeat(2));
  });

  it.each([
    ['a start function', 'fills', ''],
    ['a start function, by segments', 'copies', ''],
    ['a start function, after initialisers', 'fills', 'begins'],
    ['exceptions', 'throws', ''],
    ['JavaScript, which holds the next instance', 'fills', 'chain'],
    ['JavaScript, by objects that it has dropped', 'gives', 'drop'],
  ])('is not full of what instances have left that nobody has: %s', (_, start, more) => {
    fs.writeFileSync(path.join(dir, 'leaves.wasm'), assemble(LEAVES(start, more)));
    const out = limited(
      1_800_000,
      `
      const module = new w.Module(w.compileSync(require('fs').readFileSync(${JSON.stringify(path.join(dir, 'leaves.wasm'))}), { verify: true }));
      let last = null, sum = 0;
      // In one turn of the event loop: no finaliser runs.
      for (let i = 0; i < 40; i++) {
        const { exports } = new w.Instance(module, { js: { last } });
        if ('${more}' === 'drop') for (let k = 0; k < 4; k++) exports.one();
        last = '${more}' === 'chain' && i % 4 !== 0 ? exports : null;
        sum += exports.sum();
      }
      console.log(sum);`,
    );
    expect(out).toBe('160\n');
  });

  it('an array that none has room for is a trap of its own', () => {
    const e = instanceOf(LISTS);
    expect(() => e.huge()).toThrow(expect.objectContaining({ kind: 'array-too-large' }));
  });
});
