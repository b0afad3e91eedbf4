/**
 * What has to hold before a loop may run in vectors, tested once before it: it runs long enough, every address of every
 * access is within the memory (so nothing traps, and no address wraps), and no vector reads or overwrites what the scalar
 * loop would have written in another order. Whatever fails goes to the scalar loop.
 *
 * Distances between accesses that move alike decide alone: a load ahead of a store, or a vector behind it, is as good as
 * one in another array.
 */
import type { Func } from '../../ir/func.js';
import { accessBytes } from '../../ir/memory.js';
import { isStore } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import type { CountedLoop } from '../counted-loop.js';
import type { Addresses } from './addresses.js';
import type { NewCode } from './new-code.js';
import { Access, type Packs } from './packs.js';

/** Roots of a loop. */
const MAX_ROOTS = 8;
/** Tests of distances and of ranges. */
const MAX_TESTS = 12;
const HALF = 0x80000000;
/**
 * A vector that is loaded this many bytes behind a store, or nearer, mostly spans two vectors that still wait in the
 * store queue: no processor forwards that, and each load waits until both are in the cache. The scalar loop is faster.
 */
const NEAR = 128;

export class Guard {
  // --- by root ---
  /** The least constant of its addresses, and how many bytes the accesses of an iteration reach from there. */
  private readonly least = new Float64Array(MAX_ROOTS);
  private readonly reach = new Float64Array(MAX_ROOTS);
  private readonly used = new Uint8Array(MAX_ROOTS);
  private readonly stored = new Uint8Array(MAX_ROOTS);
  /** The ends of its range: values of 64 bits. */
  private readonly low = new Int32Array(MAX_ROOTS);
  private readonly end = new Int32Array(MAX_ROOTS);
  /** Sum of its terms before the first iteration. */
  private readonly start = new Int32Array(MAX_ROOTS);

  /** By pair of roots a < b, a · MAX_ROOTS + b: distances from a to b, exclusive, that are none to have. */
  private readonly above = new Float64Array(MAX_ROOTS * MAX_ROOTS);
  private readonly below = new Float64Array(MAX_ROOTS * MAX_ROOTS);
  /** Ranges must be apart. */
  private readonly apart = new Uint8Array(MAX_ROOTS * MAX_ROOTS);
  /** How many tests there are to make. */
  tests = 0;

  // --- the code ---
  /** The condition under which vectors are right; -1: always; -2: never. */
  condition = -1;
  /** Differences of 64 bits so far, none of which may be negative, or-ed; -1: none yet. */
  private differences = -1;
  private code!: NewCode;

  // ------------------------------------------------------------------ what is to be tested

  /** Looks at the accesses of the packs. False if vectors would be wrong, or the tests too many. */
  analyse(f: Func, packs: Packs, addresses: Addresses): boolean {
    if (addresses.roots > MAX_ROOTS) return false;
    this.used.fill(0);
    this.stored.fill(0);
    this.above.fill(Infinity);
    this.below.fill(-Infinity);
    this.apart.fill(0);
    const { accesses, accessMembers, copies } = packs;
    for (let k = 0; k < accesses.n; k += Access.WORDS)
      for (let c = 0; c < copies; c++) if (!this.addAccess(f, packs, accessMembers.a[accesses.a[k] + c])) return false;
    for (let k = 0; k < packs.fixedLoads.n; k++) if (!this.addAccess(f, packs, packs.fixedLoads.a[k])) return false;
    for (let k = 0; k < accesses.n; k += Access.WORDS) {
      if (accesses.a[k + Access.IS_STORE] === 0) continue;
      // Loads of a vector come first, then the stores in their order.
      for (let j = 0; j < accesses.n; j += Access.WORDS)
        if ((accesses.a[j + Access.IS_STORE] === 0 || j < k) && !this.compare(f, packs, addresses, k, j)) return false;
      for (let j = 0; j < packs.fixedLoads.n; j++)
        this.keepApart(this.rootOf(packs, accesses.a[k]), packs.rootAt[packs.slot[packs.fixedLoads.a[j]]]);
    }
    this.tests = 0;
    for (let r = 0; r < addresses.roots; r++) this.tests += this.used[r];
    for (let k = 0; k < MAX_ROOTS * MAX_ROOTS; k++) if (this.apart[k] !== 0 || this.above[k] !== Infinity) this.tests++;
    return this.tests <= MAX_TESTS;
  }

