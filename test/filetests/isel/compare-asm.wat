;; test: isel, asm
(module (memory 1)
  (func (param $a i32) (param $b i32) (result i32) (i32.lt_u (local.get $a) (local.get $b)))
  (func (param $a i32) (param $b i32) (result i32) (select (local.get $a) (local.get $b) (i32.gt_s (local.get $a) (local.get $b))))
  (func (param $p i32) (result i32) (if (result i32) (i32.load8_u (local.get $p)) (then (i32.const 3)) (else (i32.const 4))))
  (func (param $a f64) (param $b f64) (result i32) (f64.eq (local.get $a) (local.get $b)))
  (func (param $a f64) (param $b f64) (result i32) (f64.ne (local.get $a) (local.get $b)))
  (func (param $a f64) (param $b f64) (result f64) (select (local.get $a) (local.get $b) (f64.eq (local.get $a) (local.get $b))))
  (func (param $n i32) (result i32) (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (i32.const 5)))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2 = set_cmp32 b v0, v1
;;;   ret v2:rax
;;; asm
;;;    0 xor eax, eax
;;;    2 cmp edi, esi
;;;    4 setb al
;;;    7 ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = select_cmp32 g v0, v1, v0, v1  ; tied either
;;;   ret v3:rax
;;; asm
;;;    0 cmp edi, esi
;;;    2 cmovg esi, edi
;;;    5 mov rax, rsi
;;;    8 ret
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br_cmp8 ne [mem + v0], 0 -> b1 b2(#4)
;;; b1:
;;;   br -> b2(#3)
;;; b2(v6):
;;;   ret v6:rax
;;; asm
;;;    0 cmp byte ptr [r15+rdi], 0
;;;    5 je 0xd
;;;    7 mov eax, 3
;;;    c ret
;;;    d mov eax, 4
;;;   12 jmp 0xc
;;; function 3
;;; isel
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v2 = set_ucomisd feq v0, v1
;;;   ret v2:rax
;;; asm
;;;    0 ucomisd xmm0, xmm1
;;;    4 mov eax, 0
;;;    9 jp 0xe
;;;    b sete al
;;;    e ret
;;; function 4
;;; isel
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v2 = set_ucomisd fne v0, v1
;;;   ret v2:rax
;;; asm
;;;    0 ucomisd xmm0, xmm1
;;;    4 mov eax, 1
;;;    9 jp 0xe
;;;    b setne al
;;;    e ret
;;; function 5
;;; isel
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = xselect_ucomisd feq v0, v1, v0, v1  ; tied either
;;;   ret v3:xmm0
;;; asm
;;;    0 movaps xmm2, xmm0
;;;    3 ucomisd xmm0, xmm1
;;;    7 jp 0xb
;;;    9 je 0xe
;;;    b movaps xmm2, xmm1
;;;    e movaps xmm0, xmm2
;;;   11 ret
;;; function 6
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br -> b1(v0)
;;; b1(v4):
;;;   v5 = add32 v4, -1
;;;   br_test32 ne v5, v5 -> b1(v5) b2
;;; b2:
;;;   ret #5:rax
;;; asm
;;;    0 dec edi
;;;    2 jne 0
;;;    4 mov eax, 5
;;;    9 ret
