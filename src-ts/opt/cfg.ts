/** Loop nest, branch probabilities and block frequencies of a function. O(blocks + edges). Filled by `CfgAnalysis`. */
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { Hint } from '../wasm/branch-hints.js';
import { IntVec } from '../util/vec.js';
import { BranchPredictor, conditionScore } from './predict.js';
import type { Enabled } from '../util/switches.js';

export interface Cfg {
  /** Innermost loop header of each block, or -1; a header's own entry is itself. */
  loopOf: Int32Array;
  /** By header: header of the enclosing loop, or -1. */
  loopParent: Int32Array;
  loopDepth: Int32Array;
  /** By header: place and size of the loop's subtree in a preorder of the loop forest. */
  loopPlace: Int32Array;
  loopSize: Int32Array;
  /**
   * Every path from here leads to a trap, every path to it comes from an exception, or a profile shows that it was never
   * executed. The blocks of a loop are cold if its header is.
   */
  cold: Uint8Array;
  /** Per edge: probability that its source takes it. */
  prob: Float64Array;
  /** Executions per call of the function. */
  freq: Float64Array;
  edgeFreq: Float64Array;
}

/** Is block b inside the loop with header h? O(1). */
export function inLoop({ loopOf, loopPlace, loopSize }: Cfg, b: number, h: number): boolean {
  const own = loopOf[b];
  return own >= 0 && loopPlace[own] >= loopPlace[h] && loopPlace[own] < loopPlace[h] + loopSize[h];
}

/** Relative weight of edges to a trap, which are hardly ever taken. */
const COLD_WEIGHT = 0.001;
/** Relative weight of the way that a branch hardly ever takes, as its producer says. */
const UNLIKELY_WEIGHT = 0.01;
/** Without prediction, of edges out of a loop. */
const EXIT_WEIGHT = 0.1;
/** Iterations of a loop per entry, and the bound that keeps deep nests from overflowing every later sum. */
const LOOP_FACTOR = 10;
const MAX_FREQ = 1e9;
/**
 * An edge counts as an exit of so many of the loops that it leaves, from the innermost out: keeps deep nests linear.
 */
const MAX_LEFT = 64;

/**
 * What a profile says is mixed with this many executions for each call as the estimate has them: what never happened
 * once may happen the next time, and among equals the estimate decides.
 */
const ESTIMATED_CALLS = 0.5;

/** Executions of an edge that the profile tells, or -1: none where its target had none. */
const knownWeight = ({ edgeWeight, blockWeight, edgeTo }: Func, e: number): number =>
  edgeWeight[e] < 0 && blockWeight[edgeTo[e]] === 0 ? 0 : edgeWeight[e];

/** The analysis, with its arrays: reused from function to function. */
export class CfgAnalysis {
  /** Reused from call to call: a result is valid until the next `run`. */
  readonly cfg: Cfg = {
    loopOf: new Int32Array(0),
    loopParent: new Int32Array(0),
    loopDepth: new Int32Array(0),
    loopPlace: new Int32Array(0),
    loopSize: new Int32Array(0),
    cold: new Uint8Array(0),
    prob: new Float64Array(0),
    freq: new Float64Array(0),
    edgeFreq: new Float64Array(0),
  };

  private readonly work = new IntVec();
  /** Union-find of collapsed loops: outermost known loop around a header. */
  private outer = new Int32Array(0);

  /**
   * By loop header: last block of the loop; executions that come in from outside; first of the edges that leave, which
   * `nextExit` links.
   */
  private loopEnd = new Int32Array(0);
  private entered = new Float64Array(0);
  private firstExit = new Int32Array(0);
  private nextExit = new Int32Array(0);
  /** By edge: number of loops whose exit it is so far. */
  private loopsLeft = new Uint8Array(0);
  private readonly predictor = new BranchPredictor();

  constructor(private readonly enabled: Enabled) {}

