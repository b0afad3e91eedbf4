/** Loop nest, branch probabilities and block frequencies of a function. O(blocks + edges). Filled by `analyseCfg`. */
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { conditionScore, lookAtBlocks, lookBehind, successorScore } from './predict.js';
import { enabled } from '../util/switches.js';

export interface Cfg {
  /** Innermost loop header of each block, or -1; a header's own entry is itself. */
  loopOf: Int32Array;
  /** By header: header of the enclosing loop, or -1. */
  loopParent: Int32Array;
  loopDepth: Int32Array;
  /**
   * Every way on leads to a trap, every way there comes from an exception, or a profile shows that it was never
   * executed. The blocks of a loop are cold if its header is.
   */
  cold: Uint8Array;
  /** Per edge: probability that its source takes it. */
  prob: Float64Array;
  /** Executions per call of the function. */
  freq: Float64Array;
  edgeFreq: Float64Array;
}

/** Relative weight of ways to a trap, which are hardly ever taken. */
const COLD_WEIGHT = 0.001;
/** Without prediction, of ways out of a loop. */
const EXIT_WEIGHT = 0.1;
/** Rounds of a loop per entry, and the bound that keeps deep nests from overflowing every later sum. */
const LOOP_FACTOR = 10;
const MAX_FREQ = 1e9;
/** An edge counts as an exit of so many of the loops that it leaves, from the innermost out: keeps deep nests linear. */
const MAX_LEFT = 64;

/**
 * What a profile says is mixed with this many executions for each call as the estimate has them: what never happened
 * once may happen the next time, and among equals the estimate decides.
 */
const ESTIMATED_CALLS = 0.5;

/** Reused from call to call: a result is valid until the next `analyseCfg`. */
const cfg: Cfg = {
  loopOf: new Int32Array(0),
  loopParent: new Int32Array(0),
  loopDepth: new Int32Array(0),
  cold: new Uint8Array(0),
  prob: new Float64Array(0),
  freq: new Float64Array(0),
  edgeFreq: new Float64Array(0),
};
const work = new IntVec();
/** Union-find of collapsed loops: outermost known loop around a header. */
let outer = new Int32Array(0);
/**
 * By loop header: last block of the loop; executions that come in from outside; first of the edges that leave, which
 * `nextExit` links.
 */
let loopEnd = new Int32Array(0);
let entered = new Float64Array(0);
let firstExit = new Int32Array(0);
let nextExit = new Int32Array(0);
/** By edge: number of loops whose exit it is so far. */
let loopsLeft = new Uint8Array(0);
/** Place and size of each loop's subtree in a preorder of the loop forest. */
let place = new Int32Array(0);
let size = new Int32Array(0);

/** Analyses `f`. The result's arrays are reused by the next call. */
export function analyseCfg(f: Func): Cfg {
  const { nb, ne } = f;
  if (cfg.loopOf.length < nb) {
    const n = nb * 2;
    cfg.loopOf = new Int32Array(n);
    cfg.loopParent = new Int32Array(n);
    cfg.loopDepth = new Int32Array(n);
    cfg.cold = new Uint8Array(n);
    cfg.freq = new Float64Array(n);
    outer = new Int32Array(n);
    loopEnd = new Int32Array(n);
    entered = new Float64Array(n);
    firstExit = new Int32Array(n);
    place = new Int32Array(n);
    size = new Int32Array(n);
  }
  if (cfg.prob.length < ne) {
    cfg.prob = new Float64Array(ne * 2);
    cfg.edgeFreq = new Float64Array(ne * 2);
    nextExit = new Int32Array(ne * 2);
    loopsLeft = new Uint8Array(ne * 2);
  }
  findLoops(f);
  findCold(f);
  estimate(f);
  if (f.weighted && f.blockWeight[0] > 0) measure(f);
  return cfg;
}

/**
 * Natural loops, inner ones first: headers have higher numbers than those of enclosing loops. A found loop is walked
 * through as one node.
 */
