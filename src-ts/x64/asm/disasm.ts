/** Disassembly for `objdump` and WAMR_DUMP=asm: a thin layer over the optional dependency iced-x86. */
import { createRequire } from 'node:module';

type Iced = typeof import('iced-x86');

/** Loads iced-x86 (Node keeps what was loaded). Throws an error that says what to install when it is missing. */
function loadIced(): Iced {
  try {
    // Not an import: it is optional, CommonJS, and should load only for a listing.
    return createRequire(__filename)('iced-x86') as Iced;
  } catch {
    throw new Error(
      'disassembly needs the optional package iced-x86, which is not installed: npm install iced-x86@1.21.0',
    );
  }
}

/** One instruction of a listing. */
export interface DisasmLine {
  /** Offset in the given bytes. */
  offset: number;
  length: number;
  text: string;
}

/**
 * Decodes a function: its instructions, then its constants and jump tables as data. These follow the code, and the code
 * refers to each by an address relative to the instruction, so the first such address is where the data begins.
 * Addresses in the text count from `base`. `hasData` false: there is nothing but instructions, as in a stub.
 */
export function disassembleLines(code: Uint8Array, base = 0, hasData = true): DisasmLine[] {
  const { Decoder, DecoderOptions, Formatter, FormatterSyntax, Instruction } = loadIced();
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const formatter = new Formatter(FormatterSyntax.Intel);
  const instruction = new Instruction();
  const lines: DisasmLine[] = [];
  const data = new Set<number>();
  let end = code.length;
  try {
    formatter.spaceAfterOperandSeparator = true;
    formatter.hexPrefix = '0x';
    formatter.hexSuffix = '';
    formatter.uppercaseHex = false;
    formatter.smallHexNumbersInDecimal = true;
    formatter.branchLeadingZeros = false;
    formatter.ripRelativeAddresses = true;
    formatter.showBranchSize = false;
    decoder.ip = BigInt(base);
    while (decoder.position < end) {
      const offset = decoder.position;
      decoder.decodeOut(instruction);
      lines.push({ offset, length: decoder.position - offset, text: formatter.format(instruction) });
      if (!hasData || !instruction.isIpRelMemoryOperand) continue;
      const at = Number(instruction.ipRelMemoryAddress) - base;
      if (at < decoder.position || at >= code.length) continue;
      data.add(at);
      end = Math.min(end, at);
    }
  } finally {
    instruction.free();
    formatter.free();
    decoder.free();
  }
  // Before aligned constants.
  while (end < code.length && lines.at(-1)?.text === 'int3') lines.pop();
  return [...lines, ...dataLines(code, end, data)];
}

/** Bytes of data in a line. */
const DATA_BYTES = 8;

/** `code` from `from` on as 32-bit words; a line starts at each of the addresses that the code refers to. */
function dataLines(code: Uint8Array, from: number, addresses: ReadonlySet<number>): DisasmLine[] {
  const lines: DisasmLine[] = [];
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const starts = [...addresses].sort((x, y) => x - y);
  for (let offset = from, k = 0; offset < code.length;) {
    while (k < starts.length && starts[k] <= offset) k++;
    const end = Math.min(offset + DATA_BYTES, code.length, starts[k] ?? code.length);
    const words: string[] = [];
    for (let at = offset; at + 4 <= end; at += 4)
      words.push(`0x${view.getUint32(at, true).toString(16).padStart(8, '0')}`);
    lines.push({ offset, length: end - offset, text: `dd ${words.join(', ')}` });
    offset = end;
  }
  return lines;
}

/** How many instructions start in each of the ranges [starts[k], starts[k + 1]); the last one ends with the code. */
export function countInstructions(code: Uint8Array, starts: ArrayLike<number>): Uint32Array {
  const { Decoder, DecoderOptions, Instruction } = loadIced();
  const counts = new Uint32Array(starts.length);
  if (starts.length === 0) return counts;
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const instruction = new Instruction();
  try {
    for (let k = 0; decoder.canDecode; counts[k]++) {
      const at = decoder.position;
      while (k + 1 < starts.length && starts[k + 1] <= at) k++;
      decoder.decodeOut(instruction);
    }
  } finally {
    instruction.free();
    decoder.free();
  }
  return counts;
}

/** A listing: offset, bytes, text. `base` is the address of the first byte. */
export function disassemble(code: Uint8Array, base = 0): string {
  return disassembleLines(code, base)
    .map(({ offset, length, text }) => {
      const bytes = Array.from(code.subarray(offset, offset + length), (b) => b.toString(16).padStart(2, '0')).join(
        ' ',
      );
      return `${(base + offset).toString(16).padStart(8)}  ${bytes.padEnd(32)} ${text}`;
    })
    .join('\n');
}
