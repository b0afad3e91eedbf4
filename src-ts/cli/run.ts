/**
 * What `wamr-native run` does: WASI commands, exported functions of core modules, compiled components. Loads nothing
 * that it does not need: this is every program's start.
 */
import fs from 'node:fs';
import path from 'node:path';
import { runComponent } from '../component/run.js';
import { compile, type Instance, instantiate, load, loadCached, Module, type TrapFrame } from '../index.js';
import { formatFrame } from '../runtime/stack.js';
import { ExternKind } from '../wasm/types.js';
import { WasiHost, type WasiOptions } from '../wasi/index.js';
import { ArtefactView } from './artefact.js';
import { type CompileFlags, compileOptions } from './compile-flags.js';
import { ExitCode, UsageError } from './exit.js';
import { expectKind, inFile, type Input, readInput, stem } from './files.js';
import { err, note, print } from './output.js';
import { startProgress } from './progress.js';
import { tuneForStart } from './tuning.js';
import { formatResults, parseArguments } from './values.js';

const MAX_FRAMES = 40;

export interface RunFlags extends CompileFlags {
  env?: Record<string, string>;
  dir?: Record<string, string>;
  invoke?: string;
  /** `v8`: Node's own engine instead of this one. */
  engine?: 'wamr' | 'v8';
  cache: boolean;
}

/** Runs a file with the guest's arguments; sets the process's exit code. */
export async function run(file: string, args: string[], flags: RunFlags): Promise<void> {
  if (flags.engine === 'v8') {
    process.exitCode = (await import('./run-v8.js')).runInV8(readInput(file), args, flags);
    return;
  }
  const input = expectKind(readInput(file), 'run', 'wasm', 'artefact', 'folder');
  try {
    process.exitCode = await execute(input, args, flags);
  } catch (e) {
    if (!isTrap(e)) throw e;
    printTrap(e);
    process.exitCode = ExitCode.TRAP;
  }
}

async function execute(input: Input, args: string[], flags: RunFlags): Promise<number> {
  const { env, dir: dirs } = flags;
  if (input.kind === 'folder') {
    if (flags.invoke) throw new UsageError('--invoke is for core modules, not for components');
    return runComponent(input.path, { args, env, dirs });
  }
  const loaded = await loadInput(input, flags);
  const host: WasiOptions = { args: [path.basename(input.path), ...args], env, dirs };
  return flags.invoke === undefined
    ? start(input, loaded.module, host)
    : invoke(input, loaded, flags.invoke, args, host);
}

interface Loaded {
  module: Module;
  /** The artefact's bytes, for what the module object does not tell. */
  readArtefact: () => Uint8Array;
}

async function loadInput(input: Input, flags: RunFlags): Promise<Loaded> {
  if (input.kind === 'artefact') return { module: load(input.path), readArtefact: () => input.bytes };
  const progress = await startProgress(stem(input.path));
  const asBefore = tuneForStart(input.bytes.length);
  try {
    const options = { ...compileOptions(flags), onProgress: progress.onProgress };
    if (flags.cache) {
      const { module, artefact } = await loadCached(input.bytes, options);
      return { module, readArtefact: () => (typeof artefact === 'string' ? fs.readFileSync(artefact) : artefact) };
    }
    const artefact = await compile(input.bytes, options);
    return { module: load(artefact), readArtefact: () => artefact };
  } catch (e) {
    throw inFile(input.path, e);
  } finally {
    asBefore();
    progress.stop();
  }
}

/** Runs a WASI command; the result is its exit code. */
function start({ path: file }: Input, module: Module, host: WasiOptions): number {
  const functions = Module.exports(module)
    .filter((e) => e.kind === 'function')
    .map((e) => e.name);
  if (!functions.includes('_start')) {
    const shown = `${functions.slice(0, 8).join(', ')}${functions.length > 8 ? ', …' : ''}`;
    throw new Error(
      `${file} is no command: it has no _start function. ${functions.length === 0 ? 'It exports no function.' : `Call one of its functions with --invoke: ${shown}`}`,
    );
  }
  const wasi = new WasiHost(host);
  return wasi.start(wasi.instantiate(module));
}

/** Calls an exported function and prints its results. */
function invoke(
  { path: file }: Input,
  { module, readArtefact }: Loaded,
  name: string,
  args: string[],
  host: WasiOptions,
): number {
  const { shape } = new ArtefactView(readArtefact(), file);
  const found = shape.exports.find((e) => e.name === name && e.kind === ExternKind.FUNC);
  if (!found)
    throw new UsageError(`${file} exports no function '${name}' (\`wamr-native inspect ${file}\` lists its exports)`);
  const type = shape.funcTypeOf(found.index);
  const values = parseArguments(name, type, args);
  const instance = instantiateLibrary(module, host);
  const result = (instance.exports[name] as Function)(...values);
  for (const line of formatResults(type, result)) print(line);
  return 0;
}

/** An instance whose exports can be called: with WASI when the module imports it. */
function instantiateLibrary(module: Module, host: WasiOptions): Instance {
  if (!Module.imports(module).some((i) => i.module.startsWith('wasi_'))) return instantiate(module, {});
  const wasi = new WasiHost(host);
  const instance = wasi.instantiate(module);
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

function printTrap({ trap, frames }: { trap: string; frames: readonly TrapFrame[] }): void {
  note(`${err.red('trap:')} ${trap}`);
  const shown = frames.slice(0, MAX_FRAMES);
  for (const frame of shown) note(`    at ${formatFrame(frame)}`);
  if (frames.length > shown.length) note(`    … ${frames.length - shown.length} more`);
}
