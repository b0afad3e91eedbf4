/**
 * The operations of a loop as operations on vectors. A *pack* is what one vector operation computes: `copies` values of
 * one iteration, the same computation for neighbouring elements (LLVM unrolls loops), times as many iterations as fill
 * the lanes. Packs are found from the stores (and sums) of the loop upwards to its loads.
 *
 * All packs of a loop have the same number of lanes. An i32 whose low bits are all that matters (bytes are loaded, added
 * and stored) may be in narrower lanes; `Exact` says whether those still tell the whole number.
 *
 * What is found here are nodes, not yet code (vector-body.ts): most loops turn out not to fit.
 */
import type { Func } from '../../ir/func.js';
import { accessBytes } from '../../ir/memory.js';
import { Effect, EFFECTS, isLoad } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';
import { ValType } from '../../wasm/types.js';
import type { CountedLoop } from '../counted-loop.js';
import type { Addresses } from './addresses.js';
import { Exact, Kind, Nodes } from './nodes.js';
import {
  isFloatComparison,
  isIntegerComparison,
  LANE_CHOICE,
  LANE_COMPARISON,
  LANE_OPERATION,
  LANE_SELECT,
  LANE_SHIFT,
  LANES_EQUAL,
  widthOf,
} from './lane-operations.js';

/** Words of an access: first member, whether it is a store, bytes of an element, order of the addresses. */
export const enum Access {
  MEMBERS = 0,
  IS_STORE = 1,
  BYTES = 2,
  DIRECTION = 3,
  WORDS = 4,
}

const MAX_NODES = 96;
const MAX_DEPTH = 24;

/** Of copies in exchanged order: float additions and multiplications, which give the same number. */
const EXCHANGEABLE = [Op.F32_ADD, Op.F32_MUL, Op.F64_ADD, Op.F64_MUL];

/** By comparison from LT_S on: the same with exchanged operands. */
const SWAPPED_COMPARISON = new Uint8Array(256);
for (const from of [Op.I32_LT_S, Op.I64_LT_S] as number[])
  for (let k = 0; k < 8; k++) SWAPPED_COMPARISON[from + k] = from + (k ^ 2);
for (const from of [Op.F32_LT, Op.F64_LT] as number[])
  for (let k = 0; k < 4; k++) SWAPPED_COMPARISON[from + k] = from + (k ^ 1);

export class Packs extends Nodes {
  /** `copies` values a node, in the order of iterations; -1: made here. */
  private readonly members = new IntVec(256);
  private readonly tuples = new IntVec(256);
  private depth = 0;
  /** Loads from addresses that do not change: values of the loop. */
  readonly fixedLoads = new IntVec(8);
  /** Vector accesses: four words each (`Access`); their members follow one another in `accessMembers`. */
  readonly accesses = new IntVec(32);
  readonly accessMembers = new IntVec(64);
  /** Pairs (parameter, node of its next value) of what the iteration before has left; those in the works have -1. */
  readonly earlier = new IntVec(8);
  readonly places = new IntVec(16);
  /** Values of the loop that some pack stands for, by position. */
  readonly covered = new Uint8Array(512);

  // --- the shape of the vectors ---
  lanes = 0;
  /** log2 of the bytes of the widest lanes. */
  widest = 0;
  copies = 0;
  /** Iterations to a vector. */
  iterations = 0;
  /** Neighbouring elements to an iteration. */
  elements = 0;
  /** Lanes are in the order of iterations (1) or in the opposite (-1). */
  direction = 1;

  // --- the loop ---
  private h = 0;
  private loop!: CountedLoop;
  private addresses!: Addresses;
  /** By position in the loop: root and constant of an access. */
  readonly rootAt = new Int32Array(512);
  readonly placeAt = new Int32Array(512);
  /** By value of the loop: position. */
  slot = new Int32Array(0);

  /** Takes up a loop: addresses are known by position. */
  begin(f: Func, h: number, loop: CountedLoop, addresses: Addresses): void {
    this.f = f;
    this.h = h;
    this.loop = loop;
    this.addresses = addresses;
  }

  /** Takes up lanes of that many bytes (log2) for a loop of so many elements an iteration. */
  reset(widest: number, elements: number, direction: number): void {
    this.clear();
    this.tuples.n = this.depth = this.members.n = 0;
    this.fixedLoads.n = this.accesses.n = this.accessMembers.n = this.earlier.n = this.places.n = 0;
    this.covered.fill(0);
    this.widest = widest;
    this.lanes = 16 >> widest;
    this.elements = elements;
    this.copies = Math.min(elements, this.lanes);
    this.iterations = this.lanes / this.copies;
    this.direction = direction;
  }

