/**
 * Branches, switches and the code of edges, on every machine: `ControlEmission` decides what goes where, a machine's
 * subclass writes the instructions. Code of an edge goes to the end of its source if that has no other
 * successor, to the start of its target if that has no other predecessor, else into a split block: inline after the
 * branch if the edge is likely or falls through to its target, otherwise out of line.
 */
import { IntVec } from '../util/vec.js';
import type { CodeBuffer } from './code-buffer.js';
import { Cold, type Emission } from './cold.js';
import { EdgeFrame, type FramePlan } from './frame-plan.js';
import { Rec } from './mach.js';
import { edgeUnit, CodeKind } from './kinds.js';

/** Frames up to this size have an epilogue of a few bytes: at most one saved register. */
const SMALL_EPILOGUE_FRAME = 8;
/** A switch that is copied to where it is jumped to has at most this many allocation records in its block. */
const MAX_DISPATCH_RECORDS = 12;
/** Switches with up to this many cases beside the default are compares. */
const MAX_COMPARES = 3;

/** What emission of a whole function does for the code of edges. */
export interface EdgeCode {
  /** Emits the prologue. */
  prologue(): void;
  /** Emits the prologue's reverse. */
  teardown(): void;
  /** Emits allocation records edgeCode[from .. to). */
  edgeRecords(from: number, to: number): void;
  /** Emits a return. */
  epilogue(): void;
  /** Emits the records of a block once more. */
  copyBlock(b: number): void;
}

export abstract class ControlEmission<E extends Emission<CodeBuffer>> {
  private firstLabel = 0;
  /** Label of a split edge's out-of-line code, or -1. */
  private edgeLabel = new Int32Array(0);
  /** Pairs (instruction, table) of the switches in blocks that are copied. */
  private readonly tables = new IntVec();
  private readonly targets = new IntVec();
  private block = 0;
  /** Block that follows in the layout, or -1. */
  next = -1;

  constructor(
    protected readonly e: E,
    private readonly plan: FramePlan,
    private readonly code: EdgeCode,
    /** The operation of a switch. */
    private readonly switchOp: number,
  ) {}

  // ------------------------------------------------------------------ what a machine does

  /** Register ← register, hardware numbers of general registers. */
  protected abstract move(to: number, from: number): void;
  /** The flags of the current BR_ON; returns its condition, whose lowest bit negates. */
  protected abstract flags(): number;
  /** Compares the index of a switch with k. */
  protected abstract compareIndex(index: number, k: number): void;
  /** After `compareIndex`. */
  protected abstract jumpIfBelow(label: number): void;
  protected abstract jumpIfEqual(label: number): void;
  protected abstract jumpUnlessBelow(label: number): void;
  /** Makes the table of a switch; what it returns is for `jumpThrough`. */
  protected abstract makeTable(targets: IntVec): number;
  protected abstract jumpThrough(table: number, index: number, n: number): void;

  start(): void {
    const { e } = this;
    const { nb, ne } = e.f;
    this.firstLabel = e.asm.newLabel();
    for (let b = 1; b < nb; b++) e.asm.newLabel();
    if (this.edgeLabel.length < ne) this.edgeLabel = new Int32Array(ne * 2);
    this.edgeLabel.fill(-1, 0, ne);
    this.tables.clear();
  }

  blockLabel(b: number): number {
    return this.firstLabel + b;
  }

  // ------------------------------------------------------------------ edges

  private hasCode(edge: number): boolean {
    const { edgeAt } = this.e.alloc;
    return edgeAt[edge + 1] > edgeAt[edge] || this.plan.edges[edge] !== EdgeFrame.NONE;
  }

  private isOnlyEdgeTo(b: number): boolean {
    const { predAt } = this.e.f;
    return predAt[b + 1] - predAt[b] === 1;
  }

  /** The edge has code that belongs neither to its source nor to its target. */
  private isSplit(edge: number): boolean {
    const { f } = this.e;
    // When counting, every critical edge has a counter.
    if (!this.e.counting && !this.hasCode(edge)) return false;
    const from = f.edgeFrom[edge];
    return f.succAt[from + 1] - f.succAt[from] > 1 && !this.isOnlyEdgeTo(f.edgeTo[edge]);
  }

  /**
   * Code of the edge: the allocator's records, after the prologue if the frame begins here, before its reverse if it
   * ends.
   */
  private edgeCode(edge: number): void {
    const { e, plan } = this;
    const { edgeAt } = e.alloc;
    const frame = plan.edges[edge];
    const { hw } = e.mf.machine.registers;
    e.setFrame(plan.framed[e.f.edgeFrom[edge]] !== 0);
    if (frame === EdgeFrame.ENTER) {
      this.code.prologue();
      this.rename(plan.moved[edge], plan.bareHw, hw);
    }
    this.code.edgeRecords(edgeAt[edge], edgeAt[edge + 1]);
    if (frame === EdgeFrame.LEAVE) {
      this.rename(plan.moved[edge], hw, plan.bareHw);
      e.mark(CodeKind.EPILOGUE);
      this.code.teardown();
      e.setFrame(false);
    }
  }

