/** `wamr-native explore` and flame graphs, opened in a browser. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpPage } from '../support/browser.js';
import { Workspace } from '../support/cli.js';
import { compileC, ROOT } from '../support/peers.js';
import { ensureTcgc } from '../support/tcgc.js';
import { wat } from '../support/wat.js';

const w = new Workspace();
afterAll(() => w.remove());

const SOURCE = `static int table[64];
__attribute__((export_name("work"))) int work(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    table[i & 63] += i;
    sum += table[(i * 7) & 63] / (i + 1);
  }
  return sum;
}
__attribute__((export_name("touch"))) int touch(int *p, int i) { return p[i]; }
`;

/** The page with a script at its end, which leaves what it finds in the title. */
function ask(page: string, script: string, hash = ''): unknown {
  const file = w.write(
    'asked.html',
    `${page}
<script>setTimeout(async () => {
  const answer = await (async () => { ${script} })();
  document.documentElement.setAttribute('data-answer', JSON.stringify(answer));
}, 3000)</script>`,
  );
  const dom = dumpPage(file, hash);
  const [, answer] = /data-answer="([^"]*)"/.exec(dom) ?? [];
  if (answer === undefined) throw new Error(`no answer: ${dom.slice(0, 2000)}`);
  return JSON.parse(
    answer.replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
  );
}

const TEXTS = `const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent);
const line = (column, text) => [...document.querySelectorAll('.' + column + ' .l')].find((e) => e.textContent.includes(text));`;

