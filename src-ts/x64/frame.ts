/**
 * Where a function has its frame. Many functions answer common cases without calling anybody; they pay for no frame then: blocks from which no block that needs one is behind them run frameless, the
 * prologue stands on the edges that lead into the rest, and returns on the way out are bare.
 *
 * `framed` is closed under successors, so every path passes at most one prologue, and nothing frameless follows a framed block. The one exception is a block that only returns: an edge from a frameless
 * block to it becomes a bare return (`EdgeFrame.RETURN`). One walk over the allocation's records; most functions are decided by their first block.
 */
import { CALLEE_SAVED_MASK } from './abi.js';
import { ADDR_KIND_MASK, AddrKind, type Allocation, type MachFunc, Rec } from './mach.js';
import { MOp } from './machops.js';

/** What happens to the frame on an edge. */
export const enum EdgeFrame {
  NONE = 0,
  /** The prologue comes before the edge's code. */
  ENTER = 1,
  /** The target only returns and the source has no frame: a bare return after the edge's code. */
  RETURN = 2,
}

/** More copies of the prologue than this are not worth it. */
const MAX_PROLOGUES = 4;
/** Least share of the calls that must get by without a frame. */
const MIN_SAVED = 0.02;

export class FramePlan {
  private mf!: MachFunc;
  private alloc!: Allocation;
  /** By block: the function's frame exists in it. */
  framed = new Uint8Array(0);
  /** By edge: EdgeFrame. */
  edges = new Uint8Array(0);
  private worklist = new Int32Array(0);

  /** Decides for a function; `movable`: it has a frame, and its prologue may stand anywhere. */
  start(mf: MachFunc, alloc: Allocation, movable: boolean): void {
    const { nb, ne } = mf.func;
    this.mf = mf;
    this.alloc = alloc;
    if (this.framed.length < nb) {
      this.framed = new Uint8Array(nb * 2);
      this.worklist = new Int32Array(nb * 2);
    }
    if (this.edges.length < ne) this.edges = new Uint8Array(ne * 2);
    this.edges.fill(EdgeFrame.NONE, 0, ne);
    if (movable && nb > 1 && !this.blockNeedsFrame(0)) {
      this.findFramed();
      if (this.framed[0] === 0 && this.classifyEdges()) return;
      this.edges.fill(EdgeFrame.NONE, 0, ne);
    }
    this.framed.fill(1, 0, nb);
  }

  private findFramed(): void {
    const { framed, worklist } = this;
    const { nb, ne, edgeFrom, edgeTo, succAt, succEdge } = this.mf.func;
    const { edgeCode, edgeAt } = this.alloc;
    framed.fill(0, 0, nb);
    for (let b = 0; b < nb; b++) if (this.blockNeedsFrame(b)) framed[b] = 1;
    for (let e = 0; e < ne; e++) {
      if (!this.recordsNeedFrame(edgeCode, edgeAt[e], edgeAt[e + 1])) continue;
      // Code at the end of the source needs the frame there; elsewhere it comes after the prologue on the edge.
      const from = edgeFrom[e];
      framed[succAt[from + 1] - succAt[from] === 1 ? from : edgeTo[e]] = 1;
    }
    let n = 0;
    for (let b = 0; b < nb; b++) if (framed[b] !== 0) worklist[n++] = b;
    while (n > 0) {
      const b = worklist[--n];
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const to = edgeTo[succEdge[k]];
        if (framed[to] !== 0) continue;
        framed[to] = 1;
        worklist[n++] = to;
      }
    }
  }

  /** Says what happens on each edge; false if it isn't worth it. */
  private classifyEdges(): boolean {
    const { framed, edges } = this;
    const { func: f, cfg } = this.mf;
    const { edgeCode, edgeAt } = this.alloc;
    let prologues = 0;
    let saved = 0;
    for (let b = 0; b < f.nb; b++) {
      if (framed[b] !== 0) continue;
      if (f.succAt[b] === f.succAt[b + 1] && cfg.cold[b] === 0) saved += cfg.freq[b];
      for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++) {
        const e = f.succEdge[k];
        if (framed[f.edgeTo[e]] === 0) continue;
        if (this.isBareReturn(f.edgeTo[e]) && !this.recordsNeedFrame(edgeCode, edgeAt[e], edgeAt[e + 1])) {
          edges[e] = EdgeFrame.RETURN;
          saved += cfg.edgeFreq[e];
        } else {
          edges[e] = EdgeFrame.ENTER;
          prologues++;
        }
      }
    }
    return saved >= MIN_SAVED && prologues <= MAX_PROLOGUES;
  }

  /** Block b consists of a return. */
  isBareReturn(b: number): boolean {
    const { code, codeAt } = this.alloc;
    return codeAt[b + 1] - codeAt[b] === 3 && code[codeAt[b]] === Rec.INST && this.mf.op.a[code[codeAt[b] + 1]] === MOp.RET;
  }

  private blockNeedsFrame(b: number): boolean {
    const { code, codeAt } = this.alloc;
    return this.recordsNeedFrame(code, codeAt[b], codeAt[b + 1]);
  }

  /** Whether the records call, touch slots or the outgoing area, or write a callee-saved register. */
  private recordsNeedFrame(code: Int32Array, from: number, to: number): boolean {
    for (let k = from; k < to; k += 3) {
      const x = code[k + 1];
      switch (code[k] as Rec) {
        case Rec.INST:
          if (this.instructionNeedsFrame(x)) return true;
          break;
        case Rec.MOVE:
          if (isSaved(x)) return true;
          break;
        case Rec.XCHG:
          if (isSaved(x) || isSaved(code[k + 2])) return true;
          break;
        case Rec.REMAT:
          if (isSaved(code[k + 2])) return true;
          break;
        case Rec.LOAD: case Rec.STORE: case Rec.STORE_CONST: case Rec.COPY_SLOT:
          return true;
      }
    }
    return false;
  }

  private instructionNeedsFrame(i: number): boolean {
    const { mf, alloc } = this;
    const op = mf.op.a[i];
    if (op >= MOp.CALL && op <= MOp.CALL_HELPER) return true;
    if ((mf.addr.a[i] & ADDR_KIND_MASK) === AddrKind.OUTGOING || (mf.def.a[i] >= 0 && isSaved(alloc.defReg[i]))) return true;
    for (let t = alloc.tempAt[i]; t < alloc.tempAt[i + 1]; t++) if (isSaved(alloc.temps[t])) return true;
    return false;
  }
}

const isSaved = (r: number): boolean => r >= 0 && (CALLEE_SAVED_MASK >> r & 1) !== 0;
