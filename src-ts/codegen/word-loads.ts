/**
 * Loads of 64 bits that are wanted as two words: a pointer and a length, say, or a result in memory. They were often
 * stored as words, and a load of both has to wait until those stores have reached the cache (some 20 cycles); each word
 * is forwarded from its own store. So such a load becomes two.
 *
 * Found by the uses of a value before selection: O(halves), and O(values) for functions that have such a load.
 */
import type { Func } from '../ir/func.js';
import { Op } from '../ir/ops.js';
import { IntVec } from '../util/vec.js';

/** What selection knows of values and their uses. */
export interface SplitLoads {
  readonly f: Func;
  readonly alias: Int32Array;
  readonly uses: Int32Array;
  readonly addressUses: Int32Array;
  /** Whether a load of 64 bits may become two. */
  mayBeWords(load: number): boolean;
}

export class WordLoads {
  /** By load of 64 bits: the value that is its upper word, where the load itself is the lower one; else -1. */
  upper = new Int32Array(0);
  /** Wraps of 64-bit loads, and what shifts them by 32. */
  private readonly halves = new IntVec(64);
  /** By such a load: its wraps, its shifts. */
  private wraps = new Int32Array(0);
  private shifts = new Int32Array(0);

  start(nv: number): void {
    if (this.upper.length < nv) {
      const size = nv + (nv >> 1);
      this.upper = new Int32Array(size);
      this.wraps = new Int32Array(size);
      this.shifts = new Int32Array(size);
    }
    this.upper.fill(-1, 0, nv);
    this.halves.clear();
  }

  /** Notes value v if it is half of a load. */
  note({ op, a, b, imm }: Func, v: number): void {
    const o = op[v];
    if (o !== Op.I32_WRAP_I64 && o !== Op.I64_SHR_U) return;
    const load = a[v];
    if (op[load] !== Op.I64_LOAD || (o === Op.I64_SHR_U && (op[b[v]] !== Op.I64_CONST || imm[b[v]] !== 32))) return;
    this.halves.push(v);
  }

  /**
   * Sets `upper` of the loads that become two: those whose every use is a half, where a shift is in another block. (In
   * the same one it is an operand in memory: x64/select/half.ts.) Returns whether there are any.
   */
  find(s: SplitLoads): boolean {
    const { halves, wraps, shifts, upper } = this;
    const { op, a, block } = s.f;
    for (let k = 0; k < halves.n; k++) wraps[a[halves.a[k]]] = shifts[a[halves.a[k]]] = 0;
    for (let k = 0; k < halves.n; k++) {
      const v = halves.a[k];
      if (op[v] === Op.I64_SHR_U) shifts[a[v]]++;
      else wraps[a[v]]++;
    }
    let found = false;
    for (let k = 0; k < halves.n; k++) {
      const v = halves.a[k];
      const load = a[v];
      if (op[v] !== Op.I64_SHR_U || upper[load] >= 0 || block[v] === block[load]) continue;
      if (wraps[load] === 0 || wraps[load] + shifts[load] !== s.uses[load] || !s.mayBeWords(load)) continue;
      upper[load] = v;
      found = true;
    }
    return found;
  }

  /** Makes halves of loads that become two aliases of the words, and counts the uses anew. */
  share(s: SplitLoads): void {
    const { halves, upper } = this;
    const { alias, uses, addressUses } = s;
    const { op, a, nv } = s.f;
    for (let k = 0; k < halves.n; k++) {
      const v = halves.a[k];
      const load = a[v];
      if (upper[load] < 0) continue;
      uses[load]--;
      const word = op[v] === Op.I64_SHR_U ? upper[load] : load;
      if (word === v) continue;
      alias[v] = word;
      uses[word] += uses[v];
      addressUses[word] += addressUses[v];
    }
    for (let v = 0; v < nv; v++) alias[v] = alias[alias[v]];
  }
}
