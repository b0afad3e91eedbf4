;; test: asm
;; target: aarch64
;; Vector operators that are sequences, or fold something.
(module
  (memory 1)
  ;; a load of 16 bytes is not aligned: it doesn't fold; a constant does, zeros are made
  (func (param $p i32) (param $x v128) (result v128)
    (i32x4.eq (i8x16.sub (i32x4.add (local.get $x) (v128.load (local.get $p))) (v128.const i8x16 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1)) (v128.const i32x4 0 0 0 0)))
  ;; splats of loads
  (func (param $p i32) (result v128)
    (f32x4.add (f32x4.splat (f32.load (local.get $p)))
      (i32x4.add (i32x4.splat (i32.load offset=4 (local.get $p))) (i64x2.add (v128.load64_splat offset=8 (local.get $p)) (i8x16.add (v128.load8_splat offset=16 (local.get $p)) (i16x8.splat (i32.load16_u offset=20 (local.get $p))))))))
  ;; lanes from memory and to it
  (func (param $p i32) (param $x v128)
    (v128.store16_lane offset=2 5 (local.get $p) (v128.load64_lane offset=8 1 (local.get $p) (i8x16.replace_lane 3 (local.get $x) (i32.load8_u offset=1 (local.get $p)))))
    (v128.store64_lane offset=24 1 (local.get $p) (f64x2.replace_lane 0 (local.get $x) (f64.load offset=16 (local.get $p)))))
  ;; shifts of bytes, and of 64 bits with their sign
  (func (param $x v128) (param $n i32) (result v128)
    (i64x2.shr_s (i8x16.shr_s (i8x16.shl (local.get $x) (local.get $n)) (i32.const 3)) (i32.const 5)))
  (func (param $x v128) (param $n i32) (result v128)
    (i32x4.shl (i64x2.shr_s (local.get $x) (local.get $n)) (i32.and (local.get $n) (i32.const 15))))
  ;; products
  (func (param $x v128) (param $y v128) (result v128)
    (i64x2.mul (i32x4.extmul_high_i16x8_u (local.get $x) (local.get $y)) (i16x8.q15mulr_sat_s (local.get $x) (local.get $y))))
  ;; comparisons
  (func (param $x v128) (param $y v128) (result v128)
    (i8x16.add (i8x16.lt_u (local.get $x) (local.get $y))
      (i8x16.add (i16x8.ge_s (local.get $x) (local.get $y)) (i8x16.gt_u (local.get $x) (v128.const i8x16 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9)))))
  ;; minimum of floats
  (func (param $x v128) (param $y v128) (result v128) (f32x4.min (local.get $x) (local.get $y)))
  ;; conversions
  (func (param $x v128) (result v128) (i32x4.trunc_sat_f32x4_s (local.get $x)))
  (func (param $x v128) (result v128) (f32x4.convert_i32x4_u (local.get $x)))
  ;; tests fuse with what they decide
  (func (param $x v128) (result i32)
    (if (result i32) (v128.any_true (local.get $x)) (then (i32.const 10)) (else (i32.eqz (i16x8.all_true (local.get $x))))))
  (func (param $x v128) (param $y v128) (result i32)
    (i32.add (i32x4.all_true (i8x16.eq (local.get $x) (local.get $y))) (i32.add (v128.any_true (v128.andnot (local.get $x) (local.get $y))) (i8x16.all_true (f32x4.lt (local.get $x) (local.get $y))))))
  (func (param $x v128) (param $y v128) (result v128)
    (v128.bitselect (local.get $x) (local.get $y) (v128.const i32x4 0xff 0xff 0xff 0xff)))
  (func (param $x v128) (param $y v128) (result v128)
    (v128.bitselect (local.get $x) (local.get $y) (i8x16.gt_s (local.get $x) (local.get $y))))
  (func (param $x v128) (result v128) (i8x16.popcnt (local.get $x)))
  (func (param $x v128) (param $y v128) (result v128) (i8x16.swizzle (i8x16.swizzle (local.get $x) (local.get $y)) (v128.const i8x16 3 2 1 0 16 16 16 16 0 0 0 0 200 15 15 15)))
  ;; the lowest lane of a vector is a float as it stands
  (func (param $x v128) (result f32) (f32.add (f32x4.extract_lane 0 (local.get $x)) (f32x4.extract_lane 2 (local.get $x))))
  ;; extensions in a row, of what a shuffle has brought down too
  (func (param $p i32) (param $x v128) (result v128)
    (i32x4.add (i32x4.extend_low_i16x8_s (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $p))))
      (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (i8x16.shuffle 0 4 8 12 0 4 8 12 0 4 8 12 0 4 8 12 (local.get $x) (local.get $x))))))
  ;; of a splat whose other lanes are replaced nobody reads them
  (func (param $a i32) (param $b i32) (result v128)
    (i32x4.replace_lane 3 (i32x4.replace_lane 2 (i32x4.replace_lane 1 (i32x4.splat (local.get $a)) (local.get $b)) (local.get $a)) (local.get $b))))

