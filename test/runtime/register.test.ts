/**
 * `wamr-native/register`: where modules run, cold and warm; that nothing that a program can see depends on it; what
 * happens to it when the cache, the compiler or the machine does not play along.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeRefusal } from '../../src-ts/register/requests.js';
import type { Status } from '../../src-ts/register/index.js';
import { REGISTER, REGISTER_ESM, Registered } from '../support/register.js';
import { wat } from '../support/wat.js';
import { nodeOf } from '../support/registry.js';

const bytes = (text: string): string => `Buffer.from('${Buffer.from(wat(text)).toString('base64')}', 'base64')`;
const COUNTER = bytes(`(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 40))
  (func (export "next") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g)))`);
/** What Emscripten's addFunction makes: a JavaScript function as one of wasm's. */
const TRAMPOLINE = bytes(
  '(module (type $t (func (param i32) (result i32))) (import "e" "f" (func $f (type $t))) (export "f" (func $f)))',
);
const TABLE_OWNER =
  bytes(`(module (type $t (func (param i32) (result i32))) (memory 1) (table (export "table") 4 8 funcref)
  (func (export "call") (param i32 i32) (result i32) (call_indirect (type $t) (local.get 1) (local.get 0))))`);

let r: Registered;
beforeEach(() => {
  r = new Registered();
});
afterEach(() => r.dispose());

/** Of small modules: Node's own `fetch` brings one of some ten thousand bytes. */
const engines = (s: Status): string =>
  s.modules
    .filter((m) => m.bytes < 1000)
    .map((m) => `${m.engine} ${m.instances.wamr}+${m.instances.v8}`)
    .join(', ');

