/**
 * Memories that V8 made, and ours in the hands of V8: the table of docs/traps-and-memory.md, a test for each cell. What
 * depends on flags or address space runs in processes of its own; `npm run test:nodes` runs all under newer versions.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { wat } from '../support/wat.js';

const root = join(__dirname, '../..');
const IMPORTS = wat(`(module (import "a" "m" (memory 1))
  (import "a" "f" (func $f))
  (func $between (export "callHost") (call $f))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "loadAfterCall") (param i32) (result i32) (local i32)
    (local.set 1 (i32.load (i32.const 0))) (call $between) (i32.add (local.get 1) (i32.load (local.get 0))))
  (func (export "growAndLoad") (param i32 i32) (result i32)
    (drop (memory.grow (local.get 0))) (i32.load (local.get 1)))
  (func (export "size") (result i32) memory.size)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`);
const OWN =
  wat(`(module (memory (export "m") 1) (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`);
const SHARED = wat(`(module (import "a" "m" (memory 1 50 shared))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "add") (param i32) (result i32) (i32.atomic.rmw.add (local.get 0) (i32.const 1)))
  (func (export "fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 1) (local.get 1)))
  (func (export "size") (result i32) memory.size)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`);
const OTHER = wat(`(module (import "a" "inner" (func $inner)) (import "a" "m" (memory 1))
  (func (export "through") (param i32) (result i32) (call $inner) (i32.load (local.get 0))))`);

// Sums that wrap, below the memory and behind it.
const BELOW = wat(`(module (import "a" "m" (memory 1))
  (func (export "back") (param i32) (result i32) (i32.load (i32.sub (local.get 0) (i32.const 64))))
  (func (export "on") (param i32) (result i32) (i32.load (i32.add (local.get 0) (i32.const 8)))))`);

const PRELUDE = `
const { compileSync, instantiate, load, Memory, WebAssembly: Ours } = require(${JSON.stringify(join(root, 'dist/index.js'))});
const bytes = (text) => Buffer.from(text, 'base64');
const IMPORTS = bytes('${Buffer.from(IMPORTS).toString('base64')}'), OWN = bytes('${Buffer.from(OWN).toString('base64')}'),
  OTHER = bytes('${Buffer.from(OTHER).toString('base64')}'), SHARED = bytes('${Buffer.from(SHARED).toString('base64')}');
const tried = (f) => { try { return f(); } catch (e) { return e.code ?? e.name + ': ' + e.message; } };
const say = (...values) => console.log(...values);
`;

/** Runs a script under flags and a limit of address space in kilobytes; what it printed. */
function run(script: string, { flags = [] as string[], limit = 0 } = {}): string {
  const r = spawnSync(
    'bash',
    [
      '-c',
      `${limit > 0 ? `ulimit -v ${limit};` : ''} exec "$0" "$@"`,
      process.execPath,
      ...flags,
      '-e',
      PRELUDE + script,
    ],
    { encoding: 'utf8', timeout: 120_000 },
  );
  return r.stdout + r.stderr + (r.signal ?? '');
}

/** A V8 memory grows by everybody's hand, its bytes are the same for all, what is behind it traps. */
const useGrowing = (kind: string): string => `
const g = new ${kind}({ initial: 1, maximum: 2000 });
let step = () => {};
const i = instantiate(IMPORTS, { a: { m: g, f: () => step() } }, { cache: false }).exports;
const last = () => g.buffer.byteLength - 4;
const poke = (v) => { new Int32Array(g.buffer)[last() / 4] = v; };
poke(1); say(i.load(last()), tried(() => i.load(last() + 1)));
g.grow(1); poke(2); say(i.size(), i.load(last()), tried(() => i.load(last() + 1)));
say(i.grow(100)); poke(3); say(i.size(), i.load(last()));
new Int32Array(g.buffer)[0] = 10;
step = () => { g.grow(500); poke(4); };
say(i.loadAfterCall(601 * 65536 + 65532), i.size());
new Int32Array(g.buffer)[1] = 5; say(i.growAndLoad(600, 4), i.load(last()));
// Through another instance with the same memory, which comes back to a frame of the first.
step = () => { g.grow(600); new Int32Array(g.buffer)[2] = 6; };
const o = instantiate(OTHER, { a: { inner: i.callHost, m: g } }, { cache: false }).exports;
say(o.through(8));
`;
const GROWING = `1 WASM_TRAP_MEMORY_OUT_OF_BOUNDS
2 2 WASM_TRAP_MEMORY_OUT_OF_BOUNDS
2
102 3
14 602
5 0
6
`;

