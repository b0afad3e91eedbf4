/**
 * What the compiler of MoonBit (npm) makes of a program with trees, closures, traits and streams: modules that need
 * garbage collection. This engine answers as V8 of Node 24, also with a collection before every object that is made.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUICK } from '../support/quick.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

describe.skipIf(QUICK)('MoonBit', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-moonbit-'));
  const module_ = path.join(dir, 'main.wasm');
  const moonbit = (node: string, args: string[], env: NodeJS.ProcessEnv = {}): string => {
    const r = spawnSync(node, ['moonbit.mjs', ...args], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    });
    if (r.status !== 0) throw new Error(`ended with ${r.status ?? r.signal}: ${r.stderr.slice(-2000)}`);
    return r.stdout;
  };
  const expected = new Map<number, string>();
  beforeAll(() => {
    const require = createRequire(import.meta.url);
    (require(path.join(ROOT, 'scripts/setup.cjs')) as { ensureDependencies(dir: string): void }).ensureDependencies(
      import.meta.dirname,
    );
    const { installNode } = require(path.join(ROOT, 'scripts/nodes.cjs')) as { installNode(major: number): string };
    moonbit(process.execPath, ['compile', 'moonbit.mbt', module_]);
    for (const divisor of [1, 100])
      expected.set(divisor, moonbit(installNode(24), ['run', module_, 'v8', `${divisor}`]));
  });
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  it('has answers of V8', () => {
    expect(expected.get(1)).toBe('[-2072219696,-230136000,-769501735,25257146875]\n');
  });

  it.each([
    [1, '0'],
    [100, '1'],
  ])('on this engine, a %i-th of the work, WAMR_NATIVE_GC_STRESS=%s', (divisor, stress) => {
    const answer = moonbit(process.execPath, ['run', module_, ROOT, `${divisor}`], { WAMR_NATIVE_GC_STRESS: stress });
    expect(answer).toBe(expected.get(divisor));
  });
});
