/**
 * Decides where a function has its frame (shrink-wrapping). Many functions handle the common case without a call; that
 * case should not pay for a frame. So the prologue goes on the edges into the blocks that need a frame, a teardown on
 * the edges out of them, and the other blocks run frameless. Frequencies decide between that and one prologue at entry.
 *
 * Frameless code accesses small spill areas below rsp, in the red zone. In frameless code, values assigned to
 * callee-saved registers live in unused caller-saved registers instead (`bareHw`); moves are inserted on the edges
 * between the two regions. Where that is not possible, blocks that touch slots or callee-saved registers need the
 * frame.
 *
 * A block that only returns counts as framed, but costs nothing from frameless blocks: the edge becomes a bare return.
 */
import { ADDR_KIND_MASK, AddrKind, type Allocation, destroyedBy, type MachFunc, Rec } from './mach.js';
import { classOf, Clobber, Cls, OpFlag, type RegisterFile, REGISTERS } from './machine.js';

/** What happens to the frame on an edge. */
export const enum EdgeFrame {
  NONE = 0,
  /** The prologue comes before the edge's code. */
  ENTER = 1,
  /** The target only returns and the source has no frame: a bare return after the edge's code. */
  RETURN = 2,
  /** The frame ends after the edge's code. */
  LEAVE = 3,
}

/** What the plan must know of the frame (x64/emit/emit.ts). */
export interface FrameShape {
  /** Instructions of the prologue and of its reverse (without the return). */
  enterCost: number;
  leaveCost: number;
  /** Frameless code may use the slots. */
  slotsInReach: boolean;
}

/** More copies of the prologue, or of its reverse, than this are not worth it. */
const MAX_COPIES = 32;
/** Least share of the cost of a frame per call that must be saved. */
const MIN_SAVED = 0.02;

export class FramePlan {
  private mf!: MachFunc;
  private alloc!: Allocation;
  private shape!: FrameShape;
  private regs!: RegisterFile;
  /** OpFlag by operation. */
  private flags!: Uint16Array;
  /** Mask of the callee-saved registers; like all masks here of general registers. */
  private saved = 0;
  /** By block: the function's frame exists in it. */
  framed = new Uint8Array(0);
  /** By edge: EdgeFrame. */
  edges = new Uint8Array(0);
  /** By edge that enters or leaves: callee-saved registers whose values move between their two names. */
  moved = new Int32Array(0);
  /** Hardware numbers of the allocator's registers in frameless code. */
  readonly bareHw = new Uint8Array(REGISTERS);

  // --- by block, then by edge: registers mentioned, read before they are written, written ---
  private mentioned = new Int32Array(0);
  private reads = new Int32Array(0);
  private writes = new Int32Array(0);
  /** By block / edge: needs the frame whatever the registers' names are. */
  private hard = new Uint8Array(0);
  private bareReturn = new Uint8Array(0);
  private returns = new Uint8Array(0);
  /** Registers alive at the start of a block / an edge. */
  private live = new Int32Array(0);
  private candidate = new Uint8Array(0);
  private worklist = new Int32Array(0);

  /** Decides for a function; `movable`: it has a frame, and its prologue may stand anywhere. */
  start(mf: MachFunc, alloc: Allocation, movable: boolean, shape: FrameShape): void {
    const { nb, ne } = mf.func;
    this.mf = mf;
    this.alloc = alloc;
    this.shape = shape;
    if (this.framed.length < nb) {
      this.framed = new Uint8Array(nb * 2);
      this.candidate = new Uint8Array(nb * 2);
      this.bareReturn = new Uint8Array(nb * 2);
      this.returns = new Uint8Array(nb * 2);
      this.worklist = new Int32Array(nb * 2);
    }
    if (this.edges.length < ne) this.edges = new Uint8Array(ne * 2);
    this.edges.fill(EdgeFrame.NONE, 0, ne);
    this.regs = mf.machine.registers;
    this.flags = mf.machine.operations.flags;
    this.saved = this.regs.calleeSavedMask;
    this.bareHw.set(this.regs.hw);
    if (movable && nb > 1 && this.returnsWithoutCall()) {
      this.scan();
      if (this.choose()) return;
    }
    this.framed.fill(1, 0, nb);
  }

  private flagsOf(i: number): number {
    return this.flags[this.mf.op.a[i]];
  }

  /** Block b consists of a return. */
  isBareReturn(b: number): boolean {
    const { code, codeAt } = this.alloc;
    return (
      codeAt[b + 1] - codeAt[b] === 3 &&
      code[codeAt[b]] === Rec.INST &&
      (this.flagsOf(code[codeAt[b] + 1]) & (OpFlag.RETURN | OpFlag.TAIL)) === OpFlag.RETURN
    );
  }

