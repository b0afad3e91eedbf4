/**
 * Cleans a function up: replaces forwarded values, removes redundant block parameters (all incoming values equal, or
 * the parameter itself) and dead values, and renumbers what remains in execution order. The builder ends with it.
 *
 * In: values numbered such that within a block numbers ascend in execution order and blocks follow one another
 * (constants, which belong to block 0, may be anywhere). Out: every invariant of `Func`, and order[i] = i. O(values +
 * edge arguments), times the rounds of parameter removal (at most MAX_ROUNDS, usually one or two).
 */
import { IntVec } from '../util/vec.js';
import type { Func } from './func.js';
import { Op } from './ops.js';
import { listOperands } from './operands.js';
import { EFFECTS, Effect, hasArguments, hasTable, isConst } from './opinfo.js';

/** Parameter removal is an optimisation: stopping early is correct, and bounds the time on deep loop nests. */
const MAX_ROUNDS = 10;

/** Arrays to exchange with those of a function. */
class Spare {
  op = new Uint16Array(0);
  type = new Uint8Array(0);
  a = new Int32Array(0);
  b = new Int32Array(0);
  c = new Int32Array(0);
  imm = new Int32Array(0);
  imm2 = new Int32Array(0);
  block = new Int32Array(0);
  pos = new Int32Array(0);
  pool = new IntVec(256);
  paramAt = new Int32Array(0);
  params = new Int32Array(0);
  argAt = new Int32Array(0);
  args = new Int32Array(0);
}

/** Compaction, with its arrays: reused from function to function. */
export class Compaction {
  /** Scratch, reused from function to function. The value arrays are exchanged with those of the function. */
  private readonly spare = new Spare();

  /** forward[v] = the value that stands for v. */
  private forward = new Int32Array(0);
  private number = new Int32Array(0);
  private source = new Int32Array(0);
  private live = new Uint8Array(0);
  private readonly work = new IntVec(1024);
  private readonly operands = new IntVec(16);
  private readonly kept = new IntVec();

  /** The value that finally stands for `v`. */
  private resolve(v: number): number {
    let to = this.forward[v];
    if (to === v) return v;
    while (this.forward[to] !== to) to = this.forward[to];
    // Second walk: shorten the path for those who ask again.
    while (v !== to) {
      const next = this.forward[v];
      this.forward[v] = to;
      v = next;
    }
    return to;
  }

  /**
   * Cleans up what the builder made: parameters and arguments lie in its arrays (`argAt[e]` needs no order), everything
   * else in `f`.
   */
  compact(f: Func, paramAt: Int32Array, params: Int32Array, argAt: Int32Array, args: Int32Array): void {
    if (this.forward.length < f.nv) this.forward = new Int32Array(f.nv * 2);
    for (let v = 0; v < f.nv; v++) this.forward[v] = v;
    linkEdges(f);
    // At first only loop headers can have redundant parameters: joins get theirs where values differ.
    let changed = false;
    for (let b = f.nb - 1; b >= 0; b--)
      if (f.isLoopHeader[b] !== 0 && this.removeRedundant(f, b, paramAt, params, argAt, args)) changed = true;
    for (let round = 0; changed && round < MAX_ROUNDS; round++) {
      changed = false;
      for (let b = 1; b < f.nb; b++)
        if (paramAt[b] < paramAt[b + 1] && this.removeRedundant(f, b, paramAt, params, argAt, args)) changed = true;
    }
    this.rewrite(f, paramAt, params, argAt, args, null);
  }

