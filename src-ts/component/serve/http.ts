/**
 * `wasi:http/types` and `outgoing-handler` 0.2 for a guest that answers one request. Shapes are those of jco's glue, as
 * in host.ts. Interfaces: https://github.com/WebAssembly/wasi-http (wit-0.2).
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { CLOSED, Pollable } from '../host.js';
import type { Fields as FieldList, RequestHead } from './protocol.js';
import { type Answer, BodyInput, BodyOutput, HttpPollable, type Streams } from './streams.js';

/** An error code of wasi:http. */
interface ErrorCode {
  tag: string;
  val?: unknown;
}
interface Method {
  tag: string;
  val?: string;
}
type Result<T, E> = { tag: 'ok'; val: T } | { tag: 'err'; val: E };

const decoder = new TextDecoder('latin1');
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** Fields that belong to the connection, not to the message. */
const FORBIDDEN: ReadonlySet<string> = new Set(
  'connection host http2-settings keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(' '),
);

/* eslint-disable @typescript-eslint/only-throw-error -- errors of results are thrown as they are, for jco's glue */

/** Header fields. */
export class Fields {
  private readonly rows: [name: string, value: Uint8Array][] = [];
  private immutable = false;

  static fromList(entries: [string, Uint8Array][]): Fields {
    const made = new Fields();
    for (const [name, value] of entries) made.append(name, value);
    return made;
  }

  /** What came from outside: not checked again, and not to be changed. */
  static received(list: FieldList): Fields {
    const made = new Fields();
    for (const [name, value] of list) made.rows.push([name, latin1(value)]);
    return made.lock();
  }

  lock(): this {
    this.immutable = true;
    return this;
  }

  toList(): FieldList {
    return this.rows.map(([name, value]) => [name, decoder.decode(value)]);
  }

  get(name: string): Uint8Array[] {
    return this.rows.filter((row) => same(row[0], name)).map((row) => row[1]);
  }

  has(name: string): boolean {
    return this.rows.some((row) => same(row[0], name));
  }

  set(name: string, values: Uint8Array[]): void {
    this.check(name, values);
    this.remove(name);
    for (const value of values) this.rows.push([name, value]);
  }

  delete(name: string): void {
    this.check(name, []);
    this.remove(name);
  }

  append(name: string, value: Uint8Array): void {
    this.check(name, [value]);
    this.rows.push([name, value]);
  }

  entries(): [string, Uint8Array][] {
    return this.rows.map(([name, value]) => [name, value]);
  }

  clone(): Fields {
    const made = new Fields();
    made.rows.push(...this.rows);
    return made;
  }

  private remove(name: string): void {
    for (let k = this.rows.length - 1; k >= 0; k--) if (same(this.rows[k][0], name)) this.rows.splice(k, 1);
  }

  private check(name: string, values: Uint8Array[]): void {
    if (this.immutable) throw { tag: 'immutable' };
    try {
      validateHeaderName(name);
      for (const value of values) validateHeaderValue(name, decoder.decode(value));
    } catch {
      throw { tag: 'invalid-syntax' };
    }
    if (FORBIDDEN.has(name.toLowerCase())) throw { tag: 'forbidden' };
  }
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const METHODS: ReadonlySet<string> = new Set('get head post put delete connect options trace patch'.split(' '));
const methodOf = (name: string): Method =>
  METHODS.has(name.toLowerCase()) ? { tag: name.toLowerCase() } : { tag: 'other', val: name };
const methodName = ({ tag, val }: Method): string => (tag === 'other' ? val! : tag.toUpperCase());

/** No error of a stream is one of HTTP here. */
const httpErrorCode = (): ErrorCode | undefined => undefined;

class FutureTrailers {
  private taken = false;
  subscribe(): Pollable {
    return new Pollable();
  }
  get(): Result<Result<Fields | undefined, ErrorCode>, void> {
    if (this.taken) return { tag: 'err', val: undefined };
    this.taken = true;
    return { tag: 'ok', val: { tag: 'ok', val: undefined } };
  }
}

class IncomingBody {
  private taken = false;
  constructor(private readonly input: BodyInput) {}
  stream(): BodyInput {
    if (this.taken) throw undefined;
    this.taken = true;
    return this.input;
  }
  static finish(_body: IncomingBody): FutureTrailers {
    return new FutureTrailers();
  }
}

/** The host's half of a resource that has a body which can be consumed once. */
class WithBody {
  private body: IncomingBody | null;
  constructor(
    private readonly fields: Fields,
    input: BodyInput,
  ) {
    this.body = new IncomingBody(input);
  }
  headers(): Fields {
    return this.fields;
  }
  consume(): IncomingBody {
    const { body } = this;
    if (body === null) throw undefined;
    this.body = null;
    return body;
  }
}

export class IncomingRequest extends WithBody {
  constructor(
    private readonly head: RequestHead,
    streams: Streams,
  ) {
    super(Fields.received(head.headers), new BodyInput(streams, 0));
  }
  method(): Method {
    return methodOf(this.head.method);
  }
  pathWithQuery(): string | undefined {
    return this.head.path;
  }
  scheme(): { tag: string } | undefined {
    return { tag: 'HTTP' };
  }
  authority(): string | undefined {
    return this.head.authority;
  }
}

class IncomingResponse extends WithBody {
  constructor(
    private readonly code: number,
    headers: FieldList,
    input: BodyInput,
  ) {
    super(Fields.received(headers), input);
  }
  status(): number {
    return this.code;
  }
}

class OutgoingBody {
  /** Of the message that it belongs to; set when that is sent. */
  output: BodyOutput | null = null;
  private taken = false;
  constructor(private readonly open: () => BodyOutput) {}
  write(): BodyOutput {
    if (this.taken) throw undefined;
    this.taken = true;
    return this.stream();
  }
  private stream(): BodyOutput {
    return (this.output ??= this.open());
  }
  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    if (trailers !== undefined) throw { tag: 'internal-error', val: 'trailers are not supported' };
    body.stream().end();
  }
}

