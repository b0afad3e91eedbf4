/** Binary heap of integers, smallest key first. O(log n) push and pop. */
import { IntVec } from './vec.js';

export class IntHeap {
  private readonly keys = new IntVec(16);
  private readonly values = new IntVec(16);

  get n(): number {
    return this.keys.n;
  }

  clear(): void {
    this.keys.clear();
    this.values.clear();
  }

  /** Smallest key; there must be one. */
  topKey(): number {
    return this.keys.a[0];
  }

  push(key: number, value: number): void {
    this.values.push(value);
    let k = this.keys.push(key);
    const keys = this.keys.a;
    const values = this.values.a;
    for (let up = (k - 1) >> 1; k > 0 && keys[up] > key; k = up, up = (k - 1) >> 1) {
      keys[k] = keys[up];
      values[k] = values[up];
    }
    keys[k] = key;
    values[k] = value;
  }

  /** Takes out the value with the smallest key and returns it; -1 if there is none. */
  pop(): number {
    if (this.keys.n === 0) return -1;
    const keys = this.keys.a;
    const values = this.values.a;
    const top = values[0];
    const n = --this.keys.n;
    this.values.n = n;
    const key = keys[n];
    const value = values[n];
    let k = 0;
    for (let down = 1; down < n; down = 2 * k + 1) {
      if (down + 1 < n && keys[down + 1] < keys[down]) down++;
      if (keys[down] >= key) break;
      keys[k] = keys[down];
      values[k] = values[down];
      k = down;
    }
    keys[k] = key;
    values[k] = value;
    return top;
  }
}
