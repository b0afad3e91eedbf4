/**
 * Conversions at the boundary, without the addon: "wasm" is a function over the slots. Each case runs on generated code
 * and on closures.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ControlWord, Outcome } from '../../src-ts/abi/calls.js';
import { type CallEnv, type FunctionOwner, Signatures } from '../../src-ts/runtime/signature.js';
import { nonNull } from '../../src-ts/wasm/ref-types.js';
import { type FuncType, ValType } from '../../src-ts/wasm/types.js';

const { I32, I64, F32, F64, V128, FUNCREF, EXTERNREF } = {
  I32: ValType.I32,
  I64: ValType.I64,
  F32: ValType.F32,
  F64: ValType.F64,
  V128: ValType.V128,
  FUNCREF: ValType.FUNCREF,
  EXTERNREF: ValType.EXTERNREF,
};
const owner = {
  epoch: -1,
  handlers: new Map<number, () => void>(),
  recordOf: () => 0,
  takeThrown: () => null,
  nameOf: () => null,
};

class FakeEnv implements CallEnv {
  buffer = new ArrayBuffer(8256);
  i32 = new Int32Array(this.buffer);
  f32 = new Float32Array(this.buffer);
  f64 = new Float64Array(this.buffer);
  i64 = new BigInt64Array(this.buffer);
  values: unknown[] = [null];
  externs = { given: null, givenReference: 0 };
  exported = new Map<unknown, number>();
  held = 0;
  /** What the wasm function does to the slots. */
  body: () => Outcome = () => Outcome.DONE;
  invoke = (): void => {
    this.i32[ControlWord.OUTCOME] = this.body();
  };
  settle(): never {
    throw new Error('trapped');
  }
  toExtern = (v: unknown): number => (v === null ? 0 : this.values.push(v) - 1);
  fromExtern = (h: number): unknown => this.values[h];
  toFuncref = (v: unknown): number => {
    if (v === null) return 0;
    const ref = this.exported.get(v);
    if (ref === undefined) throw new TypeError('type incompatibility when transforming from/to JS');
    return ref;
  };
  fromFuncref = (ref: number): unknown => (ref === 0 ? null : [...this.exported].find(([, r]) => r === ref)![0]);
  types = { types: [] };
  checkReference = (t: ValType, v: unknown): void => {
    if (v === null) throw new TypeError('type incompatibility when transforming from/to JS');
    if (t === nonNull(FUNCREF)) this.toFuncref(v);
  };
  toReference = (t: ValType, v: unknown): number => (t === nonNull(FUNCREF) ? this.toFuncref(v) : this.toExtern(v));
  fromReference = (t: ValType, r: number): unknown =>
    t === nonNull(FUNCREF) ? this.fromFuncref(r) : this.fromExtern(r);
  hold = (o: FunctionOwner): void => {
    this.held++;
    o.epoch = this.i32[ControlWord.EPOCH];
  };
}

const type = (params: ValType[], results: ValType[]): FuncType => ({ params, results });

