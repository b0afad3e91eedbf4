/**
 * Code on edges: brings every value from where the source block leaves it to where the target wants it. In order: fills
 * of parameters that live in memory, register moves, loads, constants. A slot that is both read and filled on one edge
 * (loop-carried values that change places in memory) is saved in a scratch slot first. O(entry sets + fills).
 */
import { Cls, Rec } from '../mach.js';
import { IntVec } from '../../util/vec.js';
import type { Coloring } from './color.js';
import { addMove, emitMoves } from './moves.js';
import { ensureI32, ensureI8, type State } from './state.js';

export const edgeCode = new IntVec(1024);
export let edgeAt = new Int32Array(0);

let outMap = new Int8Array(0);
/** Loads and constants of the edge: (kind, value, register). */
const late = new IntVec(64);
/** Scratch values of the function, with a slot each: xmm16, xmm8, gpr, as needed. */
const scratch = new IntVec(8);
let scratchUsed = 0;
/** By fill of the edge: the value whose slot is read. */
const sources = new IntVec(64);

function record(kind: Rec, x: number, y: number): void {
  edgeCode.push(kind);
  edgeCode.push(x);
  edgeCode.push(y);
}

/**
 * Emits the code of all edges into `edgeCode`; returns the scratch values that it made (they need slots of their own).
 */
export function emitEdges(s: State, c: Coloring): IntVec {
  const { ne, func, inAt, inV, mf, paramPos, remat } = s;
  const { edgeFrom, edgeTo, argAt, args, paramAt } = func;
  const { edgeFreq } = s.cfg;
  const { outAt, inReg } = c;
  edgeAt = ensureI32(edgeAt, ne + 1);
  outMap = ensureI8(outMap, s.nVals);
  edgeCode.clear();
  scratch.clear();
  const there = s.stampB;
  for (let e = 0; e < ne; e++) {
    edgeAt[e] = edgeCode.n;
    const b = edgeTo[e];
    const fill = s.usesMemory ? s.fillHead[e] : -1;
    if (inAt[b] === inAt[b + 1] && fill < 0) continue;
    const p = edgeFrom[e];
    const w = edgeFreq[e];
    const mark = ++s.epoch;
    const pairs = c.outPairs.a;
    for (let k = outAt[p]; k < outAt[p + 1]; k++) {
      there[pairs[k] >> 5] = mark;
      outMap[pairs[k] >> 5] = pairs[k] & 31;
    }
    late.clear();
    for (let k = inAt[b]; k < inAt[b + 1]; k++) {
      let v = inV[k];
      const r = inReg[k];
      if (mf.valueBlock[v] === b) v = args[argAt[e] + paramPos[v] - paramAt[b]];
      if (!remat[v] && there[v] === mark) {
        addMove(r, outMap[v]);
        continue;
      }
      late.push(remat[v] ? Rec.REMAT : Rec.LOAD);
      late.push(v);
      late.push(r);
      if (!remat[v]) c.wReloads += w;
    }
    if (fill >= 0) emitFills(s, c, fill, mark, w);
    c.wMoves += emitMoves(edgeCode) * w;
    for (let pass = 0; pass < 2; pass++) {
      const kind = pass === 0 ? Rec.LOAD : Rec.REMAT;
      for (let k = 0; k < late.n; k += 3) if (late.a[k] === kind) record(kind, late.a[k + 1], late.a[k + 2]);
    }
  }
  edgeAt[ne] = edgeCode.n;
  return scratch;
}

/**
 * Fills the slots of memory parameters; loads in `late` that would come after their slot is overwritten are redirected
 * to scratch slots.
 */
function emitFills(s: State, c: Coloring, fill: number, mark: number, w: number): void {
  const { remat, slotClass, fillNext, fillParam, fillArg } = s;
  const there = s.stampB;
  const written = s.stampC; // by slot representative
  const wMark = ++s.epoch;
  for (let k = fill; k >= 0; k = fillNext.a[k]) written[slotClass[fillParam.a[k]]] = wMark;
  scratchUsed = 0;
  for (let k = 0; k < late.n; k += 3) {
    if (late.a[k] !== Rec.LOAD || written[slotClass[late.a[k + 1]]] !== wMark) continue;
    late.a[k + 1] = saveInScratch(s, late.a[k + 1]);
  }
  sources.clear();
  for (let k = fill; k >= 0; k = fillNext.a[k]) {
    const a = fillArg.a[k];
    const inSlot = !remat[a] && there[a] !== mark;
    sources.push(inSlot && written[slotClass[a]] === wMark ? saveInScratch(s, a) : a);
  }
  for (let k = fill, n = 0; k >= 0; k = fillNext.a[k], n++) {
    const a = fillArg.a[k];
    c.wStores += w;
    if (remat[a]) record(Rec.STORE_CONST, fillParam.a[k], a);
    else if (there[a] === mark) record(Rec.STORE, fillParam.a[k], outMap[a]);
    else {
      record(Rec.COPY_SLOT, fillParam.a[k], sources.a[n]);
      c.wReloads += w;
    }
  }
}

/** Copies v's slot to a scratch slot and returns the scratch value. */
function saveInScratch(s: State, v: number): number {
  const mf = s.mf;
  const cls = mf.valueClass[v];
  const size = mf.valueSize[v];
  let k = scratchUsed;
  while (k < scratch.n && (mf.valueClass[scratch.a[k]] !== cls || mf.valueSize[scratch.a[k]] !== size)) k++;
  if (k === scratch.n) scratch.push(addValue(s, cls, size));
  scratchUsed = k + 1;
  record(Rec.COPY_SLOT, scratch.a[k], v);
  return scratch.a[k];
}

/** A new value of the machine function. */
function addValue(s: State, cls: Cls, size: number): number {
  const mf = s.mf;
  const v = mf.nVals++;
  if (mf.valueClass.length <= v) {
    const grow = <T extends Uint8Array | Int32Array>(a: T, b: T): T => {
      b.set(a);
      return b;
    };
    const n = v + 16;
    mf.valueClass = grow(mf.valueClass, new Uint8Array(n));
    mf.valueSize = grow(mf.valueSize, new Uint8Array(n));
    mf.valueBlock = grow(mf.valueBlock, new Int32Array(n));
    mf.constOf = grow(mf.constOf, new Int32Array(n));
  }
  mf.valueClass[v] = cls;
  mf.valueSize[v] = size;
  mf.valueBlock[v] = -1;
  mf.constOf[v] = -1;
  return v;
}
