;; test: run
;; run: own(0n)
;; run: own(1n)
;; run: own(-9223372036854775808n)
;; run: own(5040n)
;; run: own32(0)
;; run: own32(-2147483648)
;; run: own32(40)
;; run: other(7n, 0n)
;; run: other(-1n, 6n)
;; run: both(0)
;; run: both(96)
;; run: leading(0)
;; run: leading(-1)
;; run: leading(1)
;; run: leading64(0n)
;; run: leading64(-1n)
;; run: leading64(1n)
;; run: divisor(0n, 12n)
;; run: divisor(1071n, 462n)
;; run: divisor(4611686018427387904n, 6n)
;; run: members(0n)
;; run: members(-8646911284551352319n)
;; Leading and trailing zeros, also of zero, and shifts by them.
(module
  (func (export "own") (param i64) (result i64) (i64.shr_u (local.get 0) (i64.ctz (local.get 0))))
  (func (export "own32") (param i32) (result i32) (i32.shr_s (local.get 0) (i32.ctz (local.get 0))))
  (func (export "other") (param i64 i64) (result i64) (i64.shr_u (local.get 0) (i64.ctz (local.get 1))))
  (func (export "both") (param i32) (result i32) (local i32)
    (local.set 1 (i32.ctz (local.get 0)))
    (i32.add (i32.mul (i32.shr_u (local.get 0) (local.get 1)) (i32.const 100)) (local.get 1)))
  (func (export "leading") (param i32) (result i32) (i32.clz (local.get 0)))
  (func (export "leading64") (param i64) (result i64) (i64.clz (local.get 0)))
  (func (export "divisor") (param i64 i64) (result i64) (local i64)
    (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
    (local.set 2 (i64.ctz (i64.or (local.get 0) (local.get 1))))
    (local.set 0 (i64.shr_u (local.get 0) (i64.ctz (local.get 0))))
    (loop $l
      (local.set 1 (i64.shr_u (local.get 1) (i64.ctz (local.get 1))))
      (if (i64.gt_u (local.get 0) (local.get 1))
        (then (local.get 0) (local.set 0 (local.get 1)) (local.set 1)))
      (br_if $l (i64.ne (local.tee 1 (i64.sub (local.get 1) (local.get 0))) (i64.const 0))))
    (i64.shl (local.get 0) (local.get 2)))
  (func (export "members") (param i64) (result i64) (local i64)
    (block $out
      (loop $l
        (br_if $out (i64.eqz (local.get 0)))
        (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const 65)) (i64.ctz (local.get 0))))
        (local.set 0 (i64.and (local.get 0) (i64.sub (local.get 0) (i64.const 1))))
        (br $l)))
    (local.get 1)))

;;; own(0n) = 0n
;;; own(1n) = 1n
;;; own(-9223372036854775808n) = 1n
;;; own(5040n) = 315n
;;; own32(0) = 0
;;; own32(-2147483648) = -1
;;; own32(40) = 5
;;; other(7n, 0n) = 7n
;;; other(-1n, 6n) = 9223372036854775807n
;;; both(0) = 32
;;; both(96) = 305
;;; leading(0) = 32
;;; leading(-1) = 0
;;; leading(1) = 31
;;; leading64(0n) = 64n
;;; leading64(-1n) = 0n
;;; leading64(1n) = 63n
;;; divisor(0n, 12n) = 12n
;;; divisor(1071n, 462n) = 21n
;;; divisor(4611686018427387904n, 6n) = 2n
;;; members(0n) = 0n
;;; members(-8646911284551352319n) = 3898n
