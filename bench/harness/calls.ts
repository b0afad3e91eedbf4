/** Call costs (calls.cjs) of our engine and of V8, in processes that take turns. */
import { join } from 'node:path';
import { measure, median } from './measure.js';
import { BENCH } from './paths.js';
import type { Row, Table } from './tables.js';

const ENGINES = [
  ['ours', 'wamr-native'],
  ['v8', 'V8'],
] as const;

export function callTable(rounds: number, quick: boolean): Table {
  const rows = new Map<string, Row>();
  const failed = new Map<string, string>();
  for (let round = 0; round < rounds; round++)
    for (const [engine, label] of ENGINES) {
      if (failed.has(engine)) continue;
      const s = measure({
        argv: [process.execPath, join(BENCH, 'harness', 'calls.cjs'), engine, ...(quick ? ['quick'] : [])],
      });
      if (s.exit !== 0) {
        failed.set(
          engine,
          s.stderr
            .trim()
            .split('\n')
            .find((l) => l.includes('rror')) ?? `exit ${s.exit}`,
        );
        continue;
      }
      for (const [id, samples] of Object.entries(JSON.parse(s.stdout) as Record<string, number[]>)) {
        const row: Row = rows.get(id) ?? {
          id,
          unit: 'ns',
          figures: ENGINES.map(([e, l]) => ({ engine: e, label: l, samples: [] })),
        };
        rows.set(id, row);
        row.figures.find((f) => f.label === label)?.samples.push(median(samples));
      }
    }
  for (const [engine, why] of failed)
    for (const row of rows.values()) for (const f of row.figures) if (f.engine === engine) f.note = why;
  return { id: 'calls', about: 'call costs', rows: [...rows.values()] };
}