  // ------------------------------------------------------------------ nodes

  /** Notes that node v stands for the values of a tuple. */
  private name(v: number, at: number): number {
    if (v < 0) return v;
    while (this.members.n < this.n * this.copies) this.members.push(-1);
    for (let c = 0; c < this.copies; c++) {
      this.members.a[v * this.copies + c] = this.tuples.a[at + c];
      this.cover(this.tuples.a[at + c]);
    }
    return v;
  }

  private cover(x: number): void {
    if (this.f.block[x] === this.h && this.f.op[x] !== Op.PARAM) this.covered[this.slot[x]] = 1;
  }

  /** Notes that the vector loop does what a tuple does. */
  coverAll(at: number): void {
    for (let c = 0; c < this.copies; c++) this.cover(this.tuples.a[at + c]);
  }

  /** log2 of the bytes of a lane for a value of that type, -1 if there is no room for it. */
  private laneOf(type: number): number {
    if (type === ValType.I32) return Math.min(this.widest, 2);
    return widthOf(type) <= this.widest ? widthOf(type) : -1;
  }

  // ------------------------------------------------------------------ tuples

  /** Puts operand `which` (0: a, 1: b, 2: c) of the values of a tuple on top of the stack; returns where. */
  private operands(at: number, which: number): number {
    const { a, b, c } = this.f;
    const column = which === 0 ? a : which === 1 ? b : c;
    const to = this.tuples.n;
    for (let k = 0; k < this.copies; k++) this.tuples.push(column[this.tuples.a[at + k]]);
    return to;
  }

  /** Puts values on top of the stack as a tuple. */
  push(values: Int32Array, from: number): number {
    const to = this.tuples.n;
    for (let k = 0; k < this.copies; k++) this.tuples.push(values[from + k]);
    return to;
  }

  /** The first value of a tuple. */
  tupleAt(at: number): number {
    return this.tuples.a[at];
  }

  /** The nodes for both operands of the products of a tuple; the second is -1 if there are none. */
  factors(at: number): [number, number] {
    if (!this.isOneKind(at)) return [-1, -1];
    for (let c = 0; c < this.copies; c++) this.cover(this.tuples.a[at + c]);
    const a = this.data(this.operandsOf(at, 0));
    return [a, a < 0 ? -1 : this.data(this.operandsOf(at, 1))];
  }

  private isSame(at: number): boolean {
    const t = this.tuples.a;
    for (let c = 1; c < this.copies; c++) if (t[at + c] !== t[at]) return false;
    return true;
  }

  private known(at: number, isMask: number): number {
    const { copies } = this;
    // Nodes from there on have no name yet.
    const named = this.members.n / copies;
    for (let v = 0; v < named; v++) {
      if (this.isMask.a[v] !== isMask) continue;
      let c = 0;
      while (c < copies && this.members.a[v * copies + c] === this.tuples.a[at + c]) c++;
      if (c === copies) return v;
    }
    return -1;
  }

  /** The values of a tuple are made in the loop by operations of one kind. */
  private isOneKind(at: number): boolean {
    const { op, block } = this.f;
    const t = this.tuples.a;
    for (let c = 0; c < this.copies; c++) {
      if (block[t[at + c]] !== this.h || op[t[at + c]] !== op[t[at]]) return false;
      // A value that is wanted for several elements would have to be spread.
      for (let k = 0; k < c; k++) if (t[at + k] === t[at + c]) return false;
    }
    return true;
  }

  /** No iteration changes x: it comes from before, or is computed or loaded from what does. */
  isFixed(x: number, depth = 0): boolean {
    const { f } = this;
    if (f.block[x] !== this.h) return true;
    if (f.op[x] === Op.PARAM || depth > 4) return false;
    // Two variables that move against each other have a sum that does not move, but it is none from before the loop.
    if (isLoad(f.op[x]))
      return this.addresses.steps.a[this.rootAt[this.slot[x]]] === 0 && this.isFixed(f.a[x], depth + 1);
    if (EFFECTS[f.op[x]] !== Effect.NONE) return false;
    return (
      (f.a[x] < 0 || this.isFixed(f.a[x], depth + 1)) &&
      (f.b[x] < 0 || this.isFixed(f.b[x], depth + 1)) &&
      (f.c[x] < 0 || this.isFixed(f.c[x], depth + 1))
    );
  }

