;; test: asm
;; target: aarch64
;; Addresses of 64 bits are compared, once for all that lies near an index.
(module (memory i64 1)
  (func (param $p i64) (result i32) (i32.load offset=16 (local.get $p)))
  ;; an offset that is added first: a sum beyond 2^64 is no address
  (func (param $p i64) (result i32) (i32.load offset=0x100000000 (local.get $p)))
  ;; an offset that leaves the margin: the sum may pass 2^64
  (func (param $p i64) (result i32) (i32.load offset=0x100000 (local.get $p)))
  ;; below the minimum size: no check
  (func (result i32) (i32.load (i64.const 65532)))
  ;; a field, then fields before it: one check
  (func (param $p i64) (result i32)
    (i32.store offset=12 (local.get $p) (i32.const 0))
    (i32.load offset=8 (local.get $p)))
  ;; fields behind it, and at constants that are added: one check, the others are in bounds or fault in the fence
  (func (param $p i64) (result i64)
    (i64.add (i64.load offset=8 (local.get $p))
      (i64.add (i64.load offset=4096 (local.get $p)) (i64.load (i64.add (local.get $p) (i64.const 400))))))
  ;; a constant below: the first access compares the sum
  (func (param $p i64) (result i32)
    (i32.store (i64.add (local.get $p) (i64.const -16)) (i32.const 7))
    (i32.load offset=8 (local.get $p)))
  (func (param $p i64) (result i64) (memory.grow (local.get $p))))

;;; function 0
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x18
;;;    c add x16, x27, x0, uxtx
;;;   10 ldr w0, [x16, #0x10]
;;;   14 ret
;;;   18 mov w17, #0x14
;;;   1c adds x17, x17, x0
;;;   20 b.hs #0x30
;;;   24 ldr x16, [x28, #0x18]
;;;   28 cmp x17, x16
;;;   2c b.ls #0xc
;;;   30 mov w16, #0x10
;;;   34 adds x0, x16, x0
;;;   38 csinv x0, x0, xzr, lo
;;;   3c mov x17, x30
;;;   40 ldr x16, [x28, #8]
;;;   44 blr x16
;;; function 1
;;;    0 mov x1, #0x100000000
;;;    4 add x0, x0, x1
;;;    8 lsr x1, x0, #0x20
;;;    c mov x2, #-8
;;;   10 cmp w1, #1
;;;   14 csel x0, x2, x0, lo
;;;   18 ldur x16, [x28, #-0x78]
;;;   1c cmp x0, x16
;;;   20 b.hs #0x2c
;;;   24 ldr w0, [x27, x0]
;;;   28 ret
;;;   2c mov w17, #4
;;;   30 adds x17, x17, x0
;;;   34 b.hs #0x44
;;;   38 ldr x16, [x28, #0x18]
;;;   3c cmp x17, x16
;;;   40 b.ls #0x24
;;;   44 mov w16, #0
;;;   48 adds x0, x16, x0
;;;   4c csinv x0, x0, xzr, lo
;;;   50 mov x17, x30
;;;   54 ldr x16, [x28, #8]
;;;   58 blr x16
;;; function 2
;;;    0 mov w17, #4
;;;    4 movk w17, #0x10, lsl #16
;;;    8 adds x17, x17, x0
;;;    c b.hs #0x2c
;;;   10 ldr x16, [x28, #0x18]
;;;   14 cmp x17, x16
;;;   18 b.hi #0x2c
;;;   1c add x16, x27, x0, uxtx
;;;   20 add x16, x16, #0x100, lsl #12
;;;   24 ldr w0, [x16]
;;;   28 ret
;;;   2c mov w16, #0x100000
;;;   30 adds x0, x16, x0
;;;   34 csinv x0, x0, xzr, lo
;;;   38 mov x17, x30
;;;   3c ldr x16, [x28, #8]
;;;   40 blr x16
;;; function 3
;;;    0 add x16, x27, #0xc, lsl #12
;;;    4 ldr w0, [x16, #0x3ffc]
;;;    8 ret
;;; function 4
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x1c
;;;    c add x16, x27, x0, uxtx
;;;   10 str wzr, [x16, #0xc]
;;;   14 ldr w0, [x16, #8]
;;;   18 ret
;;;   1c mov w17, #0x10
;;;   20 adds x17, x17, x0
;;;   24 b.hs #0x34
;;;   28 ldr x16, [x28, #0x18]
;;;   2c cmp x17, x16
;;;   30 b.ls #0xc
;;;   34 mov w16, #0xc
;;;   38 adds x0, x16, x0
;;;   3c csinv x0, x0, xzr, lo
;;;   40 mov x17, x30
;;;   44 ldr x16, [x28, #8]
;;;   48 blr x16
;;; function 5
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x28
;;;    c add x16, x27, x0, uxtx
;;;   10 ldr x1, [x16, #8]
;;;   14 ldr x2, [x16, #0x1000]
;;;   18 ldr x0, [x16, #0x190]
;;;   1c add x0, x2, x0
;;;   20 add x0, x1, x0
;;;   24 ret
;;;   28 mov w17, #0x10
;;;   2c adds x17, x17, x0
;;;   30 b.hs #0x40
;;;   34 ldr x16, [x28, #0x18]
;;;   38 cmp x17, x16
;;;   3c b.ls #0xc
;;;   40 mov w16, #8
;;;   44 adds x0, x16, x0
;;;   48 csinv x0, x0, xzr, lo
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;; function 6
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x20
;;;    c mov w1, #7
;;;   10 add x16, x27, x0, uxtx
;;;   14 stur w1, [x16, #-0x10]
;;;   18 ldr w0, [x16, #8]
;;;   1c ret
;;;   20 mov w16, #4
;;;   24 sub x17, x0, #0x10
;;;   28 adds x17, x17, x16
;;;   2c b.hs #0x3c
;;;   30 ldr x16, [x28, #0x18]
;;;   34 cmp x17, x16
;;;   38 b.ls #0xc
;;;   3c mov w16, #0
;;;   40 sub x17, x0, #0x10
;;;   44 adds x0, x16, x17
;;;   48 csinv x0, x0, xzr, lo
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;; function 7
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x40
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 mov w1, w0
;;;   14 mov w2, #-1
;;;   18 mov x3, #0xffffffff
;;;   1c cmp x0, x3
;;;   20 csel w0, w1, w2, lo
;;;   24 ldur x16, [x28, #-8]
;;;   28 blr x16
;;;   2c mov x1, #-1
;;;   30 cmn w0, #1
;;;   34 csel x0, x1, x0, eq
;;;   38 ldp xzr, x30, [sp], #0x10
;;;   3c ret
;;;   40 mov x17, x30
;;;   44 ldr x16, [x28, #8]
;;;   48 blr x16
