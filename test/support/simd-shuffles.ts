/** Shuffles, among them those that instruction selection has an instruction for. */
import { random } from './simd-values.js';

export const SHUFFLES: number[][] = [
  [...Array(16).keys()],
  Array.from({ length: 16 }, (_, k) => 16 + k),
  Array(16).fill(3),
  Array(16).fill(20),
  Array.from({ length: 16 }, (_, k) => 15 - k),
  // pshufd, pshuflw, pshufhw, interleavings, pblendw, shufps, palignr
  [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11],
  [2, 3, 0, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 1, 2, 3, 4, 5, 6, 7, 14, 15, 12, 13, 10, 11, 8, 9],
  ...[1, 2, 4, 8].flatMap((w) =>
    [
      [0, 16],
      [16, 0],
      [8, 24],
      [24, 8],
    ].map(([a, b]) =>
      Array.from({ length: 16 }, (_, k) => ((k / w) & 1 ? b : a) + ((k >> 1) & ~(w - 1)) + (k & (w - 1))),
    ),
  ),
  Array.from({ length: 16 }, (_, k) => k + ((k >> 1) % 3 === 0 ? 16 : 0)),
  Array.from({ length: 16 }, (_, k) => k + ((k >> 1) % 3 === 0 ? 0 : 16)),
  Array.from({ length: 16 }, (_, k) => k + (k % 3 === 0 ? 0 : 16)),
  [8, 9, 10, 11, 0, 1, 2, 3, 28, 29, 30, 31, 16, 17, 18, 19],
  [24, 25, 26, 27, 24, 25, 26, 27, 4, 5, 6, 7, 0, 1, 2, 3],
  ...[1, 5, 15, 17, 23, 31].map((n) => Array.from({ length: 16 }, (_, k) => (k + n) & 31)),
  ...[1, 7].map((n) => Array.from({ length: 16 }, (_, k) => (k + n) & 15)),
  ...Array.from({ length: 12 }, () => Array.from({ length: 16 }, () => random() & 31)),
];
