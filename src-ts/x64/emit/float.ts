/**
 * Emission of float operations (machops-float.ts). Cold ends of macros (NaN, ±0, out of range) are emitted after the
 * last block, by `emitFloatCold`.
 *
 * Legacy SSE writes only the low lane in `sqrt`, `round` and the conversions, so the destination is cleared first where
 * its old value would be a false dependency; VEX forms take the source twice instead. xmm15 is scratch here. NaN
 * payloads are what the hardware makes of its operands, which the specification allows.
 */
import { Trap } from '../../abi/trap-codes.js';
import { HW_XMM_SCRATCH as SCRATCH } from '../abi.js';
import type { MachEmitter } from './emitter.js';
import type { Assembler } from '../asm/encode.js';
import { Alu, Cc, Shift, Sse } from '../asm/insts.js';
import { Form } from '../../codegen/mach.js';
import { FOp } from '../machops-float.js';

/** Rows of ADD … DIV by `op - FOp.ADD32`, then those of MIN, MAX. */
const ARITHMETIC = Int32Array.of(
  Sse.ADDSS,
  Sse.ADDSD,
  Sse.SUBSS,
  Sse.SUBSD,
  Sse.MULSS,
  Sse.MULSD,
  Sse.DIVSS,
  Sse.DIVSD,
  Sse.MINSS,
  Sse.MINSD,
  Sse.MAXSS,
  Sse.MAXSD,
);
/** Rows by `op - FOp.FROM_I32_32`. */
const FROM_INT = Int32Array.of(
  Sse.CVTSI2SS,
  Sse.CVTSI2SD,
  Sse.CVTSI2SS_Q,
  Sse.CVTSI2SD_Q,
  Sse.CVTSI2SS_Q,
  Sse.CVTSI2SD_Q,
);

/** Expands the current instruction, an `FOp`. */
export function emitFloat(e: MachEmitter): void {
  const { asm, op, form } = e;
  const wide = op & 1;
  if (op <= FOp.DIV64) {
    const row = ARITHMETIC[op - FOp.ADD32];
    if (form === Form.RM) {
      e.memory();
      if (asm.avx) asm.vex_rrm(row, e.def(), e.use(0));
      else asm.sse_rm(row, e.def());
    } else arithmetic(asm, row, e.def(), e.use(0), e.use(1));
  } else if (op <= FOp.MAX64) minMax(e);
  else if (op <= FOp.SQRT64) oneOperand(asm, wide !== 0 ? Sse.SQRTSD : Sse.SQRTSS, e.def(), e.use(0));
  else if (op <= FOp.ROUND64) round(asm, wide !== 0 ? Sse.ROUNDSD : Sse.ROUNDSS, e.def(), e.use(0), e.cond);
  else if (op <= FOp.SIGN64) withSignMask(asm, op, e.def(), e.use(0));
  else if (op === FOp.OR) arithmetic(asm, Sse.ORPS, e.def(), e.use(0), e.use(1));
  else if (op <= FOp.FROM_I64_64) {
    clear(asm, e.def());
    fromOperand(e, FROM_INT[op - FOp.FROM_I32_32]);
  } else if (op <= FOp.FROM_U64_64) fromUnsigned64(e);
  else if (op <= FOp.PROMOTE) {
    const row = op === FOp.DEMOTE ? Sse.CVTSD2SS : Sse.CVTSS2SD;
    if (form === Form.M) {
      clear(asm, e.def());
      fromOperand(e, row);
    } else oneOperand(asm, row, e.def(), e.use(0));
  } else if (op < FOp.BITS_TO_FLOAT32) truncate(e);
  else if (op <= FOp.BITS_TO_FLOAT64) move(asm, wide !== 0 ? Sse.MOVQ : Sse.MOVD, e.def(), e.use(0));
  else if (op <= FOp.BITS_OF_FLOAT64) move(asm, wide !== 0 ? Sse.MOVQ_STORE : Sse.MOVD_STORE, e.use(0), e.def());
  else canonical(e);
}

