/**
 * The part of emission that all machines share: the current instruction and its registers, the kinds and units that its
 * code belongs to, and cold code (traps, rare continuations, unlikely edges), which is emitted after all blocks of the
 * function. A machine's emitter extends `Emission`.
 */
import { TRAP_NO_FRAME } from '../abi/trap-codes.js';
import type { Func } from '../ir/func.js';
import type { Enabled } from '../util/switches.js';
import { IntVec } from '../util/vec.js';
import type { CodeBuffer } from './code-buffer.js';
import { CodeKind, coldUnit, Unit } from './kinds.js';
import { ADDR_KIND_MASK, AddrKind, type Allocation, type MachFunc, Rec } from './mach.js';
import { type Operations, OpFlag } from './machine.js';

/** Kinds of cold code. */
export const enum Cold {
  /** call [TRAP]; x = trap code, y = wasm offset. */
  TRAP = 0,
  /** Continuation of instruction x, in the frame if y; jumps back to `back`, if any. */
  INST = 1,
  /** Code of edge x, then a jump to its target. */
  EDGE = 2,
  /** Trap of the bounds check x, in the frame if y. */
  OUT_OF_BOUNDS = 3,
  /**
   * Copy of an access whose address wrapped: x = instruction, y = trap flags, and 1 if the index must be restored;
   * `row` = its row in `CodeBuffer.wraps`.
   */
  WRAP = 4,
}
/** Fields of an entry in `cold`: kind, label, label of the end (`back`) or -1, x, y, row. */
const COLD_FIELDS = 6;

/** Expands the cold code that only a machine can: of the current instruction, of an edge. */
export interface ColdExpansion {
  coldInstruction(): void;
  coldEdge(edge: number): void;
  /** Trap of the current bounds check. */
  outOfBounds(): void;
}

export abstract class Emission<B extends CodeBuffer> {
  asm!: B;
  mf!: MachFunc;
  f!: Func;
  alloc!: Allocation;
  frameBytes = 0;
  /** The code being emitted runs with the frame set up (codegen/frame-plan.ts): set by `setFrame`. */
  inFrame = true;
  /** Hardware numbers of the allocator's registers: callee-saved ones have other names in frameless code. */
  hw!: Uint8Array;
  private bareHw!: Uint8Array;

  // --- debug information ---
  /** Kinds and units of the code are recorded. */
  tracking = false;
  /** Each unit counts its executions. */
  counting = false;
  protected unit: number = Unit.NONE;
  /** Where calls and jumps through registers go is marked. */
  marksTargets = false;
  /** Units beyond those of the entry, the blocks and the edges, so far. */
  coldUnits = 0;
  /** In a counting build: pairs (wasm offset of an indirect call, its first vote unit). */
  readonly votes = new IntVec(16);
  /** In a build for coverage: pairs (wasm offset, unit that counts that execution comes there). */
  readonly places = new IntVec(16);

  // --- the current instruction ---
  i = 0;
  op = 0;
  form = 0;
  /** First and one past the last operand. */
  u0 = 0;
  u1 = 0;

  /** Cold code to come: kind, label, back, x, y. */
  readonly cold = new IntVec(256);

  constructor(readonly enabled: Enabled) {}

  start(mf: MachFunc, alloc: Allocation, asm: B, counting: boolean, bareHw: Uint8Array): void {
    this.mf = mf;
    this.f = mf.func;
    this.alloc = alloc;
    this.asm = asm;
    this.cold.clear();
    this.tracking = asm.wantDebug;
    this.counting = counting;
    this.bareHw = bareHw;
    this.hw = bareHw;
    this.coldUnits = 0;
    this.votes.clear();
    this.places.clear();
    this.i = 0;
  }

  // ------------------------------------------------------------------ what a machine does

