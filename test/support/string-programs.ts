/**
 * Programs of the JavaScript string builtins and string constants. The same ones run on our engine and on V8 of Node 24
 * (`string-outcomes.ts`).
 */
type W = any;

/** Modules as text, by name: both engines get the bytes. */
export const STRING_MODULES: Readonly<Record<string, string>> = {
  calls: `(module
    (import "wasm:js-string" "cast" (func $cast (param externref) (result (ref extern))))
    (import "wasm:js-string" "test" (func $test (param externref) (result i32)))
    (import "wasm:js-string" "fromCharCode" (func $fromCharCode (param i32) (result (ref extern))))
    (import "wasm:js-string" "fromCodePoint" (func $fromCodePoint (param i32) (result (ref extern))))
    (import "wasm:js-string" "charCodeAt" (func $charCodeAt (param externref i32) (result i32)))
    (import "wasm:js-string" "codePointAt" (func $codePointAt (param externref i32) (result i32)))
    (import "wasm:js-string" "length" (func $length (param externref) (result i32)))
    (import "wasm:js-string" "concat" (func $concat (param externref externref) (result (ref extern))))
    (import "wasm:js-string" "substring" (func $substring (param externref i32 i32) (result (ref extern))))
    (import "wasm:js-string" "equals" (func $equals (param externref externref) (result i32)))
    (import "wasm:js-string" "compare" (func $compare (param externref externref) (result i32)))
    (type $ei_i (func (param externref i32) (result i32)))
    (table funcref (elem $charCodeAt $codePointAt))
    (func (export "cast") (param externref) (result externref) (call $cast (local.get 0)))
    (func (export "test") (param externref) (result i32) (call $test (local.get 0)))
    (func (export "fromCharCode") (param i32) (result externref) (call $fromCharCode (local.get 0)))
    (func (export "fromCodePoint") (param i32) (result externref) (call $fromCodePoint (local.get 0)))
    (func (export "charCodeAt") (param externref i32) (result i32) (call $charCodeAt (local.get 0) (local.get 1)))
    (func (export "codePointAt") (param externref i32) (result i32)
      (return_call $codePointAt (local.get 0) (local.get 1)))
    (func (export "length") (param externref) (result i32) (call $length (local.get 0)))
    (func (export "concat") (param externref externref) (result externref) (call $concat (local.get 0) (local.get 1)))
    (func (export "substring") (param externref i32 i32) (result externref)
      (call $substring (local.get 0) (local.get 1) (local.get 2)))
    (func (export "equals") (param externref externref) (result i32) (call $equals (local.get 0) (local.get 1)))
    (func (export "compare") (param externref externref) (result i32) (call $compare (local.get 0) (local.get 1)))
    (func (export "at") (param externref i32 i32) (result i32)
      (call_indirect (type $ei_i) (local.get 0) (local.get 1) (local.get 2)))
    (func (export "caught") (param externref) (result i32)
      (block $b (try_table (catch_all $b) (drop (call $length (local.get 0)))) (return (i32.const 0))) (i32.const 1))
    (func (export "sum") (param externref) (result i32) (local i32 i32)
      (loop $l
        (if (i32.lt_u (local.get 1) (call $length (local.get 0)))
          (then
            (local.set 2 (i32.add (local.get 2) (call $charCodeAt (local.get 0) (local.get 1))))
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br $l))))
      (local.get 2))
    (export "directLength" (func $length))
    (export "directConcat" (func $concat)))`,
  constants: `(module
    (import "'" "" (global $empty externref))
    (import "'" "häl\\00lo ☺" (global $text (ref extern)))
    (import "env" "f" (func $f (param externref)))
    (import "'" "last" (global $last externref))
    (global $copy externref (global.get $text))
    (table 1 externref)
    (elem $e externref (global.get $last))
    (func (export "give") (call $f (global.get $text)))
    (func (export "element") (result externref)
      (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)) (table.get (i32.const 0)))
    (export "empty" (global $empty)) (export "text" (global $text)) (export "copy" (global $copy)))`,
  wrongType: '(module (import "wasm:js-string" "length" (func (param i32) (result i32))))',
  wrongResult: '(module (import "wasm:js-string" "cast" (func (param externref) (result externref))))',
  unknown: '(module (import "wasm:js-string" "reverse" (func (param externref) (result externref))))',
  length: '(module (import "wasm:js-string" "length" (func (param externref) (result i32))) (export "f" (func 0)))',
  global: '(module (import "wasm:js-string" "length" (global externref)))',
  variable: `(module (import "'" "a" (global (mut externref))))`,
  number: `(module (import "env" "x" (global i32)) (import "'" "a" (global i32)))`,
  function: `(module (import "'" "a" (func)))`,
  memory: `(module (import "'" "m" (memory 1)))`,
};

