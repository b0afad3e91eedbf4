/** Source lines for debuggers: `.debug_line`, `.debug_info` and `.debug_abbrev` of machine code (DWARF 3). */
import { ByteWriter } from './bytes.js';

/** From this address on code belongs to a line. */
export interface LineRow {
  address: number;
  file: string;
  line: number;
  column: number;
}

export interface LinedFunction {
  name: string;
  address: number;
  bytes: number;
  /** Ascending by address. */
  rows: readonly LineRow[];
}

const enum Line {
  COPY = 1,
  ADVANCE_PC = 2,
  ADVANCE_LINE = 3,
  SET_FILE = 4,
  SET_COLUMN = 5,
}
/** Operands of the standard opcodes 1 to 9. */
const OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1];

/** The sections by name; of functions without rows nothing is said. */
export function lineSections(
  title: string,
  text: { address: number; bytes: number },
  functions: readonly LinedFunction[],
): Record<string, Uint8Array> {
  const lined = functions.filter((f) => f.rows.length > 0);
  if (lined.length === 0) return {};
  return { '.debug_abbrev': abbreviations(), '.debug_info': info(title, text, lined), '.debug_line': program(lined) };
}

/** 1: the unit, 2: a function. */
function abbreviations(): Buffer {
  const w = new ByteWriter();
  // compile_unit with children: producer, name (texts), low_pc, high_pc (addresses), stmt_list (data4).
  w.uleb(1).uleb(0x11).u8(1, 0x25, 0x08, 0x03, 0x08, 0x11, 0x01, 0x12, 0x01, 0x10, 0x06, 0, 0);
  // subprogram without children: name, low_pc, high_pc, external.
  w.uleb(2).uleb(0x2e).u8(0, 0x03, 0x08, 0x11, 0x01, 0x12, 0x01, 0x3f, 0x0c, 0, 0);
  return w.u8(0).take();
}

function info(
  title: string,
  { address, bytes }: { address: number; bytes: number },
  functions: readonly LinedFunction[],
): Buffer {
  const w = new ByteWriter();
  w.u32(0).u16(3).u32(0).u8(8);
  w.uleb(1)
    .text('wamr-native')
    .text(title)
    .u64(address)
    .u64(address + bytes)
    .u32(0);
  for (const f of functions)
    w.uleb(2)
      .text(f.name)
      .u64(f.address)
      .u64(f.address + f.bytes)
      .u8(1);
  w.u8(0);
  w.patch32(0, w.n - 4);
  return w.take();
}

function program(functions: readonly LinedFunction[]): Buffer {
  const files = [...new Set(functions.flatMap((f) => f.rows.map((row) => row.file)))];
  const numbers = new Map(files.map((file, k) => [file, k + 1]));
  const w = new ByteWriter();
  w.u32(0).u16(3).u32(0);
  const headerFrom = w.n;
  w.u8(1, 1, 0xff, 14, OPERANDS.length + 1, ...OPERANDS, 0);
  for (const file of files) w.text(file).u8(0, 0, 0);
  w.u8(0);
  w.patch32(6, w.n - headerFrom);
  for (const f of functions) sequence(w, f, numbers);
  w.patch32(0, w.n - 4);
  return w.take();
}

function sequence(w: ByteWriter, f: LinedFunction, numbers: ReadonlyMap<string, number>): void {
  let at = { address: f.rows[0].address, file: 1, line: 1, column: 0 };
  w.u8(0, 9, 2).u64(at.address);
  for (const row of f.rows) {
    const file = numbers.get(row.file)!;
    if (row.address > at.address) w.u8(Line.ADVANCE_PC).uleb(row.address - at.address);
    if (file !== at.file) w.u8(Line.SET_FILE).uleb(file);
    if (row.line !== at.line) w.u8(Line.ADVANCE_LINE).sleb(row.line - at.line);
    if (row.column !== at.column) w.u8(Line.SET_COLUMN).uleb(row.column);
    w.u8(Line.COPY);
    at = { ...row, file };
  }
  w.u8(Line.ADVANCE_PC).uleb(f.address + f.bytes - at.address);
  w.u8(0, 1, 1);
}
