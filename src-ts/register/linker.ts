/**
 * Where an instance runs. A module's own place is where the cache put it (modules.ts); but what instances share, tables,
 * globals, memories and functions of other instances, must be on one engine, so what a module imports decides first.
 *
 * A function that the program itself puts into a table of the other engine (Emscripten's `addFunction` does, with modules
 * that consist of a type, an import and an export) is exchanged for the same function of that module's twin on the
 * table's engine.
 */
import { log } from '../util/log.js';
import type { LateBinding } from './late-binding.js';
import type { ModuleRecord, Modules } from './modules.js';
import type { EngineName } from './registered.js';
import type { V8Engine } from './v8.js';
import { type Wamr, type WamrEngine } from './wamr.js';

/** Of a function of a stateless module: all that it takes to have it on the other engine. */
interface Origin {
  record: ModuleRecord;
  imports: object | undefined;
  name: string;
}

export class Linker {
  /** Instances made on each engine. */
  private readonly made = { wamr: 0, v8: 0 };
  /** Where the latest module with a state of its own went: small ones follow it. */
  latest: EngineName | null = null;
  private readonly origins = new WeakMap<Function, Origin>();
  private readonly twins = new WeakMap<Function, Function>();
  private exchanging = false;

  constructor(
    private readonly v8: V8Engine,
    private readonly wamr: WamrEngine | null,
    private readonly modules: Modules,
    private readonly late: LateBinding,
  ) {}

  /** So many instances of V8's were made before this was loaded. */
  onEarlier(instances: number): void {
    this.made.v8 += instances;
    if (instances > 0) this.latest = 'v8';
  }

  /** The module to instantiate, with its engine: the one that fits what is imported. */
  choose(record: ModuleRecord, imports: unknown): { engine: EngineName; module: object } {
    const own = record.status.engine;
    const other = own === 'wamr' ? 'v8' : 'wamr';
    let engine = own;
    // With instances on one engine only, everything there is fits that engine.
    if (this.made[other] > 0 && this.tally(record, imports) === other) engine = other;
    const module = this.modules.on(record, engine) ?? this.modules.on(record, own);
    if (engine !== own) log.say(`a module of ${record.status.bytes} bytes follows what it imports to ${engine}`);
    return { engine: module === record.objects[engine] ? engine : own, module: module! };
  }

  /** The engine that the imports want; null when they leave it open. Functions give way to what cannot be adapted. */
  private tally(record: ModuleRecord, imports: unknown): EngineName | null {
    let functions: EngineName | null = null;
    for (const value of this.importsOf(record, imports)) {
      const owner = this.ownerOf(value);
      if (owner === null) continue;
      if (typeof value !== 'function') return owner;
      functions ??= owner;
    }
    return functions;
  }

  private *importsOf(record: ModuleRecord, imports: unknown): Generator<unknown> {
    if (typeof imports !== 'object' || imports === null) return;
    const { v8, wamr } = record.objects;
    const list =
      v8 !== null
        ? this.v8.wasm.Module.imports(v8)
        : this.wamr!.wamr.Module.imports(wamr as InstanceType<Wamr['Module']>);
    for (const { module, name } of list) {
      const namespace = (imports as Record<string, unknown>)[module];
      if ((typeof namespace === 'object' && namespace !== null) || typeof namespace === 'function')
        yield (namespace as Record<string, unknown>)[name];
    }
  }

  /** The engine that a value belongs to; null for what both can take: JavaScript's, V8's memories, what is unbound. */
  private ownerOf(value: unknown): EngineName | null {
    const { v8, wamr, late } = this;
    if (typeof value === 'function') {
      if (wamr?.isFunction(value)) return 'wamr';
      return v8.isFunction(value) ? 'v8' : null;
    }
    if (typeof value !== 'object' || value === null || late.isUnbound(value)) return null;
    if (wamr !== null && (wamr.isTable(value) || wamr.isGlobal(value) || wamr.isTag(value))) return 'wamr';
    if (v8.isMemory(value)) return null;
    if (wamr?.isMemory(value)) return 'wamr';
    // Of the tag of JavaScript's own exceptions each engine has one.
    const isV8Tag = v8.isTag(value) && value !== v8.wasm.JSTag;
    return isV8Tag || v8.isTable(value) || v8.isGlobal(value) ? 'v8' : null;
  }

