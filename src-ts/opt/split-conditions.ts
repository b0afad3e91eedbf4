/**
 * Divides a branch on joined conditions into several branches. LLVM joins cheap conditions with `and`, `or` and
 * `select`. A joined condition materialises every part as a byte; branching on each part costs one compare and skips
 * the rest once the outcome is known. SpiderMonkey's checked spans (`pointer ? extent == -1 : extent != 0`, before each
 * access) take eleven instructions joined and four divided.
 *
 * The tests after the first get blocks of their own, directly after the block that branched. Comparisons move there, or
 * are copied if they have other uses, with the operands that only they use. O(values + edges) for functions that have
 * such a branch, O(blocks) for others.
 */
import { linkEdges } from '../ir/compact.js';
import { Dominators } from '../ir/dominators.js';
import type { Func } from '../ir/func.js';
import { listOperands } from '../ir/operands.js';
import { Effect, EFFECTS, isConst } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { partRow } from '../ir/profile.js';
import { Hint } from '../wasm/branch-hints.js';

/** Conditions of more tests stay joined. */
const MAX_TESTS = 6;
/** How many levels of nested conditions are followed, and of operands that move with a comparison. */
const DEPTH = 4;

/** Where a test leads: to a successor of the old branch, or to another test (≥ 0). */
const TAKEN = -1;
const OTHERWISE = -2;

// ------------------------------------------------------------------ finding

const isComparison = (op: number): boolean => op >= Op.I32_EQZ && op <= Op.F64_GE;

// ------------------------------------------------------------------ moving

/** Block of a value that goes to a new one: these count down from here, one a test. */
const MOVED = -2;

/** The pass, with its arrays: reused from function to function. */
export class SplitConditions {
  /** The tests of the condition at hand, last first: value, where to if it is not zero, where to if it is. */
  private readonly tests = new IntVec();
  /** The operations that join them. */
  private readonly joints = new IntVec();
  /** All splits in order of blocks: block, number of tests, then three words for each test, first to last. */
  private readonly plans = new IntVec(256);
  private readonly operands = new IntVec(16);
  private uses = new Int32Array(0);
  /** By value: it has no uses any more. */
  private dead = new Uint8Array(0);
  private marks = 0;

  // ------------------------------------------------------------------ rebuilding

  /** New number of each old block. */
  private number = new Int32Array(0);
  private readonly order = new IntVec(1024);
  private readonly blockStart = new IntVec();
  /** By new block: its first edge. */
  private readonly firstEdge = new IntVec();
  private readonly edgeFrom = new IntVec();
  private readonly edgeTo = new IntVec();
  private readonly argAt = new IntVec();
  private readonly args = new IntVec();
  /** By new edge: the old one that it stands for, or -1; by old edge: how many stand for it. */
  private readonly oldEdge = new IntVec();
  private heirs = new Int32Array(0);
  /** Weights by new block and edge. */
  private blockWeight = new Float64Array(0);
  private edgeWeight = new Float64Array(0);
  private readonly dominators = new Dominators();

  /** Returns whether there was anything to split. */
  run(f: Func): boolean {
    this.plans.clear();
    this.marks = 0;
    let added = 0;
    for (let b = 0; b < f.nb; b++) {
      const branch = f.order[f.blockStart[b + 1] - 1];
      if (f.op[branch] !== Op.BR_IF || !isJoined(f, belowNegations(f, f.a[branch]))) continue;
      if (this.plans.n === 0) this.countUses(f);
      added += this.plan(f, b, f.a[branch]);
    }
    if (this.plans.n === 0) return false;
    this.rebuild(f, f.nb + added);
    return true;
  }