  /**
   * The same for what a pass left: `order` holds the values of all blocks in execution order, `f.block` their new blocks;
   * values that are in none are NOPs. `replaced`: pairs (value, what stands for it). Dominators are the caller's.
   */
  compactAgain(
    f: Func,
    paramAt: Int32Array,
    params: Int32Array,
    argAt: Int32Array,
    args: Int32Array,
    order: IntVec,
    replaced: IntVec,
  ): void {
    if (this.forward.length < f.nv) this.forward = new Int32Array(f.nv * 2);
    for (let v = 0; v < f.nv; v++) this.forward[v] = v;
    for (let k = 0; k < replaced.n; k += 2) this.forward[replaced.a[k]] = replaced.a[k + 1];
    linkEdges(f);
    let changed = true;
    for (let round = 0; changed && round < MAX_ROUNDS; round++) {
      changed = false;
      for (let b = 1; b < f.nb; b++)
        if (paramAt[b] < paramAt[b + 1] && this.removeRedundant(f, b, paramAt, params, argAt, args)) changed = true;
    }
    this.rewrite(f, paramAt, params, argAt, args, order);
  }

  /** Forwards the parameters of block b that have one incoming value besides themselves. */
  private removeRedundant(
    f: Func,
    b: number,
    paramAt: Int32Array,
    params: Int32Array,
    argAt: Int32Array,
    args: Int32Array,
  ): boolean {
    const { predAt, predEdge } = f;
    const from = predAt[b];
    const to = predAt[b + 1];
    const base = paramAt[b];
    const n = paramAt[b + 1] - base;
    let changed = false;
    for (let j = 0; j < n; j++) {
      const p = params[base + j];
      if (this.forward[p] !== p) continue;
      let only = -1;
      let k = from;
      for (; k < to; k++) {
        const x = this.resolve(args[argAt[predEdge[k]] + j]);
        if (x === p || x === only) continue;
        if (only >= 0) break;
        only = x;
      }
      if (k === to && only >= 0) {
        this.forward[p] = only;
        changed = true;
      }
    }
    return changed;
  }

  /**
   * Marks what is needed, collects the live constants, and copies everything under new numbers. `order`: of execution, if
   * that is not the one of the numbers.
   */
  private rewrite(
    f: Func,
    paramAt: Int32Array,
    params: Int32Array,
    argAt: Int32Array,
    args: Int32Array,
    order: IntVec | null,
  ): void {
    this.markLive(f, argAt, args);
    const count = this.renumber(f, order);
    let nArgs = 0;
    for (let e = 0; e < f.ne; e++) nArgs += paramAt[f.edgeTo[e] + 1] - paramAt[f.edgeTo[e]];
    this.reserve(f, count, paramAt[f.nb], nArgs);
    this.copyValues(f, count);
    this.copyEdges(f, paramAt, params, argAt, args);
    this.exchange(f);
    f.nv = count;
    f.bounded = false;
  }

  private markLive(f: Func, argAt: Int32Array, args: Int32Array): void {
    const { nv, op, imm, block, predAt, predEdge } = f;
    const { operands } = this;
    if (this.live.length < nv) this.live = new Uint8Array(nv * 2);
    this.live.fill(0, 0, nv);
    // Every value enters the work list at most once.
    if (this.work.a.length < nv) this.work.reserve(nv);
    const stack = this.work.a;
    const alive = this.live;
    let n = 0;
    for (let root = 0; root < nv; root++) {
      if (alive[root] !== 0 || (EFFECTS[op[root]] & (Effect.TRAP | Effect.WRITE)) === 0 || this.forward[root] !== root)
        continue;
      alive[root] = 1;
      stack[n++] = root;
      while (n > 0) {
        const v = stack[--n];
        if (op[v] === Op.PARAM) {
          const j = imm[v];
          for (let k = predAt[block[v]]; k < predAt[block[v] + 1]; k++) {
            const y = this.resolve(args[argAt[predEdge[k]] + j]);
            if (alive[y] === 0) {
              alive[y] = 1;
              stack[n++] = y;
            }
          }
          continue;
        }
        listOperands(f, v, operands);
        for (let k = 0; k < operands.n; k++) {
          const y = this.resolve(operands.a[k]);
          if (alive[y] === 0) {
            alive[y] = 1;
            stack[n++] = y;
          }
        }
      }
    }
  }

