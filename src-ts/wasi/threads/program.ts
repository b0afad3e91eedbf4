/**
 * Programs that start threads (the proposal wasi-threads). Each thread of the program is a Worker that makes an instance
 * of the module, on the memory that all share; the first one, which runs `_start`, as well. So the thread that owns the
 * program is free: it starts threads, does for them what concerns files (calls.ts), and ends all when one traps or exits.
 * A Worker whose thread has returned waits for the next one.
 */
import type { Worker } from 'node:worker_threads';
import { engine, internals, type Module, WebAssembly as Wasm } from '../../index.js';
import { builtin } from '../../util/builtin.js';
import {
  type Check,
  checkOptions,
  isCount,
  isFunction,
  isMilliseconds,
  isSignal,
  objectOf,
} from '../../util/check-options.js';
import { packageFile } from '../../util/package-files.js';
import { ExternKind, ValType } from '../../wasm/types.js';
import type { NodeWasi } from '../node-wasi.js';
import type { ThreadsOptions, WasiOptions } from '../options.js';
import { seeingGrowth } from './calls.js';
import {
  AnswerWord,
  type FromThread,
  type SharedMemory,
  SPAWN,
  STANDARD_STREAMS,
  StreamBit,
  type ThreadRun,
  type ThreadStart,
} from './protocol.js';

const THREADS_OPTIONS: Readonly<Record<keyof ThreadsOptions, Check>> = {
  maxThreads: isCount,
  timeoutMs: isMilliseconds,
  stackBytes: isCount,
  limits: objectOf({ memoryPages: isCount }),
  signal: isSignal,
  onRefused: isFunction,
};

const WHERE = 'WasiHost.startThreads()';
const DEFAULT_THREADS = 128;
/** `errno` of what there is no room for (WASI preview 1, `again`). */
const AGAIN = 6;
/** The proposal leaves three bits to others. */
const LAST_TID = 2 ** 29 - 1;
/** A first thread that is in a host function so long after its time is not waited for. */
const GRACE_MS = 250;
/** Threads are waited for so long when the program has ended. */
const LONGEST_END_MS = 1000;

/** Runs a program (`WasiHost.startThreads`). `files`: the host that files are opened by. */
export async function runThreads(
  files: NodeWasi,
  host: WasiOptions,
  module: Module,
  options: ThreadsOptions,
): Promise<number> {
  checkOptions(WHERE, options, THREADS_OPTIONS);
  options.signal?.throwIfAborted();
  if (engine === 'host') throw new Error(`${WHERE}: there are no threads on this machine, where V8 runs the modules`);
  const memoryImport = checkProgram(module);
  const { min, max } = memoryImport;
  const most = Math.min(max, options.limits?.memoryPages ?? Infinity);
  if (min > most)
    throw new RangeError(`${WHERE}: the module begins with ${min} pages of memory, limits.memoryPages allows ${most}`);
  const memory = new Wasm.Memory({ initial: min, maximum: most, shared: true });
  files.wasi.initialize({ exports: { memory } });
  return new Program(files, host, module, memory, memoryImport, options).run();
}

interface MemoryImport {
  module: string;
  name: string;
  min: number;
  max: number;
}

/** What the module imports its shared memory as. @throws Error for a module that starts no threads */
function checkProgram(module: Module): MemoryImport {
  const state = internals.ModuleState.of(internals.env(), module);
  if (state === null) throw new TypeError(`${WHERE}: Argument 0 must be a module`);
  const { imports, exports, memories } = state.meta;
  const typeOf = (name: string): string | undefined => {
    const found = exports.find((e) => e.kind === ExternKind.FUNC && e.name === name);
    if (found === undefined) return undefined;
    const { params, results } = internals.env().types.types[state.typeOf(found.index)];
    return `${params.join()}:${results.join()}`;
  };
  const wrong = (what: string): Error =>
    new Error(
      `${WHERE}: the module was not compiled for threads (wasm32-wasi-threads, wasm32-wasip1-threads): ${what}`,
    );
  if (typeOf('_start') === undefined) throw wrong('it exports no _start function');
  if (typeOf('wasi_thread_start') !== `${ValType.I32},${ValType.I32}:`)
    throw wrong('it exports no function wasi_thread_start (param i32 i32)');
  const at = imports.filter((i) => i.kind === ExternKind.MEMORY);
  const shared = at.findIndex((_, k) => memories[k].shared === true);
  if (shared < 0) throw wrong('it imports no shared memory');
  return { module: at[shared].module, name: at[shared].name, min: memories[shared].min, max: memories[shared].max! };
}

