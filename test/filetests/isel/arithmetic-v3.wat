;; test: isel
;; target: x86-64-v3
(module
  (func (param i32 i32) (result i32) (i32.shl (local.get 0) (i32.and (local.get 1) (i32.const 31))))
  (func (param i64 i32) (result i64) (i64.shr_s (local.get 0) (i64.extend_i32_u (local.get 1))))
  (func (param i64) (result i64) (i64.rotl (local.get 0) (i64.const 13)))
  (func (param i32 i32) (result i32) (i32.rotl (local.get 0) (local.get 1)))
  (func (param i32) (result i32) (i32.clz (local.get 0)))
  (func (param i64) (result i64) (i64.ctz (local.get 0)))
  (func (param i64 i64) (result i64) (i64.and (local.get 0) (i64.xor (local.get 1) (i64.const -1)))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = shlx32 v0, v1
;;;   ret v4:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v3 = sarx64 v0, v1
;;;   ret v3:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v2 = rorx64 v0, 51
;;;   ret v2:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v2 = rol32 v0, v1:rcx  ; tied
;;;   ret v2:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = clz32 v0
;;;   ret v1:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v1 = ctz64 v0
;;;   ret v1:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v4 = andn64 v1, v0
;;;   ret v4:rax
