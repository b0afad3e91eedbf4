/** Which engine a command gets by what its earlier runs took (register/past-runs.ts). */
import { describe, expect, it } from 'vitest';
import { betterAtSuch, betterEngine, withoutFiles } from '../../src-ts/register/past-runs.js';

const ms = (...samples: number[]): number[] => samples.map((x) => 1000 * x);

describe('the better engine', () => {
  it.each([
    ['nothing is known', [], [], 'wamr'],
    ['the first run was on V8', [80], [], 'wamr'],
    ['one run of this engine', [80], [95], 'wamr'],
    ['two that took longer', [80], [95, 90], 'v8'],
    ['two that saved a lot: V8 is not tried', [200], [90, 95], 'wamr'],
    ['two that saved little: V8 is tried once more, without what the first run did beside', [85], [82, 83], 'v8'],
    ['the try was better', [85, 76], [82, 83], 'v8'],
    ['the try was worse', [85, 86], [82, 83], 'wamr'],
    ['compiled ahead, and short: V8 is tried', [], [82, 83], 'v8'],
    ['compiled ahead, and long: V8 is not tried', [], [900, 910], 'wamr'],
    ['long, and longer than on V8', [750], [900, 910], 'v8'],
    ['runs of this engine that do different work', [80], [90, 300], 'wamr'],
    ['a run on V8 turned out to be a long one', [80, 81, 9000], [90, 91], 'wamr'],
  ])('%s', (_, v8, ours, better) => {
    expect(betterEngine(ms(...v8), ms(...ours))).toBe(better);
  });
});

describe('the better engine for a command with whatever files', () => {
  it.each([
    ['V8 took less in all runs', [70, 75], [80, 85], 'v8'],
    ['V8 took less in some', [70, 90], [80, 85], 'wamr'],
    ['one run on V8 was a long one', [70, 9000], [80, 85], 'wamr'],
    ['one run of this engine', [70], [80], 'wamr'],
    ['two that saved little: V8 is tried', [82], [80, 81], 'v8'],
    ['two that saved a lot', [200], [80, 81], 'wamr'],
  ])('%s', (_, v8, ours, better) => {
    expect(betterAtSuch(ms(...v8), ms(...ours))).toBe(better);
  });

  it.each([
    [
      ['--check', 'src/a.ts', 'src/b.ts'],
      ['--check', '*'],
    ],
    [
      ['build', '--out=dist/x.js', '-O2', 'a.c'],
      ['build', '--out=*', '*'],
    ],
    [
      ['--input', 'x', '--count', '12'],
      ['--input', 'x', '--count', '*'],
    ],
    [
      ['format', 'C:\\a', '--', 'fast'],
      ['format', '*', '--', 'fast'],
    ],
  ])('is known without files and numbers: %j', (args, known) => {
    expect(withoutFiles(args)).toEqual(known);
  });
});
