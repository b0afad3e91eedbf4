/**
 * Several selects by one comparison, which is made once for those that come side by side (`twinBefore` in
 * x64/select/select.ts, `isCompared` in x64/emit/emitter.ts): random loops against V8.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const LOCALS = 4;
const COMPARISONS = ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];
const OPERATIONS = ['add', 'sub', 'and', 'xor', 'mul', 'shr_u', 'rotl'];

const local = fc.integer({ min: 0, max: LOCALS - 1 }).map((n) => `(local.get ${n})`);
const operand = (type: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: local },
    fc.constantFrom(0, 1, -1, 77, 0x4000).map((n) => `(${type}.const ${n})`),
  );

/** Two conditions, and steps of which most select by one of them. */
const program = fc.constantFrom('i32', 'i64').chain((type) =>
  fc.record({
    type: fc.constant(type),
    conditions: fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...COMPARISONS), local, operand(type)) },
        { weight: 1, arbitrary: fc.tuple(fc.constant('eqz'), local, fc.constant('')) },
      ),
      { minLength: 2, maxLength: 2 },
    ),
    steps: fc.array(
      fc.tuple(
        fc.constantFrom('select', 'select', 'branch', ...OPERATIONS),
        fc.integer({ min: 0, max: LOCALS - 1 }),
        operand(type),
        operand(type),
        fc.integer({ min: 0, max: 1 }),
      ),
      { minLength: 3, maxLength: 14 },
    ),
  }),
);

function moduleOf({ type, conditions, steps }: typeof program extends fc.Arbitrary<infer T> ? T : never): string {
  const tests = conditions.map(([c, x, y]) => `(${type}.${c} ${x} ${y})`);
  const code = steps.map(([what, d, x, y, c]) => {
    if (what === 'select') return `(local.set ${d} (select ${x} ${y} ${tests[c]}))`;
    if (what === 'branch') return `(if ${tests[c]} (then (local.set ${d} ${x})))`;
    return `(local.set ${d} (${type}.${what} ${x} ${y}))`;
  });
  const params = Array<string>(LOCALS).fill(type).join(' ');
  const sum = Array.from({ length: LOCALS }, (_, k) => k).reduce(
    (s, k) => `(${type}.add (${type}.mul ${s} (${type}.const 31)) (local.get ${k}))`,
    `(${type}.const 0)`,
  );
  return `(module (func (export "f") (param ${params}) (result ${type}) (local $n i32)
    (local.set $n (i32.const 3))
    (loop $l
      ${code.join('\n')}
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    ${sum}))`;
}

it.each(['x86-64-v2', 'x86-64-v3'] as const)('selects by the same comparison: %s', { timeout: 120_000 }, (target) => {
  const numbers = fc.array(fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer()), {
    minLength: LOCALS,
    maxLength: LOCALS,
  });
  fc.assert(
    fc.property(program, fc.array(numbers, { minLength: 4, maxLength: 4 }), (p, inputs) => {
      const bytes = wat(moduleOf(p));
      const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f as Function;
      const ours = new wamr.Instance(wamr.load(wamr.compileSync(bytes, { target, verify: true }))).exports
        .f as unknown as Function;
      for (const numbersOf of inputs) {
        const args = p.type === 'i64' ? numbersOf.map((n) => BigInt(n)) : numbersOf;
        expect(ours(...args)).toBe(v8(...args));
      }
    }),
    { numRuns: Number(process.env.WAMR_TEST_SELECTS ?? 500) },
  );
});
