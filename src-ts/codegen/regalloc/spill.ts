/**
 * Spilling after Braun & Hack (CC 2009): blocks in order, at every point the values with the nearest next use are in
 * registers. A call leaves room only for the callee-saved registers; constraints are counted exactly as
 * `constrained.ts` will place them.
 *
 * Loop headers decide the quality in interpreters: a header that holds all values "used in the loop" makes every
 * handler that evicts some of them reload them on its back edge. So after an optimistic round each (header, value) is
 * charged with the reloads on the header's edges and credited with the uses that it served; the losers are kept out in
 * the next round.
 *
 * Result: entry and exit sets (`inAt`…, `outAt`…), `UseFlag.RELOAD`, evictions (`evAt`, `evV`), `crossCall`. O(rounds ×
 * (operands × registers + live-in lists)).
 */
import { enabled } from '../../util/switches.js';
import { Clobber } from '../mach.js';
import { NREG } from '../../x64/abi.js';
import { NEAR } from './distances.js';
import {
  clobberMask,
  ensureF64,
  ensureI32,
  ensureU8,
  FAR,
  GPR_MASK,
  popcount,
  type State,
  tieCopies,
  tiedOperand,
  UseFlag,
  XMM_MASK,
} from './state.js';

const ROUNDS = 2;
/** A value enters a join in a register if it comes in one by at least this share of the executions. */
const JOIN_SHARE = 0.5;

/** Registers of a class and the operands of one instruction. */
const STRIDE = 128;
/** The working set: two lists (class * STRIDE ..), their lengths, and by value its index or -1. */
const W = new Int32Array(2 * STRIDE);
const N = new Int32Array(2);
let pos = new Int32Array(0);
/** By value: distance of the next use from the block's start. */
let next = new Float64Array(0);

// Feedback. A header's account is kept at the index of the value's entry in inV; bans and merits by index of live-in
// entry, then of parameter.
let benefit = new Float64Array(0);
let cost = new Float64Array(0);
let storeCost = new Float64Array(0);
let banned = new Uint8Array(0);
let good = new Uint8Array(0);
/** By entry of inV: index in `banned`. */
let inEntry = new Int32Array(0);
/** By value: part of the executions in which it is still unused since the header whose account is `origin`. */
let share = new Float64Array(0);
let origin = new Int32Array(0);
let outShare = new Float64Array(0);
let outOrigin = new Int32Array(0);

// Joins.
let inCount = new Int32Array(0);
let inFreq = new Float64Array(0);
let inShare = new Float64Array(0);
let inOrigin = new Int32Array(0);
/** By parameter position. */
let argCount = new Int32Array(0);
let argFreq = new Float64Array(0);
/** Candidates of a block, the best K of each kind (class, for headers also used in the loop or not), nearest first. */
const best = new Int32Array(4 * 32);
const bestKey = new Float64Array(4 * 32);
const nBest = new Int32Array(4);
/** By class: values alive at the header that its loop doesn't use. */
const throughCount = new Int32Array(2);
let loopPressure = new Int32Array(0);

function add(v: number, c: number): void {
  pos[v] = N[c];
  W[c * STRIDE + N[c]++] = v;
}

function drop(v: number, c: number): void {
  const p = pos[v];
  const last = W[c * STRIDE + --N[c]];
  W[c * STRIDE + p] = last;
  pos[last] = p;
  pos[v] = -1;
}

