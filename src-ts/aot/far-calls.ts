/**
 * Calls between functions that stand farther apart than the machine's call instruction reaches: they go to a veneer
 * behind the code of the function that calls, a jump that reaches everything. O(calls).
 */
import type { Machine } from '../codegen/back-end.js';
import { IntVec } from '../util/vec.js';
import { type Chunk, Row } from './chunk.js';

/** What placing functions has found (link.ts). */
interface Placed {
  chunkOf: Int32Array;
  rowOf: Int32Array;
  /** By defined index, four numbers: the first is where the function starts. */
  funcTable: Int32Array;
}

/** The veneers of a module. */
export interface FarCalls {
  /** By defined index: its first veneer in `callees`; at the end their number. */
  first: Int32Array;
  /** Defined indices of the functions that veneers jump to. */
  callees: IntVec;
}

/** Bytes that the veneers of a function take. */
export const veneerBytes = (far: FarCalls, d: number, machine: Machine): number =>
  (far.first[d + 1] - far.first[d]) * machine.veneer!.bytes;

/**
 * Calls `visit` for each direct call of function d: place of the field in its code, defined index of the callee, where
 * a function's own address is taken too.
 */
function eachCall(
  chunks: readonly Chunk[],
  { chunkOf, rowOf }: Placed,
  d: number,
  imported: number,
  visit: (field: number, callee: number) => void,
): void {
  const { funcs, relocs } = chunks[chunkOf[d]];
  const row = rowOf[d];
  const next = row + Row.COLUMNS;
  const end = next < funcs.length ? funcs[next + Row.RELOC] : relocs.length;
  for (let r = funcs[row + Row.RELOC]; r < end; r += 2)
    if (relocs[r + 1] >= 0) visit(relocs[r], relocs[r + 1] - imported);
}

/** Each function's callees that satisfy a condition, once. */
function collect(
  chunks: readonly Chunk[],
  placed: Placed,
  imported: number,
  wanted: (d: number, field: number, callee: number) => boolean,
): FarCalls {
  const n = placed.chunkOf.length;
  const first = new Int32Array(n + 1);
  const callees = new IntVec(64);
  const seenBy = new Int32Array(n).fill(-1);
  for (let d = 0; d < n; d++) {
    eachCall(chunks, placed, d, imported, (field, callee) => {
      if (seenBy[callee] === d || !wanted(d, field, callee)) return;
      seenBy[callee] = d;
      callees.push(callee);
    });
    first[d + 1] = callees.n;
  }
  return { first, callees };
}

/**
 * The veneers that are needed, and places with them. With a veneer for each callee nothing is nearer to anything than in
 * the end: what reaches then needs none.
 */
export function placeFarCalls<P extends Placed>(
  chunks: readonly Chunk[],
  placed: P,
  imported: number,
  machine: Machine,
  place: (far: FarCalls) => P,
): { far: FarCalls; places: P } {
  const { funcTable } = place(collect(chunks, placed, imported, () => true));
  const far = collect(
    chunks,
    placed,
    imported,
    (d, field, callee) => Math.abs(funcTable[4 * callee] - funcTable[4 * d] - field) >= machine.callReach,
  );
  return { far, places: place(far) };
}

/** Writes the veneers of function d at `at`; `placeOf[callee]` becomes the place of each. */
export function writeVeneers(
  far: FarCalls,
  d: number,
  at: number,
  funcTable: Int32Array,
  machine: Machine,
  code: DataView,
  placeOf: Int32Array,
): void {
  for (let k = far.first[d]; k < far.first[d + 1]; k++, at += machine.veneer!.bytes) {
    const callee = far.callees.a[k];
    placeOf[callee] = at;
    machine.veneer!.write(code, at, funcTable[4 * callee]);
  }
}
