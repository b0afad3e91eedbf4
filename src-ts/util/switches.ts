/**
 * Optimisations that can be turned off one by one (`CompileOptions.disable`, `compile --disable`), to measure what each
 * brings and to bisect a miscompile. What each is worth stands in `docs/performance.md`. One state per thread, set
 * before a module is compiled.
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
  'long-lives': 'values live on in registers through any number of blocks, as long as the function is not enormous',
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

/** What is on in this thread. */
export const enabled: Record<Optimisation, boolean> = Object.fromEntries(
  Object.keys(OPTIMISATIONS).map((name) => [name, true]),
) as Record<Optimisation, boolean>;

/** Turns these off and all others on. Throws RangeError for a name that does not exist. */
export function disableOptimisations(names: readonly string[]): void {
  for (const name of names)
    if (!(name in OPTIMISATIONS))
      throw new RangeError(`unknown optimisation '${name}'; known: ${Object.keys(OPTIMISATIONS).join(', ')}`);
  for (const name of Object.keys(OPTIMISATIONS) as Optimisation[]) enabled[name] = !names.includes(name);
}
