;; test: ssa
;; profile: hot
;; Calls that a profile shows to be hot become the body; a function is not inlined into itself.
(module
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func (param i32) (result i32) (call $square (i32.add (local.get 0) (i32.const 1))))
  (func $recursive (param i32) (result i32)
    (if (result i32) (local.get 0) (then (call $recursive (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0))))
  (func $early (param i32) (result i32) (if (local.get 0) (then (return (i32.const 5)))) (i32.const 6))
  (func (param i32) (result i32) (i32.add (call $early (local.get 0)) (i32.const 1))))

;;; function 0
;;; func 0 type 0
;;; block 0 @29:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.mul v0, v0
;;;   return (v1)
;;; function 1
;;; func 1 type 0
;;; block 0 @37:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 1
;;;   v2 = i32.add v0, v1
;;;   v3 = i32.mul v2, v2
;;;   return (v3)
;;; function 2
;;; func 2 type 0
;;; block 0 @47:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const -1
;;;   v2 = i32.const 0
;;;   br_if v0 -> 1(), 2(v2)
;;; block 1 @51:
;;;   v4 = i32.add v0, v1
;;;   v5 = call func=2 (v4) : i32
;;;   br -> 2(v5)
;;; block 2 (v7: i32) @62:
;;;   return (v7)
;;; function 3
;;; func 3 type 0
;;; block 0 @65:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 5
;;;   v2 = i32.const 6
;;;   br_if v0 -> 1(), 2()
;;; block 1 @69:
;;;   return (v1)
;;; block 2 @73:
;;;   return (v2)
;;; function 4
;;; func 4 type 0
;;; block 0 @78:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 5
;;;   v2 = i32.const 6
;;;   v3 = i32.const 1
;;;   br_if v0 -> 2(v1), 1()
;;; block 1 @73:
;;;   br -> 2(v2)
;;; block 2 (v6: i32) @76:
;;;   v7 = i32.add v6, v3
;;;   return (v7)
