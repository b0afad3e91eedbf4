/**
 * The thread of guests: answers one request after the other, each by an instance of its own, and tells the server what
 * came of it. It starts with a compiled component.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { type Instance, internals } from '../../index.js';
import { makeHost } from '../host.js';
import { type Compiled, instantiable } from '../cached.js';
import type { Component } from '../run.js';
import { HttpHost, IncomingRequest, ResponseOutparam } from './http.js';
import { isHandler } from './interfaces.js';
import { Channel, type GuestData, type RequestHead, type ToGuest } from './protocol.js';
import { Streams } from './streams.js';

/** What guests get. */
export interface GuestOptions {
  env?: Record<string, string>;
  /** Milliseconds of a request. */
  timeoutMs?: number;
  /** Pages that a memory may grow to. */
  memoryPages?: number;
  /** Whether guests may send requests. */
  outgoing: boolean;
}

type Data = GuestData & { compiled: Compiled; options: GuestOptions };

/** A guest that called `exit`. */
class Exit extends Error {}

class Guests {
  private readonly host: HttpHost;
  /** Makes the instance of a request. */
  private readonly begin: () => Record<string, unknown>;
  /** Core instances of the request that is being answered. */
  private readonly instances: Instance[] = [];

  constructor(
    component: Component,
    /** WASI beside HTTP. */
    wasi: Record<string, unknown>,
    private readonly channel: Channel,
    private readonly options: GuestOptions,
  ) {
    const { memoryPages, outgoing } = options;
    this.host = new HttpHost(outgoing);
    this.begin = component.prepare(
      { ...wasi, ...this.host.imports() },
      { limits: { memoryPages }, onInstance: (instance) => void this.instances.push(instance) },
    );
  }

  /** Answers a request; the result is what went wrong, or null. */
  answer(head: RequestHead): string | null {
    const { channel, options, instances } = this;
    const { timeoutMs } = options;
    channel.deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
    const streams = new Streams(channel);
    this.host.streams = streams;
    let refused: string | null = null;
    try {
      internals.withDeadline(internals.env(), timeoutMs, () => {
        const handler = handlerOf(this.begin());
        const outparam = new ResponseOutparam(({ tag, val }) => {
          refused = `the guest answers with the error ${tag}${val === undefined ? '' : ` ${JSON.stringify(val)}`}`;
        });
        handler.handle(new IncomingRequest(head, streams), outparam);
      });
      return refused;
    } catch (e) {
      return refused ?? describe(e);
    } finally {
      // What is still on its way belongs to no one.
      streams.receive();
      // At once: each memory has 6 GiB of address space, and the next request is not far.
      for (const instance of instances) instance.dispose();
      instances.length = 0;
    }
  }
}

interface Handler {
  handle(request: IncomingRequest, outparam: ResponseOutparam): void;
}

const handlerOf = (exports: Record<string, unknown>): Handler =>
  exports[Object.keys(exports).find(isHandler)!] as Handler;

function describe(e: unknown): string {
  if (e instanceof Exit) return e.message;
  if (!(e instanceof Error)) return `the guest failed: ${JSON.stringify(e) ?? String(e)}`;
  const trap: unknown = (e as { trap?: unknown }).trap;
  if (typeof trap !== 'string') return e.message;
  const place = /^\s+at .*$/m.exec(e.stack ?? '')?.[0].trim() ?? '';
  return `trap: ${trap}${place === '' ? '' : ` ${place}`}`;
}

async function start({ port, flag, compiled, options }: Data): Promise<void> {
  const channel = new Channel(port, flag);
  try {
    const component = await instantiable(compiled, true);
    const exit = (code: number): never => {
      throw new Exit(`the guest called exit(${code})`);
    };
    const wasi = makeHost({ args: [component.manifest.name], env: options.env ?? {}, exit });
    const guests = new Guests(component, wasi, channel, options);
    answerAll(port, channel, guests);
  } catch (e) {
    channel.send({ kind: 'broken', message: (e as Error).message });
  }
}

function answerAll(port: MessagePort, channel: Channel, guests: Guests): void {
  port.on('message', (m: ToGuest) => {
    // Others are late answers to a request that is over.
    if (m.kind !== 'request') return;
    channel.send({ kind: 'done', error: guests.answer(m.head) });
  });
  channel.send({ kind: 'ready' });
}

void start(workerData as Data);
