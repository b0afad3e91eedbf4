/**
 * Real programs from npm (test/packages) under `--require wamr-native/register`, beside V8: processor and wall time of whole
 * processes, their start and end included, cold (the cache has V8's code for `register` from an earlier program, but not
 * the module: V8 runs it) and warm (the command has run often enough for `register` to know it: docs/register.md). Each
 * figure is the median of all rounds, ratios are medians of those within a round. The answers are compared.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { geomean, measure, median } from './measure.js';
import { ROOT } from './paths.js';
import type { Figure, Row, Table } from './tables.js';

const PACKAGES = join(ROOT, 'test', 'packages');
/** Node 20 itself now and then does not end after `process.exit`: it joins a thread that waits for the main one to collect. */
const LIMIT_SECONDS = 120;
/** The folder of a checkout that is measured, or null: V8 alone. */
type Checkout = string | null;

interface Run {
  digest: string;
  /** Milliseconds. Processor time: of the whole process, and of the main thread until the answer is there. */
  cpu: number;
  main: number;
  wall: number;
}

function run(name: string, by: Checkout, cache: string, mode = 'cached'): Run {
  const { stdout, stderr, exit, cpu, wall } = measure(
    {
      argv: [process.execPath, ...(by === null ? [] : ['--require', join(by, 'dist', 'register.js')]), 'run.mjs', name],
      cwd: PACKAGES,
      env: { NODE_OPTIONS: '', WAMR_REGISTER: mode, WAMR_CACHE_DIR: cache },
    },
    LIMIT_SECONDS,
  );
  if (exit !== 0) throw new Error(`exit ${exit}: ${stderr.slice(-500)}`);
  const { digest, main } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Run;
  return { digest, main, cpu: 1000 * cpu, wall: 1000 * wall };
}

/**
 * Runs before the warm ones that count: the first leaves V8's code of the engine, two are compared with the run that filled
 * the cache, two more may try V8.
 */
const SETTLING = 5;

/** One program under the `register` of one checkout: what runs it cold and warm. */
class Subject {
  private readonly warmCache: string;
  private readonly coldCache: string;

  constructor(
    private readonly name: string,
    private readonly by: string,
    folder: string,
  ) {
    this.warmCache = join(folder, 'warm');
    this.coldCache = join(folder, 'cold');
    this.precompile();
    for (let i = 0; i < SETTLING; i++) this.warm();
    // Leaves V8's code of `register`.
    this.cold();
  }

  /** Fills a cache with what the program compiles. */
  private precompile(): void {
    const cli = join(this.by, 'dist', 'cli.js');
    const { exit, stderr } = measure(
      {
        argv: [process.execPath, cli, 'precompile', '--', process.execPath, 'run.mjs', this.name],
        cwd: PACKAGES,
        env: { NODE_OPTIONS: '', WAMR_CACHE_DIR: this.warmCache },
      },
      LIMIT_SECONDS,
    );
    if (exit !== 0) throw new Error(`precompile: exit ${exit}: ${stderr.slice(-500)}`);
  }

  warm(): Run {
    return run(this.name, this.by, this.warmCache);
  }

  /** Without the start of the compiler, which would run beside all that follows. */
  cold(): Run {
    rmSync(join(this.coldCache, 'wanted'), { recursive: true, force: true });
    return run(this.name, this.by, this.coldCache, 'record');
  }
}

/** Names of the programs, those of the tests only where `quick`. */
function programNames(quick: boolean): string[] {
  const list = spawnSync(
    process.execPath,
    [
      '-e',
      "import('./programs.mjs').then((m) => console.log(JSON.stringify(Object.entries(m.programs).map(([n, p]) => [n, p.tests === true]))))",
    ],
    { cwd: PACKAGES, encoding: 'utf8' },
  );
  return (JSON.parse(list.stdout) as [string, boolean][]).filter(([, t]) => !quick || t).map(([n]) => n);
}

interface Round {
  v8: Run;
  cold: Run[];
  warm: Run[];
}

/** The label of what the geometric mean is made of. */
const WARM = 'warm / V8, cpu';

/** The rounds of one program: V8, and each checkout cold and warm. Throws where a run fails or the answers differ. */
function programRow(name: string, checkouts: readonly string[], labels: readonly string[], rounds: number): Row {
  const folder = mkdtempSync(join(tmpdir(), 'wamr-bench-'));
  const runs: Round[] = [];
  try {
    const subjects = checkouts.map((by, i) => new Subject(name, by, join(folder, String(i))));
    for (let i = 0; i < rounds; i++)
      runs.push({
        v8: run(name, null, ''),
        cold: subjects.map((s) => s.cold()),
        warm: subjects.map((s) => s.warm()),
      });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const digests = new Set(runs.flatMap((r) => [r.v8, ...r.cold, ...r.warm].map((x) => x.digest)));
  if (digests.size !== 1) throw new Error(`answers differ: ${[...digests].join(', ')}`);
  const figure = (label: string, of: (r: Round) => number): Figure => ({
    engine: label,
    label,
    samples: runs.map(of),
  });
  const ratio = (label: string, of: (r: Round) => number): Figure => ({
    engine: label,
    label,
    samples: [median(runs.map(of))],
  });
  const warm = labels.map((label, k) => ratio(`${WARM}${label}`, (r) => r.warm[k].cpu / r.v8.cpu));
  return {
    id: name,
    unit: 'ms',
    figures: [
      figure('V8 wall', (r) => r.v8.wall),
      figure('cold wall', (r) => r.cold[0].wall),
      figure('warm wall', (r) => r.warm[0].wall),
      figure('V8 cpu', (r) => r.v8.cpu),
      figure('warm cpu', (r) => r.warm[0].cpu),
      ...labels.map((label, k) => ratio(`cold / V8, main thread${label}`, (r) => r.cold[k].main / r.v8.main)),
      ...warm,
    ],
  };
}

/**
 * A program that fails has a row that says why, and the process's exit code is 1. `only`: some programs by name. `before`:
 * the folder of another checkout, built, to have in the same rounds.
 */
export function packagesTable(
  rounds: number,
  quick: boolean,
  { only, before }: { only?: readonly string[]; before?: string } = {},
): Table {
  const { ensureDependencies } = createRequire(join(ROOT, 'package.json'))('./scripts/setup.cjs');
  ensureDependencies(PACKAGES);
  const checkouts = before === undefined ? [ROOT] : [ROOT, before];
  const labels = ['', ', before'].slice(0, checkouts.length);
  const rows: Row[] = [];
  const ratios: number[] = [];
  for (const name of only ?? programNames(quick))
    try {
      const row = programRow(name, checkouts, labels, rounds);
      ratios.push(row.figures.find((f) => f.label === WARM)!.samples[0]);
      rows.push(row);
    } catch (error) {
      const figure = { engine: 'V8 wall', label: 'V8 wall', samples: [], note: (error as Error).message };
      rows.push({ id: name, unit: '', figures: [figure] });
      process.exitCode = 1;
    }
  return {
    id: 'packages',
    about: `Programs of npm under wamr-native/register: warm, they take ${geomean(ratios).toFixed(2)} of V8's processor time (geometric mean of ${ratios.length}, worst ${Math.max(...ratios).toFixed(2)})`,
    rows,
  };
}
