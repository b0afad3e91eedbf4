/** Expansion of integer operations, loads and stores. */
import { Trap } from '../../abi/trap-codes.js';
import { MEM_MARGIN, MemoryView, VmCtx } from '../../abi/vmctx.js';
import { Form, HEAP_BASE } from '../../codegen/mach.js';
import { Op } from '../../ir/ops.js';
import { HW_VSCRATCH, HW_X16, HW_X17, HW_ZERO } from '../abi.js';
import { zeroCondition } from '../asm/branches.js';
import { floatImmediate, floatImmediate32, halvesThatAre, logicalImmediate } from '../asm/immediates.js';
import {
  Add,
  AddImm,
  Cc,
  CondCompare,
  Convert,
  DOUBLE,
  Extend,
  Field,
  FOther,
  Literal,
  Logic,
  LogicImm,
  Mem,
  RR,
  RRR,
  RRRR,
  Select,
  type Shift,
  WIDE,
} from '../asm/insts.js';
import { BoundsFlag } from '../../codegen/select/operations.js';
import { DivCheck, MOp } from '../machops.js';
import type { MachEmitter } from './emitter.js';

/** By operation, from LOAD32 to LOAD32S64. */
const LOADS = Int32Array.of(
  Mem.LDR_W,
  Mem.LDR_X,
  Mem.LDRB,
  Mem.LDRH,
  Mem.LDRSB_W,
  Mem.LDRSB_X,
  Mem.LDRSH_W,
  Mem.LDRSH_X,
  Mem.LDRSW,
);
const STORES = Int32Array.of(Mem.STRB, Mem.STRH, Mem.STR_W, Mem.STR_X);
/** From XLOAD32 to XSTORE128. */
const VECTOR_MEMORY = Int32Array.of(Mem.LDR_S, Mem.LDR_D, Mem.LDR_Q, Mem.STR_S, Mem.STR_D, Mem.STR_Q);
/** Of AND, OR, XOR, BIC, ORN, EON. */
const LOGIC = Int32Array.of(Logic.AND, Logic.ORR, Logic.EOR, Logic.BIC, Logic.ORN, Logic.EON);
const LOGIC_IMMEDIATE = Int32Array.of(LogicImm.AND, LogicImm.ORR, LogicImm.EOR);
/** Of LSL, LSR, ASR, ROR by a register. */
const SHIFTS = Int32Array.of(RRR.LSL, RRR.LSR, RRR.ASR, RRR.ROR);

/** Kinds of modifiers from here on extend. */
const FIRST_EXTEND = 4;

/** d = x op (y with the modifier of the current instruction). */
export function modified(e: MachEmitter, row: Add | Logic, wide: number, d: number, x: number, y: number): void {
  const kind = e.imm >> 6;
  const amount = e.imm & 63;
  if (kind >= FIRST_EXTEND) e.asm.extended(row as Add, wide, d, x, y, (kind - FIRST_EXTEND) as Extend, amount);
  else e.asm.shifted(row, wide, d, x, y, kind as Shift, amount);
}

