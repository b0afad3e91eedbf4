/** Bodies of HTTP messages in a guest's thread: pieces that are pulled, and bytes that are acknowledged. */
import { CLOSED, InputStream, IoError, OutputStream, Pollable } from '../host.js';
import { type Channel, type ToGuest, WINDOW } from './protocol.js';

/** A body that comes. */
interface Incoming {
  pieces: Uint8Array[];
  pulling: boolean;
  ended: boolean;
  error: string | null;
}
/** A body that goes. */
interface Outgoing {
  open: number;
  error: string | null;
}
/** A fetch that was not answered yet, or its answer. */
export type Answer = Extract<ToGuest, { kind: 'response' | 'refused' }>;

/** All streams of a request. */
export class Streams {
  private readonly incoming = new Map<number, Incoming>();
  private readonly outgoing = new Map<number, Outgoing>();
  private readonly answers = new Map<number, Answer>();
  private last = 0;

  constructor(readonly channel: Channel) {}

  /** The number of a new fetch. */
  next(): number {
    return ++this.last;
  }

  in(stream: number): Incoming {
    let known = this.incoming.get(stream);
    if (known === undefined)
      this.incoming.set(stream, (known = { pieces: [], pulling: false, ended: false, error: null }));
    return known;
  }

  out(stream: number): Outgoing {
    let known = this.outgoing.get(stream);
    if (known === undefined) this.outgoing.set(stream, (known = { open: 0, error: null }));
    return known;
  }

  answer(stream: number): Answer | null {
    this.receive();
    return this.answers.get(stream) ?? null;
  }

  /** Takes all messages that are there; what the guest has said is answered only when it has gone. */
  receive(): void {
    this.channel.flush();
    for (const m of this.channel.take()) this.note(m);
  }

  private note(m: ToGuest): void {
    if (m.kind === 'piece') {
      const s = this.in(m.stream);
      s.pulling = false;
      if (m.bytes !== null) s.pieces.push(m.bytes);
      else s.ended = true;
      s.error = m.error ?? null;
    } else if (m.kind === 'taken') {
      const s = this.out(m.stream);
      s.open -= m.bytes;
      s.error = m.error ?? s.error;
    } else if (m.kind !== 'request') this.answers.set(m.stream, m);
  }

  /** Waits until something holds. */
  until(holds: () => boolean): void {
    for (;;) {
      this.receive();
      if (holds()) return;
      this.channel.wait(Infinity);
    }
  }
}

/** Ready when something of the streams holds. */
export class HttpPollable extends Pollable {
  constructor(
    private readonly streams: Streams,
    private readonly holds: () => boolean,
  ) {
    super();
  }
  override ready(): boolean {
    this.streams.receive();
    return this.holds();
  }
  override wait(ms: number): void {
    this.streams.channel.wait(ms);
  }
}

/** What jco's glue wants thrown. */
const failed = (message: string): unknown => ({ tag: 'last-operation-failed', val: new IoError(new Error(message)) });

/** Reads a body. */
export class BodyInput extends InputStream {
  constructor(
    private readonly streams: Streams,
    private readonly stream: number,
  ) {
    super(-1);
  }

  private readonly there = (): boolean => {
    const s = this.streams.in(this.stream);
    if (s.pieces.length > 0 || s.ended) return true;
    if (!s.pulling) {
      s.pulling = true;
      this.streams.channel.send({ kind: 'pull', stream: this.stream });
    }
    return false;
  };

  override blockingRead(length: bigint): Uint8Array {
    if (length === 0n) return new Uint8Array(0);
    this.streams.until(this.there);
    return this.take(length);
  }

  override read(length: bigint): Uint8Array {
    this.streams.receive();
    return this.there() ? this.take(length) : new Uint8Array(0);
  }

  private take(length: bigint): Uint8Array {
    const s = this.streams.in(this.stream);
    const [piece] = s.pieces;
    if (piece === undefined) throw s.error === null ? CLOSED : failed(s.error);
    if (BigInt(piece.length) <= length) {
      s.pieces.shift();
      return piece;
    }
    s.pieces[0] = piece.subarray(Number(length));
    return piece.subarray(0, Number(length));
  }

  override subscribe(): Pollable {
    return new HttpPollable(this.streams, this.there);
  }
}

/** Writes a body. */
export class BodyOutput extends OutputStream {
  constructor(
    private readonly streams: Streams,
    private readonly stream: number,
    /** Before the first byte: the head must have gone. */
    private readonly beforeWriting: () => void,
  ) {
    super(-1);
  }

  private readonly room = (): boolean => {
    const s = this.streams.out(this.stream);
    return s.error !== null || s.open < WINDOW;
  };

  override checkWrite(): bigint {
    this.streams.receive();
    const s = this.streams.out(this.stream);
    if (s.error !== null) throw CLOSED; // eslint-disable-line @typescript-eslint/only-throw-error -- what jco's glue expects
    return BigInt(Math.max(0, WINDOW - s.open));
  }

  override write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.beforeWriting();
    if (!this.room()) this.streams.until(this.room);
    const s = this.streams.out(this.stream);
    if (s.error !== null) throw CLOSED; // eslint-disable-line @typescript-eslint/only-throw-error -- what jco's glue expects
    s.open += bytes.length;
    // The bytes are the guest's memory.
    this.streams.channel.queue({ kind: 'write', stream: this.stream, bytes: bytes.slice() });
  }

  override flush(): void {
    this.streams.channel.flush();
  }
  override blockingFlush(): void {
    this.flush();
  }
  override blockingWriteAndFlush(bytes: Uint8Array): void {
    this.write(bytes);
    this.flush();
  }
  override blockingWriteZeroesAndFlush(length: bigint): void {
    this.writeZeroes(length);
    this.flush();
  }

  override subscribe(): Pollable {
    return new HttpPollable(this.streams, this.room);
  }

  /** No more bytes come. */
  end(): void {
    this.beforeWriting();
    const { channel } = this.streams;
    const message = { kind: 'write', stream: this.stream, bytes: null } as const;
    // The guest of a response is mostly about to return, which is told with it.
    if (this.stream === 0) channel.queue(message);
    else channel.send(message);
  }
}
