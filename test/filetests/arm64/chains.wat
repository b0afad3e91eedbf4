;; test: asm
;; target: aarch64
;; Two comparisons whose results are joined are a chain: the second is made where the first has not decided. 0 - (x & 1) is a signed bit field.
(module
  (func (param $a i32) (param $b i32) (result i32) (i32.and (i32.ne (local.get $a) (i32.const 0)) (i32.ne (local.get $b) (i32.const 0))))
  (func (param $a i32) (param $b i32) (result i32) (i32.or (i32.lt_s (local.get $a) (i32.const 1000)) (i32.gt_u (local.get $b) (i32.const 31))))
  ;; the constant that fits is the second's
  (func (param $a i32) (param $b i32) (result i32) (i32.and (i32.le_s (local.get $a) (i32.const -31)) (i32.ge_u (local.get $b) (i32.const 4000))))
  (func (param $a i64) (param $b i64) (result i32) (i32.or (i64.eqz (local.get $a)) (i64.lt_u (local.get $a) (local.get $b))))
  (func (param $a i32) (param $b i32) (result i32) (select (local.get $a) (local.get $b) (i32.and (i32.gt_s (local.get $a) (i32.const 3)) (i32.eq (local.get $b) (local.get $a)))))
  ;; neither constant fits, four registers, two widths: no chains
  (func (param $a i32) (param $b i32) (result i32) (i32.and (i32.lt_s (local.get $a) (i32.const 100)) (i32.gt_s (local.get $b) (i32.const 100))))
  (func (param $a i32) (param $b i32) (param $c i32) (result i32) (i32.and (i32.lt_s (local.get $a) (local.get $b)) (i32.gt_s (local.get $b) (local.get $c))))
  (func (param $a i32) (param $b i64) (result i32) (i32.and (i32.lt_s (local.get $a) (i32.const 5)) (i64.eqz (local.get $b))))
  (func (param $a i32) (result i32) (i32.sub (i32.const 0) (i32.and (local.get $a) (i32.const 1))))
  (func (param $a i64) (result i64) (i64.sub (i64.const 0) (i64.and (i64.shr_u (local.get $a) (i64.const 40)) (i64.const 1)))))

;;; function 0
;;;    0 cmp w0, #0
;;;    4 ccmp w1, #0, #4, ne
;;;    8 cset w0, ne
;;;    c ret
;;; function 1
;;;    0 cmp w0, #0x3e8
;;;    4 ccmp w1, #0x1f, #2, ge
;;;    8 cset w0, hi
;;;    c ret
;;; function 2
;;;    0 cmp w1, #0xfa0
;;;    4 ccmn w0, #0x1f, #0, hs
;;;    8 cset w0, le
;;;    c ret
;;; function 3
;;;    0 cmp x0, #0
;;;    4 ccmp x0, x1, #0, ne
;;;    8 cset w0, lo
;;;    c ret
;;; function 4
;;;    0 cmp w0, #3
;;;    4 ccmp w1, w0, #0, gt
;;;    8 csel w0, w0, w1, eq
;;;    c ret
;;; function 5
;;;    0 cmp w0, #0x64
;;;    4 cset w0, lt
;;;    8 cmp w1, #0x64
;;;    c cset w1, gt
;;;   10 and w0, w0, w1
;;;   14 ret
;;; function 6
;;;    0 cmp w0, w1
;;;    4 cset w0, lt
;;;    8 cmp w1, w2
;;;    c cset w1, gt
;;;   10 and w0, w0, w1
;;;   14 ret
;;; function 7
;;;    0 cmp w0, #5
;;;    4 cset w0, lt
;;;    8 cmp x1, #0
;;;    c cset w1, eq
;;;   10 and w0, w0, w1
;;;   14 ret
;;; function 8
;;;    0 sbfx w0, w0, #0, #1
;;;    4 ret
;;; function 9
;;;    0 sbfx x0, x0, #0x28, #1
;;;    4 ret
