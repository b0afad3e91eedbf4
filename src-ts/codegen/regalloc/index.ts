/**
 * Register allocation of a machine function: liveness → pressure → (unless everything fits: distances → spill → slots →
 * prune) → colouring → edges. Near-linear in code and live-in lists; one thread-wide `State` holds the working arrays.
 */
import { enabled } from '../../util/switches.js';
import { CALLEE_SAVED, CALLEE_SAVED_MASK } from '../../x64/abi.js';
import type { Allocation, MachFunc } from '../mach.js';
import { checkAllocation } from './checker.js';
import { Coloring } from './color.js';
import { assignConstrained } from './constrained.js';
import { computeDistances } from './distances.js';
import { edgeAt, edgeCode, emitEdges } from './edges.js';
import { computeLiveness } from './liveness.js';
import { chooseSaved, fits, measurePressure, residenceWithoutSpills } from './pressure.js';
import { pruneResidences } from './prune.js';
import { assignSlots, placeStores } from './slots.js';
import { spill } from './spill.js';
import { popcount, State } from './state.js';

export interface AllocateOptions {
  /** Run the symbolic checker over the result. */
  verify?: boolean;
  /** Use this many callee-saved registers at most instead of choosing (for tests and measurements). */
  savedRegs?: number;
}

const state = new State();
const coloring = new Coloring();

/**
 * Allocates registers and spill slots. Never fails for a legal function; may append scratch values to `mf`. Throws if
 * the function, or (verify) the result, is wrong.
 */
export function allocateRegisters(mf: MachFunc, options: AllocateOptions = {}): Allocation {
  const s = state;
  s.begin(mf);
  computeLiveness(s);
  measurePressure(s);
  s.setSaved(options.savedRegs ?? (enabled['saved-choice'] ? chooseSaved(s) : CALLEE_SAVED.length));
  if (fits(s)) residenceWithoutSpills(s);
  else {
    computeDistances(s);
    spill(s);
    placeStores(s);
    pruneResidences(s);
  }
  const c = coloring;
  c.run(s, assignConstrained);
  const scratch = emitEdges(s, c);
  const slotOf = new Int32Array(mf.nVals);
  const spillBytes = assignSlots(s, scratch, slotOf);
  const savedRegs = c.usedMask & CALLEE_SAVED_MASK;
  const allocation: Allocation = {
    code: c.code.toArray(),
    codeAt: c.codeAt.slice(0, s.nb + 1),
    edgeCode: edgeCode.toArray(),
    edgeAt: edgeAt.slice(0, s.ne + 1),
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
