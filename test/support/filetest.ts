/**
 * File tests: a function in, text out, compared with what the file expects. The header names the phases to show:
 *
 *     ;; test: known-branches           any phase of aot/pipeline.ts, a stage (ssa, opt, isel, regalloc, asm), frame-plan, run
 *     ;; target: x86-64-v3              as the compiler's options; also bounds and disable
 *     ;; profile: hot                   every block and edge a thousand times
 *
 * The input is wasm text (with annotations and wide arithmetic, that of wasm-tools), which goes through all phases before the one that is shown; or IR text (ir/print.ts), one or
 * more functions, which goes to a pass alone, and to later phases without the passes. Results stand in lines that begin with
 * `;;;`, after the module or after each function. Every run verifies what each phase leaves.
 *
 * `run` calls exports (`;; run: f(1, 2)`) in V8, in an interpreter of the IR after the passes, and as machine code.
 */
import { closedElements, computeVmLayout } from '../../src-ts/abi/vmctx.js';
import { Compilation, type CodegenOptions, PIPELINE, STAGES } from '../../src-ts/aot/pipeline.js';
import { EdgeFrame, FramePlan } from '../../src-ts/codegen/frame-plan.js';
import type { Func } from '../../src-ts/ir/func.js';
import { Op } from '../../src-ts/ir/ops.js';
import { parseFunc } from '../../src-ts/ir/parse.js';
import { printFunc } from '../../src-ts/ir/print.js';
import { matchProfile } from '../../src-ts/ir/profile.js';
import { verifyFunc } from '../../src-ts/ir/verify.js';
import { PASSES } from '../../src-ts/opt/passes.js';
import { runStep, type Step, type StepObserver } from '../../src-ts/util/steps.js';
import type { Disabled } from '../../src-ts/util/switches.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { typeName } from '../../src-ts/wasm/type-names.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { TARGETS } from '../../src-ts/aot/targets.js';
import { hotProfile } from './made-up-profile.js';
import { runCalls } from './filetest-run.js';
import { newWat } from './new-wat.js';
import { wat } from './wat.js';

const MARK = ';;;';

/** One function or module of a file, and the text that the file expects. */
export interface FileCase {
  /** The input as it stands in the file, with comments. */
  source: string;
  expected: string;
}

export interface TestFile {
  settings: ReadonlyMap<string, readonly string[]>;
  cases: FileCase[];
}

/** Takes a file apart. Throws when it has no `;; test:` line. */
export function parseTestFile(text: string): TestFile {
  const settings = new Map<string, string[]>();
  for (const [, key, value] of text.matchAll(/^;; (test|target|bounds|disable|profile|run|module): (.+)$/gm))
    settings.set(key, [...(settings.get(key) ?? []), value.trim()]);
  if (!settings.has('test')) throw new Error('no line `;; test: PHASE`');
  const cases: FileCase[] = [];
  let source: string[] = [];
  let expected: string[] = [];
  const push = (): void => {
    if (source.some((line) => line.trim() !== ''))
      cases.push({ source: source.join('\n').trim(), expected: expected.join('\n') });
    source = [];
    expected = [];
  };
  for (const line of text.split('\n')) {
    if (line.startsWith(MARK)) expected.push(line.slice(MARK.length + 1));
    else {
      if (expected.length > 0) push();
      source.push(line);
    }
  }
  push();
  return { settings, cases };
}

/** The file with these results. */
export function formatTestFile({ cases }: TestFile, results: readonly string[]): string {
  return `${cases
    .map(({ source }, k) => {
      const lines = results[k].split('\n').map((line) => `${MARK} ${line}`.trimEnd());
      return `${source}\n\n${lines.join('\n')}\n`;
    })
    .join('\n')}`;
}

/** What the phases make of one case, as the file shows it. */
export async function runCase({ settings }: TestFile, { source }: FileCase): Promise<string> {
  const text = source.replace(/^;;.*$/gm, '');
  const shown = settings.get('test')!.flatMap((value) => value.split(/[ ,]+/));
  const isIr = /^func /m.test(text);
  if (shown.includes('run')) return runCalls(wat(text), settings.get('run') ?? []);
  const module = isIr ? (settings.get('module')?.[0] ?? moduleFor(parseFunc(text))) : text;
  const bytes = bytesOf(module);
  const m = decodeModule(bytes);
  const { mutatedTables } = validateModule(m);
  const vm = computeVmLayout(m, mutatedTables);
  const options: CodegenOptions = {
    ...TARGETS[(settings.get('target')?.[0] ?? 'x86-64-v2') as 'x86-64-v2'],
    bounds: (settings.get('bounds')?.[0] ?? 'guard') as 'guard',
    verify: true,
    disable: settings.get('disable')?.flatMap((value) => value.split(/[ ,]+/) as Disabled[]),
    guide: settings.has('profile')
      ? { profile: matchProfile(m, hotProfile(bytes)), elements: closedElements(m, vm) }
      : undefined,
  };
  const out: string[] = [];
  const observer = new Printer(shown, out);
  const c = new Compilation(m, vm, options, observer);
  if (isIr) {
    c.func = parseFunc(text);
    c.index = c.func.index;
    verifyFunc(c.func, m);
    runPhases(c, observer, (name) => name !== 'build' && (shown.includes(name) || !isPass(name)));
  } else
    for (let i = m.importedFuncs; i < m.funcTypes.length; i++) {
      out.push(`function ${i}`);
      c.begin(i);
      runPhases(c, observer, () => true);
    }
  return out.join('\n').trimEnd();
}