  private rootOf(packs: Packs, firstMember: number): number {
    return packs.rootAt[packs.slot[packs.accessMembers.a[firstMember]]];
  }

  private addAccess(f: Func, packs: Packs, x: number): boolean {
    const i = packs.slot[x];
    const r = packs.rootAt[i];
    const place = packs.placeAt[i];
    const end = place + (f.imm[x] >>> 0) + accessBytes(f.op[x]);
    if (isStore(f.op[x])) this.stored[r] = 1;
    if (this.used[r] === 0) {
      this.used[r] = 1;
      this.least[r] = place;
      this.reach[r] = end - place;
      return true;
    }
    const least = Math.min(this.least[r], place);
    this.reach[r] = Math.max(this.least[r] + this.reach[r], end) - least;
    // Sums with constants further apart could wrap between one another.
    if (Math.max(this.least[r], place) - least >= HALF) return false;
    this.least[r] = least;
    return true;
  }

  /** Store number k against access number j, which a vector does before it. False if they are in each other's way. */
  private compare(f: Func, packs: Packs, addresses: Addresses, k: number, j: number): boolean {
    const { accesses, accessMembers, copies, lanes, iterations } = packs;
    const [a, b] = [accesses.a[k + Access.MEMBERS], accesses.a[j + Access.MEMBERS]];
    const [r, s] = [this.rootOf(packs, a), this.rootOf(packs, b)];
    if (addresses.steps.a[r] !== addresses.steps.a[s]) {
      this.keepApart(r, s);
      return true;
    }
    // Elements of a vector that the scalar loop has in the other order: by how many the store's is ahead.
    let [first, last] = iterations > 1 ? [1 - lanes, -1] : [lanes, -lanes];
    for (let c = 0; c < copies; c++)
      for (let d = 0; d < copies; d++)
        if (packs.slot[accessMembers.a[a + c]] < packs.slot[accessMembers.a[b + d]]) {
          first = Math.min(first, c - d);
          last = Math.max(last, c - d);
        }
    const bytes = accesses.a[k + Access.BYTES];
    const direction = accesses.a[k + Access.DIRECTION];
    const isAlike = bytes === accesses.a[j + Access.BYTES] && direction === accesses.a[j + Access.DIRECTION];
    const mayWait = isAlike && accesses.a[j + Access.IS_STORE] === 0;
    if (first > last) {
      if (!mayWait) return true;
      [first, last] = [1, -1]; // any distance is right
    }
    let above = bytes * (first - 1);
    let below = bytes * (last + 1);
    if (!isAlike) {
      // Simply no common byte.
      below = lanes * Math.max(bytes, accesses.a[j + Access.BYTES]) * 2;
      above = -below;
    }
    // From the store's first element to the other's, without the roots.
    const x = accessMembers.a[a];
    const y = accessMembers.a[b];
    const places = (at: number): number => packs.placeAt[packs.slot[at]] + (f.imm[at] >>> 0);
    const distance = places(y) - places(x);
    if (r === s) {
      const d = direction * (distance | 0);
      // Whole vectors behind, it loads what one store wrote.
      if (mayWait && d > -NEAR && d < 0 && d % (lanes * bytes) !== 0) return false;
      return d <= above || d >= below;
    }
    if (mayWait) above = Math.min(above, -NEAR);
    let [from, to] = direction > 0 ? [above - distance, below - distance] : [-below - distance, -above - distance];
    if (r > s) [from, to] = [-to, -from];
    const pair = Math.min(r, s) * MAX_ROOTS + Math.max(r, s);
    this.above[pair] = Math.min(this.above[pair], from);
    this.below[pair] = Math.max(this.below[pair], to);
    // So far apart are constants of one array only by mistake.
    return this.below[pair] - this.above[pair] < HALF;
  }

