/**
 * What `wamr-native run` does: WASI commands, exported functions of core modules, components. Loads nothing that it does
 * not need: this is every program's start.
 */
import fs from 'node:fs';
import path from 'node:path';
import { addonHere } from '../addon.js';
import { compile } from '../aot/compile.js';
import { storeCached } from '../cache/cache.js';
import { CodeCache } from '../cache/code-cache.js';
import { type Component, loadComponent, loadComponentHere, runComponent, type RunOptions } from '../component/run.js';
import { ReadAhead } from '../component/read-ahead.js';
import type { Permission } from '../component/wasi.js';
import { RuntimeError } from '../errors.js';
import { type BufferSource, type Instance, instantiate, internals, load, Module, type TrapFrame } from '../index.js';
import type { CompileOptions } from '../options.js';
import { formatFrame } from '../runtime/stack.js';
import type { FuncType } from '../wasm/types.js';
import { ExternKind } from '../wasm/types.js';
import { WasiHost, type WasiOptions } from '../wasi/index.js';
import { ArtefactView } from './artefact.js';
import { type CompileFlags, compileOptions } from './compile-flags.js';
import { ExitCode, UsageError } from './exit.js';
import { expectKind, inFile, type Input, readInput, stem } from './files.js';
import type { Imports, UnknownImports } from './imports.js';
import { withHeapFlag } from './js-heap.js';
import { type LimitFlags, memoryLimits, withLimits } from './limits.js';
import { err, note, print } from './output.js';
import { startProgress } from './progress.js';
import { errorText } from './system-errors.js';
import { tunedForStart } from './tuning.js';
import { formatResults, parseArguments } from './values.js';

/** V8's code, each of its own file, where the addon looks for it. */
export const storeCode = (key: string, code: Uint8Array): boolean => storeCached(key, code, false);

const MAX_FRAMES = 40;

export interface RunFlags extends CompileFlags, LimitFlags {
  env?: Record<string, string>;
  dir?: NonNullable<WasiOptions['dirs']>;
  /** The program's name as the guest sees it. Default: the file's. */
  argv0?: string;
  invoke?: string;
  /** Import name → file of the module that provides it. */
  preload?: Record<string, string>;
  unknownImports?: UnknownImports;
  /** Sockets, name lookup and HTTP requests, of components. */
  network?: boolean;
  /** HTTP requests, of components. */
  outgoing?: boolean;
  /** The program may start threads. */
  threads?: boolean;
  /** So many at a time; implies `threads`. */
  maxThreads?: number;
  /** Bytes that the JavaScript heap of a component may grow to. */
  jsHeap?: number;
  /** File to write when the program traps. */
  coredump?: string;
  /** `v8`: Node's own engine instead of this one. */
  engine?: 'wamr' | 'v8';
  cache: boolean;
  /** What the start of this process has begun. */
  started?: Started;
}

/** The program's artefacts, begun; the code cache. */
export interface Started {
  ahead: ReadAhead;
  codes: CodeCache;
}

/** Runs a file with the guest's arguments; sets the process's exit code. */
export async function run(file: string, args: string[], flags: RunFlags): Promise<void> {
  const started = flags.started ?? (flags.engine === 'v8' ? undefined : begin(file, flags.cache));
  try {
    await runFile(file, args, { ...flags, started });
  } finally {
    started?.ahead.end();
  }
}

/** What `start.ts` has begun where there are no options; undefined without the addon. */
function begin(file: string, cache: boolean): Started | undefined {
  const native = addonHere();
  if (native === null) return undefined;
  const codes = cache ? new CodeCache(native) : new CodeCache(native, '', () => null);
  if (cache) codes.store = storeCode;
  return { ahead: new ReadAhead(native, file), codes };
}

