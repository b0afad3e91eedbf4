/** The committed C++ header is what its generator makes of layout.ts and trap-codes.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('native/layout.generated.h is current', async () => {
  const { generateHeader } = (await import('../../scripts/gen-header.mjs' as string)) as {
    generateHeader(): Promise<string>;
  };
  expect(readFileSync(join(__dirname, '../../native/layout.generated.h'), 'utf8')).toBe(await generateHeader());
});
