;; test: asm
;; target: aarch64-bti-pac
;; Functions and targets of switches begin with landing pads; return addresses in frames are signed.
(module
  (type $un (func (param i32) (result i32)))
  (type $many (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (table 4 funcref)
  (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (param i32) (result i32) (i32.add (call $leaf (local.get 0)) (i32.const 1)))
  (func (param i32) (result i32)
    (block $a (block $b (block $c (block $d (block $e
      (br_table $a $b $c $d $e (local.get 0)))
      (return (i32.const 11)))
      (return (call_indirect (type $un) (local.get 0) (i32.const 2))))
      (return (i32.const 13)))
      (return (i32.const 14)))
    (i32.const 15))
  (func (param i32) (result i32) (return_call_indirect (type $un) (call $leaf (local.get 0)) (i32.const 1)))
  ;; the stub of larger tail calls gets the return address as it is
  (func (param i32) (result i32)
    (return_call_indirect (type $many) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
      (i32.const 7) (i32.const 8) (i32.const 9) (i32.const 10) (call $leaf (local.get 0)))))

;;; function 0
;;;    0 bti c
;;;    4 add w0, w0, #1
;;;    8 ret
;;; function 1
;;;    0 bti c
;;;    4 ldr x16, [x28]
;;;    8 cmp sp, x16
;;;    c b.lo #0x2c
;;;   10 paciasp
;;;   14 stp xzr, x30, [sp, #-0x10]!
;;;   18 bl #0x18
;;;   1c add w0, w0, #1
;;;   20 ldp xzr, x30, [sp], #0x10
;;;   24 autiasp
;;;   28 ret
;;;   2c mov x17, x30
;;;   30 ldr x16, [x28, #8]
;;;   34 blr x16
;;; function 2
;;;    0 bti c
;;;    4 cmp w0, #4
;;;    8 b.hs #0x1c
;;;    c adr x16, #0xc4
;;;   10 ldrsw x17, [x16, w0, uxtw #2]
;;;   14 add x16, x16, x17
;;;   18 br x16
;;;   1c bti j
;;;   20 mov w0, #0xb
;;;   24 ret
;;;   28 bti j
;;;   2c ldr x16, [x28]
;;;   30 cmp sp, x16
;;;   34 b.lo #0x9c
;;;   38 paciasp
;;;   3c stp xzr, x30, [sp, #-0x10]!
;;;   40 mov w8, #2
;;;   44 cmp w8, #4
;;;   48 b.hs #0xa8
;;;   4c add x17, x28, w8, uxtw #4
;;;   50 add x17, x17, #0x60
;;;   54 mov w9, #0x241
;;;   58 ldr w10, [x17, #8]
;;;   5c cmp w10, w9
;;;   60 b.ne #0xb0
;;;   64 ldr x16, [x17]
;;;   68 blr x16
;;;   6c ldp xzr, x30, [sp], #0x10
;;;   70 autiasp
;;;   74 ret
;;;   78 bti j
;;;   7c mov w0, #0xd
;;;   80 ret
;;;   84 bti j
;;;   88 mov w0, #0xe
;;;   8c ret
;;;   90 bti j
;;;   94 mov w0, #0xf
;;;   98 ret
;;;   9c mov x17, x30
;;;   a0 ldr x16, [x28, #8]
;;;   a4 blr x16
;;;   a8 ldr x16, [x28, #8]
;;;   ac blr x16
;;;   b0 cbz w10, #0xbc
;;;   b4 ldr x16, [x28, #8]
;;;   b8 blr x16
;;;   bc ldr x16, [x28, #8]
;;;   c0 blr x16
;;; function 3
;;;    0 bti c
;;;    4 ldr x16, [x28]
;;;    8 cmp sp, x16
;;;    c b.lo #0x50
;;;   10 paciasp
;;;   14 stp xzr, x30, [sp, #-0x10]!
;;;   18 bl #0x18
;;;   1c mov w8, #1
;;;   20 cmp w8, #4
;;;   24 b.hs #0x5c
;;;   28 add x17, x28, w8, uxtw #4
;;;   2c add x17, x17, #0x60
;;;   30 mov w9, #0x241
;;;   34 ldr w10, [x17, #8]
;;;   38 cmp w10, w9
;;;   3c b.ne #0x64
;;;   40 ldr x16, [x17]
;;;   44 ldp xzr, x30, [sp], #0x10
;;;   48 autiasp
;;;   4c br x16
;;;   50 mov x17, x30
;;;   54 ldr x16, [x28, #8]
;;;   58 blr x16
;;;   5c ldr x16, [x28, #8]
;;;   60 blr x16
;;;   64 cbz w10, #0x70
;;;   68 ldr x16, [x28, #8]
;;;   6c blr x16
;;;   70 ldr x16, [x28, #8]
;;;   74 blr x16
;;; function 4
;;;    0 bti c
;;;    4 ldr x16, [x28]
;;;    8 cmp sp, x16
;;;    c b.lo #0xa4
;;;   10 paciasp
;;;   14 sub sp, sp, #0x20
;;;   18 str x30, [sp, #0x18]
;;;   1c bl #0x1c
;;;   20 mov w1, #9
;;;   24 str x1, [sp]
;;;   28 mov w1, #0xa
;;;   2c str x1, [sp, #8]
;;;   30 mov x8, x0
;;;   34 mov w0, #1
;;;   38 mov w1, #2
;;;   3c mov w2, #3
;;;   40 mov w3, #4
;;;   44 mov w4, #5
;;;   48 mov w5, #6
;;;   4c mov w6, #7
;;;   50 mov w7, #8
;;;   54 cmp w8, #4
;;;   58 b.hs #0xb0
;;;   5c add x17, x28, w8, uxtw #4
;;;   60 add x17, x17, #0x60
;;;   64 ldr w9, [x28, #0x50]
;;;   68 ldr w10, [x17, #8]
;;;   6c cmp w10, w9
;;;   70 b.ne #0xb8
;;;   74 ldr x16, [x17]
;;;   78 mov x9, x16
;;;   7c mov x10, x17
;;;   80 ldr x17, [sp, #0x18]
;;;   84 add x16, sp, #0x20
;;;   88 autia1716
;;;   8c str x17, [sp, #0x18]
;;;   90 mov x16, x9
;;;   94 mov x17, x10
;;;   98 adr x9, #0xd0
;;;   9c ldur x10, [x28, #-0x98]
;;;   a0 br x10
;;;   a4 mov x17, x30
;;;   a8 ldr x16, [x28, #8]
;;;   ac blr x16
;;;   b0 ldr x16, [x28, #8]
;;;   b4 blr x16
;;;   b8 cbz w10, #0xc4
;;;   bc ldr x16, [x28, #8]
;;;   c0 blr x16
;;;   c4 ldr x16, [x28, #8]
;;;   c8 blr x16
