/**
 * Building blocks of vector selection: one function per shape of instruction. Operands and results are SSA values or
 * machine values made here (`fresh`); `row` is an encoding row.
 *
 * Legacy SSE wants 16-byte memory operands aligned: constants are, so they fold always; loads fold only with AVX.
 */
import { Op } from '../../ir/ops.js';
import { OP_N } from '../../wasm/op-tables.js';
import { Feature } from '../features.js';
import { Sse, type SseShift } from '../asm/insts.js';
import { AddrKind, Form } from '../../codegen/mach.js';
import { Cls } from '../../codegen/machine.js';
import { MOp } from '../machops.js';
import { VOp } from '../machops-simd.js';
import { tie } from './float.js';
import type { Selector } from './selector.js';

/** A vector that is no SSA value. */
export const fresh = (s: Selector): number => s.newValue(Cls.VECTOR, 16);

export const hasAvx = (s: Selector): boolean => (s.features & Feature.AVX) !== 0;
export const hasAvx2 = (s: Selector): boolean => (s.features & Feature.AVX2) !== 0;

/** A register operand: SSA value or machine value. */
export function operand(s: Selector, x: number): void {
  if (x < s.f.nv) s.use(x);
  else s.useTemp(x);
}

/** Where in the function's pool these words are from now on: a constant of the selected code. */
export function words(s: Selector, w0: number, w1: number, w2: number, w3: number): number {
  const { pool } = s.f;
  const at = pool.push(w0);
  pool.push(w1);
  pool.push(w2);
  pool.push(w3);
  return at;
}

/** The same of one word, four times, and of two, twice. */
export const sameWords = (s: Selector, w: number): number => words(s, w, w, w, w);
export const pairs = (s: Selector, w0: number, w1: number): number => words(s, w0, w1, w0, w1);

/** to = the words at `at`. */
export function loadWords(s: Selector, to: number, at: number): number {
  s.setPlace(AddrKind.WORDS, at);
  s.begin(MOp.XLOAD128, Form.M);
  s.address();
  s.def(to);
  return to;
}

/** A vector of zeros, or of ones. */
export function uniform(s: Selector, op: VOp.ZERO | VOp.ONES): number {
  const kept = s.kept(-1, sameWords(s, op === VOp.ZERO ? 0 : -1));
  if (kept >= 0) return kept;
  const v = fresh(s);
  s.begin(op, Form.NONE);
  s.def(v);
  return v;
}

function begin(s: Selector, op: VOp, form: Form, row: number, byte: number): void {
  s.begin(op, form);
  s.imm(row);
  s.imm2(byte);
}

/** to = row(x), the immediate byte if there is one. */
export function unary(s: Selector, to: number, row: Sse, x: number, byte = -1): number {
  begin(s, byte < 0 ? VOp.UNARY : VOp.UNARY_I, Form.R, row, byte);
  operand(s, x);
  s.def(to);
  return to;
}

/** to = row([the address set before]). */
export function unaryMemory(s: Selector, to: number, row: Sse, byte = -1): number {
  begin(s, byte < 0 ? VOp.UNARY : VOp.UNARY_I, Form.M, row, byte);
  s.address();
  s.def(to);
  return to;
}

/** to = row(x), where x is a vector and a load of it folds if it may. */
export function unaryVector(s: Selector, to: number, row: Sse, x: number, byte = -1): void {
  if (x < s.f.nv && hasAvx(s) && s.tryLoad(x, Op.V128_LOAD)) unaryMemory(s, to, row, byte);
  else unary(s, to, row, x, byte);
}

/** to = x row y, in registers. */
export function registers(
  s: Selector,
  to: number,
  row: Sse,
  x: number,
  y: number,
  commutes = false,
  byte = -1,
): number {
  begin(s, byte < 0 ? VOp.BINARY : VOp.BINARY_I, Form.RR, row, byte);
  operand(s, x);
  operand(s, y);
  tie(s, commutes || x === y);
  s.def(to);
  return to;
}

/** to = x row [the address set before]. */
export function withMemory(s: Selector, to: number, row: Sse, x: number, byte = -1): number {
  begin(s, byte < 0 ? VOp.BINARY : VOp.BINARY_I, Form.RM, row, byte);
  operand(s, x);
  s.address();
  tie(s, false);
  s.def(to);
  return to;
}

/** to = x row the words at `at`. */
export function withWords(s: Selector, to: number, row: Sse, x: number, at: number, byte = -1): number {
  const kept = s.kept(-1, at);
  if (kept >= 0) return registers(s, to, row, x, kept, false, byte);
  s.setPlace(AddrKind.WORDS, at);
  return withMemory(s, to, row, x, byte);
}

/**
 * Whether x can be the memory operand of the current instruction; sets the address then. Zeros and ones are cheaper to
 * make.
 */
export function tryMemory(s: Selector, x: number): boolean {
  if (x >= s.f.nv) return false;
  if (isConstant(s, x)) {
    if (isUniform(s, x, 0) || isUniform(s, x, -1) || s.kept(s.alias[x]) >= 0) return false;
    s.setPlace(AddrKind.CONST, s.alias[x]);
    return true;
  }
  return hasAvx(s) && s.tryLoad(x, Op.V128_LOAD);
}

/** to = x row y; loads and constants fold. */
export function binary(s: Selector, to: number, row: Sse, x: number, y: number, commutes: boolean, byte = -1): number {
  if (tryMemory(s, y)) return withMemory(s, to, row, x, byte);
  if (commutes && tryMemory(s, x)) return withMemory(s, to, row, y, byte);
  return registers(s, to, row, x, y, commutes, byte);
}