  /** Notes what a fixed value of the loop loads. */
  private noteFixed(x: number): void {
    const { f } = this;
    if (f.block[x] !== this.h) return;
    this.cover(x);
    if (isLoad(f.op[x])) {
      this.fixedLoads.push(x);
      return;
    }
    for (const y of [f.a[x], f.b[x], f.c[x]]) if (y >= 0) this.noteFixed(y);
  }

  /** The node for the values of a tuple on the stack, as numbers; -1 if there is none. */
  data(at: number): number {
    if (this.n > MAX_NODES || this.depth > MAX_DEPTH) return -1;
    const known = this.known(at, 0);
    if (known >= 0) return known;
    this.depth++;
    const v = this.name(this.findData(at), at);
    this.depth--;
    this.tuples.n = at + this.copies;
    return v;
  }

  private findData(at: number): number {
    const { f } = this;
    const x = this.tuples.a[at];
    const o = f.op[x];
    const width = this.laneOf(f.type[x]);
    if (width < 0) return -1;
    if (this.isSame(at) && this.isFixed(x)) {
      this.noteFixed(x);
      return this.splat(x, width);
    }
    const linear = width === 2 && f.type[x] === ValType.I32 ? this.findLinear(at) : -1;
    if (linear >= 0) return linear;
    if (o === Op.PARAM) return this.findEarlier(at);
    if (!this.isOneKind(at)) return -1;
    if (isLoad(o)) return this.findLoad(at, width);
    if (isCondition(o)) {
      const mask = this.mask(at);
      if (mask < 0 || this.width.a[mask] !== width) return -1;
      return this.operation(Op.V128_AND, mask, this.number(1, width), -1, width, Exact.BOTH);
    }
    if (o === Op.SELECT) return this.findSelect(at, width);
    if (LANE_SHIFT[width][o] !== 0) return this.findShift(at, width);
    if (isReinterpretation(o)) return this.findCopy(at, width);
    const op = LANE_OPERATION[width][o];
    if (op === 0) return -1;
    const a = this.data(this.operandsOf(at, 0));
    if (a < 0) return -1;
    if (f.b[x] < 0) return this.operation(op, a, -1, -1, width, Exact.NO);
    const b = this.data(this.operandsOf(at, 1));
    if (b < 0) return -1;
    return this.operation(op, a, b, -1, width, exactOf(o, this.exact.a[a], this.exact.a[b]));
  }

  /** The bits of a value of another type: of integers and floats they are the same lanes. */
  private findCopy(at: number, width: number): number {
    const a = this.data(this.operandsOf(at, 0));
    if (a < 0 || this.width.a[a] !== width || width < 2) return -1;
    return this.operation(Op.V128_OR, a, a, -1, width, Exact.NO);
  }

  /**
   * Operands 0 or 1 of a tuple. Where copies have the operands of a sum in another order than the first, they are
   * exchanged.
   */
  private operandsOf(at: number, which: number): number {
    const { f } = this;
    const t = this.tuples.a;
    const o = f.op[t[at]];
    const to = this.operands(at, which);
    if (f.b[t[at]] < 0 || !(isCommutative(o) || EXCHANGEABLE.includes(o))) return to;
    for (let c = 1; c < this.copies; c++) {
      const first = this.tuples.a[at];
      const x = this.tuples.a[at + c];
      const straight = this.likeness(f.a[first], f.a[x], c) + this.likeness(f.b[first], f.b[x], c);
      const crossed = this.likeness(f.a[first], f.b[x], c) + this.likeness(f.b[first], f.a[x], c);
      if (crossed > straight) this.tuples.a[to + c] = which === 0 ? f.b[x] : f.a[x];
    }
    return to;
  }

  /** How much x and y look like the first and number c of a tuple. */
  private likeness(x: number, y: number, c: number): number {
    const { f } = this;
    if (x === y) return 3;
    if (f.block[x] !== this.h || f.block[y] !== this.h) return 0;
    if (f.op[x] === Op.PARAM || f.op[y] === Op.PARAM) return f.op[x] === Op.PARAM ? 1 : 0;
    if (f.op[x] !== f.op[y]) return 0;
    if (!isLoad(f.op[x])) return 2;
    const distance = this.distance(x, y);
    return Math.abs(distance) === c * accessBytes(f.op[x]) ? 3 : 1;
  }

