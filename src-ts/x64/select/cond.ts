/**
 * Conditions: folds comparisons, zero tests, masks and loads into the branch, set or select that consumes them.
 * `emitCondition` opens the consumer's instruction.
 */
import { Op } from '../../ir/ops.js';
import { Form } from '../../codegen/mach.js';
import { FloatCc, Flags, MOp } from '../machops.js';
import { Cc } from '../asm/insts.js';
import { tryUpperHalf } from './half.js';
import { isVectorTest, vectorTest } from './vector-test.js';
import type { Selector } from './selector.js';

/** Condition of the ten integer comparisons, from EQ. */
const INT_CC = Uint8Array.of(Cc.E, Cc.NE, Cc.L, Cc.B, Cc.G, Cc.A, Cc.LE, Cc.BE, Cc.GE, Cc.AE);
/** The same with exchanged operands. */
const SWAPPED_CC = Uint8Array.of(Cc.E, Cc.NE, Cc.G, Cc.A, Cc.L, Cc.B, Cc.GE, Cc.AE, Cc.LE, Cc.BE);
/** Float comparisons from EQ: after ucomis x, y. LT and LE exchange their operands, so that unordered is false. */
const FLOAT_CC = Uint8Array.of(FloatCc.EQ, FloatCc.NE, Cc.A, Cc.A, Cc.AE, Cc.AE);

/** Unsigned condition for a signed one, where both sides are known not to be negative. */
function unsignedCc(cc: number): number {
  switch (cc) {
    case Cc.L:
      return Cc.B;
    case Cc.GE:
      return Cc.AE;
    case Cc.LE:
      return Cc.BE;
    case Cc.G:
      return Cc.A;
    default:
      return cc;
  }
}

/**
 * Opens an instruction of `family` (BR_ON, SET_ON, …) for the i32 condition x. `a`, `b` ≥ 0 are operands that come
 * before the producer's (of a select). `negate` 1: for the opposite condition.
 */
export function emitCondition(s: Selector, family: number, x: number, a = -1, b = -1, negate = 0): void {
  const { f, alias } = s;
  const { op } = f;
  // Loads may fold only while every step down has a single consumer.
  let own = true;
  x = alias[x];
  for (;;) {
    const o = op[x];
    // A comparison of another block is made again: no dearer than a test of its result, which then
    // may have no uses.
    const mine = own && s.isOwn(x);
    if (o === Op.I32_EQZ) {
      negate ^= 1;
      own = take(s, x, mine);
      x = alias[f.a[x]];
      continue;
    }
    if (o === Op.I64_EQZ) {
      own = take(s, x, mine);
      zeroTest(s, family, alias[f.a[x]], 1, negate ^ 1, own, a, b);
      return;
    }
    if (o >= Op.I32_EQ && o <= Op.I64_GE_U) {
      own = take(s, x, mine);
      comparison(s, family, x, negate, own, a, b);
      return;
    }
    if (o >= Op.F32_EQ && o <= Op.F64_GE) {
      own = take(s, x, mine);
      floatComparison(s, family, x, negate, own, a, b);
      return;
    }
    if (mine && isVectorTest(o)) {
      s.fused[x] = 1;
      vectorTest(s, family, x, negate, a, b);
      return;
    }
    break;
  }
  zeroTest(s, family, x, 0, negate, own, a, b);
}

/** A comparison as the current value itself (SET): its own operands are its own business. */
export function emitComparison(s: Selector, v: number): void {
  const o = s.f.op[v];
  if (o === Op.I32_EQZ) emitEqz(s, v);
  else if (o === Op.I64_EQZ) zeroTest(s, MOp.SET_ON, s.alias[s.f.a[v]], 1, 1, true, -1, -1);
  else if (o >= Op.F32_EQ) floatComparison(s, MOp.SET_ON, v, 0, true, -1, -1);
  else comparison(s, MOp.SET_ON, v, 0, true, -1, -1);
  s.def(v);
}

function emitEqz(s: Selector, v: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const o = f.op[x];
  // eqz of a comparison is the opposite comparison; of anything else a test.
  if (f.block[x] === s.curBlock && o >= Op.I32_EQZ && o <= Op.F64_GE && s.isOwn(x)) {
    s.fused[x] = 1;
    if (o === Op.I32_EQZ) zeroTest(s, MOp.SET_ON, alias[f.a[x]], 0, 0, true, -1, -1);
    else if (o === Op.I64_EQZ) zeroTest(s, MOp.SET_ON, alias[f.a[x]], 1, 0, true, -1, -1);
    else if (o >= Op.F32_EQ) floatComparison(s, MOp.SET_ON, x, 1, true, -1, -1);
    else comparison(s, MOp.SET_ON, x, 1, true, -1, -1);
  } else if (isVectorTest(o) && s.isOwn(x)) {
    s.fused[x] = 1;
    vectorTest(s, MOp.SET_ON, x, 1, -1, -1);
  } else zeroTest(s, MOp.SET_ON, x, 0, 1, true, -1, -1);
}

