/**
 * The WebAssembly JavaScript interface on our engine and on V8: the same program must end the same way, down to the
 * text of errors.
 */
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

type Facade = typeof WebAssembly;
type Program = (W: Facade, make: (text: string, imports?: unknown) => Record<string, any>) => unknown;

/** V8 words some errors differently from version to version; ours are those of Node 20. */
const sameWords = process.versions.node.startsWith('20.');

function outcome(W: Facade, program: Program): unknown {
  const make = (text: string, imports?: unknown): Record<string, any> =>
    new W.Instance(new W.Module(wat(text) as BufferSource), imports as WebAssembly.Imports).exports;
  try {
    return { value: program(W, make) };
  } catch (e) {
    return { error: (e as Error).name, message: (e as Error).message };
  }
}

const ours = wamr.WebAssembly as unknown as Facade;

/** Its name: the words are those of Node 24. */
function linkError(f: () => unknown): string {
  try {
    f();
    return 'none';
  } catch (e) {
    return (e as Error).name;
  }
}

/** Methods and accessors that take objects of their class alone. */
const RECEIVERS = [
  ['Memory', 'grow'],
  ['Memory', 'buffer'],
  ['Table', 'length'],
  ['Table', 'get'],
  ['Table', 'set'],
  ['Table', 'grow'],
  ['Global', 'value'],
  ['Global', 'valueOf'],
  ['Instance', 'exports'],
  ['Exception', 'is'],
  ['Exception', 'getArg'],
] as const;

