/**
 * Copies of two words word by word, two words of a result stored as one, loads of 64 bits that are wanted as two words:
 * the same as V8 at the edges of memory, where words overlap, and in what a trap leaves.
 */
import { describe, expect, test } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { wat } from '../support/wat.js';

const bytes = wat(`(module (memory (export "memory") 1)
  (func (export "copy") (param i32 i32) (i64.store align=4 (local.get 0) (i64.load align=4 (local.get 1))))
  (func (export "far") (param i32 i32)
    (i64.store offset=65532 align=4 (local.get 0) (i64.load offset=8 align=4 (local.get 1))))
  (func (export "twice") (param i32 i32 i64) (result i64)
    (i64.store align=4 (local.get 1) (local.get 2))
    (i64.store offset=4 align=4 (local.get 0) (i64.load offset=4 align=4 (local.get 1)))
    (i64.store align=4 (local.get 0) (i64.load align=4 (local.get 1)))
    (i64.add (i64.load32_u align=4 (local.get 0)) (i64.load align=4 (local.get 0))))
  (func (export "kept") (param i32 i32) (result i64) (local i64)
    (i64.store align=4 (local.get 0) (local.tee 2 (i64.load align=4 (local.get 1))))
    (i64.xor (local.get 2) (i64.load align=4 (local.get 0))))
  (func (export "result") (param i32 i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)) (i32.store (local.get 0) (local.get 2)))
  (func (export "upward") (param i32 i32 i32) (i32.store (local.get 0) (local.get 1)) (i32.store offset=4 (local.get 0) (local.get 2)))
  (func (export "between") (param i32 i32 i32) (i32.store offset=12 (local.get 0) (local.get 1))
    (i32.store offset=8 (local.get 0) (i32.add (local.get 2) (i32.load offset=8 (local.get 0)))))
  (func (export "wrapped") (param i32 i64 i64) (i32.store offset=4 (local.get 0) (i32.wrap_i64 (local.get 1)))
    (i32.store (local.get 0) (i32.wrap_i64 (local.get 2))))
  (func (export "halves") (param i32 i32) (result i32) (local $x i64)
    (local.set $x (i64.load offset=4 (local.get 0)))
    (i32.store (local.get 1) (i32.const 0x55555555))
    (if (result i32) (i32.wrap_i64 (local.get $x))
      (then (i32.add (i32.wrap_i64 (local.get $x)) (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 32)))))
      (else (i32.const 9))))
  (func (export "pairs") (param i32 i32) (result i64) (local $x i64) (local $y i64)
    (loop $l
      (local.set $x (i64.load (local.get 0)))
      (br_if $l (i32.eq (i32.wrap_i64 (local.get $x)) (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
      (local.set $y (i64.add (local.get $y) (i64.extend_i32_u (i32.wrap_i64 (local.get $x)))))
      (br_if $l (i32.lt_u (i32.load (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 32)))) (local.get 1))))
    (i64.add (local.get $y) (i64.shr_u (local.get $x) (i64.const 32))))
  (func (export "whole") (param i32 i32) (result i64) (local $x i64)
    (local.set $x (i64.load (local.get 0)))
    (if (i32.wrap_i64 (local.get $x)) (then (i32.store (local.get 1) (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 32))))))
    (local.get $x))
  (func (export "extended") (param i32 i32) (result i64) (local $x i64) (local $low i64)
    (local.set $x (i64.load (local.get 0)))
    (local.set $low (i64.shr_u (i64.extend_i32_u (i32.wrap_i64 (local.get $x))) (i64.const 32)))
    (if (result i64) (local.get 1)
      (then (i64.add (local.get $low) (i64.add (i64.extend_i32_u (i32.wrap_i64 (local.get $x))) (i64.shr_u (local.get $x) (i64.const 32)))))
      (else (i64.or (i64.shl (i64.extend_i32_u (i32.wrap_i64 (local.get $x))) (i64.const 8)) (local.get $low)))))
  (func (export "passed") (param i32 i32) (result i32) (local $x i64) (local $low i32) (local $high i64)
    (local.set $x (i64.load offset=65520 (i32.add (local.get 0) (i32.const -8))))
    (if (local.get 1)
      (then (local.set $low (i32.wrap_i64 (local.get $x))) (local.set $high (i64.shr_u (local.get $x) (i64.const 32))))
      (else (local.set $low (i32.const 3)) (local.set $high (i64.shr_u (local.get $x) (i64.const 32)))))
    (i32.mul (local.get $low) (i32.wrap_i64 (local.get $high))))
  (func (export "same") (param i32 i32 i32) (i32.store offset=4 (local.get 0) (local.get 0)) (i32.store (local.get 0) (local.get 0))))`);

/** Offset in the module of the operator that trapped. */
const placeOf = ({ stack }: Error): string => `trap at ${/:(0x[0-9a-f]+)/.exec(stack!)![1]}`;

type Exports = Record<string, (...args: unknown[]) => unknown> & { memory: WebAssembly.Memory };
const ADDRESSES = [0, 1, 4, 6, 8, 100, 65520, 65524, 65527, 65528, 65529, 65532, 65535, 65536, -1, -4, -8];

/** Every function with every pair of addresses: the result and the whole of memory. */
function outcomes(e: Exports): unknown[] {
  const seen: unknown[] = [];
  const run = (name: string, ...args: unknown[]): void => {
    const memory = new Uint8Array(e.memory.buffer);
    for (let k = 0; k < memory.length; k++) memory[k] = k * 7;
    let result: unknown;
    try {
      result = e[name](...args);
    } catch (error) {
      result = error instanceof WebAssembly.RuntimeError ? placeOf(error) : error;
    }
    seen.push([name, ...args, result, Buffer.from(memory).toString('latin1')]);
  };
  for (const p of ADDRESSES) {
    for (const q of ADDRESSES) {
      for (const name of ['copy', 'far', 'kept', 'halves', 'pairs', 'whole', 'extended', 'passed']) run(name, p, q);
      run('twice', p, q, 0x1234567890abcdefn);
    }
    for (const name of ['result', 'upward', 'between', 'same']) run(name, p, 0x81828384, -5);
    run('wrapped', p, -2n, 0x7fffffffffffffffn);
  }
  return seen;
}

describe.each([
  {},
  { bounds: 'explicit' },
  { disable: ['word-copies', 'joined-words', 'word-loads'] },
  { disable: ['folded-addresses'] },
] as const)('words: %j', (options) => {
  test('as V8', () => {
    const own = new Instance(new Module(compileSync(bytes, { verify: true, ...options } as object))).exports;
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    expect(outcomes(own as Exports)).toEqual(outcomes(v8 as Exports));
  });
});

/** The first byte out of bounds of the load in `copy` and `whole`. */
test.each(['guard', 'explicit'] as const)('what a trap tells of a load of two words: %s', (bounds) => {
  const own = new Instance(new Module(compileSync(bytes, { verify: true, bounds }))).exports as Exports;
  for (const name of ['copy', 'whole'])
    for (const at of [65529, 65532, 65534, 65536, 70_000, 0xfffffff8]) {
      let trap: unknown;
      try {
        own[name](...(name === 'copy' ? [0, at] : [at, 0]));
      } catch (e) {
        trap = e;
      }
      expect(trap, `${name} ${at}`).toMatchObject({ address: Math.max(at, 65536), memoryBytes: 65536 });
    }
});
