/**
 * Exceptions: both forms of try, throws across calls, instances, JavaScript and workers, what JavaScript sees of them,
 * and that nothing else is caught. Modules in text form are made by wasm-tools; V8's own tests of the older form of try
 * run on V8 of this process too.
 */
import { Worker } from 'node:worker_threads';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runWasmTools } from '../support/peers.js';
import { compileSync, Module, WebAssembly as W } from '../../src-ts/index.js';
import { env } from '../../src-ts/runtime/env.js';
import { exceptionsOf } from '../../src-ts/runtime/exception.js';
import { collectGarbage } from '../support/built.js';

type Api = typeof W;

const wat = (text: string): Uint8Array => runWasmTools(['parse', '-'], Buffer.from(text));
const cache = new Map<string, Uint8Array>();
const binary = (text: string): Uint8Array => {
  let bytes = cache.get(text);
  if (bytes === undefined) cache.set(text, (bytes = wat(text)));
  return bytes;
};

type Exports = Record<string, any>;
const instance = (text: string, imports: object = {}, bounds: 'guard' | 'explicit' = 'guard'): Exports =>
  new W.Instance(new Module(compileSync(binary(text), { verify: true, bounds })), imports).exports;
const inV8 = (text: string, imports: object = {}): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(binary(text) as never), imports as never).exports;

const caught = (f: () => unknown): unknown => {
  try {
    f();
  } catch (e) {
    return e;
  }
  throw new Error('nothing was thrown');
};

/** The older form: this process's V8 knows it. */
const OLD = `(module
  (import "m" "h" (func $h (param i32) (result i32)))
  (tag $e (param i32)) (tag $f (param i64 f64 f32)) (tag $z)
  (func $t (param i32) (result i32)
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $e (i32.const 42))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $f (i64.const 7) (f64.const 1.5) (f32.const 2.5))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $z)))
    (call $h (local.get 0)))
  (func (export "clauses") (param i32) (result i32) (local i32 i32)
    (local.set 1 (i32.const 1000))
    try (result i32)
      (local.set 2 (call $t (local.get 0)))
      (local.set 1 (i32.add (local.get 1) (i32.const 5)))
      (i32.add (local.get 2) (call $t (i32.add (local.get 0) (i32.const 1))))
    catch $e local.get 1 i32.add
    catch $f drop drop i32.wrap_i64 local.get 1 i32.add
    catch_all (i32.sub (i32.const 0) (local.get 1))
    end)
  (func (export "rethrow") (param i32) (result i32)
    try (result i32)
      try (result i32) (call $t (local.get 0)) catch $e (drop (call $h)) rethrow 0 end
    catch $e (i32.const 1) i32.add
    catch $z (i32.const -7)
    end)
  (func (export "rethrowOuter") (param i32) (result i32)
    try (result i32)
      try (result i32)
        (call $t (local.get 0))
      catch_all
        try (result i32) (call $t (i32.const 3)) catch $z rethrow 1 end
      end
    catch $e (i32.const 100) i32.add
    catch_all (i32.const 200)
    end)
  (func (export "loop") (param i32) (result i32) (local i32 i32)
    loop $l
      try (local.set 2 (i32.add (local.get 2) (call $t (i32.and (local.get 1) (i32.const 3)))))
      catch $e (local.set 2 (i32.add (local.get 2)))
      catch_all (local.set 2 (i32.add (local.get 2) (i32.const 10000)))
      end
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get 1) (local.get 0)))
    end
    (local.get 2))
  (func (export "again") (param i32) (result i32) (local i32)
    loop $l
      try
        (drop (call $t (i32.and (local.get 0) (i32.const 3))))
      catch_all
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $l (local.get 0))
      end
    end
    (i32.add (i32.mul (local.get 1) (i32.const 100)) (local.get 0)))
  (func (export "delegate") (param i32) (result i32)
    try $o (result i32)
      try $i (result i32)
        try (result i32) (call $t (local.get 0)) delegate $o
      catch_all (i32.const 1) end
    catch_all (i32.const 2) end)
  (func (export "delegateOut") (param i32) (result i32)
    try (result i32)
      try (result i32) (call $t (local.get 0)) delegate 1
    catch_all (i32.const 1) end)
  (func (export "callDelegateOut") (param i32) (result i32)
    try (result i32)
      (call 8 (local.get 0))
    catch_all (i32.const 3) end)
  (func (export "none") (param i32) (result i32)
    try (result i32) (call $t (local.get 0)) end)
  (func (export "direct") (param i32) (result i32)
    try (result i32)
      (if (local.get 0) (then (throw $e (local.get 0))))
      (i32.const 5)
    catch $e (i32.const 1) i32.add end)
  (func (export "unreached") (param i32) (result i32)
    try (result i32) (i32.add (local.get 0) (i32.const 1))
    catch $e (i32.const 1) i32.add
    catch_all (i32.const 0) end)
  (func (export "stack") (param i32) (result i32)
    (i32.const 3) (local.get 0)
    try (param i32) (result i32) (call $t)
    catch $e (i32.const 1) i32.add
    catch_all (i32.const 9) end
    i32.mul))`;

