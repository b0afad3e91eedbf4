;; test: asm
;; target: aarch64
;; Floats: most operators are one instruction; truncations that trap look at unusual results in cold code.
(module
  (func (param f64 f64) (result f64) (f64.min (local.get 0) (f64.max (local.get 1) (f64.const 1.5))))
  (func (param f32 f32) (result f32) (f32.copysign (local.get 0) (local.get 1)))
  (func (param f64 f64) (result f64) (f64.copysign (local.get 0) (local.get 1)))
  (func (param f64) (result f64) (f64.nearest (f64.ceil (f64.floor (f64.trunc (f64.sqrt (f64.abs (f64.neg (local.get 0)))))))))
  (func (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
  (func (param f32) (result i32) (i32.trunc_f32_u (local.get 0)))
  (func (param f32) (result i64) (i64.trunc_f32_s (local.get 0)))
  (func (param f64) (result i64) (i64.trunc_f64_u (local.get 0)))
  (func (param f64) (result i64) (i64.trunc_sat_f64_u (local.get 0)))
  (func (param i32) (result f32) (f32.convert_i32_u (local.get 0)))
  (func (param i64) (result f64) (f64.convert_i64_u (local.get 0)))
  (func (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
  (func (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
  (func (param f64) (result f32) (f32.demote_f64 (local.get 0)))
  (func (result f64) (f64.const 0.1))
  (func (result f32) (f32.const -2.5))
  (func (param f64 f64 i32) (result f64) (select (local.get 0) (local.get 1) (f64.lt (local.get 0) (local.get 1)))))

;;; function 0
;;;    0 fmov d2, #1.50000000
;;;    4 fmax d1, d1, d2
;;;    8 fmin d0, d0, d1
;;;    c ret
;;; function 1
;;;    0 movi v31.4s, #0x80, lsl #24
;;;    4 bit v0.16b, v1.16b, v31.16b
;;;    8 ret
;;; function 2
;;;    0 movi v31.2d, #0000000000000000
;;;    4 fneg v31.2d, v31.2d
;;;    8 bit v0.16b, v1.16b, v31.16b
;;;    c ret
;;; function 3
;;;    0 fneg d0, d0
;;;    4 fabs d0, d0
;;;    8 fsqrt d0, d0
;;;    c frintz d0, d0
;;;   10 frintm d0, d0
;;;   14 frintp d0, d0
;;;   18 frintn d0, d0
;;;   1c ret
;;; function 4
;;;    0 fcvtzs w0, d0
;;;    4 fcmp d0, d0
;;;    8 ccmn w0, w0, #1, vc
;;;    c b.vs #0x14
;;;   10 ret
;;;   14 fcmp d0, d0
;;;   18 b.vs #0x3c
;;;   1c ldr d31, #0x58
;;;   20 fcmp d0, d31
;;;   24 b.ls #0x48
;;;   28 ldr d31, #0x60
;;;   2c fcmp d0, d31
;;;   30 b.ge #0x48
;;;   34 fcvtzs w0, d0
;;;   38 b #0x10
;;;   3c mov x17, x30
;;;   40 ldr x16, [x28, #8]
;;;   44 blr x16
;;;   48 mov x17, x30
;;;   4c ldr x16, [x28, #8]
;;;   50 blr x16
;;; function 5
;;;    0 fcvtzs x0, s0
;;;    4 lsr x16, x0, #0x20
;;;    8 fcmp s0, s0
;;;    c ccmp x16, #0, #0, vc
;;;   10 b.ne #0x18
;;;   14 ret
;;;   18 fcmp s0, s0
;;;   1c b.vs #0x40
;;;   20 ldr s31, #0x58
;;;   24 fcmp s0, s31
;;;   28 b.ls #0x4c
;;;   2c ldr s31, #0x5c
;;;   30 fcmp s0, s31
;;;   34 b.ge #0x4c
;;;   38 fcvtzu w0, s0
;;;   3c b #0x14
;;;   40 mov x17, x30
;;;   44 ldr x16, [x28, #8]
;;;   48 blr x16
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;; function 6
;;;    0 fcvtzs x0, s0
;;;    4 fcmp s0, s0
;;;    8 ccmn x0, x0, #1, vc
;;;    c b.vs #0x14
;;;   10 ret
;;;   14 fcmp s0, s0
;;;   18 b.vs #0x3c
;;;   1c ldr s31, #0x54
;;;   20 fcmp s0, s31
;;;   24 b.ls #0x48
;;;   28 ldr s31, #0x58
;;;   2c fcmp s0, s31
;;;   30 b.ge #0x48
;;;   34 fcvtzs x0, s0
;;;   38 b #0x10
;;;   3c mov x17, x30
;;;   40 ldr x16, [x28, #8]
;;;   44 blr x16
;;;   48 mov x17, x30
;;;   4c ldr x16, [x28, #8]
;;;   50 blr x16
;;; function 7
;;;    0 fcvtzs x0, d0
;;;    4 lsr x16, x0, #0x3e
;;;    8 fcmp d0, d0
;;;    c ccmp x16, #0, #0, vc
;;;   10 b.ne #0x18
;;;   14 ret
;;;   18 fcmp d0, d0
;;;   1c b.vs #0x40
;;;   20 ldr d31, #0x58
;;;   24 fcmp d0, d31
;;;   28 b.ls #0x4c
;;;   2c ldr d31, #0x60
;;;   30 fcmp d0, d31
;;;   34 b.ge #0x4c
;;;   38 fcvtzu x0, d0
;;;   3c b #0x14
;;;   40 mov x17, x30
;;;   44 ldr x16, [x28, #8]
;;;   48 blr x16
;;;   4c mov x17, x30
;;;   50 ldr x16, [x28, #8]
;;;   54 blr x16
;;; function 8
;;;    0 fcvtzu x0, d0
;;;    4 ret
;;; function 9
;;;    0 ucvtf s0, w0
;;;    4 ret
;;; function 10
;;;    0 ucvtf d0, x0
;;;    4 ret
;;; function 11
;;;    0 fmov d0, x0
;;;    4 ret
;;; function 12
;;;    0 fmov w0, s0
;;;    4 ret
;;; function 13
;;;    0 fcvt s0, d0
;;;    4 ret
;;; function 14
;;;    0 ldr d0, #8
;;;    4 ret
;;; function 15
;;;    0 fmov s0, #-2.50000000
;;;    4 ret
;;; function 16
;;;    0 fcmp d0, d1
;;;    4 fcsel d0, d0, d1, mi
;;;    8 ret
