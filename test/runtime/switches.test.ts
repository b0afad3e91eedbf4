/** Each optimisation can be left out: other code, the same results. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPTIMISATIONS, type Optimisation } from '../../src-ts/util/switches.js';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { wat } from '../support/wat.js';

/** Code in which every optimisation has something to do. */
const bytes =
  wat(`(module (memory 40) (table 1 1 funcref) (elem (i32.const 0) $callee) (type $one (func (param i32) (result i32))) (global $g (mut i32) (i32.const 64))
  (func $callee (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "f") (param $n i32) (param $x i64) (result i64) (local $i i32) (local $s i64) (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32)
    (if (i32.eqz (local.get $n)) (then (return (i64.const 7))))
    (local.set $a (i32.div_u (local.get $n) (i32.const 7)))
    (local.set $b (i32.add (local.get $n) (i32.const 11)))
    (local.set $c (i32.add (local.get $n) (i32.const 11)))
    (loop $l
      (global.set $g (i32.sub (global.get $g) (i32.const 16)))
      (i32.store (global.get $g) (i32.add (i32.load (global.get $g)) (local.get $b)))
      (i32.store offset=4 (i32.const 32) (i32.add (i32.load offset=4 (i32.const 32)) (i32.const 5)))
      (local.set $d (i32.add (i32.load offset=8 (i32.const 32)) (i32.load (i32.const 36))))
      (global.set $g (i32.add (global.get $g) (i32.const 16)))
      (if (i64.eq (i64.and (local.get $x) (i64.const 0xffffffff00000000)) (i64.const 0xffffff8100000000)) (then (local.set $s (i64.add (local.get $s) (i64.const 1)))))
      (local.set $e (i32.or (i32.or (i32.shl (local.get $d) (i32.const 24)) (i32.shr_u (local.get $d) (i32.const 24)))
        (i32.or (i32.and (i32.shl (local.get $d) (i32.const 8)) (i32.const 0xff0000)) (i32.and (i32.shr_u (local.get $d) (i32.const 8)) (i32.const 0xff00)))))
      (local.set $s (i64.add (local.get $s) (i64.extend_i32_u (i32.add (i32.add (local.get $e) (call $callee (local.get $i))) (i32.add (local.get $a) (local.get $c))))))
      (block $3 (block $2 (block $1 (block $0
        (br_table $0 $1 $2 $3 $0 $1 $2 $3 $0 $1 $2 $3 $0 $1 $2 $3 $0 (i32.and (local.get $i) (i32.const 31))))
        (local.set $s (i64.add (local.get $s) (i64.const 10))) (br $3))
        (local.set $s (i64.mul (local.get $s) (i64.const 3))) (br $3))
        (local.set $s (i64.xor (local.get $s) (local.get $x))))
      (if (i32.or (i32.eq (local.get $i) (i32.const 3)) (i32.gt_u (local.get $e) (local.get $d))) (then (local.set $s (i64.add (local.get $s) (i64.const 77)))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    ;; decided at the start
    (if (i32.eqz (local.get $n)) (then (return (i64.const 8))))
    (local.get $s))
  ;; a loop of a few instructions
  (func (export "spin") (param i32) (result i32) (local i32)
    (loop $l (local.set 1 (i32.add (local.get 1) (local.get 0))) (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  ;; a loop that counts from -64 up to 0, beside the end of an array
  (func (export "sweep") (result i32) (local i32 i32)
    (local.set 0 (i32.const -64))
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.load (i32.add (local.get 0) (i32.const 2112)))))
      (local.set 1 (i32.add (local.get 1) (i32.load (i32.add (local.get 0) (i32.const 4160)))))
      (br_if $l (local.tee 0 (i32.add (local.get 0) (i32.const 4)))))
    (local.get 1))
  ;; a loop with a constant
  (func (export "scale") (result f64) (local i32 f64)
    (loop $l
      (local.set 1 (f64.add (local.get 1) (f64.mul (f64.load (local.get 0)) (f64.const 0.2))))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 8))) (i32.const 800))))
    (local.get 1))
  ;; a loop that waits for one thing and counts another
  (func (export "wait") (param i32) (result i64) (local i64 i64)
    (local.set 1 (i64.const 3))
    (loop $l
      (local.set 2 (i64.add (local.get 2) (local.get 1)))
      (local.set 1 (i64.mul (i64.xor (i64.mul (local.get 1) (i64.const 77)) (local.get 1)) (i64.const 99)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 2))
  ;; a column of a matrix
  (func (export "column") (result f64) (local i32 f64)
    (loop $l
      (local.set 1 (f64.add (local.get 1) (f64.mul (f64.load (local.get 0)) (f64.load offset=8 (local.get 0)))))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 256))) (i32.const 8192))))
    (local.get 1))
  ;; two words that are copied, two words of a result
  (func (export "words") (param i32 i32) (i64.store offset=8 align=4 (local.get 0) (i64.load align=4 (local.get 1))))
  (func (export "result") (param i32 i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)) (i32.store (local.get 0) (local.get 2)))
  ;; two words that are loaded at once
  (func (export "halves") (param i32) (result i32) (local i64)
    (local.set 1 (i64.load (local.get 0)))
    (if (result i32) (i32.wrap_i64 (local.get 1)) (then (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 32)))) (else (i32.const 0))))
  ;; a loop that loads what it has stored before
  (func (export "carry") (param i32 i32)
    (loop $l
      (i32.store offset=4 (local.get 0) (i32.mul (i32.load (local.get 0)) (i32.const 3)))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if $l (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
  ;; a loop over static arrays by an index without a range
  (func (export "arrays") (param i32 i32)
    (loop $l
      (f64.store (i32.add (local.get 0) (i32.const 0x20000))
        (f64.add (f64.load (i32.add (local.get 0) (i32.const 0x10008)))
          (f64.add (f64.load (i32.add (local.get 0) (i32.const 0x10000))) (f64.load (i32.add (local.get 0) (i32.const 0x20000))))))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $l (i32.ne (local.get 0) (local.get 1)))))
  ;; a loop in which one way wants a constant
  (func (export "ways") (param i32 i32 i32 i32) (result i32)
    (loop $l
      (local.set 3 (i32.add (local.get 3) (block $o (result i32)
        (drop (br_if $o (i32.const 77) (i32.sub (local.get 2) (local.get 0))))
        (drop (br_if $o (i32.const 77) (i32.mul (local.get 2) (i32.sub (local.get 2) (local.get 0)))))
        (i32.xor (local.get 2) (local.get 3)))))
      (br_if $l (local.tee 2 (i32.sub (local.get 2) (local.get 1)))))
    (local.get 3))
  ;; values that live across a call that is seldom made
  (func (export "seldom") (param i32 i32) (result i32) ${'(local i32)'.repeat(14)}
    ${Array.from({ length: 14 }, (_, k) => `(local.set ${k + 2} (i32.load offset=${4 * k} (local.get 0)))`).join('')}
    (if (i32.eqz (local.get 1)) (then (local.set 2 (call_indirect (type $one) (local.get 3) (local.get 4)))))
    ${Array.from({ length: 14 }, (_, k) => `(i32.store offset=${4 * k} (local.get 0) (local.get ${15 - k}))`).join('')}
    (local.get 7))
  ;; a leaf with more values than registers
  (func (export "leaf") (param i32) (result i32) ${'(local i32)'.repeat(14)}
    ${Array.from({ length: 14 }, (_, k) => `(local.set ${k + 1} (i32.load offset=${4 * k} (local.get 0)))`).join('')}
    ${Array.from({ length: 14 }, (_, k) => `(i32.store offset=${4 * k} (local.get 0) (local.get ${14 - k}))`).join('')}
    (local.get 7)))`);

