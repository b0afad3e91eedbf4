/** Object files that describe code in memory, for debuggers: ELF with absolute addresses, without the code itself. */
import type { Architecture } from '../abi/architectures.js';
import { ByteWriter } from './bytes.js';

export interface ElfSymbol {
  name: string;
  address: number;
  bytes: number;
}

const enum SectionType {
  PROGBITS = 1,
  SYMTAB = 2,
  STRTAB = 3,
  NOBITS = 8,
}

interface Section {
  name: string;
  type: SectionType;
  contents: Uint8Array;
  flags?: number;
  address?: number;
  size?: number;
  link?: number;
  info?: number;
  entry?: number;
}

const HEADER_BYTES = 64;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;
const ET_REL = 1;
/** SHF_ALLOC | SHF_EXECINSTR. */
const CODE_FLAGS = 6;
/** STB_GLOBAL, STT_FUNC. */
const GLOBAL_FUNCTION = 0x12;
const TEXT = 1;

/** An object file with these symbols of the code at an address, and further sections by name. */
export function elfFile(
  machine: Architecture,
  text: { address: number; bytes: number },
  symbols: readonly ElfSymbol[],
  others: Readonly<Record<string, Uint8Array>>,
): Uint8Array {
  const strings = new ByteWriter().text('');
  const table = new ByteWriter().append(Buffer.alloc(SYMBOL_BYTES));
  for (const { name, address, bytes } of symbols) {
    table
      .u32(strings.n)
      .u8(GLOBAL_FUNCTION, 0)
      .u16(TEXT)
      .u64(address - text.address)
      .u64(bytes);
    strings.text(name);
  }
  const none = new Uint8Array(0);
  const sections: Section[] = [
    { name: '', type: 0 as SectionType, contents: none },
    {
      name: '.text',
      type: SectionType.NOBITS,
      contents: none,
      flags: CODE_FLAGS,
      address: text.address,
      size: text.bytes,
    },
    { name: '.symtab', type: SectionType.SYMTAB, contents: table.take(), link: 3, info: 1, entry: SYMBOL_BYTES },
    { name: '.strtab', type: SectionType.STRTAB, contents: strings.take() },
    ...Object.entries(others).map(([name, contents]) => ({ name, type: SectionType.PROGBITS, contents })),
  ];
  const names = new ByteWriter();
  const nameAt = [...sections.map((s) => s.name), '.shstrtab'].map((name) => {
    const at = names.n;
    names.text(name);
    return at;
  });
  sections.push({ name: '.shstrtab', type: SectionType.STRTAB, contents: names.take() });
  const w = new ByteWriter().append(Buffer.alloc(HEADER_BYTES));
  const places = sections.map(({ contents }) => {
    w.align(8);
    const at = w.n;
    w.append(contents);
    return at;
  });
  w.align(8);
  const headers = w.n;
  sections.forEach((s, k) => {
    w.u32(nameAt[k])
      .u32(s.type)
      .u64(s.flags ?? 0)
      .u64(s.address ?? 0)
      .u64(k === 0 ? 0 : places[k]);
    w.u64(s.size ?? s.contents.length)
      .u32(s.link ?? 0)
      .u32(s.info ?? 0)
      .u64(k === 0 ? 0 : 8)
      .u64(s.entry ?? 0);
  });
  const file = w.take();
  file.set(header(machine, headers, sections.length), 0);
  return new Uint8Array(file);
}

function header(machine: Architecture, sectionsAt: number, sections: number): Buffer {
  const w = new ByteWriter();
  w.append(Buffer.from('\x7fELF\x02\x01\x01', 'latin1')).append(Buffer.alloc(9));
  w.u16(ET_REL).u16(machine).u32(1).u64(0).u64(0).u64(sectionsAt).u32(0);
  w.u16(HEADER_BYTES)
    .u16(0)
    .u16(0)
    .u16(SECTION_BYTES)
    .u16(sections)
    .u16(sections - 1);
  return w.take();
}
