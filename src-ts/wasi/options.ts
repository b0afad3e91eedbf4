/** What users of `wamr-native/wasi` say. Apart from what needs the types of Node: declarations do without them. */

/** A folder of the host. */
export interface Folder {
  /** Path of it. */
  path: string;
  /** Whether the guest may only read. Default: false. */
  readOnly?: boolean;
}

/** What of the host a program gets. Nothing that is not named here. */
export interface WasiOptions {
  /** Arguments, the program's name first. */
  args?: string[];
  /** The environment. Default: empty. */
  env?: Record<string, string>;
  /** Guest path → folder of the host, which the guest may change unless it is `readOnly`. */
  dirs?: Record<string, string | Folder>;
  /** File descriptor of standard input. Default: 0. */
  stdin?: number;
  /** File descriptor of standard output. Default: 1. */
  stdout?: number;
  /** File descriptor of standard error. Default: 2. */
  stderr?: number;
}

/** Options of `WasiHost.startThreads`. */
export interface ThreadsOptions {
  /** So many threads the program may have at a time, the first one included: it is told that there is no room (`EAGAIN`)
   * for more. Default: 128. */
  maxThreads?: number;
  /** The first thread is interrupted after so many milliseconds, and with it the program. */
  timeoutMs?: number;
  /** Size of each thread's wasm stack in bytes. */
  stackBytes?: number;
  /** What the program may take of the system, as of `InstanceOptions`. */
  limits?: {
    /** Most pages that the memory may grow to. */
    memoryPages?: number;
  };
  /** Ends the program. */
  signal?: AbortSignal;
  /** Is called when the program was refused a thread. */
  onRefused?: () => void;
}
