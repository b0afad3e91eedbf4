/** The tables of an artefact, decoded for display: functions, trap sites, names. */
import path from 'node:path';
import { frameBytes, FunctionRow as Row, typeOfRow } from '../abi/artefact.js';
import { type SourceLookup, sourceLookup } from '../aot/custom-sections.js';
import { expandPlace } from '../aot/inlined.js';
import { type Artefact, bytesSource, readArtefact, readFunctionNames, Section } from '../aot/format.js';
import { TRAPS } from '../abi/trap-codes.js';
import type { DisasmLine } from '../aot/disassembly.js';
import { ExternKind, type FuncType } from '../wasm/types.js';
import type { ModuleShape } from './describe.js';

/** A compiled function. */
export interface FunctionRow {
  /** Function index, imports first. */
  index: number;
  name: string | null;
  type: FuncType;
  /** Offset in the code section. */
  offset: number;
  bytes: number;
  /** From the stack pointer after the prologue to the return address. */
  frameBytes: number;
}

/** A place in the code that the tables know. */
export interface Site {
  /** Offset in the code section: of the instruction that faults, or the return address of a call. */
  pc: number;
  /** Offset in the wasm module. */
  wasmOffset: number;
  /** The specification's text of the trap; null for the return address of an ordinary call. */
  trap: string | null;
}

/** Whether a line of a listing is a call, on any machine. */
export const isCall = (text: string): boolean => /^(call|blr?) /.test(text);

/**
 * The sites of the instructions of a function, by line of its listing. A fault is known by the instruction's own
 * address, a call by its return address, which is the address of what stands behind it: each site belongs to one line.
 * @param base offset of the function in the code section
 * @param sites of the whole code section, ascending
 */
export function sitesByLine(lines: readonly DisasmLine[], base: number, sites: readonly Site[]): (Site | null)[] {
  let s = lowerBound(sites, base);
  return lines.map(({ offset, length, text }) => {
    const pc = base + offset + (isCall(text) ? length : 0);
    while (s < sites.length && sites[s].pc < pc) s++;
    return s < sites.length && sites[s].pc === pc ? sites[s++] : null;
  });
}

/** First site with a pc that is not below. */
function lowerBound(sites: readonly Site[], pc: number): number {
  let low = 0;
  let high = sites.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sites[middle].pc < pc) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class ArtefactView {
  readonly artefact: Artefact;
  readonly functions: FunctionRow[];
  readonly code: Uint8Array;
  private lookup: SourceLookup | null | undefined;

  /** Checks the artefact as loading does, but for the CPU features: an artefact for another machine can be read. */
  constructor(
    bytes: Uint8Array,
    private readonly file: string,
  ) {
    this.artefact = readArtefact(bytesSource(bytes), null, file);
    this.code = this.artefact.read(Section.CODE);
    this.functions = this.readFunctions();
  }

  /** `file:line:column` of a wasm offset, the innermost where calls were inlined; null without debug information. */
  sourceAt(wasmOffset: number): string | null {
    if (this.lookup === undefined) this.lookup = this.openSources();
    const [place] = this.lookup?.(wasmOffset) ?? [];
    return place === undefined ? null : `${place.file}:${place.line}:${place.column}`;
  }

  /** By the debug information of the artefact, or the source map beside it; null without. */
  openSources(): SourceLookup | null {
    const { artefact } = this;
    return sourceLookup(artefact.read(Section.CUSTOM), artefact.meta.codeStart, [path.dirname(this.file)]);
  }

  get shape(): ModuleShape {
    const { meta } = this.artefact;
    const types = this.functions.map((f) => f.type);
    const imported = meta.imports.flatMap((i) => (i.kind === ExternKind.FUNC ? [meta.types[i.type]] : []));
    return {
      ...meta,
      funcTypeOf: (index) => (index < imported.length ? imported[index] : types[index - imported.length]),
    };
  }

  /** The function that is meant by an index or a name, or undefined. */
  find(which: string): FunctionRow | undefined {
    const exported = this.artefact.meta.exports.find((e) => e.kind === ExternKind.FUNC && e.name === which);
    return this.functions.find(
      (f) => f.name === which || (exported ? f.index === exported.index : String(f.index) === which),
    );
  }

  /** Trap sites and call sites of the whole code section, ascending by pc. */
  readSites(): Site[] {
    const bytes = this.artefact.read(Section.TRAPS);
    if (bytes.length === 0) return [];
    const dv = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const n = dv.getUint32(0, true);
    const sites: Site[] = [];
    const inlined = new Uint32Array(this.artefact.read(Section.INLINED).slice().buffer);
    for (let i = 0; i < n; i++) {
      const code = bytes[4 + 8 * n + i] & 0x7f;
      sites.push({
        pc: dv.getUint32(4 + 4 * i, true),
        wasmOffset: expandPlace(inlined, -1, dv.getUint32(4 + 4 * n + 4 * i, true))[0].offset,
        trap: TRAPS.find((t) => t.code === code)?.spec ?? null,
      });
    }
    return sites;
  }

  /** Landing pads: where an exception goes on that a call throws, by the call's return address (offsets in the code). */
  readLandingPads(): Map<number, number> {
    const rows = new Uint32Array(this.artefact.read(Section.HANDLERS).slice().buffer);
    const pads = new Map<number, number>();
    for (let k = 0; k < rows.length; k += 2) pads.set(rows[k], rows[k + 1]);
    return pads;
  }

  private readFunctions(): FunctionRow[] {
    const bytes = this.artefact.read(Section.FUNCS);
    const dv = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const names = readFunctionNames(this.artefact.read(Section.NAMES));
    const { meta } = this.artefact;
    const rows: FunctionRow[] = [];
    for (let at = 0; at < bytes.length; at += Row.SIZE) {
      const index = meta.importedFuncs + at / Row.SIZE;
      rows.push({
        index,
        name: names.get(index) ?? null,
        offset: dv.getUint32(at + Row.OFFSET, true),
        bytes: dv.getUint32(at + Row.BYTES, true),
        type: meta.types[typeOfRow(dv.getUint32(at + Row.TYPE, true))],
        frameBytes: frameBytes(this.artefact.needs.architecture, dv.getUint32(at + Row.FRAME, true)),
      });
    }
    return rows;
  }
}