describe('the older form', () => {
  const ways: [string, () => Exports][] = [
    ['guard', () => instance(OLD, { m: { h: (x: number) => x + 100 } })],
    ['explicit bounds', () => instance(OLD, { m: { h: (x: number) => x + 100 } }, 'explicit')],
  ];
  it.each(ways)('gives what V8 gives: %s', (_, make) => {
    const ours = make();
    const theirs = inV8(OLD, { m: { h: (x: number) => x + 100 } });
    for (const name of Object.keys(ours)) {
      for (const x of [0, 1, 2, 3, 4, 7, 50]) {
        const of = (e: Exports): string => {
          try {
            return String(e[name](x));
          } catch (thrown) {
            return Object.prototype.toString.call(thrown);
          }
        };
        expect(`${name}(${x}): ${of(ours)}`).toBe(`${name}(${x}): ${of(theirs)}`);
      }
    }
  });
});

const NEW = `(module
  (import "m" "h" (func $h (param i32) (result i32)))
  (tag $e (export "e") (param i32)) (tag $f (param i64 f64))
  (func $t (param i32) (result i32)
    (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $e (i32.const 42))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $f (i64.const 7) (f64.const 1.5))))
    (call $h (local.get 0)))
  (func (export "table") (param i32) (result i32) (local i32)
    (local.set 1 (i32.const 3))
    (block $all (result exnref)
      (block $c (result i64 f64)
        (block $d (result i32)
          (return (try_table (result i32) (catch $e $d) (catch $f $c) (catch_all_ref $all)
            (i32.add (local.get 1) (call $t (local.get 0))))))
        (return (i32.add (local.get 1))))
      (drop) (return (i32.wrap_i64)))
    (throw_ref))
  (func (export "ref") (param i32) (result i32)
    (block $r (result i32 exnref)
      (return (try_table (result i32) (catch_ref $e $r) (call $t (local.get 0)))))
    (if (param i32 exnref) (result i32) (local.get 0)
      (then (drop))
      (else (throw_ref))))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (if (local.get 0) (then
        (try_table (catch_all $l) (drop (call $t (i32.const 1)))))))
    (local.get 1))
  (func (export "null") (throw_ref (ref.null exn))))`;

