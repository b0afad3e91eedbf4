/**
 * Values that stay in registers across calls of functions that are known to leave those alone
 * (codegen/preserved.ts, aot/compile-order.ts): programs of functions that call each other, against V8.
 */
import { describe, expect, test } from 'vitest';
import { compileSync, Instance, Module, Table } from '../../src-ts/index.js';
import { makeRandom } from '../unit/random-mach.js';
import { wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

type Rnd = (n: number) => number;
const FUNCTIONS = 14;
const TYPES = ['i32', 'i64', 'f64'] as const;
type Type = (typeof TYPES)[number];

interface Signature {
  params: Type[];
  result: Type;
}

/** An expression of a type out of locals and constants. */
function leaf(rnd: Rnd, type: Type, locals: Type[]): string {
  const those = locals.flatMap((t, l) => (t === type ? [l] : []));
  if (those.length > 0 && rnd(8) > 0) return `(local.get ${those[rnd(those.length)]})`;
  return type === 'f64' ? `(f64.const ${rnd(100)})` : `(${type}.const ${rnd(1000) - 500})`;
}

function expression(rnd: Rnd, type: Type, locals: Type[], depth: number): string {
  if (depth === 0) return leaf(rnd, type, locals);
  const x = expression(rnd, type, locals, depth - 1);
  const y = leaf(rnd, type, locals);
  if (type === 'f64') return `(f64.${['add', 'sub', 'mul', 'min'][rnd(4)]} ${x} ${y})`;
  if (type === 'i32' && rnd(4) === 0) return `(i32.load offset=${rnd(64)} (i32.and ${x} (i32.const 0xff)))`;
  return `(${type}.${['add', 'sub', 'xor', 'mul', 'shl', 'or', 'rotr'][rnd(7)]} ${x} ${y})`;
}

/** A function: leaves, ones that call only now and then, ones that call all the time; values live across the calls. */
function body(rnd: Rnd, index: number, all: Signature[]): string {
  const { params, result } = all[index];
  const locals = [...params, ...Array.from({ length: 2 + rnd(7) }, () => TYPES[rnd(3)])];
  const kind = index < 4 ? 0 : rnd(3);
  const call = (): string => {
    // Anything may be called, so there are cycles.
    const callee = rnd(4) === 0 ? rnd(FUNCTIONS) : rnd(Math.max(1, index));
    const args = all[callee].params.map((t) => expression(rnd, t, locals, rnd(2))).join(' ');
    const value =
      rnd(6) === 0 ? `(call_indirect (type $t${callee}) ${args} (i32.const ${callee}))` : `(call $f${callee} ${args})`;
    const those = locals.flatMap((t, l) => (t === all[callee].result ? [l] : []));
    return those.length > 0 ? `(local.set ${those[rnd(those.length)]} ${value})` : `(drop ${value})`;
  };
  const statement = (): string => {
    const l = rnd(locals.length);
    switch (rnd(kind === 0 ? 3 : 6)) {
      case 0:
        return `(i32.store offset=${rnd(64)} (i32.and ${expression(rnd, 'i32', locals, 1)} (i32.const 0xff)) ${expression(rnd, 'i32', locals, 1)})`;
      case 3:
        return call();
      case 4:
        return `(if ${expression(rnd, 'i32', locals, 1)} (then ${call()} ${call()}))`;
      case 5:
        return `(if (i32.eqz ${expression(rnd, 'i32', locals, 1)}) (then (call $host ${leaf(rnd, 'i32', locals)})))`;
      default:
        return `(local.set ${l} ${expression(rnd, locals[l], locals, 1 + rnd(3))})`;
    }
  };
  const statements = Array.from({ length: 2 + rnd(9) }, statement);
  // Functions that return early in most calls have a frame in the others only.
  if (kind === 2)
    statements.unshift(
      `(if (i32.and ${expression(rnd, 'i32', locals, 1)} (i32.const 3)) (then (return ${expression(rnd, result, locals, 2)})))`,
    );
  const end = locals.reduce((sum, t, l) => {
    const x = `(local.get ${l})`;
    const as =
      result === 'f64'
        ? { i32: `(f64.convert_i32_s ${x})`, i64: `(f64.convert_i64_s ${x})`, f64: x }
        : result === 'i64'
          ? { i32: `(i64.extend_i32_s ${x})`, i64: x, f64: `(i64.reinterpret_f64 ${x})` }
          : { i32: x, i64: `(i32.wrap_i64 ${x})`, f64: `(i32.trunc_sat_f64_s ${x})` };
    return `(${result}.add ${sum} ${as[t]})`;
  }, `(${result}.const 0)`);
  const head = `(func $f${index} (export "f${index}") (type $t${index}) ${params.map((t) => `(param ${t})`).join(' ')} (result ${result}) ${locals
    .slice(params.length)
    .map((t) => `(local ${t})`)
    .join(' ')}`;
  const fuel =
    kind === 0
      ? ''
      : `(if (i32.le_s (global.get $fuel) (i32.const 0)) (then (return (${result}.const ${index}))))
         (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))`;
  return `${head} ${fuel} ${statements.join('\n')} ${end})`;
}

function program(seed: number): { bytes: Uint8Array<ArrayBuffer>; all: Signature[] } {
  const rnd = makeRandom(seed);
  const all = Array.from({ length: FUNCTIONS }, () => ({
    params: Array.from({ length: rnd(9) }, () => TYPES[rnd(3)]),
    result: TYPES[rnd(3)],
  }));
  const types = all.map(
    ({ params, result }, k) => `(type $t${k} (func ${params.map((t) => `(param ${t})`).join(' ')} (result ${result})))`,
  );
  const order = all.map((_, k) => k).sort((x, y) => ((x * 7919 + seed) % 13) - ((y * 7919 + seed) % 13) || x - y);
  const bytes = wat(`(module ${types.join('\n')} (import "m" "host" (func $host (param i32)))
    (memory (export "memory") 1) (global $fuel (export "fuel") (mut i32) (i32.const 0))
    (table funcref (elem ${all.map((_, k) => `$f${k}`).join(' ')}))
    ${order.map((k) => body(rnd, k, all)).join('\n')})`);
  return { bytes, all };
}

type Outcome = (string | number | bigint)[];
type Exports = Record<string, ((...args: unknown[]) => unknown) & { value: number }>;

/** Calls every function with a few arguments; results, traps and what the host was told. */
function outcomes(all: Signature[], make: (imports: object) => object): Outcome {
  const seen: Outcome = [];
  const e = make({ m: { host: (x: number) => seen.push(x) } }) as Exports;
  const arg = (t: Type, k: number): unknown => (t === 'i64' ? BigInt(k * 31 - 40) : t === 'f64' ? k / 4 : k * 17 - 3);
  all.forEach(({ params }, f) => {
    for (const k of [0, 1, 4]) {
      e.fuel.value = 300;
      seen.push(`f${f}`);
      try {
        const x = e[`f${f}`](...params.map((t, p) => arg(t, k + p)));
        seen.push(Number.isNaN(x) ? 'NaN' : (x as number));
      } catch (error) {
        seen.push((error as Error).constructor.name);
      }
    }
  });
  return seen;
}

const OPTIONS = {
  'the default': {},
  'nothing known of callees': { disable: ['callee-registers'] },
  'no lazy frames': { disable: ['lazy-frames'] },
  'explicit bounds, no red zone': { bounds: 'explicit', disable: ['red-zone'] },
} as const;

describe('random programs of functions that call each other', () => {
  test.each(Object.keys(OPTIONS) as (keyof typeof OPTIONS)[])('%s', (name) => {
    for (let seed = 1; seed <= amount(60, 12); seed++) {
      const { bytes, all } = program(seed);
      const options = { verify: true, ...OPTIONS[name] } as object;
      const own = outcomes(
        all,
        (imports) => new Instance(new Module(compileSync(bytes, options)), imports as never).exports,
      );
      const v8 = outcomes(
        all,
        (imports) => new WebAssembly.Instance(new WebAssembly.Module(bytes), imports as never).exports,
      );
      expect([seed, ...own]).toEqual([seed, ...v8]);
    }
  });
});

test('threads that compile beside each other know the same', async () => {
  for (const seed of [3]) {
    // Enough code for several threads.
    const many = wat(
      `(module (memory 1) ${Array.from({ length: 900 }, (_, k) => {
        const rnd = makeRandom(seed * 1000 + k);
        const callees = Array.from({ length: 1 + rnd(3) }, () => rnd(k + 1)).filter((c) => c < k);
        const calls = callees.map(
          (c) => `(local.set 2 (i32.add (local.get 2) (call $f${c} (local.get 0) (local.get 1))))`,
        );
        const more = Array.from(
          { length: 20 + rnd(20) },
          () => `(local.set ${rnd(3)} ${expression(rnd, 'i32', ['i32', 'i32', 'i32'], 3)})`,
        );
        return `(func $f${k} (param i32 i32) (result i32) (local i32) ${more.join(' ')} ${calls.join(' ')} (i32.xor (local.get 2) (local.get 0)))`;
      }).join('\n')})`,
    );
    const alone = compileSync(many);
    for (let k = 0; k < 2; k++) expect(Buffer.compare(await wamr.compile(many, { jobs: 3 }), alone)).toBe(0);
  }
});

/** `leaf` calls nothing, `hot` now and then; `caller` has values in registers across both. */
const CALLERS = wat(`(module (import "m" "look" (func $look (param i32) (result i32)))
  (table (export "table") 2 funcref) (elem (i32.const 0) func $hot)
  (func $hot (export "hot") (param i32) (result i32)
    (if (i32.and (local.get 0) (i32.const 7)) (then (return (i32.add (local.get 0) (i32.const 3)))))
    (call $look (i32.mul (call $look (local.get 0)) (i32.const 5))))
  (func $leaf (param i32 i32) (result i32) (i32.sub (local.get 0) (i32.mul (local.get 1) (local.get 1))))
  (func (export "caller") (param i32 i32 i32 i32) (result i32) (local i32)
    (local.set 4 (i32.add (call $hot (local.get 0)) (i32.add (local.get 1) (local.get 2))))
    (local.set 4 (i32.add (local.get 4) (call $leaf (local.get 2) (local.get 3))))
    (i32.add (local.get 4) (i32.mul (call $hot (local.get 3)) (i32.sub (local.get 1) (local.get 2))))))`);

test('callers of a function that is known keep their values', () => {
  const frames: number[] = [];
  const look = (x: number): number => {
    frames.push(new Error().stack!.split('\n').filter((line) => line.includes('wasm')).length);
    return x + 1;
  };
  const make = (options: object): Exports =>
    new Instance(new Module(compileSync(CALLERS, { verify: true, ...options })), { m: { look } })
      .exports as unknown as Exports;
  const own = make({});
  const plain = make({ disable: ['callee-registers'] });
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(CALLERS), { m: { look } }).exports as unknown as Exports;
  for (const e of [own, plain, v8]) {
    const results = [];
    frames.length = 0;
    for (let a = 0; a < 20; a++) for (let b = 0; b < 20; b++) results.push(e.caller(a, 100 + b, 3 * a, b * 4));
    expect(results).toEqual(
      Array.from({ length: 400 }, (_, k) => {
        const a = Math.floor(k / 20);
        const b = k % 20;
        const hot = (x: number): number => ((x & 7) !== 0 ? x + 3 : (x + 1) * 5 + 1);
        return (hot(a) + 100 + b + 3 * a + (3 * a - 16 * b * b) + Math.imul(hot(b * 4), 100 + b - 3 * a)) | 0;
      }),
    );
    expect(new Set(frames).size).toBe(1);
  }
});

test('the table calls such a function as any other', () => {
  const own = new Instance(new Module(compileSync(CALLERS)), { m: { look: (x: number) => x } }).exports as {
    table: Table;
  };
  expect((own.table.get(0) as (x: number) => number)(8)).toBe(40);
  expect((own.table.get(0) as (x: number) => number)(1)).toBe(4);
});
