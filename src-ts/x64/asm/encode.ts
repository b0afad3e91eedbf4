/**
 * The assembler: x86-64 instructions into a `CodeBuffer`. Registers are hardware numbers (0–15), also for xmm.
 *
 * Naming: `_rr` register ← register, `_ri` register, immediate, `_rm` register ← memory, `_mr` memory ← register, `_mi`
 * memory ← immediate. A memory operand is set first, by `mem`, `memIndex`, `memConst` or `memLabel`, and consumed by
 * the next instruction. `w` is a `Size`: 0 = 32 bits, 1 = 64 bits (where noted also 2 = 16, 3 = 8). Always the shortest
 * encoding; no method changes flags unless the instruction of its name does.
 */
import { InstructionForms, isInt8 } from './encode-forms.js';
import { Feature } from '../features.js';
import {
  Alu,
  type Bmi,
  Gpr,
  type Shift,
  type Sse,
  type SseShift,
  type Unary,
  ROW_66,
  ROW_BYTE_REG,
  ROW_BYTE_RM,
  ROW_W,
} from './insts.js';
import { writeNops } from './branches.js';

/** Row of a wide opcode (odd) in another operand size; its byte form is the opcode before it. */
function sized(opcode: number, w: number): number {
  if (w === 0) return opcode;
  if (w === 1) return opcode | ROW_W;
  if (w === 2) return opcode | ROW_66;
  return (opcode - 1) | ROW_BYTE_REG | ROW_BYTE_RM;
}

export class Assembler extends InstructionForms {
  /** Three-operand float instructions (`vex_*`) are to be preferred. */
  readonly avx: boolean;

  /**
   * `features`: mask of `Feature` bits that the code may require. The methods emit what they are asked to; the mask is
   * for their callers.
   */
  constructor(readonly features = 0) {
    super();
    this.avx = (features & Feature.AVX) !== 0;
  }

  // ------------------------------------------------------------------ ALU

  /** op dst, src. All sizes. */
  alu_rr(op: Alu, w: number, dst: number, src: number): void {
    this.rr(sized(op === Alu.TEST ? 0x85 : op * 8 + 1, w), src, dst);
  }

  /** op dst, [mem]. All sizes. */
  alu_rm(op: Alu, w: number, dst: number): void {
    this.rm(sized(op === Alu.TEST ? 0x85 : op * 8 + 3, w), dst);
  }

  /** op [mem], src. All sizes. */
  alu_mr(op: Alu, w: number, src: number): void {
    this.rm(sized(op === Alu.TEST ? 0x85 : op * 8 + 1, w), src);
  }

  /**
   * op dst, imm: immediate of 32 bits, sign-extended for 64-bit operands. All sizes. Same flags and result as the full
   * form, whatever form is chosen.
   */
  alu_ri(op: Alu, w: number, dst: number, imm: number): void {
    if (op === Alu.TEST) {
      this.test_ri(w, dst, imm);
      return;
    }
    // `and` with a non-negative immediate clears the upper half either way.
    if (op === Alu.AND && w === 1 && imm >= 0) w = 0;
    if (op === Alu.CMP && imm === 0) {
      this.alu_rr(Alu.TEST, w, dst, dst);
      return;
    }
    const digit = op;
    if (w === 3) {
      if (dst === 0) {
        this.room()[this.pos++] = op * 8 + 4;
        this.imm8(imm);
        return;
      }
      this.rr(0x80 | ROW_BYTE_RM, digit, dst);
      this.imm8(imm);
    } else if (isInt8(w === 2 ? (imm << 16) >> 16 : imm)) {
      this.rr(0x83 | sizeBits(w), digit, dst);
      this.imm8(imm);
    } else {
      if (dst === 0) this.short_a(op * 8 + 5, w);
      else this.rr(0x81 | sizeBits(w), digit, dst);
      this.immOf(w, imm);
    }
  }

