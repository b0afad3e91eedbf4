/**
 * The headline workload on every engine: one process from start to end, load and execute, precompiled where the engine
 * can.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, type Race, type RaceOptions, race } from './compare.js';
import type { Command, Sample } from './measure.js';
import { CACHE, OWN_CLI, ROOT, TCGC, TCGC_COMPONENT } from './paths.js';
import { peer } from './peers.js';
import { sha256 } from './programs.js';
import { TCGC_TRAINING_NOTE, trainTcgc } from './training.js';

const NODE = process.execPath;

/** Builds the component, and its translation for Node, unless they are there. */
export function ensureTcgc(): boolean {
  if (existsSync(TCGC_COMPONENT) && existsSync(join(TCGC, 'jco', 'tcgc.core.wasm'))) return true;
  process.stderr.write('bench: building TCGC\n');
  const r = spawnSync(NODE, [join(ROOT, 'scripts', 'tcgc.cjs'), '--engine', 'v8', '--setup-only'], {
    stdio: ['ignore', 2, 2],
  });
  if (r.status !== 0) process.stderr.write('bench: tcgc is left out: it could not be built\n');
  return r.status === 0;
}

/** 1 and 5 compiles in a process (`quick`: 1). */
export function tcgcRaces(engines: string[], options: RaceOptions, quick: boolean): Race[] {
  if (!ensureTcgc()) return [];
  const digest = (s: Sample): string => [...new Set(s.stdout.match(/digest \w+/g))].join();
  const input = sha256(TCGC_COMPONENT);
  return (quick ? [1] : [1, 5]).map((times) =>
    race(
      `tcgc-${times}`,
      `TCGC, ${times} compile${times > 1 ? 's' : ''} in one process`,
      input,
      contestants(String(times), input, engines),
      {
        ...options,
        rounds: times === 1 ? options.rounds : Math.ceil(options.rounds / 2),
        byWall: true,
        digest,
      },
    ),
  );
}

interface Candidate {
  id: string;
  label: string;
  prepare(times: string, input: string): Command | string;
  maxRounds?: number;
  note?: string;
}

const JCO = join(TCGC, 'run', 'jco.mjs');
const CANDIDATES: readonly Candidate[] = [
  { id: 'ours', label: 'wamr-native', prepare: own },
  { id: 'ours-profile', label: 'wamr-native, with a profile', prepare: ownWithProfile, note: TCGC_TRAINING_NOTE },
  { id: 'wasmtime', label: 'Wasmtime 49', prepare: wasmtime },
  { id: 'v8', label: 'V8 as it comes', prepare: (times) => ({ argv: [NODE, '--no-warnings', JCO, times] }) },
  {
    id: 'v8-turbofan',
    label: 'V8, TurboFan (compile included)',
    prepare: (times) => ({ argv: [NODE, '--no-warnings', '--no-liftoff', '--no-wasm-lazy-compilation', JCO, times] }),
  },
  // 20 s a compile, and a wrong result: one round is enough.
  { id: 'wamr', label: 'WAMR port', prepare: wamr([]), maxRounds: 1 },
  { id: 'wamr-O0', label: 'WAMR port -O0', prepare: wamr(['-O0']), maxRounds: 1 },
  {
    id: 'node',
    label: 'plain Node, no wasm',
    prepare: (times) => ({ argv: [NODE, join(TCGC, 'dist', 'node-main.mjs'), times] }),
  },
];

function contestants(times: string, input: string, engines: string[]): Contestant[] {
  return CANDIDATES.filter((c) => engines.includes(c.id)).map(({ prepare, ...c }) => ({
    ...c,
    command: prepare(times, input),
  }));
}

/** Compiles the component; null, or why that failed. The component tools are found from the workload's own folder. */
export function compileOwnTcgc(dir: string, flags: string[]): string | null {
  const r = spawnSync(NODE, [OWN_CLI, 'compile', ...flags, TCGC_COMPONENT, '-o', dir], { cwd: TCGC, encoding: 'utf8' });
  return r.status === 0 ? null : r.stderr.trim().split('\n')[0];
}

/** Why compiling into a folder failed, or null; a folder is compiled into once a run of the bench. */
const ownFailures = new Map<string, string | null>();

function runOwn(times: string, folder: string, compile: (dir: string) => string | null): Command | string {
  const dir = join(CACHE, 'code', folder);
  if (!ownFailures.has(folder)) ownFailures.set(folder, compile(dir));
  return ownFailures.get(folder) ?? { argv: [NODE, OWN_CLI, 'run', dir, times], cwd: TCGC };
}

function own(times: string): Command | string {
  return runOwn(times, 'tcgc', (dir) => compileOwnTcgc(dir, []));
}

function ownWithProfile(times: string): Command | string {
  return runOwn(times, 'tcgc-profile', (dir) => {
    const trained = trainTcgc();
    return 'failed' in trained ? trained.failed : compileOwnTcgc(dir, ['--profile', trained.profile]);
  });
}

function wasmtime(times: string, input: string): Command | string {
  const tools = peer('wasmtime');
  if (tools === null) return 'not installed';
  const file = join(CACHE, 'code', `tcgc-${input.slice(0, 12)}.cwasm`);
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  if (!existsSync(file)) {
    const r = spawnSync(tools.wasmtime, ['compile', '-o', file, TCGC_COMPONENT], { encoding: 'utf8' });
    if (r.status !== 0) return r.stderr.trim();
  }
  return { argv: [tools.wasmtime, 'run', '--allow-precompiled', file, times] };
}

function wamr(flags: string[]) {
  return (times: string, input: string): Command | string => {
    if (times !== '1') return 'too slow for this one';
    const tools = peer('wamr');
    if (tools === null) return 'not installed';
    const dir = join(CACHE, 'code', `tcgc-${input.slice(0, 12)}-wamr${flags.join('')}`);
    const component = join(dir, 'tcgc.wasm');
    if (!existsSync(join(dir, 'tcgc.cwasm.json'))) {
      mkdirSync(dir, { recursive: true });
      copyFileSync(TCGC_COMPONENT, component);
      const r = spawnSync(tools.wamrc, ['compile-component', ...flags, component], {
        encoding: 'utf8',
        timeout: 600_000,
      });
      if (r.status !== 0) return `compile failed: ${(r.stderr ?? '').trim().split('\n').at(-1)}`;
    }
    return { argv: [tools.wamr, 'run', component, times] };
  };
}
