/** Constants that are kept in registers throughout a loop (codegen/loop-constants.ts): the answers are V8's. */
import { expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

/** Expressions of one element at (local.get $p), as a v128. */
const VECTORS = [
  '(f64x2.mul (v128.load (local.get $p)) (v128.const f64x2 0.5 0.25))',
  '(f32x4.sub (v128.const f32x4 1 2 3 4) (v128.load (local.get $p)))',
  '(f64x2.abs (f64x2.neg (v128.load (local.get $p))))',
  '(i8x16.shuffle 1 0 3 2 5 4 7 6 9 8 11 10 13 12 15 14 (v128.load (local.get $p)) (v128.load (local.get $p)))',
  '(i8x16.swizzle (v128.load (local.get $p)) (v128.const i8x16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0))',
  '(i8x16.lt_u (v128.load (local.get $p)) (v128.const i8x16 9 8 7 6 5 4 3 2 1 9 9 9 9 9 9 9))',
  '(v128.bitselect (v128.load (local.get $p)) (v128.load offset=16 (local.get $p)) (v128.const i32x4 -1 0 255 7))',
  '(f64x2.convert_low_i32x4_u (v128.load (local.get $p)))',
  '(i32x4.extadd_pairwise_i16x8_u (v128.load (local.get $p)))',
  '(i8x16.popcnt (v128.load (local.get $p)))',
  '(f64x2.splat (f64.add (f64.const 1.5) (f64.load (local.get $p))))',
  '(f32x4.splat (f32.div (f32.const 3) (f32.load (local.get $p))))',
  '(f64x2.splat (select (f64.const 2.5) (f64.load (local.get $p)) (f64.lt (f64.load (local.get $p)) (f64.const 7.25))))',
  '(v128.xor (v128.const i32x4 0 0 0 0) (v128.andnot (v128.load (local.get $p)) (v128.const i32x4 3 3 3 3)))',
];

/** Loops over the element expression `x`; the sum is in $s. */
const LOOPS: Record<string, (x: string) => string> = {
  one: (x) => `(loop $l (local.set $s (i64x2.add (local.get $s) ${x})) ${next('$l')})`,
  'entered by a branch': (x) =>
    `(if (local.get $n) (then (loop $l (local.set $s (v128.xor (local.get $s) ${x})) ${next('$l')})))`,
  'in a loop': (x) => `(loop $o (local.set $p (i32.const 64))
    (loop $l (local.set $s (i64x2.add (local.get $s) ${x})) ${next('$l')})
    (br_if $o (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))`,
  'with a branch in it': (x) => `(loop $l
    (if (i32.and (local.get $p) (i32.const 16)) (then (local.set $s (i64x2.add (local.get $s) ${x})))
      (else (local.set $s (i64x2.sub (local.get $s) ${x}))))
    ${next('$l')})`,
  'one after another': (x) => `(loop $l (local.set $s (i64x2.add (local.get $s) ${x})) ${next('$l')})
    (local.set $p (i32.const 64)) (loop $m (local.set $s (i64x2.sub (local.get $s) ${x})) ${next('$m')})`,
  'with a call': (x) => `(loop $l (call $nothing) (local.set $s (i64x2.add (local.get $s) ${x})) ${next('$l')})`,
};
const next = (label: string): string =>
  `(br_if ${label} (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 16))) (local.get $n)))`;

const all = VECTORS.map((_, k) => k);
const CASES = [...VECTORS, all.map((k) => VECTORS[k]).reduce((x, y) => `(v128.xor ${x} ${y})`)];

it.each(Object.keys(LOOPS))('%s', { timeout: 60_000 }, (name) => {
  const functions = CASES.map(
    (x, k) => `(func (export "f${k}") (param $n i32) (result i64) (local $p i32) (local $k i32) (local $s v128)
      (local.set $p (i32.const 64)) (local.set $k (i32.const 3))
      ${LOOPS[name](x)}
      (i64.add (i64x2.extract_lane 0 (local.get $s)) (i64x2.extract_lane 1 (local.get $s))))`,
  );
  const bytes = wat(`(module (memory 1) (func $nothing)
    (data (i32.const 0) "${'The quick brown fox jumps over the lazy dog. '.repeat(20)}")
    ${functions.join('\n')})`);
  type F = (n: number) => bigint;
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<string, F>;
  for (const target of ['x86-64-v2', 'x86-64-v3'] as const) {
    const { exports } = new wamr.Instance(wamr.load(wamr.compileSync(bytes, { target, verify: true })));
    for (let k = 0; k < CASES.length; k++)
      for (const n of [0, 80, 640]) expect((exports[`f${k}`] as F)(n), `${CASES[k]}, ${target}`).toBe(v8[`f${k}`](n));
  }
});
