;; test: isel
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
  ;; halves of bytes, and bytes with the highest bit, are indices as they stand; of seven bits they are not
  (func (param $x v128) (param $y v128) (result v128)
    (i8x16.swizzle (i8x16.swizzle (local.get $x) (i8x16.shr_u (local.get $y) (i32.const 4)))
      (v128.and (v128.const i32x4 0x8f8f8f8f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f) (local.get $y))))
  (func (param $x v128) (param $y v128) (result v128)
    (i8x16.swizzle (i8x16.swizzle (local.get $x) (i8x16.shr_u (local.get $y) (i32.const 3)))
      (v128.and (v128.const i32x4 0x8f8f8f8f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f1f0f) (local.get $y))))
  (func (param $x v128) (param $y v128) (result v128)
    (i8x16.swizzle (local.get $x) (v128.or (v128.const i32x4 0x80808080 0x08080808 0 0) (i8x16.shuffle 1 0 3 2 5 4 7 6 9 8 11 10 13 12 15 14
      (i8x16.shr_u (local.get $y) (i32.const 5)) (local.get $x)))))
  (func (param $x v128) (param $y v128) (result v128)
    (i8x16.swizzle (local.get $x) (v128.xor (i8x16.shr_u (local.get $x) (i32.const 12)) (i8x16.shr_u (local.get $y) (i32.const 5)))))
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
;;; b0:
;;;   v0:rdi = arg
;;;   v1:xmm0 = arg
;;;   v4 = xload128 [mem + v0]
;;;   v5 = paddd v1, v4  ; tied either
;;;   v6 = psubb v5, [v128:01010101_01010101_01010101_01010101]  ; tied
;;;   v7 = pcmpeqd v6, #v128:00000000_00000000_00000000_00000000  ; tied either
;;;   ret v7:xmm0
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v21 = xload32 [mem + v0]
;;;   v2 = shufps v21, v21, 0  ; tied either
;;;   v20 = xload32 [mem + v0 + 4]
;;;   v4 = shufps v20, v20, 0  ; tied either
;;;   v5 = movddup [mem + v0 + 8]
;;;   v18 = vzero
;;;   v17 = pinsrb v18, [mem + v0 + 16], 0  ; tied
;;;   v19 = vzero
;;;   v6 = pshufb v17, v19  ; tied
;;;   v15 = vzero
;;;   v14 = pinsrw v15, [mem + v0 + 20], 0  ; tied
;;;   v16 = pshuflw v14, 0
;;;   v8 = pshufd v16, 0
;;;   v9 = paddb v6, v8  ; tied either
;;;   v10 = paddq v5, v9  ; tied either
;;;   v11 = paddd v4, v10  ; tied either
;;;   v12 = addps v2, v11  ; tied either
;;;   ret v12:xmm0
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v1:xmm0 = arg
;;;   v3 = pinsrb v1, [mem + v0 + 1], 3  ; tied
;;;   v4 = movlhps v3, [mem + v0 + 8]  ; tied
;;;   pextrw [mem + v0 + 2], v4, 5
;;;   v7 = movlps v1, [mem + v0 + 16]  ; tied
;;;   movhps [mem + v0 + 24], v7
;;;   ret
;;; function 3
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:rdi = arg
;;;   v14 = and32 v1, 7  ; tied
;;;   v15 = bits_to_float32 v14
;;;   v17 = xload128 [v128:00ff00ff_00ff00ff_00ff00ff_00ff00ff]
;;;   v16 = psrlw v17, v15  ; tied
;;;   v18 = packuswb v16, v16  ; tied either
;;;   v19 = pand v0, v18  ; tied either
;;;   v4 = psllw v19, v15  ; tied
;;;   v11 = punpcklbw v4, v4  ; tied either
;;;   v10 = psraw v11, 11  ; tied
;;;   v13 = punpckhbw v4, v4  ; tied either
;;;   v12 = psraw v13, 11  ; tied
;;;   v5 = packsswb v10, v12  ; tied
;;;   v8 = psrlq v5, 5  ; tied
;;;   v9 = pxor v8, [v128:04000000_00000000_04000000_00000000]  ; tied
;;;   v6 = psubq v9, [v128:04000000_00000000_04000000_00000000]  ; tied
;;;   ret v6:xmm0
;;; function 4
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:rdi = arg
;;;   v8 = and32 v1, 63  ; tied
;;;   v9 = bits_to_float32 v8
;;;   v11 = xload128 [v128:80000000_00000000_80000000_00000000]
;;;   v10 = psrlq v11, v9  ; tied
;;;   v12 = psrlq v0, v9  ; tied
;;;   v13 = pxor v12, v10  ; tied either
;;;   v3 = psubq v13, v10  ; tied
;;;   v4 = and32 v1, 15  ; tied
;;;   v7 = bits_to_float32 v4
;;;   v5 = pslld v3, v7  ; tied
;;;   ret v5:xmm0
;;; function 5
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v15 = pmullw v0, v1  ; tied either
;;;   v16 = pmulhuw v0, v1  ; tied either
;;;   v2 = punpckhwd v15, v16  ; tied
;;;   v13 = pmulhrsw v0, v1  ; tied either
;;;   v14 = pcmpeqw v13, [v128:80008000_80008000_80008000_80008000]  ; tied
;;;   v3 = pxor v14, v13  ; tied either
;;;   v7 = psrlq v2, 32  ; tied
;;;   v6 = pmuludq v7, v3  ; tied either
;;;   v9 = psrlq v3, 32  ; tied
;;;   v8 = pmuludq v9, v2  ; tied either
;;;   v11 = paddq v6, v8  ; tied either
;;;   v10 = psllq v11, 32  ; tied
;;;   v12 = pmuludq v2, v3  ; tied either
;;;   v4 = paddq v12, v10  ; tied either
;;;   ret v4:xmm0
;;; function 6
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v12 = pmaxub v0, v1  ; tied either
;;;   v11 = pcmpeqb v12, v0  ; tied either
;;;   v13 = vones
;;;   v3 = pxor v11, v13  ; tied either
;;;   v10 = pmaxsw v0, v1  ; tied either
;;;   v4 = pcmpeqw v10, v0  ; tied either
;;;   v9 = pmaxub v0, [v128:0a0a0a0a_0a0a0a0a_0a0a0a0a_0a0a0a0a]  ; tied
;;;   v5 = pcmpeqb v9, v0  ; tied either
;;;   v6 = paddb v4, v5  ; tied either
;;;   v7 = paddb v3, v6  ; tied either
;;;   ret v7:xmm0
;;; function 7
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v4 = minps v0, v1  ; tied
;;;   v5 = minps v1, v0  ; tied
;;;   v6 = orps v4, v5  ; tied either
;;;   v7 = cmpps v5, v6, 3  ; tied either
;;;   v8 = orps v6, v7  ; tied either
;;;   v9 = psrld v7, 10  ; tied
;;;   v2 = andnps v9, v8  ; tied
;;;   ret v2:xmm0
;;; function 8
;;; b0:
;;;   v0:xmm0 = arg
;;;   v3 = cmpps v0, v0, 0  ; tied either
;;;   v4 = andps v3, v0  ; tied either
;;;   v5 = cvttps2dq v4
;;;   v6 = cmpps v4, [v128:4f000000_4f000000_4f000000_4f000000], 5  ; tied
;;;   v1 = pxor v5, v6  ; tied either
;;;   ret v1:xmm0
;;; function 9
;;; b0:
;;;   v0:xmm0 = arg
;;;   v3 = pblendw v0, [v128:4b000000_4b000000_4b000000_4b000000], 170  ; tied
;;;   v5 = psrld v0, 16  ; tied
;;;   v4 = pblendw v5, [v128:53000000_53000000_53000000_53000000], 170  ; tied
;;;   v6 = subps v4, [v128:53000080_53000080_53000080_53000080]  ; tied
;;;   v1 = addps v6, v3  ; tied either
;;;   ret v1:xmm0
;;; function 10
;;; b0:
;;;   v0:xmm0 = arg
;;;   br_ptest ne v0, v0 -> b1 b2
;;; b1:
;;;   br -> b3(#10)
;;; b2:
;;;   v11 = vzero
;;;   v10 = pcmpeqw v11, v0  ; tied either
;;;   v6 = set_ptest ne v10, v10
;;;   br -> b3(v6)
;;; b3(v8):
;;;   ret v8:rax
;;; function 11
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v2 = pcmpeqb v0, v1  ; tied either
;;;   v13 = vzero
;;;   v12 = pcmpeqd v13, v2  ; tied either
;;;   v3 = set_ptest e v12, v12
;;;   v5 = set_ptest ae v1, v0
;;;   v6 = cmpps v0, v1, 1  ; tied
;;;   v11 = vones
;;;   v7 = set_ptest b v6, v11
;;;   v8 = add32 v5, v7
;;;   v9 = add32 v3, v8
;;;   ret v9:rax
;;; function 12
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v5 = pand v0, [v128:000000ff_000000ff_000000ff_000000ff]  ; tied
;;;   v6 = pand v1, [v128:ffffff00_ffffff00_ffffff00_ffffff00]  ; tied
;;;   v3 = por v5, v6  ; tied either
;;;   ret v3:xmm0
;;; function 13
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v2 = pcmpgtb v0, v1  ; tied
;;;   v5 = pand v2, v0  ; tied either
;;;   v6 = pandn v2, v1  ; tied
;;;   v3 = por v5, v6  ; tied either
;;;   ret v3:xmm0
;;; function 14
;;; b0:
;;;   v0:xmm0 = arg
;;;   v3 = pand v0, [v128:0f0f0f0f_0f0f0f0f_0f0f0f0f_0f0f0f0f]  ; tied
;;;   v5 = psrlw v0, 4  ; tied
;;;   v4 = pand v5, [v128:0f0f0f0f_0f0f0f0f_0f0f0f0f_0f0f0f0f]  ; tied
;;;   v7 = xload128 [v128:04030302_03020201_03020201_02010100]
;;;   v6 = pshufb v7, v3  ; tied
;;;   v9 = xload128 [v128:04030302_03020201_03020201_02010100]
;;;   v8 = pshufb v9, v4  ; tied
;;;   v1 = paddb v6, v8  ; tied either
;;;   ret v1:xmm0
;;; function 15
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v6 = paddusb v1, [v128:70707070_70707070_70707070_70707070]  ; tied
;;;   v3 = pshufb v0, v6  ; tied
;;;   v4 = pshufb v3, [v128:0f0f0f80_00000000_80808080_00010203]  ; tied
;;;   ret v4:xmm0
;;; function 16
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v9 = psrlw v1, 4  ; tied
;;;   v4 = pand v9, [v128:0f0f0f0f_0f0f0f0f_0f0f0f0f_0f0f0f0f]  ; tied
;;;   v5 = pshufb v0, v4  ; tied
;;;   v6 = pand v1, [v128:0f0f0f0f_0f0f0f0f_0f0f0f0f_8f8f8f8f]  ; tied
;;;   v7 = pshufb v5, v6  ; tied
;;;   ret v7:xmm0
;;; function 17
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v11 = psrlw v1, 3  ; tied
;;;   v4 = pand v11, [v128:1f1f1f1f_1f1f1f1f_1f1f1f1f_1f1f1f1f]  ; tied
;;;   v10 = paddusb v4, [v128:70707070_70707070_70707070_70707070]  ; tied
;;;   v5 = pshufb v0, v10  ; tied
;;;   v6 = pand v1, [v128:0f0f1f0f_0f0f0f0f_0f0f0f0f_8f8f8f8f]  ; tied
;;;   v9 = paddusb v6, [v128:70707070_70707070_70707070_70707070]  ; tied
;;;   v7 = pshufb v5, v9  ; tied
;;;   ret v7:xmm0
;;; function 18
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v11 = psrlw v1, 5  ; tied
;;;   v5 = pand v11, [v128:07070707_07070707_07070707_07070707]  ; tied
;;;   v6 = pshufb v5, [v128:0e0f0c0d_0a0b0809_06070405_02030001]  ; tied
;;;   v7 = por v6, [v128:00000000_00000000_08080808_80808080]  ; tied
;;;   v10 = paddusb v7, [v128:70707070_70707070_70707070_70707070]  ; tied
;;;   v8 = pshufb v0, v10  ; tied
;;;   ret v8:xmm0
;;; function 19
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v10 = psrlw v0, 4  ; tied
;;;   v4 = pand v10, [v128:0f0f0f0f_0f0f0f0f_0f0f0f0f_0f0f0f0f]  ; tied
;;;   v9 = psrlw v1, 5  ; tied
;;;   v5 = pand v9, [v128:07070707_07070707_07070707_07070707]  ; tied
;;;   v6 = pxor v4, v5  ; tied either
;;;   v7 = pshufb v0, v6  ; tied
;;;   ret v7:xmm0
;;; function 20
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1 = vsame v0  ; tied
;;;   v2 = pshufd v0, 2
;;;   v3 = fadd32 v1, v2  ; tied either
;;;   ret v3:xmm0
;;; function 21
;;; b0:
;;;   v0:rdi = arg
;;;   v1:xmm0 = arg
;;;   v5 = pmovzxbd [mem + v0]
;;;   v8 = pshufb v1, [v128:8080800c_80808008_80808004_80808000]  ; tied
;;;   v9 = paddd v5, v8  ; tied either
;;;   ret v9:xmm0
;;; function 22
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2 = bits_to_float32 v0
;;;   v3 = pinsrd v2, v1, 1  ; tied
;;;   v4 = pinsrd v3, v0, 2  ; tied
;;;   v5 = pinsrd v4, v1, 3  ; tied
;;;   ret v5:xmm0
