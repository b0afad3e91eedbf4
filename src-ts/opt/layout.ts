/**
 * The order in which blocks are emitted: the likelier successor falls through, loops stay in one piece, and blocks that
 * only lead to traps come last.
 *
 * Greedy: after a block comes its most frequent successor, unless another block has a better claim to it. Where nothing
 * fits, the first block in number order of the innermost loop that has any left. O(blocks + edges).
 */
import type { Enabled } from '../util/switches.js';
import type { Func } from '../ir/func.js';
import { type Cfg, inLoop } from './cfg.js';

/** Blocks are ordered by classes of frequency, each so many times less frequent than the one before. */
const HEATS = 6;
const HEAT_STEP = 0.125;

/** Orders blocks; keeps its arrays from function to function. */
export class BlockOrder {
  /** Scratch by block. */
  private placed = new Uint8Array(0);
  /** Forward predecessors that are not placed yet, cold ones not counted. */
  private missing = new Int32Array(0);
  /** The incoming edge that is more frequent than every other, or -1. */
  private favourite = new Int32Array(0);

  /**
   * By loop header (entry nb: outside all loops): blocks and inner loops that are not finished; the blocks and the
   * headers of the inner loops as a list in number order.
   */
  private left = new Int32Array(0);
  private item = new Int32Array(0);
  private nextItem = new Int32Array(0);
  private order = new Int32Array(0);

  constructor(private readonly enabled: Enabled) {}

  /**
   * A permutation of the blocks 0 .. nb-1; block 0 is first. `cfg` is the result of the last `analyseCfg`. The array may be
   * longer, and is reused by the next call.
   */
  run(f: Func, cfg: Cfg): Int32Array {
    const { nb, succAt, succEdge, edgeTo } = f;
    const { cold, loopOf, loopParent } = cfg;
    this.prepare(f, cfg);
    const { order } = this;
    if (!this.enabled.layout) {
      for (let b = 0; b < nb; b++) order[b] = b;
      return order;
    }
    let n = 0;
    for (let b = 0; b >= 0;) {
      order[n++] = b;
      this.placed[b] = 1;
      for (let k = succAt[b]; k < succAt[b + 1]; k++) this.missing[edgeTo[succEdge[k]]]--;
      // The innermost loop around b that is not finished.
      let loop = loopOf[b] < 0 ? nb : loopOf[b];
      while (--this.left[loop] === 0 && loop < nb) loop = loopParent[loop] < 0 ? nb : loopParent[loop];
      b = this.chooseNext(f, cfg, b, loop);
    }
    for (let b = 1; b < nb; b++) if (cold[b] !== 0) order[n++] = b;
    return order;
  }

  private prepare(f: Func, cfg: Cfg): void {
    const { nb, predAt, predEdge, edgeFrom } = f;
    const { cold, edgeFreq } = cfg;
    if (this.placed.length <= nb) {
      const size = nb * 2 + 1;
      this.placed = new Uint8Array(size);
      this.missing = new Int32Array(size);
      this.favourite = new Int32Array(size);
      this.left = new Int32Array(size);
      this.item = new Int32Array(size);
      this.nextItem = new Int32Array(size);
      this.order = new Int32Array(size);
    }
    this.placed.fill(0, 0, nb);
    this.left.fill(0, 0, nb + 1);
    this.item.fill(-1, 0, nb + 1);
    const heats = f.weighted && this.enabled['hot-blocks'] ? HEATS : 1;
    for (let b = nb - 1; b >= 0; b--) {
      this.missing[b] = 0;
      this.favourite[b] = -1;
      let best = 0;
      for (let k = predAt[b]; k < predAt[b + 1]; k++) {
        const e = predEdge[k];
        if (edgeFrom[e] < b && cold[edgeFrom[e]] === 0) this.missing[b]++;
        if (edgeFreq[e] > best) {
          best = edgeFreq[e];
          this.favourite[b] = e;
        } else if (edgeFreq[e] === best) {
          this.favourite[b] = -1;
        }
      }
    }
    // Lists grow at their heads: the rarest blocks come last.
    for (let heat = heats - 1; heat >= 0; heat--) this.list(f, cfg, heats === 1 ? -1 : heat);
  }

  /** Puts blocks that are not cold into the lists of their loops: all (-1), or those of this heat. */
  private list({ nb }: Func, cfg: Cfg, heat: number): void {
    const { cold, loopOf, loopParent } = cfg;
    for (let b = nb - 1; b >= 0; b--) {
      if (cold[b] !== 0 && b > 0) continue; // all blocks of a loop are cold, or its header is not
      if (heat >= 0 && this.heatOf(cfg, b) !== heat) continue;
      let list = loopOf[b] < 0 ? nb : loopOf[b];
      this.left[list]++;
      if (list === b) {
        // The header stands in the list of the loop around, for the whole loop.
        list = loopParent[b] < 0 ? nb : loopParent[b];
        this.left[list]++;
      }
      this.nextItem[b] = this.item[list];
      this.item[list] = b;
    }
  }

  /** 0: executed as often as the loop around (outside loops, the function), to HEATS - 1: hardly ever. */
  private heatOf({ freq, loopOf, loopParent }: Cfg, b: number): number {
    const loop = loopOf[b] === b ? loopParent[b] : loopOf[b];
    let bound = loop < 0 ? freq[0] : freq[loop];
    for (let heat = 0; heat < HEATS - 1; heat++) {
      bound *= HEAT_STEP;
      if (freq[b] >= bound) return heat;
    }
    return HEATS - 1;
  }

  /** The block to come after b: within `loop` (nb: anywhere), or -1 at the end. */
  private chooseNext(f: Func, cfg: Cfg, b: number, loop: number): number {
    const { nb, succAt, succEdge, edgeTo } = f;
    const { cold, edgeFreq } = cfg;
    let best = -1;
    let bestFreq = -1;
    for (let k = succAt[b]; k < succAt[b + 1]; k++) {
      const e = succEdge[k];
      const to = edgeTo[e];
      if (this.placed[to] !== 0 || cold[to] !== 0 || edgeFreq[e] < bestFreq) continue;
      // Even chances: the lower number, which is what the producer let fall through.
      if (edgeFreq[e] === bestFreq && to > best) continue;
      if (this.missing[to] > 0 && this.favourite[to] !== e) continue;
      if (loop < nb && !inLoop(cfg, to, loop)) continue;
      best = to;
      bestFreq = edgeFreq[e];
    }
    if (best >= 0) return best;
    let first = this.item[loop];
    while (first >= 0 && this.placed[first] !== 0) first = this.nextItem[first];
    this.item[loop] = first;
    return first;
  }
}
