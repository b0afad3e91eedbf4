;; test: isel, asm
;; What becomes a call's argument through two joins is made in the argument's register.
(module (memory 1)
  (func $f (param i32 i32 i32 i32) (result i32) (local.get 3))
  (func (param $p i32) (param $q i32) (param $s i32) (result i32) (local $r i32)
    (local.set $r (i32.load offset=4 (local.get $p)))
    (if (local.get $q) (then
      (local.set $r (i32.load offset=8 (local.get $p)))
      (if (local.get $s) (then (local.set $r (i32.load offset=12 (local.get $p))) (i32.store (local.get $p) (local.get $s))))
      (i32.store offset=4 (local.get $p) (local.get $s))))
    (i32.store offset=8 (local.get $p) (local.get $q))
    (call $f (local.get $p) (local.get $q) (local.get $s) (local.get $r))))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rcx = arg
;;;   ret v0:rax
;;; asm
;;;    0 mov rax, rcx
;;;    3 ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = arg
;;;   v3 = load32 [mem + v0 + 4]
;;;   br_test32 ne v1, v1 -> b1 b4(v3)
;;; b1:
;;;   v5 = load32 [mem + v0 + 8]
;;;   br_test32 ne v2, v2 -> b2 b3(v5)
;;; b2:
;;;   v7 = load32 [mem + v0 + 12]
;;;   store32 [mem + v0], v2
;;;   br -> b3(v7)
;;; b3(v10):
;;;   store32 [mem + v0 + 4], v2
;;;   br -> b4(v10)
;;; b4(v13):
;;;   store32 [mem + v0 + 8], v1
;;;   v15:rax = call v0:rdi, v1:rsi, v2:rdx, v13:rcx, 0  ; clobbers call
;;;   ret v15:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x38
;;;    5 sub rsp, 8
;;;    9 mov ecx, [r15+rdi+4]
;;;    e test esi, esi
;;;   10 je 0x29
;;;   12 mov ecx, [r15+rdi+8]
;;;   17 test edx, edx
;;;   19 je 0x24
;;;   1b mov ecx, [r15+rdi+0xc]
;;;   20 mov [r15+rdi], edx
;;;   24 mov [r15+rdi+4], edx
;;;   29 mov [r15+rdi+8], esi
;;;   2e call 0x33
;;;   33 add rsp, 8
;;;   37 ret
;;;   38 call qword ptr [r14+8]
