/**
 * Makes SSA values: the arena of the function under construction, hash-consing of pure operations, constants, and the
 * dominator tree that both need.
 *
 * Invariant: `block[v]` of a constant is 0; of any other value the block that was current when it was made. O(1) per
 * value.
 */
import type { Enabled } from '../util/switches.js';
import { IntVec } from '../util/vec.js';
import { ValType } from '../wasm/types.js';
import type { Func } from './func.js';
import { I64 } from './i64.js';
import { Op } from './ops.js';
import { RESULT_TYPE } from './opinfo.js';

/**
 * How far up the dominator tree an equal value is looked for: reusing one from far away makes a live range that costs
 * more than it saves.
 */
const GVN_REACH = 16;
const GVN_PROBES = 8;

export class SsaEmitter {
  f!: Func;
  // Aliases of the arrays in `f`, renewed by `growValues`.
  op!: Uint16Array;
  type!: Uint8Array;
  a!: Int32Array;
  b!: Int32Array;
  c!: Int32Array;
  imm!: Int32Array;
  imm2!: Int32Array;
  private block!: Int32Array;
  private pos!: Int32Array;
  private capacity = 0;
  nv = 0;
  /** Block under construction, or -1 in unreachable code. */
  cur = -1;
  /** Byte offset of the operator that is being translated. */
  opPos = 0;
  /** For constant folding. */
  readonly wide = new I64();

  /** Open addressed: hash → value or -1. An entry whose block does not dominate is replaced by the newcomer. */
  private table = new Int32Array(1024).fill(-1);
  private mask = 1023;

  /** Dominator tree by block, with skew-binary jump pointers for ancestor queries in O(log depth). */
  idom = new IntVec();
  depth = new IntVec();
  private jumpTo = new IntVec();

  constructor(readonly enabled: Enabled) {}

  protected resetValues(f: Func, bodyBytes: number): void {
    this.f = f;
    this.adopt();
    if (this.capacity < bodyBytes + 64) this.growValues(bodyBytes + 64);
    this.nv = 0;
    let size = 256;
    while (size < bodyBytes) size *= 2;
    if (size > this.table.length) this.table = new Int32Array(size).fill(-1);
    else this.table.fill(-1, 0, size);
    this.mask = size - 1;
    this.idom.clear();
    this.depth.clear();
    this.jumpTo.clear();
    f.pool.clear();
  }

  private adopt(): void {
    const f = this.f;
    this.op = f.op;
    this.type = f.type;
    this.a = f.a;
    this.b = f.b;
    this.c = f.c;
    this.imm = f.imm;
    this.imm2 = f.imm2;
    this.block = f.block;
    this.pos = f.pos;
    this.capacity = f.op.length;
  }

  private growValues(need: number): void {
    this.f.growValues(need);
    this.adopt();
  }

  emit(op: number, type: number, a: number, b: number, c: number, imm: number, imm2: number): number {
    const v = this.nv;
    if (v === this.capacity) this.growValues(v + 1);
    this.nv = v + 1;
    this.op[v] = op;
    this.type[v] = type;
    this.a[v] = a;
    this.b[v] = b;
    this.c[v] = c;
    this.imm[v] = imm;
    this.imm2[v] = imm2;
    this.block[v] = this.cur;
    this.pos[v] = this.opPos;
    return v;
  }

  /** An operation whose equal may stand for it where that one dominates (no reads of changing state). */
  pure(op: number, type: number, a: number, b: number, c: number, imm: number, imm2: number): number {
    if (!this.enabled.gvn) return this.emit(op, type, a, b, c, imm, imm2);
    const { table, mask } = this;
    const h = hash(op, a, b, c, imm, imm2);
    let at = h & mask;
    for (let i = 0; i < GVN_PROBES; i++) {
      const slot = (h + i) & mask;
      const v = table[slot];
      if (v < 0) {
        at = slot;
        break;
      }
      if (
        this.op[v] === op &&
        this.a[v] === a &&
        this.b[v] === b &&
        this.c[v] === c &&
        this.imm[v] === imm &&
        this.imm2[v] === imm2 &&
        this.type[v] === type
      ) {
        if (this.isNearDominator(this.block[v], this.cur)) return v;
        at = slot;
        break;
      }
    }
    return (table[at] = this.emit(op, type, a, b, c, imm, imm2));
  }