describe('a genuine memory, 32-bit, of this thread', () => {
  it.each([
    ['as Node comes', {}],
    ['--disable-wasm-trap-handler', { flags: ['--disable-wasm-trap-handler'] }],
    ['--wasm-enforce-bounds-checks', { flags: ['--wasm-enforce-bounds-checks'] }],
    ['ulimit -v 14000000', { limit: 14_000_000 }],
  ])('%s', (_, how) => {
    expect(run(useGrowing('WebAssembly.Memory'), how)).toBe(GROWING);
  });
  // Where V8 has memories at all then: it moves them.
  test('ulimit -v 4000000', () => {
    const out = run(useGrowing('WebAssembly.Memory'), { limit: 4_000_000 });
    expect(out === GROWING || /RangeError: WebAssembly.Memory\(\): could not allocate memory/.test(out), out).toBe(
      true,
    );
  });

  const GUARDED = `
    const module = load(compileSync(OWN, { bounds: 'guard' }));
    say(tried(() => { const i = instantiate(module, {}, { memory: 'v8' }).exports; return [i.load(0), tried(() => i.load(-1))].join(); }));
    const m = new WebAssembly.Memory({ initial: 1 });
    const importing = load(compileSync(IMPORTS, { bounds: 'guard' }));
    try { say(instantiate(importing, { a: { m, f() {} } }).exports.load(0)); } catch (e) { say(e instanceof WebAssembly.LinkError, e.code, /bounds: "explicit"/.test(e.message)); }`;
  // Node 24 and newer have no guard below a memory: the next one lies there, or a heap of the C library's.
  test('guard code runs whatever lies below an imported memory', () => {
    const out = run(`
      const memories = Array.from({ length: 5 }, () => new WebAssembly.Memory({ initial: 1, maximum: 2 }));
      const importing = load(compileSync(bytes('${Buffer.from(BELOW).toString('base64')}'), { bounds: 'guard' }));
      for (const m of memories) {
        new Uint8Array(m.buffer).fill(m === memories[0] ? 1 : 2);
        const { back, on } = instantiate(importing, { a: { m } }).exports;
        say(tried(() => back(64)), tried(() => back(63)), tried(() => back(0)), tried(() => on(-8)), tried(() => on(-9)));
      }`);
    const [first, ...others] = out.trim().split('\n');
    const trap = 'WASM_TRAP_MEMORY_OUT_OF_BOUNDS';
    expect(first).toBe(`${0x01010101} ${trap} ${trap} ${0x01010101} ${trap}`);
    expect(others).toEqual(Array(4).fill(first.replaceAll(`${0x01010101}`, `${0x02020202}`)));
  });
  test('guard code runs where V8 itself relies on guards', () => {
    expect(run(GUARDED)).toBe('0,WASM_TRAP_MEMORY_OUT_OF_BOUNDS\n0\n');
  });
  it.each(['--disable-wasm-trap-handler', '--wasm-enforce-bounds-checks'])(
    'guard code is refused under %s, with the remedy',
    (flag) => {
      expect(run(GUARDED, { flags: [flag] })).toBe('ERR_WAMR_NO_GUARD\ntrue ERR_WAMR_NO_GUARD true\n');
    },
  );

  test("no memory is mistaken for its neighbour's guard", () => {
    const script = `
      const victims = [];
      for (let n = 0; n < 3; n++) { const m = new Memory({ initial: 16 }); new Uint32Array(m.buffer).fill(0xc0de); victims.push(m); }
      let beyond = 0;
      for (let n = 0; n < 40; n++) {
        const m = new WebAssembly.Memory({ initial: 1, maximum: 1 });
        const i = instantiate(IMPORTS, { a: { m, f() {} } }, { cache: false }).exports;
        victims.push(m, i);
        for (let at = 65536; at <= 4 << 20; at += 65536) if (typeof tried(() => i.load(at)) === 'number') beyond++;
      }
      say(beyond);`;
    expect(run(script, { flags: ['--disable-wasm-trap-handler'] })).toBe('0\n');
  });
});

