/**
 * Stopping wasm from outside. A deadline belongs to a call (`timeoutMs`); `interrupt` reaches wasm of another thread.
 * Both end it with a `Trap` of kind `interrupt`; generated code has no part in it (native/interrupt.cc), JavaScript and
 * the garbage collector are never stopped, and the instance can be used afterwards: its memory is what the wasm had
 * written so far.
 */
import { MAX_STACK } from '../abi/objects.js';
import { type Env, env } from './env.js';

/**
 * This thread's number, for `interrupt`. A plain number: it can be posted anywhere. Unique in the process and never
 * reused.
 */
export function threadToken(): number {
  const e = env();
  e.interruptible = true;
  return e.native.threadToken;
}

/**
 * Interrupts all wasm that runs in the thread of that number, now or as soon as the host function it is in returns.
 * Nothing happens when no wasm runs there. Callable from any thread.
 * @returns false when there is no such thread (any more).
 */
export function interrupt(token: number): boolean {
  if (typeof token !== 'number')
    throw new TypeError(`interrupt(): Argument 0 must be a number that threadToken() returned, not ${String(token)}`);
  return env().native.interruptThread(token);
}

/**
 * Size of this thread's wasm stack in bytes; 64 MiB unless set. False while wasm is running in this thread, or when
 * there is no memory.
 * @throws RangeError for more than 1 GiB: a recursion that does not end would take all of it.
 */
export function setStackSize(bytes: number): boolean {
  if (typeof bytes !== 'number' || !(bytes > 0 && bytes <= MAX_STACK))
    throw new RangeError(`setStackSize: a number of bytes up to 1 GiB is expected, not ${String(bytes)}`);
  return env().native.stackSize(bytes);
}

/**
 * Runs `f`; wasm in it that runs after `timeoutMs` milliseconds is interrupted. Deadlines nest: the earlier one counts.
 * undefined or Infinity: no deadline.
 */
export function withDeadline<T>(e: Env, timeoutMs: number | undefined, f: () => T): T {
  if (timeoutMs === undefined || timeoutMs === Infinity) return f();
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    throw new RangeError(`timeoutMs must be a number of milliseconds, not ${String(timeoutMs)}`);
  e.watchTurn();
  const previous = e.native.deadlineBegin(timeoutMs);
  try {
    return f();
  } finally {
    e.native.deadlineEnd(previous);
  }
}