  /** The constant with these bits; belongs to block 0 wherever it is made. */
  constant(op: number, type: number, lo: number, hi: number): number {
    const { table, mask } = this;
    const h = hash(op, -1, -1, -1, lo, hi);
    let at = h & mask;
    for (let i = 0; i < GVN_PROBES; i++) {
      const slot = (h + i) & mask;
      const v = table[slot];
      if (v < 0) {
        at = slot;
        break;
      }
      if (this.op[v] === op && this.imm[v] === lo && this.imm2[v] === hi && this.type[v] === type) return v;
    }
    const v = this.emit(op, type, -1, -1, -1, lo, hi);
    this.block[v] = 0;
    return (table[at] = v);
  }

  /** i32.const: imm2 repeats the sign, so that equal constants have equal fields. */
  i32(value: number): number {
    return this.constant(Op.I32_CONST, ValType.I32, value | 0, value >> 31);
  }

  i64(lo: number, hi: number): number {
    return this.constant(Op.I64_CONST, ValType.I64, lo | 0, hi | 0);
  }

  /** The value that a local of this type starts with. */
  zero(type: number): number {
    switch (type) {
      case ValType.I32:
        return this.constant(Op.I32_CONST, type, 0, 0);
      case ValType.I64:
        return this.constant(Op.I64_CONST, type, 0, 0);
      case ValType.F32:
        return this.constant(Op.F32_CONST, type, 0, 0);
      case ValType.F64:
        return this.constant(Op.F64_CONST, type, 0, 0);
      case ValType.V128:
        return this.v128(0, 0, 0, 0);
      default:
        return this.constant(Op.REF_NULL, type, 0, 0);
    }
  }

  /** v128.const, lowest word first. Its bits are in the pool. */
  v128(w0: number, w1: number, w2: number, w3: number): number {
    const { table, mask } = this;
    const pool = this.f.pool;
    const h = hash(Op.V128_CONST, w0, w1, w2, w3, 0);
    let to = h & mask;
    for (let i = 0; i < GVN_PROBES; i++) {
      const slot = (h + i) & mask;
      const v = table[slot];
      if (v < 0) {
        to = slot;
        break;
      }
      const k = this.imm[v];
      if (
        this.op[v] === Op.V128_CONST &&
        pool.a[k] === w0 &&
        pool.a[k + 1] === w1 &&
        pool.a[k + 2] === w2 &&
        pool.a[k + 3] === w3
      )
        return v;
    }
    const at = pool.push(w0);
    pool.push(w1);
    pool.push(w2);
    pool.push(w3);
    const v = this.emit(Op.V128_CONST, RESULT_TYPE[Op.V128_CONST], -1, -1, -1, at, 0);
    this.block[v] = 0;
    return (table[to] = v);
  }

  private isNearDominator(x: number, y: number): boolean {
    const depth = this.depth.a;
    const idom = this.idom.a;
    for (let steps = 0; steps < GVN_REACH; steps++) {
      if (x === y) return true;
      if (depth[y] <= depth[x]) return false;
      y = idom[y];
    }
    return false;
  }

  /** Adds the next block to the dominator tree; `setDominator` follows before anything else asks. */
  protected addToDominatorTree(): number {
    this.depth.push(0);
    this.jumpTo.push(0);
    return this.idom.push(0);
  }

  protected dropFromDominatorTree(): void {
    this.depth.n--;
    this.jumpTo.n--;
    this.idom.n--;
  }

  protected setDominator(b: number, dominator: number): void {
    const depth = this.depth.a;
    const jump = this.jumpTo.a;
    this.idom.a[b] = dominator;
    depth[b] = depth[dominator] + 1;
    const j = jump[dominator];
    // Jumps of equal length below and above the parent join to one twice as long (plus one): skew-binary numbers.
    jump[b] = depth[dominator] - depth[j] === depth[j] - depth[jump[j]] ? jump[j] : dominator;
  }

  /** The deepest block that dominates both. */
  protected commonDominator(x: number, y: number): number {
    const depth = this.depth.a;
    const idom = this.idom.a;
    const jump = this.jumpTo.a;
    if (depth[x] < depth[y]) {
      const t = x;
      x = y;
      y = t;
    }
    while (depth[x] > depth[y]) x = depth[jump[x]] >= depth[y] ? jump[x] : idom[x];
    while (x !== y) {
      if (jump[x] !== jump[y]) {
        x = jump[x];
        y = jump[y];
      } else {
        x = idom[x];
        y = idom[y];
      }
    }
    return x;
  }
}

function hash(op: number, a: number, b: number, c: number, imm: number, imm2: number): number {
  const h = Math.imul(
    op ^
      Math.imul(a, 0x9e3779b1) ^
      Math.imul(b, 0x85ebca6b) ^
      Math.imul(c, 0xc2b2ae35) ^
      Math.imul(imm, 0x27d4eb2f) ^
      Math.imul(imm2, 0x165667b1),
    0x9e3779b1,
  );
  return h ^ (h >>> 15);
}
