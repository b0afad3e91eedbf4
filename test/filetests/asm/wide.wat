;; test: asm
;; Both halves of a product are one instruction; carries of sums and differences stay in the flags.
(module (memory 1)
  (func (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1)))
  (func (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1)))
  (func (param i64 i64) (result i64) (drop (i64.mul_wide_u (local.get 0) (local.get 1))))
  (func (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (param i64 i64 i64 i64) (result i64 i64)
    (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (param i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (i64.const 5) (i64.const 0)))
  (func (param $a i64) (param $b i64) (param $low i64) (param $high i64) (result i64 i64)
    (i64.add128 (local.get $low) (local.get $high) (i64.mul_wide_u (local.get $a) (local.get $b)))))

;;; function 0
;;;    0 mov rax, rdi
;;;    3 mul rsi
;;;    6 mov [rsp+8], rdx
;;;    b ret
;;; function 1
;;;    0 mov rax, rdi
;;;    3 imul rsi
;;;    6 mov [rsp+8], rdx
;;;    b ret
;;; function 2
;;;    0 imul rsi, rdi
;;;    4 mov rax, rsi
;;;    7 ret
;;; function 3
;;;    0 mov rax, rdi
;;;    3 add rax, rdx
;;;    6 adc rsi, rcx
;;;    9 mov [rsp+8], rsi
;;;    e ret
;;; function 4
;;;    0 mov rax, rdi
;;;    3 sub rax, rdx
;;;    6 sbb rsi, rcx
;;;    9 mov [rsp+8], rsi
;;;    e ret
;;; function 5
;;;    0 mov rax, rdi
;;;    3 add rax, 5
;;;    7 adc rsi, 0
;;;    b mov [rsp+8], rsi
;;;   10 ret
;;; function 6
;;;    0 mov r8, rdx
;;;    3 mov rax, rdi
;;;    6 mul rsi
;;;    9 add rax, r8
;;;    c adc rdx, rcx
;;;    f mov [rsp+8], rdx
;;;   14 ret
