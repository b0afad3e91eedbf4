;; test: shared-addresses, asm
(module (memory 1000)
  ;; Static arrays, an index without a range: one sum for all of them.
  (func (param i32 i32)
    (loop $l
      (f64.store (i32.add (local.get 0) (i32.const 0x20000))
        (f64.add (f64.load (i32.add (local.get 0) (i32.const 0x10008)))
          (f64.add (f64.load (i32.add (local.get 0) (i32.const 0x10000)))
            (f64.load (i32.add (local.get 0) (i32.const 0x20000))))))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $l (i32.ne (local.get 0) (local.get 1)))))
  ;; What is accessed on one way only is not relative to it.
  (func (param i32 i32)
    (loop $l
      (if (i32.and (local.get 0) (i32.const 8)) (then
        (i32.store (i32.add (local.get 0) (i32.const 0x10000)) (i32.const 5))))
      (i32.store (i32.add (local.get 0) (i32.const 0x20000)) (i32.const 7))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $l (i32.ne (local.get 0) (local.get 1)))))
  ;; The place of a word of bits.
  (func (param i32) (result i32)
    (i32.load (i32.add (i32.and (i32.shr_u (local.get 0) (i32.const 3)) (i32.const 0x1ffffffc)) (i32.const 2048))))
  ;; Bits of a float that are wanted as a number, too.
  (func (param i32) (result f32) (local i32)
    (local.set 1 (i32.load (local.get 0)))
    (f32.add (f32.reinterpret_i32 (local.get 1)) (f32.convert_i32_s (i32.shr_s (local.get 1) (i32.const 8)))))
)

;;; function 0
;;; shared-addresses
;;; func 0 type 0
;;; block 0 @45:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 65536
;;;   v3 = i32.const 8
;;;   v4 = i32.const 8
;;;   v5 = i32.const 65536
;;;   br -> 1(v0)
;;; block 1 loop (v7: i32) @47:
;;;   v8 = i32.add v7, v2
;;;   v9 = i32.add v8, v5
;;;   v10 = i32.add v8, v4
;;;   v11 = f64.load v10 offset=0
;;;   v12 = f64.load v8 offset=0
;;;   v13 = f64.load v9 offset=0
;;;   v14 = f64.add v12, v13
;;;   v15 = f64.add v11, v14
;;;   f64.store v9, v15 offset=0
;;;   v17 = i32.add v7, v3
;;;   v18 = i32.ne v17, v1
;;;   br_if v18 -> 1(v17), 2()
;;; block 2 @103:
;;;   return ()
;;; asm
;;;    0 mov rax, rsi
;;;    3 sub eax, edi
;;;    5 shr eax, 3
;;;    8 cmp eax, 2
;;;    b jbe 0x80
;;;   11 dec eax
;;;   13 lea ecx, [rdi+0x10000]
;;;   19 lea rcx, [rcx+rax*8+0x10008]
;;;   21 mov rdx, [r14+0x18]
;;;   25 shr rdx, 0x10
;;;   29 shl rdx, 0x10
;;;   2d sub rdx, rcx
;;;   30 and eax, 0xfffffffe
;;;   33 test rdx, rdx
;;;   36 jl 0x80
;;;   3c lea eax, [rdi+rax*8]
;;;   3f nop
;;;   40 lea ecx, [rdi+0x10008]
;;;   46 movups xmm0, [r15+rcx]
;;;   4b lea ecx, [rdi+0x10000]
;;;   51 movups xmm1, [r15+rcx]
;;;   56 lea ecx, [rdi+0x20000]
;;;   5c movups xmm2, [r15+rcx]
;;;   61 addpd xmm1, xmm2
;;;   65 addpd xmm0, xmm1
;;;   69 movups [r15+rcx], xmm0
;;;   6e add edi, 0x10
;;;   71 cmp edi, eax
;;;   73 jne 0x40
;;;   75 nop [rax+rax]
;;;   7e xchg ax, ax
;;;   80 lea eax, [rdi+0x10000]
;;;   86 movsd xmm0, [r15+rax]
;;;   8c addsd xmm0, [r15+rax+0x10000]
;;;   96 addsd xmm0, [r15+rax+8]
;;;   9d movsd [r15+rax+0x10000], xmm0
;;;   a7 add edi, 8
;;;   aa cmp edi, esi
;;;   ac jne 0x80
;;;   ae ret
;;;   af addsd xmm0, [r15+rax+0x10000]
;;;   b9 mov eax, eax
;;;   bb jmp 0x96
;;;   bd addsd xmm0, [r15+rax+8]
;;;   c4 mov eax, eax
;;;   c6 jmp 0x9d
;;;   c8 movsd [r15+rax+0x10000], xmm0
;;;   d2 mov eax, eax
;;;   d4 jmp 0xa7
;;; function 1
;;; shared-addresses
;;; func 1 type 0
;;; block 0 @107:
;;;   v0 = arg index=0 : i32
;;;   v1 = arg index=1 : i32
;;;   v2 = i32.const 8
;;;   v3 = i32.const 65536
;;;   v4 = i32.const 5
;;;   v5 = i32.const 131072
;;;   v6 = i32.const 7
;;;   br -> 1(v0)
;;; block 1 loop (v8: i32) @109:
;;;   v9 = i32.and v8, v2
;;;   br_if v9 -> 2(), 3()
;;; block 2 @116:
;;;   v11 = i32.add v8, v3
;;;   i32.store v11, v4 offset=0
;;;   br -> 3()
;;; block 3 @129:
;;;   v14 = i32.add v8, v5
;;;   i32.store v14, v6 offset=0
;;;   v16 = i32.add v8, v2
;;;   v17 = i32.ne v16, v1
;;;   br_if v17 -> 1(v16), 4()
;;; block 4 @155:
;;;   return ()
;;; asm
;;;    0 test dil, 8
;;;    4 jne 0x1d
;;;    6 lea eax, [rdi+0x20000]
;;;    c mov dword ptr [r15+rax], 7
;;;   14 add edi, 8
;;;   17 cmp edi, esi
;;;   19 jne 0
;;;   1b jmp 0x2d
;;;   1d lea eax, [rdi+0x10000]
;;;   23 mov dword ptr [r15+rax], 5
;;;   2b jmp 6
;;;   2d ret
;;; function 2
;;; shared-addresses
;;; func 2 type 1
;;; block 0 @159:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 5
;;;   v2 = i32.const 2
;;;   v3 = i32.const 2048
;;;   v4 = i32.shr_u v0, v1
;;;   v5 = i32.shl v4, v2
;;;   v6 = i32.add v5, v3
;;;   v7 = i32.load v6 offset=0
;;;   return (v7)
;;; asm
;;;    0 shr edi, 5
;;;    3 mov eax, [r15+rdi*4+0x800]
;;;    b ret
;;; function 3
;;; shared-addresses
;;; func 3 type 2
;;; block 0 @183:
;;;   v0 = arg index=0 : i32
;;;   v1 = i32.const 8
;;;   v2 = i32.load v0 offset=0
;;;   v3 = f32.reinterpret_i32 v2
;;;   v4 = i32.shr_s v2, v1
;;;   v5 = f32.convert_i32_s v4
;;;   v6 = f32.add v3, v5
;;;   return (v6)
;;; asm
;;;    0 mov eax, [r15+rdi]
;;;    4 movss xmm0, [r15+rdi]
;;;    a sar eax, 8
;;;    d xorps xmm1, xmm1
;;;   10 cvtsi2ss xmm1, eax
;;;   14 addss xmm0, xmm1
;;;   18 ret
