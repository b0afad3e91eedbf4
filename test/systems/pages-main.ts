/** What depends on pages of memory, as lines of text: images, growth, bounds, tables, the heap of objects, the stack. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { compileOutside } from '../support/arm64-guest.js';

const { instantiate, load } = createRequire(import.meta.url)(
  '../../dist/index.js',
) as typeof import('../../src-ts/index.js');
type Exports = Record<string, any>;

const say = (what: string, act: () => unknown): void => {
  let answer: string;
  try {
    answer = String(act());
  } catch (e) {
    const { name, message, address, memoryBytes } = e as Error & { address?: number; memoryBytes?: number };
    answer = `${name}: ${message} ${address ?? ''} ${memoryBytes ?? ''}`;
  }
  console.log(`${what}: ${answer}`);
};

for (const bounds of ['guard', 'explicit'] as const) {
  console.log(bounds);
  const [pages, image, objects] = process.argv
    .slice(2)
    .map((file) => load(compileOutside(new Uint8Array(fs.readFileSync(file)), { bounds })));

  const memories = instantiate(pages, {}).exports as Exports;
  for (const bytes of [1, 4095, 4096, 4097, 16_384, 65_535, 65_536, 65_537, 200_000]) {
    say(`small pages, ${bytes}`, () => memories.grow(bytes - memories.size()));
    for (const at of [bytes - 1, bytes - 4, bytes - 3, bytes]) say(`  store at ${at}`, () => memories.store(at, 7));
    say('  sum', () => memories.sum());
  }
  for (let k = 0; k < 5; k++) {
    say('pages of 64 KiB', () => memories.growWide(1));
    const end = 65_536 * (k + 2);
    for (const at of [end - 4, end - 3, end, end + 65_535, -1]) say(`  load at ${at}`, () => memories.loadWide(at));
  }
  say('table', () => [10, 1000, 20_000].map((n) => memories.growTable(n)));

  // What one instance writes, no other sees.
  for (let k = 0; k < 3; k++) {
    const instance = instantiate(image, {});
    const e = instance.exports as Exports;
    say('image', () => [e.sum(), e.load(70_000), e.store(70_000, k), e.store(12, k), e.sum()]);
    say('  behind it', () => [e.load(299_000), e.load(327_676), e.load(327_677)]);
    const maps = fs.readFileSync('/proc/self/maps', 'latin1');
    say('  mapped', () => /memfd:wamr-native/.test(maps));
    instance.dispose();
    say('  disposed', () => e.load(0));
  }

  const heap = instantiate(objects, {}).exports as Exports;
  say('objects', () => [heap.lists(300_000), heap.arrays(200, 300_000)]);
  say('deep', () => heap.deep(0));
}
