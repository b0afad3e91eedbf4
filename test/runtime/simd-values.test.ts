/**
 * v128 wherever a value may be: parameters, results, locals, block parameters, spilled, in globals, across instances.
 * JavaScript never sees one.
 */
import { describe, expect, it } from 'vitest';
import { compileSync, Global, Instance, LinkError, Module } from '../../src-ts/index.js';
import { wat } from '../support/wat.js';

type Exports = Record<string, any>;
const OPTIONS = [{}, { target: 'x86-64-v3' }, { bounds: 'explicit' }] as const;

/** Instances of the text on our engine, by options, and on V8. */
function instances(text: string, imports: object = {}): Exports[] {
  const bytes = wat(text);
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), imports as WebAssembly.Imports)
    .exports as Exports;
  return [
    v8,
    ...OPTIONS.map(
      (o) => new Instance(new Module(compileSync(bytes, { ...o, verify: true })), imports as never).exports as Exports,
    ),
  ];
}

/** A v128 of two i64 parameters, and the two results of taking one apart. */
const LANES = `
  (func $pack (param i64 i64) (result v128) (i64x2.replace_lane 1 (i64x2.splat (local.get 0)) (local.get 1)))
  (func $low (param v128) (result i64) (i64x2.extract_lane 0 (local.get 0)))
  (func $high (param v128) (result i64) (i64x2.extract_lane 1 (local.get 0)))`;

