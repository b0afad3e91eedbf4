;; test: schedule, asm
;; target: x86-64-v3
(module (memory 1)
  ;; Counts beside two chains: the chains first, the one that is longer before the other; what counts comes last.
  (func (param i32) (result f64) (local i32 f64 f64 f64)
    (local.set 2 (f64.const 0.5)) (local.set 3 (f64.const 0.25))
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (local.set 4 (f64.add (local.get 4) (f64.const 1)))
      (local.set 2 (f64.mul (f64.add (f64.mul (local.get 2) (local.get 2)) (local.get 3)) (local.get 2)))
      (local.set 3 (f64.add (f64.mul (local.get 3) (local.get 3)) (local.get 3)))
      (br_if $l (i32.ne (local.get 1) (local.get 0))))
    (f64.add (local.get 4) (f64.add (local.get 2) (local.get 3))))
  ;; What the branch tests for zero stays before it.
  (func (param i32) (result i64) (local i64 i64)
    (local.set 1 (i64.const 3))
    (loop $l
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (local.set 2 (i64.add (local.get 2) (i64.const 7)))
      (local.set 1 (i64.xor (i64.rotl (i64.mul (local.get 1) (local.get 2)) (i64.const 9)) (i64.mul (local.get 1) (i64.const 77))))
      (br_if $l (local.get 0)))
    (i64.add (local.get 1) (local.get 2)))
  ;; Left alone: it writes; it reads all the time; there is more work than waiting.
  (func (param i32) (result i64) (local i64 i64)
    (local.set 1 (i64.const 3))
    (loop $l
      (local.set 2 (i64.add (local.get 2) (i64.const 7)))
      (local.set 1 (i64.xor (i64.rotl (i64.mul (local.get 1) (local.get 2)) (i64.const 9)) (local.get 1)))
      (i64.store (local.get 0) (local.get 1))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 8)))))
    (local.get 1))
  (func (param i32) (result f64) (local f64 f64)
    (loop $l
      (local.set 2 (f64.add (local.get 2) (f64.const 1)))
      (local.set 1 (f64.add (local.get 1) (f64.mul (f64.load (local.get 0)) (f64.load offset=800 (local.get 0)))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 8)))))
    (f64.add (local.get 1) (local.get 2)))
)

