;; test: asm
;; target: aarch64
;; Arguments in registers and on the stack, imports, helpers, results beyond the first.
(module
  (import "m" "f" (func $imported (param i32 i64) (result i32)))
  (memory 1) (table 1 funcref) (global $mine (mut i64) (i64.const 0))
  (func $many (param i32 i32 i32 i32 i32 i32 i32 i64 f64) (result i32 i64 f64) (i32.const 1) (local.get 7) (local.get 8))
  (func (param i32) (result i64)
    (call $many (local.get 0) (i32.const 0) (i32.const 2) (local.get 0) (i32.const 4) (i32.const 5) (i32.const -6) (i64.const 7) (f64.const 8))
    drop (global.set $mine) (drop) (global.get $mine))
  (func (param i32) (result i32) (call $imported (local.get 0) (i64.const -1)))
  (func (param i32) (memory.fill (local.get 0) (i32.const 0) (i32.const 100)))
  (func (result i32) (memory.grow (i32.const 1)))
  (func (result i32) (memory.size))
  (func (param i32) (result funcref) (table.get (local.get 0)))
  (func (param funcref) (result i32) (ref.is_null (local.get 0)))
  (func (result funcref) (ref.func $many))
  (func (param i32) (if (local.get 0) (then unreachable)))
  (elem declare func $many))

;;; function 1
;;;    0 str x7, [sp]
;;;    4 str d0, [sp, #8]
;;;    8 mov w0, #1
;;;    c ret
;;; function 2
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x4c
;;;    c sub sp, sp, #0x20
;;;   10 str x30, [sp, #0x18]
;;;   14 mov x3, x0
;;;   18 mov w1, #0
;;;   1c mov w2, #2
;;;   20 mov w4, #4
;;;   24 mov w5, #5
;;;   28 mov w6, #-6
;;;   2c mov w7, #7
;;;   30 fmov d0, #8.00000000
;;;   34 bl #0x34
;;;   38 ldr x0, [sp]
;;;   3c str x0, [x28, #0x40]
;;;   40 ldr x30, [sp, #0x18]
;;;   44 add sp, sp, #0x20
;;;   48 ret
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;; function 3
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x28
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov x1, #-1
;;;   14 add x17, x28, #0x60
;;;   18 ldr x16, [x17]
;;;   1c blr x16
;;;   20 ldp xzr, x30, [sp], #0x10
;;;   24 ret
;;;   28 mov x17, x30
;;;   2c ldr x16, [x28, #8]
;;;   30 blr x16
;;; function 4
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x28
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov w1, #0
;;;   14 mov w2, #0x64
;;;   18 ldur x16, [x28, #-0x10]
;;;   1c blr x16
;;;   20 ldp xzr, x30, [sp], #0x10
;;;   24 ret
;;;   28 mov x17, x30
;;;   2c ldr x16, [x28, #8]
;;;   30 blr x16
;;; function 5
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x24
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov w0, #1
;;;   14 ldur x16, [x28, #-8]
;;;   18 blr x16
;;;   1c ldp xzr, x30, [sp], #0x10
;;;   20 ret
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 6
;;;    0 ldr x0, [x28, #0x18]
;;;    4 lsr x0, x0, #0x10
;;;    8 ret
;;; function 7
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x30
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov w1, #0
;;;   14 mov x16, x1
;;;   18 mov x1, x0
;;;   1c mov x0, x16
;;;   20 ldur x16, [x28, #-0x30]
;;;   24 blr x16
;;;   28 ldp xzr, x30, [sp], #0x10
;;;   2c ret
;;;   30 mov x17, x30
;;;   34 ldr x16, [x28, #8]
;;;   38 blr x16
;;; function 8
;;;    0 cmp w0, #0
;;;    4 cset w0, eq
;;;    8 ret
;;; function 9
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x24
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov w0, #1
;;;   14 ldur x16, [x28, #-0x68]
;;;   18 blr x16
;;;   1c ldp xzr, x30, [sp], #0x10
;;;   20 ret
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 10
;;;    0 cbnz w0, #8
;;;    4 ret
;;;    8 mov x17, x30
;;;    c ldr x16, [x28, #8]
;;;   10 blr x16
