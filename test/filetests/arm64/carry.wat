;; test: asm
;; target: aarch64
;; Carries of sums of several words.
(module
  ;; a sum of two words
  (func (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64 i64) (local $low i64)
    (local.tee $low (i64.add (local.get $a) (local.get $c)))
    (i64.add (i64.add (local.get $b) (local.get $d)) (i64.extend_i32_u (i64.lt_u (local.get $low) (local.get $a)))))
  ;; a difference
  (func (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (i64.sub (i64.sub (local.get $b) (local.get $d)) (i64.extend_i32_u (i64.lt_u (local.get $a) (local.get $c)))))
  ;; the comparison's operands the other way round, with a constant, of 32 bits
  (func (param $a i64) (param $b i32) (result i64)
    (i64.add (i64.extend_i32_u (i32.gt_u (local.get $b) (i32.const 7))) (local.get $a)))
  (func (param $a i64) (param $b i32) (result i64)
    (i64.add (i64.extend_i32_u (i32.lt_u (local.get $b) (i32.const 7))) (local.get $a)))
  ;; the condition has another use: no carry
  (func (param $a i64) (param $b i64) (result i64) (local $c i32)
    (local.set $c (i64.lt_u (local.get $a) (local.get $b)))
    (i64.mul (i64.add (local.get $a) (i64.extend_i32_u (local.get $c))) (i64.extend_i32_u (local.get $c)))))

;;; function 0
;;;    0 add x2, x0, x2
;;;    4 cmp x2, x0
;;;    8 cinc x16, x1, lo
;;;    c add x0, x16, x3
;;;   10 str x0, [sp]
;;;   14 mov x0, x2
;;;   18 ret
;;; function 1
;;;    0 cmp x0, x2
;;;    4 sbc x0, x1, x3
;;;    8 ret
;;; function 2
;;;    0 mov w2, #7
;;;    4 cmp w2, w1
;;;    8 cinc x0, x0, lo
;;;    c ret
;;; function 3
;;;    0 mov w2, #7
;;;    4 cmp w1, w2
;;;    8 cinc x0, x0, lo
;;;    c ret
;;; function 4
;;;    0 cmp x0, x1
;;;    4 cset w1, lo
;;;    8 add x0, x0, x1
;;;    c mul x0, x0, x1
;;;   10 ret
