/** Which loops are looked at more closely: what most functions have none of. */
import type { Func } from '../../ir/func.js';
import { Effect, EFFECTS } from '../../ir/opinfo.js';
import { FIRST_SIMD, memoryOf, Op } from '../../ir/ops.js';
import { ValType } from '../../wasm/types.js';

/** Values of a loop. */
const MAX_BODY = 200;

/** Whether the loop is one small block with nothing in it but arithmetic and accesses to memory 0. */
export function isFit(f: Func, h: number): boolean {
  const from = f.blockStart[h];
  const to = f.blockStart[h + 1];
  if (to - from > MAX_BODY || f.op[f.order[to - 1]] !== Op.BR_IF) return false;
  if (f.edgeTo[f.succEdge[f.succAt[h]]] !== h && f.edgeTo[f.succEdge[f.succAt[h] + 1]] !== h) return false;
  let accesses = 0;
  for (let k = from; k < to - 1; k++) {
    const v = f.order[k];
    const o = f.op[v];
    if (o === Op.PARAM) continue;
    if (o >= FIRST_SIMD && o < FIRST_SIMD + 0x200) return false;
    const effect = EFFECTS[o];
    if (effect === Effect.NONE) continue;
    if ((effect & Effect.ACCESS) === 0 || memoryOf(f.imm2[v]) !== 0 || f.type[f.a[v]] !== ValType.I32) return false;
    accesses++;
  }
  return accesses > 0 && (!f.weighted || f.blockWeight[h] !== 0);
}

/** Whether there is such a loop. */
export function hasFitLoop(f: Func): boolean {
  for (let h = 1; h < f.nb; h++) if (f.isLoopHeader[h] !== 0 && isFit(f, h)) return true;
  return false;
}
