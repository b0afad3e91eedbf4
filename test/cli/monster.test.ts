/**
 * Lever L4: a function of 550,000 operators compiles in near-linear time and memory (the source issue's function had
 * 549,000 instructions). On the built compiler, in a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { monsterModule } from '../support/monster.js';
import { QUICK } from '../support/quick.js';

const ROOT = resolve(__dirname, '..', '..');
const dir = mkdtempSync(join(tmpdir(), 'wamr-monster-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Processor seconds and peak KiB of compiling a function of so many operators. */
function compile(ops: number): { cpu: number; rss: number; exit: number } {
  const wasm = join(dir, `${ops}.wasm`);
  const usage = join(dir, 'usage.json');
  writeFileSync(wasm, monsterModule(ops));
  execFileSync(
    'python3',
    [
      join(ROOT, 'bench', 'harness', 'measure.py'),
      usage,
      '110',
      process.execPath,
      join(ROOT, 'dist', 'cli.js'),
      'compile',
      '--jobs',
      '1',
      wasm,
      '-o',
      join(dir, 'out.aot'),
    ],
    { stdio: 'ignore' },
  );
  return JSON.parse(readFileSync(usage, 'utf8'));
}

test.skipIf(QUICK)(
  '550,000 operators in one function: under 10 s and 1 GiB, and not worse than linear',
  () => {
    const small = compile(137_500);
    const big = compile(550_000);
    expect([small.exit, big.exit]).toEqual([0, 0]);
    expect(big.cpu).toBeLessThan(10);
    expect(big.rss).toBeLessThan(1024 * 1024);
    // Four times the size; the constant part (start of the process, warm-up) is in both.
    expect(big.cpu / small.cpu).toBeLessThan(6);
  },
  120_000,
);
