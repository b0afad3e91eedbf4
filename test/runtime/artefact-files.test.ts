/** Artefact files that change while what was loaded from them runs: nothing of it changes. */
import { chmodSync, mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const dir = mkdtempSync(join(tmpdir(), 'wamr-files-'));
afterAll(() => rmSync(dir, { recursive: true }));

const source = (letter: string, answer: number): Uint8Array =>
  wamr.compileSync(
    wat(`(module (memory (export "m") 8) (table 2 funcref) (elem (i32.const 0) $far)
      (data (i32.const 0) "${letter.repeat(300_000)}") (data $passive "${letter.repeat(5000)}")
      (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
      (func $far (export "far") (result i32) (i32.const ${answer}))
      (func (export "init") (memory.init $passive (i32.const 400000) (i32.const 0) (i32.const 5000)))
      (func (export "trap") unreachable))`),
  );
const ours = source('x', 5);

test.each([
  ['truncated to a page', (f: string) => truncateSync(f, 4096)],
  ['truncated to 16 KiB', (f: string) => truncateSync(f, 16384)],
  ['emptied', (f: string) => truncateSync(f, 0)],
  ['written again', (f: string) => writeFileSync(f, ours)],
  ['overwritten with another module', (f: string) => writeFileSync(f, source('y', 6))],
  ['overwritten with garbage', (f: string) => writeFileSync(f, new Uint8Array(ours.length).fill(0xcc))],
  ['removed', unlinkSync],
  ['made unreadable', (f: string) => chmodSync(f, 0)],
])('%s', (name, change) => {
  const file = join(dir, `${name.replaceAll(' ', '-')}.aot`);
  writeFileSync(file, ours);
  const module = wamr.load(file);
  const before = wamr.instantiate(module);
  expect(before.exports.load(0)).toBe(120);
  change(file);
  for (const { exports } of [before, wamr.instantiate(module)]) {
    expect(exports.load(250_000)).toBe(120);
    expect(exports.far()).toBe(5);
    exports.init();
    expect(Buffer.from(exports.m.buffer, 200_000, 1000).every((b) => b === 120)).toBe(true);
    expect(exports.load(404_999)).toBe(120);
    expect(() => exports.load(8 * 65536)).toThrow(/out of bounds/);
    expect(() => exports.trap()).toThrow('unreachable');
  }
});

test('images outlive their module; what one instance writes no other sees', () => {
  const file = join(dir, 'image.aot');
  writeFileSync(file, ours);
  const views = [1, 2, 3].map((k) => {
    const { exports } = wamr.instantiate(file);
    const view = new Uint8Array(exports.m.buffer);
    view[4096] = k;
    return view;
  });
  expect(views.map((v) => [v[4095], v[4096], v[299_999]])).toEqual([1, 2, 3].map((k) => [120, k, 120]));
});

test('the only instance takes the image along; others of that module are refused, others of that file are not', () => {
  const file = join(dir, 'only.aot');
  writeFileSync(file, ours);
  const module = wamr.load(file);
  const { exports } = wamr.instantiate(module, {}, { onlyInstance: true });
  const view = new Uint8Array(exports.m.buffer);
  expect([view[0], view[299_999], view[300_000]]).toEqual([120, 120, 0]);
  exports.init();
  expect([exports.load(400_000), exports.far()]).toEqual([120, 5]);
  expect(exports.m.grow(4)).toBe(8);
  expect(exports.load(250_000)).toBe(120);
  // Where pages cannot be moved (on other systems; larger ones than the image begins with) the image was copied.
  if (process.platform === 'linux' && process.env.WAMR_NATIVE_PAGE_KIB === undefined)
    expect(() => wamr.instantiate(module)).toThrow(
      expect.objectContaining({ name: 'LinkError', message: expect.stringContaining('onlyInstance') }),
    );
  for (const { exports: again } of [wamr.instantiate(file), wamr.instantiate(wamr.load(file))])
    expect([again.load(0), again.load(299_999), again.far()]).toEqual([120, 120, 5]);
});

test('an image that another instance has is not taken along', () => {
  const module = wamr.load(ours);
  const first = wamr.instantiate(module);
  const only = wamr.instantiate(module, {}, { onlyInstance: true });
  new Uint8Array(only.exports.m.buffer).fill(1);
  expect([first.exports.load(0), wamr.instantiate(module).exports.load(299_999)]).toEqual([120, 120]);
});