  /** Bytes from the address of access x to that of y; NaN if that is not known. */
  distance(x: number, y: number): number {
    const i = this.slot[x];
    const j = this.slot[y];
    if (this.rootAt[i] !== this.rootAt[j]) return NaN;
    return ((this.placeAt[j] - this.placeAt[i]) | 0) + (this.f.imm[y] >>> 0) - (this.f.imm[x] >>> 0);
  }

  /** A tuple of sums of the loop's variables that differ in constants. */
  private findLinear(at: number): number {
    const { f, h, addresses, places, copies } = this;
    const from = places.n;
    let root = -1;
    for (let c = 0; c < copies; c++) {
      const x = this.tuples.a[at + c];
      const o = f.op[x];
      const isSum = o === Op.PARAM || o === Op.I32_SHL || (o >= Op.I32_ADD && o <= Op.I32_MUL);
      if (f.block[x] !== h || !isSum || !addresses.find(f, h, this.loop, x)) return -1;
      if (addresses.steps.a[addresses.root] === 0 || (c > 0 && addresses.root !== root)) return -1;
      root = addresses.root;
      places.push(addresses.place);
    }
    return this.node(Kind.LINEAR, 0, root, from, -1, 2, Exact.BOTH);
  }

  // ------------------------------------------------------------------ conditions

  /** The node for the values of a tuple as conditions; -1 if there is none. */
  mask(at: number): number {
    if (this.n > MAX_NODES || this.depth > MAX_DEPTH) return -1;
    const known = this.known(at, 1);
    if (known >= 0) return known;
    this.depth++;
    const v = this.name(this.findMask(at), at);
    this.depth--;
    this.tuples.n = at + this.copies;
    if (v >= 0) this.isMask.a[v] = 1;
    return v;
  }

  private findMask(at: number): number {
    const { f } = this;
    if (!this.isOneKind(at)) return -1;
    const x = this.tuples.a[at];
    const o = f.op[x];
    if (o === Op.I32_EQZ || o === Op.I64_EQZ) {
      const operand = this.operands(at, 0);
      if (isCondition(f.op[this.tuples.a[operand]])) {
        const mask = this.mask(operand);
        return mask < 0 ? -1 : this.operation(Op.V128_NOT, mask, -1, -1, this.width.a[mask], Exact.NO);
      }
      const a = this.data(operand);
      return a < 0 ? -1 : this.isZero(a);
    }
    if (isIntegerComparison(o) || isFloatComparison(o) || (o >= Op.I64_EQ && o <= Op.I64_GE_U)) {
      const a = this.data(this.operands(at, 0));
      const b = a < 0 ? -1 : this.data(this.operands(at, 1));
      if (b < 0) return -1;
      const width = this.width.a[a];
      const op = LANE_COMPARISON[width][this.inLanes(o, a, b)];
      return op === 0 || this.width.a[b] !== width ? -1 : this.operation(op, a, b, -1, width, Exact.NO);
    }
    if (o === Op.I32_AND || o === Op.I32_OR || o === Op.I32_XOR) {
      if (isCondition(f.op[f.a[x]]) && isCondition(f.op[f.b[x]])) {
        const a = this.mask(this.operands(at, 0));
        const b = a < 0 ? -1 : this.mask(this.operands(at, 1));
        if (b < 0 || this.width.a[a] !== this.width.a[b]) return -1;
        return this.operation(LANE_OPERATION[2][o], a, b, -1, this.width.a[a], Exact.NO);
      }
    }
    const a = this.data(at);
    if (a < 0 || f.type[x] !== ValType.I32) return -1;
    const zero = this.isZero(a);
    return zero < 0 ? -1 : this.operation(Op.V128_NOT, zero, -1, -1, this.width.a[a], Exact.NO);
  }

  private isZero(a: number): number {
    const width = this.width.a[a];
    if (this.exact.a[a] === Exact.NO) return -1;
    return this.operation(LANES_EQUAL[width], a, this.number(0, width), -1, width, Exact.NO);
  }

  /** The comparison of i32s that lanes of nodes a and b need: 0 if they do not tell the numbers. */
  private inLanes(o: number, a: number, b: number): number {
    if (this.width.a[a] >= 2) return o;
    const exact = this.exact.a[a] & this.exact.a[b];
    if ((exact & Exact.SIGNED) !== 0) return o;
    if ((exact & Exact.UNSIGNED) === 0) return 0;
    const isSigned = o >= Op.I32_LT_S && ((o - Op.I32_LT_S) & 1) === 0;
    return isSigned ? o + 1 : o;
  }

