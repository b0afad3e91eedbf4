/**
 * Serves HTTP by a component that exports `wasi:http/incoming-handler`: node:http in this thread, guests in threads of
 * their own, one instance a request. Whatever a guest does, the server goes on: a guest that fails answers 500, one that
 * is past its time loses its thread.
 */
import http from 'node:http';
import https from 'node:https';
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { packageFile } from '../../util/package-files.js';
import type { Compiled } from '../cached.js';
import type { GuestOptions } from './guest.js';
import { ACKNOWLEDGED, type Fields, type FromGuest, type ToGuest } from './protocol.js';

export interface ServeOptions {
  guest: GuestOptions;
  /** Threads of guests. Default: one for each core. */
  workers?: number;
  /** Told of every request that fails, and of threads that do. */
  log: (line: string) => void;
}

/** What a guest is told of a body that goes nowhere. */
const UNWANTED = 'nobody wants it any more';
/** A guest's thread past its time is not waited for longer than this. */
const GRACE_MS = 250;
/** Requests that wait for a guest; more are told to come again. */
const MAX_WAITING = 1000;

/** What a guest is busy with. */
interface Exchange {
  request: http.IncomingMessage;
  response: http.ServerResponse;
  /** Ends the thread. */
  timer: NodeJS.Timeout | null;
  /** Bodies that the guest reads, by stream. */
  bodies: Map<number, AsyncIterator<Uint8Array>>;
  fetches: Map<number, http.ClientRequest>;
  /** The head of the response until it is sent. */
  head: Extract<FromGuest, { kind: 'head' }> | null;
  /** Whether the response's body has ended. */
  complete: boolean;
  /** Bytes by stream that were taken and that the guest was not told of yet. */
  taken: Map<number, number>;
}

/**
 * A server, not listening yet.
 * @throws Error when the component cannot be loaded
 */
export async function makeServer(compiled: Compiled, options: ServeOptions): Promise<http.Server> {
  const pool = new Pool(compiled, options);
  await pool.start();
  const server = http.createServer((request, response) => pool.take(request, response));
  for (const end of ['close', 'error']) server.on(end, () => pool.stop());
  return server;
}

/** The threads, and the requests that wait for one. */
class Pool {
  private readonly idle: Guest[] = [];
  private readonly all = new Set<Guest>();
  private readonly waiting: [http.IncomingMessage, http.ServerResponse][] = [];
  private stopped = false;

  constructor(
    private readonly compiled: Compiled,
    readonly options: ServeOptions,
  ) {}

  async start(): Promise<void> {
    const n = this.options.workers ?? availableParallelism();
    await Promise.all(Array.from({ length: n }, () => this.add()));
  }

  private async add(): Promise<void> {
    const guest = new Guest(this.compiled, this);
    this.all.add(guest);
    await guest.ready;
    this.free(guest);
  }

  take(request: http.IncomingMessage, response: http.ServerResponse): void {
    const guest = this.idle.pop();
    if (guest !== undefined) guest.answer(request, response);
    else if (this.waiting.length < MAX_WAITING) this.waiting.push([request, response]);
    else fail(response, 503);
  }

  /** A guest has nothing to do. */
  free(guest: Guest): void {
    for (;;) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      // Its client may have gone meanwhile.
      if (next[1].destroyed) continue;
      guest.answer(...next);
      return;
    }
    this.idle.push(guest);
  }

  /** A guest's thread is gone: another takes its place. */
  lost(guest: Guest): void {
    this.all.delete(guest);
    const at = this.idle.indexOf(guest);
    if (at >= 0) this.idle.splice(at, 1);
    if (!this.stopped) this.add().catch((e: Error) => this.options.log(`a thread cannot be replaced: ${e.message}`));
  }

  stop(): void {
    this.stopped = true;
    for (const guest of this.all) guest.end();
  }
}

/** A thread of guests. */
class Guest {
  readonly ready: Promise<void>;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private readonly flag = new Int32Array(new SharedArrayBuffer(4));
  private exchange: Exchange | null = null;
  private ending = false;

