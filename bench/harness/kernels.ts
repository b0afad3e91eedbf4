/**
 * The kernels: small loops of all kinds, `bench/kernels`. Each is a program of its own, built by the same compiler and
 * pinned like the other programs; here are their list and the table of a run. A source file is a kind, and what it
 * defines by `KERNEL(name, rounds)` are its kernels.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Race } from './compare.js';
import { geomean } from './measure.js';
import { BENCH } from './paths.js';
import { buildC, pinned, type Program } from './programs.js';
import { columns } from './report.js';
import pins from '../kernels/pins.json';

/** Source files and what kind of loops are in them. */
const KINDS: readonly { file: string; about: string; simd?: boolean }[] = [
  { file: 'linear', about: 'dense linear algebra' },
  { file: 'stencil', about: 'stencils' },
  { file: 'recurrence', about: 'recurrences' },
  { file: 'dynamic', about: 'dynamic programming' },
  { file: 'sorts', about: 'sorts and searches' },
  { file: 'tables', about: 'tables, sieves, lists' },
  { file: 'bytes', about: 'bytes, compression' },
  { file: 'hashes', about: 'hashes, checksums' },
  { file: 'floats', about: 'scalar floating point' },
  { file: 'streams', about: 'streams over arrays' },
  { file: 'vectors', about: 'SIMD', simd: true },
  { file: 'chains', about: 'chains through memory' },
  { file: 'text', about: 'text, sorting by digits' },
  { file: 'ciphers', about: 'ciphers, SIMD', simd: true },
  { file: 'strings', about: 'strings, bits' },
  { file: 'signals', about: 'signals, pictures' },
  { file: 'graphs', about: 'graphs, tables, searches' },
  { file: 'trees', about: 'trees, records, comparisons' },
  { file: 'numbers', about: 'codes, bases, bits' },
];

const FOLDER = join(BENCH, 'kernels');

interface Row {
  /** `kernels/NAME`. */
  id: string;
  name: string;
  kind: (typeof KINDS)[number];
}

function rows(): Row[] {
  return KINDS.flatMap((kind) =>
    [...readFileSync(join(FOLDER, `${kind.file}.c`), 'utf8').matchAll(/^KERNEL\((\w+),/gm)].map(([, name]) => ({
      id: `kernels/${name}`,
      name,
      kind,
    })),
  );
}

/** Names of all kernels, as the command line takes them. */
export const kernelIds = (): string[] => rows().map((r) => r.id);

/** The kernels with these ids, built. */
export function kernels(only: readonly string[]): Program[] {
  return rows()
    .filter((r) => only.includes(r.id))
    .flatMap(({ id, name, kind }) => {
      const wasm = buildC({
        folder: FOLDER,
        source: `${kind.file}.c`,
        headers: ['kernel.h', '../programs/bench.h', '../programs/simd.h'],
        name: `kernel-${name}`,
        flags: ['-O3', `-DRUN=${name}`, ...(kind.simd ? ['-msimd128'] : [])],
      });
      if (wasm === null) return [];
      const sha256 = pinned(id, wasm, (pins as Record<string, string>)[name]);
      return [{ id, about: kind.about, wasm, args: [], sha256, simd: kind.simd ?? false }];
    });
}

/** One line for each kernel, and the geometric means of the engines' ratios. */
export function kernelTable(races: Race[]): string {
  const engines = races[0].outcomes.map((o) => o.engine);
  const ratio = (r: Race, engine: string): number | null =>
    r.outcomes.find((o) => o.engine === engine && o.status === 'ok')?.ratio ?? null;
  const lines = races.map((r) => [
    r.id,
    r.about,
    ...r.outcomes.map((o) =>
      o.status !== 'ok' || o.exec === null
        ? `${o.status}: ${o.note}`
        : `${(o.exec * 1000).toFixed(1)} ms ${o.ratio === null ? '' : `${o.ratio.toFixed(3)}×`}`,
    ),
  ]);
  const means = engines.map((engine) => {
    const ratios = races.map((r) => ratio(r, engine)).filter((x) => x !== null);
    const below = ratios.filter((x) => x < 1).length;
    return ratios.length === 0 ? '' : `${geomean(ratios).toFixed(3)}× (${below} below 1)`;
  });
  return columns([
    ['kernel', 'kind', ...races[0].outcomes.map((o) => o.label)],
    ...lines,
    ['geometric mean', '', ...means],
  ]);
}
