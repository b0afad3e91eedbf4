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
import { enabled } from '../../util/switches.js';
import { ensureF64, ensureI32, ensureU8, type State, UseFlag } from './state.js';
import { findLiveIn } from './liveness.js';
import { IntHeap } from '../../util/heap.js';
import { IntVec } from '../../util/vec.js';

const MAX_PAIRS = 400;
/** Steps of all interference tests of a function: these, and so many for each instruction, operand and argument. */
const FREE_STEPS = 1 << 18;
const STEPS_PER_ITEM = 64;
let patience = 0;
/** Loops that are looked at around the use of a slotted value, from the innermost out. */
const MAX_CLIMB = 32;

/** Needs of a value: linked lists of blocks at whose end (or inside which) its slot must be filled. */
let needHead = new Int32Array(0);
const needNext = new IntVec(256);
const needBlock = new IntVec(256);
const work = new IntVec(64);
/** Members of a slot class: circular lists. */
let nextMember = new Int32Array(0);
let classSize = new Int32Array(0);
/** Hull of a value's life in instruction numbers. */
let hullStart = new Int32Array(0);
let hullEnd = new Int32Array(0);
const order: number[] = [];
/**
 * Slot classes by start of their hulls; slots of the byte assignment: offset, size, weight.
 */
const classes: number[] = [];
const slotAt = new IntVec(64);
/** Slots of each size: taken ones by the end of their tenant's hull, free ones by number. */
const taken8 = new IntHeap();
const taken16 = new IntHeap();
const free8 = new IntHeap();
const free16 = new IntHeap();
const slotSize = new IntVec(64);
let slotWeight = new Float64Array(64);
let slotNumber = new Int32Array(0);

function find(s: State, x: number): number {
  const uf = s.slotClass;
  while (uf[x] !== x) {
    uf[x] = uf[uf[x]];
    x = uf[x];
  }
  return x;
}

function need(s: State, v: number, b: number): void {
  if (!s.needMem[v]) {
    s.needMem[v] = 1;
    work.push(v);
  }
  needNext.push(needHead[v]);
  needHead[v] = needBlock.push(b);
}

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

/** Decides about memory: `needMem`, `storeAt`, `slotClass`, and the fills of parameters on edges. */
export function placeStores(s: State): void {
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
  nextMember = ensureI32(nextMember, nVals);
  classSize = ensureI32(classSize, nVals);
  for (let v = 0; v < nVals; v++) {
    uf[v] = v;
    nextMember[v] = v;
  }
  classSize.fill(1, 0, nVals);
  s.fillHead = ensureI32(s.fillHead, ne);
  s.fillHead.fill(-1, 0, ne);
  s.fillNext.clear();
  s.fillParam.clear();
  s.fillArg.clear();
  needHead = ensureI32(needHead, nVals);
  needHead.fill(-1, 0, nVals);
  needNext.clear();
  needBlock.clear();
  work.clear();

  // --- reloads inside blocks and on edges ---
  for (let b = 0; b < nb; b++) {
    for (let u = useAt[instAt[b]], end = useAt[instAt[b + 1]]; u < end; u++) {
      if (useFlags[u] & UseFlag.RELOAD && !remat[useValue[u]]) need(s, useValue[u], b);
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
      if (!remat[v] && there[v] !== mark) need(s, v, p);
    }
  }
  if (work.n === 0) return;
  s.usesMemory = true;
  measureHulls(s);
  if (s.hasSlotted) widenHulls(s);
  patience = FREE_STEPS + STEPS_PER_ITEM * (s.nInst + s.nUse + s.nArgs);

  // --- parameters in memory: hottest edges first ---
  while (work.n > 0) {
    const p = work.a[--work.n];
    const k = paramPos[p];
    const b = valueBlock[p];
    if (k < 0 || isIn(s, b, p)) continue;
    order.length = 0;
    for (let q = predAt[b]; q < predAt[b + 1]; q++) order.push(predEdge[q]);
    order.sort((x, y) => edgeFreq[y] - edgeFreq[x] || x - y);
    for (const e of order) {
      const a = args[argAt[e] + k - paramAt[b]];
      if (a === p) continue;
      if (remat[a]) {
        addFill(s, e, p, a);
        continue;
      }
      if (unite(s, p, a)) need(s, a, edgeFrom[e]);
      else {
        if (!isOut(s, edgeFrom[e], a)) need(s, a, edgeFrom[e]);
        addFill(s, e, p, a);
      }
    }
  }

  for (let v = 0; v < nVals; v++) uf[v] = find(s, v);

  // --- the cheapest stores for each value ---
  s.storeIn = ensureU8(s.storeIn, inAt[nb]);
  s.storeIn.fill(0, 0, inAt[nb]);
  below = ensureF64(below, nb);
  isNeed = ensureU8(isNeed, nb);
  storeWeight = ensureF64(storeWeight, nVals);
  for (let v = 0; v < nVals; v++) {
    storeWeight[v] = 0;
    if (!needMem[v] || remat[v]) continue;
    if (paramPos[v] >= 0 && !isIn(s, valueBlock[v], v)) continue; // filled on its edges
    if (s.slotted[v]) {
      storeAt[v] = valueBlock[v];
      storeWeight[v] = s.cfg.freq[valueBlock[v]];
    } else placeStoresOf(s, v);
  }
}

