/**
 * Machine functions: what instruction selection makes, the register allocator reads, and the emitter turns into bytes.
 *
 * Struct of arrays. The blocks and edges are those of the SSA function (same numbers); values 0 .. func.nv-1 are the
 * SSA values, selection may add more. Nothing but the emitter knows what an instruction does: the allocator sees
 * operands, fixed registers, ties, temporaries and clobbers. **Flags never live from one machine instruction to the
 * next**: a compare and its branch / set / select are one instruction, so moves and reloads may go anywhere between
 * instructions.
 *
 * Operand order of an instruction: register operands as its row says (`Operations`), then the base value
 * (AddrKind.VALUE only), then the index value (if ADDR_INDEX).
 */
import type { Func } from '../ir/func.js';
import type { Cfg } from '../opt/cfg.js';
import { IntVec } from '../util/vec.js';
import { CLOBBER_BITS, clobberMask, type Cls, type MachineFacts } from './machine.js';

/** Where a memory operand points; stored in `addr` with the flags below. */
export const enum AddrKind {
  NONE = 0,
  /** Linear memory 0: [base of memory 0 + index + disp]. */
  MEMORY = 1,
  /** [vmctx + index * scale + disp]. */
  VMCTX = 2,
  /** Outgoing call area, and above it locals in memory: [stack pointer + disp]. */
  OUTGOING = 3,
  /** Incoming arguments and results: above the return address, [stack pointer + frameBytes + return address + disp]. */
  INCOMING = 4,
  /** [base value + index * scale + disp]. */
  VALUE = 5,
  /** Read-only copy of the SSA constant `disp` (rip-relative). */
  CONST = 6,
  /** 16 read-only bytes: the four words at `disp` in the function's pool. */
  WORDS = 7,
}
export const ADDR_KIND_MASK = 7;
/** An index operand follows. */
export const ADDR_INDEX = 8;
/** Of AddrKind.VALUE: the base value is that of a linear memory, so the access may fault. */
export const ADDR_MEMORY = 64;

/** In `cond` of a bounds check, beside what the machine has there: the access is to a fenced memory (merge-bounds.ts). */
export const CHECK_FENCED = 4;
/** Shift of the two bits of log2(scale). */
export const ADDR_SCALE_SHIFT = 4;

/** Operand form of an instruction. */
export const enum Form {
  /** No operands beyond the fixed ones. */
  NONE = 0,
  R = 1,
  RR = 2,
  /** Register, immediate. */
  RI = 3,
  /** Register, memory (a load folded into the operation). */
  RM = 4,
  /** Memory, register (operation on memory, or store). */
  MR = 5,
  /** Memory, immediate. */
  MI = 6,
  /** Memory only. */
  M = 7,
  RRI = 8,
  I = 9,
}

export class MachFunc {
  /** What its operations and registers are. */
  machine!: MachineFacts;
  func!: Func;
  cfg!: Cfg;

  // --- values ---
  nVals = 0;
  /** Cls. */
  valueClass = new Uint8Array(0);
  /** Bytes of a spill slot: 8 or 16. */
  valueSize = new Uint8Array(0);
  /** Defining block. */
  valueBlock = new Int32Array(0);
  /**
   * For a constant (rematerialised where needed, never stored): the SSA constant value that it copies, or HEAP_BASE; else
   * -1.
   * Constants are local to the block that uses them, except as edge arguments, where the SSA constant itself stands in
   * `func.args`.
   */
  constOf = new Int32Array(0);

  // --- instructions (nInst in use); those of block b are instAt[b] .. instAt[b+1] ---
  nInst = 0;
  instAt = new Int32Array(0);
  /** Operation of the machine (`Operations`). */
  op = new IntVec();
  form = new IntVec();
  /** Condition code for compare-and-X, rounding mode, … */
  cond = new IntVec();
  /** AddrKind and flags. */
  addr = new IntVec();
  disp = new IntVec();
  imm = new IntVec();
  imm2 = new IntVec();
  /**
   * Of an access to linear memory: the part of `disp` that was added to the index at 32 bits by wasm, so that the sum
   * may have wrapped (`foldedAddress` in x64/select/selector.ts); 0 if it did not. Of a fenced bounds check what is added
   * to its operand at 64 bits.
   */
  wrap = new IntVec();
  /** Byte offset of the wasm operator, for traps and debug information. */
  pos = new IntVec();
  /** Result value or -1, and the register it must be in or -1. */
  def = new IntVec();
  defFixed = new IntVec();
  /** nInst + 1 entries into useValue/useFixed. */
  useAt = new IntVec();
  useValue = new IntVec();
  /** Register that the operand must be in, or -1. */
  useFixed = new IntVec();
  /** 1: the result must have the register of operand 0 (or of operand 1 when `commutes`). */
  tied = new IntVec();
  commutes = new IntVec();
  // Arguments in registers (def fixed, no operand, no code) are the first of block 0, before
  // everything else. Until the last of them no register of a later one may be written.
  /**
   * Extra general / vector registers that the expansion needs while all operands and the result are live: given by the
   * allocator in `Allocation.temps`.
   */
  tempGpr = new IntVec();
  tempVector = new IntVec();
  /**
   * Clobber bits. Of a call whose callee is known to preserve more than it has to, from CLOBBER_BITS on: 1 + the pair of
   * masks in `preserved`.
   */
  clobbers = new IntVec();
  /** Pairs: general and vector registers that a callee preserves beyond the callee-saved ones. */
  readonly preserved = new IntVec(8);

