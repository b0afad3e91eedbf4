/**
 * Spilling after Braun & Hack (CC 2009): blocks in order, at every point the values with the nearest next use are in
 * registers. A call leaves room only for the callee-saved registers; constraints are counted exactly as
 * `constrained.ts` will place them.
 *
 * In interpreters, spill quality is decided by which values the loop header keeps in registers: if it holds all values
 * "used in the loop", every handler that evicts some of them reloads them on its back edge. So after an optimistic
 * iteration each (header, value) is charged with the reloads on the header's edges and credited with the uses that it
 * served; values that lose are kept out in the next iteration.
 *
 * Result: entry and exit sets (`inAt`…, `outAt`…), `UseFlag.RELOAD`, evictions (`evAt`, `evV`), `crossCall`.
 * O(iterations × (operands × registers + live-in lists)).
 */
import { NEAR } from './distances.js';
import { ensureF64, ensureI32, ensureU8, FAR, type State, tieCopies, UseFlag } from './state.js';
import { ConstrainedSpiller } from './spill-constrained.js';
import { STRIDE, WorkingSet } from './working-set.js';

const ROUNDS = 2;
/** A value enters a join in a register if it comes in one by at least this share of the executions. */
const JOIN_SHARE = 0.5;

/** The pass, with its arrays: reused from function to function. */
export class Spiller {
  private readonly set = new WorkingSet();
  private readonly constrained = new ConstrainedSpiller();

  // Feedback. A header's account is kept at the index of the value's entry in inV; bans and merits by index of live-in
  // entry, then of parameter.
  private benefit = new Float64Array(0);
  private cost = new Float64Array(0);
  private storeCost = new Float64Array(0);
  private banned = new Uint8Array(0);
  private good = new Uint8Array(0);
  /** By entry of inV: index in `banned`. */
  private inEntry = new Int32Array(0);
  /** By value: part of the executions in which it is still unused since the header whose account is `origin`. */
  private share = new Float64Array(0);
  private origin = new Int32Array(0);
  private outShare = new Float64Array(0);
  private outOrigin = new Int32Array(0);

  // Joins.
  private inCount = new Int32Array(0);
  private inFreq = new Float64Array(0);
  private inShare = new Float64Array(0);
  private inOrigin = new Int32Array(0);
  /** By parameter position. */
  private argCount = new Int32Array(0);
  private argFreq = new Float64Array(0);
  /**
   * Candidates of a block, the best K of each kind (class, for headers also used in the loop or not), nearest first.
   */
  private readonly best = new Int32Array(4 * 32);
  private readonly bestKey = new Float64Array(4 * 32);
  private readonly nBest = new Int32Array(4);
  /** By class: values alive at the header that its loop doesn't use. */
  private readonly throughCount = new Int32Array(2);
  private loopPressure = new Int32Array(0);
  /** Entries of `inV` and `outV` so far. */
  private nIn = 0;
  private nOut = 0;

  /** Spills the function, with feedback if it has loops. */
  run(s: State): void {
    const { nVals, nb, nParams, nLive } = s;
    this.set.begin(nVals);
    // Registers: the most values that a block has at an end.
    const perEnd = s.regs.counts[0] + s.regs.counts[1];
    const perBlock = Math.min(perEnd * nb, nLive + nParams);
    s.inAt = ensureI32(s.inAt, nb + 1);
    s.inV = ensureI32(s.inV, perBlock);
    s.outAt = ensureI32(s.outAt, nb + 1);
    s.outV = ensureI32(s.outV, perEnd * nb);
    s.evAt = ensureI32(s.evAt, s.nInst + 1);
    this.share = ensureF64(this.share, nVals);
    this.origin = ensureI32(this.origin, nVals);
    this.outShare = ensureF64(this.outShare, perEnd * nb);
    this.outOrigin = ensureI32(this.outOrigin, perEnd * nb);
    this.inCount = ensureI32(this.inCount, nVals);
    this.inFreq = ensureF64(this.inFreq, nVals);
    this.inShare = ensureF64(this.inShare, nVals);
    this.inOrigin = ensureI32(this.inOrigin, nVals);
    if (s.hasLoops) this.measureLoops(s);
    this.argCount = ensureI32(this.argCount, nParams);
    this.argFreq = ensureF64(this.argFreq, nParams);
    this.benefit = ensureF64(this.benefit, perBlock);
    this.cost = ensureF64(this.cost, perBlock);
    this.storeCost = ensureF64(this.storeCost, perBlock);
    this.inEntry = ensureI32(this.inEntry, perBlock);
    this.banned = ensureU8(this.banned, nLive + nParams);
    this.good = ensureU8(this.good, nLive + nParams);
    this.banned.fill(0, 0, nLive + nParams);
    this.good.fill(0, 0, nLive + nParams);
    this.spillRound(s, false);
    if (!s.hasLoops || !s.enabled['header-feedback']) return;
    for (let round = 0; round < ROUNDS; round++) {
      this.chargeHeaders(s);
      if (!this.judge(s)) break;
      this.spillRound(s, round === ROUNDS - 1);
    }
  }

