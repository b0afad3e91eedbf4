/**
 * One table of everything that happens to a function between its wasm body and its machine code. The rows run in order;
 * what each of them needs to come after is checked when this file is loaded. `Trace` (aot/trace.ts) watches: it dumps,
 * verifies, and names the phase of a fault.
 */
import type { BuildSource } from '../ahead/build.js';
import { AheadEmitter } from '../ahead/emitter.js';
import type { AheadParts, AheadPass } from '../ahead/parts.js';
import { AheadUse } from '../ahead/use.js';
import type { VmLayout } from '../abi/vmctx.js';
import type { Machine, MachineEmitter } from '../codegen/back-end.js';
import type { FinishedCode } from '../codegen/code-buffer.js';
import { type Allocation, MachFunc } from '../codegen/mach.js';
import { MergeBounds } from '../codegen/merge-bounds.js';
import { ModuleFacts } from '../codegen/module-facts.js';
import {
  awaitRows,
  MissingCallees,
  Preserved,
  PRESERVED_WORDS,
  PreservedWord,
  publishRow,
} from '../codegen/preserved.js';
import type { Selection, SelectOptions } from '../codegen/selection.js';
import { type AllocateOptions, ALLOCATION_STEPS, Allocator } from '../codegen/regalloc/index.js';
import { type BuildGuide, FuncBuilder, NO_GUIDE } from '../ir/builder.js';
import { Func } from '../ir/func.js';
import { printFunc } from '../ir/print.js';
import { verifyFunc } from '../ir/verify.js';
import { type Cfg, CfgAnalysis } from '../opt/cfg.js';
import { BlockOrder } from '../opt/layout.js';
import { PASSES, Passes } from '../opt/passes.js';
import { ENV } from '../options.js';
import { checkOrder, type Step, type StepObserver } from '../util/steps.js';
import { type Disabled, Switches } from '../util/switches.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { needsChecks } from '../wasm/types.js';
import { printAllocated, printMach } from '../codegen/print.js';
import { aheadParts } from './ahead.js';
import { machineFor } from './machines.js';
import { Phase } from './phases.js';
import type { Target } from './targets.js';

/** What code generation needs to know beyond the function. */
export interface CodegenOptions extends Target {
  bounds: 'guard' | 'explicit';
  /** IR verifier and allocation checker. */
  verify: boolean;
  /** The same bits on every machine (ir/deterministic.ts). */
  deterministic?: boolean;
  /** Keep kinds and wasm offsets of the code (aot/debug-info.ts). */
  debugInfo?: boolean;
  /** Count the executions of every unit (codegen/kinds.ts). Goes with `debugInfo`. */
  count?: boolean;
  /** Count every straight run of operators (wasm/straight-runs.ts). Goes with `count`. */
  coverage?: boolean;
  /** By defined function, filled as functions are compiled: what they preserve (codegen/preserved.ts). */
  preserved?: Int32Array;
  /** Optimisations to leave out (util/switches.ts). */
  disable?: readonly Disabled[];
  /** What a profile says (ir/profile.ts). Default: nothing. */
  guide?: BuildGuide;
  /** All options as the command line has them, for messages about faults. */
  flags?: string;
}

/**
 * All state of a compilation in one thread: its options and switches, the phases with their arrays, and the function in
 * hand, which the phases hand on. Arrays are reused from function to function. Compilations share nothing, so one may
 * run inside another's progress callback.
 */
export class Compilation {
  /** Index in the module's function index space. */
  index = 0;
  func = new Func();
  cfg!: Cfg;
  /** Blocks in the order of emission. */
  order!: Int32Array;
  readonly mach = new MachFunc();
  allocation!: Allocation;
  readonly machine: Machine;
  private readonly switches: Switches;
  private made: FuncBuilder | null = null;
  passes!: Passes;
  readonly analysis: CfgAnalysis;
  readonly blockOrder: BlockOrder;
  selection!: Selection;
  readonly facts: ModuleFacts;
  readonly selectOptions: SelectOptions;
  private readonly missing: MissingCallees;
  readonly mergeBounds = new MergeBounds();
  private readonly ahead: AheadUse | null;
  private readonly aheadEmitter: AheadEmitter | null;
  /** What the translated parts make of the function stays there. */
  private readonly keepsAhead: boolean;
  private readonly aheadPasses: readonly AheadPass[];
  readonly allocator: Allocator;
  readonly preservation = new Preserved();
  readonly emitter: MachineEmitter;
  readonly allocateOptions: AllocateOptions;
  /** What the translated parts build from. */
  private readonly source: BuildSource;
  /** Only the translated parts have what was built. */
  private isAhead = false;
  /** Passes, control flow and order of the function in hand are done, by the translated parts. */
  optimised = false;
  /** … and so are its instructions. */
  selected = false;
  /** Whether bounds checks are merged. */
  readonly mergesBounds: boolean;
  frameBytes = 0;
  code!: FinishedCode;

