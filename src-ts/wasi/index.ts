/**
 * WASI preview 1 for core modules, by Node's own implementation (`node:wasi`). It writes into the guest's memory from
 * C++ and insists on a genuine `WebAssembly.Memory`, so instances that use it are made with `memory: 'v8'`.
 *
 * @module wamr-native/wasi
 */
import type { WASI } from 'node:wasi';
import type { WasiFunction } from './calls.js';
import { openWasi } from './node-wasi.js';
import type { ThreadsOptions, WasiOptions } from './options.js';
import { runThreads } from './threads/program.js';
import { instantiate, type Instance, type InstanceOptions, type Module } from '../index.js';

export type { Folder, ThreadsOptions, WasiOptions } from './options.js';

/** A WASI host for one instance. */
export class WasiHost {
  private readonly wasi: WASI;
  private readonly functions: Record<string, WasiFunction>;
  private readonly options: WasiOptions;

  constructor(options: WasiOptions = {}) {
    const { wasi, functions } = openWasi('WasiHost()', options);
    this.wasi = wasi;
    this.functions = functions;
    this.options = options;
  }

  /** The functions of WASI under both names that modules import them by. */
  get imports(): Record<string, Record<string, unknown>> {
    return { wasi_snapshot_preview1: this.functions, wasi_unstable: this.functions };
  }

  /** Instantiates a module with the functions of WASI among its imports. */
  instantiate(
    module: Module,
    imports: Record<string, Record<string, unknown>> = {},
    options: Omit<InstanceOptions, 'memory'> = {},
  ): Instance {
    return instantiate(module, { ...this.imports, ...imports }, { ...options, memory: 'v8' });
  }

  /**
   * Runs a command: calls `_start`, to its end.
   * @returns the exit code, that of `proc_exit` or 0.
   */
  start(instance: Instance): number {
    const exports = exportsOf('start()', instance);
    const { memory, _start } = exports as Record<string, unknown>;
    if (typeof _start !== 'function') throw new Error('the module exports no _start function: it is no WASI command');
    requireMemory(memory);
    return this.wasi.start({ exports: { memory, _start } });
  }

  /**
   * Runs a command that starts threads (wasi-threads: it imports `wasi.thread-spawn` and a shared memory), to the end of
   * `_start`. Each of its threads is a Worker with an instance of its own, the first one too: this thread goes on
   * meanwhile, and does what concerns files for all of them. When one traps or exits, all end.
   * @returns the exit code; rejects with the trap of whichever thread had one, or with the signal's reason.
   * @throws Error for a module that is no such command
   */
  async startThreads(module: Module, options: ThreadsOptions = {}): Promise<number> {
    return runThreads({ wasi: this.wasi, functions: this.functions }, this.options, module, options);
  }

  /** Readies a library (reactor) for calls of its exports: runs `_initialize` if there is one. */
  initialize(instance: Instance): void {
    const exports = exportsOf('initialize()', instance);
    const { memory, _initialize } = exports as Record<string, unknown>;
    requireMemory(memory);
    this.wasi.initialize({ exports: typeof _initialize === 'function' ? { memory, _initialize } : { memory } });
  }
}

/** Of an instance of any engine. */
function exportsOf(where: string, instance: unknown): object {
  const { exports } = Object(instance) as { exports?: unknown };
  if (typeof exports === 'object' && exports !== null) return exports;
  throw new TypeError(`WasiHost.${where}: Argument 0 must be an instance`);
}

function requireMemory(memory: unknown): void {
  if (memory === undefined) throw new Error('the module exports no memory called "memory", which WASI needs');
}
