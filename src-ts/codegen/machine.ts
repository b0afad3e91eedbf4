/**
 * What the machine-independent part of the compiler (this folder and `regalloc/`) needs to know of a machine:
 * registers, operations, calling convention. Each machine has a folder of its own (x64/) with a `Machine`; nothing here
 * imports from there.
 */
import { type FuncType, ValType } from '../wasm/types.js';
import type { CodeKind } from './kinds.js';

/** Clobbers beyond the results. A machine has bits of its own from FIXED on, at most three. */
export const enum Clobber {
  NONE = 0,
  /** A call: every register but the callee-saved. Operands are read before anything is overwritten. */
  CALL = 1,
  /**
   * Fixed registers that are overwritten before all operands are read, so an operand without a fixed register must not
   * be in one (an operand fixed to it is fine: that is how a division takes its dividend, and its value is gone
   * afterwards).
   */
  FIXED = 2,
}

/** Register class of a value. */
export const enum Cls {
  GPR = 0,
  VECTOR = 1,
}

/**
 * A register's number is its class * 32 + its index in the class, so a set of registers of one class is a mask of 32
 * bits. (`1 << register` is the bit in its class's mask: shifts take the low five bits.)
 */
export const CLASS_SHIFT = 5;
/** Register numbers are below this: so many bits. */
export const REGISTER_BITS = 6;
export const REGISTERS = 1 << REGISTER_BITS;
export const classOf = (register: number): Cls => register >> CLASS_SHIFT;

/** The registers that may be allocated. What is not in here (stack pointer, pinned and scratch registers) has no number. */
export interface RegisterFile {
  /** By class: mask of the registers, and how many there are. */
  readonly masks: Int32Array;
  readonly counts: Int32Array;
  /** General registers that a callee preserves, cheapest first, and their mask. Calls destroy all others. */
  readonly calleeSaved: Uint8Array;
  readonly calleeSavedMask: number;
  /**
   * By place in `calleeSaved`: what the register costs at each entry: saving, restoring, and the moves there and from
   * there to where the value is wanted.
   */
  readonly savedCosts: Uint8Array;
  /** By class << CLOBBER_BITS | clobber bits of an instruction: the registers that these stand for. */
  readonly clobbers: Int32Array;
  /** Numbers in encodings, by register. */
  readonly hw: Uint8Array;
}

/** Clobber bits of an instruction in `MachFunc.clobbers`. */
export const CLOBBER_BITS = 4;

/**
 * A register file from its parts. `fixed`: the general registers that the machine's clobber bits stand for, in the order
 * of the bits from `Clobber.FIXED` on.
 */
export function registerFile(
  hw: Uint8Array,
  counts: readonly [general: number, vector: number],
  calleeSaved: Uint8Array,
  savedCosts: Uint8Array,
  fixed: readonly number[],
): RegisterFile {
  const masks = Int32Array.from(counts, (n) => (n === 32 ? -1 : (1 << n) - 1));
  let calleeSavedMask = 0;
  for (const r of calleeSaved) calleeSavedMask |= 1 << r;
  const clobbers = new Int32Array(2 << CLOBBER_BITS);
  for (let bits = 0; bits < 1 << CLOBBER_BITS; bits++) {
    const isCall = (bits & Clobber.CALL) !== 0;
    let general = isCall ? masks[Cls.GPR] & ~calleeSavedMask : 0;
    fixed.forEach((r, k) => {
      if ((bits & (Clobber.FIXED << k)) !== 0) general |= 1 << r;
    });
    clobbers[bits] = general;
    clobbers[(Cls.VECTOR << CLOBBER_BITS) | bits] = isCall ? masks[Cls.VECTOR] : 0;
  }
  return { masks, counts: Int32Array.from(counts), calleeSaved, calleeSavedMask, savedCosts, clobbers, hw };
}

/** Registers of a class that clobber bits stand for. */
export const clobberMask = (regs: RegisterFile, cls: Cls, bits: number): number =>
  regs.clobbers[(cls << CLOBBER_BITS) | bits];

/** A mask of callee-saved registers as bits in the order of `calleeSaved`, which is that of prologues. */
export const savedInOrder = ({ calleeSaved }: RegisterFile, mask: number): number =>
  calleeSaved.reduce((bits, r, k) => bits | (((mask >> r) & 1) << k), 0);

/** What an operation is, beside its `CodeKind`; or-ed. */
export const enum OpFlag {
  NONE = 0,
  /** Calls; needs a frame. */
  CALL = 1,
  /** Returns from the function. */
  RETURN = 2,
  /**
   * Reads every operand before it writes, so an operand may share the register of a tied one even when it is the same
   * value.
   */
  READS_FIRST = 4,
  /** Compares imm + imm2 bytes beyond its operand with the size of memory (merge-bounds.ts). */
  BOUNDS = 8,
  /** Its place in memory is written, not read. */
  STORE = 16,
  /** Leads to the block's successors. */
  BRANCH = 32,
  /** Has a condition in `cond`. */
  CONDITION = 64,
  /** `imm` is an operand whatever the form. */
  IMMEDIATE = 128,
  /** `disp` says where a callee or a table is in the vmctx. */
  PLACE = 256,
  /** Is where the frame exists, whatever it does. */
  FRAMED = 512,
  /** With RETURN: a call in the function's place. */
  TAIL = 1024,
  /**
   * No code: a second result of the instruction before it, in the fixed register of its result. Nothing between the two
   * writes that register.
   */
  SECOND = 2048,
}

/** The one row of an operation. */
export interface OpRow {
  op: number;
  name: string;
  /** Roles of the register operands in order, for readers of dumps. */
  operands: string;
  /** Kind of its first part without a memory operand; a fused branch goes on with `CodeKind.BRANCH`. */
  kind: CodeKind;
  flags: number;
}

