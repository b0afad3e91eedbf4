/**
 * Disassembly of AArch64 for `objdump` and WAMR_DUMP=asm: of the instructions that this compiler emits (insts.ts,
 * insts-simd.ts), with the usual aliases. A word that is none of them is shown as data.
 */
import type { DisasmLine } from '../../codegen/back-end.js';
import { GENERAL_ROWS } from './disasm-general.js';
import { type Row, signed } from './disasm-parts.js';
import { VECTOR_ROWS } from './disasm-vector.js';

const ROWS: readonly Row[] = [...GENERAL_ROWS, ...VECTOR_ROWS];

/** Text of one instruction at this address. */
function textOf(w: number, address: number): string | null {
  for (const [mask, value, text] of ROWS) {
    if ((w & mask) !== value) continue;
    const found = text(w, address);
    if (found !== null) return found;
  }
  return null;
}

const isLoadOfConstant = (w: number): boolean => (w & 0x3b000000) === 0x18000000;
const isAddress = (w: number): boolean => (w & (0x9f000000 | 0)) === 0x10000000;

/**
 * Decodes a function: its instructions, then its constants and jump tables as data. These follow the code, and the code
 * refers to each by an address relative to the instruction, so the first such address is where the data begins.
 * Addresses in the text count from `base`. `hasData` false: there is nothing but instructions, as in a stub.
 */
export function disassembleLines(code: Uint8Array, base = 0, hasData = true): DisasmLine[] {
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const lines: DisasmLine[] = [];
  let end = code.length & ~3;
  for (let offset = 0; offset < end; offset += 4) {
    const w = view.getInt32(offset, true);
    const text = textOf(w, base + offset) ?? `.word 0x${(w >>> 0).toString(16).padStart(8, '0')}`;
    lines.push({ offset, length: 4, text });
    if (!hasData || !(isLoadOfConstant(w) || isAddress(w))) continue;
    const to = offset + 4 * signed(w, 5, 19) + (isAddress(w) ? (w >> 29) & 3 : 0);
    if (to > offset) end = Math.min(end, to);
  }
  // Before aligned constants.
  while (lines.length > 0 && lines[lines.length - 1].text === 'udf #0') lines.pop();
  for (let offset = end; offset + 4 <= code.length; offset += 4)
    lines.push({ offset, length: 4, text: `.word 0x${view.getUint32(offset, true).toString(16).padStart(8, '0')}` });
  return lines;
}

/** How many instructions start in each of the ranges [starts[k], starts[k + 1]); the last one ends with the code. */
export function countInstructions(code: Uint8Array, starts: ArrayLike<number>): Uint32Array {
  return Uint32Array.from(
    { length: starts.length },
    (_, k) => ((k + 1 < starts.length ? starts[k + 1] : code.length) - starts[k]) >> 2,
  );
}
