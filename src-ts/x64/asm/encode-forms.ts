/**
 * The forms that all x86-64 instructions share: prefixes, opcode, ModRM, SIB, displacement, VEX; and the memory operand
 * that the next instruction consumes. `Assembler` (encode.ts) names the instructions.
 */
import { BranchBuffer } from './branches.js';
import { ROW_BYTE_REG, ROW_BYTE_RM } from './insts.js';

const PREFIX = Uint8Array.of(0, 0x66, 0xf3, 0xf2);

/** What kind of memory operand is set. */
const enum Mem {
  NONE = 0,
  BASE = 1,
  RIP = 2,
}

export const isInt8 = (x: number): boolean => (x << 24) >> 24 === x;

/** Rows (insts.ts) into bytes. */
export class InstructionForms extends BranchBuffer {
  private memKind = Mem.NONE;
  private memBase = -1;
  private memIdx = -1;
  private memScale = 0;
  private memDisp = 0;
  private memTarget = 0;

  // ------------------------------------------------------------------ memory operands

  /** [base + disp]; base −1: absolute. */
  mem(base: number, disp: number): void {
    this.memKind = Mem.BASE;
    this.memBase = base;
    this.memIdx = -1;
    this.memScale = 0;
    this.memDisp = disp;
  }

  /** [base + (index << scaleLog2) + disp]; base −1: none. */
  memIndex(base: number, index: number, scaleLog2: number, disp: number): void {
    if (base < 0) {
      // An index alone costs a disp32, so x → base, 2x → x + x.
      if (scaleLog2 === 0) {
        base = index;
        index = -1;
      } else if (scaleLog2 === 1) {
        base = index;
        scaleLog2 = 0;
      }
    }
    if (index === 4) {
      if (scaleLog2 !== 0 || base === 4) throw new Error('rsp cannot be an index');
      index = base;
      base = 4;
    }
    this.memKind = Mem.BASE;
    this.memBase = base;
    this.memIdx = index;
    this.memScale = scaleLog2;
    this.memDisp = disp;
  }

  /** A constant of 4, 8 or 16 bytes in the read-only tail (aligned to its size). */
  memConst(size: number, w0: number, w1 = 0, w2 = 0, w3 = 0): void {
    this.memLabel(this.constant(size, w0, w1, w2, w3));
  }

  /** [rip + label]. */
  memLabel(label: number): void {
    this.memKind = Mem.RIP;
    this.memBase = -1;
    this.memIdx = -1;
    this.memTarget = label;
  }

  // ------------------------------------------------------------------ the three shapes every instruction has

  /** Any row with a register as r/m operand. */
  rr(row: number, reg: number, rm: number): void {
    const code = this.room();
    let p = this.pos;
    const pp = (row >> 10) & 3;
    if (pp !== 0) code[p++] = PREFIX[pp];
    const rex = ((row >> 9) & 8) | ((reg >> 1) & 4) | (rm >> 3);
    if (rex !== 0 || ((row & ROW_BYTE_REG) !== 0 && reg > 3) || ((row & ROW_BYTE_RM) !== 0 && rm > 3))
      code[p++] = 0x40 | rex;
    p = putOpcode(code, p, row);
    code[p++] = 0xc0 | ((reg & 7) << 3) | (rm & 7);
    this.pos = p;
  }

  /** Any row with the memory operand as r/m; `immBytes` of immediate follow, which the caller writes. */
  rm(row: number, reg: number, immBytes = 0): void {
    const code = this.room();
    let p = this.pos;
    const pp = (row >> 10) & 3;
    if (pp !== 0) code[p++] = PREFIX[pp];
    let rex = ((row >> 9) & 8) | ((reg >> 1) & 4);
    if (this.memIdx > 7) rex |= 2;
    if (this.memBase > 7) rex |= 1;
    if (rex !== 0 || ((row & ROW_BYTE_REG) !== 0 && reg > 3)) code[p++] = 0x40 | rex;
    this.pos = putOpcode(code, p, row);
    this.putMem(reg, immBytes);
  }

  /** A VEX row with registers; vvvv = 0 where the instruction has no such operand. */
  vex_rr(row: number, reg: number, vvvv: number, rm: number): void {
    const code = this.room();
    this.putVex(row, reg, vvvv, 0, rm >> 3);
    code[this.pos++] = 0xc0 | ((reg & 7) << 3) | (rm & 7);
  }

