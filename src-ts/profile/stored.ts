/**
 * A stored profile (`.prof`): what `wamr-native profile --count -o app.prof` writes and `compile --profile app.prof`
 * reads. JSON, so that it can be looked at, merged and kept under version control.
 *
 * Functions are keyed by the hash of their body (the first 16 hex digits of its SHA-256): one that has changed since is
 * not found, and nothing else can go wrong. Places are byte offsets from the start of the body; each block has one of
 * its own, that of its first operator.
 */
import { ProfileError } from '../errors.js';

/** A stored profile, as `parseProfile` reads it. */
export interface StoredProfile {
  /** Names the format. */
  format: typeof FORMAT;
  /** Of the format. */
  version: typeof VERSION;
  /** By the hash of the function's body. */
  functions: Record<string, StoredFunction>;
}

/** What was counted in a function. */
export interface StoredFunction {
  /** From the module's name section, or made up of the index. */
  name: string;
  /** Times that it was called. */
  calls: number;
  /** Place, executions; ascending by place. */
  blocks: [number, number][];
  /**
   * Critical edges (others follow from the blocks): place of the block that branches, of the one that it goes to,
   * executions. Ascending.
   */
  edges: [number, number, number][];
  /**
   * Branches that became several (opt/split-conditions.ts): place of the block, which part, its executions, how often
   * it was not zero. Ascending. Older profiles have none.
   */
  parts?: [number, number, number, number][];
  /**
   * `call_indirect` through a table that never changes: place of the operator, the element that a majority of the calls
   * went to (if there is one), and by how many calls at least it is ahead of all others together. Ascending.
   */
  targets: [number, number, number][];
  /**
   * Accesses whose address wrapped at 2^32: place of the operator, how often. Each time costs a signal, so functions
   * where that is often are compiled without folded addresses. Ascending. Older profiles have none.
   */
  wraps?: [number, number][];
}

export const FORMAT = 'wamr-native profile';
export const VERSION = 1;

/**
 * Reads a stored profile.
 * @param what names it in errors.
 * @throws ProfileError that says what is wrong with the text.
 */
export function parseProfile(text: string, what = 'profile'): StoredProfile {
  if (typeof text !== 'string') throw new TypeError('parseProfile(): Argument 0 must be the text of a profile');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (e) {
    throw new ProfileError(
      `${what}: not JSON (${(e as Error).message.replace(/\s+/g, ' ')}); make one with \`wamr-native profile --count -o app.prof -- run app.wasm\``,
    );
  }
  checkProfile(value, what);
  return value;
}

/** Throws ProfileError unless the value is a profile as `StoredProfile` describes it. */
export function checkProfile(value: unknown, what = 'profile'): asserts value is StoredProfile {
  const bad = (why: string): ProfileError => new ProfileError(`${what}: ${why}`);
  const profile = value as Partial<StoredProfile> | null;
  if (typeof profile !== 'object' || profile === null || profile.format !== FORMAT)
    throw bad('not a wamr-native profile');
  if (profile.version !== VERSION)
    throw bad(`version ${String(profile.version)}, this release reads ${VERSION}; profile the program again`);
  if (typeof profile.functions !== 'object' || profile.functions === null) throw bad('no functions');
  for (const [hash, f] of Object.entries(profile.functions)) {
    if (typeof f !== 'object' || f === null || !isCount(f.calls)) throw bad(`function ${hash}: no number of calls`);
    for (const [list, width] of [
      ['blocks', 2],
      ['edges', 3],
      ['parts', 4],
      ['targets', 3],
      ['wraps', 2],
    ] as const) {
      const rows: unknown = f[list] ?? (list === 'parts' || list === 'wraps' ? [] : undefined);
      if (
        !Array.isArray(rows) ||
        !rows.every((row) => Array.isArray(row) && row.length === width && row.every(isCount))
      )
        throw bad(`function ${hash}: ${list} must be a list of lists of ${width} numbers from 0`);
    }
  }
}

const isCount = (x: unknown): boolean => typeof x === 'number' && x >= 0 && x <= Number.MAX_SAFE_INTEGER;
