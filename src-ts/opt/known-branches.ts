/**
 * Branches whose outcome the branches before have decided go without a test. Checks of one thing stand behind each
 * other where a producer inlines checked accessors: SpiderMonkey's spans are checked when they are made, when they are
 * copied, and at each access, and only since a joined condition is several branches (split-conditions.ts) is it visible
 * that the second check asks for what the first found out.
 *
 * - A branch that has but one outcome at its place (facts.ts) becomes a jump, a select with one outcome its operand.
 * - An edge into a block that does nothing but compute and branch goes on to where that branch will lead, if that is
 *   known on this edge alone (jump threading). No value of the blocks left out may be needed there.
 *
 * O(values + edges) with small factors; a function where nothing is found stays as it is.
 */
import { compactAgain } from '../ir/compact.js';
import { computeDominators } from '../ir/dominators.js';
import type { Func } from '../ir/func.js';
import { EFFECTS, Effect, hasArguments, isConst } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import {
  assumeBranch,
  decide,
  endMeet,
  factBeforeOf,
  factValueOf,
  meet,
  NOWHERE,
  placeElse,
  placeIf,
  standIn,
  startFacts,
  startMeet,
} from './ranges.js';

/** An edge that was led on makes facts more precise: how often to begin anew. */
const MAX_ROUNDS = 2;
/** Facts of the first way that are looked for on the others, and ways that are looked at. */
const MAX_COMMON = 6;
const MAX_WAYS = 4;
/** Blocks that an edge leaves out at most, and blocks that are searched for values of those. */
const MAX_PASSED = 8;
const MAX_REGION = 10;
/** Dominators that are looked at for the one behind the other way. */
const MAX_CLIMB = 30;

const UNDECIDED = -1;

/** By block: what is known at its start; where it branches: on its first and second edge. */
let head = new Int32Array(0);
let headIf = new Int32Array(0);
let headElse = new Int32Array(0);
/** By block: can be reached; ordinal of the only successor of a decided branch, or UNDECIDED. */
let reached = new Uint8Array(0);
let decided = new Int8Array(0);
/** By edge: is never taken. */
let dead = new Uint8Array(0);
/** By edge that is led on: its new target, else -1; where its arguments begin in `ledArgs`. */
let ledTo = new Int32Array(0);
let ledArgAt = new Int32Array(0);
const ledArgs = new IntVec();
/** Pairs: a select, the value that it always is. */
const replaced = new IntVec();
/** By value: first of the uses by instructions and edges of other blocks, or -1; by use: its block, the next one. */
let firstUse = new Int32Array(0);
const useBlock = new IntVec(256);
const nextUse = new IntVec(256);
let usesKnown = false;
/** The blocks that the edge at hand leaves out, in order. */
const passed = new Int32Array(MAX_PASSED);
let nPassed = 0;
/** Parameters with a stand-in; the operands of a value; blocks that are searched. */
const bound = new IntVec(16);
const operands = new IntVec(16);
const region = new IntVec(16);

/** Returns whether anything changed. */
export function knownBranches(f: Func): boolean {
  let changed = false;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    prepare(f);
    const found = learn(f);
    const led = leadOn(f);
    if (!found && !led) break;
    rebuild(f);
    changed = true;
    if (!led) break;
  }
  return changed;
}

function prepare(f: Func): void {
  const { nb, ne, nv } = f;
  if (head.length < nb) {
    const n = nb * 2;
    head = new Int32Array(n);
    headIf = new Int32Array(n);
    headElse = new Int32Array(n);
    reached = new Uint8Array(n);
    decided = new Int8Array(n);
  }
  if (dead.length < ne) {
    dead = new Uint8Array(ne * 2);
    ledTo = new Int32Array(ne * 2);
    ledArgAt = new Int32Array(ne * 2);
  }
  if (firstUse.length < nv) firstUse = new Int32Array(nv * 2);
  dead.fill(0, 0, ne);
  ledTo.fill(-1, 0, ne);
  decided.fill(UNDECIDED, 0, nb);
  ledArgs.clear();
  replaced.clear();
  usesKnown = false;
  startFacts(nv);
}

// ------------------------------------------------------------------ learning

