/**
 * Charts as plain SVG, drawn by hand so that they need no library. Colours come from classes that follow the reader's
 * light or dark scheme.
 */

const WIDTH = 760;
const LABEL = 170;
const ROW = 24;
const TOP = 54;

const STYLE = `<style>
text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#3b4048}
.title{font-size:15px;font-weight:600;fill:#1f2328}.faint{fill:#6b7280}.line{stroke:#c9ced6;stroke-width:1}.one{stroke:#6b7280;stroke-width:1.5}
.own{fill:#c2410c}.own.variant{fill:#e9a23b}.s0{fill:#2563eb}.s1{fill:#0f766e}.s2{fill:#7c3aed}.s3{fill:#6b7280}.s4{fill:#a16207}.s5{fill:#be185d}
.drawn{fill:none;stroke-width:1.4;opacity:.75}.l0{stroke:#2563eb}.l1{stroke:#0f766e}.l2{stroke:#7c3aed}.l3{stroke:#6b7280}.l4{stroke:#a16207}.l5{stroke:#be185d}
@media (prefers-color-scheme:dark){text{fill:#c3c9d1}.title{fill:#f0f3f6}.faint{fill:#9198a1}.line{stroke:#3d444d}.one{stroke:#9198a1}
.own{fill:#fb923c}.own.variant{fill:#fde047}.s0{fill:#60a5fa}.s1{fill:#2dd4bf}.s2{fill:#a78bfa}.s3{fill:#9ca3af}.s4{fill:#facc15}.s5{fill:#f472b6}}
</style>`;

const escape = (s: string): string => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function frame(title: string, height: number, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">\n${STYLE}\n<text class="title" x="8" y="22">${escape(title)}</text>\n${body}\n</svg>\n`;
}

export interface Bar {
  label: string;
  value: number;
  text: string;
  own: boolean;
}

/** Horizontal bars, one a row. */
export function barChart(title: string, bars: Bar[]): string {
  const max = Math.max(...bars.map((b) => b.value));
  const room = WIDTH - LABEL - 110;
  const rows = bars.map((b, i) => {
    const y = TOP - 14 + i * ROW;
    return `<text x="${LABEL - 8}" y="${y + 14}" text-anchor="end">${escape(b.label)}</text><rect class="${b.own ? 'own' : 's3'}" x="${LABEL}" y="${y + 2}" width="${Math.max(1, (b.value / max) * room).toFixed(1)}" height="${ROW - 8}" rx="2"/><text class="faint" x="${(LABEL + (b.value / max) * room + 6).toFixed(1)}" y="${y + 14}">${escape(b.text)}</text>`;
  });
  return frame(title, TOP + bars.length * ROW, rows.join('\n'));
}

export interface Series {
  label: string;
  own: boolean;
  /** By row; null: no figure. */
  values: (number | null)[];
}

/** Dots on a logarithmic scale around 1, one row a program, one colour an engine. */
export function ratioChart(title: string, rows: string[], series: Series[]): string {
  const all = series.flatMap((s) => s.values).filter((x): x is number => x !== null);
  const low = Math.min(0.5, ...all);
  const high = Math.max(2, ...all);
  const x = (v: number): number =>
    LABEL + ((Math.log(v) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (WIDTH - LABEL - 30);
  const bottom = TOP + 22 + rows.length * ROW;
  const ticks = [0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5].filter((t) => t >= low * 0.99 && t <= high * 1.01);
  const parts = ticks.map(
    (t) =>
      `<line class="${t === 1 ? 'one' : 'line'}" x1="${x(t).toFixed(1)}" y1="${TOP + 8}" x2="${x(t).toFixed(1)}" y2="${bottom - 6}"/><text class="faint" x="${x(t).toFixed(1)}" y="${bottom + 10}" text-anchor="middle">${t}×</text>`,
  );
  let legend = 8;
  const colour = (s: Series): string => {
    const at = series.filter((q) => q.own === s.own).indexOf(s);
    return s.own ? `own${at > 0 ? ' variant' : ''}` : `s${at % 6}`;
  };
  for (const s of series) {
    parts.push(
      `<circle class="${colour(s)}" cx="${legend + 6}" cy="40" r="5"/><text x="${legend + 16}" y="44">${escape(s.label)}</text>`,
    );
    legend += 34 + s.label.length * 6.6;
  }
  rows.forEach((label, i) => {
    const y = TOP + 22 + i * ROW;
    parts.push(`<text x="${LABEL - 8}" y="${y + 4}" text-anchor="end">${escape(label)}</text>`);
    // Ours is drawn last, above the others.
    for (const s of [...series].sort((a, b) => Number(a.own) - Number(b.own))) {
      const v = s.values[i];
      if (v !== null)
        parts.push(
          `<circle class="${colour(s)}" cx="${x(v).toFixed(1)}" cy="${y}" r="${s.own ? 6 : 4.5}"><title>${escape(`${label}, ${s.label}: ${v.toFixed(2)}×`)}</title></circle>`,
        );
    }
  });
  return frame(title, bottom + 22, parts.join('\n'));
}

const LINES_HEIGHT = 420;
const MARGIN = 64;

/** Lines through points, both scales logarithmic; what grows like x runs along the thin diagonals. */
export function lineChart(title: string, lines: { label: string; points: [number, number][] }[]): string {
  const all = lines.flatMap((l) => l.points);
  const range = (k: 0 | 1): [number, number] => [Math.min(...all.map((p) => p[k])), Math.max(...all.map((p) => p[k]))];
  const [[x0, x1], [y0, y1]] = [range(0), range(1)];
  const place = (v: number, low: number, high: number): number => Math.log(v / low) / Math.log(high / low);
  const x = (v: number): number => MARGIN + place(v, x0, x1) * (WIDTH - MARGIN - 20);
  const y = (v: number): number => LINES_HEIGHT - 30 - place(v, y0, y1) * (LINES_HEIGHT - TOP - 30);
  const decades = (low: number, high: number): number[] =>
    [1, 3].flatMap((m) => Array.from({ length: 12 }, (_, k) => m * 10 ** k)).filter((t) => t >= low && t <= high);
  const at = (v: number): string => v.toFixed(1);
  const parts = [
    ...decades(x0, x1).map(
      (t) =>
        `<text class="faint" x="${at(x(t))}" y="${LINES_HEIGHT - 10}" text-anchor="middle">${t.toLocaleString('en-US')}</text>`,
    ),
    ...decades(y0, y1).map(
      (t) =>
        `<line class="line" x1="${MARGIN}" y1="${at(y(t))}" x2="${WIDTH - 20}" y2="${at(y(t))}"/><text class="faint" x="${MARGIN - 6}" y="${at(y(t) + 4)}" text-anchor="end">${t.toLocaleString('en-US')}</text>`,
    ),
    ...decades(y0, (y1 * x0) / x1).map(
      (t) =>
        `<line class="line" x1="${at(x(x0))}" y1="${at(y(t))}" x2="${at(x(x1))}" y2="${at(y((t * x1) / x0))}" stroke-dasharray="3 4"/>`,
    ),
    ...lines.map(
      ({ label, points }, i) =>
        `<polyline class="drawn l${i % 6}" points="${points.map(([a, b]) => `${at(x(a))},${at(y(b))}`).join(' ')}"><title>${escape(label)}</title></polyline>`,
    ),
  ];
  return frame(title, LINES_HEIGHT, parts.join('\n'));
}
