/**
 * The `.aot` artefact: a header, a section directory and page-aligned sections, little endian. The addon copies the
 * code to executable memory and reads the tables where they are (native/code.cc).
 *
 * The header's fields and the rows of the directory, which follows them, are in abi/artefact.ts.
 *
 * The hash is SHA-256 over the header's other bytes and the SHA-256 of each MiB of the file (of the first one without
 * the header), so that several threads can compute it: native/hash.cc does, and `hashArtefact` here where there is no
 * addon.
 *
 * An artefact is code: whoever can write it can run anything, as with a `.node` file. The hash makes damage an error
 * instead of a crash; it is no protection.
 */
import { AotError } from '../errors.js';
import { crypto } from '../util/builtin.js';
import type { ConstExpr, ExportDesc, GlobalType, ImportDesc, MemoryType, TableType, TypeDef } from '../wasm/types.js';
import { PROPOSALS } from '../wasm/proposals.js';
import { architectureName } from '../abi/architectures.js';
import { DirectoryRow, GUARD_BYTES, HASH_LEAF, Header, imagePage, SECTION_PAGE } from '../abi/artefact.js';
import { VERSION } from '../version.js';
import { baselineOf, featureNames, hasRedZone, requiredFeatures, type Target, WITHOUT_RED_ZONE } from './targets.js';
import type { VmLayout } from '../abi/vmctx.js';

export const AOT_MAGIC = Uint8Array.of(0x7f, 0x77, 0x61, 0x6d, 0x72, 0x61, 0x6f, 0x74); // "\x7fwamraot"
export const FORMAT_VERSION = 12;
const MAX_SECTIONS = 16;

export const enum Section {
  /** AotMeta as JSON. */
  META = 1,
  /** Machine code, page-aligned: functions (in index order, those that a profile shows to be hot first), then stubs. */
  CODE = 2,
  /**
   * u32 count; count × u32 pc offset in CODE, ascending; count × u32 wasm offset (from 2^31 on: row of INLINED); count
   * × u8 trap code (and TRAP_NO_FRAME).
   */
  TRAPS = 3,
  /** A `FunctionRow` for each defined function. */
  FUNCS = 4,
  /** i32 items of all element segments (wasm/elements.ts). */
  ELEMS = 5,
  /** Contents of the data segments that are kept, addressed by AotData.at. */
  DATA = 6,
  /** First pages of memory 0 as active segments leave them, page-aligned; replaces those segments. */
  IMAGE = 7,
  /**
   * u32 count; count × (u32 function index, u32 start, u32 bytes); then UTF-8 text that `start` points into. Ascending
   * by index.
   */
  NAMES = 8,
  /** Instruction kinds, wasm offsets and counters for profilers (aot/debug-info.ts). */
  DEBUG = 9,
  /** u32 offsets in CODE that instances hold as addresses from `VmLayout.dispatch` on. */
  DISPATCH = 10,
  /**
   * Places in inlined bodies: rows of u32 function index, wasm offset, wasm offset of the call that the body was
   * inlined at (from 2^31 on: an earlier row).
   */
  INLINED = 11,
  /** A `WrapRow` for each access whose address may wrap at 2^32, by ascending offset. */
  WRAPS = 12,
  /**
   * Landing pads: rows of u32 return address of a call and u32 start of the code that an exception thrown by it goes to,
   * offsets in CODE, ascending.
   */
  HANDLERS = 15,
  /** Rows of the element segments (wasm/elements.ts). */
  ELEM_ROWS = 13,
  /** Custom sections (aot/custom-sections.ts). */
  CUSTOM = 14,
  /** The module that it was made of, where that was compiled for coverage. */
  MODULE = 16,
}

/** A data segment that is not in the image. */
export interface AotData {
  /** Number of the segment. */
  index: number;
  mode: 'active' | 'passive';
  memory: number;
  offset: ConstExpr | null;
  /** Byte offset in DATA and size. */
  at: number;
  size: number;
}

