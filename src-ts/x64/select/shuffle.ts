/**
 * Selection of i8x16.shuffle and i8x16.swizzle. A shuffle's lanes are looked at from the widest units down: whatever
 * one instruction without a constant does, does it; else pshufb by a table, once for each source.
 */
import { Op } from '../../ir/ops.js';
import { Sse } from '../asm/insts.js';
import { byteOf, fresh, isConstant, isUniform, registers, same, unary, withWords, words } from './simd-parts.js';
import type { Selector } from './selector.js';

/** Lanes of the current shuffle: 0–15 of x, 16–31 of y, ZERO: a zero byte. */
const lanes = new Uint8Array(16);
const ZERO = 0x80;

/** Fills `lanes` with those of shuffle v; zeros of a constant operand are ZERO. */
function readLanes(s: Selector, v: number): void {
  const { f, alias } = s;
  const x = alias[f.a[v]];
  const y = alias[f.b[v]];
  const at = f.c[v];
  for (let k = 0; k < 16; k++) lanes[k] = x === y ? byteOf(s, at, k) & 15 : byteOf(s, at, k);
  if (isUniform(s, y, 0)) clearLanes(16);
  if (isUniform(s, x, 0)) clearLanes(0);
}

export function lowerShuffle(s: Selector, v: number): void {
  const x = s.alias[s.f.a[v]];
  const y = s.alias[s.f.b[v]];
  readLanes(s, v);
  let fromX = false;
  let fromY = false;
  for (let k = 0; k < 16; k++) {
    if (lanes[k] < 16) fromX = true;
    else if (lanes[k] < 32) fromY = true;
  }
  if (fromX && fromY) twoSources(s, v, x, y);
  else if (fromX) oneSource(s, v, x);
  else {
    toSecond();
    oneSource(s, v, y);
  }
}

/** The second source is the only one. */
function toSecond(): void {
  for (let k = 0; k < 16; k++) if (lanes[k] < 32) lanes[k] -= 16;
}

/**
 * If x is a shuffle, only for `to`, whose low lanes of 2^lane bytes come from one source: to = these lanes, extended
 * with zeros to 2^wide bytes.
 */
export function tryShuffleApart(s: Selector, to: number, x: number, lane: number, wide: number): boolean {
  const { f, alias } = s;
  if (f.op[x] !== Op.I8X16_SHUFFLE || !s.isOwn(x)) return false;
  readLanes(s, x);
  let fromX = false;
  let fromY = false;
  for (let k = 0; k < 16 >> (wide - lane); k++) {
    if (lanes[k] < 16) fromX = true;
    else if (lanes[k] < 32) fromY = true;
  }
  if (fromX && fromY) return false;
  for (let k = 15; k >= 0; k--) {
    const j = k & ((1 << wide) - 1);
    lanes[k] = j < 1 << lane ? lanes[((k >> wide) << lane) | j] : ZERO;
  }
  if (!fromX) toSecond();
  s.fused[x] = 1;
  oneSource(s, to, alias[fromX ? f.a[x] : f.b[x]]);
  return true;
}

/** The source whose lanes begin at `from` is zero. */
function clearLanes(from: number): void {
  for (let k = 0; k < 16; k++) if ((lanes[k] & 16) === from) lanes[k] = ZERO;
}

/** Unit of 2^log2 bytes that stands at place k, or -1 if what stands there is no whole unit. */
function unit(log2: number, k: number): number {
  const first = lanes[k << log2];
  if ((first & ((1 << log2) - 1)) !== 0 || first >= 32) return -1;
  for (let j = 1; j < 1 << log2; j++) if (lanes[(k << log2) + j] !== first + j) return -1;
  return first >> log2;
}

/**
 * Immediate of four places of two bits from doubleword or word `at` on, whose units all lie in [base, base + 4); else
 * -1.
 */
function order(log2: number, at: number, base: number): number {
  let byte = 0;
  for (let k = 0; k < 4; k++) {
    const u = unit(log2, at + k) - base;
    if (u < 0 || u > 3) return -1;
    byte |= u << (2 * k);
  }
  return byte;
}

const IN_ORDER = 0xe4;

function oneSource(s: Selector, v: number, x: number): void {
  const doublewords = order(2, 0, 0);
  if (doublewords >= 0) {
    if (doublewords === IN_ORDER) same(s, v, x);
    else unary(s, v, Sse.PSHUFD, x, doublewords);
    return;
  }
  const low = order(1, 0, 0);
  const high = order(1, 4, 4);
  if (low >= 0 && high === IN_ORDER) unary(s, v, Sse.PSHUFLW, x, low);
  else if (high >= 0 && low === IN_ORDER) unary(s, v, Sse.PSHUFHW, x, high);
  else if (interleaves(0, 0, 0)) registers(s, v, Sse.PUNPCKLBW, x, x, true);
  else if (interleaves(0, 8, 8)) registers(s, v, Sse.PUNPCKHBW, x, x, true);
  else withWords(s, v, Sse.PSHUFB, x, table(s, 0));
}

