/**
 * Selection of integer arithmetic: ALU operations with folded operands, lea, shifts, extensions, bit counts, divisions.
 */
import { Op } from '../../ir/ops.js';
import { Reg, X64Clobber } from '../abi.js';
import { Cc } from '../asm/insts.js';
import { Feature } from '../features.js';
import { Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { DivCheck, Flags, MOp } from '../machops.js';
import { setUpperHalf } from './half.js';
import { tryWide } from './wide.js';
import type { Selector } from './selector.js';

/** Lowers an i32 or i64 operation from CLZ to ROTR. */
export function lowerIntArithmetic(s: Selector, v: number): void {
  const o = s.f.op[v];
  const wide = o >= Op.I64_CLZ ? 1 : 0;
  const k = wide !== 0 ? o - (Op.I64_CLZ - Op.I32_CLZ) : o;
  switch (k) {
    case Op.I32_CLZ:
      if ((s.features & Feature.LZCNT) !== 0) lowerBitCount(s, v, MOp.CLZ32 + wide, wide);
      else lowerBitScan(s, v, MOp.CLZ32 + wide, wide, wide !== 0 ? 127 : 63);
      break;
    case Op.I32_CTZ:
      if ((s.features & Feature.BMI1) !== 0) lowerBitCount(s, v, MOp.CTZ32 + wide, wide);
      else lowerBitScan(s, v, MOp.CTZ32 + wide, wide, wide !== 0 ? 64 : 32);
      break;
    case Op.I32_POPCNT:
      lowerBitCount(s, v, MOp.POPCNT32 + wide, wide);
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
      lowerAnd(s, v, wide);
      break;
    case Op.I32_OR:
      if (!tryByteSwap(s, v)) lowerBinary(s, v, MOp.OR32 + wide, wide, true);
      break;
    case Op.I32_XOR:
      lowerXor(s, v, wide);
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

function useOf(s: Selector, x: number, wide: number): void {
  if (wide !== 0) s.use(x);
  else s.useLow(x);
}

/** x op y in the two-operand forms. */
function lowerBinary(s: Selector, v: number, op: number, wide: number, commutes: boolean): void {
  const { f, alias } = s;
  let x = alias[f.a[v]];
  let y = alias[f.b[v]];
  if (commutes && s.isConst(x) && !s.isConst(y)) {
    x = y;
    y = alias[f.a[v]];
  }
  binary(s, v, op, wide, commutes, x, y);
}

function binary(s: Selector, v: number, op: number, wide: number, commutes: boolean, x: number, y: number): void {
  const load = wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD;
  if (s.fitsImm(y)) {
    s.begin(op, Form.RI);
    useOf(s, x, wide);
    s.imm(s.immOf(y));
    s.tie();
  } else if (s.tryLoad(y, load)) {
    s.begin(op, Form.RM);
    useOf(s, x, wide);
    s.address();
    s.tie();
  } else if (commutes && s.tryLoad(x, load)) {
    s.begin(op, Form.RM);
    useOf(s, y, wide);
    s.address();
    s.tie();
  } else {
    s.begin(op, Form.RR);
    useOf(s, x, wide);
    useOf(s, y, wide);
    s.tie(commutes);
  }
  s.def(v);
}

/** Shift amount 1, 2 or 3 if x is a left shift by it that only the current value uses, else 0. */
function ownScale(s: Selector, x: number, wide: number): number {
  const { f } = s;
  if (f.op[x] !== (wide !== 0 ? Op.I64_SHL : Op.I32_SHL) || !s.isConst(f.b[x]) || !s.isOwn(x)) return 0;
  const k = s.immOf(f.b[x]) & (wide !== 0 ? 63 : 31);
  return k <= 3 ? k : 0;
}

/** x is an addition that only the current value uses. */
function isOwnAdd(s: Selector, x: number, wide: number): boolean {
  return s.f.op[x] === (wide !== 0 ? Op.I64_ADD : Op.I32_ADD) && s.isOwn(x);
}

/** v = x + y * 2^scale + disp. */
function lea(s: Selector, v: number, wide: number, x: number, y: number, scale: number, disp: number): void {
  s.begin(MOp.LEA32 + wide, x < 0 ? Form.R : Form.RR);
  if (x >= 0) useOf(s, x, wide);
  useOf(s, y, wide);
  s.cond(scale);
  s.imm(disp);
  s.def(v);
}

/**
 * An addition of 1 where x < y, unsigned, or a subtraction: the compare leaves the carry that the processor adds. How
 * programs add and subtract numbers of several words.
 */
function tryCarry(s: Selector, v: number, family: MOp): boolean {
  const { f, alias } = s;
  let base = alias[f.a[v]];
  let carry = alias[f.b[v]];
  if (family === MOp.ADC_ON && !isOwnCarry(s, carry)) {
    base = carry;
    carry = alias[f.a[v]];
  }
  if (!isOwnCarry(s, carry) || s.isConst(base) || base === carry) return false;
  const o = f.op[carry];
  const wide = o >= Op.I64_EQZ;
  const swapped = o === Op.I64_GT_U || o === Op.I32_GT_U;
  const x = alias[swapped ? f.b[carry] : f.a[carry]];
  const y = alias[swapped ? f.a[carry] : f.b[carry]];
  if (s.isConst(x)) return false;
  s.fused[carry] = 1;
  const inner = family === MOp.ADC_ON ? Op.I64_ADD : Op.I64_SUB;
  const both = f.op[base] === inner && s.isOwn(base) && !s.isConst(f.b[base]) && !s.isConst(f.a[base]);
  if (tryWide(s, v, family, base, carry, both)) return true;
  if (both) s.fused[base] = 1;
  const immediate = s.fitsImm(y);
  s.begin(family + (wide ? Flags.CMP64 : Flags.CMP32), immediate ? Form.RI : Form.RR);
  s.cond(Cc.B);
  s.use(both ? f.a[base] : base);
  if (both) s.use(f.b[base]);
  else s.imm2(1);
  useOf(s, x, wide ? 1 : 0);
  if (immediate) s.imm(s.immOf(y));
  else useOf(s, y, wide ? 1 : 0);
  s.tie();
  s.def(v);
  return true;
}

function isOwnCarry(s: Selector, x: number): boolean {
  const o = s.f.op[x];
  return (o === Op.I64_LT_U || o === Op.I64_GT_U || o === Op.I32_LT_U || o === Op.I32_GT_U) && s.isOwn(x);
}

function lowerAdd(s: Selector, v: number, wide: number): void {
  if (wide !== 0 && tryCarry(s, v, MOp.ADC_ON)) return;
  const { f, alias } = s;
  let x = alias[f.a[v]];
  let y = alias[f.b[v]];
  if (s.isConst(x) && !s.isConst(y)) {
    x = y;
    y = alias[f.a[v]];
  }
  if (s.fitsImm(y)) {
    const c = s.immOf(y);
    const scale = ownScale(s, x, wide);
    if (scale !== 0) {
      s.fused[x] = 1;
      lea(s, v, wide, -1, alias[f.a[x]], scale, c);
      return;
    }
    if (isOwnAdd(s, x, wide) && !s.isConst(f.b[x])) {
      s.fused[x] = 1;
      addScaled(s, v, wide, alias[f.a[x]], alias[f.b[x]], c);
      return;
    }
    addImmediate(s, v, wide, x, c);
    return;
  }
  const load = wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD;
  for (let turn = 0; turn < 2; turn++) {
    const p = turn === 0 ? x : y;
    const q = turn === 0 ? y : x;
    if (s.tryLoad(q, load)) {
      s.begin(MOp.ADD32 + wide, Form.RM);
      useOf(s, p, wide);
      s.address();
      s.tie();
      s.def(v);
      return;
    }
  }
  for (let turn = 0; turn < 2; turn++) {
    const p = turn === 0 ? x : y;
    const q = turn === 0 ? y : x;
    if (ownScale(s, q, wide) !== 0 || (isOwnAdd(s, q, wide) && s.fitsImm(f.b[q]))) {
      addScaled(s, v, wide, p, q, 0);
      return;
    }
  }
  s.begin(MOp.ADD32 + wide, Form.RR);
  useOf(s, x, wide);
  useOf(s, y, wide);
  s.def(v);
}

/** v = x + c. */
function addImmediate(s: Selector, v: number, wide: number, x: number, c: number): void {
  s.begin(MOp.ADD32 + wide, Form.RI);
  useOf(s, x, wide);
  s.imm(c);
  s.def(v);
}

/** v = x + y + c, with a shift or an addition of a constant of either folded in. */
function addScaled(s: Selector, v: number, wide: number, x: number, y: number, c: number): void {
  const { f, alias } = s;
  let scale = ownScale(s, y, wide);
  if (scale === 0 && ownScale(s, x, wide) !== 0) {
    const t = x;
    x = y;
    y = t;
    scale = ownScale(s, y, wide);
  }
  if (scale !== 0) {
    s.fused[y] = 1;
    y = alias[f.a[y]];
  }
  if (c === 0) {
    if (isOwnAdd(s, x, wide) && s.fitsImm(f.b[x])) {
      s.fused[x] = 1;
      c = s.immOf(f.b[x]);
      x = alias[f.a[x]];
    } else if (scale === 0 && isOwnAdd(s, y, wide) && s.fitsImm(f.b[y])) {
      s.fused[y] = 1;
      c = s.immOf(f.b[y]);
      y = alias[f.a[y]];
    }
  }
  lea(s, v, wide, x, y, scale, c);
}

function lowerSub(s: Selector, v: number, wide: number): void {
  if (wide !== 0 && tryCarry(s, v, MOp.SBB_ON)) return;
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  if (s.isConst(x) && s.fitsImm(x) && s.immOf(x) === 0) {
    unary(s, v, MOp.NEG32 + wide, wide, y);
  } else if (s.fitsImm(y) && s.immOf(y) !== -0x80000000) {
    addImmediate(s, v, wide, x, -s.immOf(y));
  } else {
    binary(s, v, MOp.SUB32 + wide, wide, false, x, y);
  }
}

function unary(s: Selector, v: number, op: number, wide: number, x: number): void {
  s.begin(op, Form.R);
  useOf(s, x, wide);
  s.tie();
  s.def(v);
}

function lowerXor(s: Selector, v: number, wide: number): void {
  const y = s.alias[s.f.b[v]];
  if (s.fitsImm(y) && s.immOf(y) === -1) unary(s, v, MOp.NOT32 + wide, wide, s.alias[s.f.a[v]]);
  else lowerBinary(s, v, MOp.XOR32 + wide, wide, true);
}

function lowerAnd(s: Selector, v: number, wide: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  if (f.op[y] === Op.I32_CONST || f.op[y] === Op.I64_CONST) {
    const m = f.imm[y];
    const high = wide !== 0 ? f.imm2[y] : 0;
    if (high === 0) {
      // The result has no upper half, so a 32-bit operation does.
      if (m === 0xff || m === 0xffff || (m === -1 && wide !== 0)) {
        s.begin(m === 0xff ? MOp.MOVZX8 : m === 0xffff ? MOp.MOVZX16 : MOp.MOV32, Form.R);
        s.use(s.lowPart(x, m === 0xff ? 8 : m === 0xffff ? 16 : 32));
        s.def(v);
        return;
      }
      if (wide !== 0) {
        s.begin(MOp.AND32, Form.RI);
        s.use(x);
        s.imm(m);
        s.tie();
        s.def(v);
        return;
      }
    }
  } else if ((s.features & Feature.BMI1) !== 0) {
    // ~p & q
    for (let turn = 0; turn < 2; turn++) {
      const n = turn === 0 ? x : y;
      if (
        f.op[n] !== (wide !== 0 ? Op.I64_XOR : Op.I32_XOR) ||
        !s.fitsImm(f.b[n]) ||
        s.immOf(f.b[n]) !== -1 ||
        !s.isOwn(n)
      )
        continue;
      s.fused[n] = 1;
      s.begin(MOp.ANDN32 + wide, Form.RR);
      useOf(s, alias[f.a[n]], wide);
      useOf(s, turn === 0 ? y : x, wide);
      s.def(v);
      return;
    }
  }
  lowerBinary(s, v, MOp.AND32 + wide, wide, true);
}

function lowerMul(s: Selector, v: number, wide: number): void {
  const { f, alias } = s;
  let x = alias[f.a[v]];
  let y = alias[f.b[v]];
  if (s.isConst(x) && !s.isConst(y)) {
    x = y;
    y = alias[f.a[v]];
  }
  if (!s.fitsImm(y)) {
    binary(s, v, MOp.IMUL32 + wide, wide, true, x, y);
    return;
  }
  const c = s.immOf(y);
  if (c > 0 && (c & (c - 1)) === 0) {
    shiftImmediate(s, v, MOp.SHL32 + wide, wide, x, 31 - Math.clz32(c));
  } else if (c === 3 || c === 5 || c === 9) {
    lea(s, v, wide, x, x, c === 3 ? 1 : c === 5 ? 2 : 3, 0);
  } else {
    const load = wide !== 0 ? Op.I64_LOAD : Op.I32_LOAD;
    if (s.tryLoad(x, load)) {
      s.begin(MOp.IMUL32 + wide, Form.MI);
      s.address();
    } else {
      s.begin(MOp.IMUL32 + wide, Form.RI);
      useOf(s, x, wide);
    }
    s.imm(c);
    s.def(v);
  }
}

/** v = x shifted by a constant; SHL by 1–3 is untied (lea). */
export function shiftImmediate(s: Selector, v: number, op: number, wide: number, x: number, count: number): void {
  if (count === 0) {
    s.begin(MOp.MOV32 + wide, Form.R);
    useOf(s, x, wide);
    s.def(v);
    return;
  }
  s.begin(op, Form.RI);
  useOf(s, x, wide);
  s.imm(count);
  if ((op & ~1) !== MOp.SHL32 || count > 3) s.tie();
  s.def(v);
}

function lowerShift(s: Selector, v: number, k: number, wide: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const bits = wide !== 0 ? 63 : 31;
  const bmi2 = (s.features & Feature.BMI2) !== 0;
  let y = alias[f.b[v]];
  if (s.isConst(y)) {
    const count = s.immOf(y) & bits;
    switch (k) {
      case Op.I32_SHL:
        shiftImmediate(s, v, MOp.SHL32 + wide, wide, x, count);
        return;
      case Op.I32_SHR_U:
        if (setUpperHalf(s, v)) {
          s.begin(MOp.LOAD32, Form.M);
          s.address();
          s.def(v);
        } else shiftImmediate(s, v, MOp.SHR32 + wide, wide, x, count);
        return;
      case Op.I32_SHR_S:
        shiftImmediate(s, v, MOp.SAR32 + wide, wide, x, count);
        return;
    }
    if (bmi2 && count !== 0) {
      s.begin(MOp.RORX32 + wide, Form.RI);
      useOf(s, x, wide);
      s.imm(k === Op.I32_ROTR ? count : bits + 1 - count);
      s.def(v);
      return;
    }
    shiftImmediate(s, v, (k === Op.I32_ROTR ? MOp.ROR32 : MOp.ROL32) + wide, wide, x, count);
    return;
  }
  // The hardware takes the count modulo the width.
  for (;;) {
    y = s.lowPart(y, 8);
    if ((f.op[y] !== Op.I64_AND && f.op[y] !== Op.I32_AND) || !s.isConst(f.b[y]) || (s.immOf(f.b[y]) & bits) !== bits)
      break;
    y = f.a[y];
  }
  if (bmi2 && k <= Op.I32_SHR_U) {
    s.begin((k === Op.I32_SHL ? MOp.SHLX32 : k === Op.I32_SHR_U ? MOp.SHRX32 : MOp.SARX32) + wide, Form.RR);
    useOf(s, x, wide);
    s.use(y);
    s.def(v);
    return;
  }
  const op =
    k === Op.I32_SHL
      ? MOp.SHL32
      : k === Op.I32_SHR_U
        ? MOp.SHR32
        : k === Op.I32_SHR_S
          ? MOp.SAR32
          : k === Op.I32_ROTL
            ? MOp.ROL32
            : MOp.ROR32;
  const count = tryOwnZeros(s, x, y, wide);
  s.begin(op + wide, Form.RR);
  useOf(s, x, wide);
  if (count >= 0) s.useTemp(count, Reg.RCX);
  else s.useIn(y, Reg.RCX);
  s.tie();
  s.def(v);
}

function lowerBitCount(s: Selector, v: number, op: number, wide: number): void {
  s.begin(op, Form.R);
  useOf(s, s.alias[s.f.a[v]], wide);
  s.def(v);
}

/** v = leading or trailing zeros by a bit scan, which leaves its result as it was, `none`, where there is no bit. */
function lowerBitScan(s: Selector, v: number, op: number, wide: number, none: number): void {
  const before = s.number(none);
  s.begin(op, Form.RR);
  s.useTemp(before);
  useOf(s, s.alias[s.f.a[v]], wide);
  s.tie();
  s.def(v);
}

/**
 * If the count y is that of the trailing zeros of x, which is shifted by it, and has no other use: emits it as a machine
 * value, whatever it is for zero; else -1.
 */
function tryOwnZeros(s: Selector, x: number, y: number, wide: number): number {
  const { f, alias } = s;
  if (f.op[y] !== (wide !== 0 ? Op.I64_CTZ : Op.I32_CTZ) || alias[f.a[y]] !== x || !s.isOwn(y)) return -1;
  s.fused[y] = 1;
  const count = s.newValue(Cls.GPR);
  s.begin(MOp.CTZ32 + wide, Form.R);
  useOf(s, x, wide);
  s.def(count);
  return count;
}

function lowerDiv(s: Selector, v: number, k: number, wide: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  const signed = k === Op.I32_DIV_S || k === Op.I32_REM_S;
  const rem = k === Op.I32_REM_S || k === Op.I32_REM_U;
  let checks: number = signed ? DivCheck.ZERO | DivCheck.MINUS_ONE : DivCheck.ZERO;
  if (s.isConst(y)) {
    if (s.enabled.reciprocals && s.division.lower(s, v, k, wide)) return;
    const zero = s.immOf(y) === 0 && (wide === 0 || f.imm2[y] === 0);
    const minusOne = s.immOf(y) === -1 && (wide === 0 || f.imm2[y] === -1);
    checks = (zero ? DivCheck.ZERO : 0) | (minusOne && signed ? DivCheck.MINUS_ONE : 0);
  }
  const op =
    (k === Op.I32_DIV_S
      ? MOp.DIV_S32
      : k === Op.I32_DIV_U
        ? MOp.DIV_U32
        : k === Op.I32_REM_S
          ? MOp.REM_S32
          : MOp.REM_U32) + wide;
  s.begin(op, Form.RR);
  s.useIn(x, Reg.RAX);
  if (x === y && !s.isConst(x)) s.useIn(y, Reg.RAX);
  else s.use(y);
  s.cond(checks);
  s.clobber(X64Clobber.RAX | X64Clobber.RDX);
  if (s.need[v] !== 0) s.def(v, rem ? Reg.RDX : Reg.RAX);
}

/** Sign extensions, wraps and the like. */
export function lowerExtension(s: Selector, v: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  switch (f.op[v]) {
    case Op.I32_WRAP_I64:
    case Op.I64_EXTEND_I32_U:
      extension(s, v, MOp.MOV32, s.lowPart(x, 32));
      break;
    case Op.I64_EXTEND_I32_S:
    case Op.I64_EXTEND32_S:
      if (
        loadExtended(s, v, x, Op.I32_LOAD, MOp.LOAD32S64) ||
        loadExtended(s, v, x, Op.I32_LOAD8_S, MOp.LOAD8S64) ||
        loadExtended(s, v, x, Op.I32_LOAD16_S, MOp.LOAD16S64)
      )
        break;
      extension(s, v, MOp.MOVSXD, s.lowPart(x, 32));
      break;
    case Op.I32_EXTEND8_S:
      if (!loadExtended(s, v, x, Op.I32_LOAD8_U, MOp.LOAD8S32)) extension(s, v, MOp.MOVSX8_32, s.lowPart(x, 8));
      break;
    case Op.I32_EXTEND16_S:
      if (!loadExtended(s, v, x, Op.I32_LOAD16_U, MOp.LOAD16S32)) extension(s, v, MOp.MOVSX16_32, s.lowPart(x, 16));
      break;
    case Op.I64_EXTEND8_S:
      if (!loadExtended(s, v, x, Op.I64_LOAD8_U, MOp.LOAD8S64)) extension(s, v, MOp.MOVSX8_64, s.lowPart(x, 8));
      break;
    case Op.I64_EXTEND16_S:
      if (!loadExtended(s, v, x, Op.I64_LOAD16_U, MOp.LOAD16S64)) extension(s, v, MOp.MOVSX16_64, s.lowPart(x, 16));
      break;
  }
}

function extension(s: Selector, v: number, op: number, x: number): void {
  s.begin(op, Form.R);
  s.use(x);
  s.def(v);
}

function loadExtended(s: Selector, v: number, x: number, load: Op, op: number): boolean {
  if (s.f.op[x] === Op.GLOBAL_GET || !s.tryLoad(x, load)) return false;
  s.begin(op, Form.M);
  s.address();
  s.def(v);
  return true;
}

/** An OR that puts together a byte-swapped value. */
function tryByteSwap(s: Selector, v: number): boolean {
  const bits = s.swaps.bitsOf(s, v);
  if (bits === 0) return false;
  const { source } = s.swaps;
  if (bits === 16) {
    const swapped = s.newValue(0);
    s.begin(MOp.BSWAP32, Form.R);
    s.use(source);
    s.tie();
    s.def(swapped);
    s.begin(MOp.SHR32, Form.RI);
    s.useTemp(swapped);
    s.imm(16);
  } else {
    s.begin(MOp.BSWAP32 + (bits === 64 ? 1 : 0), Form.R);
    s.use(source);
  }
  s.tie();
  s.def(v);
  return true;
}
