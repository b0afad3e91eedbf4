/**
 * `npm run bench -- ablate`: what each optimisation is worth, and what a profile (training.ts). Every program is
 * compiled once as it comes, once without each optimisation (util/switches.ts) and once with a profile, and the
 * executed instructions are counted exactly (`profile --count`), so the figures repeat on any machine, loaded or not.
 * Optimisations that need a profile are left out of a build with one. A profile saves more than instructions (taken
 * jumps, cache misses), which these figures do not show. Compile time is processor time of one run: read it as a hint.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIMISATIONS, PROFILE_OPTIMISATIONS } from '../../src-ts/util/switches.js';
import { measure } from './measure.js';
import { CACHE, OWN_CLI, ROOT, TCGC, TCGC_COMPONENT } from './paths.js';
import { type Program, programs } from './programs.js';
import { columns } from './report.js';
import { TCGC_TRAINING_NOTE, type Trained, trainProgram, trainTcgc, trainingNote } from './training.js';

/** The row "with a profile". */
const PROFILE = 'profile';
/**
 * Names of the rows: first those that are compared with the program as it comes, then those that are compared with
 * PROFILE.
 */
export const ABLATIONS: readonly string[] = [
  ...Object.keys(OPTIMISATIONS).filter((o) => !needsProfile(o)),
  PROFILE,
  ...PROFILE_OPTIMISATIONS,
];

function needsProfile(variant: string): boolean {
  return (PROFILE_OPTIMISATIONS as readonly string[]).includes(variant);
}

export interface Ablation {
  program: string;
  /** Optimisation left out; '' = none. */
  without: string;
  /** With a profile, and what it was trained on. */
  profile?: string;
  /** Instructions executed. */
  executed: number;
  /** Bytes of the artefact, and processor seconds of its compilation. */
  bytes: number;
  compileCpu: number;
}

/** What is measured: a program of the suite or TCGC. */
interface Subject {
  id: string;
  wasm: string;
  cwd: string;
  runFlags: string[];
  args: string[];
  stdin?: string;
  train(): Trained;
  note: string;
}

const subject = (p: Program): Subject => ({
  ...p,
  cwd: ROOT,
  runFlags: p.dir ? ['--dir', `${p.dir}::.`] : [],
  train: () => trainProgram(p),
  note: trainingNote(p),
});
const TCGC_SUBJECT: Subject = {
  id: 'tcgc',
  wasm: TCGC_COMPONENT,
  cwd: TCGC,
  runFlags: [],
  args: ['1'],
  train: trainTcgc,
  note: TCGC_TRAINING_NOTE,
};

/**
 * Measures the named programs (default: TCGC and the three big ones of the suite) in the named variants (default: all)
 * and prints a table of changes in per cent.
 */
export function ablate(
  only: string[] = ['tcgc', 'spidermonkey', 'sqlite', 'quickjs'],
  variants: readonly string[] = ABLATIONS,
): Ablation[] {
  const subjects = programs(only.filter((id) => id !== 'tcgc')).map(subject);
  if (only.includes('tcgc') && existsSync(TCGC_COMPONENT)) subjects.push(TCGC_SUBJECT);
  const plain = new Map(subjects.map((s) => [s.id, one(s, '', [])]));
  const rows = [...plain.values()];
  const profiled = new Map<string, Ablation | null>();
  if (variants.some((v) => v === PROFILE || needsProfile(v))) {
    for (const s of subjects) profiled.set(s.id, withProfile(s, []));
    rows.push(...[...profiled.values()].filter((r) => r !== null));
  }
  const percent = (a: number, b: number): string => `${a >= b ? '+' : ''}${(100 * (a / b - 1)).toFixed(1)} %`;
  const table = variants.map((variant) => {
    const cells = subjects.flatMap((s) => {
      const base = (needsProfile(variant) ? profiled : plain).get(s.id) ?? null;
      const changed =
        variant === PROFILE
          ? profiled.get(s.id)!
          : base === null
            ? null
            : needsProfile(variant)
              ? withProfile(s, [variant])
              : one(s, variant, ['--disable', variant]);
      if (base === null || changed === null) return ['', '', ''];
      if (variant !== PROFILE) rows.push(changed);
      return [
        percent(changed.executed, base.executed),
        percent(changed.bytes, base.bytes),
        percent(changed.compileCpu, base.compileCpu),
      ];
    });
    return [
      variant === PROFILE ? 'with a profile' : `${needsProfile(variant) ? 'with a profile, ' : ''}without ${variant}`,
      ...cells,
    ];
  });
  process.stdout.write(
    `executed instructions, bytes, processor time of compiling: changes\n${columns([['', ...subjects.flatMap(({ id }) => [id, 'bytes', 'compile'])], ...table])}\n`,
  );
  for (const { id, note } of subjects) {
    const trained = variants.includes(PROFILE) ? `; with a profile: ${note}` : '';
    const { executed, compileCpu } = plain.get(id)!;
    process.stdout.write(
      `${id}: ${(executed / 1e6).toFixed(1)} M instructions as it comes, compiled in ${compileCpu.toFixed(1)} s${trained}\n`,
    );
  }
  return rows;
}

/** With a profile, less an optimisation or nothing. Null, with a message, when there is no profile. */
function withProfile(s: Subject, without: string[]): Ablation | null {
  const trained = s.train();
  const disable = without.flatMap((name) => ['--disable', name]);
  if ('profile' in trained)
    return { ...one(s, without.join(), ['--profile', trained.profile, ...disable]), profile: s.note };
  process.stderr.write(`bench: ${s.id}: ${trained.failed}\n`);
  return null;
}

/** Compiles with the flags and counts. */
function one(s: Subject, without: string, flags: string[]): Ablation {
  const dir = join(CACHE, 'ablate');
  mkdirSync(dir, { recursive: true });
  const component = s.id === 'tcgc';
  const plain = join(dir, component ? 'plain' : 'plain.aot');
  const counted = join(dir, component ? 'counted' : 'counted.aot');
  const what = [s.id, ...flags].join(' ');
  const compiled = measure({ argv: [process.execPath, OWN_CLI, 'compile', s.wasm, '-o', plain, ...flags], cwd: s.cwd });
  const build = spawnSync(process.execPath, [OWN_CLI, 'compile', s.wasm, '-o', counted, '--count', ...flags], {
    cwd: s.cwd,
    encoding: 'utf8',
  });
  if (compiled.exit !== 0 || build.status !== 0) throw new Error(`${what}: ${compiled.stderr}${build.stderr}`);
  const json = join(dir, 'counts.json');
  const run = measure({
    argv: [process.execPath, OWN_CLI, 'profile', '--count', '-o', json, '--', 'run', ...s.runFlags, counted, ...s.args],
    cwd: s.cwd,
    stdin: s.stdin,
  });
  if (run.exit !== 0) throw new Error(`${what}: ${run.stderr}`);
  const { instructions } = JSON.parse(readFileSync(json, 'utf8')) as { instructions: number };
  process.stderr.write(`${what}: ${(instructions / 1e6).toFixed(1)} M\n`);
  return {
    program: s.id,
    without,
    executed: instructions,
    bytes: statSync(component ? join(plain, 'tcgc.core.aot') : plain).size,
    compileCpu: compiled.cpu,
  };
}
