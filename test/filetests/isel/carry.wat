;; test: isel, asm
(module
  ;; a sum of two words
  (func (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64 i64) (local $low i64)
    (local.tee $low (i64.add (local.get $a) (local.get $c)))
    (i64.add (i64.add (local.get $b) (local.get $d)) (i64.extend_i32_u (i64.lt_u (local.get $low) (local.get $a)))))
  ;; a difference
  (func (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (i64.sub (i64.sub (local.get $b) (local.get $d)) (i64.extend_i32_u (i64.lt_u (local.get $a) (local.get $c)))))
  ;; the comparison's operands the other way round, with a constant, of 32 bits
  (func (param $a i64) (param $b i32) (result i64)
    (i64.add (i64.extend_i32_u (i32.gt_u (local.get $b) (i32.const 7))) (local.get $a)))
  (func (param $a i64) (param $b i32) (result i64)
    (i64.add (i64.extend_i32_u (i32.lt_u (local.get $b) (i32.const 7))) (local.get $a)))
  ;; the condition has another use: no carry
  (func (param $a i64) (param $b i64) (result i64) (local $c i32)
    (local.set $c (i64.lt_u (local.get $a) (local.get $b)))
    (i64.mul (i64.add (local.get $a) (i64.extend_i32_u (local.get $c))) (i64.extend_i32_u (local.get $c)))))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   v3:rcx = arg
;;;   v4 = add64 v0, v2
;;;   v8 = adc_cmp64 b v1, v3, v4, v0  ; tied
;;;   store64 [in], v8
;;;   ret v4:rax
;;; asm
;;;    0 lea rax, [rdi+rdx]
;;;    4 cmp rax, rdi
;;;    7 adc rsi, rcx
;;;    a mov [rsp+8], rsi
;;;    f ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   v3:rcx = arg
;;;   v7 = sbb_cmp64 b v1, v3, v0, v2  ; tied
;;;   ret v7:rax
;;; asm
;;;    0 cmp rdi, rdx
;;;    3 sbb rsi, rcx
;;;    6 mov rax, rsi
;;;    9 ret
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = set_cmp32 a v1, 7
;;;   v5 = add64 v3, v0
;;;   ret v5:rax
;;; asm
;;;    0 xor eax, eax
;;;    2 cmp esi, 7
;;;    5 seta al
;;;    8 add rax, rdi
;;;    b ret
;;; function 3
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = adc_cmp32 b v0, v1, 7  ; tied
;;;   ret v5:rax
;;; asm
;;;    0 cmp esi, 7
;;;    3 adc rdi, 0
;;;    7 mov rax, rdi
;;;    a ret
;;; function 4
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2 = set_cmp64 b v0, v1
;;;   v4 = add64 v0, v2
;;;   v5 = imul64 v4, v2  ; tied either
;;;   ret v5:rax
;;; asm
;;;    0 xor eax, eax
;;;    2 cmp rdi, rsi
;;;    5 setb al
;;;    8 lea rcx, [rdi+rax]
;;;    c imul rax, rcx
;;;   10 ret
