/**
 * `.wasm` and `.aot` files as modules of the program. What V8 of Node 24 does, which imports them itself, is what
 * `register` does: cold and warm, in Node 24 and in this one.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wamr } from '../support/built.js';
import { REGISTER, REGISTER_ESM, Registered } from '../support/register.js';
import { nodeOf } from '../support/registry.js';
import { wat } from '../support/wat.js';

const r = new Registered();
const app = path.join(r.dir, 'app');
const write = (name: string, content: string | Uint8Array): void => {
  fs.mkdirSync(path.dirname(path.join(app, name)), { recursive: true });
  fs.writeFileSync(path.join(app, name), content);
};

interface Ran {
  out: string;
  err: string;
  code: number | null;
}

function node(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Ran {
  const { stdout, stderr, status } = spawnSync(program, args, {
    cwd: app,
    encoding: 'utf8',
    env: { ...process.env, WAMR_CACHE_DIR: r.cache, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1', ...env },
  });
  return { out: stdout, err: stderr, code: status };
}

/** Modules by file name. */
const MODULES: Record<string, string> = {
  'add.wasm': `(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (memory (export "memory") 1) (table (export "table") 2 funcref))`,
  'globals.wasm': `(module (global (export "i") i32 (i32.const 7)) (global (export "l") i64 (i64.const -1))
    (global (export "f") f64 (f64.const 1.5)) (global $m (export "m") (mut i32) (i32.const 1))
    (global (export "r") externref (ref.null extern))
    (func (export "bump") (global.set $m (i32.add (global.get $m) (i32.const 1)))) (func (export "get") (result i32) (global.get $m)))`,
  'user.wasm': `(module (import "./globals.wasm" "m" (global $m (mut i32))) (import "./globals.wasm" "i" (global $i i32))
    (import "./env.mjs" "log" (func $log (param i32))) (import "./env.mjs" "default" (func $d (result i32))) (import "./add.wasm" "add" (func $add (param i32 i32) (result i32)))
    (func (export "run") (result i32) (global.set $m (i32.const 41)) (call $log (global.get $i)) (call $log (call $d)) (call $add (global.get $m) (i32.const 1)))
    (func $start (call $log (i32.const 99))) (start $start))`,
  'names.wasm': `(module (func (export "default") (result i32) (i32.const 1)) (func (export "a b") (result i32) (i32.const 2))
    (func (export "") (result i32) (i32.const 3)) (func (export "let") (result i32) (i32.const 4)) (func (export "\\c3\\a4'\\22\\5c") (result i32) (i32.const 5)))`,
  'cycle.wasm': `(module (import "./cycle.mjs" "later" (func $later (result i32))) (func (export "go") (result i32) (call $later)) (func (export "one") (result i32) (i32.const 1)))`,
  'early.wasm': `(module (import "./early.mjs" "value" (global i32)) (global (export "x") i32 (global.get 0)))`,
  'first.wasm': `(module (import "./second.wasm" "f" (func)) (export "g" (func 0)))`,
  'second.wasm': `(module (import "./first.wasm" "g" (func)) (export "f" (func 0)))`,
  'trap.wasm': `(module (func $s unreachable) (start $s) (func (export "f")))`,
  'missing.wasm': `(module (import "./env.mjs" "nothing" (func)) (func (export "f")))`,
  'wrong.wasm': `(module (import "./env.mjs" "log" (memory 1)) (func (export "f")))`,
  'lost.wasm': `(module (import "./nowhere.mjs" "f" (func)))`,
  'bare.wasm': `(module (import "env" "f" (func)))`,
  'reserved.wasm': `(module (import "wasm-js:x" "f" (func)))`,
  'reserved-export.wasm': `(module (func (export "wasm:f")))`,
  'package.wasm': `(module (import "dep" "two" (func $two (result i32))) (func (export "two") (result i32) (call $two)))`,
  'simd.wasm': `(module (global (export "v") v128 (v128.const i32x4 1 2 3 4)) (func (export "f") (result i32) (i32x4.extract_lane 2 (v128.const i32x4 1 2 3 4))))`,
};