  /** A VEX row with the memory operand as r/m. */
  vex_rm(row: number, reg: number, vvvv: number, immBytes = 0): void {
    this.room();
    this.putVex(row, reg, vvvv, this.memIdx > 7 ? 1 : 0, this.memBase > 7 ? 1 : 0);
    this.putMem(reg, immBytes);
  }

  /** VEX prefix and opcode. */
  private putVex(row: number, reg: number, vvvv: number, x: number, b: number): void {
    const code = this.code;
    let p = this.pos;
    const map = (row >> 8) & 3;
    const w = (row >> 12) & 1;
    const last = ((~vvvv & 15) << 3) | ((row >> 13) & 4) | ((row >> 10) & 3);
    const r = reg > 7 ? 0 : 0x80;
    if (map === 1 && w === 0 && x === 0 && b === 0) {
      code[p++] = 0xc5;
      code[p++] = r | last;
    } else {
      code[p++] = 0xc4;
      code[p++] = r | (x !== 0 ? 0 : 0x40) | (b !== 0 ? 0 : 0x20) | map;
      code[p++] = (w << 7) | last;
    }
    code[p++] = row;
    this.pos = p;
  }

  /** ModRM, SIB and displacement of the memory operand. */
  private putMem(reg: number, immBytes: number): void {
    const code = this.code;
    let p = this.pos;
    const r = (reg & 7) << 3;
    const kind = this.memKind;
    this.memKind = Mem.NONE;
    if (kind === Mem.RIP) {
      code[p++] = r | 5;
      this.fixups.push(p);
      this.fixups.push(4 + immBytes);
      this.fixups.push(this.memTarget);
      this.pos = p + 4;
      return;
    }
    if (kind === Mem.NONE) throw new Error('no memory operand is set');
    this.putPlace(r);
    if (this.endLabel >= 0) this.bindEnd(this.pos + immBytes);
  }

  /** The same of a place that is not relative to rip. `r`: the reg field of ModRM. */
  private putPlace(r: number): void {
    const code = this.code;
    let p = this.pos;
    const base = this.memBase;
    const index = this.memIdx;
    const disp = this.memDisp;
    if (base < 0) {
      code[p++] = r | 4;
      code[p++] = (this.memScale << 6) | ((index < 0 ? 4 : index & 7) << 3) | 5;
      this.pos = this.put32(code, p, disp);
      return;
    }
    // rbp and r13 as base have no form without displacement.
    const mod = disp === 0 && (base & 7) !== 5 ? 0 : isInt8(disp) ? 0x40 : 0x80;
    if (index >= 0 || (base & 7) === 4) {
      code[p++] = mod | r | 4;
      code[p++] = (this.memScale << 6) | ((index < 0 ? 4 : index & 7) << 3) | (base & 7);
    } else {
      code[p++] = mod | r | (base & 7);
    }
    if (mod === 0x40) code[p++] = disp;
    else if (mod === 0x80) p = this.put32(code, p, disp);
    this.pos = p;
  }

  protected put32(code: Uint8Array, p: number, x: number): number {
    code[p] = x;
    code[p + 1] = x >> 8;
    code[p + 2] = x >> 16;
    code[p + 3] = x >> 24;
    return p + 4;
  }

  protected imm8(x: number): void {
    this.code[this.pos++] = x;
  }

  protected imm32(x: number): void {
    this.pos = this.put32(this.code, this.pos, x);
  }

  /** An immediate as wide as operand size `w` has it (at most 32 bits). */
  protected immOf(w: number, x: number): void {
    if (w === 3) this.imm8(x);
    else if (w === 2) {
      this.imm8(x);
      this.imm8(x >> 8);
    } else this.imm32(x);
  }
}

/** Writes the opcode with its escape bytes. */
function putOpcode(code: Uint8Array, p: number, row: number): number {
  const map = (row >> 8) & 3;
  if (map !== 0) {
    code[p++] = 0x0f;
    if (map === 2) code[p++] = 0x38;
    else if (map === 3) code[p++] = 0x3a;
  }
  code[p++] = row;
  return p;
}