async function runFile(file: string, args: string[], flags: RunFlags): Promise<void> {
  // Behind `--` stand arguments that begin with a minus sign; a program may want to see it, an export does not.
  const given = flags.invoke !== undefined && args[0] === '--' ? args.slice(1) : args;
  const input = withHeapFlag(await readInput(file), flags.jsHeap);
  if (flags.engine === 'v8') {
    process.exitCode = (await import('./run-v8.js')).runInV8(input, given, flags);
    return;
  }
  const dump = flags.coredump === undefined ? null : await dumpTrap(input, flags.coredump);
  try {
    process.exitCode = await execute(input, given, flags);
  } catch (e) {
    if (!isTrap(e) && !(e instanceof RuntimeError)) throw e;
    printTrap(e);
    if (dump !== null && dump.said !== '') note(dump.said);
    process.exitCode = ExitCode.TRAP;
  }
}

/** Has the program's first trap written to a file; what came of it is said afterwards. */
async function dumpTrap(input: Input, file: string): Promise<{ said: string }> {
  const { bodyStartsOf, watchTraps } = await import('../debugger/coredump.js');
  const starts = input.kind === 'wasm' ? bodyStartsOf(input.bytes) : () => -1;
  const outcome = { said: '' };
  const stop = watchTraps((core) => {
    stop();
    try {
      fs.writeFileSync(file, core(path.basename(input.path), starts));
      outcome.said = `wrote ${file}`;
    } catch (e) {
      outcome.said = `no coredump: ${errorText(Object.assign(e as NodeJS.ErrnoException, { path: file }))}`;
    }
  });
  return outcome;
}

async function execute(input: Input, args: string[], flags: RunFlags): Promise<number> {
  if (input.kind === 'folder' || input.kind === 'component') return executeComponent(input, args, flags);
  if (flags.network || flags.outgoing)
    throw new UsageError(
      `${flags.network ? '--network' : '--outgoing'} is for components: core modules have no network`,
    );
  const loaded = await loadInput(expectKind(input, 'run', 'wasm', 'artefact'), flags);
  const { env, dir: dirs, argv0 = path.basename(input.path) } = flags;
  const host: WasiOptions = { args: [argv0, ...args], env, dirs };
  // Exports are named before anything runs.
  const call = flags.invoke === undefined ? null : prepareCall(input, loaded, flags.invoke, args);
  if (call === null) expectCommand(input, loaded.module, wantsThreads(flags));
  const wasi = new WasiHost(host);
  if (wantsThreads(flags)) return executeThreads(wasi, loaded.module, flags);
  const imports = await otherImports(loaded, wasi, host, flags);
  return withLimits(flags, () => {
    const limits = memoryLimits(flags);
    if (call === null) return wasi.start(wasi.instantiate(loaded.module, imports, { limits }));
    const instance = instantiateLibrary(loaded.module, wasi, imports, limits);
    const result = (instance.exports[call.name] as Function)(...call.values);
    for (const line of formatResults(call.type, result)) print(line);
    return 0;
  });
}

const wantsThreads = (flags: RunFlags): boolean => flags.threads === true || flags.maxThreads !== undefined;

/** Runs a program that starts threads. */
async function executeThreads(wasi: WasiHost, module: Module, flags: RunFlags): Promise<number> {
  for (const [name, value] of [
    ['--invoke', flags.invoke],
    ['--preload', flags.preload],
    ['--unknown-imports', flags.unknownImports],
    ['--coredump', flags.coredump],
  ])
    if (value !== undefined) throw new UsageError(`${name as string} is for programs without threads`);
  let noted = false;
  const onRefused = (): void => {
    if (!noted)
      note('note: the program wanted another thread and was refused: --max-threads allows more than there are');
    noted = true;
  };
  const { timeout: timeoutMs, stackSize: stackBytes, maxThreads } = flags;
  const limits = memoryLimits(flags);
  return wasi.startThreads(module, { timeoutMs, stackBytes, maxThreads, limits, onRefused });
}