  private test_ri(w: number, dst: number, imm: number): void {
    // A narrower test sees the same bits if the sign bit of the narrow result is clear.
    if (w === 1 && imm >= 0) w = 0;
    if ((w === 0 || w === 2) && imm >= 0 && imm < 0x80) w = 3;
    if (dst === 0) this.short_a(w === 3 ? 0xa8 : 0xa9, w);
    else if (w === 3) this.rr(0xf6 | ROW_BYTE_RM, 0, dst);
    else this.rr(0xf7 | sizeBits(w), 0, dst);
    this.immOf(w, imm);
  }

  /** One-byte opcode on al/ax/eax/rax. */
  private short_a(opcode: number, w: number): void {
    const code = this.room();
    if (w === 1) code[this.pos++] = 0x48;
    else if (w === 2) code[this.pos++] = 0x66;
    code[this.pos++] = opcode;
  }

  /** op [mem], imm. All sizes. */
  alu_mi(op: Alu, w: number, imm: number): void {
    if (op === Alu.TEST) {
      this.rm(w === 3 ? 0xf6 : 0xf7 | sizeBits(w), 0, immSize(w));
      this.immOf(w, imm);
    } else if (w === 3) {
      this.rm(0x80, op, 1);
      this.imm8(imm);
    } else if (isInt8(w === 2 ? (imm << 16) >> 16 : imm)) {
      this.rm(0x83 | sizeBits(w), op, 1);
      this.imm8(imm);
    } else {
      this.rm(0x81 | sizeBits(w), op, immSize(w));
      this.immOf(w, imm);
    }
  }

  /** not, neg, mul, imul, div, idiv (the last four on rdx:rax). All sizes. */
  unary_r(op: Unary, w: number, reg: number): void {
    this.rr(w === 3 ? 0xf6 | ROW_BYTE_RM : 0xf7 | sizeBits(w), op, reg);
  }

  unary_m(op: Unary, w: number): void {
    this.rm(w === 3 ? 0xf6 : 0xf7 | sizeBits(w), op);
  }

  /** inc (leaves CF alone). */
  inc_r(w: number, reg: number): void {
    this.rr(w === 3 ? 0xfe | ROW_BYTE_RM : 0xff | sizeBits(w), 0, reg);
  }

  /** dec (leaves CF alone). */
  dec_r(w: number, reg: number): void {
    this.rr(w === 3 ? 0xfe | ROW_BYTE_RM : 0xff | sizeBits(w), 1, reg);
  }

  imul_rr(w: number, dst: number, src: number): void {
    this.rr(Gpr.IMUL | sizeBits(w), dst, src);
  }

  imul_rm(w: number, dst: number): void {
    this.rm(Gpr.IMUL | sizeBits(w), dst);
  }

  /** dst = src * imm. */
  imul_rri(w: number, dst: number, src: number, imm: number): void {
    const short = isInt8(imm);
    this.rr((short ? Gpr.IMUL_I8 : Gpr.IMUL_I32) | sizeBits(w), dst, src);
    if (short) this.imm8(imm);
    else this.imm32(imm);
  }

  /** dst = [mem] * imm. */
  imul_rmi(w: number, dst: number, imm: number): void {
    const short = isInt8(imm);
    this.rm((short ? Gpr.IMUL_I8 : Gpr.IMUL_I32) | sizeBits(w), dst, short ? 1 : 4);
    if (short) this.imm8(imm);
    else this.imm32(imm);
  }

  /** Sign of eax into edx (w = 0), of rax into rdx (w = 1). */
  cdq(w: number): void {
    this.short_a(0x99, w);
  }

  /** Reverses the bytes. */
  bswap_r(w: number, reg: number): void {
    const code = this.room();
    const rex = (w !== 0 ? 8 : 0) | (reg >> 3);
    if (rex !== 0) code[this.pos++] = 0x40 | rex;
    code[this.pos++] = 0x0f;
    code[this.pos++] = 0xc8 | (reg & 7);
  }

