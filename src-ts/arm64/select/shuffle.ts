/**
 * Selection of shuffles: one instruction where the lanes are a pattern that one makes, else a look-up in tables by
 * constants.
 */
import { element, lanes, V2, V3, VLane } from '../asm/insts-simd.js';
import { accumulate, binary, unary, vector, words } from './simd-parts.js';
import type { Selector } from './selector.js';

const BYTES = 16;
/** Rows of the interleaving instructions: ZIP1, ZIP2, UZP1, UZP2, TRN1, TRN2. */
const INTERLEAVE = [V3.ZIP1, V3.ZIP2, V3.UZP1, V3.UZP2, V3.TRN1, V3.TRN2];

/** Rows that reverse lanes within groups of 2, 4 and 8 bytes. */
const REVERSE = [V2.REV16, V2.REV32, V2.REV64];

/** Lane that instruction k takes to lane i of n: from n on the second operand's. */
function interleaved(k: number, i: number, n: number): number {
  const half = k & 1;
  if (k < 2) return (i >> 1) + half * (n >> 1) + (i & 1) * n;
  if (k < 4) return 2 * i + half;
  return (i & ~1) + half + (i & 1) * n;
}

export function lowerShuffle(s: Selector, v: number): void {
  const { f, alias } = s;
  let x = alias[f.a[v]];
  let y = alias[f.b[v]];
  const at = f.imm[alias[f.c[v]]];
  const select = s.shuffled;
  let ofSecond = 0;
  for (let i = 0; i < BYTES; i++) {
    select[i] = (f.pool.a[at + (i >> 2)] >> (8 * (i & 3))) & 31;
    ofSecond += select[i] >> 4;
  }
  // Of one vector: the numbers of its bytes, whichever operand was named.
  if (ofSecond === 0) y = x;
  else if (ofSecond === BYTES) x = y;
  if (x === y) for (let i = 0; i < BYTES; i++) select[i] &= BYTES - 1;
  if (x === y && tryOne(s, v, x, select)) return;
  if (!tryTwo(s, v, x, y, select)) byTable(s, v, x, y, select);
}

/** Every group of 1 << size bytes is one of the operands': the lane that group i takes, else -1. */
function laneAt(select: Uint8Array, size: number, i: number): number {
  const bytes = 1 << size;
  const start = select[i << size];
  if ((start & (bytes - 1)) !== 0) return -1;
  for (let k = 1; k < bytes; k++) if (select[(i << size) + k] !== start + k) return -1;
  return start >> size;
}

/** Whether lanes are reversed within groups whose last one has this number. */
function isReversed(select: Uint8Array, size: number, last: number): boolean {
  for (let i = 0; i < BYTES >> size; i++) if (laneAt(select, size, i) !== (i ^ last)) return false;
  return true;
}

/** Patterns of one vector: a lane everywhere, lanes reversed within larger ones. */
function tryOne(s: Selector, v: number, x: number, select: Uint8Array): boolean {
  for (let size = 3; size >= 0; size--) {
    const n = BYTES >> size;
    const lane = laneAt(select, size, 0);
    if (lane < 0) continue;
    let same = true;
    for (let i = 1; i < n; i++) if (laneAt(select, size, i) !== lane) same = false;
    if (same) {
      unary(s, v, element(VLane.DUP, size, lane), x);
      return true;
    }
  }
  for (let group = 3; group > 0; group--)
    for (let size = 0; size < group; size++) {
      if (!isReversed(select, size, (1 << (group - size)) - 1)) continue;
      unary(s, v, lanes(REVERSE[group - 1], size), x);
      return true;
    }
  return false;
}

/** Patterns of two vectors: bytes that stand side by side, interleaved lanes. x and y may be the same. */
function tryTwo(s: Selector, v: number, x: number, y: number, select: Uint8Array): boolean {
  const wrap = x === y ? BYTES - 1 : 2 * BYTES - 1;
  const start = select[0];
  let sequence = true;
  for (let i = 1; i < BYTES; i++) if (select[i] !== ((start + i) & wrap)) sequence = false;
  if (sequence) {
    const swapped = start >= BYTES;
    binary(s, v, V3.EXT | ((start & 15) << 11), swapped ? y : x, swapped ? x : y);
    return true;
  }
  for (let size = 3; size >= 0; size--) {
    const n = BYTES >> size;
    for (let k = 0; k < INTERLEAVE.length; k++)
      for (let turn = 0; turn < 2; turn++) {
        let is = true;
        for (let i = 0; i < n && is; i++) {
          let want = interleaved(k, i, n);
          if (turn === 1) want = want ^ n;
          if (x === y) want &= n - 1;
          is = laneAt(select, size, i) === want;
        }
        if (!is) continue;
        binary(s, v, lanes(INTERLEAVE[k], size), turn === 0 ? x : y, turn === 0 ? y : x);
        return true;
      }
  }
  return false;
}

/** A look-up in x, and where that has no answer in y. */
function byTable(s: Selector, v: number, x: number, y: number, select: Uint8Array): void {
  const inFirst = indices(s, select, 0);
  if (x === y) {
    binary(s, v, V3.TBL, x, inFirst);
    return;
  }
  const found = binary(s, vector(s), V3.TBL, x, inFirst);
  accumulate(s, v, V3.TBX, found, y, indices(s, select, BYTES));
}

/** The bytes' numbers less `base`: those of the other vector are out of reach. */
function indices(s: Selector, select: Uint8Array, base: number): number {
  return words(
    s,
    fourIndices(select, 0, base),
    fourIndices(select, 4, base),
    fourIndices(select, 8, base),
    fourIndices(select, 12, base),
  );
}

function fourIndices(select: Uint8Array, from: number, base: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word |= ((select[from + i] - base) & 0xff) << (8 * i);
  return word;
}
