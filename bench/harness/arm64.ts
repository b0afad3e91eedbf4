/**
 * Instructions that compiled code executes on arm64, beside Wasmtime's compiled for arm64 too: counted by a plug-in of
 * QEMU (bench/arm64/count.c) in the memory that has the code, so that neither engine's own work is in it.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { BENCH, CACHE, OWN_CLI, ROOT, TCGC, TCGC_COMPONENT } from './paths.js';
import { foreignPeer, peer } from './peers.js';
import { type Program } from './programs.js';
import { type Figure, type Row, short, type Table } from './tables.js';
import { ensureTcgc } from './tcgc.js';

const TARGET = 'aarch64-lse';
const NO_CODE = ['--no-opt', '--no-sparkplug', '--no-short-builtin-calls', '--regexp-interpret-all'];

interface Emulated {
  CACHE: string;
  addon(): string;
  node(): string;
  emulated(argv: string[], options: string[]): string[];
  withoutEmulator(): string | undefined;
}

/** The plug-in, compiled when its source has changed. */
function plugin(folder: string): string {
  const source = join(BENCH, 'arm64', 'count.c');
  const out = join(folder, 'count.so');
  if (!existsSync(out) || statSync(out).mtimeMs < statSync(source).mtimeMs) {
    const { status, stderr } = spawnSync('cc', ['-O2', '-shared', '-fPIC', source, '-o', out], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the plug-in for QEMU could not be compiled: ${stderr}`);
  }
  return out;
}

interface Counted {
  /** In millions. */
  instructions: number;
  out: string;
}

/** Runs programs on the emulated machine and counts. */
class Machine {
  private readonly emulated = createRequire(join(ROOT, 'package.json'))('./scripts/emulated.cjs') as Emulated;
  private readonly folder = join(CACHE, 'arm64');
  private readonly wasmtime: string | undefined;
  private readonly wasmtimeHere: string | undefined;

  constructor() {
    const missing = this.emulated.withoutEmulator();
    if (missing !== undefined) throw new Error(missing);
    mkdirSync(this.folder, { recursive: true });
    this.wasmtime = foreignPeer('wasmtime', 'aarch64');
    this.wasmtimeHere = peer('wasmtime')?.wasmtime;
  }

  /** Counts in memory whose name has `where` in it (`[anonymous]`: it has none). */
  private count(argv: string[], where: string, p: Partial<Program>, env: NodeJS.ProcessEnv = {}): Counted {
    const counts = join(this.folder, `counts-${process.pid}`);
    const blocks = process.env.BENCH_BLOCKS;
    const wanted = blocks === undefined ? '' : `,blocks=${where}`;
    const options = ['-plugin', `${plugin(this.folder)},out=${counts}${wanted}`];
    const [command, ...args] = this.emulated.emulated(argv, options);
    const { status, signal, stdout, stderr } = spawnSync(command, args, {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      input: p.stdin === undefined ? '' : readFileSync(p.stdin),
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${status ?? signal}: ${stderr.slice(-500)}`);
    let instructions = 0;
    for (const line of readFileSync(counts, 'utf8').split('\n')) {
      const match = /^(\d+) (.*)$/.exec(line);
      if (match !== null && match[2].includes(where)) instructions += Number(match[1]);
    }
    if (blocks !== undefined) copyFileSync(counts, `${blocks}-${where === '[anonymous]' ? 'ours' : 'wasmtime'}`);
    rmSync(counts);
    return { instructions: instructions / 1e6, out: stdout };
  }

  /** V8 makes nearly no code of its own here, so that the code in memory without a name is ours. */
  private ours(args: string[], p: Partial<Program>): Counted {
    const argv = [this.emulated.node(), ...NO_CODE, ...args];
    return this.count(argv, '[anonymous]', p, { WAMR_NATIVE_ADDON: this.emulated.addon() });
  }

  private compile(argv: string[]): void {
    const { status, stderr } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr.slice(-500)}`);
  }

  private artefact(wasm: string, name = basename(wasm)): string {
    const out = join(this.folder, `${name}.aot`);
    this.compile([process.execPath, OWN_CLI, 'compile', '--target', TARGET, wasm, '-o', out]);
    return out;
  }

  private row(id: string, ours: Counted, theirs: Counted | undefined): Row {
    if (theirs !== undefined && theirs.out !== ours.out) throw new Error(`${id}: the engines' outputs differ`);
    const figures: Figure[] = [{ engine: 'ours', label: 'wamr-native', samples: [ours.instructions] }];
    if (theirs !== undefined) {
      figures.push({ engine: 'wasmtime', label: 'Wasmtime', samples: [theirs.instructions] });
      const ratio = ours.instructions / theirs.instructions;
      figures.push({ engine: 'ratio', label: 'wamr-native / Wasmtime', samples: [ratio] });
    }
    return { id, unit: 'million', figures };
  }

  private theirs(wasm: string, args: string[], p: Partial<Program>): Counted | undefined {
    if (this.wasmtime === undefined || this.wasmtimeHere === undefined) return undefined;
    const code = join(this.folder, `${basename(wasm)}.cwasm`);
    this.compile([this.wasmtimeHere, 'compile', '--target', 'aarch64-unknown-linux-gnu', wasm, '-o', code]);
    return this.count([this.wasmtime, 'run', '--allow-precompiled', code, ...args], '.cwasm', p);
  }

  program(p: Program): Row {
    const ours = this.ours([join(BENCH, 'arm64', 'run.cjs'), this.artefact(p.wasm), ...p.args], p);
    return this.row(p.id, ours, this.theirs(p.wasm, p.args, p));
  }

  tcgc(): Row | undefined {
    if (!ensureTcgc()) return undefined;
    for (const core of ['tcgc.core', 'tcgc.core2', 'tcgc.core3', 'tcgc.core4'])
      this.artefact(join(TCGC, 'jco', `${core}.wasm`), core);
    const script = [join(TCGC, 'run', 'jco.mjs'), '--engine', 'made', '--artefacts', this.folder, '1'];
    return this.row('tcgc', this.ours(script, {}), this.theirs(TCGC_COMPONENT, ['1'], {}));
  }
}

