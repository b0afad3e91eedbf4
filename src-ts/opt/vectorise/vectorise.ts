/**
 * Counted inner loops over neighbouring elements run in vectors of 128 bits, where that gives the same results, bit for
 * bit. LLVM does so only for modules built with SIMD; most are not.
 *
 *     tests (guard.ts) → before → vector loop → after → the scalar loop, for what is left
 *                      ↘ the scalar loop, if a test fails
 *
 * The scalar loop stays as it is and makes at least the last iteration, so what follows the loop does not change. In the
 * vector loop nothing traps: its accesses are known to be within the memory, so a trap happens in the scalar loop with
 * the memory as wasm has it.
 *
 * Of a loop with one block: its accesses are sums with variables (addresses.ts), its stores and sums (sums.ts, ordered-sums.ts) are what
 * packs of lanes (packs.ts) are made from; then tests, code (vector-body.ts) and blocks (insertion.ts).
 *
 * O(values + edges) for functions with loops, and for each loop of at most MAX_BODY values a bounded number of steps.
 */
import type { Func } from '../../ir/func.js';
import { accessBytes } from '../../ir/memory.js';
import { Effect, EFFECTS, isStore } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';
import { ValType } from '../../wasm/types.js';
import { Hint } from '../../wasm/branch-hints.js';
import { CountedLoop } from '../counted-loop.js';
import { Addresses } from './addresses.js';
import { Guard, TripCount } from './guard.js';
import { Insertion, TO_LOOP } from './insertion.js';
import { isFit } from './fit.js';
import { NewCode } from './new-code.js';
import { OrderedSums } from './ordered-sums.js';
import { Packs } from './packs.js';
import { loadBelow, Sums } from './sums.js';
import { VectorBody } from './vector-body.js';

const MAX_ELEMENTS = 16;
/** A loop of so many vectors is long, one of so few operations small. */
const MANY = 24;
const SMALL = 12;
/** Values that the pass may add to a function, and how many of its own for each. */
const MAX_ADDED = 4096;

/** The pass, with its arrays: reused from function to function. */
export class Vectorise {
  private readonly loop = new CountedLoop();
  private readonly addresses = new Addresses();
  private readonly packs = new Packs();
  private readonly sums = new Sums();
  private readonly ordered = new OrderedSums();
  private readonly guard = new Guard();
  private readonly trips = new TripCount();
  private readonly code = new NewCode();
  private readonly vector = new VectorBody();
  private readonly insertion = new Insertion();
  /** Groups of stores to neighbouring elements, `elements` values each, in the order of iterations. */
  private readonly stores = new IntVec(32);
  /** Pairs (access, node of what is stored). */
  private readonly stored = new IntVec(32);
  private readonly first = new IntVec(16);
  private readonly second = new IntVec(64);
  private readonly arguments = new IntVec(16);
  private elements = 0;
  private direction = 0;

  /** `memoryBytes`: the least size of memory 0; -1 if loops over it stay scalar. */
  constructor(private readonly memoryBytes: number) {}

  /** Returns whether there was such a loop. */
  run(f: Func): boolean {
    if (this.memoryBytes < 0) return false;
    let begun = false;
    for (let h = 1; h < f.nb; h++) {
      if (f.isLoopHeader[h] === 0 || !isFit(f, h)) continue;
      if (!begun) {
        this.code.begin(f);
        this.insertion.begin();
        if (this.packs.slot.length < f.nv) this.packs.slot = new Int32Array(f.nv * 2);
        begun = true;
      }
      const { nv } = f;
      const constants = this.code.constants.n;
      if (this.describe(f, h) && this.build(f, h)) {
        if (this.code.size > MAX_ADDED) break;
        continue;
      }
      // What was emitted in vain goes.
      f.nv = nv;
      this.code.constants.n = constants;
    }
    if (!begun || this.insertion.isEmpty) return false;
    this.insertion.rebuild(f, this.code.constants);
    return true;
  }