  /** One pass over the function; `onlyGood`: headers take only values that earned it in an earlier iteration. */
  private spillRound(s: State, onlyGood: boolean): void {
    s.evV.clear();
    s.crossCall.fill(0, 0, s.nVals);
    s.useFlags.fill(0, 0, s.nUse);
    this.nIn = this.nOut = 0;
    for (let b = 0; b < s.nb; b++) {
      s.inAt[b] = this.nIn;
      this.set.count.fill(0);
      if (b === 0) this.enterFunction(s);
      else if (s.isPad[b] === 0) this.enterBlock(s, b, onlyGood);
      this.spillBlock(s, b);
      s.outAt[b + 1] = this.nOut;
    }
    s.inAt[s.nb] = this.nIn;
    s.evAt[s.nInst] = s.evV.n;
  }

  /** Arguments in registers are there from the start. */
  private enterFunction(s: State): void {
    const { defNext, entryEnd } = s;
    const def = s.mf.def.a;
    s.outAt[0] = 0;
    for (let i = 0; i < entryEnd; i++) {
      if (s.mf.defFixed.a[i] < 0 || defNext[i] >= FAR) continue;
      this.set.next[def[i]] = defNext[i];
      this.share[def[i]] = 0;
      this.set.add(def[i], s.mf.valueClass[def[i]]);
    }
  }

  /**
   * Spills inside block b, from the working set at its entry; leaves the set at its exit in `outV` and an empty working
   * set.
   */
  private spillBlock(s: State, b: number): void {
    const { mf, remat, useNext, defNext, useFlags, outV, evAt, evV, entryEnd, kGpr, kVector } = s;
    const { instAt, valueClass } = mf;
    const { set } = this;
    const { place, next, count, values } = set;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    const useFixed = mf.useFixed.a;
    const def = mf.def.a;
    const defFixed = mf.defFixed.a;
    const tied = mf.tied.a;
    const tempGpr = mf.tempGpr.a;
    const tempVector = mf.tempVector.a;
    const clobbers = mf.clobbers.a;
    const f = s.cfg.freq[b];
    const i0 = instAt[b];
    for (let i = i0, i1 = instAt[b + 1]; i < i1; i++) {
      evAt[i] = evV.n;
      const u0 = useAt[i];
      const u1 = useAt[i + 1];
      const now = i - i0;
      const d = def[i];
      let special = clobbers[i] !== 0 || tempGpr[i] !== 0 || tempVector[i] !== 0 || defFixed[i] >= 0;
      // Operands: what is missing will be loaded; room for it is made below (loads come after evictions).
      for (let u = u0; u < u1; u++) {
        const v = useValue[u];
        if (useFixed[u] >= 0) special = true;
        if (place[v] < 0) {
          useFlags[u] = UseFlag.RELOAD;
          this.share[v] = 0;
          set.add(v, valueClass[v]);
        } else if (this.share[v] > 0) {
          this.benefit[this.origin[v]] += f * this.share[v];
          this.share[v] = 0;
        }
        next[v] = now;
      }
      if (special) {
        if (i < entryEnd && d >= 0 && defFixed[i] >= 0) continue;
        this.constrained.run(s, set, i, now, f);
      } else {
        let copyG = 0;
        let copyX = 0;
        if (tied[i] && d >= 0 && tieCopies(mf, i, useNext[u0] >= FAR, u0 + 1 < u1 && useNext[u0 + 1] >= FAR)) {
          if (valueClass[d]) copyX = 1;
          else copyG = 1;
        }
        if (count[0] + copyG > kGpr) set.limitTo(s, 0, kGpr - copyG, now);
        if (count[1] + copyX > kVector) set.limitTo(s, 1, kVector - copyX, now);
        for (let u = u0; u < u1; u++) {
          const v = useValue[u];
          if (useNext[u] >= FAR) {
            if (place[v] >= 0) set.drop(v, valueClass[v]);
          } else next[v] = useNext[u];
        }
      }
      if (d >= 0) {
        const c = valueClass[d];
        const limit = (c ? kVector : kGpr) - 1;
        if (count[c] > limit) set.limitTo(s, c, limit, now);
        if (defNext[i] < FAR) {
          next[d] = defNext[i];
          this.share[d] = 0;
          set.add(d, c);
        }
      }
    }
    for (let c = 0; c < 2; c++) {
      for (let k = c * STRIDE, end = k + count[c]; k < end; k++) {
        const v = values[k];
        place[v] = -1;
        if (remat[v]) continue;
        this.outShare[this.nOut] = this.share[v];
        this.outOrigin[this.nOut] = this.origin[v];
        outV[this.nOut++] = v;
      }
    }
  }

