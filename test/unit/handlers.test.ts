/** Handlers of host functions by funcref (runtime/handlers.ts), against a Map. */
import { expect, test } from 'vitest';
import { Handlers, NO_HANDLERS } from '../../src-ts/runtime/handlers.js';

const kinds: [string, (k: number) => number][] = [
  ['one after the other', (k) => 1000 + k],
  ['far apart', (k) => 1 + 4096 * k],
  ['in no order', (k) => (1 + k * 7919) % 16_777_213],
  ['from the end', (k) => 16_777_215 - k],
];

test.each(kinds)('references that are given out %s', (_, reference) => {
  const handlers = new Handlers();
  const known = new Map<number, () => void>();
  for (let k = 0; k < 300; k++) {
    const handler = (): void => {};
    expect(handlers.get(reference(k))).toBe(undefined);
    handlers.add(reference(k), handler);
    known.set(reference(k), handler);
    if (k % 37 === 0) for (const [ref, f] of known) expect(handlers.get(ref)).toBe(f);
  }
  for (const [ref, f] of known) expect(handlers.get(ref)).toBe(f);
  expect(known.size).toBe(300);
});

test('none', () => expect(NO_HANDLERS.get(1)).toBe(undefined));
