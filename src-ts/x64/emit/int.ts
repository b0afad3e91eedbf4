/** Expansion of integer operations, loads and stores. */
import { Op } from '../../ir/ops.js';
import { Trap } from '../../abi/trap-codes.js';
import { MEM_MARGIN, MemoryView, VmCtx } from '../../abi/vmctx.js';
import { HW, HW_VMCTX, Reg } from '../abi.js';
import type { MachEmitter } from './emitter.js';
import type { Assembler } from '../asm/encode.js';
import { Feature } from '../features.js';
import { Alu, Bmi, Cc, Gpr, Shift, Size, Sse, Unary } from '../asm/insts.js';
import { Form, HEAP_BASE } from '../../codegen/mach.js';
import { BoundsFlag } from '../../codegen/select/operations.js';
import { DivCheck, MOp } from '../machops.js';

const RAX = HW[Reg.RAX];
const RDX = HW[Reg.RDX];
const RCX = HW[Reg.RCX];

/** Hardware operation of ADD, SUB, AND, OR, XOR in the order of `MOp`. */
const ALU = Uint8Array.of(Alu.ADD, Alu.SUB, Alu.AND, Alu.OR, Alu.XOR);
/** Of SHL, SHR, SAR, ROL, ROR. */
const SHIFT = Uint8Array.of(Shift.SHL, Shift.SHR, Shift.SAR, Shift.ROL, Shift.ROR);

