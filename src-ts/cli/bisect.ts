/**
 * Finds the optimisation and the function that make a compiled module misbehave. A check says whether code that was
 * compiled with some optimisations left out is good; both searches are binary, so a module of 20,000 functions takes
 * about 20 compilations.
 */
import { type Disabled, type Optimisation, OPTIMISATIONS } from '../util/switches.js';

/** Whether the code is good when these optimisations are left out. */
export type Check = (disable: Disabled[]) => Promise<boolean>;

/** What was found. */
export type Verdict =
  /** With every optimisation the check passes: there is nothing to find. */
  | { kind: 'good' }
  /** Without any optimisation it fails too: the fault is elsewhere. */
  | { kind: 'not-an-optimisation' }
  | {
      kind: 'found';
      optimisation: Optimisation;
      /** Others that were left out while it was found: without them out the fault does not show. */
      others: Optimisation[];
      /** Index of the function; null where the optimisation is about the module. */
      functionIndex: number | null;
      /** The optimisation in this function alone is enough. */
      alone: boolean;
    };

/** Optimisations that are not about single functions. */
const OF_MODULE: readonly Optimisation[] = ['function-order'];

/**
 * Searches. `functions`: how many functions there are, imports included; the first `imported` have no code. Calls the
 * check about log2(optimisations) + log2(functions) + 5 times.
 */
export async function bisect(check: Check, imported: number, functions: number): Promise<Verdict> {
  const all = Object.keys(OPTIMISATIONS) as Optimisation[];
  if (await check([])) return { kind: 'good' };
  if (!(await check(all))) return { kind: 'not-an-optimisation' };
  // Good with the first 0 optimisations, bad with all of them: the one that makes the difference.
  const last = await firstBad(0, all.length, (n) => check(all.slice(n)));
  const optimisation = all[last - 1];
  // All others on, if that is enough: the simplest command to tell.
  const others = (await check([optimisation])) ? [] : all.slice(last);
  const found = { kind: 'found' as const, optimisation, others };
  if (OF_MODULE.includes(optimisation) || functions === imported) return { ...found, functionIndex: null, alone: true };
  // Good where the optimisation is on in no function, bad where it is on in all.
  const bound = await firstBad(imported, functions, (n) => check([...others, `${optimisation}@${n}-`]));
  const functionIndex = bound - 1;
  const elsewhere: Disabled[] = [`${optimisation}@${functionIndex + 1}-`];
  if (functionIndex > 0) elsewhere.push(`${optimisation}@0-${functionIndex - 1}`);
  return { ...found, functionIndex, alone: !(await check([...others, ...elsewhere])) };
}

/** The least n above `good` for which the check fails, one of them if there are several; it fails for `bad`. */
async function firstBad(good: number, bad: number, check: (n: number) => Promise<boolean>): Promise<number> {
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (await check(middle)) good = middle;
    else bad = middle;
  }
  return bad;
}
