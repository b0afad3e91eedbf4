/** The limit of a JavaScript heap in a snapshot: what is changed, and what is refused. The real component: test/component/tcgc.test.ts. */
import { describe, expect, it } from 'vitest';
import { withJsHeap } from '../../src-ts/component/js-heap.js';

const MIB = 1 << 20;
/** The fields of SpiderMonkey's tunables that are looked for, at an odd place as data segments are. */
function snapshot(limit: number, times = 1): Uint8Array {
  const bytes = Buffer.alloc(64 * times + 3, 0xaa);
  for (let i = 0; i < times; i++)
    [limit, 256 << 10, 64 * MIB, 27 * MIB, 100 * MIB, 500 * MIB].forEach((field, k) =>
      bytes.writeUInt32LE(field, 3 + 64 * i + 4 * k),
    );
  return bytes;
}

describe('withJsHeap', () => {
  it('changes the limit in a copy, and nothing else', () => {
    const before = snapshot(32 * MIB);
    const after = withJsHeap(before, 0xfedcba98);
    expect(Buffer.from(before).equals(snapshot(32 * MIB))).toBe(true);
    expect(Buffer.from(after).equals(snapshot(0xfedcba98))).toBe(true);
  });

  it('again: a raised limit can be changed', () => {
    expect(withJsHeap(withJsHeap(snapshot(32 * MIB), 2 ** 30), 64 * MIB)).toEqual(new Uint8Array(snapshot(64 * MIB)));
  });

  it.each([
    ['no snapshot', new Uint8Array(100)],
    ['nothing', new Uint8Array(0)],
    ['the fields without room for the limit', snapshot(32 * MIB).subarray(7)],
    ['two', snapshot(32 * MIB, 2)],
    ['a limit that no engine starts with', snapshot(5)],
  ])('refuses %s', (_, bytes) => {
    expect(() => withJsHeap(bytes, 64 * MIB)).toThrow(/^withJsHeap\(\): this is no component with a StarlingMonkey/);
  });

  it.each([0, 32 * MIB - 1, 2 ** 32, NaN, 1e8 + 0.5])('refuses %s bytes', (bytes) => {
    expect(() => withJsHeap(snapshot(32 * MIB), bytes)).toThrow(RangeError);
  });

  it('names wrong arguments', () => {
    expect(() => withJsHeap('a' as never, 64 * MIB)).toThrow(
      new TypeError('withJsHeap(): Argument 0 must be the bytes of a component'),
    );
    expect(() => withJsHeap(snapshot(32 * MIB), '1GB' as never)).toThrow(TypeError);
  });
});
