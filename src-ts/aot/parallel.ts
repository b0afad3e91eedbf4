/**
 * Compiles the functions of a module on worker threads. Workers share the wasm bytes and a counter: each takes the next
 * functions of a list (compile-order.ts). Results come
 * back in batches and are linked by index, so scheduling does not show in the artefact.
 */
import type { Worker } from 'node:worker_threads';
import type { CompileOptions } from '../options.js';
import { roomForThreads } from '../addon.js';
import { builtin } from '../util/builtin.js';
import { packageFile } from '../util/package-files.js';
import type { Chunk } from './chunk.js';
import { codeBytes, type Prepared } from './prepared.js';

/** Sent to a worker when it starts. */
export interface WorkerInput {
  /** The module's bytes, shared. */
  wasm: SharedArrayBuffer;
  /** Defined function indices in the order in which they are taken, shared. */
  list: SharedArrayBuffer;
  /** One Int32: position of the next function to take. */
  next: SharedArrayBuffer;
  codegen: Prepared['codegen'];
  vm: Prepared['vm'];
}

/** Sent by a worker: a batch of compiled functions with the size of their bodies, or the end. */
export type WorkerOutput = { chunk: Chunk; bytes: number } | 'end';

/**
 * Compiles every function of the module with `jobs` workers, or as many as there can be; null where no thread starts (a
 * limit of the system, Node's permission model). Rejects with the reason of `options.signal` when it aborts.
 */
export async function compileOnWorkers(p: Prepared, jobs: number, options: CompileOptions): Promise<Chunk[] | null> {
  const input: WorkerInput = {
    wasm: share(p.module.bytes),
    list: share(bytesOf(p.order)),
    next: new SharedArrayBuffer(4),
    codegen: p.codegen,
    vm: p.vm,
  };
  const total = codeBytes(p.module);
  const chunks: Chunk[] = [];
  let done = 0;
  const workers: Worker[] = [];
  const stop = (): void => workers.forEach((w) => void w.terminate());
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(options.signal?.reason);
    options.signal?.addEventListener('abort', onAbort);
  });
  // Whether it ran: one that did not start has taken nothing from the list.
  const runOne = (): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const worker = startWorker(input);
      if (worker === null) return resolve(false);
      workers.push(worker);
      let online = false;
      let finished = false;
      worker.on('online', () => (online = true));
      worker.on('message', (message: WorkerOutput) => {
        if (message === 'end') {
          finished = true;
          return;
        }
        chunks.push(message.chunk);
        done += message.bytes;
        options.onProgress?.(done, total);
      });
      worker.on('error', (e) => (online ? reject(e) : resolve(false)));
      worker.on('exit', (code) =>
        finished || !online
          ? resolve(finished)
          : reject(
              new Error(`a compile worker stopped with code ${code} before it was done (out of memory, or terminated)`),
            ),
      );
    });
  try {
    const length = Math.min(jobs, roomForThreads());
    const ran = await Promise.race([Promise.all(Array.from({ length }, runOne)), aborted]);
    return ran.includes(true) ? chunks : null;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    stop();
  }
}

function startWorker(workerData: WorkerInput): Worker | null {
  try {
    const { Worker } = builtin<typeof import('node:worker_threads')>('node:worker_threads');
    return new Worker(packageFile('worker.js'), {
      workerData,
      execArgv: [],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  } catch {
    return null;
  }
}

const bytesOf = (a: Int32Array): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

function share(bytes: Uint8Array): SharedArrayBuffer {
  if (bytes.buffer instanceof SharedArrayBuffer && bytes.byteOffset === 0 && bytes.length === bytes.buffer.byteLength)
    return bytes.buffer;
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}
