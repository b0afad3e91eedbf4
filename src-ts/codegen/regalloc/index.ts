/**
 * Register allocation of a machine function. Near-linear in code and live-in lists. The steps are rows of a table: those
 * between `distances` and `prune` are left out where everything fits into registers.
 */
import { runStep, type Step, type StepObserver } from '../../util/steps.js';
import type { Enabled } from '../../util/switches.js';
import type { Allocation, MachFunc } from '../mach.js';
import { Cls } from '../machine.js';
import { checkAllocation } from './checker.js';
import { Coloring } from './color.js';
import { Constrained } from './constrained.js';
import { Distances } from './distances.js';
import { EdgeCode } from './edges.js';
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
  private readonly constrained = new Constrained(this.moves);
  readonly edges = new EdgeCode(this.moves);
  readonly assignConstrained = (c: Coloring, i: number): void => this.constrained.assign(c, i);
  options: AllocateOptions = {};
  allocation!: Allocation;

  constructor(enabled: Enabled) {
    this.state = new State(enabled);
  }

  /**
   * Allocates registers and spill slots. Never fails for a legal function; may append scratch values to `mf`. Throws if
   * the function, or (verify) the result, is wrong.
   */
  run(mf: MachFunc, options: AllocateOptions = {}, observer?: StepObserver): Allocation {
    this.options = options;
    this.state.begin(mf);
    for (const step of ALLOCATION_STEPS) {
      if (step.spilling === true && fits(this.state)) continue;
      runStep(step, this, observer);
    }
    if (options.verify) checkAllocation(mf, this.allocation);
    return this.allocation;
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
    run: ({ state, pressure, options }) => {
      pressure.run(state);
      state.setSaved(
        options.savedRegs ?? (state.enabled['saved-choice'] ? chooseSaved(state) : state.regs.calleeSaved.length),
      );
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
    run: ({ state, coloring, assignConstrained }) => coloring.run(state, assignConstrained),
    print: ({ state, coloring }) => printColors(state, coloring),
  },
  {
    name: 'slots',
    why: 'moves and reloads on edges, then slots for what is in memory; the answer is put together',
    after: ['color'],
    run: (a) => void (a.allocation = finish(a)),
  },
];

function finish({ state: s, coloring: c, edges, slots }: Allocator): Allocation {
  const scratch = edges.run(s, c);
  const slotOf = new Int32Array(s.mf.nVals);
  const spillBytes = slots.assignSlots(s, scratch, slotOf);
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
    slotOf,
    spillBytes,
    savedRegs,
    weights: { reloads: c.wReloads, stores: c.wStores, moves: c.wMoves, saves: popcount(savedRegs) * s.cfg.freq[0] },
  };
}
