;; 2^19 chains of three objects in an array: a step makes four objects that die at once, and replaces a chain at random.
(module
  (type $link (struct (field i32) (field (mut (ref null $link)))))
  (type $chains (array (mut (ref null $link))))
  (global $chains (mut (ref null $chains)) (ref.null $chains))
  (func $chain (param $n i32) (result (ref $link))
    (struct.new $link (local.get $n)
      (struct.new $link (i32.add (local.get $n) (i32.const 1))
        (struct.new $link (i32.add (local.get $n) (i32.const 2)) (ref.null $link)))))
  (func $build (local $k i32)
    (global.set $chains (array.new_default $chains (i32.const 0x80000)))
    (loop $again
      (array.set $chains (global.get $chains) (local.get $k) (call $chain (local.get $k)))
      (br_if $again (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 0x80000)))))
  ;; Sum of a list of four that is made for it.
  (func $passing (param $n i32) (result i32) (local $l (ref null $link)) (local $k i32) (local $s i32)
    (local.set $k (i32.const 4))
    (loop $again
      (local.set $l (struct.new $link (local.get $n) (local.get $l)))
      (br_if $again (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
    (loop $next
      (local.set $s (i32.add (local.get $s) (struct.get $link 0 (local.get $l))))
      (local.set $l (struct.get $link 1 (local.get $l)))
      (br_if $next (i32.eqz (ref.is_null (local.get $l)))))
    (local.get $s))
  (func (export "run") (param $n i32) (result i32) (local $s i32) (local $x i32) (local $at i32) (local $c (ref null $link))
    (if (ref.is_null (global.get $chains)) (then (call $build)))
    (local.set $x (i32.const 12345))
    (loop $again
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $at (i32.shr_u (local.get $x) (i32.const 13)))
      (local.set $s (i32.add (local.get $s) (call $passing (local.get $at))))
      (local.set $c (array.get $chains (global.get $chains) (local.get $at)))
      (local.set $s (i32.xor (local.get $s) (struct.get $link 0 (struct.get $link 1 (local.get $c)))))
      (array.set $chains (global.get $chains) (local.get $at) (call $chain (local.get $at)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
