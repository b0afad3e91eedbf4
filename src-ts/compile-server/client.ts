/**
 * Compiling in a process that stays (main.ts), for commands and build tools that would each start with a cold compiler:
 * the tenth module of such a process takes a fifth of the first one's time.
 *
 * A single compilation never starts a server: it only leaves a mark, and the next one within a minute finds it and
 * starts the server. What it listens at (address.ts) is in the cache folder, which only this user can write to, under a
 * name made of the versions of the compiler and of Node.
 */
import type { Socket } from 'node:net';
import path from 'node:path';
import { compilerStamp } from '../cache/cache.js';
import { Folder } from '../cache/folder.js';
import { cacheDir } from '../cache/place.js';
import { type CompileOptions, ENV } from '../options.js';
import { builtin } from '../util/builtin.js';
import { hash } from '../util/content-map.js';
import { childEnvironment } from '../util/child-environment.js';
import { log } from '../util/log.js';
import { packageFile } from '../util/package-files.js';
import { VERSION } from '../version.js';
import { findAddress, isProven } from './address.js';
import { type Answer, Receiver, send } from './protocol.js';

/** Folder in the cache folder. */
const FOLDER = 'server';
/** A second compilation within this time starts the server. */
const SOON_MS = 60_000;
const START_MS = 5_000;
const MAX_ARTEFACT_BYTES = 2 ** 31;

/**
 * The artefact of a module, by the server. Null where there is none to be had, or the compiler threw: then the caller
 * compiles by itself, and has the error with all that belongs to it. Rejects with the reason of `signal` when it aborts;
 * the server finishes what it has begun.
 */
export async function compileByServer(
  wasm: Uint8Array,
  { onProgress, signal, server: _, ...options }: CompileOptions,
): Promise<Uint8Array | null> {
  const mode = ENV.compileServer;
  // What is dumped or verified is for the terminal of this process.
  if (mode === 'off' || ENV.dump !== '' || ENV.verify) return null;
  const socket = await open(mode === 'always');
  if (socket === null) return null;
  const onAbort = (): void => void socket.destroy();
  signal?.addEventListener('abort', onAbort);
  try {
    signal?.throwIfAborted();
    const artefact = await ask(socket, wasm, options, onProgress);
    signal?.throwIfAborted();
    return artefact;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

/** A connection; null where there is no server, and none should or can be started. */
async function open(always: boolean): Promise<Socket | null> {
  const cache = Folder.open(cacheDir(), { create: true });
  if (cache === null) return null;
  cache.close();
  const folder = Folder.open(path.join(cache.path, FOLDER), { create: true });
  if (folder === null) return null;
  try {
    const name = serverName();
    const socket = await tryConnect(folder, name);
    if (socket !== null) return socket;
    const asked = folder.stat(`${name}.asked`)?.mtimeMs ?? 0;
    folder.write(`${name}.asked`, new Uint8Array());
    if (!always && Date.now() - asked > SOON_MS) return null;
    const server = startServer(folder.path, name);
    for (const end = Date.now() + START_MS; Date.now() < end && !server.ended;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const started = await tryConnect(folder, name);
      if (started !== null) return started;
    }
    log.say('the compile server could not be started');
    return null;
  } finally {
    folder.close();
  }
}

/** For the name's second half. */
const OTHER_SEED = 0x5bd1e995;

/** The same for processes whose compilers give the same bytes and take the same orders. */
function serverName(): string {
  const parts = [VERSION, compilerStamp(), process.version, process.execPath];
  const bytes = Buffer.from(parts.join('\0'));
  // Nobody else writes to the folder, and node:crypto takes 15 ms to load.
  return Int32Array.of(hash(bytes), hash(bytes, OTHER_SEED)).reduce((name, h) => name + (h >>> 0).toString(16), '');
}

async function tryConnect(folder: Folder, name: string): Promise<Socket | null> {
  // Most processes find none: they do not load node:net.
  const address = findAddress(folder, name);
  if (address === null) return null;
  const { path, key } = address;
  const { connect } = builtin<typeof import('node:net')>('node:net');
  const socket = await new Promise<Socket | null>((resolve) => {
    const one = connect(path);
    one.once('connect', () => {
      one.removeAllListeners('error');
      resolve(one);
    });
    one.once('error', () => resolve(null));
  });
  if (socket === null || key === null || (await isProven(socket, key))) return socket;
  socket.on('error', () => {}).destroy();
  return null;
}

/** What is returned tells whether it has ended: another one has the lock, or it could not start. */
function startServer(folder: string, name: string): { ended: boolean } {
  const { spawn } = builtin<typeof import('node:child_process')>('node:child_process');
  const server = spawn(process.execPath, [packageFile('compile-server.js'), folder, name], {
    detached: true,
    stdio: 'ignore',
    cwd: path.parse(process.execPath).root,
    windowsHide: true,
    // No variable that has an effect on what is compiled.
    env: childEnvironment(),
  });
  const state = { ended: false };
  const end = (): void => {
    state.ended = true;
  };
  server.on('error', end).on('exit', end);
  server.unref();
  return state;
}

/** The artefact; null when the compiler threw, or the server ended first. */
function ask(
  socket: Socket,
  wasm: Uint8Array,
  options: CompileOptions,
  onProgress: CompileOptions['onProgress'],
): Promise<Uint8Array | null> {
  return new Promise((resolve) => {
    const receiver = new Receiver<Answer>(MAX_ARTEFACT_BYTES, (answer, bytes) => {
      if ('done' in answer) return onProgress?.(answer.done, answer.total);
      resolve('failed' in answer ? null : new Uint8Array(bytes));
    });
    socket.on('data', (part) => {
      try {
        receiver.push(part);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
    send(socket, { options, progress: onProgress !== undefined, bytes: wasm.length }, wasm);
  });
}
