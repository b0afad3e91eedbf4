/** From samples to time by function, by kind of instruction, and by call stack. O(samples × depth). */
import { Outside, OUTSIDE_CODE, SAMPLE_FRAME_BITS } from '../abi/objects.js';
import type { DebugRecord } from '../aot/debug-info.js';
import { CodeKind, KIND_NAMES } from '../codegen/kinds.js';
import type { ProfiledModule, RawSamples } from './recorder.js';

/** A place that time is charged to. */
export interface Frame {
  /** Name of the module. */
  module: string;
  /** Function index, or -1. */
  index: number;
  /** From the name section, or made up of the index. */
  name: string;
  /** Nanoseconds in it. */
  self: number;
  /** Nanoseconds in it or its callees. */
  total: number;
  /** Self time by kind of instruction. */
  kinds: Record<string, number>;
  /** Self time by the wasm operator (its byte offset in the module); empty without debug information. */
  places: Record<number, number>;
}

/** What samples add up to. */
export interface Profile {
  /** Microseconds between samples. */
  intervalUs: number;
  /** How many there are. */
  samples: number;
  /** How many found no room. */
  lost: number;
  /** Nanoseconds of processor time in all samples. */
  total: number;
  /** All frames that were seen. */
  frames: Frame[];
  /**
   * Time by kind of instruction, all functions; the places outside of compiled code are kinds of their own. Adds up to
   * `total`.
   */
  kinds: Record<string, number>;
  /** Distinct stacks, outermost frame first (indices into `frames`), in order of first appearance. */
  stacks: number[][];
  /** In the order of time: stack and nanoseconds of each sample. */
  timeline: {
    /** Index into `stacks`. */
    stack: number;
    /** Nanoseconds. */
    weight: number;
  }[];
}

/** Kinds of time that the compiler knows nothing of. */
export const HELPERS = 'runtime (addon)';
export const OUTSIDE = 'outside our code';
const UNKNOWN = 'unknown (no debug information)';

export function attribute(raw: RawSamples, modules: readonly ProfiledModule[], intervalUs: number): Profile {
  const frames = new FrameTable(modules);
  const words = new Uint32Array(raw.rows.buffer);
  const kinds: Record<string, number> = {};
  const stacks: number[][] = [];
  const stackIds = new Map<string, number>();
  const timeline: Profile['timeline'] = [];
  let total = 0;
  let samples = 0;
  for (let at = 0; at < raw.rows.length;) {
    const n = words[2 * at] & ((1 << SAMPLE_FRAME_BITS) - 1);
    const weight = Number(raw.rows[at] >> BigInt(SAMPLE_FRAME_BITS));
    at++;
    samples++;
    total += weight;
    const stack: number[] = [];
    for (let k = 0; k < n; k++) stack.push(frames.at(words[2 * (at + k) + 1], words[2 * (at + k)]));
    const { kind, offset } = frames.whatAt(words[2 * at + 1], words[2 * at]);
    kinds[kind] = (kinds[kind] ?? 0) + weight;
    const leaf = frames.list[stack[0]];
    leaf.self += weight;
    leaf.kinds[kind] = (leaf.kinds[kind] ?? 0) + weight;
    if (offset >= 0) leaf.places[offset] = (leaf.places[offset] ?? 0) + weight;
    for (const f of new Set(stack)) frames.list[f].total += weight;
    stack.reverse();
    const key = stack.join();
    let id = stackIds.get(key);
    if (id === undefined) {
      id = stacks.length;
      stackIds.set(key, id);
      stacks.push(stack);
    }
    timeline.push({ stack: id, weight });
    at += n;
  }
  return { intervalUs, samples, lost: raw.lost, total, frames: frames.list, kinds, stacks, timeline };
}

class FrameTable {
  readonly list: Frame[] = [];
  private readonly ids = new Map<string, number>();
  private readonly byNumber: Map<number, ProfiledModule>;
  private readonly records = new Map<string, DebugRecord>();

  constructor(modules: readonly ProfiledModule[]) {
    this.byNumber = new Map(modules.map((m) => [m.codeNumber, m]));
  }

  /** Frame of an address: codeNumber of the code and offset in it. */
  at(codeNumber: number, offset: number): number {
    const module = this.byNumber.get(codeNumber);
    const d = module === undefined ? -1 : module.find(offset);
    const name = module === undefined ? outsideName(codeNumber, offset) : d >= 0 ? module.functions[d].name : 'stub';
    const key = `${module?.codeNumber ?? -1} ${d} ${name}`;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.list.length;
      this.ids.set(key, id);
      this.list.push({
        module: module?.name ?? '',
        index: d >= 0 ? (module as ProfiledModule).functions[d].index : -1,
        name,
        self: 0,
        total: 0,
        kinds: {},
        places: {},
      });
    }
    return id;
  }

  /** Kind of the instruction at an address, and the offset of its operator in the module; -1 where that is unknown. */
  whatAt(codeNumber: number, offset: number): { kind: string; offset: number } {
    const module = this.byNumber.get(codeNumber);
    if (module === undefined)
      return { kind: codeNumber === OUTSIDE_CODE && offset === Outside.ADDON ? HELPERS : OUTSIDE, offset: -1 };
    const d = module.find(offset);
    if (d < 0) return { kind: KIND_NAMES[CodeKind.STUB], offset: -1 };
    if (module.debug === null) return { kind: UNKNOWN, offset: -1 };
    const key = `${codeNumber} ${d}`;
    let record = this.records.get(key);
    if (record === undefined) {
      record = module.debug.record(d);
      this.records.set(key, record);
    }
    const run = runAt(record, offset - module.functions[d].start);
    if (run < 0) return { kind: KIND_NAMES[CodeKind.PROLOGUE], offset: -1 };
    return { kind: KIND_NAMES[record.runs.kind[run]], offset: record.runs.pos[run] };
  }
}

const outsideName = (codeNumber: number, offset: number): string =>
  codeNumber !== OUTSIDE_CODE ? 'unloaded code' : offset === Outside.ADDON ? HELPERS : 'JavaScript, Node, kernel';

/** The run of `DebugRecord.runs` that an offset of the function is in; -1 before the first. */
export function runAt({ runs }: DebugRecord, offset: number): number {
  let low = 0;
  let high = runs.at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs.at[middle] <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
