/** The benchmark harness judges rightly: wrong answers, failures, significant losses, loops in machine code. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { compareRuns } from '../../bench/harness/against.js';
import { type Race, overall, race } from '../../bench/harness/compare.js';
import { median, quartiles } from '../../bench/harness/measure.js';
import { loopDepths } from '../../bench/harness/stats/loops.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-bench-test-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

const sh = (script: string): { argv: string[] } => ({ argv: ['sh', '-c', script] });

describe('a race', () => {
  const r = race('id', 'about', 'input', [
    { id: 'ours', label: 'ours', command: sh('echo 42; echo @bench_ns=500000000 >&2') },
    { id: 'wasmtime', label: 'reference', command: sh('echo 42; echo @bench_ns=1000000000 >&2') },
    { id: 'liar', label: 'liar', command: sh('echo 41') },
    { id: 'broken', label: 'broken', command: sh('echo oops >&2; exit 3') },
    { id: 'absent', label: 'absent', command: 'not installed' },
    { id: 'slow', label: 'slow', command: sh('echo 42'), maxRounds: 1 },
  ], { warmups: 0, rounds: 3, reference: 'wasmtime' });
  const of = (engine: string) => r.outcomes.find((o) => o.engine === engine)!;

  it('takes ratios from the program’s own timer', () => {
    expect(of('ours')).toMatchObject({ status: 'ok', ratio: 2, exec: 0.5 });
    expect(of('ours').samples).toHaveLength(3);
  });

  it('gives a wrong answer no ratio, and names failures', () => {
    expect(of('liar')).toMatchObject({ status: 'wrong', ratio: null });
    expect(of('broken')).toMatchObject({ status: 'failed', note: 'exit 3: oops' });
    expect(of('absent')).toMatchObject({ status: 'absent', note: 'not installed' });
    expect(overall([r], 'liar')).toBeNull();
  });

  it('runs a slow one less often', () => {
    expect(of('slow').samples).toHaveLength(1);
  });

  it('does not let us be the judge', () => {
    const alone = race('id', '', '', [{ id: 'ours', label: '', command: sh('echo 1') }, { id: 'v8', label: '', command: sh('echo 2') }], { warmups: 0, rounds: 1, reference: 'wasmtime' });
    expect(alone.outcomes.map((o) => o.status)).toEqual(['wrong', 'ok']);
  });
});

describe('comparison with an earlier run', () => {
  const outcome = (ratio: number, low: number, high: number, status = 'ok') => ({ engine: 'ours', label: '', status, note: '', wall: 1, cpu: 1, exec: null, rss: 1, ratio, spread: [low, high], samples: [] });
  const run = (o: object, input = 'x') => ({ races: [{ id: 'p', about: '', input, outcomes: [o] } as unknown as Race], tables: [] });
  const against = (then: object, now: ReturnType<typeof run>): number => {
    const file = path.join(dir, 'then.json');
    fs.writeFileSync(file, JSON.stringify(then));
    const quiet = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      return compareRuns(file, now);
    } finally {
      quiet.mockRestore();
    }
  };

  it('calls a loss what is outside of the spread and of the noise', () => {
    expect(against(run(outcome(1.2, 1.19, 1.21)), run(outcome(1.0, 0.99, 1.01)))).toBe(1);
    expect(against(run(outcome(1.2, 1.0, 1.3)), run(outcome(1.05, 0.99, 1.1)))).toBe(0);
    expect(against(run(outcome(1.2, 1.199, 1.201)), run(outcome(1.18, 1.179, 1.181)))).toBe(0);
    expect(against(run(outcome(1.0, 0.99, 1.01)), run(outcome(1.2, 1.19, 1.21)))).toBe(0);
  });

  it('calls a wrong answer a loss, and compares no different inputs', () => {
    expect(against(run(outcome(1.2, 1.19, 1.21)), run(outcome(1.2, 1.19, 1.21, 'wrong')))).toBe(1);
    expect(against(run(outcome(1.2, 1.19, 1.21)), run(outcome(1.0, 0.99, 1.01), 'y'))).toBe(0);
  });
});

it('median and quartiles', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(quartiles([1, 2, 3, 4, 5])).toEqual([2, 4]);
});

it('loops are natural loops, wherever their code lies', () => {
  // 0 → 1 → 2 → 1 (inner), 2 → 3 → 1 (outer through a cold block at the end), 3 → 4.
  const starts = [0, 10, 20, 30, 40, 50];
  const ends = [false, false, false, false, true, true];
  const targets = [null, null, [10], [50], null, [10]];
  expect([...loopDepths({ starts, ends, targets })]).toEqual([0, 1, 1, 1, 0, 1]);
  // Two heads.
  const nested = { starts: [0, 1, 2, 3, 4], ends: [false, false, false, false, true], targets: [null, null, [2], [1], null] };
  expect([...loopDepths(nested)]).toEqual([0, 1, 2, 1, 0]);
});
