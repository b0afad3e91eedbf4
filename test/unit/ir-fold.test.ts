/** Constant folding and algebraic rules against an evaluator written with BigInt (test/support/ir-eval.ts). */
import { describe, expect, it } from 'vitest';
import { buildFunc } from '../support/phases.js';
import { Func } from '../../src-ts/ir/func.js';
import { Op } from '../../src-ts/ir/ops.js';
import { isConst } from '../../src-ts/ir/opinfo.js';
import { verifyFunc } from '../../src-ts/ir/verify.js';
import { OP_POP, OP_POPS, OP_PUSH, opName } from '../../src-ts/wasm/op-tables.js';
import { decodeModule } from '../../src-ts/wasm/module.js';
import { ValType } from '../../src-ts/wasm/types.js';
import { evaluate, InterpTrap } from '../support/ir-eval.js';
import { sample } from '../support/quick.js';
import { functionModule, sleb } from '../support/wasm-build.js';

const EDGES32 = [
  0n,
  1n,
  2n,
  3n,
  7n,
  31n,
  32n,
  33n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x12345678n,
  0x7fffffffn,
  0x80000000n,
  0x80000001n,
  0xdeadbeefn,
  0xfffffffen,
  0xffffffffn,
];
const EDGES64 = [
  ...EDGES32,
  63n,
  64n,
  65n,
  0x100000000n,
  0x123456789abcdef0n,
  0xfedcba9876543210n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0x8000000000000001n,
  0xffffffff00000000n,
  0xfffffffffffffffen,
  0xffffffffffffffffn,
];
const edges = (type: number): bigint[] => sample(type === ValType.I32 ? EDGES32 : EDGES64, 3);
const constant = (type: number, x: bigint): number[] =>
  type === ValType.I32 ? [0x41, ...sleb(BigInt.asIntN(32, x))] : [0x42, ...sleb(BigInt.asIntN(64, x))];

/** The function whose body is `code`. */
function build(params: number[], results: number[], code: number[]): Func {
  const m = decodeModule(functionModule(params, results, [0, ...code, 0x0b]));
  const f = new Func();
  buildFunc(m, 0, f);
  verifyFunc(f, m);
  return f;
}

/** The value returned. */
const returned = (f: Func): number => {
  const last = f.order[f.blockStart[f.nb] - 1];
  expect(f.op[last]).toBe(Op.RETURN);
  return f.pool.a[f.imm[last]];
};

const bits = (f: Func, v: number): bigint =>
  f.type[v] === ValType.I32 || f.type[v] === ValType.F32
    ? BigInt(f.imm[v] >>> 0)
    : BigInt.asUintN(64, (BigInt(f.imm2[v]) << 32n) | BigInt(f.imm[v] >>> 0));

function outcome(op: number, x: bigint, y: bigint): bigint | 'trap' {
  try {
    return evaluate(op, x, y)!;
  } catch (e) {
    if (e instanceof InterpTrap) return 'trap';
    throw e;
  }
}

/** Runs a straight-line function on one argument. */
function run(f: Func, arg: bigint): bigint | 'trap' {
  const values: bigint[] = [];
  try {
    for (let i = 0; i < f.blockStart[1]; i++) {
      const v = f.order[i];
      const op = f.op[v];
      if (op === Op.ARG) values[v] = arg;
      else if (isConst(op)) values[v] = bits(f, v);
      else if (op !== Op.RETURN) values[v] = evaluate(op, values[f.a[v]], values[f.b[v]] ?? 0n)!;
    }
  } catch (e) {
    if (e instanceof InterpTrap) return 'trap';
    throw e;
  }
  return values[returned(f)];
}

const isInt = (type: number): boolean => type === ValType.I32 || type === ValType.I64;
/** Integer operators with integer operands: all of them fold. */
const INTEGER: number[] = [];
for (let op = 0x45; op <= 0xc4; op++) {
  const inputs = [...OP_POP.subarray(4 * op, 4 * op + OP_POPS[op])];
  if (inputs.every(isInt) && (isInt(OP_PUSH[op]) || op === Op.F32_REINTERPRET_I32 || op === Op.F64_REINTERPRET_I64))
    INTEGER.push(op);
}

describe('folding', () => {
  it('covers every integer operator', () => expect(INTEGER.length).toBe(29 + 29 + 3 + 5 + 2));

  it.each(INTEGER.map((op) => [opName(op), op] as const))('%s of constants', (_, op) => {
    const [tx, ty] = OP_POP.subarray(4 * op, 4 * op + 2);
    const binary = OP_POPS[op] === 2;
    for (const x of edges(tx)) {
      for (const y of binary ? edges(ty) : [0n]) {
        const f = build([], [OP_PUSH[op]], [...constant(tx, x), ...(binary ? constant(ty, y) : []), op]);
        const v = returned(f);
        const want = outcome(op, x, y);
        if (want === 'trap') expect(f.op[v], `${x} ${y} traps and must stay`).toBe(op);
        else expect([isConst(f.op[v]), bits(f, v)], `${x} ${y}`).toEqual([true, want]);
      }
    }
  });

  it.each(INTEGER.filter((op) => OP_POPS[op] === 2).map((op) => [opName(op), op] as const))(
    '%s with one constant means the same',
    (_, op) => {
      const [tx, ty] = OP_POP.subarray(4 * op, 4 * op + 2);
      for (const k of edges(ty)) {
        const right = build([tx], [OP_PUSH[op]], [0x20, 0, ...constant(ty, k), op]);
        const left = build([ty], [OP_PUSH[op]], [...constant(tx, k), 0x20, 0, op]);
        for (const x of edges(tx)) {
          expect(run(right, x), `${x} op ${k}`).toBe(outcome(op, x, k));
          expect(run(left, x), `${k} op ${x}`).toBe(outcome(op, k, x));
        }
      }
    },
  );

  it.each([
    ['(x + 5) - 7', [0x20, 0, 0x41, 5, 0x6a, 0x41, 7, 0x6b], (x: bigint) => x - 2n, 3],
    ['(x - 3) + 3', [0x20, 0, 0x41, 3, 0x6b, 0x41, 3, 0x6a], (x: bigint) => x, 1],
    ['!(x < 5)', [0x20, 0, 0x41, 5, 0x48, 0x45], (x: bigint) => (BigInt.asIntN(32, x) >= 5n ? 1n : 0n), 3],
    ['!!x', [0x20, 0, 0x45, 0x45], (x: bigint) => (x !== 0n ? 1n : 0n), 3],
    ['wrap(extend_s(x))', [0x20, 0, 0xac, 0xa7], (x: bigint) => x, 1],
    ['((x >>> 2) & 3) << 2', [0x20, 0, 0x41, 2, 0x76, 0x41, 3, 0x71, 0x41, 2, 0x74], (x: bigint) => x & 12n, 3],
    [
      '((x >> 4) & -1024) << 4',
      [0x20, 0, 0x41, 4, 0x75, 0x41, 0x80, 0x78, 0x71, 0x41, 4, 0x74],
      (x: bigint) => x & ~0x3fffn,
      3,
    ],
    ['x + x shares nothing but is one operation', [0x20, 0, 0x20, 0, 0x6a], (x: bigint) => x + x, 2],
  ] as const)('%s', (_, code, meaning, values) => {
    const f = build([ValType.I32], [ValType.I32], [...code]);
    for (const x of EDGES32) expect(run(f, x)).toBe(BigInt.asUintN(32, meaning(x)));
    expect(f.nv - 1, 'values besides the return').toBe(values);
  });
});
