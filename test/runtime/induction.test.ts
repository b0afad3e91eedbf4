/**
 * Loops whose variables have ranges (opt/induction.ts): random starts, steps, limits, tests and addresses, many of which
 * wrap at 2^32. V8 is the oracle for what is read and for traps.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const FUEL = 70;
const TESTS = ['ne', 'eq', 'lt_u', 'lt_s', 'le_u', 'le_s', 'gt_u', 'gt_s', 'ge_u', 'ge_s'];

/** Numbers near the ends of the ranges. */
const corner = fc.oneof(
  fc.integer({ min: -80, max: 80 }),
  fc.integer({ min: -80, max: 80 }).map((x) => x ^ 0x80000000),
  fc.integer({ min: 65_400, max: 65_700 }),
  fc.integer({ min: 1000, max: 40_000 }),
  fc.integer(),
);
const step = fc.oneof(fc.integer({ min: 1, max: 17 }), fc.integer({ min: -17, max: -1 }), corner);

interface Shape {
  start: number;
  /** The start is an argument of the function. */
  given: boolean;
  step: number;
  limit: number;
  limitGiven: boolean;
  test: string;
  /** The value before the step is tested, at the end of the loop. */
  before: boolean;
  /** The loop goes on if the test fails. */
  negated: boolean;
  /** The test is at the beginning. */
  top: boolean;
  /**
   * Address constants: chosen so that the first access is at `at`, with the offsets. It is made after `late` iterations:
   * before, the sum may be anywhere.
   */
  accesses: { at: number; offset: number; second: boolean; late: number }[];
  second: { start: number; step: number };
}

const shape: fc.Arbitrary<Shape> = fc.record({
  start: corner,
  given: fc.boolean(),
  step,
  limit: corner,
  limitGiven: fc.boolean(),
  test: fc.constantFrom(...TESTS),
  before: fc.boolean(),
  negated: fc.boolean(),
  top: fc.boolean(),
  accesses: fc.array(
    fc.record({
      at: fc.oneof(fc.integer({ min: 0, max: 65_535 }), corner),
      offset: fc.constantFrom(0, 0, 1, 8, 2000, 60_000),
      second: fc.boolean(),
      late: fc.constantFrom(0, 0, 1, 5, 30),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  second: fc.record({ start: corner, step }),
});

const DATA = `(data (i32.const 0) "${'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(1800)}")`;

function moduleOf(s: Shape): string {
  const start = s.given ? '(local.get $a)' : `(i32.const ${s.start})`;
  const limit = s.limitGiven ? '(local.get $b)' : `(i32.const ${s.limit})`;
  const tested = s.before ? '(local.get $old)' : '(local.get $p)';
  const plain = s.test === 'ne' && s.limit === 0 && !s.limitGiven ? tested : `(i32.${s.test} ${tested} ${limit})`;
  const goesOn = s.negated ? `(i32.eqz ${plain})` : plain;
  const reads = s.accesses
    .map(({ at, offset, second, late }) => {
      const [name, start, by] = second ? ['$q', s.second.start, s.second.step] : ['$p', s.start, s.step];
      const from = start + late * by;
      const read = `(local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
        (i32.load8_u offset=${offset} (i32.add (local.get ${name}) (i32.const ${(at - from) | 0})))))`;
      return late === 0 ? read : `(if (i32.lt_u (local.get $fuel) (i32.const ${FUEL - late})) (then ${read}))`;
    })
    .join('\n');
  const next = `(local.set $old (local.get $p)) (local.set $p (i32.add (local.get $p) (i32.const ${s.step})))
    (local.set $q (i32.add (local.get $q) (i32.const ${s.second.step})))`;
  const fuel = `(br_if $out (i32.eqz (local.tee $fuel (i32.sub (local.get $fuel) (i32.const 1)))))`;
  const body = s.top
    ? `(br_if $out (i32.eqz ${goesOn.replaceAll('$old', '$p')})) ${fuel} ${reads} ${next} (br $l)`
    : `${fuel} ${reads} ${next} (br_if $l ${goesOn})`;
  return `(module (memory (export "m") 1) ${DATA}
    (func (export "f") (param $a i32) (param $b i32) (result i32)
      (local $p i32) (local $q i32) (local $old i32) (local $sum i32) (local $fuel i32)
      (local.set $p ${start}) (local.set $q (i32.const ${s.second.start})) (local.set $fuel (i32.const ${FUEL}))
      (block $out (loop $l ${body}))
      (i32.add (local.get $sum) (local.get $fuel))))`;
}

/** Loops whose iterations go on by different steps, as what they have read says. */
interface Ways {
  start: number;
  given: boolean;
  /** The first for even sums, one of the others else. */
  steps: [number, number, number];
  limit: number;
  limitGiven: boolean;
  test: string;
  at: number;
  offset: number;
}

const smallStep = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }), step);
const ways: fc.Arbitrary<Ways> = fc.record({
  start: corner,
  given: fc.boolean(),
  steps: fc.tuple(smallStep, smallStep, smallStep),
  limit: corner,
  limitGiven: fc.boolean(),
  test: fc.constantFrom('lt_s', 'lt_s', ...TESTS),
  at: fc.oneof(fc.integer({ min: 0, max: 65_535 }), corner),
  offset: fc.constantFrom(0, 0, 1, 2000),
});

