/**
 * Costs of what WebAssembly has got since 2.0, as rows of calls.cjs: exceptions, tail calls against a switch, atomic
 * accesses. Exceptions in their first form, which every Node's own engine has.
 */
const STEPS = 64;

/** An interpreter of three instructions, dispatched by a `br_table` in a loop. */
const SWITCH = `(func $switch (param $pc i32) (param $x i32) (result i32)
  (loop $next (result i32)
    (block $end (block $double (block $add
      (br_table $add $double $end (i32.load8_u (local.get $pc))))
      (local.set $x (i32.add (local.get $x) (i32.const 3))) (local.set $pc (i32.add (local.get $pc) (i32.const 1))) (br $next))
      (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 1)))) (local.set $pc (i32.add (local.get $pc) (i32.const 1))) (br $next))
    (local.get $x)))`;
/** The same with a function for each instruction, which ends by a tail call of the next one. */
const next = `(return_call_indirect (type $step) (i32.add (local.get 0) (i32.const 1)) (local.get 1)
  (i32.load8_u offset=1 (local.get 0)))`;
const TAIL_CALLS = `(type $step (func (param i32 i32) (result i32)))
  (table 3 3 funcref) (elem (i32.const 0) $add $double $end)
  (func $add (type $step) (local.set 1 (i32.add (local.get 1) (i32.const 3))) ${next})
  (func $double (type $step) (local.set 1 (i32.xor (local.get 1) (i32.shl (local.get 1) (i32.const 1)))) ${next})
  (func $end (type $step) (local.get 1))`;

/** `loop`: an exported function that does something n times. */
const textOf = (loop) => `(module (memory 1) (tag $t (param i32)) (global $x (mut i32) (i32.const 0))
  (data (i32.const 0) "${Array.from({ length: STEPS - 1 }, (_, i) => `\\0${(i * 7 + (i >> 2)) & 1}`).join('')}\\02")
  ${TAIL_CALLS} ${SWITCH}
  (func $throw (param i32) (if (local.get 0) (then (throw $t (local.get 0)))))
  (func $deep (param i32 i32) (if (local.get 0)
    (then (call $deep (i32.sub (local.get 0) (i32.const 1)) (local.get 1)) (global.set $x (local.get 0)))
    (else (call $throw (local.get 1)))))
  ${loop('noThrow', '(try (do (call $throw (i32.const 0))) (catch $t (global.set $x)))')}
  ${loop('throw1', '(try (do (call $throw (local.get $n))) (catch $t (global.set $x)))')}
  ${loop('throw10', '(try (do (call $deep (i32.const 9) (local.get $n))) (catch $t (global.set $x)))')}
  ${loop('switch', '(global.set $x (call $switch (i32.const 0) (local.get $n)))')}
  ${loop('tail', '(global.set $x (call_indirect (type $step) (i32.const 0) (local.get $n) (i32.load8_u (i32.const 0))))')}
  ${loop('atomicAdd', '(drop (i32.atomic.rmw.add offset=256 (i32.const 0) (local.get $n)))')}
  ${loop('atomicLoad', '(global.set $x (i32.atomic.load offset=256 (i32.const 0)))')})`;

/** Adds the rows. `bytes`: of a module's text. */
exports.proposals = function proposals(engine, bytes, row, loop) {
  const e = new engine.Instance(new engine.Module(bytes(textOf(loop)))).exports;
  row('try, nothing thrown', e.noThrow);
  row('throw and catch, one frame', e.throw1);
  row('throw and catch, ten frames', e.throw10);
  row('interpreter with br_table, an instruction', e.switch, STEPS);
  row('interpreter with tail calls, an instruction', e.tail, STEPS);
  row('i32.atomic.rmw.add', e.atomicAdd);
  row('i32.atomic.load', e.atomicLoad);
};