  /** A block begins: nothing is known of flags. */
  abstract startBlock(): void;
  /** Adds one to a unit's counter. Flags must be dead. */
  protected abstract countUnit(unit: number): void;
  /** Raises a trap here, recorded for its return address. `code` includes flags. */
  abstract trapNow(code: number, pos: number): void;
  abstract jump(label: number): void;
  /** Jumps if a condition of the machine holds; its lowest bit negates. */
  abstract jumpIf(cc: number, label: number): void;
  /** The cold continuation of the current instruction starts. It may still look at flags. */
  protected abstract enterColdUnit(): void;
  /** The cold copy of the access of row k of `asm.wraps`. */
  protected abstract copyWrapped(k: number, i: number, flags: number): void;

  /** Marks this place, at `pos`: calls and jumps through registers may come here; not `called`: switches. */
  markTarget(_called: boolean, _pos: number): void {
    throw new Error('internal error: this machine marks no targets');
  }

  // ------------------------------------------------------------------ debug information

  /** Code from here on belongs to this unit. Flags must be dead. */
  enterUnit(unit: number): void {
    if (!this.tracking) return;
    this.unit = unit;
    if (!this.counting) return;
    this.mark(CodeKind.COUNTER);
    this.countUnit(unit);
  }

  /**
   * Code from here on is a copy of this unit: it adds to the unit's counter, and its instructions count where the
   * unit's own are.
   */
  enterCopy(unit: number): void {
    if (!this.tracking) return;
    this.enterUnit(unit);
    this.unit = Unit.NONE;
  }

  /** Expands `COUNT`. Flags must be dead. */
  countPlace(): void {
    const unit = coldUnit(this.f.nb, this.f.ne, this.coldUnits++);
    this.places.push(this.imm);
    this.places.push(unit);
    this.countUnit(unit);
  }

  /** Code from here on is of this kind and comes from the current instruction. */
  mark(kind: CodeKind): void {
    if (this.tracking) this.asm.debugHere(this.pos, kind | (this.unit << 8));
  }

  /** The code that follows runs with the frame or without. */
  setFrame(exists: boolean): void {
    this.inFrame = exists;
    this.hw = exists ? this.mf.machine.registers.hw : this.bareHw;
  }

  at(i: number): void {
    const { mf } = this;
    this.i = i;
    this.op = mf.op.a[i];
    this.form = mf.form.a[i];
    this.u0 = mf.useAt.a[i];
    this.u1 = mf.useAt.a[i + 1];
  }

  // ------------------------------------------------------------------ operands (hardware registers)

  use(k: number): number {
    return this.hw[this.alloc.useReg[this.u0 + k]];
  }

  def(): number {
    return this.hw[this.alloc.defReg[this.i]];
  }

  temp(k: number): number {
    return this.hw[this.alloc.temps[this.alloc.tempAt[this.i] + k]];
  }

  get imm(): number {
    return this.mf.imm.a[this.i];
  }

  get imm2(): number {
    return this.mf.imm2.a[this.i];
  }

  get cond(): number {
    return this.mf.cond.a[this.i];
  }

  get disp(): number {
    return this.mf.disp.a[this.i];
  }

  /** Wasm offset of the instruction. */
  get pos(): number {
    return this.mf.pos.a[this.i];
  }

  /** Whether one of the operands from number k on is in this register. */
  usesRegister(k: number, reg: number): boolean {
    for (let u = this.u0 + k; u < this.u1; u++) if (this.hw[this.alloc.useReg[u]] === reg) return true;
    return false;
  }

  // ------------------------------------------------------------------ traps and cold code

  /** What the trap table must know of a trap raised here beside its code. */
  trapFlags(): number {
    return this.inFrame ? 0 : TRAP_NO_FRAME;
  }

