/**
 * The shapes of the WebAssembly JavaScript interface: names, lengths, attributes and prototypes as V8's, errors of the
 * classes that the namespace names, what counts as bytes, what counts as a response.
 */
import util from 'node:util';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const ours = wamr.WebAssembly as unknown as typeof WebAssembly;
const ADD = wat(
  '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))',
) as BufferSource & Uint8Array<ArrayBuffer>;
const EMPTY = wat('(module)') as BufferSource & Uint8Array<ArrayBuffer>;

/** What we have that the interface does not. */
const OWN: Readonly<Record<string, string[]>> = {
  Instance: ['invoke', 'call', 'dispose'],
  Module: ['engine'],
};

/**
 * What V8 of Node 26 has and we do not, on any Node: there is no way to a resizable buffer over an addon's bytes, and a
 * method that always fails would mislead who asks whether there is one. (`memory: 'v8'` gives V8's memories.)
 */
const ABSENT: Readonly<Record<string, string[]>> = { Memory: ['toFixedLengthBuffer', 'toResizableBuffer'] };

/** Name, length and attributes of the properties of an object, functions by name and length, tags. */
function shape(o: object, own: readonly string[] = []): unknown {
  const rows: [string, unknown][] = [];
  for (const key of Reflect.ownKeys(o)) {
    if (own.includes(String(key)) || (typeof key === 'symbol' && key.description?.includes('ispose'))) continue;
    const d = Object.getOwnPropertyDescriptor(o, key)!;
    const value = (f: unknown): unknown =>
      typeof f === 'function' ? `function ${f.name}/${f.length}` : typeof f === 'object' ? typeof f : f;
    const accessors = [d.get, d.set].map((f) => f && `${f.name}/${f.length}`);
    rows.push([String(key), [d.enumerable, d.configurable, d.writable, value(d.value), accessors]]);
  }
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const JSPI = ['promising', 'Suspending', 'SuspendError'];

describe('shapes as V8 has them', () => {
  it('of the namespace', () => {
    const theirs = shape(WebAssembly) as Record<string, unknown>;
    for (const [key, row] of Object.entries(shape(ours) as object)) {
      // V8 has these from Node 24 on, JSPI behind a flag; our JSTag is made when it is asked for.
      if (key === 'JSTag' || (JSPI.includes(key) && !(key in theirs))) continue;
      expect([key, row]).toEqual([key, theirs[key]]);
    }
    expect(Object.prototype.toString.call(ours)).toBe('[object WebAssembly]');
  });

  it.each(['Module', 'Instance', 'Memory', 'Table', 'Global', 'Tag', 'Exception'] as const)('of %s', (name) => {
    const [a, b] = [ours[name], (WebAssembly as unknown as typeof ours)[name]] as unknown as {
      prototype: object;
      name: string;
      length: number;
    }[];
    expect([a.name, a.length]).toEqual([b.name, b.length]);
    const absent = ABSENT[name] ?? [];
    expect(shape(a.prototype, OWN[name])).toEqual(shape(b.prototype, ['type', ...absent]));
    for (const method of absent) expect(method in a.prototype).toBe(false);
    expect(Object.getPrototypeOf(a)).toBe(Function.prototype);
  });
});

describe('errors', () => {
  const caught = (f: () => unknown): Error => {
    try {
      f();
    } catch (e) {
      return e as Error;
    }
    throw new Error('nothing was thrown');
  };

  it('have the classes of the namespace as their constructors', async () => {
    const bad = caught(() => new ours.Module(Uint8Array.of(0, 0x61)));
    expect(bad.constructor).toBe(ours.CompileError);
    expect(bad).toBeInstanceOf(wamr.CompileError);
    expect(bad.name).toBe('CompileError');
    expect(((await ours.compile(Uint8Array.of(1)).catch((e: Error) => e)) as Error).constructor).toBe(
      ours.CompileError,
    );
    const bytes = wat('(module (import "e" "f" (func)))');
    expect(
      caught(() => new ours.Instance(new ours.Module(bytes as BufferSource), { e: { f: 1 } } as never)).constructor,
    ).toBe(ours.LinkError);
    const trap = caught((wamr.instantiate(wat('(module (func (export "f") unreachable))')).exports as any).f);
    expect(trap.constructor).toBe(ours.RuntimeError);
    expect(trap).toBeInstanceOf(wamr.Trap);
    expect(util.inspect(trap)).toMatch(/^RuntimeError: unreachable\n/);
    expect(util.inspect(bad)).toMatch(/^CompileError: unexpected end|^CompileError: magic header/);
  });
});

describe('bytes', () => {
  const shared = new SharedArrayBuffer(EMPTY.length);
  new Uint8Array(shared).set(EMPTY);
  it.each([
    ['an ArrayBuffer', EMPTY.slice().buffer],
    ['a view', new DataView(EMPTY.slice().buffer)],
    ['a shared buffer', shared],
    ['a buffer of another realm', vm.runInNewContext(`Uint8Array.of(${EMPTY.join()}).buffer`)],
    ['a buffer without prototype', Object.setPrototypeOf(EMPTY.slice().buffer, null)],
  ])('are %s', (_, source) => {
    expect(ours.validate(source as BufferSource)).toBe(true);
    expect(new ours.Module(source as BufferSource)).toBeInstanceOf(ours.Module);
  });

  it.each<[string, (b: ArrayBuffer) => BufferSource]>([
    ['buffer', (b) => b],
    ['array', (b) => new Uint8Array(b)],
    ['DataView', (b) => new DataView(b)],
  ])('of a detached %s are none', async (_, of) => {
    const { buffer } = EMPTY.slice();
    const source = of(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(ours.validate(source)).toBe(false);
    expect(() => new ours.Module(source)).toThrow(ours.CompileError);
    await expect(ours.compile(source)).rejects.toThrow(ours.CompileError);
  });

  it.each([
    ['ArrayBuffer.prototype', ArrayBuffer.prototype],
    ['SharedArrayBuffer.prototype', SharedArrayBuffer.prototype],
    ['an object with the tag', { [Symbol.toStringTag]: 'ArrayBuffer' }],
    ['an object with the prototype', Object.create(ArrayBuffer.prototype)],
    ['an array', [...EMPTY]],
    ['nothing', undefined],
    ['a string', 'app.wasm'],
  ])('are not %s', async (_, source) => {
    expect(() => ours.validate(source as never)).toThrow(TypeError);
    expect(() => new ours.Module(source as never)).toThrow(TypeError);
    await expect(ours.compile(source as never)).rejects.toThrow(TypeError);
    await expect(ours.instantiate(source as never)).rejects.toThrow(TypeError);
  });
});

describe('streaming', () => {
  const response = (init: ResponseInit = {}, body: BodyInit | null = EMPTY): Response =>
    new Response(body, { headers: { 'content-type': 'application/wasm' }, ...init });
  const used = async (): Promise<Response> => {
    const r = response();
    await r.arrayBuffer();
    return r;
  };

  it('takes responses and promises of them', async () => {
    expect(await ours.compileStreaming(response())).toBeInstanceOf(ours.Module);
    expect((await ours.instantiateStreaming(Promise.resolve(response()))).instance).toBeInstanceOf(ours.Instance);
  });

  it.each<[string, () => unknown]>([
    ['another MIME type', () => response({ headers: { 'content-type': 'text/plain' } })],
    ['a MIME type with parameters', () => response({ headers: { 'content-type': 'application/wasm; charset=utf-8' } })],
    ['no MIME type', () => response({ headers: {} })],
    ['status 404', () => response({ status: 404 })],
    ['a body that was read', used],
    ['an object with arrayBuffer()', () => ({ arrayBuffer: async () => EMPTY.buffer })],
    ['bytes', () => EMPTY],
    ['a string', () => 'app.wasm'],
    ['nothing', () => undefined],
    ['a promise that fails', () => Promise.reject(new RangeError('net'))],
  ])('refuses %s as V8 does', async (_, make) => {
    const refusal = async (W: typeof WebAssembly, f: 'compileStreaming' | 'instantiateStreaming'): Promise<unknown> =>
      W[f](make() as Response).then(
        () => 'taken',
        (e: Error & { code?: string }) => [e.name, e.code, e.message],
      );
    for (const f of ['compileStreaming', 'instantiateStreaming'] as const)
      expect(await refusal(ours, f)).toEqual(await refusal(WebAssembly, f));
  });
});

describe('limits', () => {
  it('70 tables of 65,536 entries, called through', () => {
    const n = 70;
    const tables = Array.from({ length: n }, (_, i) => `(table $t${i} 65536 65536 funcref)`).join('');
    const calls = Array.from(
      { length: n },
      (_, i) => `(if (i32.eq (local.get 0) (i32.const ${i})) (then (call_indirect $t${i} (type $v) (i32.const 0))))`,
    ).join('');
    const bytes = wat(
      `(module ${tables} (type $v (func)) (global $g (mut i32) (i32.const 0))
        (func $f (global.set $g (i32.add (global.get $g) (i32.const 1))))
        ${Array.from({ length: n }, (_, i) => `(elem (table $t${i}) (i32.const 0) func $f)`).join('')}
        (func (export "f") (param i32) (result i32) ${calls} (global.get $g)))`,
    );
    const { f } = wamr.instantiate(bytes).exports as { f(i: number): number };
    for (let i = 0; i < n; i++) expect(f(i)).toBe(i + 1);
  });
});

describe('what a conversion throws passes through', () => {
  const thrower = (): never => {
    throw new RangeError('mine');
  };
  const values: Record<string, any> = {
    'valueOf throws': { valueOf: thrower, toString: thrower },
    'Symbol.toPrimitive throws': { [Symbol.toPrimitive]: thrower },
    'a symbol': Symbol('s'),
    'no primitive': { valueOf: () => ({}), toString: () => ({}) },
    'a BigInt': 1n,
  };
  const uses: Record<string, (W: typeof WebAssembly, v: any) => unknown> = {
    'Memory#grow': (W, v) => new W.Memory({ initial: 1, maximum: 3 }).grow(v),
    'Table#grow': (W, v) => new W.Table({ initial: 1, element: 'anyfunc' }).grow(v),
    'Table#get': (W, v) => new W.Table({ initial: 1, element: 'anyfunc' }).get(v),
    'Table#set': (W, v) => new W.Table({ initial: 1, element: 'anyfunc' }).set(v, null),
    'initial of a memory': (W, v) => new W.Memory({ initial: v }),
    'maximum of a memory': (W, v) => new W.Memory({ initial: 1, maximum: v }),
    'initial of a table': (W, v) => new W.Table({ initial: v, element: 'anyfunc' }),
    'element of a table': (W, v) => new W.Table({ initial: 1, element: v }),
    'type of a global': (W, v) => new W.Global({ value: v }),
    'value of a global': (W, v) => new W.Global({ value: 'i32' }, v),
    'argument of a function': (W, v) => (new W.Instance(new W.Module(ADD)).exports as any).add(v, 2),
    'name of custom sections': (W, v) => W.Module.customSections(new W.Module(EMPTY), v).length,
  };
  const outcome = (f: () => unknown): string => {
    try {
      return String(f());
    } catch (e) {
      return `${(e as Error).name}: ${(e as Error).message}`;
    }
  };
  it.each(Object.keys(uses))('%s', (name) => {
    for (const [what, value] of Object.entries(values)) {
      const theirs = outcome(() => uses[name](WebAssembly, value));
      expect([what, outcome(() => uses[name](ours, value))]).toEqual([what, theirs]);
    }
  });
});

describe('what is remembered', () => {
  it('modules of the same bytes are modules of their own', () => {
    const bytes = new Uint8Array(ADD);
    const [a, b] = [new ours.Module(bytes), new ours.Module(bytes)];
    expect(a).not.toBe(b);
    const [x, y] = [a, b].map((m) => new ours.Instance(m).exports as any);
    expect(x.add).not.toBe(y.add);
    expect([x.add(1, 2), y.add(3, 4)]).toEqual([3, 7]);
    // i32.add → i32.sub: as many bytes, other content.
    bytes[bytes.lastIndexOf(0x6a)] = 0x6b;
    expect((new ours.Instance(new ours.Module(bytes)).exports as any).add(5, 3)).toBe(2);
  });

  it('Table#get gives what an entry holds now, whoever wrote it', () => {
    const text = `(module (table $t (export "t") 4 20 funcref)
      (func $a (export "a")) (func $b (export "b")) (elem $e func $a $b)
      (func (export "set") (table.set $t (i32.const 0) (ref.func $b)))
      (func (export "copy") (table.copy (i32.const 0) (i32.const 1) (i32.const 1)))
      (func (export "fill") (table.fill $t (i32.const 0) (ref.func $b) (i32.const 2)))
      (func (export "init") (table.init $e (i32.const 0) (i32.const 0) (i32.const 2)))
      (func (export "grow") (drop (table.grow $t (ref.func $a) (i32.const 3)))))`;
    const { t, a, b, ...moves } = new ours.Instance(new ours.Module(wat(text) as BufferSource)).exports as any;
    const names = new Map([
      [a, 'a'],
      [b, 'b'],
      [null, '-'],
    ]);
    const contents = (): string => Array.from({ length: t.length }, (_, i) => names.get(t.get(i))).join('');
    const seen = [contents(), contents()];
    for (const move of ['set', 'init', 'copy', 'fill', 'grow']) {
      moves[move]();
      seen.push(contents(), contents());
    }
    t.set(1, a);
    seen.push(contents());
    t.set(1, null);
    seen.push(contents());
    expect(seen).toEqual(
      '---- ---- b--- b--- ab-- ab-- bb-- bb-- bb-- bb-- bb--aaa bb--aaa ba--aaa b---aaa'.split(' '),
    );
  });

  it('a global holds what it was given, whoever gave it, before and after it is read without a call', () => {
    const text = `(module (global $g (export "g") (mut i64) (i64.const 5)) (global $f (export "f") (mut funcref) (ref.null func))
      (func $a (export "a")) (elem declare func $a)
      (func (export "add") (global.set $g (i64.add (global.get $g) (i64.const 1))) (global.set $f (ref.func $a))))`;
    const { g, f, a, add } = new ours.Instance(new ours.Module(wat(text) as BufferSource)).exports as any;
    for (let i = 0n; i < 50n; i++) {
      expect(g.value).toBe(5n + 3n * i);
      add();
      expect(f.value).toBe(a);
      f.value = null;
      expect(f.value).toBe(null);
      g.value += 2n;
    }
  });
});
