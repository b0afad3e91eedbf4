/** Conditions of the ten integer comparisons, from EQ. */
import { Cc } from '../asm/insts.js';

export const INT_CC = Uint8Array.of(Cc.EQ, Cc.NE, Cc.LT, Cc.LO, Cc.GT, Cc.HI, Cc.LE, Cc.LS, Cc.GE, Cc.HS);
/** The same with exchanged operands. */
export const SWAPPED_CC = Uint8Array.of(Cc.EQ, Cc.NE, Cc.GT, Cc.HI, Cc.LT, Cc.LO, Cc.GE, Cc.HS, Cc.LE, Cc.LS);
