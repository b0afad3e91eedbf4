/**
 * `npm run bench -- shapes [SHAPE…]`: what compiling modules of extreme shapes costs (test/support/shapes.ts), each in a
 * few sizes: processor time and peak memory of whole processes. A shape whose cost grows faster than its module is told.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleOfBytes, SHAPES } from '../../test/support/shapes.js';
import { measure } from './measure.js';
import { CACHE, OWN_CLI } from './paths.js';
import { peer } from './peers.js';
import { columns } from './report.js';
import { short } from './tables.js';

/** Bytes of the modules, each four times the last. A function has 7.6 MB at most. */
const SIZES = [300_000, 1_200_000, 4_800_000];
const TIMEOUT_S = 300;
/** Four times the bytes may take so many times the time, of those that take longer than the start of a process. */
const MOST_FOR_FOUR = 6;
const WORTH_MS = 300;
/** Peak memory: bytes a byte of module, beyond those of a process that compiles next to nothing. */
const MOST_PER_BYTE = 300;

/** One module. */
export interface ShapeFigure {
  bytes: number;
  /** Milliseconds of processor time; null: failed, or longer than the limit. */
  ms: number | null;
  /** Peak memory. */
  mib: number;
  /** Milliseconds of Wasmtime's; null as above, or where there is none. */
  wasmtime: number | null;
}

export interface ShapeResult {
  id: string;
  figures: ShapeFigure[];
}

export const shapeIds = (): string[] => Object.keys(SHAPES);

/** The shapes' figures, the least that a process takes first (id ''). */
export function shapes(ids: readonly string[]): ShapeResult[] {
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  const wasmtime = peer('wasmtime')?.wasmtime;
  const empty = { id: '', figures: [figure(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), wasmtime)] };
  process.stdout.write(`${columns([HEAD])}\n`);
  const results = ids.map((id): ShapeResult => {
    const figures: ShapeFigure[] = [];
    for (const size of SIZES) {
      const wasm = moduleOfBytes(SHAPES[id], size);
      // Some have a largest one.
      if (wasm.length < 1.5 * (figures.at(-1)?.bytes ?? 0)) break;
      figures.push(figure(wasm, wasmtime));
      if (figures.at(-1)!.ms === null) break;
    }
    process.stdout.write(`${shapeRow({ id, figures }, empty.figures[0]).join('  ')}\n`);
    return { id, figures };
  });
  return [empty, ...results];
}

function figure(wasm: Uint8Array, wasmtime: string | undefined): ShapeFigure {
  const file = join(CACHE, 'code', 'shape.wasm');
  const out = join(CACHE, 'code', 'shape.out');
  writeFileSync(file, wasm);
  const ours = measure(
    {
      argv: [process.execPath, OWN_CLI, 'compile', '-j', '1', file, '-o', out],
      env: { WAMR_COMPILE_SERVER: 'off' },
    },
    TIMEOUT_S,
  );
  const theirs = wasmtime === undefined ? null : measure({ argv: [wasmtime, 'compile', '-o', out, file] }, TIMEOUT_S);
  rmSync(file);
  rmSync(out, { force: true });
  const ms = (s: typeof ours | null): number | null => (s === null || s.exit !== 0 ? null : s.cpu * 1000);
  return { bytes: wasm.length, ms: ms(ours), mib: ours.rss / 1024, wasmtime: ms(theirs) };
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
    perByte > MOST_PER_BYTE && last.bytes > SIZES[0] ? 'memory' : '',
  ];
  return [
    id,
    last.bytes.toLocaleString('en-US'),
    last.ms === null ? '–' : short(last.ms),
    last.ms === null ? '–' : short((more(last) * 1e6) / last.bytes),
    Number.isNaN(growth) ? '–' : growth.toFixed(1),
    short(last.mib),
    short(Math.max(0, perByte)),
    last.wasmtime === null ? '–' : short(last.wasmtime),
    faults.filter((f) => f !== '').join(', '),
  ];
}