  /** Plans the split of the condition x of block b. Returns the number of new blocks; 0 if it stays. */
  private plan(f: Func, b: number, x: number): number {
    this.tests.clear();
    this.joints.clear();
    this.addTests(f, x, TAKEN, OTHERWISE);
    const n = (this.tests.n / 3) | 0;
    if (n < 2 || n > MAX_TESTS) return 0;
    const t = this.tests.a;
    for (let k = 0; k < this.tests.n; k += 3) if (t[k + 1] === t[k + 2]) return 0;
    for (let k = 0; k < this.joints.n; k++) this.dead[this.joints.a[k]] = 1;
    this.plans.push(b);
    this.plans.push(n);
    for (let k = this.tests.n - 3; k >= 0; k -= 3) {
      this.plans.push(t[k]);
      for (let j = k + 1; j <= k + 2; j++) this.plans.push(t[j] < 0 ? t[j] : n - 1 - t[j]);
    }
    this.moveTests(f, this.plans.n - 2 - 3 * n);
    return n - 1;
  }

  /**
   * Appends the tests that lead to `yes` if x is not zero and to `no` if it is, later ones first. Returns where they
   * begin. Each of the `depth` conditions around x has a test of its own, so beyond MAX_TESTS of them nothing is split
   * and x need not be taken apart: chains of thousands of conditions are ordinary in generated code.
   */
  private addTests(f: Func, x: number, yes: number, no: number, depth = 0): number {
    const { op, a, b, c } = f;
    if (op[x] === Op.I32_CONST) return f.imm[x] !== 0 ? yes : no;
    let y = x;
    let swap = 0;
    let own = this.uses[x] === 1;
    for (let k = negation(f, y); k >= 0; k = negation(f, y)) {
      y = a[y];
      swap ^= k;
      if (this.uses[y] !== 1) own = false;
    }
    if (!own || depth === MAX_TESTS || !isJoined(f, y)) {
      this.tests.push(x);
      this.tests.push(yes);
      this.tests.push(no);
      return ((this.tests.n / 3) | 0) - 1;
    }
    for (let v = x; v !== y; v = a[v]) this.joints.push(v);
    this.joints.push(y);
    if (swap !== 0) {
      const t = yes;
      yes = no;
      no = t;
    }
    const next = depth + 1;
    if (op[y] === Op.I32_AND) return this.addTests(f, a[y], this.addTests(f, b[y], yes, no, next), no, next);
    if (op[y] === Op.I32_OR) return this.addTests(f, a[y], yes, this.addTests(f, b[y], yes, no, next), next);
    const otherwise = this.addTests(f, b[y], yes, no, next);
    return this.addTests(f, c[y], this.addTests(f, a[y], yes, no, next), otherwise, next);
  }

  private countUses(f: Func): void {
    const { nv } = f;
    const { operands } = this;
    if (this.uses.length < nv) {
      this.uses = new Int32Array(nv * 2);
      this.dead = new Uint8Array(nv * 2);
    }
    this.uses.fill(0, 0, nv);
    this.dead.fill(0, 0, nv);
    for (let k = 0, n = f.blockStart[f.nb]; k < n; k++) {
      listOperands(f, f.order[k], operands);
      for (let i = 0; i < operands.n; i++) this.uses[operands.a[i]]++;
    }
    for (let k = 0, n = f.argAt[f.ne]; k < n; k++) this.uses[f.args[k]]++;
  }

  /** The tests of the plan at `at` after the first get their comparisons. */
  private moveTests(f: Func, at: number): void {
    const p = this.plans.a;
    const b = p[at];
    for (let k = at + 5, end = at + 2 + 3 * p[at + 1]; k < end; k += 3) {
      const x = p[k];
      const mark = MOVED - this.marks++;
      if (this.uses[x] === 1 && f.block[x] === b) this.move(f, x, b, mark, DEPTH);
      else if (isComparison(f.op[x])) {
        if (--this.uses[x] === 0) this.dead[x] = 1;
        p[k] = this.copy(f, x, mark);
      }
    }
  }

  /** Marks x and the operands that only it uses, as far as they are block b's and can move. */
  private move(f: Func, x: number, b: number, mark: number, depth: number): void {
    const o = f.op[x];
    if (this.uses[x] !== 1 || f.block[x] !== b || EFFECTS[o] !== Effect.NONE || isConst(o)) return;
    f.block[x] = mark;
    if (depth === 0) return;
    if (f.a[x] >= 0) this.move(f, f.a[x], b, mark, depth - 1);
    if (f.b[x] >= 0) this.move(f, f.b[x], b, mark, depth - 1);
    if (f.c[x] >= 0) this.move(f, f.c[x], b, mark, depth - 1);
  }

