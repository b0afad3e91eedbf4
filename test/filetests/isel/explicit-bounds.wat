;; test: isel, asm
;; bounds: explicit
(module (memory 1)
  (func (param $p i32) (result i32) (i32.load offset=16 (local.get $p)))
  (func (param $p i32) (param $x i64) (i64.store (local.get $p) (local.get $x)))
  (func (param $p i32) (result i32) (i32.load8_u offset=0xffffffff (local.get $p)))
  ;; below the minimum size: no check
  (func (result i32) (i32.load (i32.const 65532)))
  (func (result i32) (i32.load (i32.const 65533)))
  (func (param $p i32) (i32.store offset=4 (local.get $p) (i32.add (i32.load offset=4 (local.get $p)) (i32.const 1))))
  ;; a field, then fields before it: one check; the one behind it needs another
  (func (param $p i32) (result i32)
    (i32.store offset=12 (local.get $p) (i32.const 0))
    (i32.store offset=8 (local.get $p) (i32.const 1))
    (i32.store8 offset=15 (local.get $p) (i32.const 2))
    (i32.load offset=16 (local.get $p)))
  ;; a check in one arm does not serve what follows the join; one before the branch serves both arms
  (func (param $p i32) (param $q i32)
    (if (local.get $q) (then (i32.store offset=4 (local.get $p) (i32.const 0))))
    (i32.store (local.get $p) (i32.const 1))
    (if (local.get $q) (then (i32.store8 offset=3 (local.get $p) (i32.const 0)))))
  ;; each round of a loop has its own index
  (func (param $p i32)
    (loop $l
      (i32.store (local.get $p) (i32.const 0))
      (i32.store16 (local.get $p) (i32.const 1))
      (br_if $l (local.tee $p (i32.shr_u (local.get $p) (i32.const 1)))))))

