;; test: asm
;; target: aarch64
;; Operands are shifted, extended and multiplied on the way; masks and shifts are bit fields.
(module (memory 1) (global $g (mut i64) (i64.const 0))
  ;; lea
  (func (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (i32.add (i32.add (local.get 0) (local.get 1)) (i32.const 12)))
  (func (param i32 i32) (result i32) (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 3))))
  (func (param i64 i64) (result i64) (i64.sub (i64.add (local.get 0) (i64.mul (local.get 1) (i64.const 4))) (i64.const 5)))
  (func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 9)))
  (func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 100)))
  (func (param i32) (result i32) (i32.sub (local.get 0) (i32.const -128)))
  (func (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
  ;; masks
  (func (param i32) (result i32) (i32.and (local.get 0) (i32.const 255)))
  (func (param i64) (result i64) (i64.and (local.get 0) (i64.const 0xffffffff)))
  (func (param i64) (result i64) (i64.and (local.get 0) (i64.const 0xfffffff0)))
  (func (param i64) (result i64) (i64.and (local.get 0) (i64.const -16)))
  (func (param i64) (result i64) (i64.or (local.get 0) (i64.const 0xfffffff0)))
  ;; memory operands
  (func (param $p i32) (param $x i64) (result i64) (i64.add (local.get $x) (i64.load (local.get $p))))
  (func (param $x i64) (result i64) (i64.xor (global.get $g) (local.get $x)))
  (func (param $p i32) (result i32) (i32.mul (i32.load (local.get $p)) (i32.const 7)))
  ;; used twice: loaded once
  (func (param $p i32) (result i32) (local $x i32) (local.set $x (i32.load (local.get $p))) (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
  ;; operations in memory
  (func (param $p i32) (i32.store offset=8 (local.get $p) (i32.add (i32.load offset=8 (local.get $p)) (i32.const 1))))
  (func (param $p i32) (param $x i64) (i64.store (local.get $p) (i64.sub (i64.load (local.get $p)) (local.get $x))))
  (func (param $p i32) (i32.store8 (local.get $p) (i32.or (i32.load8_u (local.get $p)) (i32.const 0x80))))
  ;; not the same place, not the same width, not this way round
  (func (param $p i32) (i32.store offset=4 (local.get $p) (i32.add (i32.load offset=8 (local.get $p)) (i32.const 1))))
  (func (param $p i32) (i32.store8 (local.get $p) (i32.or (i32.load16_u (local.get $p)) (i32.const 1))))
  (func (param $p i32) (param $x i32) (i32.store (local.get $p) (i32.sub (local.get $x) (i32.load (local.get $p)))))
  ;; narrow stores read low bits only
  (func (param $p i32) (param $x i64) (i32.store16 (local.get $p) (i32.and (i32.wrap_i64 (local.get $x)) (i32.const 0xffff))))
  (func (param $p i32) (i64.store (local.get $p) (i64.const -2)))
  (func (param $p i32) (i64.store (local.get $p) (i64.const 0x123456789a)))
  (func (param $p i32) (f64.store (local.get $p) (f64.const 0)))
  ;; extensions
  (func (param i64) (result i32) (i32.add (i32.wrap_i64 (local.get 0)) (i32.const 1)))
  (func (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
  (func (param i32) (result i64) (i64.add (i64.extend_i32_u (local.get 0)) (i64.const 1)))
  (func (param $p i32) (result i64) (i64.extend_i32_s (i32.load (local.get $p))))
  (func (param i32) (result i32) (i32.extend8_s (local.get 0)))
  ;; shifts
  (func (param i32 i32) (result i32) (i32.shl (local.get 0) (i32.and (local.get 1) (i32.const 31))))
  (func (param i64) (result i64) (i64.rotl (local.get 0) (i64.const 13)))
  (func (param i32) (result i32) (i32.clz (local.get 0)))
  (func (param i64) (result i64) (i64.ctz (local.get 0))))

;;; function 0
;;;    0 add w0, w0, w1
;;;    4 ret
;;; function 1
;;;    0 add w0, w0, w1
;;;    4 add w0, w0, #0xc
;;;    8 ret
;;; function 2
;;;    0 add w0, w0, w1, lsl #3
;;;    4 ret
;;; function 3
;;;    0 lsl x1, x1, #2
;;;    4 add x0, x0, x1
;;;    8 sub x0, x0, #5
;;;    c ret
;;; function 4
;;;    0 add w0, w0, w0, lsl #3
;;;    4 ret
;;; function 5
;;;    0 mov w1, #0x64
;;;    4 mul w0, w0, w1
;;;    8 ret
;;; function 6
;;;    0 add w0, w0, #0x80
;;;    4 ret
;;; function 7
;;;    0 neg w0, w0
;;;    4 ret
;;; function 8
;;;    0 and w0, w0, #0xff
;;;    4 ret
;;; function 9
;;;    0 mov w0, w0
;;;    4 ret
;;; function 10
;;;    0 and x0, x0, #0xfffffff0
;;;    4 ret
;;; function 11
;;;    0 and x0, x0, #0xfffffffffffffff0
;;;    4 ret
;;; function 12
;;;    0 orr x0, x0, #0xfffffff0
;;;    4 ret
;;; function 13
;;;    0 ldr x0, [x27, w0, uxtw]
;;;    4 add x0, x1, x0
;;;    8 ret
;;; function 14
;;;    0 ldr x1, [x28, #0x40]
;;;    4 eor x0, x1, x0
;;;    8 ret
;;; function 15
;;;    0 ldr w0, [x27, w0, uxtw]
;;;    4 mov w1, #7
;;;    8 mul w0, w0, w1
;;;    c ret
;;; function 16
;;;    0 ldr w0, [x27, w0, uxtw]
;;;    4 eor w0, w0, w0, lsl #5
;;;    8 ret
;;; function 17
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldr w1, [x16, #8]
;;;    8 add w1, w1, #1
;;;    c str w1, [x16, #8]
;;;   10 ret
;;; function 18
;;;    0 ldr x2, [x27, w0, uxtw]
;;;    4 sub x1, x2, x1
;;;    8 str x1, [x27, w0, uxtw]
;;;    c ret
;;; function 19
;;;    0 ldrb w1, [x27, w0, uxtw]
;;;    4 orr w1, w1, #0x80
;;;    8 strb w1, [x27, w0, uxtw]
;;;    c ret
;;; function 20
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldr w1, [x16, #8]
;;;    8 add w1, w1, #1
;;;    c str w1, [x16, #4]
;;;   10 ret
;;; function 21
;;;    0 ldrh w1, [x27, w0, uxtw]
;;;    4 orr w1, w1, #1
;;;    8 strb w1, [x27, w0, uxtw]
;;;    c ret
;;; function 22
;;;    0 ldr w2, [x27, w0, uxtw]
;;;    4 sub w1, w1, w2
;;;    8 str w1, [x27, w0, uxtw]
;;;    c ret
;;; function 23
;;;    0 strh w1, [x27, w0, uxtw]
;;;    4 ret
;;; function 24
;;;    0 mov x1, #-2
;;;    4 str x1, [x27, w0, uxtw]
;;;    8 ret
;;; function 25
;;;    0 ldr x1, #0x10
;;;    4 str x1, [x27, w0, uxtw]
;;;    8 ret
;;; function 26
;;;    0 str xzr, [x27, w0, uxtw]
;;;    4 ret
;;; function 27
;;;    0 add w0, w0, #1
;;;    4 ret
;;; function 28
;;;    0 mov w0, w0
;;;    4 ret
;;; function 29
;;;    0 add x0, x0, #1
;;;    4 ret
;;; function 30
;;;    0 ldrsw x0, [x27, w0, uxtw]
;;;    4 ret
;;; function 31
;;;    0 sxtb w0, w0
;;;    4 ret
;;; function 32
;;;    0 lsl w0, w0, w1
;;;    4 ret
;;; function 33
;;;    0 ror x0, x0, #0x33
;;;    4 ret
;;; function 34
;;;    0 clz w0, w0
;;;    4 ret
;;; function 35
;;;    0 rbit x16, x0
;;;    4 clz x0, x16
;;;    8 ret