/** Walks over the function and collects facts. Returns whether a branch or a select is decided. */
function learn(f: Func): boolean {
  const { nb, op, a, b: second, c, order, blockStart, succAt, succEdge } = f;
  let found = false;
  head[0] = NOWHERE;
  reached[0] = 1;
  for (let b = 0; b < nb; b++) {
    if (b > 0 && !enter(f, b)) {
      for (let k = succAt[b]; k < succAt[b + 1]; k++) dead[succEdge[k]] = 1;
      found = true;
      continue;
    }
    const end = blockStart[b + 1] - 1;
    for (let k = blockStart[b]; k < end; k++) {
      const v = order[k];
      if (op[v] !== Op.SELECT) continue;
      const known = decide(f, c[v], head[b]);
      if (known < 0) continue;
      replaced.push(v);
      replaced.push(known !== 0 ? a[v] : second[v]);
      found = true;
    }
    const branch = order[end];
    if (op[branch] !== Op.BR_IF) continue;
    const known = decide(f, a[branch], head[b]);
    if (known >= 0) {
      decided[b] = 1 - known;
      dead[succEdge[succAt[b] + known]] = 1;
      found = true;
    } else {
      assumeBranch(f, a[branch], head[b]);
      headIf[b] = placeIf;
      headElse[b] = placeElse;
    }
  }
  return found;
}

/** The place at the end of edge e. */
function placeOf(f: Func, e: number): number {
  const b = f.edgeFrom[e];
  if (decided[b] !== UNDECIDED || f.op[f.order[f.blockStart[b + 1] - 1]] !== Op.BR_IF) return head[b];
  return f.succEdge[f.succAt[b]] === e ? headIf[b] : headElse[b];
}

/** Finds out what holds at the start of block b; false if nothing leads there. */
function enter(f: Func, b: number): boolean {
  const { predAt, predEdge, edgeFrom, idom, isLoopHeader, paramAt, params, argAt, args, block } = f;
  let ways = 0;
  let first = -1;
  for (let k = predAt[b]; k < predAt[b + 1]; k++) {
    const e = predEdge[k];
    if (edgeFrom[e] >= b || dead[e] !== 0) continue;
    if (ways++ === 0) first = e;
  }
  reached[b] = ways > 0 ? 1 : 0;
  if (ways === 0) return false;
  let place = ways === 1 ? placeOf(f, first) : head[idom[b]];
  if (ways > 1 && ways <= MAX_WAYS) {
    // What the first way knows beyond the dominator may hold on all.
    const base = place;
    for (let p = placeOf(f, first), n = 0; p !== base && p >= 0 && n < MAX_COMMON; p = factBeforeOf(p), n++) {
      const v = factValueOf(p);
      if (block[v] > idom[b]) continue;
      startMeet();
      let some = true;
      for (let k = predAt[b]; k < predAt[b + 1] && some; k++) {
        const e = predEdge[k];
        if (edgeFrom[e] < b && dead[e] === 0) some = meet(f, v, placeOf(f, e));
      }
      if (some) place = endMeet(f, v, place);
    }
  }
  if (isLoopHeader[b] === 0 && ways <= MAX_WAYS) {
    for (let j = paramAt[b]; j < paramAt[b + 1]; j++) {
      startMeet();
      let some = true;
      for (let k = predAt[b]; k < predAt[b + 1] && some; k++) {
        const e = predEdge[k];
        if (dead[e] === 0) some = meet(f, args[argAt[e] + j - paramAt[b]], placeOf(f, e));
      }
      if (some) place = endMeet(f, params[j], place);
    }
  }
  head[b] = place;
  return true;
}

// ------------------------------------------------------------------ leading on