const ADD = '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))';
const SHOW = `const show = (x) => typeof x === 'bigint' ? x + 'n' : typeof x === 'function' ? 'function ' + x.name : String(x);
  const say = (...all) => console.log(...all.map(show));
  const list = (ns) => say(Reflect.ownKeys(ns).map((k) => typeof k === 'symbol' ? show(k) : k + '=' + show(ns[k])).join(', '), Object.isSealed(ns), Object.getPrototypeOf(ns));\n`;
/** Entries; V8 of Node 24 is asked what they print. */
const ENTRIES: Record<string, string> = {
  'a function': `import { add } from './add.wasm'; say(add(40, 2));`,
  'a namespace': `import * as a from './add.wasm'; list(a); say(a.memory instanceof WebAssembly.Memory, a.table instanceof WebAssembly.Table);
    try { a.add = 1 } catch (e) { say(e.name) }`,
  'values of globals': `import * as g from './globals.wasm'; list(g); g.bump(); say(g.m, g.get());`,
  'all kinds of imports': `import { run } from './user.wasm'; import { m, get } from './globals.wasm'; say(run(), m, get());`,
  names: `import one, { 'a b' as two, let as four } from './names.wasm'; import * as n from './names.wasm'; say(one(), two(), four(), n[''](), Object.keys(n).join());`,
  'a cycle with a script': `import { go, one } from './cycle.wasm'; say(go(), one());`,
  'a cycle that starts in the script': `import './cycle.mjs'; import { go } from './cycle.wasm'; say(go());`,
  'what is not there yet': `await import('./early.mjs').then((x) => say(x.value), (e) => say(e.name, e instanceof ReferenceError));`,
  'a cycle of modules': `await import('./first.wasm').then((x) => say(x.g), (e) => say(e.name));`,
  'one instance for a file, one more for a query': `import * as a from './globals.wasm'; import * as b from './globals.wasm?b'; const c = await import('./globals.wasm'); say(a === b, a === c); a.bump(); say(a.get(), b.get(), c.get());`,
  'a trap of the start function': `await import('./trap.wasm').catch((e) => say(e.name, e.message, e instanceof WebAssembly.RuntimeError));`,
  'a module of node_modules': `import { two } from './package.wasm'; say(two());`,
  'a missing import': `await import('./missing.wasm').catch((e) => say(e.name, e instanceof WebAssembly.LinkError));`,
  'an import of the wrong kind': `await import('./wrong.wasm').catch((e) => say(e.name, e instanceof WebAssembly.LinkError));`,
  'no such module': `await import('./lost.wasm').catch((e) => say(e.code)); await import('./bare.wasm').catch((e) => say(e.code)); await import('./none.wasm').catch((e) => say(e.code));`,
  'no such export': `await import('./asks.mjs').catch((e) => say(e.name));`,
  'reserved names': `await import('./reserved.wasm').catch((e) => say(e.name, e instanceof WebAssembly.LinkError)); await import('./reserved-export.wasm').catch((e) => say(e.name));`,
  'a broken file': `await import('./broken.wasm').catch((e) => say(e.name, e instanceof WebAssembly.CompileError, /broken\\.wasm: WebAssembly\\.Module\\(\\): /.test(e.message))); await import('./empty.wasm').catch((e) => say(e.name));`,
  'a broken body': `await import('./bad-body.wasm').catch((e) => say(e.name, e instanceof WebAssembly.CompileError, e.message.startsWith(new URL('./bad-body.wasm: ', import.meta.url).pathname.replace('%20', ' '))));`,
  vectors: `import * as v from './simd.wasm'; say(v.f(), v.v);`,
  'a data URL': `await import(DATA).then(({ add }) => say(add(1, 2)));`,
};
const SOURCE_PHASE = `import source m from './add.wasm'; import { add } from './add.wasm';
  const again = await import.source('./add.wasm'); const i = await WebAssembly.instantiate(m, {}); const j = new WebAssembly.Instance(again);
  say(m === again, m instanceof WebAssembly.Module, i.exports.add(2, 3), j.exports.add(4, 5), add(6, 7), WebAssembly.Module.exports(m).map((e) => e.name + ' ' + e.kind).join());`;
