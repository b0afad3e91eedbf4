;; test: asm
;; A load of 64 bits of which each half is wanted by itself, one of them in another block.
(module (memory 1)
  (func (param i32) (result i32) (local $x i64)
    (local.set $x (i64.load offset=16 (local.get 0)))
    (i32.store (local.get 0) (i32.const 0))
    (if (result i32) (i32.wrap_i64 (local.get $x))
      (then (i32.load (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 32)))))
      (else (i32.const 9))))
  ;; In the same block the upper half is an operand in memory.
  (func (param i32) (result i32) (local $x i64)
    (local.set $x (i64.load (local.get 0)))
    (if (i32.eq (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 32))) (i32.const 7)) (then (return (i32.wrap_i64 (local.get $x)))))
    (i32.const 9))
  ;; Wanted whole, too.
  (func (param i32) (result i64) (local $x i64)
    (local.set $x (i64.load (local.get 0)))
    (if (i32.wrap_i64 (local.get $x)) (then (i32.store (i32.const 0) (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 32))))))
    (local.get $x)))

;;; function 0
;;;    0 mov eax, [r15+rdi+0x10]
;;;    5 mov ecx, [r15+rdi+0x14]
;;;    a mov dword ptr [r15+rdi], 0
;;;   12 test eax, eax
;;;   14 je 0x1b
;;;   16 mov eax, [r15+rcx]
;;;   1a ret
;;;   1b mov eax, 9
;;;   20 jmp 0x1a
;;; function 1
;;;    0 mov rax, [r15+rdi]
;;;    4 cmp dword ptr [r15+rdi+4], 7
;;;    a je 0x12
;;;    c mov eax, 9
;;;   11 ret
;;;   12 mov eax, eax
;;;   14 ret
;;; function 2
;;;    0 mov rax, [r15+rdi]
;;;    4 test eax, eax
;;;    6 je 0x12
;;;    8 mov rcx, rax
;;;    b shr rcx, 0x20
;;;    f mov [r15], ecx
;;;   12 ret
