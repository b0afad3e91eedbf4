/**
 * What the addon's part of a machine does: entering and leaving generated code, traps, host functions, areas of
 * arguments on the stack, exceptions, tail calls across instances, interruption. As text, to compare machines.
 */
import type { Engine } from '../support/engine.js';

/** Two modules: `a` calls functions of `b` through a table, directly and last. */
export const TEXTS = {
  b: `(module
    (tag $t (export "t") (param i32 i64))
    (memory (export "memory") 1 4)
    (func (export "many") (param i32 i64 f64 f32 i32 i32 i32 i32 i32 i64 f64 f64 f64 f64 f64 f64 f64 f64 i32) (result i32 f64 i64 f32)
      (i32.add (local.get 0) (i32.add (local.get 8) (local.get 18)))
      (f64.add (local.get 2) (f64.add (local.get 16) (local.get 17)))
      (i64.add (local.get 1) (local.get 9))
      (local.get 3))
    (func $throw (export "throw") (param i32) (throw $t (local.get 0) (i64.const 77)))
    (func (export "sum") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i64)
      (i64.add (local.get 10) (i64.extend_i32_u (i32.add (local.get 8) (local.get 9))))))`,
  a: `(module
    (import "b" "t" (tag $t (param i32 i64)))
    (import "b" "many" (func $many (param i32 i64 f64 f32 i32 i32 i32 i32 i32 i64 f64 f64 f64 f64 f64 f64 f64 f64 i32) (result i32 f64 i64 f32)))
    (import "b" "throw" (func $throw (param i32)))
    (import "b" "sum" (func $sum (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i64)))
    (import "env" "host" (func $host (param i32 externref f64) (result f64)))
    (import "env" "again" (func $again (param i32) (result i32)))
    (memory (export "memory") 1 4)
    (table funcref (elem $fac $sum $nothing))
    (type $un (func (param i64) (result i64)))
    (func $nothing)
    (func $fac (export "fac") (type $un)
      (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))
        (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))
    (func (export "indirect") (param i32 i64) (result i64) (call_indirect (type $un) (local.get 1) (local.get 0)))
    (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "rem64") (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get 1)))
    (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_u (local.get 0)))
    (func (export "load") (param i32) (result i64) (i64.load offset=8 (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store16 (local.get 0) (local.get 1)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func $deep (export "deep") (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
    (func (export "unreachable") unreachable)
    (func (export "host") (param i32 externref f64) (result f64) (call $host (local.get 0) (local.get 1) (local.get 2)))
    (func (export "again") (param i32) (result i32) (i32.add (local.get 0) (call $again (local.get 0))))
    (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
    (func (export "many") (result i32 f64 i64 f32)
      (call $many (i32.const 1) (i64.const 2) (f64.const 3) (f32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
        (i32.const 8) (i32.const 9) (i64.const 10) (f64.const 11) (f64.const 12) (f64.const 13) (f64.const 14)
        (f64.const 15) (f64.const 16) (f64.const 17) (f64.const 18) (i32.const 19)))
    ;; Values in callee-saved registers while an exception passes the frames of two instances.
    (func $passes (param i32 i32 i32 i32) (result i32)
      (call $throw (local.get 0))
      (i32.add (i32.add (local.get 0) (local.get 1)) (i32.add (local.get 2) (local.get 3))))
    (func (export "catch") (param i32 i32 i32) (result i32 i64)
      (local $x i32) (local $y i32) (local $z i32)
      (local.set $x (i32.mul (local.get 0) (i32.const 3)))
      (local.set $y (i32.xor (local.get 1) (i32.const 5)))
      (local.set $z (i32.sub (local.get 2) (local.get 1)))
      (block $caught (result i32 i64)
        (try_table (result i32 i64) (catch $t $caught)
          (i32.const 1000)
          (i64.extend_i32_u (call $passes (local.get 0) (local.get 1) (local.get 2) (local.get 0)))))
      (i64.add (i64.extend_i32_u (i32.add (local.get $x) (i32.add (local.get $y) (local.get $z))))))
    (func (export "catchHost") (param externref) (result i32)
      (block $all (try_table (catch_all $all) (drop (call $host (i32.const -1) (local.get 0) (f64.const 0)))) (return (i32.const 1)))
      (i32.const 2))
    (func $even (param i32 i64) (result i64)
      (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
      (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9) (i64.const 1)))
    (func $odd (param i32 i64 i32 i32 i32 i32 i32 i32 i32 i64) (result i64)
      (if (i32.eqz (local.get 0)) (then (return_call $sum (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9) (i32.const 10) (local.get 1))))
      (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.add (local.get 9) (i64.extend_i32_u (local.get 8))))))
    (func (export "tail") (param i32) (result i64) (return_call $even (local.get 0) (i64.const 5)))
    ;; Long enough to be polled several times; everything stays in registers.
    (func (export "busy") (param i32) (result f64)
      (local $f f64) (local $g f64) (local $i i32) (local $j i64)
      (local.set $f (f64.const 1.5)) (local.set $g (f64.const 0.25)) (local.set $j (i64.const 1))
      (loop $l
        (local.set $f (f64.add (local.get $f) (local.get $g)))
        (local.set $j (i64.add (i64.mul (local.get $j) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $i (i32.add (local.get $i) (i32.wrap_i64 (i64.shr_u (local.get $j) (i64.const 60)))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (f64.add (local.get $f) (f64.convert_i32_u (local.get $i))))
    (func (export "forever") (loop $l (br $l))))`,
} as const;

