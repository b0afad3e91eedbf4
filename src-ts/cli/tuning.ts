/**
 * V8's flags for a process that compiles. Most of the processor time of a cold compile is V8 optimising this compiler,
 * which soon has nothing left to do: a module of 70 kB takes 0.98 s of processor time with V8 as it comes, 0.43 s with
 * baseline code only, 0.06 s when everything is optimised already. Set at run time and only by the command line, whose
 * process is ours alone; as a library we leave V8 as the program has it. The code that comes out is the same.
 */
import v8 from 'node:v8';

/** Modules up to `bytes` are compiled with these flags: optimise later and inline less, the smallest not at all. */
const FLAGS: readonly { bytes: number; flags: readonly string[] }[] = [
  { bytes: 200_000, flags: ['--no-opt', '--no-maglev', '--wasm-tiering-budget=1000000000'] },
  { bytes: 3_000_000, flags: ['--interrupt-budget=300000', '--max-inlined-bytecode-size-cumulative=100'] },
  { bytes: Infinity, flags: ['--interrupt-budget=150000', '--max-inlined-bytecode-size-cumulative=300'] },
];
const SMALL = FLAGS[0].bytes;
const UNDO_SMALL = Number(process.versions.node.split('.')[0]) >= 24 ? ['--opt', '--maglev'] : ['--opt'];

const set = (flags: readonly string[]): void => flags.forEach((flag) => v8.setFlagsFromString(flag));

/** Before this process compiles a module of so many bytes, and then does nothing else that takes time. */
export function tuneForCompiling(bytes: number): void {
  set(FLAGS.find((row) => bytes <= row.bytes)!.flags);
}

/**
 * Before this process compiles a module of so many bytes and runs it. Returns what to call between the two: the
 * program's host functions deserve optimised code.
 */
export function tuneForStart(bytes: number): () => void {
  if (bytes > SMALL) return () => {};
  set(FLAGS[0].flags);
  return () => set(UNDO_SMALL);
}
