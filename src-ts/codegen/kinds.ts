/**
 * Kinds of machine code, as the compiler knows them: the one table. With debug information the emitter says at every
 * instruction which kind it is, which wasm operator it comes from, and which *unit* it belongs to; `aot/debug-info.ts`
 * keeps that in the artefact.
 *
 * A unit is a piece of a function that runs as a whole, so that one counter says how often each of its instructions
 * ran.
 */
import { ADDR_KIND_MASK, AddrKind, Rec } from './mach.js';
import { MOp } from '../x64/machops.js';
import { VOp } from '../x64/machops-simd.js';

export const enum CodeKind {
  ARITHMETIC = 0,
  FLOAT = 1,
  /** Linear memory: loads, stores, and operations with a folded access. */
  LOAD = 2,
  STORE = 3,
  /** Explicit comparison of an address with the size of memory. */
  BOUNDS = 4,
  /** Globals and tables in the vmctx. */
  VMCTX = 5,
  /** Arguments and results on the stack. */
  STACK_ARGUMENT = 6,
  CALL = 7,
  CALL_INDIRECT = 8,
  /** Imported functions: stub of the caller's side. */
  CALL_IMPORT = 9,
  /** Runtime helpers: memory.grow and the like. */
  CALL_HELPER = 10,
  BRANCH = 11,
  BR_TABLE = 12,
  SPILL_STORE = 13,
  RELOAD = 14,
  /** Register to register, made by the allocator. */
  MOVE = 15,
  ZERO_EXTEND = 16,
  CONSTANT = 17,
  STACK_CHECK = 18,
  PROLOGUE = 19,
  EPILOGUE = 20,
  /** Traps and their preparation. */
  TRAP = 21,
  /** Entry, host and import stubs. */
  STUB = 22,
  /** Only in counting builds. */
  COUNTER = 23,
  VECTOR = 24,
  COUNT = 25,
}

/** By `CodeKind`, as reports print them. */
export const KIND_NAMES: readonly string[] = [
  'arithmetic',
  'float arithmetic',
  'memory load',
  'memory store',
  'bounds check',
  'globals and tables',
  'stack arguments',
  'call',
  'call_indirect dispatch',
  'import call',
  'helper call',
  'branch',
  'br_table dispatch',
  'spill store',
  'reload',
  'register move',
  'zero-extension',
  'constant',
  'stack check',
  'prologue',
  'epilogue',
  'trap',
  'stub',
  'counter',
  'vector arithmetic',
];

/**
 * Unit numbers: none, the entry, then block b, edge e and cold continuation k of a function with nb blocks and ne
 * edges; among the last, pairs of units hold votes (`MachEmitter.vote`). Cold code that only traps has no unit.
 */
export const enum Unit {
  NONE = 0,
  ENTRY = 1,
  BLOCKS = 2,
}
export const edgeUnit = (nb: number, edge: number): number => Unit.BLOCKS + nb + edge;
export const coldUnit = (nb: number, ne: number, k: number): number => Unit.BLOCKS + nb + ne + k;

/** Kind of an allocator's record other than an instruction. */
export function kindOfRecord(rec: number): CodeKind {
  switch (rec as Rec) {
    case Rec.LOAD:
      return CodeKind.RELOAD;
    case Rec.STORE:
    case Rec.STORE_CONST:
    case Rec.COPY_SLOT:
      return CodeKind.SPILL_STORE;
    case Rec.REMAT:
      return CodeKind.CONSTANT;
    default:
      return CodeKind.MOVE;
  }
}

/**
 * Kind of the first part of a machine operation (a fused branch goes on with `CodeKind.BRANCH`). `addr` as in
 * `MachFunc.addr`.
 */
export function kindOfInstruction(op: number, addr: number): CodeKind {
  switch (addr & ADDR_KIND_MASK) {
    case AddrKind.MEMORY:
    case AddrKind.VALUE:
      return isStore(op) ? CodeKind.STORE : CodeKind.LOAD;
    case AddrKind.VMCTX:
      return CodeKind.VMCTX;
    case AddrKind.INCOMING:
    case AddrKind.OUTGOING:
      return CodeKind.STACK_ARGUMENT;
  }
  switch (op) {
    case MOp.MOV32:
      return CodeKind.ZERO_EXTEND;
    case MOp.MOV64:
      return CodeKind.MOVE;
    case MOp.IMM32:
    case MOp.IMM64:
    case MOp.XLOAD128:
    case VOp.ZERO:
    case VOp.ONES:
      return CodeKind.CONSTANT;
    case MOp.BOUNDS:
    case MOp.BOUNDS_EA:
      return CodeKind.BOUNDS;
    case MOp.CALL:
      return CodeKind.CALL;
    case MOp.CALL_IMPORT:
      return CodeKind.CALL_IMPORT;
    case MOp.CALL_HELPER:
      return CodeKind.CALL_HELPER;
    case MOp.CALL_CLOSED:
    case MOp.CALL_TABLE:
    case MOp.CALL_CLOSED_LONG:
    case MOp.CALL_TABLE_LONG:
      return CodeKind.CALL_INDIRECT;
    case MOp.BR:
      return CodeKind.BRANCH;
    case MOp.BR_TABLE:
      return CodeKind.BR_TABLE;
    case MOp.RET:
      return CodeKind.EPILOGUE;
    case MOp.TRAP:
      return CodeKind.TRAP;
  }
  if (op >= MOp.BR_ON && op < MOp.SET_ON) return CodeKind.BRANCH;
  if (op >= MOp.VECTOR) return CodeKind.VECTOR;
  return op >= MOp.FLOAT || (op >= MOp.XSELECT_ON && op < MOp.XLOAD32) ? CodeKind.FLOAT : CodeKind.ARITHMETIC;
}

/** Plain stores; operations on memory count as loads, which is where they wait. */
const isStore = (op: number): boolean =>
  (op >= MOp.STORE8 && op <= MOp.STORE64) || (op >= MOp.XSTORE32 && op <= MOp.XSTORE128) || op >= VOp.STORE_LANE;
