/** Tests of whole vectors: any bit set, all lanes other than zero. As a condition they are a compare of a general register. */
import { Form } from '../../codegen/mach.js';
import { Op } from '../../ir/ops.js';
import { Cc } from '../asm/insts.js';
import { element, lanes, V2, V3, VLane } from '../asm/insts-simd.js';
import { Flags } from '../machops.js';
import { binary, general, unary, vector } from './simd-parts.js';
import type { Selector } from './selector.js';

export const isVectorTest = (o: number): boolean =>
  o === Op.V128_ANY_TRUE ||
  o === Op.I8X16_ALL_TRUE ||
  o === Op.I16X8_ALL_TRUE ||
  o === Op.I32X4_ALL_TRUE ||
  o === Op.I64X2_ALL_TRUE;

/** Opens the consumer in hand with the test x, or its opposite. */
export function vectorTest(s: Selector, x: number, negate: number): void {
  const { f } = s;
  const o = f.op[x];
  if (o === Op.I64X2_ALL_TRUE) {
    // Lanes that are zero become -1: their sum is zero if there is none.
    const zeros = unary(s, vector(s), lanes(V2.CMEQ_ZERO, 3), f.a[x]);
    test(s, unary(s, general(s), element(VLane.UMOV, 3, 0), unary(s, vector(s), V2.ADDP_D, zeros)), 1, negate ^ 1);
    return;
  }
  if (o === Op.V128_ANY_TRUE) {
    const largest = binary(s, vector(s), lanes(V3.UMAXP, 2), f.a[x], f.a[x]);
    test(s, unary(s, general(s), element(VLane.UMOV, 3, 0), largest), 1, negate);
    return;
  }
  const size = o === Op.I8X16_ALL_TRUE ? 0 : o === Op.I16X8_ALL_TRUE ? 1 : 2;
  const smallest = unary(s, vector(s), lanes(V2.UMINV, size), f.a[x]);
  test(s, unary(s, general(s), element(VLane.UMOV, size, 0), smallest), 0, negate);
}

/** The general register is not zero, or is if `negate`. */
function test(s: Selector, x: number, wide: number, negate: number): void {
  s.consumer.open(s, Flags.ZERO32 + wide, Form.R, Cc.NE ^ negate);
  s.useTemp(x);
}
