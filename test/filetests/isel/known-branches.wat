;; test: isel
;; Branches that those before them have decided: jumps, or edges led on to where they go.
(module (memory 1)
  ;; asked again; asked again the other way round
  (func (param $a i32) (result i32)
    (if (i32.eqz (local.get $a)) (then (return (i32.const 1))))
    (i32.store (i32.const 0) (i32.const 5))
    (if (result i32) (local.get $a) (then (i32.const 2)) (else (i32.const 3))))
  ;; a range: not below 10, so not 9
  (func (param $a i32) (result i32)
    (if (i32.lt_u (local.get $a) (i32.const 10)) (then (return (i32.const 1))))
    (if (result i32) (i32.eq (local.get $a) (i32.const 9)) (then (i32.const 2)) (else (i32.const 3))))
  ;; signed: from 0 on, so not negative; a byte is below 256
  (func (param $a i32) (result i32)
    (if (i32.lt_s (local.get $a) (i32.const 0)) (then (return (i32.const 1))))
    (if (i32.gt_u (local.get $a) (i32.const 0x7fffffff)) (then (return (i32.const 2))))
    (if (result i32) (i32.gt_u (i32.load8_u (local.get $a)) (i32.const 255)) (then (i32.const 3)) (else (i32.const 4))))
  ;; 64 bits: not zero after one test, not known to be anything else
  (func (param $a i64) (result i32)
    (if (i64.eqz (local.get $a)) (then (return (i32.const 1))))
    (if (i64.eq (local.get $a) (i64.const 0)) (then (return (i32.const 2))))
    (if (result i32) (i64.lt_s (local.get $a) (i64.const 7)) (then (i32.const 3)) (else (i32.const 4))))
  ;; a checked span: made, copied, accessed at index 0
  (func (param $p i32) (result i32) (local $n i32) (local $q i32)
    (local.set $n (i32.load (local.get $p)))
    (local.set $q (i32.add (local.get $p) (i32.const 8)))
    (if (select (i32.eq (local.get $n) (i32.const -1)) (i32.ne (local.get $n) (i32.const 0)) (local.get $q)) (then (unreachable)))
    (local.set $q (select (local.get $q) (i32.const 4) (local.get $q)))
    (if (select (i32.eq (local.get $n) (i32.const -1)) (i32.ne (local.get $n) (i32.const 0)) (local.get $q)) (then (unreachable)))
    (if (i32.eqz (local.get $n)) (then (unreachable)))
    (i32.load (select (local.get $q) (i32.const 4) (local.get $q))))
  ;; a flag that was set on one of two ways; its value is used on the way where it is not known
  (func (param $a i32) (param $b i32) (result i32) (local $f i32)
    (if (local.get $a) (then (local.set $f (i32.load (local.get $b)))))
    (if (i32.eqz (local.get $f)) (then (return (i32.const 7))))
    (i32.mul (local.get $f) (local.get $f)))
  ;; what is computed in between is needed behind: no way around
  (func (param $a i32) (param $b i32) (result i32) (local $f i32) (local $x i32)
    (if (local.get $a) (then (i32.store (local.get $b) (i32.const 1)) (local.set $f (i32.const 1))) (else (local.set $f (i32.load (local.get $b)))))
    (local.set $x (i32.mul (local.get $a) (local.get $b)))
    (if (local.get $f) (then (i32.store (local.get $b) (local.get $x))))
    (local.get $x))
  ;; in a loop the value is another one each time
  (func (param $a i32) (result i32) (local $i i32)
    (loop $l
      (if (i32.eqz (local.get $i)) (then (i32.store (local.get $a) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $a))))
    (local.get $i))
  ;; nothing is known of a loop's parameter before its end, but of what does not change
  (func (param $a i32) (param $n i32) (result i32)
    (if (local.get $n) (then
      (loop $l
        (if (local.get $n) (then (local.set $a (i32.add (local.get $a) (local.get $a)))))
        (br_if $l (i32.lt_u (local.get $a) (local.get $n))))))
    (local.get $a)))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   br_test32 e v0, v0 -> b1 b2
;;; b1:
;;;   ret #1:rax
;;; b2:
;;;   store32 [mem], 5
;;;   br -> b3
;;; b3:
;;;   br -> b4
;;; b4:
;;;   ret #2:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   br_cmp32 b v0, 10 -> b1 b2
;;; b1:
;;;   ret #1:rax
;;; b2:
;;;   br -> b3
;;; b3:
;;;   ret #3:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   br_test32 l v0, v0 -> b1 b2
;;; b1:
;;;   ret #1:rax
;;; b2:
;;;   br -> b3
;;; b3:
;;;   v8 = load8u [mem + v0]
;;;   br -> b4
;;; b4:
;;;   ret #4:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   br_test64 e v0, v0 -> b1 b2
;;; b1:
;;;   ret #1:rax
;;; b2:
;;;   br -> b3
;;; b3:
;;;   br_cmp64 l v0, 7 -> b4 b5(#4)
;;; b4:
;;;   br -> b5(#3)
;;; b5(v12):
;;;   ret v12:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = load32 [mem + v0]
;;;   v5 = add32 v0, 8
;;;   br_test32 ne v5, v5 -> b1 b2
;;; b1:
;;;   br_cmp32 e v4, -1 -> b3 b4
;;; b2:
;;;   br_test32 ne v4, v4 -> b3 b7
;;; b3:
;;;   trap 1
;;; b4:
;;;   br -> b5
;;; b5:
;;;   br -> b6
;;; b6:
;;;   br_test32 e v4, v4 -> b7 b8
;;; b7:
;;;   trap 1
;;; b8:
;;;   v17 = load32 [mem + v0 + 8]
;;;   ret v17:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 ne v0, v0 -> b1 b3
;;; b1:
;;;   v4 = load32 [mem + v1]
;;;   br -> b2
;;; b2:
;;;   br_test32 e v4, v4 -> b3 b4
;;; b3:
;;;   ret #7:rax
;;; b4:
;;;   v9 = imul32 v4, v4  ; tied either
;;;   ret v9:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 ne v0, v0 -> b1 b2
;;; b1:
;;;   store32 [mem + v1], 1
;;;   br -> b3(#1)
;;; b2:
;;;   v6 = load32 [mem + v1]
;;;   br -> b3(v6)
;;; b3(v8):
;;;   v9 = imul32 v0, v1  ; tied either
;;;   br_test32 ne v8, v8 -> b4 b5
;;; b4:
;;;   store32 [mem + v1], v9
;;;   br -> b5
;;; b5:
;;;   ret v9:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   br -> b1(#0)
;;; b1(v4):
;;;   br_test32 e v4, v4 -> b2 b3
;;; b2:
;;;   store32 [mem + v0], v4
;;;   br -> b3
;;; b3:
;;;   v9 = add32 v4, 1
;;;   br_cmp32 b v9, v0 -> b1(v9) b4
;;; b4:
;;;   ret v9:rax
;;; function 8
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 ne v1, v1 -> b1 b5(v0)
;;; b1:
;;;   br -> b2(v0)
;;; b2(v4):
;;;   br -> b3
;;; b3:
;;;   v6 = add32 v4, v4
;;;   br -> b4
;;; b4:
;;;   br_cmp32 b v6, v1 -> b2(v6) b5(v6)
;;; b5(v10):
;;;   ret v10:rax
