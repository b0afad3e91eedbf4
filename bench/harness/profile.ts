/** Attribution of TCGC on our engine: sampled time and exact counts, by function and by kind of code. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Profile } from '../../src-ts/profile/attribute.js';
import type { Counts } from '../../src-ts/profile/counts.js';
import { CACHE, OWN_CLI, TCGC } from './paths.js';
import { columns } from './report.js';
import { compileOwnTcgc } from './tcgc.js';

const TOP = 15;

export interface Share {
  name: string;
  /** Of the whole, 0 to 1. */
  share: number;
}

export interface Attribution {
  /** Milliseconds of processor time, or instructions. */
  total: number;
  unit: 'ms' | 'instructions';
  functions: Share[];
  kinds: Share[];
}

export interface ProfileResult {
  sampled: Attribution;
  counted: Attribution;
}

/** Null (with a message) when TCGC does not compile or run. */
export function profileTcgc(): ProfileResult | null {
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  const sampled = run('tcgc-debug', ['--debug-info'], []);
  const counted = run('tcgc-count', ['--count'], ['--count']);
  if (sampled === null || counted === null) return null;
  const p = JSON.parse(sampled) as Profile;
  const c = JSON.parse(counted) as Counts;
  const result: ProfileResult = {
    sampled: {
      total: p.total / 1e6,
      unit: 'ms',
      kinds: shares(p.kinds, p.total),
      functions: p.frames
        .map((f) => ({ name: named(f), share: f.self / p.total }))
        .sort(byShare)
        .slice(0, TOP),
    },
    counted: {
      total: c.instructions,
      unit: 'instructions',
      kinds: shares(c.kinds, c.instructions),
      functions: c.functions.map((f) => ({ name: named(f), share: f.instructions / c.instructions })).slice(0, TOP),
    },
  };
  process.stdout.write(`${profileText(result)}\n\n`);
  return result;
}

const byShare = (x: Share, y: Share): number => y.share - x.share;
const named = (f: { index: number; name: string }): string =>
  f.index < 0 || f.name.includes(`[${f.index}]`) ? f.name : `${f.name} [${f.index}]`;
const shares = (kinds: Record<string, number>, total: number): Share[] =>
  Object.entries(kinds)
    .map(([name, x]) => ({ name, share: x / total }))
    .sort(byShare);

function run(folder: string, compileFlags: string[], profileFlags: string[]): string | null {
  const dir = join(CACHE, 'code', folder);
  const file = join(CACHE, `${folder}.json`);
  const failed = compileOwnTcgc(dir, compileFlags);
  const r =
    failed === null
      ? spawnSync(process.execPath, [OWN_CLI, 'profile', ...profileFlags, '-o', file, '--', 'run', dir, '1'], {
          cwd: TCGC,
          encoding: 'utf8',
        })
      : null;
  if (r?.status === 0) return readFileSync(file, 'utf8');
  process.stderr.write(`bench: no profile of TCGC: ${failed ?? r?.stderr.trim().split('\n')[0]}\n`);
  return null;
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

function profileText({ sampled, counted }: ProfileResult): string {
  const both = (pick: (a: Attribution) => Share[]): string[][] => {
    const other = new Map(pick(counted).map((s) => [s.name, s.share]));
    const rows = pick(sampled).map((s) => [
      s.name,
      percent(s.share),
      other.has(s.name) ? percent(other.get(s.name) as number) : '',
    ]);
    for (const s of pick(counted))
      if (!pick(sampled).some((x) => x.name === s.name)) rows.push([s.name, '', percent(s.share)]);
    return rows;
  };
  return `TCGC, attribution: ${sampled.total.toFixed(0)} ms of processor time, ${(counted.total / 1e9).toFixed(2)} G instructions\n${columns([['kind of code', 'time', 'instructions'], ...both((a) => a.kinds)])}\n${columns([['function', 'time', 'instructions'], ...both((a) => a.functions)])}`;
}
