/**
 * What the namespace does before anything runs on this engine in a thread. It loads nothing: what needs no more than V8 is
 * V8's, the rest goes to `next`, which loads the addon and all else (install.ts). A run that is left to V8 (past-runs.ts)
 * never gets there; one whose modules the cache surely has not (presence.ts) does later, to ask for them. Modules of a few
 * bytes, which may be trampolines, go to `next`.
 *
 * Of large modules nothing is copied, and nothing hashes them before they are asked for. Until then the program may have
 * changed the bytes; so such a module can never run on this engine, nor, in this run, what may have to be linked with it.
 */
import { CARRIER } from '../util/v8-wasm.js';
import { bodyOf, type Operations } from './members.js';
import { isMissing, presenceOf } from './presence.js';
import { type ModuleStatus, NOT_CACHED } from './registered.js';
import { bytesOf, fits, type Imports, sizeOf, type Source } from './source.js';
import type { Unbound } from './unbound.js';
import type { V8WebAssembly } from './v8.js';

/** Rows of `status()` beyond this are left out. */
const MAX_ROWS = 1_000;

/** Smaller ones are not looked for here. */
const LEAST_BYTES = 4097;
/** Larger ones are not copied. */
const COPIED_BYTES = 2 ** 20;
/** Modules are asked for after this time (milliseconds), or at the end. */
const ASK_MS = 1_000;
// Before the program changes it. A timer of V8's, since the first of Node's takes a start a quarter of a millisecond.
const { waitAsync } = Atomics as unknown as {
  waitAsync(cells: Int32Array, index: number, expected: number, ms: number): { value: Promise<unknown> };
};

type Instantiated = { module: object; instance: object };

/** A module that runs on V8 because the cache has it not, and nothing else was loaded then. */
export interface Early {
  module: object;
  source: Source;
  /** Its byte in the file `present`, as the source was then. */
  presence: number;
  status: ModuleStatus;
}

type Missing = Pick<Early, 'source' | 'presence'>;

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
  /** Whether V8 has a module, or will have it, that cannot run on this engine. */
  hasUnsure = false;

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
    const missing = this.missing(args[0], args[1]);
    if (this.left === null && missing === null) return this.next().module(args, newTarget);
    return this.noteModule(Reflect.construct(this.wasm.Module, args, newTarget) as object, args[0], missing);
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
    const missing = this.missing(args[0], args[1]);
    if (this.left === null && missing === null) return this.next().compile(args);
    return this.noteModule(await this.wasm.compile(...(args as [unknown])), args[0], missing);
  }

  async instantiate(args: unknown[]): Promise<object> {
    const isModule = this.sectionsOf(args[0]) !== null;
    const missing = isModule || !fits(args[1]) ? null : this.missing(args[0], args[2]);
    if (missing !== null) return this.instantiateMissing(missing, args[1] as Imports);
    if (isModule ? this.isOurs(args[0]) : this.left === null) return this.next().instantiate(args);
    const result = (await this.wasm.instantiate(...(args as [unknown]))) as Instantiated;
    const module = isModule ? (args[0] as object) : this.noteModule(result.module, args[0], null);
    this.noteInstance(module, args[1]);
    return result;
  }

  /** More may be loaded until it is compiled: what it imports is looked at then. */
  private async instantiateMissing(missing: Missing, imports: Imports): Promise<Instantiated> {
    const { wasm } = missing.source;
    const module = this.noteModule(await this.wasm.compile(wasm), wasm, missing);
    const { operations } = this.successor ?? { operations: this };
    return { module, instance: await operations.instantiate([module, imports]) };
  }

  /** A module that the cache surely has not; null for others. */
  private missing(given: unknown, options: unknown): Missing | null {
    if (!this.looks || this.left !== null || options !== undefined) return null;
    const size = sizeOf(given);
    if (size < LEAST_BYTES) return null;
    const bytes = bytesOf(given, size > COPIED_BYTES)!;
    const presence = presenceOf(bytes.wasm);
    if (!isMissing(presence)) return null;
    const unsure = bytes.borrowed === true;
    this.hasUnsure ||= unsure;
    return { source: { ...bytes, unsure, resolved: {} }, presence };
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

  private noteModule(module: object, given: unknown, missing: Missing | null): object {
    const { byteLength: bytes } = given as ArrayBuffer;
    const why = missing === null ? this.left! : NOT_CACHED;
    const status: ModuleStatus = { key: null, bytes, engine: 'v8', why, instances: { wamr: 0, v8: 0 } };
    this.rowOf.set(module, status);
    if (missing !== null && this.successor !== null) this.successor.takeOver({ module, ...missing, status });
    else {
      if (this.rows.length < MAX_ROWS) this.rows.push(status);
      if (missing !== null) this.askLater({ module, ...missing, status });
    }
    return module;
  }

  private askLater(early: Early): void {
    this.early.push(early);
    if (this.asking) return;
    this.asking = true;
    const ask = (): void => void (this.hasEarly && this.next());
    const { value } = waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ASK_MS);
    void value.then(ask);
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
