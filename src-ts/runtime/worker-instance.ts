/**
 * An instance in a thread of its own, driven from this one by promises: calls can be aborted (`AbortSignal`,
 * `timeoutMs`, `interrupt`), and the whole thread ended (`terminate`), while this thread goes on. The thread's side is
 * `worker-main.ts`.
 *
 * Calls are posted one at a time. So an interrupt always belongs to the call in flight: none is sent after that call's
 * answer, and none is left over for the next one.
 */
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import type { BufferSource } from '../options.js';
import { type Check, checkOptions, isCount, isMilliseconds, isRecord, isSignal } from '../util/check-options.js';
import { builtin } from '../util/builtin.js';
import { packageFile } from '../util/package-files.js';
import { createTrap, trapCode } from './trap.js';
import { INSTANTIATE_OPTIONS, type InstantiateOptions } from './instantiate.js';
import { interrupt } from './interrupt.js';
import { viewBytes } from './webidl.js';
import type { RemoteTrap, WorkerAnswer, WorkerCall, WorkerStart } from './worker-protocol.js';

/** What of the options of `node:worker_threads` fits (declared here, so that the types of Node need not be there). */
export interface ThreadOptions {
  /** Limits of the thread's JavaScript heap and stack, in MB. */
  resourceLimits?: {
    /** Heap of young objects. */
    maxYoungGenerationSizeMb?: number;
    /** Heap of the others. */
    maxOldGenerationSizeMb?: number;
    /** V8's own code. */
    codeRangeSizeMb?: number;
    /** The thread's stack. Wasm has one of its own (`stackBytes`). */
    stackSizeMb?: number;
  };
  /** Whether the thread has a `process.stdin` of its own. */
  stdin?: boolean;
  /** Whether its standard output stays with the worker. */
  stdout?: boolean;
  /** Whether its standard error stays with the worker. */
  stderr?: boolean;
  /** Its environment. */
  env?: Record<string, string | undefined>;
  /** Appended to its `process.argv`. */
  argv?: unknown[];
  /** Options of Node. */
  execArgv?: string[];
  /** Of the thread, for debuggers. */
  name?: string;
}

/** Options of `WorkerInstance.create`. */
export interface WorkerInstanceOptions extends Omit<InstantiateOptions, 'onProgress' | 'signal'> {
  /**
   * Module (path or file URL) whose export `imports`, or default export, is the import object or a function that makes
   * it (may be async) from `importsData`. It runs in the worker.
   */
  imports?: string | URL;
  /** Passed to that function; cloned. */
  importsData?: unknown;
  /** Size of the worker's wasm stack in bytes. */
  stackBytes?: number;
  /** Aborts the creation: the worker is terminated. */
  signal?: AbortSignal;
  /** Resource limits, streams, environment of the worker. */
  worker?: ThreadOptions;
}

const { onProgress: _, ...INHERITED } = INSTANTIATE_OPTIONS;
const CREATE_OPTIONS: Readonly<Record<keyof WorkerInstanceOptions, Check>> = {
  ...INHERITED,
  imports: ['a path or a file URL', (v) => typeof v === 'string' || v instanceof URL],
  importsData: ['anything', () => true],
  stackBytes: isCount,
  signal: isSignal,
  worker: isRecord,
};

/** Options of a call. */
export interface WorkerCallOptions {
  /**
   * Wasm that runs longer is interrupted: the promise is rejected with a `Trap` of kind `interrupt`. Counted in the
   * worker, from the beginning of the call.
   */
  timeoutMs?: number;
  /** Rejects the promise with the signal's reason at once, and interrupts the wasm. */
  signal?: AbortSignal;
}

const CALL_OPTIONS: Readonly<Record<keyof WorkerCallOptions, Check>> = { timeoutMs: isMilliseconds, signal: isSignal };

interface Pending {
  call: WorkerCall | null;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  /** Set when the caller has its rejection already. */
  aborted: boolean;
  dropListener(): void;
}

/**
 * How often an aborted call is interrupted until it answers: it may not have entered wasm yet when the first interrupt
 * comes.
 */
const RETRY_MS = 5;

