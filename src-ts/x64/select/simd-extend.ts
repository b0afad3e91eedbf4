/**
 * Extensions of low lanes. One instruction does several in a row, from memory too; of lanes that a shuffle has brought
 * down, pshufb puts zeros between them at once. Producers that make vector code of loops write all of these as separate
 * operators.
 */
import { Op } from '../../ir/ops.js';
import { Sse } from '../asm/insts.js';
import { needsLow, unary, unaryMemory } from './simd-parts.js';
import type { Selector } from './selector.js';

/** By bytes of the lane before (log2) and after: [0] 1 → 2, 4, 8; [1] 2 → 4, 8; [2] 4 → 8. */
const SIGNED = Int32Array.of(Sse.PMOVSXBW, Sse.PMOVSXBD, Sse.PMOVSXBQ, Sse.PMOVSXWD, Sse.PMOVSXWQ, 0, Sse.PMOVSXDQ);
const UNSIGNED = Int32Array.of(Sse.PMOVZXBW, Sse.PMOVZXBD, Sse.PMOVZXBQ, Sse.PMOVZXWD, Sse.PMOVZXWQ, 0, Sse.PMOVZXDQ);

/**
 * log2 of the bytes of a lane that is extended, or -1: the operators of one width begin 0x20 after those of the one
 * before.
 */
function laneOf(o: number): number {
  switch (o) {
    case Op.I16X8_EXTEND_LOW_I8X16_S:
    case Op.I16X8_EXTEND_LOW_I8X16_U:
      return 0;
    case Op.I32X4_EXTEND_LOW_I16X8_S:
    case Op.I32X4_EXTEND_LOW_I16X8_U:
      return 1;
    case Op.I64X2_EXTEND_LOW_I32X4_S:
    case Op.I64X2_EXTEND_LOW_I32X4_U:
      return 2;
    default:
      return -1;
  }
}

const isUnsigned = (o: number): boolean =>
  o === Op.I16X8_EXTEND_LOW_I8X16_U || o === Op.I32X4_EXTEND_LOW_I16X8_U || o === Op.I64X2_EXTEND_LOW_I32X4_U;

export function lowerExtendLow(s: Selector, v: number): void {
  const { f, alias } = s;
  let lane = laneOf(f.op[v]);
  const to = lane + 1;
  let unsigned = isUnsigned(f.op[v]);
  let x = alias[f.a[v]];
  // An extension of an extension. Signs of what was extended with zeros are zeros; the other way round no instruction
  // is like it.
  for (let o = f.op[x]; laneOf(o) === lane - 1 && lane > 0 && (isUnsigned(o) || !unsigned) && s.isOwn(x); o = f.op[x]) {
    s.fused[x] = 1;
    unsigned = isUnsigned(o);
    lane--;
    x = alias[f.a[x]];
  }
  if (unsigned && s.shuffles.tryShuffleApart(s, v, x, lane, to)) return;
  const bytes = 8 >> (to - lane - 1);
  const row = (unsigned ? UNSIGNED : SIGNED)[3 * lane + (to - lane - 1)];
  if ((bytes === 8 && s.tryLoad(x, Op.V128_LOAD64_ZERO)) || (bytes === 4 && s.tryLoad(x, Op.V128_LOAD32_ZERO)))
    unaryMemory(s, v, row);
  else {
    needsLow(s, x, bytes);
    unary(s, v, row, x);
  }
}
