;; test: isel, asm
;; The frame around a call only; a callee-saved register with another name before it; a leaf with slots in the red zone.
(module (memory 1) (global $sp (mut i32) (i32.const 1024))
  (func $slow (param i32) (result i32) (local.get 0))
  ;; 0: the frame is only around the call
  (func (export "around") (param $p i32) (param $q i32) (result i32) (local $s i32)
    (global.set $sp (local.tee $s (i32.sub (global.get $sp) (i32.const 16))))
    (if (i32.eqz (i32.load (local.get $p))) (then (i32.store (local.get $p) (call $slow (local.get $q)))))
    (i32.store (local.get $s) (local.get $q))
    (global.set $sp (i32.add (local.get $s) (i32.const 16)))
    (i32.add (i32.load (local.get $p)) (local.get $q)))
  ;; 1: a callee-saved register has another name before the frame
  (func (export "renamed") (param $p i32) (param $q i32) (result i32) (local $s i32)
    (local.set $s (i32.add (local.get $q) (i32.const 5)))
    (if (i32.load (local.get $p)) (then (return (i32.load offset=4 (local.get $s)))))
    (drop (call $slow (local.get $s))) (drop (call $slow (local.get $s))) (drop (call $slow (local.get $s))) (drop (call $slow (local.get $s))) (drop (call $slow (local.get $s)))
    (drop (call $slow (local.get $s))) (drop (call $slow (local.get $s)))
    (local.get $s))
  ;; 2: more values than registers, nothing below: no frame
  (func (export "leaf") (param $a i64) (param $b i64) (result i64) (local $c i64) (local $d i64) (local $e i64) (local $f i64) (local $g i64) (local $h i64) (local $i i64) (local $j i64)
    (local.set $c (i64.xor (local.get $a) (local.get $b)))
    (local.set $d (i64.mul (local.get $a) (local.get $c)))
    (local.set $e (i64.mul (local.get $b) (local.get $d)))
    (local.set $f (i64.mul (local.get $c) (local.get $e)))
    (local.set $g (i64.mul (local.get $d) (local.get $f)))
    (local.set $h (i64.mul (local.get $e) (local.get $g)))
    (local.set $i (i64.mul (local.get $f) (local.get $h)))
    (local.set $j (i64.mul (local.get $g) (local.get $i)))
    (i64.store (i32.const 0) (local.get $j))
    (i64.add (i64.mul (local.get $j) (local.get $a)) (i64.add (i64.mul (local.get $i) (local.get $b)) (i64.add (i64.mul (local.get $h) (local.get $c)) (i64.add (i64.mul (local.get $g) (local.get $d))
      (i64.add (i64.mul (local.get $f) (local.get $e)) (i64.add (local.get $a) (i64.add (i64.mul (local.get $b) (local.get $c)) (i64.mul (local.get $d) (local.get $e))))))))))
)

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
;;;   v1:rsi = arg
;;;   v3 = load32 [vmctx + 64]
;;;   v4 = add32 v3, -16
;;;   store32 [vmctx + 64], v4
;;;   br_cmp32 e [mem + v0], 0 -> b1 b2
;;; b1:
;;;   v9:rax = call v1:rdi, 0  ; clobbers call
;;;   store32 [mem + v0], v9
;;;   br -> b2
;;; b2:
;;;   store32 [mem + v3 - 16], v1
;;;   store32 [vmctx + 64], v3
;;;   v15 = add32 v1, [mem + v0]  ; tied
;;;   ret v15:rax
;;; asm
;;;    0 mov eax, [r14+0x40]
;;;    4 lea ecx, [rax-0x10]
;;;    7 mov [r14+0x40], ecx
;;;    b cmp dword ptr [r15+rdi], 0
;;;   10 je 0x23
;;;   12 mov [r15+rax-0x10], esi
;;;   17 mov [r14+0x40], eax
;;;   1b add esi, [r15+rdi]
;;;   1f mov rax, rsi
;;;   22 ret
;;;   23 cmp rsp, [r14]
;;;   26 jb 0x60
;;;   28 sub rsp, 0x18
;;;   2c mov [rsp+8], rsi
;;;   31 mov [rsp], rdi
;;;   35 mov [rsp+0x10], rax
;;;   3a mov rdi, rsi
;;;   3d call 0x42
;;;   42 mov edi, [rsp]
;;;   45 mov [r15+rdi], eax
;;;   49 mov esi, [rsp+8]
;;;   4d mov eax, [rsp+0x10]
;;;   51 add rsp, 0x18
;;;   55 jmp 0x12
;;;   57 mov [r15+rax-0x10], esi
;;;   5c mov eax, eax
;;;   5e jmp 0x17
;;;   60 call qword ptr [r14+8]
;;; function 2
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = add32 v1, 5
;;;   br_cmp32 ne [mem + v0], 0 -> b1 b2
;;; b1:
;;;   v6 = load32 [mem + v3 + 4]
;;;   ret v6:rax
;;; b2:
;;;   call v3:rdi, 0  ; clobbers call
;;;   call v3:rdi, 0  ; clobbers call
;;;   call v3:rdi, 0  ; clobbers call
;;;   call v3:rdi, 0  ; clobbers call
;;;   call v3:rdi, 0  ; clobbers call
;;;   call v3:rdi, 0  ; clobbers call
;;;   call v3:rdi, 0  ; clobbers call
;;;   ret v3:rax
;;; asm
;;;    0 lea eax, [rsi+5]
;;;    3 cmp dword ptr [r15+rdi], 0
;;;    8 je 0x10
;;;    a mov eax, [r15+rax+4]
;;;    f ret
;;;   10 cmp rsp, [r14]
;;;   13 jb 0x5d
;;;   15 sub rsp, 8
;;;   19 mov [rsp], rax
;;;   1d mov rdi, rax
;;;   20 call 0x25
;;;   25 mov edi, [rsp]
;;;   28 call 0x2d
;;;   2d mov edi, [rsp]
;;;   30 call 0x35
;;;   35 mov edi, [rsp]
;;;   38 call 0x3d
;;;   3d mov edi, [rsp]
;;;   40 call 0x45
;;;   45 mov edi, [rsp]
;;;   48 call 0x4d
;;;   4d mov edi, [rsp]
;;;   50 call 0x55
;;;   55 mov eax, [rsp]
;;;   58 add rsp, 8
;;;   5c ret
;;;   5d call qword ptr [r14+8]
;;; function 3
;;; isel
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = xor64 v0, v1  ; tied either
;;;   v4 = imul64 v0, v3  ; tied either
;;;   v5 = imul64 v1, v4  ; tied either
;;;   v6 = imul64 v3, v5  ; tied either
;;;   v7 = imul64 v4, v6  ; tied either
;;;   v8 = imul64 v5, v7  ; tied either
;;;   v9 = imul64 v6, v8  ; tied either
;;;   v10 = imul64 v7, v9  ; tied either
;;;   store64 [mem], v10
;;;   v12 = imul64 v10, v0  ; tied either
;;;   v13 = imul64 v9, v1  ; tied either
;;;   v14 = imul64 v8, v3  ; tied either
;;;   v15 = imul64 v7, v4  ; tied either
;;;   v16 = imul64 v6, v5  ; tied either
;;;   v17 = imul64 v1, v3  ; tied either
;;;   v18 = imul64 v4, v5  ; tied either
;;;   v19 = add64 v17, v18
;;;   v20 = add64 v0, v19
;;;   v21 = add64 v16, v20
;;;   v22 = add64 v15, v21
;;;   v23 = add64 v14, v22
;;;   v24 = add64 v13, v23
;;;   v25 = add64 v12, v24
;;;   ret v25:rax
;;; asm
;;;    0 mov rax, rdi
;;;    3 xor rax, rsi
;;;    6 mov rcx, rdi
;;;    9 imul rcx, rax
;;;    d mov rdx, rsi
;;;   10 imul rdx, rcx
;;;   14 mov [rsp-0x10], rdx
;;;   19 mov r8, rax
;;;   1c imul r8, rdx
;;;   20 mov r9, rcx
;;;   23 imul r9, r8
;;;   27 imul rdx, r9
;;;   2b mov r10, r8
;;;   2e imul r10, rdx
;;;   32 mov r11, r9
;;;   35 imul r11, r10
;;;   39 mov [r15], r11
;;;   3c imul r11, rdi
;;;   40 mov [rsp-8], r11
;;;   45 imul r10, rsi
;;;   49 imul rdx, rax
;;;   4d imul r9, rcx
;;;   51 mov r11, [rsp-0x10]
;;;   56 imul r8, r11
;;;   5a imul rax, rsi
;;;   5e imul rcx, r11
;;;   62 add rax, rcx
;;;   65 add rax, rdi
;;;   68 add rax, r8
;;;   6b add rax, r9
;;;   6e add rax, rdx
;;;   71 add rax, r10
;;;   74 mov rcx, [rsp-8]
;;;   79 add rax, rcx
;;;   7c ret
