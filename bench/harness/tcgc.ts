/** The headline workload on every engine: one process from start to end, load and execute, precompiled where the engine can. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, type Race, type RaceOptions, race } from './compare.js';
import type { Command, Sample } from './measure.js';
import { BENCH, CACHE, OWN_CLI, ROOT } from './paths.js';
import { peer } from './peers.js';
import { sha256 } from './programs.js';

const TCGC = join(BENCH, 'tcgc');
const COMPONENT = join(TCGC, 'tcgc.component.wasm');
const NODE = process.execPath;

/** 1 and 5 compiles in a process (`quick`: 1). */
export function tcgcRaces(engines: string[], options: RaceOptions, quick: boolean): Race[] {
  if (!existsSync(COMPONENT)) {
    process.stderr.write('bench: building TCGC\n');
    // Installs, builds and runs it once on V8.
    const r = spawnSync(NODE, [join(ROOT, 'scripts', 'tcgc.cjs'), '--engine', 'v8'], { stdio: ['ignore', 2, 2] });
    if (r.status !== 0) {
      process.stderr.write('bench: tcgc is left out: it could not be built\n');
      return [];
    }
  }
  const digest = (s: Sample): string => [...new Set(s.stdout.match(/digest \w+/g))].join();
  const input = sha256(COMPONENT);
  return (quick ? [1] : [1, 5]).map((times) =>
    race(`tcgc-${times}`, `TCGC, ${times} compile${times > 1 ? 's' : ''} in one process`, input, contestants(String(times), input, engines), {
      ...options,
      rounds: times === 1 ? options.rounds : Math.ceil(options.rounds / 2),
      byWall: true,
      digest,
    }),
  );
}

interface Candidate {
  id: string;
  label: string;
  prepare(times: string, input: string): Command | string;
  maxRounds?: number;
}

const JCO = join(TCGC, 'run', 'jco.mjs');
const CANDIDATES: readonly Candidate[] = [
  { id: 'ours', label: 'wamr-native', prepare: own },
  { id: 'wasmtime', label: 'Wasmtime 49', prepare: wasmtime },
  { id: 'v8', label: 'V8 as it comes', prepare: (times) => ({ argv: [NODE, '--no-warnings', JCO, times] }) },
  { id: 'v8-turbofan', label: 'V8, TurboFan (compile included)', prepare: (times) => ({ argv: [NODE, '--no-warnings', '--no-liftoff', '--no-wasm-lazy-compilation', JCO, times] }) },
  // 20 s a compile, and a wrong result: one round is enough.
  { id: 'wamr', label: 'WAMR port', prepare: wamr([]), maxRounds: 1 },
  { id: 'wamr-O0', label: 'WAMR port -O0', prepare: wamr(['-O0']), maxRounds: 1 },
  { id: 'node', label: 'plain Node, no wasm', prepare: (times) => ({ argv: [NODE, join(TCGC, 'dist', 'node-main.mjs'), times] }) },
];

function contestants(times: string, input: string, engines: string[]): Contestant[] {
  return CANDIDATES.filter((c) => engines.includes(c.id)).map(({ id, label, prepare, maxRounds }) => ({ id, label, command: prepare(times, input), maxRounds }));
}

/** Why our compile failed; null: it did not; undefined: not tried yet. */
let ownFailure: string | null | undefined;

/** Compiles the component once a run of the bench. The component tools are found from the workload's own folder. */
export function compileOwnTcgc(dir: string, flags: string[]): string | null {
  const r = spawnSync(NODE, [OWN_CLI, 'compile', ...flags, COMPONENT, '-o', dir], { cwd: TCGC, encoding: 'utf8' });
  return r.status === 0 ? null : r.stderr.trim().split('\n')[0];
}

function own(times: string): Command | string {
  const dir = join(CACHE, 'code', 'tcgc');
  if (ownFailure === undefined) ownFailure = compileOwnTcgc(dir, []);
  return ownFailure ?? { argv: [NODE, OWN_CLI, 'run', dir, times], cwd: TCGC };
}

function wasmtime(times: string, input: string): Command | string {
  const tools = peer('wasmtime');
  if (tools === null) return 'not installed';
  const file = join(CACHE, 'code', `tcgc-${input.slice(0, 12)}.cwasm`);
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  if (!existsSync(file)) {
    const r = spawnSync(tools.wasmtime, ['compile', '-o', file, COMPONENT], { encoding: 'utf8' });
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
      copyFileSync(COMPONENT, component);
      const r = spawnSync(tools.wamrc, ['compile-component', ...flags, component], { encoding: 'utf8', timeout: 600_000 });
      if (r.status !== 0) return `compile failed: ${(r.stderr ?? '').trim().split('\n').at(-1)}`;
    }
    return { argv: [tools.wamr, 'run', component, times] };
  };
}
