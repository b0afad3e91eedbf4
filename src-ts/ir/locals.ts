/**
 * The values of a function's locals while SSA is built, with O(1) snapshots.
 *
 * Every assignment makes a version: a node (local, new value, old value, parent) of a tree. A snapshot is a node
 * number; `moveTo` changes the current values from one version to another by undoing up to the common ancestor and
 * redoing from there. Joins visit the versions of their edges in creation order, which is a depth-first order of the
 * tree, so all joins together cost O(assignments + edges + parameters made), whatever the number of locals: a dense
 * copy per branch would be quadratic in functions with many locals and many branches.
 *
 * Invariant: a node's number is greater than its parent's.
 */
import { IntVec } from '../util/vec.js';

export class Locals {
  /** Current value of each local. */
  value = new Int32Array(64);
  /** The current version. */
  head = 0;
  private readonly nodeLocal = new IntVec(1024);
  private readonly nodeValue = new IntVec(1024);
  private readonly nodeOld = new IntVec(1024);
  private readonly nodeParent = new IntVec(1024);
  private readonly path = new IntVec();
  /** Set of the locals touched during `diff`, by stamp, with their values at the first version. */
  private stamp = new Int32Array(64);
  private first = new Int32Array(64);
  private differs = new Uint8Array(64);
  private stampNow = 0;
  private readonly touched = new IntVec();
  private readonly moved = new IntVec();
  /** After `diff`: the locals that need a parameter. */
  readonly different = new IntVec();
  private common = 0;

  /** Forgets everything; the caller then fills `value[0 .. n)`. */
  reset(n: number): void {
    if (n > this.value.length) {
      const capacity = n * 2;
      this.value = new Int32Array(capacity);
      this.stamp = new Int32Array(capacity);
      this.first = new Int32Array(capacity);
      this.differs = new Uint8Array(capacity);
    }
    this.nodeLocal.clear();
    this.nodeValue.clear();
    this.nodeOld.clear();
    this.nodeParent.clear();
    // Node 0 is the root: the values at entry.
    this.nodeLocal.push(-1);
    this.nodeValue.push(-1);
    this.nodeOld.push(-1);
    this.nodeParent.push(-1);
    this.head = 0;
  }

  /** Makes room for `n` locals, keeping those there are. */
  grow(n: number): void {
    if (n <= this.value.length) return;
    const capacity = n * 2;
    const value = new Int32Array(capacity);
    value.set(this.value);
    this.value = value;
    const stamp = new Int32Array(capacity);
    stamp.set(this.stamp);
    this.stamp = stamp;
    this.first = new Int32Array(capacity);
    this.differs = new Uint8Array(capacity);
  }

  set(local: number, value: number): void {
    const old = this.value[local];
    if (old === value) return;
    this.value[local] = value;
    this.nodeLocal.push(local);
    this.nodeValue.push(value);
    this.nodeOld.push(old);
    this.head = this.nodeParent.push(this.head);
  }

  moveTo(version: number): void {
    const { value, path } = this;
    const local = this.nodeLocal.a;
    const parent = this.nodeParent.a;
    const old = this.nodeOld.a;
    let up = this.head;
    let down = version;
    path.n = 0;
    while (up !== down) {
      if (up > down) {
        value[local[up]] = old[up];
        up = parent[up];
      } else {
        path.push(down);
        down = parent[down];
      }
    }
    const to = this.nodeValue.a;
    for (let i = path.n - 1; i >= 0; i--) {
      const node = path.a[i];
      value[local[node]] = to[node];
    }
    this.head = version;
  }

  /** Starts a comparison at `version`. Then `compareWith` each other version, then `merge`. */
  beginDiff(version: number): void {
    this.moveTo(version);
    if (++this.stampNow === 0x7fffffff) {
      this.stamp.fill(0);
      this.stampNow = 1;
    }
    this.touched.n = 0;
    this.different.n = 0;
    this.common = version;
  }

  /**
   * Moves to `version` and notes in `different` which locals do not have the value that they had in the first version.
   */
  compareWith(version: number): void {
    const { value, path, moved, stamp, first, differs, stampNow } = this;
    const local = this.nodeLocal.a;
    const parent = this.nodeParent.a;
    const old = this.nodeOld.a;
    const to = this.nodeValue.a;
    let up = this.head;
    let down = version;
    path.n = 0;
    moved.n = 0;
    while (up !== down) {
      if (up > down) {
        const l = local[up];
        if (stamp[l] !== stampNow) this.touch(l);
        moved.push(l);
        value[l] = old[up];
        up = parent[up];
      } else {
        path.push(down);
        down = parent[down];
      }
    }
    for (let i = path.n - 1; i >= 0; i--) {
      const node = path.a[i];
      const l = local[node];
      if (stamp[l] !== stampNow) this.touch(l);
      moved.push(l);
      value[l] = to[node];
    }
    this.head = version;
    if (up < this.common) this.common = up;
    for (let i = 0; i < moved.n; i++) {
      const l = moved.a[i];
      if (differs[l] === 0 && value[l] !== first[l]) {
        differs[l] = 1;
        this.different.push(l);
      }
    }
  }

  private touch(l: number): void {
    this.stamp[l] = this.stampNow;
    this.first[l] = this.value[l];
    this.differs[l] = 0;
    this.touched.push(l);
  }

  /** During a comparison: locals from number `n` on need no parameter, whatever they are. */
  forgetFrom(n: number): void {
    const { different } = this;
    let kept = 0;
    for (let i = 0; i < different.n; i++) if (different.a[i] < n) different.a[kept++] = different.a[i];
    different.n = kept;
  }

  /**
   * Ends a comparison: goes to the version that all compared ones share, plus the values that all agree on, plus
   * `params[i]` for `different.a[i]`. The compared versions stay valid but leave the current path, which keeps later
   * walks short.
   */
  merge(params: Int32Array, at: number): void {
    const { touched, differs, first, different } = this;
    this.moveTo(this.common);
    for (let i = 0; i < touched.n; i++) {
      const l = touched.a[i];
      if (differs[l] === 0) this.set(l, first[l]);
    }
    for (let i = 0; i < different.n; i++) this.set(different.a[i], params[at + i]);
  }
}
