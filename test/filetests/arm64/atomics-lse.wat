;; test: asm
;; target: aarch64-lse
;; Atomic operations are single instructions.
(module (memory 1 2 shared)
  (func (param $p i32) (result i32) (i32.atomic.load offset=8 (local.get $p)))
  (func (param $p i32) (result i64) (i64.atomic.load8_u (local.get $p)))
  (func (param $p i32) (param $x i32) (i32.atomic.store offset=2 (local.get $p) (local.get $x)))
  (func (param $p i32) (drop (i32.atomic.rmw.add (local.get $p) (i32.const 5))))
  (func (param $p i32) (param $x i64) (drop (i64.atomic.rmw16.sub_u (local.get $p) (local.get $x))))
  (func (param $p i32) (param $x i64) (result i64) (i64.atomic.rmw.sub (local.get $p) (local.get $x)))
  (func (param $p i32) (param $x i32) (result i32) (i32.atomic.rmw8.add_u (local.get $p) (local.get $x)))
  (func (param $p i32) (param $x i32) (result i32) (i32.atomic.rmw16.or_u (local.get $p) (local.get $x)))
  (func (param $p i32) (param $x i64) (param $y i64) (result i64) (i64.atomic.rmw32.cmpxchg_u (local.get $p) (local.get $x) (local.get $y)))
  ;; known to be aligned, known not to be
  (func (param $p i32) (result i32) (i32.atomic.load offset=4 (i32.shl (local.get $p) (i32.const 2))))
  (func (result i32) (i32.atomic.load (i32.const 1024)))
  (func (result i32) (i32.atomic.load (i32.const 1026)))
  (func atomic.fence)
  (func (result i32) memory.size)
  (func (param $p i32) (result i32) (memory.atomic.notify offset=4 (local.get $p) (i32.const 1))))

;;; function 0
;;;    0 tst w0, #3
;;;    4 b.ne #0x18
;;;    8 add x0, x27, w0, uxtw
;;;    c add x0, x0, #8
;;;   10 ldar w0, [x0]
;;;   14 ret
;;;   18 mov x17, x30
;;;   1c ldr x16, [x28, #8]
;;;   20 blr x16
;;; function 1
;;;    0 add x0, x27, w0, uxtw
;;;    4 ldarb w0, [x0]
;;;    8 ret
;;; function 2
;;;    0 add w16, w0, #2
;;;    4 tst w16, #3
;;;    8 b.ne #0x1c
;;;    c add x0, x27, w0, uxtw
;;;   10 add x0, x0, #2
;;;   14 stlr w1, [x0]
;;;   18 ret
;;;   1c mov x17, x30
;;;   20 ldr x16, [x28, #8]
;;;   24 blr x16
;;; function 3
;;;    0 tst w0, #3
;;;    4 b.ne #0x18
;;;    8 add x0, x27, w0, uxtw
;;;    c mov w1, #5
;;;   10 ldaddal w1, w16, [x0]
;;;   14 ret
;;;   18 mov x17, x30
;;;   1c ldr x16, [x28, #8]
;;;   20 blr x16
;;; function 4
;;;    0 tst w0, #1
;;;    4 b.ne #0x18
;;;    8 add x0, x27, w0, uxtw
;;;    c neg w17, w1
;;;   10 ldaddalh w17, w16, [x0]
;;;   14 ret
;;;   18 mov x17, x30
;;;   1c ldr x16, [x28, #8]
;;;   20 blr x16
;;; function 5
;;;    0 tst w0, #7
;;;    4 b.ne #0x18
;;;    8 add x0, x27, w0, uxtw
;;;    c neg x17, x1
;;;   10 ldaddal x17, x0, [x0]
;;;   14 ret
;;;   18 mov x17, x30
;;;   1c ldr x16, [x28, #8]
;;;   20 blr x16
;;; function 6
;;;    0 add x0, x27, w0, uxtw
;;;    4 ldaddalb w1, w0, [x0]
;;;    8 ret
;;; function 7
;;;    0 tst w0, #1
;;;    4 b.ne #0x14
;;;    8 add x0, x27, w0, uxtw
;;;    c ldsetalh w1, w0, [x0]
;;;   10 ret
;;;   14 mov x17, x30
;;;   18 ldr x16, [x28, #8]
;;;   1c blr x16
;;; function 8
;;;    0 tst w0, #3
;;;    4 b.ne #0x1c
;;;    8 add x0, x27, w0, uxtw
;;;    c mov w16, w1
;;;   10 casal w16, w2, [x0]
;;;   14 mov w0, w16
;;;   18 ret
;;;   1c mov x17, x30
;;;   20 ldr x16, [x28, #8]
;;;   24 blr x16
;;; function 9
;;;    0 lsl w0, w0, #2
;;;    4 add x0, x27, w0, uxtw
;;;    8 add x0, x0, #4
;;;    c ldar w0, [x0]
;;;   10 ret
;;; function 10
;;;    0 add x0, x27, #0x400
;;;    4 ldar w0, [x0]
;;;    8 ret
;;; function 11
;;;    0 b #0x10
;;;    4 add x0, x27, #0x402
;;;    8 ldar w0, [x0]
;;;    c ret
;;;   10 mov x17, x30
;;;   14 ldr x16, [x28, #8]
;;;   18 blr x16
;;; function 12
;;;    0 dmb ish
;;;    4 ret
;;; function 13
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x24
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov w0, #0
;;;   14 ldur x16, [x28, #-8]
;;;   18 blr x16
;;;   1c ldp xzr, x30, [sp], #0x10
;;;   20 ret
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 14
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x2c
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov w2, #4
;;;   14 mov w3, #0
;;;   18 mov w1, #1
;;;   1c ldur x16, [x28, #-0xb0]
;;;   20 blr x16
;;;   24 ldp xzr, x30, [sp], #0x10
;;;   28 ret
;;;   2c mov x17, x30
;;;   30 ldr x16, [x28, #8]
;;;   34 blr x16
