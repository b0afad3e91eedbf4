/**
 * Induction variables: parameters of a loop header that each iteration changes by a constant. What they can be at most
 * lets the constants of addresses fold (`Func.most`, read by opt/ranges.ts), where `i + array` would otherwise need an
 * instruction of its own for each access, because wasm's sum wraps at 2^32 and the processor's does not.
 *
 * How often a loop runs follows from the test at its end where start, step and limit are known; with that, every other
 * variable of the loop has its range, too.
 *
 * LLVM likes variables that count from -n up to 0, with the *end* of each array as the constant: those sums all wrap.
 * They are rewritten to count from 0, with the array's beginning.
 *
 * O(values + edges) for functions with loops, O(blocks) for others.
 */
import { Compaction } from '../ir/compact.js';
import { inverseCompare } from '../ir/fold.js';
import type { Func } from '../ir/func.js';
import { listOperands } from '../ir/operands.js';
import { isConst } from '../ir/opinfo.js';
import { Op } from '../ir/ops.js';
import type { Enabled } from '../util/switches.js';
import { IntVec } from '../util/vec.js';
import { ValType } from '../wasm/types.js';
import { CountedLoop, isComparison } from './counted-loop.js';
import { BoundKind, FIRST_DATA, Ranges } from './ranges.js';

const U32 = 0xffffffff;
const HALF = 0x80000000;
const CACHE_LINE = 64;
/** Branches that are looked at on the way to a loop. */
const MAX_CLIMB = 8;
/** Operations that are looked at between a variable and its next value. */
const MAX_VISITS = 32;

/**
 * How many values first, first + step, … (modulo 2^32) there are up to and with the first for which `x op limit` does
 * not hold; -1 if that is not known. All numbers but the step are unsigned.
 */
export function iterations(op: number, first: number, step: number, limit: number): number {
  // Its opposite is no integer of 32 bits.
  if (step === -HALF) return -1;
  switch (op) {
    case Op.I32_NE: {
      const distance = (step > 0 ? limit - first : first - limit) >>> 0;
      const by = Math.abs(step) >>> 0;
      return distance % by === 0 ? distance / by + 1 : -1;
    }
    case Op.I32_LE_U:
      return limit === U32 ? -1 : iterations(Op.I32_LT_U, first, step, limit + 1);
    case Op.I32_GE_U:
      return limit === 0 ? -1 : iterations(Op.I32_GT_U, first, step, limit - 1);
    case Op.I32_LT_U:
      if (first >= limit) return 1;
      return step > 0 && limit - 1 + step <= U32 ? Math.ceil((limit - first) / step) + 1 : -1;
    case Op.I32_GT_U:
      if (first <= limit) return 1;
      return step < 0 && limit + 1 + step >= 0 ? Math.ceil((first - limit) / -step) + 1 : -1;
    case Op.I32_LT_S:
    case Op.I32_LE_S:
    case Op.I32_GT_S:
    case Op.I32_GE_S:
      // In the order of signed numbers these are unsigned ones from 2^31 on.
      return iterations(op + 1, (first ^ HALF) >>> 0, step, (limit ^ HALF) >>> 0);
    default:
      return -1;
  }
}

/** A variable that changes by `step` is nearer to failing `x op limit` each time. */
function isTowards(op: number, step: number): boolean {
  switch (op) {
    case Op.I32_LT_S:
    case Op.I32_LT_U:
    case Op.I32_LE_S:
    case Op.I32_LE_U:
      return step > 0;
    case Op.I32_GT_S:
    case Op.I32_GT_U:
    case Op.I32_GE_S:
    case Op.I32_GE_U:
      return step < 0;
    default:
      return false;
  }
}

/** The pass, with its arrays: reused from function to function. */
export class Induction extends CountedLoop {
  private readonly compaction = new Compaction();
  private readonly ranges = new Ranges();
  private readonly operands = new IntVec(16);

  // --- uses by value, for rebasing: lists of users; an edge e is -1 - e ---
  private usesKnown = false;
  private firstUse = new Int32Array(0);
  private readonly user = new IntVec(256);
  private readonly nextUse = new IntVec(256);
  /** Sums of a variable and something else, each with only constants added to it. */
  private readonly sums = new IntVec(16);
  /** Pairs (block, value to come before its last one). */
  private readonly inserted = new IntVec(16);
  private readonly constants = new IntVec(16);
  private readonly order = new IntVec(1024);
  /** By block: the value to come before its last one, or -1. */
  private late = new Int32Array(0);
  /** Operations that `growth` may still look at. */
  private visits = 0;

