/** Every option and environment variable, its default and its meaning. */
import type { TARGETS } from './aot/targets.js';
import type { StoredProfile } from './profile/stored.js';
import {
  type Check,
  isArray,
  isBoolean,
  isCount,
  isFunction,
  isRecord,
  isSignal,
  isText,
  oneOf,
} from './util/check-options.js';
import type { Disabled } from './util/switches.js';
import type { BuiltinSet } from './wasm/compile-time-imports.js';
import type { Proposal } from './wasm/proposals.js';

/** Bytes, as the WebAssembly interface takes them. */
export type BufferSource = ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

/** Options of `compile` and `compileSync`. */
export interface CompileOptions {
  /**
   * CPU to generate code for; `native` = what this machine has. Default: `x86-64-v2`, on Windows `x86-64-v2-windows`, on arm64 machines `aarch64`; `native` for what is compiled to be
   * run here (`instantiate`, `new WebAssembly.Module`, `loadCached`, `run`).
   */
  target?: keyof typeof TARGETS | 'native';
  /**
   * How memory accesses are bounded: `guard` (default) by guard pages, `explicit` by compares, for hosts without 6 GiB
   * reservations. Modules with shared memories, which are V8's, have `explicit` by default for AArch64, where some
   * versions of V8 reserve none for them; with the target `native` if this one does so.
   */
  bounds?: 'guard' | 'explicit';
  /**
   * The same results on every machine, bit by bit: canonical NaNs, and the answers of relaxed SIMD that the
   * specification's deterministic profile has. Default: false.
   */
  deterministic?: boolean;
  /**
   * Worker threads; default: one, and one more for every 12 MB of code, up to the number of cores. 0: where one would
   * do, this thread, blocking it, which takes less processor time. The artefact's bytes do not depend on it.
   */
  jobs?: number;
  /**
   * Let a process compile that stays warm for all that follow (docs/command-line.md, the compile server), where there is
   * one or should be one: for build tools and test runs. Otherwise, and where WAMR_COMPILE_SERVER forbids it, as without.
   * `compile` only. Default: false; the plug-ins of this package say true.
   */
  server?: boolean;
  /** Called with (bytes of function bodies done, bytes in all). `compile` only. */
  onProgress?: (done: number, total: number) => void;
  /** Aborts a running `compile`. */
  signal?: AbortSignal;
  /**
   * Optimisations to leave out, for measurements and to find a miscompile (util/switches.ts; docs/performance.md).
   * `gvn@7` or `gvn@7-20` leaves it out in these functions only (function index space).
   */
  disable?: Disabled[];
  /**
   * Executions of every block in an earlier run, read by `parseProfile` from what `wamr-native profile --count -o
   * app.prof` wrote: code is laid out, inlined and allocated by it. Functions that have changed since are compiled as
   * without.
   */
  profile?: StoredProfile;
  /** Run the IR verifier between passes and the allocator's checker. Default: the environment variable WAMR_VERIFY. */
  verify?: boolean;
  /**
   * Proposals beyond WebAssembly 2.0 by name (wasm/proposals.ts); all that are supported are on. A module that needs one
   * with `false` is refused with a CompileError whose `proposal` is its name.
   */
  features?: Partial<Record<Proposal, boolean>>;
  /**
   * Sets of functions that the module may import without that a program provides them: `js-string` is the module
   * `wasm:js-string` (JavaScript string builtins). One that is declared with another type than it has is a CompileError.
   */
  builtins?: readonly BuiltinSet[];
  /** Globals that are imported from the module of this name are strings: their own names. */
  importedStringConstants?: string;
  /** Keep a table of wasm offsets and instruction kinds for profilers. */
  debugInfo?: boolean;
  /** Instrument the code: count the executions of every block (`wamr-native profile --count`). Implies `debugInfo`. */
  count?: boolean;
  /**
   * Count the executions of every straight run of operators, and keep the module in the artefact: for reports of which
   * lines were executed (docs/profiling.md). Implies `count`; the counts of blocks are not those of other builds.
   */
  coverage?: boolean;
}

/** What each option of `CompileOptions` must be. Names of targets, proposals and optimisations are checked where used. */
export const COMPILE_OPTIONS: Readonly<Record<keyof CompileOptions, Check>> = {
  target: isText,
  bounds: /* @__PURE__ */ oneOf('guard', 'explicit'),
  deterministic: isBoolean,
  jobs: isCount,
  server: isBoolean,
  onProgress: isFunction,
  signal: isSignal,
  disable: isArray,
  profile: isRecord,
  verify: isBoolean,
  features: isRecord,
  builtins: isArray,
  importedStringConstants: isText,
  debugInfo: isBoolean,
  count: isBoolean,
  coverage: isBoolean,
};

