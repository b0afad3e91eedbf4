/**
 * Conditions: folds comparisons, zero tests and masks into the branch, set, select or trap that consumes them.
 * `emitCondition` opens the consumer's instruction.
 */
import { Form } from '../../codegen/mach.js';
import { Op } from '../../ir/ops.js';
import { Cc } from '../asm/insts.js';
import { Flags, Modifier, modifier, MOp } from '../machops.js';
import { tryChain } from './chain.js';
import { INT_CC, SWAPPED_CC } from './comparisons.js';
import { isVectorTest, vectorTest } from './vector-test.js';
import type { ConditionConsumer, Selector } from './selector.js';

/** Float comparisons from EQ: false where unordered, but NE. */
const FLOAT_CC = Uint8Array.of(Cc.EQ, Cc.NE, Cc.MI, Cc.GT, Cc.LS, Cc.GE);

/** What a condition goes into: family of operations, and operands in front of the producer's (of a select). */
export class Consumer implements ConditionConsumer {
  family: number = MOp.BR_ON;
  a = -1;
  b = -1;

  set(family: number, a: number, b: number): void {
    this.family = family;
    this.a = a;
    this.b = b;
  }

  /** Opens the instruction with this producer. */
  open(s: Selector, flags: Flags, form: Form, cc: number): void {
    s.begin(this.family + flags, form);
    s.cond(cc);
    if (this.a < 0) return;
    s.use(this.a);
    s.use(this.b);
  }
}

/**
 * Opens an instruction of `family` (BR_ON, SET_ON, …) for the i32 condition x. `a`, `b` ≥ 0 are operands that come
 * before the producer's (of a select). `negate` 1: for the opposite condition.
 */
export function emitCondition(s: Selector, family: number, x: number, a = -1, b = -1, negate = 0): void {
  const { f, alias, consumer } = s;
  const { op } = f;
  consumer.set(family, a, b);
  // Values may fold only while every step down has a single consumer.
  let own = true;
  x = alias[x];
  for (;;) {
    const o = op[x];
    // A comparison of another block is made again: no dearer than a test of its result, which then may have no uses.
    const mine = own && s.isOwn(x);
    if (o === Op.I32_EQZ) {
      negate ^= 1;
      own = take(s, x, mine);
      x = alias[f.a[x]];
      continue;
    }
    if (o === Op.I64_EQZ) {
      own = take(s, x, mine);
      zeroTest(s, alias[f.a[x]], 1, negate ^ 1, own);
      return;
    }
    if (o >= Op.I32_EQ && o <= Op.I64_GE_U) {
      own = take(s, x, mine);
      comparison(s, x, negate, own);
      return;
    }
    if (o >= Op.F32_EQ && o <= Op.F64_GE) {
      take(s, x, mine);
      floatComparison(s, x, negate);
      return;
    }
    if (mine && tryChain(s, x, negate)) {
      s.fused[x] = 1;
      return;
    }
    if (mine && isVectorTest(o)) {
      s.fused[x] = 1;
      vectorTest(s, x, negate);
      return;
    }
    break;
  }
  zeroTest(s, x, 0, negate, own);
}

/** A comparison as the current value itself (SET): its own operands are its own business. */
export function emitComparison(s: Selector, v: number): void {
  const { f, alias } = s;
  s.consumer.set(MOp.SET_ON, -1, -1);
  const o = f.op[v];
  if (o === Op.I32_EQZ) {
    emitCondition(s, MOp.SET_ON, f.a[v]);
    s.negateCondition();
  } else if (o === Op.I64_EQZ) zeroTest(s, alias[f.a[v]], 1, 1, true);
  else if (o >= Op.F32_EQ) floatComparison(s, v, 0);
  else comparison(s, v, 0, true);
  s.def(v);
}

/** The and, or of two comparisons as the current value itself; false: it is not that. */
export function trySetChain(s: Selector, v: number): boolean {
  s.consumer.set(MOp.SET_ON, -1, -1);
  if (!tryChain(s, v, 0)) return false;
  s.def(v);
  return true;
}

function take(s: Selector, x: number, mine: boolean): boolean {
  if (mine) s.fused[x] = 1;
  return mine;
}

/** x != 0, or x == 0 if `negate`. */
function zeroTest(s: Selector, x: number, wide: number, negate: number, own: boolean): void {
  const cc = Cc.NE ^ negate;
  if (own && s.isOwn(x) && s.f.op[x] === (wide !== 0 ? Op.I64_AND : Op.I32_AND) && tryMask(s, x, wide, cc)) return;
  s.consumer.open(s, Flags.ZERO32 + wide, Form.R, cc);
  s.useOf(x, wide);
}