  constructor(
    readonly module: WasmModule,
    readonly vm: VmLayout,
    readonly options: CodegenOptions,
    readonly observer?: StepObserver,
    /** Gives the translated parts, which do the same. */
    makeParts: (machine: Machine) => AheadParts | null = ({ translated }) => aheadParts(translated),
  ) {
    const { enabled } = (this.switches = new Switches(options.disable ?? []));
    const { guide = NO_GUIDE, deterministic = false, coverage = false } = options;
    this.source = { module, guide, deterministic, coverage };
    this.renewPasses();
    this.analysis = new CfgAnalysis(enabled);
    this.blockOrder = new BlockOrder(enabled);
    this.machine = machineFor(options.architecture);
    this.facts = new ModuleFacts(module, vm, this.machine.convention);
    this.selectOptions = {
      features: options.features,
      explicitBounds: options.bounds === 'explicit',
      knowsCallees: options.preserved !== undefined,
      preserved: options.preserved ?? new Int32Array(0),
    };
    this.mergesBounds = options.bounds === 'explicit' || module.memories.some(needsChecks);
    this.renewSelection();
    // Dumps show steps one by one.
    this.aheadPasses = PASSES.map(({ name, wants, run }) => ({ name, runHere: wants ? () => run(this) : null }));
    this.missing = new MissingCallees(enabled);
    this.ahead =
      ENV.dump === ''
        ? new AheadUse(
            () => makeParts(this.machine),
            enabled,
            () => this.selectHere(),
          )
        : null;
    this.allocator = new Allocator(enabled, this.ahead);
    const inPlace = this.ahead !== null;
    this.allocateOptions = { verify: options.verify, inPlace };
    // Verification and debug information read it.
    this.keepsAhead = inPlace && !options.verify && options.debugInfo !== true;
    const makeEmitter = (): MachineEmitter => this.machine.emitter(enabled, options);
    const allocateHere = (mf: MachFunc): Allocation => (this.allocation = this.allocator.runHere(mf));
    this.aheadEmitter = inPlace ? new AheadEmitter(this.ahead!, options, makeEmitter, allocateHere) : null;
    this.emitter = this.aheadEmitter ?? makeEmitter();
  }

  renewBuilder(): void {
    this.made = null;
  }

  private get builder(): FuncBuilder {
    if (this.made === null) {
      this.made = new FuncBuilder(this.switches.enabled);
      this.made.deterministic = this.source.deterministic;
      this.made.coverage = this.source.coverage;
    }
    return this.made;
  }

  renewPasses(): void {
    this.passes = new Passes(this.switches.enabled, plainMemory(this.module, this.options));
  }

  renewSelection(): void {
    this.selection = this.machine.selection(this.switches.enabled);
  }

  /** Takes up the function with this index. */
  begin(index: number): void {
    this.index = index;
    this.optimised = false;
    this.switches.apply(index);
  }

  /** Builds the function in hand. */
  build(): void {
    const { source, func, index, options } = this;
    // It stays with the translated parts unless somebody looks at it.
    this.isAhead = this.ahead?.build(source, index, func, options.verify) === true;
    if (!this.isAhead) this.buildHere();
  }

  private buildHere(): void {
    this.builder.build(this.source.module, this.index, this.func, this.source.guide);
  }

