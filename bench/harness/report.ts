/** Tables of a run for the terminal and for `docs/benchmarks.md`. */
import { overall, type Race } from './compare.js';

const ms = (seconds: number): string =>
  seconds >= 10
    ? `${seconds.toFixed(1)} s`
    : seconds >= 1
      ? `${seconds.toFixed(2)} s`
      : `${(seconds * 1000).toFixed(1)} ms`;

/** One race as lines: engine, time, ratio with quartiles, wall, CPU, memory. */
export function raceTable(race: Race): string {
  const rows = race.outcomes.map((o) =>
    o.status === 'absent' || o.status === 'failed'
      ? [o.label, o.status, o.note, '', '', '', '']
      : [
          o.label,
          ms(o.exec ?? o.wall),
          o.ratio === null
            ? `(${o.status}: ${o.note})`
            : `${o.ratio.toFixed(2)}×  [${o.spread?.[0].toFixed(2)}–${o.spread?.[1].toFixed(2)}]`,
          ms(o.wall),
          ms(o.cpu),
          `${o.rss.toFixed(0)} MiB`,
          o.status === 'ok' ? o.note : '',
        ],
  );
  return `${race.id}: ${race.about}\n${columns([['engine', 'time', 'against reference', 'wall', 'CPU', 'peak', ''], ...rows])}`;
}

/** The geometric means. */
export function summary(races: Race[], engines: { id: string; label: string }[]): string {
  const rows = engines.flatMap((e) => {
    const o = overall(races, e.id);
    return o ? [[e.label, `${o.ratio.toFixed(3)}×`, `${o.count} programs`]] : [];
  });
  return `geometric mean of the ratios\n${columns(rows)}`;
}

/** Left-aligned columns. */
export function columns(rows: string[][]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((r) => r[i]?.length ?? 0))) ?? [];
  return rows
    .map(
      (r) =>
        `  ${r
          .map((x, i) => x.padEnd(widths[i]))
          .join('  ')
          .trimEnd()}`,
    )
    .join('\n');
}