/** By wasm-tools what wabt does not know. */
function bytesOf(module: string): Uint8Array<ArrayBuffer> {
  return /\(@|i64\.(mul_wide|add128|sub128)|\((struct|array) /.test(module) ? newWat(module) : wat(module);
}

const isPass = (name: string): boolean => PASSES.some((pass) => pass.name === name);

/** Runs the phases up to the last that is shown. */
function runPhases(c: Compilation, observer: Printer, wanted: (name: string) => boolean): void {
  observer.missing = new Set(observer.shown);
  for (const step of PIPELINE) {
    if (observer.missing.size === 0) return;
    if (wanted(step.name)) runStep(step, c, observer);
    if (step.name === 'regalloc' && observer.missing.delete('frame-plan')) observer.show('frame-plan', printFrame(c));
  }
  // Steps of the allocator that a function without spills leaves out.
  for (const name of observer.missing) observer.show(name, 'left out');
}

/** Collects the text of the phases that are shown, and verifies after each. */
class Printer implements StepObserver {
  missing = new Set<string>();

  constructor(
    readonly shown: readonly string[],
    private readonly out: string[],
  ) {}

  before(): void {}

  after<T>(step: Step<T>, subject: T, changed: boolean | void): void {
    step.verify?.(subject);
    const name = this.shown.find((shown) => (STAGES[shown] ?? shown) === step.name);
    if (name === undefined || !this.missing.delete(name)) return;
    const text = step.print!(subject).trimEnd();
    if (text.startsWith('func ')) checkRoundTrip(`${text}\n`);
    this.show(name, changed === false && this.shown.length === 1 && isPass(step.name) ? 'unchanged' : text);
  }

  show(name: string, text: string): void {
    if (this.shown.length > 1) this.out.push(name);
    this.out.push(...text.split('\n'));
  }
}

/** The printer's text reads back as the same function, but for the numbers of values, which the parser counts anew. */
function checkRoundTrip(text: string): void {
  const again = printFunc(parseFunc(text));
  if (printFunc(parseFunc(again)) !== again)
    throw new Error(`the text does not read back as the same function:\n${text}`);
}

/** Where the frame is, as the plan has it for a function that may move its prologue. */
function printFrame(c: Compilation): string {
  const { mach, allocation } = c;
  const { nb, ne, edgeFrom, edgeTo } = c.func;
  const plan = new FramePlan();
  plan.start(mach, allocation, true, { enterCost: 3, leaveCost: 1, slotsInReach: true });
  const lines: string[] = [];
  for (let b = 0; b < nb; b++) lines.push(`block ${b} ${plan.framed[b] !== 0 ? 'framed' : 'bare'}`);
  const names: Record<number, string> = {
    [EdgeFrame.ENTER]: 'enter',
    [EdgeFrame.RETURN]: 'return',
    [EdgeFrame.LEAVE]: 'leave',
  };
  for (let e = 0; e < ne; e++)
    if (plan.edges[e] !== EdgeFrame.NONE) lines.push(`edge ${edgeFrom[e]} -> ${edgeTo[e]}: ${names[plan.edges[e]]}`);
  return lines.join('\n');
}

/** Wasm text of a module in which the IR function is valid: its type, a memory, mutable globals. */
function moduleFor(f: Func): string {
  const params: string[] = [];
  let results: string[] | null = null;
  let globals = 0;
  for (let v = 0; v < f.nv; v++) {
    if (f.op[v] === Op.ARG) params[f.imm[v]] = typeName(f.type[v]);
    if (f.op[v] === Op.RETURN)
      results = Array.from({ length: f.imm2[v] }, (_, k) => typeName(f.type[f.pool.a[f.imm[v] + k]]));
    if (f.op[v] === Op.GLOBAL_GET || f.op[v] === Op.GLOBAL_SET) globals = Math.max(globals, f.imm[v] + 1);
  }
  const all = Array.from(params, (type) => type ?? 'i32').join(' ');
  const type = `(param ${all}) (result ${(results ?? []).join(' ')})`;
  return `(module (type (func ${type})) (memory 1)
    ${'(global (mut i32) (i32.const 0))'.repeat(globals)}
    (func (type 0) unreachable) (func (export "leaf") (param i32) (result i32) local.get 0))`;
}
