/** Compile once, map ever after: modules by way of the content cache (aot/cache.ts). */
import { cacheKey, dropCached, findCached, storeCached } from './aot/cache.js';
import { compile } from './aot/compile.js';
import { binding } from './binding.js';
import { AotError } from './errors.js';
import type { CompileOptions } from './options.js';
import { load, type Module } from './runtime/module.js';

export interface CachedModule {
  module: Module;
  /** Path of the artefact, or its bytes where the cache could not take it. */
  artefact: string | Uint8Array;
  /** Whether the artefact was there already. */
  hit: boolean;
}

/**
 * Loads a wasm module's artefact from the cache; compiles and stores it first when it isn't there, is damaged, or `fresh` asks for it.
 * @throws CompileError when the module is refused.
 */
export async function loadCached(wasm: Uint8Array, options: CompileOptions = {}, fresh = false): Promise<CachedModule> {
  const key = cacheKey(wasm, options, options.target === 'native' ? binding().cpuFeatures() : 0);
  const cached = fresh ? null : findCached(key);
  if (cached !== null) {
    try {
      return { module: load(cached), artefact: cached, hit: true };
    } catch (e) {
      if (!(e instanceof AotError)) throw e;
      dropCached(key);
    }
  }
  const compiled = await compile(wasm, options);
  const artefact = storeCached(key, compiled) ?? compiled;
  return { module: load(artefact as string | Uint8Array<ArrayBuffer>), artefact, hit: false };
}
