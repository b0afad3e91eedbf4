/** String builtins that native code answers (native/strings.h): the answers, and what the copies of strings take. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_ALL_UNITS, MAX_UNITS } from '../../src-ts/abi/strings.js';
import { wamr } from '../support/built.js';
import { newWat } from '../support/new-wat.js';
import { amount } from '../support/quick.js';
import { playStrings, STRING_TABLE } from '../support/string-table.js';

const ROOT = join(import.meta.dirname, '../..');
const W = wamr.WebAssembly as any;
const ON = { builtins: ['js-string'] };

/** `chars(t, i, n)` reads the first character of table entry i n times; `all(t, i)` adds up all of entry i. */
const READER = newWat(`(module
  (import "wasm:js-string" "length" (func $length (param externref) (result i32)))
  (import "wasm:js-string" "charCodeAt" (func $at (param externref i32) (result i32)))
  (table $t (export "t") 256 externref)
  (func (export "chars") (param i32 i32) (result i32) (local i32 i32)
    (loop $l
      (local.set 2 (i32.add (local.get 2) (call $at (table.get $t (local.get 0)) (i32.const 0))))
      (br_if $l (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (local.get 2))
  (func (export "all") (param i32) (result i32) (local externref i32 i32)
    (local.set 1 (table.get $t (local.get 0)))
    (loop $l
      (if (i32.lt_u (local.get 2) (call $length (local.get 1)))
        (then
          (local.set 3 (i32.add (local.get 3) (call $at (local.get 1) (local.get 2))))
          (local.set 2 (i32.add (local.get 2) (i32.const 1)))
          (br $l))))
    (local.get 3)))`);
const reader = (): any => new W.Instance(new W.Module(READER, ON)).exports;

describe('random calls on strings that wasm keeps', () => {
  it.each(Array.from({ length: amount(8, 2) }, (_, k) => k + 1))('seed %i', (seed) => {
    expect(playStrings(W, seed, 20_000)).toEqual([]);
  });
});

it('indices of freed references are used again by other strings', () => {
  const e = reader();
  let sum = 0;
  let expected = 0;
  for (let round = 0; round < 3000; round++) {
    for (let i = 0; i < 64; i++) {
      const c = (round * 7 + i) % 600;
      e.t.set(i, String.fromCharCode(c) + 'x');
      sum += e.chars(i, 4);
      expected += 4 * c;
    }
  }
  expect(sum).toBe(expected);
});

it('strings are as they were when there are many more references', () => {
  const e = reader();
  for (let i = 0; i < 200; i++) e.t.set(i, 'x'.repeat(i + 1));
  const before = Array.from({ length: 200 }, (_, i) => [e.chars(i, 5), e.all(i)]);
  const instance = new W.Instance(new W.Module(newWat('(module (table (export "t") 100000 externref))'))).exports;
  for (let i = 0; i < 100_000; i++) instance.t.set(i, i);
  expect(Array.from({ length: 200 }, (_, i) => [e.chars(i, 5), e.all(i)])).toEqual(before);
});

it('copies are bounded, told V8 and given back', () => {
  const e = reader();
  const units = MAX_UNITS / 4;
  const before = process.memoryUsage().external;
  for (let i = 0; i < 32; i++) {
    e.t.set(i, String.fromCharCode(97 + i).repeat(units));
    expect(e.all(i)).toBe((97 + i) * units);
  }
  expect(process.memoryUsage().external - before).toBeLessThan(2 * MAX_ALL_UNITS + (16 << 20));
  // The longest that is not copied any more.
  e.t.set(0, '☺'.repeat(MAX_UNITS + 1));
  expect(e.chars(0, 1000)).toBe(1000 * 0x263a);
  for (let i = 0; i < 32; i++) e.t.set(i, null);
  for (let i = 0; i < 300_000; i++) e.t.set(0, `${i}`);
  expect(process.memoryUsage().external - before).toBeLessThan(16 << 20);
});

it('a call of JavaScript costs many times more', () => {
  const script = `
    const { WebAssembly: W } = require('./dist');
    const e = new W.Instance(new W.Module(Buffer.from('${Buffer.from(READER).toString('base64')}', 'base64'), ${JSON.stringify(ON)})).exports;
    e.t.set(0, 'a string');
    e.chars(0, 100_000);
    const before = process.cpuUsage();
    e.chars(0, 2_000_000);
    console.log(process.cpuUsage(before).user);`;
  const run = (strings: string): number => {
    const env = { ...process.env, WAMR_NATIVE_STRINGS: strings };
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: ROOT, env, encoding: 'utf8' });
    expect(stderr).toBe('');
    return Number(stdout);
  };
  const [ours, theirs] = [run('1'), run('0')];
  // About twelve times.
  if (process.arch === 'x64') expect(ours).toBeLessThan(theirs / 3);
});

