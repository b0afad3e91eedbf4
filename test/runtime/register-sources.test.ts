/** Bytes that programs give to `register`: large ones are not copied, and Node's own modules are none of its business. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Registered } from '../support/register.js';
import { wat } from '../support/wat.js';

const DATA = 'some data '.repeat(8000);
const BIG_TEXT = `(module (memory (export "memory") 2) (data (i32.const 0) "${DATA}") (global $g (mut i32) (i32.const 40))
  (func (export "next") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))`;
/** Has to be on the engine of the table. */
const USER_TEXT = `(module (type $t (func (result i32))) (import "e" "t" (table 1 funcref)) (memory 2) (data (i32.const 0) "${DATA}")
  (func (export "call") (result i32) (call_indirect (type $t) (i32.const 0))))`;
const OWNER_TEXT = `(module (table (export "t") 1 funcref) (elem (i32.const 0) $f) (func $f (result i32) (i32.const 42)))`;

let r: Registered;
beforeEach(() => {
  r = new Registered();
});
afterEach(() => r.dispose());

/** A file with a module, for programs to read. */
function file(name: string, text: string): string {
  const at = path.join(r.dir, name);
  fs.writeFileSync(at, wat(text));
  return JSON.stringify(at);
}

const engines = (modules: { engine: string }[]): string => modules.map((m) => m.engine).join(' ');

describe('a large module', () => {
  const run = (after: string): string => `const b = require('fs').readFileSync(${file('big.wasm', BIG_TEXT)});
    const m = new WebAssembly.Module(b); ${after}; console.log(new WebAssembly.Instance(m).exports.next(), WebAssembly.Module.exports(m).length);`;

  it.each([
    ['leaves alone', ''],
    ['overwrites', 'b.fill(0)'],
    ['gives away', `structuredClone(b.buffer, { transfer: [b.buffer] })`],
  ])('whose bytes the program %s is what it was', async (_, after) => {
    for (let start = 0; start < 3; start++) {
      const { out, status } = r.status(run(after));
      expect(out).toBe('41 2');
      if (after === '') expect(engines(status.modules)).toBe(start === 0 ? 'v8' : 'wamr');
      await r.settle();
    }
    expect(r.status(run('')).out).toBe('41 2');
  });

  it.each([
    ['as it was', '', '42'],
    ['not by bytes that are others now', 'b.fill(0)', 'LinkError'],
  ])('follows what it imports to V8: %s', async (_, after, expected) => {
    const text = `const { readFileSync } = require('fs'), b = readFileSync(${file('user.wasm', USER_TEXT)});
      const m = new WebAssembly.Module(b); ${after};
      const owner = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(${file('owner.wasm', OWNER_TEXT)})));
      try { console.log(new WebAssembly.Instance(m, { e: owner.exports }).exports.call()) } catch (e) { console.log(e.name) }`;
    expect(r.status(text.replace('b.fill(0)', '')).out).toBe('42');
    await r.settle();
    // The owner of the table is small, the other one has a file of its own.
    fs.rmSync(path.join(r.cache, 'small.pack'));
    const { out, status } = r.status(text);
    expect([out, engines(status.modules)]).toEqual([expected, 'wamr v8']);
  });
});

