/**
 * Exact counts of an instrumented run: how often each unit (codegen/kinds.ts) ran, times the instructions of each kind
 * in it. The same on every run of a deterministic program.
 *
 * The instrumentation itself is left out. What it changes besides: a critical edge without code gets a counter's place,
 * so jumps around it can differ from the ordinary build by one; an instruction behind a trap or inside a short skip of
 * a macro (a float select) counts with its unit.
 */
import { type DebugRecord, WAY_STEP } from '../aot/debug-info.js';
import { disassemblerFor } from '../aot/disassembly.js';
import { partKey, placeAndPart } from '../ir/profile.js';
import { CodeKind, KIND_NAMES, Unit, edgeUnit } from '../codegen/kinds.js';
import type { ProfiledModule, Recorder } from './recorder.js';
import { FORMAT, type StoredFunction, type StoredProfile, VERSION } from './stored.js';

/** What was counted in a function. */
export interface FunctionCounts {
  /** Name of the module. */
  module: string;
  /** Function index. */
  index: number;
  /** From the name section, or made up of the index. */
  name: string;
  /** Times that it was called. */
  calls: number;
  /** Instructions executed. */
  instructions: number;
  /** Instructions by kind. */
  kinds: Record<string, number>;
}

/** Exact counts of a run. */
export interface Counts {
  /** Instructions executed. */
  instructions: number;
  /** Instructions by kind. */
  kinds: Record<string, number>;
  /** Functions that ran. */
  functions: FunctionCounts[];
}

/** Counts of all modules of the recording that were compiled to count. Throws when there is none. */
export function readCounts(recorder: Recorder): Counts {
  const out: Counts = { instructions: 0, kinds: {}, functions: [] };
  let any = false;
  for (const module of recorder.modules) {
    const counters = recorder.counters(module);
    if (counters === null || module.debug === null) continue;
    any = true;
    for (let d = 0; d < module.functions.length; d++) {
      const record = module.debug.record(d);
      const calls = counters[record.firstCounter + Unit.ENTRY];
      if (calls === 0) continue;
      out.functions.push(countFunction(module, d, record, counters));
    }
  }
  if (!any) throw new Error('nothing that ran was compiled to count: compile with --count, or profile the .wasm file');
  for (const f of out.functions) {
    out.instructions += f.instructions;
    for (const [kind, n] of Object.entries(f.kinds)) out.kinds[kind] = (out.kinds[kind] ?? 0) + n;
  }
  out.functions.sort((x, y) => y.instructions - x.instructions);
  return out;
}

function countFunction(module: ProfiledModule, d: number, record: DebugRecord, counters: Float64Array): FunctionCounts {
  const { index, name, start } = module.functions[d];
  const { runs } = record;
  const { countInstructions } = disassemblerFor(module.architecture);
  const perRun = countInstructions(module.code.subarray(start, start + record.codeBytes), runs.at);
  const kinds: Record<string, number> = {};
  let instructions = 0;
  for (let r = 0; r < runs.at.length; r++) {
    if (runs.unit[r] === Unit.NONE || runs.kind[r] === CodeKind.COUNTER) continue;
    const n = perRun[r] * counters[record.firstCounter + runs.unit[r]];
    if (n === 0) continue;
    const kind = KIND_NAMES[runs.kind[r]];
    kinds[kind] = (kinds[kind] ?? 0) + n;
    instructions += n;
  }
  return { module: module.name, index, name, calls: counters[record.firstCounter + Unit.ENTRY], instructions, kinds };
}

/** The counts of all executed functions by body. Equal bodies are added up. */
export function storedProfile(recorder: Recorder): StoredProfile {
  const functions: Record<string, StoredFunction> = {};
  for (const module of recorder.modules) {
    const counters = recorder.counters(module);
    if (counters === null || module.debug === null) continue;
    if (module.state.meta.profiled)
      throw new Error(
        `${module.name} was compiled with a profile: its blocks are no longer those of the module; count in a build without`,
      );
    const wrapped = recorder.wraps(module);
    for (let d = 0; d < module.functions.length; d++) {
      const record = module.debug.record(d);
      const calls = counters[record.firstCounter + Unit.ENTRY];
      if (calls === 0) continue;
      const f = storeFunction(module.functions[d].name, record, counters, calls);
      const wraps = wrapped
        .filter((w) => w.d === d)
        .map((w): [number, number] => [w.offset - record.bodyStart, w.count]);
      if (wraps.length > 0) f.wraps = wraps.sort((x, y) => x[0] - y[0]);
      const same = functions[record.hash];
      if (
        same === undefined ||
        same.blocks.length !== f.blocks.length ||
        same.edges.length !== f.edges.length ||
        same.parts!.length !== f.parts!.length
      )
        functions[record.hash] = f;
      else {
        same.calls += f.calls;
        f.blocks.forEach(([, n], i) => (same.blocks[i][1] += n));
        f.edges.forEach(([, , n], i) => (same.edges[i][2] += n));
        f.parts!.forEach(([, , n, taken], i) => {
          same.parts![i][2] += n;
          same.parts![i][3] += taken;
        });
      }
    }
  }
  return { format: FORMAT, version: VERSION, functions };
}