  /** Selects, by the translated parts where they have the function. */
  select(): void {
    const { func: f, cfg, facts, selectOptions, mergesBounds, mach } = this;
    mach.machine = this.machine;
    this.selected = this.optimised && this.ahead!.select(f, cfg, facts, selectOptions, mergesBounds, mach);
    if (!this.selected) this.selectBySource();
  }

  private selectBySource(): void {
    const { func: f, facts, missing, selectOptions } = this;
    const { knowsCallees, preserved } = selectOptions;
    if (knowsCallees) {
      missing.find(f, facts.importedFuncs, preserved);
      awaitRows(preserved, missing.rows.toArray());
    }
    this.selection.run(f, this.cfg, facts, selectOptions, this.mach);
  }

  /** Merges bounds checks, if the translated parts have not done so. */
  merge(): boolean {
    return !this.selected && this.mergesBounds && this.mergeBounds.run(this.mach);
  }

  /** What the translated parts have selected, once more by what is here. */
  private selectHere(): void {
    this.selected = false;
    this.selectBySource();
    this.merge();
  }

  /** Fills in the function's row in the table of what functions preserve. */
  notePreserved(): void {
    const { preservation, emitter, facts, index, options } = this;
    if (options.preserved === undefined) return;
    let found = this.aheadEmitter?.preserved() ?? null;
    if (found === null) {
      preservation.run(this.mach, this.allocation, emitter.names, emitter.frameBytes, emitter.stackBytes);
      found = preservation;
    }
    publishRow(options.preserved, index - facts.importedFuncs, found);
  }

  /**
   * Whether it is a `LEAF_FUNCTION` (abi/artefact.ts): every call, trap and access of memory has a row in the table of traps,
   * and a function that ends in a call takes an unknown amount of stack.
   */
  get isLeaf(): boolean {
    const { preserved } = this.options;
    if (preserved === undefined || this.code.traps.length > 0) return false;
    const at = PRESERVED_WORDS * (this.index - this.facts.importedFuncs);
    return preserved[at + PreservedWord.STRAIGHT] === 1 && preserved[at + PreservedWord.STACK] > 0;
  }

  /** Passes, control flow and order of blocks by the translated parts, if there are any. */
  optimiseAhead(): void {
    const { func, analysis, aheadPasses, isAhead, keepsAhead } = this;
    const order = this.ahead?.optimise(func, analysis.cfg, aheadPasses, isAhead, keepsAhead) ?? null;
    this.optimised = order !== null;
    if (order === null) {
      if (isAhead) this.buildHere();
      return;
    }
    this.cfg = this.analysis.cfg;
    this.order = order;
  }
}

/**
 * The least size of memory 0, if it is one of 32-bit addresses and pages of 64 KiB that only this thread writes, and
 * nothing counts how often operators are executed; else -1.
 */
function plainMemory({ memories }: WasmModule, options: CodegenOptions): number {
  if (options.count === true || memories.length === 0) return -1;
  const memory = memories[0];
  return needsChecks(memory) || memory.shared === true ? -1 : memory.min * 65536;
}

/** A phase, and what its time is charged to. */
export interface PhaseStep extends Step<Compilation> {
  readonly time: Phase;
  /** Lets its arrays go, which are kept for the next function unless they are those of a huge one (LARGE_VALUES). */
  readonly forget?: (c: Compilation) => void;
}

/** The later phases of a function of so many values have more use for the memory. People write none. */
export const LARGE_VALUES = 100_000;

const printSsa = (c: Compilation): string => printFunc(c.func);
const verifySsa = (c: Compilation): void => verifyFunc(c.func, c.module);

