/**
 * References between two heaps: random moves of functions and values on V8 and here, the records of freed functions
 * poisoned (`children/references.cjs`).
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { amount } from '../support/quick.js';
import { inOurWords } from '../support/v8-words.js';
import { wat } from '../support/wat.js';

const { USUAL, FAILING } = createRequire(import.meta.url)('./children/references-wat.cjs') as Record<string, string>;
const MODULES = JSON.stringify([USUAL, FAILING].map((text) => Buffer.from(wat(text)).toString('base64')));

function play(engine: 'v8' | 'wamr', seed: number, steps: number, workers: number): string[] {
  const child = join(__dirname, 'children/references.cjs');
  const args = ['--expose-gc', child, engine, MODULES, ...[seed, steps, workers].map(String)];
  const r = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    // V8 without a sanitizer that the tests run under: ThreadSanitizer leaves too few addresses for V8's memories.
    env: { ...process.env, WAMR_NATIVE_POISON: '1', ...(engine === 'v8' && { LD_PRELOAD: '' }) },
  });
  if (r.status !== 0) return [`ended with ${r.status ?? r.signal}`, r.stderr.slice(-2000)];
  return (engine === 'v8' ? inOurWords(r.stdout) : r.stdout).split('\n');
}

describe('random moves of references give what they give on V8', () => {
  it.each(Array.from({ length: amount(4, 2) }, (_, i) => i))('seed %i', (i) => {
    const seed = Number(process.env.WAMR_TEST_SEED ?? 1000) + 10 * i;
    const steps = amount(2000, 600);
    const expected = play('v8', seed, steps, i % 2);
    const got = play('wamr', seed, steps, i % 2);
    const at = expected.findIndex((line, n) => line !== got[n]);
    // The lines before the first difference say how it came about.
    expect(at < 0 ? got.length : got.slice(Math.max(0, at - 5), at + 3)).toEqual(
      at < 0 ? expected.length : expected.slice(Math.max(0, at - 5), at + 3),
    );
    expect(expected.length).toBeGreaterThan(steps / 2);
  });
});
