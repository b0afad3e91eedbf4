/**
 * Runs a command once and measures it from outside: wall clock, CPU time and peak memory as the operating system
 * reports them, and the program's own timer.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BENCH } from './paths.js';

export interface Command {
  argv: string[];
  /** File given as standard input. */
  stdin?: string;
  cwd?: string;
  env?: Record<string, string>;
}

export interface Sample {
  /** Seconds. */
  wall: number;
  cpu: number;
  /** KiB. */
  rss: number;
  /** Seconds between the program's own marks (`@bench_ns=` on stderr), or null. */
  exec: number | null;
  exit: number;
  /** First 16 hex digits of the SHA-256 of standard output. */
  output: string;
  stdout: string;
  stderr: string;
}

/** Runs the command; `timeoutS` seconds at most (then exit is -9). */
export function measure(command: Command, timeoutS = 300): Sample {
  const dir = mkdtempSync(join(tmpdir(), 'wamr-bench-'));
  const report = join(dir, 'usage.json');
  const env: NodeJS.ProcessEnv = { ...process.env, ...command.env };
  // Node up to 22 reads these certificates whenever it starts: some 40 ms of a machine behind a proxy, not of a program.
  delete env.NODE_EXTRA_CA_CERTS;
  const stdin = command.stdin === undefined ? 'ignore' : openSync(command.stdin, 'r');
  try {
    const r = spawnSync('python3', [join(BENCH, 'harness', 'measure.py'), report, String(timeoutS), ...command.argv], {
      stdio: [stdin, 'pipe', 'pipe'],
      cwd: command.cwd,
      env,
      maxBuffer: 1 << 28,
      encoding: 'utf8',
    });
    if (r.error !== undefined || r.status !== 0)
      return {
        wall: timeoutS,
        cpu: timeoutS,
        rss: 0,
        exec: null,
        exit: -9,
        output: '',
        stdout: '',
        stderr: String(r.error ?? r.stderr),
      };
    const usage = JSON.parse(readFileSync(report, 'utf8')) as { wall: number; cpu: number; rss: number; exit: number };
    const mark = /@bench_ns=0*(\d+)/.exec(r.stderr);
    return {
      ...usage,
      exec: mark ? Number(mark[1]) / 1e9 : null,
      output: createHash('sha256').update(r.stdout).digest('hex').slice(0, 16),
      stdout: r.stdout,
      stderr: r.stderr,
    };
  } finally {
    if (typeof stdin === 'number') closeSync(stdin);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Median of a list that is not empty. */
export function median(values: number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const mid = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
}

/** Quartiles [25 %, 75 %] by linear interpolation. */
export function quartiles(values: number[]): [number, number] {
  const sorted = [...values].sort((x, y) => x - y);
  const at = (q: number): number => {
    const x = q * (sorted.length - 1);
    const i = Math.floor(x);
    return sorted[i] + (x - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]);
  };
  return [at(0.25), at(0.75)];
}

export const geomean = (values: number[]): number =>
  Math.exp(values.reduce((s, x) => s + Math.log(x), 0) / values.length);