function take(s: Selector, x: number, mine: boolean): boolean {
  if (mine) s.fused[x] = 1;
  return mine;
}

function open(s: Selector, op: number, form: Form, cc: number, a: number, b: number): void {
  s.begin(op, form);
  s.cond(cc);
  if (a >= 0) {
    s.use(a);
    s.use(b);
  }
}

/** x != 0, or x == 0 if `negate`; `wide`: x is an i64. */
function zeroTest(
  s: Selector,
  family: number,
  x: number,
  wide: number,
  negate: number,
  own: boolean,
  a: number,
  b: number,
): void {
  const { f } = s;
  const cc = negate !== 0 ? Cc.E : Cc.NE;
  if (own && s.isOwn(x) && f.op[x] === (wide !== 0 ? Op.I64_AND : Op.I32_AND)) {
    s.fused[x] = 1;
    mask(s, family, x, wide, cc, true, a, b);
    return;
  }
  if (own && foldsCompareWithZero(s, family, x, wide, cc, a, b)) return;
  open(s, family + Flags.TEST32 + wide, Form.RR, cc, a, b);
  const y = wide !== 0 ? x : s.lowPart(x, 32);
  s.use(y);
  s.use(y);
}

/** cmp [memory], 0. */
function foldsCompareWithZero(
  s: Selector,
  family: number,
  x: number,
  wide: number,
  cc: number,
  a: number,
  b: number,
): boolean {
  let flags: Flags;
  if (wide === 0 && tryUpperHalf(s, x)) flags = Flags.CMP32;
  else if (s.tryLoad(x, wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD)) flags = wide !== 0 ? Flags.CMP64 : Flags.CMP32;
  else if (isByteLoad(s.f.op[x]) && s.tryLoad(x, s.f.op[x])) flags = Flags.CMP8;
  else if (isShortLoad(s.f.op[x]) && s.tryLoad(x, s.f.op[x])) flags = Flags.CMP16;
  else return false;
  open(s, family + flags, Form.MI, cc, a, b);
  s.address();
  return true;
}

const isByteLoad = (o: number): boolean =>
  o === Op.I32_LOAD8_U || o === Op.I32_LOAD8_S || o === Op.I64_LOAD8_U || o === Op.I64_LOAD8_S;
const isShortLoad = (o: number): boolean =>
  o === Op.I32_LOAD16_U || o === Op.I32_LOAD16_S || o === Op.I64_LOAD16_U || o === Op.I64_LOAD16_S;
const isUnsignedLoad = (o: number): boolean =>
  o === Op.I32_LOAD8_U || o === Op.I64_LOAD8_U || o === Op.I32_LOAD16_U || o === Op.I64_LOAD16_U;

/**
 * x & (1 << n), or (x >> n) & 1 with q the one, compared with zero for equality: a bit test, which takes n modulo the
 * width as the shifts do.
 */
function bitTest(
  s: Selector,
  family: number,
  p: number,
  q: number,
  wide: number,
  cc: number,
  a: number,
  b: number,
): boolean {
  const { f } = s;
  if (cc !== Cc.E && cc !== Cc.NE) return false;
  const shl = wide !== 0 ? Op.I64_SHL : Op.I32_SHL;
  const shrU = wide !== 0 ? Op.I64_SHR_U : Op.I32_SHR_U;
  const shrS = wide !== 0 ? Op.I64_SHR_S : Op.I32_SHR_S;
  let shift = -1;
  let x = -1;
  if (f.op[q] === shl && isOne(s, f.a[q]) && s.isOwn(q)) {
    shift = q;
    x = p;
  } else if (f.op[p] === shl && isOne(s, f.a[p]) && s.isOwn(p)) {
    shift = p;
    x = q;
  } else if (isOne(s, q) && (f.op[p] === shrU || f.op[p] === shrS) && !s.isConst(f.b[p]) && s.isOwn(p)) {
    shift = p;
    x = f.a[p];
  } else return false;
  s.fused[shift] = 1;
  open(s, family + Flags.BT32 + wide, Form.RR, cc === Cc.E ? Cc.AE : Cc.B, a, b);
  if (wide !== 0) s.use(x);
  else s.useLow(x);
  s.use(s.lowPart(f.b[shift], 8));
  return true;
}

