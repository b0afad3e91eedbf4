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
 * Many commands are given other files each time. What the same script with the same options took with whatever files and
 * numbers counts until the very command has run often enough; since such runs do not do the same work, V8 has to be better
 * in all of them.
 *
 * The file `runs` of the cache folder is a table of fixed size, a row for each command, and for each command without its
 * files, at a place that its hash gives: a new command takes the row of an old one.
 */
import { cacheDir, RUNS } from '../cache/place.js';
import { files } from '../util/builtin.js';
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

/** Which engine the next run is to be on, by processor times of earlier ones that did the same work. */
export function betterEngine(v8: readonly number[], ours: readonly number[]): EngineName {
  return better(v8, ours, Math.min);
}

/** The same by runs that did similar work: V8 has to be better in each. */
export function betterAtSuch(v8: readonly number[], ours: readonly number[]): EngineName {
  return better(v8, ours, Math.max);
}

function better(v8: readonly number[], ours: readonly number[], ofV8: (...samples: number[]) => number): EngineName {
  if (ours.length < ENOUGH || varies(ours) || varies(v8)) return 'wamr';
  const own = Math.min(...ours);
  if (v8.length > 0 && ofV8(...v8) < (1 - BETTER) * own) return 'v8';
  const theirs = v8.length > 0 ? Math.min(...v8) : own;
  const worthATry = v8.length < ENOUGH && own > (1 - SAVES) * theirs && own < TRY_US;
  return worthATry ? 'v8' : 'wamr';
}

const varies = (samples: readonly number[]): boolean => Math.max(...samples) > SAME_WORK * Math.min(...samples);

/** A command as it was given. */
export interface CommandLine {
  argv: readonly string[];
  /** Null: the current folder is gone. */
  folder: string | null;
  /** The script where it is no file. */
  text: string | undefined;
}

/** The command that this process runs. */
export function commandLine(): CommandLine {
  const { argv, _eval: text } = process as typeof process & { _eval?: string };
  let folder: string | null = null;
  try {
    folder = process.cwd();
  } catch {
    // It was removed.
  }
  return { argv: [...argv], folder, text };
}

type Hash = [number, number];

/** What is known of a command. */
class Row {
  readonly v8: number[];
  readonly ours: number[];

  constructor(
    private readonly hash: Hash,
    words: Uint32Array,
  ) {
    const samples = (from: number): number[] => [...words.subarray(from, from + SAMPLES)].filter((x) => x > 0);
    const known = words[0] === hash[0] && words[1] === hash[1] && words[CHECK] === checkOf(words);
    this.v8 = known ? samples(V8) : [];
    this.ours = known ? samples(OURS) : [];
  }

  get isEmpty(): boolean {
    return this.v8.length + this.ours.length === 0;
  }

  isExceededBy(took: number): boolean {
    return took > SAME_WORK * Math.min(...this.v8, ...this.ours);
  }

  /** Takes what a run took; false when that is known. */
  add(took: number, where: EngineName, wasMeantFor: EngineName): boolean {
    const samples = where === 'v8' ? this.v8 : this.ours;
    const settled = where === wasMeantFor && samples.length >= ENOUGH && !varies(samples);
    if (settled && !this.isExceededBy(took)) return false;
    samples.push(took);
    if (samples.length > SAMPLES) samples.shift();
    return true;
  }

  forget(): void {
    this.v8.length = this.ours.length = 0;
  }

  /** What is written to the file, and where. */
  stored(): StoredRow {
    const words = new Uint32Array(ROW);
    words.set(this.hash);
    words.set(this.v8, V8);
    words.set(this.ours, OURS);
    words[CHECK] = checkOf(words);
    return { words, at: placeOf(this.hash) };
  }
}

/** A row of the file `runs`, at this place in bytes. */
export interface StoredRow {
  words: Uint32Array;
  at: number;
}

/** Writes rows to their places in the file (notes.ts). */
type StoreRows = (rows: readonly StoredRow[]) => void;

export class PastRuns {
  readonly better: EngineName;

