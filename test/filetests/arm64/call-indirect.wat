;; test: asm
;; target: aarch64
;; The index is in x8, the address of the entry in x17, its code in x16.
(module
  (type $t (func (param i32) (result i32)))
  (type $long (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (table $closed 10 10 funcref)
  (table $open (export "t") 10 funcref)
  (func (param $i i32) (result i32) (call_indirect $closed (type $t) (i32.const 7) (local.get $i)))
  (func (param $i i32) (result i32) (call_indirect $open (type $t) (i32.const 7) (local.get $i)))
  ;; a signature beyond nine types: its id comes from the vmctx
  (func (param $i i32) (result i32)
    (call_indirect $closed (type $long) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9) (local.get $i))))

;;; function 0
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x48
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov x8, x0
;;;   14 mov w0, #7
;;;   18 cmp w8, #0xa
;;;   1c b.hs #0x54
;;;   20 add x17, x28, w8, uxtw #4
;;;   24 add x17, x17, #0x70
;;;   28 mov w9, #0x241
;;;   2c ldr w10, [x17, #8]
;;;   30 cmp w10, w9
;;;   34 b.ne #0x5c
;;;   38 ldr x16, [x17]
;;;   3c blr x16
;;;   40 ldp xzr, x30, [sp], #0x10
;;;   44 ret
;;;   48 mov x17, x30
;;;   4c ldr x16, [x28, #8]
;;;   50 blr x16
;;;   54 ldr x16, [x28, #8]
;;;   58 blr x16
;;;   5c cbz w10, #0x68
;;;   60 ldr x16, [x28, #8]
;;;   64 blr x16
;;;   68 ldr x16, [x28, #8]
;;;   6c blr x16
;;; function 1
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x4c
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov x8, x0
;;;   14 mov w0, #7
;;;   18 ldr x16, [x28, #0x58]
;;;   1c cmp x8, x16
;;;   20 b.hs #0x58
;;;   24 ldr x17, [x28, #0x50]
;;;   28 add x17, x17, w8, uxtw #4
;;;   2c mov w9, #0x241
;;;   30 ldr w10, [x17, #8]
;;;   34 cmp w10, w9
;;;   38 b.ne #0x60
;;;   3c ldr x16, [x17]
;;;   40 blr x16
;;;   44 ldp xzr, x30, [sp], #0x10
;;;   48 ret
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;;   58 ldr x16, [x28, #8]
;;;   5c blr x16
;;;   60 cbz w10, #0x6c
;;;   64 ldr x16, [x28, #8]
;;;   68 blr x16
;;;   6c ldr x16, [x28, #8]
;;;   70 blr x16
;;; function 2
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x74
;;;    c sub sp, sp, #0x20
;;;   10 str x30, [sp, #0x18]
;;;   14 mov w1, #9
;;;   18 str x1, [sp]
;;;   1c mov x8, x0
;;;   20 mov w0, #1
;;;   24 mov w1, #2
;;;   28 mov w2, #3
;;;   2c mov w3, #4
;;;   30 mov w4, #5
;;;   34 mov w5, #6
;;;   38 mov w6, #7
;;;   3c mov w7, #8
;;;   40 cmp w8, #0xa
;;;   44 b.hs #0x80
;;;   48 add x17, x28, w8, uxtw #4
;;;   4c add x17, x17, #0x70
;;;   50 ldr w9, [x28, #0x60]
;;;   54 ldr w10, [x17, #8]
;;;   58 cmp w10, w9
;;;   5c b.ne #0x88
;;;   60 ldr x16, [x17]
;;;   64 blr x16
;;;   68 ldr x30, [sp, #0x18]
;;;   6c add sp, sp, #0x20
;;;   70 ret
;;;   74 mov x17, x30
;;;   78 ldr x16, [x28, #8]
;;;   7c blr x16
;;;   80 ldr x16, [x28, #8]
;;;   84 blr x16
;;;   88 cbz w10, #0x94
;;;   8c ldr x16, [x28, #8]
;;;   90 blr x16
;;;   94 ldr x16, [x28, #8]
;;;   98 blr x16
