;; test: isel
;; A condition of another block is compared again instead of kept as a byte, even if it is needed as a value too.
(module (memory 1)
  (func (param $a i32) (param $b i32) (result i32) (local $t i32)
    (local.set $t (i32.eqz (local.get $a)))
    (if (local.get $t) (then (i32.store (i32.const 0) (local.get $b))))
    (if (local.get $b) (then (i32.store (i32.const 4) (local.get $b))))
    (if (result i32) (local.get $t) (then (i32.const 1)) (else (i32.const 2))))
  (func (param $a f64) (param $b f64) (result i32) (local $t i32)
    (local.set $t (f64.lt (local.get $a) (local.get $b)))
    (if (i32.load (i32.const 8)) (then (i32.store (i32.const 0) (i32.const 1))))
    (if (result i32) (local.get $t) (then (i32.const 1)) (else (local.get $t)))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 e v0, v0 -> b1 b2
;;; b1:
;;;   store32 [mem], v1
;;;   br -> b2
;;; b2:
;;;   br_test32 ne v1, v1 -> b3 b4
;;; b3:
;;;   store32 [mem + 4], v1
;;;   br -> b4
;;; b4:
;;;   br_test32 e v0, v0 -> b5 b6(#2)
;;; b5:
;;;   br -> b6(#1)
;;; b6(v15):
;;;   ret v15:rax
;;; function 1
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v5 = set_ucomisd a v1, v0
;;;   br_cmp32 ne [mem + 8], 0 -> b1 b2
;;; b1:
;;;   store32 [mem], 1
;;;   br -> b2
;;; b2:
;;;   br_ucomisd a v1, v0 -> b3 b4(v5)
;;; b3:
;;;   br -> b4(#1)
;;; b4(v12):
;;;   ret v12:rax
