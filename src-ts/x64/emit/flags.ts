/** Expansion of fused compare-and-X operations: producers of flags, set, select. Branches are in control.ts. */
import { ValType } from '../../wasm/types.js';
import type { MachEmitter } from './emitter.js';
import { Feature } from '../features.js';
import { Alu, Cc, Size, Sse } from '../asm/insts.js';
import { Form } from '../../codegen/mach.js';
import { FLAGS_MASK, Flags, FloatCc, MOp } from '../machops.js';

/**
 * Emits the producer; its register operands start at number k. Returns the condition to use: a test of what has just
 * been computed, and a compare that has just been made, are left out.
 */
export function emitFlags(e: MachEmitter, k: number): number {
  const flags: Flags = e.op & FLAGS_MASK;
  const cc = e.cond;
  if (isZeroTest(e, k)) {
    const left = e.ccFromFlags(e.use(k), flags - Flags.TEST32, cc);
    if (left >= 0) return left;
  }
  if (flags >= Flags.UCOMISS || (e.form !== Form.RR && e.form !== Form.RI)) {
    emitProducer(e, k, flags);
    return cc;
  }
  const y = e.form === Form.RI ? e.imm : e.use(k + 1);
  if (e.isCompared(flags, e.form, e.use(k), y)) return cc;
  emitProducer(e, k, flags);
  e.leaveCompare(flags, e.form, e.use(k), y);
  return cc;
}

/** test x, x */
function isZeroTest(e: MachEmitter, k: number): boolean {
  const flags: Flags = e.op & FLAGS_MASK;
  return (flags === Flags.TEST32 || flags === Flags.TEST64) && e.form === Form.RR && e.use(k) === e.use(k + 1);
}

function emitProducer(e: MachEmitter, k: number, flags: Flags): void {
  switch (flags) {
    case Flags.CMP32:
    case Flags.CMP64:
      compare(e, Alu.CMP, flags - Flags.CMP32, k);
      break;
    case Flags.TEST32:
    case Flags.TEST64:
      compare(e, Alu.TEST, flags - Flags.TEST32, k);
      break;
    case Flags.CMP8:
      compare(e, Alu.CMP, Size.B, k);
      break;
    case Flags.CMP16:
      compare(e, Alu.CMP, Size.W, k);
      break;
    case Flags.TEST8:
      compare(e, Alu.TEST, Size.B, k);
      break;
    case Flags.BT32:
    case Flags.BT64:
      if (e.form === Form.RI) e.asm.bt_ri(flags - Flags.BT32, e.use(k), e.imm);
      else e.asm.bt_rr(flags - Flags.BT32, e.use(k), e.use(k + 1));
      break;
    case Flags.UCOMISS:
      floatCompare(e, Sse.UCOMISS, k);
      break;
    case Flags.UCOMISD:
      floatCompare(e, Sse.UCOMISD, k);
      break;
    case Flags.PTEST:
      floatCompare(e, Sse.PTEST, k);
      break;
  }
}

function compare(e: MachEmitter, alu: Alu, w: number, k: number): void {
  const { asm } = e;
  switch (e.form) {
    case Form.RR:
      asm.alu_rr(alu, w, e.use(k), e.use(k + 1));
      break;
    case Form.RI:
      asm.alu_ri(alu, w, e.use(k), e.imm);
      break;
    case Form.RM:
      e.memory();
      asm.alu_rm(alu, w, e.use(k));
      break;
    case Form.MR:
      e.memory();
      asm.alu_mr(alu, w, e.use(k));
      break;
    default:
      e.memory();
      asm.alu_mi(alu, w, e.imm);
  }
}

function floatCompare(e: MachEmitter, row: Sse, k: number): void {
  const { asm } = e;
  const avx = (e.features & Feature.AVX) !== 0;
  if (e.form === Form.RM) {
    e.memory();
    if (avx) asm.vex_rm(row, e.use(k), 0);
    else asm.sse_rm(row, e.use(k));
  } else if (avx) asm.vex_rr(row, e.use(k), 0, e.use(k + 1));
  else asm.sse_rr(row, e.use(k), e.use(k + 1));
}

