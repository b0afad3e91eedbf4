/**
 * Compiling beside the program: threads that hold the compiler, one compilation each at a time. The program's thread
 * copies the module and takes the artefact, whatever the size; an aborted compilation ends with its thread. Threads
 * stay for a while after their last one, because the compiler is slow until V8 has optimised it.
 */
import { existsSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { roomForThreads } from '../addon.js';
import type { CompileOptions } from '../options.js';
import { builtin } from '../util/builtin.js';
import { packageFile } from '../util/package-files.js';

/** Where a class that stands for Worker has the original: `register` puts one there whose threads load it. */
export const ORIGINAL_WORKER = Symbol.for('wamr-native.worker');

/** An idle thread ends after this long. */
const IDLE_MS = 10_000;
const serviceFile = (): string => packageFile('compile-service.js');

/** What goes to a thread … */
export interface ServiceRequest {
  wasm: SharedArrayBuffer;
  options: Omit<CompileOptions, 'onProgress' | 'signal'>;
  progress: boolean;
}

/** … and what comes back. `error`: the properties of what was thrown. */
export type ServiceAnswer =
  { done: number; total: number } | { artefact: Uint8Array } | { error: Record<string, unknown> };

interface Job {
  request: ServiceRequest;
  options: CompileOptions;
  resolve(artefact: Uint8Array): void;
  reject(reason: unknown): void;
}

class Service {
  private readonly idle: Worker[] = [];
  private readonly waiting: Job[] = [];
  /** Threads that came to run. */
  private readonly started = new WeakSet<Worker>();
  private busy = 0;

  run(job: Job): void {
    const worker =
      this.idle.pop() ??
      (this.busy < Math.max(1, builtin<typeof import('node:os')>('node:os').availableParallelism()) ? start() : null);
    if (worker === null) {
      if (this.busy === 0) job.reject(NO_THREAD);
      else this.waiting.push(job);
      return;
    }
    this.busy++;
    worker.ref();
    worker.removeAllListeners();
    let settled = false;
    const end = (alive: boolean): void => {
      settled = true;
      this.busy--;
      job.options.signal?.removeEventListener('abort', onAbort);
      worker.removeAllListeners();
      if (alive) this.rest(worker);
      else void worker.terminate();
      const next = this.waiting.shift();
      if (next !== undefined) this.run(next);
    };
    const onAbort = (): void => {
      if (settled) return;
      end(false);
      job.reject(job.options.signal!.reason);
    };
    const onEnd = (reason: unknown): void => {
      if (settled) return;
      end(false);
      job.reject(reason);
    };
    worker.on('message', (answer: ServiceAnswer) => {
      if ('done' in answer) {
        try {
          job.options.onProgress?.(answer.done, answer.total);
        } catch (e) {
          onEnd(e);
        }
        return;
      }
      if (settled) return;
      end(true);
      if ('artefact' in answer) job.resolve(answer.artefact);
      else job.reject(answer.error);
    });
    // One that did not even begin: the limit of the system came when it was started.
    worker.on('online', () => this.started.add(worker));
    worker.on('error', (e) => onEnd(this.started.has(worker) ? e : NO_THREAD));
    worker.on('exit', (code) =>
      onEnd(new Error(`the compile thread stopped with code ${code} before it was done (out of memory?)`)),
    );
    job.options.signal?.addEventListener('abort', onAbort);
    worker.postMessage(job.request);
  }

  private rest(worker: Worker): void {
    worker.unref();
    this.idle.push(worker);
    const remove = (): void => {
      const at = this.idle.indexOf(worker);
      if (at >= 0) this.idle.splice(at, 1);
    };
    worker.on('exit', remove);
    setTimeout(() => {
      if (!this.idle.includes(worker)) return;
      remove();
      void worker.terminate();
    }, IDLE_MS).unref();
  }
}

/** What a compilation is rejected with that found no thread: the caller does it in its own. */
export const NO_THREAD = Symbol('no thread');

/**
 * A thread without what the program has its own threads do at their start (`--require`, `--import`); null when none can
 * be had (a limit of the system, Node's permission model).
 */
function start(): Worker | null {
  if (roomForThreads() < 1) return null;
  try {
    const { Worker } = builtin<typeof import('node:worker_threads')>('node:worker_threads');
    const { [ORIGINAL_WORKER]: Original = Worker } = Worker as { [ORIGINAL_WORKER]?: typeof Worker };
    return new Original(serviceFile(), { execArgv: [], env: { ...process.env, NODE_OPTIONS: '' } });
  } catch {
    return null;
  }
}

let service: Service | undefined;

/**
 * Compiles in another thread; nobody changes these bytes. Rejects with the properties of the error as a plain object, with the reason of the signal,
 * or with NO_THREAD. Null where there is nothing to start: sources that are not built.
 */
export function compileBeside(
  wasm: Uint8Array<SharedArrayBuffer>,
  options: CompileOptions,
): Promise<Uint8Array> | null {
  if (!existsSync(serviceFile())) return null;
  const { onProgress, signal: _, ...rest } = options;
  service ??= new Service();
  const request: ServiceRequest = { wasm: wasm.buffer, options: rest, progress: onProgress !== undefined };
  return new Promise((resolve, reject) => {
    service!.run({ request, options, resolve, reject });
  });
}
