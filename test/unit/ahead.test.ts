/**
 * The parts of the compiler that are translated ahead of time (scripts/ahead, ahead/parts.ts) give what the same code gives
 * as JavaScript, to the last bit, and never read or write beyond an array.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { closedElements, computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { AheadModule, type Engine } from '../../src-ts/ahead/memory.js';
import { AheadParts } from '../../src-ts/ahead/parts.js';
import { AheadUse } from '../../src-ts/ahead/use.js';
import { compileOrder } from '../../src-ts/aot/compile-order.js';
import { type CodegenOptions, Compilation, PIPELINE } from '../../src-ts/aot/pipeline.js';
import { TARGETS } from '../../src-ts/aot/targets.js';
import { FAR_INSTRUCTIONS } from '../../src-ts/arm64/emit/emit.js';
import { CompileError } from '../../src-ts/errors.js';
import type { MachFunc } from '../../src-ts/codegen/mach.js';
import { printMach } from '../../src-ts/codegen/print.js';
import { Allocator } from '../../src-ts/codegen/regalloc/index.js';
import { matchProfile } from '../../src-ts/ir/profile.js';
import { IntVec } from '../../src-ts/util/vec.js';
import { type Enabled, Switches } from '../../src-ts/util/switches.js';
import { v8WebAssembly } from '../../src-ts/util/v8-wasm.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { madeUpProfile } from '../support/made-up-profile.js';
import { monsterModule } from '../support/monster.js';
import { SHARED } from '../support/peers.js';
import { amount } from '../support/quick.js';
import { wat } from '../support/wat.js';
import { randomMach } from './random-mach.js';

const ROOT = path.join(import.meta.dirname, '..', '..');
const { openParts } = (await import(path.join(ROOT, 'scripts/ahead/parts.mjs'))) as {
  openParts(root: string): (machine: string, options: { checked: boolean }) => Promise<Uint8Array>;
};
const translate = openParts(ROOT);
/** Every index is compared with the length of its array. */
const translated = async (machine: string): Promise<AheadModule> =>
  new AheadModule(v8WebAssembly as Engine, await translate(machine, { checked: true }));
const X64 = await translated('x64');
const ARM64 = await translated('arm64');

function expectSame(
  enabled: Enabled,
  allocator: Allocator,
  ahead: AheadParts,
  make: () => MachFunc,
  savedRegs?: number,
): void {
  const here = make();
  const there = make();
  const expected = allocator.run(here, { savedRegs });
  const got = ahead.allocate(there, enabled, savedRegs ?? -1, true);
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
      const ahead = new AheadParts(X64);
      for (let seed = 1; seed < amount(120, 40); seed++) expectSame(enabled, allocator, ahead, () => randomMach(seed));
    },
  );

  it.each([0, 2, 4])('with %i callee-saved registers', (n) => {
    const { enabled } = new Switches([]);
    const ahead = new AheadParts(X64);
    for (let seed = 1; seed < 40; seed++) expectSame(enabled, new Allocator(enabled), ahead, () => randomMach(seed), n);
  });

  it('is not asked for twice where V8 has no memory for it', () => {
    const { enabled } = new Switches([]);
    let asked = 0;
    const none = (): never => {
      asked++;
      throw new RangeError('no memory');
    };
    const allocator = new Allocator(enabled, new AheadUse(none, enabled));
    for (let seed = 1; seed < 4; seed++)
      expect(allocator.run(randomMach(seed)).code).toEqual(new Allocator(enabled).run(randomMach(seed)).code);
    expect(asked).toBe(1);
  });
});

/** What an object has in its arrays and vectors up to their length here, and its numbers. */
function contents(object: object, lengths: Readonly<Record<string, number>>): Record<string, unknown> {
  const row = ([name, value]: [string, unknown]): [string, unknown] => {
    if (value instanceof IntVec) return [name, [...value.toArray()]];
    if (!ArrayBuffer.isView(value)) return [name, value];
    const array = value as Int32Array;
    // What is not there counts as 0.
    return [name, Array.from({ length: lengths[name] ?? 0 }, (__, k) => array[k] ?? 0)];
  };
  return Object.fromEntries(Object.entries(object).map(row));
}