/** Rows that interleave low or high halves, by log2 of the unit. */
const LOW = Int32Array.of(Sse.PUNPCKLBW, Sse.PUNPCKLWD, Sse.PUNPCKLDQ, Sse.PUNPCKLQDQ);
const HIGH = Int32Array.of(Sse.PUNPCKHBW, Sse.PUNPCKHWD, Sse.PUNPCKHDQ, Sse.PUNPCKHQDQ);

/** Whether units a, a + 1, … alternate with units b, b + 1, …. */
function interleaves(log2: number, a: number, b: number): boolean {
  for (let k = 0; k < 8 >> log2; k++) if (unit(log2, 2 * k) !== a + k || unit(log2, 2 * k + 1) !== b + k) return false;
  return true;
}

function twoSources(s: Selector, v: number, x: number, y: number): void {
  for (let log2 = 3; log2 >= 0; log2--) {
    // Units of x; those of y come after them, and half of each in the upper half.
    const n = 16 >> log2;
    if (interleaves(log2, 0, n)) return void registers(s, v, LOW[log2], x, y);
    if (interleaves(log2, n, 0)) return void registers(s, v, LOW[log2], y, x);
    if (interleaves(log2, n / 2, n + n / 2)) return void registers(s, v, HIGH[log2], x, y);
    if (interleaves(log2, n + n / 2, n / 2)) return void registers(s, v, HIGH[log2], y, x);
  }
  const fromX = blend(0);
  if (fromX >= 0) return void registers(s, v, Sse.PBLENDW, x, y, false, fromX);
  const fromY = blend(16);
  if (fromY >= 0) return void registers(s, v, Sse.PBLENDW, y, x, false, fromY);
  const xy = halves(0, 4);
  if (xy >= 0) return void registers(s, v, Sse.SHUFPS, x, y, false, xy);
  const yx = halves(4, 0);
  if (yx >= 0) return void registers(s, v, Sse.SHUFPS, y, x, false, yx);
  if (lanes[0] < 32) {
    const distance = window();
    if (distance > 0)
      return void (distance < 16
        ? registers(s, v, Sse.PALIGNR, y, x, false, distance)
        : registers(s, v, Sse.PALIGNR, x, y, false, distance - 16));
  }
  const a = withWords(s, fresh(s), Sse.PSHUFB, x, table(s, 0));
  const b = withWords(s, fresh(s), Sse.PSHUFB, y, table(s, 16));
  registers(s, v, Sse.POR, a, b, true);
}

/** Immediate of a pblendw onto the source that begins at `from`, if every word is in its place; else -1. */
function blend(from: number): number {
  let byte = 0;
  for (let k = 0; k < 8; k++) {
    const u = unit(1, k);
    if ((u & 7) !== k || u < 0) return -1;
    if (u >> 3 !== from >> 4) byte |= 1 << k;
  }
  return byte;
}

/** Immediate of a shufps of two doublewords of the source that begins at doubleword a and two of the other; else -1. */
function halves(a: number, b: number): number {
  let byte = 0;
  for (let k = 0; k < 4; k++) {
    const u = unit(2, k) - (k < 2 ? a : b);
    if (u < 0 || u > 3) return -1;
    byte |= u << (2 * k);
  }
  return byte;
}

/** First of 16 successive lanes of x and y in a circle, or -1. */
function window(): number {
  for (let k = 1; k < 16; k++) if (lanes[k] !== ((lanes[0] + k) & 31)) return -1;
  return lanes[0];
}

/** The table of a pshufb that takes the lanes from `from` on and clears all others. */
function table(s: Selector, from: number): number {
  return words(s, tableWord(from, 0), tableWord(from, 4), tableWord(from, 8), tableWord(from, 12));
}

function tableWord(from: number, at: number): number {
  let w = 0;
  for (let k = at + 3; k >= at; k--) w = (w << 8) | (lanes[k] < 32 && (lanes[k] & 16) === from ? lanes[k] & 15 : ZERO);
  return w;
}

/** Lanes from 16 on give zero; pshufb looks at bit 7 only. */
export function lowerSwizzle(s: Selector, v: number, x: number, y: number): void {
  if (isConstant(s, y)) {
    for (let k = 0; k < 16; k++) lanes[k] = byteOf(s, y, k) < 16 ? byteOf(s, y, k) : ZERO;
    oneSource(s, v, x);
    return;
  }
  const saturated = withWords(s, fresh(s), Sse.PADDUSB, y, words(s, 0x70707070));
  registers(s, v, Sse.PSHUFB, x, saturated);
}
