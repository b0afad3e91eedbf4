;; 2^16 arrays of 16 to 1,039 bytes, replaced at random; their sizes are near each other for some time, then others.
(module
  (type $bytes (array (mut i8)))
  (type $table (array (mut (ref null $bytes))))
  (global $table (mut (ref null $table)) (ref.null $table))
  (func $build (local $k i32)
    (global.set $table (array.new_default $table (i32.const 0x10000)))
    (loop $again
      (array.set $table (global.get $table) (local.get $k)
        (array.new $bytes (local.get $k) (i32.add (i32.const 16) (i32.and (local.get $k) (i32.const 1023)))))
      (br_if $again (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const 0x10000)))))
  (func (export "run") (param $n i32) (result i32) (local $s i32) (local $x i32) (local $at i32) (local $size i32) (local $a (ref null $bytes))
    (if (ref.is_null (global.get $table)) (then (call $build)))
    (local.set $x (i32.const 12345))
    (loop $again
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $at (i32.shr_u (local.get $x) (i32.const 16)))
      ;; eight phases of 2^17 steps
      (local.set $size (i32.add (i32.const 16) (i32.add
        (i32.shl (i32.and (i32.shr_u (local.get $n) (i32.const 17)) (i32.const 7)) (i32.const 7))
        (i32.and (i32.shr_u (local.get $x) (i32.const 9)) (i32.const 127)))))
      (local.set $a (array.get $table (global.get $table) (local.get $at)))
      (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31)) (array.get_u $bytes (local.get $a) (i32.const 7))))
      (array.set $table (global.get $table) (local.get $at) (array.new $bytes (local.get $at) (local.get $size)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