/**
 * By block on the way from a need up to the definition: cost of stores below it; has a need; where in `inV` the value
 * is if it is stored there, or -1.
 */
let below = new Float64Array(0);
let isNeed = new Uint8Array(0);
let storePlace = new Int32Array(0);
const wayUp = new IntVec(64);
/** By value: weight of its stores. */
let storeWeight = new Float64Array(0);

/**
 * Stores of v such that one dominates each need: at the definition, or at the starts of blocks further down the
 * dominator tree where the value is in a register, whatever is executed less. A block stands for all needs below it, or
 * leaves them to the blocks below.
 */
function placeStoresOf(s: State, v: number): void {
  const { func, storeAt, storeIn } = s;
  const { idom } = func;
  const { freq } = s.cfg;
  const d = s.mf.valueBlock[v];
  const seen = s.stampBlock;
  const mark = ++s.epoch;
  storePlace = ensureI32(storePlace, s.nb);
  wayUp.clear();
  for (let k = needHead[v]; k >= 0; k = needNext.a[k]) {
    for (let y = needBlock.a[k]; seen[y] !== mark; y = idom[y]) {
      seen[y] = mark;
      below[y] = 0;
      isNeed[y] = 0;
      wayUp.push(y);
      if (y === d) break;
    }
    isNeed[needBlock.a[k]] = 1;
  }
  // Dominators have lower numbers.
  const up = wayUp.a.subarray(0, wayUp.n).sort();
  for (let k = up.length - 1; k > 0; k--) {
    const y = up[k];
    const at = isNeed[y] !== 0 || freq[y] <= below[y] ? indexIn(s, y, v) : -1;
    storePlace[y] = at;
    below[idom[y]] += at >= 0 ? freq[y] : isNeed[y] !== 0 ? Infinity : below[y];
  }
  if (isNeed[d] !== 0 || freq[d] <= below[d] || !enabled['late-stores']) {
    storeAt[v] = d;
    storeWeight[v] = freq[d];
    return;
  }
  storeWeight[v] = below[d];
  // What stands below a store needs none: from the top on, blocks that are covered pass that on.
  isNeed[d] = 0;
  for (let k = 1; k < up.length; k++) {
    const y = up[k];
    const covered = isNeed[idom[y]] !== 0;
    isNeed[y] = covered || storePlace[y] >= 0 ? 1 : 0;
    if (!covered && storePlace[y] >= 0) storeIn[storePlace[y]] = 1;
  }
}

function addFill(s: State, e: number, p: number, a: number): void {
  s.fillParam.push(p);
  s.fillArg.push(a);
  s.fillHead[e] = s.fillNext.push(s.fillHead[e]);
}

/** Where each value's life begins and (at most) ends. */
function measureHulls(s: State): void {
  const { nb, nVals, func, mf, liveAt, liveV, defInst, paramPos } = s;
  const { instAt, valueBlock } = mf;
  const useAt = mf.useAt.a;
  const useValue = mf.useValue.a;
  hullStart = ensureI32(hullStart, nVals);
  hullEnd = ensureI32(hullEnd, nVals);
  for (let v = 0; v < nVals; v++) {
    const i = defInst[v];
    hullStart[v] = hullEnd[v] = i >= 0 ? (i < s.entryEnd ? 0 : i) : paramPos[v] >= 0 ? instAt[valueBlock[v]] : 0;
  }
  for (let b = 0; b < nb; b++) {
    for (let i = instAt[b]; i < instAt[b + 1]; i++)
      for (let u = useAt[i]; u < useAt[i + 1]; u++) hullEnd[useValue[u]] = i;
    for (let k = func.succAt[b]; k < func.succAt[b + 1]; k++) {
      const e = func.succEdge[k];
      for (let q = func.argAt[e]; q < func.argAt[e + 1]; q++)
        hullEnd[func.args[q]] = Math.max(hullEnd[func.args[q]], instAt[b + 1]);
    }
  }
  for (let b = 0; b < nb; b++) {
    for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
      const v = liveV[k];
      if (hullEnd[v] < instAt[b + 1]) hullEnd[v] = instAt[b + 1];
    }
  }
}