/** Expands operations below MOp.CALL and the vector loads and stores. */
export function emitInt(e: MachEmitter): void {
  const { asm, op } = e;
  const wide = op & 1;
  if (op >= MOp.LOAD32 && op <= MOp.LOAD32S64) {
    e.memory(LOADS[op - MOp.LOAD32], e.def());
    return;
  }
  if (op >= MOp.STORE8 && op <= MOp.STORE64) {
    e.memory(STORES[op - MOp.STORE8], e.form === Form.MI ? HW_ZERO : e.use(0));
    return;
  }
  if (op >= MOp.XLOAD32 && op <= MOp.XSTORE128) {
    e.memory(VECTOR_MEMORY[op - MOp.XLOAD32], op <= MOp.XLOAD128 ? e.def() : e.use(0));
    return;
  }
  switch (op & ~1) {
    case MOp.ARG:
      break;
    case MOp.MOV32:
      if (wide === 0 || e.def() !== e.use(0)) asm.mov(wide, e.def(), e.use(0));
      break;
    case MOp.IMM32:
      asm.constant64(e.def(), e.imm, wide !== 0 ? e.imm2 : 0);
      break;
    case MOp.ADD32:
    case MOp.SUB32:
      emitAdd(e, (op & ~1) === MOp.SUB32, wide);
      break;
    case MOp.AND32:
    case MOp.OR32:
    case MOp.XOR32:
    case MOp.BIC32:
    case MOp.ORN32:
    case MOp.EON32: {
      const k = (op - MOp.AND32) >> 1;
      if (e.form === Form.RI)
        asm.logic(LOGIC_IMMEDIATE[k], wide, e.def(), e.use(0), logicalImmediate(e.imm, wide !== 0 ? e.imm2 : e.imm));
      else modified(e, LOGIC[k] as Logic, wide, e.def(), e.use(0), e.use(1));
      break;
    }
    case MOp.MUL32:
      asm.rrr(RRR.MUL | (wide << 31), e.def(), e.use(0), e.use(1));
      break;
    case MOp.MADD32:
      asm.rrrr(RRRR.MADD | (wide << 31), e.def(), e.use(0), e.use(1), e.use(2));
      break;
    case MOp.MSUB32:
      asm.rrrr(RRRR.MSUB | (wide << 31), e.def(), e.use(0), e.use(1), e.use(2));
      break;
    case MOp.NEG32:
      modified(e, Add.SUB, wide, e.def(), HW_ZERO, e.use(0));
      break;
    case MOp.NOT32:
      modified(e, Logic.ORN, wide, e.def(), HW_ZERO, e.use(0));
      break;
    case MOp.LSL32:
    case MOp.LSR32:
    case MOp.ASR32:
    case MOp.ROR32:
      emitShift(e, wide);
      break;
    case MOp.ROL32:
      asm.shifted(Add.SUB, wide, HW_X16, HW_ZERO, e.use(1), 0, 0);
      asm.rrr(RRR.ROR | (wide << 31), e.def(), e.use(0), HW_X16);
      break;
    case MOp.UBFX32:
      asm.field(Field.UBFM, wide, e.def(), e.use(0), e.imm, e.imm + e.imm2 - 1);
      break;
    case MOp.SBFX32:
      asm.field(Field.SBFM, wide, e.def(), e.use(0), e.imm, e.imm + e.imm2 - 1);
      break;
    case MOp.UBFIZ32:
      asm.field(Field.UBFM, wide, e.def(), e.use(0), -e.imm & (wide !== 0 ? 63 : 31), e.imm2 - 1);
      break;
    case MOp.SBFIZ32:
      asm.field(Field.SBFM, wide, e.def(), e.use(0), -e.imm & (wide !== 0 ? 63 : 31), e.imm2 - 1);
      break;
    case MOp.CLZ32:
      asm.rr(RR.CLZ | (wide << 31), e.def(), e.use(0));
      break;
    case MOp.CTZ32:
      asm.rr(RR.RBIT | (wide << 31), HW_X16, e.use(0));
      asm.rr(RR.CLZ | (wide << 31), e.def(), HW_X16);
      break;
    case MOp.POPCNT32:
      emitPopcount(e, wide);
      break;
    case MOp.DIV_S32:
    case MOp.DIV_U32:
    case MOp.REM_S32:
    case MOp.REM_U32:
      emitDiv(e, wide);
      break;
    case MOp.MULH_U64 - 1:
      asm.rrr(RRR.UMULH, e.def(), e.use(0), e.use(1));
      break;
    case MOp.MULH_S64 - 1:
      asm.rrr(RRR.SMULH, e.def(), e.use(0), e.use(1));
      break;
    case MOp.SMULL64 - 1:
      asm.rrr(RRR.SMULL, e.def(), e.use(0), e.use(1));
      break;
    case MOp.UMULL64 - 1:
      asm.rrr(RRR.UMULL, e.def(), e.use(0), e.use(1));
      break;
    case MOp.REV32:
      asm.rr(wide !== 0 ? RR.REV_64 : RR.REV, e.def(), e.use(0));
      break;
    case MOp.ADC32:
    case MOp.SBC32:
      emitCarry(e, wide);
      break;
    case MOp.BOUNDS:
      if (op === MOp.BOUNDS) emitBounds(e);
      else emitBoundsEa(e);
      break;
    default:
      throw new Error(`internal error: machine operation ${op}`);
  }
}