  /** Analyses `f`. The result's arrays are reused by the next call. */
  run(f: Func): Cfg {
    const { nb, ne } = f;
    // By arrays of its own: translated, those of the result may have been made larger by a copy from outside.
    if (this.outer.length < nb) {
      const n = nb * 2;
      this.cfg.loopOf = new Int32Array(n);
      this.cfg.loopParent = new Int32Array(n);
      this.cfg.loopDepth = new Int32Array(n);
      this.cfg.cold = new Uint8Array(n);
      this.cfg.freq = new Float64Array(n);
      this.outer = new Int32Array(n);
      this.loopEnd = new Int32Array(n);
      this.entered = new Float64Array(n);
      this.firstExit = new Int32Array(n);
      this.cfg.loopPlace = new Int32Array(n);
      this.cfg.loopSize = new Int32Array(n);
    }
    if (this.nextExit.length < ne) {
      this.cfg.prob = new Float64Array(ne * 2);
      this.cfg.edgeFreq = new Float64Array(ne * 2);
      this.nextExit = new Int32Array(ne * 2);
      this.loopsLeft = new Uint8Array(ne * 2);
    }
    this.findLoops(f);
    this.findCold(f);
    this.estimate(f);
    if (f.weighted && f.blockWeight[0] > 0) this.measure(f);
    return this.cfg;
  }

  /**
   * Natural loops, inner ones first: headers have higher numbers than those of enclosing loops. A found loop is walked
   * through as one node.
   */
  private findLoops(f: Func): void {
    const { nb, predAt, predEdge, edgeFrom, isLoopHeader } = f;
    const { loopOf, loopParent, loopDepth } = this.cfg;
    loopOf.fill(-1, 0, nb);
    loopParent.fill(-1, 0, nb);
    for (let h = nb - 1; h >= 0; h--) {
      this.outer[h] = h;
      if (isLoopHeader[h] === 0) continue;
      this.work.n = 0;
      for (let k = predAt[h]; k < predAt[h + 1]; k++) {
        const p = edgeFrom[predEdge[k]];
        if (p >= h) this.work.push(p);
      }
      loopOf[h] = h;
      while (this.work.n > 0) {
        const b = this.work.a[--this.work.n];
        if (loopOf[b] < 0) {
          loopOf[b] = h;
          for (let k = predAt[b]; k < predAt[b + 1]; k++) this.work.push(edgeFrom[predEdge[k]]);
          continue;
        }
        const inner = this.outermost(loopOf[b]);
        if (inner === h) continue;
        loopParent[inner] = h;
        this.outer[inner] = h;
        for (let k = predAt[inner]; k < predAt[inner + 1]; k++) {
          const p = edgeFrom[predEdge[k]];
          if (p < inner) this.work.push(p); // not its own latches
        }
      }
    }
    for (let b = 0; b < nb; b++) {
      const h = loopOf[b];
      if (h < 0) loopDepth[b] = 0;
      else if (h !== b) loopDepth[b] = loopDepth[h];
      else loopDepth[b] = loopParent[h] < 0 ? 1 : loopDepth[loopParent[h]] + 1;
    }
    this.cfg.loopSize.fill(0, 0, nb);
    for (let h = nb - 1; h >= 0; h--) {
      if (loopOf[h] !== h) continue;
      this.cfg.loopSize[h]++;
      if (loopParent[h] >= 0) this.cfg.loopSize[loopParent[h]] += this.cfg.loopSize[h];
    }
    // `outer` is free now: next place below each header.
    let roots = 0;
    for (let h = 0; h < nb; h++) {
      if (loopOf[h] !== h) continue;
      const parent = loopParent[h];
      if (parent < 0) {
        this.cfg.loopPlace[h] = roots;
        roots += this.cfg.loopSize[h];
      } else {
        this.cfg.loopPlace[h] = this.outer[parent];
        this.outer[parent] += this.cfg.loopSize[h];
      }
      this.outer[h] = this.cfg.loopPlace[h] + 1;
    }
  }

  private outermost(h: number): number {
    while (this.outer[h] !== h) h = this.outer[h] = this.outer[this.outer[h]];
    return h;
  }

  private findCold(f: Func): void {
    const { nb, op, order, blockStart, succAt, succEdge, edgeTo } = f;
    const { cold } = this.cfg;
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
    for (let b = 1; b < nb; b++) if (cold[b] === 0 && this.isAfterThrow(f, b)) cold[b] = 1;
  }

  /** Block b is a landing pad, or all that leads there (but the loop whose header it is) is cold. */
  private isAfterThrow({ op, order, blockStart, predAt, predEdge, edgeFrom }: Func, b: number): boolean {
    if (op[order[blockStart[b]]] === Op.LANDING) return true;
    const { cold } = this.cfg;
    for (let k = predAt[b]; k < predAt[b + 1]; k++) {
      const p = edgeFrom[predEdge[k]];
      if (p < b && cold[p] === 0) return false;
    }
    return true;
  }

