/** Branch hints: what is read of the section, and that a malformed one counts as absent. */
import { describe, expect, it } from 'vitest';
import { Hint, hintAt } from '../../src-ts/wasm/branch-hints.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { validateModule } from '../../src-ts/wasm/validate.js';
import { leb, moduleOf, section, string } from '../support/wasm-build.js';

/** (if (local.get 0) …) at byte 3 of the body, (br_if 0 (local.get 0)) at byte 9. */
const BODY = [0, 0x20, 0, 0x04, 0x40, 0x01, 0x0b, 0x20, 0, 0x0d, 0, 0x0b];
const IF = 3;
const BR_IF = 9;
const hints = (...contents: (number | number[])[]): Uint8Array =>
  section(0, string('metadata.code.branch_hint'), ...contents);
/** Two functions after one imported. */
const HEAD = [section(1, 1, 0x60, 1, 0x7f, 0), section(2, 1, string(''), string(''), 0, 0), section(3, 2, 0, 0)];
const CODE = section(10, 2, leb(BODY.length), BODY, leb(BODY.length), BODY);

function read(...sections: Uint8Array[]): Hint[] {
  const m = decodeModule(moduleOf(...sections));
  validateModule(m);
  return [0, 1].flatMap((d) => [IF, BR_IF].map((at) => hintAt(m.branchHints, m.bodyStart[d] + at)));
}

const NOTHING = [Hint.NONE, Hint.NONE, Hint.NONE, Hint.NONE];

it('hints by function and place', () => {
  const both = hints(2, 1, 2, IF, 1, 1, BR_IF, 1, 0, 2, 1, BR_IF, 1, 1);
  expect(read(...HEAD, both, CODE)).toEqual([Hint.LIKELY, Hint.UNLIKELY, Hint.NONE, Hint.LIKELY]);
  expect(read(...HEAD, hints(0), CODE)).toEqual(NOTHING);
  expect(read(...HEAD, hints(1, 2, 1, IF, 1, 0), CODE)).toEqual([Hint.NONE, Hint.NONE, Hint.UNLIKELY, Hint.NONE]);
});

describe('a section that counts as absent', () => {
  it.each([
    ['cut off', [1, 1, 1, IF, 1]],
    ['longer than its contents', [1, 1, 1, IF, 1, 1, 0]],
    ['a value that is neither 0 nor 1', [1, 1, 1, IF, 1, 2]],
    ['a hint of two bytes', [1, 1, 1, IF, 2, 1, 1]],
    ['hints out of order', [1, 1, 2, BR_IF, 1, 1, IF, 1, 1]],
    ['a place twice', [1, 1, 2, IF, 1, 1, IF, 1, 1]],
    ['functions out of order', [2, 2, 1, IF, 1, 1, 1, 1, IF, 1, 1]],
    ['an imported function', [1, 0, 1, IF, 1, 1]],
    ['no function', [1, 3, 1, IF, 1, 1]],
    ['a place outside of the body', [1, 1, 1, BODY.length, 1, 1]],
    ['a count that is too large', [1, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, IF, 1, 1]],
  ])('%s', (_, contents) => {
    expect(read(...HEAD, hints(contents), CODE)).toEqual(NOTHING);
  });

  it('behind the code', () => expect(read(...HEAD, CODE, hints(1, 1, 1, IF, 1, 1))).toEqual(NOTHING));
  it('a second one', () =>
    expect(read(...HEAD, hints(1, 1, 1, IF, 1, 1), hints(1, 1, 1, BR_IF, 1, 1), CODE)).toEqual([
      Hint.LIKELY,
      Hint.NONE,
      Hint.NONE,
      Hint.NONE,
    ]));
});
