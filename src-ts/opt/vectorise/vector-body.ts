/**
 * The vector loop as code: what comes before it, its body, what comes after it. The scalar loop goes on where it ends,
 * for at least one iteration: so there is one way out of the loop, as before.
 */
import type { Func } from '../../ir/func.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';
import { ValType } from '../../wasm/types.js';
import { Hint } from '../../wasm/branch-hints.js';
import type { CountedLoop } from '../counted-loop.js';
import type { Addresses } from './addresses.js';
import { INTEGER_SPLAT, LANE_OPERATION } from './lane-operations.js';
import type { NewCode } from './new-code.js';
import { Exact, Kind } from './nodes.js';
import type { OrderedSums } from './ordered-sums.js';
import { Access, type Packs } from './packs.js';
import { Adding, type Sums } from './sums.js';

export class VectorBody {
  /** What is executed once before the vector loop, its body without parameters, and once after it. */
  readonly before = new IntVec(32);
  readonly body = new IntVec(64);
  readonly after = new IntVec(32);
  /** Parameters of the vector loop, their first and next values. */
  readonly params = new IntVec(8);
  readonly firsts = new IntVec(8);
  readonly nexts = new IntVec(8);
  /** What the scalar loop's parameters are when it goes on, in their order. */
  readonly results = new IntVec(8);

  // --- in work ---
  /** Which of the vectors of an iteration it is. */
  private turn = 0;
  private f!: Func;
  private h = 0;
  private loop!: CountedLoop;
  private addresses!: Addresses;
  private packs!: Packs;
  private code!: NewCode;
  /** By node, root, position: the value, -1 as long as there is none. */
  private readonly valueOf = new IntVec(64);
  private readonly rootValue = new IntVec(8);
  private readonly fixed = new Int32Array(512);
  private readonly words = new Int32Array(4);
  /** By node. */
  private readonly needed = new Uint8Array(128);
  /** By parameter of the vector loop: that of the scalar loop. */
  private readonly standsFor = new IntVec(8);

  /**
   * Emits everything for the stores of the packs (triples: first store of an access, its words in `accesses`, node) and the sums.
   * `done`: the iterations in vectors, a multiple of those of `turns` vectors: so many there are in an iteration.
   */
  emit(
    f: Func,
    h: number,
    loop: CountedLoop,
    addresses: Addresses,
    packs: Packs,
    sums: Sums,
    ordered: OrderedSums,
    stores: IntVec,
    code: NewCode,
    done: number,
    turns: number,
    pos: number,
  ): void {
    this.f = f;
    this.h = h;
    this.loop = loop;
    this.addresses = addresses;
    this.packs = packs;
    this.code = code;
    for (const list of [this.before, this.body, this.after, this.params, this.firsts, this.nexts, this.results])
      list.n = 0;
    this.standsFor.n = this.valueOf.n = this.rootValue.n = 0;
    this.fixed.fill(-1);
    for (let r = 0; r < addresses.roots; r++) this.rootValue.push(-1);
    for (let v = 0; v < packs.n; v++) this.valueOf.push(-1);
    this.markNeeded(stores, sums, ordered);

    for (let k = 0; k < packs.earlier.n; k += 2) this.beginEarlier(packs.earlier.a[k], packs.earlier.a[k + 1], pos);
    for (let s = 0; s < sums.params.n; s++) this.beginSum(sums, s);
    for (let s = 0; s < ordered.params.n; s++) {
      const p = ordered.params.a[s];
      this.parameter(p, loop.argument(f, loop.entry, p), f.type[p]);
    }
    for (this.turn = 0; this.turn < turns; this.turn++) {
      for (let v = 0; v < packs.n; v++)
        if (this.needed[v] !== 0 && (this.turn === 0 || packs.kind.a[v] !== Kind.SPLAT))
          this.valueOf.a[v] = this.node(v, pos);
      for (let k = 0; k < packs.earlier.n; k += 2) this.nexts.a[k >> 1] = this.valueOf.a[packs.earlier.a[k + 1]];
      code.goTo(this.body, pos);
      for (let k = 0; k < stores.n; k += 2) this.store(stores.a[k], stores.a[k + 1]);
      code.goTo(this.body, pos);
      for (let s = 0; s < sums.params.n; s++) this.sum(sums, s);
      for (let s = 0; s < ordered.params.n; s++) this.orderedSum(ordered, s);
    }
    this.control(done, turns, pos);
    this.finish(sums, done, pos);
  }

