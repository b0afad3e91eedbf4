/** Throws across calls, instances, JavaScript and workers, and what they leave behind. */
import { Worker } from 'node:worker_threads';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileSync, WebAssembly as W } from '../../src-ts/index.js';
import { TRY_TABLE } from '../support/exceptions-wat.js';
import { thrownBy } from '../support/thrown.js';
import { binary, type Exports, instance, inV8 } from '../support/wat-instances.js';

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
            const x = thrownBy(() => e.throw(first, last));
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
    for (let i = 0; i < 20_000; i++) thrownBy(() => e.throw(i, { i }));
    const x = thrownBy(() => e.kept()) as InstanceType<(typeof W)['Exception']>;
    expect(x.getArg(t, 0)).toBe(5);
    expect(x.getArg(t, 1)).toBe(object);
  });

  it('in a worker', async () => {
    const bytes = compileSync(binary(TRY_TABLE));
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
