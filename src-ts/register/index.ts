/**
 * `wamr-native/register` puts this engine in the place of `globalThis.WebAssembly`:
 *
 *     node --import wamr-native/register app.mjs
 *
 * Modules that the cache has run as machine code from the first call on; others run on V8, as ever, while a background
 * process compiles them for the next start.
 *
 * Every start compiles this file: it has what a thread needs that compiles no wasm, or leaves it to V8. The addon and the
 * rest (install.ts, by V8's code cache) are loaded at the first module.
 *
 * @module wamr-native/register
 */
import { binding, otherRuntime } from '../addon.js';
import type { NativeBinding } from '../binding.js';
import { ENV } from '../options.js';
import { inWorker } from '../util/builtin.js';
import { inMainRealm } from '../util/main-realm.js';
import { packageFile } from '../util/package-files.js';
import { replaceMembers, v8WebAssembly } from '../util/v8-wasm.js';
import { CodeCache } from '../cache/code-cache.js';
import { installImports } from './imports/install.js';
import { inherit } from './inherit.js';
import type { Installed } from './install.js';
import { Lean } from './lean.js';
import { membersOf } from './members.js';
import { PastRuns } from './past-runs.js';
import {
  type EngineName,
  type Mode,
  type ModuleStatus,
  REGISTERED,
  type Registered,
  type Status,
} from './registered.js';
import { Unbound } from './unbound.js';
import type { V8WebAssembly } from './v8.js';

export type { EngineName, Mode, ModuleStatus, Status };

const host = globalThis as { [REGISTERED]?: Registered };

function modeOf(value: string): Mode | 'off' {
  if (value === 'always' || value === 'off' || value === 'record') return value;
  if (value === '' || value === 'cached') return 'cached';
  throw new Error(`WAMR_REGISTER is '${value}'; it may be always, cached or off`);
}

function start(): Registered {
  const wanted = modeOf(ENV.register);
  // What runs on V8 is not counted.
  const mode = (ENV.coverage !== '' || ENV.record) && wanted === 'cached' ? 'always' : wanted;
  const foreign = otherRuntime();
  if (mode !== 'off' && foreign === null && v8WebAssembly !== undefined)
    return new Thread(mode, v8WebAssembly as unknown as V8WebAssembly);
  const reason =
    mode === 'off'
      ? 'WAMR_REGISTER=off'
      : foreign === null
        ? 'this Node has no WebAssembly'
        : `it is for Node; this is ${foreign}`;
  if (mode !== 'off' && foreign !== null)
    console.warn(`wamr-native/register does nothing: ${reason}, and its own WebAssembly stays`);
  return { status: () => ({ mode, engine: 'host', reason, modules: [] }) };
}

class Thread implements Registered {
  private readonly unbound = new Unbound();
  private readonly members: object;
  private readonly lean: Lean;
  /** Where the run is left to V8: what earlier ones took. */
  private readonly left: PastRuns | null;
  private installed: Installed | null = null;
  private native: NativeBinding | string | null = null;

  constructor(
    private readonly mode: Mode,
    private readonly wasm: V8WebAssembly,
  ) {
    const inMain = inMainRealm();
    const isProcess = inMain && !inWorker() && ENV.engine !== 'host';
    const past =
      isProcess && (mode !== 'always' || ENV.record)
        ? PastRuns.ofThisCommand((row, at) => this.storeRow(row, at))
        : null;
    if (ENV.record) past?.forget();
    this.left = mode === 'cached' && past?.better === 'v8' ? past : null;
    const looks = mode !== 'always' && ENV.engine !== 'host';
    this.lean = new Lean(wasm, this.unbound, this.left, looks, () => this.load().operations);
    this.members = membersOf(wasm, this.unbound, () => this.installed?.operations ?? this.lean);
    replaceMembers(this.members as Record<string, unknown>);
    if (mode !== 'always') past?.noteAtExit(() => this.engineOfAll());
    // What follows is the process's, not the realm's: test runners make realms by the dozen.
    if (!inMain) return;
    inherit();
    installImports(() => this.load().importer);
  }

  private load(): Installed {
    if (this.installed !== null) return this.installed;
    const native = this.addon();
    const file = packageFile('register-main.js');
    // In a realm of a test runner by the runner's `require`, which loads into that realm.
    const code = typeof native !== 'string' && inMainRealm() ? new CodeCache(native) : null;
    const { install } = (code === null ? require(file) : code.require(file)) as typeof import('./install.js');
    this.installed = install(this.mode, native, code, this.wasm, this.unbound, this.members);
    this.lean.handOver(this.installed);
    return this.installed;
  }

  private storeRow(row: Uint32Array, at: number): void {
    const { storeRow, beginPresence } = this.load();
    storeRow(row, at);
    beginPresence();
  }

  /** The addon, or what is missing for it. */
  private addon(): NativeBinding | string {
    if (ENV.engine === 'host') return (this.native ??= 'WAMR_ENGINE=host');
    try {
      return (this.native ??= binding());
    } catch (e) {
      return (this.native = (e as Error).message);
    }
  }

  private rows(): ModuleStatus[] {
    return [...this.lean.rows, ...(this.installed?.rows() ?? [])];
  }

  /** The engine of all instances; null when there were none, or on both. */
  private engineOfAll(): EngineName | null {
    let [ours, theirs] = [0, 0];
    for (const { instances } of this.rows()) {
      ours += instances.wamr;
      theirs += instances.v8;
    }
    return ours > 0 === theirs > 0 ? null : ours > 0 ? 'wamr' : 'v8';
  }

  status(): Status {
    // A run is left to V8 where this engine has been before.
    const native = this.left === null ? this.addon() : null;
    const reason = typeof native === 'string' ? native : null;
    // Names of modules are known then.
    if (this.lean.hasEarly) this.load();
    const modules = this.rows().map((row) => ({ ...row, instances: { ...row.instances } }));
    return { mode: this.mode, engine: reason === null ? 'wamr' : 'host', reason, modules };
  }

  link(...args: Parameters<Installed['importer']['link']>): unknown[] {
    return this.load().importer.link(...args);
  }
}

if (host[REGISTERED] === undefined) Object.defineProperty(host, REGISTERED, { value: start(), configurable: true });

/** Which module ran where, and why. */
export function status(): Status {
  return host[REGISTERED]!.status();
}
