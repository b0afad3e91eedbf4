/** Line number programs of DWARF 2 to 5 (standard, section 6.2): from addresses to file, line and column. */
import { Cursor } from './cursor.js';
import { type FormContext, readValue, type Sections } from './forms.js';

/** A place in a source file. */
export interface Place {
  /** Path as the debug information has it. */
  file: string;
  /** From 1; 0: unknown. */
  line: number;
  /** From 1; 0: unknown. */
  column: number;
}

/** A place in the source, and the function that it is in. */
export interface SourceFrame extends Place {
  /** Name of the function, or null. */
  name: string | null;
}

const enum Standard {
  EXTENDED = 0,
  COPY = 1,
  ADVANCE_PC = 2,
  ADVANCE_LINE = 3,
  SET_FILE = 4,
  SET_COLUMN = 5,
  CONST_ADD_PC = 8,
  FIXED_ADVANCE_PC = 9,
}

const enum Extended {
  END_SEQUENCE = 1,
  SET_ADDRESS = 2,
  DEFINE_FILE = 3,
}

/** Kinds of content in the tables of DWARF 5. */
const PATH = 1;
const DIRECTORY = 2;

/** The start of a program. */
interface Header {
  version: number;
  minimum: number;
  lineBase: number;
  lineRange: number;
  opcodeBase: number;
  operands: number[];
  directories: string[];
  files: { name: string; directory: number }[];
}

/** Rows of addresses without a gap, ascending; the last ends it. */
interface Sequence {
  start: number;
  end: number;
  /** Address, file, line, column. */
  rows: number[];
}

const ROW = 4;

/** Linkers give code that they have dropped an address that no code has: 0, or one at the top. */
const isDropped = (address: number): boolean => address === 0 || address >= 0xfffffffe;

/** The table of a unit. */
export class LineTable {
  private readonly sequences: Sequence[];
  private readonly header: Header;

  /**
   * @param at offset of the program in .debug_line (DW_AT_stmt_list)
   * @param folder of the compilation (DW_AT_comp_dir)
   */
  constructor(
    sections: Sections,
    at: number,
    private readonly folder: string,
  ) {
    const c = new Cursor(sections.line, at);
    const { header, context } = readHeader(c, sections);
    this.header = header;
    this.sequences = run(c, header, context.addressBytes);
  }

  /** The place that an address belongs to, or null. */
  find(address: number): Place | null {
    for (const { start, end, rows } of this.sequences) {
      if (address < start || address >= end) continue;
      let low = 0;
      let high = rows.length / ROW;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (rows[ROW * middle] <= address) low = middle + 1;
        else high = middle;
      }
      const at = ROW * (low - 1);
      const line = rows[at + 2];
      return line === 0 ? null : { file: this.file(rows[at + 1]), line, column: rows[at + 3] };
    }
    return null;
  }

  /** Path of a file by its number, as absolute as the compiler has made it. */
  file(number: number): string {
    const { version, files, directories } = this.header;
    const file = files[version >= 5 ? number : number - 1];
    if (file === undefined) return '?';
    const directory =
      version >= 5 ? (directories[file.directory] ?? '') : file.directory === 0 ? '' : directories[file.directory - 1];
    return join(this.folder, join(directory ?? '', file.name));
  }
}

const join = (folder: string, name: string): string =>
  folder === '' || /^([/\\]|[A-Za-z]:)/.test(name) ? name : `${folder.replace(/\/$/, '')}/${name.replace(/^\.\//, '')}`;