/**
 * The product's environment variables; docs/environment.md has those of tests and benchmarks too. Read at each use, so
 * that a program may set them before it needs them. Not set: empty text, or the default that is named.
 */
export const ENV = {
  /** WAMR_DUMP: phases of the compiler whose function is dumped (aot/trace.ts). */
  get dump(): string {
    return process.env.WAMR_DUMP ?? '';
  },
  /** WAMR_DUMP_DIR: folder for dumps, a file each. Default: stderr. */
  get dumpDir(): string {
    return process.env.WAMR_DUMP_DIR ?? '';
  },
  /** WAMR_FUNC: functions to dump, by index, range or name. Default: all. */
  get func(): string {
    return process.env.WAMR_FUNC ?? '';
  },
  /** WAMR_VERIFY=1: verify after every phase. */
  get verify(): boolean {
    return process.env.WAMR_VERIFY === '1';
  },
  /** WAMR_CACHE_DIR: the cache's folder. Default: `wamr-native` in $XDG_CACHE_HOME or ~/.cache. */
  get cacheDir(): string {
    return process.env.WAMR_CACHE_DIR ?? '';
  },
  /** WAMR_CACHE_LIMIT: bound of the cache in bytes. NaN where it is not set. */
  get cacheLimit(): number {
    return Number(process.env.WAMR_CACHE_LIMIT);
  },
  /** WAMR_COMPILE_SERVER: whether the command line, and compilations with the option `server`, have a process compile
   * that stays (compile-server/client.ts): `auto` (default), `always`, `off`. */
  get compileServer(): string {
    return process.env.WAMR_COMPILE_SERVER ?? '';
  },
  /** WAMR_LOG=1: what the package does unasked (the cache) is told on stderr. */
  get log(): boolean {
    return !['', '0', undefined].includes(process.env.WAMR_LOG);
  },
  /** WAMR_PERF: notes for Linux perf in /tmp, `map` (names) or `jitdump` (names and code; profile/perf.ts). */
  get perf(): string {
    return process.env.WAMR_PERF ?? '';
  },
  /** WAMR_COVERAGE: folder for counts of what was executed (coverage/recorder.ts). */
  get coverage(): string {
    return process.env.WAMR_COVERAGE ?? '';
  },
  /** WAMR_SOURCE_MAPS: folders where the source maps of modules are, as in PATH. */
  get sourceMaps(): string {
    return process.env.WAMR_SOURCE_MAPS ?? '';
  },
  /** WAMR_GDB=1: debuggers are told of compiled code (debugger/gdb.ts). */
  get gdb(): boolean {
    return process.env.WAMR_GDB === '1';
  },
  /** WAMR_COREDUMP: folder for coredumps of the first traps of each thread (debugger/coredump.ts). */
  get coredump(): string {
    return process.env.WAMR_COREDUMP ?? '';
  },
  /** WAMR_DEBUG=1: errors of the command line with their stack. */
  get debug(): boolean {
    return process.env.WAMR_DEBUG === '1';
  },
  /** WAMR_NATIVE_UNTESTED=1: compiled code runs where the addon was built and never tested (macOS). */
  get untested(): boolean {
    return process.env.WAMR_NATIVE_UNTESTED === '1';
  },
  /** WAMR_NATIVE_ADDON: path of the addon to load instead of the one that is found. */
  get addon(): string {
    return process.env.WAMR_NATIVE_ADDON ?? '';
  },
  /** WAMR_REGISTER: when `wamr-native/register` uses this engine: `cached` (default), `always`, `off`; `record`
   * is `precompile`'s. */
  get register(): string {
    return process.env.WAMR_REGISTER ?? '';
  },
  /** WAMR_RECORD=1: `wamr-native/register` records profiles of hot modules (register/record.ts). */
  get record(): boolean {
    return process.env.WAMR_RECORD === '1';
  },
  /** WAMR_ENGINE=host: as where there is no back end, modules run on V8 (host/engine.ts). */
  get engine(): string {
    return process.env.WAMR_ENGINE ?? '';
  },
  /** WAMR_NATIVE_FAST_CALLS=0: no V8 fast API calls. */
  get fastCalls(): boolean {
    return process.env.WAMR_NATIVE_FAST_CALLS !== '0';
  },
  /** WAMR_NATIVE_STRINGS=0: every string builtin is a call of JavaScript. */
  get nativeStrings(): boolean {
    return process.env.WAMR_NATIVE_STRINGS !== '0';
  },
};
