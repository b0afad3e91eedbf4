/** `wamr-native profile -- run …`: where a program's time goes, by sampling or by exact counts. */
import fs from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { attribute, type Profile } from '../../profile/attribute.js';
import { type Counts, readCounts, storedProfile } from '../../profile/counts.js';
import { label } from '../../profile/formats.js';
import { Samples } from '../../profile/index.js';
import { notePerf } from '../../profile/perf.js';
import { Recorder } from '../../profile/recorder.js';
import { UsageError } from '../exit.js';
import { err, note, table } from '../output.js';

const HELP = `
Runs the command after \`--\` (\`run\` with its options) and says on stderr which functions and which
kinds of machine code the processor time went to. A .wasm file is compiled with the tables that this
needs; an artefact or a component should be compiled with --debug-info, else kinds are unknown.

Sampling adds nothing to the generated code. With --count the program runs in a build that counts
the executions of every block: exact, the same on every run, several times slower.

What \`-o\` writes depends on the name: .json everything · .speedscope.json for https://speedscope.app ·
.cpuprofile for Chrome and VS Code · .svg a flame graph · .folded stacks for other flame graph tools ·
.prof block counts (with --count), the input of profile-guided compilation.

Examples:
  wamr-native profile -- run app.wasm one two
  wamr-native profile -o app.svg -o app.cpuprofile -- run app.wasm
  wamr-native profile --lines -o app.svg -- run app.wasm
  wamr-native profile --count -o app.prof -- run app.wasm
  wamr-native compile --debug-info tool.component.wasm -o tool && wamr-native profile -- run tool
  perf record wamr-native profile --perf-map --interval 0 -- run app.wasm`;

/** Places where addresses wrapped that are shown. */
const MAX_WRAPS = 10;

interface Flags {
  output?: string[];
  count?: boolean;
  interval: number;
  top: number;
  perfMap?: boolean;
  lines?: boolean;
}

const EXTENSIONS = ['.speedscope.json', '.json', '.cpuprofile', '.svg', '.folded', '.prof'];

/** `makeProgram`: the command line that the profiled command is parsed by. */
export function addProfile(program: Command, makeProgram: () => Command): void {
  program
    .command('profile')
    .description('run a program and attribute its time to functions and kinds of code')
    .argument('<command...>', 'the command to profile: run with its options and arguments')
    .option('-o, --output <file>', 'write the profile (repeatable)', collectOutput)
    .option('--count', 'count executed instructions exactly, in an instrumented build')
    .addOption(
      new Option('--interval <us>', 'microseconds between samples; 0 samples nothing').default(500).argParser(number),
    )
    .addOption(new Option('--top <n>', 'rows of the function table').default(25).argParser(number))
    .option('--lines', 'functions apart by source line, with inlined calls (DWARF, source maps)')
    .option('--perf-map', 'write /tmp/perf-PID.map, by which perf report names our functions')
    .addHelpText('after', HELP)
    .passThroughOptions()
    .action((command: string[], flags: Flags) => profile(command, flags, makeProgram()));
}

function collectOutput(file: string, all: string[] = []): string[] {
  if (!EXTENSIONS.some((e) => file.endsWith(e)))
    throw new InvalidArgumentError(`It must end in ${EXTENSIONS.join(', ')}.`);
  return [...all, file];
}

