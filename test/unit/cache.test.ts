/** The content cache: keys, races, damage, hostile folders and entries, limits. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cacheKey,
  clearCache,
  dropCached,
  findCached,
  listCache,
  pruneCache,
  storeCached,
} from '../../src-ts/cache/cache.js';
import { cacheDir } from '../../src-ts/cache/place.js';
import { PACKED_BYTES } from '../../src-ts/cache/pack.js';

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

/** Keys are 32 bytes in hexadecimal. */
const key = (name: string): string => Buffer.from(name.padEnd(32)).toString('hex');
const name = (k: string): string => Buffer.from(k, 'hex').toString().trim();
const A = key('a');
/** Too large to share a file with others. */
const large = (fill: number, extra = 1): Uint8Array => new Uint8Array(PACKED_BYTES + extra).fill(fill);
const fileOf = (k: string): string => path.join(cacheDir()!, `${k}.aot`);

/** First byte and size of what the cache has; null when it has nothing. */
function contents(k: string): [number, number] | null {
  const found = findCached(k);
  if (found === null) return null;
  if ('bytes' in found) return [found.bytes[0], found.bytes.length];
  const bytes = fs.readFileSync(found.fd);
  fs.closeSync(found.fd);
  return [bytes[0], bytes.length];
}

describe('cache folder', () => {
  it('follows the environment', () => {
    expect(cacheDir()).toBe(path.join(dir, 'c'));
    delete process.env.WAMR_CACHE_DIR;
    process.env.XDG_CACHE_HOME = '/x';
    expect(cacheDir()).toBe('/x/wamr-native');
    process.env.XDG_CACHE_HOME = 'relative';
    expect(cacheDir()).toBe(path.join(os.homedir(), '.cache/wamr-native'));
  });

  it.each([0o777, 0o770, 0o702])('is private, and not used when others can write to it (%o)', (mode) => {
    expect(storeCached(A, large(1))).toBe(true);
    expect(fs.statSync(cacheDir()!).mode & 0o777).toBe(0o700);
    fs.chmodSync(cacheDir()!, mode);
    expect(contents(A)).toBeNull();
    expect(storeCached(key('b'), large(1))).toBe(false);
    expect(storeCached(key('b'), Uint8Array.of(1))).toBe(false);
  });

  it('lends its read rights to entries', () => {
    fs.mkdirSync(cacheDir()!, { mode: 0o755 });
    storeCached(A, large(1));
    expect(fs.statSync(fileOf(A)).mode & 0o777).toBe(0o644 & ~process.umask());
  });

  it.skipIf(process.getuid?.() !== 0)('is not used when it, or an entry, is of another user', () => {
    storeCached(A, large(1));
    storeCached(key('b'), large(2));
    fs.chownSync(fileOf(A), 12345, 12345);
    expect(contents(A)).toBeNull();
    expect(contents(key('b'))).toEqual([2, PACKED_BYTES + 1]);
    fs.chownSync(cacheDir()!, 12345, 12345);
    expect(contents(key('b'))).toBeNull();
    expect(storeCached(A, large(1))).toBe(false);
  });
});