  private copy(f: Func, x: number, block: number): number {
    const v = append(f, f.op[x], f.type[x], f.a[x], f.pos[x], block);
    f.b[v] = f.b[x];
    if (f.a[x] >= 0) this.uses[f.a[x]]++;
    if (f.b[x] >= 0) this.uses[f.b[x]]++;
    return v;
  }

  /** Puts the new blocks in: `nb` in all. */
  private rebuild(f: Func, nb: number): void {
    if (this.number.length < f.nb) this.number = new Int32Array(f.nb * 2);
    for (let b = 0, p = 0, n = 0; b < f.nb; b++) {
      this.number[b] = n++;
      if (p < this.plans.n && this.plans.a[p] === b) {
        n += this.plans.a[p + 1] - 1;
        p += 2 + 3 * this.plans.a[p + 1];
      }
    }
    for (const list of [
      this.order,
      this.blockStart,
      this.firstEdge,
      this.edgeFrom,
      this.edgeTo,
      this.argAt,
      this.args,
      this.oldEdge,
    ])
      list.clear();
    for (let b = 0, p = 0; b < f.nb; b++) {
      this.blockStart.push(this.order.n);
      this.firstEdge.push(this.edgeFrom.n);
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        const v = f.order[k];
        if (this.dead[v] !== 0 || f.block[v] <= MOVED) continue;
        f.block[v] = this.number[b];
        this.order.push(v);
      }
      if (p < this.plans.n && this.plans.a[p] === b) p = this.addBlocks(f, b, p);
      else
        for (let k = f.succAt[b]; k < f.succAt[b + 1]; k++)
          this.addEdge(f, this.number[b], this.number[f.edgeTo[f.succEdge[k]]], f.succEdge[k]);
    }
    this.blockStart.push(this.order.n);
    this.argAt.push(this.args.n);
    if (f.weighted) this.moveWeights(f, nb);
    this.renumberBlocks(f, nb);
    f.order = adopt(f.order, this.order);
    f.blockStart = adopt(f.blockStart, this.blockStart);
    f.edgeFrom = adopt(f.edgeFrom, this.edgeFrom);
    f.edgeTo = adopt(f.edgeTo, this.edgeTo);
    f.argAt = adopt(f.argAt, this.argAt);
    f.args = adopt(f.args, this.args);
    f.nb = nb;
    f.ne = this.edgeFrom.n;
    if (f.wayAt.length < f.ne) f.wayAt = new Int32Array(f.ne * 2);
    f.wayAt.fill(-1, 0, f.ne);
    linkEdges(f);
    this.dominators.run(f);
  }

  /** The branch of block b becomes the tests of the plan at p. Returns where the next plan is. */
  private addBlocks(f: Func, b: number, p: number): number {
    const branch = this.order.a[this.order.n - 1];
    const hint = f.imm[branch] as Hint;
    const count = this.plans.a[p + 1];
    let at = p + 2;
    for (let k = 0; k < count; k++, at += 3) {
      const n = this.number[b] + k;
      const x = this.plans.a[at];
      const part = hint === Hint.NONE ? hint : partHint(hint, this.plans.a[at + 1], this.plans.a[at + 2]);
      if (k === 0) {
        f.a[branch] = x;
        f.imm[branch] = part;
      } else {
        this.blockStart.push(this.order.n);
        this.firstEdge.push(this.edgeFrom.n);
        if (f.block[x] <= MOVED) this.place(f, x, f.block[x], n);
        const v = append(f, Op.BR_IF, 0, x, f.pos[branch], n);
        f.imm[v] = part;
        this.order.push(v);
      }
      for (let j = at + 1; j <= at + 2; j++) {
        const to = this.plans.a[j];
        const old = f.succEdge[f.succAt[b] + (to === TAKEN ? 0 : 1)];
        if (to >= 0) this.addEdge(f, n, this.number[b] + to, -1);
        else this.addEdge(f, n, this.number[f.edgeTo[old]], old);
      }
    }
    return at;
  }

  /** Appends x after its operands that have the same mark. */
  private place(f: Func, x: number, mark: number, block: number): void {
    if (x < 0 || f.block[x] !== mark) return;
    this.place(f, f.a[x], mark, block);
    this.place(f, f.b[x], mark, block);
    this.place(f, f.c[x], mark, block);
    f.block[x] = block;
    this.order.push(x);
  }

  /** An edge with the arguments of the old edge, if there is one. */
  private addEdge(f: Func, from: number, to: number, old: number): void {
    this.edgeFrom.push(from);
    this.edgeTo.push(to);
    this.argAt.push(this.args.n);
    this.oldEdge.push(old);
    if (old < 0) return;
    for (let k = f.argAt[old]; k < f.argAt[old + 1]; k++) this.args.push(f.args[k]);
  }

  /**
   * Weights from a profile: blocks keep theirs, edges where one new edge stands for an old one. Of the parts the
   * profile knows how often they were executed and what they decided, if it has seen them.
   */
  private moveWeights(f: Func, nb: number): void {
    const ne = this.oldEdge.n;
    if (this.heirs.length < f.ne) this.heirs = new Int32Array(f.ne * 2);
    this.heirs.fill(0, 0, f.ne);
    for (let e = 0; e < ne; e++) if (this.oldEdge.a[e] >= 0) this.heirs[this.oldEdge.a[e]]++;
    if (this.blockWeight.length < nb) this.blockWeight = new Float64Array(nb * 2);
    if (this.edgeWeight.length < ne) this.edgeWeight = new Float64Array(ne * 2);
    this.blockWeight.fill(-1, 0, nb);
    for (let b = 0; b < f.nb; b++) this.blockWeight[this.number[b]] = f.blockWeight[b];
    for (let e = 0; e < ne; e++) {
      const old = this.oldEdge.a[e];
      this.edgeWeight[e] = old >= 0 && this.heirs[old] === 1 ? f.edgeWeight[old] : -1;
    }
    for (let p = 0; p < this.plans.n; p += 2 + 3 * this.plans.a[p + 1])
      this.weighParts(f, this.plans.a[p], this.plans.a[p + 1]);
    const { blockWeight: spareBlocks, edgeWeight: spareEdges } = f;
    f.blockWeight = this.blockWeight;
    f.edgeWeight = this.edgeWeight;
    this.blockWeight = spareBlocks;
    this.edgeWeight = spareEdges;
  }

  /** Weights of the `count` parts of block b. */
  private weighParts(f: Func, b: number, count: number): void {
    const { partKeys, partCount, partTaken } = f;
    const row = f.partRow[b];
    if (row < 0) return;
    const scale = f.partScale[b];
    for (let k = 0; k < count; k++) {
      const r = partRow(partKeys, row, k);
      if (r < 0) continue;
      const n = this.number[b] + k;
      if (k > 0) this.blockWeight[n] = scale * partCount[r];
      const e = this.firstEdge.a[n];
      this.edgeWeight[e] = scale * partTaken[r];
      this.edgeWeight[e + 1] = scale * (partCount[r] - partTaken[r]);
    }
  }

  /**
   * What is known of blocks moves to their new numbers, from the last on; new ones are parts of them and have no
   * parameters.
   */
  private renumberBlocks(f: Func, nb: number): void {
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
      const n = this.number[b];
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
}

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

/** What a hint for a branch says of a part that leads to `yes` and `no`: the unlikely way is unlikely from there too. */
function partHint(hint: Hint, yes: number, no: number): Hint {
  const unlikely = hint === Hint.LIKELY ? OTHERWISE : TAKEN;
  return no === unlikely ? Hint.LIKELY : yes === unlikely ? Hint.UNLIKELY : Hint.NONE;
}
