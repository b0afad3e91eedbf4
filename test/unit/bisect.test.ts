/** The search of `compile --bisect`, against faults that are known. */
import { describe, expect, it } from 'vitest';
import { bisect, type Check } from '../../src-ts/cli/bisect.js';
import { type Optimisation, OPTIMISATIONS, parseDisabled } from '../../src-ts/util/switches.js';

const ALL = Object.keys(OPTIMISATIONS) as Optimisation[];

/** A check of code that is bad while all of these are on, each in its function (null: the module's). */
function faulty(...needed: [Optimisation, number | null][]): { check: Check; runs: () => number } {
  let runs = 0;
  return {
    runs: () => runs,
    check: async (disable) => {
      runs++;
      const off = disable.map(parseDisabled);
      const isOn = ([name, index]: [Optimisation, number | null]): boolean =>
        !off.some((d) => d.name === name && (index === null ? d.from === 0 : d.from <= index && index <= d.to));
      return !needed.every(isOn);
    },
  };
}

describe('bisect', () => {
  it.each(ALL.map((name, k) => [name, k] as const))('finds %s in one function', async (name, k) => {
    const index = 10 + ((k * 977) % 990);
    const ofModule = name === 'function-order';
    const { check, runs } = faulty([name, ofModule ? null : index]);
    expect(await bisect(check, 10, 1000)).toEqual({
      kind: 'found',
      optimisation: name,
      others: [],
      functionIndex: ofModule ? null : index,
      alone: true,
    });
    expect(runs()).toBeLessThan(22);
  });

  it('finds the first and the last function', async () => {
    for (const index of [3, 19])
      expect(await bisect(faulty(['gvn', index]).check, 3, 20)).toMatchObject({ functionIndex: index, alone: true });
  });

  it('says when several functions are needed', async () => {
    const { check } = faulty(['gvn', 5], ['gvn', 9]);
    expect(await bisect(check, 0, 20)).toMatchObject({ optimisation: 'gvn', functionIndex: 9, alone: false });
  });

  it('finds one of two optimisations that are bad together', async () => {
    const { check } = faulty(['gvn', 5], ['layout', 5]);
    const verdict = await bisect(check, 0, 20);
    expect(verdict).toMatchObject({ optimisation: 'layout', functionIndex: 5, others: [] });
  });

  it('leaves out what hides the fault', async () => {
    // Bad while gvn is on or layout is: neither alone mends it.
    const check: Check = async (disable) => disable.includes('gvn') && disable.includes('layout');
    const verdict = await bisect(check, 0, 20);
    expect(verdict).toMatchObject({ kind: 'found', optimisation: 'gvn' });
    expect((verdict as { others: string[] }).others).toContain('layout');
  });

  it('tells when there is nothing to find, or not here', async () => {
    expect(await bisect(async () => true, 0, 20)).toEqual({ kind: 'good' });
    expect(await bisect(async () => false, 0, 20)).toEqual({ kind: 'not-an-optimisation' });
  });

  it('works without functions', async () => {
    expect(await bisect(faulty(['gvn', null]).check, 2, 2)).toMatchObject({ functionIndex: null });
  });
});
