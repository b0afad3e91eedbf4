;; test: isel, asm
;; The tied operand is another operand too, and dies: no copy.
(module (memory 1)
  (func (param $x i32) (param $p i32) (result i32)
    (if (local.get $p) (then (local.set $x (i32.add (local.get $x) (i32.const 8))) (local.set $x (select (local.get $x) (i32.const 4) (local.get $x)))))
    (i32.load (local.get $x)))
  (func (param $x i32) (param $p i32) (result i32)
    (i32.xor (local.get $p) (i32.sub (local.get $p) (i32.load (local.get $p))))))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 ne v1, v1 -> b1 b2(v0)
;;; b1:
;;;   v5 = add32 v0, 8
;;;   v6 = select_test32 ne v5, #4, v5, v5  ; tied either
;;;   br -> b2(v6)
;;; b2(v8):
;;;   v9 = load32 [mem + v8]
;;;   ret v9:rax
;;; asm
;;;    0 test esi, esi
;;;    2 je 0xf
;;;    4 add edi, 8
;;;    7 mov eax, 4
;;;    c cmove edi, eax
;;;    f mov eax, [r15+rdi]
;;;   13 ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rsi = arg
;;;   v2 = sub32 v0, [mem + v0]  ; tied
;;;   v3 = xor32 v0, v2  ; tied either
;;;   ret v3:rax
;;; asm
;;;    0 mov rax, rsi
;;;    3 sub eax, [r15+rsi]
;;;    7 xor eax, esi
;;;    9 ret
