/**
 * Sums and minima of several things in another order (opt/reassociate.ts): random loops give what they give in V8, and
 * loops that are made to wait for their first operand become other code.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

type Kind = 'i32' | 'i64' | 'v128';
interface Sum {
  how: string;
  items: Term[];
  /** Joined as a tree, not one after the other. */
  tree: boolean;
}
type Term = string | Sum;

const VARIABLES = 3;
const KINDS: readonly Kind[] = ['i32', 'i64', 'v128'];
const OPERATIONS: Record<Kind, string[]> = {
  i32: ['i32.add', 'i32.mul', 'i32.and', 'i32.or', 'i32.xor', 'lt_s', 'gt_s', 'le_u', 'ge_u', 'gt_u', 'i32.sub'],
  i64: ['i64.add', 'i64.mul', 'i64.and', 'i64.or', 'i64.xor', 'lt_s', 'gt_s', 'lt_u', 'ge_s'],
  v128: ['i32x4.add', 'v128.xor', 'i8x16.min_u', 'i16x8.max_s', 'i64x2.add', 'v128.or', 'i32x4.mul', 'i32x4.min_s'],
};
const constant = (kind: Kind, n: number): string =>
  kind === 'v128' ? `(v128.const i32x4 ${n} 7 ${-n} ${n * 77})` : `(${kind}.const ${n})`;

const term = (kind: Kind): fc.Arbitrary<Term> =>
  fc.letrec<{ term: Term }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 3 },
      fc.nat(VARIABLES - 1).map((k) => `(local.get $${kind}_${k})`),
      fc.integer({ min: -99, max: 99 }).map((n) => constant(kind, n)),
      fc.nat(31).map((k) => `(${kind}.load offset=${8 * k} (local.get $p))`),
      // Something that takes a while.
      fc
        .nat(VARIABLES - 1)
        .map((k) =>
          kind === 'v128'
            ? `(i32x4.shl (local.get $v128_${k}) (i32.const 3))`
            : `(${kind}.rotl (${kind}.mul (local.get $${kind}_${k}) (${kind}.const 77)) (${kind}.const 5))`,
        ),
      fc.record({
        how: fc.constantFrom(...OPERATIONS[kind]),
        items: fc.array(tie('term'), { minLength: 2, maxLength: 5 }),
        tree: fc.boolean(),
      }),
    ),
  })).term;

/** Wasm text of terms; a minimum needs its operands twice. */
class Writer {
  readonly locals: string[] = [];

  write(kind: Kind, term: Term): string {
    if (typeof term === 'string') return term;
    const items = term.items.map((item) => this.write(kind, item));
    while (items.length > 1) {
      const [x, y] = items.splice(0, 2);
      const joined = this.join(kind, term.how, x, y);
      if (term.tree) items.push(joined);
      else items.unshift(joined);
    }
    return items[0];
  }

  private join(kind: Kind, how: string, x: string, y: string): string {
    if (how.includes('.')) return `(${how} ${x} ${y})`;
    const [a, b] = [0, 1].map(() => {
      this.locals.push(`(local $t${this.locals.length} ${kind})`);
      return `$t${this.locals.length - 1}`;
    });
    const operands = `(local.get ${a}) (local.get ${b})`;
    const compared = this.locals.length % 4 === 0 ? `(local.get ${b}) (local.get ${a})` : operands;
    return `(block (result ${kind}) (local.set ${a} ${x}) (local.set ${b} ${y}) (select ${operands} (${kind}.${how} ${compared})))`;
  }
}

const step = fc.constantFrom(...KINDS).chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    to: fc.nat(VARIABLES - 1),
    value: term(kind),
    when: fc.constantFrom('always', 'always', 'sometimes', 'stored'),
  }),
);

it('random loops', { timeout: 240_000 }, () => {
  const all = KINDS.flatMap((kind) => Array.from({ length: VARIABLES }, (_, k) => [kind, `$${kind}_${k}`, k] as const));
  let changed = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      const writer = new Writer();
      const lines = steps.map(({ kind, to, value, when }) => {
        const text = writer.write(kind, value);
        if (when === 'stored') return `(${kind}.store offset=512 (local.get $p) ${text})`;
        const set = `(local.set $${kind}_${to} ${text})`;
        return when === 'always' ? set : `(if (i32.and (local.get $i32_0) (i32.const 4)) (then ${set}))`;
      });
      const bytes = wat(`(module (memory (export "m") 1) (data (i32.const 0) "${'what a loop reads'.repeat(90)}")
        (func (export "f") (param $n i32) (result i32) (local $p i32) ${all.map(([kind, name]) => `(local ${name} ${kind})`).join(' ')}
          ${writer.locals.join(' ')}
          ${all.map(([kind, name, k]) => `(local.set ${name} ${constant(kind, k * 37 + 1)})`).join('\n')}
          (loop $l ${lines.join('\n')}
            (local.set $p (i32.and (i32.add (local.get $p) (i32.const 24)) (i32.const 1023)))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          ${all.map(([kind, name], k) => `(${kind}.store offset=${4096 + 16 * k} (i32.const 0) (local.get ${name}))`).join('\n')}
          (local.get $p)))`);
      const run = (exports: WebAssembly.Exports, n: number): Buffer => {
        (exports.f as (n: number) => number)(n);
        return Buffer.from((exports.m as WebAssembly.Memory).buffer.slice(0));
      };
      const plain = wamr.compileSync(bytes, { target: 'x86-64-v2', disable: ['reassociation'] });
      for (const target of ['x86-64-v2', 'x86-64-v3'] as const) {
        const code = wamr.compileSync(bytes, { target, verify: true });
        if (target === 'x86-64-v2' && Buffer.compare(code, plain) !== 0) changed++;
        for (const n of [1, 2, 9]) {
          const theirs = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
          const ours = new wamr.Instance(wamr.load(code)).exports;
          expect(Buffer.compare(run(ours, n), run(theirs, n))).toBe(0);
        }
      }
    }),
    { numRuns: amount(300, 60) },
  );
  expect(changed).toBeGreaterThan(10);
});