  /** Shift or rotate by an immediate. All sizes. */
  shift_ri(op: Shift, w: number, reg: number, count: number): void {
    if (count === 1) {
      this.rr(w === 3 ? 0xd0 | ROW_BYTE_RM : 0xd1 | sizeBits(w), op, reg);
    } else {
      this.rr(w === 3 ? 0xc0 | ROW_BYTE_RM : 0xc1 | sizeBits(w), op, reg);
      this.imm8(count);
    }
  }

  /** Shift or rotate by cl. All sizes. */
  shift_rcl(op: Shift, w: number, reg: number): void {
    this.rr(w === 3 ? 0xd2 | ROW_BYTE_RM : 0xd3 | sizeBits(w), op, reg);
  }

  /** Shift or rotate memory by an immediate. All sizes. */
  shift_mi(op: Shift, w: number, count: number): void {
    if (count === 1) {
      this.rm(w === 3 ? 0xd0 : 0xd1 | sizeBits(w), op);
    } else {
      this.rm(w === 3 ? 0xc0 : 0xc1 | sizeBits(w), op, 1);
      this.imm8(count);
    }
  }

  /** shlx, shrx, sarx (BMI2): dst = src shifted by count, no flags. */
  bmi_shift_rrr(row: Bmi, w: number, dst: number, src: number, count: number): void {
    this.vex_rr(row | sizeBits(w), dst, count, src);
  }

  /** The same with [mem] as source. */
  bmi_shift_rmr(row: Bmi, w: number, dst: number, count: number): void {
    this.vex_rm(row | sizeBits(w), dst, count);
  }

  /** rorx (BMI2): dst = src rotated right, no flags. */
  rorx_rri(w: number, dst: number, src: number, count: number): void {
    this.vex_rr(0xff0 | sizeBits(w), dst, 0, src);
    this.imm8(count);
  }

  /** andn (BMI1): dst = ~a & b. */
  andn_rrr(w: number, dst: number, a: number, b: number): void {
    this.vex_rr(0x2f2 | sizeBits(w), dst, a, b);
  }

  /** bsf, bsr, lzcnt, tzcnt, popcnt and other `reg, r/m` rows. */
  bits_rr(row: Gpr, w: number, dst: number, src: number): void {
    this.rr(row | sizeBits(w), dst, src);
  }

  bits_rm(row: Gpr, w: number, dst: number): void {
    this.rm(row | sizeBits(w), dst);
  }

  /** CF = bit `index` (mod 32 or 64) of reg. */
  bt_rr(w: number, reg: number, index: number): void {
    this.rr(Gpr.BT | sizeBits(w), index, reg);
  }

  bt_ri(w: number, reg: number, index: number): void {
    this.rr(0x1ba | sizeBits(w), 4, reg);
    this.imm8(index);
  }

  /** Flips a bit; CF = its old value. */
  btc_ri(w: number, reg: number, index: number): void {
    this.rr(0x1ba | sizeBits(w), 7, reg);
    this.imm8(index);
  }

  // ------------------------------------------------------------------ atomic accesses

  /** Prefix of the next instruction, which changes memory: as a whole or not at all for other threads. */
  lock(): void {
    this.room()[this.pos++] = 0xf0;
  }

  /** reg and [mem] change places; needs no `lock`. All sizes. */
  xchg_mr(w: number, reg: number): void {
    this.rm(sized(0x87, w), reg);
  }

  /** [mem] += reg, reg = what was there. All sizes. */
  xadd_mr(w: number, reg: number): void {
    this.rm(sized(0x1c1, w), reg);
  }

  /** If [mem] is al/ax/eax/rax, it becomes reg, else they become [mem]. ZF = it was. All sizes. */
  cmpxchg_mr(w: number, reg: number): void {
    this.rm(sized(0x1b1, w), reg);
  }

  mfence(): void {
    const code = this.room();
    code[this.pos++] = 0x0f;
    code[this.pos++] = 0xae;
    code[this.pos++] = 0xf0;
  }

  // ------------------------------------------------------------------ moves

  mov_rr(w: number, dst: number, src: number): void {
    this.rr(sized(0x89, w), src, dst);
  }

