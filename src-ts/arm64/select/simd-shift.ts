/** Shifts of lanes, and the bits that lanes begin with. */
import { Form } from '../../codegen/mach.js';
import { Op } from '../../ir/ops.js';
import { element, lanes, shiftLeft, shiftRight, V2, V3, VLane, VShift } from '../asm/insts-simd.js';
import { Modifier, modifier, MOp } from '../machops.js';
import { binary, general, unary, vector, words } from './simd-parts.js';
import type { Selector } from './selector.js';

/** Logarithm of the distance between the operators on lanes of one size and the next. */
const LOG2_BLOCK = 5;

/** SHL, SHR_S and SHR_U of any lanes; false if v is none. */
export function lowerShift(s: Selector, v: number): boolean {
  const { f } = s;
  const k = f.op[v] - Op.I8X16_SHL;
  const size = k >> LOG2_BLOCK;
  const kind = k & ((1 << LOG2_BLOCK) - 1);
  if (k < 0 || size > 3 || kind > 2) return false;
  const bits = 8 << size;
  const y = s.alias[f.b[v]];
  if (s.isInt(y)) {
    const count = s.low(y) & (bits - 1);
    // A shift to the right by nothing has no encoding.
    const row =
      kind === 0 || count === 0
        ? shiftLeft(VShift.SHL, size, count)
        : shiftRight(kind === 1 ? VShift.SSHR : VShift.USHR, size, count);
    unary(s, v, row, f.a[v]);
    return true;
  }
  const count = general(s);
  s.begin(MOp.AND32, Form.RI);
  s.useLow(y);
  s.imm(bits - 1);
  s.def(count);
  let amount = count;
  // To the right: by a negative count.
  if (kind !== 0) {
    amount = general(s);
    s.begin(MOp.NEG32, Form.R);
    s.useTemp(count);
    s.def(amount);
  }
  // Of each count the low byte is looked at.
  const counts = unary(s, vector(s), element(VLane.DUP_GENERAL, size, 0), amount);
  binary(s, v, lanes(kind === 1 ? V3.SSHL : V3.USHL, size), f.a[v], counts);
  return true;
}

/** BITMASK of any lanes; false if v is none. */
export function lowerBitmask(s: Selector, v: number): boolean {
  const { f } = s;
  const x = f.a[v];
  switch (f.op[v]) {
    case Op.I8X16_BITMASK: {
      const bits = weighted(s, x, 0, words(s, 0x08040201, 0x80402010 | 0, 0x08040201, 0x80402010 | 0));
      // The bits of bytes k and k + 8 stand side by side in a lane of 16 bits.
      const high = binary(s, vector(s), V3.EXT | (8 << 11), bits, bits);
      const pairs = binary(s, vector(s), V3.ZIP1, bits, high);
      unary(s, v, element(VLane.UMOV, 1, 0), unary(s, vector(s), lanes(V2.ADDV, 1), pairs));
      return true;
    }
    case Op.I16X8_BITMASK: {
      const bits = weighted(s, x, 1, words(s, 0x00020001, 0x00080004, 0x00200010, 0x00800040));
      unary(s, v, element(VLane.UMOV, 1, 0), unary(s, vector(s), lanes(V2.ADDV, 1), bits));
      return true;
    }
    case Op.I32X4_BITMASK: {
      const bits = weighted(s, x, 2, words(s, 1, 2, 4, 8));
      unary(s, v, element(VLane.UMOV, 2, 0), unary(s, vector(s), lanes(V2.ADDV, 2), bits));
      return true;
    }
    case Op.I64X2_BITMASK: {
      const low = topBit(s, unary(s, general(s), element(VLane.UMOV, 3, 0), x));
      const high = topBit(s, unary(s, general(s), element(VLane.UMOV, 3, 1), x));
      s.begin(MOp.OR32, Form.RR);
      s.useTemp(low);
      s.useTemp(high);
      s.imm(modifier(Modifier.LSL, 1));
      s.def(v);
      return true;
    }
  }
  return false;
}

/** In lanes that are negative the weight of the lane, else zero. */
function weighted(s: Selector, x: number, size: number, weights: number): number {
  const negative = unary(s, vector(s), lanes(V2.CMLT_ZERO, size), x);
  return binary(s, vector(s), V3.AND, negative, weights);
}

function topBit(s: Selector, x: number): number {
  const v = general(s);
  s.begin(MOp.LSR64, Form.RI);
  s.useTemp(x);
  s.imm(63);
  s.def(v);
  return v;
}