;;; function 0
;;;    0 ldr q1, [x27, w0, uxtw]
;;;    4 add v0.4s, v0.4s, v1.4s
;;;    8 ldr q1, #0x20
;;;    c sub v0.16b, v0.16b, v1.16b
;;;   10 movi v1.2d, #0000000000000000
;;;   14 cmeq v0.4s, v0.4s, v1.4s
;;;   18 ret
;;; function 1
;;;    0 ldr s0, [x27, w0, uxtw]
;;;    4 dup v0.4s, v0.s[0]
;;;    8 add x16, x27, w0, uxtw
;;;    c ldr w1, [x16, #4]
;;;   10 dup v1.4s, w1
;;;   14 ldr d2, [x16, #8]
;;;   18 dup v2.2d, v2.d[0]
;;;   1c ldr b3, [x16, #0x10]
;;;   20 dup v3.16b, v3.b[0]
;;;   24 ldrh w0, [x16, #0x14]
;;;   28 dup v4.8h, w0
;;;   2c add v3.16b, v3.16b, v4.16b
;;;   30 add v2.2d, v2.2d, v3.2d
;;;   34 add v1.4s, v1.4s, v2.4s
;;;   38 fadd v0.4s, v0.4s, v1.4s
;;;   3c ret
;;; function 2
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldrb w1, [x16, #1]
;;;    8 mov v1.16b, v0.16b
;;;    c mov v1.b[3], w1
;;;   10 ldr d2, [x16, #8]
;;;   14 mov v1.d[1], v2.d[0]
;;;   18 mov h1, v1.h[5]
;;;   1c str h1, [x16, #2]
;;;   20 ldr d1, [x16, #0x10]
;;;   24 mov v0.d[0], v1.d[0]
;;;   28 mov d0, v0.d[1]
;;;   2c add x16, x27, w0, uxtw
;;;   30 str d0, [x16, #0x18]
;;;   34 ret
;;; function 3
;;;    0 and w0, w0, #7
;;;    4 dup v1.16b, w0
;;;    8 ushl v0.16b, v0.16b, v1.16b
;;;    c sshr v0.16b, v0.16b, #3
;;;   10 sshr v0.2d, v0.2d, #5
;;;   14 ret
;;; function 4
;;;    0 and w1, w0, #0x3f
;;;    4 neg w1, w1
;;;    8 dup v1.2d, x1
;;;    c sshl v0.2d, v0.2d, v1.2d
;;;   10 and w0, w0, #0xf
;;;   14 and w0, w0, #0x1f
;;;   18 dup v1.4s, w0
;;;   1c ushl v0.4s, v0.4s, v1.4s
;;;   20 ret
;;; function 5
;;;    0 umull2 v2.4s, v0.8h, v1.8h
;;;    4 sqrdmulh v0.8h, v0.8h, v1.8h
;;;    8 xtn v1.2s, v2.2d
;;;    c xtn v3.2s, v0.2d
;;;   10 rev64 v0.4s, v0.4s
;;;   14 mul v0.4s, v0.4s, v2.4s
;;;   18 uaddlp v0.2d, v0.4s
;;;   1c shl v0.2d, v0.2d, #0x20
;;;   20 umlal v0.2d, v1.2s, v3.2s
;;;   24 ret
;;; function 6
;;;    0 cmhi v2.16b, v1.16b, v0.16b
;;;    4 cmge v1.8h, v0.8h, v1.8h
;;;    8 ldr q3, #0x20
;;;    c cmhi v0.16b, v0.16b, v3.16b
;;;   10 add v0.16b, v1.16b, v0.16b
;;;   14 add v0.16b, v2.16b, v0.16b
;;;   18 ret
;;; function 7
;;;    0 fmin v0.4s, v0.4s, v1.4s
;;;    4 ret
;;; function 8
;;;    0 fcvtzs v0.4s, v0.4s
;;;    4 ret
;;; function 9
;;;    0 ucvtf v0.4s, v0.4s
;;;    4 ret
;;; function 10
;;;    0 umaxp v1.4s, v0.4s, v0.4s
;;;    4 mov x0, v1.d[0]
;;;    8 cbnz x0, #0x20
;;;    c uminv h0, v0.8h
;;;   10 umov w0, v0.h[0]
;;;   14 cmp w0, #0
;;;   18 cset w0, eq
;;;   1c ret
;;;   20 mov w0, #0xa
;;;   24 ret
;;; function 11
;;;    0 cmeq v2.16b, v0.16b, v1.16b
;;;    4 uminv s2, v2.4s
;;;    8 mov w0, v2.s[0]
;;;    c cmp w0, #0
;;;   10 cset w0, ne
;;;   14 bic v2.16b, v0.16b, v1.16b
;;;   18 umaxp v2.4s, v2.4s, v2.4s
;;;   1c mov x1, v2.d[0]
;;;   20 cmp x1, #0
;;;   24 cset w1, ne
;;;   28 fcmgt v0.4s, v1.4s, v0.4s
;;;   2c uminv b0, v0.16b
;;;   30 umov w2, v0.b[0]
;;;   34 cmp w2, #0
;;;   38 cset w2, ne
;;;   3c add w1, w1, w2
;;;   40 add w0, w0, w1
;;;   44 ret
;;; function 12
;;;    0 ldr q2, #0x10
;;;    4 bsl v2.16b, v0.16b, v1.16b
;;;    8 mov v0.16b, v2.16b
;;;    c ret
;;; function 13
;;;    0 cmgt v2.16b, v0.16b, v1.16b
;;;    4 bsl v2.16b, v0.16b, v1.16b
;;;    8 mov v0.16b, v2.16b
;;;    c ret
;;; function 14
;;;    0 cnt v0.16b, v0.16b
;;;    4 ret
;;; function 15
;;;    0 tbl v0.16b, {v0.16b}, v1.16b
;;;    4 ldr q1, #0x10
;;;    8 tbl v0.16b, {v0.16b}, v1.16b
;;;    c ret
;;; function 16
;;;    0 mov s1, v0.s[0]
;;;    4 mov s0, v0.s[2]
;;;    8 fadd s0, s1, s0
;;;    c ret
;;; function 17
;;;    0 ldr s1, [x27, w0, uxtw]
;;;    4 ushll v1.8h, v1.8b, #0
;;;    8 sshll v1.4s, v1.4h, #0
;;;    c ldr q2, #0x30
;;;   10 tbl v0.16b, {v0.16b}, v2.16b
;;;   14 ushll v0.8h, v0.8b, #0
;;;   18 ushll v0.4s, v0.4h, #0
;;;   1c add v0.4s, v1.4s, v0.4s
;;;   20 ret
;;; function 18
;;;    0 dup v0.4s, w0
;;;    4 mov v0.s[1], w1
;;;    8 mov v0.s[2], w0
;;;    c mov v0.s[3], w1
;;;   10 ret
