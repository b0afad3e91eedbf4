;; test: isel, asm
(module (memory i64 1)
  (func (param $p i64) (result i32) (i32.load offset=16 (local.get $p)))
  ;; an offset that is added first: a sum beyond 2^64 is no address
  (func (param $p i64) (result i32) (i32.load offset=0x100000000 (local.get $p)))
  ;; an offset that leaves the margin: the sum may pass 2^64
  (func (param $p i64) (result i32) (i32.load offset=0x100000 (local.get $p)))
  ;; below the minimum size: no check
  (func (result i32) (i32.load (i64.const 65532)))
  ;; a field, then fields before it: one check
  (func (param $p i64) (result i32)
    (i32.store offset=12 (local.get $p) (i32.const 0))
    (i32.load offset=8 (local.get $p)))
  (func (param $p i64) (result i64) (memory.grow (local.get $p))))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   bounds cond=5 v0, 16  ; temps 1+0
;;;   v1 = load32 [mem + v0 + 16]
;;;   ret v1:rax
;;; asm
;;;    0 cmp rdi, [r14-0x78]
;;;    4 jae 0xc
;;;    6 mov eax, [r15+rdi+0x10]
;;;    b ret
;;;    c mov r11d, 0x14
;;;   12 add r11, rdi
;;;   15 jb 0x1d
;;;   17 cmp r11, [r14+0x18]
;;;   1b jbe 6
;;;   1d mov rax, rdi
;;;   20 add rax, 0x10
;;;   24 sbb rdx, rdx
;;;   27 or rax, rdx
;;;   2a call qword ptr [r14+8]
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = add64 v0, #4294967296L
;;;   v6 = shr64 v5, 32  ; tied
;;;   v9 = select_cmp32 b #-8L, v5, v6, 1  ; tied either
;;;   bounds cond=5 v9, 0  ; temps 1+0
;;;   v10 = load32 [mem + v9]
;;;   ret v10:rax
;;; asm
;;;    0 mov rax, 0
;;;    a add rax, rdi
;;;    d mov rcx, rax
;;;   10 shr rcx, 0x20
;;;   14 mov rdx, 0xfffffffffffffff8
;;;   1b cmp ecx, 1
;;;   1e cmovb rax, rdx
;;;   22 cmp rax, [r14-0x78]
;;;   26 jae 0x2d
;;;   28 mov eax, [r15+rax]
;;;   2c ret
;;;   2d mov r11d, 4
;;;   33 add r11, rax
;;;   36 jb 0x3e
;;;   38 cmp r11, [r14+0x18]
;;;   3c jbe 0x28
;;;   3e add rax, 0
;;;   42 sbb rdx, rdx
;;;   45 or rax, rdx
;;;   48 call qword ptr [r14+8]
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   bounds cond=1 v0, 1048576  ; temps 1+0
;;;   v1 = load32 [mem + v0 + 1048576]
;;;   ret v1:rax
;;; asm
;;;    0 mov r11d, 0x100004
;;;    6 add r11, rdi
;;;    9 jb 0x1a
;;;    b cmp r11, [r14+0x18]
;;;    f ja 0x1a
;;;   11 mov eax, [r15+rdi+0x100000]
;;;   19 ret
;;;   1a mov rax, rdi
;;;   1d add rax, 0x100000
;;;   23 sbb rdx, rdx
;;;   26 or rax, rdx
;;;   29 call qword ptr [r14+8]
;;; function 3
;;; isel
;;; b0:
;;;   v1 = load32 [mem + 65532]
;;;   ret v1:rax
;;; asm
;;;    0 mov eax, [r15+0xfffc]
;;;    7 ret
;;; function 4
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   bounds cond=5 v0, 12  ; temps 1+0
;;;   store32 [mem + v0 + 12], 0
;;;   v3 = load32 [mem + v0 + 8]
;;;   ret v3:rax
;;; asm
;;;    0 cmp rdi, [r14-0x78]
;;;    4 jae 0x15
;;;    6 mov dword ptr [r15+rdi+0xc], 0
;;;    f mov eax, [r15+rdi+8]
;;;   14 ret
;;;   15 mov r11d, 0x10
;;;   1b add r11, rdi
;;;   1e jb 0x26
;;;   20 cmp r11, [r14+0x18]
;;;   24 jbe 6
;;;   26 mov rax, rdi
;;;   29 add rax, 0xc
;;;   2d sbb rdx, rdx
;;;   30 or rax, rdx
;;;   33 call qword ptr [r14+8]
;;; function 5
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = mov32 v0
;;;   v6 = select_cmp64 b v5, #-1, v0, #4294967295L  ; tied either
;;;   v7:rax = call_helper v6:rdi, 0  ; clobbers call
;;;   v10 = select_cmp32 e #-1L, v7, v7, -1  ; tied either
;;;   ret v10:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x35
;;;    5 sub rsp, 8
;;;    9 mov eax, edi
;;;    b mov ecx, 0xffffffff
;;;   10 mov edx, 0xffffffff
;;;   15 cmp rdi, rdx
;;;   18 cmovae eax, ecx
;;;   1b mov rdi, rax
;;;   1e call qword ptr [r14-8]
;;;   22 mov rcx, 0xffffffffffffffff
;;;   29 cmp eax, 0xffffffff
;;;   2c cmove rax, rcx
;;;   30 add rsp, 8
;;;   34 ret
;;;   35 call qword ptr [r14+8]
