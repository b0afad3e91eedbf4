;; Loop headers: parameters for what the loop assigns, minus those that turn out redundant.
(module
  (memory 1)
  (func $sum (param $p i32) (param $n i32) (result i32) (local $s i32) (local $same i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (i32.load (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (local.set $same (local.get $same))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $s) (local.get $same)))
  ;; loop with a parameter on the stack
  (func (param i32) (result i32)
    (local.get 0)
    (loop $l (param i32) (result i32)
      (i32.const 3) (i32.mul) (local.tee 0)
      (br_if $l (i32.lt_u (local.get 0) (i32.const 1000)))))
  ;; never branched to: no loop
  (func (param i32) (result i32) (loop (result i32) (local.set 0 (i32.const 5)) (local.get 0)))
  ;; endless
  (func (loop $l (br $l)))
  ;; nested, the inner one changes nothing of the outer one's
  (func (param i32 i32) (result i32)
    (loop $a
      (loop $b (br_if $b (i32.load8_u (local.get 1))))
      (br_if $a (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
    (local.get 0)))