/** Spills the function, with feedback if it has loops. */
export function spill(s: State): void {
  const { nVals, nb, nParams, nLive } = s;
  pos = ensureI32(pos, nVals);
  pos.fill(-1, 0, nVals);
  next = ensureF64(next, nVals);
  const perBlock = Math.min(NREG * nb, nLive + nParams);
  s.inAt = ensureI32(s.inAt, nb + 1);
  s.inV = ensureI32(s.inV, perBlock);
  s.outAt = ensureI32(s.outAt, nb + 1);
  s.outV = ensureI32(s.outV, NREG * nb);
  s.evAt = ensureI32(s.evAt, s.nInst + 1);
  share = ensureF64(share, nVals);
  origin = ensureI32(origin, nVals);
  outShare = ensureF64(outShare, NREG * nb);
  outOrigin = ensureI32(outOrigin, NREG * nb);
  inCount = ensureI32(inCount, nVals);
  inFreq = ensureF64(inFreq, nVals);
  inShare = ensureF64(inShare, nVals);
  inOrigin = ensureI32(inOrigin, nVals);
  if (s.hasLoops) measureLoops(s);
  argCount = ensureI32(argCount, nParams);
  argFreq = ensureF64(argFreq, nParams);
  benefit = ensureF64(benefit, perBlock);
  cost = ensureF64(cost, perBlock);
  storeCost = ensureF64(storeCost, perBlock);
  inEntry = ensureI32(inEntry, perBlock);
  banned = ensureU8(banned, nLive + nParams);
  good = ensureU8(good, nLive + nParams);
  banned.fill(0, 0, nLive + nParams);
  good.fill(0, 0, nLive + nParams);
  spillRound(s, false);
  if (!s.hasLoops || !enabled['header-feedback']) return;
  for (let round = 0; round < ROUNDS; round++) {
    chargeHeaders(s);
    if (!judge(s)) break;
    spillRound(s, round === ROUNDS - 1);
  }
}

/** Evicts the farthest values of class c that aren't operands of the instruction at `now` until `limit` are left. */
function limitTo(s: State, c: number, limit: number, now: number): void {
  const { remat } = s;
  while (N[c] > limit) {
    let worst = -1;
    let far = -2;
    for (let k = c * STRIDE, end = k + N[c]; k < end; k++) {
      const v = W[k];
      let d = next[v];
      if (d <= now) d = -1;
      else if (remat[v]) d = now + (d - now) * 2 + 8; // cheap to get back
      if (d > far) {
        far = d;
        worst = v;
      }
    }
    s.evV.push(worst);
    drop(worst, c);
  }
}

/** Entries of `inV` and `outV` so far. */
let nIn = 0;
let nOut = 0;

/** One pass over the function; `onlyGood`: headers take only values that earned it in an earlier round. */
function spillRound(s: State, onlyGood: boolean): void {
  s.evV.clear();
  s.crossCall.fill(0, 0, s.nVals);
  s.useFlags.fill(0, 0, s.nUse);
  nIn = nOut = 0;
  for (let b = 0; b < s.nb; b++) {
    s.inAt[b] = nIn;
    N[0] = N[1] = 0;
    if (b === 0) enterFunction(s);
    else if (s.isPad[b] === 0) enterBlock(s, b, onlyGood);
    spillBlock(s, b);
    s.outAt[b + 1] = nOut;
  }
  s.inAt[s.nb] = nIn;
  s.evAt[s.nInst] = s.evV.n;
}

/** Arguments in registers are there from the start. */
function enterFunction(s: State): void {
  const { defNext, entryEnd } = s;
  const def = s.mf.def.a;
  s.outAt[0] = 0;
  for (let i = 0; i < entryEnd; i++) {
    if (s.mf.defFixed.a[i] < 0 || defNext[i] >= FAR) continue;
    next[def[i]] = defNext[i];
    share[def[i]] = 0;
    add(def[i], s.mf.valueClass[def[i]]);
  }
}

/**
 * Spills inside block b, from the working set at its entry; leaves the set at its exit in `outV` and an empty working
 * set.
 */
