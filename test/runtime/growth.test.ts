/** Growth of memories, limits, and when their pages go back to the system. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collectGarbage, wamr } from '../support/built.js';
import { wat } from '../support/wat.js';

const MIB = 2 ** 20;
/** Memory of this process in MiB that is really there. */
const resident = (): number => (Number(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[1]) * 4096) / MIB;

const text = (max: number | ''): string => `(module (memory (export "m") 1 ${max})
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))`;

describe.each(['guard', 'explicit'] as const)('%s', (bounds) => {
  describe.each(['native', 'v8'] as const)('memory: %s', (memory) => {
    const make = (max: number | '', limits?: { memoryPages: number }) =>
      wamr.instantiate(wat(text(max)), {}, { bounds, memory, limits });

    it('to 65,536 pages: contents stay, old buffers are detached, the last byte works', () => {
      const { exports } = make('');
      exports.store(65532, 7);
      const first: ArrayBuffer = exports.m.buffer;
      const view = new Uint32Array(first);
      expect(exports.grow(999)).toBe(1);
      expect(first.byteLength).toBe(0);
      expect(view.length).toBe(0);
      expect(exports.m.buffer.byteLength).toBe(1000 * 65536);
      expect(exports.load(65532)).toBe(7);
      expect(exports.grow(65536 - 1000 + 1)).toBe(-1);
      expect(exports.size()).toBe(1000);
      expect(exports.m.buffer.byteLength).toBe(1000 * 65536);
      expect(exports.grow(65536 - 1000)).toBe(1000);
      exports.store(-4, 9);
      expect(exports.load(-4)).toBe(9);
      expect(exports.load(65532)).toBe(7);
      expect(() => exports.load(-3)).toThrow(/out of bounds/);
      expect(exports.grow(0)).toBe(65536);
      expect(exports.grow(1)).toBe(-1);
      expect(exports.grow(-1)).toBe(-1);
    });

    it('to the maximum of the module, or the limit of the host', () => {
      const { exports } = make(5);
      expect([exports.grow(4), exports.grow(1), exports.size()]).toEqual([1, -1, 5]);
      const limited = make(100, { memoryPages: 3 }).exports;
      expect([limited.grow(3), limited.grow(2), limited.grow(1), limited.size()]).toEqual([-1, 1, -1, 3]);
      expect(() => limited.m.grow(1)).toThrow(RangeError);
      expect(() => limited.load(3 * 65536)).toThrow(/out of bounds/);
      expect(() => make(5, { memoryPages: 0 })).toThrow(/limits\.memoryPages allows 0/);
      expect(() => make(5, { memoryPages: NaN })).toThrow("option 'limits' must be");
    });

    it('is seen at once by every instance that shares it, also in the middle of a call', () => {
      const { exports } = make(50);
      let other: any;
      const user = wamr.instantiate(
        wat(`(module (import "x" "m" (memory 1)) (import "x" "f" (func $f (result i32)))
          (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "go") (result i32) (drop (call $f)) (i32.store (i32.const 655356) (i32.const 3)) (memory.size)))`),
        { x: { m: exports.m, f: () => exports.grow(9) } },
        { bounds },
      );
      other = user.exports;
      expect(() => other.load(65536)).toThrow(/out of bounds/);
      expect(other.go()).toBe(10);
      expect(exports.load(655356)).toBe(3);
      // By the host, behind the back of both.
      expect(exports.m.grow(2)).toBe(10);
      expect(other.load(12 * 65536 - 4)).toBe(0);
      expect(() => other.load(12 * 65536 - 3)).toThrow(/out of bounds/);
    });
  });
});

describe('memory goes back to the system', () => {
  const touched = (): { exports: any; dispose(): void } => {
    const instance = wamr.instantiate(wat(text('')), {});
    instance.exports.grow(3200);
    new Uint8Array(instance.exports.m.buffer).fill(1);
    return instance;
  };

  it('at dispose', () => {
    const before = resident();
    const instance = touched();
    const { m } = instance.exports;
    const buffer = m.buffer;
    expect(resident() - before).toBeGreaterThan(150);
    instance.dispose();
    expect(resident() - before).toBeLessThan(50);
    expect(buffer.byteLength).toBe(0);
    expect(() => instance.exports.load(0)).toThrow();
  });

  it('when an instance is collected', async () => {
    const before = resident();
    (() => void touched())();
    expect(resident() - before).toBeGreaterThan(150);
    for (let i = 0; i < 5 && resident() - before > 50; i++) await collectGarbage();
    expect(resident() - before).toBeLessThan(50);
  });
});

