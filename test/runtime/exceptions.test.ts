/** Exceptions in wasm: both forms of try (V8 of this process knows the older one), and that nothing else is caught. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebAssembly as W } from '../../src-ts/index.js';
import { env } from '../../src-ts/runtime/env.js';
import { exceptionsOf } from '../../src-ts/runtime/exception.js';
import { collectGarbage } from '../support/built.js';
import { TRY_TABLE } from '../support/exceptions-wat.js';
import { newWat } from '../support/new-wat.js';
import { thrownBy } from '../support/thrown.js';
import { type Exports, instance, inV8 } from '../support/wat-instances.js';

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

describe('try_table', () => {
  it.each(['guard', 'explicit'] as const)('clauses and references: %s bounds', (bounds) => {
    const foreign = new Error('foreign');
    const h = (x: number): number => {
      if (x === 9) throw foreign;
      return x + 100;
    };
    const e = instance(TRY_TABLE, { m: { h } }, bounds);
    expect([0, 1, 2, 3].map((x) => e.table(x))).toEqual([103, 45, 7, 106]);
    expect(thrownBy(() => e.table(9))).toBe(foreign);
    expect(e.ref(0)).toBe(100);
    expect(e.ref(1)).toBe(42);
    expect(e.loop(5)).toBe(5);
    expect(thrownBy(() => e.null())).toMatchObject({ kind: 'null-exception', message: 'rethrowing null value' });
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
    const first = thrownBy(() => e.throw());
    thrower = () => {
      throw first;
    };
    expect(thrownBy(() => e.pass())).toBe(first);
    for (const value of [1, 'text', null, undefined, Symbol('s'), new Error('e'), { a: 1 }]) {
      thrower = () => {
        throw value;
      };
      expect(thrownBy(() => e.pass())).toBe(value);
    }
    e.keep();
    expect(thrownBy(() => e.kept())).toBe(thrownBy(() => e.kept()));
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
      const thrown = thrownBy(() => keeper.throw(0n)) as object;
      await collected;
      expect(thrown).toBeInstanceOf(W.Exception);
      expect(exceptionsOf(env()).get(thrown)!.value(0)).toBe(value);
    },
  );
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
      expect(thrownBy(() => e[name]())).toBeInstanceOf(W.RuntimeError);
    expect(thrownBy(() => e.depth())).toBeInstanceOf(RangeError);
    f = () => {
      throw new W.RuntimeError('made by JavaScript');
    };
    expect(e.through()).toBe(1);
  });
});

it('exceptions that are kept without end are a trap in the end, and the process lives', () => {
  const bytes =
    newWat(`(module (type $t (func (param i64 exnref))) (tag $t (type $t)) (tag $large (param ${'i64 '.repeat(500)}))
    (table $kept (export "kept") 1000000 exnref) (global $last (mut exnref) (ref.null exn))
    (func (export "chain") (loop $l
      (global.set $last (block $c (result exnref)
        (try_table (catch_all_ref $c) (throw $t (i64.const 1) (global.get $last))) unreachable))
      (br $l)))
    (func (export "list") (local $i i32) (loop $l
      (table.set $kept (local.get $i) (block $c (result exnref)
        (try_table (catch_all_ref $c) (throw $large ${'(i64.const 1) '.repeat(500)})) unreachable))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $l)))
    (func (export "forget") (global.set $last (ref.null exn)) (table.fill $kept (i32.const 0) (ref.null exn) (i32.const 1000000)))
    (func (export "one") (result i32)
      (block $c (try_table (catch_all $c) (throw $t (i64.const 1) (ref.null exn)))) (i32.const 1)))`);
  const script = `
    const { WebAssembly: W } = require(${JSON.stringify(path.resolve('dist/index.js'))});
    const { exports } = new W.Instance(new W.Module(Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64')));
    for (const name of ['list', 'chain']) {
      try { exports[name](); } catch (e) { console.log(name, e.kind); }
      exports.forget();
      console.log(exports.one());
    }
    console.log(process.resourceUsage().maxRSS < 1.2e6);`;
  const r = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 120_000 });
  expect(r.stderr).toBe('');
  expect(r.stdout).toBe('list heap-exhausted\n1\nchain heap-exhausted\n1\ntrue\n');
});
