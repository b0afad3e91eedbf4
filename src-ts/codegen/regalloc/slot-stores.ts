/**
 * For the allocation checker: slots whose contents a single store proves. A value that one record in a block stores, or
 * a parameter stored on the edges into its block, is in its slot at every program point that the store dominates, as
 * long as no other record may have written the slot in between.
 *
 * Only the blocks between the store and the use, in block order, can be on a path between them that does not pass the
 * store again, or in loops whose headers are there: a path that left this range would leave the region that the store
 * dominates. O((records + queries) × log).
 */
import { type Allocation, type MachFunc, Rec } from '../mach.js';

/** No store in a block, or more than one. */
const NONE = -1;
const SEVERAL = -2;

/** Lists by number: those of k are items[at[k] .. at[k + 1]), ascending. */
class Lists {
  readonly at: Int32Array;
  readonly items: Int32Array;

  /** `pairs`: (number of the list, item). */
  constructor(n: number, pairs: readonly number[]) {
    this.at = new Int32Array(n + 2);
    for (let k = 0; k < pairs.length; k += 2) this.at[pairs[k] + 2]++;
    for (let k = 2; k < n + 2; k++) this.at[k] += this.at[k - 1];
    this.items = new Int32Array(pairs.length >> 1);
    for (let k = 0; k < pairs.length; k += 2) this.items[this.at[pairs[k] + 1]++] = pairs[k + 1];
    for (let k = 0; k < n; k++)
      if (this.at[k + 1] - this.at[k] > 1) this.items.subarray(this.at[k], this.at[k + 1]).sort();
  }

  /** How many items of list k are in (after, last]. */
  count(k: number, after: number, last: number): number {
    return this.upTo(k, last) - this.upTo(k, after);
  }

  private upTo(k: number, x: number): number {
    let lo = this.at[k];
    let hi = this.at[k + 1];
    while (lo < hi) {
      const m = (lo + hi) >> 1;
      if (this.items[m] <= x) lo = m + 1;
      else hi = m;
    }
    return lo;
  }
}

export class SlotStores {
  /** By value: index in `code` of the one record in a block that stores it. */
  private readonly storeOf: Int32Array;
  /** Places of the records that write a unit, and of those that fill a parameter on the edges into its block. */
  private readonly writes: Lists;
  private readonly fills: Lists;
  /** By value: 1 = a parameter. */
  private readonly isParam: Uint8Array;
  /** Place of each block in a preorder of the dominator tree, and how many blocks it dominates. */
  private readonly place: Int32Array;
  private readonly size: Int32Array;
  /** Tree over the blocks: the last block from which an edge leads back to one of the range. */
  private readonly backFrom: Int32Array;
  /** Dominators come first, as the argument above needs. */
  private ordered = true;

  constructor(
    private readonly mf: MachFunc,
    private readonly ra: Allocation,
    units: number,
  ) {
    const { nb, ne, idom, edgeFrom, edgeTo, paramAt, params } = mf.func;
    this.storeOf = new Int32Array(mf.nVals).fill(NONE);
    this.isParam = new Uint8Array(mf.nVals);
    for (let k = 0; k < paramAt[nb]; k++) this.isParam[params[k]] = 1;
    const writes: number[] = [];
    const fills: number[] = [];
    for (let k = 0; k < ra.codeAt[nb]; k += 3) {
      if (!this.noteWrite(ra.code, k, k, units, writes) || ra.code[k] !== Rec.STORE) continue;
      const x = ra.code[k + 1];
      this.storeOf[x] = this.storeOf[x] === NONE ? k : SEVERAL;
    }
    // Records on an edge count as if they stood at the end of its source.
    for (let e = 0; e < ne; e++) {
      const end = ra.codeAt[edgeFrom[e] + 1];
      for (let k = ra.edgeAt[e]; k < ra.edgeAt[e + 1]; k += 3) {
        const x = ra.edgeCode[k + 1];
        if (this.noteWrite(ra.edgeCode, k, end, units, writes) && mf.valueBlock[x] === edgeTo[e]) fills.push(x, end);
      }
    }
    this.writes = new Lists(units, writes);
    this.fills = new Lists(mf.nVals, fills);

    this.size = new Int32Array(nb).fill(1);
    this.place = new Int32Array(nb);
    for (let b = nb - 1; b > 0; b--) {
      if (idom[b] >= b || idom[b] < 0) this.ordered = false;
      else this.size[idom[b]] += this.size[b];
    }
    const next = new Int32Array(nb).fill(1);
    for (let b = 1; b < nb && this.ordered; b++) {
      this.place[b] = next[idom[b]];
      next[idom[b]] += this.size[b];
      next[b] = this.place[b] + 1;
    }
    this.backFrom = new Int32Array(2 * nb).fill(-1);
    for (let e = 0; e < ne; e++) {
      const at = nb + edgeTo[e];
      if (edgeTo[e] <= edgeFrom[e]) this.backFrom[at] = Math.max(this.backFrom[at], edgeFrom[e]);
    }
    for (let k = nb - 1; k > 0; k--) this.backFrom[k] = Math.max(this.backFrom[2 * k], this.backFrom[2 * k + 1]);
  }