/** [what, program]: value, error class and message as V8's. */
const SAME: [string, Program][] = [
  ['Memory: no descriptor', (W) => new W.Memory(undefined as never)],
  ['Memory: no initial', (W) => new W.Memory({} as never)],
  ['Memory: negative', (W) => new W.Memory({ initial: -1 })],
  ['Memory: beyond 65536', (W) => new W.Memory({ initial: 65537 })],
  ['Memory: no number', (W) => new W.Memory({ initial: 'x' as never })],
  ['Memory: maximum below initial', (W) => new W.Memory({ initial: 3, maximum: 2 })],
  ['Memory: maximum beyond 65536', (W) => new W.Memory({ initial: 3, maximum: 70000 })],
  ['Memory: a numeric string', (W) => new W.Memory({ initial: '2' as never }).buffer.byteLength],
  [
    'Memory.grow',
    (W) => {
      const m = new W.Memory({ initial: 1, maximum: 4 });
      return [m.grow(2), m.buffer.byteLength, m.grow(0), m.grow('1' as never), m.buffer.byteLength];
    },
  ],
  ['Memory.grow beyond the maximum', (W) => new W.Memory({ initial: 3, maximum: 4 }).grow(5)],
  ['Memory.grow negative', (W) => new W.Memory({ initial: 3, maximum: 4 }).grow(-5)],
  ['Memory.grow without argument', (W) => (new W.Memory({ initial: 3 }) as any).grow()],
  [
    'Memory.buffer: identity, detached by growth',
    (W) => {
      const m = new W.Memory({ initial: 1 });
      const b = m.buffer;
      const same = b === m.buffer;
      m.grow(1);
      return [same, b === m.buffer, b.byteLength, m.buffer.byteLength];
    },
  ],
  [
    'Memory.buffer: growth by 0 detaches too',
    (W) => {
      const m = new W.Memory({ initial: 1 });
      const b = m.buffer;
      m.grow(0);
      return [b.byteLength, b === m.buffer];
    },
  ],
  ['Memory.buffer: empty', (W) => new W.Memory({ initial: 0 }).buffer.byteLength],
  ['Memory.buffer: receiver', (W) => Object.getOwnPropertyDescriptor(W.Memory.prototype, 'buffer')!.get!.call({})],
  ['Memory.grow: receiver', (W) => W.Memory.prototype.grow.call({}, 1)],
  ...RECEIVERS.flatMap(([name, key]) =>
    [{}, undefined, 3, 'x'].map((receiver): [string, Program] => [
      `${name}.${key}: receiver ${typeof receiver}`,
      (W: any) => {
        const { get, value } = Object.getOwnPropertyDescriptor(W[name].prototype, key)!;
        return (get ?? value).call(receiver, 1, 2);
      },
    ]),
  ),
  ['Memory: shared without maximum', (W) => new W.Memory({ initial: 1, shared: true })],
  ['Memory: shared maximum beyond 65536', (W) => new W.Memory({ initial: 1, maximum: 70000, shared: true })],
  [
    'Memory: shared, its buffer',
    (W) => {
      const m = new W.Memory({ initial: 1, maximum: 3, shared: 'yes' as never });
      const b = m.buffer;
      const same = b === m.buffer;
      const kind = Object.prototype.toString.call(b);
      const old = m.grow(1);
      return [
        same,
        kind,
        Object.isFrozen(b),
        Object.isExtensible(b),
        old,
        b.byteLength,
        m.buffer.byteLength,
        m.grow(0),
      ];
    },
  ],
  ['Memory: shared, growth beyond', (W) => new W.Memory({ initial: 1, maximum: 3, shared: true }).grow(3)],
  [
    'Memory: shared, what it is',
    (W) => {
      const m = new W.Memory({ initial: 0, maximum: 3, shared: true });
      return [m instanceof W.Memory, Object.prototype.toString.call(m), m.buffer.byteLength];
    },
  ],
  [
    'Memory: shared, exported and imported',
    (W, make) => {
      const { m } = make('(module (memory (export "m") 1 2 shared) (data (i32.const 3) "x"))');
      const e = make(
        '(module (memory (import "" "m") 1 2 shared) (func (export "f") (result i32) (i32.load8_u (i32.const 3))))',
        { '': { m } },
      );
      return [e.f(), m instanceof W.Memory, new Uint8Array(m.buffer)[3]];
    },
  ],
  [
    'Memory: shared for one that is not',
    (W, make) =>
      linkError(() =>
        make('(module (memory (import "" "m") 1))', {
          '': { m: new W.Memory({ initial: 1, maximum: 1, shared: true }) },
        }),
      ),
  ],
  [
    'Memory: not shared for one that is',
    (W, make) =>
      linkError(() =>
        make('(module (memory (import "" "m") 1 1 shared))', { '': { m: new W.Memory({ initial: 1, maximum: 1 }) } }),
      ),
  ],
  [
    'Memory: shared with a larger maximum',
    (W, make) =>
      linkError(() =>
        make('(module (memory (import "" "m") 1 1 shared))', {
          '': { m: new W.Memory({ initial: 1, maximum: 2, shared: true }) },
        }),
      ),
  ],
  ['Table: no descriptor', (W) => new W.Table(undefined as never)],
  ['Table: no element type', (W) => new W.Table({} as never)],
  ['Table: no reference type', (W) => new W.Table({ element: 'i32' as never, initial: 1 })],
  ['Table: no initial', (W) => new W.Table({ element: 'anyfunc' } as never)],
  ['Table: too long', (W) => new W.Table({ element: 'anyfunc', initial: 10000001 })],
  ['Table: bad init', (W) => new (W.Table as any)({ element: 'anyfunc', initial: 1 }, 1)],
  ['Table: maximum below initial', (W) => new W.Table({ element: 'anyfunc', initial: 1, maximum: 0 })],
  [
    'Table: defaults',
    (W) => [
      new W.Table({ element: 'externref', initial: 1 }).get(0),
      new W.Table({ element: 'anyfunc', initial: 1 }).get(0),
    ],
  ],
  [
    'Table: init',
    (W) => [
      new (W.Table as any)({ element: 'externref', initial: 2 }, 'v').get(1),
      new (W.Table as any)({ element: 'externref', initial: 1 }, null).get(0),
    ],
  ],
  ['Table.get beyond', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).get(1)],
  ['Table.get negative', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).get(-1)],
  ['Table.get string', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).get('0' as never)],
  ['Table.get without argument', (W) => (new W.Table({ element: 'anyfunc', initial: 1 }) as any).get()],
  ['Table.set beyond', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).set(1, null)],
  ['Table.set a number', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).set(0, 1 as never)],
  ['Table.set a plain function', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).set(0, () => 1)],
  ['Table.set undefined', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).set(0, undefined)],
  [
    'Table.set default',
    (W) => {
      const t = new (W.Table as any)({ element: 'externref', initial: 1 }, 5);
      t.set(0);
      return [t.get(0), t.length];
    },
  ],
  [
    'Table.grow',
    (W) => {
      const t = new W.Table({ element: 'externref', initial: 1, maximum: 5 });
      return [t.grow(1), t.grow(2, 'x'), t.length, t.get(1), t.get(2), t.get(3)];
    },
  ],
  ['Table.grow beyond', (W) => new W.Table({ element: 'anyfunc', initial: 1, maximum: 2 }).grow(5)],
  ['Table.grow bad init', (W) => new W.Table({ element: 'anyfunc', initial: 1, maximum: 2 }).grow(1, 5)],
  ['Table.grow negative', (W) => new W.Table({ element: 'anyfunc', initial: 1 }).grow(-1)],
  ['Global: no descriptor', (W) => new W.Global(undefined as never)],
  ['Global: no type', (W) => new W.Global({} as never)],
  ['Global: v128', (W) => new W.Global({ value: 'v128' as never })],
  ['Global: i64 of a number', (W) => new W.Global({ value: 'i64' }, 1 as never)],
  [
    'Global: defaults',
    (W) => ['i32', 'i64', 'f32', 'f64', 'anyfunc'].map((value) => new W.Global({ value: value as never }).value),
  ],
  [
    'Global: rounding and wrapping',
    (W) => [
      new W.Global({ value: 'f32' }, 0.1).value,
      new W.Global({ value: 'i32' }, 2 ** 31).value,
      new W.Global({ value: 'i64' }, 2n ** 63n).value,
      new W.Global({ value: 'f64' }, -0).value,
    ],
  ],
  [
    'Global: externref',
    (W) => [
      new W.Global({ value: 'externref' } as never, 'x').value,
      new W.Global({ value: 'externref' } as never, undefined).value,
      new W.Global({ value: 'externref' } as never, null).value,
    ],
  ],
  ['Global: bad funcref', (W) => new W.Global({ value: 'anyfunc' }, 1 as never)],
  [
    'Global.value: immutable',
    (W) => {
      'use strict';
      new W.Global({ value: 'i32' }).value = 1;
    },
  ],
  [
    'Global.value: set',
    (W) => {
      const g = new W.Global({ value: 'i32', mutable: true }, 1);
      g.value = 7.9;
      return [g.value, g.valueOf()];
    },
  ],
  [
    'Global.value: set wrong',
    (W) => {
      const g = new W.Global({ value: 'i64', mutable: true }, 1n);
      g.value = 7 as never;
    },
  ],
  ['Global.value: receiver', (W) => Object.getOwnPropertyDescriptor(W.Global.prototype, 'value')!.get!.call({})],
  ['Global.valueOf: receiver', (W) => W.Global.prototype.valueOf.call({})],
  ['Module: no bytes', (W) => new W.Module(1 as never)],
  [
    'Module.exports',
    (W) =>
      W.Module.exports(
        new W.Module(
          wat(
            '(module (func (export "a")) (memory (export "m") 1) (table (export "t") 1 funcref) (global (export "g") i32 (i32.const 1)))',
          ) as BufferSource,
        ),
      ),
  ],
  [
    'Module.imports',
    (W) =>
      W.Module.imports(
        new W.Module(
          wat(
            '(module (import "x" "a" (func)) (import "x" "m" (memory 1)) (import "y" "" (table 1 funcref)) (import "y" "g" (global i32)))',
          ) as BufferSource,
        ),
      ),
  ],
  ['Module.exports of something', (W) => W.Module.exports({} as never)],
  [
    'Module.customSections',
    (W) =>
      W.Module.customSections(
        new W.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, 4, 1, 0x78, 5, 6)),
        'x',
      ).map((b) => [...new Uint8Array(b)]),
  ],
  [
    'Module.customSections without name',
    (W) => (W.Module as any).customSections(new W.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))),
  ],
  ['Instance: of no module', (W) => new W.Instance({} as never)],
  ['Instance: imports absent', (_, make) => make('(module (import "m" "f" (func)))')],
  ['Instance: imports no object', (_, make) => make('(module (import "m" "f" (func)))', 1)],
  ['Instance: no imports needed', (_, make) => Object.keys(make('(module)', undefined))],
  [
    'exports: order, frozen, no prototype',
    (_, make) => {
      const e = make('(module (func (export "b")) (func (export "a")) (func (export "1")))');
      return [Object.keys(e), Object.isFrozen(e), Object.getPrototypeOf(e)];
    },
  ],
  [
    'exported function: name, length, extensible',
    (_, make) => {
      const { f } = make('(module (func) (func (export "f") (param i32 i64)))');
      f.note = 1;
      return [f.name, f.length, f.note, Object.keys(Object.getOwnPropertyDescriptors(f)).includes('prototype')];
    },
  ],
  [
    'exported twice: one function',
    (_, make) => {
      const e = make('(module (func (export "a") (export "b")))');
      return e.a === e.b;
    },
  ],
  [
    'several results',
    (_, make) => {
      const r = make('(module (func (export "f") (result i32 i64 f64) i32.const 1 i64.const 2 f64.const 3))').f();
      return [r, Array.isArray(r), Object.isFrozen(r)];
    },
  ],
  [
    'arguments: missing and extra',
    (_, make) => {
      const { f } = make('(module (func (export "f") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))');
      return [f(), f(1), f(1, 2, 3)];
    },
  ],
  ['arguments: i64 of a number', (_, make) => make('(module (func (export "f") (param i64)))').f(1)],
  ['arguments: funcref', (_, make) => make('(module (func (export "f") (param funcref)))').f(() => 1)],
  [
    'results: host i64 of a number',
    (_, make) =>
      make('(module (import "m" "f" (func $f (result i64))) (func (export "g") (result i64) call $f))', {
        m: { f: () => 1 },
      }).g(),
  ],
  [
    'results: host list too long',
    (_, make) =>
      make('(module (import "m" "f" (func $f (result i32 i32))) (func (export "g") (result i32 i32) call $f))', {
        m: { f: () => [1, 2, 3] },
      }).g(),
  ],
  [
    'results: host iterable',
    (_, make) =>
      make('(module (import "m" "f" (func $f (result i32 i32))) (func (export "g") (result i32 i32) call $f))', {
        m: { f: () => new Set(['7', 2.5]) },
      }).g(),
  ],
  [
    'results: host funcref of a plain function',
    (_, make) =>
      make('(module (import "m" "f" (func $f (result funcref))) (func (export "g") (result funcref) call $f))', {
        m: { f: () => () => 1 },
      }).g(),
  ],
  [
    'host function exported again',
    (_, make) => {
      const { g } = make('(module (import "m" "f" (func $f (param i32 f32) (result i32))) (export "g" (func $f)))', {
        m: { f: (...a: unknown[]) => a.length * 10 + (a[1] === Math.fround(0.1) ? 1 : 0) },
      });
      return [g('3', 0.1), g.name, g.length];
    },
  ],
  [
    'exported function imported and exported: identity',
    (_, make) => {
      const a = make('(module (func (export "f")))');
      const b = make('(module (import "m" "f" (func $f)) (export "g" (func $f)))', { m: a });
      return b.g === (a as any).f;
    },
  ],
  [
    'memory, table, global imported and exported: identity',
    (W, make) => {
      const i = {
        m: new W.Memory({ initial: 1 }),
        t: new W.Table({ initial: 1, element: 'anyfunc' }),
        g: new W.Global({ value: 'i32' }, 1),
      };
      const e = make(
        '(module (import "i" "m" (memory 1)) (import "i" "t" (table 1 funcref)) (import "i" "g" (global i32)) (export "m" (memory 0)) (export "t" (table 0)) (export "g" (global 0)))',
        { i },
      );
      return [e.m === i.m, e.t === i.t, e.g === i.g];
    },
  ],
  ['trap message', (_, make) => make('(module (func (export "f") unreachable))').f()],
  ['trap in start', (_, make) => make('(module (func unreachable) (start 0))')],
  [
    'table.get of wasm functions',
    (_, make) => {
      const e = make('(module (table (export "t") 3 funcref) (func $f (export "f")) (elem (i32.const 1) $f))');
      return [e.t.get(0), e.t.get(1) === e.f, e.t.get(2)];
    },
  ],
];