  /** Label of cold code that raises this trap for the current instruction. Stubs of one instruction are shared. */
  trapLabel(code: number): number {
    code |= this.trapFlags();
    const c = this.cold.a;
    const pos = this.pos;
    for (let k = this.cold.n - COLD_FIELDS, tries = 3; k >= 0 && tries > 0; k -= COLD_FIELDS, tries--) {
      if (c[k] === Cold.TRAP && c[k + 3] === code && c[k + 4] === pos) return c[k + 1];
    }
    return this.defer(Cold.TRAP, -1, code, pos);
  }

  /** Label of cold code that raises a trap at a place other than the current instruction. */
  deferTrap(code: number, pos: number): number {
    return this.defer(Cold.TRAP, -1, code, pos);
  }

  /** Label of cold code that raises the trap of the current bounds check. */
  outOfBoundsLabel(): number {
    return this.defer(Cold.OUT_OF_BOUNDS, -1, this.i, this.inFrame ? 1 : 0);
  }

  /**
   * Label of a cold continuation of the current instruction, which ends with a jump to `back` (-1: it does not come
   * back).
   */
  coldLabel(back: number): number {
    return this.defer(Cold.INST, back, this.i, this.inFrame ? 1 : 0);
  }

  /** Defers cold code; what x, y and row are depends on the kind. Returns its label. */
  defer(kind: Cold, back: number, x: number, y: number, row = -1): number {
    const label = this.asm.newLabel();
    const { cold } = this;
    cold.push(kind);
    cold.push(label);
    cold.push(back);
    cold.push(x);
    cold.push(y);
    cold.push(row);
    return label;
  }

  /**
   * Emits what was deferred; `expand` knows operations. Deferred code may defer more.
   */
  flushCold(expand: ColdExpansion): void {
    const { asm, cold } = this;
    for (let k = 0; k < cold.n; k += COLD_FIELDS) {
      const kind = cold.a[k];
      const label = cold.a[k + 1];
      const back = cold.a[k + 2];
      const x = cold.a[k + 3];
      const y = cold.a[k + 4];
      asm.bind(label);
      if (kind === Cold.TRAP) {
        asm.debugHere(y, CodeKind.TRAP | (Unit.NONE << 8));
        this.trapNow(x, y);
      } else if (kind === Cold.EDGE) expand.coldEdge(x);
      else if (kind === Cold.WRAP) this.copyWrapped(cold.a[k + 5], x, y);
      else {
        this.at(x);
        this.setFrame(y !== 0);
        if (kind === Cold.OUT_OF_BOUNDS) {
          asm.debugHere(this.pos, CodeKind.TRAP | (Unit.NONE << 8));
          expand.outOfBounds();
          continue;
        }
        this.enterColdUnit();
        expand.coldInstruction();
        if (back >= 0) this.jump(back);
      }
    }
  }
}

/** Kind of an allocator's record other than an instruction. */
export function kindOfRecord(rec: number): CodeKind {
  switch (rec as Rec) {
    case Rec.LOAD:
      return CodeKind.RELOAD;
    case Rec.STORE:
    case Rec.STORE_CONST:
    case Rec.COPY_SLOT:
      return CodeKind.SPILL_STORE;
    case Rec.REMAT:
      return CodeKind.CONSTANT;
    default:
      return CodeKind.MOVE;
  }
}

/**
 * Kind of the first part of a machine operation (a fused branch goes on with `CodeKind.BRANCH`). `addr` as in
 * `MachFunc.addr`. Operations on memory count as loads, which is where they wait.
 */
export function kindOfInstruction(operations: Operations, op: number, addr: number): CodeKind {
  switch (addr & ADDR_KIND_MASK) {
    case AddrKind.MEMORY:
    case AddrKind.VALUE:
      return operations.has(op, OpFlag.STORE) ? CodeKind.STORE : CodeKind.LOAD;
    case AddrKind.VMCTX:
      return CodeKind.VMCTX;
    case AddrKind.INCOMING:
    case AddrKind.OUTGOING:
      return CodeKind.STACK_ARGUMENT;
  }
  return operations.kind[op];
}
