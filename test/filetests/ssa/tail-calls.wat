;; test: ssa
(module
  (tag $e (param i32))
  (type $two (func (param i32 i64) (result i32)))
  (table 2 funcref)
  (func $sum (param i32 i64) (result i32) (local i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.wrap_i64 (local.get 1)))))
    (local.set 2 (i32.const 7))
    (return_call $sum (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2))))
  (func $leaves (param i32) (result i32)
    try (result i32)
      (drop (call $sum (local.get 0) (i64.const 1)))
      (return_call $sum (local.get 0) (i64.const 0))
    catch $e end)
  (func (param i32) (result i32)
    (return_call_indirect (type $two) (i32.const 5) (i64.const 6) (local.get 0))))

;;; function 0
;;; func 0 type 0
;;; block 0 @50:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i64
;;;   v2 = i32.const -1
;;;   v3 = i64.const 2
;;;   br -> 1(v0, v1)
;;; block 1 loop (v5: i32, v6: i64) @49:
;;;   v7 = i32.eqz v5
;;;   br_if v7 -> 2(), 3()
;;; block 2 @55:
;;;   v9 = i32.wrap_i64 v6
;;;   return (v9)
;;; block 3 @60:
;;;   v11 = i32.add v5, v2
;;;   v12 = i64.add v6, v3
;;;   br -> 1(v11, v12)
;;; function 1
;;; func 1 type 2
;;; block 0 @79:
;;;   v0 = arg index=0 : i32
;;;   v1 = i64.const 1
;;;   v2 = i64.const 0
;;;   v3 = call func=0 (v0, v1) : i32
;;;   invoke -> 2(), 1()
;;; block 1 @87:
;;;   v5 = landing
;;;   br -> 3()
;;; block 2 @87:
;;;   return_call func=0 (v0, v2)
;;; block 3 @94:
;;;   v8 = exn_field v5 field=0 : exnref
;;;   v9 = exn_field v5 field=8 : i64
;;;   v10 = tag index=0
;;;   v11 = i64.eq v9, v10
;;;   br_if v11 -> 4(), 5()
;;; block 4 @96:
;;;   v13 = exn_field v5 field=16 : i32
;;;   br -> 6()
;;; block 5 @97:
;;;   throw_ref v8
;;; block 6 @97:
;;;   return (v13)
;;; function 2
;;; func 2 type 2
;;; block 0 @100:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 5
;;;   v2 = i64.const 6
;;;   return_call_indirect v0 type=0 table=0 (v1, v2)