function number(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

async function profile(command: string[], flags: Flags, program: Command): Promise<void> {
  if (command[0] !== 'run') throw new UsageError(`only \`run\` can be profiled, not \`${command[0]}\``);
  const outputs = flags.output ?? [];
  if (!flags.count && outputs.some((f) => f.endsWith('.prof')))
    throw new UsageError('a .prof file holds block counts: add --count');
  if (flags.count && outputs.some((f) => !/\.(prof|json)$/.test(f) || f.endsWith('.speedscope.json')))
    throw new UsageError('with --count, -o writes .prof or .json');
  if (flags.count && flags.lines) throw new UsageError('--lines is for samples, not for --count');
  if (flags.perfMap) notePerf('map');
  const recorder = new Recorder({ intervalUs: flags.count ? 0 : flags.interval });
  const title = command.join(' ');
  // Also when the guest ends the process.
  process.once('exit', () => {
    try {
      if (flags.count) reportCounts(recorder, outputs, flags.top);
      else reportSamples(recorder, outputs, flags, title);
    } catch (e) {
      note(`${err.red('error:')} ${e instanceof Error ? e.message : String(e)}`);
      process.exitCode = 1;
    }
  });
  await program.parseAsync(['run', flags.count ? '--count' : '--debug-info', ...command.slice(1)], { from: 'user' });
}

/** Says where addresses wrapped: each time is a signal. */
function noteWraps(recorder: Recorder): void {
  for (const module of recorder.modules) {
    const all = recorder.wraps(module).sort((x, y) => y.count - x.count);
    if (all.length === 0) continue;
    note(`\naddresses that wrapped at 2^32 in ${module.name}, each time at the cost of a signal`);
    const rows = all.slice(0, MAX_WRAPS).map(({ d, offset, count }) => {
      const { index, name } = module.functions[d];
      return [count.toLocaleString('en-US'), `[${index}]`, name, `+0x${offset.toString(16)}`];
    });
    note(table([['times', 'index', 'function', 'offset'], ...rows], [0, 1]));
    const functions = [...new Set(all.map((w) => `folded-addresses@${module.functions[w.d].index}`))];
    note(`  compile with a profile of this run, or with --disable ${functions.slice(0, MAX_WRAPS).join(',')}`);
  }
}

// ------------------------------------------------------------------ samples

function reportSamples(recorder: Recorder, outputs: string[], flags: Flags, title: string): void {
  const raw = recorder.takeSamples();
  if (raw === null) {
    if (flags.interval !== 0) note('nothing was sampled: no module was instantiated');
    return;
  }
  noteWraps(recorder);
  const p = attribute(raw, recorder.modules, { intervalUs: flags.interval, lines: flags.lines });
  for (const file of outputs) new Samples(p, title).write(file);
  note(samplesText(p, flags.top));
}

const share = (x: number, all: number): string => (all === 0 ? '–' : `${((100 * x) / all).toFixed(1)} %`);
const ms = (ns: number): string => `${(ns / 1e6).toFixed(1)} ms`;

function samplesText(p: Profile, top: number): string {
  const functions = p.frames.filter((f) => f.self > 0).sort((x, y) => y.self - x.self);
  const rows = functions
    .slice(0, top)
    .map((f) => [
      share(f.self, p.total),
      share(f.total, p.total),
      ms(f.self),
      f.index < 0 ? '' : `[${f.index}]`,
      label(f).slice(0, 90),
    ]);
  return [
    `\n${ms(p.total)} of processor time in ${p.samples} samples${p.lost > 0 ? ` (${p.lost} more did not fit)` : ''}`,
    `\nby function${functions.length > top ? ` (${top} of ${functions.length})` : ''}`,
    table([['self', 'total', 'self', 'index', 'function'], ...rows], [0, 1, 2]),
    '\nby kind of code',
    kindTable(p.kinds, p.total, ms),
  ].join('\n');
}

function kindTable(kinds: Record<string, number>, total: number, text: (x: number) => string): string {
  const rows = Object.entries(kinds).sort((x, y) => y[1] - x[1]);
  return table(
    rows.map(([kind, x]) => [share(x, total), text(x), kind]),
    [0, 1],
  );
}

// ------------------------------------------------------------------ counts

function reportCounts(recorder: Recorder, outputs: string[], top: number): void {
  noteWraps(recorder);
  const counts = readCounts(recorder);
  for (const file of outputs)
    fs.writeFileSync(file, `${JSON.stringify(file.endsWith('.prof') ? storedProfile(recorder) : counts)}\n`);
  note(countsText(counts, top));
}

const millions = (n: number): string => (n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : n.toLocaleString('en-US'));

function countsText(c: Counts, top: number): string {
  const rows = c.functions
    .slice(0, top)
    .map((f) => [
      share(f.instructions, c.instructions),
      millions(f.instructions),
      millions(f.calls),
      `[${f.index}]`,
      f.name.slice(0, 90),
    ]);
  return [
    `\n${c.instructions.toLocaleString('en-US')} instructions executed in ${c.functions.length} functions`,
    `\nby function${c.functions.length > top ? ` (${top} of ${c.functions.length})` : ''}`,
    table([['share', 'instructions', 'calls', 'index', 'function'], ...rows], [0, 1, 2]),
    '\nby kind of code',
    kindTable(c.kinds, c.instructions, millions),
  ].join('\n');
}
