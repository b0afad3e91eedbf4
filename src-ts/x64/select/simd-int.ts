/** Vector integer operations that are sequences: products and bit counts. */
import { Op } from '../../ir/ops.js';
import { Sse, SseShift } from '../asm/insts.js';
import { fresh, loadWords, registers, sameWords, shift, unary, withWords, words } from './simd-parts.js';
import type { Selector } from './selector.js';

/** Bits of each half of a byte, by a table of sixteen. */
export function lowerPopcnt(s: Selector, to: number, x: number): void {
  const low = sameWords(s, 0x0f0f0f0f);
  const counts = words(s, 0x02010100, 0x03020201, 0x03020201, 0x04030302);
  const lowBits = withWords(s, fresh(s), Sse.PAND, x, low);
  const highBits = withWords(s, fresh(s), Sse.PAND, shift(s, fresh(s), SseShift.PSRLW, x, 4), low);
  const a = registers(s, fresh(s), Sse.PSHUFB, loadWords(s, fresh(s), counts), lowBits);
  const b = registers(s, fresh(s), Sse.PSHUFB, loadWords(s, fresh(s), counts), highBits);
  registers(s, to, Sse.PADDB, a, b, true);
}

/** Products of 32-bit halves: the crossed ones go up, what would be higher is lost. */
export function lowerMul64(s: Selector, to: number, x: number, y: number): void {
  const a = registers(s, fresh(s), Sse.PMULUDQ, shift(s, fresh(s), SseShift.PSRLQ, x, 32), y, true);
  const b = registers(s, fresh(s), Sse.PMULUDQ, shift(s, fresh(s), SseShift.PSRLQ, y, 32), x, true);
  const crossed = shift(s, fresh(s), SseShift.PSLLQ, registers(s, fresh(s), Sse.PADDQ, a, b, true), 32);
  registers(s, to, Sse.PADDQ, registers(s, fresh(s), Sse.PMULUDQ, x, y, true), crossed, true);
}

/** Products of extended lanes. */
export function lowerExtmul(s: Selector, to: number, o: Op, x: number, y: number): void {
  switch (o) {
    case Op.I16X8_EXTMUL_LOW_I8X16_S:
      extendedBytes(s, to, Sse.PMOVSXBW, x, y);
      break;
    case Op.I16X8_EXTMUL_LOW_I8X16_U:
      extendedBytes(s, to, Sse.PMOVZXBW, x, y);
      break;
    case Op.I16X8_EXTMUL_HIGH_I8X16_S:
      extendedBytes(s, to, Sse.PMOVSXBW, upper(s, x), x === y ? -1 : upper(s, y));
      break;
    case Op.I16X8_EXTMUL_HIGH_I8X16_U:
      extendedBytes(s, to, Sse.PMOVZXBW, upper(s, x), x === y ? -1 : upper(s, y));
      break;
    case Op.I32X4_EXTMUL_LOW_I16X8_S:
      halves(s, to, Sse.PMULHW, Sse.PUNPCKLWD, x, y);
      break;
    case Op.I32X4_EXTMUL_HIGH_I16X8_S:
      halves(s, to, Sse.PMULHW, Sse.PUNPCKHWD, x, y);
      break;
    case Op.I32X4_EXTMUL_LOW_I16X8_U:
      halves(s, to, Sse.PMULHUW, Sse.PUNPCKLWD, x, y);
      break;
    case Op.I32X4_EXTMUL_HIGH_I16X8_U:
      halves(s, to, Sse.PMULHUW, Sse.PUNPCKHWD, x, y);
      break;
    case Op.I64X2_EXTMUL_LOW_I32X4_S:
      spreadDoublewords(s, to, Sse.PMULDQ, 0x50, x, y);
      break;
    case Op.I64X2_EXTMUL_HIGH_I32X4_S:
      spreadDoublewords(s, to, Sse.PMULDQ, 0xfa, x, y);
      break;
    case Op.I64X2_EXTMUL_LOW_I32X4_U:
      spreadDoublewords(s, to, Sse.PMULUDQ, 0x50, x, y);
      break;
    case Op.I64X2_EXTMUL_HIGH_I32X4_U:
      spreadDoublewords(s, to, Sse.PMULUDQ, 0xfa, x, y);
      break;
    default:
      throw new Error(`internal error: vector operation 0x${o.toString(16)}`);
  }
}

const upper = (s: Selector, x: number): number => unary(s, fresh(s), Sse.PSHUFD, x, 0xee);

/** y = -1: a square. */
function extendedBytes(s: Selector, to: number, row: Sse, x: number, y: number): void {
  const a = unary(s, fresh(s), row, x);
  registers(s, to, Sse.PMULLW, a, y < 0 || x === y ? a : unary(s, fresh(s), row, y), true);
}

/** Low and high halves of the products of 16-bit lanes, put together. */
function halves(s: Selector, to: number, high: Sse, unpack: Sse, x: number, y: number): void {
  const low = registers(s, fresh(s), Sse.PMULLW, x, y, true);
  registers(s, to, unpack, low, registers(s, fresh(s), high, x, y, true));
}

/** Doublewords to the places where the multiplication reads them. */
function spreadDoublewords(s: Selector, to: number, row: Sse, lanes: number, x: number, y: number): void {
  const a = unary(s, fresh(s), Sse.PSHUFD, x, lanes);
  registers(s, to, row, a, x === y ? a : unary(s, fresh(s), Sse.PSHUFD, y, lanes), true);
}
