/** What C++ and TypeScript share is stated in TypeScript only: the committed header is what its generator makes of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const NATIVE = join(__dirname, '../../native');
const GENERATED = 'layout.generated.h';
const read = (name: string): string => readFileSync(join(NATIVE, name), 'utf8');
/** C++ without its comments. */
const sources = readdirSync(NATIVE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(cc|h)$/.test(name) && name !== GENERATED)
  .map((name) => ({ name, text: read(name).replace(/\/\/.*/g, '') }));

test('native/layout.generated.h is current', async () => {
  const { generateHeader } = (await import('../../scripts/gen-header.mjs' as string)) as {
    generateHeader(): Promise<string>;
  };
  expect(read(GENERATED)).toBe(await generateHeader());
});

test('C++ reads no field at an offset that is written there', () => {
  // What assembly pushes is the machine's own.
  const found = sources
    .filter(({ name }) => !/^\w+\/context\.h$/.test(name))
    .flatMap(({ name, text }) =>
      [...text.matchAll(/\bfield<[^>]*>\([^;]*?, -?(?!0\b)\d\w*\)/g)].map(([read]) => `${name}: ${read}`),
    );
  expect(found).toEqual([]);
});

test('the numbers of the artefact are used by their names', () => {
  const all = sources.map(({ text }) => text).join('\n');
  for (const group of ['HEADER_BYTES', 'HEADER_HASH', 'HEADER_HASH_END', 'HASH_LEAF', 'GUARD_BYTES', 'NO_STUB'])
    expect(all).toContain(`WN_${group}`);
  for (const row of read(GENERATED).match(/(?<=#define )WN_(FUNCTION|WRAP)_ROW_\w+/g)!) expect(all).toContain(row);
  // Structures that stand for rows are checked by the compiler against those names.
  expect(all).toMatch(/static_assert\(offsetof\(FunctionRow, offset\) == WN_FUNCTION_ROW_OFFSET/);
});

test('no macro of C++ has the name of a generated one', () => {
  const generated = new Set(read(GENERATED).match(/(?<=#define )WN_\w+/g));
  const own = sources.flatMap(({ text }) => text.match(/(?<=#define )WN_\w+/g) ?? []);
  expect(generated.size).toBeGreaterThan(200);
  expect(own.filter((name) => generated.has(name))).toEqual([]);
});
