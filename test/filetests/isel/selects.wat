;; test: isel, asm
;; Selects by the same comparison, shortly one after another, come side by side and need one compare.
(module
  ;; the least and where it is
  (func (param $x i32) (param $least i32) (param $k i32) (param $at i32) (result i32) (local $c i32)
    (local.set $c (i32.lt_s (local.get $x) (local.get $least)))
    (local.set $at (select (local.get $k) (local.get $at) (local.get $c)))
    (local.set $least (select (local.get $x) (local.get $least) (local.get $c)))
    (i32.xor (local.get $at) (local.get $least)))
  ;; one bit of a square root: the second select moves past a subtraction; a constant that is not zero keeps flags
  (func (param $x i32) (param $root i32) (param $t i32) (result i32) (local $c i32)
    (local.set $c (i32.ge_u (local.get $x) (local.get $t)))
    (local.set $x (i32.sub (local.get $x) (select (local.get $t) (local.get $root) (local.get $c))))
    (local.set $root (select (i32.const 0x1000) (local.get $root) (local.get $c)))
    (i32.mul (local.get $x) (local.get $root)))
  ;; what it selects is not there yet
  (func (param $x i32) (param $y i32) (param $t i32) (result i32) (local $c i32)
    (local.set $c (i32.ge_u (local.get $x) (local.get $t)))
    (local.set $y (i32.sub (local.get $x) (select (local.get $t) (local.get $y) (local.get $c))))
    (select (i32.const 0x1000) (local.get $y) (local.get $c))))

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
;;;   v5 = select_cmp32 ae v2, v1, v0, v2  ; tied either
;;;   v7 = select_cmp32 ae #4096, v1, v0, v2  ; tied either
;;;   v6 = sub32 v0, v5  ; tied
;;;   v8 = imul32 v6, v7  ; tied either
;;;   ret v8:rax
;;; asm
;;;    0 mov rax, rdx
;;;    3 cmp edi, edx
;;;    5 cmovb eax, esi
;;;    8 mov ecx, 0x1000
;;;    d cmovb ecx, esi
;;;   10 sub edi, eax
;;;   12 imul ecx, edi
;;;   15 mov rax, rcx
;;;   18 ret
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   v5 = select_cmp32 ae v2, v1, v0, v2  ; tied either
;;;   v6 = sub32 v0, v5  ; tied
;;;   v7 = select_cmp32 ae #4096, v6, v0, v2  ; tied either
;;;   ret v7:rax
;;; asm
;;;    0 cmp edi, edx
;;;    2 cmovae esi, edx
;;;    5 mov rax, rdi
;;;    8 sub eax, esi
;;;    a mov ecx, 0x1000
;;;    f cmp edi, edx
;;;   11 cmovae eax, ecx
;;;   14 ret
