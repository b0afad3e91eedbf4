/**
 * Jumps, branches and what the linker fills in, as instructions of AArch64: the part of the code buffer that is the
 * machine's.
 *
 * The condition of a branch (`CodeBuffer.evCc`) is a `Cc`, or a test of a register: `zeroCondition`, `bitCondition`. Its
 * lowest bit negates in all of them. A branch that does not reach is the opposite one around a jump: 128 MiB either way.
 */
import { CodeBuffer, EV_JMP, type FinishedCode } from '../../codegen/code-buffer.js';
import type { BranchForms } from '../../codegen/machine.js';
import { finished, Relaxation, writeI32 } from '../../codegen/relax.js';
import { HW_VMCTX, HW_X16, HW_X17 } from '../abi.js';
import { Add, AddImm, Literal, Mem, Other, Wide, WIDE } from './insts.js';

const ZERO_TEST = 0x20;
const BIT_TEST = 1 << 24;
/** The register is zero (or is not, + 1). */
export const zeroCondition = (register: number, wide: number): number => ZERO_TEST | (wide << 1) | (register << 8);
/** The bit of the register is zero (or is not, + 1). */
export const bitCondition = (register: number, bit: number): number => BIT_TEST | (register << 8) | (bit << 16);

/** The branch without its distance. */
function branchWord(cc: number): number {
  if (cc >= BIT_TEST) {
    const bit = (cc >> 16) & 63;
    return Other.TBZ | ((cc & 1) << 24) | ((bit >> 5) << 31) | ((bit & 31) << 19) | ((cc >> 8) & 31);
  }
  if (cc >= ZERO_TEST) return Other.CBZ | ((cc & 1) << 24) | ((cc & 2) << 30) | ((cc >> 8) & 31);
  return Other.B_COND | cc;
}

const BRANCH = 8;
const JUMP = 4;
/** In functions of more than 64 MiB: the constant from here to the target, their sum, a jump there. */
const HUGE_JUMP = 20;
const HUGE_BRANCH = HUGE_JUMP + 4;

/** d = x17 + the signed low half of d: `add d, x17, wd, sxtw`. */
const addToHere = (d: number): number => Add.ADD | WIDE | 0x0020c000 | (d << 16) | (HW_X17 << 5) | d;

/** To the third of these instructions + a constant that `patchMove` fills in. Uses x16 and x17. */
const jumpBy = (row: Other): Int32Array =>
  Int32Array.of(
    Wide.MOVZ | HW_X16,
    Wide.MOVK | (1 << 21) | HW_X16,
    Literal.ADR | HW_X17,
    addToHere(HW_X16),
    row | (HW_X16 << 5),
  );
const JUMP_ANYWHERE = jumpBy(Other.BR);
/** The same within a function: a return may go where no landing pad is. */
const JUMP_INSIDE = jumpBy(Other.RET_BY);

const readWord = (code: Uint8Array, at: number): number =>
  code[at] | (code[at + 1] << 8) | (code[at + 2] << 16) | (code[at + 3] << 24);

/** The instruction with its distance, in bytes from itself. */
function withDistance(word: number, distance: number): number {
  const n = distance >> 2;
  if ((word & 0x7c000000) === Other.B) return word | (n & 0x3ffffff);
  if ((word & 0x7e000000) === Other.TBZ) return word | ((n & 0x3fff) << 5);
  return word | ((n & 0x7ffff) << 5);
}

/** Bytes that nothing executes. */
export const FILLER = 0;

/** Bytes that loads of constants and `adr` reach either way. */
export const LITERAL_REACH = 1 << 20;

/** What a field that refers to a place is (`CodeBuffer.fixups`). */
export const enum Reference {
  /** `ldr` of a constant. */
  LOAD = 0,
  ADR = 1,
  /** `movz`, `movk`, whose sum with the address of the instruction behind them is the place. */
  FAR = 2,
}

/**
 * Branches, `huge` for functions that are so large that a jump may not reach: there each is at first one that reaches
 * everything, through x16 and x17. They hold nothing across a branch that is taken, but within loops of a few
 * instructions.
 */
