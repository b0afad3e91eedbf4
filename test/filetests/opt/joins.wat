;; test: opt, layout
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

;;; function 0
;;; opt
;;; func 0 type 0
;;; block 0 @46:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 1
;;;   v3 = i32.const 2
;;;   br_if v0 -> 1(), 2(v3)
;;; block 1 @50:
;;;   br -> 2(v2)
;;; block 2 (v6: i32) @68:
;;;   v7 = i32.add v6, v1
;;;   return (v7)
;;; layout
;;; 0 1 2
;;; function 1
;;; opt
;;; func 1 type 0
;;; block 0 @76:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 3
;;;   br_if v0 -> 1(), 2(v1)
;;; block 1 @82:
;;;   v4 = i32.mul v1, v2
;;;   br -> 2(v4)
;;; block 2 (v6: i32) @86:
;;;   return (v6)
;;; layout
;;; 0 1 2
;;; function 2
;;; opt
;;; func 2 type 2
;;; block 0 @89:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 1
;;;   v2 = i64.const 2
;;;   v3 = i64.const -3
;;;   br_if v0 -> 2(v2), 1()
;;; block 1 @99:
;;;   br -> 2(v3)
;;; block 2 (v6: i64) @103:
;;;   return (v1, v6)
;;; layout
;;; 0 2 1
