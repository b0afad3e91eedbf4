/**
 * Selection of integer arithmetic: immediates, shifted and extended operands, multiply-add, bit fields, extensions, bit
 * counts, divisions.
 */
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { Op } from '../../ir/ops.js';
import { DivCheck, Modifier, modifier, MOp } from '../machops.js';
import type { Selector } from './selector.js';

/** Distance of an i64 operator from its i32 counterpart. */
const TO_I64 = Op.I64_CLZ - Op.I32_CLZ;

/** Lowers an i32 or i64 operation from CLZ to ROTR. */
export function lowerIntArithmetic(s: Selector, v: number): void {
  const o = s.f.op[v];
  const wide = o >= Op.I64_CLZ ? 1 : 0;
  const k = o - wide * TO_I64;
  switch (k) {
    case Op.I32_CLZ:
      unary(s, v, MOp.CLZ32 + wide, wide);
      break;
    case Op.I32_CTZ:
      unary(s, v, MOp.CTZ32 + wide, wide);
      break;
    case Op.I32_POPCNT:
      unary(s, v, MOp.POPCNT32 + wide, wide);
      break;
    case Op.I32_ADD:
      lowerAdd(s, v, wide);
      break;
    case Op.I32_SUB:
      lowerSub(s, v, wide);
      break;
    case Op.I32_MUL:
      lowerMul(s, v, wide);
      break;
    case Op.I32_DIV_S:
    case Op.I32_DIV_U:
    case Op.I32_REM_S:
    case Op.I32_REM_U:
      lowerDiv(s, v, k, wide);
      break;
    case Op.I32_AND:
      if (!tryFieldOfMask(s, v, wide)) lowerLogic(s, v, MOp.AND32, wide);
      break;
    case Op.I32_OR:
      if (!tryByteSwap(s, v)) lowerLogic(s, v, MOp.OR32, wide);
      break;
    case Op.I32_XOR:
      lowerLogic(s, v, MOp.XOR32, wide);
      break;
    case Op.I32_SHL:
    case Op.I32_SHR_S:
    case Op.I32_SHR_U:
    case Op.I32_ROTL:
    case Op.I32_ROTR:
      lowerShift(s, v, k, wide);
      break;
  }
}

function unary(s: Selector, v: number, op: number, wide: number): void {
  s.begin(op, Form.R);
  s.useOf(s.f.a[v], wide);
  s.def(v);
}

/** The i32 operator, or its i64 counterpart. */
const sized = (op: number, wide: number): number => op + wide * TO_I64;

/** Amount of a shift by a constant. */
const amountOf = (s: Selector, x: number, wide: number): number => s.low(s.f.b[x]) & (wide !== 0 ? 63 : 31);

/** The modifier that x is as the last operand of an operation, if only the current value uses it; else -1. */
function ownModifier(s: Selector, x: number, wide: number, rotates: boolean): number {
  const { f } = s;
  if (!s.isOwn(x)) return -1;
  const o = f.op[x] - wide * TO_I64;
  const kind =
    o === Op.I32_SHL
      ? Modifier.LSL
      : o === Op.I32_SHR_U
        ? Modifier.LSR
        : o === Op.I32_SHR_S
          ? Modifier.ASR
          : o === Op.I32_ROTR && rotates
            ? Modifier.ROR
            : -1;
  if (kind < 0 || !s.isInt(f.b[x]) || s.isConst(f.a[x])) return -1;
  return modifier(kind as Modifier, amountOf(s, x, wide));
}

/** The extension of 32 bits that x is, maybe shifted by up to four, as the last operand of an addition; else -1. */
function ownExtension(s: Selector, x: number): number {
  const { f, alias } = s;
  let amount = 0;
  if (f.op[x] === Op.I64_SHL && s.isInt(f.b[x]) && s.isOwn(x)) {
    amount = s.low(f.b[x]) & 63;
    x = alias[f.a[x]];
    if (amount > 4) return -1;
  }
  return f.op[x] === Op.I64_EXTEND_I32_S && s.isOwn(x) && !s.isConst(f.a[x]) ? modifier(Modifier.SXTW, amount) : -1;
}

