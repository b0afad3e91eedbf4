;; test: induction, asm
(module (memory 1000)
  ;; From -64 up to 0: counts from 0, addresses fold.
  (func (result i32) (local i32 i32)
    (local.set 0 (i32.const -64))
    (loop $l
      (local.set 1 (i32.add (local.get 1) (i32.load (i32.add (local.get 0) (i32.const 0x1000040)))))
      (i32.store (i32.add (local.get 0) (i32.const 0x2000048)) (local.get 1))
      (br_if $l (local.tee 0 (i32.add (local.get 0) (i32.const 4)))))
    (local.get 1))
  ;; The index is below a limit whenever the loop goes on, whatever the step.
  (func (param i32 i32)
    (if (i32.gt_u (local.get 0) (i32.const 0x61a7f)) (then (return)))
    (loop $l
      (i32.store8 (i32.add (local.get 0) (i32.const 0x100ce80)) (i32.const 1))
      (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (local.get 1))) (i32.const 0x61a80)))))
  ;; Two variables, one of them tested: both have ranges.
  (func (result i32) (local i32 i32 i32)
    (local.set 0 (i32.const 2048))
    (loop $l
      (local.set 2 (i32.add (local.get 2) (i32.load (i32.add (local.get 0) (i32.const 0x4000)))))
      (local.set 0 (i32.add (local.get 0) (i32.const 0x800)))
      (br_if $l (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 32))))
    (local.get 2))
  ;; Nobody knows how long this one runs, but it starts at data: folds, with a cold copy should it wrap.
  (func (param i32) (result i32) (local i32 i32)
    (local.set 1 (i32.const 0x10000))
    (loop $l
      (local.set 2 (i32.add (local.get 2) (i32.load (i32.add (local.get 1) (i32.const 0x800)))))
      (local.set 1 (i32.add (local.get 1) (i32.const 0x1000)))
      (br_if $l (i32.ne (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 7))))
    (local.get 2))
  ;; The variable itself is wanted: nothing is rewritten.
  (func (result i32) (local i32 i32)
    (local.set 0 (i32.const -64))
    (loop $l
      (local.set 1 (i32.xor (i32.add (local.get 1) (local.get 0)) (i32.load (i32.add (local.get 0) (i32.const 0x1000040)))))
      (br_if $l (local.tee 0 (i32.add (local.get 0) (i32.const 4)))))
    (local.get 1))
  ;; Up to a signed limit by one of several steps, as texts are read: never below zero.
  (func (result i32) (local i32 i32 i32)
    (loop $l
      (local.set 1 (i32.load8_u (i32.add (local.get 0) (i32.const 0x1000000))))
      (if (i32.lt_u (local.get 1) (i32.const 128))
        (then (local.set 0 (i32.add (local.get 0) (i32.const 1))))
        (else
          (local.set 2 (i32.add (local.get 2) (local.get 1)))
          (local.set 0 (i32.add (i32.add (select (i32.const 3) (i32.const 2) (i32.gt_u (local.get 1) (i32.const 230))) (local.get 0)) (i32.const 1)))))
      (br_if $l (i32.lt_s (local.get 0) (i32.const 32768))))
    (local.get 2))
  ;; One of the steps may be anything: nothing is known.
  (func (result i32) (local i32 i32 i32)
    (loop $l
      (local.set 1 (i32.load8_u (i32.add (local.get 0) (i32.const 0x1000000))))
      (if (i32.lt_u (local.get 1) (i32.const 128))
        (then (local.set 0 (i32.add (local.get 0) (i32.const 1))))
        (else
          (local.set 2 (i32.add (local.get 2) (local.get 1)))
          (local.set 0 (i32.add (local.get 0) (i32.load (local.get 0))))))
      (br_if $l (i32.lt_s (local.get 0) (i32.const 32768))))
    (local.get 2))
)