  /** Values of these callee-saved registers move between their names with and without the frame. */
  private rename(registers: number, from: Uint8Array, to: Uint8Array): void {
    if (registers !== 0) this.e.mark(CodeKind.MOVE);
    for (let m = registers; m !== 0; m &= m - 1) {
      const r = 31 - Math.clz32(m & -m);
      this.move(to[r], from[r]);
    }
  }

  /** At the start of block b: code of its only edge, unless the source has emitted it. */
  emitBlockHead(b: number): void {
    const { f } = this.e;
    if (!this.isOnlyEdgeTo(b)) return;
    const edge = f.predEdge[f.predAt[b]];
    const from = f.edgeFrom[edge];
    if (f.succAt[from + 1] - f.succAt[from] > 1) this.edgeCode(edge);
  }

  /** Where a jump along this edge goes. */
  private edgeTarget(edge: number): number {
    if (!this.isSplit(edge)) return this.blockLabel(this.e.f.edgeTo[edge]);
    if (this.edgeLabel[edge] < 0) this.edgeLabel[edge] = this.e.defer(Cold.EDGE, -1, edge, 0);
    return this.edgeLabel[edge];
  }

  /** Code of a split edge: a unit of its own. */
  private splitCode(edge: number): void {
    this.e.enterUnit(edgeUnit(this.e.f.nb, edge));
    this.edgeCode(edge);
  }

  /** Whether block b ends with a switch. */
  private switches(b: number): boolean {
    const { alloc, mf } = this.e;
    const end = alloc.codeAt[b + 1];
    return alloc.code[end - 3] === Rec.INST && mf.op.a[alloc.code[end - 2]] === this.switchOp;
  }

  /** At the start of block b: a switch may go here. */
  markBlock(b: number): void {
    const { f } = this.e;
    let marked = false;
    for (let k = f.predAt[b]; k < f.predAt[b + 1] && !marked; k++) marked = this.switches(f.edgeFrom[f.predEdge[k]]);
    if (marked) this.e.markTarget(false, f.blockPos[b]);
  }

  /** Out-of-line code of a split edge. */
  emitColdEdge(edge: number): void {
    const { f } = this.e;
    if (this.e.marksTargets && this.switches(f.edgeFrom[edge])) this.e.markTarget(false, f.blockPos[f.edgeTo[edge]]);
    this.splitCode(edge);
    if (this.plan.edges[edge] === EdgeFrame.RETURN) {
      this.code.epilogue();
      return;
    }
    this.e.mark(this.hasCode(edge) ? CodeKind.BRANCH : CodeKind.COUNTER);
    this.e.jump(this.blockLabel(f.edgeTo[edge]));
  }

  /** After the code of an edge. */
  private leaveAlong(edge: number): void {
    if (this.plan.edges[edge] === EdgeFrame.RETURN) this.code.epilogue();
    else this.jumpUnlessNext(this.e.f.edgeTo[edge]);
  }

  private jumpUnlessNext(b: number): void {
    if (b === this.next) return;
    if (this.isBareReturn(b)) {
      this.code.epilogue();
      return;
    }
    if (this.e.enabled['switch-copies'] && this.isDispatch(b)) {
      this.code.copyBlock(b);
      return;
    }
    this.e.mark(CodeKind.BRANCH);
    this.e.jump(this.blockLabel(b));
  }

  /**
   * Block b is the head of an interpreter's loop: a few instructions and a switch. Its copies at the ends of the
   * handlers save a jump each and give every handler a branch history of its own.
   */
  private isDispatch(b: number): boolean {
    const { alloc, mf } = this.e;
    const { code, codeAt } = alloc;
    const end = codeAt[b + 1];
    if (
      end - codeAt[b] > 3 * MAX_DISPATCH_RECORDS ||
      mf.cfg.cold[b] !== 0 ||
      mf.cfg.loopDepth[b] === 0 ||
      this.isOnlyEdgeTo(b)
    )
      return false;
    const last = code[end - 2];
    return code[end - 3] === Rec.INST && mf.op.a[last] === this.switchOp && mf.imm2.a[last] > MAX_COMPARES + 1;
  }

  /** Block b only returns, in few bytes: copied instead of jumped to. */
  private isBareReturn(b: number): boolean {
    const { plan } = this;
    return (
      (plan.framed[b] === 0 || this.e.frameBytes <= SMALL_EPILOGUE_FRAME) &&
      plan.isBareReturn(b) &&
      !this.isOnlyEdgeTo(b)
    );
  }

  // ------------------------------------------------------------------ terminators