  /** How many nodes are needed, splats left out. */
  sizeOf(packs: Packs, stores: IntVec, sums: Sums, ordered: OrderedSums): number {
    this.packs = packs;
    this.markNeeded(stores, sums, ordered);
    let n = 0;
    for (let v = 0; v < packs.n; v++) if (this.needed[v] !== 0 && packs.kind.a[v] !== Kind.SPLAT) n++;
    return n;
  }

  /** Which nodes something is made of: some only helped to find others. */
  private markNeeded(stores: IntVec, sums: Sums, ordered: OrderedSums): void {
    const { needed, packs } = this;
    needed.fill(0);
    for (let k = 0; k < stores.n; k += 2) needed[stores.a[k + 1]] = 1;
    for (let k = 0; k < sums.items.n; k += 4)
      for (let j = k + 2; j < k + 4; j++) if (sums.items.a[j] >= 0) needed[sums.items.a[j]] = 1;
    for (let k = 0; k < packs.earlier.n; k += 2) needed[packs.earlier.a[k + 1]] = 1;
    for (let k = 0; k < ordered.nodes.n; k++) needed[ordered.nodes.a[k]] = 1;
    for (let v = packs.n - 1; v >= 0; v--) {
      const kind = packs.kind.a[v];
      if (needed[v] === 0 || kind === Kind.SPLAT || kind === Kind.LOAD || kind === Kind.LINEAR) continue;
      needed[packs.x.a[v]] = 1;
      if (kind !== Kind.OPERATION) continue;
      if (packs.y.a[v] >= 0) needed[packs.y.a[v]] = 1;
      if (packs.z.a[v] >= 0) needed[packs.z.a[v]] = 1;
    }
  }

  // ------------------------------------------------------------------ parameters

  /** A parameter of the vector loop that stands for p, one of the scalar loop. */
  private parameter(p: number, first: number, type: number): number {
    const v = this.code.parameter(this.params.n, type);
    this.params.push(v);
    this.firsts.push(first);
    // Until it is known.
    this.nexts.push(v);
    this.standsFor.push(p);
    return v;
  }

  /** Number of the parameter that stands for p, -1 if there is none. */
  private numberOf(p: number): number {
    for (let k = 0; k < this.params.n; k++) if (this.standsFor.a[k] === p) return k;
    return -1;
  }

  /** The vector loop's variable for p, one of the scalar loop. */
  private variable(p: number): number {
    const { loop, f } = this;
    const k = this.numberOf(p);
    if (k >= 0) return this.params.a[k];
    const v = this.parameter(p, loop.argument(f, loop.entry, p), ValType.I32);
    if (f.bounded) sameBounds(f, v, p);
    return v;
  }

  // ------------------------------------------------------------------ nodes

  private node(v: number, pos: number): number {
    const { packs, code } = this;
    const x = packs.x.a[v];
    const y = packs.y.a[v];
    const z = packs.z.a[v];
    const op = packs.op.a[v];
    code.goTo(this.body, pos);
    switch (packs.kind.a[v] as Kind) {
      case Kind.SPLAT:
        return this.splat(x, z, packs.width.a[v], pos);
      case Kind.LOAD:
        return code.emit(op, this.address(x, y), -1, -1, z);
      case Kind.SHIFT:
        return code.emit(op, this.valueOf.a[x], this.shiftBy(y));
      case Kind.REVERSE:
        return this.reverse(this.valueOf.a[x], packs.width.a[v]);
      case Kind.LINEAR:
        return this.linear(x, y, pos);
      case Kind.EARLIER:
        return this.earlierLanes(this.nexts.a[this.numberOf(y)], this.valueOf.a[x], packs.width.a[v]);
      default:
        return code.emit(op, this.valueOf.a[x], y < 0 ? -1 : this.valueOf.a[y], z < 0 ? -1 : this.valueOf.a[z]);
    }
  }

  /** The amount of a shift as an i32. */
  private shiftBy(y: number): number {
    const { f, code } = this;
    if (f.type[y] === ValType.I32) return y;
    if (f.op[y] === Op.I64_CONST) return code.i32(f.imm[y]);
    code.goTo(this.before, f.pos[y]);
    const by = code.emit(Op.I32_WRAP_I64, y);
    code.goTo(this.body, f.pos[y]);
    return by;
  }