  /**
   * Landing pads: blocks where exceptions arrive. No value is in a register at their start, what they need of the values
   * before is in slots when the call is made that throws; no code can be on the edge to them, and they have no
   * parameters.
   */
  readonly landingPads = new IntVec(8);

  /** Bytes of the outgoing area, the largest of all calls, and of the locals in memory above it. */
  outBytes = 0;
  /** Makes at least one call, helper calls included: needs an aligned frame and the stack check. */
  hasCalls = false;
  /** Calls of which nothing is known but that the callee looks itself how much stack is left. */
  unknownCalls = 0;
  /** Bytes of stack, their return addresses included, that the other callees take without looking, at most. */
  calleeBytes = 0;
}

/** Registers of a class that instruction i destroys beyond its result. */
export function destroyedBy(mf: MachFunc, cls: Cls, i: number): number {
  const clobbers = mf.clobbers.a[i];
  const bits = clobbers & ((1 << CLOBBER_BITS) - 1);
  const mask = clobberMask(mf.machine.registers, cls, bits);
  return bits === clobbers ? mask : mask & ~mf.preserved.a[2 * (clobbers >> CLOBBER_BITS) - 2 + cls];
}

/**
 * In `MachFunc.constOf`: the base of the heap of WebAssembly's objects, which is the same for as long as an instance
 * lives.
 */
export const HEAP_BASE = 0x7ffffffe;

/** Kinds of records in `Allocation.code` and `.edgeCode`: triples (kind, x, y). */
export const enum Rec {
  /** x = destination register, y = source register (same class). */
  MOVE = 0,
  /** Exchange of two general registers. Cycles of vector registers are broken through the scratch register with SAVE/RESTORE. */
  XCHG = 1,
  /** x = value, y = register: load from the value's slot. */
  LOAD = 2,
  /** x = value, y = register: store to the value's slot. */
  STORE = 3,
  /** x = SSA constant value, y = register. */
  REMAT = 4,
  /** x = instruction. */
  INST = 5,
  /** x = value whose slot is written, y = SSA constant. */
  STORE_CONST = 6,
  /** x = value whose slot is written, y = value whose slot is read. */
  COPY_SLOT = 7,
  /** scratch vector register := register y. */
  SAVE_VECTOR = 8,
  /** register x := scratch vector register. */
  RESTORE_VECTOR = 9,
}

/**
 * The register allocator's answer. Registers are allocator numbers (codegen/machine.ts).
 *
 * What holds at an instruction (`codegen/regalloc/checker.ts` proves it):
 * - An untied result may be in the register of any operand that dies there. A tied result's register is that of no
 *   other operand (both operands of a commuting pair may be one
 *   value in one register, and so may the tied operand and others where `OpFlag.READS_FIRST`).
 * - Temporaries are in no operand, result, clobbered register or fixed result. Except at calls, an operand without a
 *   fixed register isn't in a clobbered register nor in a fixed result's.
 * - The operand-less definitions at the start of block 0 that have fixed registers are the arguments; their INST
 *   records come first, whatever their order was. The allocator may have appended values to the machine function
 *   (scratch slots for COPY_SLOT and LOAD).
 */
export interface Allocation {
  /** Records of block b: code[codeAt[b] .. codeAt[b+1]), three entries each. */
  code: Int32Array;
  codeAt: Int32Array;
  /** Records to execute on edge e, in order (already sequentialised: parallel moves resolved). */
  edgeCode: Int32Array;
  edgeAt: Int32Array;
  /** Register of each operand (by use index) and result (by instruction). */
  useReg: Int8Array;
  defReg: Int8Array;
  /** Temporaries: for instruction i temps[tempAt[i] ..], general ones first. */
  tempAt: Int32Array;
  temps: Int32Array;
  /** Byte offset of each value's slot in the spill area, or -1. */
  slotOf: Int32Array;
  /** Bytes of the spill area. */
  spillBytes: number;
  /** Mask of callee-saved (general) registers that the function uses and must save. */
  savedRegs: number;
  weights: SpillWeights;
}

/** Execution-weighted totals of spill code, for statistics. */
export interface SpillWeights {
  reloads: number;
  stores: number;
  moves: number;
  saves: number;
}