function optimised({ func: f, cfg, order }: Compilation): unknown {
  const { nv, nb, ne } = f;
  const weighted = f.weighted;
  return [
    contents(f, {
      ...Object.fromEntries(['op', 'type', 'a', 'b', 'c', 'imm', 'imm2', 'block', 'pos'].map((name) => [name, nv])),
      ...Object.fromEntries(['boundKind', ...(f.bounded ? ['least', 'most'] : [])].map((n) => [n, f.bounded ? nv : 0])),
      ...Object.fromEntries(['isLoopHeader', 'blockPos', 'part', 'idom', 'domDepth'].map((name) => [name, nb])),
      ...Object.fromEntries(['blockStart', 'paramAt', 'predAt', 'succAt'].map((name) => [name, nb + 1])),
      ...Object.fromEntries(['edgeFrom', 'edgeTo', 'wayAt', 'predEdge', 'succEdge'].map((name) => [name, ne])),
      order: f.blockStart[nb],
      argAt: ne + 1,
      params: f.paramAt[nb],
      args: f.argAt[ne],
      blockWeight: weighted ? nb : 0,
      edgeWeight: weighted ? ne : 0,
    }),
    contents(cfg, {
      ...Object.fromEntries(['loopOf', 'loopParent', 'loopDepth', 'cold', 'freq'].map((name) => [name, nb])),
      prob: ne,
      edgeFreq: ne,
    }),
    [...order.subarray(0, nb)],
  ];
}

/** Bounds of parameters without a range are what was there before. */
function forgetOthers(c: Compilation): void {
  const { func: f } = c;
  if (f.bounded) for (let v = 0; v < f.nv; v++) if ((f.boundKind[v] & 1) === 0) f.least[v] = f.most[v] = 0;
}

/** `least`: the largest function has more machine instructions than this, or the test is about something else. */
function expectSameModule(
  wasm: Uint8Array,
  more: Partial<CodegenOptions>,
  ahead: AheadParts,
  weighted = false,
  least = -1,
): void {
  let largest = 0;
  const module = decodeModule(wasm);
  const vm = computeVmLayout(module, validateModule(module).mutatedTables);
  const profile = weighted ? matchProfile(module, madeUpProfile(wasm, 3)) : null;
  const guide = profile === null ? undefined : { profile, elements: closedElements(module, vm) };
  const options: CodegenOptions = { ...TARGETS['x86-64-v2'], bounds: 'guard', verify: true, guide, ...more };
  const make = (parts: AheadParts | null, verify: boolean): Compilation =>
    new Compilation(module, vm, { ...options, verify, preserved: order().preserved }, undefined, () => parts);
  const order = (): ReturnType<typeof compileOrder> => compileOrder(module);
  const here = make(null, true);
  // What is verified is copied out after each phase; else everything stays where it is.
  const verified = make(ahead, true);
  const there = make(ahead, false);
  for (const d of order().list) {
    const index = module.importedFuncs + d;
    for (const c of [here, verified, there]) {
      c.begin(index);
      for (const step of PIPELINE) {
        step.run(c);
        if (step.name === 'layout') forgetOthers(c);
      }
      largest = Math.max(largest, c.mach.nInst);
      if (c === here) continue;
      expect([c.optimised, c.selected]).toEqual([true, true]);
      if (c === verified) {
        expect(optimised(c)).toEqual(optimised(here));
        expect(printMach(c.mach)).toBe(printMach(here.mach));
      }
      expect(c.frameBytes).toBe(here.frameBytes);
      expect(c.code).toEqual(here.code);
      for (const units of ['coldUnitCount', 'voteUnits', 'placeUnits'] as const)
        expect(c.emitter[units]()).toEqual(here.emitter[units]());
      expect(c.options.preserved).toEqual(here.options.preserved);
      // Nothing has trapped.
      expect(Reflect.get(ahead, 'running')).toBe(false);
    }
  }
  expect(largest).toBeGreaterThan(least);
}

