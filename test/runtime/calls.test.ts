/**
 * Calls both ways, exceptions, re-entrance, traps and their stacks, references, lifetimes: what the JavaScript
 * interface tests do not reach.
 */
import { describe, expect, it } from 'vitest';
import { collectGarbage, wamr } from '../support/built.js';
import { thrownBy } from '../support/thrown.js';
import { wat } from '../support/wat.js';

const make = (text: string, imports?: object): Record<string, any> =>
  new wamr.Instance(new wamr.Module(wat(text)), imports).exports;

describe('signatures', () => {
  const TYPES = ['i32', 'i64', 'f32', 'f64', 'externref'] as const;
  const value = (t: string, k: number): unknown =>
    t === 'i64'
      ? BigInt(k) - 2n ** 40n
      : t === 'f32'
        ? k + 0.5
        : t === 'f64'
          ? k + 0.1
          : t === 'externref'
            ? { k }
            : k - 1000;

  it('passes every mixture of arguments there and back, through registers and the stack', () => {
    for (let n = 0; n <= 30; n++) {
      const types = Array.from({ length: n }, (_, i) => TYPES[(i * 7 + n) % TYPES.length]);
      const list = types.join(' ');
      const { f, g } = make(
        `(module (import "m" "h" (func $h (param ${list}) (result ${list})))
          (func (export "f") (param ${list}) (result ${list}) ${types.map((_, i) => `local.get ${i}`).join(' ')})
          (func (export "g") (param ${list}) (result ${list}) ${types.map((_, i) => `local.get ${i}`).join(' ')} call $h))`,
        { m: { h: (...a: unknown[]) => (a.length === 1 ? a[0] : a) } },
      );
      const args = types.map(value);
      const want = n === 0 ? undefined : n === 1 ? args[0] : args;
      expect(f(...args)).toEqual(want);
      expect(g(...args)).toEqual(want);
    }
  });

  it('takes a thousand parameters and results', () => {
    const n = 1000;
    const list = Array(n).fill('i32').join(' ');
    const { f } = make(
      `(module (func (export "f") (param ${list}) (result ${list}) ${Array.from({ length: n }, (_, i) => `local.get ${n - 1 - i}`).join(' ')}))`,
    );
    const args = Array.from({ length: n }, (_, i) => i * 3);
    expect(f(...args)).toEqual([...args].reverse());
  });
});

describe('host functions', () => {
  it('throw any value through wasm unchanged', () => {
    let what: unknown;
    const { f } = make('(module (import "m" "h" (func $h)) (func $g call $h) (func (export "f") call $g))', {
      m: {
        h: () => {
          throw what;
        },
      },
    });
    for (what of [42, 'text', null, undefined, 10n, Symbol('s'), new Error('e'), { a: 1 }])
      expect(thrownBy(f)).toBe(what);
  });

  it('call back into wasm to any depth', () => {
    const e: any = make(
      `(module (import "m" "h" (func $h (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) local.get 0 i32.eqz if (result i32) i32.const 0 else local.get 0 i32.const 1 i32.sub call $h i32.const 1 i32.add end))`,
      { m: { h: (n: number) => e.f(n) } },
    );
    for (const depth of [0, 1, 10, 300]) expect(e.f(depth)).toBe(depth);
  });

  it('catch a trap of a nested call and go on', () => {
    const log: string[] = [];
    const e: any = make(
      `(module (import "m" "h" (func $h (result i32))) (func (export "bad") unreachable)
        (func (export "f") (result i32) call $h i32.const 1 i32.add))`,
      {
        m: {
          h: () => {
            log.push(thrownBy(e.bad).kind);
            return 41;
          },
        },
      },
    );
    expect(e.f()).toBe(42);
    expect(log).toEqual(['unreachable']);
  });

  it('let an inner trap pass through outer wasm', () => {
    const e: any = make(
      '(module (import "m" "h" (func $h)) (func (export "bad") i32.const 1 i32.const 0 i32.div_u drop) (func (export "f") call $h))',
      { m: { h: () => e.bad() } },
    );
    expect(thrownBy(e.f).kind).toBe('integer-divide-by-zero');
  });

  it('end recursion through JavaScript in a RangeError, and work afterwards', () => {
    const e: any = make(
      '(module (import "m" "h" (func $h)) (func (export "f") call $h) (func (export "ok") (result i32) i32.const 3))',
      { m: { h: () => e.f() } },
    );
    expect(thrownBy(e.f)).toBeInstanceOf(RangeError);
    expect(e.ok()).toBe(3);
  });
});