describe('a program', () => {
  const ways: Record<string, string> = {
    'new Module': `const m = new WebAssembly.Module(b); const i = new WebAssembly.Instance(m); report(m, i);`,
    compile: `WebAssembly.compile(b).then(async (m) => report(m, await WebAssembly.instantiate(m)));`,
    instantiate: `WebAssembly.instantiate(b, {}).then(({ module, instance }) => report(module, instance));`,
    compileStreaming: `WebAssembly.compileStreaming(new Response(b, { headers: { 'Content-Type': 'application/wasm' } })).then((m) => report(m, new WebAssembly.Instance(m, {})));`,
    instantiateStreaming: `WebAssembly.instantiateStreaming(Promise.resolve(new Response(b, { headers: { 'Content-Type': 'application/wasm' } })), {}).then(({ module, instance }) => report(module, instance));`,
  };
  const script = (way: string): string => `const b = ${COUNTER};
    const report = (m, i) => console.log(JSON.stringify([i.exports.next(), i.exports.next(), m instanceof WebAssembly.Module, i instanceof WebAssembly.Instance,
      i.exports.memory instanceof WebAssembly.Memory, WebAssembly.Module.exports(m), Object.prototype.toString.call(i), i.exports.next.name, i.exports.memory.buffer.byteLength,
      m.constructor.name, Object.keys(i.exports)]));
    ${ways[way]}`;

  it.each(Object.keys(ways))('runs on V8 first and on this engine afterwards: %s', async (way) => {
    const plain = r.run(script(way), { options: [] }).out.trim();
    const cold = r.status(script(way));
    expect([cold.out, engines(cold.status)]).toEqual([plain, 'v8 0+1']);
    expect(cold.status.modules[0].why).toBe('it is not in the cache yet');
    await r.settle();
    const warm = r.status(script(way));
    expect([warm.out, engines(warm.status)]).toEqual([plain, 'wamr 1+0']);
  });

  it('runs on this engine at once with WAMR_REGISTER=always, on V8 alone with off', () => {
    const always = r.status(script('compile'), { env: { WAMR_REGISTER: 'always' } });
    expect(engines(always.status)).toBe('wamr 1+0');
    expect(engines(r.status(script('new Module')).status)).toBe('wamr 1+0');
    const off = r.status(script('compile'), { env: { WAMR_REGISTER: 'off' } });
    expect([off.out, off.status]).toEqual([
      always.out,
      { mode: 'off', engine: 'host', reason: 'WAMR_REGISTER=off', modules: [] },
    ]);
    expect(r.run('', { env: { WAMR_REGISTER: 'sometimes' } }).err).toContain('may be always, cached or off');
  });

  it('runs on V8 where there is no back end, and says so', () => {
    const { status } = r.status(script('compile'), { env: { WAMR_ENGINE: 'host' } });
    expect([status.engine, status.reason, engines(status)]).toEqual(['host', 'WAMR_ENGINE=host', 'v8 0+1']);
    expect(fs.existsSync(r.cache)).toBe(false);
  });

  it('gets V8 for a module that the compiler refuses, and it is not tried again', async () => {
    const text = `console.log(new WebAssembly.Instance(new WebAssembly.Module(${COUNTER})).exports.next())`;
    const { key } = r.status(text).status.modules[0];
    await r.settle();
    const saved = process.env.WAMR_CACHE_DIR;
    process.env.WAMR_CACHE_DIR = r.cache;
    storeRefusal(key!, 'it needs what this compiler lacks');
    if (saved === undefined) delete process.env.WAMR_CACHE_DIR;
    else process.env.WAMR_CACHE_DIR = saved;
    const { out, status } = r.status(text);
    expect([out, engines(status), status.modules[0].why]).toEqual([
      '41',
      'v8 0+1',
      'it needs what this compiler lacks',
    ]);
    expect(fs.readdirSync(path.join(r.cache, 'wanted'))).toEqual(['tmp']);
    expect(engines(r.status(text, { env: { WAMR_REGISTER: 'always' } }).status)).toBe('v8 0+1');
  });

  it('gets V8 errors for what is no module, and nothing is asked of the compiler', () => {
    const text = `const say = (f) => { try { f() } catch (e) { console.log(e instanceof WebAssembly.CompileError, e.name, e.message) } };
      say(() => new WebAssembly.Module(Buffer.from('0061736d01000000ff', 'hex'))); say(() => new WebAssembly.Module(new Uint8Array(0)));
      say(() => new WebAssembly.Module(3)); say(() => WebAssembly.Module(new Uint8Array(8))); say(() => new WebAssembly.Instance({}));
      say(() => new WebAssembly.Table({ initial: 1 })); say(() => new WebAssembly.Global()); say(() => WebAssembly.Table({}));
      WebAssembly.compile(Buffer.from('0061736d01000000ff', 'hex')).catch((e) => console.log(e.name, e.message));
      WebAssembly.instantiate(5).catch((e) => console.log(e.name, e.message));
      WebAssembly.compileStreaming(new Response('', { headers: { 'Content-Type': 'text/plain' } })).catch((e) => console.log(e.code, e.message));
      WebAssembly.compileStreaming(7).catch((e) => console.log(e.code, e.message));`;
    expect(r.run(text).out).toBe(r.run(text, { options: [] }).out);
    const wanted = path.join(r.cache, 'wanted');
    const small = fs.existsSync(wanted)
      ? fs.readdirSync(wanted).filter((f) => fs.statSync(path.join(wanted, f)).size < 1000)
      : [];
    expect(small.filter((f) => f !== 'tmp')).toEqual([]);
  });

  it('that ends by such an error prints lines that can be read', () => {
    const { err } = r.run('new WebAssembly.Module(Buffer.alloc(9000))');
    expect(err).toContain('CompileError: WebAssembly.Module(): expected magic word');
    expect(Math.max(...err.split('\n').map((line) => line.length))).toBeLessThan(300);
  });

  it('sees V8s shape of the namespace', () => {
    const text = `const shape = (o) => Object.getOwnPropertyNames(o).sort().map((k) => { const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(o, k);
        return [k, typeof value, typeof value === 'function' ? [value.name, value.length] : '', flags]; });
      console.log(JSON.stringify([Object.prototype.toString.call(WebAssembly), Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly').enumerable, shape(WebAssembly),
        ...['Module', 'Instance', 'Memory', 'Table', 'Global'].flatMap((n) => [shape(WebAssembly[n]), shape(WebAssembly[n].prototype)])]));`;
    expect(r.run(text).out).toBe(r.run(text, { options: [] }).out);
  });
});