  /** Notes a new instance. */
  onInstance(record: ModuleRecord, engine: EngineName, imports: object | undefined, exports: object): void {
    this.made[engine]++;
    record.status.instances[engine]++;
    if (engine === 'v8' && this.late.used)
      for (const value of this.importsOf(record, imports))
        if (typeof value === 'object' && value !== null) this.late.bindToV8(value);
    if (!record.stateless) this.latest = engine;
    else
      for (const [name, value] of Object.entries(exports))
        if (typeof value === 'function') this.origins.set(value, { record, imports, name });
    if (this.made.v8 > 0 && this.wamr?.isLoaded) this.exchangeFunctions(this.wamr.wamr);
  }

  /** The function of a stateless module on the other engine; the function itself where there is no such thing. */
  private twinOf(f: unknown, engine: EngineName): unknown {
    if (typeof f !== 'function') return f;
    const known = this.twins.get(f);
    if (known !== undefined) return known;
    const origin = this.origins.get(f);
    const module = origin && this.modules.on(origin.record, engine);
    if (!origin || !module) return f;
    const Instance = engine === 'v8' ? this.v8.wasm.Instance : this.wamr!.wamr.Instance;
    const twin = (new Instance(module, origin.imports) as { exports: Record<string, Function> }).exports[origin.name];
    this.twins.set(f, twin);
    this.twins.set(twin, f);
    return twin;
  }

  /**
   * This engine is there from now on: tables that no module has imported become its own when they get one of its
   * functions.
   */
  onWamr(wamr: Wamr): void {
    const adopter = this.late.adopter(wamr);
    wamr.internals.env().registry.adopter = adopter;
    for (const method of ['set', 'grow'] as const)
      wrap(this.v8.wasm.Table.prototype as object, method, (original, table, args) => {
        if (!this.isOurs(args[1])) return Reflect.apply(original, table, args);
        const adopted = typeof table === 'object' && table !== null && adopter.table(table) !== null;
        if (adopted) return Reflect.apply(wamr.WebAssembly.Table.prototype[method], table, args);
        args[1] = this.twinOf(args[1], 'v8');
        return Reflect.apply(original, table, args);
      });
  }

  private isOurs = (f: unknown): boolean => typeof f === 'function' && this.wamr!.isFunction(f);

  /** Both engines have instances from now on: tables take functions of the other one's stateless modules. */
  private exchangeFunctions(wamr: Wamr): void {
    if (this.exchanging) return;
    this.exchanging = true;
    const tables = wamr.WebAssembly.Table.prototype;
    for (const method of ['set', 'grow'] as const)
      wrap(tables, method, (original, table, args) => {
        if (args.length > 1 && !this.isOurs(args[1])) args[1] = this.twinOf(args[1], 'wamr');
        return Reflect.apply(original, table, args);
      });
    for (const prototype of [this.v8.wasm.Table.prototype as object, tables])
      wrap(prototype, 'get', (original, table, args) => this.originalOf(Reflect.apply(original, table, args)));
  }

  /** The function that the program put into a table, of what the table has. */
  private originalOf(f: unknown): unknown {
    return typeof f === 'function' && !this.origins.has(f) ? (this.twins.get(f) ?? f) : f;
  }
}

/** Replaces a method of a prototype by one that looks the same. */
function wrap(
  prototype: object,
  name: string,
  call: (original: Function, self: unknown, args: unknown[]) => unknown,
): void {
  const property = Object.getOwnPropertyDescriptor(prototype, name)!;
  const original = property.value as Function;
  const wrapped = {
    [name](this: unknown, ...args: unknown[]): unknown {
      return call(original, this, args);
    },
  }[name];
  Object.defineProperty(wrapped, 'length', { value: original.length, configurable: true });
  Object.defineProperty(prototype, name, { ...property, value: wrapped });
}