/** Those that need garbage collection. */
export const ARRAY_MODULES: Readonly<Record<string, string>> = {
  arrays: `(module
    (type $chars (array (mut i16)))
    (import "wasm:js-string" "fromCharCodeArray"
      (func $from (param (ref null $chars) i32 i32) (result (ref extern))))
    (import "wasm:js-string" "intoCharCodeArray" (func $into (param externref (ref null $chars) i32) (result i32)))
    (func (export "make") (param i32) (result (ref null $chars)) (array.new_default $chars (local.get 0)))
    (func (export "get") (param (ref null $chars) i32) (result i32) (array.get_u $chars (local.get 0) (local.get 1)))
    (func (export "set") (param (ref null $chars) i32 i32)
      (array.set $chars (local.get 0) (local.get 1) (local.get 2)))
    (func (export "from") (param (ref null $chars) i32 i32) (result externref)
      (call $from (local.get 0) (local.get 1) (local.get 2)))
    (func (export "into") (param externref (ref null $chars) i32) (result i32)
      (call $into (local.get 0) (local.get 1) (local.get 2)))
    (export "directFrom" (func $from)) (export "directInto" (func $into)))`,
  bytes: `(module (type $bytes (array (mut i8))) (import "wasm:js-string" "fromCharCodeArray"
    (func (param (ref null $bytes) i32 i32) (result (ref extern)))))`,
  constant: `(module (type $chars (array i16))
    (import "wasm:js-string" "fromCharCodeArray" (func (param (ref null $chars) i32 i32) (result (ref extern)))))`,
};

type Modules = Readonly<Record<string, Uint8Array>>;
type Program = [string, (w: W, modules: Modules) => unknown];

const ON = { builtins: ['js-string'], importedStringConstants: "'" };
const exportsOf = (W: W, bytes: Uint8Array, options: unknown, imports?: object): any =>
  new W.Instance(new W.Module(bytes, options), imports).exports;

/** Values with names, since not all can be printed. */
const VALUES: [string, unknown][] = [
  ...['', 'a', 'hello, world', '☺', '\ud83d\ude00', '\ud83d', '\ude00x', 'x\ud83d', 'é', 'x'.repeat(70_000)].map(
    (s): [string, unknown] => [JSON.stringify(s.slice(0, 20)), s],
  ),
  ['null', null],
  ['undefined', undefined],
  ['5', 5],
  ['an object', { toString: () => 'text' }],
  ['a String', new String('text')],
  ['a symbol', Symbol('s')],
];
const INDICES = [0, 1, 2, 3, 69_999, 70_000, -1, -(2 ** 31), 2 ** 31 - 1];

/** One program for each function and value: [arguments, outcome] of every combination with the others. */
function callPrograms(): Program[] {
  const one = (name: string, ...more: unknown[][]): Program[] =>
    VALUES.map(([what, value]) => [
      `${name}(${what})`,
      (W, m) => {
        const e = exportsOf(W, m.calls, ON);
        const lists = more.reduce<unknown[][]>((all, next) => all.flatMap((l) => next.map((x) => [...l, x])), [[]]);
        return lists.map((rest) => outcomeOf(() => e[name](value, ...rest)));
      },
    ]);
  const others = VALUES.map(([, v]) => v);
  return [
    ...['cast', 'test', 'length', 'caught', 'sum', 'directLength'].flatMap((name) => one(name)),
    ...['charCodeAt', 'codePointAt'].flatMap((name) => one(name, INDICES)),
    ...one('at', INDICES, [0, 1]),
    ...one('substring', INDICES, INDICES),
    ...['concat', 'directConcat', 'equals', 'compare'].flatMap((name) => one(name, others)),
    [
      'from numbers',
      (W, m) => {
        const e = exportsOf(W, m.calls, ON);
        const codes = [0, 65, 0xd83d, 0xffff, 0x10000, 0x1f600, 0x10ffff, 0x110000, -1, 2 ** 31 - 1];
        return codes.map((c) => [outcomeOf(() => e.fromCharCode(c)), outcomeOf(() => e.fromCodePoint(c))]);
      },
    ],
  ];
}

const compile = (name: string, options: unknown): Program => [
  `${name} with ${JSON.stringify(options)}`,
  (W, m) => {
    const valid = W.validate(m[name], options);
    return [valid, W.Module.imports(new W.Module(m[name], options))];
  },
];

