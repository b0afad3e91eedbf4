/**
 * The cache as `register` uses it: modules are looked up by content for the code of this machine; what is not there is
 * put into the folder `wanted/`, where the background compiler (background.ts) finds it.
 *
 * A module that the compiler refuses is remembered as such, so that it is not tried at every start.
 */
import fs from 'node:fs';
import type { NativeBinding } from '../binding.js';
import { cacheKey, type Found, findCached, findModule, storeCached } from '../cache/cache.js';
import { Folder } from '../cache/folder.js';
import { cacheDir } from '../cache/place.js';
import type { CompileOptions } from '../options.js';
import { forHere } from '../aot/for-here.js';
import type { StoredProfile } from '../profile/stored.js';
import { childEnvironment } from '../util/child-environment.js';
import { log } from '../util/log.js';
import { packageFile } from '../util/package-files.js';
import type { CompileTimeImports } from '../wasm/compile-time-imports.js';
import type { Source } from './source.js';

/** How `register` has modules compiled: they run here and nowhere else. */
export const optionsFor = ({ resolved, count, profile }: Source): CompileOptions =>
  forHere({ ...resolved, count, profile });

export const isPlainSource = ({ resolved }: Source): boolean => Object.keys(resolved).length === 0;

const WANTED = 'wanted';
const LOCK = 'compiler.lock';
const SUFFIX = '.wasm';
/** Behind the key of a module that is wanted anew, with a profile. */
const BY_PROFILE = '-profile';
const REFUSAL = Buffer.from('refused by wamr-native: ');
/** Modules that may wait for the compiler, in bytes. */
const MAX_WANTED_BYTES = 2 ** 28;

/** What is known of a module: an artefact, a refusal, or nothing. */
export type Answer = { artefact: Found } | { refused: string } | null;

/** The module's name in the cache, whatever profile it is compiled by. */
export function keyOf(native: NativeBinding, { profile: _, ...source }: Source): string {
  const { wasm } = source;
  return cacheKey(wasm, optionsFor(source), native.cpuFeatures(), (b) => new Uint8Array(native.hash(b) as ArrayBuffer));
}

export const lookUp = (key: string): Answer => answerOf(findCached(key));

/** The module's name in the cache, and what that has under it. */
export function findSource(native: NativeBinding, source: Source): { key: string; answer: Answer } {
  const { key, found } = findModule(native, source.wasm, optionsFor(source));
  return { key, answer: answerOf(found) };
}

function answerOf(found: Found | null): Answer {
  if (found === null) return null;
  if (!('bytes' in found) || !REFUSAL.equals(found.bytes.subarray(0, REFUSAL.length))) return { artefact: found };
  return { refused: Buffer.from(found.bytes.subarray(REFUSAL.length)).toString() };
}

/** Closes what `lookUp` has opened. */
export function closeArtefact({ artefact }: { artefact: Found }): void {
  if ('fd' in artefact) fs.closeSync(artefact.fd);
}

export function storeRefusal(key: string, why: string): void {
  storeCached(key, Buffer.concat([REFUSAL, Buffer.from(why.slice(0, 1000))]));
}

/**
 * Asks the background compiler for a module, and with `start` starts it if it does not run. Most of it is done in another
 * thread (native/background.cc): writing a large module takes tens of milliseconds.
 */
export function request(native: NativeBinding, key: string, source: Source, start: boolean): void {
  const folder = Folder.open(cacheDir(), { create: true });
  if (folder === null) return;
  try {
    const wanted = folder.inner(WANTED, { create: true });
    if (wanted === null) return;
    try {
      const lock = (): number => (start ? folder.openLock(LOCK) : -1);
      const command = start ? compilerCommand(folder.path) : { args: [], environment: [] };
      const handOver = (wasm: Uint8Array, places: Parameters<NativeBinding['handOver']>[1], mode: number): boolean => {
        const error = native.handOver(wasm, places, mode, lock(), command.args, command.environment, failed);
        if (error !== 0) failed(error, 0);
        return error === 0;
      };
      const name = (source.profile === undefined ? key : key + BY_PROFILE) + SUFFIX;
      if (wanted.stat(name) !== null) {
        if (start) handOver(new Uint8Array(0), [], 0);
        return;
      }
      const wasm = writeSource(source);
      let waiting = wasm.length;
      for (const other of wanted.names()) waiting += wanted.stat(other)?.size ?? 0;
      if (waiting > MAX_WANTED_BYTES) return;
      wanted.writeBy((temporary, first, into, mode) => handOver(wasm, [temporary, first, into, name], mode));
    } finally {
      wanted.close();
    }
  } finally {
    folder.close();
  }
}

