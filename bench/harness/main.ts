/** `npm run bench`: see --help. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Race, race } from './compare.js';
import { ENGINES } from './engines.js';
import { BENCH, ROOT } from './paths.js';
import { PROGRAM_IDS, programs, userProgram } from './programs.js';
import { raceTable, summary } from './report.js';
import { tcgcRaces } from './tcgc.js';

const HELP = `Usage: npm run bench -- [options] [FILE.wasm [ARG…]]

Runs engines side by side on the suite and on TCGC, or on a WASI command of yours.

  --only a,b        programs: tcgc, ${PROGRAM_IDS.join(', ')}
  --engines a,b     engines: ${ENGINES.map((e) => e.id).join(', ')}, node (TCGC only)
  --rounds N        measured rounds (default 7) after 2 warm-ups
  --quick           1 warm-up, 3 rounds, no WAMR port, no TurboFan
  --json FILE       also write the results; default bench/results/latest.json
  --against FILE    compare with an earlier run; exit 1 on a significant loss
`;

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      engines: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = values.engines?.split(',') ?? (values.quick ? ['ours', 'wasmtime', 'v8', 'node'] : [...ENGINES.map((e) => e.id), 'node']);
  const engines = ENGINES.filter((e) => wanted.includes(e.id));
  const options = { warmups: values.quick ? 1 : 2, rounds: Number(values.rounds ?? (values.quick ? 3 : 7)), reference: 'wasmtime' };
  const only = values.only?.split(',');
  const list = positionals.length > 0 ? [userProgram(positionals[0], positionals.slice(1))] : programs(only);
  const races: Race[] = [];
  const show = (r: Race): void => {
    races.push(r);
    process.stdout.write(`${raceTable(r)}\n\n`);
  };
  for (const p of list) show(race(p.id, p.about, engines.map((e) => ({ id: e.id, label: e.label, command: e.prepare(p) })), options));
  const suite = races.filter((r) => !r.id.startsWith('simd'));
  if (suite.length > 1) process.stdout.write(`${summary(suite, engines)}\n\n`);
  if (positionals.length === 0 && (only === undefined || only.includes('tcgc'))) tcgcRaces(wanted, options).forEach(show);
  const file = values.json ?? join(BENCH, 'results', 'latest.json');
  mkdirSync(join(BENCH, 'results'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...provenance(), options, races }, null, 1)}\n`);
  return values.against === undefined ? 0 : compareWith(values.against, races);
}

/** Machine, versions, commit, date: what a figure is worth nothing without. */
function provenance(): Record<string, unknown> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  return {
    date: new Date().toISOString(),
    machine: { cpu: cpus()[0].model, cores: cpus().length },
    node: process.version,
    commit: git('rev-parse', '--short', 'HEAD'),
    dirty: git('status', '--porcelain', '--', 'src-ts', 'native') !== '',
  };
}

/** A loss is significant when the ratios to the reference of the two runs don't overlap in their quartiles and differ by more than 3 %. */
function compareWith(file: string, races: Race[]): number {
  const before = (JSON.parse(readFileSync(file, 'utf8')) as { races: Race[] }).races;
  let losses = 0;
  for (const r of races) {
    const now = r.outcomes.find((o) => o.engine === 'ours');
    const then = before.find((x) => x.id === r.id)?.outcomes.find((o) => o.engine === 'ours');
    if (!now?.ratio || !now.spread || !then?.ratio || !then.spread) continue;
    const change = now.ratio / then.ratio;
    const loss = change < 0.97 && now.spread[1] < then.spread[0];
    if (loss) losses++;
    process.stdout.write(`${r.id.padEnd(16)} ${then.ratio.toFixed(2)}× → ${now.ratio.toFixed(2)}×  ${loss ? 'LOSS' : change > 1.03 && now.spread[0] > then.spread[1] ? 'gain' : 'same'}\n`);
  }
  return losses > 0 ? 1 : 0;
}

process.exitCode = main();
