/**
 * Strings as native code sees them (native/strings.h). For each index of an externref there is a cell that says what is
 * known of its value; the functions of `wasm:js-string` that find their answer there are done without JavaScript.
 */

/** Fields of a cell, in bytes. All zero: nothing is known. */
export const enum StringCell {
  /** u32: how many code units of the string are at CONTENTS: all or none. */
  UNITS = 0,
  /** u32: `StringKind`; of a string its length plus STRING. */
  KIND = 4,
  /**
   * Address of the code units in UTF-16, with zeros up to a multiple of 16 bytes. Without them the first word counts how
   * often JavaScript had to read the string. Of a string that native code has made and JavaScript not yet: two words that
   * say of what, the indices of the two strings that it is, or the index of one, with PART set, and where it begins there.
   */
  CONTENTS = 8,
  SHIFT = 4,
}

export const enum StringKind {
  UNKNOWN = 0,
  /** No string. */
  OTHER = 1,
  STRING = 2,
}

export const PART = 2 ** 31;
/** The most code units of a string that native code makes. V8's bound, beyond which concatenation throws, is above. */
export const MAX_MADE = 2 ** 28;

/** Strings of one character below this have references that are always the same, and behind them has the empty string. */
export const SINGLE_CHARACTERS = 256;

/** The most code units of which native code has a copy: of one string, and of all. */
export const MAX_UNITS = 2 ** 22;
export const MAX_ALL_UNITS = 2 ** 24;

/** Functions that the addon has in assembly (`hostCreate`); where they do not know the answer they call JavaScript. */
export const enum StringLeaf {
  NONE = 0,
  CAST = 1,
  TEST = 2,
  LENGTH = 3,
  CHAR_CODE_AT = 4,
  CODE_POINT_AT = 5,
  EQUALS = 6,
  COMPARE = 7,
  FROM_CHAR_CODE = 8,
  FROM_CODE_POINT = 9,
  SUBSTRING = 10,
  CONCAT = 11,
  COUNT = 12,
}
