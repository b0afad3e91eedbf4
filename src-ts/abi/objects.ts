/**
 * Numbers in which the addon and the JavaScript side tell each other about objects: kinds, what looks at references
 * find, limits. `scripts/gen-header.mjs` writes them into the addon's header.
 */

/** What `watch` and `state` are about, and rows of `scan`. */
export const enum ObjectKind {
  CODE = 1,
  MEMORY = 2,
  TABLE = 3,
  GLOBAL = 4,
  INSTANCE = 5,
  TAG = 6,
  PROMISING_CALL = 7,
}

/** Bits of the marks of `scan`. */
export const enum Mark {
  /** A table, a global or an instance holds it. */
  OWNED = 1,
  /** The wasm stack or the argument buffer may hold it. */
  ROOT = 2,
}

/** A collection by V8 is worth a look at so many slots. */
export const WORTH_OF_COLLECTION = 65_536;

/** What code for guard pages asks of a memory (`instanceShape`). */
export const enum MemoryGuard {
  NONE = 0,
  /** All that 32 bits and an offset reach is inaccessible behind it. */
  ALL = 1,
  /** FENCE bytes on either side are. */
  FENCE = 2,
}

/** What a global's cell holds. */
export const enum GlobalKind {
  PLAIN = 0,
  FUNCREF = 1,
  /** Or an exnref: their numbers are never the same. */
  EXTERNREF = 2,
}

/** Cells (native/cells.h) in one of their buffers, and the bytes of one. */
export const CELLS_PER_BLOCK = 1024;
export const CELL_BYTES = 16;

/** What is in a table's cell, as doubles. */
export const enum TableCell {
  /** Counts writes to entries. */
  VERSION = 0,
  LENGTH = 1,
}

/** The most elements of a table; V8's limit. */
export const MAX_TABLE = 10_000_000;
/** The most pages of 64 KiB of a memory, with 32-bit addresses and with 64-bit ones, where it is V8's limit. */
export const MAX_PAGES = 65_536;
export const MAX_PAGES64 = 262_144;
/** Whatever their size: generated code has 32 bits for a number of pages, and -1 is none. */
export const MAX_PAGE_COUNT = 0xffff_fffe;
/** The most bytes of a wasm stack. */
export const MAX_STACK = 2 ** 30;

/** A frame of a stack, in the rows of `TrapRecord.frames`: words. */
export const enum FrameRow {
  INSTANCE = 0,
  /** In the instance's module. */
  FUNCTION = 1,
  /** In the wasm file, or UNKNOWN_OFFSET. */
  OFFSET = 2,
  /** 0 = the call that trapped, 1 = the wasm below the host function that made it, … */
  ACTIVATION = 3,
  WORDS = 4,
}

/** At most so many frames are told: the innermost and the outermost. */
export const INNER_FRAMES = 192;
export const OUTER_FRAMES = 64;

/** What the profiler's samples have in place of a code's number, where none of ours runs; the offset is an `Outside`. */
export const OUTSIDE_CODE = 0xffffffff;
export const enum Outside {
  ELSEWHERE = 0,
  ADDON = 1,
  /** No frame: those of the next activation further out follow. */
  ACTIVATION = 2,
}
/** A sample: its first word has the number of its frames in so many bits, above them its weight. */
export const SAMPLE_FRAME_BITS = 16;
