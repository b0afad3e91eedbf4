/** What a profile says about a module's functions and operators: how hot they are, whatever kind of profile it is. */
import { bodyKey } from '../ir/profile.js';
import { FORMAT, parseProfile, type StoredProfile } from '../profile/stored.js';
import { ProfileError } from '../errors.js';

/** A function as heat looks for it. */
export interface Place {
  index: number;
  name: string;
  /** Its body, and where that begins in the module. */
  body: Uint8Array;
  bodyStart: number;
}

/** Heat of a function, and of its operators: byte offset in the module → heat. */
export interface FunctionHeat {
  cost: number;
  operators: [offset: number, heat: number][];
  /** An operator has the heat of the last one before it that is named, as blocks are. */
  byBlock: boolean;
}

export interface Heat {
  /** What the numbers are, for people. */
  unit: string;
  of(f: Place): FunctionHeat | null;
}

/**
 * Reads a profile of any kind that `wamr-native profile` writes for other programs: `.prof`, `.json` (samples or
 * counts), `.cpuprofile`.
 * @throws ProfileError for other files
 */
export function readHeat(text: string, file: string): Heat {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (e) {
    throw new ProfileError(`${file}: not JSON (${(e as Error).message})`);
  }
  if (typeof value === 'object' && value !== null) {
    if (value.format === FORMAT) return ofStored(parseProfile(text, file));
    if (Array.isArray(value.frames) && Array.isArray(value.stacks)) return ofSamples(value.frames as SampledFrame[]);
    if (Array.isArray(value.functions)) return ofCounts(value.functions as CountedFunction[]);
    if (Array.isArray(value.nodes)) return ofCpuProfile(value as unknown as CpuProfile);
  }
  throw new ProfileError(`${file}: no profile of wamr-native (.prof, .json, .cpuprofile)`);
}

function ofStored({ functions }: StoredProfile): Heat {
  return {
    unit: 'executions × bytes of wasm',
    of({ body, bodyStart }) {
      const key = bodyKey(body);
      const f = Object.hasOwn(functions, key) ? functions[key] : undefined;
      if (f === undefined) return null;
      const cost = f.blocks.reduce((sum, [at, n], k) => sum + n * ((f.blocks[k + 1]?.[0] ?? body.length) - at), 0);
      return { cost, operators: f.blocks.map(([at, n]) => [bodyStart + at, n]), byBlock: true };
    },
  };
}

interface SampledFrame {
  module: string;
  index: number;
  name: string;
  self: number;
  places?: Record<string, number>;
}
interface CountedFunction {
  index: number;
  name: string;
  instructions: number;
}
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Rows by index and name: profiles of several modules may have the same indices. */
function byFunction<T extends { index: number; name: string }>(rows: readonly T[]): (f: Place) => T | undefined {
  const map = new Map(rows.map((row) => [`${row.index} ${row.name}`, row]));
  return ({ index, name }) => map.get(`${index} ${name}`);
}

function ofSamples(frames: readonly SampledFrame[]): Heat {
  return {
    unit: 'ms of processor time',
    of({ index, name }) {
      const { module } = frames.find((f) => f.index === index && f.name === name) ?? {};
      // With `--lines` a function has a row for each line, also of what is inlined there.
      const rows = frames.filter((f) => f.index === index && f.module === module);
      if (rows.length === 0) return null;
      const places = new Map<number, number>();
      for (const row of rows)
        for (const [at, ns] of Object.entries(row.places ?? {}))
          places.set(Number(at), (places.get(Number(at)) ?? 0) + ns / 1e6);
      return { cost: rows.reduce((sum, f) => sum + f.self, 0) / 1e6, operators: [...places], byBlock: false };
    },
  };
}

function ofCounts(functions: readonly CountedFunction[]): Heat {
  const find = byFunction(functions);
  return {
    unit: 'instructions executed',
    of(f) {
      const counted = find(f);
      return counted === undefined ? null : { cost: counted.instructions, operators: [], byBlock: false };
    },
  };
}

function ofCpuProfile({ nodes, samples, timeDeltas }: CpuProfile): Heat {
  const rows = new Map<string, { index: number; name: string; ms: number }>();
  const byNode = new Map(
    nodes.map(({ id, callFrame: { functionName: name, url, lineNumber: index } }) => {
      const key = `${url} ${index} ${name}`;
      if (!rows.has(key)) rows.set(key, { index: url.startsWith('wasm://') ? index : -1, name, ms: 0 });
      return [id, rows.get(key)!];
    }),
  );
  samples.forEach((id, k) => {
    const row = byNode.get(id);
    if (row !== undefined) row.ms += timeDeltas[k] / 1000;
  });
  const find = byFunction([...rows.values()]);
  return {
    unit: 'ms of processor time',
    of(f) {
      const row = find(f);
      return row === undefined ? null : { cost: row.ms, operators: [], byBlock: false };
    },
  };
}