async function executeComponent(input: Input, args: string[], flags: RunFlags): Promise<number> {
  const { env, dir: dirs, argv0, network, outgoing, invoke, unknownImports } = flags;
  if (wantsThreads(flags)) throw new UsageError('--threads is for core modules: components have no threads');
  if (flags.preload !== undefined)
    throw new UsageError('--preload is for core modules: the imports of a component are interfaces, not modules');
  if (unknownImports === 'zero')
    throw new UsageError('--unknown-imports zero is for core modules: of a component the types are richer; use trap');
  if (invoke !== undefined && args.length > 0)
    throw new UsageError(
      `arguments of a component's function stand in parentheses: --invoke '${invoke}(${args.join(', ')})'`,
    );
  const guest = <T>(f: () => T): T => withLimits(flags, f);
  const denied = new Set<Permission>();
  const onDenied = (permission: Permission): void => {
    if (!denied.has(permission)) note(DENIED[permission]);
    denied.add(permission);
  };
  const limits = memoryLimits(flags);
  const options: RunOptions = {
    args,
    env,
    dirs,
    argv0,
    limits,
    onlyInstance: true,
    guest,
    network,
    http: outgoing,
    onDenied,
    unknownImports,
  };
  // Else V8 would look through its heap for instances that nobody uses.
  internals.env().native.weighNothing();
  const component = await loadComponentInput(input, flags);
  const folder = input.kind === 'folder' ? input.path : path.dirname(input.path);
  if (invoke === undefined) return runComponent(component, { ...options, folder });
  const { invokeComponent, InvokeError } = await import('../component/invoke.js');
  try {
    const result = await invokeComponent(component, invoke, { ...options, folder });
    if (typeof result !== 'string') return result.exit;
    print(result);
    return 0;
  } catch (e) {
    throw e instanceof InvokeError ? new UsageError(e.message, { cause: e }) : e;
  }
}

/** Said once when a guest asks for what it may not use. */
const DENIED: Readonly<Record<Permission, string>> = {
  network: 'note: the program asked for the network and was refused: --network allows it',
  http: 'note: the program wanted to send an HTTP request and was refused: --outgoing allows it',
};

async function loadComponentInput(input: Input, flags: RunFlags): Promise<Component> {
  const { started } = flags;
  if (input.kind === 'folder')
    return started === undefined
      ? loadComponent(input.path)
      : loadComponentHere(
          input.path,
          (file) => loadArtefact(file, flags),
          (script) => started.codes.evaluate(script),
        );
  const { loadCachedComponent } = await import('../component/cached.js');
  const progress = await startProgress(stem(input.path));
  try {
    return await loadCachedComponent(input.bytes, {
      ...compileOptions(flags),
      name: stem(input.path),
      folder: path.dirname(input.path),
      cache: flags.cache,
      onProgress: progress.onProgress,
    });
  } catch (e) {
    throw inFile(input.path, e);
  } finally {
    progress.stop();
  }
}

interface Loaded {
  module: Module;
  /** The artefact's bytes, for what the module object does not tell. */
  readArtefact: () => Uint8Array;
}

/** An artefact out of its file, which may have been begun. */
function loadArtefact(file: string, { started }: RunFlags): Module {
  const fd = started?.ahead.take(file) ?? null;
  if (fd === null) return load(file);
  try {
    internals.env().registry.sourceFolders.add(path.dirname(file));
    return internals.loadFile(fd, file);
  } finally {
    fs.closeSync(fd);
  }
}

async function loadInput(input: Input, flags: RunFlags): Promise<Loaded> {
  internals.env().registry.sourceFolders.add(path.dirname(input.path));
  if (input.kind === 'artefact')
    return {
      module: input.inMemory ? load(input.bytes) : loadArtefact(input.path, flags),
      readArtefact: () => input.bytes,
    };
  const progress = await startProgress(stem(input.path));
  try {
    const options = { ...compileOptions(flags), onProgress: progress.onProgress };
    if (flags.cache) {
      const { module, artefact } = await internals.loadCachedBy(compileToRun, input.bytes, options);
      return { module, readArtefact: () => (typeof artefact === 'string' ? fs.readFileSync(artefact) : artefact) };
    }
    const artefact = await tunedForStart(input.bytes.length, () => compile(input.bytes, options), false);
    return { module: load(artefact), readArtefact: () => artefact };
  } catch (e) {
    throw inFile(input.path, e);
  } finally {
    progress.stop();
  }
}

