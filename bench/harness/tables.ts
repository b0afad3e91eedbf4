/** Reports that are tables of figures rather than races: call costs, load times, compile times. */
import { median, quartiles } from './measure.js';
import { columns } from './report.js';

/** One engine's figure in a row. */
export interface Figure {
  engine: string;
  label: string;
  /** One a round. Empty: `note` says why. */
  samples: number[];
  note?: string;
}

export interface Row {
  id: string;
  unit: string;
  figures: Figure[];
}

export interface Table {
  id: string;
  about: string;
  rows: Row[];
}

/** Three significant digits. */
export function short(x: number): string {
  return x >= 1000 ? Math.round(x).toLocaleString('en-US') : Number(x.toPrecision(3)).toString();
}

/** Median with its quartiles. */
function cell(f: Figure | undefined): string {
  if (f === undefined) return '';
  if (f.samples.length === 0) return f.note ?? '–';
  const [low, high] = quartiles(f.samples);
  return f.samples.length < 3
    ? short(median(f.samples))
    : `${short(median(f.samples))}  [${short(low)}–${short(high)}]`;
}

/** The table as lines: one row a figure, one column an engine. */
export function tableText({ about, rows }: Table): string {
  const labels = [...new Set(rows.flatMap((r) => r.figures.map((f) => f.label)))];
  return `${about}\n${columns([['', 'unit', ...labels], ...rows.map((r) => [r.id, r.unit, ...labels.map((l) => cell(r.figures.find((f) => f.label === l)))])])}`;
}