function storeFunction(name: string, r: DebugRecord, counters: Float64Array, calls: number): StoredFunction {
  const count = (unit: number): number => counters[r.firstCounter + unit];
  const ofBlock = (b: number): number => count(Unit.BLOCKS + b);
  /**
   * Executions of blocks and parts, and how often those with two ways went the first, by `partKey`: what the passes
   * left out counts where an edge passes it.
   */
  const executions = new Map<number, number>();
  const taken = new Map<number, number>();
  const place = (b: number): number => r.blockPos[b] - r.bodyStart;
  for (let b = 0; b < r.nb; b++) addCount(executions, partKey(place(b), r.part[b]), ofBlock(b));
  const fanOut = new Int32Array(r.nb);
  const fanIn = new Int32Array(r.nb);
  for (let e = 0; e < r.ne; e++) {
    fanOut[r.edgeFrom[e]]++;
    fanIn[r.edgeTo[e]]++;
  }
  /** By source and target, in module terms: executions. */
  const between = new Map<string, [number, number, number]>();
  const successors = new Map<number, Set<number>>();
  const predecessors = new Map<number, Set<number>>();
  const step = (from: number, to: number, toPart: number, n: number): void => {
    if (toPart !== 0) return;
    const key = `${from} ${to}`;
    const edge = between.get(key);
    if (edge === undefined) between.set(key, [from, to, n]);
    else edge[2] += n;
    addTo(successors, from, to);
    addTo(predecessors, to, from);
  };
  const ordinals = new Int32Array(r.nb);
  for (let e = 0; e < r.ne; e++) {
    const [from, to] = [r.edgeFrom[e], r.edgeTo[e]];
    const n = fanIn[to] === 1 ? ofBlock(to) : fanOut[from] === 1 ? ofBlock(from) : count(edgeUnit(r.nb, e));
    let at = place(from);
    let part = r.part[from];
    const way = r.ways[e] ?? [ordinals[from]];
    ordinals[from]++;
    for (let k = 0; k < way.length; k += WAY_STEP) {
      if (way[k] === 0) addCount(taken, partKey(at, part), n);
      const isLast = k + WAY_STEP > way.length;
      const [next, nextPart] = isLast ? [place(to), r.part[to]] : [way[k + 1], way[k + 2]];
      step(at, next, nextPart, n);
      if (!isLast) addCount(executions, partKey(next, nextPart), n);
      at = next;
      part = nextPart;
    }
  }
  const blocks: StoredFunction['blocks'] = [];
  const parts: NonNullable<StoredFunction['parts']> = [];
  const keys = [...executions.keys()].sort((x, y) => x - y);
  keys.forEach((key, k) => {
    const [at, part] = placeAndPart(key);
    if (part === 0) blocks.push([at, executions.get(key)!]);
    if (part !== 0 || (k + 1 < keys.length && placeAndPart(keys[k + 1])[1] !== 0))
      parts.push([at, part, executions.get(key)!, taken.get(key) ?? 0]);
  });
  const isCritical = ([from, to]: [number, number, number]): boolean =>
    successors.get(from)!.size > 1 && predecessors.get(to)!.size > 1;
  const edges = [...between.values()].filter(isCritical).sort((x, y) => x[0] - y[0] || x[1] - y[1]);
  const targets: StoredFunction['targets'] = [];
  for (let k = 0; k < r.votes.length; k += 2) {
    const ahead = count(r.votes[k + 1] + 1);
    if (ahead > 0) targets.push([r.votes[k] - r.bodyStart, count(r.votes[k + 1]), ahead]);
  }
  targets.sort((x, y) => x[0] - y[0]);
  return { name, calls, blocks, edges, parts, targets };
}

const addCount = (counts: Map<number, number>, key: number, n: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + n);

function addTo(sets: Map<number, Set<number>>, key: number, value: number): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}
