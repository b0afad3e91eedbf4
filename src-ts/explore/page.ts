/**
 * The page: one HTML file that needs nothing else and asks for nothing. Everything of the module is in compressed data,
 * so no name of it can become markup.
 */
import fs from 'node:fs';
import { gzipSync } from 'node:zlib';
import { packageFile } from '../util/package-files.js';
import type { Explored } from './listing.js';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --mark: #f5c84266; --pin: #f59e0b88; --dim: #888; --heat: 255, 90, 0; --trap: #d33; --bounds: #2a7de1 }
* { box-sizing: border-box }
html, body { height: 100%; margin: 0 }
body { display: grid; grid-template-columns: 22rem 1fr; font: 13px system-ui, sans-serif }
aside { border-right: 1px solid var(--line); display: flex; flex-direction: column; min-height: 0 }
aside > div { padding: .5rem }
aside h1 { font-size: 1rem; margin: 0 0 .25rem; overflow-wrap: anywhere }
aside input { width: 100%; padding: .3rem; font: inherit }
#functions { list-style: none; margin: 0; padding: 0; overflow: auto; flex: 1; border-top: 1px solid var(--line) }
#functions li { padding: .15rem .5rem; cursor: pointer; display: grid; grid-template-columns: 1fr auto; gap: .5rem }
#functions li span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
#functions li:hover, #functions li.open { background: var(--mark) }
#functions li.absent { color: var(--dim); cursor: default }
.note { color: var(--dim) }
main { display: flex; flex-direction: column; min-width: 0; min-height: 0 }
main header { padding: .5rem; border-bottom: 1px solid var(--line) }
main header b { overflow-wrap: anywhere }
#columns { flex: 1; display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); min-height: 0 }
section { border-right: 1px solid var(--line); display: flex; flex-direction: column; min-width: 0; min-height: 0 }
section h2 { font-size: .8rem; margin: 0; padding: .25rem .5rem; border-bottom: 1px solid var(--line); color: var(--dim) }
.lines { overflow: auto; flex: 1; font: 12px/1.45 ui-monospace, Menlo, Consolas, monospace; padding-bottom: 50vh }
.piece { content-visibility: auto; contain-intrinsic-size: auto 1750px; min-width: max-content }
.l { white-space: pre; padding: 0 .5rem; border-left: 3px solid transparent }
.l i { color: var(--dim); font-style: normal; margin-right: .8em; user-select: none }
.l.on { background: var(--mark) }
.l.pin { background: var(--pin) }
.l.trap { border-left-color: var(--trap) }
.l.bounds { border-left-color: var(--bounds) }
.l u { text-decoration: none; color: var(--trap); margin-left: 1em }
.l.title { font-weight: bold; margin-top: .3rem }
`;

const escapeHtml = (s: string): string => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const pack = (value: object): string => gzipSync(JSON.stringify(value), { level: 9 }).toString('base64');

/** The page's text. */
export function explorePage({ overview, details }: Explored): string {
  const script = fs.readFileSync(packageFile('explore-page.js'), 'utf8').replaceAll('</script', '<\\/script');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(overview.file)}</title>
<style>${STYLE}</style>
<aside>
<div><h1>${escapeHtml(overview.file)}</h1><p class="note" id="summary"></p>
<input id="search" type="search" placeholder="name or index" aria-label="search functions">
<p class="note">by <select id="order" aria-label="order of the list"><option value="cost">cost</option><option value="codeBytes">machine code</option><option value="wasmBytes">wasm</option><option value="name">name</option><option value="index">index</option></select> <span id="shown"></span></p></div>
<ul id="functions"></ul>
</aside>
<main><header id="header"></header><div id="columns"></div></main>
<script type="text/plain" id="overview">${pack(overview)}</script>
${details.map((d, k) => `<script type="text/plain" id="detail${k}">${pack(d)}</script>`).join('\n')}
<script>${script}</script>
</html>
`;
}
