;; test: asm
;; target: aarch64
;; Shuffles by the instruction that does them, else by look-ups in tables.
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
;;;    0 rev64 v0.4s, v0.4s
;;;    4 ret
;;; function 1
;;;    0 ldr q0, #0x10
;;;    4 tbl v0.16b, {v1.16b}, v0.16b
;;;    8 ret
;;; function 2
;;;    0 ldr q1, #0x10
;;;    4 tbl v0.16b, {v0.16b}, v1.16b
;;;    8 ret
;;; function 3
;;;    0 zip2 v0.8h, v1.8h, v0.8h
;;;    4 ret
;;; function 4
;;;    0 zip1 v0.2d, v0.2d, v1.2d
;;;    4 ret
;;; function 5
;;;    0 ldr q2, #0x20
;;;    4 tbl v0.16b, {v0.16b}, v2.16b
;;;    8 ldr q2, #0x30
;;;    c tbx v0.16b, {v1.16b}, v2.16b
;;;   10 ret
;;; function 6
;;;    0 ldr q2, #0x20
;;;    4 tbl v0.16b, {v0.16b}, v2.16b
;;;    8 ldr q2, #0x30
;;;    c tbx v0.16b, {v1.16b}, v2.16b
;;;   10 ret
;;; function 7
;;;    0 ext v0.16b, v0.16b, v1.16b, #5
;;;    4 ret
;;; function 8
;;;    0 ldr q1, #0x10
;;;    4 tbl v0.16b, {v0.16b}, v1.16b
;;;    8 ret
;;; function 9
;;;    0 movi v1.2d, #0000000000000000
;;;    4 zip1 v0.16b, v0.16b, v1.16b
;;;    8 ret
;;; function 10
;;;    0 ldr q2, #0x20
;;;    4 tbl v0.16b, {v0.16b}, v2.16b
;;;    8 ldr q2, #0x30
;;;    c tbx v0.16b, {v1.16b}, v2.16b
;;;   10 ret
