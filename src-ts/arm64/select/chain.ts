/**
 * Chains of two comparisons (`x & y`, `x | y` of their results): where the first has not decided, `ccmp` makes the
 * second; else it sets the flags to what the second's answer would be.
 */
import { Form } from '../../codegen/mach.js';
import { Op } from '../../ir/ops.js';
import { Cc } from '../asm/insts.js';
import { Chain, Flags, MOp } from '../machops.js';
import { INT_CC, SWAPPED_CC } from './condition-codes.js';
import type { Selector } from './selector.js';

/** NZCV for which a condition holds, by Cc from EQ to LE. */
const HOLDS = Uint8Array.of(4, 0, 2, 0, 8, 0, 1, 0, 2, 0, 0, 8, 0, 8);
/** Constants of the second comparison, either sign. */
const MOST_SECOND = 31;

/** An integer comparison: x with y, or with the constant c where y is -1. */
export class Compared {
  x = 0;
  y = -1;
  c = 0;
  cc = 0;
  wide = 0;

  /** Whether v is one whose operands an instruction takes. */
  read(s: Selector, v: number): boolean {
    const { f, alias } = s;
    const o = f.op[v];
    const p = alias[f.a[v]];
    this.y = -1;
    this.c = 0;
    if (o === Op.I32_EQZ || o === Op.I64_EQZ) {
      this.x = p;
      this.cc = Cc.EQ;
      this.wide = o === Op.I64_EQZ ? 1 : 0;
      return !s.isConst(p);
    }
    if (o < Op.I32_EQ || o > Op.I64_GE_U) return false;
    this.wide = o >= Op.I64_EQ ? 1 : 0;
    const k = o - (this.wide !== 0 ? Op.I64_EQ : Op.I32_EQ);
    const q = alias[f.b[v]];
    const swaps = s.isConst(p);
    this.x = swaps ? q : p;
    const other = swaps ? p : q;
    this.cc = swaps ? SWAPPED_CC[k] : INT_CC[k];
    if (s.isConst(this.x)) return false;
    if (s.fitsAdd(other)) this.c = s.low(other);
    else this.y = other;
    return true;
  }

  get canBeSecond(): boolean {
    return this.y >= 0 || (this.c >= -MOST_SECOND && this.c <= MOST_SECOND);
  }

  /** Its operands. */
  use(s: Selector): void {
    s.useOf(this.x, this.wide);
    if (this.y >= 0) s.useOf(this.y, this.wide);
  }
}

/**
 * Opens the consumer's instruction for the condition v, `x & y` or `x | y` of two comparisons that only v uses; `negate`
 * 1: for the opposite. False, and nothing is done, if it is not that.
 */
export function tryChain(s: Selector, v: number, negate: number): boolean {
  const { f, alias, consumer } = s;
  const isAnd = f.op[v] === Op.I32_AND;
  if ((!isAnd && f.op[v] !== Op.I32_OR) || consumer.family === MOp.TRAP_ON) return false;
  const p = alias[f.a[v]];
  const q = alias[f.b[v]];
  if (p === q || !s.isOwn(p) || !s.isOwn(q)) return false;
  let first = s.first;
  let second = s.second;
  if (!first.read(s, p) || !second.read(s, q) || first.wide !== second.wide) return false;
  if (!second.canBeSecond) {
    first = s.second;
    second = s.first;
  }
  if (!second.canBeSecond || (first.y >= 0 && second.y >= 0)) return false;
  s.fused[p] = s.fused[q] = 1;
  consumer.open(s, Flags.CHAIN32 + first.wide, Form.RR, second.cc ^ negate);
  first.use(s);
  second.use(s);
  s.imm(first.c);
  // Where the first decides, the second would not hold (and), or hold.
  const decided = HOLDS[isAnd ? second.cc ^ 1 : second.cc];
  s.imm2(
    (Math.abs(second.c) & Chain.CONSTANT) |
      (second.c < 0 ? Chain.NEGATIVE : 0) |
      (first.y >= 0 ? Chain.FIRST_REGISTER : 0) |
      (second.y >= 0 ? Chain.SECOND_REGISTER : 0) |
      (decided << Chain.FLAGS_SHIFT) |
      ((isAnd ? first.cc : first.cc ^ 1) << Chain.CONDITION_SHIFT),
  );
  return true;
}
