/**
 * Compilation on worker threads: the artefact's bytes do not depend on how many there are. Needs a module that is big
 * enough to be worth workers.
 */
import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from '../support/cli.js';
import { sample } from '../support/quick.js';
import { leb, moduleOf, section } from '../support/wasm-build.js';

const w = new Workspace();
const FUNCTIONS = 3000;

/** Functions of different sizes that call each other. */
function manyFunctions(): Uint8Array {
  const bodies: number[] = [];
  for (let f = 0; f < FUNCTIONS; f++) {
    const code = [0];
    code.push(0x20, 0);
    for (let k = (f * 37) % 60; k >= 0; k--) code.push(0x41, k & 63, 0x6a, 0x20, 0, 0x73, 0x22, 0);
    if (f > 0) code.push(0x10, ...leb((f * 7) % f));
    code.push(0x0b);
    bodies.push(...leb(code.length), ...code);
  }
  const all = Array.from({ length: FUNCTIONS }, () => 0);
  return moduleOf(
    section(1, [1, 0x60, 1, 0x7f, 1, 0x7f]),
    section(3, leb(FUNCTIONS), all),
    section(7, [1, 1, 0x66, 0, ...leb(FUNCTIONS - 1)]),
    section(10, leb(FUNCTIONS), bodies),
  );
}

beforeAll(() => w.write('many.wasm', manyFunctions()));
afterAll(() => w.remove());

it('any number of jobs gives the same bytes', () => {
  const artefacts = sample([1, 2, 5], 2).map((jobs) => {
    expect(w.run(['compile', 'many.wasm', '-o', `${jobs}.aot`, '--jobs', String(jobs)]).code).toBe(0);
    return fs.readFileSync(w.path(`${jobs}.aot`));
  });
  for (const artefact of artefacts) expect(artefact.equals(artefacts[0])).toBe(true);
  const v8 = new WebAssembly.Instance(new WebAssembly.Module(manyFunctions() as BufferSource)).exports.f as (
    x: number,
  ) => number;
  expect(w.run(['run', '--invoke', 'f', '5.aot', '12345']).out.trim()).toBe(String(v8(12345)));
}, 60_000);