it('pages of the initial data that nobody touches cost nothing, and nobody sees what others wrote', () => {
  const pages = 400;
  const module = wamr.load(
    wamr.compileSync(
      wat(`(module (memory (export "m") ${pages}) (data (i32.const 0) "${'\\55'.repeat(100)}") (data (i32.const ${(pages - 1) * 65536}) "${'\\66'.repeat(70000 - 4465)}")
    ${Array.from({ length: 60 }, (_, k) => `(data (i32.const ${65536 * (k + 1)}) "${'\\77'.repeat(65000)}")`).join('\n')})`),
    ),
  );
  const before = resident();
  const instances = Array.from({ length: 20 }, () => wamr.instantiate(module));
  expect(resident() - before).toBeLessThan(20);
  const views = instances.map((i) => new Uint8Array(i.exports.m.buffer));
  views[3][70000] = 1;
  expect(views[3][70000]).toBe(1);
  expect(views.filter((v) => v[70000] === 0x77).length).toBe(19);
  expect(views[7][(pages - 1) * 65536]).toBe(0x66);
  expect(wamr.instantiate(module).exports.m.buffer.byteLength).toBe(pages * 65536);
});

// Whether the kernel has any at that moment is its affair.
it.skipIf(!fs.existsSync('/sys/kernel/mm/transparent_hugepage/enabled')).each(['native', 'v8'] as const)(
  'memories that grow by much ask for large pages, small ones and their successors do not: %s',
  async (memory) => {
    if (process.platform !== 'linux') return;
    /** KiB of memory that asked for them. */
    const asked = (): number => {
      let size = 0;
      let all = 0;
      for (const [, kb, flags] of fs
        .readFileSync('/proc/self/smaps', 'utf8')
        .matchAll(/^Size: +(\d+) kB$|^VmFlags:(.*)$/gm))
        if (kb !== undefined) size = Number(kb);
        else if (/ hg\b/.test(flags)) all += size;
      return all;
    };
    const make = (pages: number) => wamr.instantiate(wat(text('').replace('1 )', `${pages})`)), {}, { memory });
    await collectGarbage();
    let before = asked();
    const [small, large] = [make(256), make(512)];
    expect([small.exports.size(), large.exports.size()]).toEqual([256, 512]);
    // What else this process has in large pages may go meanwhile.
    const expectMore = (kib: number): void => expect(Math.abs(asked() - before - kib)).toBeLessThan(256);
    expectMore(512 * 64);
    before = asked();
    expect(small.exports.grow(16)).toBe(256);
    expectMore(0);
    expect(small.exports.grow(64)).toBe(272);
    expectMore(64 * 64);
    if (memory === 'v8') return;
    small.dispose();
    expectMore(0);
    expect(make(256).exports.size()).toBe(256);
    expectMore(0);
  },
);

it('a memory of V8 with properties of its own is asked by those of its class, and nothing of the program runs in the middle of a call', () => {
  const store = new WebAssembly.Memory({ initial: 1, maximum: 10 });
  const { exports } = wamr.instantiate(
    wat(`(module (import "m" "m" (memory 1 10)) (import "m" "h" (func $h))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
      (func (export "viaHost") (call $h)))`),
    { m: { m: store, h: () => {} } },
  );
  let asked = 0;
  const meddle = (): void => {
    asked++;
    exports.add(1000, 1);
    exports.viaHost();
  };
  const buffer = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer')!.get!;
  Object.defineProperty(store, 'buffer', { get: () => (meddle(), buffer.call(store)) });
  Object.defineProperty(store, 'grow', {
    value: (n: number) => (meddle(), WebAssembly.Memory.prototype.grow.call(store, n)),
  });
  expect(exports.grow(1)).toBe(1);
  WebAssembly.Memory.prototype.grow.call(store, 1);
  expect(exports.add(1, 2)).toBe(3);
  expect(exports.grow(1)).toBe(3);
  expect(asked).toBe(0);
});
