;; test: isel
(module
  (func (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1)))
  (func (param i32) (result i32) (i32.div_s (i32.const 1000) (local.get 0)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 8)))
  (func (param i32) (result i32) (i32.rem_u (local.get 0) (i32.const 8)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 8)))
  (func (param i32) (result i32) (i32.rem_s (local.get 0) (i32.const -8)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 10)))
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 7)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -7)))
  (func (param i64) (result i64) (i64.rem_u (local.get 0) (i64.const 10)))
  (func (param i64) (result i64) (i64.div_u (local.get 0) (i64.const 7)))
  (func (param i64) (result i64) (i64.div_s (local.get 0) (i64.const 7)))
  ;; these trap
  (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))
  (func (param i32) (result i32) (i32.div_s (local.get 0) (i32.const -1)))
  (func (param i32) (drop (i32.div_s (local.get 0) (i32.const 0)))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rax = div_s32 cond=3 v0:rax, v1  ; clobbers rdx rax
;;;   ret v2:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2:rdx = rem_u64 cond=1 v0:rax, v1  ; clobbers rdx rax
;;;   ret v2:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v2:rax = div_s32 cond=3 #1000:rax, v0  ; clobbers rdx rax
;;;   ret v2:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = shr32 v0, 3  ; tied
;;;   ret v2:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = and32 v0, 7  ; tied
;;;   ret v2:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = sar32 v0, 31  ; tied
;;;   v6 = shr32 v4, 29  ; tied
;;;   v5 = add32 v0, v6
;;;   v2 = sar32 v5, 3  ; tied
;;;   ret v2:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = sar32 v0, 31  ; tied
;;;   v7 = shr32 v5, 29  ; tied
;;;   v6 = add32 v0, v7
;;;   v4 = sar32 v6, 3  ; tied
;;;   v8 = shl32 v4, 3
;;;   v2 = sub32 v0, v8  ; tied
;;;   ret v2:rax
;;; function 7
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = imm32 -858993459
;;;   v5 = imul64 v0, v4  ; tied either
;;;   v2 = shr64 v5, 35  ; tied
;;;   ret v2:rax
;;; function 8
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = add64 v0, 1
;;;   v5 = imm32 -1840700270
;;;   v6 = imul64 v4, v5  ; tied either
;;;   v2 = shr64 v6, 34  ; tied
;;;   ret v2:rax
;;; function 9
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = movsxd v0
;;;   v6 = imm32 -1840700269
;;;   v7 = imul64 v5, v6  ; tied either
;;;   v8 = sar64 v7, 34  ; tied
;;;   v9 = shr32 v0, 31  ; tied
;;;   v4 = add32 v8, v9
;;;   v2 = neg32 v4  ; tied
;;;   ret v2:rax
;;; function 10
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = imm64 -858993459
;;;   v6:rdx = mulh_u64 v0:rax, v5  ; clobbers rdx rax
;;;   v4 = shr64 v6, 3  ; tied
;;;   v7 = imul64 v4, 10
;;;   v2 = sub64 v0, v7  ; tied
;;;   ret v2:rax
;;; function 11
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = imm64 -1840700269
;;;   v5:rdx = mulh_u64 v0:rax, v4  ; clobbers rdx rax
;;;   v6 = sub64 v0, v5  ; tied
;;;   v8 = shr64 v6, 1  ; tied
;;;   v7 = add64 v5, v8
;;;   v2 = shr64 v7, 2  ; tied
;;;   ret v2:rax
;;; function 12
;;; b0:
;;;   v0:rdi = arg
;;;   v4 = imm64 613566757
;;;   v5:rdx = mulh_s64 v0:rax, v4  ; clobbers rdx rax
;;;   v6 = sar64 v5, 1  ; tied
;;;   v7 = shr64 v0, 63  ; tied
;;;   v2 = add64 v6, v7
;;;   ret v2:rax
;;; function 13
;;; b0:
;;;   v0:rdi = arg
;;;   v2:rax = div_u32 cond=1 v0:rax, #0  ; clobbers rdx rax
;;;   ret v2:rax
;;; function 14
;;; b0:
;;;   v0:rdi = arg
;;;   v2:rax = div_s32 cond=2 v0:rax, #-1  ; clobbers rdx rax
;;;   ret v2:rax
;;; function 15
;;; b0:
;;;   v0:rdi = arg
;;;   div_s32 cond=1 v0:rax, #0  ; clobbers rdx rax
;;;   ret
