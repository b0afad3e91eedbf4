/**
 * The `.aot` artefact: a header, a section directory and page-aligned sections, mapped from the file and never copied. Little endian.
 *
 *   0   8  magic                     56  4  flags (1 = explicit bounds checks)
 *   8   4  format version            60  4  required CPU features (x64/features.ts)
 *  12   4  header bytes              64  8  guard bytes behind the 4 GiB of a memory that the code relies on
 *  16   8  file bytes                72  4  number of sections
 *  24  32  SHA-256 of all the rest   80 32  compiler version, UTF-8, zero padded
 * 112  24 each: section id u32, 0 u32, offset u64, bytes u64
 *
 * An artefact is code: whoever can write it can run anything, as with a `.node` file. The hash is there so that damage is an error and never a crash.
 */
import { createHash } from 'node:crypto';
import { AotError } from '../errors.js';
import type { ConstExpr, ExportDesc, FuncType, GlobalType, ImportDesc, MemoryType, TableType } from '../wasm/types.js';
import { featureNames } from '../x64/features.js';
import { VERSION } from '../version.js';
import type { VmLayout } from './layout.js';

export const AOT_MAGIC = Uint8Array.of(0x7f, 0x77, 0x61, 0x6d, 0x72, 0x61, 0x6f, 0x74); // "\x7fwamraot"
export const FORMAT_VERSION = 1;
/** Reserved address space behind the first 4 GiB of a memory that guard-mode code relies on: offsets below 2^31 and the widest access. */
export const GUARD_BYTES = 0x8001_0000;
export const PAGE = 4096;
const HEADER_BYTES = 512;
const MAX_SECTIONS = 16;

export const enum Section {
  /** AotMeta as JSON. */
  META = 1,
  /** Machine code, page-aligned: functions in index order, then stubs. */
  CODE = 2,
  /** u32 count; count × u32 pc offset in CODE, ascending; count × u32 wasm offset; count × u8 trap code (bit 7: the frame does not exist yet). */
  TRAPS = 3,
  /** Per defined function 4 × u32: offset in CODE, bytes, type index, frame bytes. */
  FUNCS = 4,
  /** i32 function indices of element segments (-1 = null), addressed by AotElem.at. */
  ELEMS = 5,
  /** Contents of the data segments that are kept, addressed by AotData.at. */
  DATA = 6,
  /** First pages of memory 0 as active segments leave them, page-aligned; replaces those segments. */
  IMAGE = 7,
  /** u32 count; count × (u32 function index, u32 start, u32 bytes); then UTF-8 text that `start` points into. Ascending by index. */
  NAMES = 8,
  /** Instruction kinds, wasm offsets and counters for profilers (aot/debug-info.ts). */
  DEBUG = 9,
}

export interface AotElem {
  mode: 'active' | 'passive' | 'declarative';
  table: number;
  offset: ConstExpr | null;
  type: number;
  count: number;
  /** Index of the first item in ELEMS, or -1 when `exprs` holds the items. */
  at: number;
  exprs: ConstExpr[] | null;
}

export interface AotData {
  mode: 'active' | 'passive';
  offset: ConstExpr | null;
  /** Byte offset in DATA and size; a segment that is in the image has size 0. */
  at: number;
  size: number;
  /** Already in the image. */
  inImage: boolean;
}

export interface AotMeta {
  compiler: string;
  target: string;
  bounds: 'guard' | 'explicit';
  moduleName: string | null;
  types: FuncType[];
  /** Canonical id of each type, 0 for long ones (aot/layout.ts, signatureId). */
  typeIds: number[];
  imports: ImportDesc[];
  importedFuncs: number;
  importedTables: number;
  importedMemories: number;
  importedGlobals: number;
  /** Type indices of the whole function index space are in FUNCS for defined ones and in `imports` for imported ones. */
  functions: number;
  tables: TableType[];
  memories: MemoryType[];
  globals: GlobalType[];
  globalInits: ConstExpr[];
  exports: ExportDesc[];
  start: number;
  elems: AotElem[];
  datas: AotData[];
  vm: VmLayout;
  /** Offsets in CODE, by type index; -1 where the module does not need one (or the signature has a v128). */
  entryStubs: number[];
  hostStubs: number[];
  /** By imported function index; -1 where no closed table holds it. */
  importStubs: number[];
  /** CallLayout.outBytes by type index. */
  outBytes: number[];
  /** Custom sections for `WebAssembly.Module.customSections`: name and base64 contents. */
  custom: [string, string][];
}

export interface SectionRange {
  offset: number;
  size: number;
}

/** A checked artefact. Section ranges are byte ranges of `bytes`. */
export interface Artefact {
  bytes: Uint8Array;
  meta: AotMeta;
  features: number;
  guardBytes: number;
  /** Hex SHA-256 from the header: identifies the artefact. */
  hash: string;
  section(id: Section): SectionRange | null;
}

