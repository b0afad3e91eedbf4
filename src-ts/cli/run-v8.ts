/** `wamr-native run --engine v8`: the same module in Node's own engine, to compare with. */
import path from 'node:path';
import { v8WebAssembly } from '../util/v8-wasm.js';
import { decodeModule } from '../wasm/module.js';
import { ExternKind } from '../wasm/types.js';
import { WasiHost, type WasiOptions } from '../wasi/index.js';
import { ExitCode, UsageError } from './exit.js';
import { expectKind, type Input } from './files.js';
import { err, note, print } from './output.js';
import type { RunFlags } from './run.js';
import { formatResults, parseArguments } from './values.js';

/** What is used of Node's own interface. */
interface NativeEngine {
  Module: { new (bytes: Uint8Array): object; imports(module: object): { module: string }[] };
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
  RuntimeError: ErrorConstructor;
}

/** Flags of `run` that only this engine understands. */
const OURS = {
  timeout: '--timeout',
  maxMemory: '--max-memory',
  stackSize: '--stack-size',
  threads: '--threads',
  maxThreads: '--max-threads',
  preload: '--preload',
  unknownImports: '--unknown-imports',
  coredump: '--coredump',
} as const;

/** Runs the program, or calls the export; the result is the exit code. */
export function runInV8(input: Input, args: string[], flags: RunFlags): number {
  const native = v8WebAssembly as NativeEngine | undefined;
  if (native === undefined) throw new Error('this Node has no WebAssembly (--jitless?)');
  for (const [key, name] of Object.entries(OURS))
    if (flags[key as keyof typeof OURS] !== undefined) throw new UsageError(`${name} does not go with --engine v8`);
  const { bytes } = expectKind(input, 'run --engine v8', 'wasm');
  const { argv0 = path.basename(input.path), env, dir: dirs } = flags;
  const options: WasiOptions = { args: [argv0, ...args], env, dirs };
  const module = new native.Module(bytes);
  const wasi = new WasiHost(options);
  const needsWasi = native.Module.imports(module).some((i) => i.module.startsWith('wasi_'));
  try {
    const instance = new native.Instance(module, needsWasi ? wasi.imports : {});
    if (flags.invoke === undefined) return wasi.start(instance as never);
    if (needsWasi) wasi.initialize(instance as never);
    call(input, instance, flags.invoke, args);
    return 0;
  } catch (e) {
    if (!(e instanceof native.RuntimeError || e instanceof RangeError)) throw e;
    note(`${err.red('trap:')} ${e.message}`);
    return ExitCode.TRAP;
  }
}

function call(
  { path: file, bytes }: Input,
  instance: { exports: Record<string, unknown> },
  name: string,
  args: string[],
): void {
  const m = decodeModule(bytes);
  const found = m.exports.find((e) => e.name === name && e.kind === ExternKind.FUNC);
  if (!found) throw new UsageError(`${file} exports no function '${name}'`);
  const type = m.types[m.funcTypes[found.index]];
  const result = (instance.exports[name] as Function)(...parseArguments(name, type, args));
  for (const line of formatResults(type, result)) print(line);
}
