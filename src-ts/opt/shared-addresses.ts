/**
 * Addresses of one variable with several constants: `a[i]`, `b[i]`, `b[i + 1]` of static arrays. Each of the sums may wrap
 * at 2^32 as far as is known, so each takes an instruction, where the index has no known range. Here the smallest becomes
 * the only one: the others are that and the difference, which folds into the address (`foldedAddress`), because both are
 * accessed whenever one is, and the first would have to be at the very end of memory for the second to wrap.
 *
 * Sums of a block that are accessed in it, in inner loops: each access that folds so has a cold copy, which is more code
 * than the instruction that it spares. O(values) for functions with loops.
 */
import { Compaction } from '../ir/compact.js';
import type { Func } from '../ir/func.js';
import { EFFECTS, Effect } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { ValType } from '../wasm/types.js';
import { FIRST_DATA } from './ranges.js';

/** Differences that fold. */
const MAX_DIFFERENCE = 1 << 28;

/** The pass, with its arrays: reused from function to function. */
export class SharedAddresses {
  private readonly compaction = new Compaction();
  /** By value: the last block that accesses it as a sum; the last one that has sums of it. */
  private accessed = new Int32Array(0);
  private varied = new Int32Array(0);
  /** By variable of the block: its smallest sum and its first one. */
  private smallest = new Int32Array(0);
  private first = new Int32Array(0);
  private readonly sums = new IntVec(32);

  // --- what changes ---
  private readonly order = new IntVec(1024);
  private readonly replaced = new IntVec(16);
  private readonly constants = new IntVec(16);
  /** Pairs (value, new one to come before it), and by value the new one, where there are any. */
  private readonly inserted = new IntVec(16);
  private before = new Int32Array(0);

  /** Returns whether anything was rewritten. */
  run(f: Func): boolean {
    const { nv } = f;
    let loops = false;
    for (let b = 1; b < f.nb && !loops; b++) loops = f.isLoopHeader[b] !== 0;
    if (!loops) return false;
    if (this.accessed.length < nv) {
      this.accessed = new Int32Array(nv * 2);
      this.varied = new Int32Array(nv * 2);
      this.before = new Int32Array(nv * 2);
      this.smallest = new Int32Array(nv * 2);
      this.first = new Int32Array(nv * 2);
    }
    this.accessed.fill(-1, 0, nv);
    this.varied.fill(-1, 0, nv);
    this.replaced.n = this.constants.n = this.inserted.n = 0;
    let changed = false;
    for (let h = 1; h < f.nb; h++) {
      if (f.isLoopHeader[h] === 0) continue;
      const latch = innerLatch(f, h);
      for (let b = h; b <= latch; b++) {
        this.listSums(f, b);
        if (this.sums.n > 1 && this.share(f, b)) changed = true;
      }
    }
    if (changed) this.rebuild(f);
    return changed;
  }

  /** The sums of block b, in any order. */
  private listSums(f: Func, b: number): void {
    this.sums.n = 0;
    for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
      const v = f.order[k];
      if ((EFFECTS[f.op[v]] & Effect.ACCESS) === 0) continue;
      const x = f.a[v];
      if (f.op[x] !== Op.I32_ADD || f.block[x] !== b || this.accessed[x] === b) continue;
      const c = f.b[x];
      if (f.op[c] !== Op.I32_CONST || f.imm[c] < FIRST_DATA) continue;
      this.accessed[x] = b;
      this.sums.push(x);
    }
  }

  /** Rewrites the sums of block b that have their variable in common. */
  private share(f: Func, b: number): boolean {
    const { sums, varied, smallest, first } = this;
    for (let k = 0; k < sums.n; k++) {
      const x = sums.a[k];
      const y = f.a[x];
      if (varied[y] !== b) {
        varied[y] = b;
        smallest[y] = first[y] = x;
        continue;
      }
      if (f.imm[f.b[x]] < f.imm[f.b[smallest[y]]]) smallest[y] = x;
      // Values of a block are numbered in order.
      if (x < first[y]) first[y] = x;
    }
    let changed = false;
    for (let k = 0; k < sums.n; k++) {
      const x = sums.a[k];
      const y = f.a[x];
      const least = f.imm[f.b[smallest[y]]];
      const difference = f.imm[f.b[x]] - least;
      if (x === smallest[y] || difference > MAX_DIFFERENCE) continue;
      changed = true;
      if (smallest[y] > first[y]) this.moveUp(f, y);
      f.a[x] = smallest[y];
      f.b[x] = this.constant(f, difference);
    }
    return changed;
  }

  /** The smallest sum of y comes before the first one. */
  private moveUp(f: Func, y: number): void {
    const old = this.smallest[y];
    const v = this.append(f, Op.I32_ADD, f.block[old], f.pos[this.first[y]]);
    f.a[v] = y;
    f.b[v] = f.b[old];
    this.inserted.push(this.first[y]);
    this.inserted.push(v);
    this.replaced.push(old);
    this.replaced.push(v);
    this.first[y] = this.smallest[y] = v;
  }

  private constant(f: Func, value: number): number {
    const v = this.append(f, Op.I32_CONST, 0, f.pos[f.order[0]]);
    f.imm[v] = value;
    this.constants.push(v);
    return v;
  }

  private append(f: Func, op: number, block: number, pos: number): number {
    const v = f.nv++;
    if (v >= f.op.length) f.growValues(v + 1);
    f.op[v] = op;
    f.type[v] = ValType.I32;
    f.a[v] = f.b[v] = f.c[v] = -1;
    f.imm[v] = f.imm2[v] = 0;
    f.block[v] = block;
    f.pos[v] = pos;
    return v;
  }

  private rebuild(f: Func): void {
    const { order, inserted, replaced, before } = this;
    order.n = 0;
    if (inserted.n > 0) before.fill(-1, 0, f.nv);
    for (let k = 0; k < inserted.n; k += 2) before[inserted.a[k]] = inserted.a[k + 1];
    for (let k = 0; k < replaced.n; k += 2) f.op[replaced.a[k]] = Op.NOP;
    const beginning = f.blockStart[1] - 1;
    for (let k = 0; k < f.blockStart[f.nb]; k++) {
      const v = f.order[k];
      if (k === beginning) for (let j = 0; j < this.constants.n; j++) order.push(this.constants.a[j]);
      if (inserted.n > 0 && before[v] >= 0) order.push(before[v]);
      if (f.op[v] !== Op.NOP) order.push(v);
    }
    this.compaction.compactAgain(f, f.paramAt, f.params, f.argAt, f.args, order, replaced);
  }
}

/** The last block of the loop with header h if no other loop is in it, else -1. */
function innerLatch(f: Func, h: number): number {
  let latch = h;
  for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) latch = Math.max(latch, f.edgeFrom[f.predEdge[k]]);
  for (let b = h + 1; b <= latch; b++) if (f.isLoopHeader[b] !== 0) return -1;
  return latch;
}
