/**
 * Selection of i8x16.shuffle and i8x16.swizzle. A shuffle's lanes are looked at from the widest units down: whatever
 * one instruction without a constant does, does it; else pshufb by a table, once for each source.
 */
import { Op } from '../../ir/ops.js';
import { Sse } from '../asm/insts.js';
import {
  byteOf,
  fresh,
  isConstant,
  isUniform,
  registers,
  same,
  sameWords,
  unary,
  withWords,
  wordOf,
  words,
} from './simd-parts.js';
import type { Selector, ShuffleLowering } from './selector.js';
const ZERO = 0x80;

const IN_ORDER = 0xe4;

/** Rows that interleave low or high halves, by log2 of the unit. */
const LOW = Int32Array.of(Sse.PUNPCKLBW, Sse.PUNPCKLWD, Sse.PUNPCKLDQ, Sse.PUNPCKLQDQ);
const HIGH = Int32Array.of(Sse.PUNPCKHBW, Sse.PUNPCKHWD, Sse.PUNPCKHDQ, Sse.PUNPCKHQDQ);

/** How many operations up `isNibbles` looks. */
const NIBBLES_DEPTH = 3;

/** Whether bits 4 to 6 are 0 in every byte of x, as they are in halves of bytes that a table is looked up with. */
function isNibbles(s: Selector, x: number, depth: number): boolean {
  const { f, alias } = s;
  x = alias[x];
  const p = f.a[x];
  const q = f.b[x];
  switch (f.op[x]) {
    case Op.V128_CONST:
      for (let k = 0; k < 4; k++) if ((wordOf(s, x, k) & 0x70707070) !== 0) return false;
      return true;
    case Op.V128_AND:
      return depth > 0 && (isNibbles(s, q, depth - 1) || isNibbles(s, p, depth - 1));
    case Op.V128_OR:
    case Op.V128_XOR:
    case Op.I8X16_SHUFFLE:
      return depth > 0 && isNibbles(s, q, depth - 1) && isNibbles(s, p, depth - 1);
    case Op.I8X16_SHR_U:
      return s.isConst(q) && (s.immOf(q) & 7) >= 4;
    default:
      return false;
  }
}

/** Selects shuffles; keeps the lanes of the current one. */
export class Shuffles implements ShuffleLowering {
  /** Lanes of the current shuffle: 0–15 of x, 16–31 of y, ZERO: a zero byte. */
  private readonly lanes = new Uint8Array(16);

  /** Fills `lanes` with those of shuffle v; zeros of a constant operand are ZERO. */
  private readLanes(s: Selector, v: number): void {
    const { f, alias } = s;
    const x = alias[f.a[v]];
    const y = alias[f.b[v]];
    const at = f.c[v];
    for (let k = 0; k < 16; k++) this.lanes[k] = x === y ? byteOf(s, at, k) & 15 : byteOf(s, at, k);
    if (isUniform(s, y, 0)) this.clearLanes(16);
    if (isUniform(s, x, 0)) this.clearLanes(0);
  }

  lowerShuffle(s: Selector, v: number): void {
    const x = s.alias[s.f.a[v]];
    const y = s.alias[s.f.b[v]];
    this.readLanes(s, v);
    let fromX = false;
    let fromY = false;
    for (let k = 0; k < 16; k++) {
      if (this.lanes[k] < 16) fromX = true;
      else if (this.lanes[k] < 32) fromY = true;
    }
    if (fromX && fromY) this.twoSources(s, v, x, y);
    else if (fromX) this.oneSource(s, v, x);
    else {
      this.toSecond();
      this.oneSource(s, v, y);
    }
  }

  /** The second source is the only one. */
  private toSecond(): void {
    for (let k = 0; k < 16; k++) if (this.lanes[k] < 32) this.lanes[k] -= 16;
  }

  /**
   * If x is a shuffle, only for `to`, whose low lanes of 2^lane bytes come from one source: to = these lanes, extended
   * with zeros to 2^wide bytes.
   */
  tryShuffleApart(s: Selector, to: number, x: number, lane: number, wide: number): boolean {
    const { f, alias } = s;
    if (f.op[x] !== Op.I8X16_SHUFFLE || !s.isOwn(x)) return false;
    this.readLanes(s, x);
    let fromX = false;
    let fromY = false;
    for (let k = 0; k < 16 >> (wide - lane); k++) {
      if (this.lanes[k] < 16) fromX = true;
      else if (this.lanes[k] < 32) fromY = true;
    }
    if (fromX && fromY) return false;
    for (let k = 15; k >= 0; k--) {
      const j = k & ((1 << wide) - 1);
      this.lanes[k] = j < 1 << lane ? this.lanes[((k >> wide) << lane) | j] : ZERO;
    }
    if (!fromX) this.toSecond();
    s.fused[x] = 1;
    this.oneSource(s, to, alias[fromX ? f.a[x] : f.b[x]]);
    return true;
  }

  /** The source whose lanes begin at `from` is zero. */
  private clearLanes(from: number): void {
    for (let k = 0; k < 16; k++) if ((this.lanes[k] & 16) === from) this.lanes[k] = ZERO;
  }

  /** Unit of 2^log2 bytes that stands at place k, or -1 if what stands there is no whole unit. */
  private unit(log2: number, k: number): number {
    const first = this.lanes[k << log2];
    if ((first & ((1 << log2) - 1)) !== 0 || first >= 32) return -1;
    for (let j = 1; j < 1 << log2; j++) if (this.lanes[(k << log2) + j] !== first + j) return -1;
    return first >> log2;
  }