  private splat(x: number, value: number, width: number, pos: number): number {
    const { f, code } = this;
    if (x < 0) return code.v128Of(value, width);
    if (f.op[x] === Op.I32_CONST) return code.v128Of(f.imm[x], width);
    if (f.op[x] === Op.F32_CONST) return code.v128Of(f.imm[x], 2);
    if (f.op[x] === Op.I64_CONST || f.op[x] === Op.F64_CONST)
      return code.v128(f.imm[x], f.imm2[x], f.imm[x], f.imm2[x]);
    code.goTo(this.before, pos);
    const scalar = this.fixedValue(x);
    if (f.type[x] === ValType.F32) return code.emit(Op.F32X4_SPLAT, scalar);
    if (f.type[x] === ValType.F64) return code.emit(Op.F64X2_SPLAT, scalar);
    return code.emit(INTEGER_SPLAT[width], scalar);
  }

  /** A value that no iteration changes, computed before the loop. */
  private fixedValue(x: number): number {
    const { f, code, packs } = this;
    if (x < 0 || f.block[x] !== this.h) return x;
    const i = packs.slot[x];
    if (this.fixed[i] >= 0) return this.fixed[i];
    const a = this.fixedValue(f.a[x]);
    const b = this.fixedValue(f.b[x]);
    const c = this.fixedValue(f.c[x]);
    code.goTo(this.before, f.pos[x]);
    this.fixed[i] = code.emit(f.op[x], a, b, c, f.imm[x], f.imm2[x], f.type[x]);
    return this.fixed[i];
  }

  /** Address of a vector: the sum of a root's terms, and a constant. */
  private address(root: number, place: number): number {
    const { addresses, code, f, h } = this;
    const pos = f.pos[f.order[f.blockStart[h + 1] - 1]];
    if (this.rootValue.a[root] < 0) {
      let sum = -1;
      let moving = -1;
      code.goTo(this.before, pos);
      const to = addresses.termAt.a[root + 1];
      for (let k = addresses.termAt.a[root]; k < to; k += 2)
        if (f.block[addresses.terms.a[k]] !== h)
          sum = code.add(sum, code.times(addresses.terms.a[k], addresses.terms.a[k + 1]));
      code.goTo(this.body, pos);
      for (let k = addresses.termAt.a[root]; k < to; k += 2)
        if (f.block[addresses.terms.a[k]] === h)
          moving = code.add(moving, code.times(this.variable(addresses.terms.a[k]), addresses.terms.a[k + 1]));
      this.rootValue.a[root] = sum < 0 ? moving : moving < 0 ? sum : code.add(sum, moving);
    }
    code.goTo(this.body, pos);
    const by = Math.imul(addresses.steps.a[root], this.turn * this.packs.iterations);
    return code.plus(this.rootValue.a[root], place + by);
  }

  // ------------------------------------------------------------------ lanes

  /** Sums with the variables of a root, for each copy another constant, for each iteration a step more. */
  private linear(root: number, places: number, pos: number): number {
    const { packs, addresses, code, words } = this;
    words.fill(0);
    for (let j = 0; j < packs.lanes; j++) {
      const iteration = Math.floor(j / packs.copies);
      const k = packs.places.a[places + (j % packs.copies)] + Math.imul(addresses.steps.a[root], iteration);
      words[packs.direction > 0 ? j : packs.lanes - 1 - j] = k;
    }
    const first = this.address(root, 0);
    code.goTo(this.body, pos);
    return code.emit(Op.I32X4_ADD, code.emit(Op.I32X4_SPLAT, first), code.v128(words[0], words[1], words[2], words[3]));
  }

  private reverse(v: number, width: number): number {
    const { lanes } = this.packs;
    const bytes = this.code.lanes();
    for (let k = 0; k < 16; k++) {
      const lane = k >> width;
      bytes[k] = lane < lanes ? ((lanes - 1 - lane) << width) + (k & ((1 << width) - 1)) : k;
    }
    return this.code.shuffle(v, v);
  }

  private earlierLanes(before: number, v: number, width: number): number {
    const bytes = this.code.lanes();
    const size = 1 << width;
    for (let k = 0; k < 16; k++) bytes[k] = k < size ? ((this.packs.lanes - 1) << width) + k : 16 + k - size;
    return this.code.shuffle(before, v);
  }

  /** A parameter for the vector of the iterations before; node g is its next value. */
  private beginEarlier(p: number, g: number, pos: number): void {
    const { code, loop, f, packs } = this;
    const first = loop.argument(f, loop.entry, p);
    code.goTo(this.before, pos);
    this.parameter(p, this.splat(first, 0, packs.width.a[g], pos), ValType.V128);
  }

  // ------------------------------------------------------------------ stores and sums

