;; test: asm
;; target: aarch64
;; Integers that are no immediates are made before a small loop.
(module (memory 1)
  (func (param $n i32) (result i32) (local $x i32)
    (loop $l
      (local.set $x (i32.mul (i32.add (local.get $x) (i32.const 0x12345)) (i32.const 0x9e3779b1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))
  ;; not where something is called
  (func $f (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (param $n i32) (result i32) (local $x i32)
    (loop $l
      (local.set $x (call $f (i32.mul (local.get $x) (i32.const 0x9e3779b1))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))

;;; function 0
;;;    0 mov w1, #0x2345
;;;    4 movk w1, #1, lsl #16
;;;    8 mov w2, #0x79b1
;;;    c movk w2, #0x9e37, lsl #16
;;;   10 mov w3, #0
;;;   14 add w3, w3, w1
;;;   18 mul w3, w3, w2
;;;   1c sub w0, w0, #1
;;;   20 cbnz w0, #0x14
;;;   24 mov x0, x3
;;;   28 ret
;;; function 1
;;;    0 add w0, w0, w0, lsl #1
;;;    4 ret
;;; function 2
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x38
;;;    c stp x19, x30, [sp, #-0x10]!
;;;   10 mov x19, x0
;;;   14 mov w0, #0
;;;   18 mov w1, #0x79b1
;;;   1c movk w1, #0x9e37, lsl #16
;;;   20 mul w0, w0, w1
;;;   24 bl #0x24
;;;   28 sub w19, w19, #1
;;;   2c cbnz w19, #0x18
;;;   30 ldp x19, x30, [sp], #0x10
;;;   34 ret
;;;   38 mov x17, x30
;;;   3c ldr x16, [x28, #8]
;;;   40 blr x16
