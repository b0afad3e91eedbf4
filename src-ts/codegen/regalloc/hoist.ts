/**
 * Code of edges that goes before the branch, in inner loops. A move or constant that only one way of a branch wants would
 * need a block of its own between the two, and a jump there or from there. Where the register is free on the other way,
 * too, it is done before the branch: the other way loses an instruction, and no jump is left.
 *
 * Only edges that are critical, with few records that neither the branch nor the other way notices. O(edges), and the
 * code once more where anything moves.
 */
import { Rec } from '../mach.js';
import { classOf, Clobber, clobberMask, Cls, OpFlag } from '../machine.js';
import { IntVec } from '../../util/vec.js';
import type { Coloring } from './color.js';
import type { EdgeCode } from './edges.js';
import { isInnermost, type State } from './state.js';

/** Records of an edge that are moved. */
const MAX_RECORDS = 3;
/** So many instructions on the other way are worth as much as the jumps. */
const WORTH = 3;
/** No kind of record. */
const NONE = -1;

/** The step, with its arrays: reused from function to function. */
export class Hoisting {
  /** By class: registers that the edge in hand writes and reads. */
  private readonly written = new Int32Array(2);
  private readonly read = new Int32Array(2);
  /** By class: registers that something else needs or destroys. */
  private readonly taken = new Int32Array(2);
  /** Triples (block, edge, place in its code). */
  private readonly moved = new IntVec(16);
  private readonly code = new IntVec(1024);

  run(s: State, c: Coloring, edges: EdgeCode): void {
    if (!s.enabled['hoisted-moves']) return;
    const { nb, func } = s;
    const { succAt, succEdge } = func;
    this.moved.clear();
    for (let b = 0; b < nb; b++) {
      if (succAt[b + 1] - succAt[b] !== 2 || !isInnermost(s, b)) continue;
      const first = succEdge[succAt[b]];
      const second = succEdge[succAt[b] + 1];
      if (edges.edgeAt[first] === edges.edgeAt[first + 1] && edges.edgeAt[second] === edges.edgeAt[second + 1])
        continue;
      if (!this.look(s, c, edges, b, first, second)) this.look(s, c, edges, b, second, first);
    }
    if (this.moved.n > 0) this.rebuild(s, c, edges);
  }

  /** Notes that the code of edge e goes before the branch of block b, if it may and should. */
  private look(s: State, c: Coloring, edges: EdgeCode, b: number, e: number, other: number): boolean {
    const { mf, func } = s;
    const { predAt, edgeTo } = func;
    const to = edgeTo[e];
    const n = (edges.edgeAt[e + 1] - edges.edgeAt[e]) / 3;
    if (n === 0 || n > MAX_RECORDS || predAt[to + 1] - predAt[to] === 1) return false;
    if (s.cfg.edgeFreq[other] * n > s.cfg.edgeFreq[e] * WORTH) return false;
    const code = c.code.a;
    let at = c.codeAt[b + 1] - 3;
    const branch = code[at + 1];
    if (!mf.machine.operations.has(mf.op.a[branch], OpFlag.CONDITION)) return false;
    if (!this.collect(edges, e)) return false;
    this.taken.fill(0);
    this.keepOther(s, c, edges, other);
    this.keepOperands(s, c, branch);
    if (this.conflicts()) return false;
    // Not between what makes flags and the branch that tests them.
    if (at > c.codeAt[b] && code[at - 3] === Rec.INST && this.isTested(s, c, code[at - 2], branch)) {
      this.keepOperands(s, c, code[at - 2]);
      const r = c.defReg[code[at - 2]];
      if (this.conflicts() || ((this.read[classOf(r)] >> r) & 1) !== 0) return false;
      at -= 3;
    }
    this.moved.push(b);
    this.moved.push(e);
    this.moved.push(at);
    return true;
  }

  /** Takes up the registers of edge e; false if it has records that are not moved. */
  private collect(edges: EdgeCode, e: number): boolean {
    const code = edges.edgeCode.a;
    this.written.fill(0);
    this.read.fill(0);
    for (let k = edges.edgeAt[e]; k < edges.edgeAt[e + 1]; k += 3) {
      const isMove = code[k] === Rec.MOVE;
      if (!isMove && code[k] !== Rec.REMAT) return false;
      const r = isMove ? code[k + 1] : code[k + 2];
      this.written[classOf(r)] |= 1 << r;
      if (isMove) this.read[classOf(code[k + 2])] |= 1 << code[k + 2];
    }
    return true;
  }

