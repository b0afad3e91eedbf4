/** The addon by itself: tables of functions and of references, element segments. Machine code by hand. */
import { describe, expect, test } from 'vitest';
import { Helper } from '../../src-ts/abi/vmctx.js';
import { ControlWord, Outcome } from '../../src-ts/abi/calls.js';
import { CELLS_PER_BLOCK, TableCell } from '../../src-ts/abi/objects.js';
import { Trap } from '../../src-ts/abi/trap-codes.js';
import { Shift } from '../../src-ts/x64/asm/insts.js';
import { EXTERNREF, FUNCREF, I32, R, UNARY, constant, enter, helper, indirect, leave, peek } from './machine-code.js';
import { build, createMemory, hostFunction, i32, instantiate, loadCode, native, result, run } from './rig.js';

/** A table, and its length as JavaScript sees it. */
function createTable(funcref: boolean, min: number, max: number): { table: number; length: () => number } {
  const table = native.tableCreate(funcref, min, max);
  const cell = new Uint32Array(native.argumentBuffer)[0];
  const values = new Float64Array(native.cellBlock(Math.floor(cell / CELLS_PER_BLOCK)));
  return { table, length: () => values[2 * (cell % CELLS_PER_BLOCK) + TableCell.LENGTH] };
}

describe('tables', () => {
  const open = { type: FUNCREF as typeof FUNCREF, min: 4, max: null };

  test('a shared table: entries switch instances; grow moves them', () => {
    const mod = build({ types: [UNARY], funcs: [peek, indirect(0)], tables: [open], importedTables: 1 });
    const { table, length } = createTable(true, 4, 1000);
    const memories = [createMemory(), createMemory()];
    memories.forEach((m, i) => (new Int32Array(native.memoryBuffer(m))[0] = 100 + i));
    const a = instantiate(mod, { memory: memories[0], tables: [table] });
    native.tableSet(table, 0, native.instanceFunc(a.instance, 0));
    expect(result(a.call(1), 0)).toBe(100);
    const b = instantiate(mod, { memory: memories[1], tables: [table], code: a.code });
    native.tableSet(table, 1, native.instanceFunc(b.instance, 0));
    for (let round = 0; round < 2; round++) {
      expect([result(a.call(1), 0), result(a.call(1), 1), result(b.call(1), 0), result(b.call(1), 1)]).toEqual([
        100, 101, 100, 101,
      ]);
      expect(native.tableGrow(table, 900, native.instanceFunc(b.instance, 0))).toBe(round === 0 ? 4 : -1);
    }
    expect(result(a.call(1), 903)).toBe(101);
    expect(length()).toBe(904);
    expect(native.tableGet(table, 904)).toBe(0);
    expect(native.tableSet(table, 904, 0)).toBeUndefined();
    expect(native.tableGet(table, 0)).toBe(native.instanceFunc(a.instance, 0));
    expect(native.funcrefInfo(native.tableGet(table, 1))).toMatchObject({ instance: b.instance, func: 0 });
    expect(() => native.tableSet(table, 0, 123_456)).toThrow(TypeError);
  });

  test('host functions in tables', () => {
    const mod = build({ types: [UNARY], imports: [0], funcs: [indirect(0)], tables: [open], importedTables: 1 });
    const table = native.tableCreate(true, 4, 4);
    const code = loadCode(mod.file, mod.descriptor);
    const host = hostFunction(() => (i32[0] = 77), code, 0);
    const a = instantiate(mod, { code, tables: [table], functions: [host] });
    expect(native.instanceFunc(a.instance, 0)).toBe(host);
    native.tableSet(table, 2, host);
    expect(result(a.call(1), 2)).toBe(77);
    expect(native.funcrefInfo(host)).toMatchObject({ instance: 0 });
    i32[ControlWord.CALLEE] = host;
    native.invoke();
    expect(i32[ControlWord.OUTCOME]).toBe(Outcome.DISPOSED);
  });

  test('closed table: own functions directly, imports through their stub', () => {
    const mod = build({
      types: [UNARY],
      imports: [0],
      tables: [{ type: FUNCREF, min: 3, max: 3 }],
      funcs: [
        constant(11),
        // No rax: the entry is called as a closed table's is.
        {
          type: 0,
          frame: 8,
          emit: (a, l) => {
            enter(a, 8);
            a.shift_ri(Shift.SHL, 1, R.DI, 4);
            a.memIndex(R.VM, R.DI, 0, l.closedTables[0]);
            a.call_m();
            leave(a, 8);
          },
        },
      ],
    });
    expect(mod.layout.closedTables[0]).toBeGreaterThan(0);
    const code = loadCode(mod.file, mod.descriptor);
    const a = instantiate(mod, { code, functions: [hostFunction(() => (i32[0] = 22), code, 0)], elems: 1 });
    native.instanceElemFuncs(a.instance, 0, Int32Array.of(1, 0, -1));
    expect(native.instanceTableInit(a.instance, 0, 0, 0, 0, 3)).toBe(0);
    expect([result(a.call(2), 0), result(a.call(2), 1)]).toEqual([11, 22]);
    expect(native.instanceTableInit(a.instance, 0, 0, 1, 0, 3)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(native.instanceTableInit(a.instance, 0, 0, 3, 3, 0)).toBe(0);
    native.instanceElemDrop(a.instance, 0);
    expect(native.instanceTableInit(a.instance, 0, 0, 0, 0, 1)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(() => native.instanceElemFuncs(a.instance, 0, Int32Array.of(3))).toThrow(TypeError);
  });

  test('helpers on externref tables', () => {
    const five = { params: [I32, I32, I32, I32, I32], results: [I32] };
    const mod = build({
      types: [five],
      tables: [
        { type: EXTERNREF, min: 4, max: null },
        { type: EXTERNREF, min: 4, max: null },
      ],
      importedTables: 2,
      funcs: [
        Helper.TABLE_GET,
        Helper.TABLE_SET,
        Helper.TABLE_GROW,
        Helper.TABLE_FILL,
        Helper.TABLE_COPY,
        Helper.TABLE_INIT,
        Helper.ELEM_DROP,
      ].map((h) => helper(0, h, h)),
    });
    const made = [createTable(false, 4, 10), createTable(false, 4, 10)];
    const tables = made.map(({ table }) => table);
    const { instance, call } = instantiate(mod, { tables, elems: 1 });
    const [get, set, grow, fill, copy, init, drop] = [0, 1, 2, 3, 4, 5, 6].map(call);
    const traps = (f: () => undefined | true, ...args: number[]): number => {
      expect(run(f, ...args)).toBe(true);
      return native.takeTrap()!.code;
    };
    const contents = (t: number): number[] =>
      Array.from({ length: made[t].length() }, (_, i) => native.tableGet(tables[t], i));
    result(set, 0, 1, 500);
    expect(result(get, 0, 1)).toBe(500);
    expect(traps(get, 0, 4)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(traps(set, 0, -1, 1)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(result(grow, 0, 7, 2)).toBe(4);
    expect(result(grow, 0, 7, 100)).toBe(-1);
    expect(contents(0)).toEqual([0, 500, 0, 0, 7, 7]);
    result(fill, 0, 2, 9, 2);
    expect(traps(fill, 0, 5, 9, 2)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    result(copy, 0, 0, 0, 1, 5);
    expect(contents(0)).toEqual([500, 9, 9, 7, 7, 7]);
    result(copy, 1, 0, 2, 0, 2);
    expect(contents(1)).toEqual([0, 0, 500, 9]);
    expect(traps(copy, 1, 0, 3, 0, 2)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    native.instanceElemRefs(instance, 0, Uint32Array.of(40, 41, 42), true);
    result(init, 1, 0, 0, 1, 2);
    expect(contents(1)).toEqual([41, 42, 500, 9]);
    result(drop, 0);
    expect(traps(init, 1, 0, 0, 0, 1)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
  });
});
