/** `instantiate`: from wasm bytes, an artefact or a module to a running instance in one call. */
import { compileSync } from '../aot/compiler.js';
import { isArtefact } from '../aot/format.js';
import { forHere } from '../aot/for-here.js';
import { loadCachedSync } from '../cached.js';
import { NO_GUARD } from '../errors.js';
import { type BufferSource, COMPILE_OPTIONS, type CompileOptions } from '../options.js';
import {
  type Check,
  checkOptions,
  isBoolean,
  isCount,
  isMilliseconds,
  objectOf,
  oneOf,
} from '../util/check-options.js';
import { env } from './env.js';
import { type Exports, Instance, type InstanceOptions } from './instance.js';
import { Module, ModuleState, boundsHere, load, loadFor } from './module.js';
import { viewBytes } from './webidl.js';

/** Below this many bytes compiling costs no more than asking the cache. */
const WORTH_CACHING = 16_384;

export interface InstantiateOptions extends InstanceOptions, CompileOptions {
  /** Look wasm up in, and add it to, the content cache. Default true. */
  cache?: boolean;
}

export const INSTANTIATE_OPTIONS: Readonly<Record<keyof InstantiateOptions, Check>> = {
  ...COMPILE_OPTIONS,
  memory: oneOf('native', 'v8'),
  timeoutMs: isMilliseconds,
  limits: objectOf({ memoryPages: isCount }),
  onlyInstance: isBoolean,
  cache: isBoolean,
};

/**
 * Makes an instance, synchronously.
 * @param source a `Module`, an artefact (bytes, path or file URL), or wasm bytes, which are compiled here unless the
 * content cache has them: with explicit bounds checks where address space is short
 *   and `bounds` isn't given.
 * @throws LinkError, TypeError for imports that do not fit; Trap from segments and the start function; CompileError,
 * AotError for bad bytes.
 */
export function instantiate<E extends object = Exports>(
  source: Module | BufferSource | string | URL,
  imports?: object,
  options: InstantiateOptions = {},
): Instance<E> {
  checkOptions('instantiate()', options, INSTANTIATE_OPTIONS);
  try {
    return new Instance(toModule(source, options), imports, options);
  } catch (e) {
    // No guard behind the memory after all (an imported one). Nothing has run yet, and with the wasm at hand there is
    // another way.
    if ((e as { code?: unknown } | null)?.code !== NO_GUARD || options.bounds !== undefined || !isWasm(source)) throw e;
    return new Instance(toModule(source, { ...options, bounds: 'explicit' }), imports, options);
  }
}

function isWasm(source: unknown): boolean {
  const bytes = viewBytes(source);
  return bytes !== null && !isArtefact(bytes);
}

function toModule(source: Module | BufferSource | string | URL, options: InstantiateOptions): Module {
  if (ModuleState.of(env(), source) !== null) return source as Module;
  const bytes = viewBytes(source);
  if (bytes === null || isArtefact(bytes)) return loadFor('instantiate()', source);
  const worthIt = options.cache !== false && bytes.length >= WORTH_CACHING;
  const known: CompileOptions = { ...forHere(pick(options)), bounds: options.bounds ?? boundsHere() };
  return worthIt ? loadCachedSync(bytes, known).module : load(compileSync(bytes, known));
}

/** What of the options the compiler takes. */
function pick(options: InstantiateOptions): CompileOptions {
  const {
    memory: _memory,
    timeoutMs: _timeout,
    limits: _limits,
    onlyInstance: _only,
    cache: _cache,
    ...rest
  } = options;
  return rest;
}
