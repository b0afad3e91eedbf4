/**
 * The part of WASI 0.2 that a command without folders and network needs: standard streams, clocks, randomness,
 * environment. It is synchronous all through and needs no worker thread, which preview2-shim starts on import; that
 * costs a start about as much as everything else together. Components that import more, or are given more, get
 * preview2-shim (component/run.ts).
 *
 * Shapes are those of jco's glue: resources are classes, the error of a `result` is thrown, `u64` is a bigint.
 */
import fs from 'node:fs';
import type { NativeBinding } from '../binding.js';
import { internals } from '../index.js';
import { crypto } from '../util/builtin.js';

/** What the guest is told of itself. */
export interface Identity {
  args: string[];
  env: Record<string, string>;
  /** Ends the guest. */
  exit(code: number): never;
}

/** The engine's: to find the addon anew takes milliseconds. */
const native = (): NativeBinding => internals.env().native;

/** Thrown by streams that have come to their end. */
export const CLOSED = { tag: 'closed' };
/** How much a stream takes or gives at once. */
const PIECE = 65536;

export class IoError {
  constructor(private readonly cause: Error) {}
  toDebugString(): string {
    return this.cause.message;
  }
}

/** The error of a stream, as jco wants it thrown. */
function streamError(e: unknown): unknown {
  return (e as NodeJS.ErrnoException).code === 'EPIPE'
    ? CLOSED
    : { tag: 'last-operation-failed', val: new IoError(e as Error) };
}

/** Something to wait for: a moment of the monotonic clock, input, or nothing at all. */
export class Pollable {
  /** `until`: nanoseconds of the monotonic clock, 0 = has come; `fd`: -1, or to be read from. */
  constructor(
    readonly until: bigint = 0n,
    readonly fd = -1,
  ) {}
  ready(): boolean {
    return this.fd >= 0 ? native().waitFor(this.fd, false, 0) : process.hrtime.bigint() >= this.until;
  }
  block(): void {
    pollList([this]);
  }
  /** Waits up to so many milliseconds for what `ready` asks, where that is neither a moment nor input. */
  wait?(ms: number): void;
}

/** Milliseconds between looks at several things that no one call waits for. */
const MIXED_MS = 5;

/** Indices of those that are ready; waits until there is one. */
export function pollList(list: Pollable[]): Uint32Array {
  if (list.length === 0) throw new Error('wasi:io/poll: the list is empty');
  for (;;) {
    const ready = list.flatMap((p, i) => (p.ready() ? [i] : []));
    if (ready.length > 0) return Uint32Array.from(ready);
    const fd = Math.max(...list.map((p) => p.fd));
    const moments = list.flatMap((p) => (p.fd < 0 && p.wait === undefined ? [p.until] : []));
    const first = moments.reduce((a, b) => (b < a ? b : a), moments[0] ?? 0n);
    const ms = moments.length === 0 ? -1 : Math.max(1, Math.ceil(Number(first - process.hrtime.bigint()) / 1e6));
    const own = list.find((p) => p.wait !== undefined);
    if (own === undefined) native().waitFor(fd, false, ms);
    else if (fd < 0) own.wait!(ms < 0 ? Infinity : ms);
    else own.wait!(MIXED_MS);
  }
}

export class InputStream {
  constructor(readonly fd: number) {}
  blockingRead(length: bigint): Uint8Array {
    const bytes = new Uint8Array(Math.min(Number(length), PIECE));
    if (bytes.length === 0) return bytes;
    for (;;) {
      let n: number;
      try {
        n = fs.readSync(this.fd, bytes);
      } catch (e) {
        const { code } = e as NodeJS.ErrnoException;
        if (code === 'EAGAIN') {
          native().waitFor(this.fd, false, -1);
          continue;
        }
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what jco's glue expects
        if (code === 'EOF') throw CLOSED;
        throw streamError(e);
      }
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what jco's glue expects
      if (n === 0) throw CLOSED;
      return bytes.subarray(0, n);
    }
  }
  read(length: bigint): Uint8Array {
    return native().waitFor(this.fd, false, 0) ? this.blockingRead(length) : new Uint8Array(0);
  }
  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }
  blockingSkip(length: bigint): bigint {
    return BigInt(this.blockingRead(length).length);
  }
  subscribe(): Pollable {
    return new Pollable(0n, this.fd);
  }
}

