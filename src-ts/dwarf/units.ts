/** Units of .debug_info (DWARF standard, sections 3 and 7.5): functions and the calls that are inlined in them. */
import { Cursor } from './cursor.js';
import { Form, type FormContext, indexedAddress, readValue, type Sections, skipValue, type Value } from './forms.js';
import { LineTable } from './lines.js';

const enum Tag {
  COMPILE_UNIT = 0x11,
  INLINED_SUBROUTINE = 0x1d,
  SUBPROGRAM = 0x2e,
}

const enum Attribute {
  NAME = 0x03,
  STMT_LIST = 0x10,
  LOW_PC = 0x11,
  HIGH_PC = 0x12,
  COMP_DIR = 0x1b,
  ABSTRACT_ORIGIN = 0x31,
  SPECIFICATION = 0x47,
  RANGES = 0x55,
  CALL_COLUMN = 0x57,
  CALL_FILE = 0x58,
  CALL_LINE = 0x59,
  STR_OFFSETS_BASE = 0x72,
  ADDR_BASE = 0x73,
  RNGLISTS_BASE = 0x74,
}

/** Whether an attribute is one of those above. */
const WANTED = new Set<number>([
  Attribute.NAME,
  Attribute.STMT_LIST,
  Attribute.LOW_PC,
  Attribute.HIGH_PC,
  Attribute.COMP_DIR,
  Attribute.ABSTRACT_ORIGIN,
  Attribute.SPECIFICATION,
  Attribute.RANGES,
  Attribute.CALL_COLUMN,
  Attribute.CALL_FILE,
  Attribute.CALL_LINE,
  Attribute.STR_OFFSETS_BASE,
  Attribute.ADDR_BASE,
  Attribute.RNGLISTS_BASE,
]);

/** Those by which the texts and addresses of a unit are found. */
const BASES = new Set<number>([Attribute.STR_OFFSETS_BASE, Attribute.ADDR_BASE, Attribute.RNGLISTS_BASE]);

const ADDRESS_FORMS = new Set<number>([Form.ADDR, Form.ADDRX, Form.ADDRX1, Form.ADDRX2, Form.ADDRX3, Form.ADDRX4]);

interface Abbreviation {
  tag: number;
  children: boolean;
  /** Attribute, form, constant of IMPLICIT_CONST. */
  attributes: number[];
}

/** An entry: its attributes that matter here, and the forms of those whose meaning depends on it. */
interface Entry {
  tag: number;
  children: boolean;
  values: Map<number, Value>;
  highIsAddress: boolean;
  rangesAreIndexed: boolean;
}

/** A function or the inlined body of one, at `depth` in the tree of entries. */
export interface Scope {
  depth: number;
  /** Ranges of addresses: from, to, from, to … */
  ranges: number[];
  /** Offset in .debug_info of the entry that has the name. */
  entry: number;
  inlined: boolean;
  /** Where it was called, if it is inlined. */
  callFile: number;
  callLine: number;
  callColumn: number;
}

const MAX_REFERENCES = 8;

/** Abbreviations by the offset of their table. */
export type AbbreviationTables = Map<number, Map<number, Abbreviation>>;

/** One compilation unit. Its functions and lines are read when they are asked for. */
export class Unit implements FormContext {
  readonly version: number;
  readonly wide: boolean;
  readonly addressBytes: number;
  readonly end: number;
  readonly strOffsetsBase: number = 0;
  readonly addrBase: number = 0;
  /** What it covers: from, to, from, to … */
  readonly ranges: number[] = [];
  private readonly rnglistsBase: number = 0;
  private readonly firstEntry: number;
  private readonly abbreviations: Map<number, Abbreviation>;
  private readonly lowPc: number = 0;
  private readonly lineProgram: number = -1;
  private readonly folder: string = '';
  private lines: LineTable | null | undefined;
  private scopes: Scope[] | undefined;