/** The operations of a machine by number. Numbers are below OPERATIONS. */
export const OPERATIONS = 512;
export class Operations {
  readonly names: (string | undefined)[] = new Array<string | undefined>(OPERATIONS);
  readonly operands: string[] = new Array<string>(OPERATIONS).fill('');
  readonly kind = new Uint8Array(OPERATIONS);
  readonly flags = new Uint16Array(OPERATIONS);

  constructor(rows: readonly OpRow[]) {
    for (const { op, name, operands, kind, flags } of rows) {
      if (this.names[op] !== undefined) throw new Error(`operation ${op}: ${name} and ${this.names[op]}`);
      this.names[op] = name;
      this.operands[op] = operands;
      this.kind[op] = kind;
      this.flags[op] = flags;
    }
  }

  has(op: number, flag: OpFlag): boolean {
    return (this.flags[op] & flag) !== 0;
  }
}

/** What the phases of this folder know of a machine. */
export interface MachineFacts {
  readonly registers: RegisterFile;
  readonly operations: Operations;
  readonly convention: CallingConvention;
  readonly text: MachineText;
  /** Integers that are no immediates are made by instructions, so loops keep them in free registers. */
  readonly keepsIntegers: boolean;
  /** Small loops are aligned (`CodeBuffer.alignLoop`), though code that falls into them executes the padding. */
  readonly alignsLoops: boolean;
}

/** Names for dumps. */
export interface MachineText {
  register(r: number): string;
  /** The register that breaks cycles of vector registers. */
  readonly scratch: string;
  /** Of the clobber bits from `Clobber.FIXED` on, in order. */
  readonly clobbers: readonly string[];
  condition(op: number, cc: number): string;
  operation(op: number, imm: number): string;
  /** `imm2` is an operand of the operation. */
  hasByte(op: number): boolean;
}

/** Forms of branches, for relax.ts. A branch starts in its long form; `cc` is a condition or EV_JMP (code-buffer.ts). */
export interface BranchForms {
  /** Bytes of an unconditional jump and of a branch in their long forms, and of both in the near one. */
  readonly jump: number;
  readonly branch: number;
  readonly near: number;
  /** Distances from its end that the near form reaches. */
  readonly nearFrom: number;
  readonly nearTo: number;
  /** Conditions from this number on reach less far: so many bytes either way. */
  readonly shortCondition: number;
  readonly shortReach: number;
  /** Bytes of a jump and of a branch in forms between the long and the near one, and how far they reach; 0: none. */
  readonly middleJump: number;
  readonly middleBranch: number;
  readonly middleReach: number;
  /** The condition that holds when cc does not. */
  invert(cc: number): number;
  /** Writes a branch of `size` bytes but for its distance. */
  write(code: Uint8Array, at: number, size: number, cc: number): void;
  /** Writes the distance of the branch of `size` bytes that ends at `end`. */
  patch(code: Uint8Array, end: number, size: number, distance: number): void;
  /** Makes the field at `at` refer to `target`; `detail` is the machine's (`CodeBuffer.fixups`). */
  refer(code: Uint8Array, at: number, detail: number, target: number): void;
  /** Fills n bytes with as few no-operations as possible. */
  pad(code: Uint8Array, at: number, n: number): void;
  /** Fills what is never executed. */
  readonly filler: number;
}

/** Types whose values are in vector registers. */
export const isVectorType = (t: number): boolean => t === ValType.F32 || t === ValType.F64 || t === ValType.V128;

/** Where calls pass values. */
export interface CallingConvention {
  /** Registers of integer and reference arguments, and of float and v128 arguments, in order; the rest is on the stack. */
  readonly general: Uint8Array;
  readonly vector: Uint8Array;
  /** Of result 0. */
  readonly generalResult: number;
  readonly vectorResult: number;
  /** Of the index or reference of an indirect call. */
  readonly indirect: number;
}

/**
 * Where one argument or result lives: `reg` >= 0 an allocator register, else `stack` = byte offset in the outgoing
 * area.
 */
export interface Location {
  type: ValType;
  reg: number;
  stack: number;
}

/** The places of a signature's arguments and results and the size of the outgoing area, all in bytes. */
export interface CallLayout {
  args: Location[];
  results: Location[];
  /** Bytes of the outgoing area: memory results first, then the stack arguments; a multiple of 16. */
  outBytes: number;
}

/**
 * Assigns arguments and results. Before the call the outgoing area starts at the stack pointer, and a callee finds it
 * above its return address. Results 1, 2, … are stored by the callee into the outgoing area and read by the caller right
 * after the call. They are below the stack arguments: a function that is called last, in place of another one with other
 * arguments, leaves them where the caller of that one looks for them.
 */
export function layoutCall(convention: CallingConvention, type: FuncType): CallLayout {
  let ints = 0;
  let vectors = 0;
  let stack = 0;
  const onStack = (t: ValType): number => {
    const size = t === ValType.V128 ? 16 : 8;
    const at = (stack + size - 1) & -size;
    stack = at + size;
    return at;
  };
  const results = type.results.map((t, i): Location =>
    i === 0
      ? { type: t, reg: isVectorType(t) ? convention.vectorResult : convention.generalResult, stack: -1 }
      : { type: t, reg: -1, stack: onStack(t) },
  );
  const args = type.params.map((t): Location => {
    const registers = isVectorType(t) ? convention.vector : convention.general;
    const used = isVectorType(t) ? vectors++ : ints++;
    return used < registers.length
      ? { type: t, reg: registers[used], stack: -1 }
      : { type: t, reg: -1, stack: onStack(t) };
  });
  return { args, results, outBytes: (stack + 15) & -16 };
}
