/** Text of numbers. */

/** The f64 whose text is the shortest decimal that is this f32: JavaScript's own text of an f32 is that of the f64. */
export function shortestFloat32(v: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(v.toPrecision(digits));
    if (Math.fround(shorter) === v) return shorter;
  }
  return v;
}
