/** Compiles a module once and loads its artefact from the content cache (cache/cache.ts) from then on. */
import fs from 'node:fs';
import { binding } from './addon.js';
import { compile, compileSync } from './aot/compiler.js';
import { forHere } from './aot/for-here.js';
import { cacheKey, dropCached, findCached, storeCached } from './cache/cache.js';
import { AotError } from './errors.js';
import type { CompileOptions } from './options.js';
import { load, loadFile, type Module } from './runtime/module.js';
import { viewBytes } from './runtime/webidl.js';

/** What `loadCached` gives. */
export interface CachedModule {
  /** The module, ready to be instantiated. */
  module: Module;
  /** Path of the artefact, or its bytes where it has no file of its own. */
  artefact: string | Uint8Array;
  /** Whether the artefact was there already. */
  hit: boolean;
}

/**
 * Loads a wasm module's artefact from the cache; compiles it on worker threads and stores it first when it isn't there,
 * is damaged, or `fresh` asks for it.
 * @throws CompileError when the module is refused.
 */
export function loadCached(wasm: Uint8Array, options: CompileOptions = {}, fresh = false): Promise<CachedModule> {
  return loadCachedBy(compile, wasm, options, fresh);
}

/** The same with another `compile`: the command line has one (cli/compile.ts). */
export async function loadCachedBy(
  compileModule: typeof compile,
  wasm: Uint8Array,
  options: CompileOptions,
  fresh = false,
): Promise<CachedModule> {
  const bytes = viewBytes(wasm);
  if (bytes === null) throw new TypeError("loadCached(): Argument 0 must be the module's bytes");
  const known = forHere(options);
  const key = artefactKey(bytes, known);
  return (fresh ? null : open(key)) ?? store(key, await compileModule(wasm, known));
}

/** The same in this thread, blocking it. */
export function loadCachedSync(wasm: Uint8Array, options: CompileOptions = {}): CachedModule {
  const known = forHere(options);
  const key = artefactKey(wasm, known);
  return open(key) ?? store(key, compileSync(wasm, known));
}

/** The cache's name for what a module or component is compiled to. */
export function artefactKey(wasm: Uint8Array, options: CompileOptions): string {
  const native = binding();
  return cacheKey(
    wasm,
    options,
    options.target === 'native' ? native.cpuFeatures() : 0,
    (bytes) => new Uint8Array(native.hash(bytes) as ArrayBuffer),
  );
}

function open(key: string): CachedModule | null {
  const found = findCached(key);
  if (found === null) return null;
  try {
    if ('bytes' in found) return { module: load(found.bytes), artefact: found.bytes, hit: true };
    try {
      return { module: loadFile(found.fd, found.path), artefact: found.path, hit: true };
    } finally {
      fs.closeSync(found.fd);
    }
  } catch (e) {
    if (!(e instanceof AotError)) throw e;
    dropCached(key);
    return null;
  }
}

function store(key: string, compiled: Uint8Array): CachedModule {
  const stored = storeCached(key, compiled) ? open(key) : null;
  return stored === null ? { module: load(compiled), artefact: compiled, hit: false } : { ...stored, hit: false };
}
