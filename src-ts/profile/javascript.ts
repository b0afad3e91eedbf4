/**
 * JavaScript's frames, by V8's own profiler. It sees an exported function where wasm runs (the code of `signature.ts`);
 * the addon takes its sample when V8 takes one (native/os/linux/profile.cc), so both are of the same moment, and the wasm frames
 * belong in that function's place.
 */
import type { Profiler, Session } from 'node:inspector';
import { pathToFileURL } from 'node:url';
import { HANDLER_NAME } from '../runtime/stack.js';
import { CALLS_URL } from '../runtime/signature.js';
import { builtin } from '../util/builtin.js';
import { packageFile } from '../util/package-files.js';

/** A function of JavaScript in a stack. */
export interface ScriptFrame {
  name: string;
  url: string;
  /** Where it begins, from 1; 0: unknown. */
  line: number;
  column: number;
  role: Role;
}

export const enum Role {
  PROGRAM,
  /** V8's words for what is no function: the garbage collector, code outside of JavaScript. */
  NOTE,
  /** An exported function: wasm frames belong here. */
  EXPORT,
  /** What else of this package is between JavaScript and wasm. */
  GLUE,
}

/** Samples of one moment are apart by the time that a signal handler takes. */
const SAME_MOMENT_US = 200;

/** V8's profiler in this thread, running. */
export class JavaScriptProfiler {
  private readonly session: Session;

  constructor(intervalUs: number) {
    const { Session: Made } = builtin<typeof import('node:inspector')>('node:inspector');
    this.session = new Made();
    this.session.connect();
    this.post('Profiler.enable');
    this.post('Profiler.setSamplingInterval', { interval: intervalUs });
    this.post('Profiler.start');
  }

  stop(): JavaScriptStacks {
    const { profile } = this.post('Profiler.stop') as Profiler.StopReturnType;
    this.session.disconnect();
    return new JavaScriptStacks(profile);
  }

  /** In this thread, whose session answers at once. */
  private post(method: string, params: object = {}): unknown {
    let answer: unknown;
    this.session.post(method as 'Profiler.enable', params as never, (error, result?: unknown) => {
      if (error !== null) throw new Error(`V8's profiler: ${error.message}`);
      answer = result;
    });
    return answer;
  }
}

/** What V8 has seen. */
export class JavaScriptStacks {
  /** Of each node: from the outermost function to it. */
  private readonly paths = new Map<number, ScriptFrame[]>();
  /** Times of the samples, ascending, in microseconds of the monotonic clock. */
  private readonly times: Float64Array;
  private readonly samples: readonly number[];

  constructor({ nodes, samples = [], timeDeltas = [], startTime }: Profiler.Profile) {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const own = [packageFile('index.js'), pathToFileURL(packageFile('index.js')).href];
    const [root] = nodes;
    const work = [{ id: root.id, path: [] as ScriptFrame[] }];
    for (let top = work.pop(); top !== undefined; top = work.pop()) {
      this.paths.set(top.id, top.path);
      for (const id of byId.get(top.id)!.children ?? [])
        work.push({ id, path: [...top.path, frameOf(byId.get(id)!.callFrame, own, top.path)] });
    }
    this.samples = samples;
    this.times = new Float64Array(samples.length);
    let time = startTime;
    for (let k = 0; k < samples.length; k++) this.times[k] = time += timeDeltas[k];
  }

  /** The stack at a time (nanoseconds of the monotonic clock), outermost first; null where V8 has no sample. */
  at(time: number): readonly ScriptFrame[] | null {
    const us = time / 1000;
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle] < us) low = middle + 1;
      else high = middle;
    }
    const near =
      low > 0 && (low === this.times.length || us - this.times[low - 1] < this.times[low] - us) ? low - 1 : low;
    if (near >= this.times.length || Math.abs(this.times[near] - us) > SAME_MOMENT_US) return null;
    return this.paths.get(this.samples[near]) ?? null;
  }
}

function frameOf(
  f: Profiler.ProfileNode['callFrame'],
  own: readonly string[],
  callers: readonly ScriptFrame[],
): ScriptFrame {
  const { functionName: name, url, lineNumber, columnNumber } = f;
  const caller = callers.length === 0 ? Role.PROGRAM : callers[callers.length - 1].role;
  let role = Role.PROGRAM;
  if (url === CALLS_URL) role = name === HANDLER_NAME ? Role.GLUE : Role.EXPORT;
  // A native function without a name: the addon's, before V8 calls it without a frame.
  else if (own.includes(url) || (url === '' && name === '' && caller !== Role.PROGRAM)) role = Role.GLUE;
  else if (url === '' && /^\(.*\)$/.test(name)) role = Role.NOTE;
  return { name: name === '' ? '(anonymous)' : name, url, line: lineNumber + 1, column: columnNumber + 1, role };
}
