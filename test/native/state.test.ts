/** The addon by itself: globals, references, lifetimes, artefacts that make no sense. Machine code by hand. */
import { describe, expect, test } from 'vitest';
import { Externref } from '../../src-ts/abi/vmctx.js';
import { Mark } from '../../src-ts/abi/objects.js';
import { Trap } from '../../src-ts/abi/trap-codes.js';
import { settle } from './settled.js';
import {
  EXTERNREF,
  FUNCREF,
  I32,
  I64,
  NONE,
  R,
  UNARY,
  callImport,
  constant,
  enter,
  indirect,
  moveStack,
  peek,
  raise,
} from './machine-code.js';
import { build, createMemory, hostFunction, i64, instantiate, loadCode, native, result } from './rig.js';

describe('globals and references', () => {
  const globals = [
    { type: I64, mutable: true },
    { type: EXTERNREF, mutable: true },
    { type: I32, mutable: true },
  ] as const;

  test('inline and imported cells', () => {
    const mod = build({
      types: [NONE],
      globals: [...globals, { type: I64, mutable: true }],
      importedGlobals: 1,
      // global 0 (imported) += 1; global 3 (own) = global 0
      funcs: [
        {
          type: 0,
          frame: 0,
          emit: (a, l) => {
            a.mem(R.VM, l.globals[0]);
            a.mov_rm(1, R.CX);
            a.mem(R.CX, 0);
            a.mov_rm(1, R.AX);
            a.inc_r(1, R.AX);
            a.mem(R.CX, 0);
            a.mov_mr(1, R.AX);
            a.mem(R.VM, l.globals[3]);
            a.mov_mr(1, R.AX);
            a.ret();
          },
        },
      ],
    });
    const g = native.globalCreate(0);
    i64[0] = 0x1_0000_0000n;
    native.globalWrite(g);
    const { instance, call } = instantiate(mod, { globals: [g] });
    call(0)();
    const read = (id: number): bigint => {
      native.globalRead(id);
      return i64[0];
    };
    expect(read(g)).toBe(0x1_0000_0001n);
    expect(read(native.instanceGlobal(instance, 0))).toBe(0x1_0000_0001n);
    expect(read(native.instanceGlobal(instance, 3))).toBe(0x1_0000_0001n);
    expect(() => native.instanceGlobal(instance, 4)).toThrow(TypeError);
  });

  test('externref sweep: tables, globals, suspended frames', () => {
    let marks = new Uint8Array(1000);
    const look = (): void => {
      i64.fill(0n);
      marks = new Uint8Array(1000);
      native.scan(marks, false);
    };
    const reference = (index: number): number => (Math.imul(index, Externref.SCATTER) << 2) | Externref.TAG;
    const mod = build({
      types: [{ params: [EXTERNREF], results: [] }, NONE],
      imports: [1],
      globals: [globals[1]],
      // Keeps its argument in rbx over the host call.
      funcs: [
        {
          type: 0,
          frame: 16,
          emit: (a, l) => {
            a.push_r(R.BX);
            enter(a, 16);
            a.mov_rr(0, R.BX, R.DI);
            callImport(a, l);
            moveStack(a, 16);
            a.pop_r(R.BX);
            a.ret();
          },
        },
      ],
    });
    const code = loadCode(mod.file, mod.descriptor);
    const { instance, call } = instantiate(mod, { code, functions: [hostFunction(look, code, 1)] });
    const table = native.tableCreate(false, 3, 3);
    native.tableSet(table, 1, reference(901) >>> 0);
    const g = native.instanceGlobal(instance, 0);
    i64[0] = BigInt.asUintN(32, BigInt(reference(902)));
    native.globalWrite(g);
    look();
    expect([marks[901], marks[902], marks[903]]).toEqual([Mark.OWNED, Mark.OWNED, 0]);
    result(call(1), reference(903));
    expect([marks[901], marks[902], marks[903]]).toEqual([Mark.OWNED, Mark.OWNED, Mark.ROOT]);
    look();
    expect(marks[903]).toBe(0);
  });

  test('long signatures', () => {
    const a = native.longTypeId('a');
    expect(a).toBeGreaterThanOrEqual(2 ** 31);
    expect(native.longTypeId('b')).not.toBe(a);
    expect(native.longTypeId('a')).toBe(a);
  });
});

