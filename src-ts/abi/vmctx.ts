/**
 * Offsets that generated code, the addon and the runtime agree on. `scripts/gen-header.mjs` writes
 * `native/layout.generated.h` from this file and `abi/trap-codes.ts`; nothing else may state an offset.
 *
 * r14 points at the vmctx header. Helpers lie below it (negative offsets), the module's own area above.
 */
import { ElemMode } from '../wasm/elements.js';
import { topOf } from '../wasm/ref-types.js';
import { isPlain } from '../wasm/type-identity.js';
import type { WasmModule } from '../wasm/decoded-module.js';
import { type TypeDef, ValType } from '../wasm/types.js';

/**
 * An externref is the index of its value in the runtime's array, times SCATTER (32 bits); times GATHER it is the index
 * again. Scattered, a small integer that happens to lie on the wasm stack is hardly ever taken for a reference. 0 stays
 * 0, null.
 */
export const enum Externref {
  /** Low two bits of an externref of this kind; what else is a reference has others (abi/gc-layout.ts). */
  TAG = 2,
  SCATTER = 0x9e3779b1,
  GATHER = 0x0e8b2f51,
}

/** Header fields: 8 bytes each. */
export const enum VmCtx {
  /** The thread's argument buffer (binding.ts), for host stubs. Below MEM_LIMIT. */
  ARGUMENTS = -0x80,
  /**
   * An index below this (64 bits, unsigned) leaves room for any access that ends within the margin: MEM_BYTES -
   * MEM_MARGIN + 1, or 0 in a small memory. Below the first helpers, in reach of a displacement of one byte.
   */
  MEM_LIMIT = -0x78,
  /** Lowest rsp that a function may have after its prologue. */
  STACK_LIMIT = 0x00,
  /**
   * `call [r14 + TRAP]` raises the trap that the trap table lists for the return address; for a memory access out of
   * bounds, rax is its address in linear memory (64 bits). Never returns.
   */
  TRAP = 0x08,
  /** Base of memory 0 (copied to r15 on entry). */
  MEM_BASE = 0x10,
  /** Current size of memory 0 in bytes. Kept up to date by every grow of that memory, whoever does it. */
  MEM_BYTES = 0x18,
  /**
   * Base of the process-wide array of FuncRef records (64 bytes each); a funcref value is its 32-bit index,
   * zero-extended; 0 is null.
   */
  FUNCREFS = 0x20,
  /** Owned by the addon. */
  THREAD = 0x28,
  INSTANCE = 0x30,
  /** Base of the heap of WebAssembly's objects (abi/gc-layout.ts). */
  HEAP = 0x38,
  /** Start of the module's own area. */
  MODULE = 0x40,
}

/** See `VmCtx.MEM_LIMIT`. */
export const MEM_MARGIN = 65536;

/** Memories other than memory 0 as the vmctx sees them, 8 bytes each: as MEM_BASE, MEM_BYTES and MEM_LIMIT. */
export const enum MemoryView {
  BASE = 0,
  BYTES = 8,
  LIMIT = 16,
  SIZE = 24,
}

/** Inaccessible bytes below the base of a memory that guard-mode code relies on (`MachFunc.wrap`). */
export const LOW_GUARD = 65536;

/** Inaccessible bytes on either side of each memory of ours (`isFenced` of wasm/types.ts). */
export const FENCE = 65536;

/**
 * Runtime helpers, called by `call [r14 - 8 * (helper + 1)]` with the generated code's convention: up to five integer
 * arguments in rdi, rsi, rdx, rcx, r8 (i32 zero-extended), result in rax. They preserve rbx, rbp, r12–r15 and clobber
 * the rest. They raise traps themselves. Those of the first four are for memory 0 with 32-bit addresses.
 */