  private constructor(
    /** Of the very command. */
    private readonly exact: Row,
    /** Of the command with whatever files; null where that is the same. */
    private readonly such: Row | null,
    private readonly store: StoreRows,
  ) {
    this.better =
      such === null || exact.ours.length >= ENOUGH
        ? betterEngine(exact.v8, exact.ours)
        : betterAtSuch(such.v8, such.ours);
  }

  /** Of the command that this process runs; null of what has no name, or no cache. */
  static of({ argv, folder, text }: CommandLine, store: StoreRows): PastRuns | null {
    const dir = cacheDir();
    if (dir === null || folder === null || (argv.length < 2 && text === undefined)) return null;
    const options = withoutPreloads(process.execArgv);
    const program = hashOf([VERSION, process.version, text, ...options, '', ...argv.slice(0, 2)].join('\0'));
    const given = argv.slice(2).join('\0');
    const files = withoutFiles(argv.slice(2)).join('\0');
    const hashes = [hashOf(`\0${folder}\0${given}`, program)];
    // A script that is no file has no other runs.
    if (files !== given && text === undefined) hashes.push(hashOf(`\0${files}`, program));
    const [exact, such = null] = readRows(`${dir}/${RUNS}`, hashes);
    return new PastRuns(exact, such, store);
  }

  /** Notes at the end what the run took. `where`: the engine that everything ran on; null when there was none, or both. */
  noteAtExit(where: () => EngineName | null): void {
    process.on('exit', () => this.note(where()));
  }

  /** A run that is left to V8 has a module. */
  watch(): void {
    const timer = setInterval(() => {
      const took = spent();
      if (!this.rows.some((row) => row.isExceededBy(took))) return;
      clearInterval(timer);
      this.note('v8');
    }, LOOK_MS);
    timer.unref();
  }

  /** What is compiled by a new profile is compared anew. */
  forget(): void {
    const known = this.rows.filter((row) => !row.isEmpty);
    for (const row of known) row.forget();
    this.write(known);
  }

  private get rows(): Row[] {
    return this.such === null ? [this.exact] : [this.exact, this.such];
  }

  private note(where: EngineName | null): void {
    if (where === null) return;
    const took = spent();
    this.write(this.rows.filter((row) => row.add(took, where, this.better)));
  }

  private write(rows: readonly Row[]): void {
    if (rows.length > 0) this.store(rows.map((row) => row.stored()));
  }
}

// Before the program changes it.
const { cpuUsage } = process;

/** Processor time of the process so far, in microseconds. */
function spent(): number {
  const { user, system } = cpuUsage();
  return user + system;
}

const PRELOADS = ['-r', '--require', '--import'];

/** Options without those that load `register`, which may stand in NODE_OPTIONS as well: the work is the same. */
function withoutPreloads(options: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < options.length; i++)
    if (PRELOADS.includes(options[i])) i++;
    else if (!PRELOADS.includes(options[i].split('=', 1)[0])) out.push(options[i]);
  return out;
}

/** Arguments without the names of files and the numbers among them: several in a row are as one. */
export function withoutFiles(args: readonly string[]): string[] {
  const kept = args.map((arg) => arg.replace(/^(--?[^=\d./\\]*=)?.*[\d./\\].*$/s, '$1*'));
  return kept.filter((arg, i) => arg !== '*' || kept[i - 1] !== '*');
}

const placeOf = ([first]: Hash): number => 4 * ROW * (first % ROWS);

/** Two hashes of 32 bits (FNV-1a, from different starts), of a text behind what gave `before`. */
function hashOf(text: string, before: Hash = [0x811c9dc5, 0x2d2816fe]): Hash {
  let [a, b] = before;
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
function readRows(file: string, hashes: readonly Hash[]): Row[] {
  const fs = files();
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  let fd = -1;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    // No file.
  }
  const rows = hashes.map((hash) => {
    const words = new Uint32Array(ROW);
    try {
      if (fd >= 0) fs.readvSync(fd, [words], placeOf(hash));
    } catch {
      // A folder, a pipe.
    }
    return new Row(hash, words);
  });
  if (fd >= 0) fs.closeSync(fd);
  return rows;
}
