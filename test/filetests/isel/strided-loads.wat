;; test: asm
(module (memory 1)
  ;; A column times a row: each is loaded by itself.
  (func (param i32 i32) (result f64) (local f64)
    (loop $l
      (local.set 2 (f64.add (local.get 2) (f64.mul (f64.load (local.get 0)) (f64.load (local.get 1)))))
      (local.set 0 (i32.add (local.get 0) (i32.const 1024)))
      (br_if $l (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 8))) (i32.const 8192))))
    (local.get 2))
  ;; Two rows: one of them is an operand.
  (func (param i32 i32) (result f64) (local f64)
    (loop $l
      (local.set 2 (f64.add (local.get 2) (f64.mul (f64.load (local.get 0)) (f64.load (local.get 1)))))
      (local.set 0 (i32.add (local.get 0) (i32.const 8)))
      (br_if $l (i32.ne (local.tee 1 (i32.add (local.get 1) (i32.const 8))) (i32.const 8192))))
    (local.get 2))
)

;;; function 0
;;;    0 xorps xmm0, xmm0
;;;    3 nop [rax+rax]
;;;    c nop [rax+rax]
;;;   15 nop [rax+rax]
;;;   1e nop [rax+rax]
;;;   27 nop [rax+rax]
;;;   30 nop [rax+rax]
;;;   39 nop [rax]
;;;   40 movsd xmm1, [r15+rdi]
;;;   46 movsd xmm2, [r15+rsi]
;;;   4c mulsd xmm1, xmm2
;;;   50 addsd xmm0, xmm1
;;;   54 add edi, 0x400
;;;   5a add esi, 8
;;;   5d cmp esi, 0x2000
;;;   63 jne 0x40
;;;   65 ret
;;; function 1
;;;    0 xorps xmm0, xmm0
;;;    3 nop [rax+rax]
;;;    c nop [rax+rax]
;;;   15 nop [rax+rax]
;;;   1e xchg ax, ax
;;;   20 movsd xmm1, [r15+rdi]
;;;   26 mulsd xmm1, [r15+rsi]
;;;   2c addsd xmm0, xmm1
;;;   30 add edi, 8
;;;   33 add esi, 8
;;;   36 cmp esi, 0x2000
;;;   3c jne 0x20
;;;   3e ret
