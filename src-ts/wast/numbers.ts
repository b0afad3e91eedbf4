/** Numbers of the text format to bits, rounded once (core specification, sections 6.3.1 and 6.3.2). */

/** Bits of a float's significand without the hidden one, and of its exponent. */
interface Format {
  significand: number;
  exponent: number;
}
const F32: Format = { significand: 23, exponent: 8 };
const F64: Format = { significand: 52, exponent: 11 };

/** Bits of an integer of so many bits, signed or not; undefined where it is none. */
export function integerBits(text: string, width: number): bigint | undefined {
  const m = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(text.replaceAll('_', ''));
  if (m === null) return undefined;
  const n = m[1] === '-' ? -BigInt(m[2]) : BigInt(m[2]);
  if (n >= 1n << BigInt(width) || n < -(1n << BigInt(width - 1))) return undefined;
  return BigInt.asUintN(width, n);
}

/** Bits of a float: decimal, hexadecimal, `inf`, `nan`, `nan:0x…`; undefined where it is none. */
export function floatBits(text: string, width: 32 | 64): bigint | undefined {
  const format = width === 32 ? F32 : F64;
  const m = /^([+-]?)(.*)$/.exec(text.replaceAll('_', '').toLowerCase())!;
  const magnitude = magnitudeBits(m[2], format);
  return magnitude === undefined ? undefined : magnitude | (m[1] === '-' ? 1n << BigInt(width - 1) : 0n);
}

function magnitudeBits(text: string, format: Format): bigint | undefined {
  const infinity = ((1n << BigInt(format.exponent)) - 1n) << BigInt(format.significand);
  if (text === 'inf' || text === 'infinity') return infinity;
  if (text === 'nan') return infinity | (1n << BigInt(format.significand - 1));
  const payload = /^nan:(0x[0-9a-f]+)$/.exec(text);
  if (payload !== null) return infinity | BigInt(payload[1]);
  const hex = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/.exec(text);
  if (hex !== null && hex[1] + hex[2] !== '') {
    const exponent = Number(hex[3] ?? 0) - 4 * hex[2].length;
    return rounded(BigInt(`0x${hex[1]}${hex[2]}`), 2n, exponent, format);
  }
  const decimal = /^(\d*)\.?(\d*)(?:e([+-]?\d+))?$/.exec(text);
  if (decimal !== null && decimal[1] + decimal[2] !== '')
    return rounded(BigInt(decimal[1] + decimal[2]), 10n, Number(decimal[3] ?? 0) - decimal[2].length, format);
  return undefined;
}

/** Beyond these powers a number is infinite or 0 in every format, whatever its digits: keeps the arithmetic short. */
const MOST = 40_000;

const bitLength = (n: bigint): number => n.toString(2).length;

/** Bits of digits × base^power, to the nearest float, ties to even. */
function rounded(digits: bigint, base: bigint, power: number, { significand, exponent }: Format): bigint {
  if (digits === 0n) return 0n;
  const infinity = ((1n << BigInt(exponent)) - 1n) << BigInt(significand);
  const size = bitLength(digits) + power * (base === 2n ? 1 : 3.33);
  if (size > MOST) return infinity;
  if (size < -MOST) return 0n;
  const scale = base ** BigInt(Math.abs(power));
  const top = power >= 0 ? digits * scale : digits;
  const bottom = power >= 0 ? 1n : scale;
  const bias = (1 << (exponent - 1)) - 1;
  let first = bitLength(top) - bitLength(bottom);
  const atLeast = first >= 0 ? top >= bottom << BigInt(first) : top << BigInt(-first) >= bottom;
  if (!atLeast) first--;
  // The place of the last bit: that of subnormal numbers at least.
  const last = Math.max(first - significand, 1 - bias - significand);
  const [n, d] = last >= 0 ? [top, bottom << BigInt(last)] : [top << BigInt(-last), bottom];
  let whole = n / d;
  const rest = 2n * (n % d);
  if (rest > d || (rest === d && (whole & 1n) === 1n)) whole++;
  // The significand's hidden bit adds one to the exponent, and so does a carry out of the rounding.
  const result = whole + (BigInt(last + bias + significand - 1) << BigInt(significand));
  return result >= infinity ? infinity : result;
}
