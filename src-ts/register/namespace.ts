/**
 * What the namespace does once the program compiles something: modules and instances go where they run best (modules.ts,
 * linker.ts). Whatever is no valid argument goes to V8, whose errors are the right ones.
 */
import { readCompileOptions } from '../runtime/compile-options.js';
import type { LateBinding } from './late-binding.js';
import type { Linker } from './linker.js';
import { NO_GUARD } from '../errors.js';
import { log } from '../util/log.js';
import { asInstanceOf, bodyOf, type Operations } from './members.js';
import type { ModuleRecord, Modules } from './modules.js';
import { bytesOf, fits, type Imports, type Source } from './source.js';
import { readLinks } from './sections.js';
import type { V8Engine } from './v8.js';
import type { WamrEngine } from './wamr.js';

type Instantiated = { module: object; instance: object };

export class Namespace implements Operations {
  constructor(
    private readonly v8: V8Engine,
    private readonly wamr: WamrEngine | null,
    private readonly modules: Modules,
    private readonly linker: Linker,
    private readonly late: LateBinding,
    /** Modules that are loaded already, by what stands for their bytes. */
    private readonly loaded: WeakMap<object, object>,
  ) {}

  module(args: unknown[], newTarget: Function): object {
    const known = this.loaded.get(args[0] as object);
    if (known !== undefined) return known;
    const { Module } = this.v8.wasm;
    const source = this.sourceOf(args[0], args[1]);
    if (source === null) return Reflect.construct(Module, args, newTarget) as object;
    return asInstanceOf(this.modules.make(source, this.linker.latest), newTarget, Module);
  }

  instance(args: unknown[], newTarget: Function): object {
    const { Instance } = this.v8.wasm;
    const [module, imports] = args;
    if (!fits(imports) || !this.isKnown(module)) return Reflect.construct(Instance, args, newTarget) as object;
    return asInstanceOf(this.instantiateNow(module, imports), newTarget, Instance);
  }

  /** An exception is of the engine of its tag; of one that no module has, of the engine that modules run on now. */
  exception(args: unknown[], newTarget: Function): object {
    const Exception = this.v8.wasm.Exception!;
    if (!this.isOurTag(args[0])) return Reflect.construct(Exception, args, newTarget) as object;
    const ours = this.wamr!.wamr.WebAssembly.Exception as Function;
    return asInstanceOf(Reflect.construct(ours, args) as object, newTarget, Exception);
  }

  private isOurTag(tag: unknown): boolean {
    const { wamr, late, linker } = this;
    if (typeof tag !== 'object' || tag === null || wamr === null || !wamr.isLoaded) return false;
    if (!late.isUnbound(tag) || linker.latest !== 'wamr') return wamr.isTag(tag);
    const { env, TagState } = wamr.wamr.internals;
    return TagState.of(env(), tag) !== null;
  }

  describe(name: 'exports' | 'imports' | 'customSections', args: unknown[]): unknown {
    const { Module } = this.isOurs(args[0]) ? this.wamr!.wamr : this.v8.wasm;
    return (Module[name] as (...args: unknown[]) => unknown)(...args);
  }

  async compile(args: unknown[]): Promise<object> {
    const source = this.sourceOf(args[0], args[1]);
    if (source === null) return this.v8.wasm.compile(...(args as [unknown]));
    return this.modules.makeAsync(source, this.linker.latest);
  }

  async instantiate(args: unknown[]): Promise<object> {
    const [given, imports, options] = args;
    const byV8 = (): Promise<object> => this.v8.wasm.instantiate(...(args as [unknown])) as Promise<object>;
    if (!fits(imports)) return byV8();
    if (this.isKnown(given)) return this.instantiateLater(given, imports);
    const source = this.sourceOf(given, options);
    return source === null ? byV8() : this.instantiateSource(source, imports);
  }

  async compileStreaming([given, ...rest]: unknown[]): Promise<object> {
    const response = await given;
    const bytes = await bodyOf(response);
    return bytes === null ? this.v8.wasm.compileStreaming!(response, ...rest) : this.compile([bytes, ...rest]);
  }

  async instantiateStreaming([given, ...rest]: unknown[]): Promise<object> {
    const response = await given;
    const bytes = fits(rest[0]) ? await bodyOf(response) : null;
    if (bytes !== null) return this.instantiate([bytes, ...rest]);
    return this.v8.wasm.instantiateStreaming!(response, ...rest) as Promise<object>;
  }

  private async instantiateSource(source: Source, imports: Imports): Promise<Instantiated> {
    const module = await this.modules.makeAsync(source, this.linker.latest);
    return { module, instance: await this.instantiateLater(module, imports) };
  }

  /** A module that the program gives with these options; null for what V8 has the error for. */
  private sourceOf(source: unknown, options: unknown): Source | null {
    const bytes = bytesOf(source, this.modules.mayBorrow);
    if (bytes === null) return null;
    const resolved = options !== undefined && this.v8.resolvesImports ? readCompileOptions(options) : {};
    if (Object.keys(resolved).length === 0) return { ...bytes, resolved };
    // Node's importer gives options with every module: those that have nothing of the kind have one compiled form.
    try {
      const { importedStringConstants: constants } = resolved;
      const { imports } = readLinks(bytes.wasm);
      const uses = imports.some(({ module }) => module.startsWith('wasm:') || module === constants);
      return { ...bytes, resolved: uses ? resolved : {} };
    } catch {
      return null;
    }
  }

  private isKnown(module: unknown): module is object {
    return this.modules.recordOf(module) !== undefined || this.isOurs(module);
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

/** `node:wasi` writes into the guest's memory from C++, and takes V8's memories only. Its functions are bound ones. */
function usesNodeWasi(imports: Imports): boolean {
  for (const name of ['wasi_snapshot_preview1', 'wasi_unstable']) {
    const namespace = (imports as Record<string, unknown> | undefined)?.[name];
    if (typeof namespace !== 'object' || namespace === null) continue;
    for (const f of Object.values(namespace)) if (typeof f === 'function' && f.name.startsWith('bound ')) return true;
  }
  return false;
}
