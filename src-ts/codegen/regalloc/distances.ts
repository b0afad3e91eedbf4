/**
 * Next-use distances across blocks, in instructions: the probability-weighted harmonic mean over the ways on, so that
 * one rare handler of a dispatch loop doesn't make a value look near; leaving a loop adds a large penalty, so that what
 * the loop uses comes first. Iterated until little changes if there are loops. O(code + passes × sizes of the live-out
 * lists).
 */
import { ensureF64, ensureI32, ensureU8, FAR, type State } from './state.js';

/** Added per loop that an edge leaves. */
const LOOP_EXIT = 100000;
/** Distances below this are within the loop. */
export const NEAR = 50000;
const MAX_PASSES = 4;
/** A relative change that is worth another pass. */
const TOLERANCE = 0.02;

/** The pass, with its arrays: reused from function to function. */
export class Distances {
  private localIn = new Uint8Array(0);
  private localParam = new Uint8Array(0);
  private penalty = new Float64Array(0);
  /** By value: sum of probability / (distance + 1) over the successors; valid while stampA is the block's epoch. */
  private sum = new Float64Array(0);
  private firstAt = new Int32Array(0);

  /** Sums up the distances at the end of block b under a new epoch, which it returns. */
  private exitSums(s: State, b: number): number {
    const { liveAt, liveV, dIn, dParam, func, remat } = s;
    const { succAt, succEdge, edgeTo, argAt, args, paramAt } = func;
    const prob = s.cfg.prob;
    const stamp = s.stampA;
    const acc = this.sum;
    const mark = ++s.epoch;
    for (let k = succAt[b]; k < succAt[b + 1]; k++) {
      const e = succEdge[k];
      const t = edgeTo[e];
      // A landing pad wants nothing in registers.
      if (s.isPad[t] !== 0) continue;
      const p = prob[e];
      const near = this.penalty[e] + 1;
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

  /**
   * One pass from the last block to the first over all instructions: distances after each use and definition, and at
   * block starts. Loop-carried values count as they stand in `dIn` and `dParam`.
   */
  private scanCode(s: State): void {
    const { nb, mf, func, liveAt, liveV, dIn, dParam, useNext, defNext } = s;
    const { instAt } = mf;
    const { paramAt, params } = func;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const def = mf.def.a;
    const stamp = s.stampA;
    const next = s.stampB;
    const acc = this.sum;
    const at = this.firstAt;
    for (let b = nb - 1; b >= 0; b--) {
      const mark = this.exitSums(s, b);
      const i0 = instAt[b];
      const length = instAt[b + 1] - i0;
      for (let i = instAt[b + 1] - 1; i >= i0; i--) {
        const d = def[i];
        if (d >= 0)
          defNext[i] = next[d] === mark ? at[d] : stamp[d] === mark ? Math.min(FAR - 1, length + 1 / acc[d] - 1) : FAR;
        const u0 = useAt[i];
        const u1 = useAt[i + 1];
        for (let u = u0; u < u1; u++) {
          const v = useValue[u];
          useNext[u] = next[v] === mark ? at[v] : stamp[v] === mark ? Math.min(FAR - 1, length + 1 / acc[v] - 1) : FAR;
        }
        for (let u = u0; u < u1; u++) {
          next[useValue[u]] = mark;
          at[useValue[u]] = i - i0;
        }
      }
      for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
        const v = liveV[k];
        const local = next[v] === mark;
        this.localIn[k] = local ? 1 : 0;
        // Alive, however far.
        dIn[k] = local ? at[v] : stamp[v] === mark ? Math.min(FAR - 1, length + 1 / acc[v] - 1) : FAR - 1;
      }
      for (let k = paramAt[b]; k < paramAt[b + 1]; k++) {
        const v = params[k];
        const local = next[v] === mark;
        this.localParam[k] = local ? 1 : 0;
        dParam[k] = local ? at[v] : stamp[v] === mark ? Math.min(FAR - 1, length + 1 / acc[v] - 1) : FAR;
      }
    }
  }

  /** One pass over the distances at block starts that come from other blocks; true if one changed much. */
  private refine(s: State): boolean {
    const { nb, mf, func, liveAt, liveV, dIn, dParam } = s;
    const { instAt } = mf;
    const { paramAt, params } = func;
    const stamp = s.stampA;
    const acc = this.sum;
    let changed = false;
    for (let b = nb - 1; b >= 0; b--) {
      if (liveAt[b] === liveAt[b + 1] && paramAt[b] === paramAt[b + 1]) continue;
      const mark = this.exitSums(s, b);
      const length = instAt[b + 1] - instAt[b];
      for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
        if (this.localIn[k]) continue;
        const v = liveV[k];
        const d = stamp[v] === mark ? Math.min(FAR - 1, length + 1 / acc[v] - 1) : FAR - 1;
        const old = dIn[k];
        dIn[k] = d;
        if (Math.abs(d - old) > TOLERANCE * old) changed = true;
      }
      for (let k = paramAt[b]; k < paramAt[b + 1]; k++) {
        const v = params[k];
        if (this.localParam[k] || stamp[v] !== mark) continue;
        const d = Math.min(FAR - 1, length + 1 / acc[v] - 1);
        const old = dParam[k];
        dParam[k] = d;
        if (Math.abs(d - old) > TOLERANCE * old) changed = true;
      }
    }
    return changed;
  }

  /** Fills `dIn`, `dParam`, `useNext` and `defNext`. */
  run(s: State): void {
    const { ne, nVals, func, nLive, nParams } = s;
    const { edgeFrom, edgeTo } = func;
    const { loopOf, loopParent } = s.cfg;
    s.dIn = ensureF64(s.dIn, nLive);
    s.dParam = ensureF64(s.dParam, nParams);
    s.useNext = ensureF64(s.useNext, s.nUse);
    s.defNext = ensureF64(s.defNext, s.nInst);
    this.localIn = ensureU8(this.localIn, nLive);
    this.localParam = ensureU8(this.localParam, nParams);
    this.penalty = ensureF64(this.penalty, ne);
    this.sum = ensureF64(this.sum, nVals);
    this.firstAt = ensureI32(this.firstAt, nVals);
    if (!s.hasLoops) {
      this.penalty.fill(0, 0, ne);
      this.scanCode(s);
      return;
    }
    for (let e = 0; e < ne; e++) {
      let levels = 0;
      for (let h = loopOf[edgeFrom[e]]; h >= 0 && !s.inLoop(edgeTo[e], h); h = loopParent[h]) levels++;
      this.penalty[e] = levels * LOOP_EXIT;
    }
    s.dIn.fill(FAR, 0, nLive);
    s.dParam.fill(FAR, 0, nParams);
    this.scanCode(s);
    for (let pass = 0; pass < MAX_PASSES && this.refine(s); pass++);
    this.scanCode(s);
  }
}