  constructor(private readonly enabled: Enabled) {
    super();
  }

  /** Returns whether anything was rewritten. */
  run(f: Func): boolean {
    f.bounded = false;
    let loops = false;
    for (let b = 1; b < f.nb && !loops; b++) loops = f.isLoopHeader[b] !== 0;
    if (!loops) return false;
    const changed = this.enabled['counting-from-zero'] && this.rebaseAll(f);
    this.startBounds(f);
    for (let h = 1; h < f.nb; h++) if (f.isLoopHeader[h] !== 0 && this.findLoop(f, h)) this.boundVariables(f, h);
    return changed;
  }

  // ------------------------------------------------------------------ loops

  /** At most so many iterations; Infinity if that is not known. `exactly`: start and limit are constants. */
  private countIterations(f: Func, h: number, exactly: boolean): number {
    const p = this.variable;
    if (p < 0) return Infinity;
    const step = this.stepOf(f, h, p);
    const start = this.argument(f, this.entry, p);
    const known = f.op[start] === Op.I32_CONST && (this.limit < 0 || f.op[this.limit] === Op.I32_CONST);
    // Without constants: as long as it can take, if it goes towards the limit.
    if (!known && (exactly || !isTowards(this.kind, step))) return Infinity;
    const isSigned = ((this.kind - Op.I32_LT_S) & 1) === 0;
    const high = this.limit < 0 ? 0 : this.ranges.maxOf(f, this.limit);
    if (!known && isSigned && (high >= HALF || this.mostAt(f, start, this.entry) >= HALF)) return Infinity;
    const from = step > 0 ? this.ranges.leastOf(f, start) : this.mostAt(f, start, this.entry);
    const to = this.limit < 0 ? 0 : step > 0 ? high : this.ranges.leastOf(f, this.limit);
    const first = this.testsNext ? from + step : from;
    if (!known && (first < 0 || first > U32)) return Infinity;
    const n = iterations(this.kind, first >>> 0, step, to);
    return n < 0 ? Infinity : n;
  }

  /** The most that x can be at the start of edge e, by its operation and by the branches before. */
  private mostAt(f: Func, x: number, e: number): number {
    let most = this.ranges.maxOf(f, x);
    for (let n = 0; n < MAX_CLIMB && most > 0; n++) {
      const b = f.edgeFrom[e];
      const last = f.order[f.blockStart[b + 1] - 1];
      if (f.op[last] === Op.BR_IF) {
        let c = f.a[last];
        let holds = f.succEdge[f.succAt[b]] === e;
        for (; f.op[c] === Op.I32_EQZ; c = f.a[c]) holds = !holds;
        if (isComparison(f.op[c]) && f.a[c] === x && f.op[f.b[c]] === Op.I32_CONST) {
          const kind = holds ? f.op[c] : inverseCompare(f.op[c]);
          const limit = f.imm[f.b[c]] >>> 0;
          if (kind === Op.I32_LT_U && limit > 0) most = Math.min(most, limit - 1);
          else if (kind === Op.I32_LE_U || kind === Op.I32_EQ) most = Math.min(most, limit);
        }
      }
      if (f.predAt[b + 1] - f.predAt[b] !== 1) break;
      e = f.predEdge[f.predAt[b]];
    }
    return most;
  }

  // ------------------------------------------------------------------ bounds

  private startBounds(f: Func): void {
    if (f.boundKind.length < f.nv) {
      f.boundKind = new Uint8Array(f.nv * 2);
      f.most = new Uint32Array(f.nv * 2);
      f.least = new Uint32Array(f.nv * 2);
    }
    f.boundKind.fill(BoundKind.NONE, 0, f.nv);
    f.bounded = true;
  }