describe('traps', () => {
  const TRAPS: [string, string, string, string][] = [
    ['unreachable', 'unreachable', 'unreachable', 'unreachable'],
    ['i32.const 1 i32.const 0 i32.div_s drop', 'integer-divide-by-zero', 'divide by zero', 'integer divide by zero'],
    ['i64.const 1 i64.const 0 i64.div_u drop', 'integer-divide-by-zero', 'divide by zero', 'integer divide by zero'],
    ['i32.const 1 i32.const 0 i32.rem_u drop', 'integer-divide-by-zero', 'remainder by zero', 'integer divide by zero'],
    ['i64.const 1 i64.const 0 i64.rem_s drop', 'integer-divide-by-zero', 'remainder by zero', 'integer divide by zero'],
    [
      'i32.const 0x80000000 i32.const -1 i32.div_s drop',
      'integer-overflow',
      'divide result unrepresentable',
      'integer overflow',
    ],
    [
      'f64.const nan i32.trunc_f64_s drop',
      'invalid-conversion',
      'float unrepresentable in integer range',
      'invalid conversion to integer',
    ],
    [
      'i32.const 65536 i32.load drop',
      'memory-out-of-bounds',
      'memory access out of bounds',
      'out of bounds memory access',
    ],
    [
      'i32.const 9 table.get 0 drop',
      'table-out-of-bounds',
      'table index is out of bounds',
      'out of bounds table access',
    ],
    ['i32.const 9 call_indirect (type 0)', 'undefined-element', 'table index is out of bounds', 'undefined element'],
    [
      'i32.const 0 call_indirect (type 0)',
      'uninitialized-element',
      'null function or function signature mismatch',
      'uninitialized element',
    ],
    [
      'i32.const 1 call_indirect (type 0)',
      'indirect-call-type-mismatch',
      'null function or function signature mismatch',
      'indirect call type mismatch',
    ],
  ];
  it.each(TRAPS)('%s', (body, kind, message, spec) => {
    const { f } = make(
      `(module $m (type (func)) (memory 1) (table 2 funcref) (func $other (param i32)) (elem (i32.const 1) $other) (func $inner ${body}) (func $outer (export "f") call $inner))`,
    );
    const e = thrownBy(f);
    expect(e).toBeInstanceOf(wamr.Trap);
    expect(e).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(e).toBeInstanceOf(Error);
    expect([e.name, e.kind, e.message, e.trap]).toEqual(['RuntimeError', kind, message, spec]);
    expect(e.code).toMatch(/^WASM_TRAP_/);
  });

  it('tell where: names, offsets, JavaScript frames below', () => {
    const bytes = wat('(module $calc (func $inner unreachable) (func $outer (export "f") call $inner))');
    const { f } = new wamr.Instance(new wamr.Module(bytes)).exports;
    const caller = function namedCaller(): void {
      f();
    };
    const e = thrownBy(caller);
    expect(e.frames.map((x: any) => [x.module, x.func, x.name])).toEqual([
      ['calc', 0, 'inner'],
      ['calc', 1, 'outer'],
    ]);
    const offset = e.frames[0].offset;
    expect(bytes[offset]).toBe(0x00);
    const lines = e.stack.split('\n');
    expect(lines[0]).toBe('RuntimeError: unreachable');
    expect(lines[1]).toBe(`    at inner (wasm://wasm/calc:wasm-function[0]:0x${offset.toString(16)})`);
    expect(lines[2]).toMatch(/^ {4}at outer \(wasm:\/\/wasm\/calc:wasm-function\[1\]/);
    expect(lines[3]).toMatch(/namedCaller/);
  });

  it('of an exhausted stack are RangeErrors', () => {
    const { f } = make('(module (func $f (export "f") call $f))');
    const e = thrownBy(f);
    expect(e).toBeInstanceOf(RangeError);
    expect([e.message, e.trap, e.kind]).toEqual([
      'Maximum call stack size exceeded',
      'call stack exhausted',
      'call-stack-exhausted',
    ]);
  });

  it('of segments keep what was written before', () => {
    const memory = new wamr.Memory({ initial: 1 });
    const e = thrownBy(() =>
      make('(module (import "m" "m" (memory 1)) (data (i32.const 0) "ab") (data (i32.const 65535) "cd"))', {
        m: { m: memory },
      }),
    );
    expect(e).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(e.kind).toBe('memory-out-of-bounds');
    expect([...new Uint8Array(memory.buffer, 0, 2)]).toEqual([97, 98]);
  });
});

describe('instances together', () => {
  it('call each other directly and keep their own memories', () => {
    const text = (
      letter: string,
    ): string => `(module (import "p" "next" (func $next (result i32))) (memory 1) (data (i32.const 0) "${letter}")
      (func (export "read") (result i32) i32.const 0 i32.load8_u call $next i32.const 8 i32.shl i32.or))`;
    const first = make('(module (func (export "read") (result i32) i32.const 0))');
    const a = make(text('A'), { p: { next: first.read } });
    const b = make(text('B'), { p: { next: a.read } });
    expect(b.read().toString(16)).toBe('4142');
  });

  it('share a table that one fills and another calls', () => {
    const t = new wamr.Table({ initial: 4, element: 'anyfunc' });
    make(
      '(module (import "e" "t" (table 4 funcref)) (memory 1) (data (i32.const 8) "\\2a") (func $f (result i32) i32.const 8 i32.load8_u) (elem (i32.const 2) $f))',
      { e: { t } },
    );
    const b = make(
      '(module (type $t (func (result i32))) (import "e" "t" (table 4 funcref)) (memory 1) (func (export "call") (param i32) (result i32) local.get 0 call_indirect (type $t)))',
      { e: { t } },
    );
    expect(b.call(2)).toBe(42);
    expect(thrownBy(() => b.call(1)).kind).toBe('uninitialized-element');
    const h = make('(module (import "m" "h" (func $h (result i32))) (export "h" (func $h)))', { m: { h: () => 99 } }).h;
    t.set(3, h);
    expect(b.call(3)).toBe(99);
    expect(t.get(3)).toBe(h);
  });

  it('live as long as a function of theirs is in a foreign table or global', async () => {
    const t = new wamr.Table({ initial: 1, element: 'anyfunc' });
    const g = new wamr.Global({ value: 'anyfunc', mutable: true }, null);
    const caller = make(
      '(module (type $t (func (result i32))) (import "e" "t" (table 1 funcref)) (func (export "call") (result i32) i32.const 0 call_indirect (type $t)))',
      { e: { t } },
    );
    (() => {
      t.set(
        0,
        make('(module (memory 1) (data (i32.const 8) "\\2a") (func (export "f") (result i32) i32.const 8 i32.load8_u))')
          .f,
      );
      g.value = make(
        '(module (memory 1) (data (i32.const 8) "\\2b") (func (export "f") (result i32) i32.const 8 i32.load8_u))',
      ).f;
    })();
    await collectGarbage();
    expect(caller.call()).toBe(42);
    expect((g.value as () => number)()).toBe(43);
    expect((t.get(0) as () => number)()).toBe(42);
  });

  it('are collected when nobody can reach them, with cycles through their imports', async () => {
    const seen: WeakRef<object>[] = [];
    (() => {
      for (let i = 0; i < 20; i++) {
        const holder: { instance?: object } = {};
        const instance = new wamr.Instance(
          new wamr.Module(
            wat(
              '(module (import "m" "h" (func)) (memory (export "m") 1) (table (export "t") 1 funcref) (func $f (export "f")) (elem (i32.const 0) $f))',
            ),
          ),
          { m: { h: () => holder.instance } },
        );
        holder.instance = instance;
        seen.push(new WeakRef(instance.exports.f), new WeakRef(instance), new WeakRef(instance.exports.m));
      }
    })();
    await collectGarbage();
    expect(seen.filter((r) => r.deref() !== undefined).length).toBeLessThan(6);
  });

  it('free their memory on dispose', () => {
    const i = new wamr.Instance(
      new wamr.Module(wat('(module (memory (export "m") 1) (func (export "f") (result i32) i32.const 0 i32.load))')),
    );
    const { m, f } = i.exports;
    const { buffer } = m;
    expect(f()).toBe(0);
    i.dispose();
    i.dispose();
    expect(buffer.byteLength).toBe(0);
    expect(f).toThrow();
  });
});

describe('externref', () => {
  it('holds any value, in locals, tables and globals', () => {
    const e = make(`(module (table (export "t") 2 externref) (global (export "g") (mut externref) (ref.null extern))
      (func (export "put") (param externref) i32.const 1 local.get 0 table.set 0 local.get 0 global.set 0)
      (func (export "take") (result externref externref) i32.const 1 table.get 0 global.get 0)
      (func (export "isNull") (param externref) (result i32) local.get 0 ref.is_null))`);
    for (const v of [1, 'x', null, undefined, NaN, -0, 5n, Symbol.iterator, {}, () => 1]) {
      e.put(v);
      const r = e.take();
      expect(Object.is(r[0], v) && Object.is(r[1], v)).toBe(true);
      expect(Object.is(e.t.get(1), v) && Object.is(e.g.value, v)).toBe(true);
      expect(e.isNull(v)).toBe(v === null ? 1 : 0);
    }
  });

  it('is collected when dropped, and only then', async () => {
    const e = make(
      '(module (table 1 externref) (func (export "keep") (param externref) i32.const 0 local.get 0 table.set 0) (func (export "get") (result externref) i32.const 0 table.get 0) (func (export "id") (param externref) (result externref) local.get 0))',
    );
    const kept = { kept: true };
    e.keep(kept);
    const dropped = (() => {
      const o = { dropped: true };
      e.id(o);
      return new WeakRef(o);
    })();
    for (let i = 0; i < 20_000; i++) e.id({ i });
    await collectGarbage();
    expect(e.get()).toBe(kept);
    expect(dropped.deref()).toBeUndefined();
  });
});

describe('calling by name', () => {
  it('invokes, and names what there is otherwise', () => {
    const i = wamr.instantiate(
      wat('(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'),
      {},
      { cache: false },
    );
    expect(i.invoke('add', 2, 3)).toBe(5);
    expect(i.call('add', [2, 3])).toBe(5);
    expect(() => i.invoke('sub')).toThrow("no exported function 'sub'; there is add");
  });

  it('interrupts an endless loop', () => {
    const i = new wamr.Instance(
      new wamr.Module(wat('(module (func (export "spin") (loop br 0)) (func (export "ok") (result i32) i32.const 1))')),
    );
    const started = Date.now();
    expect(thrownBy(() => i.call('spin', [], { timeoutMs: 30 })).kind).toBe('interrupt');
    expect(Date.now() - started).toBeLessThan(2000);
    expect(i.invoke('ok')).toBe(1);
  });
});
