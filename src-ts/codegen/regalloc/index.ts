/**
 * Register allocation of a machine function: liveness → pressure → (unless everything fits: distances → spill → slots →
 * prune) → colouring → edges. Near-linear in code and live-in lists.
 */
import type { Enabled } from '../../util/switches.js';
import { CALLEE_SAVED, CALLEE_SAVED_MASK } from '../../x64/abi.js';
import type { Allocation, MachFunc } from '../mach.js';
import { checkAllocation } from './checker.js';
import { Coloring } from './color.js';
import { Constrained } from './constrained.js';
import { Distances } from './distances.js';
import { EdgeCode } from './edges.js';
import { Liveness } from './liveness.js';
import { ParallelMove } from './moves.js';
import { chooseSaved, fits, Pressure, residenceWithoutSpills } from './pressure.js';
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

/** The allocator of one compilation: its passes with their arrays, which are reused from function to function. */
export class Allocator {
  private readonly state: State;
  private readonly liveness = new Liveness();
  private readonly pressure = new Pressure();
  private readonly distances = new Distances();
  private readonly spiller = new Spiller();
  private readonly slots = new Slots();
  private readonly pruning = new Pruning();
  private readonly coloring = new Coloring();
  private readonly moves = new ParallelMove();
  private readonly constrained = new Constrained(this.moves);
  private readonly edges = new EdgeCode(this.moves);
  private readonly assignConstrained = (c: Coloring, i: number): void => this.constrained.assign(c, i);

  constructor(enabled: Enabled) {
    this.state = new State(enabled);
  }

  /**
   * Allocates registers and spill slots. Never fails for a legal function; may append scratch values to `mf`. Throws if
   * the function, or (verify) the result, is wrong.
   */
  run(mf: MachFunc, options: AllocateOptions = {}): Allocation {
    const { state: s, coloring: c, edges, slots } = this;
    s.begin(mf);
    this.liveness.run(s);
    this.pressure.run(s);
    s.setSaved(options.savedRegs ?? (s.enabled['saved-choice'] ? chooseSaved(s) : CALLEE_SAVED.length));
    if (fits(s)) residenceWithoutSpills(s);
    else {
      this.distances.run(s);
      this.spiller.run(s);
      slots.placeStores(s);
      this.pruning.run(s);
    }
    c.run(s, this.assignConstrained);
    const scratch = edges.run(s, c);
    const slotOf = new Int32Array(mf.nVals);
    const spillBytes = slots.assignSlots(s, scratch, slotOf);
    const savedRegs = c.usedMask & CALLEE_SAVED_MASK;
    const allocation: Allocation = {
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
    if (options.verify) checkAllocation(mf, allocation);
    return allocation;
  }
}
