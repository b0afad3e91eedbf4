;; test: isel, asm
;; The frame begins where it is needed: the common case of the first function has none, its trap site says so. A loop is entered with the frame or without, never in between.
(module (memory 1) (func $slow (param i32) (result i32) (local.get 0))
  (func (param $p i32) (result i32)
    (if (result i32) (i32.load (local.get $p)) (then (i32.load offset=4 (local.get $p))) (else (i32.add (call $slow (local.get $p)) (local.get $p)))))
  (func (param $p i32) (result i32)
    (if (i32.eqz (local.get $p)) (then (return (i32.const 7))))
    (loop $l (br_if $l (call $slow (local.get $p))))
    (i32.const 8))
  ;; a slot from the start
  (func (param $p i32) (result i32) (i32.add (call $slow (local.get $p)) (local.get $p))))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   ret v0:rax
;;; asm
;;;    0 mov rax, rdi
;;;    3 ret
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br_cmp32 ne [mem + v0], 0 -> b1 b2
;;; b1:
;;;   v3 = load32 [mem + v0 + 4]
;;;   br -> b3(v3)
;;; b2:
;;;   v5:rax = call v0:rdi, 0  ; clobbers call
;;;   v6 = add32 v5, v0
;;;   br -> b3(v6)
;;; b3(v8):
;;;   ret v8:rax
;;; asm
;;;    0 cmp dword ptr [r15+rdi], 0
;;;    5 je 0x12
;;;    7 mov eax, [r15+rdi+4]
;;;    c ret
;;;    d add rsp, 8
;;;   11 ret
;;;   12 cmp rsp, [r14]
;;;   15 jb 0x2e
;;;   17 sub rsp, 8
;;;   1b mov [rsp], rdi
;;;   1f call 0x24
;;;   24 mov edi, [rsp]
;;;   27 add eax, edi
;;;   29 add rsp, 8
;;;   2d ret
;;;   2e call qword ptr [r14+8]
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br_test32 e v0, v0 -> b1 b2
;;; b1:
;;;   ret #7:rax
;;; b2:
;;;   br -> b3
;;; b3:
;;;   v7:rax = call v0:rdi, 0  ; clobbers call
;;;   br_test32 ne v7, v7 -> b3 b4
;;; b4:
;;;   ret #8:rax
;;; asm
;;;    0 test edi, edi
;;;    2 je 0x33
;;;    4 cmp rsp, [r14]
;;;    7 jb 0x39
;;;    9 push rbx
;;;    a mov rbx, rdi
;;;    d nop [rax+rax]
;;;   16 nop [rax+rax]
;;;   1f nop
;;;   20 mov rdi, rbx
;;;   23 call 0x28
;;;   28 test eax, eax
;;;   2a jne 0x20
;;;   2c pop rbx
;;;   2d mov eax, 8
;;;   32 ret
;;;   33 mov eax, 7
;;;   38 ret
;;;   39 call qword ptr [r14+8]
;;; function 3
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rax = call v0:rdi, 0  ; clobbers call
;;;   v2 = add32 v1, v0
;;;   ret v2:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x1c
;;;    5 sub rsp, 8
;;;    9 mov [rsp], rdi
;;;    d call 0x12
;;;   12 mov edi, [rsp]
;;;   15 add eax, edi
;;;   17 add rsp, 8
;;;   1b ret
;;;   1c call qword ptr [r14+8]
