/** Operations of small loops in another order (opt/schedule.ts): random loops give what they give in V8. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

const VARIABLES = 4;
const i64 = (k: number): string => `(local.get $i${k})`;
const f64 = (k: number): string => `(local.get $f${k})`;
const int = fc.letrec((tie) => ({
  x: fc.oneof(
    { maxDepth: 4 },
    fc.nat(VARIABLES - 1).map(i64),
    fc.bigInt(-9n, 9n).map((n) => `(i64.const ${n})`),
    fc
      .tuple(fc.constantFrom('add', 'sub', 'mul', 'xor', 'and', 'or', 'rotl', 'shr_u'), tie('x'), tie('x'))
      .map(([o, a, b]) => `(i64.${o} ${a} ${b})`),
    tie('x').map((a) => `(i64.extend_i32_u (i64.eqz ${a}))`),
    fc.nat(31).map((k) => `(i64.load offset=${8 * k} (local.get $p))`),
  ),
})).x as fc.Arbitrary<string>;
const float = fc.letrec((tie) => ({
  x: fc.oneof(
    { maxDepth: 4 },
    fc.nat(VARIABLES - 1).map(f64),
    fc.constantFrom('0.5', '-1.25', '3').map((n) => `(f64.const ${n})`),
    fc
      .tuple(fc.constantFrom('add', 'sub', 'mul', 'div', 'min', 'max'), tie('x'), tie('x'))
      .map(([o, a, b]) => `(f64.${o} ${a} ${b})`),
    tie('x').map((a) => `(f64.abs ${a})`),
    int.map((a) => `(f64.convert_i64_s ${a})`),
  ),
})).x as fc.Arbitrary<string>;
/** Variables get values one after the other, so that some are exchanged; some only if others say so. */
const step = fc.oneof(
  fc.tuple(fc.nat(VARIABLES - 1), int).map(([k, x]) => `(local.set $i${k} ${x})`),
  fc.tuple(fc.nat(VARIABLES - 1), float).map(([k, x]) => `(local.set $f${k} ${x})`),
  fc
    .tuple(fc.nat(VARIABLES - 1), int, int)
    .map(([k, c, x]) => `(if (i64.lt_s ${c} ${i64(k)}) (then (local.set $i${k} ${x})))`),
  fc.constant('(local.set $p (i32.and (i32.add (local.get $p) (i32.const 24)) (i32.const 1023)))'),
);

it('random loops', { timeout: 240_000 }, () => {
  const all = [...Array(VARIABLES).keys()];
  let changed = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 9 }), fc.boolean(), (steps, down) => {
      const next = down
        ? '(br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))'
        : '(br_if $l (i32.lt_u (local.tee $m (i32.add (local.get $m) (i32.const 1))) (local.get $n)))';
      const bytes = wat(`(module (memory 1) (data (i32.const 0) "${'what a loop reads'.repeat(90)}")
        (func (export "f") (param $n i32) (result ${all.map(() => 'i64 i64').join(' ')}) (local $m i32) (local $p i32)
          ${all.map((k) => `(local $i${k} i64) (local $f${k} f64)`).join('\n')}
          ${all.map((k) => `(local.set $i${k} (i64.const ${k * 37 + 1})) (local.set $f${k} (f64.const ${k + 0.5}))`).join('\n')}
          (loop $l ${steps.join('\n')} ${next})
          ${all.map((k) => `${i64(k)} (i64.reinterpret_f64 (select (f64.const 0) ${f64(k)} (f64.ne ${f64(k)} ${f64(k)})))`).join('\n')}))`);
      const f = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f as (n: number) => bigint[];
      const plain = wamr.compileSync(bytes, { target: 'x86-64-v2', disable: ['scheduling'] });
      for (const target of ['x86-64-v2', 'x86-64-v3'] as const) {
        const code = wamr.compileSync(bytes, { target, verify: true });
        if (target === 'x86-64-v2' && Buffer.compare(code, plain) !== 0) changed++;
        const g = new wamr.Instance(wamr.load(code)).exports.f as typeof f;
        for (const n of [1, 2, 9]) expect(g(n)).toEqual(f(n));
      }
    }),
    { numRuns: amount(300, 60) },
  );
  expect(changed).toBeGreaterThan(0);
});
