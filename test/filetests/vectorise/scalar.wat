;; test: vectorise
(module (memory 2) (global (mut i32) (i32.const 0)) (func $f)
  ;; Each element needs the one before: a distance of four bytes.
  (func (local i32)
    (loop $l
      (i32.store (i32.add (local.get 0) (i32.const 4100)) (i32.mul (i32.load (i32.add (local.get 0) (i32.const 4096))) (i32.const 3)))
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
  ;; A sum of two variables of the loop, even if they move against each other.
  (func (param i32 i32 i32)
    (loop $l
      (i32.store (local.get 0) (i32.load (i32.add (local.get 0) (local.get 1))))
      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
      (local.set 1 (i32.sub (local.get 1) (i32.const 4)))
      (br_if $l (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
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
;;; unchanged
;;; function 8
;;; unchanged
