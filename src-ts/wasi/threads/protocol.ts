/** What the threads of a program and the thread that owns it tell each other. */
import type { Module } from '../../index.js';
import type { WorkerAnswer } from '../../runtime/worker-protocol.js';
import type { WasiOptions } from '../options.js';

/** The memory of a program: a genuine WebAssembly.Memory (declared here, so that no types of it need be there). */
export interface SharedMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

/** Words that all threads of a program share, one for each standard stream: bits. */
export const STANDARD_STREAMS = 3;
export const enum StreamBit {
  /** The program has closed it, or put something else there. */
  GONE = 1,
  /** The program does not want to wait for it. */
  IMPATIENT = 2,
}

/** Words in which a thread is answered what it asked. */
export const enum AnswerWord {
  /** 1: the answer is there. */
  READY = 0,
  VALUE = 1,
  COUNT = 2,
}

/** What a thread starts with. */
export interface ThreadStart {
  module: Module;
  memory: SharedMemory;
  /** What the module imports the memory as. */
  memoryImport: { module: string; name: string };
  host: WasiOptions;
  /** `StreamBit`s. */
  streams: Int32Array<SharedArrayBuffer>;
  /** `AnswerWord`s. */
  answer: Int32Array<SharedArrayBuffer>;
  stackBytes: number | undefined;
  memoryPages: number | undefined;
  /** Milliseconds of the first thread. */
  timeoutMs: number | undefined;
  sourceFolders: string[];
}

/** To a thread that has nothing to do: a new thread of the program. 0: the first one. */
export interface ThreadRun {
  tid: number;
  arg: number;
}

/** What the program asks for that is no function of WASI. */
export const SPAWN = 'thread-spawn';

/** From a thread: a call that it waits for, the program's end, the thread's. */
export type FromThread =
  { ask: string; args: (number | bigint)[] } | { exit: number } | { ended: WorkerAnswer; tid: number };
