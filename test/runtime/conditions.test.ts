/** Conditions that were compiled wrong once, against V8. `test/fuzz/conditions.test.ts` looks for more. */
import { expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const VALUES = [-1, 0, 1, 2, 3, 4, 5, 6, 9, 32];

function compare(text: string): void {
  const bytes = wat(text);
  const [ours, v8] = [wamr.WebAssembly, WebAssembly].map(
    (W) => new W.Instance(new W.Module(bytes as never)).exports as Record<string, (...args: number[]) => number>,
  );
  for (const name of Object.keys(v8)) {
    for (const x of VALUES)
      for (const y of VALUES) expect([name, x, y, ours[name](x, y)]).toEqual([name, x, y, v8[name](x, y)]);
  }
}

it('a part that is constant only once a loop is known to change nothing', () => {
  // $k has the same value before the loop and in it; the builder cannot see that.
  const f = (
    name: string,
    k: number,
    condition: string,
  ): string => `(func (export "${name}") (param $x i32) (param $y i32) (result i32) (local $n i32) (local $k i32)
    (local.set $n (i32.const 4)) (local.set $k (i32.const ${k}))
    (block $end (loop $l (br_if $end (i32.eqz (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.set $k (i32.const ${k})) (br $l)))
    (if (result i32) ${condition} (then (i32.const 7)) (else (i32.const 8))))`;
  const [k, p, q] = [
    '(local.get $k)',
    '(i32.lt_u (local.get $y) (i32.const 3))',
    '(i32.ge_s (local.get $x) (i32.const 5))',
  ];
  const shapes = ['and', 'or'].flatMap((outer) =>
    ['and', 'or'].flatMap((inner) => [
      `(i32.${outer} ${k} (i32.${inner} ${p} ${q}))`,
      `(i32.${outer} (i32.${inner} ${k} ${p}) ${q})`,
      `(i32.${outer} (i32.${inner} ${p} ${k}) ${q})`,
      `(i32.${outer} (i32.${inner} ${p} ${q}) ${k})`,
    ]),
  );
  shapes.push(
    `(select ${p} ${q} ${k})`,
    `(select ${k} ${q} ${p})`,
    `(select ${p} ${k} ${q})`,
    `(i32.and ${p} (select ${q} ${p} ${k}))`,
    `(i32.eqz (i32.or ${k} (i32.and ${p} ${q})))`,
  );
  compare(`(module ${shapes.flatMap((s, i) => [0, 1].map((v) => f(`f${i}_${v}`, v, s))).join('\n')})`);
});

it('sign-extended bytes and shorts in 64-bit comparisons', () => {
  const functions = ['i32.load8_s', 'i32.load16_s', 'i32.load8_u', 'i32.load16_u', 'i32.load'].flatMap((load, l) =>
    ['u', 's'].flatMap((sign) =>
      ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'ge_u'].flatMap((comparison) =>
        [-2, -1, 0, 7, 127, 255].map(
          (constant, c) =>
            `(func (export "${l}${sign}${comparison}${c}") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (select (i32.const -2) (local.get 0) (i32.eqz (local.get 1))))
        (if (result i32) (i64.${comparison} (i64.extend_i32_${sign} (${load} (i32.and (local.get 1) (i32.const 0)))) (i64.const ${constant})) (then (i32.const 11)) (else (i32.const 22))))`,
        ),
      ),
    ),
  );
  compare(`(module (memory 1) ${functions.join('\n')})`);
});