  // ------------------------------------------------------------------ the loop

  /** Takes the loop apart: addresses, sums, stores side by side. */
  private describe(f: Func, h: number): boolean {
    const { loop, addresses, packs, sums } = this;
    if (!loop.findLoop(f, h) || loop.latch !== h || loop.variable < 0) return false;
    addresses.begin();
    packs.begin(f, h, loop, addresses);
    const from = f.blockStart[h];
    const to = f.blockStart[h + 1];
    for (let k = from; k < to; k++) packs.slot[f.order[k]] = k - from;
    this.stores.n = 0;
    let probe = -1;
    for (let k = from; k < to; k++) {
      const v = f.order[k];
      if ((EFFECTS[f.op[v]] & Effect.ACCESS) === 0) continue;
      if (!addresses.find(f, h, loop, f.a[v])) return false;
      packs.rootAt[k - from] = addresses.root;
      packs.placeAt[k - from] = addresses.place;
      if (isStore(f.op[v]) && probe < 0) probe = v;
    }
    sums.find(f, h, loop, packs);
    this.ordered.find(f, h, loop);
    if (probe < 0) probe = sums.firstLoad(f, h);
    if (probe < 0) probe = loadBelow(f, h, this.ordered.probe);
    if (probe < 0) return false;
    const step = addresses.steps.a[packs.rootAt[packs.slot[probe]]];
    this.elements = Math.abs(step) / accessBytes(f.op[probe]);
    this.direction = Math.sign(step);
    if (!(this.elements >= 1 && this.elements <= MAX_ELEMENTS) || (this.elements & (this.elements - 1)) !== 0)
      return false;
    return this.groupStores(f, h);
  }

  /** Puts stores to neighbouring elements side by side. False if some have no neighbours. */
  private groupStores(f: Func, h: number): boolean {
    const { packs, addresses, stores, elements } = this;
    const { slot } = packs;
    for (let k = f.blockStart[h]; k < f.blockStart[h + 1]; k++) {
      const v = f.order[k];
      if (!isStore(f.op[v])) continue;
      const bytes = accessBytes(f.op[v]);
      const step = addresses.steps.a[packs.rootAt[slot[v]]];
      if (Math.abs(step) !== bytes * elements) return false;
      // Into a group that has room: sorted by address, in the direction of the step.
      let group = 0;
      for (; group < stores.n; group += elements) if (this.join(f, group, v, bytes, Math.sign(step))) break;
      if (group < stores.n) continue;
      stores.push(v);
      for (let e = 1; e < elements; e++) stores.push(-1);
    }
    for (let k = 0; k < stores.n; k++) if (stores.a[k] < 0) return false;
    return true;
  }

  /** Adds store v to a group, if it belongs there. */
  private join(f: Func, group: number, v: number, bytes: number, direction: number): boolean {
    const { stores, elements, packs } = this;
    const { a } = stores;
    const first = a[group];
    if (f.op[first] !== f.op[v]) return false;
    const ahead = (direction * packs.distance(first, v)) / bytes;
    if (!Number.isInteger(ahead) || Math.abs(ahead) >= elements || ahead === 0) return false;
    let count = 0;
    while (count < elements && a[group + count] >= 0) count++;
    if (count === elements) return false;
    // The whole group must span no more than it has room for.
    const last = a[group + count - 1];
    const span = Math.max(ahead, (direction * packs.distance(first, last)) / bytes) - Math.min(ahead, 0);
    if (span >= elements) return false;
    let k = group + count;
    for (; k > group && direction * packs.distance(a[k - 1], v) < 0; k--) a[k] = a[k - 1];
    a[k] = v;
    return true;
  }

  // ------------------------------------------------------------------ lanes

  /** Tries lanes from the narrowest on. */
  private build(f: Func, h: number): boolean {
    const least = this.leastWidth(f, h);
    for (let width = least; width <= 3; width++) if (this.pack(f, h, width)) return this.emit(f, h);
    return false;
  }

