/**
 * Systems with pages of 16 and 64 KiB, as Linux has them on arm64. Here by an addon that counts with such pages, and that
 * refuses what such a kernel would: everything is a multiple of the real ones as well.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSameBehaviour } from '../arm64/compare.js';
import { type OtherSystem, runOn } from '../support/arm64.js';
import { newWat } from '../support/new-wat.js';

const TEXTS = {
  pages: `(module
    (memory $small 0 1000000 (pagesize 1))
    (memory $wide 1 10)
    (table $t 1 100000 funcref)
    (func (export "size") (result i32) (memory.size $small))
    (func (export "grow") (param i32) (result i32) (memory.grow $small (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store $small (local.get 0) (local.get 1)))
    (func (export "sum") (result i32) (local $i i32) (local $n i32)
      (loop $again
        (local.set $n (i32.add (local.get $n) (i32.load8_u $small (local.get $i))))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (memory.size $small))))
      (local.get $n))
    (func (export "growWide") (param i32) (result i32) (memory.grow $wide (local.get 0)))
    (func (export "loadWide") (param i32) (result i32) (i32.load $wide (local.get 0)))
    (func (export "growTable") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`,
  image: `(module
    (memory 5)
    (data (i32.const 8) "${'some bytes '.repeat(9000)}")
    (data (i32.const 200000) "${'others '.repeat(14_000)}")
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func (export "sum") (result i32) (local $i i32) (local $n i32)
      (loop $again
        (local.set $n (i32.add (i32.mul (local.get $n) (i32.const 31)) (i32.load (local.get $i))))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 327680))))
      (local.get $n)))`,
  objects: `(module
    (type $list (struct (field i32) (field (ref null $list))))
    (type $bytes (array (mut i8)))
    (func (export "lists") (param $n i32) (result i32) (local $l (ref null $list)) (local $sum i32)
      (loop $again
        (local.set $l (struct.new $list (local.get $n) (local.get $l)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (loop $again
        (local.set $sum (i32.add (local.get $sum) (struct.get $list 0 (local.get $l))))
        (br_if $again (i32.eqz (ref.is_null (local.tee $l (struct.get $list 1 (local.get $l)))))))
      (local.get $sum))
    (func (export "arrays") (param $n i32) (param $size i32) (result i32) (local $a (ref null $bytes)) (local $sum i32)
      (loop $again
        (local.set $a (array.new_default $bytes (local.get $size)))
        (local.set $sum (i32.add (local.get $sum) (array.get_u $bytes (local.get $a) (i32.sub (local.get $size) (i32.const 1)))))
        (array.fill $bytes (local.get $a) (i32.const 0) (i32.const 255) (local.get $size))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum))
    (func $deep (export "deep") (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0)))))`,
};

const HERE: OtherSystem = { node: [process.execPath], target: 'x86-64-v2' };
const main = path.join(import.meta.dirname, 'pages-main.ts');
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-pages-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

describe.skipIf(process.arch !== 'x64').each(['16', '64'])('pages of %s KiB', (kib) => {
  const env = { WAMR_NATIVE_PAGE_KIB: kib };
  let files: string[];
  beforeAll(() => {
    files = Object.entries(TEXTS).map(([name, text]) => {
      fs.writeFileSync(path.join(dir, `${name}.wasm`), newWat(text));
      return path.join(dir, `${name}.wasm`);
    });
  });

  it('memories, images, tables, objects and stacks are as with pages of 4 KiB', async () => {
    const expected = await runOn(HERE, main, files, { timeoutMs: 120_000 });
    expect(expected).toMatchObject({ code: 0, err: '' });
    expect(expected.out).toMatch(/mapped: true/);
    expect(await runOn(HERE, main, files, { timeoutMs: 120_000, env })).toEqual(expected);
  });

  it('calls, traps, host functions, exceptions and interruption', async () => {
    await expectSameBehaviour((source, args) => runOn(HERE, source, args, { timeoutMs: 300_000, env }));
  });
});
