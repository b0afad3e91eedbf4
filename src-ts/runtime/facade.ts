/**
 * The same engine in the shape of the WebAssembly JavaScript interface. `Tag` and `Exception` are absent until
 * exceptions are supported, so that feature tests tell the truth.
 */
import { compile as compileArtefact, validate as isValid } from '../aot/compiler.js';
import { LinkError, RealmCompileError, RuntimeError } from '../errors.js';
import { isArtefact } from '../aot/format.js';
import type { BufferSource } from '../options.js';
import { env } from './env.js';
import { Global } from './global.js';
import { Instance } from './instance.js';
import { Memory } from './memory.js';
import { Module, ModuleState, boundsHere, load } from './module.js';
import { Table } from './table.js';
import { isObject, viewBytes } from './webidl.js';

/** Whether the bytes are a module that this engine accepts. */
function validate(source: BufferSource): boolean {
  const bytes = viewBytes(source);
  if (bytes === null) throw new TypeError('WebAssembly.validate(): Argument 0 must be a buffer source');
  return isValid(bytes);
}

/** Compiles on worker threads. An artefact is taken as it is. */
async function compile(source: BufferSource): Promise<Module> {
  return toModule(source, 'WebAssembly.compile(): Argument 0 must be a buffer source');
}

async function toModule(source: unknown, refusal: string): Promise<Module> {
  const bytes = viewBytes(source);
  if (bytes === null) throw new TypeError(refusal);
  // The caller may change its buffer while workers run.
  return load(isArtefact(bytes) ? bytes : await compileArtefact(bytes.slice(), { bounds: boundsHere() }));
}

/** From bytes to `{module, instance}`, from a module to an instance. */
async function instantiate(
  source: BufferSource | Module,
  imports?: object,
): Promise<Instance | { module: Module; instance: Instance }> {
  if (imports !== undefined && !isObject(imports))
    throw new TypeError('WebAssembly.instantiate(): Argument 1 must be an object');
  if (ModuleState.of(env(), source) !== null) return new Instance(source, imports);
  const module = await toModule(
    source,
    'WebAssembly.instantiate(): Argument 0 must be a buffer source or a WebAssembly.Module object',
  );
  return { module, instance: new Instance(module, imports) };
}

interface ResponseLike {
  arrayBuffer(): Promise<ArrayBuffer>;
}

async function compileStreaming(source: ResponseLike | Promise<ResponseLike>): Promise<Module> {
  return compile(await (await source).arrayBuffer());
}

async function instantiateStreaming(
  source: ResponseLike | Promise<ResponseLike>,
  imports?: object,
): Promise<Instance | { module: Module; instance: Instance }> {
  return instantiate(await (await source).arrayBuffer(), imports);
}

/** The namespace object. */
export const WebAssembly = Object.create(Object.prototype, {
  [Symbol.toStringTag]: { value: 'WebAssembly', configurable: true },
}) as {
  validate: typeof validate;
  compile: typeof compile;
  instantiate: typeof instantiate;
  compileStreaming: typeof compileStreaming;
  instantiateStreaming: typeof instantiateStreaming;
  Module: typeof Module;
  Instance: typeof Instance;
  Memory: typeof Memory;
  Table: typeof Table;
  Global: typeof Global;
  CompileError: ErrorConstructor;
  LinkError: ErrorConstructor;
  RuntimeError: ErrorConstructor;
};
for (const [key, value] of Object.entries({ validate, compile, instantiate, compileStreaming, instantiateStreaming }))
  Object.defineProperty(WebAssembly, key, { value, writable: true, enumerable: true, configurable: true });
for (const [key, value] of Object.entries({
  Module,
  Instance,
  Memory,
  Table,
  Global,
  CompileError: RealmCompileError,
  LinkError,
  RuntimeError,
}))
  Object.defineProperty(WebAssembly, key, { value, writable: true, configurable: true });
