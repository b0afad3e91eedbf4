/**
 * V8's flags for a process that compiles. Most of the processor time of a cold compile is V8 optimising this compiler,
 * which soon has nothing left to do: a module of 70 kB takes 0.98 s of processor time with V8 as it comes, 0.43 s with
 * baseline code only, 0.06 s when everything is optimised already. Set at run time and only by the command line, whose
 * process is ours alone; as a library we leave V8 as the program has it. The code that comes out is the same.
 */
import { binding } from '../addon.js';
import { keepCompilerCode } from '../aot/compiler-code.js';
import { builtin } from '../util/builtin.js';
import { loadHere } from '../util/own-module.js';
import { interruptBudget, maglev } from '../util/v8-flags.js';

/** Modules up to `bytes` are compiled with these flags: optimise later and inline less, the smallest not at all. */
const FLAGS: readonly { bytes: number; flags: readonly string[] }[] = [
  { bytes: 200_000, flags: ['--no-opt', '--no-maglev', '--wasm-tiering-budget=1000000000'] },
  { bytes: 3_000_000, flags: [...interruptBudget(300_000), '--max-inlined-bytecode-size-cumulative=100'] },
  { bytes: Infinity, flags: [...interruptBudget(150_000), '--max-inlined-bytecode-size-cumulative=300'] },
];
const SMALL = FLAGS[0].bytes;
const UNDO_SMALL = [
  '--opt',
  // What V8 comes with differs; this is about that.
  '--wasm-tiering-budget=1800000',
  ...maglev(),
];

function set(flags: readonly string[]): void {
  try {
    if (binding().setV8Flags(flags.join(' '))) return;
  } catch {
    // No addon for this machine.
  }
  const v8 = builtin<typeof import('node:v8')>('node:v8');
  flags.forEach((flag) => v8.setFlagsFromString(flag));
}

/**
 * Compiles a module of so many bytes in this process, which then does nothing else that takes time. Code of V8's is kept
 * for small modules, where it is what the time goes into, if the cache may be used.
 */
export async function tunedForCompiling<T>(bytes: number, compile: () => Promise<T>, cache = true): Promise<T> {
  const { flags } = FLAGS.find((row) => bytes <= row.bytes)!;
  loadHere();
  set(flags);
  if (bytes > SMALL || !cache) return compile();
  const keep = keepCompilerCode(flags);
  try {
    return await compile();
  } finally {
    keep();
  }
}

/**
 * The same in a process that then runs the module: with V8 as it was from then on, since the program's host functions
 * deserve optimised code.
 */
export async function tunedForStart<T>(bytes: number, compile: () => Promise<T>, cache: boolean): Promise<T> {
  if (bytes > SMALL) return compile();
  try {
    return await tunedForCompiling(bytes, compile, cache);
  } finally {
    set(UNDO_SMALL);
  }
}
