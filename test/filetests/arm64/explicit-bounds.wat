;; test: asm
;; target: aarch64
;; bounds: explicit
;; Comparisons with the size of memory; the address is worked out in cold code.
(module (memory 1)
  (func (param $p i32) (result i32) (i32.load offset=16 (local.get $p)))
  (func (param $p i32) (param $x i64) (i64.store (local.get $p) (local.get $x)))
  (func (param $p i32) (result i32) (i32.load8_u offset=0xffffffff (local.get $p)))
  ;; below the minimum size: no check
  (func (result i32) (i32.load (i32.const 65532)))
  (func (result i32) (i32.load (i32.const 65533)))
  (func (param $p i32) (i32.store offset=4 (local.get $p) (i32.add (i32.load offset=4 (local.get $p)) (i32.const 1))))
  ;; a field, then fields before it: one check; the one behind it needs another
  (func (param $p i32) (result i32)
    (i32.store offset=12 (local.get $p) (i32.const 0))
    (i32.store offset=8 (local.get $p) (i32.const 1))
    (i32.store8 offset=15 (local.get $p) (i32.const 2))
    (i32.load offset=16 (local.get $p)))
  ;; a check in one arm does not serve what follows the join; one before the branch serves both arms
  (func (param $p i32) (param $q i32)
    (if (local.get $q) (then (i32.store offset=4 (local.get $p) (i32.const 0))))
    (i32.store (local.get $p) (i32.const 1))
    (if (local.get $q) (then (i32.store8 offset=3 (local.get $p) (i32.const 0)))))
  ;; each round of a loop has its own index
  (func (param $p i32)
    (loop $l
      (i32.store (local.get $p) (i32.const 0))
      (i32.store16 (local.get $p) (i32.const 1))
      (br_if $l (local.tee $p (i32.shr_u (local.get $p) (i32.const 1)))))))