  /**
   * Immediate of four places of two bits from doubleword or word `at` on, whose units all lie in [base, base + 4); else
   * -1.
   */
  private order(log2: number, at: number, base: number): number {
    let byte = 0;
    for (let k = 0; k < 4; k++) {
      const u = this.unit(log2, at + k) - base;
      if (u < 0 || u > 3) return -1;
      byte |= u << (2 * k);
    }
    return byte;
  }

  private oneSource(s: Selector, v: number, x: number): void {
    const doublewords = this.order(2, 0, 0);
    if (doublewords >= 0) {
      if (doublewords === IN_ORDER) same(s, v, x);
      else unary(s, v, Sse.PSHUFD, x, doublewords);
      return;
    }
    const low = this.order(1, 0, 0);
    const high = this.order(1, 4, 4);
    if (low >= 0 && high === IN_ORDER) unary(s, v, Sse.PSHUFLW, x, low);
    else if (high >= 0 && low === IN_ORDER) unary(s, v, Sse.PSHUFHW, x, high);
    else if (this.interleaves(0, 0, 0)) registers(s, v, Sse.PUNPCKLBW, x, x, true);
    else if (this.interleaves(0, 8, 8)) registers(s, v, Sse.PUNPCKHBW, x, x, true);
    else withWords(s, v, Sse.PSHUFB, x, this.table(s, 0));
  }

  /** Whether units a, a + 1, … alternate with units b, b + 1, …. */
  private interleaves(log2: number, a: number, b: number): boolean {
    for (let k = 0; k < 8 >> log2; k++)
      if (this.unit(log2, 2 * k) !== a + k || this.unit(log2, 2 * k + 1) !== b + k) return false;
    return true;
  }

  private twoSources(s: Selector, v: number, x: number, y: number): void {
    for (let log2 = 3; log2 >= 0; log2--) {
      // Units of x; those of y come after them, and half of each in the upper half.
      const n = 16 >> log2;
      if (this.interleaves(log2, 0, n)) return void registers(s, v, LOW[log2], x, y);
      if (this.interleaves(log2, n, 0)) return void registers(s, v, LOW[log2], y, x);
      if (this.interleaves(log2, n / 2, n + n / 2)) return void registers(s, v, HIGH[log2], x, y);
      if (this.interleaves(log2, n + n / 2, n / 2)) return void registers(s, v, HIGH[log2], y, x);
    }
    const fromX = this.blend(0);
    if (fromX >= 0) return void registers(s, v, Sse.PBLENDW, x, y, false, fromX);
    const fromY = this.blend(16);
    if (fromY >= 0) return void registers(s, v, Sse.PBLENDW, y, x, false, fromY);
    const xy = this.halves(0, 4);
    if (xy >= 0) return void registers(s, v, Sse.SHUFPS, x, y, false, xy);
    const yx = this.halves(4, 0);
    if (yx >= 0) return void registers(s, v, Sse.SHUFPS, y, x, false, yx);
    if (this.lanes[0] < 32) {
      const distance = this.window();
      if (distance >= 16) return void registers(s, v, Sse.PALIGNR, x, y, false, distance - 16);
      if (distance > 0) return void registers(s, v, Sse.PALIGNR, y, x, false, distance);
    }
    const a = withWords(s, fresh(s), Sse.PSHUFB, x, this.table(s, 0));
    const b = withWords(s, fresh(s), Sse.PSHUFB, y, this.table(s, 16));
    registers(s, v, Sse.POR, a, b, true);
  }

  /** Immediate of a pblendw onto the source that begins at `from`, if every word is in its place; else -1. */
  private blend(from: number): number {
    let byte = 0;
    for (let k = 0; k < 8; k++) {
      const u = this.unit(1, k);
      if ((u & 7) !== k || u < 0) return -1;
      if (u >> 3 !== from >> 4) byte |= 1 << k;
    }
    return byte;
  }

  /** Immediate of a shufps of two doublewords of the source that begins at doubleword a and two of the other; else -1. */
  private halves(a: number, b: number): number {
    let byte = 0;
    for (let k = 0; k < 4; k++) {
      const u = this.unit(2, k) - (k < 2 ? a : b);
      if (u < 0 || u > 3) return -1;
      byte |= u << (2 * k);
    }
    return byte;
  }

  /** First of 16 successive lanes of x and y in a circle, or -1. */
  private window(): number {
    for (let k = 1; k < 16; k++) if (this.lanes[k] !== ((this.lanes[0] + k) & 31)) return -1;
    return this.lanes[0];
  }

  /** The table of a pshufb that takes the lanes from `from` on and clears all others. */
  private table(s: Selector, from: number): number {
    return words(
      s,
      this.tableWord(from, 0),
      this.tableWord(from, 4),
      this.tableWord(from, 8),
      this.tableWord(from, 12),
    );
  }

  private tableWord(from: number, at: number): number {
    let w = 0;
    for (let k = at + 3; k >= at; k--)
      w = (w << 8) | (this.lanes[k] < 32 && (this.lanes[k] & 16) === from ? this.lanes[k] & 15 : ZERO);
    return w;
  }

  /** Lanes from 16 on give zero; pshufb looks at bit 7 only, which is enough for what `isNibbles` knows. */
  lowerSwizzle(s: Selector, v: number, x: number, y: number): void {
    if (isConstant(s, y)) {
      for (let k = 0; k < 16; k++) this.lanes[k] = byteOf(s, y, k) < 16 ? byteOf(s, y, k) : ZERO;
      this.oneSource(s, v, x);
      return;
    }
    if (isNibbles(s, y, NIBBLES_DEPTH)) {
      registers(s, v, Sse.PSHUFB, x, y);
      return;
    }
    const saturated = withWords(s, fresh(s), Sse.PADDUSB, y, sameWords(s, 0x70707070));
    registers(s, v, Sse.PSHUFB, x, saturated);
  }
}
