/**
 * `npm run bench -- shapes [SHAPE…]`: what compiling modules of extreme shapes costs (test/support/shapes.ts), each in a
 * few sizes: processor time and peak memory of whole processes. A shape whose cost grows faster than its module is told.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleOfBytes, SHAPES } from '../../test/support/shapes.js';
import { measure } from './measure.js';
import { CACHE, OWN_CLI } from './paths.js';
import { peer } from './peers.js';
import { columns } from './report.js';
import { short } from './tables.js';

/** Bytes of the modules, each four times the last. A function has 7.6 MB at most. */
const SIZES = [75_000, 300_000, 1_200_000];
const TIMEOUT_S = 300;
/** Some shapes would take a peer all of the memory that there is. */
const PEER_LIMIT = ['bash', '-c', 'ulimit -v 4000000; exec "$0" "$@"'];
const PEER_S = 60;
const FILE = join(CACHE, 'code', 'shape.wasm');
const OUT = join(CACHE, 'code', 'shape.out');
/** Four times the bytes may take so many times the time, of those that take longer than the start of a process. */
const MOST_FOR_FOUR = 6;
const WORTH_MS = 300;
/** Peak memory: bytes a byte of module, and a fixed part, beyond what a process takes that compiles next to nothing. */
const MOST_PER_BYTE = 300;
const FIXED_BYTES = 50e6;

/** One module. */
export interface ShapeFigure {
  bytes: number;
  /** Milliseconds of processor time; null: failed, or longer than the limit. */
  ms: number | null;
  /** Peak memory. */
  mib: number;
  /** Milliseconds of Wasmtime's for the largest module; null: failed, longer than a minute, more than 4 GB, or there is none. */
  peer: number | null;
}

export interface ShapeResult {
  id: string;
  figures: ShapeFigure[];
}

export const shapeIds = (): string[] => Object.keys(SHAPES);

/** The shapes' figures, the least that a process takes first (id ''). */
export function shapes(ids: readonly string[], withPeer: boolean): ShapeResult[] {
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  const wasmtime = withPeer ? peer('wasmtime')?.wasmtime : undefined;
  const empty = { id: '', figures: [ours(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))] };
  process.stdout.write(`${columns([HEAD])}\n`);
  const results = ids.map((id): ShapeResult => {
    const figures: ShapeFigure[] = [];
    for (const size of SIZES) {
      const wasm = moduleOfBytes(SHAPES[id], size);
      // Some have a largest one.
      if (wasm.length < 1.5 * (figures.at(-1)?.bytes ?? 0)) break;
      figures.push(ours(wasm));
      if (figures.at(-1)!.ms === null) break;
    }
    // The module is still there.
    if (wasmtime !== undefined)
      figures.at(-1)!.peer = cpu([...PEER_LIMIT, wasmtime, 'compile', '-o', OUT, FILE], PEER_S);
    process.stdout.write(`${shapeRow({ id, figures }, empty.figures[0]).join('  ')}\n`);
    return { id, figures };
  });
  return [empty, ...results];
}

function ours(wasm: Uint8Array): ShapeFigure {
  writeFileSync(FILE, wasm);
  const run = measure(
    { argv: [process.execPath, OWN_CLI, 'compile', '-j', '1', FILE, '-o', OUT], env: { WAMR_COMPILE_SERVER: 'off' } },
    TIMEOUT_S,
  );
  return { bytes: wasm.length, ms: run.exit === 0 ? run.cpu * 1000 : null, mib: run.rss / 1024, peer: null };
}

function cpu(argv: string[], seconds: number): number | null {
  const run = measure({ argv }, seconds);
  return run.exit === 0 ? run.cpu * 1000 : null;
}

export const HEAD = ['shape', 'bytes', 'ms', 'ns a byte', '× for 4 ×', 'peak MiB', 'bytes a byte', 'Wasmtime ms', ''];

/** The largest module that was compiled, and how its costs grew from the one before. */
export function shapeRow({ id, figures }: ShapeResult, least: ShapeFigure): string[] {
  const last = figures.at(-1)!;
  const before = figures.at(-2);
  const more = (f: ShapeFigure): number => Math.max(1, (f.ms ?? NaN) - (least.ms ?? 0));
  const perByte = ((last.mib - least.mib) * 2 ** 20) / last.bytes;
  const growth = before === undefined ? NaN : (4 * (more(last) / more(before))) / (last.bytes / before.bytes);
  const faults = [
    last.ms === null ? 'failed, or too long' : '',
    growth > MOST_FOR_FOUR && more(last) > WORTH_MS ? 'time' : '',
    perByte > MOST_PER_BYTE + FIXED_BYTES / last.bytes ? 'memory' : '',
  ];
  return [
    id,
    last.bytes.toLocaleString('en-US'),
    last.ms === null ? '–' : short(last.ms),
    last.ms === null ? '–' : short((more(last) * 1e6) / last.bytes),
    Number.isNaN(growth) ? '–' : growth.toFixed(1),
    short(last.mib),
    short(Math.max(0, perByte)),
    last.peer === null ? '–' : short(last.peer),
    faults.filter((f) => f !== '').join(', '),
  ];
}