const COMPILATIONS: Program[] = [
  ...Object.keys(STRING_MODULES).flatMap((name) => [compile(name, ON), compile(name, undefined)]),
  ...[
    null,
    1,
    'js-string',
    {},
    { builtins: ['nothing', 'js-string'] },
    { builtins: ['js-string', 'js-string'] },
    { builtins: 'js-string' },
    { builtins: { length: 1, 0: 'js-string' } },
    { builtins: [1, null] },
    { importedStringConstants: null },
    { importedStringConstants: 1 },
    { builtins: ['js-string'], importedStringConstants: 'wasm:js-string' },
  ].map((options) => compile('length', options)),
  ['an empty name of constants', (W, m) => W.Module.imports(new W.Module(m.function, { importedStringConstants: '' }))],
];

const LINKING: Program[] = [
  [
    'constants',
    (W, m) => {
      const got: unknown[] = [];
      const e = exportsOf(W, m.constants, ON, { env: { f: (x: unknown) => got.push(x) } });
      e.give();
      return [got, e.element(), e.empty.value, e.text.value, e.copy.value, e.text instanceof W.Global];
    },
  ],
  ['no imports needed', (W, m) => Object.keys(exportsOf(W, m.length, ON))],
  ['imports needed', (W, m) => exportsOf(W, m.length, undefined)],
  ['an unknown builtin is an ordinary import', (W, m) => exportsOf(W, m.unknown, ON)],
  [
    'without the option the program provides it',
    (W, m) => exportsOf(W, m.length, undefined, { 'wasm:js-string': { length: (x: string) => x.length + 1 } }).f('ab'),
  ],
  [
    'with it what the program provides is not looked at',
    (W, m) =>
      exportsOf(W, m.length, ON, {
        get 'wasm:js-string'(): never {
          throw new Error('looked at');
        },
      }).f('ab'),
  ],
  ['an exported builtin: name and length', (W, m) => [exportsOf(W, m.length, ON).f].map((f) => [f.name, f.length])],
  [
    'an exported builtin as an import',
    (W, m) =>
      exportsOf(W, m.length, undefined, { 'wasm:js-string': { length: exportsOf(W, m.length, ON).f } }).f('four'),
  ],
  ['functions of the interface', (W) => ['validate', 'compile', 'instantiate'].map((f) => W[f].length)],
  ['Module', (W) => W.Module.length],
];

const ARRAYS: Program[] = [
  compile('arrays', ON),
  compile('bytes', ON),
  compile('constant', ON),
  [
    'strings and arrays',
    (W, m) => {
      const e = exportsOf(W, m.arrays, ON);
      const array = e.make(8);
      const texts = ['', 'abc', 'x\ud83dy', '\ud83d\ude00', '12345678', '123456789', null, 5, {}];
      const write = texts.flatMap((t) =>
        [0, 1, 5, 8, 9, -1].map((at) => [
          outcomeOf(() => e.into(t, array, at)),
          outcomeOf(() => e.directInto(t, array, at)),
        ]),
      );
      const units = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => e.get(array, k));
      const bounds = [0, 1, 3, 8, 9, -1, 2 ** 31 - 1];
      const read = bounds.flatMap((from) =>
        bounds.map((to) => [outcomeOf(() => e.from(array, from, to)), outcomeOf(() => e.directFrom(array, from, to))]),
      );
      const none = [
        outcomeOf(() => e.from(null, 0, 0)),
        outcomeOf(() => e.into('a', null, 0)),
        outcomeOf(() => e.into(null, null, 0)),
        outcomeOf(() => e.directFrom({}, 0, 0)),
      ];
      return [write, units, read, none];
    },
  ],
];

/** Strings as their code units, so that half a pair survives JSON; of long ones the ends. */
function printed(_: string, v: unknown): unknown {
  if (typeof v === 'symbol' || v === undefined) return String(v);
  if (typeof v !== 'string') return v;
  if (v.length > 200) return [v.length, v.slice(0, 5), v.slice(-5)];
  return /[\ud800-\udfff]/.test(v) ? `units ${Array.from(v, (c) => c.codePointAt(0)!.toString(16)).join(' ')}` : v;
}

function outcomeOf(f: () => unknown): unknown {
  try {
    return f();
  } catch (e) {
    // Whose function has refused a module is in V8's message only.
    return `${(e as Error).name}: ${(e as Error).message.replace(/^WebAssembly\.Module\(\): /, '')}`;
  }
}

/** What comes of each program, as text. */
export function outcomes(W: W, modules: Modules, withArrays: boolean): [string, string][] {
  const programs = [...callPrograms(), ...COMPILATIONS, ...LINKING, ...(withArrays ? ARRAYS : [])];
  return programs.map(([name, f]) => [
    name,
    JSON.stringify(
      outcomeOf(() => f(W, modules)),
      printed,
    ),
  ]);
}
