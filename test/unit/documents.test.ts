/**
 * What documents and comments name exists: files, links and their headings, npm scripts, environment variables. And all
 * environment variables are documented.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { TRAPS } from '../../src-ts/abi/trap-codes.js';
import { blocksOf, GUIDES } from '../support/guide-blocks.js';
import { ROOT } from '../support/peers.js';

/** Folders that are made, or whose files belong to others. */
const SKIPPED = ['node_modules', 'dist', 'build', 'prebuilds', '.cache', '.git', 'results', 'tcgc'];

function walk(folder: string): string[] {
  return fs.readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (!entry.isDirectory()) return [name];
    return SKIPPED.includes(entry.name) ? [] : walk(name);
  });
}

const files = walk('.');
const read = (file: string): string => fs.readFileSync(path.join(ROOT, file), 'utf8');
const isDocument = (file: string): boolean => file.endsWith('.md') && file !== 'CHANGELOG.md';
const isSource = (file: string): boolean => /\.(ts|mts|cts|js|mjs|cjs|cc|h)$/.test(file);

/** The comments of a source, other lines empty. */
function comments(text: string): string[] {
  let inside = false;
  return text.split('\n').map((line) => {
    const starts = /^\s*(\/\*|\/\/)/.test(line);
    if (starts && line.includes('/*')) inside = true;
    const comment = inside || starts ? line : (/ (\/\/ .*|\/\*\*? .*)$/.exec(line)?.[1] ?? '');
    if (line.includes('*/')) inside = false;
    return comment;
  });
}

/** Files that the guides' readers write. */
const theirs = new Set(GUIDES.flatMap((guide) => blocksOf(guide).map((block) => block.name)));

/** Files that exist only after a build or in an example, or are no files of ours. */
const NOT_OURS = /^(dist\/|build\/|bench\/tcgc\/|.*NAME\.|app\.mjs$|\.test\.ts$|index\.d\.ts$|x\.test\.ts$)/;

/** Whether some file has this path, relative to the root, to src-ts or to where it is named, or this end of a path. */
function exists(name: string, from: string): boolean {
  const wanted = name.replace(/^(\.\/)+/, '');
  if (theirs.has(wanted)) return true;
  if (wanted.startsWith('..')) return fs.existsSync(path.join(ROOT, path.dirname(from), wanted));
  return files.some((file) => file === wanted || file.endsWith(`/${wanted}`));
}

describe('names of files', () => {
  const NAME = /(?<![\w/.<>*{}$-])[\w.-]*[\w/.-]*\w\.(ts|mts|cjs|mjs|cc|h|md)\b(?![\w.(])/g;
  it.each(files.filter((f) => isDocument(f) || isSource(f)))('%s', (file) => {
    // Code of guides runs elsewhere (test/package/guides.test.ts).
    const text = GUIDES.includes(path.normalize(file)) ? read(file).replaceAll(/^```[\s\S]*?^```$/gm, '') : read(file);
    const lines = isDocument(file) ? text.split('\n') : comments(text);
    const dead: string[] = [];
    lines.forEach((line, i) => {
      for (const [name] of line.replaceAll(/\bhttps?:\S+|<\w+>\S*/g, '').matchAll(NAME))
        if (!NOT_OURS.test(name) && !exists(name, file)) dead.push(`${file}:${i + 1}: ${name}`);
    });
    expect(dead).toEqual([]);
  });
});

/** The anchors of a document's headings, as GitHub makes them. */
const anchors = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.*)$/gm)].map((m) =>
    m[1]
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

describe('links', () => {
  it.each(files.filter(isDocument))('%s', (file) => {
    const dead: string[] = [];
    for (const [, target] of read(file).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [name, anchor] = target.split('#');
      const full = name === '' ? file : path.join(path.dirname(file), name);
      if (!fs.existsSync(path.join(ROOT, full))) dead.push(target);
      else if (anchor !== undefined && full.endsWith('.md') && !anchors(full).includes(anchor)) dead.push(target);
    }
    expect(dead).toEqual([]);
  });
});

it('npm scripts that documents name exist', () => {
  const dead = files
    .filter(isDocument)
    .flatMap((file) => [...read(file).matchAll(/npm run ([\w:-]+)/g)].map((m) => m[1]))
    .filter((name) => !(name in pkg.scripts));
  expect(dead).toEqual([]);
});

it('documents refer to nothing that their readers cannot open', () => {
  const found = files
    .filter((file) => isDocument(file) || (isSource(file) && file.startsWith('src-ts')))
    .filter((file) => /\bissues? \d|\bsource issue\b|\.\.\/shared/i.test(read(file)));
  expect(found).toEqual([]);
});

it('environment variables are documented, and those that are documented exist', () => {
  const VARIABLE = /(?<!ERR_)\bWAMR_[A-Z_]*[A-Z]\b/g;
  const used = new Set(
    files
      .filter((file) => isSource(file))
      .flatMap((file) =>
        [
          ...read(file).matchAll(
            /process\.env(?:\.|\[')(WAMR_[A-Z_]+)|\benv\.(WAMR_[A-Z_]+)|\b(WAMR_[A-Z_]+)[=:] |getenv\("(WAMR_[A-Z_]+)"\)/g,
          ),
        ].map((m) => m[1] ?? m[2] ?? m[3] ?? m[4]),
      ),
  );
  const documented = new Set(read('docs/environment.md').match(VARIABLE));
  expect([...used].sort()).toEqual([...documented].sort());
  // The product reads its own in one place; a default for what is loaded next may be set anywhere.
  const readers = files.filter(
    (file) => file.startsWith('src-ts') && /process\.env\.WAMR_\w+\b(?! \?\?=)/.test(read(file)),
  );
  expect(readers).toEqual(['src-ts/options.ts']);
});

/** Rows of a table of a document, by the code in their first cell. */
const rowsOf = (file: string): [name: string, cells: string[]][] =>
  [...read(file).matchAll(/^\| `([\w-]+)` \|(.*)\|$/gm)].map((m) => [m[1], m[2].split(' | ').map((c) => c.trim())]);

describe('docs/guides/troubleshooting.md', () => {
  const rows = rowsOf('docs/guides/troubleshooting.md');

  it('has every error code of the package', () => {
    const CODE = /\bcode(?: =|:) '([A-Z_]+)'|\bNO_GUARD = '([A-Z_]+)'|napi_throw_error\(\w+, "([A-Z_]+)"/g;
    const thrown = files
      .filter((file) => isSource(file) && /^(src-ts|native)\//.test(file))
      .flatMap((file) => [...read(file).matchAll(CODE)].map((m) => m[1] ?? m[2] ?? m[3]))
      // Caught by the package itself; and of the system.
      .filter((code) => /^(ERR|WAMR)_/.test(code) && code !== 'WAMR_NO_EXTERNAL_BUFFERS');
    const documented = rows.map(([name]) => name).filter((name) => /^(ERR|WAMR)_/.test(name));
    expect(documented.sort()).toEqual([...new Set(thrown)].sort());
  });

  it('has every kind of trap, with its codes and messages', () => {
    const kinds = [...new Set(TRAPS.map((row) => row.kind))].map((kind) => {
      const same = TRAPS.filter((row) => row.kind === kind);
      const codes = same.map((row) => `\`WASM_TRAP_${row.id}\``).join(', ');
      return [kind, codes, [...new Set(same.map((row) => row.v8))].join(', ')];
    });
    const documented = rows.filter(([name]) => kinds.some(([kind]) => kind === name));
    expect(documented.map(([kind, [codes, message]]) => [kind, codes, message])).toEqual(kinds);
  });
});
