/** Implementation limits: those of V8, so that a module that it takes is taken here. */
export const enum Limit {
  MODULE_BYTES = 0x4000_0000,
  TYPES = 1_000_000,
  /** Declared supertypes above a type. */
  SUBTYPING_DEPTH = 63,
  STRUCT_FIELDS = 10_000,
  /** Operands of `array.new_fixed`. */
  ARRAY_OPERANDS = 10_000,
  FUNCTIONS = 1_000_000,
  IMPORTS = 1_000_000,
  EXPORTS = 1_000_000,
  GLOBALS = 1_000_000,
  TAGS = 1_000_000,
  TABLES = 100_000,
  MEMORIES = 100_000,
  DATA_SEGMENTS = 100_000,
  ELEM_SEGMENTS = 10_000_000,
  /** Items of one element segment. */
  ELEM_ITEMS = 10_000_000,
  /** Entries of a table. A larger minimum compiles and fails at instantiation. */
  TABLE_SIZE = 10_000_000,
  PARAMS = 1_000,
  RESULTS = 1_000,
  /** Parameters included. */
  LOCALS = 50_000,
  FUNCTION_BYTES = 7_654_321,
  BR_TABLE_TARGETS = 65_520,
  /** Operands live at once in a function; V8 has none, but runs out of memory instead. */
  OPERANDS = 16_777_216,
}

/** What is said of `count` things of a kind, in V8's words. */
export const tooMany = (what: string, count: number, limit: Limit): string =>
  `${what} count of ${count} exceeds internal limit of ${limit}`;