export interface AotMeta {
  compiler: string;
  target: string;
  bounds: 'guard' | 'explicit';
  /** Compiled for the same results on every machine (the option). */
  deterministic: boolean;
  /**
   * The proposals beyond WebAssembly 2.0 that the module uses (wasm/proposals.ts): an engine that has not all of them
   * refuses the artefact. By name, so that it can name those that it has never heard of.
   */
  proposals: string[];
  /** Compiled with a profile of this module. */
  profiled: boolean;
  moduleName: string | null;
  /** `WasmModule.codeStart`. */
  codeStart: number;
  types: TypeDef[];
  /** By type index: `WasmModule.typeCanon`. */
  canonicalTypes: number[];
  imports: ImportDesc[];
  importedFuncs: number;
  importedTables: number;
  importedMemories: number;
  importedGlobals: number;
  importedTags: number;
  /**
   * Type indices of the whole function index space are in FUNCS for defined ones and in `imports` for imported ones.
   */
  functions: number;
  tables: TableType[];
  memories: MemoryType[];
  globals: GlobalType[];
  /** Type indices of the tags, imports first. */
  tags: number[];
  /** Of the tables and globals that are no imports (wasm/types.ts). */
  tableInits: (ConstExpr | null)[];
  globalInits: ConstExpr[];
  exports: ExportDesc[];
  start: number;
  /** Expressions of the element segments (`ElementSegments.exprs`). */
  elemExprs: ConstExpr[];
  /** Number of data segments, those in the image too. */
  dataCount: number;
  datas: AotData[];
  vm: VmLayout;
  /**
   * Offsets in CODE, by type index; -1 where the module does not need one (of an entry stub: or the signature has a
   * v128).
   */
  entryStubs: number[];
  /** … of a leaf stub: or the signature takes arguments or results by the stack, or the machine has none. */
  leafStubs: number[];
  hostStubs: number[];
  /** By imported function index; -1 where no closed table holds it. */
  importStubs: number[];
  /** CallLayout.outBytes by type index. */
  outBytes: number[];
}

export interface SectionRange {
  offset: number;
  size: number;
}

/** Where an artefact is read from: bytes, or a file of which only the small parts are read. */
export interface ArtefactSource {
  size: number;
  /** May return a view. Throws, or returns less, beyond the end. */
  read(offset: number, size: number): Uint8Array;
  /**
   * `hashArtefact` of the whole; what is read from then on is what was hashed. `code`: where that section is, by a
   * header that is not checked yet, nor is the hash that it gives, `stored`.
   */
  hash(code: SectionRange, stored: Uint8Array): Uint8Array;
}

/** A checked artefact. */
export interface Artefact {
  meta: AotMeta;
  /** The machine and the CPU features that it needs. */
  needs: Target;
  guardBytes: number;
  /** Size of the whole. */
  bytes: number;
  /** Hex hash from the header: identifies the artefact. */
  hash: string;
  /** Where a section is in the file. */
  section(id: Section): SectionRange | null;
  /** Contents of a section, empty when there is none; as long as the source can be read. */
  read(id: Section): Uint8Array;
}

/** Contents of a section: bytes, or what writes them to where they are to be, as large ones are not made twice. */
export type Contents = Uint8Array | { length: number; writeTo(place: Uint8Array): void };

/** Assembles an artefact. Sections CODE and IMAGE start on pages (abi/artefact.ts), others on 16 bytes. */
export function writeArtefact(
  meta: AotMeta,
  needs: Target,
  sections: [Section, Contents][],
  hash = hashArtefact,
): Uint8Array {
  const all: [Section, Contents][] = [
    [Section.META, utf8(JSON.stringify(meta))],
    ...sections.filter(([, b]) => b.length > 0),
  ];
  let at = Header.BYTES;
  const places = all.map(([id, b]) => {
    const align = id === Section.CODE ? SECTION_PAGE : id === Section.IMAGE ? imagePage(needs.architecture) : 16;
    at = Math.ceil(at / align) * align;
    const place = at;
    at += b.length;
    return place;
  });
  const total = Math.ceil(at / SECTION_PAGE) * SECTION_PAGE;
  const out = new Uint8Array(total);
  const dv = new DataView(out.buffer);
  out.set(AOT_MAGIC, Header.MAGIC);
  dv.setUint32(Header.FORMAT, FORMAT_VERSION, true);
  dv.setUint32(Header.HEADER_BYTES, Header.BYTES, true);
  dv.setBigUint64(Header.FILE_BYTES, BigInt(total), true);
  dv.setUint32(Header.FLAGS, meta.bounds === 'explicit' ? 1 : 0, true);
  dv.setUint32(Header.FEATURES, needs.features, true);
  dv.setBigUint64(Header.GUARD_BYTES, BigInt(meta.bounds === 'explicit' ? 0 : GUARD_BYTES), true);
  dv.setUint32(Header.SECTIONS, all.length, true);
  dv.setUint32(Header.ARCHITECTURE, needs.architecture, true);
  out.set(utf8(VERSION).subarray(0, Header.DIRECTORY - Header.VERSION), Header.VERSION);
  all.forEach(([id, b], i) => {
    const e = Header.DIRECTORY + DirectoryRow.SIZE * i;
    dv.setUint32(e + DirectoryRow.ID, id, true);
    dv.setBigUint64(e + DirectoryRow.OFFSET, BigInt(places[i]), true);
    dv.setBigUint64(e + DirectoryRow.BYTES, BigInt(b.length), true);
    if ('writeTo' in b) b.writeTo(out.subarray(places[i], places[i] + b.length));
    else out.set(b, places[i]);
  });
  out.set(hash(out), Header.HASH);
  return out;
}

