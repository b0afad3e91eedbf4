/**
 * The script of the page that `wamr-native explore` writes: a list of functions, and of the one that is chosen four
 * columns whose lines mark each other. Runs in a browser; names reach the page as text only.
 */
import type { ColumnName, Detail, FunctionRow, Line, Overview } from '../data.js';

// The project has no types of browsers.
declare const document: any;
declare const location: any;
declare const window: any;

const COLUMNS: readonly (readonly [name: ColumnName, title: string])[] = [
  ['wat', 'WebAssembly'],
  ['source', 'source'],
  ['ir', 'IR, optimised'],
  ['code', 'machine code'],
];
/** Rows of the list that are shown at once, and lines that a browser lays out together. */
const MAX_ROWS = 400;
const PIECE = 100;

const byId = (id: string): any => document.getElementById(id);

function element(tag: string, className = '', text = ''): any {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  if (text !== '') made.textContent = text;
  return made;
}

/** Data of the page, unpacked. */
async function read<T>(id: string): Promise<T> {
  const packed = Uint8Array.from(atob(byId(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text()) as T;
}

const kilo = (n: number): string =>
  n < 1000 ? String(Math.round(n * 100) / 100) : n < 1e6 ? `${(n / 1e3).toFixed(1)} k` : `${(n / 1e6).toFixed(1)} M`;

/** The function that is shown: its lines by the offsets that they belong to. */
class View {
  private readonly byOffset = new Map<number, any[]>();
  private readonly offsetsOf = new Map<any, number[]>();
  private marked: any[] = [];
  private pinned: any[] = [];

  constructor(detail: Detail) {
    const columns = byId('columns');
    columns.replaceChildren();
    for (const [name, title] of COLUMNS) {
      if (detail[name].length === 0) continue;
      const section = element('section', name);
      const lines = element('div', 'lines');
      section.append(element('h2', '', title), lines);
      this.fill(lines, detail[name]);
      columns.append(section);
    }
    columns.onmouseover = (e: any) => this.mark(e.target.closest('.l'));
    columns.onmouseleave = () => this.mark(null);
    columns.onclick = (e: any) => this.pin(e.target.closest('.l'));
  }

  private fill(into: any, lines: readonly Line[]): void {
    const hottest = lines.reduce((most, line) => Math.max(most, line.heat ?? 0), 0);
    let piece: any;
    lines.forEach((line, k) => {
      if (k % PIECE === 0) into.append((piece = element('div', 'piece')));
      piece.append(this.row(line, hottest));
    });
  }

  private row(line: Line, hottest: number): any {
    const row = element('div', 'l');
    if (line.trap !== undefined) row.classList.add('trap');
    if (line.bounds === true) row.classList.add('bounds');
    if (line.title === true) row.classList.add('title');
    if (line.label !== undefined) row.append(element('i', '', line.label.padStart(6)));
    row.append(`${'  '.repeat(line.depth ?? 0)}${line.text}`);
    if (line.trap !== undefined) row.append(element('u', '', `⚠ ${line.trap}`));
    const { heat } = line;
    if (heat !== undefined && heat > 0) {
      // What is a hundred times colder is still seen.
      const share = 1 + Math.log10(heat / hottest) / 3;
      if (share > 0) row.style.backgroundColor = `rgba(var(--heat), ${(0.45 * share).toFixed(3)})`;
      row.title = `${kilo(heat)}`;
    }
    const offsets = line.offsets ?? (line.offset >= 0 ? [line.offset] : []);
    this.offsetsOf.set(row, offsets);
    for (const offset of offsets) {
      const rows = this.byOffset.get(offset);
      if (rows === undefined) this.byOffset.set(offset, [row]);
      else rows.push(row);
    }
    return row;
  }

  /** The lines that belong to one. */
  private relatives(row: any): any[] {
    const offsets = row === null ? [] : (this.offsetsOf.get(row) ?? []);
    return [...new Set(offsets.flatMap((offset) => this.byOffset.get(offset) ?? []))];
  }

  private mark(row: any): void {
    for (const old of this.marked) old.classList.remove('on');
    this.marked = this.relatives(row);
    for (const one of this.marked) one.classList.add('on');
  }

  /** Marks for good, and shows the first line that belongs to it in every other column. */
  private pin(row: any): void {
    for (const old of this.pinned) old.classList.remove('pin');
    const again = row !== null && this.pinned.includes(row);
    this.pinned = again ? [] : this.relatives(row);
    const column = row?.closest('.lines');
    const scrolled = new Set([column]);
    for (const one of this.pinned) {
      one.classList.add('pin');
      const lines = one.closest('.lines');
      if (scrolled.has(lines)) continue;
      scrolled.add(lines);
      one.scrollIntoView({ block: 'center' });
    }
  }
}

class Page {
  private open: FunctionRow | null = null;

  constructor(private readonly overview: Overview) {
    const { wasmBytes, codeBytes, functions, target, unit, limit } = overview;
    const wasm = wasmBytes === 0 ? '' : `${kilo(wasmBytes)}B of wasm, `;
    const facts = `${functions.length} functions, ${wasm}${kilo(codeBytes)}B of machine code for ${target}`;
    byId('summary').textContent = [
      facts,
      ...(unit === null ? [] : [`cost: ${unit}`]),
      ...(limit === null ? [] : [limit]),
    ].join(' · ');
    if (unit === null) {
      byId('order').firstChild.remove();
      byId('order').value = 'codeBytes';
    }
    byId('search').oninput = () => this.list();
    byId('order').onchange = () => this.list();
    window.onhashchange = () => void this.follow();
    this.list();
    void this.follow();
  }

  /** The function that the address names, else the first. */
  private async follow(): Promise<void> {
    const { functions } = this.overview;
    const id = location.hash.replace(/^#f?/, '');
    const wanted =
      functions.find((f) => f.id === id || encodeURIComponent(f.id) === id) ?? functions.find((f) => f.detail === 0);
    if (wanted !== undefined && wanted !== this.open) await this.show(wanted);
  }

  private list(): void {
    const text = byId('search').value.toLowerCase();
    const key = byId('order').value as keyof FunctionRow;
    const found = this.overview.functions.filter(
      (f) => text === '' || f.name.toLowerCase().includes(text) || f.id === text || String(f.index) === text,
    );
    found.sort((x, y) => {
      const [a, b] = [x[key], y[key]];
      if (typeof a === 'string') return a.localeCompare(b as string);
      return key === 'index' ? a - (b as number) : (b as number) - a;
    });
    byId('functions').replaceChildren(...found.slice(0, MAX_ROWS).map((f) => this.item(f, key)));
    byId('shown').textContent = found.length > MAX_ROWS ? `(${MAX_ROWS} of ${found.length} shown: search)` : '';
  }

  private item(f: FunctionRow, key: keyof FunctionRow): any {
    const item = element('li', f.detail < 0 ? 'absent' : f === this.open ? 'open' : '');
    const value = key === 'name' || key === 'index' ? f.codeBytes : (f[key] as number);
    item.append(element('span', '', `[${f.id}] ${f.name}`), element('span', 'note', kilo(value)));
    item.title = `${f.name} ${f.type}`;
    if (f.detail >= 0) item.onclick = () => (location.hash = `#f${encodeURIComponent(f.id)}`);
    return item;
  }

  private async show(f: FunctionRow): Promise<void> {
    this.open = f;
    this.list();
    const cost = this.overview.unit === null ? '' : ` · ${kilo(f.cost)} ${this.overview.unit}`;
    byId('header').replaceChildren(
      element('b', '', `[${f.id}] ${f.name}`),
      ` ${f.type}${f.wasmBytes === 0 ? '' : ` · ${kilo(f.wasmBytes)}B of wasm`} · ${kilo(f.codeBytes)}B of machine code${cost}`,
    );
    if (f.detail < 0) {
      byId('columns').replaceChildren(element('p', 'note', this.overview.limit ?? ''));
      return;
    }
    const detail = await read<Detail>(`detail${f.detail}`);
    if (this.open === f) new View(detail);
  }
}

void read<Overview>('overview').then((overview) => new Page(overview));
