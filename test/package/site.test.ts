/** `npm run docs:site`: it is built (TypeDoc refuses undocumented names and dead links), its links lead somewhere, and it opens from disk. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { dumpPage } from '../support/browser.js';
import { GUIDES } from '../support/guide-blocks.js';
import { ROOT } from '../support/peers.js';
import { QUICK } from '../support/quick.js';

const site = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-site-'));
afterAll(() => fs.rmSync(site, { recursive: true, force: true }));

const unescape = (text: string): string => decodeURIComponent(text.replaceAll('&amp;', '&'));

describe.skipIf(QUICK)('the site', () => {
  const pages = new Map<string, string>();
  beforeAll(() => {
    const built = spawnSync(process.execPath, ['scripts/docs-site.mjs', site], { cwd: ROOT, encoding: 'utf8' });
    expect([built.status, built.stderr]).toEqual([0, '']);
    for (const file of fs.readdirSync(site, { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('.html')) pages.set(file, fs.readFileSync(path.join(site, file), 'utf8'));
  });

  it('has the guides and every entry of the package', () => {
    const text = pages.get('modules.html') ?? pages.get('index.html')!;
    for (const entry of Object.keys(pkg.exports))
      if (entry !== './package.json') expect(text).toContain(path.posix.join('wamr-native', entry));
    const titles = [...pages.values()].map((page) => /<title>(.*?) \| /.exec(page)?.[1]);
    for (const guide of GUIDES.slice(1))
      expect(titles).toContain(/^# (.*)$/m.exec(fs.readFileSync(path.join(ROOT, guide), 'utf8'))![1]);
  });

  it('has no dead links', () => {
    const dead: string[] = [];
    for (const [page, text] of pages)
      for (const [, raw] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
        if (/^[a-z]+:/.test(raw)) continue;
        const [name, anchor] = unescape(raw).split('#');
        const file = name === '' ? page : path.join(path.dirname(page), name);
        const target = pages.get(file);
        if (!fs.existsSync(path.join(site, file))) dead.push(`${page}: ${raw}`);
        else if (anchor && target !== undefined && !target.includes(`id="${anchor}"`)) dead.push(`${page}: ${raw}`);
      }
    expect(dead).toEqual([]);
  });

  it('opens from disk', () => {
    const dom = dumpPage(path.join(site, 'index.html'));
    expect(dom).toContain('A WebAssembly runtime for Node');
    // The menu is made by a script.
    expect(dom).toMatch(/<nav[\s\S]*Getting started[\s\S]*<\/nav>/);
  });
});
