/**
 * Runs compiled components: jco's glue with our `instantiateCore` below it and WASI 0.2 above it, from host.ts or from
 * preview2-shim.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LinkError } from '../errors.js';
import { type Instance, instantiate, type InstanceOptions, load, type Module } from '../index.js';
import { type Manifest, readManifest } from './bundle.js';
import { bareName, DirectCalls } from './direct.js';
import { type Check, checkOptions, isBoolean, isFunction, isRecord, isText } from '../util/check-options.js';
import { trapUnknown } from './unknown-imports.js';
import { ComponentExit, importsFor, WASI_OPTIONS, type WasiOptions } from './wasi.js';

type GlueFunction<Result> = (
  getCoreModule: (name: string) => unknown,
  imports: Record<string, unknown>,
  instantiateCore: (module: any, imports?: any) => { exports: unknown },
) => Result;

/** What jco's glue exports in its synchronous form, or what `reusableGlue` makes of it. */
export type Glue =
  { instantiate: GlueFunction<Record<string, any>> } | { prepare: GlueFunction<() => Record<string, any>> };

/** A compiled component, loaded, ready to be instantiated. */
export interface Component {
  /** What its folder says of it. */
  manifest: Manifest;
  /** Imports by interface name, with or without version. The result has the component's exports as jco names them. */
  instantiate(imports: Record<string, unknown>, options?: InstantiationOptions): Record<string, any>;
  /** The same for many instances, one after the other: a call of the result ends the instance before. */
  prepare(imports: Record<string, unknown>, options?: InstantiationOptions): () => Record<string, any>;
}

/** Options of an instantiation. */
export interface InstantiationOptions extends Pick<InstanceOptions, 'limits'> {
  /**
   * This is the component's only instance, or one of few: it takes the initial data of the core modules, as
   * `InstanceOptions` has it. For another instance they are loaded again. Default: false.
   */
  onlyInstance?: boolean;
  /** Told of each core instance: whoever is done with the component may dispose of them. */
  onInstance?: (instance: Instance) => void;
}

const INSTANTIATION_OPTIONS: Readonly<Record<keyof InstantiationOptions, Check>> = {
  limits: isRecord,
  onInstance: isFunction,
  onlyInstance: isBoolean,
};

/** Loads a folder that `compileComponent` made. */
export async function loadComponent(dir: string): Promise<Component> {
  return loadComponentWith(dir, importGlue, load);
}

const importGlue = async (file: string): Promise<Glue> => (await import(pathToFileURL(file).href)) as Glue;

/**
 * The same for a process that is ours alone: glue that can be evaluated as a script is, because Node's loader of modules
 * takes six milliseconds at its first use, and V8 keeps its code of scripts only (`evaluate`).
 */
export async function loadComponentHere(
  dir: string,
  loadArtefact: (file: string) => Module,
  evaluate: (file: string) => unknown,
): Promise<Component> {
  const loadGlue = async (file: string, script: string | undefined): Promise<Glue> => {
    try {
      const glue = script === undefined ? undefined : evaluate(script);
      if (typeof glue === 'object' && glue !== null && 'instantiate' in glue) return glue as Glue;
    } catch {
      // What is wrong with it the loader says of the other form.
    }
    return importGlue(file);
  };
  return loadComponentWith(dir, loadGlue, loadArtefact);
}

