/** V8's code of the compiler in the cache folder: left by the first compilation, taken by the next, whole or not at all. */
import fs from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';

const files = new Workspace();
afterAll(() => files.remove());
files.wasm('m.wasm', '(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))');

function compile(out: string): Buffer {
  expect(files.run(['compile', 'm.wasm', '-o', out], { env: { WAMR_LOG: '1' } })).toMatchObject({ code: 0, err: '' });
  return fs.readFileSync(files.path(out));
}
const entries = (): string[] => fs.readdirSync(files.path('cache')).filter((name) => name.endsWith('.aot'));

it('is left, is used, and makes no difference when it is damaged, cut off or gone', () => {
  const artefact = compile('1.aot');
  const [name] = entries();
  expect(entries()).toEqual([name]);
  const file = files.path(`cache/${name}`);
  const code = fs.readFileSync(file);
  const written = fs.statSync(file).mtimeMs;
  expect(compile('2.aot')).toEqual(artefact);
  expect([entries(), fs.readFileSync(file).equals(code)]).toEqual([[name], true]);
  for (const damaged of [code.map((byte, k) => (k === code.length >> 1 ? byte ^ 1 : byte)), code.subarray(0, 999)]) {
    fs.writeFileSync(file, damaged);
    expect(compile('3.aot')).toEqual(artefact);
    // Good code again.
    expect(fs.readFileSync(file).length).toBeGreaterThan(code.length >> 1);
  }
  expect(fs.statSync(file).mtimeMs).toBeGreaterThan(written);
  fs.rmSync(file);
  expect(compile('4.aot')).toEqual(artefact);
});

it('is not left by a run without the cache', () => {
  fs.rmSync(files.path('cache'), { recursive: true });
  expect(files.run(['run', '--no-cache', '--invoke', 'f', 'm.wasm', '14'])).toMatchObject({ code: 0, out: '42\n' });
  expect(fs.existsSync(files.path('cache')) ? entries() : []).toEqual([]);
});