  private keepApart(r: number, s: number): void {
    this.apart[Math.min(r, s) * MAX_ROOTS + Math.max(r, s)] = 1;
  }

  // ------------------------------------------------------------------ the tests

  /**
   * Emits the tests for `less` + 1 iterations. `memoryBytes`: the memory is at least so large. Sets `condition`.
   */
  emit(
    f: Func,
    code: NewCode,
    loop: CountedLoop,
    h: number,
    addresses: Addresses,
    less: number,
    memoryBytes: number,
  ): void {
    this.code = code;
    this.condition = this.differences = -1;
    const turns = code.wide(less);
    let size = -1;
    for (let r = 0; r < addresses.roots; r++) {
      if (this.used[r] === 0) continue;
      let sum = -1;
      for (let k = addresses.termAt.a[r]; k < addresses.termAt.a[r + 1]; k += 2) {
        const t = addresses.terms.a[k];
        const first = f.block[t] === h ? loop.argument(f, loop.entry, t) : t;
        sum = code.add(sum, code.times(first, addresses.terms.a[k + 1]));
      }
      this.start[r] = sum;
      const base = code.wide(code.plus(sum, this.least[r]));
      const step = addresses.steps.a[r];
      this.low[r] = base;
      const top = code.wideAdd(base, code.i64(this.reach[r]));
      this.end[r] = step > 0 ? code.wideAdd(top, code.wideTimes(turns, step)) : top;
      if (step < 0) {
        this.low[r] = code.wideSubtract(base, code.wideTimes(turns, -step));
        this.require(f, this.low[r]);
      }
      if (code.wideKnownLess(this.end[r], code.i64(memoryBytes)) === 1) continue;
      // Beyond every memory.
      if (code.wideKnownLess(this.end[r], code.i64(2 ** 32)) === 0) this.condition = -2;
      if (size < 0) size = code.emit(Op.I64_SHL, code.wide(code.emit(Op.MEMORY_SIZE, -1)), code.i64(16));
      this.require(f, code.wideSubtract(size, this.end[r]));
    }
    this.emitPairs(f, code, addresses.roots);
    if (this.differences >= 0 && this.condition === -1)
      this.condition = code.emit(Op.I64_GE_S, this.differences, code.i64(0));
  }

  private emitPairs(f: Func, code: NewCode, roots: number): void {
    for (let r = 0; r < roots; r++)
      for (let s = r; s < roots; s++) {
        const pair = r * MAX_ROOTS + s;
        if (this.apart[pair] !== 0) {
          // One of them ends before the other begins: not both differences are negative.
          const before = code.wideSubtract(this.low[s], this.end[r]);
          const after = code.wideSubtract(this.low[r], this.end[s]);
          if (isNatural(f, before) || isNatural(f, after)) continue;
          this.require(
            f,
            isNegative(f, before) ? after : isNegative(f, after) ? before : code.emit(Op.I64_AND, before, after),
          );
        }
        if (this.above[pair] === Infinity) continue;
        const zero = code.i32(0);
        const [x, y] = [this.start[r] < 0 ? zero : this.start[r], this.start[s] < 0 ? zero : this.start[s]];
        const distance = code.wide(code.plus(code.subtract(y, x), -this.above[pair] - 1));
        this.require(f, code.wideSubtract(distance, code.i64(this.below[pair] - this.above[pair] - 1)));
      }
  }

  /** x, of 64 bits, must not be negative. */
  private require(f: Func, x: number): void {
    if (isNatural(f, x)) return;
    if (isNegative(f, x)) this.condition = -2;
    this.differences = this.differences < 0 ? x : this.code.emit(Op.I64_OR, this.differences, x);
  }
}

