/** `npm run bench`: see HELP. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareRuns } from './against.js';
import { callTable } from './calls.js';
import { ABLATIONS, ablate } from './ablate.js';
import { arm64Table } from './arm64.js';
import { scaling } from './scaling.js';
import { type Race, race } from './compare.js';
import { compileTables } from './compile.js';
import { writeDocs } from './docs.js';
import { type Engine, ENGINES } from './engines.js';
import { floorsTable } from './floors/floors.js';
import { gcTable } from './gc.js';
import { kernelIds, kernels, kernelTable } from './kernels.js';
import { loadTable } from './load.js';
import { packagesTable } from './packages.js';
import { BENCH, ROOT } from './paths.js';
import { peerVersions } from './peers.js';
import { type Program, PROGRAM_IDS, programs, userProgram } from './programs.js';
import { profileTcgc } from './profile.js';
import { columns, raceTable, summary } from './report.js';
import { shapeIds, shapes } from './shapes.js';
import { startTables } from './start.js';
import { stats } from './stats/main.js';
import { type Table, tableText } from './tables.js';
import { ensureTcgc, tcgcRaces } from './tcgc.js';
import { TCGC_TRAINING_NOTE, trainProgram, trainTcgc, trainingNote } from './training.js';

const REPORTS = ['calls', 'load', 'start', 'packages', 'gc', 'compile', 'profile'];
const MEASURED = ['tcgc', ...PROGRAM_IDS];

const KERNEL_ENGINES = ['ours-native', 'ours', 'wasmtime'];

const HELP = `Usage: npm run bench -- [options] [REPORT… | FILE.wasm [ARG…]]

Runs engines side by side and says how they compare: TCGC, the program suite, and the reports
${REPORTS.join(', ')}; or only some of these; or a WASI command of yours; or an exported function of it.

  npm run bench                             everything (half an hour)
  npm run bench -- --quick                  a look: under 3 minutes
  npm run bench -- tcgc vm sqlite           these programs
  npm run bench -- kernels                  about a hundred small loops beside Wasmtime (kernels/gemm: this one)
  npm run bench -- calls                    costs of the boundary between JavaScript and wasm
  npm run bench -- floors                   what that boundary costs at least, with nothing behind it (x86-64, Node 20)
  npm run bench -- start                    TCGC's start beside Node's, and from wasm to result beside wasmtime run
  npm run bench -- packages                 programs of npm under wamr-native/register, beside V8
  npm run bench -- gc                       programs on objects of WebAssembly's heap, beside V8 of Node 24 and Wasmtime
  npm run bench -- profile                  where the time of TCGC goes on our engine
  npm run bench -- app.wasm one two         your command
  npm run bench -- --invoke fac m.wasm 20   your function
  npm run bench -- stats FILE.wasm          static counters of our code and Wasmtime's
  npm run bench -- scaling FILE.wasm        compile time against function size
  npm run bench -- shapes [SHAPE…]          time and memory of compiling modules of extreme shapes, by their size
  npm run bench -- arm64 [PROGRAM…]         executed instructions on arm64 (emulated), beside Wasmtime's
  npm run bench -- ablate                   executed instructions without each optimisation, and with a profile
  npm run bench -- ablate --only tcgc profile gvn    these rows, for these programs
  npm run bench -- train tcgc quickjs       only the profiles that the contestant "with a profile" is compiled with; prints the files
  npm run bench -- docs                     write docs/benchmarks.md from bench/results

  --only a,b        the same as naming them: tcgc, ${PROGRAM_IDS.join(', ')}, ${REPORTS.join(', ')}
  --engines a,b     ${ENGINES.map((e) => e.id).join(', ')}, node (TCGC only);
                    kernels: ${KERNEL_ENGINES.join(', ')} unless named; ours-native elsewhere only if named;
                    shapes: Wasmtime is left out unless named, if any is
  --rounds N        measured rounds (default 7) after 2 warm-ups
  --quick           1 warm-up, 3 rounds; neither the WAMR port nor TurboFan nor a profile; fewer programs
  --invoke NAME     call this export of FILE.wasm
  --before FOLDER   calls, packages: another checkout, built, to have beside this one
  --programs NAMES  packages: these of test/packages/programs.mjs
  --json FILE       where the results go (default bench/results/latest.json)
  --against FILE    compare with an earlier run; exit code 1 on a significant loss
`;
const QUICK_PROGRAMS = ['icall', 'vm', 'chase', 'nbody', 'quickjs', 'sqlite'];

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      engines: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      invoke: { type: 'string' },
      before: { type: 'string' },
      programs: { type: 'string' },
      json: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const { quick } = values;
  if (positionals[0] === 'stats') {
    const results = positionals.slice(1).map((file) => stats(file));
    return keep(values.json, { stats: results });
  }
  if (positionals[0] === 'floors') return report(floorsTable(), values.json);
  if (positionals[0] === 'scaling') {
    const results = scaling(positionals[1]);
    return keep(values.json, { scaling: results });
  }
  if (positionals[0] === 'shapes') {
    const ids = positionals.length > 1 ? positionals.slice(1) : shapeIds();
    const wrong = unknown(ids, shapeIds());
    if (wrong !== null) return usage(wrong);
    const results = shapes(ids, values.engines?.split(',').includes('wasmtime') ?? true);
    return keep(values.json, { shapes: results });
  }
  if (positionals[0] === 'arm64') {
    const ids = positionals.length > 1 ? positionals.slice(1) : MEASURED;
    const wrong = unknown(ids, MEASURED);
    if (wrong !== null) return usage(wrong);
    const chosen = programs(PROGRAM_IDS.filter((id) => ids.includes(id)));
    const table = arm64Table(chosen, ids.includes('tcgc'), (soFar) => {
      if (values.json) save(values.json, { tables: [soFar] });
    });
    process.stdout.write(`${tableText(table)}\n`);
    return 0;
  }
  if (positionals[0] === 'ablate') {
    const [only, rows] = [values.only?.split(','), positionals.slice(1)];
    const wrong = unknown(only ?? [], MEASURED) ?? unknown(rows, ABLATIONS);
    if (wrong !== null) return usage(wrong);
    const results = ablate(only, rows.length > 0 ? rows : undefined);
    return keep(values.json, { ablations: results });
  }
  if (positionals[0] === 'train') {
    const ids = positionals.slice(1);
    const wrong = unknown(ids, MEASURED);
    return wrong === null ? train(ids.length > 0 ? ids : ['tcgc']) : usage(wrong);
  }
  if (positionals[0] === 'docs') {
    writeDocs();
    return 0;
  }
  const loops = kernelIds();
  const known = [...MEASURED, ...REPORTS, 'kernels', ...loops];
  const own = positionals.length > 0 && !known.includes(positionals[0]);
  const named = [...(values.only?.split(',') ?? []), ...(own ? [] : positionals)];
  const wrong = unknown(named, known);
  if (wrong !== null) return usage(wrong);
  const wants = (id: string): boolean =>
    !own && (named.length === 0 ? !quick || ['tcgc', 'calls', ...QUICK_PROGRAMS].includes(id) : named.includes(id));
  const engineIds =
    values.engines?.split(',') ??
    (quick
      ? ['ours', 'wasmtime', 'v8', 'node']
      : [...ENGINES.map((e) => e.id).filter((id) => id !== 'ours-native'), 'node']);
  const engines = ENGINES.filter((e) => engineIds.includes(e.id));
  const options = { warmups: quick ? 1 : 2, rounds: Number(values.rounds ?? (quick ? 3 : 7)), reference: 'wasmtime' };

  const races: Race[] = [];
  const tables: Table[] = [];
  const show = (r: Race): void => {
    races.push(r);
    process.stdout.write(`${raceTable(r)}\n\n`);
  };
  const list = own
    ? [userProgram(positionals[0], positionals.slice(1), values.invoke)]
    : programs(PROGRAM_IDS.filter(wants));
  const run = (p: Program, by: readonly Engine[]): Race =>
    race(
      p.id,
      p.about,
      p.sha256,
      by.map((e) => ({ id: e.id, label: e.label, command: e.prepare(p), note: e.note?.(p) })),
      p.invoke === undefined ? options : { ...options, digest: (s) => s.stdout.split(/\s+/).map(Number).join(' ') },
    );
  for (const p of list) show(run(p, engines));
  const scalar = races.filter((r) => !r.id.startsWith('simd'));
  if (scalar.length > 1) process.stdout.write(`${summary(scalar, engines)}\n\n`);
  const all = named.includes('kernels') || (named.length === 0 && !quick);
  const chosen = own ? [] : loops.filter((id) => all || named.includes(id));
  if (chosen.length > 0) {
    const by = ENGINES.filter((e) => (values.engines?.split(',') ?? KERNEL_ENGINES).includes(e.id));
    const measured = kernels(chosen).map((p) => run(p, by));
    races.push(...measured);
    process.stdout.write(`${kernelTable(measured)}\n\n`);
  }
  if (wants('tcgc')) tcgcRaces(engineIds, options, quick).forEach(show);
  const add = (t: Table): void => {
    tables.push(t);
    process.stdout.write(`${tableText(t)}\n\n`);
  };
  const few = Math.min(options.rounds, quick ? 2 : 5);
  if (wants('calls')) add(callTable(few, quick, values.before));
  if (wants('load')) add(loadTable(few, quick));
  if (wants('start')) startTables(Math.min(few, 3), quick).forEach(add);
  if (wants('packages')) add(packagesTable(few, quick, { only: values.programs?.split(','), before: values.before }));
  if (wants('gc')) add(gcTable(few, quick));
  if (wants('compile')) compileTables(Math.min(few, 3), quick).forEach(add);
  const profile = wants('profile') ? profileTcgc() : undefined;
  save(values.json ?? join(BENCH, 'results', 'latest.json'), { options, races, tables, profile });
  return values.against === undefined || compareRuns(values.against, { races, tables }) === 0 ? 0 : 1;
}

/** Prints a table, and puts it into a file if there is to be one. */
function report(table: Table, json: string | undefined): number {
  process.stdout.write(`${tableText(table)}\n`);
  return keep(json, { tables: [table] });
}