export class OutputStream {
  constructor(readonly fd: number) {}
  checkWrite(): bigint {
    return BigInt(PIECE);
  }
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      try {
        at += fs.writeSync(this.fd, bytes, at);
      } catch (e) {
        if ((e as NodeJS.ErrnoException).code !== 'EAGAIN') throw streamError(e);
        native().waitFor(this.fd, true, -1);
      }
    }
  }
  blockingWriteAndFlush(bytes: Uint8Array): void {
    this.write(bytes);
  }
  flush(): void {}
  blockingFlush(): void {}
  writeZeroes(length: bigint): void {
    this.write(new Uint8Array(Number(length)));
  }
  blockingWriteZeroesAndFlush(length: bigint): void {
    this.writeZeroes(length);
  }
  splice(from: InputStream, length: bigint): bigint {
    const bytes = from.read(length);
    this.write(bytes);
    return BigInt(bytes.length);
  }
  blockingSplice(from: InputStream, length: bigint): bigint {
    const bytes = from.blockingRead(length);
    this.write(bytes);
    return BigInt(bytes.length);
  }
  subscribe(): Pollable {
    return new Pollable();
  }
}

class TerminalInput {}
class TerminalOutput {}
/** Never constructed: there are no folders. */
class Descriptor {}
class DirectoryEntryStream {}

function randomBytes(length: bigint): Uint8Array {
  return crypto().randomFillSync(new Uint8Array(Number(length)));
}

const randomU64 = (): bigint => crypto().randomFillSync(new BigUint64Array(1))[0];

/** Import object for one guest. */
export function makeHost({ args, env, exit }: Identity): Record<string, Record<string, unknown>> {
  const stdin = new InputStream(0);
  const stdout = new OutputStream(1);
  const stderr = new OutputStream(2);
  return {
    'wasi:cli/environment': {
      getArguments: () => args,
      getEnvironment: () => Object.entries(env),
      initialCwd: () => undefined,
    },
    'wasi:cli/exit': { exit: (status: { tag: 'ok' | 'err' }) => exit(status.tag === 'ok' ? 0 : 1), exitWithCode: exit },
    'wasi:cli/stdin': { getStdin: () => stdin },
    'wasi:cli/stdout': { getStdout: () => stdout },
    'wasi:cli/stderr': { getStderr: () => stderr },
    'wasi:cli/terminal-input': { TerminalInput },
    'wasi:cli/terminal-output': { TerminalOutput },
    'wasi:cli/terminal-stdin': { getTerminalStdin: () => (native().isTerminal(0) ? new TerminalInput() : undefined) },
    'wasi:cli/terminal-stdout': {
      getTerminalStdout: () => (native().isTerminal(1) ? new TerminalOutput() : undefined),
    },
    'wasi:cli/terminal-stderr': {
      getTerminalStderr: () => (native().isTerminal(2) ? new TerminalOutput() : undefined),
    },
    'wasi:clocks/monotonic-clock': {
      now: () => process.hrtime.bigint(),
      resolution: () => 1n,
      subscribeInstant: (moment: bigint) => new Pollable(moment),
      subscribeDuration: (duration: bigint) => new Pollable(process.hrtime.bigint() + duration),
    },
    'wasi:clocks/wall-clock': {
      now: () => {
        const ms = Date.now();
        return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * 1e6 };
      },
      resolution: () => ({ seconds: 0n, nanoseconds: 1e6 }),
    },
    'wasi:filesystem/preopens': { getDirectories: () => [] },
    'wasi:filesystem/types': { Descriptor, DirectoryEntryStream, filesystemErrorCode: () => undefined },
    'wasi:io/error': { Error: IoError },
    'wasi:io/poll': { Pollable, poll: pollList },
    'wasi:io/streams': { InputStream, OutputStream },
    'wasi:random/random': { getRandomBytes: randomBytes, getRandomU64: randomU64 },
    'wasi:random/insecure': { getInsecureRandomBytes: randomBytes, getInsecureRandomU64: randomU64 },
    'wasi:random/insecure-seed': { insecureSeed: () => [randomU64(), randomU64()] },
  };
}