function spillBlock(s: State, b: number): void {
  const { mf, remat, useNext, defNext, useFlags, outV, evAt, evV, entryEnd, kGpr, kXmm } = s;
  const { instAt, valueClass } = mf;
  const useAt = mf.useAt.a;
  const useValue = mf.useValue.a;
  const useFixed = mf.useFixed.a;
  const def = mf.def.a;
  const defFixed = mf.defFixed.a;
  const tied = mf.tied.a;
  const tempGpr = mf.tempGpr.a;
  const tempXmm = mf.tempXmm.a;
  const clobbers = mf.clobbers.a;
  const f = s.cfg.freq[b];
  const i0 = instAt[b];
  for (let i = i0, i1 = instAt[b + 1]; i < i1; i++) {
    evAt[i] = evV.n;
    const u0 = useAt[i];
    const u1 = useAt[i + 1];
    const now = i - i0;
    const d = def[i];
    let special = clobbers[i] !== 0 || tempGpr[i] !== 0 || tempXmm[i] !== 0 || defFixed[i] >= 0;
    // Operands: what is missing will be loaded; room for it is made below (loads come after evictions).
    for (let u = u0; u < u1; u++) {
      const v = useValue[u];
      if (useFixed[u] >= 0) special = true;
      if (pos[v] < 0) {
        useFlags[u] = UseFlag.RELOAD;
        share[v] = 0;
        add(v, valueClass[v]);
      } else if (share[v] > 0) {
        benefit[origin[v]] += f * share[v];
        share[v] = 0;
      }
      next[v] = now;
    }
    if (special) {
      if (i < entryEnd && d >= 0 && defFixed[i] >= 0) continue;
      constrain(s, i, now, f);
    } else {
      let copyG = 0;
      let copyX = 0;
      if (tied[i] && d >= 0 && tieCopies(mf, i, useNext[u0] >= FAR, u0 + 1 < u1 && useNext[u0 + 1] >= FAR)) {
        if (valueClass[d]) copyX = 1;
        else copyG = 1;
      }
      if (N[0] + copyG > kGpr) limitTo(s, 0, kGpr - copyG, now);
      if (N[1] + copyX > kXmm) limitTo(s, 1, kXmm - copyX, now);
      for (let u = u0; u < u1; u++) {
        const v = useValue[u];
        if (useNext[u] >= FAR) {
          if (pos[v] >= 0) drop(v, valueClass[v]);
        } else next[v] = useNext[u];
      }
    }
    if (d >= 0) {
      const c = valueClass[d];
      const limit = (c ? kXmm : kGpr) - 1;
      if (N[c] > limit) limitTo(s, c, limit, now);
      if (defNext[i] < FAR) {
        next[d] = defNext[i];
        share[d] = 0;
        add(d, c);
      }
    }
  }
  for (let c = 0; c < 2; c++) {
    for (let k = c * STRIDE, end = k + N[c]; k < end; k++) {
      const v = W[k];
      pos[v] = -1;
      if (remat[v]) continue;
      outShare[nOut] = share[v];
      outOrigin[nOut] = origin[v];
      outV[nOut++] = v;
    }
  }
}

/**
 * Puts entry `k` (of the live-in list, or nLive + parameter position) with its distance into the bounded list `kind`:
 * at most `limit`, nearest first, then in order.
 */
function offer(kind: number, limit: number, k: number, distance: number): void {
  const base = kind * 32;
  let n = nBest[kind];
  if (n === limit) {
    if (limit === 0 || bestKey[base + n - 1] <= distance) return;
    n--;
  }
  let j = base + n;
  for (; j > base && bestKey[j - 1] > distance; j--) {
    bestKey[j] = bestKey[j - 1];
    best[j] = best[j - 1];
  }
  bestKey[j] = distance;
  best[j] = k;
  nBest[kind] = n + 1;
}

/** Takes candidate k of block entry lists into the working set, as entry `at` of `inV`. */
function admit(s: State, k: number, c: number, at: number): void {
  const v = k < s.nLive ? s.liveV[k] : s.func.params[k - s.nLive];
  next[v] = k < s.nLive ? s.dIn[k] : s.dParam[k - s.nLive];
  s.inV[at] = v;
  inEntry[at] = k;
  add(v, c);
}

