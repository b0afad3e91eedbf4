/**
 * Code blocks of the README and the guides, which a test runs (test/package/guides.test.ts). What the documents write:
 *
 * - A block whose first line is a comment with a file's name (`// app.mjs`, `# Dockerfile`) is that file.
 * - `// → text` and `# → text` promise a line of output; `…` in it stands for anything. A block with promises prints
 *   these lines and nothing else.
 * - A block that cannot be run says why behind its language: `sh no-test: it runs until it is stopped`.
 *
 * Blocks of a document run in their order, in one folder.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './peers.js';

export interface Block {
  /** Document and line, for messages. */
  place: string;
  language: string;
  text: string;
  /** Of the file that it is. */
  name: string | null;
  /** Lines of output. */
  promised: string[];
  /** Why it is not run. */
  untested: string | null;
}

/** The README and the guides. */
export const GUIDES: readonly string[] = [
  'README.md',
  ...fs
    .readdirSync(path.join(ROOT, 'docs/guides'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/guides/${name}`),
];

/** The blocks of a document. */
export function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  for (const found of text.matchAll(/^```(\S+)(?: no-test: (.+))?\n([\s\S]*?)^```$/gm)) {
    const [, language, untested = null, body] = found;
    const line = text.slice(0, found.index).split('\n').length;
    const [, name = null] = /^(?:\/\/|#) ((?:[\w./-]+\.\w+)|Dockerfile)\n/.exec(body) ?? [];
    const promised = [...body.matchAll(/(?:\/\/|#) → (.*)$/gm)].map((m) => m[1]);
    blocks.push({ place: `${file}:${line}`, language, text: body, name, promised, untested });
  }
  return blocks;
}

/** Whether output is what was promised, line by line. */
export function keeps(promised: readonly string[], output: string): boolean {
  const lines = output.trimEnd().split('\n');
  const fits = (promise: string, line: string): boolean => {
    const parts = promise.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(line.trimEnd());
  };
  return lines.length === promised.length && promised.every((promise, i) => fits(promise, lines[i]));
}
