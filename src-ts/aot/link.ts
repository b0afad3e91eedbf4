/**
 * Puts compiled functions and stubs into one code section, fills the calls between them, and assembles the artefact.
 * Where functions stand does not depend on the order that they were compiled in, so the bytes do not depend on the
 * number of workers. O(total size).
 */
import type { WasmModule } from '../wasm/decoded-module.js';
import { ElemMode } from '../wasm/elements.js';
import { readNames } from '../wasm/names.js';
import { proposalNames } from '../wasm/proposals.js';
import type { Machine } from '../codegen/back-end.js';
import { DISPATCH_RELOC, WRAP_FIELDS } from '../codegen/code-buffer.js';
import { layoutCall } from '../codegen/machine.js';
import { CompileError } from '../errors.js';
import { VERSION } from '../version.js';
import type { ModuleProfile } from '../ir/profile.js';
import { type Chunk, Row } from './chunk.js';
import { type FarCalls, placeFarCalls, veneerBytes, writeVeneers } from './far-calls.js';
import { writeDebugSection } from './debug-info.js';
import { type AotData, type AotMeta, type Contents, Section, utf8, writeArtefact } from './format.js';
import { writeCustomSections } from './custom-sections.js';
import { machineFor } from './machines.js';
import { buildImage } from './image.js';
import type { Target } from './targets.js';
import { orderFunctions } from './order.js';
import { LEAF_FUNCTION, typeOfRow } from '../abi/artefact.js';
import type { VmLayout } from '../abi/vmctx.js';

export interface LinkInput {
  module: WasmModule;
  vm: VmLayout;
  chunks: Chunk[];
  bounds: 'guard' | 'explicit';
  deterministic?: boolean;
  target: string;
  /** What `target` stands for. */
  needs: Target;
  /** Write the chunks' debug records. */
  debugInfo?: boolean;
  /** The code has counters: they go behind the module's own area of the vmctx. */
  count?: boolean;
  /** The artefact carries the module itself. */
  coverage?: boolean;
  /** What a profile says: hot functions stand side by side, unless `keepOrder`. */
  profile?: ModuleProfile;
  keepOrder?: boolean;
  /** A `hashArtefact` that is faster than node:crypto's, or takes less time to load. */
  hash?: (artefact: Uint8Array) => Uint8Array;
}

/** Offsets in code have 31 bits; some room for stubs. */
const MOST_CODE = 0x7f000000;

/** Assembles the artefact. */
export function linkArtefact(input: LinkInput): Uint8Array {
  const { module: m, chunks } = input;
  const machine = machineFor(input.needs.architecture);
  const order = orderFunctions(m, input.keepOrder ? undefined : input.profile);
  const { places, far } = placeFunctions(m, chunks, order, machine);
  const firstCounter = placeCounters(chunks, places);
  const total = firstCounter[firstCounter.length - 1];
  const vm = { ...input.vm };
  const dispatch = dispatchSection(chunks, places);
  if (dispatch.length > 0) vm.dispatch = extend(vm, dispatch.length);
  if (input.count) vm.counters = extend(vm, total);
  const stubs = makeStubs(m, vm, machine, input.needs.features, places);
  const code: Contents = {
    length: places.codeBytes + stubs.code.length,
    writeTo(place) {
      copyFunctions(m, chunks, places, far, machine, place, vm, firstCounter);
      place.set(stubs.code, places.codeBytes);
    },
  };
  const inlined = inlinedSection(chunks, places);
  const image = buildImage(m);
  const datas = dataSection(m, image !== null);
  const names = readNames(m);
  const meta: AotMeta = {
    compiler: VERSION,
    target: input.target,
    bounds: input.bounds,
    deterministic: input.deterministic === true,
    proposals: proposalNames(m.used),
    profiled: input.profile !== undefined,
    moduleName: names.module,
    codeStart: m.codeStart,
    types: m.types,
    canonicalTypes: [...m.typeCanon],
    imports: m.imports,
    importedFuncs: m.importedFuncs,
    importedTables: m.importedTables,
    importedMemories: m.importedMemories,
    importedGlobals: m.importedGlobals,
    importedTags: m.importedTags,
    functions: m.funcTypes.length,
    tables: m.tables,
    memories: m.memories,
    globals: m.globals,
    tags: m.tags,
    tableInits: m.tableInits,
    globalInits: m.globalInits,
    exports: m.exports,
    start: m.start,
    elemExprs: m.elems.exprs,
    dataCount: m.datas.length,
    datas: datas.meta,
    vm,
    entryStubs: stubs.entry,
    leafStubs: stubs.leaf,
    hostStubs: stubs.host,
    importStubs: stubs.imports,
    outBytes: m.types.map((t) => layoutCall(machine.convention, t).outBytes),
  };
  const sections: [Section, Contents][] = [
    [Section.FUNCS, bytesOf(places.funcTable)],
    [Section.TRAPS, trapSection(chunks, places)],
    [Section.WRAPS, bytesOf(wrapsSection(chunks, places))],
    [Section.INLINED, bytesOf(inlined)],
    [Section.HANDLERS, bytesOf(handlerSection(chunks, places))],
    [Section.ELEM_ROWS, bytesOf(m.elems.rows)],
    [Section.ELEMS, bytesOf(m.elems.items.toArray())],
    [Section.DISPATCH, bytesOf(dispatch)],
    [Section.DATA, datas.bytes],
    [Section.NAMES, nameSection(names.functions)],
    [Section.CUSTOM, writeCustomSections(m)],
    [
      Section.DEBUG,
      input.debugInfo
        ? writeDebugSection(m, debugRecords(chunks, places), vm.counters, firstCounter)
        : new Uint8Array(0),
    ],
    [Section.MODULE, input.coverage === true ? m.bytes : new Uint8Array(0)],
    [Section.CODE, code],
    [Section.IMAGE, image ?? new Uint8Array(0)],
  ];
  return writeArtefact(meta, input.needs, sections, input.hash);
}

