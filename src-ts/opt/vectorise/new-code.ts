/**
 * Values that the pass makes: appended to the function, and noted in the list of the block that they will be in. Sums and
 * products with constants are folded on the way, so that what is known about a loop leaves no code.
 */
import type { Func } from '../../ir/func.js';
import { Op } from '../../ir/ops.js';
import { RESULT_TYPE } from '../../ir/opinfo.js';
import { IntVec } from '../../util/vec.js';
import { ValType } from '../../wasm/types.js';

export class NewCode {
  /** The function; new values get numbers behind those that it has. */
  private f!: Func;
  private firstNew = 0;
  /** All constants so far: they belong to block 0. */
  readonly constants = new IntVec(32);
  /** Where `emit` puts values. */
  private into = new IntVec(16);
  private readonly laneWords = new Int32Array(4);
  private readonly laneBytes = new Uint8Array(this.laneWords.buffer);
  /** Offset of the operator that new values come from. */
  private pos = 0;

  /** At the start of a function. */
  begin(f: Func): void {
    this.f = f;
    this.firstNew = f.nv;
    this.constants.n = 0;
  }

  /** How many values there are so far. */
  get size(): number {
    return this.f.nv - this.firstNew;
  }

  /** What is emitted from here on goes into this list. */
  goTo(list: IntVec, pos: number): void {
    this.into = list;
    this.pos = pos;
  }

  emit(op: number, a: number, b = -1, c = -1, imm = 0, imm2 = 0, type = RESULT_TYPE[op]): number {
    const v = this.append(op, type, imm, imm2);
    this.f.a[v] = a;
    this.f.b[v] = b;
    this.f.c[v] = c;
    this.into.push(v);
    return v;
  }

  /** A parameter; those of a block are no part of its list. */
  parameter(place: number, type: number): number {
    return this.append(Op.PARAM, type, place, 0);
  }

  private append(op: number, type: number, imm: number, imm2: number): number {
    const { f } = this;
    const v = f.nv++;
    if (v >= f.op.length) f.growValues(v + 1);
    f.op[v] = op;
    f.type[v] = type;
    f.a[v] = f.b[v] = f.c[v] = -1;
    f.imm[v] = imm;
    f.imm2[v] = imm2;
    f.block[v] = 0;
    f.pos[v] = this.pos;
    return v;
  }

  // ------------------------------------------------------------------ constants

  i32(value: number): number {
    return this.constant(Op.I32_CONST, value | 0, value >> 31);
  }

  /** A number of at most 2^53. */
  i64(value: number): number {
    return this.constant(Op.I64_CONST, value | 0, Math.floor(value / 2 ** 32));
  }

  /** A vector of four words. */
  v128(w0: number, w1: number, w2: number, w3: number): number {
    const { pool, op, imm } = this.f;
    for (let k = 0; k < this.constants.n; k++) {
      const v = this.constants.a[k];
      const at = imm[v];
      if (op[v] !== Op.V128_CONST || pool.a[at] !== w0 || pool.a[at + 1] !== w1) continue;
      if (pool.a[at + 2] === w2 && pool.a[at + 3] === w3) return v;
    }
    const at = pool.push(w0);
    pool.push(w1);
    pool.push(w2);
    pool.push(w3);
    const v = this.append(Op.V128_CONST, ValType.V128, at, 0);
    this.constants.push(v);
    return v;
  }

  /** The low bits of an integer in all lanes of a width (log2 of bytes). */
  v128Of(value: number, width: number): number {
    if (width === 3) return this.v128(value, 0, value, 0);
    const word = width === 2 ? value | 0 : width === 1 ? (value & 0xffff) * 0x10001 : (value & 0xff) * 0x1010101;
    return this.v128(word | 0, word | 0, word | 0, word | 0);
  }

  /** The lanes that `shuffle` takes, to be filled in. */
  lanes(): Uint8Array {
    return this.laneBytes;
  }

  /** Bytes of x (0–15) and y (16–31), as `lanes` says. */
  shuffle(x: number, y: number): number {
    const [w0, w1, w2, w3] = this.laneWords;
    return this.emit(Op.I8X16_SHUFFLE, x, y, this.v128(w0, w1, w2, w3));
  }

  private constant(op: number, low: number, high: number): number {
    const { f } = this;
    for (let k = 0; k < this.constants.n; k++) {
      const v = this.constants.a[k];
      if (f.op[v] === op && f.imm[v] === low && f.imm2[v] === high) return v;
    }
    const v = this.append(op, RESULT_TYPE[op], low, high);
    this.constants.push(v);
    return v;
  }

