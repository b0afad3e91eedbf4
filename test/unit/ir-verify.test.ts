/**
 * Every rule of the IR verifier can fail: a sound function is damaged in one place and the message must name the rule.
 */
import { describe, expect, it } from 'vitest';
import type { Func } from '../../src-ts/ir/func.js';
import { parseFunc } from '../../src-ts/ir/parse.js';
import { Op } from '../../src-ts/ir/ops.js';
import { verifyFunc } from '../../src-ts/ir/verify.js';
import { ValType } from '../../src-ts/wasm/types.js';

/** Value numbers: 0, 1 arguments; 2 constant; 4 parameter; values without a name take numbers too. */
const SOUND = `
func 3 type 0
block 0 @10:
  v0 = arg index=0 : i32
  v1 = arg index=1 : i64
  v2 = i32.const 7
  br -> 1(v0)
block 1 loop (v4: i32) @12:
  v5 = i32.add v4, v2
  v6 = call func=1 (v5) : i32
  v7 = result v6 index=1 : i64
  i32.store v5, v6 offset=8
  br_if v5 -> 1(v5), 2()
block 2 @20:
  v10 = select v6, v5, v4 : i32
  br_table v10 [0 1 1 0] -> 3(v10), 4()
block 3 (v12: i32) @24:
  return (v12)
block 4 @30:
  trap code=1
`;
const sound = (): Func => parseFunc(SOUND);

const DAMAGE: [string, RegExp, (f: Func) => void][] = [
  ['use before definition', /operand v8 has no result|does not dominate/, (f) => (f.a[5] = 8)],
  ['use of a later value in the block', /operand v6 \(block 1\) does not dominate/, (f) => (f.a[5] = 6)],
  ['use in a block that is not dominated', /operand v12 \(block 3\) does not dominate/, (f) => (f.a[10] = 12)],
  ['operand out of range', /operand v99 is no value/, (f) => (f.a[5] = 99)],
  ['operand of another type', /type i64 instead of i32/, (f) => (f.b[5] = 1)],
  ['missing operand', /operand v-1 is no value/, (f) => (f.b[5] = -1)],
  ['surplus operand', /operand c is 2 instead of -1/, (f) => (f.c[5] = 2)],
  ['select arms', /arms differ/, (f) => (f.type[10] = ValType.I64)],
  ['result type', /type is i64 instead of i32/, (f) => (f.type[5] = ValType.I64)],
  ['store with a result', /has a type but no result/, (f) => (f.type[8] = ValType.I32)],
  ['argument type', /argument v1 has type/, (f) => (f.args[f.argAt[0]] = 1)],
  ['argument count', /0 arguments for 1 parameters/, (f) => f.argAt.fill(0, 1)],
  ['parameter list', /parameter list and values differ/, (f) => (f.params[0] = 12)],
  ['parameter number', /parameter list and values differ/, (f) => (f.imm[4] = 1)],
  ['result away from its call', /result does not follow its call/, (f) => (f.a[7] = 5)],
  ['constant outside block 0', /constants belong to block 0|constants come first/, (f) => (f.op[5] = Op.I32_CONST)],
  ['terminator inside', /terminator inside a block/, (f) => (f.op[8] = Op.BR)],
  ['no terminator', /no terminator/, (f) => (f.op[9] = Op.I32_EQZ)],
  ['NOP', /NOP in a block/, (f) => (f.op[5] = Op.NOP)],
  ['value listed twice', /listed twice/, (f) => (f.order[6] = 5)],
  ['wrong block', /block is 2/, (f) => (f.block[5] = 2)],
  ['empty block', /empty block/, (f) => (f.blockStart[1] = 0)],
  ['idom', /idom is 0 instead of 1/, (f) => (f.idom[2] = 0)],
  ['depth', /domDepth is 9 instead of 2/, (f) => (f.domDepth[2] = 9)],
  ['back edge to no header', /goes back to a block that is no loop header/, (f) => (f.isLoopHeader[1] = 0)],
  ['header without back edge', /loop header without a back edge/, (f) => (f.isLoopHeader[3] = 1)],
  ['predecessors', /pred list has/, (f) => (f.predEdge[0] = 2)],
  ['successors', /succ list has/, (f) => (f.succEdge[0] = 2)],
  ['edge out of range', /edge 0 from 0 to 7/, (f) => (f.edgeTo[0] = 7)],
  ['br_table entry', /BR_TABLE entry 1 is 5 of 2/, (f) => (f.pool.a[f.imm[11] + 1] = 5)],
  [
    'br_table without a use of a successor',
    /BR_TABLE leaves a successor out/,
    (f) => f.pool.a.fill(0, f.imm[11], f.imm[11] + 4),
  ],
  [
    'BR_IF with one successor',
    /BR with 2 successors/,
    (f) => {
      f.op[9] = Op.BR;
      f.a[9] = -1;
    },
  ],
  [
    'unknown operation',
    /unknown operation/,
    (f) => {
      f.op[5] = 0x1ff;
      f.a[5] = f.b[5] = -1;
    },
  ],
];

describe('verifier', () => {
  it('accepts the sound function', () => expect(() => verifyFunc(sound())).not.toThrow());

  it.each(DAMAGE)('finds: %s', (_, message, damage) => {
    const f = sound();
    damage(f);
    expect(() => verifyFunc(f)).toThrow(message);
  });

  it('finds a loop that is entered beside its header', () => {
    const text = `
func 0 type 0
block 0 @0:
  v0 = arg index=0 : i32
  br_if v0 -> 1(), 2()
block 1 loop @1:
  br -> 2()
block 2 @2:
  br_if v0 -> 1(), 3()
block 3 @3:
  return ()
`;
    expect(() => verifyFunc(parseFunc(text))).toThrow(/lies in the loop of block 1|goes back/);
  });

  it('finds two edges between the same blocks', () => {
    const text =
      'func 0 type 0\nblock 0 @0:\n  v0 = arg index=0 : i32\n  br_if v0 -> 1(), 1()\nblock 1 @1:\n  return ()\n';
    expect(() => verifyFunc(parseFunc(text))).toThrow(/two edges to block 1/);
  });

  it('names function, block and value', () => {
    const f = sound();
    f.b[5] = 1;
    expect(() => verifyFunc(f)).toThrow(
      "IR of function 3: block 1: 'v5 = i32.add v4, v1': operand v1 has type i64 instead of i32",
    );
  });
});

describe('parser of the text form', () => {
  it.each([
    ['v1 = i32.add v0', /line 4: .*column/],
    ['v1 = i32.bad v0', /unknown operation 'i32.bad'/],
    ['v0 = i32.const 1', /v0 is defined twice/],
    ['i32.const 1', /the result has no name/],
    ['br -> 5()', /does not exist/],
    ['v1 = i32.eqz v9', /v9 is used but not defined/],
    ['v1 = i32.eqz v0 v0', /unexpected 'v0'/],
  ])('rejects %s', (line, message) => {
    expect(() => parseFunc(`func 0 type 0\nblock 0 @0:\n  v0 = arg index=0 : i32\n  ${line}\n`)).toThrow(message);
  });
});
