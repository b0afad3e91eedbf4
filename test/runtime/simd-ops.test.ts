/**
 * Every SIMD operator against V8, over edge values, in every shape that instruction selection treats differently:
 * operands in registers, loaded, constant, equal. Vectors travel through memory. Where the specification leaves NaN
 * payloads open, any quiet NaN equals any other.
 */
import { describe, test } from 'vitest';
import { Imm } from '../../src-ts/wasm/opcodes.js';
import { OP_IMM, OP_N } from '../../src-ts/wasm/op-tables.js';
import { SIMD_ROWS, TYPE, RESULT, get, v128Load, opcode, store, constant } from '../support/simd-code.js';
import { compare, type Fn } from '../support/simd-compare.js';
import { SHUFFLES } from '../support/simd-shuffles.js';
import { VALUES, valuesOf } from '../support/simd-values.js';
import { sleb } from '../support/wasm-build.js';

interface Case {
  name: string;
  /** Operand letters, result letter. */
  params: string;
  result: string;
  /** Opcode and immediates. */
  code: number[];
}

function casesOf([op, name, signature]: (typeof SIMD_ROWS)[number]): Case[] {
  const [params, result] = signature.split(':');
  const one = (suffix: string, ...immediates: number[]): Case => ({
    name: name + suffix,
    params,
    result,
    code: [...opcode(op), ...immediates],
  });
  switch (OP_IMM[op] as Imm) {
    case Imm.LANE:
      return [0, OP_N[op] >> 1, OP_N[op] - 1].filter((l, k, a) => a.indexOf(l) === k).map((l) => one(` ${l}`, l));
    case Imm.SHUFFLE:
      return SHUFFLES.map((s) => one(` ${s}`, ...s));
    case Imm.NONE:
      return [one('')];
    default:
      return [];
  }
}

/** Loads operand k, whose address is parameter k. */
const loadOperand = (letter: string, k: number): number[] => [
  ...get(k),
  ...{ v: v128Load(), i: [0x28, 0, 0], I: [0x29, 0, 0], f: [0x2a, 0, 0], F: [0x2b, 0, 0] }[letter]!,
];

/** Results whose NaN payload is open: 32- or 64-bit lanes. */
function floatLanes(name: string): 0 | 32 | 64 {
  if (!/^f(32x4|64x2)\.(ceil|floor|trunc|nearest|sqrt|add|sub|mul|div|min|max|demote|promote)/.test(name)) return 0;
  return name.startsWith('f32') ? 32 : 64;
}

function shapesOf(c: Case): Fn[] {
  const letters = [...c.params];
  const float = floatLanes(c.name);
  const put = (operands: number[][]): number[] => [
    0x41,
    ...sleb(BigInt(RESULT)),
    ...operands.flat(),
    ...c.code,
    ...store(c.result),
  ];
  const fns: Fn[] = [
    { name: `${c.name} loaded`, operands: c.params, result: c.result, float, body: put(letters.map(loadOperand)) },
  ];
  // In registers: parameters of a function of its own.
  fns.push({
    name: `${c.name} registers`,
    operands: c.params,
    result: c.result,
    float,
    inner: {
      params: letters.map((l) => TYPE[l]),
      results: [TYPE[c.result]],
      body: [...letters.flatMap((_, k) => get(k)), ...c.code],
    },
    body: [0x41, ...sleb(BigInt(RESULT)), ...letters.flatMap(loadOperand), 0x10, -1, ...store(c.result)],
  });
  if (c.params.startsWith('vv')) {
    // The third operand stays what it is.
    const rest = letters.slice(2).map((l, k) => loadOperand(l, k + 1));
    fns.push({
      name: `${c.name} equal`,
      operands: `v${c.params.slice(2)}`,
      result: c.result,
      float,
      body: put([loadOperand('v', 0), loadOperand('v', 0), ...rest]),
    });
  }
  if (/^i(8x16|16x8)\.(splat|replace)/.test(c.name)) {
    // Narrow loads are lanes in memory; masks above a lane don't matter.
    const wide = letters.length - 1;
    const operands = letters.slice(0, wide).map(loadOperand).flat();
    for (const [text, code] of [
      ['load8_s', [0x2c, 0, 0]],
      ['load8_u', [0x2d, 0, 0]],
      ['load16_s', [0x2e, 0, 0]],
      ['load16_u', [0x2f, 0, 0]],
      ['masked', [0x28, 0, 0, 0x41, 0xff, 0xff, 3, 0x71]],
    ] as [string, number[]][])
      fns.push({
        name: `${c.name} ${text}`,
        operands: c.params,
        result: c.result,
        float,
        body: put([operands, [...get(wide), ...code]]),
      });
  }
  for (let k = 0; k < letters.length; k++) {
    const constants =
      c.code.length > 4
        ? [VALUES[0], VALUES[5]]
        : letters[k] === 'v'
          ? [VALUES[0], VALUES[1], VALUES[4], VALUES[10], VALUES[16], VALUES[31]]
          : valuesOf(letters[k], true);
    constants.forEach((x, n) => {
      let at = 0;
      const operands = letters.map((l, j) => (j === k ? constant(l, x) : loadOperand(l, at++)));
      fns.push({
        name: `${c.name} constant ${k}.${n}`,
        operands: letters.filter((_, j) => j !== k).join(''),
        result: c.result,
        float,
        body: put(operands),
      });
    });
  }
  return fns;
}

describe('operators', () => {
  const groups = new Map<string, Fn[]>();
  for (const row of SIMD_ROWS) {
    const group = row[1].replace(/\..*/, row[1].startsWith('i8x16.s') ? ' lanes' : '');
    for (const c of casesOf(row)) groups.set(group, [...(groups.get(group) ?? []), ...shapesOf(c)]);
  }
  test.each([...groups])('%s', (_, fns) => compare(fns), 120_000);
});