function readHeader(c: Cursor, sections: Sections): { header: Header; context: FormContext } {
  const { wide, end } = c.initialLength();
  c.end = end;
  const version = c.u16();
  if (version < 2 || version > 5) throw new RangeError(`DWARF: line table of version ${version}`);
  let addressBytes = 4;
  if (version >= 5) {
    addressBytes = c.u8();
    c.skip(1);
  }
  const headerBytes = wide ? c.u64() : c.u32();
  const program = c.at + headerBytes;
  const minimum = c.u8();
  if (version >= 4) c.skip(1); // Operations of an instruction, for machines that bundle them.
  c.skip(1); // default_is_stmt: every row counts here.
  const lineBase = c.i8();
  const lineRange = c.u8();
  const opcodeBase = c.u8();
  const operands = [0];
  for (let i = 1; i < opcodeBase; i++) operands.push(c.u8());
  const context = { sections, version, wide, addressBytes, offset: 0, strOffsetsBase: 0, addrBase: 0 };
  const header: Header = {
    version,
    minimum,
    lineBase,
    lineRange: Math.max(1, lineRange),
    opcodeBase,
    operands,
    directories: [],
    files: [],
  };
  if (version >= 5) {
    header.directories = readTable(c, context).map((row) => row.name);
    header.files = readTable(c, context);
  } else {
    for (let name = c.text(); name !== ''; name = c.text()) header.directories.push(name);
    for (let name = c.text(); name !== ''; name = c.text()) header.files.push(readFile(c, name));
  }
  c.at = program;
  return { header, context };
}

function readFile(c: Cursor, name: string): { name: string; directory: number } {
  const directory = c.uleb();
  c.uleb(); // Time of change.
  c.uleb(); // Size.
  return { name, directory };
}

/** A table of directories or files of DWARF 5. */
function readTable(c: Cursor, context: FormContext): { name: string; directory: number }[] {
  const format: [content: number, form: number][] = [];
  for (let n = c.u8(); n > 0; n--) format.push([c.uleb(), c.uleb()]);
  const rows: { name: string; directory: number }[] = [];
  const count = c.uleb();
  // Every row has a path, which takes a byte at least.
  if (count > c.end - c.at) throw new RangeError('DWARF: a table is longer than its section');
  for (let n = count; n > 0; n--) {
    const row = { name: '', directory: 0 };
    for (const [content, form] of format) {
      const value = readValue(c, form, context);
      if (content === PATH) row.name = String(value);
      else if (content === DIRECTORY) row.directory = Number(value);
    }
    rows.push(row);
  }
  return rows;
}

/** Runs the program behind the header. */
function run(c: Cursor, h: Header, addressBytes: number): Sequence[] {
  const sequences: Sequence[] = [];
  let [address, file, line, column] = [0, 1, 1, 0];
  let rows: number[] = [];
  const advance = (operations: number): void => {
    address += operations * h.minimum;
  };
  const emit = (): void => {
    rows.push(address, file, line, column);
  };
  while (c.more) {
    const opcode = c.u8();
    if (opcode >= h.opcodeBase) {
      const special = opcode - h.opcodeBase;
      advance(Math.floor(special / h.lineRange));
      line += h.lineBase + (special % h.lineRange);
      emit();
      continue;
    }
    switch (opcode) {
      case Standard.EXTENDED: {
        const size = c.uleb();
        const next = c.at + size;
        switch (c.u8()) {
          case Extended.END_SEQUENCE:
            if (rows.length > 0 && !isDropped(rows[0])) sequences.push({ start: rows[0], end: address, rows });
            rows = [];
            [address, file, line, column] = [0, 1, 1, 0];
            break;
          case Extended.SET_ADDRESS:
            address = c.unsigned(size - 1 || addressBytes);
            break;
          case Extended.DEFINE_FILE:
            h.files.push(readFile(c, c.text()));
            break;
        }
        c.at = next;
        break;
      }
      case Standard.COPY:
        emit();
        break;
      case Standard.ADVANCE_PC:
        advance(c.uleb());
        break;
      case Standard.ADVANCE_LINE:
        line += c.sleb();
        break;
      case Standard.SET_FILE:
        file = c.uleb();
        break;
      case Standard.SET_COLUMN:
        column = c.uleb();
        break;
      case Standard.CONST_ADD_PC:
        advance(Math.floor((255 - h.opcodeBase) / h.lineRange));
        break;
      case Standard.FIXED_ADVANCE_PC:
        address += c.u16();
        break;
      default:
        for (let n = h.operands[opcode]; n > 0; n--) c.uleb();
    }
  }
  return sequences;
}