/** Fills the working set for the entry of block b, and its part of `inV`. */
function enterBlock(s: State, b: number, onlyGood: boolean): void {
  const { func, mf, remat, liveAt, liveV, dIn, dParam, inV, outAt, outV, nLive, kGpr, kXmm } = s;
  const { valueClass } = mf;
  const { predAt, predEdge, edgeFrom, paramAt, params, argAt, args } = func;
  const { edgeFreq } = s.cfg;
  const isHeader = s.cfg.loopOf[b] === b;
  // What the predecessors that are done have in registers.
  const counted = s.stampA;
  const mark = ++s.epoch;
  const p0 = paramAt[b];
  const p1 = paramAt[b + 1];
  for (let k = p0; k < p1; k++) argCount[k] = argFreq[k] = 0;
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
        inCount[v] = 0;
        inFreq[v] = inShare[v] = 0;
        inOrigin[v] = -1;
      }
      inCount[v]++;
      inFreq[v] += w;
      if (outShare[j] > 0) {
        inShare[v] += w * outShare[j];
        inOrigin[v] = outOrigin[j];
      }
    }
    if (p0 === p1 || isHeader) continue;
    const there = s.stampB;
    const outMark = ++s.epoch;
    for (let j = outAt[p]; j < outAt[p + 1]; j++) there[outV[j]] = outMark;
    for (let k = p0, a = argAt[e]; k < p1; k++, a++) {
      if (!remat[args[a]] && there[args[a]] !== outMark) continue;
      argCount[k]++;
      argFreq[k] += w;
    }
  }
  nBest.fill(0);
  if (isHeader) {
    throughCount.fill(0);
    for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
      const v = liveV[k];
      const c = valueClass[v];
      if (dIn[k] < NEAR) {
        if (!banned[k] && (!onlyGood || good[k])) offer(c, c ? kXmm : kGpr, k, dIn[k]);
      } else {
        throughCount[c]++;
        if (!banned[k] && counted[v] === mark) offer(2 + c, c ? kXmm : kGpr, k, dIn[k]);
      }
    }
    for (let k = p0; k < p1; k++) {
      const c = valueClass[params[k]];
      const d = dParam[k];
      if (d >= FAR) continue;
      if (d < NEAR) {
        if (!banned[nLive + k] && (!onlyGood || good[nLive + k])) offer(c, c ? kXmm : kGpr, nLive + k, d);
      } else {
        throughCount[c]++;
        if (!banned[nLive + k]) offer(2 + c, c ? kXmm : kGpr, nLive + k, d);
      }
    }
  } else {
    const enough = JOIN_SHARE * total;
    for (let k = liveAt[b]; k < liveAt[b + 1]; k++) {
      const v = liveV[k];
      if (counted[v] !== mark) continue;
      const c = valueClass[v];
      if (inCount[v] === preds) offer(c, c ? kXmm : kGpr, k, dIn[k] - FAR);
      else if (inFreq[v] >= enough) offer(c, c ? kXmm : kGpr, k, dIn[k]);
    }
    for (let k = p0; k < p1; k++) {
      if (dParam[k] >= FAR) continue;
      const c = valueClass[params[k]];
      if (argCount[k] === preds) offer(c, c ? kXmm : kGpr, nLive + k, dParam[k] - FAR);
      else if (argFreq[k] >= enough) offer(c, c ? kXmm : kGpr, nLive + k, dParam[k]);
    }
  }
  const first = nIn;
  for (let c = 0; c < 2; c++) {
    const limit = c ? kXmm : kGpr;
    for (let k = c * 32, end = k + nBest[c]; k < end; k++) admit(s, best[k], c, nIn++);
    // Values that a loop doesn't use may stay as far as its pressure leaves room.
    if (nBest[2 + c] === 0) continue;
    const room = Math.min(limit - loopPressure[2 * b + c] + throughCount[c], limit - N[c], nBest[2 + c]);
    for (let k = (2 + c) * 32, end = k + room; k < end; k++) admit(s, best[k], c, nIn++);
  }
  for (let j = first; j < nIn; j++) {
    const v = inV[j];
    const carried = counted[v] === mark ? inShare[v] : 0;
    if (isHeader) {
      // Being carried into an inner loop counts as a use for the outer one.
      if (carried > 0) benefit[inOrigin[v]] += carried;
      benefit[j] = cost[j] = storeCost[j] = 0;
      share[v] = 1;
      origin[v] = j;
    } else if (carried > 0) {
      share[v] = Math.min(1, carried / total);
      origin[v] = inOrigin[v];
    } else share[v] = 0;
  }
}

/** What each header's contract costs on its edges. */
function chargeHeaders(s: State): void {
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
        if (!remat[a] && there[a] !== mark) cost[j] += w;
        else if (a !== v) storeCost[j] += w; // in memory, the new value would have to be stored
      }
    }
  }
}

