/**
 * Functions that are compiled with values, or locals, in memory because everything else would be quadratic compute the
 * same as V8's: those of enormous size, and the corpus of options that compile everything that way.
 */
import { describe, expect, it } from 'vitest';
import { compileSync, Instance, Module } from '../../src-ts/index.js';
import { amount } from '../support/quick.js';
import { moduleOfBytes, SHAPES } from '../support/shapes.js';

type F = (x: number) => number | number[] | undefined;

/** Shapes that end for every argument, after a bounded number of steps. */
const BOUNDED = [
  'longLivesOverIfs',
  'longLivesOverTables',
  'switchPhis',
  'tableWithManyEntries',
  'manyTables',
  'nestedTables',
  'nestedIfsWithLocals',
  'nestedIfElse',
  'nestedBlocksWithResults',
  'phiChain',
  'rotatingPhis',
  'branchesWithManyValues',
  'reversedUses',
  'conditionChain',
  'callsInIfs',
];

const results = (f: F): (number | number[] | undefined | string)[] =>
  [0, 1, 2, 7, 1000, -1].map((x) => {
    try {
      return f(x);
    } catch (e) {
      return (e as Error).constructor.name;
    }
  });

describe('large functions', () => {
  it.each(BOUNDED)('%s', (name) => {
    const bytes = moduleOfBytes(SHAPES[name], amount(60_000, 20_000));
    const theirs = results(new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports.f as F);
    for (const disable of [[], ['long-lives'], ['register-locals'], ['register-locals', 'long-lives']] as const) {
      const artefact = compileSync(bytes, { verify: true, disable: [...disable] });
      expect(results(new Instance(new Module(artefact)).exports.f as F), disable.join()).toEqual(theirs);
    }
  });

  it('one of more values than arrays are kept for, and one behind it', () => {
    const bytes = moduleOfBytes(SHAPES.longChain, 1_200_000);
    const theirs = results(new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports.f as F);
    const small = moduleOfBytes(SHAPES.longChain, 100);
    const before = compileSync(small);
    expect(results(new Instance(new Module(compileSync(bytes))).exports.f as F)).toEqual(theirs);
    expect(compileSync(small)).toEqual(before);
  });
});