  /**
   * New numbers: arguments, constants, then the rest in order; forwarded values get the number of what stands for them.
   * Fills `source` (new number → old) and returns the count.
   */
  private renumber(f: Func, order: IntVec | null): number {
    const { nv, op } = f;
    const all = order === null ? nv : order.n;
    if (this.number.length < nv) {
      this.number = new Int32Array(nv * 2);
      this.source = new Int32Array(nv * 2);
    }
    let count = 0;
    let others = 0;
    let isArgument = true;
    for (let k = 0; k < all; k++) {
      const v = order === null ? k : order.a[k];
      if (op[v] !== Op.ARG) isArgument = false;
      if (this.live[v] === 0) continue;
      if (isArgument) {
        this.source[count++] = v;
        continue;
      }
      if (isConst(op[v])) this.source[count++] = v;
      else this.number[others++] = v; // not yet a number: the list of the rest, no longer than the values so far
    }
    this.source.set(this.number.subarray(0, others), count);
    count += others;
    for (let i = 0; i < count; i++) this.number[this.source[i]] = i;
    for (let v = 0; v < nv; v++) if (this.forward[v] !== v) this.number[v] = this.number[this.resolve(v)];
    return count;
  }

  private reserve(f: Func, count: number, nParams: number, nArgs: number): void {
    if (this.spare.op.length < count) {
      const n = Math.max(1024, count * 2);
      this.spare.op = new Uint16Array(n);
      this.spare.type = new Uint8Array(n);
      this.spare.a = new Int32Array(n);
      this.spare.b = new Int32Array(n);
      this.spare.c = new Int32Array(n);
      this.spare.imm = new Int32Array(n);
      this.spare.imm2 = new Int32Array(n);
      this.spare.block = new Int32Array(n);
      this.spare.pos = new Int32Array(n);
    }
    if (f.order.length < count) f.order = new Int32Array(count * 2);
    // A pass over the last function may have left another order.
    for (let i = 0; i < count; i++) f.order[i] = i;
    if (f.blockStart.length < f.nb + 1) f.blockStart = new Int32Array(f.nb * 2 + 1);
    if (this.spare.paramAt.length < f.nb + 1) this.spare.paramAt = new Int32Array(f.nb * 2 + 1);
    if (this.spare.params.length < nParams) this.spare.params = new Int32Array(nParams * 2);
    if (this.spare.argAt.length < f.ne + 1) this.spare.argAt = new Int32Array(f.ne * 2 + 1);
    if (this.spare.args.length < nArgs) this.spare.args = new Int32Array(nArgs * 2);
  }

  private copyValues(f: Func, count: number): void {
    const { nb, op, type, a, b, c, imm, imm2, block, pos, blockStart } = f;
    const to = this.spare;
    const { op: op2, type: type2, a: a2, b: b2, c: c2, imm: imm_2, imm2: imm2_2, block: block2, pos: pos2 } = to;
    const numbers = this.number;
    const sources = this.source;
    to.pool.clear();
    let current = 0;
    blockStart[0] = 0;
    for (let v = 0; v < count; v++) {
      const s = sources[v];
      const o = op[s];
      const inBlock = block[s];
      while (current < inBlock) blockStart[++current] = v;
      op2[v] = o;
      type2[v] = type[s];
      a2[v] = a[s] < 0 ? -1 : numbers[a[s]];
      b2[v] = hasTable(o) ? b[s] : b[s] < 0 ? -1 : numbers[b[s]];
      c2[v] = c[s] < 0 ? -1 : numbers[c[s]];
      imm_2[v] = imm[s];
      imm2_2[v] = imm2[s];
      block2[v] = inBlock;
      pos2[v] = pos[s];
      if (hasArguments(o) || o === Op.RETURN || o === Op.BR_TABLE || o === Op.V128_CONST)
        imm_2[v] = this.copyPool(f, o, imm[s], imm2[s]);
    }
    while (current < nb) blockStart[++current] = count;
  }

