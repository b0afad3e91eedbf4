/**
 * Linux on arm64 by emulation: what the addon does there gives what it gives here, the specification suite passes, and
 * generated modules and programs do the same. A part of it; WAMR_TEST_EMULATED=all (`npm run test:arm64`) runs all.
 * Left out, loudly, where there is no emulator.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Emulated, runNodeOnArm64, runOnArm64, testOnArm64, withoutEmulator } from '../support/arm64.js';
import { wamrEngine } from '../support/engine.js';
import { compareRecords, type FuncRecord, type FuzzOptions, runFuzzModule } from '../support/fuzz-runner.js';
import type { Counts } from '../support/gc-acts.js';
import { gcProgram } from '../support/gc-programs/program.js';
import { WRITES } from '../support/gc-writes.js';
import { joinedComparisons } from '../support/joined-comparisons.js';
import { randomLoop } from '../support/random-loops.js';
import { newWat } from '../support/new-wat.js';
import { runWasmTools, SHARED, specSuite } from '../support/peers.js';
import { smith } from '../support/smith.js';
import { argumentOf, batchesOf, findScripts, isEdition2, nameOf, type PartResult } from '../support/spec-scripts.js';
import { wat } from '../support/wat.js';
import { TCGC_FOLDER, TCGC_OUTPUT, tcgcFor } from '../support/tcgc.js';
import { TEXTS } from './behaviour.js';
import { expectSameBehaviour } from './compare.js';

const { compileSync } = createRequire(import.meta.url)('../../dist/index.js') as typeof import('../../src-ts/index.js');
const here = import.meta.dirname;
const ALL = process.env.WAMR_TEST_EMULATED === 'all';
const BOUNDS = ['guard', 'explicit'] as const;
/** In one process: for each the emulator takes some 20 MB that it does not give back. */
const INSTANCES = 100;
const missing = withoutEmulator();
if (missing !== undefined) console.warn(`arm64 is not tested: ${missing}`);

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-arm64-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