describe('what instances share', () => {
  const linked = `const owner = new WebAssembly.Instance(new WebAssembly.Module(${TABLE_OWNER})).exports;
    const add = (f) => new WebAssembly.Instance(new WebAssembly.Module(${TRAMPOLINE}), { e: { f } }).exports.f;`;
  const use = `const f = add((x) => x * 2); owner.table.set(1, f); owner.table.grow(1, f);
    console.log(owner.call(1, 21), owner.call(4, 5), owner.table.get(1) === f, owner.table.length);`;

  it.each([
    ['all of it in the cache', linked + use, 'wamr 1+0, wamr 1+0'],
    ['the owner', `new WebAssembly.Module(${TABLE_OWNER});`, null],
    ['the trampoline', `new WebAssembly.Module(${TRAMPOLINE});`, null],
  ])('works whatever the cache has: %s', async (_, before, expected) => {
    expect(r.status(linked + use).out).toBe('42 10 true 5');
    await r.settle();
    fs.rmSync(path.join(r.cache, 'small.pack'));
    r.run(before);
    await r.settle();
    const warm = r.status(linked + use);
    expect(warm.out).toBe('42 10 true 5');
    if (expected !== null) expect(engines(warm.status)).toBe(expected);
  });

  it.each(['cold', 'owner', 'user'])(
    'tables, globals and memories of the program follow the first module that imports them: %s',
    async (state) => {
      const user =
        bytes(`(module (import "e" "table" (table 2 10 funcref)) (import "e" "global" (global (mut i32))) (import "e" "big" (global i64))
      (import "e" "memory" (memory 1)) (import "e" "refs" (table $r 1 externref))
      (func $seven (result i32) (i32.const 7)) (elem (i32.const 0) $seven)
      (func (export "run") (result i32) (global.set 0 (i32.add (global.get 0) (i32.const 1))) (i32.store8 (i32.const 3) (i32.const 9)) (call_indirect (result i32) (i32.const 0)))
      (func (export "ref") (result externref) (table.get $r (i32.const 0))))`);
      const second = bytes(`(module (import "e" "table" (table 2 funcref)) (import "e" "global" (global (mut i32)))
      (func (export "both") (result i32) (i32.add (global.get 0) (call_indirect (result i32) (i32.const 0)))))`);
      const text = `const e = { table: new WebAssembly.Table({ element: 'anyfunc', initial: 2, maximum: 10 }), global: new WebAssembly.Global({ value: 'i32', mutable: true }, 5),
        big: new WebAssembly.Global({ value: 'i64' }, 1n), memory: new WebAssembly.Memory({ initial: 1 }), refs: new WebAssembly.Table({ element: 'externref', initial: 1 }, 'text') };
      const view = new Uint8Array(e.memory.buffer);
      const one = new WebAssembly.Instance(new WebAssembly.Module(${user}), { e }).exports;
      const two = new WebAssembly.Instance(new WebAssembly.Module(${second}), { e }).exports;
      console.log(one.run(), two.both(), e.global.value, view[3], e.table.get(0)(), e.table.length, one.ref(), e.table instanceof WebAssembly.Table, e.table.constructor === WebAssembly.Table);
      e.global.value = 8; console.log(two.both(), e.table.grow(2), e.memory.grow(1), e.memory.buffer.byteLength);`;
      const plain = r.run(text, { options: [] }).out.trim();
      if (state !== 'cold') {
        r.run(`new WebAssembly.Module(${state === 'owner' ? user : second})`);
        await r.settle();
      }
      expect(r.status(text).out).toBe(plain);
      await r.settle();
      const warm = r.status(text);
      expect([warm.out, engines(warm.status)]).toEqual([plain, 'wamr 1+0, wamr 1+0']);
    },
  );

  it('goes to V8 where the memory that it imports has no guard', async () => {
    const user = bytes(
      '(module (import "e" "m" (memory 1)) (func (export "f") (result i32) (i32.load (i32.const 0))))',
    );
    const text = `const m = new WebAssembly.Memory({ initial: 1 });
      console.log(new WebAssembly.Instance(new WebAssembly.Module(${user}), { e: { m } }).exports.f());`;
    r.run(`new WebAssembly.Module(${user})`);
    await r.settle();
    expect(engines(r.status(text).status)).toBe('wamr 1+0');
    const { out, status } = r.status(text, { options: ['--disable-wasm-trap-handler', '--require', REGISTER] });
    expect([out, engines(status)]).toEqual(['0', 'wamr 0+1']);
  });

  it('an instance whose memory has no guard runs on V8 after all', () => {
    const user = bytes(
      `(module (import "e" "m" (memory 1 32768 shared)) (func (export "f") (result i32) (i32.load (i32.const 8))))`,
    );
    // V8 of Node 24 keeps nothing free below the base of a memory, where this engine's code relies on a guard: with a few
    // threads there is something.
    const text = `const { Worker } = require('node:worker_threads');
      const m = new WebAssembly.Memory({ initial: 4096, maximum: 32768, shared: true });
      new Uint8Array(m.buffer)[8] = 7;
      (async () => {
        const threads = Array.from({ length: 4 }, () => new Worker('setInterval(() => {}, 1e6)', { eval: true }));
        await Promise.all(threads.map((t) => new Promise((resolve) => t.on('online', resolve))));
        const e = { m };
        console.log(new WebAssembly.Instance(new WebAssembly.Module(${user}), { e }).exports.f());
        console.log((await WebAssembly.instantiate(${user}, { e })).instance.exports.f());
        process.exit();
      })();`;
    const { out, status } = r.status(text, { env: { WAMR_REGISTER: 'always' }, node: nodeOf(24) });
    expect(out).toBe('7\n7');
    const { wamr, v8 } = status.modules[0].instances;
    expect(wamr + v8).toBe(2);
  }, 60_000);

  it.each(['cold', 'warm', 'always'])('exceptions, with tags of modules and of the program: %s', async (state) => {
    const library = bytes(`(module (import "e" "f" (func $f (param i32))) (tag $t (export "tag") (param i32))
      (func (export "raise") (param i32) (throw $t (local.get 0)))
      (func (export "guard") (param i32) (result i32)
        (try (result i32) (do (call $f (local.get 0)) (i32.const -1)) (catch $t))))`);
    const user = bytes(`(module (import "e" "t" (tag $t (param i64 externref))) (import "e" "f" (func $f))
      (func (export "raise") (param externref) (throw $t (i64.const 7) (local.get 0)))
      (func (export "guard") (result i64 externref) (try (result i64 externref) (do (call $f) (i64.const 0) (ref.null extern)) (catch $t))))`);
    const text = `let thrown; const caught = (f) => { try { f(); } catch (e) { return e; } };
      const l = new WebAssembly.Instance(new WebAssembly.Module(${library}), { e: { f: (x) => { throw x > 0 ? new WebAssembly.Exception(l.tag, [x]) : thrown; } } }).exports;
      const e = caught(() => l.raise(5));
      console.log(e instanceof WebAssembly.Exception, l.tag instanceof WebAssembly.Tag, e.constructor === WebAssembly.Exception, e.is(l.tag), e.getArg(l.tag, 0), l.guard(9));
      thrown = e; console.log(l.guard(0));
      const t = new WebAssembly.Tag({ parameters: ['i64', 'externref'] });
      const u = new WebAssembly.Instance(new WebAssembly.Module(${user}), { e: { t, f: () => { throw new WebAssembly.Exception(t, [8n, 'text']); } } }).exports;
      const x = caught(() => u.raise(e));
      console.log(x.is(t), x.is(l.tag), x.getArg(t, 0), x.getArg(t, 1) === e, u.guard().join(), t instanceof WebAssembly.Tag, e instanceof WebAssembly.Exception);
      console.log(caught(() => new WebAssembly.Exception(l.tag, 5)).name, caught(() => new WebAssembly.Exception({}, [])).name, caught(() => WebAssembly.Exception(t, [])).name);
      const own = new WebAssembly.Tag({ parameters: [] }), y = new WebAssembly.Exception(own, [], { traceStack: true });
      console.log(y.is(own), y.is(t), y instanceof WebAssembly.Exception, typeof y.stack, WebAssembly.Exception.name, WebAssembly.Tag.length);`;
    const plain = r.run(text, { options: [] }).out.trim();
    expect(plain.split('\n')).toHaveLength(5);
    if (state !== 'always') {
      expect(r.status(text).out).toBe(plain);
      await r.settle();
    }
    if (state === 'cold') return;
    const ours = r.status(text, state === 'always' ? { env: { WAMR_REGISTER: 'always' } } : {});
    expect([ours.out, engines(ours.status)]).toEqual([plain, 'wamr 1+0, wamr 1+0']);
  });

  it('a module that is not in the cache follows the exports of one that is, and the other way round', async () => {
    const library = bytes(
      '(module (memory (export "m") 1) (global (export "g") (mut i32) (i32.const 3)) (func (export "f") (result i32) (i32.const 4)))',
    );
    const user = bytes(
      '(module (import "l" "m" (memory 1)) (import "l" "g" (global (mut i32))) (import "l" "f" (func $f (result i32))) (func (export "s") (result i32) (i32.add (global.get 0) (call $f))))',
    );
    const text = `const l = new WebAssembly.Instance(new WebAssembly.Module(${library})).exports;
      console.log(new WebAssembly.Instance(new WebAssembly.Module(${user}), { l }).exports.s());`;
    for (const [first, expected] of [
      [library, 'wamr 1+0, v8 1+0'],
      [user, 'v8 0+1, wamr 0+1'],
    ]) {
      fs.rmSync(path.join(r.cache, 'small.pack'), { force: true });
      r.run(`new WebAssembly.Module(${first})`);
      await r.settle();
      const { out, status } = r.status(text);
      expect([out, engines(status)]).toEqual(['7', expected]);
      await r.settle();
    }
  });
});

