/**
 * Code on edges: brings every value from where the source block leaves it to where the target wants it. In order: fills
 * of parameters that live in memory, register moves, loads, constants. A slot that is both read and filled on one edge
 * (loop-carried values that change places in memory) is saved in a scratch slot first. O(entry sets + fills).
 */
import { type MachFunc, Rec } from '../mach.js';
import { REGISTER_BITS, REGISTERS } from '../machine.js';
import { Cls } from '../machine.js';
import { IntVec } from '../../util/vec.js';
import type { Coloring } from './color.js';
import type { ParallelMove } from './moves.js';
import { ensureI32, ensureI8, type State } from './state.js';

/** The pass, with its results: reused from function to function. */
export class EdgeCode {
  readonly edgeCode = new IntVec(1024);
  edgeAt = new Int32Array(0);
  private outMap = new Int8Array(0);
  /** Loads and constants of the edge: (kind, value, register). */
  private readonly late = new IntVec(64);
  /** Scratch values of the function, with a slot each: vector of 16 bytes, vector of 8, general, as needed. */
  private readonly scratch = new IntVec(8);
  private scratchUsed = 0;
  /** By fill of the edge: the value whose slot is read. */
  private readonly sources = new IntVec(64);

  constructor(private readonly moves: ParallelMove) {}

  private record(kind: Rec, x: number, y: number): void {
    this.edgeCode.push(kind);
    this.edgeCode.push(x);
    this.edgeCode.push(y);
  }

  /**
   * Emits the code of all edges into `edgeCode`; returns the scratch values that it made (they need slots of their own).
   */
  run(s: State, c: Coloring): IntVec {
    const { ne, func, inAt, inV, mf, paramPos, remat } = s;
    const { edgeFrom, edgeTo, argAt, args, paramAt } = func;
    const { edgeFreq } = s.cfg;
    const { outAt, inReg } = c;
    this.edgeAt = ensureI32(this.edgeAt, ne + 1);
    this.outMap = ensureI8(this.outMap, s.nVals);
    this.edgeCode.clear();
    this.scratch.clear();
    const there = s.stampB;
    for (let e = 0; e < ne; e++) {
      this.edgeAt[e] = this.edgeCode.n;
      const b = edgeTo[e];
      const fill = s.usesMemory ? s.fillHead[e] : -1;
      if (inAt[b] === inAt[b + 1] && fill < 0) continue;
      const p = edgeFrom[e];
      const w = edgeFreq[e];
      const mark = ++s.epoch;
      const pairs = c.outPairs.a;
      for (let k = outAt[p]; k < outAt[p + 1]; k++) {
        there[pairs[k] >> REGISTER_BITS] = mark;
        this.outMap[pairs[k] >> REGISTER_BITS] = pairs[k] & (REGISTERS - 1);
      }
      this.late.clear();
      for (let k = inAt[b]; k < inAt[b + 1]; k++) {
        let v = inV[k];
        const r = inReg[k];
        if (mf.valueBlock[v] === b) v = args[argAt[e] + paramPos[v] - paramAt[b]];
        if (!remat[v] && there[v] === mark) {
          this.moves.add(r, this.outMap[v]);
          continue;
        }
        this.late.push(remat[v] ? Rec.REMAT : Rec.LOAD);
        this.late.push(v);
        this.late.push(r);
        if (!remat[v]) c.wReloads += w;
      }
      if (fill >= 0) this.emitFills(s, c, fill, mark, w);
      c.wMoves += this.moves.emit(this.edgeCode) * w;
      for (let pass = 0; pass < 2; pass++) {
        const kind = pass === 0 ? Rec.LOAD : Rec.REMAT;
        for (let k = 0; k < this.late.n; k += 3)
          if (this.late.a[k] === kind) this.record(kind, this.late.a[k + 1], this.late.a[k + 2]);
      }
    }
    this.edgeAt[ne] = this.edgeCode.n;
    return this.scratch;
  }

  /**
   * Fills the slots of memory parameters; loads in `late` that would come after their slot is overwritten are redirected
   * to scratch slots.
   */
  private emitFills(s: State, c: Coloring, fill: number, mark: number, w: number): void {
    const { remat, slotClass, fillNext, fillParam, fillArg } = s;
    const there = s.stampB;
    const written = s.stampC; // by slot representative
    const wMark = ++s.epoch;
    for (let k = fill; k >= 0; k = fillNext.a[k]) written[slotClass[fillParam.a[k]]] = wMark;
    this.scratchUsed = 0;
    for (let k = 0; k < this.late.n; k += 3) {
      if (this.late.a[k] !== Rec.LOAD || written[slotClass[this.late.a[k + 1]]] !== wMark) continue;
      this.late.a[k + 1] = this.saveInScratch(s, this.late.a[k + 1]);
    }
    this.sources.clear();
    for (let k = fill; k >= 0; k = fillNext.a[k]) {
      const a = fillArg.a[k];
      const inSlot = !remat[a] && there[a] !== mark;
      this.sources.push(inSlot && written[slotClass[a]] === wMark ? this.saveInScratch(s, a) : a);
    }
    for (let k = fill, n = 0; k >= 0; k = fillNext.a[k], n++) {
      const a = fillArg.a[k];
      c.wStores += w;
      if (remat[a]) this.record(Rec.STORE_CONST, fillParam.a[k], a);
      else if (there[a] === mark) this.record(Rec.STORE, fillParam.a[k], this.outMap[a]);
      else {
        this.record(Rec.COPY_SLOT, fillParam.a[k], this.sources.a[n]);
        c.wReloads += w;
      }
    }
  }

  /** Copies v's slot to a scratch slot and returns the scratch value. */
  private saveInScratch(s: State, v: number): number {
    const mf = s.mf;
    const cls = mf.valueClass[v];
    const size = mf.valueSize[v];
    let k = this.scratchUsed;
    while (k < this.scratch.n && (mf.valueClass[this.scratch.a[k]] !== cls || mf.valueSize[this.scratch.a[k]] !== size))
      k++;
    if (k === this.scratch.n) this.scratch.push(addValue(s, cls, size));
    this.scratchUsed = k + 1;
    this.record(Rec.COPY_SLOT, this.scratch.a[k], v);
    return this.scratch.a[k];
  }
}

/** A new value of the machine function. */
function addValue(s: State, cls: Cls, size: number): number {
  const mf = s.mf;
  const v = mf.nVals++;
  growValues(mf, v + 1);
  mf.valueClass[v] = cls;
  mf.valueSize[v] = size;
  mf.valueBlock[v] = -1;
  mf.constOf[v] = -1;
  return v;
}

/** Makes room for n values. */
export function growValues(mf: MachFunc, n: number): void {
  if (mf.valueClass.length >= n) return;
  const valueClass = new Uint8Array(n + 15);
  const valueSize = new Uint8Array(n + 15);
  const valueBlock = new Int32Array(n + 15);
  const constOf = new Int32Array(n + 15);
  valueClass.set(mf.valueClass);
  valueSize.set(mf.valueSize);
  valueBlock.set(mf.valueBlock);
  constOf.set(mf.constOf);
  mf.valueClass = valueClass;
  mf.valueSize = valueSize;
  mf.valueBlock = valueBlock;
  mf.constOf = constOf;
}