  private conflicts(): boolean {
    return ((this.written[Cls.GPR] & this.taken[Cls.GPR]) | (this.written[Cls.VECTOR] & this.taken[Cls.VECTOR])) !== 0;
  }

  private keep(r: number): void {
    if (r >= 0) this.taken[classOf(r)] |= 1 << r;
  }

  /** Instruction i reads and writes what is in its registers. */
  private keepOperands(s: State, c: Coloring, i: number): void {
    const { mf } = s;
    for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++) this.keep(c.useReg[u]);
    for (let t = c.tempAt[i]; t < c.tempAt[i + 1]; t++) this.keep(c.temps.a[t]);
    if (mf.def.a[i] >= 0) this.keep(c.defReg[i]);
    const bits = mf.clobbers.a[i];
    // Everything is destroyed.
    if ((bits & Clobber.CALL) !== 0) this.taken.fill(-1);
    else this.taken[Cls.GPR] |= clobberMask(s.regs, Cls.GPR, bits);
  }

  /** The other way needs what its code reads, and what it leaves alone for its target: before anything else is noted. */
  private keepOther(s: State, c: Coloring, edges: EdgeCode, other: number): void {
    const code = edges.edgeCode.a;
    const to = s.func.edgeTo[other];
    for (let k = s.inAt[to]; k < s.inAt[to + 1]; k++) this.keep(c.inReg[k]);
    for (let k = edges.edgeAt[other + 1] - 3; k >= edges.edgeAt[other]; k -= 3) {
      const kind = code[k];
      const x = code[k + 1];
      const y = code[k + 2];
      if (kind === Rec.MOVE) {
        this.taken[classOf(x)] &= ~(1 << x);
        this.keep(y);
      } else if (kind === Rec.XCHG) {
        this.keep(x);
        this.keep(y);
      } else if (kind === Rec.LOAD || kind === Rec.REMAT) this.taken[classOf(y)] &= ~(1 << y);
      else if (kind === Rec.STORE || kind === Rec.SAVE_VECTOR) this.keep(y);
      else if (kind === Rec.RESTORE_VECTOR) this.taken[classOf(x)] &= ~(1 << x);
    }
  }

  /** Whether the branch may go by the flags of instruction i before it. */
  private isTested(s: State, c: Coloring, i: number, branch: number): boolean {
    const { mf } = s;
    if (mf.def.a[i] < 0) return false;
    for (let u = mf.useAt.a[branch]; u < mf.useAt.a[branch + 1]; u++) if (c.useReg[u] === c.defReg[i]) return true;
    return false;
  }

  /** Moves the records. */
  private rebuild(s: State, c: Coloring, edges: EdgeCode): void {
    const { moved, code } = this;
    const { edgeCode, edgeAt } = edges;
    code.clear();
    let m = 0;
    for (let b = 0; b < s.nb; b++) {
      const from = c.codeAt[b];
      const to = c.codeAt[b + 1];
      c.codeAt[b] = code.n;
      const isMoved = m < moved.n && moved.a[m] === b;
      const at = isMoved ? moved.a[m + 2] : to;
      for (let k = from; k < at; k++) code.push(c.code.a[k]);
      if (!isMoved) continue;
      const e = moved.a[m + 1];
      for (let k = edgeAt[e]; k < edgeAt[e + 1]; k++) {
        code.push(edgeCode.a[k]);
        edgeCode.a[k] = NONE;
      }
      for (let k = at; k < to; k++) code.push(c.code.a[k]);
      m += 3;
    }
    c.codeAt[s.nb] = code.n;
    c.code.clear();
    for (let k = 0; k < code.n; k++) c.code.push(code.a[k]);
    let n = 0;
    for (let e = 0, k = 0; e < s.ne; e++) {
      edgeAt[e] = n;
      const end = edgeAt[e + 1];
      for (; k < end; k += 3) {
        if (edgeCode.a[k] === NONE) continue;
        for (let j = 0; j < 3; j++) edgeCode.a[n + j] = edgeCode.a[k + j];
        n += 3;
      }
    }
    edgeAt[s.ne] = n;
    edgeCode.n = n;
  }
}
