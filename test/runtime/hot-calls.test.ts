/** Calls from optimised JavaScript, by V8's fast calls and without: the same program with both. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { binding, calls } from '../../src-ts/addon.js';
import { writeModules } from '../support/hot-calls.js';

const folder = mkdtempSync(join(tmpdir(), 'wamr-hot-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeModules(folder);

function program(fastCalls: boolean): Record<string, unknown> {
  const args = [
    '--expose-gc',
    join(__dirname, 'children/hot-calls.cjs'),
    join(__dirname, '../../dist/index.js'),
    folder,
  ];
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, WAMR_NATIVE_FAST_CALLS: fastCalls ? '1' : '0' },
  });
  expect([status, signal], stderr).toEqual([0, null]);
  return JSON.parse(stdout);
}

const HOT = 10_000;
const triangle = (n: number): number => ((n * (n - 1)) / 2) | 0;

it('Node 20, 22 and 24 have them, a newer V8 does without', () => {
  expect(calls(binding()) !== binding()).toBe(Number(process.versions.node.split('.')[0]) <= 24);
});

it.each([true, false])('hot calls, fast: %s', (fast) => {
  expect(program(fast)).toEqual({
    plain: (triangle(HOT) + 3 * HOT) | 0,
    i64: Array.from({ length: HOT }, (_, i) => (i + 1) & 0xff).reduce((a, b) => a + b),
    traps: HOT * ('unreachable'.length + 2),
    host: (triangle(HOT) + 2 * HOT) | 0,
    throwing: HOT * 'from JavaScript'.length,
    nested: (triangle(HOT) + 4 * HOT) | 0,
    recursive: 150 * Array.from({ length: 20 }, (_, x) => 2 * x + 1).reduce((a, b) => a + b),
    collecting: triangle(50) + 50 * 101,
    growing: HOT * 65537 + Array.from({ length: 40 }, (_, i) => (i + 1) * 65537).reduce((a, b) => a + b) + 41,
    adopted:
      (2 * triangle(HOT) +
        3 * HOT +
        Array.from({ length: 40 }, (_, i) => i + 1 + (i + 2) * 100).reduce((a, b) => a + b)) |
      0,
    stackOverflows: expect.any(Number),
    deadlines: expect.any(Number),
    after: 3,
    terminated: true,
    timeouts: 20,
  });
});