/** By loop header: last block of the loop; header of the outermost loop around it. */
let loopEnd = new Int32Array(0);
let rootLoop = new Int32Array(0);

/** Slotted values are in no live-in list: theirs reach over every loop that is around a use and not the definition. */
function widenHulls(s: State): void {
  const { nb, func, mf, slotted } = s;
  const { instAt } = mf;
  const { loopOf, loopParent } = s.cfg;
  loopEnd = ensureI32(loopEnd, nb);
  rootLoop = ensureI32(rootLoop, nb);
  loopEnd.fill(-1, 0, nb);
  for (let b = nb - 1; b >= 0; b--) for (let h = loopOf[b]; h >= 0 && loopEnd[h] < 0; h = loopParent[h]) loopEnd[h] = b;
  for (let b = 0; b < nb; b++) if (loopOf[b] === b) rootLoop[b] = loopParent[b] < 0 ? b : rootLoop[loopParent[b]];
  for (let b = 0; b < nb; b++) {
    for (let u = mf.useAt.a[instAt[b]]; u < mf.useAt.a[instAt[b + 1]]; u++)
      if (slotted[mf.useValue.a[u]]) widen(s, mf.useValue.a[u], b);
    for (let k = func.succAt[b]; k < func.succAt[b + 1]; k++) {
      const e = func.succEdge[k];
      for (let q = func.argAt[e]; q < func.argAt[e + 1]; q++) if (slotted[func.args[q]]) widen(s, func.args[q], b);
    }
  }
}

/** Widens the hull of v for a use in block b. */
function widen(s: State, v: number, b: number): void {
  const { loopOf, loopParent } = s.cfg;
  const d = s.mf.valueBlock[v];
  let outer = -1;
  // The definition dominates the use and loops are contiguous: it is in the loop if it does not come before the header.
  for (let h = loopOf[b], n = 0; h > d; h = loopParent[h]) {
    outer = h;
    if (++n < MAX_CLIMB) continue;
    outer = rootLoop[h];
    break;
  }
  if (outer < 0) return;
  const end = s.mf.instAt[loopEnd[outer] + 1];
  if (hullEnd[v] < end) hullEnd[v] = end;
}

/** Is u alive right after the definition of v? When patience is at an end, it may be. */
function aliveAfterDef(s: State, u: number, v: number): boolean {
  const { mf, func, defInst } = s;
  const { instAt, valueBlock } = mf;
  if (s.slotted[u] || patience < 0) return true;
  const b = valueBlock[v];
  const from = defInst[v];
  const own = valueBlock[u] === b;
  patience -= 4;
  if (from < 0) return own ? defInst[u] < 0 && u !== v : findLiveIn(s, b, u) >= 0;
  if (own ? defInst[u] > from : findLiveIn(s, b, u) < 0) return false;
  for (let k = func.succAt[b]; k < func.succAt[b + 1]; k++) {
    const e = func.succEdge[k];
    if (findLiveIn(s, func.edgeTo[e], u) >= 0) return true;
    patience -= 4 + func.argAt[e + 1] - func.argAt[e];
    for (let q = func.argAt[e]; q < func.argAt[e + 1]; q++) if (func.args[q] === u) return true;
  }
  patience -= mf.useAt.a[instAt[b + 1]] - mf.useAt.a[from + 1];
  for (let k = mf.useAt.a[instAt[b + 1]] - 1, end = mf.useAt.a[from + 1]; k >= end; k--)
    if (mf.useValue.a[k] === u) return true;
  return false;
}

