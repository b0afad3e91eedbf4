/** Numbers of the command line, against the host's own reading of the same value. */
import { expect, test } from 'vitest';
import { parseArguments } from '../../src-ts/cli/values.js';
import { ValType } from '../../src-ts/wasm/types.js';

const f64 = (text: string): unknown => parseArguments('f', { params: [ValType.F64], results: [] } as never, [text])[0];

test.each([
  ['0x1.8p3', 12],
  ['-0x.1p0', -0.0625],
  ['0X1P-3', 0.125],
  ['0x1.fffffffffffffp1023', Number.MAX_VALUE],
  ['0x1.fffffffffffff7p1023', Number.MAX_VALUE],
  ['0x1.fffffffffffff8p1023', Infinity],
  ['0x1p1024', Infinity],
  ['0x1p-1074', Number.MIN_VALUE],
  ['0x1p-1075', 0],
  ['0x1.8p-1075', Number.MIN_VALUE],
  ['-0x0p0', -0],
  // Ties go to the even neighbour, one bit more goes up.
  ['0x20000000000001', 2 ** 53],
  ['0x20000000000001.0000000001', 2 ** 53 + 2],
  ['0x20000000000003', 2 ** 53 + 4],
])('%s', (text, value) => {
  expect(f64(text)).toBe(value);
});

test.each(['0x', '0xp3', '0x1.8p', '0x1.g', 'p3', '0x1..2'])('%s is no number', (text) => {
  expect(() => f64(text)).toThrow(`'${text}' is no f64`);
});

test('random doubles, written out in hexadecimal', () => {
  const bits = new BigUint64Array(1);
  const number = new Float64Array(bits.buffer);
  for (let i = 0, x = 1n; i < 2000; i++) {
    x = BigInt.asUintN(64, x * 6364136223846793005n + 1442695040888963407n);
    bits[0] = x ^ (x >> 29n);
    if (!Number.isFinite(number[0])) continue;
    const exponent = Number((bits[0] >> 52n) & 0x7ffn);
    const digits = (bits[0] & 0xfffffffffffffn).toString(16).padStart(13, '0');
    const text = `${number[0] < 0 ? '-' : ''}0x${exponent === 0 ? 0 : 1}.${digits}p${Math.max(exponent, 1) - 1023}`;
    expect(f64(text)).toBe(number[0]);
  }
});
