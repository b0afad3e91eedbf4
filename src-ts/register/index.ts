/**
 * `wamr-native/register` puts this engine in the place of `globalThis.WebAssembly`:
 *
 *     node --import wamr-native/register app.mjs
 *
 * Modules that the cache has run as machine code from the first call on; others run on V8, as ever, while a background
 * process compiles them for the next start.
 *
 * Every start compiles this file, so it has little: what decides whether the run is left to V8 (past-runs.ts), when the
 * program first looks at `WebAssembly`, and what has Node import `.wasm` files. The rest is loaded then (thread.ts), and none of
 * Node's modules before.
 *
 * @module wamr-native/register
 */
import { ENV } from '../options.js';
import { inWorker, isPreloaded, nodeOptions } from '../util/builtin.js';
import { log } from '../util/log.js';
import { inMainRealm } from '../util/main-realm.js';
import { otherRuntime } from '../util/other-runtime.js';
import { requireBundle } from '../util/package-files.js';
import { installImports } from './imports/install.js';
import { keepFreedMemory } from './kept-heap.js';
import { isCalledByNode } from './nodes-own.js';
import { commandLine, PastRuns } from './past-runs.js';
import {
  type EngineName,
  type Mode,
  type ModuleStatus,
  REGISTERED,
  type Registered,
  type Status,
} from './registered.js';
import type { Thread } from './thread.js';

export type { EngineName, Mode, ModuleStatus, Status };

const host = globalThis as { [REGISTERED]?: Registered; WebAssembly?: object };

/** Why a run is left to V8. */
const LEFT = 'earlier runs of this command took less processor time on V8';

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
  if (mode !== 'off' && foreign === null && host.WebAssembly !== undefined) return new Start(mode, host.WebAssembly);
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

/** The start of a process, thread or realm, until the program looks at `WebAssembly`. */
class Start implements Registered {
  /** As the program has got it: it may change it. */
  private readonly command = commandLine();
  private past: PastRuns | null = null;
  private isLeft = false;
  private hasLooked = false;
  private thread: Thread | null = null;

  constructor(
    private readonly mode: Mode,
    private readonly namespace: object,
  ) {
    const options = nodeOptions();
    const isOption = options.includes('wamr-native/register') || options.includes('dist/register');
    // Where modules of the program were loaded before, they may have the namespace already.
    if (isOption || isPreloaded()) this.lookLater();
    else this.look();
    // What follows is the process's, not the realm's: test runners make realms by the dozen.
    if (!inMainRealm()) return;
    if (!isOption) this.install().inherit();
    installImports(
      () => this.install().importer,
      () => this.look(),
    );
  }

  /** Has the first use of the global object's property decide, unless it is Node that looks whether there is one. */
  private lookLater(): void {
    const define = (property: PropertyDescriptor): void => {
      Object.defineProperty(globalThis, 'WebAssembly', { ...property, configurable: true });
    };
    const get = (): object => {
      if (!isCalledByNode(get)) this.look();
      return this.namespace;
    };
    define({
      get,
      set: (value) => {
        this.look();
        define({ value, writable: true });
      },
    });
  }

  private look(): void {
    if (this.hasLooked) return;
    this.hasLooked = true;
    keepFreedMemory();
    Object.defineProperty(globalThis, 'WebAssembly', { value: this.namespace, writable: true });
    const { mode } = this;
    const isProcess = inMainRealm() && !inWorker() && ENV.engine !== 'host';
    if (isProcess && (mode !== 'always' || ENV.record))
      this.past = PastRuns.of(this.command, (rows) => this.install().storeRows(rows));
    if (ENV.record) this.past?.forget();
    if (mode !== 'always') this.past?.noteAtExit(() => (this.thread === null ? 'v8' : this.thread.engineOfAll()));
    this.isLeft = mode === 'cached' && this.past?.better === 'v8';
    if (!this.isLeft) return void this.install();
    log.say(LEFT);
    this.past!.watch();
    // Modules that it sends here may be this engine's.
    process.once('worker', () => this.install());
  }

  /** What runs modules in this thread. */
  private install(): Thread {
    this.look();
    if (this.thread === null) {
      const { Thread } = requireBundle('register-thread.js') as typeof import('./thread.js');
      this.thread = new Thread(this.mode, this.isLeft ? LEFT : null);
    }
    return this.thread;
  }

  status(): Status {
    this.look();
    if (this.thread !== null) return this.thread.status();
    return { mode: this.mode, engine: 'wamr', reason: LEFT, modules: [] };
  }

  link(...args: Parameters<NonNullable<Registered['link']>>): unknown[] {
    return this.install().importer.link(...args);
  }
}

if (host[REGISTERED] === undefined) Object.defineProperty(host, REGISTERED, { value: start(), configurable: true });

/** Which module ran where, and why. */
export function status(): Status {
  return host[REGISTERED]!.status();
}
