;; test: asm
;; target: aarch64
;; A tail call ends the frame and jumps; a larger area is moved by the addon.
(module
  (import "m" "f" (func $imported (param i32 i64) (result i32)))
  (type $two (func (param i32 i64) (result i32)))
  (table 2 funcref) (elem (i32.const 0) $direct $imported)
  (table $open (export "t") 2 funcref)
  (func $direct (param i32 i64) (result i32) (return_call $imported (i32.const 1) (local.get 1)))
  (func (param i64) (result i32) (return_call $direct (i32.const 2) (local.get 0)))
  (func (param i64 i32) (result i32) (return_call_indirect (type $two) (i32.const 3) (local.get 0) (local.get 1)))
  (func (param i64 i32) (result i32)
    (return_call_indirect $open (type $two) (i32.const 3) (local.get 0) (local.get 1)))
  (func $wide (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (local.get 7))
  (func (param i32 i32 i32 i32 i32 i32 i64 i64) (result i32)
    (call $direct (local.get 0) (local.get 6)) drop
    (return_call $wide (i32.const 0) (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
      (i32.wrap_i64 (local.get 7))))
  (func (param i32) (result i32)
    (call $direct (i32.const 0) (i64.const 0))
    (return_call $wide (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7))))

;;; function 1
;;;    0 mov w0, #1
;;;    4 add x17, x28, #0x60
;;;    8 ldr x16, [x17]
;;;    c br x16
;;; function 2
;;;    0 mov x1, x0
;;;    4 mov w0, #2
;;;    8 b #8
;;; function 3
;;;    0 mov x8, x1
;;;    4 mov x1, x0
;;;    8 mov w0, #3
;;;    c cmp w8, #2
;;;   10 b.hs #0x34
;;;   14 add x17, x28, w8, uxtw #4
;;;   18 add x17, x17, #0x70
;;;   1c mov w9, #0x1281
;;;   20 ldr w10, [x17, #8]
;;;   24 cmp w10, w9
;;;   28 b.ne #0x40
;;;   2c ldr x16, [x17]
;;;   30 br x16
;;;   34 mov x17, x30
;;;   38 ldr x16, [x28, #8]
;;;   3c blr x16
;;;   40 cbz w10, #0x50
;;;   44 mov x17, x30
;;;   48 ldr x16, [x28, #8]
;;;   4c blr x16
;;;   50 mov x17, x30
;;;   54 ldr x16, [x28, #8]
;;;   58 blr x16
;;; function 4
;;;    0 mov x8, x1
;;;    4 mov x1, x0
;;;    8 mov w0, #3
;;;    c ldr x16, [x28, #0x58]
;;;   10 cmp x8, x16
;;;   14 b.hs #0x38
;;;   18 ldr x17, [x28, #0x50]
;;;   1c add x17, x17, w8, uxtw #4
;;;   20 mov w9, #0x1281
;;;   24 ldr w10, [x17, #8]
;;;   28 cmp w10, w9
;;;   2c b.ne #0x44
;;;   30 ldr x16, [x17]
;;;   34 br x16
;;;   38 mov x17, x30
;;;   3c ldr x16, [x28, #8]
;;;   40 blr x16
;;;   44 cbz w10, #0x54
;;;   48 mov x17, x30
;;;   4c ldr x16, [x28, #8]
;;;   50 blr x16
;;;   54 mov x17, x30
;;;   58 ldr x16, [x28, #8]
;;;   5c blr x16
;;; function 5
;;;    0 mov x0, x7
;;;    4 ret
;;; function 6
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x50
;;;    c sub sp, sp, #0x20
;;;   10 str x30, [sp, #0x18]
;;;   14 stp x0, x7, [sp]
;;;   18 mov x1, x6
;;;   1c bl #0x1c
;;;   20 ldr x0, [sp, #8]
;;;   24 mov w7, w0
;;;   28 mov w0, #0
;;;   2c ldr x1, [sp]
;;;   30 mov w2, #2
;;;   34 mov w3, #3
;;;   38 mov w4, #4
;;;   3c mov w5, #5
;;;   40 mov w6, #6
;;;   44 ldr x30, [sp, #0x18]
;;;   48 add sp, sp, #0x20
;;;   4c b #0x4c
;;;   50 mov x17, x30
;;;   54 ldr x16, [x28, #8]
;;;   58 blr x16
;;; function 7
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x44
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 str x0, [sp]
;;;   14 mov w0, #0
;;;   18 mov w1, #0
;;;   1c bl #0x1c
;;;   20 ldr x1, [sp]
;;;   24 mov w2, #2
;;;   28 mov w3, #3
;;;   2c mov w4, #4
;;;   30 mov w5, #5
;;;   34 mov w6, #6
;;;   38 mov w7, #7
;;;   3c ldp xzr, x30, [sp], #0x10
;;;   40 b #0x40
;;;   44 mov x17, x30
;;;   48 ldr x16, [x28, #8]
;;;   4c blr x16
