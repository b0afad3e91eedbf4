/** Comparison of a run with an earlier one. */
import { readFileSync } from 'node:fs';
import { type Outcome, type Race, isOurs } from './compare.js';
import { median, quartiles } from './measure.js';
import type { Table } from './tables.js';

/** A figure of ours; lower is better. */
interface Metric {
  id: string;
  /** Figures with different inputs are not compared. */
  input: string;
  value: number;
  low: number;
  high: number;
}

export interface Comparable {
  races: Race[];
  tables: Table[];
}

/** Differences up to this are never significant. */
const RACE_NOISE = 0.03;
const TABLE_NOISE = 0.1;

function metric(id: string, input: string, samples: number[]): Metric {
  const [low, high] = quartiles(samples);
  return { id, input, value: median(samples), low, high };
}

const raceId = (r: Race, o: Outcome): string => (o.engine === 'ours' ? r.id : `${r.id} (${o.engine})`);

/** Time relative to the reference's where the run has one, which cancels the machine's mood; else the time itself. */
function metrics({ races, tables }: Comparable): Metric[] {
  const out: Metric[] = [];
  for (const r of races)
    for (const own of r.outcomes) {
      if (!isOurs(own.engine) || own.status !== 'ok') continue;
      const id = raceId(r, own);
      if (own.ratio !== null && own.spread !== null)
        out.push({ id, input: r.input, value: 1 / own.ratio, low: 1 / own.spread[1], high: 1 / own.spread[0] });
      else
        out.push(
          metric(
            `${id} (time)`,
            r.input,
            own.samples.map((s) => s.exec ?? s.wall),
          ),
        );
    }
  for (const t of tables)
    for (const r of t.rows)
      for (const f of r.figures)
        if (f.engine.startsWith('ours') && f.samples.length > 0)
          out.push(metric(`${r.id} (${f.engine})`, '', f.samples));
  return out;
}

/**
 * Prints what changed and returns how many losses are significant: the quartiles don't overlap, and the difference is
 * above the noise. An answer that was right and isn't any more is a loss.
 */
export function compareRuns(file: string, now: Comparable): number {
  const then = JSON.parse(readFileSync(file, 'utf8')) as Comparable;
  const before = new Map(metrics(then).map((m) => [m.id, m]));
  let losses = 0;
  for (const m of metrics(now)) {
    const old = before.get(m.id);
    if (!old || old.input !== m.input) continue;
    const noise = m.input === '' ? TABLE_NOISE : RACE_NOISE;
    const change = m.value / old.value;
    const verdict =
      change > 1 + noise && m.low > old.high ? 'LOSS' : change < 1 - noise && m.high < old.low ? 'gain' : 'same';
    if (verdict === 'LOSS') losses++;
    process.stdout.write(
      `  ${verdict}  ${m.id.padEnd(44)} ${old.value.toPrecision(4)} → ${m.value.toPrecision(4)}  (${((change - 1) * 100).toFixed(1)} %)\n`,
    );
  }
  for (const r of now.races)
    for (const own of r.outcomes) {
      const was = then.races.find((x) => x.id === r.id)?.outcomes.find((o) => o.engine === own.engine);
      if (!isOurs(own.engine) || was?.status !== 'ok' || own.status === 'ok') continue;
      losses++;
      process.stdout.write(`  LOSS  ${raceId(r, own)}: ${own.status} (${own.note})\n`);
    }
  process.stdout.write(`${losses} significant losses against ${file}\n`);
  return losses;
}
