/**
 * The `WebAssembly` that the program sees: V8's own, with modules and instances that go where they run best
 * (modules.ts, linker.ts). Whatever is no valid argument goes to V8, whose errors are the right ones.
 */
import { readCompileOptions } from '../runtime/compile-options.js';
import { imitate, type LateBinding } from './late-binding.js';
import type { Linker } from './linker.js';
import { NO_GUARD } from '../errors.js';
import { log } from '../util/log.js';
import type { ModuleRecord, Modules } from './modules.js';
import type { Source } from './source.js';
import { readLinks } from './sections.js';
import type { V8Engine } from './v8.js';
import type { WamrEngine } from './wamr.js';

type Imports = object | undefined;
type Instantiated = { module: object; instance: object };

export class Namespace {
  constructor(
    private readonly v8: V8Engine,
    private readonly wamr: WamrEngine | null,
    private readonly modules: Modules,
    private readonly linker: Linker,
    private readonly late: LateBinding,
    /** Modules that are loaded already, by what stands for their bytes. */
    private readonly loaded: WeakMap<object, object>,
  ) {}

  /** The members of the namespace that are not V8's. */
  members(): Record<string, unknown> {
    const functions: Record<string, Function> = this.functions();
    for (const [name, f] of Object.entries(functions)) {
      const original = (this.v8.wasm as unknown as Record<string, Function | undefined>)[name];
      if (original !== undefined) Object.defineProperty(f, 'length', { value: original.length, configurable: true });
    }
    const { Table, Global, Tag } = this.late;
    const Exception = this.exceptionClass();
    return { ...functions, Module: this.moduleClass(), Instance: this.instanceClass(), Table, Global, Tag, Exception };
  }

  private functions() {
    const { v8, modules, linker } = this;
    const sourceOf = this.sourceOf.bind(this);
    const compile = async (source: Source): Promise<object> => modules.makeAsync(source, linker.latest);
    const instantiate = async (source: Source, imports: Imports): Promise<Instantiated> => {
      const module = await compile(source);
      return { module, instance: await this.instantiateLater(module, imports) };
    };
    return {
      async compile(source: unknown, ...rest: unknown[]): Promise<object> {
        const ours = sourceOf(source, rest[0]);
        return ours === null ? v8.wasm.compile(source, ...rest) : compile(ours);
      },

      instantiate: async (source: unknown, ...rest: unknown[]): Promise<object> => {
        const [imports, options] = rest;
        if (!fits(imports)) return v8.wasm.instantiate(source, ...rest) as Promise<object>;
        if (modules.recordOf(source) !== undefined || this.isOurs(source))
          return this.instantiateLater(source as object, imports);
        const ours = sourceOf(source, options);
        return ours === null ? (v8.wasm.instantiate(source, ...rest) as Promise<object>) : instantiate(ours, imports);
      },

      async compileStreaming(source: unknown, ...rest: unknown[]): Promise<object> {
        const response = await source;
        if (!isModuleResponse(response)) return v8.wasm.compileStreaming!(response, ...rest);
        const bytes = await response.arrayBuffer();
        const ours = sourceOf(bytes, rest[0]);
        return ours === null ? v8.wasm.compile(bytes, ...rest) : compile(ours);
      },

      async instantiateStreaming(source: unknown, ...rest: unknown[]): Promise<object> {
        const response = await source;
        const [imports, options] = rest;
        if (!fits(imports) || !isModuleResponse(response))
          return v8.wasm.instantiateStreaming!(response, ...rest) as Promise<object>;
        const bytes = await response.arrayBuffer();
        const ours = sourceOf(bytes, options);
        return ours === null ? (v8.wasm.instantiate(bytes, ...rest) as Promise<object>) : instantiate(ours, imports);
      },
    };
  }

