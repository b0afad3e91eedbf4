;; test: asm
;; A copy of two words, and two words of a result.
(module (memory 1)
  (func (param i32 i32) (i64.store offset=8 align=4 (local.get 0) (i64.load align=4 (local.get 1))))
  (func (param i32 i32) (i64.store offset=8 (local.get 0) (i64.load align=4 (local.get 1))))
  (func (param i32 i32 i32) (i32.store offset=4 (local.get 0) (local.get 1)) (i32.store (local.get 0) (local.get 2)))
  (func (param i32 i32 i32) (i32.store (local.get 0) (local.get 1)) (i32.store offset=4 (local.get 0) (local.get 2)))
  (func (param i32 i32 i32) (result i32) (i32.store offset=4 (local.get 0) (local.get 1)) (i32.store (local.get 0) (local.get 2)) (local.get 1))
  (func (param i32) (i64.store align=4 (i32.load (local.get 0)) (i64.load offset=8 align=4 (local.get 0)))))

;;; function 0
;;;    0 mov eax, [r15+rsi]
;;;    4 mov ecx, [r15+rsi+4]
;;;    9 shl rcx, 0x20
;;;    d or rax, rcx
;;;   10 mov [r15+rdi+8], rax
;;;   15 ret
;;; function 1
;;;    0 mov rax, [r15+rsi]
;;;    4 mov [r15+rdi+8], rax
;;;    9 ret
;;; function 2
;;;    0 shl rsi, 0x20
;;;    4 or rdx, rsi
;;;    7 mov [r15+rdi], rdx
;;;    b ret
;;; function 3
;;;    0 mov [r15+rdi], esi
;;;    4 mov [r15+rdi+4], edx
;;;    9 ret
;;; function 4
;;;    0 mov [r15+rdi+4], esi
;;;    5 mov [r15+rdi], edx
;;;    9 mov rax, rsi
;;;    c ret
;;; function 5
;;;    0 mov eax, [r15+rdi]
;;;    4 mov ecx, [r15+rdi+8]
;;;    9 mov edx, [r15+rdi+0xc]
;;;    e mov [r15+rax+4], edx
;;;   13 mov [r15+rax], ecx
;;;   17 ret
