/**
 * Sums of several things, minima of several things: in inner loops that wait for their own results, what comes last is
 * added last. `max(max(open, m), 0)` with `open` from the iteration before waits for two maxima, `max(open, max(m, 0))`
 * for one. Integers, bits and their minima and maxima give the same in any order.
 *
 * When operands come is found by going through the loop a few times, as if there were any number of units: each time
 * begins with what the one before has left. What comes later each time by about as much as the slowest is *growing*: it
 * is what the loop waits for. The rest is joined first, in the order that it has.
 *
 * There are as many operations as before, each right behind the later of its operands, but none before all of them were:
 * what is joined early is one value more to keep. O(values + edges) for functions with loops, and the square of
 * MAX_LEAVES for each sum.
 */
import type { Func } from '../ir/func.js';
import { listOperands } from '../ir/operands.js';
import { Effect, EFFECTS, isConst, OP_LIMIT } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { LATENCY } from './operation-costs.js';

/** Values of a loop that is looked at. */
const MAX_VALUES = 4096;
/** Things that are joined, at most. */
const MAX_LEAVES = 16;
/** How often the loop is gone through: so that the slowest chain is ahead of the others. */
const ITERATIONS = 4;
/** Operations that processors begin in a cycle. */
const WIDTH = 6;

/** What is known of a value; or-ed. */
const enum Mark {
  /** It is part of a larger sum of its kind. */
  INNER = 1,
  /** Something is accessed there. */
  ADDRESS = 2,
  /** It gets another place. */
  MOVES = 4,
}

/** Operations that may be made in any order. */
const ASSOCIATIVE = new Uint8Array(OP_LIMIT);
for (const op of [
  Op.I32_ADD,
  Op.I32_MUL,
  Op.I32_AND,
  Op.I32_OR,
  Op.I32_XOR,
  Op.I64_ADD,
  Op.I64_MUL,
  Op.I64_AND,
  Op.I64_OR,
  Op.I64_XOR,
  Op.V128_AND,
  Op.V128_OR,
  Op.V128_XOR,
  Op.I8X16_ADD,
  Op.I16X8_ADD,
  Op.I32X4_ADD,
  Op.I64X2_ADD,
  Op.I16X8_MUL,
  Op.I32X4_MUL,
])
  ASSOCIATIVE[op] = 1;
for (const least of [Op.I8X16_MIN_S, Op.I16X8_MIN_S, Op.I32X4_MIN_S]) ASSOCIATIVE.fill(1, least, least + 4);

/** The pass, with its arrays: reused from function to function. */
export class Reassociation {
  private readonly operands = new IntVec(16);
  /** By value of the function, once it is asked for: how many operands and arguments it is. */
  private uses = new Int32Array(0);

  // --- the loop in hand: its last block, by value when it comes, whether that grows ---
  private last = 0;
  private time = new Int32Array(0);
  private grows = new Uint8Array(0);
  private readonly next = new IntVec(64);

  // --- the block in hand: its first place behind the parameters; by value its place, and what is known of it ---
  private block = 0;
  private from = 0;
  private place = new Int32Array(0);
  private marks = new Uint8Array(0);
  /** Values with new places, in the order in which they are made. */
  private readonly moved = new IntVec(64);
  /** By place: first and last of them behind it, as numbers in `moved`; which follows. */
  private firstAt = new Int32Array(0);
  private lastAt = new Int32Array(0);
  private readonly following = new IntVec(64);
  private readonly order = new IntVec(64);

  // --- the sum in hand: what is joined, when that comes; the operations, the last of all last ---
  private readonly leaves = new IntVec(MAX_LEAVES);
  private readonly times = new IntVec(MAX_LEAVES);
  private readonly nodes = new IntVec(MAX_LEAVES);
  /** Place of the first operation. */
  private earliest = 0;