describe('try_table', () => {
  it.each(['guard', 'explicit'] as const)('clauses and references: %s bounds', (bounds) => {
    const foreign = new Error('foreign');
    const h = (x: number): number => {
      if (x === 9) throw foreign;
      return x + 100;
    };
    const e = instance(NEW, { m: { h } }, bounds);
    expect([0, 1, 2, 3].map((x) => e.table(x))).toEqual([103, 45, 7, 106]);
    expect(caught(() => e.table(9))).toBe(foreign);
    expect(e.ref(0)).toBe(100);
    expect(e.ref(1)).toBe(42);
    expect(e.loop(5)).toBe(5);
    expect(caught(() => e.null())).toMatchObject({ kind: 'null-exception', message: 'rethrowing null value' });
  });

  it('an exception that is caught and thrown again is the same object outside', () => {
    const e = instance(
      `(module (tag $e (import "m" "e") (param i32)) (import "m" "f" (func $f))
      (func (export "pass") (block $r (result exnref) (try_table (catch_all_ref $r) (call $f)) (return)) (throw_ref))
      (func $throw (export "throw") (throw $e (i32.const 5)))
      (global $kept (mut exnref) (ref.null exn))
      (func (export "keep") (block $r (result exnref) (try_table (catch_all_ref $r) (call $throw)) (return)) (global.set $kept))
      (func (export "kept") (throw_ref (global.get $kept))))`,
      { m: { e: new W.Tag({ parameters: ['i32'] }), f: () => thrower() } },
    );
    let thrower: () => void = () => e.throw();
    const first = caught(() => e.throw());
    thrower = () => {
      throw first;
    };
    expect(caught(() => e.pass())).toBe(first);
    for (const value of [1, 'text', null, undefined, Symbol('s'), new Error('e'), { a: 1 }]) {
      thrower = () => {
        throw value;
      };
      expect(caught(() => e.pass())).toBe(value);
    }
    e.keep();
    expect(caught(() => e.kept())).toBe(caught(() => e.kept()));
  });

  it.each(['freed', 'collected a moment ago'])(
    'an exception whose tag went with its instance leaves wasm: %s',
    async (when) => {
      const t = new W.Table({ element: 'anyfunc', initial: 1 });
      const keeper = instance(
        `(module (type $v (func (param externref))) (import "m" "t" (table 1 funcref)) (global $x (mut exnref) (ref.null exn))
        (func (export "keep") (param externref) (global.set $x (block $r (result exnref)
          (try_table (catch_all_ref $r) (call_indirect (type $v) (local.get 0) (i32.const 0))) (unreachable))))
        (func (export "throw") (param i64) (local exnref)
          (local.set 1 (global.get $x)) (global.set $x (ref.null exn)) (throw_ref (local.get 1))))`,
        { m: { t } },
      );
      const value = { here: true };
      const thrower = [
        instance(
          `(module (tag $t (param externref)) (import "m" "t" (table 1 funcref)) (elem (i32.const 0) func $f)
          (func $f (param externref) (throw $t (local.get 0))))`,
          { m: { t } },
        ),
      ];
      keeper.keep(value);
      t.set(0, null);
      // Nothing but the variable has the instance then.
      for (let i = 0; i < 3; i++) await collectGarbage();
      thrower.pop();
      const collected = collectGarbage();
      if (when === 'freed') for (let i = 0; i < 3; i++) await collectGarbage();
      // The argument takes the value's place in the buffer: nothing but the exception has it.
      const thrown = caught(() => keeper.throw(0n)) as object;
      await collected;
      expect(thrown).toBeInstanceOf(W.Exception);
      expect(exceptionsOf(env()).get(thrown)!.value(0)).toBe(value);
    },
  );
});