function findLoops(f: Func): void {
  const { nb, predAt, predEdge, edgeFrom, isLoopHeader } = f;
  const { loopOf, loopParent, loopDepth } = cfg;
  loopOf.fill(-1, 0, nb);
  loopParent.fill(-1, 0, nb);
  for (let h = nb - 1; h >= 0; h--) {
    outer[h] = h;
    if (isLoopHeader[h] === 0) continue;
    work.n = 0;
    for (let k = predAt[h]; k < predAt[h + 1]; k++) {
      const p = edgeFrom[predEdge[k]];
      if (p >= h) work.push(p);
    }
    loopOf[h] = h;
    while (work.n > 0) {
      const b = work.a[--work.n];
      if (loopOf[b] < 0) {
        loopOf[b] = h;
        for (let k = predAt[b]; k < predAt[b + 1]; k++) work.push(edgeFrom[predEdge[k]]);
        continue;
      }
      const inner = outermost(loopOf[b]);
      if (inner === h) continue;
      loopParent[inner] = h;
      outer[inner] = h;
      for (let k = predAt[inner]; k < predAt[inner + 1]; k++) {
        const p = edgeFrom[predEdge[k]];
        if (p < inner) work.push(p); // not its own latches
      }
    }
  }
  for (let b = 0; b < nb; b++) {
    const h = loopOf[b];
    if (h < 0) loopDepth[b] = 0;
    else if (h !== b) loopDepth[b] = loopDepth[h];
    else loopDepth[b] = loopParent[h] < 0 ? 1 : loopDepth[loopParent[h]] + 1;
  }
  size.fill(0, 0, nb);
  for (let h = nb - 1; h >= 0; h--) {
    if (loopOf[h] !== h) continue;
    size[h]++;
    if (loopParent[h] >= 0) size[loopParent[h]] += size[h];
  }
  // `outer` is free now: next place below each header.
  let roots = 0;
  for (let h = 0; h < nb; h++) {
    if (loopOf[h] !== h) continue;
    const parent = loopParent[h];
    if (parent < 0) {
      place[h] = roots;
      roots += size[h];
    } else {
      place[h] = outer[parent];
      outer[parent] += size[h];
    }
    outer[h] = place[h] + 1;
  }
}

function outermost(h: number): number {
  while (outer[h] !== h) h = outer[h] = outer[outer[h]];
  return h;
}

/** Is block b inside the loop with header h? For the function that was analysed last. O(1). */
export function inLoop(b: number, h: number): boolean {
  const own = cfg.loopOf[b];
  return own >= 0 && place[own] >= place[h] && place[own] < place[h] + size[h];
}

function findCold(f: Func): void {
  const { nb, op, order, blockStart, succAt, succEdge, edgeTo } = f;
  const { cold } = cfg;
  for (let b = nb - 1; b >= 0; b--) {
    const from = succAt[b];
    const to = succAt[b + 1];
    let all = from < to || op[order[blockStart[b + 1] - 1]] === Op.TRAP;
    for (let k = from; k < to && all; k++) {
      const t = edgeTo[succEdge[k]];
      all = t > b && cold[t] !== 0;
    }
    cold[b] = all ? 1 : 0;
  }
  for (let b = 1; b < nb; b++) if (cold[b] === 0 && isAfterThrow(f, b)) cold[b] = 1;
}

/** Block b is a landing pad, or all that leads there (but the loop whose header it is) is cold. */
function isAfterThrow({ op, order, blockStart, predAt, predEdge, edgeFrom }: Func, b: number): boolean {
  if (op[order[blockStart[b]]] === Op.LANDING) return true;
  for (let k = predAt[b]; k < predAt[b + 1]; k++) {
    const p = edgeFrom[predEdge[k]];
    if (p < b && cfg.cold[p] === 0) return false;
  }
  return true;
}

/**
 * Probabilities of edges, and executions as they follow: a loop makes LOOP_FACTOR rounds each time that it is entered,
 * and is left as often, whatever the probabilities of its exits add up to. O(blocks + edges × MAX_LEFT).
 */
function estimate(f: Func): void {
  const { nb, succAt, succEdge, predAt, predEdge, edgeFrom, edgeTo } = f;
  const { loopOf, loopParent, prob, freq, edgeFreq } = cfg;
  findLoopEnds(nb);
  if (enabled.prediction) lookAtBlocks(f);
  let loop = -1;
  for (let b = 0; b < nb; b++) {
    for (; loop >= 0 && b > loopEnd[loop]; loop = loopParent[loop]) leaveLoop(f, loop);
    let mass = b === 0 ? 1 : 0;
    for (let k = predAt[b]; k < predAt[b + 1]; k++) {
      const e = predEdge[k];
      if (edgeFrom[e] < b) mass += edgeFreq[e];
    }
    if (loopOf[b] === b) {
      loop = b;
      entered[b] = mass;
      firstExit[b] = -1;
      mass = Math.min(mass * LOOP_FACTOR, MAX_FREQ);
    }
    freq[b] = mass;
    predict(f, b);
    for (let k = succAt[b]; k < succAt[b + 1]; k++) {
      const e = succEdge[k];
      edgeFreq[e] = mass * prob[e];
      loopsLeft[e] = 0;
      if (loopOf[b] >= 0 && !inLoop(edgeTo[e], loopOf[b])) addExit(loopOf[b], e);
    }
  }
}

function findLoopEnds(nb: number): void {
  const { loopOf, loopParent } = cfg;
  loopEnd.fill(-1, 0, nb);
  for (let b = nb - 1; b >= 0; b--) for (let h = loopOf[b]; h >= 0 && loopEnd[h] < 0; h = loopParent[h]) loopEnd[h] = b;
}

