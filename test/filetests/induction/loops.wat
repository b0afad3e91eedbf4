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
)

;;; function 0
;;; induction
;;; func 0 type 0
;;; block 0 @47:
;;;   v0 = i32.const 0
;;;   v1 = i32.const 4
;;;   v2 = i32.const 16777224
;;;   v3 = i32.const 0
;;;   v4 = i32.const 16777216
;;;   v5 = i32.const 64
;;;   br -> 1(v0, v3)
;;; block 1 loop (v7: i32, v8: i32) @53:
;;;   v9 = i32.add v8, v4
;;;   v10 = i32.load v9 offset=0
;;;   v11 = i32.add v7, v10
;;;   v12 = i32.add v9, v2
;;;   i32.store v12, v11 offset=0
;;;   v14 = i32.add v8, v1
;;;   v15 = i32.ne v14, v5
;;;   br_if v15 -> 1(v11, v14), 2()
;;; block 2 @91:
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
;;; block 0 @97:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 399999
;;;   v3 = i32.const 16830080
;;;   v4 = i32.const 1
;;;   v5 = i32.const 400000
;;;   v6 = i32.gt_u v0, v2
;;;   br_if v6 -> 1(), 2()
;;; block 1 @106:
;;;   return ()
;;; block 2 @108:
;;;   br -> 3(v0)
;;; block 3 loop (v10: i32) @110:
;;;   v11 = i32.add v10, v3
;;;   i32.store8 v11, v4 offset=0
;;;   v13 = i32.add v10, v1
;;;   v14 = i32.lt_u v13, v5
;;;   br_if v14 -> 3(v13), 4()
;;; block 4 @137:
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
;;; block 0 @143:
;;;   v0 = i32.const 0
;;;   v1 = i32.const 2048
;;;   v2 = i32.const 16384
;;;   v3 = i32.const 1
;;;   v4 = i32.const 32
;;;   br -> 1(v0, v1, v0)
;;; block 1 loop (v6: i32, v7: i32, v8: i32) @150:
;;;   v9 = i32.add v7, v2
;;;   v10 = i32.load v9 offset=0
;;;   v11 = i32.add v6, v10
;;;   v12 = i32.add v7, v1
;;;   v13 = i32.add v8, v3
;;;   v14 = i32.ne v13, v4
;;;   br_if v14 -> 1(v11, v12, v13), 2()
;;; block 2 @185:
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
;;; block 0 @193:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 0
;;;   v2 = i32.const 65536
;;;   v3 = i32.const 2048
;;;   v4 = i32.const 4096
;;;   v5 = i32.const -1
;;;   v6 = i32.const 7
;;;   br -> 1(v1, v2, v0)
;;; block 1 loop (v8: i32, v9: i32, v10: i32) @201:
;;;   v11 = i32.add v9, v3
;;;   v12 = i32.load v11 offset=0
;;;   v13 = i32.add v8, v12
;;;   v14 = i32.add v9, v4
;;;   v15 = i32.add v10, v5
;;;   v16 = i32.ne v15, v6
;;;   br_if v16 -> 1(v13, v14, v15), 2()
;;; block 2 @235:
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
;;; block 0 @243:
;;;   v0 = i32.const 0
;;;   v1 = i32.const -64
;;;   v2 = i32.const 16777280
;;;   v3 = i32.const 4
;;;   br -> 1(v0, v1)
;;; block 1 loop (v5: i32, v6: i32) @249:
;;;   v7 = i32.add v5, v6
;;;   v8 = i32.add v6, v2
;;;   v9 = i32.load v8 offset=0
;;;   v10 = i32.xor v7, v9
;;;   v11 = i32.add v6, v3
;;;   br_if v11 -> 1(v10, v11), 2()
;;; block 2 @277:
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