/** x is a constant that is not negative; that is. */
const isNatural = (f: Func, x: number): boolean => f.op[x] === Op.I64_CONST && f.imm2[x] >= 0;
const isNegative = (f: Func, x: number): boolean => f.op[x] === Op.I64_CONST && f.imm2[x] < 0;

/**
 * Emits how many iterations the loop makes at least, as an unsigned i32; -1 if that can't be told. `holds`: the condition
 * under which that is so, and more than `least`; -1 where it is known. A loop that goes on until a variable equals its limit makes at
 * least as many as it takes to get there, or past it.
 */
export class TripCount {
  holds = -1;

  emit(f: Func, code: NewCode, loop: CountedLoop, h: number, least: number): number {
    this.holds = -1;
    const { variable, kind } = loop;
    if (variable < 0 || loop.branch < 0) return -1;
    const step = loop.stepOf(f, h, variable);
    const start = loop.argument(f, loop.entry, variable);
    const limit = loop.limit < 0 ? code.i32(0) : loop.limit;
    if (f.block[limit] === h) return -1;
    const towards = step > 0 ? STRICT_UP[kind - Op.I32_EQ] : STRICT_DOWN[kind - Op.I32_EQ];
    if (towards === undefined || step === 0 || step === -HALF) return -1;
    const by = Math.abs(step);
    let n = step > 0 ? code.subtract(limit, start) : code.subtract(start, limit);
    if (f.op[n] === Op.I32_CONST) {
      const isConstant = f.op[start] === Op.I32_CONST && f.op[limit] === Op.I32_CONST;
      if (towards !== 0 && !(isConstant && lessThan(towards, f.imm[start], f.imm[limit]))) return -1;
      n = code.i32(Math.floor((f.imm[n] >>> 0) / by));
    } else if ((by & (by - 1)) === 0) {
      if (by > 1) n = code.emit(Op.I32_SHR_U, n, code.i32(31 - Math.clz32(by)));
    } else n = code.emit(Op.I32_DIV_U, n, code.i32(by));
    if (!loop.testsNext) n = code.plus(n, 1);
    if (f.op[n] === Op.I32_CONST) return f.imm[n] >>> 0 > least ? n : -1;
    // From a constant upwards, one comparison of the limit tells both.
    const far = f.imm[start] + (least + 1) * by - 1;
    if (towards === Op.I32_LT_S && f.op[start] === Op.I32_CONST && far < HALF) {
      this.holds = code.emit(Op.I32_GT_S, limit, code.i32(far));
      return n;
    }
    this.holds = code.emit(Op.I32_GT_U, n, code.i32(least));
    if (towards !== 0 && !(towards === Op.I32_LT_U && f.op[start] === Op.I32_CONST && f.imm[start] === 0))
      this.holds = code.emit(Op.I32_AND, code.emit(towards, start, limit), this.holds);
    return n;
  }
}

/** By comparison from I32_EQ under which the loop goes on: that which has to hold at first. 0: none; undefined: unfit. */
const STRICT_UP: readonly (number | undefined)[] = [
  undefined,
  0,
  Op.I32_LT_S,
  Op.I32_LT_U,
  undefined,
  undefined,
  Op.I32_LT_S,
  Op.I32_LT_U,
  undefined,
  undefined,
];
const STRICT_DOWN: readonly (number | undefined)[] = [
  undefined,
  0,
  undefined,
  undefined,
  Op.I32_GT_S,
  Op.I32_GT_U,
  undefined,
  undefined,
  Op.I32_GT_S,
  Op.I32_GT_U,
];

function lessThan(op: number, x: number, y: number): boolean {
  switch (op) {
    case Op.I32_LT_S:
      return x < y;
    case Op.I32_LT_U:
      return x >>> 0 < y >>> 0;
    case Op.I32_GT_S:
      return x > y;
    default:
      return x >>> 0 > y >>> 0;
  }
}