  /** The only successor of block b. */
  emitBr(b: number): void {
    const { f } = this.e;
    const edge = f.succEdge[f.succAt[b]];
    this.edgeCode(edge);
    this.leaveAlong(edge);
  }

  /** After the call that ends block b: on along successor 0. Nothing happens on the way to the landing pad. */
  emitInvoke(b: number): void {
    const { f } = this.e;
    const edge = f.succEdge[f.succAt[b]];
    if (this.isSplit(edge)) this.splitCode(edge);
    this.leaveAlong(edge);
  }

  /** What the call just emitted throws goes to the last successor of block b. */
  landHere(b: number): void {
    const { f, asm } = this.e;
    asm.landsAt(this.blockLabel(f.edgeTo[f.succEdge[f.succAt[b + 1] - 1]]));
  }

  /** Successor 0 if the condition holds, else successor 1. */
  emitBrOn(b: number): void {
    const { e, next } = this;
    const { f, mf } = e;
    const cc = this.flags();
    e.mark(CodeKind.BRANCH);
    const edge0 = f.succEdge[f.succAt[b]];
    const edge1 = f.succEdge[f.succAt[b] + 1];
    const to0 = f.edgeTo[edge0];
    const to1 = f.edgeTo[edge1];
    const split0 = this.isSplit(edge0);
    const split1 = this.isSplit(edge1);
    const { edgeFreq } = mf.cfg;
    const likely0 = edgeFreq[edge0] >= edgeFreq[edge1];
    if (!split0 && !split1) {
      if (to1 === next || (to0 !== next && likely0)) {
        this.e.jumpIf(cc, this.blockLabel(to0));
        this.jumpUnlessNext(to1);
      } else {
        this.e.jumpIf(cc ^ 1, this.blockLabel(to1));
        this.jumpUnlessNext(to0);
      }
      return;
    }
    // Which edge's code, if any, follows the branch.
    let inline0: boolean;
    if (split0 && split1) inline0 = to0 === next || (to1 !== next && likely0);
    else if (split0) inline0 = to1 !== next || likely0;
    else inline0 = to0 === next && likely0;
    if (inline0) {
      this.e.jumpIf(cc ^ 1, this.edgeTarget(edge1));
      if (split0) this.splitCode(edge0);
      this.leaveAlong(edge0);
    } else {
      this.e.jumpIf(cc, this.edgeTarget(edge0));
      if (split1) this.splitCode(edge1);
      this.leaveAlong(edge1);
    }
  }

  /** Switch: a few compares, a jump table of offsets, or one of addresses in the vmctx. */
  emitBrTable(b: number): void {
    const { e } = this;
    this.block = b;
    const { f } = e;
    const pool = f.pool.a;
    const first = e.imm;
    const n = e.imm2 - 1;
    const succ = f.succAt[b];
    if (n === 0 || f.succAt[b + 1] - succ === 1) {
      const edge = f.succEdge[succ + pool[first]];
      if (f.succAt[b + 1] - succ === 1) this.edgeCode(edge);
      else if (this.isSplit(edge)) this.splitCode(edge);
      this.leaveAlong(edge);
      return;
    }
    const index = e.use(0);
    const inRange = e.cond !== 0;
    const otherwise = f.succEdge[succ + pool[first + n]];
    if (n <= MAX_COMPARES) {
      // One compare decides between two cases, below and equal; an odd case comes first.
      if ((n & 1) !== 0) {
        this.compareIndex(index, 0);
        this.jumpIfEqual(this.edgeTarget(f.succEdge[succ + pool[first]]));
      }
      for (let k = n & 1; k < n; k += 2) {
        this.compareIndex(index, k + 1);
        this.jumpIfBelow(this.edgeTarget(f.succEdge[succ + pool[first + k]]));
        this.jumpIfEqual(this.edgeTarget(f.succEdge[succ + pool[first + k + 1]]));
      }
      if (this.isSplit(otherwise)) this.e.jump(this.edgeTarget(otherwise));
      else this.jumpUnlessNext(f.edgeTo[otherwise]);
      return;
    }
    if (!inRange) {
      this.compareIndex(index, n);
      this.jumpUnlessBelow(this.edgeTarget(otherwise));
    }
    this.jumpThrough(this.switchTable(n, first, succ), index, n);
  }

  /** The table of the current instruction's targets. Copies of a block share it. */
  private switchTable(n: number, first: number, succ: number): number {
    const { e, tables, targets } = this;
    for (let k = 0; k < tables.n; k += 2) if (tables.a[k] === e.i) return tables.a[k + 1];
    const pool = e.f.pool.a;
    targets.clear();
    for (let k = 0; k < n; k++) targets.push(this.edgeTarget(e.f.succEdge[succ + pool[first + k]]));
    const table = this.makeTable(targets);
    // Only blocks that may be copied come back.
    if (this.isDispatch(this.block)) {
      tables.push(e.i);
      tables.push(table);
    }
    return table;
  }
}
