/** The addon in whole processes: workers, terminations, other people's signals, two copies (children/living.ts). */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { binding } from '../../src-ts/addon.js';
import { amount } from '../support/quick.js';

const root = join(__dirname, '../..');
const out = join(root, '.cache/native-tests');
let addon = '';

beforeAll(() => {
  mkdirSync(out, { recursive: true });
  const options = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' } as const;
  buildSync({ ...options, entryPoints: [join(__dirname, 'rig.ts')], outfile: join(out, 'rig.cjs') });
  buildSync({ ...options, entryPoints: [join(__dirname, 'children/living.ts')], outfile: join(out, 'living.cjs') });
  binding();
  addon = Object.keys(createRequire(__filename).cache).find((f) => f.endsWith('.node') && f.startsWith(dirname(root)))!;
});

function live(mode: string, depth = 0): { status: number | null; signal: string | null; out: string } {
  const r = spawnSync(process.execPath, [join(out, 'living.cjs'), mode, String(depth)], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, WAMR_TEST_ADDON: addon, WAMR_TEST_ROUNDS: String(amount(25, 4)) },
  });
  return { status: r.status, signal: r.signal, out: r.stdout + r.stderr };
}

describe('lives on', () => {
  test.each([
    'storm',
    'loader-exits-first',
    'terminate-in-host-call',
    'terminate-endless',
    'interrupt-worker',
    'functions-of-other-threads',
    'two-copies',
    'signal-handler-replaced',
  ])(
    '%s',
    (mode) => {
      const r = live(mode);
      expect(r).toMatchObject({ status: 0, signal: null });
      expect(r.out).toContain('ok');
    },
    120_000,
  );
});

describe('dies as Node does', () => {
  test.each(['real-fault', 'real-jump', 'signal-from-outside'])('%s', (mode) => {
    expect(live(mode).signal).toBe('SIGSEGV');
  });

  test.each([0, 1, 10])('process.exit in a host call below %i others', (depth) =>
    expect(live('exit-in-host-call', depth)).toMatchObject({ status: 7, out: 'ok\n' }),
  );

  test('process.exit while a worker loops for ever', () =>
    expect(live('exit-with-endless-worker')).toMatchObject({ status: 3, out: 'ok\n' }));

  test.each([0, 1, 10])('an uncaught exception of a host function below %i others', (depth) => {
    const r = live('throw-in-host-call', depth);
    expect(r.status).toBe(1);
    expect(r.out).toMatch(/ok[^]*Error: from the depth/);
  });
});