;;; function 0
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x18
;;;    c add x16, x27, x0, uxtx
;;;   10 ldr w0, [x16, #0x10]
;;;   14 ret
;;;   18 mov w17, #0x14
;;;   1c adds x17, x17, x0
;;;   20 ldr x16, [x28, #0x18]
;;;   24 cmp x17, x16
;;;   28 b.ls #0xc
;;;   2c mov w16, #0x10
;;;   30 adds x0, x16, x0
;;;   34 mov x17, x30
;;;   38 ldr x16, [x28, #8]
;;;   3c blr x16
;;; function 1
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x14
;;;    c str x1, [x27, x0]
;;;   10 ret
;;;   14 mov w17, #8
;;;   18 adds x17, x17, x0
;;;   1c ldr x16, [x28, #0x18]
;;;   20 cmp x17, x16
;;;   24 b.ls #0xc
;;;   28 mov w16, #0
;;;   2c adds x0, x16, x0
;;;   30 mov x17, x30
;;;   34 ldr x16, [x28, #8]
;;;   38 blr x16
;;; function 2
;;;    0 mov w16, #-1
;;;    4 add x0, x16, x0
;;;    8 add x17, x0, #1
;;;    c ldr x16, [x28, #0x18]
;;;   10 cmp x17, x16
;;;   14 b.hi #0x20
;;;   18 ldrb w0, [x27, x0]
;;;   1c ret
;;;   20 mov x0, x0
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 3
;;;    0 add x16, x27, #0xc, lsl #12
;;;    4 ldr w0, [x16, #0x3ffc]
;;;    8 ret
;;; function 4
;;;    0 ldr x16, [x28, #0x18]
;;;    4 mov w17, #0x10001
;;;    8 cmp x17, x16
;;;    c b.hi #0x20
;;;   10 add x16, x27, #0xf, lsl #12
;;;   14 add x16, x16, #0xffd
;;;   18 ldr w0, [x16]
;;;   1c ret
;;;   20 mov w0, #0xfffd
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
;;; function 5
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x20
;;;    c add x16, x27, x0, uxtx
;;;   10 ldr w1, [x16, #4]
;;;   14 add w1, w1, #1
;;;   18 str w1, [x16, #4]
;;;   1c ret
;;;   20 mov w17, #8
;;;   24 adds x17, x17, x0
;;;   28 ldr x16, [x28, #0x18]
;;;   2c cmp x17, x16
;;;   30 b.ls #0xc
;;;   34 mov w16, #4
;;;   38 adds x0, x16, x0
;;;   3c mov x17, x30
;;;   40 ldr x16, [x28, #8]
;;;   44 blr x16
;;; function 6
;;;    0 ldur x16, [x28, #-0x78]
;;;    4 cmp x0, x16
;;;    8 b.hs #0x3c
;;;    c add x16, x27, x0, uxtx
;;;   10 str wzr, [x16, #0xc]
;;;   14 mov w1, #1
;;;   18 str w1, [x16, #8]
;;;   1c mov w1, #2
;;;   20 strb w1, [x16, #0xf]
;;;   24 ldur x16, [x28, #-0x78]
;;;   28 cmp x0, x16
;;;   2c b.hs #0x54
;;;   30 add x16, x27, x0, uxtx
;;;   34 ldr w0, [x16, #0x10]
;;;   38 ret
;;;   3c mov w17, #0x10
;;;   40 adds x17, x17, x0
;;;   44 ldr x16, [x28, #0x18]
;;;   48 cmp x17, x16
;;;   4c b.hi #0x6c
;;;   50 b #0xc
;;;   54 mov w17, #0x14
;;;   58 adds x17, x17, x0
;;;   5c ldr x16, [x28, #0x18]
;;;   60 cmp x17, x16
;;;   64 b.hi #0x80
;;;   68 b #0x30
;;;   6c mov w16, #0xc
;;;   70 adds x0, x16, x0
;;;   74 mov x17, x30
;;;   78 ldr x16, [x28, #8]
;;;   7c blr x16
;;;   80 mov w16, #0x10
;;;   84 adds x0, x16, x0
;;;   88 mov x17, x30
;;;   8c ldr x16, [x28, #8]
;;;   90 blr x16
;;; function 7
;;;    0 cbz w1, #0x18
;;;    4 ldur x16, [x28, #-0x78]
;;;    8 cmp x0, x16
;;;    c b.hs #0x3c
;;;   10 add x16, x27, x0, uxtx
;;;   14 str wzr, [x16, #4]
;;;   18 ldur x16, [x28, #-0x78]
;;;   1c cmp x0, x16
;;;   20 b.hs #0x54
;;;   24 mov w2, #1
;;;   28 str w2, [x27, x0]
;;;   2c cbz w1, #0x38
;;;   30 add x16, x27, x0, uxtx
;;;   34 strb wzr, [x16, #3]
;;;   38 ret
;;;   3c mov w17, #8
;;;   40 adds x17, x17, x0
;;;   44 ldr x16, [x28, #0x18]
;;;   48 cmp x17, x16
;;;   4c b.hi #0x6c
;;;   50 b #0x10
;;;   54 mov w17, #4
;;;   58 adds x17, x17, x0
;;;   5c ldr x16, [x28, #0x18]
;;;   60 cmp x17, x16
;;;   64 b.hi #0x80
;;;   68 b #0x24
;;;   6c mov w16, #4
;;;   70 adds x0, x16, x0
;;;   74 mov x17, x30
;;;   78 ldr x16, [x28, #8]
;;;   7c blr x16
;;;   80 mov w16, #0
;;;   84 adds x0, x16, x0
;;;   88 mov x17, x30
;;;   8c ldr x16, [x28, #8]
;;;   90 blr x16
;;; function 8
;;;    0 mov w1, #1
;;;    4 ldur x16, [x28, #-0x78]
;;;    8 cmp x0, x16
;;;    c b.hs #0x24
;;;   10 str wzr, [x27, x0]
;;;   14 strh w1, [x27, x0]
;;;   18 lsr w0, w0, #1
;;;   1c cbnz w0, #4
;;;   20 ret
;;;   24 mov w17, #4
;;;   28 adds x17, x17, x0
;;;   2c ldr x16, [x28, #0x18]
;;;   30 cmp x17, x16
;;;   34 b.ls #0x10
;;;   38 mov w16, #0
;;;   3c adds x0, x16, x0
;;;   40 mov x17, x30
;;;   44 ldr x16, [x28, #8]
;;;   48 blr x16
