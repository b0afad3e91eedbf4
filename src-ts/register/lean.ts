/**
 * What the namespace does before anything runs on this engine in a thread. It loads nothing: what needs no more than V8 is
 * V8's, the rest goes to `next`, which loads the addon and all else (install.ts). A run that is left to V8 (past-runs.ts)
 * never gets there; one whose modules the cache surely has not (presence.ts) does when it has nothing else to do, to ask for
 * them. Modules of a few bytes, which may be trampolines, go to `next`.
 */
import { CARRIER } from '../util/v8-wasm.js';
import { bodyOf, type Operations } from './members.js';
import { isMissing } from './presence.js';
import { type ModuleStatus, NOT_CACHED } from './registered.js';
import { bytesOf, fits, type Imports, sizeOf, type Source } from './source.js';
import type { Unbound } from './unbound.js';
import type { V8WebAssembly } from './v8.js';

/** Rows of `status()` beyond this are left out. */
const MAX_ROWS = 1_000;

/**
 * Smaller ones are not looked for here; of larger ones, which take V8 long enough, the addon is quick to hash the bytes where
 * they are.
 */
const LEAST_BYTES = 4097;
const MOST_BYTES = 2 ** 20;
/** Modules are asked for after this time (milliseconds), or at the end. */
const ASK_MS = 1_000;
// Before the program changes it.
const { setTimeout } = globalThis;

type Instantiated = { module: object; instance: object };

/** A module that runs on V8 because the cache has it not, and nothing else was loaded then. */
export interface Early {
  module: object;
  source: Source;
  status: ModuleStatus;
}

/** What is loaded then. */
export interface Successor {
  readonly operations: Operations;
  takeOver(early: Early): void;
  /** So many instances of V8's were under way. */
  onEarlier(instances: number): void;
}

export class Lean implements Operations {
  /** Modules of a run that is left to V8, in order, and those that were not taken over yet. */
  rows: ModuleStatus[] = [];
  private readonly rowOf = new WeakMap<object, ModuleStatus>();
  private early: Early[] = [];
  private successor: Successor | null = null;
  private asking = false;

  constructor(
    private readonly wasm: V8WebAssembly,
    private readonly unbound: Unbound,
    /** Why modules stay on V8; null when they do not. */
    private readonly left: string | null,
    /** Whether what the cache has not runs on V8. */
    private readonly looks: boolean,
    private readonly next: () => Operations,
  ) {}

  /** Whether modules wait to be taken over. */
  get hasEarly(): boolean {
    return this.early.length > 0;
  }

  handOver(successor: Successor): void {
    this.successor = successor;
    const { early } = this;
    this.early = [];
    const rows = new Set(early.map(({ status }) => status));
    this.rows = this.rows.filter((row) => !rows.has(row));
    for (const one of early) successor.takeOver(one);
  }

  module(args: unknown[], newTarget: Function): object {
    const source = this.missing(args[0], args[1]);
    if (this.left === null && source === null) return this.next().module(args, newTarget);
    return this.noteModule(Reflect.construct(this.wasm.Module, args, newTarget) as object, args[0], source);
  }

  /** Nothing of this engine is there that it could import; the module may be this engine's, from another thread. */
  instance(args: unknown[], newTarget: Function): object {
    if (this.isOurs(args[0])) return this.next().instance(args, newTarget);
    const instance = Reflect.construct(this.wasm.Instance, args, newTarget) as object;
    this.noteInstance(args[0] as object, args[1]);
    return instance;
  }

  exception(args: unknown[], newTarget: Function): object {
    return Reflect.construct(this.wasm.Exception!, args, newTarget) as object;
  }

  describe(name: 'exports' | 'imports' | 'customSections', args: unknown[]): unknown {
    if (this.isOurs(args[0])) return this.next().describe(name, args);
    return (this.wasm.Module[name] as (...args: unknown[]) => unknown)(...args);
  }

  async compile(args: unknown[]): Promise<object> {
    const source = this.missing(args[0], args[1]);
    if (this.left === null && source === null) return this.next().compile(args);
    return this.noteModule(await this.wasm.compile(...(args as [unknown])), args[0], source);
  }

