;; test: isel, asm
(module
  (import "m" "f" (func $imported (param i32 i64) (result i32)))
  (type $two (func (param i32 i64) (result i32)))
  (table 2 funcref) (elem (i32.const 0) $direct $imported)
  (table $open (export "t") 2 funcref)
  (func $direct (param i32 i64) (result i32) (return_call $imported (i32.const 1) (local.get 1)))
  (func (param i64) (result i32) (return_call $direct (i32.const 2) (local.get 0)))
  (func (param i64 i32) (result i32) (return_call_indirect (type $two) (i32.const 3) (local.get 0) (local.get 1)))
  (func (param i64 i32) (result i32)
    (return_call_indirect $open (type $two) (i32.const 3) (local.get 0) (local.get 1)))
  (func $wide (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (local.get 7))
  (func (param i32 i32 i32 i32 i32 i32 i64 i64) (result i32)
    (call $direct (local.get 0) (local.get 6)) drop
    (return_call $wide (i32.const 0) (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
      (i32.wrap_i64 (local.get 7))))
  (func (param i32) (result i32)
    (call $direct (i32.const 0) (i64.const 0))
    (return_call $wide (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7))))

;;; function 1
;;; isel
;;; b0:
;;;   v0:rsi = arg
;;;   tail_call_import #1:rdi, v0:rsi, 0, at 96
;;; asm
;;;    0 mov edi, 1
;;;    5 lea rax, [r14+0x60]
;;;    9 jmp qword ptr [rax]
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   tail_call #2:rdi, v0:rsi, 1
;;; asm
;;;    0 mov rsi, rdi
;;;    3 mov edi, 2
;;;    8 jmp 0xd
;;; function 3
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   tail_call_closed #3:rdi, v0:rsi, v1:rax, 4737, at 112
;;; asm
;;;    0 mov rax, rsi
;;;    3 mov rsi, rdi
;;;    6 mov edi, 3
;;;    b cmp eax, 2
;;;    e jae 0x23
;;;   10 shl eax, 4
;;;   13 cmp dword ptr [r14+rax+0x78], 0x1281
;;;   1c jne 0x27
;;;   1e jmp qword ptr [r14+rax+0x70]
;;;   23 call qword ptr [r14+8]
;;;   27 cmp dword ptr [r14+rax+0x78], 0
;;;   2d je 0x33
;;;   2f call qword ptr [r14+8]
;;;   33 call qword ptr [r14+8]
;;; function 4
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   tail_call_table #3:rdi, v0:rsi, v1:rax, 4737, at 80
;;; asm
;;;    0 mov rax, rsi
;;;    3 mov rsi, rdi
;;;    6 mov edi, 3
;;;    b cmp rax, [r14+0x58]
;;;    f jae 0x24
;;;   11 shl rax, 4
;;;   15 add rax, [r14+0x50]
;;;   19 cmp dword ptr [rax+8], 0x1281
;;;   20 jne 0x28
;;;   22 jmp qword ptr [rax]
;;;   24 call qword ptr [r14+8]
;;;   28 cmp dword ptr [rax+8], 0
;;;   2c je 0x32
;;;   2e call qword ptr [r14+8]
;;;   32 call qword ptr [r14+8]
;;; function 5
;;; isel
;;; b0:
;;;   v0 = load32 [in + 8]
;;;   ret v0:rax
;;; asm
;;;    0 mov eax, [rsp+0x10]
;;;    4 ret
;;; function 6
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = load64 [in]
;;;   v2 = load64 [in + 8]
;;;   call v0:rdi, v1:rsi, 1  ; clobbers call
;;;   v10 = mov32 v2
;;;   store64 [in], 6
;;;   store64 [in + 8], v10
;;;   tail_call #0:rdi, v0:rsi, #2:rdx, #3:rcx, #4:r8, #5:r9, 5
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x5a
;;;    5 sub rsp, 0x18
;;;    9 mov [rsp], rdi
;;;    d mov rsi, [rsp+0x20]
;;;   12 mov rax, [rsp+0x28]
;;;   17 mov [rsp+8], rax
;;;   1c call 0x21
;;;   21 mov rcx, [rsp+8]
;;;   26 mov ecx, ecx
;;;   28 mov qword ptr [rsp+0x20], 6
;;;   31 mov [rsp+0x28], rcx
;;;   36 xor edi, edi
;;;   38 mov esi, [rsp]
;;;   3b mov edx, 2
;;;   40 mov ecx, 3
;;;   45 mov r8d, 4
;;;   4b mov r9d, 5
;;;   51 add rsp, 0x18
;;;   55 jmp 0x5a
;;;   5a call qword ptr [r14+8]
;;; function 7
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v9:rax = call #0:rdi, #0L:rsi, 1  ; clobbers call
;;;   store64 [out], 6
;;;   store64 [out + 8], 7
;;;   tail_call cond=1 v9:rdi, v0:rsi, #2:rdx, #3:rcx, #4:r8, #5:r9, 5
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x5a
;;;    5 sub rsp, 0x18
;;;    9 mov [rsp+0x10], rdi
;;;    e xor edi, edi
;;;   10 xor esi, esi
;;;   12 call 0x17
;;;   17 mov qword ptr [rsp], 6
;;;   1f mov qword ptr [rsp+8], 7
;;;   28 mov rdi, rax
;;;   2b mov esi, [rsp+0x10]
;;;   2f mov edx, 2
;;;   34 mov ecx, 3
;;;   39 mov r8d, 4
;;;   3f mov r9d, 5
;;;   45 lea r11, [rip]
;;;   4c dd 0x0d158d4c, 0x41000000
;;;   54 dd 0xff68a6ff, 0xff41ffff
;;;   5c dd