  /** log2 of the bytes of the narrowest lanes that make sense. */
  private leastWidth(f: Func, h: number): number {
    let least = 3;
    let floor = 0;
    for (let k = f.blockStart[h]; k < f.blockStart[h + 1]; k++) {
      const v = f.order[k];
      if ((EFFECTS[f.op[v]] & Effect.ACCESS) === 0) continue;
      least = Math.min(least, 31 - Math.clz32(accessBytes(f.op[v])));
      const type = isStore(f.op[v]) ? f.type[f.b[v]] : f.type[v];
      if (type === ValType.F32) floor = Math.max(floor, 2);
      if (type === ValType.F64 || type === ValType.I64) floor = 3;
    }
    return Math.max(least, floor);
  }

  /** Makes packs with lanes of that width (log2 of bytes). */
  private pack(f: Func, h: number, width: number): boolean {
    const { packs, stores, sums } = this;
    // More elements than lanes are several vectors; they lie in the order of their addresses.
    const lanes = 16 >> width;
    packs.reset(width, this.elements, this.elements > lanes ? 1 : this.direction);
    this.stored.n = 0;
    for (let group = 0; group < stores.n; group += this.elements)
      for (let k = 0; k < this.elements; k += packs.copies) if (!this.packStores(f, group, k)) return false;
    if (!sums.pack(f, h, packs) || !this.ordered.pack(packs)) return false;
    return this.isAllCovered(f, h) && this.guard.analyse(f, packs, this.addresses);
  }

  /** Packs the stores of a group from number k on. */
  private packStores(f: Func, group: number, k: number): boolean {
    const { packs, stores } = this;
    if (packs.copies < this.elements && this.direction < 0) this.turn(group);
    const values = this.arguments;
    values.n = 0;
    for (let c = 0; c < packs.copies; c++) values.push(f.b[stores.a[group + k + c]]);
    const node = packs.data(packs.push(values.a, 0));
    const bytes = accessBytes(f.op[stores.a[group]]);
    if (node < 0 || bytes > 1 << packs.width.a[node]) return false;
    const at = packs.push(stores.a, group + k);
    const order = packs.order(at);
    if (order === 0) return false;
    this.stored.push(packs.accesses.n);
    this.stored.push(node);
    packs.access(at, order, true);
    packs.coverAll(at);
    return true;
  }

  /** Puts a group of stores in the order of their addresses. */
  private turn(group: number): void {
    const part = this.stores.a.subarray(group, group + this.elements);
    if (this.packs.distance(part[0], part[1]) < 0) part.reverse();
  }