describe('JavaScript', () => {
  const CATCHER = (tag: string): string => `(module (import "m" "f" (func $f))
    (tag $t (import "m" "t") ${tag})
    (func (export "run") (result i32)
      try (result i32) (call $f) (i32.const 0) catch $t ${'drop '.repeat((tag.match(/i32|i64|f32|f64|externref|funcref/g) ?? []).length)}(i32.const 1) catch_all (i32.const 2) end))`;

  it('its exceptions are caught by catch_all, and by the tag JSTag with their value', () => {
    const t = new W.Tag({ parameters: ['i32'] });
    let f: () => void = () => {};
    const e = instance(CATCHER('(param i32)'), { m: { f: () => f(), t } });
    expect(e.run()).toBe(0);
    f = () => {
      throw new TypeError('x');
    };
    expect(e.run()).toBe(2);
    f = () => {
      throw new W.Exception(t, [3]);
    };
    expect(e.run()).toBe(1);
    f = () => {
      throw new W.Exception(new W.Tag({ parameters: ['i32'] }), [3]);
    };
    expect(e.run()).toBe(2);
    const js = instance(
      `(module (import "m" "f" (func $f)) (tag $js (import "m" "t") (param externref))
        (func (export "run") (result externref)
          try (result externref) (call $f) (ref.null extern) catch $js end)
        (func (export "throw") (param externref) (throw $js (local.get 0))))`,
      { m: { f: () => f(), t: W.JSTag } },
    );
    const value = { v: 1 };
    f = () => {
      throw value;
    };
    expect(js.run()).toBe(value);
    expect(caught(() => js.throw(value))).toBe(value);
    expect(caught(() => js.throw(undefined))).toBe(undefined);
    const own = new W.Exception(t, [3]);
    f = () => {
      throw own;
    };
    expect(caught(() => js.run())).toBe(own);
  });

  it('contents of every type arrive in both directions', () => {
    const parameters = ['i32', 'i64', 'f32', 'f64', 'externref', 'funcref'];
    const t = new W.Tag({ parameters });
    const e = instance(
      `(module (tag $t (import "m" "t") (param i32 i64 f32 f64 externref funcref)) (import "m" "f" (func $f))
        (func (export "throw") (param i32 i64 f32 f64 externref funcref)
          (throw $t (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)))
        (func (export "catch") (result i32 i64 f32 f64 externref funcref)
          (block $c (result i32 i64 f32 f64 externref funcref) (try_table (catch $t $c) (call $f)) (unreachable)))
        (func (export "nan") (throw $t (i32.const 0) (i64.const 0) (f32.const nan:0x200001) (f64.const nan:0x4000000000001) (ref.null extern) (ref.null func)))
        (func (export "bits") (result i32 i64)
          (block $c (result i32 i64 f32 f64 externref funcref) (try_table (catch $t $c) (call $f)) (unreachable))
          (drop) (drop) (i64.reinterpret_f64) (call $swap))
        (func $swap (param i32 i64 f32 i64) (result i32 i64) (i32.reinterpret_f32 (local.get 2)) (local.get 3)))`,
      { m: { t, f: () => f() } },
    );
    let f: () => void = () => {};
    const object = { o: 1 };
    const values = [-5, -6n, 1.5, -2.25, object, e.throw];
    const x = caught(() => e.throw(...values)) as InstanceType<Api['Exception']>;
    expect(x).toBeInstanceOf(W.Exception);
    expect(x.is(t)).toBe(true);
    expect(parameters.map((_, k) => x.getArg(t, k))).toEqual(values);
    f = () => {
      throw new W.Exception(t, values);
    };
    expect(e.catch()).toEqual(values);
    const nan = caught(() => e.nan());
    f = () => {
      throw nan;
    };
    expect(e.bits()).toEqual([0x7fa00001, 0x7ff4000000000001n]);
  });

  it('v128 and exnref travel inside wasm, and JavaScript cannot see them', () => {
    const e = instance(
      `(module (tag $v (export "v") (param i32 v128 i32)) (tag $x (param exnref))
        (func $throw (export "throw") (throw $v (i32.const 1) (v128.const i32x4 2 3 4 5) (i32.const 6)))
        (func (export "sum") (result i32) (local i32)
          try (result i32) (call $throw) (i32.const 0)
          catch $v (local.set 0) (i32x4.extract_lane 3) (i32.add (local.get 0)) (i32.add) end)
        (func $nested (throw $x (block $r (result exnref) (try_table (catch_all_ref $r) (call $throw)) (unreachable))))
        (func (export "nested") (result i32) (local i32)
          (block $n (result exnref) (try_table (catch $x $n) (call $nested)) (unreachable))
          (local $in exnref) (local.set $in)
          (block $c (result i32 v128 i32) (try_table (catch $v $c) (throw_ref (local.get $in))) (unreachable))
          (local.set 0) (drop) (i32.add (local.get 0))))`
        .replace('(local $in exnref) ', '')
        .replace(
          '(func (export "nested") (result i32) (local i32)',
          '(func (export "nested") (result i32) (local i32) (local $in exnref)',
        ),
    );
    expect(e.sum()).toBe(12);
    expect(e.nested()).toBe(7);
    const x = caught(() => e.throw()) as InstanceType<Api['Exception']>;
    expect(x.getArg(e.v, 0)).toBe(1);
    expect(x.getArg(e.v, 2)).toBe(6);
    expect(() => x.getArg(e.v, 1)).toThrow(TypeError);
  });

  it.each(['guard', 'explicit'] as const)(
    'wasm that catches sees the memory that its host function grew: %s',
    (bounds) => {
      const m = new WebAssembly.Memory({ initial: 1, maximum: 3000 });
      const f = (): never => {
        m.grow(2000);
        new Int32Array(m.buffer)[1] = 1_000_000;
        throw new Error('f');
      };
      const e = instance(
        `(module (import "m" "m" (memory 1)) (import "m" "f" (func $f))
        (func (export "run") (result i32)
          (block $c (try_table (catch_all $c) (call $f)))
          (i32.add (memory.size) (i32.load (i32.const 4)))))`,
        { m: { m, f } },
        bounds,
      );
      expect(e.run()).toBe(1_002_001);
    },
  );

  it('the interface is V8’s', () => {
    const shape = (w: any): unknown[] => {
      const t = new w.Tag({ parameters: ['i32', 'i64'] });
      const e = new w.Exception(t, [1, 2n]);
      const message = (f: () => unknown): string => {
        try {
          return `${f()}`;
        } catch (x) {
          return `${(x as Error).name}: ${(x as Error).message}`;
        }
      };
      return [
        Object.getOwnPropertyNames(w.Exception.prototype).sort(),
        [w.Exception.length, w.Tag.length, w.Exception.prototype.is.length, w.Exception.prototype.getArg.length],
        Object.prototype.toString.call(t),
        Object.prototype.toString.call(e),
        e instanceof Error,
        e.stack,
        typeof new w.Exception(t, [1, 2n], { traceStack: true }).stack,
        ...[
          () => new w.Tag(),
          () => new w.Tag({}),
          () => new w.Tag({ parameters: 1 }),
          () => new w.Tag({ parameters: ['q'] }),
          () => new w.Exception(t),
          () => new w.Exception(1, []),
          () => new w.Exception(t, [1, 2]),
          () => e.is(1),
          () => e.getArg(t, 2),
          () => e.getArg(t, -1),
          () => e.getArg(t, 'x'),
          () => e.getArg(new w.Tag({ parameters: ['i32', 'i64'] }), 0),
          () => e.getArg(t, 0),
          () => e.getArg(t, 1),
          () => e.is(t),
          () => w.Exception.prototype.is.call({}, t),
        ].map(message),
      ];
    };
    expect(shape(W)).toEqual(shape(WebAssembly));
    expect(Object.keys(W)).not.toContain('Tag');
    expect(() => new W.Exception(W.JSTag, [1])).toThrow('Argument 0 cannot be WebAssembly.JSTag');
    expect(Module.exports(new Module(binary(NEW)))[0]).toEqual({ name: 'e', kind: 'tag' });
    expect(String(new W.Exception(new W.Tag({ parameters: [] }), [], { traceStack: true }).stack)).toContain(
      'exceptions.test.ts',
    );
  });

  it('imported tags must be tags of that type', () => {
    const text = CATCHER('(param i32)');
    const refusal = (t: unknown): unknown => caught(() => instance(text, { m: { f: () => {}, t } }));
    expect(refusal({})).toBeInstanceOf(W.LinkError);
    expect(refusal({})).toMatchObject({ message: expect.stringContaining('tag import requires a WebAssembly.Tag') });
    expect(refusal(new W.Tag({ parameters: ['i64'] }))).toMatchObject({
      message: expect.stringContaining('imported tag does not match the expected type'),
    });
  });
});