describe('a module that the cache surely has not', () => {
  /** Not the first program with this cache: that has left what says so. */
  beforeEach(() => {
    expect(r.status(`new WebAssembly.Instance(new WebAssembly.Module(${ownerBytes()}))`).out).toBe('');
    expect(fs.statSync(path.join(r.cache, 'present')).size).toBe(65_536);
  });
  const ownerBytes = (): string => `require('fs').readFileSync(${file('owner.wasm', OWNER_TEXT)})`;
  const loaded = `const loaded = () => Object.keys(require.cache).some((f) => f.endsWith('register-main.js'));`;

  it.each([
    ['new Module', (b: string) => `use(new WebAssembly.Instance(new WebAssembly.Module(${b})).exports)`],
    [
      'compile',
      (b: string) => `WebAssembly.compile(${b}).then(async (m) => use((await WebAssembly.instantiate(m)).exports))`,
    ],
    ['instantiate', (b: string) => `WebAssembly.instantiate(${b}).then(({ instance }) => use(instance.exports))`],
  ])('runs on V8 before anything is loaded, and is asked for: %s', async (_, way) => {
    const big = `require('fs').readFileSync(${file('big.wasm', BIG_TEXT)})`;
    const text = `${loaded} const use = (e) => console.log(e.next(), loaded()); ${way(big)}`;
    const cold = r.status(text);
    expect([cold.out, cold.status.modules.map((m) => [m.engine, m.why, m.instances.v8])]).toEqual([
      '41 false',
      [['v8', 'it is not in the cache yet', 1]],
    ]);
    expect(cold.status.modules[0].key).toMatch(/^[0-9a-f]{64}$/);
    await r.settle();
    const warm = r.status(text);
    expect([warm.out, engines(warm.status.modules)]).toEqual(['41 true', 'wamr']);
  });

  it('is asked for by a program that goes on', async () => {
    const text = `new WebAssembly.Module(require('fs').readFileSync(${file('big.wasm', BIG_TEXT)})); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 4000);`;
    r.run(text);
    await r.settle();
    expect(engines(r.status(text.replace(/setTimeout.*/, '')).status.modules)).toBe('wamr');
  });

  it('follows what it imports to this engine', async () => {
    await r.settle();
    const text = `const { readFileSync } = require('fs'), user = new WebAssembly.Module(readFileSync(${file('user.wasm', USER_TEXT)}));
      const owner = new WebAssembly.Instance(new WebAssembly.Module(${ownerBytes()}));
      console.log(new WebAssembly.Instance(user, { e: owner.exports }).exports.call());`;
    const { out, status } = r.status(text);
    expect([out, engines(status.modules)]).toEqual(['42', 'v8 wamr']);
    expect(status.modules.map((m) => m.instances.wamr).join()).toBe('1,1');
  });

  it('gives its table to modules of the cache on its own engine', async () => {
    await r.settle();
    const table = OWNER_TEXT.replace('(module', `(module (memory 2) (data (i32.const 0) "${DATA}")`);
    const small = USER_TEXT.replace(/\(memory 2\) \(data [^)]*\) "[^"]*"\)/, '').replace(
      '(i32.const 0))))',
      '(i32.const 0))))',
    );
    const run = (before: string): ReturnType<Registered['status']> =>
      r.status(`const { readFileSync } = require('fs'); ${before}
        const owner = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(${file('table.wasm', table)})));
        const user = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(${file('small.wasm', small)})), { e: owner.exports });
        console.log(user.exports.call());`);
    expect(run('').out).toBe('42');
    await r.settle();
    expect(engines(run('').status.modules)).toBe('wamr wamr');
    fs.writeFileSync(path.join(r.cache, 'present'), new Uint8Array(65_536));
    const { out, status } = run('');
    expect([out, engines(status.modules)]).toEqual(['42', 'v8 wamr']);
    expect(status.modules.map((m) => m.instances.v8).join()).toBe('1,1');
  });
});

describe("a module of Node's own", () => {
  const loaded = `process.on('exit', () => console.log('LOADED', Object.keys(require.cache).some((f) => f.endsWith('register-main.js'))));`;

  it('stays on V8, and no engine is loaded for it', () => {
    const text = `${loaded} console.log(new Response('text').status); setTimeout(() => {}, 20);`;
    const { out, status } = r.status(text);
    expect([out, status.modules]).toEqual(['200\nLOADED false', []]);
    expect(fs.existsSync(path.join(r.cache, 'wanted'))).toBe(false);
  });

  it('is told by who compiles it, whatever the program has made of errors', async () => {
    const b = `require('fs').readFileSync(${file('big.wasm', BIG_TEXT)})`;
    for (const before of [
      '',
      'Error.stackTraceLimit = 0;',
      `Error.prepareStackTrace = () => 'node:internal/deps/undici';`,
      'Object.freeze(Error);',
    ]) {
      const text = `${before} const names = Object.getOwnPropertyNames(Error).join(), limit = Error.stackTraceLimit;
        WebAssembly.compile(${b}).then((m) => console.log(new WebAssembly.Instance(m).exports.next(), names === Object.getOwnPropertyNames(Error).join() && limit === Error.stackTraceLimit));`;
      const { out, status } = r.status(text);
      expect([out, status.modules.length]).toEqual(['41 true', 1]);
    }
    await r.settle();
  });
});
