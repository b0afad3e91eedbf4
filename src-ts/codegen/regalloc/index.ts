/**
 * Register allocation of a machine function. Near-linear in code and live-in lists. The steps are rows of a table: those
 * between `distances` and `prune` are left out where everything fits into registers.
 */
import { runStep, type Step, type StepObserver } from '../../util/steps.js';
import type { Enabled } from '../../util/switches.js';
import type { Allocation, MachFunc } from '../mach.js';
import { AnswerInPlace } from './answer.js';
import { checkAllocation } from './checker.js';
import { Coloring } from './color.js';
import { Constrained } from './constrained.js';
import { Distances } from './distances.js';
import { EdgeCode } from './edges.js';
import { Hoisting } from './hoist.js';
import { Liveness } from './liveness.js';
import { ParallelMove } from './moves.js';
import { chooseSaved, fits, Pressure, residenceWithoutSpills } from './pressure.js';
import { printColors, printLiveness, printPressure, printResidence } from './print.js';
import { Pruning } from './prune.js';
import { Slots } from './slots.js';
import { Spiller } from './spill.js';
import { State } from './state.js';

export interface AllocateOptions {
  /** Run the symbolic checker over the result. */
  verify?: boolean;
  /** Use this many callee-saved registers at most instead of choosing (for tests and measurements). */
  savedRegs?: number;
  /** Emission is translated, too: an answer of translated steps is left in their memory for it, and its arrays are empty. */
  inPlace?: boolean;
}

/** Steps that were translated ahead of time (ahead/parts.ts). */
export interface TranslatedAllocation {
  /**
   * As `Allocator.run` with this many callee-saved registers (-1: chosen); null if that is not to be had, `mf` is then as
   * it was. Without `copy` the answer has no arrays.
   */
  allocate(mf: MachFunc, savedRegs: number, copy: boolean): Allocation | null;
}

/**
 * The allocator of one compilation: its steps with their arrays, which are reused from function to function, and what
 * leads from one step to the next.
 */
export class Allocator {
  readonly state: State;
  readonly liveness = new Liveness();
  readonly pressure = new Pressure();
  readonly distances = new Distances();
  readonly spiller = new Spiller();
  readonly slots = new Slots();
  readonly pruning = new Pruning();
  readonly coloring = new Coloring();
  private readonly moves = new ParallelMove();
  readonly constrained = new Constrained(this.moves);
  readonly edges = new EdgeCode(this.moves);
  readonly answer = new AnswerInPlace();
  readonly hoisting = new Hoisting();
  /** As `AllocateOptions`; -1: chosen. */
  savedRegs = -1;

  /** `ahead`: the steps as they were translated ahead of time, which do the same. */
  constructor(
    enabled: Enabled,
    private readonly ahead: TranslatedAllocation | null = null,
  ) {
    this.state = new State(enabled);
  }

  /**
   * Allocates registers and spill slots. Never fails for a legal function; may append scratch values to `mf`. Throws if
   * the function, or (verify) the result, is wrong.
   */
  run(mf: MachFunc, options: AllocateOptions = {}, observer?: StepObserver): Allocation {
    this.savedRegs = options.savedRegs ?? -1;
    const copy = options.inPlace !== true || options.verify === true;
    const allocation = this.ahead?.allocate(mf, this.savedRegs, copy) ?? this.runHere(mf, observer);
    if (options.verify) checkAllocation(mf, allocation);
    return allocation;
  }

  /** By the steps here. */
  runHere(mf: MachFunc, observer?: StepObserver): Allocation {
    this.state.begin(mf);
    for (const step of ALLOCATION_STEPS) {
      if (step.spilling === true && fits(this.state)) continue;
      runStep(step, this, observer);
    }
    this.answer.take(this.state, this.coloring, this.edges, this.slots);
    return this.answer.copy(this.state);
  }
}

interface AllocationStep extends Step<Allocator> {
  /** Only for functions whose values do not all fit into registers. */
  readonly spilling?: boolean;
}

export const ALLOCATION_STEPS: readonly AllocationStep[] = [
  {
    name: 'liveness',
    why: 'which values are alive at the start of each block',
    after: ['select', 'merge-bounds'],
    run: ({ state, liveness }) => liveness.run(state),
    print: ({ state }) => printLiveness(state),
  },
  {
    name: 'pressure',
    why: 'how many registers are wanted, hence how many callee-saved ones pay, and whether anything must be spilled',
    after: ['liveness'],
    run: ({ state, pressure, savedRegs }) => {
      pressure.run(state);
      if (savedRegs >= 0) state.setSaved(savedRegs);
      else state.setSaved(state.enabled['saved-choice'] ? chooseSaved(state) : state.regs.calleeSaved.length);
      if (fits(state)) residenceWithoutSpills(state);
    },
    print: ({ state }) => printPressure(state),
  },
  {
    name: 'distances',
    why: 'how far away the next use of each value is: the one to spill is the farthest',
    after: ['pressure'],
    spilling: true,
    run: ({ state, distances }) => distances.run(state),
  },
  {
    name: 'spill',
    why: 'chooses what is in registers at every point, before any register has a name',
    after: ['distances'],
    spilling: true,
    run: ({ state, spiller }) => spiller.run(state),
    print: ({ state }) => printResidence(state),
  },
  {
    name: 'stores',
    why: 'where spilled values are stored, once it is known where they are reloaded',
    after: ['spill'],
    spilling: true,
    run: ({ state, slots }) => slots.placeStores(state),
    print: ({ state }) => printResidence(state),
  },
  {
    name: 'prune',
    why: 'ends residences in registers that no use needs',
    after: ['spill', 'stores'],
    spilling: true,
    run: ({ state, pruning }) => pruning.run(state),
    print: ({ state }) => printResidence(state),
  },
  {
    name: 'color',
    why: 'gives every residence a register',
    after: ['pressure', 'prune'],
    run: ({ state, coloring, constrained }) => coloring.run(state, constrained),
    print: ({ state, coloring }) => printColors(state, coloring),
  },
  {
    name: 'slots',
    why: 'moves and reloads on edges, then slots for what is in memory',
    after: ['color'],
    run: ({ state, coloring, edges, slots }) => slots.assignSlots(state, edges.run(state, coloring)),
  },
  {
    name: 'hoist',
    why: 'code of edges that may as well come before the branch spares a jump',
    after: ['slots'],
    run: ({ state, coloring, edges, hoisting }) => hoisting.run(state, coloring, edges),
  },
];