/** Expands operations below MOp.CALL and the xmm loads and stores. */
export function emitInt(e: MachEmitter): void {
  const { asm, op } = e;
  if (op >= MOp.ADD32 && op <= MOp.XOR16) {
    emitAlu(e);
    return;
  }
  if (op >= MOp.SHL32 && op <= MOp.ROR64) {
    emitShift(e);
    return;
  }
  const w = op & 1;
  switch (op) {
    case MOp.ARG:
      break;
    case MOp.MOV32:
      asm.mov_rr(0, e.def(), e.use(0));
      break;
    case MOp.MOV64:
      if (e.def() !== e.use(0)) asm.mov_rr(1, e.def(), e.use(0));
      break;
    case MOp.IMM32:
      if (e.imm === 0) asm.zero(e.def());
      else asm.mov_ri32(e.def(), e.imm);
      break;
    case MOp.IMM64:
      asm.mov_ri64(e.def(), e.imm, e.imm2);
      break;

    case MOp.LOAD32:
    case MOp.LOAD64:
      e.memory();
      asm.mov_rm(w, e.def());
      break;
    case MOp.LOAD8U:
    case MOp.LOAD16U:
      e.memory();
      asm.movzx_rm(op === MOp.LOAD8U ? Size.B : Size.W, e.def());
      break;
    case MOp.LOAD8S32:
    case MOp.LOAD8S64:
      e.memory();
      asm.movsx_rm(w, Size.B, e.def());
      break;
    case MOp.LOAD16S32:
    case MOp.LOAD16S64:
      e.memory();
      asm.movsx_rm(w, Size.W, e.def());
      break;
    case MOp.LOAD32S64:
      e.memory();
      asm.movsx_rm(1, Size.D, e.def());
      break;
    case MOp.STORE8:
      emitStore(e, Size.B);
      break;
    case MOp.STORE16:
      emitStore(e, Size.W);
      break;
    case MOp.STORE32:
      emitStore(e, Size.D);
      break;
    case MOp.STORE64:
      emitStore(e, Size.Q);
      break;
    case MOp.XLOAD32:
    case MOp.XLOAD64:
    case MOp.XLOAD128:
      e.memory();
      xmm(e, op === MOp.XLOAD32 ? Sse.MOVSS : op === MOp.XLOAD64 ? Sse.MOVSD : Sse.MOVUPS, e.def());
      break;
    case MOp.XSTORE32:
    case MOp.XSTORE64:
    case MOp.XSTORE128:
      e.memory();
      xmm(
        e,
        op === MOp.XSTORE32 ? Sse.MOVSS_STORE : op === MOp.XSTORE64 ? Sse.MOVSD_STORE : Sse.MOVUPS_STORE,
        e.use(0),
      );
      break;

    case MOp.IMUL32:
    case MOp.IMUL64:
      emitMul(e, w);
      break;
    case MOp.LEA32:
    case MOp.LEA64:
      if (e.form === Form.R) asm.memIndex(-1, e.use(0), e.cond, e.imm);
      else asm.memIndex(e.use(0), e.use(1), e.cond, e.imm);
      asm.lea(w, e.def());
      break;
    case MOp.NEG32:
    case MOp.NEG64:
      asm.unary_r(Unary.NEG, w, e.def());
      break;
    case MOp.NOT32:
    case MOp.NOT64:
      asm.unary_r(Unary.NOT, w, e.def());
      break;
    case MOp.SHLX32:
    case MOp.SHLX64:
      asm.bmi_shift_rrr(Bmi.SHLX, w, e.def(), e.use(0), e.use(1));
      break;
    case MOp.SHRX32:
    case MOp.SHRX64:
      asm.bmi_shift_rrr(Bmi.SHRX, w, e.def(), e.use(0), e.use(1));
      break;
    case MOp.SARX32:
    case MOp.SARX64:
      asm.bmi_shift_rrr(Bmi.SARX, w, e.def(), e.use(0), e.use(1));
      break;
    case MOp.RORX32:
    case MOp.RORX64:
      asm.rorx_rri(w, e.def(), e.use(0), e.imm);
      break;
    case MOp.MOVZX8:
      asm.movzx_rr(Size.B, e.def(), e.use(0));
      break;
    case MOp.MOVZX16:
      asm.movzx_rr(Size.W, e.def(), e.use(0));
      break;
    case MOp.MOVSX8_32:
    case MOp.MOVSX8_64:
      asm.movsx_rr(w, Size.B, e.def(), e.use(0));
      break;
    case MOp.MOVSX16_32:
    case MOp.MOVSX16_64:
      asm.movsx_rr(w, Size.W, e.def(), e.use(0));
      break;
    case MOp.MOVSXD:
      asm.movsx_rr(1, Size.D, e.def(), e.use(0));
      break;
    case MOp.CLZ32:
    case MOp.CLZ64:
    case MOp.CTZ32:
    case MOp.CTZ64:
      emitZeroCount(e, w);
      break;
    case MOp.POPCNT32:
    case MOp.POPCNT64:
      asm.bits_rr(Gpr.POPCNT, w, e.def(), e.use(0));
      break;
    case MOp.DIV_S32:
    case MOp.DIV_S64:
    case MOp.DIV_U32:
    case MOp.DIV_U64:
    case MOp.REM_S32:
    case MOp.REM_S64:
    case MOp.REM_U32:
    case MOp.REM_U64:
      emitDiv(e, w);
      break;
    case MOp.MULH_U64:
      asm.unary_r(Unary.MUL, 1, e.use(1));
      break;
    case MOp.MULH_S64:
      asm.unary_r(Unary.IMUL, 1, e.use(1));
      break;
    case MOp.LOW_HALF:
      break;
    case MOp.ADD_WIDE:
    case MOp.SUB_WIDE:
      emitWide(e);
      break;
    case MOp.ANDN32:
    case MOp.ANDN64:
      asm.andn_rrr(w, e.def(), e.use(0), e.use(1));
      break;
    case MOp.BSWAP32:
    case MOp.BSWAP64:
      asm.bswap_r(w, e.def());
      break;
    case MOp.BOUNDS:
      emitBounds(e);
      break;
    case MOp.BOUNDS_EA:
      emitBoundsEa(e);
      break;
    default:
      throw new Error(`internal error: machine operation ${op}`);
  }
}

/** An xmm move from or to the memory operand. */
function xmm(e: MachEmitter, row: Sse, reg: number): void {
  if ((e.features & Feature.AVX) !== 0) e.asm.vex_rm(row, reg, 0);
  else e.asm.sse_rm(row, reg);
}

function emitStore(e: MachEmitter, w: Size): void {
  e.memory();
  if (e.form === Form.MI) e.asm.mov_mi(w, e.imm);
  else e.asm.mov_mr(w, e.use(0));
}

