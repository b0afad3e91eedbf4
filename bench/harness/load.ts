/**
 * Time from a file to an instance: with the file out of the page cache, in it, and again in the same process; and whole
 * processes of an empty command.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINES } from './engines.js';
import { measure } from './measure.js';
import { BENCH, CACHE, OWN_CLI } from './paths.js';
import { programs, userProgram } from './programs.js';
import type { Figure, Row, Table } from './tables.js';

/** (module (memory (export "memory") 1) (func (export "_start"))) */
const EMPTY = Uint8Array.from([
  0,
  0x61,
  0x73,
  0x6d,
  1,
  0,
  0,
  0,
  1,
  4,
  1,
  0x60,
  0,
  0,
  3,
  2,
  1,
  0,
  5,
  3,
  1,
  0,
  1,
  7,
  19,
  2,
  6,
  ...Buffer.from('memory'),
  2,
  0,
  6,
  ...Buffer.from('_start'),
  0,
  0,
  10,
  4,
  1,
  2,
  0,
  0x0b,
]);

/** Asks the kernel to forget the pages of a file. */
function evict(file: string): void {
  spawnSync('python3', [
    '-c',
    'import os,sys; f=os.open(sys.argv[1],0); os.fsync(f); os.posix_fadvise(f,0,0,os.POSIX_FADV_DONTNEED)',
    file,
  ]);
}

export function loadTable(rounds: number, quick: boolean): Table {
  mkdirSync(join(CACHE, 'code'), { recursive: true });
  const empty = join(CACHE, 'code', 'empty.wasm');
  writeFileSync(empty, EMPTY);
  const rows = new Map<string, Row>();
  const figure = (id: string, unit: string, engine: string, label: string): Figure => {
    const row: Row = rows.get(id) ?? { id, unit, figures: [] };
    rows.set(id, row);
    let f = row.figures.find((x) => x.engine === engine);
    if (!f) row.figures.push((f = { engine, label, samples: [] }));
    return f;
  };
  const list = [userProgram(empty, []), ...programs(quick ? ['sqlite'] : ['sqlite', 'spidermonkey'])];
  const emptyAot = compileOwn(empty);
  for (const p of list) {
    const name = p.wasm === empty ? 'empty module' : p.id;
    const artefact = p.wasm === empty ? emptyAot : compileOwn(p.wasm);
    for (let round = 0; round < rounds; round++)
      for (const [engine, label, file] of [
        ['ours', 'wamr-native', artefact],
        ['v8', 'V8 (lazy compilation)', p.wasm],
      ] as const)
        for (const temperature of ['cold', 'warm'] as const) {
          if (temperature === 'cold') evict(file);
          const s = measure({ argv: [process.execPath, join(BENCH, 'harness', 'load.cjs'), engine, file, emptyAot] });
          if (s.exit !== 0) {
            figure(`${name}: load, ${temperature} file`, 'ms', engine, label).note =
              s.stderr
                .trim()
                .split('\n')
                .find((l) => l.includes('rror')) ?? `exit ${s.exit}`;
            continue;
          }
          const t = JSON.parse(s.stdout) as Record<
            'firstLoad' | 'firstInstance' | 'laterLoad' | 'laterInstance',
            number
          >;
          figure(`${name}: load, ${temperature} file`, 'ms', engine, label).samples.push(t.firstLoad);
          if (temperature === 'cold') continue;
          figure(`${name}: first instance`, 'ms', engine, label).samples.push(t.firstInstance);
          figure(`${name}: load again`, 'ms', engine, label).samples.push(t.laterLoad);
          figure(`${name}: instantiate again`, 'ms', engine, label).samples.push(t.laterInstance);
        }
  }
  const program = userProgram(empty, []);
  const commands = ENGINES.filter((e) => ['ours', 'wasmtime', 'v8', 'wamr'].includes(e.id)).map((e) => ({
    ...e,
    command: e.prepare(program),
  }));
  for (let round = 0; round < rounds; round++)
    for (const { id, label, command } of commands) {
      const f = figure('empty command: whole process', 'ms', id, label);
      if (typeof command === 'string') f.note = command;
      else {
        const s = measure(command);
        if (s.exit === 0) f.samples.push(s.wall * 1000);
        else f.note = `exit ${s.exit}`;
      }
    }
  return { id: 'load', about: 'load and instantiate', rows: [...rows.values()] };
}

function compileOwn(wasm: string): string {
  const file = join(CACHE, 'code', `load-${readFileSync(wasm).length}.aot`);
  const r = spawnSync(process.execPath, [OWN_CLI, 'compile', wasm, '-o', file], { encoding: 'utf8' });
  if (r.status !== 0) process.stderr.write(`bench: ${r.stderr}`);
  return file;
}