/** x is the constant 1. */
function isOne(s: Selector, x: number): boolean {
  return s.fitsImm(x) && s.immOf(x) === 1;
}

/** (p & q) compared with zero, x being that and. */
function mask(
  s: Selector,
  family: number,
  x: number,
  wide: number,
  cc: number,
  own: boolean,
  a: number,
  b: number,
): void {
  const { f, alias } = s;
  let p = alias[f.a[x]];
  const q = alias[f.b[x]];
  if (own && bitTest(s, family, p, q, wide, cc, a, b)) return;
  if (s.isConst(q)) {
    const shift = own && wide === 0 && (cc === Cc.E || cc === Cc.NE) ? ownShift(s, p, s.immOf(q)) : 0;
    const m = s.immOf(q) << shift;
    if (shift !== 0) {
      s.fused[p] = 1;
      p = alias[f.a[p]];
    }
    const high = wide !== 0 ? f.imm2[q] : 0;
    if (s.fitsImm(q)) {
      const equality = cc === Cc.E || cc === Cc.NE;
      if (
        own &&
        equality &&
        m >= 0 &&
        m <= 0xff &&
        isUnsignedLoad(f.op[p]) &&
        isByteLoad(f.op[p]) &&
        s.tryLoad(p, f.op[p])
      )
        open(s, family + Flags.TEST8, Form.MI, cc, a, b);
      else if (own && ((wide === 0 && tryUpperHalf(s, p)) || s.tryLoad(p, wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD)))
        open(s, family + Flags.TEST32 + wide, Form.MI, cc, a, b);
      else {
        open(s, family + (equality && m > 0x7f && m <= 0xff ? Flags.TEST8 : Flags.TEST32 + wide), Form.RI, cc, a, b);
        if (wide !== 0) s.use(p);
        else s.useLow(p);
        s.imm(m);
        return;
      }
      s.address();
      s.imm(m);
      return;
    }
    if (wide !== 0 && (cc === Cc.E || cc === Cc.NE)) {
      // One bit beyond the immediate's reach; else a mask of the lower half.
      const bit =
        m === 0 && high !== 0 && (high & (high - 1)) === 0
          ? 32 + (31 - Math.clz32(high))
          : high === 0 && m === 1 << 31
            ? 31
            : -1;
      if (bit >= 0) {
        open(s, family + Flags.BT64, Form.RI, cc === Cc.E ? Cc.AE : Cc.B, a, b);
        s.use(p);
        s.imm(bit);
        return;
      }
      if (high === 0) {
        open(s, family + Flags.TEST32, Form.RI, cc, a, b);
        s.use(p);
        s.imm(m);
        return;
      }
    }
  }
  if (own && s.tryLoad(q, wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD)) {
    memoryOperand(s, family + Flags.TEST32 + wide, Form.MR, cc, p, a, b);
    return;
  }
  open(s, family + Flags.TEST32 + wide, Form.RR, cc, a, b);
  if (wide !== 0) {
    s.use(p);
    s.use(q);
  } else {
    s.useLow(p);
    s.useLow(q);
  }
}

/**
 * The amount if p is a right shift by a constant which only the current value uses, and the bits of mask m are bits of
 * its operand; else 0.
 */
function ownShift(s: Selector, p: number, m: number): number {
  const { f } = s;
  if ((f.op[p] !== Op.I32_SHR_U && f.op[p] !== Op.I32_SHR_S) || !s.isConst(f.b[p]) || !s.isOwn(p)) return 0;
  const k = s.immOf(f.b[p]) & 31;
  return (m << k) >>> k === m ? k : 0;
}

function memoryOperand(s: Selector, op: number, form: Form, cc: number, reg: number, a: number, b: number): void {
  open(s, op, form, cc, a, b);
  s.use(reg);
  s.address();
}

