/**
 * The measured work. C programs are built from `bench/programs` by zig cc (pinned), so their bytes are the same
 * everywhere; quickjs, sqlite and SpiderMonkey come from the shared suite where it is present. Inputs are pinned by
 * SHA-256: another file is refused, because its figures could not be compared.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BENCH, CACHE, SHARED } from './paths.js';
import { peer } from './peers.js';
import pins from '../programs/pins.json';

export interface Program {
  id: string;
  /** What it stresses. */
  about: string;
  wasm: string;
  args: string[];
  stdin?: string;
  /** Preopened as `.`. */
  dir?: string;
  /** Call this export with `args` instead of running the command. */
  invoke?: string;
  /**
   * What it works on when a profile is taken (training.ts), where that can be another input: files to take in place of
   * those above, or a script to put in the place of the one inside the program.
   */
  training?: { stdin?: string; dir?: string; script?: string };
  sha256: string;
  simd: boolean;
}

interface Row {
  id: string;
  about: string;
  from: 'c' | 'suite';
  args?: string[];
  stdin?: string;
  dir?: string;
  simd?: boolean;
  /** As in Program; the paths are relative to `bench/programs/training`. */
  training?: Program['training'];
}

const ROWS: readonly Row[] = [
  { id: 'icall', about: 'indirect calls', from: 'c' },
  { id: 'vm', about: 'bytecode interpreter (br_table)', from: 'c' },
  { id: 'chase', about: 'pointer chasing, hash table, quicksort', from: 'c' },
  { id: 'hash64', about: '64-bit integer hashing', from: 'c' },
  { id: 'nbody', about: 'scalar floating point', from: 'c' },
  { id: 'matrix', about: 'dense matrices, stencil', from: 'c' },
  { id: 'sort', about: 'heap, merge and radix sort', from: 'c' },
  { id: 'sieve', about: 'byte and bit sieves', from: 'c' },
  { id: 'base64', about: 'strings and base64', from: 'c' },
  { id: 'lz', about: 'compression', from: 'c' },
  { id: 'triad', about: 'CoreMark class: lists, matrices, states', from: 'c' },
  { id: 'quickjs', about: 'JavaScript interpreter', from: 'suite', training: { script: 'training.js' } },
  { id: 'sqlite', about: 'database engine', from: 'suite' },
  {
    id: 'spidermonkey',
    about: 'JavaScript engine, 10 MB',
    from: 'suite',
    stdin: 'data/spidermonkey/sm.in',
    dir: 'data/spidermonkey',
    training: { stdin: 'sm.in', dir: '.' },
  },
  { id: 'simd_bytes', about: 'SIMD on bytes', from: 'c', simd: true },
  { id: 'simd_float', about: 'SIMD floating point', from: 'c', simd: true },
];

export const PROGRAM_IDS = ROWS.map((r) => r.id);

export const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The programs with these ids (all by default), built. A program that can't be had is named on stderr and left out. */
export function programs(only: string[] = PROGRAM_IDS): Program[] {
  const out: Program[] = [];
  for (const row of ROWS) {
    if (!only.includes(row.id)) continue;
    const wasm = row.from === 'c' ? buildRow(row) : join(SHARED, 'workloads', 'suite', 'wasm', `${row.id}.wasm`);
    if (wasm === null || !existsSync(wasm)) {
      process.stderr.write(
        `bench: ${row.id} is left out: ${row.from === 'c' ? 'it could not be built' : 'the shared suite is not here'}\n`,
      );
      continue;
    }
    const hash = pinned(row.id, wasm, (pins as Record<string, string>)[row.id]);
    const suite = join(SHARED, 'workloads', 'suite');
    const training =
      row.training &&
      Object.fromEntries(
        Object.entries(row.training).map(([what, path]) => [what, join(BENCH, 'programs', 'training', path)]),
      );
    out.push({
      id: row.id,
      about: row.about,
      wasm,
      args: row.args ?? [],
      stdin: row.stdin && join(suite, row.stdin),
      dir: row.dir && join(suite, row.dir),
      sha256: hash,
      simd: row.simd ?? false,
      training,
    });
  }
  return out;
}

function buildRow({ id, simd }: Row): string | null {
  return buildC({
    folder: join(BENCH, 'programs'),
    source: `${id}.c`,
    headers: ['bench.h', 'simd.h'],
    name: id,
    flags: ['-O2', ...(simd ? ['-msimd128'] : [])],
  });
}

/** A program of the user's own: any WASI command, or an exported function. */
export function userProgram(wasm: string, args: string[], invoke?: string): Program {
  return {
    id: basename(wasm),
    about: invoke === undefined ? 'command line' : `${invoke}(${args.join(', ')})`,
    wasm,
    args,
    invoke,
    sha256: sha256(wasm),
    simd: false,
  };
}

/** A C program to build. */
export interface CSource {
  folder: string;
  source: string;
  /** What it includes from here, relative to the folder. */
  headers: string[];
  /** Of the wasm file. */
  name: string;
  flags: string[];
}

/** Path of the program as zig cc makes it, kept in the cache; null (with the reason on stderr) when it cannot. */
export function buildC({ folder, source, headers, name, flags }: CSource): string | null {
  const hash = createHash('sha256').update(flags.join(' '));
  for (const file of [source, ...headers]) hash.update(readFileSync(join(folder, file)));
  const dir = join(CACHE, 'programs');
  const wasm = join(dir, `${name}.wasm.${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(wasm)) return wasm;
  const zig = peer('zig');
  if (zig === null) return null;
  mkdirSync(dir, { recursive: true });
  const r = spawnSync(zig.zig, ['cc', '--target=wasm32-wasi', '-s', ...flags, '-o', wasm, source], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ZIG_GLOBAL_CACHE_DIR: join(CACHE, 'zig') },
  });
  if (r.status !== 0) process.stderr.write(r.stderr);
  return r.status === 0 ? wasm : null;
}

/** SHA-256 of a program, which must be the pinned one. */
export function pinned(id: string, wasm: string, pin: string | undefined): string {
  const hash = sha256(wasm);
  if (pin !== hash)
    throw new Error(`${id}: SHA-256 ${hash} where pins.json says ${pin ?? 'nothing'}; figures would not be comparable`);
  return hash;
}
