/**
 * No allocation of the addon that fails ends the process: JavaScript gets a typed error, wasm a trap, and what comes
 * next works. Every allocation is made to fail once, and everything from there on.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { runWasmTools } from '../support/peers.js';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wamr-no-memory-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));
const children = path.join(import.meta.dirname, 'children');
const bundle = path.join(import.meta.dirname, '../../dist/index.js');

/** What failures may look like: no memory, in the words of whoever has noticed. */
const TYPED = [
  /^RangeError: (wamr-native|artefact|module): no memory/,
  /^RangeError: WebAssembly\.(Memory|Table|Instance|Suspending)\b/,
  /^LinkError: this module was compiled for guard pages, but its memory has none/,
  /^RangeError: Maximum call stack size exceeded$/,
  /^RuntimeError: heap of objects exhausted$/,
  // A memory that could not grow.
  /^RuntimeError: memory access out of bounds$/,
  /^not tried$/,
];

it.each(['guard', 'explicit'] as const)(
  'every allocation fails once: code with %s bounds',
  (bounds) => {
    const failing = path.join(dir, 'failing.node');
    const source = path.join(children, 'failing-allocations.cc');
    if (!fs.existsSync(failing)) execFileSync('g++', ['-std=c++17', '-shared', '-fPIC', '-w', '-o', failing, source]);
    const wasm = runWasmTools(['parse', path.join(children, 'no-memory.wat')]);
    const artefact = path.join(dir, `${bounds}.aot`);
    fs.writeFileSync(artefact, wamr.compileSync(wasm, { bounds }));
    const r = spawnSync(process.execPath, [path.join(children, 'no-memory.cjs'), bundle, failing, artefact], {
      encoding: 'utf8',
      timeout: 600_000,
      env: { ...process.env, LD_PRELOAD: failing },
    });
    expect(r.stderr + (r.signal ?? '')).toBe('');
    const { failed, wrong, allocations } = JSON.parse(r.stdout) as Record<string, string[]>;
    expect(wrong).toEqual([]);
    expect(failed.filter((line) => !TYPED.some((t) => t.test(line)))).toEqual([]);
    expect(Number(allocations[0])).toBeGreaterThan(100);
  },
  600_000,
);

it('with no address space left exceptions that a program keeps end in a trap', () => {
  const wasm = runWasmTools(
    ['parse', '-'],
    Buffer.from(`(module (tag $tag (param i64)) (table $kept 2000000 exnref) (global $n (mut i32) (i32.const 0))
      (func $one (param i64) (result exnref)
        (block $caught (result i64 exnref) (try_table (catch_ref $tag $caught) (throw $tag (local.get 0))) (unreachable))
        (return))
      (func (export "keep") (loop $l
        (table.set $kept (global.get $n) (call $one (i64.const 1)))
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (br $l)))
      (func (export "caught") (result i32) (drop (call $one (i64.const 1))) (i32.const 7)))`),
  );
  const script = `
    const { WebAssembly: W, compileSync } = require(${JSON.stringify(bundle)});
    const { keep, caught } = new W.Instance(new W.Module(compileSync(Buffer.from('${wasm.toString('base64')}', 'base64')))).exports;
    const told = (f) => { try { return f(); } catch (e) { return e.name + ': ' + e.message; } };
    caught();
    const full = [];
    // All but some 30 MiB.
    for (let pages = 16384; pages > 256; pages /= 2)
      for (;;) { try { full.push(new W.Memory({ initial: pages, maximum: pages })); } catch { break; } }
    console.log(told(keep), told(caught));
    console.log(told(keep), told(caught));`;
  const r = spawnSync('bash', ['-c', `ulimit -v 4000000; exec "$0" -e "$1"`, process.execPath, script], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  expect(r.stderr + (r.signal ?? '')).toBe('');
  expect(r.stdout).toMatch(
    /^(RuntimeError: heap of objects exhausted (7|RuntimeError: heap of objects exhausted)\n){2}$/,
  );
});