describe('values', () => {
  it('pass in registers, on the stack, and as several results', () => {
    const n = 14;
    const list = (f: (k: number) => string): string => Array.from({ length: n }, (_, k) => f(k)).join(' ');
    const all = instances(`(module ${LANES}
      (type $many (func (param ${list((k) => (k % 5 === 3 ? 'i64' : 'v128'))}) (result v128 i32 v128 v128)))
      (table 1 funcref) (elem (i32.const 0) $many)
      (func $many (type $many)
        (v128.xor (local.get 0) (local.get ${n - 2})) (i32.const 77)
        (i64x2.add ${'(i64x2.add '.repeat(8)}(local.get 1) ${[2, 4, 5, 6, 7, 9, 10, 11].map((k) => `(local.get ${k}))`).join(' ')} (local.get 12))
        (i64x2.splat (i64.add (local.get 3) (local.get 8))))
      (func $run (param i64 i64) (param $indirect i32) (result i64)
        (local $a v128) (local $b v128) (local $c v128) (local $n i32)
        ${list((k) => (k % 5 === 3 ? `(i64.mul (local.get 0) (i64.const ${k}))` : `(call $pack (i64.add (local.get 0) (i64.const ${k})) (i64.mul (local.get 1) (i64.const ${k})))`))}
        (if (param ${list((k) => (k % 5 === 3 ? 'i64' : 'v128'))}) (result v128 i32 v128 v128) (local.get $indirect)
          (then (call_indirect (type $many) (i32.const 0)))
          (else (call $many)))
        (local.set $c) (local.set $b) (local.set $n) (local.set $a)
        (i64.xor (i64.xor (call $low (local.get $a)) (i64.rotl (call $high (local.get $a)) (i64.const 7)))
          (i64.xor (i64.xor (i64.rotl (call $low (local.get $b)) (i64.const 13)) (i64.rotl (call $high (local.get $b)) (i64.const 19)))
            (i64.xor (i64.rotl (call $high (local.get $c)) (i64.const 31)) (i64.extend_i32_u (local.get $n))))))
      (export "run" (func $run)))`);
    for (const indirect of [0, 1])
      for (const [a, b] of [
        [1n, 2n],
        [-5n, 0x123456789abcdefn],
      ])
        for (const e of all.slice(1)) expect(e.run(a, b, indirect)).toBe(all[0].run(a, b, indirect));
  });

  it('survive calls, in loops and at joins, more of them than there are registers', () => {
    const n = 24;
    const each = (f: (k: number) => string): string => Array.from({ length: n }, (_, k) => f(k)).join('\n');
    const all = instances(`(module ${LANES}
      (func $nothing (export "nothing") (param i32))
      (func (export "run") (param $a i64) (param $rounds i32) (result i64)
        ${each((k) => `(local $v${k} v128)`)} (local $f f64) (local $sum v128)
        (local.set $f (f64.convert_i64_s (local.get $a)))
        ${each((k) => `(local.set $v${k} (call $pack (i64.mul (local.get $a) (i64.const ${k + 1})) (i64.const ${k * k})))`)}
        (loop $again
          (call $nothing (local.get $rounds))
          (if (i32.and (local.get $rounds) (i32.const 1))
            (then (local.set $sum (local.get $v3)) (local.set $v3 (local.get $v4)) (local.set $v4 (local.get $sum)))
            (else (local.set $v5 (v128.const i32x4 1 2 3 4)) (local.set $f (f64.add (local.get $f) (f64.const 1)))))
          ${each((k) => `(local.set $v${k} (i32x4.add (local.get $v${k}) (local.get $v${(k * 7 + 1) % n})))`)}
          (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
          (br_if $again (local.get $rounds)))
        (local.set $sum (f64x2.splat (local.get $f)))
        ${each((k) => `(local.set $sum (i64x2.add (i8x16.shuffle 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 0 (local.get $sum) (local.get $sum)) (local.get $v${k})))`)}
        (i64.add (call $low (local.get $sum)) (call $high (local.get $sum)))))`);
    for (const [a, r] of [
      [3n, 1],
      [-77n, 9],
      [0x7654321n, 100],
    ] as const)
      for (const e of all.slice(1)) expect(e.run(a, r)).toBe(all[0].run(a, r));
  });

  it('are parameters of blocks, selected, and kept where a br_table leads', () => {
    const all = instances(`(module ${LANES}
      (func (export "run") (param i64 i32) (result i64)
        (local $x v128)
        (block $c (result v128) (block $b (result v128) (block $a (result v128)
          (call $pack (local.get 0) (i64.const 9))
          (br_table $a $b $c (local.get 1)))
          (i8x16.add (v128.const i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)))
          (v128.not))
        (local.set $x)
        (local.set $x (select (local.get $x) (call $pack (i64.const 5) (local.get 0)) (i64.lt_s (local.get 0) (i64.const 10))))
        (local.set $x (select (result v128) (v128.const i64x2 -1 1) (local.get $x) (f64.lt (f64.convert_i64_s (local.get 0)) (f64.const -3))))
        (i64.sub (call $low (local.get $x)) (call $high (local.get $x)))))`);
    for (const a of [1n, 50n, -1n, -9n])
      for (const k of [0, 1, 2]) for (const e of all.slice(1)) expect(e.run(a, k)).toBe(all[0].run(a, k));
  });
});

