/**
 * What the server's thread and the threads of guests say to each other. A guest is synchronous: it waits for messages by
 * a flag that both sides share, while the server goes on.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** Names and values of header fields, in order. */
export type Fields = [name: string, value: string][];

/** A request as it comes to a guest. Its body is stream 0. */
export interface RequestHead {
  method: string;
  path: string;
  authority: string;
  headers: Fields;
}

/** A request that a guest makes. */
export interface FetchHead {
  method: string;
  scheme: string;
  authority: string;
  path: string;
  headers: Fields;
  /** Milliseconds; undefined: the server's default. */
  connectMs?: number;
  firstByteMs?: number;
  betweenBytesMs?: number;
}

export type ToGuest =
  | { kind: 'request'; head: RequestHead }
  /** The next piece of a stream that was pulled. `bytes` null: its end; `error`: it broke off. */
  | { kind: 'piece'; stream: number; bytes: Uint8Array | null; error?: string }
  /** So many bytes of a stream were taken. `error`: nobody wants more. */
  | { kind: 'taken'; stream: number; bytes: number; error?: string }
  /** The answer to a fetch of this number, whose body is the stream of that number; or an error code of wasi:http. */
  | { kind: 'response'; stream: number; status: number; headers: Fields }
  | { kind: 'refused'; stream: number; error: { tag: string; val?: unknown } };

/** A guest sends several at a time. */
export type FromGuest =
  | { kind: 'ready' }
  /** The component cannot be loaded. */
  | { kind: 'broken'; message: string }
  /** The head of the response. */
  | { kind: 'head'; status: number; headers: Fields }
  /** Bytes of a body; null ends it. Stream 0 is the response, others are bodies of fetches. */
  | { kind: 'write'; stream: number; bytes: Uint8Array | null }
  /** The guest wants the next piece of a body. */
  | { kind: 'pull'; stream: number }
  | { kind: 'fetch'; stream: number; head: FetchHead }
  /** The guest has returned, or failed. */
  | { kind: 'done'; error: string | null };

/** What a guest's thread is started with. */
export interface GuestData {
  port: MessagePort;
  /** One number, which changes with every message to the guest. */
  flag: Int32Array;
}

/** How many bytes of a body may be on their way, and after how many that were taken the guest is told. */
export const WINDOW = 1 << 20;
export const ACKNOWLEDGED = WINDOW >> 2;

/** The guest's end: sends, and receives while it waits. */
export class Channel {
  /** Set while a request runs: milliseconds of the clock when it must be over. */
  deadline = Infinity;
  private seen = 0;
  private waiting: FromGuest[] = [];

  constructor(
    private readonly port: MessagePort,
    private readonly flag: Int32Array,
  ) {}

  /** Sends a message, with all that wait. */
  send(message: FromGuest): void {
    this.queue(message);
    this.flush();
  }

  /** Sends a message with the next: each one that goes costs as much as many together. */
  queue(message: FromGuest): void {
    this.waiting.push(message);
  }

  flush(): void {
    if (this.waiting.length === 0) return;
    this.port.postMessage(this.waiting);
    this.waiting = [];
  }

  /** All messages that are there. */
  *take(): Generator<ToGuest> {
    // Before looking: what comes after this look changes the flag, and `wait` returns at once.
    this.seen = Atomics.load(this.flag, 0);
    for (;;) {
      const got = receiveMessageOnPort(this.port) as { message: ToGuest } | undefined;
      if (got === undefined) return;
      yield got.message;
    }
  }

  /**
   * Waits for a message after the last `take`, up to so many milliseconds.
   * @throws Error when the request's time is up
   */
  wait(ms: number): void {
    this.flush();
    const left = this.deadline - performance.now();
    if (left <= 0) throw new Error('the time is up');
    Atomics.wait(this.flag, 0, this.seen, Math.min(ms, left));
  }
}
