/**
 * The thread of guests: answers one request after the other, each by an instance of its own, and tells the server what
 * came of it. It starts with a compiled component.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { type Instance, internals } from '../../index.js';
import { makeHost } from '../host.js';
import { type Compiled, instantiable } from '../cached.js';
import type { Component } from '../run.js';
import { type Interfaces, type Permission, shimImports, type WasiOptions } from '../wasi.js';
import { HttpHost, IncomingRequest, ResponseOutparam } from './http.js';
import { isHandler } from './interfaces.js';
import { mixedInterfaces } from './mixed.js';
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
  /** As of `WasiOptions`. */
  dirs?: WasiOptions['dirs'];
  network?: boolean;
  /** Where to look for preview2-shim too, which folders and sockets need. */
  folder: string;
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
    private readonly wasi: Wasi,
    private readonly channel: Channel,
    private readonly options: GuestOptions,
  ) {
    const { memoryPages, outgoing } = options;
    this.host = new HttpHost(outgoing);
    this.begin = component.prepare(
      { ...wasi.imports, ...this.host.imports() },
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
    const answered: { error: string | null } = { error: null };
    try {
      internals.withDeadline(internals.env(), timeoutMs, () => {
        const handler = handlerOf(this.begin());
        const outparam = new ResponseOutparam(({ tag, val }) => {
          answered.error = `the guest answers with the error ${tag}${val === undefined ? '' : ` ${JSON.stringify(val)}`}`;
        });
        handler.handle(new IncomingRequest(head, streams), outparam);
      });
      return answered.error === null ? null : answered.error + this.deniedNote();
    } catch (e) {
      return (answered.error ?? describe(e)) + this.deniedNote();
    } finally {
      // What is still on its way belongs to no one.
      streams.receive();
      // At once: each memory has 6 GiB of address space, and the next request is not far.
      for (const instance of instances) instance.dispose();
      instances.length = 0;
      this.wasi.close();
    }
  }

  /** What the guest of this request asked for and was refused, as the rest of a message. */
  private deniedNote(): string {
    const { denied } = this.wasi;
    if (this.host.denied) denied.add('http');
    this.host.denied = false;
    const notes = [...denied].map((permission) => DENIED[permission]);
    denied.clear();
    return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  }
}

const DENIED: Readonly<Record<Permission, string>> = {
  network: 'it was refused the network: --network',
  http: 'it was refused an HTTP request: --outgoing',
};

/** WASI beside HTTP, for one guest after the other. */
interface Wasi {
  imports: Interfaces;
  /** Of the guest of this request. */
  denied: Set<Permission>;
  /** Closes what a guest has left open. */
  close(): void;
}

/** From host.ts, and where there are folders or the component knows sockets also from preview2-shim. */
async function makeWasi({ manifest }: Component, options: GuestOptions): Promise<Wasi> {
  const { env = {}, dirs = {}, network = false, folder } = options;
  const exit = (code: number): never => {
    throw new Exit(`the guest called exit(${code})`);
  };
  const host = makeHost({ args: [manifest.name], env, exit });
  const denied = new Set<Permission>();
  if (Object.keys(dirs).length === 0 && !manifest.imports.some((name) => name.startsWith('wasi:sockets/')))
    return { imports: host, denied, close() {} };
  const onDenied = (permission: Permission): void => void denied.add(permission);
  const shim = await shimImports({ dirs, network, onDenied }, [folder]);
  return { imports: mixedInterfaces(host, shim.imports), denied, close: shim.close };
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
    const guests = new Guests(component, await makeWasi(component, options), channel, options);
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