function emitAdd(e: MachEmitter, subtract: boolean, wide: number): void {
  const { asm } = e;
  if (e.form !== Form.RI) {
    modified(e, subtract ? Add.SUB : Add.ADD, wide, e.def(), e.use(0), e.use(1));
    return;
  }
  const negative = e.imm < 0 !== subtract;
  asm.addImmediate(negative ? AddImm.SUB : AddImm.ADD, wide, e.def(), e.use(0), Math.abs(e.imm));
}

function emitShift(e: MachEmitter, wide: number): void {
  const { asm } = e;
  const k = (e.op - MOp.LSL32) >> 1;
  const d = e.def();
  const x = e.use(0);
  if (e.form !== Form.RI) asm.rrr(SHIFTS[k] | (wide << 31), d, x, e.use(1));
  else if (k === 0) asm.lslImmediate(wide, d, x, e.imm);
  else if (k === 1) asm.lsrImmediate(wide, d, x, e.imm);
  else if (k === 2) asm.asrImmediate(wide, d, x, e.imm);
  else asm.extr(wide, d, x, x, e.imm);
}

/** By the vector unit: bits of each byte, then their sum. */
function emitPopcount(e: MachEmitter, wide: number): void {
  const { asm } = e;
  const general = wide !== 0 ? WIDE | DOUBLE : 0;
  asm.rr(Convert.FMOV_TO_FLOAT | general, HW_VSCRATCH, e.use(0));
  asm.rr(0x0e205800, HW_VSCRATCH, HW_VSCRATCH); // cnt v.8b
  asm.rr(0x0e31b800, HW_VSCRATCH, HW_VSCRATCH); // addv b, v.8b
  asm.rr(Convert.FMOV_TO_GENERAL, e.def(), HW_VSCRATCH);
}

/** The processor divides by zero to zero and the smallest number by -1 to itself: what wasm checks is checked before. */
function emitDiv(e: MachEmitter, wide: number): void {
  const { asm } = e;
  const kind = e.op & ~1;
  const x = e.use(0);
  const y = e.use(1);
  const signed = kind === MOp.DIV_S32 || kind === MOp.REM_S32;
  const quotient = kind === MOp.DIV_S32 || kind === MOp.DIV_U32;
  if ((e.cond & DivCheck.ZERO) !== 0)
    asm.branch(zeroCondition(y, wide), e.trapLabel(quotient ? Trap.INTEGER_DIVIDE_BY_ZERO : Trap.REMAINDER_BY_ZERO));
  if ((e.cond & DivCheck.OVERFLOW) !== 0 && quotient) {
    // y = -1, and then x - 1 overflows.
    asm.addImmediate(AddImm.ADDS, wide, HW_ZERO, y, 1);
    asm.conditionalCompareImmediate(CondCompare.CCMP, wide, x, 1, 0, Cc.EQ);
    asm.branch(Cc.VS, e.trapLabel(Trap.INTEGER_OVERFLOW));
  }
  if (e.mf.def.a[e.i] < 0) return;
  const row = (signed ? RRR.SDIV : RRR.UDIV) | (wide << 31);
  if (quotient) {
    asm.rrr(row, e.def(), x, y);
    return;
  }
  asm.rrr(row, HW_X16, x, y);
  asm.rrrr(RRRR.MSUB | (wide << 31), e.def(), HW_X16, y, x);
}

