/**
 * The proposals that WebAssembly has grown by since 2.0: one row each, and what in a module asks for which. A module
 * that needs one which is not there is told so by name, instead of being called malformed.
 */

/** Bits of `WasmModule.features`. */
export const enum Feature {
  EXTENDED_CONST = 1,
  EXCEPTIONS = 2,
  TAIL_CALL = 4,
  FUNCTION_REFERENCES = 8,
  MULTI_MEMORY = 0x10,
  MEMORY64 = 0x20,
  RELAXED_SIMD = 0x40,
  WIDE_ARITHMETIC = 0x80,
  THREADS = 0x100,
  GC = 0x200,
  CUSTOM_PAGE_SIZES = 0x400,
  STACK_SWITCHING = 0x800,
  MEMORY_CONTROL = 0x1000,
}

/** Names in the option `features`, in messages and in artefacts; those of the specification's test suite. */
export type Proposal =
  | 'extended-const'
  | 'exceptions'
  | 'tail-call'
  | 'function-references'
  | 'multi-memory'
  | 'memory64'
  | 'relaxed-simd'
  | 'wide-arithmetic'
  | 'threads'
  | 'gc'
  | 'custom-page-sizes'
  | 'stack-switching'
  | 'memory-control';

interface ProposalRow {
  name: Proposal;
  feature: Feature;
  /** Whether this compiler has it. */
  supported: boolean;
}

export const PROPOSALS: readonly ProposalRow[] = [
  { name: 'extended-const', feature: Feature.EXTENDED_CONST, supported: true },
  { name: 'exceptions', feature: Feature.EXCEPTIONS, supported: true },
  { name: 'tail-call', feature: Feature.TAIL_CALL, supported: true },
  { name: 'function-references', feature: Feature.FUNCTION_REFERENCES, supported: true },
  { name: 'multi-memory', feature: Feature.MULTI_MEMORY, supported: true },
  { name: 'memory64', feature: Feature.MEMORY64, supported: true },
  { name: 'relaxed-simd', feature: Feature.RELAXED_SIMD, supported: true },
  { name: 'wide-arithmetic', feature: Feature.WIDE_ARITHMETIC, supported: true },
  { name: 'threads', feature: Feature.THREADS, supported: true },
  { name: 'gc', feature: Feature.GC, supported: true },
  { name: 'custom-page-sizes', feature: Feature.CUSTOM_PAGE_SIZES, supported: true },
  { name: 'stack-switching', feature: Feature.STACK_SWITCHING, supported: false },
  { name: 'memory-control', feature: Feature.MEMORY_CONTROL, supported: false },
];

/** All proposals that this compiler has. */
export const SUPPORTED_FEATURES: number = PROPOSALS.reduce((bits, p) => (p.supported ? bits | p.feature : bits), 0);

/**
 * The proposals that an option leaves on: all supported ones but those with `false`.
 * @throws RangeError for an unknown name, and for `true` where the proposal is not supported.
 */
export function featureBits(wanted: Partial<Record<Proposal, boolean>> = {}): number {
  let bits = SUPPORTED_FEATURES;
  for (const [name, on] of Object.entries(wanted)) {
    const row = PROPOSALS.find((p) => p.name === name);
    if (row === undefined)
      throw new RangeError(`features: unknown proposal '${name}'; known: ${PROPOSALS.map((p) => p.name).join(', ')}`);
    if (on === false) bits &= ~row.feature;
    else if (on === true && !row.supported) throw new RangeError(`features: '${name}' is not supported`);
  }
  return bits;
}

/** Names of the proposals in a mask. */
export const proposalNames = (bits: number): Proposal[] =>
  PROPOSALS.filter((p) => (bits & p.feature) !== 0).map((p) => p.name);

/** End of a message about something that belongs to a proposal which is not on: which one, and why it is not. */
export function refusal(feature: Feature): { proposal: Proposal; text: string } {
  const { name, supported } = PROPOSALS.find((p) => p.feature === feature)!;
  return {
    proposal: name,
    text: `it belongs to the proposal '${name}', which is ${supported ? 'turned off (option features)' : 'not supported'}`,
  };
}

/** Ranges of opcodes (numbered as in `opcodes.ts`, 0xfb whatever follows): first, last, proposal. */
const OPCODES: readonly (readonly [number, number, Feature])[] = [
  [0x06, 0x0a, Feature.EXCEPTIONS],
  [0x18, 0x19, Feature.EXCEPTIONS],
  [0x1f, 0x1f, Feature.EXCEPTIONS],
  [0x12, 0x13, Feature.TAIL_CALL],
  [0x14, 0x14, Feature.FUNCTION_REFERENCES],
  [0x15, 0x15, Feature.TAIL_CALL],
  [0xd3, 0xd3, Feature.GC],
  [0xd4, 0xd6, Feature.FUNCTION_REFERENCES],
  [0xe0, 0xe6, Feature.STACK_SWITCHING],
  [0xfb, 0xfb, Feature.GC],
  [0x112, 0x112, Feature.MEMORY_CONTROL],
  [0x113, 0x116, Feature.WIDE_ARITHMETIC],
  [0x300, 0x313, Feature.RELAXED_SIMD],
  [0x400, 0x44e, Feature.THREADS],
];

/** The proposal that an opcode belongs to, or 0. */
export function featureOfOpcode(op: number): Feature | 0 {
  return OPCODES.find(([first, last]) => op >= first && op <= last)?.[2] ?? 0;
}

/** The proposal that a type's first byte belongs to, or 0: value types, heap types and composite types. */
export function featureOfType(byte: number): Feature | 0 {
  switch (byte) {
    case 0x69: // exnref
      return Feature.EXCEPTIONS;
    case 0x63: // (ref null ...)
    case 0x64: // (ref …)
      return Feature.FUNCTION_REFERENCES;
    case 0x5d: // cont
    case 0x68: // contref
      return Feature.STACK_SWITCHING;
  }
  // i8 … rec: storage, structure, array, recursive and sub types; none … array: the abstract heap types.
  return (byte >= 0x77 && byte <= 0x78) ||
    (byte >= 0x6a && byte <= 0x6e) ||
    (byte >= 0x71 && byte <= 0x74) ||
    byte === 0x5e ||
    byte === 0x5f ||
    (byte >= 0x4e && byte <= 0x50)
    ? Feature.GC
    : 0;
}

/** The proposal that the flags of a memory's or table's limits ask for, or 0. */
export function featureOfLimits(flags: number): Feature | 0 {
  if (flags > 0x0f) return 0;
  if ((flags & 8) !== 0) return Feature.CUSTOM_PAGE_SIZES;
  return (flags & 4) !== 0 ? Feature.MEMORY64 : (flags & 2) !== 0 ? Feature.THREADS : 0;
}