;;; function 0
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   bounds v0, 16  ; temps 1+0
;;;   v1 = load32 [mem + v0 + 16]
;;;   ret v1:rax
;;; asm
;;;    0 cmp rdi, [r14-0x78]
;;;    4 jae 0xc
;;;    6 mov eax, [r15+rdi+0x10]
;;;    b ret
;;;    c lea r11, [rdi+0x14]
;;;   10 cmp r11, [r14+0x18]
;;;   14 jbe 6
;;;   16 lea rax, [rdi+0x10]
;;;   1a call qword ptr [r14+8]
;;; function 1
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   bounds v0, 0  ; temps 1+0
;;;   store64 [mem + v0], v1
;;;   ret
;;; asm
;;;    0 cmp rdi, [r14-0x78]
;;;    4 jae 0xb
;;;    6 mov [r15+rdi], rsi
;;;    a ret
;;;    b lea r11, [rdi+8]
;;;    f cmp r11, [r14+0x18]
;;;   13 jbe 6
;;;   15 lea rax, [rdi]
;;;   18 call qword ptr [r14+8]
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = bounds_ea v0, -1  ; temps 1+0
;;;   v1 = load8u [mem + v3]
;;;   ret v1:rax
;;; asm
;;;    0 mov r11d, 0xffffffff
;;;    6 add r11, rdi
;;;    9 mov rax, r11
;;;    c add r11, 1
;;;   10 cmp r11, [r14+0x18]
;;;   14 ja 0x1c
;;;   16 movzx eax, byte ptr [r15+rax]
;;;   1b ret
;;;   1c call qword ptr [r14+8]
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
;;;   bounds 65533  ; temps 1+0
;;;   v1 = load32 [mem + 65533]
;;;   ret v1:rax
;;; asm
;;;    0 cmp qword ptr [r14+0x18], 0x10001
;;;    8 jb 0x12
;;;    a mov eax, [r15+0xfffd]
;;;   11 ret
;;;   12 mov eax, 0xfffd
;;;   17 call qword ptr [r14+8]
;;; function 5
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   bounds v0, 4  ; temps 1+0
;;;   add32 [mem + v0 + 4], 1
;;;   ret
;;; asm
;;;    0 cmp rdi, [r14-0x78]
;;;    4 jae 0xd
;;;    6 add dword ptr [r15+rdi+4], 1
;;;    c ret
;;;    d lea r11, [rdi+8]
;;;   11 cmp r11, [r14+0x18]
;;;   15 jbe 6
;;;   17 lea rax, [rdi+4]
;;;   1b call qword ptr [r14+8]
;;; function 6
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   bounds v0, 12  ; temps 1+0
;;;   store32 [mem + v0 + 12], 0
;;;   store32 [mem + v0 + 8], 1
;;;   store8 [mem + v0 + 15], 2
;;;   bounds v0, 16  ; temps 1+0
;;;   v7 = load32 [mem + v0 + 16]
;;;   ret v7:rax
;;; asm
;;;    0 cmp rdi, [r14-0x78]
;;;    4 jae 0x2a
;;;    6 mov dword ptr [r15+rdi+0xc], 0
;;;    f mov dword ptr [r15+rdi+8], 1
;;;   18 mov byte ptr [r15+rdi+0xf], 2
;;;   1e cmp rdi, [r14-0x78]
;;;   22 jae 0x36
;;;   24 mov eax, [r15+rdi+0x10]
;;;   29 ret
;;;   2a lea r11, [rdi+0x10]
;;;   2e cmp r11, [r14+0x18]
;;;   32 ja 0x42
;;;   34 jmp 6
;;;   36 lea r11, [rdi+0x14]
;;;   3a cmp r11, [r14+0x18]
;;;   3e ja 0x4a
;;;   40 jmp 0x24
;;;   42 lea rax, [rdi+0xc]
;;;   46 call qword ptr [r14+8]
;;;   4a lea rax, [rdi+0x10]
;;;   4e call qword ptr [r14+8]
;;; function 7
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_test32 ne v1, v1 -> b1 b2
;;; b1:
;;;   bounds v0, 4  ; temps 1+0
;;;   store32 [mem + v0 + 4], 0
;;;   br -> b2
;;; b2:
;;;   bounds v0, 0  ; temps 1+0
;;;   store32 [mem + v0], 1
;;;   br_test32 ne v1, v1 -> b3 b4
;;; b3:
;;;   store8 [mem + v0 + 3], 0
;;;   br -> b4
;;; b4:
;;;   ret
;;; asm
;;;    0 test esi, esi
;;;    2 je 0x13
;;;    4 cmp rdi, [r14-0x78]
;;;    8 jae 0x2c
;;;    a mov dword ptr [r15+rdi+4], 0
;;;   13 cmp rdi, [r14-0x78]
;;;   17 jae 0x38
;;;   19 mov dword ptr [r15+rdi], 1
;;;   21 test esi, esi
;;;   23 je 0x2b
;;;   25 mov byte ptr [r15+rdi+3], 0
;;;   2b ret
;;;   2c lea r11, [rdi+8]
;;;   30 cmp r11, [r14+0x18]
;;;   34 ja 0x44
;;;   36 jmp 0xa
;;;   38 lea r11, [rdi+4]
;;;   3c cmp r11, [r14+0x18]
;;;   40 ja 0x4c
;;;   42 jmp 0x19
;;;   44 lea rax, [rdi+4]
;;;   48 call qword ptr [r14+8]
;;;   4c lea rax, [rdi]
;;;   4f call qword ptr [r14+8]
;;; function 8
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   br -> b1(v0)
;;; b1(v4):
;;;   bounds v4, 0  ; temps 1+0
;;;   store32 [mem + v4], 0
;;;   store16 [mem + v4], 1
;;;   v7 = shr32 v4, 1  ; tied
;;;   br_test32 ne v7, v7 -> b1(v7) b2
;;; b2:
;;;   ret
;;; asm
;;;    0 cmp rdi, [r14-0x78]
;;;    4 jae 0x1a
;;;    6 mov dword ptr [r15+rdi], 0
;;;    e mov word ptr [r15+rdi], 1
;;;   15 shr edi, 1
;;;   17 jne 0
;;;   19 ret
;;;   1a lea r11, [rdi+4]
;;;   1e cmp r11, [r14+0x18]
;;;   22 jbe 6
;;;   24 lea rax, [rdi]
;;;   27 call qword ptr [r14+8]
