/** What is known of one memory is never taken for the base of another: loads in front of the first access to a second memory. */
import { expect, test } from 'vitest';
import { wamr } from '../support/built.js';
import { leb, moduleOf, section, string } from '../support/wasm-build.js';

test.each([0, 1, 2, 3, 4, 5])('%i loads before, at every offset', (loads) => {
  for (let offset = 0; offset < 8; offset++) {
    // i64.load offset=… of memory 0, then i32.load of memory 1.
    const body = [
      ...Array.from({ length: loads }, (_, k) => [0x20, 0, 0x29, 0, ...leb(offset + k), 0x1a]).flat(),
      ...[0x20, 0, 0x28, 0x40, 1, 0, 0x0b],
    ];
    const bytes = moduleOf(
      section(1, 1, 0x60, 1, 0x7f, 1, 0x7f),
      section(3, 1, 0),
      section(5, 2, 0, 1, 0, 1),
      section(7, 2, ...string('f'), 0, 0, ...string('m'), 2, 1),
      section(10, 1, ...leb(body.length + 1), 0, ...body),
    );
    const { f, m } = new wamr.Instance(new wamr.Module(bytes)).exports;
    new Int32Array(m.buffer as ArrayBuffer)[16] = 4711;
    expect(f(64)).toBe(4711);
  }
});