it('programs see no difference without native strings', () => {
  const script = `
    const { WebAssembly: W } = require('./dist');
    const e = new W.Instance(new W.Module(Buffer.from('${Buffer.from(newWat(STRING_TABLE)).toString('base64')}', 'base64'), ${JSON.stringify(ON)})).exports;
    e.t.set(0, 'häl'); e.t.set(1, 'lo ☺');
    e.concat(2, 0, 1);
    e.substring(3, 2, 1, 4);
    e.fromCharCode(4, 65);
    const trap = (f) => { try { return f(); } catch (x) { return x.message; } };
    console.log(JSON.stringify([e.t.get(2), e.t.get(3), e.t.get(4), e.length(2), e.charCodeAt(2, 6), e.compare(0, 1), e.equals(2, 2), trap(() => e.charCodeAt(2, 7)), trap(() => e.length(9))]));`;
  const run = (strings: string): string =>
    spawnSync(process.execPath, ['-e', script], {
      cwd: ROOT,
      env: { ...process.env, WAMR_NATIVE_STRINGS: strings },
      encoding: 'utf8',
    }).stdout;
  expect(run('1')).toContain('hällo ☺');
  expect(run('1')).toBe(run('0'));
});

/**
 * `play(seed, n)`: n times an entry of the table becomes two others joined, or, if that is long, a part of it. `chain(n)`
 * joins n times, to the left or to the right.
 */
const MAKER = newWat(`(module
  (import "wasm:js-string" "length" (func $length (param externref) (result i32)))
  (import "wasm:js-string" "concat" (func $concat (param externref externref) (result (ref extern))))
  (import "wasm:js-string" "substring" (func $substring (param externref i32 i32) (result (ref extern))))
  (table $t (export "t") 64 externref)
  (func $next (param i32) (result i32)
    (i32.add (i32.mul (local.get 0) (i32.const 1664525)) (i32.const 1013904223)))
  (func (export "play") (param $x i32) (param $n i32) (result i32) (local $s externref) (local $l i32)
    (loop $again
      (local.set $x (call $next (local.get $x)))
      (local.set $s (call $concat
        (table.get $t (i32.and (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 63)))
        (table.get $t (i32.and (i32.shr_u (local.get $x) (i32.const 14)) (i32.const 63)))))
      (if (i32.gt_u (local.tee $l (call $length (local.get $s))) (i32.const 300)) (then
        (local.set $s (call $substring (local.get $s)
          (i32.rem_u (i32.shr_u (local.get $x) (i32.const 5)) (i32.const 200))
          (i32.sub (local.get $l) (i32.and (local.get $x) (i32.const 63)))))
        (local.set $s (call $substring (local.get $s) (i32.const 0) (i32.const 40)))))
      (table.set $t (i32.and (i32.shr_u (local.get $x) (i32.const 20)) (i32.const 63)) (local.get $s))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  (func (export "chain") (param $s externref) (param $piece externref) (param $n i32) (param $left i32) (result externref)
    (loop $again
      (if (local.get $left)
        (then (local.set $s (call $concat (local.get $s) (local.get $piece))))
        (else (local.set $s (call $concat (local.get $piece) (local.get $s)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))`);

describe('strings that native code makes', () => {
  const maker = (): any => new W.Instance(new W.Module(MAKER, ON)).exports;
  const first = (i: number): string => String.fromCharCode(97 + (i % 26)) + (i % 5 === 0 ? 'é☺' : '') + i;

  it.each([1, 2, 3])('from each other, at random: seed %i', (seed) => {
    const e = maker();
    const model = Array.from({ length: 64 }, (_, i) => first(i));
    model.forEach((text, i) => e.t.set(i, text));
    let theirs = seed;
    let ours = seed;
    for (let round = 0; round < amount(60, 12); round++) {
      const n = 1 + ((seed * 7919 + round * 104_729) % 5000);
      theirs = e.play(theirs, n);
      for (let k = 0; k < n; k++) {
        ours = (Math.imul(ours, 1664525) + 1013904223) | 0;
        const x = ours >>> 0;
        let text = model[(x >>> 8) & 63] + model[(x >>> 14) & 63];
        if (text.length > 300) text = text.slice((x >>> 5) % 200, text.length - (x & 63)).slice(0, 40);
        model[(x >>> 20) & 63] = text;
      }
      // One that JavaScript has not seen in the rounds before, and sometimes all.
      const at = round % 64;
      expect(e.t.get(at)).toBe(model[at]);
      if (round % 20 === 19) expect(model.map((_, i) => e.t.get(i))).toEqual(model);
    }
    expect(ours).toBe(theirs);
  });

  it('as chains of a hundred thousand pieces, which take no stack', () => {
    const e = maker();
    for (const left of [1, 0]) {
      const s = e.chain('<', 'ab', 100_000, left) as string;
      expect(s.length).toBe(200_001);
      expect(s).toBe(left === 1 ? '<' + 'ab'.repeat(100_000) : 'ab'.repeat(100_000) + '<');
    }
  });

  it('are no longer than strings of JavaScript, and take no memory when nobody has them', () => {
    const e = maker();
    const before = process.memoryUsage().rss;
    for (let k = 0; k < 20; k++) e.chain('x', 'y', 100_000, 1);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    const long = 'z'.repeat(2 ** 24);
    expect(() => e.chain(long, long, 32, 1)).toThrow(RangeError);
  });
});