describe('explore', () => {
  let page: string;
  beforeAll(() => {
    ensureTcgc();
    compileC(SOURCE, w.path('app.wasm'), ['-g', '-O1']);
    const r = w.run(['explore', '--bounds', 'explicit', 'app.wasm']);
    expect(r).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^wrote app\.html \(/) });
    page = fs.readFileSync(w.path('app.html'), 'utf8');
  });

  it('shows artefacts, and all modules of components', () => {
    expect(w.run(['compile', '--debug-info', 'app.wasm', '-o', 'app.aot']).code).toBe(0);
    expect(w.run(['explore', '-o', 'aot.html', 'app.aot'])).toMatchObject({ code: 0, err: '' });
    const columns = `${TEXTS} return { titles: texts('section h2'), list: texts('#functions li'), code: texts('.code .l').length, source: texts('.source .l').length };`;
    const artefact = ask(fs.readFileSync(w.path('aot.html'), 'utf8'), columns) as Record<string, unknown>;
    expect(artefact.titles).toEqual(['source', 'machine code']);
    expect(artefact.source).toBeGreaterThan(3);
    w.write(
      'two.wat',
      `(component
        (core module $a (func (export "first") (param i32) (result i32) (i32.div_s (i32.const 7) (local.get 0))))
        (core module $b (func (export "second") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0))))
        (core instance $i (instantiate $a)) (core instance $k (instantiate $b))
        (func (export "first") (param "x" s32) (result s32) (canon lift (core func $i "first")))
        (func (export "second") (param "x" s32) (result s32) (canon lift (core func $k "second"))))`,
    );
    const env = { NODE_PATH: path.join(ROOT, 'bench/tcgc/node_modules') };
    expect(w.run(['explore', '-o', 'two.html', 'two.wat'], { env })).toMatchObject({ code: 0, err: '' });
    const shown = ask(fs.readFileSync(w.path('two.html'), 'utf8'), columns, '#fcore2:0') as Record<string, string[]>;
    expect(shown.titles).toEqual(['WebAssembly', 'IR, optimised', 'machine code']);
    expect(shown.list.map((s) => s.replace(/\d+$/, '')).sort()).toEqual(['[core2:0] second', '[core:0] first']);
    expect(w.run(['explore', '--profile', 'x.prof', 'two.wat'], { env })).toMatchObject({ code: 2 });
  });

  it('asks for nothing outside of itself', () => {
    expect(page).toContain("default-src 'none'");
    expect(page.replace(/^.*Content-Security-Policy.*$/m, '')).not.toMatch(/https?:|src=|href=|@import|url\(/);
  });

  it('shows four columns, and marks what belongs together', () => {
    const answer = ask(
      page,
      `${TEXTS}
      const before = texts('#functions li');
      line('wat', 'i32.div_s').dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
      const division = texts('.on');
      line('source', 'table[i & 63] += i').dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
      const store = texts('.on');
      line('code', 'idiv').click();
      return { before, titles: texts('section h2'), division, store, pinned: texts('.pin'), bounds: texts('.bounds').length, trap: line('wat', 'i32.div_s').className };`,
    ) as Record<string, string[]>;
    expect(answer.titles).toEqual(['WebAssembly', 'source', 'IR, optimised', 'machine code']);
    expect(answer.before.map((s) => s.replace(/\d+$/, ''))).toEqual(['[0] work', '[1] touch']);
    expect(answer.division).toEqual(
      expect.arrayContaining([
        expect.stringContaining('i32.div_s'),
        expect.stringContaining('sum += table'),
        expect.stringMatching(/v\d+ = i32\.div_s v\d+, v\d+⚠ .*integer divide by zero/),
        expect.stringContaining('idiv'),
      ]),
    );
    expect(answer.store.some((s) => s.includes('i32.store'))).toBe(true);
    expect(answer.pinned.some((s) => s.includes('i32.div_s'))).toBe(true);
    expect(answer.bounds).toBeGreaterThan(1);
    expect(answer.trap).toContain('trap');
  });

  it('finds functions and follows the address', () => {
    const answer = ask(
      page,
      `${TEXTS}
      const shown = texts('header');
      const search = document.getElementById('search');
      search.value = 'WOR';
      search.dispatchEvent(new Event('input'));
      return { shown, found: texts('#functions li') };`,
      '#f1',
    ) as Record<string, string[]>;
    expect(answer.shown[0]).toMatch(/^\[1\] touch \(i32, i32\) -> i32/);
    expect(answer.found).toHaveLength(1);
    expect(answer.found[0]).toContain('work');
  });

  it('colours by a profile: counts, samples', () => {
    w.run([
      'profile',
      '--count',
      '-o',
      'app.prof',
      '-o',
      'counts.json',
      '--',
      'run',
      '--invoke',
      'work',
      'app.wasm',
      '1000',
    ]);
    for (const profile of ['app.prof', 'counts.json']) {
      const r = w.run(['explore', '--profile', profile, '-o', 'hot.html', 'app.wasm']);
      expect(r).toMatchObject({ code: 0, err: '' });
      const answer = ask(
        fs.readFileSync(w.path('hot.html'), 'utf8'),
        `${TEXTS} return { order: document.getElementById('order').value, first: texts('#functions li')[0], header: texts('header')[0],
          hot: [...document.querySelectorAll('.wat .l, .source .l')].filter((e) => e.style.backgroundColor !== '').map((e) => e.textContent) };`,
      ) as Record<string, any>;
      expect(answer).toMatchObject({ order: 'cost', first: expect.stringContaining('work') });
      expect(answer.header).toMatch(profile === 'app.prof' ? /executions × bytes/ : /instructions executed/);
      if (profile === 'app.prof') {
        expect(answer.hot.some((s: string) => s.includes('i32.div_s'))).toBe(true);
        expect(answer.hot.some((s: string) => s.includes('table[i & 63] += i'))).toBe(true);
      }
    }
    w.write('other.json', '{"a":1}');
    expect(w.run(['explore', '--profile', 'other.json', 'app.wasm'])).toMatchObject({
      code: 1,
      err: 'error: other.json: no profile of wamr-native (.prof, .json, .cpuprofile)\n',
    });
  });

  it('shows no file but sources below one folder', () => {
    fs.mkdirSync(w.path('elsewhere'));
    fs.copyFileSync(w.path('app.wasm'), w.path('elsewhere/app.wasm'));
    const shown = (args: string[]): string => {
      w.run(['explore', ...args, '-o', 'away.html', 'elsewhere/app.wasm']);
      return ask(
        fs.readFileSync(w.path('away.html'), 'utf8'),
        `${TEXTS} return texts('.source .l').join('|')`,
      ) as string;
    };
    expect(shown([])).toMatch(/app\.c \(not found: explore --sources\)/);
    expect(shown([])).not.toContain('sum += table');
    expect(shown(['--sources', '.'])).toContain('sum += table');
  });

  it('takes hostile names as text', () => {
    const name = '</script><script>document.documentElement.dataset.hacked=1</script><img src=x onerror=alert(1)>';
    w.write('<b>&amp;.wasm', wat(`(module (func (export ${JSON.stringify(name)}) (result i32) (i32.const 7)))`));
    const r = w.run(['explore', '-o', 'hostile.html', '<b>&amp;.wasm']);
    expect(r.code).toBe(0);
    const answer = ask(
      fs.readFileSync(w.path('hostile.html'), 'utf8'),
      `${TEXTS} return { hacked: document.documentElement.dataset.hacked ?? null, images: document.images.length, functions: texts('#functions li span:first-child'), title: document.title };`,
    );
    expect(answer).toEqual({ hacked: null, images: 0, functions: [`[0] ${name}`], title: '<b>&amp;.wasm' });
  });

  it('has the largest functions only, and says so', () => {
    const r = w.run(['explore', '--top', '1', '-o', 'one.html', 'app.wasm']);
    expect(r.out).toMatch(/\n1 of 2 functions are in the list only: the page has the code of the largest/);
    const answer = ask(
      fs.readFileSync(w.path('one.html'), 'utf8'),
      `${TEXTS} return { absent: texts('li.absent').length, summary: texts('#summary')[0] };`,
    ) as Record<string, any>;
    expect(answer.absent).toBe(1);
    expect(answer.summary).toContain('1 of 2 functions are in the list only');
  });

  it('refuses what is no module', () => {
    w.write('no.txt', 'nothing');
    expect(w.run(['explore', 'no.txt']).code).toBe(1);
  });
});

