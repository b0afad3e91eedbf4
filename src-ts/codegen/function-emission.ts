/**
 * Emission of a function, on every machine: a machine function and the allocator's answer to bytes, blocks in the order
 * of the layout, then cold code (traps, rare continuations, unlikely edges). One walk over the records, linear. A
 * machine's subclass writes prologues and instructions.
 */
import type { CodeBuffer } from './code-buffer.js';
import { type ColdExpansion, type Emission, kindOfRecord } from './cold.js';
import type { ControlEmission, EdgeCode } from './control.js';
import { FramePlan, type FrameShape } from './frame-plan.js';
import { CodeKind, Unit } from './kinds.js';
import { type Allocation, type MachFunc, Rec } from './mach.js';

/**
 * Frames up to this size are covered by the reserve below the stack limit: the stack pointer itself is compared, and
 * functions that take no more with all their callees are not checked at all.
 */
export const UNCHECKED_FRAME = 1024;

const RETURN_ADDRESS = 8;

/**
 * Loops of up to so many records (instructions, about), executed so often for each call of the function, are aligned, on
 * machines that want it.
 */
const MAX_LOOP_RECORDS = 32;
const MIN_LOOP_FREQUENCY = 2;

/** Emits functions; keeps its arrays from function to function. */
export abstract class FunctionEmission<E extends Emission<CodeBuffer>> implements EdgeCode, ColdExpansion {
  protected readonly plan = new FramePlan();
  protected readonly shape: FrameShape = { enterCost: 0, leaveCost: 0, slotsInReach: false };
  protected abstract readonly control: ControlEmission<E>;
  /** Block being emitted. */
  protected block = 0;
  /** By block: header of an innermost loop that is worth a place at the start of a cache half-line. */
  private smallLoop = new Uint8Array(0);
  /** Allocation records by innermost loop; place of its last block in the order. */
  private loopRecords = new Int32Array(0);
  private loopEnd = new Int32Array(0);

  constructor(protected readonly e: E) {}

  /** The prologue compares the stack pointer with the end of the stack. */
  protected get isChecked(): boolean {
    const { mf, frameBytes } = this.e;
    return mf.unknownCalls > 0 || frameBytes + mf.calleeBytes > UNCHECKED_FRAME;
  }

  /** Bytes of stack that the last function takes without looking whether they are there, its return address included. */
  get stackBytes(): number {
    const { mf, frameBytes } = this.e;
    return RETURN_ADDRESS + (this.isChecked ? 0 : frameBytes + mf.calleeBytes);
  }

  // ------------------------------------------------------------------ what a machine does

  /** Decides sizes and places in the frame: `e.frameBytes`, `shape`. */
  protected abstract layOutFrame(): void;
  abstract prologue(): void;
  /** The prologue's reverse: before a return, or on an edge out of the frame. */
  abstract teardown(): void;
  protected abstract return(): void;
  /** A record of the allocator's other than an instruction. */
  protected abstract record(kind: Rec, x: number, y: number): void;
  protected abstract instruction(i: number): void;
  /** Cold continuation of the current instruction. */
  abstract coldInstruction(): void;
  abstract outOfBounds(): void;

  /** Emits `mf` into `asm`, which was emptied (`MachineEmitter.run`). */
  protected emit(mf: MachFunc, alloc: Allocation, order: Int32Array, asm: CodeBuffer, counting: boolean): number {
    this.e.start(mf, alloc, asm, counting, this.plan.bareHw);
    const { nb } = mf.func;
    this.layOutFrame();
    this.plan.start(
      mf,
      alloc,
      this.e.enabled['lazy-frames'] && this.e.frameBytes <= UNCHECKED_FRAME && (mf.hasCalls || this.e.frameBytes > 0),
      this.shape,
    );
    this.control.start();
    this.findSmallLoops(order);
    if (this.e.marksTargets) this.e.markTarget(true, mf.func.blockPos[0]);
    this.e.enterUnit(Unit.ENTRY);
    this.e.setFrame(false);
    if (this.plan.framed[0] !== 0) this.prologue();
    for (let k = 0; k < nb; k++) {
      this.control.next = k + 1 < nb ? order[k + 1] : -1;
      if (this.smallLoop[order[k]] !== 0) this.alignLoop(order, this.loopEnd[order[k]] + 1);
      asm.bind(this.control.blockLabel(order[k]));
      if (this.e.marksTargets) this.control.markBlock(order[k]);
      this.emitBlock(order[k], false);
    }
    this.e.flushCold(this);
    return this.e.frameBytes;
  }