/** Bans the header entries that cost more than they are worth; false if there are no new ones. */
function judge(s: State): boolean {
  const { nb, inAt } = s;
  let changed = false;
  for (let h = 0; h < nb; h++) {
    if (s.cfg.loopOf[h] !== h) continue;
    for (let j = inAt[h]; j < inAt[h + 1]; j++) {
      const k = inEntry[j];
      if (cost[j] > benefit[j] + storeCost[j]) {
        if (!banned[k]) changed = true;
        banned[k] = 1;
      } else good[k] = 1;
    }
  }
  return changed;
}

/** Largest pressure in each loop, by 2 * header + class. */
function measureLoops(s: State): void {
  const { nb, pressure } = s;
  const { loopOf, loopParent } = s.cfg;
  loopPressure = ensureI32(loopPressure, 2 * nb);
  loopPressure.fill(0, 0, 2 * nb);
  for (let b = nb - 1; b >= 0; b--) {
    const h = loopOf[b];
    if (h < 0) continue;
    const p = h === b ? loopParent[b] : -1;
    for (let c = 0; c < 2; c++) {
      if (pressure[2 * b + c] > loopPressure[2 * h + c]) loopPressure[2 * h + c] = pressure[2 * b + c];
      // All blocks of the loop have higher numbers: it is complete.
      if (p >= 0 && loopPressure[2 * b + c] > loopPressure[2 * p + c])
        loopPressure[2 * p + c] = loopPressure[2 * b + c];
    }
  }
}

// Distinct operands of a constrained instruction.
const opVal = new Int32Array(STRIDE);
const opNext = new Float64Array(STRIDE);
const opFree = new Uint8Array(STRIDE);
/** A fixed register of it outlives the instruction. */
const opHome = new Uint8Array(STRIDE);
let nOps = 0;

/** Does operand j need a place of its own: 2 = as survivor, 1 = dying, 0 = none (only fixed registers)? */
function needOf(j: number): number {
  if (opNext[j] >= FAR) return opFree[j];
  return opHome[j] && !opFree[j] ? 0 : 2;
}

/**
 * Makes room at an instruction with fixed registers, clobbers or temporaries, by the groups of `constrained.ts`; then
 * the operands that die, or that must not stay in a register, leave the set.
 */