  private store(k: number, node: number): void {
    const { packs, code, f } = this;
    const from = packs.accesses.a[k + Access.MEMBERS];
    const direction = packs.accesses.a[k + Access.DIRECTION];
    const bytes = packs.accesses.a[k + Access.BYTES];
    const lowest = packs.accessMembers.a[direction > 0 ? from : from + packs.copies - 1];
    const address = this.address(packs.rootAt[packs.slot[lowest]], packs.placeOf(lowest, direction));
    code.goTo(this.body, f.pos[lowest]);
    const width = packs.width.a[node];
    let v = this.valueOf.a[node];
    if (direction !== packs.direction) v = this.reverse(v, width);
    if (bytes < 1 << width) {
      const lanes = code.lanes();
      for (let i = 0; i < 16; i++) {
        const lane = Math.floor(i / bytes);
        lanes[i] = lane < packs.lanes ? (lane << width) + (i % bytes) : i;
      }
      v = code.shuffle(v, v);
    }
    const total = bytes * packs.lanes;
    code.emit(STORE[31 - Math.clz32(total)], address, v, -1, f.imm[lowest]);
  }

  /** A parameter for the lanes of sum s, which begin with what changes nothing. */
  private beginSum(sums: Sums, s: number): void {
    const { code } = this;
    const o = sums.ops.a[s];
    const neutral = o === Op.I32_AND || o === Op.I64_AND ? -1 : o === Op.I32_MUL ? 1 : 0;
    const lanes = neutral === -1 ? code.v128(-1, -1, -1, -1) : code.v128Of(neutral, o >= Op.I64_ADD ? 3 : 2);
    this.parameter(sums.params.a[s], lanes, ValType.V128);
  }

  /** Adds the items of sum s to its lanes. */
  private sum(sums: Sums, s: number): void {
    const { code } = this;
    const op = LANE_OPERATION[sums.ops.a[s] >= Op.I64_ADD ? 3 : 2][sums.ops.a[s]];
    const at = this.numberOf(sums.params.a[s]);
    let total = this.nexts.a[at];
    for (let k = 0; k < sums.items.n; k += 4) {
      if (sums.items.a[k] !== s) continue;
      let v = this.valueOf.a[sums.items.a[k + 2]];
      switch (sums.items.a[k + 1] as Adding) {
        case Adding.PRODUCTS:
          v = code.emit(Op.I32X4_DOT_I16X8_S, v, this.valueOf.a[sums.items.a[k + 3]]);
          break;
        case Adding.UNSIGNED_8:
        case Adding.SIGNED_8: {
          const by = sums.items.a[k + 1] === Adding.UNSIGNED_8 ? 1 : 0;
          v = code.emit(Op.I16X8_EXTADD_PAIRWISE_I8X16_S + by, v);
          v = code.emit(Op.I32X4_EXTADD_PAIRWISE_I16X8_S + by, v);
          break;
        }
        case Adding.UNSIGNED_16:
        case Adding.SIGNED_16:
          v = code.emit(Op.I32X4_EXTADD_PAIRWISE_I16X8_S + (sums.items.a[k + 1] === Adding.UNSIGNED_16 ? 1 : 0), v);
          break;
      }
      total = code.emit(op, total, v);
    }
    this.nexts.a[at] = total;
  }

  /** Adds the lanes of the nodes of ordered sum s one after the other. */
  private orderedSum(ordered: OrderedSums, s: number): void {
    const { code, packs, f } = this;
    const p = ordered.params.a[s];
    const extract = f.type[p] === ValType.F32 ? Op.F32X4_EXTRACT_LANE : Op.F64X2_EXTRACT_LANE;
    const at = this.numberOf(p);
    let sum = this.nexts.a[at];
    for (let k = ordered.nodeAt.a[s]; k < ordered.nodeAt.a[s + 1]; k++)
      for (let lane = 0; lane < packs.lanes; lane++) {
        const place = packs.direction > 0 ? lane : packs.lanes - 1 - lane;
        const x = code.emit(extract, this.valueOf.a[ordered.nodes.a[k]], -1, -1, place);
        sum = ordered.isSecond(s) ? code.emit(ordered.ops.a[s], x, sum) : code.emit(ordered.ops.a[s], sum, x);
      }
    this.nexts.a[at] = sum;
  }

  // ------------------------------------------------------------------ the end