  // ------------------------------------------------------------------ arithmetic

  /** x + y of 32 bits; x = -1: nothing yet. */
  add(x: number, y: number): number {
    const { op, imm } = this.f;
    if (x < 0) return y;
    if (op[y] === Op.I32_CONST) return this.plus(x, imm[y]);
    if (op[x] === Op.I32_CONST) return this.plus(y, imm[x]);
    return this.emit(Op.I32_ADD, x, y);
  }

  /** x + k of 32 bits; x = -1: k itself. */
  plus(x: number, k: number): number {
    const { op, a, b, imm } = this.f;
    if (x < 0) return this.i32(k);
    for (; op[x] === Op.I32_ADD && op[b[x]] === Op.I32_CONST; x = a[x]) k += imm[b[x]];
    k |= 0;
    if (k === 0) return x;
    if (op[x] === Op.I32_CONST) return this.i32(imm[x] + k);
    const y = this.i32(k);
    for (let i = this.into.n - 1; i >= 0; i--) {
      const v = this.into.a[i];
      if (op[v] === Op.I32_ADD && a[v] === x && b[v] === y) return v;
    }
    return this.emit(Op.I32_ADD, x, y);
  }

  subtract(x: number, y: number): number {
    const { op, imm } = this.f;
    if (op[y] === Op.I32_CONST) return this.plus(x, -imm[y]);
    return this.emit(Op.I32_SUB, x, y);
  }

  /** x · k of 32 bits. */
  times(x: number, k: number): number {
    const { op, imm } = this.f;
    k |= 0;
    if (k === 1) return x;
    if (op[x] === Op.I32_CONST) return this.i32(Math.imul(imm[x], k));
    if (k > 0 && (k & (k - 1)) === 0) return this.emit(Op.I32_SHL, x, this.i32(31 - Math.clz32(k)));
    return this.emit(Op.I32_MUL, x, this.i32(k));
  }

  /** x + n · step of 32 bits. */
  moved(x: number, n: number, step: number): number {
    return step < 0 ? this.subtract(x, this.times(n, -step)) : this.add(x, this.times(n, step));
  }

  /** x as an unsigned number of 64 bits. */
  wide(x: number): number {
    if (this.f.op[x] === Op.I32_CONST) return this.i64(this.f.imm[x] >>> 0);
    return this.emit(Op.I64_EXTEND_I32_U, x);
  }

  /** x + y of 64 bits, none of which is near 2^53. */
  wideAdd(x: number, y: number): number {
    const { op } = this.f;
    if (op[x] === Op.I64_CONST) [x, y] = [y, x];
    if (op[x] === Op.I64_CONST) return this.i64(this.numberOf(x) + this.numberOf(y));
    if (op[y] === Op.I64_CONST && this.numberOf(y) === 0) return x;
    return this.emit(Op.I64_ADD, x, y);
  }

  wideSubtract(x: number, y: number): number {
    const { op } = this.f;
    if (op[x] === Op.I64_CONST && op[y] === Op.I64_CONST) return this.i64(this.numberOf(x) - this.numberOf(y));
    if (op[y] === Op.I64_CONST) return this.wideAdd(x, this.i64(-this.numberOf(y)));
    return this.emit(Op.I64_SUB, x, y);
  }

  /** x · k of 64 bits. */
  wideTimes(x: number, k: number): number {
    if (this.f.op[x] === Op.I64_CONST) return this.i64(this.numberOf(x) * k);
    if (k === 1) return x;
    if ((k & (k - 1)) === 0) return this.emit(Op.I64_SHL, x, this.i64(31 - Math.clz32(k)));
    return this.emit(Op.I64_MUL, x, this.i64(k));
  }

  /** The number that a constant is. */
  private numberOf(x: number): number {
    return this.f.imm2[x] * 2 ** 32 + (this.f.imm[x] >>> 0);
  }

  /** Whether x ≤ y (of 64 bits): 1 or 0 if that is known, else -1. */
  wideKnownLess(x: number, y: number): number {
    const { op } = this.f;
    if (op[x] !== Op.I64_CONST || op[y] !== Op.I64_CONST) return -1;
    return this.numberOf(x) <= this.numberOf(y) ? 1 : 0;
  }
}