  constructor(
    readonly sections: Sections,
    tables: AbbreviationTables,
    readonly offset: number,
  ) {
    const c = new Cursor(sections.info, offset);
    const { wide, end } = c.initialLength();
    this.wide = wide;
    this.end = end;
    c.end = end;
    this.version = c.u16();
    if (this.version < 2 || this.version > 5) throw new RangeError(`DWARF: unit of version ${this.version}`);
    const unitType = this.version >= 5 ? c.u8() : 0;
    const addressFirst = this.version >= 5 ? c.u8() : 0;
    const abbreviations = wide ? c.u64() : c.u32();
    this.addressBytes = this.version >= 5 ? addressFirst : c.u8();
    // Type units have a signature and an offset more, skeleton and split units an identifier.
    if (unitType === 2 || unitType === 6) c.skip(wide ? 16 : 12);
    else if (unitType === 4 || unitType === 5) c.skip(8);
    this.firstEntry = c.at;
    let table = tables.get(abbreviations);
    if (table === undefined) tables.set(abbreviations, (table = readAbbreviations(sections.abbrev, abbreviations)));
    this.abbreviations = table;
    // Bases first: other attributes of the same entry are read by them.
    const bases = this.entry(c, BASES);
    const number = (e: Entry | null, a: Attribute): number => Number(e?.values.get(a) ?? 0);
    this.strOffsetsBase = number(bases, Attribute.STR_OFFSETS_BASE);
    this.addrBase = number(bases, Attribute.ADDR_BASE);
    this.rnglistsBase = number(bases, Attribute.RNGLISTS_BASE);
    c.at = this.firstEntry;
    const root = this.entry(c);
    if (root === null || root.tag !== Tag.COMPILE_UNIT) return;
    this.lowPc = number(root, Attribute.LOW_PC);
    this.lineProgram = Number(root.values.get(Attribute.STMT_LIST) ?? -1);
    this.folder = String(root.values.get(Attribute.COMP_DIR) ?? '');
    this.ranges = this.rangesOf(root);
  }

  covers(address: number): boolean {
    return contains(this.ranges, address);
  }

  lineTable(): LineTable | null {
    if (this.lines === undefined)
      this.lines = this.lineProgram < 0 ? null : new LineTable(this.sections, this.lineProgram, this.folder);
    return this.lines;
  }

  /** Functions and inlined bodies around an address, outermost first. */
  scopesAt(address: number): Scope[] {
    this.scopes ??= this.readScopes();
    return this.scopes.filter((s) => contains(s.ranges, address)).sort((x, y) => x.depth - y.depth);
  }

  /** The name of an entry, or of what it was made from. `unitOf`: the unit that an offset lies in. */
  nameAt(at: number, unitOf: (offset: number) => Unit | null): string | null {
    let unit: Unit | null = this;
    for (let hops = 0; hops < MAX_REFERENCES && unit !== null; hops++) {
      const e: Entry | null = unit.entry(new Cursor(unit.sections.info, at, unit.end));
      const name = e?.values.get(Attribute.NAME);
      if (typeof name === 'string') return name;
      const next: Value | undefined =
        e?.values.get(Attribute.ABSTRACT_ORIGIN) ?? e?.values.get(Attribute.SPECIFICATION);
      if (typeof next !== 'number') return null;
      at = next;
      unit = unit.offset <= at && at < unit.end ? unit : unitOf(at);
    }
    return null;
  }

  private readScopes(): Scope[] {
    const scopes: Scope[] = [];
    const c = new Cursor(this.sections.info, this.firstEntry, this.end);
    let depth = 0;
    while (c.more) {
      const at = c.at;
      const e = this.entry(c);
      if (e === null) {
        if (--depth <= 0) break;
        continue;
      }
      if (e.tag === Tag.SUBPROGRAM || e.tag === Tag.INLINED_SUBROUTINE) {
        const ranges = this.rangesOf(e);
        if (ranges.length > 0)
          scopes.push({
            depth,
            ranges,
            entry: at,
            inlined: e.tag === Tag.INLINED_SUBROUTINE,
            callFile: Number(e.values.get(Attribute.CALL_FILE) ?? 0),
            callLine: Number(e.values.get(Attribute.CALL_LINE) ?? 0),
            callColumn: Number(e.values.get(Attribute.CALL_COLUMN) ?? 0),
          });
      }
      if (e.children) depth++;
      else if (depth === 0) break;
    }
    return scopes;
  }

