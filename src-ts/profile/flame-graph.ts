/**
 * A flame graph as one SVG file: outermost frames at the bottom, width = time. Opened in a browser by itself, a click
 * zooms and a field searches (flame-graph-page.ts); as an image it is the graph. Colours are readable on a light and on
 * a dark page.
 */
import fs from 'node:fs';
import { packageFile } from '../util/package-files.js';
import type { Frame, Profile } from './attribute.js';
import { label } from './formats.js';

interface Node {
  frame: number;
  weight: number;
  children: Map<number, Node>;
}

const WIDTH = 1200;
const ROW = 17;
const HEAD = 34;
/** Narrower than this is left out, and narrower than that is seen only after a zoom. */
const MIN_WIDTH = 0.02;
const SHOWN_WIDTH = 0.4;
const CHARACTER = 6.2;

export function flameGraph(p: Profile, title: string): string {
  const root: Node = { frame: -1, weight: 0, children: new Map() };
  const weights = new Float64Array(p.stacks.length);
  for (const s of p.timeline) weights[s.stack] += s.weight;
  p.stacks.forEach((stack, i) => {
    root.weight += weights[i];
    let at = root;
    for (const frame of stack) {
      let next = at.children.get(frame);
      if (!next) at.children.set(frame, (next = { frame, weight: 0, children: new Map() }));
      next.weight += weights[i];
      at = next;
    }
  });
  const scale = WIDTH / Math.max(1, root.weight);
  const boxes: { x: number; depth: number; node: Node }[] = [];
  let deepest = 0;
  // Iterative: recursion in the guest can be deeper than ours may be.
  const work = [{ x: 0, depth: 0, node: root }];
  for (let top = work.pop(); top !== undefined; top = work.pop()) {
    boxes.push(top);
    deepest = Math.max(deepest, top.depth);
    let { x } = top;
    const children = [...top.node.children.values()].sort((a, b) => b.weight - a.weight);
    for (const node of children) {
      if (node.weight * scale >= MIN_WIDTH) work.push({ x, depth: top.depth + 1, node });
      x += node.weight * scale;
    }
  }
  const height = HEAD + (deepest + 1) * ROW + 10;
  const rects = boxes.map(({ x, depth, node }) => {
    const f = node.frame < 0 ? null : p.frames[node.frame];
    const name = f === null ? 'all' : label(f);
    const width = node.weight * scale;
    const y = height - 8 - (depth + 1) * ROW;
    const share = `${((100 * node.weight) / Math.max(1, root.weight)).toFixed(2)} %, ${(node.weight / 1e6).toFixed(1)} ms`;
    const room = Math.floor((width - 4) / CHARACTER);
    const text = room < 3 ? '' : name.length <= room ? name : `${name.slice(0, room - 1)}…`;
    // What a page of its own would not show is there for zooming.
    const hidden = width < SHOWN_WIDTH ? ' style="display:none"' : '';
    const place = `data-x="${x.toFixed(4)}" data-w="${width.toFixed(4)}" data-name="${escape(name)}"`;
    return `<g class="f" ${place}${hidden}><title>${escape(name)} (${share})</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.2, width - 0.3).toFixed(1)}" height="${ROW - 1}" rx="1.5" fill="${colour(f)}"/><text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escape(text)}</text></g>`;
  });
  const script = fs.readFileSync(packageFile('flame-graph-page.js'), 'utf8').replaceAll(']]>', ']]]]><![CDATA[>');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="10.5">
<style>text{fill:#1b1b1b;pointer-events:none}.title,.share{fill:#808080;font-size:14px}.f{cursor:pointer}.found rect{fill:#c04df0}</style>
<text class="title" x="4" y="20">${escape(title)}</text>
<text class="share" x="${WIDTH - 190}" y="20" text-anchor="end"></text>
<foreignObject x="${WIDTH - 180}" y="4" width="176" height="24"><input xmlns="http://www.w3.org/1999/xhtml" type="search" placeholder="search" style="width:100%;box-sizing:border-box"/></foreignObject>
${rects.join('\n')}
<script><![CDATA[${script}]]></script>
</svg>
`;
}

/** Warm colours for wasm and green ones for JavaScript, by name; grey for what is neither. */
function colour(f: Frame | null): string {
  if (f === null) return '#b8b8b8';
  let hash = 0;
  for (let i = 0; i < f.name.length; i++) hash = (Math.imul(hash, 31) + f.name.charCodeAt(i)) | 0;
  if (f.index < 0 && f.file !== undefined)
    return `hsl(${110 + ((hash >>> 4) % 50)} ${30 + ((hash >>> 12) % 20)}% ${68 + ((hash >>> 20) % 10)}%)`;
  if (f.index < 0) return `hsl(210 12% ${62 + ((hash >>> 8) % 10)}%)`;
  return `hsl(${12 + ((hash >>> 4) % 38)} ${70 + ((hash >>> 12) % 20)}% ${62 + ((hash >>> 20) % 10)}%)`;
}

const escape = (s: string): string => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
