/**
 * Source places of wasm code by the DWARF that compilers leave in custom sections (`.debug_info` and its companions).
 * Addresses count from the start of the code section's contents ("DWARF for WebAssembly",
 * https://yurydelendik.github.io/webassembly-dwarf/). Of the whole only what a look-up needs is read, and what is
 * damaged counts as absent.
 */
import { Cursor } from './cursor.js';
import type { Sections } from './forms.js';
import type { SourceFrame } from './lines.js';
import { type AbbreviationTables, Unit } from './units.js';

export type { Place, SourceFrame } from './lines.js';
export { openSourceMap } from './source-map.js';

/** Custom sections by what they hold. */
const NAMES: Readonly<Record<keyof Sections, string>> = {
  info: '.debug_info',
  abbrev: '.debug_abbrev',
  line: '.debug_line',
  str: '.debug_str',
  lineStr: '.debug_line_str',
  strOffsets: '.debug_str_offsets',
  addr: '.debug_addr',
  ranges: '.debug_ranges',
  rnglists: '.debug_rnglists',
};

/** Opens the debug information of a module. `section`: the contents of the custom section of that name, or null. */
export const openDebugSources = (section: (name: string) => Uint8Array | null): DebugSources =>
  new DebugSources(section);

class DebugSources {
  private readonly units: Unit[];

  constructor(section: (name: string) => Uint8Array | null) {
    const sections = {} as Record<keyof Sections, Uint8Array>;
    for (const [key, name] of Object.entries(NAMES))
      sections[key as keyof Sections] = section(name) ?? new Uint8Array(0);
    this.units = readUnits(sections);
  }

  /** Where an address is, innermost first where calls were inlined; empty where nothing is known. */
  locate(address: number): SourceFrame[] {
    try {
      for (const unit of this.units) if (unit.covers(address)) return this.locateIn(unit, address);
    } catch (e) {
      if (!(e instanceof RangeError)) throw e;
    }
    return [];
  }

  private locateIn(unit: Unit, address: number): SourceFrame[] {
    const lines = unit.lineTable();
    let place = lines?.find(address) ?? null;
    if (lines === null || place === null) return [];
    const frames: SourceFrame[] = [];
    const unitOf = (offset: number): Unit | null =>
      this.units.find((u) => u.offset <= offset && offset < u.end) ?? null;
    const scopes = unit.scopesAt(address);
    for (let k = scopes.length - 1; k >= 0; k--) {
      const scope = scopes[k];
      frames.push({ name: unit.nameAt(scope.entry, unitOf), ...place });
      if (!scope.inlined) return frames;
      place = { file: lines.file(scope.callFile), line: scope.callLine, column: scope.callColumn };
    }
    return [...frames, { name: null, ...place }];
  }
}

/** The units up to one that is damaged. */
function readUnits(sections: Sections): Unit[] {
  const units: Unit[] = [];
  const tables: AbbreviationTables = new Map();
  const c = new Cursor(sections.info);
  try {
    while (c.more) {
      const unit = new Unit(sections, tables, c.at);
      units.push(unit);
      c.at = unit.end;
    }
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
  }
  return units;
}