/** Operand 0 ± operand 1 ± (x < y). After a subtraction the carry means "not below". */
function emitCarry(e: MachEmitter, wide: number): void {
  const { asm } = e;
  const alone = e.imm2 !== 0;
  const k = alone ? 1 : 2;
  const x = e.use(k);
  const y = e.use(k + 1);
  const other = alone ? HW_ZERO : e.use(1);
  asm.cmp(wide, x, y);
  if ((e.op & ~1) === MOp.SBC32) {
    asm.rrr(RRR.SBC | WIDE, e.def(), e.use(0), other);
    return;
  }
  // An addition would take "not below".
  const d = alone ? e.def() : HW_X16;
  asm.select(Select.CSINC, 1, d, e.use(0), e.use(0), Cc.HS);
  if (!alone) asm.shifted(Add.ADD, 1, e.def(), HW_X16, other, 0, 0);
}

/** x16 = size of the memory that the current check is about, or its limit. */
function memorySize(e: MachEmitter, limit: boolean): void {
  const view = e.disp;
  if (view === 0) e.loadVmctx(HW_X16, limit ? VmCtx.MEM_LIMIT : VmCtx.MEM_BYTES);
  else e.loadVmctx(HW_X16, view + (limit ? MemoryView.LIMIT : MemoryView.BYTES));
}

/** Traps unless index + imm + imm2 <= the size of the memory. */
function emitBounds(e: MachEmitter): void {
  const { asm } = e;
  const end = (e.imm >>> 0) + e.imm2;
  if (e.form === Form.R && end <= MEM_MARGIN) {
    // Nearly every access is far enough from the end of memory; the exact comparison is cold.
    const back = asm.newLabel();
    memorySize(e, true);
    asm.cmp(1, e.use(0), HW_X16);
    asm.branch(Cc.HS, e.coldLabel(back));
    asm.bind(back);
    return;
  }
  if (e.form === Form.R) {
    compareEnd(e, end);
    return;
  }
  memorySize(e, false);
  asm.constant64(HW_X17, end | 0, end > 0xffffffff ? 1 : 0);
  asm.cmp(1, HW_X17, HW_X16);
  asm.branch(Cc.HI, e.outOfBoundsLabel());
}

/** Traps unless index + end <= the size of the memory. */
function compareEnd(e: MachEmitter, end: number): void {
  const { asm } = e;
  const trap = e.outOfBoundsLabel();
  const added = e.mf.wrap.a[e.i];
  if (added !== 0) {
    asm.constant32(HW_X16, end | 0);
    asm.addConstant(HW_X17, e.use(0), added, HW_X17);
    asm.shifted(Add.ADDS, 1, HW_X17, HW_X17, HW_X16, 0, 0);
  } else {
    asm.constant64(HW_X17, end | 0, end > 0xffffffff ? 1 : 0);
    asm.shifted(Add.ADDS, 1, HW_X17, HW_X17, e.use(0), 0, 0);
  }
  if ((e.cond & BoundsFlag.WIDE) !== 0) asm.branch(Cc.HS, trap);
  memorySize(e, false);
  asm.cmp(1, HW_X17, HW_X16);
  asm.branch(Cc.HI, trap);
}

/** An index close to the end of memory, or beyond it. */
export function emitBoundsNearEnd(e: MachEmitter): void {
  compareEnd(e, (e.imm >>> 0) + e.imm2);
}

/** def = index + imm (unsigned) in 64 bits, checked. */
function emitBoundsEa(e: MachEmitter): void {
  const { asm } = e;
  asm.constant32(HW_X16, e.imm);
  asm.shifted(Add.ADD, 1, e.def(), HW_X16, e.use(0), 0, 0);
  asm.addImmediate(AddImm.ADD, 1, HW_X17, e.def(), e.imm2);
  memorySize(e, false);
  asm.cmp(1, HW_X17, HW_X16);
  asm.branch(Cc.HI, e.outOfBoundsLabel());
}

