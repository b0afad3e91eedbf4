/** The content cache: keys, races, damage, hostile folders, limits. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cacheDir,
  cacheKey,
  clearCache,
  dropCached,
  findCached,
  listCache,
  pruneCache,
  storeCached,
} from '../../src-ts/aot/cache.js';

let dir: string;
const saved = { ...process.env };

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-cache-'));
  process.env.WAMR_CACHE_DIR = path.join(dir, 'c');
});
afterEach(() => {
  process.env = { ...saved };
  fs.rmSync(dir, { recursive: true, force: true });
});

describe('cache folder', () => {
  it('follows the environment', () => {
    expect(cacheDir()).toBe(path.join(dir, 'c'));
    delete process.env.WAMR_CACHE_DIR;
    process.env.XDG_CACHE_HOME = '/x';
    expect(cacheDir()).toBe('/x/wamr-native');
    process.env.XDG_CACHE_HOME = 'relative';
    expect(cacheDir()).toBe(path.join(os.homedir(), '.cache/wamr-native'));
  });

  it('is private, and not used when everybody can write to it', () => {
    storeCached('k', Uint8Array.of(1));
    expect(fs.statSync(cacheDir()).mode & 0o777).toBe(0o700);
    fs.chmodSync(cacheDir(), 0o777);
    expect(findCached('k')).toBeNull();
    expect(storeCached('k2', Uint8Array.of(1))).toBeNull();
  });
});

describe('entries', () => {
  const bytes = Uint8Array.of(1, 2, 3);

  it('are named by module and by the options that change the artefact', () => {
    const key = cacheKey(bytes, {}, 0);
    expect(cacheKey(Uint8Array.of(1, 2, 3), { jobs: 7, bounds: 'guard', target: 'x86-64-v2' }, 99)).toBe(key);
    const others = [
      cacheKey(Uint8Array.of(1, 2), {}, 0),
      cacheKey(bytes, { bounds: 'explicit' }, 0),
      cacheKey(bytes, { target: 'x86-64-v3' }, 0),
      cacheKey(bytes, { debugInfo: true }, 0),
      cacheKey(bytes, { target: 'native' }, 1),
      cacheKey(bytes, { target: 'native' }, 2),
    ];
    expect(new Set([key, ...others]).size).toBe(7);
  });

  it('are stored whole, found and dropped', () => {
    expect(findCached('a')).toBeNull();
    const file = storeCached('a', bytes)!;
    expect(findCached('a')).toBe(file);
    expect([...fs.readFileSync(file)]).toEqual([1, 2, 3]);
    storeCached('a', Uint8Array.of(9));
    expect([...fs.readFileSync(file)]).toEqual([9]);
    expect(fs.readdirSync(cacheDir())).toEqual(['a.aot']);
    dropCached('a');
    dropCached('a');
    expect(findCached('a')).toBeNull();
  });

  it('cost nothing but the cache when they cannot be written', () => {
    process.env.WAMR_CACHE_DIR = path.join(dir, 'file');
    fs.writeFileSync(path.join(dir, 'file'), '');
    expect(storeCached('a', bytes)).toBeNull();
    expect(findCached('a')).toBeNull();
    expect(listCache()).toEqual([]);
    expect(clearCache()).toBe(0);
  });

  it('are listed by use, pruned by age and size, and cleared', () => {
    for (const [k, size, age] of [
      ['a', 10, 30],
      ['b', 20, 10],
      ['c', 30, 20],
    ] as const) {
      const file = storeCached(k, new Uint8Array(size))!;
      const then = new Date(Date.now() - age * 1000);
      fs.utimesSync(file, then, then);
    }
    expect(listCache().map((e) => [e.key, e.bytes])).toEqual([
      ['b', 20],
      ['c', 30],
      ['a', 10],
    ]);
    expect(pruneCache({ maxAgeMs: 25_000 })).toBe(1);
    expect(pruneCache({ maxBytes: 25 })).toBe(1);
    expect(listCache().map((e) => e.key)).toEqual(['b']);
    const used = listCache()[0].used;
    findCached('b');
    expect(listCache()[0].used).toBeGreaterThan(used);
    expect(clearCache()).toBe(1);
    expect(listCache()).toEqual([]);
  });

  it('leave no temporary files behind for ever', () => {
    storeCached('a', bytes);
    const old = path.join(cacheDir(), '.x.1.00.tmp');
    fs.writeFileSync(old, '');
    fs.utimesSync(old, 0, 0);
    const fresh = path.join(cacheDir(), '.y.1.00.tmp');
    fs.writeFileSync(fresh, '');
    clearCache();
    expect(fs.readdirSync(cacheDir())).toEqual(['.y.1.00.tmp']);
  });
});