function emitAlu(e: MachEmitter): void {
  const { asm, op, form } = e;
  const narrow = op >= MOp.ADD8;
  const k = narrow ? op - MOp.ADD8 : op - MOp.ADD32;
  const alu: Alu = ALU[k >> 1];
  const w = narrow ? ((k & 1) !== 0 ? Size.W : Size.B) : k & 1;
  switch (form) {
    case Form.MR:
      e.memory();
      asm.alu_mr(alu, w, e.use(0));
      return;
    case Form.MI:
      e.memory();
      asm.alu_mi(alu, w, e.imm);
      return;
    case Form.RM:
      e.memory();
      asm.alu_rm(alu, w, e.def());
      break;
    case Form.RI:
      if (alu === Alu.ADD) {
        addImmediate(e, w, e.def(), e.use(0), e.imm);
        return;
      }
      asm.alu_ri(alu, w, e.def(), e.imm);
      break;
    default: {
      const d = e.def();
      const x = e.use(0);
      const y = e.use(1);
      if (d !== x && d !== y) {
        asm.memIndex(x, y, 0, 0);
        asm.lea(w, d);
        return;
      }
      asm.alu_rr(alu, w, d, d === x ? y : x);
    }
  }
  e.leaveFlags(e.def(), w, alu !== Alu.ADD && alu !== Alu.SUB);
}

function addImmediate(e: MachEmitter, w: number, d: number, x: number, imm: number): void {
  const { asm } = e;
  if (d !== x) {
    asm.mem(x, imm);
    asm.lea(w, d);
    return;
  }
  if (imm === 1) asm.inc_r(w, d);
  else if (imm === -1) asm.dec_r(w, d);
  else if (imm === 128) asm.alu_ri(Alu.SUB, w, d, -128);
  else asm.alu_ri(Alu.ADD, w, d, imm);
  e.leaveFlags(d, w, false);
}

function emitShift(e: MachEmitter): void {
  const { asm } = e;
  const k = e.op - MOp.SHL32;
  const w = k & 1;
  const shift: Shift = SHIFT[k >> 1];
  const d = e.def();
  if (e.form !== Form.RI) {
    asm.shift_rcl(shift, w, d);
    return;
  }
  const x = e.use(0);
  if (d === x) {
    asm.shift_ri(shift, w, d, e.imm);
    if (shift !== Shift.ROL && shift !== Shift.ROR) e.leaveFlags(d, w, false);
  } else {
    asm.memIndex(-1, x, e.imm, 0);
    asm.lea(w, d);
  }
}

function emitMul(e: MachEmitter, w: number): void {
  const { asm } = e;
  switch (e.form) {
    case Form.RI:
      asm.imul_rri(w, e.def(), e.use(0), e.imm);
      break;
    case Form.MI:
      e.memory();
      asm.imul_rmi(w, e.def(), e.imm);
      break;
    case Form.RM:
      e.memory();
      asm.imul_rm(w, e.def());
      break;
    default: {
      const d = e.def();
      asm.imul_rr(w, d, d === e.use(0) ? e.use(1) : e.use(0));
    }
  }
}

/** The lower halves, then the upper ones with the carry. */
function emitWide(e: MachEmitter): void {
  const { asm } = e;
  const add = e.op === MOp.ADD_WIDE;
  const alone = e.imm2 !== 0;
  const low = add ? Alu.ADD : Alu.SUB;
  if (e.form === Form.RI) asm.alu_ri(low, 1, RAX, e.imm);
  else asm.alu_rr(low, 1, RAX, e.use(alone ? 2 : 3));
  if (alone) asm.alu_ri(add ? Alu.ADC : Alu.SBB, 1, e.def(), 0);
  else asm.alu_rr(add ? Alu.ADC : Alu.SBB, 1, e.def(), e.use(1));
}

/**
 * Leading or trailing zeros of the last operand. Without LZCNT by bsr, which gives the bit's number. Processors without
 * BMI1 take tzcnt for bsf, which gives the same but for zero; those with it have no fast bsf. Both scans leave the
 * result as it is for zero (AMD64 Architecture Programmer's Manual; Intel's since 2024): its register holds operand 0
 * where that answer matters.
 */
function emitZeroCount(e: MachEmitter, w: number): void {
  const { asm } = e;
  const d = e.def();
  const x = e.use(e.form === Form.RR ? 1 : 0);
  if ((e.op & ~1) === MOp.CTZ32) asm.bits_rr(Gpr.TZCNT, w, d, x);
  else if ((e.features & Feature.LZCNT) !== 0) asm.bits_rr(Gpr.LZCNT, w, d, x);
  else {
    asm.bits_rr(Gpr.BSR, w, d, x);
    asm.alu_ri(Alu.XOR, w, d, w !== 0 ? 63 : 31);
  }
}

