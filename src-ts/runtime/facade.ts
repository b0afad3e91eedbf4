/** The engine as a namespace in the shape of `WebAssembly` (WebAssembly JavaScript Interface). */
import { compile as compileArtefact, validate as isValid } from '../aot/compiler.js';
import { LinkError, RealmCompileError, RuntimeError, SuspendError } from '../errors.js';
import { isArtefact } from '../aot/format.js';
import type { BufferSource } from '../options.js';
import { builtin } from '../util/builtin.js';
import { readCompileOptions, type WebAssemblyCompileOptions } from './compile-options.js';
import { env } from './env.js';
import { Exception } from './exception.js';
import { Global } from './global.js';
import { type Exports, Instance } from './instance.js';
import { Memory } from './memory.js';
import { Module, ModuleState, boundsHere, load } from './module.js';
import { promising, Suspending } from './suspension.js';
import { Table } from './table.js';
import { Tag, jsTag } from './tag.js';
import { isObject, viewBytes } from './webidl.js';

/** The functions of the namespace. Methods, so that they have these names in the bundle, and cannot be constructed. */
const functions = {
  /** Whether the bytes are a module that this engine accepts. */
  validate(source: BufferSource, options?: WebAssemblyCompileOptions): boolean {
    const bytes = viewBytes(source);
    if (bytes === null) throw new TypeError('WebAssembly.validate(): Argument 0 must be a buffer source');
    return isValid(bytes, readCompileOptions(options));
  },

  /** Compiles on worker threads. An artefact is taken as it is. */
  async compile(source: BufferSource, options?: WebAssemblyCompileOptions): Promise<Module> {
    return toModule(source, options, 'WebAssembly.compile(): Argument 0 must be a buffer source');
  },

  /** From bytes to `{module, instance}`, from a module to an instance. */
  instantiate: {
    async instantiate(
      source: object,
      imports?: object,
      options?: WebAssemblyCompileOptions,
    ): Promise<Instance | InstantiatedSource> {
      checkImports(imports, 'WebAssembly.instantiate()');
      if (ModuleState.of(env(), source) !== null) return new Instance(source, imports);
      return instantiated(
        await toModule(
          source,
          options,
          'WebAssembly.instantiate(): Argument 0 must be a buffer source or a WebAssembly.Module object',
        ),
        imports,
      );
    },
  }.instantiate as Instantiate,

  /** A function that returns a promise at once, while what it calls may wait (`Suspending`). */
  promising,

  /** Compiles the body of a response, or of a promise for one. */
  async compileStreaming(
    source: Response | PromiseLike<Response>,
    options?: WebAssemblyCompileOptions,
  ): Promise<Module> {
    return toModule(await bodyOf(source), options, 'WebAssembly.compileStreaming(): the body is no buffer source');
  },

  /** Compiles and instantiates the body of a response, or of a promise for one. */
  async instantiateStreaming(
    source: Response | PromiseLike<Response>,
    imports?: object,
    options?: WebAssemblyCompileOptions,
  ): Promise<InstantiatedSource> {
    checkImports(imports, 'WebAssembly.instantiateStreaming()');
    return instantiated(
      await toModule(await bodyOf(source), options, 'WebAssembly.instantiateStreaming(): the body is no buffer source'),
      imports,
    );
  },
};

/** What `instantiate` makes of bytes. */
export interface InstantiatedSource<E extends object = Exports> {
  /** The module, for further instances. */
  module: Module;
  /** The instance. */
  instance: Instance<E>;
}

/** From bytes to `{module, instance}`, from a module to an instance. */
export interface Instantiate {
  <E extends object = Exports>(
    source: BufferSource,
    imports?: object,
    options?: WebAssemblyCompileOptions,
  ): Promise<InstantiatedSource<E>>;
  <E extends object = Exports>(module: object, imports?: object): Promise<Instance<E>>;
}

async function toModule(source: unknown, options: unknown, refusal: string): Promise<Module> {
  const bytes = viewBytes(source);
  if (bytes === null) throw new TypeError(refusal);
  const resolved = readCompileOptions(options);
  return load(isArtefact(bytes) ? bytes : await compileArtefact(bytes, { ...resolved, bounds: boundsHere() }));
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

for (const name of ['validate', 'compile', 'compileStreaming', 'instantiate', 'instantiateStreaming'] as const)
  Object.defineProperty(functions[name], 'length', { value: 1, configurable: true });

/** The namespace object. */
export const WebAssembly = Object.create(Object.prototype, {
  [Symbol.toStringTag]: { value: 'WebAssembly', configurable: true },
}) as typeof functions & {
  /** `WebAssembly.Module`. */
  Module: typeof Module;
  /** `WebAssembly.Instance`. */
  Instance: typeof Instance;
  /** `WebAssembly.Memory`. */
  Memory: typeof Memory;
  /** `WebAssembly.Table`. */
  Table: typeof Table;
  /** `WebAssembly.Global`. */
  Global: typeof Global;
  /** `WebAssembly.Tag`. */
  Tag: typeof Tag;
  /** `WebAssembly.Exception`. */
  Exception: typeof Exception;
  /** The tag by which wasm sees what JavaScript throws. */
  readonly JSTag: object;
  /** What is thrown for bytes that are no module. */
  CompileError: ErrorConstructor;
  /** What is thrown for an import that is missing or of another type. */
  LinkError: ErrorConstructor;
  /** The class of traps. */
  RuntimeError: ErrorConstructor;
  /** `WebAssembly.Suspending`. */
  Suspending: typeof Suspending;
  /** What is thrown where a call cannot be suspended. */
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