/** Assembles an artefact. Sections CODE and IMAGE start on a page, others on 16 bytes. */
export function writeArtefact(meta: AotMeta, features: number, sections: [Section, Uint8Array][]): Uint8Array {
  const all: [Section, Uint8Array][] = [[Section.META, new TextEncoder().encode(JSON.stringify(meta))], ...sections.filter(([, b]) => b.length > 0)];
  let at = HEADER_BYTES;
  const places = all.map(([id, b]) => {
    const align = id === Section.CODE || id === Section.IMAGE ? PAGE : 16;
    at = Math.ceil(at / align) * align;
    const place = at;
    at += b.length;
    return place;
  });
  const total = Math.ceil(at / PAGE) * PAGE;
  const out = new Uint8Array(total);
  const dv = new DataView(out.buffer);
  out.set(AOT_MAGIC, 0);
  dv.setUint32(8, FORMAT_VERSION, true);
  dv.setUint32(12, HEADER_BYTES, true);
  dv.setBigUint64(16, BigInt(total), true);
  dv.setUint32(56, meta.bounds === 'explicit' ? 1 : 0, true);
  dv.setUint32(60, features, true);
  dv.setBigUint64(64, BigInt(meta.bounds === 'explicit' ? 0 : GUARD_BYTES), true);
  dv.setUint32(72, all.length, true);
  out.set(new TextEncoder().encode(VERSION).subarray(0, 32), 80);
  all.forEach(([id, b], i) => {
    const e = 112 + 24 * i;
    dv.setUint32(e, id, true);
    dv.setBigUint64(e + 8, BigInt(places[i]), true);
    dv.setBigUint64(e + 16, BigInt(b.length), true);
    out.set(b, places[i]);
  });
  out.set(hashArtefact(out), 24);
  return out;
}

/** SHA-256 over everything but the hash itself. */
export function hashArtefact(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes.subarray(0, 24)).update(bytes.subarray(56)).digest();
}

/** Whether the bytes start like an artefact (and so are not wasm). */
export function isArtefact(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && AOT_MAGIC.every((x, i) => bytes[i] === x);
}

/**
 * Checks an artefact and decodes its meta section. `machineFeatures` is the running CPU's mask, or null to skip that check (inspection of a foreign artefact).
 * @throws AotError that says what is wrong and what mends it.
 */
export function readArtefact(source: Uint8Array, machineFeatures: number | null, what = 'artefact'): Artefact {
  // Never a Buffer from here on: its `slice` is a view where Uint8Array's is a copy.
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.length);
  const bad = (why: string): AotError => new AotError(`${what}: ${why}`);
  if (!isArtefact(bytes)) throw bad(bytes.length === 0 ? 'the file is empty' : 'not a wamr-native artefact (make one with `wamr-native compile`)');
  if (bytes.length < HEADER_BYTES) throw bad(`truncated: ${bytes.length} bytes, not even a header`);
  const dv = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const format = dv.getUint32(8, true);
  const version = new TextDecoder().decode(bytes.subarray(80, 112)).replace(/\0.*$/s, '');
  if (format !== FORMAT_VERSION) throw bad(`format ${format}, this is wamr-native ${VERSION} with format ${FORMAT_VERSION}; compile the module again`);
  const size = Number(dv.getBigUint64(16, true));
  if (size !== bytes.length) throw bad(`${bytes.length} bytes long where its header says ${size}: truncated or damaged; compile the module again`);
  const stored = Buffer.from(bytes.subarray(24, 56)).toString('hex');
  if (Buffer.from(hashArtefact(bytes)).toString('hex') !== stored) throw bad('SHA-256 does not match: damaged; compile the module again');
  if (version !== VERSION) throw bad(`made by wamr-native ${version}, this is ${VERSION}; compile the module again`);
  const features = dv.getUint32(60, true);
  if (machineFeatures !== null && (features & ~machineFeatures) !== 0)
    throw bad(`needs CPU features that this machine lacks: ${featureNames(features & ~machineFeatures).join(', ')}; compile it for --target x86-64-v2 or on this machine`);
  const guardBytes = Number(dv.getBigUint64(64, true));
  const count = dv.getUint32(72, true);
  if (count > MAX_SECTIONS) throw bad('damaged section directory');
  const ranges = new Map<number, SectionRange>();
  for (let i = 0; i < count; i++) {
    const e = 112 + 24 * i;
    const offset = Number(dv.getBigUint64(e + 8, true));
    const bytesLong = Number(dv.getBigUint64(e + 16, true));
    if (offset + bytesLong > size) throw bad('damaged section directory');
    ranges.set(dv.getUint32(e, true), { offset, size: bytesLong });
  }
  const metaRange = ranges.get(Section.META);
  if (!metaRange) throw bad('no meta section');
  const meta = JSON.parse(new TextDecoder().decode(bytes.subarray(metaRange.offset, metaRange.offset + metaRange.size))) as AotMeta;
  return { bytes, meta, features, guardBytes, hash: stored, section: (id) => ranges.get(id) ?? null };
}

/** Function names of an artefact, decoded when asked for. */
export function readArtefactNames(artefact: Artefact): Map<number, string> {
  const names = new Map<number, string>();
  const range = artefact.section(Section.NAMES);
  if (!range) return names;
  const dv = new DataView(artefact.bytes.buffer, artefact.bytes.byteOffset + range.offset, range.size);
  const count = dv.getUint32(0, true);
  const text = 4 + 12 * count;
  const decoder = new TextDecoder();
  for (let i = 0; i < count; i++) {
    const start = range.offset + text + dv.getUint32(8 + 12 * i, true);
    names.set(dv.getUint32(4 + 12 * i, true), decoder.decode(artefact.bytes.subarray(start, start + dv.getUint32(12 + 12 * i, true))));
  }
  return names;
}
