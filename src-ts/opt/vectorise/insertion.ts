/**
 * New blocks before loops: noted loop by loop while the function stays as it is, put in all at once, so that a function
 * with many loops is copied once.
 */
import { linkEdges } from '../../ir/compact.js';
import { computeDominators } from '../../ir/dominators.js';
import type { Func } from '../../ir/func.js';
import { listOperands } from '../../ir/operands.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';

/** Where an edge of a new block leads that goes to the loop itself. */
export const TO_LOOP = -1;

export class Insertion {
  // --- by loop, ascending: its header, the edge that leads in, its first new block ---
  private readonly headers = new IntVec(8);
  private readonly entries = new IntVec(8);
  private readonly firstBlock = new IntVec(8);
  // --- by new block: its first value in `values`, its first edge, executions for each time that the loop is entered ---
  private readonly valueAt = new IntVec(16);
  private readonly edgeAt = new IntVec(16);
  private readonly isLoop = new IntVec(16);
  private blockWeights = new Float64Array(16);
  private readonly values = new IntVec(256);
  // --- by new edge: new block (counted over all loops) or TO_LOOP, first argument ---
  private readonly targets = new IntVec(16);
  private readonly argAt = new IntVec(16);
  private readonly args = new IntVec(64);
  private edgeWeights = new Float64Array(32);
  /** By loop: executions of its header that are left, -1 if nothing is known. */
  private readonly left = new IntVec(8);

  private readonly operands = new IntVec(16);
  /** New number of each old block. */
  private number = new Int32Array(0);

  get isEmpty(): boolean {
    return this.headers.n === 0;
  }

  /** At the start of a function. */
  begin(): void {
    for (const list of [
      this.headers,
      this.entries,
      this.firstBlock,
      this.valueAt,
      this.edgeAt,
      this.isLoop,
      this.values,
      this.targets,
      this.argAt,
      this.args,
      this.left,
    ])
      list.n = 0;
  }

  /** Blocks before the loop with header h follow. `left`: how often its header is executed behind them. */
  beginLoop(h: number, entry: number, left: number): void {
    this.headers.push(h);
    this.entries.push(entry);
    this.firstBlock.push(this.valueAt.n);
    this.left.push(left);
  }

  /** Number of the next new block. */
  get nextBlock(): number {
    return this.valueAt.n;
  }

  /** A block with these values, parameters first. */
  addBlock(params: IntVec | null, values: IntVec, weight: number): void {
    const b = this.valueAt.push(this.values.n);
    if (this.blockWeights.length <= b) this.blockWeights = doubled(this.blockWeights);
    this.blockWeights[b] = weight;
    this.edgeAt.push(this.targets.n);
    this.isLoop.push(params === null ? 0 : 1);
    if (params !== null) for (let k = 0; k < params.n; k++) this.values.push(params.a[k]);
    for (let k = 0; k < values.n; k++) this.values.push(values.a[k]);
  }

  /** The next edge of the block that was added last. */
  addEdge(to: number, args: IntVec | null, weight: number): void {
    const e = this.targets.push(to);
    if (this.edgeWeights.length <= e) this.edgeWeights = doubled(this.edgeWeights);
    this.edgeWeights[e] = weight;
    this.argAt.push(this.args.n);
    if (args !== null) for (let k = 0; k < args.n; k++) this.args.push(args.a[k]);
  }

  // ------------------------------------------------------------------ rebuilding

  /** Puts everything in; `constants` go to block 0. */
  rebuild(f: Func, constants: IntVec): void {
    const added = this.valueAt.n;
    this.valueAt.push(this.values.n);
    this.edgeAt.push(this.targets.n);
    this.argAt.push(this.args.n);
    this.firstBlock.push(added);
    if (this.number.length < f.nb) this.number = new Int32Array(f.nb * 2);
    for (let b = 0, loop = 0, n = 0; b < f.nb; b++) {
      if (loop < this.headers.n && this.headers.a[loop] === b) {
        n += this.firstBlock.a[loop + 1] - this.firstBlock.a[loop];
        loop++;
      }
      this.number[b] = n++;
    }
    this.dropUnused(f, constants);
    this.moveEdges(f);
    this.moveBlocks(f, constants, f.nb + added);
    linkEdges(f);
    const { idom, depth } = computeDominators(f);
    f.idom = idom;
    f.domDepth = depth;
  }

  /** Constants that only helped to fold others go. */
  private dropUnused(f: Func, constants: IntVec): void {
    const { operands } = this;
    if (constants.n === 0) return;
    const isUsed = new Uint8Array(f.nv);
    for (let k = 0; k < this.values.n; k++) {
      listOperands(f, this.values.a[k], operands);
      for (let i = 0; i < operands.n; i++) isUsed[operands.a[i]] = 1;
    }
    for (let k = 0; k < this.args.n; k++) isUsed[this.args.a[k]] = 1;
    let n = 0;
    for (let k = 0; k < constants.n; k++) if (isUsed[constants.a[k]] !== 0) constants.a[n++] = constants.a[k];
    constants.n = n;
  }

  /** Number of new block k of a loop. */
  private numberOf(loop: number, k: number): number {
    const first = this.firstBlock.a[loop];
    return this.number[this.headers.a[loop]] - (this.firstBlock.a[loop + 1] - first) + (k - first);
  }