  private findSelect(at: number, width: number): number {
    const { f } = this;
    const a = this.data(this.operands(at, 0));
    const b = a < 0 ? -1 : this.data(this.operands(at, 1));
    if (b < 0) return -1;
    const exact = this.exact.a[a] & this.exact.a[b];
    const choice = this.choice(at);
    if (choice !== 0) {
      const op = LANE_CHOICE[width][this.inLanes(choice, a, b)];
      if (op !== 0) {
        for (let c = 0; c < this.copies; c++) this.cover(f.c[this.tuples.a[at + c]]);
        // Of floats with exchanged operands, see there.
        return isFloatComparison(choice)
          ? this.operation(op, b, a, -1, width, exact)
          : this.operation(op, a, b, -1, width, exact);
      }
    }
    const mask = this.mask(this.operands(at, 2));
    if (mask < 0 || this.width.a[mask] !== width) return -1;
    return this.operation(LANE_SELECT[width], a, b, mask, width, exact);
  }

  /** The comparison `x op y` that decides each `select(x, y)` of a tuple, 0 if it compares something else. */
  private choice(at: number): number {
    const { f } = this;
    const t = this.tuples.a;
    let choice = 0;
    for (let c = 0; c < this.copies; c++) {
      const v = t[at + c];
      const k = f.c[v];
      let o = f.op[k];
      if (f.block[k] !== this.h || o > Op.F64_GE) return 0;
      if (f.a[k] === f.b[v] && f.b[k] === f.a[v]) o = SWAPPED_COMPARISON[o];
      else if (f.a[k] !== f.a[v] || f.b[k] !== f.b[v]) return 0;
      if (c > 0 && o !== choice) return 0;
      choice = o;
    }
    return choice;
  }

  private findShift(at: number, width: number): number {
    const { f } = this;
    const x = this.tuples.a[at];
    const o = f.op[x];
    const by = f.b[x];
    for (let c = 1; c < this.copies; c++) if (f.b[this.tuples.a[at + c]] !== by) return -1;
    if (f.block[by] === this.h) return -1;
    const a = this.data(this.operands(at, 0));
    if (a < 0) return -1;
    let exact: number = Exact.NO;
    if (width < 2) {
      if (f.op[by] !== Op.I32_CONST || (f.imm[by] & 31) >= 8 << width) return -1;
      if (o !== Op.I32_SHL) {
        exact = this.exact.a[a] & (o === Op.I32_SHR_S ? Exact.SIGNED : Exact.UNSIGNED);
        if (exact === 0) return -1;
      }
    }
    return this.node(Kind.SHIFT, LANE_SHIFT[width][o], a, by, -1, width, exact);
  }

  // ------------------------------------------------------------------ memory

  /**
   * The order of the addresses of a tuple of accesses: 1 or -1 where they are neighbours, in all lanes; else 0.
   */
  order(at: number): number {
    const { f, copies } = this;
    const t = this.tuples.a;
    const bytes = accessBytes(f.op[t[at]]);
    const step = this.addresses.steps.a[this.rootAt[this.slot[t[at]]]];
    let direction = copies > 1 ? Math.sign(this.distance(t[at], t[at + 1])) : Math.sign(step);
    if (Number.isNaN(direction)) return 0;
    for (let c = 1; c < copies; c++) if (this.distance(t[at], t[at + c]) !== direction * c * bytes) direction = 0;
    return this.iterations > 1 && step !== direction * copies * bytes ? 0 : direction;
  }

  /** Notes an access of the values of a tuple; returns its lowest one, whose address the vector has. */
  access(at: number, direction: number, isStore: boolean): number {
    const t = this.tuples.a;
    this.accesses.push(this.accessMembers.n);
    this.accesses.push(isStore ? 1 : 0);
    this.accesses.push(accessBytes(this.f.op[t[at]]));
    this.accesses.push(direction);
    for (let c = 0; c < this.copies; c++) this.accessMembers.push(t[at + c]);
    return t[direction > 0 ? at : at + this.copies - 1];
  }

  /** The constant of the address of a vector whose lowest member is x. */
  placeOf(x: number, direction: number): number {
    const i = this.slot[x];
    const back = direction < 0 ? Math.imul(this.iterations - 1, this.addresses.steps.a[this.rootAt[i]]) : 0;
    return (this.placeAt[i] + back) | 0;
  }

