/**
 * The addon by itself: memories, tables, globals, references, segments, images, lifetimes. Machine code by hand
 * (rig.ts).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Entry, Externref, Helper, TableView } from '../../src-ts/abi/vmctx.js';
import { Trap } from '../../src-ts/abi/trap-codes.js';
import type { Assembler } from '../../src-ts/x64/asm/encode.js';
import { Shift } from '../../src-ts/x64/asm/insts.js';
import {
  EXTERNREF,
  FUNCREF,
  I32,
  I64,
  R,
  build,
  callHelper,
  enter,
  hostFunction,
  i32,
  i64,
  instantiate,
  leave,
  native,
  trap,
} from './rig.js';
import { wat } from '../support/wat.js';
import { ControlWord, Outcome } from '../../src-ts/abi/calls.js';
import { CELLS_PER_BLOCK, Mark, TableCell } from '../../src-ts/abi/objects.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const settle = async (): Promise<void> => {
  for (let i = 0; i < 4; i++) {
    gc();
    await new Promise((r) => setImmediate(r));
  }
};

/** (import "" "m"): V8's code loads from 7 GiB behind the start of memory. */
const FAR_LOAD = `(module (import "" "m" (memory 0))
  (func (export "f") (result i32) (i32.load offset=0xc0000000 (i32.const -16))))`;
const getBuffer = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer')!.get!;
const adopt = (store: WebAssembly.Memory): number =>
  native.memoryAdopt(store, getBuffer, WebAssembly.Memory.prototype.grow, 10, true, false);

const unary = { params: [I32], results: [I32] };
const none = { params: [], results: [] };
const constant = (x: number) => ({
  type: 0,
  frame: 0,
  emit: (a: Assembler) => {
    a.mov_ri32(R.AX, x);
    a.ret();
  },
});
/** call_indirect through the TableView of table t, index in edi, no checks; result in eax. */
const indirect = (t: number) => ({
  type: 0,
  frame: 8,
  emit: (a: Assembler, l: { tables: number[] }) => {
    enter(a, 8);
    a.shift_ri(Shift.SHL, 1, R.DI, Entry.SHIFT);
    a.mem(R.VM, l.tables[t] + TableView.BASE);
    a.mov_rm(1, R.AX);
    a.memIndex(R.AX, R.DI, 0, 0);
    a.lea(1, R.AX);
    a.mem(R.AX, Entry.CODE);
    a.call_m();
    leave(a, 8);
  },
});
/** Reads the word at memory address 0. */
const peek = {
  type: 0,
  frame: 0,
  emit: (a: Assembler) => {
    a.mem(R.MEM, 0);
    a.mov_rm(0, R.AX);
    a.ret();
  },
};
const run = (f: () => undefined | true, ...args: number[]): number => {
  args.forEach((x, i) => (i32[2 * i] = x));
  expect(f()).toBe(undefined);
  return i32[0];
};