export const enum Helper {
  /** (pages) → old pages or 0xffffffff. */
  MEMORY_GROW = 0,
  /** (dst, value, n). */
  MEMORY_FILL = 1,
  /** (dst, src, n). */
  MEMORY_COPY = 2,
  /** (dst, src, n, segment). */
  MEMORY_INIT = 3,
  /** (segment). */
  DATA_DROP = 4,
  /** (table, index) → reference. */
  TABLE_GET = 5,
  /** (table, index, reference). */
  TABLE_SET = 6,
  /** (table, value, delta) → old size or 0xffffffff. */
  TABLE_GROW = 7,
  /** (table, index, value, n). */
  TABLE_FILL = 8,
  /** (dstTable, srcTable, dst, src, n). */
  TABLE_COPY = 9,
  /** (table, segment, dst, src, n). */
  TABLE_INIT = 10,
  /** (segment). */
  ELEM_DROP = 11,
  /** (function index) → funcref. */
  REF_FUNC = 12,
  /**
   * Used by host stubs only: (−, funcref of the host function); arguments and results are in the buffer at
   * `VmCtx.ARGUMENTS`. Does not return if the host throws.
   */
  HOST_CALL = 13,
  /**
   * (tag index): throws a new exception with the contents in the caller's outgoing area (`contentsLayout`). The numbers
   * between lie where the vmctx has MEM_LIMIT and ARGUMENTS.
   */
  THROW = 16,
  /** (exnref): throws that exception; traps if it is null. */
  THROW_REF = 17,
  /**
   * Jumped to by tail calls that need a larger outgoing area than their function's caller has made: the area is at rsp,
   * rax as of a call entry, the callee's address in r11; r10 points at u32: bytes from rsp to the return address, bytes of
   * the area, bytes of the function's own. Callee-saved registers are the caller's.
   */
  TAIL_CALL = 18,
  /** (address, expected, timeout in ns as i64, offset, memory) → 0 woken, 1 not equal, 2 timed out. */
  ATOMIC_WAIT32 = 19,
  ATOMIC_WAIT64 = 20,
  /** (address, count, offset, memory) → how many were woken. */
  ATOMIC_NOTIFY = 21,
  /** The first four for any memory, with addresses and lengths of 64 bits: (pages, memory) → as MEMORY_GROW. */
  MEMORY_GROW_OF = 22,
  /** (dst, value, n, memory). */
  MEMORY_FILL_OF = 23,
  /** (dst, src, n, memory of dst, memory of src). */
  MEMORY_COPY_OF = 24,
  /** (dst, src, n, segment, memory). */
  MEMORY_INIT_OF = 25,
  /**
   * → in rax a new object, all zero but for its header, where the window has no room for it (emit/heap.ts of each
   * machine): type index in eax, an array's length in edx. On AArch64 x16; w17 and x16. Preserves all other registers.
   */
  OBJECT_NEW = 26,
  /** (array, index, n, value, its upper 64 bits). */
  ARRAY_FILL = 27,
  /** (address of elements, address of the elements to copy, bytes): both are there. */
  ARRAY_COPY = 28,
  /** (array, index, place in the segment, n, segment): of data where the elements are numbers, else of elements. */
  ARRAY_INIT = 29,
  /** (type index, place in the segment, n, segment) → a new array. */
  ARRAY_NEW_SEGMENT = 30,
  /** (reference, type as in wasm/ref-types.ts) → 1 if it is one of that type, else 0. */
  REF_TEST = 31,
  COUNT = 32,
}

/** The record of an exception, in memory of the addon's. Generated code reads it while the exception lands. */
export const enum ExceptionRecord {
  /** u32: the exnref that means it. */
  HANDLE = 0,
  /** Address that identifies the tag. */
  TAG = 8,
  /** See `contentsLayout`. */
  CONTENTS = 16,
}

/** Bytes of a value in an exception's contents: 8-byte slots, of which a v128 has two. */
export const contentBytes = (t: ValType): number => (t === ValType.V128 ? 16 : 8);

