/**
 * What a command line and the compile server say to each other over a socket: messages of one line of JSON, each with as
 * many bytes behind it as it says (`bytes`).
 */
import type { Socket } from 'node:net';
import type { CompileOptions } from '../options.js';

/** The module follows. */
export interface Order {
  options: Omit<CompileOptions, 'onProgress' | 'signal'>;
  progress: boolean;
  bytes: number;
}

/** How far it is; that the compiler threw; the artefact, which follows. */
export type Answer = { done: number; total: number; bytes: 0 } | { failed: true; bytes: 0 } | { bytes: number };

/** What comes before an order at a pipe of Windows (address.ts), and its answer. */
export interface Challenge {
  challenge: string;
  bytes: 0;
}
export interface Proof {
  proof: string;
  bytes: 0;
}

export function send(socket: Socket, message: Order | Answer | Challenge | Proof, bytes?: Uint8Array): void {
  socket.write(`${JSON.stringify(message)}\n`);
  if (bytes !== undefined) socket.write(bytes);
}

/** The most of a message in front of its bytes. */
const MAX_HEAD = 1 << 20;

/** Puts messages together from what arrives. */
export class Receiver<M extends { bytes: number }> {
  private parts: Buffer[] = [];
  private length = 0;
  private head: M | null = null;

  constructor(
    private readonly maxBytes: number,
    private readonly take: (message: M, bytes: Buffer) => void,
  ) {}

  /** Throws on what is no message. */
  push(part: Buffer): void {
    this.parts.push(part);
    this.length += part.length;
    for (;;) {
      if (this.head === null) {
        const all = this.joined();
        const end = all.indexOf(10);
        if (end < 0 && all.length <= MAX_HEAD) return;
        if (end < 0 || end > MAX_HEAD) throw new Error('no message');
        this.head = JSON.parse(all.toString('utf8', 0, end)) as M;
        if (!(this.head.bytes >= 0 && this.head.bytes <= this.maxBytes)) throw new Error('no message');
        this.keep(all.subarray(end + 1));
      }
      if (this.length < this.head.bytes) return;
      const all = this.joined();
      const message = this.head;
      this.head = null;
      this.keep(all.subarray(message.bytes));
      this.take(message, all.subarray(0, message.bytes));
      if (this.length === 0) return;
    }
  }

  private joined(): Buffer {
    if (this.parts.length !== 1) this.keep(Buffer.concat(this.parts));
    return this.parts[0];
  }

  private keep(rest: Buffer): void {
    this.parts = [rest];
    this.length = rest.length;
  }
}