describe('SSA construction, translated', () => {
  const suite = path.join(SHARED, 'spec');
  if (!fs.existsSync(suite)) return it.skip('NOT RUN: ../shared is absent', () => {});
  const modules = fs
    .readdirSync(suite, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wasm'))
    .filter((_, k) => k % amount(8, 64) === 0)
    .map((name) => fs.readFileSync(path.join(suite, name)));

  it.each([
    ['x86-64-v2', X64],
    ['aarch64', ARM64],
    ['aarch64-lse-bti-pac', ARM64],
  ] as const)('of the specification suite, for %s', { timeout: 300_000 }, (target, parts) => {
    let ahead = new AheadParts(parts);
    let compared = 0;
    for (const wasm of modules) {
      if (!isValid(wasm)) continue;
      expectSameModule(wasm, TARGETS[target], ahead);
      if (!ahead.usable) ahead = new AheadParts(parts);
      compared++;
    }
    expect(compared).toBeGreaterThan(50);
  });
});

function isValid(wasm: Uint8Array): boolean {
  try {
    validateModule(decodeModule(wasm));
    return true;
  } catch (e) {
    if (e instanceof CompileError) return false;
    throw e;
  }
}

/** Where numbers of the compiler leave 32 bits if they can: constants, offsets and steps of loops at the ends of the range. */
function extremes(): Uint8Array {
  const ends = [-0x80000000, -0x7fffffff, -65537, -65536, -1, 1, 65535, 0x40000000, 0x7ffffff0, 0x7fffffff];
  const arithmetic = [
    'add',
    'sub',
    'mul',
    'div_s',
    'div_u',
    'rem_s',
    'rem_u',
    'and',
    'or',
    'xor',
    'shl',
    'shr_s',
    'shr_u',
  ];
  const compared = ['eq', 'lt_s', 'lt_u', 'gt_s', 'ge_u'];
  const functions: string[] = [];
  for (const c of ends) {
    for (const type of ['i32', 'i64'] as const) {
      const k = `(${type}.const ${type === 'i32' || (c & 1) === 0 ? c : BigInt(c) << 32n})`;
      const [p, q] = [`(local.get $${type})`, `(local.get $${type}2)`];
      const results: string[] = [];
      for (const op of [...arithmetic, 'rotl'])
        for (const [x, y] of [
          [p, k],
          [k, p],
          [`(${type}.add ${p} ${k})`, k],
          [`(${type}.shr_u ${p} ${k})`, q],
        ])
          results.push(`(local.set $${type} (${type}.${op} ${x} ${y}))`);
      for (const op of compared)
        for (const x of [p, `(${type}.add ${p} ${k})`, `(${type}.sub ${k} ${p})`])
          results.push(`(if (${type}.${op} ${x} ${k}) (then (local.set $${type} (${type}.xor ${p} ${q}))))`);
      for (const step of ['add', 'sub'])
        results.push(`(loop (local.set $${type} (${type}.${step} ${p} ${k})) (br_if 0 (${type}.lt_s ${p} ${q})))`);
      functions.push(`${results.join(' ')} (local.get $i32)`);
    }
    for (const offset of [0, 4, 1024, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const addresses = [1, 2, 3].map(
        (n) => `(i32.shl (i32.and (local.get $i32) (i32.const 0xfffffff)) (i32.const ${n}))`,
      );
      addresses.push(
        '(local.get $i32)',
        '(i32.add (local.get $i32) (local.get $i322))',
        '(i32.add (local.get $i32) (i32.const 12))',
      );
      const sums = addresses.map((address) => `(i32.add ${address} (i32.const ${c}))`);
      functions.push(
        sums.map((sum) => `(i32.store8 offset=${offset} ${sum} (i32.load offset=${offset} ${sum}))`).join(' ') +
          sums.map((sum) => ` (i64.store offset=${offset} ${sum} (i64.load offset=${offset} ${sum}))`).join('') +
          ' (local.get $i32)',
      );
    }
  }
  const text = functions.map(
    (body, n) =>
      `(func (export "${n}") (param $i32 i32) (param $i322 i32) (param $i64 i64) (param $i642 i64) (result i32) ${body})`,
  );
  return wat(`(module (memory 1 65536) ${text.join('\n')})`);
}

/** One function of more than FAR_INSTRUCTIONS in a row, with constants and a table of jumps among them. */
function longModule(): Uint8Array {
  const group = (k: number): string => `${'f64.sqrt '.repeat(1000)} f64.const ${k + 0.1} f64.add `;
  const groups = Array.from({ length: 1 + FAR_INSTRUCTIONS / 1000 }, (_, k) => group(k));
  const choice = [1.1, 2.2, 3.3, 4.4].reduce(
    (code, x) => `(block ${code}) (local.set 0 (f64.add (local.get 0) (f64.const ${x})))`,
    '(br_table 0 1 2 3 2 1 3 0 2 0 1 3 (local.get 1))',
  );
  return wat(`(module (func (export "f") (param f64 i32) (result f64) ${choice} local.get 0 ${groups.join('')}))`);
}

describe('passes, selection and emission, translated', () => {
  const gate = path.join(import.meta.dirname, 'gate');
  const modules = fs.readdirSync(gate).filter((name) => name.endsWith('.wasm'));
  const read = (name: string): Uint8Array => fs.readFileSync(path.join(gate, name));

  it.each(modules)('of %s', (name) => expectSameModule(read(name), {}, new AheadParts(X64)), 60_000);

  it.each<[string, Partial<CodegenOptions>]>([
    ['bounds checks', { bounds: 'explicit' }],
    ['the same bits on every machine', { deterministic: true }],
    ['counters', { debugInfo: true, count: true, coverage: true }],
    ['AVX2', TARGETS['x86-64-v3']],
    [
      'no passes',
      { disable: ['split-conditions', 'known-branches', 'induction', 'scheduling', 'layout', 'prediction'] },
    ],
    ['what differs by function', { disable: ['known-branches@3-9', 'lazy-frames@5-', 'folded-addresses@2-4'] }],
  ])('with %s', (_, options) => expectSameModule(read('vm.wasm'), options, new AheadParts(X64)), 60_000);

  it.each(['vm.wasm', 'chase.wasm'])(
    'with a profile: %s',
    (name) => expectSameModule(read(name), {}, new AheadParts(X64), true),
    60_000,
  );

  it.each<[keyof typeof TARGETS, AheadModule, Partial<CodegenOptions>]>([
    ['x86-64-v2', X64, {}],
    ['x86-64-v2', X64, { bounds: 'explicit' }],
    ['aarch64', ARM64, {}],
    ['aarch64', ARM64, { bounds: 'explicit' }],
  ])(
    'of numbers at the ends of 32 bits, %s',
    (target, parts, options) => expectSameModule(extremes(), { ...TARGETS[target], ...options }, new AheadParts(parts)),
    120_000,
  );

  it(
    'of an interpreter in one function, whose arrays outgrow their memory',
    () => expectSameModule(monsterModule(amount(12_000, 3_000)), {}, new AheadParts(X64)),
    120_000,
  );

  it.each(modules)(
    'of %s, for arm64',
    (name) => expectSameModule(read(name), TARGETS['aarch64-lse'], new AheadParts(ARM64)),
    60_000,
  );

  it.each<[string, Partial<CodegenOptions>]>([
    ['bounds checks', { ...TARGETS.aarch64, bounds: 'explicit' }],
    ['landing pads and signed return addresses', { ...TARGETS['aarch64-lse-bti-pac'], bounds: 'explicit' }],
    ['the same bits on every machine', { ...TARGETS.aarch64, deterministic: true }],
    ['counters', { ...TARGETS['aarch64-bti'], debugInfo: true, count: true, coverage: true }],
    ['what differs by function', { ...TARGETS.aarch64, disable: ['known-branches@3-9', 'lazy-frames@5-'] }],
  ])('for arm64 with %s', (_, options) => expectSameModule(read('vm.wasm'), options, new AheadParts(ARM64)), 60_000);

  it(
    'for arm64 of a function whose constants are out of the reach of a load',
    () => expectSameModule(longModule(), TARGETS.aarch64, new AheadParts(ARM64), false, FAR_INSTRUCTIONS),
    120_000,
  );

  it.each(
    [X64, ARM64].flatMap((parts) =>
      (['optimise', 'select', 'allocate', 'emit'] as const).map((phase) => [phase, parts] as const),
    ),
  )(
    'is left for the source where V8 gives no more memory: %s',
    (phase, translation) => {
      let calls = 0;
      let failures = 0;
      const failing = (): AheadParts => {
        const parts = new AheadParts(translation);
        const run = parts[phase].bind(parts) as (...args: unknown[]) => unknown;
        const fail = (...args: unknown[]): unknown => {
          const fails = ++calls % 3 === 0;
          // Passes leave the function as it was.
          const answer = fails && phase === 'optimise' ? null : run(...args);
          if (!fails) return answer;
          failures++;
          throw new RangeError('no memory');
        };
        return Object.assign(parts, { [phase]: fail });
      };
      const module = decodeModule(read('simd_bytes.wasm'));
      const vm = computeVmLayout(module, validateModule(module).mutatedTables);
      const order = compileOrder(module);
      const target = TARGETS[translation === X64 ? 'x86-64-v2' : 'aarch64'];
      const options = { ...target, bounds: 'explicit' as const, verify: false };
      const make = (parts: () => AheadParts | null): Compilation =>
        new Compilation(module, vm, { ...options, preserved: compileOrder(module).preserved }, undefined, parts);
      const here = make(() => null);
      const there = make(failing);
      for (const d of order.list) {
        for (const c of [here, there]) {
          c.begin(module.importedFuncs + d);
          for (const step of PIPELINE) step.run(c);
        }
        // What is copied in for the steps that are left does not make the next function trap.
        if (phase !== 'optimise') expect(there.optimised).toBe(true);
        expect(there.code).toEqual(here.code);
        expect(there.allocation.savedRegs).toBe(here.allocation.savedRegs);
        expect(there.options.preserved).toEqual(here.options.preserved);
      }
      expect(failures).toBeGreaterThan(1);
    },
    60_000,
  );
});
