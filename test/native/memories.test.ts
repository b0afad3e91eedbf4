/** The addon by itself: memories, images, data segments. Machine code by hand. */
import { describe, expect, test } from 'vitest';
import { Helper } from '../../src-ts/abi/vmctx.js';
import { Trap } from '../../src-ts/abi/trap-codes.js';
import { Shift } from '../../src-ts/x64/asm/insts.js';
import { wat } from '../support/wat.js';
import { settle } from './settled.js';
import { I32, NONE, R, UNARY, callImport, enter, helper, leave, load, peek } from './machine-code.js';
import { build, createMemory, hostFunction, i32, instantiate, loadCode, native, result } from './rig.js';

/** (import "" "m"): V8's code loads from 7 GiB behind the start of memory. */
const FAR_LOAD = `(module (import "" "m" (memory 0))
  (func (export "f") (result i32) (i32.load offset=0xc0000000 (i32.const -16))))`;
const getBuffer = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer')!.get!;
const adopt = (store: WebAssembly.Memory): number =>
  native.memoryAdopt(store, getBuffer, WebAssembly.Memory.prototype.grow, 10, true, false);

describe('memories', () => {
  test('growth: buffer detached and made anew, contents kept, limits', () => {
    const m = createMemory(1, 3);
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
    const m = createMemory(0, 65536);
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
    const m = createMemory();
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
    const again = createMemory();
    expect(new Uint8Array(native.memoryBuffer(again)).every((x) => x === 0)).toBe(true);
    native.memoryFree(again);
  });

  test('adopted: growth by us, by others, seen by instances; V8 shares the contents', () => {
    const store = new WebAssembly.Memory({ initial: 1, maximum: 10 });
    const far = new WebAssembly.Instance(new WebAssembly.Module(wat(FAR_LOAD)), { '': { m: store } }).exports;
    expect(native.v8Guards(store.buffer, far.f as () => number, false)).toBe(true);
    const m = adopt(store);
    expect(native.memoryHasGuard(m)).toBe(true);
    const mod = build({
      types: [UNARY, NONE],
      imports: [1],
      funcs: [
        peek,
        helper(0, Helper.MEMORY_GROW),
        // Calls the import, then answers the size in pages.
        {
          type: 0,
          frame: 8,
          emit: (a, l) => {
            enter(a, 8);
            callImport(a, l);
            a.mem(R.VM, 0x18);
            a.mov_rm(1, R.AX);
            a.shift_ri(Shift.SHR, 1, R.AX, 16);
            leave(a, 8);
          },
        },
        load(0, 3),
      ],
    });
    const code = loadCode(mod.file, mod.descriptor);
    const i = instantiate(mod, { code, memory: m, functions: [hostFunction(() => store.grow(2), code, 1)] });
    new Int32Array(store.buffer)[0] = 1234;
    expect(result(i.call(1))).toBe(1234);
    const old = store.buffer;
    expect(result(i.call(2), 1)).toBe(1);
    expect(old.byteLength).toBe(0);
    expect(store.buffer.byteLength).toBe(2 * 65536);
    expect(result(i.call(3))).toBe(4);
    store.grow(1);
    expect(native.memoryPages(m)).toBe(5);
    expect(result(i.call(4), 5 * 65536 - 4)).toBe(0);
    i32[0] = 5 * 65536;
    expect(i.call(4)()).toBe(true);
    expect(native.takeTrap()).toMatchObject({
      code: Trap.MEMORY_OUT_OF_BOUNDS,
      address: 5 * 65536,
      memoryBytes: 5 * 65536,
    });
    expect(result(i.call(2), 6)).toBe(-1);
    expect(native.memoryBuffer(m)).toBe(store.buffer);
  });

  test('adopted: nothing native keeps the genuine memory', async () => {
    const other = build({ types: [UNARY], funcs: [peek] });
    const { call } = instantiate(other, { memory: createMemory() });
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
    expect(result(call(0))).toBe(0);
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
    const guarded = build({ types: [UNARY], funcs: [peek] });
    expect(() => instantiate(guarded, { memory: m })).toThrow('-22');
    const explicit = build({ types: [UNARY], funcs: [peek], needsGuard: false });
    expect(result(instantiate(explicit, { memory: m }).call(0))).toBe(0);
  });

  test('too many: -11, and all come back', () => {
    const made: number[] = [];
    for (;;) {
      const m = createMemory(0, 1);
      if (m < 0) {
        expect(m).toBe(-11);
        break;
      }
      made.push(m);
    }
    expect(made.length).toBeGreaterThan(1000);
    for (const m of made) native.memoryFree(m);
    const m = createMemory();
    expect(m).toBeGreaterThan(0);
    native.memoryFree(m);
  });

  test('image: mapped copy-on-write, or copied', () => {
    const image = new Uint8Array(10_000).map((_, i) => i * 7);
    const mod = build({ types: [UNARY], funcs: [peek], image });
    const code = loadCode(mod.file, mod.descriptor);
    for (const [fresh, at] of [
      [true, 4096],
      [true, 100],
      [false, 8192],
    ] as const) {
      const m = createMemory();
      expect(native.memoryLoadImage(m, code, mod.imageOffset, at, image.length, fresh, false)).toBe(0);
      const bytes = new Uint8Array(native.memoryBuffer(m));
      expect(bytes.subarray(at, at + image.length)).toEqual(image);
      expect(bytes[at - 1]).toBe(0);
      expect(bytes[at + image.length]).toBe(0);
      bytes[at] = 99;
      expect(native.memoryLoadImage(m, code, mod.imageOffset, 65536 - 100, 101, fresh, false)).toBe(-34);
    }
    const m = createMemory();
    native.memoryLoadImage(m, code, mod.imageOffset, 0, image.length, true, false);
    expect(new Uint8Array(native.memoryBuffer(m))[0]).toBe(0);
  });

  test('image: moved to the only memory that wants it', () => {
    const image = new Uint8Array(5_000_000).map((_, i) => i * 7);
    const mod = build({ types: [UNARY], funcs: [peek], image });
    const code = loadCode(mod.file, mod.descriptor);
    const load = (m: number, only: boolean): number =>
      native.memoryLoadImage(m, code, mod.imageOffset, 0, image.length, true, only);
    const m = createMemory(100);
    expect(load(m, true)).toBe(0);
    const bytes = new Uint8Array(native.memoryBuffer(m));
    expect(Buffer.compare(bytes.subarray(0, image.length), image)).toBe(0);
    expect(bytes.subarray(image.length).some((x) => x !== 0)).toBe(false);
    // Where pages cannot be moved (on other systems; larger ones than the image begins with) they were copied, and are still there.
    const moved = process.platform === 'linux' && process.env.WAMR_NATIVE_PAGE_KIB === undefined;
    const other = createMemory(100);
    expect(load(other, false)).toBe(moved ? -16 : 0);
    expect(new Uint8Array(native.memoryBuffer(other))[1]).toBe(moved ? 0 : 7);
    // What lies around it is read as before; of itself nothing.
    expect(new Uint8Array(native.codeRead(code, 0, 8))[0]).toBe(mod.file[0]);
    // The next memory at its place is all zeros.
    const code2 = loadCode(mod.file, mod.descriptor);
    const unseen = createMemory(100);
    expect(native.memoryLoadImage(unseen, code2, mod.imageOffset, 0, image.length, true, true)).toBe(0);
    native.memoryFree(unseen);
    const next = createMemory(100);
    expect(new Uint8Array(native.memoryBuffer(next)).some((x) => x !== 0)).toBe(false);
  });

  test('image: not moved while another code has it', () => {
    const image = new Uint8Array(300_000).map((_, i) => i * 3);
    const mod = build({ types: [UNARY], funcs: [peek], image });
    const code = loadCode(mod.file, mod.descriptor);
    const shared = createMemory();
    expect(native.memoryLoadImage(shared, code, mod.imageOffset, 0, 65536, true, false)).toBe(0);
    const m = createMemory();
    expect(native.memoryLoadImage(m, code, mod.imageOffset, 0, 65536, true, true)).toBe(0);
    new Uint8Array(native.memoryBuffer(m)).fill(1);
    const third = createMemory();
    expect(native.memoryLoadImage(third, code, mod.imageOffset, 0, 65536, true, false)).toBe(0);
    expect(Buffer.compare(new Uint8Array(native.memoryBuffer(third)), image.subarray(0, 65536))).toBe(0);
  });

  test('data segments', () => {
    const mod = build({
      types: [{ params: [I32, I32, I32, I32], results: [] }],
      data: [Uint8Array.of(1, 2, 3, 4)],
      funcs: [helper(0, Helper.MEMORY_INIT, 21)],
    });
    const memory = createMemory();
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