class Program {
  private readonly workers = new Set<Worker>();
  private readonly idle: Worker[] = [];
  private readonly streams = new Int32Array(new SharedArrayBuffer(4 * STANDARD_STREAMS));
  private readonly answers = new Map<Worker, Int32Array>();
  private running = 0;
  private tid = 0;
  private end: ((how: { code: number } | { error: unknown }) => void) | null = null;

  constructor(
    private readonly files: NodeWasi,
    private readonly host: WasiOptions,
    private readonly module: Module,
    private readonly memory: SharedMemory,
    private readonly memoryImport: MemoryImport,
    private readonly options: ThreadsOptions,
  ) {}

  async run(): Promise<number> {
    const { timeoutMs, signal } = this.options;
    const abort = (): void => this.end?.({ error: signal!.reason });
    signal?.addEventListener('abort', abort, { once: true });
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<{ code: number } | { error: unknown }>((resolve) => {
      this.end = resolve;
      if (timeoutMs !== undefined)
        timer = setTimeout(() => resolve({ error: internals.interruption() }), timeoutMs + GRACE_MS);
      this.begin({ tid: 0, arg: 0 });
    });
    const how = await ended;
    this.end = null;
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    await this.terminate();
    if ('error' in how) throw how.error;
    return how.code;
  }

  /** What is in a call of the system may take its time. */
  private async terminate(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LONGEST_END_MS)));
    await Promise.race([late, Promise.all([...this.workers].map((w) => w.terminate()))]);
    clearTimeout(timer);
  }

  /** Gives a thread of the program to a Worker. */
  private begin(run: ThreadRun): void {
    const worker = this.idle.pop() ?? this.newWorker();
    this.running++;
    worker.postMessage(run);
  }

  private newWorker(): Worker {
    const { module, memory, memoryImport, streams, host } = this;
    const { stackBytes, timeoutMs, limits } = this.options;
    const { Worker } = builtin<typeof import('node:worker_threads')>('node:worker_threads');
    const answer = new Int32Array(new SharedArrayBuffer(4 * AnswerWord.COUNT));
    const start: ThreadStart = {
      module,
      memory,
      memoryImport: { module: memoryImport.module, name: memoryImport.name },
      host: { ...host, dirs: {} },
      streams,
      answer,
      stackBytes,
      memoryPages: limits?.memoryPages,
      timeoutMs,
      sourceFolders: [...internals.env().registry.sourceFolders],
    };
    const worker = new Worker(packageFile('wasi-thread.js'), { workerData: start, execArgv: [], stdin: false });
    this.workers.add(worker);
    this.answers.set(worker, answer);
    worker.on('message', (message: FromThread) => this.onMessage(worker, message));
    worker.on('error', (error) => this.end?.({ error }));
    worker.on('exit', (code) =>
      this.end?.({ error: new Error(`${WHERE}: a thread of the program has ended (exit code ${code})`) }),
    );
    return worker;
  }

  private onMessage(worker: Worker, message: FromThread): void {
    if (this.end === null) return;
    if ('exit' in message) return this.end({ code: message.exit });
    if ('ask' in message) return this.answer(worker, message.ask, message.args);
    const { ended, tid } = message;
    if ('trap' in ended) return this.end({ error: internals.reviveTrap(ended.trap) });
    if ('error' in ended) return this.end({ error: ended.error });
    if (tid === 0) return this.end({ code: 0 });
    this.running--;
    this.idle.push(worker);
  }

  private answer(worker: Worker, name: string, args: (number | bigint)[]): void {
    const answer = this.answers.get(worker)!;
    try {
      answer[AnswerWord.VALUE] = name === SPAWN ? this.spawn(Number(args[0])) : this.callOfFiles(name, args);
    } catch (error) {
      return this.end!({ error });
    }
    Atomics.store(answer, AnswerWord.READY, 1);
    Atomics.notify(answer, AnswerWord.READY);
  }

  /** The new thread's number, or a negative errno. */
  private spawn(arg: number): number {
    if (this.running >= (this.options.maxThreads ?? DEFAULT_THREADS) || this.tid === LAST_TID) {
      this.options.onRefused?.();
      return -AGAIN;
    }
    try {
      this.begin({ tid: this.tid + 1, arg });
    } catch {
      // The system has no room for a thread.
      return -AGAIN;
    }
    return ++this.tid;
  }

  private callOfFiles(name: string, args: (number | bigint)[]): number {
    const errno = seeingGrowth(this.files.functions[name], this.memory)(...args);
    // What is at these numbers from now on is this thread's to know.
    if (errno === 0 && (name === 'fd_close' || name === 'fd_renumber'))
      for (const fd of args as number[])
        if (fd >= 0 && fd < STANDARD_STREAMS) Atomics.or(this.streams, fd, StreamBit.GONE);
    return errno;
  }
}