/** How a request's parts reach the outside: of one request after the other. */
export class HttpHost {
  /** Of the request that is being answered. */
  streams!: Streams;
  /** Whether a request was refused; for whoever resets it. */
  denied = false;

  constructor(private readonly outgoing: boolean) {}

  /** The import objects of `wasi:http`: the same for all requests, so that V8 knows the classes. */
  imports(): Record<string, Record<string, unknown>> {
    const host = this;
    class OutgoingResponse {
      private readonly streams = host.streams;
      private code = 200;
      private written: OutgoingBody | null = null;
      /** Whether the head has gone. */
      sent = false;
      constructor(readonly fields: Fields) {
        fields.lock();
      }
      statusCode(): number {
        return this.code;
      }
      setStatusCode(code: number): void {
        if (code < 100 || code > 999) throw undefined;
        this.code = code;
      }
      headers(): Fields {
        return this.fields;
      }
      body(): OutgoingBody {
        if (this.written !== null) throw undefined;
        return (this.written = new OutgoingBody(
          () =>
            new BodyOutput(this.streams, 0, () => {
              // Nothing can be written to a response that nobody gets.
              if (!this.sent) throw CLOSED;
            }),
        ));
      }
      send(): void {
        this.sent = true;
        const { channel } = this.streams;
        // With the first bytes of the body, mostly.
        channel.queue({ kind: 'head', status: this.code, headers: this.fields.toList() });
        // Without a body there is nothing that ends it.
        if (this.written === null) channel.queue({ kind: 'write', stream: 0, bytes: null });
      }
    }
    const OutgoingRequest = outgoingRequest(host);
    return {
      'wasi:http/types': {
        Fields,
        FutureIncomingResponse,
        FutureTrailers,
        IncomingBody,
        IncomingRequest,
        IncomingResponse,
        OutgoingBody,
        OutgoingRequest,
        OutgoingResponse,
        RequestOptions,
        ResponseOutparam,
        httpErrorCode,
      },
      'wasi:http/outgoing-handler': {
        handle(request: InstanceType<typeof OutgoingRequest>, options: RequestOptions | undefined) {
          if (!host.outgoing) {
            host.denied = true;
            throw { tag: 'HTTP-request-denied' };
          }
          return request.send(options);
        },
      },
    };
  }
}

/** Where a guest puts its response. */
export class ResponseOutparam {
  private used = false;
  /** Told of an error that the guest answers with. */
  constructor(private readonly refuse: (error: ErrorCode) => void) {}
  static set(param: ResponseOutparam, response: Result<{ send(): void }, ErrorCode>): void {
    if (param.used) throw new Error('the response was set already');
    param.used = true;
    if (response.tag === 'ok') response.val.send();
    else param.refuse(response.val);
  }
}

