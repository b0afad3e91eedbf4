;; test: isel, asm
(module
  (import "m" "f" (func $imported (param i32 i64) (result i32)))
  (memory 1) (table 1 funcref) (global $mine (mut i64) (i64.const 0))
  (func $many (param i32 i32 i32 i32 i32 i32 i32 i64 f64) (result i32 i64 f64) (i32.const 1) (local.get 7) (local.get 8))
  (func (param i32) (result i64)
    (call $many (local.get 0) (i32.const 0) (i32.const 2) (local.get 0) (i32.const 4) (i32.const 5) (i32.const -6) (i64.const 7) (f64.const 8))
    drop (global.set $mine) (drop) (global.get $mine))
  (func (param i32) (result i32) (call $imported (local.get 0) (i64.const -1)))
  (func (param i32) (memory.fill (local.get 0) (i32.const 0) (i32.const 100)))
  (func (result i32) (memory.grow (i32.const 1)))
  (func (result i32) (memory.size))
  (func (param i32) (result funcref) (table.get (local.get 0)))
  (func (param funcref) (result i32) (ref.is_null (local.get 0)))
  (func (result funcref) (ref.func $many))
  (func (param i32) (if (local.get 0) (then unreachable)))
  (elem declare func $many))

;;; function 1
;;; isel
;;; b0:
;;;   v1:xmm0 = arg
;;;   v0 = load64 [in + 24]
;;;   store64 [in], v0
;;;   xstore64 [in + 8], v1
;;;   ret #1:rax
;;; asm
;;;    0 mov rax, [rsp+0x20]
;;;    5 mov [rsp+8], rax
;;;    a movsd [rsp+0x10], xmm0
;;;   10 mov eax, 1
;;;   15 ret
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   store64 [out + 16], #-6
;;;   store64 [out + 24], 7
;;;   call v0:rdi, #0:rsi, #2:rdx, v0:rcx, #4:r8, #5:r9, #f64:40200000_00000000:xmm0, 1  ; clobbers call
;;;   v9 = load64 [out]
;;;   store64 [vmctx + 64], v9
;;;   ret v9:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x4c
;;;    5 sub rsp, 0x28
;;;    9 mov eax, 0xfffffffa
;;;    e mov [rsp+0x10], rax
;;;   13 mov qword ptr [rsp+0x18], 7
;;;   1c mov rcx, rdi
;;;   1f xor esi, esi
;;;   21 mov edx, 2
;;;   26 mov r8d, 4
;;;   2c mov r9d, 5
;;;   32 movsd xmm0, [rip+0x16]
;;;   3a call 0x3f
;;;   3f mov rax, [rsp]
;;;   43 mov [r14+0x40], rax
;;;   47 add rsp, 0x28
;;;   4b ret
;;;   4c call qword ptr [r14+8]
;;; function 3
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v2:rax = call_import v0:rdi, #-1L:rsi, 0, at 96  ; clobbers call
;;;   ret v2:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x1b
;;;    5 sub rsp, 8
;;;    9 mov rsi, 0xffffffffffffffff
;;;   10 lea rax, [r14+0x60]
;;;   14 call qword ptr [rax]
;;;   16 add rsp, 8
;;;   1a ret
;;;   1b call qword ptr [r14+8]
;;; function 4
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   call_helper v0:rdi, #0:rsi, #100:rdx, 1  ; clobbers call
;;;   ret
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x19
;;;    5 sub rsp, 8
;;;    9 xor esi, esi
;;;    b mov edx, 0x64
;;;   10 call qword ptr [r14-0x10]
;;;   14 add rsp, 8
;;;   18 ret
;;;   19 call qword ptr [r14+8]
;;; function 5
;;; isel
;;; b0:
;;;   v1:rax = call_helper #1:rdi, 0  ; clobbers call
;;;   ret v1:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x17
;;;    5 sub rsp, 8
;;;    9 mov edi, 1
;;;    e call qword ptr [r14-8]
;;;   12 add rsp, 8
;;;   16 ret
;;;   17 call qword ptr [r14+8]
;;; function 6
;;; isel
;;; b0:
;;;   v2 = load64 [vmctx + 24]
;;;   v0 = shr64 v2, 16  ; tied
;;;   ret v0:rax
;;; asm
;;;    0 mov rax, [r14+0x18]
;;;    4 shr rax, 0x10
;;;    8 ret
;;; function 7
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = imm32 0
;;;   v1:rax = call_helper v3:rdi, v0:rsi, 5  ; clobbers call
;;;   ret v1:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x1a
;;;    5 sub rsp, 8
;;;    9 xor eax, eax
;;;    b mov rsi, rdi
;;;    e mov rdi, rax
;;;   11 call qword ptr [r14-0x30]
;;;   15 add rsp, 8
;;;   19 ret
;;;   1a call qword ptr [r14+8]
;;; function 8
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = set_test32 e v0, v0
;;;   ret v1:rax
;;; asm
;;;    0 xor eax, eax
;;;    2 test edi, edi
;;;    4 sete al
;;;    7 ret
;;; function 9
;;; isel
;;; b0:
;;;   v2 = imm32 1
;;;   v0:rax = call_helper v2:rdi, 12  ; clobbers call
;;;   ret v0:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x17
;;;    5 sub rsp, 8
;;;    9 mov edi, 1
;;;    e call qword ptr [r14-0x68]
;;;   12 add rsp, 8
;;;   16 ret
;;;   17 call qword ptr [r14+8]
;;; function 10
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br_test32 ne v0, v0 -> b1 b2
;;; b1:
;;;   trap 1
;;; b2:
;;;   ret
;;; asm
;;;    0 test edi, edi
;;;    2 jne 5
;;;    4 ret
;;;    5 call qword ptr [r14+8]
