/** The passes over SSA, in order, with what each needs and why it stands where it stands. */
import type { Func } from '../ir/func.js';
import { verifyFunc } from '../ir/verify.js';

export interface Pass {
  name: string;
  /** Returns whether it changed anything. */
  run(f: Func): boolean;
}

export const PASSES: readonly Pass[] = [];

/** Runs all passes. With `verify` every invariant of the IR is checked before the first and after each pass. */
export function runPasses(f: Func, verify: boolean): void {
  if (verify) verifyFunc(f);
  for (const pass of PASSES) {
    pass.run(f);
    if (verify) verifyFunc(f);
  }
}
