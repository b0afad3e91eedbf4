/** From samples to time by function, by kind of instruction, and by call stack. O(samples × depth). */
import { Outside, OUTSIDE_CODE, SAMPLE_FRAME_BITS } from '../abi/objects.js';
import type { DebugRecord } from '../aot/debug-info.js';
import { CodeKind, KIND_NAMES } from '../codegen/kinds.js';
import { type JavaScriptStacks, Role, type ScriptFrame } from './javascript.js';
import type { ProfiledModule, RawSamples } from './recorder.js';

/** A place that time is charged to. */
export interface Frame {
  /** Name of the module. */
  module: string;
  /** Function index, or -1. */
  index: number;
  /** From the name section, or made up of the index. */
  name: string;
  /** Of a function of JavaScript where it begins; with `lines` the source file. */
  file?: string;
  /** Line in it. */
  line?: number;
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
const OUTSIDE_FRAME = { module: '', index: -1 };

export interface AttributeOptions {
  intervalUs: number;
  /** Functions apart by source line, with the calls that were inlined. */
  lines?: boolean;
  /** JavaScript's frames at the same moments. */
  scripts?: JavaScriptStacks | null;
}

/** Time in this package's own JavaScript. */
const GLUE = 'calls between JavaScript and wasm';

export function attribute(
  raw: RawSamples,
  modules: readonly ProfiledModule[],
  { intervalUs, lines = false, scripts = null }: AttributeOptions,
): Profile {
  const frames = new FrameTable(modules, lines);
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
    const time = Number(raw.rows[at + 1]);
    at += 2;
    samples++;
    total += weight;
    const path = scripts === null ? null : scripts.at(time);
    const stack = stackOf(frames, words, at, n, path);
    const { kind, offset } = frames.whatAt(words[2 * at + 1], words[2 * at]);
    kinds[kind] = (kinds[kind] ?? 0) + weight;
    const leaf = frames.list[stack[stack.length - 1]];
    leaf.self += weight;
    leaf.kinds[kind] = (leaf.kinds[kind] ?? 0) + weight;
    if (offset >= 0) leaf.places[offset] = (leaf.places[offset] ?? 0) + weight;
    for (const f of new Set(stack)) frames.list[f].total += weight;
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

/**
 * Frames of a sample, outermost first: n of them from row `at` on. `path`: what JavaScript's stack was, whose exported
 * functions stand for one activation each.
 */
function stackOf(
  frames: FrameTable,
  words: Uint32Array,
  at: number,
  n: number,
  path: readonly ScriptFrame[] | null,
): number[] {
  /** By activation, the innermost last, frames innermost first. */
  const activations: number[][] = [[]];
  let outside = -1;
  for (let k = at; k < at + n; k++) {
    const [offset, code] = [words[2 * k], words[2 * k + 1]];
    // Stubs say nothing unless time is spent in them.
    if (code !== OUTSIDE_CODE)
      activations[0].push(...(k > at && frames.isStub(code, offset) ? [] : frames.at(code, offset)));
    else if (offset === Outside.ACTIVATION) activations.unshift([]);
    else outside = offset;
  }
  // Where no wasm waits or runs.
  while (activations.length > 0 && activations[activations.length - 1].length === 0) activations.pop();
  const stack: number[] = [];
  if (path === null) {
    for (const activation of activations) stack.push(...activation.reverse());
    if (outside >= 0) stack.push(frames.outside(outside));
    return stack;
  }
  let next = 0;
  for (const f of path) {
    if (f.role === Role.EXPORT && next < activations.length) stack.push(...activations[next++].reverse());
    else if (f.role === Role.PROGRAM || (f.role === Role.NOTE && activations.length === 0))
      stack.push(frames.script(f));
  }
  // What V8 could not see the callers of.
  for (; next < activations.length; next++) stack.push(...activations[next].reverse());
  const innermost = path.length === 0 ? undefined : path[path.length - 1].role;
  if (outside === Outside.ADDON || stack.length === 0) stack.push(frames.outside(outside));
  else if (outside >= 0 && (innermost === Role.EXPORT || innermost === Role.GLUE)) stack.push(frames.named(GLUE));
  return stack;
}

class FrameTable {
  readonly list: Frame[] = [];
  private readonly ids = new Map<string, number>();
  private readonly byNumber: Map<number, ProfiledModule>;
  private readonly records = new Map<string, DebugRecord>();
  /** By code and offset. */
  private readonly known = new Map<string, number[]>();

  constructor(
    modules: readonly ProfiledModule[],
    private readonly lines: boolean,
  ) {
    this.byNumber = new Map(modules.map((m) => [m.codeNumber, m]));
  }

  /** Frames of an address, innermost first: codeNumber of the code and offset in it. */
  at(codeNumber: number, offset: number): number[] {
    const key = `${codeNumber} ${offset}`;
    let found = this.known.get(key);
    if (found === undefined) this.known.set(key, (found = this.find(codeNumber, offset)));
    return found;
  }

  private find(codeNumber: number, offset: number): number[] {
    const module = this.byNumber.get(codeNumber);
    if (module === undefined) return [this.named('unloaded code')];
    const d = module.find(offset);
    if (d < 0) return [this.add(`${codeNumber} stub`, { ...OUTSIDE_FRAME, module: module.name, name: 'stub' })];
    const { index, name } = module.functions[d];
    const wasm = { module: module.name, index, name };
    const source = this.lines ? module.state.sourceOf(this.whatAt(codeNumber, offset).offset) : [];
    if (source.length === 0) return [this.add(`${codeNumber} ${d}`, wasm)];
    // Of inlined functions only the source knows the names.
    return source.map(({ name: inner, file, line }, k) =>
      this.add(`${codeNumber} ${d} ${k === source.length - 1 ? '' : inner} ${file}:${line}`, {
        ...wasm,
        name: k === source.length - 1 ? name : (inner ?? name),
        file,
        line,
      }),
    );
  }

  isStub(codeNumber: number, offset: number): boolean {
    return (this.byNumber.get(codeNumber)?.find(offset) ?? 0) < 0;
  }

  /** What is no code of ours: an `Outside`. */
  outside(offset: number): number {
    return this.named(offset === Outside.ADDON ? HELPERS : 'JavaScript, Node, kernel');
  }

  named(name: string): number {
    return this.add(name, { ...OUTSIDE_FRAME, name });
  }

  script({ name, url, line, column }: ScriptFrame): number {
    const place = url === '' ? {} : { file: url, line };
    return this.add(`script ${name} ${url}:${line}:${column}`, { ...OUTSIDE_FRAME, name, ...place });
  }

  private add(key: string, frame: Pick<Frame, 'module' | 'index' | 'name' | 'file' | 'line'>): number {
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.list.push({ ...frame, self: 0, total: 0, kinds: {}, places: {} }) - 1;
      this.ids.set(key, id);
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