  private moduleClass(): Function {
    const { v8, modules, linker, wamr, loaded } = this;
    const sourceOf = this.sourceOf.bind(this);
    const original = v8.wasm.Module;
    const Module = function (...args: unknown[]): object {
      const known = new.target === undefined ? undefined : loaded.get(args[0] as object);
      if (known !== undefined) return known;
      const ours = new.target === undefined ? null : sourceOf(args[0], args[1]);
      if (ours === null) return constructV8(original, args, new.target);
      return asInstanceOf(modules.make(ours, linker.latest), new.target, Module);
    };
    imitate(Module, original);
    for (const name of ['exports', 'imports', 'customSections'] as const) {
      const describe = {
        [name]: (module: unknown, ...rest: unknown[]): unknown =>
          this.isOurs(module)
            ? (wamr!.wamr.Module[name] as Function)(module, ...rest)
            : (original[name] as Function)(module, ...rest),
      }[name];
      Object.defineProperty(describe, 'length', { value: original[name].length, configurable: true });
      Object.defineProperty(Module, name, { value: describe });
    }
    return Module;
  }

  private instanceClass(): Function {
    const original = this.v8.wasm.Instance;
    const Instance = (self: Namespace) =>
      function (...args: unknown[]): object {
        const [module, imports] = args;
        if (new.target === undefined || !fits(imports)) return constructV8(original, args, new.target);
        if (self.modules.recordOf(module) === undefined && !self.isOurs(module))
          return constructV8(original, args, new.target);
        return asInstanceOf(self.instantiateNow(module as object, imports), new.target, instance);
      };
    const instance = Instance(this);
    Object.defineProperty(instance, 'name', { value: 'Instance', configurable: true });
    imitate(instance, original);
    return instance;
  }

  /** An exception is of the engine of its tag; of one that no module has, of the engine that modules run on now. */
  private exceptionClass(): Function | undefined {
    const original = this.v8.wasm.Exception;
    if (original === undefined) return undefined;
    const isOurs = (tag: unknown): boolean => {
      const { wamr, late, linker } = this;
      if (typeof tag !== 'object' || tag === null || wamr === null || !wamr.isLoaded) return false;
      if (late.isUnbound(tag) && linker.latest === 'wamr') {
        const { env, TagState } = wamr.wamr.internals;
        return TagState.of(env(), tag) !== null;
      }
      return wamr.isTag(tag);
    };
    const ours = (): Function => this.wamr!.wamr.WebAssembly.Exception;
    const Exception = function (...args: unknown[]): object {
      if (new.target === undefined || !isOurs(args[0])) return constructV8(original, args, new.target);
      return asInstanceOf(Reflect.construct(ours(), args) as object, new.target, Exception);
    };
    Object.defineProperty(Exception, 'name', { value: 'Exception', configurable: true });
    imitate(Exception, original);
    return Exception;
  }

  /** A module that the program gives with these options; null for what V8 has the error for. */
  private sourceOf(source: unknown, options: unknown): Source | null {
    const wasm = copyOf(source);
    if (wasm === null) return null;
    const resolved = options !== undefined && this.v8.resolvesImports ? readCompileOptions(options) : {};
    if (Object.keys(resolved).length === 0) return { wasm, resolved };
    // Node's importer gives options with every module: those that have nothing of the kind have one compiled form.
    try {
      const { importedStringConstants: constants } = resolved;
      const uses = readLinks(wasm).imports.some(({ module }) => module.startsWith('wasm:') || module === constants);
      return { wasm, resolved: uses ? resolved : {} };
    } catch {
      return null;
    }
  }

  private isOurs(module: unknown): boolean {
    return typeof module === 'object' && module !== null && this.wamr !== null && this.wamr.isModule(module);
  }

  private instantiateNow(module: object, imports: Imports): object {
    const record = this.modules.recordOf(module);
    if (record === undefined) return this.newInstance(module, imports);
    const { engine, module: chosen } = this.linker.choose(record, imports);
    if (engine === 'wamr') return this.instantiateOurs(record, chosen, imports);
    return this.noted(record, engine, imports, new this.v8.wasm.Instance(chosen, imports) as object);
  }

