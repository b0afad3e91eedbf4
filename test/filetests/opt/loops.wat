;; test: opt, layout
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

;;; function 0
;;; opt
;;; func 0 type 0
;;; block 0 @45:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 0
;;;   v3 = i32.const 4
;;;   v4 = i32.const -1
;;;   br -> 1(v2, v0, v1)
;;; block 1 loop (v6: i32, v7: i32, v8: i32) @47:
;;;   v9 = i32.load v7 offset=0
;;;   v10 = i32.add v6, v9
;;;   v11 = i32.add v7, v3
;;;   v12 = i32.add v8, v4
;;;   br_if v12 -> 1(v10, v11, v12), 2()
;;; block 2 @77:
;;;   v14 = i32.add v10, v2
;;;   return (v14)
;;; layout
;;; 0 1 2
;;; function 1
;;; opt
;;; func 1 type 1
;;; block 0 @86:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 3
;;;   v2 = i32.const 1000
;;;   br -> 1(v0)
;;; block 1 loop (v4: i32) @90:
;;;   v5 = i32.mul v4, v1
;;;   v6 = i32.lt_u v5, v2
;;;   br_if v6 -> 1(v5), 2()
;;; block 2 @103:
;;;   return (v5)
;;; layout
;;; 0 1 2
;;; function 2
;;; opt
;;; func 2 type 1
;;; block 0 @107:
;;;   v0 = i32.const 5
;;;   br -> 1()
;;; block 1 @109:
;;;   return (v0)
;;; layout
;;; 0 1
;;; function 3
;;; opt
;;; func 3 type 2
;;; block 0 @119:
;;;   br -> 1()
;;; block 1 loop @121:
;;;   br -> 1()
;;; layout
;;; 0 1
;;; function 4
;;; opt
;;; func 4 type 0
;;; block 0 @127:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 1
;;;   br -> 1(v0)
;;; block 1 loop (v4: i32) @129:
;;;   br -> 2()
;;; block 2 loop @131:
;;;   v6 = i32.load8_u v1 offset=0
;;;   br_if v6 -> 2(), 3()
;;; block 3 @138:
;;;   v8 = i32.shr_u v4, v2
;;;   br_if v8 -> 1(v8), 4()
;;; block 4 @148:
;;;   return (v8)
;;; layout
;;; 0 1 2 3 4
