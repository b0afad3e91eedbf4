/**
 * WASI preview 1 for core modules, by Node's own implementation (`node:wasi`). It writes into the guest's memory from
 * C++ and insists on a genuine `WebAssembly.Memory`, so instances that use it are made with `memory: 'v8'`.
 *
 * @module wamr-native/wasi
 */
import fs from 'node:fs';
import type { WASI } from 'node:wasi';
import { builtin } from '../util/builtin.js';
import {
  arrayOf,
  type Check,
  checkOptions,
  isBoolean,
  isDescriptor,
  isText,
  objectOf,
  recordOf,
} from '../util/check-options.js';
import { handOut } from '../util/hand-out.js';
import { wasiCalls } from './calls.js';
import { readOnlyFolders } from './read-only.js';
import { instantiate, type Instance, type InstanceOptions, type Module } from '../index.js';

/** A folder of the host. */
export interface Folder {
  /** Path of it. */
  path: string;
  /** Whether the guest may only read. Default: false. */
  readOnly?: boolean;
}

/** What of the host a program gets. Nothing that is not named here. */
export interface WasiOptions {
  /** Arguments, the program's name first. */
  args?: string[];
  /** The environment. Default: empty. */
  env?: Record<string, string>;
  /** Guest path → folder of the host, which the guest may change unless it is `readOnly`. */
  dirs?: Record<string, string | Folder>;
  /** File descriptor of standard input. Default: 0. */
  stdin?: number;
  /** File descriptor of standard output. Default: 1. */
  stdout?: number;
  /** File descriptor of standard error. Default: 2. */
  stderr?: number;
}

const FOLDER = objectOf({ path: isText, readOnly: isBoolean });

const WASI_OPTIONS: Readonly<Record<keyof WasiOptions, Check>> = {
  args: arrayOf(isText),
  env: recordOf(isText),
  dirs: recordOf(['a path or { path, readOnly }', (v) => isText[1](v) || FOLDER[1](v)]),
  stdin: isDescriptor,
  stdout: isDescriptor,
  stderr: isDescriptor,
};

/** A WASI host for one instance. */
export class WasiHost {
  private readonly wasi: WASI;
  private readonly functions: Record<string, unknown>;

  constructor(options: WasiOptions = {}) {
    checkOptions('WasiHost()', options, WASI_OPTIONS);
    const { args = [], env = {}, dirs = {}, stdin = 0, stdout = 1, stderr = 2 } = options;
    const { WASI } = loadNodeWasi();
    const folders = Object.entries(dirs).map(([guest, dir]) => ({
      guest,
      ...(typeof dir === 'string' ? { path: dir } : dir),
    }));
    for (const { guest, path } of folders)
      if (!fs.statSync(path, { throwIfNoEntry: false })?.isDirectory())
        throw new Error(`WasiHost(): dirs['${guest}']: ${path} is no folder`);
    const preopens = Object.fromEntries(folders.map((f) => [f.guest, f.path]));
    if (!takesElements(Math.max(Object.keys(env).length, 2 * folders.length)))
      throw new TypeError('WasiHost(): Array.prototype has setters for indices, with which node:wasi ends the process');
    this.wasi = new WASI({ version: 'preview1', args, env, preopens, stdin, stdout, stderr, returnOnExit: true });
    this.functions = readOnlyFolders(
      wasiCalls(this.wasi.wasiImport as Parameters<typeof wasiCalls>[0]),
      folders.map((f) => f.readOnly === true),
    );
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

  /** Readies a library (reactor) for calls of its exports: runs `_initialize` if there is one. */
  initialize(instance: Instance): void {
    const exports = exportsOf('initialize()', instance);
    const { memory, _initialize } = exports as Record<string, unknown>;
    requireMemory(memory);
    this.wasi.initialize({ exports: typeof _initialize === 'function' ? { memory, _initialize } : { memory } });
  }
}

/** Whether an array of the program's realm takes so many elements: setters of its prototype may take them instead. */
function takesElements(n: number): boolean {
  const list = handOut<string>([]);
  for (let i = 0; i < n; i++) {
    list[i] = '';
    if (list[i] !== '') return false;
  }
  return true;
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

/** Loads node:wasi without the warning that it is experimental, which would stand in the output of every program. */
function loadNodeWasi(): typeof import('node:wasi') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return builtin('node:wasi');
  } finally {
    process.emitWarning = emitWarning;
  }
}
