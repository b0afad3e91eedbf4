/**
 * Tells debuggers of compiled code (WAMR_GDB=1): for every module that is loaded in this thread an object file in memory
 * with names, unwind information, and source lines where the module has DWARF. Code that goes stays described.
 */
import { sourceLookup } from '../aot/custom-sections.js';
import { disassemblerFor } from '../aot/disassembly.js';
import { type Artefact, Section } from '../aot/format.js';
import { featureNames } from '../aot/targets.js';
import { expandPlace } from '../aot/inlined.js';
import { Architecture } from '../abi/architectures.js';
import { FunctionRow } from '../abi/artefact.js';
import { ProfiledModule } from '../profile/recorder.js';
import { env } from '../runtime/env.js';
import type { ModuleState } from '../runtime/module.js';
import { elfFile, type ElfSymbol } from './elf.js';
import { type LinedFunction, lineSections, type LineRow } from './lines.js';
import { type FramedCode, type FrameReader, frameSection } from './unwind.js';
import { ARM64_FRAMES } from './unwind-arm64.js';
import { X64_FRAMES } from './unwind-x64.js';

/** From now on, registers every module that is loaded in this thread. */
export function describeToDebuggers(): void {
  const e = env();
  e.registry.observers.add({
    onModule(state: ModuleState, artefact) {
      const [slot, address] = e.native.profileCode(state.code);
      e.native.debugRegister(objectFile(new ProfiledModule(state, artefact, slot, address), artefact));
    },
  });
}

const readerFor = (architecture: number): FrameReader =>
  architecture === Architecture.AARCH64 ? ARM64_FRAMES : X64_FRAMES;

function objectFile(m: ProfiledModule, artefact: Artefact): Uint8Array {
  const { address, functions, code } = m;
  const { architecture } = artefact.needs;
  const reader = readerFor(architecture);
  const text = { address, bytes: code.length };
  const frames = framesOf(m, artefact, reader);
  const stubs = stubsOf(artefact, code.length);
  const symbols: ElfSymbol[] = functions.map((f) => ({ name: f.name, address: address + f.start, bytes: f.bytes }));
  for (const s of stubs) symbols.push({ name: s.name, address: address + s.start, bytes: s.bytes });
  const framed = stubs.map((s): FramedCode => ({
    address: address + s.start,
    bytes: s.bytes,
    frame: reader.entry,
    saves: reader.stubSaves,
    lines: disassembled(architecture, code.subarray(s.start, s.start + s.bytes), false),
  }));
  return elfFile(architecture, text, symbols, {
    '.debug_frame': frameSection(reader, [...frames, ...framed]),
    ...lineSections(m.name, text, linesOf(m, artefact)),
  });
}

/** The instructions of code, if the disassembler is installed. Addresses count from its start. */
function disassembled(architecture: number, code: Uint8Array, hasData: boolean): FramedCode['lines'] {
  try {
    return disassemblerFor(architecture).disassembleLines(code, 0, hasData);
  } catch {
    return null;
  }
}

function framesOf(m: ProfiledModule, artefact: Artefact, reader: FrameReader): FramedCode[] {
  const { architecture } = artefact.needs;
  const features = featureNames(artefact.needs);
  const bytes = artefact.read(Section.FUNCS);
  const rows = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return m.functions.map((f, d) => {
    const frame = reader.framed(rows.getUint32(d * FunctionRow.SIZE + FunctionRow.FRAME, true), features);
    const code = m.code.subarray(f.start, f.start + f.bytes);
    const lines = disassembled(architecture, code, true);
    return { address: m.address + f.start, bytes: f.bytes, frame, saves: frame.saved, lines };
  });
}

interface Stub {
  name: string;
  start: number;
  bytes: number;
}

/** Stubs, each up to the next. */
function stubsOf({ meta }: Artefact, end: number): Stub[] {
  const named = (name: string, offsets: number[]): Stub[] =>
    [...new Set(offsets)].filter((at) => at >= 0).map((start) => ({ name, start, bytes: 0 }));
  const all = [
    ...named('wasm entry stub', meta.entryStubs),
    ...named('wasm leaf stub', meta.leafStubs),
    ...named('wasm host stub', meta.hostStubs),
    ...named('wasm import stub', meta.importStubs),
  ].sort((x, y) => x.start - y.start);
  all.forEach((s, k) => (s.bytes = (all[k + 1]?.start ?? end) - s.start));
  return all;
}

/** By the artefact's own table of instructions where it has one, else by the places that may trap or call. */
function linesOf(m: ProfiledModule, artefact: Artefact): LinedFunction[] {
  const lookup = sourceLookup(artefact.read(Section.CUSTOM), artefact.meta.codeStart, [
    ...env().registry.sourceFolders,
    process.cwd(),
  ]);
  if (lookup === null) return [];
  const places = m.debug === null ? placesOf(artefact) : null;
  let next = 0;
  const row = (pc: number, offset: number): LineRow[] => {
    const [place] = lookup(offset);
    if (place === undefined || place.line === 0) return [];
    return [{ address: m.address + pc, file: place.file, line: place.line, column: place.column }];
  };
  const order = m.functions.map((_, d) => d).sort((x, y) => m.functions[x].start - m.functions[y].start);
  return order.map((d) => {
    const { name, start, bytes } = m.functions[d];
    const rows: LineRow[] = [];
    if (m.debug !== null) {
      const { runs } = m.debug.record(d);
      runs.at.forEach((at, k) => rows.push(...row(start + at, runs.pos[k])));
    } else {
      for (; next < places!.length && places![next].pc <= start + bytes; next++)
        // A return address belongs to the call before it.
        rows.push(...row(Math.max(start, places![next].pc - 1), places![next].offset));
    }
    return { name, address: m.address + start, bytes, rows };
  });
}

/** Rows of TRAPS: code offset, wasm offset; ascending. */
function placesOf(artefact: Artefact): { pc: number; offset: number }[] {
  const bytes = artefact.read(Section.TRAPS);
  if (bytes.length === 0) return [];
  const dv = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const inlined = new Uint32Array(artefact.read(Section.INLINED).slice().buffer);
  const n = dv.getUint32(0, true);
  return Array.from({ length: n }, (_, i) => ({
    pc: dv.getUint32(4 + 4 * i, true),
    offset: expandPlace(inlined, -1, dv.getUint32(4 + 4 * n + 4 * i, true))[0].offset,
  }));
}