const bytesOf = (a: Int32Array): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);

interface Places {
  /** Defined indices in the order of the code. */
  order: Int32Array;
  /** By defined index: chunk and row, then the function table of the artefact. */
  chunkOf: Int32Array;
  rowOf: Int32Array;
  funcTable: Int32Array;
  codeBytes: number;
  trapCount: number;
  /** By defined index: number of the function's first dispatch entry; at the end the number of entries. */
  firstDispatch: Int32Array;
  /** By defined index: the function's first row in INLINED; at the end the number of rows. */
  firstInlined: Int32Array;
}

/** One past the last entry of the function of row `row` in a list of its chunk that holds `length` entries in all. */
const endOf = (funcs: Int32Array, row: number, column: Row, length: number): number =>
  row + Row.COLUMNS < funcs.length ? funcs[row + Row.COLUMNS + column] : length;

/**
 * `order`: defined indices in the order in which they stand in the code. With the veneers of calls that do not reach
 * their functions, if there are any.
 */
function placeFunctions(
  m: WasmModule,
  chunks: Chunk[],
  order: Int32Array,
  machine: Machine,
): { places: Places; far: FarCalls | null } {
  const places = placeWith(m, chunks, order, () => 0);
  if (places.codeBytes <= machine.callReach || machine.veneer === null) return { places, far: null };
  return placeFarCalls(chunks, places, m.importedFuncs, machine, (far) =>
    placeWith(m, chunks, order, (d) => veneerBytes(far, d, machine)),
  );
}