  /** Bounds of the variables of the loop with header h. */
  private boundVariables(f: Func, h: number): void {
    const n = this.countIterations(f, h, false);
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) {
      const p = f.params[k];
      const step = this.stepOf(f, h, p);
      const start = this.argument(f, this.entry, p);
      if (step === 0) {
        // Whatever the step: it is the tested value in every iteration but the first.
        if (f.type[p] === ValType.I32 && this.branch >= 0 && this.argument(f, this.back, p) === this.tested)
          this.boundTested(f, p, 0, this.mostAt(f, start, this.entry));
        continue;
      }
      const high = this.mostAt(f, start, this.entry);
      const low = this.ranges.leastOf(f, start);
      const top = step > 0 ? high + (n - 1) * step : high;
      const bottom = step > 0 ? low : low + (n - 1) * step;
      if (step >= CACHE_LINE || step <= -CACHE_LINE) f.boundKind[p] |= BoundKind.STRIDED;
      if (top <= U32 && bottom >= 0) this.bound(f, p, bottom, top);
      else if (p === this.variable && this.boundTested(f, p, step, high)) continue;
      else if (pointsToData(f, start)) f.boundKind[p] |= BoundKind.POINTER;
    }
  }

  private bound(f: Func, p: number, least: number, most: number): void {
    f.boundKind[p] |= BoundKind.RANGE;
    f.least[p] = least;
    f.most[p] = most;
  }

  /** The test alone bounds its variable p, however often the loop runs: each iteration but the first has passed it. */
  private boundTested(f: Func, p: number, step: number, high: number): boolean {
    const limit = this.limit < 0 ? 0 : this.ranges.maxOf(f, this.limit);
    let most = -1;
    if (this.kind === Op.I32_LT_U && limit > 0) most = limit - 1;
    else if (this.kind === Op.I32_LE_U) most = limit;
    else if (this.kind === Op.I32_LT_S && this.testsNext) {
      // Below a signed limit: it must not pass the largest number on its way there.
      most = (limit > 0 && limit < HALF ? limit : HALF - 1) - 1;
      this.visits = MAX_VISITS;
      const growth = step !== 0 ? step : this.growth(f, p, this.tested);
      if (growth < 0 || Math.max(high, most) + growth >= HALF) return false;
    } else return false;
    if (step !== 0 && !this.testsNext) {
      if (step < 0) return false;
      most += step;
    }
    if (most > U32) return false;
    this.bound(f, p, 0, Math.max(high, most));
    return true;
  }

  /** x is the variable p and something from 0 to the answer, whatever way an iteration takes; -1 if that is not known. */
  private growth(f: Func, p: number, x: number): number {
    if (x === p) return 0;
    if (--this.visits < 0) return -1;
    const { op, a, b } = f;
    switch (op[x]) {
      case Op.I32_ADD: {
        const first = this.growth(f, p, a[x]);
        if (first >= 0) return first + this.ranges.maxOf(f, b[x]);
        const second = op[b[x]] === Op.I32_CONST ? -1 : this.growth(f, p, b[x]);
        return second < 0 ? -1 : second + this.ranges.maxOf(f, a[x]);
      }
      case Op.SELECT: {
        const first = this.growth(f, p, a[x]);
        const second = first < 0 ? -1 : this.growth(f, p, b[x]);
        return second < 0 ? -1 : Math.max(first, second);
      }
      case Op.PARAM: {
        const at = f.block[x];
        if (at <= f.block[p] || at > this.latch || f.isLoopHeader[at] !== 0) return -1;
        let most = 0;
        for (let k = f.predAt[at]; k < f.predAt[at + 1] && most >= 0; k++) {
          const next = this.growth(f, p, this.argument(f, f.predEdge[k], x));
          most = next < 0 ? -1 : Math.max(most, next);
        }
        return most;
      }
      default:
        return -1;
    }
  }

  // ------------------------------------------------------------------ counting from zero

  /** Rewrites variables that start below zero. Returns whether there were any. */
  private rebaseAll(f: Func): boolean {
    this.usesKnown = false;
    this.inserted.n = this.constants.n = 0;
    let changed = false;
    const nv = f.nv;
    for (let h = 1; h < f.nb; h++) {
      if (f.isLoopHeader[h] === 0 || !this.findLoop(f, h) || this.variable < 0) continue;
      const n = this.countIterations(f, h, true);
      if (n === Infinity) continue;
      for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) if (this.rebase(f, h, f.params[k], n, nv)) changed = true;
    }
    if (changed) this.rebuild(f);
    return changed;
  }

  /** Rewrites variable p, where that spares instructions; values from `nv` on are new. */
  private rebase(f: Func, h: number, p: number, n: number, nv: number): boolean {
    const step = this.stepOf(f, h, p);
    if (step <= 0) return false;
    const start = this.argument(f, this.entry, p);
    if (start >= nv || f.op[start] !== Op.I32_CONST || f.imm[start] >= 0 || f.imm[start] === -HALF) return false;
    const shift = -f.imm[start];
    if (n * step > U32) return false;
    if (!this.usesKnown) this.findUses(f, nv);
    const next = this.argument(f, this.back, p);
    this.sums.n = 0;
    let spared = this.addresses(f, p, next);
    if (spared >= 0) {
      const more = this.addresses(f, next, -1);
      spared = more < 0 ? -1 : spared + more;
    }
    if (spared <= (p === this.variable && this.testsZero(f) ? 1 : 0)) return false;
    f.args[f.argAt[this.entry] + f.imm[p]] = this.constant(f, 0);
    this.shiftAddresses(f, p, next, shift);
    this.shiftAddresses(f, next, -1, shift);
    for (let k = 0; k < this.sums.n; k++) this.shiftAddresses(f, this.sums.a[k], -1, shift);
    if (p === this.variable) this.testEnd(f, n * step - (this.testsNext ? 0 : step));
    return true;
  }

  /**
   * How many sums with constants x, a variable or its next value, is an operand of, but those that fold into addresses
   * anyway; -1 if it has other uses than those, sums that themselves have no others, the loop's test, and `next`.
   */
  private addresses(f: Func, x: number, next: number): number {
    let count = 0;
    for (let k = this.firstUse[x]; k >= 0; k = this.nextUse.a[k]) {
      const u = this.user.a[k];
      if (u < 0) {
        // Only as the variable's own next value.
        if (-1 - u !== this.back || next >= 0 || this.countArguments(f, this.back, x) !== 1) return -1;
      } else if (u === next || this.isTest(f, u, x)) continue;
      else if (f.op[u] !== Op.I32_ADD) return -1;
      else if (f.op[f.b[u]] === Op.I32_CONST) count += this.countSums(f, u);
      else {
        if (f.a[u] === f.b[u]) return -1;
        for (let q = this.firstUse[u]; q >= 0; q = this.nextUse.a[q]) {
          const s = this.user.a[q];
          if (s < 0 || f.op[s] !== Op.I32_ADD || f.a[s] !== u || f.op[f.b[s]] !== Op.I32_CONST) return -1;
          if (f.imm[f.b[s]] >>> 0 >= FIRST_DATA) count++;
        }
        for (let q = 0; q < this.sums.n; q++) if (this.sums.a[q] === u) return -1;
        this.sums.push(u);
      }
    }
    return count;
  }

  /** Sum u, and those that are relative to it (shared-addresses.ts): without it they would be addresses of the variable. */
  private countSums(f: Func, u: number): number {
    let n = 1;
    for (let q = this.firstUse[u]; q >= 0; q = this.nextUse.a[q]) {
      const s = this.user.a[q];
      if (s >= 0 && f.op[s] === Op.I32_ADD && f.op[f.b[s]] === Op.I32_CONST) n++;
    }
    return n;
  }

  private countArguments(f: Func, e: number, x: number): number {
    let n = 0;
    for (let k = f.argAt[e]; k < f.argAt[e + 1]; k++) if (f.args[k] === x) n++;
    return n;
  }

  /** u, which uses x, is the loop's branch, or what only that looks at. */
  private isTest(f: Func, u: number, x: number): boolean {
    if (x !== this.tested || this.variable < 0) return false;
    while (u !== this.branch) {
      const k = this.firstUse[u];
      if ((u !== this.condition && f.op[u] !== Op.I32_EQZ) || k < 0 || this.nextUse.a[k] >= 0) return false;
      u = this.user.a[k];
      if (u < 0) return false;
    }
    return true;
  }

  /** x is larger by `shift` than it was: sums of it and constants stay what they are. */
  private shiftAddresses(f: Func, x: number, next: number, shift: number): void {
    for (let k = this.firstUse[x]; k >= 0; k = this.nextUse.a[k]) {
      const u = this.user.a[k];
      if (u >= 0 && u !== next && f.op[u] === Op.I32_ADD && f.op[f.b[u]] === Op.I32_CONST)
        f.b[u] = this.constant(f, (f.imm[f.b[u]] - shift) | 0);
    }
  }

  /** The loop's test is one of zero, which the addition before it makes on the way: any other number is a compare. */
  private testsZero(f: Func): boolean {
    return this.limit < 0 || (f.op[this.limit] === Op.I32_CONST && f.imm[this.limit] === 0);
  }

  /** The loop goes on until the tested value, which counts from zero now, is `end`. */
  private testEnd(f: Func, end: number): void {
    const latch = f.block[this.branch];
    const b0 = f.succAt[latch];
    const goesOnIf = f.edgeTo[f.succEdge[b0]] <= this.latch;
    const v = this.append(f, goesOnIf ? Op.I32_NE : Op.I32_EQ, latch);
    f.a[v] = this.tested;
    f.b[v] = this.constant(f, end | 0);
    f.pos[v] = f.pos[this.branch];
    f.a[this.branch] = v;
    this.inserted.push(latch);
    this.inserted.push(v);
  }

  private constant(f: Func, value: number): number {
    const v = this.append(f, Op.I32_CONST, 0);
    f.imm[v] = value;
    f.imm2[v] = value >> 31;
    f.pos[v] = f.pos[f.order[0]];
    this.constants.push(v);
    return v;
  }

  private append(f: Func, op: number, block: number): number {
    const v = f.nv++;
    if (v >= f.op.length) f.growValues(v + 1);
    f.op[v] = op;
    f.type[v] = ValType.I32;
    f.a[v] = f.b[v] = f.c[v] = -1;
    f.imm[v] = f.imm2[v] = 0;
    f.block[v] = block;
    return v;
  }

  private findUses(f: Func, nv: number): void {
    this.usesKnown = true;
    this.user.n = this.nextUse.n = 0;
    if (this.firstUse.length < nv) this.firstUse = new Int32Array(nv * 2);
    this.firstUse.fill(-1, 0, nv);
    for (let k = 0; k < f.blockStart[f.nb]; k++) {
      const v = f.order[k];
      listOperands(f, v, this.operands);
      for (let i = 0; i < this.operands.n; i++) this.addUse(f, this.operands.a[i], v);
    }
    for (let e = 0; e < f.ne; e++) for (let k = f.argAt[e]; k < f.argAt[e + 1]; k++) this.addUse(f, f.args[k], -1 - e);
  }

  private addUse(f: Func, x: number, user: number): void {
    if (isConst(f.op[x])) return;
    this.user.push(user);
    this.firstUse[x] = this.nextUse.push(this.firstUse[x]);
  }

  /** Puts new values into the order and numbers everything anew. */
  private rebuild(f: Func): void {
    const { order, blockStart } = f;
    const at = this.order;
    at.n = 0;
    if (this.late.length < f.nb) this.late = new Int32Array(f.nb * 2);
    const { late } = this;
    late.fill(-1, 0, f.nb);
    for (let k = 0; k < this.inserted.n; k += 2) late[this.inserted.a[k]] = this.inserted.a[k + 1];
    for (let b = 0; b < f.nb; b++) {
      const end = blockStart[b + 1] - 1;
      for (let k = blockStart[b]; k < end; k++) at.push(order[k]);
      if (b === 0) for (let k = 0; k < this.constants.n; k++) at.push(this.constants.a[k]);
      if (late[b] >= 0) at.push(late[b]);
      at.push(order[end]);
    }
    this.operands.n = 0;
    this.compaction.compactAgain(f, f.paramAt, f.params, f.argAt, f.args, at, this.operands);
  }
}

/** x is an address of data, as far as such things can be told: no number below zero. */
function pointsToData(f: Func, x: number): boolean {
  while (f.op[x] === Op.I32_ADD && f.op[f.b[x]] === Op.I32_CONST) x = f.a[x];
  if (f.op[x] === Op.I32_CONST) return f.imm[x] >= FIRST_DATA;
  if (f.op[x] !== Op.PARAM) return false;
  const kind = f.boundKind[x];
  return (kind & BoundKind.POINTER) !== 0 || ((kind & BoundKind.RANGE) !== 0 && f.most[x] < HALF);
}
