/**
 * `WebAssembly.Suspending` and `WebAssembly.promising`. What is expected here is what V8 of Node 24 does with
 * --experimental-wasm-jspi, but where a comment says otherwise.
 */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { compileSync, Module, WebAssembly as W } from '../../src-ts/index.js';
import { env } from '../../src-ts/runtime/env.js';
import { collectGarbage } from '../support/built.js';
import { runWasmTools } from '../support/peers.js';
import { ON_TARGET } from '../support/target.js';

type Exports = Record<string, any>;

const cache = new Map<string, Uint8Array>();
function binary(text: string): Uint8Array {
  let bytes = cache.get(text);
  if (bytes === undefined) cache.set(text, (bytes = runWasmTools(['parse', '-'], Buffer.from(text))));
  return bytes;
}
const instanceOf = (text: string, imports: object, bounds: 'guard' | 'explicit' = 'guard'): Exports =>
  new W.Instance(new Module(compileSync(binary(text), { ...ON_TARGET, verify: true, bounds })), imports).exports;

/** The exports as promising functions. */
const promising = (exports: Exports): Record<string, (...args: unknown[]) => Promise<any>> =>
  Object.fromEntries(
    Object.entries(exports)
      .filter(([, f]) => typeof f === 'function')
      .map(([name, f]) => [name, W.promising(f as Function) as (...args: unknown[]) => Promise<any>]),
  );
const told = (e: unknown): string => (e instanceof Error ? `${e.name}: ${e.message}` : String(e));
const outcome = (f: () => unknown): string => {
  try {
    return String(f());
  } catch (e) {
    return told(e);
  }
};
const settled = (p: Promise<unknown>): Promise<string> => p.then(String, told);

const MAIN = `(module
  (import "m" "h" (func $h (param i32) (result i32))) (import "m" "js" (func $js (param i32) (result i32)))
  (import "m" "e" (func $e (result externref))) (tag $t (param i32)) (memory (export "memory") 1)
  (export "again" (func $h))
  (func (export "f") (param i32) (result i32) (i32.add (call $h (local.get 0)) (i32.const 1)))
  (func (export "two") (param i32) (result i32 i64) (call $h (local.get 0)) (i64.const 5))
  (func (export "none") (drop (call $h (i32.const 1))))
  (func (export "js") (param i32) (result i32) (call $js (local.get 0)))
  (func (export "e") (result externref) (call $e))
  (func (export "trap") (drop (call $h (i32.const 1))) unreachable)
  (func (export "throws") (drop (call $h (i32.const 1))) (throw $t (i32.const 3)))
  (func (export "caught") (param i32) (result i32)
    try (result i32) (call $h (local.get 0)) catch_all (i32.const -7) end)
  (func (export "sum") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (call $h (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func $deep (export "deep") (param i32) (result i32) (local i64 f64)
    (if (i32.eqz (local.get 0)) (then (return (call $h (i32.const 1)))))
    (local.set 1 (i64.extend_i32_u (local.get 0))) (local.set 2 (f64.convert_i32_u (local.get 0)))
    (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1)))
      (i32.add (i32.wrap_i64 (local.get 1)) (i32.trunc_f64_s (local.get 2)))))
  (func (export "grow") (result i32)
    (drop (memory.grow (call $h (i32.const 3))))
    (i32.store (i32.const 200000) (i32.const 9)) (i32.add (i32.load (i32.const 200000)) (memory.size))))`;

/** MAIN with imports that do what `mode` says. */
function main(bounds: 'guard' | 'explicit' = 'guard') {
  const control = { mode: (x: number): unknown => Promise.resolve(x + 10), calls: 0 };
  const exports: Exports = instanceOf(
    MAIN,
    {
      m: {
        h: new W.Suspending((x: number) => {
          control.calls++;
          return control.mode(x);
        }),
        js: (x: number) => exports.f(x),
        e: new W.Suspending(() => Promise.resolve({ then: (r: (x: string) => void) => r('thenable') })),
      },
    },
    bounds,
  );
  return { control, exports, p: promising(exports) };
}