/** to = x row y for a commuting row where x has a use to come: only y may fold. */
export function foldSecond(s: Selector, to: number, row: Sse, x: number, y: number): number {
  return tryMemory(s, y) ? withMemory(s, to, row, x) : registers(s, to, row, x, y, true);
}

/** to = x with its lanes shifted by `count`. */
export function shift(s: Selector, to: number, row: SseShift, x: number, count: number): number {
  begin(s, VOp.SHIFT_I, Form.R, row, count);
  operand(s, x);
  tie(s, false);
  s.def(to);
  return to;
}

/** to = the lane of x in a general register. */
export function extract(s: Selector, to: number, row: Sse, x: number, lane: number): void {
  begin(s, VOp.EXTRACT, Form.R, row, lane);
  operand(s, x);
  s.def(to);
}

/** to = x: another type, or nothing to do. */
export function same(s: Selector, to: number, x: number): void {
  s.begin(VOp.SAME, Form.R);
  operand(s, x);
  s.tie();
  s.def(to);
}

/** [the address set before] = lane of x (STORE_LANE), or its upper half (STORE_HIGH). */
export function storePart(s: Selector, op: VOp.STORE_LANE | VOp.STORE_HIGH, row: Sse, x: number, lane: number): void {
  begin(s, op, Form.MR, row, lane);
  operand(s, x);
  s.address();
}

/** Splat that `replace_lane` of these lanes would go with, or 0. */
function splatOf(o: number): Op | 0 {
  switch (o) {
    case Op.I8X16_REPLACE_LANE:
      return Op.I8X16_SPLAT;
    case Op.I16X8_REPLACE_LANE:
      return Op.I16X8_SPLAT;
    case Op.I32X4_REPLACE_LANE:
      return Op.I32X4_SPLAT;
    case Op.I64X2_REPLACE_LANE:
      return Op.I64X2_SPLAT;
    case Op.F32X4_REPLACE_LANE:
      return Op.F32X4_SPLAT;
    case Op.F64X2_REPLACE_LANE:
      return Op.F64X2_SPLAT;
    default:
      return 0;
  }
}

/** Says that the current value reads only the low `bytes` of x; before x is used. */
export function needsLow(s: Selector, x: number, bytes: number): void {
  const o = s.f.op[s.alias[x]];
  if (splatOf(o) !== 0) findLowSplat(s, o, s.alias[x], -1 << ((OP_N[o - 0x100] * bytes) >> 4));
}

/** Says that the current value, a `replace_lane`, reads all lanes but its own; before its operand is used. */
export function needsOthers(s: Selector, v: number): void {
  const { f } = s;
  findLowSplat(s, f.op[v], s.alias[f.a[v]], (-1 << OP_N[f.op[v] - 0x100]) | (1 << f.imm[v]));
}

/**
 * Producers make a vector of scalars by a splat of the first and a `replace_lane` for each of the others. Goes down
 * such a chain of `replace`, from x on, and notes the splat if its lowest lane alone is read. `unread`: a bit for each
 * lane that is not. Linear in the chain, whose length is that of a vector.
 */
function findLowSplat(s: Selector, replace: number, x: number, unread: number): void {
  const { f, alias } = s;
  for (; f.op[x] === replace; x = alias[f.a[x]]) {
    if (!s.isOwn(x)) return;
    unread |= 1 << f.imm[x];
  }
  if (f.op[x] === splatOf(replace) && s.isOwn(x) && (unread | 1) === -1) s.lowSplats.push(x);
}

/** Whether the splat x is needed in its lowest lane only. */
export function isLowSplat(s: Selector, x: number): boolean {
  const { lowSplats } = s;
  for (let k = 0; k < lowSplats.n; k++) if (lowSplats.a[k] === x) return true;
  return false;
}

export const isConstant = (s: Selector, x: number): boolean => x < s.f.nv && s.f.op[s.alias[x]] === Op.V128_CONST;

/** Word k of a constant vector. */
export const wordOf = (s: Selector, x: number, k: number): number => s.f.pool.a[s.f.imm[s.alias[x]] + k];

/** Byte k of a constant vector. */
export const byteOf = (s: Selector, x: number, k: number): number => (wordOf(s, x, k >> 2) >>> (8 * (k & 3))) & 0xff;

/** Whether all words of x are this constant. */
export function isUniform(s: Selector, x: number, word: number): boolean {
  if (!isConstant(s, x)) return false;
  for (let k = 0; k < 4; k++) if (wordOf(s, x, k) !== word) return false;
  return true;
}

/** to = lanes of y where the sign of `mask` is set, else of x. AVX only. */
export function blend(s: Selector, to: number, row: Sse, x: number, y: number, mask: number): void {
  begin(s, VOp.BLEND, Form.RR, row, -1);
  operand(s, x);
  operand(s, y);
  operand(s, mask);
  s.def(to);
}

/** to = x & ~y. */
export function andNot(s: Selector, to: number, x: number, y: number): void {
  if (isConstant(s, y))
    withWords(s, to, Sse.PAND, x, words(s, ~wordOf(s, y, 0), ~wordOf(s, y, 1), ~wordOf(s, y, 2), ~wordOf(s, y, 3)));
  else binary(s, to, Sse.PANDN, y, x, false);
}

/** to = x where c is 1, y where it is 0. */
export function bitSelect(s: Selector, to: number, x: number, y: number, c: number): void {
  const ones = isConstant(s, c) ? binary(s, fresh(s), Sse.PAND, x, c, true) : foldSecond(s, fresh(s), Sse.PAND, c, x);
  const zeros = fresh(s);
  andNot(s, zeros, y, c);
  registers(s, to, Sse.POR, ones, zeros, true);
}
