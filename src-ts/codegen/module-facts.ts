/**
 * What selection needs to know of a module and of its vmctx, in flat arrays that are made once for a compilation:
 * translated selection has a copy of them (ahead/module-facts.ts).
 */
import { contentsLayout, signatureId, type VmLayout } from '../abi/vmctx.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { isFenced, pageShift, ValType } from '../wasm/types.js';
import { type CallingConvention, layoutCall } from './machine.js';

/** Bits of `ModuleFacts.memoryFlags`. */
export const enum MemoryFlag {
  ADDRESS64 = 1,
  SHARED = 2,
  /** Its pages are not those of 64 KiB that need not be named. */
  NAMED_PAGES = 4,
  /** See `isFenced` of wasm/types.ts. */
  FENCED = 8,
}

export class ModuleFacts {
  readonly importedFuncs: number;
  readonly importedGlobals: number;
  readonly importedMemories: number;
  /** How many memories there are. */
  readonly memories: number;
  /** Type index of each function. */
  readonly funcTypes: Int32Array;
  /** Where an imported function's call entry is in the vmctx. */
  readonly imports: Int32Array;

  // --- by type index ---
  /** Its places (below): results from here on, behind them arguments; and how many results. `types` + 1 entries. */
  readonly placeAt: Int32Array;
  readonly results: Int32Array;
  /** As `CallLayout`. */
  readonly outBytes: Int32Array;
  /** As `signatureId`, and the place of the id in the vmctx where that is 0. */
  readonly signature: Int32Array;
  readonly typeId: Int32Array;

  // --- places of arguments and results, as `Location` has them ---
  readonly register: Int32Array;
  readonly stack: Int32Array;

  // --- by global, table, tag and memory: their places in the vmctx and more ---
  readonly globals: Int32Array;
  /** Bytes that `global.set` of an integer writes: 4, or 8 of an i64. */
  readonly globalBytes: Uint8Array;
  readonly tables: Int32Array;
  readonly closedTables: Int32Array;
  /** Least number of elements. */
  readonly tableLeast: Int32Array;
  readonly tags: Int32Array;
  /** Where an exception's contents are (`contentsLayout`): offsets from contentsAt[tag] on, and their bytes. */
  readonly contentsAt: Int32Array;
  readonly contents: Int32Array;
  readonly contentsBytes: Int32Array;
  readonly memoryViews: Int32Array;
  readonly memoryFlags: Uint8Array;
  readonly memoryPageShift: Uint8Array;
  readonly memoryLeastBytes: Float64Array;

  constructor(m: WasmModule, vm: VmLayout, convention: CallingConvention) {
    this.importedFuncs = m.importedFuncs;
    this.importedGlobals = m.importedGlobals;
    this.importedMemories = m.importedMemories;
    this.memories = m.memories.length;
    this.funcTypes = m.funcTypes;
    this.imports = Int32Array.from(vm.imports);
    const layouts = m.types.map((type) => layoutCall(convention, type));
    const places = layouts.flatMap(({ results, args }) => [...results, ...args]);
    this.placeAt = starts(layouts.map(({ results, args }) => results.length + args.length));
    this.results = Int32Array.from(layouts, ({ results }) => results.length);
    this.outBytes = Int32Array.from(layouts, ({ outBytes }) => outBytes);
    this.signature = Int32Array.from(m.types, signatureId);
    this.typeId = Int32Array.from(vm.longTypes);
    this.register = Int32Array.from(places, ({ reg }) => reg);
    this.stack = Int32Array.from(places, ({ stack }) => stack);
    this.globals = Int32Array.from(vm.globals);
    this.globalBytes = Uint8Array.from(m.globals, ({ type }) => (type === ValType.I64 ? 8 : 4));
    this.tables = Int32Array.from(vm.tables);
    this.closedTables = Int32Array.from(vm.closedTables);
    this.tableLeast = Int32Array.from(m.tables, ({ min }) => min);
    this.tags = Int32Array.from(vm.tags);
    const contents = m.tags.map((type) => contentsLayout(m.types[type].params));
    this.contentsAt = starts(contents.map(({ offsets }) => offsets.length));
    this.contents = Int32Array.from(contents.flatMap(({ offsets }) => offsets));
    this.contentsBytes = Int32Array.from(contents, ({ bytes }) => bytes);
    this.memoryViews = Int32Array.from(vm.memories);
    this.memoryFlags = Uint8Array.from(
      m.memories,
      (type, k) =>
        (type.address64 === true ? MemoryFlag.ADDRESS64 : 0) |
        (type.shared === true ? MemoryFlag.SHARED : 0) |
        (type.pageShift !== undefined ? MemoryFlag.NAMED_PAGES : 0) |
        (isFenced(type, k < m.importedMemories) ? MemoryFlag.FENCED : 0),
    );
    this.memoryPageShift = Uint8Array.from(m.memories, pageShift);
    this.memoryLeastBytes = Float64Array.from(m.memories, (type) => type.min * 2 ** pageShift(type));
  }
}

/** Where lists of so many entries each begin if they stand one after the other; the last one is their end. */
function starts(lengths: readonly number[]): Int32Array {
  const at = new Int32Array(lengths.length + 1);
  for (let k = 0; k < lengths.length; k++) at[k + 1] = at[k] + lengths[k];
  return at;
}