/** The integer comparison x. */
function comparison(s: Selector, family: number, x: number, negate: number, own: boolean, a: number, b: number): void {
  const { f, alias } = s;
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
  const load = wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD;
  if (s.isConst(q) && s.fitsImm(q)) {
    compareImmediate(s, family, p, s.immOf(q), wide, cc, own, a, b);
    return;
  }
  if (own && s.tryLoad(q, load)) memoryOperand(s, family + Flags.CMP32 + wide, Form.RM, cc, p, a, b);
  else if (own && s.tryLoad(p, load)) memoryOperand(s, family + Flags.CMP32 + wide, Form.MR, cc, q, a, b);
  else {
    open(s, family + Flags.CMP32 + wide, Form.RR, cc, a, b);
    if (wide !== 0) {
      s.use(p);
      s.use(q);
    } else {
      s.useLow(p);
      s.useLow(q);
    }
  }
}

/** p compared with an immediate. */
function compareImmediate(
  s: Selector,
  family: number,
  p: number,
  imm: number,
  wide: number,
  cc: number,
  own: boolean,
  a: number,
  b: number,
): void {
  const { f } = s;
  const o = f.op[p];
  if (own && s.isOwn(p)) {
    if (imm === 0 && o === (wide !== 0 ? Op.I64_AND : Op.I32_AND)) {
      s.fused[p] = 1;
      mask(s, family, p, wide, cc, true, a, b);
      return;
    }
    let flags = -1;
    if (wide === 0 && tryUpperHalf(s, p)) flags = Flags.CMP32;
    else if (s.tryLoad(p, wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD)) flags = Flags.CMP32 + wide;
    else if (isByteLoad(o) || isShortLoad(o)) {
      const bits = isByteLoad(o) ? 8 : 16;
      const zeroExtended = isUnsignedLoad(o);
      const fits = zeroExtended ? imm >= 0 && imm < 1 << bits : (imm << (32 - bits)) >> (32 - bits) === imm;
      // A sign-extended value compares as unsigned only for equality.
      const ordered = zeroExtended || cc === Cc.E || cc === Cc.NE || cc >= Cc.L;
      // An i32 in a 64-bit comparison has zeros above its sign-extended 32 bits, so a negative one is a large number
      // there.
      const extendedTwice = wide !== 0 && (o === Op.I32_LOAD8_S || o === Op.I32_LOAD16_S);
      if (fits && ordered && !extendedTwice && s.tryLoad(p, o)) {
        flags = bits === 8 ? Flags.CMP8 : Flags.CMP16;
        if (zeroExtended) cc = unsignedCc(cc);
        imm = (imm << (32 - bits)) >> (32 - bits);
      }
    }
    if (flags >= 0) {
      open(s, family + flags, Form.MI, cc, a, b);
      s.address();
      s.imm(imm);
      return;
    }
  }
  if (
    own &&
    imm > 0 &&
    imm <= 0xff &&
    o === (wide !== 0 ? Op.I64_AND : Op.I32_AND) &&
    s.isOwn(p) &&
    s.fitsImm(f.b[p]) &&
    s.immOf(f.b[p]) === 0xff
  ) {
    s.fused[p] = 1;
    open(s, family + Flags.CMP8, Form.RI, unsignedCc(cc), a, b);
    s.use(s.lowPart(f.a[p], 8));
    s.imm((imm << 24) >> 24);
    return;
  }
  const y = wide !== 0 ? p : s.lowPart(p, 32);
  if (imm === 0) {
    open(s, family + Flags.TEST32 + wide, Form.RR, cc, a, b);
    s.use(y);
    s.use(y);
  } else {
    open(s, family + Flags.CMP32 + wide, Form.RI, cc, a, b);
    s.use(y);
    s.imm(imm);
  }
}

function floatComparison(
  s: Selector,
  family: number,
  x: number,
  negate: number,
  own: boolean,
  a: number,
  b: number,
): void {
  const { f, alias } = s;
  const o = f.op[x];
  const wide = o >= Op.F64_EQ ? 1 : 0;
  const k = o - (wide !== 0 ? Op.F64_EQ : Op.F32_EQ);
  // EQ, NE, LT, GT, LE, GE
  const exchange = k === 2 || k === 4;
  const p = alias[exchange ? f.b[x] : f.a[x]];
  const q = alias[exchange ? f.a[x] : f.b[x]];
  let cc = FLOAT_CC[k];
  // A > B is CF = ZF = 0; its negation BE includes unordered.
  if (negate !== 0) cc ^= 1;
  const flags = wide !== 0 ? Flags.UCOMISD : Flags.UCOMISS;
  if (own && s.tryLoad(q, wide !== 0 ? Op.F64_LOAD : Op.F32_LOAD))
    memoryOperand(s, family + flags, Form.RM, cc, p, a, b);
  else {
    open(s, family + flags, Form.RR, cc, a, b);
    s.use(p);
    s.use(q);
  }
}
