/** The allocator's answer where it lies: in the arrays of its steps, until the next run. */
import type { Allocation, SpillWeights } from '../mach.js';
import { Cls } from '../machine.js';
import type { Coloring } from './color.js';
import type { EdgeCode } from './edges.js';
import type { Slots } from './slots.js';
import { popcount, type State } from './state.js';

/** Its arrays may be longer than what is in use. */
export class AnswerInPlace implements Allocation {
  code: Int32Array = new Int32Array(0);
  codeAt: Int32Array = new Int32Array(0);
  edgeCode: Int32Array = new Int32Array(0);
  edgeAt: Int32Array = new Int32Array(0);
  useReg = new Int8Array(0);
  defReg = new Int8Array(0);
  tempAt: Int32Array = new Int32Array(0);
  temps: Int32Array = new Int32Array(0);
  slotOf: Int32Array = new Int32Array(0);
  spillBytes = 0;
  savedRegs = 0;
  readonly weights: SpillWeights = { reloads: 0, stores: 0, moves: 0, saves: 0 };

  /** After the last step. */
  take(s: State, c: Coloring, edges: EdgeCode, slots: Slots): void {
    this.code = c.code.a;
    this.codeAt = c.codeAt;
    this.edgeCode = edges.edgeCode.a;
    this.edgeAt = edges.edgeAt;
    this.useReg = c.useReg;
    this.defReg = c.defReg;
    this.tempAt = c.tempAt;
    this.temps = c.temps.a;
    this.slotOf = slots.slotOf;
    this.spillBytes = slots.spillBytes;
    this.savedRegs = c.usedMask[Cls.GPR] & s.regs.calleeSavedMask;
    this.weights.reloads = c.wReloads;
    this.weights.stores = c.wStores;
    this.weights.moves = c.wMoves;
    this.weights.saves = popcount(this.savedRegs) * s.cfg.freq[0];
  }

  /** A copy of what is in use. */
  copy({ mf, nb, ne, nUse, nInst }: State): Allocation {
    return {
      code: this.code.slice(0, this.codeAt[nb]),
      codeAt: this.codeAt.slice(0, nb + 1),
      edgeCode: this.edgeCode.slice(0, this.edgeAt[ne]),
      edgeAt: this.edgeAt.slice(0, ne + 1),
      useReg: this.useReg.slice(0, nUse),
      defReg: this.defReg.slice(0, nInst),
      tempAt: this.tempAt.slice(0, nInst + 1),
      temps: this.temps.slice(0, this.tempAt[nInst]),
      slotOf: this.slotOf.slice(0, mf.nVals),
      spillBytes: this.spillBytes,
      savedRegs: this.savedRegs,
      weights: { ...this.weights },
    };
  }
}
