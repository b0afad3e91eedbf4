/**
 * Live-in lists by walking, for each value, from its uses up to its definition. No bit sets: values that never leave
 * their block cost nothing. O(uses + total size of the lists × predecessors).
 *
 * That total is quadratic where many values live through many blocks, and every later pass walks over the lists. So it
 * is bounded: where a function exceeds FREE_STEPS + STEPS_PER_ITEM for each instruction, operand and edge, as no
 * program that people write does (the most that SpiderMonkey, sqlite and quickjs need is ten an item), values that live
 * through more blocks than their uses pay for stay in memory between blocks (`State.slotted`): they are stored where
 * they are defined, loaded in each block that uses them, and in no list.
 */
import { ensureI32, ensureU8, type State } from './state.js';
/** Steps, blocks visited and edges looked at, that every function may take; see above. */
const FREE_STEPS = 1 << 16;
const STEPS_PER_ITEM = 24;
/** Beyond: steps for each value, and for each block that uses it. */
const STEPS_PER_VALUE = 32;
const STEPS_PER_USE = 8;

/** The pass, with its arrays: reused from function to function. */
export class Liveness {
  private head = new Int32Array(0);
  private entryBlock = new Int32Array(0);
  private entryNext = new Int32Array(0);
  private work = new Int32Array(0);
  private pairBlock = new Int32Array(1024);
  private pairValue = new Int32Array(1024);

  private growPairs(): void {
    const b = new Int32Array(this.pairBlock.length * 2);
    const v = new Int32Array(b.length);
    b.set(this.pairBlock);
    v.set(this.pairValue);
    this.pairBlock = b;
    this.pairValue = v;
  }

  /**
   * Fills `liveAt` and `liveV`; an edge argument is used at the end of the edge's source. Throws when a definition
   * doesn't dominate a use.
   */
  run(s: State): void {
    const { nb, nVals, mf, func, remat } = s;
    const { instAt, valueBlock } = mf;
    const { succAt, succEdge, argAt, args } = func;
    const useAt = mf.useAt.a;
    const useValue = mf.useValue.a;
    // Blocks that use a value from elsewhere: one list per value, newest first, at most one entry per block.
    this.head = ensureI32(this.head, nVals);
    this.head.fill(-1, 0, nVals);
    this.entryBlock = ensureI32(this.entryBlock, s.nUse + s.nArgs);
    this.entryNext = ensureI32(this.entryNext, s.nUse + s.nArgs);
    const first = this.head;
    const eBlock = this.entryBlock;
    const eNext = this.entryNext;
    let n = 0;
    for (let b = 0; b < nb; b++) {
      for (let u = useAt[instAt[b]], end = useAt[instAt[b + 1]]; u < end; u++) {
        const v = useValue[u];
        if (remat[v] || valueBlock[v] === b) continue;
        const h = first[v];
        if (h >= 0 && eBlock[h] === b) continue;
        eBlock[n] = b;
        eNext[n] = h;
        first[v] = n++;
      }
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const e = succEdge[k];
        for (let q = argAt[e]; q < argAt[e + 1]; q++) {
          const v = args[q];
          if (remat[v] || valueBlock[v] === b) continue;
          const h = first[v];
          if (h >= 0 && eBlock[h] === b) continue;
          eBlock[n] = b;
          eNext[n] = h;
          first[v] = n++;
        }
      }
    }
    s.slotted = ensureU8(s.slotted, nVals);
    s.slotted.fill(0, 0, nVals);
    s.hasSlotted = false;
    this.work = ensureI32(this.work, nb);
    const most = FREE_STEPS + STEPS_PER_ITEM * (s.nInst + s.nUse + s.nArgs + s.ne);
    let np = s.enabled['long-lives'] ? this.collect(s, most, 0, 0) : -1;
    if (np < 0) {
      s.hasSlotted = true;
      np = s.enabled['long-lives'] ? this.collect(s, 0, STEPS_PER_VALUE, STEPS_PER_USE) : this.collect(s, 0, 2, 2);
    }
    const { liveAt } = s;
    if (liveAt[2] !== 0)
      throw new Error(
        `register allocator: function ${func.index}: a value is used where its definition does not reach`,
      );
    for (let b = 2; b < nb + 2; b++) liveAt[b] += liveAt[b - 1];
    const liveV = (s.liveV = ensureI32(s.liveV, np));
    for (let k = 0; k < np; k++) liveV[liveAt[this.pairBlock[k] + 1]++] = this.pairValue[k];
    s.nLive = np;
  }

  /**
   * Fills the pairs (block, value that is live there) and counts them by block in `liveAt`, two places on. Returns their
   * number, or -1 if that takes more than `most` steps; with `most` = 0, values that need more than `perValue` and
   * `perUse` steps become slotted.
   */
  private collect(s: State, most: number, perValue: number, perUse: number): number {
    const { nb, nVals, func, slotted } = s;
    const { valueBlock } = s.mf;
    const { predAt, predEdge, edgeFrom } = func;
    const first = this.head;
    const eBlock = this.entryBlock;
    const eNext = this.entryNext;
    const stamp = s.stampBlock;
    const liveAt = (s.liveAt = ensureI32(s.liveAt, nb + 2));
    liveAt.fill(0, 0, nb + 2);
    const base = s.epoch + 1; // stamps base .. base + nVals - 1
    s.epoch += nVals + 1;
    let np = 0;
    let all = 0;
    for (let v = 0; v < nVals; v++) {
      const d = valueBlock[v];
      const mark = base + v;
      const np0 = np;
      let steps = 0;
      let allowed = most > 0 ? most - all : perValue;
      for (let k = first[v]; k >= 0; k = eNext[k]) {
        const b0 = eBlock[k];
        if (most === 0) allowed += perUse;
        if (stamp[b0] === mark) continue;
        stamp[b0] = mark;
        let top = 0;
        this.work[top++] = b0;
        while (top > 0) {
          const b = this.work[--top];
          if (np === this.pairBlock.length) this.growPairs();
          this.pairBlock[np] = b;
          this.pairValue[np++] = v;
          liveAt[b + 2]++;
          steps += 1 + predAt[b + 1] - predAt[b];
          if (steps > allowed) break;
          for (let j = predAt[b]; j < predAt[b + 1]; j++) {
            const p = edgeFrom[predEdge[j]];
            if (p !== d && stamp[p] !== mark) {
              stamp[p] = mark;
              this.work[top++] = p;
            }
          }
        }
        if (steps <= allowed) continue;
        if (most > 0) return -1;
        slotted[v] = 1;
        while (np > np0) liveAt[this.pairBlock[--np] + 2]--;
        break;
      }
      all += steps;
    }
    return np;
  }
}

/** Index of value v in block b's live-in list, or -1. O(log n). */
export function findLiveIn(s: State, b: number, v: number): number {
  const { liveV } = s;
  let lo = s.liveAt[b];
  let hi = s.liveAt[b + 1] - 1;
  while (lo <= hi) {
    const m = (lo + hi) >> 1;
    const x = liveV[m];
    if (x === v) return m;
    if (x < v) lo = m + 1;
    else hi = m - 1;
  }
  return -1;
}
