/** The modules that `references.cjs` plays with, as text. */
'use strict';

/** Cases of a table by its number: `$own` exported, `$private` not, `$t` imported. */
const byTable = (f) =>
  ['$own', '$private', '$t'].map((t, k) => `(if (i32.eq (local.get $k) (i32.const ${k})) (then ${f(t)}))`).join('\n');

const IMPORTS = `
  (type $ii (func (param i32) (result i32)))
  (type $ll (func (param i64 i64 i64 i64 i64 i64 i64) (result i64 i64)))
  (import "m" "swap" (func $swap (param funcref externref) (result funcref externref)))
  (import "m" "pause" (func $pause))
  (import "m" "ii" (func $hostii (type $ii)))
  (import "m" "peer" (func $peer (type $ii)))
  (import "m" "t" (table $t 8 64 funcref))
  (import "m" "e" (table $e 8 64 externref))
  (import "m" "g" (global $g (mut funcref)))
  (import "m" "eg" (global $eg (mut externref)))
  (global $base (mut i32) (i32.const 0))
  (global $dead (mut i32) (i32.const 0))
  (memory 1)`;

/** Functions that say whose they are; every function of V8's side asks whether it is dead. */
const dead = '(if (global.get $dead) (then unreachable))';
const FUNCTIONS = `
  (func $ii (export "ii") (type $ii) ${dead} (i32.add (local.get 0) (i32.load (i32.const 16))))
  (func $sum (export "sum") (type $ii) ${dead} (i32.add (global.get $base) (call $peer (local.get 0))))
  (func $ll (export "ll") (type $ll) ${dead}
    (i64.add (local.get 0) (local.get 6)) (i64.extend_i32_u (i32.load (i32.const 16))))
  (export "hostii" (func $hostii)) (export "peer" (func $peer))
  (func (export "init") (param i32) (global.set $base (local.get 0)) (i32.store (i32.const 16) (local.get 0)))
  (func (export "kill") (global.set $dead (i32.const 1)))`;

const USUAL = `(module ${IMPORTS}
  (table $own (export "own") 8 64 funcref) (table $private 8 64 funcref) (table $ownExterns (export "oe") 8 64 externref)
  (global $og (export "og") (mut funcref) (ref.func $ii)) (global $pg (mut funcref) (ref.null func))
  (global $oeg (mut externref) (ref.null extern))
  (elem $segment funcref (ref.func $ii) (ref.func $sum) (ref.func $ll) (ref.func $hostii) (ref.func $peer) (ref.null func))
  (elem (table $own) (i32.const 1) func $ii $ll $hostii $sum)
  ${FUNCTIONS}
  (func (export "set") (param $k i32) (param $i i32) (param $f funcref) ${dead}
    ${byTable((t) => `(table.set ${t} (local.get $i) (local.get $f))`)})
  (func (export "get") (param $k i32) (param $i i32) (result funcref) ${dead}
    ${byTable((t) => `(return (table.get ${t} (local.get $i)))`)} (ref.null func))
  (func (export "copy") (param $k i32) (param $d i32) (param $s i32) (param $n i32) ${dead}
    (if (i32.eqz (local.get $k)) (then (table.copy $private $own (local.get $d) (local.get $s) (local.get $n))))
    (if (i32.eq (local.get $k) (i32.const 1)) (then (table.copy $t $private (local.get $d) (local.get $s) (local.get $n))))
    (if (i32.eq (local.get $k) (i32.const 2)) (then (table.copy $own $t (local.get $d) (local.get $s) (local.get $n)))))
  (func (export "fill") (param $k i32) (param $i i32) (param $f funcref) (param $n i32) ${dead}
    ${byTable((t) => `(table.fill ${t} (local.get $i) (local.get $f) (local.get $n))`)})
  (func (export "grow") (param $k i32) (param $f funcref) (param $n i32) (result i32) ${dead}
    ${byTable((t) => `(return (table.grow ${t} (local.get $f) (local.get $n)))`)} (i32.const -2))
  (func (export "segment") (param $k i32) (param $i i32) (param $n i32) ${dead}
    ${byTable((t) => `(table.init ${t} $segment (local.get $i) (local.get $i) (local.get $n))`)})
  (func (export "indirect") (param $k i32) (param $i i32) (param $x i32) (result i32) ${dead}
    ${byTable((t) => `(return (call_indirect ${t} (type $ii) (local.get $x) (local.get $i)))`)} (i32.const -2))
  (func (export "long") (param $k i32) (param $i i32) (param $x i64) (result i64 i64) ${dead}
    ${byTable(
      (t) => `(return (call_indirect ${t} (type $ll) ${'(local.get $x) '.repeat(7)}(local.get $i)))`,
    )} (i64.const 0) (i64.const 0))
  (func (export "globals") (param $k i32) (result funcref) ${dead}
    (if (i32.eqz (local.get $k)) (then (global.set $og (global.get $g))))
    (if (i32.eq (local.get $k) (i32.const 1)) (then (global.set $g (global.get $pg))))
    (if (i32.eq (local.get $k) (i32.const 2)) (then (global.set $pg (table.get $own (i32.const 1)))))
    (if (i32.eq (local.get $k) (i32.const 3)) (then (table.set $t (i32.const 2) (global.get $og))))
    (global.get $g))
  (func (export "externs") (param $k i32) (param $i i32) (param $v externref) (result externref) ${dead}
    (if (i32.eqz (local.get $k)) (then (table.set $ownExterns (local.get $i) (local.get $v))))
    (if (i32.eq (local.get $k) (i32.const 1)) (then (table.copy $e $ownExterns (i32.const 1) (local.get $i) (i32.const 2))))
    (if (i32.eq (local.get $k) (i32.const 2)) (then (table.copy $ownExterns $e (local.get $i) (i32.const 2) (i32.const 2))))
    (if (i32.eq (local.get $k) (i32.const 3)) (then (global.set $oeg (global.get $eg))))
    (if (i32.eq (local.get $k) (i32.const 4)) (then (global.set $eg (table.get $ownExterns (local.get $i)))))
    (if (i32.eq (local.get $k) (i32.const 5)) (then (table.fill $e (local.get $i) (global.get $oeg) (i32.const 1))))
    (global.get $oeg))
  ;; Holds references over a call of the host, and uses them after it.
  (func (export "via") (param $k i32) (param $i i32) (result i32) (local $f funcref) (local $v externref) ${dead}
    ${byTable((t) => `(local.set $f (table.get ${t} (local.get $i)))`)}
    (local.set $v (table.get $ownExterns (local.get $i)))
    (call $pause)
    (call $swap (local.get $f) (local.get $v))
    (global.set $oeg) (global.set $pg)
    (table.set $private (i32.const 0) (local.get $f))
    (table.set $e (i32.const 3) (local.get $v))
    (call_indirect $private (type $ii) (local.get $k) (i32.const 0)))
  (func (export "give") (param $i i32) (param $f funcref) (param $v externref) (result externref) ${dead}
    (call $swap (local.get $f) (local.get $v))
    (global.set $oeg) (global.set $g)
    (table.set $ownExterns (i32.const 2) (global.get $oeg))
    (table.set $own (i32.const 0) (local.get $f))
    (local.get $v)))`;

/** Puts its functions into tables of others, then traps: out of bounds. */
const FAILING = `(module ${IMPORTS} ${FUNCTIONS}
  (elem (table $t) (i32.const 3) func $ii $ll $hostii)
  (data (i32.const 16) "\\10\\27\\00\\00")
  (data (i32.const 65536) "x"))`;

module.exports = { USUAL, FAILING };
