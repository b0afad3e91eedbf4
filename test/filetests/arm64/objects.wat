;; test: asm
;; target: aarch64
;; New objects come from the window; the helper has those that it has no room for. Zeros are stored from a register.
(module
  (type $pair (struct (field (mut i32)) (field (mut i64))))
  (type $bytes (array (mut i8)))
  (type $longs (array (mut i64)))
  (type $vectors (array (mut v128)))
  (type $list (struct (field (mut (ref null $list))) (field f64)))
  (func (param $x i32) (result (ref $pair)) (struct.new $pair (local.get $x) (i64.const 0)))
  (func (param $n i32) (result (ref $bytes)) (array.new_default $bytes (local.get $n)))
  (func (param $n i32) (result (ref $longs)) (array.new_default $longs (local.get $n)))
  (func (param $n i32) (result (ref $vectors)) (array.new_default $vectors (local.get $n)))
  ;; the size is a constant
  (func (result (ref $longs)) (array.new_fixed $longs 2 (i64.const 1) (i64.const 0)))
  ;; both values stay in registers
  (func (param $rest (ref null $list)) (param $x f64) (result (ref $list))
    (struct.new $list (struct.new $list (local.get $rest) (local.get $x)) (f64.const 0)))
  (func (param $l (ref $list)) (struct.set $list 0 (local.get $l) (ref.null $list)))
  ;; a cast compares and traps in one operation
  (func (param $x anyref) (result (ref $pair)) (ref.cast (ref $pair) (local.get $x))))