/** `behind`: bytes behind the code of a function, by its defined index. */
function placeWith(m: WasmModule, chunks: Chunk[], order: Int32Array, behind: (d: number) => number): Places {
  const defined = m.funcTypes.length - m.importedFuncs;
  const chunkOf = new Int32Array(defined).fill(-1);
  const rowOf = new Int32Array(defined);
  let trapCount = 0;
  chunks.forEach((chunk, c) => {
    trapCount += chunk.traps.length / 3;
    for (let row = 0; row < chunk.funcs.length; row += Row.COLUMNS) {
      const d = chunk.funcs[row + Row.FUNC] - m.importedFuncs;
      chunkOf[d] = c;
      rowOf[d] = row;
    }
  });
  const funcTable = new Int32Array(4 * defined);
  const firstDispatch = new Int32Array(defined + 1);
  const firstInlined = new Int32Array(defined + 1);
  for (let d = 0; d < defined; d++) {
    if (chunkOf[d] < 0) throw new Error(`internal error: function ${d + m.importedFuncs} was not compiled`);
    const { funcs, dispatch, inlined } = chunks[chunkOf[d]];
    const row = rowOf[d];
    firstDispatch[d + 1] =
      firstDispatch[d] + endOf(funcs, row, Row.DISPATCH, dispatch.length) - funcs[row + Row.DISPATCH];
    firstInlined[d + 1] =
      firstInlined[d] + endOf(funcs, row, Row.INLINED, inlined.length / 3) - funcs[row + Row.INLINED];
  }
  let at = 0;
  for (const d of order) {
    const { funcs } = chunks[chunkOf[d]];
    const alignment = funcs[rowOf[d] + Row.ALIGNMENT];
    at = (at + alignment - 1) & -alignment;
    funcTable[4 * d] = at;
    const veneers = behind(d);
    const bytes = funcs[rowOf[d] + Row.BYTES];
    funcTable[4 * d + 1] = veneers > 0 ? ((bytes + 3) & -4) + veneers : bytes;
    funcTable[4 * d + 2] = m.funcTypes[m.importedFuncs + d] | (funcs[rowOf[d] + Row.LEAF] !== 0 ? LEAF_FUNCTION : 0);
    funcTable[4 * d + 3] = funcs[rowOf[d] + Row.FRAME];
    at += funcTable[4 * d + 1];
    if (at > MOST_CODE) throw new CompileError('the module has more than 2 GiB of code', -1);
  }
  return { order, chunkOf, rowOf, funcTable, codeBytes: (at + 15) & -16, trapCount, firstDispatch, firstInlined };
}

/** Takes room for n 8-byte words at the end of the vmctx. */
function extend(vm: VmLayout, n: number): number {
  const at = (vm.size + 7) & -8;
  vm.size = (at + 8 * n + 15) & -16;
  return at;
}

/** The functions' dispatch entries as offsets in CODE; `places.firstDispatch` tells whose is where. */
function dispatchSection(chunks: Chunk[], { chunkOf, rowOf, funcTable, firstDispatch }: Places): Int32Array {
  const n = chunkOf.length;
  const section = new Int32Array(firstDispatch[n]);
  for (let d = 0; d < n; d++) {
    const from = chunks[chunkOf[d]].funcs[rowOf[d] + Row.DISPATCH];
    const { dispatch } = chunks[chunkOf[d]];
    for (let k = firstDispatch[d]; k < firstDispatch[d + 1]; k++)
      section[k] = funcTable[4 * d] + dispatch[from + k - firstDispatch[d]];
  }
  return section;
}

/** Landing pads, in the order of the code. */
function handlerSection(chunks: Chunk[], { order, chunkOf, rowOf, funcTable }: Places): Int32Array {
  const rows = new Int32Array(chunks.reduce((n, c) => n + c.handlers.length, 0));
  let n = 0;
  for (const d of order) {
    const { funcs, handlers } = chunks[chunkOf[d]];
    const end = endOf(funcs, rowOf[d], Row.HANDLER, handlers.length);
    for (let k = funcs[rowOf[d] + Row.HANDLER]; k < end; k++) rows[n++] = funcTable[4 * d] + handlers[k];
  }
  return rows;
}

/**
 * The rows of all functions; those that stand for a place in an inlined body themselves count from the start of the
 * section.
 */
function inlinedSection(chunks: Chunk[], { chunkOf, rowOf, firstInlined }: Places): Int32Array {
  const n = chunkOf.length;
  const section = new Int32Array(3 * firstInlined[n]);
  for (let d = 0; d < n; d++) {
    const { funcs, inlined } = chunks[chunkOf[d]];
    const from = 3 * funcs[rowOf[d] + Row.INLINED];
    const at = 3 * firstInlined[d];
    const end = 3 * firstInlined[d + 1];
    for (let k = 0; at + k < end; k++)
      section[at + k] = k % 3 === 2 && inlined[from + k] < 0 ? inlined[from + k] + firstInlined[d] : inlined[from + k];
  }
  return section;
}