/** Lines of JSON that a program has written; it ended well and said nothing else. */
function linesOf<T>({ code, signal, out, err }: Emulated, what: string): T[] {
  expect({ code, signal, err }, what).toEqual({ code: 0, signal: null, err: '' });
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

interface Generated {
  name: string;
  bytes: Uint8Array;
  options?: FuzzOptions;
  /** What is right. */
  records: FuncRecord[];
}

/** What differs on the emulated machine. */
async function differences(modules: readonly Generated[], bounds: string): Promise<string[]> {
  const input = modules.map(({ name, bytes, options }) =>
    JSON.stringify({ name, bytes: Buffer.from(bytes).toString('base64'), options }),
  );
  const different: string[] = [];
  for (let k = 0; k < modules.length; k += INSTANCES) {
    const some = modules.slice(k, k + INSTANCES);
    const run = await runOnArm64(path.join(here, 'modules.ts'), [bounds], {
      input: `${input.slice(k, k + INSTANCES).join('\n')}\n`,
      timeoutMs: 1_800_000,
    });
    const answers = linesOf<FuncRecord[] | string>(run, some[0].name);
    expect(answers.length).toBe(some.length);
    answers.forEach((records, i) => {
      const difference = typeof records === 'string' ? records : compareRecords(records, some[i].records);
      if (difference !== undefined) different.push(`${some[i].name}, ${bounds}: ${difference}`);
    });
  }
  return different;
}

describe.skipIf(missing !== undefined)('on arm64', () => {
  it('calls, traps, host functions, exceptions, tail calls and interruption do what they do on x86-64', async () => {
    await expectSameBehaviour((source, args) => runOnArm64(source, args, { timeoutMs: 300_000 }));
  });

  it('modules with shared memories run, which V8 gives no guard there', async () => {
    const line = '0, memory access out of bounds, memory access out of bounds\n';
    expect(await runOnArm64(path.join(here, 'shared-memory.ts'), [], { timeoutMs: 60_000 })).toEqual({
      code: 0,
      signal: null,
      out: line + line,
      err: '',
    });
  });

  it('code without landing pads ends there where it says that it has them', async () => {
    const run = (which: string): Promise<Emulated> =>
      runOnArm64(path.join(here, 'landing-pads.ts'), [which], { timeoutMs: 60_000 });
    expect(await run('with')).toEqual({ code: 0, signal: null, out: '42\n', err: '' });
    const { signal, out } = await run('without');
    expect({ signal, out }).toEqual({ signal: 'SIGILL', out: '' });
  });

  // The emulated processor looks at the signatures of return addresses, when frames were away as well.
  const SIGNED = { WAMR_TEST_TARGET: 'aarch64-lse-bti-pac', WAMR_TEST_QUICK: ALL ? '' : '1' };
  it.each([
    // Its limits are those of a process of this machine.
    ['suspended', /no memory for/],
    ...(ALL ? [['promising', undefined] as const] : []),
  ] as const)(
    'calls that wait for promises, with signed return addresses: tests of the runtime, %s',
    async (name, without) => {
      const source = path.join(here, `../runtime/${name}.test.ts`);
      const results = await testOnArm64(source, { timeoutMs: 1_200_000, env: SIGNED });
      const failed = results.filter((r) => r.state === 'fail' && without?.test(r.name) !== true);
      expect(failed.map((r) => `${r.name}: ${r.errors?.join('; ')}`)).toEqual([]);
      expect(results.filter((r) => r.state === 'pass').length).toBeGreaterThan(2);
    },
  );

  it.each([
    ['now and then', 200_000, {}],
    ['before every object', 3, { WAMR_NATIVE_GC_STRESS: '1' }],
  ])('old objects keep young ones, with a collection %s', async (_, many, env) => {
    const file = path.join(dir, 'writes.wasm');
    fs.writeFileSync(file, newWat(fs.readFileSync(path.join(here, '../support/gc-writes.wat'), 'utf8')));
    const { code, signal, out, err } = await runOnArm64(path.join(here, 'gc-writes-main.ts'), [file, String(many)], {
      timeoutMs: 300_000,
      env,
    });
    expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
    expect(out.trim().split('\n')).toEqual(WRITES);
  });

  const corpus = path.join(SHARED, 'fuzz');
  it.skipIf(!fs.existsSync(corpus))('the fuzz corpus gives what Wasmtime gives', async () => {
    const modules = fs
      .readFileSync(path.join(corpus, 'oracle-wasmtime.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .filter((_, i) => ALL || i % 100 === 0)
      .map((line) => {
        const { m, r } = JSON.parse(line) as { m: string; r: FuncRecord[] };
        return { name: m, bytes: fs.readFileSync(path.join(corpus, m)), records: r };
      });
    const turns = BOUNDS.map((bounds, turn) =>
      differences(
        modules.filter((_, i) => i % 2 === turn),
        bounds,
      ),
    );
    expect((await Promise.all(turns)).flat()).toEqual([]);
    console.log(`fuzz corpus on arm64: ${modules.length} modules`);
  });

  // WAMR_FUZZ_SEED sets where they start.
  const FIRST = Number(process.env.WAMR_FUZZ_SEED ?? 1);
  it.each([
    ['simd', []],
    ['with threads, exceptions and tail calls', ['threads', 'exceptions', 'tail-call']],
    ['with garbage collection', ['gc', 'exceptions', 'tail-call']],
    ['with memories of 64 bits', ['memory64']],
  ])('fresh modules give what they give on x86-64: %s', async (_, proposals) => {
    const gc = proposals.includes('gc');
    const modules: Generated[] = [];
    for (let seed = FIRST; seed < FIRST + (ALL ? 100 : 4); seed++) {
      const bytes = smith(seed, proposals, proposals.includes('memory64') ? 3 : 1);
      if (bytes === undefined) continue;
      const name = `fresh-${seed}`;
      const options = { references: gc };
      modules.push({ name, bytes, options, records: runFuzzModule(wamrEngine(), name, bytes, options) });
    }
    expect(modules.length).toBeGreaterThan(0);
    const turns = BOUNDS.map((bounds, turn) =>
      differences(
        modules.filter((__, i) => i % 2 === turn),
        bounds,
      ),
    );
    expect((await Promise.all(turns)).flat()).toEqual([]);
  });

  it.each(ALL ? ['', '1'] : ['1'])('programs about objects do what their model does, stress %s', async (stress) => {
    const cases = Array.from({ length: ALL ? 20 : 2 }, (_, i) => ({
      seed: FIRST + i,
      bytes: runWasmTools(['parse', '-'], Buffer.from(gcProgram(FIRST + i).text)).toString('base64'),
      acts: ALL ? 30 : 10,
    }));
    const run = await runOnArm64(path.join(here, 'gc-cases.ts'), [], {
      input: cases.map((c) => `${JSON.stringify(c)}\n`).join(''),
      env: stress === '' ? {} : { WAMR_NATIVE_GC_STRESS: stress },
      timeoutMs: 1_800_000,
    });
    const results = linesOf<string | Counts>(run, 'programs about objects');
    expect(results.length).toBe(cases.length);
    expect(results.filter((r) => typeof r === 'string')).toEqual([]);
  });

  it('loops in vectors do what they do without', async () => {
    const orders = Array.from({ length: ALL ? 400 : 30 }, (_, k) => {
      const { text, ...loop } = randomLoop(k + 1);
      return JSON.stringify({ ...loop, seed: k + 1, bytes: Buffer.from(wat(text)).toString('base64') });
    });
    // The emulator keeps what it needed for each memory: few to a process.
    for (let k = 0; k < orders.length; k += 30) {
      const some = orders.slice(k, k + 30);
      const run = await runOnArm64(path.join(here, 'loops-main.ts'), [], {
        input: `${some.join('\n')}\n`,
        timeoutMs: 1_800_000,
      });
      expect(linesOf<string | null>(run, 'loops')).toEqual(some.map(() => null));
    }
  }, 1_800_000);

  it('compiling there gives the bytes that compiling here gives', async () => {
    const kinds = ['i32', 'simd_i8x16_arith', 'float_exprs', 'struct', 'try_table', 'br_table'];
    const suite = specSuite().flatMap((folder) =>
      fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name)),
    );
    const one = (kind: string): string =>
      suite.find((f) => f.endsWith('.wasm') && path.basename(path.dirname(f)) === kind)!;
    const files = [path.join(dir, 'a.wasm'), path.join(dir, 'b.wasm'), ...kinds.map(one)];
    for (const [name, text] of Object.entries(TEXTS)) fs.writeFileSync(path.join(dir, `${name}.wasm`), newWat(text));
    for (const options of [{ target: 'aarch64' }, { target: 'aarch64-lse', bounds: 'explicit' }] as const) {
      const run = await runOnArm64(path.join(here, 'compile.ts'), [JSON.stringify(options), ...files], {
        timeoutMs: 600_000,
      });
      const expected = files.map((file) =>
        createHash('sha256')
          .update(compileSync(fs.readFileSync(file), options))
          .digest('hex'),
      );
      expect(linesOf<string>(run, JSON.stringify(options))).toEqual(expected);
    }
  });

  it('comparisons that are joined give what they give in V8', async () => {
    const bytes = joinedComparisons();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource));
    const file = path.join(dir, 'joined.wasm');
    fs.writeFileSync(file, bytes);
    const run = await runOnArm64(path.join(here, 'calls-main.ts'), [file], { timeoutMs: 300_000 });
    const expected = Object.entries(exports).map(([name, f]) => [name, (f as () => number)()]);
    expect(linesOf<[string, number]>(run, 'joined comparisons')).toEqual(expected);
  });

  it.skipIf(!ALL)('TCGC gives the digest that it gives everywhere', async () => {
    const args = await tcgcFor('aarch64-lse', dir);
    const { code, out, err } = await runNodeOnArm64(args, { cwd: TCGC_FOLDER, timeoutMs: 3_000_000 });
    expect({ code, out, err }).toEqual({ code: 0, out: TCGC_OUTPUT, err: '' });
  });

  // Of each kind one, where time is short.
  const QUICK =
    /\/(i32|i64|f64|conversions|call|call_indirect|br_table|memory_copy|table_init|simd_i8x16_arith|simd_lane|simd_f32x4|try_table|return_call_indirect|left-to-right|gc\/struct|gc\/array_copy|gc\/ref_test|type-subtyping)\/test\.json$/;
  const scripts = (missing === undefined ? specSuite().flatMap(findScripts) : []).filter(
    (file) => ALL || (QUICK.test(file) && !isEdition2(file)),
  );
  describe.each(ALL ? [...BOUNDS, 'far'] : ['guard'])('the specification suite, %s:', (mode) => {
    const batches = batchesOf(scripts, INSTANCES).map((batch) => [nameOf(batch), batch] as const);
    let passed = 0;
    it.each(batches)('%s', async (name, batch) => {
      const parts = batch.map(argumentOf);
      const run = await runOnArm64(path.join(here, 'spec-scripts.ts'), [mode, ...parts], { timeoutMs: 1_800_000 });
      const results = linesOf<PartResult>(run, name);
      expect(results.flatMap((r) => r.failures)).toEqual([]);
      expect(results.map((r) => r.part)).toEqual(parts);
      passed += results.reduce((n, r) => n + r.passed, 0);
    });
    afterAll(() => console.log(`specification suite on arm64, ${mode}: ${passed} commands passed`));
  });
});
