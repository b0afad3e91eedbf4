/**
 * Side-by-side runs. Every round runs each engine once, so that drift of the machine hits all alike; ratios are taken
 * within a round and their median is quoted with its quartiles. An engine whose output differs from the reference is
 * marked wrong and gets no ratio.
 */
import { type Command, type Sample, geomean, measure, median, quartiles } from './measure.js';

export interface Contestant {
  id: string;
  label: string;
  /** The command, or why there is none. */
  command: Command | string;
  /** Takes so long that it is run in the first measured rounds only: at most this many. */
  maxRounds?: number;
  /** What has to be said of its figure. */
  note?: string;
}

export interface Outcome {
  engine: string;
  label: string;
  /** 'ok', 'wrong', 'failed' or 'absent'; `note` says why, or of 'ok' what has to be said of the figure. */
  status: 'ok' | 'wrong' | 'failed' | 'absent';
  note: string;
  /** Medians: wall, CPU, own timer (seconds), peak memory (MiB). */
  wall: number;
  cpu: number;
  exec: number | null;
  rss: number;
  /**
   * Reference's time / this engine's, median of the rounds and quartiles; by the program's own timer where it has one,
   * else by wall clock. Above 1 is faster than the reference.
   */
  ratio: number | null;
  spread: [number, number] | null;
  /** By round. */
  samples: Pick<Sample, 'wall' | 'cpu' | 'exec' | 'rss'>[];
}

export interface Race {
  id: string;
  about: string;
  /** SHA-256 of what was run: results of different inputs are not comparable. */
  input: string;
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

/** Ours, in any variant ('ours', 'ours-profile'). */
export const isOurs = (engine: string): boolean => engine.startsWith('ours');

/** Runs one program on several engines. */
export function race(id: string, about: string, input: string, contestants: Contestant[], o: RaceOptions): Race {
  const samples = new Map<string, Sample[]>(contestants.map((c) => [c.id, []]));
  for (let round = -o.warmups; round < o.rounds; round++)
    for (const c of contestants) {
      const list = samples.get(c.id) as Sample[];
      // Failed once: no more rounds.
      if (typeof c.command === 'string' || list.some((s) => s.exit !== 0)) continue;
      if (c.maxRounds !== undefined && (round < 0 || round >= c.maxRounds)) continue;
      const s = measure(c.command);
      if (round >= 0 || s.exit !== 0) list.push(s);
    }
  const time = (s: Sample): number => (o.byWall ? s.wall : (s.exec ?? s.wall));
  const digest = o.digest ?? ((s: Sample): string => s.output);
  const finished = (engine: string): Sample[] => (samples.get(engine) ?? []).filter((s) => s.exit === 0);
  const reference = finished(o.reference);
  // What is right is never ours to say.
  const judge = [o.reference, ...contestants.map((c) => c.id).filter((x) => !isOurs(x))].find(
    (x) => finished(x).length > 0,
  );
  const expected = judge === undefined ? null : digest(finished(judge)[0]);
  const outcomes = contestants.map((c): Outcome => {
    const own = samples.get(c.id) as Sample[];
    const base = {
      engine: c.id,
      label: c.label,
      wall: 0,
      cpu: 0,
      exec: null,
      rss: 0,
      ratio: null,
      spread: null,
      samples: [],
    };
    if (typeof c.command === 'string') return { ...base, status: 'absent', note: c.command };
    const failed = own.find((s) => s.exit !== 0);
    if (failed)
      return {
        ...base,
        status: 'failed',
        note: `exit ${failed.exit}: ${failed.stderr.trim().split('\n').at(-1) ?? ''}`,
      };
    const wrong = expected !== null && own.some((s) => digest(s) !== expected);
    const execs = own.map((s) => s.exec).filter((x): x is number => x !== null);
    // Round i against round i.
    const ratios = wrong ? [] : own.slice(0, reference.length).map((s, i) => time(reference[i]) / time(s));
    return {
      ...base,
      status: wrong ? 'wrong' : 'ok',
      note: wrong ? 'its output differs' : (c.note ?? ''),
      wall: median(own.map((s) => s.wall)),
      cpu: median(own.map((s) => s.cpu)),
      exec: execs.length > 0 ? median(execs) : null,
      rss: median(own.map((s) => s.rss)) / 1024,
      ratio: ratios.length > 0 ? median(ratios) : null,
      spread: ratios.length > 0 ? quartiles(ratios) : null,
      samples: own.map(({ wall, cpu, exec, rss }) => ({ wall, cpu, exec, rss })),
    };
  });
  return { id, about, input, outcomes };
}

/** Geometric mean of an engine's ratios over the races that it finished rightly, and how many those are. */
export function overall(races: Race[], engine: string): { ratio: number; count: number } | null {
  const ratios = races.flatMap((r) =>
    r.outcomes.filter((x) => x.engine === engine && x.ratio !== null).map((x) => x.ratio as number),
  );
  return ratios.length > 0 ? { ratio: geomean(ratios), count: ratios.length } : null;
}
