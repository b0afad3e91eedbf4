/** The operations that selection shares among machines (codegen/select/operations.ts) are the same on each. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ARM64 } from '../../src-ts/arm64/facts.js';
import { Common } from '../../src-ts/codegen/select/operations.js';
import { X64 } from '../../src-ts/x64/facts.js';

/** Their names; of families of fused operations the first one's. */
const NAMES: readonly [Common, string][] = [
  [Common.ARG, 'arg'],
  [Common.MOV32, 'mov32'],
  [Common.IMM32, 'imm32'],
  [Common.IMM64, 'imm64'],
  [Common.LOAD32, 'load32'],
  [Common.LOAD64, 'load64'],
  [Common.LOAD8U, 'load8u'],
  [Common.LOAD16U, 'load16u'],
  [Common.LOAD8S32, 'load8s_32'],
  [Common.LOAD16S32, 'load16s_32'],
  [Common.STORE8, 'store8'],
  [Common.STORE16, 'store16'],
  [Common.STORE32, 'store32'],
  [Common.STORE64, 'store64'],
  [Common.BOUNDS, 'bounds'],
  [Common.CALL, 'call'],
  [Common.CALL_IMPORT, 'call_import'],
  [Common.CALL_CLOSED, 'call_closed'],
  [Common.CALL_TABLE, 'call_table'],
  [Common.CALL_CLOSED_LONG, 'call_closed_long'],
  [Common.CALL_TABLE_LONG, 'call_table_long'],
  [Common.CALL_HELPER, 'call_helper'],
  [Common.CALL_REF, 'call_ref'],
  [Common.BR, 'br'],
  [Common.BR_TABLE, 'br_table'],
  [Common.RET, 'ret'],
  [Common.TRAP, 'trap'],
  [Common.INVOKE, 'invoke'],
  [Common.LANDING, 'landing'],
  [Common.NO_RETURN, 'no_return'],
  [Common.TAIL_CALL, 'tail_call'],
  [Common.OBJECT_NEW, 'object_new'],
  [Common.BR_ON, 'br_cmp32'],
  [Common.SELECT_ON, 'select_cmp32'],
  [Common.XSELECT_ON, 'xselect_cmp32'],
  [Common.XLOAD32, 'xload32'],
  [Common.XLOAD64, 'xload64'],
  [Common.XLOAD128, 'xload128'],
  [Common.XSTORE32, 'xstore32'],
  [Common.XSTORE64, 'xstore64'],
  [Common.XSTORE128, 'xstore128'],
  [Common.COUNT, 'count'],
  [Common.TRAP_ON, 'trap_cmp32'],
];

it.each([
  ['x86-64', X64],
  ['AArch64', ARM64],
])('%s has them by these numbers', (_, { operations }) => {
  expect(NAMES.map(([op]) => operations.names[op])).toEqual(NAMES.map(([, name]) => name));
});

it('none is left out above', () => {
  const source = fs.readFileSync(path.join(import.meta.dirname, '../../src-ts/codegen/select/operations.ts'), 'utf8');
  const members = /const enum Common \{([^}]*)\}/.exec(source)![1].match(/^ +[A-Z]\w* = \d+/gm)!;
  expect(members.map((line) => Number(line.split('=')[1]))).toEqual(NAMES.map(([op]) => op));
});
