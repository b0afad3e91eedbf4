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