describe.each(['generated', 'closures'])('%s', (mode) => {
  afterEach(() => vi.unstubAllGlobals());
  const make = (): { env: FakeEnv; signatures: Signatures } => {
    const env = new FakeEnv();
    if (mode === 'closures')
      vi.stubGlobal('Function', () => {
        throw new EvalError('Code generation from strings disallowed for this context');
      });
    return { env, signatures: new Signatures(env) };
  };
  const exporter = (params: ValType[], results: ValType[]) => {
    const { env, signatures } = make();
    return { env, f: signatures.get(type(params, results)).makeExport(1, { ...owner }, 0) };
  };
  const handler = (params: ValType[], results: ValType[], fn: Function) => {
    const { env, signatures } = make();
    return { env, h: signatures.get(type(params, results)).makeHandler(fn) };
  };

  it('has the length of its parameters and is no constructor', () => {
    const { f } = exporter([I32, I64, F64], []);
    expect(f.length).toBe(3);
    expect(() => Reflect.construct(Object, [], f)).toThrow(TypeError);
  });

  it('coerces integers by wrapping', () => {
    const { env, f } = exporter([I32, I64], [I32]);
    env.i32.fill(-1);
    f(2 ** 32 + 7.9, 2n ** 64n + 5n);
    expect([env.i32[0], env.i64[1]]).toEqual([7, 5n]);
    f('12', '9');
    expect([env.i32[0], env.i64[1]]).toEqual([12, 9n]);
    expect(() => f(1)).toThrow(TypeError);
    expect(() => f(1, 1)).toThrow(TypeError);
    expect(() => f(1n, 1n)).toThrow(TypeError);
    expect(() => f(Symbol.iterator, 1n)).toThrow(TypeError);
  });

  it('rounds f32 and keeps f64', () => {
    const { f } = exporter([F32, F64], [F32, F64]);
    expect(f(0.1, 0.1)).toEqual([Math.fround(0.1), 0.1]);
    expect(f()).toEqual([NaN, NaN]);
    expect(Object.is((f(-0, -0) as number[])[0], -0)).toBe(true);
    expect(() => f(1n, 1)).toThrow(TypeError);
  });

  it('returns nothing, one value, or a new array', () => {
    expect(exporter([I32], []).f(3)).toBeUndefined();
    expect(exporter([I32], [I32]).f(3)).toBe(3);
    const { f } = exporter([I32, I64], [I32, I64]);
    expect(f(3, 4n)).toEqual([3, 4n]);
    expect(Object.isFrozen(f(3, 4n))).toBe(false);
  });

  it('converts all arguments before it writes one: a valueOf may call in between', () => {
    const { env, f } = exporter([I32, I32], [I32]);
    const nested = {
      valueOf: () => {
        f(100, 200);
        return 2;
      },
    };
    f(1, nested);
    expect([env.i32[0], env.i32[2]]).toEqual([1, 2]);
  });

  it('passes references', () => {
    const { env, f } = exporter([EXTERNREF, FUNCREF], [EXTERNREF, FUNCREF]);
    const exported = (): void => {};
    env.exported.set(exported, 42);
    const value = { any: 1 };
    expect(f(value, exported)).toEqual([value, exported]);
    expect([env.i32[1], env.i32[2]]).toEqual([0, 42]);
    expect(f(null, null)).toEqual([null, null]);
    expect((f(undefined, null) as unknown[])[0]).toBeUndefined();
    expect(() => f(1, () => {})).toThrow('type incompatibility');
    expect(() => f(1)).toThrow('type incompatibility');
    expect(env.held).toBe(1);
  });

  it('checks typed references before anything is stored', () => {
    const { env, f } = exporter([nonNull(FUNCREF), nonNull(EXTERNREF)], [nonNull(EXTERNREF)]);
    const exported = (): void => {};
    env.exported.set(exported, 42);
    env.body = () => {
      env.i32[0] = env.i32[2];
      return Outcome.DONE;
    };
    const value = { any: 1 };
    expect(f(exported, value)).toBe(value);
    env.i32.fill(7, 0, 4);
    for (const bad of [
      [null, value],
      [() => {}, value],
      [exported, null],
    ])
      expect(() => f(...bad)).toThrow('type incompatibility');
    expect([...env.i32.subarray(0, 4)]).toEqual([7, 7, 7, 7]);
  });

  it('reports traps', () => {
    const { env, f } = exporter([], []);
    env.body = () => Outcome.TRAPPED;
    expect(() => f()).toThrow('trapped');
  });

  it('refuses v128 in both directions', () => {
    const { f } = exporter([V128], []);
    expect(f.length).toBe(1);
    expect(() => f(1)).toThrow(TypeError);
    expect(() => handler([], [V128], () => 1).h()).toThrow(TypeError);
  });

  it('gives host functions their arguments, no receiver, and converts the result', () => {
    const seen: unknown[] = [];
    const { env, h } = handler([I32, F64, I64], [I64], function (this: unknown, ...args: unknown[]) {
      seen.push(this, ...args);
      return '77';
    });
    env.i32[0] = -5;
    env.f64[1] = 1.5;
    env.i64[2] = -9n;
    h();
    expect(seen).toEqual([undefined, -5, 1.5, -9n]);
    expect(env.i64[0]).toBe(77n);
    expect(() => handler([], [I64], () => 1).h()).toThrow(TypeError);
  });

  it('takes several results from any iterable of the right length', () => {
    const { env, h } = handler([], [I32, F32], () => new Set([3, 0.1]));
    h();
    expect([env.i32[0], env.f32[2]]).toEqual([3, Math.fround(0.1)]);
    expect(() => handler([], [I32, I32], () => [1]).h()).toThrow('multi-return length mismatch');
    expect(() => handler([], [I32, I32], () => 1).h()).toThrow(TypeError);
    expect(handler([], [], () => 'ignored').h()).toBeUndefined();
  });

  it('lets exceptions through, primitives too', () => {
    for (const thrown of [42, 'text', null, undefined, new Error('x')]) {
      let caught: unknown = 'none';
      try {
        handler([], [], () => {
          throw thrown;
        }).h();
      } catch (e) {
        caught = e;
      }
      expect(caught).toBe(thrown);
    }
  });

  it('coerces both ways when a host function is exported again', () => {
    const { env, signatures } = make();
    const exported = (): void => {};
    env.exported.set(exported, 7);
    const f = signatures
      .get(type([I32, F32, I64, FUNCREF], [I32, F32, I64, FUNCREF]))
      .makeHostExport((...args: unknown[]) => args, 0);
    expect(f(2.5, 0.1, 2n ** 63n, exported)).toEqual([2, Math.fround(0.1), -(2n ** 63n), exported]);
    expect(f.length).toBe(4);
    expect(() => f(1, 1, 1n, () => {})).toThrow(TypeError);
    const g = signatures.get(type([], [I32])).makeHostExport(() => 7.9, 0);
    expect(g()).toBe(7);
  });
});