describe('globals and instances', () => {
  const GIVER = `(module ${LANES}
    (global $g (export "g") (mut v128) (v128.const i64x2 0x1122334455667788 -2))
    (global (export "fixed") v128 (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15))
    (memory (export "memory") 1)
    (func (export "wide") (param v128 v128 v128 v128 v128 v128 v128 v128 v128 i32 v128) (result v128 v128)
      (i64x2.add (local.get 8) (global.get $g)) (i64x2.sub (local.get 10) (local.get 0)))
    (func (export "set") (param v128) (global.set $g (local.get 0)))
    (func (export "low") (result i64) (i64x2.extract_lane 0 (global.get $g)))
    (func (export "high") (result i64) (i64x2.extract_lane 1 (global.get $g)))
    (table (export "table") 4 funcref) (elem (i32.const 1) 3 4))`;
  const TAKER = `(module
    (type $wide (func (param v128 v128 v128 v128 v128 v128 v128 v128 v128 i32 v128) (result v128 v128)))
    (import "m" "g" (global $g (mut v128))) (import "m" "fixed" (global $fixed v128))
    (import "m" "wide" (func $wide (type $wide))) (import "m" "set" (func $set (param v128))) (import "m" "table" (table 4 funcref))
    ${LANES}
    (global $copy v128 (global.get $fixed)) (global $own (mut v128) (v128.const i64x2 3 4)) (global $small (mut i32) (i32.const 7))
    (func (export "run") (param i64 i32) (result i64) (local $a v128) (local $b v128)
      (global.set $small (i32.add (global.get $small) (i32.const 1)))
      (global.set $own (i64x2.add (global.get $own) (global.get $copy)))
      (call $set (i8x16.add (global.get $g) (call $pack (local.get 0) (i64.const 1))))
      ${Array.from({ length: 9 }, (_, k) => `(i64x2.add (global.get $own) (i64x2.splat (i64.const ${k})))`).join(' ')} (i32.const 1) (call $pack (i64.const 40) (local.get 0))
      (if (param v128 v128 v128 v128 v128 v128 v128 v128 v128 i32 v128) (result v128 v128) (local.get 1)
        (then (call_indirect (type $wide) (i32.const 1))) (else (call $wide)))
      (local.set $b) (local.set $a)
      (i64.add (i64.xor (call $low (local.get $a)) (call $high (local.get $a))) (i64.xor (i64.rotl (call $low (local.get $b)) (i64.const 9)) (i64.add (call $high (local.get $b)) (i64.extend_i32_u (global.get $small)))))))`;

  it('share them', () => {
    const givers = instances(GIVER);
    const bytes = wat(TAKER);
    const theirs = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { m: givers[0] })
      .exports as Exports;
    const ours = OPTIONS.map(
      (o, k) =>
        new Instance(new Module(compileSync(bytes, { ...o, verify: true })), { m: givers[k + 1] } as never)
          .exports as Exports,
    );
    for (const [a, indirect] of [
      [5n, 0],
      [-8n, 0],
      [0x123456789n, 1],
      [77n, 1],
    ] as const) {
      const want = theirs.run(a, indirect);
      ours.forEach((taker, k) => {
        expect(taker.run(a, indirect)).toBe(want);
        expect(givers[k + 1].low()).toBe(givers[0].low());
        expect(givers[k + 1].high()).toBe(givers[0].high());
      });
    }
  });

  it('do not show them to JavaScript', () => {
    const [v8, ours] = instances(GIVER);
    for (const e of [v8, ours]) {
      expect(() => e.set(1n)).toThrow(TypeError);
      expect(() => e.wide()).toThrow(TypeError);
      expect(() => e.g.value).toThrow(TypeError);
      expect(() => {
        e.g.value = 1n;
      }).toThrow(TypeError);
      expect(() => e.fixed.value).toThrow(TypeError);
    }
    expect(() => new Global({ value: 'v128' } as never)).toThrow(TypeError);
    const importing = new Module(wat('(module (import "m" "g" (global v128)))'));
    expect(() => new Instance(importing, { m: { g: 1n } })).toThrow(LinkError);
    expect(() => new Instance(importing, { m: { g: 1 } })).toThrow(LinkError);
  });

  it('do not give them to imported JavaScript functions, nor take them', () => {
    const text = `(module (import "m" "take" (func $take (param v128))) (import "m" "give" (func $give (result v128)))
      (func (export "take") (call $take (v128.const i64x2 1 2))) (func (export "give") (drop (call $give)))
      (table 2 funcref) (elem (i32.const 0) $take $give)
      (func (export "indirect") (call_indirect (param v128) (v128.const i64x2 1 2) (i32.const 0))))`;
    let called = 0;
    const m = { take: () => called++, give: () => called++ };
    for (const e of instances(text, { m })) {
      expect(() => e.take()).toThrow(TypeError);
      expect(() => e.give()).toThrow(TypeError);
      expect(() => e.indirect()).toThrow(TypeError);
    }
    expect(called).toBe(0);
  });
});