const fileOf = (name: string): string => `${name.replaceAll(' ', '-')}.mjs`;
/** What classes do not survive the way from the thread of the hooks, before Node 22.15. */
const IN_THREAD = /^CompileError false true$/m;
let expected = '';

/** A program as a file, with helpers between its static imports and the rest. */
function writeEntry(name: string, text: string): void {
  const statement = /import [^(;]*? from '[^']*';|import '[^']*';/g;
  const data = `const DATA = 'data:application/wasm;base64,${Buffer.from(wat(ADD)).toString('base64')}';`;
  write(fileOf(name), [...(text.match(statement) ?? []), SHOW, data, text.replace(statement, '')].join('\n'));
}

beforeAll(() => {
  for (const [name, text] of Object.entries(MODULES)) write(name, wat(text));
  write('broken.wasm', Buffer.from('0061736d01000000ff', 'hex'));
  write('empty.wasm', '');
  // (func (result i32)) without a value.
  write('bad-body.wasm', Buffer.from('0061736d010000000105016000017f030201000a040102000b', 'hex'));
  write('env.mjs', `export const log = (x) => console.log('log', x); export default () => 5;`);
  write('cycle.mjs', `import { one } from './cycle.wasm'; export function later() { return one() + 10; }`);
  write('early.mjs', `import { x } from './early.wasm'; export const value = 3; export { x };`);
  write('asks.mjs', `import { subtract } from './add.wasm'; console.log(subtract);`);
  write('node_modules/dep/package.json', '{"type":"module","exports":"./index.js"}');
  write('node_modules/dep/index.js', 'export const two = () => 2;');
  for (const [name, text] of Object.entries(ENTRIES)) writeEntry(name, text);
  writeEntry('source phase', SOURCE_PHASE);
  const run = (name: string): string => `console.log(${JSON.stringify(name)}); await import('./${fileOf(name)}');`;
  write('all.mjs', Object.keys(ENTRIES).map(run).join('\n'));
  write(
    'status.mjs',
    `import { status } from ${JSON.stringify(REGISTER_ESM)};
     process.on('exit', () => { for (const { bytes, engine, why } of status().modules) console.error(engine, bytes, why); });`,
  );
  const { out, err, code } = node(nodeOf(24), ['all.mjs']);
  if (code !== 0) throw new Error(`V8 fails: ${err}`);
  expected = out;
});
afterAll(() => r.dispose());

const register = ['--import', REGISTER_ESM, '--import', './status.mjs'];

describe.each([
  ['this Node', process.execPath],
  ['Node 22', nodeOf(22)],
  ['Node 24', nodeOf(24)],
])('%s', (which, program) => {
  it.each([
    ['compiled now', { WAMR_REGISTER: 'always' }, /^wamr \d/],
    ['from the cache', {}, /^wamr \d/],
    ['on V8', { WAMR_ENGINE: 'host' }, /^v8 \d/],
  ])('links modules as V8 of Node 24 does: %s', (_, env, engine) => {
    const { out, err, code } = node(program, [...register, 'all.mjs'], env);
    expect([code, out.replace(IN_THREAD, 'CompileError true true')]).toEqual([0, expected]);
    expect(IN_THREAD.test(out)).toBe(which === 'this Node' && process.version.startsWith('v20.'));
    const elsewhere = err
      .trimEnd()
      .split('\n')
      .filter((line) => !engine.test(line) && !/bad-body|9 |25 /.test(line));
    expect(elsewhere).toEqual([]);
  });

  it('links them the same by --require', () => {
    const { out, err, code } = node(program, ['--require', REGISTER, 'all.mjs'], { WAMR_REGISTER: 'always' });
    expect([code, err, out.replace(IN_THREAD, 'CompileError true true')]).toEqual([0, '', expected]);
  });

  it('takes artefacts', async () => {
    write('add.aot', await wamr.compile(wat(ADD)));
    write(
      'user.aot',
      await wamr.compile(
        wat('(module (import "./add.aot" "add" (func (param i32 i32) (result i32))) (export "again" (func 0)))'),
      ),
    );
    write(
      'aot.mjs',
      `import { add } from './add.aot'; import { again } from './user.aot'; console.log(add(1, 2), again(3, 4));
      await import('./damaged.aot').catch((e) => console.log(e.name, e.message.includes('damaged.aot')));`,
    );
    write('damaged.aot', fs.readFileSync(path.join(app, 'add.aot')).fill(1, 5000, 5001));
    expect(node(program, ['--import', REGISTER_ESM, 'aot.mjs'])).toMatchObject({
      out: '3 7\nAotError true\n',
      code: 0,
    });
    const { err } = node(program, ['--import', REGISTER_ESM, 'aot.mjs'], { WAMR_ENGINE: 'host' });
    expect(err).toContain('give the .wasm to instantiate(), or run this program on one of them');
  });

  it('requires them', () => {
    write(
      'required.cjs',
      `module.exports = { log: (x) => console.log('log', x), default: () => 5 }; require('./cjs-cycle.wasm');`,
    );
    write(
      'cjs-cycle.wasm',
      wat(
        '(module (import "./required.cjs" "log" (func $log (param i32))) (func (export "f") (call $log (i32.const 3))))',
      ),
    );
    write(
      'own.wasm',
      wat(
        '(module (import "./globals.wasm" "m" (global $m (mut i32))) (func (export "set") (global.set $m (i32.const 41))))',
      ),
    );
    write(
      'cjs.cjs',
      `const { add } = require('./add.wasm'); require('./cjs-cycle.wasm').f(); const g = require('./globals.wasm'); require('./own.wasm').set();
      console.log(add(1, 2), require('./add.wasm').add === add, g.get(), g.i, Object.keys(g).join(), require('./add.aot').add(5, 6));
      try { require('./own') } catch (e) { console.log(e.code) }`,
    );
    expect(node(program, ['--require', REGISTER, 'cjs.cjs'])).toMatchObject({
      out: 'log 3\n3 true 41 7 i,l,f,m,r,bump,get 11\nMODULE_NOT_FOUND\n',
      code: 0,
    });
  });
});

it('the source phase of Node 24 gives a module of this engine', () => {
  const plain = node(nodeOf(24), ['source-phase.mjs']);
  const ours = node(nodeOf(24), [...register, 'source-phase.mjs'], { WAMR_REGISTER: 'always' });
  expect([ours.out, ours.err]).toEqual([plain.out, expect.stringMatching(/^wamr \d+ .*\n$/)]);
});

describe('where a thread for the hooks is needed, it is started by', () => {
  const says = (args: string[]): string => {
    const { out, err } = node(process.execPath, ['--import', REGISTER_ESM, ...args]);
    return out + err;
  };

  it.each([
    ['a file to run', ['env-free.wasm'], ''],
    ['--eval', ['--input-type=module', '-e', `import { add } from './add.wasm'; console.log(add(1, 2))`], '3\n'],
    ['a script', ['dynamic.cjs'], '3\n'],
    ['a comment in between', ['comment.mjs'], '3\n'],
    ['a URL', ['url.mjs'], '3\n'],
    ['a worker', ['worker.mjs'], '3\n'],
  ])('%s', (_, args, out) => {
    write('env-free.wasm', wat(ADD));
    write('dynamic.cjs', `import('./add.wasm').then(({ add }) => console.log(add(1, 2)));`);
    write('comment.mjs', `const { add } = await import(/* here: */ './add.wasm'); console.log(add(1, 2));`);
    write(
      'url.mjs',
      `const { add } = await import(new URL('./add.wasm?1#2', import.meta.url)); console.log(add(1, 2));`,
    );
    write(
      'worker.mjs',
      `import { Worker } from 'node:worker_threads'; new Worker(new URL('./comment.mjs', import.meta.url));`,
    );
    expect(says(args)).toBe(out);
  });

  it('nothing else: a program that does not import such files has the threads that it had', () => {
    write(
      'threads.mjs',
      `import fs from 'node:fs'; const name = './add.wasm'; console.log(fs.readdirSync('/proc/self/task').length);`,
    );
    const plain = node(process.execPath, ['threads.mjs']).out;
    expect(says(['threads.mjs'])).toBe(plain);
  });
});