/** Leads edges on over blocks whose branch is decided on them. Returns whether there were any. */
function leadOn(f: Func): boolean {
  const { nb, predAt, predEdge, edgeFrom } = f;
  let any = false;
  for (let b = 1; b < nb; b++) {
    if (reached[b] === 0 || !isPassable(f, b)) continue;
    let ways = 0;
    for (let k = predAt[b]; k < predAt[b + 1]; k++) if (dead[predEdge[k]] === 0) ways++;
    if (ways < 2) continue;
    for (let k = predAt[b]; k < predAt[b + 1]; k++) {
      const e = predEdge[k];
      if (dead[e] === 0 && reached[edgeFrom[e]] !== 0 && tryLead(f, e)) any = true;
    }
  }
  return any;
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

/** Leads edge e on if the branches behind it are decided there. */
function tryLead(f: Func, e: number): boolean {
  const { op, a, order, blockStart, succAt, succEdge, edgeTo } = f;
  const place = placeOf(f, e);
  let goal = -1;
  let count = 0;
  nPassed = 0;
  bind(f, e);
  for (let b = edgeTo[e]; nPassed < MAX_PASSED && isPassable(f, b);) {
    passed[nPassed++] = b;
    let edge = succEdge[succAt[b]];
    const branch = order[blockStart[b + 1] - 1];
    if (op[branch] === Op.BR_IF) {
      const known = decided[b] !== UNDECIDED ? 1 - decided[b] : decide(f, a[branch], place);
      if (known < 0) break;
      edge = succEdge[succAt[b] + 1 - known];
      if (decided[b] === UNDECIDED) {
        goal = edge;
        count = nPassed;
      }
    }
    bind(f, edge);
    b = edgeTo[edge];
  }
  const led = goal >= 0 && lead(f, e, goal, count);
  for (let k = 0; k < bound.n; k++) standIn[bound.a[k]] = -1;
  bound.clear();
  return led;
}

/**
 * The parameters behind edge e are its arguments. Not those of a loop, where nothing is passed: an argument may stand
 * for what it had the round before.
 */
function bind(f: Func, e: number): void {
  const { params, paramAt, edgeTo, isLoopHeader, args, argAt } = f;
  if (isLoopHeader[edgeTo[e]] !== 0) return;
  for (let k = argAt[e], j = paramAt[edgeTo[e]]; k < argAt[e + 1]; k++, j++) {
    if (standIn[params[j]] >= 0 || args[k] === params[j]) continue;
    standIn[params[j]] = args[k];
    bound.push(params[j]);
  }
}

/**
 * The first `count` passed blocks are left out by edge e, which goes where edge `goal` does, unless something that they
 * compute is needed there.
 */
function lead(f: Func, e: number, goal: number, count: number): boolean {
  const { op, block, order, blockStart, succAt, succEdge, edgeFrom, edgeTo, argAt, args } = f;
  const from = edgeFrom[e];
  const to = edgeTo[goal];
  // No two edges connect the same blocks.
  for (let k = succAt[from]; k < succAt[from + 1]; k++) {
    const other = succEdge[k];
    if (other !== e && dead[other] === 0 && (ledTo[other] >= 0 ? ledTo[other] : edgeTo[other]) === to) return false;
  }
  nPassed = count;
  const at = ledArgs.n;
  for (let k = argAt[goal]; k < argAt[goal + 1]; k++) {
    let x = args[k];
    while (standIn[x] >= 0) x = standIn[x];
    if (!isConst(op[x]) && isPassed(block[x])) {
      ledArgs.n = at;
      return false;
    }
    ledArgs.push(x);
  }
  if (!usesKnown) findUses(f);
  let stays = true;
  for (let i = 0; i < count && stays; i++) {
    for (let k = blockStart[passed[i]]; k < blockStart[passed[i] + 1] && stays; k++) {
      for (let u = firstUse[order[k]]; u >= 0 && stays; u = nextUse.a[u])
        stays = isPassed(useBlock.a[u]) || isBehindOtherWay(f, useBlock.a[u], to);
    }
  }
  if (!stays && !isFree(f, to)) {
    ledArgs.n = at;
    return false;
  }
  ledTo[e] = to;
  ledArgAt[e] = at;
  noteWay(f, e, goal);
  if (f.weighted) takeWeight(f, e, goal);
  return true;
}

function isPassed(b: number): boolean {
  for (let i = 0; i < nPassed; i++) if (passed[i] === b) return true;
  return false;
}

/** Fills the lists of uses. */
function findUses(f: Func): void {
  const { nv, ne, edgeFrom, argAt, args } = f;
  usesKnown = true;
  useBlock.clear();
  nextUse.clear();
  firstUse.fill(-1, 0, nv);
  for (let b = 0; b < f.nb; b++) {
    for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
      listOperands(f, f.order[k]);
      for (let i = 0; i < operands.n; i++) addUse(f, operands.a[i], b);
    }
  }
  for (let e = 0; e < ne; e++) for (let k = argAt[e]; k < argAt[e + 1]; k++) addUse(f, args[k], edgeFrom[e]);
}

/** Constants are everywhere. */
function addUse(f: Func, x: number, b: number): void {
  if (f.block[x] === b || isConst(f.op[x])) return;
  useBlock.push(b);
  firstUse[x] = nextUse.push(firstUse[x]);
}