  private findLoad(at: number, width: number): number {
    const { f } = this;
    const o = f.op[this.tuples.a[at]];
    const bytes = accessBytes(o);
    if (bytes > 1 << width) return -1;
    const direction = this.order(at);
    if (direction === 0) return -1;
    const isSigned = SIGNED_LOADS.includes(o);
    const total = bytes * this.lanes;
    const isWhole = bytes === 1 << width;
    const op = isWhole || total < 8 ? WHOLE_LOAD[total] : EXTENDING_LOAD[bytes] + (isSigned ? 0 : 1);
    if (op === undefined || op === 0) return -1;
    const lowest = this.access(at, direction, false);
    let exact: number = isSigned ? Exact.SIGNED : Exact.UNSIGNED;
    if (!isWhole) exact = isSigned ? Exact.SIGNED : Exact.BOTH;
    let v = this.node(
      Kind.LOAD,
      op,
      this.rootAt[this.slot[lowest]],
      this.placeOf(lowest, direction),
      f.imm[lowest],
      width,
      exact,
    );
    if (!isWhole && total < 8)
      for (let w = 31 - Math.clz32(bytes); w < width; w++)
        v = this.operation(EXTENSION[w] + (isSigned ? 0 : 2), v, -1, -1, width, exact);
    return direction === this.direction ? v : this.node(Kind.REVERSE, 0, v, -1, -1, width, exact);
  }

  /** A tuple that begins with a parameter: what the iteration before had at the end, then the lanes that follow. */
  private findEarlier(at: number): number {
    const { f, copies } = this;
    const p = this.tuples.a[at];
    if (f.block[p] !== this.h || this.direction < 0 || this.elements > this.lanes) return -1;
    if (this.loop.stepOf(f, this.h, p) !== 0) return -1;
    for (let k = 0; k < this.earlier.n; k += 2) if (this.earlier.a[k] === p) return -1;
    const k = this.earlier.n;
    this.earlier.push(p);
    this.earlier.push(-1);
    const to = this.tuples.n;
    for (let c = 1; c < copies; c++) this.tuples.push(this.tuples.a[at + c]);
    this.tuples.push(this.loop.argument(f, this.loop.back, p));
    const v = this.data(to);
    if (v < 0) return -1;
    const width = this.width.a[v];
    this.earlier.a[k + 1] = v;
    let exact = this.exact.a[v];
    if (width < 2) {
      // What came in before the first iteration has to fit in a lane, too, and the last has to be told from one.
      const first = this.splat(this.loop.argument(f, this.loop.entry, p), width);
      exact &= this.exact.a[first];
      if (exact === 0) return -1;
    }
    return this.node(Kind.EARLIER, 0, v, p, -1, width, exact);
  }
}

/** By bytes. */
const WHOLE_LOAD: Record<number, Op> = { 16: Op.V128_LOAD, 8: Op.V128_LOAD64_ZERO, 4: Op.V128_LOAD32_ZERO };
/** By bytes of an element; loads of eight bytes, signed; the next is unsigned. */
const EXTENDING_LOAD = [0, Op.V128_LOAD8X8_S, Op.V128_LOAD16X4_S, 0, Op.V128_LOAD32X2_S];
/** To twice the width, by log2 of it; signed, and two further on unsigned. */
const EXTENSION = [Op.I16X8_EXTEND_LOW_I8X16_S, Op.I32X4_EXTEND_LOW_I16X8_S, Op.I64X2_EXTEND_LOW_I32X4_S];
const SIGNED_LOADS: readonly number[] = [
  Op.I32_LOAD8_S,
  Op.I32_LOAD16_S,
  Op.I64_LOAD8_S,
  Op.I64_LOAD16_S,
  Op.I64_LOAD32_S,
];

const isCondition = (o: number): boolean => o >= Op.I32_EQZ && o <= Op.F64_GE;

const isReinterpretation = (o: number): boolean => o >= Op.I32_REINTERPRET_F32 && o <= Op.F64_REINTERPRET_I64;

const isCommutative = (o: number): boolean =>
  o === Op.I32_ADD ||
  o === Op.I32_MUL ||
  (o >= Op.I32_AND && o <= Op.I32_XOR) ||
  o === Op.I64_ADD ||
  o === Op.I64_MUL ||
  (o >= Op.I64_AND && o <= Op.I64_XOR);

/** What narrow lanes of a result tell, from what those of the operands do. */
function exactOf(o: number, a: number, b: number): Exact {
  if (o === Op.I32_AND) return ((a | b) & Exact.UNSIGNED) | (a & b & Exact.SIGNED);
  return o === Op.I32_OR || o === Op.I32_XOR ? a & b : Exact.NO;
}
