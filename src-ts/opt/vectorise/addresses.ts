/**
 * Addresses of a loop's accesses as sums: variables and values from before the loop, each times a constant, and a
 * constant. Accesses whose sums differ in the constant alone have one *root*, and a known distance from each other.
 */
import type { Func } from '../../ir/func.js';
import { isConst } from '../../ir/opinfo.js';
import { Op } from '../../ir/ops.js';
import { IntVec } from '../../util/vec.js';
import type { CountedLoop } from '../counted-loop.js';

/** Terms of a sum, and operations that are looked through. */
const MAX_TERMS = 4;
const MAX_DEPTH = 6;

export class Addresses {
  /** Terms of the roots: pairs (value, factor); those of root r begin at `termAt.a[r]` and end where the next begin. */
  readonly terms = new IntVec(32);
  readonly termAt = new IntVec(16);
  /** By root: what an iteration adds. */
  readonly steps = new IntVec(16);
  roots = 0;
  /** Of the address that `find` looked at last: its root and constant. */
  root = -1;
  place = 0;

  private readonly value = new Int32Array(MAX_TERMS);
  private readonly factor = new Int32Array(MAX_TERMS);
  private count = 0;

  /** At the start of a loop. */
  begin(): void {
    this.roots = this.terms.n = this.termAt.n = this.steps.n = 0;
    this.termAt.push(0);
  }

  /** Takes address x apart: sets `root` and `place`. False if it is no such sum. */
  find(f: Func, h: number, loop: CountedLoop, x: number): boolean {
    this.count = this.place = 0;
    if (!this.collect(f, h, x, 1, 0)) return false;
    let step = 0;
    for (let k = 0; k < this.count; k++) {
      const t = this.value[k];
      if (f.block[t] !== h) continue;
      const by = loop.stepOf(f, h, t);
      if (by === 0) return false;
      step = (step + Math.imul(by, this.factor[k])) | 0;
    }
    this.root = this.rootOf(step);
    return true;
  }

  private collect(f: Func, h: number, x: number, factor: number, depth: number): boolean {
    const { op, a, b, imm } = f;
    const y = b[x];
    const inside = f.block[x] === h && depth < MAX_DEPTH;
    switch (op[x]) {
      case Op.I32_CONST:
        this.place = (this.place + Math.imul(imm[x], factor)) | 0;
        return true;
      case Op.I32_ADD:
        if (!inside && !isConst(op[y])) break;
        return this.collect(f, h, a[x], factor, depth + 1) && this.collect(f, h, y, factor, depth + 1);
      case Op.I32_SUB:
        if (!inside) break;
        return this.collect(f, h, a[x], factor, depth + 1) && this.collect(f, h, y, -factor, depth + 1);
      case Op.I32_SHL:
        if (!inside || op[y] !== Op.I32_CONST) break;
        return this.collect(f, h, a[x], factor << (imm[y] & 31), depth + 1);
      case Op.I32_MUL:
        if (!inside || op[y] !== Op.I32_CONST) break;
        return this.collect(f, h, a[x], Math.imul(factor, imm[y]), depth + 1);
    }
    if (f.block[x] === h && op[x] !== Op.PARAM) return false;
    return this.addTerm(x, factor);
  }

  /** Terms are in the order of their values. */
  private addTerm(x: number, factor: number): boolean {
    let k = 0;
    while (k < this.count && this.value[k] < x) k++;
    if (k < this.count && this.value[k] === x) {
      this.factor[k] = (this.factor[k] + factor) | 0;
      if (this.factor[k] !== 0) return true;
      this.count--;
      for (; k < this.count; k++) {
        this.value[k] = this.value[k + 1];
        this.factor[k] = this.factor[k + 1];
      }
      return true;
    }
    if (this.count === MAX_TERMS) return false;
    for (let j = this.count++; j > k; j--) {
      this.value[j] = this.value[j - 1];
      this.factor[j] = this.factor[j - 1];
    }
    this.value[k] = x;
    this.factor[k] = factor;
    return true;
  }

  private rootOf(step: number): number {
    const { terms, termAt } = this;
    for (let r = 0; r < this.roots; r++) {
      const from = termAt.a[r];
      if (termAt.a[r + 1] - from !== 2 * this.count) continue;
      let k = 0;
      while (k < this.count && terms.a[from + 2 * k] === this.value[k] && terms.a[from + 2 * k + 1] === this.factor[k])
        k++;
      if (k === this.count) return r;
    }
    for (let k = 0; k < this.count; k++) {
      terms.push(this.value[k]);
      terms.push(this.factor[k]);
    }
    termAt.push(terms.n);
    this.steps.push(step);
    return this.roots++;
  }
}