describe('lifetimes', () => {
  test('everything goes: 300 instances', async () => {
    await settle();
    const before = native.stats();
    const mod = build({
      types: [UNARY, NONE],
      imports: [1],
      funcs: [peek, indirect(0), raise(1, Trap.UNREACHABLE, 1)],
      tables: [{ type: FUNCREF, min: 4, max: null }],
      importedTables: 1,
      globals: [{ type: I32, mutable: true }],
    });
    for (let i = 0; i < 300; i++) {
      const code = loadCode(mod.file, mod.descriptor);
      const memory = createMemory(1, 2);
      const table = native.tableCreate(true, 4, 4);
      const host = hostFunction(() => {}, code, 1);
      const { instance, call } = instantiate(mod, { code, memory, tables: [table], functions: [host] });
      const g = native.instanceGlobal(instance, 0);
      native.tableSet(table, 0, native.instanceFunc(instance, 1));
      result(call(2), 0);
      call(3)();
      native.takeTrap();
      native.memoryBuffer(memory);
      native.codeFree(code);
      native.instanceFree(instance);
      native.globalFree(g);
      native.memoryFree(memory);
      native.tableFree(table);
      expect(() => native.hostFree(host)).toThrow(TypeError);
    }
    await settle();
    const after = native.stats();
    expect({ ...after, pooled: 0 }).toEqual({ ...before, pooled: 0 });
  });

  test('bad artefacts', () => {
    const mod = build({ types: [UNARY], funcs: [peek] });
    expect(native.codeCopy(999, 0, 0)).toBe(-9);
    for (const change of [
      { codeOffset: 100 },
      { codeSize: 1e9 },
      { trapsOffset: 1e9 },
      { functionsSize: 1e9 },
      { typeIds: new Uint32Array(0) },
      { entryStubs: Uint32Array.of(1e6) },
      { leafStubs: Uint32Array.of(1e6) },
      { leafStubs: new Uint32Array(0) },
      { codeSize: 1 },
    ])
      expect(loadCode(mod.file, { ...mod.descriptor, ...change })).toBe(-22);
    expect(loadCode(mod.file, { ...mod.descriptor, architecture: 183 })).toBe(-8);
    // A function that may trap is no leaf.
    const { type, frame, emit } = raise(0, Trap.UNREACHABLE, 1);
    const more: typeof emit = (a, l) => {
      emit(a, l);
      a.ret();
    };
    const trapping = build({ types: [NONE], funcs: [{ type, frame, emit: more }] });
    trapping.file[trapping.descriptor.functionsOffset + 11] |= 0x80;
    expect(loadCode(trapping.file, trapping.descriptor)).toBe(-22);
    // One may stand right behind a function that ends in a call, whose row has the same place.
    for (let k = 0; k < 16; k++) {
      const before: typeof emit = (a, l) => {
        for (let n = 0; n < k; n++) a.ret();
        emit(a, l);
      };
      const both = build({ types: [NONE], funcs: [{ type, frame, emit: before }, constant(1)] });
      both.file[both.descriptor.functionsOffset + 16 + 11] |= 0x80;
      expect(loadCode(both.file, both.descriptor)).toBeGreaterThan(0);
    }
    // Any numbers inside the code do.
    const dispatchOffset = mod.descriptor.functionsOffset;
    const code = loadCode(mod.file, { ...mod.descriptor, dispatchOffset, dispatchSize: 8 });
    const { size } = mod.layout;
    for (const dispatch of [-1, 0, size + 64, 2 ** 32 + size, 1e300, NaN])
      expect(() => instantiate(mod, { code, layout: { ...mod.layout, size: size + 64, dispatch } })).toThrow(
        'dispatch',
      );
    expect(loadCode(new Uint8Array(0), mod.descriptor)).toBe(-22);
    expect(() => native.codeCopy('/a/path' as never, 0, 0)).toThrow(TypeError);
  });
});
