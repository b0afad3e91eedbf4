/**
 * A branch on several conditions becomes several branches. LLVM joins cheap conditions with `and`, `or` and `select`;
 * but a joined condition is a byte in a register for each part, where a part that branches by itself is one compare,
 * and the part that decides leaves the others undone. SpiderMonkey's checked spans (`pointer ? extent == -1 : extent !=
 * 0`, before each access) are eleven instructions joined and four split.
 *
 * The tests after the first get blocks of their own, right behind the block that branched. Comparisons move there (or
 * are copied, if somebody else uses them too) with what only they use. O(values + edges) for functions that have such a
 * branch, O(blocks) for others.
 */
import { linkEdges } from '../ir/compact.js';
import { computeDominators } from '../ir/dominators.js';
import type { Func } from '../ir/func.js';
import { Effect, EFFECTS, hasArguments, isConst } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { partRow } from '../ir/profile.js';

/** Conditions of more tests stay joined. */
const MAX_TESTS = 6;
/** How far up nested conditions are looked at, and operands move along with a comparison. */
const DEPTH = 4;

/** Where a test goes on: to a successor of the old branch, or to a test (≥ 0). */
const TAKEN = -1;
const OTHERWISE = -2;

/** The tests of the condition at hand, last first: value, where to if it is not zero, where to if it is. */
const tests = new IntVec();
/** The operations that join them. */
const joints = new IntVec();
/** All splits in order of blocks: block, number of tests, then three words for each test, first to last. */
const plans = new IntVec(256);
let uses = new Int32Array(0);
/** By value: nobody needs it any more. */
let dead = new Uint8Array(0);

/** Returns whether there was anything to split. */
export function splitConditions(f: Func): boolean {
  plans.clear();
  marks = 0;
  let added = 0;
  for (let b = 0; b < f.nb; b++) {
    const branch = f.order[f.blockStart[b + 1] - 1];
    if (f.op[branch] !== Op.BR_IF || !isJoined(f, belowNegations(f, f.a[branch]))) continue;
    if (plans.n === 0) countUses(f);
    added += plan(f, b, f.a[branch]);
  }
  if (plans.n === 0) return false;
  rebuild(f, f.nb + added);
  return true;
}

// ------------------------------------------------------------------ finding

const isComparison = (op: number): boolean => op >= Op.I32_EQZ && op <= Op.F64_GE;

/** x is 0 or 1. */
function isBoolean(f: Func, x: number, depth = DEPTH): boolean {
  const { op, a, b } = f;
  const o = op[x];
  if (isComparison(o)) return true;
  if (o === Op.I32_CONST) return f.imm[x] >>> 0 <= 1;
  if (depth === 0) return false;
  if (o === Op.I32_AND) return isBoolean(f, a[x], depth - 1) || isBoolean(f, b[x], depth - 1);
  return (o === Op.I32_OR || o === Op.SELECT) && isBoolean(f, a[x], depth - 1) && isBoolean(f, b[x], depth - 1);
}

/**
 * x joins conditions. The one that is tested first must not be a constant, which has no test; compaction leaves such
 * operations when it finds out that a loop changes nothing about a local.
 */
function isJoined(f: Func, x: number): boolean {
  const { op, a, b, c } = f;
  const o = op[x];
  if (o === Op.I32_AND || o === Op.I32_OR)
    return op[a[x]] !== Op.I32_CONST && op[b[x]] !== Op.I32_CONST && isBoolean(f, a[x]) && isBoolean(f, b[x]);
  return (
    o === Op.SELECT &&
    op[c[x]] !== Op.I32_CONST &&
    (op[a[x]] !== Op.I32_CONST || op[b[x]] !== Op.I32_CONST) &&
    isBoolean(f, a[x]) &&
    isBoolean(f, b[x])
  );
}

/** 1 where x is zero if and only if its operand a is not, 0 where if and only if a is; else -1. */
function negation(f: Func, x: number): number {
  const { op, a, b, imm } = f;
  const o = op[x];
  if (o === Op.I32_EQZ) return 1;
  if ((o !== Op.I32_EQ && o !== Op.I32_NE) || op[b[x]] !== Op.I32_CONST) return -1;
  const isEqual = o === Op.I32_EQ ? 1 : 0;
  if (imm[b[x]] === 0) return isEqual;
  return imm[b[x]] === 1 && isBoolean(f, a[x]) ? 1 - isEqual : -1;
}

function belowNegations(f: Func, x: number): number {
  while (negation(f, x) >= 0) x = f.a[x];
  return x;
}