/** v = p op q with the modifier of q, whose operand it has then. */
function withModifier(s: Selector, v: number, op: number, wide: number, p: number, q: number, mod: number): void {
  const { f, alias } = s;
  s.fused[q] = 1;
  let operand = alias[f.a[q]];
  let extended = f.op[q] === Op.I64_EXTEND_I32_S;
  if (mod >> 6 === (Modifier.SXTW as number) && !extended) {
    s.fused[operand] = 1;
    operand = alias[f.a[operand]];
    extended = true;
  }
  s.begin(op, Form.RR);
  if (p >= 0) s.useOf(p, wide);
  if (extended) s.useLow(operand);
  else s.useOf(operand, wide);
  s.imm(mod);
  s.def(v);
}

/** v = x + c, a constant that fits. */
function addNumber(s: Selector, v: number, wide: number, x: number, c: number): void {
  s.begin(MOp.ADD32 + wide, Form.RI);
  s.useOf(x, wide);
  s.imm(c);
  s.def(v);
}

/**
 * An addition of 1 where x < y, unsigned, or a subtraction: the compare leaves the carry. How programs add and subtract
 * numbers of several words.
 */
function tryCarry(s: Selector, v: number, op: MOp): boolean {
  const { f, alias } = s;
  let base = alias[f.a[v]];
  let carry = alias[f.b[v]];
  if (op === MOp.ADC32 && !isOwnCarry(s, carry)) {
    base = carry;
    carry = alias[f.a[v]];
  }
  if (!isOwnCarry(s, carry) || s.isConst(base) || base === carry) return false;
  const o = f.op[carry];
  const wide = o >= Op.I64_EQZ ? 1 : 0;
  const swapped = o === Op.I64_GT_U || o === Op.I32_GT_U;
  const x = alias[swapped ? f.b[carry] : f.a[carry]];
  const y = alias[swapped ? f.a[carry] : f.b[carry]];
  s.fused[carry] = 1;
  const inner = op === MOp.ADC32 ? Op.I64_ADD : Op.I64_SUB;
  const both = f.op[base] === inner && s.isOwn(base) && !s.isConst(f.b[base]) && !s.isConst(f.a[base]);
  if (both) s.fused[base] = 1;
  s.begin(op + wide, Form.RR);
  s.use(both ? f.a[base] : base);
  if (both) s.use(f.b[base]);
  else s.imm2(1);
  s.useOf(x, wide);
  s.useOf(y, wide);
  s.def(v);
  return true;
}

function isOwnCarry(s: Selector, x: number): boolean {
  const o = s.f.op[x];
  return (o === Op.I64_LT_U || o === Op.I64_GT_U || o === Op.I32_LT_U || o === Op.I32_GT_U) && s.isOwn(x);
}

function lowerAdd(s: Selector, v: number, wide: number): void {
  if (wide !== 0 && tryCarry(s, v, MOp.ADC32)) return;
  const { f, alias } = s;
  let x = alias[f.a[v]];
  let y = alias[f.b[v]];
  if (s.isConst(x) && !s.isConst(y)) {
    x = y;
    y = alias[f.a[v]];
  }
  if (s.fitsAdd(y)) {
    addNumber(s, v, wide, x, s.low(y));
    return;
  }
  if (tryMultiplyAdd(s, v, MOp.MADD32, wide, x, y) || tryMultiplyAdd(s, v, MOp.MADD32, wide, y, x)) return;
  if (tryModifier(s, v, MOp.ADD32, wide, x, y) || tryModifier(s, v, MOp.ADD32, wide, y, x)) return;
  plain(s, v, MOp.ADD32 + wide, wide, x, y);
}