/** The and x, which only the current value uses, compared with zero. */
function tryMask(s: Selector, x: number, wide: number, cc: number): boolean {
  const { f, alias, consumer } = s;
  const p = alias[f.a[x]];
  const q = alias[f.b[x]];
  if (!s.isInt(q)) {
    s.fused[x] = 1;
    consumer.open(s, Flags.TST32 + wide, Form.RR, cc);
    s.useOf(p, wide);
    s.useOf(q, wide);
    return true;
  }
  const bit = bitOf(s.low(q), wide !== 0 ? s.high(q) : 0);
  if (bit >= 0) {
    s.fused[x] = 1;
    // Of a value shifted to the right: another bit of the value.
    const from = ownShift(s, p, bit, wide);
    consumer.open(s, Flags.BIT, Form.R, cc);
    if (from > 0) {
      s.fused[p] = 1;
      s.useOf(f.a[p], wide);
    } else s.useOf(p, wide);
    s.imm(bit + from);
    return true;
  }
  if (!s.fitsLogic(q, wide) || consumer.family === MOp.TRAP_ON) return false;
  s.fused[x] = 1;
  consumer.open(s, Flags.TST32 + wide, Form.RI, cc);
  s.useOf(p, wide);
  s.logicImmediate(q);
  return true;
}

/** The number of the only one in hi:lo, or -1. */
function bitOf(lo: number, hi: number): number {
  if (hi === 0 && lo !== 0 && (lo & (lo - 1)) === 0) return 31 - Math.clz32(lo);
  if (lo === 0 && hi !== 0 && (hi & (hi - 1)) === 0) return 63 - Math.clz32(hi);
  return -1;
}

/** By how much p is shifted to the right, if only the current value uses it and the bit is one of its operand's; else 0. */
function ownShift(s: Selector, p: number, bit: number, wide: number): number {
  const { f } = s;
  const o = f.op[p];
  const isShift = wide !== 0 ? o === Op.I64_SHR_U || o === Op.I64_SHR_S : o === Op.I32_SHR_U || o === Op.I32_SHR_S;
  if (!isShift || !s.isInt(f.b[p]) || !s.isOwn(p) || s.isConst(f.a[p])) return 0;
  const k = s.low(f.b[p]) & (wide !== 0 ? 63 : 31);
  return k + bit < (wide !== 0 ? 64 : 32) ? k : 0;
}

/** The integer comparison x. */
function comparison(s: Selector, x: number, negate: number, own: boolean): void {
  const { f, alias, consumer } = s;
  const o = f.op[x];
  const wide = o >= Op.I64_EQ ? 1 : 0;
  const k = o - (wide !== 0 ? Op.I64_EQ : Op.I32_EQ);
  let p = alias[f.a[x]];
  let q = alias[f.b[x]];
  let cc = INT_CC[k];
  if (s.isConst(p) && !s.isConst(q)) {
    p = alias[f.b[x]];
    q = alias[f.a[x]];
    cc = SWAPPED_CC[k];
  }
  cc ^= negate;
  if (s.isNumber(q, 0)) {
    if (cc === Cc.EQ || cc === Cc.NE) {
      zeroTest(s, p, wide, cc === Cc.EQ ? 1 : 0, own);
      return;
    }
    // The sign is a bit.
    if (cc === Cc.LT || cc === Cc.GE) {
      consumer.open(s, Flags.BIT, Form.R, cc === Cc.LT ? Cc.NE : Cc.EQ);
      s.useOf(p, wide);
      s.imm(wide !== 0 ? 63 : 31);
      return;
    }
  }
  if (s.fitsAdd(q)) {
    consumer.open(s, Flags.CMP32 + wide, Form.RI, cc);
    s.useOf(p, wide);
    s.imm(s.low(q));
    return;
  }
  const mod = own ? ownCompareModifier(s, q, wide) : -1;
  consumer.open(s, Flags.CMP32 + wide, Form.RR, cc);
  s.useOf(p, wide);
  if (mod < 0) {
    s.useOf(q, wide);
    return;
  }
  s.fused[q] = 1;
  if (f.op[q] === Op.I64_EXTEND_I32_S) s.useLow(f.a[q]);
  else s.useOf(f.a[q], wide);
  s.imm(mod);
}

/** The modifier that the second operand q of a compare is, if only the current value uses it; else -1. */
function ownCompareModifier(s: Selector, q: number, wide: number): number {
  const { f } = s;
  const extends32 = wide !== 0 && f.op[q] === Op.I64_EXTEND_I32_S;
  const shifts = f.op[q] === (wide !== 0 ? Op.I64_SHL : Op.I32_SHL) && s.isInt(f.b[q]);
  if (!(extends32 || shifts) || !s.isOwn(q) || s.isConst(f.a[q])) return -1;
  return extends32 ? modifier(Modifier.SXTW, 0) : modifier(Modifier.LSL, s.low(f.b[q]) & (wide !== 0 ? 63 : 31));
}

function floatComparison(s: Selector, x: number, negate: number): void {
  const { f } = s;
  const o = f.op[x];
  const wide = o >= Op.F64_EQ ? 1 : 0;
  s.consumer.open(s, Flags.FCMP32 + wide, Form.RR, FLOAT_CC[o - (wide !== 0 ? Op.F64_EQ : Op.F32_EQ)] ^ negate);
  s.use(f.a[x]);
  s.use(f.b[x]);
}
