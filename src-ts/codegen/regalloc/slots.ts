/**
 * After spilling: which values need memory, where each is stored, which parameters share a slot with their arguments
 * (so that a parameter in memory costs no copy), and which slots share bytes.
 *
 * - A value is stored after its definition, or in blocks below in which it is in a register, such that a store
 *   dominates each need: where that is executed least.
 * - A parameter and its arguments are united by a real interference test.
 * - Bytes are shared by hulls: [first, last] position of a class's life in the instruction order. Blocks are in
 *   topological order with contiguous loops, so a hull
 *   covers every point where the class is alive. Parameters that are filled on edges reach to the ends of the edges'
 *   sources. Near-linear: walks up the dominator tree stay within live ranges; unions are bounded by MAX_PAIRS and
 *   their steps by `patience`; free slots wait in heaps.
 */
import { ensureF64, ensureI32, ensureU8, type State, UseFlag } from './state.js';
import { findLiveIn } from './liveness.js';
import { IntHeap } from '../../util/heap.js';
import { sortByKey } from '../../util/sort.js';
import { IntVec } from '../../util/vec.js';

const MAX_PAIRS = 400;
/** Steps of all interference tests of a function: these, and so many for each instruction, operand and argument. */
const FREE_STEPS = 1 << 18;
const STEPS_PER_ITEM = 16;
/** Loops that are looked at around the use of a slotted value, from the innermost out. */
const MAX_CLIMB = 32;

/** Index in `inV` of v in a register at the start of block b, or -1. */
const indexIn = (s: State, b: number, v: number): number => {
  for (let k = s.inAt[b]; k < s.inAt[b + 1]; k++) if (s.inV[k] === v) return k;
  return -1;
};
const isIn = (s: State, b: number, v: number): boolean => indexIn(s, b, v) >= 0;
const isOut = (s: State, b: number, v: number): boolean => {
  for (let k = s.outAt[b]; k < s.outAt[b + 1]; k++) if (s.outV[k] === v) return true;
  return false;
};

/** Stores and slots; keeps its arrays from function to function. */
export class Slots {
  private patience = 0;
  /** Needs of a value: linked lists of blocks at whose end (or inside which) its slot must be filled. */
  private needHead = new Int32Array(0);
  private readonly needNext = new IntVec(256);
  private readonly needBlock = new IntVec(256);
  private readonly work = new IntVec(64);
  /** Members of a slot class: circular lists. */
  private nextMember = new Int32Array(0);
  private classSize = new Int32Array(0);
  /** Hull of a value's life in instruction numbers. */
  private hullStart = new Int32Array(0);
  private hullEnd = new Int32Array(0);

  /** Edges by frequency; slots of a size by weight. */
  private readonly order = new IntVec(64);
  /** By edge, slot or slot class: what it is sorted by. */
  private sortKey = new Float64Array(64);

  /**
   * Slot classes by start of their hulls; slots of the byte assignment: offset, size, weight.
   */
  private readonly classes = new IntVec(64);

  // --- results ---
  /** By value: byte offset of its slot in the spill area, or -1; the area's bytes. */
  slotOf = new Int32Array(0);
  spillBytes = 0;

  private readonly slotAt = new IntVec(64);
  /** Slots of each size: taken ones by the end of their tenant's hull, free ones by number. */
  private readonly taken8 = new IntHeap();
  private readonly taken16 = new IntHeap();
  private readonly free8 = new IntHeap();
  private readonly free16 = new IntHeap();
  private readonly slotSize = new IntVec(64);
  private slotWeight = new Float64Array(64);
  private slotNumber = new Int32Array(0);

