/** Which constants instructions of AArch64 can hold. */

/** Number of ones. */
function popcount(x: number): number {
  x = (x - ((x >>> 1) & 0x55555555)) | 0;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
const ctz32 = (x: number): number => 31 - Math.clz32(x & -x);
const ctz64 = (lo: number, hi: number): number => (lo !== 0 ? ctz32(lo) : 32 + ctz32(hi));
const top64 = (lo: number, hi: number): number => (hi !== 0 ? 63 - Math.clz32(hi) : 31 - Math.clz32(lo));

/** Position of the lowest one if the ones of hi:lo stand side by side, else -1. */
function startOfRun(lo: number, hi: number): number {
  const start = ctz64(lo, hi);
  return top64(lo, hi) - start + 1 === popcount(lo) + popcount(hi) ? start : -1;
}

/** The 16 bits of hi:lo from bit 16 * k on. */
export const halfOf = (lo: number, hi: number, k: number): number => ((k < 2 ? lo : hi) >> (16 * (k & 1))) & 0xffff;

/** How many of the four of them are x. */
export function halvesThatAre(x: number, lo: number, hi: number): number {
  let n = 0;
  for (let k = 0; k < 4; k++) if (halfOf(lo, hi, k) === x) n++;
  return n;
}

/**
 * The fields N:immr:imms (13 bits) of a logical immediate: a rotated run of ones in an element of 2 to 64 bits that
 * repeats. -1 if hi:lo (two signed numbers) is none. Of a 32-bit operation `hi` is the same as `lo`.
 */
export function logicalImmediate(lo: number, hi: number): number {
  if (lo !== hi) return elementFields(lo, hi, 64);
  let bits = 32;
  let x = lo;
  for (; bits > 2; bits >>= 1) {
    const half = bits >> 1;
    const mask = ~(-1 << half);
    if (((x >>> half) & mask) !== (x & mask)) break;
    x &= mask;
  }
  return elementFields(x, 0, bits);
}

function elementFields(lo: number, hi: number, bits: number): number {
  const maskLo = bits >= 32 ? -1 : ~(-1 << bits);
  const maskHi = bits === 64 ? -1 : 0;
  let ones = popcount(lo) + popcount(hi);
  if (ones === 0 || ones === bits) return -1;
  let start = startOfRun(lo, hi);
  if (start < 0) {
    // The run passes the top: what is between its ends are zeros.
    const zeros = startOfRun(~lo & maskLo, ~hi & maskHi);
    if (zeros < 0) return -1;
    start = zeros + bits - ones;
  }
  const rotate = (bits - start) & (bits - 1);
  ones--;
  if (bits === 64) return (1 << 12) | (rotate << 6) | ones;
  return (rotate << 6) | (~(2 * bits - 1) & 0x3f) | ones;
}

/** Whether x (unsigned) fits an addition: twelve bits, or twelve more above them. */
export const isAddImmediate = (x: number): boolean =>
  (x & ~0xfff) === 0 || ((x & 0xfff) === 0 && x > 0 && x <= 0xfff000);

/** The eight bits of a float constant of `fmov`, by the bits of an f64; -1 if it is none. */
export function floatImmediate(lo: number, hi: number): number {
  if (lo !== 0 || (hi & 0xffff) !== 0) return -1;
  const exponent = (hi >> 22) & 0x1ff;
  if (exponent !== 0x100 && exponent !== 0x0ff) return -1;
  return ((hi >>> 24) & 0x80) | ((exponent & 1) << 6) | ((hi >> 16) & 0x3f);
}

/** The same by the bits of an f32. */
export function floatImmediate32(bits: number): number {
  if ((bits & 0x7ffff) !== 0) return -1;
  const exponent = (bits >> 25) & 0x3f;
  if (exponent !== 0x20 && exponent !== 0x1f) return -1;
  return ((bits >>> 24) & 0x80) | ((exponent & 1) << 6) | ((bits >> 19) & 0x3f);
}
