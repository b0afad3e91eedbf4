/**
 * Windows by Wine: what the addon does there gives what it gives here, and the specification suite passes. A part of the
 * suite; WAMR_TEST_EMULATED=all (`npm run test:windows`) runs all of it. Left out, loudly, where there is no Wine.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outcomes, TEXTS } from '../arm64/behaviour.js';
import { wamr } from '../support/built.js';
import { wamrEngine } from '../support/engine.js';
import { newWat } from '../support/new-wat.js';
import { specSuite } from '../support/peers.js';
import { argumentOf, batchesOf, findScripts, isEdition2, nameOf, type PartResult } from '../support/spec-scripts.js';
import { TCGC_FOLDER, TCGC_OUTPUT, tcgcFor } from '../support/tcgc.js';
import {
  runNodeOnWindows,
  runOnWindows,
  testOnWindows,
  WINDOWS_NODES,
  type WindowsNode,
  withoutWine,
} from '../support/windows.js';
import * as memories from './memories.js';

const here = import.meta.dirname;
const ALL = process.env.WAMR_TEST_EMULATED === 'all';
const missing = withoutWine();
if (missing !== undefined) console.warn(`Windows is not tested: ${missing}`);

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-windows-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

describe.skipIf(missing !== undefined)('on Windows', () => {
  const nodes = Object.keys(WINDOWS_NODES).map(Number) as WindowsNode[];
  it.each(ALL ? nodes : nodes.slice(0, 1))(
    'calls, traps, host functions, exceptions, tail calls and interruption do what they do on Linux, Node %d',
    async (node) => {
      const modules = { a: newWat(TEXTS.a), b: newWat(TEXTS.b) };
      const files = Object.entries(modules).map(([name, bytes]) => {
        fs.writeFileSync(path.join(dir, `${name}.wasm`), bytes);
        return path.join(dir, `${name}.wasm`);
      });
      const run = await runOnWindows(path.join(here, 'behaviour-main.ts'), files, { timeoutMs: 300_000, node });
      const { code, signal, out, err } = run;
      expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
      const expected = outcomes(wamrEngine(), modules);
      for (const lines of JSON.parse(out) as string[][]) expect(lines).toEqual(expected);
    },
  );

  it('memory grows, is given back and faults as on Linux', async () => {
    const names = Object.keys(memories.TEXTS) as (keyof typeof memories.TEXTS)[];
    const modules = Object.fromEntries(names.map((name) => [name, newWat(memories.TEXTS[name])] as const)) as Record<
      (typeof names)[number],
      Uint8Array<ArrayBuffer>
    >;
    const contents = { ...modules, foreign: wamr.compileSync(modules.wraps, { target: 'x86-64-v2' }) };
    const files = Object.entries(contents).map(([name, bytes]) => {
      fs.writeFileSync(path.join(dir, name), bytes);
      return path.join(dir, name);
    });
    const { code, signal, out, err } = await runOnWindows(path.join(here, 'memories-main.ts'), files, {
      timeoutMs: 300_000,
    });
    expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
    const { lines, refusal } = JSON.parse(out) as { lines: string[]; refusal: string };
    expect(lines).toEqual(memories.outcomes(wamr, modules));
    expect(refusal).toMatch(
      /^AotError: .*made for Linux or macOS, this is Windows.*; compile it for --target x86-64-v2-windows/,
    );
    expect(() => wamr.load(wamr.compileSync(modules.wraps, { target: 'x86-64-v2-windows' }))).not.toThrow();
  });

  /** Tests of the runtime, and those of them that mean nothing there: they look at /proc, or at the name of their file. */
  const RUNTIME: Record<string, RegExp | undefined> = {
    traps: undefined,
    calls: undefined,
    bounds: undefined,
    'folded-addresses': undefined,
    growth: /memory goes back to the system/,
    fences: undefined,
    exceptions: undefined,
    'exceptions-in-javascript': /the interface is V8’s/,
    unwinding: undefined,
    'tail-calls': undefined,
    promising: undefined,
    threads: undefined,
  };
  const files = Object.keys(RUNTIME).slice(0, ALL ? undefined : 3);
  it.each(files)('tests of the runtime pass: %s', async (name) => {
    const results = await testOnWindows(path.join(here, `../runtime/${name}.test.ts`), { timeoutMs: 1_200_000 });
    const failed = results.filter((r) => r.state === 'fail' && RUNTIME[name]?.test(r.name) !== true);
    expect(failed.map((r) => `${r.name}: ${r.errors?.join('; ')}`)).toEqual([]);
    expect(results.some((r) => r.state === 'pass')).toBe(true);
  });

  it.skipIf(!ALL)('TCGC gives the digest that it gives everywhere', async () => {
    const args = await tcgcFor('x86-64-v3-windows', dir);
    const { code, out, err } = await runNodeOnWindows(args, { cwd: TCGC_FOLDER, timeoutMs: 600_000 });
    expect({ code, out, err }).toEqual({ code: 0, out: TCGC_OUTPUT, err: '' });
  });

  // Of each kind one, where time is short.
  const QUICK =
    /\/(i32|i64|f64|conversions|address|memory_trap|call|call_indirect|br_table|memory_copy|memory_grow|table_grow|simd_i8x16_arith|try_table|return_call_indirect|gc\/struct|gc\/array_copy|type-subtyping)\/test\.json$/;
  const scripts = (missing === undefined ? specSuite().flatMap(findScripts) : []).filter(
    (file) => ALL || (QUICK.test(file) && !isEdition2(file)),
  );
  const INSTANCES = 600;
  describe.each(ALL ? ['guard', 'explicit'] : ['guard'])('the specification suite, %s:', (mode) => {
    let passed = 0;
    const batches = batchesOf(scripts, INSTANCES).map((batch) => [nameOf(batch), batch] as const);
    it.each(batches)('%s', async (name, batch) => {
      const parts = batch.map(argumentOf);
      const run = await runOnWindows(path.join(here, 'spec-scripts.ts'), [mode, ...parts], { timeoutMs: 1_200_000 });
      const { code, signal, out, err } = run;
      expect({ code, signal, err }, name).toEqual({ code: 0, signal: null, err: '' });
      const results = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as PartResult);
      expect(results.flatMap((r) => r.failures)).toEqual([]);
      expect(results.map((r) => r.part)).toEqual(parts);
      passed += results.reduce((n, r) => n + r.passed, 0);
    });
    afterAll(() => console.log(`specification suite on Windows (Wine), ${mode}: ${passed} commands passed`));
  });
});
