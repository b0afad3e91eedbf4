/**
 * Collects what a profile needs while a program runs in this thread: every module with its debug information, every
 * instance, and (when asked) samples of where the processor time goes. Cost: nothing in generated code; modules and
 * instances stay alive until the recorder goes.
 */
import { DebugInfo } from '../aot/debug-info.js';
import { type Artefact, readFunctionNames, Section } from '../aot/format.js';
import { env } from '../runtime/env.js';
import type { InstanceState } from '../runtime/instance.js';
import type { ModuleState } from '../runtime/module.js';
import { JavaScriptProfiler, type JavaScriptStacks } from './javascript.js';

/** A compiled function. */
export interface ProfiledFunction {
  /** In the function index space. */
  index: number;
  name: string;
  /** Place in the code section. */
  start: number;
  bytes: number;
}

/** An access whose address wrapped. */
export interface Wrap {
  /** Position in `functions`. */
  d: number;
  /** Of the operator, in the module. */
  offset: number;
  count: number;
}

/** Words of a row of WRAPS; offsets from here on are rows of INLINED (aot/format.ts). */
const WRAP_ROW = 4;
const INLINED_FROM = 2 ** 31;

const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);

/** A module that was loaded while recording. */
export class ProfiledModule {
  readonly name: string;
  /** Defined functions by index. */
  readonly functions: ProfiledFunction[] = [];
  /** Positions in `functions` in the order of the code. */
  private readonly order: number[];
  readonly code: Uint8Array;
  /** Of the machine that the code is for (abi/architectures.ts). */
  readonly architecture: number;
  /** Null when the artefact was compiled without. */
  readonly debug: DebugInfo | null;
  private readonly wrapRows: Uint32Array;
  private readonly trapTable: Uint32Array;

  constructor(
    readonly state: ModuleState,
    artefact: Artefact,
    /** What samples call its code, and where that is mapped. */
    readonly codeNumber: number,
    readonly address: number,
  ) {
    this.name = state.displayName;
    this.code = artefact.read(Section.CODE);
    this.architecture = artefact.needs.architecture;
    this.debug = artefact.section(Section.DEBUG) && new DebugInfo(artefact.read(Section.DEBUG));
    this.wrapRows = words(artefact.read(Section.WRAPS));
    this.trapTable = this.wrapRows.length === 0 ? this.wrapRows : words(artefact.read(Section.TRAPS));
    const names = readFunctionNames(artefact.read(Section.NAMES));
    const exported = new Map(artefact.meta.exports.filter((e) => e.kind === 0).map((e) => [e.index, e.name]));
    const rows = artefact.read(Section.FUNCS);
    const dv = new DataView(rows.buffer, rows.byteOffset, rows.length);
    for (let at = 0, index = artefact.meta.importedFuncs; at < rows.length; at += 16, index++)
      this.functions.push({
        index,
        name: names.get(index) ?? exported.get(index) ?? `function[${index}]`,
        start: dv.getUint32(at, true),
        bytes: dv.getUint32(at + 4, true),
      });
    this.order = this.functions.map((_, d) => d).sort((x, y) => this.functions[x].start - this.functions[y].start);
  }

  /**
   * Accesses whose address has wrapped at 2^32: position in `functions`, offset in the module, how often. `runs`: by row
   * of WRAPS.
   */
  wraps(runs: Uint32Array): Wrap[] {
    const out: Wrap[] = [];
    runs.forEach((count, row) => {
      if (count === 0) return;
      const pc = this.wrapRows[WRAP_ROW * row];
      const at = this.trapTable.subarray(1, 1 + this.trapTable[0]).indexOf(pc);
      const offset = at < 0 ? -1 : this.trapTable[1 + this.trapTable[0] + at];
      // In an inlined body, which no counting build has.
      if (offset >= 0 && offset < INLINED_FROM) out.push({ d: this.find(pc), offset, count });
    });
    return out;
  }

  /** Position in `functions` of the one that covers a code offset; -1 in a stub. */
  find(offset: number): number {
    const { functions, order } = this;
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (functions[order[middle]].start <= offset) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return -1;
    const f = functions[order[low - 1]];
    return offset - f.start < f.bytes ? order[low - 1] : -1;
  }
}

export interface RecorderOptions {
  /** Microseconds between samples; 0: no sampling. */
  intervalUs: number;
  /** JavaScript's frames too. */
  javascript?: boolean;
}

