/**
 * Runs every file below test/filetests (test/support/filetest.ts has the format). `npm run bless` rewrites what the
 * files expect: read the difference before committing it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatTestFile, parseTestFile, runCase } from '../support/filetest.js';

const BLESS = process.env.WAMR_BLESS === '1';
const files = fs
  .readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(wat|ir)$/.test(name))
  .sort();

/** The first line of a case that is not a comment says what it is; or its comment, if it has one. */
function titleOf(source: string, k: number): string {
  const comment = source.split('\n').find((line) => /^;(?!;) ?\S/.test(line));
  return `${k}${comment === undefined ? '' : `: ${comment.slice(1).trim()}`}`;
}

describe.each(files)('%s', (name) => {
  const file = path.join(import.meta.dirname, name);
  const text = fs.readFileSync(file, 'utf8');
  const parsed = parseTestFile(text);
  const results: string[] = [];

  it.each(parsed.cases.map((c, k) => [titleOf(c.source, k), c, k] as const))('%s', async (_, c, k) => {
    results[k] = await runCase(parsed, c);
    if (!BLESS) expect(results[k]).toBe(c.expected);
  });

  afterAll(() => {
    // Only if every case ran: a fault must not be blessed.
    if (BLESS && Object.keys(results).length === parsed.cases.length)
      fs.writeFileSync(file, formatTestFile(parsed, results));
  });
});
