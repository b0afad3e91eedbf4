;; test: opt, layout
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

;;; function 0
;;; opt
;;; func 0 type 0
;;; block 0 @43:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 10
;;;   v2 = i32.const 20
;;;   v3 = i32.const 30
;;;   br_table v0 [0 1 0 2 1 2] -> 3(), 2(), 1()
;;; block 1 @60:
;;;   return (v1)
;;; block 2 @64:
;;;   return (v2)
;;; block 3 @68:
;;;   return (v3)
;;; layout
;;; 0 1 2 3
;;; function 1
;;; opt
;;; func 1 type 1
;;; block 0 @73:
;;;   br -> 1()
;;; block 1 @83:
;;;   return ()
;;; layout
;;; 0 1
;;; function 2
;;; opt
;;; func 2 type 0
;;; block 0 @86:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 1
;;;   v2 = i32.const 2
;;;   br_if v0 -> 1(), 2()
;;; block 1 @97:
;;;   return (v1)
;;; block 2 @101:
;;;   return (v2)
;;; layout
;;; 0 1 2
;;; function 3
;;; opt
;;; func 3 type 0
;;; block 0 @108:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 0
;;;   v2 = i32.const 7
;;;   br_if v0 -> 2(v1), 1()
;;; block 1 @114:
;;;   br -> 2(v2)
;;; block 2 (v5: i32) @121:
;;;   return (v5)
;;; layout
;;; 0 2 1
;;; function 4
;;; opt
;;; func 4 type 1
;;; block 0 @126:
;;;   v0 = arg index=0 : i32
;;;   br_if v0 -> 1(), 2()
;;; block 1 @130:
;;;   br -> 2()
;;; block 2 @131:
;;;   return ()
;;; layout
;;; 0 1 2
;;; function 5
;;; opt
;;; func 5 type 2
;;; block 0 @134:
;;;   v0 = i32.const 2
;;;   br -> 1()
;;; block 1 @144:
;;;   return (v0)
;;; layout
;;; 0 1
;;; function 6
;;; opt
;;; func 6 type 2
;;; block 0 @149:
;;;   v0 = i32.const 1
;;;   return (v0)
;;; layout
;;; 0
;;; function 7
;;; opt
;;; func 7 type 1
;;; block 0 @164:
;;;   v0 = arg index=0 : i32
;;;   br_if v0 -> 1(), 2()
;;; block 1 @170:
;;;   trap code=1
;;; block 2 @172:
;;;   return ()
;;; layout
;;; 0 2 1
;;; function 8
;;; opt
;;; func 8 type 1
;;; block 0 @175:
;;;   v0 = arg index=0 : i32
;;;   br_if v0 -> 1(), 2()
;;; block 1 @182:
;;;   trap code=1
;;; block 2 @184:
;;;   return ()
;;; layout
;;; 0 2 1
;;; function 9
;;; opt
;;; func 9 type 0
;;; block 0 @187:
;;;   v0 = i32.const 1
;;;   return (v0)
;;; layout
;;; 0