  private moveEdges(f: Func): void {
    const old = f.ne;
    const ne = old + this.targets.n;
    const from = new Int32Array(ne * 2);
    const to = new Int32Array(ne * 2);
    const argAt = new Int32Array(ne * 2 + 1);
    const args = new IntVec(f.argAt[old] + this.args.n);
    const entryOf = new Int32Array(old).fill(-1);
    for (let loop = 0; loop < this.headers.n; loop++) entryOf[this.entries.a[loop]] = loop;
    for (let e = 0; e < old; e++) {
      argAt[e] = args.n;
      from[e] = this.number[f.edgeFrom[e]];
      const loop = entryOf[e];
      to[e] = loop < 0 ? this.number[f.edgeTo[e]] : this.numberOf(loop, this.firstBlock.a[loop]);
      if (loop < 0) for (let k = f.argAt[e]; k < f.argAt[e + 1]; k++) args.push(f.args[k]);
    }
    let e = old;
    for (let loop = 0; loop < this.headers.n; loop++)
      for (let k = this.firstBlock.a[loop]; k < this.firstBlock.a[loop + 1]; k++)
        for (let j = this.edgeAt.a[k]; j < this.edgeAt.a[k + 1]; j++, e++) {
          argAt[e] = args.n;
          from[e] = this.numberOf(loop, k);
          const target = this.targets.a[j];
          to[e] = target === TO_LOOP ? this.number[this.headers.a[loop]] : this.numberOf(loop, target);
          for (let i = this.argAt.a[j]; i < this.argAt.a[j + 1]; i++) args.push(this.args.a[i]);
        }
    argAt[ne] = args.n;
    if (f.weighted) {
      const weights = new Float64Array(ne * 2);
      weights.set(f.edgeWeight.subarray(0, old));
      weights.set(this.edgeWeights.subarray(0, this.targets.n), old);
      this.lessenLoops(f, weights);
      f.edgeWeight = weights;
    }
    const wayAt = new Int32Array(ne * 2).fill(-1);
    wayAt.set(f.wayAt.subarray(0, Math.min(old, f.wayAt.length)));
    f.wayAt = wayAt;
    f.edgeFrom = from;
    f.edgeTo = to;
    f.argAt = argAt;
    f.args = flat(args);
    f.ne = ne;
  }

  /** The scalar loops are executed less often than the profile says. */
  private lessenLoops(f: Func, weights: Float64Array): void {
    for (let loop = 0; loop < this.headers.n; loop++) {
      const h = this.headers.a[loop];
      if (this.left.a[loop] < 0 || f.blockWeight[h] <= 0) continue;
      for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) {
        const e = f.predEdge[k];
        if (f.edgeFrom[e] === h) weights[e] = Math.max(0, this.left.a[loop] - weights[this.entries.a[loop]]);
      }
    }
  }

  private moveBlocks(f: Func, constants: IntVec, nb: number): void {
    const order = new IntVec(f.blockStart[f.nb] + this.values.n + constants.n);
    const blockStart = new Int32Array(nb * 2 + 1);
    const blockPos = new Int32Array(nb * 2);
    const part = new Uint8Array(nb * 2);
    const isLoopHeader = new Uint8Array(nb * 2);
    const paramAt = new Int32Array(nb * 2 + 1);
    const params = new IntVec(f.paramAt[f.nb] + 16);
    const weights = new Float64Array(f.weighted ? nb * 2 : 0);
    let n = 0;
    for (let b = 0, loop = 0; b < f.nb; b++) {
      if (loop < this.headers.n && this.headers.a[loop] === b) {
        for (let k = this.firstBlock.a[loop]; k < this.firstBlock.a[loop + 1]; k++, n++) {
          blockStart[n] = order.n;
          paramAt[n] = params.n;
          blockPos[n] = f.blockPos[b];
          isLoopHeader[n] = this.isLoop.a[k];
          if (f.weighted) weights[n] = this.blockWeights[k];
          for (let i = this.valueAt.a[k]; i < this.valueAt.a[k + 1]; i++) {
            const v = this.values.a[i];
            f.block[v] = n;
            order.push(v);
            if (f.op[v] === Op.PARAM) params.push(v);
          }
        }
        loop++;
      }
      blockStart[n] = order.n;
      paramAt[n] = params.n;
      blockPos[n] = f.blockPos[b];
      part[n] = f.part[b];
      isLoopHeader[n] = f.isLoopHeader[b];
      if (f.weighted) weights[n] = f.blockWeight[b];
      for (let k = f.paramAt[b]; k < f.paramAt[b + 1]; k++) params.push(f.params[k]);
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        const v = f.order[k];
        // Constants come after the arguments, before all else.
        if (k === (b === 0 ? this.firstOther(f) : -1)) for (let i = 0; i < constants.n; i++) order.push(constants.a[i]);
        f.block[v] = n;
        order.push(v);
      }
      n++;
    }
    if (f.weighted) {
      for (let loop = 0; loop < this.headers.n; loop++)
        if (this.left.a[loop] >= 0) weights[this.number[this.headers.a[loop]]] = this.left.a[loop];
      f.blockWeight = weights;
    }
    blockStart[nb] = order.n;
    paramAt[nb] = params.n;
    f.order = flat(order);
    f.blockStart = blockStart;
    f.blockPos = blockPos;
    f.part = part;
    f.isLoopHeader = isLoopHeader;
    f.paramAt = paramAt;
    f.params = flat(params);
    f.nb = nb;
  }

  /** Place of the first value of block 0 that is no argument. */
  private firstOther(f: Func): number {
    let k = 0;
    while (f.op[f.order[k]] === Op.ARG) k++;
    return k;
  }
}

function doubled(old: Float64Array): Float64Array<ArrayBuffer> {
  const bigger = new Float64Array(old.length * 2);
  bigger.set(old);
  return bigger;
}

function flat(list: IntVec): Int32Array<ArrayBuffer> {
  const a = new Int32Array(list.n);
  a.set(list.a.subarray(0, list.n));
  return a;
}
