/**
 * Tail calls: results as V8's (which knows them on every Node that we support), constant stack whatever is called with
 * whatever arguments, across instances and out of handlers; exceptions, traps, stack traces and interruption there.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { compileSync, Module, WebAssembly as W } from '../../src-ts/index.js';
import { env } from '../../src-ts/runtime/env.js';
import type { Disabled } from '../../src-ts/util/switches.js';
import { runWasmTools } from '../support/peers.js';
import { inOurWords } from '../support/v8-words.js';

type Exports = Record<string, any>;
type Imports = Record<string, Record<string, unknown>>;
interface Api {
  name: string;
  instance(text: string, imports?: Imports): Exports;
}

const cache = new Map<string, Uint8Array>();
function binary(text: string): Uint8Array {
  let bytes = cache.get(text);
  if (bytes === undefined) cache.set(text, (bytes = runWasmTools(['parse', '-'], Buffer.from(text))));
  return bytes;
}

const v8: Api = {
  name: 'V8',
  instance: (text, imports = {}) =>
    new WebAssembly.Instance(new WebAssembly.Module(binary(text) as never), imports as never).exports,
};
const ours = (bounds: 'guard' | 'explicit', disable: Disabled[] = []): Api => ({
  name: [bounds, ...disable].join(', '),
  instance: (text, imports = {}) =>
    new W.Instance(new Module(compileSync(binary(text), { verify: true, bounds, disable })), imports).exports,
});
const ENGINES = [
  ours('guard'),
  ours('explicit'),
  ours('guard', ['tail-loops']),
  ours('guard', ['lazy-frames', 'red-zone']),
  ours('guard', ['register-locals', 'long-lives']),
];

function outcome(f: () => unknown): unknown {
  try {
    return f();
  } catch (e) {
    return e instanceof Error ? inOurWords(`${e.name}: ${e.message}`) : 'thrown';
  }
}

/** More calls than any stack has room for. */
const MANY = 3_000_000;

afterEach(() => void env().native.stackSize(64 << 20));

/** Parameters with as many values on the stack as a signature's index says, in both classes. */
const SIGNATURES = [
  ['i32'],
  ['i32', 'i64', 'i32', 'i32', 'i32', 'i32', 'i32'],
  ['i32', 'f64', 'f64', 'f64', 'f64', 'f64', 'f64', 'f64', 'f64', 'f32', 'f64'],
  [
    'i32',
    'v128',
    'i64',
    'i64',
    'i64',
    'i64',
    'i64',
    'i64',
    'v128',
    'v128',
    'v128',
    'v128',
    'v128',
    'v128',
    'v128',
    'v128',
    'v128',
  ],
  ['i32', ...Array.from({ length: 60 }, (_, k) => (k % 3 === 0 ? 'f32' : 'i64'))],
];
const RESULTS = ['', 'i32', 'i32 i64 f64', 'f64 i32 i32'];

const constant = (type: string, k: number): string =>
  type === 'v128' ? `(v128.const i32x4 ${k} 1 2 3)` : `(${type}.const ${k})`;

/**
 * Functions $f0 … with these signatures and these results. Each counts its first argument down and calls the next one
 * last, in three ways in turn; at zero it returns values made of its arguments. `next`: where the callees are.
 */
function ring(results: string, next: (k: number) => 'direct' | 'table' | 'import'): string {
  const n = SIGNATURES.length;
  const parts: string[] = [];
  for (let k = 0; k < n; k++) {
    const params = SIGNATURES[k];
    const to = (k + 1) % n;
    const callee = SIGNATURES[to];
    // The numbers that the callee gets: of this function's arguments where the types are the same.
    const args = callee.map((type, i) =>
      i === 0
        ? '(i32.sub (local.get 0) (i32.const 1))'
        : i < params.length && params[i] === type
          ? `(local.get ${i})`
          : constant(type, 100 * to + i),
    );
    const made = results.split(' ').filter((t) => t !== '');
    const last = params.length - 1;
    const tail =
      params[last] === 'i64'
        ? `(local.get ${last})`
        : params[last] === 'v128'
          ? `(i64x2.extract_lane 0 (local.get ${last}))`
          : params[last] === 'f64'
            ? `(i64.reinterpret_f64 (local.get ${last}))`
            : `(i64.extend_i32_u (local.get ${last}))`;
    const values = made.map((t) =>
      t === 'i32' ? `(i32.wrap_i64 ${tail})` : t === 'i64' ? tail : `(f64.convert_i64_s ${tail})`,
    );
    const way = next(k);
    parts.push(`
      (func $f${k} (export "f${k}") (param ${params.join(' ')}) (result ${results})
        (if (i32.eqz (local.get 0)) (then ${values.join(' ')} return))
        ${args.join(' ')}
        ${way === 'direct' ? `return_call $f${to}` : way === 'import' ? `return_call $i${to}` : `i32.const ${to} return_call_indirect $t (type $t${to})`})`);
  }
  return parts.join('\n');
}

