/**
 * Real programs from npm under `wamr-native/register`: each answers as on V8, cold (on V8, while the compiler works in
 * the background), warm (on this engine), and compiled at once. The daily run has a part of them; WAMR_TEST_PACKAGES=all
 * has all.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registered, REGISTER_ESM } from '../support/register.js';
import { QUICK } from '../support/quick.js';
import { programs } from './programs.mjs';

const ALL = process.env.WAMR_TEST_PACKAGES === 'all';
const names = Object.keys(programs).filter((name) => ALL || programs[name].tests);
/** Compiled while the program waits: small ones, unless all are wanted. */
const ALWAYS = ['xxhash-wasm', '@chainsafe/as-sha256', 'hash-wasm', 'es-module-lexer', 'source-map'];

interface Result {
  digest: string;
  modules?: { bytes: number; engine: string; why: string; instances: { wamr: number; v8: number } }[];
}

function run(name: string, cache: Registered | null, env: NodeJS.ProcessEnv = {}): Result {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...(cache === null ? [] : ['--import', REGISTER_ESM]), 'run.mjs', name],
    {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', ...(cache === null ? {} : { WAMR_CACHE_DIR: cache.cache }), ...env },
    },
  );
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Result;
}

describe.skipIf(QUICK)('programs of npm', () => {
  const cache = new Registered();
  const plain = new Map<string, string>();
  beforeAll(() => {
    const { ensureDependencies } = createRequire(import.meta.url)(path.join('../../scripts/setup.cjs'));
    ensureDependencies(import.meta.dirname);
  });
  afterAll(() => cache.dispose());

  it.each(names)('cold: %s', (name) => {
    plain.set(name, run(name, null).digest);
    expect(run(name, cache).digest).toBe(plain.get(name));
  });

  it('are compiled in the background', () => cache.settle(1200), 3_600_000);

  it.each(names)('warm: %s', (name) => {
    const { digest, modules } = run(name, cache);
    expect(digest).toBe(plain.get(name));
    expect(modules!.filter((m) => m.instances.v8 > 0)).toEqual([]);
  });

  it.each(ALL ? names : ALWAYS)('compiled at once: %s', (name) => {
    const empty = new Registered();
    try {
      expect(run(name, empty, { WAMR_REGISTER: 'always' }).digest).toBe(plain.get(name));
    } finally {
      empty.dispose();
    }
  });
});
