/**
 * The compile server: `node compile-server.js FOLDER NAME` listens where address.ts says, compiles one module after the
 * other, and ends when nothing has come for a while. The lock sees to it that there is one of a name.
 */
import fs from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as compiler from '../aot/compile.js';
import { binding } from '../addon.js';
import { Folder } from '../cache/folder.js';
import { interruptBudget } from '../util/v8-flags.js';
import { announce, newAddress, proofOf, withdraw } from './address.js';
import { type Answer, type Challenge, type Order, Receiver, send } from './protocol.js';

const IDLE_MS = 60_000;
/** One that has grown this large goes sooner. */
const LARGE_BYTES = 400 * 2 ** 20;
const LARGE_IDLE_MS = 5_000;
/** Modules of this size are compiled in several threads, unless the order says how many. */
const WORTH_THREADS = 8 * 2 ** 20;
const MAX_MODULE_BYTES = 2 ** 30;
/** A module waits in memory while another one is compiled. */
const MAX_CONNECTIONS = 64;

/**
 * V8 optimises somewhat later and inlines less than by itself: a server's first modules take no more processor time than
 * a process's that only compiles one, and its tenth as little as ever. (Not on a command line, which V8 refuses when it
 * does not know all of it.)
 */
const V8_FLAGS = [...interruptBudget(200_000), '--max-inlined-bytecode-size-cumulative=200'];

/** Whether the lock could be had. A server that is just ending gives it back soon. */
async function take(lock: number): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (binding().lockFile(lock)) return true;
    await sleep(10);
  }
  return false;
}

async function main(folderPath: string, name: string): Promise<void> {
  const folder = Folder.open(folderPath);
  if (folder === null) return;
  binding().setV8Flags(V8_FLAGS.join(' '));
  const lock = folder.openLock(`${name}.lock`);
  if (lock < 0 || !(await take(lock))) return;
  withdraw(folder, name); // A killed server's.
  process.umask(0o177);
  const address = newAddress(folder, name);

  let idle: NodeJS.Timeout | undefined;
  let connections = 0;
  const server = createServer((socket) => {
    clearTimeout(idle);
    connections++;
    socket.on('close', () => {
      if (--connections === 0) wait();
    });
    serve(socket, address.key);
  });
  const end = (): void => {
    // The name first, as the next server makes a socket of this name once it has the lock.
    withdraw(folder, name);
    fs.closeSync(lock);
    process.exit();
  };
  const wait = (): void => {
    idle = setTimeout(end, process.memoryUsage.rss() > LARGE_BYTES ? LARGE_IDLE_MS : IDLE_MS);
  };
  server.maxConnections = MAX_CONNECTIONS;
  server.on('error', end);
  server.listen(address.path, () => {
    announce(folder, name, address);
    wait();
  });
}

function serve(socket: Socket, key: string | null): void {
  socket.on('error', () => {}); // Gone: nobody waits for the answer.
  const receiver = new Receiver<Order | Challenge>(MAX_MODULE_BYTES, (message, wasm) => {
    if ('challenge' in message) {
      try {
        send(socket, { proof: proofOf(key ?? '', message.challenge), bytes: 0 });
      } catch {
        socket.destroy(); // Not one of ours.
      }
      return;
    }
    const { options, progress } = message;
    const onProgress = (done: number, total: number): void => send(socket, { done, total, bytes: 0 } satisfies Answer);
    // This thread is warm, others are not: they pay only for what takes long.
    const jobs = options.jobs || (wasm.length < WORTH_THREADS ? 1 : 0);
    compiler.compile(new Uint8Array(wasm), { ...options, jobs, onProgress: progress ? onProgress : undefined }).then(
      (artefact) => send(socket, { bytes: artefact.length }, artefact),
      () => send(socket, { failed: true, bytes: 0 }),
    );
  });
  socket.on('data', (part) => {
    try {
      receiver.push(part);
    } catch {
      socket.destroy(); // Not one of ours.
    }
  });
}

void main(process.argv[2], process.argv[3]);
