/**
 * The content cache: artefacts of modules that were compiled before, one file each, named by a hash of the module, the
 * options and the compiler. Files appear by rename, so readers never see half of one and writers of the same module may
 * race; whatever goes wrong with the folder (full disk, no rights, damage) costs a compilation and never an error.
 *
 * An artefact is code that will run: the folder is made private, and one that other users can write to is not used.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CompileOptions } from '../options.js';
import { VERSION } from '../version.js';
import { featureBits } from '../wasm/proposals.js';
import { crypto } from '../util/builtin.js';
import { FORMAT_VERSION, hashArtefact } from './format.js';
import { DEFAULT_TARGET } from './targets.js';

const SUFFIX = '.aot';
/** Modules from this size on are hashed by `hashArtefact` or what is equal to it. */
const HASH_FROM = 4096;
/** Leftovers of writers that died are removed after an hour. */
const STALE_TEMPORARY_MS = 3600_000;

export interface CacheEntry {
  key: string;
  path: string;
  bytes: number;
  /** Last use (milliseconds since the epoch). */
  used: number;
}

/** The folder: WAMR_CACHE_DIR, else $XDG_CACHE_HOME/wamr-native, else ~/.cache/wamr-native. */
export function cacheDir(): string {
  const { WAMR_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  if (WAMR_CACHE_DIR) return path.resolve(WAMR_CACHE_DIR);
  return path.join(
    XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : path.join(os.homedir(), '.cache'),
    'wamr-native',
  );
}

/**
 * Name of a module's artefact. Equal for equal bytes and options that change the artefact; `machineFeatures` is what
 * `target: native` stands for, `hash` a faster `hashArtefact`.
 */
export function cacheKey(
  wasm: Uint8Array,
  options: CompileOptions,
  machineFeatures: number,
  hash: (wasm: Uint8Array) => Uint8Array = hashArtefact,
): string {
  const target = options.target ?? DEFAULT_TARGET;
  const { createHash } = crypto();
  const what = JSON.stringify([
    VERSION,
    FORMAT_VERSION,
    compilerStamp(),
    target,
    target === 'native' ? machineFeatures : 0,
    options.bounds ?? 'guard',
    options.debugInfo === true,
    options.count === true,
    options.disable ?? [],
    featureBits(options.features),
    options.profile === undefined ? null : createHash('sha256').update(JSON.stringify(options.profile)).digest('hex'),
  ]);
  // The first bytes on their own: the hash is that of artefacts, which leaves the place of the hash out.
  const content =
    wasm.length < HASH_FROM
      ? wasm
      : createHash('sha256').update(wasm.subarray(0, HASH_FROM)).update(hash(wasm)).digest();
  return createHash('sha256').update(what).update('\0').update(content).digest('hex');
}

let stamp: string | null = null;

/**
 * Tells builds of the compiler apart that carry the same version, as in a working tree: time and size of the bundle.
 * Sources that run unbundled (tests) share nothing with other processes.
 */
function compilerStamp(): string {
  if (stamp === null) {
    try {
      const { mtimeMs, size } = fs.statSync(path.join(__dirname, 'compiler.js'));
      stamp = `${mtimeMs}:${size}`;
    } catch {
      stamp = crypto().randomBytes(8).toString('hex');
    }
  }
  return stamp;
}

/**
 * Path of a cached artefact, or null. Marks it as used. The caller checks the contents and calls `dropCached` on
 * damage.
 */
export function findCached(key: string): string | null {
  const dir = cacheDir();
  if (!isPrivate(dir)) return null;
  const file = path.join(dir, key + SUFFIX);
  try {
    const now = new Date();
    fs.utimesSync(file, now, fs.statSync(file).mtime);
    return file;
  } catch {
    return fs.existsSync(file) ? file : null;
  }
}

/** Puts an artefact into the cache; its path, or null when that was not possible. */
export function storeCached(key: string, artefact: Uint8Array): string | null {
  const dir = cacheDir();
  const temporary = path.join(dir, `.${key}.${process.pid}.${crypto().randomBytes(6).toString('hex')}.tmp`);
  try {
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (!isPrivate(dir)) return null;
    fs.writeFileSync(temporary, artefact, { mode: 0o600, flag: 'wx' });
    const file = path.join(dir, key + SUFFIX);
    fs.renameSync(temporary, file);
    return file;
  } catch {
    removeQuietly(temporary);
    return null;
  }
}

/** Removes a damaged entry. */
export function dropCached(key: string): void {
  removeQuietly(path.join(cacheDir(), key + SUFFIX));
}

/** Removes a file; one that cannot be removed stays, and is found damaged or stale again next time. */
function removeQuietly(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // No rights, or the folder is no folder.
  }
}

/** Owned by this user (or root) and not writable by everyone. */
function isPrivate(dir: string): boolean {
  try {
    const { uid, mode } = fs.statSync(dir);
    return (mode & 0o002) === 0 && (process.getuid === undefined || uid === 0 || uid === process.getuid());
  } catch {
    return false;
  }
}

/** All entries, most recently used first. */
export function listCache(): CacheEntry[] {
  const dir = cacheDir();
  const entries: CacheEntry[] = [];
  for (const name of readFolder(dir)) {
    if (!name.endsWith(SUFFIX)) continue;
    try {
      const file = path.join(dir, name);
      const { size, atimeMs, mtimeMs } = fs.statSync(file);
      entries.push({ key: name.slice(0, -SUFFIX.length), path: file, bytes: size, used: Math.max(atimeMs, mtimeMs) });
    } catch {
      // Removed meanwhile.
    }
  }
  return entries.sort((a, b) => b.used - a.used);
}

/** Removes every entry; returns how many. */
export function clearCache(): number {
  return remove(listCache());
}

/**
 * Removes the entries not used for `maxAgeMs` and then the least recently used ones beyond `maxBytes`; returns how
 * many.
 */
export function pruneCache(limits: { maxBytes?: number; maxAgeMs?: number }): number {
  const { maxBytes = Infinity, maxAgeMs = Infinity } = limits;
  let kept = 0;
  const doomed = listCache().filter((e) => {
    const keep = Date.now() - e.used <= maxAgeMs && kept + e.bytes <= maxBytes;
    if (keep) kept += e.bytes;
    return !keep;
  });
  return remove(doomed);
}

function remove(entries: CacheEntry[]): number {
  for (const e of entries) dropCached(e.key);
  const dir = cacheDir();
  for (const name of readFolder(dir)) {
    const file = path.join(dir, name);
    try {
      if (name.endsWith('.tmp') && Date.now() - fs.statSync(file).mtimeMs > STALE_TEMPORARY_MS) removeQuietly(file);
    } catch {
      // Removed meanwhile.
    }
  }
  return entries.length;
}

function readFolder(dir: string): string[] {
  try {
    return fs.readdirSync(dir);
  } catch {
    return [];
  }
}
