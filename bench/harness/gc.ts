/**
 * Programs on objects of WebAssembly's heap (bench/programs/gc), beside V8 of Node 24 and Wasmtime: processor time of
 * one call of `run` after the engines have warmed up, collections included; Wasmtime's is that of a process less that of
 * one that does almost nothing. The answers of all are compared.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BENCH, CACHE, OWN_INDEX, ROOT } from './paths.js';
import { peer } from './peers.js';
import type { Figure, Row, Table } from './tables.js';

/** What `run` is called with: to warm up, and to be measured. */
const PROGRAMS: Readonly<Record<string, [number, number]>> = {
  trees: [8, 18],
  splay: [500, 200_000],
  classes: [2000, 3_000_000],
  strings: [2000, 600_000],
  lists: [500, 800_000],
  // Hard for a collector that moves nothing: a heap that is old, one that is replaced at random, sizes that change.
  old: [1000, 10_000_000],
  chains: [1000, 3_000_000],
  arrays: [1000, 1_500_000],
};

/** Prints the answer and the processor time in milliseconds. */
const SCRIPT = `
const [file, index, warm, n] = process.argv.slice(1);
const { Module, Instance } = index === 'v8' ? WebAssembly : require(index).WebAssembly;
const { run } = new Instance(new Module(require('fs').readFileSync(file))).exports;
for (let i = 0; i < 40; i++) run(+warm);
const before = process.cpuUsage();
const answer = run(+n);
const { user, system } = process.cpuUsage(before);
console.log(answer, (user + system) / 1000);`;

interface Run {
  answer: string;
  cpu: number;
}

function runNode(node: string, file: string, engine: string, [warm, n]: [number, number]): Run {
  const { stdout, stderr, status } = spawnSync(node, ['-e', SCRIPT, file, engine, String(warm), String(n)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${file}: ${stderr.slice(-500)}`);
  const [answer, cpu] = stdout.trim().split(' ');
  return { answer, cpu: Number(cpu) };
}

function runWasmtime(wasmtime: string, file: string, n: number): Run {
  const times = join(CACHE, 'gc-times');
  const r = spawnSync(
    'bash',
    [
      '-c',
      'TIMEFORMAT="%U %S"; { time "$0" run -W gc=y,function-references=y --invoke run "$1" "$2" 2>/dev/null; } 2>"$3"',
      wasmtime,
      file,
      String(n),
      times,
    ],
    { encoding: 'utf8' },
  );
  if (r.status !== 0) throw new Error(`${file}: wasmtime ended with ${r.status ?? r.signal}`);
  const [user, system] = readFileSync(times, 'utf8').trim().split(' ').map(Number);
  return { answer: r.stdout.trim(), cpu: 1000 * (user + system) };
}

export function gcTable(rounds: number, quick: boolean): Table {
  const { installNode } = createRequire(join(ROOT, 'package.json'))('./scripts/nodes.cjs') as {
    installNode(major: number): string;
  };
  const node24 = installNode(24);
  const wasmtime = peer('wasmtime')?.wasmtime;
  const wasmTools = peer('wasm-tools')?.['wasm-tools'];
  if (wasmTools === undefined) throw new Error('the programs cannot be assembled without wasm-tools');
  mkdirSync(CACHE, { recursive: true });
  const rows: Row[] = [];
  for (const [name, [warm, full]] of Object.entries(PROGRAMS)) {
    const file = join(CACHE, `gc-${name}.wasm`);
    const text = join(BENCH, 'programs', 'gc', `${name}.wat`);
    const { status, stderr } = spawnSync(wasmTools, ['parse', text, '-o', file], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${text}: ${stderr}`);
    const n = quick && name !== 'trees' ? full / 4 : full;
    const samples: Record<string, number[]> = { 'wamr-native': [], 'V8 (Node 24)': [], Wasmtime: [] };
    const answers = new Set<string>();
    const note = (engine: string, { answer, cpu }: Run): void => {
      answers.add(answer);
      samples[engine].push(cpu);
    };
    for (let k = 0; k < rounds; k++) {
      note('wamr-native', runNode(process.execPath, file, OWN_INDEX, [warm, n]));
      note('V8 (Node 24)', runNode(node24, file, 'v8', [warm, n]));
      if (wasmtime === undefined) continue;
      const idle = runWasmtime(wasmtime, file, 1).cpu;
      const { answer, cpu } = runWasmtime(wasmtime, file, n);
      note('Wasmtime', { answer, cpu: cpu - idle });
    }
    if (answers.size !== 1) throw new Error(`${name}: answers differ: ${[...answers].join(', ')}`);
    const figures = Object.entries(samples).map(([label, s]): Figure => ({ engine: label, label, samples: s }));
    rows.push({ id: name, unit: 'ms', figures });
  }
  return { id: 'gc', about: 'Programs on objects of the heap: processor time', rows };
}
