/**
 * The passes over SSA between the builder and instruction selection, in order. They are rows of the table of all phases
 * (`aot/pipeline.ts`), which checks their order constraints and verifies the function after each of them.
 *
 * The table is short because the builder folds, shares and forwards at creation (`ir/fold.ts`, `ir/emitter.ts`,
 * `ir/memory.ts`) and ends with removal of redundant parameters and dead values (`ir/compact.ts`): what is never made
 * costs no pass. Passes are for what needs the whole function.
 */
import type { Func } from '../ir/func.js';
import { printFunc } from '../ir/print.js';
import { verifyFunc } from '../ir/verify.js';
import type { Step } from '../util/steps.js';
import type { Enabled } from '../util/switches.js';
import { CarriedLoads } from './carried-loads.js';
import { Induction } from './induction.js';
import { KnownBranches } from './known-branches.js';
import { Reassociation } from './reassociate.js';
import { Schedule } from './schedule.js';
import { SharedAddresses } from './shared-addresses.js';
import { SplitConditions } from './split-conditions.js';
import { hasFitLoop } from './vectorise/fit.js';
import { Vectorise } from './vectorise/vectorise.js';

/** What the passes that are translated ahead of time (scripts/ahead) keep from function to function. */
export class TranslatedPasses {
  readonly splitConditions = new SplitConditions();
  readonly knownBranches = new KnownBranches();
  readonly carriedLoads = new CarriedLoads();
  readonly sharedAddresses = new SharedAddresses();
  readonly induction: Induction;
  readonly reassociation = new Reassociation();
  readonly schedule = new Schedule();

  constructor(readonly enabled: Enabled) {
    this.induction = new Induction(enabled);
  }
}

/** What all passes of one compilation keep. */
export class Passes extends TranslatedPasses {
  readonly vectorise: Vectorise;

  /** `memoryBytes`: the least size of memory 0, if loops over it may run in vectors; else -1. */
  constructor(enabled: Enabled, memoryBytes = -1) {
    super(enabled);
    this.vectorise = new Vectorise(memoryBytes);
  }
}

/** What a pass works on. */
export interface PassSubject {
  readonly func: Func;
  readonly passes: Passes;
}

/** In: a valid function. Out: a valid function without dead values. `run` returns whether it changed anything. */
export interface Pass extends Step<PassSubject> {
  /**
   * Of a pass that is not translated ahead of time (scripts/ahead): whether there is anything for it to do. This is
   * translated, so that functions which need no such pass stay where the translated ones have them.
   */
  wants?(subject: PassSubject): boolean;
}

export const PASSES: readonly Pass[] = [
  {
    name: 'split-conditions',
    why: 'a branch on joined conditions is cheaper as several branches; it makes blocks, so it comes before everything that knows the control flow',
    after: ['build'],
    run: ({ func, passes }: PassSubject) => passes.enabled['split-conditions'] && passes.splitConditions.run(func),
  },
  {
    name: 'known-branches',
    why: 'removes branches that earlier ones decide; parts of a joined condition are decided once they are branches of their own',
    after: ['build', 'split-conditions'],
    run: ({ func, passes }: PassSubject) => passes.enabled['known-branches'] && passes.knownBranches.run(func),
  },
  {
    name: 'carried-loads',
    why: 'loads of what the iteration before has stored become variables of the loop, which is what it is once known branches are gone',
    after: ['build', 'split-conditions', 'known-branches'],
    run: ({ func, passes }: PassSubject) => passes.enabled['carried-loads'] && passes.carriedLoads.run(func),
  },
  {
    name: 'shared-addresses',
    why: 'sums of one variable are relative to the smallest; after everything that looks at addresses as the program has them',
    after: ['build', 'split-conditions', 'known-branches', 'carried-loads'],
    run: ({ func, passes }: PassSubject) => passes.enabled['shared-addresses'] && passes.sharedAddresses.run(func),
  },
  {
    name: 'induction',
    why: 'ranges of what loops count with, by value: so nothing may number the values anew afterwards',
    after: ['build', 'split-conditions', 'known-branches', 'carried-loads', 'shared-addresses'],
    run: ({ func, passes }: PassSubject) => {
      func.bounded = false;
      return passes.enabled.induction && passes.induction.run(func);
    },
  },
  {
    name: 'vectorise',
    why: 'loops over neighbouring elements in vectors; the scalar loop stays, so what is known of its variables is found before',
    after: ['build', 'induction'],
    wants: ({ func, passes }: PassSubject) => passes.enabled.vectorise && hasFitLoop(func),
    run: ({ func, passes }: PassSubject) => passes.enabled.vectorise && passes.vectorise.run(func),
  },
  {
    name: 'reassociate',
    why: 'in loops that wait, what comes last is added last; vectors have no such order, and induction looks at the sums that the program has',
    after: ['build', 'induction', 'vectorise'],
    run: ({ func, passes }: PassSubject) => passes.enabled.reassociation && passes.reassociation.run(func),
  },
  {
    name: 'schedule',
    why: 'the order of operations in small loops, once it is known what they are',
    after: ['build', 'induction', 'vectorise', 'reassociate'],
    run: ({ func, passes }: PassSubject) => passes.enabled.scheduling && passes.schedule.run(func),
  },
].map((pass) => ({ ...pass, print: ({ func }) => printFunc(func), verify: ({ func }) => verifyFunc(func) }));
