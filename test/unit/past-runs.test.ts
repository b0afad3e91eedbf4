/** Which engine a command gets by what its earlier runs took (register/past-runs.ts). */
import { describe, expect, it } from 'vitest';
import { betterEngine } from '../../src-ts/register/past-runs.js';

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
