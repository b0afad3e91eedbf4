/** The headline workload on every engine: one process from start to end, load and execute, precompiled where the engine can. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, type Race, type RaceOptions, race } from './compare.js';
import type { Command, Sample } from './measure.js';
import { BENCH, CACHE, ROOT } from './paths.js';
import { peer } from './peers.js';

const TCGC = join(BENCH, 'tcgc');
const COMPONENT = join(TCGC, 'tcgc.component.wasm');
const NODE = process.execPath;

/** 1 and 5 compiles in a process. */
export function tcgcRaces(engines: string[], options: RaceOptions): Race[] {
  if (!existsSync(COMPONENT)) {
    process.stderr.write('bench: tcgc is left out: build it first (npm run tcgc)\n');
    return [];
  }
  const digest = (s: Sample): string => [...new Set(s.stdout.match(/digest \w+/g))].join();
  return [1, 5].map((times) =>
    race(`tcgc-${times}`, `TCGC, ${times} compile${times > 1 ? 's' : ''} in one process`, contestants(String(times)).filter((c) => engines.includes(c.id)), {
      ...options,
      rounds: times === 1 ? options.rounds : Math.ceil(options.rounds / 2),
      byWall: true,
      digest,
    }),
  );
}

function contestants(times: string): Contestant[] {
  const jco = join(TCGC, 'run', 'jco.mjs');
  return [
    { id: 'ours', label: 'wamr-native', command: own(times) },
    { id: 'wasmtime', label: 'Wasmtime 49', command: wasmtime(times) },
    { id: 'v8', label: 'V8 as it comes', command: { argv: [NODE, '--no-warnings', jco, times] } },
    { id: 'v8-turbofan', label: 'V8, TurboFan (compile included)', command: { argv: [NODE, '--no-warnings', '--no-liftoff', '--no-wasm-lazy-compilation', jco, times] } },
    { id: 'node', label: 'plain Node, no wasm', command: { argv: [NODE, join(TCGC, 'dist', 'node-main.mjs'), times] } },
  ];
}

function own(times: string): Command | string {
  const dir = join(CACHE, 'code', 'tcgc');
  const r = spawnSync(NODE, [join(ROOT, 'dist', 'cli.js'), 'compile', COMPONENT, '-o', dir], { encoding: 'utf8' });
  return r.status === 0 ? { argv: [NODE, join(ROOT, 'dist', 'cli.js'), 'run', dir, times] } : r.stderr.trim().split('\n')[0];
}

function wasmtime(times: string): Command | string {
  const tools = peer('wasmtime');
  if (tools === null) return 'not installed';
  const file = join(CACHE, 'code', 'tcgc.cwasm');
  if (!existsSync(file)) {
    const r = spawnSync(tools.wasmtime, ['compile', '-o', file, COMPONENT], { encoding: 'utf8' });
    if (r.status !== 0) return r.stderr.trim();
  }
  return { argv: [tools.wasmtime, 'run', '--allow-precompiled', file, times] };
}
