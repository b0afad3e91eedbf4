/**
 * Sums of floats over a loop: what is added is computed in vectors, the additions are made one after the other, in the
 * order that the scalar loop has. That pays where divisions or square roots are added, which take longer.
 */
import type { Func } from '../../ir/func.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';
import type { CountedLoop } from '../counted-loop.js';
import type { Packs } from './packs.js';

const MAX_CHAIN = 16;

export class OrderedSums {
  /** Parameters that are such sums, and the operation of each. */
  readonly params = new IntVec(8);
  readonly ops = new IntVec(8);
  /** What is added, first to last; 1 where the sum so far is the second operand. Those of number k from chainAt.a[k]. */
  private readonly chain = new IntVec(16);
  private readonly sides = new IntVec(16);
  private readonly chainAt = new IntVec(8);
  /** Nodes of all sums in the order of additions, those of number k from nodeAt.a[k]. */
  readonly nodes = new IntVec(16);
  readonly nodeAt = new IntVec(8);

  find(f: Func, h: number, loop: CountedLoop): void {
    this.params.n = this.ops.n = this.chain.n = this.sides.n = this.chainAt.n = 0;
    this.chainAt.push(0);
    if (!hasSlowOperation(f, h)) return;
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) {
      const p = f.params[k];
      const from = this.chain.n;
      if (!this.follow(f, h, p, loop.argument(f, loop.back, p))) {
        this.chain.n = this.sides.n = from;
        continue;
      }
      // Found from the last addition on.
      this.chain.a.subarray(from, this.chain.n).reverse();
      this.sides.a.subarray(from, this.chain.n).reverse();
      this.params.push(p);
      this.ops.push(f.type[p] === f.type[this.chain.a[from]] ? f.op[loop.argument(f, loop.back, p)] : 0);
      this.chainAt.push(this.chain.n);
    }
  }

  /** Whether x is p with some things added to it, one after the other, each of which nothing else sees. */
  private follow(f: Func, h: number, p: number, x: number): boolean {
    const o = f.op[x];
    if (f.block[x] !== h || (o !== Op.F32_ADD && o !== Op.F64_ADD)) return false;
    let uses = 0;
    for (let n = 0; x !== p; n++) {
      if (n === MAX_CHAIN || f.block[x] !== h || f.op[x] !== o) return false;
      uses = countUses(f, h, x);
      // The last one is the next value, too, which is no operand.
      if (uses > (n === 0 ? 0 : 1)) return false;
      const isSecond = this.leadsTo(f, h, f.b[x], p, o) ? 1 : 0;
      this.chain.push(isSecond === 1 ? f.a[x] : f.b[x]);
      this.sides.push(isSecond);
      x = isSecond === 1 ? f.b[x] : f.a[x];
    }
    return countUses(f, h, p) === 1;
  }

  /** Whether x is p, or a chain of additions that ends there. */
  private leadsTo(f: Func, h: number, x: number, p: number, o: number, depth = 0): boolean {
    if (x === p) return true;
    if (f.block[x] !== h || f.op[x] !== o || depth > MAX_CHAIN) return false;
    return (
      this.leadsTo(f, h, f.a[x], p, o, depth + 1) || (f.b[x] !== f.a[x] && this.leadsTo(f, h, f.b[x], p, o, depth + 1))
    );
  }

  /** Any value that is added: the loads that it is made of say how many elements an iteration has. */
  get probe(): number {
    return this.chain.n === 0 ? -1 : this.chain.a[0];
  }

  /** Makes packs of what is added. Returns whether all of it fits, in this order. */
  pack(packs: Packs): boolean {
    this.nodes.n = this.nodeAt.n = 0;
    for (let s = 0; s < this.params.n; s++) {
      this.nodeAt.push(this.nodes.n);
      const from = this.chainAt.a[s];
      if (this.ops.a[s] === 0 || this.chainAt.a[s + 1] - from !== packs.elements) return false;
      for (let k = from + 1; k < this.chainAt.a[s + 1]; k++) if (this.sides.a[k] !== this.sides.a[from]) return false;
      for (let k = 0; k < packs.elements; k += packs.copies) {
        const node = packs.data(packs.push(this.chain.a, from + k));
        if (node < 0) return false;
        this.nodes.push(node);
      }
    }
    this.nodeAt.push(this.nodes.n);
    return true;
  }

  /** The sum so far is the second operand of the additions of sum s. */
  isSecond(s: number): boolean {
    return this.sides.a[this.chainAt.a[s]] === 1;
  }
}

/** How many operands of values of the loop x is. */
function countUses(f: Func, h: number, x: number): number {
  let n = 0;
  for (let k = f.blockStart[h]; k < f.blockStart[h + 1]; k++) {
    const v = f.order[k];
    n += (f.a[v] === x ? 1 : 0) + (f.b[v] === x ? 1 : 0) + (f.c[v] === x ? 1 : 0);
  }
  return n;
}

function hasSlowOperation(f: Func, h: number): boolean {
  for (let k = f.blockStart[h]; k < f.blockStart[h + 1]; k++) {
    const o = f.op[f.order[k]];
    if (o === Op.F32_DIV || o === Op.F64_DIV || o === Op.F32_SQRT || o === Op.F64_SQRT) return true;
  }
  return false;
}