/** Expands the cold continuation of the current instruction. What follows is the jump back. */
export function emitFloatCold(e: MachEmitter): void {
  const { op } = e;
  if (op <= FOp.MAX64) coldMinMax(e);
  else if (op <= FOp.FROM_U64_64) coldFromUnsigned64(e);
  else if (op < FOp.TRUNC_SAT) coldTruncate(e);
  else if (op < FOp.BITS_TO_FLOAT32) coldTruncateSaturating(e);
  else loadCanonical(e);
}

/** A NaN is the rare case. */
function canonical(e: MachEmitter): void {
  const { asm } = e;
  const back = asm.newLabel();
  move(asm, ucomis(e.op & 1), e.def(), e.def());
  asm.jcc(Cc.P, e.coldLabel(back));
  asm.bind(back);
}

function loadCanonical(e: MachEmitter): void {
  const { asm } = e;
  const wide = (e.op & 1) !== 0;
  if (wide) asm.memConst(8, 0, 0x7ff80000);
  else asm.memConst(4, 0x7fc00000);
  const row = wide ? Sse.MOVSD : Sse.MOVSS;
  if (asm.avx) asm.vex_rrm(row, e.def(), 0);
  else asm.sse_rm(row, e.def());
}

/** Ordered and different: min / max of the hardware. Equal (±0) and unordered both set ZF. */
function minMax(e: MachEmitter): void {
  const { asm, op } = e;
  const back = asm.newLabel();
  move(asm, ucomis(op & 1), e.use(0), e.use(1));
  asm.jcc(Cc.E, e.coldLabel(back));
  arithmetic(asm, ARITHMETIC[op - FOp.ADD32], e.def(), e.use(0), e.use(1));
  asm.bind(back);
}

function fromUnsigned64(e: MachEmitter): void {
  const { asm } = e;
  const back = asm.newLabel();
  const x = e.use(0);
  clear(asm, e.def());
  asm.alu_rr(Alu.TEST, 1, x, x);
  asm.jcc(Cc.S, e.coldLabel(back));
  fromOperand(e, FROM_INT[e.op - FOp.FROM_I32_32]);
  asm.bind(back);
}

// Parts of `op - FOp.TRUNC` (and of TRUNC_SAT, which is eight more).
const isUnsigned = (op: number): number => op & 1;
const isF64 = (op: number): number => (op >> 1) & 1;
const isI64 = (op: number): number => (op >> 2) & 1;

/**
 * Float to integer: the instruction for the common range, a check for "out of range" by its marker 0x80…0 (or, of u32,
 * by the 64-bit result).
 */
function truncate(e: MachEmitter): void {
  const { asm, op } = e;
  const wide = isI64(op);
  const d = e.def();
  const back = asm.newLabel();
  let cc: Cc;
  move(asm, truncRow(isF64(op), wide | isUnsigned(op)), d, e.use(0));
  if (isUnsigned(op) === 0) {
    asm.alu_ri(Alu.CMP, wide, d, 1);
    cc = Cc.O;
  } else if (wide === 0) {
    asm.memConst(8, 0, 1);
    asm.alu_rm(Alu.CMP, 1, d);
    cc = Cc.AE;
  } else {
    asm.alu_rr(Alu.TEST, 1, d, d);
    cc = Cc.S;
  }
  asm.jcc(cc, e.coldLabel(back));
  asm.bind(back);
}

/** d = x op y. Without AVX d is x, or y if the operation commutes. */
function arithmetic(asm: Assembler, row: Sse, d: number, x: number, y: number): void {
  if (asm.avx) asm.vex_rrr(row, d, x, y);
  else asm.sse_rr(row, d, d === x ? y : x);
}

/** Breaks the dependency on the old value of d. */
function clear(asm: Assembler, d: number): void {
  if (asm.avx) asm.vex_rrr(Sse.XORPS, d, d, d);
  else asm.sse_rr(Sse.XORPS, d, d);
}

