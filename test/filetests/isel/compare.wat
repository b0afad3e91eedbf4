;; test: isel
;; Comparisons fold into their consumers.
(module (memory 1) (global $g (mut i32) (i32.const 0))
  (func (param $a i32) (param $b i32) (result i32) (if (result i32) (i32.lt_s (local.get $a) (local.get $b)) (then (i32.const 1)) (else (i32.const 2))))
  (func (param $a i32) (param $b i32) (result i32) (i32.lt_u (local.get $a) (local.get $b)))
  (func (param $a i32) (param $b i32) (result i32) (i32.eqz (i32.lt_u (local.get $a) (local.get $b))))
  (func (param $a i64) (result i32) (i64.eqz (local.get $a)))
  (func (param $a i32) (param $b i32) (result i32) (select (local.get $a) (local.get $b) (i32.gt_s (local.get $a) (local.get $b))))
  ;; masks
  (func (param $a i32) (result i32) (if (result i32) (i32.and (local.get $a) (i32.const 16)) (then (i32.const 7)) (else (i32.const 9))))
  (func (param $a i32) (param $b i32) (result i32) (i32.eqz (i32.and (local.get $a) (local.get $b))))
  (func (param $a i64) (result i32) (i64.eqz (i64.and (local.get $a) (i64.const 0x100000000000))))
  (func (param $a i64) (result i32) (i64.ne (i64.and (local.get $a) (i64.const 0xf0000000)) (i64.const 0)))
  ;; memory
  (func (param $p i32) (param $x i32) (result i32) (i32.lt_u (i32.load (local.get $p)) (local.get $x)))
  (func (param $p i32) (param $x i32) (result i32) (i32.lt_u (local.get $x) (i32.load (local.get $p))))
  (func (param $p i32) (result i32) (i32.eq (i32.load8_u offset=3 (local.get $p)) (i32.const 200)))
  (func (param $p i32) (result i32) (i32.lt_s (i32.load8_u (local.get $p)) (i32.const 200)))
  (func (param $p i32) (result i32) (i32.lt_s (i32.load8_s (local.get $p)) (i32.const -3)))
  ;; an unsigned order of sign-extended bytes is not that of the bytes
  (func (param $p i32) (result i32) (i32.lt_u (i32.load8_s (local.get $p)) (i32.const 3)))
  (func (param $p i32) (result i32) (i32.eqz (i32.and (i32.load8_u (local.get $p)) (i32.const 4))))
  ;; never narrower than the access: it could trap
  (func (param $p i32) (result i32) (i32.eqz (i32.and (i32.load (local.get $p)) (i32.const 4))))
  (func (param $x i32) (result i32) (i32.eq (global.get $g) (local.get $x)))
  ;; a store between load and comparison: no folding
  (func (param $p i32) (param $x i32) (result i32) (local $y i32)
    (local.set $y (i32.load (local.get $p))) (i32.store (local.get $x) (i32.const 1)) (i32.eq (local.get $y) (i32.const 5)))
  ;; floats: unordered
  (func (param $a f64) (param $b f64) (result i32) (if (result i32) (f64.eq (local.get $a) (local.get $b)) (then (i32.const 1)) (else (i32.const 2))))
  (func (param $a f64) (param $b f64) (result i32) (f64.lt (local.get $a) (local.get $b)))
  (func (param $a f32) (param $b f32) (result i32) (i32.eqz (f32.ge (local.get $a) (local.get $b))))
  (func (param $a f32) (param $b f32) (result f32) (select (local.get $a) (local.get $b) (f32.ne (local.get $a) (local.get $b))))
  ;; only the upper half matters
  (func (param $v i64) (result i32) (i64.eq (i64.and (local.get $v) (i64.const 0xffffffff00000000)) (i64.const 0xffffff8300000000)))
  (func (param $v i64) (result i32) (i64.ne (i64.and (local.get $v) (i64.const 0x0000ffff00000000)) (i64.const 0x500000000)))
  (func (param $v i64) (result i32) (i64.lt_u (local.get $v) (i64.const 0xffffff8600000000)))
  (func (param $v i64) (result i32) (i64.gt_s (local.get $v) (i64.const 0x7fffffff)))
  (func (param $v i64) (result i32) (i64.le_u (local.get $v) (i64.const 0x7ffffffff)))
  ;; and here it does not
  (func (param $v i64) (result i32) (i64.eq (local.get $v) (i64.const 0xffffff8300000000)))
  (func (param $v i64) (result i32) (i64.lt_u (local.get $v) (i64.const 0xffffff8600000001)))
  ;; bits
  (func (param $x i32) (param $n i32) (result i32) (i32.eqz (i32.and (local.get $x) (i32.shl (i32.const 1) (local.get $n)))))
  (func (param $x i64) (param $n i64) (result i32) (i64.ne (i64.and (i64.shl (i64.const 1) (local.get $n)) (local.get $x)) (i64.const 0)))
  (func (param $x i32) (param $n i32) (result i32) (if (result i32) (i32.and (i32.shr_u (local.get $x) (local.get $n)) (i32.const 1)) (then (i32.const 7)) (else (i32.const 9))))
  (func (param $x i32) (param $n i32) (result i32) (i32.and (i32.shr_u (local.get $x) (local.get $n)) (i32.const 1)))
  ;; a byte of a register, as unsigned as it is after the mask; a bit field that is tested where it lies
  (func (param $x i32) (result i32) (i32.lt_u (i32.and (i32.add (local.get $x) (i32.const 125)) (i32.const 255)) (i32.const 3)))
  (func (param $x i32) (result i32) (i32.gt_s (i32.and (local.get $x) (i32.const 255)) (i32.const 200)))
  (func (param $x i64) (result i32) (i64.eq (i64.and (local.get $x) (i64.const 255)) (i64.const 128)))
  (func (param $x i32) (result i32) (i32.lt_u (i32.and (local.get $x) (i32.const 255)) (i32.const 256)))
  (func (param $x i32) (result i32) (i32.eqz (i32.and (i32.shr_u (local.get $x) (i32.const 2)) (i32.const 3))))
  (func (param $x i32) (result i32) (i32.eqz (i32.and (i32.shr_s (local.get $x) (i32.const 30)) (i32.const 2))))
  ;; … unless the mask sees copies of the sign
  (func (param $x i32) (result i32) (i32.eqz (i32.and (i32.shr_s (local.get $x) (i32.const 30)) (i32.const 4))))
  (func (param $x i32) (result i32) (i32.eqz (i32.and (i32.shr_s (local.get $x) (i32.const 4)) (i32.const -16)))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_cmp32 l v0, v1 -> b1 b2(#2)
;;; b1:
;;;   br -> b2(#1)
;;; b2(v7):
;;;   ret v7:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2 = set_cmp32 b v0, v1
;;;   ret v2:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2 = set_cmp32 ae v0, v1
;;;   ret v2:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = set_test64 e v0, v0
;;;   ret v1:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = select_cmp32 g v0, v1, v0, v1  ; tied either
;;;   ret v3:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   br_test32 ne v0, 16 -> b1 b2(#9)
;;; b1:
;;;   br -> b2(#7)
;;; b2(v7):
;;;   ret v7:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = set_test32 e v0, v1
;;;   ret v3:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = shr64 v0, 32  ; tied
;;;   v6 = set_test32 e v3, 4096
;;;   ret v6:rax
;;; function 8
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = set_test32 ne v0, -268435456
;;;   ret v4:rax
;;; function 9
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = set_cmp32 b [mem + v0], v1
;;;   ret v3:rax
;;; function 10
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = set_cmp32 b v1, [mem + v0]
;;;   ret v3:rax
;;; function 11
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = set_cmp8 e [mem + v0 + 3], -56
;;;   ret v3:rax
;;; function 12
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = set_cmp8 b [mem + v0], -56
;;;   ret v3:rax
;;; function 13
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = set_cmp8 l [mem + v0], -3
;;;   ret v3:rax
;;; function 14
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = load8s_32 [mem + v0]
;;;   v3 = set_cmp32 b v2, 3
;;;   ret v3:rax
;;; function 15
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = set_test8 e [mem + v0], 4
;;;   ret v4:rax
;;; function 16
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = set_test32 e [mem + v0], 4
;;;   ret v4:rax
;;; function 17
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = set_cmp32 e [vmctx + 64], v0
;;;   ret v2:rax
;;; function 18
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = load32 [mem + v0]
;;;   store32 [mem + v1], 1
;;;   v6 = set_cmp32 e v4, 5
;;;   ret v6:rax
;;; function 19
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   br_ucomisd feq v0, v1 -> b1 b2(#2)
;;; b1:
;;;   br -> b2(#1)
;;; b2(v7):
;;;   ret v7:rax
;;; function 20
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v2 = set_ucomisd a v1, v0
;;;   ret v2:rax
;;; function 21
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = set_ucomiss b v0, v1
;;;   ret v3:rax
;;; function 22
;;; b0:
;;;   v0:xmm0 = arg
;;;   v1:xmm1 = arg
;;;   v3 = xselect_ucomiss fne v0, v1, v0, v1  ; tied either
;;;   ret v3:xmm0
;;; function 23
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = shr64 v0, 32  ; tied
;;;   v5 = set_cmp32 e v3, -125
;;;   ret v5:rax
;;; function 24
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = shr64 v0, 32  ; tied
;;;   v6 = movzx16 v4
;;;   v7 = set_cmp32 ne v6, 5
;;;   ret v7:rax
;;; function 25
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = shr64 v0, 32  ; tied
;;;   v5 = set_cmp32 b v3, -122
;;;   ret v5:rax
;;; function 26
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = set_cmp64 g v0, 2147483647
;;;   ret v2:rax
;;; function 27
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = shr64 v0, 32  ; tied
;;;   v5 = set_cmp32 be v3, 7
;;;   ret v5:rax
;;; function 28
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = set_cmp64 e v0, #-536870912000L
;;;   ret v2:rax
;;; function 29
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = set_cmp64 b v0, #-523986010111L
;;;   ret v2:rax
;;; function 30
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = set_bt32 ae v0, v1
;;;   ret v5:rax
;;; function 31
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v6 = set_bt64 b v0, v1
;;;   ret v6:rax
;;; function 32
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   br_bt32 b v0, v1 -> b1 b2(#9)
;;; b1:
;;;   br -> b2(#7)
;;; b2(v9):
;;;   ret v9:rax
;;; function 33
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = shr32 v0, v1:rcx  ; tied
;;;   v4 = and32 v3, 1  ; tied
;;;   ret v4:rax
;;; function 34
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = add32 v0, 125
;;;   v6 = set_cmp8 b v4, 3
;;;   ret v6:rax
;;; function 35
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = set_cmp8 a v0, -56
;;;   ret v4:rax
;;; function 36
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = set_cmp8 e v0, -128
;;;   ret v4:rax
;;; function 37
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = movzx8 v0
;;;   v4 = set_cmp32 b v3, 256
;;;   ret v4:rax
;;; function 38
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = set_test32 e v0, 12
;;;   ret v5:rax
;;; function 39
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = set_test32 e v0, -2147483648
;;;   ret v5:rax
;;; function 40
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = sar32 v0, 30  ; tied
;;;   v5 = set_test32 e v3, 4
;;;   ret v5:rax
;;; function 41
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = sar32 v0, 4  ; tied
;;;   v5 = set_test32 e v3, -16
;;;   ret v5:rax
