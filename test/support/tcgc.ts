/** The TCGC workload of bench/tcgc, as `npm run tcgc` runs it. */
import { spawnSync } from 'node:child_process';
import { ROOT } from './peers.js';

export interface TcgcResult {
  code: number | null;
  out: string;
  err: string;
}

/** `npm run tcgc -- ARGS`. */
export function runTcgc(args: string[], env: NodeJS.ProcessEnv = {}): TcgcResult {
  const r = spawnSync(process.execPath, ['scripts/tcgc.cjs', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 580_000,
    env: { ...process.env, ...env },
  });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

/** Installs and builds the workload if need be. */
export function ensureTcgc(): void {
  const r = runTcgc(['--engine', 'v8', '--setup-only']);
  if (r.code !== 0) throw new Error(`the TCGC workload can't be set up:\n${r.err}`);
}
