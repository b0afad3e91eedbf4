/**
 * Side-by-side runs. Every round runs each engine once, so that drift of the machine hits all alike; ratios are taken within a round and their median is quoted with its
 * quartiles. An engine whose output differs from the reference is marked wrong and gets no ratio.
 */
import { type Command, type Sample, geomean, measure, median, quartiles } from './measure.js';

export interface Contestant {
  id: string;
  label: string;
  /** The command, or why there is none. */
  command: Command | string;
}

export interface Outcome {
  engine: string;
  label: string;
  /** 'ok', 'wrong', 'failed' or 'absent'; `note` says why. */
  status: 'ok' | 'wrong' | 'failed' | 'absent';
  note: string;
  /** Medians: wall, CPU, own timer (seconds), peak memory (MiB). */
  wall: number;
  cpu: number;
  exec: number | null;
  rss: number;
  /** Reference's time / this engine's, median of the rounds and quartiles; by the program's own timer where it has one, else by wall clock. Above 1 is faster than the reference. */
  ratio: number | null;
  spread: [number, number] | null;
  samples: Pick<Sample, 'wall' | 'cpu' | 'exec' | 'rss'>[];
}

export interface Race {
  id: string;
  about: string;
  outcomes: Outcome[];
}

export interface RaceOptions {
  warmups: number;
  rounds: number;
  /** Which engine's time ratios divide. */
  reference: string;
  /** Compare these parts of the output (all of standard output by default). */
  digest?: (s: Sample) => string;
  /** Ratios by wall clock even where the program has a timer: load + execute. */
  byWall?: boolean;
}

/** Runs one program on several engines. */
export function race(id: string, about: string, contestants: Contestant[], o: RaceOptions): Race {
  const samples = new Map<string, Sample[]>();
  const runners = contestants.filter((c) => typeof c.command !== 'string');
  for (let round = -o.warmups; round < o.rounds; round++)
    for (const c of runners) {
      const list = samples.get(c.id) ?? [];
      samples.set(c.id, list);
      if (list.some((s) => s.exit !== 0)) continue; // failed once: no more rounds
      const s = measure(c.command as Command);
      if (round >= 0 || s.exit !== 0) list.push(s);
    }
  const time = (s: Sample): number => (o.byWall ? s.wall : (s.exec ?? s.wall));
  const digest = o.digest ?? ((s: Sample): string => s.output);
  const reference = samples.get(o.reference) ?? [];
  const expected = reference.length > 0 && reference[0].exit === 0 ? digest(reference[0]) : null;
  const outcomes = contestants.map((c): Outcome => {
    const own = samples.get(c.id) ?? [];
    const base = { engine: c.id, label: c.label, wall: 0, cpu: 0, exec: null, rss: 0, ratio: null, spread: null, samples: [] };
    if (typeof c.command === 'string') return { ...base, status: 'absent', note: c.command };
    const failed = own.find((s) => s.exit !== 0);
    if (failed) return { ...base, status: 'failed', note: `exit ${failed.exit}: ${failed.stderr.trim().split('\n').at(-1) ?? ''}` };
    const wrong = expected !== null && own.some((s) => digest(s) !== expected);
    const execs = own.map((s) => s.exec).filter((x): x is number => x !== null);
    const ratios = wrong ? [] : own.flatMap((s, i) => (reference[i] && reference[i].exit === 0 ? [time(reference[i]) / time(s)] : []));
    return {
      ...base,
      status: wrong ? 'wrong' : 'ok',
      note: wrong ? 'its output differs' : '',
      wall: median(own.map((s) => s.wall)),
      cpu: median(own.map((s) => s.cpu)),
      exec: execs.length > 0 ? median(execs) : null,
      rss: median(own.map((s) => s.rss)) / 1024,
      ratio: ratios.length > 0 ? median(ratios) : null,
      spread: ratios.length > 0 ? quartiles(ratios) : null,
      samples: own.map(({ wall, cpu, exec, rss }) => ({ wall, cpu, exec, rss })),
    };
  });
  return { id, about, outcomes };
}

/** Geometric mean of an engine's ratios over the races that it finished rightly, and how many those are. */
export function overall(races: Race[], engine: string): { ratio: number; count: number } | null {
  const ratios = races.flatMap((r) => r.outcomes.filter((x) => x.engine === engine && x.ratio !== null).map((x) => x.ratio as number));
  return ratios.length > 0 ? { ratio: geomean(ratios), count: ratios.length } : null;
}
