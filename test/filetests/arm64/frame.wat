;; test: asm
;; target: aarch64
;; The frame begins where it is needed; without one the return address is in x30, and a trap hands it over in x17.
(module (memory 1) (func $slow (param i32) (result i32) (local.get 0))
  (func (param $p i32) (result i32)
    (if (result i32) (i32.load (local.get $p)) (then (i32.load offset=4 (local.get $p))) (else (i32.add (call $slow (local.get $p)) (local.get $p)))))
  (func (param $p i32) (result i32)
    (if (i32.eqz (local.get $p)) (then (return (i32.const 7))))
    (loop $l (br_if $l (call $slow (local.get $p))))
    (i32.const 8))
  ;; a slot from the start
  (func (param $p i32) (result i32) (i32.add (call $slow (local.get $p)) (local.get $p))))

;;; function 0
;;;    0 ret
;;; function 1
;;;    0 ldr w1, [x27, w0, uxtw]
;;;    4 cbz w1, #0x1c
;;;    8 add x16, x27, w0, uxtw
;;;    c ldr w0, [x16, #4]
;;;   10 ret
;;;   14 ldp xzr, x30, [sp], #0x10
;;;   18 ret
;;;   1c ldr x16, [x28]
;;;   20 cmp sp, x16
;;;   24 b.lo #0x44
;;;   28 stp xzr, x30, [sp, #-0x10]!
;;;   2c str x0, [sp]
;;;   30 bl #0x30
;;;   34 ldr x1, [sp]
;;;   38 add w0, w0, w1
;;;   3c ldp xzr, x30, [sp], #0x10
;;;   40 ret
;;;   44 mov x17, x30
;;;   48 ldr x16, [x28, #8]
;;;   4c blr x16
;;; function 2
;;;    0 cbz w0, #0x30
;;;    4 ldr x16, [x28]
;;;    8 cmp sp, x16
;;;    c b.lo #0x38
;;;   10 stp x19, x30, [sp, #-0x10]!
;;;   14 mov x19, x0
;;;   18 mov x0, x19
;;;   1c bl #0x1c
;;;   20 cbnz w0, #0x18
;;;   24 ldp x19, x30, [sp], #0x10
;;;   28 mov w0, #8
;;;   2c ret
;;;   30 mov w0, #7
;;;   34 ret
;;;   38 mov x17, x30
;;;   3c ldr x16, [x28, #8]
;;;   40 blr x16
;;; function 3
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x28
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 str x0, [sp]
;;;   14 bl #0x14
;;;   18 ldr x1, [sp]
;;;   1c add w0, w0, w1
;;;   20 ldp xzr, x30, [sp], #0x10
;;;   24 ret
;;;   28 mov x17, x30
;;;   2c ldr x16, [x28, #8]
;;;   30 blr x16
