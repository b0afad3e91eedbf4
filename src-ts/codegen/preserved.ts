/**
 * What the callers of a function, compiled after it (aot/compile-order.ts), may know of it: which registers it leaves
 * alone beyond the callee-saved ones, so that they need not move values out of those, and how much stack it takes. Its
 * records say what it writes; emission adds other names of callee-saved registers in frameless code. O(records).
 */
import { UNCHECKED_FRAME } from './function-emission.js';
import { type Allocation, destroyedBy, type MachFunc, Rec } from './mach.js';
import { classOf, Cls, OpFlag } from './machine.js';
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
}
export const PRESERVED_WORDS = 5;

/** What emission knows of the function that it has emitted last. */
export interface EmittedFrame {
  /** Hardware numbers of the general registers in frameless code. */
  readonly names: Uint8Array;
  readonly frameBytes: number;
  /** Bytes of stack that it takes without looking whether they are there, its return address included. */
  readonly stackBytes: number;
}

export class Preserved {
  /** By class: registers that the function writes. */
  private readonly written = new Int32Array(2);
  private mf!: MachFunc;
  private alloc!: Allocation;
  private entryEnd = 0;
  private endsInCall = false;

  /** Notes in `table` what is known of the defined function d, which was emitted last. */
  run(mf: MachFunc, alloc: Allocation, frame: EmittedFrame, table: Int32Array, d: number): void {
    const { written } = this;
    this.mf = mf;
    this.alloc = alloc;
    this.entryEnd = entryPrefixEnd(mf);
    // Of a large frame the prologue needs a register of its own.
    written.fill(frame.frameBytes > UNCHECKED_FRAME ? -1 : 0);
    this.endsInCall = false;
    this.scan(alloc.code);
    this.scan(alloc.edgeCode);
    const { masks, calleeSaved, calleeSavedMask, hw } = mf.machine.registers;
    for (const r of calleeSaved) if (frame.names[r] !== hw[r]) this.write(hw.indexOf(frame.names[r]));
    const at = PRESERVED_WORDS * d;
    table[at + PreservedWord.GENERAL] = masks[Cls.GPR] & ~calleeSavedMask & ~written[Cls.GPR];
    table[at + PreservedWord.VECTOR] = masks[Cls.VECTOR] & ~written[Cls.VECTOR];
    // Functions that call each other last take no stack, and so they look at it no more.
    table[at + PreservedWord.STACK] = this.endsInCall ? 0 : frame.stackBytes;
    Atomics.store(table, at + PreservedWord.DONE, 1);
    Atomics.notify(table, at + PreservedWord.DONE);
  }

  private write(r: number): void {
    this.written[classOf(r)] |= 1 << r;
  }

  private scan(code: Int32Array): void {
    for (let k = 0; k < code.length; k += 3) {
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
