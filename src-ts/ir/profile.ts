/**
 * A stored profile (profile/stored.ts) as code generation reads it: flat arrays by defined function, which all compile
 * workers share. O(functions + entries).
 */
import type { StoredFunction, StoredProfile } from '../profile/stored.js';
import { crypto } from '../util/builtin.js';
import type { WasmModule } from '../wasm/decoded-module.js';

export interface ModuleProfile {
  /** By defined index: how often the function was called; 0 where the profile does not know it. */
  calls: Float64Array;
  /** Calls of all functions. */
  totalCalls: number;
  /** By defined index: bytes of the blocks that at least one call in RARE_CALLS comes to, the hot part. */
  hotBytes: Int32Array;
  /**
   * By defined index, and one more: the function's part of the three lists. Within each, keys ascend; places count from
   * the start of the body.
   */
  blockAt: Int32Array;
  blockPlace: Int32Array;
  blockCount: Float64Array;
  edgeAt: Int32Array;
  edgeFrom: Int32Array;
  edgeTo: Int32Array;
  edgeCount: Float64Array;
  /** Keys are `partKey`. */
  partAt: Int32Array;
  partKeys: Int32Array;
  partCount: Float64Array;
  partTaken: Float64Array;
  targetAt: Int32Array;
  targetPlace: Int32Array;
  targetElement: Int32Array;
  targetVotes: Float64Array;
  /** By defined index: whether addresses wrap so often that folding them costs more than it brings. */
  wrapping: Uint8Array;
}

/** Hex digits of a body's SHA-256 that key it. */
const KEY_DIGITS = 16;

/** The key of a function body in a stored profile. */
export function bodyKey(body: Uint8Array): string {
  return crypto().createHash('sha256').update(body).digest('hex').slice(0, KEY_DIGITS);
}

/** What `stored` knows of the module; null where that is nothing. */
export function matchProfile(m: WasmModule, stored: StoredProfile): ModuleProfile | null {
  const n = m.bodyStart.length;
  const functions = Array.from(
    { length: n },
    (_, d) =>
      stored.functions[bodyKey(m.bytes.subarray(m.bodyStart[d], m.bodyEnd[d]))] as
        StoredProfile['functions'][string] | undefined,
  );
  const calls = Float64Array.from(functions, (f) => f?.calls ?? 0);
  const totalCalls = calls.reduce((x, y) => x + y, 0);
  if (totalCalls === 0) return null;
  const starts = (length: (d: number) => number): Int32Array => {
    const at = new Int32Array(n + 1);
    for (let d = 0; d < n; d++) at[d + 1] = at[d] + length(d);
    return at;
  };
  const blocks = functions.flatMap((f) => f?.blocks ?? []);
  const edges = functions.flatMap((f) => f?.edges ?? []);
  const parts = functions.flatMap((f) => f?.parts ?? []);
  const targets = functions.flatMap((f) => f?.targets ?? []);
  return {
    calls,
    totalCalls,
    hotBytes: Int32Array.from(functions, (f, d) => hotBytes(f, m.bodyEnd[d] - m.bodyStart[d])),
    blockAt: starts((d) => functions[d]?.blocks.length ?? 0),
    blockPlace: Int32Array.from(blocks, (row) => row[0]),
    blockCount: Float64Array.from(blocks, (row) => row[1]),
    edgeAt: starts((d) => functions[d]?.edges.length ?? 0),
    edgeFrom: Int32Array.from(edges, (row) => row[0]),
    edgeTo: Int32Array.from(edges, (row) => row[1]),
    edgeCount: Float64Array.from(edges, (row) => row[2]),
    partAt: starts((d) => functions[d]?.parts?.length ?? 0),
    partKeys: Int32Array.from(parts, (row) => partKey(row[0], row[1])),
    partCount: Float64Array.from(parts, (row) => row[2]),
    partTaken: Float64Array.from(parts, (row) => row[3]),
    targetAt: starts((d) => functions[d]?.targets.length ?? 0),
    targetPlace: Int32Array.from(targets, (row) => row[0]),
    targetElement: Int32Array.from(targets, (row) => row[1]),
    targetVotes: Float64Array.from(targets, (row) => row[2]),
    wrapping: Uint8Array.from(functions, (f) => (f !== undefined && isWrapping(f) ? 1 : 0)),
  };
}

/** What fewer than one call in so many comes to is not the hot part of a function. */
const RARE_CALLS = 100;

/** Bytes of the hot part of a function with a body of so many bytes: all, where nothing is known of it. */
function hotBytes(f: StoredFunction | undefined, bytes: number): number {
  if (f === undefined || f.calls === 0) return bytes;
  const { calls, blocks } = f;
  let sum = 0;
  for (let k = 0; k < blocks.length; k++) {
    const end = k + 1 < blocks.length ? blocks[k + 1][0] : bytes;
    if (blocks[k][1] * RARE_CALLS >= calls) sum += end - blocks[k][0];
  }
  return sum;
}

/** Instructions that run in the time of a signal. */
const SIGNAL_INSTRUCTIONS = 5000;

/** A folded address saves one instruction, at most in each execution of a block. */
function isWrapping({ blocks, wraps = [] }: StoredFunction): boolean {
  const sum = (rows: readonly (readonly number[])[]): number => rows.reduce((all, row) => all + row[1], 0);
  return SIGNAL_INSTRUCTIONS * sum(wraps) > sum(blocks);
}

/** Executions of the block of function `d` at `place`; -1 where the profile has none there. */
export function blockCount(p: ModuleProfile, d: number, place: number): number {
  const k = find(p.blockPlace, p.blockAt[d], p.blockAt[d + 1], place);
  return k < 0 ? -1 : p.blockCount[k];
}

/** Executions of the critical edge between the blocks at these places; -1 where the profile has none. */
export function edgeCount(p: ModuleProfile, d: number, from: number, to: number): number {
  const end = p.edgeAt[d + 1];
  let k = find(p.edgeFrom, p.edgeAt[d], end, from);
  if (k < 0) return -1;
  for (; k < end && p.edgeFrom[k] === from; k++) if (p.edgeTo[k] === to) return p.edgeCount[k];
  return -1;
}

/** A part of the branch of the block at `place`, as one number. */
const MAX_PARTS = 8;
export const partKey = (place: number, part: number): number => place * MAX_PARTS + part;

export const placeAndPart = (key: number): [place: number, part: number] => [
  Math.floor(key / MAX_PARTS),
  key % MAX_PARTS,
];

/** First row of the parts of the branch in function `d` at the end of the block at `place`, or -1. */
export function partsAt(p: ModuleProfile, d: number, place: number): number {
  return p.partAt[d] === p.partAt[d + 1] ? -1 : find(p.partKeys, p.partAt[d], p.partAt[d + 1], partKey(place, 0));
}

/** Row of part k of the branch whose parts begin at `row`, or -1. */
export function partRow(partKeys: Int32Array, row: number, k: number): number {
  const key = partKeys[row] + k;
  for (let r = row; r < partKeys.length && r <= row + k; r++) if (partKeys[r] === key) return r;
  return -1;
}

/** Row of the indirect call at `place` in the list of targets, or -1. */
export function targetRow(p: ModuleProfile, d: number, place: number): number {
  return find(p.targetPlace, p.targetAt[d], p.targetAt[d + 1], place);
}

/** First index of `key` in the ascending keys[from .. to), or -1. */
function find(keys: Int32Array, from: number, to: number, key: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low < to && keys[low] === key ? low : -1;
}
