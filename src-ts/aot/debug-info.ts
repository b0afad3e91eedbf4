/**
 * The artefact's DEBUG section: for profilers, which machine code comes from which wasm operator, of which kind
 * (codegen/kinds.ts), in which unit; and, in an artefact built to count, where the counters are.
 *
 * Section: u32 n defined functions; u32 offset of the counters in the vmctx (NO_COUNTERS: none); n rows of six u32:
 * start and bytes of the function's record from the end of the rows, first counter, wasm offset of the body, two words
 * of the body's SHA-256. Records are LEB128 numbers: bytes of instructions, nb, ne, cold units, votes, places; nb signed steps
 * of the blocks' wasm offsets, each doubled, plus 1 and followed by its number for a part (`Func.part`); ne pairs
 * (from, to doubled), plus 1 and followed by length and contents for an edge with a way (`Func.ways`, offsets from the
 * start of the body); pairs (wasm offset, unit) of the votes; pairs (offset in the module, unit) of the places; runs up to the end: kind (+ 128: the unit changes), step
 * of the code offset, signed step of the wasm offset, the unit if it changes. Wasm offsets count from the start of the
 * body.
 */
import type { Func } from '../ir/func.js';
import { bodyKey } from '../ir/profile.js';
import { readU32, skipLeb } from '../wasm/leb.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { Unit } from '../codegen/kinds.js';
import { outermostPos } from './inlined.js';

export const NO_COUNTERS = 0xffffffff;
const ROW_WORDS = 6;
/** Numbers for each block that a way leaves out. */
export const WAY_STEP = 3;
const UNIT_CHANGES = 0x80;

/** LEB128 writer into a growing array. */
class Writer {
  bytes = new Uint8Array(4096);
  n = 0;

  clear(): void {
    this.n = 0;
  }

  byte(x: number): void {
    if (this.n === this.bytes.length) {
      const bigger = new Uint8Array(this.n * 2);
      bigger.set(this.bytes);
      this.bytes = bigger;
    }
    this.bytes[this.n++] = x;
  }

  unsigned(x: number): void {
    for (; x > 0x7f; x >>>= 7) this.byte((x & 0x7f) | 0x80);
    this.byte(x);
  }

  signed(x: number): void {
    this.unsigned(((x << 1) ^ (x >> 31)) >>> 0);
  }
}

/** Counters that a function needs: one a unit. */
export const unitCount = (f: Func, cold: number): number => Unit.BLOCKS + f.nb + f.ne + cold;

/** Decoded record of a function. Wasm offsets count from the start of the module. */
export interface DebugRecord {
  codeBytes: number;
  /** First 16 hex digits of the SHA-256 of the body. */
  hash: string;
  bodyStart: number;
  nb: number;
  ne: number;
  cold: number;
  blockPos: Int32Array;
  /** As `Func.part`. */
  part: Uint8Array;
  edgeFrom: Int32Array;
  edgeTo: Int32Array;
  /** By edge: what follows the length in `Func.ways`, offsets from the start of the body; null without a way. */
  ways: (readonly number[] | null)[];
  /** Pairs: wasm offset of an indirect call whose targets are counted, its first vote unit. */
  votes: Int32Array;
  /** Pairs, in a build for coverage: offset of an operator in the module, unit that counts that execution comes there. */
  places: Int32Array;
  /** Number of the function's first counter. */
  firstCounter: number;
  /** Runs: code offset in the function, kind, wasm offset, unit. */
  runs: { at: Int32Array; kind: Uint8Array; pos: Int32Array; unit: Int32Array };
}

export class DebugInfo {
  private readonly dv: DataView;
  readonly functions: number;
  /** Offset of the counters in the vmctx, or -1. */
  readonly counters: number;

  /** @param bytes the DEBUG section. */
  constructor(private readonly bytes: Uint8Array) {
    this.dv = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.functions = this.dv.getUint32(0, true);
    const counters = this.dv.getUint32(4, true);
    this.counters = counters === NO_COUNTERS ? -1 : counters;
  }

  /** Decodes the record of a defined function. */
  record(defined: number): DebugRecord {
    const { dv, bytes } = this;
    const row = 8 + 4 * ROW_WORDS * defined;
    let p = 8 + 4 * ROW_WORDS * this.functions + dv.getUint32(row, true);
    const end = p + dv.getUint32(row + 4, true);
    const unsigned = (): number => {
      const at = p;
      p = skipLeb(bytes, at);
      return readU32(bytes, at);
    };
    const signed = (): number => {
      const x = unsigned();
      return (x >>> 1) ^ -(x & 1);
    };
    const bodyStart = dv.getUint32(row + 12, true);
    const codeBytes = unsigned();
    const [nb, ne, cold, nVotes, nPlaces] = [unsigned(), unsigned(), unsigned(), unsigned(), unsigned()];
    const blockPos = new Int32Array(nb);
    const part = new Uint8Array(nb);
    for (let b = 0, pos = bodyStart; b < nb; b++) {
      const step = signed();
      blockPos[b] = pos += step >> 1;
      if ((step & 1) !== 0) part[b] = unsigned();
    }
    const edgeFrom = new Int32Array(ne);
    const edgeTo = new Int32Array(ne);
    const ways: DebugRecord['ways'] = [];
    for (let e = 0; e < ne; e++) {
      edgeFrom[e] = unsigned();
      const to = unsigned();
      edgeTo[e] = to >> 1;
      ways.push((to & 1) === 0 ? null : Array.from({ length: unsigned() }, unsigned));
    }
    const votes = new Int32Array(2 * nVotes);
    for (let k = 0; k < votes.length; k += 2) {
      votes[k] = bodyStart + unsigned();
      votes[k + 1] = unsigned();
    }
    const places = Int32Array.from({ length: 2 * nPlaces }, unsigned);
    const list: number[] = [];
    for (let at = 0, pos = bodyStart, unit = 0; p < end;) {
      const kind = bytes[p++];
      at += unsigned();
      pos += signed();
      if ((kind & UNIT_CHANGES) !== 0) unit = unsigned();
      list.push(at, kind & 0x7f, pos, unit);
    }
    const column = (k: number): number[] => list.filter((_, i) => (i & 3) === k);
    return {
      codeBytes,
      hash: Buffer.from(bytes.subarray(row + 16, row + 24)).toString('hex'),
      bodyStart,
      nb,
      ne,
      cold,
      blockPos,
      part,
      edgeFrom,
      edgeTo,
      ways,
      votes,
      places,
      firstCounter: dv.getUint32(row + 8, true),
      runs: {
        at: Int32Array.from(column(0)),
        kind: Uint8Array.from(column(1)),
        pos: Int32Array.from(column(2)),
        unit: Int32Array.from(column(3)),
      },
    };
  }
}

