;; test: asm
;; target: aarch64
;; Comparisons fold into their consumers: branches on zero and on bits need no flags.
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
;;;    0 cmp w0, w1
;;;    4 b.ge #0x10
;;;    8 mov w0, #1
;;;    c ret
;;;   10 mov w0, #2
;;;   14 b #0xc
;;; function 1
;;;    0 cmp w0, w1
;;;    4 cset w0, lo
;;;    8 ret
;;; function 2
;;;    0 cmp w0, w1
;;;    4 cset w0, hs
;;;    8 ret
;;; function 3
;;;    0 cmp x0, #0
;;;    4 cset w0, eq
;;;    8 ret
;;; function 4
;;;    0 cmp w0, w1
;;;    4 csel w0, w0, w1, gt
;;;    8 ret
;;; function 5
;;;    0 tbnz w0, #4, #0xc
;;;    4 mov w0, #9
;;;    8 ret
;;;    c mov w0, #7
;;;   10 ret
;;; function 6
;;;    0 tst w0, w1
;;;    4 cset w0, eq
;;;    8 ret
;;; function 7
;;;    0 lsr x0, x0, #0x20
;;;    4 tst x0, #0x1000
;;;    8 cset w0, eq
;;;    c ret
;;; function 8
;;;    0 tst x0, #0xf0000000
;;;    4 cset w0, ne
;;;    8 ret
;;; function 9
;;;    0 ldr w0, [x27, w0, uxtw]
;;;    4 cmp w0, w1
;;;    8 cset w0, lo
;;;    c ret
;;; function 10
;;;    0 ldr w0, [x27, w0, uxtw]
;;;    4 cmp w1, w0
;;;    8 cset w0, lo
;;;    c ret
;;; function 11
;;;    0 add x16, x27, w0, uxtw
;;;    4 ldrb w0, [x16, #3]
;;;    8 cmp w0, #0xc8
;;;    c cset w0, eq
;;;   10 ret
;;; function 12
;;;    0 ldrb w0, [x27, w0, uxtw]
;;;    4 cmp w0, #0xc8
;;;    8 cset w0, lt
;;;    c ret
;;; function 13
;;;    0 ldrsb w0, [x27, w0, uxtw]
;;;    4 cmn w0, #3
;;;    8 cset w0, lt
;;;    c ret
;;; function 14
;;;    0 ldrsb w0, [x27, w0, uxtw]
;;;    4 cmp w0, #3
;;;    8 cset w0, lo
;;;    c ret
;;; function 15
;;;    0 ldrb w0, [x27, w0, uxtw]
;;;    4 tst x0, #4
;;;    8 cset w0, eq
;;;    c ret
;;; function 16
;;;    0 ldr w0, [x27, w0, uxtw]
;;;    4 tst x0, #4
;;;    8 cset w0, eq
;;;    c ret
;;; function 17
;;;    0 ldr w1, [x28, #0x40]
;;;    4 cmp w1, w0
;;;    8 cset w0, eq
;;;    c ret
;;; function 18
;;;    0 ldr w0, [x27, w0, uxtw]
;;;    4 mov w2, #1
;;;    8 str w2, [x27, w1, uxtw]
;;;    c cmp w0, #5
;;;   10 cset w0, eq
;;;   14 ret
;;; function 19
;;;    0 fcmp d0, d1
;;;    4 b.ne #0x10
;;;    8 mov w0, #1
;;;    c ret
;;;   10 mov w0, #2
;;;   14 b #0xc
;;; function 20
;;;    0 fcmp d0, d1
;;;    4 cset w0, mi
;;;    8 ret
;;; function 21
;;;    0 fcmp s0, s1
;;;    4 cset w0, lt
;;;    8 ret
;;; function 22
;;;    0 fcmp s0, s1
;;;    4 fcsel d0, d0, d1, ne
;;;    8 ret
;;; function 23
;;;    0 lsr x0, x0, #0x20
;;;    4 cmn w0, #0x7d
;;;    8 cset w0, eq
;;;    c ret
;;; function 24
;;;    0 lsr x0, x0, #0x20
;;;    4 and w0, w0, #0xffff
;;;    8 cmp w0, #5
;;;    c cset w0, ne
;;;   10 ret
;;; function 25
;;;    0 lsr x0, x0, #0x20
;;;    4 cmn w0, #0x7a
;;;    8 cset w0, lo
;;;    c ret
;;; function 26
;;;    0 mov x1, #0x7fffffff
;;;    4 cmp x0, x1
;;;    8 cset w0, gt
;;;    c ret
;;; function 27
;;;    0 lsr x0, x0, #0x20
;;;    4 cmp w0, #7
;;;    8 cset w0, ls
;;;    c ret
;;; function 28
;;;    0 mov x1, #0xff8300000000
;;;    4 movk x1, #0xffff, lsl #48
;;;    8 cmp x0, x1
;;;    c cset w0, eq
;;;   10 ret
;;; function 29
;;;    0 ldr x1, #0x10
;;;    4 cmp x0, x1
;;;    8 cset w0, lo
;;;    c ret
;;; function 30
;;;    0 mov w2, #1
;;;    4 lsl w1, w2, w1
;;;    8 tst w0, w1
;;;    c cset w0, eq
;;;   10 ret
;;; function 31
;;;    0 mov w2, #1
;;;    4 lsl x1, x2, x1
;;;    8 tst x1, x0
;;;    c cset w0, ne
;;;   10 ret
;;; function 32
;;;    0 lsr w0, w0, w1
;;;    4 tbnz w0, #0, #0x10
;;;    8 mov w0, #9
;;;    c ret
;;;   10 mov w0, #7
;;;   14 ret
;;; function 33
;;;    0 lsr w0, w0, w1
;;;    4 and w0, w0, #1
;;;    8 ret
;;; function 34
;;;    0 add w0, w0, #0x7d
;;;    4 and w0, w0, #0xff
;;;    8 cmp w0, #3
;;;    c cset w0, lo
;;;   10 ret
;;; function 35
;;;    0 and w0, w0, #0xff
;;;    4 cmp w0, #0xc8
;;;    8 cset w0, gt
;;;    c ret
;;; function 36
;;;    0 and w0, w0, #0xff
;;;    4 cmp x0, #0x80
;;;    8 cset w0, eq
;;;    c ret
;;; function 37
;;;    0 and w0, w0, #0xff
;;;    4 cmp w0, #0x100
;;;    8 cset w0, lo
;;;    c ret
;;; function 38
;;;    0 lsr w0, w0, #2
;;;    4 tst w0, #3
;;;    8 cset w0, eq
;;;    c ret
;;; function 39
;;;    0 tst x0, #0x80000000
;;;    4 cset w0, eq
;;;    8 ret
;;; function 40
;;;    0 asr w0, w0, #0x1e
;;;    4 tst x0, #4
;;;    8 cset w0, eq
;;;    c ret
;;; function 41
;;;    0 asr w0, w0, #4
;;;    4 tst w0, #0xfffffff0
;;;    8 cset w0, eq
;;;    c ret