  /**
   * By block on the way from a need up to the definition: cost of stores below it; has a need; where in `inV` the value
   * is if it is stored there, or -1.
   */
  private below = new Float64Array(0);
  private isNeed = new Uint8Array(0);
  private storePlace = new Int32Array(0);
  private readonly wayUp = new IntVec(64);
  /** By value: weight of its stores. */
  private storeWeight = new Float64Array(0);
  /** By loop header: last block of the loop; header of the next loop out and of the outermost one around it. */
  private loopEnd = new Int32Array(0);
  private outerLoop = new Int32Array(0);
  private rootLoop = new Int32Array(0);
  /** By block: header of the innermost loop that it stands in, whether it belongs to it or not; or -1. */
  private loopAround = new Int32Array(0);
  private weights = new Float64Array(0);

  private need(s: State, v: number, b: number): void {
    if (!s.needMem[v]) {
      s.needMem[v] = 1;
      this.work.push(v);
    }
    this.needNext.push(this.needHead[v]);
    this.needHead[v] = this.needBlock.push(b);
  }

  /** Decides about memory: `needMem`, `storeAt`, `slotClass`, and the fills of parameters on edges. */
  placeStores(s: State): void {
    const { nb, ne, nVals, func, mf, remat, inAt, inV, outAt, outV, paramPos, useFlags } = s;
    const { edgeFrom, edgeTo, predAt, predEdge, paramAt, argAt, args } = func;
    const { instAt, valueBlock } = mf;
    const { edgeFreq } = s.cfg;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const needMem = (s.needMem = ensureU8(s.needMem, nVals));
    needMem.fill(0, 0, nVals);
    const storeAt = (s.storeAt = ensureI32(s.storeAt, nVals));
    storeAt.fill(-1, 0, nVals);
    const uf = (s.slotClass = ensureI32(s.slotClass, nVals));
    this.nextMember = ensureI32(this.nextMember, nVals);
    this.classSize = ensureI32(this.classSize, nVals);
    for (let v = 0; v < nVals; v++) {
      uf[v] = v;
      this.nextMember[v] = v;
    }
    this.classSize.fill(1, 0, nVals);
    s.fillHead = ensureI32(s.fillHead, ne);
    s.fillHead.fill(-1, 0, ne);
    s.fillNext.clear();
    s.fillParam.clear();
    s.fillArg.clear();
    this.needHead = ensureI32(this.needHead, nVals);
    this.needHead.fill(-1, 0, nVals);
    this.needNext.clear();
    this.needBlock.clear();
    this.work.clear();

    // --- reloads inside blocks and on edges ---
    for (let b = 0; b < nb; b++) {
      for (let u = useAt[instAt[b]], end = useAt[instAt[b + 1]]; u < end; u++) {
        if (useFlags[u] & UseFlag.RELOAD && !remat[useValue[u]]) this.need(s, useValue[u], b);
      }
    }
    const there = s.stampA;
    for (let e = 0; e < ne; e++) {
      const p = edgeFrom[e];
      const b = edgeTo[e];
      if (inAt[b] === inAt[b + 1]) continue;
      const mark = ++s.epoch;
      for (let k = outAt[p]; k < outAt[p + 1]; k++) there[outV[k]] = mark;
      for (let k = inAt[b]; k < inAt[b + 1]; k++) {
        let v = inV[k];
        if (valueBlock[v] === b) v = args[argAt[e] + paramPos[v] - paramAt[b]];
        if (!remat[v] && there[v] !== mark) this.need(s, v, p);
      }
    }
    if (this.work.n === 0) return;
    s.usesMemory = true;
    this.measureHulls(s);
    if (s.hasSlotted) this.widenHulls(s);
    this.patience = FREE_STEPS + STEPS_PER_ITEM * (s.nInst + s.nUse + s.nArgs);

    // --- parameters in memory: hottest edges first ---
    this.sortKey = ensureF64(this.sortKey, ne);
    while (this.work.n > 0) {
      const p = this.work.a[--this.work.n];
      const k = paramPos[p];
      const b = valueBlock[p];
      if (k < 0 || isIn(s, b, p)) continue;
      const { order, sortKey } = this;
      order.clear();
      for (let q = predAt[b]; q < predAt[b + 1]; q++) {
        sortKey[predEdge[q]] = -edgeFreq[predEdge[q]];
        order.push(predEdge[q]);
      }
      sortByKey(order.a, order.n, sortKey);
      for (let q = 0; q < order.n; q++) {
        const e = order.a[q];
        const a = args[argAt[e] + k - paramAt[b]];
        if (a === p) continue;
        if (remat[a]) {
          addFill(s, e, p, a);
          continue;
        }
        if (this.unite(s, p, a)) this.need(s, a, edgeFrom[e]);
        else {
          if (!isOut(s, edgeFrom[e], a)) this.need(s, a, edgeFrom[e]);
          addFill(s, e, p, a);
        }
      }
    }

    for (let v = 0; v < nVals; v++) uf[v] = find(s, v);

    // --- the cheapest stores for each value ---
    s.storeIn = ensureU8(s.storeIn, inAt[nb]);
    s.storeIn.fill(0, 0, inAt[nb]);
    this.below = ensureF64(this.below, nb);
    this.isNeed = ensureU8(this.isNeed, nb);
    this.storeWeight = ensureF64(this.storeWeight, nVals);
    for (let v = 0; v < nVals; v++) {
      this.storeWeight[v] = 0;
      if (!needMem[v] || remat[v]) continue;
      if (paramPos[v] >= 0 && !isIn(s, valueBlock[v], v)) continue; // filled on its edges
      if (s.slotted[v]) {
        storeAt[v] = valueBlock[v];
        this.storeWeight[v] = s.cfg.freq[valueBlock[v]];
      } else this.placeStoresOf(s, v);
    }
  }