  /** Returns whether anything was rewritten. */
  run(f: Func): boolean {
    let counted = false;
    let changed = false;
    for (let h = 1; h < f.nb; h++) {
      if (f.isLoopHeader[h] === 0 || !this.isInnerLoop(f, h) || !this.hasSums(f, h)) continue;
      if (!counted) this.countUses(f);
      counted = true;
      if (this.measure(f, h) && this.rewriteLoop(f, h)) changed = true;
    }
    return changed;
  }

  /** Whether the loop with header h has no other in it and is not enormous; sets `last`. */
  private isInnerLoop(f: Func, h: number): boolean {
    this.last = h;
    for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) this.last = Math.max(this.last, f.edgeFrom[f.predEdge[k]]);
    if (f.blockStart[this.last + 1] - f.blockStart[h] > MAX_VALUES) return false;
    for (let b = h + 1; b <= this.last; b++) if (f.isLoopHeader[b] !== 0) return false;
    return true;
  }

  /** Whether something in the loop may be joined in another order. */
  private hasSums(f: Func, h: number): boolean {
    for (let k = f.blockStart[h]; k < f.blockStart[this.last + 1]; k++) {
      const v = f.order[k];
      const o = f.op[v];
      if (ASSOCIATIVE[o] !== 0 && (f.op[f.a[v]] === o || f.op[f.b[v]] === o)) return true;
      if (o === Op.SELECT && (f.op[f.a[v]] === o || f.op[f.b[v]] === o)) return true;
    }
    return false;
  }

  private countUses(f: Func): void {
    if (this.uses.length < f.nv) {
      this.uses = new Int32Array(f.nv * 2);
      this.time = new Int32Array(f.nv * 2);
      this.grows = new Uint8Array(f.nv * 2);
      this.place = new Int32Array(f.nv * 2);
      this.marks = new Uint8Array(f.nv * 2);
    }
    const { uses, operands } = this;
    uses.fill(0, 0, f.nv);
    this.marks.fill(0, 0, f.nv);
    for (let k = 0; k < f.blockStart[f.nb]; k++) {
      listOperands(f, f.order[k], operands);
      for (let i = 0; i < operands.n; i++) uses[operands.a[i]]++;
    }
    for (let k = 0; k < f.argAt[f.ne]; k++) uses[f.args[k]]++;
  }

  // ------------------------------------------------------------------ times

  /** When x comes: what is from before the loop is there. */
  private timeOf(f: Func, h: number, x: number): number {
    return f.block[x] >= h && f.block[x] <= this.last ? this.time[x] : 0;
  }

  /** Finds when values come and which of them grow. Whether the loop waits for its own results. */
  private measure(f: Func, h: number): boolean {
    const { time, grows } = this;
    const from = f.blockStart[h];
    const to = f.blockStart[this.last + 1];
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) time[f.params[k]] = 0;
    this.iterate(f, h);
    for (let i = 1; i < ITERATIONS; i++) {
      this.carry(f, h);
      this.iterate(f, h);
    }
    // Once more: what an iteration adds.
    this.order.n = 0;
    for (let k = from; k < to; k++) this.order.push(time[f.order[k]]);
    const most = this.carry(f, h);
    let work = 0;
    this.iterate(f, h);
    for (let k = from; k < to; k++) {
      const v = f.order[k];
      if (f.op[v] !== Op.PARAM) work++;
      grows[v] = (time[v] - this.order.a[k - from]) * 2 > most ? 1 : 0;
    }
    return most > 1 && most * WIDTH > work;
  }

  private iterate(f: Func, h: number): void {
    for (let b = h; b <= this.last; b++) this.measureBlock(f, h, b);
  }

  private measureBlock(f: Func, h: number, b: number): void {
    const { time } = this;
    if (b > h)
      for (let j = f.paramAt[b]; j < f.paramAt[b + 1]; j++) {
        let latest = 0;
        for (let k = f.predAt[b]; k < f.predAt[b + 1]; k++) {
          const e = f.predEdge[k];
          latest = Math.max(latest, this.timeOf(f, h, f.args[f.argAt[e] + j - f.paramAt[b]]));
        }
        time[f.params[j]] = latest;
      }
    for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++)
      if (f.op[f.order[k]] !== Op.PARAM) this.measureValue(f, h, f.order[k]);
  }

  private measureValue(f: Func, h: number, v: number): void {
    const { operands } = this;
    let latest = 0;
    listOperands(f, v, operands);
    for (let i = 0; i < operands.n; i++) latest = Math.max(latest, this.timeOf(f, h, operands.a[i]));
    this.time[v] = latest + LATENCY[f.op[v]];
  }

  /** What an iteration leaves is what the next begins with. Returns by how much that is later, at most. */
  private carry(f: Func, h: number): number {
    const { time, next } = this;
    next.n = 0;
    for (let j = f.paramAt[h]; j < f.paramAt[h + 1]; j++) {
      let latest = 0;
      for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) {
        const e = f.predEdge[k];
        if (f.edgeFrom[e] >= h) latest = Math.max(latest, this.timeOf(f, h, f.args[f.argAt[e] + j - f.paramAt[h]]));
      }
      next.push(latest);
    }
    let most = 0;
    for (let j = f.paramAt[h]; j < f.paramAt[h + 1]; j++) {
      const p = f.params[j];
      most = Math.max(most, next.a[j - f.paramAt[h]] - time[p]);
      time[p] = next.a[j - f.paramAt[h]];
    }
    return most;
  }

  // ------------------------------------------------------------------ sums

  /**
   * What v joins its operands by: the operation, of a minimum or maximum the comparison under which it is the first
   * operand; 0 if it is no such thing.
   */
  private kindOf(f: Func, v: number): number {
    const o = f.op[v];
    if (ASSOCIATIVE[o] !== 0) return o;
    if (o !== Op.SELECT) return 0;
    const c = f.c[v];
    const k = f.op[c];
    const least = k >= Op.I64_EQ ? Op.I64_LT_S : Op.I32_LT_S;
    if (k < least || k > least + 7 || this.uses[c] !== 1 || f.block[c] !== f.block[v]) return 0;
    // LT_S, LT_U, GT_S, GT_U, then the same with equality, which makes no difference here.
    const strict = (k - least) & 3;
    if (f.a[c] === f.a[v] && f.b[c] === f.b[v]) return least + strict;
    return f.a[c] === f.b[v] && f.b[c] === f.a[v] ? least + (strict ^ 2) : 0;
  }

  /** Lists what x is made of, if nothing else wants it, as leaves and nodes. */
  private collect(f: Func, x: number, kind: number, isRoot: boolean): void {
    if (!isRoot && !this.isInner(f, x, kind)) {
      this.leaves.push(x);
      return;
    }
    if (this.leaves.n > MAX_LEAVES) return;
    this.collect(f, f.a[x], kind, false);
    this.collect(f, f.b[x], kind, false);
    this.nodes.push(x);
  }

  private rewriteLoop(f: Func, h: number): boolean {
    let changed = false;
    for (let b = h; b <= this.last; b++) {
      this.block = b;
      this.from = f.blockStart[b];
      const to = f.blockStart[b + 1] - 1;
      while (this.from < to && isFirst(f.op[f.order[this.from]])) this.from++;
      this.moved.n = 0;
      this.markOperands(f, to);
      for (let k = this.from; k < to; k++) {
        const v = f.order[k];
        this.place[v] = k;
        this.measureValue(f, h, v);
        const kind = (this.marks[v] & Mark.INNER) !== 0 ? 0 : this.kindOf(f, v);
        if (kind !== 0) this.rewrite(f, h, v, kind);
      }
      if (this.moved.n === 0) continue;
      this.reorder(f, to);
      changed = true;
    }
    return changed;
  }

  /** Marks what is part of something in the block, which ends at place `to`. */
  private markOperands(f: Func, to: number): void {
    const { marks } = this;
    for (let k = this.from; k < to; k++) {
      const v = f.order[k];
      if ((EFFECTS[f.op[v]] & Effect.ACCESS) !== 0) marks[f.a[v]] |= Mark.ADDRESS;
      const kind = this.kindOf(f, v);
      if (kind === 0) continue;
      if (this.isInner(f, f.a[v], kind)) marks[f.a[v]] |= Mark.INNER;
      if (this.isInner(f, f.b[v], kind)) marks[f.b[v]] |= Mark.INNER;
    }
  }

  /** Whether x is of that kind, and nothing wants it but the sum of that kind that it is part of. */
  private isInner(f: Func, x: number, kind: number): boolean {
    const uses = f.op[x] === Op.SELECT ? 2 : 1;
    return f.block[x] === this.block && this.uses[x] === uses && this.kindOf(f, x) === kind;
  }

  /** Joins what v is made of in the better order, if there is one. */
  private rewrite(f: Func, h: number, v: number, kind: number): void {
    const { leaves, nodes } = this;
    leaves.n = nodes.n = 0;
    this.collect(f, v, kind, true);
    if (leaves.n < 3 || leaves.n > MAX_LEAVES || !this.isFit(f, v)) return;
    if (this.join(f, h, kind, false) >= this.currentTime(f, h)) return;
    leaves.n = nodes.n = 0;
    this.collect(f, v, kind, true);
    this.earliest = this.place[v];
    for (let k = 0; k < nodes.n; k++) this.earliest = Math.min(this.earliest, this.place[nodes.a[k]]);
    this.join(f, h, kind, true);
  }

  /** No carry, which is one operation with its sum, and no constant on top of an address, which is part of the access. */
  private isFit(f: Func, v: number): boolean {
    for (let k = 0; k < this.leaves.n; k++) {
      const x = this.leaves.a[k];
      if (isCondition(f.op[x]) || (f.op[x] === Op.I64_EXTEND_I32_U && isCondition(f.op[f.a[x]]))) return false;
    }
    return (this.marks[v] & Mark.ADDRESS) === 0 || !isConst(f.op[f.b[v]]);
  }

  /** When the sum comes as it is. */
  private currentTime(f: Func, h: number): number {
    const { nodes, time } = this;
    let t = 0;
    for (let k = 0; k < nodes.n; k++) {
      const v = nodes.a[k];
      t = Math.max(this.timeOf(f, h, f.a[v]), this.timeOf(f, h, f.b[v])) + latencyOf(f, v);
      time[v] = t;
    }
    return t;
  }

  /** Joins the leaves, if `really`, and returns when the result comes. */
  private join(f: Func, h: number, kind: number, really: boolean): number {
    const { leaves, times, nodes } = this;
    const latency = latencyOf(f, nodes.a[0]);
    times.n = 0;
    for (let k = 0; k < leaves.n; k++) times.push(this.timeOf(f, h, leaves.a[k]));
    let node = 0;
    // What does not grow, in its order.
    let first = -1;
    for (let k = 0; k < leaves.n; k++) {
      if (this.doesGrow(f, h, leaves.a[k])) continue;
      if (first >= 0) {
        this.joinTwo(f, h, first, k, nodes.a[node++], latency, kind, really);
        leaves.n--;
        times.n--;
        for (let j = k; j < leaves.n; j++) {
          leaves.a[j] = leaves.a[j + 1];
          times.a[j] = times.a[j + 1];
        }
        k--;
      } else first = k;
    }
    // Then always the two that come first.
    while (leaves.n > 1) {
      let x = 0;
      for (let k = 1; k < leaves.n; k++) if (times.a[k] < times.a[x]) x = k;
      let y = x === 0 ? 1 : 0;
      for (let k = 0; k < leaves.n; k++) if (k !== x && times.a[k] < times.a[y]) y = k;
      const low = Math.min(x, y);
      const high = Math.max(x, y);
      this.joinTwo(f, h, low, high, nodes.a[node++], latency, kind, really);
      leaves.a[high] = leaves.a[--leaves.n];
      times.a[high] = times.a[--times.n];
    }
    return times.a[0];
  }

  /** Leaf i becomes `node`, which joins it with leaf j. */
  private joinTwo(
    f: Func,
    h: number,
    i: number,
    j: number,
    node: number,
    latency: number,
    kind: number,
    really: boolean,
  ): void {
    const { leaves, times } = this;
    const x = leaves.a[i];
    const y = leaves.a[j];
    times.a[i] = Math.max(times.a[i], times.a[j]) + latency;
    if (!really) return;
    leaves.a[i] = node;
    // Constants are the second operand.
    this.setOperands(f, node, isConst(f.op[x]) ? y : x, isConst(f.op[x]) ? x : y, kind);
    this.time[node] = times.a[i];
    this.grows[node] = this.doesGrow(f, h, x) || this.doesGrow(f, h, y) ? 1 : 0;
  }

  private doesGrow(f: Func, h: number, x: number): boolean {
    return f.block[x] >= h && f.block[x] <= this.last && this.grows[x] !== 0;
  }

  private setOperands(f: Func, node: number, x: number, y: number, kind: number): void {
    const at = Math.max(this.earliest - 1, this.placeOf(f, x), this.placeOf(f, y));
    f.a[node] = x;
    f.b[node] = y;
    if (f.op[node] === Op.SELECT) {
      const c = f.c[node];
      f.op[c] = kind;
      f.a[c] = x;
      f.b[c] = y;
      this.move(c, at);
    }
    this.move(node, at);
  }

  private placeOf(f: Func, x: number): number {
    return f.block[x] === this.block && !isFirst(f.op[x]) ? this.place[x] : -1;
  }

  private move(v: number, at: number): void {
    this.place[v] = at;
    this.marks[v] |= Mark.MOVES;
    this.moved.push(v);
  }

  /** Puts what has moved into the order of the block, which ends at place `to`. */
  private reorder(f: Func, to: number): void {
    const { order, moved, following, from } = this;
    if (this.firstAt.length < to - from + 2) {
      this.firstAt = new Int32Array((to - from + 2) * 2);
      this.lastAt = new Int32Array((to - from + 2) * 2);
    }
    const { firstAt, lastAt } = this;
    firstAt.fill(-1, 0, to - from + 1);
    following.n = 0;
    for (let k = 0; k < moved.n; k++) {
      const at = this.place[moved.a[k]] - from + 1;
      following.push(-1);
      if (firstAt[at] < 0) firstAt[at] = k;
      else following.a[lastAt[at]] = k;
      lastAt[at] = k;
    }
    order.n = 0;
    for (let k = from - 1; k < to; k++) {
      if (k >= from && (this.marks[f.order[k]] & Mark.MOVES) === 0) order.push(f.order[k]);
      for (let j = firstAt[k - from + 1]; j >= 0; j = following.a[j]) order.push(moved.a[j]);
    }
    for (let k = 0; k < moved.n; k++) this.marks[moved.a[k]] &= ~Mark.MOVES;
    for (let k = from; k < to; k++) f.order[k] = order.a[k - from];
  }
}

/** Stands before everything else in a block. */
const isFirst = (o: number): boolean => o === Op.PARAM || o === Op.LANDING || isConst(o);

const isCondition = (o: number): boolean => o >= Op.I32_EQZ && o <= Op.F64_GE;

/** Cycles of v, with the comparison of a minimum. */
const latencyOf = (f: Func, v: number): number => LATENCY[f.op[v]] + (f.op[v] === Op.SELECT ? 1 : 0);