function failed(writing: number, starting: number): void {
  if (writing !== 0) log.sayOnce('the cache takes nothing', `error ${writing}`);
  if (starting !== 0) log.sayOnce('the background compiler could not be started', `error ${starting}`);
}

function compilerCommand(folder: string): { args: string[]; environment: string[] } {
  const environment = { ...childEnvironment('WAMR_CACHE_LIMIT', 'WAMR_LOG'), WAMR_CACHE_DIR: folder };
  return {
    args: [process.execPath, packageFile('background.js')],
    environment: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  };
}

/** Takes the lock that a running compiler holds: its descriptor, or -1. */
export function lockCompiler(native: NativeBinding, folder: Folder): number {
  const lock = folder.openLock(LOCK);
  if (lock < 0 || native.lockFile(lock)) return lock;
  fs.closeSync(lock);
  return -1;
}

/** A file that waits: the module, with what it is compiled with as a line of JSON before it, unless that is nothing. */
function writeSource(source: Source): Uint8Array {
  const { wasm, resolved, profile } = source;
  if (isPlainSource(source) && profile === undefined) return wasm;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ resolved, profile })}\n`), wasm]);
}

/** The opposite; of a damaged file something that is no module. */
function readSource(file: Uint8Array): Source {
  if (file[0] !== '{'.charCodeAt(0)) return { wasm: file, resolved: {} };
  const end = file.indexOf('\n'.charCodeAt(0));
  try {
    const { resolved, profile } = JSON.parse(Buffer.from(file.subarray(0, end)).toString()) as {
      resolved: CompileTimeImports;
      profile?: StoredProfile;
    };
    return { wasm: file.slice(end + 1), resolved, profile };
  } catch {
    return { wasm: file, resolved: {} };
  }
}

/** A module that waits. */
export interface Wanted {
  key: string;
  /** Of its file, without what says how many have died. */
  name: string;
  source: Source;
  /** Compilers that died over it. */
  deaths: number;
}

/**
 * The next module that waits, marked so that a compiler that dies over it is noticed; null when none does. `done` it
 * afterwards.
 */
export function takeWanted(folder: Folder): Wanted | null {
  const wanted = folder.inner(WANTED);
  if (wanted === null) return null;
  try {
    const oldest = wanted
      .names()
      .flatMap((name) => {
        const m = /^(([0-9a-f]{64})(?:-profile)?)(?:\.(\d))?\.wasm$/.exec(name);
        const stat = m && wanted.stat(name);
        return m && stat ? [{ file: name, name: m[1], key: m[2], deaths: Number(m[3] ?? 0), time: stat.mtimeMs }] : [];
      })
      .sort((a, b) => a.deaths - b.deaths || a.time - b.time)[0];
    if (oldest === undefined) return null;
    const { name, key, deaths } = oldest;
    const file = wanted.openEntry(oldest.file);
    if (file === null) return null;
    const source = readSource(new Uint8Array(fs.readFileSync(file.fd)));
    fs.closeSync(file.fd);
    wanted.rename(oldest.file, `${name}.${deaths + 1}${SUFFIX}`);
    return { key, name, source, deaths };
  } finally {
    wanted.close();
  }
}

/** Whether modules wait. */
export function hasWanted(folder: Folder): boolean {
  const wanted = folder.inner(WANTED);
  const has = wanted !== null && wanted.names().some((name) => name.endsWith(SUFFIX));
  wanted?.close();
  return has;
}

/** The module is compiled or refused: it waits no longer. */
export function done(folder: Folder, { name, deaths }: Wanted): void {
  const wanted = folder.inner(WANTED);
  wanted?.remove(`${name}.${deaths + 1}${SUFFIX}`);
  wanted?.remove(name + SUFFIX);
  wanted?.close();
}