  /** Load of 32 (zero-extended) or 64 bits. */
  mov_rm(w: number, dst: number): void {
    this.rm(0x8b | sizeBits(w), dst);
  }

  /** Store of 8, 16, 32 or 64 bits. */
  mov_mr(w: number, src: number): void {
    this.rm(sized(0x89, w), src);
  }

  /** Store of an immediate, sign-extended for 64 bits. All sizes. */
  mov_mi(w: number, imm: number): void {
    this.rm(w === 3 ? 0xc6 : 0xc7 | sizeBits(w), 0, immSize(w));
    this.immOf(w, imm);
  }

  /** dst = imm, zero-extended to 64 bits. Keeps the flags (use `zero` where they don't matter). */
  mov_ri32(dst: number, imm: number): void {
    const code = this.room();
    if (dst > 7) code[this.pos++] = 0x41;
    code[this.pos++] = 0xb8 | (dst & 7);
    this.imm32(imm);
  }

  /** dst = 64-bit constant in the shortest form. Keeps the flags. */
  mov_ri64(dst: number, lo: number, hi: number): void {
    if (hi === 0) {
      this.mov_ri32(dst, lo);
    } else if (hi === -1 && lo < 0) {
      this.rr(0xc7 | ROW_W, 0, dst);
      this.imm32(lo);
    } else {
      const code = this.room();
      code[this.pos++] = dst > 7 ? 0x49 : 0x48;
      code[this.pos++] = 0xb8 | (dst & 7);
      this.imm32(lo);
      this.imm32(hi);
    }
  }

  /** dst = 0 by xor: changes the flags. */
  zero(dst: number): void {
    this.rr(0x31, dst, dst);
  }

  /** Zero-extension from size `from` (2: 16 bits, 3: 8 bits) to 64 bits. */
  movzx_rr(from: number, dst: number, src: number): void {
    this.rr(from === 3 ? Gpr.MOVZX8 : Gpr.MOVZX16, dst, src);
  }

  movzx_rm(from: number, dst: number): void {
    this.rm(from === 3 ? Gpr.MOVZX8 : Gpr.MOVZX16, dst);
  }

  /** Sign-extension from size `from` (0: 32 bits, 2: 16, 3: 8) to `w` (the 32-bit result is zero-extended). */
  movsx_rr(w: number, from: number, dst: number, src: number): void {
    this.rr((from === 3 ? Gpr.MOVSX8 : from === 2 ? Gpr.MOVSX16 : Gpr.MOVSXD) | sizeBits(w), dst, src);
  }

  movsx_rm(w: number, from: number, dst: number): void {
    this.rm((from === 3 ? Gpr.MOVSX8 : from === 2 ? Gpr.MOVSX16 : Gpr.MOVSXD) | sizeBits(w), dst);
  }

  /** dst = address of the memory operand. */
  lea(w: number, dst: number): void {
    this.rm(Gpr.LEA | sizeBits(w), dst);
  }

  leaLabel(dst: number, label: number): void {
    this.memLabel(label);
    this.rm(Gpr.LEA | ROW_W, dst);
  }

  xchg_rr(w: number, a: number, b: number): void {
    if (a === 0 || b === 0) {
      const other = a + b;
      // 90 is `nop`, which would not zero-extend eax.
      if (other !== 0) {
        const code = this.room();
        if (w === 1 || other > 7) code[this.pos++] = 0x40 | (w === 1 ? 8 : 0) | (other >> 3);
        code[this.pos++] = 0x90 | (other & 7);
        return;
      }
    }
    this.rr(0x87 | sizeBits(w), b, a);
  }

  setcc_r(cc: number, dst: number): void {
    this.rr(0x190 | cc | ROW_BYTE_RM, 0, dst);
  }

  setcc_m(cc: number): void {
    this.rm(0x190 | cc, 0);
  }

  cmov_rr(cc: number, w: number, dst: number, src: number): void {
    this.rr(Gpr.CMOVCC | cc | sizeBits(w), dst, src);
  }