/** A row whose VEX form has two operands as well. */
function move(asm: Assembler, row: Sse, reg: number, rm: number): void {
  if (asm.avx) asm.vex_rrr(row, reg, 0, rm);
  else asm.sse_rr(row, reg, rm);
}

function oneOperand(asm: Assembler, row: Sse, d: number, x: number): void {
  if (asm.avx) {
    asm.vex_rrr(row, d, x, x);
    return;
  }
  if (d !== x) clear(asm, d);
  asm.sse_rr(row, d, x);
}

function round(asm: Assembler, row: Sse, d: number, x: number, mode: number): void {
  if (asm.avx) {
    asm.vex_rrri(row, d, x, x, mode);
    return;
  }
  if (d !== x) clear(asm, d);
  asm.sse_rri(row, d, x, mode);
}

/** A conversion of the operand, register or memory, into the cleared result. */
function fromOperand(e: MachEmitter, row: Sse): void {
  const { asm } = e;
  const d = e.def();
  if (e.form === Form.M) {
    e.memory();
    if (asm.avx) asm.vex_rrm(row, d, d);
    else asm.sse_rm(row, d);
  } else convert(asm, row, d, e.use(0));
}

function convert(asm: Assembler, row: Sse, d: number, x: number): void {
  if (asm.avx) asm.vex_rrr(row, d, d, x);
  else asm.sse_rr(row, d, x);
}

/** ABS, NEG, SIGN: one bitwise operation with a 16-byte constant. */
function withSignMask(asm: Assembler, op: number, d: number, x: number): void {
  const wide = op & 1;
  const abs = op <= FOp.ABS64;
  const high = abs ? 0x7fffffff : 0x80000000;
  const low = wide === 0 ? high : abs ? -1 : 0;
  asm.memConst(16, low, high, low, high);
  const row = op === FOp.NEG32 || op === FOp.NEG64 ? Sse.XORPS : Sse.ANDPS;
  if (asm.avx) asm.vex_rrm(row, d, x);
  else asm.sse_rm(row, d);
}

function coldMinMax(e: MachEmitter): void {
  const { asm, op } = e;
  const d = e.def();
  const x = e.use(0);
  const y = e.use(1);
  const nan = asm.newLabel();
  const end = asm.newLabel();
  asm.jcc(Cc.P, nan);
  // Equal: the same bits but for zeros, whose signs min unites and max intersects.
  arithmetic(asm, op <= FOp.MIN64 ? Sse.ORPS : Sse.ANDPS, d, x, y);
  asm.jmp(end);
  asm.bind(nan);
  arithmetic(asm, (op & 1) !== 0 ? Sse.ADDSD : Sse.ADDSS, d, x, y);
  asm.bind(end);
}

/** Of a value ≥ 2^63: convert its half (the lost bit kept sticky, so that rounding comes out right) and double. */
function coldFromUnsigned64(e: MachEmitter): void {
  const { asm, op } = e;
  const d = e.def();
  const t = e.temp(0);
  const even = asm.newLabel();
  asm.mov_rr(1, t, e.use(0));
  asm.shift_ri(Shift.SHR, 1, t, 1);
  asm.jcc(Cc.AE, even);
  asm.alu_ri(Alu.OR, 1, t, 1);
  asm.bind(even);
  convert(asm, FROM_INT[op - FOp.FROM_I32_32], d, t);
  arithmetic(asm, (op & 1) !== 0 ? Sse.ADDSD : Sse.ADDSS, d, d, d);
}

function ucomis(wide: number): Sse {
  return wide !== 0 ? Sse.UCOMISD : Sse.UCOMISS;
}

function truncRow(f64: number, wide: number): Sse {
  if (f64 !== 0) return wide !== 0 ? Sse.CVTTSD2SI_Q : Sse.CVTTSD2SI;
  return wide !== 0 ? Sse.CVTTSS2SI_Q : Sse.CVTTSS2SI;
}

