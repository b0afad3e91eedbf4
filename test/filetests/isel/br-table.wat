;; test: isel, asm
(module
  (func (param $i i32) (result i32)
    (block $d (block $c (block $b (block $a (br_table $a $b $c $b $d $d $a $d (local.get $i))) (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40))
  ;; the index is in range: no check
  (func (param $i i32) (result i32)
    (block $d (block $c (block $b (block $a (br_table $a $b $c $d $a $b $c $d $d (i32.and (local.get $i) (i32.const 7)))) (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40))
  ;; few targets: compares
  (func (param $i i32) (result i32)
    (block $b (block $a (br_table $a $b $a (local.get $i))) (return (i32.const 10)))
    (i32.const 20)))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br_table v0 -> b1 b2 b3 b4  ; temps 2+0
;;; b1:
;;;   ret #10:rax
;;; b2:
;;;   ret #20:rax
;;; b3:
;;;   ret #30:rax
;;; b4:
;;;   ret #40:rax
;;; asm
;;;    0 cmp edi, 7
;;;    3 jae 0x28
;;;    5 lea r11, [rip+0x24]
;;;    c movsxd r10, [r11+rdi*4]
;;;   10 add r10, r11
;;;   13 jmp r10
;;;   16 mov eax, 0xa
;;;   1b ret
;;;   1c mov eax, 0x14
;;;   21 ret
;;;   22 mov eax, 0x1e
;;;   27 ret
;;;   28 mov eax, 0x28
;;;   2d ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v6 = and32 v0, 7  ; tied
;;;   br_table cond=1 v6 -> b1 b2 b3 b4  ; temps 2+0
;;; b1:
;;;   ret #10:rax
;;; b2:
;;;   ret #20:rax
;;; b3:
;;;   ret #30:rax
;;; b4:
;;;   ret #40:rax
;;; asm
;;;    0 and edi, 7
;;;    3 lea r11, [rip+0x22]
;;;    a movsxd r10, [r11+rdi*4]
;;;    e add r10, r11
;;;   11 jmp r10
;;;   14 mov eax, 0xa
;;;   19 ret
;;;   1a mov eax, 0x14
;;;   1f ret
;;;   20 mov eax, 0x1e
;;;   25 ret
;;;   26 mov eax, 0x28
;;;   2b ret
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br_table v0 -> b1 b2  ; temps 2+0
;;; b1:
;;;   ret #10:rax
;;; b2:
;;;   ret #20:rax
;;; asm
;;;    0 cmp edi, 1
;;;    3 jb 7
;;;    5 je 0xd
;;;    7 mov eax, 0xa
;;;    c ret
;;;    d mov eax, 0x14
;;;   12 ret