/** Puts x and y into one slot if no two members of their classes are alive together. */
function unite(s: State, x: number, y: number): boolean {
  const r = find(s, x);
  const q = find(s, y);
  if (r === q) return true;
  if (s.mf.valueSize[r] !== s.mf.valueSize[q] || classSize[r] * classSize[q] > MAX_PAIRS) return false;
  let u = r;
  do {
    let v = q;
    do {
      const apart = hullEnd[u] < hullStart[v] || hullEnd[v] < hullStart[u];
      if (!apart && (aliveAfterDef(s, u, v) || aliveAfterDef(s, v, u))) return false;
      v = nextMember[v];
    } while (v !== q);
    u = nextMember[u];
  } while (u !== r);
  s.slotClass[q] = r;
  classSize[r] += classSize[q];
  const t = nextMember[r];
  nextMember[r] = nextMember[q];
  nextMember[q] = t;
  return true;
}

/**
 * Byte offsets by value, hot slots first (short displacements); the scratch values get slots of their own. Returns the
 * size of the spill area.
 */
export function assignSlots(s: State, scratch: IntVec, slotOf: Int32Array): number {
  slotOf.fill(-1);
  if (!s.usesMemory) return 0;
  const { nVals, ne, mf, needMem, slotClass, func, fillHead, fillNext, fillParam } = s;
  const freq = s.cfg.freq;
  slotNumber = ensureI32(slotNumber, mf.nVals);
  classes.length = 0;
  // Filling a parameter on an edge is part of its life.
  for (let e = 0; e < ne; e++) {
    const at = mf.instAt[func.edgeFrom[e] + 1];
    for (let k = fillHead[e]; k >= 0; k = fillNext.a[k]) {
      const p = fillParam.a[k];
      if (at < hullStart[p]) hullStart[p] = at;
      if (at > hullEnd[p]) hullEnd[p] = at;
    }
  }
  const inMemory = s.stampA;
  const mark = ++s.epoch;
  const weight = classWeight(nVals);
  for (let v = 0; v < nVals; v++) {
    if (!needMem[v] || s.remat[v]) continue;
    const r = slotClass[v];
    if (inMemory[r] !== mark) {
      inMemory[r] = mark;
      classes.push(r);
      weight[r] = 0;
    }
    if (hullStart[v] < hullStart[r]) hullStart[r] = hullStart[v];
    if (hullEnd[v] > hullEnd[r]) hullEnd[r] = hullEnd[v];
    weight[r] += storeWeight[v] > 0 ? storeWeight[v] : freq[mf.valueBlock[v]];
  }
  classes.sort((x, y) => hullStart[x] - hullStart[y] || x - y);
  slotAt.clear();
  slotSize.clear();
  for (const h of [taken8, taken16, free8, free16]) h.clear();
  for (const r of classes) {
    const size = mf.valueSize[r];
    const taken = size === 8 ? taken8 : taken16;
    const free = size === 8 ? free8 : free16;
    while (taken.n > 0 && taken.topKey() < hullStart[r]) {
      const n = taken.pop();
      free.push(n, n);
    }
    // The first slot whose last tenant has gone.
    let n = free.pop();
    if (n < 0) {
      n = slotAt.push(0);
      slotSize.push(size);
      if (slotWeight.length <= n) {
        const w = new Float64Array(2 * n);
        w.set(slotWeight);
        slotWeight = w;
      }
      slotWeight[n] = 0;
    }
    taken.push(hullEnd[r], n);
    slotWeight[n] += weight[r];
    slotNumber[r] = n;
  }
  // 16-byte slots first keeps them aligned; then the hottest.
  order.length = 0;
  for (let n = 0; n < slotAt.n; n++) order.push(n);
  order.sort((x, y) => slotSize.a[y] - slotSize.a[x] || slotWeight[y] - slotWeight[x] || x - y);
  let bytes = 0;
  for (const n of order) {
    slotAt.a[n] = bytes;
    bytes += slotSize.a[n];
  }
  for (let v = 0; v < nVals; v++) if (needMem[v] && !s.remat[v]) slotOf[v] = slotAt.a[slotNumber[slotClass[v]]];
  for (let k = 0; k < scratch.n; k++) {
    const v = scratch.a[k];
    bytes = (bytes + mf.valueSize[v] - 1) & -mf.valueSize[v];
    slotOf[v] = bytes;
    bytes += mf.valueSize[v];
  }
  return bytes;
}

let weights = new Float64Array(0);
function classWeight(n: number): Float64Array {
  weights = ensureF64(weights, n);
  return weights;
}