const types = (results: string): string =>
  SIGNATURES.map((params, k) => `(type $t${k} (func (param ${params.join(' ')}) (result ${results})))`).join('\n');

/** `f0` with a wrapper for signatures that JavaScript can't call. */
const enter = (results: string): string =>
  `(func (export "run") (param i32) (result ${results}) (call $f0 (local.get 0)))`;

describe.each(ENGINES)('tail calls: $name', (engine) => {
  it.each(RESULTS)('of all signatures with results (%s)', (results) => {
    const elements = `(table $t 5 funcref) (elem (i32.const 0) ${SIGNATURES.map((_, k) => `$f${k}`).join(' ')})`;
    for (const ways of [['direct'], ['table'], ['direct', 'table']] as const) {
      const text = `(module ${types(results)} ${elements} ${ring(results, (k) => ways[k % ways.length])} ${enter(results)})`;
      const [a, b] = [engine.instance(text), v8.instance(text)];
      for (let n = 0; n < 12; n++) expect(a.run(n)).toEqual(b.run(n));
      expect(a.run(MANY)).toEqual(b.run(MANY));
    }
  });

  it.each(RESULTS)('of functions of other instances, which call back, with results (%s)', (results) => {
    // The second instance calls through a table that both have; the first by imports and by the table.
    const elements = (names: string[]): string => `(elem (i32.const 0) ${names.join(' ')})`;
    const named = SIGNATURES.map((_, k) => `$f${k}`);
    const far = `(module ${types(results)} (table $t (export "t") 5 funcref) (memory 1) ${ring(results, () => 'table')}
      ${elements(named)} (func (export "own") (result i32) (i32.load (i32.const 0))) (data (i32.const 0) "far!"))`;
    const near = `(module ${types(results)} (import "far" "t" (table $t 5 funcref))
      ${SIGNATURES.map((_, k) => `(import "far" "f${k}" (func $i${k} (type $t${k})))`).join('\n')} (memory 1)
      ${ring(results, (k) => (k % 2 === 0 ? 'import' : 'table'))} ${enter(results)}
      ${elements(['$f0', '$i1', '$f2', '$i3', '$f4'])}
      (func (export "own") (result i32) (i32.load (i32.const 0))) (data (i32.const 0) "near"))`;
    const linked = (api: Api): Exports => {
      const farther = api.instance(far);
      return { ...api.instance(near, { far: farther }), farther: farther.own };
    };
    const [a, b] = [linked(engine), linked(v8)];
    for (let n = 0; n < 12; n++) expect(a.run(n)).toEqual(b.run(n));
    expect(a.run(MANY)).toEqual(b.run(MANY));
    // Each instance has its own memory again.
    expect([a.own(), a.farther()]).toEqual([b.own(), b.farther()]);
  });

  it('of host functions', () => {
    const text = `(module (import "m" "h" (func $h (param i32 i32 i32 i32 i32 i32 i32 i64 f64) (result i32 i64 f64)))
      (import "m" "back" (func $back (param i32) (result i32))) (table $t 1 funcref) (elem (i32.const 0) $back)
      (func (export "h") (param i32) (result i32 i64 f64)
        (return_call $h (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
          (i64.const 7) (f64.const 8.5)))
      (func (export "back") (param i32) (result i32) (return_call_indirect $t (param i32) (result i32) (local.get 0)
        (i32.const 0))))`;
    const run = (api: Api): unknown => {
      const e: Exports = api.instance(text, {
        m: {
          h: (...a: (number | bigint)[]) => [a.map(Number).reduce((x, y) => x + y), BigInt(a.length), 0.25],
          back: (n: number) => (n === 0 ? -5 : e.back(n - 1)),
        },
      });
      return [e.h(100), e.back(50)];
    };
    expect(run(engine)).toEqual(run(v8));
  });

  it('leave the handlers around them, and of inlined bodies only theirs', () => {
    const text = `(module (tag $e (param i32))
      (func $throw (param i32) (result i32) (throw $e (local.get 0)))
      (func $inner (export "inner") (param i32) (result i32)
        try (result i32) (return_call $throw (local.get 0)) catch $e (i32.const 1000) i32.add end)
      (func (export "outer") (param i32) (result i32)
        try (result i32) (call $inner (local.get 0)) catch $e (i32.const 2000) i32.add end)
      (func $again (export "again") (param i32) (result i32)
        try (result i32)
          (if (i32.eqz (local.get 0)) (then (throw $e (i32.const 7))))
          (return_call $again (i32.sub (local.get 0) (i32.const 1)))
        catch $e (i32.const 10) i32.add end)
      (func (export "big") (param i32) (result i32)
        try (result i32)
          (call $far (local.get 0))
        catch $e (i32.const 3000) i32.add end)
      (func $far (param i32) (result i32)
        (return_call $wide (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
          (i32.const 7)))
      (func $wide (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
        (call $throw (i32.add (local.get 0) (local.get 7)))))`;
    const [a, b] = [engine.instance(text), v8.instance(text)];
    for (const name of ['inner', 'outer', 'again', 'big'])
      expect(`${name}: ${String(outcome(() => a[name](5)))}`).toBe(`${name}: ${String(outcome(() => b[name](5)))}`);
  });

  it('that trap leave the frames as they were', () => {
    const text = `(module (type $w (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
      (table $t 3 funcref) (elem (i32.const 0) $wide $other) (memory 1)
      (func $wide (type $w) (i32.load (i32.mul (local.get 7) (i32.const 65536))))
      (func $other (result i32) (i32.const 0))
      (func $f (export "f") (param i32) (result i32) (local i64 f64)
        (i32.div_u (i32.const 1) (local.get 0)) drop
        (return_call_indirect $t (type $w) (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
          (i32.const 5) (i32.const 6) (local.get 0) (i32.sub (local.get 0) (i32.const 1))))
      (func (export "g") (param i32) (result i32) (call $f (local.get 0))))`;
    const [a, b] = [engine.instance(text), v8.instance(text)];
    for (const name of ['f', 'g'])
      for (const x of [0, 1, 2, 3, 4, 100])
        expect(
          outcome(() => a[name](x)),
          `${name}(${x})`,
        ).toBe(outcome(() => b[name](x)));
  });
});

