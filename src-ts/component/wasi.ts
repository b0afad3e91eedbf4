/**
 * WASI 0.2 for one component, within what it is permitted: from host.ts where that is enough, else from preview2-shim.
 */
import type { Folder } from '../wasi/index.js';
import {
  arrayOf,
  type Check,
  checkOptions,
  isBoolean,
  isFunction,
  isText,
  objectOf,
  recordOf,
} from '../util/check-options.js';
import { bareName } from './direct.js';
import { type Descriptor, FolderGuard } from './folders.js';
import { makeHost } from './host.js';
import { importPeer } from './peers.js';

/** What a guest may ask for and be refused. */
export type Permission = 'network' | 'http';

/** What of the host a component gets. Nothing that is not named here. */
export interface WasiOptions {
  /** Arguments after the program's name. */
  args?: string[];
  /** The environment. Default: empty. */
  env?: Record<string, string>;
  /** The program's name. Default: the component's. */
  argv0?: string;
  /** Guest path → folder of the host, which the guest may change unless it is `readOnly`. */
  dirs?: Record<string, string | Folder>;
  /** Whether sockets, name lookup and HTTP requests work. Default: no. */
  network?: boolean;
  /** Whether HTTP requests work. Default: what `network` is. */
  http?: boolean;
  /** Told of each use of what the guest may not use; the guest gets the error that WASI has for it. */
  onDenied?: (permission: Permission) => void;
}

const FOLDER = objectOf({ path: isText, readOnly: isBoolean });

export const WASI_OPTIONS: Readonly<Record<keyof WasiOptions, Check>> = {
  args: arrayOf(isText),
  env: recordOf(isText),
  argv0: isText,
  dirs: recordOf(['a path or { path, readOnly }', (v) => isText[1](v) || FOLDER[1](v)]),
  network: isBoolean,
  http: isBoolean,
  onDenied: isFunction,
};

/** Thrown through the component when it exits. */
export class ComponentExit extends Error {
  constructor(readonly code: number) {
    super(`exit with code ${code}`);
  }
}

function exit(code: number): never {
  throw new ComponentExit(code);
}

export type Interfaces = Record<string, Record<string, any>>;

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
  if (typeof program !== 'string') throw new TypeError("wasiImports(): Argument 0 must be the program's name");
  checkOptions('wasiImports()', options, WASI_OPTIONS);
  return importsFor(program, options, folders, wanted);
}

/** The same, of options that were checked. */
export async function importsFor(
  program: string,
  options: WasiOptions,
  folders: string[],
  wanted?: string[],
): Promise<Record<string, unknown>> {
  const { env = {}, dirs = {} } = options;
  const args = [options.argv0 ?? program, ...(options.args ?? [])];
  const host = makeHost({ args, env, exit });
  const enough = wanted?.every((name) => !name.startsWith('wasi:') || bareName(name) in host);
  if (enough && Object.keys(dirs).length === 0) return host;
  const { imports } = await shimImports(options, folders);
  return { ...imports, 'wasi:cli/environment': host['wasi:cli/environment'], 'wasi:cli/exit': host['wasi:cli/exit'] };
}

/**
 * What preview2-shim has, as far as the options permit; and what closes all that was opened by it, after which the
 * interfaces can serve another instance.
 */
export async function shimImports(
  options: WasiOptions,
  folders: string[],
): Promise<{ imports: Interfaces; close: () => void }> {
  const { dirs = {}, network = false, http = network, onDenied = () => {} } = options;
  const preopens = Object.fromEntries(
    Object.entries(dirs).map(([guest, dir]) => [guest, typeof dir === 'string' ? dir : dir.path]),
  );
  const readOnly = new Set(
    Object.entries(dirs).flatMap(([guest, dir]) => (typeof dir !== 'string' && dir.readOnly === true ? [guest] : [])),
  );
  const { WASIShim } = await importPeer('@bytecodealliance/preview2-shim', { subpath: '/instantiation', folders });
  const make = (): Interfaces => new WASIShim({ sandbox: { preopens } }).getImportObject() as Interfaces;
  const imports = make();
  const guard = new FolderGuard(readOnly);
  imports['wasi:filesystem/preopens'] = {
    // Descriptors of their own for each instance.
    getDirectories: () =>
      guard.folders((make()['wasi:filesystem/preopens'].getDirectories as () => [Descriptor, string][])()),
  };
  const deny = (permission: Permission, error: unknown) => (): never => {
    onDenied(permission);
    throw error;
  };
  if (!http) imports['wasi:http/outgoing-handler'] = { handle: deny('http', { tag: 'HTTP-request-denied' }) };
  const noted =
    (make: (...args: unknown[]) => object) =>
    (...args: unknown[]) =>
      guard.note(make(...args));
  // Where a socket or a lookup begins: what does not exist cannot be used.
  const denied = network ? null : deny('network', 'access-denied');
  for (const [name, begin] of [
    ['wasi:sockets/tcp-create-socket', 'createTcpSocket'],
    ['wasi:sockets/udp-create-socket', 'createUdpSocket'],
    ['wasi:sockets/ip-name-lookup', 'resolveAddresses'],
  ])
    imports[name] = { ...imports[name], [begin]: denied ?? noted(imports[name][begin] as () => object) };
  return { imports, close: () => guard.close() };
}
