;; test: asm
;; target: aarch64
;; Division by constants is a multiplication; by others, what wasm checks is checked before.
(module
  (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1)))
  (func (param i32) (result i32) (i32.div_s (i32.const 1000) (local.get 0)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 8)))
  (func (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const 8)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 8)))
  (func (param i32) (result i32) (i32.rem_s (local.get 0) (i32.const -8)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 10)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 7)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -7)))
  (func (param i64) (result i64) (i64.rem_u (local.get 0) (i64.const 10)))
  (func (param i64) (result i64) (i64.div_u (local.get 0) (i64.const 7)))
  (func (param i64) (result i64) (i64.div_s (local.get 0) (i64.const 7)))
  ;; these trap
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -1)))
  (func (param i32) (drop (i32.div_s (local.get 0) (i32.const 0)))))

;;; function 0
;;;    0 cbz w1, #0x18
;;;    4 cmn w1, #1
;;;    8 ccmp w0, #1, #0, eq
;;;    c b.vs #0x24
;;;   10 sdiv w0, w0, w1
;;;   14 ret
;;;   18 mov x17, x30
;;;   1c ldr x16, [x28, #8]
;;;   20 blr x16
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 1
;;;    0 cbz x1, #0x10
;;;    4 udiv x16, x0, x1
;;;    8 msub x0, x16, x1, x0
;;;    c ret
;;;   10 mov x17, x30
;;;   14 ldr x16, [x28, #8]
;;;   18 blr x16
;;; function 2
;;;    0 mov w1, #0x3e8
;;;    4 cbz w0, #0x1c
;;;    8 cmn w0, #1
;;;    c ccmp w1, #1, #0, eq
;;;   10 b.vs #0x28
;;;   14 sdiv w0, w1, w0
;;;   18 ret
;;;   1c mov x17, x30
;;;   20 ldr x16, [x28, #8]
;;;   24 blr x16
;;;   28 mov x17, x30
;;;   2c ldr x16, [x28, #8]
;;;   30 blr x16
;;; function 3
;;;    0 lsr w0, w0, #3
;;;    4 ret
;;; function 4
;;;    0 ubfx w0, w0, #0, #3
;;;    4 ret
;;; function 5
;;;    0 asr w1, w0, #0x1f
;;;    4 add w0, w0, w1, lsr #29
;;;    8 asr w0, w0, #3
;;;    c ret
;;; function 6
;;;    0 asr w1, w0, #0x1f
;;;    4 add w1, w0, w1, lsr #29
;;;    8 asr w1, w1, #3
;;;    c sub w0, w0, w1, lsl #3
;;;   10 ret
;;; function 7
;;;    0 mov w1, #0xcccd
;;;    4 movk w1, #0xcccc, lsl #16
;;;    8 mul x0, x0, x1
;;;    c lsr x0, x0, #0x23
;;;   10 ret
;;; function 8
;;;    0 add x0, x0, #1
;;;    4 mov w1, #0x2492
;;;    8 movk w1, #0x9249, lsl #16
;;;    c mul x0, x0, x1
;;;   10 lsr x0, x0, #0x22
;;;   14 ret
;;; function 9
;;;    0 sxtw x1, w0
;;;    4 mov w2, #0x2493
;;;    8 movk w2, #0x9249, lsl #16
;;;    c mul x1, x1, x2
;;;   10 asr x1, x1, #0x22
;;;   14 add w0, w1, w0, lsr #31
;;;   18 neg w0, w0
;;;   1c ret
;;; function 10
;;;    0 mov x1, #0xcccd
;;;    4 movk x1, #0xcccc, lsl #16
;;;    8 movk x1, #0xcccc, lsl #32
;;;    c movk x1, #0xcccc, lsl #48
;;;   10 umulh x1, x0, x1
;;;   14 lsr x1, x1, #3
;;;   18 mov w2, #0xa
;;;   1c msub x0, x1, x2, x0
;;;   20 ret
;;; function 11
;;;    0 mov x1, #0x2493
;;;    4 movk x1, #0x9249, lsl #16
;;;    8 movk x1, #0x4924, lsl #32
;;;    c movk x1, #0x2492, lsl #48
;;;   10 umulh x1, x0, x1
;;;   14 sub x0, x0, x1
;;;   18 add x0, x1, x0, lsr #1
;;;   1c lsr x0, x0, #2
;;;   20 ret
;;; function 12
;;;    0 mov x1, #0x4925
;;;    4 movk x1, #0x2492, lsl #16
;;;    8 movk x1, #0x9249, lsl #32
;;;    c movk x1, #0x4924, lsl #48
;;;   10 smulh x1, x0, x1
;;;   14 asr x1, x1, #1
;;;   18 add x0, x1, x0, lsr #63
;;;   1c ret
;;; function 13
;;;    0 mov w1, #0
;;;    4 cbz w1, #0x10
;;;    8 udiv w0, w0, w1
;;;    c ret
;;;   10 mov x17, x30
;;;   14 ldr x16, [x28, #8]
;;;   18 blr x16
;;; function 14
;;;    0 mov w1, #-1
;;;    4 cmn w1, #1
;;;    8 ccmp w0, #1, #0, eq
;;;    c b.vs #0x18
;;;   10 sdiv w0, w0, w1
;;;   14 ret
;;;   18 mov x17, x30
;;;   1c ldr x16, [x28, #8]
;;;   20 blr x16
;;; function 15
;;;    0 mov w1, #0
;;;    4 cbz w1, #0xc
;;;    8 ret
;;;    c mov x17, x30
;;;   10 ldr x16, [x28, #8]
;;;   14 blr x16
