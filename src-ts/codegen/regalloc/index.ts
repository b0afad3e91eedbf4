/**
 * Register allocation of a machine function. Near-linear in code and live-in lists. The steps are rows of a table: those
 * between `distances` and `prune` are left out where everything fits into registers.
 */
import { runStep, type Step, type StepObserver } from '../../util/steps.js';
import type { Enabled } from '../../util/switches.js';
import type { Allocation, MachFunc } from '../mach.js';
import { Cls } from '../machine.js';
import type { AheadAllocator } from './ahead.js';
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
import { popcount, State } from './state.js';

export interface AllocateOptions {
  /** Run the symbolic checker over the result. */
  verify?: boolean;
  /** Use this many callee-saved registers at most instead of choosing (for tests and measurements). */
  savedRegs?: number;
}

/** A function of more values, as nobody writes, is left to JavaScript: V8 has optimised it soon, and what it has let go is memory again. */
const MOST_AHEAD = 100_000;

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
  readonly hoisting = new Hoisting();
  private ahead: AheadAllocator | null | undefined;
  /** As `AllocateOptions`; -1: chosen. */
  savedRegs = -1;

  /** `makeAhead`: gives the steps as they were translated ahead of time, which do the same; null: there are none. */
  constructor(
    enabled: Enabled,
    private readonly makeAhead: (() => AheadAllocator | null) | null = null,
  ) {
    this.state = new State(enabled);
  }

  /**
   * Allocates registers and spill slots. Never fails for a legal function; may append scratch values to `mf`. Throws if
   * the function, or (verify) the result, is wrong.
   */
  run(mf: MachFunc, options: AllocateOptions = {}, observer?: StepObserver): Allocation {
    this.savedRegs = options.savedRegs ?? -1;
    const allocation = this.runAhead(mf) ?? this.runHere(mf, observer);
    if (options.verify) checkAllocation(mf, allocation);
    return allocation;
  }

  /** By the translated steps. Null where there are none; for huge functions; or they trap, without memory or where these here throw. */
  private runAhead(mf: MachFunc): Allocation | null {
    if (this.makeAhead === null || this.ahead === null || mf.nVals > MOST_AHEAD) return null;
    try {
      this.ahead ??= this.makeAhead();
      return this.ahead === null ? null : this.ahead.run(mf, this.state.enabled, this.savedRegs);
    } catch (e) {
      // A trap leaves the arrays as they were; stack and memory of V8 that are at their end are its RangeErrors.
      if (e instanceof TypeError) throw e;
      // None to be had: not asked for again, since V8 collects all garbage before it says so.
      this.ahead = this.ahead === undefined ? null : undefined;
      return null;
    }
  }

  private runHere(mf: MachFunc, observer: StepObserver | undefined): Allocation {
    this.state.begin(mf);
    for (const step of ALLOCATION_STEPS) {
      if (step.spilling === true && fits(this.state)) continue;
      runStep(step, this, observer);
    }
    return answer(this);
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

function answer({ state: s, coloring: c, edges, slots }: Allocator): Allocation {
  const savedRegs = c.usedMask[Cls.GPR] & s.regs.calleeSavedMask;
  return {
    code: c.code.toArray(),
    codeAt: c.codeAt.slice(0, s.nb + 1),
    edgeCode: edges.edgeCode.toArray(),
    edgeAt: edges.edgeAt.slice(0, s.ne + 1),
    useReg: c.useReg.slice(0, s.nUse),
    defReg: c.defReg.slice(0, s.nInst),
    tempAt: c.tempAt.slice(0, s.nInst + 1),
    temps: Int8Array.from(c.temps.toArray()),
    slotOf: slots.slotOf.slice(0, s.mf.nVals),
    spillBytes: slots.spillBytes,
    savedRegs,
    weights: { reloads: c.wReloads, stores: c.wStores, moves: c.wMoves, saves: popcount(savedRegs) * s.cfg.freq[0] },
  };
}
