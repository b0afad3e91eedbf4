/**
 * The order in which functions are compiled. Small functions come first, callees before their callers where no cycle
 * forbids it, so that a caller knows what its callees preserve (codegen/preserved.ts). The others follow, the largest
 * first, so that no big one is left for the end of a compilation on several threads: they know of the small ones and not
 * of each other. O(bytes + calls); nothing recurses.
 */
import { PRESERVED_WORDS, PreservedWord } from '../codegen/preserved.js';
import { skipImmediates } from '../ir/scan.js';
import { IntVec } from '../util/vec.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { readU32, skipLeb } from '../wasm/leb.js';
import { WasmOp } from '../wasm/opcodes.js';

/** Bodies of up to so many bytes are small. Larger functions write nearly every register. */
const SMALL_BYTES = 2048;
/** Level of the others. */
const LAST_LEVEL = 0x7fffffff;

export interface CompileOrder {
  /** Defined indices. */
  list: Int32Array;
  /**
   * By defined function, PRESERVED_WORDS each: what is known of it. The levels are filled in: a function may ask for
   * those of lower levels. So is, of small functions, which of them are straight. Shared by all threads.
   */
  preserved: Int32Array;
}

export function compileOrder(m: WasmModule): CompileOrder {
  const n = m.bodyStart.length;
  const preserved = new Int32Array(new SharedArrayBuffer(4 * PRESERVED_WORDS * n));
  const level = levels(m, preserved);
  for (let d = 0; d < n; d++) preserved[PRESERVED_WORDS * d + PreservedWord.LEVEL] = level[d];
  const size = (d: number): number => m.bodyEnd[d] - m.bodyStart[d];
  const list = Int32Array.from(m.bodyStart.keys()).sort((x, y) => level[x] - level[y] || size(y) - size(x) || x - y);
  return { list, preserved };
}

/**
 * By defined function: above those of the small functions that it calls, but for calls that close a cycle. Fills in which
 * functions are straight.
 */
function levels(m: WasmModule, preserved: Int32Array): Int32Array {
  const n = m.bodyStart.length;
  const callAt = new Int32Array(n + 1);
  const callees = new IntVec(1024);
  const level = new Int32Array(n).fill(LAST_LEVEL);
  for (let d = 0; d < n; d++) {
    callAt[d] = callees.n;
    if (m.bodyEnd[d] - m.bodyStart[d] > SMALL_BYTES) continue;
    level[d] = -1;
    preserved[PRESERVED_WORDS * d + PreservedWord.STRAIGHT] = listCallees(m, d, callees) ? 1 : 0;
  }
  callAt[n] = callees.n;
  const open = new Int32Array(n);
  const next = callAt.slice();
  for (let root = 0; root < n; root++) {
    if (level[root] !== -1) continue;
    let depth = 1;
    open[0] = root;
    level[root] = OPEN;
    while (depth > 0) {
      const d = open[depth - 1];
      if (next[d] < callAt[d + 1]) {
        const callee = callees.a[next[d]++];
        if (level[callee] !== -1) continue;
        level[callee] = OPEN;
        open[depth++] = callee;
        continue;
      }
      let above = 0;
      for (let k = callAt[d]; k < callAt[d + 1]; k++) {
        const x = level[callees.a[k]];
        if (x >= above && x < LAST_LEVEL) above = x + 1;
      }
      level[d] = above;
      depth--;
    }
  }
  return level;
}
/** Level of a function whose callees are being looked at. */
const OPEN = -2;

/** Appends the defined functions that function d calls directly. Whether it is straight. */
function listCallees(m: WasmModule, d: number, callees: IntVec): boolean {
  const { bytes, importedFuncs } = m;
  const end = m.bodyEnd[d];
  let p = m.bodyStart[d];
  const groups = readU32(bytes, p);
  p = skipLeb(bytes, p);
  for (let k = 0; k < groups; k++) {
    p = skipLeb(bytes, p);
    p = bytes[p] === 0x63 || bytes[p] === 0x64 ? skipLeb(bytes, p + 1) : p + 1;
  }
  let straight = true;
  while (p < end) {
    const op = bytes[p++];
    if (op === WasmOp.LOOP || op === WasmOp.MEMORY_SIZE) straight = false;
    if (op === CALL || op === WasmOp.RETURN_CALL) {
      straight = false;
      const callee = readU32(bytes, p) - importedFuncs;
      if (callee >= 0) callees.push(callee);
    }
    p = skipImmediates(bytes, p, op);
  }
  return straight;
}
const CALL = 0x10;