async function loadComponentWith(
  dir: string,
  loadGlue: (file: string, script: string | undefined) => Promise<Glue>,
  loadArtefact: (file: string) => Module,
): Promise<Component> {
  const manifest = await readManifest(dir);
  const { glue, script } = manifest;
  return makeComponent(
    manifest,
    () => loadGlue(path.resolve(dir, glue), script === undefined ? undefined : path.resolve(dir, script)),
    (name) => loadArtefact(path.resolve(dir, manifest.cores[name])),
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
  // Whose initial data an instance has taken.
  const taken = new WeakMap<Module, string>();
  const loadOnce = (name: string): Module => {
    let module = modules.get(name);
    if (module === undefined) modules.set(name, (module = loadCore(name)));
    return module;
  };
  const take = (module: Module): Module => {
    const again = taken.get(module);
    if (again !== undefined) return take(loadOnce(again));
    for (const [name, known] of modules) {
      if (known !== module) continue;
      modules.delete(name);
      taken.set(module, name);
    }
    return module;
  };
  const prepare: Component['prepare'] = (imports, options = {}) => {
    if (typeof imports !== 'object' || imports === null)
      throw new TypeError('Component.instantiate(): Argument 0 must be an object of interfaces');
    checkOptions('Component.instantiate()', options, INSTANTIATION_OPTIONS);
    const { limits, onInstance, onlyInstance } = options;
    const direct = new DirectCalls(withoutVersions(imports, manifest.imports));
    const instantiateCore = (given: Module, coreImports?: Parameters<typeof direct.shorten>[0]): Instance => {
      const module = onlyInstance === true ? take(given) : given;
      const instance = instantiate(module, direct.shorten(coreImports), { limits, onlyInstance });
      onInstance?.(instance);
      return instance;
    };
    if ('prepare' in glue) return glue.prepare(loadOnce, direct.imports, instantiateCore);
    return () => glue.instantiate(loadOnce, direct.imports, instantiateCore);
  };
  return { manifest, prepare, instantiate: (imports, options) => prepare(imports, options)() };
}

/** The glue asks for some interfaces by bare name and for others with version: let it find all under both. */
function withoutVersions(imports: Record<string, unknown>, wanted: string[]): Record<string, unknown> {
  const all: Record<string, unknown> = { ...imports };
  for (const [name, value] of Object.entries(imports)) all[bareName(name)] ??= value;
  for (const name of wanted) if (bareName(name) in all) all[name] ??= all[bareName(name)];
  return all;
}

/** What a run may be told beside what it gets. */
export interface RunOptions extends WasiOptions, Pick<InstantiationOptions, 'limits' | 'onlyInstance'> {
  /** Where to look for preview2-shim too. Default: the component's folder. */
  folder?: string;
  /** Calls the guest, under a deadline for instance. */
  guest?: <T>(f: () => T) => T;
  /** `trap`: imports that nobody gives end the program when they are called. Default: an error before it starts. */
  unknownImports?: 'trap';
}

export const RUN_OPTIONS: Readonly<Record<keyof RunOptions, Check>> = {
  ...WASI_OPTIONS,
  limits: isRecord,
  onlyInstance: isBoolean,
  folder: isText,
  guest: isFunction,
  unknownImports: ["'trap'", (v) => v === 'trap'],
};

/**
 * Runs a command component (one that exports `wasi:cli/run`) to its end.
 * @param source a folder that `compileComponent` made, or a loaded component
 * @returns the exit code.
 * @throws whatever stopped it otherwise: a trap, an error of an import.
 */
export async function runComponent(source: string | Component, options: RunOptions = {}): Promise<number> {
  checkOptions('runComponent()', options, RUN_OPTIONS);
  const component = typeof source === 'string' ? await loadComponent(source) : expectLoaded('runComponent()', source);
  const own = typeof source === 'string';
  const { folder = own ? source : '.', onlyInstance = own } = options;
  try {
    await instantiateFor(component, { ...options, folder, onlyInstance }, (exports) => {
      const command = Object.entries(exports).find(([name]) => name.startsWith('wasi:cli/run'))?.[1];
      if (!command)
        throw new Error(
          `${component.manifest.name} is no command: it exports ${Object.keys(exports).join(', ') || 'nothing'}, not wasi:cli/run`,
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

/** @throws TypeError for what is no loaded component */
export function expectLoaded(where: string, source: unknown): Component {
  const { instantiate: f, manifest } = (source ?? {}) as Partial<Component>;
  if (typeof f === 'function' && manifest !== undefined) return source as Component;
  throw new TypeError(`${where}: Argument 0 must be a loaded component, or the folder of a compiled one`);
}

/** Instantiates a component with WASI and does something with its exports. */
export async function instantiateFor<T>(
  component: Component,
  options: RunOptions,
  act: (exports: Record<string, any>) => T,
): Promise<T> {
  const { manifest } = component;
  const { folder = '.', guest = (f) => f(), limits, onlyInstance, unknownImports } = options;
  const given = await importsFor(manifest.name, options, [path.resolve(folder)], manifest.imports);
  const imports = unknownImports === 'trap' ? trapUnknown(manifest, given) : given;
  const missing = manifest.imports.filter((name) => !(name in imports) && !(bareName(name) in imports));
  if (missing.length > 0) throw new LinkError(`${manifest.name} imports ${missing.join(', ')}, which nobody gives`);
  return guest(() => act(component.instantiate(imports, { limits, onlyInstance })));
}