  /** Every access and every parameter has its place in the vector loop. */
  private isAllCovered(f: Func, h: number): boolean {
    const { packs, loop, sums } = this;
    for (let k = f.blockStart[h]; k < f.blockStart[h + 1]; k++) {
      const o = f.op[f.order[k]];
      if ((EFFECTS[o] & Effect.ACCESS) !== 0 && packs.covered[k - f.blockStart[h]] === 0) return false;
    }
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) {
      const p = f.params[k];
      let known = loop.stepOf(f, h, p) !== 0 || loop.argument(f, loop.back, p) === p;
      for (let s = 0; s < sums.params.n; s++) known ||= sums.params.a[s] === p;
      for (let s = 0; s < this.ordered.params.n; s++) known ||= this.ordered.params.a[s] === p;
      for (let j = 0; j < packs.earlier.n; j += 2) known ||= packs.earlier.a[j] === p;
      if (!known) return false;
    }
    return true;
  }

  // ------------------------------------------------------------------ code

  private emit(f: Func, h: number): boolean {
    const { loop, packs, code, guard, first, second, insertion } = this;
    const branch = f.order[f.blockStart[h + 1] - 1];
    const pos = f.pos[branch];
    first.n = second.n = 0;
    code.goTo(first, pos);
    // What the tests cost has to come in again.
    const vectors = Math.min(4, 1 + (guard.tests >> 2) + (this.sums.params.n > 0 ? 1 : 0));
    const n = this.trips.emit(f, code, loop, h, vectors * packs.iterations);
    if (n < 0) return false;
    const turns = this.turnsOf(f, n);
    const iterations = packs.iterations * turns;
    const entered = f.weighted ? f.edgeWeight[loop.entry] : -1;
    if (entered > 0 && f.blockWeight[h] >= 0 && f.blockWeight[h] / entered <= iterations) return false;
    code.goTo(second, pos);
    const less = code.plus(n, -1);
    guard.emit(f, code, loop, h, this.addresses, less, this.memoryBytes);
    if (guard.condition === -2) return false;
    // Iterations in vectors: at least one is left.
    const done = this.roundDown(f, less, iterations);
    this.vector.emit(f, h, loop, this.addresses, packs, this.sums, this.ordered, this.stored, code, done, turns, pos);
    this.arguments.n = 0;
    for (let k = f.argAt[loop.entry]; k < f.argAt[loop.entry + 1]; k++) this.arguments.push(f.args[k]);
    insertion.beginLoop(h, loop.entry, entered < 0 ? -1 : (entered * (iterations + 1)) / 2);
    this.addTest(first, this.trips.holds, entered);
    this.addTest(second, guard.condition, entered);
    this.addLoop(f, h, entered, iterations);
    return true;
  }

  /** Vectors to an iteration of the vector loop: two in small ones that are known to be long. */
  private turnsOf(f: Func, n: number): number {
    const { packs } = this;
    if (f.op[n] !== Op.I32_CONST || f.imm[n] >>> 0 < MANY * packs.iterations || this.ordered.params.n > 0) return 1;
    return this.vector.sizeOf(packs, this.stored, this.sums, this.ordered) + this.stored.n / 2 <= SMALL ? 2 : 1;
  }

  /** n without its last bits. */
  private roundDown(f: Func, n: number, to: number): number {
    if (f.op[n] === Op.I32_CONST) return this.code.i32(f.imm[n] & -to);
    return to === 1 ? n : this.code.emit(Op.I32_AND, n, this.code.i32(-to));
  }

  /** A block that goes on if the condition holds, else to the scalar loop; -1: always on. Empty ones are left out. */
  private addTest(values: IntVec, condition: number, weight: number): void {
    const { code, insertion } = this;
    if (condition < 0 && values.n === 0) return;
    code.goTo(values, 0);
    if (condition < 0) code.emit(Op.BR, -1, -1, -1, 0, 0, 0);
    else code.emit(Op.BR_IF, condition, -1, -1, Hint.LIKELY, 0, 0);
    insertion.addBlock(null, values, weight);
    insertion.addEdge(insertion.nextBlock, null, weight);
    if (condition >= 0) insertion.addEdge(TO_LOOP, this.arguments, weight < 0 ? -1 : 0);
  }

  private addLoop(f: Func, h: number, entered: number, iterations: number): void {
    const { code, insertion, vector } = this;
    const turns = entered < 0 || f.blockWeight[h] < 0 ? -1 : f.blockWeight[h] / iterations;
    code.goTo(vector.before, 0);
    code.emit(Op.BR, -1, -1, -1, 0, 0, 0);
    insertion.addBlock(null, vector.before, entered);
    insertion.addEdge(insertion.nextBlock, vector.firsts, entered);
    const header = insertion.nextBlock;
    insertion.addBlock(vector.params, vector.body, turns);
    insertion.addEdge(header, vector.nexts, turns < 0 ? -1 : Math.max(0, turns - entered));
    insertion.addEdge(header + 1, null, entered);
    insertion.addBlock(null, vector.after, entered);
    insertion.addEdge(TO_LOOP, vector.results, entered);
  }
}
