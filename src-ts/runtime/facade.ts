/**
 * The same engine in the shape of the WebAssembly JavaScript interface.
 */
import { compile as compileArtefact, validate as isValid } from '../aot/compiler.js';
import { LinkError, RealmCompileError, RuntimeError, SuspendError } from '../errors.js';
import { isArtefact } from '../aot/format.js';
import type { BufferSource } from '../options.js';
import { builtin } from '../util/builtin.js';
import { env } from './env.js';
import { Exception } from './exception.js';
import { Global } from './global.js';
import { Instance } from './instance.js';
import { Memory } from './memory.js';
import { Module, ModuleState, boundsHere, load } from './module.js';
import { promising, Suspending } from './suspension.js';
import { Table } from './table.js';
import { Tag, jsTag } from './tag.js';
import { isObject, viewBytes } from './webidl.js';

/** The functions of the namespace. Methods, so that they have these names in the bundle, and cannot be constructed. */
const functions = {
  /** Whether the bytes are a module that this engine accepts. */
  validate(source: BufferSource): boolean {
    const bytes = viewBytes(source);
    if (bytes === null) throw new TypeError('WebAssembly.validate(): Argument 0 must be a buffer source');
    return isValid(bytes);
  },

  /** Compiles on worker threads. An artefact is taken as it is. */
  async compile(source: BufferSource): Promise<Module> {
    return toModule(source, 'WebAssembly.compile(): Argument 0 must be a buffer source');
  },

  /** From bytes to `{module, instance}`, from a module to an instance. */
  async instantiate(source: BufferSource | Module, imports?: object): Promise<Instance | InstantiatedSource> {
    checkImports(imports, 'WebAssembly.instantiate()');
    if (ModuleState.of(env(), source) !== null) return new Instance(source, imports);
    return instantiated(
      await toModule(
        source,
        'WebAssembly.instantiate(): Argument 0 must be a buffer source or a WebAssembly.Module object',
      ),
      imports,
    );
  },

  promising,

  async compileStreaming(source: Response | Promise<Response>): Promise<Module> {
    return toModule(await bodyOf(source), 'WebAssembly.compileStreaming(): the body is no buffer source');
  },

  async instantiateStreaming(source: Response | Promise<Response>, imports?: object): Promise<InstantiatedSource> {
    checkImports(imports, 'WebAssembly.instantiateStreaming()');
    return instantiated(
      await toModule(await bodyOf(source), 'WebAssembly.instantiateStreaming(): the body is no buffer source'),
      imports,
    );
  },
};

export interface InstantiatedSource {
  module: Module;
  instance: Instance;
}

async function toModule(source: unknown, refusal: string): Promise<Module> {
  const bytes = viewBytes(source);
  if (bytes === null) throw new TypeError(refusal);
  // The caller may change its buffer while workers run.
  return load(isArtefact(bytes) ? bytes : await compileArtefact(bytes.slice(), { bounds: boundsHere() }));
}

const instantiated = (module: Module, imports: object | undefined): InstantiatedSource => ({
  module,
  instance: new Instance(module, imports),
});

function checkImports(imports: unknown, where: string): void {
  if (imports !== undefined && !isObject(imports)) throw new TypeError(`${where}: Argument 1 must be an object`);
}

/**
 * The bytes of a fetched module, checked as the WebAssembly Web API wants it and worded as Node does.
 * @throws TypeError for what is no Response, another MIME type, a status that is not ok, a body that was read before.
 */
async function bodyOf(source: unknown): Promise<ArrayBuffer> {
  const response: unknown = await source;
  if (!(response instanceof Response)) {
    const message = `The "source" argument must be an instance of Response or an Promise resolving to Response.${received(response)}`;
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const refuse = (why: string): TypeError =>
    Object.assign(new TypeError(`WebAssembly response ${why}`), { code: 'ERR_WEBASSEMBLY_RESPONSE' });
  const type = response.headers.get('Content-Type');
  if (type !== 'application/wasm') throw refuse(`has unsupported MIME type '${type}'`);
  if (!response.ok) throw refuse(`has status code ${response.status}`);
  if (response.bodyUsed) throw refuse('body has already been used');
  return response.arrayBuffer();
}

/** What was passed instead, as Node's errors say it. */
function received(value: unknown): string {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  const { inspect } = builtin<typeof import('node:util')>('node:util');
  if (typeof value === 'object') {
    const name = (value.constructor as { name?: string } | undefined)?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`;
  }
  const text = inspect(value);
  return ` Received type ${typeof value} (${text.length > 28 ? `${text.slice(0, 25)}...` : text})`;
}

for (const name of ['instantiate', 'instantiateStreaming'] as const)
  Object.defineProperty(functions[name], 'length', { value: 1, configurable: true });

/** The namespace object. */
export const WebAssembly = Object.create(Object.prototype, {
  [Symbol.toStringTag]: { value: 'WebAssembly', configurable: true },
}) as typeof functions & {
  Module: typeof Module;
  Instance: typeof Instance;
  Memory: typeof Memory;
  Table: typeof Table;
  Global: typeof Global;
  Tag: typeof Tag;
  Exception: typeof Exception;
  readonly JSTag: object;
  CompileError: ErrorConstructor;
  LinkError: ErrorConstructor;
  RuntimeError: ErrorConstructor;
  Suspending: typeof Suspending;
  SuspendError: ErrorConstructor;
};
for (const [key, value] of Object.entries(functions))
  Object.defineProperty(WebAssembly, key, { value, writable: true, enumerable: true, configurable: true });
for (const [key, value] of Object.entries({
  Module,
  Instance,
  Memory,
  Table,
  Global,
  Tag,
  Exception,
  CompileError: RealmCompileError,
  LinkError,
  RuntimeError,
  Suspending,
  SuspendError,
}))
  Object.defineProperty(WebAssembly, key, { value, writable: true, configurable: true });
// Not before it is asked for: this loads the addon.
Object.defineProperty(WebAssembly, 'JSTag', { get: () => jsTag(env()).object, configurable: true });
