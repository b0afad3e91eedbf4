;; test: isel
(module (memory 1) (global $g (mut i64) (i64.const 0))
  ;; lea
  (func (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (param i32 i32) (result i32) (i32.add (i32.add (local.get 0) (local.get 1)) (i32.const 12)))
  (func (param i32 i32) (result i32) (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 3))))
  (func (param i64 i64) (result i64) (i64.sub (i64.add (local.get 0) (i64.mul (local.get 1) (i64.const 4))) (i64.const 5)))
  (func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 9)))
  (func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 100)))
  (func (param i32) (result i32) (i32.sub (local.get 0) (i32.const -128)))
  (func (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0)))
  ;; masks
  (func (param i32) (result i32) (i32.and (local.get 0) (i32.const 255)))
  (func (param i64) (result i64) (i64.and (local.get 0) (i64.const 0xffffffff)))
  (func (param i64) (result i64) (i64.and (local.get 0) (i64.const 0xfffffff0)))
  (func (param i64) (result i64) (i64.and (local.get 0) (i64.const -16)))
  (func (param i64) (result i64) (i64.or (local.get 0) (i64.const 0xfffffff0)))
  ;; memory operands
  (func (param $p i32) (param $x i64) (result i64) (i64.add (local.get $x) (i64.load (local.get $p))))
  (func (param $x i64) (result i64) (i64.xor (global.get $g) (local.get $x)))
  (func (param $p i32) (result i32) (i32.mul (i32.load (local.get $p)) (i32.const 7)))
  ;; used twice: loaded once
  (func (param $p i32) (result i32) (local $x i32) (local.set $x (i32.load (local.get $p))) (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))
  ;; operations in memory
  (func (param $p i32) (i32.store offset=8 (local.get $p) (i32.add (i32.load offset=8 (local.get $p)) (i32.const 1))))
  (func (param $p i32) (param $x i64) (i64.store (local.get $p) (i64.sub (i64.load (local.get $p)) (local.get $x))))
  (func (param $p i32) (i32.store8 (local.get $p) (i32.or (i32.load8_u (local.get $p)) (i32.const 0x80))))
  ;; not the same place, not the same width, not this way round
  (func (param $p i32) (i32.store offset=4 (local.get $p) (i32.add (i32.load offset=8 (local.get $p)) (i32.const 1))))
  (func (param $p i32) (i32.store8 (local.get $p) (i32.or (i32.load16_u (local.get $p)) (i32.const 1))))
  (func (param $p i32) (param $x i32) (i32.store (local.get $p) (i32.sub (local.get $x) (i32.load (local.get $p)))))
  ;; narrow stores read low bits only
  (func (param $p i32) (param $x i64) (i32.store16 (local.get $p) (i32.and (i32.wrap_i64 (local.get $x)) (i32.const 0xffff))))
  (func (param $p i32) (i64.store (local.get $p) (i64.const -2)))
  (func (param $p i32) (i64.store (local.get $p) (i64.const 0x123456789a)))
  (func (param $p i32) (f64.store (local.get $p) (f64.const 0)))
  ;; extensions
  (func (param i64) (result i32) (i32.add (i32.wrap_i64 (local.get 0)) (i32.const 1)))
  (func (param i64) (result i32) (i32.wrap_i64 (local.get 0)))
  (func (param i32) (result i64) (i64.add (i64.extend_i32_u (local.get 0)) (i64.const 1)))
  (func (param $p i32) (result i64) (i64.extend_i32_s (i32.load (local.get $p))))
  (func (param i32) (result i32) (i32.extend8_s (local.get 0)))
  ;; shifts
  (func (param i32 i32) (result i32) (i32.shl (local.get 0) (i32.and (local.get 1) (i32.const 31))))
  (func (param i64) (result i64) (i64.rotl (local.get 0) (i64.const 13)))
  (func (param i32) (result i32) (i32.clz (local.get 0)))
  (func (param i64) (result i64) (i64.ctz (local.get 0)))
  ;; shifted by its own trailing zeros: what a scan makes of zero does not matter; of another value, or used twice, it does
  (func (param i64) (result i64) (i64.shr_u (local.get 0) (i64.ctz (local.get 0))))
  (func (param i32) (result i32) (i32.rotr (local.get 0) (i32.and (i32.ctz (local.get 0)) (i32.const 31))))
  (func (param i64 i64) (result i64) (i64.shr_u (local.get 0) (i64.ctz (local.get 1))))
  (func (param i32) (result i32) (local i32)
    (local.set 1 (i32.ctz (local.get 0)))
    (i32.add (i32.shr_u (local.get 0) (local.get 1)) (local.get 1))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2 = add32 v0, v1
;;;   ret v2:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = lea32 v0, v1, 12
;;;   ret v4:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = lea32 cond=3 v0, v1, 0
;;;   ret v4:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = shl64 v1, 2
;;;   v6 = lea64 v0, v4, -5
;;;   ret v6:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = lea32 cond=3 v0, v0, 0
;;;   ret v2:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = imul32 v0, 100
;;;   ret v2:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = add32 v0, 128
;;;   ret v2:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = neg32 v0  ; tied
;;;   ret v2:rax
;;; function 8
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = movzx8 v0
;;;   ret v2:rax
;;; function 9
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = mov32 v0
;;;   ret v2:rax
;;; function 10
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = and32 v0, -16  ; tied
;;;   ret v2:rax
;;; function 11
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = and64 v0, -16  ; tied
;;;   ret v2:rax
;;; function 12
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = or64 v0, #4294967280L  ; tied either
;;;   ret v2:rax
;;; function 13
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = add64 v1, [mem + v0]  ; tied
;;;   ret v3:rax
;;; function 14
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = xor64 v0, [vmctx + 64]  ; tied
;;;   ret v2:rax
;;; function 15
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = imul32 [mem + v0], 7
;;;   ret v3:rax
;;; function 16
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load32 [mem + v0]
;;;   v3 = shl32 v2, 5  ; tied
;;;   v4 = xor32 v2, v3  ; tied either
;;;   ret v4:rax
;;; function 17
;;; b0:
;;;   v0:rdi = arg
;;;   add32 [mem + v0 + 8], 1
;;;   ret
;;; function 18
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   sub64 [mem + v0], v1
;;;   ret
;;; function 19
;;; b0:
;;;   v0:rdi = arg
;;;   or8 [mem + v0], -128
;;;   ret
;;; function 20
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load32 [mem + v0 + 8]
;;;   v3 = add32 v2, 1
;;;   store32 [mem + v0 + 4], v3
;;;   ret
;;; function 21
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load16u [mem + v0]
;;;   v3 = or32 v2, 1  ; tied
;;;   store8 [mem + v0], v3
;;;   ret
;;; function 22
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = sub32 v1, [mem + v0]  ; tied
;;;   store32 [mem + v0], v3
;;;   ret
;;; function 23
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   store16 [mem + v0], v1
;;;   ret
;;; function 24
;;; b0:
;;;   v0:rdi = arg
;;;   store64 [mem + v0], -2
;;;   ret
;;; function 25
;;; b0:
;;;   v0:rdi = arg
;;;   store64 [mem + v0], #78187493530L
;;;   ret
;;; function 26
;;; b0:
;;;   v0:rdi = arg
;;;   store64 [mem + v0], 0
;;;   ret
;;; function 27
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = add32 v0, 1
;;;   ret v3:rax
;;; function 28
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = mov32 v0
;;;   ret v1:rax
;;; function 29
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = add64 v0, 1
;;;   ret v3:rax
;;; function 30
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load32s_64 [mem + v0]
;;;   ret v2:rax
;;; function 31
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = movsx8_32 v0
;;;   ret v1:rax
;;; function 32
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = shl32 v0, v1:rcx  ; tied
;;;   ret v4:rax
;;; function 33
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = rol64 v0, 13  ; tied
;;;   ret v2:rax
;;; function 34
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = imm32 63
;;;   v1 = clz32 v3, v0  ; tied
;;;   ret v1:rax
;;; function 35
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = imm32 64
;;;   v1 = ctz64 v3, v0  ; tied
;;;   ret v1:rax
;;; function 36
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = ctz64 v0
;;;   v2 = shr64 v0, v4:rcx  ; tied
;;;   ret v2:rax
;;; function 37
;;; b0:
;;;   v0:rdi = arg
;;;   v6 = ctz32 v0
;;;   v4 = ror32 v0, v6:rcx  ; tied
;;;   ret v4:rax
;;; function 38
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = imm32 64
;;;   v2 = ctz64 v5, v1  ; tied
;;;   v3 = shr64 v0, v2:rcx  ; tied
;;;   ret v3:rax
;;; function 39
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = imm32 32
;;;   v1 = ctz32 v5, v0  ; tied
;;;   v2 = shr32 v0, v1:rcx  ; tied
;;;   v3 = add32 v2, v1
;;;   ret v3:rax