  /**
   * Tiny loops lose up to 40 % where their few instructions straddle lines that are fetched and decoded as one. O(blocks)
   * for functions with loops.
   */
  private findSmallLoops(order: Int32Array): void {
    const { mf, alloc } = this.e;
    const { nb, isLoopHeader } = mf.func;
    const { loopOf, loopParent, freq, cold } = mf.cfg;
    if (this.smallLoop.length < nb) {
      this.smallLoop = new Uint8Array(nb * 2);
      this.loopRecords = new Int32Array(nb * 2);
      this.loopEnd = new Int32Array(nb * 2);
    }
    this.smallLoop.fill(0, 0, nb);
    if (!this.e.enabled['loop-alignment'] || !mf.machine.alignsLoops) return;
    this.loopRecords.fill(0, 0, nb);
    for (let b = 0; b < nb; b++) {
      const h = loopOf[b];
      if (h < 0) continue;
      this.loopRecords[h] += ((alloc.codeAt[b + 1] - alloc.codeAt[b]) / 3) | 0;
      // A loop around another one is no small loop.
      if (h === b && loopParent[h] >= 0) this.loopRecords[loopParent[h]] = MAX_LOOP_RECORDS + 1;
    }
    for (let k = 0; k < nb; k++) if (loopOf[order[k]] >= 0) this.loopEnd[loopOf[order[k]]] = k;
    for (let b = 1; b < nb; b++)
      if (
        isLoopHeader[b] !== 0 &&
        cold[b] === 0 &&
        freq[b] >= MIN_LOOP_FREQUENCY &&
        this.loopRecords[b] <= MAX_LOOP_RECORDS
      )
        this.smallLoop[b] = 1;
  }

  /** `end`: place of the block behind the loop. */
  private alignLoop(order: Int32Array, end: number): void {
    // Whether the padding is executed depends on what stands before it: it belongs to no unit.
    if (this.e.tracking) this.e.asm.debugHere(this.e.pos, CodeKind.BRANCH | (Unit.NONE << 8));
    this.e.asm.alignLoop(end < this.e.mf.func.nb ? this.control.blockLabel(order[end]) : -1);
  }

  /**
   * Emits block b here. A block with several edges in may be emitted more than once: its code does not depend on its
   * place.
   */
  private emitBlock(b: number, copy: boolean): void {
    const { alloc } = this.e;
    this.block = b;
    this.e.startBlock();
    this.e.setFrame(this.plan.framed[b] !== 0);
    if (copy) this.e.enterCopy(Unit.BLOCKS + b);
    else this.e.enterUnit(Unit.BLOCKS + b);
    this.control.emitBlockHead(b);
    this.records(alloc.code, alloc.codeAt[b], alloc.codeAt[b + 1]);
  }

  get names(): Uint8Array {
    return this.plan.bareHw;
  }

  get frameBytes(): number {
    return this.e.frameBytes;
  }

  coldUnitCount(): number {
    return this.e.coldUnits;
  }

  placeUnits(): Int32Array {
    return this.e.places.toArray();
  }

  voteUnits(): Int32Array {
    return this.e.votes.toArray();
  }

  // ------------------------------------------------------------------ pieces, and what the code of edges asks for

  coldEdge(edge: number): void {
    this.control.emitColdEdge(edge);
  }

  copyBlock(b: number): void {
    this.emitBlock(b, true);
  }

  edgeRecords(from: number, to: number): void {
    this.records(this.e.alloc.edgeCode, from, to);
  }

  epilogue(): void {
    if (this.e.inFrame) this.teardown();
    this.return();
  }

  private records(code: Int32Array, from: number, to: number): void {
    for (let k = from; k < to; k += 3) {
      if (code[k] === Rec.INST) {
        this.instruction(code[k + 1]);
        continue;
      }
      if (this.e.tracking) this.e.mark(kindOfRecord(code[k]));
      this.record(code[k], code[k + 1], code[k + 2]);
    }
  }
}