/** Text as bytes of the realm that this runs in. */
export const utf8 = (text: string): Uint8Array => new Uint8Array(new TextEncoder().encode(text));

/** Bytes as hexadecimal digits. */
function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const b of new Uint8Array(bytes)) text += (b < 16 ? '0' : '') + b.toString(16);
  return text;
}

/** The hash of an artefact (see the head of this file). */
export function hashArtefact(bytes: Uint8Array): Uint8Array {
  const { createHash } = crypto();
  const top = createHash('sha256')
    .update(bytes.subarray(0, Header.HASH))
    .update(bytes.subarray(Header.HASH_END, Header.BYTES));
  for (let at = 0; at < bytes.length; at += HASH_LEAF)
    top.update(
      createHash('sha256')
        .update(bytes.subarray(at || Header.BYTES, at + HASH_LEAF))
        .digest(),
    );
  return top.digest();
}

/** Whether the bytes start like an artefact (and so are not wasm). */
export function isArtefact(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && AOT_MAGIC.every((x, i) => bytes[i] === x);
}

/** An artefact in memory as a source; `hash` where something faster than `hashArtefact` is at hand. */
export function bytesSource(
  source: Uint8Array,
  hash: (bytes: Uint8Array) => Uint8Array = hashArtefact,
): ArtefactSource {
  // Never a Buffer from here on: its `slice` is a view where Uint8Array's is a copy.
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.length);
  return { size: bytes.length, read: (offset, size) => bytes.subarray(offset, offset + size), hash: () => hash(bytes) };
}

/**
 * Checks an artefact and decodes its meta section. `machine` is what the running one can, or null to skip that check
 * (inspection of a foreign artefact).
 * @throws AotError that says what is wrong and what mends it.
 */
export function readArtefact(source: ArtefactSource, machine: Target | null, what = 'artefact'): Artefact {
  const bad = (why: string): AotError => new AotError(`${what}: ${why}`);
  const first = source.read(0, Header.BYTES);
  if (!isArtefact(first))
    throw bad(
      source.size === 0 ? 'the file is empty' : 'not a wamr-native artefact (make one with `wamr-native compile`)',
    );
  if (first.length < Header.BYTES) throw bad(`truncated: ${first.length} bytes, not even a header`);
  const unchecked = viewOf(first);
  const format = unchecked.getUint32(Header.FORMAT, true);
  if (format !== FORMAT_VERSION)
    throw bad(
      `format ${format}, this is wamr-native ${VERSION} with format ${FORMAT_VERSION}; compile the module again`,
    );
  const size = Number(unchecked.getBigUint64(Header.FILE_BYTES, true));
  if (size !== source.size)
    throw bad(
      `${source.size} bytes long where its header says ${size}: truncated or damaged; compile the module again`,
    );
  const code = readDirectory(unchecked, size)?.get(Section.CODE) ?? NOWHERE;
  const hash = hexOf(source.hash(code, first.subarray(Header.HASH, Header.HASH_END)));
  const head = source.read(0, Header.BYTES);
  const dv = viewOf(head);
  const stored = hexOf(head.subarray(Header.HASH, Header.HASH_END));
  if (hash !== stored) throw bad('SHA-256 does not match: damaged; compile the module again');
  const version = new TextDecoder().decode(head.subarray(Header.VERSION, Header.DIRECTORY)).split('\0')[0];
  if (version !== VERSION) throw bad(`made by wamr-native ${version}, this is ${VERSION}; compile the module again`);
  const architecture = dv.getUint32(Header.ARCHITECTURE, true);
  const features = dv.getUint32(Header.FEATURES, true);
  if (machine !== null) checkMachine({ architecture, features }, machine, bad);
  const guardBytes = Number(dv.getBigUint64(Header.GUARD_BYTES, true));
  const ranges = readDirectory(dv, size);
  if (ranges === null) throw bad('damaged section directory');
  const read = (id: Section): Uint8Array => {
    const range = ranges.get(id);
    return range === undefined ? new Uint8Array(0) : source.read(range.offset, range.size);
  };
  if (!ranges.has(Section.META)) throw bad('no meta section');
  const meta = readMeta(read(Section.META));
  if (meta === null) throw bad('its description is no JSON; compile the module again');
  if (machine !== null) checkProposals(meta.proposals, what);
  return {
    meta,
    needs: { architecture, features },
    guardBytes,
    bytes: size,
    hash: stored,
    section: (id) => ranges.get(id) ?? null,
    read,
  };
}

