/**
 * Where functions have their frame (codegen/frame-plan.ts): around calls only, with slots in the red zone and
 * callee-saved registers under other names, whichever way control takes.
 */
import { describe, expect, test } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { wat } from '../support/wat.js';

const bytes =
  wat(`(module (import "m" "f" (func $slow (param i32) (result i32))) (memory (export "memory") 1) (global $sp (mut i32) (i32.const 1024))
  (func (export "around") (param $p i32) (param $q i32) (result i32) (local $s i32)
    (global.set $sp (local.tee $s (i32.sub (global.get $sp) (i32.const 16))))
    (if (i32.eqz (i32.load (local.get $p))) (then (i32.store (local.get $p) (call $slow (local.get $q)))))
    (i32.store (local.get $s) (local.get $q))
    (if (i32.and (local.get $q) (i32.const 1)) (then (drop (call $slow (local.get $p)))))
    (global.set $sp (i32.add (local.get $s) (i32.const 16)))
    (i32.add (i32.load (local.get $p)) (i32.add (i32.load (local.get $s)) (local.get $q))))
  (func (export "renamed") (param $p i32) (param $q i32) (result i32) (local $s i32)
    (local.set $s (i32.add (local.get $q) (i32.const 5)))
    (if (i32.load (local.get $p)) (then (return (i32.load offset=4 (local.get $s)))))
    ${'(drop (call $slow (local.get $s)))'.repeat(6)}
    (if (i32.and (local.get $q) (i32.const 2)) (then (return (i32.load8_u (i32.sub (local.get $s) (i32.const 5))))))
    (i32.add (local.get $s) (local.get $p)))
  (func (export "loop") (param $p i32) (param $q i32) (result i32) (local $i i32) (local $sum i32)
    (if (i32.eqz (local.get $q)) (then (return (i32.load (local.get $p)))))
    (loop $l
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (local.get $q)))
      (if (i32.eq (local.get $i) (i32.const 7)) (then (local.set $sum (i32.add (local.get $sum) (call $slow (local.get $i))))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.and (local.get $q) (i32.const 15)))))
    (i32.add (local.get $sum) (i32.load (local.get $p)))))`);

type Exports = Record<'around' | 'renamed' | 'loop', (p: number, q: number) => number> & { memory: WebAssembly.Memory };
interface Engine {
  e: Exports;
  calls: number[];
}
const start = (make: (imports: { m: { f: (x: number) => number } }) => unknown): Engine => {
  const calls: number[] = [];
  return { e: make({ m: { f: (x) => (calls.push(x), Math.imul(x, 7) + 1) } }) as Exports, calls };
};

const OPTIONS = {
  'the default': {},
  'no red zone': { disable: ['red-zone'] },
  'frames at the entry': { disable: ['lazy-frames'] },
  'explicit bounds': { bounds: 'explicit' },
} as const;

describe.each(Object.keys(OPTIONS) as (keyof typeof OPTIONS)[])('frames: %s', (name) => {
  const own = start(
    (imports) =>
      new Instance(new Module(compileSync(bytes, { verify: true, ...OPTIONS[name] } as object)), imports).exports,
  );
  const v8 = start((imports) => new WebAssembly.Instance(new WebAssembly.Module(bytes), imports as never).exports);

  test.each(['around', 'renamed', 'loop'] as const)('%s', (f) => {
    for (const first of [0, 5]) {
      for (const p of [0, 64, 65532]) {
        for (const q of [0, 1, 2, 3, 8, 13, 15, 70000]) {
          for (const { e } of [own, v8]) new Uint32Array(e.memory.buffer)[p / 4] = first;
          const outcome = ({ e }: Engine): unknown => {
            try {
              return e[f](p, q);
            } catch (error) {
              return error instanceof WebAssembly.RuntimeError ? 'trap' : error;
            }
          };
          expect([q, outcome(own)]).toEqual([q, outcome(v8)]);
          expect(own.calls).toEqual(v8.calls);
        }
      }
    }
  });
});

test('a trap without a frame knows its callers', () => {
  const { e } = start((imports) => new Instance(new Module(compileSync(bytes)), imports).exports);
  try {
    e.renamed(65536, 1);
    expect.unreachable();
  } catch (error) {
    expect((error as { frames: unknown[] }).frames).toHaveLength(1);
  }
});