type F = (n: number, x: bigint) => bigint;
const run = (f: F): bigint[] => [0, 1, 5, 100].flatMap((n) => [0n, -0x7f00000000n, 0x123456789n].map((x) => f(n, x)));
const expected = run(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f as unknown as F);
const plain = compileSync(bytes, { verify: true });

test.each(Object.keys(OPTIMISATIONS) as Optimisation[])('without %s', (name) => {
  const code = compileSync(bytes, { disable: [name], verify: true });
  expect(run(new Instance(new Module(code)).exports.f as unknown as F)).toEqual(expected);
  // Allocation choices need more pressure than this function has to show; loops of tail calls have a test of their own
  // (tail-calls.test.ts), memories with 64-bit addresses too (fences.test.ts); the last four act by a profile
  // (profile-guided.test.ts).
  if (
    ![
      'header-feedback',
      'saved-choice',
      'switch-copies',
      'tail-loops',
      'fenced-checks',
      'layout',
      'inlining',
      'devirtualisation',
      'function-order',
      'hot-blocks',
    ].includes(name)
  )
    expect(Buffer.compare(code, plain)).not.toBe(0);
});

test('all off at once, and all on again', () => {
  const code = compileSync(bytes, { disable: Object.keys(OPTIMISATIONS) as Optimisation[], verify: true });
  expect(run(new Instance(new Module(code)).exports.f as unknown as F)).toEqual(expected);
  expect(Buffer.compare(compileSync(bytes, { verify: true }), plain)).toBe(0);
});

test('an unknown name is refused', () => {
  expect(() => compileSync(bytes, { disable: ['speed' as Optimisation] })).toThrow(
    /unknown optimisation 'speed'; known: inlining/,
  );
});

test('each is described in docs/performance.md', () => {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'performance.md'), 'utf8');
  for (const name of Object.keys(OPTIMISATIONS)) expect(text).toContain(`\`${name}\``);
});
