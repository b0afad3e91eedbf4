/**
 * The content cache: artefacts of modules that were compiled before, named by a hash of the module, the options, the
 * compiler and, for code of this machine, its CPU. Large ones are files of their own, small ones share one (pack.ts).
 * Whatever goes wrong with the folder (full disk, no rights, damage, another user's hands in it: folder.ts) costs a
 * compilation and never an error. The size is bounded: whoever stores removes what was not used for longest.
 */
import fs from 'node:fs';
import path from 'node:path';
import { FORMAT_VERSION, hashArtefact } from '../aot/format.js';
import { DEFAULT_TARGET } from '../aot/targets.js';
import { type CompileOptions, ENV } from '../options.js';
import { crypto } from '../util/builtin.js';
import { packageFile } from '../util/package-files.js';
import { VERSION } from '../version.js';
import type { NativeBinding } from '../binding.js';
import { featureBits } from '../wasm/proposals.js';
import { Folder } from './folder.js';
import { changePack, findPacked, listPacked, PACKED_BYTES } from './pack.js';
import { cacheDir, PRESENT, RUNS } from './place.js';

const SUFFIX = '.aot';
/** How much of a module is hashed by itself, and the header that `hashArtefact` would leave a part out of. */
const HASH_FROM = 4096;
const HASH_HEADER = 512;
/** A use of a file is noted again after this time. */
const NOTE_USE_MS = 60_000;
/** Bound of all entries; WAMR_CACHE_LIMIT (bytes) overrides it. */
const MAX_BYTES = 2 ** 31;

export interface CacheEntry {
  key: string;
  /** The entry's own file, or null where it shares one. */
  path: string | null;
  bytes: number;
  /** Last use (milliseconds since the epoch). */
  used: number;
}

/** What the cache has under a key: an open file, which the caller closes, or the bytes. */
export type Found = { fd: number; path: string } | { bytes: Uint8Array };

/**
 * Name of a module's artefact. Equal for equal bytes and options that change the artefact; `machineFeatures` is what
 * `target: native` stands for, `hash` a faster `hashArtefact`.
 */
export function cacheKey(
  wasm: Uint8Array,
  options: CompileOptions,
  machineFeatures: number,
  hash: (bytes: Uint8Array) => Uint8Array = hashArtefact,
): string {
  const what = keyText(wasm.length, options, machineFeatures);
  // The hash is that of artefacts, which leaves out a part of its first bytes: those go in by themselves.
  const parts = [Buffer.alloc(HASH_HEADER), Buffer.from(what), wasm.subarray(0, HASH_FROM)];
  if (wasm.length > HASH_FROM) parts.push(hash(wasm));
  return Buffer.from(hash(new Uint8Array(Buffer.concat(parts)))).toString('hex');
}

/** What goes into the key beside the module. */
function keyText(bytes: number, options: CompileOptions, machineFeatures: number): string {
  const target = options.target ?? DEFAULT_TARGET;
  return JSON.stringify([
    VERSION,
    FORMAT_VERSION,
    compilerStamp(),
    target,
    target === 'native' ? machineFeatures : 0,
    options.bounds ?? defaultBounds(target),
    options.deterministic === true,
    options.debugInfo === true,
    options.count === true,
    options.coverage === true,
    options.disable ?? [],
    featureBits(options.features),
    options.builtins ?? [],
    options.importedStringConstants ?? null,
    options.profile === undefined
      ? null
      : crypto().createHash('sha256').update(JSON.stringify(options.profile)).digest('hex'),
    bytes,
  ]);
}

/** What the compiler does by itself: on AArch64 it looks what this V8 does (aot/compile.ts). */
const defaultBounds = (target: string): string =>
  target === 'native' && process.arch === 'arm64' ? `as V8 ${process.versions.v8}` : 'guard';

/** Key of a module and what the cache has under it, as `cacheKey` and `findCached` say; the addon does both at once. */
export function findModule(
  native: NativeBinding,
  wasm: Uint8Array,
  options: CompileOptions,
): { key: string; found: Found | null } {
  const folder = cacheDir() ?? '';
  const answer = native.findModule(folder, keyText(wasm.length, options, native.cpuFeatures()), wasm);
  if (answer === undefined) {
    const hash = (bytes: Uint8Array): Uint8Array => new Uint8Array(native.hash(bytes) as ArrayBuffer);
    const key = cacheKey(wasm, options, native.cpuFeatures(), hash);
    return { key, found: findCached(key) };
  }
  const [key, entry] = answer;
  if (entry === undefined) return { key, found: null };
  if (entry === null) return { key, found: findCached(key) };
  if (typeof entry === 'number') return { key, found: { fd: entry, path: path.join(folder, key + SUFFIX) } };
  return { key, found: { bytes: new Uint8Array(entry) } };
}

