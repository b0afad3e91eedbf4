/**
 * Bounds of linear memory, exhaustively at the edges: every access, in guard and explicit mode, with native memories, memories in genuine WebAssembly.Memory objects; in this thread and in a
 * worker. V8 is the oracle for the contents after accesses across the end.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { wat } from '../support/wat.js';
import { ACCESSES, BULK, boundsModule, checkBounds } from './children/bounds.js';

const bytes = wat(boundsModule());
const PAGES = [1, 3];

describe.each(['guard', 'explicit'] as const)('%s', (bounds) => {
  const module = wamr.load(wamr.compileSync(bytes, { bounds }));

  describe.each(['native', 'v8'] as const)('memory: %s', (memory) => {
    it.each(PAGES)(`${ACCESSES.length} accesses and ${BULK.length} bulk operations at the end of %i pages`, (pages) => {
      const { exports } = wamr.instantiate(module, {}, { memory });
      exports.grow(pages - 1);
      const report = checkBounds(exports, pages * 65536, bounds === 'guard' ? 'address' : 'size');
      expect(report.failures).toEqual([]);
      expect(report.checks).toBeGreaterThan(1500);
    });
  });

  it('the same in V8: the test is right', () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)) as { exports: any };
    exports.grow(2);
    expect(checkBounds(exports, 3 * 65536, 'none').failures).toEqual([]);
  });

  it('an access across the end writes nothing in bounds that V8 does not write', () => {
    const ours = wamr.instantiate(module).exports;
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource)).exports as any;
    for (const exports of [ours, v8]) {
      for (const { name, size, store, zero } of ACCESSES) {
        if (!store) continue;
        for (let at = 65536 - size + 1; at < 65536; at++) expect(() => exports[`${name}_0`](at, zero)).toThrow(WebAssembly.RuntimeError);
      }
      for (const name of ['fill', 'copy', 'init']) expect(() => exports[name](65530, 0, 7)).toThrow(WebAssembly.RuntimeError);
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
  const checks = (bounds: 'guard' | 'explicit', text: string): number => {
    const code = Buffer.from(wamr.compileSync(wat(text), { bounds }));
    let n = 0;
    // cmp r64, [r14 + MEM_LIMIT]
    for (let i = 0; i + 3 < code.length; i++) if ((code[i] & 0xf8) === 0x48 && code[i + 1] === 0x3b && (code[i + 2] & 0xc7) === 0x46 && code[i + 3] === 0x88) n++;
    return n;
  };
  const text = '(module (memory 1) (func (param i32 i32) (result i32) (i32.store offset=4 (local.get 0) (i32.const 1)) (i32.store (local.get 0) (i32.const 2)) (i32.load8_u offset=100 (local.get 1))))';
  expect(checks('guard', text)).toBe(0);
  expect(checks('explicit', text)).toBe(2);
});

it.each(['guard', 'explicit'] as const)('%s, in a worker', async (bounds) => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    const { instantiate } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
    parentPort.once('message', async ({ code, helper, details }) => {
      const { checkBounds } = await import('data:text/javascript,' + encodeURIComponent(helper));
      const { exports } = instantiate(code);
      exports.grow(2);
      parentPort.postMessage(checkBounds(exports, 3 * 65536, details).failures);
    });`;
  const { transformSync } = await import('esbuild');
  const helper = transformSync(readFileSync(join(__dirname, 'children/bounds.ts'), 'utf8'), { loader: 'ts', format: 'esm' }).code;
  const worker = new Worker(source, { eval: true });
  const failures = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage({ code: wamr.compileSync(bytes, { bounds }), helper, details: bounds === 'guard' ? 'address' : 'size' });
  });
  await worker.terminate();
  expect(failures).toEqual([]);
});
