/** Integer comparisons as operands of instructions. */
import { Cc } from '../asm/insts.js';

/** Conditions of the ten integer comparisons, from EQ. */
export const INT_CC = Uint8Array.of(Cc.EQ, Cc.NE, Cc.LT, Cc.LO, Cc.GT, Cc.HI, Cc.LE, Cc.LS, Cc.GE, Cc.HS);
/** The same with exchanged operands. */
export const SWAPPED_CC = Uint8Array.of(Cc.EQ, Cc.NE, Cc.GT, Cc.HI, Cc.LT, Cc.LO, Cc.GE, Cc.HS, Cc.LE, Cc.LS);

/** An integer comparison: x with y, or with a constant where y is -1. */
export class Compared {
  x = 0;
  y = -1;
  constant = 0;
  cc = 0;
  wide = 0;
}
