;; test: isel
;; The tag of a boxed value that is needed whole, too, is read from memory again.
(module (memory 1)
  (func $tag (param $p i32) (result i64) (local $v i64)
    (local.set $v (i64.load offset=8 (local.get $p)))
    (if (result i64) (i64.lt_u (local.get $v) (i64.const 0xffffff8600000000)) (then (local.get $v)) (else (i64.const 0))))
  (func $zero (param $p i32) (result i64) (local $v i64)
    (local.set $v (i64.load (local.get $p)))
    (if (result i64) (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.const 32))) (then (local.get $v)) (else (i64.const 7))))
  (func $mask (param $p i32) (result i64) (local $v i64)
    (local.set $v (i64.load (local.get $p)))
    (if (result i64) (i32.and (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.const 32))) (i32.const 6)) (then (local.get $v)) (else (i64.const 7))))
  (func $value (param $p i32) (result i64) (local $v i64)
    (local.set $v (i64.load (local.get $p)))
    (i64.add (i64.shr_u (local.get $v) (i64.const 32)) (local.get $v)))
  ;; a store in between; only the half is needed (the load traps as a load of eight bytes); no half
  (func $stored (param $p i32) (param $q i32) (result i64) (local $v i64)
    (local.set $v (i64.load (local.get $p)))
    (i32.store (local.get $q) (i32.const 1))
    (if (result i64) (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.const 32))) (then (local.get $v)) (else (i64.const 7))))
  (func $alone (param $p i32) (result i64) (i64.shr_u (i64.load (local.get $p)) (i64.const 32)))
  (func $other (param $p i32) (result i64) (local $v i64)
    (local.set $v (i64.load (local.get $p)))
    (i64.add (i64.shr_u (local.get $v) (i64.const 33)) (local.get $v)))
  ;; the half is out of the guard's reach
  (func $far (param $p i32) (result i64) (local $v i64)
    (local.set $v (i64.load offset=0x7ffffffc (local.get $p)))
    (i64.add (i64.shr_u (local.get $v) (i64.const 32)) (local.get $v))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = load64 [mem + v0 + 8]
;;;   br_cmp32 b [mem + v0 + 12], -122 -> b1 b2(#0L)
;;; b1:
;;;   br -> b2(v4)
;;; b2(v10):
;;;   ret v10:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = load64 [mem + v0]
;;;   br_cmp32 ne [mem + v0 + 4], 0 -> b1 b2(#7L)
;;; b1:
;;;   br -> b2(v3)
;;; b2(v8):
;;;   ret v8:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = load64 [mem + v0]
;;;   br_test32 ne [mem + v0 + 4], 6 -> b1 b2(#7L)
;;; b1:
;;;   br -> b2(v4)
;;; b2(v10):
;;;   ret v10:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load64 [mem + v0]
;;;   v3 = load32 [mem + v0 + 4]
;;;   v4 = add64 v3, v2
;;;   ret v4:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = load64 [mem + v0]
;;;   store32 [mem + v1], 1
;;;   v7 = shr64 v5, 32  ; tied
;;;   br_test32 ne v7, v7 -> b1 b2(#7L)
;;; b1:
;;;   br -> b2(v5)
;;; b2(v11):
;;;   ret v11:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load64 [mem + v0]
;;;   v3 = shr64 v2, 32  ; tied
;;;   ret v3:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load64 [mem + v0]
;;;   v3 = shr64 v2, 33  ; tied
;;;   v4 = add64 v3, v2
;;;   ret v4:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load64 [mem + v0 + 2147483644]
;;;   v3 = shr64 v2, 32  ; tied
;;;   v4 = add64 v3, v2
;;;   ret v4:rax
