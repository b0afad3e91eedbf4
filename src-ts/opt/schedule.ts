/**
 * The order of operations in small inner loops that wait for their own results. Processors that execute out of order
 * take the oldest operation that is ready, so of two the one that more is waiting for should stand first: the longest
 * chain of latencies from it to the end of a later iteration decides. LLVM's order for WebAssembly is that of a stack
 * machine.
 *
 * Only where a chain from one iteration to the next takes longer than the work does: else the order makes no difference
 * that latencies tell of. Operations of one kind side by side wait for each other at dispatch, so of equals the one comes
 * first that goes on with what was placed last.
 *
 * Accesses and whatever else has an effect keep their order among each other. A variable's next value comes after the
 * last use of the present one, so that both can have one register; and what the loop's branch tests for zero comes last,
 * because the flags are there already. A block stays as it is where the new order would need registers that are not there.
 *
 * O(values + edges) for functions with loops, and the square of MAX_VALUES for each loop.
 */
import type { Func } from '../ir/func.js';
import { listOperands } from '../ir/operands.js';
import { Effect, EFFECTS, hasArguments, isConst, isLoad, isStore, OP_LIMIT } from '../ir/opinfo.js';
import { FIRST_ATOMIC, Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';
import { ValType } from '../wasm/types.js';
import { LATENCY, Overwrites, OVERWRITES, UNIT, Unit, UNITS } from './operation-costs.js';

/** Values and blocks of a loop that is looked at. */
const MAX_VALUES = 256;
const MAX_BLOCKS = 8;
/** Values for each load, at least. */
const MIN_PER_LOAD = 8;
/** More uses than a loop has. */
const MANY = 1 << 20;
/** Registers of a class, general and vector, that a loop may fill. */
const ROOM = Uint8Array.of(8, 13);

/** Leaves flags by which its result can be compared with zero. */
const ARITHMETIC = new Uint8Array(OP_LIMIT);
for (const op of [Op.I32_ADD, Op.I32_SUB, Op.I32_AND, Op.I32_OR, Op.I32_XOR, Op.I32_SHL, Op.I32_SHR_S, Op.I32_SHR_U])
  ARITHMETIC[op] = ARITHMETIC[op + (Op.I64_ADD - Op.I32_ADD)] = 1;

/** What a copy counts, in cycles. */
const COPY = 3;

/** The pass, with its arrays: reused from function to function. */
export class Schedule {
  private readonly operands = new IntVec(16);
  /** By value: used outside of its block. */
  private leaves = new Uint8Array(0);
  /** By value of the loop: length of the longest chain that begins with it. */
  private height = new Int32Array(0);
  private last = 0;
  private readonly before = new IntVec(16);
  private readonly units = new Int32Array(UNITS.length);

  // --- the block in hand, by value: operands of it that are to come, variables whose uses are to come; who waits ---
  private open = new Int32Array(0);
  private held = new Int32Array(0);
  private firstWaiter = new Int32Array(0);
  private readonly waiter = new IntVec(64);
  private readonly nextWaiter = new IntVec(64);
  private follows = new Int32Array(0);
  /** Uses that are to come; of what leaves the block more than there are. */
  private toCome = new Int32Array(0);
  /** When the latest of what it waits for was placed. */
  private since = new Int32Array(0);
  private stamp = 0;
  private readonly ready = new IntVec(64);
  private readonly placed = new IntVec(64);
  private readonly pressures = new Int32Array(2);
  private readonly through = new Int32Array(2);
  private readonly alive = new Int32Array(2);

  /** Returns whether the order of any block has changed. */
  run(f: Func): boolean {
    let known = false;
    let changed = false;
    for (let h = 1; h < f.nb; h++) {
      if (f.isLoopHeader[h] === 0 || !this.isSmallLoop(f, h)) continue;
      const work = this.cyclesOfWork(f, h);
      if (work === Infinity) continue;
      this.grow(f.nv);
      if (this.cyclesOfWaiting(f, h) < work) continue;
      if (!known) this.findLeaving(f);
      known = true;
      this.countThrough(f, h);
      for (let b = h; b <= this.last; b++) if (this.scheduleBlock(f, h, b)) changed = true;
    }
    return changed;
  }

  /** Whether the loop with header h has no other in it, calls nothing and is small; sets `last`. */
  private isSmallLoop(f: Func, h: number): boolean {
    this.last = h;
    for (let k = f.predAt[h]; k < f.predAt[h + 1]; k++) this.last = Math.max(this.last, f.edgeFrom[f.predEdge[k]]);
    if (this.last - h >= MAX_BLOCKS || f.blockStart[this.last + 1] - f.blockStart[h] > MAX_VALUES) return false;
    for (let b = h + 1; b <= this.last; b++) if (f.isLoopHeader[b] !== 0) return false;
    for (let k = f.blockStart[h]; k < f.blockStart[this.last + 1]; k++) {
      const o = f.op[f.order[k]];
      if (hasArguments(o) || o >= FIRST_ATOMIC) return false;
    }
    return true;
  }

  private grow(nv: number): void {
    if (this.leaves.length >= nv) return;
    this.leaves = new Uint8Array(nv * 2);
    this.height = new Int32Array(nv * 2);
    this.open = new Int32Array(nv * 2);
    this.held = new Int32Array(nv * 2);
    this.firstWaiter = new Int32Array(nv * 2);
    this.follows = new Int32Array(nv * 2);
    this.toCome = new Int32Array(nv * 2);
    this.since = new Int32Array(nv * 2);
    this.stamp = 0;
  }

  private findLeaving(f: Func): void {
    this.leaves.fill(0, 0, f.nv);
    for (let b = 0; b < f.nb; b++)
      for (let k = f.blockStart[b]; k < f.blockStart[b + 1]; k++) {
        listOperands(f, f.order[k], this.operands);
        for (let i = 0; i < this.operands.n; i++)
          if (f.block[this.operands.a[i]] !== b) this.leaves[this.operands.a[i]] = 1;
      }
  }

  /**
   * Measures the heights of the values of the loop, through to the end of the iteration after the next. Returns by how
   * much the last of these makes them larger: the longest chain of latencies from one iteration to the next.
   */
  private cyclesOfWaiting(f: Func, h: number): number {
    const { height } = this;
    for (let k = f.blockStart[h]; k < f.blockStart[this.last + 1]; k++) height[f.order[k]] = 0;
    this.iterate(f, h);
    this.iterate(f, h);
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) this.before.push(height[f.params[k]]);
    this.iterate(f, h);
    let growth = 0;
    for (let k = f.paramAt[h + 1] - 1; k >= f.paramAt[h]; k--)
      growth = Math.max(growth, height[f.params[k]] - this.before.a[--this.before.n]);
    return growth;
  }

  /** One more iteration in the heights of the values of the loop. */
  private iterate(f: Func, h: number): void {
    const { height } = this;
    for (let b = this.last; b >= h; b--) {
      for (let s = f.succAt[b]; s < f.succAt[b + 1]; s++) {
        const e = f.succEdge[s];
        const to = f.edgeTo[e];
        if (to < h || to > this.last) continue;
        for (let k = f.argAt[e]; k < f.argAt[e + 1]; k++)
          this.raise(f, h, f.args[k], height[f.params[f.paramAt[to] + k - f.argAt[e]]]);
      }
      for (let k = f.blockStart[b + 1] - 1; k >= f.blockStart[b]; k--) {
        const v = f.order[k];
        listOperands(f, v, this.operands);
        const from = height[v] + LATENCY[f.op[v]];
        for (let i = 0; i < this.operands.n; i++) this.raise(f, h, this.operands.a[i], from);
      }
    }
  }

  /**
   * How long an iteration takes at least, whatever waits for what; Infinity where something is written, or more than a
   * little is read: when loads arrive is not in the latencies.
   */
  private cyclesOfWork(f: Func, h: number): number {
    const { units } = this;
    units.fill(0);
    for (let k = f.blockStart[h]; k < f.blockStart[this.last + 1]; k++) {
      const o = f.op[f.order[k]];
      if (isStore(o)) return Infinity;
      if (o !== Op.PARAM && !isConst(o)) units[UNIT[o]]++;
    }
    let cycles = units[Unit.LOAD] * MIN_PER_LOAD > f.blockStart[this.last + 1] - f.blockStart[h] ? Infinity : 0;
    for (let k = 0; k < units.length; k++) cycles = Math.max(cycles, units[k] / UNITS[k]);
    return cycles;
  }

  /** `height` is without a value's own latency until it is reached. */
  private raise(f: Func, h: number, x: number, height: number): void {
    if (f.block[x] >= h && f.block[x] <= this.last && this.height[x] < height) this.height[x] = height;
  }

  /** How many values from before the loop with header h are used in it, by class. */
  private countThrough(f: Func, h: number): void {
    const mark = ++this.stamp;
    this.through.fill(0);
    for (let k = f.blockStart[h]; k < f.blockStart[this.last + 1]; k++) {
      listOperands(f, f.order[k], this.operands);
      for (let i = 0; i < this.operands.n; i++) {
        const x = this.operands.a[i];
        if (f.block[x] >= h || isConst(f.op[x]) || this.follows[x] === mark) continue;
        this.follows[x] = mark;
        this.through[classOf(f, x)]++;
      }
    }
  }

  // ------------------------------------------------------------------ a block

  private scheduleBlock(f: Func, h: number, b: number): boolean {
    let from = f.blockStart[b];
    while (f.op[f.order[from]] === Op.PARAM || isConst(f.op[f.order[from]]) || f.op[f.order[from]] === Op.LANDING)
      from++;
    const to = f.blockStart[b + 1] - 1;
    if (to - from < 3) return false;
    const flags = this.flagsBefore(f, b, to);
    this.findOrderConstraints(f, b, from, to);
    this.holdVariables(f, h, b, from, to);
    this.placed.n = this.ready.n = 0;
    for (let k = from; k < to; k++) if (this.open[f.order[k]] === 0) this.ready.push(f.order[k]);
    while (this.ready.n > 0) this.place(f, this.take(f, flags));
    if (this.placed.n !== to - from) throw new Error('internal error: a block has lost values');
    let same = true;
    for (let k = from; k < to; k++) if (this.placed.a[k - from] !== f.order[k]) same = false;
    return !same && this.accept(f, h, b, from, to);
  }

  /** What the branch at the end of block b tests for zero, if it is made by arithmetic in this block; else -1. */
  private flagsBefore(f: Func, b: number, end: number): number {
    const last = f.order[end];
    if (f.op[last] !== Op.BR_IF) return -1;
    let x = f.a[last];
    while (f.op[x] === Op.I32_EQZ || f.op[x] === Op.I64_EQZ || isZeroTest(f, x)) x = f.a[x];
    return f.block[x] === b && ARITHMETIC[f.op[x]] !== 0 ? x : -1;
  }

  /** What each value of order[from .. to) has to wait for: operands, and the effect before it. */
  private findOrderConstraints(f: Func, b: number, from: number, to: number): void {
    this.waiter.n = this.nextWaiter.n = 0;
    for (let k = from; k < to; k++) {
      const v = f.order[k];
      this.open[v] = this.held[v] = this.since[v] = 0;
      this.firstWaiter[v] = -1;
    }
    const mark = ++this.stamp;
    let effect = -1;
    this.countUses(f, b, from, to);
    for (let k = from; k < to; k++) {
      const v = f.order[k];
      listOperands(f, v, this.operands);
      for (let i = 0; i < this.operands.n; i++)
        if (this.follows[this.operands.a[i]] === mark) this.wait(v, this.operands.a[i], this.open);
      this.follows[v] = mark;
      if (EFFECTS[f.op[v]] === Effect.NONE) continue;
      if (effect >= 0) this.wait(v, effect, this.open);
      effect = v;
    }
  }

  private countUses(f: Func, b: number, from: number, to: number): void {
    const { toCome, operands } = this;
    for (let k = f.blockStart[b]; k < to; k++) toCome[f.order[k]] = this.leaves[f.order[k]] !== 0 ? MANY : 0;
    listOperands(f, f.order[to], operands);
    for (let i = 0; i < operands.n; i++) toCome[operands.a[i]] = MANY;
    for (let s = f.succAt[b]; s < f.succAt[b + 1]; s++)
      for (let k = f.argAt[f.succEdge[s]]; k < f.argAt[f.succEdge[s] + 1]; k++) toCome[f.args[k]] = MANY;
    for (let k = from; k < to; k++) {
      listOperands(f, f.order[k], operands);
      for (let i = 0; i < operands.n; i++) toCome[operands.a[i]]++;
    }
  }

  /** Whether v has to copy an operand that it could overwrite later, when nothing else in its block wants it any more. */
  private isCopying(f: Func, v: number): boolean {
    const how = OVERWRITES[f.op[v]];
    if (how === Overwrites.NOTHING) return false;
    const first = this.wanted(f, v, f.a[v]);
    const second = how === Overwrites.EITHER ? this.wanted(f, v, f.b[v]) : MANY;
    return Math.min(first, second) > 1 && Math.min(first, second) < MANY;
  }

  /** How many uses of x in the block of v are to come; MANY if it is wanted elsewhere, too. */
  private wanted(f: Func, v: number, x: number): number {
    return f.block[x] === f.block[v] ? this.toCome[x] : MANY;
  }

  private wait(v: number, x: number, count: Int32Array): void {
    count[v]++;
    this.waiter.push(count === this.open ? v : -1 - v);
    this.firstWaiter[x] = this.nextWaiter.push(this.firstWaiter[x]);
  }

  /** The next value of a variable of the loop waits for the uses of the present one that do not need it themselves. */
  private holdVariables(f: Func, h: number, b: number, from: number, to: number): void {
    for (let s = f.succAt[b]; s < f.succAt[b + 1]; s++) {
      const e = f.succEdge[s];
      if (f.edgeTo[e] !== h) continue;
      for (let k = f.argAt[e]; k < f.argAt[e + 1]; k++) {
        const next = f.args[k];
        const p = f.params[f.paramAt[h] + k - f.argAt[e]];
        if (f.block[next] !== b || f.op[next] === Op.PARAM || isConst(f.op[next])) continue;
        // What counts is far ahead of everything else, wherever it stands.
        if (partOf(f, next) === p) this.held[next] = MANY;
        // Values that follow from `next` may use p, too.
        const mark = ++this.stamp;
        this.follows[next] = mark;
        let passed = false;
        for (let j = from; j < to; j++) {
          const v = f.order[j];
          if (v === next) {
            passed = true;
            continue;
          }
          let uses = false;
          listOperands(f, v, this.operands);
          for (let i = 0; i < this.operands.n; i++) {
            if (partOf(f, this.operands.a[i]) === p) uses = true;
            // A load may become the operand of what uses it.
            else if (isLoad(f.op[this.operands.a[i]]) && partOf(f, f.a[this.operands.a[i]]) === p) uses = true;
            if (passed && this.follows[this.operands.a[i]] === mark) this.follows[v] = mark;
          }
          if (uses && this.follows[v] !== mark) this.wait(next, v, this.held);
        }
      }
    }
  }

  /** Takes the value that comes next out of those that are ready. */
  private take(f: Func, flags: number): number {
    const { ready, height, held } = this;
    let best = 0;
    let most = -1;
    for (let k = 0; k < ready.n; k++) {
      const v = ready.a[k];
      let worth = v === flags ? 0 : held[v] !== 0 ? 1 : 2 + height[v] + LATENCY[f.op[v]];
      if (worth > most && worth > 2 && this.isCopying(f, v)) worth = Math.max(2, worth - COPY);
      // Of equals the one that goes on with what came last.
      if (worth < most || (worth === most && this.since[v] <= this.since[ready.a[best]])) continue;
      best = k;
      most = worth;
    }
    const v = ready.a[best];
    // Those that stay keep their order.
    for (let k = best + 1; k < ready.n; k++) ready.a[k - 1] = ready.a[k];
    ready.n--;
    return v;
  }

  private place(f: Func, v: number): void {
    this.placed.push(v);
    listOperands(f, v, this.operands);
    for (let i = 0; i < this.operands.n; i++) this.toCome[this.operands.a[i]]--;
    for (let k = this.firstWaiter[v]; k >= 0; k = this.nextWaiter.a[k]) {
      const w = this.waiter.a[k];
      if (w < 0) {
        this.held[-1 - w]--;
        continue;
      }
      this.since[w] = this.placed.n;
      if (--this.open[w] === 0) this.ready.push(w);
    }
  }

  /** Puts the new order into block b, unless it needs too many registers. */
  private accept(f: Func, h: number, b: number, from: number, to: number): boolean {
    this.measurePressure(f, h, b, f.order, from, to - from);
    const before = this.pressures[0];
    const beforeVector = this.pressures[1];
    this.measurePressure(f, h, b, this.placed.a, 0, to - from);
    if (this.pressures[0] > Math.max(before, ROOM[0] - this.through[0])) return false;
    if (this.pressures[1] > Math.max(beforeVector, ROOM[1] - this.through[1])) return false;
    for (let k = from; k < to; k++) f.order[k] = this.placed.a[k - from];
    return true;
  }

  /** The most values of the loop that are alive at once in block b if order[at .. at + n) is executed, by class. */
  private measurePressure(f: Func, h: number, b: number, order: Int32Array, at: number, n: number): void {
    const mark = ++this.stamp;
    const live = this.alive;
    live.fill(0);
    this.pressures.fill(0);
    for (let s = f.succAt[b]; s < f.succAt[b + 1]; s++)
      for (let k = f.argAt[f.succEdge[s]]; k < f.argAt[f.succEdge[s] + 1]; k++) this.live(f, h, f.args[k], mark, live);
    this.operandsOf(f, h, f.order[f.blockStart[b + 1] - 1], mark, live);
    for (let k = at; k < at + n; k++) if (this.leaves[order[k]] !== 0) this.live(f, h, order[k], mark, live);
    for (let k = at + n - 1; k >= at; k--) {
      const v = order[k];
      if (this.follows[v] === mark) {
        this.follows[v] = 0;
        live[classOf(f, v)]--;
      }
      this.operandsOf(f, h, v, mark, live);
      for (let c = 0; c < 2; c++) if (live[c] > this.pressures[c]) this.pressures[c] = live[c];
    }
  }

  private operandsOf(f: Func, h: number, v: number, mark: number, live: Int32Array): void {
    listOperands(f, v, this.operands);
    for (let i = 0; i < this.operands.n; i++) this.live(f, h, this.operands.a[i], mark, live);
  }

  private live(f: Func, h: number, x: number, mark: number, live: Int32Array): void {
    if (f.block[x] < h || isConst(f.op[x]) || this.follows[x] === mark) return;
    this.follows[x] = mark;
    live[classOf(f, x)]++;
  }
}

/** What is left of x without the constants added to it, which become part of addresses. */
function partOf(f: Func, x: number): number {
  while (f.op[x] === Op.I32_ADD && isConst(f.op[f.b[x]])) x = f.a[x];
  return x;
}

/** x compares an integer with zero, for being equal or not. */
function isZeroTest(f: Func, x: number): boolean {
  const o = f.op[x];
  if (o !== Op.I32_EQ && o !== Op.I32_NE && o !== Op.I64_EQ && o !== Op.I64_NE) return false;
  const y = f.b[x];
  return isConst(f.op[y]) && f.imm[y] === 0 && f.imm2[y] === 0;
}

const classOf = (f: Func, v: number): number =>
  f.type[v] === ValType.F32 || f.type[v] === ValType.F64 || f.type[v] === ValType.V128 ? 1 : 0;