/** Puts results into a file if there is to be one. */
function keep(json: string | undefined, results: Parameters<typeof save>[1]): number {
  if (json !== undefined) save(json, results);
  return 0;
}

/** What is wrong with a list of names, or null. */
function unknown(names: string[], known: readonly string[]): string | null {
  const name = names.find((x) => !known.includes(x));
  return name === undefined ? null : `'${name}' is not known; known: ${known.join(', ')}`;
}

function usage(wrong: string): number {
  process.stderr.write(`bench: ${wrong}\n`);
  return 2;
}

/** Takes the profiles and prints where they are. */
function train(ids: string[]): number {
  const list = [
    ...(ids.includes('tcgc') && ensureTcgc() ? [{ id: 'tcgc', note: TCGC_TRAINING_NOTE, trained: trainTcgc() }] : []),
    ...programs(ids).map((p) => ({ id: p.id, note: trainingNote(p), trained: trainProgram(p) })),
  ];
  process.stdout.write(
    `${columns(list.map((x) => [x.id, ...('failed' in x.trained ? [x.trained.failed] : [x.trained.profile, x.note])]))}\n`,
  );
  return list.length === ids.length && list.every((x) => 'profile' in x.trained) ? 0 : 1;
}

function save(file: string, results: object): void {
  mkdirSync(join(BENCH, 'results'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...provenance(), ...results }, null, 1)}\n`);
}

/** Machine, versions, commit, date: everything needed to interpret a figure. */
function provenance(): Record<string, unknown> {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  return {
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0].model.trim(),
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    versions: {
      node: process.versions.node,
      v8: process.versions.v8,
      'wamr-native': (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version,
      ...peerVersions(),
    },
    commit: git('rev-parse', '--short', 'HEAD'),
    dirty: git('status', '--porcelain', '--', 'src-ts', 'native') !== '',
  };
}

process.exitCode = main();