  // ------------------------------------------------------------------ facts

  private callsIn(b: number): boolean {
    const { code, codeAt } = this.alloc;
    for (let k = codeAt[b]; k < codeAt[b + 1]; k += 3)
      if (code[k] === Rec.INST && (this.flagsOf(code[k + 1]) & OpFlag.CALL) !== 0) return true;
    return false;
  }

  /** Some path from the entry to a return makes no call: only then can there be anything to save. */
  private returnsWithoutCall(): boolean {
    const { candidate: seen, worklist, mf, alloc } = this;
    const { nb, edgeTo, succAt, succEdge } = mf.func;
    seen.fill(0, 0, nb);
    seen[0] = 1;
    worklist[0] = 0;
    for (let n = 1; n > 0;) {
      const b = worklist[--n];
      if (this.callsIn(b)) continue;
      if ((this.flagsOf(alloc.code[alloc.codeAt[b + 1] - 2]) & OpFlag.RETURN) !== 0) return true;
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const to = edgeTo[succEdge[k]];
        if (seen[to] !== 0) continue;
        seen[to] = 1;
        worklist[n++] = to;
      }
    }
    return false;
  }

  /** Fills the facts of all blocks and edges, and `live`. */
  private scan(): void {
    const { mf, alloc } = this;
    const { nb, ne, succAt, succEdge, edgeTo } = mf.func;
    const n = nb + ne;
    if (this.live.length < n) {
      this.mentioned = new Int32Array(n * 2);
      this.reads = new Int32Array(n * 2);
      this.writes = new Int32Array(n * 2);
      this.live = new Int32Array(n * 2);
      this.moved = new Int32Array(n * 2);
      this.hard = new Uint8Array(n * 2);
    }
    for (let b = 0; b < nb; b++) {
      this.scanRecords(b, alloc.code, alloc.codeAt[b], alloc.codeAt[b + 1]);
      this.bareReturn[b] = this.isBareReturn(b) ? 1 : 0;
      const last = alloc.code[alloc.codeAt[b + 1] - 2];
      this.returns[b] = succAt[b] === succAt[b + 1] && (this.flagsOf(last) & OpFlag.RETURN) !== 0 ? 1 : 0;
    }
    for (let e = 0; e < ne; e++) this.scanRecords(nb + e, alloc.edgeCode, alloc.edgeAt[e], alloc.edgeAt[e + 1]);
    const { live, reads, writes } = this;
    live.fill(0, 0, n);
    for (let changed = true; changed;) {
      changed = false;
      for (let b = nb - 1; b >= 0; b--) {
        let out = 0;
        for (let k = succAt[b]; k < succAt[b + 1]; k++) {
          const x = nb + succEdge[k];
          live[x] = reads[x] | (live[edgeTo[succEdge[k]]] & ~writes[x]);
          out |= live[x];
        }
        const before = reads[b] | (out & ~writes[b]);
        if (before === live[b]) continue;
        live[b] = before;
        changed = true;
      }
    }
  }

  /** Facts of the records code[from .. to), for block or edge x. */
  private scanRecords(x: number, code: Int32Array, from: number, to: number): void {
    let all = 0;
    let read = 0;
    let written = 0;
    let hard = 0;
    for (let k = to - 3; k >= from; k -= 3) {
      const p = code[k + 1];
      const q = code[k + 2];
      let uses = 0;
      let defs = 0;
      switch (code[k] as Rec) {
        case Rec.INST: {
          const { mf, alloc } = this;
          const needsFrame = (this.flagsOf(p) & (OpFlag.CALL | OpFlag.FRAMED)) !== 0;
          if (needsFrame || (mf.addr.a[p] & ADDR_KIND_MASK) === AddrKind.OUTGOING) hard = 1;
          if (mf.def.a[p] >= 0) defs |= bit(alloc.defReg[p]);
          for (let t = alloc.tempAt[p]; t < alloc.tempAt[p + 1]; t++) defs |= bit(alloc.temps[t]);
          for (let u = mf.useAt.a[p]; u < mf.useAt.a[p + 1]; u++) uses |= bit(alloc.useReg[u]);
          if ((mf.clobbers.a[p] & Clobber.CALL) !== 0) written |= destroyedBy(mf, Cls.GPR, p);
          break;
        }
        case Rec.MOVE:
          defs = bit(p);
          uses = bit(q);
          break;
        case Rec.XCHG:
          uses = bit(p) | bit(q);
          break;
        case Rec.LOAD:
        case Rec.REMAT:
          defs = bit(q);
          break;
        case Rec.STORE:
        case Rec.SAVE_VECTOR:
          uses = bit(q);
          break;
        case Rec.RESTORE_VECTOR:
          defs = bit(p);
          break;
      }
      if (!this.shape.slotsInReach && isSlotAccess(code[k])) hard = 1;
      all |= uses | defs;
      written |= defs;
      read = (read & ~defs) | uses;
    }
    this.mentioned[x] = all;
    this.reads[x] = read;
    this.writes[x] = written;
    this.hard[x] = hard;
  }

  // ------------------------------------------------------------------ the choice

  /** Chooses where the frame is, and what happens on the edges; false: at the entry is best. */
  private choose(): boolean {
    const { framed, candidate } = this;
    const nb = this.mf.func.nb;
    this.needyEdges();
    candidate.set(this.hard.subarray(0, nb));
    this.grow(candidate);
    const grown = this.cost(candidate);
    framed.set(this.hard.subarray(0, nb));
    this.closeForward(framed);
    this.shrink(framed);
    const shrunk = this.cost(framed);
    if (grown < shrunk) framed.set(candidate.subarray(0, nb));
    if (this.worthIt(Math.min(grown, shrunk)) && this.classifyEdges()) return true;
    // Callee-saved registers keep their names: what mentions one needs the frame, and once it is there it stays.
    for (let b = 0; b < nb; b++) framed[b] = this.hard[b] !== 0 || (this.mentioned[b] & this.saved) !== 0 ? 1 : 0;
    const { ne, edgeTo } = this.mf.func;
    for (let e = 0; e < ne; e++)
      if ((this.mentioned[nb + e] & this.saved) !== 0)
        framed[this.atSource(e) ? this.mf.func.edgeFrom[e] : edgeTo[e]] = 1;
    this.closeForward(framed);
    return framed[0] === 0 && this.worthIt(this.cost(framed)) && this.classifyEdges();
  }

  private atSource(e: number): boolean {
    const { succAt, edgeFrom } = this.mf.func;
    return succAt[edgeFrom[e] + 1] - succAt[edgeFrom[e]] === 1;
  }

  /** An edge's need for the frame is its source's if the code is there, else its target's. */
  private needyEdges(): void {
    const { nb, ne, edgeFrom, edgeTo } = this.mf.func;
    for (let e = 0; e < ne; e++) if (this.hard[nb + e] !== 0) this.hard[this.atSource(e) ? edgeFrom[e] : edgeTo[e]] = 1;
  }

  private worthIt(cost: number): boolean {
    const { cfg, func } = this.mf;
    const { enterCost, leaveCost } = this.shape;
    let all = enterCost;
    for (let b = 0; b < func.nb; b++) if (this.returns[b] !== 0) all += cfg.freq[b] * leaveCost;
    return cost + MIN_SAVED * (enterCost + leaveCost) <= all;
  }

  /** What an edge costs when its ends are framed or not. */
  private edgeCost(e: number, from: number, to: number): number {
    const { func, cfg } = this.mf;
    const b = func.edgeTo[e];
    if (this.bareReturn[b] !== 0) {
      if (from !== 0) return cfg.edgeFreq[e] * this.shape.leaveCost;
      return this.hard[func.nb + e] !== 0 ? cfg.edgeFreq[e] * (this.shape.enterCost + this.shape.leaveCost) : 0;
    }
    if (from === to) return 0;
    if (to !== 0) return cfg.edgeFreq[e] * (this.shape.enterCost + bits(this.live[func.nb + e] & this.saved));
    return cfg.edgeFreq[e] * (this.shape.leaveCost + bits(this.live[b] & this.saved));
  }

  /** What it saves to take the frame away from block b (negative: to give it one costs that much less). */
  private gain(framed: Uint8Array, b: number): number {
    const { func, cfg } = this.mf;
    let sum = this.returns[b] !== 0 && this.bareReturn[b] === 0 ? cfg.freq[b] * this.shape.leaveCost : 0;
    for (let k = func.predAt[b]; k < func.predAt[b + 1]; k++) {
      const e = func.predEdge[k];
      const p = func.edgeFrom[e];
      if (p !== b) sum += this.edgeCost(e, framed[p], 1) - this.edgeCost(e, framed[p], 0);
    }
    for (let k = func.succAt[b]; k < func.succAt[b + 1]; k++) {
      const e = func.succEdge[k];
      const t = func.edgeTo[e];
      if (t !== b) sum += this.edgeCost(e, 1, framed[t]) - this.edgeCost(e, 0, framed[t]);
    }
    return sum;
  }

  private cost(framed: Uint8Array): number {
    const { func, cfg } = this.mf;
    let sum = 0;
    for (let b = 0; b < func.nb; b++)
      if (framed[b] !== 0 && this.returns[b] !== 0 && this.bareReturn[b] === 0)
        sum += cfg.freq[b] * this.shape.leaveCost;
    for (let e = 0; e < func.ne; e++) sum += this.edgeCost(e, framed[func.edgeFrom[e]], framed[func.edgeTo[e]]);
    return framed[0] !== 0 ? sum + this.shape.enterCost : sum;
  }

  /** From the blocks that need the frame: neighbours join where that costs no more. */
  private grow(framed: Uint8Array): void {
    const nb = this.mf.func.nb;
    for (let round = 0; round < 2; round++) {
      for (let b = 1; b < nb; b++) if (framed[b] === 0 && this.gain(framed, b) <= 0) framed[b] = 1;
      for (let b = nb - 1; b > 0; b--) if (framed[b] === 0 && this.gain(framed, b) <= 0) framed[b] = 1;
    }
  }

  /** From a set that is closed forward: blocks at its ends go where that costs no more. */
  private shrink(framed: Uint8Array): void {
    const nb = this.mf.func.nb;
    for (let b = nb - 1; b >= 0; b--)
      if (framed[b] !== 0 && this.hard[b] === 0 && this.gain(framed, b) >= 0) framed[b] = 0;
    for (let b = 0; b < nb; b++) if (framed[b] !== 0 && this.hard[b] === 0 && this.gain(framed, b) > 0) framed[b] = 0;
  }

  /** Adds everything that a framed block leads to. */
  private closeForward(framed: Uint8Array): void {
    const { worklist } = this;
    const { nb, edgeTo, succAt, succEdge } = this.mf.func;
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

  // ------------------------------------------------------------------ the consequences

  /**
   * Says what happens on each edge and gives callee-saved registers their frameless names; false if that is too much,
   * or there are too few registers.
   */
  private classifyEdges(): boolean {
    const { framed, edges } = this;
    const { nb, ne, edgeFrom, edgeTo, predAt, predEdge } = this.mf.func;
    if (framed[0] !== 0) return false;
    for (let b = 0; b < nb; b++) {
      if (this.bareReturn[b] === 0) continue;
      framed[b] = 0;
      for (let k = predAt[b]; k < predAt[b + 1]; k++) {
        const e = predEdge[k];
        if (framed[edgeFrom[e]] !== 0 || this.hard[nb + e] !== 0) framed[b] = 1;
      }
    }
    let enters = 0;
    let leaves = 0;
    for (let e = 0; e < ne; e++) {
      const from = framed[edgeFrom[e]];
      const to = framed[edgeTo[e]];
      edges[e] =
        from === to
          ? EdgeFrame.NONE
          : from !== 0
            ? EdgeFrame.LEAVE
            : this.bareReturn[edgeTo[e]] !== 0 && this.hard[nb + e] === 0
              ? EdgeFrame.RETURN
              : EdgeFrame.ENTER;
      if (edges[e] === EdgeFrame.ENTER) enters++;
      if (edges[e] === EdgeFrame.LEAVE) leaves++;
    }
    if (enters <= MAX_COPIES && leaves <= MAX_COPIES && this.rename()) return true;
    edges.fill(EdgeFrame.NONE, 0, ne);
    return false;
  }

  private rename(): boolean {
    const { framed, edges, live, mentioned, moved, bareHw } = this;
    const { nb, ne, edgeFrom, edgeTo } = this.mf.func;
    let taken = 0;
    for (let b = 0; b < nb; b++) if (framed[b] === 0) taken |= mentioned[b] | live[b];
    for (let e = 0; e < ne; e++) {
      if (framed[edgeFrom[e]] === 0) taken |= live[nb + e];
      if (framed[edgeFrom[e]] === 0 && edges[e] !== EdgeFrame.ENTER) taken |= mentioned[nb + e];
    }
    const named = taken & this.saved;
    let room = this.regs.masks[Cls.GPR] & ~this.saved & ~taken;
    if (bits(named) > bits(room)) return false;
    for (let m = named; m !== 0; m &= m - 1) {
      const to = 31 - Math.clz32(room);
      room &= ~(1 << to);
      bareHw[31 - Math.clz32(m & -m)] = this.regs.hw[to];
    }
    for (let e = 0; e < ne; e++)
      moved[e] =
        edges[e] === EdgeFrame.ENTER
          ? live[nb + e] & named
          : edges[e] === EdgeFrame.LEAVE
            ? live[edgeTo[e]] & named
            : 0;
    return true;
  }
}

/** The register as a mask; vector registers have no place in these masks. */
const bit = (r: number): number => (classOf(r) === Cls.GPR ? 1 << r : 0);
const isSlotAccess = (rec: number): boolean =>
  rec === Rec.LOAD || rec === Rec.STORE || rec === Rec.STORE_CONST || rec === Rec.COPY_SLOT;

/** Number of set bits of a mask of registers. */
function bits(mask: number): number {
  let n = 0;
  for (; mask !== 0; mask &= mask - 1) n++;
  return n;
}