  async instantiate(args: unknown[]): Promise<object> {
    const isModule = this.sectionsOf(args[0]) !== null;
    const source = isModule || !fits(args[1]) ? null : this.missing(args[0], args[2]);
    if (source !== null) return this.instantiateMissing(source, args[1] as Imports);
    if (isModule ? this.isOurs(args[0]) : this.left === null) return this.next().instantiate(args);
    const result = (await this.wasm.instantiate(...(args as [unknown]))) as Instantiated;
    const module = isModule ? (args[0] as object) : this.noteModule(result.module, args[0], null);
    this.noteInstance(module, args[1]);
    return result;
  }

  /** More may be loaded until it is compiled: what it imports is looked at then. */
  private async instantiateMissing(source: Source, imports: Imports): Promise<Instantiated> {
    const module = this.noteModule(await this.wasm.compile(source.wasm), source.wasm, source);
    const { operations } = this.successor ?? { operations: this };
    return { module, instance: await operations.instantiate([module, imports]) };
  }

  /** A module that the cache surely has not; null for others. */
  private missing(given: unknown, options: unknown): Source | null {
    if (!this.looks || this.left !== null || options !== undefined) return null;
    const size = sizeOf(given);
    const bytes = size >= LEAST_BYTES && size <= MOST_BYTES ? bytesOf(given, false) : null;
    return bytes !== null && isMissing(bytes.wasm) ? { ...bytes, resolved: {} } : null;
  }

  async compileStreaming([source, ...rest]: unknown[]): Promise<object> {
    if (this.left === null) return this.next().compileStreaming([source, ...rest]);
    const response = await source;
    const bytes = await bodyOf(response);
    return bytes === null ? this.wasm.compileStreaming!(response, ...rest) : this.compile([bytes, ...rest]);
  }

  async instantiateStreaming([source, ...rest]: unknown[]): Promise<object> {
    if (this.left === null) return this.next().instantiateStreaming([source, ...rest]);
    const response = await source;
    const bytes = await bodyOf(response);
    if (bytes === null) return this.wasm.instantiateStreaming!(response, ...rest) as Promise<object>;
    return this.instantiate([bytes, ...rest]);
  }

  private isOurs(module: unknown): boolean {
    return (this.sectionsOf(module)?.length ?? 0) > 0;
  }

  /** What carries a module of this engine to other threads; null of what is no module. */
  private sectionsOf(module: unknown): ArrayBuffer[] | null {
    if (typeof module !== 'object' || module === null) return null;
    try {
      return this.wasm.Module.customSections(module, CARRIER);
    } catch {
      return null;
    }
  }

  private noteModule(module: object, given: unknown, source: Source | null): object {
    const { byteLength: bytes } = given as ArrayBuffer;
    const why = source === null ? this.left! : NOT_CACHED;
    const status: ModuleStatus = { key: null, bytes, engine: 'v8', why, instances: { wamr: 0, v8: 0 } };
    this.rowOf.set(module, status);
    if (source !== null && this.successor !== null) this.successor.takeOver({ module, source, status });
    else {
      if (this.rows.length < MAX_ROWS) this.rows.push(status);
      if (source !== null) this.askLater({ module, source, status });
    }
    return module;
  }

  private askLater(early: Early): void {
    this.early.push(early);
    if (this.asking) return;
    this.asking = true;
    const ask = (): void => void (this.hasEarly && this.next());
    setTimeout(ask, ASK_MS).unref();
    process.on('exit', ask);
  }

  /** What it imports is V8's from now on. */
  private noteInstance(module: object, imports: unknown): void {
    const row = this.rowOf.get(module);
    if (row !== undefined) row.instances.v8++;
    this.successor?.onEarlier(1);
    if (!this.unbound.used) return;
    for (const { module: from, name, kind } of this.wasm.Module.imports(module))
      if (kind !== 'function' && kind !== 'memory')
        this.unbound.delete((imports as Record<string, Record<string, object>>)[from][name]);
  }
}
