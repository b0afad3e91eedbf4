/** Values of attributes: the forms of DWARF 2 to 5 (standard, section 7.5.6). */
import { Cursor } from './cursor.js';

export const enum Form {
  ADDR = 0x01,
  BLOCK2 = 0x03,
  BLOCK4 = 0x04,
  DATA2 = 0x05,
  DATA4 = 0x06,
  DATA8 = 0x07,
  STRING = 0x08,
  BLOCK = 0x09,
  BLOCK1 = 0x0a,
  DATA1 = 0x0b,
  FLAG = 0x0c,
  SDATA = 0x0d,
  STRP = 0x0e,
  UDATA = 0x0f,
  REF_ADDR = 0x10,
  REF1 = 0x11,
  REF2 = 0x12,
  REF4 = 0x13,
  REF8 = 0x14,
  REF_UDATA = 0x15,
  INDIRECT = 0x16,
  SEC_OFFSET = 0x17,
  EXPRLOC = 0x18,
  FLAG_PRESENT = 0x19,
  STRX = 0x1a,
  ADDRX = 0x1b,
  REF_SUP4 = 0x1c,
  STRP_SUP = 0x1d,
  DATA16 = 0x1e,
  LINE_STRP = 0x1f,
  REF_SIG8 = 0x20,
  IMPLICIT_CONST = 0x21,
  LOCLISTX = 0x22,
  RNGLISTX = 0x23,
  REF_SUP8 = 0x24,
  STRX1 = 0x25,
  STRX2 = 0x26,
  STRX3 = 0x27,
  STRX4 = 0x28,
  ADDRX1 = 0x29,
  ADDRX2 = 0x2a,
  ADDRX3 = 0x2b,
  ADDRX4 = 0x2c,
}

/** The sections that values lie in. */
export interface Sections {
  readonly info: Uint8Array;
  readonly abbrev: Uint8Array;
  readonly line: Uint8Array;
  readonly str: Uint8Array;
  readonly lineStr: Uint8Array;
  readonly strOffsets: Uint8Array;
  readonly addr: Uint8Array;
  readonly ranges: Uint8Array;
  readonly rnglists: Uint8Array;
}

/** What reading a value needs of the unit that it stands in. */
export interface FormContext {
  readonly sections: Sections;
  readonly version: number;
  /** Whether offsets have 64 bits. */
  readonly wide: boolean;
  readonly addressBytes: number;
  /** Where the unit begins in its section: references within a unit count from there. */
  readonly offset: number;
  readonly strOffsetsBase: number;
  readonly addrBase: number;
}

/** A value: a number (of a reference the offset in the section), a text, or null for a block or a signature. */
export type Value = number | string | null;

/** Reads a value and moves on. `implicit`: the value of IMPLICIT_CONST, from the abbreviation. */
export function readValue(c: Cursor, form: number, u: FormContext, implicit = 0): Value {
  const offsetBytes = u.wide ? 8 : 4;
  switch (form) {
    case Form.ADDR:
      return c.unsigned(u.addressBytes);
    case Form.DATA1:
    case Form.FLAG:
      return c.u8();
    case Form.DATA2:
      return c.u16();
    case Form.DATA4:
      return c.u32();
    case Form.DATA8:
      return c.u64();
    case Form.UDATA:
    case Form.LOCLISTX:
    case Form.RNGLISTX:
      return c.uleb();
    case Form.SDATA:
      return c.sleb();
    case Form.SEC_OFFSET:
      return c.unsigned(offsetBytes);
    case Form.FLAG_PRESENT:
      return 1;
    case Form.IMPLICIT_CONST:
      return implicit;
    case Form.REF1:
    case Form.REF2:
    case Form.REF4:
    case Form.REF8:
      return u.offset + c.unsigned(1 << (form - Form.REF1));
    case Form.REF_UDATA:
      return u.offset + c.uleb();
    case Form.REF_ADDR:
      return c.unsigned(u.version <= 2 ? u.addressBytes : offsetBytes);
    case Form.STRING:
      return c.text();
    case Form.STRP:
      return textAt(u.sections.str, c.unsigned(offsetBytes));
    case Form.LINE_STRP:
      return textAt(u.sections.lineStr, c.unsigned(offsetBytes));
    case Form.STRX:
      return indexedText(u, c.uleb());
    case Form.STRX1:
    case Form.STRX2:
    case Form.STRX3:
    case Form.STRX4:
      return indexedText(u, c.unsigned(form - Form.STRX1 + 1));
    case Form.ADDRX:
      return indexedAddress(u, c.uleb());
    case Form.ADDRX1:
    case Form.ADDRX2:
    case Form.ADDRX3:
    case Form.ADDRX4:
      return indexedAddress(u, c.unsigned(form - Form.ADDRX1 + 1));
    case Form.INDIRECT:
      return readValue(c, c.uleb(), u);
    default:
      skipBlock(c, form, offsetBytes);
      return null;
  }
}

/** Skips a value whose text or address is not needed. */
export function skipValue(c: Cursor, form: number, u: FormContext): void {
  const offsetBytes = u.wide ? 8 : 4;
  switch (form) {
    case Form.STRP:
    case Form.LINE_STRP:
      return c.skip(offsetBytes);
    case Form.STRX:
    case Form.ADDRX:
      return void c.uleb();
    case Form.STRX1:
    case Form.STRX2:
    case Form.STRX3:
    case Form.STRX4:
      return c.skip(form - Form.STRX1 + 1);
    case Form.ADDRX1:
    case Form.ADDRX2:
    case Form.ADDRX3:
    case Form.ADDRX4:
      return c.skip(form - Form.ADDRX1 + 1);
    case Form.STRING:
      while (c.u8() !== 0);
      return;
    default:
      void readValue(c, form, u);
  }
}

/** Forms without a number or a text. */
function skipBlock(c: Cursor, form: number, offsetBytes: number): void {
  switch (form) {
    case Form.BLOCK1:
      return c.skip(c.u8());
    case Form.BLOCK2:
      return c.skip(c.u16());
    case Form.BLOCK4:
      return c.skip(c.u32());
    case Form.BLOCK:
    case Form.EXPRLOC:
      return c.skip(c.uleb());
    case Form.DATA16:
      return c.skip(16);
    case Form.REF_SIG8:
    case Form.REF_SUP8:
      return c.skip(8);
    case Form.REF_SUP4:
      return c.skip(4);
    case Form.STRP_SUP:
      return c.skip(offsetBytes);
    default:
      throw new RangeError(`DWARF: unknown form 0x${form.toString(16)}`);
  }
}

const textAt = (section: Uint8Array, at: number): string => new Cursor(section, at).text();

function indexedText(u: FormContext, index: number): string {
  const size = u.wide ? 8 : 4;
  const at = new Cursor(u.sections.strOffsets, u.strOffsetsBase + size * index).unsigned(size);
  return textAt(u.sections.str, at);
}

/** Entry of .debug_addr. */
export function indexedAddress(u: FormContext, index: number): number {
  return new Cursor(u.sections.addr, u.addrBase + u.addressBytes * index).unsigned(u.addressBytes);
}
