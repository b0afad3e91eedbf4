/**
 * Runs compiled components: jco's glue with our `instantiateCore` below it and WASI 0.2 above it, from host.ts or from
 * preview2-shim.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { binding } from '../binding.js';
import { instantiate, load } from '../index.js';
import { type Manifest, readManifest } from './bundle.js';
import { bareName, DirectCalls } from './direct.js';
import { makeHost } from './host.js';
import { importPeer } from './peers.js';

/** What jco's glue exports in its synchronous form. */
interface Glue {
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
  env?: Record<string, string>;
  /** Guest path → folder of the host. */
  dirs?: Record<string, string>;
  /** Whether sockets and HTTP work. Default: no. */
  network?: boolean;
}

/** A compiled component, read and mapped, ready to be instantiated. */
export interface Component {
  manifest: Manifest;
  /** Imports by interface name, with or without version. The result has the component's exports as jco names them. */
  instantiate(imports: Record<string, unknown>): Record<string, any>;
}

/** Loads a folder that `compileComponent` made. */
export async function loadComponent(dir: string): Promise<Component> {
  const manifest = await readManifest(dir);
  const artefact = (name: string): string => path.resolve(dir, manifest.cores[name]);
  // Checking the big one takes longer than loading the glue.
  for (const name of Object.keys(manifest.cores)) binding().hashAhead(artefact(name));
  const glue = (await import(pathToFileURL(path.resolve(dir, manifest.glue)).href)) as Glue;
  return {
    manifest,
    instantiate(imports) {
      const direct = new DirectCalls(withoutVersions(imports, manifest.imports));
      return glue.instantiate(
        (name) => load(artefact(name)),
        direct.imports,
        (module, coreImports) => instantiate(module, direct.shorten(coreImports)),
      );
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
  const args = [program, ...(options.args ?? [])];
  const host = makeHost({ args, env, exit });
  const enough = wanted?.every((name) => !name.startsWith('wasi:') || bareName(name) in host);
  if (enough && !network && Object.keys(dirs).length === 0) return host;
  const { WASIShim } = await importPeer('@bytecodealliance/preview2-shim', '/instantiation', folders);
  const imports = new WASIShim({ sandbox: { args, env, preopens: dirs, enableNetwork: network } }).getImportObject();
  return { ...imports, 'wasi:cli/exit': host['wasi:cli/exit'] };
}

/**
 * Runs a command component (one that exports `wasi:cli/run`) to its end.
 * @returns the exit code.
 * @throws whatever stopped it otherwise: a trap, an error of an import.
 */
export async function runComponent(dir: string, options: WasiOptions = {}): Promise<number> {
  const component = await loadComponent(dir);
  const imports = await wasiImports(component.manifest.name, options, [path.resolve(dir)], component.manifest.imports);
  try {
    const exports = component.instantiate(imports);
    const command = Object.entries(exports).find(([name]) => name.startsWith('wasi:cli/run'))?.[1];
    if (!command)
      throw new Error(
        `${dir} is no command: it exports ${Object.keys(exports).join(', ') || 'nothing'}, not wasi:cli/run`,
      );
    await command.run();
    return 0;
  } catch (e) {
    if (e instanceof ComponentExit) return e.code;
    // `run: func() -> result` answered "err", and jco throws its payload, of which there is none.
    if (e === undefined) return 1;
    throw e;
  }
}
