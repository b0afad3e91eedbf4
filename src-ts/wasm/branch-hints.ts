/**
 * Branch hints: the custom section `metadata.code.branch_hint` (WebAssembly 3.0, appendix "Custom Sections"), in which
 * a producer says which way conditional branches mostly go. It stands before the code section; one that is malformed
 * or elsewhere counts as absent, as custom sections do.
 */
import { Reader } from './reader.js';
import type { BranchHints, WasmModule } from './decoded-module.js';

export const BRANCH_HINTS = 'metadata.code.branch_hint';

/** What is said of a branch; 0 where nothing is. */
export const enum Hint {
  NONE = 0,
  /** The condition mostly holds. */
  LIKELY = 1,
  UNLIKELY = 2,
}

export const NO_HINTS: BranchHints = { at: new Int32Array(0), likely: new Uint8Array(0) };

/** The hints of the section whose contents are the bytes from `start` to `end`. */
export function readBranchHints(m: WasmModule, start: number, end: number): BranchHints {
  try {
    return decode(m, new Reader(m.bytes, start, end));
  } catch {
    return NO_HINTS;
  }
}

function decode({ importedFuncs, bodyStart, bodyEnd }: WasmModule, r: Reader): BranchHints {
  const at: number[] = [];
  const likely: number[] = [];
  let before = -1;
  for (let funcs = r.u32(); funcs > 0; funcs--) {
    const d = r.u32() - importedFuncs;
    if (d <= before || d >= bodyStart.length) r.fail('hints of functions out of order, or of no function');
    before = d;
    let last = -1;
    for (let hints = r.u32(); hints > 0; hints--) {
      const offset = r.u32();
      if (offset <= last || bodyStart[d] + offset >= bodyEnd[d]) r.fail('hints out of order, or outside of the body');
      last = offset;
      if (r.u32() !== 1) r.fail('a hint of more than one byte');
      const value = r.u8();
      if (value > 1) r.fail('a hint that is neither 0 nor 1');
      at.push(bodyStart[d] + offset);
      likely.push(value);
    }
  }
  if (r.pos !== r.end) r.fail('bytes behind the hints');
  return { at: Int32Array.from(at), likely: Uint8Array.from(likely) };
}

/** What is said of the branch at a byte of the module. O(log hints). */
export function hintAt({ at, likely }: BranchHints, offset: number): Hint {
  let low = 0;
  for (let high = at.length; low < high;) {
    const middle = (low + high) >> 1;
    if (at[middle] < offset) low = middle + 1;
    else high = middle;
  }
  if (low === at.length || at[low] !== offset) return Hint.NONE;
  return likely[low] === 1 ? Hint.LIKELY : Hint.UNLIKELY;
}