export const PIPELINE: readonly PhaseStep[] = [
  {
    name: 'build',
    why: 'one walk over the wasm body makes SSA; folding, value numbering and forwarding happen on the way',
    time: Phase.BUILD,
    run: (c) => c.build(),
    forget: (c) => c.renewBuilder(),
    print: printSsa,
    verify: verifySsa,
  },
  ...PASSES.map((pass, k) => ({
    ...pass,
    run: (c: Compilation) => {
      if (k === 0) c.optimiseAhead();
      return !c.optimised && pass.run(c);
    },
    forget: (c: Compilation) => c.renewPasses(),
    time: Phase.OPT,
    print: printSsa,
    verify: verifySsa,
  })),
  {
    name: 'cfg',
    why: 'loops, probabilities and frequencies, for everything that follows; no phase changes the blocks any more',
    time: Phase.CFG,
    after: ['build', ...PASSES.map((pass) => pass.name)],
    run: (c) => void (c.optimised || (c.cfg = c.analysis.run(c.func))),
    print: (c) => printCfg(c.func, c.cfg),
  },
  {
    name: 'layout',
    why: 'the order of emission, from the frequencies',
    time: Phase.CFG,
    after: ['cfg'],
    run: (c) => void (c.optimised || (c.order = c.blockOrder.run(c.func, c.cfg))),
    print: (c) => `${[...c.order.subarray(0, c.func.nb)].join(' ')}\n`,
  },
  {
    name: 'select',
    why: 'SSA to machine instructions, backwards, so that the uses of a value are known where it is defined',
    time: Phase.SELECT,
    after: ['cfg'],
    run: (c) => c.select(),
    print: (c) => printMach(c.mach),
  },
  {
    name: 'merge-bounds',
    why: 'removes bounds checks that earlier ones cover; the order of accesses is final only after selection',
    time: Phase.SELECT,
    after: ['select'],
    run: (c) => c.merge(),
    forget: (c) => c.renewSelection(),
    print: (c) => printMach(c.mach),
  },
  {
    name: 'regalloc',
    why: 'registers and spill slots; its own steps follow in codegen/regalloc/index.ts',
    time: Phase.REGALLOC,
    after: ['select', 'merge-bounds', ...ALLOCATION_STEPS.map((step) => step.name)],
    run: (c) => void (c.allocation = c.allocator.run(c.mach, c.allocateOptions, c.observer)),
    print: (c) => printAllocated(c.mach, c.allocation),
  },
  {
    name: 'emit',
    why: 'machine code with long branches, frame and cold code',
    time: Phase.EMIT,
    after: ['regalloc', 'layout'],
    run: (c) => void (c.frameBytes = c.emitter.run(c.mach, c.allocation, c.order)),
  },
  {
    name: 'preserved',
    why: 'tells callers that are compiled later which registers the function leaves alone',
    time: Phase.EMIT,
    after: ['emit'],
    run: (c) => c.notePreserved(),
  },
  {
    name: 'relax',
    why: 'shortens branches and threads jumps, which needs all distances',
    time: Phase.EMIT,
    after: ['emit'],
    run: (c) => void (c.code = c.emitter.finish()),
    print: (c) =>
      `${c.machine
        .disassembleLines(c.code.code.subarray(0, c.code.codeBytes))
        .map((line) => `${line.offset.toString(16).padStart(4)} ${line.text}`)
        .join('\n')}\n`,
  },
];

/** All phases in the order in which they run, those inside register allocation before its own row. */
export const ALL_PHASES: readonly Pick<Step<never>, 'name' | 'why' | 'after'>[] = PIPELINE.flatMap((row) =>
  row.name === 'regalloc' ? [...ALLOCATION_STEPS, row] : [row],
);

/** Names for the state after the last of some phases, as dumps and file tests use them. */
export const STAGES: Readonly<Record<string, string>> = {
  ssa: 'build',
  opt: PASSES[PASSES.length - 1].name,
  isel: 'merge-bounds',
  asm: 'relax',
};

checkOrder(ALL_PHASES);

/** Loops, frequencies and probabilities of a function, a line for each block. */
function printCfg(f: Func, cfg: Cfg): string {
  const lines: string[] = [];
  for (let b = 0; b < f.nb; b++) {
    const edges = [...f.succEdge.subarray(f.succAt[b], f.succAt[b + 1])].map(
      (e) => `${f.edgeTo[e]}: ${Number(cfg.prob[e].toFixed(3))}`,
    );
    const loop = cfg.loopOf[b] >= 0 ? ` loop ${cfg.loopOf[b]} depth ${cfg.loopDepth[b]}` : '';
    const cold = cfg.cold[b] !== 0 ? ' cold' : '';
    lines.push(
      `block ${b} freq ${Number(cfg.freq[b].toPrecision(4))}${loop}${cold}${edges.length > 0 ? ` -> ${edges.join(', ')}` : ''}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
