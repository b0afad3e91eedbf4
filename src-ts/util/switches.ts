/**
 * Optimisations that can be turned off one by one (`CompileOptions.disable`, `compile --disable`), to measure what each
 * brings and to bisect a miscompile. What each is worth stands in `docs/performance.md`.
 */
export const OPTIMISATIONS = {
  inlining: 'calls that a profile shows to be hot become the body of what they call',
  devirtualisation: 'indirect calls are compared with the target that a profile shows to be most frequent',
  'function-order': 'functions that a profile shows to be hot stand side by side',
  gvn: 'equal operations are computed once',
  forwarding: 'loads and globals that were just read or written are not read again',
  'upper-half': 'masked 64-bit comparisons become comparisons of the upper half',
  'load-folding': 'loads become memory operands',
  'memory-operations': 'load, operate, store becomes one operation on memory',
  reciprocals: 'division by a constant becomes multiplication',
  'byte-swap': 'shifted and masked bytes become bswap',
  prediction: 'branches are predicted from what they compare and lead to',
  'split-conditions': 'a branch on conditions joined by and, or, select becomes several branches',
  'known-branches': 'a branch that those before it have decided goes without a test',
  layout: 'the likelier successor follows its block; cold blocks come last',
  'loop-alignment': 'small inner loops start at multiples of 32 bytes',
  'late-stores': 'values are stored where they leave registers, not where they are made, if that is executed less',
  'header-feedback': 'values that cost more at a loop header than they bring stay out of registers there',
  'saved-choice': 'each function saves as many callee-saved registers as pay',
  'lazy-frames': 'functions set up their frame where they need it',
  'red-zone': 'leaves and frameless code keep their slots below rsp',
  'vmctx-switches': 'large switches jump through addresses in the vmctx',
  'switch-copies': "an interpreter's switch is copied to the end of each handler",
} as const;

export type Optimisation = keyof typeof OPTIMISATIONS;

/** Those that do nothing without a profile. */
export const PROFILE_OPTIMISATIONS: readonly Optimisation[] = ['inlining', 'devirtualisation', 'function-order'];

/** Which optimisations are on, for one compilation. */
export type Enabled = Readonly<Record<Optimisation, boolean>>;

/** All optimisations but these. Throws RangeError for a name that does not exist. */
export function enabledWithout(names: readonly string[]): Enabled {
  for (const name of names)
    if (!(name in OPTIMISATIONS))
      throw new RangeError(`unknown optimisation '${name}'; known: ${Object.keys(OPTIMISATIONS).join(', ')}`);
  const all = Object.keys(OPTIMISATIONS) as Optimisation[];
  return Object.fromEntries(all.map((name) => [name, !names.includes(name)])) as Record<Optimisation, boolean>;
}
