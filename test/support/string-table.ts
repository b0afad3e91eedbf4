/**
 * A program of random calls of string builtins on a table of strings, on our engine, compared with what JavaScript says.
 * Wasm keeps the references, so that native code gets to know the strings (runtime/string-cells.ts).
 */
import { newWat } from './new-wat.js';

type W = any;

const get = (local: number): string => `(table.get $t (local.get ${local}))`;
const builtin = (name: string, params: string, result: string): string =>
  `(import "wasm:js-string" "${name}" (func $${name} (param ${params}) (result ${result})))`;
const STRING = '(ref extern)';
export const STRING_TABLE = `(module
  ${builtin('cast', 'externref', STRING)} ${builtin('test', 'externref', 'i32')} ${builtin('length', 'externref', 'i32')}
  ${builtin('charCodeAt', 'externref i32', 'i32')} ${builtin('codePointAt', 'externref i32', 'i32')}
  ${builtin('equals', 'externref externref', 'i32')} ${builtin('compare', 'externref externref', 'i32')}
  ${builtin('concat', 'externref externref', STRING)} ${builtin('substring', 'externref i32 i32', STRING)}
  ${builtin('fromCharCode', 'i32', STRING)} ${builtin('fromCodePoint', 'i32', STRING)}
  (table $t (export "t") 64 externref)
  (type $read (func (param externref i32) (result i32)))
  (table $f funcref (elem $charCodeAt $codePointAt))
  (func (export "cast") (param i32 i32) (table.set $t (local.get 0) (call $cast ${get(1)})))
  (func (export "test") (param i32) (result i32) (call $test ${get(0)}))
  (func (export "length") (param i32) (result i32) (call $length ${get(0)}))
  (func (export "charCodeAt") (param i32 i32) (result i32) (call $charCodeAt ${get(0)} (local.get 1)))
  (func (export "codePointAt") (param i32 i32) (result i32) (return_call $codePointAt ${get(0)} (local.get 1)))
  (func (export "read") (param i32 i32 i32) (result i32)
    (call_indirect $f (type $read) ${get(0)} (local.get 1) (local.get 2)))
  (func (export "equals") (param i32 i32) (result i32) (call $equals ${get(0)} ${get(1)}))
  (func (export "compare") (param i32 i32) (result i32) (call $compare ${get(0)} ${get(1)}))
  (func (export "concat") (param i32 i32 i32) (table.set $t (local.get 0) (call $concat ${get(1)} ${get(2)})))
  (func (export "substring") (param i32 i32 i32 i32)
    (table.set $t (local.get 0) (call $substring ${get(1)} (local.get 2) (local.get 3))))
  (func (export "fromCharCode") (param i32 i32) (table.set $t (local.get 0) (call $fromCharCode (local.get 1))))
  (func (export "fromCodePoint") (param i32 i32) (table.set $t (local.get 0) (call $fromCodePoint (local.get 1)))))`;

const SIZE = 64;
const LONG = 3000;
const TEXTS = [
  '',
  'a',
  'ab',
  'ab\0',
  'ab\0c',
  'abc',
  'hello, world',
  '\ud83d\ude00',
  '\ud83d',
  '\ude00x',
  'x\ud83d',
  'é☺',
];

/** What went wrong, or nothing. */
export function playStrings(W: W, seed: number, steps: number): string[] {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0;
    return (state >>> 4) % n;
  };
  const one = <T>(list: readonly T[]): T => list[below(list.length)];
  const module = new W.Module(newWat(STRING_TABLE), { builtins: ['js-string'] });
  const e = new W.Instance(module).exports;
  const model: unknown[] = new Array(SIZE).fill(null);
  const wrong: string[] = [];
  const put = (at: number, value: unknown): void => {
    model[at] = value;
    e.t.set(at, value);
  };
  const value = (): unknown => {
    const text = one(TEXTS);
    switch (below(8)) {
      case 0:
        return one([null, undefined, 5, {}, Symbol.iterator]);
      case 1:
        return text.repeat(1 + below(LONG));
      case 2:
        return String.fromCharCode(below(400));
      case 3:
        return one(TEXTS) + text;
      default:
        return text;
    }
  };
  const trap = 'trap';
  const text = (x: unknown): string => {
    if (typeof x !== 'string') throw trap;
    return x;
  };
  const nullable = (x: unknown): string | null => (x === null ? null : text(x));
  const outcome = (f: () => unknown): unknown => {
    try {
      return f();
    } catch (error) {
      return error === trap || error instanceof W.RuntimeError ? trap : error;
    }
  };
  const index = (s: unknown): number => one([0, 1, -1, typeof s === 'string' ? s.length : 2, below(LONG), below(8)]);
  for (let k = 0; k < SIZE; k++) put(k, value());
  for (let step = 0; step < steps; step++) {
    const [a, b, to] = [below(SIZE), below(SIZE), below(SIZE)];
    const [x, y] = [model[a], model[b]];
    const at = index(x);
    const end = index(x);
    const inside = (): string => (at >>> 0 < text(x).length ? (x as string) : text(null));
    const three = (p: string, q: string): number => (p === q ? 0 : p < q ? -1 : 1);
    /** Of builtins that make a string: wasm's answer goes to the table, the model's here. */
    const made = (name: string, f: () => string, ...args: number[]): [string, unknown, unknown] => {
      const expected = outcome(f);
      const actual = outcome(() => (e[name](to, ...args), e.t.get(to)));
      if (expected !== trap) model[to] = expected;
      return [name, actual, expected];
    };
    const code = one([at, below(400), below(0x110000)]);
    const acts: (() => [string, unknown, unknown])[] = [
      () => ['test', e.test(a), typeof x === 'string' ? 1 : 0],
      () => ['length', outcome(() => e.length(a)), outcome(() => text(x).length)],
      () => ['charCodeAt', outcome(() => e.charCodeAt(a, at)), outcome(() => inside().charCodeAt(at))],
      () => ['codePointAt', outcome(() => e.codePointAt(a, at)), outcome(() => inside().codePointAt(at))],
      () => ['indirect', outcome(() => e.read(a, at, 0)), outcome(() => inside().charCodeAt(at))],
      () => ['equals', outcome(() => e.equals(a, b)), outcome(() => (nullable(x) === nullable(y) ? 1 : 0))],
      () => ['compare', outcome(() => e.compare(a, b)), outcome(() => three(text(x), text(y)))],
      () => made('cast', () => text(x), a),
      () => {
        const cut = (): string => (at >>> 0 > end >>> 0 ? (text(x), '') : text(x).slice(at >>> 0, end >>> 0));
        return made('substring', cut, a, at, end);
      },
      () =>
        typeof x === 'string' && typeof y === 'string' && x.length + y.length > 8 * LONG
          ? (put(a, value()), ['', 0, 0])
          : made('concat', () => text(x) + text(y), a, b),
      () => made('fromCharCode', () => String.fromCharCode(code), code),
      () => made('fromCodePoint', () => (code >>> 0 > 0x10ffff ? text(null) : String.fromCodePoint(code)), code),
      () => (put(to, value()), ['', 0, 0]),
    ];
    const [name, actual, expected] = one(acts)();
    if (actual !== expected)
      wrong.push(
        `step ${step}, ${name} of ${shown(x)} and ${shown(y)}, ${at}: ${shown(actual)}, not ${shown(expected)}`,
      );
  }
  return wrong;
}

const shown = (x: unknown): string =>
  typeof x === 'string' ? `${JSON.stringify(x.slice(0, 12))} (${x.length})` : String(x);
