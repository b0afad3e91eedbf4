;; test: run
;; run: both(1, 2)
;; run: both(20, 2)
;; run: both(2, 20)
;; run: again(0)
;; run: again(5)
;; run: again(300)
;; run: loop(10)
;; run: divide(7, 0)
;; run: divide(-2147483648, -1)
;; run: divide(-7, 2)
;; run: load(65533)
;; run: load(65532)
;; run: wide(5n, 9n)
;; What the passes are about, executed.
(module (memory 1)
  (func (export "both") (param i32 i32) (result i32)
    (if (result i32) (i32.and (i32.lt_u (local.get 0) (i32.const 10)) (i32.lt_u (local.get 1) (i32.const 10)))
      (then (i32.const 1)) (else (i32.const 2))))
  (func (export "again") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
    (if (i32.lt_u (local.get 0) (i32.const 10))
      (then (if (i32.eqz (local.get 0)) (then (return (i32.const 2)))) (return (i32.const 3))))
    (if (i32.lt_u (local.get 0) (i32.const 5)) (then (return (i32.const 4))))
    (i32.const 5))
  (func (export "loop") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "wide") (param i64 i64) (result i64) (i64.mul (local.get 0) (local.get 1))))

;;; both(1, 2) = 1
;;; both(20, 2) = 2
;;; both(2, 20) = 2
;;; again(0) = 1
;;; again(5) = 3
;;; again(300) = 5
;;; loop(10) = 55
;;; divide(7, 0) traps: div0
;;; divide(-2147483648, -1) traps: overflow
;;; divide(-7, 2) = -3
;;; load(65533) traps: oob-memory
;;; load(65532) = 0
;;; wide(5n, 9n) = 45n
