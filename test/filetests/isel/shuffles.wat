;; test: isel
;; Shuffles by the instruction that does them.
(module
  ;; pshufd
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $x) (local.get $y)))
  ;; pshufd of the other
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 28 29 30 31 28 29 30 31 16 17 18 19 16 17 18 19 (local.get $x) (local.get $y)))
  ;; pshuflw
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 2 3 0 1 6 7 4 5 8 9 10 11 12 13 14 15 (local.get $x) (local.get $y)))
  ;; punpckhwd
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 24 25 8 9 26 27 10 11 28 29 12 13 30 31 14 15 (local.get $x) (local.get $y)))
  ;; punpcklqdq
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $x) (local.get $y)))
  ;; pblendw
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 0 1 18 19 4 5 22 23 8 9 26 27 12 13 30 31 (local.get $x) (local.get $y)))
  ;; shufps
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 8 9 10 11 0 1 2 3 28 29 30 31 16 17 18 19 (local.get $x) (local.get $y)))
  ;; palignr
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 (local.get $x) (local.get $y)))
  ;; pshufb, one source
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0 (local.get $x) (local.get $y)))
  ;; pshufb, zeros
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $x) (v128.const i64x2 0 0)))
  ;; pshufb twice
  (func (param $x v128) (param $y v128) (result v128) (i8x16.shuffle 0 31 2 17 4 25 6 18 8 30 10 21 12 29 14 16 (local.get $x) (local.get $y)))
)

;;; function 0
;;; b0:
;;;   v0:xmm0 = arg
;;;   v3 = pshufd v0, 177
;;;   ret v3:xmm0
;;; function 1
;;; b0:
;;;   v1:xmm1 = arg
;;;   v3 = pshufd v1, 15
;;;   ret v3:xmm0
;;; function 2
;;; b0:
;;;   v0:xmm0 = arg
;;;   v3 = pshuflw v0, 177
;;;   ret v3:xmm0
;;; function 3
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = punpckhwd v1, v0  ; tied
;;;   ret v3:xmm0
;;; function 4
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = punpcklqdq v0, v1  ; tied
;;;   ret v3:xmm0
;;; function 5
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = pblendw v0, v1, 170  ; tied
;;;   ret v3:xmm0
;;; function 6
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = shufps v0, v1, 50  ; tied
;;;   ret v3:xmm0
;;; function 7
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = palignr v1, v0, 5  ; tied
;;;   ret v3:xmm0
;;; function 8
;;; b0:
;;;   v0:xmm0 = arg
;;;   v3 = pshufb v0, [v128:00010203_04050607_08090a0b_0c0d0e0f]  ; tied
;;;   ret v3:xmm0
;;; function 9
;;; b0:
;;;   v0:xmm0 = arg
;;;   v3 = pshufb v0, [v128:80078006_80058004_80038002_80018000]  ; tied
;;;   ret v3:xmm0
;;; function 10
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v5 = pshufb v0, [v128:800e800c_800a8008_80068004_80028000]  ; tied
;;;   v6 = pshufb v1, [v128:00800d80_05800e80_02800980_01800f80]  ; tied
;;;   v3 = por v5, v6  ; tied either
;;;   ret v3:xmm0
