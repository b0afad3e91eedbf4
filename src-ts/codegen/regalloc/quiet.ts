/**
 * Registers for parameters that constants are handed to: such that the constant can be made before the branch (hoist.ts),
 * because nothing else is in the register there.
 */
import { classOf, Cls, REGISTERS } from '../machine.js';
import type { IntVec } from '../../util/vec.js';
import { isInnermost, type State } from './state.js';

/** Blocks with more predecessors than this are not looked back from. */
const MAX_LOUD = 8;

/**
 * Free registers that nothing is in at the branches that lead to block b with a constant for its parameter v. 0 if there
 * are none, or no such branches; or they are taken less often than what brings the parameter in a register. `out`: pairs
 * value * REGISTERS + register at the end of block p from outAt[p] to outAt[p + 1], `used` and `free` as in `Coloring`.
 */
export function quietRegisters(
  s: State,
  b: number,
  v: number,
  free: Int32Array,
  used: Int32Array,
  useReg: Int8Array,
  outAt: Int32Array,
  out: IntVec,
): number {
  const { mf, func, remat, paramPos, usable, calleeMask } = s;
  const { predAt, predEdge, edgeFrom, succAt, argAt, args, paramAt } = func;
  const { edgeFreq } = s.cfg;
  const cls = mf.valueClass[v];
  const from = predAt[b];
  const to = predAt[b + 1];
  let quiet = 0;
  let worth = 0;
  if (to - from > MAX_LOUD || !s.enabled['hoisted-moves'] || !isInnermost(s, b)) return 0;
  for (let k = from; k < to; k++) {
    const e = predEdge[k];
    const p = edgeFrom[e];
    const isConstant = remat[args[argAt[e] + paramPos[v] - paramAt[b]]] !== 0;
    if (!isConstant) worth -= edgeFreq[e];
    if (p >= b || succAt[p + 1] - succAt[p] !== 2 || !isConstant) continue;
    worth += edgeFreq[e];
    // A callee-saved register that nothing uses yet costs more than a jump.
    if (quiet === 0) quiet = free[cls] & usable[cls] & ~(cls === Cls.GPR ? calleeMask & ~used[cls] : 0);
    for (let j = outAt[p]; j < outAt[p + 1]; j++) {
      const r = out.a[j] & (REGISTERS - 1);
      if (classOf(r) === cls) quiet &= ~(1 << r);
    }
    const i = mf.instAt[p + 1] - 1;
    for (let u = mf.useAt.a[i]; u < mf.useAt.a[i + 1]; u++) if (classOf(useReg[u]) === cls) quiet &= ~(1 << useReg[u]);
    if (quiet === 0) return 0;
  }
  return worth > 0 ? quiet : 0;
}
