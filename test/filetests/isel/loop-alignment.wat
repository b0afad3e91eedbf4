;; test: isel, asm
;; Small inner loops start at multiples of 32 bytes; loops around others, and what is executed as often as the function, do not.
(module
  (func (param $n i32) (result i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (local.get $n)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s))
  (func (param $n i32) (result i32) (local $s i32) (local $k i32)
    (loop $outer
      (local.set $k (local.get $n))
      (loop $inner
        (local.set $s (i32.xor (local.get $s) (local.get $k)))
        (br_if $inner (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $s)))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br -> b1(#0, v0)
;;; b1(v4, v5):
;;;   v6 = add32 v4, v5
;;;   v7 = add32 v5, -1
;;;   br_test32 ne v7, v7 -> b1(v6, v7) b2
;;; b2:
;;;   ret v6:rax
;;; asm
;;;    0 xor eax, eax
;;;    2 nop [rax+rax]
;;;    b nop [rax+rax]
;;;   14 nop [rax+rax]
;;;   1d nop [rax]
;;;   20 add eax, edi
;;;   22 dec edi
;;;   24 jne 0x20
;;;   26 ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br -> b1(#0, v0)
;;; b1(v4, v5):
;;;   br -> b2(v4, v5)
;;; b2(v7, v8):
;;;   v9 = xor32 v7, v8  ; tied either
;;;   v10 = add32 v8, -1
;;;   br_test32 ne v10, v10 -> b2(v9, v10) b3
;;; b3:
;;;   v12 = add32 v5, -1
;;;   br_test32 ne v12, v12 -> b1(v9, v12) b4
;;; b4:
;;;   ret v9:rax
;;; asm
;;;    0 xor eax, eax
;;;    2 mov rcx, rdi
;;;    5 nop [rax+rax]
;;;    e nop [rax+rax]
;;;   17 nop [rax+rax]
;;;   20 xor eax, ecx
;;;   22 dec ecx
;;;   24 jne 0x20
;;;   26 dec edi
;;;   28 jne 2
;;;   2a ret
