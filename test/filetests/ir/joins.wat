;; Locals at joins: a parameter only where incoming values differ.
(module
  (func (param i32 i32) (result i32) (local i32 i32)
    (if (local.get 0)
      (then (local.set 2 (i32.const 1)) (local.set 3 (local.get 1)))
      (else (local.set 2 (i32.const 2)) (local.set 3 (local.get 1))))
    (i32.add (local.get 2) (local.get 3)))
  ;; if without else, with parameters and results
  (func (param i32 i32) (result i32)
    (local.get 1)
    (if (param i32) (result i32) (local.get 0) (then (i32.const 3) (i32.mul))))
  ;; several results, carried by branches
  (func (param i32) (result i32 i64)
    (block (result i32 i64)
      (i32.const 1) (i64.const 2)
      (br_if 0 (local.get 0))
      (drop) (i64.const -3))))
