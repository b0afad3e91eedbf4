/**
 * Passes translated ahead of time (scripts/ahead, codegen/ahead.ts) give what the same passes give as JavaScript, to the
 * last bit, and never read or write beyond an array.
 */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AheadModule, type Engine } from '../../src-ts/codegen/ahead.js';
import type { MachFunc } from '../../src-ts/codegen/mach.js';
import { AheadAllocator } from '../../src-ts/codegen/regalloc/ahead.js';
import { Allocator } from '../../src-ts/codegen/regalloc/index.js';
import { type Enabled, Switches } from '../../src-ts/util/switches.js';
import { v8WebAssembly } from '../../src-ts/util/v8-wasm.js';
import { amount } from '../support/quick.js';
import { randomMach } from './random-mach.js';

const ROOT = path.join(import.meta.dirname, '..', '..');
const { translateAllocator } = (await import(path.join(ROOT, 'scripts/ahead/allocator.mjs'))) as {
  translateAllocator(root: string, options: { checked: boolean }): Uint8Array;
};
/** Every index is compared with the length of its array. */
const MODULE = new AheadModule(v8WebAssembly as Engine, translateAllocator(ROOT, { checked: true }));

function expectSame(
  enabled: Enabled,
  allocator: Allocator,
  ahead: AheadAllocator,
  make: () => MachFunc,
  savedRegs?: number,
): void {
  const here = make();
  const there = make();
  const expected = allocator.run(here, { savedRegs });
  const got = ahead.run(there, enabled, savedRegs ?? -1);
  // What has no result has no register: there stands what was there.
  for (let i = 0; i < here.nInst; i++) if (here.def.a[i] < 0) expected.defReg[i] = got.defReg[i] = -1;
  expect(got).toEqual(expected);
  expect(there.nVals).toBe(here.nVals);
  for (const column of ['valueClass', 'valueSize', 'valueBlock', 'constOf'] as const)
    expect(there[column].subarray(0, there.nVals)).toEqual(here[column].subarray(0, here.nVals));
}

describe('the allocator, translated', () => {
  it.each([[[]], [['long-lives']], [['late-stores', 'header-feedback', 'saved-choice']]])(
    'of random machine functions, without %j',
    (disabled: string[]) => {
      const { enabled } = new Switches(disabled);
      const allocator = new Allocator(enabled);
      const ahead = new AheadAllocator(MODULE);
      for (let seed = 1; seed < amount(120, 40); seed++) expectSame(enabled, allocator, ahead, () => randomMach(seed));
    },
  );

  it.each([0, 2, 4])('with %i callee-saved registers', (n) => {
    const { enabled } = new Switches([]);
    const ahead = new AheadAllocator(MODULE);
    for (let seed = 1; seed < 40; seed++) expectSame(enabled, new Allocator(enabled), ahead, () => randomMach(seed), n);
  });

  it('is not asked for twice where V8 has no memory for it', () => {
    const { enabled } = new Switches([]);
    let asked = 0;
    const none = (): never => {
      asked++;
      throw new RangeError('no memory');
    };
    const allocator = new Allocator(enabled, none);
    for (let seed = 1; seed < 4; seed++)
      expect(allocator.run(randomMach(seed)).code).toEqual(new Allocator(enabled).run(randomMach(seed)).code);
    expect(asked).toBe(1);
  });
});
