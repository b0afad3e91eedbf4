/**
 * Loads of what the iteration before has stored (opt/carried-loads.ts), addresses with several constants
 * (opt/shared-addresses.ts), constants before branches (codegen/regalloc/hoist.ts): random loops give what they give in V8.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

type Run = (...args: number[]) => number;
type Exports = Record<`f${number}`, Run> & { m: WebAssembly.Memory };

const BYTES = 512;
/** Where arrays begin, near enough to overlap. */
const place = fc.constantFrom(0, 4, 8, 8, 16, 24, 2000, 2008, 3000);
const offset = fc.constantFrom(0, 0, 0, 0, 0, 8);
const kind = fc.constantFrom('i32', 'i32', 'f64', 'f64', 'i64', 'f32', 'v128');
const OTHER = {
  i32: 'i32.store8',
  i64: 'i64.store32',
  f32: 'f32.store',
  f64: 'f64.store',
  v128: 'v128.store',
} as const;

/** An address: of a variable of the loop or before it, with a constant. */
const address = fc
  .tuple(fc.constantFrom('$p', '$p', '$p', '$p', '$p', '$q', '$x', '$sum'), place)
  .map(([v, c]) =>
    v === '$sum'
      ? `(i32.add (i32.add (local.get $p) (local.get $x)) (i32.const ${c}))`
      : `(i32.add (local.get ${v}) (i32.const ${c}))`,
  );

const access = fc.tuple(kind, address, offset, fc.nat(9));
type Access = ['i32' | 'i64' | 'f32' | 'f64' | 'v128', string, number, number];
/** Sums of integers; of floats their bits with another sign, so that no NaN depends on who made it. */
const load = ([t, a, o]: Access): string => {
  const x = `(${t}.load offset=${o} ${a})`;
  const y = `(local.get $${t})`;
  if (t === 'f32' || t === 'f64') return `(local.set $${t} (${t}.copysign ${x} (${t}.neg ${y})))`;
  return `(local.set $${t} (${t === 'v128' ? 'i64x2.add' : `${t}.add`} ${x} ${y}))`;
};
const store = ([t, a, o, k]: Access): string => {
  const s = `(${k === 0 ? OTHER[t] : `${t}.store`} offset=${o} ${a} (local.get $${t}))`;
  // Some are not in every iteration, some come after a way out.
  return k === 1
    ? `(if (i32.and (local.get $p) (i32.const 8)) (then ${s}))`
    : k === 2
      ? `(br_if $out (i32.gt_u (local.get $p) (i32.const 200))) ${s}`
      : s;
};
/** A number that depends on the way. */
const ways = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(7), fc.nat(31)).map(
  ([
    a,
    b,
    c,
    d,
  ]) => `(block $w (local.set $x2 (i32.const ${a})) (br_if $w (i32.and (local.get $p) (i32.const ${4 << c})))
    (br_if $w (i32.and (local.get $i32) (i32.const ${1 << (d & 15)})))
    (local.set $x2 (i32.sub (local.get $i32) (i32.const ${b})))) (local.set $i32 (i32.xor (local.get $i32) (local.get $x2)))`,
);
/** From one place to another near it. */
const recurrence = fc
  .tuple(fc.constantFrom('i32', 'i64', 'f64'), place, fc.constantFrom(4, 8, 8, -8), fc.boolean())
  .map(([t, c, d, further]) => {
    const x = `(${t}.load (i32.add (local.get $p) (i32.const ${c + 16})))`;
    const y = `(${t}.load (i32.add (local.get $q) (i32.const ${c})))`;
    const sum = t === 'f64' ? `(f64.copysign ${x} ${y})` : `(${t}.xor ${x} ${y})`;
    return `(${t}.store (i32.add (local.get $p) (i32.const ${c + 16 + d})) ${further ? sum : x})`;
  });
const step = fc.oneof(access.map(load), access.map(load), access.map(store), ways, recurrence, recurrence);
const bodies = fc.array(fc.array(step, { minLength: 2, maxLength: 8 }), { minLength: 1, maxLength: 4 });
const steps = fc.constantFrom(4, 8, 8, 16, -8, -4, 0);

/** A function for each body: what a pass remembers of one must not come into another. */
function moduleOf(bodies: string[][], first: number, second: number): Uint8Array<ArrayBuffer> {
  const functionOf = (body: string[], k: number): string => `
    (func (export "f${k}") (param $p i32) (param $q i32) (param $x i32) (param $n i32) (result i32)
      (local $x2 i32) (local $i32 i32) (local $i64 i64) (local $f32 f32) (local $f64 f64) (local $v128 v128)
      (block $out (loop $l
        ${body.join('\n')}
        (local.set $p (i32.add (local.get $p) (i32.const ${first})))
        (local.set $q (i32.add (local.get $q) (i32.const ${second})))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (i32.add (local.get $i32) (local.get $p)))`;
  return wat(`(module (memory (export "m") 1) ${bodies.map(functionOf).join('')})`);
}

function fill(memory: WebAssembly.Memory): Uint8Array {
  const u8 = new Uint8Array(memory.buffer);
  u8.fill(0);
  for (let i = 0; i < BYTES; i++) u8[i] = i * 37;
  return u8;
}

function outcome(run: () => number): number | string {
  try {
    return run();
  } catch (e) {
    return (e as Error).message;
  }
}

it('random loops', { timeout: 240_000 }, () => {
  const changed = { 'carried-loads': 0, 'shared-addresses': 0, 'hoisted-moves': 0 };
  const switches = Object.keys(changed) as (keyof typeof changed)[];
  fc.assert(
    fc.property(bodies, steps, steps, (all, first, second) => {
      const bytes = moduleOf(all, first, second);
      const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Exports;
      for (const options of [
        { target: 'x86-64-v2' },
        { target: 'x86-64-v3' },
        { target: 'x86-64-v2', bounds: 'explicit' },
      ] as const) {
        const code = wamr.compileSync(bytes, { ...options, verify: true });
        if (options.target === 'x86-64-v3')
          for (const name of switches)
            if (Buffer.compare(code, wamr.compileSync(bytes, { ...options, disable: [name] })) !== 0) changed[name]++;
        const ours = new wamr.Instance(wamr.load(code)).exports as unknown as Exports;
        for (const [p, q, x, n] of [
          [64, 64, 0, 1],
          [64, 80, 8, 9],
          [128, 64, 4, 9],
          [16, 200, 16, 30],
          // Out of bounds sooner or later, or from the start.
          [65520, 65500, 0, 30],
          [65528, 8, 0xfffffff8, 9],
          [0xfffffff0, 16, 24, 9],
        ]) {
          for (const k of all.keys()) {
            const theirs = fill(v8.m);
            const mine = fill(ours.m);
            const want = outcome(() => v8[`f${k}`](p, q, x, n));
            const got = outcome(() => ours[`f${k}`](p, q, x, n));
            expect(typeof got).toBe(typeof want);
            if (typeof want === 'number') expect(got).toBe(want);
            expect(Buffer.compare(mine, theirs)).toBe(0);
          }
        }
      }
    }),
    { numRuns: amount(200, 40) },
  );
  for (const name of switches) expect(changed[name], name).toBeGreaterThan(0);
});
