/** The decoded module: what every later phase reads. Function bodies stay bytes; names are decoded on demand. */
import type { IntVec } from '../util/vec.js';
import type { ElementSegments } from './elements.js';
import type {
  ConstExpr,
  ExportDesc,
  GlobalType,
  ImportDesc,
  MemoryType,
  TableType,
  TypeDef,
  TypeSpace,
} from './types.js';

export interface DataSegment {
  mode: 'active' | 'passive';
  memory: number;
  offset: ConstExpr | null;
  /** Range of the contents in `WasmModule.bytes`. */
  start: number;
  end: number;
}

/** What the producer says of branches (wasm/branch-hints.ts), in the order of the code. */
export interface BranchHints {
  /** Byte offset of the branch in the module. */
  at: Int32Array;
  likely: Uint8Array;
}

export interface WasmModule extends TypeSpace {
  bytes: Uint8Array;
  /** The proposals that the module may use (`Feature` bits). */
  features: number;
  /** Those that it uses, as far as it has been decoded and its bodies validated. */
  used: number;
  /** References to types in it are to canonical ones. */
  types: TypeDef[];
  /** For each type index the lowest index of an equal type (equal groups, recursively). */
  typeCanon: Int32Array;
  imports: ImportDesc[];
  /** Type index of each function, imports first (the function index space). */
  funcTypes: Int32Array;
  importedFuncs: number;
  /** Index spaces, imports first. */
  tables: TableType[];
  importedTables: number;
  memories: MemoryType[];
  importedMemories: number;
  globals: GlobalType[];
  importedGlobals: number;
  /** Tags of exceptions: their type indices (no results). */
  tags: number[];
  importedTags: number;
  /** Initialisers of the defined tables (`tables[importedTables + i]`); null where the elements are null. */
  tableInits: (ConstExpr | null)[];
  /** Initialisers of the defined globals (`globals[importedGlobals + i]`). */
  globalInits: ConstExpr[];
  exports: ExportDesc[];
  /** Start function or -1. */
  start: number;
  elems: ElementSegments;
  datas: DataSegment[];
  /** Data count section, or -1. */
  dataCount: number;
  /**
   * Byte ranges of the defined functions' bodies (locals declaration to the final `end` inclusive), by defined index.
   */
  bodyStart: Int32Array;
  bodyEnd: Int32Array;
  /** 1 for each function that may be named by `ref.func` in a body (core specification, section 3.4.1: C.refs). */
  declaredRefs: Uint8Array;
  /** Where the contents of the code section begin, which DWARF counts addresses from; -1 without one. */
  codeStart: number;
  /** Byte range of the name section's contents, or -1. Decoded by `readNames`. */
  namesStart: number;
  namesEnd: number;
  branchHints: BranchHints;
  /** Custom sections in order, two words each: range of name and contents in `bytes`. */
  custom: IntVec;
}
