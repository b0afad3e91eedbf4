/**
 * Wide arithmetic against BigInt: random programs of sums, differences and products of 128 bits whose halves feed each
 * other, are needed again later, or not at all, so that halves are computed together or apart and have to move.
 */
import { describe, expect, it } from 'vitest';
import { compileSync } from '../../src-ts/aot/compile.js';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { newWat } from '../support/new-wat.js';

const MASK = (1n << 64n) - 1n;
const WORDS = [0n, 1n, 2n, 5n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 63n, MASK, MASK - 1n];
const PARAMS = 6;
const STEPS = 12;

class Random {
  constructor(private x: number) {}
  below(n: number): number {
    this.x = (Math.imul(this.x ^ (this.x >>> 15), 0x2c1b3c6d) + 0x297a2d39) >>> 0;
    return Math.floor((this.x / 2 ** 32) * n);
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
  word(): bigint {
    const high = this.below(2 ** 32);
    return this.below(2) === 0 ? this.of(WORDS) : (BigInt(high) << 32n) | BigInt(this.below(2 ** 32));
  }
}

type Values = (arguments_: readonly bigint[]) => bigint[];

/** Text of a function, and what it returns. */
function program(seed: number): { text: string; run: Values } {
  const random = new Random(seed);
  const operators = ['add128', 'sub128', 'mul_wide_u', 'mul_wide_s'] as const;
  const steps: { op: (typeof operators)[number]; operands: (bigint | number)[] }[] = [];
  for (let k = 0; k < STEPS; k++) {
    const before = steps[k - 1];
    // The lower half of the step before once more, which is computed once, as what an upper half is made of.
    if (before?.operands.length === 4 && random.below(4) === 0) {
      const operands = [...before.operands];
      operands[1 + 2 * random.below(2)] = PARAMS + 2 * k - 2;
      steps.push({ op: before.op, operands });
      continue;
    }
    const op = random.of(operators);
    const count = op.endsWith('128') ? 4 : 2;
    const operands = Array.from({ length: count }, (): bigint | number =>
      random.below(8) === 0 ? random.word() : random.below(PARAMS + 2 * k),
    );
    // Halves of the step before, as carries chain.
    if (k > 0 && random.below(2) === 0) operands[0] = PARAMS + 2 * k - 2;
    if (k > 0 && count === 4 && random.below(2) === 0) operands[1] = PARAMS + 2 * k - 1;
    steps.push({ op, operands });
  }
  const results = Array.from({ length: 5 }, () => random.below(PARAMS + 2 * STEPS));
  const operand = (x: bigint | number): string =>
    typeof x === 'bigint' ? `(i64.const ${BigInt.asIntN(64, x)})` : `(local.get ${x})`;
  const body = steps.map(
    ({ op, operands }, k) =>
      `(i64.${op} ${operands.map(operand).join(' ')}) (local.set ${PARAMS + 2 * k + 1}) (local.set ${PARAMS + 2 * k})`,
  );
  const text = `(func (export "f${seed}") (param ${'i64 '.repeat(PARAMS)}) (result ${'i64 '.repeat(results.length)})
    (local ${'i64 '.repeat(2 * STEPS)}) ${body.join('\n')} ${results.map(operand).join(' ')})`;
  const run: Values = (given) => {
    const values = [...given];
    for (const { op, operands } of steps) {
      const [a, b, c, d] = operands.map((x) => (typeof x === 'bigint' ? x : values[x]));
      const signed = (x: bigint): bigint => BigInt.asIntN(64, x);
      const wide =
        op === 'add128'
          ? ((b << 64n) | a) + ((d << 64n) | c)
          : op === 'sub128'
            ? ((b << 64n) | a) - ((d << 64n) | c)
            : op === 'mul_wide_u'
              ? a * b
              : signed(a) * signed(b);
      values.push(wide & MASK, (wide >> 64n) & MASK);
    }
    return results.map((k) => signedOf(values[k]));
  };
  return { text, run };
}

const signedOf = (x: bigint): bigint => BigInt.asIntN(64, x);

describe.each(['x86-64-v2', 'native'] as const)('%s', (target) => {
  const seeds = Array.from({ length: amount(200, 40) }, (_, k) => k + 1);
  it.each([
    ['as it is', []],
    ['with locals in memory', ['register-locals'] as const],
    ['without common subexpressions', ['gvn'] as const],
  ])('%s', (_, disable) => {
    const programs = seeds.map(program);
    const wasm = newWat(`(module ${programs.map((p) => p.text).join('\n')})`);
    const artefact = compileSync(wasm, { target, disable: [...disable], verify: true });
    const { exports } = new wamr.Instance(wamr.load(artefact)) as { exports: Record<string, Function> };
    programs.forEach(({ run }, k) => {
      const random = new Random(1000 + k);
      for (let n = 0; n < 8; n++) {
        const given = Array.from({ length: PARAMS }, () => random.word());
        expect(exports[`f${seeds[k]}`](...given.map(signedOf)), `f${seeds[k]}(${given.join()})`).toEqual(run(given));
      }
    });
  });
});