  /** Reads an entry and moves on to the next; null for the end of a list of children. */
  private entry(c: Cursor, wanted: ReadonlySet<number> = WANTED): Entry | null {
    const code = c.uleb();
    if (code === 0) return null;
    const abbreviation = this.abbreviations.get(code);
    if (abbreviation === undefined) throw new RangeError(`DWARF: unknown abbreviation ${code}`);
    const { tag, children, attributes } = abbreviation;
    const e: Entry = { tag, children, values: new Map(), highIsAddress: false, rangesAreIndexed: false };
    for (let k = 0; k < attributes.length; k += 3) {
      const [attribute, form, implicit] = [attributes[k], attributes[k + 1], attributes[k + 2]];
      if (!wanted.has(attribute)) {
        skipValue(c, form, this);
        continue;
      }
      if (attribute === Attribute.HIGH_PC) e.highIsAddress = ADDRESS_FORMS.has(form);
      if (attribute === Attribute.RANGES) e.rangesAreIndexed = form === Form.RNGLISTX;
      e.values.set(attribute, readValue(c, form, this, implicit));
    }
    return e;
  }

  private rangesOf({ values, highIsAddress, rangesAreIndexed }: Entry): number[] {
    const low = values.get(Attribute.LOW_PC);
    const high = values.get(Attribute.HIGH_PC);
    if (typeof low === 'number' && typeof high === 'number') {
      const to = highIsAddress ? high : low + high;
      return low === 0 || low >= 0xfffffffe ? [] : [low, to];
    }
    const at = values.get(Attribute.RANGES);
    if (typeof at !== 'number') return [];
    return this.version >= 5 ? this.rangeList5(rangesAreIndexed ? this.indexedList(at) : at) : this.rangeList(at);
  }

  /** .debug_ranges, up to version 4. */
  private rangeList(at: number): number[] {
    const c = new Cursor(this.sections.ranges, at);
    const top = this.addressBytes === 8 ? 2 ** 64 : 2 ** 32;
    const ranges: number[] = [];
    for (let base = this.lowPc; ;) {
      const from = c.unsigned(this.addressBytes);
      const to = c.unsigned(this.addressBytes);
      if (from === 0 && to === 0) return ranges;
      if (from >= top - 1) base = to;
      else push(ranges, base + from, base + to);
    }
  }

  private indexedList(index: number): number {
    const size = this.wide ? 8 : 4;
    return this.rnglistsBase + new Cursor(this.sections.rnglists, this.rnglistsBase + size * index).unsigned(size);
  }

  /** .debug_rnglists (section 7.25). */
  private rangeList5(at: number): number[] {
    const c = new Cursor(this.sections.rnglists, at);
    const address = (): number => c.unsigned(this.addressBytes);
    const indexed = (): number => indexedAddress(this, c.uleb());
    const ranges: number[] = [];
    let base = this.lowPc;
    for (;;) {
      switch (c.u8()) {
        case 0:
          return ranges;
        case 1:
          base = indexed();
          break;
        case 2:
          push(ranges, indexed(), indexed());
          break;
        case 3: {
          const from = indexed();
          push(ranges, from, from + c.uleb());
          break;
        }
        case 4:
          push(ranges, base + c.uleb(), base + c.uleb());
          break;
        case 5:
          base = address();
          break;
        case 6:
          push(ranges, address(), address());
          break;
        case 7: {
          const from = address();
          push(ranges, from, from + c.uleb());
          break;
        }
        default:
          throw new RangeError('DWARF: unknown kind of range');
      }
    }
  }
}

/** Ranges of code that the linker has dropped are empty or begin where no code is. */
function push(ranges: number[], from: number, to: number): void {
  if (from < to && from > 0 && from < 0xfffffffe) ranges.push(from, to);
}

function contains(ranges: readonly number[], address: number): boolean {
  for (let k = 0; k < ranges.length; k += 2) if (ranges[k] <= address && address < ranges[k + 1]) return true;
  return false;
}

function readAbbreviations(section: Uint8Array, at: number): Map<number, Abbreviation> {
  const c = new Cursor(section, at);
  const table = new Map<number, Abbreviation>();
  for (let code = c.uleb(); code !== 0; code = c.uleb()) {
    const tag = c.uleb();
    const children = c.u8() !== 0;
    const attributes: number[] = [];
    for (;;) {
      const attribute = c.uleb();
      const form = c.uleb();
      const implicit = form === Form.IMPLICIT_CONST ? c.sleb() : 0;
      if (attribute === 0 && form === 0) break;
      attributes.push(attribute, form, implicit);
    }
    table.set(code, { tag, children, attributes });
  }
  return table;
}