/** Plans the split of the condition x of block b. Returns the number of new blocks; 0 if it stays. */
function plan(f: Func, b: number, x: number): number {
  tests.clear();
  joints.clear();
  addTests(f, x, TAKEN, OTHERWISE);
  const n = tests.n / 3;
  if (n < 2 || n > MAX_TESTS) return 0;
  const t = tests.a;
  for (let k = 0; k < tests.n; k += 3) if (t[k + 1] === t[k + 2]) return 0;
  for (let k = 0; k < joints.n; k++) dead[joints.a[k]] = 1;
  plans.push(b);
  plans.push(n);
  for (let k = tests.n - 3; k >= 0; k -= 3) {
    plans.push(t[k]);
    for (let j = k + 1; j <= k + 2; j++) plans.push(t[j] < 0 ? t[j] : n - 1 - t[j]);
  }
  moveTests(f, plans.n - 2 - 3 * n);
  return n - 1;
}

/**
 * Appends the tests that lead to `yes` if x is not zero and to `no` if it is, later ones first. Returns where they
 * begin. Each of the `depth` conditions around x has a test of its own, so beyond MAX_TESTS of them nothing is split
 * and x need not be taken apart: chains of thousands of conditions are ordinary in generated code.
 */
function addTests(f: Func, x: number, yes: number, no: number, depth = 0): number {
  const { op, a, b, c } = f;
  if (op[x] === Op.I32_CONST) return f.imm[x] !== 0 ? yes : no;
  let y = x;
  let swap = 0;
  let own = uses[x] === 1;
  for (let k = negation(f, y); k >= 0; k = negation(f, y)) {
    y = a[y];
    swap ^= k;
    if (uses[y] !== 1) own = false;
  }
  if (!own || depth === MAX_TESTS || !isJoined(f, y)) {
    tests.push(x);
    tests.push(yes);
    tests.push(no);
    return tests.n / 3 - 1;
  }
  for (let v = x; v !== y; v = a[v]) joints.push(v);
  joints.push(y);
  if (swap !== 0) {
    const t = yes;
    yes = no;
    no = t;
  }
  const next = depth + 1;
  if (op[y] === Op.I32_AND) return addTests(f, a[y], addTests(f, b[y], yes, no, next), no, next);
  if (op[y] === Op.I32_OR) return addTests(f, a[y], yes, addTests(f, b[y], yes, no, next), next);
  const otherwise = addTests(f, b[y], yes, no, next);
  return addTests(f, c[y], addTests(f, a[y], yes, no, next), otherwise, next);
}

function countUses(f: Func): void {
  const { op, a, b, c, imm, imm2, nv } = f;
  const pool = f.pool.a;
  if (uses.length < nv) {
    uses = new Int32Array(nv * 2);
    dead = new Uint8Array(nv * 2);
  }
  uses.fill(0, 0, nv);
  dead.fill(0, 0, nv);
  for (let k = 0, n = f.blockStart[f.nb]; k < n; k++) {
    const v = f.order[k];
    const o = op[v];
    if (a[v] >= 0) uses[a[v]]++;
    if (b[v] >= 0 && o !== Op.CALL_INDIRECT) uses[b[v]]++;
    if (c[v] >= 0) uses[c[v]]++;
    if (hasArguments(o)) for (let i = imm[v] + 1, e = i + pool[imm[v]]; i < e; i++) uses[pool[i]]++;
    else if (o === Op.RETURN) for (let i = imm[v], e = i + imm2[v]; i < e; i++) uses[pool[i]]++;
  }
  for (let k = 0, n = f.argAt[f.ne]; k < n; k++) uses[f.args[k]]++;
}

// ------------------------------------------------------------------ moving

/** Block of a value that goes to a new one: these count down from here, one a test. */
const MOVED = -2;
let marks = 0;

/** The tests of the plan at `at` after the first get their comparisons. */
function moveTests(f: Func, at: number): void {
  const p = plans.a;
  const b = p[at];
  for (let k = at + 5, end = at + 2 + 3 * p[at + 1]; k < end; k += 3) {
    const x = p[k];
    const mark = MOVED - marks++;
    if (uses[x] === 1 && f.block[x] === b) move(f, x, b, mark, DEPTH);
    else if (isComparison(f.op[x])) {
      if (--uses[x] === 0) dead[x] = 1;
      p[k] = copy(f, x, mark);
    }
  }
}

/** Marks x and the operands that only it uses, as far as they are block b's and can move. */
function move(f: Func, x: number, b: number, mark: number, depth: number): void {
  const o = f.op[x];
  if (uses[x] !== 1 || f.block[x] !== b || EFFECTS[o] !== Effect.NONE || isConst(o)) return;
  f.block[x] = mark;
  if (depth === 0) return;
  if (f.a[x] >= 0) move(f, f.a[x], b, mark, depth - 1);
  if (f.b[x] >= 0) move(f, f.b[x], b, mark, depth - 1);
  if (f.c[x] >= 0) move(f, f.c[x], b, mark, depth - 1);
}

