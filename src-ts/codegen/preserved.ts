/**
 * What the callers of a function, compiled after it (aot/compile-order.ts), may know of it: which registers it leaves
 * alone beyond the callee-saved ones, so that they need not move values out of those, and how much stack it takes. Its
 * records say what it writes; emission adds other names of callee-saved registers in frameless code. O(records).
 */
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import type { Enabled } from '../util/switches.js';
import { IntVec } from '../util/vec.js';
import { UNCHECKED_FRAME } from './function-emission.js';
import { type Allocation, destroyedBy, type MachFunc, Rec } from './mach.js';
import { classOf, Cls, OpFlag, REGISTERS } from './machine.js';
import { entryPrefixEnd } from './regalloc/state.js';

/** Words of a function in a table that the threads of a compilation share. */
export const enum PreservedWord {
  /** Callers of higher levels may ask for it (aot/compile-order.ts). */
  LEVEL = 0,
  /** 1: the function has been compiled. */
  DONE = 1,
  /** Registers that it preserves beyond the callee-saved ones: masks of the general and the vector ones. */
  GENERAL = 2,
  VECTOR = 3,
  /** Bytes of stack that it takes without looking whether they are there, its return address included; 0: not known. */
  STACK = 4,
  /**
   * 1: it has no loop, no direct call, and does not ask for the size of a memory, which others than wasm may have changed
   * (aot/compile-order.ts).
   */
  STRAIGHT = 5,
}
export const PRESERVED_WORDS = 6;

/** What emission knows of the function that it has emitted last. */
export interface EmittedFrame {
  /** Hardware numbers of the general registers in frameless code. */
  readonly names: Uint8Array;
  readonly frameBytes: number;
  /** Bytes of stack that it takes without looking whether they are there, its return address included. */
  readonly stackBytes: number;
}

/**
 * Where in a table the row of what function `caller` may know of `callee` begins (both defined); -1: there is none.
 */
export function rowOfCallee(table: Int32Array, caller: number, callee: number): number {
  if (callee < 0) return -1;
  const at = PRESERVED_WORDS * callee;
  return table[at + PreservedWord.LEVEL] < table[PRESERVED_WORDS * caller + PreservedWord.LEVEL] ? at : -1;
}

/** The functions that a function calls and that it may know something of, but that are not done in a table. */
export class MissingCallees {
  /** Places of their rows. */
  readonly rows = new IntVec(16);

  constructor(private readonly enabled: Enabled) {}

  find(f: Func, importedFuncs: number, table: Int32Array): void {
    const { rows } = this;
    rows.clear();
    if (!this.enabled['callee-registers']) return;
    for (let k = 0, n = f.blockStart[f.nb]; k < n; k++) {
      const v = f.order[k];
      if (f.op[v] !== Op.CALL) continue;
      const at = rowOfCallee(table, f.index - importedFuncs, f.imm2[v] - importedFuncs);
      if (at >= 0 && table[at + PreservedWord.DONE] === 0) rows.push(at);
    }
  }
}

/** Waits until rows of a table are done: another thread may be at it. */
export function awaitRows(table: Int32Array, rows: Int32Array): void {
  for (const at of rows)
    while (Atomics.load(table, at + PreservedWord.DONE) === 0) Atomics.wait(table, at + PreservedWord.DONE, 0);
}

/** Fills in the row of the defined function d. */
export function publishRow(table: Int32Array, d: number, { general, vector, stack }: PreservedRegisters): void {
  const at = PRESERVED_WORDS * d;
  table[at + PreservedWord.GENERAL] = general;
  table[at + PreservedWord.VECTOR] = vector;
  table[at + PreservedWord.STACK] = stack;
  Atomics.store(table, at + PreservedWord.DONE, 1);
  Atomics.notify(table, at + PreservedWord.DONE);
}

/** What a row says of a function. */
export interface PreservedRegisters {
  readonly general: number;
  readonly vector: number;
  readonly stack: number;
}

/** What is known of a function once it is compiled. */
export class Preserved implements PreservedRegisters {
  general = 0;
  vector = 0;
  stack = 0;
  /** By class: registers that the function writes. */
  private readonly written = new Int32Array(2);
  private mf!: MachFunc;
  private alloc!: Allocation;
  private entryEnd = 0;
  private endsInCall = false;

  /** Finds out. The rest is as in `EmittedFrame`, of this function. */
  run(mf: MachFunc, alloc: Allocation, names: Uint8Array, frameBytes: number, stackBytes: number): void {
    const { written } = this;
    this.mf = mf;
    this.alloc = alloc;
    this.entryEnd = entryPrefixEnd(mf);
    // Of a large frame the prologue needs a register of its own.
    written.fill(frameBytes > UNCHECKED_FRAME ? -1 : 0);
    this.endsInCall = false;
    this.scan(alloc.code, alloc.codeAt[mf.func.nb]);
    this.scan(alloc.edgeCode, alloc.edgeAt[mf.func.ne]);
    const { masks, calleeSaved, calleeSavedMask, hw } = mf.machine.registers;
    for (const r of calleeSaved) if (names[r] !== hw[r]) this.write(registerOf(hw, names[r]));
    this.general = masks[Cls.GPR] & ~calleeSavedMask & ~written[Cls.GPR];
    this.vector = masks[Cls.VECTOR] & ~written[Cls.VECTOR];
    // Functions that call each other last take no stack, and so they look at it no more.
    this.stack = this.endsInCall ? 0 : stackBytes;
  }

  private write(r: number): void {
    this.written[classOf(r)] |= 1 << r;
  }

  private scan(code: Int32Array, n: number): void {
    for (let k = 0; k < n; k += 3) {
      const x = code[k + 1];
      const y = code[k + 2];
      switch (code[k] as Rec) {
        case Rec.INST:
          this.instruction(x);
          break;
        case Rec.MOVE:
        case Rec.RESTORE_VECTOR:
          this.write(x);
          break;
        case Rec.XCHG:
          this.write(x);
          this.write(y);
          break;
        case Rec.LOAD:
        case Rec.REMAT:
          this.write(y);
          break;
      }
    }
  }

  private instruction(i: number): void {
    const { mf, alloc } = this;
    if (mf.machine.operations.has(mf.op.a[i], OpFlag.TAIL)) {
      this.written.fill(-1);
      this.endsInCall = true;
    }
    // Arguments are where the caller has put them.
    if (mf.def.a[i] >= 0 && !(i < this.entryEnd && mf.defFixed.a[i] >= 0)) this.write(alloc.defReg[i]);
    for (let t = alloc.tempAt[i]; t < alloc.tempAt[i + 1]; t++) this.write(alloc.temps[t]);
    if (mf.clobbers.a[i] !== 0) for (let cls = 0; cls < 2; cls++) this.written[cls] |= destroyedBy(mf, cls, i);
  }
}

/** The first register with this number in encodings. */
function registerOf(hw: Uint8Array, number: number): number {
  for (let r = 0; r < REGISTERS; r++) if (hw[r] === number) return r;
  throw new Error(`internal error: no register ${number}`);
}
