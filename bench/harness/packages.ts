/**
 * Real programs from npm (test/packages) under `--require wamr-native/register`, beside V8: processor and wall time of whole
 * processes, their start and end included, cold (the cache has V8's code for `register` from an earlier program, but not
 * the module: V8 runs it) and warm. The answers are compared.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measure, median } from './measure.js';
import { OWN_CLI, ROOT } from './paths.js';
import type { Figure, Row, Table } from './tables.js';

const PACKAGES = join(ROOT, 'test', 'packages');
const REGISTER = join(ROOT, 'dist', 'register.js');

interface Run {
  digest: string;
  /** Milliseconds. Processor time: of the whole process, and of the main thread until the answer is there. */
  cpu: number;
  main: number;
  wall: number;
}

function run(name: string, cache: string | null, mode = 'cached'): Run {
  const { stdout, stderr, exit, cpu, wall } = measure({
    argv: [process.execPath, ...(cache === null ? [] : ['--require', REGISTER]), 'run.mjs', name],
    cwd: PACKAGES,
    env: { NODE_OPTIONS: '', WAMR_REGISTER: mode, WAMR_CACHE_DIR: cache ?? '' },
  });
  if (exit !== 0) throw new Error(`${name}: ${stderr.slice(-500)}`);
  const { digest, main } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Run;
  return { digest, main, cpu: 1000 * cpu, wall: 1000 * wall };
}

/** Fills a cache with what the program compiles. */
function precompile(name: string, cache: string): void {
  spawnSync(process.execPath, [OWN_CLI, 'precompile', '--', process.execPath, 'run.mjs', name], {
    cwd: PACKAGES,
    env: { ...process.env, NODE_OPTIONS: '', WAMR_CACHE_DIR: cache },
  });
}

export function packagesTable(rounds: number, quick: boolean): Table {
  const { ensureDependencies } = createRequire(join(ROOT, 'package.json'))('./scripts/setup.cjs');
  ensureDependencies(PACKAGES);
  const list = spawnSync(
    process.execPath,
    [
      '-e',
      "import('./programs.mjs').then((m) => console.log(JSON.stringify(Object.entries(m.programs).map(([n, p]) => [n, p.tests === true]))))",
    ],
    { cwd: PACKAGES, encoding: 'utf8' },
  );
  const names = (JSON.parse(list.stdout) as [string, boolean][]).filter(([, t]) => !quick || t).map(([n]) => n);
  const rows: Row[] = [];
  const ratios: number[] = [];
  for (const name of names) {
    const folder = mkdtempSync(join(tmpdir(), 'wamr-bench-'));
    const warmCache = join(folder, 'warm');
    precompile(name, warmCache);
    // Leaves V8's code of the engine, as every first warm run does; and that of `register`.
    run(name, warmCache);
    const coldCache = join(folder, 'cold');
    const forget = (): void => rmSync(join(coldCache, 'wanted'), { recursive: true, force: true });
    run(name, coldCache, 'record');
    const runs: { v8: Run; cold: Run; warm: Run }[] = [];
    for (let i = 0; i < rounds; i++) {
      forget();
      // Cold without the start of the compiler, which would run beside all that follows.
      runs.push({ v8: run(name, null), cold: run(name, coldCache, 'record'), warm: run(name, warmCache) });
    }
    rmSync(folder, { recursive: true, force: true });
    const digests = new Set(runs.flatMap((r) => Object.values(r).map((x) => x.digest)));
    if (digests.size !== 1) throw new Error(`${name}: answers differ: ${[...digests].join(', ')}`);
    const figure = (label: string, samples: number[]): Figure => ({ engine: label, label, samples });
    const ratio = (f: (r: (typeof runs)[0]) => number): number => median(runs.map(f));
    ratios.push(ratio((r) => r.warm.cpu / r.v8.cpu));
    rows.push({
      id: name,
      unit: 'ms',
      figures: [
        figure(
          'V8 wall',
          runs.map((r) => r.v8.wall),
        ),
        figure(
          'cold wall',
          runs.map((r) => r.cold.wall),
        ),
        figure(
          'warm wall',
          runs.map((r) => r.warm.wall),
        ),
        figure(
          'V8 cpu',
          runs.map((r) => r.v8.cpu),
        ),
        figure(
          'warm cpu',
          runs.map((r) => r.warm.cpu),
        ),
        figure('cold / V8, main thread', [ratio((r) => r.cold.main / r.v8.main)]),
        figure('warm / V8, cpu', [ratios[ratios.length - 1]]),
      ],
    });
  }
  const mean = Math.exp(ratios.reduce((sum, x) => sum + Math.log(x), 0) / ratios.length);
  return {
    id: 'packages',
    about: `Programs of npm under wamr-native/register: warm, they take ${mean.toFixed(2)} of V8's processor time (geometric mean of ${ratios.length}, worst ${Math.max(...ratios).toFixed(2)})`,
    rows,
  };
}
