/** `npm run bench -- stats FILE.wasm`: static counters of our code and of Wasmtime's for the same module. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileSync } from '../../../src-ts/aot/compile.js';
import { decodeModule } from '../../../src-ts/wasm/module.js';
import { skipImmediates } from '../../../src-ts/ir/scan.js';
import { CACHE } from '../paths.js';
import { peer } from '../peers.js';
import { sha256 } from '../programs.js';
import { columns } from '../report.js';
import { short } from '../tables.js';
import { type CodeImage, readOwn, readWasmtime } from './code.js';
import { COUNTERS, type Counters, type Dialect, countFunction, noCounters } from './count.js';

const BIGGEST = 12;

export interface SideStats {
  fileBytes: number;
  functions: number;
  total: Counters;
  /** By function index. */
  byFunction: Map<number, Counters>;
}

export interface StatsResult {
  wasm: string;
  operators: number;
  own: Omit<SideStats, 'byFunction'>;
  wasmtime: Omit<SideStats, 'byFunction'> | null;
  biggest: { index: number; name: string; own: Counters; wasmtime: Counters | null }[];
}

/** Counts and prints; the result goes into the JSON. */
export function stats(wasm: string): StatsResult {
  const bytes = readFileSync(wasm);
  const own = readOwn(compileSync(bytes));
  const ownSide = side(own, 'own');
  const cwasm = wasmtimeCode(wasm);
  const other = cwasm === null ? null : readWasmtime(cwasm);
  const otherSide = other === null ? null : side(other, 'cranelift');
  const operators = countOperators(bytes);
  const biggest = [...own.functions]
    .sort((x, y) => y.bytes - x.bytes)
    .slice(0, BIGGEST)
    .map(({ index, name }) => ({
      index,
      name,
      own: ownSide.byFunction.get(index) as Counters,
      wasmtime: otherSide?.byFunction.get(index) ?? null,
    }));
  const strip = ({ fileBytes, functions, total }: SideStats): Omit<SideStats, 'byFunction'> => ({
    fileBytes,
    functions,
    total,
  });
  const result = { wasm, operators, own: strip(ownSide), wasmtime: otherSide && strip(otherSide), biggest };
  process.stdout.write(`${statsText(result)}\n`);
  return result;
}

function side(image: CodeImage, dialect: Dialect): SideStats {
  const total = noCounters();
  const byFunction = new Map<number, Counters>();
  for (const f of image.functions) {
    const c = countFunction(image, f, dialect);
    byFunction.set(f.index, c);
    for (const k of COUNTERS) total[k] += c[k];
  }
  return { fileBytes: image.fileBytes, functions: image.functions.length, total, byFunction };
}

function wasmtimeCode(wasm: string): Uint8Array | null {
  const tools = peer('wasmtime');
  if (tools === null) return null;
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  const file = join(CACHE, 'code', `stats-${sha256(wasm).slice(0, 12)}.cwasm`);
  if (!existsSync(file)) {
    const r = spawnSync(tools.wasmtime, ['compile', '-o', file, wasm], { encoding: 'utf8' });
    if (r.status !== 0) {
      process.stderr.write(`bench: Wasmtime is left out: ${r.stderr.trim()}\n`);
      return null;
    }
  }
  return readFileSync(file);
}

/** Operators in all bodies; the `end` of a body and what cannot be reached count too. */
export function countOperators(bytes: Uint8Array): number {
  const m = decodeModule(bytes);
  const leb = (p: number): [number, number] => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const b = bytes[p++];
      value |= (b & 0x7f) << shift;
      if (b < 0x80) return [value >>> 0, p];
    }
  };
  let n = 0;
  for (let i = 0; i < m.bodyStart.length; i++) {
    let [groups, p] = leb(m.bodyStart[i]);
    while (groups-- > 0) p = leb(p)[1] + 1;
    for (; p < m.bodyEnd[i]; n++) p = skipImmediates(bytes, p + 1, bytes[p]);
  }
  return n;
}

/** The tables for the terminal. */
export function statsText(r: StatsResult): string {
  const relation = (own: number, other: number | undefined): string[] =>
    other === undefined ? [] : [short(other), other === 0 ? '' : `${(own / other).toFixed(3)}`];
  const head = r.wasmtime ? ['wamr-native', 'Wasmtime', 'ours / theirs'] : ['wamr-native'];
  const row = (name: string, own: number, other?: number): string[] => [name, short(own), ...relation(own, other)];
  const rows = [
    ['', ...head],
    row('functions', r.own.functions, r.wasmtime?.functions),
    ...COUNTERS.map((c) => row(c, r.own.total[c], r.wasmtime?.total[c])),
    row(
      'bytes per wasm operator',
      r.own.total.bytes / r.operators,
      r.wasmtime ? r.wasmtime.total.bytes / r.operators : undefined,
    ),
    row(
      'instructions per wasm operator',
      r.own.total.instructions / r.operators,
      r.wasmtime ? r.wasmtime.total.instructions / r.operators : undefined,
    ),
    row('bytes of the compiled file', r.own.fileBytes, r.wasmtime?.fileBytes),
  ];
  const big = r.biggest.map((f) => [
    `[${f.index}] ${f.name}`.slice(0, 48),
    ...(['bytes', 'instructions', 'weighted stack traffic', 'weighted moves'] as const).map(
      (c) => `${short(f.own[c])}${f.wasmtime ? ` (${(f.own[c] / Math.max(1, f.wasmtime[c])).toFixed(2)})` : ''}`,
    ),
  ]);
  return [
    `${r.wasm}: ${r.operators.toLocaleString('en-US')} wasm operators`,
    columns(rows),
    `\nthe biggest functions${r.wasmtime ? ' (in brackets: ours / Wasmtime)' : ''}`,
    columns([['function', 'bytes', 'instructions', 'stack traffic, weighted', 'moves, weighted'], ...big]),
  ].join('\n');
}
