;; bounds: explicit
;; print: asm
(module (memory 1)
  (func (param $p i32) (result i32) (i32.load offset=16 (local.get $p)))
  (func (param $p i32) (param $x i64) (i64.store (local.get $p) (local.get $x)))
  (func (param $p i32) (result i32) (i32.load8_u offset=0xffffffff (local.get $p)))
  ;; below the minimum size: no check
  (func (result i32) (i32.load (i32.const 65532)))
  (func (result i32) (i32.load (i32.const 65533)))
  (func (param $p i32) (i32.store offset=4 (local.get $p) (i32.add (i32.load offset=4 (local.get $p)) (i32.const 1)))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   bounds v0, 16  ; temps 1+0
;;;   v1 = load32 [mem + v0 + 16]
;;;   ret v1:rax
;;; asm
;;;      0 lea r11, [rdi+0x14]
;;;      4 cmp r11, [r14+0x18]
;;;      8 ja 0x10
;;;      a mov eax, [r15+rdi+0x10]
;;;      f ret
;;;     10 call qword ptr [r14+8]
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   bounds v0, 0  ; temps 1+0
;;;   store64 [mem + v0], v1
;;;   ret
;;; asm
;;;      0 lea r11, [rdi+8]
;;;      4 cmp r11, [r14+0x18]
;;;      8 ja 0xf
;;;      a mov [r15+rdi], rsi
;;;      e ret
;;;      f call qword ptr [r14+8]
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = bounds_ea v0, -1  ; temps 1+0
;;;   v1 = load8u [mem + v3]
;;;   ret v1:rax
;;; asm
;;;      0 mov r11d, 0xffffffff
;;;      6 add r11, rdi
;;;      9 mov rax, r11
;;;      c add r11, 1
;;;     10 cmp r11, [r14+0x18]
;;;     14 ja 0x1c
;;;     16 movzx eax, byte ptr [r15+rax]
;;;     1b ret
;;;     1c call qword ptr [r14+8]
;;; function 3
;;; b0:
;;;   v1 = load32 [mem + 65532]
;;;   ret v1:rax
;;; asm
;;;      0 mov eax, [r15+0xfffc]
;;;      7 ret
;;; function 4
;;; b0:
;;;   bounds 65533  ; temps 1+0
;;;   v1 = load32 [mem + 65533]
;;;   ret v1:rax
;;; asm
;;;      0 cmp qword ptr [r14+0x18], 0x10001
;;;      8 jb 0x12
;;;      a mov eax, [r15+0xfffd]
;;;     11 ret
;;;     12 call qword ptr [r14+8]
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   bounds v0, 4  ; temps 1+0
;;;   add32 [mem + v0 + 4], 1
;;;   ret
;;; asm
;;;      0 lea r11, [rdi+8]
;;;      4 cmp r11, [r14+0x18]
;;;      8 ja 0x11
;;;      a add dword ptr [r15+rdi+4], 1
;;;     10 ret
;;;     11 call qword ptr [r14+8]
