;; A list of 2^21 nodes that lives and never changes, beside two small objects a step that die at once.
(module
  (type $node (struct (field i32) (field (ref null $node))))
  (type $point (struct (field $x (mut i32)) (field $y i32)))
  (global $list (mut (ref null $node)) (ref.null $node))
  (func $build (local $n i32)
    (loop $again
      (global.set $list (struct.new $node (local.get $n) (global.get $list)))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 0x200000)))))
  (func $sum (param $a (ref $point)) (param $b (ref $point)) (result i32)
    (i32.add (struct.get $point $x (local.get $a)) (struct.get $point $y (local.get $b))))
  (func (export "run") (param $n i32) (result i32) (local $s i32) (local $p (ref null $point))
    (if (ref.is_null (global.get $list)) (then (call $build)))
    (loop $again
      (local.set $p (struct.new $point (local.get $n) (local.get $s)))
      (local.set $s (call $sum
        (struct.new $point (local.get $s) (struct.get $point $y (local.get $p)))
        (ref.as_non_null (local.get $p))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))
