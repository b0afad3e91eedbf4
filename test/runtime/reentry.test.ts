/**
 * JavaScript that runs between two native steps (getters, conversions, iterators, start functions, debuggers,
 * finalisers, patched built-ins) and collects, grows, writes tables, calls, instantiates, disposes: the answers are
 * V8's, and where V8 has none (`dispose`) the call ends in a value or a typed trap, and the process lives.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { inOurWords } from '../support/v8-words.js';
import { wat } from '../support/wat.js';

const WHOLE = `(module
  (type $two (func (param i32 i32) (result i32)))
  (import "h" "f" (func $f (param i32) (result i32)))
  (import "h" "pair" (func $pair (result i32 i64)))
  (import "h" "big" (func $big (result i64)))
  (memory (export "m") 1 4) (table (export "t") 4 20 funcref) (global $g (export "g") (mut i32) (i32.const 5))
  (elem (i32.const 0) $add)
  (export "f" (func $f))
  (func $add (export "add") (type $two) (i32.add (local.get 0) (local.get 1)))
  (func (export "sub") (type $two) (i32.sub (local.get 0) (local.get 1)))
  (func (export "trap") (result i32) unreachable)
  (func (export "two") (param i64) (result i64 i32) (i64.add (local.get 0) (i64.const 1)) (i32.const 8))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "indirect") (param i32 i32) (result i32) (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
  (func (export "indirectTwo") (param i32 i32 i32) (result i32) (call_indirect (type $two) (local.get 1) (local.get 2) (local.get 0)))
  (func (export "run") (param i32 i64 f64) (result i32)
    (i32.store (i32.const 8) (local.get 0))
    (global.set $g (i32.add (global.get $g) (call $f (local.get 0))))
    (i32.add (i32.load (i32.const 8)) (i32.add (i32.mul (i32.const 1000) (memory.size)) (i32.add (i32.wrap_i64 (local.get 1))
      (call_indirect (type $two) (i32.trunc_f64_s (local.get 2)) (global.get $g) (i32.const 0))))))
  (func (export "pairs") (result i64 i32) (local i32 i64)
    (call $pair) (local.set 1) (local.set 0)
    (local.get 1) (call_indirect (type $two) (local.get 0) (i32.load (i32.const 0)) (i32.const 1)))
  (func (export "bigs") (result i64)
    (i64.add (call $big) (i64.extend_i32_s (call_indirect (type $two) (i32.load (i32.const 0)) (global.get $g) (i32.const 1))))))`;
const SHARED = `(import "h" "m" (memory 1 4)) (import "h" "t" (table 4 20 funcref)) (import "h" "g" (global $g (mut i32)))`;
const GUEST = `(module ${SHARED} (elem (i32.const 3) $mine) (data (i32.const 4) "xyz")
  (func $mine (param i32 i32) (result i32) (i32.mul (local.get 0) (local.get 1)))
  (func (export "put") (result i32) (global.set $g (i32.add (global.get $g) (i32.load (i32.const 4)))) (global.get $g)))`;
const STARTS = `(module (import "h" "f" (func $f (param i32) (result i32))) ${SHARED} (elem (i32.const 3) $mine)
  (func $mine (param i32 i32) (result i32) (i32.mul (local.get 0) (local.get 1)))
  (func $start (global.set $g (call $f (i32.load (i32.const 4)))) (drop (call_indirect (param i32 i32) (result i32) (i32.const 6) (i32.const 7) (i32.const 3))))
  (func (export "get") (result i32) (i32.add (memory.size) (global.get $g)))
  (start $start))`;

const modules = JSON.stringify([WHOLE, GUEST, STARTS].map((text) => Buffer.from(wat(text)).toString('base64')));
const child = path.join(import.meta.dirname, 'children', 'reentry.cjs');

function run(...args: string[]): string {
  const r = spawnSync(process.execPath, ['--expose-gc', '--no-warnings', child, ...args], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, NODE_OPTIONS: '', WAMR_NATIVE_POISON: '1' },
  });
  return r.stdout + (r.status === 0 ? '' : `${r.stderr}${r.signal ?? r.status}`);
}

const places = JSON.parse(run('v8')) as string[];

/** Lines by act. */
const lines = (text: string): Map<string, string> =>
  new Map(text.split('\n').map((line): [string, string] => [line.split(': ')[0], line]));