/** Samples as the addon delivers them (native/os/linux/profile.cc). */
export interface RawSamples {
  rows: BigUint64Array;
  count: number;
  lost: number;
  /** JavaScript's frames at the same moments, if they were asked for. */
  scripts: JavaScriptStacks | null;
}

const BUFFER_MIB = 1024;

export class Recorder {
  readonly modules: ProfiledModule[] = [];
  readonly instances: { module: ProfiledModule; state: InstanceState }[] = [];
  private sampling = false;
  private javascript: JavaScriptProfiler | null = null;
  private readonly observer = {
    onModule: (state: ModuleState, artefact: Artefact): void => this.addModule(state, artefact),
    onInstance: (state: InstanceState): void => this.addInstance(state),
  };
  private readonly e = env();

  /**
   * Records from now on. Sampling begins with the first instance, so that loading is not in it; with JavaScript it begins
   * now.
   */
  constructor(private readonly options: RecorderOptions) {
    for (const o of this.e.registry.observers)
      if (o.onInstance !== undefined) throw new Error('a profile is being recorded in this thread already');
    if (options.javascript === true && options.intervalUs > 0) {
      this.javascript = new JavaScriptProfiler(options.intervalUs);
      this.sample(0);
    }
    this.e.registry.observers.add(this.observer);
  }

  private addModule(state: ModuleState, artefact: Artefact): void {
    const [codeNumber, address] = this.e.native.profileCode(state.code);
    const module = new ProfiledModule(state, artefact, codeNumber, address);
    this.modules.push(module);
  }

  private addInstance(state: InstanceState): void {
    const module = this.modules.find((m) => m.state === state.module);
    if (module === undefined) return;
    this.instances.push({ module, state });
    if (!this.sampling && this.options.intervalUs > 0) this.sample(this.options.intervalUs);
  }

  /** 0: whenever V8's profiler does. */
  private sample(intervalUs: number): void {
    if (!this.e.native.profileStart(intervalUs, BUFFER_MIB))
      throw new Error('sampling could not be started: no timer, or this process is being profiled already');
    this.sampling = true;
  }

  /** Ends sampling; null when none was running. */
  takeSamples(): RawSamples | null {
    if (!this.sampling) return null;
    this.sampling = false;
    const taken = this.e.native.profileStop();
    const scripts = this.javascript?.stop() ?? null;
    this.javascript = null;
    return taken && { rows: new BigUint64Array(taken.samples), count: taken.count, lost: taken.lost, scripts };
  }

  /** Accesses of a module whose addresses have wrapped. */
  wraps(module: ProfiledModule): Wrap[] {
    return module.wraps(new Uint32Array(this.e.native.profileWraps(module.state.code)));
  }

  /** Counters of a module, summed over its instances; null when it has none. */
  counters(module: ProfiledModule): Float64Array | null {
    const { debug } = module;
    if (debug === null || debug.counters < 0) return null;
    const { vm } = module.state.meta;
    const n = (vm.size - vm.counters) >> 3;
    let sum: Float64Array | null = null;
    for (const i of this.instances) {
      if (i.module !== module || i.state.disposed) continue;
      const counts = Float64Array.from(
        new BigUint64Array(this.e.native.instanceCounters(i.state.id, vm.counters, n)),
        Number,
      );
      if (sum === null) sum = counts;
      else addCounts(sum, counts, this.voteCounters(module, debug));
    }
    return sum ?? new Float64Array(n);
  }

  /** Counters that hold a candidate; the one behind it holds its votes. */
  private *voteCounters(module: ProfiledModule, debug: DebugInfo): Iterable<number> {
    for (let d = 0; d < module.functions.length; d++) {
      const { firstCounter, votes } = debug.record(d);
      for (let k = 1; k < votes.length; k += 2) yield firstCounter + votes[k];
    }
  }

  /** Stops recording. */
  close(): void {
    this.takeSamples();
    this.e.registry.observers.delete(this.observer);
  }
}

/**
 * Adds the counts of another instance. `votes`: indices of counters that hold a candidate, whose votes are in the
 * counter behind.
 */
function addCounts(sum: Float64Array, counts: Float64Array, votes: Iterable<number>): void {
  const before = sum.slice();
  for (let k = 0; k < sum.length; k++) sum[k] += counts[k];
  for (const k of votes) {
    // Of two candidates the one that is ahead by more stays, ahead by the difference.
    sum[k] = before[k + 1] >= counts[k + 1] ? before[k] : counts[k];
    sum[k + 1] = before[k] === counts[k] ? before[k + 1] + counts[k + 1] : Math.abs(before[k + 1] - counts[k + 1]);
  }
}