describe('what is not caught', () => {
  it('traps are not, directly or through JavaScript', () => {
    const e = instance(
      `(module (import "m" "f" (func $f)) (memory 1)
        (func $trap (unreachable)) (func $oob (drop (i32.load (i32.const -1)))) (func $deep (call $deep) (call $deep))
        (func (export "direct") (result i32) try (result i32) (call $trap) (i32.const 0) catch_all (i32.const 1) end)
        (func (export "load") (result i32) try (result i32) (call $oob) (i32.const 0) catch_all (i32.const 1) end)
        (func (export "own") (result i32) try (result i32) (drop (i32.div_s (i32.const 1) (i32.const 0))) (call $trap) (i32.const 0) catch_all (i32.const 1) end)
        (func (export "depth") (result i32) try (result i32) (call $deep) (i32.const 0) catch_all (i32.const 1) end)
        (func (export "through") (result i32) try (result i32) (call $f) (i32.const 0) catch_all (i32.const 1) end)
        (func (export "trap") (call $trap)))`,
      { m: { f: () => f() } },
    );
    let f: () => void = () => e.trap();
    for (const name of ['direct', 'load', 'own', 'through'])
      expect(caught(() => e[name]())).toBeInstanceOf(W.RuntimeError);
    expect(caught(() => e.depth())).toBeInstanceOf(RangeError);
    f = () => {
      throw new W.RuntimeError('made by JavaScript');
    };
    expect(e.through()).toBe(1);
  });
});

