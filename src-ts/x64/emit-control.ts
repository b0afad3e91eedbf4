/**
 * Branches, switches and the code of edges. Code of an edge goes to the end of its source if that has no other successor, to the start of its target if that has no other predecessor, else into a split
 * block: inline after the branch if the edge is likely or falls through to its target, otherwise out of line.
 */
import { Cold, type Emitter } from './emitter.js';
import { emitFlags } from './emit-flags.js';
import { Alu, Cc } from './insts.js';
import { Rec } from './mach.js';
import { MOp } from './machops.js';
import { edgeUnit, Kind } from './kinds.js';

/** Frames up to this size have an epilogue of a few bytes: at most one saved register. */
const SMALL_EPILOGUE_FRAME = 8;

export class ControlEmitter {
  private firstLabel = 0;
  /** Label of a split edge's out-of-line code, or -1. */
  private edgeLabel = new Int32Array(0);
  /** Block that follows in the layout, or -1. */
  next = -1;

  constructor(
    private readonly e: Emitter,
    /** Emits allocation records edgeCode[from .. to). */
    private readonly edgeRecords: (from: number, to: number) => void,
    /** Emits a return. */
    private readonly epilogue: () => void,
  ) {}

  start(): void {
    const { e } = this;
    const { nb, ne } = e.f;
    this.firstLabel = e.asm.newLabel();
    for (let b = 1; b < nb; b++) e.asm.newLabel();
    if (this.edgeLabel.length < ne) this.edgeLabel = new Int32Array(ne * 2);
    this.edgeLabel.fill(-1, 0, ne);
  }

  blockLabel(b: number): number {
    return this.firstLabel + b;
  }

  // ------------------------------------------------------------------ edges

  private hasCode(edge: number): boolean {
    const { edgeAt } = this.e.alloc;
    return edgeAt[edge + 1] > edgeAt[edge];
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

  private edgeCode(edge: number): void {
    const { edgeAt } = this.e.alloc;
    this.edgeRecords(edgeAt[edge], edgeAt[edge + 1]);
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

  /** Out-of-line code of a split edge. */
  emitColdEdge(edge: number): void {
    this.splitCode(edge);
    this.e.mark(this.hasCode(edge) ? Kind.BRANCH : Kind.COUNTER);
    this.e.asm.jmp(this.blockLabel(this.e.f.edgeTo[edge]));
  }

  private jumpUnlessNext(b: number): void {
    if (b === this.next) return;
    if (this.isBareReturn(b)) {
      this.epilogue();
      return;
    }
    this.e.mark(Kind.BRANCH);
    this.e.asm.jmp(this.blockLabel(b));
  }

  /** Block b only returns, in few bytes: copied instead of jumped to. */
  private isBareReturn(b: number): boolean {
    const { alloc, mf, frameBytes } = this.e;
    const { code, codeAt } = alloc;
    return frameBytes <= SMALL_EPILOGUE_FRAME && codeAt[b + 1] - codeAt[b] === 3 && code[codeAt[b]] === Rec.INST && mf.op.a[code[codeAt[b] + 1]] === MOp.RET && !this.isOnlyEdgeTo(b);
  }

  // ------------------------------------------------------------------ terminators

  /** The only successor of block b. */
  emitBr(b: number): void {
    const { f } = this.e;
    const edge = f.succEdge[f.succAt[b]];
    this.edgeCode(edge);
    this.jumpUnlessNext(f.edgeTo[edge]);
  }

  /** Successor 0 if the condition holds, else successor 1. */
  emitBrOn(b: number): void {
    const { e, next } = this;
    const { f, mf } = e;
    const cc = emitFlags(e, 0);
    e.mark(Kind.BRANCH);
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
        e.jumpIf(cc, this.blockLabel(to0));
        this.jumpUnlessNext(to1);
      } else {
        e.jumpIf(cc ^ 1, this.blockLabel(to1));
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
      e.jumpIf(cc ^ 1, this.edgeTarget(edge1));
      if (split0) this.splitCode(edge0);
      this.jumpUnlessNext(to0);
    } else {
      e.jumpIf(cc, this.edgeTarget(edge0));
      if (split1) this.splitCode(edge1);
      this.jumpUnlessNext(to1);
    }
  }

  /** Switch: a few compares, else a jump table of offsets. */
  emitBrTable(b: number): void {
    const { e } = this;
    const { f, asm } = e;
    const pool = f.pool.a;
    const first = e.imm;
    const n = e.imm2 - 1;
    const succ = f.succAt[b];
    if (n === 0 || f.succAt[b + 1] - succ === 1) {
      const edge = f.succEdge[succ + pool[first]];
      if (f.succAt[b + 1] - succ === 1) this.edgeCode(edge);
      else if (this.isSplit(edge)) this.splitCode(edge);
      this.jumpUnlessNext(f.edgeTo[edge]);
      return;
    }
    const index = e.use(0);
    const inRange = e.cond !== 0;
    const otherwise = f.succEdge[succ + pool[first + n]];
    if (n <= 3) {
      for (let k = 0; k < n; k++) {
        asm.alu_ri(Alu.CMP, 0, index, k);
        asm.jcc(Cc.E, this.edgeTarget(f.succEdge[succ + pool[first + k]]));
      }
      if (this.isSplit(otherwise)) asm.jmp(this.edgeTarget(otherwise));
      else this.jumpUnlessNext(f.edgeTo[otherwise]);
      return;
    }
    const t0 = e.temp(0);
    const t1 = e.temp(1);
    if (!inRange) {
      asm.alu_ri(Alu.CMP, 0, index, n);
      asm.jcc(Cc.AE, this.edgeTarget(otherwise));
    }
    const targets = new Int32Array(n);
    for (let k = 0; k < n; k++) targets[k] = this.edgeTarget(f.succEdge[succ + pool[first + k]]);
    asm.leaLabel(t0, asm.jumpTable(targets));
    asm.memIndex(t0, index, 2, 0);
    asm.movsx_rm(1, 0, t1);
    asm.alu_rr(Alu.ADD, 1, t1, t0);
    asm.jmp_r(t1);
  }
}
