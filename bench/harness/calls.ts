/** Costs of the boundary (calls.cjs) of our engine and of V8, in processes that take turns. */
import { join } from 'node:path';
import { measure, median } from './measure.js';
import { BENCH, ROOT } from './paths.js';
import type { Row, Table } from './tables.js';

/** `before`: the folder of another checkout, built, to have beside this one. */
export function callTable(rounds: number, quick: boolean, before?: string): Table {
  const engines = [
    ...(before === undefined ? [] : [['before', 'before', before]]),
    ['ours', 'wamr-native', ROOT],
    ['v8', 'V8', 'v8'],
  ];
  const rows = new Map<string, Row>();
  const failed = new Map<string, string>();
  for (let round = 0; round < rounds; round++)
    for (const [engine, label, which] of engines) {
      if (failed.has(engine)) continue;
      const s = measure({
        argv: [process.execPath, join(BENCH, 'harness', 'calls.cjs'), which, ...(quick ? ['quick'] : [])],
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
          figures: engines.map(([e, l]) => ({ engine: e, label: l, samples: [] })),
        };
        rows.set(id, row);
        row.figures.find((f) => f.label === label)?.samples.push(median(samples));
      }
    }
  for (const [engine, why] of failed)
    for (const row of rows.values()) for (const f of row.figures) if (f.engine === engine) f.note = why;
  return { id: 'calls', about: 'costs of the boundary, processor time', rows: [...rows.values()] };
}