/** Division of rax by operand 1. Division by -1 is cold: the hardware faults on the smallest number. */
function emitDiv(e: MachEmitter, w: number): void {
  const { asm } = e;
  const r = e.use(1);
  const checks = e.cond;
  const kind = e.op & ~1;
  const signed = kind === MOp.DIV_S32 || kind === MOp.REM_S32;
  if ((checks & DivCheck.ZERO) !== 0) {
    const isQuotient = kind === MOp.DIV_S32 || kind === MOp.DIV_U32;
    asm.alu_rr(Alu.TEST, w, r, r);
    asm.jcc(Cc.E, e.trapLabel(isQuotient ? Trap.INTEGER_DIVIDE_BY_ZERO : Trap.REMAINDER_BY_ZERO));
  }
  if (!signed) {
    asm.zero(RDX);
    asm.unary_r(Unary.DIV, w, r);
    return;
  }
  let done = -1;
  if ((checks & DivCheck.MINUS_ONE) !== 0) {
    done = asm.newLabel();
    asm.alu_ri(Alu.CMP, w, r, -1);
    asm.jcc(Cc.E, e.coldLabel(done));
  }
  asm.cdq(w);
  asm.unary_r(Unary.IDIV, w, r);
  if (done >= 0) asm.bind(done);
}

/** x / -1 = -x, except that the smallest number has no negative; x % -1 = 0. */
export function emitDivByMinusOne(e: MachEmitter): void {
  const { asm } = e;
  if ((e.op & ~1) === MOp.REM_S32) {
    asm.zero(RDX);
    return;
  }
  asm.unary_r(Unary.NEG, e.op & 1, RAX);
  asm.jcc(Cc.O, e.trapLabel(Trap.INTEGER_OVERFLOW));
}

/** Sets the memory operand to the size of the memory that the current check is about, or to its limit. */
function memorySize(e: MachEmitter, limit: boolean): void {
  const view = e.disp;
  if (view === 0) e.asm.mem(HW_VMCTX, limit ? VmCtx.MEM_LIMIT : VmCtx.MEM_BYTES);
  else e.asm.mem(HW_VMCTX, view + (limit ? MemoryView.LIMIT : MemoryView.BYTES));
}

/** Traps unless index + imm + imm2 <= the size of the memory. */
function emitBounds(e: MachEmitter): void {
  const { asm } = e;
  const end = (e.imm >>> 0) + e.imm2;
  if (e.form === Form.R && end <= MEM_MARGIN) {
    // Nearly every access is far enough from the end of memory; the exact comparison is cold.
    const back = asm.newLabel();
    memorySize(e, true);
    asm.alu_rm(Alu.CMP, 1, e.use(0));
    asm.jcc(Cc.AE, e.coldLabel(back));
    asm.bind(back);
    return;
  }
  if (e.form === Form.R) {
    compareEnd(e, end);
    return;
  }
  const trap = e.outOfBoundsLabel();
  if (end <= 0x7fffffff) {
    memorySize(e, false);
    asm.alu_mi(Alu.CMP, 1, end | 0);
    asm.jcc(Cc.B, trap);
    return;
  }
  const t = e.temp(0);
  asm.mov_ri32(t, end | 0);
  memorySize(e, false);
  asm.alu_rm(Alu.CMP, 1, t);
  asm.jcc(Cc.A, trap);
}

/** Traps unless index + end <= the size of the memory. */
function compareEnd(e: MachEmitter, end: number): void {
  const { asm } = e;
  const trap = e.outOfBoundsLabel();
  const t = e.temp(0);
  const added = e.mf.wrap.a[e.i];
  if (added !== 0) {
    asm.mem(e.use(0), added);
    asm.lea(1, t);
    asm.alu_ri(Alu.ADD, 1, t, end | 0);
    asm.jcc(Cc.B, trap);
  } else if ((e.cond & BoundsFlag.WIDE) !== 0 || end > 0x7fffffff) {
    asm.mov_ri32(t, end | 0);
    asm.alu_rr(Alu.ADD, 1, t, e.use(0));
    if ((e.cond & BoundsFlag.WIDE) !== 0) asm.jcc(Cc.B, trap);
  } else {
    asm.mem(e.use(0), end | 0);
    asm.lea(1, t);
  }
  memorySize(e, false);
  asm.alu_rm(Alu.CMP, 1, t);
  asm.jcc(Cc.A, trap);
}

