/**
 * What the namespace does before anything runs on this engine in a thread. It loads nothing: what needs no more than V8 is
 * V8's, the rest goes to `next`, which loads the addon and all else (install.ts). A run that is left to V8 (past-runs.ts)
 * never gets there.
 */
import { CARRIER } from '../util/v8-wasm.js';
import { bodyOf, type Operations } from './members.js';
import type { PastRuns } from './past-runs.js';
import type { ModuleStatus } from './registered.js';
import type { Unbound } from './unbound.js';
import type { V8WebAssembly } from './v8.js';

/** Why a run is left to V8, in `status()`. */
const WHY = 'earlier runs of this command took less processor time on V8';
/** Rows of `status()` beyond this are left out. */
const MAX_ROWS = 1_000;

type Instantiated = { module: object; instance: object };

export class Lean implements Operations {
  /** Modules of a run that is left to V8, in order. */
  readonly rows: ModuleStatus[] = [];
  private readonly rowOf = new WeakMap<object, ModuleStatus>();

  constructor(
    private readonly wasm: V8WebAssembly,
    private readonly unbound: Unbound,
    /** Why modules stay on V8; null when they do not. */
    private readonly left: PastRuns | null,
    private readonly next: () => Operations,
  ) {}

  module(args: unknown[], newTarget: Function): object {
    if (this.left === null) return this.next().module(args, newTarget);
    return this.noteModule(Reflect.construct(this.wasm.Module, args, newTarget) as object, args[0]);
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
    if (this.left === null) return this.next().compile(args);
    return this.noteModule(await this.wasm.compile(...(args as [unknown])), args[0]);
  }

  async instantiate(args: unknown[]): Promise<object> {
    const isModule = this.sectionsOf(args[0]) !== null;
    if (isModule ? this.isOurs(args[0]) : this.left === null) return this.next().instantiate(args);
    const result = (await this.wasm.instantiate(...(args as [unknown]))) as Instantiated;
    const module = isModule ? (args[0] as object) : this.noteModule(result.module, args[0]);
    this.noteInstance(module, args[1]);
    return result;
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

  private noteModule(module: object, source: unknown): object {
    const { byteLength: bytes } = source as ArrayBuffer;
    const row: ModuleStatus = { key: null, bytes, engine: 'v8', why: WHY, instances: { wamr: 0, v8: 0 } };
    if (this.rows.length === 0) this.left!.watch();
    if (this.rows.length < MAX_ROWS) this.rows.push(row);
    this.rowOf.set(module, row);
    return module;
  }

  /** What it imports is V8's from now on. */
  private noteInstance(module: object, imports: unknown): void {
    const row = this.rowOf.get(module);
    if (row !== undefined) row.instances.v8++;
    if (!this.unbound.used) return;
    for (const { module: from, name, kind } of this.wasm.Module.imports(module))
      if (kind !== 'function' && kind !== 'memory')
        this.unbound.delete((imports as Record<string, Record<string, object>>)[from][name]);
  }
}
