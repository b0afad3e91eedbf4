/** Operands for the SIMD tests: edge values of every shape of lanes, and some random ones (the same every time). */

/** xorshift32. */
let state = 0x9e3779b9;
export function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

const bytes = (fill: (view: DataView) => void): Uint8Array => {
  const view = new DataView(new ArrayBuffer(16));
  fill(view);
  return new Uint8Array(view.buffer);
};
const lanes8 = (...x: number[]): Uint8Array => Uint8Array.from({ length: 16 }, (_, k) => x[k % x.length]);
const lanes16 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 8; k++) v.setUint16(2 * k, x[k % x.length] & 0xffff, true);
  });
const lanes32 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 4; k++) v.setUint32(4 * k, x[k % x.length] >>> 0, true);
  });
const lanes64 = (...x: bigint[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 2; k++) v.setBigUint64(8 * k, BigInt.asUintN(64, x[k % x.length]), true);
  });
const floats32 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 4; k++) v.setFloat32(4 * k, x[k % x.length], true);
  });
const floats64 = (...x: number[]): Uint8Array =>
  bytes((v) => {
    for (let k = 0; k < 2; k++) v.setFloat64(8 * k, x[k % x.length], true);
  });

export const VALUES: readonly Uint8Array[] = [
  lanes8(0),
  lanes8(0xff),
  lanes8(0x80),
  lanes8(0x7f),
  lanes8(1, 0xff, 0x80, 0x7f, 0, 2, 0xfe, 0x81),
  lanes8(...Array(16).keys()),
  lanes8(...Array.from({ length: 16 }, (_, k) => 31 - 2 * k)),
  lanes16(0x8000),
  lanes16(0x7fff, 0x8000, 0xffff, 1, 0, 0x0100, 0x00ff, 0x8001),
  lanes32(0x80000000),
  lanes32(0x7fffffff, 0x80000000, 0xffffffff, 1),
  lanes32(0, 0x01000001, 0xffffff80, 0x40000000),
  lanes64(1n << 63n, (1n << 63n) - 1n),
  lanes64(-1n, 1n),
  lanes64(0x100000000n, 0xffffffffn),
  floats32(0, -0, 1, -1),
  floats32(-0, 0, NaN, 1),
  floats32(Infinity, -Infinity, NaN, -0),
  floats32(0.5, 1.5, 2.5, -0.5),
  floats32(2 ** 31, -(2 ** 31), 2 ** 32, 2147483520),
  floats32(4294967040, 3e9, -1.5, 1e-40),
  lanes32(0x7fa00000, 0xffa12345, 0x7f800001, 0xffc00000),
  lanes32(0x4f000000, 0xcf000001, 0x4f800000, 0x00000001),
  floats64(0, -0),
  floats64(NaN, 1),
  floats64(-0, 0),
  floats64(Infinity, -Infinity),
  floats64(2147483647.5, -2147483648.9),
  floats64(4294967295.9, -0.9),
  floats64(2.5, 1e300),
  lanes64(0x7ff4000000000001n, 0xfff8000000000000n),
  ...Array.from({ length: 5 }, () => lanes32(random(), random(), random(), random())),
];
/** Second and third operands of what takes three. */
export const FEW = VALUES.filter((_, k) => k % 5 === 4);
const INTS = [0, 1, -1, 7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 0x7fffffff, -0x80000000, 0x12345678, 200];
const LONGS = [0n, 1n, -1n, 1n << 63n, 0x123456789abcdefn];
const FLOATS = [0, -0, 1.5, NaN, Infinity, 1e-40, 3.4e38];

/** The values of an operand of this type (its letter). */
export const valuesOf = (letter: string, few: boolean, vectors = VALUES): readonly (number | bigint | Uint8Array)[] =>
  letter === 'v' ? (few ? FEW : vectors) : letter === 'i' ? INTS : letter === 'I' ? LONGS : FLOATS;
