;; test: isel
;; Branches on joined conditions become several branches; what is no condition, or not the branch's alone, stays as it is.
(module (memory 1)
  (func (param $a i32) (param $b i32) (result i32) (if (result i32) (i32.and (i32.eq (local.get $a) (i32.const 3)) (i32.lt_u (local.get $b) (i32.const 9))) (then (i32.const 1)) (else (i32.const 2))))
  (func (param $a i32) (param $b i32) (result i32) (if (result i32) (i32.eqz (i32.or (i32.eqz (local.get $a)) (i32.gt_s (local.get $b) (local.get $a)))) (then (i32.const 1)) (else (i32.const 2))))
  ;; pointer ? extent == -1 : extent != 0
  (func (param $p i32) (local $x i32)
    (local.set $x (i32.load (local.get $p)))
    (if (i32.eq (select (i32.eq (local.get $x) (i32.const -1)) (i32.ne (local.get $x) (i32.const 0)) (i32.add (local.get $p) (i32.const 8))) (i32.const 1)) (then (unreachable))))
  ;; with a constant arm
  (func (param $a i32) (param $b i32) (result i32) (if (result i32) (select (i32.const 1) (i32.lt_s (local.get $a) (local.get $b)) (local.get $b)) (then (i32.const 1)) (else (i32.const 2))))
  ;; nested
  (func (param $a i32) (param $b i32) (param $c i32) (result i32)
    (if (result i32) (i32.and (i32.or (i32.eq (local.get $a) (i32.const 1)) (i32.eq (local.get $b) (i32.const 2))) (i32.ne (local.get $c) (i32.const 3))) (then (i32.const 1)) (else (i32.const 2))))
  ;; what only the second comparison uses goes along, mask and all; a load stays where it traps
  (func (param $a i32) (param $b i32) (result i32)
    (if (result i32) (i32.and (i32.eq (local.get $a) (i32.const 3)) (i32.eqz (i32.and (i32.load (local.get $b)) (i32.const 4)))) (then (i32.const 1)) (else (i32.const 2))))
  ;; a comparison with another user is copied
  (func (param $a i32) (param $b i32) (result i32) (local $t i32)
    (local.set $t (i32.lt_s (local.get $b) (i32.const 9)))
    (if (result i32) (i32.and (i32.eq (local.get $a) (i32.const 3)) (local.get $t)) (then (local.get $t)) (else (i32.const 2))))
  ;; the joined value has another user; an operand is no condition
  (func (param $a i32) (param $b i32) (result i32) (local $t i32)
    (local.set $t (i32.and (i32.eq (local.get $a) (i32.const 3)) (i32.lt_u (local.get $b) (i32.const 9))))
    (if (result i32) (local.get $t) (then (local.get $t)) (else (i32.const 2))))
  (func (param $a i32) (param $b i32) (result i32) (if (result i32) (i32.or (i32.eq (local.get $a) (i32.const 3)) (local.get $b)) (then (i32.const 1)) (else (i32.const 2))))
  ;; in a loop, both ways on with arguments
  (func (param $a i32) (param $n i32) (result i32)
    (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (i32.and (i32.ne (local.get $n) (i32.const 0)) (i32.gt_u (local.tee $a (i32.add (local.get $a) (local.get $n))) (i32.const 5)))))
    (local.get $a)))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_cmp32 e v0, 3 -> b1 b3(#2)
;;; b1:
;;;   br_cmp32 b v1, 9 -> b2 b3(#2)
;;; b2:
;;;   br -> b3(#1)
;;; b3(v11):
;;;   ret v11:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 e v0, v0 -> b3(#2) b1
;;; b1:
;;;   br_cmp32 g v1, v0 -> b3(#2) b2
;;; b2:
;;;   br -> b3(#1)
;;; b3(v10):
;;;   ret v10:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = load32 [mem + v0]
;;;   v8 = add32 v0, 8
;;;   br_test32 ne v8, v8 -> b1 b2
;;; b1:
;;;   br_cmp32 e v5, -1 -> b3 b4
;;; b2:
;;;   br_test32 ne v5, v5 -> b3 b4
;;; b3:
;;;   trap 1
;;; b4:
;;;   ret
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 ne v1, v1 -> b2 b1
;;; b1:
;;;   br_cmp32 l v0, v1 -> b2 b3(#2)
;;; b2:
;;;   br -> b3(#1)
;;; b3(v8):
;;;   ret v8:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   br_cmp32 e v0, 1 -> b2 b1
;;; b1:
;;;   br_cmp32 e v1, 2 -> b2 b4(#2)
;;; b2:
;;;   br_cmp32 ne v2, 3 -> b3 b4(#2)
;;; b3:
;;;   br -> b4(#1)
;;; b4(v13):
;;;   ret v13:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v7 = load32 [mem + v1]
;;;   br_cmp32 e v0, 3 -> b1 b3(#2)
;;; b1:
;;;   br_test32 e v7, 4 -> b2 b3(#2)
;;; b2:
;;;   br -> b3(#1)
;;; b3(v13):
;;;   ret v13:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = set_cmp32 l v1, 9
;;;   br_cmp32 e v0, 3 -> b1 b3(#2)
;;; b1:
;;;   br_cmp32 l v1, 9 -> b2 b3(#2)
;;; b2:
;;;   br -> b3(v5)
;;; b3(v10):
;;;   ret v10:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = set_cmp32 e v0, 3
;;;   v6 = set_cmp32 b v1, 9
;;;   v7 = and32 v5, v6  ; tied either
;;;   br_test32 ne v7, v7 -> b1 b2(#2)
;;; b1:
;;;   br -> b2(v7)
;;; b2(v10):
;;;   ret v10:rax
;;; function 8
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = set_cmp32 e v0, 3
;;;   v6 = or32 v5, v1  ; tied either
;;;   br_test32 ne v6, v6 -> b1 b2(#2)
;;; b1:
;;;   br -> b2(#1)
;;; b2(v9):
;;;   ret v9:rax
;;; function 9
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br -> b1(v1, v0)
;;; b1(v6, v7):
;;;   v8 = add32 v6, -1
;;;   v10 = add32 v7, v8
;;;   br_test32 ne v8, v8 -> b2 b3
;;; b2:
;;;   br_cmp32 a v10, 5 -> b1(v8, v10) b3
;;; b3:
;;;   ret v10:rax