  /** V8 instantiates in a task of its own; this engine at the end of the current one. */
  private async instantiateLater(module: object, imports: Imports): Promise<object> {
    const record = this.modules.recordOf(module);
    if (record === undefined) return this.newInstance(module, imports);
    const { engine, module: chosen } = this.linker.choose(record, imports);
    if (engine === 'wamr') return this.instantiateOurs(record, chosen, imports);
    return this.noted(record, engine, imports, (await this.v8.wasm.instantiate(chosen, imports)) as object);
  }

  /** On V8 after all where the code needs a guard that a memory has not; nothing has run then. */
  private instantiateOurs(record: ModuleRecord, module: object, imports: Imports): object {
    let instance: object;
    try {
      instance = this.newInstance(module, imports);
    } catch (e) {
      const other = (e as { code?: unknown } | null)?.code === NO_GUARD ? this.modules.on(record, 'v8') : null;
      if (other === null) throw e;
      log.say(`an instance of a module of ${record.status.bytes} bytes runs on v8: its memory has no guard`);
      return this.noted(record, 'v8', imports, new this.v8.wasm.Instance(other, imports) as object);
    }
    return this.noted(record, 'wamr', imports, instance);
  }

  private newInstance(module: object, imports: Imports): object {
    return new this.wamr!.wamr.Instance(module, imports, usesNodeWasi(imports) ? { memory: 'v8' } : {});
  }

  private noted(record: ModuleRecord, engine: 'wamr' | 'v8', imports: Imports, instance: object): object {
    this.linker.onInstance(record, engine, imports, (instance as { exports: object }).exports);
    return instance;
  }
}

/** What may stand for imports; V8 has the error for the rest. */
const fits = (imports: unknown): imports is Imports =>
  imports === undefined || (typeof imports === 'object' && imports !== null) || typeof imports === 'function';

const bufferLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!;
const sharedLength = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, 'byteLength')!.get!;

/**
 * A copy of a buffer source that may be a module; null for anything else, also an empty one. (Not `viewBytes` of the
 * runtime: what comes with it would cost every start a millisecond.)
 */
function copyOf(source: unknown): Uint8Array | null {
  if (typeof source !== 'object' || source === null) return null;
  try {
    if (ArrayBuffer.isView(source)) {
      const { buffer, byteOffset, byteLength } = source;
      return byteLength < MODULE_BYTES ? null : new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength));
    }
    return lengthOf(source) < MODULE_BYTES ? null : new Uint8Array(new Uint8Array(source as ArrayBuffer));
  } catch {
    return null;
  }
}

/** Length of a buffer, of whatever realm; throws for anything else. */
function lengthOf(source: object): number {
  try {
    return bufferLength.call(source) as number;
  } catch {
    return sharedLength.call(source) as number;
  }
}

/** The smallest module: magic and version. */
const MODULE_BYTES = 8;

function constructV8(original: Function, args: unknown[], newTarget: Function | undefined): object {
  // Without `new`: V8's error.
  return newTarget === undefined
    ? (original as (...args: unknown[]) => object)(...args)
    : (Reflect.construct(original, args, newTarget) as object);
}

/** Classes of the program that extend the namespace's. */
function asInstanceOf(object: object, newTarget: Function, base: Function): object {
  if (newTarget !== base) Object.setPrototypeOf(object, newTarget.prototype as object);
  return object;
}

/** A response that V8 would take; it says what is wrong with others. */
function isModuleResponse(response: unknown): response is Response {
  return (
    typeof response === 'object' &&
    response !== null &&
    response instanceof Response &&
    response.ok &&
    !response.bodyUsed &&
    response.headers.get('Content-Type') === 'application/wasm'
  );
}

/** `node:wasi` writes into the guest's memory from C++, and takes V8's memories only. Its functions are bound ones. */
function usesNodeWasi(imports: Imports): boolean {
  for (const name of ['wasi_snapshot_preview1', 'wasi_unstable']) {
    const namespace = (imports as Record<string, unknown> | undefined)?.[name];
    if (typeof namespace !== 'object' || namespace === null) continue;
    for (const f of Object.values(namespace)) if (typeof f === 'function' && f.name.startsWith('bound ')) return true;
  }
  return false;
}
