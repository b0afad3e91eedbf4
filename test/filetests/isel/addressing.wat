;; test: isel
;; Static offsets fold below 2^31, beyond it the address is checked in 64 bits. Additions and shifts fold only where the sum cannot wrap.
(module (memory 1)
  (func (param $p i32) (result i32) (i32.load offset=16 (local.get $p)))
  (func (param $p i32) (result i32) (i32.load offset=0x7fffffff (local.get $p)))
  (func (param $p i32) (result i64) (i64.load offset=0x80000000 (local.get $p)))
  (func (param $p i32) (result i32) (i32.load offset=0xffffffff (local.get $p)))
  ;; may wrap: stays an addition
  (func (param $p i32) (result i32) (i32.load (i32.add (local.get $p) (i32.const 8))))
  (func (param $p i32) (result i32) (i32.load (i32.add (local.get $p) (i32.const -8))))
  ;; cannot wrap
  (func (param $p i32) (result i32) (i32.load offset=4 (i32.add (i32.and (local.get $p) (i32.const 0xfff)) (i32.const 1024))))
  (func (param $p i32) (result i32) (i32.load offset=4 (i32.add (i32.shl (i32.load8_u (local.get $p)) (i32.const 2)) (i32.const 1024))))
  (func (param $p i32) (result i32) (i32.load (i32.shl (i32.and (local.get $p) (i32.const 0x3fffffff)) (i32.const 2))))
  ;; the shift loses bits
  (func (param $p i32) (result i32) (i32.load (i32.shl (local.get $p) (i32.const 2))))
  (func (param $p i32) (result i32) (i32.load (i32.shl (i32.and (local.get $p) (i32.const 0x7fffffff)) (i32.const 2))))
  ;; the upper half of a wrapped i64 is not clear
  (func (param $p i64) (result i32) (i32.load (i32.wrap_i64 (local.get $p))))
  (func (param $p i64) (result i32) (i32.load (i32.wrap_i64 (i64.shr_u (local.get $p) (i64.const 32)))))
  ;; constant addresses
  (func (result i32) (i32.load offset=8 (i32.const 1000)))
  (func (result i32) (i32.load offset=8 (i32.const -1000)))
  (func (result i32) (i32.load offset=0x7ffffff0 (i32.const 0x20))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = load32 [mem + v0 + 16]
;;;   ret v1:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = load32 [mem + v0 + 2147483647]
;;;   ret v1:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = bounds_ea v0, -2147483648  ; temps 1+0
;;;   v1 = load64 [mem + v3]
;;;   ret v1:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = bounds_ea v0, -1  ; temps 1+0
;;;   v1 = load32 [mem + v3]
;;;   ret v1:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = load32 [mem + v0 + 8]
;;;   ret v3:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = load32 [mem + v0 - 8]
;;;   ret v3:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = and32 v0, 4095  ; tied
;;;   v5 = load32 [mem + v3 + 1028]
;;;   ret v5:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = load8u [mem + v0]
;;;   v6 = load32 [mem + v3*4 + 1028]
;;;   ret v6:rax
;;; function 8
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = and32 v0, 1073741823  ; tied
;;;   v5 = load32 [mem + v3*4]
;;;   ret v5:rax
;;; function 9
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = shl32 v0, 2
;;;   v3 = load32 [mem + v2]
;;;   ret v3:rax
;;; function 10
;;; b0:
;;;   v0:rdi = arg
;;;   v3 = and32 v0, 2147483647  ; tied
;;;   v4 = shl32 v3, 2
;;;   v5 = load32 [mem + v4]
;;;   ret v5:rax
;;; function 11
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = mov32 v0
;;;   v2 = load32 [mem + v1]
;;;   ret v2:rax
;;; function 12
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = shr64 v0, 32  ; tied
;;;   v4 = load32 [mem + v2]
;;;   ret v4:rax
;;; function 13
;;; b0:
;;;   v1 = load32 [mem + 1008]
;;;   ret v1:rax
;;; function 14
;;; b0:
;;;   v1 = load32 [mem + #-1000 + 8]
;;;   ret v1:rax
;;; function 15
;;; b0:
;;;   v1 = load32 [mem + #32 + 2147483632]
;;;   ret v1:rax
