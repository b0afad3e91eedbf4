/**
 * Wasm calls JavaScript calls wasm: depth, exceptions at every place, and activations whose JavaScript never came back.
 */
import vm from 'node:vm';
import { expect, it } from 'vitest';
import { binding } from '../../src-ts/addon.js';
import { Instance, Module } from '../../src-ts/index.js';
import { wat } from '../support/wat.js';

const TEXT = `(module (import "m" "h" (func $h (param i32) (result i32)))
  (func (export "f") (param i32) (result i32) (i32.add (i32.const 1) (call $h (local.get 0))))
  (func (export "twice") (param i32) (result i32) (i32.add (call $h (i32.const 100)) (call $h (local.get 0))))
  (func (export "trap") unreachable))`;

function instance(h: (x: number) => number): Record<string, (x?: number) => number> {
  return new Instance(new Module(wat(TEXT)), { m: { h } }).exports;
}

const noWasm = (): void => expect(binding().captureStack().length).toBe(0);

/** Node 20 gets to 2,164 levels, Node 22 to 26 to 2,022, and V8's own WebAssembly to 2,900 to 3,700. */
const LEVELS = 1900;

it('goes as deep as the stack of JavaScript lets it', () => {
  const e = instance((x) => (x === 0 ? 0 : e.f(x - 1)));
  expect(e.f(LEVELS)).toBe(LEVELS + 1);
  noWasm();
});

it('unwinds a RangeError of JavaScript from any depth', () => {
  let deepest = 0;
  const e = instance((x) => {
    deepest = x;
    return e.f(x + 1);
  });
  for (let i = 0; i < 3; i++) {
    expect(() => e.f(0)).toThrow(RangeError);
    noWasm();
  }
  expect(deepest).toBeGreaterThan(LEVELS);
});

it('catches at every level', () => {
  const e = instance((x) => {
    if (x > 100) throw new TypeError('deep');
    try {
      return e.f(x + 1);
    } catch (error) {
      if (x > 50) throw error;
      return 1000 + e.twice(200 - x);
    }
  });
  expect(() => e.f(0)).toThrow('deep');
  noWasm();
  const caught = instance((x) => {
    try {
      if (x > 0) caught.trap();
    } catch (e) {
      return (e as Error).message.length;
    }
    return 0;
  });
  expect(caught.f(1)).toBe(12);
});

it('ends wasm that never returns when a timeout of node:vm says so', () => {
  const e = new Instance(
    new Module(wat('(module (func (export "loop") (loop $l (br $l))) (func (export "f") (result i32) (i32.const 8)))')),
  ).exports;
  for (let i = 0; i < 20; i++) {
    expect(() => vm.runInNewContext('loop()', { loop: e.loop }, { timeout: 20 })).toThrow(/timed out/);
    expect(e.f()).toBe(8);
    noWasm();
  }
});

it('recovers from host functions that a timeout of node:vm ended', () => {
  let inner = 0;
  const e = instance((x) => {
    if (x === 1) for (;;);
    return 7;
  });
  const outer = instance(() => {
    expect(() => vm.runInNewContext('f(1)', { f: e.f }, { timeout: 20 })).toThrow(/timed out/);
    inner = e.f(0);
    return 1;
  });
  for (let i = 0; i < 3; i++) {
    expect(() =>
      vm.runInNewContext('(function g(n) { n === 0 ? f(1) : g(n - 1); })(200)', { f: e.f }, { timeout: 20 }),
    ).toThrow(/timed out/);
    expect(e.f(0)).toBe(8);
    noWasm();
    expect(outer.f(0)).toBe(2);
    expect(inner).toBe(8);
    noWasm();
  }
});
