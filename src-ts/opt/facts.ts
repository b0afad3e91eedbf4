/**
 * Facts about the integers of a function: value v is in a range. They form a tree: a *place* is a fact together with all
 * those that it follows, so a place costs nothing to remember and branches share what they have in common. Walks are
 * bounded, which may only lose facts.
 */

/** How many facts a question looks at. */
const MAX_WALK = 32;
const NEVER = 0x7fffffff;

export class Facts {
  // --- by fact: the value, its range, the fact before ---
  value = new Int32Array(256);
  low = new Float64Array(256);
  high = new Float64Array(256);
  before = new Int32Array(256);
  private count = 0;

  /**
   * By value: the first fact about it, or NEVER. Facts come after those that they follow, so no walk goes further back.
   */
  private oldest = new Int32Array(0);
  /** By value: what stands for it on the path that is looked at, or -1. */
  standIn = new Int32Array(0);

  /** Forgets everything: for a function with `nv` values. */
  start(nv: number): void {
    this.count = 0;
    if (this.oldest.length < nv) {
      this.oldest = new Int32Array(nv * 2);
      this.standIn = new Int32Array(nv * 2);
    }
    this.oldest.fill(NEVER, 0, nv);
    this.standIn.fill(-1, 0, nv);
  }

  /** The place where besides v is in [l, h]. */
  add(v: number, l: number, h: number, place: number): number {
    if (this.count === this.value.length) this.grow(this.count * 2);
    this.value[this.count] = v;
    this.low[this.count] = l;
    this.high[this.count] = h;
    this.before[this.count] = place;
    if (this.oldest[v] === NEVER) this.oldest[v] = this.count;
    return this.count++;
  }

  private grow(n: number): void {
    const { value, low, high, before } = this;
    this.value = new Int32Array(n);
    this.low = new Float64Array(n);
    this.high = new Float64Array(n);
    this.before = new Int32Array(n);
    this.value.set(value);
    this.low.set(low);
    this.high.set(high);
    this.before.set(before);
  }

  /** What stands for v. */
  standsFor(v: number): number {
    while (this.standIn[v] >= 0) v = this.standIn[v];
    return v;
  }

  /** There is a fact about v. */
  has(v: number): boolean {
    return this.oldest[v] !== NEVER;
  }

  /** The newest fact about v at `place`, or -1. */
  find(v: number, place: number): number {
    for (let p = place, first = this.oldest[v], n = 0; p >= first && n < MAX_WALK; p = this.before[p], n++)
      if (this.value[p] === v) return p;
    return -1;
  }
}
