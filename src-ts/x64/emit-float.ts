/**
 * Emission of float operations (machops-float.ts). Cold ends of macros (NaN, ±0, out of range) are queued and emitted by `flush`, after the last block.
 *
 * Legacy SSE writes only the low lane in `sqrt`, `round` and the conversions, so the destination is cleared first where its old value would be a false dependency; VEX forms take the source twice instead.
 * xmm15 is scratch here. NaN payloads are what the hardware makes of its operands, which the specification allows.
 */
import { Trap } from '../trap-codes.js';
import { IntVec } from '../util/vec.js';
import { HW_XMM_SCRATCH as SCRATCH } from './abi.js';
import type { Assembler } from './encode.js';
import { Alu, Cc, Shift, Sse } from './insts.js';
import { Form, type MachFunc } from './mach.js';
import { FOp } from './machops-float.js';

/** What emit-float.ts needs of the emitter: access to the current instruction. Registers are hardware numbers. */
export interface FloatContext {
  readonly asm: Assembler;
  readonly mf: MachFunc;
  /** Register of operand k of instruction i. */
  use(i: number, k: number): number;
  /** Register of the result. */
  def(i: number): number;
  /** Temporary k. */
  temp(i: number, k: number): number;
  /** Sets the assembler's memory operand to the instruction's address, whose register operands start at operand k; records its trap site. */
  address(i: number, k: number): void;
  /** A label, bound in cold code, that raises this trap. */
  trapLabel(code: Trap, pos: number): number;
}

/** Rows of ADD … DIV by `op - FOp.ADD32`, then those of MIN, MAX. */
const ARITHMETIC = Int32Array.of(Sse.ADDSS, Sse.ADDSD, Sse.SUBSS, Sse.SUBSD, Sse.MULSS, Sse.MULSD, Sse.DIVSS, Sse.DIVSD, Sse.MINSS, Sse.MINSD, Sse.MAXSS, Sse.MAXSD);
/** Rows by `op - FOp.FROM_I32_32`. */
const FROM_INT = Int32Array.of(Sse.CVTSI2SS, Sse.CVTSI2SD, Sse.CVTSI2SS_Q, Sse.CVTSI2SD_Q, Sse.CVTSI2SS_Q, Sse.CVTSI2SD_Q);

/** Kinds of queued cold code. */
const enum Cold { MIN_MAX = 0, FROM_U64 = 1, TRUNC = 2, TRUNC_SAT = 3 }
/** Columns of the queue: kind, label to bind, label to return to, op, up to three registers, wasm offset. */
const enum Q { KIND = 0, START = 1, BACK = 2, OP = 3, D = 4, X = 5, Y = 6, POS = 7, COUNT = 8 }

export class FloatEmitter {
  private readonly queue = new IntVec(64);