describe('threads and processes', () => {
  const worker = `const { Worker, isMainThread } = require('node:worker_threads');
    const where = require(${JSON.stringify(REGISTER)});
    if (isMainThread) new Worker(__filename).on('message', (m) => console.log(m));
    else { const i = new WebAssembly.Instance(new WebAssembly.Module(${COUNTER})); require('node:worker_threads').parentPort.postMessage(i.exports.next() + ' ' + where.status().modules[0].engine); }`;

  it('workers inherit it, from the option and from the import', async () => {
    r.run(`new WebAssembly.Module(${COUNTER})`);
    await r.settle();
    for (const options of [
      ['--require', REGISTER],
      ['--import', REGISTER_ESM],
    ])
      expect(
        r.run(worker.replace(/const where = .*/, `const where = globalThis[Symbol.for('wamr-native.register')];`), {
          options,
        }).out,
      ).toBe('41 wamr\n');
    const before = `if (require('node:worker_threads').isMainThread) require(${JSON.stringify(REGISTER)});\n`;
    const imported =
      before + worker.replace(/const where = .*/, `const where = globalThis[Symbol.for('wamr-native.register')];`);
    expect(r.run(imported, { options: [] }).out).toBe('41 wamr\n');
  });

  it('child processes inherit it by NODE_OPTIONS', async () => {
    r.run(`new WebAssembly.Module(${COUNTER})`);
    await r.settle();
    const text = `if (process.argv[2]) { new WebAssembly.Instance(new WebAssembly.Module(${COUNTER})); console.log(globalThis[Symbol.for('wamr-native.register')].status().modules[0].engine); }
      else require('node:child_process').spawnSync(process.execPath, [__filename, 'x'], { stdio: 'inherit' });`;
    expect(r.run(text, { options: [], env: { NODE_OPTIONS: `--require ${REGISTER}` } }).out).toBe('wamr\n');
  });

  it('the compiler is one, of low priority, goes on without the program, and ends', async () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      bytes(`(module (func (export "f") (result i32) (i32.const ${i})))`),
    );
    const text = (i: number): string => `new WebAssembly.Module(${many[i]})`;
    for (let i = 0; i < 12; i++) expect(r.run(text(i)).code).toBe(0);
    const [pid] = r.compilers();
    expect(Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[16])).toBe(19);
    await r.settle();
    for (let i = 0; i < 100 && r.compilers().length > 1; i++) await sleep(100);
    expect(r.compilers().length).toBeLessThan(2);
    for (let i = 0; i < 12; i++) expect(r.status(text(i)).status.modules[0].engine).toBe('wamr');
    for (let i = 0; i < 300 && r.compilers().length > 0; i++) await sleep(100);
    expect(r.compilers()).toEqual([]);
    expect(fs.readdirSync(path.join(r.cache, 'tmp'))).toEqual([]);
  });

  it('gets a large module whole from a program that ends at once', async () => {
    // With a custom section of 2 MB.
    const large = `Buffer.concat([${COUNTER}, Buffer.from([0, 0x80, 0x80, 0x80, 1]), Buffer.alloc(2 << 20)])`;
    // The first comes before the cache can tell what it has not, so it is asked for before the end.
    for (const end of ['process.reallyExit(0)', 'process.exit()', '']) {
      const text = `new WebAssembly.Module(${large.replace('alloc(2 << 20)', `alloc(2 << 20, ${JSON.stringify(`x${end}`)})`)});`;
      expect(r.run(`${text} ${end}`).code).toBe(0);
      await r.settle();
      expect(r.status(text).status.modules[0].engine).toBe('wamr');
    }
  });

  it('a large module that is missing runs on V8 before anything is loaded, and all that is linked with it too', async () => {
    const large = (text: string): string =>
      `Buffer.concat([${bytes(text)}, Buffer.from([0, 0x80, 0x80, 0x80, 1]), Buffer.alloc(2 << 20)])`;
    const main = large(
      '(module (table (export "t") 1 funcref) (func $f (result i32) i32.const 7) (elem (i32.const 0) $f))',
    );
    const side = bytes(
      '(module (import "e" "t" (table 1 funcref)) (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0))))',
    );
    const loaded = `const loaded = () => console.log(Object.keys(require.cache).some((f) => f.endsWith('.node')));`;
    // The side module is in the cache, the other one is not; a run before makes the file that tells so.
    expect(r.run(`new WebAssembly.Module(${side})`).code).toBe(0);
    await r.settle();
    const text = `${loaded} const wasm = ${main}; const main = new WebAssembly.Module(wasm); loaded();
      const { t } = new WebAssembly.Instance(main).exports; const side = new WebAssembly.Module(${side});
      console.log(new WebAssembly.Instance(side, { e: { t } }).exports.call());`;
    const cold = r.status(text);
    expect(cold.out).toBe('false\n7');
    expect(cold.status.modules.map((m) => m.engine)).toEqual(['v8', 'v8']);
    await r.settle();
    const warm = r.status(text);
    expect(warm.out).toBe('true\n7');
    expect(warm.status.modules.map((m) => m.engine)).toEqual(['wamr', 'wamr']);
    // Bytes that are others when they are asked for are not asked for.
    const changed =
      r.status(`const wasm = ${main.replace('i32.const 7', 'i32.const 8').replace('alloc(2 << 20)', 'alloc(2 << 20, 1)')};
      const main = new WebAssembly.Module(wasm); wasm.fill(0); console.log(new WebAssembly.Instance(main).exports.t.get(0)());`);
    expect(changed.out).toBe('7');
    expect(changed.status.modules[0].key).toBe(null);
    expect(fs.readdirSync(path.join(r.cache, 'wanted'))).toEqual(['tmp']);
  });

  it('an ES module that compiles nothing loads nothing', () => {
    fs.writeFileSync(path.join(r.dir, 'common.cjs'), 'exports.one = 1;');
    const text = `import { one } from './common.cjs'; import { createRequire } from 'node:module';
      const { cache } = createRequire(import.meta.url); const has = () => Object.keys(cache).filter((f) => f.includes('register-thread')).length;
      const before = has(); WebAssembly; console.log(one, before, has());`;
    expect(r.run(text, { type: 'mjs' }).out).toBe('1 0 1\n');
  });

  it('a compiler that is killed over a module twice is not started for it again', async () => {
    const text = `new WebAssembly.Module(${COUNTER})`;
    r.run(text);
    await r.settle();
    const key = r.status(text).status.modules[0].key;
    fs.rmSync(path.join(r.cache, 'small.pack'));
    r.endCompiler();
    const wasm = Buffer.from(eval(COUNTER.replaceAll('Buffer', 'globalThis.Buffer')) as Uint8Array);
    fs.writeFileSync(path.join(r.cache, 'wanted', `${key}.2.wasm`), wasm, { mode: 0o600 });
    r.run(`new WebAssembly.Module(${TRAMPOLINE})`);
    await r.settle();
    expect(r.status(text).status.modules[0].why).toContain('the compiler died over it');
  });
});