  constructor(
    compiled: Compiled,
    private readonly pool: Pool,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = new Worker(packageFile('serve-guest.js'), {
      workerData: { port: port2, flag: this.flag, compiled, options: pool.options.guest },
      transferList: [port2],
    });
    this.ready = new Promise((resolve, reject) => {
      this.port.on('message', (messages: FromGuest[]) => {
        for (const m of messages) {
          if (m.kind === 'ready') resolve();
          else if (m.kind === 'broken') reject(new Error(m.message));
          else this.receive(m);
        }
      });
      this.worker.on('error', (e) => {
        reject(e);
        this.pool.options.log(`a thread failed: ${e.message}`);
      });
    });
    this.worker.on('exit', () => {
      this.port.close();
      this.over('the thread of the guest ended');
      this.pool.lost(this);
    });
  }

  end(): void {
    this.ending = true;
    void this.worker.terminate();
  }

  answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { timeoutMs } = this.pool.options.guest;
    const timer = timeoutMs === undefined ? null : setTimeout(() => this.late(), timeoutMs + GRACE_MS);
    const bodies = new Map([[0, request[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>]]);
    const exchange: Exchange = {
      request,
      response,
      timer,
      bodies,
      fetches: new Map(),
      head: null,
      complete: false,
      taken: new Map(),
    };
    this.exchange = exchange;
    response.on('error', (e) => {
      if (this.exchange === exchange) this.over(e.message);
    });
    const { method = 'GET', url = '/', headers } = request;
    this.send({
      kind: 'request',
      head: { method, path: url, authority: headers.host ?? '', headers: pairs(request.rawHeaders) },
    });
  }

  private late(): void {
    if (this.exchange === null) return;
    this.over('the time is up (the guest waited in a host function)');
    this.end();
  }

  /** The exchange is over; `error`: badly. The guest may still be at it, and frees the thread when it has returned. */
  private over(error: string | null, returned = false): void {
    const { exchange } = this;
    if (exchange === null) return;
    this.exchange = null;
    if (!returned) this.send({ kind: 'taken', stream: 0, bytes: 0, error: UNWANTED });
    const { request, response, timer, fetches, head, complete } = exchange;
    if (timer !== null) clearTimeout(timer);
    for (const fetch of fetches.values()) fetch.destroy();
    const what =
      error ??
      (complete
        ? null
        : head !== null || response.headersSent
          ? 'the guest left the body open'
          : 'the guest gave no response');
    if (what !== null) {
      if (!response.destroyed || response.writableEnded)
        this.pool.options.log(`${request.method} ${request.url}: ${what}`);
      // Half a response must not look like a whole one.
      if (response.headersSent) response.destroy();
      else fail(response, 500);
    }
    // What the guest did not read must not stay in the connection.
    request.resume();
  }

  private send(m: ToGuest): void {
    this.port.postMessage(m);
    Atomics.add(this.flag, 0, 1);
    Atomics.notify(this.flag, 0);
  }

  private receive(m: FromGuest): void {
    const { exchange } = this;
    if (m.kind === 'done') {
      this.over(m.error, true);
      if (!this.ending) this.pool.free(this);
      return;
    }
    if (exchange === null) {
      if (m.kind === 'pull') this.send({ kind: 'piece', stream: m.stream, bytes: null, error: UNWANTED });
      if (m.kind === 'fetch') this.send({ kind: 'refused', stream: m.stream, error: { tag: 'internal-error' } });
      return;
    }
    switch (m.kind) {
      case 'head':
        exchange.head = m;
        // With the first bytes of the body, which are mostly there already; alone if they are not.
        setImmediate(() => {
          if (this.exchange === exchange && this.sendHead(exchange)) exchange.response.flushHeaders();
        });
        return;
      case 'write':
        return this.write(exchange, m.stream, m.bytes);
      case 'pull':
        void this.pull(exchange, m.stream);
        return;
      case 'fetch':
        return this.fetch(exchange, m);
    }
  }

  /** Whether there was a head to send. */
  private sendHead(exchange: Exchange): boolean {
    const { head, response } = exchange;
    exchange.head = null;
    if (head === null) return false;
    try {
      checkLength(head.headers);
      response.strictContentLength = true;
      response.writeHead(head.status, head.headers.flat());
      return true;
    } catch (e) {
      // Node takes fewer statuses and fields than guests may make.
      this.over((e as Error).message);
      return false;
    }
  }