type Call = (...args: unknown[]) => unknown;
interface Trapped extends Error {
  frames?: { func: number; offset: number }[];
  address?: number;
}

/** Outcomes of the calls, in order. `modules`: the assembled texts. */
export function outcomes(engine: Engine, modules: Record<'a' | 'b', Uint8Array>): string[] {
  const lines: string[] = [];
  const say = (what: string, act: () => unknown): void => {
    try {
      const value = act();
      lines.push(`${what}: ${Array.isArray(value) ? value.map(String).join(' ') : String(value)}`);
    } catch (e) {
      const { name, message, frames, address } = e as Trapped;
      const places = frames?.slice(0, 4).map((f) => `${f.func}+${f.offset}`) ?? [];
      lines.push(`${what}: ${name}: ${message} ${address ?? ''} ${places.join(' ')}`);
    }
  };
  const b = engine.instantiate(engine.compile(modules.b), {}).exports;
  const env = {
    host: (n: number, value: unknown, f: number) => {
      if (n < 0) throw value;
      return Object.keys(value as object).length + n * f;
    },
    again: (n: number): number => (n <= 0 ? 0 : ((a.again as Call)(n - 1) as number)),
  };
  const instance = engine.instantiate(engine.compile(modules.a), { b, env }) as {
    exports: Record<string, unknown>;
    call(name: string, args: unknown[], options: { timeoutMs: number }): unknown;
  };
  const a = instance.exports;
  const call = (name: string, ...args: unknown[]): void =>
    say(`${name}(${args.map((x) => (typeof x === 'object' ? 'object' : String(x))).join(', ')})`, () =>
      (a[name] as Call)(...args),
    );
  call('fac', 20n);
  for (const index of [0, 1, 2, 3, -1]) call('indirect', index, 5n);
  for (const [x, y] of [[7, -2], [1, 0], [-2147483648, -1]]) call('div', x, y); // prettier-ignore
  call('rem64', -(2n ** 63n), -1n);
  call('rem64', 5n, 0n);
  for (const x of [4294967295.5, -0.5, 4294967296, NaN]) call('trunc', x);
  for (const at of [0, 65520, 65521, 0x7fffffff, -1, -16]) call('load', at);
  for (const at of [65534, 65535, -2]) call('store', at, 1);
  call('grow', 2);
  call('grow', 2);
  call('load', 65536 * 3 - 16);
  call('load', 65536 * 3 - 15);
  call('deep', 0);
  call('unreachable');
  call('host', 3, { x: 1, y: 2 }, 1.5);
  call('again', 30);
  call('many');
  call('catch', 10, 20, 30);
  call('catchHost', {});
  call('catchHost', new Error('thrown'));
  call('host', -1, new TypeError('of the host'), 0);
  call('tail', 100_001);
  call('tail', 1_000_000);
  call('busy', 20_000_000);
  say('forever', () => instance.call('forever', [], { timeoutMs: 50 }));
  call('fac', 10n);
  lines.push(`bulk: ${bulk(a)}`);
  return lines;
}

/** Fills and copies of every length up to 300, overlapping or not, against typed arrays. */
function bulk(a: Record<string, unknown>): string {
  const bytes = new Uint8Array((a.memory as { buffer: ArrayBuffer }).buffer);
  const expected = new Uint8Array(4096);
  const wrong: string[] = [];
  for (let k = 0; k < 4096; k++) bytes[k] = expected[k] = (k * 31) >> 3;
  for (let n = 0; n <= 600; n++)
    for (const [to, from] of [
      [1000, 2000],
      [1000, 1000 + (n >> 1)],
      [1000 + (n >> 1), 1000],
      [1003, 1000],
    ]) {
      // prettier-ignore
      expected.copyWithin(to, from, from + n);
      (a.copy as Call)(to, from, n);
      expected.fill(n, 3000, 3000 + n);
      (a.fill as Call)(3000, n, n);
      if (Buffer.compare(bytes.subarray(0, 4096), expected) !== 0) wrong.push(`${n} ${to} ${from}`);
    }
  return wrong.length === 0 ? 'right' : wrong.slice(0, 5).join(', ');
}