/** The accesses whose addresses may wrap, in the order of the code. */
function wrapsSection(chunks: Chunk[], { order, chunkOf, rowOf, funcTable }: Places): Int32Array {
  let total = 0;
  for (const { wraps } of chunks) total += wraps.length;
  const section = new Int32Array(total);
  let at = 0;
  for (const d of order) {
    const { funcs, wraps } = chunks[chunkOf[d]];
    const end = endOf(funcs, rowOf[d], Row.WRAP, wraps.length);
    for (let k = funcs[rowOf[d] + Row.WRAP]; k < end; k += WRAP_FIELDS, at += WRAP_FIELDS) {
      section[at] = wraps[k] + funcTable[4 * d];
      section[at + 1] = wraps[k + 1];
      section[at + 2] = wraps[k + 2];
      section[at + 3] = wraps[k + 3] + funcTable[4 * d];
    }
  }
  return section;
}

/** By defined index: number of the function's first counter; at the end the number of counters. */
function placeCounters(chunks: Chunk[], { chunkOf, rowOf }: Places): Int32Array {
  const first = new Int32Array(chunkOf.length + 1);
  for (let d = 0; d < chunkOf.length; d++) first[d + 1] = first[d] + chunks[chunkOf[d]].funcs[rowOf[d] + Row.UNITS];
  return first;
}

function debugRecords(chunks: Chunk[], { chunkOf, rowOf }: Places): Uint8Array[] {
  return Array.from(chunkOf, (c, d) => {
    const { funcs, debug } = chunks[c];
    const start = funcs[rowOf[d] + Row.DEBUG];
    return debug.subarray(start, start + funcs[rowOf[d] + Row.DEBUG_BYTES]);
  });
}

/** Copies the code and resolves calls. */
function copyFunctions(
  m: WasmModule,
  chunks: Chunk[],
  places: Places,
  far: FarCalls | null,
  machine: Machine,
  code: Uint8Array,
  vm: VmLayout,
  firstCounter: Int32Array,
): void {
  const { order, chunkOf, rowOf, funcTable, firstDispatch } = places;
  const out = new DataView(code.buffer, code.byteOffset, code.length);
  /** By defined index: the veneer of the function that jumps there. */
  const veneerOf = new Int32Array(far === null ? 0 : order.length);
  for (const d of order) {
    const chunk = chunks[chunkOf[d]];
    const row = rowOf[d];
    const { funcs, relocs } = chunk;
    const at = funcTable[4 * d];
    const start = funcs[row + Row.CODE];
    code.set(chunk.code.subarray(start, start + funcs[row + Row.BYTES]), at);
    if (far !== null) writeVeneers(far, d, (at + funcs[row + Row.BYTES] + 3) & -4, funcTable, machine, out, veneerOf);
    const relocEnd = endOf(funcs, row, Row.RELOC, relocs.length);
    for (let r = funcs[row + Row.RELOC]; r < relocEnd; r += 2) {
      const field = at + relocs[r];
      const to = relocs[r + 1];
      if (to >= 0) {
        const callee = to - m.importedFuncs;
        const target = funcTable[4 * callee];
        const reaches = far === null || Math.abs(target - field) < machine.callReach;
        machine.linkCall(out, field, reaches ? target : veneerOf[callee]);
      } else if (to > DISPATCH_RELOC) machine.linkVmctx(out, field, vm.counters + 8 * (firstCounter[d] - 1 - to));
      else machine.linkVmctx(out, field, vm.dispatch + 8 * (firstDispatch[d] + DISPATCH_RELOC - to));
    }
  }
}

function trapSection(
  chunks: Chunk[],
  { order, chunkOf, rowOf, funcTable, trapCount, firstInlined }: Places,
): Uint8Array {
  const section = new Uint8Array(4 + 9 * trapCount);
  const dv = new DataView(section.buffer);
  dv.setUint32(0, trapCount, true);
  let t = 0;
  // In the order of the code: the table ascends.
  for (const d of order) {
    const { funcs, traps } = chunks[chunkOf[d]];
    const row = rowOf[d];
    const at = funcTable[4 * d];
    const trapEnd = endOf(funcs, row, Row.TRAP, traps.length);
    for (let k = funcs[row + Row.TRAP]; k < trapEnd; k += 3, t++) {
      dv.setUint32(4 + 4 * t, at + traps[k], true);
      section[4 + 8 * trapCount + t] = traps[k + 1];
      dv.setUint32(4 + 4 * (trapCount + t), traps[k + 2] < 0 ? traps[k + 2] + firstInlined[d] : traps[k + 2], true);
    }
  }
  return section;
}

