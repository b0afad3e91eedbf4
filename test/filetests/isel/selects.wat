;; test: isel, asm
;; Selects by the same comparison, shortly one after another, come side by side and need one compare.
(module
  ;; the least and where it is
  (func (param $x i32) (param $least i32) (param $k i32) (param $at i32) (result i32) (local $c i32)
    (local.set $c (i32.lt_s (local.get $x) (local.get $least)))
    (local.set $at (select (local.get $k) (local.get $at) (local.get $c)))
    (local.set $least (select (local.get $x) (local.get $least) (local.get $c)))
    (i32.xor (local.get $at) (local.get $least)))
  ;; bits of a square root: the second select moves past a subtraction; a constant that is not zero keeps flags
  (func (param $x i32) (param $root i32) (param $t i32) (result i32) (local $c i32)
    (loop $l
      (local.set $c (i32.ge_u (local.get $x) (local.get $t)))
      (local.set $x (i32.sub (local.get $x) (select (local.get $t) (local.get $root) (local.get $c))))
      (local.set $root (select (i32.const 0x1000) (local.get $root) (local.get $c)))
      (br_if $l (local.tee $t (i32.shr_u (local.get $t) (i32.const 1)))))
    (i32.mul (local.get $x) (local.get $root)))
  ;; outside of loops, nothing moves
  (func (param $x i32) (param $root i32) (param $t i32) (result i32) (local $c i32)
    (local.set $c (i32.ge_u (local.get $x) (local.get $t)))
    (local.set $x (i32.sub (local.get $x) (select (local.get $t) (local.get $root) (local.get $c))))
    (local.set $root (select (i32.const 0x1000) (local.get $root) (local.get $c)))
    (i32.mul (local.get $x) (local.get $root)))
  ;; what it selects is not there yet
  (func (param $x i32) (param $y i32) (param $t i32) (result i32) (local $c i32)
    (loop $l
      (local.set $c (i32.ge_u (local.get $x) (local.get $t)))
      (local.set $y (i32.sub (local.get $x) (select (local.get $t) (local.get $y) (local.get $c))))
      (local.set $x (select (i32.const 0x1000) (local.get $y) (local.get $c)))
      (br_if $l (local.tee $t (i32.shr_u (local.get $t) (i32.const 1)))))
    (local.get $x)))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   v3:rcx = arg
;;;   v5 = select_cmp32 l v2, v3, v0, v1  ; tied either
;;;   v6 = select_cmp32 l v0, v1, v0, v1  ; tied either
;;;   v7 = xor32 v5, v6  ; tied either
;;;   ret v7:rax
;;; asm
;;;    0 cmp edi, esi
;;;    2 cmovl ecx, edx
;;;    5 cmovl esi, edi
;;;    8 xor ecx, esi
;;;    a mov rax, rcx
;;;    d ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   br -> b1(v0, v1, v2)
;;; b1(v6, v7, v8):
;;;   v10 = select_cmp32 ae v8, v7, v6, v8  ; tied either
;;;   v12 = select_cmp32 ae #4096, v7, v6, v8  ; tied either
;;;   v11 = sub32 v6, v10  ; tied
;;;   v13 = shr32 v8, 1  ; tied
;;;   br_test32 ne v13, v13 -> b1(v11, v12, v13) b2
;;; b2:
;;;   v15 = imul32 v11, v12  ; tied either
;;;   ret v15:rax
;;; asm
;;;    0 mov rax, rdi
;;;    3 nop [rax+rax]
;;;    c nop [rax+rax]
;;;   15 nop [rax+rax]
;;;   1e xchg ax, ax
;;;   20 mov rcx, rdx
;;;   23 cmp eax, edx
;;;   25 cmovb ecx, esi
;;;   28 mov edi, 0x1000
;;;   2d cmovae esi, edi
;;;   30 sub eax, ecx
;;;   32 shr edx, 1
;;;   34 jne 0x20
;;;   36 imul eax, esi
;;;   39 ret
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   v5 = select_cmp32 ae v2, v1, v0, v2  ; tied either
;;;   v6 = sub32 v0, v5  ; tied
;;;   v7 = select_cmp32 ae #4096, v1, v0, v2  ; tied either
;;;   v8 = imul32 v6, v7  ; tied either
;;;   ret v8:rax
;;; asm
;;;    0 mov rax, rdx
;;;    3 cmp edi, edx
;;;    5 cmovb eax, esi
;;;    8 mov rcx, rdi
;;;    b sub ecx, eax
;;;    d mov eax, 0x1000
;;;   12 cmp edi, edx
;;;   14 cmovb eax, esi
;;;   17 imul eax, ecx
;;;   1a ret
;;; function 3
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   br -> b1(v1, v0, v2)
;;; b1(v6, v7, v8):
;;;   v10 = select_cmp32 ae v8, v6, v7, v8  ; tied either
;;;   v11 = sub32 v7, v10  ; tied
;;;   v12 = select_cmp32 ae #4096, v11, v7, v8  ; tied either
;;;   v13 = shr32 v8, 1  ; tied
;;;   br_test32 ne v13, v13 -> b1(v11, v12, v13) b2
;;; b2:
;;;   ret v12:rax
;;; asm
;;;    0 cmp edi, edx
;;;    2 cmovae esi, edx
;;;    5 mov rax, rdi
;;;    8 sub eax, esi
;;;    a mov ecx, 0x1000
;;;    f cmp edi, edx
;;;   11 cmovb ecx, eax
;;;   14 mov rdi, rcx
;;;   17 mov rsi, rax
;;;   1a shr edx, 1
;;;   1c jne 0
;;;   1e mov rax, rcx
;;;   21 ret