describe('entries', () => {
  const bytes = Uint8Array.of(1, 2, 3);

  it('are named by module and by the options that change the artefact', () => {
    const one = cacheKey(bytes, {}, 0);
    expect(cacheKey(Uint8Array.of(1, 2, 3), { jobs: 7, bounds: 'guard', target: 'x86-64-v2' }, 99)).toBe(one);
    const big = new Uint8Array(10_000);
    const at = (i: number): Uint8Array => Uint8Array.from(big, (_, j) => (i === j ? 1 : 0));
    const others = [
      cacheKey(Uint8Array.of(1, 2), {}, 0),
      cacheKey(Uint8Array.of(1, 2, 3, 0), {}, 0),
      cacheKey(bytes, { bounds: 'explicit' }, 0),
      cacheKey(bytes, { target: 'x86-64-v3' }, 0),
      cacheKey(bytes, { debugInfo: true }, 0),
      cacheKey(bytes, { target: 'native' }, 1),
      cacheKey(bytes, { target: 'native' }, 2),
      // Every byte counts, also those that the hash of artefacts leaves out.
      ...[0, 23, 24, 40, 55, 56, 511, 512, 4095, 4096, 9_999].map((i) => cacheKey(at(i), {}, 0)),
    ];
    expect(new Set([one, ...others]).size).toBe(1 + others.length);
  });

  it.each([
    ['small', bytes, Uint8Array.of(9, 9)],
    ['large', large(1), large(9, 5)],
  ])('are stored whole, found and dropped: %s', (_, first, second) => {
    expect(contents(A)).toBeNull();
    expect(storeCached(A, first)).toBe(true);
    expect(contents(A)).toEqual([1, first.length]);
    expect(storeCached(A, second)).toBe(true);
    expect(contents(A)).toEqual([9, second.length]);
    expect(listCache().map((e) => [e.key, e.bytes])).toEqual([[A, second.length]]);
    dropCached(A);
    dropCached(A);
    expect(contents(A)).toBeNull();
  });

  it('that are small share one file', () => {
    for (let i = 0; i < 20; i++) storeCached(key(`m${i}`), Uint8Array.of(i, 1));
    expect(fs.readdirSync(cacheDir()!).sort()).toEqual(['small.pack', 'tmp']);
    for (let i = 0; i < 20; i++) expect(contents(key(`m${i}`))).toEqual([i, 2]);
    dropCached(key('m3'));
    expect(contents(key('m3'))).toBeNull();
    expect(contents(key('m4'))).toEqual([4, 2]);
    // The file is bounded: the oldest go.
    for (let i = 0; i < 100; i++) storeCached(key(`n${i}`), new Uint8Array(PACKED_BYTES).fill(i));
    expect(fs.statSync(path.join(cacheDir()!, 'small.pack')).size).toBeLessThanOrEqual(4 << 20);
    expect(contents(key('n99'))).toEqual([99, PACKED_BYTES]);
  });

  it('cost nothing but the cache when they cannot be written', () => {
    process.env.WAMR_CACHE_DIR = path.join(dir, 'file');
    fs.writeFileSync(path.join(dir, 'file'), '');
    expect(storeCached(A, bytes)).toBe(false);
    expect(contents(A)).toBeNull();
    expect(listCache()).toEqual([]);
    expect(clearCache()).toBe(0);
  });

  it.each([
    ['a folder', (file: string) => fs.mkdirSync(file)],
    ['a pipe', (file: string) => void execFileSync('mkfifo', [file])],
    ['a link to an endless file', (file: string) => fs.symlinkSync('/dev/zero', file)],
    ['a link to itself', (file: string) => fs.symlinkSync(file, file)],
    ['a link to a good artefact', (file: string) => fs.symlinkSync(path.join(dir, 'good'), file)],
    ['a file that others can write to', (file: string) => (fs.writeFileSync(file, 'x'), fs.chmodSync(file, 0o666))],
  ])('that are replaced by %s are not read, and written again', (_, replace) => {
    fs.writeFileSync(path.join(dir, 'good'), large(1));
    const before = fs.readdirSync('/proc/self/fd').length;
    for (const [file, artefact] of [
      [fileOf(A), large(2)],
      [path.join(cacheDir()!, 'small.pack'), bytes],
    ] as const) {
      storeCached(key('other'), artefact);
      fs.rmSync(file, { force: true });
      replace(file);
      expect(contents(A)).toBeNull();
      replaceAgain(file, replace);
      expect(storeCached(A, artefact)).toBe(true);
      expect(contents(A)).toEqual([artefact[0], artefact.length]);
      dropCached(A);
    }
    expect(fs.readdirSync('/proc/self/fd').length).toBe(before);
  });

  function replaceAgain(file: string, replace: (file: string) => void): void {
    fs.rmSync(file, { recursive: true, force: true });
    replace(file);
  }

  it('that are damaged do no harm', () => {
    storeCached(A, bytes);
    const pack = path.join(cacheDir()!, 'small.pack');
    const good = fs.readFileSync(pack);
    for (let at = 0; at < good.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bad = Buffer.from(good);
        bad[at] = value;
        fs.writeFileSync(pack, bad);
        contents(A);
        listCache();
      }
      fs.writeFileSync(pack, good.subarray(0, at));
      contents(A);
    }
    expect(storeCached(A, bytes)).toBe(true);
    expect(contents(A)).toEqual([1, 3]);
  });

  it('are listed by use, pruned by age and size, and cleared', () => {
    for (const [k, size, age] of [
      ['a', 10, 300],
      ['b', 20, 100],
      ['c', 30, 200],
    ] as const) {
      storeCached(key(k), large(0, size));
      const then = new Date(Date.now() - age * 1000);
      fs.utimesSync(fileOf(key(k)), then, then);
    }
    const keys = (): string[] => listCache().map((e) => name(e.key));
    expect(keys()).toEqual(['b', 'c', 'a']);
    contents(key('c'));
    expect(keys()).toEqual(['c', 'b', 'a']);
    expect(pruneCache({ maxAgeMs: 250_000 })).toBe(1);
    expect(pruneCache({ maxBytes: PACKED_BYTES + 35 })).toBe(1);
    expect(keys()).toEqual(['c']);
    storeCached(A, bytes);
    expect(clearCache()).toBe(2);
    expect(listCache()).toEqual([]);
  });

  it('stay within the bound, the least recently used go', () => {
    process.env.WAMR_CACHE_LIMIT = String(3.5 * PACKED_BYTES);
    for (const [i, k] of ['a', 'b', 'c', 'd'].entries()) {
      storeCached(key(k), large(i));
      const then = new Date(Date.now() - (10 - i) * 1000);
      fs.utimesSync(fileOf(key(k)), then, then);
    }
    expect(listCache().map((e) => name(e.key))).toEqual(['d', 'c', 'b']);
    expect(storeCached(A, large(0, 4 * PACKED_BYTES))).toBe(false);
  });

  it('leave no temporary files behind: not those of killed writers, nor old ones', () => {
    storeCached(A, bytes);
    const temporary = (file: string): string => path.join(cacheDir()!, 'tmp', file);
    fs.writeFileSync(temporary('1.00.tmp'), '');
    fs.utimesSync(temporary('1.00.tmp'), 0, 0);
    fs.writeFileSync(temporary(`${process.pid}.00.tmp`), '');
    fs.writeFileSync(temporary('999999999.00.tmp'), '');
    storeCached(key('b'), bytes);
    expect(fs.readdirSync(path.join(cacheDir()!, 'tmp'))).toEqual([`${process.pid}.00.tmp`]);
  });
});
