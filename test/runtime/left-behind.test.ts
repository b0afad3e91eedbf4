/**
 * What JavaScript leaves behind when it is ended without its `finally` blocks (a timeout of node:vm): activations,
 * deadlines and the watch go, so that a long-lived process is quiet and as good as new.
 */
import vm from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const WASM = wat(`(module (import "h" "f" (func $f (param i32) (result i32))) (memory 1)
  (func (export "call") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (i32.load (local.get 1))))
  (func (export "spin") (loop $l (br $l))))`);
const instance = wamr.instantiate(WASM, {
  h: {
    f: (x: number) => {
      if (x === 1) for (;;);
      return x;
    },
  },
});
const { exports } = instance;

/** Runs code that a timeout ends. */
function ended(code: string): void {
  expect(() => vm.runInNewContext(code, { i: instance, e: exports }, { timeout: 5 })).toThrow(/timed out/);
}

const turns: Record<string, (f: () => void) => void> = {
  'a timer': (f) => setTimeout(f, 1),
  'an immediate': (f) => setImmediate(f),
  'a microtask': (f) => void Promise.resolve().then(f),
  'a tick': (f) => process.nextTick(f),
};
for (const [turn, start] of Object.entries(turns)) {
  it.each([
    ['a host function', 'e.call(1)'],
    ['wasm', 'e.spin()'],
    ['a call with a deadline', 'i.call("call", [1], { timeoutMs: 20 })'],
    ['wasm with a deadline', 'i.call("spin", [], { timeoutMs: 2000 })'],
  ])(`in ${turn}: %s`, async (_, code) => {
    for (let n = 0; n < 5; n++)
      await new Promise<void>((resolve, reject) =>
        start(() => {
          try {
            ended(code);
            resolve();
          } catch (e) {
            reject(e as Error);
          }
        }),
      );
    await new Promise((resolve) => setTimeout(resolve, 30));
    // No wasm is on the stack, and no deadline is left that would end this.
    expect(wamr.setStackSize(8 << 20)).toBe(true);
    const until = Date.now() + 5;
    while (Date.now() < until) exports.add(1, 2);
    expect(exports.call(7)).toBe(7);
  });
}

test('an idle process is quiet', async () => {
  ended('(function f(n) { return n === 0 ? e.call(1) : f(n - 1); })(20)');
  ended('i.call("call", [1], { timeoutMs: 20 })');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = process.resourceUsage().voluntaryContextSwitches;
  await new Promise((resolve) => setTimeout(resolve, 500));
  // 100 a second by the watch, 1,000 by a deadline; the test runner has some of its own.
  expect(process.resourceUsage().voluntaryContextSwitches - before).toBeLessThan(40);
});

test('an interrupt that is noticed when a host function returns has frames', () => {
  const slow = wamr.instantiate(WASM, {
    h: {
      f: (x: number) => {
        const until = Date.now() + 20;
        while (Date.now() < until);
        return x;
      },
    },
  });
  let trap: { kind?: string; frames?: { func: number; offset: number }[] } = {};
  try {
    slow.call('call', [1], { timeoutMs: 5 });
  } catch (e) {
    trap = e as typeof trap;
  }
  expect(trap.kind).toBe('interrupt');
  expect(trap.frames!.map((f) => f.func)).toEqual([1]);
  expect(trap.frames![0].offset).toBeGreaterThan(0);
});

describe('within one turn', () => {
  const DEEP = wat(`(module (import "h" "f" (func $f (param i32) (result i32)))
    (func $down (export "down") (param i32 i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)) (local.get 1))))
        (else (call $f (local.get 1))))))`);
  let e: Record<string, (...args: number[]) => number> = {};
  const f = (x: number): number => {
    if (x === 1) for (;;);
    // What waits here is alive, whatever has been left around it.
    if (x > 1) return (leave(x), e.down(10, 0));
    return x;
  };
  const leave = (times: number): void => {
    for (let n = 0; n < times; n++)
      expect(() => vm.runInNewContext('e.down(20000, 1)', { e }, { timeout: 10 })).toThrow(/timed out/);
  };

  test('what timeouts leave on the wasm stack does not add up', () => {
    expect(wamr.setStackSize(4 << 20)).toBe(true);
    e = wamr.instantiate(DEEP, { h: { f } }).exports as typeof e;
    const whole = e.down(20_000, 0);
    // More than the stack has room for; with activations in between that go on afterwards.
    for (let n = 0; n < 3; n++) {
      leave(30);
      expect(e.down(5, 30)).toBe(15);
      expect(e.down(20_000, 0)).toBe(whole);
    }
  });
});
