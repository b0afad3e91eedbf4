/**
 * Chains of two comparisons (`x & y`, `x | y` of their results): where the first has not decided, `ccmp` makes the
 * second; else it sets the flags to what the second's answer would be.
 */
import { Form } from '../../codegen/mach.js';
import { Op } from '../../ir/ops.js';
import { Cc } from '../asm/insts.js';
import { Chain, Flags, MOp } from '../machops.js';
import { type Compared, INT_CC, SWAPPED_CC } from './comparisons.js';
import type { Selector } from './selector.js';

/** NZCV for which a condition holds, by Cc from EQ to LE. */
const HOLDS = Uint8Array.of(4, 0, 2, 0, 8, 0, 1, 0, 2, 0, 0, 8, 0, 8);
/** Constants of the second comparison, either sign. */
const MOST_SECOND = 31;

/** Reads v into c; whether it is a comparison whose operands an instruction takes. */
function readCompared(s: Selector, v: number, c: Compared): boolean {
  const { f, alias } = s;
  const o = f.op[v];
  const isZeroTest = o === Op.I32_EQZ || o === Op.I64_EQZ;
  if (!isZeroTest && (o < Op.I32_EQ || o > Op.I64_GE_U)) return false;
  const p = alias[f.a[v]];
  c.y = -1;
  c.constant = 0;
  if (isZeroTest) {
    c.x = p;
    c.cc = Cc.EQ;
    c.wide = o === Op.I64_EQZ ? 1 : 0;
    return !s.isConst(p);
  }
  c.wide = o >= Op.I64_EQ ? 1 : 0;
  const k = o - (c.wide !== 0 ? Op.I64_EQ : Op.I32_EQ);
  const q = alias[f.b[v]];
  const swaps = s.isConst(p);
  const other = swaps ? p : q;
  c.x = swaps ? q : p;
  c.cc = swaps ? SWAPPED_CC[k] : INT_CC[k];
  if (s.isConst(c.x)) return false;
  if (s.fitsAdd(other)) c.constant = s.low(other);
  else c.y = other;
  return true;
}

const canBeSecond = (c: Compared): boolean => c.y >= 0 || (c.constant >= -MOST_SECOND && c.constant <= MOST_SECOND);

/** Its operands. */
function useCompared(s: Selector, c: Compared): void {
  s.useOf(c.x, c.wide);
  if (c.y >= 0) s.useOf(c.y, c.wide);
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
  if (!readCompared(s, p, first) || !readCompared(s, q, second) || first.wide !== second.wide) return false;
  if (!canBeSecond(second)) {
    first = s.second;
    second = s.first;
  }
  if (!canBeSecond(second) || (first.y >= 0 && second.y >= 0)) return false;
  s.fused[p] = s.fused[q] = 1;
  consumer.open(s, Flags.CHAIN32 + first.wide, Form.RR, second.cc ^ negate);
  useCompared(s, first);
  useCompared(s, second);
  s.imm(first.constant);
  // Where the first decides, the second would not hold (and), or hold.
  const decided = HOLDS[isAnd ? second.cc ^ 1 : second.cc];
  s.imm2(
    (Math.abs(second.constant) & Chain.CONSTANT) |
      (second.constant < 0 ? Chain.NEGATIVE : 0) |
      (first.y >= 0 ? Chain.FIRST_REGISTER : 0) |
      (second.y >= 0 ? Chain.SECOND_REGISTER : 0) |
      (decided << Chain.FLAGS_SHIFT) |
      ((isAnd ? first.cc : first.cc ^ 1) << Chain.CONDITION_SHIFT),
  );
  return true;
}
