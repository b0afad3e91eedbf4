/** The addon reads the cache folder as src-ts/cache does: the same keys and entries, and nothing that others may have written. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { binding } from '../../src-ts/addon.js';
import { cacheKey, findModule, storeCached } from '../../src-ts/cache/cache.js';
import { PACKED_BYTES } from '../../src-ts/cache/pack.js';
import type { CompileOptions } from '../../src-ts/options.js';

let dir: string;
const saved = { ...process.env };
const options: CompileOptions = { target: 'native' };

beforeEach(() => {
  dir = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-cache-')), 'c');
  process.env.WAMR_CACHE_DIR = dir;
});
afterEach(() => {
  process.env = { ...saved };
  fs.rmSync(path.dirname(dir), { recursive: true, force: true });
});

const wasm = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8));
const keyOf = (bytes: Uint8Array): string => cacheKey(bytes, options, binding().cpuFeatures());
const raw = (bytes: Uint8Array): unknown[] => binding().findModule(dir, 'x', bytes)!;

/** First byte and size of what is found; null for nothing. */
function contents(bytes: Uint8Array): [number, number] | null {
  const { found } = findModule(binding(), bytes, options);
  if (found === null) return null;
  if ('bytes' in found) return [found.bytes[0], found.bytes.length];
  const read = fs.readFileSync(found.fd);
  fs.closeSync(found.fd);
  expect(found.path.startsWith(dir)).toBe(true);
  return [read[0], read.length];
}

describe('a module', () => {
  it.each([8, 4095, 4096, 4097, 3 << 20])('of %i bytes has the key that JavaScript computes', (size) => {
    const bytes = wasm(size);
    expect(findModule(binding(), bytes, options)).toEqual({ key: keyOf(bytes), found: null });
  });

  it('is found in a file of its own, and in the file that small ones share', () => {
    const [small, large] = [wasm(10), wasm(20)];
    storeCached(keyOf(small), new Uint8Array(100).fill(5));
    storeCached(keyOf(large), new Uint8Array(PACKED_BYTES + 1).fill(6));
    expect([contents(small), contents(large), contents(wasm(30))]).toEqual([[5, 100], [6, PACKED_BYTES + 1], null]);
  });

  it('has its use noted', () => {
    const bytes = wasm(20);
    storeCached(keyOf(bytes), new Uint8Array(PACKED_BYTES + 1));
    const file = path.join(dir, `${keyOf(bytes)}.aot`);
    fs.utimesSync(file, 1000, 2000);
    contents(bytes);
    const { atimeMs, mtimeMs } = fs.statSync(file);
    expect(Date.now() - atimeMs).toBeLessThan(60_000);
    expect(mtimeMs).toBe(2_000_000);
  });
});

describe('what is not as it should be', () => {
  const bytes = wasm(20);
  const key = (): string => raw(bytes)[0] as string;
  const entry = (): string => path.join(dir, `${key()}.aot`);

  it.each<[string, () => void]>([
    ['a link', () => fs.symlinkSync('/dev/null', entry())],
    ['a folder', () => fs.mkdirSync(entry())],
    ['open to others', () => (fs.writeFileSync(entry(), 'x'), fs.chmodSync(entry(), 0o666))],
    ['in a folder open to others', () => fs.chmodSync(dir, 0o777)],
    ['beside a shared file that is a link', () => fs.symlinkSync('/dev/zero', path.join(dir, 'small.pack'))],
    ['beside a shared file of nothing', () => fs.writeFileSync(path.join(dir, 'small.pack'), '', { mode: 0o600 })],
    [
      'beside a shared file of too many',
      () =>
        fs.writeFileSync(path.join(dir, 'small.pack'), Buffer.from('wamrpck1\xff\xff\xff\xff\0\0\0\0', 'latin1'), {
          mode: 0o600,
        }),
    ],
  ])('is left to JavaScript: %s', (_, make) => {
    fs.mkdirSync(dir, { mode: 0o700 });
    expect(raw(bytes)).toEqual([key()]);
    make();
    expect(raw(bytes)).toEqual([key(), null]);
    expect(contents(bytes)).toBeNull();
  });

  it('is not read beyond the end of the shared file', () => {
    fs.mkdirSync(dir, { mode: 0o700 });
    const pack = Buffer.alloc(16 + 64);
    pack.write('wamrpck1');
    pack.writeUInt32LE(1, 8);
    pack.write(key(), 16, 32, 'hex');
    pack.writeBigUInt64LE(0xffff_ffff_ffff_fff0n, 48);
    pack.writeUInt32LE(100, 56);
    fs.writeFileSync(path.join(dir, 'small.pack'), pack, { mode: 0o600 });
    expect(raw(bytes)).toEqual([key()]);
  });

  it('no folder is none', () => expect(raw(bytes)).toEqual([key()]));
});

describe('V8’s code for a bundle', () => {
  const read = (file: string): unknown[] | undefined => binding().readBundle(file, '(', ')', dir, 'about');

  it('comes with its text and key, and only whole', () => {
    const file = path.join(path.dirname(dir), 'bundle.js');
    expect(read(file)).toBeUndefined();
    fs.writeFileSync(file, 'text');
    const [source, key] = read(file) as [string, string];
    expect([source, key]).toEqual(['(text)', expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const code = Buffer.from('code of V8');
    storeCached(key, Buffer.concat([new Uint8Array(binding().codeDigest(code)), code]), false);
    expect(Buffer.from(read(file)![2] as ArrayBuffer).toString()).toBe('code of V8');
    const stored = path.join(dir, `${key}.aot`);
    const damaged = fs.readFileSync(stored);
    damaged[damaged.length - 1] ^= 1;
    fs.writeFileSync(stored, damaged);
    expect(read(file)).toHaveLength(2);
    fs.writeFileSync(file, 'other text');
    expect((read(file) as string[])[1]).not.toBe(key);
  });
});
