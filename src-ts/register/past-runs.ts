/**
 * Which engine a command is better off with, by what its earlier runs took. V8 has little to do for a small module that
 * runs for a short time, and then the start of this engine costs more than its code saves: such a run is left to V8.
 *
 * A run is the same as another one when the command line and the folder are: then it mostly does the same work, and the
 * processor time of whole processes can be compared. The first run with a new module is on V8 anyway (modules.ts), the next
 * ones are on this engine; where that did not pay, V8 gets another try, and the better one has it from then on, unless
 * what it takes changes. Where modules were compiled ahead by running the command (`precompile -- node app.mjs`), that run was
 * V8's. Nothing but speed depends on what is kept here.
 *
 * The file `runs` of the cache folder is a table of fixed size, a row for each command at a place that its hash gives: a
 * new command takes the row of an old one.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { cacheDir, RUNS } from '../cache/place.js';
import { VERSION } from '../version.js';
import type { EngineName } from './registered.js';

const ROWS = 4096;
/** Words of a row: the command's hash (2), samples of V8 and of this engine, a check. */
const ROW = 16;
const CHECK = ROW - 1;
/** The latest samples of each engine that are kept: processor time in microseconds; 0: none. */
const SAMPLES = 3;
const V8 = 2;
const OURS = V8 + SAMPLES;

/** Runs of this engine before it is compared. */
const ENOUGH = 2;
/** Runs that differ by more do not do the same work. */
const SAME_WORK = 2;
/** V8 has a command if it saves at least this share of what this engine takes. */
const BETTER = 0.03;
/** V8 is tried where this engine does not save at least this share, and runs take no longer than that (microseconds). */
const SAVES = 0.1;
const TRY_US = 300_000;
/** A run that is left to V8 is looked at so often (milliseconds): it may turn out to be a long one, and not end by itself. */
const LOOK_MS = 5_000;

/** Which engine the next run is to be on, by processor times of earlier ones. */
export function betterEngine(v8: readonly number[], ours: readonly number[]): EngineName {
  if (ours.length < ENOUGH || varies(ours) || varies(v8)) return 'wamr';
  const own = Math.min(...ours);
  const theirs = v8.length > 0 ? Math.min(...v8) : own;
  if (theirs < (1 - BETTER) * own) return 'v8';
  const worthATry = v8.length < ENOUGH && own > (1 - SAVES) * theirs && own < TRY_US;
  return worthATry ? 'v8' : 'wamr';
}

const varies = (samples: readonly number[]): boolean => Math.max(...samples) > SAME_WORK * Math.min(...samples);

/** Writes a row to its place in the file (notes.ts). */
type StoreRow = (row: Uint32Array, at: number) => void;

export class PastRuns {
  readonly better: EngineName;
  private readonly v8: number[];
  private readonly ours: number[];

  private constructor(
    private readonly hash: [number, number],
    row: Uint32Array,
    private readonly store: StoreRow,
  ) {
    const samples = (from: number): number[] => [...row.subarray(from, from + SAMPLES)].filter((x) => x > 0);
    const known = row[0] === hash[0] && row[1] === hash[1] && row[CHECK] === checkOf(row);
    this.v8 = known ? samples(V8) : [];
    this.ours = known ? samples(OURS) : [];
    this.better = betterEngine(this.v8, this.ours);
  }

  /** Of the command that this process runs; null of what has no name, or no cache. */
  static ofThisCommand(store: StoreRow): PastRuns | null {
    const { argv, version, execArgv } = process;
    const { _eval: text } = process as { _eval?: string };
    const dir = cacheDir();
    if (dir === null || (argv.length < 2 && text === undefined)) return null;
    try {
      const options = withoutPreloads(execArgv);
      const hash = hashOf([VERSION, version, process.cwd(), text, ...options, '', ...argv].join('\0'));
      return new PastRuns(hash, readRow(join(dir, RUNS), hash), store);
    } catch {
      // No current folder.
      return null;
    }
  }

  /** Notes at the end what the run took. `where`: the engine that everything ran on; null when there was none, or both. */
  noteAtExit(where: () => EngineName | null): void {
    process.on('exit', () => this.note(where()));
  }

  /** A run that is left to V8 has a module. */
  watch(): void {
    const timer = setInterval(() => {
      if (!this.isLongerThan(spent())) return;
      clearInterval(timer);
      this.note('v8');
    }, LOOK_MS);
    timer.unref();
  }

  /** What is compiled by a new profile is compared anew. */
  forget(): void {
    if (this.v8.length + this.ours.length === 0) return;
    this.v8.length = this.ours.length = 0;
    this.write();
  }

  private isLongerThan(took: number): boolean {
    return took > SAME_WORK * Math.min(...this.v8, ...this.ours);
  }

  private note(where: EngineName | null): void {
    if (where === null) return;
    const took = spent();
    const samples = where === 'v8' ? this.v8 : this.ours;
    const settled = where === this.better && samples.length >= ENOUGH && !varies(samples);
    if (settled && !this.isLongerThan(took)) return;
    samples.push(took);
    if (samples.length > SAMPLES) samples.shift();
    this.write();
  }

  private write(): void {
    const row = new Uint32Array(ROW);
    row.set(this.hash);
    row.set(this.v8, V8);
    row.set(this.ours, OURS);
    row[CHECK] = checkOf(row);
    this.store(row, placeOf(this.hash));
  }
}

// Before the program changes it.
const { cpuUsage } = process;

/** Processor time of the process so far, in microseconds. */
function spent(): number {
  const { user, system } = cpuUsage();
  return user + system;
}

/** Options without those that load `register`, which may stand in NODE_OPTIONS as well: the work is the same. */
function withoutPreloads(options: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < options.length; i++)
    if (/^(-r|--require|--import)$/.test(options[i])) i++;
    else if (!/^--(require|import)=/.test(options[i])) out.push(options[i]);
  return out;
}

const placeOf = ([first]: [number, number]): number => 4 * ROW * (first % ROWS);

/** Two hashes of 32 bits (FNV-1a, from different starts). */
function hashOf(text: string): [number, number] {
  let [a, b] = [0x811c9dc5, 0x2d2816fe];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x01000193) + (a >>> 15);
  }
  return [a >>> 0, b >>> 0];
}

function checkOf(row: Uint32Array): number {
  let check = 1;
  for (let i = 0; i < CHECK; i++) check = Math.imul(check ^ row[i], 0x01000193);
  return check >>> 0;
}

/** Whatever is there: it is believed only with a check, and then about speed only. */
function readRow(file: string, hash: [number, number]): Uint32Array {
  const row = new Uint32Array(ROW);
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  let fd = -1;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    fs.readSync(fd, row, 0, 4 * ROW, placeOf(hash));
  } catch {
    // No file.
  }
  if (fd >= 0) fs.closeSync(fd);
  return row;
}
