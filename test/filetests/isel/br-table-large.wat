;; test: isel, asm
;; A large switch jumps through the vmctx, and what is subtracted from the index becomes leading entries. The table's place is filled in by the linker.
(module
  (func (param $i i32) (result i32)
    (block $d (block $c (block $b (block $a (br_table $a $b $c $d $a $b $c $d $a $b $c $d $a $b $c $d $d (i32.sub (local.get $i) (i32.const 3)))) (return (i32.const 10))) (return (i32.const 20))) (return (i32.const 30)))
    (i32.const 40)))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br_table v0 -> b1 b2 b3 b4
;;; b1:
;;;   ret #10:rax
;;; b2:
;;;   ret #20:rax
;;; b3:
;;;   ret #30:rax
;;; b4:
;;;   ret #40:rax
;;; asm
;;;    0 cmp edi, 0x13
;;;    3 jae 0x1f
;;;    5 jmp qword ptr [r14+rdi*8]
;;;    d mov eax, 0xa
;;;   12 ret
;;;   13 mov eax, 0x14
;;;   18 ret
;;;   19 mov eax, 0x1e
;;;   1e ret
;;;   1f mov eax, 0x28
;;;   24 ret