function constrain(s: State, i: number, now: number, f: number): void {
  const { mf, useNext, remat, evV } = s;
  const { valueClass } = mf;
  const useValue = mf.useValue.a;
  const useFixed = mf.useFixed.a;
  const u0 = mf.useAt.a[i];
  const u1 = mf.useAt.a[i + 1];
  const d = mf.def.a[i];
  const defFixed = mf.defFixed.a[i];
  const isCall = (mf.clobbers.a[i] & Clobber.CALL) !== 0;
  let tiedUse = -1;
  let tiedFixed = -1;
  if (mf.tied.a[i] && d >= 0) {
    tiedUse = tiedOperand(mf, i, useNext[u0] >= FAR, u0 + 1 < u1 && useNext[u0 + 1] >= FAR);
    tiedFixed = useFixed[tiedUse] >= 0 ? useFixed[tiedUse] : defFixed;
  }
  let fixed = tiedFixed >= 0 ? 1 << tiedFixed : 0;
  for (let u = u0; u < u1; u++) if (useFixed[u] >= 0) fixed |= 1 << useFixed[u];
  const result = defFixed >= 0 ? 1 << defFixed : 0;
  const clobber = clobberMask(mf.clobbers.a[i]);
  const destroyed = clobber | result | (tiedFixed >= 0 ? 1 << tiedFixed : 0);
  const A = s.usable & ~(fixed | destroyed);
  const B = isCall ? s.usable & ~fixed : A;

  nOps = 0;
  for (let u = u0; u < u1; u++) {
    const v = useValue[u];
    let j = 0;
    while (j < nOps && opVal[j] !== v) j++;
    if (j === nOps) {
      nOps++;
      opVal[j] = v;
      opNext[j] = useNext[u];
      if (isCall && remat[v] && opNext[j] < FAR) {
        // Constants are made anew after a call.
        opNext[j] = FAR;
        evV.push(v);
      }
      opFree[j] = opHome[j] = 0;
    }
    const x = u === tiedUse && tiedFixed >= 0 ? tiedFixed : useFixed[u];
    if (x < 0) {
      if (u !== tiedUse) opFree[j] = 1;
    } else if (!((destroyed >> x) & 1)) opHome[j] = 1;
  }
  let tiedOp = -1;
  if (tiedUse >= 0 && tiedFixed < 0) {
    tiedOp = 0;
    while (opVal[tiedOp] !== useValue[tiedUse]) tiedOp++;
  }
  // The tied operand's place: its own while it dies here and nothing else needs it, else a copy.
  const tiedShared = tiedOp >= 0 && opFree[tiedOp] === 1;
  if (tiedOp >= 0) opFree[tiedOp] = 1;

  for (let c = 0; c < 2; c++) {
    const mask = c ? XMM_MASK : GPR_MASK;
    const roomA = popcount(A & mask);
    const roomB = popcount(B & mask);
    const roomAfter = popcount(s.usable & ~clobber & mask);
    const temps = c ? mf.tempXmm.a[i] : mf.tempGpr.a[i];
    // At a call, temporaries must avoid the result's register too.
    const barred = isCall && temps > 0 && result & B & mask ? 1 : 0;
    const freeResult = d >= 0 && defFixed < 0 && tiedUse < 0 && !isCall && valueClass[d] === c;
    if (isCall) {
      for (let k = c * STRIDE; k < c * STRIDE + N[c];) {
        const v = W[k];
        if (!remat[v] || next[v] <= now) k++;
        else {
          evV.push(v);
          drop(v, c);
        }
      }
    }
    for (;;) {
      let operandSurvivors = 0;
      let dying = 0;
      let homes = 0;
      let mine = 0;
      for (let j = 0; j < nOps; j++) {
        if (valueClass[opVal[j]] !== c) continue;
        mine++;
        const need = needOf(j);
        if (need === 2) operandSurvivors++;
        else if (need === 1) dying++;
        else if (opNext[j] < FAR) homes++;
      }
      const copy = tiedOp >= 0 && valueClass[opVal[tiedOp]] === c && (tiedShared || opNext[tiedOp] < FAR) ? 1 : 0;
      const passing = N[c] - mine;
      const survivors = passing + operandSurvivors;
      const lackA = survivors + copy - roomA;
      const lackB = survivors + copy + dying + temps + barred - roomB;
      const lackAfter = freeResult ? survivors + homes + temps + 1 - roomAfter : 0;
      if (lackA <= 0 && lackB <= 0 && lackAfter <= 0) break;
      // The farthest goes: a passing value, or an operand that then dies here if that helps.
      let worst = -1;
      let worstOp = -1;
      let far = now;
      for (let k = c * STRIDE, end = k + N[c]; k < end; k++) {
        const v = W[k];
        if (next[v] <= now) continue;
        const dist = remat[v] ? now + (next[v] - now) * 2 + 8 : next[v];
        if (dist > far) {
          far = dist;
          worst = v;
        }
      }
      for (let j = 0; j < nOps; j++) {
        if (valueClass[opVal[j]] !== c || opNext[j] >= FAR) continue;
        const helps =
          lackA > 0
            ? needOf(j) === 2
            : lackB > 0
              ? (needOf(j) === 2 && !opFree[j]) || (j === tiedOp && !tiedShared)
              : true;
        const dist = remat[opVal[j]] ? now + (opNext[j] - now) * 2 + 8 : opNext[j];
        if (helps && dist > far) {
          far = dist;
          worstOp = j;
        }
      }
      if (worstOp >= 0) {
        evV.push(opVal[worstOp]);
        opNext[worstOp] = FAR;
      } else if (worst >= 0) {
        evV.push(worst);
        drop(worst, c);
      } else
        throw new Error(
          `register allocator: function ${s.func.index}: instruction ${i} asks for more registers than there are`,
        );
    }
  }
  for (let j = 0; j < nOps; j++) {
    const v = opVal[j];
    if (opNext[j] >= FAR) {
      drop(v, valueClass[v]);
    } else next[v] = opNext[j];
  }
  if (isCall) for (let c = 0; c < 2; c++) for (let k = c * STRIDE, end = k + N[c]; k < end; k++) s.crossCall[W[k]] += f;
}
