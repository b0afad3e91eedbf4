;; test: asm
;; target: aarch64
;; Two loads side by side are one instruction; of stores only those that cannot fault: slots, globals, arguments.
(module (memory 1)
  (func $f (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (local.get 9))
  (func (param $p i32) (result i32) (i32.add (i32.load offset=8 (local.get $p)) (i32.load offset=12 (local.get $p))))
  (func (param $p i32) (result i64) (i64.xor (i64.load offset=16 (local.get $p)) (i64.load offset=8 (local.get $p))))
  (func (param $p i32) (result f64) (f64.sub (f64.load offset=8 (local.get $p)) (f64.load offset=16 (local.get $p))))
  ;; not side by side, or of other sizes
  (func (param $p i32) (result i32) (i32.add (i32.load offset=8 (local.get $p)) (i32.load offset=16 (local.get $p))))
  (func (param $p i32) (result i64) (i64.add (i64.load32_u offset=8 (local.get $p)) (i64.load offset=12 (local.get $p))))
  ;; the first may be done when the second cannot be
  (func (param $p i32) (i32.store offset=8 (local.get $p) (i32.const 0)) (i32.store offset=12 (local.get $p) (i32.const 0)))
  ;; slots, and arguments on the stack
  (func (param $p i32) (param $q i32) (result i32)
    (i32.add (call $f (local.get $p) (local.get $q) (local.get $p) (local.get $q) (local.get $p) (local.get $q) (local.get $p) (local.get $q) (local.get $p) (local.get $q))
      (i32.sub (local.get $p) (local.get $q)))))

;;; function 0
;;;    0 ldr w0, [sp, #8]
;;;    4 ret
;;; function 1
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldp w1, w0, [x16, #8]
;;;    8 add w0, w1, w0
;;;    c ret
;;; function 2
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldp x0, x1, [x16, #8]
;;;    8 eor x0, x1, x0
;;;    c ret
;;; function 3
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldp d0, d1, [x16, #8]
;;;    8 fsub d0, d0, d1
;;;    c ret
;;; function 4
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldr w1, [x16, #8]
;;;    8 ldr w0, [x16, #0x10]
;;;    c add w0, w1, w0
;;;   10 ret
;;; function 5
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldr w1, [x16, #8]
;;;    8 ldur x0, [x16, #0xc]
;;;    c add x0, x1, x0
;;;   10 ret
;;; function 6
;;;    0 add x16, x27, w0, uxtw
;;;    4 str wzr, [x16, #8]
;;;    8 str wzr, [x16, #0xc]
;;;    c ret
;;; function 7
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x50
;;;    c sub sp, sp, #0x30
;;;   10 str x30, [sp, #0x28]
;;;   14 stp x0, x1, [sp, #0x10]
;;;   18 stp x0, x1, [sp]
;;;   1c mov x7, x1
;;;   20 mov x6, x0
;;;   24 mov x5, x1
;;;   28 mov x4, x0
;;;   2c mov x3, x1
;;;   30 mov x2, x0
;;;   34 bl #0x34
;;;   38 ldp x6, x7, [sp, #0x10]
;;;   3c sub w1, w6, w7
;;;   40 add w0, w0, w1
;;;   44 ldr x30, [sp, #0x28]
;;;   48 add sp, sp, #0x30
;;;   4c ret
;;;   50 mov x17, x30
;;;   54 ldr x16, [x28, #8]
;;;   58 blr x16
