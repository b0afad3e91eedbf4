/** Exceptions as JavaScript has them: what it throws and catches, contents of every type, the interface. */
import { describe, expect, it } from 'vitest';
import { Module, WebAssembly as W } from '../../src-ts/index.js';
import { TRY_TABLE } from '../support/exceptions-wat.js';
import { thrownBy } from '../support/thrown.js';
import { binary, instance } from '../support/wat-instances.js';

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
    expect(thrownBy(() => js.throw(value))).toBe(value);
    expect(thrownBy(() => js.throw(undefined))).toBe(undefined);
    const own = new W.Exception(t, [3]);
    f = () => {
      throw own;
    };
    expect(thrownBy(() => js.run())).toBe(own);
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
    const x = thrownBy(() => e.throw(...values)) as InstanceType<(typeof W)['Exception']>;
    expect(x).toBeInstanceOf(W.Exception);
    expect(x.is(t)).toBe(true);
    expect(parameters.map((_, k) => x.getArg(t, k))).toEqual(values);
    f = () => {
      throw new W.Exception(t, values);
    };
    expect(e.catch()).toEqual(values);
    const nan = thrownBy(() => e.nan());
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
    const x = thrownBy(() => e.throw()) as InstanceType<(typeof W)['Exception']>;
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
    expect(Module.exports(new Module(binary(TRY_TABLE)))[0]).toEqual({ name: 'e', kind: 'tag' });
    expect(String(new W.Exception(new W.Tag({ parameters: [] }), [], { traceStack: true }).stack)).toContain(
      'exceptions-in-javascript.test.ts',
    );
  });

  it('imported tags must be tags of that type', () => {
    const text = CATCHER('(param i32)');
    const refusal = (t: unknown): unknown => thrownBy(() => instance(text, { m: { f: () => {}, t } }));
    expect(refusal({})).toBeInstanceOf(W.LinkError);
    expect(refusal({})).toMatchObject({ message: expect.stringContaining('tag import requires a WebAssembly.Tag') });
    expect(refusal(new W.Tag({ parameters: ['i64'] }))).toMatchObject({
      message: expect.stringContaining('imported tag does not match the expected type'),
    });
  });
});
