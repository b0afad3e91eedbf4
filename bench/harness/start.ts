/**
 * TCGC from nothing: how long it takes until its last core module is instantiated, beside Node's own start; and from wasm to
 * the result, compilation included, beside `wasmtime run`, with all caches and the compile server off.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, measure, type Sample } from './measure.js';
import { BENCH, CACHE, OWN_CLI, TCGC, TCGC_COMPONENT } from './paths.js';
import { peer } from './peers.js';
import type { Figure, Row, Table } from './tables.js';
import { compileOwnTcgc, ensureTcgc } from './tcgc.js';

const NODE = process.execPath;
const STARTS = 15;

/** `rounds`: of cold runs; `quick`: one compile in a process only, where it is otherwise five too. */
export function startTables(rounds: number, quick: boolean): Table[] {
  if (!ensureTcgc()) return [];
  return [startTable(), coldRunTable(rounds, quick)];
}

function startTable(): Table {
  const folder = join(CACHE, 'code', 'tcgc');
  const failed = compileOwnTcgc(folder, []);
  const preload = join(BENCH, 'harness', 'start.cjs');
  const starts: [string, string, string[]][] = [
    ['ours', 'wamr-native', [NODE, '-r', preload, OWN_CLI, 'run', folder]],
    ['node', 'Node alone', [NODE, '-r', preload, '-e', '0']],
  ];
  const rows = ['wall', 'cpu'].map((kind): Row => ({
    id: `start to the last core instance: ${kind}`,
    unit: 'ms',
    figures: starts.map(([engine, label]): Figure => ({ engine, label, samples: [], note: failed ?? undefined })),
  }));
  // The first one leaves V8's code in the cache.
  for (let round = -1; round < STARTS && failed === null; round++)
    starts.forEach(([, , argv], k) => {
      const s = measure({ argv });
      if (s.exit !== 0) for (const row of rows) row.figures[k].note = `exit ${s.exit}: ${s.stderr.trim()}`;
      if (round < 0 || s.exit !== 0) return;
      const { wall, cpu } = JSON.parse(s.stdout) as { wall: number; cpu: number };
      rows[0].figures[k].samples.push(wall);
      rows[1].figures[k].samples.push(cpu);
    });
  return { id: 'start', about: 'TCGC: start, compiled before', rows };
}

/** From wasm to the result. */
function coldRunTable(rounds: number, quick: boolean): Table {
  const tools = peer('wasmtime');
  const engines: { engine: string; label: string; run: (times: string) => Sample | string }[] = [
    { engine: 'ours', label: 'wamr-native', run: runCold },
    {
      engine: 'wasmtime',
      label: 'Wasmtime 49',
      run: (times) =>
        tools === null
          ? 'not installed'
          : measure({ argv: [tools.wasmtime, 'run', '-C', 'cache=n', TCGC_COMPONENT, times] }),
    },
  ];
  const rows: Row[] = [];
  for (const times of quick ? ['1'] : ['1', '5']) {
    const own = (['wall', 'cpu'] as const).map((kind): Row => ({
      id: `wasm to result, ${times} compile${times === '1' ? '' : 's'} in the process: ${kind}`,
      unit: 's',
      figures: engines.map(({ engine, label }): Figure => ({ engine, label, samples: [] })),
    }));
    rows.push(...own);
    for (let round = 0; round < rounds; round++)
      engines.forEach(({ run }, k) => {
        const s = run(times);
        if (typeof s !== 'string' && s.exit === 0) {
          own[0].figures[k].samples.push(s.wall);
          own[1].figures[k].samples.push(s.cpu);
        } else for (const row of own) row.figures[k].note = typeof s === 'string' ? s : `exit ${s.exit}`;
      });
  }
  return { id: 'cold-run', about: 'TCGC: cold, nothing compiled before', rows };
}

function runCold(times: string): Sample {
  const cache = mkdtempSync(join(tmpdir(), 'wamr-bench-'));
  const command: Command = {
    argv: [NODE, OWN_CLI, 'run', TCGC_COMPONENT, times],
    cwd: TCGC,
    env: { WAMR_CACHE_DIR: cache, WAMR_COMPILE_SERVER: 'off' },
  };
  try {
    return measure(command);
  } finally {
    rmSync(cache, { recursive: true });
  }
}