const NOWHERE: SectionRange = { offset: 0, size: 0 };
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function readMeta(section: Uint8Array): AotMeta | null {
  try {
    const meta: unknown = JSON.parse(new TextDecoder().decode(section));
    return typeof meta === 'object' ? (meta as AotMeta) : null;
  } catch {
    return null;
  }
}

function checkMachine(needs: Target, machine: Target, bad: (why: string) => AotError): void {
  if (needs.architecture !== machine.architecture)
    throw bad(
      `made for ${architectureName(needs.architecture)}, this machine is ${architectureName(machine.architecture)}; compile the module on this machine or for --target ${baselineOf(machine.architecture)}`,
    );
  if (hasRedZone(needs) && !hasRedZone(machine))
    throw bad(
      `made for Linux or macOS, this is Windows, where code may have nothing below the stack pointer; compile it for --target ${WITHOUT_RED_ZONE} or on this machine`,
    );
  const features = requiredFeatures(needs) & ~machine.features;
  if (features !== 0)
    throw bad(
      `needs CPU features that this machine lacks: ${featureNames({ ...needs, features }).join(', ')}; compile it for --target ${baselineOf(needs.architecture)} or on this machine`,
    );
}

function checkProposals(used: readonly string[], what: string): void {
  for (const name of used)
    if (!PROPOSALS.some((p) => p.name === name && p.supported))
      throw new AotError(
        `${what}: its module uses the proposal '${name}', which this engine does not support; run it with the wamr-native that compiled it`,
        name,
      );
}

/** Where the code is by the header of a file of so many bytes, of which nothing is checked yet; null where it has none. */
export function codeRange(header: Uint8Array, fileSize: number): SectionRange | null {
  const dv = viewOf(header);
  const fits = isArtefact(header) && dv.getUint32(Header.FORMAT, true) === FORMAT_VERSION;
  return fits ? (readDirectory(dv, fileSize)?.get(Section.CODE) ?? null) : null;
}

/** Sections by id; null when one is not inside the file. */
function readDirectory(header: DataView, fileSize: number): Map<number, SectionRange> | null {
  const count = header.getUint32(Header.SECTIONS, true);
  if (count > MAX_SECTIONS) return null;
  const ranges = new Map<number, SectionRange>();
  for (let i = 0; i < count; i++) {
    const e = Header.DIRECTORY + DirectoryRow.SIZE * i;
    const offset = Number(header.getBigUint64(e + DirectoryRow.OFFSET, true));
    const size = Number(header.getBigUint64(e + DirectoryRow.BYTES, true));
    if (offset + size > fileSize) return null;
    ranges.set(header.getUint32(e + DirectoryRow.ID, true), { offset, size });
  }
  return ranges;
}

/** Decodes the contents of a NAMES section: function names by index. */
export function readFunctionNames(section: Uint8Array): Map<number, string> {
  const names = new Map<number, string>();
  if (section.length === 0) return names;
  const dv = new DataView(section.buffer, section.byteOffset, section.length);
  const count = dv.getUint32(0, true);
  const text = 4 + 12 * count;
  const decoder = new TextDecoder();
  for (let i = 0; i < count; i++) {
    const start = text + dv.getUint32(8 + 12 * i, true);
    names.set(
      dv.getUint32(4 + 12 * i, true),
      decoder.decode(section.subarray(start, start + dv.getUint32(12 + 12 * i, true))),
    );
  }
  return names;
}