function copy(f: Func, x: number, block: number): number {
  const v = append(f, f.op[x], f.type[x], f.a[x], f.pos[x], block);
  f.b[v] = f.b[x];
  if (f.a[x] >= 0) uses[f.a[x]]++;
  if (f.b[x] >= 0) uses[f.b[x]]++;
  return v;
}

function append(f: Func, op: number, type: number, a: number, pos: number, block: number): number {
  const v = f.nv++;
  if (v === f.op.length) f.growValues(v + 1);
  f.op[v] = op;
  f.type[v] = type;
  f.a[v] = a;
  f.b[v] = -1;
  f.c[v] = -1;
  f.imm[v] = 0;
  f.imm2[v] = 0;
  f.pos[v] = pos;
  f.block[v] = block;
  return v;
}

// ------------------------------------------------------------------ rebuilding

/** New number of each old block. */
let number = new Int32Array(0);
const order = new IntVec(1024);
const blockStart = new IntVec();
/** By new block: its first edge. */
const firstEdge = new IntVec();
const edgeFrom = new IntVec();
const edgeTo = new IntVec();
const argAt = new IntVec();
const args = new IntVec();
/** By new edge: the old one that it stands for, or -1; by old edge: how many stand for it. */
const oldEdge = new IntVec();
let heirs = new Int32Array(0);
/** Weights by new block and edge. */
let blockWeight = new Float64Array(0);
let edgeWeight = new Float64Array(0);

/** Puts the new blocks in: `nb` in all. */
function rebuild(f: Func, nb: number): void {
  if (number.length < f.nb) number = new Int32Array(f.nb * 2);
  for (let b = 0, p = 0, n = 0; b < f.nb; b++) {
    number[b] = n++;
    if (p < plans.n && plans.a[p] === b) {
      n += plans.a[p + 1] - 1;
      p += 2 + 3 * plans.a[p + 1];
    }
  }
  for (const list of [order, blockStart, firstEdge, edgeFrom, edgeTo, argAt, args, oldEdge]) list.clear();
  for (let b = 0, p = 0; b < f.nb; b++) {
    blockStart.push(order.n);
    firstEdge.push(edgeFrom.n);
    for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
      const v = f.order[k];
      if (dead[v] !== 0 || f.block[v] <= MOVED) continue;
      f.block[v] = number[b];
      order.push(v);
    }
    if (p < plans.n && plans.a[p] === b) p = addBlocks(f, b, p);
    else
      for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++)
        addEdge(f, number[b], number[f.edgeTo[f.succEdge[k]]], f.succEdge[k]);
  }
  blockStart.push(order.n);
  argAt.push(args.n);
  if (f.weighted) moveWeights(f, nb);
  renumberBlocks(f, nb);
  f.order = adopt(f.order, order);
  f.blockStart = adopt(f.blockStart, blockStart);
  f.edgeFrom = adopt(f.edgeFrom, edgeFrom);
  f.edgeTo = adopt(f.edgeTo, edgeTo);
  f.argAt = adopt(f.argAt, argAt);
  f.args = adopt(f.args, args);
  f.nb = nb;
  f.ne = edgeFrom.n;
  if (f.wayAt.length < f.ne) f.wayAt = new Int32Array(f.ne * 2);
  f.wayAt.fill(-1, 0, f.ne);
  linkEdges(f);
  const { idom, depth } = computeDominators(f);
  f.idom = idom;
  f.domDepth = depth;
}

/** The branch of block b becomes the tests of the plan at p. Returns where the next plan is. */
function addBlocks(f: Func, b: number, p: number): number {
  const branch = order.a[order.n - 1];
  const count = plans.a[p + 1];
  let at = p + 2;
  for (let k = 0; k < count; k++, at += 3) {
    const n = number[b] + k;
    const x = plans.a[at];
    if (k === 0) f.a[branch] = x;
    else {
      blockStart.push(order.n);
      firstEdge.push(edgeFrom.n);
      if (f.block[x] <= MOVED) place(f, x, f.block[x], n);
      order.push(append(f, Op.BR_IF, 0, x, f.pos[branch], n));
    }
    for (let j = at + 1; j <= at + 2; j++) {
      const to = plans.a[j];
      const old = f.succEdge[f.succAt[b] + (to === TAKEN ? 0 : 1)];
      if (to >= 0) addEdge(f, n, number[b] + to, -1);
      else addEdge(f, n, number[f.edgeTo[old]], old);
    }
  }
  return at;
}