/** Offsets of an exception's contents from their start, and the bytes of all. */
export function contentsLayout(params: readonly ValType[]): { offsets: number[]; bytes: number } {
  let bytes = 0;
  const offsets = params.map((t) => {
    const at = bytes;
    bytes += contentBytes(t);
    return at;
  });
  return { offsets, bytes };
}

/**
 * A 16-byte call entry: in tables of funcref and in the vmctx's import area. `call [entry + CODE]` with **rax = address
 * of the entry** calls the function from any instance whose vmctx is in r14. Null entries have TYPE_ID 0 and CODE 0.
 */
export const enum Entry {
  CODE = 0,
  /** u32 canonical type id (`signatureId`). */
  TYPE_ID = 8,
  /** u32 index of the FuncRef record. */
  FUNCREF = 12,
  SIZE = 16,
  SHIFT = 4,
}

/** A funcref record (64 bytes) in the process-wide array. */
export const enum FuncRef {
  /** Entry of the function itself; wants r14 = VMCTX and r15 = that vmctx's MEM_BASE. Null for a free record. */
  CODE = 0,
  VMCTX = 8,
  /** u32: function index in its module. */
  FUNC_INDEX = 16,
  /** u32: bytes of the outgoing area (`CallLayout.outBytes`), for thunks that must copy it. */
  OUT_BYTES = 20,
  /** Address of the signature's entry stub (C → wasm); of a `LEAF_FUNCTION` the one behind that of its leaf stub. */
  ENTRY_STUB = 24,
  /** A call entry (`Entry`) with code that works for every caller: what call_ref of another instance's function uses. */
  ENTRY = 48,
  /** u32. */
  TYPE_ID = ENTRY + Entry.TYPE_ID,
  SIZE = 64,
  SHIFT = 6,
}

/**
 * A table as the vmctx sees it: {base of entries, current length}; externref tables have 8-byte values instead of
 * entries.
 */
export const enum TableView {
  BASE = 0,
  /** u64. */
  LENGTH = 8,
  SIZE = 16,
}

/**
 * Canonical type id of a signature. Up to nine value types in all are encoded injectively in 31 bits (three bits each,
 * a zero between parameters and results, a leading one), so equal signatures have equal ids in every module and process
 * and code can hold the id as an immediate. Longer signatures, those with other types, and types that are more than a
 * signature return 0: their ids (bit 31 set) are handed out by the addon at load time and read from the vmctx
 * (`VmLayout.longTypes`).
 */
export function signatureId(type: TypeDef): number {
  if (!isPlain(type)) return 0;
  const { params, results } = type;
  if (params.length + results.length > 9) return 0;
  let id = 1;
  for (const t of params) {
    if (typeDigit(t) === 0) return 0;
    id = (id << 3) | typeDigit(t);
  }
  id <<= 3;
  for (const t of results) {
    if (typeDigit(t) === 0) return 0;
    id = (id << 3) | typeDigit(t);
  }
  return id;
}

function typeDigit(t: ValType): number {
  switch (t) {
    case ValType.I32:
      return 1;
    case ValType.I64:
      return 2;
    case ValType.F32:
      return 3;
    case ValType.F64:
      return 4;
    case ValType.V128:
      return 5;
    case ValType.FUNCREF:
      return 6;
    case ValType.EXTERNREF:
      return 7;
    default:
      return 0;
  }
}

/** The module's own area of the vmctx: byte offsets from r14. */
export interface VmLayout {
  /**
   * By global index. Defined globals live here (16 bytes for v128); of an imported one this is the slot that holds its
   * address.
   */
  globals: number[];
  /** By memory index: a MemoryView; of memory 0, which is in the header, -1. */
  memories: number[];
  /** By table index: a TableView, or for a closed table the entries themselves start at `closedTables[i]`. */
  tables: number[];
  /** By table index: offset of the inline entries of a closed table, or -1. */
  closedTables: number[];
  /** By imported function index: a call entry. */
  imports: number[];
  /** By tag index: what identifies the tag (`ExceptionRecord.TAG`), 8 bytes. */
  tags: number[];
  /** By type index: offset of the u32 id, or -1 when `signatureId` gives it. */
  longTypes: number[];
  /**
   * Absolute addresses of switch targets, 8 bytes each; -1 without. Placed by the linker, filled at instantiation from
   * the artefact's DISPATCH section.
   */
  dispatch: number;
  /** Execution counters, 8 bytes each, at the end; -1 without. The linker puts them there (aot/link.ts). */
  counters: number;
  /** Bytes from r14 to the end. */
  size: number;
}

