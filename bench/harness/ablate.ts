/**
 * `npm run bench -- ablate`: what each optimisation is worth. Every program is compiled once with everything and once without each optimisation (opt/switches.ts), and the executed instructions are
 * counted exactly (`profile --count`), so the figures repeat on any machine, loaded or not. Compile time is processor time of one run: read it as a hint.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIMISATIONS } from '../../src-ts/opt/switches.js';
import { measure } from './measure.js';
import { BENCH, CACHE, ROOT } from './paths.js';
import { programs } from './programs.js';
import { columns } from './report.js';

const CLI = join(ROOT, 'dist', 'cli.js');
const TCGC = join(BENCH, 'tcgc');

export interface Ablation {
  program: string;
  /** Optimisation left out; '' = none. */
  without: string;
  /** Instructions executed. */
  executed: number;
  /** Bytes of the artefact, and processor seconds of its compilation. */
  bytes: number;
  compileCpu: number;
}

/** Measures the named programs (default: TCGC and the three big ones of the suite) and prints a table of changes in per cent. */
export function ablate(only: string[] = ['tcgc', 'spidermonkey', 'sqlite', 'quickjs']): Ablation[] {
  const rows: Ablation[] = [];
  for (const without of ['', ...Object.keys(OPTIMISATIONS)]) {
    for (const p of programs(only.filter((id) => id !== 'tcgc'))) rows.push(one(p.id, without, p.wasm, [...(p.dir ? ['--dir', `${p.dir}::.`] : [])], p.args, p.stdin, ROOT));
    if (only.includes('tcgc') && existsSync(join(TCGC, 'tcgc.component.wasm'))) rows.push(one('tcgc', without, join(TCGC, 'tcgc.component.wasm'), [], ['1'], undefined, TCGC));
  }
  const of = (program: string, without: string): Ablation | undefined => rows.find((r) => r.program === program && r.without === without);
  const ids = [...new Set(rows.map((r) => r.program))];
  const percent = (a: number, b: number): string => `${a >= b ? '+' : ''}${(100 * (a / b - 1)).toFixed(1)} %`;
  const table = Object.keys(OPTIMISATIONS).map((name) => [
    name,
    ...ids.flatMap((id) => {
      const [all, less] = [of(id, ''), of(id, name)];
      return all && less ? [percent(less.executed, all.executed), percent(less.bytes, all.bytes)] : ['', ''];
    }),
  ]);
  process.stdout.write(`executed instructions and bytes without each optimisation\n${columns([['without', ...ids.flatMap((id) => [id, 'bytes'])], ...table])}\n`);
  for (const id of ids) process.stdout.write(`${id}: ${((of(id, '')?.executed ?? 0) / 1e6).toFixed(1)} M instructions with everything\n`);
  return rows;
}

function one(program: string, without: string, wasm: string, flags: string[], args: string[], stdin: string | undefined, cwd: string): Ablation {
  const dir = join(CACHE, 'ablate');
  mkdirSync(dir, { recursive: true });
  const component = program === 'tcgc';
  const disable = without === '' ? [] : ['--disable', without];
  const plain = join(dir, component ? 'plain' : 'plain.aot');
  const counted = join(dir, component ? 'counted' : 'counted.aot');
  const compiled = measure({ argv: [process.execPath, CLI, 'compile', wasm, '-o', plain, ...disable], cwd });
  const build = spawnSync(process.execPath, [CLI, 'compile', wasm, '-o', counted, '--count', ...disable], { cwd, encoding: 'utf8' });
  if (compiled.exit !== 0 || build.status !== 0) throw new Error(`${program} without ${without}: ${compiled.stderr}${build.stderr}`);
  const json = join(dir, 'counts.json');
  const run = measure({ argv: [process.execPath, CLI, 'profile', '--count', '-o', json, '--', 'run', ...flags, counted, ...args], cwd, stdin });
  if (run.exit !== 0) throw new Error(`${program} without ${without}: ${run.stderr}`);
  const { instructions } = JSON.parse(readFileSync(json, 'utf8')) as { instructions: number };
  process.stderr.write(`${program} without ${without || 'nothing'}: ${(instructions / 1e6).toFixed(1)} M\n`);
  return { program, without, executed: instructions, bytes: statSync(component ? join(plain, 'tcgc.core.aot') : plain).size, compileCpu: compiled.cpu };
}
