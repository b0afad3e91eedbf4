/** What a run may take: `--timeout`, `--max-memory`, `--stack-size`, in the units of the runtime. */
import type { Worker } from 'node:worker_threads';
import { internals, setStackSize } from '../index.js';
import { builtin } from '../util/builtin.js';

export interface LimitFlags {
  /** Milliseconds. */
  timeout?: number;
  /** Bytes that a linear memory may grow to. */
  maxMemory?: number;
  /** Bytes. */
  stackSize?: number;
}

const PAGE = 65536;
/** A host function that does not return so long after the deadline is not waited for. */
const GRACE_MS = 250;

/** The option `limits` of instances. */
export const memoryLimits = ({ maxMemory }: LimitFlags): { memoryPages?: number } =>
  maxMemory === undefined ? {} : { memoryPages: Math.floor(maxMemory / PAGE) };

/** Runs the guest, with the stack and until the deadline that the flags say. */
export function withLimits<T>({ timeout, stackSize }: LimitFlags, guest: () => T): T {
  if (stackSize !== undefined && !setStackSize(stackSize))
    throw new Error(`there is no memory for a stack of ${stackSize} bytes`);
  if (timeout === undefined) return guest();
  const watchdog = startWatchdog(timeout + GRACE_MS);
  try {
    return internals.withDeadline(internals.env(), timeout, guest);
  } finally {
    void watchdog.terminate();
  }
}

/**
 * The deadline interrupts wasm, and a guest that sleeps or waits for input is in a host function: then this thread, from
 * outside, ends the process.
 */
function startWatchdog(ms: number): Worker {
  const source = `
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
    require('node:fs').writeSync(2, 'trap: interrupt (the program waited in a host function)\\n');
    process.kill(process.pid, 'SIGTERM');`;
  const { Worker: Thread } = builtin<typeof import('node:worker_threads')>('node:worker_threads');
  const worker = new Thread(source, { eval: true, execArgv: [], stdout: false, stderr: false });
  worker.unref();
  return worker;
}
