/**
 * Kinds of machine code, as the compiler knows them: the one table. With debug information the emitter says at every
 * instruction which kind it is, which wasm operator it comes from, and which *unit* it belongs to; `aot/debug-info.ts`
 * keeps that in the artefact.
 *
 * A unit is a piece of a function that runs as a whole, so that one counter says how often each of its instructions
 * ran.
 */

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
 * edges; among the last, pairs of units hold votes (`MachEmitter.vote`), and some count places (`Emission.countPlace`).
 * Cold code that only traps has no unit.
 */
export const enum Unit {
  NONE = 0,
  ENTRY = 1,
  BLOCKS = 2,
}
export const edgeUnit = (nb: number, edge: number): number => Unit.BLOCKS + nb + edge;
export const coldUnit = (nb: number, ne: number, k: number): number => Unit.BLOCKS + nb + ne + k;
