/**
 * The values that are in registers at the spiller's current program point, by class, with the distances of their next
 * uses. Operations are O(1); finding the farthest value is O(registers).
 */
import { ensureF64, ensureI32, type State } from './state.js';

/** Registers of a class and the operands of one instruction. */
export const STRIDE = 128;

/**
 * Constants are cheap to get back: to be rather evicted than a value, a constant counts as if its next use were this
 * many times as far, and a little.
 */
const CONSTANT_FACTOR = 2;
const CONSTANT_EXTRA = 8;

/** Distance from `now` to `next` as evictions compare it, as a position. */
export function evictionDistance(s: State, v: number, next: number, now: number): number {
  return s.remat[v] !== 0 ? now + (next - now) * CONSTANT_FACTOR + CONSTANT_EXTRA : next;
}

export class WorkingSet {
  /** The values of a class: values[class * STRIDE ..], `count[class]` of them. */
  readonly values = new Int32Array(2 * STRIDE);
  readonly count = new Int32Array(2);
  /** By value: index in its list, or -1. */
  place = new Int32Array(0);
  /** By value in the set: distance of the next use from the block's start. */
  next = new Float64Array(0);

  begin(nVals: number): void {
    this.place = ensureI32(this.place, nVals);
    this.place.fill(-1, 0, nVals);
    this.next = ensureF64(this.next, nVals);
  }

  add(v: number, cls: number): void {
    this.place[v] = this.count[cls];
    this.values[cls * STRIDE + this.count[cls]++] = v;
  }

  drop(v: number, cls: number): void {
    const p = this.place[v];
    const last = this.values[cls * STRIDE + --this.count[cls]];
    this.values[cls * STRIDE + p] = last;
    this.place[last] = p;
    this.place[v] = -1;
  }

  /** Evicts the farthest values of a class that aren't operands of the instruction at `now` until `limit` are left. */
  limitTo(s: State, cls: number, limit: number, now: number): void {
    while (this.count[cls] > limit) {
      let worst = -1;
      let far = -2;
      for (let k = cls * STRIDE, end = k + this.count[cls]; k < end; k++) {
        const v = this.values[k];
        const next = this.next[v];
        const distance = next <= now ? -1 : evictionDistance(s, v, next, now);
        if (distance > far) {
          far = distance;
          worst = v;
        }
      }
      s.evV.push(worst);
      this.drop(worst, cls);
    }
  }
}