  /** Copies the pool range of an operation that has one; returns its new start. */
  private copyPool(f: Func, op: number, at: number, imm2: number): number {
    const from = f.pool.a;
    const to = this.spare.pool;
    const start = to.n;
    let n = imm2;
    if (hasArguments(op)) {
      n = from[at++];
      to.push(n);
    } else if (op === Op.V128_CONST) {
      n = 4;
    }
    to.reserve(n);
    const values = op !== Op.BR_TABLE && op !== Op.V128_CONST;
    for (let i = 0; i < n; i++) to.a[to.n++] = values ? this.number[from[at + i]] : from[at + i];
    return start;
  }

  private copyEdges(f: Func, paramAt: Int32Array, params: Int32Array, argAt: Int32Array, args: Int32Array): void {
    const { nb, ne, edgeTo } = f;
    const to = this.spare;
    // Parameters that stay, and their former places in the lists.
    this.kept.n = 0;
    for (let b = 0; b < nb; b++) {
      to.paramAt[b] = this.kept.n;
      for (let j = 0, base = paramAt[b]; base + j < paramAt[b + 1]; j++) {
        const p = params[base + j];
        if (this.live[p] === 0) continue;
        const v = this.number[p];
        to.params[this.kept.n] = v;
        to.imm[v] = this.kept.n - to.paramAt[b];
        this.kept.push(j);
      }
    }
    to.paramAt[nb] = this.kept.n;
    let n = 0;
    for (let e = 0; e < ne; e++) {
      const from = argAt[e];
      to.argAt[e] = n;
      const end = to.paramAt[edgeTo[e] + 1];
      for (let i = to.paramAt[edgeTo[e]]; i < end; i++) to.args[n++] = this.number[args[from + this.kept.a[i]]];
    }
    to.argAt[ne] = n;
  }

  /** Exchanges the scratch arrays with the function's. */
  private exchange(f: Func): void {
    const { op, type, a, b, c, imm, imm2, block, pos, pool, paramAt, params, argAt, args } = f;
    const { spare } = this;
    f.op = spare.op;
    f.type = spare.type;
    f.a = spare.a;
    f.b = spare.b;
    f.c = spare.c;
    f.imm = spare.imm;
    f.imm2 = spare.imm2;
    f.block = spare.block;
    f.pos = spare.pos;
    f.pool = spare.pool;
    f.paramAt = spare.paramAt;
    f.params = spare.params;
    f.argAt = spare.argAt;
    f.args = spare.args;
    spare.op = op;
    spare.type = type;
    spare.a = a;
    spare.b = b;
    spare.c = c;
    spare.imm = imm;
    spare.imm2 = imm2;
    spare.block = block;
    spare.pos = pos;
    spare.pool = pool;
    spare.paramAt = paramAt;
    spare.params = params;
    spare.argAt = argAt;
    spare.args = args;
  }
}

/**
 * Predecessor and successor lists from edgeFrom and edgeTo, by counting sort: successors keep the order of the edges.
 */
export function linkEdges(f: Func): void {
  const { nb, ne, edgeFrom, edgeTo } = f;
  if (f.predAt.length < nb + 2) f.predAt = new Int32Array(nb * 2 + 2);
  if (f.succAt.length < nb + 2) f.succAt = new Int32Array(nb * 2 + 2);
  if (f.predEdge.length < ne) f.predEdge = new Int32Array(ne * 2);
  if (f.succEdge.length < ne) f.succEdge = new Int32Array(ne * 2);
  const { predAt, succAt, predEdge, succEdge } = f;
  predAt.fill(0, 0, nb + 2);
  succAt.fill(0, 0, nb + 2);
  for (let e = 0; e < ne; e++) {
    predAt[edgeTo[e] + 2]++;
    succAt[edgeFrom[e] + 2]++;
  }
  for (let b = 2; b < nb + 2; b++) {
    predAt[b] += predAt[b - 1];
    succAt[b] += succAt[b - 1];
  }
  // Entry b + 1 is the cursor of block b and ends as the start of block b + 1.
  for (let e = 0; e < ne; e++) {
    predEdge[predAt[edgeTo[e] + 1]++] = e;
    succEdge[succAt[edgeFrom[e] + 1]++] = e;
  }
}
