/**
 * Removes branches whose outcome is implied by earlier branches. Producers that inline checked accessors test the same
 * condition repeatedly: SpiderMonkey checks a span when it is made, when it is copied, and at each access. That the
 * second check repeats the first is visible once joined conditions are divided (split-conditions.ts).
 *
 * - A branch with one possible outcome at its program point (branch-ranges.ts) becomes a jump, such a select its operand.
 * - Jump threading: an edge into a block that only computes and branches is redirected to where that branch leads, if
 *   that is known on this edge. No value of the skipped blocks may be used there.
 *
 * O(values + edges) with small factors; a function where nothing is found stays as it is.
 */
import { Compaction } from '../ir/compact.js';
import { Dominators } from '../ir/dominators.js';
import type { Func } from '../ir/func.js';
import { listOperands } from '../ir/operands.js';
import { EFFECTS, Effect, isConst } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { BranchRanges } from './branch-ranges.js';
import { NOWHERE } from './ranges.js';

/** Threading an edge can sharpen facts, so the analysis is repeated at most this many times. */
const MAX_ROUNDS = 2;
/** At a join: facts of the first path that are looked for on the others, and paths that are looked at. */
const MAX_COMMON = 6;
const MAX_WAYS = 4;
/** Blocks that a threaded edge skips at most, and blocks that are searched for uses of their values. */
const MAX_PASSED = 8;
const MAX_REGION = 10;
/** Dominators that are looked at for the one behind the other way. */
const MAX_CLIMB = 30;

const UNDECIDED = -1;

/** The pass, with its arrays: reused from function to function. */
export class KnownBranches {
  /** By block: what is known at its start; where it branches: on its first and second edge. */
  private head = new Int32Array(0);
  private headIf = new Int32Array(0);
  private headElse = new Int32Array(0);
  /** By block: can be reached; ordinal of the only successor of a decided branch, or UNDECIDED. */
  private reached = new Uint8Array(0);
  private decided = new Int8Array(0);
  /** By edge: is never taken. */
  private dead = new Uint8Array(0);
  /** By edge that is threaded on: its new target, else -1; where its arguments begin in `threadedArgs`. */
  private threadedTo = new Int32Array(0);
  private threadedArgAt = new Int32Array(0);
  private readonly threadedArgs = new IntVec();
  /** Pairs: a select, the value that it always is. */
  private readonly replaced = new IntVec();
  /** By value: first of the uses by instructions and edges of other blocks, or -1; by use: its block, the next one. */
  private firstUse = new Int32Array(0);
  private readonly useBlock = new IntVec(256);
  private readonly nextUse = new IntVec(256);
  private usesKnown = false;
  /** The blocks that the edge at hand leaves out, in order. */
  private readonly passed = new Int32Array(MAX_PASSED);
  private nPassed = 0;
  /** Parameters with a stand-in; the operands of a value; blocks that are searched. */
  private readonly bound = new IntVec(16);
  private readonly operands = new IntVec(16);
  private readonly region = new IntVec(16);

  // ------------------------------------------------------------------ rebuilding

  /** New number of each old block. */
  private number = new Int32Array(0);
  private readonly newOrder = new IntVec(1024);
  private readonly newFrom = new IntVec();
  private readonly newWayAt = new IntVec();
  private readonly newTo = new IntVec();
  private readonly newArgAt = new IntVec();
  private readonly newArgs = new IntVec();
  private readonly newParamAt = new IntVec();
  private readonly newParams = new IntVec();
  private newWeight = new Float64Array(0);
  private readonly ranges = new BranchRanges();
  private readonly compaction = new Compaction();
  private readonly dominators = new Dominators();

