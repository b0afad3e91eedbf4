/**
 * Threads that load the same artefact share its bytes (native/artefact.cc): one copy of the code in the process, and each
 * thread's traps, stacks and exceptions are its own; it goes with the last of them.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../support/peers.js';
import { wat } from '../support/wat.js';

const DIST = path.join(ROOT, 'dist/index.js');
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-shared-code-'));
const file = path.join(dir, 'large.aot');

/** More than the 64 KiB from which on artefacts are shared, a trap, an exception, initial memory. */
const LARGE = `(module $large (import "e" "f" (func $f (param i32))) (memory (export "m") 2) (data (i32.const 70000) "initial") (tag $t (param i32))
  ${Array.from({ length: 1500 }, (_, i) => `(func $g${i} (param i32) (result i32) (i32.xor (i32.mul (local.get 0) (i32.const ${i * 77777 + 3})) (i32.load (i32.and (local.get 0) (i32.const 0xfff0)))))`).join('\n')}
  (func (export "sum") (param i32) (result i32) (i32.add (call $g3 (local.get 0)) (call $g1400 (local.get 0))))
  (func $inner (param i32) (call $f (local.get 0)) (i32.store (i32.const -1) (i32.const 1)))
  (func (export "trap") (param i32) (call $inner (local.get 0)))
  (func (export "catch") (param i32) (result i32) (try (result i32) (do (throw $t (local.get 0))) (catch $t (i32.add (i32.const 1)))))
  (table funcref (elem ${Array.from({ length: 1500 }, (_, i) => `$g${i}`).join(' ')})))`;

beforeAll(() => {
  fs.writeFileSync(path.join(dir, 'large.wasm'), wat(LARGE));
  const script = `const { compileSync } = require(${JSON.stringify(DIST)}); const fs = require('node:fs');
    fs.writeFileSync(${JSON.stringify(file)}, compileSync(fs.readFileSync(${JSON.stringify(path.join(dir, 'large.wasm'))})));`;
  expect(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stderr).toBe('');
});
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

/** Each thread runs what can go wrong, by its own instance; the main thread counts what is mapped. */
const program = (load: string): string => `
  const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
  const w = require(${JSON.stringify(DIST)}), fs = require('node:fs');
  const use = (module, k) => {
    const i = new w.Instance(module, { e: { f: (x) => { if (x === k + 1) throw new Error('host ' + x); } } }).exports;
    const attempt = (x) => { try { i.trap(x); } catch (e) { return [e.kind ?? e.message, String(e.stack).match(/inner|wasm-function/g)?.length > 0]; } };
    const initial = Buffer.from(new Uint8Array(i.m.buffer, 70000, 7)).toString();
    new Uint8Array(i.m.buffer)[70000] = k;
    return JSON.stringify([i.sum(k) === ((Math.imul(k, 233334) + Math.imul(k, 108887803)) | 0), attempt(k), attempt(k + 1), i.catch(k), initial]);
  };
  const size = fs.statSync(${JSON.stringify(file)}).size;
  const mapped = () => fs.readFileSync('/proc/self/maps', 'utf8').split('\\n').filter((l) => {
    const [, a, b, mode] = /^(\\w+)-(\\w+) (\\S+)/.exec(l) ?? [];
    return mode === 'r-xp' && / 0 *$/.test(l) && parseInt(b, 16) - parseInt(a, 16) > size / 4;
  }).length;
  if (isMainThread) {
    const module = w.load(${JSON.stringify(file)});
    const own = use(module, 7);
    const threads = Array.from({ length: 5 }, (_, k) => new Worker(__filename, { workerData: { k, module } }));
    const said = threads.map((t) => new Promise((resolve, reject) => t.once('message', resolve).once('error', reject)));
    Promise.all(said).then(async (all) => {
      console.log(JSON.stringify({ mapped: mapped(), own, all, again: use(module, 7) }));
      for (const t of threads) t.postMessage('end');
      await Promise.all(threads.map((t) => new Promise((resolve) => t.once('exit', resolve))));
      console.log(JSON.stringify({ mapped: mapped(), again: use(module, 7), another: use(w.load(${JSON.stringify(file)}), 7) }));
    });
  } else {
    const { k, module } = workerData;
    parentPort.postMessage(use(${load}, k));
    parentPort.once('message', () => {});
  }`;

it.each([
  ['by its file', `w.load(${JSON.stringify(file)})`],
  ['by a module that is sent', 'module'],
  ['by its bytes', `w.load(fs.readFileSync(${JSON.stringify(file)}))`],
])('threads share the code of an artefact: %s', (_, load) => {
  const script = path.join(dir, 'program.cjs');
  fs.writeFileSync(script, program(load));
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const [during, after] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { mapped: number; own: string; all: string[]; again: string; another: string });
  expect(during.mapped).toBe(1);
  expect(JSON.parse(during.own)).toEqual([true, ['memory-out-of-bounds', true], ['host 8', true], 8, 'initial']);
  during.all.forEach((said, k) =>
    expect(JSON.parse(said)).toEqual([true, ['memory-out-of-bounds', true], [`host ${k + 1}`, true], k + 1, 'initial']),
  );
  expect([during.again, after.again, after.another]).toEqual([during.own, during.own, during.own]);
  expect(after.mapped).toBe(1);
});
