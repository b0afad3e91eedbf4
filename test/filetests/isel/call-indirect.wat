;; test: isel, asm
;; The closed table: bound and type are immediates, index in rax, entries in the vmctx. The exported one goes through its view.
(module
  (type $t (func (param i32) (result i32)))
  (type $long (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (table $closed 10 10 funcref)
  (table $open (export "t") 10 funcref)
  (func (param $i i32) (result i32) (call_indirect $closed (type $t) (i32.const 7) (local.get $i)))
  (func (param $i i32) (result i32) (call_indirect $open (type $t) (i32.const 7) (local.get $i)))
  ;; a signature beyond nine types: its id comes from the vmctx
  (func (param $i i32) (result i32)
    (call_indirect $closed (type $long) (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9) (local.get $i))))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v2:rax = call_closed #7:rdi, v0:rax, 577, at 112  ; clobbers call
;;;   ret v2:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x2e
;;;    5 sub rsp, 8
;;;    9 mov rax, rdi
;;;    c mov edi, 7
;;;   11 cmp eax, 0xa
;;;   14 jae 0x32
;;;   16 shl eax, 4
;;;   19 cmp dword ptr [r14+rax+0x78], 0x241
;;;   22 jne 0x36
;;;   24 call qword ptr [r14+rax+0x70]
;;;   29 add rsp, 8
;;;   2d ret
;;;   2e call qword ptr [r14+8]
;;;   32 call qword ptr [r14+8]
;;;   36 cmp dword ptr [r14+rax+0x78], 0
;;;   3c je 0x42
;;;   3e call qword ptr [r14+8]
;;;   42 call qword ptr [r14+8]
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v2:rax = call_table #7:rdi, v0:rax, 577, at 80  ; clobbers call
;;;   ret v2:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x2f
;;;    5 sub rsp, 8
;;;    9 mov rax, rdi
;;;    c mov edi, 7
;;;   11 cmp rax, [r14+0x58]
;;;   15 jae 0x33
;;;   17 shl rax, 4
;;;   1b add rax, [r14+0x50]
;;;   1f cmp dword ptr [rax+8], 0x241
;;;   26 jne 0x37
;;;   28 call qword ptr [rax]
;;;   2a add rsp, 8
;;;   2e ret
;;;   2f call qword ptr [r14+8]
;;;   33 call qword ptr [r14+8]
;;;   37 cmp dword ptr [rax+8], 0
;;;   3b je 0x41
;;;   3d call qword ptr [r14+8]
;;;   41 call qword ptr [r14+8]
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   store64 [out], 7
;;;   store64 [out + 8], 8
;;;   store64 [out + 16], 9
;;;   v10:rax = call_closed_long #1:rdi, #2:rsi, #3:rdx, #4:rcx, #5:r8, #6:r9, v0:rax, 96, at 112  ; temps 1+0, clobbers call
;;;   ret v10:rax
;;; asm
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x63
;;;    5 sub rsp, 0x28
;;;    9 mov qword ptr [rsp], 7
;;;   11 mov qword ptr [rsp+8], 8
;;;   1a mov qword ptr [rsp+0x10], 9
;;;   23 mov rax, rdi
;;;   26 mov edi, 1
;;;   2b mov esi, 2
;;;   30 mov edx, 3
;;;   35 mov ecx, 4
;;;   3a mov r8d, 5
;;;   40 mov r9d, 6
;;;   46 cmp eax, 0xa
;;;   49 jae 0x67
;;;   4b shl eax, 4
;;;   4e mov r11d, [r14+0x60]
;;;   52 cmp [r14+rax+0x78], r11d
;;;   57 jne 0x6b
;;;   59 call qword ptr [r14+rax+0x70]
;;;   5e add rsp, 0x28
;;;   62 ret
;;;   63 call qword ptr [r14+8]
;;;   67 call qword ptr [r14+8]
;;;   6b cmp dword ptr [r14+rax+0x78], 0
;;;   71 je 0x77
;;;   73 call qword ptr [r14+8]
;;;   77 call qword ptr [r14+8]
