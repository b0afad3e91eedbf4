;; test: carried-loads
(module (memory 1)
  ;; From the end: x[i] from x[i + 1], which the iteration before stored.
  (func (param i32)
    (loop $l
      (f64.store (i32.add (local.get 0) (i32.const 1000))
        (f64.sub (f64.load (i32.add (local.get 0) (i32.const 1000)))
          (f64.mul (f64.load (i32.add (local.get 0) (i32.const 5000)))
            (f64.load (i32.add (local.get 0) (i32.const 1008))))))
      (br_if $l (local.tee 0 (i32.add (local.get 0) (i32.const -8))))))
  ;; The offset makes up for the step, which only goes up.
  (func (param i32 i32)
    (loop $l
      (i32.store offset=4 (local.get 0) (i32.mul (i32.load (local.get 0)) (i32.const 3)))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (br_if $l (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
  ;; Down, the sum of the next iteration may wrap: a trap that the store does not have.
  (func (param i32 i32)
    (loop $l
      (i32.store (local.get 0) (i32.mul (i32.load offset=4 (local.get 0)) (i32.const 3)))
      (local.set 0 (i32.sub (local.get 0) (i32.const 4)))
      (br_if $l (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
  ;; A place that does not move, and a store that may be anywhere: before it, and after it.
  (func (param i32 i32)
    (loop $l
      (i32.store (local.get 1) (i32.add (i32.load (local.get 1)) (i32.load8_u (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (param i32 i32)
    (loop $l
      (i32.store (local.get 1) (i32.add (i32.load (local.get 1)) (i32.const 5)))
      (i32.store8 (local.get 0) (i32.const 0))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
)

;;; function 0
;;; func 0 type 0
;;; block 0 @39:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 1000
;;;   v2 = i32.const 5000
;;;   v3 = i32.const 1008
;;;   v4 = i32.const -8
;;;   v5 = i32.add v0, v3
;;;   v6 = f64.load v5 offset=0
;;;   br -> 1(v0, v6)
;;; block 1 loop (v8: i32, v9: f64) @41:
;;;   v10 = i32.add v8, v1
;;;   v11 = f64.load v10 offset=0
;;;   v12 = i32.add v8, v2
;;;   v13 = f64.load v12 offset=0
;;;   v14 = f64.mul v13, v9
;;;   v15 = f64.sub v11, v14
;;;   f64.store v10, v15 offset=0
;;;   v17 = i32.add v8, v4
;;;   br_if v17 -> 1(v17, v15), 2()
;;; block 2 @88:
;;;   return ()
;;; function 1
;;; func 1 type 1
;;; block 0 @92:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 3
;;;   v3 = i32.const 4
;;;   v4 = i32.const -1
;;;   v5 = i32.load v0 offset=0
;;;   br -> 1(v0, v1, v5)
;;; block 1 loop (v7: i32, v8: i32, v9: i32) @94:
;;;   v10 = i32.mul v9, v2
;;;   i32.store v7, v10 offset=4
;;;   v12 = i32.add v7, v3
;;;   v13 = i32.add v8, v4
;;;   br_if v13 -> 1(v12, v13, v10), 2()
;;; block 2 @123:
;;;   return ()
;;; function 2
;;; unchanged
;;; function 3
;;; func 3 type 1
;;; block 0 @162:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const -1
;;;   v3 = i32.load v1 offset=0
;;;   br -> 1(v0, v3)
;;; block 1 loop (v5: i32, v6: i32) @164:
;;;   v7 = i32.load8_u v5 offset=0
;;;   v8 = i32.add v6, v7
;;;   i32.store v1, v8 offset=0
;;;   v10 = i32.add v5, v2
;;;   br_if v10 -> 1(v10, v8), 2()
;;; block 2 @189:
;;;   return ()
;;; function 4
;;; unchanged