/**
 * The trap of a bounds check. The address of the access is made here, off the hot path, and goes to the trap stub in x0;
 * where there are several memories, the view of the one that was accessed in x1.
 */
export function emitOutOfBounds(e: MachEmitter): void {
  const { asm } = e;
  if (e.op === MOp.BOUNDS_EA) asm.mov(1, 0, e.def());
  else if (e.form === Form.NONE) asm.constant32(0, e.imm);
  else {
    const added = e.mf.wrap.a[e.i];
    asm.constant32(HW_X16, e.imm);
    if (added !== 0) asm.addConstant(HW_X17, e.use(0), added, HW_X17);
    asm.shifted(Add.ADDS, 1, 0, HW_X16, added !== 0 ? HW_X17 : e.use(0), 0, 0);
    // Beyond 2^64 the address is the largest.
    if ((e.cond & BoundsFlag.WIDE) !== 0) asm.select(Select.CSINV, 1, 0, 0, HW_ZERO, Cc.LO);
  }
  if ((e.cond & BoundsFlag.SEVERAL) !== 0) asm.constant32(1, e.disp);
  e.trapNow(Trap.MEMORY_OUT_OF_BOUNDS | e.trapFlags(), e.pos);
}

/** Constants of more parts than this, or whose complements have more, come from behind the code. */
const MAX_MOVES = 2;

/** Whether `constant64` makes hi:lo by at most that many instructions. */
const isShort = (lo: number, hi: number): boolean =>
  4 - halvesThatAre(0, lo, hi) <= MAX_MOVES ||
  4 - halvesThatAre(0xffff, lo, hi) <= MAX_MOVES ||
  logicalImmediate(lo, hi) >= 0;

/** Register := SSA constant c, in the shortest way. */
export function emitConstant(e: MachEmitter, c: number, reg: number): void {
  const { asm, f } = e;
  const d = e.hw[reg];
  if (c === HEAP_BASE) {
    e.loadVmctx(d, VmCtx.HEAP);
    return;
  }
  switch (f.op[c]) {
    case Op.REF_NULL:
      asm.constant32(d, 0);
      return;
    case Op.I32_CONST:
      asm.constant32(d, f.imm[c]);
      return;
    case Op.I64_CONST: {
      const lo = f.imm[c];
      const hi = f.imm2[c];
      if (isShort(lo, hi)) asm.constant64(d, lo, hi);
      else asm.literal(Literal.LDR_X, Mem.LDR_X, d, asm.constant(8, lo, hi));
      return;
    }
    case Op.F32_CONST:
      emitFloatConstant(e, d, 0, f.imm[c], 0);
      return;
    case Op.F64_CONST:
      emitFloatConstant(e, d, 1, f.imm[c], f.imm2[c]);
      return;
  }
  const k = f.imm[c];
  const p = f.pool.a;
  if ((p[k] | p[k + 1] | p[k + 2] | p[k + 3]) === 0) zeroVector(e, d);
  else if ((p[k] & p[k + 1] & p[k + 2] & p[k + 3]) === -1) asm.word(0x6f07e7e0 | d);
  else e.loadWords(k, d);
}

/** movi v.2d, #0 */
export function zeroVector(e: MachEmitter, d: number): void {
  e.asm.word(0x6f00e400 | d);
}

function emitFloatConstant(e: MachEmitter, d: number, double: number, lo: number, hi: number): void {
  const { asm } = e;
  if (lo === 0 && hi === 0) {
    zeroVector(e, d);
    return;
  }
  const bits = double !== 0 ? floatImmediate(lo, hi) : floatImmediate32(lo);
  if (bits >= 0) asm.word(FOther.FMOV_IMM | (double !== 0 ? DOUBLE : 0) | (bits << 13) | d);
  else if (double !== 0) asm.loadConstant(d, 8, lo, hi);
  else asm.loadConstant(d, 4, lo);
}
