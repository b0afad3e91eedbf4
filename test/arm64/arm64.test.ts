/**
 * Linux on arm64 by emulation: what the addon does there gives what it gives here, and the specification suite passes.
 * A part of the suite; WAMR_TEST_EMULATED=all (`npm run test:arm64`) runs all of it. Left out, loudly, where there is no
 * emulator.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runOnArm64, withoutEmulator } from '../support/arm64.js';
import { specSuite } from '../support/peers.js';
import { expectSameBehaviour } from './compare.js';

const here = import.meta.dirname;
const ALL = process.env.WAMR_TEST_EMULATED === 'all';
const missing = withoutEmulator();
if (missing !== undefined) console.warn(`arm64 is not tested: ${missing}`);

describe.skipIf(missing !== undefined)('on arm64', () => {
  it('calls, traps, host functions, exceptions, tail calls and interruption do what they do on x86-64', async () => {
    await expectSameBehaviour((source, args) => runOnArm64(source, args, 300_000));
  });

  // Of each kind one, where time is short.
  const QUICK =
    /\/(i32|i64|f64|conversions|call|call_indirect|br_table|memory_copy|table_init|simd_i8x16_arith|simd_lane|simd_f32x4|try_table|return_call_indirect|left-to-right|gc\/struct|gc\/array_copy|gc\/ref_test|type-subtyping)\/test\.json$/;
  it('the specification suite passes', async () => {
    const scripts = specSuite().flatMap((folder) =>
      fs
        .readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => path.basename(name) === 'test.json')
        .map((name) => path.join(folder, name))
        .filter((file) => ALL || (QUICK.test(file) && !file.includes('/spec-2.0/'))),
    );
    expect(scripts.length).toBeGreaterThan(8);
    const results: { file: string; passed: number; failures: string[] }[] = [];
    // A process for some scripts each: an emulated one has less address space for the memories of many modules.
    for (let k = 0; k < scripts.length; k += 10) {
      const some = scripts.slice(k, k + 10);
      const { code, signal, out, err } = await runOnArm64(path.join(here, 'spec-scripts.ts'), some, 1_200_000);
      expect({ code, signal, err }, some.join(' ')).toEqual({ code: 0, signal: null, err: '' });
      for (const line of out.trim().split('\n')) results.push(JSON.parse(line) as (typeof results)[0]);
    }
    expect(results.flatMap((r) => r.failures.map((f) => `${r.file}: ${f}`))).toEqual([]);
    const passed = results.reduce((n, r) => n + r.passed, 0);
    console.log(`specification suite on arm64: ${passed} commands passed in ${results.length} scripts`);
    expect(results.map((r) => r.file)).toEqual(scripts);
  });
});