/** What the cache does not have: by the server that stays, where there is one; otherwise here. */
async function compileToRun(wasm: BufferSource, options: CompileOptions = {}): Promise<Uint8Array> {
  const bytes = wasm as Uint8Array;
  const { compileByServer } = await import('../compile-server/client.js');
  const artefact = await compileByServer(bytes, options);
  return artefact ?? tunedForStart(bytes.length, () => compile(bytes, options), true);
}

/** @throws Error that names the exports of a module that is no WASI command, UsageError for one that starts threads */
function expectCommand({ path: file }: Input, module: Module, threads: boolean): void {
  const functions = Module.exports(module)
    .filter((e) => e.kind === 'function')
    .map((e) => e.name);
  if (functions.includes('_start')) {
    if (!threads && Module.imports(module).some((i) => i.module === 'wasi' && i.name === 'thread-spawn'))
      throw new UsageError(`${file} starts threads: it needs --threads`);
    return;
  }
  const shown = `${functions.slice(0, 8).join(', ')}${functions.length > 8 ? ', …' : ''}`;
  throw new Error(
    `${file} is no command: it has no _start function. ${functions.length === 0 ? 'It exports no function.' : `Call one of its functions with --invoke: ${shown}`}`,
  );
}

interface Call {
  name: string;
  type: FuncType;
  values: unknown[];
}

/** The call that `--invoke` asks for, checked against the export's type. */
function prepareCall({ path: file }: Input, { readArtefact }: Loaded, name: string, args: string[]): Call {
  const { shape } = new ArtefactView(readArtefact(), file);
  const found = shape.exports.find((e) => e.name === name && e.kind === ExternKind.FUNC);
  if (!found)
    throw new UsageError(`${file} exports no function '${name}' (\`wamr-native inspect ${file}\` lists its exports)`);
  const type = shape.funcTypeOf(found.index);
  return { name, type, values: parseArguments(name, type, args) };
}

/** What `--preload` and `--unknown-imports` give, in this order. */
async function otherImports(
  { readArtefact }: Loaded,
  wasi: WasiHost,
  host: WasiOptions,
  flags: RunFlags,
): Promise<Imports> {
  const imports: Imports = {};
  for (const [name, file] of Object.entries(flags.preload ?? {})) {
    const { module } = await loadInput(expectKind(await readInput(file), '--preload', 'wasm', 'artefact'), flags);
    imports[name] = withLimits(flags, () => instantiateLibrary(module, new WasiHost(host), imports).exports);
  }
  if (flags.unknownImports === undefined) return imports;
  const { withStandIns } = await import('./imports.js');
  const { shape } = new ArtefactView(readArtefact(), 'the module');
  return withStandIns(shape, { ...wasi.imports, ...imports }, flags.unknownImports);
}

/** An instance whose exports can be called: with WASI when the module imports it. */
function instantiateLibrary(
  module: Module,
  wasi: WasiHost,
  imports: Imports,
  limits: { memoryPages?: number } = {},
): Instance {
  if (!Module.imports(module).some((i) => i.module.startsWith('wasi_')))
    return instantiate(module, imports, { limits });
  const instance = wasi.instantiate(module, imports, { limits });
  wasi.initialize(instance);
  return instance;
}

/** A trap of this engine: stack overflow is a RangeError, so the class does not tell. */
function isTrap(e: unknown): e is Error & { trap: string; frames: readonly TrapFrame[] } {
  return (
    e instanceof Error &&
    typeof (e as { trap?: unknown }).trap === 'string' &&
    Array.isArray((e as { frames?: unknown }).frames)
  );
}

function printTrap(e: Error | { trap: string; frames: readonly TrapFrame[] }): void {
  const { trap, frames } = 'trap' in e ? e : { trap: e.message, frames: [] };
  note(`${err.red('trap:')} ${trap}`);
  const shown = frames.slice(0, MAX_FRAMES);
  for (const frame of shown) for (const line of formatFrame(frame)) note(`    at ${line}`);
  if (frames.length > shown.length) note(`    … ${frames.length - shown.length} more`);
}