  /** Notes what the record at `k` of `code` writes, as done at `place`; false if it writes no proper slot. */
  private noteWrite(code: Int32Array, k: number, place: number, units: number, writes: number[]): boolean {
    if (code[k] !== Rec.STORE && code[k] !== Rec.STORE_CONST && code[k] !== Rec.COPY_SLOT) return false;
    const at = this.ra.slotOf[code[k + 1]];
    const end = at + this.mf.valueSize[code[k + 1]];
    if (!(at >= 0 && end <= 8 * units)) return false;
    for (let u = at >> 3; u < end >> 3; u++) writes.push(u, place);
    return true;
  }

  /** Is v stored by one record? Then its register must hold v there, whoever asks. */
  isLone(v: number): boolean {
    return this.storeOf[v] >= 0;
  }

  /** Is v a parameter in memory, filled on edges? Then its slot must hold v at the start of its block. */
  isFilled(v: number): boolean {
    return this.isParam[v] !== 0 && this.storeOf[v] === NONE && this.ra.slotOf[v] >= 0;
  }

  /** Does the one store of v (or its fills) prove that `unit` holds it at the start (or end) of block b? */
  proves(unit: number, v: number, b: number, atEnd: boolean): boolean {
    const { codeAt, slotOf } = this.ra;
    if (v >= this.storeOf.length || !this.ordered || slotOf[v] < 0) return false;
    const filled = this.isFilled(v);
    const store = filled ? codeAt[this.mf.valueBlock[v]] - 1 : this.storeOf[v];
    const at = slotOf[v] >> 3;
    if ((store < 0 && !filled) || unit < at || unit >= at + (this.mf.valueSize[v] >> 3)) return false;
    const from = filled ? this.mf.valueBlock[v] : this.blockOf(store);
    if (from === b || this.place[b] < this.place[from] || this.place[b] >= this.place[from] + this.size[from])
      return false;
    let last = atEnd ? b : b - 1;
    for (let end = this.lastBack(from + 1, b); end > last; end = this.lastBack(from + 1, last)) last = end;
    const writes = this.writes.count(unit, store, codeAt[last + 1]);
    return writes === 0 || (filled && writes === this.fills.count(v, store, codeAt[last + 1]));
  }

  /** The block that the record at index k of `code` is in. */
  private blockOf(k: number): number {
    const { codeAt } = this.ra;
    let lo = 0;
    let hi = this.mf.func.nb - 1;
    while (lo < hi) {
      const m = (lo + hi + 1) >> 1;
      if (codeAt[m] <= k) lo = m;
      else hi = m - 1;
    }
    return lo;
  }

  /** The last block from which an edge leads back to one of the blocks from .. to, or -1. */
  private lastBack(from: number, to: number): number {
    const { nb } = this.mf.func;
    let last = -1;
    for (let l = from + nb, r = to + nb + 1; l < r; l >>= 1, r >>= 1) {
      if (l & 1) last = Math.max(last, this.backFrom[l++]);
      if (r & 1) last = Math.max(last, this.backFrom[--r]);
    }
    return last;
  }
}
