/**
 * The functions of WASI in a thread of a program. Descriptors belong to the program, and `node:wasi` has them in one
 * thread: so what concerns files is done by that thread, and this one waits. Clocks, random numbers, the standard streams,
 * and sleeping are done here, where waiting keeps nobody else.
 */
import type { Impatient, WasiFunction } from '../calls.js';
import { type SharedMemory, STANDARD_STREAMS, StreamBit } from './protocol.js';

/** `errno` of an address that is outside of the memory (WASI preview 1, `overflow`). */
const OVERFLOW = 61;

/** Functions that know no descriptor. */
const WITHOUT_DESCRIPTORS = [
  'args_get',
  'args_sizes_get',
  'clock_res_get',
  'clock_time_get',
  'environ_get',
  'environ_sizes_get',
  'random_get',
  'sched_yield',
] as const;
/** Functions that do the same to a standard stream in every thread. */
const OF_STREAMS = ['fd_fdstat_get', 'fd_fdstat_set_flags', 'fd_filestat_get', 'fd_read', 'fd_write'] as const;

/** How long a stream is waited for before the thread looks whether it is being ended. */
const SLICE_MS = 20;

/** What a thread has. */
export interface ThreadHost {
  /** Functions of this thread. */
  functions: Record<string, WasiFunction>;
  memory: SharedMemory;
  streams: Int32Array<SharedArrayBuffer>;
  /** Whether a standard stream can be read (written) now, or after so many milliseconds. */
  waitFor(stream: number, writable: boolean, ms: number): boolean;
  /** Has the owner of the program call the function. */
  ask(name: string, args: (number | bigint)[]): number;
  /** Ends the program. */
  exit(code: number): never;
}

/** The functions of WASI for a thread. */
export function threadCalls(host: ThreadHost): Record<string, WasiFunction> {
  const { functions, memory, streams } = host;
  const out: Record<string, WasiFunction> = {};
  for (const name of Object.keys(functions)) out[name] = (...args) => host.ask(name, args);
  for (const name of WITHOUT_DESCRIPTORS) out[name] = seeingGrowth(functions[name], memory);
  for (const name of OF_STREAMS) {
    const here = seeingGrowth(functions[name], memory);
    const waits = name === 'fd_read' || name === 'fd_write';
    out[name] = (...args) => {
      const fd = args[0] as number;
      if (!isStandard(streams, fd)) return host.ask(name, args);
      if (waits && (Atomics.load(streams, fd) & StreamBit.IMPATIENT) === 0)
        while (!host.waitFor(fd, name === 'fd_write', SLICE_MS));
      return here(...args);
    };
  }
  out.proc_exit = (code) => host.exit(Number(code) >>> 0);
  out.poll_oneoff = (...args) => pollOneoff(host, args as number[]);
  return out;
}

/** Whether a descriptor is a standard stream, as it was when the program began. */
function isStandard(streams: Int32Array, fd: number): boolean {
  return fd >= 0 && fd < STANDARD_STREAMS && (Atomics.load(streams, fd) & StreamBit.GONE) === 0;
}

/** The streams' words as a set of those that the program does not want to wait for. */
export function sharedImpatience(streams: Int32Array<SharedArrayBuffer>): Impatient {
  const known = (fd: unknown): fd is number => typeof fd === 'number' && fd >= 0 && fd < STANDARD_STREAMS;
  return {
    has: (fd) => known(fd) && (Atomics.load(streams, fd) & StreamBit.IMPATIENT) !== 0,
    add: (fd) => known(fd) && Atomics.or(streams, fd, StreamBit.IMPATIENT),
    delete: (fd) => known(fd) && (Atomics.and(streams, fd, ~StreamBit.IMPATIENT) & StreamBit.IMPATIENT) !== 0,
  };
}

/**
 * A function that sees all of a shared memory: V8 notices growth by another thread when it has nothing else to do, and
 * growth by nothing makes it look.
 */
export function seeingGrowth(f: WasiFunction, memory: SharedMemory): WasiFunction {
  return (...args) => {
    const errno = f(...args);
    if (errno !== OVERFLOW) return errno;
    memory.grow(0);
    return f(...args);
  };
}

// ---- poll_oneoff (WASI preview 1: subscription, event) ----

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const TAG_CLOCK = 0;
const ABSOLUTE = 1;
const REALTIME = 0;

/** Sleeping is done here, so that it can be ended; whatever has a descriptor that is no standard stream, by the owner. */
function pollOneoff(host: ThreadHost, args: number[]): number {
  const [from, to, count, happened] = args.map((x) => x >>> 0);
  const { memory, functions, streams } = host;
  if (Math.max(from + count * SUBSCRIPTION_BYTES, to + count * EVENT_BYTES, happened + 4) > memory.buffer.byteLength)
    memory.grow(0);
  const { buffer } = memory;
  if (Math.max(from + count * SUBSCRIPTION_BYTES, to + count * EVENT_BYTES, happened + 4) > buffer.byteLength)
    return OVERFLOW;
  const view = new DataView(buffer);
  let clocks = 0;
  for (let k = 0; k < count; k++) {
    const at = from + k * SUBSCRIPTION_BYTES;
    if (view.getUint8(at + 8) === TAG_CLOCK) clocks++;
    else if (!isStandard(streams, view.getUint32(at + 16, true))) return host.ask('poll_oneoff', args);
  }
  if (count !== 1 || clocks !== 1) return functions.poll_oneoff(...args);
  sleep(view, from);
  view.setBigUint64(to, view.getBigUint64(from, true), true);
  view.setUint16(to + 8, 0, true);
  view.setUint8(to + 10, TAG_CLOCK);
  view.setUint32(happened, 1, true);
  return 0;
}

/** Waits as long as a subscription of a clock says. */
function sleep(view: DataView, subscription: number): void {
  const timeout = view.getBigUint64(subscription + 24, true);
  const absolute = (view.getUint16(subscription + 40, true) & ABSOLUTE) !== 0;
  const now = (): bigint =>
    absolute && view.getUint32(subscription + 16, true) === REALTIME
      ? BigInt(Date.now()) * 1_000_000n
      : process.hrtime.bigint();
  const until = absolute ? timeout : now() + timeout;
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (let left = until - now(); left > 0n; left = until - now()) Atomics.wait(word, 0, 0, Number(left) / 1e6);
}
