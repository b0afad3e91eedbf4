/**
 * The externref table: JavaScript values that wasm holds as 32-bit handles. Handle 0 is null. One table per thread.
 *
 * Crossing the boundary takes a new handle (wasm cannot compare externrefs, so one value may have several). Handles are
 * freed by a sweep: when enough were taken since the last one and no wasm is on the stack, the owners of references
 * (tables and globals of living instances) mark theirs and the rest is dropped. Amortised O(1) a crossing.
 */
const FIRST_SWEEP = 4096;

export class ExternTable {
  private readonly values: unknown[] = [null];
  private free: number[] = [];
  private takenSinceSweep = 0;
  private sweepAfter = FIRST_SWEEP;

  /** A handle for a value; 0 for null. */
  take(value: unknown): number {
    if (value === null) return 0;
    this.takenSinceSweep++;
    const handle = this.free.pop();
    if (handle === undefined) return this.values.push(value) - 1;
    this.values[handle] = value;
    return handle;
  }

  /** The value of a handle. */
  value(handle: number): unknown {
    return this.values[handle];
  }

  /** Whether a sweep is due; the caller makes sure that no wasm frame is live. */
  get due(): boolean {
    return this.takenSinceSweep > this.sweepAfter;
  }

  /** Handles in existence, free ones included: the size of the mark array. */
  get size(): number {
    return this.values.length;
  }

  /** Drops every handle whose mark is 0. */
  sweep(marks: Uint8Array): void {
    this.free = [];
    let live = 0;
    for (let h = this.values.length - 1; h > 0; h--) {
      if (marks[h] !== 0) live++;
      else {
        this.values[h] = undefined;
        this.free.push(h);
      }
    }
    this.takenSinceSweep = 0;
    this.sweepAfter = Math.max(FIRST_SWEEP, 2 * live);
  }
}