/** Block b is reached only by ways out of the passed blocks that the edge at hand does not go, on to block `to`. */
function isBehindOtherWay(f: Func, b: number, to: number): boolean {
  const { idom, succAt, succEdge, edgeTo, predAt } = f;
  for (let n = 0; b > passed[0] && n < MAX_CLIMB; b = idom[b], n++) {
    if (b === to || predAt[b + 1] - predAt[b] !== 1) continue;
    for (let i = 0; i < nPassed; i++) {
      if (i + 1 < nPassed && b === passed[i + 1]) continue;
      for (let k = succAt[passed[i]]; k < succAt[passed[i] + 1]; k++) if (edgeTo[succEdge[k]] === b) return true;
    }
  }
  return false;
}

/** Fills `operands`. */
function listOperands(f: Func, v: number): void {
  const { op, a, b, c, imm, imm2 } = f;
  const pool = f.pool.a;
  const o = op[v];
  operands.clear();
  if (a[v] >= 0) operands.push(a[v]);
  if (b[v] >= 0 && o !== Op.CALL_INDIRECT) operands.push(b[v]);
  if (c[v] >= 0) operands.push(c[v]);
  if (hasArguments(o)) for (let i = imm[v] + 1, end = i + pool[imm[v]]; i < end; i++) operands.push(pool[i]);
  else if (o === Op.RETURN) for (let i = imm[v], end = i + imm2[v]; i < end; i++) operands.push(pool[i]);
}

/** From block b on, until the function ends soon, nothing is used that the passed blocks compute. */
function isFree(f: Func, b: number): boolean {
  const { op, block, order, blockStart, succAt, succEdge, edgeTo, argAt, args } = f;
  region.clear();
  region.push(b);
  for (let i = 0; i < region.n; i++) {
    const r = region.a[i];
    if (isPassed(r)) return false;
    for (let k = blockStart[r]; k < blockStart[r + 1]; k++) {
      if (op[order[k]] === Op.PARAM) continue;
      listOperands(f, order[k]);
      for (let j = 0; j < operands.n; j++) if (isPassed(block[operands.a[j]])) return false;
    }
    for (let k = succAt[r]; k < succAt[r + 1]; k++) {
      const e = succEdge[k];
      for (let j = argAt[e]; j < argAt[e + 1]; j++) if (isPassed(block[args[j]])) return false;
      let known = false;
      for (let j = 0; j < region.n && !known; j++) known = region.a[j] === edgeTo[e];
      if (known) continue;
      if (region.n === MAX_REGION) return false;
      region.push(edgeTo[e]);
    }
  }
  return true;
}

