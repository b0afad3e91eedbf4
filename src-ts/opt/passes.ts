/**
 * The passes over SSA between the builder and instruction selection, in order, with the reason for each place. Every
 * pass runs through `runPass`, the one place for verification and observation (dumps, timing).
 *
 * The table is short because the builder folds, shares and forwards at creation (`ir/fold.ts`, `ir/emitter.ts`,
 * `ir/memory.ts`) and ends with removal of redundant parameters and dead values (`ir/compact.ts`): what is never made
 * costs no pass. Here stands what needs the whole function.
 */
import type { Func } from '../ir/func.js';
import { verifyFunc } from '../ir/verify.js';
import type { Enabled, Optimisation } from '../util/switches.js';
import { KnownBranches } from './known-branches.js';
import { SplitConditions } from './split-conditions.js';

/** What the passes of one compilation keep from function to function. */
export class PassState {
  readonly splitConditions = new SplitConditions();
  readonly knownBranches = new KnownBranches();

  constructor(readonly enabled: Enabled) {}
}

export interface Pass {
  name: Optimisation;
  /** Why it exists and stands where it stands. */
  why: string;
  /** Returns whether it changed anything. In: a valid function. Out: a valid function without dead values. */
  run(f: Func, state: PassState): boolean;
}

export const PASSES: readonly Pass[] = [
  {
    name: 'split-conditions',
    why: 'a branch on joined conditions is cheaper as several branches; it makes blocks, so it comes before everything that knows the control flow',
    run: (f, { splitConditions }) => splitConditions.run(f),
  },
  {
    name: 'known-branches',
    why: 'checks of one thing behind each other; what a part of a joined condition decides shows once the parts are branches',
    run: (f, { knownBranches }) => knownBranches.run(f),
  },
];

/** Told about every pass that ran; `changed` is what it returned. */
export type PassObserver = (name: string, f: Func, changed: boolean, ms: number) => void;

/** Runs all passes. With `verify` every invariant of the IR is checked before the first and after each pass. */
export function runPasses(f: Func, state: PassState, verify: boolean, observe?: PassObserver): void {
  if (verify) verifyFunc(f);
  for (const pass of PASSES) if (state.enabled[pass.name]) runPass(pass, f, state, verify, observe);
}

/** Runs one pass; for file tests of single passes too. */
export function runPass(pass: Pass, f: Func, state: PassState, verify: boolean, observe?: PassObserver): boolean {
  const start = performance.now();
  const changed = pass.run(f, state);
  const ms = performance.now() - start;
  if (verify) verifyFunc(f);
  observe?.(pass.name, f, changed, ms);
  return changed;
}