/** def = condition ? 1 : 0. */
export function emitSet(e: MachEmitter): void {
  const { asm } = e;
  const d = e.def();
  let cc = e.cond;
  if (cc >= FloatCc.EQ) {
    // Unordered sets both ZF and PF: then the answer is that of the move before.
    const over = asm.newLabel();
    emitFlags(e, 0);
    asm.mov_ri32(d, cc === FloatCc.NE ? 1 : 0);
    asm.jcc(Cc.P, over);
    asm.setcc_r(cc === FloatCc.NE ? Cc.NE : Cc.E, d);
    asm.bind(over);
    return;
  }
  if (e.usesRegister(0, d) || (isZeroTest(e, 0) && e.ccFromFlags(e.use(0), e.op & 1, cc) >= 0)) {
    cc = emitFlags(e, 0);
    asm.setcc_r(cc, d);
    asm.movzx_rr(Size.B, d, d);
  } else {
    asm.zero(d);
    emitFlags(e, 0);
    asm.setcc_r(cc, d);
  }
}

/** Traps with code imm2 if the condition holds. */
export function emitTrapOn(e: MachEmitter): void {
  e.jumpIf(emitFlags(e, 0), e.trapLabel(e.imm2));
}

/** def = condition ? operand 0 : operand 1; def is one of them. */
export function emitSelect(e: MachEmitter): void {
  const { asm, f } = e;
  const d = e.def();
  const v = e.mf.def.a[e.i];
  const t = v < f.nv ? f.type[v] : ValType.I64;
  const w = t === ValType.I64 ? 1 : 0;
  const cc = emitFlags(e, 2);
  const isFirst = d === e.use(0);
  const other = isFirst ? e.use(1) : e.use(0);
  if (other === d) return;
  const at = asm.pos;
  // Move the other operand in when the condition does not favour d.
  const move = isFirst ? cc ^ 1 : cc;
  if (move === FloatCc.NE) {
    asm.cmov_rr(Cc.NE, w, d, other);
    asm.cmov_rr(Cc.P, w, d, other);
  } else if (move === FloatCc.EQ) {
    const over = asm.newLabel();
    asm.jcc(Cc.P, over);
    asm.cmov_rr(Cc.E, w, d, other);
    asm.bind(over);
  } else {
    asm.cmov_rr(move, w, d, other);
    e.keepFlags(at, d);
  }
}

/** def = operand 0 ± operand 1 ± carry; def is operand 0. */
export function emitCarry(e: MachEmitter): void {
  const { asm } = e;
  const alone = e.imm2 !== 0;
  const alu = e.op >= MOp.SBB_ON ? Alu.SBB : Alu.ADC;
  emitProducer(e, alone ? 1 : 2, e.op & FLAGS_MASK);
  if (alone) asm.alu_ri(alu, 1, e.def(), 0);
  else asm.alu_rr(alu, 1, e.def(), e.use(1));
}

/** The same for xmm registers: a jump around a move. */
export function emitSelectXmm(e: MachEmitter): void {
  const { asm } = e;
  const d = e.def();
  const cc = emitFlags(e, 2);
  const isFirst = d === e.use(0);
  const other = isFirst ? e.use(1) : e.use(0);
  if (other === d) return;
  const over = asm.newLabel();
  e.jumpIf(isFirst ? cc : cc ^ 1, over);
  moveXmm(e, d, other);
  asm.bind(over);
}

/** xmm := xmm, all 128 bits. */
export function moveXmm(e: MachEmitter, to: number, from: number): void {
  if ((e.features & Feature.AVX) !== 0) e.asm.vex_rr(Sse.MOVAPS, to, 0, from);
  else e.asm.sse_rr(Sse.MOVAPS, to, from);
}
