/**
 * Watches the phases of a function's compilation (aot/pipeline.ts): dumps what WAMR_DUMP asks for, verifies after each
 * phase, and turns a fault into an InternalError that says where it was and how to get there again.
 */
import fs from 'node:fs';
import path from 'node:path';
import { CompileError, InternalError } from '../errors.js';
import { ENV } from '../options.js';
import type { Step, StepObserver } from '../util/steps.js';
import { readNames } from '../wasm/names.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { ExternKind } from '../wasm/types.js';
import { ALL_PHASES, type CodegenOptions, STAGES } from './pipeline.js';

/** Phases to dump, by name: before, after. */
interface DumpPoints {
  before: ReadonlySet<string>;
  after: ReadonlySet<string>;
}

/**
 * Parses WAMR_DUMP: names of phases or stages separated by commas, each with `before:` or `after:` (the default) in
 * front; `all` is after every phase. Null: nothing. Throws RangeError for an unknown name.
 */
export function parseDumpPoints(text: string): DumpPoints | null {
  const before = new Set<string>();
  const after = new Set<string>();
  for (const item of text.split(',').filter((s) => s !== '')) {
    const [, when = 'after', word] = /^(?:(before|after):)?(.*)$/.exec(item)!;
    const known = ALL_PHASES.map((phase) => phase.name);
    const names = word === 'all' ? known : [STAGES[word] ?? word];
    if (!known.includes(names[0]))
      throw new RangeError(
        `WAMR_DUMP: unknown phase '${word}'; known: ${known.join(', ')}; ${Object.keys(STAGES).join(', ')}; all`,
      );
    for (const name of names) (when === 'before' ? before : after).add(name);
  }
  return before.size + after.size === 0 ? null : { before, after };
}

/** Whether WAMR_FUNC (`filter`) names this function: indices, ranges `from-to` and names, separated by commas. */
export function isChosen(filter: string, index: number, name: string | undefined): boolean {
  if (filter === '') return true;
  return filter.split(',').some((item) => {
    const range = /^(\d+)(?:-(\d*))?$/.exec(item);
    if (range === null) return item === name;
    const from = Number(range[1]);
    const to = range[2] === undefined ? from : range[2] === '' ? Infinity : Number(range[2]);
    return index >= from && index <= to;
  });
}

export class Trace implements StepObserver {
  private readonly points: DumpPoints | null;
  private index = 0;
  private chosen = false;
  /** The phases under way, outermost first: a step of the register allocator is inside `regalloc`. */
  private readonly open: string[] = [];
  private verifying = false;
  /** Number of dumps of this function, for the names of files. */
  private dumped = 0;

  constructor(
    private readonly module: WasmModule,
    private readonly options: CodegenOptions,
  ) {
    this.points = parseDumpPoints(ENV.dump);
  }

  /** The function that the following phases belong to. */
  begin(index: number): void {
    this.index = index;
    this.open.length = 0;
    this.verifying = false;
    this.dumped = 0;
    this.chosen = this.points !== null && isChosen(ENV.func, index, this.nameOf(index));
  }

  before<T>(step: Step<T>, subject: T): void {
    this.open.push(step.name);
    if (this.chosen && this.points!.before.has(step.name)) this.dump('before', step, subject);
  }

  after<T>(step: Step<T>, subject: T, changed: boolean | void): void {
    const note = changed === undefined ? '' : changed ? ', changed' : ', unchanged';
    // A function that does not verify is dumped all the same: that is when it is wanted.
    if (this.chosen && this.points!.after.has(step.name)) this.dump('after', step, subject, note);
    if (this.options.verify && step.verify !== undefined) {
      this.verifying = true;
      step.verify(subject);
      this.verifying = false;
    }
    this.open.pop();
  }

  /** What to throw for an error that a phase threw. Errors about the module itself stay as they are. */
  fault(cause: unknown): unknown {
    if (cause instanceof CompileError || cause instanceof InternalError) return cause;
    const phase = this.open[this.open.length - 1] ?? 'the driver';
    return new InternalError({
      phase,
      verifying: this.verifying,
      functionIndex: this.index,
      functionName: this.nameOf(this.index),
      reproduce: this.reproduce(phase),
      cause,
    });
  }

  /** Its name in the name section, or one that it is exported by. */
  private nameOf(index: number): string | undefined {
    const { exports } = this.module;
    return (
      readNames(this.module).functions.get(index) ??
      exports.find((e) => e.kind === ExternKind.FUNC && e.index === index)?.name
    );
  }

  private dump<T>(when: string, step: Step<T>, subject: T, note = ''): void {
    if (step.print === undefined) return;
    const name = this.nameOf(this.index);
    const title = `;; ${when} ${step.name}, function ${this.index}${name === undefined ? '' : ` ($${name})`}${note}\n`;
    const text = `${title}${step.print(subject).trimEnd()}\n`;
    if (ENV.dumpDir === '') {
      writeToStderr(`${text}\n`);
      return;
    }
    fs.mkdirSync(ENV.dumpDir, { recursive: true });
    const number = String(this.dumped++).padStart(2, '0');
    fs.writeFileSync(path.join(ENV.dumpDir, `${this.index}-${number}-${when}-${step.name}.txt`), text);
  }

  /** The command line that compiles this function in the same way and shows what the phase was given. */
  private reproduce(phase: string): string {
    const { flags = '' } = this.options;
    return `WAMR_VERIFY=1 WAMR_DUMP=before:${phase} WAMR_FUNC=${this.index} wamr-native compile ${flags === '' ? '' : `${flags} `}FILE`;
  }
}

/** At once, from a worker thread too: `process.stderr` goes through the main thread there, which may end before. */
function writeToStderr(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;)
    try {
      at += fs.writeSync(2, bytes, at);
    } catch (e) {
      // A pipe that does not block, and is full.
      if ((e as NodeJS.ErrnoException).code !== 'EAGAIN') throw e;
    }
}