  /** Returns whether anything changed. */
  run(f: Func): boolean {
    let changed = false;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      this.prepare(f);
      const found = this.learn(f);
      const threaded = this.threadEdges(f);
      if (!found && !threaded) break;
      this.rebuild(f);
      changed = true;
      if (!threaded) break;
    }
    return changed;
  }

  private prepare(f: Func): void {
    const { nb, ne, nv } = f;
    if (this.head.length < nb) {
      const n = nb * 2;
      this.head = new Int32Array(n);
      this.headIf = new Int32Array(n);
      this.headElse = new Int32Array(n);
      this.reached = new Uint8Array(n);
      this.decided = new Int8Array(n);
    }
    if (this.dead.length < ne) {
      this.dead = new Uint8Array(ne * 2);
      this.threadedTo = new Int32Array(ne * 2);
      this.threadedArgAt = new Int32Array(ne * 2);
    }
    if (this.firstUse.length < nv) this.firstUse = new Int32Array(nv * 2);
    this.dead.fill(0, 0, ne);
    this.threadedTo.fill(-1, 0, ne);
    this.decided.fill(UNDECIDED, 0, nb);
    this.threadedArgs.clear();
    this.replaced.clear();
    this.usesKnown = false;
    this.ranges.facts.start(nv);
  }

  // ------------------------------------------------------------------ learning

  /** Walks over the function and collects facts. Returns whether a branch or a select is decided. */
  private learn(f: Func): boolean {
    const { nb, op, a, b: second, c, order, blockStart, succAt, succEdge } = f;
    let found = false;
    this.head[0] = NOWHERE;
    this.reached[0] = 1;
    for (let b = 0; b < nb; b++) {
      if (b > 0 && !this.enter(f, b)) {
        for (let k = succAt[b]; k < succAt[b + 1]; k++) this.dead[succEdge[k]] = 1;
        found = true;
        continue;
      }
      const end = blockStart[b + 1] - 1;
      for (let k = blockStart[b]; k < end; k++) {
        const v = order[k];
        if (op[v] !== Op.SELECT) continue;
        const known = this.ranges.decide(f, c[v], this.head[b]);
        if (known < 0) continue;
        this.replaced.push(v);
        this.replaced.push(known !== 0 ? a[v] : second[v]);
        found = true;
      }
      const branch = order[end];
      if (op[branch] !== Op.BR_IF) continue;
      const known = this.ranges.decide(f, a[branch], this.head[b]);
      if (known >= 0) {
        this.decided[b] = 1 - known;
        this.dead[succEdge[succAt[b] + known]] = 1;
        found = true;
      } else {
        this.ranges.assumeBranch(f, a[branch], this.head[b]);
        this.headIf[b] = this.ranges.placeIf;
        this.headElse[b] = this.ranges.placeElse;
      }
    }
    return found;
  }

  /** The place at the end of edge e. */
  private placeOf(f: Func, e: number): number {
    const b = f.edgeFrom[e];
    if (this.decided[b] !== UNDECIDED || f.op[f.order[f.blockStart[b + 1] - 1]] !== Op.BR_IF) return this.head[b];
    return f.succEdge[f.succAt[b]] === e ? this.headIf[b] : this.headElse[b];
  }

  /** Finds out what holds at the start of block b; false if nothing leads there. */
  private enter(f: Func, b: number): boolean {
    const { predAt, predEdge, edgeFrom, idom, isLoopHeader, paramAt, params, argAt, args, block } = f;
    let ways = 0;
    let first = -1;
    for (let k = predAt[b]; k < predAt[b + 1]; k++) {
      const e = predEdge[k];
      if (edgeFrom[e] >= b || this.dead[e] !== 0) continue;
      if (ways++ === 0) first = e;
    }
    this.reached[b] = ways > 0 ? 1 : 0;
    if (ways === 0) return false;
    let place = ways === 1 ? this.placeOf(f, first) : this.head[idom[b]];
    if (ways > 1 && ways <= MAX_WAYS) {
      // What the first way knows beyond the dominator may hold on all.
      const base = place;
      for (
        let p = this.placeOf(f, first), n = 0;
        p !== base && p >= 0 && n < MAX_COMMON;
        p = this.ranges.facts.before[p], n++
      ) {
        const v = this.ranges.facts.value[p];
        if (block[v] > idom[b]) continue;
        this.ranges.startMeet();
        let some = true;
        for (let k = predAt[b]; k < predAt[b + 1] && some; k++) {
          const e = predEdge[k];
          if (edgeFrom[e] < b && this.dead[e] === 0) some = this.ranges.meet(f, v, this.placeOf(f, e));
        }
        if (some) place = this.ranges.endMeet(f, v, place);
      }
    }
    if (isLoopHeader[b] === 0 && ways <= MAX_WAYS) {
      for (let j = paramAt[b]; j < paramAt[b + 1]; j++) {
        this.ranges.startMeet();
        let some = true;
        for (let k = predAt[b]; k < predAt[b + 1] && some; k++) {
          const e = predEdge[k];
          if (this.dead[e] === 0) some = this.ranges.meet(f, args[argAt[e] + j - paramAt[b]], this.placeOf(f, e));
        }
        if (some) place = this.ranges.endMeet(f, params[j], place);
      }
    }
    this.head[b] = place;
    return true;
  }

  // ------------------------------------------------------------------ jump threading

  /**
   * Jump threading: retargets each edge past blocks whose branch is already decided when entered along that edge. Returns
   * whether there were any.
   */
  private threadEdges(f: Func): boolean {
    const { nb, predAt, predEdge, edgeFrom } = f;
    let any = false;
    for (let b = 1; b < nb; b++) {
      if (this.reached[b] === 0 || !isPassable(f, b)) continue;
      let ways = 0;
      for (let k = predAt[b]; k < predAt[b + 1]; k++) if (this.dead[predEdge[k]] === 0) ways++;
      if (ways < 2) continue;
      for (let k = predAt[b]; k < predAt[b + 1]; k++) {
        const e = predEdge[k];
        if (this.dead[e] === 0 && this.reached[edgeFrom[e]] !== 0 && this.tryThread(f, e)) any = true;
      }
    }
    return any;
  }

  /** Threads edge e past the branches after it that are decided along it. */
  private tryThread(f: Func, e: number): boolean {
    const { op, a, order, blockStart, succAt, succEdge, edgeTo } = f;
    const place = this.placeOf(f, e);
    let goal = -1;
    let count = 0;
    this.nPassed = 0;
    this.bind(f, e);
    for (let b = edgeTo[e]; this.nPassed < MAX_PASSED && isPassable(f, b);) {
      this.passed[this.nPassed++] = b;
      let edge = succEdge[succAt[b]];
      const branch = order[blockStart[b + 1] - 1];
      if (op[branch] === Op.BR_IF) {
        const known = this.decided[b] !== UNDECIDED ? 1 - this.decided[b] : this.ranges.decide(f, a[branch], place);
        if (known < 0) break;
        edge = succEdge[succAt[b] + 1 - known];
        if (this.decided[b] === UNDECIDED) {
          goal = edge;
          count = this.nPassed;
        }
      }
      this.bind(f, edge);
      b = edgeTo[edge];
    }
    const threaded = goal >= 0 && this.threadTo(f, e, goal, count);
    for (let k = 0; k < this.bound.n; k++) this.ranges.facts.standIn[this.bound.a[k]] = -1;
    this.bound.clear();
    return threaded;
  }

  /**
   * Along edge e the target's parameters are its arguments. Not those of a loop header, which is never skipped: an
   * argument may be the parameter's value in the iteration before.
   */
  private bind(f: Func, e: number): void {
    const { params, paramAt, edgeTo, isLoopHeader, args, argAt } = f;
    if (isLoopHeader[edgeTo[e]] !== 0) return;
    for (let k = argAt[e], j = paramAt[edgeTo[e]]; k < argAt[e + 1]; k++, j++) {
      if (this.ranges.facts.standIn[params[j]] >= 0 || args[k] === params[j]) continue;
      this.ranges.facts.standIn[params[j]] = args[k];
      this.bound.push(params[j]);
    }
  }

  /**
   * The first `count` passed blocks are left out by edge e, which goes where edge `goal` does, unless something that they
   * compute is needed there.
   */
  private threadTo(f: Func, e: number, goal: number, count: number): boolean {
    const { op, block, order, blockStart, succAt, succEdge, edgeFrom, edgeTo, argAt, args } = f;
    const from = edgeFrom[e];
    const to = edgeTo[goal];
    // No two edges connect the same blocks.
    for (let k = succAt[from]; k < succAt[from + 1]; k++) {
      const other = succEdge[k];
      if (
        other !== e &&
        this.dead[other] === 0 &&
        (this.threadedTo[other] >= 0 ? this.threadedTo[other] : edgeTo[other]) === to
      )
        return false;
    }
    this.nPassed = count;
    const at = this.threadedArgs.n;
    for (let k = argAt[goal]; k < argAt[goal + 1]; k++) {
      let x = args[k];
      while (this.ranges.facts.standIn[x] >= 0) x = this.ranges.facts.standIn[x];
      if (!isConst(op[x]) && this.isPassed(block[x])) {
        this.threadedArgs.n = at;
        return false;
      }
      this.threadedArgs.push(x);
    }
    if (!this.usesKnown) this.findUses(f);
    let stays = true;
    for (let i = 0; i < count && stays; i++) {
      for (let k = blockStart[this.passed[i]]; k < blockStart[this.passed[i] + 1] && stays; k++) {
        for (let u = this.firstUse[order[k]]; u >= 0 && stays; u = this.nextUse.a[u])
          stays = this.isPassed(this.useBlock.a[u]) || this.isBehindOtherWay(f, this.useBlock.a[u], to);
      }
    }
    if (!stays && !this.isFree(f, to)) {
      this.threadedArgs.n = at;
      return false;
    }
    this.threadedTo[e] = to;
    this.threadedArgAt[e] = at;
    this.noteWay(f, e, goal);
    if (f.weighted) this.takeWeight(f, e, goal);
    return true;
  }

  private isPassed(b: number): boolean {
    for (let i = 0; i < this.nPassed; i++) if (this.passed[i] === b) return true;
    return false;
  }

  /** Fills the lists of uses. */
  private findUses(f: Func): void {
    const { nv, ne, edgeFrom, argAt, args } = f;
    this.usesKnown = true;
    this.useBlock.clear();
    this.nextUse.clear();
    this.firstUse.fill(-1, 0, nv);
    for (let b = 0; b < f.nb; b++) {
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        listOperands(f, f.order[k], this.operands);
        for (let i = 0; i < this.operands.n; i++) this.addUse(f, this.operands.a[i], b);
      }
    }
    for (let e = 0; e < ne; e++) for (let k = argAt[e]; k < argAt[e + 1]; k++) this.addUse(f, args[k], edgeFrom[e]);
  }

  /** Records a use. Constants are available in every block, so their uses are not recorded. */
  private addUse(f: Func, x: number, b: number): void {
    if (f.block[x] === b || isConst(f.op[x])) return;
    this.useBlock.push(b);
    this.firstUse[x] = this.nextUse.push(this.firstUse[x]);
  }

  /** Block b is reached only by ways out of the passed blocks that the edge at hand does not go, on to block `to`. */
  private isBehindOtherWay(f: Func, b: number, to: number): boolean {
    const { idom, succAt, succEdge, edgeTo, predAt } = f;
    for (let n = 0; b > this.passed[0] && n < MAX_CLIMB; b = idom[b], n++) {
      if (b === to || predAt[b + 1] - predAt[b] !== 1) continue;
      for (let i = 0; i < this.nPassed; i++) {
        if (i + 1 < this.nPassed && b === this.passed[i + 1]) continue;
        for (let k = succAt[this.passed[i]]; k < succAt[this.passed[i] + 1]; k++)
          if (edgeTo[succEdge[k]] === b) return true;
      }
    }
    return false;
  }

  /** From block b on, until the function ends soon, nothing is used that the passed blocks compute. */
  private isFree(f: Func, b: number): boolean {
    const { op, block, order, blockStart, succAt, succEdge, edgeTo, argAt, args } = f;
    this.region.clear();
    this.region.push(b);
    for (let i = 0; i < this.region.n; i++) {
      const r = this.region.a[i];
      if (this.isPassed(r)) return false;
      for (let k = blockStart[r]; k < blockStart[r + 1]; k++) {
        if (op[order[k]] === Op.PARAM) continue;
        listOperands(f, order[k], this.operands);
        for (let j = 0; j < this.operands.n; j++) if (this.isPassed(block[this.operands.a[j]])) return false;
      }
      for (let k = succAt[r]; k < succAt[r + 1]; k++) {
        const e = succEdge[k];
        for (let j = argAt[e]; j < argAt[e + 1]; j++) if (this.isPassed(block[args[j]])) return false;
        let known = false;
        for (let j = 0; j < this.region.n && !known; j++) known = this.region.a[j] === edgeTo[e];
        if (known) continue;
        if (this.region.n === MAX_REGION) return false;
        this.region.push(edgeTo[e]);
      }
    }
    return true;
  }

  /** Edge e stands for the way over the passed blocks to `goal`. */
  private noteWay(f: Func, e: number, goal: number): void {
    const { ways, wayAt, blockPos, part } = f;
    const at = ways.push(0);
    appendWay(f, e);
    for (let i = 0; i < this.nPassed; i++) {
      ways.push(blockPos[this.passed[i]]);
      ways.push(part[this.passed[i]]);
      appendWay(f, i + 1 < this.nPassed ? edgeBetween(f, this.passed[i], this.passed[i + 1]) : goal);
    }
    ways.a[at] = ways.n - at - 1;
    wayAt[e] = at;
  }

  /** What edge e is executed is taken from the passed blocks and the edges between them up to `goal`. */
  private takeWeight(f: Func, e: number, goal: number): void {
    const { blockWeight, edgeWeight } = f;
    const taken = edgeWeight[e];
    for (let i = 0; i < this.nPassed; i++) {
      blockWeight[this.passed[i]] = less(blockWeight[this.passed[i]], taken);
      const edge = i + 1 < this.nPassed ? edgeBetween(f, this.passed[i], this.passed[i + 1]) : goal;
      edgeWeight[edge] = less(edgeWeight[edge], taken);
    }
  }

  /** Takes out what is not reached any more, and what only that needed. */
  private rebuild(f: Func): void {
    const { op, a, block, order, blockStart, succAt, succEdge, edgeFrom, paramAt, params, argAt, args } = f;
    const nb = this.numberBlocks(f);
    if (f.weighted && this.newWeight.length < f.ne) this.newWeight = new Float64Array(f.ne * 2);
    for (const list of [
      this.newOrder,
      this.newWayAt,
      this.newFrom,
      this.newTo,
      this.newArgAt,
      this.newArgs,
      this.newParamAt,
      this.newParams,
    ])
      list.clear();
    for (let b = 0; b < f.nb; b++) {
      if (this.reached[b] === 0) {
        for (let k = blockStart[b]; k < blockStart[b + 1]; k++) op[order[k]] = Op.NOP;
        continue;
      }
      for (let k = blockStart[b]; k < blockStart[b + 1]; k++) {
        block[order[k]] = this.number[b];
        this.newOrder.push(order[k]);
      }
      this.newParamAt.push(this.newParams.n);
      for (let k = paramAt[b]; k < paramAt[b + 1]; k++) this.newParams.push(params[k]);
      if (this.decided[b] !== UNDECIDED) {
        const branch = order[blockStart[b + 1] - 1];
        op[branch] = Op.BR;
        a[branch] = -1;
      }
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const e = succEdge[k];
        if (this.dead[e] !== 0) continue;
        const isThreaded = this.threadedTo[e] >= 0;
        // The only way on from a branch says which of the two it was.
        if (this.decided[b] === 1 && f.wayAt[e] < 0) {
          f.wayAt[e] = f.ways.push(1);
          f.ways.push(1);
        }
        this.newWayAt.push(f.wayAt[e]);
        const to = isThreaded ? this.threadedTo[e] : f.edgeTo[e];
        if (f.weighted) this.newWeight[this.newFrom.n] = f.edgeWeight[e];
        this.newFrom.push(this.number[edgeFrom[e]]);
        this.newTo.push(this.number[to]);
        this.newArgAt.push(this.newArgs.n);
        const from = isThreaded ? this.threadedArgAt[e] : argAt[e];
        const list = isThreaded ? this.threadedArgs.a : args;
        for (let i = 0, n = paramAt[to + 1] - paramAt[to]; i < n; i++) this.newArgs.push(list[from + i]);
      }
    }
    this.newParamAt.push(this.newParams.n);
    this.newArgAt.push(this.newArgs.n);
    f.edgeFrom = adopt(f.edgeFrom, this.newFrom);
    f.edgeTo = adopt(f.edgeTo, this.newTo);
    f.wayAt = adopt(f.wayAt, this.newWayAt);
    f.nb = nb;
    f.ne = this.newFrom.n;
    if (f.weighted) {
      const spare = f.edgeWeight;
      f.edgeWeight = this.newWeight;
      this.newWeight = spare;
    }
    f.isLoopHeader.fill(0, 0, nb);
    for (let e = 0; e < f.ne; e++) if (f.edgeTo[e] <= f.edgeFrom[e]) f.isLoopHeader[f.edgeTo[e]] = 1;
    this.compaction.compactAgain(
      f,
      this.newParamAt.a,
      this.newParams.a,
      this.newArgAt.a,
      this.newArgs.a,
      this.newOrder,
      this.replaced,
    );
    this.dominators.run(f);
  }

  /** Finds out what is reached now, numbers it, and moves what is known of blocks. Returns how many there are. */
  private numberBlocks(f: Func): number {
    const { nb, succAt, succEdge, edgeTo, blockPos, part, blockWeight } = f;
    if (this.number.length < nb) this.number = new Int32Array(nb * 2);
    this.reached.fill(0, 0, nb);
    this.reached[0] = 1;
    let n = 0;
    for (let b = 0; b < nb; b++) {
      if (this.reached[b] === 0) continue;
      for (let k = succAt[b]; k < succAt[b + 1]; k++) {
        const e = succEdge[k];
        if (this.dead[e] === 0) this.reached[this.threadedTo[e] >= 0 ? this.threadedTo[e] : edgeTo[e]] = 1;
      }
      this.number[b] = n;
      blockPos[n] = blockPos[b];
      part[n] = part[b];
      if (f.weighted) blockWeight[n] = blockWeight[b];
      n++;
    }
    return n;
  }
}