  /**
   * Stores of v such that one dominates each need: at the definition, or at the starts of blocks further down the
   * dominator tree where the value is in a register, whatever is executed less. A block stands for all needs below it, or
   * leaves them to the blocks below.
   */
  private placeStoresOf(s: State, v: number): void {
    const { func, storeAt, storeIn } = s;
    const { idom } = func;
    const { freq } = s.cfg;
    const d = s.mf.valueBlock[v];
    const seen = s.stampBlock;
    const mark = ++s.epoch;
    this.storePlace = ensureI32(this.storePlace, s.nb);
    this.wayUp.clear();
    for (let k = this.needHead[v]; k >= 0; k = this.needNext.a[k]) {
      for (let y = this.needBlock.a[k]; seen[y] !== mark; y = idom[y]) {
        seen[y] = mark;
        this.below[y] = 0;
        this.isNeed[y] = 0;
        this.wayUp.push(y);
        if (y === d) break;
      }
      this.isNeed[this.needBlock.a[k]] = 1;
    }
    // Dominators have lower numbers.
    const up = this.wayUp.a;
    const nUp = this.wayUp.n;
    this.sortUp();
    for (let k = nUp - 1; k > 0; k--) {
      const y = up[k];
      const at = this.isNeed[y] !== 0 || freq[y] <= this.below[y] ? indexIn(s, y, v) : -1;
      this.storePlace[y] = at;
      this.below[idom[y]] += at >= 0 ? freq[y] : this.isNeed[y] !== 0 ? Infinity : this.below[y];
    }
    if (this.isNeed[d] !== 0 || freq[d] <= this.below[d] || !s.enabled['late-stores']) {
      storeAt[v] = d;
      this.storeWeight[v] = freq[d];
      return;
    }
    this.storeWeight[v] = this.below[d];
    // What stands below a store needs none: from the top on, blocks that are covered pass that on.
    this.isNeed[d] = 0;
    for (let k = 1; k < nUp; k++) {
      const y = up[k];
      const covered = this.isNeed[idom[y]] !== 0;
      this.isNeed[y] = covered || this.storePlace[y] >= 0 ? 1 : 0;
      if (!covered && this.storePlace[y] >= 0) storeIn[this.storePlace[y]] = 1;
    }
  }