describe('memories', () => {
  test('growth: buffer detached and made anew, contents kept, limits', () => {
    const m = native.memoryCreate(1, 3, true, 16, false);
    const first = native.memoryBuffer(m);
    expect(native.memoryBuffer(m)).toBe(first);
    new Uint8Array(first)[65535] = 7;
    expect(native.memoryGrow(m, 1)).toBe(1);
    expect(first.byteLength).toBe(0);
    expect(native.memoryBuffer(m).byteLength).toBe(131072);
    expect(new Uint8Array(native.memoryBuffer(m))[65535]).toBe(7);
    expect(native.memoryGrow(m, 2)).toBe(-1);
    expect(native.memoryGrow(m, 0)).toBe(2);
    expect(native.memoryGrow(m, 1)).toBe(2);
    expect(native.memoryPages(m)).toBe(3);
    native.memoryFree(m);
    expect(() => native.memoryPages(m)).toThrow(TypeError);
  });

  test('0 pages, 65,536 pages', () => {
    const m = native.memoryCreate(0, 65536, true, 16, false);
    expect(native.memoryBuffer(m).byteLength).toBe(0);
    expect(native.memoryGrow(m, 65536)).toBe(0);
    const b = new Uint8Array(native.memoryBuffer(m));
    expect(b.length).toBe(2 ** 32);
    b[2 ** 32 - 1] = 1;
    expect(native.memoryGrow(m, 1)).toBe(-1);
    native.memoryRelease(m);
    expect(native.memoryPages(m)).toBe(0);
    native.memoryFree(m);
  });

  test('a buffer outlives its memory; reservations return to the pool, clean', async () => {
    await settle();
    const before = native.stats();
    const m = native.memoryCreate(1, 1, true, 16, false);
    let view: Uint8Array | null = new Uint8Array(native.memoryBuffer(m));
    view.fill(5);
    native.memoryFree(m);
    await settle();
    expect(view[65535]).toBe(5);
    expect(native.stats().reservations).toBe(before.reservations + 1);
    view = null;
    await settle();
    expect(native.stats().reservations).toBe(before.reservations);
    expect(native.stats().pooled).toBeGreaterThan(0);
    const again = native.memoryCreate(1, 1, true, 16, false);
    expect(new Uint8Array(native.memoryBuffer(again)).every((x) => x === 0)).toBe(true);
    native.memoryFree(again);
  });

  test('adopted: growth by us, by others, seen by instances; V8 shares the contents', () => {
    const store = new WebAssembly.Memory({ initial: 1, maximum: 10 });
    const load = new WebAssembly.Instance(new WebAssembly.Module(wat(FAR_LOAD)), { '': { m: store } }).exports;
    expect(native.v8Guards(store.buffer, load.f as () => number, false)).toBe(true);
    const m = adopt(store);
    expect(native.memoryHasGuard(m)).toBe(true);
    const mod = build({
      types: [unary, none],
      imports: [1],
      funcs: [
        peek,
        {
          type: 0,
          frame: 8,
          emit: (a) => {
            enter(a, 8);
            callHelper(a, Helper.MEMORY_GROW);
            leave(a, 8);
          },
        },
        // Calls the import, then answers the size in pages.
        {
          type: 0,
          frame: 8,
          emit: (a, l) => {
            enter(a, 8);
            a.mem(R.VM, l.imports[0]);
            a.lea(1, R.AX);
            a.mem(R.AX, 0);
            a.call_m();
            a.mem(R.VM, 0x18);
            a.mov_rm(1, R.AX);
            a.shift_ri(Shift.SHR, 1, R.AX, 16);
            leave(a, 8);
          },
        },
        {
          type: 0,
          frame: 0,
          emit: (a) => {
            a.memIndex(R.MEM, R.DI, 0, 0);
            a.trapHere(Trap.MEMORY_OUT_OF_BOUNDS, 3);
            a.mov_rm(0, R.AX);
            a.ret();
          },
        },
      ],
    });
    const code = native.codeLoad(mod.file, mod.descriptor);
    const i = instantiate(mod, { code, memory: m, functions: [hostFunction(() => store.grow(2), code, 1)] });
    new Int32Array(store.buffer)[0] = 1234;
    expect(run(i.call(1))).toBe(1234);
    const old = store.buffer;
    expect(run(i.call(2), 1)).toBe(1);
    expect(old.byteLength).toBe(0);
    expect(store.buffer.byteLength).toBe(2 * 65536);
    expect(run(i.call(3))).toBe(4);
    store.grow(1);
    expect(native.memoryPages(m)).toBe(5);
    expect(run(i.call(4), 5 * 65536 - 4)).toBe(0);
    i32[0] = 5 * 65536;
    expect(i.call(4)()).toBe(true);
    expect(native.takeTrap()).toMatchObject({
      code: Trap.MEMORY_OUT_OF_BOUNDS,
      address: 5 * 65536,
      memoryBytes: 5 * 65536,
    });
    expect(run(i.call(2), 6)).toBe(-1);
    expect(native.memoryBuffer(m)).toBe(store.buffer);
  });

  test('adopted: nothing native keeps the genuine memory', async () => {
    const other = build({ types: [unary], funcs: [peek] });
    const { call } = instantiate(other, { memory: native.memoryCreate(1, 1, true, 16, false) });
    const made = (() => {
      const store = new WebAssembly.Memory({ initial: 1 });
      return {
        store: new WeakRef(store),
        id: adopt(store),
      };
    })();
    await new Promise((r) => setTimeout(r, 1));
    await settle();
    expect(made.store.deref()).toBe(undefined);
    expect(run(call(0))).toBe(0);
    expect(native.memoryPages(made.id)).toBe(0);
    native.memoryFree(made.id);
  });

  test('without guard: smaller reservation, the contents move; guard code refuses it', () => {
    const m = native.memoryCreate(1, 1000, false, 16, false);
    expect(native.memoryHasGuard(m)).toBe(false);
    const before = native.stats().reservations;
    for (const [pages, delta] of [
      [1, 3],
      [4, 60],
      [64, 936],
      [1000, 1],
    ]) {
      new Int32Array(native.memoryBuffer(m))[pages * 16384 - 1] = pages;
      expect(native.memoryGrow(m, delta)).toBe(pages < 1000 ? pages : -1);
      const contents = new Int32Array(native.memoryBuffer(m));
      for (const p of [1, 4, 64].filter((n) => n <= pages)) expect(contents[p * 16384 - 1]).toBe(p);
    }
    // The old places go when their buffers are finalised.
    expect(native.stats().reservations).toBeLessThanOrEqual(before + 3);
    const guarded = build({ types: [unary], funcs: [peek] });
    expect(() => instantiate(guarded, { memory: m })).toThrow('-22');
    const explicit = build({ types: [unary], funcs: [peek], needsGuard: false });
    expect(run(instantiate(explicit, { memory: m }).call(0))).toBe(0);
  });

  test('too many: -11, and all come back', () => {
    const made: number[] = [];
    for (;;) {
      const m = native.memoryCreate(0, 1, true, 16, false);
      if (m < 0) {
        expect(m).toBe(-11);
        break;
      }
      made.push(m);
    }
    expect(made.length).toBeGreaterThan(1000);
    for (const m of made) native.memoryFree(m);
    const m = native.memoryCreate(1, 1, true, 16, false);
    expect(m).toBeGreaterThan(0);
    native.memoryFree(m);
  });

  test('image: mapped copy-on-write, or copied', () => {
    const image = new Uint8Array(10_000).map((_, i) => i * 7);
    const mod = build({ types: [unary], funcs: [peek], image });
    const code = native.codeLoad(mod.file, mod.descriptor);
    for (const [fresh, at] of [
      [true, 4096],
      [true, 100],
      [false, 8192],
    ] as const) {
      const m = native.memoryCreate(1, 1, true, 16, false);
      expect(native.memoryLoadImage(m, code, mod.imageOffset, at, image.length, fresh)).toBe(0);
      const bytes = new Uint8Array(native.memoryBuffer(m));
      expect(bytes.subarray(at, at + image.length)).toEqual(image);
      expect(bytes[at - 1]).toBe(0);
      expect(bytes[at + image.length]).toBe(0);
      bytes[at] = 99;
      expect(native.memoryLoadImage(m, code, mod.imageOffset, 65536 - 100, 101, fresh)).toBe(-34);
    }
    const m = native.memoryCreate(1, 1, true, 16, false);
    native.memoryLoadImage(m, code, mod.imageOffset, 0, image.length, true);
    expect(new Uint8Array(native.memoryBuffer(m))[0]).toBe(0);
  });

  test('data segments', () => {
    const mod = build({
      types: [{ params: [I32, I32, I32, I32], results: [] }],
      data: [Uint8Array.of(1, 2, 3, 4)],
      funcs: [
        {
          type: 0,
          frame: 8,
          emit: (a) => {
            enter(a, 8);
            callHelper(a, Helper.MEMORY_INIT);
            a.trapAfter(0, 21);
            leave(a, 8);
          },
        },
      ],
    });
    const memory = native.memoryCreate(1, 1, true, 16, false);
    const { instance, call } = instantiate(mod, { memory });
    expect(native.instanceDataInit(instance, 0, 0, 10, 1, 3)).toBe(0);
    expect(Array.from(new Uint8Array(native.memoryBuffer(memory), 9, 5))).toEqual([0, 2, 3, 4, 0]);
    expect(native.instanceDataInit(instance, 0, 0, 65536, 4, 0)).toBe(0);
    for (const [dst, src, n] of [
      [65535, 0, 2],
      [0, 3, 2],
      [65537, 0, 0],
      [0, 5, 0],
    ])
      expect(native.instanceDataInit(instance, 0, 0, dst, src, n)).toBe(Trap.MEMORY_OUT_OF_BOUNDS);
    const init = call(0);
    i32.set([20, 0, 0, 0, 4, 0, 0], 0);
    expect(init()).toBe(undefined);
    expect(new Uint8Array(native.memoryBuffer(memory))[23]).toBe(4);
    native.instanceDataDrop(instance, 0);
    i32.set([20, 0, 0, 0, 1, 0, 0], 0);
    expect(init()).toBe(true);
    expect(native.takeTrap()).toMatchObject({ code: Trap.MEMORY_OUT_OF_BOUNDS });
  });
});

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
    const mod = build({ types: [unary], funcs: [peek, indirect(0)], tables: [open], importedTables: 1 });
    const { table, length } = createTable(true, 4, 1000);
    const memories = [native.memoryCreate(1, 1, true, 16, false), native.memoryCreate(1, 1, true, 16, false)];
    memories.forEach((m, i) => (new Int32Array(native.memoryBuffer(m))[0] = 100 + i));
    const a = instantiate(mod, { memory: memories[0], tables: [table] });
    native.tableSet(table, 0, native.instanceFunc(a.instance, 0));
    expect(run(a.call(1), 0)).toBe(100);
    const b = instantiate(mod, { memory: memories[1], tables: [table], code: a.code });
    native.tableSet(table, 1, native.instanceFunc(b.instance, 0));
    for (let round = 0; round < 2; round++) {
      expect([run(a.call(1), 0), run(a.call(1), 1), run(b.call(1), 0), run(b.call(1), 1)]).toEqual([
        100, 101, 100, 101,
      ]);
      expect(native.tableGrow(table, 900, native.instanceFunc(b.instance, 0))).toBe(round === 0 ? 4 : -1);
    }
    expect(run(a.call(1), 903)).toBe(101);
    expect(length()).toBe(904);
    expect(native.tableGet(table, 904)).toBe(0);
    expect(native.tableSet(table, 904, 0)).toBeUndefined();
    expect(native.tableGet(table, 0)).toBe(native.instanceFunc(a.instance, 0));
    expect(native.funcrefInfo(native.tableGet(table, 1))).toMatchObject({ instance: b.instance, func: 0 });
    expect(() => native.tableSet(table, 0, 123_456)).toThrow(TypeError);
  });

  test('host functions in tables', () => {
    const mod = build({ types: [unary], imports: [0], funcs: [indirect(0)], tables: [open], importedTables: 1 });
    const table = native.tableCreate(true, 4, 4);
    const code = native.codeLoad(mod.file, mod.descriptor);
    const host = hostFunction(() => (i32[0] = 77), code, 0);
    const a = instantiate(mod, { code, tables: [table], functions: [host] });
    expect(native.instanceFunc(a.instance, 0)).toBe(host);
    native.tableSet(table, 2, host);
    expect(run(a.call(1), 2)).toBe(77);
    expect(native.funcrefInfo(host)).toMatchObject({ instance: 0 });
    i32[ControlWord.CALLEE] = host;
    native.invoke();
    expect(i32[ControlWord.OUTCOME]).toBe(Outcome.DISPOSED);
  });

  test('closed table: own functions directly, imports through their stub', () => {
    const mod = build({
      types: [unary],
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
    const code = native.codeLoad(mod.file, mod.descriptor);
    const a = instantiate(mod, { code, functions: [hostFunction(() => (i32[0] = 22), code, 0)], elems: 1 });
    native.instanceElemFuncs(a.instance, 0, Int32Array.of(1, 0, -1));
    expect(native.instanceTableInit(a.instance, 0, 0, 0, 0, 3)).toBe(0);
    expect([run(a.call(2), 0), run(a.call(2), 1)]).toEqual([11, 22]);
    expect(native.instanceTableInit(a.instance, 0, 0, 1, 0, 3)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(native.instanceTableInit(a.instance, 0, 0, 3, 3, 0)).toBe(0);
    native.instanceElemDrop(a.instance, 0);
    expect(native.instanceTableInit(a.instance, 0, 0, 0, 0, 1)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(() => native.instanceElemFuncs(a.instance, 0, Int32Array.of(3))).toThrow(TypeError);
  });

  test('helpers on externref tables', () => {
    const five = { params: [I32, I32, I32, I32, I32], results: [I32] };
    const helper = (h: number) => ({
      type: 0,
      frame: 8,
      emit: (a: Assembler) => {
        enter(a, 8);
        callHelper(a, h);
        a.trapAfter(0, h);
        leave(a, 8);
      },
    });
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
      ].map(helper),
    });
    const made = [createTable(false, 4, 10), createTable(false, 4, 10)];
    const tables = made.map(({ table }) => table);
    const { instance, call } = instantiate(mod, { tables, elems: 1 });
    const [get, set, grow, fill, copy, init, drop] = [0, 1, 2, 3, 4, 5, 6].map(call);
    const traps = (f: () => undefined | true, ...args: number[]): number => {
      args.forEach((x, i) => (i32[2 * i] = x));
      expect(f()).toBe(true);
      return native.takeTrap()!.code;
    };
    const contents = (t: number): number[] =>
      Array.from({ length: made[t].length() }, (_, i) => native.tableGet(tables[t], i));
    run(set, 0, 1, 500);
    expect(run(get, 0, 1)).toBe(500);
    expect(traps(get, 0, 4)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(traps(set, 0, -1, 1)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    expect(run(grow, 0, 7, 2)).toBe(4);
    expect(run(grow, 0, 7, 100)).toBe(-1);
    expect(contents(0)).toEqual([0, 500, 0, 0, 7, 7]);
    run(fill, 0, 2, 9, 2);
    expect(traps(fill, 0, 5, 9, 2)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    run(copy, 0, 0, 0, 1, 5);
    expect(contents(0)).toEqual([500, 9, 9, 7, 7, 7]);
    run(copy, 1, 0, 2, 0, 2);
    expect(contents(1)).toEqual([0, 0, 500, 9]);
    expect(traps(copy, 1, 0, 3, 0, 2)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
    native.instanceElemRefs(instance, 0, Uint32Array.of(40, 41, 42), true);
    run(init, 1, 0, 0, 1, 2);
    expect(contents(1)).toEqual([41, 42, 500, 9]);
    run(drop, 0);
    expect(traps(init, 1, 0, 0, 0, 1)).toBe(Trap.TABLE_OUT_OF_BOUNDS);
  });
});

describe('globals and references', () => {
  const globals = [
    { type: I64, mutable: true },
    { type: EXTERNREF, mutable: true },
    { type: I32, mutable: true },
  ] as const;

  test('inline and imported cells', () => {
    const mod = build({
      types: [none],
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
      types: [{ params: [EXTERNREF], results: [] }, none],
      imports: [1],
      globals: [globals[1]],
      // Keeps its argument in rbx over the host call.
      funcs: [
        {
          type: 0,
          frame: 16,
          emit: (a, l) => {
            a.push_r(R.BX);
            enterBy(a, 16);
            a.mov_rr(0, R.BX, R.DI);
            a.mem(R.VM, l.imports[0]);
            a.lea(1, R.AX);
            a.mem(R.AX, 0);
            a.call_m();
            a.mem(R.SP, 16);
            a.lea(1, R.SP);
            a.pop_r(R.BX);
            a.ret();
          },
        },
      ],
    });
    const code = native.codeLoad(mod.file, mod.descriptor);
    const { instance, call } = instantiate(mod, { code, functions: [hostFunction(look, code, 1)] });
    const table = native.tableCreate(false, 3, 3);
    native.tableSet(table, 1, reference(901) >>> 0);
    const g = native.instanceGlobal(instance, 0);
    i64[0] = BigInt.asUintN(32, BigInt(reference(902)));
    native.globalWrite(g);
    look();
    expect([marks[901], marks[902], marks[903]]).toEqual([Mark.OWNED, Mark.OWNED, 0]);
    run(call(1), reference(903));
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

function enterBy(a: Assembler, bytes: number): void {
  a.mem(R.SP, -bytes);
  a.lea(1, R.SP);
}

describe('lifetimes', () => {
  test('everything goes: 300 instances', async () => {
    await settle();
    const before = native.stats();
    const mod = build({
      types: [unary, none],
      imports: [1],
      funcs: [
        peek,
        indirect(0),
        {
          type: 1,
          frame: 8,
          emit: (a) => {
            enter(a, 8);
            trap(a, Trap.UNREACHABLE, 1);
          },
        },
      ],
      tables: [{ type: FUNCREF, min: 4, max: null }],
      importedTables: 1,
      globals: [{ type: I32, mutable: true }],
    });
    for (let i = 0; i < 300; i++) {
      const code = native.codeLoad(mod.file, mod.descriptor);
      const memory = native.memoryCreate(1, 2, true, 16, false);
      const table = native.tableCreate(true, 4, 4);
      const host = hostFunction(() => {}, code, 1);
      const { instance, call } = instantiate(mod, { code, memory, tables: [table], functions: [host] });
      const g = native.instanceGlobal(instance, 0);
      native.tableSet(table, 0, native.instanceFunc(instance, 1));
      run(call(2), 0);
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
    const mod = build({ types: [unary], funcs: [peek] });
    expect(native.codeLoad('/nowhere/at/all', mod.descriptor)).toBe(-2);
    for (const change of [
      { codeOffset: 100 },
      { codeSize: 1e9 },
      { trapsOffset: 1e9 },
      { functionsSize: 1e9 },
      { typeIds: new Uint32Array(0) },
      { entryStubs: Uint32Array.of(1e6) },
      { codeSize: 1 },
    ])
      expect(native.codeLoad(mod.file, { ...mod.descriptor, ...change })).toBe(-22);
    expect(native.codeLoad(mod.file, { ...mod.descriptor, architecture: 183 })).toBe(-8);
    // Any numbers inside the code do.
    const dispatchOffset = mod.descriptor.functionsOffset;
    const code = native.codeLoad(mod.file, { ...mod.descriptor, dispatchOffset, dispatchSize: 8 });
    const { size } = mod.layout;
    for (const dispatch of [-1, 0, size + 64, 2 ** 32 + size, 1e300, NaN])
      expect(() => instantiate(mod, { code, layout: { ...mod.layout, size: size + 64, dispatch } })).toThrow(
        'dispatch',
      );
    expect(native.codeLoad(new Uint8Array(0), mod.descriptor)).toBe(-22);
    expect(() => native.codeLoad({} as never, mod.descriptor)).toThrow(TypeError);
  });
});