describe('promising calls', () => {
  it.each(['guard', 'explicit'] as const)('give promises of what wasm returns: %s', async (bounds) => {
    const { p, control } = main(bounds);
    const f = p.f(5);
    expect(Object.prototype.toString.call(f)).toBe('[object Promise]');
    expect(await f).toBe(16);
    expect(await p.two(5)).toEqual([15, 5n]);
    expect(await p.none()).toBeUndefined();
    expect(await p.e()).toBe('thenable');
    expect(await p.sum(100)).toBe(6050);
    expect(await p.deep(10_000)).toBe(100_010_000 + 11);
    expect(await p.grow()).toBe(9 + 14);
    control.mode = (x) => x + 1;
    expect(await p.f(1)).toBe(3);
    control.mode = () => ({ then: (r: (x: number) => void) => r(77) });
    expect(await p.f(1)).toBe(78);
    control.mode = () => Promise.resolve('12');
    expect(await p.f(1)).toBe(13);
  });

  it('are rejected with what is thrown', async () => {
    const { p, control } = main();
    expect(await settled(p.trap())).toBe('RuntimeError: unreachable');
    expect(await p.throws().catch((e: unknown) => e instanceof W.Exception)).toBe(true);
    control.mode = () => Promise.reject(new Error('rejected'));
    expect(await settled(p.f(1))).toBe('Error: rejected');
    expect(await p.caught(1)).toBe(-7);
    control.mode = () => {
      throw new Error('at once');
    };
    expect(await settled(p.f(1))).toBe('Error: at once');
    expect(await p.caught(1)).toBe(-7);
    control.mode = () =>
      Promise.resolve({
        valueOf() {
          throw new Error('conversion');
        },
      });
    expect(await settled(p.f(1))).toBe('Error: conversion');
    expect(await p.caught(1)).toBe(-7);
    // Arguments are converted before there is a promise.
    expect(outcome(() => p.f(1n))).toMatch(/^TypeError: Cannot convert a BigInt/);
    expect(env().native.stats().promisingCalls).toBe(0);
  });

  it('suspend no JavaScript, and no call that gives no promise', async () => {
    const { p, exports, control } = main();
    const without = 'SuspendError: trying to suspend without WebAssembly.promising';
    expect(outcome(() => exports.f(1))).toBe(without);
    expect(outcome(() => exports.caught(1))).toBe('-7');
    expect(await settled(p.js(1))).toBe('SuspendError: trying to suspend JS frames');
    // Whatever the function returns; and it is called.
    control.mode = (x) => x;
    control.calls = 0;
    expect(outcome(() => exports.f(1))).toBe(without);
    expect(control.calls).toBe(1);
    // The import exported again is JavaScript's own function.
    expect(outcome(() => exports.again(1))).toBe(without);
    expect(await p.again(8)).toBe(8);
  });

  it('go on one turn of the microtask queue after their promise', async () => {
    const { p, control } = main();
    const order = async (mode: (x: number) => unknown): Promise<string> => {
      control.mode = mode;
      const seen: unknown[] = [];
      const q = p.f(1);
      q.then(
        () => seen.push('resolved'),
        () => seen.push('rejected'),
      );
      let t = Promise.resolve();
      for (let i = 0; i < 4; i++) t = t.then(() => void seen.push(i));
      await t;
      await q.catch(() => 0);
      return seen.join();
    };
    expect(await order((x) => x)).toBe('0,resolved,1,2,3');
    expect(await order((x) => Promise.resolve(x))).toBe('0,resolved,1,2,3');
    expect(await order((x) => Promise.reject(x))).toBe('0,rejected,1,2,3');
    expect(await order(() => ({ then: (r: (x: number) => void) => r(1) }))).toBe('0,1,resolved,2,3');
  });

  it('may be many at a time, in one another and in any order', async () => {
    const { p, control } = main();
    const waiting: ((x: number) => void)[] = [];
    control.mode = (x) => new Promise((resolve) => (waiting[x] = resolve));
    const all = Array.from({ length: 20_000 }, (_, i) => p.f(i));
    for (let i = 0, k = 0; i < waiting.length; i++, k = (k + 7919) % waiting.length) waiting[k](2 * k);
    expect(await Promise.all(all)).toEqual(all.map((_, i) => 2 * i + 1));
    control.mode = (x) => (x === 0 ? Promise.resolve(0) : p.f(x - 1));
    expect(await p.f(50)).toBe(51);
    expect(env().native.stats().promisingCalls).toBe(0);
  });

  it('that begin below other wasm go on when that has ended', async () => {
    const inner: number[] = [];
    const { p, control, exports } = main();
    control.mode = (x) => Promise.resolve(x);
    const outer = instanceOf(
      `(module (import "m" "js" (func $js (param i32)))
        (func $deep (export "deep") (param i32) (param i32)
          (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)) (local.get 1)) (nop))
            (else (call $js (local.get 1))))))`,
      { m: { js: (x: number) => void p.f(x).then((y: number) => inner.push(y)) } },
    );
    for (let i = 0; i < 5; i++) outer.deep(100 * i, i);
    expect(inner).toEqual([]);
    await new Promise((r) => setTimeout(r, 5));
    expect(inner).toEqual([1, 2, 3, 4, 5]);
    expect(outcome(() => exports.f(1))).toMatch('SuspendError');
  });

  it('are suspended with frames of several instances, whose stack is walked and restored', async () => {
    const far = `(module (import "m" "h" (func $h (param i32) (result i32))) (memory 1)
      (func (export "wide") (param i32 i32 i32 i32 i32 i32 i32 i32 f64) (result i32 i64 f64)
        (i32.store (i32.const 0) (local.get 7))
        (i32.add (call $h (local.get 0)) (i32.load (i32.const 0))) (i64.const 70) (local.get 8)))`;
    const near = `(module
      (import "far" "wide" (func $wide (param i32 i32 i32 i32 i32 i32 i32 i32 f64) (result i32 i64 f64))) (memory 1)
      (data (i32.const 0) "\\64") (tag $t)
      (func $mid (param i32) (result i32 i64 f64)
        (return_call $wide (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
          (i32.const 7) (f64.const 2.5)))
      (func (export "run") (param i32) (result i32)
        (local i32) try (result i32)
          (call $mid (local.get 0))
          drop drop (i32.add (i32.load8_u (i32.const 0)))
        catch_all (i32.const -1) end))`;
    const stacks: string[] = [];
    let mode: (x: number) => unknown = (x) => Promise.resolve(x);
    const h = new W.Suspending((x: number) => {
      stacks.push(new Error('here').stack!);
      return mode(x);
    });
    const e = promising(instanceOf(near, { far: instanceOf(far, { m: { h } }) }));
    expect(await Promise.all([e.run(1), e.run(2), e.run(3)])).toEqual([108, 109, 110]);
    expect(stacks[0]).toMatch(/function\[1\]:[^]*function\[2\]:/);
    mode = () => Promise.reject(new Error('x'));
    expect(await e.run(1)).toBe(-1);
  });

  it('keep what their frames refer to, and nothing keeps them when nothing can go on', async () => {
    const text = `(module (import "m" "h" (func $h (result i32))) (table (export "t") 1 funcref)
      (func (export "keep") (param externref) (result externref) (drop (call $h)) (local.get 0))
      (func (export "call") (param funcref) (result i32)
        (drop (call $h)) (table.set (i32.const 0) (local.get 0)) (call_indirect (result i32) (i32.const 0))))`;
    const resolvers: ((x: number) => void)[] = [];
    const p = promising(
      instanceOf(text, { m: { h: new W.Suspending(() => new Promise((resolve) => resolvers.push(resolve))) } }),
    );
    const kept = p.keep({ value: 42 });
    // A function whose instance nothing else knows.
    const called = p.call(instanceOf('(module (func (export "f") (result i32) (i32.const 43)))', {}).f);
    for (let i = 0; i < 3; i++) {
      await collectGarbage();
      for (let k = 0; k < 10; k++) await settled(promising(main().exports).f(k));
    }
    expect(env().native.stats().promisingCalls).toBe(2);
    for (const resolve of resolvers.splice(0)) resolve(1);
    expect(await kept).toEqual({ value: 42 });
    expect(await called).toBe(43);

    // Frames that refer to what alone could let them go on: a cycle through both heaps.
    const collected = new Set<number>();
    const registry = new FinalizationRegistry<number>((k) => void collected.add(k));
    const forget = (k: number): void => {
      const object = { resolve: null as unknown };
      registry.register(object, k);
      let resolve: unknown;
      const q = promising(
        instanceOf(text, { m: { h: new W.Suspending(() => new Promise((r) => (resolve = r))) } }),
      ).keep(object);
      object.resolve = [resolve, q];
    };
    for (let k = 0; k < 10; k++) forget(k);
    for (let i = 0; i < 10 && (collected.size < 10 || env().native.stats().promisingCalls > 0); i++)
      await collectGarbage();
    expect(collected.size).toBe(10);
    expect(env().native.stats().promisingCalls).toBe(0);
  });

  it('trap where they go on when their instance was disposed meanwhile', async () => {
    let resolve: (x: number) => void = () => {};
    const instance = new W.Instance(
      new Module(
        compileSync(
          binary(`(module (import "m" "h" (func $h (result i32))) (memory 1)
            (func $g (result i32) (i32.load (i32.const 8)))
            (func (export "f") (result i32) (i32.add (call $h) (call $g))))`),
          ON_TARGET,
        ),
      ),
      { m: { h: new W.Suspending(() => new Promise<number>((r) => (resolve = r))) } },
    );
    const f = W.promising((instance.exports as Exports).f)();
    (instance as unknown as { dispose(): void }).dispose();
    resolve(1);
    expect(await settled(f as Promise<unknown>)).toMatch(/RuntimeError/);
  });

  it('leave the stack where it is, and are interrupted as others', async () => {
    const { p, control } = main();
    let resolve: (x: number) => void = () => {};
    control.mode = () => new Promise<number>((r) => (resolve = r));
    const f = p.f(1);
    expect(env().native.stackSize(1 << 20)).toBe(false);
    resolve(4);
    expect(await f).toBe(5);
    expect(env().native.stackSize(64 << 20)).toBe(true);
    const text = `(module (import "m" "h" (func $h (result i32)))
      (func (export "f") (drop (call $h)) (loop (br 0))))`;
    const endless = promising(
      instanceOf(text, {
        m: {
          h: new W.Suspending(async () => {
            await Promise.resolve();
            env().native.deadlineBegin(20);
            return 1;
          }),
        },
      }),
    );
    expect(await settled(endless.f())).toMatch('execution interrupted');
    env().native.deadlineEnd(0);
  });

  it('go with their worker', async () => {
    const source = `const { workerData, parentPort } = require('node:worker_threads');
      const { WebAssembly: W } = require(workerData.dist);
      const m = { h: new W.Suspending(() => new Promise(() => {})), js: () => 0, e: () => null };
      const { f } = new W.Instance(new W.Module(workerData.bytes), { m }).exports;
      for (let i = 0; i < 1000; i++) W.promising(f)(i);
      parentPort.postMessage('suspended');
      if (workerData.wait) setInterval(() => {}, 1000);`;
    for (const wait of [false, true]) {
      const worker = new Worker(source, {
        eval: true,
        workerData: { bytes: binary(MAIN), dist: path.resolve('dist/index.js'), wait },
      });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      if (wait) await worker.terminate();
      else expect(await new Promise((resolve) => worker.once('exit', resolve))).toBe(0);
    }
  });

  it('have the interface of V8', () => {
    const { exports } = main();
    const f = W.promising(exports.f);
    expect([f.name, f.length, W.promising.length, W.Suspending.length]).toEqual([exports.f.name, 1, 1, 1]);
    expect(Object.prototype.toString.call(new W.Suspending(() => 1))).toBe('[object WebAssembly.Suspending]');
    const e = new W.SuspendError('x');
    expect([e instanceof Error, e.name, e.message]).toEqual([true, 'SuspendError', 'x']);
    for (const bad of [undefined, 1, {}, null]) {
      expect(outcome(() => new W.Suspending(bad as never))).toBe(
        'TypeError: WebAssembly.Suspending(): Argument 0 must be a function',
      );
      expect(outcome(() => W.promising(bad as never))).toBe(
        'TypeError: WebAssembly.promising(): Argument 0 must be a function',
      );
    }
    expect(outcome(() => W.promising(() => 1))).toBe(
      'TypeError: WebAssembly.promising(): Argument 0 must be a WebAssembly exported function',
    );
    // A promising function is an exported function, and wasm that calls it calls what is behind it.
    expect(typeof W.promising(f)).toBe('function');
    const table = new W.Table({ element: 'anyfunc', initial: 1 });
    table.set(0, f as never);
    expect(table.get(0)).toBe(exports.f);
  });
});