  /**
   * Probabilities of edges, and executions as they follow: a loop runs LOOP_FACTOR iterations each time that it is
   * entered, and is left as often, whatever the probabilities of its exits add up to. O(blocks + edges × MAX_LEFT).
   */
  private estimate(f: Func): void {
    const { nb, succAt, succEdge, predAt, predEdge, edgeFrom, edgeTo } = f;
    const { loopOf, loopParent, prob, freq, edgeFreq } = this.cfg;
    this.findLoopEnds(nb);
    if (this.enabled.prediction) this.predictor.lookAtBlocks(f);
    let loop = -1;
    for (let b = 0; b < nb; b++) {
      for (; loop >= 0 && b > this.loopEnd[loop]; loop = loopParent[loop]) this.leaveLoop(f, loop);
      let mass = b === 0 ? 1 : 0;
      for (let k = predAt[b]; k < predAt[b + 1]; k++) {
        const e = predEdge[k];
        if (edgeFrom[e] < b) mass += edgeFreq[e];
      }
      if (loopOf[b] === b) {
        loop = b;
        this.entered[b] = mass;
        this.firstExit[b] = -1;
        mass = Math.min(mass * LOOP_FACTOR, MAX_FREQ);
      }
      freq[b] = mass;
      this.predict(f, b);
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const e = succEdge[k];
        edgeFreq[e] = mass * prob[e];
        this.loopsLeft[e] = 0;
        if (loopOf[b] >= 0 && !inLoop(this.cfg, edgeTo[e], loopOf[b])) this.addExit(loopOf[b], e);
      }
    }
  }

  private findLoopEnds(nb: number): void {
    const { loopOf, loopParent } = this.cfg;
    this.loopEnd.fill(-1, 0, nb);
    for (let b = nb - 1; b >= 0; b--)
      for (let h = loopOf[b]; h >= 0 && this.loopEnd[h] < 0; h = loopParent[h]) this.loopEnd[h] = b;
  }

  private addExit(h: number, e: number): void {
    if (++this.loopsLeft[e] > MAX_LEFT) return;
    this.nextExit[e] = this.firstExit[h];
    this.firstExit[h] = e;
  }

  /** The loop with header h is done: its exits together are taken as often as it is entered. */
  private leaveLoop(f: Func, h: number): void {
    const { edgeFreq, loopParent } = this.cfg;
    const parent = loopParent[h];
    let sum = 0;
    for (let e = this.firstExit[h]; e >= 0; e = this.nextExit[e]) sum += edgeFreq[e];
    const scale = sum > 0 ? this.entered[h] / sum : 1;
    for (let e = this.firstExit[h]; e >= 0;) {
      const next = this.nextExit[e];
      edgeFreq[e] *= scale;
      if (parent >= 0 && !inLoop(this.cfg, f.edgeTo[e], parent)) this.addExit(parent, e);
      e = next;
    }
  }

  /** Probabilities of the edges that leave block b. */
  private predict(f: Func, b: number): void {
    const { op, a, imm, order, blockStart, succAt, succEdge, edgeTo } = f;
    const { loopOf, cold, prob } = this.cfg;
    const from = succAt[b];
    const to = succAt[b + 1];
    const last = order[blockStart[b + 1] - 1];
    const hint: Hint = op[last] === Op.BR_IF && this.enabled.prediction ? imm[last] : Hint.NONE;
    let sum = 0;
    if (this.enabled.prediction && to - from > 1) this.predictor.lookBehind(f, b);
    for (let k = from; k < to; k++) {
      const e = succEdge[k];
      const t = edgeTo[e];
      const exits = loopOf[b] >= 0 && !inLoop(this.cfg, t, loopOf[b]);
      let weight = exits ? EXIT_WEIGHT : 1;
      if (cold[t] !== 0 && cold[b] === 0) weight = COLD_WEIGHT;
      else if (hint !== Hint.NONE) weight = (hint === Hint.LIKELY) === (k === from) ? 1 : UNLIKELY_WEIGHT;
      else if (this.enabled.prediction && to - from > 1) {
        let score = this.predictor.successorScore(f, e, exits);
        if (op[last] === Op.BR_IF && k === from) score += conditionScore(f, a[last]);
        weight = Math.exp(score);
      }
      prob[e] = weight;
      sum += weight;
    }
    for (let k = from; k < to; k++) prob[succEdge[k]] /= sum;
  }

  /** Replaces the estimate by what a profile counted, where it did. */
  private measure(f: Func): void {
    const { nb, succAt, succEdge, predAt, predEdge, edgeFrom, blockWeight } = f;
    const { loopOf, loopParent, cold, prob, freq, edgeFreq } = this.cfg;
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
}
