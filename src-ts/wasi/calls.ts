/**
 * The functions of `node:wasi` as compiled wasm needs them. Addresses and lengths are unsigned, but JavaScript gets
 * every i32 signed, and Node refuses negative numbers. And a standard stream may be a pipe that does not block, because
 * another process or Node itself has made it so: Node passes "try again" to programs that never asked for it, and they
 * drop what they were writing.
 */

/** `errno` of a stream that has nothing to give or no room (WASI preview 1, `again`). */
const AGAIN = 6;
/** Flag of `fd_fdstat_set_flags`. */
const NONBLOCK = 4;
const STANDARD_STREAMS = 3;
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 16;

export type WasiFunction = (...args: (number | bigint)[]) => number;

/** Standard streams that the program itself does not want to wait for. */
export interface Impatient {
  has(fd: unknown): boolean;
  add(fd: unknown): unknown;
  delete(fd: unknown): unknown;
}

/** Wraps the functions of one WASI host. */
export function wasiCalls(
  functions: Record<string, WasiFunction>,
  impatient: Impatient = new Set(),
): Record<string, WasiFunction> {
  const out: Record<string, WasiFunction> = {};
  for (const [name, f] of Object.entries(functions)) out[name] = unsigned(f);
  const setFlags = out.fd_fdstat_set_flags;
  out.fd_fdstat_set_flags = (fd, flags) => {
    if ((Number(flags) & NONBLOCK) !== 0) impatient.add(fd);
    else impatient.delete(fd);
    return setFlags(fd, flags);
  };
  for (const name of ['fd_read', 'fd_write']) out[name] = patient(out[name], impatient);
  return out;
}

function unsigned(f: WasiFunction): WasiFunction {
  return (...args) => {
    for (let i = 0; i < args.length; i++) {
      const x = args[i];
      if (typeof x === 'number') args[i] = x >>> 0;
    }
    return Reflect.apply(f, undefined, args) as number;
  };
}

/** Waits for a standard stream instead of giving up. */
function patient(f: WasiFunction, impatient: Impatient): WasiFunction {
  return (...args) => {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      const errno = Reflect.apply(f, undefined, args) as number;
      if (errno !== AGAIN || (args[0] as number) >= STANDARD_STREAMS || impatient.has(args[0])) return errno;
      Atomics.wait(clock, 0, 0, wait);
    }
  };
}

/** A word that is never notified. */
const clock = new Int32Array(new SharedArrayBuffer(4));