describe('a cache that cannot be used', () => {
  const text = `console.log(new WebAssembly.Instance(new WebAssembly.Module(${COUNTER})).exports.next())`;

  it.each([
    ['a file', (dir: string) => fs.writeFileSync(dir, '')],
    ['open to others', (dir: string) => (fs.mkdirSync(dir), fs.chmodSync(dir, 0o777))],
  ])('costs nothing but the speed, and is told once: %s', (_, make) => {
    make(r.cache);
    const { out, err } = r.run(`${text}; new WebAssembly.Module(${TRAMPOLINE})`, { env: { WAMR_LOG: '1' } });
    expect(out).toBe('41\n');
    expect(err.match(/no cache/g)).toHaveLength(1);
    expect(r.run(text).err).toBe('');
  });

  it('an entry that is damaged is compiled again', async () => {
    r.run(text);
    await r.settle();
    const pack = path.join(r.cache, 'small.pack');
    const contents = fs.readFileSync(pack);
    // What the file has at its end may be V8's code of a bundle, which was kept later than the module.
    contents.fill(0x55, 100);
    fs.writeFileSync(pack, contents);
    expect(r.status(text).status.modules[0].engine).toBe('v8');
    await r.settle();
    expect(r.status(text).status.modules[0].engine).toBe('wamr');
  });
});

