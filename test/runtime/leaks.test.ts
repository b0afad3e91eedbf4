/**
 * What is made in great numbers leaves nothing behind. A minute each in full; a smaller number would not show a leak of
 * a hundred bytes.
 */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { NativeBinding } from '../../src-ts/binding.js';
import { collectGarbage, wamr } from '../support/built.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';

const INSTANCES = amount(100_000, 2000);
const TRAPS = amount(1_000_000, 20_000);

/** The addon that the package has loaded. */
function native(): NativeBinding {
  wamr.threadToken();
  const file = Object.keys(createRequire(import.meta.url).cache).find((f) => f.endsWith('.node'))!;
  return createRequire(import.meta.url)(file) as NativeBinding;
}

async function settled(): Promise<{ heap: number; rss: number }> {
  for (let i = 0; i < 3; i++) await collectGarbage();
  return { heap: process.memoryUsage().heapUsed / 2 ** 20, rss: process.memoryUsage.rss() / 2 ** 20 };
}

const TEXT = `(module (import "h" "f" (func $f (param i32) (result i32))) (memory (export "m") 1) (table (export "t") 4 funcref) (global (export "g") (mut i32) (i32.const 1))
  (data (i32.const 8) "data") (elem (i32.const 0) func $f $load)
  (func $load (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "host") (param i32) (result i32) (call $f (local.get 0)))
  (func (export "boom") unreachable)
  (func $deep (export "deep") (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0)) (then (unreachable)) (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))))))`;

describe('leaks', () => {
  it(`${INSTANCES} instances, disposed or left to the collector`, async () => {
    const module = wamr.load(wamr.compileSync(wat(TEXT)));
    const round = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) {
        const instance = wamr.instantiate(module, { h: { f: (x: number) => x } });
        if (instance.exports.host(i) !== i) throw new Error('wrong');
        new Uint8Array(instance.exports.m.buffer)[0] = 1;
        if (i % 2 === 0) instance.dispose();
        if (i % 500 === 499) await collectGarbage();
      }
    };
    await round(2000);
    const before = await settled();
    const counts = native().stats();
    await round(INSTANCES);
    const after = await settled();
    const { pooled: _, ...now } = native().stats();
    const { pooled: __, ...was } = counts;
    for (const key of Object.keys(was) as (keyof typeof was)[])
      expect(Math.abs(now[key] - was[key]), key).toBeLessThanOrEqual(8);
    expect(after.heap - before.heap).toBeLessThan(4);
    expect(after.rss - before.rss).toBeLessThan(40);
  });

  it(`${TRAPS} traps in a row, of three kinds, deep ones and in nested host calls among them`, async () => {
    let depth = 0;
    const { exports }: any = wamr.instantiate(wat(TEXT), {
      h: { f: (x: number) => (depth++ < x ? exports.host(x) : exports.load(-1)) },
    });
    const lost: string[] = [];
    const mustTrap = (kind: string, f: () => unknown): void => {
      try {
        f();
        lost.push(kind);
      } catch (e: any) {
        if (e.kind !== kind) throw e;
      }
    };
    const round = (n: number): void => {
      for (let i = 0; i < n; i += 4) {
        mustTrap('memory-out-of-bounds', () => exports.load(65536 + i));
        mustTrap('unreachable', exports.boom);
        if (i % 64 === 0) mustTrap('unreachable', () => exports.deep(100));
        else mustTrap('memory-out-of-bounds', () => exports.load(-1));
        depth = 0;
        mustTrap('memory-out-of-bounds', () => exports.host(i % 5));
      }
    };
    // The process grows to the size that so much garbage between collections needs (on Node 24 the young generation alone
    // has 128 MiB in the end), and must stay there.
    round(Math.min(TRAPS, 250_000));
    const before = await settled();
    round(TRAPS);
    const after = await settled();
    expect(lost).toEqual([]);
    expect(after.heap - before.heap).toBeLessThan(4);
    expect(after.rss - before.rss).toBeLessThan(64);
  });
});