it('flame graphs zoom and search', () => {
  w.wasm(
    'guest.wasm',
    `(module
      (func $leaf</g> (param i32) (result i32) (local $k i32)
        (loop $again (local.set $k (i32.add (local.get $k) (i32.const 1))) (br_if $again (i32.lt_u (local.get $k) (local.get 0)))) (local.get $k))
      (func (export "work") (param i32) (result i32) (drop (call $leaf</g> (local.get 0))) (call $leaf</g> (local.get 0))))`,
  );
  const r = w.run(['profile', '-o', 'flame.svg', '--', 'run', '--invoke', 'work', 'guest.wasm', '200000000']);
  expect(r.code).toBe(0);
  const svg = fs.readFileSync(w.path('flame.svg'), 'utf8');
  const script = `<script><![CDATA[setTimeout(() => {
    const frames = [...document.querySelectorAll('g.f')];
    const of = (name) => frames.find((f) => f.dataset.name.includes(name));
    const width = () => Number(of('leaf').querySelector('rect').getAttribute('width'));
    const before = width();
    of('leaf').dispatchEvent(new MouseEvent('click', { bubbles: true }));
    const after = width();
    const field = document.querySelector('input');
    field.value = 'LEAF';
    field.dispatchEvent(new Event('input'));
    document.documentElement.setAttribute('data-answer', [before, after, document.querySelectorAll('.found').length, document.querySelector('.share').textContent].join('|'));
  }, 100)]]></script></svg>`;
  const dom = dumpPage(w.write('asked.svg', svg.replace(/<\/svg>\s*$/, script)));
  const [before, after, found, share] = /data-answer="([^"]*)"/.exec(dom)![1].split('|');
  expect(Number(before)).toBeLessThan(1199.5);
  expect(Number(after)).toBeGreaterThan(1199);
  expect(Number(found)).toBeGreaterThan(0);
  expect(share).toMatch(/^\d+\.\d %$/);
});