describe('wamr-native precompile', () => {
  const cli = (args: string[], cwd = r.dir): { out: string; code: number | null } => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [path.join(REGISTER, '../cli.js'), 'precompile', ...args],
      {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, WAMR_CACHE_DIR: r.cache, NODE_OPTIONS: '' },
      },
    );
    return { out: stdout + stderr, code: status };
  };
  const counter = `new WebAssembly.Instance(new WebAssembly.Module(${COUNTER}))`;
  const binary = (expression: string): Buffer => Buffer.from(/'([^']*)', 'base64'/.exec(expression)![1], 'base64');

  it('compiles the modules of a folder, once', () => {
    const folder = path.join(r.dir, 'node_modules/p/dist');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'counter.wasm'), binary(COUNTER));
    fs.writeFileSync(path.join(folder, 'bad.wasm'), Buffer.concat([binary(COUNTER), Buffer.of(99)]));
    fs.writeFileSync(path.join(folder, 'text.wasm'), '(module)');
    fs.symlinkSync('.', path.join(folder, 'loop'));
    fs.symlinkSync('nowhere', path.join(folder, 'gone.wasm'));
    expect(cli([]).out).toMatch(/left to V8 .*bad\.wasm[^]*1 compiled, 0 there already, 1 left to V8\n$/);
    expect(cli(['node_modules/p']).out).toMatch(/0 compiled, 1 there already, 1 left to V8\n$/);
    expect(engines(r.status(counter).status)).toBe('wamr 1+0');
    expect(cli(['nowhere'])).toMatchObject({ code: 1, out: expect.stringContaining('no such file or folder') });
  });

  it('compiles what a program compiles, with its output and its exit code', () => {
    fs.writeFileSync(
      path.join(r.dir, 'app.js'),
      `${counter}; console.log('ran', process.argv[2]); process.exitCode = +process.argv[3]`,
    );
    expect(cli(['--', process.execPath, 'app.js', '--x', '0'])).toEqual({
      code: 0,
      out: expect.stringMatching(
        /^ran --x\ncompiled a module of \d+ bytes\n1 compiled, 0 there already, 0 left to V8\n$/,
      ) as unknown,
    });
    expect(r.compilers()).toEqual([]);
    expect(engines(r.status(counter).status)).toBe('wamr 1+0');
    expect(cli(['--', process.execPath, 'app.js', 'y', '3'])).toMatchObject({ code: 1 });
  });
});