/** An instance in a thread of its own, called by promises. */
export class WorkerInstance {
  /** Names of the exported functions. */
  exports: readonly string[] = [];
  private token = 0;
  private ended: Error | null = null;
  private inFlight: Pending | null = null;
  private readonly queue: Pending[] = [];
  private retry: NodeJS.Timeout | undefined;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (answer: WorkerAnswer) => this.onAnswer(answer));
    worker.on('error', (e) => this.end(e));
    worker.on('messageerror', (e) => this.end(e));
    worker.on('exit', (code) =>
      this.end(
        Object.assign(new Error(`the worker of this instance has ended (exit code ${code})`), {
          code: 'ERR_WAMR_TERMINATED',
        }),
      ),
    );
  }

  /**
   * Starts a thread and instantiates there. The thread does not keep the process alive while no call is pending.
   * @param source wasm bytes or an artefact (bytes, or path or URL of its file).
   */
  static async create(
    source: BufferSource | string | URL,
    options: WorkerInstanceOptions = {},
  ): Promise<WorkerInstance> {
    checkOptions('WorkerInstance.create()', options, CREATE_OPTIONS);
    if (typeof source !== 'string' && !(source instanceof URL) && viewBytes(source) === null)
      throw new TypeError(
        'WorkerInstance.create(): Argument 0 must be wasm bytes or an artefact: bytes, or the path or URL of its file',
      );
    const { imports, importsData, stackBytes, signal, worker: workerOptions, ...rest } = options;
    signal?.throwIfAborted();
    const start: WorkerStart = {
      source: source instanceof URL ? source.href : source,
      imports:
        imports === undefined
          ? null
          : imports instanceof URL || imports.startsWith('file:')
            ? String(imports)
            : pathToFileURL(imports).href,
      importsData,
      stackBytes: stackBytes ?? null,
      options: rest,
    };
    const { Worker } = builtin<typeof import('node:worker_threads')>('node:worker_threads');
    const instance = new WorkerInstance(
      new Worker(packageFile('instance-worker.js'), { ...workerOptions, workerData: start }),
    );
    try {
      const [token, names] = (await instance.enqueue(null, signal)) as [number, string[]];
      instance.token = token;
      instance.exports = names;
      return instance;
    } catch (e) {
      await instance.terminate();
      throw e;
    }
  }

  /**
   * Calls an exported function. Arguments and result are cloned; calls run one after the other. Rejects with what the
   * call threw: traps as `Trap`, other errors as their clone.
   */
  async call(name: string, args: readonly unknown[] = [], options: WorkerCallOptions = {}): Promise<unknown> {
    if (typeof name !== 'string')
      throw new TypeError('WorkerInstance.call(): Argument 0 must be the name of an export');
    if (!Array.isArray(args)) throw new TypeError('WorkerInstance.call(): Argument 1 must be an array of arguments');
    checkOptions('WorkerInstance.call()', options, CALL_OPTIONS);
    return this.enqueue({ name, args, timeoutMs: options.timeoutMs }, options.signal);
  }

  /** Interrupts the wasm of the call in flight, if any (a `Trap` of kind `interrupt` there). */
  interrupt(): boolean {
    return this.token !== 0 && this.ended === null && interrupt(this.token);
  }

  /** Ends the thread, whatever it is doing. Pending calls are rejected (`ERR_WAMR_TERMINATED`). */
  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private enqueue(call: WorkerCall | null, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended !== null) return reject(this.ended);
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = (): void => this.abort(pending, signal!.reason);
      const pending: Pending = {
        call,
        resolve,
        reject,
        aborted: false,
        dropListener: () => signal?.removeEventListener('abort', onAbort),
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.queue.push(pending);
      this.worker.ref();
      this.next();
    });
  }

  private next(): void {
    while (this.inFlight === null) {
      const pending = this.queue.shift();
      if (pending === undefined) {
        this.worker.unref();
        return;
      }
      this.inFlight = pending;
      if (pending.call === null) return;
      try {
        this.worker.postMessage(pending.call);
        return;
      } catch (e) {
        // An argument that cannot be cloned.
        this.inFlight = null;
        pending.dropListener();
        pending.reject(e);
      }
    }
  }

  private abort(pending: Pending, reason: unknown): void {
    pending.aborted = true;
    pending.reject(reason);
    if (pending !== this.inFlight) {
      this.queue.splice(this.queue.indexOf(pending), 1);
      return;
    }
    this.interrupt();
    // No call is pending any more: a host function that never returns must not keep the process alive.
    this.retry = setInterval(() => this.interrupt(), RETRY_MS).unref();
    if (this.queue.length === 0) this.worker.unref();
  }

  private onAnswer(answer: WorkerAnswer): void {
    const pending = this.inFlight!;
    clearInterval(this.retry);
    this.inFlight = null;
    pending.dropListener();
    if (!pending.aborted) {
      if ('value' in answer) pending.resolve(answer.value);
      else pending.reject('trap' in answer ? reviveTrap(answer.trap) : answer.error);
    }
    this.next();
  }

  private end(reason: Error): void {
    if (this.ended !== null) return;
    this.ended = reason;
    clearInterval(this.retry);
    for (const pending of [...(this.inFlight === null ? [] : [this.inFlight]), ...this.queue.splice(0)]) {
      pending.dropListener();
      pending.reject(reason);
    }
    this.inFlight = null;
  }
}

/** The trap of another thread as one of this thread. */
export function reviveTrap(t: RemoteTrap): Error {
  const error = createTrap(trapCode(t.kind), t.frames, reviveTrap, t);
  error.stack = t.stack;
  return error;
}

/** What ends a program that is in a host function when its time is up. */
export function interruption(): Error {
  return createTrap(trapCode('interrupt'), [], interruption);
}