/** Block b only computes and branches. */
function isPassable(f: Func, b: number): boolean {
  const { op, order, blockStart, isLoopHeader } = f;
  if (isLoopHeader[b] !== 0) return false;
  const end = blockStart[b + 1] - 1;
  const last = op[order[end]];
  if (last !== Op.BR && last !== Op.BR_IF) return false;
  for (let k = blockStart[b]; k < end; k++) {
    const o = op[order[k]];
    if (o !== Op.PARAM && EFFECTS[o] !== Effect.NONE) return false;
  }
  return true;
}

/** Appends what edge e stands for, at least its ordinal. */
function appendWay(f: Func, e: number): void {
  const { ways, wayAt, succAt, succEdge, edgeFrom } = f;
  if (wayAt[e] < 0) {
    ways.push(succEdge[succAt[edgeFrom[e]]] === e ? 0 : 1);
    return;
  }
  for (let k = wayAt[e] + 1, end = k + ways.a[wayAt[e]]; k < end; k++) ways.push(ways.a[k]);
}

/** A number of executions less others, as far as they are known. */
const less = (x: number, taken: number): number => (x < 0 || taken < 0 ? -1 : Math.max(0, x - taken));

function edgeBetween({ succAt, succEdge, edgeTo }: Func, from: number, to: number): number {
  let k = succAt[from];
  while (edgeTo[succEdge[k]] !== to) k++;
  return succEdge[k];
}

function adopt(old: Int32Array<ArrayBuffer>, list: IntVec): Int32Array<ArrayBuffer> {
  const to = old.length < list.n ? new Int32Array(list.n * 2) : old;
  to.set(list.a.subarray(0, list.n));
  return to;
}
