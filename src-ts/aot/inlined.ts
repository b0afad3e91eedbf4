/**
 * Places in inlined bodies, on their way from the SSA function (`Func.inlined`) to the artefact's INLINED section: rows
 * (function index, byte offset of the operator in the module, place of the call: a byte offset, or INLINED + row where
 * the call is in an inlined body itself). Every operator of an inlined body makes a row, few of them can trap or call:
 * the others are left out here.
 */
import { UNKNOWN_OFFSET } from '../abi/artefact.js';
import { INLINED, type Func } from '../ir/func.js';

/**
 * Replaces the places in the third column of `traps` by those of the rows that remain, which are returned. O(traps +
 * rows).
 */
export function keepUsedRows({ inlined }: Func, traps: Int32Array): Int32Array {
  if (inlined.n === 0) return NO_ROWS;
  const rows = inlined.a;
  const kept: number[] = [];
  const newRow = new Int32Array(inlined.n / 3).fill(-1);
  const keep = (pos: number): number => {
    if (pos >= 0) return pos;
    const row = pos - INLINED;
    if (newRow[row] < 0) {
      const call = keep(rows[3 * row + 2]);
      newRow[row] = kept.push(rows[3 * row], rows[3 * row + 1], call) / 3 - 1;
    }
    return INLINED + newRow[row];
  };
  for (let k = 2; k < traps.length; k += 3) traps[k] = keep(traps[k]);
  return Int32Array.from(kept);
}

const NO_ROWS = new Int32Array(0);

/** The place in the function itself that `pos` belongs to: of the outermost call, if it is in an inlined body. */
export function outermostPos({ inlined }: Func, pos: number): number {
  while (pos < 0) pos = inlined.a[3 * (pos - INLINED) + 2];
  return pos;
}

/** A place in a function's code, innermost first where bodies are inlined. */
export interface InlinedPlace {
  func: number;
  offset: number;
}

/** What a wasm offset of the TRAPS section stands for in code of function `func`. `rows`: the INLINED section. */
export function expandPlace(rows: Uint32Array, func: number, offset: number): InlinedPlace[] {
  const places: InlinedPlace[] = [];
  // A damaged table must not make a cycle: calls stand before what is inlined there.
  for (let last = rows.length; offset >= INLINED_OFFSET;) {
    const at = 3 * (offset - INLINED_OFFSET);
    if (at >= last) return [...places, { func, offset: UNKNOWN_OFFSET }];
    places.push({ func: rows[at], offset: rows[at + 1] });
    offset = rows[at + 2];
    last = at;
  }
  return [...places, { func, offset }];
}

/** INLINED as an unsigned number, as the artefact has it. */
const INLINED_OFFSET = 0x80000000;
