/**
 * The CUSTOM section of an artefact: the module's custom sections as they were, each with its length (u32) in front.
 * Nothing of them is parsed before it is read, because debug information may be most of a module.
 */
import { openDebugSources, openSourceMap, type SourceFrame } from '../dwarf/index.js';
import { Reader } from '../wasm/reader.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { findSourceMap } from './source-map-file.js';

export function writeCustomSections({ bytes, custom }: WasmModule): Uint8Array {
  const ranges = custom.a;
  let size = 0;
  for (let k = 0; k < custom.n; k += 2) size += 4 + ranges[k + 1] - ranges[k];
  const out = new Uint8Array(size);
  const dv = new DataView(out.buffer);
  let at = 0;
  for (let k = 0; k < custom.n; k += 2) {
    dv.setUint32(at, ranges[k + 1] - ranges[k], true);
    out.set(bytes.subarray(ranges[k], ranges[k + 1]), at + 4);
    at += 4 + ranges[k + 1] - ranges[k];
  }
  return out;
}

/**
 * Where a wasm offset of a module is in the source, innermost first where calls were inlined: by its DWARF, else by its
 * source map.
 */
export type SourceLookup = (offset: number) => SourceFrame[];

/**
 * @param codeStart `WasmModule.codeStart`
 * @param folders where source maps are looked for
 * @returns null for a module with neither
 * @throws Error for a source map that is none
 */
export function sourceLookup(section: Uint8Array, codeStart: number, folders: readonly string[]): SourceLookup | null {
  if (findCustomSections(section, '.debug_info').length === 0) return mapLookup(section, folders);
  const sources = openDebugSources((name) => findCustomSections(section, name)[0] ?? null);
  return (offset) => sources.locate(offset - codeStart);
}

function mapLookup(section: Uint8Array, folders: readonly string[]): SourceLookup | null {
  const named = findCustomSections(section, 'sourceMappingURL');
  if (named.length === 0) return null;
  const map = findSourceMap(new Reader(named[0]).name(), folders);
  if (map === null) return null;
  const sources = openSourceMap(map.text, map.url);
  return (offset) => sources.locate(offset);
}

/** The contents of the custom sections of that name, in order. */
export function findCustomSections(section: Uint8Array, name: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  const dv = new DataView(section.buffer, section.byteOffset, section.length);
  for (let at = 0; at < section.length;) {
    const end = at + 4 + dv.getUint32(at, true);
    const r = new Reader(section, at + 4, end);
    if (r.name() === name) found.push(section.subarray(r.pos, end));
    at = end;
  }
  return found;
}
