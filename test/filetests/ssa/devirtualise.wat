;; test: ssa
;; profile: hot
;; An indirect call whose target a profile knows is compared with that target first.
(module (table funcref (elem $a $b)) (type $t (func (param i32) (result i32)))
  (func $a (type $t) (local.get 0))
  (func $b (type $t) (i32.const 3))
  (func (param i32 i32) (result i32) (call_indirect (type $t) (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (return_call_indirect (type $t) (local.get 0) (local.get 1))))

;;; function 0
;;; func 0 type 0
;;; block 0 @51:
;;;   v0 = arg index=0 : i32
;;;   return (v0)
;;; function 1
;;; func 1 type 0
;;; block 0 @56:
;;;   v0 = i32.const 3
;;;   return (v0)
;;; function 2
;;; func 2 type 1
;;; block 0 @61:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 0
;;;   v3 = i32.eq v1, v2
;;;   br_if v3 -> 1(), 2()
;;; block 1 @68:
;;;   br -> 3(v0)
;;; block 2 @68:
;;;   v6 = call_indirect v1 type=0 table=0 (v0) : i32
;;;   br -> 3(v6)
;;; block 3 (v8: i32) @68:
;;;   return (v8)
;;; function 3
;;; func 3 type 1
;;; block 0 @71:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 0
;;;   v3 = i32.eq v1, v2
;;;   br_if v3 -> 1(), 2()
;;; block 1 @78:
;;;   return (v0)
;;; block 2 @78:
;;;   return_call_indirect v1 type=0 table=0 (v0)
