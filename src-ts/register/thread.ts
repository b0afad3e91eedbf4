/**
 * What a thread has once its program looks at `WebAssembly`: members of the namespace in the place of V8's. The addon and the
 * engine come with the first module that runs on it or is asked for (load.ts).
 */
import { ENV } from '../options.js';
import { requireBundle } from '../util/package-files.js';
import { replaceMembers, v8WebAssembly } from '../util/v8-wasm.js';
import type { Importer } from './imports/importer.js';
import { inherit } from './inherit.js';
import type { Installed } from './install.js';
import { Lean } from './lean.js';
import { membersOf } from './members.js';
import type { StoredRow } from './past-runs.js';
import type { EngineName, Mode, ModuleStatus, Status } from './registered.js';
import { Unbound } from './unbound.js';
import type { V8WebAssembly } from './v8.js';

type Loader = typeof import('./load.js');

export class Thread {
  private readonly wasm = v8WebAssembly as unknown as V8WebAssembly;
  private readonly unbound = new Unbound();
  private readonly members: object;
  private readonly lean: Lean;
  private installed: Installed | null = null;
  private native: ReturnType<Loader['addon']> | null = null;

  constructor(
    private readonly mode: Mode,
    /** Why modules stay on V8, where earlier runs say so. */
    private readonly left: string | null,
  ) {
    const looks = mode !== 'always' && ENV.engine !== 'host';
    this.lean = new Lean(this.wasm, this.unbound, left, looks, () => this.load().operations);
    this.members = membersOf(this.wasm, this.unbound, () => this.installed?.operations ?? this.lean);
    replaceMembers(this.members as Record<string, unknown>);
  }

  inherit = inherit;

  get importer(): Importer {
    return this.load().importer;
  }

  private load(): Installed {
    if (this.installed !== null) return this.installed;
    const { install, code } = this.loader.engine(this.addon());
    this.installed = install(this.mode, this.addon(), code, this.wasm, this.unbound, this.members, this.lean);
    this.lean.handOver(this.installed);
    return this.installed;
  }

  storeRows(rows: readonly StoredRow[]): void {
    const { storeRows, beginPresence } = this.load();
    storeRows(rows);
    beginPresence();
  }

  private get loader(): Loader {
    return requireBundle('register-load.js') as Loader;
  }

  private addon(): ReturnType<Loader['addon']> {
    return (this.native ??= this.loader.addon());
  }

  private rows(): ModuleStatus[] {
    return [...this.lean.rows, ...(this.installed?.rows() ?? [])];
  }

  /** The engine of all instances; null when there were none, or on both. */
  engineOfAll(): EngineName | null {
    let [ours, theirs] = [0, 0];
    for (const { instances } of this.rows()) {
      ours += instances.wamr;
      theirs += instances.v8;
    }
    return ours > 0 === theirs > 0 ? null : ours > 0 ? 'wamr' : 'v8';
  }

  status(): Status {
    // Where a run is left to V8, this engine has been before.
    const native = this.left === null ? this.addon() : null;
    const missing = typeof native === 'string' ? native : null;
    // Names of modules are known then.
    if (this.lean.hasEarly) this.load();
    const modules = this.rows().map((row) => ({ ...row, instances: { ...row.instances } }));
    return { mode: this.mode, engine: missing === null ? 'wamr' : 'host', reason: missing ?? this.left, modules };
  }
}