/**
 * Tells builds of the compiler apart that carry the same version, as in a working tree: time and size of the bundle.
 * Sources that run unbundled (tests) share nothing with other processes.
 */
export function compilerStamp(): string {
  return (stamp.value ??= readStamp());
}

const stamp: { value: string | null } = { value: null };

function readStamp(): string {
  try {
    const { mtimeMs, size } = fs.statSync(packageFile('compiler.js'));
    return `${mtimeMs}:${size}`;
  } catch {
    return crypto().randomBytes(8).toString('hex');
  }
}

/** Does something with the open cache folder; `otherwise` where there is none that may be used. */
function withFolder<T>(otherwise: T, use: (folder: Folder) => T, create = false): T {
  const folder = Folder.open(cacheDir(), { create });
  if (folder === null) return otherwise;
  try {
    return use(folder);
  } finally {
    folder.close();
  }
}

/**
 * The artefact under a key, or null. Notes the use. The caller checks the contents and calls `dropCached` on damage.
 */
export function findCached(key: string): Found | null {
  return withFolder<Found | null>(null, (folder) => {
    const name = key + SUFFIX;
    const file = folder.openEntry(name);
    if (file === null) {
      const bytes = findPacked(folder, key);
      return bytes === null ? null : { bytes };
    }
    const now = Date.now();
    if (now - file.stat.atimeMs > NOTE_USE_MS) noteUse(file.fd, now, file.stat.mtimeMs);
    return { fd: file.fd, path: path.join(folder.path, name) };
  });
}

function noteUse(fd: number, now: number, modified: number): void {
  try {
    fs.futimesSync(fd, now / 1000, modified / 1000);
  } catch {
    // Another owner's (root's) file, or a read-only disk.
  }
}

/**
 * Puts an artefact into the cache, and keeps the cache's bound; whether that was possible. `packed`: into the file that
 * small entries share.
 */
export function storeCached(key: string, artefact: Uint8Array, packed = artefact.length <= PACKED_BYTES): boolean {
  return withFolder(
    false,
    (folder) => {
      if (packed) return changePack(folder, new Map([[key, artefact]]), new Set());
      const limit = byteLimit();
      if (artefact.length > limit) return false;
      prune(folder, limit - artefact.length, Infinity);
      return folder.write(key + SUFFIX, artefact);
    },
    true,
  );
}

function byteLimit(): number {
  const limit = ENV.cacheLimit;
  return limit > 0 ? limit : MAX_BYTES;
}

/** Removes a damaged entry. */
export function dropCached(key: string): void {
  withFolder(undefined, (folder) => drop(folder, [key]));
}

function drop(folder: Folder, keys: string[]): void {
  const packed = new Set(listPacked(folder).map((e) => e.key));
  for (const key of keys) folder.remove(key + SUFFIX);
  if (keys.some((k) => packed.has(k))) changePack(folder, new Map(), new Set(keys));
}

/** All entries, most recently used first. */
export function listCache(): CacheEntry[] {
  return withFolder<CacheEntry[]>([], list);
}

function list(folder: Folder): CacheEntry[] {
  const entries: CacheEntry[] = listPacked(folder).map((e) => ({ ...e, path: null }));
  for (const name of folder.names()) {
    const stat = name.endsWith(SUFFIX) ? folder.stat(name) : null;
    if (stat === null) continue;
    const used = Math.max(stat.atimeMs, stat.mtimeMs);
    entries.push({ key: name.slice(0, -SUFFIX.length), path: path.join(folder.path, name), bytes: stat.size, used });
  }
  return entries.sort((a, b) => b.used - a.used);
}

/** Removes every entry; returns how many. */
export function clearCache(): number {
  return withFolder(0, (folder) => {
    for (const name of [RUNS, PRESENT]) folder.remove(name);
    return prune(folder, 0, -1);
  });
}

/**
 * Removes the entries not used for `maxAgeMs` and then the least recently used ones beyond `maxBytes`; returns how
 * many.
 */
export function pruneCache({
  maxBytes = Infinity,
  maxAgeMs = Infinity,
}: {
  maxBytes?: number;
  maxAgeMs?: number;
}): number {
  return withFolder(0, (folder) => prune(folder, maxBytes, maxAgeMs));
}

function prune(folder: Folder, maxBytes: number, maxAgeMs: number): number {
  folder.sweepTemporary();
  let kept = 0;
  const doomed = list(folder).filter((e) => {
    const keep = Date.now() - e.used <= maxAgeMs && kept + e.bytes <= maxBytes;
    if (keep) kept += e.bytes;
    return !keep;
  });
  if (doomed.length > 0)
    drop(
      folder,
      doomed.map((e) => e.key),
    );
  return doomed.length;
}