  /** Sorts the way up by block. */
  private sortUp(): void {
    const { wayUp } = this;
    this.sortKey = ensureF64(this.sortKey, this.below.length);
    for (let k = 0; k < wayUp.n; k++) this.sortKey[wayUp.a[k]] = 0;
    sortByKey(wayUp.a, wayUp.n, this.sortKey);
  }

  /** Where each value's life begins and (at most) ends. */
  private measureHulls(s: State): void {
    const { nb, nVals, func, mf, liveAt, liveV, defInst, paramPos } = s;
    const { instAt, valueBlock } = mf;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    this.hullStart = ensureI32(this.hullStart, nVals);
    this.hullEnd = ensureI32(this.hullEnd, nVals);
    for (let v = 0; v < nVals; v++) {
      const i = defInst[v];
      this.hullStart[v] = this.hullEnd[v] =
        i >= 0 ? (i < s.entryEnd ? 0 : i) : paramPos[v] >= 0 ? instAt[valueBlock[v]] : 0;
    }
    for (let b = 0; b < nb; b++) {
      for (let i = instAt[b]; i < instAt[b + 1]; i++)
        for (let u = useAt[i]; u < useAt[i + 1]; u++) this.hullEnd[useValue[u]] = i;
      for (let k = func.succAt[b]; k < func.succAt[b + 1]; k++) {
        const e = func.succEdge[k];
        for (let q = func.argAt[e]; q < func.argAt[e + 1]; q++)
          this.hullEnd[func.args[q]] = Math.max(this.hullEnd[func.args[q]], instAt[b + 1]);
      }
    }
    for (let b = 0; b < nb; b++) {
      for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
        const v = liveV[k];
        if (this.hullEnd[v] < instAt[b + 1]) this.hullEnd[v] = instAt[b + 1];
      }
    }
  }

  /**
   * Slotted values are in no live-in list: theirs reach over every loop that is around a use and not the definition. An
   * exit that never returns belongs to no loop and may stand among the blocks of one, which it is reached from after any
   * number of iterations: what counts is where the loop begins and ends.
   */
  private widenHulls(s: State): void {
    const { nb, func, mf, slotted } = s;
    const { instAt } = mf;
    const { loopOf, loopParent } = s.cfg;
    this.loopEnd = ensureI32(this.loopEnd, nb);
    this.loopAround = ensureI32(this.loopAround, nb);
    this.outerLoop = ensureI32(this.outerLoop, nb);
    this.rootLoop = ensureI32(this.rootLoop, nb);
    this.loopEnd.fill(-1, 0, nb);
    for (let b = nb - 1; b >= 0; b--)
      for (let h = loopOf[b]; h >= 0 && this.loopEnd[h] < 0; h = loopParent[h]) this.loopEnd[h] = b;
    let open = -1;
    for (let b = 0; b < nb; b++) {
      while (open >= 0 && this.loopEnd[open] < b) open = this.outerLoop[open];
      if (loopOf[b] === b) {
        this.outerLoop[b] = open;
        this.rootLoop[b] = open < 0 ? b : this.rootLoop[open];
        open = b;
      }
      this.loopAround[b] = open;
    }
    for (let b = 0; b < nb; b++) {
      for (let u = mf.useAt.a[instAt[b]]; u < mf.useAt.a[instAt[b + 1]]; u++)
        if (slotted[mf.useValue.a[u]]) this.widen(s, mf.useValue.a[u], b);
      for (let k = func.succAt[b]; k < func.succAt[b + 1]; k++) {
        const e = func.succEdge[k];
        for (let q = func.argAt[e]; q < func.argAt[e + 1]; q++)
          if (slotted[func.args[q]]) this.widen(s, func.args[q], b);
      }
    }
  }

  /** Widens the hull of v for a use in block b. */
  private widen(s: State, v: number, b: number): void {
    const d = s.mf.valueBlock[v];
    let outer = -1;
    // The definition dominates the use: it is in the loop if it does not come before the header.
    for (let h = this.loopAround[b], n = 0; h > d; h = this.outerLoop[h]) {
      outer = h;
      if (++n < MAX_CLIMB) continue;
      outer = this.rootLoop[h];
      break;
    }
    if (outer < 0) return;
    const end = s.mf.instAt[this.loopEnd[outer] + 1];
    if (this.hullEnd[v] < end) this.hullEnd[v] = end;
  }

  /** Is u alive right after the definition of v? When patience is at an end, it may be. */
  private aliveAfterDef(s: State, u: number, v: number): boolean {
    const { mf, func, defInst } = s;
    const { instAt, valueBlock } = mf;
    if (s.slotted[u] || this.patience < 0) return true;
    const b = valueBlock[v];
    const from = defInst[v];
    const own = valueBlock[u] === b;
    this.patience -= 4;
    if (from < 0) return own ? defInst[u] < 0 && u !== v : findLiveIn(s, b, u) >= 0;
    if (own ? defInst[u] > from : findLiveIn(s, b, u) < 0) return false;
    for (let k = func.succAt[b]; k < func.succAt[b + 1]; k++) {
      const e = func.succEdge[k];
      if (findLiveIn(s, func.edgeTo[e], u) >= 0) return true;
      this.patience -= 4 + func.argAt[e + 1] - func.argAt[e];
      for (let q = func.argAt[e]; q < func.argAt[e + 1]; q++) if (func.args[q] === u) return true;
    }
    this.patience -= mf.useAt.a[instAt[b + 1]] - mf.useAt.a[from + 1];
    for (let k = mf.useAt.a[instAt[b + 1]] - 1, end = mf.useAt.a[from + 1]; k >= end; k--)
      if (mf.useValue.a[k] === u) return true;
    return false;
  }

  /** Puts x and y into one slot if no two members of their classes are alive together. */
  private unite(s: State, x: number, y: number): boolean {
    const r = find(s, x);
    const q = find(s, y);
    if (r === q) return true;
    if (s.mf.valueSize[r] !== s.mf.valueSize[q] || this.classSize[r] * this.classSize[q] > MAX_PAIRS) return false;
    let u = r;
    do {
      let v = q;
      do {
        const apart = this.hullEnd[u] < this.hullStart[v] || this.hullEnd[v] < this.hullStart[u];
        if (!apart && (this.aliveAfterDef(s, u, v) || this.aliveAfterDef(s, v, u))) return false;
        v = this.nextMember[v];
      } while (v !== q);
      u = this.nextMember[u];
    } while (u !== r);
    s.slotClass[q] = r;
    this.classSize[r] += this.classSize[q];
    const t = this.nextMember[r];
    this.nextMember[r] = this.nextMember[q];
    this.nextMember[q] = t;
    return true;
  }

  /** Byte offsets by value, hot slots first (short displacements); the scratch values get slots of their own. */
  assignSlots(s: State, scratch: IntVec): void {
    const slotOf = (this.slotOf = ensureI32(this.slotOf, s.mf.nVals));
    slotOf.fill(-1, 0, s.mf.nVals);
    this.spillBytes = 0;
    if (!s.usesMemory) return;
    const { nVals, ne, mf, needMem, slotClass, func, fillHead, fillNext, fillParam } = s;
    const freq = s.cfg.freq;
    this.slotNumber = ensureI32(this.slotNumber, mf.nVals);
    this.classes.clear();
    // Filling a parameter on an edge is part of its life.
    for (let e = 0; e < ne; e++) {
      const at = mf.instAt[func.edgeFrom[e] + 1];
      for (let k = fillHead[e]; k >= 0; k = fillNext.a[k]) {
        const p = fillParam.a[k];
        if (at < this.hullStart[p]) this.hullStart[p] = at;
        if (at > this.hullEnd[p]) this.hullEnd[p] = at;
      }
    }
    const inMemory = s.stampA;
    const mark = ++s.epoch;
    const weight = this.classWeight(nVals);
    for (let v = 0; v < nVals; v++) {
      if (!needMem[v] || s.remat[v]) continue;
      const r = slotClass[v];
      if (inMemory[r] !== mark) {
        inMemory[r] = mark;
        this.classes.push(r);
        weight[r] = 0;
      }
      if (this.hullStart[v] < this.hullStart[r]) this.hullStart[r] = this.hullStart[v];
      if (this.hullEnd[v] > this.hullEnd[r]) this.hullEnd[r] = this.hullEnd[v];
      weight[r] += this.storeWeight[v] > 0 ? this.storeWeight[v] : freq[mf.valueBlock[v]];
    }
    const { classes } = this;
    this.sortKey = ensureF64(this.sortKey, nVals);
    for (let k = 0; k < classes.n; k++) this.sortKey[classes.a[k]] = this.hullStart[classes.a[k]];
    sortByKey(classes.a, classes.n, this.sortKey);
    this.slotAt.clear();
    this.slotSize.clear();
    for (const h of [this.taken8, this.taken16, this.free8, this.free16]) h.clear();
    for (let k = 0; k < classes.n; k++) {
      const r = classes.a[k];
      const size = mf.valueSize[r];
      const taken = size === 8 ? this.taken8 : this.taken16;
      const free = size === 8 ? this.free8 : this.free16;
      while (taken.n > 0 && taken.topKey() < this.hullStart[r]) {
        const n = taken.pop();
        free.push(n, n);
      }
      // The first slot whose last tenant has gone.
      let n = free.pop();
      if (n < 0) {
        n = this.slotAt.push(0);
        this.slotSize.push(size);
        if (this.slotWeight.length <= n) {
          const w = new Float64Array(2 * n);
          w.set(this.slotWeight);
          this.slotWeight = w;
        }
        this.slotWeight[n] = 0;
      }
      taken.push(this.hullEnd[r], n);
      this.slotWeight[n] += weight[r];
      this.slotNumber[r] = n;
    }
    // 16-byte slots first keeps them aligned; then the hottest.
    let bytes = this.placeSlots(16, 0);
    bytes = this.placeSlots(8, bytes);
    for (let v = 0; v < nVals; v++)
      if (needMem[v] && !s.remat[v]) slotOf[v] = this.slotAt.a[this.slotNumber[slotClass[v]]];
    for (let k = 0; k < scratch.n; k++) {
      const v = scratch.a[k];
      bytes = (bytes + mf.valueSize[v] - 1) & -mf.valueSize[v];
      slotOf[v] = bytes;
      bytes += mf.valueSize[v];
    }
    this.spillBytes = bytes;
  }

  /** Offsets of the slots of a size, from `bytes` on, the hottest first; returns where they end. */
  private placeSlots(size: number, bytes: number): number {
    const { order } = this;
    order.clear();
    this.sortKey = ensureF64(this.sortKey, this.slotAt.n);
    for (let n = 0; n < this.slotAt.n; n++) {
      if (this.slotSize.a[n] !== size) continue;
      this.sortKey[n] = -this.slotWeight[n];
      order.push(n);
    }
    sortByKey(order.a, order.n, this.sortKey);
    for (let k = 0; k < order.n; k++) {
      this.slotAt.a[order.a[k]] = bytes;
      bytes += size;
    }
    return bytes;
  }

  private classWeight(n: number): Float64Array {
    this.weights = ensureF64(this.weights, n);
    return this.weights;
  }
}

function find(s: State, x: number): number {
  const uf = s.slotClass;
  while (uf[x] !== x) {
    uf[x] = uf[uf[x]];
    x = uf[x];
  }
  return x;
}

function addFill(s: State, e: number, p: number, a: number): void {
  s.fillParam.push(p);
  s.fillArg.push(a);
  s.fillHead[e] = s.fillNext.push(s.fillHead[e]);
}