/** Edge e stands for the way over the passed blocks to `goal`. */
function noteWay(f: Func, e: number, goal: number): void {
  const { ways, wayAt, blockPos, part } = f;
  const at = ways.push(0);
  appendWay(f, e);
  for (let i = 0; i < nPassed; i++) {
    ways.push(blockPos[passed[i]]);
    ways.push(part[passed[i]]);
    appendWay(f, i + 1 < nPassed ? edgeBetween(f, passed[i], passed[i + 1]) : goal);
  }
  ways.a[at] = ways.n - at - 1;
  wayAt[e] = at;
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

function edgeBetween({ succAt, succEdge, edgeTo }: Func, from: number, to: number): number {
  let k = succAt[from];
  while (edgeTo[succEdge[k]] !== to) k++;
  return succEdge[k];
}

/** What edge e is executed is taken from the passed blocks and the edges between them up to `goal`. */
function takeWeight(f: Func, e: number, goal: number): void {
  const { blockWeight, edgeWeight } = f;
  const less = (x: number): number => (x < 0 || edgeWeight[e] < 0 ? -1 : Math.max(0, x - edgeWeight[e]));
  for (let i = 0; i < nPassed; i++) {
    blockWeight[passed[i]] = less(blockWeight[passed[i]]);
    const edge = i + 1 < nPassed ? edgeBetween(f, passed[i], passed[i + 1]) : goal;
    edgeWeight[edge] = less(edgeWeight[edge]);
  }
}

// ------------------------------------------------------------------ rebuilding

/** New number of each old block. */
let number = new Int32Array(0);
const newOrder = new IntVec(1024);
const newFrom = new IntVec();
const newWayAt = new IntVec();
const newTo = new IntVec();
const newArgAt = new IntVec();
const newArgs = new IntVec();
const newParamAt = new IntVec();
const newParams = new IntVec();
let newWeight = new Float64Array(0);

/** Takes out what is not reached any more, and what only that needed. */
function rebuild(f: Func): void {
  const { op, a, block, order, blockStart, succAt, succEdge, edgeFrom, paramAt, params, argAt, args } = f;
  const nb = numberBlocks(f);
  if (f.weighted && newWeight.length < f.ne) newWeight = new Float64Array(f.ne * 2);
  for (const list of [newOrder, newWayAt, newFrom, newTo, newArgAt, newArgs, newParamAt, newParams]) list.clear();
  for (let b = 0; b < f.nb; b++) {
    if (reached[b] === 0) {
      for (let k = blockStart[b]; k < blockStart[b + 1]; k++) op[order[k]] = Op.NOP;
      continue;
    }
    for (let k = blockStart[b]; k < blockStart[b + 1]; k++) {
      block[order[k]] = number[b];
      newOrder.push(order[k]);
    }
    newParamAt.push(newParams.n);
    for (let k = paramAt[b]; k < paramAt[b + 1]; k++) newParams.push(params[k]);
    if (decided[b] !== UNDECIDED) {
      const branch = order[blockStart[b + 1] - 1];
      op[branch] = Op.BR;
      a[branch] = -1;
    }
    for (let k = succAt[b]; k < succAt[b + 1]; k++) {
      const e = succEdge[k];
      if (dead[e] !== 0) continue;
      const isLed = ledTo[e] >= 0;
      // The only way on from a branch says which of the two it was.
      if (decided[b] === 1 && f.wayAt[e] < 0) {
        f.wayAt[e] = f.ways.push(1);
        f.ways.push(1);
      }
      newWayAt.push(f.wayAt[e]);
      const to = isLed ? ledTo[e] : f.edgeTo[e];
      if (f.weighted) newWeight[newFrom.n] = f.edgeWeight[e];
      newFrom.push(number[edgeFrom[e]]);
      newTo.push(number[to]);
      newArgAt.push(newArgs.n);
      const from = isLed ? ledArgAt[e] : argAt[e];
      const list = isLed ? ledArgs.a : args;
      for (let i = 0, n = paramAt[to + 1] - paramAt[to]; i < n; i++) newArgs.push(list[from + i]);
    }
  }
  newParamAt.push(newParams.n);
  newArgAt.push(newArgs.n);
  f.edgeFrom = adopt(f.edgeFrom, newFrom);
  f.edgeTo = adopt(f.edgeTo, newTo);
  f.wayAt = adopt(f.wayAt, newWayAt);
  f.nb = nb;
  f.ne = newFrom.n;
  if (f.weighted) {
    const spare = f.edgeWeight;
    f.edgeWeight = newWeight;
    newWeight = spare;
  }
  f.isLoopHeader.fill(0, 0, nb);
  for (let e = 0; e < f.ne; e++) if (f.edgeTo[e] <= f.edgeFrom[e]) f.isLoopHeader[f.edgeTo[e]] = 1;
  compactAgain(f, newParamAt.a, newParams.a, newArgAt.a, newArgs.a, newOrder, replaced);
  const { idom, depth } = computeDominators(f);
  f.idom = idom;
  f.domDepth = depth;
}

/** Finds out what is reached now, numbers it, and moves what is known of blocks. Returns how many there are. */
function numberBlocks(f: Func): number {
  const { nb, succAt, succEdge, edgeTo, blockPos, part, blockWeight } = f;
  if (number.length < nb) number = new Int32Array(nb * 2);
  reached.fill(0, 0, nb);
  reached[0] = 1;
  let n = 0;
  for (let b = 0; b < nb; b++) {
    if (reached[b] === 0) continue;
    for (let k = succAt[b]; k < succAt[b + 1]; k++) {
      const e = succEdge[k];
      if (dead[e] === 0) reached[ledTo[e] >= 0 ? ledTo[e] : edgeTo[e]] = 1;
    }
    number[b] = n;
    blockPos[n] = blockPos[b];
    part[n] = part[b];
    if (f.weighted) blockWeight[n] = blockWeight[b];
    n++;
  }
  return n;
}

function adopt(old: Int32Array<ArrayBuffer>, list: IntVec): Int32Array<ArrayBuffer> {
  const to = old.length < list.n ? new Int32Array(list.n * 2) : old;
  to.set(list.a.subarray(0, list.n));
  return to;
}
