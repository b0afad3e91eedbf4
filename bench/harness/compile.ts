/**
 * Compile time, processor time, peak memory and size of the result, ours on one and on two threads beside the other
 * compilers, and our time by phase.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { measure } from './measure.js';
import { CACHE, OWN_CLI } from './paths.js';
import { peer } from './peers.js';
import { type Program, programs } from './programs.js';
import { serverTable } from './server.js';
import type { Row, Table } from './tables.js';

interface Compiler {
  id: string;
  label: string;
  argv(p: Program, out: string): string[] | string;
  /** Too slow for every round. */
  slow?: boolean;
}

const NODE = process.execPath;
const own = (jobs: number): Compiler => ({
  id: `ours-j${jobs}`,
  label: `wamr-native -j${jobs}`,
  argv: (p, out) => [NODE, OWN_CLI, 'compile', '-j', String(jobs), p.wasm, '-o', out],
});
const wasmtime = (id: string, label: string, flags: string[]): Compiler => ({
  id,
  label,
  argv(p, out) {
    const tools = peer('wasmtime');
    return tools === null ? 'not installed' : [tools.wasmtime, 'compile', ...flags, '-o', out, p.wasm];
  },
});

const COMPILERS: readonly Compiler[] = [
  own(1),
  own(2),
  wasmtime('wasmtime-1', 'Wasmtime, 1 thread', ['-C', 'parallel-compilation=n']),
  wasmtime('wasmtime', 'Wasmtime', []),
  {
    id: 'v8-turbofan',
    label: 'V8 TurboFan',
    argv: (p) => [
      NODE,
      '--no-liftoff',
      '--no-wasm-lazy-compilation',
      '-e',
      'new WebAssembly.Module(require("fs").readFileSync(process.argv[1]))',
      p.wasm,
    ],
  },
  {
    id: 'wamr',
    label: 'WAMR port',
    slow: true,
    argv(p, out) {
      const tools = peer('wamr');
      return tools === null ? 'not installed' : [tools.wamrc, 'compile', p.wasm, '-o', out];
    },
  },
];

export function compileTables(rounds: number, quick: boolean): Table[] {
  const list = programs(quick ? ['base64', 'sqlite'] : ['base64', 'sqlite', 'spidermonkey']);
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  const rows: Row[] = [];
  for (const p of list) {
    const kinds = [
      ['wall', 's'],
      ['CPU', 's'],
      ['peak memory', 'MiB'],
      ['size of the result', 'MB'],
    ] as const;
    const own4 = kinds.map(([kind, unit]): Row => ({
      id: `${p.id}: ${kind}`,
      unit,
      figures: COMPILERS.map((c) => ({ engine: c.id, label: c.label, samples: [] })),
    }));
    rows.push(...own4);
    for (let round = 0; round < rounds; round++)
      COMPILERS.forEach((c, k) => {
        if (own4[0].figures[k].note !== undefined || (c.slow && (round > 0 || quick))) return;
        const out = join(CACHE, 'code', `compile.${c.id}`);
        const argv = c.argv(p, out);
        const s = typeof argv === 'string' ? null : measure({ argv, env: { WAMR_COMPILE_SERVER: 'off' } });
        if (s === null || s.exit !== 0) {
          own4.forEach((r) => (r.figures[k].note = s === null ? (argv as string) : 'failed'));
          return;
        }
        own4[0].figures[k].samples.push(s.wall);
        own4[1].figures[k].samples.push(s.cpu);
        own4[2].figures[k].samples.push(s.rss / 1024);
        if (existsSync(out)) own4[3].figures[k].samples.push(statSync(out).size / 1e6);
      });
  }
  return [
    { id: 'compile', about: 'compile', rows },
    serverTable(list),
    coldTable(list, rounds),
    phaseTable(list, rounds),
  ];
}

/** Which compiles of one process are shown. */
const SHOWN = [1, 2, 3, 5, 12];

/** Processor time of compiling the same module again and again in one process, one thread: cold, and as V8 warms up. */
function coldTable(list: Program[], rounds: number): Table {
  const script = `const { compileSync } = require(process.argv[1]); const wasm = require('fs').readFileSync(process.argv[2]);
    const ms = []; for (let i = 0; i < ${Math.max(...SHOWN)}; i++) { const c = process.cpuUsage(); compileSync(wasm);
    const d = process.cpuUsage(c); ms.push((d.user + d.system) / 1000); } console.log(JSON.stringify(ms));`;
  const rows: Row[] = SHOWN.map((n) => ({
    id: `compile number ${n} of a process`,
    unit: 'ms',
    figures: list.map((p) => ({ engine: p.id, label: p.id, samples: [] })),
  }));
  for (const [k, p] of list.entries())
    for (let round = 0; round < rounds; round++) {
      const r = spawnSync(NODE, ['-e', script, join(dirname(OWN_CLI), 'index.js'), p.wasm], { encoding: 'utf8' });
      if (r.status !== 0) break;
      const ms = JSON.parse(r.stdout) as number[];
      SHOWN.forEach((n, i) => rows[i].figures[k].samples.push(ms[n - 1]));
    }
  return { id: 'cold', about: 'compiling again and again in one process: processor time', rows };
}

/** Milliseconds by phase in a fresh process (phases.ts), one thread. */
function phaseTable(list: Program[], rounds: number): Table {
  const rows: Row[] = [];
  for (const p of list)
    for (let round = 0; round < rounds; round++) {
      const r = spawnSync(NODE, [join(CACHE, 'phases.cjs'), p.wasm], { encoding: 'utf8', maxBuffer: 1 << 26 });
      if (r.status !== 0) break;
      for (const [phase, ms] of Object.entries(JSON.parse(r.stdout) as Record<string, number>)) {
        let row = rows.find((x) => x.id === phase);
        if (!row)
          rows.push(
            (row = { id: phase, unit: 'ms', figures: list.map((q) => ({ engine: q.id, label: q.id, samples: [] })) }),
          );
        row.figures.find((f) => f.engine === p.id)?.samples.push(ms);
      }
    }
  return { id: 'phases', about: 'our compiler by phase, one thread', rows };
}
