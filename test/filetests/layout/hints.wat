;; test: ssa, cfg, layout
;; What the producer says of a branch decides, against what the code looks like.
(module (import "" "f" (func $f))
  (func (param i32)
    (@metadata.code.branch_hint "\01") (if (local.get 0) (then (call $f) (call $f)) (else (nop))))
  (func (param i32)
    (@metadata.code.branch_hint "\00") (if (local.get 0) (then (call $f) (call $f)) (else (nop))))
  (func (param i32) (result i32)
    (block $b (@metadata.code.branch_hint "\01") (br_if $b (i32.lt_s (local.get 0) (i32.const 0)))
      (return (i32.const 1)))
    (i32.const 2))
  (func (param i32) (result i32)
    (block $b (@metadata.code.branch_hint "\00") (br_if $b (i32.ge_s (local.get 0) (i32.const 0)))
      (return (i32.const 1)))
    (i32.const 2)))

;;; function 1
;;; ssa
;;; func 1 type 1
;;; block 0 @92:
;;;   v0 = arg index=0 : i32
;;;   br_if v0 likely -> 1(), 2()
;;; block 1 @96:
;;;   call func=0 ()
;;;   call func=0 ()
;;;   br -> 2()
;;; block 2 @103:
;;;   return ()
;;; cfg
;;; block 0 freq 1 -> 1: 0.99, 2: 0.01
;;; block 1 freq 0.9901 -> 2: 1
;;; block 2 freq 1
;;; layout
;;; 0 1 2
;;; function 2
;;; ssa
;;; func 2 type 1
;;; block 0 @106:
;;;   v0 = arg index=0 : i32
;;;   br_if v0 unlikely -> 1(), 2()
;;; block 1 @110:
;;;   call func=0 ()
;;;   call func=0 ()
;;;   br -> 2()
;;; block 2 @117:
;;;   return ()
;;; cfg
;;; block 0 freq 1 -> 1: 0.01, 2: 0.99
;;; block 1 freq 0.009901 -> 2: 1
;;; block 2 freq 1
;;; layout
;;; 0 2 1
;;; function 3
;;; ssa
;;; func 3 type 2
;;; block 0 @120:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 0
;;;   v2 = i32.const 1
;;;   v3 = i32.const 2
;;;   v4 = i32.lt_s v0, v1
;;;   br_if v4 likely -> 2(), 1()
;;; block 1 @129:
;;;   return (v2)
;;; block 2 @133:
;;;   return (v3)
;;; cfg
;;; block 0 freq 1 -> 2: 0.99, 1: 0.01
;;; block 1 freq 0.009901
;;; block 2 freq 0.9901
;;; layout
;;; 0 2 1
;;; function 4
;;; ssa
;;; func 4 type 2
;;; block 0 @138:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 0
;;;   v2 = i32.const 1
;;;   v3 = i32.const 2
;;;   v4 = i32.ge_s v0, v1
;;;   br_if v4 unlikely -> 2(), 1()
;;; block 1 @147:
;;;   return (v2)
;;; block 2 @151:
;;;   return (v3)
;;; cfg
;;; block 0 freq 1 -> 2: 0.01, 1: 0.99
;;; block 1 freq 0.9901
;;; block 2 freq 0.009901
;;; layout
;;; 0 1 2
