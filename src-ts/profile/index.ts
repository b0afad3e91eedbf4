/**
 * `wamr-native/profile`: where the processor time of wasm inside a program goes, and profiles to compile by. A recording
 * belongs to the thread that starts it and sees the modules that are loaded after its start.
 *
 * @module wamr-native/profile
 */
import fs from 'node:fs';
import path from 'node:path';
import { compile, type CompileOptions, load, type Module } from '../index.js';
import { type Check, checkOptions, isBoolean, isCount } from '../util/check-options.js';
import { attribute, type Profile } from './attribute.js';
import { type Counts, readCounts, storedProfile } from './counts.js';
import { flameGraph } from './flame-graph.js';
import { cpuProfile, folded, speedscope } from './formats.js';
import { Recorder } from './recorder.js';
import type { StoredProfile } from './stored.js';

export type { Frame, Profile } from './attribute.js';
export type { Counts, FunctionCounts } from './counts.js';
export type { StoredProfile } from './stored.js';

/** Options of a recording. */
export interface ProfileOptions {
  /** Microseconds between samples; 0: none, for modules that count (`compile(wasm, { count: true })`). Default: 500. */
  intervalUs?: number;
  /**
   * JavaScript's functions too, by V8's profiler: whole stacks, in which wasm stands where it was called. Then it does not
   * matter where the program is when the recording begins. Default: false.
   */
  javascript?: boolean;
  /**
   * Functions apart by source line, with the calls that were inlined: of modules that were compiled with `debugInfo` and
   * have DWARF or a source map. Default: false.
   */
  lines?: boolean;
}

const OPTIONS: Readonly<Record<keyof ProfileOptions, Check>> = {
  intervalUs: isCount,
  javascript: isBoolean,
  lines: isBoolean,
};
const INTERVAL_US = 500;

/** Samples of a recording. */
export class Samples {
  /** @param title of graphs */
  constructor(
    /** Times by frame, kind and stack. */
    readonly profile: Profile,
    /** Of graphs. */
    readonly title: string,
  ) {}

  /** For Chrome's developer tools and VS Code. */
  toCpuProfile(): object {
    return cpuProfile(this.profile);
  }
  /** For https://www.speedscope.app. */
  toSpeedscope(): object {
    return speedscope(this.profile, this.title);
  }
  /** Lines of `outer;inner nanoseconds`, for other flame graph tools. */
  toFolded(): string {
    return folded(this.profile);
  }
  /** An SVG. */
  toFlameGraph(): string {
    return flameGraph(this.profile, this.title);
  }
  /** Title and profile, for `JSON.stringify`. */
  toJSON(): object {
    return { title: this.title, ...this.profile };
  }

  /**
   * Writes a file in the format that its name says: .cpuprofile, .speedscope.json, .svg, .folded, .json.
   * @throws TypeError for another name
   */
  write(file: string): void {
    const format = FORMATS.find(([suffix]) => file.endsWith(suffix));
    if (format === undefined)
      throw new TypeError(`${path.basename(file)}: a profile's name ends in ${FORMATS.map(([s]) => s).join(', ')}`);
    fs.writeFileSync(file, format[1](this));
  }
}

const json = (x: object): string => `${JSON.stringify(x)}\n`;
/** The longer suffix first. */
const FORMATS: readonly [suffix: string, write: (s: Samples) => string][] = [
  ['.speedscope.json', (s) => json(s.toSpeedscope())],
  ['.cpuprofile', (s) => json(s.toCpuProfile())],
  ['.svg', (s) => s.toFlameGraph()],
  ['.folded', (s) => s.toFolded()],
  ['.json', (s) => json(s.toJSON())],
];

/** A running recording. */
export class Recording {
  private readonly recorder: Recorder;
  private readonly intervalUs: number;
  private readonly lines: boolean;

  constructor({ intervalUs = INTERVAL_US, javascript = false, lines = false }: ProfileOptions) {
    this.intervalUs = intervalUs;
    this.lines = lines;
    this.recorder = new Recorder({ intervalUs, javascript });
  }

  /**
   * Exact counts until now, of modules that were compiled with `count`.
   * @throws Error when there is none
   */
  counts(): Counts {
    return readCounts(this.recorder);
  }

  /**
   * The same as a profile to compile by: `compile(wasm, { profile })`; as JSON the contents of a .prof file.
   * @throws Error when no module counts
   */
  storedProfile(): StoredProfile {
    return storedProfile(this.recorder);
  }

  /** Ends the recording. What was not sampled (no instance was made) is empty. */
  stop(title = path.basename(process.argv[1] ?? 'node')): Samples {
    const raw = this.recorder.takeSamples() ?? { rows: new BigUint64Array(0), count: 0, lost: 0, scripts: null };
    this.recorder.close();
    if (current.recording === this) current.recording = undefined;
    const { intervalUs, lines } = this;
    return new Samples(attribute(raw, this.recorder.modules, { intervalUs, lines, scripts: raw.scripts }), title);
  }
}

/** The recording that `stop` ends. */
const current: { recording: Recording | undefined } = { recording: undefined };

/**
 * Records from now on what is loaded and runs in this thread.
 * @throws Error while another recording runs in this thread
 */
export function start(options: ProfileOptions = {}): Recording {
  checkOptions('start()', options, OPTIONS);
  return (current.recording = new Recording(options));
}

/**
 * Ends the recording that `start` began.
 * @throws Error when none runs
 */
export function stop(title?: string): Samples {
  if (current.recording === undefined) throw new Error('stop(): no recording runs in this thread');
  return current.recording.stop(title);
}

/**
 * A profile to compile a module by, from a run of the application that it belongs to: compiles it to count and calls
 * `run` with the module, which is instantiated and used there as ever.
 * @throws whatever `run` throws; CompileError when the module is refused
 */
export async function recordProfile(
  wasm: Uint8Array,
  run: (module: Module) => unknown,
  options: CompileOptions = {},
): Promise<StoredProfile> {
  if (typeof run !== 'function')
    throw new TypeError('recordProfile(): Argument 1 must be a function that runs the module');
  const artefact = await compile(wasm, { ...options, count: true });
  const recording = new Recording({ intervalUs: 0 });
  try {
    await run(load(artefact));
    return recording.storedProfile();
  } finally {
    recording.stop();
  }
}