function lowerSub(s: Selector, v: number, wide: number): void {
  if (wide !== 0 && tryCarry(s, v, MOp.SBC32)) return;
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  if (s.isNumber(x, 0)) {
    const mod = ownModifier(s, y, wide, false);
    if (mod >= 0) withModifier(s, v, MOp.NEG32 + wide, wide, -1, y, mod);
    else {
      s.begin(MOp.NEG32 + wide, Form.R);
      s.useOf(y, wide);
      s.def(v);
    }
  } else if (s.fitsAdd(y)) addNumber(s, v, wide, x, -s.low(y));
  else if (!tryMultiplyAdd(s, v, MOp.MSUB32, wide, x, y) && !tryModifier(s, v, MOp.SUB32, wide, x, y))
    plain(s, v, MOp.SUB32 + wide, wide, x, y);
}

/** v = p ± q, where q is a product that only v uses. */
function tryMultiplyAdd(s: Selector, v: number, op: number, wide: number, p: number, q: number): boolean {
  const { f } = s;
  if (f.op[q] !== sized(Op.I32_MUL, wide) || !s.isOwn(q) || isShift(s, q) || s.isConst(p)) return false;
  s.fused[q] = 1;
  s.begin(op + wide, Form.RR);
  s.useOf(f.a[q], wide);
  s.useOf(f.b[q], wide);
  s.useOf(p, wide);
  s.def(v);
  return true;
}

/** Whether the product x is one by a power of two, which is a shift. */
function isShift(s: Selector, x: number): boolean {
  const { f } = s;
  return powerOfTwo(s, f.a[x]) >= 0 || powerOfTwo(s, f.b[x]) >= 0;
}

/** The exponent if x is a constant power of two, else -1. */
function powerOfTwo(s: Selector, x: number): number {
  if (!s.isInt(x)) return -1;
  const lo = s.low(x);
  const hi = s.high(x);
  if (hi === 0 && lo !== 0 && (lo & (lo - 1)) === 0) return 31 - Math.clz32(lo);
  if (lo === 0 && hi !== 0 && (hi & (hi - 1)) === 0) return 63 - Math.clz32(hi);
  return -1;
}

function tryModifier(s: Selector, v: number, op: number, wide: number, p: number, q: number): boolean {
  let mod = ownModifier(s, q, wide, op >= MOp.AND32);
  if (wide !== 0 && (op === MOp.ADD32 || op === MOp.SUB32)) {
    const extension = ownExtension(s, q);
    if (extension >= 0) mod = extension;
  }
  if (mod < 0) return false;
  withModifier(s, v, op + wide, wide, p, q, mod);
  return true;
}

function plain(s: Selector, v: number, op: number, wide: number, x: number, y: number): void {
  s.begin(op, Form.RR);
  s.useOf(x, wide);
  s.useOf(y, wide);
  s.def(v);
}

/** The operand of x if that is its complement and only the current value uses it; else -1. */
function ownComplement(s: Selector, x: number, wide: number): number {
  const { f } = s;
  if (f.op[x] !== sized(Op.I32_XOR, wide) || !s.isNumber(f.b[x], -1) || !s.isOwn(x) || s.isConst(f.a[x])) return -1;
  return s.alias[f.a[x]];
}

/** AND, OR, XOR, and the same with a complement. */
function lowerLogic(s: Selector, v: number, op: number, wide: number): void {
  const { f, alias } = s;
  let x = alias[f.a[v]];
  let y = alias[f.b[v]];
  if (s.isConst(x) && !s.isConst(y)) {
    x = y;
    y = alias[f.a[v]];
  }
  if (op === MOp.XOR32 && s.isNumber(y, -1)) {
    const mod = ownModifier(s, x, wide, true);
    if (mod >= 0) withModifier(s, v, MOp.NOT32 + wide, wide, -1, x, mod);
    else {
      s.begin(MOp.NOT32 + wide, Form.R);
      s.useOf(x, wide);
      s.def(v);
    }
    return;
  }
  if (s.fitsLogic(y, wide)) {
    s.begin(op + wide, Form.RI);
    s.useOf(x, wide);
    s.logicImmediate(y);
    s.def(v);
    return;
  }
  for (let turn = 0; turn < 2; turn++) {
    const p = turn === 0 ? x : y;
    const q = turn === 0 ? y : x;
    const complement = ownComplement(s, q, wide);
    if (complement < 0) continue;
    s.fused[q] = 1;
    plain(s, v, op + (MOp.BIC32 - MOp.AND32) + wide, wide, p, complement);
    return;
  }
  if (tryModifier(s, v, op, wide, x, y) || tryModifier(s, v, op, wide, y, x)) return;
  plain(s, v, op + wide, wide, x, y);
}

