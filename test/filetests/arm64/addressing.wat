;; test: asm
;; target: aarch64
;; The access extends a 32-bit index itself; offsets and shifts that lose nothing fold.
(module (memory 1)
  (func (param $p i32) (result i32) (i32.load offset=16 (local.get $p)))
  (func (param $p i32) (result i32) (i32.load offset=0x7fffffff (local.get $p)))
  (func (param $p i32) (result i64) (i64.load offset=0x80000000 (local.get $p)))
  (func (param $p i32) (result i32) (i32.load offset=0xffffffff (local.get $p)))
  ;; may wrap: stays an addition
  (func (param $p i32) (result i32) (i32.load (i32.add (local.get $p) (i32.const 8))))
  (func (param $p i32) (result i32) (i32.load (i32.add (local.get $p) (i32.const -8))))
  ;; cannot wrap
  (func (param $p i32) (result i32) (i32.load offset=4 (i32.add (i32.and (local.get $p) (i32.const 0xfff)) (i32.const 1024))))
  (func (param $p i32) (result i32) (i32.load offset=4 (i32.add (i32.shl (i32.load8_u (local.get $p)) (i32.const 2)) (i32.const 1024))))
  (func (param $p i32) (result i32) (i32.load (i32.shl (i32.and (local.get $p) (i32.const 0x3fffffff)) (i32.const 2))))
  ;; the shift loses bits
  (func (param $p i32) (result i32) (i32.load (i32.shl (local.get $p) (i32.const 2))))
  (func (param $p i32) (result i32) (i32.load (i32.shl (i32.and (local.get $p) (i32.const 0x7fffffff)) (i32.const 2))))
  ;; the upper half of a wrapped i64 is not clear
  (func (param $p i64) (result i32) (i32.load (i32.wrap_i64 (local.get $p))))
  (func (param $p i64) (result i32) (i32.load (i32.wrap_i64 (i64.shr_u (local.get $p) (i64.const 32)))))
  ;; constant addresses
  (func (result i32) (i32.load offset=8 (i32.const 1000)))
  (func (result i32) (i32.load offset=8 (i32.const -1000)))
  (func (result i32) (i32.load offset=0x7ffffff0 (i32.const 0x20))))

;;; function 0
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldr w0, [x16, #0x10]
;;;    8 ret
;;; function 1
;;;    0 add x16, x27, w0, uxtw
;;;    4 mov w17, #0x7fffffff
;;;    8 add x16, x16, x17, uxtx
;;;    c ldr w0, [x16]
;;;   10 ret
;;; function 2
;;;    0 mov w16, #-0x80000000
;;;    4 add x0, x16, x0
;;;    8 add x17, x0, #8
;;;    c ldr x16, [x28, #0x18]
;;;   10 cmp x17, x16
;;;   14 b.hi #0x20
;;;   18 ldr x0, [x27, x0]
;;;   1c ret
;;;   20 mov x0, x0
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 3
;;;    0 mov w16, #-1
;;;    4 add x0, x16, x0
;;;    8 add x17, x0, #4
;;;    c ldr x16, [x28, #0x18]
;;;   10 cmp x17, x16
;;;   14 b.hi #0x20
;;;   18 ldr w0, [x27, x0]
;;;   1c ret
;;;   20 mov x0, x0
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 4
;;;    0 add w0, w0, #8
;;;    4 ldr w0, [x27, w0, uxtw]
;;;    8 ret
;;; function 5
;;;    0 sub w0, w0, #8
;;;    4 ldr w0, [x27, w0, uxtw]
;;;    8 ret
;;; function 6
;;;    0 and w0, w0, #0xfff
;;;    4 add x16, x27, w0, uxtw
;;;    8 ldr w0, [x16, #0x404]
;;;    c ret
;;; function 7
;;;    0 ldrb w0, [x27, w0, uxtw]
;;;    4 add x16, x27, w0, uxtw #2
;;;    8 ldr w0, [x16, #0x404]
;;;    c ret
;;; function 8
;;;    0 and w0, w0, #0x3fffffff
;;;    4 ldr w0, [x27, w0, uxtw #2]
;;;    8 ret
;;; function 9
;;;    0 lsl w0, w0, #2
;;;    4 ldr w0, [x27, w0, uxtw]
;;;    8 ret
;;; function 10
;;;    0 lsl w0, w0, #2
;;;    4 ldr w0, [x27, w0, uxtw]
;;;    8 ret
;;; function 11
;;;    0 ldr w0, [x27, w0, uxtw]
;;;    4 ret
;;; function 12
;;;    0 lsr x0, x0, #0x20
;;;    4 ldr w0, [x27, w0, uxtw]
;;;    8 ret
;;; function 13
;;;    0 ldr w0, [x27, #0x3f0]
;;;    4 ret
;;; function 14
;;;    0 mov w0, #-0x3e8
;;;    4 add x16, x27, w0, uxtw
;;;    8 ldr w0, [x16, #8]
;;;    c ret
;;; function 15
;;;    0 mov w0, #0x20
;;;    4 add x16, x27, w0, uxtw
;;;    8 mov w17, #0x7fffc000
;;;    c add x16, x16, x17, uxtx
;;;   10 ldr w0, [x16, #0x3ff0]
;;;   14 ret
