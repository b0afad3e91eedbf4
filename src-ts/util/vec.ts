/**
 * Growable vector of 32-bit integers: the only container that compiler passes use on hot paths. Amortised O(1) push.
 */
export class IntVec {
  a: Int32Array;
  n = 0;
  constructor(capacity = 64) {
    this.a = new Int32Array(capacity);
  }
  /** One that holds `a`, which it keeps. */
  static of(a: Int32Array): IntVec {
    const made = new IntVec(0);
    made.a = a;
    made.n = a.length;
    return made;
  }
  /** Appends `x` and returns its index. */
  push(x: number): number {
    if (this.n === this.a.length) this.grow(this.n + 1);
    this.a[this.n] = x;
    return this.n++;
  }
  /** Makes room for `extra` more entries without changing the length. */
  reserve(extra: number): void {
    if (this.n + extra > this.a.length) this.grow(this.n + extra);
  }
  clear(): void {
    this.n = 0;
  }
  /** A copy of exactly the entries in use. */
  toArray(): Int32Array {
    return this.a.slice(0, this.n);
  }
  private grow(need: number): void {
    let capacity = Math.max(16, this.a.length);
    while (capacity < need) capacity *= 2;
    const b = new Int32Array(capacity);
    b.set(this.a);
    this.a = b;
  }
}