/** An OR that puts together a byte-swapped value. */
function tryByteSwap(s: Selector, v: number): boolean {
  const bits = s.swaps.bitsOf(s, v);
  if (bits === 0) return false;
  const { source } = s.swaps;
  if (bits === 16) {
    const swapped = s.newValue(Cls.GPR);
    s.begin(MOp.REV32, Form.R);
    s.useLow(source);
    s.def(swapped);
    s.begin(MOp.LSR32, Form.RI);
    s.useTemp(swapped);
    s.imm(16);
  } else {
    s.begin(MOp.REV32 + (bits === 64 ? 1 : 0), Form.R);
    s.useOf(source, bits === 64 ? 1 : 0);
  }
  s.def(v);
  return true;
}

/** (x >> n) & m, and x & m, where m is some ones from bit 0 on: a bit field, whatever the width. */
function tryFieldOfMask(s: Selector, v: number, wide: number): boolean {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  if (!s.isInt(y)) return false;
  const bits = lowOnes(s.low(y), wide !== 0 ? s.high(y) : 0);
  if (bits === 0) return false;
  const o = f.op[x] - wide * TO_I64;
  if ((o === Op.I32_SHR_U || o === Op.I32_SHR_S) && s.isInt(f.b[x]) && s.isOwn(x) && !s.isConst(f.a[x])) {
    const from = amountOf(s, x, wide);
    if (from + bits <= (wide !== 0 ? 64 : 32)) {
      s.fused[x] = 1;
      field(s, v, MOp.UBFX32 + wide, wide, f.a[x], from, bits);
      return true;
    }
  }
  if (bits > 32) return false;
  // The result has no upper half: a 32-bit operation does.
  s.begin(bits === 32 ? MOp.MOV32 : MOp.AND32, bits === 32 ? Form.R : Form.RI);
  s.use(s.lowPart(x, Math.min(bits, 32)));
  if (bits < 32) {
    s.imm(s.low(y));
    s.imm2(0);
  }
  s.def(v);
  return true;
}

/** n if hi:lo is n ones from bit 0 on (and zeros above), else 0. */
function lowOnes(lo: number, hi: number): number {
  if (hi === 0) return lo !== 0 && (lo & (lo + 1)) === 0 ? 32 - Math.clz32(lo) : 0;
  return lo === -1 && (hi & (hi + 1)) === 0 && hi !== -1 ? 64 - Math.clz32(hi) : 0;
}

function field(s: Selector, v: number, op: number, wide: number, x: number, from: number, bits: number): void {
  s.begin(op, Form.R);
  s.useOf(x, wide);
  s.imm(from);
  s.imm2(bits);
  s.def(v);
}

/** I64_MULH_S and I64_MULH_U. */
export function lowerHighProduct(s: Selector, v: number): void {
  plain(s, v, s.f.op[v] === Op.I64_MULH_S ? MOp.MULH_S64 : MOp.MULH_U64, 1, s.f.a[v], s.f.b[v]);
}