/** All that may come of a call whose instance or callee has been disposed of. */
const ENDS =
  /^(undefined|-?\d+( \d+)?|\[[-\d,]+\]|function of a disposed instance|memory access out of bounds|null function or function signature mismatch|unreachable)$/;
const REFUSALS =
  /^WebAssembly\.(Memory\.grow\(\): Maximum memory size exceeded|Instance\(\): (data segment 0 is out of bounds|Import #\d "h" "m": memory import has 0 pages which is smaller than the declared initial of 1))$/;

it.each(places)('%s', (place) => {
  const ours = lines(run('ours', place, modules));
  const v8 = lines(inOurWords(run('v8', place, modules)));
  expect(v8.get('at last')).toBeDefined();
  const disposals: string[] = [];
  for (const [act, line] of ours) {
    if (act.startsWith('dispose')) disposals.push(line);
    else expect(line).toBe(v8.get(act));
  }
  expect([...ours.keys()].filter((act) => !act.startsWith('dispose'))).toEqual([...v8.keys()]);
  expect(disposals).toHaveLength(5);
  for (const line of disposals) {
    const [came, left] = line.slice(line.indexOf(': ') + 2).split(' | ');
    const kept = came.replace(/^\w*Error: /, '');
    if (!place.startsWith('a patched')) expect(ENDS.test(kept) || REFUSALS.test(kept), line).toBe(true);
    for (const value of left.split(', ')) expect(value.replace(/^RuntimeError: /, ''), line).toMatch(ENDS);
  }
});

/** A debugger in another thread pauses wasm that loops and calls nothing: the evaluation runs at a safe point. */
it.each([
  ['dispose', 'i.dispose()'],
  ['dispose and collect', 'i.dispose(); gc(); gc()'],
  ['dispose of all and instantiate', 'i.dispose(); for (let n = 0; n < 50; n++) make().exports.add(1, 2); gc()'],
  ['grow and write the table', 'i.exports.m.grow(1); i.exports.t.grow(2); i.exports.t.set(0, null)'],
  ['call', 'i.exports.add(1, 2)'],
  ['trap', 'try { i.exports.trap() } catch {}'],
])('a debugger pauses a loop of wasm: %s', (_, expression) => {
  const loop = wat(`(module (memory (export "m") 1 4) (table (export "t") 4 20 funcref) (elem (i32.const 0) $add)
    (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "trap") unreachable)
    (func (export "spin") (loop $l (br_if $l (i32.eqz (i32.load (i32.const 16)))))))`);
  const script = `
    const { Worker } = require('node:worker_threads');
    const { WebAssembly: W } = require(process.argv[1]);
    globalThis.make = () => new W.Instance(new W.Module(Buffer.from('${Buffer.from(loop).toString('base64')}', 'base64')));
    globalThis.i = make();
    // The loop ends when the debugger writes to memory, or with the memory.
    const worker = new Worker(\`
      const { Session } = require('node:inspector');
      const { parentPort } = require('node:worker_threads');
      const session = new Session(), alive = setInterval(() => {}, 1000);
      session.connectToMainThread();
      // Not before the pause is over: Node aborts.
      parentPort.on('message', () => { session.disconnect(); clearInterval(alive); parentPort.close(); });
      session.on('Debugger.paused', ({ params }) => {
        session.post('Debugger.evaluateOnCallFrame', {
          callFrameId: params.callFrames[0].callFrameId,
          expression: ${JSON.stringify(`${expression}; globalThis.paused = true; try { new Uint8Array(i.exports.m.buffer)[16] = 1 } catch {}`)},
        }, () => session.post('Debugger.resume'));
      });
      session.post('Debugger.enable', () => { parentPort.postMessage(1); setTimeout(() => session.post('Debugger.pause'), 50); });
    \`, { eval: true });
    worker.on('message', () => {
      let came = 'returned';
      try { i.exports.spin(); } catch (e) { came = e.message; }
      console.log(came, globalThis.paused, make().exports.add(3, 4));
      worker.postMessage(1);
    });`;
  const r = spawnSync(
    process.execPath,
    ['--expose-gc', '--no-warnings', '-e', script, path.join(import.meta.dirname, '../../dist/index.js')],
    { encoding: 'utf8', timeout: 30_000, env: { ...process.env, NODE_OPTIONS: '', WAMR_NATIVE_POISON: '1' } },
  );
  expect(r.stdout + r.stderr + (r.signal ?? '')).toMatch(
    expression.includes('dispose') ? /^(returned|memory access out of bounds) true 7\n$/ : /^returned true 7\n$/,
  );
});
