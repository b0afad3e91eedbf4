/**
 * Runs compiled components: jco's glue with our `instantiateCore` below it and WASI 0.2 above it, from host.ts or from
 * preview2-shim.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Instance, instantiate, type InstanceOptions, load, type Module } from '../index.js';
import { type Manifest, readManifest } from './bundle.js';
import { bareName, DirectCalls } from './direct.js';
import { makeHost } from './host.js';
import type { Folder } from '../wasi/index.js';
import {
  arrayOf,
  type Check,
  checkOptions,
  isBoolean,
  isFunction,
  isRecord,
  isText,
  recordOf,
} from '../util/check-options.js';
import { importPeer } from './peers.js';

/** What jco's glue exports in its synchronous form. */
export interface Glue {
  instantiate(
    getCoreModule: (name: string) => unknown,
    imports: Record<string, unknown>,
    instantiateCore: (module: any, imports?: any) => { exports: unknown },
  ): Record<string, any>;
}

/** What of the host a component gets. Nothing that is not named here. */
export interface WasiOptions {
  /** Arguments after the program's name. */
  args?: string[];
  /** The environment. Default: empty. */
  env?: Record<string, string>;
  /** The program's name. Default: the component's. */
  argv0?: string;
  /** Guest path → folder of the host. `readOnly` is refused: preview2-shim has no such folders. */
  dirs?: Record<string, string | Folder>;
  /** Whether sockets and HTTP work. Default: no. */
  network?: boolean;
}

/** A compiled component, loaded, ready to be instantiated. */
export interface Component {
  /** What its folder says of it. */
  manifest: Manifest;
  /** Imports by interface name, with or without version. The result has the component's exports as jco names them. */
  instantiate(
    imports: Record<string, unknown>,
    options?: Pick<InstanceOptions, 'limits'> & {
      /** Told of each core instance: whoever is done with the component may dispose of them. */
      onInstance?: (instance: Instance) => void;
    },
  ): Record<string, any>;
}

/** Loads a folder that `compileComponent` made. */
export async function loadComponent(dir: string): Promise<Component> {
  const manifest = await readManifest(dir);
  const artefact = (name: string): string => path.resolve(dir, manifest.cores[name]);
  return makeComponent(
    manifest,
    async () => (await import(pathToFileURL(path.resolve(dir, manifest.glue)).href)) as Glue,
    (name) => load(artefact(name)),
  );
}

/** A component out of its glue and its core modules. */
export async function makeComponent(
  manifest: Manifest,
  loadGlue: () => Promise<Glue>,
  loadCore: (name: string) => Module,
): Promise<Component> {
  const glue = await loadGlue();
  const modules = new Map<string, Module>();
  const loadOnce = (name: string): Module => {
    let module = modules.get(name);
    if (module === undefined) modules.set(name, (module = loadCore(name)));
    return module;
  };
  return {
    manifest,
    instantiate(imports, { limits, onInstance } = {}) {
      const direct = new DirectCalls(withoutVersions(imports, manifest.imports));
      return glue.instantiate(loadOnce, direct.imports, (module, coreImports) => {
        const instance = instantiate(module, direct.shorten(coreImports), { limits });
        onInstance?.(instance);
        return instance;
      });
    },
  };
}

/** The glue asks for some interfaces by bare name and for others with version: let it find all under both. */
function withoutVersions(imports: Record<string, unknown>, wanted: string[]): Record<string, unknown> {
  const all: Record<string, unknown> = { ...imports };
  for (const [name, value] of Object.entries(imports)) all[bareName(name)] ??= value;
  for (const name of wanted) if (bareName(name) in all) all[name] ??= all[bareName(name)];
  return all;
}

/** Thrown through the component when it exits. */
class ComponentExit extends Error {
  constructor(readonly code: number) {
    super(`exit with code ${code}`);
  }
}

function exit(code: number): never {
  throw new ComponentExit(code);
}

/**
 * Import object with WASI 0.2. `exit` unwinds the component instead of ending the process.
 * @param wanted the imported interfaces (`Manifest.imports`); without it, all that preview2-shim has.
 * @param folders where to look for preview2-shim too. It is needed for folders, network, and interfaces beyond host.ts.
 */
export async function wasiImports(
  program: string,
  options: WasiOptions = {},
  folders: string[] = [],
  wanted?: string[],
): Promise<Record<string, unknown>> {
  const { env = {}, dirs = {}, network = false } = options;
  const args = [options.argv0 ?? program, ...(options.args ?? [])];
  const host = makeHost({ args, env, exit });
  const enough = wanted?.every((name) => !name.startsWith('wasi:') || bareName(name) in host);
  if (enough && !network && Object.keys(dirs).length === 0) return host;
  const preopens: Record<string, string> = {};
  for (const [guest, dir] of Object.entries(dirs)) {
    if (typeof dir !== 'string' && dir.readOnly) throw new Error(`${guest}: components have no read-only folders yet`);
    preopens[guest] = typeof dir === 'string' ? dir : dir.path;
  }
  const { WASIShim } = await importPeer('@bytecodealliance/preview2-shim', {
    subpath: '/instantiation',
    folders,
  });
  const imports = new WASIShim({ sandbox: { args, env, preopens, enableNetwork: network } }).getImportObject();
  return { ...imports, 'wasi:cli/exit': host['wasi:cli/exit'] };
}

/** What a run may be told beside what it gets. */
export interface RunOptions extends WasiOptions, Pick<InstanceOptions, 'limits'> {
  /** Where to look for preview2-shim too. Default: the component's folder. */
  folder?: string;
  /** Calls the guest, under a deadline for instance. */
  guest?: <T>(f: () => T) => T;
}

const RUN_OPTIONS: Readonly<Record<keyof RunOptions, Check>> = {
  args: arrayOf(isText),
  env: recordOf(isText),
  argv0: isText,
  dirs: isRecord,
  network: isBoolean,
  limits: isRecord,
  folder: isText,
  guest: isFunction,
};

/**
 * Runs a command component (one that exports `wasi:cli/run`) to its end.
 * @param source a folder that `compileComponent` made, or a loaded component
 * @returns the exit code.
 * @throws whatever stopped it otherwise: a trap, an error of an import.
 */
export async function runComponent(source: string | Component, options: RunOptions = {}): Promise<number> {
  checkOptions('runComponent()', options, RUN_OPTIONS);
  const component = typeof source === 'string' ? await loadComponent(source) : source;
  const { manifest } = component;
  const { folder = typeof source === 'string' ? source : '.', guest = (f) => f(), limits } = options;
  const imports = await wasiImports(manifest.name, options, [path.resolve(folder)], manifest.imports);
  try {
    guest(() => {
      const exports = component.instantiate(imports, { limits });
      const command = Object.entries(exports).find(([name]) => name.startsWith('wasi:cli/run'))?.[1];
      if (!command)
        throw new Error(
          `${manifest.name} is no command: it exports ${Object.keys(exports).join(', ') || 'nothing'}, not wasi:cli/run`,
        );
      command.run();
    });
    return 0;
  } catch (e) {
    if (e instanceof ComponentExit) return e.code;
    // `run: func() -> result` answered "err", and jco throws its payload, of which there is none.
    if (e === undefined) return 1;
    throw e;
  }
}
