;; test: asm
;; target: x86-64-v3
(module (memory 1)
  (func $other)
  ;; In a register before the loop.
  (func (param i32) (result f64) (local f64)
    (loop $l
      (local.set 1 (f64.add (local.get 1) (f64.mul (f64.load (local.get 0)) (f64.const 0.2))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 8)))))
    (local.get 1))
  ;; Vectors, and the masks that operations need; the same one once.
  (func (param i32)
    (loop $l
      (v128.store (local.get 0)
        (i32x4.add (v128.const i32x4 1 2 3 4) (v128.and (v128.load (local.get 0)) (v128.const i32x4 1 2 3 4))))
      (v128.store offset=16 (local.get 0) (f64x2.abs (v128.load offset=16 (local.get 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 32))))))
  ;; A call destroys vector registers: where it is used.
  (func (param i32) (result f64) (local f64)
    (loop $l
      (call $other)
      (local.set 1 (f64.add (local.get 1) (f64.mul (f64.load (local.get 0)) (f64.const 0.2))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 8)))))
    (local.get 1))
  ;; Before the inner loop, not at each use there.
  (func (param i32 i32) (result f32) (local f32 i32)
    (loop $o
      (local.set 3 (local.get 1))
      (loop $l
        (local.set 2 (f32.add (local.get 2) (f32.sub (f32.const 1.5) (f32.load (local.get 3)))))
        (br_if $l (local.tee 3 (i32.sub (local.get 3) (i32.const 8)))))
      (br_if $o (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 2))
)

;;; function 0
;;;    0 ret
;;; function 1
;;;    0 vmovsd xmm0, [rip+0x30]
;;;    8 vxorps xmm1, xmm1, xmm1
;;;    c nop [rax+rax]
;;;   15 nop [rax+rax]
;;;   1e xchg ax, ax
;;;   20 vmulsd xmm2, xmm0, [r15+rdi]
;;;   26 vaddsd xmm1, xmm1, xmm2
;;;   2a add edi, 0xfffffff8
;;;   2d jne 0x20
;;;   2f vmovaps xmm0, xmm1
;;;   33 ret
;;; function 2
;;;    0 vmovups xmm0, [rip+0x68]
;;;    8 vmovups xmm1, [rip+0x70]
;;;   10 nop [rax+rax]
;;;   19 nop [rax+rax]
;;;   22 nop [rax+rax]
;;;   2b nop [rax+rax]
;;;   34 nop [rax+rax]
;;;   3d nop [rax]
;;;   40 vpand xmm2, xmm0, [r15+rdi]
;;;   46 vpaddd xmm2, xmm0, xmm2
;;;   4a vmovups [r15+rdi], xmm2
;;;   50 vmovups xmm2, [r15+rdi+0x10]
;;;   57 vandps xmm2, xmm2, xmm1
;;;   5b vmovups [r15+rdi+0x10], xmm2
;;;   62 add edi, 0xffffffe0
;;;   65 jne 0x40
;;;   67 ret
;;; function 3
;;;    0 cmp rsp, [r14]
;;;    3 jb 0x6c
;;;    5 push rbx
;;;    6 sub rsp, 0x10
;;;    a mov rbx, rdi
;;;    d vxorps xmm0, xmm0, xmm0
;;;   11 nop [rax+rax]
;;;   1a nop [rax+rax]
;;;   23 nop [rax+rax]
;;;   2c nop [rax+rax]
;;;   35 nop [rax+rax]
;;;   3e xchg ax, ax
;;;   40 vmovsd [rsp], xmm0
;;;   45 call 0x4a
;;;   4a vmovsd xmm0, [r15+rbx]
;;;   50 vmulsd xmm0, xmm0, [rip+0x18]
;;;   58 vmovsd xmm1, [rsp]
;;;   5d vaddsd xmm0, xmm1, xmm0
;;;   61 add ebx, 0xfffffff8
;;;   64 jne 0x40
;;;   66 add rsp, 0x10
;;;   6a pop rbx
;;;   6b ret
;;;   6c call qword ptr [r14+8]
;;; function 4
;;;    0 vxorps xmm0, xmm0, xmm0
;;;    4 vmovss xmm1, [rip+0x28]
;;;    c mov rax, rsi
;;;    f nop [rax+rax]
;;;   18 nop [rax+rax]
;;;   20 vsubss xmm2, xmm1, [r15+rax]
;;;   26 vaddss xmm0, xmm0, xmm2
;;;   2a add eax, 0xfffffff8
;;;   2d jne 0x20
;;;   2f dec edi
;;;   31 jne 4
;;;   33 ret