  private write(exchange: Exchange, stream: number, bytes: Uint8Array | null): void {
    if (stream === 0) {
      this.sendHead(exchange);
      if (this.exchange !== exchange) return;
    }
    const to = stream === 0 ? exchange.response : exchange.fetches.get(stream);
    const taken = (error?: Error | null): void => {
      if (bytes === null || this.exchange !== exchange) return;
      const sum = (exchange.taken.get(stream) ?? 0) + bytes.length;
      const tell = error || sum >= ACKNOWLEDGED;
      exchange.taken.set(stream, tell ? 0 : sum);
      if (tell) this.send({ kind: 'taken', stream, bytes: sum, ...(error && { error: error.message }) });
    };
    if (bytes === null && stream === 0) exchange.complete = true;
    if (to === undefined || to.destroyed) return taken(new Error(UNWANTED));
    try {
      if (bytes !== null) to.write(bytes, taken);
      else to.end();
    } catch (e) {
      // More or less than its length says.
      if (stream === 0) return this.over((e as Error).message);
      to.destroy(e as Error);
      taken(e as Error);
    }
  }

  /** Sends the next piece of a body. */
  private async pull(exchange: Exchange, stream: number): Promise<void> {
    let piece: ToGuest = { kind: 'piece', stream, bytes: null };
    try {
      const next = await exchange.bodies.get(stream)?.next();
      if (next !== undefined && next.done !== true) piece = { ...piece, bytes: next.value };
    } catch (e) {
      piece = { ...piece, error: (e as Error).message };
    }
    if (this.exchange === exchange) this.send(piece);
  }

  /** Sends a request of the guest. */
  private fetch(exchange: Exchange, { stream, head }: Extract<FromGuest, { kind: 'fetch' }>): void {
    const { method, scheme, authority, path, headers, connectMs, firstByteMs, betweenBytesMs } = head;
    const refuse = (error: { tag: string; val?: unknown }): void => {
      if (this.exchange === exchange) this.send({ kind: 'refused', stream, error });
    };
    const module = scheme === 'https' ? https : http;
    try {
      const { hostname, port } = new URL(`${scheme}://${authority}/`);
      const own: Fields = headers.some(([name]) => name.toLowerCase() === 'host')
        ? headers
        : [['host', authority], ...headers];
      checkLength(headers);
      const request = module.request({
        method,
        hostname,
        port,
        path,
        headers: own.flat(),
        timeout: connectMs ?? firstByteMs,
      });
      Object.assign(request, { strictContentLength: true });
      exchange.fetches.set(stream, request);
      request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
      request.on('error', (e) => refuse(errorCode(e)));
      request.on('response', (response) => {
        if (betweenBytesMs !== undefined)
          response.setTimeout(betweenBytesMs, () => response.destroy(new Error('timeout')));
        exchange.bodies.set(stream, response[Symbol.asyncIterator]());
        if (this.exchange === exchange)
          this.send({ kind: 'response', stream, status: response.statusCode!, headers: pairs(response.rawHeaders) });
      });
    } catch (e) {
      refuse({ tag: 'internal-error', val: (e as Error).message });
    }
  }
}

/** Error codes of wasi:http for those of the system. */
const ERRORS: Readonly<Record<string, { tag: string; val?: unknown }>> = {
  ECONNREFUSED: { tag: 'connection-refused' },
  ECONNRESET: { tag: 'connection-terminated' },
  ETIMEDOUT: { tag: 'connection-timeout' },
  ENOTFOUND: { tag: 'DNS-error', val: { rcode: 'ENOTFOUND', infoCode: 0 } },
};
const errorCode = (e: NodeJS.ErrnoException): { tag: string; val?: unknown } =>
  ERRORS[e.code ?? ''] ?? { tag: 'internal-error', val: e.message };

/**
 * A body must be as long as its head says (`strictContentLength`), else what follows on the connection is taken for
 * another message.
 * @throws Error for a head that says several things
 */
function checkLength(headers: Fields): void {
  const lengths = headers.filter(([name]) => name.toLowerCase() === 'content-length');
  if (lengths.length > 1 || lengths.some(([, value]) => !/^\d+$/.test(value)))
    throw new Error('the field content-length makes no sense');
}

/** Node's flat list of header fields by pairs. */
function pairs(raw: readonly string[]): Fields {
  const fields: Fields = [];
  for (let k = 0; k < raw.length; k += 2) fields.push([raw[k], raw[k + 1]]);
  return fields;
}

function fail(response: http.ServerResponse, status: number): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(`${http.STATUS_CODES[status]}\n`);
}