/** xmm15 = x − 2^63, d = that truncated. */
function truncateUpperHalf(asm: Assembler, f64: number, d: number, x: number): void {
  if (!asm.avx) asm.sse_rr(Sse.MOVAPS, SCRATCH, x);
  if (f64 !== 0) asm.memConst(8, 0, 0xc3e00000);
  else asm.memConst(4, 0xdf000000);
  const row = f64 !== 0 ? Sse.ADDSD : Sse.ADDSS;
  if (asm.avx) asm.vex_rrm(row, SCRATCH, x);
  else asm.sse_rm(row, SCRATCH);
  move(asm, truncRow(f64, 1), d, SCRATCH);
}

/** Operand of an ucomis: the largest float whose truncation is below the signed range. */
function lowerBound(asm: Assembler, f64: number, wide: number): void {
  if (f64 === 0) asm.memConst(4, wide !== 0 ? 0xdf000001 : 0xcf000001);
  else if (wide === 0) asm.memConst(8, 0x00200000, 0xc1e00000);
  else asm.memConst(8, 1, 0xc3e00000);
}

/** The result holds the marker: traps, or comes back with the result right. */
function coldTruncate(e: MachEmitter): void {
  const { asm, op } = e;
  const x = e.use(0);
  const end = asm.newLabel();
  const compare = ucomis(isF64(op));
  if (isUnsigned(op) !== 0 && isI64(op) !== 0) {
    // 2^63 ≤ x < 2^64 leaves a non-negative difference; anything else the marker or a negative one.
    const d = e.def();
    const bad = asm.newLabel();
    truncateUpperHalf(asm, isF64(op), d, x);
    asm.alu_rr(Alu.TEST, 1, d, d);
    asm.jcc(Cc.S, bad);
    asm.btc_ri(1, d, 63);
    asm.jmp(end);
    asm.bind(bad);
  }
  const overflow = e.trapLabel(Trap.CONVERSION_OVERFLOW);
  move(asm, compare, x, x);
  asm.jcc(Cc.P, e.trapLabel(Trap.INVALID_CONVERSION));
  if (isUnsigned(op) !== 0) {
    asm.jmp(overflow);
  } else {
    lowerBound(asm, isF64(op), isI64(op));
    if (asm.avx) asm.vex_rrm(compare, x, 0);
    else asm.sse_rm(compare, x);
    asm.jcc(Cc.BE, overflow);
    clear(asm, SCRATCH);
    move(asm, compare, x, SCRATCH);
    asm.jcc(Cc.AE, overflow);
  }
  asm.bind(end);
}

/** The result holds the marker (the smallest integer; of unsigned targets anything out of range). */
function coldTruncateSaturating(e: MachEmitter): void {
  const { asm, op } = e;
  const d = e.def();
  const x = e.use(0);
  const zero = asm.newLabel();
  const end = asm.newLabel();
  clear(asm, SCRATCH);
  move(asm, ucomis(isF64(op)), x, SCRATCH);
  if (isUnsigned(op) === 0) {
    asm.jcc(Cc.P, zero);
    // Below zero the marker is the answer.
    asm.jcc(Cc.B, end);
    if (isI64(op) !== 0) asm.mov_ri64(d, -1, 0x7fffffff);
    else asm.mov_ri32(d, 0x7fffffff);
  } else {
    asm.jcc(Cc.BE, zero);
    if (isI64(op) !== 0) {
      truncateUpperHalf(asm, isF64(op), d, x);
      asm.btc_ri(1, d, 63);
      // The top bit was clear: in range.
      asm.jcc(Cc.AE, end);
      asm.mov_ri64(d, -1, -1);
    } else asm.mov_ri32(d, -1);
  }
  asm.jmp(end);
  asm.bind(zero);
  asm.zero(d);
  asm.bind(end);
}