  /** Emits instruction i, an `FOp`. */
  emit(e: FloatContext, i: number): void {
    const { asm, mf } = e;
    const op = mf.op.a[i];
    const form = mf.form.a[i];
    const wide = op & 1;
    const d = e.def(i);
    if (op <= FOp.DIV64) {
      const row = ARITHMETIC[op - FOp.ADD32];
      if (form === Form.RM) {
        e.address(i, 1);
        if (asm.avx) asm.vex_rrm(row, d, e.use(i, 0));
        else asm.sse_rm(row, d);
      } else arithmetic(asm, row, d, e.use(i, 0), e.use(i, 1));
    } else if (op <= FOp.MAX64) this.minMax(e, i, op, d);
    else if (op <= FOp.SQRT64) oneOperand(asm, wide !== 0 ? Sse.SQRTSD : Sse.SQRTSS, d, e.use(i, 0));
    else if (op <= FOp.ROUND64) round(asm, wide !== 0 ? Sse.ROUNDSD : Sse.ROUNDSS, d, e.use(i, 0), mf.cond.a[i]);
    else if (op <= FOp.SIGN64) withSignMask(asm, op, d, e.use(i, 0));
    else if (op === FOp.OR) arithmetic(asm, Sse.ORPS, d, e.use(i, 0), e.use(i, 1));
    else if (op <= FOp.FROM_I64_64) {
      clear(asm, d);
      const row = FROM_INT[op - FOp.FROM_I32_32];
      if (form === Form.M) {
        e.address(i, 0);
        fromMemory(asm, row, d);
      } else if (asm.avx) asm.vex_rrr(row, d, d, e.use(i, 0));
      else asm.sse_rr(row, d, e.use(i, 0));
    } else if (op <= FOp.FROM_U64_64) this.fromUnsigned64(e, i, op, d);
    else if (op <= FOp.PROMOTE) {
      const row = op === FOp.DEMOTE ? Sse.CVTSD2SS : Sse.CVTSS2SD;
      if (form === Form.M) {
        clear(asm, d);
        e.address(i, 0);
        fromMemory(asm, row, d);
      } else oneOperand(asm, row, d, e.use(i, 0));
    } else if (op < FOp.BITS_TO_FLOAT32) this.truncate(e, i, op, d);
    else if (op <= FOp.BITS_TO_FLOAT64) asm.sse_rr(wide !== 0 ? Sse.MOVQ : Sse.MOVD, d, e.use(i, 0));
    else asm.sse_rr(wide !== 0 ? Sse.MOVQ_STORE : Sse.MOVD_STORE, e.use(i, 0), d);
  }

  /** Emits the queued cold code. To be called once per function, after its blocks and before the trap calls behind `trapLabel`. */
  flush(e: FloatContext): void {
    const { asm } = e;
    const q = this.queue.a;
    for (let at = 0; at < this.queue.n; at += Q.COUNT) {
      const back = q[at + Q.BACK];
      const op = q[at + Q.OP];
      const d = q[at + Q.D];
      const x = q[at + Q.X];
      asm.bind(q[at + Q.START]);
      switch (q[at + Q.KIND] as Cold) {
        case Cold.MIN_MAX: coldMinMax(asm, back, op, d, x, q[at + Q.Y]); break;
        case Cold.FROM_U64: coldFromUnsigned64(asm, op, d, x, q[at + Q.Y]); break;
        case Cold.TRUNC: coldTruncate(e, back, op - FOp.TRUNC, d, x, q[at + Q.POS]); break;
        case Cold.TRUNC_SAT: coldTruncateSaturating(asm, back, op - FOp.TRUNC_SAT, d, x); break;
      }
      asm.jmp(back);
    }
    this.queue.clear();
  }

  /** Branches to queued cold code if cc holds; it returns to here. */
  private toCold(asm: Assembler, cc: Cc, kind: Cold, op: number, d: number, x: number, y: number, pos: number): number {
    const start = asm.newLabel();
    const back = asm.newLabel();
    asm.jcc(cc, start);
    const q = this.queue;
    q.push(kind);
    q.push(start);
    q.push(back);
    q.push(op);
    q.push(d);
    q.push(x);
    q.push(y);
    q.push(pos);
    return back;
  }

  /** Ordered and different: min / max of the hardware. Equal (±0) and unordered both set ZF. */
  private minMax(e: FloatContext, i: number, op: number, d: number): void {
    const { asm } = e;
    let x = e.use(i, 0);
    let y = e.use(i, 1);
    if (!asm.avx && d === y) {
      y = x;
      x = d;
    }
    asm.sse_rr((op & 1) !== 0 ? Sse.UCOMISD : Sse.UCOMISS, x, y);
    const back = this.toCold(asm, Cc.E, Cold.MIN_MAX, op, d, x, y, 0);
    arithmetic(asm, ARITHMETIC[op - FOp.ADD32], d, x, y);
    asm.bind(back);
  }