interface Stubs {
  code: Uint8Array;
  entry: number[];
  leaf: number[];
  host: number[];
  imports: number[];
}

/**
 * Entry stubs for every signature whose functions JavaScript can reach, leaf stubs for those of leaf functions, host stubs for
 * imported signatures, import stubs for imports in closed tables, behind the functions.
 */
function makeStubs(m: WasmModule, vm: VmLayout, machine: Machine, features: number, places: Places): Stubs {
  const { funcTable, codeBytes: base } = places;
  const parts: Uint8Array[] = [];
  let at = base;
  const add = (code: Uint8Array | null): number => {
    if (code === null) return -1;
    const place = at;
    const padded = new Uint8Array((code.length + 15) & -16).fill(machine.filler);
    padded.set(code);
    parts.push(padded);
    at += padded.length;
    return place;
  };
  const usedType = new Uint8Array(m.types.length);
  const hostType = new Uint8Array(m.types.length);
  const leafType = new Uint8Array(m.types.length);
  for (let d = 0; 4 * d < funcTable.length; d++) {
    const type = funcTable[4 * d + 2];
    if (type < 0) leafType[m.typeCanon[typeOfRow(type)]] = 1;
  }
  for (let i = 0; i < m.funcTypes.length; i++) {
    usedType[m.typeCanon[m.funcTypes[i]]] = 1;
    if (i < m.importedFuncs) hostType[m.typeCanon[m.funcTypes[i]]] = 1;
  }
  const stubs = machine.stubs(features);
  const entryOf = m.types.map((t, i) => (usedType[i] ? add(stubs.entry(t)) : -1));
  const leafOf = m.types.map((t, i) => (leafType[i] ? add(stubs.leaf(t)) : -1));
  const hostOf = m.types.map((t, i) => (hostType[i] ? add(stubs.host(t)) : -1));
  const inClosedTable = new Uint8Array(m.importedFuncs);
  for (let s = 0; s < m.elems.length; s++)
    if (m.elems.mode(s) === ElemMode.ACTIVE && vm.closedTables[m.elems.table(s)] >= 0)
      for (const f of m.elems.itemsOf(s)) if (f >= 0 && f < m.importedFuncs) inClosedTable[f] = 1;
  const imports = Array.from(inClosedTable, (used, i) => (used ? add(stubs.import(vm.imports[i])) : -1));
  const code = new Uint8Array(at - base);
  let p = 0;
  for (const part of parts) {
    code.set(part, p);
    p += part.length;
  }
  const byCanon = (of: number[]): number[] => m.types.map((_, i) => of[m.typeCanon[i]]);
  return { code, entry: byCanon(entryOf), leaf: byCanon(leafOf), host: byCanon(hostOf), imports };
}

/** The segments that the image does not have. */
function dataSection(m: WasmModule, hasImage: boolean): { meta: AotData[]; bytes: Uint8Array } {
  const meta: AotData[] = [];
  let at = 0;
  m.datas.forEach((d, index) => {
    if (hasImage && d.mode === 'active') return;
    meta.push({ index, mode: d.mode, memory: d.memory, offset: d.offset, at, size: d.end - d.start });
    at += d.end - d.start;
  });
  const bytes = new Uint8Array(at);
  for (const row of meta) bytes.set(m.bytes.subarray(m.datas[row.index].start, m.datas[row.index].end), row.at);
  return { meta, bytes };
}

function nameSection(names: Map<number, string>): Uint8Array {
  const rows = [...names].sort((x, y) => x[0] - y[0]);
  if (rows.length === 0) return new Uint8Array(0);
  const texts = rows.map(([, name]) => utf8(name));
  const head = 4 + 12 * rows.length;
  const out = new Uint8Array(head + texts.reduce((n, t) => n + t.length, 0));
  const dv = new DataView(out.buffer);
  dv.setUint32(0, rows.length, true);
  let at = 0;
  rows.forEach(([index], i) => {
    dv.setUint32(4 + 12 * i, index, true);
    dv.setUint32(8 + 12 * i, at, true);
    dv.setUint32(12 + 12 * i, texts[i].length, true);
    out.set(texts[i], head + at);
    at += texts[i].length;
  });
  return out;
}