describe('as V8', () => {
  it.each(SAME)('%s', (_, program) => {
    const want = outcome(WebAssembly, program) as { message?: string };
    expect(outcome(ours, program)).toEqual(
      'message' in want && !sameWords ? { ...want, message: expect.any(String) } : want,
    );
  });
});

/** Import failures: the class is V8's; the texts are those of newer V8 versions and checked apart. */
const IMPORTS: [string, string, unknown[]][] = [
  [
    '(import "m" "f" (func))',
    'function',
    [{}, { m: undefined }, { m: 1 }, { m: {} }, { m: { f: 1 } }, { m: { f: {} } }],
  ],
  ['(import "m" "f" (memory 2 4))', 'memory', [{ m: { f: 1 } }, { m: { f: null } }]],
  ['(import "m" "f" (table 2 4 funcref))', 'table', [{ m: { f: 1 } }, { m: { f: {} } }]],
  ['(import "m" "f" (global i32))', 'i32 global', [{ m: { f: 1n } }, { m: { f: '1' } }, { m: {} }, { m: { f: null } }]],
  ['(import "m" "f" (global i64))', 'i64 global', [{ m: { f: 1 } }]],
  ['(import "m" "f" (global funcref))', 'funcref global', [{ m: { f: 1 } }, { m: { f: () => 1 } }, { m: {} }]],
  ['(import "m" "f" (global (mut i32)))', 'mutable global', [{ m: { f: 1 } }]],
];