describe('unwinding', () => {
  it('callee-saved registers come back, through functions that use them', () => {
    // Many values alive across calls: they are in callee-saved registers of every frame on the way.
    const sum = (n: number): string =>
      Array.from({ length: n }, (_, k) => `(local.get ${k + 2})`).reduce((a, b) => `(i32.add ${a} ${b})`);
    const locals = 8;
    const set = Array.from(
      { length: locals },
      (_, k) => `(local.set ${k + 2} (i32.mul (local.get 0) (i32.const ${k + 3})))`,
    );
    const text = `(module (tag $e (param i32))
      (func $leaf (param i32 i32) (result i32) (if (i32.eqz (local.get 1)) (then (throw $e (local.get 0)))) (i32.const 1))
      (func $mid (param i32 i32) (result i32) (local ${'i32 '.repeat(locals)})
        ${set.join('\n')}
        (if (result i32) (local.get 1)
          (then (call $mid (i32.add (local.get 0) (i32.const 1)) (i32.sub (local.get 1) (i32.const 1))))
          (else (call $leaf (local.get 0) (local.get 1))))
        (i32.add ${sum(locals)}))
      (func $outer (param i32 i32) (result i32) (local ${'i32 '.repeat(locals)})
        ${set.join('\n')}
        try (result i32) (call $mid (local.get 0) (local.get 1)) catch $e end
        (i32.add ${sum(locals)}))
      (func (export "run") (param i32 i32) (result i32) (local ${'i32 '.repeat(locals)})
        ${set.join('\n')}
        (call $outer (i32.add (local.get 0) (i32.const 7)) (local.get 1))
        (i32.add ${sum(locals)})))`;
    const factor = Array.from({ length: locals }, (_, k) => k + 3).reduce((a, b) => a + b);
    for (const bounds of ['guard', 'explicit'] as const) {
      const e = instance(text, {}, bounds);
      for (const depth of [0, 1, 2, 30, 3000]) expect(e.run(5, depth)).toBe(12 + depth + 12 * factor + 5 * factor);
    }
  });

  it('across instances, with and without an outgoing area', () => {
    const t = new W.Tag({ parameters: ['i32'] });
    const many = Array.from({ length: 9 }, () => 'i64').join(' ');
    const thrower = instance(
      `(module (tag $t (import "m" "t") (param i32)) (memory 1)
        (func (export "few") (param i32) (result i32) (i32.store (i32.const 0) (local.get 0)) (throw $t (i32.load (i32.const 0))))
        (func (export "many") (param ${many}) (result i64 i64) (throw $t (i32.wrap_i64 (local.get 8)))))`,
      { m: { t } },
    );
    const e = instance(
      `(module (tag $t (import "m" "t") (param i32)) (import "m" "few" (func $few (param i32) (result i32)))
        (import "m" "many" (func $many (param ${many}) (result i64 i64))) (memory (export "mem") 1)
        (func (export "few") (param i32) (result i32) (local i32) (local.set 1 (i32.mul (local.get 0) (i32.const 1000)))
          try (result i32) (call $few (local.get 0)) catch $t end
          (i32.add (local.get 1)) (i32.store (i32.const 4) (local.get 1)) (i32.add (i32.load (i32.const 4))))
        (func (export "many") (param i64) (result i64) (local i64) (local.set 1 (i64.mul (local.get 0) (i64.const 1000)))
          try (result i64)
            ${'(i64.const 1) '.repeat(8)} (local.get 0) (call $many) (i64.add)
          catch $t (i64.extend_i32_s) end
          (i64.add (local.get 1))))`,
      { m: { t, few: thrower.few, many: thrower.many } },
    );
    expect(e.few(7)).toBe(7 + 7000 + 7000);
    expect(e.many(8n)).toBe(8008n);
  });

  it('through JavaScript with more contents than its calls have arguments', () => {
    // Two slots each, references in between and at the end.
    const params = `externref ${'v128 '.repeat(600)} externref i64`;
    const vectors = Array.from({ length: 600 }, (_, k) => `(v128.const i64x2 ${k} ${3 * k})`).join(' ');
    const text = `(module (import "m" "js" (func $js)) (tag $t (param ${params}))
      (global $a (export "a") (mut externref) (ref.null extern)) (global $b (export "b") (mut externref) (ref.null extern))
      (func (export "throw") (param externref externref) (throw $t (local.get 0) ${vectors} (local.get 1) (i64.const 5)))
      (func (export "sum") (result i64) (local i64)
        try (call $js) unreachable
        catch $t
          local.set 0 global.set $b
          ${'i64x2.extract_lane 1 local.get 0 i64.add local.set 0 '.repeat(600)}
          global.set $a
        end
        local.get 0))`;
    for (const make of [instance, inV8]) {
      const [first, last] = [{ first: 1 }, { last: 1 }];
      const seen: unknown[] = [];
      const e: Exports = make(text, {
        m: {
          js() {
            const x = caught(() => e.throw(first, last));
            for (let k = 0; k < 3000; k++) e.a.value = { k };
            throw (seen.push(x), x);
          },
        },
      });
      expect(e.sum()).toBe(BigInt(5 + (3 * 599 * 600) / 2));
      expect([e.a.value, e.b.value]).toEqual([first, last]);
      expect(e.a.value === first && e.b.value === last && seen.length === 1).toBe(true);
    }
  });

  it('through JavaScript, nested and with the same object all the way', () => {
    const t = new W.Tag({ parameters: ['i32'] });
    let seen: unknown[] = [];
    const e: Exports = instance(
      `(module (tag $t (import "m" "t") (param i32)) (import "m" "js" (func $js (param i32)))
        (func (export "down") (param i32)
          (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 77))))
          (call $js (i32.sub (local.get 0) (i32.const 1))))
        (func (export "pass") (param i32)
          try (call $js (local.get 0)) catch_all rethrow 0 end)
        (func (export "top") (param i32) (result i32)
          try (result i32) (call $js (local.get 0)) (i32.const 0) catch $t end))`,
      {
        m: {
          t,
          js: (n: number) => {
            try {
              if (n % 2) e.pass(n - 1 < 0 ? 0 : n - 1);
              else e.down(n);
            } catch (x) {
              seen.push(x);
              throw x;
            }
          },
        },
      },
    );
    for (const n of [0, 1, 5, 40]) {
      seen = [];
      expect(e.top(n)).toBe(77);
      expect(new Set(seen).size).toBe(1);
      expect(seen[0]).toBeInstanceOf(W.Exception);
    }
  });

  it('a hundred thousand throws, caught and not, leave nothing behind', () => {
    const t = new W.Tag({ parameters: ['i32', 'externref'] });
    const e = instance(
      `(module (tag $t (import "m" "t") (param i32 externref)) (table $kept 10 exnref)
        (func $throw (export "throw") (param i32 externref) (throw $t (local.get 0) (local.get 1)))
        (func (export "keep") (param i32 externref)
          (table.set $kept (i32.const 3) (block $r (result exnref) (try_table (catch_all_ref $r) (call $throw (local.get 0) (local.get 1))) (unreachable))))
        (func (export "kept") (throw_ref (table.get $kept (i32.const 3))))
        (func (export "many") (param i32 externref) (result i32) (local i32)
          (loop $l
            (block $c (result i32 externref) (try_table (catch $t $c) (call $throw (local.get 0) (local.get 1))) (unreachable))
            (drop) (local.set 2 (i32.add (local.get 2)))
            (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (local.get 2)))`,
      { m: { t } },
    );
    const object = { kept: true };
    e.keep(5, object);
    expect(e.many(100_000, { a: 1 })).toBe(((100_000 * 100_001) / 2) | 0);
    const used = process.memoryUsage().rss;
    expect(e.many(300_000, { a: 1 })).toBe(Number(BigInt.asIntN(32, (300_000n * 300_001n) / 2n)));
    expect(process.memoryUsage().rss - used).toBeLessThan(50e6);
    for (let i = 0; i < 20_000; i++) caught(() => e.throw(i, { i }));
    const x = caught(() => e.kept()) as InstanceType<Api['Exception']>;
    expect(x.getArg(t, 0)).toBe(5);
    expect(x.getArg(t, 1)).toBe(object);
  });

  it('in a worker', async () => {
    const bytes = compileSync(binary(NEW));
    const source = `const { parentPort, workerData } = require('node:worker_threads');
      const { WebAssembly: W, load } = require(workerData.dist);
      const e = new W.Instance(load(workerData.bytes), { m: { h: (x) => { if (x === 9) throw new Error('nine'); return x; } } }).exports;
      const out = [];
      for (const x of [0, 1, 2, 9]) { try { out.push(e.table(x)); } catch (error) { out.push(error.message); } }
      parentPort.postMessage(out);`;
    const run = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const worker = new Worker(source, { eval: true, workerData: { bytes, dist: path.resolve('dist/index.js') } });
        worker.once('message', resolve).once('error', reject);
      });
    const expected = [3, 45, 7, 'nine'];
    expect(await Promise.all([run(), run()])).toEqual([expected, expected]);
  });
});