  private fromUnsigned64(e: FloatContext, i: number, op: number, d: number): void {
    const { asm } = e;
    const x = e.use(i, 0);
    const row = FROM_INT[op - FOp.FROM_I32_32];
    clear(asm, d);
    asm.alu_rr(Alu.TEST, 1, x, x);
    const back = this.toCold(asm, Cc.S, Cold.FROM_U64, op, d, x, e.temp(i, 0), 0);
    if (asm.avx) asm.vex_rrr(row, d, d, x);
    else asm.sse_rr(row, d, x);
    asm.bind(back);
  }

  /** Float to integer: the instruction for the common range, a check for "out of range" by its marker 0x80…0 (or, of u32, by the 64-bit result). */
  private truncate(e: FloatContext, i: number, op: number, d: number): void {
    const { asm, mf } = e;
    const k = (op - FOp.TRUNC) & 7;
    const wide = k >> 2;
    const unsigned = k & 1;
    const x = e.use(i, 0);
    asm.sse_rr(truncRow((k >> 1) & 1, wide | unsigned), d, x);
    let cc: Cc;
    if (unsigned === 0) {
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
    asm.bind(this.toCold(asm, cc, op < FOp.TRUNC_SAT ? Cold.TRUNC : Cold.TRUNC_SAT, op, d, x, 0, mf.pos.a[i]));
  }
}

/** d = x op y. Without AVX d is x, or y if the operation commutes. */
function arithmetic(asm: Assembler, row: Sse, d: number, x: number, y: number): void {
  if (asm.avx) asm.vex_rrr(row, d, x, y);
  else asm.sse_rr(row, d, d === x ? y : x);
}

/** Breaks the dependency on the old value of d. */
function clear(asm: Assembler, d: number): void {
  asm.sse_rr(Sse.XORPS, d, d);
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

function fromMemory(asm: Assembler, row: Sse, d: number): void {
  if (asm.avx) asm.vex_rrm(row, d, d);
  else asm.sse_rm(row, d);
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

function coldMinMax(asm: Assembler, back: number, op: number, d: number, x: number, y: number): void {
  const wide = op & 1;
  const nan = asm.newLabel();
  asm.jcc(Cc.P, nan);
  // Equal: the same bits but for zeros, whose signs min unites and max intersects.
  arithmetic(asm, op <= FOp.MIN64 ? Sse.ORPS : Sse.ANDPS, d, x, y);
  asm.jmp(back);
  asm.bind(nan);
  arithmetic(asm, wide !== 0 ? Sse.ADDSD : Sse.ADDSS, d, x, y);
}

/** Of a value ≥ 2^63: convert its half (the lost bit kept sticky, so that rounding comes out right) and double. */
function coldFromUnsigned64(asm: Assembler, op: number, d: number, x: number, t: number): void {
  const even = asm.newLabel();
  asm.mov_rr(1, t, x);
  asm.shift_ri(Shift.SHR, 1, t, 1);
  asm.jcc(Cc.AE, even);
  asm.alu_ri(Alu.OR, 0, t, 1);
  asm.bind(even);
  const row = FROM_INT[op - FOp.FROM_I32_32];
  if (asm.avx) asm.vex_rrr(row, d, d, t);
  else asm.sse_rr(row, d, t);
  arithmetic(asm, (op & 1) !== 0 ? Sse.ADDSD : Sse.ADDSS, d, d, d);
}

function truncRow(isF64: number, wide: number): Sse {
  if (isF64 !== 0) return wide !== 0 ? Sse.CVTTSD2SI_Q : Sse.CVTTSD2SI;
  return wide !== 0 ? Sse.CVTTSS2SI_Q : Sse.CVTTSS2SI;
}

/** xmm15 = x − 2^63, d = that truncated. */
function truncateUpperHalf(asm: Assembler, isF64: number, d: number, x: number): void {
  asm.sse_rr(Sse.MOVAPS, SCRATCH, x);
  if (isF64 !== 0) asm.memConst(8, 0, 0xc3e00000);
  else asm.memConst(4, 0xdf000000);
  asm.sse_rm(isF64 !== 0 ? Sse.ADDSD : Sse.ADDSS, SCRATCH);
  asm.sse_rr(truncRow(isF64, 1), d, SCRATCH);
}

/** Operand of an ucomis: the largest float whose truncation is below the signed range. */
function lowerBound(asm: Assembler, isF64: number, wide: number): void {
  if (isF64 === 0) asm.memConst(4, wide !== 0 ? 0xdf000001 : 0xcf000001);
  else if (wide === 0) asm.memConst(8, 0x00200000, 0xc1e00000);
  else asm.memConst(8, 1, 0xc3e00000);
}

/** d holds the marker: traps, or comes back with d right. k: two bits of type, one of sign, as in `FOp.TRUNC`. */
function coldTruncate(e: FloatContext, back: number, k: number, d: number, x: number, pos: number): void {
  const { asm } = e;
  const wide = k >> 2;
  const isF64 = (k >> 1) & 1;
  const ucomis = isF64 !== 0 ? Sse.UCOMISD : Sse.UCOMISS;
  if ((k & 1) !== 0) {
    if (wide !== 0) {
      // 2^63 ≤ x < 2^64 leaves a non-negative difference; anything else the marker or a negative one.
      const bad = asm.newLabel();
      truncateUpperHalf(asm, isF64, d, x);
      asm.alu_rr(Alu.TEST, 1, d, d);
      asm.jcc(Cc.S, bad);
      asm.btc_ri(1, d, 63);
      asm.jmp(back);
      asm.bind(bad);
    }
    asm.sse_rr(ucomis, x, x);
    asm.jcc(Cc.P, e.trapLabel(Trap.INVALID_CONVERSION, pos));
    asm.jmp(e.trapLabel(Trap.CONVERSION_OVERFLOW, pos));
    return;
  }
  asm.sse_rr(ucomis, x, x);
  asm.jcc(Cc.P, e.trapLabel(Trap.INVALID_CONVERSION, pos));
  const overflow = e.trapLabel(Trap.CONVERSION_OVERFLOW, pos);
  lowerBound(asm, isF64, wide);
  asm.sse_rm(ucomis, x);
  asm.jcc(Cc.BE, overflow);
  clear(asm, SCRATCH);
  asm.sse_rr(ucomis, x, SCRATCH);
  asm.jcc(Cc.AE, overflow);
}

/** d holds the marker (the smallest integer; of unsigned targets anything out of range). */
function coldTruncateSaturating(asm: Assembler, back: number, k: number, d: number, x: number): void {
  const wide = k >> 2;
  const isF64 = (k >> 1) & 1;
  const zero = asm.newLabel();
  clear(asm, SCRATCH);
  asm.sse_rr(isF64 !== 0 ? Sse.UCOMISD : Sse.UCOMISS, x, SCRATCH);
  if ((k & 1) === 0) {
    asm.jcc(Cc.P, zero);
    // Below zero the marker is the answer.
    asm.jcc(Cc.B, back);
    asm.mov_ri64(d, wide !== 0 ? -1 : 0x7fffffff, wide !== 0 ? 0x7fffffff : 0);
  } else {
    asm.jcc(Cc.BE, zero);
    if (wide !== 0) {
      truncateUpperHalf(asm, isF64, d, x);
      asm.btc_ri(1, d, 63);
      // The top bit was clear: in range.
      asm.jcc(Cc.AE, back);
      asm.mov_ri64(d, -1, -1);
    } else asm.mov_ri32(d, -1);
  }
  asm.jmp(back);
  asm.bind(zero);
  asm.zero(d);
}

/** xmm register := float constant, by its bits. */
export function emitFloatConstant(asm: Assembler, isF64: boolean, lo: number, hi: number, reg: number): void {
  if (lo === 0 && (!isF64 || hi === 0)) {
    clear(asm, reg);
  } else if (isF64) {
    asm.memConst(8, lo, hi);
    asm.sse_rm(Sse.MOVSD, reg);
  } else {
    asm.memConst(4, lo);
    asm.sse_rm(Sse.MOVSS, reg);
  }
}