function addExit(h: number, e: number): void {
  if (++loopsLeft[e] > MAX_LEFT) return;
  nextExit[e] = firstExit[h];
  firstExit[h] = e;
}

/** The loop with header h is done: its exits together are taken as often as it is entered. */
function leaveLoop(f: Func, h: number): void {
  const { edgeFreq, loopParent } = cfg;
  const parent = loopParent[h];
  let sum = 0;
  for (let e = firstExit[h]; e >= 0; e = nextExit[e]) sum += edgeFreq[e];
  const scale = sum > 0 ? entered[h] / sum : 1;
  for (let e = firstExit[h]; e >= 0;) {
    const next = nextExit[e];
    edgeFreq[e] *= scale;
    if (parent >= 0 && !inLoop(f.edgeTo[e], parent)) addExit(parent, e);
    e = next;
  }
}

/** Probabilities of the edges that leave block b. */
function predict(f: Func, b: number): void {
  const { op, a, order, blockStart, succAt, succEdge, edgeTo } = f;
  const { loopOf, cold, prob } = cfg;
  const from = succAt[b];
  const to = succAt[b + 1];
  let sum = 0;
  if (enabled.prediction && to - from > 1) lookBehind(f, b);
  for (let k = from; k < to; k++) {
    const e = succEdge[k];
    const t = edgeTo[e];
    const exits = loopOf[b] >= 0 && !inLoop(t, loopOf[b]);
    let weight = exits ? EXIT_WEIGHT : 1;
    if (cold[t] !== 0 && cold[b] === 0) weight = COLD_WEIGHT;
    else if (enabled.prediction && to - from > 1) {
      let score = successorScore(f, e, exits);
      const last = order[blockStart[b + 1] - 1];
      if (op[last] === Op.BR_IF && k === from) score += conditionScore(f, a[last]);
      weight = Math.exp(score);
    }
    prob[e] = weight;
    sum += weight;
  }
  for (let k = from; k < to; k++) prob[succEdge[k]] /= sum;
}

/** Replaces the estimate by what a profile counted, where it did. */
function measure(f: Func): void {
  const { nb, succAt, succEdge, predAt, predEdge, edgeFrom, blockWeight } = f;
  const { loopOf, loopParent, cold, prob, freq, edgeFreq } = cfg;
  const calls = blockWeight[0];
  const share = ESTIMATED_CALLS / (calls + ESTIMATED_CALLS);
  for (let b = 0; b < nb; b++) {
    const estimate = freq[b];
    const weight = blockWeight[b];
    if (weight >= 0) {
      freq[b] = Math.min((1 - share) * (weight / calls) + share * estimate, MAX_FREQ);
      cold[b] = weight === 0 && b > 0 ? 1 : 0;
    } else {
      // A block that the profile does not know, no loop header: what comes in.
      let mass = 0;
      let some = false;
      for (let k = predAt[b]; k < predAt[b + 1]; k++) {
        const e = predEdge[k];
        if (edgeFrom[e] >= b) continue;
        mass += edgeFreq[e];
        if (cold[edgeFrom[e]] === 0 && knownWeight(f, e) !== 0) some = true;
      }
      freq[b] = mass;
      if (!some && b > 0) cold[b] = 1;
    }
    const header = loopOf[b] === b ? loopParent[b] : loopOf[b];
    if (header >= 0 && cold[header] !== 0) cold[b] = 1;

    const from = succAt[b];
    const to = succAt[b + 1];
    let sum = 0;
    let unknown = 0;
    let rest = 0;
    for (let k = from; k < to; k++) {
      const e = succEdge[k];
      const known = knownWeight(f, e);
      if (known >= 0) sum += known;
      else {
        unknown++;
        rest += prob[e];
      }
    }
    const executions = weight >= 0 ? weight : freq[b] * calls;
    if (executions <= 0 || (sum === 0 && unknown === 0)) {
      for (let k = from; k < to; k++) edgeFreq[succEdge[k]] = freq[b] * prob[succEdge[k]];
      continue;
    }
    // What known edges leave of the block's executions goes to the others as the estimate divides it.
    const left = Math.max(executions - sum, 0);
    const total = unknown > 0 ? sum + left : sum;
    const mixed = total + ESTIMATED_CALLS;
    for (let k = from; k < to; k++) {
      const e = succEdge[k];
      const known = knownWeight(f, e);
      const counted = known >= 0 ? known : (left * prob[e]) / rest;
      prob[e] = (counted + ESTIMATED_CALLS * prob[e]) / mixed;
      edgeFreq[e] = freq[b] * prob[e];
    }
  }
}

/** Executions of an edge that the profile tells, or -1: none where its target had none. */
const knownWeight = ({ edgeWeight, blockWeight, edgeTo }: Func, e: number): number =>
  edgeWeight[e] < 0 && blockWeight[edgeTo[e]] === 0 ? 0 : edgeWeight[e];
