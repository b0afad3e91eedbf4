/**
 * The registers that an instruction with constraints leaves to its operands and to the values that live across it.
 * `pressure.ts` and the spiller count with these masks and `demand`, and `constrained.ts` chooses from them, so there
 * is always room for what was counted.
 */
import { destroyedBy, type MachFunc } from '../mach.js';
import { classOf, Clobber, Cls } from '../machine.js';
import { type State, tiedOperand } from './state.js';

/** Whether a register is in a set (masks by class). */
export const has = (masks: Int32Array, r: number): boolean => ((masks[classOf(r)] >> r) & 1) !== 0;
export function include(masks: Int32Array, r: number): void {
  masks[classOf(r)] |= 1 << r;
}

export class Constraints {
  isCall = false;
  /** The operand that gives a two-address instruction its register, and that register if it is given; else -1. */
  tiedUse = -1;
  tiedFixed = -1;

  // --- sets of registers, by class ---
  /** Fixed for an operand. */
  readonly fixed = new Int32Array(2);
  /** Of the result, if that is fixed. */
  readonly result = new Int32Array(2);
  /** Destroyed, the result's aside; and with it and the tied operand's. */
  readonly clobber = new Int32Array(2);
  readonly destroyed = new Int32Array(2);
  /** For no value while operands are read: fixed, and destroyed unless by a call, which reads its operands first. */
  readonly reserved = new Int32Array(2);
  /** For values that survive: usable, not fixed for an operand, not destroyed. */
  readonly forSurvivors = new Int32Array(2);
  /** For operands that die and temporaries: usable and not reserved. */
  readonly forOperands = new Int32Array(2);

  /** Takes up instruction i. `dies0`, `dies1`: operand 0 / 1 dies here. */
  start(s: State, i: number, dies0: boolean, dies1: boolean): void {
    const { mf } = s;
    const { fixed, result, clobber, destroyed } = this;
    const useFixed = mf.useFixed.a;
    const defFixed = mf.defFixed.a[i];
    this.isCall = (mf.clobbers.a[i] & Clobber.CALL) !== 0;
    this.findTied(mf, i, dies0, dies1);
    fixed[Cls.GPR] = fixed[Cls.VECTOR] = 0;
    result[Cls.GPR] = result[Cls.VECTOR] = 0;
    if (this.tiedFixed >= 0) include(fixed, this.tiedFixed);
    for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++) if (useFixed[u] >= 0) include(fixed, useFixed[u]);
    if (defFixed >= 0) include(result, defFixed);
    for (let cls = 0; cls < 2; cls++) {
      clobber[cls] = destroyedBy(mf, cls, i);
      destroyed[cls] = clobber[cls] | result[cls];
    }
    if (this.tiedFixed >= 0) include(destroyed, this.tiedFixed);
    for (let cls = 0; cls < 2; cls++) {
      this.reserved[cls] = this.isCall ? fixed[cls] : fixed[cls] | destroyed[cls];
      this.forSurvivors[cls] = s.usable[cls] & ~(fixed[cls] | destroyed[cls]);
      this.forOperands[cls] = s.usable[cls] & ~this.reserved[cls];
    }
  }

  /**
   * How many registers of a class that are not reserved the instruction asks for: of values that survive it (a copy of
   * the tied operand among them), of operands that die, and of temporaries.
   */
  demand(cls: number, survivors: number, dying: number, temps: number): number {
    // At a call, temporaries must avoid the result's register too.
    const barred = this.isCall && temps > 0 && (this.result[cls] & ~this.fixed[cls]) !== 0 ? 1 : 0;
    return survivors + dying + temps + barred;
  }

  private findTied(mf: MachFunc, i: number, dies0: boolean, dies1: boolean): void {
    this.tiedUse = this.tiedFixed = -1;
    if (mf.tied.a[i] === 0 || mf.def.a[i] < 0) return;
    this.tiedUse = tiedOperand(mf, i, dies0, dies1);
    const fixed = mf.useFixed.a[this.tiedUse];
    this.tiedFixed = fixed >= 0 ? fixed : mf.defFixed.a[i];
  }
}
