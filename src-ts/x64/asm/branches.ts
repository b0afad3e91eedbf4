/**
 * Jumps, branches and what the linker fills in, as bytes of x86-64: the part of the code buffer that is the machine's.
 */
import { CodeBuffer, DISPATCH_RELOC, EV_JMP, type FinishedCode } from '../../codegen/code-buffer.js';
import type { BranchForms } from '../../codegen/machine.js';
import { finished, Relaxation, writeI32 } from '../../codegen/relax.js';
import { Cc } from './insts.js';

/** The no-operation of n bytes is in row n - 1. */
const MAX_NOP = 9;
const NOPS = Uint8Array.from(
  [
    [0x90, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x66, 0x90, 0, 0, 0, 0, 0, 0, 0],
    [0x0f, 0x1f, 0x00, 0, 0, 0, 0, 0, 0],
    [0x0f, 0x1f, 0x40, 0x00, 0, 0, 0, 0, 0],
    [0x0f, 0x1f, 0x44, 0x00, 0x00, 0, 0, 0, 0],
    [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00, 0, 0, 0],
    [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00, 0, 0],
    [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00, 0],
    [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  ].flat(),
);

/** Fills n bytes with as few no-operations as possible. */
export function writeNops(code: Uint8Array, at: number, n: number): void {
  while (n > 0) {
    const length = Math.min(n, MAX_NOP);
    for (let k = 0; k < length; k++) code[at++] = NOPS[(length - 1) * MAX_NOP + k];
    n -= length;
  }
}

const JUMP = 5;
const BRANCH = 6;
const NEAR = 2;

export const X64_BRANCHES: BranchForms = {
  jump: JUMP,
  branch: BRANCH,
  near: NEAR,
  nearFrom: -128,
  nearTo: 127,
  shortCondition: 0x7fffffff,
  shortReach: 127,
  middleJump: 0,
  middleBranch: 0,
  middleReach: 0,
  invert: (cc) => cc ^ 1,
  write(code, at, size, cc) {
    if (size === NEAR) code[at] = cc === EV_JMP ? 0xeb : 0x70 | cc;
    else if (size === JUMP) code[at] = 0xe9;
    else {
      code[at] = 0x0f;
      code[at + 1] = 0x80 | cc;
    }
  },
  patch(code, end, size, distance) {
    if (size === NEAR) code[end - 1] = distance;
    else writeI32(code, end - 4, distance);
  },
  refer: (code, at, rest, target) => writeI32(code, at, target - (at + rest)),
  pad: writeNops,
  filler: 0xcc,
};

export class BranchBuffer extends CodeBuffer {
  private readonly relaxation = new Relaxation(X64_BRANCHES);

  jmp(label: number): void {
    const code = this.room();
    this.event(EV_JMP, label);
    code[this.pos] = 0xe9;
    this.pos += JUMP;
    this.deadAt = this.pos;
  }

  jcc(cc: number, label: number): void {
    const code = this.room();
    this.event(cc, label);
    code[this.pos] = 0x0f;
    code[this.pos + 1] = 0x80 | cc;
    this.pos += BRANCH;
  }

  /**
   * `jmp [r14 + index * 8 + disp32]`: a switch through absolute addresses in the vmctx. One instruction where a table
   * of offsets in the code takes four; the price is that each instance has the addresses written at its creation.
   * `entry`: the one for index 0.
   */
  jmpDispatch(index: number, entry: number): void {
    const code = this.room();
    const p = this.pos;
    code[p] = 0x41 | ((index >> 3) << 1);
    code[p + 1] = 0xff;
    code[p + 2] = 0xa4;
    code[p + 3] = 0xc6 | ((index & 7) << 3);
    code.fill(0, p + 4, p + 8);
    this.relocs.push(p + 4);
    this.relocs.push(DISPATCH_RELOC - entry);
    this.pos = p + 8;
    this.deadAt = this.pos;
  }

  /** `call rel32` of a function of the module, filled by the linker. */
  callFunc(funcIndex: number): void {
    this.room()[this.pos++] = 0xe8;
    this.functionAddress(funcIndex);
  }

  /** `jmp rel32` to a function of the module. */
  jmpFunc(funcIndex: number): void {
    this.room()[this.pos++] = 0xe9;
    this.functionAddress(funcIndex);
    this.deadAt = this.pos;
  }

  /** `lea dst, [rip + rel32]`: the address of a function of the module. */
  leaFunc(dst: number, funcIndex: number): void {
    const code = this.room();
    code[this.pos++] = 0x48 | ((dst >> 3) << 2);
    code[this.pos++] = 0x8d;
    code[this.pos++] = 0x05 | ((dst & 7) << 3);
    this.functionAddress(funcIndex);
  }

  /** The rel32 at the end of an instruction, filled by the linker. */
  private functionAddress(funcIndex: number): void {
    this.code.fill(0, this.pos, this.pos + 4);
    this.relocs.push(this.pos);
    this.relocs.push(funcIndex);
    this.pos += 4;
  }

  /**
   * `inc qword [r14 + disp32]` of the counter of a unit of this function, whose place the linker fills in. Sets flags.
   */
  countUnit(unit: number): void {
    this.counter(unit, 0x49, 0xff, 0x86);
  }

  /**
   * Votes for the majority among the values of rax that come by here (Boyer and Moore): unit `candidate` holds the
   * value that is ahead, the unit after it by how much. Rax must be zero-extended. Sets flags.
   */
  voteRax(candidate: number): void {
    const same = this.newLabel();
    const done = this.newLabel();
    this.counter(candidate, 0x49, 0x39, 0x86); // cmp [candidate], rax
    this.jcc(Cc.E, same);
    this.counter(candidate + 1, 0x49, 0x83, 0xae, 1, 1); // sub qword [votes], 1
    this.jcc(Cc.AE, done);
    this.counter(candidate, 0x49, 0x89, 0x86); // mov [candidate], rax
    this.counter(candidate + 1, 0x49, 0xc7, 0x86, 4, 1); // mov qword [votes], 1
    this.jmp(done);
    this.bind(same);
    this.countUnit(candidate + 1);
    this.bind(done);
  }

  /**
   * An instruction on a unit's counter: its bytes up to the displacement, which the linker fills in, and an immediate of
   * `immBytes`, one of 0 to 255.
   */
  private counter(unit: number, rex: number, opcode: number, modrm: number, immBytes = 0, imm = 0): void {
    const code = this.room();
    const p = this.pos;
    code[p] = rex;
    code[p + 1] = opcode;
    code[p + 2] = modrm;
    code.fill(0, p + 3, p + 7 + immBytes);
    if (immBytes > 0) code[p + 7] = imm;
    this.relocs.push(p + 3);
    this.relocs.push(-1 - unit);
    this.pos = p + 7 + immBytes;
  }

  relax(): void {
    this.relaxation.run(this);
  }

  /** Relaxes branches, lays out the tail, translates every record. Linear in the size of the function. */
  finish(): FinishedCode {
    this.relax();
    return finished(this);
  }
}
