/**
 * What crosses from one instance to another and outlives it: exceptions and their contents, tags, typed functions,
 * memories that are not the first, shared memories that another thread waits on.
 */
import { Worker } from 'node:worker_threads';
import path from 'node:path';
import { expect, it } from 'vitest';
import { collectGarbage, wamr } from '../support/built.js';
import { newWat } from '../support/new-wat.js';
import { thrownBy } from '../support/thrown.js';

const W = wamr.WebAssembly;
type Instance = { exports: any; dispose(): void };
const make = (text: string, imports: object = {}, bounds: 'guard' | 'explicit' = 'guard'): Instance =>
  new W.Instance(wamr.load(wamr.compileSync(newWat(text), { bounds, verify: true } as object)), imports as never);
const kindOf = (f: () => unknown): unknown => {
  try {
    return f();
  } catch (e) {
    return (e as { kind?: string }).kind ?? e;
  }
};

/** Throws its own tag with a function of its own and a value of the host, or keeps such exceptions in its table. */
const THROWER = `(module (type $f (func (result i32))) (memory 1)
  (tag $t (export "tag") (param i32 funcref externref)) (table (export "kept") 4 exnref)
  (func $own (export "own") (type $f) (i32.load (i32.const 0)))
  (elem declare func $own)
  (func (export "throw") (param i32 externref) (throw $t (local.get 0) (ref.func $own) (local.get 1))))`;
const CATCHER = `(module (type $f (func (result i32)))
  (import "m" "tag" (tag $t (param i32 funcref externref))) (import "m" "throw" (func $throw (param i32 externref)))
  (import "m" "kept" (table $kept 4 exnref)) (table $fs 1 funcref) (tag $own)
  (func (export "keep") (param $at i32) (param $x i32) (param $v externref)
    (table.set $kept (local.get $at)
      (block $h (result exnref)
        (try_table (catch_all_ref $h) (call $throw (local.get $x) (local.get $v))) (return))))
  (func $again (param i32) (result i32 funcref externref)
    (block $h (result i32 funcref externref)
      (try_table (catch $t $h) (throw_ref (table.get $kept (local.get 0)))) unreachable))
  (func (export "number") (param i32) (result i32) (local funcref externref)
    (call $again (local.get 0)) (local.set 2) (local.set 1))
  (func (export "value") (param i32) (result externref) (local externref)
    (call $again (local.get 0)) (local.set 1) (drop) (drop) (local.get 1))
  (func (export "call") (param i32) (result i32) (local funcref)
    (call $again (local.get 0)) (drop) (local.set 1) (drop) (table.set $fs (i32.const 0) (local.get 1))
    (call_indirect $fs (type $f) (i32.const 0)))
  (func (export "rethrow") (param i32) (throw_ref (table.get $kept (local.get 0)))))`;

it('exceptions live on when the instances of their tag, their contents and their table are disposed of', async () => {
  const begin = (): { catcher: any; dispose(): void } => {
    const thrower = make(THROWER);
    const catcher = make(CATCHER, { m: thrower.exports }).exports;
    for (let k = 0; k < 4; k++) catcher.keep(k, 100 + k, { k });
    return { catcher, dispose: () => thrower.dispose() };
  };
  const { catcher, dispose } = begin();
  const others: unknown[] = [];
  const thrower = new wamr.Module(newWat(THROWER));
  expect(catcher.call(1)).toBe(0);
  dispose();
  for (let k = 0; k < 3; k++) {
    await collectGarbage();
    // Others take the places of what was freed.
    for (let n = 0; n < 200; n++) others.push((new W.Instance(thrower) as unknown as Instance).exports.own);
    expect([0, 1, 2, 3].map((i) => catcher.number(i))).toEqual([100, 101, 102, 103]);
    expect([0, 3].map((i) => catcher.value(i))).toEqual([{ k: 0 }, { k: 3 }]);
    expect(kindOf(() => catcher.call(2))).toBe('disposed-function');
    const thrown = kindOf(() => catcher.rethrow(3));
    expect(thrown).toBeInstanceOf(W.Exception);
  }
  expect(kindOf(() => catcher.keep(0, 1, null))).toBe('disposed-function');
});

it.each(['guard', 'explicit'] as const)('typed functions trap once theirs is disposed of: %s', (bounds) => {
  const owner = make(
    `(module (type $f (func (param i32) (result i32))) (memory 1)
      (func $g (export "g") (type $f) (i32.add (local.get 0) (i32.load (i32.const 8))))
      (global (export "global") (ref $f) (ref.func $g))
      (table (export "table") 2 2 (ref $f) (ref.func $g)))`,
    {},
    bounds,
  );
  const user = make(
    `(module (type $f (func (param i32) (result i32)))
      (import "m" "global" (global $g (ref $f))) (import "m" "table" (table $t 2 2 (ref $f)))
      (global $own (mut (ref null $f)) (ref.null $f))
      (func $seven (type $f) (i32.const 7)) (elem declare func $seven)
      (func (export "keep") (global.set $own (global.get $g)))
      (func (export "global") (result i32) (call_ref $f (i32.const 1) (global.get $g)))
      (func (export "own") (result i32) (call_ref $f (i32.const 2) (global.get $own)))
      (func (export "entry") (param i32) (result i32) (call_ref $f (i32.const 3) (table.get $t (local.get 0))))
      (func (export "tail") (param i32) (result i32) (return_call_ref $f (i32.const 4) (table.get $t (local.get 0))))
      (func (export "replace") (table.set $t (i32.const 0) (ref.func $seven))))`,
    { m: owner.exports },
    bounds,
  );
  const { keep, global, own, entry, tail, replace } = user.exports;
  expect(kindOf(own)).toBe('null-reference');
  keep();
  expect([global(), own(), entry(1), tail(1)]).toEqual([1, 2, 3, 4]);
  expect(() => owner.exports.table.set(0, null)).toThrow(TypeError);
  expect(() => owner.exports.table.set(0)).toThrow(TypeError);
  expect(() => owner.exports.table.grow(1)).toThrow(/TypeError|RangeError|invalid|failed/);
  owner.dispose();
  for (const f of [global, own, () => entry(0), () => tail(1)]) expect(kindOf(f)).toBe('disposed-function');
  replace();
  expect([entry(0), tail(0)]).toEqual([7, 7]);
});

