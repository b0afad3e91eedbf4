;; test: isel
;; Byte swaps are recognised only if every byte comes from the same value and nothing else needs the steps.
(module
  (func (param $x i32) (result i32)
    (i32.or (i32.or (i32.shl (local.get $x) (i32.const 24)) (i32.shl (i32.and (local.get $x) (i32.const 0xff00)) (i32.const 8)))
            (i32.or (i32.and (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 0xff00)) (i32.shr_u (local.get $x) (i32.const 24)))))
  (func (param $x i32) (result i32)
    (i32.or (i32.and (i32.rotl (local.get $x) (i32.const 8)) (i32.const 0xff00ff)) (i32.and (i32.rotl (local.get $x) (i32.const 24)) (i32.const 0xff00ff00))))
  (func (param $x i32) (result i32)
    (i32.or (i32.rotr (i32.and (local.get $x) (i32.const 0xff00ff)) (i32.const 8)) (i32.and (i32.rotr (local.get $x) (i32.const 24)) (i32.const 0xff00ff))))
  (func (param $x i32) (result i32)
    (i32.or (i32.shl (i32.and (local.get $x) (i32.const 0xff)) (i32.const 8)) (i32.and (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 0xff))))
  (func (param $x i64) (result i64)
    (i64.or (i64.or (i64.or (i64.shl (local.get $x) (i64.const 56)) (i64.shl (i64.and (local.get $x) (i64.const 0xff00)) (i64.const 40)))
                    (i64.or (i64.shl (i64.and (local.get $x) (i64.const 0xff0000)) (i64.const 24)) (i64.shl (i64.and (local.get $x) (i64.const 0xff000000)) (i64.const 8))))
            (i64.or (i64.or (i64.and (i64.shr_u (local.get $x) (i64.const 8)) (i64.const 0xff000000)) (i64.and (i64.shr_u (local.get $x) (i64.const 24)) (i64.const 0xff0000)))
                    (i64.or (i64.and (i64.shr_u (local.get $x) (i64.const 40)) (i64.const 0xff00)) (i64.shr_u (local.get $x) (i64.const 56))))))
  ;; one byte is wrong
  (func (param $x i32) (result i32)
    (i32.or (i32.or (i32.shl (local.get $x) (i32.const 24)) (i32.shl (i32.and (local.get $x) (i32.const 0xff00)) (i32.const 8)))
            (i32.or (i32.and (i32.shr_u (local.get $x) (i32.const 16)) (i32.const 0xff00)) (i32.shr_u (local.get $x) (i32.const 24)))))
  ;; two sources
  (func (param $x i32) (param $y i32) (result i32)
    (i32.or (i32.or (i32.shl (local.get $x) (i32.const 24)) (i32.shl (i32.and (local.get $y) (i32.const 0xff00)) (i32.const 8)))
            (i32.or (i32.and (i32.shr_u (local.get $x) (i32.const 8)) (i32.const 0xff00)) (i32.shr_u (local.get $x) (i32.const 24))))))

;;; function 0
;;; b0:
;;;   v0:rdi = arg
;;;   v12 = bswap32 v0  ; tied
;;;   ret v12:rax
;;; function 1
;;; b0:
;;;   v0:rdi = arg
;;;   v9 = bswap32 v0  ; tied
;;;   ret v9:rax
;;; function 2
;;; b0:
;;;   v0:rdi = arg
;;;   v8 = bswap32 v0  ; tied
;;;   ret v8:rax
;;; function 3
;;; b0:
;;;   v0:rdi = arg
;;;   v9 = bswap32 v0  ; tied
;;;   v7 = shr32 v9, 16  ; tied
;;;   ret v7:rax
;;; function 4
;;; b0:
;;;   v0:rdi = arg
;;;   v28 = bswap64 v0  ; tied
;;;   ret v28:rax
;;; function 5
;;; b0:
;;;   v0:rdi = arg
;;;   v5 = shl32 v0, 24  ; tied
;;;   v6 = and32 v0, 65280  ; tied
;;;   v7 = shl32 v6, 8  ; tied
;;;   v8 = or32 v5, v7  ; tied either
;;;   v9 = shr32 v0, 16  ; tied
;;;   v10 = and32 v9, 65280  ; tied
;;;   v11 = shr32 v0, 24  ; tied
;;;   v12 = or32 v10, v11  ; tied either
;;;   v13 = or32 v8, v12  ; tied either
;;;   ret v13:rax
;;; function 6
;;; b0:
;;;   v0:rdi = arg
;;;   v1:rsi = arg
;;;   v5 = shl32 v0, 24  ; tied
;;;   v6 = and32 v1, 65280  ; tied
;;;   v7 = shl32 v6, 8  ; tied
;;;   v8 = or32 v5, v7  ; tied either
;;;   v9 = shr32 v0, 8  ; tied
;;;   v10 = and32 v9, 65280  ; tied
;;;   v11 = shr32 v0, 24  ; tied
;;;   v12 = or32 v10, v11  ; tied either
;;;   v13 = or32 v8, v12  ; tied either
;;;   ret v13:rax
