/**
 * The benchmark harness judges rightly: wrong answers, failures, significant losses, what profiles are trained on,
 * loops in machine code.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { compareRuns } from '../../bench/harness/against.js';
import { bodyHashes } from '../../bench/harness/bodies.js';
import { type Race, overall, race } from '../../bench/harness/compare.js';
import { remarks } from '../../bench/harness/docs.js';
import { median, quartiles } from '../../bench/harness/measure.js';
import { BENCH } from '../../bench/harness/paths.js';
import type { Program } from '../../bench/harness/programs.js';
import { raceTable } from '../../bench/harness/report.js';
import { loopDepths } from '../../bench/harness/stats/loops.js';
import { replaceScript, trainingNote } from '../../bench/harness/training.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-bench-test-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));

const sh = (script: string): { argv: string[] } => ({ argv: ['sh', '-c', script] });

describe('a race', () => {
  const r = race(
    'id',
    'about',
    'input',
    [
      { id: 'ours', label: 'ours', command: sh('echo 42; echo @bench_ns=500000000 >&2') },
      {
        id: 'ours-profile',
        label: 'with a profile',
        command: sh('echo 42; echo @bench_ns=250000000 >&2'),
        note: 'trained on b',
      },
      { id: 'wasmtime', label: 'reference', command: sh('echo 42; echo @bench_ns=1000000000 >&2') },
      { id: 'liar', label: 'liar', command: sh('echo 41'), note: 'trained on a' },
      { id: 'broken', label: 'broken', command: sh('echo oops >&2; exit 3') },
      { id: 'absent', label: 'absent', command: 'not installed' },
      { id: 'slow', label: 'slow', command: sh('echo 42'), maxRounds: 1 },
    ],
    { warmups: 0, rounds: 3, reference: 'wasmtime' },
  );
  const of = (engine: string) => r.outcomes.find((o) => o.engine === engine)!;

  it('takes ratios from the program’s own timer', () => {
    expect(of('ours')).toMatchObject({ status: 'ok', ratio: 2, exec: 0.5 });
    expect(of('ours').samples).toHaveLength(3);
  });

  it('keeps what has to be said of a figure, and shows it', () => {
    expect(of('ours-profile')).toMatchObject({ status: 'ok', ratio: 4, note: 'trained on b' });
    expect(of('ours').note).toBe('');
    expect(
      raceTable(r)
        .split('\n')
        .filter((line) => line.endsWith('trained on b')),
    ).toHaveLength(1);
  });

  it('gives a wrong answer no ratio, and names failures', () => {
    expect(of('liar')).toMatchObject({ status: 'wrong', ratio: null, note: 'its output differs' });
    expect(of('broken')).toMatchObject({ status: 'failed', note: 'exit 3: oops' });
    expect(of('absent')).toMatchObject({ status: 'absent', note: 'not installed' });
    expect(overall([r], 'liar')).toBeNull();
  });

  it('runs a slow one less often', () => {
    expect(of('slow').samples).toHaveLength(1);
  });

  it('does not let us be the judge', () => {
    const both = ['ours', 'ours-profile'].map((id) => ({ id, label: '', command: sh('echo 1') }));
    const alone = race('id', '', '', [...both, { id: 'v8', label: '', command: sh('echo 2') }], {
      warmups: 0,
      rounds: 1,
      reference: 'wasmtime',
    });
    expect(alone.outcomes.map((o) => o.status)).toEqual(['wrong', 'wrong', 'ok']);
  });
});

describe('comparison with an earlier run', () => {
  const outcome = (ratio: number, low: number, high: number, status = 'ok', engine = 'ours') => ({
    engine,
    label: '',
    status,
    note: '',
    wall: 1,
    cpu: 1,
    exec: null,
    rss: 1,
    ratio,
    spread: [low, high],
    samples: [],
  });
  const run = (o: object, input = 'x') => ({
    races: [{ id: 'p', about: '', input, outcomes: [o] } as unknown as Race],
    tables: [],
  });
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

  it('compares the variant with a profile with itself', () => {
    const withProfile = (ratio: number, status = 'ok') =>
      outcome(ratio, ratio - 0.01, ratio + 0.01, status, 'ours-profile');
    expect(against(run(withProfile(1.5)), run(withProfile(1.2)))).toBe(1);
    expect(against(run(withProfile(1.5)), run(withProfile(1.5, 'wrong')))).toBe(1);
    expect(against(run(withProfile(1.5)), run(outcome(1.2, 1.19, 1.21)))).toBe(0);
  });

  it('calls a wrong answer a loss, and compares no different inputs', () => {
    expect(against(run(outcome(1.2, 1.19, 1.21)), run(outcome(1.2, 1.19, 1.21, 'wrong')))).toBe(1);
    expect(against(run(outcome(1.2, 1.19, 1.21)), run(outcome(1.0, 0.99, 1.01), 'y'))).toBe(0);
  });
});

describe('training', () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text);

  it('puts a script in the place of another, and fills up', () => {
    const wasm = bytes('..old script..');
    expect(Buffer.from(replaceScript(wasm, bytes('old script'), bytes('new'))).toString()).toBe('..new       ..');
    expect(Buffer.from(wasm).toString()).toBe('..old script..');
    expect(() => replaceScript(wasm, bytes('another'), bytes('new'))).toThrow('not in the program');
    expect(() => replaceScript(wasm, bytes('old'), bytes('longer'))).toThrow('6 bytes, there is room for 3');
  });

  it('has a script for QuickJS that fits into the room of the one in its module', () => {
    expect(fs.statSync(path.join(BENCH, 'programs', 'training', 'training.js')).size).toBeLessThanOrEqual(1514);
  });

  it('finds bodies by the hash that profiles have, in a module and in a component', () => {
    // Two functions: (func) and (func nop), 2 and 3 bytes.
    const code = [10, 8, 2, 2, 0, 0x0b, 3, 0, 1, 0x0b];
    const module = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 3, 2, 0, 0, ...code];
    const component = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 0, 1, 0, 1, module.length, ...module];
    const hash = (...body: number[]): string =>
      createHash('sha256').update(Uint8Array.from(body)).digest('hex').slice(0, 16);
    const both = new Set([hash(0, 0x0b), hash(0, 1, 0x0b)]);
    expect(bodyHashes(Uint8Array.from(module))).toEqual(both);
    expect(bodyHashes(Uint8Array.from(component))).toEqual(both);
  });

  it('is told by the programs that have one input only', () => {
    const program = { training: undefined } as Program;
    expect(trainingNote(program)).toBe('trained on the same input');
    expect(trainingNote({ ...program, training: { script: 'x' } })).toBe('trained on another script');
  });

  it('is a remark in the documentation, grouped by what was trained on', () => {
    const of = (id: string, note: string, status = 'ok'): Race =>
      ({
        id,
        outcomes: [
          { label: 'with a profile', status, note },
          { label: 'other', status: 'ok', note: '' },
        ],
      }) as unknown as Race;
    expect(remarks([of('a', 'x'), of('b', 'y'), of('c', 'x'), of('d', 'its output differs', 'wrong')])).toBe(
      '\n\nwith a profile: x (a, c); y (b).',
    );
    expect(remarks([of('a', 'x'), of('b', 'x')])).toBe('\n\nwith a profile: x.');
    expect(remarks([of('a', '')])).toBe('');
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
  const nested = {
    starts: [0, 1, 2, 3, 4],
    ends: [false, false, false, false, true],
    targets: [null, null, [2], [1], null],
  };
  expect([...loopDepths(nested)]).toEqual([0, 1, 2, 1, 0]);
});
