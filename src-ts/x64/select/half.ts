/**
 * Upper halves of 64-bit loads. A boxed value is loaded whole and asked for its tag: reading the tag from memory again
 * is one instruction less than a copy and a shift of the whole (a compare with memory two less), and the branch waits
 * for less. A half of a store is forwarded from the store buffer as well as the whole.
 */
import { Op } from '../../ir/ops.js';
import type { Selector } from './selector.js';

/**
 * If x is the upper half of a load that others need too, with nothing in between: sets the address of that half. It
 * cannot trap, because the load has been there.
 */
export function setUpperHalf(s: Selector, x: number): boolean {
  const { f } = s;
  if (f.op[x] !== Op.I64_SHR_U || !s.isConst(f.b[x]) || s.immOf(f.b[x]) !== 32 || !s.enabled['upper-half'])
    return false;
  const load = s.alias[f.a[x]];
  if (
    f.op[load] !== Op.I64_LOAD ||
    s.isChecked(load) ||
    f.block[load] !== s.curBlock ||
    s.side[load] !== s.curSide ||
    s.uses[load] < 2 ||
    s.wordLoads.upper[load] >= 0 // it stands for its lower word
  )
    return false;
  // The half stays below 2^31 from the index, where the guard covers it.
  if (f.imm[load] < 0 || f.imm[load] + 4 > 0x7fffffff) return false;
  s.setMemory(load, f.imm[load] + 4, 4);
  return true;
}

/** The same as the memory operand of the current instruction, if that is x's only consumer: takes it over. */
export function tryUpperHalf(s: Selector, x: number): boolean {
  x = s.alias[x];
  if (!s.isOwn(x) || !setUpperHalf(s, x)) return false;
  s.fused[x] = 1;
  return true;
}