/** Appends x after its operands that have the same mark. */
function place(f: Func, x: number, mark: number, block: number): void {
  if (x < 0 || f.block[x] !== mark) return;
  place(f, f.a[x], mark, block);
  place(f, f.b[x], mark, block);
  place(f, f.c[x], mark, block);
  f.block[x] = block;
  order.push(x);
}

/** An edge with the arguments of the old edge, if there is one. */
function addEdge(f: Func, from: number, to: number, old: number): void {
  edgeFrom.push(from);
  edgeTo.push(to);
  argAt.push(args.n);
  oldEdge.push(old);
  if (old < 0) return;
  for (let k = f.argAt[old]; k < f.argAt[old + 1]; k++) args.push(f.args[k]);
}

/**
 * Weights from a profile: blocks keep theirs, edges where one new edge stands for an old one. Of the parts the profile
 * knows how often they were executed and what they decided, if it has seen them.
 */
function moveWeights(f: Func, nb: number): void {
  const ne = oldEdge.n;
  if (heirs.length < f.ne) heirs = new Int32Array(f.ne * 2);
  heirs.fill(0, 0, f.ne);
  for (let e = 0; e < ne; e++) if (oldEdge.a[e] >= 0) heirs[oldEdge.a[e]]++;
  if (blockWeight.length < nb) blockWeight = new Float64Array(nb * 2);
  if (edgeWeight.length < ne) edgeWeight = new Float64Array(ne * 2);
  blockWeight.fill(-1, 0, nb);
  for (let b = 0; b < f.nb; b++) blockWeight[number[b]] = f.blockWeight[b];
  for (let e = 0; e < ne; e++) {
    const old = oldEdge.a[e];
    edgeWeight[e] = old >= 0 && heirs[old] === 1 ? f.edgeWeight[old] : -1;
  }
  for (let p = 0; p < plans.n; p += 2 + 3 * plans.a[p + 1]) weighParts(f, plans.a[p], plans.a[p + 1]);
  const { blockWeight: spareBlocks, edgeWeight: spareEdges } = f;
  f.blockWeight = blockWeight;
  f.edgeWeight = edgeWeight;
  blockWeight = spareBlocks;
  edgeWeight = spareEdges;
}

/** Weights of the `count` parts of block b. */
function weighParts(f: Func, b: number, count: number): void {
  const { partKeys, partCount, partTaken } = f;
  const row = f.partRow[b];
  if (row < 0) return;
  const scale = f.partScale[b];
  for (let k = 0; k < count; k++) {
    const r = partRow(partKeys, row, k);
    if (r < 0) continue;
    const n = number[b] + k;
    if (k > 0) blockWeight[n] = scale * partCount[r];
    const e = firstEdge.a[n];
    edgeWeight[e] = scale * partTaken[r];
    edgeWeight[e + 1] = scale * (partCount[r] - partTaken[r]);
  }
}

/**
 * What is known of blocks moves to their new numbers, from the last on; new ones are parts of them and have no
 * parameters.
 */
function renumberBlocks(f: Func, nb: number): void {
  if (f.blockPos.length < nb) f.blockPos = grown(f.blockPos, nb);
  if (f.isLoopHeader.length < nb) {
    const bigger = new Uint8Array(nb * 2);
    bigger.set(f.isLoopHeader);
    f.isLoopHeader = bigger;
  }
  if (f.part.length < nb) f.part = new Uint8Array(nb * 2);
  if (f.paramAt.length < nb + 1) f.paramAt = grown(f.paramAt, nb + 1);
  const { blockPos, isLoopHeader, part, paramAt } = f;
  part.fill(0, 0, nb);
  for (let b = f.nb - 1, end = nb; b >= 0; b--) {
    const n = number[b];
    const isHeader = isLoopHeader[b];
    const params = paramAt[b];
    const paramsEnd = paramAt[b + 1];
    const at = blockPos[b];
    paramAt[end] = paramsEnd;
    for (let k = end - 1; k > n; k--) {
      blockPos[k] = at;
      isLoopHeader[k] = 0;
      part[k] = k - n;
      paramAt[k] = paramsEnd;
    }
    blockPos[n] = at;
    isLoopHeader[n] = isHeader;
    paramAt[n] = params;
    end = n;
  }
}

function grown(old: Int32Array, n: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(n * 2);
  bigger.set(old);
  return bigger;
}

function adopt(old: Int32Array<ArrayBuffer>, list: IntVec): Int32Array<ArrayBuffer> {
  const to = old.length < list.n ? new Int32Array(list.n * 2) : old;
  to.set(list.a.subarray(0, list.n));
  return to;
}
