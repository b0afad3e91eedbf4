import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompileError } from '../../src-ts/errors.js';
import { Reader } from '../../src-ts/wasm/reader.js';
import { leb, sleb, string } from '../support/wasm-build.js';

const reader = (...bytes: number[]): Reader => new Reader(Uint8Array.from(bytes));
const fails = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    expect(e).toBeInstanceOf(CompileError);
    return (e as Error).message;
  }
  throw new Error('did not fail');
};

/** The same number in `bytes` bytes, the last ones redundant. */
function padded(encoding: number[], bytes: number, negative: boolean): number[] {
  const out = [...encoding];
  while (out.length < bytes) {
    out[out.length - 1] |= 0x80;
    out.push(negative ? 0x7f : 0);
  }
  return out;
}

describe('integers', () => {
  it('u32', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 1, max: 5 }), (n, width) => {
        const bytes = padded(leb(n), width, false);
        const r = reader(...bytes, 0xaa);
        expect(r.u32()).toBe(n);
        expect(r.pos).toBe(bytes.length);
      }),
    );
  });

  it.each([
    ['s32', 32, 5, (r: Reader) => BigInt(r.s32())],
    ['s33', 33, 5, (r: Reader) => BigInt(r.s33())],
    [
      's64',
      64,
      10,
      (r: Reader) => {
        const lo = r.s64();
        return (BigInt(r.hi) << 32n) | BigInt(lo >>> 0);
      },
    ],
  ] as const)('%s', (_, bits, longest, read) => {
    const top = 1n << BigInt(bits - 1);
    const edges = [-top, top - 1n, 0n, -1n, 63n, 64n, -64n, -65n].map((x) => fc.constant(x));
    fc.assert(
      fc.property(
        fc.oneof(fc.bigInt(-top, top - 1n), fc.integer().map(BigInt), ...edges),
        fc.integer({ min: 1, max: longest }),
        (n, width) => {
          const bytes = padded(sleb(n), width, n < 0n);
          const r = reader(...bytes, 0xaa);
          expect(read(r)).toBe(n);
          expect(r.pos).toBe(bytes.length);
        },
      ),
    );
  });

  const ones = (n: number): number[] => Array<number>(n).fill(0xff);
  const zeros = (n: number): number[] => Array<number>(n).fill(0x80);
  it.each([
    ['u32', [...zeros(5), 0], 'integer representation too long @+4'],
    ['u32', [...ones(4), 0x1f], 'integer too large @+4'],
    ['u32', [...zeros(4), 0x70], 'integer too large @+4'],
    ['u32', [0x80], 'unexpected end @+1'],
    ['u32', [], 'unexpected end @+0'],
    ['s32', [...ones(5), 0x7f], 'integer representation too long @+4'],
    ['s32', [...ones(4), 0x0f], 'integer too large @+4'],
    ['s32', [...zeros(4), 0x08], 'integer too large @+4'],
    ['s32', [0xff, 0xff], 'unexpected end @+2'],
    ['s33', [...zeros(5), 0], 'integer representation too long @+4'],
    ['s33', [...zeros(4), 0x10], 'integer too large @+4'],
    ['s33', [...ones(4), 0x1f], 'integer too large @+4'],
    ['s64', [...zeros(10), 0], 'integer representation too long @+9'],
    ['s64', [...zeros(9), 1], 'integer too large @+9'],
    ['s64', [...ones(9), 0x7e], 'integer too large @+9'],
    ['s64', zeros(9), 'unexpected end @+9'],
    ['f32', [1, 2, 3], 'unexpected end @+3'],
    ['f64', [1, 2, 3, 4, 5, 6, 7], 'unexpected end @+7'],
    ['u8', [], 'unexpected end @+0'],
    ['u64', [...zeros(10), 0], 'integer representation too long @+9'],
    ['u64', [...ones(9), 0x02], 'integer too large @+9'],
    ['u64', zeros(9), 'unexpected end @+9'],
  ] as const)('%s of %j is malformed', (method, bytes, message) => {
    expect(fails(() => reader(...bytes)[method]())).toBe(message);
  });

  it('stops at `end`, not at the end of the bytes', () => {
    const r = new Reader(Uint8Array.of(0x80, 0x80, 0x01), 0, 2);
    r.func = 7;
    expect(fails(() => r.u32())).toBe('unexpected end @+2 (function 7)');
  });
});

it('float bits', () => {
  const r = reader(1, 2, 3, 0x84, 1, 2, 3, 4, 5, 6, 7, 0x88);
  expect(r.f32() >>> 0).toBe(0x84030201);
  expect(r.f64()).toBe(0x04030201);
  expect(r.hi >>> 0).toBe(0x88070605);
});

describe('names', () => {
  it('any string of scalar values', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (s) => {
        expect(reader(...string(s)).name()).toBe(s);
      }),
    );
  });
  it('keeps a byte order mark', () => expect(reader(...string('\ufeffa')).name()).toBe('\ufeffa'));
  it.each([
    ['overlong', [2, 0xc0, 0x80]],
    ['surrogate', [3, 0xed, 0xa0, 0x80]],
    ['beyond U+10FFFF', [4, 0xf4, 0x90, 0x80, 0x80]],
    ['cut', [2, 0x61, 0xe2]],
    ['lone continuation', [1, 0x80]],
  ])('%s', (_, bytes) => expect(fails(() => reader(...bytes).name())).toBe('malformed UTF-8 encoding @+1'));
  it('length beyond the end', () => expect(fails(() => reader(3, 0x61, 0x62).name())).toBe('length out of bounds @+0'));
});
