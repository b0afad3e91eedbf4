/**
 * Costs of the boundary on one engine, in this process: calls.cjs v8|FOLDER [QUICK], the folder that of a checkout.
 * Prints a line of JSON: {row: [nanoseconds of processor time, one figure a repetition]}. The loop around the call is
 * part of the figure: the row "empty loop" tells how much that is.
 */
const { join } = require('node:path');
const { objects } = require('./objects.cjs');
const { proposals } = require('./proposals.cjs');
const [which, quick] = process.argv.slice(2);
const engine = which === 'v8' ? WebAssembly : require(join(which, 'dist', 'index.js')).WebAssembly;
const SECONDS = quick ? 0.02 : 0.1;
const REPETITIONS = quick ? 3 : 5;

const CALLEE = `(module
  (func (export "none"))
  (func (export "i32i32") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "i64") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func (export "f64f64") (param f64 f64) (result f64) (f64.add (local.get 0) (local.get 1)))
  (func (export "i32x8") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.add (local.get 0) (local.get 7)))
  (func (export "two") (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
  (func (export "ref") (param externref) (result externref) (local.get 0)))`;

const loop = (name, body) => `(func (export "${name}") (param $n i32) (loop $l ${body}
  (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))`;
const CALLER = `(module
  (type $binary (func (param i32 i32) (result i32)))
  (import "js" "none" (func $none))
  (import "js" "i32i32" (func $i32i32 (type $binary)))
  (import "js" "i64" (func $i64 (param i64) (result i64)))
  (import "js" "f64f64" (func $f64f64 (param f64 f64) (result f64)))
  (import "js" "ref" (func $ref (param externref) (result externref)))
  (import "wasm" "i32i32" (func $other (type $binary)))
  (func $same (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $deep (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
  (table $closed 4 4 funcref)
  (table $open (export "open") 4 funcref)
  (elem (table $closed) (i32.const 0) func $same $same $same $same)
  (elem (table $open) (i32.const 0) func $same $same $other $other)
  (global $x (mut i32) (i32.const 0))
  ${loop('empty', '(global.set $x (local.get $n))')}
  ${loop('toNone', '(call $none)')}
  ${loop('toI32i32', '(global.set $x (call $i32i32 (local.get $n) (i32.const 1)))')}
  ${loop('toI64', '(drop (call $i64 (i64.extend_i32_u (local.get $n))))')}
  ${loop('toF64f64', '(drop (call $f64f64 (f64.const 1) (f64.const 2)))')}
  ${loop('toRef', '(drop (call $ref (ref.null extern)))')}
  ${loop('toOther', '(global.set $x (call $other (local.get $n) (i32.const 1)))')}
  ${loop('recursion', '(global.set $x (call $deep (i32.const 63)))')}
  ${loop('closedTable', '(global.set $x (call_indirect $closed (type $binary) (local.get $n) (i32.const 1) (i32.and (local.get $n) (i32.const 3))))')}
  ${loop('openTable', '(global.set $x (call_indirect $open (type $binary) (local.get $n) (i32.const 1) (i32.and (local.get $n) (i32.const 1))))')}
  ${loop('openTableOther', '(global.set $x (call_indirect $open (type $binary) (local.get $n) (i32.const 1) (i32.const 2)))')})`;

/** Seconds of processor time that `run(n)` takes, with the collections that it causes in other threads. */
function secondsOf(run, n) {
  const before = process.cpuUsage();
  run(n);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Calls `run(n)` with an n that takes long enough, then repeats; `per` calls are made in each of the n turns. */
function time(run, per = 1) {
  let n = 1;
  let seconds = 0;
  for (;;) {
    // The less of two: the first one compiles.
    seconds = Math.min(secondsOf(run, n), secondsOf(run, n));
    if (seconds > SECONDS / 4) break;
    n *= 2;
  }
  n = Math.max(1, Math.round((n * SECONDS) / seconds));
  return Array.from({ length: REPETITIONS }, () => (secondsOf(run, n) * 1e9) / n / per);
}

/** A loop in JavaScript of its own for each signature, so that no call site sees two functions. */
const jsLoop = (f, args) => new Function('f', `return function (n) { for (let i = 0; i < n; i++) f(${args}); }`)(f);

async function main() {
  const wabt = await require('wabt')();
  const bytes = (text) => {
    const m = wabt.parseWat('bench.wat', text, { exceptions: true, tail_call: true, threads: true });
    m.validate();
    return m.toBinary({}).buffer;
  };
  const callee = new engine.Instance(new engine.Module(bytes(CALLEE))).exports;
  const js = { none() {}, i32i32: (x, y) => (x + y) | 0, i64: (x) => x, f64f64: (x, y) => x + y, ref: (x) => x };
  const caller = new engine.Instance(new engine.Module(bytes(CALLER)), { js, wasm: callee }).exports;
  const rows = {};
  const row = (name, run, per) => (rows[name] = time(run, per));
  row('JS → wasm ()', jsLoop(callee.none, ''));
  row('JS → wasm (i32, i32) → i32', jsLoop(callee.i32i32, 'i, 1'));
  row('JS → wasm (i64) → i64', jsLoop(callee.i64, '1n'));
  row('JS → wasm (f64, f64) → f64', jsLoop(callee.f64f64, '0.5, 1.5'));
  row('JS → wasm (8 × i32) → i32', jsLoop(callee.i32x8, 'i, 1, 2, 3, 4, 5, 6, 7'));
  row('JS → wasm (i32, i32) → (i32, i32)', jsLoop(callee.two, 'i, 1'));
  row('JS → wasm (externref) → externref', jsLoop(callee.ref, 'f'));
  row('empty loop in wasm', caller.empty);
  row('wasm → JS ()', caller.toNone);
  row('wasm → JS (i32, i32) → i32', caller.toI32i32);
  row('wasm → JS (i64) → i64', caller.toI64);
  row('wasm → JS (f64, f64) → f64', caller.toF64f64);
  row('wasm → JS (externref) → externref', caller.toRef);
  row('wasm → wasm, same instance (recursion)', caller.recursion, 64);
  row('wasm → wasm, another instance', caller.toOther);
  row('call_indirect, closed table', caller.closedTable);
  row('call_indirect, exported table', caller.openTable);
  row('call_indirect, function of another instance', caller.openTableOther);
  proposals(engine, bytes, row, loop);
  objects(engine, bytes, row);
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}

main();