/** Writes the records of functions; a result is valid until the next call. */
export class DebugRecords {
  private readonly writer = new Writer();

  /**
   * The record of one function. `debug`: triples (code offset, wasm offset, kind | unit << 8) of `FinishedCode`,
   * `codeBytes` where instructions end, `cold` the number of cold units, `votes` and `places` as `voteUnits` and
   * `placeUnits` give them. The result is valid until the next call.
   */
  encode(
    f: Func,
    debug: Int32Array,
    codeBytes: number,
    cold: number,
    votes: Int32Array,
    places: Int32Array,
    bodyStart: number,
  ): Uint8Array {
    this.writer.clear();
    this.writer.unsigned(codeBytes);
    this.writer.unsigned(f.nb);
    this.writer.unsigned(f.ne);
    this.writer.unsigned(cold);
    this.writer.unsigned(votes.length / 2);
    this.writer.unsigned(places.length / 2);
    let pos = 0;
    for (let b = 0; b < f.nb; b++) {
      const at = Math.max(0, f.blockPos[b] - bodyStart);
      this.writer.signed(2 * (at - pos) + (f.part[b] !== 0 ? 1 : 0));
      if (f.part[b] !== 0) this.writer.unsigned(f.part[b]);
      pos = at;
    }
    for (let e = 0; e < f.ne; e++) {
      this.writer.unsigned(f.edgeFrom[e]);
      this.writer.unsigned(2 * f.edgeTo[e] + (f.wayAt[e] >= 0 ? 1 : 0));
      if (f.wayAt[e] >= 0) this.writeWay(f, f.wayAt[e], bodyStart);
    }
    for (let k = 0; k < votes.length; k += 2) {
      this.writer.unsigned(votes[k] - bodyStart);
      this.writer.unsigned(votes[k + 1]);
    }
    for (let k = 0; k < places.length; k++) this.writer.unsigned(places[k]);
    let offset = 0;
    let what = -1;
    let unit: number = Unit.NONE;
    pos = 0;
    for (let i = 0; i < debug.length; i += 3) {
      // Nothing was emitted for it.
      if (i + 3 < debug.length && debug[i + 3] === debug[i]) continue;
      const at = Math.max(0, outermostPos(f, debug[i + 1]) - bodyStart);
      if (debug[i + 2] === what && at === pos) continue;
      what = debug[i + 2];
      const changes = what >>> 8 !== unit;
      this.writer.byte((what & 0x7f) | (changes ? UNIT_CHANGES : 0));
      this.writer.unsigned(debug[i] - offset);
      this.writer.signed(at - pos);
      offset = debug[i];
      pos = at;
      if (changes) this.writer.unsigned((unit = what >>> 8));
    }
    return this.writer.bytes.subarray(0, this.writer.n);
  }

  private writeWay({ ways }: Func, at: number, bodyStart: number): void {
    const n = ways.a[at];
    this.writer.unsigned(n);
    for (let k = 0; k < n; k++) {
      const x = ways.a[at + 1 + k];
      this.writer.unsigned(k % WAY_STEP === 1 ? Math.max(0, x - bodyStart) : x);
    }
  }
}

/**
 * Assembles the section from the functions' records, by defined index. `counters`: offset in the vmctx or -1;
 * `firstCounter` by defined index.
 */
export function writeDebugSection(
  m: WasmModule,
  records: Uint8Array[],
  counters: number,
  firstCounter: Int32Array,
): Uint8Array {
  const n = records.length;
  const head = 8 + 4 * ROW_WORDS * n;
  const out = new Uint8Array(head + records.reduce((sum, r) => sum + r.length, 0));
  const dv = new DataView(out.buffer);
  dv.setUint32(0, n, true);
  dv.setUint32(4, counters < 0 ? NO_COUNTERS : counters, true);
  let at = 0;
  for (let d = 0; d < n; d++) {
    const row = 8 + 4 * ROW_WORDS * d;
    dv.setUint32(row, at, true);
    dv.setUint32(row + 4, records[d].length, true);
    dv.setUint32(row + 8, firstCounter[d], true);
    dv.setUint32(row + 12, m.bodyStart[d], true);
    out.set(Buffer.from(bodyKey(m.bytes.subarray(m.bodyStart[d], m.bodyEnd[d])), 'hex'), row + 16);
    out.set(records[d], head + at);
    at += records[d].length;
  }
  return out;
}