describe.each(['WebAssembly.Memory', 'Memory'])('a shared memory, %s', (kind) => {
  const script = `
    const code = (f) => { try { f(); return 'done'; } catch (e) { return e.code; } };
    const victims = [];
    const m = new ${kind}({ initial: 1, maximum: 50, shared: true });
    for (let n = 0; n < 30; n++) tried(() => victims.push(new WebAssembly.Memory({ initial: 1, maximum: 50, shared: true }), new Memory({ initial: 1 })));
    const i = instantiate(SHARED, { a: { m } }, { cache: false }).exports;
    const v8 = new WebAssembly.Instance(new WebAssembly.Module(SHARED), { a: { m } }).exports;
    let beyond = 0;
    for (let at = 65536; at <= 64 << 20; at += 65536)
      if ([() => i.load(at), () => i.load(at - 1), () => i.add(at), () => i.fill(at, 1), () => i.fill(at - 1, 600)].some((f) => code(f) === 'done')) beyond++;
    say(beyond, i.add(4), v8.add(4), i.add(4), i.size());
    say(v8.grow(2), i.size(), i.load(3 * 65536 - 4), code(() => i.load(3 * 65536)));
    say(m.grow(1), i.size(), code(() => i.fill(3 * 65536, 65536)), code(() => i.fill(3 * 65536, 65537)));
    say(i.grow(40), m.buffer.byteLength / 65536, v8.load(44 * 65536 - 4), i.grow(7), i.size());`;
  it.each([
    ['as Node comes', {}],
    ['--disable-wasm-trap-handler', { flags: ['--disable-wasm-trap-handler'] }],
    ['--wasm-enforce-bounds-checks', { flags: ['--wasm-enforce-bounds-checks'] }],
    ['ulimit -v 14000000', { limit: 14_000_000 }],
  ])('%s', (_, how) => {
    const oob = 'WASM_TRAP_MEMORY_OUT_OF_BOUNDS';
    expect(run(script, how)).toBe(`0 0 1 2 1\n1 3 0 ${oob}\n3 4 done ${oob}\n4 44 0 -1 44\n`);
  });
  test('guard code is refused without guards', () => {
    const guarded = `const m = new ${kind}({ initial: 1, maximum: 2, shared: true });
      say(tried(() => instantiate(load(compileSync(SHARED, { bounds: 'guard' })), { a: { m } })));`;
    expect(run(guarded.replaceAll('maximum: 2', 'maximum: 50'), { flags: ['--disable-wasm-trap-handler'] })).toBe(
      'ERR_WAMR_NO_GUARD\n',
    );
  });
});

describe('kinds that do not fit are LinkErrors', () => {
  test('shared', () => {
    expect(
      run(`const m = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
        say(tried(() => instantiate(IMPORTS, { a: { m, f() {} } })));`),
    ).toBe(
      'LinkError: WebAssembly.Instance(): Import #0 "a" "m": mismatch in shared state of memory, declared = 0, imported = 1\n',
    );
  });
  test('64-bit', () => {
    const script = `
      let m; try { m = new WebAssembly.Memory({ address: 'i64', initial: 1n, maximum: 4n }); } catch {}
      say(m === undefined ? 'none here' : tried(() => instantiate(IMPORTS, { a: { m, f() {} } })));`;
    expect([
      'none here\n',
      'LinkError: WebAssembly.Instance(): Import #0 "a" "m": cannot import i64 memory as i32\n',
    ]).toContain(run(script));
  });
});

test('a resizable buffer grows without being detached', () => {
  const script = `
    const m = new WebAssembly.Memory({ initial: 1, maximum: 8 });
    const i = instantiate(IMPORTS, { a: { m, f() {} } }, { cache: false }).exports;
    if (m.toResizableBuffer) {
      const b = m.toResizableBuffer(); m.grow(1); say(i.size()); b.resize(4 * 65536); say(i.size(), i.load(200000)); say(i.grow(2), b.byteLength / 65536, i.size());
    } else say('2\\n4 0\\n4 6 6');`;
  expect(run(script)).toBe('2\n4 0\n4 6 6\n');
});

