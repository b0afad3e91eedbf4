/**
 * Numbers in which the addon and the JavaScript side tell each other about calls: the argument buffer, its control words,
 * what became of a call. `scripts/gen-header.mjs` writes them into the addon's header.
 */

/**
 * Slots of the argument buffer, 8 bytes each: the specification's implementations allow 1,000 parameters and results.
 */
export const ARGUMENT_SLOTS = 1024;

/** Indices into the argument buffer as 32-bit words: the control words lie behind the slots. */
export const enum ControlWord {
  /** The funcref that `invoke` calls. */
  CALLEE = 2048,
  /** Which activation waits. */
  LEVEL = 2049,
  /** What `invoke` or `resume` came to: an `Outcome`, or the funcref of a host function that wasm wants called. */
  OUTCOME = 2050,
  /** The runtime's own: how often references were looked at (runtime/lifetimes.ts). */
  EPOCH = 2051,
  /** Index of the function that `funcrefState` was asked for, in its module. */
  FUNCTION = 2052,
  /** Whether what waits for a host function lies so deep on the wasm stack that `watchActivation` is wanted. */
  DEEP = 2055,
  /** Address of the cells of strings (abi/strings.ts), 64 bits, and how many there are. */
  STRING_CELLS = 2056,
  STRING_CELL_COUNT = 2058,
  /** Index of the externref that is the first of the single characters. */
  SINGLE_CHARACTERS = 2059,
  /** Address of those that `stringCells` made last. */
  NEW_STRING_CELLS = 2060,
  /** How many indices of externrefs there are for strings that native code makes, and they. */
  FRESH_STRING_COUNT = 2062,
  FRESH_STRINGS = 2064,
  /** The first word behind them: FRESH_STRINGS + MOST_FRESH_STRINGS. */
  END = 2128,
}

export const MOST_FRESH_STRINGS = 64;

/** The level of activations above which `watchActivation` is wanted. */
export const DEEP_LEVEL = 64;

/** What became of a call. */
export const enum Outcome {
  /** The results are there. */
  DONE = 0,
  /** `takeTrap()` tells. */
  TRAPPED = -1,
  /** `pollV8`, then `resume`. */
  POLL = -2,
  /** A memory grows that JavaScript sees: `growWaiting`, then `resume`. */
  GROW = -3,
  /** Nothing was done: the function of the same name that is not a fast call can do it. */
  DECLINED = -4,
  /** Nothing was done: the instance was freed. */
  DISPOSED = -5,
  /** Nothing was done: no activation of that level waits. */
  NOTHING_WAITS = -6,
  /** `exceptionTake()` tells. */
  THROWN = -7,
  /** Wasm waits for, or wakes, threads: runtime/atomics.ts, `answerWaiting`, then `resume`. */
  ATOMICS = -8,
  /** Our heap, or the table of exceptions, is full: `Lifetimes.collect`, then `resume`, which tries once more. */
  ROOM = -9,
}

/** Slots of the argument buffer in which the addon asks for `Outcome.ATOMICS`. */
export const enum AtomicsSlot {
  INSTANCE = 0,
  /** Bits of the word that is waited for; 0: threads are woken. */
  BITS = 1,
  ADDRESS = 2,
  /** What the word is expected to be, or how many are woken. */
  EXPECTED = 3,
  COUNT = 3,
  /** Nanoseconds, negative: for ever. */
  TIMEOUT = 4,
  /** Index of the memory. */
  MEMORY = 5,
}

/** Slots in which the fast `tableGet` and `tableSet` have their arguments. */
export const enum TableSlot {
  TABLE = 0,
  INDEX = 1,
  REFERENCE = 2,
}