it.each(['guard', 'explicit'] as const)('one of several memories goes, the others stay: %s', (bounds) => {
  const owner = make(
    `(module (memory (export "a") 1 10) (memory (export "b") i64 1 10) (memory (export "c") 1 10))`,
    {},
    bounds,
  );
  let within = (): void => {};
  const user = make(
    `(module (import "h" "f" (func $f)) (import "m" "b" (memory $b i64 1 10)) (memory $own 1 10)
      (func (export "write") (param i64 i32) (i32.store $b (local.get 0) (local.get 1)))
      (func (export "both") (result i32)
        (i32.store $b (i64.const 100) (i32.const 20)) (i32.store $own (i32.const 100) (i32.const 3)) (call $f)
        (i32.add (i32.load $b (i64.const 100)) (i32.load $own (i32.const 100))))
      (func (export "copy") (param i32) (memory.copy $b $own (i64.const 0) (i32.const 0) (local.get 0))))`,
    { m: owner.exports, h: { f: () => within() } },
    bounds,
  );
  const { both, copy, write } = user.exports;
  expect(both()).toBe(23);
  within = () => owner.dispose();
  // What another instance imports is not released.
  expect(both()).toBe(23);
  expect(owner.exports.a.buffer.byteLength).toBe(0);
  expect(owner.exports.c.buffer.byteLength).toBe(0);
  expect(() => make('(module (import "m" "a" (memory 1)))', { m: owner.exports }, bounds)).toThrow(/LinkError|smaller/);
  within = () => {
    owner.exports.b.grow(3n);
    new Int32Array(owner.exports.b.buffer)[25] = 40;
  };
  expect(both()).toBe(43);
  write(4n * 65536n - 4n, 1);
  expect(thrownBy(() => write(4n * 65536n - 3n, 1))).toMatchObject({ kind: 'memory-out-of-bounds' });
  copy(65536);
  within = () => user.dispose();
  expect(kindOf(both)).toBe('memory-out-of-bounds');
  for (const f of [both, () => copy(1), () => write(0n, 1)]) expect(kindOf(f)).toBe('disposed-function');
});

it('a shared memory that another thread waits on, when its owner is disposed of', async () => {
  const WAITS = `(module (import "m" "memory" (memory 1 10 shared))
    (func (export "wait") (param i32) (result i32) (memory.atomic.wait32 (local.get 0) (i32.const 0) (i64.const -1)))
    (func (export "notify") (param i32) (result i32) (memory.atomic.notify (local.get 0) (i32.const 9)))
    (func (export "add") (param i32) (result i32) (i32.atomic.rmw.add (local.get 0) (i32.const 1))))`;
  const memory = new W.Memory({ initial: 1, maximum: 10, shared: true } as never);
  const waits = newWat(WAITS);
  const [first, second] = [make(WAITS, { m: { memory } }), make(WAITS, { m: { memory } })];
  const words = new Int32Array(memory.buffer);
  const begin = (terminated: boolean): Promise<Worker> => {
    const worker = new Worker(
      `const { workerData: d, parentPort } = require('node:worker_threads');
       const { WebAssembly: W } = require(d.dist);
       const { exports } = new W.Instance(new W.Module(d.waits), { m: { memory: d.memory } });
       exports.add(8);
       parentPort.postMessage(exports.wait(d.terminated ? 4 : 0));`,
      { eval: true, workerData: { dist: path.resolve('dist/index.js'), waits, memory, terminated } },
    );
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      const ready = (): unknown => (words[2] > 0 ? resolve(worker) : setTimeout(ready, 5));
      ready();
    });
  };
  const waiting = await begin(false);
  const answer = new Promise((resolve) => waiting.once('message', resolve));
  first.dispose();
  expect(kindOf(() => first.exports.notify(0))).toBe('disposed-function');
  memory.grow(3);
  for (let n = 0; n === 0; await new Promise((r) => setTimeout(r, 5))) n = second.exports.notify(0);
  expect(await answer).toBe(0);
  await waiting.terminate();
  words[2] = 0;
  const endless = await begin(true);
  await endless.terminate();
  expect(second.exports.notify(4)).toBe(0);
  second.dispose();
  expect(kindOf(() => second.exports.notify(4))).toBe('disposed-function');
  expect(words[2]).toBe(1);
});
