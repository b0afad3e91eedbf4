/**
 * Loops in vectors (opt/vectorise): random ones, with the scalar loop and V8 as oracles: the same memory to the last bit,
 * whether they end or trap.
 */
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { difference, type Outcome, outcomes, randomLoop } from '../support/random-loops.js';
import { wat } from '../support/wat.js';

const COUNT = Number(process.env.WAMR_FUZZ_COUNT ?? amount(200, 40));
const SEED = Number(process.env.WAMR_FUZZ_SEED ?? 1);

const compiled = (bytes: Uint8Array<ArrayBuffer>, options: object): Uint8Array =>
  wamr.compileSync(bytes, { verify: true, ...options });
const exportsOf = (artefact: Uint8Array): Record<string, unknown> =>
  new wamr.Instance(wamr.load(artefact)).exports as Record<string, unknown>;

describe.each([
  ['x86-64-v2', {}],
  ['x86-64-v3', {}],
  ['x86-64-v2', { bounds: 'explicit' }],
] as const)('random loops: %s %o', (target, options) => {
  it('are what they are in V8', { timeout: 600_000 }, () => {
    let vectors = 0;
    for (let seed = SEED; seed < SEED + COUNT; seed++) {
      const loop = randomLoop(seed);
      const bytes = wat(loop.text);
      // Which NaN comes out of several is left open, of scalars too: here they are made canonical.
      const deterministic = /f(32|64)\./.test(loop.text);
      const artefact = compiled(bytes, { target, deterministic, ...options });
      const other = compiled(bytes, { target, deterministic, ...options, disable: ['vectorise'] });
      if (Buffer.compare(artefact, other) !== 0) vectors++;
      const ours = outcomes(exportsOf(artefact), loop, seed);
      const scalar = outcomes(exportsOf(other), loop, seed);
      const where = `seed ${seed}\n${loop.text}\n${JSON.stringify(loop.calls)}`;
      expect(difference(ours, scalar), `vectors against scalars, ${where}`).toBeUndefined();
      const v8 = outcomes(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports, loop, seed);
      if (deterministic) expect(ours.map(isTrap), where).toEqual(v8.map(isTrap));
      else expect(difference(ours, v8), `against V8, ${where}`).toBeUndefined();
    }
    console.log(`${vectors} of ${COUNT} loops in vectors`);
    expect(vectors).toBeGreaterThan(COUNT / 10);
  });
});

const isTrap = ({ result }: Outcome): boolean => result === 'trap';

/** Narrow lanes do not tell whether such numbers are zero. */
it.each(['add', 'sub', 'mul', 'xor', 'or', 'and', 'shl'])('bytes chosen by %s of both', (op) => {
  const bytes = wat(`(module (memory (export "m") 1)
    (func (export "f") (param $a i32) (param $b i32) (param $c i32) (param $n i32) (local $x i32) (local $y i32)
      (loop $l
        (local.set $x (i32.load8_u (local.get $a)))
        (local.set $y (i32.load8_s (local.get $b)))
        (i32.store8 (local.get $c) (select (local.get $x) (local.get $y)
          (i32.${op} (local.get $x) ${op === 'shl' ? '(i32.const 3)' : '(local.get $y)'})))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (local.set $c (i32.add (local.get $c) (i32.const 1)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))`);
  const run = (exports: Record<string, unknown>): Uint8Array => {
    const memory = new Uint8Array((exports.m as WebAssembly.Memory).buffer);
    // Pairs whose low bits are zero, or sum up to it.
    memory.forEach((_, k) => (memory[k] = k % 3 === 0 ? 0 : k < 4096 ? k : -k));
    (exports.f as (...args: number[]) => void)(0, 4096, 8192, 1000);
    return memory.slice();
  };
  const v8 = run(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports);
  expect(run(exportsOf(compiled(bytes, {})))).toEqual(v8);
});