;;; function 0
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x44
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 ldr x1, [x28, #0x38]
;;;   14 ldp w2, w17, [x1, #0x40]
;;;   18 add x15, x2, #0x10
;;;   1c cmp x15, x17
;;;   20 b.hi #0x50
;;;   24 str w15, [x1, #0x40]
;;;   28 ldr w17, [x28, #0x40]
;;;   2c str w17, [x1, x2]
;;;   30 add x16, x1, x2, uxtx
;;;   34 str w0, [x16, #4]
;;;   38 mov x0, x2
;;;   3c ldp xzr, x30, [sp], #0x10
;;;   40 ret
;;;   44 mov x17, x30
;;;   48 ldr x16, [x28, #8]
;;;   4c blr x16
;;;   50 mov w17, #0
;;;   54 ldur x30, [x28, #-0xd8]
;;;   58 blr x30
;;;   5c mov w2, w16
;;;   60 b #0x30
;;; function 1
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x50
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 ldr x1, [x28, #0x38]
;;;   14 cmp w0, #0x100, lsl #12
;;;   18 b.hi #0x5c
;;;   1c ldp w16, w17, [x1, #0x40]
;;;   20 add x15, x16, x0
;;;   24 add x15, x15, #0xf
;;;   28 and x15, x15, #0xfffffffffffffff8
;;;   2c cmp x15, x17
;;;   30 b.hi #0x5c
;;;   34 str w15, [x1, #0x40]
;;;   38 ldr w17, [x28, #0x44]
;;;   3c add x15, x1, x16
;;;   40 stp w17, w0, [x15]
;;;   44 mov w0, w16
;;;   48 ldp xzr, x30, [sp], #0x10
;;;   4c ret
;;;   50 mov x17, x30
;;;   54 ldr x16, [x28, #8]
;;;   58 blr x16
;;;   5c mov w17, #1
;;;   60 mov w16, w0
;;;   64 ldur x30, [x28, #-0xd8]
;;;   68 blr x30
;;;   6c mov w0, w16
;;;   70 b #0x48
;;; function 2
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x4c
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 ldr x1, [x28, #0x38]
;;;   14 cmp w0, #0x20, lsl #12
;;;   18 b.hi #0x58
;;;   1c ldp w16, w17, [x1, #0x40]
;;;   20 add x15, x16, x0, lsl #3
;;;   24 add x15, x15, #8
;;;   28 cmp x15, x17
;;;   2c b.hi #0x58
;;;   30 str w15, [x1, #0x40]
;;;   34 ldr w17, [x28, #0x48]
;;;   38 add x15, x1, x16
;;;   3c stp w17, w0, [x15]
;;;   40 mov w0, w16
;;;   44 ldp xzr, x30, [sp], #0x10
;;;   48 ret
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;;   58 mov w17, #2
;;;   5c mov w16, w0
;;;   60 ldur x30, [x28, #-0xd8]
;;;   64 blr x30
;;;   68 mov w0, w16
;;;   6c b #0x44
;;; function 3
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x4c
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 ldr x1, [x28, #0x38]
;;;   14 cmp w0, #0x10, lsl #12
;;;   18 b.hi #0x58
;;;   1c ldp w16, w17, [x1, #0x40]
;;;   20 add x15, x16, x0, lsl #4
;;;   24 add x15, x15, #8
;;;   28 cmp x15, x17
;;;   2c b.hi #0x58
;;;   30 str w15, [x1, #0x40]
;;;   34 ldr w17, [x28, #0x4c]
;;;   38 add x15, x1, x16
;;;   3c stp w17, w0, [x15]
;;;   40 mov w0, w16
;;;   44 ldp xzr, x30, [sp], #0x10
;;;   48 ret
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;;   58 mov w17, #3
;;;   5c mov w16, w0
;;;   60 ldur x30, [x28, #-0xd8]
;;;   64 blr x30
;;;   68 mov w0, w16
;;;   6c b #0x44
;;; function 4
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x54
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 ldr x0, [x28, #0x38]
;;;   14 mov w1, #2
;;;   18 ldp w16, w17, [x0, #0x40]
;;;   1c add x15, x16, #0x18
;;;   20 cmp x15, x17
;;;   24 b.hi #0x60
;;;   28 str w15, [x0, #0x40]
;;;   2c ldr w17, [x28, #0x48]
;;;   30 add x15, x0, x16
;;;   34 stp w17, w1, [x15]
;;;   38 mov w1, w16
;;;   3c mov w2, #1
;;;   40 add x16, x0, x1, uxtx
;;;   44 str x2, [x16, #8]
;;;   48 mov x0, x1
;;;   4c ldp xzr, x30, [sp], #0x10
;;;   50 ret
;;;   54 mov x17, x30
;;;   58 ldr x16, [x28, #8]
;;;   5c blr x16
;;;   60 mov w17, #2
;;;   64 mov w16, w1
;;;   68 ldur x30, [x28, #-0xd8]
;;;   6c blr x30
;;;   70 mov w1, w16
;;;   74 b #0x3c
;;; function 5
;;;    0 ldr x16, [x28]
;;;    4 cmp sp, x16
;;;    8 b.lo #0x68
;;;    c stp xzr, x30, [sp, #-0x10]!
;;;   10 ldr x1, [x28, #0x38]
;;;   14 ldp w2, w17, [x1, #0x40]
;;;   18 add x15, x2, #0x10
;;;   1c cmp x15, x17
;;;   20 b.hi #0x74
;;;   24 str w15, [x1, #0x40]
;;;   28 ldr w17, [x28, #0x50]
;;;   2c str w17, [x1, x2]
;;;   30 add x16, x1, x2, uxtx
;;;   34 str w0, [x16, #4]
;;;   38 str d0, [x16, #8]
;;;   3c ldp w0, w17, [x1, #0x40]
;;;   40 add x15, x0, #0x10
;;;   44 cmp x15, x17
;;;   48 b.hi #0x88
;;;   4c str w15, [x1, #0x40]
;;;   50 ldr w17, [x28, #0x50]
;;;   54 str w17, [x1, x0]
;;;   58 add x16, x1, x0, uxtx
;;;   5c str w2, [x16, #4]
;;;   60 ldp xzr, x30, [sp], #0x10
;;;   64 ret
;;;   68 mov x17, x30
;;;   6c ldr x16, [x28, #8]
;;;   70 blr x16
;;;   74 mov w17, #4
;;;   78 ldur x30, [x28, #-0xd8]
;;;   7c blr x30
;;;   80 mov w2, w16
;;;   84 b #0x30
;;;   88 mov w17, #4
;;;   8c ldur x30, [x28, #-0xd8]
;;;   90 blr x30
;;;   94 mov w0, w16
;;;   98 b #0x58
;;; function 6
;;;    0 ldr x1, [x28, #0x38]
;;;    4 add x16, x1, x0, uxtx
;;;    8 str wzr, [x16, #4]
;;;    c ret
;;; function 7
;;;    0 mov w1, #0
;;;    4 tst w0, #3
;;;    8 csel w1, w1, w0, ne
;;;    c ldr x2, [x28, #0x38]
;;;   10 ldr w1, [x2, x1]
;;;   14 ldr w2, [x28, #0x40]
;;;   18 cmp w1, w2
;;;   1c b.ne #0x24
;;;   20 ret
;;;   24 mov x17, x30
;;;   28 ldr x16, [x28, #8]
;;;   2c blr x16