/** An index close to the end of memory, or beyond it. */
export function emitBoundsNearEnd(e: MachEmitter): void {
  compareEnd(e, (e.imm >>> 0) + e.imm2);
}

/** def = index + imm (unsigned) in 64 bits, checked. */
function emitBoundsEa(e: MachEmitter): void {
  const { asm } = e;
  const t = e.temp(0);
  asm.mov_ri32(t, e.imm);
  asm.alu_rr(Alu.ADD, 1, t, e.use(0));
  asm.mov_rr(1, e.def(), t);
  asm.alu_ri(Alu.ADD, 1, t, e.imm2);
  memorySize(e, false);
  asm.alu_rm(Alu.CMP, 1, t);
  asm.jcc(Cc.A, e.outOfBoundsLabel());
}

/**
 * The trap of a bounds check. The address of the access is made here, off the hot path, and goes to the trap stub in
 * rax; where there are several memories, the view of the one that was accessed in rcx.
 */
export function emitOutOfBounds(e: MachEmitter): void {
  const { asm } = e;
  if (e.op === MOp.BOUNDS_EA) {
    if (e.def() !== RAX) asm.mov_rr(1, RAX, e.def());
  } else if (e.form === Form.NONE) asm.mov_ri32(RAX, e.imm);
  else if ((e.cond & BoundsFlag.WIDE) !== 0) {
    // Beyond 2^64 the address is the largest.
    const added = e.mf.wrap.a[e.i];
    if (added !== 0) {
      asm.mem(e.use(0), added);
      asm.lea(1, RAX);
    } else if (e.use(0) !== RAX) asm.mov_rr(1, RAX, e.use(0));
    asm.alu_ri(Alu.ADD, 1, RAX, e.imm);
    asm.alu_rr(Alu.SBB, 1, RDX, RDX);
    asm.alu_rr(Alu.OR, 1, RAX, RDX);
  } else {
    asm.mem(e.use(0), e.imm);
    asm.lea(1, RAX);
  }
  if ((e.cond & BoundsFlag.SEVERAL) !== 0) asm.mov_ri32(RCX, e.disp);
  e.trapNow(Trap.MEMORY_OUT_OF_BOUNDS | e.trapFlags(), e.pos);
}

/** reg = reg op reg: zeros (xor) or ones (a comparison), whatever it held. */
export function ofItself(asm: Assembler, row: Sse, reg: number): void {
  if (asm.avx) asm.vex_rrr(row, reg, reg, reg);
  else asm.sse_rr(row, reg, reg);
}

/** Register := SSA constant c, in the shortest way. */
export function emitConstant(e: MachEmitter, c: number, reg: number): void {
  const { asm, f } = e;
  const at = asm.pos;
  if (c === HEAP_BASE) {
    asm.mem(HW_VMCTX, VmCtx.HEAP);
    asm.mov_rm(1, e.hw[reg]);
    return;
  }
  const o = f.op[c];
  switch (o) {
    case Op.I32_CONST:
    case Op.REF_NULL:
      if (o === Op.REF_NULL || f.imm[c] === 0) e.zero(e.hw[reg]);
      else {
        asm.mov_ri32(e.hw[reg], f.imm[c]);
        e.keepFlags(at, e.hw[reg]);
      }
      return;
    case Op.I64_CONST:
      if (f.imm[c] === 0 && f.imm2[c] === 0) asm.zero(e.hw[reg]);
      else asm.mov_ri64(e.hw[reg], f.imm[c], f.imm2[c]);
      return;
  }
  const p = f.pool.a;
  const k = f.imm[c];
  const zero =
    o === Op.F32_CONST
      ? k === 0
      : o === Op.F64_CONST
        ? k === 0 && f.imm2[c] === 0
        : (p[k] | p[k + 1] | p[k + 2] | p[k + 3]) === 0;
  const ones = o === Op.V128_CONST && (p[k] & p[k + 1] & p[k + 2] & p[k + 3]) === -1;
  if (zero || ones) {
    ofItself(asm, zero ? Sse.XORPS : Sse.PCMPEQD, e.hw[reg]);
    return;
  }
  e.constantOperand(c);
  xmm(e, o === Op.F32_CONST ? Sse.MOVSS : o === Op.F64_CONST ? Sse.MOVSD : Sse.MOVAPS, e.hw[reg]);
}
