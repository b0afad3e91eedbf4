;; test: asm
;; target: aarch64
;; Constants: one or two moves, a logical immediate, else a load from behind the code.
(module (memory 1)
  (func (result i32) (i32.const 0))
  (func (result i32) (i32.const -70000))
  (func (result i32) (i32.const 0x00ff00ff))
  (func (result i64) (i64.const 0x0000ffff00000000))
  (func (result i64) (i64.const -2))
  (func (result i64) (i64.const 0x123456789abcdef0))
  (func (param i64) (result i64) (i64.add (local.get 0) (i64.const 4095)))
  (func (param i64) (result i64) (i64.sub (local.get 0) (i64.const 0x123000)))
  (func (param i64) (result i64) (i64.and (local.get 0) (i64.const 0x7ffffffffffffff0)))
  (func (param i32) (i64.store (local.get 0) (i64.const 0)) (f64.store (local.get 0) (f64.const 0))))

;;; function 0
;;;    0 mov w0, #0
;;;    4 ret
;;; function 1
;;;    0 mov w0, #0xee90
;;;    4 movk w0, #0xfffe, lsl #16
;;;    8 ret
;;; function 2
;;;    0 mov w0, #0xff00ff
;;;    4 ret
;;; function 3
;;;    0 mov x0, #0xffff00000000
;;;    4 ret
;;; function 4
;;;    0 mov x0, #-2
;;;    4 ret
;;; function 5
;;;    0 ldr x0, #8
;;;    4 ret
;;; function 6
;;;    0 add x0, x0, #0xfff
;;;    4 ret
;;; function 7
;;;    0 sub x0, x0, #0x123, lsl #12
;;;    4 ret
;;; function 8
;;;    0 and x0, x0, #0x7ffffffffffffff0
;;;    4 ret
;;; function 9
;;;    0 str xzr, [x27, w0, uxtw]
;;;    4 str xzr, [x27, w0, uxtw]
;;;    8 ret