function waysModule(s: Ways): string {
  const limit = s.limitGiven ? '(local.get $b)' : `(i32.const ${s.limit})`;
  return `(module (memory (export "m") 1) ${DATA}
    (func (export "f") (param $a i32) (param $b i32) (result i32) (local $p i32) (local $sum i32) (local $fuel i32)
      (local.set $p ${s.given ? '(local.get $a)' : `(i32.const ${s.start})`}) (local.set $fuel (i32.const ${FUEL}))
      (block $out (loop $l
        (br_if $out (i32.eqz (local.tee $fuel (i32.sub (local.get $fuel) (i32.const 1)))))
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
          (i32.load8_u offset=${s.offset} (i32.add (local.get $p) (i32.const ${(s.at - s.start) | 0})))))
        (if (i32.and (local.get $sum) (i32.const 1))
          (then (local.set $p (i32.add (local.get $p)
            (select (i32.const ${s.steps[1]}) (i32.const ${s.steps[2]}) (i32.and (local.get $sum) (i32.const 2))))))
          (else (local.set $p (i32.add (local.get $p) (i32.const ${s.steps[0]})))))
        (br_if $l (i32.${s.test} (local.get $p) ${limit}))))
      (i32.add (local.get $sum) (i32.add (local.get $fuel) (local.get $p)))))`;
}

type F = (a: number, b: number) => number;
const outcome = (f: F, s: { start: number; limit: number }): unknown => {
  try {
    return f(s.start, s.limit);
  } catch {
    return 'trap';
  }
};

/** Compares what a module's function returns with V8. */
function compare(source: string, s: { start: number; limit: number }, target: 'x86-64-v2' | 'x86-64-v3'): void {
  const bytes = wat(source);
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f as F;
  const ours = new wamr.Instance(wamr.load(wamr.compileSync(bytes, { target, verify: true }))).exports.f as F;
  expect(outcome(ours, s)).toEqual(outcome(v8, s));
}

describe('loops', () => {
  const numRuns = Number(process.env.WAMR_TEST_LOOPS ?? 500);

  it.each(['x86-64-v2', 'x86-64-v3'] as const)('read what they read in V8: %s', { timeout: 120_000 }, (target) => {
    fc.assert(
      fc.property(shape, (s) => compare(moduleOf(s), s, target)),
      { numRuns },
    );
  });

  it('and with several steps', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(ways, (s) => compare(waysModule(s), s, 'x86-64-v2')),
      { numRuns },
    );
  });
});