describe('imports', () => {
  const errorOf = (W: Facade, field: string, imports: unknown): string =>
    (outcome(W, (_, make) => void make(`(module ${field})`, imports)) as { error: string }).error ?? 'none';
  it.each(IMPORTS)('%s', (field, _, cases) => {
    for (const imports of cases)
      expect(
        errorOf(ours, field, imports),
        JSON.stringify(imports, (_k, v) => (typeof v === 'bigint' ? `${v}n` : v)),
      ).toBe(errorOf(WebAssembly, field, imports));
  });

  it('says which import and why', () => {
    const message = (field: string, imports: unknown): string =>
      (
        outcome(ours, (_, make) => void make(`(module (import "a" "b" (func)) ${field})`, imports)) as {
          message: string;
        }
      ).message;
    expect(message('(import "m" "f" (func))', { a: { b() {} }, m: {} })).toBe(
      'WebAssembly.Instance(): Import #1 "m" "f": function import requires a callable',
    );
    expect(message('(import "m" "f" (func))', { a: { b() {} } })).toBe(
      'WebAssembly.Instance(): Import #1 "m": module is not an object or function',
    );
  });

  /** Exporter and importer in text, as [what, exported item, import, fits]. */
  const PAIRS: [string, string, boolean][] = [
    ['(func (export "x"))', '(func)', true],
    ['(func (export "x") (param i32))', '(func)', false],
    ['(func (export "x") (result i32) i32.const 1)', '(func (result i64))', false],
    ['(memory (export "x") 2)', '(memory 1)', true],
    ['(memory (export "x") 2)', '(memory 3)', false],
    ['(memory (export "x") 2)', '(memory 1 9)', false],
    ['(memory (export "x") 2 9)', '(memory 1 9)', true],
    ['(memory (export "x") 2 10)', '(memory 1 9)', false],
    ['(table (export "x") 2 funcref)', '(table 2 funcref)', true],
    ['(table (export "x") 2 funcref)', '(table 2 externref)', false],
    ['(table (export "x") 2 funcref)', '(table 3 funcref)', false],
    ['(table (export "x") 2 3 funcref)', '(table 1 3 funcref)', true],
    ['(table (export "x") 2 4 funcref)', '(table 1 3 funcref)', false],
    ['(global (export "x") i32 (i32.const 1))', '(global i32)', true],
    ['(global (export "x") i32 (i32.const 1))', '(global (mut i32))', false],
    ['(global (export "x") (mut i32) (i32.const 1))', '(global i32)', false],
    ['(global (export "x") i32 (i32.const 1))', '(global i64)', false],
    ['(global (export "x") i32 (i32.const 1))', '(func)', false],
    ['(func (export "x"))', '(memory 0)', false],
  ];
  it.each(PAIRS)('%s given to %s: %s', (exported, imported, fits) => {
    for (const W of [ours, WebAssembly]) {
      const r = outcome(
        W,
        (_, make) =>
          Object.keys(make(`(module (import "m" "x" ${imported}))`, { m: make(`(module ${exported})`) })).length,
      );
      expect((r as { error?: string }).error ?? 'none').toBe(fits ? 'none' : 'LinkError');
    }
  });

  it('takes a genuine WebAssembly.Memory, with its real limits', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 5 });
    const load = (type: string): any =>
      new wamr.Instance(
        new wamr.Module(
          wat(
            `(module (import "m" "m" (memory ${type})) (export "m" (memory 0)) (func (export "r") (result i32) i32.const 0 i32.load) (func (export "g") (result i32) i32.const 1 memory.grow))`,
          ),
        ),
        { m: { m: memory } },
      ).exports;
    new Uint32Array(memory.buffer)[0] = 77;
    const e = load('1 5');
    expect(e.m).toBe(memory);
    expect(e.r()).toBe(77);
    expect(e.g()).toBe(1);
    expect(memory.buffer.byteLength).toBe(131072);
    memory.grow(1);
    expect(e.g()).toBe(3);
    expect(() => load('1 4')).toThrow('larger maximum');
    expect(() => load('5 5')).toThrow('smaller');
  });
});
