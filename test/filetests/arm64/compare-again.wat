;; test: asm
;; target: aarch64
;; What has set the flags serves the next operation on the same operands, unless one of them was changed.
(module
  ;; the lesser, and what belongs to it
  (func (param $a i32) (param $b i32) (param $x i32) (param $y i32) (result i32 i32)
    (select (local.get $a) (local.get $b) (i32.lt_u (local.get $a) (local.get $b)))
    (select (local.get $x) (local.get $y) (i32.lt_u (local.get $a) (local.get $b))))
  ;; below, equal, above
  (func (param $a i64) (param $b i64) (result i32)
    (if (i64.lt_s (local.get $a) (local.get $b)) (then (return (i32.const 10))))
    (if (i64.eq (local.get $a) (local.get $b)) (then (return (i32.const 20))))
    (i32.const 30))
  (func (param $a f64) (param $b f64) (result i32)
    (i32.add (f64.lt (local.get $a) (local.get $b)) (f64.le (local.get $a) (local.get $b))))
  ;; another operand
  (func (param $a i32) (param $b i32) (param $x i32) (result i32)
    (local.set $a (select (local.get $x) (local.get $a) (i32.lt_u (local.get $a) (local.get $b))))
    (select (local.get $a) (local.get $x) (i32.lt_u (local.get $a) (local.get $b)))))

;;; function 0
;;;    0 cmp w0, w1
;;;    4 csel w4, w0, w1, lo
;;;    8 csel w0, w2, w3, lo
;;;    c str x0, [sp]
;;;   10 mov x0, x4
;;;   14 ret
;;; function 1
;;;    0 cmp x0, x1
;;;    4 b.lt #0x18
;;;    8 cmp x0, x1
;;;    c b.ne #0x20
;;;   10 mov w0, #0x14
;;;   14 ret
;;;   18 mov w0, #0xa
;;;   1c ret
;;;   20 mov w0, #0x1e
;;;   24 ret
;;; function 2
;;;    0 fcmp d0, d1
;;;    4 cset w0, mi
;;;    8 cset w1, ls
;;;    c add w0, w0, w1
;;;   10 ret
;;; function 3
;;;    0 cmp w0, w1
;;;    4 csel w0, w2, w0, lo
;;;    8 cmp w0, w1
;;;    c csel w0, w0, w2, lo
;;;   10 ret
