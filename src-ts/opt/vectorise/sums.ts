/**
 * Sums over a loop: parameters that each iteration adds something to, in whatever order, because integers wrap. So do
 * products, and, or, xor. (Sums of floats depend on the order.)
 */
import type { Func } from '../../ir/func.js';
import { isLoad } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';
import type { CountedLoop } from '../counted-loop.js';
import { LANE_OPERATION } from './lane-operations.js';
import { Exact } from './nodes.js';
import type { Packs } from './packs.js';

const MAX_LEAVES = 32;

const isSum = (o: number): boolean =>
  o === Op.I32_ADD ||
  o === Op.I32_MUL ||
  (o >= Op.I32_AND && o <= Op.I32_XOR) ||
  o === Op.I64_ADD ||
  (o >= Op.I64_AND && o <= Op.I64_XOR);

/** How a pack is added to its sum. */
export const enum Adding {
  /** Lane by lane. */
  LANES,
  /** Lanes of 8 or 16 bits, neighbours first. */
  UNSIGNED_8,
  SIGNED_8,
  UNSIGNED_16,
  SIGNED_16,
  /** Products of lanes of 16 bits, neighbours first. */
  PRODUCTS,
}

export class Sums {
  /** Parameters that are sums, and the operation of each. */
  readonly params = new IntVec(8);
  readonly ops = new IntVec(8);
  /** What is added: four words each: number of the sum, `Adding`, node, second node. */
  readonly items = new IntVec(32);
  /** Leaves of all sums, those of number k from leafAt.a[k]. */
  private readonly leaves = new IntVec(32);
  private readonly leafAt = new IntVec(8);
  /** By position in the loop: uses there. */
  private readonly uses = new Int32Array(512);
  private found = false;

  /** Finds the sums of the loop with header h. */
  find(f: Func, h: number, loop: CountedLoop, packs: Packs): void {
    this.params.n = this.ops.n = this.leaves.n = this.leafAt.n = 0;
    this.leafAt.push(0);
    this.countUses(f, h, loop, packs);
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) {
      const p = f.params[k];
      const next = loop.argument(f, loop.back, p);
      const o = f.op[next];
      if (f.block[next] !== h || !isSum(o) || loop.stepOf(f, h, p) !== 0) continue;
      if (this.uses[packs.slot[next]] !== 1 || this.uses[packs.slot[p]] !== 1) continue;
      const from = this.leaves.n;
      this.found = false;
      this.collect(f, h, packs, o, next, p);
      if (!this.found || this.leaves.n === from || this.leaves.n - from > MAX_LEAVES) {
        this.leaves.n = from;
        continue;
      }
      this.params.push(p);
      this.ops.push(o);
      this.leafAt.push(this.leaves.n);
    }
  }

  private countUses(f: Func, h: number, loop: CountedLoop, packs: Packs): void {
    const { uses } = this;
    uses.fill(0);
    for (let k = f.blockStart[h]; k < f.blockStart[h + 1]; k++) {
      const v = f.order[k];
      for (const x of [f.a[v], f.b[v], f.c[v]]) if (x >= 0 && f.block[x] === h) uses[packs.slot[x]]++;
    }
    for (let k = f.argAt[loop.back]; k < f.argAt[loop.back + 1]; k++)
      if (f.block[f.args[k]] === h) uses[packs.slot[f.args[k]]]++;
  }

  private collect(f: Func, h: number, packs: Packs, o: number, x: number, p: number): void {
    if (x === p) this.found = true;
    else if (f.block[x] === h && f.op[x] === o && this.uses[packs.slot[x]] === 1) {
      this.collect(f, h, packs, o, f.a[x], p);
      this.collect(f, h, packs, o, f.b[x], p);
    } else this.leaves.push(x);
  }

  /** The first load that some sum adds something of, -1 if there is none. */
  firstLoad(f: Func, h: number): number {
    return this.leaves.n === 0 ? -1 : loadBelow(f, h, this.leaves.a[0]);
  }

  /** Makes packs of what is added. Returns whether all of it fits. */
  pack(f: Func, h: number, packs: Packs): boolean {
    this.items.n = 0;
    for (let s = 0; s < this.params.n; s++) {
      const from = this.leafAt.a[s];
      const to = this.leafAt.a[s + 1];
      if ((to - from) % packs.copies !== 0 || !this.sort(f, h, packs, from, to)) return false;
      for (let k = from; k < to; k += packs.copies)
        if (!this.packLeaves(f, packs, s, packs.push(this.leaves.a, k))) return false;
    }
    return true;
  }

  /** Puts leaves of one kind side by side, in the order of the addresses that they come from. */
  private sort(f: Func, h: number, packs: Packs, from: number, to: number): boolean {
    const { a } = this.leaves;
    for (let k = from; k < to; k++) {
      const x = a[k];
      if (packs.copies > 1 && loadBelow(f, h, x) < 0) return false;
      let j = k;
      for (; j > from && this.isBefore(f, h, packs, x, a[j - 1]); j--) a[j] = a[j - 1];
      a[j] = x;
    }
    return true;
  }

  private isBefore(f: Func, h: number, packs: Packs, x: number, y: number): boolean {
    if (f.op[x] !== f.op[y]) return f.op[x] < f.op[y];
    const i = loadBelow(f, h, x);
    const j = loadBelow(f, h, y);
    if (i < 0 || j < 0) return false;
    const distance = packs.distance(i, j);
    if (Number.isNaN(distance)) return packs.rootAt[packs.slot[i]] < packs.rootAt[packs.slot[j]];
    return packs.direction > 0 ? distance > 0 : distance < 0;
  }

  private packLeaves(f: Func, packs: Packs, s: number, at: number): boolean {
    const o = this.ops.a[s];
    const full = o >= Op.I64_ADD ? 3 : 2;
    const x = packs.tupleAt(at);
    if (full > packs.widest && o === Op.I32_ADD && packs.widest === 1 && f.op[x] === Op.I32_MUL) {
      const [a, b] = packs.factors(at);
      if (b < 0 || (packs.exact.a[a] & packs.exact.a[b] & Exact.SIGNED) === 0) return false;
      return this.item(s, Adding.PRODUCTS, a, b);
    }
    const v = packs.data(at);
    if (v < 0) return false;
    const width = packs.width.a[v];
    if (width === full) return LANE_OPERATION[full][o] !== 0 && this.item(s, Adding.LANES, v, -1);
    const exact = packs.exact.a[v];
    if (o !== Op.I32_ADD || exact === Exact.NO) return false;
    const isSigned = (exact & Exact.UNSIGNED) === 0 ? 1 : 0;
    return this.item(s, (width === 0 ? Adding.UNSIGNED_8 : Adding.UNSIGNED_16) + isSigned, v, -1);
  }

  private item(s: number, adding: Adding, x: number, y: number): boolean {
    this.items.push(s);
    this.items.push(adding);
    this.items.push(x);
    this.items.push(y);
    return true;
  }
}

/** The first load of the loop that x is made of, its first operands first; -1 if there is none nearby. */
export function loadBelow(f: Func, h: number, x: number, depth = 0): number {
  if (x < 0 || f.block[x] !== h || f.op[x] === Op.PARAM || depth > 5) return -1;
  if (isLoad(f.op[x])) return x;
  const first = loadBelow(f, h, f.a[x], depth + 1);
  return first >= 0 ? first : loadBelow(f, h, f.b[x], depth + 1);
}