describe('tail calls', () => {
  const TRACE = `(module (import "m" "h" (func $h)) (memory 1)
    (func $trap (i32.store (i32.const 65536) (i32.const 1)))
    (func $wide (param i32 i32 i32 i32 i32 i32 i32 i32) (call $h) (call $trap))
    (func $gone (return_call $wide (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)
      (i32.const 6) (i32.const 7)))
    (func $outer (export "outer") (call $gone) (nop)))`;

  it('are not in stack traces, which go on behind them', () => {
    const stacks: string[] = [];
    const e = ours('guard').instance(TRACE, { m: { h: () => stacks.push(new Error('here').stack!) } });
    let stack = '';
    try {
      e.outer();
    } catch (thrown) {
      stack = (thrown as Error).stack!;
    }
    const names = (s: string): string[] => [...s.matchAll(/at (?:\S+\.)?(trap|wide|gone|outer) /g)].map((m) => m[1]);
    expect(names(stack)).toEqual(['trap', 'wide', 'outer']);
    expect(names(stacks[0])).toEqual(['wide', 'outer']);
  });

  it('in endless loops are interrupted', () => {
    const text = `(module (type $w (func (param i32 i32 i32 i32 i32 i32 i32 i32)))
      (table $t 2 funcref) (elem (i32.const 0) $a $b)
      (func $self (export "self") (param i32) (return_call $self (local.get 0)))
      (func $a (type $w) (return_call_indirect $t (type $w) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
        (local.get 5) (local.get 6) (local.get 7) (local.get 0) (i32.const 1)))
      (func $b (type $w) (return_call $a (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
        (local.get 5) (local.get 6) (local.get 7)))
      (func $narrow (export "narrow") (param i32) (return_call $wide (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3)
        (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)))
      (func $wide (type $w) (return_call $narrow (local.get 7)))
      (func (export "ring") (param i32) (return_call $a (local.get 0) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
        (i32.const 5) (i32.const 6) (i32.const 7))))`;
    for (const disable of [[], ['tail-loops']] as Disabled[][]) {
      const module = new Module(compileSync(binary(text), { disable }));
      const instance = new W.Instance(module) as unknown as {
        call(name: string, args: unknown[], options: { timeoutMs: number }): unknown;
      };
      for (const name of ['self', 'ring', 'narrow'])
        expect(outcome(() => instance.call(name, [1], { timeoutMs: 20 }))).toMatch('execution interrupted');
    }
  });

  it('need no more than the smallest stack', () => {
    const results = 'i32';
    const text = `(module ${types(results)} ${ring(results, () => 'direct')} ${enter(results)})`;
    const e = ours('guard').instance(text);
    expect(env().native.stackSize(256 << 10)).toBe(true);
    expect(e.run(MANY)).toBe(v8.instance(text).run(MANY));
  });

  it('of disposed instances trap', () => {
    const far = new W.Instance(
      new Module(compileSync(binary('(module (func (export "f") (param i32) (result i32) (local.get 0)))'))),
    );
    const e = ours('guard').instance(
      `(module (import "m" "f" (func $f (param i32) (result i32)))
        (func (export "run") (param i32) (result i32) (return_call $f (local.get 0))))`,
      { m: { f: far.exports.f } },
    );
    expect(e.run(3)).toBe(3);
    (far as unknown as { dispose(): void }).dispose();
    expect(outcome(() => e.run(3))).toMatch(/disposed/);
  });
});