/** The row with the geometric mean of the others' ratios. */
function meanRow(rows: readonly Row[]): Row[] {
  const ratios = rows.flatMap(({ figures }) => figures.filter((f) => f.engine === 'ratio').map((f) => f.samples[0]));
  if (ratios.length < 2) return [];
  const mean = Math.exp(ratios.reduce((sum, x) => sum + Math.log(x), 0) / ratios.length);
  const figure = { engine: 'ratio', label: 'wamr-native / Wasmtime', samples: [mean] };
  return [{ id: `geometric mean of ${ratios.length}`, unit: '', figures: [figure] }];
}

/**
 * Some of these programs take minutes. `tcgc`: that too. `tell` gets the table after each program; one that cannot be
 * counted is named on stderr and left out.
 */
export function arm64Table(programs: readonly Program[], tcgc: boolean, tell: (table: Table) => void): Table {
  const machine = new Machine();
  const rows: Row[] = [];
  const table = (): Table => ({
    id: 'arm64',
    about: `instructions executed by compiled code on arm64 (QEMU), ${TARGET}`,
    rows: [...rows, ...meanRow(rows)],
  });
  const add = (id: string, make: () => Row | undefined): void => {
    try {
      const row = make();
      if (row === undefined) return;
      rows.push(row);
      process.stderr.write(`bench: ${id}: ${row.figures.map((f) => `${f.label} ${short(f.samples[0])}`).join(', ')}\n`);
      tell(table());
    } catch (e) {
      process.stderr.write(`bench: ${id} is left out: ${(e as Error).message}\n`);
    }
  };
  for (const p of programs)
    if (p.dir === undefined) add(p.id, () => machine.program(p));
    else process.stderr.write(`bench: ${p.id} is left out: bench/arm64/run.cjs has no files\n`);
  if (tcgc) add('tcgc', () => machine.tcgc());
  return table();
}