function lowerMul(s: Selector, v: number, wide: number): void {
  const { f, alias } = s;
  let x = alias[f.a[v]];
  let y = alias[f.b[v]];
  if (s.isConst(x) && !s.isConst(y)) {
    x = y;
    y = alias[f.a[v]];
  }
  const power = powerOfTwo(s, y);
  if (power >= 0) {
    shiftImmediate(s, v, MOp.LSL32 + wide, wide, x, power);
    return;
  }
  if (s.isInt(y) && (wide === 0 || s.high(y) === 0) && !s.isConst(x)) {
    // x * (2^k + 1) = x + (x << k)
    const c = (s.low(y) - 1) | 0;
    if (c > 0 && (c & (c - 1)) === 0) {
      s.begin(MOp.ADD32 + wide, Form.RR);
      s.useOf(x, wide);
      s.useOf(x, wide);
      s.imm(modifier(Modifier.LSL, 31 - Math.clz32(c)));
      s.def(v);
      return;
    }
  }
  if (wide !== 0 && x !== y) {
    const extend = f.op[x];
    if (extend === Op.I64_EXTEND_I32_S && f.op[y] === extend && s.isOwn(x) && s.isOwn(y)) {
      s.fused[x] = s.fused[y] = 1;
      s.begin(MOp.SMULL64, Form.RR);
      s.useLow(f.a[x]);
      s.useLow(f.a[y]);
      s.def(v);
      return;
    }
  }
  plain(s, v, MOp.MUL32 + wide, wide, x, y);
}

/** v = x shifted by a constant. */
export function shiftImmediate(s: Selector, v: number, op: number, wide: number, x: number, count: number): void {
  if (count === 0) {
    s.begin(MOp.MOV32 + wide, Form.R);
    s.useOf(x, wide);
  } else {
    s.begin(op, Form.RI);
    s.useOf(x, wide);
    s.imm(count);
  }
  s.def(v);
}

function lowerShift(s: Selector, v: number, k: number, wide: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const bits = wide !== 0 ? 63 : 31;
  let y = alias[f.b[v]];
  const op =
    k === Op.I32_SHL
      ? MOp.LSL32
      : k === Op.I32_SHR_U
        ? MOp.LSR32
        : k === Op.I32_SHR_S
          ? MOp.ASR32
          : k === Op.I32_ROTL
            ? MOp.ROL32
            : MOp.ROR32;
  if (s.isConst(y)) {
    let count = s.low(y) & bits;
    if (tryField(s, v, k, wide, x, count)) return;
    if (op === MOp.ROL32) count = -count & bits;
    shiftImmediate(s, v, (op === MOp.ROL32 ? MOp.ROR32 : op) + wide, wide, x, count);
    return;
  }
  // The hardware takes the count modulo the width.
  for (;;) {
    y = s.lowPart(y, 8);
    if ((f.op[y] !== Op.I64_AND && f.op[y] !== Op.I32_AND) || !s.isInt(f.b[y]) || (s.low(f.b[y]) & bits) !== bits)
      break;
    y = f.a[y];
  }
  s.begin(op + wide, Form.RR);
  s.useOf(x, wide);
  s.use(y);
  s.def(v);
}

/** Two shifts, or a shift of a masked value: a bit field. */
function tryField(s: Selector, v: number, k: number, wide: number, x: number, count: number): boolean {
  const { f } = s;
  const width = wide !== 0 ? 64 : 32;
  const o = f.op[x];
  const isShiftOrMask = o === sized(Op.I32_SHL, wide) || o === sized(Op.I32_AND, wide);
  const isExtension = wide !== 0 && o === Op.I64_EXTEND_I32_S;
  if (count === 0 || !(isShiftOrMask || isExtension) || !s.isOwn(x) || s.isConst(f.a[x])) return false;
  if ((k === Op.I32_SHR_U || k === Op.I32_SHR_S) && o === sized(Op.I32_SHL, wide) && s.isInt(f.b[x])) {
    const up = amountOf(s, x, wide);
    if (up > count) return false;
    s.fused[x] = 1;
    field(s, v, (k === Op.I32_SHR_U ? MOp.UBFX32 : MOp.SBFX32) + wide, wide, f.a[x], count - up, width - count);
    return true;
  }
  if (k !== Op.I32_SHL) return false;
  if (o === sized(Op.I32_AND, wide) && s.isInt(f.b[x])) {
    const bits = lowOnes(s.low(f.b[x]), wide !== 0 ? s.high(f.b[x]) : 0);
    if (bits === 0) return false;
    s.fused[x] = 1;
    field(s, v, MOp.UBFIZ32 + wide, wide, f.a[x], count, Math.min(bits, width - count));
    return true;
  }
  if (isExtension) {
    s.fused[x] = 1;
    s.begin(MOp.SBFIZ64, Form.R);
    s.useLow(f.a[x]);
    s.imm(count);
    s.imm2(Math.min(32, width - count));
    s.def(v);
    return true;
  }
  return false;
}

