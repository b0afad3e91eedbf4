/**
 * LEB128 numbers in bytes that are known to be well-formed: bodies after validation, what this package wrote. `reader.ts`
 * reads those of modules and checks them. Numbers of 64 bits are given by halves, low and high.
 */

/** Past the number at p. */
export function skipLeb(bytes: Uint8Array, p: number): number {
  while (bytes[p++] & 0x80);
  return p;
}

/** The unsigned number at p: its low 32 bits. */
export const readU32 = (bytes: Uint8Array, p: number): number => readBits(bytes, p) >>> 0;

/** The same as an int32: for numbers that are below 2^31, and for bits. */
export function readBits(bytes: Uint8Array, p: number): number {
  let value = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = bytes[p++];
    if (shift < 32) value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  return value;
}

/** The signed number of up to 33 bits at p: its low 32 bits. */
export function readS32(bytes: Uint8Array, p: number): number {
  let value = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = bytes[p++];
    if (shift < 32) value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte & 0x80);
  return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
}

/** Bits 32 to 63 of the number at p. */
export function readHigh(bytes: Uint8Array, p: number, signed: boolean): number {
  let high = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = bytes[p++];
    const bits = byte & 0x7f;
    if (shift === 28) high = bits >> 4;
    else if (shift > 28) high |= bits << (shift - 32);
    shift += 7;
  } while (byte & 0x80);
  if (!signed || (byte & 0x40) === 0 || shift >= 64) return high;
  return shift < 32 ? -1 : high | (-1 << (shift - 32));
}