  /**
   * Puts entry `k` (of the live-in list, or nLive + parameter position) with its distance into the bounded list `kind`:
   * at most `limit`, nearest first, then in order.
   */
  private offer(kind: number, limit: number, k: number, distance: number): void {
    const base = kind * 32;
    let n = this.nBest[kind];
    if (n === limit) {
      if (limit === 0 || this.bestKey[base + n - 1] <= distance) return;
      n--;
    }
    let j = base + n;
    for (; j > base && this.bestKey[j - 1] > distance; j--) {
      this.bestKey[j] = this.bestKey[j - 1];
      this.best[j] = this.best[j - 1];
    }
    this.bestKey[j] = distance;
    this.best[j] = k;
    this.nBest[kind] = n + 1;
  }

  /** Takes candidate k of block entry lists into the working set, as entry `at` of `inV`. */
  private admit(s: State, k: number, c: number, at: number): void {
    const v = k < s.nLive ? s.liveV[k] : s.func.params[k - s.nLive];
    this.set.next[v] = k < s.nLive ? s.dIn[k] : s.dParam[k - s.nLive];
    s.inV[at] = v;
    this.inEntry[at] = k;
    this.set.add(v, c);
  }

  /** Fills the working set for the entry of block b, and its part of `inV`. */
  private enterBlock(s: State, b: number, onlyGood: boolean): void {
    const { func, mf, remat, liveAt, liveV, dIn, dParam, inV, outAt, outV, nLive, kGpr, kVector } = s;
    const { valueClass } = mf;
    const { predAt, predEdge, edgeFrom, paramAt, params, argAt, args } = func;
    const { edgeFreq } = s.cfg;
    const isHeader = s.cfg.loopOf[b] === b;
    // What the predecessors that are done have in registers.
    const counted = s.stampA;
    const mark = ++s.epoch;
    const p0 = paramAt[b];
    const p1 = paramAt[b + 1];
    for (let k = p0; k < p1; k++) this.argCount[k] = this.argFreq[k] = 0;
    let preds = 0;
    let total = 0;
    for (let q = predAt[b]; q < predAt[b + 1]; q++) {
      const e = predEdge[q];
      const p = edgeFrom[e];
      if (p >= b) continue;
      preds++;
      const w = edgeFreq[e] + 1e-9;
      total += w;
      for (let j = outAt[p]; j < outAt[p + 1]; j++) {
        const v = outV[j];
        if (counted[v] !== mark) {
          counted[v] = mark;
          this.inCount[v] = 0;
          this.inFreq[v] = this.inShare[v] = 0;
          this.inOrigin[v] = -1;
        }
        this.inCount[v]++;
        this.inFreq[v] += w;
        if (this.outShare[j] > 0) {
          this.inShare[v] += w * this.outShare[j];
          this.inOrigin[v] = this.outOrigin[j];
        }
      }
      if (p0 === p1 || isHeader) continue;
      const there = s.stampB;
      const outMark = ++s.epoch;
      for (let j = outAt[p]; j < outAt[p + 1]; j++) there[outV[j]] = outMark;
      for (let k = p0, a = argAt[e]; k < p1; k++, a++) {
        if (!remat[args[a]] && there[args[a]] !== outMark) continue;
        this.argCount[k]++;
        this.argFreq[k] += w;
      }
    }
    this.nBest.fill(0);
    if (isHeader) {
      this.throughCount.fill(0);
      for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
        const v = liveV[k];
        const c = valueClass[v];
        if (dIn[k] < NEAR) {
          if (!this.banned[k] && (!onlyGood || this.good[k])) this.offer(c, c ? kVector : kGpr, k, dIn[k]);
        } else {
          this.throughCount[c]++;
          if (!this.banned[k] && counted[v] === mark) this.offer(2 + c, c ? kVector : kGpr, k, dIn[k]);
        }
      }
      for (let k = p0; k < p1; k++) {
        const c = valueClass[params[k]];
        const d = dParam[k];
        if (d >= FAR) continue;
        if (d < NEAR) {
          if (!this.banned[nLive + k] && (!onlyGood || this.good[nLive + k]))
            this.offer(c, c ? kVector : kGpr, nLive + k, d);
        } else {
          this.throughCount[c]++;
          if (!this.banned[nLive + k]) this.offer(2 + c, c ? kVector : kGpr, nLive + k, d);
        }
      }
    } else {
      const enough = JOIN_SHARE * total;
      for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
        const v = liveV[k];
        if (counted[v] !== mark) continue;
        const c = valueClass[v];
        if (this.inCount[v] === preds) this.offer(c, c ? kVector : kGpr, k, dIn[k] - FAR);
        else if (this.inFreq[v] >= enough) this.offer(c, c ? kVector : kGpr, k, dIn[k]);
      }
      for (let k = p0; k < p1; k++) {
        if (dParam[k] >= FAR) continue;
        const c = valueClass[params[k]];
        if (this.argCount[k] === preds) this.offer(c, c ? kVector : kGpr, nLive + k, dParam[k] - FAR);
        else if (this.argFreq[k] >= enough) this.offer(c, c ? kVector : kGpr, nLive + k, dParam[k]);
      }
    }
    const first = this.nIn;
    for (let c = 0; c < 2; c++) {
      const limit = c ? kVector : kGpr;
      for (let k = c * 32, end = k + this.nBest[c]; k < end; k++) this.admit(s, this.best[k], c, this.nIn++);
      // Values that a loop doesn't use may stay as far as its pressure leaves room.
      if (this.nBest[2 + c] === 0) continue;
      const room = Math.min(
        limit - this.loopPressure[2 * b + c] + this.throughCount[c],
        limit - this.set.count[c],
        this.nBest[2 + c],
      );
      for (let k = (2 + c) * 32, end = k + room; k < end; k++) this.admit(s, this.best[k], c, this.nIn++);
    }
    for (let j = first; j < this.nIn; j++) {
      const v = inV[j];
      const carried = counted[v] === mark ? this.inShare[v] : 0;
      if (isHeader) {
        // Being carried into an inner loop counts as a use for the outer one.
        if (carried > 0) this.benefit[this.inOrigin[v]] += carried;
        this.benefit[j] = this.cost[j] = this.storeCost[j] = 0;
        this.share[v] = 1;
        this.origin[v] = j;
      } else if (carried > 0) {
        this.share[v] = Math.min(1, carried / total);
        this.origin[v] = this.inOrigin[v];
      } else this.share[v] = 0;
    }
  }

  /** What each header's contract costs on its edges. */
  private chargeHeaders(s: State): void {
    const { nb, func, mf, remat, inAt, inV, outAt, outV, paramPos } = s;
    const { predAt, predEdge, edgeFrom, argAt, args, paramAt } = func;
    const { loopOf, edgeFreq } = s.cfg;
    const there = s.stampA;
    for (let h = 0; h < nb; h++) {
      if (loopOf[h] !== h || inAt[h] === inAt[h + 1]) continue;
      for (let k = predAt[h]; k < predAt[h + 1]; k++) {
        const e = predEdge[k];
        const p = edgeFrom[e];
        const w = edgeFreq[e];
        const mark = ++s.epoch;
        for (let j = outAt[p]; j < outAt[p + 1]; j++) there[outV[j]] = mark;
        for (let j = inAt[h]; j < inAt[h + 1]; j++) {
          const v = inV[j];
          const a = mf.valueBlock[v] === h ? args[argAt[e] + paramPos[v] - paramAt[h]] : v;
          if (!remat[a] && there[a] !== mark) this.cost[j] += w;
          else if (a !== v) this.storeCost[j] += w; // in memory, the new value would have to be stored
        }
      }
    }
  }

  /** Bans the header entries that cost more than they are worth; false if there are no new ones. */
  private judge(s: State): boolean {
    const { nb, inAt } = s;
    let changed = false;
    for (let h = 0; h < nb; h++) {
      if (s.cfg.loopOf[h] !== h) continue;
      for (let j = inAt[h]; j < inAt[h + 1]; j++) {
        const k = this.inEntry[j];
        if (this.cost[j] > this.benefit[j] + this.storeCost[j]) {
          if (!this.banned[k]) changed = true;
          this.banned[k] = 1;
        } else this.good[k] = 1;
      }
    }
    return changed;
  }

  /** Largest pressure in each loop, by 2 * header + class. */
  private measureLoops(s: State): void {
    const { nb, pressure } = s;
    const { loopOf, loopParent } = s.cfg;
    this.loopPressure = ensureI32(this.loopPressure, 2 * nb);
    this.loopPressure.fill(0, 0, 2 * nb);
    for (let b = nb - 1; b >= 0; b--) {
      const h = loopOf[b];
      if (h < 0) continue;
      const p = h === b ? loopParent[b] : -1;
      for (let c = 0; c < 2; c++) {
        if (pressure[2 * b + c] > this.loopPressure[2 * h + c]) this.loopPressure[2 * h + c] = pressure[2 * b + c];
        // All blocks of the loop have higher numbers: it is complete.
        if (p >= 0 && this.loopPressure[2 * b + c] > this.loopPressure[2 * p + c])
          this.loopPressure[2 * p + c] = this.loopPressure[2 * b + c];
      }
    }
  }
}