/** Durations in nanoseconds. */
class RequestOptions {
  private readonly times: Record<'connect' | 'firstByte' | 'betweenBytes', bigint | undefined> = {
    connect: undefined,
    firstByte: undefined,
    betweenBytes: undefined,
  };
  connectTimeout(): bigint | undefined {
    return this.times.connect;
  }
  setConnectTimeout(ns: bigint | undefined): void {
    this.times.connect = ns;
  }
  firstByteTimeout(): bigint | undefined {
    return this.times.firstByte;
  }
  setFirstByteTimeout(ns: bigint | undefined): void {
    this.times.firstByte = ns;
  }
  betweenBytesTimeout(): bigint | undefined {
    return this.times.betweenBytes;
  }
  setBetweenBytesTimeout(ns: bigint | undefined): void {
    this.times.betweenBytes = ns;
  }
}

const milliseconds = (ns: bigint | undefined): number | undefined =>
  ns === undefined ? undefined : Number(ns / 1_000_000n);

/** The class of requests that a guest makes. */
function outgoingRequest(host: HttpHost) {
  return class OutgoingRequest {
    private readonly streams = host.streams;
    private readonly stream = this.streams.next();
    private readonly parts = { method: { tag: 'get' } as Method, path: '/', scheme: 'https', authority: '' };
    private shown: { path?: string; scheme?: { tag: string; val?: string }; authority?: string } = {};
    private written: OutgoingBody | null = null;
    private sent = false;
    constructor(private readonly fields: Fields) {
      fields.lock();
    }
    headers(): Fields {
      return this.fields;
    }
    method(): Method {
      return this.parts.method;
    }
    setMethod(method: Method): void {
      if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(methodName(method))) throw undefined;
      this.parts.method = method;
    }
    pathWithQuery(): string | undefined {
      return this.shown.path;
    }
    setPathWithQuery(path: string | undefined): void {
      if (path !== undefined && /[\x00-\x20\x7f]/.test(path)) throw undefined;
      this.shown.path = path;
      this.parts.path = path ?? '/';
    }
    scheme(): { tag: string; val?: string } | undefined {
      return this.shown.scheme;
    }
    setScheme(scheme: { tag: string; val?: string } | undefined): void {
      this.shown.scheme = scheme;
      this.parts.scheme =
        scheme === undefined ? 'https' : scheme.tag === 'other' ? scheme.val! : scheme.tag.toLowerCase();
    }
    authority(): string | undefined {
      return this.shown.authority;
    }
    setAuthority(authority: string | undefined): void {
      // What a URL would take for something else, or leave out, and the field `host` would not.
      if (authority !== undefined && (/[\x00-\x20\x7f/?#\\@]/.test(authority) || !URL.canParse(`http://${authority}/`)))
        throw undefined;
      this.shown.authority = authority;
      this.parts.authority = authority ?? '';
    }
    body(): OutgoingBody {
      if (this.written !== null) throw undefined;
      return (this.written = new OutgoingBody(() => new BodyOutput(this.streams, this.stream, () => {})));
    }
    send(options: RequestOptions | undefined): FutureIncomingResponse {
      if (this.sent) throw { tag: 'internal-error', val: 'the request was sent already' };
      this.sent = true;
      const { streams } = this;
      const { method, ...parts } = this.parts;
      streams.channel.send({
        kind: 'fetch',
        stream: this.stream,
        head: {
          ...parts,
          method: methodName(method),
          headers: this.fields.toList(),
          connectMs: milliseconds(options?.connectTimeout()),
          firstByteMs: milliseconds(options?.firstByteTimeout()),
          betweenBytesMs: milliseconds(options?.betweenBytesTimeout()),
        },
      });
      if (this.written === null) streams.channel.send({ kind: 'write', stream: this.stream, bytes: null });
      return new FutureIncomingResponse(streams, this.stream);
    }
  };
}

class FutureIncomingResponse {
  private taken = false;
  constructor(
    private readonly streams: Streams,
    private readonly stream: number,
  ) {}
  subscribe(): Pollable {
    return new HttpPollable(this.streams, () => this.streams.answer(this.stream) !== null);
  }
  get(): Result<Result<IncomingResponse, ErrorCode>, void> | undefined {
    const answer = this.streams.answer(this.stream);
    if (answer === null) return undefined;
    if (this.taken) return { tag: 'err', val: undefined };
    this.taken = true;
    return { tag: 'ok', val: this.toResult(answer) };
  }
  private toResult(answer: Answer): Result<IncomingResponse, ErrorCode> {
    if (answer.kind === 'refused') return { tag: 'err', val: answer.error };
    const { status, headers, stream } = answer;
    return { tag: 'ok', val: new IncomingResponse(status, headers, new BodyInput(this.streams, stream)) };
  }
}
