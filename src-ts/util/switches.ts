/**
 * Optimisations that can be turned off one by one (`CompileOptions.disable`, `compile --disable`), to measure what each
 * brings and to bisect a miscompile. What each is worth is in `docs/performance.md`. Which are off belongs to a
 * compilation, not to the thread.
 */
export const OPTIMISATIONS = {
  inlining: 'calls that a profile shows to be hot become the body of what they call',
  devirtualisation: 'indirect calls are compared with the target that a profile shows to be most frequent',
  'function-order': 'functions that a profile shows to be hot stand side by side',
  'hot-blocks': 'where no block is to follow, one comes next that a profile shows to be hot',
  gvn: 'equal operations are computed once',
  forwarding: 'loads and globals that were just read or written are not read again',
  'upper-half': 'masked 64-bit comparisons become comparisons of the upper half',
  'load-folding': 'loads become memory operands',
  'word-copies': 'what is copied by two words is loaded and stored as words',
  'joined-words': 'two words of a result in memory are stored as one',
  'word-loads': 'loads of 64 bits that are wanted as two words are two loads',
  'memory-operations': 'load, operate, store becomes one operation on memory',
  'fenced-checks':
    'of 64-bit addresses near each other one is compared; inaccessible pages around the memory do the rest',
  'folded-addresses': 'sums that may wrap at 2^32 fold into addresses; a fault puts the rare wrap right',
  reciprocals: 'division by a constant becomes multiplication',
  'byte-swap': 'shifted and masked bytes become bswap',
  prediction: 'branches are predicted from what they compare and lead to',
  'split-conditions': 'a branch on conditions joined by and, or, select becomes several branches',
  'known-branches': 'a branch that those before it have decided goes without a test',
  'carried-loads': 'what an iteration stores and the next one loads stays in a register',
  'shared-addresses': 'addresses of one variable with several constants are relative to the smallest',
  induction: 'what a loop adds a constant to has a range, so that constants fold into addresses',
  'counting-from-zero': 'loops that count from a negative constant up count from zero',
  'loop-constants': 'vector and float constants of small loops stay in registers that are free',
  'strided-loads': 'floats that lie cache lines apart are loaded by instructions of their own',
  vectorise: 'loops over neighbouring elements run in vectors of 128 bits, if tests before them say that they may',
  reassociation: 'in loops that wait for sums or minima of several things what comes last is joined last',
  scheduling: 'in small loops comes first what most is waiting for',
  layout: 'the likelier successor follows its block; cold blocks come last',
  'loop-alignment': 'small inner loops lie in as few lines of 64 bytes as they can',
  'tail-loops': 'a function that calls itself last is a loop',
  'register-locals': 'locals are values, as long as their block parameters are not far more than the code',
  'long-lives': 'values live on in registers through any number of blocks, as long as the function is not enormous',
  'late-stores': 'values are stored where they leave registers, not where they are made, if that is executed less',
  'header-feedback': 'values that cost more at a loop header than they bring stay out of registers there',
  'hoisted-moves': 'moves that one way of a branch wants come before it where the other way does not mind',
  'saved-choice': 'each function saves as many callee-saved registers as pay',
  'lazy-frames': 'functions set up their frame where they need it',
  'callee-registers': 'values stay in registers across calls of functions that are known to leave them alone',
  'red-zone': 'leaves and frameless code keep their slots below rsp',
  'vmctx-switches': 'large switches jump through addresses in the vmctx',
  'switch-copies': "an interpreter's switch is copied to the end of each handler",
} as const;

/** Names of the optimisations; docs/performance.md says what they do. */
export type Optimisation = keyof typeof OPTIMISATIONS;

/** Those that do nothing without a profile. */
export const PROFILE_OPTIMISATIONS: readonly Optimisation[] = [
  'inlining',
  'devirtualisation',
  'function-order',
  'hot-blocks',
];

/** An optimisation to leave out: everywhere, or (`name@7`, `name@7-20`, `name@7-`) in some functions. */
export type Disabled = Optimisation | `${Optimisation}@${string}`;

/** Which optimisations are on in the current function. */
export interface Enabled extends Readonly<Record<Optimisation, boolean>> {}

interface Range {
  name: Optimisation;
  from: number;
  to: number;
}

/** Which optimisations a compilation leaves out in which functions. */
export class Switches {
  /** What is on in the function of the last `apply`; everything without ranges at first. One object for all functions. */
  readonly enabled: Enabled;
  private readonly ranges: Range[];
  /** The same for all functions. */
  private readonly uniform: boolean;

  /** Throws RangeError for a name that does not exist and for a malformed range. */
  constructor(disabled: readonly string[]) {
    this.ranges = disabled.map(parseDisabled);
    this.uniform = this.ranges.every(({ from, to }) => from === 0 && to === Infinity);
    const names = Object.keys(OPTIMISATIONS) as Optimisation[];
    this.enabled = Object.fromEntries(
      names.map((name) => [name, !this.ranges.some((r) => r.name === name && r.from === 0 && r.to === Infinity)]),
    ) as Enabled;
  }

  /** Turns off what is left out in this function, and all others on. */
  apply(index: number): void {
    if (this.uniform) return;
    const on = this.enabled as Record<Optimisation, boolean>;
    for (const name of Object.keys(OPTIMISATIONS) as Optimisation[]) on[name] = true;
    for (const { name, from, to } of this.ranges) if (index >= from && index <= to) on[name] = false;
  }
}

/** Throws RangeError for what is no `Disabled`. */
export function parseDisabled(text: string): Range {
  const [name, functions] = text.split('@', 2);
  if (!(name in OPTIMISATIONS))
    throw new RangeError(`unknown optimisation '${name}'; known: ${Object.keys(OPTIMISATIONS).join(', ')}`);
  if (functions === undefined) return { name: name as Optimisation, from: 0, to: Infinity };
  const match = /^(\d+)(-(\d*))?$/.exec(functions);
  if (match === null) throw new RangeError(`'${text}': functions are an index or a range, as in ${name}@7-20`);
  const from = Number(match[1]);
  return {
    name: name as Optimisation,
    from,
    to: match[2] === undefined ? from : match[3] ? Number(match[3]) : Infinity,
  };
}