describe('the buffer of a memory of ours', () => {
  it.each([
    ['transfer', '(b) => b.transfer()'],
    ['transfer to another size', '(b) => b.transfer(1)'],
    ['transferToFixedLength', '(b) => b.transferToFixedLength(65536)'],
    ['structuredClone', '(b) => structuredClone(b, { transfer: [b] })'],
    ['postMessage', '(b) => new MessageChannel().port1.postMessage(b, [b])'],
    [
      'a worker',
      '(b) => new (require("worker_threads").Worker)("", { eval: true, workerData: b, transferList: [b] }).unref()',
    ],
  ])('%s: as V8 does with its own', (_, move) => {
    const script = `
      const name = (f) => { try { f(); return 'done'; } catch (e) { return e.name + ': ' + e.message; } };
      const results = [new Memory({ initial: 1 }), new WebAssembly.Memory({ initial: 1 })].map((m) => {
        const b = m.buffer; new Uint8Array(b)[0] = 7;
        return name(() => (${move})(b)) + ' ' + b.byteLength + ' ' + (m.buffer === b);
      });
      say(results[0] === results[1] && / 65536 true$/.test(results[0]), results.join(' | '));`;
    expect(run(script)).toMatch(/^true /);
  });

  test('byte streams do not take it', () => {
    const script = `
      const stream = (m) => new ReadableStream({ type: 'bytes', pull(c) { c.enqueue(new Uint8Array(m.buffer)); } });
      (async () => {
        for (const M of [Memory, WebAssembly.Memory]) {
          const m = new M({ initial: 1 });
          const a = await stream(m).getReader().read().then(() => 'read', (e) => e.name);
          const b = await stream(m).getReader({ mode: 'byob' }).read(new Uint8Array(m.buffer)).then(() => 'read', (e) => e.name);
          say(a !== 'read', b !== 'read', m.buffer.byteLength);
        }
      })();`;
    expect(run(script)).toBe('true true 65536\ntrue true 65536\n');
  });

  test('growing detaches it, and the thread ends while others hold it', () => {
    const script = `
      const { Worker, isMainThread } = require('worker_threads');
      const source = ${JSON.stringify(PRELUDE)} + 'globalThis.kept = []; for (let n = 0; n < 50; n++) { const m = new Memory({ initial: 1 }); kept.push(m.buffer); if (n % 2) m.grow(1); }';
      (async () => { for (let n = 0; n < 3; n++) await new Promise((done) => new Worker(source, { eval: true }).on('exit', done)); say('ended'); })();
      const m = new Memory({ initial: 1 }); const b = m.buffer; m.grow(1); say(b.byteLength, m.buffer.byteLength);`;
    expect(run(script)).toBe('0 131072\nended\n');
  });
});

test('a memory of ours without address space for a guard moves as it grows', () => {
  expect(run(useGrowing('Memory'), { limit: 4_000_000 })).toBe(GROWING);
});

test('explicit code keeps its own memory where it is cheap, and follows it when it moves', () => {
  const script = `
    const { exports } = instantiate(OWN, {}, { cache: false });
    for (const d of [1, 10, 100, 1000]) {
      const old = exports.grow(d);
      const view = new Uint32Array(exports.m.buffer); view[view.length - 1] = d;
      say(old, exports.load(exports.m.buffer.byteLength - 4), tried(() => exports.load(exports.m.buffer.byteLength)));
    }
    const heap = []; for (let n = 0; n < 400; n++) heap.push(new Array(131072).fill(n));
    say('heap left');`;
  const lines = [1, 2, 12, 112].map((old, k) => `${old} ${10 ** k} WASM_TRAP_MEMORY_OUT_OF_BOUNDS\n`);
  expect(run(script, { limit: 4_000_000 })).toBe(`${lines.join('')}heap left\n`);
});

it.each([[[]], [['--disable-wasm-trap-handler']]])(
  'a debugger grows a genuine memory while explicit code spins on it, and V8 may move it: %j',
  (flags) => {
    const spin = wat(`(module (import "a" "m" (memory 1))
      (func (export "spin") (param i32) (result i32)
        (loop $l (br_if $l (i32.eqz (i32.load (i32.const 0))))) (i32.load (local.get 0))))`);
    const debuggers = `const { Session } = require('node:inspector'); const s = new Session(); s.connectToMainThread();
      const expression = 'g.grow(2000); new Int32Array(g.buffer)[2000 * 16384] = 7; new Int32Array(g.buffer)[0] = 1;';
      setTimeout(() => s.post('Runtime.evaluate', { expression }), 300);`;
    const script = `
      const { Worker } = require('node:worker_threads');
      globalThis.g = new WebAssembly.Memory({ initial: 1, maximum: 3000 });
      const spin = bytes('${Buffer.from(spin).toString('base64')}');
      const e = instantiate(load(compileSync(spin, { bounds: 'explicit' })), { a: { m: g } }).exports;
      new Worker(${JSON.stringify(debuggers)}, { eval: true })
        .on('online', () => setTimeout(() => { say(e.spin(2000 * 65536)); process.exit(0); }, 50));`;
    expect(run(script, { flags })).toBe('7\n');
  },
);

/**
 * V8's getter of a memory's buffer in our hands, so that memories move and cannot be looked at when a test wants it: from
 * `moves` on the bytes are a copy, in which the word at 70000 is 42.
 */
const MOVING = `
  const real = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer').get;
  let at = real;
  Object.defineProperty(WebAssembly.Memory.prototype, 'buffer', { get() { return at.call(this); }, configurable: true });
  const moves = (m) => {
    m.grow(1);
    const copy = real.call(m).slice(0);
    new Int32Array(copy)[17500] = 42;
    at = () => copy;
  };`;
