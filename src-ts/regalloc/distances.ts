/**
 * Next-use distances across blocks, in instructions: the probability-weighted harmonic mean over the ways on, so that one rare handler of a dispatch loop doesn't make
 * a value look near; leaving a loop adds a large penalty, so that what the loop uses comes first.
 * Iterated until little changes (once if there are no loops). O(passes × sizes of the live-out lists).
 */
import { ensureF64, ensureI32, ensureU8, FAR, type State } from './state.js';

/** Added per loop that an edge leaves. */
const LOOP_EXIT = 100000;
/** Distances below this are within the loop. */
export const NEAR = 50000;
const MAX_PASSES = 6;
/** A relative change that is worth another pass. */
const TOLERANCE = 0.02;

let localIn = new Uint8Array(0);
let localParam = new Uint8Array(0);
let penalty = new Float64Array(0);
/** By value: sum of probability / (distance + 1) over the successors; valid while stampA is the block's epoch. */
let sum = new Float64Array(0);
let firstAt = new Int32Array(0);

/** Sums up the distances at the end of block b under a new epoch, which it returns. */
function exitSums(s: State, b: number): number {
  const { liveAt, liveV, dIn, dParam, func, remat } = s;
  const { succAt, succEdge, edgeTo, argAt, args, paramAt } = func;
  const prob = s.cfg.prob;
  const stamp = s.stampA;
  const acc = sum;
  const mark = ++s.epoch;
  for (let k = succAt[b]; k < succAt[b + 1]; k++) {
    const e = succEdge[k];
    const t = edgeTo[e];
    const p = prob[e];
    const near = penalty[e] + 1;
    for (let j = liveAt[t]; j < liveAt[t + 1]; j++) {
      const v = liveV[j];
      const x = p / (dIn[j] + near);
      if (stamp[v] === mark) acc[v] += x;
      else {
        stamp[v] = mark;
        acc[v] = x;
      }
    }
    for (let q = argAt[e], j = paramAt[t]; q < argAt[e + 1]; q++, j++) {
      const v = args[q];
      if (remat[v]) continue;
      const x = p / (dParam[j] + near);
      if (stamp[v] === mark) acc[v] += x;
      else {
        stamp[v] = mark;
        acc[v] = x;
      }
    }
  }
  return mark;
}

/** Fills `dIn`, `dParam`, `useNext` and `defNext`. */
export function computeDistances(s: State): void {
  const { nb, ne, nVals, mf, func, liveAt, liveV, nParams } = s;
  const { instAt } = mf;
  const { paramAt, params, edgeFrom, edgeTo } = func;
  const { loopOf, loopParent } = s.cfg;
  const useAt = mf.useAt.a;
  const useValue = mf.useValue.a;
  const def = mf.def.a;
  const dIn = (s.dIn = ensureF64(s.dIn, s.nLive));
  const dParam = (s.dParam = ensureF64(s.dParam, nParams));
  const useNext = (s.useNext = ensureF64(s.useNext, s.nUse));
  const defNext = (s.defNext = ensureF64(s.defNext, s.nInst));
  localIn = ensureU8(localIn, s.nLive);
  localParam = ensureU8(localParam, nParams);
  penalty = ensureF64(penalty, ne);
  sum = ensureF64(sum, nVals);
  firstAt = ensureI32(firstAt, nVals);
  const stamp = s.stampA;
  const acc = sum;
  for (let e = 0; e < ne; e++) {
    let levels = 0;
    for (let h = loopOf[edgeFrom[e]]; h >= 0 && !s.inLoop(edgeTo[e], h); h = loopParent[h]) levels++;
    penalty[e] = levels * LOOP_EXIT;
  }
  // First use inside the block.
  for (let b = 0; b < nb; b++) {
    const mark = ++s.epoch;
    const i0 = instAt[b];
    for (let i = instAt[b + 1] - 1; i >= i0; i--) {
      for (let u = useAt[i]; u < useAt[i + 1]; u++) {
        stamp[useValue[u]] = mark;
        firstAt[useValue[u]] = i - i0;
      }
    }
    for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
      const v = liveV[k];
      localIn[k] = stamp[v] === mark ? 1 : 0;
      dIn[k] = localIn[k] ? firstAt[v] : FAR;
    }
    for (let k = paramAt[b]; k < paramAt[b + 1]; k++) {
      const v = params[k];
      localParam[k] = stamp[v] === mark ? 1 : 0;
      dParam[k] = localParam[k] ? firstAt[v] : FAR;
    }
  }
  for (let pass = 0, changed = true; changed && pass < MAX_PASSES; pass++) {
    changed = false;
    for (let b = nb - 1; b >= 0; b--) {
      if (liveAt[b] === liveAt[b + 1] && paramAt[b] === paramAt[b + 1]) continue;
      const mark = exitSums(s, b);
      const length = instAt[b + 1] - instAt[b];
      for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
        if (localIn[k]) continue;
        let d = length + 1 / acc[liveV[k]] - 1;
        if (d > FAR - 1) d = FAR - 1; // alive, however far
        const old = dIn[k];
        if (d !== old) {
          if (Math.abs(d - old) > TOLERANCE * old) changed = true;
          dIn[k] = d;
        }
      }
      for (let k = paramAt[b]; k < paramAt[b + 1]; k++) {
        const v = params[k];
        if (localParam[k] || stamp[v] !== mark) continue;
        let d = length + 1 / acc[v] - 1;
        if (d > FAR - 1) d = FAR - 1;
        const old = dParam[k];
        if (d !== old) {
          if (Math.abs(d - old) > TOLERANCE * old) changed = true;
          dParam[k] = d;
        }
      }
    }
    if (!s.hasLoops) break;
  }
  // Distances after each use and definition.
  const next = s.stampB;
  for (let b = nb - 1; b >= 0; b--) {
    const mark = exitSums(s, b);
    const i0 = instAt[b];
    const length = instAt[b + 1] - i0;
    for (let i = instAt[b + 1] - 1; i >= i0; i--) {
      const d = def[i];
      if (d >= 0) defNext[i] = next[d] === mark ? firstAt[d] : stamp[d] === mark ? Math.min(FAR - 1, length + 1 / acc[d] - 1) : FAR;
      const u0 = useAt[i];
      const u1 = useAt[i + 1];
      for (let u = u0; u < u1; u++) {
        const v = useValue[u];
        useNext[u] = next[v] === mark ? firstAt[v] : stamp[v] === mark ? Math.min(FAR - 1, length + 1 / acc[v] - 1) : FAR;
      }
      for (let u = u0; u < u1; u++) {
        next[useValue[u]] = mark;
        firstAt[useValue[u]] = i - i0;
      }
    }
  }
}