;;; function 0
;;; schedule
;;; func 0 type 0
;;; block 0 @43:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 0
;;;   v2 = f64.const 0x0000000000000000
;;;   v3 = f64.const 0x3fe0000000000000
;;;   v4 = f64.const 0x3fd0000000000000
;;;   v5 = i32.const 1
;;;   v6 = f64.const 0x3ff0000000000000
;;;   br -> 1(v1, v2, v3, v4)
;;; block 1 loop (v8: i32, v9: f64, v10: f64, v11: f64) @67:
;;;   v14 = f64.mul v10, v10
;;;   v15 = f64.add v14, v11
;;;   v16 = f64.mul v15, v10
;;;   v17 = f64.mul v11, v11
;;;   v18 = f64.add v17, v11
;;;   v13 = f64.add v9, v6
;;;   v12 = i32.add v8, v5
;;;   v19 = i32.ne v12, v0
;;;   br_if v19 -> 1(v12, v13, v16, v18), 2()
;;; block 2 @118:
;;;   v21 = f64.add v16, v18
;;;   v22 = f64.add v13, v21
;;;   return (v22)
;;; asm
;;;    0 vmovsd xmm0, [rip+0x40]
;;;    8 xor eax, eax
;;;    a vxorps xmm1, xmm1, xmm1
;;;    e vmovsd xmm2, [rip+0x3a]
;;;   16 vmovsd xmm3, [rip+0x3a]
;;;   1e xchg ax, ax
;;;   20 vmulsd xmm4, xmm2, xmm2
;;;   24 vaddsd xmm4, xmm4, xmm3
;;;   28 vmulsd xmm2, xmm4, xmm2
;;;   2c vmulsd xmm4, xmm3, xmm3
;;;   30 vaddsd xmm3, xmm4, xmm3
;;;   34 vaddsd xmm1, xmm1, xmm0
;;;   38 inc eax
;;;   3a cmp eax, edi
;;;   3c jne 0x20
;;;   3e vaddsd xmm0, xmm2, xmm3
;;;   42 vaddsd xmm0, xmm1, xmm0
;;;   46 ret
;;; function 1
;;; schedule
;;; func 1 type 1
;;; block 0 @132:
;;;   v0 = arg index=0 : i32
;;;   v1 = i64.const 0
;;;   v2 = i64.const 3
;;;   v3 = i32.const -1
;;;   v4 = i64.const 7
;;;   v5 = i64.const 9
;;;   v6 = i64.const 77
;;;   br -> 1(v0, v1, v2)
;;; block 1 loop (v8: i32, v9: i64, v10: i64) @138:
;;;   v12 = i64.add v9, v4
;;;   v13 = i64.mul v10, v12
;;;   v15 = i64.mul v10, v6
;;;   v14 = i64.rotl v13, v5
;;;   v16 = i64.xor v14, v15
;;;   v11 = i32.add v8, v3
;;;   br_if v11 -> 1(v11, v12, v16), 2()
;;; block 2 @173:
;;;   v18 = i64.add v16, v12
;;;   return (v18)
;;; asm
;;;    0 xor eax, eax
;;;    2 mov ecx, 3
;;;    7 nop [rax+rax]
;;;   10 nop [rax+rax]
;;;   19 nop [rax]
;;;   20 add rax, 7
;;;   24 mov rdx, rcx
;;;   27 imul rdx, rax
;;;   2b imul rcx, 0x4d
;;;   2f rorx rdx, rdx, 0x37
;;;   35 xor rcx, rdx
;;;   38 dec edi
;;;   3a jne 0x20
;;;   3c add rax, rcx
;;;   3f ret
;;; function 2
;;; schedule
;;; func 2 type 1
;;; block 0 @184:
;;;   v0 = arg index=0 : i32
;;;   v1 = i64.const 0
;;;   v2 = i64.const 3
;;;   v3 = i64.const 7
;;;   v4 = i64.const 9
;;;   v5 = i32.const -8
;;;   br -> 1(v1, v2, v0)
;;; block 1 loop (v7: i64, v8: i64, v9: i32) @190:
;;;   v10 = i64.add v7, v3
;;;   v11 = i64.mul v8, v10
;;;   v12 = i64.rotl v11, v4
;;;   v13 = i64.xor v12, v8
;;;   i64.store v9, v13 offset=0
;;;   v15 = i32.add v9, v5
;;;   br_if v15 -> 1(v10, v13, v15), 2()
;;; block 2 @226:
;;;   return (v13)
;;; asm
;;;    0 xor eax, eax
;;;    2 mov ecx, 3
;;;    7 nop [rax+rax]
;;;   10 nop [rax+rax]
;;;   19 nop [rax]
;;;   20 add rax, 7
;;;   24 mov rdx, rcx
;;;   27 imul rdx, rax
;;;   2b rorx rdx, rdx, 0x37
;;;   31 xor rcx, rdx
;;;   34 mov [r15+rdi], rcx
;;;   38 add edi, 0xfffffff8
;;;   3b jne 0x20
;;;   3d mov rax, rcx
;;;   40 ret
;;; function 3
;;; schedule
;;; func 3 type 0
;;; block 0 @234:
;;;   v0 = arg index=0 : i32
;;;   v1 = f64.const 0x0000000000000000
;;;   v2 = f64.const 0x3ff0000000000000
;;;   v3 = i32.const -8
;;;   br -> 1(v1, v1, v0)
;;; block 1 loop (v5: f64, v6: f64, v7: i32) @236:
;;;   v8 = f64.add v5, v2
;;;   v9 = f64.load v7 offset=0
;;;   v10 = f64.load v7 offset=800
;;;   v11 = f64.mul v9, v10
;;;   v12 = f64.add v6, v11
;;;   v13 = i32.add v7, v3
;;;   br_if v13 -> 1(v8, v12, v13), 2()
;;; block 2 @276:
;;;   v15 = f64.add v12, v8
;;;   return (v15)
;;; asm
;;;    0 vmovsd xmm0, [rip+0x40]
;;;    8 vxorps xmm1, xmm1, xmm1
;;;    c vxorps xmm2, xmm2, xmm2
;;;   10 nop [rax+rax]
;;;   19 nop [rax]
;;;   20 vaddsd xmm1, xmm1, xmm0
;;;   24 vmovsd xmm3, [r15+rdi]
;;;   2a vmulsd xmm3, xmm3, [r15+rdi+0x320]
;;;   34 vaddsd xmm2, xmm2, xmm3
;;;   38 add edi, 0xfffffff8
;;;   3b jne 0x20
;;;   3d vaddsd xmm0, xmm2, xmm1
;;;   41 ret
