;; br_table with repeated targets, empty arms, constant conditions, dead code.
(module
  (func (param i32) (result i32)
    (block $a (block $b (block $c
      (br_table $a $b $a $c $b $c (local.get 0)))
      (return (i32.const 10)))
      (return (i32.const 20)))
    (i32.const 30))
  ;; one target only: no table
  (func (param i32) (block (br_table 0 0 0 (local.get 0))))
  ;; the fall-through block of the br_if has nothing in it
  (func (param i32) (result i32)
    (block $a
      (block $b
        (br_if $b (local.get 0))
        (br $a))
      (return (i32.const 1)))
    (i32.const 2))
  ;; both ways lead to the same block: the empty one stays
  (func (param i32) (result i32) (local i32)
    (block $a
      (br_if $a (local.get 0))
      (local.set 1 (i32.const 7))
      (br $a))
    (local.get 1))
  (func (param i32) (if (local.get 0) (then) (else)))
  ;; known conditions
  (func (result i32) (block (br_if 0 (i32.const 1)) (return (i32.const 1))) (i32.const 2))
  (func (result i32) (block (br_if 0 (i32.const 0)) (return (i32.const 1))) (i32.const 2))
  ;; double negation and comparison with zero say nothing
  (func (param i32) (if (i32.eqz (i32.eqz (local.get 0))) (then (unreachable))))
  (func (param i32) (if (i32.ne (local.get 0) (i32.const 0)) (then (unreachable))))
  ;; unreachable code of every kind
  (func (param i32) (result i32)
    (return (i32.const 1))
    (block (loop (if (local.get 0) (then (br 0)) (else (br_table 0 1 (i32.const 1))))))
    (i32.add (unreachable))))
