/**
 * Where there is no back end for the machine, modules run on the host's own engine, so that a package which depends on
 * this one installs and works everywhere: the same interface over V8's classes. Compiling to artefacts works there too;
 * only loading one cannot.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isArtefact } from '../aot/format.js';
import { unfitHost } from '../addon.js';
import { AotError } from '../errors.js';
import { type CompileOptions, ENV } from '../options.js';
import type { InstanceOptions } from '../runtime/instance.js';
import type { InstantiateOptions } from '../runtime/instantiate.js';
import { viewBytes } from '../runtime/webidl.js';
import { v8WebAssembly } from '../util/v8-wasm.js';

type Source = object | string | URL;
type Exports = Record<string, any>;

interface HostInterface {
  Module: new (bytes: Uint8Array, options?: object) => object;
  Instance: new (module: object, imports?: object) => { exports: Exports };
  Memory: Function;
  Table: Function;
  Global: Function;
}

/** Why modules run on the host's engine; null where they run on this one. */
export function hostReason(): string | null {
  if (ENV.engine === 'host') return 'WAMR_ENGINE=host';
  return unfitHost();
}

/** The package's classes and functions on the host's engine. */
export function hostEngine(reason: string) {
  const wasm = v8WebAssembly as HostInterface | undefined;
  if (wasm === undefined) throw new Error(`wamr-native: ${reason}, and this host has no WebAssembly of its own`);

  class Module extends wasm.Module {
    /** Where its instances run. */
    get engine(): 'wamr' | 'host' {
      return 'host';
    }
  }

  class Instance extends wasm.Instance {
    constructor(module: object, imports?: object, options: InstanceOptions = {}) {
      refuseDeadline(options.timeoutMs);
      super(module, imports);
    }

    invoke(name: string, ...args: unknown[]): unknown {
      const f: unknown = this.exports[name];
      if (typeof f !== 'function') throw new TypeError(`no exported function '${name}'`);
      return (f as (...a: unknown[]) => unknown)(...args);
    }

    call(name: string, args: readonly unknown[] = [], options: { timeoutMs?: number } = {}): unknown {
      refuseDeadline(options.timeoutMs);
      return this.invoke(name, ...args);
    }

    /** The host's collector frees instances. */
    dispose(): void {}
  }
  Object.defineProperty(Instance.prototype, Symbol.dispose ?? Symbol.for('Symbol.dispose'), {
    value: Instance.prototype.dispose,
    writable: true,
    configurable: true,
  });

  function refuseDeadline(timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined && timeoutMs !== Infinity)
      throw new Error(`wamr-native: timeoutMs cannot be had on the host's engine (${reason})`);
  }

  function load(source: Source): never {
    const bytes = viewBytes(source) ?? readFileSync(source instanceof URL ? fileURLToPath(source) : String(source));
    if (!isArtefact(bytes)) throw new AotError('not a wamr-native artefact (make one with `wamr-native compile`)');
    throw new AotError(
      `an artefact is machine code for other platforms, and here modules run on the host's engine (${reason}): give the .wasm to instantiate(), or run this program on one of them (README)`,
    );
  }

  function instantiate(source: Source, imports?: object, options: InstantiateOptions = {}): Instance {
    const bytes = viewBytes(source);
    if (typeof source === 'string' || source instanceof URL || (bytes !== null && isArtefact(bytes))) load(source);
    return new Instance(bytes === null ? source : new Module(bytes, options), imports, options);
  }

  return {
    Module,
    Instance,
    Memory: wasm.Memory,
    Table: wasm.Table,
    Global: wasm.Global,
    WebAssembly: wasm,
    load,
    instantiate,
    loadCached: (bytes: Uint8Array, options: CompileOptions = {}) =>
      Promise.resolve({ module: new Module(bytes, options), artefact: new Uint8Array(0), hit: false }),
    threadToken: () => 0,
    interrupt: () => false,
    setStackSize: () => false,
  };
}