  /** The branch back, until all is done. */
  private control(done: number, turns: number, pos: number): void {
    const { loop, f, code } = this;
    code.goTo(this.body, pos);
    const tested = this.variable(loop.variable);
    for (let k = 0; k < this.params.n; k++) {
      const step = loop.stepOf(f, this.h, this.standsFor.a[k]);
      if (step !== 0) this.nexts.a[k] = code.plus(this.params.a[k], Math.imul(step, this.packs.iterations * turns));
    }
    code.goTo(this.before, pos);
    const first = loop.argument(f, loop.entry, loop.variable);
    const end = code.moved(first, done, loop.stepOf(f, this.h, loop.variable));
    code.goTo(this.body, pos);
    const goesOn = code.emit(Op.I32_NE, this.nexts.a[f.imm[tested]], end);
    code.emit(Op.BR_IF, goesOn, -1, -1, Hint.LIKELY, 0, 0);
  }

  private finish(sums: Sums, done: number, pos: number): void {
    const { f, h, code } = this;
    code.goTo(this.after, pos);
    for (let k = f.paramAt[h]; k < f.paramAt[h + 1]; k++) this.results.push(this.resultOf(f.params[k], sums, done));
    code.emit(Op.BR, -1, -1, -1, 0, 0, 0);
  }

  /** What parameter p of the scalar loop is after the vector loop. */
  private resultOf(p: number, sums: Sums, done: number): number {
    const { f, code, loop, packs } = this;
    const first = loop.argument(f, loop.entry, p);
    const k = this.numberOf(p);
    // A variable that no vector needs, or nothing that changes.
    const step = loop.stepOf(f, this.h, p);
    if (k < 0) return step === 0 ? first : code.moved(first, done, step);
    const next = this.nexts.a[k];
    if (f.type[this.params.a[k]] !== ValType.V128) return next;
    for (let s = 0; s < sums.params.n; s++) if (sums.params.a[s] === p) return this.total(sums.ops.a[s], first, next);
    for (let e = 0; e < packs.earlier.n; e += 2)
      if (packs.earlier.a[e] === p) return this.lastLane(packs.earlier.a[e + 1], f.type[p]);
    return next;
  }

  /** All lanes of a sum and what it was at first. */
  private total(op: number, first: number, v: number): number {
    const { code } = this;
    const isWide = op >= Op.I64_ADD;
    const extract = isWide ? Op.I64X2_EXTRACT_LANE : Op.I32X4_EXTRACT_LANE;
    let sum = -1;
    for (let k = 0; k < (isWide || this.packs.widest === 3 ? 2 : 4); k++) {
      const lane = code.emit(extract, v, -1, -1, k);
      sum = sum < 0 ? lane : code.emit(op, sum, lane);
    }
    return code.emit(op, sum, first);
  }

  private lastLane(node: number, type: number): number {
    const { code, packs } = this;
    const v = this.valueOf.a[node];
    const lane = packs.lanes - 1;
    const isUnsigned = (packs.exact.a[node] & Exact.UNSIGNED) !== 0 ? 1 : 0;
    if (type === ValType.F32) return code.emit(Op.F32X4_EXTRACT_LANE, v, -1, -1, lane);
    if (type === ValType.F64) return code.emit(Op.F64X2_EXTRACT_LANE, v, -1, -1, lane);
    switch (packs.width.a[node]) {
      case 0:
        return code.emit(Op.I8X16_EXTRACT_LANE_S + isUnsigned, v, -1, -1, lane);
      case 1:
        return code.emit(Op.I16X8_EXTRACT_LANE_S + isUnsigned, v, -1, -1, lane);
      case 2:
        return code.emit(Op.I32X4_EXTRACT_LANE, v, -1, -1, lane);
      default:
        return code.emit(Op.I64X2_EXTRACT_LANE, v, -1, -1, lane);
    }
  }
}

/** Variable v takes some of the values that variable p takes. */
function sameBounds(f: Func, v: number, p: number): void {
  if (f.boundKind.length <= v) {
    const n = v * 2;
    f.boundKind = extended(f.boundKind, new Uint8Array(n));
    f.least = extended(f.least, new Uint32Array(n));
    f.most = extended(f.most, new Uint32Array(n));
  }
  f.boundKind[v] = f.boundKind[p];
  f.least[v] = f.least[p];
  f.most[v] = f.most[p];
}

function extended<T extends Uint8Array | Uint32Array>(old: T, to: T): T {
  to.set(old);
  return to;
}

/** By log2 of the bytes: those of the lowest lanes. */
const STORE = [Op.V128_STORE8_LANE, Op.V128_STORE16_LANE, Op.V128_STORE32_LANE, Op.V128_STORE64_LANE, Op.V128_STORE];
