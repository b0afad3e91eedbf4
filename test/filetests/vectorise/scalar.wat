;; test: vectorise
(module (memory 2) (global (mut i32) (i32.const 0)) (func $f)
  ;; Each element needs the one before: a distance of four bytes.
  (func (local i32)
    (loop $l
      (i32.store (i32.add (local.get 0) (i32.const 4100)) (i32.add (i32.load (i32.add (local.get 0) (i32.const 4096))) (i32.const 1)))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 4096)))))
  ;; A sum of floats depends on the order.
  (func (result f32) (local i32 f32)
    (loop $l
      (local.set 1 (f32.add (local.get 1) (f32.load (i32.add (local.get 0) (i32.const 4096)))))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 4096))))
    (local.get 1))
  ;; A division traps, a global is state, a call anything.
  (func (param i32) (local i32)
    (loop $l
      (i32.store (i32.add (local.get 1) (i32.const 4096)) (i32.div_u (i32.load (i32.add (local.get 1) (i32.const 16384))) (local.get 0)))
      (br_if $l (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 4))) (i32.const 4096)))))
  (func (param i32) (local i32)
    (loop $l
      (i32.store (i32.add (local.get 1) (i32.const 4096)) (global.get 0))
      (call $f)
      (br_if $l (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 4))) (i32.const 4096)))))
  ;; Every second element.
  (func (local i32)
    (loop $l
      (i32.store (i32.add (local.get 0) (i32.const 4096)) (i32.const 7))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 8))) (i32.const 4096)))))
  ;; Too short.
  (func (local i32)
    (loop $l
      (i32.store (i32.add (local.get 0) (i32.const 4096)) (i32.load (i32.add (local.get 0) (i32.const 16384))))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 16)))))
  ;; Beyond the end of the memory, whatever its size may be: 4 GiB.
  (func (local i32)
    (loop $l
      (i32.store (i32.add (local.get 0) (i32.const 0xfffffff0)) (i32.const 1))
      (br_if $l (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 4096)))))
)

;;; function 0
;;; unchanged
;;; function 1
;;; unchanged
;;; function 2
;;; unchanged
;;; function 3
;;; unchanged
;;; function 4
;;; unchanged
;;; function 5
;;; unchanged
;;; function 6
;;; unchanged
;;; function 7
;;; func 7 type 0
;;; block 0 @286:
;;;   v16 = i32.const -16
;;;   v21 = i64.const 4294971376
;;;   v25 = i64.const 16
;;;   v29 = v128.const 0x00000001000000010000000100000001
;;;   v33 = i32.const 16
;;;   v35 = i32.const 4080
;;;   v0 = i32.const 0
;;;   v1 = i32.const -16
;;;   v2 = i32.const 1
;;;   v3 = i32.const 4
;;;   v4 = i32.const 4096
;;;   br -> 1()
;;; block 1 @288:
;;;   v23 = memory.size memory=0
;;;   v24 = i64.extend_i32_u v23
;;;   v26 = i64.shl v24, v25
;;;   v27 = i64.le_u v21, v26
;;;   br_if v27 likely -> 2(), 5(v0)
;;; block 2 @288:
;;;   br -> 3(v0)
;;; block 3 loop (v30: i32) @288:
;;;   v31 = i32.add v30, v16
;;;   v128.store v31, v29 offset=0
;;;   v34 = i32.add v30, v33
;;;   v36 = i32.ne v34, v35
;;;   br_if v36 likely -> 3(v34), 4()
;;; block 4 @288:
;;;   br -> 5(v34)
;;; block 5 loop (v6: i32) @288:
;;;   v7 = i32.add v6, v1
;;;   i32.store v7, v2 offset=0
;;;   v9 = i32.add v6, v3
;;;   v10 = i32.ne v9, v4
;;;   br_if v10 -> 5(v9), 6()
;;; block 6 @311:
;;;   return ()