class Branches implements BranchForms {
  readonly jump: number;
  readonly branch: number;
  readonly near = JUMP;
  readonly nearFrom = -(1 << 20);
  readonly nearTo = (1 << 20) - 8;
  readonly shortCondition = BIT_TEST;
  readonly shortReach = (1 << 15) - 8;
  readonly middleJump: number;
  readonly middleBranch: number;
  readonly middleReach: number;
  readonly filler = FILLER;

  constructor(huge: boolean) {
    this.jump = huge ? HUGE_JUMP : JUMP;
    this.branch = huge ? HUGE_BRANCH : BRANCH;
    this.middleJump = huge ? JUMP : 0;
    this.middleBranch = huge ? BRANCH : 0;
    this.middleReach = huge ? (1 << 27) - 64 : 0;
  }

  invert(cc: number): number {
    return cc ^ 1;
  }

  write(code: Uint8Array, at: number, size: number, cc: number): void {
    if (size === JUMP) {
      writeI32(code, at, cc === EV_JMP ? Other.B : branchWord(cc));
      return;
    }
    if (size !== HUGE_JUMP) {
      writeI32(code, at, withDistance(branchWord(cc ^ 1), size));
      at += 4;
    }
    if (size === BRANCH) writeI32(code, at, Other.B);
    else for (let k = 0; k < JUMP_INSIDE.length; k++) writeI32(code, at + 4 * k, JUMP_INSIDE[k]);
  }

  patch(code: Uint8Array, end: number, size: number, distance: number): void {
    // The constant counts from the third of these instructions.
    if (size >= HUGE_JUMP) patchMove(code, end - HUGE_JUMP, distance + HUGE_JUMP - 8);
    else writeI32(code, end - 4, withDistance(readWord(code, end - 4), distance + 4));
  }

  refer(code: Uint8Array, at: number, detail: number, target: number): void {
    const distance = target - at;
    if (detail === (Reference.FAR as number)) {
      patchMove(code, at, distance - 8);
      return;
    }
    if (distance >= LITERAL_REACH || distance < -LITERAL_REACH)
      throw new Error('internal error: constant out of reach');
    const field =
      detail === (Reference.ADR as number)
        ? ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5)
        : ((distance >> 2) & 0x7ffff) << 5;
    writeI32(code, at, readWord(code, at) | field);
  }

  pad(code: Uint8Array, at: number, n: number): void {
    for (let k = 0; k < n; k += 4) writeI32(code, at + k, Other.NOP);
  }
}

const ARM64_BRANCHES = new Branches(false);
export const ARM64_HUGE_BRANCHES = new Branches(true);

/** Fills in the 32 bits of a `movz`, `movk`. */
function patchMove(code: Uint8Array, at: number, x: number): void {
  const register = code[at] & 31;
  writeI32(code, at, Wide.MOVZ | ((x & 0xffff) << 5) | register);
  writeI32(code, at + 4, Wide.MOVK | (1 << 21) | ((x >>> 16) << 5) | register);
}

/** `Machine.linkCall`: of a call or jump, or of the constant in front of an `adr` (`functionAddress`). */
export function linkCall(code: DataView, field: number, target: number): void {
  const word = code.getInt32(field, true);
  if ((word & 0x7c000000) !== Other.B) {
    patchMove(new Uint8Array(code.buffer, code.byteOffset), field, target - (field + 8));
    return;
  }
  code.setInt32(field, withDistance(word, target - field), true);
}

/** `Machine.veneer`, through x16 and x17. It is called by its address too (`functionAddress`): a landing pad is first. */
export const VENEER = {
  bytes: 4 + HUGE_JUMP,
  write(code: DataView, at: number, target: number): void {
    code.setInt32(at, Other.BTI_C, true);
    const jump = at + 4;
    for (let k = 0; k < JUMP_ANYWHERE.length; k++) code.setInt32(jump + 4 * k, JUMP_ANYWHERE[k], true);
    patchMove(new Uint8Array(code.buffer, code.byteOffset), jump, target - (jump + 8));
  },
};

/** `Machine.linkVmctx`. */
export function linkVmctx(code: DataView, field: number, offset: number): void {
  patchMove(new Uint8Array(code.buffer, code.byteOffset), field, offset);
}

export class BranchBuffer extends CodeBuffer {
  private readonly relaxation = new Relaxation(ARM64_BRANCHES);
  private readonly hugeRelaxation = new Relaxation(ARM64_HUGE_BRANCHES);
  /** The function may be so large that constants behind it are out of the reach of a load. */
  far = false;
  /** It is so large that jumps and calls may not reach. */
  huge = false;

