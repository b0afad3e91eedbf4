/** The TCGC workload of bench/tcgc, as `npm run tcgc` runs it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { CompileOptions } from '../../src-ts/options.js';
import { wamr } from './built.js';
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

/** What one compilation prints. */
export const TCGC_OUTPUT = 'got 186123 bytes back from tcgc.compile\ndigest 9f9c3c4c\n';
/** The folder that it runs in. */
export const TCGC_FOLDER = path.join(ROOT, 'bench/tcgc');

/** Compiles its core modules into `folder` for another machine, whose Node runs it with these arguments. */
export async function tcgcFor(target: CompileOptions['target'], folder: string): Promise<string[]> {
  ensureTcgc();
  for (const core of ['tcgc.core', 'tcgc.core2', 'tcgc.core3', 'tcgc.core4']) {
    const wasm = fs.readFileSync(path.join(TCGC_FOLDER, 'jco', `${core}.wasm`));
    fs.writeFileSync(path.join(folder, `${core}.aot`), await wamr.compile(wasm, { target }));
  }
  return [path.join(TCGC_FOLDER, 'run/jco.mjs'), '--engine', 'made', '--artefacts', folder, '1'];
}
