/** The choke point of the passes: order, observation, verification before and after. */
import { describe, expect, it } from 'vitest';
import type { Func } from '../../src-ts/ir/func.js';
import { parseFunc } from '../../src-ts/ir/parse.js';
import { PassState, runPass, runPasses } from '../../src-ts/opt/passes.js';
import { ENABLED } from '../support/phases.js';

const func = (): Func =>
  parseFunc('func 0 type 0\nblock 0 @0:\n  v0 = arg index=0 : i32\n  v1 = i32.eqz v0\n  return (v1)\n');
const state = new PassState(ENABLED);
const harmful = { name: 'gvn' as const, why: 'test', run: (f: Func): boolean => (f.a[1] = 1) === 1 };

describe('passes', () => {
  it('reports name and result of a pass', () => {
    const seen: [string, boolean][] = [];
    const nothing = { name: 'layout' as const, why: 'test', run: () => false };
    const changed = runPass(nothing, func(), state, true, (name, _, result) => seen.push([name, result]));
    expect(changed).toBe(false);
    expect(seen).toEqual([['layout', false]]);
  });

  it('verifies what a pass leaves, if asked', () => {
    expect(() => runPass(harmful, func(), state, true)).toThrow(/does not dominate/);
    expect(runPass(harmful, func(), state, false)).toBe(true);
  });

  it('verifies what it is given, if asked', () => {
    const f = func();
    harmful.run(f);
    expect(() => runPasses(f, state, true)).toThrow(/does not dominate/);
    expect(() => runPasses(f, state, false)).not.toThrow();
  });
});