  /** Appends an instruction. */
  word(x: number): void {
    const code = this.room();
    const p = this.pos;
    code[p] = x;
    code[p + 1] = x >> 8;
    code[p + 2] = x >> 16;
    code[p + 3] = x >> 24;
    this.pos = p + 4;
  }

  /** The instruction at a raw offset. */
  wordAt(at: number): number {
    return readWord(this.code, at);
  }

  b(label: number): void {
    this.event(EV_JMP, label);
    for (let k = this.huge ? HUGE_JUMP : JUMP; k > 0; k -= 4) this.word(Other.B);
    this.deadAt = this.pos;
  }

  /** Branches on a condition: a `Cc`, `zeroCondition` or `bitCondition`. */
  branch(cc: number, label: number): void {
    this.event(cc, label);
    for (let k = this.huge ? HUGE_BRANCH : BRANCH; k > 0; k -= 4) this.word(0);
  }

  bl(funcIndex: number): void {
    this.relocation(funcIndex);
    this.word(Other.BL);
  }

  /** `b` to a function of the module. */
  jumpTo(funcIndex: number): void {
    this.relocation(funcIndex);
    this.word(Other.B);
    this.deadAt = this.pos;
  }

  /** d = address of a function of the module. Uses x17. */
  functionAddress(d: number, funcIndex: number): void {
    this.relocation(funcIndex);
    this.constantAndHere(d);
  }

  private relocation(to: number): void {
    this.relocs.push(this.pos);
    this.relocs.push(to);
  }

  /** d = a signed number of 32 bits that is filled in later + the address behind it. Uses x17. */
  private constantAndHere(d: number): void {
    this.word(Wide.MOVZ | d);
    this.word(Wide.MOVK | (1 << 21) | d);
    this.word(Literal.ADR | HW_X17);
    this.word(addToHere(d));
  }

  private reference(kind: Reference, label: number): void {
    this.fixups.push(this.pos);
    this.fixups.push(kind);
    this.fixups.push(label);
  }

  /** d = address of a label in the read-only tail or in the code. Not x17, which a far one uses. */
  adr(d: number, label: number): void {
    if (this.far) {
      this.reference(Reference.FAR, label);
      this.constantAndHere(d);
      return;
    }
    this.reference(Reference.ADR, label);
    this.word(Literal.ADR | d);
  }

  /** t = constant at a label: `load` from near, `farLoad` with x16 as its base. */
  literal(load: Literal, farLoad: Mem, t: number, label: number): void {
    if (this.far) {
      this.adr(HW_X16, label);
      this.word(farLoad | (HW_X16 << 5) | t);
      return;
    }
    this.reference(Reference.LOAD, label);
    this.word(load | t);
  }

  /** The second access of the pair just emitted may fault: the trap table has it in the middle of the instruction. */
  trapInPair(code: number, wasmOffset: number): void {
    this.traps.push(this.pos - 2);
    this.traps.push(code);
    this.traps.push(wasmOffset);
  }

  /** The instruction just emitted does not fall through. */
  noReturn(): void {
    this.deadAt = this.pos;
  }

  /** Adds one to the counter of a unit of this function, whose place the linker fills in. Uses x16 and x17. */
  countUnit(unit: number): void {
    this.relocs.push(this.pos);
    this.relocs.push(-1 - unit);
    this.word(Wide.MOVZ | HW_X16);
    this.word(Wide.MOVK | (1 << 21) | HW_X16);
    this.word(Add.ADD | WIDE | (HW_X16 << 16) | (HW_VMCTX << 5) | HW_X16);
    this.word(Mem.LDR_X | (HW_X16 << 5) | HW_X17);
    this.word(AddImm.ADD | WIDE | (1 << 10) | (HW_X17 << 5) | HW_X17);
    this.word(Mem.STR_X | (HW_X16 << 5) | HW_X17);
  }

  relax(): void {
    (this.huge ? this.hugeRelaxation : this.relaxation).run(this);
  }

  /** Relaxes branches, lays out the tail, translates every record. Linear in the size of the function. */
  finish(): FinishedCode {
    this.relax();
    return finished(this);
  }
}