function lowerDiv(s: Selector, v: number, k: number, wide: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  const signed = k === Op.I32_DIV_S || k === Op.I32_REM_S;
  let checks: number = signed ? DivCheck.ZERO | DivCheck.OVERFLOW : DivCheck.ZERO;
  if (s.isConst(y)) {
    if (s.enabled.reciprocals && s.division.lower(s, v, k, wide)) return;
    checks = (s.isNumber(y, 0) ? DivCheck.ZERO : 0) | (s.isNumber(y, -1) && signed ? DivCheck.OVERFLOW : 0);
  }
  const op =
    k === Op.I32_DIV_S
      ? MOp.DIV_S32
      : k === Op.I32_DIV_U
        ? MOp.DIV_U32
        : k === Op.I32_REM_S
          ? MOp.REM_S32
          : MOp.REM_U32;
  s.begin(op + wide, Form.RR);
  s.useOf(x, wide);
  s.useOf(y, wide);
  s.cond(checks);
  if (s.need[v] !== 0) s.def(v);
}

/** Sign extensions, wraps and the like. */
export function lowerExtension(s: Selector, v: number): void {
  const x = s.alias[s.f.a[v]];
  switch (s.f.op[v]) {
    case Op.I32_WRAP_I64:
    case Op.I64_EXTEND_I32_U:
      s.begin(MOp.MOV32, Form.R);
      s.use(s.lowPart(x, 32));
      s.def(v);
      break;
    case Op.I64_EXTEND_I32_S:
    case Op.I64_EXTEND32_S:
      if (!loadExtended(s, v, x, Op.I32_LOAD, MOp.LOAD32S64)) signExtend(s, v, MOp.SBFX64, x, 32);
      break;
    case Op.I32_EXTEND8_S:
      if (!loadExtended(s, v, x, Op.I32_LOAD8_U, MOp.LOAD8S32)) signExtend(s, v, MOp.SBFX32, x, 8);
      break;
    case Op.I32_EXTEND16_S:
      if (!loadExtended(s, v, x, Op.I32_LOAD16_U, MOp.LOAD16S32)) signExtend(s, v, MOp.SBFX32, x, 16);
      break;
    case Op.I64_EXTEND8_S:
      if (!loadExtended(s, v, x, Op.I64_LOAD8_U, MOp.LOAD8S64)) signExtend(s, v, MOp.SBFX64, x, 8);
      break;
    case Op.I64_EXTEND16_S:
      if (!loadExtended(s, v, x, Op.I64_LOAD16_U, MOp.LOAD16S64)) signExtend(s, v, MOp.SBFX64, x, 16);
      break;
  }
}

function signExtend(s: Selector, v: number, op: number, x: number, bits: number): void {
  s.begin(op, Form.R);
  s.use(s.lowPart(x, bits));
  s.imm(0);
  s.imm2(bits);
  s.def(v);
}

/** If x is this load and only v uses it: a load that extends. */
function loadExtended(s: Selector, v: number, x: number, load: Op, op: number): boolean {
  const { f } = s;
  if (f.op[x] !== load || s.side[x] !== s.curSide || !s.isOwn(x) || !s.enabled['load-folding']) return false;
  s.fused[x] = 1;
  s.setLoad(x);
  s.takeOver(x);
  s.begin(op, Form.M);
  s.address();
  s.def(v);
  return true;
}
