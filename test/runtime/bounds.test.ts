/**
 * Bounds of linear memory, exhaustively at the edges: every access, in guard and explicit mode, with native memories,
 * memories in genuine WebAssembly.Memory objects; in this thread and in a worker. V8 is the oracle for the contents
 * after accesses across the end.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { VmCtx } from '../../src-ts/abi/vmctx.js';
import { wamr } from '../support/built.js';
import { thrownBy } from '../support/thrown.js';
import { wat } from '../support/wat.js';
import { ACCESSES, BULK, boundsModule, checkBounds } from './children/bounds.mjs';

const bytes = wat(boundsModule());
const PAGES = [1, 3];
const MEMORIES = ['native', 'v8'] as const;

describe.each(['guard', 'explicit'] as const)('%s', (bounds) => {
  const module = wamr.load(wamr.compileSync(bytes, { bounds }));

  describe.each(MEMORIES)('memory: %s', (memory) => {
    it.each(PAGES)(`${ACCESSES.length} accesses and ${BULK.length} bulk operations at the end of %i pages`, (pages) => {
      const { exports } = wamr.instantiate(module, {}, { memory });
      exports.grow(pages - 1);
      const report = checkBounds(exports, pages * 65536, true);
      expect(report.failures).toEqual([]);
      expect(report.checks).toBeGreaterThan(1500);
    });

    it('of several accesses to the same place, the one that fails is reported', () => {
      // Explicit mode: the load is covered by the check of the store before it, the last store is not.
      const text = `(module (memory 1)
        (func (export "f") (param $p i32) (result i32)
          (i32.store offset=8 (local.get $p) (i32.const 1))
          (i32.store8 offset=16 (local.get $p) (i32.load (local.get $p)))
          (i32.const 0))
        (func (export "constant") (result i64) (i64.load offset=65530 (i32.const 1)))
        (func (export "far") (result i64) (i64.load offset=0x7ffffff0 (i32.const 15)))
        (func (export "far2") (result i64) (i64.load offset=0x80000000 (i32.const 15))))`;
      const { exports } = wamr.instantiate(wat(text), {}, { bounds, memory });
      const first = thrownBy(() => exports.f(100_000));
      expect(first).toMatchObject({ address: 100_008, memoryBytes: 65536 });
      for (const p of [65536 - 12, 65536 - 16]) {
        const last = thrownBy(() => exports.f(p));
        expect(last).toMatchObject({ address: p + 16, memoryBytes: 65536 });
        expect(last.frames[0].offset).toBeGreaterThan(first.frames[0].offset);
      }
      expect(exports.f(65536 - 17)).toBe(0);
      expect(thrownBy(() => exports.constant())).toMatchObject({ address: 65536, memoryBytes: 65536 });
      expect(thrownBy(() => exports.far()).address).toBe(0x7fffffff);
      expect(thrownBy(() => exports.far2()).address).toBe(0x8000000f);
    });

    it('every access is placed where V8 places it', () => {
      const ours = wamr.instantiate(module, {}, { memory }).exports;
      const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports as any;
      const places = (exports: any): string[] =>
        Object.keys(v8)
          .filter((name) => /_/.test(name))
          .map((name) => {
            const index = /wrap|dirty/.test(name) ? 0x7fffffffn : 0x7fffffff;
            const { stack } = thrownBy(() =>
              exports[name](index, ACCESSES.find((a) => name.startsWith(`${a.name}_`))!.zero),
            );
            return `${name} ${/wasm-function\[\d+\]:0x[0-9a-f]+/.exec(stack)?.[0]}`;
          });
      expect(places(ours)).toEqual(places(v8));
    });

    it('with and without a frame, in the memory of the instance that fails', () => {
      const inner = wamr.instantiate(
        wat(`(module (memory 2) (func (export "leaf") (param i32) (result i32) (i32.load offset=0xf0000000 (local.get 0)))
        (func $framed (export "framed") (param i32) (result i32) (i32.add (i32.load offset=4 (local.get 0)) (call $framed (i32.sub (local.get 0) (i32.const 1))))))`),
        {},
        { bounds, memory },
      );
      const outer = wamr.instantiate(
        wat(
          '(module (import "x" "leaf" (func $f (param i32) (result i32))) (memory 5) (func (export "go") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.load (i32.const 0)))))',
        ),
        { x: inner.exports },
        { bounds, memory },
      );
      expect(thrownBy(() => outer.exports.go(-1))).toMatchObject({
        address: 0xf0000000 + 0xffffffff,
        memoryBytes: 2 * 65536,
        frames: { length: 2 },
      });
      expect(thrownBy(() => inner.exports.framed(200_000))).toMatchObject({ address: 200_004, memoryBytes: 2 * 65536 });
    });

    it('bulk operations tell the first byte that does not fit; so do data segments', () => {
      const { exports } = wamr.instantiate(module, {}, { memory });
      expect(thrownBy(() => exports.copy(70_000, 66_000, 1))).toMatchObject({ address: 70_000, memoryBytes: 65536 });
      expect(thrownBy(() => exports.copy(0, 66_000, 1))).toMatchObject({ address: 66_000, memoryBytes: 65536 });
      expect(thrownBy(() => exports.fill(65_000, 0, 70_000))).toMatchObject({ address: 65536, memoryBytes: 65536 });
      expect(thrownBy(() => exports.init(-1, 0, 1))).toMatchObject({ address: 0xffffffff, memoryBytes: 65536 });
      const segment = wat('(module (memory 1) (data (i32.const 65534) "abc"))');
      expect(thrownBy(() => wamr.instantiate(segment, {}, { bounds, memory }))).toMatchObject({
        kind: 'memory-out-of-bounds',
        address: 65536,
        memoryBytes: 65536,
      });
    });
  });

  it('the same in V8: the test is right', () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)) as { exports: any };
    exports.grow(2);
    expect(checkBounds(exports, 3 * 65536, false).failures).toEqual([]);
  });

  it('an access across the end writes nothing in bounds that V8 does not write', () => {
    const ours = wamr.instantiate(module).exports;
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports as any;
    for (const exports of [ours, v8]) {
      for (const { name, size, store, zero } of ACCESSES) {
        if (!store) continue;
        for (let at = 65536 - size + 1; at < 65536; at++)
          expect(() => exports[`${name}_0`](at, zero)).toThrow(WebAssembly.RuntimeError);
      }
      for (const name of ['fill', 'copy', 'init'])
        expect(() => exports[name](65530, 0, 7)).toThrow(WebAssembly.RuntimeError);
    }
    expect(Buffer.compare(new Uint8Array(ours.m.buffer), new Uint8Array(v8.m.buffer))).toBe(0);
  });

  it('dispose below a suspended frame: accesses that were checked before trap', () => {
    const text = `(module (import "h" "f" (func $f)) (memory (export "m") 1)
      (func (export "go") (param $p i32) (result i32)
        (i32.store offset=8 (local.get $p) (i32.const 1))
        (call $f)
        (i32.load (local.get $p))))`;
    const instance = wamr.instantiate(wat(text), { h: { f: () => instance.dispose() } }, { bounds });
    expect(() => instance.exports.go(16)).toThrow(/out of bounds/);
  });
});

it('the code of guard mode contains no check, that of explicit mode one for each distinct place', () => {
  const checks = (bounds: 'guard' | 'explicit', text: string, field = VmCtx.MEM_LIMIT): number => {
    const code = Buffer.from(wamr.compileSync(wat(text), { bounds }));
    let n = 0;
    // cmp r64, [r14 + field]
    for (let i = 0; i + 3 < code.length; i++)
      if (
        (code[i] & 0xf8) === 0x48 &&
        code[i + 1] === 0x3b &&
        (code[i + 2] & 0xc7) === 0x46 &&
        code[i + 3] === (field & 0xff)
      )
        n++;
    return n;
  };
  const text =
    '(module (memory 1) (func (param i32 i32) (result i32) (i32.store offset=4 (local.get 0) (i32.const 1)) (i32.store (local.get 0) (i32.const 2)) (i32.load8_u offset=100 (local.get 1))))';
  expect(checks('guard', text)).toBe(0);
  expect(checks('guard', text, VmCtx.MEM_BYTES)).toBe(0);
  expect(checks('explicit', text)).toBe(2);
});

describe.each(['guard', 'explicit'] as const)('%s', (bounds) =>
  it.each(MEMORIES)('in a worker, memory: %s', async (memory) => {
    const source = `
    const { parentPort } = require('node:worker_threads');
    const { instantiate } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
    parentPort.once('message', async ({ code, memory, checks }) => {
      const { checkBounds } = await import(checks);
      const { exports } = instantiate(code, {}, { memory });
      exports.grow(2);
      parentPort.postMessage(checkBounds(exports, 3 * 65536, true).failures);
    });`;
    const checks = pathToFileURL(join(__dirname, 'children/bounds.mjs')).href;
    const worker = new Worker(source, { eval: true });
    const failures = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage({ code: wamr.compileSync(bytes, { bounds }), memory, checks });
    });
    await worker.terminate();
    expect(failures).toEqual([]);
  }),
);