  cmov_rm(cc: number, w: number, dst: number): void {
    this.rm(Gpr.CMOVCC | cc | sizeBits(w), dst);
  }

  pushf(): void {
    this.room()[this.pos++] = 0x9c;
  }

  popf(): void {
    this.room()[this.pos++] = 0x9d;
  }

  push_r(reg: number): void {
    const code = this.room();
    if (reg > 7) code[this.pos++] = 0x41;
    code[this.pos++] = 0x50 | (reg & 7);
  }

  pop_r(reg: number): void {
    const code = this.room();
    if (reg > 7) code[this.pos++] = 0x41;
    code[this.pos++] = 0x58 | (reg & 7);
  }

  push_m(): void {
    this.rm(0xff, 6);
  }

  // ------------------------------------------------------------------ control

  call_r(reg: number): void {
    this.rr(0xff, 2, reg);
  }

  call_m(): void {
    this.rm(0xff, 2);
  }

  jmp_r(reg: number): void {
    this.rr(0xff, 4, reg);
    this.deadAt = this.pos;
  }

  jmp_m(): void {
    this.rm(0xff, 4);
    this.deadAt = this.pos;
  }

  ret(): void {
    this.room()[this.pos++] = 0xc3;
    this.deadAt = this.pos;
  }

  leave(): void {
    this.room()[this.pos++] = 0xc9;
  }

  /** Tells the assembler that what was emitted last never returns. */
  noReturn(): void {
    this.deadAt = this.pos;
  }

  ud2(): void {
    const code = this.room();
    code[this.pos++] = 0x0f;
    code[this.pos++] = 0x0b;
    this.deadAt = this.pos;
  }

  int3(): void {
    this.room()[this.pos++] = 0xcc;
  }

  /** n bytes of no-operation, n ≤ 60. */
  nop(n: number): void {
    writeNops(this.room(), this.pos, n);
    this.pos += n;
  }

  // ------------------------------------------------------------------ SSE, legacy encoding

  /** `row dst, src`; for *_STORE rows with a general register as r/m: `sse_rr(row, xmm, gpr)`. */
  sse_rr(row: Sse, reg: number, rm: number): void {
    this.rr(row, reg, rm);
  }

  /** `row reg, [mem]`, or `row [mem], reg` for *_STORE rows. */
  sse_rm(row: Sse, reg: number): void {
    this.rm(row, reg);
  }

  sse_rri(row: Sse, reg: number, rm: number, imm: number): void {
    this.rr(row, reg, rm);
    this.imm8(imm);
  }

  sse_rmi(row: Sse, reg: number, imm: number): void {
    this.rm(row, reg, 1);
    this.imm8(imm);
  }

  sse_shift_ri(row: SseShift, reg: number, count: number): void {
    this.rr(row & 0xffff, row >> 16, reg);
    this.imm8(count);
  }

  // ------------------------------------------------------------------ the same rows with VEX (x86-64-v3): dst = a op b

  vex_rrr(row: Sse, dst: number, a: number, b: number): void {
    this.vex_rr(row, dst, a, b);
  }

  vex_rrm(row: Sse, dst: number, a: number): void {
    this.vex_rm(row, dst, a);
  }

  vex_rrri(row: Sse, dst: number, a: number, b: number, imm: number): void {
    this.vex_rr(row, dst, a, b);
    this.imm8(imm);
  }

  vex_rrmi(row: Sse, dst: number, a: number, imm: number): void {
    this.vex_rm(row, dst, a, 1);
    this.imm8(imm);
  }

  vex_shift_ri(row: SseShift, dst: number, src: number, count: number): void {
    this.vex_rr(row & 0xffff, row >> 16, dst, src);
    this.imm8(count);
  }
}

/** Operand-size bits of a row; bytes have opcodes of their own. */
function sizeBits(w: number): number {
  return w === 0 ? 0 : w === 1 ? ROW_W : ROW_66;
}

/** Bytes of an immediate of operand size w. */
function immSize(w: number): number {
  return w === 3 ? 1 : w === 2 ? 2 : 4;
}