;;; function 0
;;; induction
;;; func 0 type 0
;;; block 0 @49:
;;;   v0 = i32.const 0
;;;   v1 = i32.const 4
;;;   v2 = i32.const 16777224
;;;   v3 = i32.const 0
;;;   v4 = i32.const 16777216
;;;   v5 = i32.const 64
;;;   br -> 1(v0, v3)
;;; block 1 loop (v7: i32, v8: i32) @55:
;;;   v9 = i32.add v8, v4
;;;   v10 = i32.load v9 offset=0
;;;   v11 = i32.add v7, v10
;;;   v12 = i32.add v9, v2
;;;   i32.store v12, v11 offset=0
;;;   v14 = i32.add v8, v1
;;;   v15 = i32.ne v14, v5
;;;   br_if v15 -> 1(v11, v14), 2()
;;; block 2 @93:
;;;   return (v11)
;;; asm
;;;    0 xor eax, eax
;;;    2 xor ecx, ecx
;;;    4 nop [rax+rax]
;;;    d nop [rax+rax]
;;;   16 nop [rax+rax]
;;;   1f nop
;;;   20 add eax, [r15+rcx+0x1000000]
;;;   28 mov [r15+rcx+0x2000008], eax
;;;   30 add ecx, 4
;;;   33 cmp ecx, 0x40
;;;   36 jne 0x20
;;;   38 ret
;;; function 1
;;; induction
;;; func 1 type 1
;;; block 0 @99:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 399999
;;;   v3 = i32.const 16830080
;;;   v4 = i32.const 1
;;;   v5 = i32.const 400000
;;;   v6 = i32.gt_u v0, v2
;;;   br_if v6 -> 1(), 2()
;;; block 1 @108:
;;;   return ()
;;; block 2 @110:
;;;   br -> 3(v0)
;;; block 3 loop (v10: i32) @112:
;;;   v11 = i32.add v10, v3
;;;   i32.store8 v11, v4 offset=0
;;;   v13 = i32.add v10, v1
;;;   v14 = i32.lt_u v13, v5
;;;   br_if v14 -> 3(v13), 4()
;;; block 4 @139:
;;;   return ()
;;; asm
;;;    0 cmp edi, 0x61a7f
;;;    6 ja 0x34
;;;    8 nop [rax+rax]
;;;   11 nop [rax+rax]
;;;   1a nop [rax+rax]
;;;   20 mov byte ptr [r15+rdi+0x100ce80], 1
;;;   29 add edi, esi
;;;   2b cmp edi, 0x61a80
;;;   31 jb 0x20
;;;   33 ret
;;;   34 ret
;;; function 2
;;; induction
;;; func 2 type 0
;;; block 0 @145:
;;;   v0 = i32.const 0
;;;   v1 = i32.const 2048
;;;   v2 = i32.const 16384
;;;   v3 = i32.const 1
;;;   v4 = i32.const 32
;;;   br -> 1(v0, v1, v0)
;;; block 1 loop (v6: i32, v7: i32, v8: i32) @152:
;;;   v9 = i32.add v7, v2
;;;   v10 = i32.load v9 offset=0
;;;   v11 = i32.add v6, v10
;;;   v12 = i32.add v7, v1
;;;   v13 = i32.add v8, v3
;;;   v14 = i32.ne v13, v4
;;;   br_if v14 -> 1(v11, v12, v13), 2()
;;; block 2 @187:
;;;   return (v11)
;;; asm
;;;    0 xor eax, eax
;;;    2 mov ecx, 0x800
;;;    7 xor edx, edx
;;;    9 nop [rax+rax]
;;;   12 nop [rax+rax]
;;;   1b nop [rax+rax]
;;;   20 add eax, [r15+rcx+0x4000]
;;;   28 add ecx, 0x800
;;;   2e inc edx
;;;   30 cmp edx, 0x20
;;;   33 jne 0x20
;;;   35 ret
;;; function 3
;;; induction
;;; func 3 type 2
;;; block 0 @195:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 0
;;;   v2 = i32.const 65536
;;;   v3 = i32.const 2048
;;;   v4 = i32.const 4096
;;;   v5 = i32.const -1
;;;   v6 = i32.const 7
;;;   br -> 1(v1, v2, v0)
;;; block 1 loop (v8: i32, v9: i32, v10: i32) @203:
;;;   v11 = i32.add v9, v3
;;;   v12 = i32.load v11 offset=0
;;;   v13 = i32.add v8, v12
;;;   v14 = i32.add v9, v4
;;;   v15 = i32.add v10, v5
;;;   v16 = i32.ne v15, v6
;;;   br_if v16 -> 1(v13, v14, v15), 2()
;;; block 2 @237:
;;;   return (v13)
;;; asm
;;;    0 xor eax, eax
;;;    2 mov ecx, 0x10000
;;;    7 nop [rax+rax]
;;;   10 nop [rax+rax]
;;;   19 nop [rax]
;;;   20 add eax, [r15+rcx+0x800]
;;;   28 add ecx, 0x1000
;;;   2e dec edi
;;;   30 cmp edi, 7
;;;   33 jne 0x20
;;;   35 ret
;;;   36 add eax, [r15+rcx+0x800]
;;;   3e mov ecx, ecx
;;;   40 jmp 0x28
;;; function 4
;;; induction
;;; func 4 type 0
;;; block 0 @245:
;;;   v0 = i32.const 0
;;;   v1 = i32.const -64
;;;   v2 = i32.const 16777280
;;;   v3 = i32.const 4
;;;   br -> 1(v0, v1)
;;; block 1 loop (v5: i32, v6: i32) @251:
;;;   v7 = i32.add v5, v6
;;;   v8 = i32.add v6, v2
;;;   v9 = i32.load v8 offset=0
;;;   v10 = i32.xor v7, v9
;;;   v11 = i32.add v6, v3
;;;   br_if v11 -> 1(v10, v11), 2()
;;; block 2 @279:
;;;   return (v10)
;;; asm
;;;    0 xor eax, eax
;;;    2 mov ecx, 0xffffffc0
;;;    7 nop [rax+rax]
;;;   10 nop [rax+rax]
;;;   19 nop [rax]
;;;   20 lea edx, [rcx+0x1000040]
;;;   26 add eax, ecx
;;;   28 xor eax, [r15+rdx]
;;;   2c add ecx, 4
;;;   2f jne 0x20
;;;   31 ret
;;; function 5
;;; induction
;;; func 5 type 0
;;; block 0 @287:
;;;   v0 = i32.const 0
;;;   v1 = i32.const 16777216
;;;   v2 = i32.const 128
;;;   v3 = i32.const 1
;;;   v4 = i32.const 3
;;;   v5 = i32.const 2
;;;   v6 = i32.const 230
;;;   v7 = i32.const 32768
;;;   br -> 1(v0, v0)
;;; block 1 loop (v9: i32, v10: i32) @289:
;;;   v11 = i32.add v9, v1
;;;   v12 = i32.load8_u v11 offset=0
;;;   v13 = i32.lt_u v12, v2
;;;   br_if v13 -> 2(), 3()
;;; block 2 @310:
;;;   v15 = i32.add v9, v3
;;;   br -> 4(v15, v10)
;;; block 3 @318:
;;;   v17 = i32.add v10, v12
;;;   v18 = i32.gt_u v12, v6
;;;   v19 = select v4, v5, v18 : i32
;;;   v20 = i32.add v19, v9
;;;   v21 = i32.add v20, v3
;;;   br -> 4(v21, v17)
;;; block 4 (v23: i32, v24: i32) @345:
;;;   v25 = i32.lt_s v23, v7
;;;   br_if v25 -> 1(v23, v24), 5()
;;; block 5 @354:
;;;   return (v24)
;;; asm
;;;    0 xor ecx, ecx
;;;    2 xor eax, eax
;;;    4 nop [rax+rax]
;;;    d nop [rax+rax]
;;;   16 nop [rax+rax]
;;;   1f nop [rax+rax]
;;;   28 nop [rax+rax]
;;;   31 nop [rax+rax]
;;;   3a nop [rax+rax]
;;;   40 movzx edx, byte ptr [r15+rcx+0x1000000]
;;;   49 cmp edx, 0x80
;;;   4f jae 0x5d
;;;   51 inc ecx
;;;   53 cmp ecx, 0x8000
;;;   59 jl 0x40
;;;   5b jmp 0x78
;;;   5d mov esi, 3
;;;   62 mov edi, 2
;;;   67 cmp edx, 0xe6
;;;   6d cmovbe esi, edi
;;;   70 lea ecx, [rsi+rcx+1]
;;;   74 add eax, edx
;;;   76 jmp 0x53
;;;   78 ret
;;; function 6
;;; induction
;;; func 6 type 0
;;; block 0 @362:
;;;   v0 = i32.const 0
;;;   v1 = i32.const 16777216
;;;   v2 = i32.const 128
;;;   v3 = i32.const 1
;;;   v4 = i32.const 32768
;;;   br -> 1(v0, v0)
;;; block 1 loop (v6: i32, v7: i32) @364:
;;;   v8 = i32.add v6, v1
;;;   v9 = i32.load8_u v8 offset=0
;;;   v10 = i32.lt_u v9, v2
;;;   br_if v10 -> 2(), 3()
;;; block 2 @385:
;;;   v12 = i32.add v6, v3
;;;   br -> 4(v12, v7)
;;; block 3 @393:
;;;   v14 = i32.add v7, v9
;;;   v15 = i32.load v6 offset=0
;;;   v16 = i32.add v6, v15
;;;   br -> 4(v16, v14)
;;; block 4 (v18: i32, v19: i32) @411:
;;;   v20 = i32.lt_s v18, v4
;;;   br_if v20 -> 1(v18, v19), 5()
;;; block 5 @420:
;;;   return (v19)
;;; asm
;;;    0 xor ecx, ecx
;;;    2 xor eax, eax
;;;    4 nop [rax+rax]
;;;    d nop [rax+rax]
;;;   16 nop [rax+rax]
;;;   1f nop [rax+rax]
;;;   28 nop [rax+rax]
;;;   31 nop [rax+rax]
;;;   3a nop [rax+rax]
;;;   40 lea edx, [rcx+0x1000000]
;;;   46 movzx edx, byte ptr [r15+rdx]
;;;   4b cmp edx, 0x80
;;;   51 jae 0x5f
;;;   53 inc ecx
;;;   55 cmp ecx, 0x8000
;;;   5b jl 0x40
;;;   5d jmp 0x67
;;;   5f add ecx, [r15+rcx]
;;;   63 add eax, edx
;;;   65 jmp 0x55
;;;   67 ret