describe('a memory that is disposed of in the middle of a call', () => {
  // The second load is not compared: an access before has shown that it is in bounds.
  const code = (memory: string): Uint8Array =>
    wat(`(module (import "a" "f" (func $f)) (memory (export "m") ${memory})
      (func (export "go") (param i32) (result i32)
        (i32.store offset=8 (local.get 0) (i32.const 1)) (call $f) (i32.load (local.get 0)))
      (func (export "bulk") (param i32) (call $f) (memory.fill (local.get 0) (i32.const 1) (i32.const 3)))
      (func (export "size") (param i32) (result i32) (call $f) memory.size))`);
  it.each([
    ['ours', '2', {}],
    ['genuine', '2', { memory: 'v8' }],
    ['shared', '2 3 shared', {}],
  ])('%s: accesses trap, and its bytes stay those of whoever has it', (kind, memory, options) => {
    const script = `
      for (const bounds of ['guard', 'explicit']) {
        const module = load(compileSync(bytes('${Buffer.from(code(memory)).toString('base64')}'), { bounds }));
        const outcomes = [];
        for (const name of ['go', 'bulk', 'size']) {
          const i = instantiate(module, { a: { f() { i.dispose(); } } }, ${JSON.stringify(options)});
          const { m } = i.exports;
          new Uint8Array(m.buffer)[70000] = 9;
          outcomes.push(tried(() => i.exports[name](70000)));
          if (${kind !== 'ours'}) outcomes.push(new Uint8Array(m.buffer)[70000]);
        }
        say(...outcomes);
      }`;
    const trap = 'WASM_TRAP_MEMORY_OUT_OF_BOUNDS';
    const line = kind === 'ours' ? `${trap} ${trap} 0` : `${trap} 9 ${trap} 9 0 9`;
    expect(run(script)).toBe(`${line}\n${line}\n`);
  });
});

describe('a memory without a guard, in the middle of a call of explicit code', () => {
  // Its accesses are not all compared: of those below the memory's first size, and of those that follow another one.
  const code = wat(
    `(module (import "a" "f" (func $f)) (memory (export "m") 2)
    (func (export "plain") (result i32) (i32.store (i32.const 70000) (i32.const 1)) (call $f) (i32.load (i32.const 70000)))
    (func (export "indexed") (param i32) (result i32)
      (i32.store offset=8 (local.get 0) (i32.const 1)) (call $f) (i32.load (local.get 0)))
    (func (export "caught") (result i32)
      (block $b (try_table (catch_all $b) (call $f))) (i32.load (i32.const 70000))))`,
  );
  const script = (act: string): string => `${MOVING}${PRELUDE}
    const module = load(compileSync(bytes('${Buffer.from(code).toString('base64')}'), { bounds: 'explicit' }));
    for (const [name, ...args] of [['plain'], ['indexed', 70000], ['caught']]) {
      at = real;
      let outcome;
      const i = instantiate(module, { a: { f() { ${act} if (name === 'caught') throw 1; } } }, { memory: 'v8' });
      say(name, tried(() => i.exports[name](...args)));
    }`;
  const runAlone = (act: string): string => {
    const flags = ['--disable-wasm-trap-handler', '-e', script(act)];
    const r = spawnSync(process.execPath, flags, { encoding: 'utf8', timeout: 120_000 });
    return r.stdout + r.stderr + (r.signal ?? '');
  };
  it('is not there any more after it was disposed, wherever it moves', () => {
    const trapped = ['plain', 'indexed', 'caught'].map((name) => `${name} WASM_TRAP_MEMORY_OUT_OF_BOUNDS\n`).join('');
    expect(runAlone('i.dispose(); moves(i.exports.m);')).toBe(trapped);
    expect(runAlone('const { m } = i.exports; i.dispose(); m.grow(1);')).toBe(trapped);
  });
  it('ends the call when there is no room to look where it is', () => {
    const ended = runAlone("moves(i.exports.m); at = () => { throw new RangeError('no room'); };");
    expect(ended).toBe(['plain', 'indexed', 'caught'].map((name) => `${name} WASM_TRAP_STACK_OVERFLOW\n`).join(''));
  });
  it('begins no call either', () => {
    const out = runAlone(
      "moves(i.exports.m); at = () => { throw new RangeError('no room'); }; say(tried(i.exports.plain)); at = real;",
    );
    expect(out).toMatch(/^WASM_TRAP_STACK_OVERFLOW\n/);
  });
});