/** Entries of all closed tables of a module: 16 MiB in each instance. */
const CLOSED_ENTRIES = 1 << 20;

/**
 * A table is closed when only this module's own call_indirect can see it: defined here, funcref, not exported,
 * fixed size (min = max or nothing grows it), at most 65,536 entries and CLOSED_ENTRIES in all, no body contains
 * table.get/set/grow/fill/copy/init on it (`mutatedTables`), and no segment puts the value of a global into it. Its
 * entries are in the vmctx, hold only functions of this instance (imports through import stubs) and its bound is an
 * immediate.
 */
export function computeVmLayout(m: WasmModule, mutatedTables: Uint8Array): VmLayout {
  let at: number = VmCtx.MODULE;
  const take = (bytes: number, align: number): number => {
    const p = (at + align - 1) & -align;
    at = p + bytes;
    return p;
  };
  const globals = m.globals.map((g, i) =>
    i < m.importedGlobals || g.type !== ValType.V128 ? take(8, 8) : take(16, 16),
  );
  const memories = m.memories.map((_, i) => (i === 0 ? -1 : take(MemoryView.SIZE, 8)));
  const tables = m.tables.map(() => take(TableView.SIZE, 8));
  const imports: number[] = [];
  for (let i = 0; i < m.importedFuncs; i++) imports.push(take(Entry.SIZE, 16));
  const tags = m.tags.map(() => take(8, 8));
  const longTypes = m.types.map((t) => (signatureId(t) === 0 ? take(4, 4) : -1));
  const exported = new Set(m.exports.filter((e) => e.kind === 1).map((e) => e.index));
  // A funcref global may hold a function of any instance.
  const foreign = new Set<number>();
  for (let s = 0; s < m.elems.length; s++)
    if (m.elems.mode(s) === ElemMode.ACTIVE && !m.elems.isPlain(s)) foreign.add(m.elems.table(s));
  let room = CLOSED_ENTRIES;
  const closedTables = m.tables.map((t, i) => {
    const closed =
      i >= m.importedTables &&
      topOf(m, t.type) === ValType.FUNCREF &&
      m.tableInits[i - m.importedTables] === null &&
      !exported.has(i) &&
      !foreign.has(i) &&
      !mutatedTables[i] &&
      t.min <= Math.min(65536, room);
    if (!closed) return -1;
    room -= t.min;
    return take(t.min * Entry.SIZE, 16);
  });
  return {
    globals,
    memories,
    tables,
    closedTables,
    imports,
    tags,
    longTypes,
    dispatch: -1,
    counters: -1,
    size: (at + 15) & -16,
  };
}

/**
 * By table: for a closed one the function in each element (-1: null), as segments leave them; null for a table that is
 * not closed or where an offset is not constant.
 */
export function closedElements(m: WasmModule, vm: VmLayout): (Int32Array | null)[] {
  const { elems } = m;
  const tables = m.tables.map((t, i) => (vm.closedTables[i] < 0 ? null : new Int32Array(t.min).fill(-1)));
  for (let s = 0; s < elems.length; s++) {
    const table = elems.table(s);
    const elements = tables[table];
    if (elems.mode(s) !== ElemMode.ACTIVE || elements === null) continue;
    const at = elems.constantOffset(s);
    if (at < 0 || !elems.isPlain(s) || at + elems.count(s) > elements.length) tables[table] = null;
    else elements.set(elems.itemsOf(s), at);
  }
  return tables;
}
